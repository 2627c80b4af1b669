"""IDX files: read, missing, damaged."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from made_files import IDX, idx_arrays, idx_bytes, put_idx

from helpers import data
from helpers.data.catalogue import IDX_FILES


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("name", list(IDX))
def test_idx_files(name, packed, cache):
    arrays = put_idx(cache, name, packed)
    d = data.load(name)
    for stem, ours in zip(IDX_FILES, (d.X_train, d.y_train, d.X_test, d.y_test), strict=True):
        np.testing.assert_array_equal(ours, arrays[stem])
        assert ours.dtype == (np.uint8 if ours.ndim == 3 else np.int64) and ours.flags.writeable


@pytest.mark.parametrize("stem", IDX_FILES)
def test_missing_idx_file(stem, cache):
    put_idx(cache)
    (cache / IDX["mnist"] / f"{stem}.gz").unlink()
    with pytest.raises(data.DataError, match=rf"lacks {stem}\.gz.*data\.download\('mnist'\)"):
        data.load("mnist")


IMAGES = idx_bytes(idx_arrays()["train-images-idx3-ubyte"])
LABELS = idx_bytes(idx_arrays()["train-labels-idx1-ubyte"])
DAMAGED_IDX = {
    "empty": (0, b"", r"\(none\)"),
    "magic": (0, b"\x00\x01" + IMAGES[2:], "00 01 08 03 instead of 00 00 08 03"),
    "signed": (0, IMAGES[:2] + b"\x09" + IMAGES[3:], "unsigned bytes"),
    "labels for images": (0, LABELS, "3 dimensions"),
    "images for labels": (1, IMAGES, r"with 1 dimension\."),
    "header cut": (0, IMAGES[:10], "within its header"),
    "cut": (0, IMAGES[:-1], r"\(30, 28, 28\), 23520 bytes, but only 23519"),
    "too long": (0, IMAGES + b"\x00", "but more follow"),
    "no images": (0, idx_bytes(np.empty((0, 28, 28), np.uint8)), r"shape \(0, 28, 28\)"),
    "huge": (0, IMAGES[:4] + b"\xff" * 12 + IMAGES[16:], r"shape \(4294967295,"),
    "wrapping": (0, IMAGES[:4] + np.array([4, 2**30 + 5880, 1], ">u4").tobytes() + IMAGES[16:], "the shape"),
    "other size": (0, idx_bytes(np.zeros((30, 27, 28), np.uint8)), "27x28 pixels instead of 28x28"),
    "fewer labels": (1, idx_bytes(np.zeros(29, np.uint8)), "30 images, but .* 29 labels"),
    "label range": (1, idx_bytes(np.full(30, 10, np.uint8)), "label 10, .* 0 to 9"),
}


@pytest.mark.parametrize("packed", [True, False], ids=["gz", "plain"])
@pytest.mark.parametrize("case", list(DAMAGED_IDX))
def test_damaged_idx_file(case, packed, cache):
    put_idx(cache, packed=packed)
    which, content, reason = DAMAGED_IDX[case]
    path = cache / IDX["mnist"] / (IDX_FILES[which] + (".gz" if packed else ""))
    path.write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(data.DataError, match=reason) as caught:
        data.load("mnist")
    assert str(path) in str(caught.value) and "data.download('mnist')" in str(caught.value)


@pytest.mark.parametrize("damage", ["no gzip", "cut", "flipped", "stream", "checksum"])
def test_damaged_gzip(damage, course):
    put_idx(course)
    path = course / IDX["mnist"] / "train-images-idx3-ubyte.gz"
    content = bytearray(path.read_bytes())
    if damage == "no gzip":
        content = IMAGES
    elif damage == "cut":
        content = content[: len(content) // 2]
    elif damage == "flipped":
        content[len(content) // 2] ^= 255
    elif damage == "stream":
        content[10] |= 6  # a block of a type that deflate doesn't have
    else:
        content[-8] ^= 255  # the CRC
    path.write_bytes(content)
    with pytest.raises(data.DataError, match=r"train-images-idx3-ubyte\.gz is damaged.*unset COURSE_DATA"):
        data.load("mnist")
