# %% [markdown]
# # PS 3: Ten digits
#
# PS 2 asked whether a digit is a 7 or a 9. Now all ten classes take part. Two questions come with them. The first is
# about **cost**: a classifier that is right but slow may be the wrong one to use, and some pay for learning when they
# fit, others each time they predict. The second is about **mistakes**: with ten classes one error rate hides ninety
# ways to be wrong.
#
# **Goals.** After it you can
#
# - say how many numbers an image needs, and what the numbers that you leave out cost;
# - measure how the error and the time of nearest neighbours grow with the data;
# - read a confusion matrix, and find the pair and the class that deserve your attention;
# - fit a linear model that picks its own pixels, and say why its weights are exactly zero;
# - fit a network that stops by itself, and compare all of them on images that took part in nothing.
#
# **Time:** about 3 hours. **Assumed:** training, validation and test parts, principal components, and the negative
# log-likelihood, all from PS 2. Logistic regression and the network are only *used* here; PS 4 and PS 5 build them.
# **Points:** 20, of which 2 are for answers in words.
# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["setup"]
import time

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from helpers import data, diagrams, plotting
from helpers.checks import assert_close, assert_number, assert_raises, assert_unchanged, observe

plotting.use_style()
# %% [markdown]
# ## The data and the rules
#
# Each image is a row of 784 grey values, divided by 255 to lie in $[0, 1]$. The training images are cut in two. What a
# part may be used for is fixed now, before any result is known:
#
# | name | shape | used for |
# | --- | --- | --- |
# | `X_fit`, `y_fit` | (n, 784), (n,) | everything that is *fitted* |
# | `X_val`, `y_val` | (v, 784), (v,) | every *choice* between settings, and every look at mistakes |
# | `X_test`, `y_test` | (m, 784), (m,) | the last table, once |
#
# In the bundled sample $n = 5000$ and $v = m = 1000$. With the full data (`COURSE_DATA`) the same cells run on all
# 70,000 digits and take minutes instead of seconds.
# %% nbgrader={"grade": false, "grade_id": "data", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["setup"]
digits = data.load("mnist")
n_fit = len(digits.X_train) * 5 // 6
X_train, X_test = (part.reshape(len(part), -1) / 255.0 for part in (digits.X_train, digits.X_test))
X_fit, y_fit = X_train[:n_fit], digits.y_train[:n_fit]
X_val, y_val = X_train[n_fit:], digits.y_train[n_fit:]
y_test = digits.y_test
# %% tags=["try-it"]
print(f"fit {X_fit.shape}, validation {X_val.shape}, test {X_test.shape}, values in [{X_train.min()}, {X_train.max()}]")
print("images of each digit to fit on:", *np.bincount(y_fit))
few = np.concatenate([np.flatnonzero(y_fit == digit)[:2] for digit in range(10)])
ax = plotting.image_grid(X_fit[few], titles=y_fit[few], columns=10, title="Two of each class")
ax = diagrams.shape_flow(
    [
        ("images", ("n", 28, 28)),
        "rows",
        ("X", ("n", 784)),
        "classify",
        ("probabilities", ("n", 10)),
        "largest",
        ("label", ("n",)),
    ],
    title="From images to labels",
)


# %% [markdown]
# # Part 1: how many numbers does an image need?
#
# ## The variance that components keep
#
# PS 2 projected images on two principal components. That was for the eye. How many components keep *most* of an image?
#
# Let $\bar x$ be the mean row, $u_1, \dots, u_d$ the orthonormal eigenvectors of the covariance matrix $S$ of shape
# $(d, d)$, and $\lambda_1 \ge \dots \ge \lambda_d \ge 0$ its eigenvalues. In these directions a row $x$ has the
# coordinates $a_j = (x - \bar x) \cdot u_j$, and
#
# $$x - \bar x = \sum_{j=1}^{d} a_j u_j .$$
#
# Keep the first $m$ coordinates and forget the others. The picture that can be rebuilt from them is $\hat x = \bar x +
# \sum_{j \le m} a_j u_j$. The directions are orthonormal, so the squared distance between the two is a sum of squares:
#
# $$\lVert x - \hat x \rVert^2 = \Big\lVert \sum_{j > m} a_j u_j \Big\rVert^2 = \sum_{j > m} a_j^2 .$$
#
# The coordinate $a_j$ has mean 0 and variance $\lambda_j$, which is the mean of $a_j^2$. So the mean squared distance
# over all rows is $\sum_{j > m} \lambda_j$, and with $m = 0$ it is the sum of all of them. The share that the first $m$
# components keep is
#
# $$r_m = \frac{\lambda_1 + \dots + \lambda_m}{\lambda_1 + \dots + \lambda_d} ,$$
#
# and $1 - r_m$ is the share that is lost. Because the eigenvalues are sorted, no other $m$ directions keep more.
# %% [markdown]
# ### Exercise 1: `components_for_variance` (2.5 points, ★★☆)
#
# Return the smallest $m$ with $r_m \ge$ `fraction`, for a fraction in $(0, 1]$. Sums of floats miss their exact value
# by a little. So count the fraction as reached when less than $10^{-9}$ is missing: then `fraction=1.0`
# counts all components but those with next to no variance. The checks of the arguments are given.
#
# <details><summary>Hint</summary>
# A fitted <code>PCA</code> has the attribute <code>explained_variance_ratio_</code>. <code>np.cumsum</code> adds up.
# For many rows
# <code>svd_solver="covariance_eigh"</code> is exact and quick.
# </details>
# %% nbgrader={"grade": false, "grade_id": "components_for_variance", "locked": false, "schema_version": 3, "solution": true, "task": false}
def components_for_variance(X: np.ndarray, fraction: float) -> int:
    """Fewest principal components that keep a share of the variance.

    Parameters
    ----------
    X : ndarray of int or float64, shape (n, d)
        With at least two different rows.
    fraction : float
        In (0, 1]; reached when less than 1e-9 is missing.

    Returns
    -------
    int
        In 1, ..., min(n, d).

    Raises
    ------
    ValueError
        If X has no variance or fraction lies outside (0, 1].
    """
    if X.ndim != 2 or not np.ptp(X, axis=0).any():
        raise ValueError(f"X {X.shape} must be a matrix with at least two different rows")
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction must lie in (0, 1], got {fraction}")
    # Each component's share of the variance, largest first.
    ### BEGIN SOLUTION
    shares = PCA(svd_solver="covariance_eigh").fit(X).explained_variance_ratio_
    ### END SOLUTION
    # How many it takes until their sum reaches the fraction.
    ### BEGIN SOLUTION
    return int(np.count_nonzero(np.cumsum(shares) < fraction - 1e-9)) + 1
    ### END SOLUTION


# %% tags=["try-it"]
fractions = [0.5, 0.8, 0.9, 0.95, 0.99]
counts = [components_for_variance(X_fit, fraction) for fraction in fractions]
print("per cent of the variance:", *[f"{100 * fraction:.0f}" for fraction in fractions])
print("components needed:       ", *counts)
print("all of it:               ", components_for_variance(X_fit, 1.0), "of 784 columns")
pca = PCA(svd_solver="covariance_eigh").fit(X_fit)
fig, axes = plt.subplots(1, 2, figsize=(9, 3.2))
axes[0].plot(np.arange(1, 101), pca.explained_variance_[:100])
axes[0].set(xlabel="component", ylabel=r"variance $\lambda_j$", ylim=(0, None), title="The first 100 variances")
axes[1].plot(np.arange(1, 785), np.cumsum(pca.explained_variance_ratio_))
axes[1].plot(counts, fractions, "o", color="black", label="your counts")
for count, fraction in zip(counts, fractions, strict=True):
    axes[1].annotate(f"{count}", (count, fraction), (count + 22, fraction - 0.035))
axes[1].set(xlabel="number of components $m$", ylabel="share kept $r_m$", ylim=(0, 1.03), title="Explained variance")
legend = axes[1].legend(loc="lower right")
chosen = [int(np.flatnonzero(y_val == digit)[0]) for digit in (2, 5, 8)]
rebuilt = []
for count in counts:
    directions = pca.components_[:count]
    rebuilt.append((X_val[chosen] - pca.mean_) @ directions.T @ directions + pca.mean_)
pictures = np.stack([*rebuilt, X_val[chosen]], axis=1).reshape(-1, 28, 28)
titles = [f"{100 * fraction:.0f} %: {count}" for fraction, count in zip(fractions, counts, strict=True)] + ["original"]
ax = plotting.image_grid(
    pictures.clip(0, 1), titles=titles * 3, columns=6, title="Images that were not fitted on, rebuilt from m numbers"
)
# %% [markdown]
# The eigenvalues fall quickly, and then hardly at all. Half of the variance takes few numbers, the last per cent takes
# as many as all the rest. The pictures show what the shares mean: at 50 per cent you see a smear, at 90 per cent a digit. What
# follows after that is mostly the roughness of the stroke.
# %% nbgrader={"grade": true, "grade_id": "test_components_for_variance", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Points on three slanted axes through (10, -20, 30): the shares of the variance are 0.5, 0.3 and 0.2.
arms = np.sqrt(np.array([5.0, 3.0, 2.0]))
slant = np.array([[0.6, 0.8, 0.0], [0.0, 0.0, 1.0], [-0.8, 0.6, 0.0]])
points = np.concatenate([np.diag(arms), -np.diag(arms)]) @ slant + np.array([10.0, -20.0, 30.0])
for fraction, expected in [(0.4, 1), (0.6, 2), (0.9, 3), (0.5, 1), (0.8, 2), (1.0, 3)]:
    seen = components_for_variance(points, fraction)
    assert_number(seen, f"components_for_variance with fraction={fraction}", int)
    assert seen == expected, (
        f"With the shares 0.5, 0.3 and 0.2, a fraction of {fraction} gave {seen} as the number. Is the mean subtracted? "
        "Do you add up shares, largest first, until the fraction is reached, give or take 1e-9?"
    )
# %% nbgrader={"grade": true, "grade_id": "hidden_components_for_variance", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Data built from known variances in random directions far from the origin: exactly at, just below and just above each
# sum.
rng = np.random.default_rng(301)
for n, d, variances in [
    (30, 5, [16, 8, 4, 2, 1]),
    (6, 12, [3, 2, 2, 1, 1]),
    (9, 1, [1]),
    (2, 4, [1]),
    (50, 8, [1] * 8),
    (40, 7, [100, 1, 1]),
]:
    r = len(variances)
    Q = np.linalg.qr(np.column_stack([np.ones(n), rng.normal(size=(n, r))]))[0][:, 1:]
    V = np.linalg.qr(rng.normal(size=(d, d)))[0][:, :r]
    X = 3.0 * Q * np.sqrt(variances) @ V.T + rng.normal(scale=20.0, size=d)
    sums = np.cumsum(variances) / sum(variances)
    with assert_unchanged(X=X):
        seen = [components_for_variance(X, 0.001), components_for_variance(X, 1.0)]
        for kept in sums[:-1]:
            seen += [components_for_variance(X, float(kept + change)) for change in (-1e-6, 0.0, 1e-6)]
    expected = [1, r] + [m + after for m in range(1, r) for after in (0, 0, 1)]
    for value in seen:
        assert_number(value, f"components_for_variance of X {X.shape}", int)
    assert seen == expected, f"X {X.shape}, variances {variances}: the counts are {seen}; they should be {expected}."
# Bytes and correlated floats, against the eigenvalues of the covariance matrix; a scale of its own for every column.
for X in (
    rng.integers(0, 256, (60, 9), dtype=np.uint8),
    (rng.normal(size=(40, 6)) @ rng.normal(size=(6, 6)) * np.logspace(0, 2, 6)),
):
    values = np.linalg.eigvalsh(np.cov(X.astype(np.float64), rowvar=False))[::-1]
    sums = np.cumsum(values) / values.sum()
    for m in range(1, len(sums)):
        # Half way between two sums, so that rounding does not matter.
        fraction = float(sums[m - 1] + sums[m]) / 2
        seen = components_for_variance(X, fraction)
        assert_number(seen, f"components_for_variance of {X.dtype}", int)
        assert seen == m + 1, (
            f"X {X.shape} of {X.dtype}, fraction {fraction:.6f}: {seen} components, should be {m + 1}."
        )


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** `PCA(n_components=0.9)` finds a count by itself, but it asks for *more* than the fraction, so that it
# gives one component too many where the sum is met exactly, and it refuses 1.0. For images neither matters. A function
# that others call should still do what its docstring says at the edges.
# %% [markdown]
# # Part 2: what a prediction costs
#
# ## One neighbour
#
# A nearest-neighbour classifier stores the rows that it is given. A new image gets the label of the stored row at the
# smallest distance. Every stored row thereby owns a region of the space: all points that are closer to it than to any
# other. More stored rows make smaller regions. Here are three kinds of iris flowers, with few and with many stored
# ones.
# %% tags=["try-it"]
iris = data.load("iris")
petals, kind = iris.X_train[:, 2:], iris.y_train
across, up = np.meshgrid(np.linspace(0.5, 7.5, 250), np.linspace(-0.2, 2.8, 250))
fig, axes = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True)
for ax, stored in zip(axes, (12, len(petals)), strict=True):
    near = KNeighborsClassifier(1).fit(petals[:stored], kind[:stored])
    regions = near.predict(np.stack([across.ravel(), up.ravel()], axis=1)).reshape(across.shape)
    ax.contourf(across, up, regions, levels=[-0.5, 0.5, 1.5, 2.5], colors=plotting.COLOURS[:3], alpha=0.25)
    ax.contour(across, up, regions, levels=[0.5, 1.5], colors="0.3", linewidths=0.8)
    plotting.scatter_classes(
        petals[:stored], kind[:stored], class_names=iris.class_names, ax=ax, title=f"{stored} stored flowers"
    )
    ax.set(xlabel="length of the petals (cm)", ylabel="width of the petals (cm)")
axes[0].get_legend().remove()


# %% [markdown]
# ## Counting the work
#
# To *fit* means to keep the rows. To *predict* means to compare. The squared distance of a new row $x$ to a stored row
# $s$ is
#
# $$\lVert x - s \rVert^2 = \lVert x \rVert^2 - 2\, x \cdot s + \lVert s \rVert^2 .$$
#
# The first term is the same for all $s$ and cannot change which one is nearest. The last one can be prepared. What is
# left is the product $x \cdot s$: $d$ multiplications for each of the $n$ stored rows. For $m$ new rows that makes
#
# $$\text{work} \approx m \cdot n \cdot d .$$
#
# One image against 60,000 stored images of 784 pixels takes 47 million multiplications. A linear classifier with ten
# classes takes $10 \cdot 784$, however many images it has learned from. So the more a neighbour classifier knows, the
# slower it answers. Is the knowledge worth it? Measure both.
# %% [markdown]
# ### Exercise 2: `nearest_neighbour_curve` (3 points, ★★☆)
#
# For each number in `sizes`, in the given order, take a new `KNeighborsClassifier` with **one** neighbour and the
# *first* `size` rows of the training part. Read the clock with `time.perf_counter()`. `fit_seconds` is the time of one
# call of `fit`, `predict_seconds` that of one call of `predict` on the whole test part, each without the other.
# `error_rate` is the share of wrong labels in the test part. The checks of the arguments and the table are given. An
# empty `sizes` gives a table without rows.
#
# <details><summary>Hint</summary>
# Two readings for each time: one right before the call, one right after it. What else may stand between them?
# </details>
# %% nbgrader={"grade": false, "grade_id": "nearest_neighbour_curve", "locked": false, "schema_version": 3, "solution": true, "task": false}
def nearest_neighbour_curve(
    X_train: np.ndarray, y_train: np.ndarray, X_test: np.ndarray, y_test: np.ndarray, sizes: list[int]
) -> pd.DataFrame:
    """Error and time of one nearest neighbour, by the number of stored rows.

    Parameters
    ----------
    X_train, X_test : ndarray of float, shapes (n, d) and (m, d)
    y_train, y_test : ndarray of int, shapes (n,) and (m,)
    sizes : sequence of int
        Each in 1, ..., n; the first so many rows are stored.

    Returns
    -------
    DataFrame
        A row for each size, in their order. Columns: ``train_size``, ``error_rate`` in [0, 1], ``fit_seconds`` and
        ``predict_seconds`` (one call of predict on the whole test part).

    Raises
    ------
    ValueError
        If labels and rows differ in number, or a size lies outside 1, ..., n.
    """
    if len(y_train) != len(X_train) or len(y_test) != len(X_test):
        raise ValueError(f"y_train {y_train.shape} and y_test {y_test.shape} must have a label for each row of X")
    if not all(1 <= size <= len(X_train) for size in sizes):
        raise ValueError(f"sizes {list(sizes)} must lie between 1 and the {len(X_train)} rows of X_train")
    rows = []
    for size in sizes:
        # Fit one neighbour on the first rows, between two readings of the clock.
        ### BEGIN SOLUTION
        clf = KNeighborsClassifier(n_neighbors=1)
        start = time.perf_counter()
        clf.fit(X_train[:size], y_train[:size])
        fit_seconds = time.perf_counter() - start
        ### END SOLUTION
        # Predict the test part between two readings.
        ### BEGIN SOLUTION
        start = time.perf_counter()
        labels = clf.predict(X_test)
        predict_seconds = time.perf_counter() - start
        ### END SOLUTION
        # One row of the table: the size, the error rate, both times.
        ### BEGIN SOLUTION
        rows.append((size, np.mean(labels != y_test), fit_seconds, predict_seconds))
        ### END SOLUTION
    return pd.DataFrame(rows, columns=["train_size", "error_rate", "fit_seconds", "predict_seconds"])


# %% tags=["try-it"]
# NBVAL_IGNORE_OUTPUT
sizes = [n_fit // 2**i for i in range(5, -1, -1)]
warm_up = nearest_neighbour_curve(X_fit, y_fit, X_val, y_val, sizes[:1])  # a first call also loads code
curve = nearest_neighbour_curve(X_fit, y_fit, X_val, y_val, sizes)
display(curve.round({"error_rate": 3, "fit_seconds": 4, "predict_seconds": 3}))
fig, axes = plt.subplots(1, 2, figsize=(9, 3.4))
spread = np.sqrt(curve["error_rate"] * (1 - curve["error_rate"]) / len(y_val))
axes[0].errorbar(curve["train_size"], curve["error_rate"], yerr=spread, marker="o", capsize=3)
axes[0].set(
    xscale="log",
    xlabel="stored images (log scale)",
    ylabel="validation error",
    ylim=(0, None),
    title="Your error (bars: one standard error)",
)
for column, label, marker in [("predict_seconds", "predict", "o"), ("fit_seconds", "fit", "s")]:
    axes[1].plot(curve["train_size"], 1e6 * curve[column] / len(X_val), marker=marker, label=label)
axes[1].set(
    xscale="log",
    yscale="log",
    xlabel="stored images (log scale)",
    ylabel="µs for each validation image (log scale)",
    title="Your time",
)
for ax in axes:
    ax.set_xticks(curve["train_size"], [f"{size:,}" for size in curve["train_size"]], fontsize=8)
    ax.minorticks_off()
legend = axes[1].legend()


# %% [markdown]
# Each doubling of the data takes away a similar share of the error, between a fifth and a third, and the time to predict grows with the data, as
# counted. One thing you can do is to compare fewer numbers: project all images on $m$ components first. The components
# are found on `X_fit` alone. A new image must be projected too, so a pipeline is timed as a whole.
# %% tags=["try-it"]
# NBVAL_IGNORE_OUTPUT
def timed(call):
    """Return what `call()` returns, and the seconds that it took."""
    start = time.perf_counter()
    result = call()
    return result, time.perf_counter() - start


fitted = {}  # name: (classifier, seconds to fit), for the last table
for k in (1, 5):
    name = "1 neighbour" if k == 1 else f"{k} neighbours"
    fitted[name] = timed(lambda k=k: KNeighborsClassifier(k).fit(X_fit, y_fit))
labels_near, seconds = timed(lambda: fitted["1 neighbour"][0].predict(X_val))
found = {"all pixels": (784, np.mean(labels_near != y_val), seconds)}
projected = {}
for fraction, m in zip(fractions[:4], counts[:4], strict=True):
    projected[m] = timed(
        lambda m=m: make_pipeline(PCA(m, svd_solver="covariance_eigh"), KNeighborsClassifier(1)).fit(X_fit, y_fit)
    )
    labels, seconds = timed(lambda m=m: projected[m][0].predict(X_val))
    found[f"{100 * fraction:.0f} % of the variance"] = (m, np.mean(labels != y_val), seconds)
reduced = pd.DataFrame.from_dict(found, orient="index", columns=["columns", "error_rate", "predict_seconds"])
display(reduced.round({"error_rate": 3, "predict_seconds": 3}))
m = int(reduced["columns"].iloc[1:].to_numpy()[reduced["error_rate"].iloc[1:].argmin()])
fitted["components, 1 neighbour"] = projected[m]
ax = plotting.bars_with_errors(
    [f"{name}: {int(row['columns'])}" for name, row in reduced.iterrows()],
    reduced["error_rate"],
    np.sqrt(reduced["error_rate"] * (1 - reduced["error_rate"]) / len(y_val)),
    xlabel="validation error",
    title="One neighbour on fewer columns (bars: one standard error)",
    fmt="{:.3f}",
)
# %% [markdown]
# Fewer columns save time and need not cost accuracy. What the last components add to a distance is mostly roughness,
# and it counts as much as a real difference of the same size. The number of components with the smallest *validation*
# error goes into the last table.
# %% nbgrader={"grade": true, "grade_id": "test_nearest_neighbour_curve", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Stored points on a line. With the first one alone everything is class 0; the others move the border.
train_hand, labels_hand = np.array([[0.0], [10.0], [1.0], [9.0], [4.0]]), np.array([0, 1, 0, 1, 1])
test_hand, truth_hand = np.array([[2.0], [3.0], [6.0], [8.0]]), np.array([0, 1, 1, 1])
table = nearest_neighbour_curve(train_hand, labels_hand, test_hand, truth_hand, [5, 2, 1])
assert type(table) is pd.DataFrame, f"A DataFrame should come back; it is a {type(table).__name__}."
wanted = ["train_size", "error_rate", "fit_seconds", "predict_seconds"]
assert list(table.columns) == wanted, f"The columns are {list(table.columns)}; they should be {wanted}."
assert list(table["train_size"]) == [5, 2, 1], f"train_size is {list(table['train_size'])}; sizes was [5, 2, 1]."
assert_close(
    table["error_rate"].to_numpy(dtype=float),
    np.array([0.0, 0.25, 0.75]),
    "error_rate",
    "One neighbour? The first rows alone? Wrong labels over the test part?",
)
for column in ("fit_seconds", "predict_seconds"):
    seconds = table[column].to_numpy(dtype=float)
    assert (seconds > 0).all() and (seconds < 60).all(), (
        f"{column} is {seconds}. Is it the later reading minus the earlier one?"
    )
# %% nbgrader={"grade": true, "grade_id": "hidden_nearest_neighbour_curve", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# A clock that only fit and predict move, so that the seconds are exact. Noisy labels tell one neighbour from several,
# and
# the first rows are unlike the others. Distances by SciPy.
import functools

from scipy.spatial.distance import cdist

rng = np.random.default_rng(302)
X, X_new = rng.normal(size=(60, 3)), rng.normal(size=(23, 3))
y, y_new = rng.integers(0, 4, 60), rng.integers(0, 4, 23)
X[20:] *= 0.3
cases = [
    ("several", X, y, X_new, y_new, [7, 60, 1, 20, 7]),
    ("one column", X[:9, :1], y[:9], X_new[:1, :1], y_new[:1], [9]),
]
cases.append(("nothing", X, y, X_new, y_new, []))


def measure_by_a_clock():
    now = [500.0]
    real = {"fit": KNeighborsClassifier.fit, "predict": KNeighborsClassifier.predict}

    @functools.wraps(real["fit"])
    def slow_fit(self, X, y):
        now[0] += 0.5 + len(X)
        return real["fit"](self, X, y)

    @functools.wraps(real["predict"])
    def slow_predict(self, X):
        now[0] += 1000.0 + self.n_samples_fit_ * len(X)
        return real["predict"](self, X)

    real_clock, time.perf_counter = time.perf_counter, lambda: now[0]
    KNeighborsClassifier.fit, KNeighborsClassifier.predict = slow_fit, slow_predict
    try:
        return [nearest_neighbour_curve(*case[1:]) for case in cases]
    finally:
        time.perf_counter = real_clock
        KNeighborsClassifier.fit, KNeighborsClassifier.predict = real["fit"], real["predict"]


with assert_unchanged(X_train=X, y_train=y, X_test=X_new, y_test=y_new):
    tables = observe(measure_by_a_clock, using={"perf_counter": lambda: time.perf_counter()})
wanted = ["train_size", "error_rate", "fit_seconds", "predict_seconds"]
for (name, X, y, X_new, y_new, sizes), table in zip(cases, tables, strict=True):
    assert type(table) is pd.DataFrame, f"{name}: a DataFrame should come back; it is a {type(table).__name__}."
    assert list(table.columns) == wanted, f"{name}: the columns are {list(table.columns)}; they should be {wanted}."
    assert list(table["train_size"]) == sizes, (
        f"{name}: train_size is {list(table['train_size'])}; it should be {sizes}."
    )
    nearest = [cdist(X_new, X[:size]).argmin(axis=1) for size in sizes]
    expected = np.array([np.mean(y[place] != y_new) for place in nearest])
    assert_close(
        table["error_rate"].to_numpy(dtype=float), expected, f"error_rate ({name})", "One neighbour, first rows?"
    )
    told = "By time.perf_counter, around one call alone?"
    fit_costs = np.array([0.5 + size for size in sizes])
    assert_close(table["fit_seconds"].to_numpy(dtype=float), fit_costs, f"fit_seconds ({name})", told, atol=1e-9)
    predict_costs = np.array([1000.0 + size * len(X_new) for size in sizes])
    assert_close(
        table["predict_seconds"].to_numpy(dtype=float), predict_costs, f"predict_seconds ({name})", told, atol=1e-9
    )


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The first call of a function is often the slowest, since libraries load and caches are cold; so the cell
# above makes one call before it measures. For few stored images the constant cost of a call hides the growth. PS 11
# measures with repetitions as well. The error falls roughly as a power of the size, a straight line in a plot with two
# logarithmic axes; such curves help to guess what more data would bring, and they bend sooner or later.
# %% [markdown]
# # Part 3: reading mistakes
#
# ## The confusion matrix
#
# Let $C$ be a matrix of shape $(k, k)$ for $k$ classes. $C_{ij}$ counts the samples of **true class $i$** that were
# **predicted as $j$**. Rows are truth, columns are predictions. The diagonal holds what is right. (PS 4 asks you to
# write this count; here `confusion_matrix` of scikit-learn does it.) A small one with three classes:
# %% tags=["try-it"]
example = np.array([[46, 3, 1], [8, 30, 2], [0, 1, 9]])
kinds = ["cat", "dog", "emu"]
fig, axes = plt.subplots(1, 2, figsize=(9, 3.1), width_ratios=[1, 1.15])
plotting.confusion_heatmap(example, kinds, ax=axes[0], title="Counts $C_{ij}$")
lines = [
    r"recall of $i$: $C_{ii}$ / sum of row $i$",
    *[
        f"    {kind}: {example[i, i]} / {example[i].sum()} = {example[i, i] / example[i].sum():.2f}"
        for i, kind in enumerate(kinds)
    ],
    r"precision of $j$: $C_{jj}$ / sum of column $j$",
    *[
        f"    {kind}: {example[i, i]} / {example[:, i].sum()} = {example[i, i] / example[:, i].sum():.2f}"
        for i, kind in enumerate(kinds)
    ],
    r"both directions: $C_{ij} + C_{ji}$",
    f"    cat and dog: {example[0, 1]} + {example[1, 0]} = {example[0, 1] + example[1, 0]}",
]
axes[1].axis("off")
axes[1].set_title("Three ways to read it")
for i, line in enumerate(lines):
    axes[1].text(0, 0.96 - 0.105 * i, line, va="top", fontsize=10, transform=axes[1].transAxes)


# %% [markdown]
# Three numbers answer three questions.
#
# - **Recall** of class $i$, along its row: which share of the true $i$ was found? A class that does not occur has no
#   recall.
# - **Precision** of class $j$, down its column: which share of those called $j$ is $j$?
# - $C_{ij} + C_{ji}$, **both directions**: how often are $i$ and $j$ taken for each other?
#
# In the picture the emu is a rare class: it has the fewest right answers and still not the lowest recall. And the error
# rate of a classifier, here 15 of 100, tells none of this.
# %% [markdown]
# ### Exercise 3: `most_confused_pair` (2 points, ★★☆)
#
# Return the pair $(i, j)$ with $i < j$ whose count in both directions is the largest. Of pairs that tie, take the one
# with the smallest $i$, then with the smallest $j$. What is right does not count. The check of the shape is given.
#
# <details><summary>Hint</summary>
# What does $C + C^\top$ hold at $(i, j)$? The pairs with $i &lt; j$ are its upper triangle, and
# <code>np.triu_indices</code> lists
# them row by row. Two loops are fine as well.
# </details>
# %% nbgrader={"grade": false, "grade_id": "most_confused_pair", "locked": false, "schema_version": 3, "solution": true, "task": false}
def most_confused_pair(cm: np.ndarray) -> tuple[int, int]:
    """Two classes that are most often taken for each other.

    Parameters
    ----------
    cm : ndarray of int, shape (k, k), k at least 2
        Confusion matrix; rows are true classes, columns predicted ones.

    Returns
    -------
    tuple of two int
        (i, j) with i < j, both directions counted; of pairs that tie, the first by i, then by j.

    Raises
    ------
    ValueError
        If cm does not have shape (k, k) with k at least 2.
    """
    if cm.ndim != 2 or cm.shape[0] != cm.shape[1] or len(cm) < 2:
        raise ValueError(f"cm {cm.shape} must have shape (k, k) with k at least 2")
    # Both directions of every pair.
    ### BEGIN SOLUTION
    both = cm + cm.T
    ### END SOLUTION
    # The pair with the most, without the diagonal.
    ### BEGIN SOLUTION
    rows, columns = np.triu_indices(len(cm), k=1)
    first = both[rows, columns].argmax()
    return int(rows[first]), int(columns[first])
    ### END SOLUTION


# %% tags=["try-it"]
cm_near = confusion_matrix(y_val, labels_near, labels=range(10))
i, j = most_confused_pair(cm_near)
print(f"one neighbour, {len(y_val)} validation images, {np.sum(labels_near != y_val)} mistakes")
print(f"most confused: {i} and {j}, {cm_near[i, j]} + {cm_near[j, i]} times")
ax = plotting.confusion_heatmap(cm_near, title="One neighbour on the validation images")
wrong = np.flatnonzero(((y_val == i) & (labels_near == j)) | ((y_val == j) & (labels_near == i)))[:8]
nearest = fitted["1 neighbour"][0].kneighbors(X_val[wrong], return_distance=False)[:, 0]
ax = plotting.image_grid(
    np.concatenate([X_val[wrong], X_fit[nearest]]),
    titles=[f"a {label}" for label in y_val[wrong]] + [f"nearest: a {label}" for label in y_fit[nearest]],
    columns=len(wrong),
    title=f"Mistakes between {i} and {j}, and below each the stored image that decided",
)
# %% nbgrader={"grade": true, "grade_id": "test_most_confused_pair", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Four classes by hand. The largest single count off the diagonal is 6; the pair with the largest sum is another one.
cm_hand = np.array([[20, 0, 1, 6], [2, 15, 4, 0], [0, 4, 18, 3], [0, 0, 1, 9]])
seen = most_confused_pair(cm_hand)
assert type(seen) in (tuple, list) and len(seen) == 2, f"A pair of classes should come back; it is {seen!r}."
for value in seen:
    assert_number(value, "each of the two classes", int)
assert tuple(seen) == (1, 2), (
    f"The pair is {tuple(seen)}. Are both directions added, the diagonal left out, and is i < j?"
)
seen = most_confused_pair(np.array([[9, 0, 2], [1, 9, 3], [1, 0, 9]]))
assert tuple(seen) == (0, 2), (
    f"(0, 2) and (1, 2) both have the sum 3; the pair is {tuple(seen)}. Which one comes first?"
)
# %% nbgrader={"grade": true, "grade_id": "hidden_most_confused_pair", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against sums pair by pair: one direction alone, ties, no mistakes at all, two classes, many classes, rare ones.
from itertools import combinations

rng = np.random.default_rng(303)
matrices = [
    rng.integers(0, high, (k, k)) for k, high in [(2, 9), (3, 3), (5, 40), (10, 5), (10, 1000), (17, 3), (4, 2)]
]
matrices += [np.diag([3, 1, 4, 1]), np.zeros((3, 3), dtype=int), np.array([[0, 0], [7, 0]])]
lower, upper = np.zeros((6, 6), dtype=int), np.zeros((6, 6), dtype=int)
lower[5, 3], upper[1, 4] = 8, 8
matrices += [lower, upper, lower + upper, (lower + upper).T]
for cm in matrices:
    with assert_unchanged(cm=cm):
        seen = most_confused_pair(cm)
    assert type(seen) in (tuple, list) and len(seen) == 2, f"A pair of classes should come back; it is {seen!r}."
    for value in seen:
        assert_number(value, "each of the two classes", int)
    counts = {(i, j): int(cm[i][j]) + int(cm[j][i]) for i, j in combinations(range(len(cm)), 2)}
    expected = max(counts, key=counts.get)  # the first of those that tie
    assert tuple(seen) == expected, (
        f"For a matrix of {len(cm)} classes the pair is {tuple(seen)}, {counts.get(tuple(seen))} times; "
        f"it should be {expected}, {counts[expected]} times."
    )


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The neighbour that decided often looks like a fair choice. Distance compares pixel by pixel: two
# different digits on the same pixels are close, while the same digit, slanted the other way, is far away. Both
# directions belong together when you ask which *pair* needs a better feature. They must be kept apart when the two
# mistakes do not cost the same.
# %% [markdown]
# ### Exercise 4: `hardest_class` (2 points, ★★☆)
#
# Return the class with the lowest recall. A class that does not occur (its row holds only zeros) takes no part. Of
# classes that tie, take the smallest. No warning may come from a division by zero. The checks are given.
#
# <details><summary>Hint</summary>
# Give the classes that do not occur a recall that can never be the lowest, before you look for the minimum.
# </details>
# %% nbgrader={"grade": false, "grade_id": "hardest_class", "locked": false, "schema_version": 3, "solution": true, "task": false}
def hardest_class(cm: np.ndarray) -> int:
    """Find the class with the lowest recall among those that occur.

    Parameters
    ----------
    cm : ndarray of int, shape (k, k)
        Confusion matrix; rows are true classes, columns predicted ones.

    Returns
    -------
    int
        Of classes that tie, the smallest.

    Raises
    ------
    ValueError
        If cm does not have shape (k, k), or no class occurs.
    """
    if cm.ndim != 2 or cm.shape[0] != cm.shape[1]:
        raise ValueError(f"cm {cm.shape} must have shape (k, k)")
    if not cm.any():
        raise ValueError(f"cm {cm.shape} holds no samples")
    # How many samples each true class has.
    ### BEGIN SOLUTION
    totals = cm.sum(axis=1)
    ### END SOLUTION
    # Each class's recall; a class that does not occur must not win.
    ### BEGIN SOLUTION
    recalls = np.where(totals > 0, np.diag(cm) / np.maximum(totals, 1), np.inf)
    ### END SOLUTION
    # The class with the lowest.
    ### BEGIN SOLUTION
    return int(recalls.argmin())
    ### END SOLUTION


# %% tags=["try-it"]
hardest = hardest_class(cm_near)
totals = cm_near.sum(axis=1)
recalls = np.diag(cm_near) / totals
print(f"hardest class: {hardest}, {cm_near[hardest, hardest]} of {totals[hardest]} found")
fig, ax = plt.subplots(figsize=(6, 3.2))
ax.errorbar(range(10), 1 - recalls, yerr=np.sqrt(recalls * (1 - recalls) / totals), fmt="o", capsize=3)
ax.plot([hardest], [1 - recalls[hardest]], "o", markersize=14, markerfacecolor="none", markeredgecolor="black")
ax.axhline(np.mean(labels_near != y_val), color="0.5", linestyle="--")
limits = ax.set(
    xticks=range(10),
    xlabel="true class",
    ylabel="share not found (1 - recall)",
    ylim=(0, None),
    title="One neighbour: misses by class\n(bars: one standard error; dashed: all classes; ring: yours)",
)
# %% nbgrader={"grade": true, "grade_id": "test_hardest_class", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Recalls by hand: 20/27, 15/21, 18/25 and 9/10. Then a class that does not occur, between two that tie.
seen = hardest_class(np.array([[20, 0, 1, 6], [2, 15, 4, 0], [0, 4, 18, 3], [0, 0, 1, 9]]))
assert_number(seen, "hardest_class", int)
assert seen == 1, (
    f"The recalls are 0.74, 0.71, 0.72 and 0.90; you chose class {seen}. Are rows the true classes? A share, not a count?"
)
seen = hardest_class(np.array([[3, 0, 1], [0, 0, 0], [2, 0, 6]]))
assert seen == 0, f"Class 1 does not occur, 0 and 2 have the recall 3/4; you chose {seen}. Who may take part?"
# %% nbgrader={"grade": true, "grade_id": "hidden_hardest_class", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against exact fractions: absent classes at either end, classes of one sample, recalls of 0 and 1, ties, large and small counts;
# warnings as errors.
import warnings
from fractions import Fraction

rng = np.random.default_rng(304)
matrices = [rng.integers(0, 30, (k, k)) + np.diag(rng.integers(0, 90, k)) for k in (2, 3, 5, 8, 10, 16)]
for absent in (0, 2, 4):
    cm = rng.integers(1, 20, (5, 5)) + 60 * np.eye(5, dtype=int)
    cm[absent] = 0
    matrices.append(cm)
matrices += [np.diag([0, 0, 5, 2]), np.array([[5, 0, 0], [0, 0, 4], [0, 1, 0]]), np.array([[7]])]
matrices += [
    np.array([[100000, 2, 0], [0, 3, 0], [0, 1, 99999]]),
    np.array([[2, 1], [2, 4]]),
    np.array([[0, 3], [0, 0]]),
]
matrices += [np.array([[0, 1, 0], [0, 3, 1], [0, 0, 5]]), np.array([[1, 0], [2, 3]])]
lonely = np.zeros((4, 4), dtype=int)
lonely[3] = [1, 0, 0, 8]
matrices.append(lonely)


def hardest_classes():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return [hardest_class(cm) for cm in matrices]


with assert_unchanged(cm=matrices[0]):
    found = observe(hardest_classes)
for cm, seen in zip(matrices, found, strict=True):
    assert_number(seen, "hardest_class", int)
    exact = {i: Fraction(int(cm[i, i]), int(cm[i].sum())) for i in range(len(cm)) if cm[i].sum() > 0}
    expected = min(exact, key=exact.get)  # the first of those that tie
    told = {i: round(float(recall), 3) for i, recall in exact.items()}
    assert seen == expected, f"The recalls are {told}; the hardest class is {expected}, you chose {seen}."


### END HIDDEN TESTS
# %% [markdown]
# ### Question 1 (1 point)
#
# Look at your confusion matrix, at the mistakes below it, and at the misses of each class. Name the pair that is
# confused most. Does another pair come close? Is it confused equally often in both directions? Explain from the
# pictures why a distance between pixels takes the one for the other. Can you say from this validation part which class
# is the hardest?
# %% [markdown] nbgrader={"grade": true, "grade_id": "discuss_confusion", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# In this run the function names 4 and 9, with 7 mistakes. But 7 and 9 have 7 as well, and so have 8 and 9: the pair was
# chosen by the rule for ties, and one more image could change it. What is safe is that the 9 is in all three. The
# directions differ: six fours were read as nines, one nine as a four. A nearest neighbour compares pixel by pixel. A
# four whose top is nearly closed and a nine with an open or narrow loop cover the same pixels, up to a few at the top,
# and these few count no more than a few pixels of a thicker or slanted stroke. The stored image that decided has the
# same slant and the same stem, and that outweighs the missing bar. The lowest recall has the 8, 78 of 95. Its error bar
# overlaps with no other one, but each class has about 100 images only, and I picked the lowest of ten. So 8 is probably
# the hardest for this classifier. The order of the others cannot be told from these images.
# %% [markdown]
# # Part 4: a linear model that picks its pixels
#
# ## Zero as the best answer
#
# Logistic regression for $k$ classes has a column of weights $w_j$ and a bias $b_j$ for each class. A row $x$ gets the
# scores $t_j = x \cdot w_j + b_j$ and the probabilities $P(j) = e^{t_j} / \sum_l e^{t_l}$ (PS 4 derives this). That
# makes $784 \cdot 10$ weights. Many pixels should not need any: those in the corners are always white. Can the fit find
# out by itself which weights it can do without? It can, with another penalty than in PS 2:
#
# $$\text{minimise} \quad C \sum_{i=1}^{n} -\ln P(y_i) \;+\; \sum_{j, l} |w_{jl}| .$$
#
# This is the **L1 penalty**. The squares of PS 2 make weights small. The absolute values make many of them *exactly*
# zero. To see why, take one weight and the simplest loss, a parabola with its minimum at $a > 0$, and a penalty of
# strength $\lambda$:
#
# $$f(w) = \tfrac{1}{2} (w - a)^2 + \lambda |w| .$$
#
# For $w < 0$ the slope is $w - a - \lambda < 0$: going right always helps, so the minimum is not there. For $w > 0$ the
# slope is $w - a + \lambda$, which is 0 at $w = a - \lambda$. If $a > \lambda$ that is the minimum. If $a \le \lambda$
# the slope is positive for all $w > 0$ as well: the minimum is at $w = 0$, exactly. For negative $a$ the same holds
# with the signs turned round. So
#
# $$w^* = \operatorname{sign}(a) \, \max(|a| - \lambda, \, 0) .$$
#
# With a squared penalty, $\frac{1}{2} (w - a)^2 + \frac{\lambda}{2} w^2$, the slope is $w - a + \lambda w$, and $w^* =
# a / (1 + \lambda)$: smaller, but never zero.
# %% tags=["try-it"]
a_axis, w_axis = np.linspace(-3, 3, 301), np.linspace(-1.5, 2.5, 401)
fig, axes = plt.subplots(1, 2, figsize=(9, 3.3))
for a, style in [(1.8, "-"), (0.6, "--")]:
    objective = 0.5 * (w_axis - a) ** 2 + np.abs(w_axis)
    line = axes[0].plot(w_axis, objective, style, label=f"$a = {a}$")[0]
    axes[0].plot([max(a - 1, 0)], [objective.min()], "o", color=line.get_color())
axes[0].set(
    xlabel="weight $w$", ylabel="$f(w)$", ylim=(0, 4), title=r"$\frac{1}{2}(w - a)^2 + |w|$ and its minimum (dot)"
)
axes[1].plot(a_axis, np.sign(a_axis) * np.maximum(np.abs(a_axis) - 1, 0), label="L1: moved towards 0, and held there")
axes[1].plot(a_axis, a_axis / 2, "--", label="squares: divided by 2")
axes[1].plot(a_axis, a_axis, ":", color="0.4", label="no penalty")
axes[1].set(
    xlabel="$a$, the weight without a penalty", ylabel="best weight $w^*$", title=r"What $\lambda = 1$ does to a weight"
)
for ax in axes:
    legend = ax.legend(fontsize=8)


# %% [markdown]
# ## The solver and its settings
#
# The kink at 0 has no slope, so not every solver can deal with it. scikit-learn's `saga` can. It draws one
# sample at random at a time, takes a step with its gradient and the remembered gradients of the others, and moves every
# weight towards 0 by the formula above. An epoch is $n$ such draws. Four details matter.
#
# **Scale.** The penalty treats all weights alike, so all columns should have the same unit. Standardise them (mean 0,
# standard deviation 1), in a pipeline, so that the numbers come from the fitting part. A column that never changes
# becomes a column of zeros, and its weights stay 0.
#
# **Chance.** Which sample comes next is random. `random_state` fixes it.
#
# **When to stop.** After each epoch `saga` compares the largest change of a weight with the largest weight. If the
# ratio is below `tol`, it stops. The default, 0.0001, takes very long on digits. If `max_iter` epochs pass first, it
# warns.
#
# **C counts samples.** The sum over $n$ samples grows with $n$, the penalty does not. With twice the data, $C$ must be
# half as large for the same balance. So the product $C n$ is what can be carried from one size to another.
#
# ## Which C?
#
# The fits take seconds each, so the search for $C$ uses the first rows of `X_fit` alone, and $C n$ carries its result
# to all of them. Several values will do about equally well on `X_val`. A common rule breaks such ties in favour of the
# simpler model: take the *smallest* $C$ whose validation error lies within one standard error of the best one.
# %% [markdown]
# ### Exercise 5: `fit_sparse_logistic` (2.5 points, ★★☆)
#
# Return a fitted `Pipeline` of two steps, `StandardScaler` and `LogisticRegression`. The second has the given `C`, the
# L1 penalty, the solver `"saga"`, `tol=0.02`, `max_iter=1000`, and `seed` as its `random_state`. Leave the rest as it
# is. The fit must not warn.
#
# In current versions of scikit-learn the argument `l1_ratio` chooses the penalty: 0 stands for squares, 1 for absolute
# values. The older argument `penalty` still works, with a warning that it will go.
#
# <details><summary>Hint</summary>
# <code>make_pipeline</code> takes the steps in order, and <code>fit</code> returns the pipeline.
# </details>
# %% nbgrader={"grade": false, "grade_id": "fit_sparse_logistic", "locked": false, "schema_version": 3, "solution": true, "task": false}
def fit_sparse_logistic(X: np.ndarray, y: np.ndarray, C: float, seed: int = 0) -> Pipeline:
    """Fit a logistic regression whose weights are zero where they can be.

    Parameters
    ----------
    X : ndarray of float, shape (n, d)
    y : ndarray of int, shape (n,)
    C : float
        Positive; the smaller, the more weights are zero.
    seed : int
        For the samples that the solver draws.

    Returns
    -------
    Pipeline
        Fitted: StandardScaler, then LogisticRegression with the L1 penalty.
    """
    # The classifier with its penalty and its solver.
    ### BEGIN SOLUTION
    classifier = LogisticRegression(
        C=C,
        l1_ratio=1.0,
        solver="saga",
        tol=0.02,
        max_iter=1000,
        random_state=seed,
    )
    ### END SOLUTION
    # Both steps, fitted.
    ### BEGIN SOLUTION
    return make_pipeline(StandardScaler(), classifier).fit(X, y)
    ### END SOLUTION


# %% tags=["try-it"]
n_path = 100 + n_fit // 10
Cs = np.array([20.0, 100.0, 500.0, 2500.0]) / n_path
path = [fit_sparse_logistic(X_fit[:n_path], y_fit[:n_path], C) for C in Cs]
path_errors = np.array([np.mean(clf.predict(X_val) != y_val) for clf in path])
path_spread = np.sqrt(path_errors * (1 - path_errors) / len(y_val))
allowed = path_errors.min() + path_spread[path_errors.argmin()]
balance = Cs[np.flatnonzero(path_errors <= allowed)[0]] * n_path  # the sparsest within one standard error
print(f"{n_path} images; smallest validation error at C n = {Cs[path_errors.argmin()] * n_path:g}")
print(f"the smallest C n with an error within one standard error of it: {balance:g}")
for C, clf, error in zip(Cs, path, path_errors, strict=True):
    print(
        f"C n = {C * n_path:4.0f}: validation error {error:.2f}, "
        f"training error {np.mean(clf.predict(X_fit[:n_path]) != y_fit[:n_path]):.2f}"
    )
# %% nbgrader={"grade": true, "grade_id": "test_fit_sparse_logistic", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Three classes that the first two of four columns tell apart. The columns have very different units.
import warnings

rng = np.random.default_rng(3)
y = np.arange(90) % 3
X = (rng.normal(size=(90, 4)) + 3.0 * np.array([[1, 0, 0, 0], [-1, 1, 0, 0], [0, -1, 0, 0]])[y]) * [
    0.01,
    1.0,
    100.0,
    1.0,
]


def fit_by_hand():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        clf = fit_sparse_logistic(X, y, 0.3, seed=4)
    if type(clf) is not Pipeline:
        return {"type": type(clf).__name__}
    arguments = clf[-1].get_params()
    return {
        "type": type(clf).__name__,
        "steps": [type(step).__name__ for _, step in clf.steps],
        "fitted": hasattr(clf[-1], "coef_"),
        "arguments": {
            name: arguments.get(name) for name in ("C", "solver", "tol", "max_iter", "random_state", "l1_ratio")
        },
        "accuracy": float(np.mean(clf.predict(X) == y)) if hasattr(clf[-1], "coef_") else 0.0,
        "warnings": sorted({warning.category.__name__ for warning in caught}),
    }


seen = observe(fit_by_hand)
assert seen["type"] == "Pipeline", f"A Pipeline should come back; it is a {seen['type']}."
wanted = ["StandardScaler", "LogisticRegression"]
assert seen["steps"] == wanted, f"The steps of the pipeline should be {wanted}; they are {seen['steps']}."
assert seen["fitted"], "The logistic regression in the pipeline has no weights. Was the pipeline fitted?"
assert not seen["warnings"], (
    f"The fit gave the warnings {seen['warnings']}. Enough epochs, and no argument that will go?"
)
wanted = {"C": 0.3, "solver": "saga", "tol": 0.02, "max_iter": 1000, "random_state": 4, "l1_ratio": 1}
for argument, value in wanted.items():
    assert seen["arguments"][argument] == value, (
        f"{argument} is {seen['arguments'][argument]!r}. What does the exercise ask for?"
    )
assert seen["accuracy"] > 0.8, f"The share of right training labels is {seen['accuracy']:.2f}. Is it fitted on X and y?"
# %% nbgrader={"grade": true, "grade_id": "hidden_fit_sparse_logistic", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against the minimum of the same objective, found by SciPy with each weight written as a difference of two numbers >= 0.
import warnings

from scipy.optimize import minimize
from scipy.special import logsumexp, softmax

rng = np.random.default_rng(305)


def objective(S, y, C, W, b):
    t = S @ W + b
    return C * (logsumexp(t, axis=1) - t[np.arange(len(y)), y]).sum() + np.abs(W).sum()


def optimum(S, y, k, C):
    d, Y = S.shape[1], np.eye(k)[y]

    def split(v):
        return v[: d * k].reshape(d, k), v[d * k : 2 * d * k].reshape(d, k), v[2 * d * k :]

    def value_and_slope(v):
        up, down, b = split(v)
        t = S @ (up - down) + b
        G = C * (softmax(t, axis=1) - Y)
        value = C * (logsumexp(t, axis=1) - (t * Y).sum(axis=1)).sum() + up.sum() + down.sum()
        return value, np.concatenate([(S.T @ G + 1).ravel(), (1 - S.T @ G).ravel(), G.sum(axis=0)])

    bounds = [(0, None)] * (2 * d * k) + [(None, None)] * k
    options = {"maxiter": 3000, "maxfun": 6000, "ftol": 1e-13, "gtol": 1e-7}
    v = minimize(value_and_slope, np.zeros(len(bounds)), jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
    up, down, b = split(v)
    return up - down, b


cases = []
for n, d, k, C, seed in [(150, 6, 3, 0.1, 0), (200, 9, 4, 0.05, 7), (60, 2, 3, 0.4, 1)]:
    centres = 1.5 * rng.normal(size=(k, d)) * (np.arange(d) < (d + 1) // 2)
    y = np.sort(rng.integers(0, k, n))
    X = (rng.normal(size=(n, d)) + centres[y]) * np.logspace(-1, 2, d) + 5.0
    X[:, -1] = 3.0  # a column that never changes
    cases.append((X, y, k, C, seed))


def fit_all():
    found = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for X, y, _, C, seed in cases:
            clf = fit_sparse_logistic(X, y, C, seed) if seed else fit_sparse_logistic(X, y, C=C)
            again = fit_sparse_logistic(X, y, C, seed)
            arguments = clf[-1].get_params()
            found.append(
                {
                    "steps": [type(step).__name__ for _, step in clf.steps],
                    "W": clf[-1].coef_.T.copy(),
                    "b": clf[-1].intercept_.copy(),
                    "again": again[-1].coef_.T.copy(),
                    "proba": clf.predict_proba(X),
                    "arguments": [arguments[name] for name in ("C", "solver", "tol", "max_iter", "random_state")],
                    "scale": [np.asarray(clf[0].mean_).copy(), np.asarray(clf[0].var_).copy()],
                }
            )
        two = fit_sparse_logistic(cases[0][0], np.where(cases[0][1] > 0, 9, 4), 0.2)
    names = [warning.category.__name__ for warning in caught]
    return {"found": found, "two": [two[-1].coef_.shape[0], two.classes_.tolist()], "warnings": sorted(set(names))}


with assert_unchanged(X=cases[0][0], y=cases[0][1]):
    seen = observe(fit_all)
assert not seen["warnings"], f"The fits gave the warnings {seen['warnings']}."
for (X, y, k, C, seed), fit in zip(cases, seen["found"], strict=True):
    name = f"X {X.shape}, {k} classes, C = {C}, seed {seed}"
    assert fit["steps"] == ["StandardScaler", "LogisticRegression"], f"{name}: the steps are {fit['steps']}."
    wanted = [C, "saga", 0.02, 1000, seed]
    assert fit["arguments"] == wanted, (
        f"{name}: C, solver, tol, max_iter, random_state are {fit['arguments']}, not {wanted}."
    )
    assert_close(fit["scale"][0], X.mean(axis=0), f"the means of the scaler ({name})", "Fitted on X?", rtol=1e-6)
    assert_close(
        fit["scale"][1], X.var(axis=0), f"the variances of the scaler ({name})", "Fitted on X?", rtol=1e-6, atol=1e-9
    )
    S = (X - X.mean(axis=0)) / np.where(X.std(axis=0) > 1e-9, X.std(axis=0), 1.0)
    W, b = optimum(S, y, k, C)
    reached, best = objective(S, y, C, fit["W"], fit["b"]), objective(S, y, C, W, b)
    # With tol=0.02 the solver stops within 0.1 % of the minimum here; squares, or no penalty, end 3 % or more above it.
    assert reached < 1.01 * best, (
        f"{name}: the objective is {reached:.4f}, its minimum {best:.4f}. Is it the L1 penalty?"
    )
    # That early stop leaves the probabilities off by about 0.01.
    assert_close(
        fit["proba"], softmax(S @ W + b, axis=1), f"the probabilities ({name})", "Fitted on all rows?", atol=0.05
    )
    assert (fit["W"][-1] == 0).all(), f"{name}: a column that never changes has the weights {fit['W'][-1]}."
    assert np.array_equal(fit["again"], fit["W"]), f"{name}: the same seed gave other weights. Is it passed on?"
assert seen["two"] == [1, [4, 9]], f"For the classes 4 and 9 the weights' rows and the classes are {seen['two']}."


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** Up to $C n = 500$ the gap between training and validation error widens with $C$: with less of a penalty, 7,840
# weights learn more of the images by heart. At the largest $C$ the solver is stopped by `tol` before it reaches the
# minimum, and stopping early acts like a penalty of its own. A smaller `tol` would bring more zeros: weights that are on
# their way to 0 when the solver stops are not there yet.
# %% [markdown]
# ### Exercise 6: `sparsity` (1 point, ★☆☆)
#
# Return the share of weights that are exactly zero, for a fitted `Pipeline` whose *last* step has the weights in
# `coef_`. Biases do not count. The pipeline may have any number of steps, with any names.
#
# <details><summary>Hint</summary>
# A pipeline can be indexed like a list.
# </details>
# %% nbgrader={"grade": false, "grade_id": "sparsity", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sparsity(clf: Pipeline) -> float:
    """Share of a linear classifier's weights that are exactly zero.

    Parameters
    ----------
    clf : Pipeline
        Fitted; its last step has `coef_`, of shape (k, d), or (1, d) for two classes.

    Returns
    -------
    float
        In [0, 1]; biases are not counted.
    """
    # The weights of the last step, compared with zero.
    ### BEGIN SOLUTION
    return float(np.mean(clf[-1].coef_ == 0))
    ### END SOLUTION


# %% tags=["try-it"]
constant = np.ptp(X_fit[:n_path], axis=0) == 0
print(f"pixels that never change in {n_path} images: {constant.mean():.2f} of all, so their weights are 0 in any case")
for C, clf in zip(Cs, path, strict=True):
    print(f"C n = {C * n_path:4.0f}: {sparsity(clf):.2f} of the weights are zero")
fig, axes = plt.subplots(1, 2, figsize=(9, 3.3))
axes[0].errorbar(Cs * n_path, path_errors, yerr=path_spread, marker="o", capsize=3)
axes[0].set(
    xscale="log",
    xlabel="$C n$ (log scale)",
    ylabel="validation error",
    ylim=(0, None),
    title="Your error (bars: one standard error)",
)
axes[1].plot(Cs * n_path, [sparsity(clf) for clf in path], marker="o", label="yours")
axes[1].axhline(constant.mean(), color="0.5", linestyle="--", label="pixels that never change")
axes[1].set(
    xscale="log", xlabel="$C n$ (log scale)", ylabel="share of zero weights", ylim=(0, 1.03), title="Your sparsity"
)
legend = axes[1].legend()
# %% [markdown]
# If the smallest error stands at the end of the list of candidates, look at the curve. Where it still falls, the list is
# too short. Where it has become flat, a larger $C$ would only use up zeros.
#
# Now the fit on all of `X_fit`, with the chosen $C n$. Below are the weights of each class as images, at a sparser
# setting and at the chosen one. A weight belongs to a *standardised* pixel: it says what one standard deviation more of
# ink does to the score.
# %% tags=["try-it"]
fitted["sparse logistic"] = timed(lambda: fit_sparse_logistic(X_fit, y_fit, balance / n_fit))
linear = fitted["sparse logistic"][0]
print(f"chosen: C n = {balance:g}, {sparsity(linear):.2f} of the weights are zero")
for name, clf in [(f"C n = {Cs[1] * n_path:g}, {n_path} images", path[1]), (f"chosen, all {n_fit} images", linear)]:
    weights = clf[-1].coef_
    limit = np.quantile(np.abs(weights), 0.999)  # a few large weights would make all others pale
    ax = plotting.image_grid(
        weights.clip(-limit, limit),
        titles=range(10),
        columns=5,
        symmetric=True,
        title=f"Your weights of each class ({name})",
    )
used = np.stack([(clf[-1].coef_ != 0).sum(axis=0) for clf in path]).reshape(-1, 28, 28)
ax = plotting.image_grid(
    used,
    titles=[f"$C n = {C * n_path:g}$: {np.count_nonzero(count)}" for C, count in zip(Cs, used, strict=True)],
    columns=4,
    title="How many classes use each pixel (dark: all ten), and how many pixels are used",
)


# %% nbgrader={"grade": true, "grade_id": "test_sparsity", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# A pipeline with weights set by hand: 3 of 8 are zero, and so are both biases.
def sparsity_by_hand():
    clf = make_pipeline(StandardScaler(), LogisticRegression())
    clf[-1].coef_ = np.array([[0.0, 1.5, 0.0, -2.0], [1e-9, 0.0, 3.0, -1.0]])
    clf[-1].intercept_ = np.zeros(2)
    return sparsity(clf)


seen = observe(sparsity_by_hand)
assert_number(seen, "sparsity")
assert_close(seen, 3 / 8, "sparsity with 3 zeros among 8 weights", "Zeros, exactly? A share? Weights alone?")
# %% nbgrader={"grade": true, "grade_id": "hidden_sparsity", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Weights set by hand: none, all, negative zeros, tiny ones, one row; a classifier alone in its pipeline, and a longer
# one with own names.
rng = np.random.default_rng(306)
cases = []
for k, d, share in [(1, 5, 0.4), (4, 7, 0.3), (10, 3, 0.9), (3, 3, 0.0), (2, 6, 1.0), (1, 1, 0.0)]:
    W = rng.normal(size=(k, d)) * 10.0 ** rng.integers(-300, 3, (k, d))
    W[rng.random((k, d)) < share] = 0.0
    cases.append(W)
cases.append(np.array([[-0.0, 0.0, -1e-300], [np.inf, 1.0, -0.0]]))


def sparsities():
    found = []
    for W in cases:
        for steps in (0, 1, 3):
            classifier = LogisticRegression()
            classifier.coef_, classifier.intercept_ = W.copy(), np.zeros(len(W))
            others = [(f"step{i}", StandardScaler()) for i in range(steps)]
            found.append(sparsity(Pipeline([*others, ("last", classifier)])))
    return found


values = iter(observe(sparsities))
for W in cases:
    zeros = sum(float(weight) == 0.0 for row in W for weight in row)
    for _ in range(3):
        seen = next(values)
        assert_number(seen, f"sparsity of weights {W.shape}")
        assert_close(seen, zeros / W.size, f"sparsity of weights {W.shape} with {zeros} zeros")


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** Blank pixels account for a good part of the zeros, and no penalty is needed for those. The rest is the
# penalty's choice. It is not a unique truth about digits: of two neighbouring pixels that always agree, the fit may
# keep either. Standardising also has a price: a pixel that is dark in three images out of thousands gets a tiny standard
# deviation, so that these three images have huge values there.
# %% [markdown]
# # Part 5: a network that stops by itself
#
# The last candidate has two hidden layers, of 100 and 50 units. PS 5 builds such networks. For now it is enough to
# know that each layer forms weighted sums of the previous one and cuts off what is negative, and to count:
#
# $$\underbrace{(784 + 1) \cdot 100}_{\text{first layer}} + \underbrace{(100 + 1) \cdot 50}_{\text{second}} + \underbrace{(50 + 1) \cdot 10}_{\text{output}} = 84060 \text{ numbers to learn.}$$
#
# In the sample that is 17 for each image to fit on. Such a network can learn every image by heart. **Early stopping**
# watches for that. It sets 10 per cent of the given images aside. After each epoch it measures the accuracy on them. If
# that has not improved for ten epochs, training stops, and the weights of the best epoch are kept.
#
# So there is a validation part inside the part that we fit on. It does not replace `X_val`: the number of epochs was
# chosen on it, so its accuracy is a little too good.
# %% tags=["try-it"]
ax = diagrams.network(
    [784, 100, 50, 10],
    labels=["pixels", "100 units", "50 units", "probabilities"],
    title="Two hidden layers",
)
n_set_aside = n_fit // 10
fig, ax = plt.subplots(figsize=(8, 1.5))
left = 0
for width, text, shade in [
    (n_fit - n_set_aside, f"gradient\n{n_fit - n_set_aside:,}", "0.88"),
    (n_set_aside, f"stop?\n{n_set_aside:,}", "0.7"),
    (len(X_val), f"choose\n{len(X_val):,}", "0.5"),
    (len(X_test), f"report\n{len(X_test):,}", "white"),
]:
    ax.barh(0, width, left=left, color=shade, edgecolor="0.3")
    ax.text(
        left + width / 2, 0, text, ha="center", va="center", fontsize=9, color="white" if shade == "0.5" else "black"
    )
    left += width
ax.annotate("", (0, -0.55), (n_fit, -0.55), arrowprops={"arrowstyle": "<->", "color": "0.3"})
ax.text(n_fit / 2, -0.62, "X_fit, y_fit: all that the network is given", ha="center", va="top", fontsize=9)
ax.axis("off")
limits = ax.set(ylim=(-1.0, 0.5), title="What each image is used for")


# %% [markdown]
# ### Exercise 7: `fit_mlp` (2.5 points, ★★☆)
#
# Return a fitted `MLPClassifier` with early stopping, hidden layers of the sizes in `hidden`, at most `max_iter`
# epochs, and `seed` as its `random_state`: it draws the first weights, the images that are set aside, and the order.
# Leave the rest as scikit-learn has it.
#
# If `max_iter` epochs pass before it stops by itself, scikit-learn warns. Leave that warning alone: the caller should
# see it.
#
# <details><summary>Hint</summary>
# The argument for the layers is <code>hidden_layer_sizes</code>. The other one that you need is a switch, off by
# default.
# </details>
# %% nbgrader={"grade": false, "grade_id": "fit_mlp", "locked": false, "schema_version": 3, "solution": true, "task": false}
def fit_mlp(
    X: np.ndarray, y: np.ndarray, hidden: tuple[int, ...] = (200, 100), seed: int = 0, max_iter: int = 200
) -> MLPClassifier:
    """Fit a multilayer perceptron with early stopping.

    Parameters
    ----------
    X : ndarray of float, shape (n, d)
    y : ndarray of int, shape (n,)
    hidden : tuple of int
        Sizes of the hidden layers.
    seed : int
        For the first weights, the samples set aside, and the order of the others.
    max_iter : int
        Largest number of epochs.

    Returns
    -------
    MLPClassifier
        Fitted.
    """
    # The network with its settings.
    ### BEGIN SOLUTION
    network = MLPClassifier(hidden_layer_sizes=hidden, early_stopping=True, max_iter=max_iter, random_state=seed)
    ### END SOLUTION
    # Fitted.
    ### BEGIN SOLUTION
    return network.fit(X, y)
    ### END SOLUTION


# %% tags=["try-it"]
# NBVAL_IGNORE_OUTPUT
# Single precision is enough here, and faster.
fitted["MLP"] = timed(lambda: fit_mlp(X_fit.astype(np.float32), y_fit, hidden=(100, 50)))
network, seconds = fitted["MLP"]
print(f"{network.n_iter_} epochs in {seconds:.1f} s")
print(f"weights and biases: {sum(W.size for W in network.coefs_ + network.intercepts_)}")
for name, inputs, labels in [("fitted on", X_fit, y_fit), ("validation", X_val, y_val)]:
    print(f"{name:<10} error {np.mean(network.predict(inputs) != labels):.3f}")
epochs = np.arange(1, network.n_iter_ + 1)
best = int(np.argmax(network.validation_scores_))
fig, axes = plt.subplots(1, 2, figsize=(9, 3.2))
axes[0].plot(epochs, network.loss_curve_)
axes[0].set(xlabel="epoch", ylabel="training loss", yscale="log", title="Your network's loss")
axes[1].plot(epochs, 1 - np.array(network.validation_scores_), marker=".")
axes[1].plot([epochs[best]], [1 - network.validation_scores_[best]], "ko", label="smallest error")
axes[1].set(xlabel="epoch", ylabel="error on the images set aside", ylim=(0, None), title="What decides when to stop")
legend = axes[1].legend()
# %% [markdown]
# The training loss goes on falling after the error on the images set aside has settled. From there on the network
# learns things about its training images that do not hold for others.
# %% nbgrader={"grade": true, "grade_id": "test_fit_mlp", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Three clouds of points, easy to tell apart.
import warnings

rng = np.random.default_rng(8)
y = np.arange(120) % 3
X = rng.normal(size=(120, 2)) + 4.0 * np.array([[0, 1], [1, -1], [-1, -1]])[y]


def fit_the_clouds():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        network = fit_mlp(X, y, seed=5)
    if type(network) is not MLPClassifier:
        return {"type": type(network).__name__}
    arguments, usual = network.get_params(), MLPClassifier().get_params()
    layers = [int(size) for size in np.atleast_1d(arguments["hidden_layer_sizes"])]
    ours = ("hidden_layer_sizes", "random_state", "early_stopping", "max_iter")
    return {
        "type": type(network).__name__,
        "layers": layers,
        "settings": {name: arguments[name] for name in ours[1:]},
        "others": [name for name in usual if name not in ours and arguments[name] != usual[name]],
        "accuracy": float(np.mean(network.predict(X) == y)) if hasattr(network, "coefs_") else None,
        "warnings": sorted({warning.category.__name__ for warning in caught}),
    }


seen = observe(fit_the_clouds)
assert seen["type"] == "MLPClassifier", f"An MLPClassifier should come back; it is a {seen['type']}."
assert seen["accuracy"] is not None, "The network has no weights. Was it fitted?"
assert seen["layers"] == [200, 100], f"The hidden layers are {seen['layers']}; by default they are 200 and 100 units."
for argument, wanted in {"early_stopping": True, "random_state": 5, "max_iter": 200}.items():
    assert seen["settings"][argument] == wanted, (
        f"{argument} is {seen['settings'][argument]}. What does the exercise ask for?"
    )
assert not seen["others"], f"The settings {seen['others']} are not scikit-learn's own. Were they asked for?"
assert seen["accuracy"] > 0.9, f"The share of right training labels is {seen['accuracy']:.2f}. Is it fitted on X and y?"
assert not seen["warnings"], f"The fit gave the warnings {seen['warnings']}."
# %% nbgrader={"grade": true, "grade_id": "hidden_fit_mlp", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Every argument away from its default. What was learned is checked by a forward pass in NumPy, by a second fit with the
# same settings, and on samples
# that were not fitted on. scikit-learn's warning at the last epoch is expected, and recorded.
import warnings

from scipy.special import softmax
from sklearn.base import clone

rng = np.random.default_rng(307)
y = np.sort(np.arange(150) % 3)
centres = rng.normal(size=(3, 5))
X = rng.normal(size=(150, 5)) + 3.0 * centres[y]
y_new = np.arange(60) % 3
X_new = rng.normal(size=(60, 5)) + 3.0 * centres[y_new]


def fits():
    found = {}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        network = fit_mlp(X, y, hidden=(12, 7), seed=3)
        short = fit_mlp(X, y, hidden=(4,), max_iter=2)
        other = fit_mlp(X, y, (12, 7), 4)
    usual = MLPClassifier().get_params()
    for name, model in {"network": network, "short": short, "other": other}.items():
        arguments = model.get_params()
        ours = ("hidden_layer_sizes", "random_state", "early_stopping", "max_iter")
        found[name] = {
            "type": type(model).__name__,
            "layers": [W.shape[1] for W in model.coefs_],
            "settings": [arguments["early_stopping"], arguments["random_state"], arguments["max_iter"]],
            "others": [key for key in usual if key not in ours and arguments[key] != usual[key]],
            "epochs": model.n_iter_,
        }
    again = clone(network).fit(X, y)
    found["scores"] = np.array(network.validation_scores_)
    found["weights"] = [[W.copy() for W in model.coefs_] for model in (network, again, other)]
    found["biases"] = [b.copy() for b in network.intercepts_]
    found["proba"] = network.predict_proba(X_new)
    found["warnings"] = [warning.category.__name__ for warning in caught]
    return found


with assert_unchanged(X=X, y=y):
    seen = observe(fits)
for name, layers, settings in [
    ("network", [12, 7, 3], [True, 3, 200]),
    ("short", [4, 3], [True, 0, 2]),
    ("other", [12, 7, 3], [True, 4, 200]),
]:
    model = seen[name]
    assert model["type"] == "MLPClassifier", f"An MLPClassifier should come back; it is a {model['type']}."
    assert model["layers"] == layers, (
        f"The layers have {model['layers']} units; they should have {layers}. Is hidden used?"
    )
    assert model["settings"] == settings, (
        f"early_stopping, random_state, max_iter are {model['settings']}, not {settings}."
    )
    assert not model["others"], f"The settings {model['others']} are not scikit-learn's own."
assert seen["short"]["epochs"] == 2, f"With max_iter=2 it took {seen['short']['epochs']} epochs."
assert seen["warnings"] == ["ConvergenceWarning"], (
    f"The fit of two epochs alone should warn, once, that it has not converged; the warnings are {seen['warnings']}."
)
assert len(seen["scores"]) == seen["network"]["epochs"] < 200, (
    "There is no validation score for every epoch. Early stopping?"
)
mine, again, other = seen["weights"]
for a, b in zip(mine, again, strict=True):
    assert_close(
        a, b, "the weights of a second fit with the same settings", "Is it fitted on X and y, once?", rtol=1e-6
    )
assert not np.allclose(mine[0], other[0]), "Two seeds gave the same weights. Is the seed passed on?"
h = X_new
for i, (W, b) in enumerate(zip(mine, seen["biases"], strict=True)):
    h = h @ W + b if i == len(mine) - 1 else np.maximum(h @ W + b, 0)
assert_close(
    seen["proba"],
    softmax(h, axis=1),
    "the probabilities, computed from the weights",
    "ReLU units?",
    rtol=1e-5,
    atol=1e-9,
)
accuracy = np.mean(seen["proba"].argmax(axis=1) == y_new)
assert accuracy > 0.8, f"On new samples from three distant clouds the accuracy is {accuracy:.2f}."


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The images set aside cost something: the network learns from 10 per cent fewer. A common remedy is to
# note the best epoch, and to fit again on everything for so many epochs. In PS 9 you write early stopping yourself.
# %% [markdown]
# # Part 6: the honest table
#
# ## The price of certainty, with ten classes
#
# A classifier gives each sample a row of $k$ probabilities. Only the one of the true class counts in the **negative
# log-likelihood**:
#
# $$\text{NLL} = \sum_{i=1}^{n} -\ln P_{i, \, y_i} , \qquad P \text{ of shape } (n, k) .$$
#
# A guess, $\frac{1}{k}$ for every class, costs $\ln k$ a sample: for ten classes $\ln 10 \approx 2.303$. To have $P_{i,
# y_i} = 0$ would cost infinitely much, so raise tiny probabilities to a limit first, such as the smallest relative step
# of a float, about $2.2 \cdot 10^{-16}$. Then a certain mistake costs about 36.
#
# One trap lies in the labels. In NumPy an index of $-1$ means "the last". A label of $-1$, which many programs write
# for "unknown", would silently be read as class 9.
# %% [markdown]
# ### Exercise 8: `multiclass_nll` (2.5 points, ★★☆)
#
# Write the sum. It must be finite where a probability is exactly 0, and computed without a warning. Probabilities above
# $10^{-7}$ must count as they are. If a label lies outside $0, \dots, k - 1$, raise a `ValueError` whose message
# contains the word "label". The check of the shapes is given.
#
# <details><summary>Hint</summary>
# Two integer arrays of length $n$ as an index, <code>proba[rows, columns]</code>, pick one entry from each row.
# </details>
# %% nbgrader={"grade": false, "grade_id": "multiclass_nll", "locked": false, "schema_version": 3, "solution": true, "task": false}
def multiclass_nll(proba: np.ndarray, y: np.ndarray) -> float:
    """Negative log-likelihood of labels under predicted probabilities.

    Parameters
    ----------
    proba : ndarray of float, shape (n, k)
        Column j holds the probability of class j.
    y : ndarray of int, shape (n,)
        True classes in 0, ..., k - 1.

    Returns
    -------
    float
        The sum over samples, in nats; finite even where a probability is exactly 0.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a label lies outside 0, ..., k - 1.
    """
    if proba.ndim != 2 or y.shape != (len(proba),):
        raise ValueError(f"proba {proba.shape} must have shape (n, k) and y {y.shape} shape (n,)")
    # Refuse labels that no column belongs to.
    ### BEGIN SOLUTION
    k = proba.shape[1]
    if ((y < 0) | (y >= k)).any():
        raise ValueError(f"y has a label outside 0..{k - 1}")
    ### END SOLUTION
    # The probability of each sample's own class.
    ### BEGIN SOLUTION
    p = proba[np.arange(len(y)), y]
    ### END SOLUTION
    # Kept away from 0, then the sum.
    ### BEGIN SOLUTION
    return float(-np.log(np.maximum(p, np.finfo(np.float64).eps)).sum())
    ### END SOLUTION


# %% tags=["try-it"]
for k in (1, 5):
    proba = KNeighborsClassifier(k).fit(X_fit[:1000], y_fit[:1000]).predict_proba(X_val)
    own = np.array([row[label] for row, label in zip(proba, y_val, strict=True)])
    print(
        f"{k} neighbour{'s' * (k > 1)} of 1,000 stored images: true class given 0 by {np.mean(own == 0):.3f} of the images, "
        f"NLL {multiclass_nll(proba, y_val) / len(y_val):.2f} a sample; a guess {np.log(10):.2f}"
    )
# %% nbgrader={"grade": true, "grade_id": "test_multiclass_nll", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Three samples by hand, with the probabilities 1/4, 4/5 and 1 for their own classes; then one with probability 0.
proba = np.array([[0.5, 0.25, 0.25, 0.0], [0.1, 0.8, 0.1, 0.0], [1.0, 0.0, 0.0, 0.0]])
seen = multiclass_nll(proba, np.array([2, 1, 0]))
assert_number(seen, "multiclass_nll of 3 samples")
assert_close(
    seen,
    -np.log(0.25 * 0.8),
    "multiclass_nll of labels with probabilities 1/4, 4/5 and 1",
    "Is it the sum, in natural logarithms, of each true class's own probability?",
    rtol=1e-6,
)
assert_number(multiclass_nll(proba, np.array([2, 1, 3])), "the NLL of a class with probability 0")
assert_raises(
    ValueError, lambda: multiclass_nll(proba, np.array([2, -1, 0])), "multiclass_nll with the label -1", "label"
)
# %% nbgrader={"grade": true, "grade_id": "hidden_multiclass_nll", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against scikit-learn's log_loss: one sample, two classes and many, classes that do not occur; zeros and very small
# probabilities with warnings as errors.
import warnings

from sklearn.metrics import log_loss

rng = np.random.default_rng(308)
cases = []
for n, k in [(1, 2), (7, 2), (40, 10), (5, 12), (9, 3)]:
    proba = rng.dirichlet(np.ones(k), n)
    y = rng.integers(0, max(k - 1, 1), n)
    cases.append((proba, y))
sure = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [1e-6, 0.5, 0.5 - 1e-6]])


def likelihoods():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = [multiclass_nll(proba, y) for proba, y in cases]
        found_32 = [multiclass_nll(proba.astype(np.float32), y.astype(np.uint8)) for proba, y in cases]
        small = multiclass_nll(sure, np.array([0, 2, 0]))
        wrong = multiclass_nll(sure, np.array([1, 1, 0]))
    return found, found_32, small, wrong


with assert_unchanged(proba=cases[2][0], y=cases[2][1], sure=sure):
    found, found_32, small, wrong = observe(likelihoods)
for (proba, y), seen, seen_32 in zip(cases, found, found_32, strict=True):
    name = f"multiclass_nll of proba {proba.shape}"
    expected = log_loss(y, proba, labels=range(proba.shape[1]), normalize=False)
    assert_number(seen, name)
    assert_close(seen, expected, name, "Natural logarithms, summed, of each sample's own class?", rtol=1e-6)
    assert_number(seen_32, f"{name} in float32")
    assert_close(seen_32, expected, f"{name} in float32, labels as bytes", rtol=1e-5)
told = "Are probabilities above 1e-7 left as they are?"
assert_close(small, np.log(1e6), "the NLL of two certain answers and one of probability 1e-6", told, rtol=1e-5)
assert_number(wrong, "the NLL with two certain mistakes")
assert 2 * 16 < wrong - small < 2 * 760, (
    f"Two certain mistakes should be very expensive, and finite; yours cost {wrong - small:.1f}."
)
for bad in (np.array([0, 3, 1]), np.array([0, 1, -1]), np.array([-3, 0, 0]), np.array([0, 0, 100])):
    assert_raises(
        ValueError, lambda bad=bad: multiclass_nll(sure, bad), f"multiclass_nll with the labels {bad}", "label"
    )
assert_close(multiclass_nll(sure, np.array([0, 2, 1])), np.log(2), "the NLL of the labels 0, 2, 1", rtol=1e-6)


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** It is `log_loss(y, proba, labels=range(k), normalize=False)`. Divided by $n$ it is the cross-entropy
# that PS 4 minimises, and every network after it. Without the limit one unlucky image would decide the comparison; with
# it, the limit's size does. Either way an NLL that contains certain mistakes should be read with care.
# %% [markdown]
# ## All of them, once
#
# Now the test part is used. Every classifier was fitted on `X_fit`. The number of components and $C n$ were chosen on
# `X_val`, the number of epochs on images inside `X_fit`. The neighbours' $k$ and the sizes of the layers were fixed in
# advance. `numbers_kept` counts what must be stored to predict: all stored rows, or the weights that are not zero.
# %% tags=["try-it"]
# NBVAL_IGNORE_OUTPUT
def numbers_kept(clf):
    """How many numbers a fitted classifier needs to predict."""
    last = clf[-1] if isinstance(clf, Pipeline) else clf
    if isinstance(last, KNeighborsClassifier):
        directions = clf[0].components_.size if isinstance(clf, Pipeline) else 0
        return last.n_samples_fit_ * last.n_features_in_ + directions
    if isinstance(last, MLPClassifier):
        return sum(array.size for array in last.coefs_ + last.intercepts_)
    return np.count_nonzero(last.coef_)


rows = {}
for name, (clf, fit_seconds) in fitted.items():
    labels, predict_seconds = timed(lambda clf=clf: clf.predict(X_test))
    rows[name] = [np.mean(labels != y_test), multiclass_nll(clf.predict_proba(X_test), y_test)]
    rows[name] += [fit_seconds, predict_seconds, numbers_kept(clf)]
columns = ["error_rate", "nll", "fit_seconds", "predict_seconds", "numbers_kept"]
table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
print(f"{len(y_test)} test images; NLL of a guess: {len(y_test) * np.log(10):.1f}")
display(table.round({"error_rate": 3, "nll": 1, "fit_seconds": 3, "predict_seconds": 4}))
# %% tags=["try-it"]
spread = np.sqrt(table["error_rate"] * (1 - table["error_rate"]) / len(y_test))
ax = plotting.bars_with_errors(
    list(table.index),
    table["error_rate"],
    spread,
    xlabel="test error rate",
    title="How often each errs (bars: one standard error)",
    fmt="{:.3f}",
)
ax = plotting.bars_with_errors(
    list(table.index),
    table["nll"] / len(y_test),
    xlabel="NLL per test image",
    title="What its probabilities are worth (line: a guess)",
    fmt="{:.2f}",
)
ax.axvline(np.log(10), color="black", linestyle="--")
ax.set_xlim(0, max(ax.get_xlim()[1], 1.05 * np.log(10)))
fig, ax = plt.subplots(figsize=(6, 3.4))
for i, (name, row) in enumerate(table.iterrows()):
    ax.errorbar(
        1e6 * row["predict_seconds"] / len(X_test),
        row["error_rate"],
        yerr=spread[name],
        linestyle="none",
        capsize=3,
        markersize=8,
        marker=plotting.MARKERS[i],
        label=name,
    )
ax.set(
    xscale="log",
    xlabel="µs to predict one image (log scale)",
    ylabel="test error rate",
    ylim=(0, None),
    title="Error and cost: better is lower and further left",
)
ax.grid(True)
legend = ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
# %% [markdown]
# ### Question 2 (1 point)
#
# Look at your table and its three pictures. Where do the classifiers pay: when they fit, when they predict, or in
# memory? Which differences between the error rates could be chance? Which classifier would you put into a machine that
# sorts letters, if it must read thousands of digits a second and pass on to a person what it is unsure of? Use the
# error rate, the NLL and the time in your answer.
# %% [markdown] nbgrader={"grade": true, "grade_id": "discuss_table", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# In this run the neighbours pay when they predict and in memory: no work to fit, about 0.2 ms an image, and all of the
# 3.9 million numbers must be kept. With components they keep a small part of that, are several times as fast, and err
# no more. The sparse logistic regression and the MLP pay when they fit, for seconds, and then need a few products:
# about 4,000 and 84,000 numbers, some microseconds an image. The error rates of the neighbours and of the MLP lie
# within one standard error or so of each other, so their order could be chance. Only the distance of the linear model
# to them is several standard errors. The likelihoods order them otherwise. With one neighbour each mistake was made
# with certainty, and the NLL is about that of a guess; it cannot say what it is unsure of. I would take the MLP: about as few
# errors as any, by far the best NLL, so that a limit on its largest probability finds the unsure images, and fast
# enough for tens of thousands of images a second. The linear model is faster still, and it would pass on more images,
# as it errs more than one and a half times as often.
# %% [markdown]
# ## What you learned
#
# - A few dozen of 784 directions hold most of what varies between digits, and distances can do with those.
# - Nearest neighbours learn for nothing and pay at every prediction, in proportion to what they have stored. More data
#   make them better and slower.
# - A confusion matrix is read along rows (recall), down columns (precision), and in pairs. Few samples a class mean
#   wide error bars.
# - The L1 penalty makes weights exactly zero. $C$ counts samples, so it must be scaled with the data.
# - Early stopping needs images of its own. Every choice does.
# - An honest table says what was fitted on what, and holds errors, likelihoods and seconds.
#
# PS 4 builds the softmax behind the linear model, and its confusion matrix, by hand. PS 5 builds the network, PS 9
# early stopping and a test for the difference of two error rates, and PS 11 measures time with more care. In PS 10 a
# network that knows about rows and columns beats this table.
#
# **Read more.** *The Elements of Statistical Learning* (Hastie, Tibshirani, Friedman), section 3.4 on penalties, with
# the picture of the diamond, and section 13.3 on nearest neighbours; Tibshirani, "Regression shrinkage and selection
# via the lasso" (1996); Defazio, Bach and Lacoste-Julien, "SAGA: a fast incremental gradient method" (2014); Prechelt,
# "Early stopping: but when?" (1998); scikit-learn's user guide on nearest neighbours, which has trees for data with few
# columns.
