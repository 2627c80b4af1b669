"""Pictures in a zip archive as arrays, and the cache of the arrays that were made.

Nothing is unpacked: a picture goes from the archive through memory into an array. What the archive announces is
checked before it is read, so that neither a huge member nor a huge picture is taken into memory.
"""

from __future__ import annotations

import io
import logging
import lzma
import os
import struct
import tempfile
import zipfile
import zlib
from pathlib import Path

import numpy as np

from .catalogue import PictureSource
from .places import DataError, Place, cache_folder

SIDE = 64
LARGEST_FILE = 16 * 2**20  # bytes of one picture's file
LARGEST_PICTURE = 4096 * 4096  # pixels
MOST_PICTURES = 200_000
FEWEST_OF_A_CLASS = 5  # so that both parts of the split hold every class
TEST_SHARE = 0.2
SPLIT_SEED = 0
CONVERSION = 1  # raise it when the arrays made from an archive change
SLOW = 10  # seconds after which a progress bar appears
PARTS = ("X_train", "X_test", "y_train", "y_test")
BAD_ARCHIVE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,  # encrypted, or compressed by an unknown method
    ValueError,
)
BAD_PICTURE = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, struct.error)

log = logging.getLogger(__name__)


def split(X: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    """Split into training and test part, stratified by class, always the same way.

    Parameters
    ----------
    X : array (n, ...)
    y : array of int64 (n,)

    Returns
    -------
    [X_train, X_test, y_train, y_test]
        Shuffled copies; the test part is 20 % of the rows, of each class as near as can be.
    """
    from sklearn.model_selection import train_test_split  # slow to import, and seldom needed

    return train_test_split(X, y, test_size=TEST_SHARE, stratify=y, random_state=SPLIT_SEED)


def load_pictures(source: PictureSource, place: Place) -> dict[str, np.ndarray]:
    """Return the arrays of an archive, from the cache where they were made from the same archive.

    Parameters
    ----------
    source : PictureSource
    place : Place
        The data folder that holds the archive.

    Returns
    -------
    dict
        `X_train`, `X_test`: uint8 (n, 64, 64), or float32 in [0, 1] for a source of unit range; `y_train`,
        `y_test`: int64 (n,).

    Raises
    ------
    DataError
        If the archive is damaged, holds no pictures, or one that can't be decoded.
    """
    archive = place.folder / source.archive
    state = archive.stat()
    made_from = np.array([state.st_size, state.st_mtime_ns, CONVERSION], dtype=np.int64)
    cached = cache_folder() / "arrays" / f"{source.name}.npz"
    arrays = _read_cached(cached, made_from)
    if arrays is None:
        X, y = read_archive(source, archive, place.remedy(source.name))
        arrays = dict(zip(PARTS, split(X, y), strict=True))
        _write_cached(cached, made_from, arrays)
    if source.unit_range:
        for part in ("X_train", "X_test"):
            arrays[part] = arrays[part].astype(np.float32) / np.float32(255)
    return arrays


def read_archive(source: PictureSource, archive: Path, remedy: str) -> tuple[np.ndarray, np.ndarray]:
    """Decode every picture of an archive.

    Parameters
    ----------
    source : PictureSource
    archive : Path
    remedy : str
        What to do about a damaged archive; ends the error's message.

    Returns
    -------
    X : array of uint8 (n, 64, 64)
        Grey levels, by class and then by path in the archive, whatever the archive's own order.
    y : array of int64 (n,)

    Raises
    ------
    DataError
    """
    from tqdm.auto import tqdm

    try:
        with zipfile.ZipFile(archive) as file:
            members = _members(source, archive, file, remedy)
            X = np.empty((len(members), SIDE, SIDE), dtype=np.uint8)
            for i, (_, member) in enumerate(tqdm(members, desc=source.name, unit="pictures", delay=SLOW)):
                if member.file_size > LARGEST_FILE:
                    raise DataError(
                        f"{archive}: {member.filename} has {member.file_size} bytes, more than a picture of "
                        f"{source.name} can have ({LARGEST_FILE}). The archive is damaged: {remedy}."
                    )
                X[i] = _decode(file.read(member), f"{archive}: {member.filename}", remedy)
    except DataError:
        raise
    except BAD_ARCHIVE as error:
        raise DataError(f"{archive} is damaged or no zip archive ({error}). To mend it, {remedy}.") from error
    return X, np.array([label for label, _ in members], dtype=np.int64)


def _members(
    source: PictureSource, archive: Path, file: zipfile.ZipFile, remedy: str
) -> list[tuple[int, zipfile.ZipInfo]]:
    """List the pictures of an archive with their labels, by label and path."""
    members = []
    for member in file.infolist():
        match = source.member.fullmatch(member.filename)
        if match:
            members.append((source.class_names.index(match["label"]), member))
    members.sort(key=lambda pair: (pair[0], pair[1].filename))
    if not members:
        inner = [name for name in file.namelist() if name.endswith("train.zip")]
        hint = f"it holds the archive {inner[0]}: save that one as {archive.name}" if inner else remedy
        raise DataError(f"{archive} holds no pictures of {source.name}. To mend it, {hint}.")
    counts = np.bincount([label for label, _ in members], minlength=len(source.class_names))
    if counts.min() < FEWEST_OF_A_CLASS:
        label = source.class_names[int(counts.argmin())]
        raise DataError(
            f"{archive} holds {counts.min()} pictures of the class {label!r}, fewer than {FEWEST_OF_A_CLASS}. "
            f"It is not complete: {remedy}."
        )
    if len(members) > MOST_PICTURES:
        raise DataError(
            f"{archive} holds {len(members)} pictures, more than {MOST_PICTURES}. It isn't {source.name}: {remedy}."
        )
    return members


def _decode(content: bytes, path: str, remedy: str) -> np.ndarray:
    """Turn a JPEG file upright, grey and 64x64 (its proportions are not kept)."""
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(content), formats=["JPEG"]) as image:
            if image.width * image.height > LARGEST_PICTURE:
                raise DataError(
                    f"{path} has {image.width}x{image.height} pixels, more than {LARGEST_PICTURE} in all. "
                    f"The archive is damaged: {remedy}."
                )
            image.draft("L", (2 * SIDE, 2 * SIDE))  # decodes a large picture at a fraction of its size
            upright = ImageOps.exif_transpose(image)
            small = upright.convert("L").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    except DataError:
        raise
    except (*BAD_PICTURE, Image.DecompressionBombError) as error:
        raise DataError(f"{path} can't be decoded ({error}). The archive is damaged: {remedy}.") from error
    return np.asarray(small)


def _read_cached(path: Path, made_from: np.ndarray) -> dict[str, np.ndarray] | None:
    """Return the cached arrays, None where there are none made from the same archive."""
    try:
        with np.load(path, allow_pickle=False) as file:
            if not np.array_equal(file["made_from"], made_from):
                return None
            return {part: file[part] for part in PARTS}
    except FileNotFoundError:
        return None
    except (*BAD_ARCHIVE, KeyError) as error:
        log.info("%s can't be used (%s) and is made again", path, error)
        return None


def _write_cached(path: Path, made_from: np.ndarray, arrays: dict[str, np.ndarray]) -> None:
    """Store the arrays in one step; a cache that can't be written costs time alone, so it isn't an error."""
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as file:
            temporary = Path(file.name)
            np.savez(file, made_from=made_from, **arrays)
        os.replace(temporary, path)
    except OSError as error:
        log.info("%s can't be written (%s); the pictures will be decoded again", path, error)
        if temporary is not None:
            temporary.unlink(missing_ok=True)
