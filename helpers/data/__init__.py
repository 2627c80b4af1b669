"""Real data for the lessons: arrays in one simple shape, with or without a connection.

    from helpers import data

    d = data.load("mnist")
    d.X_train, d.y_train, d.X_test, d.y_test, d.class_names

==========================  ==========================  =====================================  ==================
name                        X                           y                                      without downloading
==========================  ==========================  =====================================  ==================
``mnist``                   uint8 (n, 28, 28)           digit 0 to 9                           6,000 + 1,000
``fashion-mnist``           uint8 (n, 28, 28)           article of clothing 0 to 9             10,000 + 1,000
``sign-language-digits``    float32 (n, 64, 64) in 0–1  digit that the hand shows, 0 to 9      no
``dogs-vs-cats``            uint8 (n, 64, 64)           cat 0, dog 1                           no
``iris``                    float64 (n, 4) in cm        species 0 to 2                         120 + 30, all
==========================  ==========================  =====================================  ==================

A set is taken from the folder that the environment variable `COURSE_DATA` names, else from the per-user cache that
`download` fills, else from the sample in this package. `COURSE_DATA=sample` means the sample and iris alone. A data
folder has torchvision's layout: `MNIST/raw/` and `FashionMNIST/raw/` with the four IDX files each, plain or .gz, and
beside them the archives `sign-language-digits.zip` and `dogs-vs-cats.zip`.
"""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .catalogue import SOURCES, IdxSource
from .fetch import download, how_to_get
from .idx import read_split
from .pictures import load_pictures, split
from .places import SAMPLE_ALONE, VARIABLE, DataError, Place, data_folders, sample_alone

__all__ = ["NAMES", "DataError", "Dataset", "available", "download", "load"]

NAMES = (*SOURCES, "iris")
SAMPLES = Path(__file__).parents[1] / "samples"


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """A data set, split into a training and a test part.

    Attributes
    ----------
    name : str
        As given to `load`.
    origin : str
        Where it was found: `COURSE_DATA`, `cache`, `sample`, or `scikit-learn` for iris.
    X_train, X_test : array (n, ...)
        Samples are rows; shape and dtype are in the table of this module.
    y_train, y_test : array of int64 (n,)
        The labels, 0 to `len(class_names) - 1`.
    class_names : tuple of str
    feature_names : tuple of str
        The names of X's columns for iris; empty for pictures.
    """

    name: str
    origin: str
    X_train: np.ndarray
    y_train: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    class_names: tuple[str, ...]
    feature_names: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Sizes instead of numbers, the same on every machine."""
        return (
            f"<Dataset {self.name} ({self.origin}): {len(self.X_train)} + {len(self.X_test)} samples, "
            f"X {self.X_train.dtype} {self.X_train.shape[1:]}, {len(self.class_names)} classes>"
        )


def load(name: str) -> Dataset:
    """Load a data set, without downloading.

    MNIST and Fashion-MNIST keep their published split; the sample's two parts come from the published ones, as many
    of each class. The other sets are split 80 % to 20 %, stratified by class, with a fixed seed. The pictures of
    the archives are turned upright, made grey and scaled to 64x64 (proportions not kept); the arrays made are kept
    in the per-user cache until the archive's size or time changes.

    Parameters
    ----------
    name : str
        `mnist`, `fashion-mnist`, `sign-language-digits`, `dogs-vs-cats` or `iris`.

    Returns
    -------
    Dataset
        With arrays of its own at every call, which may be changed.

    Raises
    ------
    DataError
        If the set is not here, a file of it is damaged or missing, or `COURSE_DATA` names no data folder.
    ValueError
        If there is no data set of that name.
    """
    _check_name(name)
    if name == "iris":
        return _load_iris()
    source = SOURCES[name]
    for place in data_folders():
        if source.present(place.folder):
            read = _read_full if isinstance(source, IdxSource) else load_pictures
            arrays = read(source, place)
            return Dataset(name, place.origin, class_names=source.class_names, **arrays)
    if isinstance(source, IdxSource):
        return Dataset(name, "sample", class_names=source.class_names, **_read_sample(name))
    if sample_alone():
        raise DataError(
            f"{VARIABLE}={SAMPLE_ALONE} allows the bundled sample and iris alone, and {name} isn't bundled. "
            f"Unset {VARIABLE} or set it to a folder that holds {source.archive}."
        )
    folders = " or ".join(str(place.folder) for place in data_folders())
    raise DataError(f"{name} isn't here: there is no {source.archive} in {folders}. {how_to_get(source)}")


def available(name: str) -> bool:
    """Tell whether `load(name)` finds all of its files here, without downloading.

    Damage inside a file is found by `load` alone.

    Parameters
    ----------
    name : str
        As for `load`.

    Returns
    -------
    bool

    Raises
    ------
    DataError
        If `COURSE_DATA` names no data folder.
    ValueError
        If there is no data set of that name.
    """
    _check_name(name)
    if name == "iris":
        return True
    source = SOURCES[name]
    for place in data_folders():
        if source.present(place.folder):
            return source.complete(place.folder)
    return isinstance(source, IdxSource)


def _check_name(name: str) -> None:
    if name not in NAMES:
        raise ValueError(f"there is no data set {name!r}; choose one of {', '.join(NAMES)}.")


def _read_full(source: IdxSource, place: Place) -> dict[str, np.ndarray]:
    X_train, y_train = read_split(source, place, "train")
    X_test, y_test = read_split(source, place, "t10k")
    return {"X_train": X_train, "y_train": y_train, "X_test": X_test, "y_test": y_test}


def _read_sample(name: str) -> dict[str, np.ndarray]:
    path = SAMPLES / f"{name}.npz"
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {part: file[part] for part in ("X_train", "y_train", "X_test", "y_test")}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(
            f"the bundled sample {path} is missing or damaged ({error}). Install the package anew, or take the file "
            "from the repository again."
        ) from error
    return {part: array.astype(np.int64) if part.startswith("y") else array for part, array in arrays.items()}


def _load_iris() -> Dataset:
    from sklearn.datasets import load_iris  # slow to import, and needed for this set alone

    bunch = load_iris()
    X_train, X_test, y_train, y_test = split(bunch.data.astype(np.float64), bunch.target.astype(np.int64))
    names = tuple(str(name) for name in bunch.target_names)
    return Dataset("iris", "scikit-learn", X_train, y_train, X_test, y_test, names, tuple(bunch.feature_names))
