"""Assertions for the notebooks' test cells.

They say in one message what NumPy's and PyTorch's own leave to the reader: the name of the thing, the type, shape
or dtype that was seen, and the likely mistake. Only exact types pass, so that an object that claims to equal
everything, or an array subclass with its own rules, is told apart from an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

_remote_observe: Callable[[Callable[[], Any], Mapping[str, Any]], Any] | None = None
"""Set by a grader that runs the student's code in another process; None under nbgrader's own."""
_probing = False
"""Whether a probe is running in this process."""


def observe(probe: Callable[[], Any], using: Mapping[str, Any] | None = None) -> Any:
    """Run `probe` beside the student's code and return the plain data that it returns.

    Parameters
    ----------
    probe : callable without arguments
        Calls the student's functions and returns plain data: numbers, strings, None, lists, tuples, dicts, arrays,
        tensors, DataFrames.
    using : dict from name to object, optional
        Stand-ins: while `probe` runs, these take the places of the student's own definitions of those names, for the
        student's code too. A test of an exercise that builds on earlier ones thereby does not depend on them.

    Returns
    -------
    plain data
        What `probe` returned.

    Raises
    ------
    RuntimeError
        If it is called by a probe: in another process, stand-ins of its own would not reach the student's code.
    """
    global _probing
    if _probing:
        raise RuntimeError("observe was called inside a probe: give all stand-ins to the outer observe instead")
    using = dict(using or {})
    if _remote_observe is not None:
        return _remote_observe(probe, using)
    namespace = probe.__globals__
    absent = object()
    before = {name: namespace.get(name, absent) for name in using}
    namespace.update(using)
    _probing = True
    try:
        return probe()
    finally:
        _probing = False
        for name, value in before.items():
            if value is absent:
                namespace.pop(name, None)
            else:
                namespace[name] = value


def describe(value: Any) -> str:
    """Say what `value` is: its type and, where it has them, its shape and dtype.

    Parameters
    ----------
    value : object

    Returns
    -------
    str
        For example ``"an ndarray of shape (3, 2) and dtype float64"``.
    """
    kind = type(value).__name__
    article = "an" if kind[0].lower() in "aeiou" or kind.startswith("ndarray") else "a"
    if value is None:
        return "None (is a return missing?)"
    if type(value) is np.ndarray or kind == "Tensor":
        return f"{article} {kind} of shape {tuple(value.shape)} and dtype {str(value.dtype).removeprefix('torch.')}"
    if type(value) in (bool, int, float, str) or isinstance(value, np.generic):
        return f"{article} {kind}, {value!r}"[:80]
    if type(value) in (tuple, list):
        return f"{article} {kind} of {len(value)} items"
    return f"{article} {kind}"


def assert_array(value: Any, name: str, shape: tuple[int, ...] | None = None, dtype: Any = None) -> None:
    """Assert that `value` is a NumPy array of this shape and dtype, all finite.

    Parameters
    ----------
    value : object
        The student's result.
    name : str
        What to call it in the message.
    shape : tuple of int, optional
        The exact shape.
    dtype : dtype or one of its abstract parents, optional
        ``np.floating`` accepts any precision.

    Raises
    ------
    AssertionError
        One message with what was expected and what was seen.
    """
    wanted = "a NumPy array"
    wanted += f" of shape {tuple(shape)}" if shape is not None else ""
    if dtype is not None:
        wanted += f" and dtype {np.dtype(dtype).name if not _is_abstract(dtype) else dtype.__name__}"
    told = f"{name} should be {wanted}; it is {describe(value)}."
    assert type(value) is np.ndarray, told
    assert shape is None or value.shape == tuple(shape), told
    assert dtype is None or np.issubdtype(value.dtype, dtype), told
    if np.issubdtype(value.dtype, np.inexact):
        bad = int(np.size(value) - np.count_nonzero(np.isfinite(value)))
        assert bad == 0, f"{name} holds {bad} values that are not finite (nan or inf) out of {value.size}."


def assert_tensor(value: Any, name: str, shape: tuple[int, ...] | None = None, dtype: Any = None) -> None:
    """Assert that `value` is a torch tensor of this shape and dtype, all finite.

    Parameters
    ----------
    value : object
        The student's result.
    name : str
        What to call it in the message.
    shape : tuple of int, optional
        The exact shape.
    dtype : torch.dtype, optional

    Raises
    ------
    AssertionError
        One message with what was expected and what was seen.
    """
    import torch

    wanted = "a tensor"
    wanted += f" of shape {tuple(shape)}" if shape is not None else ""
    wanted += f" and dtype {str(dtype).removeprefix('torch.')}" if dtype is not None else ""
    told = f"{name} should be {wanted}; it is {describe(value)}."
    assert type(value) in (torch.Tensor, torch.nn.Parameter), told
    assert shape is None or tuple(value.shape) == tuple(shape), told
    assert dtype is None or value.dtype == dtype, told
    bad = int((~torch.isfinite(value.detach())).sum())
    assert bad == 0, f"{name} holds {bad} values that are not finite (nan or inf) out of {value.numel()}."


def assert_number(value: Any, name: str, kind: type = float) -> None:
    """Assert that `value` is one finite number of this kind: Python's own or NumPy's, not an array or a tensor.

    Parameters
    ----------
    value : object
        The student's result.
    name : str
        What to call it in the message.
    kind : {float, int}
        What kind of number. A bool is neither.

    Raises
    ------
    AssertionError
        One message with what was expected and what was seen.
    """
    allowed = {float: (float, np.floating), int: (int, np.integer)}[kind]
    plain = type(value) in (float, int) or type(value).__module__ == "numpy"
    fits = plain and isinstance(value, allowed)
    assert fits, f"{name} should be a single {kind.__name__}; it is {describe(value)}."
    assert np.isfinite(value), f"{name} should be finite; it is {value}."


def assert_close(
    actual: Any, expected: Any, name: str, hint: str = "", rtol: float = 1e-7, atol: float = 1e-12
) -> None:
    """Assert that `actual` has the shape of `expected` and equals it within ``atol + rtol * |expected|``.

    Parameters
    ----------
    actual : ndarray, tensor or number
        The student's result.
    expected : array_like or tensor
        From a source independent of the student's code.
    name : str
        What to call it in the message.
    hint : str
        The likely mistake, as a question.
    rtol, atol : float
        Relative and absolute tolerance. The defaults suit float64 with a different order of summation; results in
        float32 need about 1e-5.

    Raises
    ------
    AssertionError
        Names the first value that is off and, where one is found, the pattern of the error: a constant factor, a
        flipped sign, a transposed result.
    """
    wanted = _as_numpy(expected)
    if wanted.ndim == 0 and type(actual) is not np.ndarray and type(actual).__name__ != "Tensor":
        assert_number(actual, name, int if np.issubdtype(wanted.dtype, np.integer) else float)
    elif type(actual).__name__ == "Tensor" or type(actual).__name__ == "Parameter":
        assert_tensor(actual, name, wanted.shape)
    else:
        assert_array(actual, name, wanted.shape)
    seen = _as_numpy(actual)
    close = np.isclose(seen, wanted, rtol=rtol, atol=atol)
    if close.all():
        return
    where = tuple(int(i) for i in np.argwhere(~close)[0])
    first = f"{name}{list(where) if where else ''} is {seen[where]:.6g}"
    if close.size == 1:
        told = f"{first}, which is off."
    else:
        told = f"{name}: {int((~close).sum())} of {close.size} values are off, e.g. {first}. {_pattern(seen, wanted)}"
    raise AssertionError(" ".join(f"{told} {hint}".split()))


def _pattern(seen: np.ndarray, wanted: np.ndarray) -> str:
    """Name what the error has in common everywhere, if anything."""
    seen, wanted = seen.astype(float), wanted.astype(float)
    if seen.ndim == 2 and seen.shape[0] == seen.shape[1] > 1 and np.allclose(seen.T, wanted):
        return "It is the transpose of what it should be."
    if not np.all(np.abs(wanted) > 1e-12) or not np.isfinite(seen).all():
        return ""
    ratio = seen / wanted
    if np.allclose(ratio, -1):
        return "Every value has the wrong sign."
    if np.allclose(ratio, ratio.flat[0], rtol=1e-4) and abs(ratio.flat[0]) > 1e-12 and abs(ratio.flat[0] - 1) > 1e-3:
        return f"Every value is {ratio.flat[0]:.4g} times what it should be."
    return ""


def assert_raises(error: type[Exception], call: Callable[[], Any], name: str, mention: str = "") -> None:
    """Assert that `call` raises `error` with a message that contains `mention`.

    Parameters
    ----------
    error : exception class
    call : callable without arguments
    name : str
        What is being called, and with what, for the message.
    mention : str
        What the student's message must contain, in any case of letters; for instance the argument's name.

    Raises
    ------
    AssertionError
        If nothing, or something else, was raised.
    """
    try:
        result = call()
    except NotImplementedError:  # the release's gap: blank, not wrong
        raise
    except error as caught:
        told = f"{name} raises {error.__name__}, but its message {str(caught)!r} should mention {mention!r}."
        assert mention.lower() in str(caught).lower(), told
        return
    except Exception as other:
        raise AssertionError(
            f"{name} should raise {error.__name__}; it raised {type(other).__name__}: {other}"
        ) from None
    raise AssertionError(f"{name} should raise {error.__name__}; it returned {describe(result)}.")


@contextmanager
def assert_unchanged(**arguments: Any) -> Iterator[None]:
    """Assert that the block leaves these arrays and tensors as they were.

    Parameters
    ----------
    **arguments : ndarray or tensor
        By the name that the message gives them.

    Raises
    ------
    AssertionError
        Names the argument that was changed.
    """
    before = {name: _as_numpy(value).copy() for name, value in arguments.items()}
    yield
    for name, value in arguments.items():
        same = np.array_equal(before[name], _as_numpy(value), equal_nan=before[name].dtype.kind in "fc")
        assert same, (
            f"The argument {name} was changed in place. Work on a new array (did you use +=, or write into {name}?)."
        )


def _as_numpy(value: Any) -> np.ndarray:
    return value.detach().cpu().numpy() if hasattr(value, "detach") else np.asarray(value)


def _is_abstract(dtype: Any) -> bool:
    return dtype in (np.floating, np.integer, np.number, np.inexact, np.signedinteger)
