"""A course with one small lesson, for tests of what happens around a lesson."""

import atexit
import functools
import json
import logging
import shutil
import tempfile
import warnings
from collections.abc import Collection
from pathlib import Path

import nbformat
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning

from grading.examples import hand_in, submission
from grading.gradebook import course_config
from grading.pipeline import ROOT, Lesson, generate, to_notebook

NAME = "ps90_small"


def _meta(grade_id: str, points: int | None = None, by_hand: bool = False) -> str:
    """Write nbgrader's metadata of a solution cell, of a test worth so many points, or of an answer in words."""
    graded = points is not None
    meta = {"grade": graded, "grade_id": grade_id, "locked": graded and not by_hand}
    meta |= {"points": points} if graded else {}
    return json.dumps({**meta, "schema_version": 3, "solution": by_hand or not graded, "task": False})


def _exercise(number: int, name: str, points: tuple[int, int], solution: str, visible: str, hidden: str) -> str:
    return f"""\
# %% [markdown]
# ### Exercise {number}: `{name}` ({sum(points)} points, ★☆☆)
# %% nbgrader={_meta(name)}
{solution}


# %% nbgrader={_meta("test_" + name, points[0])}
{visible}
# %% nbgrader={_meta("hidden_" + name, points[1])}
### BEGIN HIDDEN TESTS
{hidden}
### END HIDDEN TESTS
"""


def _solution(head: str, body: str) -> str:
    return f"def {head}:\n    ### BEGIN SOLUTION\n    return {body}\n    ### END SOLUTION"


DOUBLE = _solution("double(x)", "2 * x")
MEAN = _solution("mean(values)", "sum(values) / len(values)")
ABSOLUTE = _solution("absolute(x)", "max(x, -x)")
TEXT = f"""\
# %% [markdown]
# # PS 90: Small
# **Points:** 10, of which 2 are for an answer in words.
{_exercise(1, "double", (1, 2), DOUBLE, "assert double(2) == 4", "assert double(-3.5) == -7")}\
{_exercise(2, "mean", (1, 2), MEAN, "assert mean([1, 3]) == 2", "assert mean([1, 2]) == 1.5")}\
{_exercise(3, "absolute", (1, 1), ABSOLUTE, "assert absolute(-2) == 2", "assert absolute(5) == 5")}\
# %% [markdown]
# ### Question (2 points)
# %% [markdown] nbgrader={_meta("discuss_half", 2, by_hand=True)}
# Because half of a double is the whole.
"""


def small_course(folder: Path, release: bool = True) -> Lesson:
    """Make the course in an empty folder, its lesson released unless told otherwise."""
    lesson = Lesson(NAME, folder)
    lesson.text.parent.mkdir(parents=True)
    lesson.text.write_text(TEXT)
    lesson.source.parent.mkdir(parents=True)
    lesson.source.write_text(nbformat.writes(to_notebook(TEXT)) + "\n")
    (folder / "nbgrader_config.py").write_text((ROOT / "nbgrader_config.py").read_text())
    if release:
        generate(lesson)
    return lesson


def student(lesson: Lesson, name: str, answered: Collection[str] | None = None) -> Path:
    """Hand in the notebook of a student who answered these exercises, all where it is None."""
    return hand_in(submission(lesson.name, answered, lesson.root), lesson, name)


def set_cell(path: Path, grade_id: str, source: str) -> None:
    """Replace a cell's text in a notebook's file."""
    notebook = json.loads(path.read_text())
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id:
            cell["source"] = source
    path.write_text(json.dumps(notebook))


def stock_autograde(lesson: Lesson) -> bool:
    """Grade with nbgrader's own preprocessors; False if nbgrader reports a failure for some submission."""
    config = course_config(lesson)
    config.pop("Autograde", None)
    converter = Autograde(coursedir=CourseDirectory(config=config), config=config)
    converter.log = logging.Logger("autograde", logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # nbgrader's own, about how it adds rows
            converter.start()
    except NbGraderException:
        return False
    return True


HOSTILE = "<img src=x onerror=alert(1)>"
"""A student's id that must never become part of a page."""


@functools.cache
def _graded() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="small_course_"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    lesson = small_course(folder)
    student(lesson, "complete")
    student(lesson, "half", ["double"])
    student(lesson, "empty", [])
    set_cell(student(lesson, HOSTILE, ["mean"]), "mean", "def mean(values):\n    return (values[0] + values[1]) // 2")
    student(lesson, "broken").write_text("{")
    student(lesson, "nothing").unlink()
    assert not stock_autograde(lesson), "nbgrader should say that it could not grade broken"
    return folder


def graded_course(folder: Path) -> Lesson:
    """Make, in a folder that does not exist, the course with six students after nbgrader has graded them.

    Four have marks (complete, half, empty, `HOSTILE`), one handed in half a bracket, one no notebook.
    """
    shutil.copytree(_graded(), folder)
    return Lesson(NAME, folder)
