"""The error that an instructor is meant to read: what is wrong, and what to do about it."""


class CourseError(Exception):
    """A fault that a person can mend; the commands print it as one line and exit with status 1.

    Parameters
    ----------
    what : str
        What is wrong, naming the file, the assignment or the student.
    remedy : str
        What to do about it: a command to run or a thing to change.
    """

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what, remedy)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return " ".join(f"{self.what} - {self.remedy}".split())
