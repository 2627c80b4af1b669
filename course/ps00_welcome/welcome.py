# %% [markdown]
# # PS 0: Welcome
#
# This notebook is short. It shows how the course works, and it finds out whether your computer is ready.
#
# **Goals.** After it you can
#
# - complete an exercise, run its tests and read what they say;
# - turn class labels into one-hot rows, and measure how often predictions are right;
# - make an experiment repeatable.
#
# **Time:** about 45 minutes. **Assumed:** Python functions, and NumPy arrays with their shapes.
# **Points:** 10, of which 2 are for an answer in words.
# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["setup"]
import random

import matplotlib.pyplot as plt
import numpy as np
import torch

from helpers import diagrams, plotting
from helpers.checks import assert_array, assert_close, assert_number, assert_raises, assert_unchanged, observe

plotting.use_style()
# %% [markdown]
# ## How a notebook is graded
#
# An exercise is a group of cells.
#
# 1. A **text cell** says what to do, why, and for how many points.
# 2. A **solution cell** holds a function with a gap. The gap is the line `raise NotImplementedError()`. Replace that
#    line with your code; leave the function's name and arguments as they are.
# 3. A **try-it cell** shows what your function does. It carries no points. Change it as you like.
# 4. A **visible test** checks the basics. Run it. Silence means that it passed. An error message tells you what is
#    probably wrong.
# 5. An **empty locked cell** follows. Hidden tests run there when your notebook is graded. They try other sizes and
#    awkward values, so think beyond the visible test.
#
# The picture shows the way of your notebook.
# %% tags=["try-it"]
ax = diagrams.computation_graph(
    {
        "you": (0, 0, "your notebook"),
        "visible": (1, 0, "visible tests"),
        "hidden": (2, 0, "hidden tests"),
        "person": (2, 1, "a person reads"),
        "feedback": (3, 0, "feedback"),
    },
    [
        ("you", "visible", "run all", ""),
        ("visible", "hidden", "submit", ""),
        ("visible", "person", "answers\nin words", ""),
        ("hidden", "feedback", "points", ""),
        ("person", "feedback", "points", ""),
    ],
    title="From your notebook to your feedback",
)
# %% [markdown]
# Before you submit, choose **Kernel → Restart Kernel and Run All Cells**. The grader does the same, from top to
# bottom. A variable that lives only in your memory of an earlier run is not there.
#
# One blank exercise costs only its own points. Every test brings what it needs from earlier exercises.
# %% [markdown]
# ## Is this computer ready?
#
# Run the next cell. It prints the versions of the main libraries, multiplies two matrices with PyTorch, and looks for
# a GPU. Everything in the course runs without one.
# %%
# NBVAL_IGNORE_OUTPUT
import sys

import matplotlib
import sklearn

print("Python      ", sys.version.split()[0])
for library in (np, torch, sklearn, matplotlib):
    print(f"{library.__name__:<12}", library.__version__)
ones = torch.ones(200, 300) @ torch.ones(300, 100)
print("PyTorch     ", "multiplies matrices" if bool((ones == 300).all()) else "gives a WRONG matrix product")
print("GPU         ", torch.cuda.get_device_name() if torch.cuda.is_available() else "none (none is needed)")


# %% [markdown]
# ## One-hot rows
#
# A classifier for $k$ classes gives $k$ numbers for each sample. The true label is one integer. To compare the two,
# write the label as a row of $k$ numbers: a 1 at the place of the label, and 0 elsewhere. That is a **one-hot** row.
#
# For labels $y_1, \dots, y_n$ in $\{0, \dots, k-1\}$ the one-hot matrix $Y$ has shape $(n, k)$, with
#
# $$Y_{ij} = \begin{cases} 1 & \text{if } j = y_i \\ 0 & \text{otherwise.} \end{cases}$$
#
# For example, the labels $2, 0, 1$ with $k = 4$ give
#
# $$Y = \begin{pmatrix} 0 & 0 & 1 & 0 \\ 1 & 0 & 0 & 0 \\ 0 & 1 & 0 & 0 \end{pmatrix}.$$
#
# Each row sums to 1. You will need this in PS 4 to PS 6, where you write the losses of classifiers yourself.
# %% [markdown]
# ### Exercise 1: `one_hot` (3 points, ★☆☆)
#
# Write `one_hot`. A label that is negative, or $k$ or more, names no class. Raise a `ValueError` for it whose message
# contains the offending label: an index of $-1$ would otherwise set the *last* column and nobody would notice.
#
# <details><summary>Hint</summary>
# Begin with a matrix of zeros. NumPy can index with two integer arrays at once: <code>A[rows, columns]</code>.
# </details>
# %% nbgrader={"grade": false, "grade_id": "one_hot", "locked": false, "schema_version": 3, "solution": true, "task": false}
def one_hot(labels: np.ndarray, n_classes: int) -> np.ndarray:
    """Write integer labels as one-hot rows.

    Parameters
    ----------
    labels : ndarray of int, shape (n,)
        Each in 0, ..., n_classes - 1.
    n_classes : int
        The number of classes k.

    Returns
    -------
    ndarray of float64, shape (n, n_classes)

    Raises
    ------
    ValueError
        If a label lies outside 0, ..., n_classes - 1; the message names the label.
    """
    # Refuse labels outside the range.
    ### BEGIN SOLUTION
    outside = (labels < 0) | (labels >= n_classes)
    if outside.any():
        raise ValueError(f"labels must lie in 0..{n_classes - 1}; found the label {labels[outside][0]}")
    ### END SOLUTION
    # Begin with zeros, then set one entry a row.
    ### BEGIN SOLUTION
    rows = np.zeros((len(labels), n_classes))
    rows[np.arange(len(labels)), labels] = 1.0
    return rows
    ### END SOLUTION


# %% tags=["try-it"]
Y = one_hot(np.array([2, 0, 1, 3, 3, 0]), 4)
ax = diagrams.annotated_matrix(
    Y, row_labels=[2, 0, 1, 3, 3, 0], col_labels=range(4), fmt="{:.0f}", title="Your one-hot rows"
)
# %% [markdown]
# Read the picture row by row. The number on the left is the label. The dark cell of a row must stand in the column of
# that number.
# %% nbgrader={"grade": true, "grade_id": "test_one_hot", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Three labels by hand: type, shape, dtype and every entry.
seen = one_hot(np.array([2, 0, 1]), 4)
assert_array(seen, "one_hot([2, 0, 1], 4)", shape=(3, 4), dtype=np.float64)
assert_close(
    seen,
    np.array([[0, 0, 1, 0], [1, 0, 0, 0], [0, 1, 0, 0]], dtype=float),
    "one_hot([2, 0, 1], 4)",
    "Does row i have its 1 in column labels[i]?",
)
assert_raises(ValueError, lambda: one_hot(np.array([0, 4]), 4), "one_hot([0, 4], 4)", mention="4")
# %% nbgrader={"grade": true, "grade_id": "hidden_one_hot", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against scikit-learn, with repeated and absent classes.
from sklearn.preprocessing import label_binarize

rng = np.random.default_rng(11)
for n, k in [(1, 3), (7, 5), (40, 12)]:
    labels = rng.integers(0, k - 1, n)  # the last class never occurs
    with assert_unchanged(labels=labels):
        seen = one_hot(labels, k)
    assert_array(seen, f"one_hot of {n} labels, {k} classes", shape=(n, k), dtype=np.float64)
    assert_close(seen, label_binarize(labels, classes=range(k)).astype(float), f"one_hot of {n} labels")
assert_close(one_hot(np.array([4, 0]), 5), np.eye(5)[[4, 0]], "one_hot of the last and the first class")
assert_array(one_hot(np.array([], dtype=np.int64), 3), "one_hot of no labels", shape=(0, 3), dtype=np.float64)
assert_close(one_hot(np.array([0, 0]), 1), np.ones((2, 1)), "one_hot with a single class")
assert_raises(ValueError, lambda: one_hot(np.array([1, -1, 0]), 3), "one_hot with a negative label", mention="-1")
assert_raises(ValueError, lambda: one_hot(np.array([1, 3, 0]), 3), "one_hot with a label of n_classes", mention="3")
assert_raises(ValueError, lambda: one_hot(np.array([17, 0]), 3), "one_hot with a large label", mention="17")


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** Indexing with two integer arrays pairs them element by element, so one statement sets one entry in each
# row. `np.eye(n_classes)[labels]` does the same by copying rows of the identity. Both accept $-1$ silently, which is why
# the check comes first. For very many classes the matrix is wasteful, since each row holds a single bit of news; from
# PS 7 on the losses take the integer labels themselves.
# %% [markdown]
# ## How often is a classifier right?
#
# The **accuracy** is the share of samples whose predicted label is the true one. With the indicator $[\,\cdot\,]$, which
# is 1 if the statement in it holds and 0 if not,
#
# $$\text{accuracy} = \frac{1}{n} \sum_{i=1}^{n} \big[\hat y_i = y_i\big] \;\in\; [0, 1].$$
#
# A network gives scores, not labels: a row of $k$ numbers for each sample. Its predicted label is the place of the largest.
#
# $$\hat y_i = \operatorname*{arg\,max}_{j} S_{ij}, \qquad S \text{ of shape } (n, k).$$
# %% [markdown]
# ### Exercise 2: `accuracy` (3 points, ★☆☆)
#
# Write `accuracy`. It accepts labels of shape $(n,)$ or scores of shape $(n, k)$ and tells them apart by the number of
# dimensions. No samples at all, or another number of predictions than of labels, is a mistake: raise a `ValueError`
# whose message contains the shapes.
#
# <details><summary>Hint</summary>
# A comparison of two arrays gives booleans. Their mean is the share of <code>True</code>.
# </details>
# %% nbgrader={"grade": false, "grade_id": "accuracy", "locked": false, "schema_version": 3, "solution": true, "task": false}
def accuracy(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Share of the samples whose predicted label is the true one.

    Parameters
    ----------
    y_true : ndarray of int, shape (n,)
        The true labels.
    y_pred : ndarray, shape (n,) or (n, k)
        Predicted labels, or one score for each class; the largest score wins.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    ValueError
        If there are no samples, or the numbers of samples differ; the message gives both shapes.
    """
    # Refuse empty and mismatched input.
    ### BEGIN SOLUTION
    if len(y_true) == 0 or len(y_true) != len(y_pred):
        raise ValueError(f"one prediction for each label is needed; got y_true {y_true.shape}, y_pred {y_pred.shape}")
    ### END SOLUTION
    # Turn scores into labels.
    ### BEGIN SOLUTION
    labels = y_pred.argmax(axis=1) if y_pred.ndim == 2 else y_pred
    ### END SOLUTION
    # Return the share of matches.
    ### BEGIN SOLUTION
    return float(np.mean(labels == y_true))
    ### END SOLUTION


# %% tags=["try-it"]
scores = np.array([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2], [0.2, 0.3, 0.5], [0.6, 0.1, 0.3]])
truth = np.array([1, 0, 0, 0])
ax = diagrams.annotated_matrix(
    scores, row_labels=truth, col_labels=range(3), symmetric=False, title=f"accuracy {accuracy(truth, scores):.2f}"
)
# %% [markdown]
# Each row belongs to one sample, with its true label on the left. The third row's largest score stands under class 2,
# but its label is 0. The other three are right, so the accuracy should be 0.75.
# %% nbgrader={"grade": true, "grade_id": "test_accuracy", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Four predictions by hand, first as labels, then as scores.
seen = accuracy(np.array([0, 1, 2, 1]), np.array([0, 2, 2, 0]))
assert_number(seen, "accuracy([0, 1, 2, 1], [0, 2, 2, 0])")
assert_close(seen, 0.5, "accuracy([0, 1, 2, 1], [0, 2, 2, 0])", "Is it a share, not a count and not per cent?")
seen = accuracy(np.array([1, 0, 0, 0]), np.array([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2], [0.2, 0.3, 0.5], [0.6, 0.1, 0.3]]))
assert_number(seen, "accuracy of a (4, 3) matrix of scores")
assert_close(seen, 0.75, "accuracy of a (4, 3) matrix of scores", "Which axis holds the classes?")
assert_raises(
    ValueError, lambda: accuracy(np.array([1, 2]), np.array([1])), "accuracy of 2 labels, 1 prediction", "(2,)"
)
# %% nbgrader={"grade": true, "grade_id": "hidden_accuracy", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against scikit-learn, on labels and on scores; as many classes as samples; negative scores.
from sklearn.metrics import accuracy_score

rng = np.random.default_rng(12)
for n, k in [(1, 4), (9, 3), (5, 5), (200, 7)]:
    y_true = rng.integers(0, k, n)
    y_pred = np.where(rng.random(n) < 0.6, y_true, rng.integers(0, k, n))
    S = rng.normal(size=(n, k)) - 3.0
    with assert_unchanged(y_true=y_true, y_pred=y_pred, S=S):
        from_labels, from_scores = accuracy(y_true, y_pred), accuracy(y_true, S)
    assert_number(from_labels, f"accuracy of {n} labels")
    assert_number(from_scores, f"accuracy of ({n}, {k}) scores")
    assert_close(from_labels, accuracy_score(y_true, y_pred), f"accuracy of {n} labels")
    assert_close(from_scores, accuracy_score(y_true, S.argmax(axis=1)), f"accuracy of ({n}, {k}) scores")
one_column = accuracy(np.array([0, 1, 0]), np.array([[1.0], [1.0], [0.3]]))
assert_close(one_column, 2 / 3, "accuracy of scores for a single class")
empty = np.array([], dtype=np.int64)
assert_raises(ValueError, lambda: accuracy(empty, empty), "accuracy of nothing", mention="(0,)")
assert_raises(
    ValueError, lambda: accuracy(np.arange(3), np.arange(1)), "accuracy of 3 labels, 1 prediction", mention="(1,)"
)
assert_raises(
    ValueError, lambda: accuracy(np.arange(3), np.zeros((2, 3))), "accuracy of 3 labels, (2, 3) scores", "(2, 3)"
)


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** Without the check, three labels against one prediction would be broadcast: NumPy compares each label with
# the only prediction and returns a plausible number. Shapes that disagree are the most common mistake in this course, and
# the quiet ones are the worst. `argmax` takes the first of several equal scores, so ties go to the lower class.
# %% [markdown]
# ## Repeatable experiments
#
# Random numbers on a computer come from a formula. Its starting value is the **seed**. The same seed gives the same
# numbers, and so the same experiment.
#
# Three sources of random numbers are common: Python's `random`, NumPy, and PyTorch. NumPy has two kinds. The old one is
# a global state (`np.random.seed`, `np.random.rand`). The newer one is an object, `np.random.default_rng(seed)`, that you
# pass around. An object is better: no other code can draw from it behind your back. This course passes objects.
# %% [markdown]
# ### Exercise 3: `seed_everything` (2 points, ★☆☆)
#
# Write `seed_everything`. It seeds the three global states and returns a new NumPy generator made from the same seed.
#
# <details><summary>Hint</summary>
# The three calls are <code>random.seed</code>, <code>np.random.seed</code> and <code>torch.manual_seed</code>.
# </details>
# %% nbgrader={"grade": false, "grade_id": "seed_everything", "locked": false, "schema_version": 3, "solution": true, "task": false}
def seed_everything(seed: int) -> np.random.Generator:
    """Seed Python's, NumPy's and PyTorch's global random states.

    Parameters
    ----------
    seed : int
        Not negative.

    Returns
    -------
    np.random.Generator
        A new generator, made from the same seed.
    """
    # Seed the three global states.
    ### BEGIN SOLUTION
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    ### END SOLUTION
    # Return a generator of its own.
    ### BEGIN SOLUTION
    return np.random.default_rng(seed)
    ### END SOLUTION


# %% tags=["try-it"]
for seed in (1, 1, 2):
    generator = seed_everything(seed)
    print(
        f"seed {seed}: {random.random():.3f} {np.random.rand():.3f} {torch.rand(1).item():.3f} {generator.random():.3f}"
    )


# %% [markdown]
# The first two lines must be equal. The third must differ from them in every column.
# %% nbgrader={"grade": true, "grade_id": "test_seed_everything", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# The same seed twice, then another one: each of the four sources must follow the seed.
def draws_after(seed):
    generator = seed_everything(seed)
    assert type(generator) is np.random.Generator, (
        f"seed_everything should return np.random.default_rng(...); it returned {type(generator).__name__}."
    )
    return {
        "random": random.random(),
        "NumPy's global state": float(np.random.rand()),
        "torch": float(torch.rand(1, dtype=torch.float64)),
        "the returned generator": float(generator.random()),
    }


first, again, other = (observe(lambda seed=seed: draws_after(seed)) for seed in (5, 5, 6))
for source in first:
    assert first[source] == again[source], f"The same seed gave two different draws from {source}. Did you seed it?"
    assert first[source] != other[source], (
        f"Two different seeds gave the same draw from {source}. Did you use the argument?"
    )


# %% nbgrader={"grade": true, "grade_id": "hidden_seed_everything", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Each global state must be what its own library makes of the seed.
def streams():
    found = {}
    for seed in (0, 7, 123456):
        generator = seed_everything(seed)
        found[seed] = [random.random(), float(np.random.rand()), float(torch.rand(1)), generator.random(4)]
    return found


for seed, (python, numpy_global, pytorch, own) in observe(streams).items():
    assert python == random.Random(seed).random(), f"Python's random was not seeded with {seed}."
    assert numpy_global == np.random.RandomState(seed).rand(), f"NumPy's global state was not seeded with {seed}."
    assert pytorch == float(torch.rand(1, generator=torch.Generator().manual_seed(seed))), (
        f"torch was not seeded with {seed}."
    )
    assert_array(own, "draws from the returned generator", shape=(4,), dtype=np.float64)


def separate():
    generator = seed_everything(3)
    before = generator.random()
    np.random.rand(5)
    random.random()
    fresh = seed_everything(3)
    return [before, fresh.random(), generator.random(), fresh.random()]


a, b, c, d = observe(separate)
assert a == b and c == d, "The returned generator should be new at each call and share its state with nothing else."
assert a != c, "The returned generator gives the same draw again and again."
### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** Repeatable does not mean correct, and one seed proves little: a result that holds for one seed alone is
# luck. Later assignments repeat an experiment with several seeds and show the spread.
# %% [markdown]
# ## What a guess is worth
#
# Here is a first experiment with your functions. A "classifier" guesses one of ten classes at random. It is measured on
# 20 samples, then on 2,000, and each measurement is repeated 500 times.
# %% tags=["try-it"]
generator = seed_everything(0)
shares = {
    n: [accuracy(generator.integers(0, 10, n), generator.integers(0, 10, n)) for _ in range(500)] for n in (20, 2000)
}
for n, values in shares.items():
    print(f"{n:5d} samples: mean {np.mean(values):.3f}, standard deviation {np.std(values):.3f}")
fig, axes = plt.subplots(2, 1, sharex=True, figsize=(6, 3.5))
for ax, (n, values) in zip(axes, shares.items(), strict=True):
    ax.hist(values, bins=np.arange(-0.025, 0.5, 0.05 if n == 20 else 0.005), color="0.5")
    ax.axvline(0.1, color="black", linestyle="--")
    ax.set_ylabel("repetitions")
    ax.set_title(f"{n} samples")
ax.set_xlabel("accuracy of random guesses")
# %% [markdown]
# ### Question (2 points)
#
# Look at the plot and at the two printed lines. Where do both distributions have their centre, and why? Why is one much
# wider than the other? A friend reports an accuracy of 0.25 on 20 samples with ten classes: has her classifier learned
# something? Answer in three to five sentences.
# %% [markdown] nbgrader={"grade": true, "grade_id": "discuss_chance", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# Both have their centre near 0.1, because a random guess matches one of ten equally likely classes once in ten times.
# The accuracy is a mean of $n$ yes-or-no results, each with variance $0.1 \cdot 0.9$, so its standard deviation is
# $\sqrt{0.09 / n}$: about 0.067 for 20 samples and 0.0067 for 2,000; the printed 0.067 and 0.006 come close. On 20 samples an
# accuracy of 0.25 lies little more than two standard deviations above the centre. Guesses alone reach it now and then,
# as the wide histogram shows, so one such result proves little; on 2,000 samples it would be beyond doubt.
# %% [markdown]
# ## What you learned
#
# - A test that is silent has passed. Hidden tests try more than visible ones.
# - One-hot rows turn labels into something that a network's output can be compared with.
# - Accuracy is a share in $[0, 1]$; measured on few samples it is uncertain.
# - A seed makes an experiment repeatable. It does not make it right.
#
# **Read more.** NumPy's user guide on indexing with arrays and on broadcasting; PyTorch's notes on reproducibility;
# chapter 2 of *Dive into Deep Learning* (Zhang, Lipton, Li, Smola) for the mathematics that the course assumes.
#
# **Next:** PS 1 fits a line by gradient descent.
