"""The two sandboxes of a worker, kept from one submission to the next."""

from __future__ import annotations

import atexit
import contextlib
import threading
from collections.abc import Iterable, Iterator

from grading.judge import host as judge
from grading.sandbox.host import Sandbox
from grading.sandbox.limits import Limits

IDLE_SECONDS = 900
STUDENT_PRELOAD = ("grading.sandbox.kernel",)
WARM_UP = "grading.sandbox.warm:warm_up"
TRAINING = ("torch.optim", "torch.testing")


class SandboxPair:
    """A sandbox for students' code and one for graded cells, both with the scientific stack in memory.

    Parameters
    ----------
    limits : Limits
    sandboxed : bool
        False runs both without protection.
    training : bool
        Whether the notebooks use what `TRAINING` lists, which takes 2 s to import.

    Raises
    ------
    CourseError
        Where no sandbox can be made.
    """

    def __init__(self, limits: Limits, sandboxed: bool = True, training: bool = True) -> None:
        self.limits = limits
        self.made_for = (limits, sandboxed, training)
        prepare = [f"{WARM_UP}_training" if training else WARM_UP]
        self.student = Sandbox(limits, STUDENT_PRELOAD, prepare, sandboxed)
        self.judge = Sandbox(limits, judge.PRELOAD, [*prepare, judge.PREPARE], sandboxed)
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


def open_pair(limits: Limits, sandboxed: bool, texts: Iterable[str]) -> SandboxPair:
    """Return this process's pair, started at the first call, or again where it should be another.

    Parameters
    ----------
    limits : Limits
    sandboxed : bool
    texts : iterable of str
        The sources of the course's cells, which tell what is worth importing beforehand.
    """
    global _pair
    training = any(module in text for text in texts for module in TRAINING)
    with _lock:
        if _pair is not None and _pair.made_for != (limits, sandboxed, training):
            close_pair()
        if _pair is None:
            _pair = SandboxPair(limits, sandboxed, training)
        return _pair


def close_pair() -> None:
    """End this process's pair, if there is one."""
    global _pair
    with _lock:
        if _pair is not None:
            _pair.close()
            _pair = None


atexit.register(close_pair)
