"""A course folder with the trial lesson in it, and what the grader's tests read from it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from grading.examples import course_folder, hand_in, submission
from grading.pipeline import ROOT, Lesson, generate, to_notebook

NAME = "ps90_trial"
EXERCISES = ("row_sums", "centre_", "mean_of", "Tally")
POINTS = {"row_sums": 3.0, "centre_": 2.0, "mean_of": 3.0, "Tally": 2.0}
LIMITS = {
    "cell_seconds": 4,
    "notebook_seconds": 45,
    "memory_mib": 512,
    "processes": 24,
    "file_mib": 16,
    "disk_mib": 32,
    "output_bytes": 100_000,
    "flood_bytes": 3_000_000,
    "message_bytes": 8_000_000,
}
TEXT = Path(__file__).with_name("lesson.txt")


def make_course(folder: Path) -> Lesson:
    """Make a course with the trial lesson, released, and small limits."""
    origin = folder / "origin"
    source = origin / "source" / NAME / "trial.ipynb"
    source.parent.mkdir(parents=True)
    nbformat.write(to_notebook(TEXT.read_text()), source)
    (origin / "nbgrader_config.py").write_text((ROOT / "nbgrader_config.py").read_text())
    lesson = course_folder(folder / "course", NAME, origin)
    with (lesson.root / "nbgrader_config.py").open("a") as config:
        config.write(f"\nc.Execute.limits = {LIMITS!r}\n")
    generate(lesson)
    return lesson


def honest(lesson: Lesson, answered: tuple[str, ...] | None = EXERCISES) -> NotebookNode:
    """Return the notebook of a student who answered these exercises."""
    return submission(NAME, answered, lesson.root)


def cell(notebook: NotebookNode, grade_id: str) -> NotebookNode:
    """Return the cell of this grade_id."""
    return next(found for found in notebook.cells if found.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def run(lesson: Lesson, *arguments: str, timeout: float = 900) -> subprocess.CompletedProcess[str]:
    """Run ``python -m grading autograde`` in the course's folder."""
    command = [sys.executable, "-W", "ignore", "-m", "grading", "autograde", lesson.name, *arguments]
    env = {**os.environ, "COLUMNS": "200"}
    return subprocess.run(command, cwd=lesson.root, capture_output=True, text=True, timeout=timeout, env=env)


def marks(lesson: Lesson, student: str) -> dict[str, float]:
    """Return the points of each exercise that the tests grade, from nbgrader's gradebook."""
    with Gradebook(f"sqlite:///{lesson.root}/gradebook.db") as gradebook:
        found = gradebook.find_submission(lesson.name, student)
        grades = [grade for notebook in found.notebooks for grade in notebook.grades]
        points = dict.fromkeys(EXERCISES, 0.0)
        for grade in grades:
            kind, _, name = grade.name.partition("_")
            if kind in ("test", "hidden"):
                points[name] += grade.auto_score or 0.0
    return points


def autograded(lesson: Lesson, student: str) -> NotebookNode:
    """Return a student's autograded notebook."""
    path = lesson.root / "autograded" / student / lesson.name / lesson.release.name
    return nbformat.read(path, as_version=4)


__all__ = ["autograded", "cell", "hand_in", "honest", "make_course", "marks", "run"]
