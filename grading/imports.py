"""What a lesson's cells import, so that a sandbox can have it in memory before the first notebook."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

Import = (ast.Import, ast.ImportFrom)


def import_statements(cells: Iterable[NotebookNode]) -> set[str]:
    """Return the import statements of code cells, wherever they stand in them."""
    nodes = (node for cell in cells for node in ast.walk(_tree(cell)))
    return {ast.unparse(node) for node in nodes if isinstance(node, Import)}


def imports_beside_student(cells: Iterable[NotebookNode]) -> set[str]:
    """Return the import statements of those names that graded cells may hand to `observe`."""
    found: set[str] = set()
    for cell in cells:
        if "observe" in cell.source:
            tree = _tree(cell)
            names = _Handed()
            names.visit(tree)
            for node in ast.walk(tree):
                if isinstance(node, Import) and names.found & _bound(node):
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


def _tree(cell: NotebookNode) -> ast.Module:
    return ast.parse(TransformerManager().transform_cell(cell.source))
