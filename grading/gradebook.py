"""A class's marks for one assignment, read from nbgrader's gradebook."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Assignment, Gradebook, MissingEntry, SubmittedAssignment
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.engine import make_url
from traitlets.config import Config, PyFileConfigLoader

from grading.errors import CourseError
from grading.exercises import Exercise, exercise_name, exercises
from grading.pipeline import Lesson, read_notebook


@dataclass(frozen=True)
class Mark:
    """What a submission got for one exercise.

    Attributes
    ----------
    points, maximum : float
        A person's marks count where there are any, the tests' otherwise.
    waiting : bool
        Whether a person has still to grade it, or to look again because it was autograded after that.
    """

    points: float
    maximum: float
    waiting: bool

    @property
    def share(self) -> str:
        """One of "waiting", "full", "partial" and "none"."""
        if self.waiting:
            return "waiting"
        if self.points >= self.maximum:
            return "full"
        return "partial" if self.points > 0 else "none"


@dataclass(frozen=True)
class StudentMarks:
    """One submission's marks, by the name of the exercise.

    Attributes
    ----------
    student : str
    marks : dict from str to Mark
        In the notebook's order.
    autograded : float
        Points of the exercises that the tests grade.
    total : float
        All points so far, less a penalty for lateness; what waits for a person counts 0.
    """

    student: str
    marks: dict[str, Mark]
    autograded: float
    total: float

    @property
    def waiting(self) -> list[str]:
        return [name for name, mark in self.marks.items() if mark.waiting]


@dataclass(frozen=True)
class ClassMarks:
    """All marks of one assignment.

    Attributes
    ----------
    assignment : str
    exercises : list of Exercise
        In the notebook's order.
    students : list of StudentMarks
        Those who were autograded, sorted by id.
    absent : list of str
        Students whom the gradebook knows and who have no submission of this assignment in it.
    """

    assignment: str
    exercises: list[Exercise]
    students: list[StudentMarks]
    absent: list[str]

    @property
    def autograded_maximum(self) -> float:
        return sum(exercise.points for exercise in self.exercises if not exercise.by_hand)

    @property
    def maximum(self) -> float:
        return sum(exercise.points for exercise in self.exercises)


def course_config(lesson: Lesson) -> Config:
    """Load the settings of the lesson's course for nbgrader's Python interface, with this assignment chosen."""
    config = PyFileConfigLoader("nbgrader_config.py", str(lesson.root)).load_config()
    config.CourseDirectory.root = str(lesson.root)
    config.CourseDirectory.assignment_id = lesson.name
    return config


def autograded(lesson: Lesson) -> list[str]:
    """Name the students with an autograded notebook of this assignment, sorted."""
    return sorted(path.parent.parent.name for path in _autograded_notebooks(lesson))


def _autograded_notebooks(lesson: Lesson) -> list[Path]:
    return list((lesson.root / "autograded").glob(f"*/{lesson.name}/{lesson.release.name}"))


def require_autograded(lesson: Lesson) -> list[str]:
    """Name the students with an autograded notebook of this assignment, or raise if there is none.

    Raises
    ------
    CourseError
        With the command to run first.
    """
    students = autograded(lesson)
    if not students:
        raise CourseError(
            f"nothing of {lesson.name} is autograded yet.", f"Run first: make autograde ASSIGNMENT={lesson.name}"
        )
    return students


def read_marks(lesson: Lesson) -> ClassMarks:
    """Read a class's marks for one assignment.

    Parameters
    ----------
    lesson : Lesson
        In a course with the release and nbgrader's gradebook.

    Returns
    -------
    ClassMarks

    Raises
    ------
    CourseError
        If the gradebook is missing or doesn't know the assignment.
    """
    url = CourseDirectory(config=course_config(lesson)).db_url
    absent = CourseError(
        f"the gradebook does not know {lesson.name}.",
        f"Run first: make release ASSIGNMENT={lesson.name}, then make autograde ASSIGNMENT={lesson.name}",
    )
    file = make_url(url).database if url.startswith("sqlite:") else None
    if file and not Path(file).exists():  # opening it would make an empty one
        raise absent
    with Gradebook(url) as gradebook:
        try:
            assignment = gradebook.find_assignment(lesson.name)
        except MissingEntry:
            raise absent from None
        graded = _exercises(assignment, lesson)
        submissions = sorted(gradebook.assignment_submissions(lesson.name), key=lambda s: s.student_id)
        everyone = {student.id for student in gradebook.students}
        done = set(autograded(lesson))
        marks = [_marks(submission, graded) for submission in submissions if submission.student_id in done]
        return ClassMarks(
            lesson.name, graded, marks, sorted(everyone - {submission.student_id for submission in submissions})
        )


def _exercises(assignment: Assignment, lesson: Lesson) -> list[Exercise]:
    """List what the gradebook grades, in the order of the released notebook."""
    names = [exercise.name for exercise in exercises(read_notebook(lesson.release))] if lesson.release.exists() else []
    found: dict[str, Exercise] = {}
    for notebook in assignment.notebooks:
        answers = {cell.name for cell in notebook.solution_cells}
        for cell in [*notebook.grade_cells, *notebook.task_cells]:
            name = exercise_name(cell.name)
            before = found.get(name, Exercise(name, 0.0, (), cell.name in answers or cell.cell_type == "markdown"))
            found[name] = Exercise(name, before.points + cell.max_score, (*before.cells, cell.name), before.by_hand)
    order = {name: place for place, name in enumerate(names)}
    return sorted(found.values(), key=lambda exercise: (order.get(exercise.name, len(order)), exercise.name))


def _marks(submission: SubmittedAssignment, graded: list[Exercise]) -> StudentMarks:
    grades = {grade.name: grade for notebook in submission.notebooks for grade in notebook.grades}
    marks = {}
    for exercise in graded:
        own = [grades[cell] for cell in exercise.cells if cell in grades]
        marks[exercise.name] = Mark(
            float(sum(grade.score for grade in own)),
            exercise.points,
            any(grade.needs_manual_grade for grade in own),
        )
    by_tests = sum(marks[exercise.name].points for exercise in graded if not exercise.by_hand)
    total = sum(mark.points for mark in marks.values()) - (submission.late_submission_penalty or 0.0)
    return StudentMarks(submission.student_id, marks, by_tests, total)
