"""Plain data crosses as it is; anything else is refused, on either side."""

from __future__ import annotations

import contextlib
import copy
import math
import struct
from typing import Any

import msgpack
import numpy as np
import pandas as pd
import pytest
import torch

from grading.judge import arguments, plain, proxy


def frame() -> pd.DataFrame:
    columns = {"a": [1, 2], "b": ["x", "y"], "c": pd.Categorical(["u", "v"]), "d": [0.5, math.nan]}
    return pd.DataFrame(columns, index=pd.Index(["r", "s"], name="row"))


VALUES = [
    None,
    True,
    3,
    -(2**70),
    2.5,
    math.inf,
    1 + 2j,
    "Grüße",
    b"bytes",
    [1, [2.0, ("a", None)]],
    (),
    {"a": 1, (1, 2): [3], 4: {}},
    np.arange(6).reshape(2, 3),
    np.asfortranarray(np.ones((2, 3), np.float32)),
    np.zeros((0, 4)),
    np.array(3.0),
    np.array(["ab", "c"]),
    np.array(["2020-01-01"], "datetime64[D]"),
    np.arange(3, dtype=">i2"),
    np.float32(1.5),
    np.int8(-3),
    np.bool_(True),
    torch.arange(6.0).reshape(2, 3).T,
    torch.ones(2, dtype=torch.bfloat16),
    torch.ones(2, requires_grad=True),
    torch.tensor(3),
    torch.nn.Parameter(torch.ones(2)),
    torch.Size([2, 3]),
    torch.device("cpu"),
    torch.float16,
    np.dtype("float32"),
    frame(),
    frame().set_index(["a", "b"]),
    pd.Series([1.0, 2.0], name="s"),
]


def same(left: Any, right: Any) -> bool:
    if type(left) is not type(right):
        return False
    if isinstance(left, np.ndarray):
        return left.dtype == right.dtype and left.shape == right.shape and np.array_equal(left, right)
    if isinstance(left, torch.Tensor):
        alike = left.dtype == right.dtype and left.requires_grad == right.requires_grad
        return alike and torch.equal(left, right)
    if isinstance(left, pd.DataFrame):
        return left.equals(right) and list(left.dtypes) == list(right.dtypes) and left.index.equals(right.index)
    if isinstance(left, pd.Series):
        return left.equals(right) and left.name == right.name
    return bool(left == right)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: f"{type(value).__name__}-{str(value)[:20]!r}")
def test_plain_data_crosses_unchanged(value: Any) -> None:
    assert same(plain.loads(plain.dumps(value)), value)


def test_a_gradient_crosses_with_its_tensor() -> None:
    value = torch.ones(2, requires_grad=True)
    (value**2).sum().backward()
    assert torch.equal(plain.loads(plain.dumps(value)).grad, torch.tensor([2.0, 2.0]))


class Sub(np.ndarray):
    pass


class SubDict(dict):
    pass


class SubInt(int):
    pass


REFUSED = [
    object(),
    lambda: 1,
    np.ones(2).view(Sub),
    SubDict(),
    SubInt(3),
    np.array([object()]),
    np.ma.masked_array([1]),
    np.zeros(2, [("a", int)]),
    torch.ones(2).to_sparse(),
    torch.ones(2).as_subclass(type("T", (torch.Tensor,), {})),
    {1, 2},
    range(3),
    pd.DataFrame({"a": [object()]}),
    torch.nn.Linear(1, 1),
]


@pytest.mark.parametrize("value", REFUSED, ids=lambda value: type(value).__name__)
def test_other_data_is_refused(value: Any) -> None:
    with pytest.raises(plain.NotPlain):
        plain.dumps(value)


def test_size_and_depth_are_capped() -> None:
    deep: list[Any] = []
    for _ in range(100):
        deep = [deep]
    circle: list[Any] = []
    circle.append(circle)
    for value in (deep, circle, "x" * 2000, np.zeros(1000), [0] * 2_000_000):
        with pytest.raises(plain.NotPlain):
            plain.dumps(value, limit=1000 if not isinstance(value, list) else 10**9)


def header(text: str, body: bytes = b"") -> bytes:
    padded = text.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(padded)) + padded.encode() + body


HOSTILE = {
    "nothing": b"",
    "no msgpack": b"\xc1",
    "announced array": b"\xdd\xff\xff\xff\xff",
    "nested": b"\x91" * 100_000,
    "map": msgpack.packb({"a": 1}),
    "extension": msgpack.packb(msgpack.ExtType(5, b"x")),
    "unknown tag": msgpack.packb([99, 1]),
    "tag of another type": msgpack.packb(["0", []]),
    "reference": msgpack.packb([plain.REFERENCE, 7]),
    "pickled array": msgpack.packb(
        [plain.ARRAY, header("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", b"x")]
    ),
    "huge shape": msgpack.packb([plain.ARRAY, header("{'descr': '<f8', 'fortran_order': False, 'shape': (10**9,)}")]),
    "huge empty": msgpack.packb(
        [plain.ARRAY, header("{'descr': '|V0', 'fortran_order': False, 'shape': (1000000000000,)}")]
    ),
    "huge strings": msgpack.packb(
        [plain.ARRAY, header("{'descr': '<U0', 'fortran_order': False, 'shape': (1000000000000,)}")]
    ),
    "negative shape": msgpack.packb(
        [plain.ARRAY, header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}", b"x" * 8)]
    ),
    "short data": msgpack.packb([plain.ARRAY, header("{'descr': '<f8', 'fortran_order': False, 'shape': (2,)}", b"x")]),
    "structured": msgpack.packb(
        [plain.ARRAY, header("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}", b"x" * 8)]
    ),
    "header that is code": msgpack.packb([plain.ARRAY, header("__import__('os').getpid()")]),
    "device": msgpack.packb([plain.DEVICE, "cuda:0; rm"]),
    "dtype": msgpack.packb([plain.DTYPE, "load"]),
    "numpy dtype": msgpack.packb([plain.NUMPY_DTYPE, "O"]),
    "unhashable key": msgpack.packb([plain.DICT, [[[plain.LIST, []], 1]]]),
    "column": msgpack.packb([plain.FRAME, [["object", 5]], ["range", [0, 1, 1], None], ["range", [0, 1, 1], None]]),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_are_refused(name: str) -> None:
    with pytest.raises(plain.NotPlain):
        plain.loads(HOSTILE[name])


def test_random_bytes_never_do_more_than_fail() -> None:
    rng = np.random.default_rng(0)
    whole = plain.dumps([VALUES, frame()])
    for _ in range(2000):
        damaged = bytearray(whole)
        for place in rng.integers(len(whole), size=3):
            damaged[place] = rng.integers(256)
        with contextlib.suppress(plain.NotPlain):
            plain.loads(bytes(damaged))


def test_arguments_are_numbered_alike_on_both_sides() -> None:
    array, tensor = np.ones(2), torch.ones(2)
    call = ((array, [tensor, {"again": array}]), (tensor,))
    mine, copied = arguments.tracked(call), arguments.tracked(copy.deepcopy(call))
    assert [type(item) for item in mine] == [type(item) for item in copied]
    assert len(mine) == 4


def test_changes_are_applied_in_place() -> None:
    array, parameter, items, table = np.zeros(2), torch.nn.Parameter(torch.zeros(2)), [1], {"a": 1}
    changed = torch.nn.Parameter(torch.ones(2), requires_grad=False)
    changed.grad = torch.full((2,), 5.0)
    for target, content in ((array, np.ones(2)), (parameter, changed), (items, [2, 3]), (table, {"b": 2})):
        arguments.apply(target, content)
    assert array.tolist() == [1, 1]
    assert parameter.tolist() == [1, 1]
    assert parameter.grad.tolist() == [5, 5]
    assert not parameter.requires_grad
    assert (items, table) == ([2, 3], {"b": 2})
    for target, content in ((array, np.ones(3)), (array, np.ones(2, int)), (array, [1, 1]), (items, (1,))):
        with pytest.raises(plain.NotPlain):
            arguments.apply(target, content)


def test_a_generator_goes_on_as_its_copy_did() -> None:
    mine, copied = np.random.default_rng(3), np.random.default_rng(3)
    copied.normal(size=7)
    (state,) = arguments.random_states([copied])
    arguments.advance(mine, plain.loads(plain.dumps(state)))
    assert mine.normal() == copied.normal()


def test_a_generator_takes_no_state_of_anyones_making() -> None:
    mine, untouched = np.random.default_rng(3), np.random.default_rng(3)
    made_up = {"bit_generator": "PCG64", "state": {"state": 0, "inc": 0}, "has_uint32": 0, "uinteger": 0}
    arguments.advance(mine, made_up)
    first, second = mine.integers(2**62, size=2)
    assert first != second
    assert first != untouched.integers(2**62)
    torch_one = torch.Generator().manual_seed(1)
    arguments.advance(torch_one, torch.zeros_like(torch_one.get_state()))
    assert len(set(torch.rand(5, generator=torch_one).tolist())) == 5


@pytest.mark.parametrize(
    ("name", "builtin", "caught"),
    [
        ("ValueError", "ValueError", ValueError),
        ("AxisError", "ValueError", ValueError),
        ("Mine", "Exception", Exception),
        ("SystemExit", "SystemExit", proxy.StudentError),
        ("UnicodeDecodeError", "UnicodeDecodeError", proxy.StudentError),
        ("not a name", "KeyError", KeyError),
    ],
)
def test_errors_cross_as_name_and_message(name: str, builtin: str, caught: type[Exception]) -> None:
    error = proxy.make_error(name, builtin, "what was wrong", "line 3")
    assert isinstance(error, caught)
    assert "what was wrong" in str(error)
    assert not isinstance(error, proxy.StudentGone)
