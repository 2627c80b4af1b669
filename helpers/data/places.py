"""Where data sets may lie: the folder that `COURSE_DATA` names, then the per-user cache."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import pooch

from .catalogue import SOURCES

VARIABLE = "COURSE_DATA"
SAMPLE_ALONE = "sample"


class DataError(ValueError):
    """A data set is missing or damaged; the message names the file and says what to do."""


class Place(NamedTuple):
    """A folder with torchvision's layout, and the short word that `Dataset.origin` reports for it."""

    origin: str
    folder: Path

    def remedy(self, name: str) -> str:
        """Say how to replace a bad file of the data set `name` here."""
        if self.origin == "cache":
            return f"delete it, then fetch it anew: data.download({name!r}) or by hand"
        return f"put a good copy in its place, or unset {VARIABLE}"


def cache_folder() -> Path:
    """Return the per-user cache folder, which need not exist."""
    return Path(pooch.os_cache("deep-learning-course"))


def sample_alone() -> bool:
    """Tell whether `COURSE_DATA=sample` restricts the course to what is bundled."""
    return os.environ.get(VARIABLE, "") == SAMPLE_ALONE


def data_folders() -> list[Place]:
    """List the folders to search, in order.

    Returns
    -------
    list of Place
        Empty under `COURSE_DATA=sample`.

    Raises
    ------
    DataError
        If `COURSE_DATA` names something that is no folder, or a folder without any known data.
    """
    cache = Place("cache", cache_folder())
    value = os.environ.get(VARIABLE, "")
    if value == "":
        return [cache]
    if value == SAMPLE_ALONE:
        return []
    folder = Path(value).expanduser().absolute()
    remedy = (
        f"Set {VARIABLE} to the absolute path of a folder that holds the data, to '{SAMPLE_ALONE}' for the bundled "
        "sample, or unset it to use the cache or the sample"
    )
    if not folder.is_dir():
        raise DataError(f"{VARIABLE} is {value!r}, but there is no folder {folder}. {remedy}.")
    if not any(source.present(folder) for source in SOURCES.values()):
        wanted = ", ".join(source.where for source in SOURCES.values())
        raise DataError(
            f"{VARIABLE} is {value!r}, but the folder {folder} holds none of the course's data ({wanted}). {remedy}."
        )
    return [Place(VARIABLE, folder), cache]
