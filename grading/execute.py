"""nbgrader's preprocessors for the sandbox and the judge; ``nbgrader_config.py`` puts them in place.

`RestoreCells` comes first when a submission is sanitised, `Execute` takes the place of nbgrader's own, and the two
hooks run before and after the notebooks of one submission.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import stat
import time
from pathlib import Path
from typing import Any

from jupyter_core.utils import run_sync
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.preprocessors import Execute as NbGraderExecute
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Dict

from grading.outcomes import Outcome, remove_outcome, write_outcome
from grading.restore import Course, is_graded, restore
from grading.run import NotebookRun, Record
from grading.sandbox.host import SandboxDied
from grading.sandbox.limits import Limits
from grading.sandbox_pair import close_pair, lease, open_pair

ASIDE = "set-aside"


class Unfinished:
    """What is known of a submission before its outcome is written: one at a time in a process."""

    def __init__(self, student: str, assignment: str) -> None:
        self.outcome = Outcome(student, assignment, "graded")
        self.start = time.monotonic()

    def fault(self, where: str, what: str) -> None:
        """Note a fault once."""
        if (where, what) not in self.outcome.faults:
            self.outcome.faults.append((where, what))


_current: Unfinished | None = None


def current(student: str, assignment: str) -> Unfinished:
    """Return what is known of this submission so far."""
    global _current
    if _current is None or (_current.outcome.student, _current.outcome.assignment) != (student, assignment):
        _current = Unfinished(student, assignment)
    return _current


class RestoreCells(NbGraderPreprocessor):
    """Gives a submitted notebook the course's cells, in the course's order, with the course's metadata."""

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, ResourcesDict]:
        """Return the notebook in the course's shape, free of outputs but those of ``try-it`` cells."""
        told = resources["nbgrader"]
        nb, faults = restore(nb, Course.read(source_path(self, told)))
        current(told["student"], told["assignment"]).outcome.faults += faults
        return nb, resources


class Execute(NbGraderExecute):
    """Runs the student's cells in a sandbox and the graded ones in a trusted process."""

    run_try_it = Bool(False, help="Whether to run the cells tagged try-it.").tag(config=True)

    unsafe_no_sandbox = Bool(
        False, help="Run students' code with your own rights, for a machine on which no sandbox can be made."
    ).tag(config=True)

    limits = Dict({}, help="Limits of a submission by name; see grading.sandbox.limits.").tag(config=True)

    while_running: Any = None
    """A context manager entered while cells run: the driver lets other workers at the gradebook in the meantime."""

    def preprocess(
        self, nb: NotebookNode, resources: ResourcesDict, km: Any = None
    ) -> tuple[NotebookNode, ResourcesDict]:
        """Run the notebook; its graded cells have the outputs by which nbgrader scores them."""
        told = resources["nbgrader"]
        course = Course.read(source_path(self, told))
        folder = Path(resources.get("metadata", {}).get("path") or source_path(self, told).parent)
        outcome = current(told["student"], told["assignment"]).outcome
        outcome.sandboxed, outcome.ran_try_it = not self.unsafe_no_sandbox, self.run_try_it
        with (self.while_running or contextlib.nullcontext)():
            record = run_sync(self.attempt)(nb, course, folder)
        outcome.faults += record.faults
        outcome.seconds_in_cells += record.seconds_in_cells
        return nb, resources

    async def attempt(self, nb: NotebookNode, course: Course, folder: Path) -> Record:
        """Run the notebook, once more in new sandboxes if one of them ends."""
        limits = Limits.from_dict(self.limits)
        with lease():
            for last in (False, True):
                try:
                    ready = open_pair(limits, not self.unsafe_no_sandbox, course, self.run_try_it)
                    run = NotebookRun(nb, course, ready, folder, self.run_try_it)
                    record = await run.run()
                    break
                except SandboxDied:
                    close_pair()
                    if last:
                        raise
        self.check(nb)
        return record

    def check(self, nb: NotebookNode) -> None:
        """See to it that no graded cell is without a verdict: nbgrader takes silence for full marks.

        Raises
        ------
        RuntimeError
            If one was not run.
        """
        for cell in nb.cells:
            if is_graded(cell) and cell.source.strip() and cell.execution_count is None:
                raise RuntimeError(f"the graded cell {cell.metadata.nbgrader.grade_id} was not run")


def source_path(preprocessor: NbGraderPreprocessor, told: dict[str, str]) -> Path:
    """Return the course's version of the notebook that `told` (nbgrader's resources) names."""
    coursedir = preprocessor.parent.parent.coursedir
    folder = coursedir.format_path(coursedir.source_directory, ".", told["assignment"])
    return Path(os.path.normpath(folder)) / f"{told['notebook']}.ipynb"


def before_submission(assignment: str, student: str, notebooks: list[str]) -> None:
    """nbgrader's ``pre_convert_hook``: put aside what is no plain file, before nbgrader copies it.

    A link could bring any file of the instructor's into the feedback; reading a pipe would never end.
    """
    for notebook in notebooks:
        folder = Path(notebook).parent
        unfinished = current(folder.parent.name, folder.name)
        remove_outcome(folder.parents[2], folder.name, folder.parent.name)
        for path in odd_files(folder):
            name = path.relative_to(folder)
            unfinished.fault("files", f"{name} is no plain file; it was left out")
            aside = folder.parents[2] / "autograded" / ".outcomes" / folder.name / ASIDE / folder.parent.name / name
            aside.parent.mkdir(parents=True, exist_ok=True)
            path.replace(aside)


def odd_files(folder: Path) -> list[Path]:
    """Return what in `folder` is neither a plain file nor a folder; links are not followed."""
    found = []
    for base, names, files in os.walk(folder):
        for name in names + files:
            mode = os.lstat(os.path.join(base, name)).st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                found.append(Path(base, name))
    return found


def after_submission(assignment: str, student: str, notebooks: list[str]) -> None:
    """nbgrader's ``post_convert_hook``: write the outcome, the last thing of all."""
    global _current
    for notebook in notebooks:
        folder = Path(notebook).parent
        unfinished = current(folder.parent.name, folder.name)
        outcome = unfinished.outcome
        outcome.status = "graded with faults" if outcome.faults else "graded"
        outcome.seconds = round(time.monotonic() - unfinished.start, 3)
        outcome.seconds_in_cells = round(outcome.seconds_in_cells, 3)
        outcome.submission = digest(folder)
        write_outcome(folder.parents[2], outcome)
    _current = None


def digest(folder: Path) -> str:
    """Return a digest of the names and contents of the files in `folder`."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            total.update(str(path.relative_to(folder)).encode(errors="surrogateescape") + b"\0")
            with path.open("rb") as file:
                total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()


def forget(root: Path, assignment: str, student: str) -> None:
    """Remove what an unfinished or an earlier grading left, so that the next starts from nothing."""
    global _current
    _current = None
    remove_outcome(root, assignment, student)
    folder = root / "autograded" / student / assignment
    if folder.is_dir():
        # nbgrader writes its files read-only.
        for path in folder.rglob("*"):
            if not path.is_symlink():
                path.chmod(0o700 if path.is_dir() else 0o600)
        shutil.rmtree(folder)
