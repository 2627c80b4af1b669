"""A submitted notebook with the course's cells put right again.

The course's own notebook in ``source/`` says which cells there are, in which order, of which type and with which
metadata, tags included. From the submission come the answers, the free cells between them, and the outputs of
cells that are not run again.
"""

from __future__ import annotations

import ast
import itertools
import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from grading.errors import CourseError
from grading.imports import parse

SETUP, TRY_IT, ANALYSIS = "setup", "try-it", "analysis"
METADATA = ("kernelspec", "language_info")
COMPARED = ("grade", "grade_id", "locked", "points", "solution", "task", "schema_version")
FREE = "free"
LARGEST_CELL = 1_000_000
LARGEST_ATTACHMENT = 8_000_000
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@dataclass
class Course:
    """The course's version of one notebook.

    Attributes
    ----------
    notebook : NotebookNode
    by_grade_id : dict from str to int
        The position of each cell that has a grade_id.
    by_id : dict from str to int
        The position of each cell by its cell id.
    names : list of str
        What solution cells define: the names that graded cells may use.
    """

    notebook: NotebookNode
    by_grade_id: dict[str, int] = field(default_factory=dict)
    by_id: dict[str, int] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> Course:
        """Read the solution notebook `path`.

        Raises
        ------
        CourseError
            If it is not there.
        """
        if not path.is_file():
            raise CourseError(f"there is no {path}, which says what the cells are", "make source makes it")
        return cls._read(path, path.stat().st_mtime_ns)

    @classmethod
    @lru_cache(maxsize=4)
    def _read(cls, path: Path, time: int) -> Course:
        """Read the notebook as it was at `time`, once for a class."""
        course = cls(nbformat.read(path, as_version=4))
        names: set[str] = set()
        for position, cell in enumerate(course.notebook.cells):
            if ANALYSIS in tags(cell):
                continue
            if grade_id(cell):
                course.by_grade_id[grade_id(cell)] = position
            if cell.get("id"):
                course.by_id[cell.id] = position
            if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution"):
                names |= defined_names(cell.source)
        course.names = sorted(names)
        return course


def tags(cell: NotebookNode) -> list[str]:
    """Return a cell's tags."""
    return cell.metadata.get("tags", [])


def grade_id(cell: NotebookNode) -> str:
    """Return a cell's grade_id, empty if it has none."""
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def is_graded(cell: NotebookNode) -> bool:
    """Tell whether a cell is one of tests, to be run by the trusted process."""
    told = cell.metadata.get("nbgrader", {})
    return cell.cell_type == "code" and bool(told.get("grade")) and not told.get("solution")


def is_setup(cell: NotebookNode) -> bool:
    """Tell whether a cell is a locked one that graded cells rely on."""
    told = cell.metadata.get("nbgrader", {})
    return cell.cell_type == "code" and SETUP in tags(cell) and bool(told.get("locked")) and not told.get("grade")


def defined_names(source: str) -> set[str]:
    """Return the functions, classes and variables that a cell defines at its top level."""
    found: set[str] = set()
    for node in parse(source).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = (part for target in targets for part in ast.walk(target))
            found |= {part.id for part in names if isinstance(part, ast.Name)}
    return found


def imported_names(source: str) -> set[str]:
    """Return the names that a cell's imports define at its top level."""
    imports = (node for node in parse(source).body if isinstance(node, (ast.Import, ast.ImportFrom)))
    return {(alias.asname or alias.name).split(".")[0] for node in imports for alias in node.names}


def restore(submitted: NotebookNode, course: Course) -> tuple[NotebookNode, list[tuple[str, str]]]:
    """Return the submission's notebook in the course's shape, and what had to be put right.

    Parameters
    ----------
    submitted : NotebookNode
        As read from the file; any part of it may be malformed.
    course : Course

    Returns
    -------
    notebook : NotebookNode
    faults : list of (str, str)
        (cell, what was wrong with it).
    """
    faults: list[tuple[str, str]] = []
    cells = [clean for cell in _listed(submitted.get("cells")) if (clean := _clean(cell, faults)) is not None]
    places = _places(cells, course, faults)
    # A free cell stays behind the course's cell that it stood behind.
    answers: dict[int, NotebookNode] = {}
    followers: dict[int, list[NotebookNode]] = {}
    last = -1
    for cell, place in zip(cells, places, strict=True):
        if place is None:
            followers.setdefault(last, []).append(_free(cell))
        else:
            answers[place] = cell
            last = place
    result = list(followers.get(-1, []))
    for place, mine in enumerate(course.notebook.cells):
        if ANALYSIS in tags(mine):
            continue
        if place in answers:
            result.append(_merged(answers[place], mine, faults))
        elif grade_id(mine):
            faults.append((grade_id(mine), "the cell was deleted; it was put back"))
            result.append(_merged(None, mine, faults))
        result += followers.get(place, [])
    kept = {name: course.notebook.metadata[name] for name in METADATA if name in course.notebook.metadata}
    notebook = nbformat.v4.new_notebook(metadata=kept, cells=result)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    _number(notebook.cells)
    return notebook, faults


def _places(cells: list[NotebookNode], course: Course, faults: list[tuple[str, str]]) -> list[int | None]:
    """Return for each submitted cell which of the course's cells it is, None for a free one."""
    texts = {}
    for place in course.by_id.values():
        texts.setdefault(course.notebook.cells[place].source.strip(), place)
    places: list[int | None] = []
    for cell in cells:
        told = cell.metadata.get("nbgrader")
        name = told.get("grade_id") if isinstance(told, dict) else None
        place = course.by_grade_id.get(name) if isinstance(name, str) else None
        if place is None:
            place = course.by_id.get(cell.get("id"))
        if place is None and not name:
            place = texts.get(cell.source.strip())
        places.append(place)
    # Of several copies the last is the answer, as nbgrader has it.
    seen: set[int] = set()
    for number in range(len(places) - 1, -1, -1):
        place = places[number]
        if place is not None and place in seen:
            if grade_id(course.notebook.cells[place]):
                faults.append((grade_id(course.notebook.cells[place]), "the cell is there twice; the last one counts"))
            places[number] = None
        elif place is not None:
            seen.add(place)
    furthest = -1
    for place in places:
        if place is None:
            continue
        if place < furthest and grade_id(course.notebook.cells[place]):
            faults.append((grade_id(course.notebook.cells[place]), "the cell was moved; it was put back"))
        furthest = max(furthest, place)
    return places


def _merged(answer: NotebookNode | None, mine: NotebookNode, faults: list[tuple[str, str]]) -> NotebookNode:
    """Return the course's cell `mine` with what the student may write in it."""
    cell = nbformat.from_dict(json.loads(json.dumps(mine)))
    cell.metadata.pop("execution", None)
    told = mine.metadata.get("nbgrader", {})
    if cell.cell_type == "code":
        cell.outputs, cell.execution_count = [], None
    if told.get("solution") or not (told.get("locked") or told.get("grade")):
        cell.source = answer.source if answer is not None else ""
    if answer is None:
        return cell
    name = grade_id(mine)
    if answer.cell_type != mine.cell_type and name:
        faults.append((name, f"the cell was turned into {answer.cell_type}; it is {mine.cell_type} again"))
    theirs = answer.metadata.get("nbgrader")
    theirs = theirs if isinstance(theirs, dict) else {}
    changed = [key for key in COMPARED if key in told and theirs.get(key) != told[key]]
    added = sorted(set(_listed(answer.metadata.get("tags"))) - set(tags(mine)))
    if name and (changed or added):
        what = ", ".join(changed + [f"tag {tag!s:.40}" for tag in added])
        faults.append((name, f"the cell's metadata were changed ({what}); they are the course's again"))
    if cell.cell_type == "code" and TRY_IT in tags(mine):
        cell.outputs = _shown(answer.get("outputs"))
    if cell.cell_type == "markdown" and told.get("solution") and isinstance(answer.get("attachments"), dict):
        if len(json.dumps(answer.attachments)) <= LARGEST_ATTACHMENT:
            cell.attachments = answer.attachments
        else:
            faults.append((name, "the attached pictures are too large; they were left out"))
    return cell


def _free(cell: NotebookNode) -> NotebookNode:
    """Return a student's own cell: its text alone."""
    make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
    return make.get(cell.cell_type, nbformat.v4.new_raw_cell)(cell.source, id=FREE)


def _clean(cell: Any, faults: list[tuple[str, str]]) -> NotebookNode | None:
    """Return a cell whose parts have the right types; None if it is none at all."""
    if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
        faults.append(("notebook", "something that is no cell was left out"))
        return None
    source = cell.get("source")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    if not isinstance(source, str):
        source = ""
    # A text that can't be encoded could not be stored again.
    source = source.encode("utf-8", "replace").decode("utf-8")
    if len(source) > LARGEST_CELL:
        faults.append(("notebook", f"a cell of {len(source)} characters was left out"))
        return None
    metadata = cell.get("metadata")
    clean = nbformat.from_dict({**cell, "source": source, "metadata": metadata if isinstance(metadata, dict) else {}})
    if not (isinstance(clean.get("id"), str) and _ID.fullmatch(clean.id)):
        clean.pop("id", None)
    return clean


def _shown(outputs: Any) -> list[NotebookNode]:
    """Return the outputs of a cell that is not run again: text and pictures, nothing that a browser would run."""
    kept: list[NotebookNode] = []
    room = LARGEST_CELL * 2
    for output in _listed(outputs):
        if not isinstance(output, dict):
            continue
        kind = output.get("output_type")
        if kind == "stream" and isinstance(output.get("text"), str):
            shown = nbformat.v4.new_output("stream", name="stdout", text=output["text"][:50_000])
        elif kind in ("display_data", "execute_result") and isinstance(output.get("data"), dict):
            data = {
                form: text
                for form, text in output["data"].items()
                if form in ("text/plain", "image/png", "image/jpeg") and isinstance(text, str)
            }
            shown = nbformat.v4.new_output("display_data", data=data)
        else:
            continue
        room -= len(json.dumps(shown))
        if room > 0:
            kept.append(shown)
    return kept


def _number(cells: list[NotebookNode]) -> None:
    """Give each free cell an id of its own; the course's cells keep theirs."""
    taken = {cell.id for cell in cells}
    fresh = (name for number in itertools.count(1) if (name := f"{FREE}-{number}") not in taken)
    for cell in cells:
        if cell.id == FREE:
            cell.id = next(fresh)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
