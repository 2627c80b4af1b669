"""Small data sets for the tests of helpers.data, made on the spot."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from helpers import data

IDX = {"mnist": "MNIST/raw", "fashion-mnist": "FashionMNIST/raw"}


def idx_bytes(array: np.ndarray, code: int = 8) -> bytes:
    return bytes([0, 0, code, array.ndim]) + np.array(array.shape, dtype=">u4").tobytes() + array.tobytes()


def idx_arrays(n_train: int = 30, n_test: int = 20) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {
        "train-images-idx3-ubyte": rng.integers(0, 256, (n_train, 28, 28), dtype=np.uint8),
        "train-labels-idx1-ubyte": (np.arange(n_train) % 10).astype(np.uint8),
        "t10k-images-idx3-ubyte": rng.integers(0, 256, (n_test, 28, 28), dtype=np.uint8),
        "t10k-labels-idx1-ubyte": (np.arange(n_test) % 10).astype(np.uint8),
    }


def put_idx(base: Path, name: str = "mnist", packed: bool = True) -> dict[str, np.ndarray]:
    folder = base / IDX[name]
    folder.mkdir(parents=True)
    arrays = idx_arrays()
    for stem, array in arrays.items():
        content = idx_bytes(array)
        (folder / (f"{stem}.gz" if packed else stem)).write_bytes(gzip.compress(content) if packed else content)
    return arrays


def jpeg(level: int = 128, size: tuple[int, int] = (40, 30), mode: str = "RGB", **options) -> bytes:
    file = io.BytesIO()
    Image.new("L", size, level).convert(mode).save(file, "JPEG", quality=95, **options)
    return file.getvalue()


def put_dogs(base: Path, members: dict[str, bytes] | None = None, n: int = 5, step: int = 10) -> Path:
    """Write dogs-vs-cats.zip: n of each class, cats dark, dogs bright; `members` are added or replace some."""
    base.mkdir(parents=True, exist_ok=True)
    content = {f"train/cat.{i}.jpg": jpeg(step * i) for i in range(n)}
    content |= {f"train/dog.{i}.jpg": jpeg(200 + step * i) for i in range(n)}
    content |= members or {}
    path = base / "dogs-vs-cats.zip"
    with zipfile.ZipFile(path, "w") as file:
        for name, picture in content.items():
            file.writestr(name, picture, compress_type=zipfile.ZIP_DEFLATED)
    return path


def every_row(d: data.Dataset) -> np.ndarray:
    return np.concatenate([d.X_train, d.X_test])
