"""Plain data as bytes and back, without pickle: what a student's process may send to the one that judges it.

Numbers, strings, None, lists, tuples, dicts, NumPy arrays and scalars, tensors, DataFrames and Series, and torch's
device, dtype and Size. Only exact types cross: an object of a subclass could answer a comparison as it likes.
The bytes are msgpack; arrays inside are in NumPy's ``.npy`` format, read without pickle.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import msgpack
import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import torch

DEPTH = 32
NODES = 1_000_000
KINDS = "biufcSUMm"
_PRIMITIVE = (bool, float, str, bytes, type(None))
LIST, TUPLE, DICT, ARRAY, SCALAR, TENSOR, FRAME, SERIES, SIZE, DEVICE, DTYPE, BIG, COMPLEX, REFERENCE, NUMPY_DTYPE = (
    range(15)
)


@cache
def torch_dtypes() -> dict[str, torch.dtype]:
    """Return torch's dtypes by name; torch is imported when the first tensor, device or dtype comes."""
    import torch

    sized = [f"{kind}{bits}" for kind in ("int", "float", "complex") for bits in (8, 16, 32, 64, 128)]
    return {name: getattr(torch, name) for name in ("bool", "uint8", "bfloat16", *sized) if hasattr(torch, name)}


class NotPlain(TypeError):
    """The value is not plain data, or too large; or the bytes are not what `dumps` writes."""


def dumps(value: Any, references: Mapping[int, int] | None = None, limit: int = 64_000_000) -> bytes:
    """Return `value` as bytes.

    Parameters
    ----------
    value : plain data
    references : dict from id to int, optional
        Objects that the other side has too: they cross as their number.
    limit : int
        The largest result in bytes.

    Raises
    ------
    NotPlain
        Names the type that does not cross, or says that the value is too large.
    """
    tree = _Encoder(references or {}, limit).encode(value, DEPTH)
    packed = msgpack.packb(tree, use_bin_type=True, unicode_errors="replace")
    if len(packed) > limit:
        raise NotPlain(f"the value takes {len(packed)} bytes; at most {limit} may cross")
    return packed


def loads(data: bytes, references: Sequence[Any] = ()) -> Any:
    """Return the value that `dumps` made into `data`; whatever `data` is, nothing in it is run.

    Raises
    ------
    NotPlain
        If the bytes are not what `dumps` writes.
    """
    try:
        tree = msgpack.unpackb(
            data, raw=False, strict_map_key=True, max_map_len=0, max_ext_len=0, max_array_len=NODES, use_list=True
        )
        return _Decoder(references).decode(tree, DEPTH * 3)
    except NotPlain:
        raise
    except Exception as error:
        raise NotPlain(f"malformed data: {type(error).__name__}: {error}"[:300]) from None


class _Encoder:
    def __init__(self, references: Mapping[int, int], limit: int) -> None:
        self.references, self.nodes, self.bytes_left = references, NODES, limit

    def encode(self, value: Any, depth: int) -> Any:
        self.nodes -= 1
        if depth < 0 or self.nodes < 0:
            raise NotPlain("the value is nested too deeply or holds too many items")
        if id(value) in self.references:
            return [REFERENCE, self.references[id(value)]]
        return self.content(value, depth)

    def content(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if kind in _PRIMITIVE:
            self.spend(len(value) if kind in (str, bytes) else 0)
            return value
        if kind is int:
            if -(2**63) <= value < 2**63:
                return value
            self.spend(value.bit_length() // 8)
            return [BIG, value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)]
        if kind in (list, tuple):
            return [LIST if kind is list else TUPLE, [self.encode(item, depth - 1) for item in value]]
        if kind is dict:
            pairs = [[self.encode(key, 2), self.encode(item, depth - 1)] for key, item in value.items()]
            return [DICT, pairs]
        if kind is complex:
            return [COMPLEX, value.real, value.imag]
        if kind is np.ndarray:
            return [ARRAY, self.array(value)]
        if isinstance(value, np.generic) and kind.__module__ == "numpy":
            return [SCALAR, self.array(np.asarray(value))]
        if kind is pd.DataFrame:
            columns = [self.column(value.iloc[:, i], depth) for i in range(value.shape[1])]
            return [FRAME, columns, self.index(value.columns, depth), self.index(value.index, depth)]
        if kind is pd.Series:
            return [SERIES, self.column(value, depth), self.index(value.index, depth), self.encode(value.name, 2)]
        if isinstance(value, np.dtype) and value.kind in KINDS:
            return [NUMPY_DTYPE, value.str]
        if "torch" in sys.modules and (found := self.of_torch(value, kind)):
            return found
        raise NotPlain(f"a {kind.__module__}.{kind.__qualname__} is not plain data")

    def of_torch(self, value: Any, kind: type) -> list[Any] | None:
        import torch

        if kind is torch.Tensor or kind is torch.nn.Parameter:
            return self.tensor(value)
        if kind is torch.Size:
            return [SIZE, list(value)]
        if kind is torch.device:
            return [DEVICE, str(value)]
        if kind is torch.dtype and _name(value):
            return [DTYPE, _name(value)]
        return None

    def spend(self, size: int) -> None:
        self.bytes_left -= size
        if self.bytes_left < 0:
            raise NotPlain("the value is too large to cross")

    def array(self, value: np.ndarray) -> bytes:
        if value.dtype.kind not in KINDS:
            raise NotPlain(f"an array of dtype {value.dtype} is not plain data")
        self.spend(value.nbytes)
        file = io.BytesIO()
        np.lib.format.write_array(file, value, allow_pickle=False)
        return file.getvalue()

    def tensor(self, value: torch.Tensor) -> list[Any]:
        import torch

        name = _name(value.dtype)
        if not name or value.layout != torch.strided or value.is_quantized:
            raise NotPlain(f"a tensor of dtype {value.dtype} and layout {value.layout} is not plain data")
        grad = None if not value.is_leaf or value.grad is None else self.tensor(value.grad)
        data = value.detach().cpu().resolve_conj().resolve_neg()
        array = (data.contiguous().view(torch.int16) if data.dtype == torch.bfloat16 else data).numpy()
        parameter = type(value) is torch.nn.Parameter
        return [TENSOR, name, self.array(array), bool(value.requires_grad), grad, parameter]

    def column(self, series: pd.Series, depth: int) -> list[Any]:
        dtype = series.dtype
        if isinstance(dtype, np.dtype) and dtype.kind in KINDS:
            return [None, self.array(series.to_numpy())]
        if isinstance(dtype, pd.CategoricalDtype):
            codes, categories = self.array(series.cat.codes.to_numpy()), self.index(dtype.categories, depth)
            return ["category", codes, categories, bool(dtype.ordered)]
        if str(dtype) not in ("object", "str", "string"):
            raise NotPlain(f"a column of dtype {dtype} is not plain data")
        items = [None if item is pd.NA else self.encode(item, depth - 1) for item in series.tolist()]
        return [str(dtype), items]

    def index(self, index: pd.Index, depth: int) -> list[Any]:
        name = self.encode(index.name, 2)
        if type(index) is pd.RangeIndex:
            return ["range", [index.start, index.stop, index.step], name]
        if isinstance(index, pd.MultiIndex):
            return [
                "multi",
                [self.encode(item, depth - 1) for item in index.tolist()],
                self.encode(list(index.names), 2),
            ]
        return ["index", self.column(index.to_series(), depth), name]


class _Decoder:
    def __init__(self, references: Sequence[Any]) -> None:
        self.references = references

    def decode(self, tree: Any, depth: int) -> Any:
        if depth < 0:
            raise NotPlain("the value is nested too deeply")
        if type(tree) is not list:
            if type(tree) in (*_PRIMITIVE, int):
                return tree
            raise NotPlain(f"malformed data: {type(tree).__name__}")
        tag, *parts = tree
        handlers: dict[int, Callable[..., Any]] = {
            LIST: lambda items: [self.decode(item, depth - 1) for item in items],
            TUPLE: lambda items: tuple(self.decode(item, depth - 1) for item in items),
            DICT: lambda pairs: {self.decode(key, 2): self.decode(item, depth - 1) for key, item in pairs},
            ARRAY: _read_array,
            SCALAR: lambda data: _read_array(data)[()],
            TENSOR: self.tensor,
            FRAME: lambda columns, names, index: self.frame(columns, names, index, depth),
            SERIES: lambda column, index, name: self.series(column, index, name, depth),
            SIZE: _torch_size,
            DEVICE: _device,
            DTYPE: lambda name: torch_dtypes()[name],
            BIG: lambda data: int.from_bytes(_exact(data, bytes), "little", signed=True),
            COMPLEX: lambda real, imag: complex(_exact(real, float), _exact(imag, float)),
            REFERENCE: lambda number: self.references[_exact(number, int)],
            NUMPY_DTYPE: _numpy_dtype,
        }
        return handlers[_exact(tag, int)](*parts)

    def tensor(self, name: str, data: bytes, requires_grad: bool, grad: Any, parameter: bool) -> torch.Tensor:
        import torch

        array = _read_array(data)
        value = torch.from_numpy(array)
        if name == "bfloat16":
            value = value.view(torch.bfloat16)
        if value.dtype != torch_dtypes()[name]:
            raise NotPlain("a tensor's dtype is not that of its data")
        if parameter:
            value = torch.nn.Parameter(value, requires_grad=_exact(requires_grad, bool))
        else:
            value.requires_grad_(_exact(requires_grad, bool))
        if grad is not None:
            value.grad = self.tensor(*grad[1:4], None, False)
        return value

    def column(self, column: list[Any], depth: int) -> Any:
        kind, *parts = column
        if kind is None:
            return pd.Series(_read_array(parts[0]))
        if kind == "category":
            codes, categories, ordered = parts
            return pd.Series(
                pd.Categorical.from_codes(_read_array(codes), self.index(categories, depth), _exact(ordered, bool))
            )
        if kind not in ("object", "str", "string"):
            raise NotPlain(f"malformed data: a column of dtype {kind!r}")
        return pd.Series([self.decode(item, depth - 1) for item in parts[0]], dtype=kind)

    def index(self, index: list[Any], depth: int) -> pd.Index:
        kind, data, name = index
        if kind == "range":
            return pd.RangeIndex(*(_exact(number, int) for number in data), name=self.decode(name, 2))
        if kind == "multi":
            return pd.MultiIndex.from_tuples(
                [self.decode(item, depth - 1) for item in data], names=self.decode(name, 2)
            )
        return pd.Index(self.column(data, depth), name=self.decode(name, 2))

    def frame(self, columns: list[Any], names: list[Any], index: list[Any], depth: int) -> pd.DataFrame:
        rows = self.index(index, depth)
        series = {i: self.column(column, depth).set_axis(rows) for i, column in enumerate(columns)}
        frame = pd.DataFrame(series, index=rows)
        return frame.set_axis(self.index(names, depth), axis="columns")

    def series(self, column: list[Any], index: list[Any], name: Any, depth: int) -> pd.Series:
        return self.column(column, depth).set_axis(self.index(index, depth)).rename(self.decode(name, 2))


def _exact(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise NotPlain(f"malformed data: {type(value).__name__} in place of {kind.__name__}")
    return value


def _read_array(data: bytes) -> np.ndarray:
    """Return the array of an ``.npy`` file whose header agrees with its length, and that needs no pickle."""
    file = io.BytesIO(_exact(data, bytes))
    if np.lib.format.read_magic(file) != (1, 0):
        raise NotPlain("malformed data: not version 1.0 of the npy format")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(file, max_header_size=2000)
    if dtype.kind not in KINDS or dtype.subdtype is not None:
        raise NotPlain(f"an array of dtype {dtype} is not plain data")
    size = 1
    for length in shape:
        if type(length) is not int or length < 0:
            raise NotPlain("malformed data: an array's shape")
        size *= length
    body = data[file.tell() :]
    if len(shape) > 32 or size > max(len(body), NODES) or size * dtype.itemsize != len(body):
        raise NotPlain("malformed data: an array's shape does not fit its data")
    if dtype.itemsize == 0:
        return np.zeros(shape, dtype)
    flat = np.frombuffer(bytearray(body), dtype=dtype)
    return flat.reshape(shape, order="F" if fortran else "C")


def _numpy_dtype(text: str) -> np.dtype:
    dtype = np.dtype(_exact(text, str)[:20])
    if dtype.kind not in KINDS:
        raise NotPlain(f"malformed data: dtype {text!r}")
    return dtype


def _name(dtype: torch.dtype) -> str:
    return next((name for name, known in torch_dtypes().items() if known == dtype), "")


def _torch_size(sizes: list[Any]) -> torch.Size:
    import torch

    return torch.Size(_exact(size, int) for size in sizes)


def _device(text: str) -> torch.device:
    import torch

    if not re.fullmatch(r"(cpu|cuda|mps|meta)(:\d{1,2})?", _exact(text, str)):
        raise NotPlain(f"malformed data: device {text!r}")
    return torch.device(text)
