"""Try many answers on a lesson's graded cells: the notebook runs once, and each answer in a forked child.

The cells that matter for marks are run in order: setup cells, the reference solutions, graded cells. At each solution
cell the process forks a child for every answer to that exercise. The child runs the answer in place of the solution,
then the exercise's own graded cells, then those later graded cells that the answer could touch: the ones that mention
the exercise's name, directly or through the solutions and constants that they use, or a name that its graded cells
leave behind. If the answer changed a constant or another function of the notebook, every later graded cell is run.
Untagged and ``try-it`` cells are not run at all, so a graded cell that relies on one is found out here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from nbgrader.preprocessors import ClearSolutions

from grading.errors import CourseError
from grading.pipeline import REPRODUCIBLE, ROOT, to_notebook
from grading.plan import Plan

SECONDS = 60.0
"""A cell that runs longer is stopped and loses its marks; one lesson has a hidden cell that may compute for 20 s."""


@dataclass(frozen=True)
class Answer:
    """Something to try in place of an exercise's solution cell."""

    exercise: str
    name: str
    source: str

    @property
    def key(self) -> str:
        return f"{self.exercise}.{self.name}"


@dataclass(frozen=True)
class CellResult:
    """How one graded cell ended.

    Attributes
    ----------
    name, exercise : str
        The cell's ``grade_id`` and the exercise that it grades.
    points, score : float
        What it is worth and what it gave.
    error : str or None
        The exception's class, "Timeout", or "Died" where the process ended; None for a cell that passed.
    message : str
        The exception's message.
    blame : str
        The cell whose code raised: ``answer NAME``, a graded cell, or another cell of the notebook.
    seconds : float
    """

    name: str
    exercise: str
    points: float
    score: float
    error: str | None
    message: str
    blame: str
    seconds: float

    @property
    def lost(self) -> bool:
        return self.score < self.points

    @property
    def told(self) -> str:
        """What the student reads."""
        return self.error + (f": {self.message}" if self.message else "") if self.error else ""


@dataclass(frozen=True)
class Outcome:
    """What an answer got.

    Attributes
    ----------
    answer : Answer
    cells : tuple of CellResult
        The graded cells that ran, in the notebook's order.
    defined : str or None
        Why the answer's own cell failed, or None.
    changed : tuple of str
        Names of the notebook that the answer, or its tests, rebound or whose contents they changed.
    broken : str
        Why the notebook could not be run on to its end; usually empty.
    """

    answer: Answer
    cells: tuple[CellResult, ...] = ()
    defined: str | None = None
    changed: tuple[str, ...] = ()
    broken: str = ""

    @property
    def own(self) -> list[CellResult]:
        return [cell for cell in self.cells if cell.exercise == self.answer.exercise]

    @property
    def lost(self) -> list[CellResult]:
        """The cells of its own exercise that gave less than full marks."""
        return [cell for cell in self.own if cell.lost]

    @property
    def lost_elsewhere(self) -> list[CellResult]:
        return [cell for cell in self.cells if cell.lost and cell.exercise != self.answer.exercise]

    @property
    def timed_out(self) -> bool:
        return any(cell.error == "Timeout" for cell in self.own) or (self.defined or "").startswith("Timeout")


def blanks(lesson: Plan) -> list[Answer]:
    """What nbgrader hands out in place of each solution."""
    cleared, _ = ClearSolutions().preprocess(to_notebook(lesson.lesson.text.read_text()), {})
    stubs = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell.source for cell in cleared.cells}
    return [Answer(name, "blank", stubs[name]) for name in lesson.solutions]


def references(lesson: Plan) -> list[Answer]:
    """Each solution as an answer to its own exercise."""
    return [Answer(name, "solution", cell.source) for name, cell in lesson.solutions.items()]


def run(
    lesson: Plan,
    answers: Sequence[Answer],
    own_only: bool = False,
    workers: int | None = None,
    seconds: float = SECONDS,
) -> Iterator[Outcome]:
    """Try every answer and yield what it got, as it ends.

    Parameters
    ----------
    lesson : Plan
    answers : sequence of Answer
        Keys must differ.
    own_only : bool
        Run only the graded cells of the answer's own exercise, up to the first that loses marks.
    workers : int, optional
        How many answers run at a time; a core each by default.
    seconds : float
        A graded cell's time limit.

    Yields
    ------
    Outcome
        In the order in which they end.

    Raises
    ------
    CourseError
        If a setup cell, a solution or a graded cell of the lesson itself fails.
    """
    by_key = {answer.key: answer for answer in answers}
    if len(by_key) < len(answers):
        raise ValueError("two answers have the same key")
    cells = [
        {"kind": c.kind, "name": c.name, "exercise": c.exercise, "points": c.points, "source": c.source}
        | {"binds": sorted(c.binds)}
        for c in lesson.cells
    ]
    job = {
        "cells": cells,
        "answers": [{"key": a.key, "exercise": a.exercise, "source": a.source} for a in answers],
        "reach": lesson.reach(),
        "imports": sorted(set().union(*(c.imports for c in lesson.cells if c.kind == "graded"))),
        "own_only": own_only,
        "workers": workers or os.cpu_count() or 1,
        "seconds": seconds,
    }
    left = set(by_key)
    for event in _events(job, lesson.lesson.name):
        if "reference" in event:
            raise CourseError(
                f"{lesson.lesson.name}: the lesson's own cell {event['reference']} fails: {event['error']}",
                "Setup, solution and graded cells must run without the cells between them (try-it and untagged ones).",
            )
        left.discard(event["key"])
        yield Outcome(
            by_key[event["key"]],
            tuple(CellResult(**cell) for cell in event["cells"]),
            event["defined"],
            tuple(event["changed"]),
            event.get("broken", ""),
        )
    if left:
        raise CourseError(
            f"{lesson.lesson.name}: the process that runs the notebook ended early.", "Is there enough memory?"
        )


def _events(job: dict, name: str) -> Iterator[dict]:
    environment = {**os.environ, **REPRODUCIBLE, "MPLBACKEND": "agg", "PYTHONPATH": _search_path()}
    command = [sys.executable, "-m", "grading.engine_worker"]
    with tempfile.TemporaryFile("w+") as given, tempfile.TemporaryFile("w+") as trouble:
        json.dump(job, given)
        given.seek(0)
        worker = subprocess.Popen(
            command, stdin=given, stdout=subprocess.PIPE, stderr=trouble, text=True, env=environment
        )
        try:
            for line in worker.stdout:
                yield json.loads(line)
            worker.wait()
        finally:
            if worker.poll() is None:  # the caller stopped listening
                worker.terminate()
            worker.wait()
            worker.stdout.close()
        trouble.seek(0)
        told = trouble.read().strip().splitlines()
    if worker.returncode != 0:
        reason = told[-1] if told else f"status {worker.returncode}"
        raise CourseError(f"{name}: the process that runs the notebook failed ({reason}).", "Run the notebook by hand.")


def _search_path() -> str:
    return os.pathsep.join(p for p in (str(ROOT), os.environ.get("PYTHONPATH", "")) if p)


def outcomes(lesson: Plan, answers: Iterable[Answer], **options: object) -> dict[str, Outcome]:
    """Run the answers and map each one's key to what it got."""
    return {outcome.answer.key: outcome for outcome in run(lesson, list(answers), **options)}
