"""What stands in ``submitted/`` for an assignment, looked at before anything is graded.

`require_release` and `scan` are all that the grading commands need from here: the first refuses an assignment that
cannot be graded yet, the second lists its submissions and says which of them hold no notebook that can be read.
"""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import nbformat
from nbformat.validator import normalize

from grading.errors import CourseError
from grading.pipeline import ROOT, Lesson, lessons


@dataclass(frozen=True)
class Submission:
    """One student's hand-in.

    Attributes
    ----------
    student : str
        The student's id: the folder's name in ``submitted/``.
    notebook : Path
        Where the notebook is, or should be.
    state : {"ok", "missing", "unreadable"}
    reason : str
        Why it is not "ok", as half a sentence; empty where it is.
    remedy : str
        What a person can do about that; empty where it is "ok".
    """

    student: str
    notebook: Path
    state: Literal["ok", "missing", "unreadable"]
    reason: str = ""
    remedy: str = ""


def find_lesson(assignment: str | None, command: str, root: Path = ROOT) -> Lesson:
    """Return the lesson that a command's argument names.

    Parameters
    ----------
    assignment : str or None
        None where the argument was left out.
    command : str
        The command's name, for the remedy.
    root : Path
        The course's folder.

    Raises
    ------
    CourseError
        If there is no such assignment, with the nearest name, or none was named.
    """
    if not assignment:
        names = [lesson.name for lesson in lessons(root)]
        raise CourseError(
            f"make {command} needs to know which assignment.",
            f"Run: make {command} ASSIGNMENT=NAME, where NAME is one of: {', '.join(names) or '(none yet)'}",
        )
    return lessons(root, [assignment])[0]


def require_release(lesson: Lesson) -> None:
    """Raise unless the assignment was released, so that submissions of it can exist.

    Raises
    ------
    CourseError
        With the command that releases it.
    """
    if not lesson.release.exists():
        raise CourseError(
            f"{lesson.name} was never released: there is no {lesson.release.relative_to(lesson.root)}.",
            f"Run: make release ASSIGNMENT={lesson.name}",
        )


def scan(lesson: Lesson) -> list[Submission]:
    """List the submissions of an assignment, sorted by student.

    A student counts as having submitted once ``submitted/STUDENT/ASSIGNMENT`` is there.

    Parameters
    ----------
    lesson : Lesson

    Returns
    -------
    list of Submission
        Empty where nobody has handed in.
    """
    folders = (lesson.root / "submitted").glob(f"*/{lesson.name}")
    return [inspect(folder.parent.name, folder / lesson.release.name) for folder in sorted(folders) if folder.is_dir()]


def inspect(student: str, notebook: Path) -> Submission:
    """Say whether a student's notebook is there and can be read.

    Parameters
    ----------
    student : str
    notebook : Path

    Returns
    -------
    Submission
    """
    if notebook.is_symlink():
        reason = f"{notebook.name} is a link, not a file"
        return Submission(student, notebook, "unreadable", reason, "Ask for the notebook itself.")
    if not notebook.exists():
        others = sorted(path.name for path in notebook.parent.glob("*.ipynb"))
        if others:
            reason = f"there is no {notebook.name}, but {', '.join(others)}"
            return Submission(student, notebook, "missing", reason, "If that is the notebook, rename it.")
        return Submission(
            student, notebook, "missing", f"there is no {notebook.name}", "Ask the student to hand it in again."
        )
    fault = reading_fault(notebook)
    if fault:
        return Submission(student, notebook, "unreadable", fault, "Ask the student to hand it in again.")
    return Submission(student, notebook, "ok")


def reading_fault(notebook: Path) -> str:
    """Say why a file is no notebook, as half a sentence; an empty string where it is one."""
    try:
        content = json.loads(notebook.read_text(encoding="utf-8"))
    except OSError as error:
        return f"{notebook.name} cannot be opened ({error.strerror})"
    except UnicodeDecodeError:
        return f"{notebook.name} is not text in UTF-8"
    except json.JSONDecodeError as error:
        return f"{notebook.name} is not JSON (line {error.lineno}: {error.msg})"
    except RecursionError:
        return f"{notebook.name} is nested too deeply to be a notebook"
    except ValueError as error:  # a number with too many digits
        return f"{notebook.name} is not JSON that Python can read ({error})"
    if not isinstance(content, dict) or "nbformat" not in content:
        return f"{notebook.name} is JSON, but not a notebook"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # cells without ids are mended on reading
            upgraded = nbformat.convert(nbformat.from_dict(content), to_version=4)
            nbformat.validate(normalize(upgraded)[1], relax_add_props=True)
    except nbformat.ValidationError as error:
        return f"{notebook.name} is not a valid notebook ({error.message.splitlines()[0][:100]})"
    except Exception as error:  # what conversion raises for a malformed notebook is not documented
        return f"{notebook.name} is not a notebook of a known version ({type(error).__name__}: {error})"
    return ""
