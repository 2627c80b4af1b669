# %% [markdown]
# # PS 2: Sevens and nines
#
# Before you build a network you should know what it has to beat. This notebook takes one small question, *is this digit
# a 7 or a 9?*, and answers it with classical methods from scikit-learn. The question is harder than it looks: a 9 is a
# 7 with a closed loop. The methods are short to call. Comparing them honestly is the work.
#
# **Goals.** After it you can
#
# - prepare images for a classifier, and say which numbers may be computed from which part of the data;
# - choose a setting by cross-validation, and leave the test part alone until the end;
# - judge a classifier by its errors, by its probabilities, and by its seconds;
# - put one table together that a later network can be compared with.
#
# **Time:** about 3 hours. **Assumed:** the tools of PS 0, gradient descent as an idea (PS 1), matrix products, and what
# an eigenvector is. Logistic regression is only *used* here; PS 4 builds it. **Points:** 20, of which 2 are for answers
# in words.
# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["setup"]
import io
import tempfile
import time
import zipfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, PolynomialFeatures, StandardScaler

from helpers import data, diagrams, plotting
from helpers.checks import assert_array, assert_close, assert_number, assert_unchanged, observe

plotting.use_style()
# %% [markdown]
# ## The data and the plan
#
# MNIST holds images of handwritten digits, 28 x 28 pixels with grey values from 0 to 255, in a training and a test
# part. We keep the sevens and nines. Each image becomes a row of $28 \cdot 28 = 784$ numbers.
#
# | name | shape | what |
# | --- | --- | --- |
# | `digits.X_train`, `digits.y_train` | (n, 28, 28), (n,) | everything that is fitted or chosen uses these |
# | `digits.X_test`, `digits.y_test` | (m, 28, 28), (m,) | used once, for the numbers that are reported |
#
# First the images are reduced to two numbers each, so that everything can be drawn. Parts 2 and 3 also look at all 784
# numbers, and so does the last part. The bundled sample takes seconds; with the full data (`COURSE_DATA`) the same cells take minutes.
# %% nbgrader={"grade": false, "grade_id": "data", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["setup"]
digits = data.load("mnist")
# %% tags=["try-it"]
print(
    f"training images {digits.X_train.shape}, test images {digits.X_test.shape}, "
    f"values {digits.X_train.min()} to {digits.X_train.max()}"
)
few = np.concatenate([np.flatnonzero(digits.y_train == digit)[:8] for digit in (7, 9)])
ax = plotting.image_grid(
    digits.X_train[few], titles=digits.y_train[few], columns=8, title="Eight sevens and eight nines"
)
ax = diagrams.shape_flow(
    [
        ("images", ("n", 28, 28)),
        "7 or 9 only,\nrows",
        ("X", ("n", 784)),
        "scale",
        ("X", ("n", 784)),
        "project",
        ("Z", ("n", 2)),
        "classify",
        ("probability", ("n", 2)),
    ],
    title="The way of the data in the first four parts",
)


# %% [markdown]
# # Part 1: preparing the data
#
# ## A file that keeps what you have
#
# Preparing data can take longer than fitting. So do it once and save the result. NumPy's format `.npz` is a zip archive
# of arrays, each under a name. It keeps the shape and the type of the numbers (`dtype`): a text file would keep
# neither.
#
# One warning. Python can store *any* object by "pickling" it, and unpickling can run code that hides in the file. Never
# unpickle what you do not trust. `np.load` refuses pickled objects with a `ValueError` unless it is told otherwise.
# Leave it so.
# %% [markdown]
# ### Exercise 1: `save_dataset` (1 point, ★☆☆)
#
# Write the arrays into one `.npz` file under the keys `X` and `y`, with the dtypes that they have. The file may be
# compressed or not. A file that is there already is replaced.
#
# <details><summary>Hint</summary>
# <code>np.savez(path, a, b)</code> names the arrays <code>arr_0</code> and <code>arr_1</code>. How do you give it names?
# </details>
# %% nbgrader={"grade": false, "grade_id": "save_dataset", "locked": false, "schema_version": 3, "solution": true, "task": false}
def save_dataset(path: str | Path, X: np.ndarray, y: np.ndarray) -> None:
    """Save samples and labels in one file.

    Parameters
    ----------
    path : str or Path
        Ends in ``.npz``.
    X : ndarray, shape (n, ...)
        Samples, of any dtype.
    y : ndarray, shape (n,)
        Labels, of any dtype.

    Raises
    ------
    ValueError
        If X and y do not have the same length.
    """
    if len(X) != len(y):
        raise ValueError(f"X {X.shape} and y {y.shape} must have the same length")
    # Both arrays, each under its key.
    ### BEGIN SOLUTION
    np.savez_compressed(path, X=X, y=y)
    ### END SOLUTION


# %% tags=["try-it"]
with tempfile.TemporaryDirectory() as folder:
    save_dataset(Path(folder) / "digits.npz", digits.X_test, digits.y_test)
    with zipfile.ZipFile(Path(folder) / "digits.npz") as archive:
        for entry in sorted(archive.infolist(), key=lambda entry: entry.filename):
            print(f"{entry.filename}: {entry.file_size / 1000:.0f} kB")
print(f"pixels to store: {digits.X_test.size / 1000:.0f} thousand, one byte each; labels: {digits.y_test.size}")
# %% nbgrader={"grade": true, "grade_id": "test_save_dataset", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Four samples of bytes. An .npz file is a zip archive of .npy files, so it is read back with Python's zipfile.
X_few, y_few = np.arange(12, dtype=np.uint8).reshape(4, 3), np.array([7, 9, 9, 7], dtype=np.int16)


def save_and_look():
    with tempfile.TemporaryDirectory() as folder:
        save_dataset(Path(folder) / "few.npz", X_few, y_few)
        names = sorted(file.name for file in Path(folder).iterdir())
        if names != ["few.npz"] or not zipfile.is_zipfile(Path(folder) / "few.npz"):
            return names, {}
        with zipfile.ZipFile(Path(folder) / "few.npz") as archive:
            entries = {name.removesuffix(".npy"): archive.read(name) for name in archive.namelist()}
        return names, {key: np.load(io.BytesIO(content)) for key, content in entries.items()}


names, seen = observe(save_and_look)
assert names == ["few.npz"], f"The folder should hold one file, few.npz; it holds {names}. Did you write to path?"
assert sorted(seen) == ["X", "y"], (
    f"The keys in the file should be X and y; they are {sorted(seen)}. Did you name them?"
)
assert_array(seen["X"], "the saved X", shape=(4, 3), dtype=np.uint8)
assert_array(seen["y"], "the saved y", shape=(4,), dtype=np.int16)
assert_close(seen["X"], X_few, "the saved X")
assert_close(seen["y"], y_few, "the saved y")
# %% nbgrader={"grade": true, "grade_id": "hidden_save_dataset", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Several dtypes and shapes, a path that is a str, an earlier file of the same name.
rng = np.random.default_rng(21)
cases = [
    (rng.integers(0, 256, (5, 4, 3), dtype=np.uint8), rng.integers(0, 10, 5)),
    (rng.normal(size=(3, 6)).astype(np.float32).T, rng.integers(0, 2, 6).astype(np.int8)),
    (rng.normal(size=(1, 2)) * 1e-300, np.array([True])),
    (np.zeros((0, 4)), np.zeros(0, dtype=np.uint8)),
]


def round_trips():
    found = []
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "set.v1.npz")  # the same file each time
        for X, y in cases:
            save_dataset(path, X, y)
            with np.load(path) as content:
                found.append({key: content[key] for key in content.files})
        names = sorted(file.name for file in Path(folder).iterdir())
    return names, found


with assert_unchanged(X=cases[0][0], y=cases[0][1]):
    names, found = observe(round_trips)
assert names == ["set.v1.npz"], f"Saving four times to one path should leave one file; the folder holds {names}."
for (X, y), seen in zip(cases, found, strict=True):
    assert sorted(seen) == ["X", "y"], f"The keys in the file should be X and y; they are {sorted(seen)}."
    for key, wanted in (("X", X), ("y", y)):
        assert_array(seen[key], f"the saved {key}", shape=wanted.shape, dtype=wanted.dtype)
        assert np.array_equal(seen[key], wanted), f"The saved {key} ({wanted.dtype}) is not what was given."


### END HIDDEN TESTS
# %% [markdown]
# ### Exercise 2: `load_dataset` (1 point, ★☆☆)
#
# Read such a file and return `(X, y)`, dtypes kept. The file may hold further arrays, and the keys may stand in any
# order. An array of pickled objects must be refused with a `ValueError`.
#
# <details><summary>Hint</summary>
# <code>np.load</code> returns something that acts like a dict and keeps the file open. <code>with np.load(path) as content:</code>
# closes it.
# </details>
# %% nbgrader={"grade": false, "grade_id": "load_dataset", "locked": false, "schema_version": 3, "solution": true, "task": false}
def load_dataset(path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Load what save_dataset saved.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    X : ndarray, shape (n, ...)
    y : ndarray, shape (n,)
        With the dtypes that they have in the file.

    Raises
    ------
    ValueError
        If an array holds pickled objects.
    """
    # Both arrays, by their keys.
    ### BEGIN SOLUTION
    with np.load(path) as content:
        return content["X"], content["y"]
    ### END SOLUTION


# %% tags=["try-it"]
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "digits.npz"
    save_dataset(path, digits.X_test, digits.y_test)
    X_again, y_again = load_dataset(path)
print("images the same:", np.array_equal(X_again, digits.X_test), " dtype kept:", X_again.dtype == digits.X_test.dtype)
print("labels the same:", np.array_equal(y_again, digits.y_test), " dtype kept:", y_again.dtype == digits.y_test.dtype)
# %% nbgrader={"grade": true, "grade_id": "test_load_dataset", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# An archive made with Python's zipfile, with the keys in the other order.
X_few, y_few = np.arange(12, dtype=np.uint8).reshape(4, 3), np.array([7, 9, 9, 7], dtype=np.int16)


def write_and_load():
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(Path(folder) / "few.npz", "w") as archive:
            for key, array in (("y", y_few), ("X", X_few)):
                content = io.BytesIO()
                np.save(content, array)
                archive.writestr(f"{key}.npy", content.getvalue())
        return load_dataset(Path(folder) / "few.npz")


seen = observe(write_and_load)
assert type(seen) in (tuple, list) and len(seen) == 2, (
    f"load_dataset should return X and y; it returned {type(seen).__name__}."
)
assert_array(seen[0], "the loaded X", shape=(4, 3), dtype=np.uint8)
assert_array(seen[1], "the loaded y", shape=(4,), dtype=np.int16)
assert_close(seen[0], X_few, "the loaded X")
assert_close(seen[1], y_few, "the loaded y")
# %% nbgrader={"grade": true, "grade_id": "hidden_load_dataset", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Compressed and not, further arrays in the file, several dtypes; then objects, which only a pickle can hold.
rng = np.random.default_rng(22)
cases = [
    (rng.integers(0, 256, (5, 4, 3), dtype=np.uint8), rng.integers(0, 10, 5)),
    (rng.normal(size=(6, 1)).astype(np.float32), rng.integers(0, 2, 6).astype(np.uint8)),
    (rng.normal(size=(1, 2)), np.array([0.5])),
]


def load_all():
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for save in (np.savez, np.savez_compressed):
            for i, (X, y) in enumerate(cases):
                path = str(Path(folder) / f"{save.__name__}{i}.npz")
                save(path, a=np.arange(3), y=y, note=np.zeros(2), X=X)
                found.append(tuple(load_dataset(path)))
        path = Path(folder) / "pickled.npz"
        np.savez(path, X=np.array([{"a": 1}, None], dtype=object), y=np.arange(2))
        try:
            load_dataset(path)
            refused = "it was loaded"
        except Exception as error:
            refused = type(error).__name__
    return found, refused


found, refused = observe(load_all)
for (X, y), seen in zip(cases * 2, found, strict=True):
    for key, wanted, got in (("X", X, seen[0]), ("y", y, seen[1])):
        assert_array(got, f"the loaded {key}", shape=wanted.shape, dtype=wanted.dtype)
        assert np.array_equal(got, wanted), f"The loaded {key} ({wanted.dtype}) is not what the file holds."
assert refused == "ValueError", f"A file with pickled objects should be refused with a ValueError; {refused}."


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** Names outlive the order of arguments: a file with `arr_0` and `arr_1` is a riddle a year later. Bytes
# stay bytes, so the file is an eighth of what it would be with 64-bit floats, before any compression.
# %% [markdown]
# ## Two classes, called 0 and 1
#
# A two-class problem has a *negative* class, labelled 0, and a *positive* class, labelled 1. The words carry no value.
# A classifier's probability always means the probability of the positive class. Here 7 is negative and 9 is positive:
#
# $$y_i = \begin{cases} 0 & \text{if image } i \text{ is a 7} \\ 1 & \text{if image } i \text{ is a 9,}\end{cases} \qquad \text{every other image is left out.}$$
# %% [markdown]
# ### Exercise 3: `binary_problem` (1.5 points, ★☆☆)
#
# Select the samples of the two classes, in their order, and label them. The selected `X` keeps its dtype and whatever
# shape its samples have. The new labels are `int64`. The check of the lengths is given.
#
# <details><summary>Hint</summary>
# A comparison gives a boolean array. An array indexed with it keeps the rows where it is <code>True</code>. Which comes first here:
# the selection, or the new labels?
# </details>
# %% nbgrader={"grade": false, "grade_id": "binary_problem", "locked": false, "schema_version": 3, "solution": true, "task": false}
def binary_problem(X: np.ndarray, y: np.ndarray, negative: int = 7, positive: int = 9) -> tuple[np.ndarray, np.ndarray]:
    """Keep two classes and label them 0 and 1.

    Parameters
    ----------
    X : ndarray, shape (n, ...)
        Samples.
    y : ndarray of int, shape (n,)
        Labels of any number of classes.
    negative, positive : int
        The classes that become 0 and 1.

    Returns
    -------
    X_bin : ndarray, shape (m, ...)
        The samples of the two classes, in their order.
    y_bin : ndarray of int64, shape (m,)

    Raises
    ------
    ValueError
        If X and y do not have the same length.
    """
    if y.shape != (len(X),):
        raise ValueError(f"y {y.shape} must hold one label for each sample of X {X.shape}")
    # Which samples belong to either class?
    ### BEGIN SOLUTION
    keep = (y == negative) | (y == positive)
    ### END SOLUTION
    # The samples, and 1 where the label is the positive class.
    ### BEGIN SOLUTION
    return X[keep], (y[keep] == positive).astype(np.int64)
    ### END SOLUTION


# %% tags=["try-it"]
images, y_pair = binary_problem(digits.X_train, digits.y_train)
images_test, y_pair_test = binary_problem(digits.X_test, digits.y_test)
print(
    f"training: {images.shape}, of them nines {y_pair.sum()}; test: {images_test.shape}, of them nines {y_pair_test.sum()}"
)
means = np.stack([images[y_pair == 0].mean(axis=0), images[y_pair == 1].mean(axis=0)])
ax = plotting.image_grid(means, titles=["mean of class 0", "mean of class 1"])
ax = plotting.image_grid((means[1] - means[0])[None], symmetric=True, title="Mean nine minus mean seven")
# %% [markdown]
# The left mean must look like a seven and the right one like a nine. Their difference shows where to look: nines have
# ink at the left and the bottom of the loop.
# %% nbgrader={"grade": true, "grade_id": "test_binary_problem", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Six samples by hand; a 4 and a 1 must go.
X_hand, y_hand = np.arange(12.0).reshape(6, 2), np.array([9, 4, 7, 7, 1, 9])
seen_X, seen_y = binary_problem(X_hand, y_hand)
assert_array(seen_X, "X_bin", shape=(4, 2), dtype=np.float64)
assert_array(seen_y, "y_bin", shape=(4,), dtype=np.int64)
assert_close(seen_X, np.array([[0.0, 1.0], [4.0, 5.0], [6.0, 7.0], [10.0, 11.0]]), "X_bin", "Is the order kept?")
assert_close(seen_y, np.array([1, 0, 0, 1]), "y_bin", "Which class is 1? Do the labels go with their samples?")
seen_X, seen_y = binary_problem(X_hand, y_hand, negative=9, positive=4)
assert_close(seen_y, np.array([0, 1, 0]), "y_bin with negative=9, positive=4", "Are the arguments used?")
# %% nbgrader={"grade": true, "grade_id": "hidden_binary_problem", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against a loop over the samples: images and rows, labels in bytes, class 0 in either place, a class that does not occur.
rng = np.random.default_rng(23)
for shape, kind, classes in [
    ((40, 5), np.int64, (7, 9)),
    ((60, 4, 3), np.uint8, (0, 1)),
    ((60, 2, 2), np.uint8, (1, 0)),
    ((1, 3), np.int64, (0, 5)),
    ((50, 1), np.int32, (9, 7)),
    ((30, 2), np.int64, (3, 12)),
]:
    X = rng.integers(0, 256, shape, dtype=np.uint8) if len(shape) == 3 else rng.normal(size=shape).astype(np.float32)
    y = rng.integers(0, 10, shape[0]).astype(kind)
    y[0] = classes[0]
    with assert_unchanged(X=X, y=y):
        seen_X, seen_y = binary_problem(X, y, *classes)
    chosen = [(x, int(label == classes[1])) for x, label in zip(X, y.tolist(), strict=True) if label in classes]
    name = f"of X {shape}, classes {classes}"
    assert_array(seen_X, f"X_bin {name}", shape=(len(chosen), *shape[1:]), dtype=X.dtype)
    assert_array(seen_y, f"y_bin {name}", shape=(len(chosen),), dtype=np.int64)
    assert np.array_equal(seen_X, np.stack([x for x, _ in chosen])), (
        f"X_bin {name} holds other samples, or in another order."
    )
    assert_close(seen_y, np.array([label for _, label in chosen]), f"y_bin {name}")
seen_X, seen_y = binary_problem(np.ones((3, 2)), np.array([1, 2, 3]))
assert_array(seen_X, "X_bin without a 7 or a 9", shape=(0, 2), dtype=np.float64)
assert_array(seen_y, "y_bin without a 7 or a 9", shape=(0,), dtype=np.int64)


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** Select first, label second: the comparison with `positive` after the selection has only two outcomes
# left. Arithmetic on the labels, such as `(y - 7) // 2`, works for 7 and 9 and for no other pair, and with labels
# stored as bytes it can wrap around.
# %% [markdown]
# ## One scale for all pixels
#
# Many methods are sensitive to the size of their inputs. A common cure maps each column $j$ of $X$ linearly, so that its
# smallest training value $l_j$ becomes $-\frac{1}{2}$ and its largest, $h_j$, becomes $\frac{1}{2}$:
#
# $$X'_{ij} = \frac{X_{ij} - l_j}{h_j - l_j} - \frac{1}{2}, \qquad l_j = \min_{i \,\in\, \text{training}} X_{ij}, \quad h_j = \max_{i \,\in\, \text{training}} X_{ij} .$$
#
# A pixel at the rim is 0 in *all* training images, so $h_j - l_j = 0$. Then scikit-learn's `MinMaxScaler` divides by 1
# instead: the training values become $-\frac{1}{2}$, and a test value keeps its distance from $l_j$.
#
# **What may be computed from what?** The scale is part of the model. It is found from the training part and then
# applied to the test part *unchanged*. A test image may thus leave the range. That is no defect: the next image that
# somebody sends you may do so too. If the test part helped to find the scale, it would no longer stand for images that
# nobody has seen. Such a mistake is called **leakage**. With a scale it does little harm. With the choice of a model it
# can turn a useless one into a fine one on paper.
# %% [markdown]
# ### Exercise 4: `scale_pixels` (1.5 points, ★☆☆)
#
# Scale both parts as above, pixels without a range included. The check of the shapes is given.
#
# <details><summary>Hint</summary>
# <code>MinMaxScaler</code> has an argument for the range. It has <code>fit</code>, <code>transform</code>, and
# <code>fit_transform</code>, which does both. Which of them is for which part?
# </details>
# %% nbgrader={"grade": false, "grade_id": "scale_pixels", "locked": false, "schema_version": 3, "solution": true, "task": false}
def scale_pixels(X_train: np.ndarray, X_test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Map each column to [-0.5, 0.5] by the range that it has in the training part.

    Parameters
    ----------
    X_train : ndarray of int or float, shape (n, d)
    X_test : ndarray of int or float, shape (m, d)

    Returns
    -------
    X_train_scaled : ndarray of float, shape (n, d)
        In [-0.5, 0.5]; a constant column is -0.5.
    X_test_scaled : ndarray of float, shape (m, d)
        May leave that range.

    Raises
    ------
    ValueError
        If the two do not have the same number of columns.
    """
    if X_train.shape[1:] != X_test.shape[1:]:
        raise ValueError(f"X_train {X_train.shape} and X_test {X_test.shape} must have the same columns")
    # Find the range of each column.
    ### BEGIN SOLUTION
    scaler = MinMaxScaler(feature_range=(-0.5, 0.5)).fit(X_train)
    ### END SOLUTION
    # Apply it to both parts.
    ### BEGIN SOLUTION
    return scaler.transform(X_train), scaler.transform(X_test)
    ### END SOLUTION


# %% tags=["try-it"]
X_pair, X_pair_test = scale_pixels(images.reshape(len(images), -1), images_test.reshape(len(images_test), -1))
for name, part in [("training", X_pair), ("test", X_pair_test)]:
    print(
        f"{name:<8} {part.shape}: from {part.min():.1f} to {part.max():.1f}; "
        f"values outside the range: {np.count_nonzero(np.abs(part) > 0.5)} of {part.size}"
    )
outside = (np.abs(X_pair_test) > 0.5).any(axis=0).reshape(28, 28)
fig, axes = plt.subplots(1, 2, figsize=(6, 3))
for ax, picture, title in [
    (axes[0], np.ptp(images, axis=0), "Largest minus smallest value\nof each pixel, training"),
    (axes[1], outside, "Pixels that leave the range\nin some test image (dark)"),
]:
    ax.imshow(picture, cmap="gray_r")
    ax.set(xticks=[], yticks=[], title=title)
    ax.spines[:].set_visible(True)
# %% [markdown]
# A few test images leave the range. Most do it at the rim of the digits, by a little. The largest test value may
# surprise you. Its pixel was blank in *all* training images, so there was no range to divide by, and the ink kept its
# full size. A method that multiplies this number by a weight will take it seriously, though no training image ever told
# it what the pixel means. Larger training sets have fewer such pixels.
# %% nbgrader={"grade": true, "grade_id": "test_scale_pixels", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Three columns by hand: a range of 10, a range of 4, and none.
train_hand, test_hand = np.array([[0, 3, 7], [10, 1, 7], [5, 5, 7]]), np.array([[20, 3, 7], [0, 0, 9]])
seen_train, seen_test = scale_pixels(train_hand, test_hand)
assert_array(seen_train, "X_train scaled", shape=(3, 3), dtype=np.floating)
assert_array(seen_test, "X_test scaled", shape=(2, 3), dtype=np.floating)
assert_close(
    seen_train,
    np.array([[-0.5, 0.0, -0.5], [0.5, -0.5, -0.5], [0.0, 0.5, -0.5]]),
    "X_train scaled",
    "Does each column have its own range? Is it -0.5 to 0.5?",
)
assert_close(
    seen_test,
    np.array([[1.5, 0.0, -0.5], [-0.5, -0.75, 1.5]]),
    "X_test scaled",
    "Does the scale come from the training part alone, and may test values leave the range?",
)
# %% nbgrader={"grade": true, "grade_id": "hidden_scale_pixels", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against the formula column by column: bytes, floats, one row, one column, constant columns.
rng = np.random.default_rng(24)
for n, m, d in [(9, 5, 4), (1, 3, 2), (6, 1, 3), (7, 4, 1), (3, 8, 6)]:
    bytes_train, bytes_test = (rng.integers(0, 256, (rows, d), dtype=np.uint8) for rows in (n, m))
    bytes_train[:, 0] = 4
    floats_train, floats_test = rng.normal(3.0, 5.0, (n, d)), rng.normal(0.0, 20.0, (m, d))
    for X_train, X_test in [(bytes_train, bytes_test), (floats_train, floats_test)]:
        with assert_unchanged(X_train=X_train, X_test=X_test):
            seen = scale_pixels(X_train, X_test)
        for part, scaled, which in ((X_train, seen[0], "X_train"), (X_test, seen[1], "X_test")):
            name = f"{which} scaled ({X_train.dtype}, training {X_train.shape})"
            assert_array(scaled, name, shape=part.shape, dtype=np.floating)
            expected = np.empty(part.shape)
            for j in range(d):
                column = [float(value) for value in X_train[:, j]]
                span = max(column) - min(column)
                expected[:, j] = [(float(value) - min(column)) / (span or 1.0) - 0.5 for value in part[:, j]]
            # Pixels divided in single precision would do for every use here.
            assert_close(scaled, expected, name, rtol=1e-6, atol=1e-6)


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** `fit_transform` on the test part is the classic slip: it fits again, and both parts then look perfect.
# NumPy alone does the job as well, if the bytes are turned into floats first: `200 - 250` is 206 in `uint8`.
# %% [markdown]
# ## Two numbers for each image
#
# To see the data we need a plane. Which one shows most? **Principal component analysis** answers: the one in which the
# data spread most widely.
#
# Let $\bar x$ be the mean training row, and $X_c$ the training rows less $\bar x$, of shape $(n, d)$. Along a direction
# $v$ of length 1 the rows have the coordinates $X_c v$, of shape $(n,)$ and mean 0. Their variance is
#
# $$\frac{1}{n} \lVert X_c v \rVert^2 = v^\top S\, v, \qquad S = \frac{1}{n} \underbrace{X_c^\top}_{(d, n)} \underbrace{X_c}_{(n, d)} \quad \text{of shape } (d, d) .$$
#
# $S$ is symmetric, so it has orthonormal eigenvectors $u_1, \dots, u_d$ with eigenvalues $\lambda_1 \ge \dots \ge
# \lambda_d \ge 0$. Write $v = a_1 u_1 + \dots + a_d u_d$. Length 1 means $\sum_j a_j^2 = 1$, and
#
# $$v^\top S\, v = \sum_{j=1}^{d} \lambda_j a_j^2 \;\le\; \lambda_1 \sum_{j=1}^{d} a_j^2 = \lambda_1 ,$$
#
# with equality for $v = u_1$. So the first **principal component** is $u_1$. A second direction should be perpendicular
# to it, so $a_1 = 0$. The same step gives at most $\lambda_2$, reached by $u_2$. The projection of a row $x$ is
#
# $$z = \big( (x - \bar x) \cdot u_1, \; (x - \bar x) \cdot u_2 \big) .$$
#
# If $u$ is an eigenvector, so is $-u$. The sign of each component is therefore arbitrary.
# %% tags=["try-it"]
rng = np.random.default_rng(0)
cloud = rng.normal(size=(150, 2)) * [2.0, 0.6] @ np.array([[0.88, 0.48], [-0.48, 0.88]])
angles = np.linspace(0, np.pi, 361)
variances = np.array([np.var(cloud @ [np.cos(angle), np.sin(angle)]) for angle in angles])
widest = angles[variances.argmax()]
fig, axes = plt.subplots(1, 2, figsize=(8, 3.2))
axes[0].scatter(*cloud.T, s=10, color="0.7")
for i, angle in enumerate((widest, widest + np.pi / 2)):
    direction = np.array([np.cos(angle), np.sin(angle)])
    axes[0].annotate(
        "",
        2 * direction * variances[i * 180 + variances.argmax()] ** 0.5,
        (0, 0),
        arrowprops={"arrowstyle": "->", "linewidth": 2},
    )
    axes[0].annotate(
        f"$u_{i + 1}$",
        (4.7 - 2.9 * i) * direction,
        fontsize=13,
        ha="center",
        va="center",
        bbox={"color": "white", "pad": 0.5},
    )
    axes[1].axvline(np.degrees(angle), color="0.6", linewidth=0.8)
    axes[1].annotate(f"$u_{i + 1}$", (np.degrees(angle) + 3, 2.0))
axes[0].set(aspect="equal", xlabel="$x_1$", ylabel="$x_2$", title="A cloud and its two principal directions")
axes[1].plot(np.degrees(angles), variances)
limits = axes[1].set(
    xlabel="angle of the direction $v$ (degrees)",
    ylabel="variance along $v$",
    ylim=(0, None),
    title="Its variance in every direction",
)


# %% [markdown]
# ### Exercise 5: `project_2d` (1.5 points, ★★☆)
#
# Project both parts on the first two principal components *of the training part*, less the training mean. Either sign
# of a component is right.
#
# The result must be exact and the same at every call. Beware: for large arrays scikit-learn may choose by itself a quick method that
# draws random numbers and only approximates. The argument `svd_solver` of `PCA` asks for an exact one: `"full"`, or the faster
# `"covariance_eigh"`. The check of the shapes is given.
#
# <details><summary>Hint</summary>
# <code>PCA</code> has the same three methods as <code>MinMaxScaler</code>. It subtracts the mean by itself.
# </details>
# %% nbgrader={"grade": false, "grade_id": "project_2d", "locked": false, "schema_version": 3, "solution": true, "task": false}
def project_2d(X_train: np.ndarray, X_test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Project on the first two principal components of the training part.

    Parameters
    ----------
    X_train : ndarray of float, shape (n, d)
        n and d at least 2.
    X_test : ndarray of float, shape (m, d)

    Returns
    -------
    Z_train : ndarray of float, shape (n, 2)
    Z_test : ndarray of float, shape (m, 2)

    Raises
    ------
    ValueError
        If the two do not have the same number of columns.
    """
    if X_train.shape[1:] != X_test.shape[1:]:
        raise ValueError(f"X_train {X_train.shape} and X_test {X_test.shape} must have the same columns")
    # Find the mean and the two directions.
    ### BEGIN SOLUTION
    pca = PCA(n_components=2, svd_solver="covariance_eigh").fit(X_train)
    ### END SOLUTION
    # Project both parts.
    ### BEGIN SOLUTION
    return pca.transform(X_train), pca.transform(X_test)
    ### END SOLUTION


# %% tags=["try-it"]
Z, Z_test = project_2d(X_pair, X_pair_test)
print(
    f"variance of the two columns: {Z[:, 0].var():.2f} and {Z[:, 1].var():.2f}; "
    f"all 784 columns have {X_pair.var(axis=0).sum():.2f} together"
)
ax = plotting.scatter_classes(Z, y_pair, class_names=["seven", "nine"], title="Your projection of the training images")
ax.set(xlabel="first component $z_1$", ylabel="second component $z_2$")
directions = np.linalg.lstsq(Z, X_pair - X_pair.mean(axis=0), rcond=None)[0]
ax = plotting.image_grid(directions, titles=["$u_1$", "$u_2$"], symmetric=True, title="The two directions as images")
# %% [markdown]
# The classes overlap: the two directions were chosen for *spread*, and nobody told them what a seven is. The images
# show what they measure. Adding a multiple of such an image to the mean mostly makes the stroke slant more, or moves
# the loop.
# %% nbgrader={"grade": true, "grade_id": "test_project_2d", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Points on a cross: the long arm lies along the third axis, the short one along the first. The mean is (1, 2, 3).
arms = np.array([[0, 0, 4], [0, 0, -4], [1, 0, 0], [-1, 0, 0]]) + np.array([1.0, 2.0, 3.0])
seen_train, seen_test = project_2d(arms, np.array([[1.5, 9.0, 5.0]]))
assert_array(seen_train, "Z_train", shape=(4, 2), dtype=np.floating)
assert_array(seen_test, "Z_test", shape=(1, 2), dtype=np.floating)
assert_close(
    np.abs(seen_train),
    np.array([[4.0, 0], [4, 0], [0, 1], [0, 1]]),
    "the sizes in Z_train",
    "Is the mean subtracted? Is the widest direction first?",
    atol=1e-9,
)
assert_close(
    np.abs(seen_test), np.array([[2.0, 0.5]]), "the sizes in Z_test", "Are mean and directions the training ones?"
)
# %% nbgrader={"grade": true, "grade_id": "hidden_project_2d", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against the eigenvectors of the covariance matrix, up to the sign of each, which must be the same in both parts. In the
# last shape the approximate method would be chosen by itself.
rng = np.random.default_rng(25)
for n, m, d in [(40, 9, 5), (12, 1, 2), (30, 4, 30), (8, 6, 20), (60, 7, 520)]:
    X_train = rng.normal(size=(n, d)) * np.linspace(1.0, 2.0, d) + rng.normal(size=d) * 5
    X_test = rng.normal(size=(m, d)) * 3.0
    with assert_unchanged(X_train=X_train, X_test=X_test):
        seen_train, seen_test = project_2d(X_train, X_test)
    name = f"training {X_train.shape}"
    assert_array(seen_train, f"Z_train ({name})", shape=(n, 2), dtype=np.floating)
    assert_array(seen_test, f"Z_test ({name})", shape=(m, 2), dtype=np.floating)
    top = np.linalg.eigh(np.cov(X_train, rowvar=False))[1][:, [-1, -2]]
    for j, u in enumerate(top.T):
        along_train, along_test = ((part - X_train.mean(axis=0)) @ u for part in (X_train, X_test))
        sign = np.sign(along_train @ seen_train[:, j]) or 1.0
        told = "Is the method exact? Are mean and directions the training ones?"
        # Different exact methods agree to about 1e-10 here; the approximate one is off by more than 1e-3.
        assert_close(
            sign * seen_train[:, j], along_train, f"component {j + 1} of Z_train ({name})", told, rtol=1e-6, atol=1e-6
        )
        assert_close(
            sign * seen_test[:, j], along_test, f"component {j + 1} of Z_test ({name})", told, rtol=1e-6, atol=1e-6
        )


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The two columns keep only a part of the total variance, as the printed line says, and variance is not
# what separates the classes. A projection that knew the labels would do better on this task. But two components make
# everything below visible, and that is their purpose here.
# %% [markdown]
# # Part 2: choosing a setting
#
# ## Logistic regression and its knob
#
# Logistic regression gives a sample $z$ the score $t = z \cdot w + b$ and the probability $\sigma(t) = 1 / (1 +
# e^{-t})$ of class 1. It decides for class 1 where the probability is above one half, that is, where $t > 0$: on one
# side of a straight line. PS 4 shows where this comes from. scikit-learn finds the $w$ and $b$ that minimise
#
# $$C \sum_{i=1}^{n} -\ln P(y_i) \;+\; \frac{1}{2} \lVert w \rVert^2 , \qquad P(y_i) = \begin{cases} \sigma(t_i) & \text{if } y_i = 1 \\ 1 - \sigma(t_i) & \text{if } y_i = 0 . \end{cases}$$
#
# The sum wants the observed labels to be probable. The penalty wants small weights. The number $C$ weighs them against
# each other. A small $C$ gives a cautious model, whose probabilities stay near the share of class 1, here about one
# half. A large $C$ trusts the training data, accidents included.
#
# ## Cross-validation
#
# Which $C$? The training data cannot say: they always prefer the least penalty. The test part must not say. So hide
# some of the *training* part, fit on the rest, and count the errors on what was hidden. To use all samples, cut the
# training part into $K$ folds and let each be the hidden one in turn. The **validation error** of a candidate is the
# mean
#
# $$E(C) = \frac{1}{K} \sum_{k=1}^{K} \big( \text{error rate on fold } k \text{ of the model fitted on the other folds} \big) .$$
#
# Take the candidate with the smallest $E$ and fit it once more, now on the whole training part.
# %% tags=["try-it"]
fig, ax = plt.subplots(figsize=(7, 2.8))
for k in range(5):
    for fold in range(5):
        hidden = fold == k
        ax.barh(k, 0.96, left=fold, color="0.35" if hidden else "0.88", height=0.75)
        ax.text(
            fold + 0.48,
            k,
            "validate" if hidden else "fit",
            ha="center",
            va="center",
            color="white" if hidden else "0.2",
        )
    ax.text(5.1, k, f"error on fold {k + 1}", va="center")
ax.barh(5.3, 4.96, left=0, color="0.97", edgecolor="0.6", height=0.75)
ax.text(2.48, 5.3, "best candidate: fit on all five folds", ha="center", va="center")
ax.barh(5.3, 1.3, left=5.1, color="white", edgecolor="0.35", hatch="//", height=0.75)
ax.text(5.75, 4.75, "test part: not yet", ha="center", va="bottom", fontsize=9)
ax.set(xlim=(0, 6.6), ylim=(5.8, -0.6), yticks=range(5), yticklabels=[f"round {k + 1}" for k in range(5)])
ax.set_xticks([fold + 0.48 for fold in range(5)], [f"fold {fold + 1}" for fold in range(5)])
ax.tick_params(length=0)
ax.spines[:].set_visible(False)
ax.set_title("Five-fold cross-validation of one candidate")


# %% [markdown]
# ### Exercise 6: `search_logistic` (2 points, ★★☆)
#
# Return a `GridSearchCV`, fitted on the data, that tries each value in `Cs` for the `C` of a `LogisticRegression`, in
# the given order. It takes `X` as it is. Pass `cv` on unchanged: for a classifier scikit-learn then makes folds with
# equal shares of the classes. Leave the solver, the measure (accuracy) and the number of processes as they are.
#
# The solver stops after 100 steps by default. On many pixels that is too early, and it warns. Allow 1,000.
#
# <details><summary>Hint</summary>
# <code>GridSearchCV(estimator, {"name of the argument": values}, cv=cv)</code>. It also fits the winner on all the data.
# </details>
# %% nbgrader={"grade": false, "grade_id": "search_logistic", "locked": false, "schema_version": 3, "solution": true, "task": false}
def search_logistic(X: np.ndarray, y: np.ndarray, Cs: list[float] | np.ndarray, cv: int = 5) -> GridSearchCV:
    """Choose the C of a logistic regression by cross-validation.

    Parameters
    ----------
    X : ndarray of float, shape (n, d)
    y : ndarray of int, shape (n,)
    Cs : sequence of float
        The candidates, each positive.
    cv : int
        Number of folds.

    Returns
    -------
    GridSearchCV
        Fitted; its candidates stand in the order of Cs, its measure is the accuracy.
    """
    # The classifier, with enough steps.
    ### BEGIN SOLUTION
    classifier = LogisticRegression(max_iter=1000)
    ### END SOLUTION
    # The search over C, fitted.
    ### BEGIN SOLUTION
    return GridSearchCV(classifier, {"C": list(Cs)}, cv=cv).fit(X, y)
    ### END SOLUTION


# %% tags=["try-it"]
Cs = np.logspace(-5, 1, 7)
line_search = search_logistic(Z, y_pair, Cs)
line = line_search.best_estimator_
print(f"chosen C {line_search.best_params_['C']:g}, validation accuracy {line_search.best_score_:.3f}")
print(f"weights {line.coef_[0].round(2)}, bias {line.intercept_[0]:.2f}")
ax = plotting.probability_map(
    lambda points: line.predict_proba(points)[:, 1],
    Z[:400],
    y_pair[:400],
    title="Your logistic regression, 400 training images",
)
ax.set(xlabel="first component $z_1$", ylabel="second component $z_2$")
# %% nbgrader={"grade": true, "grade_id": "test_search_logistic", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Forty points on a line, the classes apart: every candidate separates them in every fold.
import warnings


def search_by_hand():
    X = np.concatenate([np.linspace(-3, -1, 20), np.linspace(1, 3, 20)])[:, None]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search = search_logistic(X, np.repeat([0, 1], 20), [10.0, 0.1, 1.0], cv=4)
    return {
        "type": type(search).__name__,
        "estimator": type(getattr(search, "estimator", None)).__name__,
        "fitted": hasattr(search, "cv_results_"),
        "params": [dict(p) for p in search.cv_results_["params"]] if hasattr(search, "cv_results_") else [],
        "folds": getattr(search, "n_splits_", None),
        "scores": np.array(search.cv_results_["mean_test_score"]) if hasattr(search, "cv_results_") else None,
        "warnings": [warning.category.__name__ for warning in caught],
    }


seen = observe(search_by_hand)
assert seen["type"] == "GridSearchCV", f"search_logistic should return a GridSearchCV; it returned {seen['type']}."
assert seen["estimator"] == "LogisticRegression", f"The search is over {seen['estimator']}, not LogisticRegression."
assert seen["fitted"], "The search has no results. Was it fitted?"
assert len(seen["params"]) == 3, (
    f"There should be a candidate for each of the 3 values in Cs; they are {seen['params']}."
)
assert [sorted(p) for p in seen["params"]] == [["C"]] * 3, (
    f"Each candidate should set C alone; they are {seen['params']}."
)
assert_close(
    np.array([p["C"] for p in seen["params"]]), np.array([10.0, 0.1, 1.0]), "the candidates' C", "In the order of Cs?"
)
assert seen["folds"] == 4, f"With cv=4 there should be 4 folds; there are {seen['folds']}. Is cv passed on?"
assert_close(seen["scores"], np.ones(3), "the mean accuracies over the folds", "Is the measure the accuracy?")
assert not seen["warnings"], f"The search gave the warnings {seen['warnings']}."
# %% nbgrader={"grade": true, "grade_id": "hidden_search_logistic", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against the penalised likelihood, minimised with SciPy on each fold. The labels are sorted, so that only folds with equal
# shares of the classes can work.
import warnings

from scipy.optimize import minimize
from scipy.special import expit
from sklearn.model_selection import StratifiedKFold


def optimum(X, y, C):
    sign = 2.0 * y - 1.0

    def objective(v):
        t = sign * (X @ v[:-1] + v[-1])
        slope = -C * sign * expit(-t)
        return C * np.logaddexp(0, -t).sum() + v[:-1] @ v[:-1] / 2, np.append(X.T @ slope + v[:-1], slope.sum())

    return minimize(objective, np.zeros(X.shape[1] + 1), jac=True, method="BFGS", options={"gtol": 1e-8}).x


rng = np.random.default_rng(26)
y = np.repeat([0, 1], [25, 38])
X = rng.normal(size=(63, 3)) + 0.9 * y[:, None] * np.array([1.0, -0.5, 0.0]) + 1.0
candidates, K = [3.0, 0.003, 0.05], 3
splits = list(StratifiedKFold(K).split(X, y))
expected = np.zeros(len(candidates))
for i, C in enumerate(candidates):
    for fit, hide in splits:
        v = optimum(X[fit], y[fit], C)
        expected[i] += np.mean((X[hide] @ v[:-1] + v[-1] > 0) == y[hide]) / K
X_wide, y_wide = np.random.default_rng(1).uniform(0, 255, (60, 30)), np.arange(60) % 2


def searches():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search = search_logistic(X, y, candidates, cv=K)
        as_array = search_logistic(X, y, np.array([0.2, 0.1]))
        one = search_logistic(X, y, [0.7], cv=2)
        search_logistic(X_wide, y_wide, [1.0], cv=2)
    return {
        "kinds": [type(search).__name__, type(search.estimator).__name__],
        "C": [p["C"] for p in search.cv_results_["params"]],
        "scores": np.array(search.cv_results_["mean_test_score"]),
        "best": search.best_params_["C"],
        "proba": search.predict_proba(X)[:, 1],
        "as_array": [len(as_array.cv_results_["params"]), as_array.n_splits_],
        "one": [len(one.cv_results_["params"]), one.n_splits_],
        "warnings": [warning.category.__name__ for warning in caught],
    }


with assert_unchanged(X=X, y=y):
    seen = observe(searches)
assert seen["kinds"] == ["GridSearchCV", "LogisticRegression"], (
    f"A GridSearchCV of a LogisticRegression is wanted; not {seen['kinds']}."
)
assert_close(np.array(seen["C"]), np.array(candidates), "the candidates' C", "In the order of Cs?")
assert_close(
    seen["scores"], expected, "the mean accuracy of each candidate", "Is X used as it is, and cv passed on?", atol=1e-9
)
best = candidates[int(expected.argmax())]
assert seen["best"] == best, f"The best C is {seen['best']}; it should be {best}."
v = optimum(X, y, best)
# The solver stops at gradients of about 1e-4, which leaves the probabilities right to about 1e-3.
assert_close(
    seen["proba"], expit(X @ v[:-1] + v[-1]), "the winner's probabilities", "Is it fitted on all of X?", atol=5e-3
)
assert seen["as_array"] == [2, 5], f"Two candidates in an array, 5 folds by default: seen {seen['as_array']}."
assert seen["one"] == [1, 2], f"One candidate, 2 folds: seen {seen['one']}."
assert not seen["warnings"], f"The search gave the warnings {sorted(set(seen['warnings']))}. Are 1,000 steps allowed?"


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The map is pale: the classifier is unsure of nearly everything, and the validation accuracy shows that
# it has reason to be. A search with five folds and seven candidates fits 36 classifiers, the last one on all of the
# training part.
# %% [markdown]
# ## Reading the search
#
# A fitted search keeps everything in the dict `cv_results_`. Its entry `mean_test_score` is an array with the mean
# accuracy of each candidate over the folds. (scikit-learn calls the hidden folds "test"; it is not our test part.)
# Accuracies near 1 look alike on a plot. Errors do not: from 0.04 to 0.02 is half of them gone.
# %% [markdown]
# ### Exercise 7: `validation_errors` (1 point, ★☆☆)
#
# Return the mean validation *error* of each candidate, in the order in which the grid has them. It must work for any
# fitted `GridSearchCV` that measures accuracy.
#
# <details><summary>Hint</summary>
# An error rate and an accuracy sum to 1.
# </details>
# %% nbgrader={"grade": false, "grade_id": "validation_errors", "locked": false, "schema_version": 3, "solution": true, "task": false}
def validation_errors(search: GridSearchCV) -> np.ndarray:
    """Mean validation error of each candidate of a search.

    Parameters
    ----------
    search : GridSearchCV
        Fitted, with accuracy as its measure.

    Returns
    -------
    ndarray of float, shape (number of candidates,)
        Fractions in [0, 1], in the grid's order.
    """
    # From the accuracies that the search recorded.
    ### BEGIN SOLUTION
    return 1.0 - search.cv_results_["mean_test_score"]
    ### END SOLUTION


# %% tags=["try-it"]
Cs_pixels = np.logspace(-4, 2, 7)
pixel_search = search_logistic(X_pair, y_pair, Cs_pixels)
fig, ax = plt.subplots(figsize=(6, 3.4))
for label, grid, search, marker in [
    ("two components", Cs, line_search, "o"),
    ("all 784 pixels", Cs_pixels, pixel_search, "s"),
]:
    errors = validation_errors(search)
    ax.plot(grid, errors, marker=marker, label=label)
    print(
        f"{label:<15} smallest validation error {errors.min():.3f}, at C = {search.best_params_['C']:g}; largest {errors.max():.3f}"
    )
ax.set(
    xscale="log",
    xlabel="C (log scale)",
    ylabel="validation error",
    ylim=(0, None),
    title="Your searches: error against C",
)
legend = ax.legend()
# %% [markdown]
# With two weights there is little to restrain, so $C$ hardly matters. With 784 weights it does: too cautious is bad,
# and beyond the best value more trust in the training data stops helping.
# %% nbgrader={"grade": true, "grade_id": "test_validation_errors", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Classifiers that always say the same, for two classes of 8 and 4 samples: the shares of their errors are known.
from sklearn.dummy import DummyClassifier


def read_a_search():
    search = GridSearchCV(DummyClassifier(strategy="constant"), {"constant": [1, 0]}, cv=4)
    return validation_errors(search.fit(np.zeros((12, 1)), np.repeat([0, 1], [8, 4])))


seen = observe(read_a_search)
assert_array(seen, "validation_errors of 2 candidates", shape=(2,), dtype=np.floating)
assert_close(seen, np.array([2 / 3, 1 / 3]), "validation_errors", "Is it the error, and in the grid's order?")
# %% nbgrader={"grade": true, "grade_id": "hidden_validation_errors", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against one cross-validation for each candidate, for a grid of one argument and for one of two.
from sklearn.model_selection import StratifiedKFold
from sklearn.tree import DecisionTreeClassifier

rng = np.random.default_rng(27)
X, y = rng.normal(size=(60, 2)), rng.integers(0, 3, 60)


def read_searches():
    found = []
    for grid in ({"max_depth": [3, 1, 6, 2]}, {"max_depth": [1, 4], "min_samples_leaf": [9, 1, 4]}, {"max_depth": [2]}):
        search = GridSearchCV(DecisionTreeClassifier(random_state=0), grid, cv=4).fit(X, y)
        found.append((validation_errors(search), [dict(p) for p in search.cv_results_["params"]]))
    return found


for seen, candidates in observe(read_searches):
    expected = []
    for settings in candidates:
        errors = [
            np.mean(DecisionTreeClassifier(random_state=0, **settings).fit(X[fit], y[fit]).predict(X[hide]) != y[hide])
            for fit, hide in StratifiedKFold(4).split(X, y)
        ]
        expected.append(np.mean(errors))
    assert_array(
        seen, f"validation_errors of {len(candidates)} candidates", shape=(len(candidates),), dtype=np.floating
    )
    assert_close(seen, np.array(expected), f"validation_errors of {len(candidates)} candidates", "In the grid's order?")


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The smallest validation error is a little too good to be true: it is the luckiest of several noisy
# numbers. That is one more reason for a test part that took part in no choice.
# %% [markdown]
# # Part 3: two measures
#
# ## How often it errs
#
# The **error rate** is the share of samples whose predicted label is wrong. It is the number that people quote.
# Measured on $m$ test samples it is itself uncertain: a rate $e$ has a standard error of about $\sqrt{e (1 - e) / m}$
# (PS 0 saw this for guesses). On a few hundred images a difference of one point proves little.
# %% [markdown]
# ### Exercise 8: `error_rate` (1 point, ★☆☆)
#
# Write it for any fitted scikit-learn classifier, whatever its labels are. The check of the shapes is given.
#
# <details><summary>Hint</summary>
# <code>clf.predict(X)</code> gives labels. What is the mean of booleans?
# </details>
# %% nbgrader={"grade": false, "grade_id": "error_rate", "locked": false, "schema_version": 3, "solution": true, "task": false}
def error_rate(clf, X: np.ndarray, y: np.ndarray) -> float:
    """Share of the samples that a classifier gets wrong.

    Parameters
    ----------
    clf : scikit-learn classifier, fitted
    X : ndarray, shape (n, d)
    y : ndarray, shape (n,)
        The true labels.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    ValueError
        If y does not hold one label for each row of X.
    """
    if y.shape != (len(X),):
        raise ValueError(f"y {y.shape} must hold one label for each row of X {X.shape}")
    # Compare the predicted labels with the true ones.
    ### BEGIN SOLUTION
    return float(np.mean(clf.predict(X) != y))
    ### END SOLUTION


# %% tags=["try-it"]
print(
    f"two components: training {error_rate(line_search, Z, y_pair):.3f}, validation {validation_errors(line_search).min():.3f}"
)
print(
    f"all pixels:     training {error_rate(pixel_search, X_pair, y_pair):.3f}, validation {validation_errors(pixel_search).min():.3f}"
)


# %% [markdown]
# A fitted search acts as its winner, so it can be passed as a classifier. With 784 weights the training error is below
# the validation error: the model learned some of its training images by heart.
# %% nbgrader={"grade": true, "grade_id": "test_error_rate", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# A classifier that says 9 for positive numbers and 7 for others, on five of them.
def errors_by_hand():
    clf = KNeighborsClassifier(1).fit(np.array([[-1.0], [1.0]]), np.array([7, 9]))
    return error_rate(clf, np.array([[2.0], [3.0], [-2.0], [-5.0], [0.5]]), np.array([9, 7, 7, 7, 9]))


seen = observe(errors_by_hand)
assert_number(seen, "error_rate on 5 samples")
assert_close(seen, 0.2, "error_rate on 5 samples, one of them wrong", "Is it a share, and of the wrong ones?")
# %% nbgrader={"grade": true, "grade_id": "hidden_error_rate", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against a count, for numbers and for names as labels, two classes and more; all right and all wrong.
from sklearn.tree import DecisionTreeClassifier

rng = np.random.default_rng(28)
cases = []
for n, labels in [(1, ["a", "b"]), (9, [0, 1]), (50, [3, 7, 9]), (31, ["cat", "dog", "emu", "fox"])]:
    X_fit, X = rng.normal(size=(40, 2)), rng.normal(size=(n, 2))
    cases.append(
        (
            X_fit,
            np.array(labels)[rng.integers(0, len(labels), 40)],
            X,
            np.array(labels)[rng.integers(0, len(labels), n)],
        )
    )


def measure():
    found = []
    for X_fit, y_fit, X, y in cases:
        clf = DecisionTreeClassifier(max_depth=3, random_state=0).fit(X_fit, y_fit)
        guesses = clf.predict(X)
        other = np.array([clf.classes_[clf.classes_ != guess][0] for guess in guesses])
        values = [error_rate(clf, X, labels) for labels in (y, guesses, other)]
        found.append((values, guesses.tolist()))
    return found


for (_, _, X, y), (values, guesses) in zip(cases, observe(measure), strict=True):
    wrong = sum(a != b for a, b in zip(guesses, y.tolist(), strict=True))
    for value, expected, what in zip(
        values, (wrong / len(y), 0.0, 1.0), ("random", "its own", "only wrong"), strict=True
    ):
        assert_number(value, f"error_rate against {what} labels")
        assert_close(value, expected, f"error_rate on {len(y)} samples against {what} labels")


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The training error is the least useful of the three numbers (training, validation, test). It measures
# how well the model remembers, and a model that stores its training images, such as nearest neighbours in Part 5,
# brings it to 0 without having understood anything.
# %% [markdown]
# ## What its probabilities are worth
#
# Two classifiers err equally often. One says "51 % a nine" where it is unsure. The other always says "100 %". The error
# rate cannot tell them apart, yet only the first can warn you. The **likelihood** can: it is the probability that the
# model gave to *all* the observed labels. The samples are independent, so it is a product over them. Its negative
# logarithm is a sum, called the **negative log-likelihood**:
#
# $$\text{NLL} = -\ln \prod_{i=1}^{n} P(y_i) = \sum_{i=1}^{n} -\ln P(y_i) \;\ge\; 0 .$$
#
# Smaller is better. Each sample pays for its own surprise: 0 for a certain and right prediction, $\ln 2 \approx 0.693$
# for "one half", and without limit as the probability of what happened goes to 0. So a guess of one half for every
# sample has the NLL $n \ln 2$. A model above that is worse than no model, however few errors it makes.
#
# A probability of exactly 0 for what did happen would cost $-\ln 0 = \infty$. To keep the sum finite, raise tiny
# probabilities to a limit before you take the logarithm. scikit-learn's `log_loss` takes the smallest relative step of
# a float, about $2.2 \cdot 10^{-16}$, so that such a mistake costs about 36.
# %% tags=["try-it"]
p_axis = np.linspace(0.002, 1, 400)
fig, ax = plt.subplots(figsize=(5.5, 3.2))
ax.plot(p_axis, -np.log(p_axis), label=r"$-\ln P(y)$")
ax.plot(p_axis, (p_axis < 0.5).astype(float), label="error (two classes)")
ax.plot([0.5], [np.log(2)], "ko", markersize=5)
ax.annotate(r"a guess: $\ln 2$", (0.5, np.log(2)), (0.58, 1.6), arrowprops={"arrowstyle": "-", "color": "0.5"})
ax.set(
    xlabel="probability $P(y)$ that the model gave to the true label",
    ylabel="cost of one sample",
    title="What one sample costs",
)
legend = ax.legend()


# %% [markdown]
# ### Exercise 9: `negative_log_likelihood` (2 points, ★★☆)
#
# Write the NLL for any fitted classifier with `predict_proba`. The columns of `clf.predict_proba(X)`, shape $(n, k)$,
# belong to the classes in the order of `clf.classes_`, which is sorted. The labels need not be $0, \dots, k-1$. The
# result must be finite where a probability is exactly 0, and computed without a warning. Probabilities above $10^{-7}$
# must count as they are. The checks of shapes and labels are given.
#
# <details><summary>Hint</summary>
# Which column holds the true label of each sample? <code>np.searchsorted(clf.classes_, y)</code> finds the places of labels in a sorted array. Then
# index with two integer arrays.
# </details>
# %% nbgrader={"grade": false, "grade_id": "negative_log_likelihood", "locked": false, "schema_version": 3, "solution": true, "task": false}
def negative_log_likelihood(clf, X: np.ndarray, y: np.ndarray) -> float:
    """Minus the logarithm of the probability that a classifier gives to all labels.

    Parameters
    ----------
    clf : scikit-learn classifier with predict_proba, fitted
    X : ndarray, shape (n, d)
    y : ndarray, shape (n,)
        The true labels, each in clf.classes_.

    Returns
    -------
    float
        The sum over samples, in nats; finite even where a probability is exactly 0.

    Raises
    ------
    ValueError
        If y does not hold one label for each row of X, or one that clf does not know.
    """
    if y.shape != (len(X),):
        raise ValueError(f"y {y.shape} must hold one label for each row of X {X.shape}")
    if not np.isin(y, clf.classes_).all():
        raise ValueError(f"y {y.shape} has a label that is not among the classes {clf.classes_}")
    # The probability that each sample's own label got.
    ### BEGIN SOLUTION
    columns = np.searchsorted(clf.classes_, y)
    p = clf.predict_proba(X)[np.arange(len(y)), columns]
    ### END SOLUTION
    # Kept away from 0, then minus the logarithm, summed.
    ### BEGIN SOLUTION
    return float(-np.log(np.maximum(p, np.finfo(np.float64).eps)).sum())
    ### END SOLUTION


# %% tags=["try-it"]
guess = len(y_pair) * np.log(2)
for label, search, inputs in [("two components", line_search, Z), ("all pixels", pixel_search, X_pair)]:
    value = negative_log_likelihood(search, inputs, y_pair)
    print(
        f"{label:<15} training NLL {value:6.1f}, or {value / len(y_pair):.3f} a sample; a guess costs {guess:.1f}, or {np.log(2):.3f}"
    )


# %% nbgrader={"grade": true, "grade_id": "test_negative_log_likelihood", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Nearest neighbours with labels 7 and 9: of four neighbours, shares of quarters. Three samples by hand.
def likelihood_by_hand():
    points, labels = (
        np.array([[0.0], [1.0], [2.0], [3.0], [10.0], [11.0], [12.0], [13.0]]),
        np.array([7, 7, 7, 9, 9, 9, 9, 9]),
    )
    clf = KNeighborsClassifier(4).fit(points, labels)
    usual = negative_log_likelihood(clf, np.array([[1.5], [1.5], [11.5]]), np.array([7, 9, 9]))
    impossible = negative_log_likelihood(clf, np.array([[11.5]]), np.array([7]))
    return usual, impossible


usual, impossible = observe(likelihood_by_hand)
assert_number(usual, "negative_log_likelihood of 3 samples")
assert_close(
    usual,
    -np.log(0.75 * 0.25 * 1.0),
    "negative_log_likelihood of labels with probabilities 3/4, 1/4 and 1",
    "Is it the sum, in natural logarithms, of each true label's own probability?",
    rtol=1e-6,
)
assert_number(impossible, "the NLL of a label with probability 0")
# %% nbgrader={"grade": true, "grade_id": "hidden_negative_log_likelihood", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against scikit-learn's log_loss: classes that are not 0..k-1, names as classes, classes that do not occur in y, probabilities of 0 and
# very small ones, warnings as errors.
import warnings

from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import log_loss

rng = np.random.default_rng(29)
cases = []
for n, labels in [(1, [0, 1]), (12, [7, 9]), (25, [2, 30, 4]), (40, ["emu", "cat", "dog"]), (17, [1, 0, 5, 3])]:
    X_fit, X = rng.normal(size=(60, 3)), rng.normal(size=(n, 3))
    y_fit = np.concatenate([labels, np.array(labels)[rng.integers(0, len(labels), 60 - len(labels))]])
    cases.append((X_fit, y_fit, X, np.array(labels)[rng.integers(0, max(len(labels) - 1, 2), n)]))


def likelihoods():
    class Stubborn(ClassifierMixin, BaseEstimator):
        """Gives fixed probabilities, whatever the samples."""

        def fit(self, X, y):
            self.classes_ = np.unique(y)
            return self

        def predict_proba(self, X):
            return np.array([[1.0, 0.0], [0.0, 1.0], [1e-6, 1 - 1e-6], [0.5, 0.5]])

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = []
        for X_fit, y_fit, X, y in cases:
            clf = LogisticRegression(max_iter=1000).fit(X_fit, y_fit)
            found.append((negative_log_likelihood(clf, X, y), clf.predict_proba(X), clf.classes_.tolist()))
        stubborn = Stubborn().fit(None, np.array([3, 8]))
        X = np.zeros((4, 1))
        right = negative_log_likelihood(stubborn, X, np.array([3, 8, 8, 3]))
        small = negative_log_likelihood(stubborn, X, np.array([3, 8, 3, 8]))
        wrong = negative_log_likelihood(stubborn, X, np.array([8, 3, 8, 3]))
    return found, right, small, wrong


found, right, small, wrong = observe(likelihoods)
for (_, _, X, y), (seen, proba, classes) in zip(cases, found, strict=True):
    name = f"negative_log_likelihood of {len(y)} samples, classes {classes}"
    assert_number(seen, name)
    assert_close(seen, log_loss(y, proba, labels=classes, normalize=False), name, rtol=1e-6)
assert_close(
    right, np.log(2) - np.log1p(-1e-6), "the NLL of sure and right predictions and a guess", rtol=1e-5, atol=1e-6
)
told = "Are probabilities above 1e-7 left as they are?"
assert_close(small, np.log(2) + np.log(1e6), "the NLL with a probability of 1e-6 and a guess", told, rtol=1e-5)
assert_number(wrong, "the NLL with two certain mistakes")
assert 2 * 16 < wrong - right < 2 * 760, (
    f"Two certain mistakes should be very expensive, and finite; yours cost {wrong - right:.1f}."
)


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** `log_loss(y, clf.predict_proba(X), labels=clf.classes_, normalize=False)` gives the same number. Its
# argument `labels` matters: without it the columns are matched to the labels that happen to occur in `y`. The sum grows
# with the number of samples, so an NLL can be compared only on the same test part; divided by $n$ it is the
# cross-entropy that PS 4 minimises.
# %% [markdown]
# # Part 4: curved boundaries
#
# ## More features for the same model
#
# Logistic regression draws a straight line in its inputs. But the inputs are ours to choose. Add the products of the
# two numbers, up to some degree $q$, for example for $q = 2$
#
# $$(z_1, z_2) \;\to\; (1, \; z_1, \; z_2, \; z_1^2, \; z_1 z_2, \; z_2^2) .$$
#
# A score that is linear in these is a quadratic function of $z$, and its boundary is an ellipse, a parabola or a
# hyperbola. A monomial of degree at most $q$ in $d$ variables is a way to put $q$ equal balls into $d + 1$ boxes, one
# box for each variable and one for what is left over. So there are $\binom{d + q}{q}$ of them. For two variables that
# is harmless. For pixels it is not.
# %% tags=["try-it"]
from math import comb

for d in (2, 784):
    counts = ", ".join(f"degree {q}: {comb(d + q, q):,}" for q in (1, 2, 3, 6))
    print(f"{d:3d} inputs  {counts}")
# %% [markdown]
# Two details decide whether this works.
#
# **Scale.** If $z_1$ reaches 5, then $z_1^6$ reaches 15,625. The penalty $\frac{1}{2} \lVert w \rVert^2$ would then be
# nothing for the large features and everything for the small ones. So **standardise** each feature after the expansion:
# subtract its mean, divide by its standard deviation.
#
# **Leakage.** Mean and standard deviation are computed from data. If they are computed before the folds are made, the
# hidden fold has taken part. (The scale and the two components of Part 1 were found on the whole training part. They use
# no labels, so the harm is small here; a strict search would have them in its pipeline too. The test part took no part in
# them.) A `Pipeline` is a chain of steps that acts as one classifier. Inside a search *the whole
# chain* is fitted anew for each round, on its own folds.
# %% tags=["try-it"]
ax = diagrams.shape_flow(
    [
        ("Z", ("n", 2)),
        "PolynomialFeatures,\ndegree 6",
        ("monomials", ("n", 28)),
        "StandardScaler",
        ("standardised", ("n", 28)),
        "LogisticRegression",
        ("probability", ("n", 2)),
    ],
    title="The pipeline: every step is fitted on the fitting folds alone",
)


# %% [markdown]
# ### Exercise 10: `search_polynomial_logistic` (2 points, ★★★)
#
# Return a fitted `GridSearchCV` over a pipeline of three steps, in this order: `PolynomialFeatures`, `StandardScaler`,
# `LogisticRegression` with 1,000 steps. The grid holds every pair of a degree and a $C$. Everything else stays as
# scikit-learn has it, and `cv` is passed on.
#
# `make_pipeline` names each step by its class in small letters. In the grid, an argument of a step is written with *two* underscores,
# such as `standardscaler__with_mean`.
#
# <details><summary>Hint</summary>
# The grid is a dict with two entries. If you mistype a name, the message of the error lists those that exist.
# </details>
# %% nbgrader={"grade": false, "grade_id": "search_polynomial_logistic", "locked": false, "schema_version": 3, "solution": true, "task": false}
def search_polynomial_logistic(
    X: np.ndarray, y: np.ndarray, degrees: list[int] | range, Cs: list[float] | np.ndarray, cv: int = 5
) -> GridSearchCV:
    """Choose degree and C of a logistic regression on polynomial features.

    Parameters
    ----------
    X : ndarray of float, shape (n, d)
    y : ndarray of int, shape (n,)
    degrees : sequence of int
        Candidates for the degree, each at least 1.
    Cs : sequence of float
        Candidates for C, each positive.
    cv : int
        Number of folds.

    Returns
    -------
    GridSearchCV
        Fitted, over a Pipeline of expansion, standardisation and logistic regression; its measure is the accuracy.
    """
    # The three steps.
    ### BEGIN SOLUTION
    pipeline = make_pipeline(PolynomialFeatures(), StandardScaler(), LogisticRegression(max_iter=1000))
    ### END SOLUTION
    # The grid of both settings.
    ### BEGIN SOLUTION
    grid = {"polynomialfeatures__degree": list(degrees), "logisticregression__C": list(Cs)}
    ### END SOLUTION
    # The fitted search.
    ### BEGIN SOLUTION
    return GridSearchCV(pipeline, grid, cv=cv).fit(X, y)
    ### END SOLUTION


# %% tags=["try-it"]
degrees, Cs_polynomial = [1, 2, 3, 4, 5, 6], [0.01, 0.1, 1.0, 10.0]
polynomial_search = search_polynomial_logistic(Z, y_pair, degrees, Cs_polynomial)
settings = pd.DataFrame(
    [{key.split("__")[1]: value for key, value in p.items()} for p in polynomial_search.cv_results_["params"]]
)
errors = settings.assign(error=validation_errors(polynomial_search)).pivot(index="degree", columns="C", values="error")
fig, ax = plt.subplots(figsize=(5, 3.4))
ax = diagrams.annotated_matrix(
    errors,
    row_labels=[f"degree {q}" for q in errors.index],
    col_labels=[f"{C:g}" for C in errors.columns],
    fmt="{:.3f}",
    symmetric=False,
    ax=ax,
    title="Your validation errors (columns: C)",
)
print(
    f"chosen: degree {settings.degree[polynomial_search.best_index_]}, C = {settings.C[polynomial_search.best_index_]:g}"
)
# %% nbgrader={"grade": true, "grade_id": "test_search_polynomial_logistic", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# A disc inside a ring: no line separates them, a quadratic does. The step names are yours to choose.
import warnings

rng = np.random.default_rng(7)
angle, y = rng.uniform(0, 2 * np.pi, 60), np.arange(60) % 2
X = (1.0 + 2.0 * y + rng.uniform(-0.3, 0.3, 60))[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def search_the_ring():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search = search_polynomial_logistic(X, y, [1, 2], [1.0, 10.0, 0.1], cv=3)
    steps = [type(step).__name__ for step in search.estimator] if hasattr(search.estimator, "steps") else []
    params = [
        {step.split("__")[-1]: setting for step, setting in given.items()} for given in search.cv_results_["params"]
    ]
    return {
        "type": type(search).__name__,
        "steps": steps,
        "params": params,
        "scores": np.array(search.cv_results_["mean_test_score"]),
        "folds": search.n_splits_,
        "warnings": [warning.category.__name__ for warning in caught],
    }


seen = observe(search_the_ring)
assert seen["type"] == "GridSearchCV", f"A GridSearchCV should come back; it is a {seen['type']}."
wanted = ["PolynomialFeatures", "StandardScaler", "LogisticRegression"]
assert seen["steps"] == wanted, f"The pipeline's steps should be {wanted}; they are {seen['steps']}."
pairs = {(given.get("degree"), given.get("C")) for given in seen["params"]}
assert pairs == {(1, 0.1), (1, 1.0), (1, 10.0), (2, 0.1), (2, 1.0), (2, 10.0)}, (
    f"The candidates (degree, C) are {pairs}. Every pair?"
)
assert seen["folds"] == 3, f"With cv=3 there should be 3 folds; there are {seen['folds']}."
for given, score in zip(seen["params"], seen["scores"], strict=True):
    told = f"degree {given['degree']} with C = {given['C']} has the validation accuracy {score:.2f}"
    assert score > 0.95 if given["degree"] == 2 else score < 0.85, f"{told}. Are the products of the inputs used?"
assert not seen["warnings"], f"The search gave the warnings {seen['warnings']}."
# %% nbgrader={"grade": true, "grade_id": "hidden_search_polynomial_logistic", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against monomials written out, standardised by NumPy on the fitting folds alone, and SciPy's minimum of the penalised likelihood.
import warnings
from itertools import combinations_with_replacement

from scipy.optimize import minimize
from scipy.special import expit
from sklearn.model_selection import StratifiedKFold


def monomials(X, q):
    powers = [c for size in range(1, q + 1) for c in combinations_with_replacement(range(X.shape[1]), size)]
    return np.stack([X[:, list(c)].prod(axis=1) for c in powers], axis=1)


def probabilities(X, y, X_new, q, C):
    raw, raw_new = monomials(X, q), monomials(X_new, q)
    F, F_new = ((part - raw.mean(axis=0)) / raw.std(axis=0) for part in (raw, raw_new))
    sign = 2.0 * y - 1.0

    def objective(v):
        t = sign * (F @ v[:-1] + v[-1])
        slope = -C * sign * expit(-t)
        return C * np.logaddexp(0, -t).sum() + v[:-1] @ v[:-1] / 2, np.append(F.T @ slope + v[:-1], slope.sum())

    v = minimize(objective, np.zeros(F.shape[1] + 1), jac=True, method="BFGS", options={"gtol": 1e-7}).x
    return expit(F_new @ v[:-1] + v[-1])


rng = np.random.default_rng(30)
y = np.sort(rng.integers(0, 2, 50))
X = rng.normal(size=(50, 2)) * [1.0, 3.0] * (1.0 + 0.6 * y[:, None]) + [0.5, 2.0]
expected = {
    (q, C): np.mean(
        [
            np.mean((probabilities(X[fit], y[fit], X[hide], q, C) > 0.5) == y[hide])
            for fit, hide in StratifiedKFold(4).split(X, y)
        ]
    )
    for q in (3, 1, 2)
    for C in (0.05, 2.0)
}
# Noisy labels, a high degree and hardly any penalty need between 100 and 1,000 steps.
noisy = np.random.default_rng(0)
X_hard = noisy.normal(size=(120, 2)) + 1.0
y_hard = (np.sin(2 * X_hard[:, 0]) + X_hard[:, 1] - 1.0 + noisy.normal(size=120) > 0).astype(int)


def searches():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search = search_polynomial_logistic(X, y, (3, 1, 2), np.array([0.05, 2.0]), cv=4)
        one = search_polynomial_logistic(X[:, :1], y, [2], [0.3])
        search_polynomial_logistic(X_hard, y_hard, range(6, 7), [1000.0], cv=2)
    scores = {}
    for p, score in zip(search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True):
        named = {key.split("__")[-1]: value for key, value in p.items()}
        scores[int(named["degree"]), float(named["C"])] = float(score)
    best = {key.split("__")[-1]: value for key, value in search.best_params_.items()}
    return {
        "kinds": [type(search).__name__, *(type(step).__name__ for step in search.estimator)],
        "scores": [(key, value) for key, value in scores.items()],
        "best": [int(best["degree"]), float(best["C"])],
        "proba": search.predict_proba(X)[:, 1],
        "one": one.predict_proba(X[:, :1])[:, 1],
        "one_folds": one.n_splits_,
        "warnings": [warning.category.__name__ for warning in caught],
    }


with assert_unchanged(X=X, y=y):
    seen = observe(searches)
wanted = ["GridSearchCV", "PolynomialFeatures", "StandardScaler", "LogisticRegression"]
assert seen["kinds"] == wanted, f"The search and its steps should be {wanted}; they are {seen['kinds']}."
scores = {tuple(key): value for key, value in seen["scores"]}
assert scores.keys() == expected.keys(), (
    f"The candidates (degree, C) are {sorted(scores)}; they should be {sorted(expected)}."
)
for pair, value in expected.items():
    told = "Is each feature standardised after the expansion, within the fold?"
    assert_close(scores[pair], value, f"the mean accuracy of (degree, C) = {pair}", told, atol=1e-9)
best = tuple(seen["best"])
assert scores[best] == max(scores.values()), f"The winner {best} is not the best candidate."
# The solver stops at gradients of about 1e-4, which leaves the probabilities right to about 1e-3.
assert_close(
    seen["proba"], probabilities(X, y, X, *best), "the winner's probabilities", "Fitted on all of X?", atol=1e-2
)
assert_close(seen["one"], probabilities(X[:, :1], y, X[:, :1], 2, 0.3), "the probabilities for one input", atol=1e-2)
assert seen["one_folds"] == 5, f"By default there should be 5 folds; there are {seen['one_folds']}."
assert not seen["warnings"], f"The search gave the warnings {sorted(set(seen['warnings']))}. Are 1,000 steps allowed?"


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The table is flat: many settings are equally good within the noise of a few hundred images a fold, and
# the "best" cell is partly luck. The constant monomial 1 becomes a column of zeros when it is standardised, so it does
# no harm; the bias of the logistic regression takes its part.
# %% [markdown]
# ## Features that are learned
#
# A **multilayer perceptron** (MLP) also feeds new features to a logistic regression. But nobody lists them: each
# feature is itself a weighted sum of the inputs, passed through a bent function, and all weights are learned together.
# With 20 hidden units,
#
# $$h = g\big( \underbrace{z}_{(2,)}\, \underbrace{W_1}_{(2, 20)} + b_1 \big), \qquad t = \underbrace{h}_{(20,)} \cdot\, w_2 + b_2, \qquad \text{probability} = \sigma(t),$$
#
# where $g$ is $\operatorname{relu}(s) = \max(0, s)$ or $\tanh(s)$. scikit-learn minimises the mean of $-\ln P(y_i)$
# plus $\frac{\alpha}{2n}$ times the sum of the squared weights. Divide the objective of Part 2 by $C n$ and compare:
# $\alpha$ plays the part of $1 / C$. So a *large* $\alpha$ is cautious.
#
# Unlike before, the minimum is not unique. The search for it starts at random weights, and another start gives another
# network. PS 5 builds all of this by hand.
# %% tags=["try-it"]
ax = diagrams.network(
    [2, 20, 1],
    labels=["$z$", "$h = g(z W_1 + b_1)$", r"$\sigma(h \cdot w_2 + b_2)$"],
    title="An MLP with 20 hidden units",
)


# %% [markdown]
# ### Exercise 11: `search_mlp` (1.5 points, ★★☆)
#
# Return a fitted `GridSearchCV` over `MLPClassifier` whose grid holds every pair of an `alpha` and an `activation`.
# `hidden` gives the sizes of the hidden layers, and `cv` is passed on. Use `random_state=0`, so that the same call
# gives the same result, `max_iter=1000`, so that training may finish, and `learning_rate_init=0.01`, which is quick
# here. Leave the rest as it is.
#
# <details><summary>Hint</summary>
# The argument for the layers is <code>hidden_layer_sizes</code>. No pipeline, so no double underscores.
# </details>
# %% nbgrader={"grade": false, "grade_id": "search_mlp", "locked": false, "schema_version": 3, "solution": true, "task": false}
def search_mlp(
    X: np.ndarray,
    y: np.ndarray,
    alphas: list[float] | np.ndarray,
    activations: tuple[str, ...] = ("relu", "tanh"),
    hidden: tuple[int, ...] = (20,),
    cv: int = 5,
) -> GridSearchCV:
    """Choose penalty and activation of a multilayer perceptron by cross-validation.

    Parameters
    ----------
    X : ndarray of float, shape (n, d)
    y : ndarray of int, shape (n,)
    alphas : sequence of float
        Candidates for the penalty.
    activations : sequence of str
        Candidates for the activation.
    hidden : tuple of int
        Sizes of the hidden layers.
    cv : int
        Number of folds.

    Returns
    -------
    GridSearchCV
        Fitted, over MLPClassifier with random_state 0; its measure is the accuracy.
    """
    # The network.
    ### BEGIN SOLUTION
    network = MLPClassifier(hidden_layer_sizes=hidden, learning_rate_init=0.01, max_iter=1000, random_state=0)
    ### END SOLUTION
    # The search over both settings, fitted.
    ### BEGIN SOLUTION
    grid = {"alpha": list(alphas), "activation": list(activations)}
    return GridSearchCV(network, grid, cv=cv).fit(X, y)
    ### END SOLUTION


# %% tags=["try-it"]
# NBVAL_IGNORE_OUTPUT
start = time.perf_counter()
mlp_search = search_mlp(Z, y_pair, [0.01, 1.0], cv=3)
print(f"{len(validation_errors(mlp_search)) * 3 + 1} networks in {time.perf_counter() - start:.1f} s")
for p, error in zip(mlp_search.cv_results_["params"], validation_errors(mlp_search), strict=True):
    print(f"{p['activation']}, alpha {p['alpha']:<5g} validation error {error:.3f}")
# %% tags=["try-it"]
fig, axes = plt.subplots(1, 3, figsize=(13.5, 4))
for ax, (label, search) in zip(
    axes, {"logistic": line_search, "polynomial": polynomial_search, "MLP of 20": mlp_search}.items(), strict=True
):
    plotting.probability_map(
        lambda points, search=search: search.predict_proba(points)[:, 1],
        Z[:400],
        y_pair[:400],
        ax=ax,
        title=f"Your {label}",
    )
    ax.set(xlabel="first component $z_1$", ylabel="second component $z_2$")
    ax.get_legend().set_in_layout(False)
# %% nbgrader={"grade": true, "grade_id": "test_search_mlp", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# The disc and the ring again, which need hidden units; the default activations.
import warnings

rng = np.random.default_rng(7)
angle, y = rng.uniform(0, 2 * np.pi, 60), np.arange(60) % 2
X = (1.0 + 2.0 * y + rng.uniform(-0.3, 0.3, 60))[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def search_the_ring():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search = search_mlp(X, y, [0.01], cv=2)
    arguments = search.estimator.get_params()
    return {
        "kinds": [type(search).__name__, type(search.estimator).__name__],
        "params": [dict(given) for given in search.cv_results_["params"]],
        "arguments": {
            argument: arguments.get(argument) for argument in ("random_state", "learning_rate_init", "max_iter")
        },
        "hidden": [int(size) for size in np.atleast_1d(arguments.get("hidden_layer_sizes", 0))],
        "folds": search.n_splits_,
        "scores": np.array(search.cv_results_["mean_test_score"]),
        "warnings": sorted({warning.category.__name__ for warning in caught}),
    }


seen = observe(search_the_ring)
kinds = ["GridSearchCV", "MLPClassifier"]
assert seen["kinds"] == kinds, f"A GridSearchCV over MLPClassifier is wanted; yours is {seen['kinds']}."
pairs = {(given.get("alpha"), given.get("activation")) for given in seen["params"]}
assert pairs == {(0.01, "relu"), (0.01, "tanh")}, f"The candidates (alpha, activation) are {pairs}. Every pair?"
for argument, wanted in {"random_state": 0, "learning_rate_init": 0.01, "max_iter": 1000}.items():
    assert seen["arguments"][argument] == wanted, (
        f"{argument} is {seen['arguments'][argument]}; the exercise asks for {wanted}."
    )
assert seen["hidden"] == [20], f"The hidden layers are {seen['hidden']}; by default there is one of 20 units."
assert seen["folds"] == 2, f"With cv=2 there should be 2 folds; there are {seen['folds']}. Is cv passed on?"
assert seen["scores"].min() > 0.8, f"The validation accuracies are {seen['scores'].round(2)}. Does the training finish?"
assert not seen["warnings"], f"The search gave the warnings {seen['warnings']}."
# %% nbgrader={"grade": true, "grade_id": "hidden_search_mlp", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Every candidate is there once; its score is the accuracy on scikit-learn's own folds; other layers, the default of 5 folds, a single
# activation; the winner is fitted on everything.
import warnings

from sklearn.model_selection import StratifiedKFold

rng = np.random.default_rng(31)
y = np.sort(rng.integers(0, 2, 45))
X = rng.normal(size=(45, 2)) + 1.2 * y[:, None] * [1.0, -1.0]


def searches():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search = search_mlp(X, y, np.array([5.0, 0.5]), ("tanh", "logistic"), (4, 3), cv=2)
        default = search_mlp(X[:, :1], y, [3.0], hidden=(3,), activations=["relu"])
    recomputed = []
    for given in search.cv_results_["params"][1:3]:
        halves = StratifiedKFold(2).split(X, y)
        fitted = [(clone(search.estimator).set_params(**given).fit(X[use], y[use]), rest) for use, rest in halves]
        recomputed.append(float(np.mean([np.mean(network.predict(X[rest]) == y[rest]) for network, rest in fitted])))
    return {
        "kinds": [type(search).__name__, type(search.estimator).__name__],
        "params": [
            (float(given["alpha"]), str(given["activation"]), len(given)) for given in search.cv_results_["params"]
        ],
        "scores": np.array(search.cv_results_["mean_test_score"]),
        "recomputed": np.array(recomputed),
        "proba": [winner.predict_proba(X)[:, 1] for winner in (search, clone(search.best_estimator_).fit(X, y))],
        "shapes": [list(W.shape) for W in search.best_estimator_.coefs_],
        "default": [
            len(default.cv_results_["params"]),
            default.n_splits_,
            list(default.best_estimator_.coefs_[0].shape),
        ],
        "warnings": sorted({warning.category.__name__ for warning in caught}),
    }


with assert_unchanged(X=X, y=y):
    seen = observe(searches)
kinds = ["GridSearchCV", "MLPClassifier"]
assert seen["kinds"] == kinds, f"A GridSearchCV over MLPClassifier is wanted; yours is {seen['kinds']}."
wanted = {(0.5, "tanh", 2), (0.5, "logistic", 2), (5.0, "tanh", 2), (5.0, "logistic", 2)}
assert len(seen["params"]) == 4 and set(seen["params"]) == wanted, (
    f"The candidates are {seen['params']}. Every pair, once?"
)
assert seen["shapes"] == [[2, 4], [4, 3], [3, 1]], f"With hidden=(4, 3) the weights have the shapes {seen['shapes']}."
assert_close(seen["scores"][1:3], seen["recomputed"], "the mean accuracy on the folds", "Is cv passed on?")
assert_close(
    seen["proba"][1], seen["proba"][0], "the winner, fitted anew on all of X", "Is random_state=0 set?", rtol=1e-6
)
assert np.mean((seen["proba"][0] > 0.5) == y) > 0.75, (
    "The winner gets more than a quarter of its training samples wrong."
)
assert seen["default"] == [1, 5, [1, 3]], f"One candidate, 5 folds, one layer of 3: seen {seen['default']}."
assert not seen["warnings"], f"The search gave the warnings {seen['warnings']}."


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The search over networks is by far the slowest of the three, though the grid is small. All three maps
# agree where there are many images, and differ where there are few: beyond the data a polynomial of high degree may say
# anything.
# %% [markdown]
# ### Question 1 (1 point)
#
# Look at the three probability maps. What shape has the 0.5 contour in each, and why can the first have no other? Where
# do the maps differ most, and how much do you trust them there? All three make many errors: why would no classifier on
# these two components get rid of them?
# %% [markdown] nbgrader={"grade": true, "grade_id": "discuss_maps", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# The contour of the logistic regression is a straight line, because its probability is one half exactly where the score
# $z \cdot w + b$ is 0. The polynomial one and the MLP are curved, since their scores are functions of products of the
# inputs, or of bent sums of them. The maps agree in the middle, where the points are dense, and differ at the rim,
# where there are hardly any training images. There the probability is an extrapolation, and I would not trust it. The
# errors remain because sevens and nines lie on top of each other in the plane: two images of different classes can have
# the same two numbers. What the projection threw away no boundary can bring back.
# %% [markdown]
# # Part 5: the honest table
#
# Now the test part is used, once. A row of the table holds what you would want to know before you use a classifier: how
# often it errs, what its probabilities are worth, how long it takes to fit, and how long to predict.
#
# One more candidate joins, the simplest there is. **Nearest neighbours** stores the training images. A new image gets
# the majority label of the $k$ stored images closest to it, and the share of each class among them as its
# probabilities. There is nothing to fit.
# %% [markdown]
# ### Exercise 12: `compare_classifiers` (2 points, ★★☆)
#
# Complete the table. For each entry of `classifiers` make a `clone`, an unfitted copy with the same settings, so that
# the objects in the dict stay as they are. Read the clock with `time.perf_counter()`, before and after. `fit_seconds`
# is one call of `fit`, and `predict_seconds` one call of `predict` on the test part, alone. Use your `error_rate` and
# `negative_log_likelihood`, on the test part.
#
# <details><summary>Hint</summary>
# Keep everything that does not belong to it outside the two readings of the clock.
# </details>
# %% nbgrader={"grade": false, "grade_id": "compare_classifiers", "locked": false, "schema_version": 3, "solution": true, "task": false}
def compare_classifiers(
    classifiers: dict, X_train: np.ndarray, y_train: np.ndarray, X_test: np.ndarray, y_test: np.ndarray
) -> pd.DataFrame:
    """Fit each classifier on the training part and measure it on the test part.

    Parameters
    ----------
    classifiers : dict of name to scikit-learn classifier with predict_proba
        Left as they are: copies are fitted.
    X_train, X_test : ndarray of float, shapes (n, d) and (m, d)
    y_train, y_test : ndarray of int, shapes (n,) and (m,)

    Returns
    -------
    DataFrame
        A row for each name, in their order. Columns: ``error_rate``, ``nll`` (the sum over the test part),
        ``fit_seconds`` and ``predict_seconds`` (one call of predict on the test part).
    """
    rows = {}
    for name, classifier in classifiers.items():
        # An unfitted copy with the same settings.
        ### BEGIN SOLUTION
        clf = clone(classifier)
        ### END SOLUTION
        # Fit it between two readings of the clock.
        ### BEGIN SOLUTION
        start = time.perf_counter()
        clf.fit(X_train, y_train)
        fit_seconds = time.perf_counter() - start
        ### END SOLUTION
        # Predict the test part between two readings.
        ### BEGIN SOLUTION
        start = time.perf_counter()
        clf.predict(X_test)
        predict_seconds = time.perf_counter() - start
        ### END SOLUTION
        # The four numbers, in the order of the columns below.
        ### BEGIN SOLUTION
        measures = [error_rate(clf, X_test, y_test), negative_log_likelihood(clf, X_test, y_test)]
        rows[name] = [*measures, fit_seconds, predict_seconds]
        ### END SOLUTION
    return pd.DataFrame.from_dict(rows, orient="index", columns=["error_rate", "nll", "fit_seconds", "predict_seconds"])


# %% [markdown]
# First the plane. The settings are those that the searches chose.
# %% tags=["try-it"]
# NBVAL_IGNORE_OUTPUT
plane = compare_classifiers(
    {
        "logistic": line_search.best_estimator_,
        "polynomial": polynomial_search.best_estimator_,
        "MLP of 20": mlp_search.best_estimator_,
    },
    Z,
    y_pair,
    Z_test,
    y_pair_test,
)
print(f"two components; NLL of a guess: {len(y_pair_test) * np.log(2):.1f}")
display(plane.round({"error_rate": 3, "nll": 1, "fit_seconds": 4, "predict_seconds": 4}))
# %% [markdown]
# Now all 784 pixels. The settings of the logistic regression come from your search in Part 2. The MLP gets a search of
# its own, which must be quick: on every third training image, with two folds and one activation. For the neighbours we
# take $k = 1$ and $k = 5$.
# %% tags=["try-it"]
# NBVAL_IGNORE_OUTPUT
pixel_mlp_search = search_mlp(X_pair[::3], y_pair[::3], [0.1, 1.0], activations=("tanh",), cv=2)
pixels = compare_classifiers(
    {
        "logistic": pixel_search.best_estimator_,
        "1 neighbour": KNeighborsClassifier(1),
        "5 neighbours": KNeighborsClassifier(5),
        "MLP of 20": pixel_mlp_search.best_estimator_,
    },
    X_pair,
    y_pair,
    X_pair_test,
    y_pair_test,
)
print(f"all pixels, {len(y_pair_test)} test images; NLL of a guess: {len(y_pair_test) * np.log(2):.1f}")
display(pixels.round({"error_rate": 3, "nll": 1, "fit_seconds": 4, "predict_seconds": 4}))
# %% tags=["try-it"]
table = pd.concat({"2 components": plane, "784 pixels": pixels})
names = [f"{name}, {inputs}" for inputs, name in table.index]
ax = plotting.bars_with_errors(
    names,
    table["error_rate"],
    np.sqrt(table["error_rate"] * (1 - table["error_rate"]) / len(y_pair_test)),
    xlabel="test error rate",
    title="How often each errs (bars: one standard error)",
    fmt="{:.3f}",
)
ax = plotting.bars_with_errors(
    names,
    table["nll"] / len(y_pair_test),
    xlabel="NLL per test image",
    title="What its probabilities are worth (line: a guess)",
    fmt="{:.2f}",
)
ax.axvline(np.log(2), color="black", linestyle="--")
fig, ax = plt.subplots(figsize=(6, 3.2))
for i, (name, row) in enumerate(pixels.iterrows()):
    ax.plot(
        row["fit_seconds"],
        row["predict_seconds"],
        linestyle="none",
        markersize=8,
        marker=plotting.MARKERS[i],
        label=name,
    )
ax.set(
    xscale="log",
    yscale="log",
    xlabel="seconds to fit (log scale)",
    ylabel="seconds to predict (log scale)",
    title="When each one works: 784 pixels",
)
ax.grid(True)
legend = ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
# %% nbgrader={"grade": true, "grade_id": "test_compare_classifiers", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Two classifiers on a few points. In the places of your two measures stand marks: the sum of the images and labels that
# they are given, and the sum of the fitted classifier's probabilities of class 1.
from sklearn.dummy import DummyClassifier

X_hand, y_hand = np.array([[-2.0], [-1.0], [1.0], [2.0], [3.0]]), np.array([0, 0, 1, 1, 1])
X_new, y_new = np.array([[-3.0], [4.0], [5.0], [6.0], [-0.2]]), np.array([0, 1, 1, 1, 1])
stand_ins = {
    "error_rate": lambda clf, X, y: float(X.sum() + y.sum()),
    "negative_log_likelihood": lambda clf, X, y: float(clf.predict_proba(X)[:, 1].sum()),
}


def compare_two():
    chosen = {"share": DummyClassifier(strategy="prior"), "near": KNeighborsClassifier(3)}
    table = compare_classifiers(chosen, X_hand, y_hand, X_new, y_new)
    return table, {name: hasattr(clf, "classes_") for name, clf in chosen.items()}


table, fitted = observe(compare_two, using=stand_ins)
assert type(table) is pd.DataFrame, f"A DataFrame should come back; it is a {type(table).__name__}."
assert list(table.index) == ["share", "near"], (
    f"The rows are {list(table.index)}. Is there one for each name, in order?"
)
wanted = ["error_rate", "nll", "fit_seconds", "predict_seconds"]
assert list(table.columns) == wanted, f"The columns are {list(table.columns)}; they should be {wanted}."
assert_close(
    table["error_rate"].to_numpy(), np.array([15.8, 15.8]), "the mark of error_rate", "Is it measured on the test part?"
)
expected = np.array([5 * 0.6, 3 + 2 / 3])
assert_close(
    table["nll"].to_numpy(), expected, "the mark of nll", "Fitted on the training part, measured on the other?"
)
for column in ("fit_seconds", "predict_seconds"):
    seconds = table[column].to_numpy()
    assert (seconds > 0).all() and (seconds < 60).all(), (
        f"{column} is {seconds}. Is it the later reading minus the earlier one?"
    )
assert not any(fitted.values()), f"Fitted in place: {[name for name in fitted if fitted[name]]}. Did you fit a clone?"
# %% nbgrader={"grade": true, "grade_id": "hidden_compare_classifiers", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# A clock that the classifiers alone move: fit, predict and predict_proba take as long as they are told to, so that the seconds
# are exact. Stand-ins take the places of the two measures; the one for the NLL also tells how many samples were fitted.
rng = np.random.default_rng(32)
X, X_new = rng.normal(size=(30, 2)), rng.normal(size=(11, 2))
y, y_new = np.arange(30) % 2, np.array([0, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0])
settings = {"b": (3.0, 0.25, 40.0, 1), "a": (0.5, 7.0, 100.0, 0), "c": (0.0, 0.0, 1.0, 1), "early": (1.0, 2.0, 3.0, 0)}


def compare_by_a_clock():
    from sklearn.base import BaseEstimator, ClassifierMixin

    now = [1000.0]

    class Slow(ClassifierMixin, BaseEstimator):
        """Always says the same, in a time that is told."""

        def __init__(self, fit_cost=0.0, predict_cost=0.0, proba_cost=0.0, says=0):
            self.fit_cost, self.predict_cost, self.proba_cost, self.says = fit_cost, predict_cost, proba_cost, says

        def fit(self, X, y):
            now[0] += self.fit_cost
            self.classes_, self.n_fitted_ = np.unique(y), len(X)
            return self

        def predict(self, X):
            now[0] += self.predict_cost * len(X) / 11
            return np.full(len(X), self.says)

        def predict_proba(self, X):
            now[0] += self.proba_cost
            return np.tile([0.25, 0.75], (len(X), 1))

    classifiers = {name: Slow(*numbers) for name, numbers in settings.items()}
    classifiers["early"].fit(X[:4], y[:4])
    real_clock, time.perf_counter = time.perf_counter, lambda: now[0]
    try:
        table = compare_classifiers(classifiers, X, y, X_new, y_new)
        nothing = compare_classifiers({}, X, y, X_new, y_new)
    finally:
        time.perf_counter = real_clock
    left = {name: clf.n_fitted_ if hasattr(clf, "classes_") else 0 for name, clf in classifiers.items()}
    return {"table": table, "left": left, "rows of nothing": len(nothing)}


measures = {
    "error_rate": lambda clf, X, y: float(np.count_nonzero(clf.predict(X) != y) / len(y)),
    "negative_log_likelihood": lambda clf, X, y: float(
        clf.n_fitted_ - np.log(clf.predict_proba(X)[range(len(y)), y]).sum()
    ),
    "perf_counter": lambda: time.perf_counter(),
}
with assert_unchanged(X_train=X, y_train=y, X_test=X_new, y_test=y_new):
    seen = observe(compare_by_a_clock, using=measures)
table = seen["table"]
assert type(table) is pd.DataFrame, f"A DataFrame should come back; it is a {type(table).__name__}."
assert list(table.index) == list(settings), (
    f"The rows are {list(table.index)}; they should be {list(settings)}, in order."
)
wanted = ["error_rate", "nll", "fit_seconds", "predict_seconds"]
assert list(table.columns) == wanted, f"The columns are {list(table.columns)}; they should be {wanted}."
for name, (fit_cost, predict_cost, _, says) in settings.items():
    nines = int(y_new.sum())
    expected = [
        (11 - nines if says else nines) / 11,
        30 - nines * np.log(0.75) - (11 - nines) * np.log(0.25),
        fit_cost,
        predict_cost,
    ]
    for column, value in zip(wanted, expected, strict=True):
        told = f"{column} of a classifier whose fit takes {fit_cost:g} s and whose predict takes {predict_cost:g} s"
        assert_close(
            float(table.loc[name, column]), value, told, "By time.perf_counter, around one call alone?", atol=1e-9
        )
assert seen["left"] == {"b": 0, "a": 0, "c": 0, "early": 4}, f"The classifiers were fitted in place: {seen['left']}."
assert seen["rows of nothing"] == 0, "A dict without classifiers should give a table without rows."


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** One reading of the clock is noisy: the first fit of a process also loads code, and another program may
# have the processor. PS 11 measures with repetitions. The orders of magnitude are safe: the neighbours do all of their
# work when they predict, the others when they fit.
# %% [markdown]
# ### Question 2 (1 point)
#
# Look at your table for all 784 pixels. Compare *1 neighbour* with the others by its error rate and by its NLL, and the
# latter with the NLL of a guess. How do the two measures come to disagree about it, and why do five neighbours have a
# better NLL? Which classifier would you use where probabilities matter, and which where thousands of images must be
# read each second?
# %% [markdown] nbgrader={"grade": true, "grade_id": "discuss_table", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# By its error rate one neighbour is among the best; by its NLL it is the worst, in this run even worse than a guess of
# one half. Its probabilities are the share of each class among *one* image, so always 0 or 1. Where it is right that
# costs nothing, but each error has the probability 0 and costs as much as the limit for tiny probabilities allows,
# about 36. That number is a convention; without a limit the NLL would be infinite. With five neighbours the shares are
# fifths, so most errors are less certain and cost little. Where probabilities matter I would take the MLP (or the
# logistic regression), whose NLL is small. Where many images must be read, one of these two as well: they predict with
# a few products of matrices, while the neighbours compare each new image with every stored one, and need longer the
# more are stored. The differences between the error rates are of the size of the error bars, so they decide nothing.
# %% [markdown]
# ## What you learned
#
# - Scale, components, settings: everything is fitted on the training part. Inside a search each fold should do it anew; a pipeline takes care of the steps that are in it.
# - Cross-validation chooses. The test part reports, once.
# - The error rate counts mistakes; the negative log-likelihood asks what the probabilities were worth. A classifier can be good at one alone.
# - A straight line in new features is a curve in the old ones. A network learns its features.
# - Two components make a problem visible and hard. All pixels make it nearly easy: these rows are the baselines for the networks to come.
#
# PS 3 asks the same questions about ten classes. PS 4 and PS 5 build the logistic regression and the MLP by hand, PS 9
# says when a difference between two error rates is real, and PS 10 brings a network that knows about rows and columns.
#
# **Read more.** *The Elements of Statistical Learning* (Hastie, Tibshirani, Friedman), section 7.10, on
# cross-validation and the wrong way to do it, and section 13.3, on nearest neighbours; *Pattern Recognition and Machine
# Learning* (Bishop), section 12.1, on principal components; scikit-learn's user guide, "Common pitfalls and recommended
# practices"; LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition" (1998), where
# MNIST's first table of classifiers is.
