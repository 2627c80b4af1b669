"""helpers.data: what it gives, where it looks, and what it says about files that are missing or damaged."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import io
import os
import time
import zipfile
from pathlib import Path

import numpy as np
import pooch
import pytest
import requests
from PIL import Image

from helpers import data, make_samples
from helpers.data import pictures
from helpers.data.catalogue import IDX_FILES, SOURCES

REAL = os.environ.get("COURSE_DATA", "")


def needs(name: str) -> pytest.MarkDecorator:
    absent = REAL in ("", "sample") or not SOURCES[name].present(Path(REAL))
    return pytest.mark.skipif(absent, reason=f"COURSE_DATA names no folder with the full {name}")


IDX = {"mnist": "MNIST/raw", "fashion-mnist": "FashionMNIST/raw"}


def offline(url, **_):
    raise requests.exceptions.ConnectionError(f"no route to {url}")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    """An empty cache, COURSE_DATA unset, no connection."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(pooch, "os_cache", lambda project: folder)
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setattr(requests, "get", offline)
    return folder


@pytest.fixture
def course(tmp_path, monkeypatch) -> Path:
    """An empty folder that COURSE_DATA names."""
    folder = tmp_path / "course"
    folder.mkdir()
    monkeypatch.setenv("COURSE_DATA", str(folder))
    return folder


@pytest.fixture
def real(monkeypatch) -> Path:
    monkeypatch.setenv("COURSE_DATA", REAL)
    return Path(REAL)


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


# The bundled samples


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


@pytest.mark.parametrize("damage", ["missing", "truncated", "flipped"])
def test_damaged_sample(damage, tmp_path, monkeypatch):
    monkeypatch.setattr(data, "SAMPLES", tmp_path)
    content = bytearray((make_samples.FOLDER / "mnist.npz").read_bytes())
    if damage == "truncated":
        (tmp_path / "mnist.npz").write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        content[len(content) // 2] ^= 255
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


# The full sets


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


# Where it looks


def test_unknown_name():
    for function in (data.load, data.available, data.download):
        with pytest.raises(ValueError, match="'mnits'.* mnist"):
            function("mnits")


def test_course_data_comes_before_the_cache_and_the_cache_before_the_sample(cache, tmp_path, monkeypatch):
    assert data.load("mnist").origin == "sample"
    put_idx(cache)
    assert data.load("mnist").origin == "cache"
    put_idx(tmp_path / "course")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "course"))
    assert data.load("mnist").origin == "COURSE_DATA"
    assert data.load("fashion-mnist").origin == "sample"
    put_idx(cache, "fashion-mnist")
    assert data.load("fashion-mnist").origin == "cache"


def test_course_data_may_be_relative_or_empty(tmp_path, monkeypatch):
    put_idx(tmp_path / "course")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_DATA", "course")
    assert data.load("mnist").origin == "COURSE_DATA"
    monkeypatch.setenv("COURSE_DATA", "")
    assert data.load("mnist").origin == "sample"


def test_cache_that_cannot_be_looked_into_counts_as_empty(tmp_path, monkeypatch):
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / ("x" * 300))  # longer than a name may be
    assert data.load("mnist").origin == "sample" and not data.available("dogs-vs-cats")


def test_course_data_sample_ignores_the_cache(cache, monkeypatch):
    put_idx(cache)
    put_dogs(cache)
    assert data.available("dogs-vs-cats")
    monkeypatch.setenv("COURSE_DATA", "sample")
    assert data.load("mnist").origin == "sample" and data.load("iris").origin == "scikit-learn"
    assert data.available("mnist") and not data.available("dogs-vs-cats")
    with pytest.raises(data.DataError, match=r"COURSE_DATA=sample .*Unset COURSE_DATA.*dogs-vs-cats\.zip"):
        data.load("dogs-vs-cats")


@pytest.mark.parametrize("kind", ["missing", "file", "without data"])
@pytest.mark.parametrize("function", [data.load, data.available])
def test_wrong_course_data(kind, function, course, monkeypatch):
    path = course if kind == "without data" else course / "x"
    if kind == "file":
        path.write_text("no folder")
    monkeypatch.setenv("COURSE_DATA", str(path))
    reason = "holds none of the course's data" if kind == "without data" else "there is no folder"
    with pytest.raises(data.DataError, match=f"COURSE_DATA is .*{reason} .*Set COURSE_DATA to"):
        function("mnist")


def test_available(cache, course):
    put_dogs(course)
    assert data.available("dogs-vs-cats") and data.available("iris") and data.available("mnist")
    assert not data.available("sign-language-digits")
    put_idx(course)
    assert data.available("mnist")
    (course / IDX["mnist"] / "t10k-labels-idx1-ubyte.gz").unlink()
    assert not data.available("mnist")


@pytest.mark.parametrize("name", ["sign-language-digits", "dogs-vs-cats"])
def test_missing_archive_says_where_to_get_it_and_where_to_put_it(name, cache, course):
    put_idx(course)
    with pytest.raises(data.DataError) as caught:
        data.load(name)
    message = str(caught.value)
    assert f"no {name}.zip in {course} or {cache}" in message
    assert SOURCES[name].address in message and f"as {cache / name}.zip" in message


# IDX files


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


@pytest.mark.parametrize("damage", ["no gzip", "cut", "flipped", "checksum"])
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
    else:
        content[-8] ^= 255  # the CRC
    path.write_bytes(content)
    with pytest.raises(data.DataError, match=r"train-images-idx3-ubyte\.gz is damaged.*unset COURSE_DATA"):
        data.load("mnist")


# Archives of pictures


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
                file.writestr(f"Any-Name/Dataset/{digit}/IMG_{i}.JPG", jpeg(20 * digit))
            file.writestr(f"__MACOSX/Any-Name/Dataset/{digit}/._IMG_0.JPG", b"no picture")
            file.writestr(f"Any-Name/Examples/example_{digit}.JPG", jpeg(255))
    d = data.load("sign-language-digits")
    assert d.X_train.dtype == d.X_test.dtype == np.float32
    assert len(d.y_train) == 40 and np.bincount(d.y_test).tolist() == [1] * 10
    expected = 20 * np.concatenate([d.y_train, d.y_test]) / 255
    np.testing.assert_allclose(every_row(d).mean(axis=(1, 2)), expected, atol=1.5 / 255)


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


# The cache of arrays


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


def test_changed_archive_is_read_again(cache):
    path = put_dogs(cache)
    before = data.load("dogs-vs-cats")
    put_dogs(cache, n=6)
    assert len(data.load("dogs-vs-cats").y_train) == 9
    # The same size, another time and content.
    put_dogs(cache)
    content, state = path.read_bytes(), path.stat()
    with zipfile.ZipFile(path) as file:
        cat, dog = file.getinfo("train/cat.4.jpg"), file.getinfo("train/dog.4.jpg")
    assert cat.CRC != dog.CRC
    swapped = content.replace(b"cat.4", b"tmp.4").replace(b"dog.4", b"cat.4").replace(b"tmp.4", b"dog.4")
    path.write_bytes(swapped)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns + 10**9))
    assert path.stat().st_size == state.st_size
    after = data.load("dogs-vs-cats")
    assert after.X_train.shape == before.X_train.shape
    cats = np.concatenate([after.X_train[after.y_train == 0], after.X_test[after.y_test == 0]])
    assert cats.mean(axis=(1, 2)).max() > 200


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


# Downloading


class Server:
    """Answers requests.get from a dict of contents; everything else is 404."""

    def __init__(self, contents: dict[str, bytes]):
        self.contents = contents
        self.asked = []

    def __call__(self, url, **_):
        self.asked.append(url)
        answer = requests.Response()
        answer.url = url
        answer.status_code = 200 if url in self.contents else 404
        content = self.contents.get(url, b"")
        answer.raw = io.BytesIO(content)
        answer.headers["content-length"] = str(len(content))
        return answer


@pytest.fixture
def small_mnist(monkeypatch) -> dict[str, bytes]:
    """The catalogue's MNIST replaced by a small one; returns its four files."""
    files = {f"{stem}.gz": gzip.compress(idx_bytes(array), mtime=0) for stem, array in idx_arrays().items()}
    md5 = tuple(hashlib.md5(content).hexdigest() for content in files.values())
    monkeypatch.setitem(SOURCES, "mnist", dataclasses.replace(SOURCES["mnist"], md5=md5))
    return files


def test_checksums_are_those_that_torchvision_lists():
    from torchvision.datasets import MNIST, FashionMNIST

    for name, theirs in (("mnist", MNIST), ("fashion-mnist", FashionMNIST)):
        source = SOURCES[name]
        assert list(zip([f"{stem}.gz" for stem in IDX_FILES], source.md5, strict=True)) == theirs.resources
        assert set(source.mirrors) & set(theirs.mirrors)
        assert all(mirror.endswith("/") for mirror in source.mirrors)


def test_download_fills_the_cache_with_a_progress_bar(cache, small_mnist, monkeypatch, capfd):
    mirror = SOURCES["mnist"].mirrors[0]
    server = Server({mirror + file: content for file, content in small_mnist.items()})
    monkeypatch.setattr(requests, "get", server)
    assert data.download("mnist") == cache / IDX["mnist"]
    printed = capfd.readouterr()
    assert "100%" in printed.err and "SHA256" not in printed.err and printed.out == ""
    d = data.load("mnist")
    assert d.origin == "cache" and len(d.y_train) == 30
    assert len(server.asked) == 4
    data.download("mnist")
    assert len(server.asked) == 4
    damaged = cache / IDX["mnist"] / "t10k-labels-idx1-ubyte.gz"
    damaged.write_bytes(b"damaged")
    data.download("mnist")
    assert server.asked[4:] == [mirror + damaged.name]
    assert len(data.load("mnist").y_test) == 20


def test_download_tries_the_second_mirror(small_mnist, monkeypatch):
    first, second = SOURCES["mnist"].mirrors
    contents = {second + file: content for file, content in small_mnist.items()}
    contents[first + "train-labels-idx1-ubyte.gz"] = b"not what was published"
    monkeypatch.setattr(requests, "get", Server(contents))
    data.download("mnist")
    assert data.load("mnist").origin == "cache"


def test_interrupted_download_does_not_hide_the_sample(cache, small_mnist, monkeypatch):
    mirror = SOURCES["mnist"].mirrors[0]
    contents = {mirror + file: content for file, content in small_mnist.items()}
    last = contents.popitem()
    server = Server(contents)
    monkeypatch.setattr(requests, "get", server)
    with pytest.raises(data.DataError, match=r"t10k-labels-idx1-ubyte\.gz.*404"):
        data.download("mnist")
    assert data.load("mnist").origin == "sample"
    # A second attempt fetches only what is still missing.
    contents.update([last])
    server.asked.clear()
    data.download("mnist")
    assert server.asked == [last[0]]
    assert data.load("mnist").origin == "cache"


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "sign-language-digits"])
def test_offline_download(name, cache):
    with pytest.raises(data.DataError) as caught:
        data.download(name)
    message, source = str(caught.value), SOURCES[name]
    assert f"{name} can't be fetched" in message and "no route to" in message and "\n" not in message
    if name in IDX:
        assert all(mirror in message for mirror in source.mirrors)
        assert all(f"{stem}.gz" in message for stem in IDX_FILES)
        assert f"into the folder {cache / IDX[name]}" in message
        assert data.load(name).origin == "sample"
    else:
        assert source.address in message and f"into the folder {cache} as {name}.zip" in message


def test_download_of_an_archive(cache, tmp_path, monkeypatch):
    source = SOURCES["sign-language-digits"]
    good = put_dogs(tmp_path / "other").read_bytes()
    monkeypatch.setattr(requests, "get", Server({source.address: good}))
    assert data.download(source.name) == cache
    assert (cache / source.archive).read_bytes() == good


@pytest.mark.parametrize("damage", ["html", "flipped"])
def test_damaged_download_of_an_archive_is_removed(damage, cache, tmp_path, monkeypatch):
    source = SOURCES["sign-language-digits"]
    content = bytearray(put_dogs(tmp_path / "other").read_bytes())
    content[200] ^= 255
    if damage == "html":
        content = b"<html>"
    monkeypatch.setattr(requests, "get", Server({source.address: bytes(content)}))
    with pytest.raises(data.DataError, match=r"sign-language-digits\.zip .* was damaged .* has been removed"):
        data.download(source.name)
    assert not (cache / source.archive).exists()


def test_download_where_there_is_nothing_to_fetch(cache):
    with pytest.raises(data.DataError, match=r"account.*kaggle\.com.*train\.zip") as caught:
        data.download("dogs-vs-cats")
    assert f"save it as {cache / 'dogs-vs-cats.zip'}" in str(caught.value)
    with pytest.raises(data.DataError, match="iris comes with scikit-learn"):
        data.download("iris")
