"""Which parts of a call's arguments the other side's copy of them can change, numbered alike on both sides."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping
from operator import attrgetter
from typing import Any

import numpy as np

from grading.judge import plain

DEPTH = 6


def _torch(*names: str) -> tuple[type, ...]:
    """Return classes of torch; none while it is not imported, when there are no objects of them either."""
    torch = sys.modules.get("torch")
    return tuple(attrgetter(name)(torch) for name in names) if torch else ()


def tracked(arguments: Any) -> list[Any]:
    """Return the arrays, tensors, lists and dicts in `arguments`, each once, in an order that a copy shares.

    Parameters
    ----------
    arguments : nested tuples, lists and dicts

    Returns
    -------
    list of objects
    """
    found: list[Any] = []
    seen: set[int] = set()
    kinds = (list, dict, np.ndarray, *_torch("Tensor", "nn.Parameter"))

    def visit(value: Any, depth: int) -> None:
        if id(value) in seen or depth > DEPTH:
            return
        if type(value) in kinds:
            seen.add(id(value))
            found.append(value)
        if type(value) in (list, tuple):
            for item in value:
                visit(item, depth + 1)
        elif type(value) is dict:
            for item in value.values():
                visit(item, depth + 1)

    visit(arguments, 0)
    return found


def fingerprint(value: Any, known: Mapping[int, int]) -> bytes | None:
    """Return bytes that change when the content of `value` does; None where the content is not plain data."""
    others = {key: number for key, number in known.items() if key != id(value)}
    try:
        return plain.dumps(value, others, limit=2**40)
    except plain.NotPlain:
        return None


def apply(target: Any, content: Any) -> None:
    """Make `target` hold what `content` does, in place where shapes allow.

    Raises
    ------
    plain.NotPlain
        If `content` is of another kind, shape or dtype.
    """
    if type(target) is not type(content):
        raise plain.NotPlain(f"a {type(target).__name__} came back as a {type(content).__name__}")
    if type(target) is list:
        target[:] = content
    elif type(target) is dict:
        target.clear()
        target.update(content)
    elif target.shape != content.shape or target.dtype != content.dtype:
        raise plain.NotPlain("an array came back with another shape or dtype")
    elif type(target) is np.ndarray:
        if not target.flags.writeable:
            raise plain.NotPlain("a read-only array came back changed")
        target[...] = content
    else:
        import torch

        with torch.no_grad():
            target.copy_(content.detach())
        if target.is_leaf:
            target.requires_grad_(content.requires_grad)
            target.grad = content.grad


def random_states(arguments: Any) -> list[Any]:
    """Return the states of the random generators in `arguments`, in an order that a copy shares."""
    return [_state(generator) for generator in generators(arguments)]


def generators(arguments: Any) -> list[Any]:
    """Return the random generators in `arguments`, each once."""
    found: list[Any] = []
    kinds = (np.random.Generator, *_torch("Generator"))

    def visit(value: Any, depth: int) -> None:
        if depth > DEPTH:
            return
        if isinstance(value, kinds):
            if not any(value is other for other in found):
                found.append(value)
        elif type(value) in (list, tuple):
            for item in value:
                visit(item, depth + 1)
        elif type(value) is dict:
            for item in value.values():
                visit(item, depth + 1)

    visit(arguments, 0)
    return found


def advance(generator: Any, state: Any) -> None:
    """Let `generator` go on as its copy did, if `state` is one that drawing numbers can lead to.

    A state that was made up could make every later number of a test the same. NumPy's PCG64 is taken on where the
    increment is the same: all its states lie on one cycle, of period 2**128. Any other generator starts afresh from
    a seed drawn from itself.

    Parameters
    ----------
    generator : numpy.random.Generator or torch.Generator
    state : plain data
        What `random_states` gave for the copy, after the call.
    """
    if isinstance(generator, np.random.Generator):
        mine = generator.bit_generator.state
        same = isinstance(state, dict) and set(state) == set(mine) and state["bit_generator"] == mine["bit_generator"]
        if same and mine["bit_generator"] == "PCG64" and state["state"].get("inc") == mine["state"]["inc"]:
            with contextlib.suppress(TypeError, ValueError, KeyError, OverflowError):
                generator.bit_generator.state = state
                return
        seed = int(generator.integers(2**62))
        generator.bit_generator.state = type(generator.bit_generator)(seed).state
        return
    import torch

    generator.manual_seed(int(torch.randint(2**62, (), generator=generator)))


def _state(generator: Any) -> Any:
    if isinstance(generator, np.random.Generator):
        state = generator.bit_generator.state
        return state if state["bit_generator"] == "PCG64" else str(state)
    return generator.get_state()
