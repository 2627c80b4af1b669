"""The modes of NumPy and torch that go with a call, and that torch is not imported for them."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from grading.judge import modes


@pytest.fixture(autouse=True)
def _usual_dtype():
    yield
    torch.set_default_dtype(torch.float32)


def test_modes_cross_as_they_are():
    torch.set_default_dtype(torch.float64)
    with torch.no_grad(), np.errstate(divide="raise"):
        there = modes.current()
    torch.set_default_dtype(torch.float32)
    assert there["grad"] is False and there["dtype"] == "float64"
    with modes.applied(there):
        assert not torch.is_grad_enabled() and torch.zeros(1).dtype == torch.float64
        with pytest.raises(FloatingPointError):
            np.ones(1) / 0
    assert torch.is_grad_enabled()


WITHOUT_TORCH = """
import sys
from grading.judge import modes, plain, proxy, student, trusted
import grading.sandbox.kernel
modes.start_afresh(0)
usual = modes.current()
with modes.applied(usual):
    pass
assert plain.loads(plain.dumps({"a": [1.5, None]})) == {"a": [1.5, None]}
assert "torch" not in sys.modules, "imported"
with modes.applied({**usual, "grad": False}):
    assert not sys.modules["torch"].is_grad_enabled()
"""


def test_torch_is_imported_only_where_it_matters():
    done = subprocess.run([sys.executable, "-c", WITHOUT_TORCH], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
