"""What a worker process of the driver does: grade one submission after another, each through nbgrader."""

from __future__ import annotations

import contextlib
import fcntl
import io
import logging
import os
import threading
import time
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
from nbgrader.converters import Autograde, NbGraderException
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from grading import execute
from grading.outcomes import Outcome, outcome_path, read_outcome, write_outcome
from grading.restore import Course
from grading.sandbox.limits import Limits

ASK_SECONDS = 0.5


class FileLock:
    """Lets one process at a time go on.

    Parameters
    ----------
    path : Path
        A file that all of them share.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.file = path.open("w")

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock."""
        fcntl.flock(self.file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self.file, fcntl.LOCK_UN)

    @contextlib.contextmanager
    def released(self) -> Iterator[None]:
        """Let go of the lock for a while."""
        fcntl.flock(self.file, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(self.file, fcntl.LOCK_EX)


_config = Config()
_root = Path()
_lock: FileLock | None = None


def start(config: dict[str, Any], root: str, driver: int | None) -> None:
    """Prepare a new worker process.

    Parameters
    ----------
    config : dict
        nbgrader's configuration, command line included.
    root : str
        The course's folder.
    driver : int or None
        The driver's process id: the worker ends when that process does. None for a driver on another machine.
    """
    global _config, _root, _lock
    # nbgrader adds submissions to its gradebook in an order that SQLAlchemy warns of.
    warnings.filterwarnings("ignore", category=SAWarning)
    _config, _root = Config(config), Path(root)
    _lock = FileLock(outcome_path(root, "x", "x").parents[1] / "gradebook.lock")
    execute.Execute.while_running = _lock.released
    if driver is not None:
        threading.Thread(target=_follow, args=(driver,), daemon=True).start()


def warm_up(assignment: str) -> int:
    """Start the sandboxes for an assignment and return this process's id.

    Raises
    ------
    CourseError
        Where no sandbox can be made.
    """
    settings = execute.Execute(config=_config)
    for notebook in (_root / "source" / assignment).glob("*.ipynb"):
        limits = Limits.from_dict(settings.limits)
        execute.open_pair(limits, not settings.unsafe_no_sandbox, Course.read(notebook), settings.run_try_it)
    return os.getpid()


def grade(assignment: str, student: str) -> Outcome:
    """Grade one submission and return its outcome, which is stored as well.

    Parameters
    ----------
    assignment, student : str

    Returns
    -------
    Outcome
    """
    # A driver that was stopped may have left a worker elsewhere that is still at this submission.
    with FileLock(outcome_path(_root, assignment, student).with_suffix(".lock")).held():
        begun = time.monotonic()
        execute.forget(_root, assignment, student)
        log = io.StringIO()
        try:
            _convert(assignment, student, log)
            outcome = read_outcome(_root, assignment, student)
            if outcome is None:
                raise NbGraderException("nbgrader passed the submission over")
            return outcome
        except (Exception, SystemExit) as error:
            text = traceback.format_exc() + "\n" + log.getvalue()
            seconds = round(time.monotonic() - begun, 3)
            return _internal_error(_root, assignment, student, text, type(error).__name__, seconds)


def lost(root: Path, assignment: str, student: str, what: str) -> Outcome:
    """Store and return the outcome of a submission whose worker never answered."""
    execute.forget(root, assignment, student)
    return _internal_error(root, assignment, student, f"While {student} was graded: {what}\n", what)


def _internal_error(root: Path, assignment: str, student: str, text: str, name: str, seconds: float = 0.0) -> Outcome:
    """Write a trace beside the outcomes; store and return the outcome that names it."""
    path = outcome_path(root, assignment, student).with_suffix(".trace.txt")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", errors="replace")
    detail = f"{name}; the trace is in {path.relative_to(root)}"
    outcome = Outcome(student, assignment, "internal error", detail=detail, seconds=seconds)
    write_outcome(root, outcome)
    return outcome


def _convert(assignment: str, student: str, log: io.StringIO) -> None:
    """Run nbgrader's own autograding for one submission."""
    assert _lock is not None
    config = Config(_config)
    config.CourseDirectory.update(root=str(_root), assignment_id=assignment, student_id=_literal(student))
    coursedir = CourseDirectory(config=config)
    logger = logging.Logger("grading.worker", logging.INFO)
    logger.addHandler(logging.StreamHandler(log))
    converter = Autograde(coursedir=coursedir, config=config, log=logger)
    _tolerate_bad_timestamps(coursedir, assignment, student)
    with _lock.held():
        converter.start()


def _literal(name: str) -> str:
    """Return a pattern that matches `name` alone: nbgrader takes the student's id for a file pattern."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _tolerate_bad_timestamps(coursedir: CourseDirectory, assignment: str, student: str) -> None:
    """Take a submission whose ``timestamp.txt`` is no time for one without; nbgrader would end the run."""
    read = coursedir.get_existing_timestamp

    def tolerant(path: str) -> Any:
        try:
            return read(path)
        except Exception:
            execute.current(student, assignment).fault("files", "timestamp.txt holds no time; taken as not late")
            return None

    coursedir.get_existing_timestamp = tolerant


def _follow(driver: int) -> None:
    """End this process when the driver has ended; the sandboxes end with it."""
    while psutil.pid_exists(driver):
        time.sleep(ASK_SECONDS)
    os._exit(1)
