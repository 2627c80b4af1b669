"""The modes of NumPy and torch that a call runs in, and that go with it to the student's process.

torch is imported only by notebooks that use it: that takes longer than to grade one.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

USUAL = {"grad": True, "dtype": "float32"}


def current() -> dict[str, Any]:
    """Return the modes that are set here, as plain data."""
    torch = sys.modules.get("torch")
    if torch is None:
        return {"numpy": np.geterr(), **USUAL}
    dtype = str(torch.get_default_dtype()).removeprefix("torch.")
    return {"numpy": np.geterr(), "grad": torch.is_grad_enabled(), "dtype": dtype}


@contextmanager
def applied(modes: dict[str, Any]) -> Iterator[None]:
    """Run the block in the modes that `current` gave on the other side."""
    with np.errstate(**modes["numpy"]):
        if "torch" not in sys.modules and all(modes[name] == value for name, value in USUAL.items()):
            yield
            return
        import torch

        torch.set_default_dtype(getattr(torch, modes["dtype"]))
        with torch.set_grad_enabled(modes["grad"]):
            yield


def start_afresh(seed: int) -> None:
    """Seed every global random generator, and let torch record gradients."""
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - a cell may use the global state
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.manual_seed(seed)
        torch.set_grad_enabled(True)
