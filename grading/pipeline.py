"""From an author's text to the students' notebooks: ``course/`` to ``source/`` to ``release/``.

Every function takes the course's root folder. A lesson is the folder ``psNN_topic`` with one file in it,
``topic.py`` in ``course/`` and ``topic.ipynb`` in ``source/`` and ``release/``.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import logging
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config import PyFileConfigLoader

from grading.errors import CourseError

ROOT = Path(__file__).resolve().parent.parent
CELL_SECONDS = 120
FORMAT = {
    "extension": ".py",
    "format_name": "percent",
    "notebook_metadata_filter": "-all",
    "cell_metadata_filter": "nbgrader,tags,-all",
}
NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
# What makes two executions print the same: the bundled sample of the data and one thread a library.
REPRODUCIBLE = {
    "COURSE_DATA": "sample",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
}


@dataclass(frozen=True)
class Lesson:
    """One assignment: its name ``psNN_topic`` and where its files are."""

    name: str
    root: Path

    @property
    def topic(self) -> str:
        return self.name.split("_", 1)[1]

    @property
    def text(self) -> Path:
        return self.root / "course" / self.name / f"{self.topic}.py"

    @property
    def source(self) -> Path:
        return self.root / "source" / self.name / f"{self.topic}.ipynb"

    @property
    def release(self) -> Path:
        return self.root / "release" / self.name / f"{self.topic}.ipynb"


def lessons(root: Path = ROOT, names: list[str] | None = None) -> list[Lesson]:
    """List the lessons of the course in order, or those that `names` asks for.

    Parameters
    ----------
    root : Path
        The course's folder.
    names : list of str, optional
        Assignments; all where it is None or empty.

    Returns
    -------
    list of Lesson

    Raises
    ------
    CourseError
        For a name that is no lesson.
    """
    found = sorted(
        {p.name for part in ("course", "source") for p in (root / part).glob("ps[0-9][0-9]_*") if p.is_dir()}
    )
    for name in names or []:
        if name not in found:
            near = difflib.get_close_matches(name, found, 1, 0.3)
            raise CourseError(
                f"there is no assignment {name!r} in course/ or source/.",
                f"Did you mean {near[0]}?" if near else f"There are: {', '.join(found) or 'none yet'}.",
            )
    return [Lesson(name, root) for name in (names or found)]


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def to_notebook(text: str) -> NotebookNode:
    """Turn a lesson's text into a notebook without outputs, with cell ids that depend on the text alone."""
    notebook = jupytext.reads(text, fmt=FORMAT)
    notebook.metadata = nbformat.from_dict(NOTEBOOK_METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id") or sha256(cell.cell_type + cell.source)[:12]
        seen[name] = seen.get(name, 0) + 1
        cell.id = name if seen[name] == 1 else f"{name}-{seen[name]}"
    return notebook


def to_text(notebook: NotebookNode) -> str:
    """Turn a notebook into the lesson's text."""
    notebook = nbformat.from_dict(json.loads(json.dumps(notebook)))
    notebook.metadata = {}
    return jupytext.writes(notebook, fmt=FORMAT)


def read_notebook(path: Path) -> NotebookNode:
    try:
        return nbformat.read(path, as_version=4)
    except (ValueError, KeyError, nbformat.ValidationError) as error:
        raise CourseError(f"{path} is not a notebook ({error}).", "Remove it; make source makes it again.") from None


def outputs_digest(notebook: NotebookNode) -> str:
    """Digest of all that the generated notebook holds besides its record of digests."""
    bare = json.loads(json.dumps(notebook))
    bare["metadata"].pop("course", None)
    return sha256(json.dumps(bare, sort_keys=True))


def synchronise(lesson: Lesson) -> str:
    """Bring a lesson's text and its notebook together and return the text that both then stand for.

    The notebook records the digest of the text that it was made from; what differs from it was edited since. An edit
    of one side is carried over by the caller (text to notebook) or here (notebook to text).

    Raises
    ------
    CourseError
        If both sides were edited, naming both; neither is touched.
    """
    where = (lesson.text.relative_to(lesson.root), lesson.source.relative_to(lesson.root))
    if not lesson.source.exists() and not lesson.text.exists():
        raise CourseError(f"{lesson.name} has neither {where[0]} nor {where[1]}.", f"Write {where[0]}.")
    text = to_text(to_notebook(lesson.text.read_text())) if lesson.text.exists() else None
    if not lesson.source.exists():
        return text
    notebook = read_notebook(lesson.source)
    edited = to_text(notebook)
    record = notebook.metadata.get("course", {}).get("text")
    if text == edited or sha256(edited) == record:
        return text if text is not None else _write_text(lesson, edited)
    if text is None or sha256(text) == record:
        return _write_text(lesson, edited)
    raise CourseError(
        f"both {where[0]} and {where[1]} were edited since they last agreed.",
        "Neither was changed. Carry one edit over by hand, or discard one with: git checkout FILE",
    )


def _write_text(lesson: Lesson, text: str) -> str:
    lesson.text.parent.mkdir(parents=True, exist_ok=True)
    lesson.text.write_text(text)
    return text


def execute(notebook: NotebookNode, name: str) -> None:
    """Run `notebook` in place from top to bottom and keep its text outputs.

    Raises
    ------
    CourseError
        For a cell that fails, takes too long, or writes to stderr: a student would see it too.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        client = NotebookClient(
            notebook,
            timeout=CELL_SECONDS,
            kernel_name="python3",
            record_timing=False,
            coalesce_streams=True,
            resources={"metadata": {"path": folder}},
        )
        manager = client.create_kernel_manager()
        manager.transport, manager.ip = "ipc", f"{folder}/kernel"
        try:
            client.execute(env={**os.environ, **REPRODUCIBLE})
        except CellTimeoutError as error:
            raise CourseError(f"{name}: a cell ran longer than {CELL_SECONDS} s: {error}", "Make it smaller.") from None
        except CellExecutionError as error:
            raise CourseError(
                f"{name}: a cell of the solution fails.\n{error}", "Mend the text, then repeat."
            ) from None
    notebook.metadata = nbformat.from_dict(NOTEBOOK_METADATA)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        for output in cell.outputs:
            if output.get("name") == "stderr":
                raise CourseError(f"{name}: the cell {cell.id} writes to stderr:\n{output.text}", "Mend its cause.")
            for kind in [k for k in output.get("data", {}) if k.startswith("image/")]:
                del output.data[kind]
            if "metadata" in output:
                output.metadata = {}


def build_source(lesson: Lesson, force: bool = False) -> bool:
    """Bring a lesson's sides together and execute the notebook if its text changed.

    Parameters
    ----------
    lesson : Lesson
    force : bool
        Execute it even so: after a change in ``helpers`` that changes outputs.

    Returns
    -------
    bool
        Whether it was executed.
    """
    text = synchronise(lesson)
    if lesson.source.exists() and not force and not source_faults(lesson):
        return False
    notebook = to_notebook(text)
    execute(notebook, lesson.name)
    notebook.metadata["course"] = {"text": sha256(text), "outputs": outputs_digest(notebook)}
    lesson.source.parent.mkdir(parents=True, exist_ok=True)
    lesson.source.write_text(nbformat.writes(notebook) + "\n")
    return True


def source_faults(lesson: Lesson) -> list[str]:
    """Say in what ways a lesson's notebook differs from what its text gives."""
    if not lesson.text.exists():
        return [f"{lesson.text} is missing"]
    if not lesson.source.exists():
        return [f"{lesson.source} is missing"]
    built = to_notebook(to_text(to_notebook(lesson.text.read_text())))
    kept = read_notebook(lesson.source)
    faults = []
    record = kept.metadata.get("course", {})
    if lesson.source.read_text() != nbformat.writes(kept) + "\n" or record.get("outputs") != outputs_digest(kept):
        faults.append(f"{lesson.source} was edited since it was executed")
    inputs = [(c.cell_type, c.id, c.source, c.metadata) for c in built.cells]
    if inputs != [(c.cell_type, c.id, c.source, c.metadata) for c in kept.cells]:
        faults.append(f"{lesson.source} was not made from {lesson.text}")
    if record.get("text") != sha256(to_text(built)):
        faults.append(f"{lesson.source} records the digest of another text")
    return faults


class StudentVersion(Preprocessor):
    """Leave out what only the solution version shows: cells tagged ``analysis`` and the record of digests."""

    enabled = True

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        nb.cells = [cell for cell in nb.cells if "analysis" not in cell.metadata.get("tags", [])]
        nb.metadata.pop("course", None)
        return nb, resources


def generate(lesson: Lesson, destination: Path | None = None) -> None:
    """Make a lesson's release with nbgrader.

    Parameters
    ----------
    lesson : Lesson
    destination : Path, optional
        Write there and leave the gradebook alone. By default the course's own ``release/``, recorded in its gradebook.

    Raises
    ------
    CourseError
        With nbgrader's reason.
    """
    config = PyFileConfigLoader("nbgrader_config.py", str(lesson.root)).load_config()
    config.CourseDirectory.root = str(lesson.root)
    config.CourseDirectory.assignment_id = lesson.name
    if destination is not None:
        config.CourseDirectory.release_directory = str(destination)
        config.GenerateAssignment.no_database = True
        config.SaveCells.enabled = False
    messages: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: messages.append(record.getMessage())
    converter = GenerateAssignment(coursedir=CourseDirectory(config=config), config=config)
    converter.force = True
    converter.log = logging.Logger("release")
    converter.log.addHandler(handler)
    try:
        converter.start()
    except Exception as error:
        told = "\n".join(messages) or str(error)
        raise CourseError(
            f"nbgrader could not release {lesson.name}:\n{told}", "Mend the text, then repeat."
        ) from error


def release_faults(lesson: Lesson) -> list[str]:
    """Say in what ways a lesson's release differs from what its source gives."""
    with tempfile.TemporaryDirectory() as folder:
        generate(lesson, Path(folder))
        made = {p.relative_to(folder): p.read_bytes() for p in Path(folder).rglob("*") if p.is_file()}
    base = lesson.root / "release"
    kept = {p.relative_to(base): p.read_bytes() for p in lesson.release.parent.rglob("*") if p.is_file()}
    kept = {p: b for p, b in kept.items() if ".ipynb_checkpoints" not in p.parts}
    return [
        f"{base / path} differs from what {lesson.source} gives"
        for path in sorted(made.keys() | kept.keys())
        if made.get(path) != kept.get(path)
    ]
