"""The two sandboxes of a worker, kept from one submission to the next."""

from __future__ import annotations

import atexit
import contextlib
import threading
from collections.abc import Iterator

from grading.judge import host as judge
from grading.sandbox.host import Sandbox
from grading.sandbox.limits import Limits

IDLE_SECONDS = 900
STUDENT_PRELOAD = ("grading.sandbox.kernel",)
STUDENT_PREPARE = "grading.sandbox.warm:warm_up"


class Engine:
    """A sandbox for students' code and one for graded cells, both with the scientific stack in memory.

    Parameters
    ----------
    limits : Limits
    sandboxed : bool
        False runs both without protection.

    Raises
    ------
    CourseError
        Where no sandbox can be made.
    """

    def __init__(self, limits: Limits, sandboxed: bool = True) -> None:
        self.limits, self.sandboxed = limits, sandboxed
        self.student = Sandbox(limits, STUDENT_PRELOAD, STUDENT_PREPARE, sandboxed)
        self.judge = Sandbox(limits, judge.PRELOAD, judge.PREPARE, sandboxed)
        try:
            self.student.wait()
            self.judge.wait()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End both."""
        self.student.close()
        self.judge.close()


_engine: Engine | None = None
_lock = threading.RLock()
_idle: threading.Timer | None = None


@contextlib.contextmanager
def lease() -> Iterator[None]:
    """Keep the engine to oneself for one notebook; left alone for long, it is ended (in formgrader's server, say)."""
    global _idle
    with _lock:
        if _idle is not None:
            _idle.cancel()
        try:
            yield
        finally:
            _idle = threading.Timer(IDLE_SECONDS, close_engine)
            _idle.daemon = True
            _idle.start()


def engine(limits: Limits, sandboxed: bool = True) -> Engine:
    """Return this process's engine, started at the first call, or again where `limits` differ."""
    global _engine
    with _lock:
        if _engine is not None and (_engine.limits, _engine.sandboxed) != (limits, sandboxed):
            close_engine()
        if _engine is None:
            _engine = Engine(limits, sandboxed)
        return _engine


def close_engine() -> None:
    """End this process's engine, if there is one."""
    global _engine
    with _lock:
        if _engine is not None:
            _engine.close()
            _engine = None


atexit.register(close_engine)
