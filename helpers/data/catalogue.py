"""What is known of each public data set: its files, its classes, where it comes from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from os.path import isfile  # unlike Path.is_file, False where a folder may not be read
from pathlib import Path

IDX_FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


@dataclass(frozen=True)
class IdxSource:
    """A data set of four IDX files, MNIST's format, plain or compressed with gzip.

    Attributes
    ----------
    folder : str
        Where the files lie below a data folder, as torchvision has it.
    mirrors : tuple of str
        Addresses to which a file's name is appended, tried in order.
    md5 : tuple of str
        Checksums of the four published .gz files, in the order of `IDX_FILES`, as torchvision 0.29 lists them.
    """

    name: str
    folder: str
    class_names: tuple[str, ...]
    mirrors: tuple[str, ...]
    md5: tuple[str, ...]

    @property
    def where(self) -> str:
        """What a data folder has to hold."""
        return f"{self.folder}/*-ubyte.gz"

    def file(self, base: Path, stem: str) -> Path | None:
        """Return the path of the IDX file `stem` below `base`, plain or .gz, None where it is missing."""
        candidates = (base / self.folder / stem, base / self.folder / f"{stem}.gz")
        return next((path for path in candidates if isfile(path)), None)

    def present(self, base: Path) -> bool:
        """Tell whether any of the four files is below `base`."""
        return any(self.file(base, stem) for stem in IDX_FILES)

    def complete(self, base: Path) -> bool:
        """Tell whether all four files are below `base`."""
        return all(self.file(base, stem) for stem in IDX_FILES)


@dataclass(frozen=True)
class PictureSource:
    """A data set of JPEG files in one zip archive.

    Attributes
    ----------
    archive : str
        The archive's name in a data folder.
    member : re.Pattern
        Matches the path of a picture in the archive; its group `label` is the picture's class name.
    unit_range : bool
        True: grey levels are float32 in [0, 1]; False: uint8.
    address : str
        Where the archive can be fetched, or the page that offers it.
    by_hand : str
        How to get the archive; empty where `data.download` can fetch it.
    """

    name: str
    archive: str
    class_names: tuple[str, ...]
    member: re.Pattern[str]
    unit_range: bool
    address: str
    by_hand: str = ""

    @property
    def where(self) -> str:
        """What a data folder has to hold."""
        return self.archive

    def present(self, base: Path) -> bool:
        """Tell whether the archive is in `base`."""
        return isfile(base / self.archive)

    complete = present


DIGITS = tuple("0123456789")

SOURCES: dict[str, IdxSource | PictureSource] = {
    source.name: source
    for source in (
        IdxSource(
            name="mnist",
            folder="MNIST/raw",
            class_names=DIGITS,
            mirrors=(
                "https://ossci-datasets.s3.amazonaws.com/mnist/",
                "https://storage.googleapis.com/cvdf-datasets/mnist/",
            ),
            md5=(
                "f68b3c2dcbeaaa9fbdd348bbdeb94873",
                "d53e105ee54ea40749a09fcbcd1e9432",
                "9fb629c4189551a2d022fa330f9573f3",
                "ec29112dd5afa0611ce80d1b7f02629c",
            ),
        ),
        IdxSource(
            name="fashion-mnist",
            folder="FashionMNIST/raw",
            class_names=(
                "T-shirt/top",
                "Trouser",
                "Pullover",
                "Dress",
                "Coat",
                "Sandal",
                "Shirt",
                "Sneaker",
                "Bag",
                "Ankle boot",
            ),
            mirrors=(
                "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
                "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            ),
            md5=(
                "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                "25c81989df183df01b3e8a0aad5dffbe",
                "bef4ecab320f06d8554ea6380940ec79",
                "bb300cfdad3c16e7a12a480ee83cd310",
            ),
        ),
        PictureSource(
            name="sign-language-digits",
            archive="sign-language-digits.zip",
            class_names=DIGITS,
            member=re.compile(r"(?:.*/)?Dataset/(?P<label>[0-9])/[^/.][^/]*\.jpe?g", re.IGNORECASE),
            unit_range=True,
            address="https://github.com/ardamavi/Sign-Language-Digits-Dataset/archive/refs/heads/master.zip",
        ),
        PictureSource(
            name="dogs-vs-cats",
            archive="dogs-vs-cats.zip",
            class_names=("cat", "dog"),
            member=re.compile(r"(?:.*/)?(?P<label>cat|dog)\.[0-9]+\.jpe?g"),
            unit_range=False,
            address="https://www.kaggle.com/c/dogs-vs-cats/data",
            by_hand="sign in with a free Kaggle account, accept the competition's rules and download train.zip",
        ),
    )
}
