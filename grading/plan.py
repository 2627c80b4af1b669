"""The cells of a lesson that matter for marks, and which of them an answer could touch."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from nbformat import NotebookNode

from grading.errors import CourseError
from grading.exercises import exercise_name
from grading.pipeline import Lesson, to_notebook


@dataclass(frozen=True)
class Cell:
    """A code cell that matters for marks.

    Attributes
    ----------
    kind : {"setup", "solution", "graded"}
    name : str
        The ``grade_id``; for a setup cell without one, its place.
    exercise : str
        Whose answer it holds or grades; empty for setup.
    points : float
    source : str
    """

    kind: str
    name: str
    exercise: str
    points: float
    source: str

    @cached_property
    def tree(self) -> ast.Module:
        try:
            return ast.parse(self.source)
        except SyntaxError as error:
            raise CourseError(
                f"the cell {self.name} is not Python ({error}).",
                "Setup, solution and graded cells take no magics; mend it, or leave the magic to a try-it cell.",
            ) from None

    @cached_property
    def binds(self) -> frozenset[str]:
        """Names that the cell defines in the notebook: at its top level, blocks included, functions' bodies not."""
        return frozenset(_bound(self.tree))

    @cached_property
    def uses(self) -> frozenset[str]:
        """Names that the cell's code reads, at its top level or in a function."""
        nodes = (n for n in ast.walk(self.tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))
        return frozenset(node.id for node in nodes)

    @cached_property
    def mentions(self) -> frozenset[str]:
        """The names that it uses, and its strings, which may name a name."""
        constants = (n.value for n in ast.walk(self.tree) if isinstance(n, ast.Constant))
        return self.uses | {value for value in constants if isinstance(value, str)}

    @cached_property
    def imports(self) -> frozenset[str]:
        """Modules that the cell's code imports."""
        nodes = list(ast.walk(self.tree))
        plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        return frozenset(plain | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module})


def _bound(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield child.name
            continue
        if isinstance(child, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            continue
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            yield child.id
        if isinstance(child, ast.alias):
            yield (child.asname or child.name).split(".")[0]
        yield from _bound(child)


@dataclass(frozen=True)
class Plan:
    """A lesson as the engine sees it."""

    lesson: Lesson
    cells: tuple[Cell, ...]

    @property
    def solutions(self) -> dict[str, Cell]:
        return {cell.exercise: cell for cell in self.cells if cell.kind == "solution"}

    @property
    def short(self) -> str:
        """The lesson's number, e.g. ``ps04``."""
        return self.lesson.name.split("_")[0]

    def reach(self) -> dict[str, list[str]]:
        """Map each exercise to the other exercises' graded cells, later than its solution, that could notice it."""
        found = {}
        for at, solution in enumerate(self.cells):
            if solution.kind != "solution":
                continue
            left = frozenset().union(*(c.binds for c in self._graded(solution.exercise)))
            found[solution.exercise] = [
                cell.name
                for cell in self.cells[at + 1 :]
                if cell.kind == "graded" and cell.exercise != solution.exercise
                if self._closure(cell) & (solution.binds | (left - cell.binds))
            ]
        return found

    def _graded(self, exercise: str) -> list[Cell]:
        return [cell for cell in self.cells if cell.kind == "graded" and cell.exercise == exercise]

    def _closure(self, cell: Cell) -> set[str]:
        names, todo = set(cell.mentions), set(cell.mentions)
        while todo:
            name = todo.pop()
            for source in self.cells:
                if source.kind != "graded" and name in source.binds:
                    todo |= source.mentions - names
                    names |= source.mentions
        return names


def plan(lesson: Lesson) -> Plan:
    """Read a lesson's text and pick the cells that matter for marks.

    Raises
    ------
    CourseError
        For a solution cell without graded cells, a graded cell without a solution, one that stands before it, or a
        setup cell that uses a name which a solution cell defines.
    """
    cells = tuple(_cells(to_notebook(lesson.text.read_text())))
    solved = {cell.exercise: i for i, cell in enumerate(cells) if cell.kind == "solution"}
    graded = {cell.exercise for cell in cells if cell.kind == "graded"}
    where = lesson.text.relative_to(lesson.root)
    for name in solved.keys() - graded:
        raise CourseError(f"{where}: {name} has no graded cell.", f"Add test_{name} and hidden_{name} after it.")
    for i, cell in enumerate(cells):
        if cell.kind == "graded" and solved.get(cell.exercise, i) >= i:
            raise CourseError(
                f"{where}: no solution cell {cell.exercise!r} stands before {cell.name}.", "Mend its grade_id."
            )
        used = cell.uses & solved.keys() if cell.kind == "setup" else set()
        if used:
            raise CourseError(
                f"{where}: the setup cell {cell.name} uses {', '.join(sorted(used))}, which a solution cell defines.",
                "Give what it needs another name: graded cells rely on setup while an exercise may be blank.",
            )
    return Plan(lesson, cells)


def _cells(notebook: NotebookNode) -> Iterator[Cell]:
    for i, cell in enumerate(notebook.cells):
        meta, tags = cell.metadata.get("nbgrader", {}), cell.metadata.get("tags", [])
        if cell.cell_type != "code" or (meta.get("grade") and meta.get("solution")):
            continue
        if meta.get("solution"):
            yield Cell("solution", meta["grade_id"], meta["grade_id"], 0.0, cell.source)
        elif meta.get("grade"):
            yield Cell("graded", meta["grade_id"], exercise_name(meta["grade_id"]), float(meta["points"]), cell.source)
        elif "setup" in tags:
            yield Cell("setup", meta.get("grade_id", f"cell {i + 1}"), "", 0.0, cell.source)
