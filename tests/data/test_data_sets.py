"""What helpers.data gives: the bundled samples, the full sets where they are at hand, iris."""

from __future__ import annotations

import dataclasses
import gzip
import io
import os
import time
import zipfile
from pathlib import Path

import numpy as np
import pooch
import pytest
from made_files import IDX, every_row, put_idx
from PIL import Image

from helpers import data, make_samples
from helpers.data import pictures
from helpers.data.catalogue import IDX_FILES, SOURCES

REAL = os.environ.get("COURSE_DATA", "")


def needs(name: str) -> pytest.MarkDecorator:
    absent = REAL in ("", "sample") or not SOURCES[name].present(Path(REAL))
    return pytest.mark.skipif(absent, reason=f"COURSE_DATA names no folder with the full {name}")


@pytest.fixture
def real(monkeypatch) -> Path:
    monkeypatch.setenv("COURSE_DATA", REAL)
    return Path(REAL)


@pytest.mark.parametrize(("name", "n_train"), [("mnist", 6000), ("fashion-mnist", 10000)])
def test_sample_is_balanced_and_typed(name, n_train):
    d = data.load(name)
    assert d.name == name and d.origin == "sample"
    assert d.X_train.shape == (n_train, 28, 28) and d.X_test.shape == (1000, 28, 28)
    assert d.X_train.dtype == d.X_test.dtype == np.uint8
    assert d.y_train.shape == (n_train,) and d.y_test.shape == (1000,)
    assert d.y_train.dtype == d.y_test.dtype == np.int64
    assert np.bincount(d.y_train).tolist() == [n_train // 10] * 10
    assert np.bincount(d.y_test).tolist() == [100] * 10
    assert d.X_train.min() == 0 and d.X_train.max() == 255
    assert len(d.class_names) == 10
    # Shuffled: no long runs of one class, so any prefix holds all classes.
    assert len(set(d.y_train[:100])) == len(set(d.y_test[:100])) == 10


def test_class_names():
    assert data.load("mnist").class_names == tuple("0123456789")
    names = data.load("fashion-mnist").class_names
    assert names[0] == "T-shirt/top" and names[5] == "Sandal" and names[9] == "Ankle boot"


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "iris"])
def test_arrays_are_fresh_and_writable(name):
    first, again = data.load(name), data.load(name)
    for part in ("X_train", "y_train", "X_test", "y_test"):
        before = getattr(again, part).copy()
        getattr(first, part)[...] = 0
        np.testing.assert_array_equal(getattr(again, part), before)
        np.testing.assert_array_equal(getattr(data.load(name), part), before)


def test_dataset_is_frozen_and_says_its_size():
    d = data.load("mnist")
    with pytest.raises(dataclasses.FrozenInstanceError):
        d.X_train = d.X_test
    assert repr(d) == "<Dataset mnist (sample): 6000 + 1000 samples, X uint8 (28, 28), 10 classes>"


def test_sample_loads_quickly():
    def seconds() -> float:
        start = time.perf_counter()
        data.load("fashion-mnist")
        return time.perf_counter() - start

    assert min(seconds() for _ in range(5)) < 0.3


@pytest.mark.parametrize("name", list(make_samples.RECIPES))
def test_sample_has_the_stated_checksums(name):
    with np.load(make_samples.FOLDER / f"{name}.npz") as file:
        assert {part: make_samples.sha256(file[part]) for part in file.files} == make_samples.RECIPES[name].sha256
        assert all(file[part].dtype == np.uint8 for part in file.files)


def test_samples_are_small_and_state_their_licences():
    assert sum(path.stat().st_size for path in make_samples.FOLDER.iterdir()) < 7e6
    text = (make_samples.FOLDER / "README.md").read_text()
    assert "CC BY-SA 3.0" in text and "The MIT License" in text


@pytest.mark.parametrize("damage", ["missing", "truncated", "flipped", "stream"])
def test_damaged_sample(damage, tmp_path, monkeypatch):
    monkeypatch.setattr(data, "SAMPLES", tmp_path)
    content = bytearray((make_samples.FOLDER / "mnist.npz").read_bytes())
    if damage == "truncated":
        (tmp_path / "mnist.npz").write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        content[len(content) // 2] ^= 255
        (tmp_path / "mnist.npz").write_bytes(content)
    elif damage == "stream":
        start = 30 + int.from_bytes(content[26:28], "little") + int.from_bytes(content[28:30], "little")
        content[start] |= 6  # a block of a type that deflate doesn't have
        (tmp_path / "mnist.npz").write_bytes(content)
    with pytest.raises(data.DataError, match=r"mnist\.npz is missing or damaged .* Install the package anew"):
        data.load("mnist")


@pytest.mark.parametrize("name", [pytest.param(name, marks=needs(name)) for name in IDX])
def test_sample_is_what_its_script_makes(name, real, tmp_path):
    arrays = make_samples.build(name)
    with np.load(make_samples.FOLDER / f"{name}.npz") as file:
        assert sorted(file.files) == sorted(arrays)
        for part in arrays:
            np.testing.assert_array_equal(file[part], arrays[part])
    make_samples.write(tmp_path / "a.npz", arrays)
    with zipfile.ZipFile(tmp_path / "a.npz") as file:
        assert {member.date_time for member in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("name", [pytest.param(name, marks=needs(name)) for name in IDX])
def test_sample_parts_come_from_the_published_parts(name, real, monkeypatch):
    full = data.load(name)
    monkeypatch.setenv("COURSE_DATA", "sample")
    sample = data.load(name)

    def rows(X, y):
        return [image.tobytes() + bytes([label]) for image, label in zip(X, y, strict=True)]

    for part in ("train", "test"):
        published = set(rows(getattr(full, f"X_{part}"), getattr(full, f"y_{part}")))
        assert published.issuperset(rows(getattr(sample, f"X_{part}"), getattr(sample, f"y_{part}")))


def test_samples_are_not_made_from_samples_or_from_other_data(cache):
    with pytest.raises(data.DataError, match="full set mnist isn't here"):
        make_samples.build("mnist")
    put_idx(cache)
    with pytest.raises(data.DataError, match="isn't the published one"):
        make_samples.build("mnist")


@needs("mnist")
def test_full_mnist(real):
    d = data.load("mnist")
    assert d.origin == "COURSE_DATA"
    assert d.X_train.shape == (60000, 28, 28) and d.X_test.shape == (10000, 28, 28)
    assert d.X_train.dtype == np.uint8 and d.y_train.dtype == np.int64
    assert d.X_train.flags.writeable and d.y_test.flags.writeable
    # Counts and first labels as published widely.
    assert np.bincount(d.y_train).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(d.y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert d.y_train[:5].tolist() == [5, 0, 4, 1, 9] and d.y_test[:5].tolist() == [7, 2, 1, 0, 4]
    assert d.X_train.mean() / 255 == pytest.approx(0.1307, abs=1e-4)


@needs("fashion-mnist")
def test_full_fashion_mnist(real):
    d = data.load("fashion-mnist")
    assert np.bincount(d.y_train).tolist() == [6000] * 10 and np.bincount(d.y_test).tolist() == [1000] * 10
    assert d.y_train[:5].tolist() == [9, 0, 0, 3, 0]
    assert d.X_train.mean() / 255 == pytest.approx(0.2860, abs=1e-4)


@needs("mnist")
def test_full_mnist_equals_torchvision(real):
    from torchvision.datasets.mnist import read_image_file, read_label_file

    d = data.load("mnist")
    folder = real / IDX["mnist"]
    for stem, ours in zip(IDX_FILES, (d.X_train, d.y_train, d.X_test, d.y_test), strict=True):
        plain = cache_copy(folder / f"{stem}.gz")
        theirs = read_image_file(plain) if ours.ndim == 3 else read_label_file(plain)
        np.testing.assert_array_equal(ours, theirs.numpy())


def cache_copy(packed: Path) -> str:
    """Unpack a .gz file into the (temporary) cache and return its path."""
    plain = Path(pooch.os_cache("deep-learning-course")) / packed.stem
    plain.parent.mkdir(exist_ok=True)
    plain.write_bytes(gzip.decompress(packed.read_bytes()))
    return str(plain)


@needs("sign-language-digits")
def test_sign_language_digits(real):
    d = data.load("sign-language-digits")
    assert d.X_train.shape == (1649, 64, 64) and d.X_test.shape == (413, 64, 64)
    assert d.X_train.dtype == d.X_test.dtype == np.float32
    assert d.y_train.dtype == np.int64 and d.class_names == tuple("0123456789")
    X = every_row(d)
    assert X.min() >= 0 and X.max() <= 1 and X.max() > 0.9
    train, test = np.bincount(d.y_train), np.bincount(d.y_test)
    assert (train + test).tolist() == [205, 206, 206, 206, 207, 207, 207, 206, 208, 204]
    assert np.abs(test - 41.3).max() < 1
    # The wrist is at the lower edge of an upright picture: the dark skin touches it, and the upper edge seldom.
    assert (X[:, -1].min(axis=1) < X[:, 0].min(axis=1)).mean() > 0.9


@needs("sign-language-digits")
def test_sign_language_pictures_that_lie_on_their_side_are_turned(real):
    """Three of the sevens are stored sideways, with the turn in their EXIF data."""
    archive = real / "sign-language-digits.zip"
    with zipfile.ZipFile(archive) as file:
        content = file.read("Sign-Language-Digits-Dataset-master/Dataset/7/IMG_5874.JPG")
    with Image.open(io.BytesIO(content)) as image:
        assert image.getexif()[0x0112] == 6  # EXIF tag Orientation: turn by 90 degrees clockwise
        sideways = np.asarray(image.convert("L").resize((64, 64), Image.Resampling.BOX), dtype=float)
    seen = pictures._decode(content, "IMG_5874.JPG", "").astype(float)
    assert np.abs(seen - np.rot90(sideways, -1)).mean() < 2
    assert np.abs(seen - sideways).mean() > 10


@needs("dogs-vs-cats")
def test_dogs_vs_cats(real):
    d = data.load("dogs-vs-cats")
    assert d.X_train.shape[1:] == d.X_test.shape[1:] == (64, 64)
    assert d.X_train.dtype == d.X_test.dtype == np.uint8 and d.y_test.dtype == np.int64
    assert d.class_names == ("cat", "dog")
    counts = np.bincount(d.y_train) + np.bincount(d.y_test)
    with zipfile.ZipFile(real / "dogs-vs-cats.zip") as file:
        names = [Path(name).name for name in file.namelist()]
    assert counts.tolist() == [sum(name.startswith(label) for name in names) for label in ("cat.", "dog.")]
    assert len(d.y_test) == pytest.approx(0.2 * counts.sum(), abs=1)
    assert every_row(d).std() > 40


def test_iris():
    from sklearn.datasets import load_iris

    d = data.load("iris")
    assert d.origin == "scikit-learn" and d.class_names == ("setosa", "versicolor", "virginica")
    assert d.X_train.shape == (120, 4) and d.X_test.shape == (30, 4) and d.X_train.dtype == np.float64
    assert d.y_train.dtype == d.y_test.dtype == np.int64
    assert np.bincount(d.y_train).tolist() == [40] * 3 and np.bincount(d.y_test).tolist() == [10] * 3
    assert d.feature_names == (
        "sepal length (cm)",
        "sepal width (cm)",
        "petal length (cm)",
        "petal width (cm)",
    )
    bunch = load_iris()
    ours = np.column_stack([every_row(d), np.concatenate([d.y_train, d.y_test])])
    assert sorted(map(tuple, ours)) == sorted(map(tuple, np.column_stack([bunch.data, bunch.target])))
