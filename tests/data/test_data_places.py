"""Where helpers.data looks for a set, and what it says where there is none."""

from __future__ import annotations

import pooch
import pytest
from made_files import IDX, put_dogs, put_idx

from helpers import data
from helpers.data.catalogue import SOURCES


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
    monkeypatch.setenv("COURSE_DATA", "elsewhere")
    with pytest.raises(data.DataError, match="'elsewhere', but there is no folder") as caught:
        data.load("mnist")
    assert str(tmp_path / "elsewhere") in str(caught.value)


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
