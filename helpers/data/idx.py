"""Reading IDX files, the format of MNIST and Fashion-MNIST.

An IDX file is two zero bytes, a byte for the type of the numbers (8: unsigned byte), a byte for the number of
dimensions, each dimension as a big-endian 32-bit integer, then the numbers in C order
(Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits").
"""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import numpy as np

from .catalogue import IDX_FILES, IdxSource
from .places import DataError, Place

UNSIGNED_BYTE = 8
SIDE = 28
LARGEST = 10**9  # bytes; a file that announces more is damaged


def read_idx(path: Path, n_dimensions: int, remedy: str) -> np.ndarray:
    """Read one IDX file of unsigned bytes, plain or compressed with gzip.

    Parameters
    ----------
    path : Path
        Read through gzip where the name ends in .gz.
    n_dimensions : int
        How many dimensions the file must have: 3 for images, 1 for labels.
    remedy : str
        What to do about a damaged file; ends the error's message.

    Returns
    -------
    array of uint8 with `n_dimensions` dimensions

    Raises
    ------
    DataError
        If the file is damaged, truncated, too long, or holds something else.
    """

    def damaged(reason: str) -> DataError:
        return DataError(f"{path} is damaged: {reason}. To mend it, {remedy}.")

    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            magic = file.read(4)
            if magic != bytes([0, 0, UNSIGNED_BYTE, n_dimensions]):
                raise damaged(
                    f"it starts with the bytes {magic.hex(' ') or '(none)'} instead of "
                    f"00 00 08 {n_dimensions:02x}, those of an IDX file of unsigned bytes with {n_dimensions} "
                    f"dimension{'s' if n_dimensions > 1 else ''}"
                )
            sizes = file.read(4 * n_dimensions)
            if len(sizes) < 4 * n_dimensions:
                raise damaged("it ends within its header")
            shape = tuple(int(size) for size in np.frombuffer(sizes, dtype=">u4"))
            expected = int(np.prod(shape, dtype=object))
            if not 0 < expected <= LARGEST:
                raise damaged(f"its header announces the shape {shape}")
            content = file.read(expected + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise damaged(f"it can't be read to its end ({error})") from error
    if len(content) != expected:
        seen = f"only {len(content)}" if len(content) < expected else "more"
        raise damaged(f"its header announces the shape {shape}, {expected} bytes, but {seen} follow")
    return np.frombuffer(content, dtype=np.uint8).reshape(shape).copy()


def read_split(source: IdxSource, place: Place, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Read the images and labels of one part of a data set.

    Parameters
    ----------
    source : IdxSource
    place : Place
        The data folder to read from.
    split : str
        `train` or `t10k`, the test part.

    Returns
    -------
    images : array of uint8 (n, 28, 28)
        0 is the background, 255 full ink.
    labels : array of int64 (n,)

    Raises
    ------
    DataError
        If a file is missing or damaged, or if the two do not fit together.
    """
    remedy = place.remedy(source.name)
    paths = []
    for stem in (name for name in IDX_FILES if name.startswith(split)):
        path = source.file(place.folder, stem)
        if path is None:
            raise DataError(
                f"{place.folder / source.folder} lacks {stem}.gz, one of the four files of {source.name}. "
                f"Put it there, or fetch the set: data.download({source.name!r})."
            )
        paths.append(path)
    images, labels = read_idx(paths[0], 3, remedy), read_idx(paths[1], 1, remedy)
    if images.shape[1:] != (SIDE, SIDE):
        raise DataError(
            f"{paths[0]} holds images of {images.shape[1]}x{images.shape[2]} pixels instead of {SIDE}x{SIDE}. "
            f"It isn't {source.name}: {remedy}."
        )
    if len(images) != len(labels):
        raise DataError(
            f"{paths[0]} holds {len(images)} images, but {paths[1]} {len(labels)} labels. "
            f"They don't belong together: for the wrong one, {remedy}."
        )
    if labels.max() >= len(source.class_names):
        raise DataError(
            f"{paths[1]} is damaged: it holds the label {labels.max()}, but {source.name} has the labels 0 to "
            f"{len(source.class_names) - 1}. To mend it, {remedy}."
        )
    return images, labels.astype(np.int64)
