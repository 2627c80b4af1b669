# %% [markdown]
# # PS 1: Gradient descent
#
# Every network in this course is trained in the same way: measure how wrong it is, find the direction that makes it
# less wrong, take a small step, repeat. Here you build this method for the smallest model there is, a straight line.
# It has two parameters, so you can see its loss as a landscape and watch the method walk through it.
#
# **Goals.** After it you can
#
# - write a loss and its gradient for linear regression, and check the gradient;
# - say what the learning rate does, compute the largest one that works, and recognise a rate that is too large;
# - train with all samples at a time, with a few, or with a single one, and say what each choice costs;
# - compare your result with a library's, in one dimension and in five.
#
# **Time:** about 3 hours. **Assumed:** NumPy arrays and their shapes, matrix products, derivatives. Part 3 uses
# eigenvectors of symmetric matrices. **Points:** 20, of which 2 are for answers in words.
# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["setup"]
from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import torch

from helpers import diagrams, plotting
from helpers.checks import assert_array, assert_close, assert_number, assert_raises, assert_unchanged, observe

plotting.use_style()
# %% [markdown]
# ## The data
#
# The first data set is made up, so that we know the truth: 60 points lie around the line $y = 0.8\,x + 2$. Each one
# misses it by random noise with a standard deviation of 0.7. Your task is to find the line from the points alone.
# Real data follow in Part 5.
#
# | name | shape | what |
# | --- | --- | --- |
# | `X_line` | (60, 1) | one input for each of 60 samples |
# | `y_line` | (60,) | the values to predict |
#
# `X_line` has two axes although there is only one input. Samples are rows, inputs are columns; this holds in the
# whole course.
# %% nbgrader={"grade": false, "grade_id": "data", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["setup"]
line_rng = np.random.default_rng(24)
X_line = line_rng.uniform(-1.0, 3.0, (60, 1))
y_line = 0.8 * X_line[:, 0] + 2.0 + line_rng.normal(0.0, 0.7, 60)
# %% tags=["try-it"]
guess = 0.2 * X_line[:, 0] + 1.2
fig, ax = plt.subplots(figsize=(6, 3.6))
ax.vlines(X_line[:, 0], guess, y_line, color="0.6", linewidth=0.9, label="errors")
ax.plot([-1, 3], [1.0, 1.8], "--", color="black", label=r"a guess: $\hat y = 0.2\,x + 1.2$")
ax.plot(X_line[:, 0], y_line, "o", markersize=4, label="samples")
ax.set(xlabel="input $x$", ylabel="target $y$", title="A line and its errors")
legend = ax.legend()
# %% [markdown]
# # Part 1: how wrong is a line?
#
# ## One number for all errors
#
# A model predicts $\hat y_i$ for sample $i$, and the truth is $y_i$. The difference $\hat y_i - y_i$ is the
# **error**. In the picture it is the length of a grey line, with a sign. To compare two models we need one number.
# The **mean squared error** is
#
# $$L = \frac{1}{n} \sum_{i=1}^{n} (\hat y_i - y_i)^2 .$$
#
# Why squares? Errors of both signs count. A large error weighs more than several small ones. And the square is
# smooth, so it has a derivative everywhere; the absolute value has none at 0.
#
# Such a number, which training makes small, is called the **loss**.
#
# There is one trap. Subtract an array of shape $(3, 1)$ from one of shape $(3,)$. You might expect an error. NumPy
# stretches both to $(3, 3)$ instead, and computes the difference of *every* pair.
# %% tags=["try-it"]
truth, column = np.array([1.0, 2.0, 4.0]), np.array([[1.0], [2.0], [4.0]])
fig, ax = plt.subplots(figsize=(4.2, 3))
ax = diagrams.annotated_matrix(
    column - truth,
    row_labels=[r"$\hat y_1 = 1$", r"$\hat y_2 = 2$", r"$\hat y_3 = 4$"],
    col_labels=["$y_1 = 1$", "$y_2 = 2$", "$y_3 = 4$"],
    fmt="{:.0f}",
    ax=ax,
    title="(3, 1) minus (3,) is (3, 3)",
)


# %% [markdown]
# The predictions are perfect: the diagonal, which alone we want, is 0. But the mean of the squares of all nine
# numbers is not 0, and nothing warns you. So a good loss refuses such arrays.
# %% [markdown]
# ### Exercise 1: `mean_squared_error` (1.5 points, ★☆☆)
#
# Write the loss. If the shapes differ, raise a `ValueError` whose message contains both shapes.
#
# <details><summary>Hint</summary>
# Shapes are tuples, and tuples can be compared with <code>!=</code>. An f-string puts them into the message:
# <code>f"... {y.shape} ..."</code>.
# </details>
# %% nbgrader={"grade": false, "grade_id": "mean_squared_error", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mean_squared_error(y: np.ndarray, y_hat: np.ndarray) -> float:
    """Mean of the squared errors.

    Parameters
    ----------
    y : ndarray, shape (n,)
        True values, as int or float.
    y_hat : ndarray, shape (n,)
        Predicted values, as int or float.

    Returns
    -------
    float
        Not negative, in the squared unit of y.

    Raises
    ------
    ValueError
        If the shapes differ; the message gives both.
    """
    # Refuse arrays of different shapes.
    ### BEGIN SOLUTION
    if y.shape != y_hat.shape:
        raise ValueError(f"y {y.shape} and y_hat {y_hat.shape} must have the same shape")
    ### END SOLUTION
    # Square the errors and take their mean.
    ### BEGIN SOLUTION
    return float(np.mean((y_hat - y) ** 2))
    ### END SOLUTION


# %% tags=["try-it"]
for name, prediction in {"the guess above": guess, "the true line": 0.8 * X_line[:, 0] + 2.0}.items():
    print(f"{name:<16} loss {mean_squared_error(y_line, prediction):.3f}")
# %% [markdown]
# The true line's loss is not 0. What remains is the noise, with the variance $0.7^2 = 0.49$. No line gets far below
# that.
# %% nbgrader={"grade": true, "grade_id": "test_mean_squared_error", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Three errors by hand: 0, 2 and -3. Then two arrays that do not fit.
seen = mean_squared_error(np.array([1.0, 2.0, 3.0]), np.array([1.0, 4.0, 0.0]))
assert_number(seen, "mean_squared_error([1, 2, 3], [1, 4, 0])")
assert_close(
    seen,
    13 / 3,
    "mean_squared_error([1, 2, 3], [1, 4, 0])",
    "Are the errors squared before you take the mean, and is it a mean and not a sum?",
)
assert_raises(
    ValueError,
    lambda: mean_squared_error(np.array([1.0, 2.0, 4.0]), np.array([[1.0], [2.0], [4.0]])),
    "mean_squared_error with y (3,) and y_hat (3, 1)",
    mention="(3, 1)",
)
# %% nbgrader={"grade": true, "grade_id": "hidden_mean_squared_error", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against scikit-learn; integers, float32, a perfect prediction; then shapes that NumPy would broadcast.
from sklearn.metrics import mean_squared_error as mse_from_sklearn

rng = np.random.default_rng(11)
for n in (1, 2, 7, 60):
    y, y_hat = rng.normal(3.0, 2.0, n), rng.normal(-1.0, 5.0, n)
    with assert_unchanged(y=y, y_hat=y_hat):
        seen = mean_squared_error(y, y_hat)
    assert_number(seen, f"mean_squared_error of {n} samples")
    assert_close(seen, mse_from_sklearn(y, y_hat), f"mean_squared_error of {n} samples")
whole, other = np.array([3, -1, 4, 1]), np.array([0, 2, 4, -2])
assert_close(mean_squared_error(whole, other), 6.75, "mean_squared_error of integers")
single = rng.normal(size=(2, 9)).astype(np.float32)
# float32 carries about seven digits.
assert_close(
    mean_squared_error(*single), mse_from_sklearn(*single.astype(float)), "mean_squared_error of float32", rtol=1e-5
)
assert_close(mean_squared_error(whole, whole.astype(float)), 0.0, "mean_squared_error of a perfect prediction")
for first, second in [((3,), (1,)), ((1,), (3,)), ((3,), (3, 1)), ((3, 1), (3,)), ((4,), (2, 4)), ((3,), (4,))]:
    for shape in (first, second):
        assert_raises(
            ValueError,
            lambda first=first, second=second: mean_squared_error(np.ones(first), np.ones(second)),
            f"mean_squared_error with y {first} and y_hat {second}",
            mention=str(shape),
        )
### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** `np.square(...).mean()` or a scalar product of the errors with themselves, divided by $n$, do as well.
# The unit of the loss is the square of the target's unit. Its square root has the unit of the target again, and is
# easier to imagine; the loss is easier to differentiate.
# %% [markdown]
# ## The model
#
# Let $x$ be one sample, a row of $d$ inputs. The model multiplies each input by a **weight** and adds a **bias**:
#
# $$\hat y = x_1 w_1 + x_2 w_2 + \dots + x_d w_d + b .$$
#
# For one input, $d = 1$, this is a line with slope $w_1$ and height $b$ at $x = 0$. With all samples as rows of $X$
# it is one matrix product:
#
# $$\hat y = X w + b, \qquad \underbrace{X}_{(n, d)}\;\underbrace{w}_{(d,)} \;\to\; \underbrace{\hat y}_{(n,)} .$$
# %% tags=["try-it"]
fig, axes = plt.subplots(1, 2, figsize=(10.5, 3.4), width_ratios=[2, 3])
ax = diagrams.network(
    [5, 1],
    labels=["inputs $x$", r"$\hat y = x \cdot w + b$"],
    biases=True,
    ax=axes[0],
    title="Five inputs, one unit",
)
ax = diagrams.shape_flow(
    [("$X$", ("n", 5)), "@ $w$ (5,), + $b$", (r"$\hat y$", ("n",)), "compare\nwith $y$ (n,)", ("loss $L$", (1,))],
    ax=axes[1],
    title="The shapes for n samples with five inputs",
)


# %% [markdown]
# On the left the model is drawn as a network: one circle for each input, one for the output, and one line for each
# weight. The circle marked 1 carries the bias. Beneath each layer stands its size. (A layer with several outputs
# gives an array of shape $(n, k)$; for one output we keep the plain $(n,)$.)
# %% [markdown]
# ### Exercise 2: `predict_linear` (1 point, ★☆☆)
#
# Write the prediction for all samples at once. The check of the shapes is given.
#
# <details><summary>Hint</summary>
# <code>@</code> is the matrix product. What shape has <code>X @ w</code>? The bias is one number
# and is added to all of it.
# </details>
# %% nbgrader={"grade": false, "grade_id": "predict_linear", "locked": false, "schema_version": 3, "solution": true, "task": false}
def predict_linear(X: np.ndarray, w: np.ndarray, b: float) -> np.ndarray:
    """Prediction of a linear model for each sample.

    Parameters
    ----------
    X : ndarray of float, shape (n, d)
    w : ndarray of float, shape (d,)
    b : float

    Returns
    -------
    ndarray of float, shape (n,)

    Raises
    ------
    ValueError
        If X is not of shape (n, d) or w is not of shape (d,).
    """
    if X.ndim != 2 or w.shape != X.shape[1:]:
        raise ValueError(f"X {X.shape} must be (n, d) and w {w.shape} must be (d,)")
    # The weighted sum of each row, plus the bias.
    ### BEGIN SOLUTION
    return X @ w + b
    ### END SOLUTION


# %% [markdown]
# Every pair $(w, b)$ is a line, and every line has a loss. The next cell computes the loss of 3,600 lines with your
# two functions, and draws it as a landscape over the plane of $w$ and $b$.
# %% tags=["try-it"]
ws, bs = np.linspace(-1.2, 2.8, 60), np.linspace(-0.5, 3.5, 60)
losses_on_grid = np.array(
    [[mean_squared_error(y_line, predict_linear(X_line, np.array([w]), b)) for w in ws] for b in bs]
)
row, column = np.unravel_index(losses_on_grid.argmin(), losses_on_grid.shape)
print(f"lowest loss on the grid: {losses_on_grid.min():.3f} at w = {ws[column]:.2f}, b = {bs[row]:.2f}")
fig = plt.figure(figsize=(9.5, 3.8))
left = fig.add_subplot(1, 2, 1, projection="3d")
surface = left.plot_surface(
    *np.meshgrid(ws, bs), losses_on_grid, color="#c3d2e0", linewidth=0.3, edgecolor="0.35", rcount=20, ccount=20
)
left.set(xlabel="$w$", ylabel="$b$", zlabel="loss", title="Your loss as a landscape")
left.view_init(elev=32, azim=-60)
ax = plotting.loss_surface(
    losses_on_grid, ws, bs, ax=fig.add_subplot(1, 2, 2), title="The same from above", xlabel="$w$", ylabel="$b$"
)
ax.set_aspect("equal")
# %% [markdown]
# It is a bowl with a single lowest point. Walk along a contour on the right and the loss stays the same; cross the
# contours and it changes. The bowl is longer in one direction than in the other. Remember this: it decides everything
# in Part 3.
#
# A grid finds the bottom here, but it doesn't scale. With 60 values for each of five weights and a bias it would need
# $60^6$ losses, more than 40 billion. We need a way to walk downhill instead.
# %% nbgrader={"grade": true, "grade_id": "test_predict_linear", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Two samples with three inputs, by hand.
X_hand, w_hand = np.array([[1.0, 2.0, 0.0], [3.0, 0.0, -1.0]]), np.array([2.0, -1.0, 4.0])
for b_hand, expected in [(0.0, [0.0, 2.0]), (1.5, [1.5, 3.5])]:
    seen = predict_linear(X_hand, w_hand, b_hand)
    assert_array(seen, "predict_linear of X (2, 3)", shape=(2,), dtype=np.floating)
    assert_close(
        seen,
        np.array(expected),
        f"predict_linear with b = {b_hand}",
        "Does every input count? Is b added once to each sum?",
    )
# %% nbgrader={"grade": true, "grade_id": "hidden_predict_linear", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against scikit-learn's own model with the same weights.
from sklearn.linear_model import LinearRegression

rng = np.random.default_rng(12)
for n, d in [(1, 3), (6, 1), (9, 4), (4, 4), (2, 7)]:
    X, w, b = rng.normal(size=(n, d)), rng.normal(size=d), float(rng.normal())
    model = LinearRegression()
    model.coef_, model.intercept_ = w, b
    with assert_unchanged(X=X, w=w):
        seen = predict_linear(X, w, b)
    assert_array(seen, f"predict_linear of X ({n}, {d})", shape=(n,), dtype=np.floating)
    assert_close(seen, model.predict(X), f"predict_linear of X ({n}, {d})")
### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The check of the shapes matters for a $w$ of shape $(d, 1)$: NumPy would return predictions of shape
# $(n, 1)$, and the next subtraction from $y$ would make them $(n, n)$. It is better to stop where the mistake is
# made.
# %% [markdown]
# # Part 2: downhill
#
# ## The gradient
#
# You stand somewhere in the landscape, in fog. You can't see the bottom, but you can feel the slope under your feet.
# The slope is the **gradient**: the derivatives of the loss with respect to each parameter. It points where the loss
# rises fastest, so we step the other way.
#
# Follow the loss from right to left in the picture. Each step back multiplies by one derivative; this is the chain
# rule.
# %% tags=["try-it"]
fig, ax = plt.subplots(figsize=(7, 3.8))
ax = diagrams.computation_graph(
    {
        "x": (0, 0, "$X$"),
        "w": (0, 1, "$w$"),
        "b": (0, 2, "$b$"),
        "p": (1, 1, r"$\hat y = X w + b$"),
        "e": (2, 1, r"$e = \hat y - y$"),
        "L": (3, 1, r"$L = \sum e_i^2 \,/\, n$"),
    },
    [
        ("x", "p", "(n, d)", ""),
        ("w", "p", "(d,)", r"$2 X^\top e \,/\, n$"),
        ("b", "p", "number", r"$2 \sum e_i \,/\, n$"),
        ("p", "e", "(n,)", r"$2 e \,/\, n$"),
        ("e", "L", "(n,)", r"$2 e \,/\, n$"),
    ],
    ax=ax,
    title="Values go right, derivatives of the loss come back",
)


# %% [markdown]
# Write $e_i = \hat y_i - y_i$ for the error of sample $i$.
#
# **From the loss to the errors.** In $L = \frac{1}{n} (e_1^2 + \dots + e_n^2)$ only one term depends on $e_i$, so
#
# $$\frac{\partial L}{\partial e_i} = \frac{2}{n}\, e_i .$$
#
# **From the errors to the predictions.** $e_i = \hat y_i - y_i$ and $y_i$ is fixed, so
# $\partial e_i / \partial \hat y_i = 1$. Nothing changes.
#
# **From the predictions to the parameters.** $\hat y_i = \sum_j X_{ij} w_j + b$, so
#
# $$\frac{\partial \hat y_i}{\partial w_j} = X_{ij}, \qquad \frac{\partial \hat y_i}{\partial b} = 1 .$$
#
# **Together.** The weight $w_j$ acts on the loss through every sample, so the contributions of all samples add up:
#
# $$\frac{\partial L}{\partial w_j} = \frac{2}{n} \sum_{i=1}^n e_i X_{ij}, \qquad \frac{\partial L}{\partial b} = \frac{2}{n} \sum_{i=1}^n e_i .$$
#
# The first sum, for all $j$ at once, is a matrix product:
#
# $$\frac{\partial L}{\partial w} = \frac{2}{n}\, \underbrace{X^\top}_{(d, n)} \underbrace{e}_{(n,)} \;\to\; (d,) .$$
#
# A gradient always has the shape of its parameter. **An example:** take the samples $x_1 = 1$, $x_2 = 3$ with
# $y = (2, 2)$, and $w = 1$, $b = 0$. The predictions are $(1, 3)$ and the errors $(-1, 1)$. So
# $\partial L / \partial w = \frac{2}{2} (-1 \cdot 1 + 1 \cdot 3) = 2$ and
# $\partial L / \partial b = \frac{2}{2} (-1 + 1) = 0$. A smaller slope helps; a small change of the height does
# nothing to first order.
# %% [markdown]
# ### Exercise 3: `mse_gradients` (3 points, ★★☆)
#
# Write both gradients of the mean squared error of a linear model. You may use your `predict_linear`. The check of
# the shapes is given.
#
# <details><summary>Hint</summary>
# Compute the errors first; they have shape (n,). Then compare <code>X.T @ errors</code>
# with the sum in the formula, for $d = 1$.
# </details>
# %% nbgrader={"grade": false, "grade_id": "mse_gradients", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mse_gradients(X: np.ndarray, y: np.ndarray, w: np.ndarray, b: float) -> tuple[np.ndarray, float]:
    """Gradient of the mean squared error of a linear model.

    Parameters
    ----------
    X : ndarray of float, shape (n, d)
    y : ndarray of float, shape (n,)
    w : ndarray of float, shape (d,)
    b : float

    Returns
    -------
    grad_w : ndarray of float, shape (d,)
    grad_b : float

    Raises
    ------
    ValueError
        If the shapes of X, y and w do not fit; the message gives all three.
    """
    if X.ndim != 2 or y.shape != X.shape[:1] or w.shape != X.shape[1:]:
        raise ValueError(f"X {X.shape}, y {y.shape} and w {w.shape} must be (n, d), (n,) and (d,)")
    # The error of each sample.
    ### BEGIN SOLUTION
    errors = predict_linear(X, w, b) - y
    ### END SOLUTION
    # From the errors to the weights and the bias.
    ### BEGIN SOLUTION
    return 2 * X.T @ errors / len(y), float(2 * np.mean(errors))
    ### END SOLUTION


# %% [markdown]
# Two looks at your gradient. On the left, arrows against it from many places of the landscape. They should cross the
# contours at right angles, go downhill, and be shorter near the bottom. (The arrows are scaled down to fit.)
#
# On the right, a check by **finite differences**: nudge one parameter by $\pm\epsilon$ and see how much the loss
# changes, for a small random problem with six weights and a bias.
# $\frac{L(w_j + \epsilon) - L(w_j - \epsilon)}{2 \epsilon}$ must agree with your gradient.
# %% tags=["try-it"]
fig, axes = plt.subplots(1, 2, figsize=(10, 3.8), width_ratios=[3, 2])
ax = plotting.loss_surface(
    losses_on_grid, ws, bs, ax=axes[0], title="Steps against your gradient", xlabel="$w$", ylabel="$b$"
)
ax.set_aspect("equal")
places = [(w, b) for w in np.linspace(-0.9, 2.3, 5) for b in np.linspace(-0.1, 3.1, 5)]
arrows = np.array([np.append(*mse_gradients(X_line, y_line, np.array([w]), b)) for w, b in places])
quiver = ax.quiver(*np.transpose(places), *-arrows.T, angles="xy", scale_units="xy", scale=15, width=0.006)

rng = np.random.default_rng(2)
X_try, y_try, w_try, b_try = rng.normal(size=(20, 6)), rng.normal(size=20), rng.normal(size=6), 0.5
nudged = [
    [mean_squared_error(y_try, predict_linear(X_try, w_try + s * h[:6], b_try + s * h[6])) for s in (1, -1)]
    for h in 1e-5 * np.eye(7)
]
numeric = np.diff(nudged, axis=1)[:, 0] / -2e-5
yours = np.append(*mse_gradients(X_try, y_try, w_try, b_try))
axes[1].bar(np.arange(7) - 0.2, yours, width=0.4, label="your gradient")
axes[1].bar(np.arange(7) + 0.2, numeric, width=0.4, color="0.7", label="finite differences")
axes[1].axhline(0, color="black", linewidth=0.8)
axes[1].set_xticks(range(7), [f"$w_{j + 1}$" for j in range(6)] + ["$b$"])
axes[1].set(ylabel="derivative of the loss", title="Each pair of bars must be equal")
legend = axes[1].legend()


# %% nbgrader={"grade": true, "grade_id": "test_mse_gradients", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Two samples with three inputs: the predictions are 3 and 2, the errors -1 and 2. A stand-in from PyTorch takes the
# place of your predict_linear, so that this test depends on mse_gradients alone.
def prediction_from_torch(X, w, b):
    return (torch.nn.functional.linear(torch.tensor(X), torch.tensor(w)) + b).numpy()


X_hand, y_hand = np.array([[1.0, 2.0, 0.0], [3.0, 0.0, 4.0]]), np.array([4.0, 0.0])
seen_w, seen_b = observe(
    lambda: mse_gradients(X_hand, y_hand, np.array([1.0, 0.5, -0.5]), 1.0),
    using={"predict_linear": prediction_from_torch},
)
assert_array(seen_w, "grad_w for X (2, 3)", shape=(3,), dtype=np.floating)
assert_close(
    seen_w,
    np.array([5.0, -2.0, 8.0]),
    "grad_w",
    "Is an error y_hat - y, bias included? Does it count with its own sample's inputs? Is the factor 2/n there?",
)
assert_number(seen_b, "grad_b")
assert_close(seen_b, 1.0, "grad_b", "Is it twice the mean of the errors?")
# %% nbgrader={"grade": true, "grade_id": "hidden_mse_gradients", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against PyTorch's automatic differentiation.
rng = np.random.default_rng(13)
reference = {
    "mean_squared_error": lambda y, y_hat: float(np.mean((y - y_hat) ** 2)),
    "predict_linear": lambda X, w, b: (X * w).sum(axis=1) + b,
}
for n, d in [(1, 4), (6, 1), (8, 3), (5, 5), (3, 9), (1, 1)]:
    X, y, w, b = rng.normal(1.0, 1.0, (n, d)), rng.normal(size=n), rng.normal(size=d), float(rng.normal())
    with assert_unchanged(X=X, y=y, w=w):
        grad_w, grad_b = observe(lambda X=X, y=y, w=w, b=b: mse_gradients(X, y, w, b), using=reference)
    assert_array(grad_w, f"grad_w for X ({n}, {d})", shape=(d,), dtype=np.floating)
    assert_number(grad_b, f"grad_b for X ({n}, {d})")
    w_torch, b_torch = torch.tensor(w, requires_grad=True), torch.tensor(b, dtype=torch.float64, requires_grad=True)
    torch.nn.functional.mse_loss(torch.tensor(X) @ w_torch + b_torch, torch.tensor(y)).backward()
    assert_close(grad_w, w_torch.grad.numpy(), f"grad_w for X ({n}, {d})", rtol=1e-6, atol=1e-10)
    assert_close(grad_b, float(b_torch.grad), f"grad_b for X ({n}, {d})", rtol=1e-6, atol=1e-10)
# A model that fits exactly has no slope left.
X, w = rng.normal(size=(7, 2)), np.array([2.0, -3.0])
grad_w, grad_b = observe(lambda: mse_gradients(X, X @ w + 0.5, w, 0.5), using=reference)
assert_close(grad_w, np.zeros(2), "grad_w of an exact fit")
assert_close(grad_b, 0.0, "grad_b of an exact fit")


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** At the bottom both derivatives vanish. $\frac{2}{n}\sum e_i = 0$ says that the errors of the best line
# have the mean 0, and $X^\top e = 0$ says that they have nothing in common with any input: no input could explain
# them further. Statistics calls these the normal equations.
# %% [markdown]
# ## Gradient descent
#
# Start somewhere. Compute the gradient, take a step against it, and repeat:
#
# $$w \leftarrow w - \eta\, \frac{\partial L}{\partial w}, \qquad b \leftarrow b - \eta\, \frac{\partial L}{\partial b} .$$
#
# The factor $\eta > 0$ is the **learning rate**, `lr` in code. It says how far to trust the slope under your feet.
# Both gradients are computed at the same place, before either parameter moves.
#
# One pass over all samples is an **epoch**. Here one epoch makes exactly one update, because each gradient uses all
# samples. We note the loss *before* each update, so the first entry is the loss at the start.
# %% [markdown]
# ### Exercise 4: `gradient_descent` (3.5 points, ★★☆)
#
# Write the loop. Use your three functions from above. It starts at `w0` and `b0`; without `w0` all weights start at
# zero. An array that is given as `w0` must not be changed. `losses[i]` is the loss before update `i`, so `losses` has
# `n_epochs` entries. With `n_epochs = 0` return the start and an empty list.
#
# <details><summary>Hint</summary>
# <code>w = w - step</code> makes a new array. <code>w -= step</code> writes into the old one, and
# that one may be <code>w0</code>.
# </details>
# %% nbgrader={"grade": false, "grade_id": "gradient_descent", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gradient_descent(
    X: np.ndarray,
    y: np.ndarray,
    lr: float,
    n_epochs: int,
    w0: np.ndarray | None = None,
    b0: float = 0.0,
) -> tuple[np.ndarray, float, list[float]]:
    """Fit linear regression by gradient descent on all samples.

    Parameters
    ----------
    X : ndarray of float, shape (n, d)
    y : ndarray of float, shape (n,)
    lr : float
        Learning rate.
    n_epochs : int
        Number of updates, 0 or more.
    w0 : ndarray of float, shape (d,), optional
        Where the weights start; zeros if it is None. Stays as it is.
    b0 : float
        Where the bias starts.

    Returns
    -------
    w : ndarray of float, shape (d,)
    b : float
    losses : list of float, length n_epochs
        Entry i is the mean squared error before update i.
    """
    # The start: zeros for the weights unless told otherwise, and no losses yet.
    ### BEGIN SOLUTION
    w = np.zeros(X.shape[1]) if w0 is None else w0
    b = b0
    losses = []
    ### END SOLUTION
    for _ in range(n_epochs):
        # Note the loss at the present parameters.
        ### BEGIN SOLUTION
        losses.append(mean_squared_error(y, predict_linear(X, w, b)))
        ### END SOLUTION
        # Both gradients, then one step against them.
        ### BEGIN SOLUTION
        grad_w, grad_b = mse_gradients(X, y, w, b)
        w, b = w - lr * grad_w, b - lr * grad_b
        ### END SOLUTION
    return w, b, losses


# %% [markdown]
# Four learning rates on the made-up data, 40 updates each, from $w = 0$, $b = 0$. The path of a run is found by
# stopping it after $0, 1, 2, \dots$ updates.
# %% tags=["try-it"]
def path_of(lr, n_epochs):
    """Return the parameters (w, b) before and after each of n_epochs updates, shape (n_epochs + 1, 2)."""
    return np.array([np.append(*gradient_descent(X_line, y_line, lr, k)[:2]) for k in range(n_epochs + 1)])


fig, axes = plt.subplots(1, 2, figsize=(10, 3.8))
rates = (0.01, 0.05, 0.15, 0.35)
ax = plotting.learning_curves(
    {f"lr {lr}": {"train_loss": gradient_descent(X_line, y_line, lr, 40)[2]} for lr in rates},
    metrics=("train_loss",),
    x="update",
    ax=axes[0],
    title="Your losses for four rates",
)
ax = plotting.loss_surface(
    losses_on_grid,
    ws,
    bs,
    {f"lr {lr}": path_of(lr, 40) for lr in rates},
    ax=axes[1],
    title="Your paths (rings: the start)",
    xlabel="$w$",
    ylabel="$b$",
)
ax.set_aspect("equal")
# %% [markdown]
# The first loss is the same for all: it belongs to the start. The smallest rate creeps. The middle ones first fall
# into the valley, then turn and follow its floor. The largest one jumps from wall to wall, and still arrives. A
# little more, and it would not.
#
# For linear regression the lowest point can also be computed directly, and scikit-learn does that. Does your method
# arrive at the same line?
# %% tags=["try-it"]
from sklearn.linear_model import LinearRegression

direct = LinearRegression().fit(X_line, y_line)
for n_epochs in (10, 40, 160):
    w, b, losses = gradient_descent(X_line, y_line, 0.15, n_epochs)
    print(f"{n_epochs:4d} updates   w {w[0]:.6f}   b {b:.6f}")
print(f"scikit-learn   w {direct.coef_[0]:.6f}   b {direct.intercept_:.6f}")
fig, ax = plt.subplots(figsize=(6, 3.6))
ax.plot(X_line[:, 0], y_line, "o", markersize=4, color="0.6", label="samples")
ends = np.array([-1.0, 3.0])
ax.plot(ends, direct.predict(ends[:, None]), "-", color="black", linewidth=4, alpha=0.35, label="scikit-learn")
for n_epochs, style in [(1, ":"), (5, "-."), (40, "--")]:
    w, b, losses = gradient_descent(X_line, y_line, 0.15, n_epochs)
    ax.plot(ends, w[0] * ends + b, style, label=f"yours, {n_epochs} update{'s' if n_epochs > 1 else ''}")
ax.set(xlabel="input $x$", ylabel="target $y$", title="Your line on its way")
legend = ax.legend()
# %% nbgrader={"grade": true, "grade_id": "test_gradient_descent", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# A line without noise, which must be found; then one update by hand. Stand-ins from scikit-learn and PyTorch take the
# places of your earlier functions.
from sklearn.metrics import mean_squared_error as mse_from_sklearn


def prediction_from_torch(X, w, b):
    return (torch.nn.functional.linear(torch.tensor(X), torch.tensor(w)) + b).numpy()


def gradients_from_torch(X, y, w, b):
    w, b = torch.tensor(w, requires_grad=True), torch.tensor(float(b), dtype=torch.float64, requires_grad=True)
    prediction = torch.nn.functional.linear(torch.tensor(X), w) + b
    torch.nn.functional.mse_loss(prediction, torch.tensor(y)).backward()
    return w.grad.numpy(), float(b.grad)


stand_ins = {
    "mean_squared_error": lambda y, y_hat: float(mse_from_sklearn(y, y_hat)),
    "predict_linear": prediction_from_torch,
    "mse_gradients": gradients_from_torch,
}
# One sample x = 1, y = 3 from w = 0, b = 0: the error is -3, both gradients are -6, and a rate of 0.1 gives 0.6.
w, b, losses = observe(lambda: gradient_descent(np.ones((1, 1)), np.array([3.0]), 0.1, 1), using=stand_ins)
assert_array(w, "w after one update", shape=(1,), dtype=np.floating)
assert_close(w, np.array([0.6]), "w after one update", "Does the step go against the gradient, with the rate lr?")
assert_number(b, "b after one update")
assert_close(b, 0.6, "b after one update", "Is the bias updated too, from a gradient taken before w moved?")
assert len(losses) == 1, f"losses has {len(losses)} entries after one update. Is it one an update?"
assert_close(losses[0], 9.0, "losses[0]", "Is the loss noted before the update?")
# The same sample from w = 2, b = -1: the error is -2, both gradients are -4.
w, b, losses = observe(
    lambda: gradient_descent(np.ones((1, 1)), np.array([3.0]), 0.1, 1, w0=np.array([2.0]), b0=-1.0), using=stand_ins
)
assert_close(w, np.array([2.4]), "w after one update from w0 = [2]", "Do the weights start at w0 if it is given?")
assert_close(b, -0.6, "b after one update from b0 = -1", "Does the bias start at b0?")

rng = np.random.default_rng(3)
X_exact = rng.normal(size=(30, 2))
start = np.array([5.0, 5.0])
with assert_unchanged(w0=start):
    w, b, losses = observe(
        lambda: gradient_descent(X_exact, X_exact @ np.array([2.0, -1.0]) + 0.5, 0.2, 200, w0=start, b0=-3.0),
        using=stand_ins,
    )
# After 200 updates the slowest direction of this problem is right to about eight digits.
assert_close(w, np.array([2.0, -1.0]), "w after 200 updates", "Does the loop go on from the last w?", atol=1e-6)
assert_close(b, 0.5, "b after 200 updates", "Does the loop go on from the last b?", atol=1e-6)
# %% nbgrader={"grade": true, "grade_id": "hidden_gradient_descent", "locked": true, "points": 2.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against updates with PyTorch's automatic differentiation, from the same start; no epochs at all; every argument.
reference = {
    "mean_squared_error": lambda y, y_hat: float(np.mean((y - y_hat) ** 2)),
    "predict_linear": lambda X, w, b: (X * w).sum(axis=1) + b,
    "mse_gradients": lambda X, y, w, b: (
        2 * np.mean(((X * w).sum(axis=1) + b - y)[:, None] * X, axis=0),
        float(2 * np.mean((X * w).sum(axis=1) + b - y)),
    ),
}


def descent_from_torch(X, y, lr, n_epochs, w0, b0):
    w = torch.tensor(w0, requires_grad=True)
    b = torch.tensor(b0, dtype=torch.float64, requires_grad=True)
    losses = []
    for _ in range(n_epochs):
        loss = torch.nn.functional.mse_loss(torch.tensor(X) @ w + b, torch.tensor(y))
        losses.append(loss.item())
        for parameter, gradient in zip((w, b), torch.autograd.grad(loss, (w, b)), strict=True):
            parameter.data -= lr * gradient
    return w.detach().numpy(), float(b.detach()), losses


rng = np.random.default_rng(14)
for n, d, lr, n_epochs in [(1, 3, 0.05, 4), (9, 1, 0.3, 7), (12, 4, 0.1, 1), (5, 5, 0.02, 25), (8, 2, 0.1, 0)]:
    X, y, w0, b0 = rng.normal(1.0, 1.0, (n, d)), rng.normal(size=n), rng.normal(size=d), float(rng.normal())
    starts = {
        "from the default start": {},
        "with w0 given": {"w0": w0},
        "with b0 given": {"b0": b0},
        "with w0 and b0 given": {"w0": w0, "b0": b0},
    }
    for case, start in starts.items():
        told = f"after {n_epochs} updates of X ({n}, {d}), {case}"

        def run(X=X, y=y, lr=lr, n_epochs=n_epochs, start=start):
            return gradient_descent(X, y, lr, n_epochs, **start)

        with assert_unchanged(X=X, y=y, w0=w0):
            w, b, losses = observe(run, using=reference)
        start_w, start_b = start.get("w0", np.zeros(d)), start.get("b0", 0.0)
        expected_w, expected_b, expected_losses = descent_from_torch(X, y, lr, n_epochs, start_w, start_b)
        assert_array(w, f"w {told}", shape=(d,), dtype=np.floating)
        assert_number(b, f"b {told}")
        # Up to 25 updates of rounding stay far below 1e-6.
        assert_close(w, expected_w, f"w {told}", rtol=1e-6, atol=1e-9)
        assert_close(b, expected_b, f"b {told}", rtol=1e-6, atol=1e-9)
        assert type(losses) is list, f"losses should be a list; it is a {type(losses).__name__}."
        assert len(losses) == n_epochs, f"losses has {len(losses)} entries after {n_epochs} updates."
        assert_close(np.array(losses, dtype=float), expected_losses, f"losses {told}", rtol=1e-6, atol=1e-9)
### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The rate 0.15 agrees with scikit-learn to six digits after 160 updates. A direct solution exists only
# because the loss is quadratic. For networks there is none, and the loop that you wrote stays as it is: only the
# gradient changes. `w = w - ...` builds a new array each time; `w -= ...` would save memory, but would also move `w0`
# under the caller's feet.
# %% [markdown]
# # Part 3: how large a step?
#
# ## One parameter
#
# Begin with a parabola: one parameter $\theta$, the lowest point at $\theta^*$, and the curvature $\lambda > 0$.
#
# $$L(\theta) = \frac{\lambda}{2} (\theta - \theta^*)^2, \qquad L'(\theta) = \lambda\, (\theta - \theta^*), \qquad L''(\theta) = \lambda .$$
#
# Put the derivative into the update $\theta \leftarrow \theta - \eta L'(\theta)$ and subtract $\theta^*$ on both
# sides:
#
# $$\theta - \theta^* \;\leftarrow\; (\theta - \theta^*) - \eta \lambda\, (\theta - \theta^*) = (1 - \eta \lambda)\,(\theta - \theta^*) .$$
#
# So every update multiplies the distance to the bottom by the same factor $1 - \eta\lambda$.
#
# | rate | factor | what happens |
# | --- | --- | --- |
# | $0 < \eta < 1/\lambda$ | between 0 and 1 | comes down on one side |
# | $\eta = 1/\lambda$ | 0 | arrives in one step |
# | $1/\lambda < \eta < 2/\lambda$ | between $-1$ and 0 | changes sides, comes closer |
# | $\eta = 2/\lambda$ | $-1$ | jumps to and fro for ever |
# | $\eta > 2/\lambda$ | below $-1$ | changes sides, moves away: it **diverges** |
# %% tags=["try-it"]
fig, axes = plt.subplots(1, 4, figsize=(11, 2.8), sharey=True)
theta_axis = np.linspace(-3.2, 3.2, 100)
for ax, rate in zip(axes, (0.3, 1.0, 1.8, 2.1), strict=True):
    places = -2.0 * (1 - rate) ** np.arange(6)
    ax.plot(theta_axis, theta_axis**2 / 2, "-", color="0.7")
    ax.plot(places, places**2 / 2, "o--", markersize=4, linewidth=1)
    ax.plot(places[0], places[0] ** 2 / 2, "o", markersize=9, fillstyle="none", color="black")
    ax.set(xlabel=r"$\theta - \theta^*$", title=rf"$\eta = {rate}\,/\,\lambda$", ylim=(-0.3, 5.2))
label = axes[0].set_ylabel(r"loss, $\lambda = 1$")
# %% [markdown]
# The ring marks the start. From left to right: slow and safe, perfect, from wall to wall, and out of the bowl.
#
# ## Many parameters
#
# Put the weights and the bias into one vector $\theta = (w_1, \dots, w_d, b)$, and give $X$ one more column, of ones,
# for the bias. Call the result $A = [X \;\; 1]$, shape $(n, d + 1)$. Then $\hat y = A\theta$, and by Part 2
#
# $$\nabla L(\theta) = \frac{2}{n} A^\top (A \theta - y) = H \theta - \frac{2}{n} A^\top y, \qquad H = \frac{2}{n} A^\top A .$$
#
# $H$ is the **Hessian**, the matrix of second derivatives of the loss, of shape $(d + 1, d + 1)$. It is the same
# everywhere, because the loss is quadratic. At the lowest point the gradient vanishes, so
# $H \theta^* = \frac{2}{n} A^\top y$, and therefore
#
# $$\nabla L(\theta) = H\, (\theta - \theta^*), \qquad \theta - \theta^* \;\leftarrow\; (I - \eta H)\,(\theta - \theta^*) .$$
#
# This is the parabola's formula with a matrix in place of $\lambda$. $H$ is symmetric, so it has eigenvectors
# $v_1, \dots, v_{d+1}$ that are perpendicular to each other, with eigenvalues $\lambda_k \ge 0$. Write the distance
# in their directions, $\theta - \theta^* = \sum_k c_k v_k$. Since $H v_k = \lambda_k v_k$, one update does
#
# $$c_k \;\leftarrow\; (1 - \eta \lambda_k)\, c_k \qquad \text{for each } k .$$
#
# **Each eigenvector is a parabola of its own**, with curvature $\lambda_k$. All of them share the one rate $\eta$.
# The steepest one breaks first. So gradient descent converges from every start if
#
# $$\eta < \frac{2}{\lambda_{\max}} ,$$
#
# and beyond that, whatever the start has in the steepest direction grows without end. (Where $\lambda_k = 0$ nothing
# moves, and nothing needs to: the loss is flat in that direction.)
# %% tags=["try-it"]
etas = np.linspace(0, 0.6, 200)
fig, ax = plt.subplots(figsize=(6.5, 3.4))
for eigenvalue, name, style in [
    (1.0, r"flat direction, $\lambda = 1$", "--"),
    (4.0, r"steep direction, $\lambda = 4$", "-"),
]:
    ax.plot(etas, np.abs(1 - etas * eigenvalue), style, label=name)
ax.axhline(1, color="black", linewidth=0.8)
ax.axvspan(0.5, 0.6, color="0.9")
ax.text(0.55, 0.75, "diverges", ha="center")
ax.plot(0.4, 0.6, "o", fillstyle="none", markersize=9, color="black")
note = ax.annotate("best compromise", (0.4, 0.58), (0.4, 0.12), ha="center", arrowprops={"arrowstyle": "->"})
ax.set(xlabel=r"learning rate $\eta$", ylabel=r"$|1 - \eta \lambda|$", title="What one update does to the distance")
legend = ax.legend(loc="upper left", bbox_to_anchor=(0.12, 1.0))


# %% [markdown]
# An example with the eigenvalues 1 and 4. A lower curve is faster; above 1 the distance grows. The steep direction
# allows no rate of $2/4 = 0.5$ or more. The flat one would like a larger rate. At $\eta = 0.4$ both shrink alike, by
# the factor 0.6. The further apart the eigenvalues, the longer the bowl, and the worse the best compromise.
# %% [markdown]
# ### Exercise 5: `largest_stable_learning_rate` (2.5 points, ★★★)
#
# Return $2 / \lambda_{\max}$ for the mean squared error of a linear model with weights **and bias**. It depends on
# the inputs alone. The check of the shape is given.
#
# <details><summary>Hint</summary>
# <code>np.column_stack</code> puts columns side by side. <code>np.linalg.eigvalsh</code> gives the eigenvalues of a
# symmetric matrix. In which order?
# </details>
# %% nbgrader={"grade": false, "grade_id": "largest_stable_learning_rate", "locked": false, "schema_version": 3, "solution": true, "task": false}
def largest_stable_learning_rate(X: np.ndarray) -> float:
    """Rate at which full-batch gradient descent on the mean squared error stops converging.

    Parameters
    ----------
    X : ndarray of float, shape (n, d)
        Inputs; the model has d weights and a bias.

    Returns
    -------
    float
        2 / lambda_max, with the largest eigenvalue of the Hessian of the loss in (w, b).

    Raises
    ------
    ValueError
        If X is not of shape (n, d).
    """
    if X.ndim != 2:
        raise ValueError(f"X {X.shape} must be of shape (n, d)")
    # A column of ones beside the inputs.
    ### BEGIN SOLUTION
    A = np.column_stack([X, np.ones(len(X))])
    ### END SOLUTION
    # The Hessian of the mean squared error.
    ### BEGIN SOLUTION
    H = 2 * A.T @ A / len(X)
    ### END SOLUTION
    # Two over its largest eigenvalue.
    ### BEGIN SOLUTION
    return float(2 / np.linalg.eigvalsh(H)[-1])
    ### END SOLUTION


# %% [markdown]
# Now break it on purpose. The next cell trains at half of your rate, just below it, and just above it. At $f$ times
# your rate, $\eta \lambda_{\max} = 2f$, so the distance in the steepest direction changes by the factor $1 - 2f$ at
# each update, and the loss above the minimum by its square. The cell prints the factor $(1 - 2f)^2$ beside the one
# that the last two losses show.
# %% tags=["try-it"]
stable = largest_stable_learning_rate(X_line)
lowest = float(np.mean((LinearRegression().fit(X_line, y_line).predict(X_line) - y_line) ** 2))
print(f"largest stable rate: {stable:.4f}")
above_minimum = {}
for f in (0.5, 0.98, 1.02):
    losses = gradient_descent(X_line, y_line, f * stable, 61)[2]
    above_minimum[f"{f} of it"] = {"loss above the minimum": np.array(losses) - lowest}
    ratio = (losses[-1] - lowest) / (losses[-2] - lowest)
    print(f"{f:4} of it: factor at the last update {ratio:.3f}, steepest direction {(1 - 2 * f) ** 2:.3f}")
fig, axes = plt.subplots(1, 3, figsize=(12, 3.5))
ax = plotting.learning_curves(
    above_minimum, metrics=("loss above the minimum",), x="update", ax=axes[0], title="Below and above your rate"
)
ax.set_yscale("log")
for ax, f, look, ylabel in [(axes[1], 0.98, "^--", "$b$"), (axes[2], 1.02, "s--", "")]:
    ax = plotting.loss_surface(
        losses_on_grid, ws, bs, ax=ax, title=f"{f} of it: the first 12 updates", xlabel="$w$", ylabel=ylabel
    )
    path = path_of(f * stable, 12)
    ax.plot(*path.T, look, markersize=4, linewidth=1, color="C1" if f < 1 else "C2")
    ax.plot(*path[0], "o", markersize=9, fillstyle="none", color="black")
    ax.set(xlim=(ws[0], ws[-1]), ylim=(bs[0], bs[-1]), aspect="equal")
# %% nbgrader={"grade": true, "grade_id": "test_largest_stable_learning_rate", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# The Hessians of these are worked by hand. With the inputs 1, -1 it is diag(2, 2); with 2, -2 it is diag(8, 2); with
# 3 and 5 it is [[34, 8], [8, 2]].
for inputs, expected in [([1.0, -1.0], 1.0), ([2.0, -2.0], 0.25), ([3.0, 5.0], 2 / (18 + np.sqrt(320)))]:
    seen = largest_stable_learning_rate(np.array(inputs)[:, None])
    assert_number(seen, f"the largest stable rate for the inputs {inputs}")
    assert_close(
        seen,
        expected,
        f"the largest stable rate for the inputs {inputs}",
        "Is the column for the bias there? Is the Hessian's factor 2/n there? Is it the largest eigenvalue?",
    )
# %% nbgrader={"grade": true, "grade_id": "hidden_largest_stable_learning_rate", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against the Hessian that PyTorch finds by differentiating the loss twice.
rng = np.random.default_rng(15)
reference = {
    "mean_squared_error": lambda y, y_hat: float(np.mean((y - y_hat) ** 2)),
    "predict_linear": lambda X, w, b: (X * w).sum(axis=1) + b,
    "mse_gradients": lambda X, y, w, b: (
        2 * np.mean(((X * w).sum(axis=1) + b - y)[:, None] * X, axis=0),
        float(2 * np.mean((X * w).sum(axis=1) + b - y)),
    ),
}
for n, d, mean, scale in [(1, 3, 0.0, 1.0), (8, 1, 2.0, 1.0), (12, 5, 0.0, 3.0), (4, 4, -1.0, 0.1), (3, 6, 50.0, 2.0)]:
    X, y = rng.normal(mean, scale, (n, d)), torch.tensor(rng.normal(size=n))

    def loss(theta, X=X, y=y):
        return torch.nn.functional.mse_loss(torch.tensor(X) @ theta[:-1] + theta[-1], y)

    hessian = torch.autograd.functional.hessian(loss, torch.zeros(d + 1, dtype=torch.float64))
    with assert_unchanged(X=X):
        seen = observe(lambda X=X: largest_stable_learning_rate(X), using=reference)
    assert_number(seen, f"the largest stable rate for X ({n}, {d})")
    # An eigenvalue found by iteration, or from differences of gradients, may lose a few digits.
    expected = 2 / torch.linalg.eigvalsh(hessian).max().item()
    assert_close(seen, expected, f"the largest stable rate for X ({n}, {d})", rtol=1e-6)
seen = observe(lambda: largest_stable_learning_rate(np.zeros((5, 2))), using=reference)
assert_close(
    seen, 1.0, "the largest stable rate for inputs that are all 0", "Only the bias has a slope then.", rtol=1e-6
)
### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** `eigvalsh` returns the eigenvalues in ascending order, so the last is the largest. The eigenvalues of
# $A^\top A$ are the squared singular values of $A$, so $n / \lVert A \rVert_2^2$ is the same number without building
# $H$. For a network the Hessian changes from place to place, and nobody computes it; but the picture stays true: the
# steepest direction limits the rate, and the flattest one decides how long it takes.
# %% [markdown]
# ### Question 1 (1 point)
#
# Look at the curves, the paths and the printed factors of the last cell. Along which line does the diverging path
# run, and why just that one? At half of the largest rate the steepest direction is gone after one update, yet the
# loss needs many: what is left? Why do the measured factors agree with $(1 - 2f)^2$ for two of the rates and not for
# the third?
# %% [markdown] nbgrader={"grade": true, "grade_id": "discuss_divergence", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# The diverging path jumps to and fro across the valley, along the eigenvector with the largest eigenvalue, where the
# bowl is steepest. There the factor $1 - \eta\lambda_{\max} = 1 - 2.04$ is below $-1$, so the distance changes sides
# and grows, while in the flat direction the same rate is far below its own limit and the distance still shrinks. At
# half of the largest rate the factor of the steepest direction is $1 - 1 = 0$, so one update removes that part. What
# is left is the distance along the floor of the valley, whose eigenvalue is much smaller and which shrinks slowly.
# After many updates the loss above the minimum is ruled by the direction with the largest $|1 - \eta \lambda_k|$. At
# 0.98 and 1.02 this is the steepest one, so the measured factor is $(1 - 2f)^2$; at 0.5 it is the flat one, and the
# measured factor is that of $\lambda_{\min}$.
# %% [markdown]
# # Part 4: fewer samples at a time
#
# One update looks at all samples. For 60 that is cheap. For a million photographs it is not: the whole data set for a
# single small step. But a mean can be estimated from a few samples. Take a small random **batch** of samples, compute
# the gradient on it alone, and step.
#
# The next cell shows what that costs. From one place it draws an arrow against the gradient of each single sample,
# and a thick one against the gradient of all.
# %% tags=["try-it"]
w_here, b_here = np.array([0.2]), 1.2
singles = np.array([np.append(*mse_gradients(X_line[i : i + 1], y_line[i : i + 1], w_here, b_here)) for i in range(60)])
everything = np.append(*mse_gradients(X_line, y_line, w_here, b_here))
print("mean of the 60 gradients:", singles.mean(axis=0).round(4), "  gradient of all:", everything.round(4))
print(f"single samples whose step would go uphill: {np.sum(singles @ everything < 0)} of 60")
fig, ax = plt.subplots(figsize=(6, 3.8))
ax = plotting.loss_surface(
    losses_on_grid, ws, bs, ax=ax, title="Where each sample wants to go", xlabel="$w$", ylabel="$b$"
)
ax.set_aspect("equal")
look = {"angles": "xy", "scale_units": "xy", "scale": 6}
quiver = ax.quiver(*np.full((60, 2), [0.2, 1.2]).T, *-singles.T, width=0.003, color="0.35", **look)
quiver = ax.quiver(0.2, 1.2, *-everything, width=0.012, color="#0173b2", **look)


# %% [markdown]
# The mean of the thin arrows is the thick one. This is no accident: the loss is a mean over samples, so its gradient
# is the mean of theirs. A batch of $B$ random samples is right on average; its random deviation shrinks like
# $1/\sqrt{B}$.
#
# A quarter of the samples costs a quarter of the work. Twice the precision costs four times the work. So many rough
# steps beat few exact ones, at least far from the bottom, where nearly all samples agree about the way.
#
# ## Every sample once
#
# In practice batches aren't drawn independently. In each epoch the samples are shuffled once and then cut into
# batches, so that every sample is used exactly once. If $B$ does not divide $n$, the last batch is smaller: 10
# samples in batches of 4 make batches of 4, 4 and 2.
# %% [markdown]
# ### Exercise 6: `minibatches` (3 points, ★★☆)
#
# Yield the batches of one epoch as arrays of *indices*: the numbers $0, \dots, n-1$ in an order that `rng` shuffles,
# cut into pieces of `batch_size`. Only the last piece may be smaller. Take all randomness from `rng`, so that the
# next call with the same `rng` gives another order. The check of `batch_size` is given.
#
# A function with `yield` is a **generator**: it hands out one value at a time to a `for` loop and waits in between.
#
# <details><summary>Hint</summary>
# Look at the methods <code>permutation</code> and <code>shuffle</code> of <code>rng</code>.
# <code>range(start, stop, step)</code> counts in steps. A slice may reach beyond the end of an array: it then
# simply stops there.
# </details>
# %% nbgrader={"grade": false, "grade_id": "minibatches", "locked": false, "schema_version": 3, "solution": true, "task": false}
def minibatches(n: int, batch_size: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield the batches of one epoch: every index once, in random order.

    Parameters
    ----------
    n : int
        Number of samples, 1 or more.
    batch_size : int
        Number of indices in each batch; the last one may be smaller.
    rng : np.random.Generator
        Shuffles the indices.

    Yields
    ------
    ndarray of int, shape (batch_size,), the last one possibly smaller

    Raises
    ------
    ValueError
        If batch_size is below 1.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1; it is {batch_size}")
    # All indices in random order.
    ### BEGIN SOLUTION
    order = rng.permutation(n)
    ### END SOLUTION
    # One piece after the other.
    ### BEGIN SOLUTION
    for start in range(0, n, batch_size):
        yield order[start : start + batch_size]
    ### END SOLUTION


# %% [markdown]
# The next cell draws two epochs of 20 samples in batches of 6. A column is a sample; its number says in which batch
# it was used.
# %% tags=["try-it"]
rng = np.random.default_rng(4)
batch_of = np.full((2, 20), -1)
for epoch in range(2):
    for number, batch in enumerate(minibatches(20, 6, rng)):
        batch_of[epoch, batch] = number
fig, ax = plt.subplots(figsize=(9, 1.9))
ax = diagrams.annotated_matrix(
    batch_of,
    row_labels=["epoch 1", "epoch 2"],
    col_labels=range(20),
    fmt="{:.0f}",
    symmetric=False,
    ax=ax,
    title="Your batches, numbered from 0: which sample is used in which",
)


# %% [markdown]
# Each row must hold six times 0, 1 and 2, and twice 3. The rows must differ, and neither may look sorted.
# %% nbgrader={"grade": true, "grade_id": "test_minibatches", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Ten indices in batches of four, for two epochs of the same rng.
def two_epochs():
    rng = np.random.default_rng(5)
    return [list(minibatches(10, 4, rng)) for _ in range(2)]


epochs = observe(two_epochs)
for batches in epochs:
    for k, batch in enumerate(batches):
        assert_array(batch, f"batch {k} of 10 indices in batches of 4", dtype=np.integer)
    sizes = [len(batch) for batch in batches]
    assert sizes == [4, 4, 2], f"10 indices in batches of 4 gave batches of {sizes}. Is only the last one smaller?"
    together = np.concatenate(batches)
    assert sorted(together.tolist()) == list(range(10)), (
        f"Together the batches hold {sorted(together.tolist())}. Is every index there exactly once?"
    )
    assert together.tolist() != list(range(10)), "The indices come in ascending order. Were they shuffled?"
first, second = (np.concatenate(batches).tolist() for batches in epochs)
assert first != second, (
    "Two epochs of the same rng have the same order. Does the order come from the rng that is given?"
)


# %% nbgrader={"grade": true, "grade_id": "hidden_minibatches", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Sizes and contents for awkward numbers; repeatable, but new in each epoch; every order is as likely as any other.
def epoch_of(n, batch_size, seed):
    return observe(lambda: list(minibatches(n, batch_size, np.random.default_rng(seed))))


for n, batch_size in [(1, 1), (1, 5), (7, 7), (7, 6), (7, 8), (12, 1), (12, 4), (50, 16)]:
    told = f"{n} indices in batches of {batch_size}"
    batches = epoch_of(n, batch_size, 21)
    for k, batch in enumerate(batches):
        assert_array(batch, f"batch {k} of {told}", dtype=np.integer)
        assert batch.ndim == 1, f"Batch {k} of {told} has shape {batch.shape}; it should have one axis."
    left = n % batch_size
    expected = [batch_size] * (n // batch_size) + ([left] if left else [])
    sizes = [len(batch) for batch in batches]
    assert sizes == expected, f"{told} gave batches of {sizes} instead of {expected}."
    together = np.concatenate(batches).tolist()
    assert sorted(together) == list(range(n)), f"{told}: together they hold {sorted(together)}."
    again = np.concatenate(epoch_of(n, batch_size, 21)).tolist()
    assert together == again, f"{told}: the same seed gave two different orders. Is anything else than rng used?"
assert np.concatenate(epoch_of(50, 16, 21)).tolist() != np.concatenate(epoch_of(50, 16, 22)).tolist(), (
    "Two generators with different seeds gave the same order."
)


def many_epochs():
    rng = np.random.default_rng(23)
    return np.array([np.concatenate(list(minibatches(6, 3, rng))) for _ in range(3000)])


orders = observe(many_epochs)
# Each index stands at each place in a sixth of the epochs: 500 times, with a standard deviation of 20.
counts = np.array([[np.sum(orders[:, place] == index) for index in range(6)] for place in range(6)])
assert np.abs(counts - 500).max() < 120, (
    f"Some indices prefer some places; counts by place and index: {counts.tolist()}."
)
# Two indices share a batch of three with probability 2/5: 1200 times, with a standard deviation of 27.
shared = [np.sum(np.argsort(orders, axis=1)[:, [0, j]] // 3 @ np.array([1, -1]) == 0) for j in range(1, 6)]
assert np.abs(np.array(shared) - 1200).max() < 160, (
    f"Index 0 shares its batch with 1 to 5 {shared} times in 3000 epochs."
)


def refusal(batch_size):
    try:
        return list(minibatches(5, batch_size, np.random.default_rng(0)))
    except ValueError as error:
        return str(error)


assert "batch_size" in observe(lambda: refusal(0)), (
    "minibatches with batch_size 0 should raise a ValueError that names it."
)


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The function hands out indices, not samples, so the same batches serve `X` and `y` and no data are
# copied before they are needed. In the starter the check of `batch_size` stands inside the generator, so it runs only
# when the first batch is asked for. Shuffling within fixed blocks, or shuffling the order of fixed blocks, would keep
# the same samples together for ever, and each epoch would repeat the same few gradients.
# %% [markdown]
# ## Minibatch gradient descent
#
# For a batch with the indices $\mathcal B$, whose size is $|\mathcal B|$, the update is
#
# $$w \leftarrow w - \eta \, \frac{2}{|\mathcal B|} \sum_{i \in \mathcal B} e_i\, x_i, \qquad b \leftarrow b - \eta \, \frac{2}{|\mathcal B|} \sum_{i \in \mathcal B} e_i .$$
#
# It is the gradient of the mean squared error on the batch alone: the same function, called with fewer rows. The
# smaller last batch divides by its own size. An epoch now makes $\lceil n / B \rceil$ updates for the same amount of
# arithmetic.
#
# | `batch_size` | updates in an epoch | name |
# | --- | --- | --- |
# | $n$ | 1 | full batch |
# | between 1 and $n$ | $\lceil n / B \rceil$ | minibatch |
# | 1 | $n$ | single sample |
#
# The last two are called *stochastic* gradient descent. Stochastic means random.
# %% [markdown]
# ### Exercise 7: `minibatch_gradient_descent` (3.5 points, ★★☆)
#
# Write it, from zeros. Every epoch shuffles anew, with the same `rng`. `losses[i]` is the loss on the **full** data
# **after** epoch `i`. With `n_epochs = 0` return zeros and an empty list. Use your `minibatches`, `mse_gradients`,
# `predict_linear` and `mean_squared_error`.
#
# <details><summary>Hint</summary>
# <code>X[batch]</code> picks the rows whose indices are in <code>batch</code>. A generator is empty once a loop
# has run through it, so call <code>minibatches</code> again in every epoch.
# </details>
# %% nbgrader={"grade": false, "grade_id": "minibatch_gradient_descent", "locked": false, "schema_version": 3, "solution": true, "task": false}
def minibatch_gradient_descent(
    X: np.ndarray,
    y: np.ndarray,
    lr: float,
    n_epochs: int,
    batch_size: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, float, list[float]]:
    """Fit linear regression by gradient descent on random batches.

    Parameters
    ----------
    X : ndarray of float, shape (n, d)
    y : ndarray of float, shape (n,)
    lr : float
        Learning rate.
    n_epochs : int
        Number of passes over the data, 0 or more.
    batch_size : int
        Number of samples in each update; the last batch of an epoch may be smaller.
    rng : np.random.Generator
        Shuffles the samples, anew in each epoch.

    Returns
    -------
    w : ndarray of float, shape (d,)
    b : float
    losses : list of float, length n_epochs
        Entry i is the mean squared error of all samples after epoch i.
    """
    # Start at zeros, with no losses.
    ### BEGIN SOLUTION
    w, b = np.zeros(X.shape[1]), 0.0
    losses = []
    ### END SOLUTION
    for _ in range(n_epochs):
        # One update for each batch of this epoch.
        ### BEGIN SOLUTION
        for batch in minibatches(len(X), batch_size, rng):
            grad_w, grad_b = mse_gradients(X[batch], y[batch], w, b)
            w, b = w - lr * grad_w, b - lr * grad_b
        ### END SOLUTION
        # The loss of all samples, once an epoch.
        ### BEGIN SOLUTION
        losses.append(mean_squared_error(y, predict_linear(X, w, b)))
        ### END SOLUTION
    return w, b, losses


# %% [markdown]
# The same race three times: full batch, batches of 10, single samples, all with the rate 0.05. A marker on a path is
# the end of an epoch. One epoch costs the same arithmetic in all three.
# %% tags=["try-it"]
kinds = {"full batch": 60, "batches of 10": 10, "single samples": 1}
runs = {
    name: [minibatch_gradient_descent(X_line, y_line, 0.05, k, size, np.random.default_rng(0)) for k in range(31)]
    for name, size in kinds.items()
}
paths = {name: np.array([np.append(w, b) for w, b, losses in run]) for name, run in runs.items()}
curves = {name: {"train_loss": run[-1][2]} for name, run in runs.items()}
print(f"lowest possible loss: {lowest:.4f}")
for name, curve in curves.items():
    early, late = curve["train_loss"][0], curve["train_loss"][-10:]
    print(f"{name:<15} after epoch 1 {early:.4f}, last ten epochs {min(late):.4f} to {max(late):.4f}")
fig, axes = plt.subplots(1, 2, figsize=(10.5, 4))
ax = plotting.learning_curves(curves, metrics=("train_loss",), ax=axes[0], title="Your losses on all samples")
ax.set_yscale("log")
ax.axhline(lowest, color="black", linewidth=0.8, linestyle=":")
ax = plotting.loss_surface(
    losses_on_grid, ws, bs, paths, ax=axes[1], title="Your three paths", xlabel="$w$", ylabel="$b$"
)
ax.set_aspect("equal")
# %% [markdown]
# In this run the single samples come close to the bottom within one epoch, in which the full batch makes one step.
# But they don't come to rest there. Look at the bottom through a magnifying glass: the same three paths, the last 20
# epochs.
# %% tags=["try-it"]
near_w, near_b = np.linspace(0.35, 1.25, 60), np.linspace(1.4, 2.3, 60)
near_losses = np.array(
    [[mean_squared_error(y_line, predict_linear(X_line, np.array([w]), b)) for w in near_w] for b in near_b]
)
fig, ax = plt.subplots(figsize=(6, 4))
ax = plotting.loss_surface(
    near_losses,
    near_w,
    near_b,
    {name: path[10:] for name, path in paths.items()},
    ax=ax,
    title="Epochs 10 to 30, near the bottom",
    xlabel="$w$",
    ylabel="$b$",
)
ax.set_aspect("equal")
# %% nbgrader={"grade": true, "grade_id": "test_minibatch_gradient_descent", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Forty samples without noise, in batches of 16, 16 and 8; then two samples by hand. Stand-ins from scikit-learn and
# PyTorch take the places of your earlier functions.
import sklearn.utils
from sklearn.metrics import mean_squared_error as mse_from_sklearn


def prediction_from_torch(X, w, b):
    return (torch.nn.functional.linear(torch.tensor(X), torch.tensor(w)) + b).numpy()


def gradients_from_torch(X, y, w, b):
    w, b = torch.tensor(w, requires_grad=True), torch.tensor(float(b), dtype=torch.float64, requires_grad=True)
    prediction = torch.nn.functional.linear(torch.tensor(X), w) + b
    torch.nn.functional.mse_loss(prediction, torch.tensor(y)).backward()
    return w.grad.numpy(), float(b.grad)


def batches_from_torch(n, batch_size, rng):
    mixed = sklearn.utils.shuffle(np.arange(n), random_state=int(rng.integers(2**31)))
    return (np.array(batch) for batch in torch.utils.data.BatchSampler(mixed, batch_size, drop_last=False))


stand_ins = {
    "mean_squared_error": lambda y, y_hat: float(mse_from_sklearn(y, y_hat)),
    "predict_linear": prediction_from_torch,
    "mse_gradients": gradients_from_torch,
    "minibatches": batches_from_torch,
}
rng = np.random.default_rng(6)
X_exact = rng.normal(size=(40, 2))
y_exact = X_exact @ np.array([2.0, -1.0]) + 0.5


def train(n_epochs):
    return observe(
        lambda: minibatch_gradient_descent(X_exact, y_exact, 0.1, n_epochs, 16, np.random.default_rng(7)),
        using=stand_ins,
    )


w, b, losses = train(3)
assert_array(w, "w after 3 epochs", shape=(2,), dtype=np.floating)
assert_number(b, "b after 3 epochs")
assert len(losses) == 3, f"losses has {len(losses)} entries after 3 epochs. Is it one an epoch, not one an update?"
assert_close(
    losses[-1],
    mse_from_sklearn(y_exact, X_exact @ w + b),
    "losses[-1] after 3 epochs",
    "Is it the loss of all samples, after the epoch's last update?",
)
# Two samples with the input 0, one at a time: only the bias moves, each time half of the way from b to y. With y = 1
# and then 3 it goes 0, 0.5, 1.75; with y = 3 and then 1 it goes 0, 1.5, 1.25.
w, b, losses = observe(
    lambda: minibatch_gradient_descent(np.zeros((2, 1)), np.array([1.0, 3.0]), 0.25, 1, 1, np.random.default_rng(7)),
    using=stand_ins,
)
assert_number(b, "b after an epoch of two single samples")
assert min(abs(b - 1.25), abs(b - 1.75)) < 1e-9, (
    f"b after an epoch of two single samples is {b:.4g}; by their order it can be 1.25 or 1.75. "
    "Does every batch make an update of its own, with the gradient of its own samples?"
)
w, b, losses = train(60)
# 60 epochs are 180 updates; without noise even the batches agree about the bottom.
assert_close(
    w, np.array([2.0, -1.0]), "w after 60 epochs", "Is there an update for every batch, in each epoch?", atol=1e-3
)
assert_close(b, 0.5, "b after 60 epochs", "Is the bias updated with every batch?", atol=1e-3)
# %% nbgrader={"grade": true, "grade_id": "hidden_minibatch_gradient_descent", "locked": true, "points": 2.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# A few samples have few orders, so all outcomes that an epoch can have are worked out, and the answer must be one of
# them. With batches as large as the data only one outcome is left.
from itertools import permutations


def descent(X, y, lr, n_epochs, w0=None, b0=0.0):
    """Descend without any other function of the notebook."""
    A, theta, losses = np.column_stack([X, np.ones(len(X))]), np.append(np.zeros(X.shape[1]), 0.0), []
    if w0 is not None:
        theta[:-1] = w0
    theta[-1] = b0
    for _ in range(n_epochs):
        losses.append(float(np.mean((A @ theta - y) ** 2)))
        theta = theta - lr * 2 / len(y) * A.T @ (A @ theta - y)
    return theta[:-1], float(theta[-1]), losses


reference = {
    "mean_squared_error": lambda y, y_hat: float(np.mean((y - y_hat) ** 2)),
    "predict_linear": lambda X, w, b: (X * w).sum(axis=1) + b,
    "mse_gradients": lambda X, y, w, b: (
        2 * np.mean(((X * w).sum(axis=1) + b - y)[:, None] * X, axis=0),
        float(2 * np.mean((X * w).sum(axis=1) + b - y)),
    ),
    "minibatches": lambda n, batch_size, rng: iter(np.split(rng.permutation(n), range(batch_size, n, batch_size))),
    "gradient_descent": descent,
}
rng = np.random.default_rng(16)


def outcomes(theta, A, y, lr, size):
    """Work out every (w, b) that one epoch from theta can give."""
    found = {}
    for order in permutations(range(len(y))):
        batches = [list(order[k : k + size]) for k in range(0, len(y), size)]
        key = tuple(frozenset(batch) for batch in batches)
        if key not in found:
            end = theta
            for batch in batches:
                end = end - lr * 2 / len(batch) * A[batch].T @ (A[batch] @ end - y[batch])
            found[key] = end
    return np.array(list(found.values()))


def matching(theta, candidates):
    return int(np.argmin(np.abs(candidates - theta).max(axis=1)))


for n, d, size, lr in [(5, 3, 2, 0.1), (4, 1, 1, 0.05), (5, 2, 4, 0.2), (3, 2, 3, 0.1), (3, 1, 8, 0.1)]:
    X, y = rng.normal(0.5, 1.0, (n, d)), rng.normal(size=n)
    A = np.column_stack([X, np.ones(n)])
    told = f"of {n} samples in batches of {size}"

    def run(n_epochs, seed, X=X, y=y, lr=lr, size=size):
        return observe(
            lambda: minibatch_gradient_descent(X, y, lr, n_epochs, size, np.random.default_rng(seed)), using=reference
        )

    w, b, losses = run(0, 0)
    assert_close(w, np.zeros(d), f"w after no epochs {told}")
    assert_close(b, 0.0, f"b after no epochs {told}")
    assert losses == [], f"No epochs should give an empty list of losses; they gave {losses}."
    first_epoch = outcomes(np.zeros(d + 1), A, y, lr, size)
    orders = []
    for seed in range(8):
        with assert_unchanged(X=X, y=y):
            w, b, losses = run(1, seed)
        assert_array(w, f"w after an epoch {told}", shape=(d,), dtype=np.floating)
        assert_number(b, f"b after an epoch {told}")
        place = matching(np.append(w, b), first_epoch)
        assert_close(
            np.append(w, b),
            first_epoch[place],
            f"(w, b) after an epoch {told}",
            "No order of the samples gives this. Is each gradient that of its own batch, divided by its own size?",
            rtol=1e-6,
            atol=1e-9,
        )
        w, b, losses = run(2, seed)
        assert type(losses) is list, f"losses should be a list; it is a {type(losses).__name__}."
        assert len(losses) == 2, f"losses has {len(losses)} entries after 2 epochs {told}."
        after_one = np.mean((first_epoch @ A.T - y) ** 2, axis=1)
        place = int(np.argmin(np.abs(after_one - losses[0])))
        assert_close(
            losses[0], after_one[place], f"losses[0] {told}", "Is it the full loss after the epoch?", rtol=1e-6
        )
        second_epoch = outcomes(first_epoch[place], A, y, lr, size)
        second = matching(np.append(w, b), second_epoch)
        assert_close(
            np.append(w, b),
            second_epoch[second],
            f"(w, b) after two epochs {told}",
            "No order of the samples gives this. Does every epoch go through all batches once?",
            rtol=1e-6,
            atol=1e-9,
        )
        assert_close(losses[1], np.mean((A @ np.append(w, b) - y) ** 2), f"losses[1] {told}", rtol=1e-6)
        orders.append((place, second))
    if len(first_epoch) > 1:
        assert len({place for place, _ in orders}) > 1, f"Eight seeds gave the same order {told}. Is rng used?"
        assert any(place != second for place, second in orders), f"Every epoch has the same order {told}. Shuffle anew."
    assert_close(run(2, 3)[0], run(2, 3)[0], f"w with the same seed twice {told}", "Is anything else than rng used?")
# Real noise: it must come near the bottom that a direct solution finds.
X = rng.normal(size=(200, 3))
y = X @ np.array([1.0, -2.0, 0.5]) - 1.0 + rng.normal(0.0, 0.3, 200)
bottom = np.linalg.lstsq(np.column_stack([X, np.ones(200)]), y, rcond=None)[1][0] / 200
w, b, losses = observe(
    lambda: minibatch_gradient_descent(X, y, 0.05, 15, 16, np.random.default_rng(1)), using=reference
)
assert bottom <= losses[-1] < 1.2 * bottom, (
    f"15 epochs ended at the loss {losses[-1]:.4f}; the bottom is at {bottom:.4f}."
)
### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** Near the bottom the gradient of all samples vanishes, but those of single samples do not: each one
# still pulls towards a line through itself. So with a fixed rate the path ends in a random walk around the bottom,
# whose width grows with the rate and shrinks with the batch size. For data without noise, as in the visible test, all
# samples agree about the bottom and the walk dies out. With noise, a rate that falls over time ends it; PS 7 does
# that. At 0.05 the rate is far below the stable one of the full batch, but a single sample with a large input has a
# steeper parabola of its own.
# %% [markdown]
# ### Question 2 (1 point)
#
# Look at the printed lines, the losses and the three paths. Which batch size would you choose if you could afford one
# epoch, and which if you could afford hundreds? Why do single samples not come to rest at the bottom, though they got
# there first? Name two changes that would let them come closer.
# %% [markdown] nbgrader={"grade": true, "grade_id": "discuss_batch_size", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# For one epoch the choice is single samples: they make 60 updates for the price of one and are already close to the
# lowest possible loss, while the full batch has only begun. For hundreds of epochs the full batch wins, or the
# batches of 10 come close to it: the full batch goes down to the lowest loss and stays there. At the bottom the mean
# of all gradients is 0, but the gradient of a single noisy sample is not; each update steps towards that sample's own
# line, and the path keeps jumping around the bottom, as the range over the last ten epochs shows. A smaller learning
# rate, best one that falls over time, makes the jumps smaller. Larger batches average over more samples and make the
# gradient less noisy.
# %% [markdown]
# # Part 5: five inputs, real data
#
# Your functions never assumed a single input. Here they meet real data: 442 people with diabetes, five measurements
# of each, and a number for how far the disease had progressed a year later. scikit-learn brings the data along.
#
# | input | what | unit |
# | --- | --- | --- |
# | `age` | age | years |
# | `bmi` | body mass index | kg/m² |
# | `bp` | mean blood pressure | mm Hg |
# | `s3` | HDL cholesterol | mg/dL |
# | `s5` | logarithm of the triglycerides | log of mg/dL |
#
# These inputs have different units and sizes, and none has the mean 0. What does that do to the bowl? We train twice:
# on the raw numbers, and on **standardised** ones, where each column has its mean subtracted and is divided by its
# standard deviation. Each run gets half of its own largest stable rate.
# %% tags=["try-it"]
from sklearn.datasets import load_diabetes

diabetes = load_diabetes(as_frame=True, scaled=False)
names = ["age", "bmi", "bp", "s3", "s5"]
X_raw, y_disease = diabetes.data[names].to_numpy(), diabetes.target.to_numpy()
X_std = (X_raw - X_raw.mean(axis=0)) / X_raw.std(axis=0)
descents = {}
for name, inputs in {"raw units": X_raw, "standardised": X_std}.items():
    rate = largest_stable_learning_rate(inputs) / 2
    descents[name] = gradient_descent(inputs, y_disease, rate, 400)
    print(f"{name:<13} rate {rate:.2g}, loss after 400 updates {descents[name][2][-1]:.1f}")
direct = LinearRegression().fit(X_std, y_disease)
lowest = float(np.mean((direct.predict(X_std) - y_disease) ** 2))
print(f"lowest possible loss {lowest:.1f}")
ax = plotting.learning_curves(
    {name: {"train_loss": losses} for name, (w, b, losses) in descents.items()},
    metrics=("train_loss",),
    x="update",
    title="Your gradient descent in five dimensions",
)
ax.set_yscale("log")
bottom = ax.axhline(lowest, color="black", linewidth=0.8, linestyle=":")
# %% [markdown]
# Same data, same model, same lowest loss, same method. In raw units the bowl is a very long valley: the largest rate
# is tiny, and it is set by the one direction in which all predictions rise together. Along the floor hardly anything
# moves. Standardising makes the bowl much rounder. It costs one line of code.
#
# Do you agree with scikit-learn?
# %% tags=["try-it"]
w, b, losses = descents["standardised"]
print(f"{'':<6}{'yours':>12}{'scikit-learn':>15}")
for name, yours, theirs in zip([*names, "bias"], [*w, b], [*direct.coef_, direct.intercept_], strict=True):
    print(f"{name:<6}{yours:12.6f}{theirs:15.6f}")
stochastic, b_stochastic, losses = minibatch_gradient_descent(X_std, y_disease, 0.01, 20, 16, np.random.default_rng(0))
fig, ax = plt.subplots(figsize=(9, 3.2))
for shift, values, label, colour in [
    (-0.27, direct.coef_, "scikit-learn", "0.2"),
    (0.0, w, "yours, 400 full-batch updates", "#0173b2"),
    (0.27, stochastic, "yours, 20 epochs in batches of 16", "#de8f05"),
]:
    bars = ax.barh(np.arange(5) + shift, values, height=0.25, label=label, color=colour)
ax.axvline(0, color="black", linewidth=0.8)
ax.set_yticks(range(5), names)
ax.invert_yaxis()
ax.set(xlabel="weight (target per standard deviation of the input)", title="Five weights, three ways to find them")
legend = ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
# %% [markdown]
# With standardised inputs the weights can be compared: each says how much the prediction changes for one standard
# deviation of its input. A high body mass index and high triglycerides go with a disease that progresses faster; much
# HDL, the "good" cholesterol, with one that progresses more slowly. That is what the data show together, not what
# causes what.
# %% [markdown]
# ## What you learned
#
# - A loss is one number for all errors. For a linear model the mean squared error is a bowl over the parameters.
# - The gradient follows from the chain rule: errors come back through the graph, and $X^\top$ collects them into the
#   shape of the weights.
# - Each direction of the bowl has its own factor $1 - \eta\lambda_k$. The steepest one limits the rate to
#   $2/\lambda_{\max}$; the flattest one decides how long it takes.
# - Small batches make many rough steps for the price of one exact step. They are fast at first and restless at the
#   end.
# - Standardised inputs make the bowl rounder, and the training faster.
#
# PS 2 meets real digits with the losses of a library. In PS 4 the same loop trains probabilities, in PS 5 networks
# with hidden layers. Minibatches return in PS 7, with momentum, Adam and rates that fall over time, all of them
# answers to the long valley that you saw here.
#
# **Read more.** *Deep Learning* (Goodfellow, Bengio, Courville), sections 4.3 on gradient-based optimisation and
# 8.1.3 on minibatches; *Dive into Deep Learning* (Zhang, Lipton, Li, Smola), chapter 3 on linear regression; *Convex
# Optimization* (Boyd, Vandenberghe), section 9.3, for the valley in two dimensions; "Why Momentum Really Works" (Goh,
# Distill, 2017), which begins where Part 3 ends. The diabetes data come from "Least Angle Regression" (Efron, Hastie,
# Johnstone, Tibshirani, 2004).
