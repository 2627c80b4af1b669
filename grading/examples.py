"""Example submissions, made from a lesson's source and release, and course folders of their own to grade them in."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from grading.exercises import Exercise, exercises, solution_cells
from grading.pipeline import ROOT, Lesson, lessons, read_notebook

MARKS = ("### BEGIN SOLUTION", "### END SOLUTION")


def submission(assignment: str, answered: Collection[str] | None = None, root: Path = ROOT) -> NotebookNode:
    """Make the notebook of a student who has answered some of the exercises.

    Parameters
    ----------
    assignment : str
        Its name; both its source and its release must be there.
    answered : collection of str, optional
        The exercises that get the solution's answer, by name; all where it is None. The others stay as released.
    root : Path
        The course's folder.

    Returns
    -------
    NotebookNode
        The release with those solution cells filled in, never executed.

    Raises
    ------
    ValueError
        For a name that is no exercise of this assignment.
    CourseError
        For a name that is no assignment.
    """
    lesson = lessons(root, [assignment])[0]
    notebook = read_notebook(lesson.release)
    answers = solution_cells(read_notebook(lesson.source))
    wanted = set(answers if answered is None else answered)
    if unknown := sorted(wanted - answers.keys()):
        raise ValueError(f"{assignment} has no exercise {', '.join(unknown)}; it has {', '.join(answers)}")
    for name, cell in solution_cells(notebook).items():
        if name in wanted:
            cell.source = _without_marks(answers[name].source)
    return notebook


def _without_marks(source: str) -> str:
    return "\n".join(line for line in source.splitlines() if line.strip() not in MARKS)


def by_machine(lesson: Lesson) -> list[Exercise]:
    """List the exercises of a lesson that are graded by its tests, in order."""
    return [exercise for exercise in exercises(read_notebook(lesson.source)) if not exercise.by_hand]


def first_half(lesson: Lesson) -> list[str]:
    """Name the first half of a lesson's exercises that are graded by its tests (rounded down)."""
    names = [exercise.name for exercise in by_machine(lesson)]
    return names[: len(names) // 2]


def hand_in(notebook: NotebookNode, lesson: Lesson, student: str) -> Path:
    """Write a notebook where ``nbgrader collect`` would put it and return its path."""
    path = lesson.root / "submitted" / student / lesson.name / lesson.release.name
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def course_folder(folder: Path, assignment: str, root: Path = ROOT) -> Lesson:
    """Make a course folder with one assignment's source and the course's settings, and a gradebook still to come.

    Parameters
    ----------
    folder : Path
        Made if need be. What it held under the names of the pipeline's folders is removed.
    assignment : str
    root : Path
        The course that it is taken from.

    Returns
    -------
    Lesson
        The assignment in the new folder.
    """
    lesson = lessons(root, [assignment])[0]
    if folder.resolve() == root.resolve():
        raise ValueError(f"folder must be another than the course's own, {root}")
    for name in ("source", "release", "submitted", "autograded", "feedback", "reports"):
        if (folder / name).exists():
            shutil.rmtree(folder / name)
    (folder / "gradebook.db").unlink(missing_ok=True)
    shutil.copytree(lesson.source.parent, folder / "source" / assignment)
    shutil.copy(root / "nbgrader_config.py", folder)
    return Lesson(assignment, folder)
