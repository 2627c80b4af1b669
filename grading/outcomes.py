"""How the grading of each submission ended, beside nbgrader's gradebook, which holds the marks.

One JSON file a submission, ``autograded/.outcomes/ASSIGNMENT/STUDENT.json``. It is written last, in one step, so
a submission with an outcome is finished whatever happened to the process that graded it.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

STATUSES = ("graded", "graded with faults", "unreadable", "missing", "internal error")
HAVE_SCORE = ("graded", "graded with faults")


@dataclass
class Outcome:
    """The end of one submission's grading.

    Attributes
    ----------
    student, assignment : str
    status : str
        One of `STATUSES`.
    faults : list of (str, str)
        (grade_id of the cell, what went wrong in it): first what was put right in the notebook, then what happened as
        it ran. A cell without a grade_id is called by its position, e.g. ``cell 14``; ``files`` and ``notebook`` stand
        for the whole.
    detail : str
        One line for a person: why a submission is unreadable, where the trace of an internal error lies.
    sandboxed : bool
        False if the student's code ran with the instructor's rights (``--unsafe-no-sandbox``).
    ran_try_it : bool
        Whether the cells tagged ``try-it`` were run.
    seconds : float
        Wall time of the whole submission.
    seconds_in_cells : float
        The part of `seconds` in which cells (the student's and the tests) ran.
    submission : str
        A digest of the submitted files, by which a later hand-in is told from this one.
    """

    student: str
    assignment: str
    status: str
    faults: list[tuple[str, str]] = field(default_factory=list)
    detail: str = ""
    sandboxed: bool = True
    ran_try_it: bool = False
    seconds: float = 0.0
    seconds_in_cells: float = 0.0
    submission: str = ""

    @property
    def has_score(self) -> bool:
        """Whether the gradebook holds a score for this submission."""
        return self.status in HAVE_SCORE


def outcome_path(root: str | os.PathLike, assignment: str, student: str) -> Path:
    """Return where the outcome of `student`'s `assignment` lies in the course folder `root`."""
    return Path(root) / "autograded" / ".outcomes" / assignment / f"{student}.json"


def write_outcome(root: str | os.PathLike, outcome: Outcome) -> Path:
    """Store `outcome` in the course folder `root`, all of it or nothing, and return the file's path.

    Raises
    ------
    ValueError
        If the status is not one of `STATUSES`.
    """
    if outcome.status not in STATUSES:
        raise ValueError(f"status {outcome.status!r} is not one of {STATUSES}")
    path = outcome_path(root, outcome.assignment, outcome.student)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.part")
    partial.write_text(json.dumps(asdict(outcome), indent=1) + "\n", encoding="utf-8")
    partial.replace(path)
    return path


def read_outcome(root: str | os.PathLike, assignment: str, student: str) -> Outcome | None:
    """Return the stored outcome, or None if this submission's grading has not ended."""
    path = outcome_path(root, assignment, student)
    if not path.is_file():
        return None
    fields = json.loads(path.read_text(encoding="utf-8"))
    fields["faults"] = [tuple(fault) for fault in fields["faults"]]
    return Outcome(**fields)


def read_outcomes(root: str | os.PathLike, assignment: str) -> list[Outcome]:
    """Return all stored outcomes of `assignment`, sorted by student; an empty list if there are none."""
    folder = outcome_path(root, assignment, "x").parent
    found = (read_outcome(root, assignment, path.stem) for path in sorted(folder.glob("*.json")))
    return [outcome for outcome in found if outcome is not None]


def remove_outcome(root: str | os.PathLike, assignment: str, student: str) -> None:
    """Forget the stored outcome, if there is one."""
    outcome_path(root, assignment, student).unlink(missing_ok=True)
