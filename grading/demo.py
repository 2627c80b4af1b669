"""``python -m grading demo``: the main job end to end with three example students, in ``build/demo``."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import SAWarning

from grading import examples, feedback, report
from grading.errors import CourseError
from grading.gradebook import autograded, read_marks
from grading.outcomes import read_outcomes
from grading.pipeline import REPRODUCIBLE, ROOT, Lesson, generate

ASSIGNMENT = "ps04_one_layer_networks"
STEPS = 5


def students(lesson: Lesson) -> dict[str, tuple[list[str] | None, float]]:
    """Say what each example student answers (None: everything) and how many autograded points that is worth."""
    points = {exercise.name: exercise.points for exercise in examples.by_machine(lesson)}
    half = examples.first_half(lesson)
    return {
        "complete": (None, sum(points.values())),
        "half": (half, sum(points[name] for name in half)),
        "empty": ([], 0.0),
    }


def autograde(lesson: Lesson) -> None:
    """Grade everything that was handed in for a lesson.

    Raises
    ------
    CourseError
        If it ended without an outcome, with the last line of what the grader said.
    """
    command = [sys.executable, "-m", "grading", "autograde", lesson.name]
    done = subprocess.run(command, cwd=lesson.root, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    log = lesson.root / "autograde.log"
    log.write_text(done.stdout)
    if done.returncode and not read_outcomes(lesson.root, lesson.name):
        told = [line for line in done.stdout.splitlines() if any(map(str.isalpha, line))]
        last = told[-1].strip() if told else "it said nothing"
        raise CourseError(f"autograding ended with status {done.returncode}: {last}", f"All it said is in {log}.")


def run(folder: Path, assignment: str, root: Path, console: Console) -> list[str]:
    """Release an assignment, hand it in as three students, grade it, and write feedback and report.

    Parameters
    ----------
    folder : Path
        The demonstration's own course folder.
    assignment : str
    root : Path
        The course that the assignment is taken from.
    console : rich.console.Console
        Where the steps and the table at the end are shown.

    Returns
    -------
    list of str
        What came out otherwise than the examples were made to; empty if all is well.
    """
    os.environ.update(REPRODUCIBLE)  # the sample of the data, whatever this machine has
    step = _steps(console)
    lesson = examples.course_folder(folder, assignment, root)
    with step(f"release {assignment}"), warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # nbgrader's own, about how it adds rows
        generate(lesson)
    expected = students(lesson)
    with step(f"hand it in as {', '.join(expected)}"):
        for name, (answered, _) in expected.items():
            examples.hand_in(examples.submission(assignment, answered, folder), lesson, name)
    with step("autograde"):
        autograde(lesson)
    if not autograded(lesson):
        ended = [f"{o.student}: {o.status}" for o in read_outcomes(folder, assignment)]
        raise CourseError(f"no example has a score ({', '.join(ended)}).", f"See {folder / 'autograde.log'}.")
    with step("feedback"):
        written = feedback.generate(lesson).written
    with step("class report"):
        page = report.write(lesson)
    marks = read_marks(lesson)
    scores = {student.student: student.autograded for student in marks.students}
    outcomes = {outcome.student: outcome.status for outcome in read_outcomes(folder, assignment)}
    table = Table()
    for heading, justify in [
        ("student", "left"),
        (f"points of {marks.autograded_maximum:g}", "right"),
        ("expected", "right"),
        ("outcome", "left"),
    ]:
        table.add_column(heading, justify=justify)
    for name, (_, points) in expected.items():
        score = scores.get(name)
        outcome = outcomes.get(name, "not graded" if score is None else "graded")
        table.add_row(name, "none" if score is None else f"{score:g}", f"{points:g}", outcome)
    console.print(table)
    console.print(f"Class report: {os.path.relpath(page)}", soft_wrap=True, highlight=False)
    console.print(f"Feedback: {os.path.relpath(folder / 'feedback')}", soft_wrap=True, highlight=False)
    return differences({name: points for name, (_, points) in expected.items()}, scores, written)


def differences(expected: dict[str, float], scores: dict[str, float], written: list[str]) -> list[str]:
    """Say which students' scores are not as `expected`, and who has no feedback `written`."""
    wrong = [
        f"{name} got {scores[name]:g} points, and was made to get {points:g}"
        for name, points in expected.items()
        if name in scores and scores[name] != points
    ]
    ungraded = [f"{name} has no score" for name in expected if name not in scores]
    return wrong + ungraded + [f"{name} has no feedback" for name in expected if name not in written]


def _steps(console: Console) -> Callable[[str], object]:
    """Return a context that shows the beginning and the duration of each step in turn."""
    numbers = iter(range(1, STEPS + 1))

    @contextmanager
    def step(what: str) -> Iterator[None]:
        console.print(f"{next(numbers)}/{STEPS} {what} ...", end=" ", soft_wrap=True, highlight=False)
        start = time.perf_counter()
        try:
            yield
        except BaseException:
            console.print("failed")
            raise
        console.print(f"{time.perf_counter() - start:.1f} s", highlight=False)

    return step


def main(argv: list[str], root: Path = ROOT) -> int:
    argparse.ArgumentParser(prog="make demo", description=__doc__).parse_args(argv)
    faults = run(root / "build" / "demo", ASSIGNMENT, root, Console())
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    return 1 if faults else 0
