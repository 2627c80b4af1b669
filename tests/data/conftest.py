"""Every test of helpers.data starts with an empty cache, without COURSE_DATA and without a connection."""

from __future__ import annotations

from pathlib import Path

import pooch
import pytest
import requests


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
