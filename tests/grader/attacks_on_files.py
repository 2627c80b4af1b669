"""Attacks and faults in the handed-in files rather than in the code: each changes a notebook and its folder."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from trial_course import cell

Edit = Callable[[NotebookNode, Path, Path], None]
ATTACKS: dict[str, Edit] = {}
FAULTS: dict[str, tuple[Edit, str]] = {}


def attack(edit: Edit) -> Edit:
    """Register an attack: `edit` changes an empty notebook, given its folder and the course's."""
    ATTACKS[edit.__name__] = edit
    return edit


def fault(told: str) -> Callable[[Edit], Edit]:
    """Register a fault that costs nothing: `edit` changes a full notebook; the outcome says `told` (a pattern)."""

    def register(edit: Edit) -> Edit:
        FAULTS[edit.__name__] = (edit, told)
        return edit

    return register


def graded(notebook: NotebookNode) -> list[NotebookNode]:
    return [found for found in notebook.cells if found.metadata.get("nbgrader", {}).get("grade")]


@attack
def points_metadata(notebook, folder, root):
    for found in graded(notebook):
        found.metadata.nbgrader.update(points=0, locked=False)


@attack
def skip_tag(notebook, folder, root):
    for found in graded(notebook):
        found.metadata.tags = ["skip-execution", "raises-exception", "try-it"]


@attack
def try_it_everywhere(notebook, folder, root):
    for found in notebook.cells:
        found.metadata.tags = ["try-it"]


@attack
def not_graded(notebook, folder, root):
    for found in graded(notebook):
        found.metadata.nbgrader.update(grade=False, solution=True, locked=False)


@attack
def edited_tests(notebook, folder, root):
    for found in graded(notebook):
        if found.cell_type == "code":
            found.source = "2"


@attack
def stored_outputs(notebook, folder, root):
    for found in graded(notebook):
        if found.cell_type == "code":
            result = nbformat.v4.new_output("execute_result", {"text/plain": "2"}, execution_count=1)
            found.outputs, found.execution_count = [result], 1


@attack
def markdown_tests(notebook, folder, root):
    for found in graded(notebook):
        found.cell_type = "markdown"
        found.pop("outputs", None), found.pop("execution_count", None)


@attack
def schema_version(notebook, folder, root):
    for found in notebook.cells:
        if "nbgrader" in found.metadata:
            found.metadata.nbgrader.schema_version = 99


@attack
def old_schema(notebook, folder, root):
    for found in notebook.cells:
        if "nbgrader" in found.metadata:
            found.metadata.nbgrader.schema_version = 1
            found.metadata.nbgrader.pop("task", None)


@attack
def own_tests_with_the_ids(notebook, folder, root):
    for found in list(graded(notebook)):
        copy = nbformat.from_dict(json.loads(json.dumps(found)))
        copy.source = "2"
        notebook.cells.append(copy)


@attack
def deleted_tests(notebook, folder, root):
    notebook.cells = [found for found in notebook.cells if not found.metadata.get("nbgrader", {}).get("grade")]


@attack
def solution_named_as_test(notebook, folder, root):
    for found in graded(notebook):
        found.metadata.nbgrader.grade_id = "x" + found.metadata.nbgrader.grade_id
    cell(notebook, "row_sums").metadata.nbgrader.update(grade_id="test_row_sums", grade=True, points=1)


@attack
def setup_edited(notebook, folder, root):
    text = "assert_close = assert_raises = lambda *a, **k: None\nobserve = lambda *a, **k: [1]"
    cell(notebook, "setup").source = text


@attack
def other_kernel(notebook, folder, root):
    notebook.metadata.kernelspec = {"name": "bash", "display_name": "Bash", "language": "bash"}
    notebook.metadata.language_info = {"name": "bash"}


@attack
def own_modules(notebook, folder, root):
    for name in ("numpy", "helpers", "grading", "sitecustomize", "usercustomize", "cloudpickle", "IPython"):
        (folder / f"{name}.py").write_text("print('LEAKED import')\nassert_close = lambda *a, **k: None\n")
    startup = folder / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("print('LEAKED startup')\n")
    (folder / "nbgrader_config.py").write_text("raise SystemExit('LEAKED')\n")
    (folder / "conftest.py").write_text("raise SystemExit('LEAKED')\n")


@attack
def links(notebook, folder, root):
    os.symlink(root / "gradebook.db", folder / "data.csv")
    os.symlink(root / "source", folder / "source")
    os.symlink("/etc/passwd", folder / "names.txt")
    notebook.cells.insert(2, nbformat.v4.new_code_cell(READ_LINKS))


READ_LINKS = """
import os
for name in ("data.csv", "source", "names.txt"):
    if os.path.exists(name):
        print("LEAKED", name)
"""


@attack
def pipe_in_the_folder(notebook, folder, root):
    os.mkfifo(folder / "pipe.csv")


@attack
def outputs_with_script(notebook, folder, root):
    tried = next(found for found in notebook.cells if "try-it" in found.metadata.get("tags", []))
    data = {"text/html": "<script>LEAKED</script>", "application/javascript": "LEAKED", "text/plain": "2"}
    tried.outputs = [nbformat.v4.new_output("execute_result", data, execution_count=1)]


@fault("cell is there twice")
def duplicated_test(notebook, folder, root):
    found = cell(notebook, "test_row_sums")
    notebook.cells.insert(notebook.cells.index(found), nbformat.from_dict(json.loads(json.dumps(found))))


@fault("cell is there twice")
def duplicated_answer(notebook, folder, root):
    found = cell(notebook, "row_sums")
    copy = nbformat.from_dict(json.loads(json.dumps(found)))
    copy.source = "def row_sums(X):\n    return None"
    notebook.cells.insert(notebook.cells.index(found), copy)


@fault("deleted")
def deleted_test(notebook, folder, root):
    notebook.cells.remove(cell(notebook, "hidden_centre_"))


@fault("moved")
def moved_test(notebook, folder, root):
    found = cell(notebook, "test_mean_of")
    notebook.cells.remove(found)
    notebook.cells.insert(0, found)


@fault("moved")
def answers_last(notebook, folder, root):
    found = cell(notebook, "row_sums")
    notebook.cells.remove(found)
    notebook.cells.append(found)


@fault("turned into raw")
def raw_test(notebook, folder, root):
    found = cell(notebook, "test_Tally")
    found.cell_type = "raw"
    found.pop("outputs"), found.pop("execution_count")


@fault("-")
def no_ids(notebook, folder, root):
    for found in notebook.cells:
        found.pop("id", None)
    notebook.nbformat_minor = 4


@fault("-")
def huge_outputs(notebook, folder, root):
    for found in notebook.cells:
        if found.cell_type == "code":
            found.outputs = [nbformat.v4.new_output("stream", text="x" * 3_000_000)]


@fault("-")
def extra_cells(notebook, folder, root):
    for position in range(len(notebook.cells), 0, -1):
        notebook.cells.insert(position, nbformat.v4.new_code_cell("scratch = 1"))
        notebook.cells.insert(position, nbformat.v4.new_markdown_cell("My thoughts"))


@fault("holds no time")
def bad_timestamp(notebook, folder, root):
    (folder / "timestamp.txt").write_text("yesterday")


@fault("-")
def own_data_file(notebook, folder, root):
    (folder / "my data").mkdir()
    (folder / "my data" / "numbers.csv").write_text("1,2\n")
    check = "import numpy as np\nassert np.loadtxt('my data/numbers.csv', delimiter=',').sum() == 3\nDATA_READ = True"
    notebook.cells.insert(3, nbformat.v4.new_code_cell(check))


@fault("left out")
def large_file(notebook, folder, root):
    (folder / "large.bin").write_bytes(b"x" * (40 << 20))


@fault("metadata were changed")
def lost_metadata(notebook, folder, root):
    for found in notebook.cells:
        found.metadata = nbformat.from_dict({})


BROKEN_FILES: dict[str, tuple[bytes | None, str]] = {
    "not_json": (b"{'cells': [", "unreadable"),
    "empty_file": (b"", "unreadable"),
    "binary": (bytes(range(256)) * 40, "unreadable"),
    "other_json": (b"[1, 2, 3]", "unreadable"),
    "no_cells": (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "unreadable"),
    "deep_json": (b"[" * 200_000 + b"]" * 200_000, "unreadable"),
    "long_number": (b'{"nbformat": 4, "cells": ' + b"9" * 100_000 + b"}", "unreadable"),
    "odd_cell": (
        b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "banana", "source": ""}]}',
        "unreadable",
    ),
    "no_notebook": (None, "missing"),
}
"""A broken notebook file's content (None: there is none) and the outcome that it must have."""
