"""What a lesson's cells import, so that a sandbox can have it in memory before the first notebook."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

STATEMENTS = (ast.Import, ast.ImportFrom)


def parse(source: str) -> ast.Module:
    """Return the syntax tree of a code cell, IPython's own commands included."""
    return ast.parse(TransformerManager().transform_cell(source))


def import_statements(cells: Iterable[NotebookNode]) -> set[str]:
    """Return the import statements of code cells, wherever they stand in them."""
    nodes = (node for cell in cells for node in ast.walk(parse(cell.source)))
    return {ast.unparse(node) for node in nodes if isinstance(node, STATEMENTS)}


def imports_beside_student(cells: Iterable[NotebookNode]) -> set[str]:
    """Return the import statements of those names that graded cells may hand to `observe`."""
    found: set[str] = set()
    for cell in cells:
        if "observe" in cell.source:
            tree = parse(cell.source)
            names = _Handed()
            names.visit(tree)
            for node in ast.walk(tree):
                if isinstance(node, STATEMENTS) and names.found & _bound(node):
                    found.add(ast.unparse(node))
    return found


class _Handed(ast.NodeVisitor):
    """Collects the names in functions, and those outside that are not merely called."""

    def __init__(self) -> None:
        self.found: set[str] = set()
        self.depth = 0

    def visit_Name(self, node: ast.Name) -> None:
        self.found.add(node.id)

    def visit_Call(self, node: ast.Call) -> None:
        if self.depth or not isinstance(node.func, ast.Name):
            self.visit(node.func)
        for part in (*node.args, *node.keywords):
            self.visit(part)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.Lambda) -> None:
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1

    visit_Lambda = visit_FunctionDef


def _bound(node: ast.Import | ast.ImportFrom) -> set[str]:
    return {(alias.asname or alias.name).split(".")[0] for alias in node.names}
