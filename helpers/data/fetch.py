"""Fetching the public originals into the per-user cache."""

from __future__ import annotations

import logging
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pooch

from .catalogue import IDX_FILES, SOURCES, IdxSource, PictureSource
from .pictures import BAD_ARCHIVE
from .places import DataError, cache_folder


def download(name: str) -> Path:
    """Fetch a data set's public original into the per-user cache, with a progress bar.

    Files that are there already and have the published checksum are not fetched again.

    Parameters
    ----------
    name : str
        `mnist`, `fashion-mnist` (about 12 MB and 31 MB, verified by the published MD5 sums) or
        `sign-language-digits` (about 25 MB; its publisher gives no checksum, so the archive's own are verified).

    Returns
    -------
    Path
        The folder that holds the fetched files.

    Raises
    ------
    DataError
        If the set can't be fetched: the message has the address, the target folder and what to put there.
    ValueError
        If there is no data set of that name.
    """
    if name == "iris":
        raise DataError("iris comes with scikit-learn, so there is nothing to download: call data.load('iris').")
    if name not in SOURCES:
        raise ValueError(f"no data set {name!r} can be downloaded; there are {', '.join(sorted(SOURCES))}.")
    source = SOURCES[name]
    if isinstance(source, IdxSource):
        return _download_idx(source)
    return _download_archive(source)


def how_to_get(source: PictureSource) -> str:
    """Say how to get an archive and where to put it."""
    target = cache_folder() / source.archive
    if source.by_hand:
        return f"At {source.address} {source.by_hand}; then save it as {target}."
    return f"data.download({source.name!r}) fetches it; by hand, save {source.address} as {target}."


def _download_idx(source: IdxSource) -> Path:
    folder = cache_folder() / source.folder
    incomplete = cache_folder() / "incomplete" / source.folder  # so that half a set doesn't hide the sample
    files = {f"{stem}.gz": md5 for stem, md5 in zip(IDX_FILES, source.md5, strict=True)}
    missing = {
        file: md5
        for file, md5 in files.items()
        if not (folder / file).is_file() or pooch.file_hash(str(folder / file), alg="md5") != md5
    }
    for file, md5 in missing.items():
        failures = []
        for mirror in source.mirrors:
            try:
                _retrieve(f"{mirror}{file}", incomplete / file, f"md5:{md5}")
                break
            except (OSError, ValueError) as error:
                failures.append(f"{mirror}{file}: {_one_line(error)}")
        else:
            raise DataError(
                f"{source.name} can't be fetched ({'; '.join(failures)}). Without a connection, put the four files "
                f"{', '.join(files)} from {' or '.join(source.mirrors)} into the folder {folder}."
            )
    folder.mkdir(parents=True, exist_ok=True)
    for file in missing:
        (incomplete / file).replace(folder / file)
    return folder


def _download_archive(source: PictureSource) -> Path:
    target = cache_folder() / source.archive
    if source.by_hand:
        raise DataError(f"{source.name} can't be fetched without an account. {how_to_get(source)}")
    try:
        _retrieve(source.address, target, None)
    except (OSError, ValueError) as error:
        raise DataError(
            f"{source.name} can't be fetched ({source.address}: {_one_line(error)}). Without a connection, get "
            f"that archive elsewhere and put it into the folder {target.parent} as {target.name}."
        ) from error
    try:
        with zipfile.ZipFile(target) as archive:
            broken = archive.testzip()
    except BAD_ARCHIVE as error:
        broken = _one_line(error)
    if broken is not None:
        target.unlink()
        raise DataError(
            f"{target} from {source.address} was damaged ({broken}) and has been removed. "
            f"Call data.download({source.name!r}) again."
        )
    return target.parent


def _retrieve(url: str, target: Path, known_hash: str | None) -> None:
    with _quiet_pooch():
        pooch.retrieve(url, known_hash, fname=target.name, path=target.parent, progressbar=True)


@contextmanager
def _quiet_pooch() -> Iterator[None]:
    """Keep pooch's own log lines, which are meant for those who write a registry, from the notebook."""
    logger = pooch.get_logger()
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
