"""Make the bundled samples of MNIST and Fashion-MNIST from the full sets: `python -m helpers.make_samples`.

The full sets are taken from `COURSE_DATA` or the cache. For each class as many images are drawn without replacement,
training images from the published training files, test images from the test files, and then shuffled. Images and
labels stay exactly as published.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from helpers import data

FOLDER = Path(__file__).parent / "samples"
SEED = 0


@dataclass(frozen=True)
class Recipe:
    """How many images of each class a sample has, and the SHA-256 sums of its arrays' bytes (all are uint8)."""

    train_per_class: int
    test_per_class: int
    sha256: dict[str, str]


RECIPES = {
    "mnist": Recipe(
        600,
        100,
        {
            "X_train": "c48e629a43ec200ace7c2d1b11383c682f8393287e87cd225735e9c16d662906",
            "y_train": "830e39d5b41fd6d87a4ac72e5f4c7490ad377851704725123b300bd7873142f1",
            "X_test": "1f0060d7df11de8ba811a8fe44cd5c3867e90067b9c1952996c5a862435299de",
            "y_test": "7212b89ae14392bb319fe12a4a049cb3c61fa1502d745f9fc6cb78ed64544cd4",
        },
    ),
    "fashion-mnist": Recipe(
        1000,
        100,
        {
            "X_train": "e2a29ecc608c326bc62f1a28e3e2339e61e3b7aa4fa592ec3544d79647cad2a7",
            "y_train": "8768a494d13bc50f6fe2e900d86762f5a9fc634cea31741dcd350259b62ef203",
            "X_test": "446a8f55d3105b4b365fb8f0c2f0b97ea1ac0cfeb88b515865c0f3a9bb0ff9b2",
            "y_test": "9fbc32628db4219b72371f005c83541256197e04c826e9248cab979d038f411d",
        },
    ),
}


def draw(X: np.ndarray, y: np.ndarray, per_class: int, rng: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
    """Draw a balanced sample without replacement, in random order.

    Parameters
    ----------
    X : array (n, ...)
    y : array of int (n,)
    per_class : int
        How many rows of each class.
    rng : numpy.random.RandomState
        NumPy promises that its stream never changes (NEP 19), which it doesn't for Generator.

    Returns
    -------
    X, y : arrays of per_class * (number of classes) rows
    """
    chosen = np.concatenate([rng.permutation(np.flatnonzero(y == label))[:per_class] for label in np.unique(y)])
    chosen = rng.permutation(chosen)
    return X[chosen], y[chosen]


def build(name: str) -> dict[str, np.ndarray]:
    """Make the arrays of one sample from the full set and verify their checksums.

    Parameters
    ----------
    name : str
        `mnist` or `fashion-mnist`.

    Returns
    -------
    dict
        `X_train`, `y_train`, `X_test`, `y_test`, all uint8.

    Raises
    ------
    helpers.data.DataError
        If the full set is not here, or differs from the published one.
    """
    full = data.load(name)
    if full.origin == "sample":
        raise data.DataError(
            f"the full set {name} isn't here. Fetch it with helpers.data.download({name!r}), or set COURSE_DATA to "
            "the folder that holds it."
        )
    recipe, rng = RECIPES[name], np.random.RandomState(SEED)
    X_train, y_train = draw(full.X_train, full.y_train, recipe.train_per_class, rng)
    X_test, y_test = draw(full.X_test, full.y_test, recipe.test_per_class, rng)
    arrays = {"X_train": X_train, "y_train": y_train, "X_test": X_test, "y_test": y_test}
    arrays = {part: array.astype(np.uint8) for part, array in arrays.items()}
    for part, array in arrays.items():
        if sha256(array) != recipe.sha256[part]:
            raise data.DataError(
                f"{part} of the sample of {name} has the SHA-256 sum {sha256(array)} instead of "
                f"{recipe.sha256[part]}: the full set in {full.origin} isn't the published one."
            )
    return arrays


def sha256(array: np.ndarray) -> str:
    """Return the SHA-256 sum of an array's bytes in C order."""
    return hashlib.sha256(array.tobytes()).hexdigest()


def write(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write the arrays as a compressed .npz; its time stamps are fixed, so the same arrays give the same bytes."""
    np.savez_compressed(path, **arrays)


def main() -> None:
    """Make both samples and print their sizes."""
    FOLDER.mkdir(exist_ok=True)
    for name in RECIPES:
        path = FOLDER / f"{name}.npz"
        write(path, build(name))
        print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
