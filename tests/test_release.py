"""What students get: every exercise, no answer, no hidden test, no output, no trace of a machine."""

import getpass
import json
import re
import shutil
import socket
import sys
import tempfile
from pathlib import Path

import pytest
from nbformat import NotebookNode
from small_course import small_course

from grading.exercises import solution_cells
from grading.pipeline import ROOT, Lesson, lessons, read_notebook

LESSONS = [lesson for lesson in lessons(ROOT) if lesson.release.exists()]
REGION = re.compile(r"### BEGIN (SOLUTION|HIDDEN TESTS)\n(.*?)### END \1", re.DOTALL)
STUB = "raise NotImplementedError()"
PATHS = re.compile(r"/(?:home|root|Users|tmp|usr|opt|var|work|mnt|srv)/|[A-Z]:\\\\|\bfile://|\.venv|site-packages")


def secrets(lesson: Lesson) -> dict[str, list[str]]:
    """Map each cell's id to the lines of its solution and hidden tests that say something."""
    found = {}
    for cell in read_notebook(lesson.source).cells:
        regions = [match[2] for match in REGION.finditer(cell.source)]
        if only_in_source(cell):
            regions = [cell.source]
        lines = [line.strip() for region in regions for line in region.splitlines()]
        if kept := [line for line in lines if len(line) > 12]:
            found[cell.id] = kept
    return found


def only_in_source(cell: NotebookNode) -> bool:
    """Whether nothing of a source cell belongs into the release: an analysis, or the answer to a question in words."""
    answer = cell.cell_type == "markdown" and cell.metadata.get("nbgrader", {}).get("solution", False)
    return answer or "analysis" in cell.metadata.get("tags", [])


def faults(lesson: Lesson) -> list[str]:
    """List what a lesson's release should not hold."""
    notebook, source = read_notebook(lesson.release), read_notebook(lesson.source)
    found = []
    released = {cell.id: cell.source for cell in notebook.cells}
    everything = "\n".join(released.values())
    shown = "\n".join(REGION.sub("", cell.source) for cell in source.cells if not only_in_source(cell))
    graded = {cell.id for cell in source.cells if cell.metadata.get("nbgrader", {}).get("grade")}
    for cell, lines in secrets(lesson).items():
        # A line that the source shows elsewhere, an import for instance, is no secret.
        found += [f"{cell}: {line}" for line in lines if line in everything and line not in shown]
        if cell in graded and cell.startswith("hidden_") and released[cell].strip():
            found.append(f"{cell} is not empty")
    for cell in notebook.cells:
        if re.search(r"(BEGIN|END) (SOLUTION|HIDDEN)", cell.source):
            found.append(f"{cell.id}: a mark is left")
        if cell.cell_type == "code" and (cell.outputs or cell.execution_count is not None):
            found.append(f"{cell.id}: an output is left")
        if "analysis" in cell.metadata.get("tags", []):
            found.append(f"{cell.id}: an analysis is left")
    for name, cell in solution_cells(notebook).items():
        if cell.cell_type == "code" and STUB not in cell.source:
            found.append(f"{name}: the gap does not raise NotImplementedError")
    text = lesson.release.read_text()
    machine = [str(ROOT), str(Path.home()), sys.prefix, tempfile.gettempdir() + "/", socket.gethostname()]
    found += [f"machine: {word}" for word in machine if len(word) > 4 and word in text]
    found += [f"path: {match}" for match in PATHS.findall(text)]
    if getpass.getuser() not in ("root", "user") and getpass.getuser() in text:
        found.append("the user's name")
    unknown = json.loads(text)["metadata"].keys() - {"kernelspec", "language_info"}
    return found + [f"metadata: {name}" for name in sorted(unknown)]


def test_every_lesson_is_released():
    assert [lesson.name for lesson in lessons(ROOT)] == [lesson.name for lesson in LESSONS]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_the_release_holds_nothing_that_it_should_not(lesson):
    assert secrets(lesson), "the solution shows no solution"
    assert faults(lesson) == []


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_every_graded_cell_is_there_and_locked(lesson):
    release = [cell for cell in read_notebook(lesson.release).cells if cell.metadata.get("nbgrader")]
    source = [cell for cell in read_notebook(lesson.source).cells if cell.metadata.get("nbgrader")]
    assert [cell.id for cell in release] == [cell.id for cell in source]
    for cell in release:
        meta = cell.metadata.nbgrader
        assert not meta.grade or meta.solution or meta.locked, f"{cell.id} can be edited"
        assert not meta.solution or not meta.locked, f"{cell.id} cannot be answered"


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    return small_course(tmp_path_factory.mktemp("released"))


@pytest.fixture
def small(released, tmp_path):
    """A copy of the small course, to be spoiled."""
    shutil.copytree(released.root, tmp_path / "course")
    return Lesson(released.name, tmp_path / "course")


@pytest.mark.parametrize(
    ("where", "old", "new", "told"),
    [
        ("double", STUB, "return max(x, -x)", "absolute: return max(x, -x)"),
        ("double", STUB, "pass", "double: the gap"),
        ("test_mean", "assert", "# see assert double(-3.5) == -7\nassert", "hidden_double: assert double(-3.5) == -7"),
        ("hidden_mean", "", "assert True", "hidden_mean is not empty"),
        ("test_double", "assert", "### BEGIN HIDDEN TESTS\nassert", "test_double: a mark is left"),
        ("test_double", "assert", "open('/home/someone/notes')\nassert", "path: /home/"),
        ("discuss_half", "YOUR ANSWER HERE", "Because half of a double is the whole.", "discuss_half: Because half"),
    ],
)
def test_each_kind_of_leak_is_found(small, where, old, new, told):
    assert faults(small) == []
    notebook = json.loads(small.release.read_text())
    cell = next(cell for cell in notebook["cells"] if cell["id"] == where)
    text = "".join(cell["source"])
    assert old in text
    cell["source"] = text.replace(old, new, 1)
    small.release.write_text(json.dumps(notebook))
    assert any(told in fault for fault in faults(small)), faults(small)


def test_an_output_is_found(small):
    notebook = json.loads(small.release.read_text())
    code = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    code["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "42\n"}]
    notebook["metadata"]["course"] = {"text": "0"}
    small.release.write_text(json.dumps(notebook))
    assert faults(small) == [f"{code['id']}: an output is left", "metadata: course"]
