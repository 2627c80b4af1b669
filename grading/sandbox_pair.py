"""The two sandboxes of a worker, kept from one submission to the next."""

from __future__ import annotations

import atexit
import contextlib
import threading
from collections.abc import Iterator, Sequence

from nbformat import NotebookNode

from grading.imports import import_statements, imports_beside_student
from grading.judge import host as judge
from grading.restore import TRY_IT, Course, is_graded, is_setup, tags
from grading.sandbox.host import Sandbox
from grading.sandbox.limits import Limits

IDLE_SECONDS = 900
# What comes with a call is unpickled with these, whatever files lie beside the notebook.
STUDENT_IMPORTS = ("import grading.sandbox.kernel", "import cloudpickle", "import helpers.checks")
# What to do beforehand for cells that mention one of these.
WARM_UPS = {
    "draw": ("plotting", "pyplot"),
    "tabulate": ("confusion_heatmap", "annotated_matrix"),
    "classify": ("sklearn",),
    "train": ("torch.optim", "torch.testing"),
}


class SandboxPair:
    """A sandbox for students' code and one for graded cells, each with what its cells import in memory.

    Parameters
    ----------
    limits : Limits
    sandboxed : bool
        False runs both without protection.
    course : Course
        The notebook that is graded.
    run_try_it : bool
        Whether cells tagged ``try-it`` are run.

    Raises
    ------
    CourseError
        Where no sandbox can be made.
    """

    def __init__(self, limits: Limits, sandboxed: bool, course: Course, run_try_it: bool) -> None:
        self.limits, self.sandboxed, self.course, self.run_try_it = limits, sandboxed, course, run_try_it
        cells = [cell for cell in course.notebook.cells if cell.cell_type == "code"]
        graded = [cell for cell in cells if is_graded(cell)]
        theirs = [cell for cell in cells if not is_graded(cell) and (run_try_it or TRY_IT not in tags(cell))]
        beside_them = import_statements(theirs) | imports_beside_student(graded)
        beside_us = import_statements([*filter(is_setup, cells), *graded])
        self.student = self._start([*STUDENT_IMPORTS, *sorted(beside_them)], theirs)
        self.judge = self._start([*judge.IMPORTS, *sorted(beside_us)], graded, [judge.PREPARE])
        try:
            self.student.wait()
            self.judge.wait()
        except BaseException:
            self.close()
            raise

    def _start(self, imports: list[str], cells: list[NotebookNode], last: Sequence[str] = ()) -> Sandbox:
        text = "\n".join([*imports, *(cell.source for cell in cells)])
        warm_ups = ["show", *(name for name, words in WARM_UPS.items() if any(word in text for word in words))]
        prepare = [f"grading.sandbox.warm:{name}" for name in warm_ups]
        return Sandbox(self.limits, imports, [*prepare, *last], self.sandboxed)

    def fits(self, limits: Limits, sandboxed: bool, course: Course, run_try_it: bool) -> bool:
        """Tell whether this pair was made for the same."""
        return (self.limits, self.sandboxed, self.run_try_it) == (limits, sandboxed, run_try_it) and (
            self.course is course
        )

    def close(self) -> None:
        """End both."""
        self.judge.let_go()
        self.student.close()
        self.judge.close()


_pair: SandboxPair | None = None
_lock = threading.RLock()
_idle: threading.Timer | None = None


@contextlib.contextmanager
def lease() -> Iterator[None]:
    """Keep the pair to oneself for one notebook; left alone for long, it is ended (in formgrader's server, say)."""
    global _idle
    with _lock:
        if _idle is not None:
            _idle.cancel()
        try:
            yield
        finally:
            _idle = threading.Timer(IDLE_SECONDS, close_pair)
            _idle.daemon = True
            _idle.start()


def open_pair(limits: Limits, sandboxed: bool, course: Course, run_try_it: bool) -> SandboxPair:
    """Return this process's pair, started at the first call, or again where it should be another; see `SandboxPair`."""
    global _pair
    with _lock:
        if _pair is not None and not _pair.fits(limits, sandboxed, course, run_try_it):
            close_pair()
        if _pair is None:
            _pair = SandboxPair(limits, sandboxed, course, run_try_it)
        return _pair


def close_pair() -> None:
    """End this process's pair, if there is one."""
    global _pair
    with _lock:
        if _pair is not None:
            _pair.close()
            _pair = None


atexit.register(close_pair)
