"""What is graded in a notebook: its exercises in order, with their cells and points."""

from __future__ import annotations

from dataclasses import dataclass

from nbformat import NotebookNode

PREFIXES = ("test_", "hidden_")


@dataclass(frozen=True)
class Exercise:
    """One exercise: the graded cells that belong together.

    Attributes
    ----------
    name : str
        The ``grade_id`` of its solution cell.
    points : float
        What its graded cells are worth together.
    cells : tuple of str
        The ``grade_id`` of each graded cell: ``test_NAME`` and ``hidden_NAME``, or NAME itself where it is by hand.
    by_hand : bool
        Whether a person grades it: the answer and the graded cell are one, as in ``discuss_*``.
    """

    name: str
    points: float
    cells: tuple[str, ...]
    by_hand: bool


def exercise_name(grade_id: str) -> str:
    """Name the exercise that a graded cell belongs to: ``hidden_softmax`` gives ``softmax``."""
    for prefix in PREFIXES:
        if grade_id.startswith(prefix):
            return grade_id.removeprefix(prefix)
    return grade_id


def exercises(notebook: NotebookNode) -> list[Exercise]:
    """List a notebook's exercises in the order in which they stand.

    Parameters
    ----------
    notebook : NotebookNode
        A source or a release notebook; both carry the same graded cells.

    Returns
    -------
    list of Exercise
    """
    found: dict[str, Exercise] = {}
    for cell in notebook.cells:
        meta = cell.metadata.get("nbgrader", {})
        if not meta.get("grade"):
            continue
        name = exercise_name(meta["grade_id"])
        before = found.get(name, Exercise(name, 0.0, (), bool(meta["solution"])))
        points = before.points + float(meta["points"])
        found[name] = Exercise(name, points, (*before.cells, meta["grade_id"]), before.by_hand)
    return list(found.values())


def solution_cells(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """Map the name of each exercise to the cell that holds, or will hold, its answer."""
    graded = ((cell.metadata.get("nbgrader", {}), cell) for cell in notebook.cells)
    return {meta["grade_id"]: cell for meta, cell in graded if meta.get("solution")}
