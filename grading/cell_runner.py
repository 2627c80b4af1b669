"""Run one cell of a notebook in a namespace, and mark a graded one as nbgrader does."""

from __future__ import annotations

import ast
import builtins
import linecache
import signal
import sys
import time
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class CellTimeout(BaseException):
    """Raised in a cell at its time limit; no ``except Exception`` of an answer holds it up."""


def run_cell(source: str, name: str, namespace: dict[str, Any]) -> Any:
    """Run one cell as a notebook does and return the value of its last expression.

    Parameters
    ----------
    source : str
        Python, without IPython's magics.
    name : str
        What tracebacks call the cell.
    namespace : dict

    Returns
    -------
    object
        None where the cell does not end in an expression, or that is followed by a semicolon.
    """
    filename = f"<{name}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    tree = ast.parse(source, filename)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not source.rstrip().endswith(";"):
        last = ast.Expression(tree.body.pop().value)
    exec(compile(tree, filename, "exec"), namespace)
    value = None if last is None else eval(compile(last, filename, "eval"), namespace)
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
    return value


def score_of(value: Any, points: float) -> float:
    """Marks for a graded cell that ended without an error, by nbgrader's rule for partial credit.

    Parameters
    ----------
    value : object
        The value of the cell's last expression; what it prints as decides.
    points : float
        The cell's maximum.

    Returns
    -------
    float
        The value itself if it prints as a number from 0 on, else `points`.

    Raises
    ------
    ValueError
        If it exceeds `points`, for then nbgrader refuses the notebook.
    """
    if value is None:
        return points
    try:
        partial = float(repr(value))
    except ValueError:
        return points
    if partial > points:
        raise ValueError(f"partial credit of {partial:g} exceeds the cell's {points:g} points")
    return partial if partial >= 0 else points


def insist_on_full_marks(value: Any, points: float) -> None:
    """Raise ValueError if the solution's value in a graded cell is less than all, or nothing that nbgrader can read."""
    if value is not None and type(value) not in (int, float):
        raise ValueError(f"it ends in {value!r}; nbgrader takes a plain int or float as marks, anything else as full")
    if score_of(value, points) < points:
        raise ValueError(f"the solution gets {value:g} of {points:g} points")


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `CellTimeout` in the block after that time, or when the pool sends the same signal before."""

    def stop(signum: int, frame: object) -> None:
        raise CellTimeout

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, signal.SIG_IGN)


def blame(error: BaseException) -> str:
    """Name the cell whose code raised `error`, the innermost of the notebook's own."""
    where, trace = "", error.__traceback__
    while trace is not None:
        filename = trace.tb_frame.f_code.co_filename
        if filename.startswith("<") and filename in linecache.cache:
            where = filename[1:-1]
        trace = trace.tb_next
    return where


def run_graded(cell: dict, namespace: dict[str, Any], seconds: float) -> dict:
    """Run a graded cell and say how it ended."""
    start = time.perf_counter()
    result = {"name": cell["name"], "exercise": cell["exercise"], "points": cell["points"], "score": 0.0}
    result |= {"error": None, "message": "", "blame": ""}
    try:
        with time_limit(seconds):
            value = run_cell(cell["source"], cell["name"], namespace)
        result["score"] = score_of(value, cell["points"])
    except CellTimeout:
        result |= {"error": "Timeout", "message": f"still running after {time.perf_counter() - start:.1f} s"}
    except BaseException as error:
        result |= {"error": type(error).__name__, "message": str(error)[:2000], "blame": blame(error)}
    result["seconds"] = round(time.perf_counter() - start, 4)
    return result


def notebook_namespace() -> dict[str, Any]:
    """Make a module that takes the place of ``__main__``, as a notebook's does."""
    module = types.ModuleType("__main__")
    module.__dict__["__builtins__"] = builtins
    module.__dict__["display"] = lambda *values, **options: [repr(value) for value in values] and None
    sys.modules["__main__"] = module
    return module.__dict__
