"""Make every mutant of a solution: the cell's text with one small change inside a solution region."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst
from libcst.metadata import MetadataWrapper, ParentNodeProvider, PositionProvider
from mutmut.mutation import mutators

from grading.mutation_operators import OPERATORS


@dataclass(frozen=True)
class Mutant:
    """A solution cell with one small change.

    Attributes
    ----------
    exercise : str
    line : int
        Where the change begins, counted in the cell from 1.
    before, after : str
        The changed lines, without indentation, joined by blanks.
    source : str
        The whole cell.
    """

    exercise: str
    line: int
    before: str
    after: str
    source: str


def mutants(exercise: str, source: str) -> list[Mutant]:
    """Make the mutants of a solution cell.

    Parameters
    ----------
    exercise : str
    source : str
        The cell, with its ``### BEGIN SOLUTION`` and ``### END SOLUTION`` lines.

    Returns
    -------
    list of Mutant
        In the order of their lines; none is equal to the solution or to another one as a syntax tree.
    """
    wrapper = MetadataWrapper(cst.parse_module(source))
    parents, positions = wrapper.resolve(ParentNodeProvider), wrapper.resolve(PositionProvider)
    inside = _region_lines(source)
    seen, found = {ast.dump(ast.parse(source))}, []
    for node in _nodes(wrapper.module):
        place = positions.get(node)
        if place is None or not inside.issuperset(range(place.start.line, place.end.line + 1)):
            continue
        for kind, operator in OPERATORS:
            if not isinstance(node, kind) or not _applies(operator, node, parents):
                continue
            for replacement in operator(node):
                changed = wrapper.module.deep_replace(node, replacement).code
                tree = _tree(changed)
                if tree is not None and tree not in seen:
                    seen.add(tree)
                    found.append(Mutant(exercise, *_difference(source, changed), changed))
    return sorted(found, key=lambda mutant: mutant.line)


def _nodes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    yield node
    for child in node.children:
        if not isinstance(child, (cst.Annotation, cst.Comment)):
            yield from _nodes(child)


def _region_lines(source: str) -> set[int]:
    """Numbers of the lines between the marks of the solution regions."""
    inside, lines = False, set()
    for number, line in enumerate(source.splitlines(), 1):
        if "### BEGIN SOLUTION" in line:
            inside = True
        elif "### END SOLUTION" in line:
            inside = False
        elif inside:
            lines.add(number)
    return lines


def _applies(operator: object, node: cst.CSTNode, parents: dict[cst.CSTNode, cst.CSTNode]) -> bool:
    """Whether a change of `node` could matter: the wording of an error's message is free, its presence is not."""
    above = node
    while above in parents:
        above = parents[above]
        if isinstance(above, cst.Raise):
            return operator is mutators.operator_arg_removal and node is above.exc
    return True


def _tree(source: str) -> str | None:
    """The syntax tree as text, or None for what is no Python."""
    try:
        tree = ast.parse(source)
        compile(tree, "<mutant>", "exec")
    except (SyntaxError, ValueError):
        return None
    return ast.dump(tree)


def _difference(source: str, changed: str) -> tuple[int, str, str]:
    old, new = source.splitlines(), changed.splitlines()
    spans = [s for s in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if s[0] != "equal"]
    first, last = spans[0], spans[-1]
    before = " ".join(line.strip() for line in old[first[1] : last[2]])
    after = " ".join(line.strip() for line in new[first[3] : last[4]])
    return first[1] + 1, before, after
