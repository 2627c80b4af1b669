"""Archives of pictures: converted, split, damaged, and the cache of the arrays made."""

from __future__ import annotations

import io
import os
import zipfile

import numpy as np
import pytest
from made_files import every_row, jpeg, put_dogs, put_idx
from PIL import Image

from helpers import data
from helpers.data import pictures


def test_pictures_become_grey_arrays_with_labels(cache):
    put_dogs(cache)
    d = data.load("dogs-vs-cats")
    assert d.origin == "cache" and len(d.y_train) == 8 and len(d.y_test) == 2
    for X, y in ((d.X_train, d.y_train), (d.X_test, d.y_test)):
        assert X.shape == (len(y), 64, 64) and X.dtype == np.uint8 and X.flags.writeable
        assert set(y) == {0, 1}
        assert X[y == 0].max() < 100 < X[y == 1].min()
    levels = sorted(every_row(d).mean(axis=(1, 2)))
    np.testing.assert_allclose(levels, [0, 10, 20, 30, 40, 200, 210, 220, 230, 240], atol=1)


def test_digits_are_labelled_by_their_folder(cache):
    cache.mkdir()
    with zipfile.ZipFile(cache / "sign-language-digits.zip", "w") as file:
        for digit in range(10):
            for i in range(5):
                file.writestr(f"Any-Name/Dataset/{digit}/IMG_{i}.JPG", jpeg(75 + 20 * digit))
            file.writestr(f"__MACOSX/Any-Name/Dataset/{digit}/._IMG_0.JPG", b"no picture")
            file.writestr(f"Any-Name/Examples/example_{digit}.JPG", jpeg(255))
    d = data.load("sign-language-digits")
    assert d.X_train.dtype == d.X_test.dtype == np.float32
    assert len(d.y_train) == 40 and np.bincount(d.y_test).tolist() == [1] * 10
    expected = (75 + 20 * np.concatenate([d.y_train, d.y_test])) / 255
    np.testing.assert_allclose(every_row(d).mean(axis=(1, 2)), expected, atol=1.5 / 255)
    assert every_row(d).max() == 1  # white


def test_split_does_not_depend_on_the_order_in_the_archive(cache, course):
    first = put_dogs(cache)
    with zipfile.ZipFile(first) as file:
        content = {name: file.read(name) for name in reversed(file.namelist())}
    with zipfile.ZipFile(course / first.name, "w") as file:
        for name, picture in content.items():
            file.writestr(name, picture)
    theirs = data.load("dogs-vs-cats")
    assert theirs.origin == "COURSE_DATA"
    (course / first.name).unlink()
    put_idx(course)
    ours = data.load("dogs-vs-cats")
    assert ours.origin == "cache"
    np.testing.assert_array_equal(ours.X_train, theirs.X_train)
    np.testing.assert_array_equal(ours.y_test, theirs.y_test)


def test_details_survive_the_conversion(cache):
    stripes = np.tile(np.repeat([0, 255], 4), (64, 8)).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(stripes).save(file, "JPEG", quality=95)
    put_dogs(cache, {"train/dog.0.jpg": file.getvalue()})
    rows = every_row(data.load("dogs-vs-cats")).astype(float)
    nearest = min(rows, key=lambda image: np.abs(image - stripes).mean())
    assert np.abs(nearest - stripes).mean() < 3


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_other_colour_modes(mode, cache):
    put_dogs(cache, {"train/dog.0.jpg": jpeg(150, mode=mode)})
    assert 150 in np.round(every_row(data.load("dogs-vs-cats")).mean(axis=(1, 2)))


def test_members_that_are_no_pictures_of_the_set_are_left_alone(cache, tmp_path):
    before = set(tmp_path.rglob("*"))
    put_dogs(
        cache,
        {
            "train/": b"",
            "__MACOSX/train/._cat.0.jpg": b"no picture",
            "train/cat.x.jpg": b"no picture",
            "test1/17.jpg": b"no picture",
            "../../dog.99.jpg": jpeg(255),
        },
    )
    d = data.load("dogs-vs-cats")
    # A path that leads out of the archive is a name and nothing more: nothing is unpacked.
    assert len(d.y_train) + len(d.y_test) == 11
    made = set(tmp_path.rglob("*")) - before
    assert {path.relative_to(cache).as_posix() for path in made - {cache}} == {
        "dogs-vs-cats.zip",
        "arrays",
        "arrays/dogs-vs-cats.npz",
    }


def announce(content: bytes, width: int, height: int) -> bytes:
    """Change the size in a baseline JPEG's frame header (marker FF C0: length, precision, height, width)."""
    at = content.index(b"\xff\xc0") + 5
    return content[:at] + height.to_bytes(2, "big") + width.to_bytes(2, "big") + content[at + 4 :]


BAD_PICTURES = {
    "no picture": (b"GIF89a", "can't be decoded"),
    "empty": (b"", "can't be decoded"),
    "cut": (jpeg(size=(200, 200))[:-300], "can't be decoded"),
    "large picture": (announce(jpeg(), 5000, 4000), "5000x4000 pixels"),
    "huge picture": (announce(jpeg(), 60000, 60000), "can't be decoded.*decompression bomb"),
    "huge file": (jpeg() + bytes(pictures.LARGEST_FILE), "16777"),
}


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("case", list(BAD_PICTURES))
def test_bad_picture(case, cache):
    content, reason = BAD_PICTURES[case]
    path = put_dogs(cache, {"train/dog.3.jpg": content})
    with pytest.raises(data.DataError, match=reason) as caught:
        data.load("dogs-vs-cats")
    assert str(path) in str(caught.value) and "train/dog.3.jpg" in str(caught.value)
    assert "data.download('dogs-vs-cats')" in str(caught.value)
    assert not (cache / "arrays").exists()


@pytest.mark.parametrize("damage", ["no zip", "empty", "cut", "flipped"])
def test_damaged_archive(damage, course):
    path = put_dogs(course)
    content = bytearray(path.read_bytes())
    if damage == "no zip":
        content = b"<html>Sign in</html>"
    elif damage == "empty":
        content = b""
    elif damage == "cut":
        content = content[:-100]
    else:
        content[200] ^= 255  # in the first picture: its checksum no longer fits
    path.write_bytes(content)
    with pytest.raises(data.DataError, match=r"dogs-vs-cats\.zip is damaged.*unset COURSE_DATA"):
        data.load("dogs-vs-cats")


def test_encrypted_archive(course):
    path = put_dogs(course)
    content = bytearray(path.read_bytes())
    for marker, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.index(marker) + offset
        content[at] |= 1  # the flag of an encrypted member
    path.write_bytes(content)
    with pytest.raises(data.DataError, match=r"dogs-vs-cats\.zip.*password"):
        data.load("dogs-vs-cats")


def test_archive_without_pictures(cache):
    cache.mkdir()
    path = cache / "dogs-vs-cats.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("README", "nothing")
    with pytest.raises(data.DataError, match=r"dogs-vs-cats\.zip holds no pictures"):
        data.load("dogs-vs-cats")
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("train.zip", b"")
        file.writestr("test1.zip", b"")
    with pytest.raises(data.DataError, match=r"holds the archive train\.zip: save that one as dogs-vs-cats\.zip"):
        data.load("dogs-vs-cats")


def test_archive_with_too_few_pictures_of_a_class(cache):
    put_dogs(cache, n=4)
    with pytest.raises(data.DataError, match="4 pictures of the class 'cat'"):
        data.load("dogs-vs-cats")


def test_archive_with_too_many_pictures(cache, monkeypatch):
    put_dogs(cache)
    monkeypatch.setattr(pictures, "MOST_PICTURES", 9)
    with pytest.raises(data.DataError, match="10 pictures, more than 9"):
        data.load("dogs-vs-cats")


def test_pictures_are_decoded_once(cache, monkeypatch):
    put_dogs(cache)
    first = data.load("dogs-vs-cats")
    monkeypatch.setattr(pictures, "read_archive", None)
    again = data.load("dogs-vs-cats")
    for part in ("X_train", "y_train", "X_test", "y_test"):
        np.testing.assert_array_equal(getattr(again, part), getattr(first, part))
        assert getattr(again, part).flags.writeable
        getattr(again, part)[...] = 0
    assert data.load("dogs-vs-cats").X_train.any()


def test_archive_of_another_size_is_read_again(cache):
    state = put_dogs(cache).stat()
    assert len(data.load("dogs-vs-cats").y_train) == 8
    os.utime(put_dogs(cache, n=6), ns=(state.st_atime_ns, state.st_mtime_ns))
    assert len(data.load("dogs-vs-cats").y_train) == 9


def test_archive_of_another_time_is_read_again(cache):
    path = put_dogs(cache)
    state = path.stat()
    before = data.load("dogs-vs-cats")
    # Cats become dogs and dogs cats, in as many bytes.
    content = path.read_bytes().replace(b"cat.", b"tmp.").replace(b"dog.", b"cat.").replace(b"tmp.", b"dog.")
    path.write_bytes(content)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns + 10**9))
    assert path.stat().st_size == state.st_size
    after = data.load("dogs-vs-cats")
    assert before.X_train[before.y_train == 0].max() < 100 < after.X_train[after.y_train == 0].min()


def test_arrays_of_another_conversion_are_made_again(cache, monkeypatch):
    put_dogs(cache)
    data.load("dogs-vs-cats")
    monkeypatch.setattr(pictures, "CONVERSION", pictures.CONVERSION + 1)
    monkeypatch.setattr(pictures, "SIDE", 32)
    assert data.load("dogs-vs-cats").X_train.shape == (8, 32, 32)


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_damaged_cache_is_made_again(content, cache):
    put_dogs(cache)
    first = data.load("dogs-vs-cats")
    cached = cache / "arrays" / "dogs-vs-cats.npz"
    good = cached.read_bytes()
    cached.write_bytes(good[: len(good) // 2] if content is None else content)
    np.testing.assert_array_equal(data.load("dogs-vs-cats").X_train, first.X_train)
    assert cached.read_bytes() == good
    assert [path.name for path in cached.parent.iterdir()] == [cached.name]


def test_cache_that_cannot_be_written_is_no_error(cache, course, capsys):
    put_dogs(course)
    cache.write_text("a file where the folder should be")
    assert len(data.load("dogs-vs-cats").y_train) == 8
    assert capsys.readouterr() == ("", "")


def test_failed_write_leaves_nothing_behind(cache, monkeypatch):
    put_dogs(cache)

    def full_disk(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full_disk)
    assert len(data.load("dogs-vs-cats").y_train) == 8
    assert list((cache / "arrays").iterdir()) == []
