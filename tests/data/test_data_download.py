"""Downloading, against a server that lives in the test."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import io
import logging

import pooch
import pytest
import requests
from made_files import IDX, idx_arrays, idx_bytes, put_dogs

from helpers import data
from helpers.data.catalogue import IDX_FILES, SOURCES


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
    assert "100%" in printed.err and printed.out == ""
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
    logged = io.StringIO()
    handler = logging.StreamHandler(logged)
    monkeypatch.setattr(pooch.get_logger(), "level", logging.INFO)
    pooch.get_logger().addHandler(handler)
    try:
        assert data.download(source.name) == cache
    finally:
        pooch.get_logger().removeHandler(handler)
    assert pooch.get_logger().level == logging.INFO
    assert logged.getvalue() == "", "pooch's advice to write a registry is no concern of the reader"
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
