"""``python -m grading overview``: run every solution notebook and print the README's table of assignments.

The notebooks run one after the other, each from its first cell to its last in a new process, start included.
"""

from __future__ import annotations

import time

from nbformat import NotebookNode

from grading.errors import CourseError
from grading.exercises import exercises
from grading.pipeline import Lesson, execute, lessons, read_notebook

HEADINGS = ("assignment", "subject", "exercises", "points", "run time")


def facts(lesson: Lesson, notebook: NotebookNode) -> tuple[str, ...]:
    """Return what the table says of an assignment: all columns but the last.

    Parameters
    ----------
    lesson : Lesson
    notebook : NotebookNode
        Its solution notebook.

    Returns
    -------
    tuple of str
        Name, subject, number of exercises graded by tests (and of questions read by a person), points.
    """
    title = notebook.cells[0].source.splitlines()[0]
    found = exercises(notebook)
    by_hand = sum(exercise.by_hand for exercise in found)
    points = sum(exercise.points for exercise in found)
    return f"`{lesson.name}`", title.partition(": ")[2], f"{len(found) - by_hand} + {by_hand}", f"{points:g}"


def row(columns: tuple[str, ...]) -> str:
    """Return a row of a Markdown table."""
    return f"| {' | '.join(columns)} |"


def main(argv: list[str]) -> int:
    """Print the table."""
    if argv:
        raise CourseError(f"overview takes no arguments; it got {' '.join(argv)}", "call it without")
    print(row(HEADINGS), row(("---",) * len(HEADINGS)), sep="\n")
    total = 0.0
    for lesson in lessons():
        notebook = read_notebook(lesson.source)
        start = time.monotonic()
        execute(notebook, lesson.name)
        seconds = time.monotonic() - start
        total += seconds
        print(row((*facts(lesson, notebook), f"{seconds:.0f} s")), flush=True)
    print(f"\nAll of them: {total:.0f} s.")
    return 0
