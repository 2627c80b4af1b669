# %% [markdown]
# # PS 5: Back-propagation
#
# One layer compares an image with one template for each class. A hidden layer lets a network build its own features
# first. To train it we need the derivative of the loss with respect to weights that are far from the loss.
# **Back-propagation** finds all of them in one walk through the network, from its end to its beginning. Here you derive
# it once, check it numerically, and then write it for any number of layers.
#
# **Goals.** After it you can
#
# - check any gradient with finite differences, and say how large the remaining error should be;
# - derive the gradients of a two-layer network on its computation graph, shapes included;
# - write the forward and the backward pass for any number of layers;
# - choose the size of the starting weights, and measure what depth does to a gradient.
#
# **Time:** about 5 hours. **Assumed:** the logistic function, the softmax, the cross-entropy and their gradients
# (PS 4), the chain rule for several variables. **Points:** 20, of which 2 are for answers in words.
# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["setup"]
from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
import numpy as np
import scipy.special
import torch
from scipy.special import expit as logistic
from sklearn.datasets import make_moons

from helpers import data, diagrams, plotting
from helpers.checks import assert_array, assert_close, assert_number, assert_raises, assert_unchanged, observe

plotting.use_style()


# %% [markdown]
# ## What is given
#
# You wrote the next functions in PS 4. Here they come from SciPy, so that nothing in this notebook depends on your
# answers there. Use them freely.
#
# | name | what |
# | --- | --- |
# | `logistic(t)` | $1 / (1 + e^{-t})$, any shape |
# | `softmax(scores)` | of each row, (n, k) to (n, k) |
# | `binary_cross_entropy(y, y_hat)` | mean over samples, both of shape (n,) |
# | `cross_entropy(Y, Y_hat)` | mean over samples, both of shape (n, k) |
# | `check_shape(name, array, shape)` | raises a `ValueError` unless the array has this shape |
# | `relative_error(a, b)` | $\lVert a - b \rVert \,/\, (\lVert a \rVert + \lVert b \rVert)$, between 0 and 1 |
# %% nbgrader={"grade": false, "grade_id": "given", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["setup"]
def softmax(scores):
    """Softmax of each row of scores (n, k)."""
    return scipy.special.softmax(scores, axis=1)


def binary_cross_entropy(y, y_hat):
    """Mean cross-entropy of labels 0 or 1 (n,) and probabilities (n,)."""
    check_shape("y_hat", y_hat, y.shape)
    likely = scipy.special.xlogy(y, np.maximum(y_hat, 1e-12)) + scipy.special.xlogy(1 - y, np.maximum(1 - y_hat, 1e-12))
    return float(-np.mean(likely))


def cross_entropy(Y, Y_hat):
    """Mean cross-entropy of one-hot rows (n, k) and probabilities (n, k)."""
    check_shape("Y_hat", Y_hat, Y.shape)
    return float(-np.sum(scipy.special.xlogy(Y, np.maximum(Y_hat, 1e-12))) / len(Y))


def check_shape(name, array, shape):
    """Raise a ValueError that names the array and its shape, unless it has the given shape."""
    if np.shape(array) != tuple(shape):
        raise ValueError(f"{name} has shape {np.shape(array)}; it should be {tuple(shape)}")


def relative_error(a, b):
    """Distance of two arrays of one shape as a share of their sizes; 0 if they are equal."""
    check_shape("b", b, np.shape(a))
    size = np.linalg.norm(a) + np.linalg.norm(b)
    return float(np.linalg.norm(np.asarray(a) - b) / size) if size > 0 else 0.0


# %% [markdown]
# Three data sets are used: points in the plane that no line separates, flowers, and digits.
#
# | names | shapes | what |
# | --- | --- | --- |
# | `X_moons`, `y_moons`, `X_moons_val`, `y_moons_val` | (200, 2), (200,), (200, 2), (200,) | two interlocked half-moons |
# | `sepals`, `petals`, `species` | (120, 2), (120, 2), (120,) | length and width in cm of parts of iris flowers |
# | `X_train`, `y_train`, `X_val`, `y_val` | (1000, 784), (1000,), (500, 784), (500,) | digits, pixels in [0, 1] |
# %% nbgrader={"grade": false, "grade_id": "data", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["setup"]
points, moons = make_moons(400, noise=0.2, random_state=0)
X_moons, y_moons, X_moons_val, y_moons_val = points[:200], moons[:200], points[200:], moons[200:]
iris = data.load("iris")
sepals, petals, species = iris.X_train[:, :2], iris.X_train[:, 2:], iris.y_train
digits = data.load("mnist")
X_all = digits.X_train.reshape(len(digits.X_train), -1) / 255.0
X_train, y_train, X_val, y_val = X_all[:1000], digits.y_train[:1000], X_all[1000:1500], digits.y_train[1000:1500]
# %% tags=["try-it"]
fig, axes = plt.subplots(1, 2, figsize=(9.5, 3.4))
plotting.scatter_classes(X_moons, y_moons, ax=axes[0], title="Two half-moons (training part)")
axes[1].set(xlabel="sepal length (cm)", ylabel="sepal width (cm)")
ax = plotting.scatter_classes(sepals, species, class_names=iris.class_names, ax=axes[1], title="Iris: the sepals")


# %% [markdown]
# # Part 1: a gradient that you can trust
#
# A wrong gradient rarely crashes. The loss still falls, only slower, and you blame the learning rate. So before we
# derive anything, we build the tool that catches such mistakes.
#
# ## Finite differences
#
# Let $f$ be a function of one number with as many derivatives as we like. Write it at both sides of $x$ as a Taylor
# series:
#
# $$f(x \pm \epsilon) = f(x) \pm \epsilon f'(x) + \frac{\epsilon^2}{2} f''(x) \pm \frac{\epsilon^3}{6} f'''(x) + \dots$$
#
# **One side.** Subtract $f(x)$ and divide by $\epsilon$. The first term that is left over has one $\epsilon$:
#
# $$\frac{f(x + \epsilon) - f(x)}{\epsilon} = f'(x) + \frac{\epsilon}{2} f''(x) + \dots$$
#
# **Both sides.** Subtract the two series from each other. All even terms cancel, and what is left over has
# $\epsilon^2$:
#
# $$\frac{f(x + \epsilon) - f(x - \epsilon)}{2 \epsilon} = f'(x) + \frac{\epsilon^2}{6} f'''(x) + \dots$$
#
# This is the **central difference**. With $\epsilon = 10^{-3}$ its error is of the order $10^{-6}$ instead of
# $10^{-3}$, for one more evaluation of $f$.
#
# **Why not take a tiny $\epsilon$?** A float carries about 16 digits, so each value of $f$ is off by about $u\,|f(x)|$
# with $u \approx 10^{-16}$. The division by $2\epsilon$ enlarges this to $u\,|f(x)| / \epsilon$. The total error
#
# $$E(\epsilon) \approx \frac{\epsilon^2}{6}\,|f'''(x)| + \frac{u\,|f(x)|}{\epsilon}$$
#
# is smallest where its derivative $\frac{\epsilon}{3} |f'''| - \frac{u |f|}{\epsilon^2}$ is 0, which is at
# $\epsilon^3 = 3 u |f| / |f'''|$. If $f$ and $f'''$ are of similar size, that is $\epsilon \approx 10^{-5}$, with an
# error of about $10^{-11}$.
#
# For a function of an array the gradient holds one such derivative for each entry: nudge that entry, and leave the
# others alone.
# %% [markdown]
# ### Exercise 1: `numerical_gradient` (2 points, ★★☆)
#
# Write the central difference for every entry of `x`, an array of any shape. Work on a copy of type float64, whatever
# the type of `x`: in float32 most digits of a nudge of $10^{-6}$ would be lost, and in an array of integers all of
# them. Leave `x` as it was.
#
# <details><summary>Hint</summary>
# Each index is a tuple, and <code>copy[index]</code> reads or writes that entry, whatever the shape. Remember the old
# value and write it back: adding and subtracting <code>eps</code> does not always lead back to the same float.
# </details>
# %% nbgrader={"grade": false, "grade_id": "numerical_gradient", "locked": false, "schema_version": 3, "solution": true, "task": false}
def numerical_gradient(f: Callable[[np.ndarray], float], x: np.ndarray, eps: float = 1e-6) -> np.ndarray:
    """Gradient of a scalar function by central differences.

    Parameters
    ----------
    f : callable
        Maps an array of the shape of x, float64, to one number.
    x : ndarray of float or int, any shape
        Where to take the gradient; left as it was.
    eps : float
        How far each entry is nudged to either side.

    Returns
    -------
    ndarray of float64, the shape of x
        (f(x + eps e) - f(x - eps e)) / (2 eps), e having a 1 at one entry and 0 elsewhere.
    """
    # A float64 copy to nudge, and an array of the same shape for the result.
    ### BEGIN SOLUTION
    nudged = np.array(x, dtype=np.float64)
    grad = np.zeros_like(nudged)
    ### END SOLUTION
    for index in np.ndindex(np.shape(x)):
        # f with this entry a little larger and a little smaller; then the entry as it was.
        ### BEGIN SOLUTION
        old = nudged[index]
        nudged[index] = old + eps
        above = f(nudged)
        nudged[index] = old - eps
        below = f(nudged)
        nudged[index] = old
        ### END SOLUTION
        # The central difference.
        ### BEGIN SOLUTION
        grad[index] = (above - below) / (2 * eps)
        ### END SOLUTION
    return grad


# %% [markdown]
# The next cell differentiates $e^x$ at $x = 1$, where the derivative is $e$, for many values of $\epsilon$. Both axes
# are logarithmic.
# %% tags=["try-it"]
eps_axis = np.logspace(-12, -1, 100)
one_sided = [abs((np.exp(1 + eps) - np.exp(1)) / eps / np.e - 1) for eps in eps_axis]
central = [abs(numerical_gradient(lambda v: np.exp(v[0]), np.ones(1), eps)[0] / np.e - 1) for eps in eps_axis]
fig, ax = plt.subplots(figsize=(6, 3.6))
ax.loglog(eps_axis, np.maximum(one_sided, 1e-13), color="0.6", linestyle="--", label="one side")
ax.loglog(eps_axis, np.maximum(central, 1e-13), label="your central difference")
guide = eps_axis[eps_axis > 3e-6]
ax.loglog(guide, guide**2 / 6, color="black", linestyle=":", label=r"$\epsilon^2 / 6$")
ax.set(xlabel=r"$\epsilon$", ylabel="relative error", title=r"The error of a numerical derivative of $e^x$ at 1")
legend = ax.legend()
# %% [markdown]
# Read the picture from right to left. At first a smaller $\epsilon$ helps, by two decades of error for each decade of
# $\epsilon$. Then rounding takes over and the error rises again. The best $\epsilon$ lies where the estimate above
# said. The default $10^{-6}$ is near it.
# %% nbgrader={"grade": true, "grade_id": "test_numerical_gradient", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# A large eps on purpose: the central difference of x^3 is exactly 3 x^2 + eps^2. The first row enters as its sum, -1.
x_cubes = np.array([[1.0, -2.0, 0.0], [0.5, 3.0, -1.0]])
with assert_unchanged(x=x_cubes):
    seen = numerical_gradient(lambda v: float(np.sum(v[0]) ** 3 + np.sum(v[1] ** 3)), x_cubes, eps=0.1)
assert_array(seen, "the numerical gradient for x (2, 3)", shape=(2, 3), dtype=np.float64)
assert_close(
    seen,
    np.array([[3.01, 3.01, 3.01], [0.76, 27.01, 3.01]]),
    "the central difference with eps = 0.1",
    "Do you nudge by eps to both sides, divide by 2 eps, and put each entry back?",
    rtol=1e-9,
)
# %% nbgrader={"grade": true, "grade_id": "hidden_numerical_gradient", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Closed form of a function whose entries interact, on several shapes, dtypes and values of eps.
rng = np.random.default_rng(51)
for shape in [(), (1,), (5,), (1, 4), (3, 1), (2, 3), (2, 3, 4)]:
    a, c, x = rng.normal(size=shape), rng.normal(size=shape), np.asarray(rng.normal(scale=2.0, size=shape))

    def f(v, a=a, c=c):
        if v.shape != a.shape:
            raise AssertionError(f"f was called with an array of shape {v.shape}; x has shape {a.shape}.")
        return float(np.sum(a * np.sin(v)) + np.sum(c * v) ** 2)

    with assert_unchanged(x=x):
        seen = np.asarray(numerical_gradient(f, x))
    assert_array(seen, f"the numerical gradient for x {shape}", shape=shape, dtype=np.float64)
    expected = a * np.cos(x) + 2 * np.sum(c * x) * c
    # Rounding leaves about 1e-16 / 1e-6 times the size of f, which is at most a few hundred here.
    assert_close(seen, expected, f"the numerical gradient for x {shape}", rtol=1e-6, atol=1e-6)
x = rng.normal(size=(2, 2))
for eps in (0.5, 0.02):
    assert_close(
        numerical_gradient(lambda v: float(np.sum(v**3)), x, eps),
        3 * x**2 + eps**2,
        f"the central difference of the sum of cubes, eps = {eps}",
        "Is it the difference of both sides over 2 eps?",
        rtol=1e-9,
    )
whole = np.array([[1, -2], [3, 0]])
seen = numerical_gradient(lambda v: float(np.sum(v**2)), whole)
assert_array(seen, "the numerical gradient for x of integers", shape=(2, 2), dtype=np.float64)
assert_close(
    seen, 2.0 * whole, "the numerical gradient for x of integers", "Is the copy float64?", rtol=1e-6, atol=1e-6
)
single = rng.normal(size=6).astype(np.float32)
with assert_unchanged(x=single):
    seen = numerical_gradient(lambda v: float(np.sum(v**2)), single)
assert_array(seen, "the numerical gradient for x of float32", shape=(6,), dtype=np.float64)
assert_close(
    seen, 2.0 * single.astype(float), "the numerical gradient for float32", "Is the copy float64?", rtol=1e-6, atol=1e-6
)


def places():
    calls = []

    def record(v):
        calls.append(v.copy())
        return 0.0

    numerical_gradient(record, np.full((2, 2), 0.1), 1e-3)
    return [int(np.count_nonzero(np.abs(v - 0.1) > 1e-9)) for v in calls]


moved = max(observe(places))
assert moved == 1, f"f was called with {moved} nudged entries at once. Is each entry put back?"
### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The method is blind to how $f$ is computed, and that makes it a good judge. It is also slow: a gradient
# of $m$ numbers costs $2m$ evaluations of $f$. So it is for checking, never for training. Where $f$ has a kink between
# $x - \epsilon$ and $x + \epsilon$, as a ReLU has at 0, it returns a mix of both slopes. An isolated disagreement in a
# network with ReLUs may come from that.
# %% [markdown]
# # Part 2: two layers
#
# ## The chain rule on a graph
#
# Every network is a graph of small steps. Each step knows two things: how to compute its value, and its own derivative,
# the **local** one. Let a value $v$ reach the loss $L$ only through a value $u$. Then
#
# $$\frac{\partial L}{\partial v} = \frac{\partial L}{\partial u} \cdot \frac{\partial u}{\partial v} ,$$
#
# the gradient that arrived at $u$ times the local derivative. If $v$ is used in several places $u_1, u_2, \dots$, a
# change of $v$ acts through all of them, and the contributions **add up**:
#
# $$\frac{\partial L}{\partial v} = \sum_j \frac{\partial L}{\partial u_j} \cdot \frac{\partial u_j}{\partial v} .$$
#
# Start at the loss, where $\partial L / \partial L = 1$, and walk back. When you come to a value, the gradients of
# everything after it are known. Nothing is computed twice. That is all of back-propagation.
#
# The next picture shows it for one sample and one hidden unit, $x = 2$, $y = 1$. The values above the arrows were
# computed from left to right, the gradients below them from right to left. (The numbers come from PyTorch, which you
# will meet in PS 6.)
# %% tags=["try-it"]
x, w1, b1, w2, b2 = (torch.tensor(v, requires_grad=True) for v in (2.0, 0.6, -0.2, -1.5, 0.5))
z = w1 * x + b1
h = torch.tanh(z)
t = w2 * h + b2
p = torch.sigmoid(t)
for value in (z, h, t, p):
    value.retain_grad()
(-torch.log(p)).backward()
ax = diagrams.computation_graph(
    {
        "w1": (0, 0, "$w_1$"),
        "x": (0, 1, "$x$"),
        "b1": (0, 2, "$b_1$"),
        "z": (1, 1, "$z = x w_1 + b_1$"),
        "w2": (2, 0, "$w_2$"),
        "h": (2, 1, r"$h = \tanh z$"),
        "b2": (2, 2, "$b_2$"),
        "t": (3, 1, "$t = h w_2 + b_2$"),
        "p": (4, 1, r"$\hat y = \sigma(t)$"),
        "L": (5, 1, r"$-\ln \hat y$"),
    },
    [
        (name, target, f"{value.item():.2f}", f"{value.grad.item():.3f}")
        for name, target, value in [
            ("w1", "z", w1),
            ("x", "z", x),
            ("b1", "z", b1),
            ("z", "h", z),
            ("w2", "t", w2),
            ("h", "t", h),
            ("b2", "t", b2),
            ("t", "p", t),
            ("p", "L", p),
        ]
    ],
    title="One sample, one hidden unit",
)


# %% [markdown]
# Check one step with a pencil. At $t$ the gradient is $\hat y - y$, as in PS 4. The step $t = h w_2 + b_2$ has the
# local derivatives $h$ with respect to $w_2$, $w_2$ with respect to $h$, and 1 with respect to $b_2$. Multiply, and
# compare with the picture.
# %% [markdown]
# ## Local derivatives of the activations
#
# A hidden layer needs a bend between its sums, or two layers would collapse into one: $(X W_1) W_2 = X (W_1 W_2)$. The
# bend is the **activation function** $\varphi$, applied to each entry. Three are common.
#
# **ReLU**, the rectified linear unit, is $\max(z, 0)$. Its slope is 1 for $z > 0$ and 0 for $z < 0$. At $z = 0$ it has
# a kink and no derivative. Any number between 0 and 1 would do there; we take 0, as most libraries do.
#
# **tanh.** With $\tanh z = \frac{e^z - e^{-z}}{e^z + e^{-z}}$ the quotient rule gives
#
# $$\tanh' z = \frac{(e^z + e^{-z})^2 - (e^z - e^{-z})^2}{(e^z + e^{-z})^2} = 1 - \tanh^2 z .$$
#
# **Logistic.** In PS 4 you found $\sigma'(t) = \sigma(t)\,(1 - \sigma(t))$.
#
# In the last two the derivative can be written with the *value* of the function alone. The forward pass has that value
# already. So the backward pass needs no second exponential, and no copy of $z$.
# %% [markdown]
# ### Exercise 2: `relu` (0.5 points, ★☆☆)
#
# Write $\max(z, 0)$ for each entry of an array of any shape.
#
# <details><summary>Hint</summary>
# NumPy has two functions with similar names. One compares two arrays entry by entry, the other looks for the largest
# entry of one.
# </details>
# %% nbgrader={"grade": false, "grade_id": "relu", "locked": false, "schema_version": 3, "solution": true, "task": false}
def relu(z: np.ndarray) -> np.ndarray:
    """Rectified linear unit, max(z, 0) for each entry.

    Parameters
    ----------
    z : ndarray of float, any shape

    Returns
    -------
    ndarray of float, the shape of z
    """
    # The larger of each entry and 0.
    ### BEGIN SOLUTION
    return np.maximum(z, 0.0)
    ### END SOLUTION


# %% tags=["try-it"]
z_axis = np.linspace(-3, 3, 301)
fig, ax = plt.subplots(figsize=(4.5, 2.8))
ax.plot(z_axis, relu(z_axis))
ax.set(xlabel="$z$", ylabel="relu$(z)$", title="Your ReLU")
print("relu of -2, -0.5, 0, 0.5, 2:", relu(np.array([-2.0, -0.5, 0.0, 0.5, 2.0])) + 0.0)
# %% nbgrader={"grade": true, "grade_id": "test_relu", "locked": true, "points": 0.25, "schema_version": 3, "solution": false, "task": false}
# Six entries by hand; the argument must stay as it was.
z_hand = np.array([[-1.0, 0.0, 2.0], [0.5, -3.0, 4.0]])
with assert_unchanged(z=z_hand):
    seen = relu(z_hand)
assert_array(seen, "relu of a (2, 3) array", shape=(2, 3), dtype=np.floating)
assert_close(seen, np.array([[0.0, 0.0, 2.0], [0.5, 0.0, 4.0]]), "relu", "Is each entry compared with 0 on its own?")
# %% nbgrader={"grade": true, "grade_id": "hidden_relu", "locked": true, "points": 0.25, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against PyTorch, on several shapes, with zeros and far ends.
rng = np.random.default_rng(52)
for shape in [(1,), (7,), (3, 5), (2, 3, 4)]:
    z = rng.normal(scale=3.0, size=shape)
    z.flat[0] = 0.0
    with assert_unchanged(z=z):
        seen = relu(z)
    assert_array(seen, f"relu of shape {shape}", shape=shape, dtype=np.floating)
    assert_close(seen, torch.relu(torch.tensor(z)).numpy(), f"relu of shape {shape}")
ends = np.array([-1e300, -1e-300, 0.0, 1e-300, 1e300])
assert_close(
    relu(ends), np.array([0.0, 0.0, 0.0, 1e-300, 1e300]), "relu of very large and very small numbers", atol=0.0
)
assert_close(relu(-np.ones((2, 2))), np.zeros((2, 2)), "relu of negative numbers alone")


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** `z * (z > 0)` does the same and also gives zeros where the entry is negative (some of them written
# $-0$). The ReLU is not bounded, costs a comparison instead of an exponential, and is exactly linear on each side.
# %% [markdown]
# ### Exercise 3: `relu_grad` (0.5 points, ★☆☆)
#
# Write the derivative of the ReLU as an array of floats: 1 where $z > 0$, and 0 elsewhere, also at $z = 0$.
#
# <details><summary>Hint</summary>
# A comparison gives an array of booleans. <code>astype</code> turns it into numbers.
# </details>
# %% nbgrader={"grade": false, "grade_id": "relu_grad", "locked": false, "schema_version": 3, "solution": true, "task": false}
def relu_grad(z: np.ndarray) -> np.ndarray:
    """Derivative of the ReLU for each entry.

    Parameters
    ----------
    z : ndarray of float, any shape
        What went into the ReLU. What came out of it gives the same result.

    Returns
    -------
    ndarray of float, the shape of z
        1 where z > 0, else 0.
    """
    # Where is the slope 1?
    ### BEGIN SOLUTION
    return (z > 0).astype(np.float64)
    ### END SOLUTION


# %% tags=["try-it"]
z_axis = np.linspace(-3, 3, 300)
fig, ax = plt.subplots(figsize=(4.5, 2.8))
ax.plot(z_axis, np.gradient(relu(z_axis), z_axis), color="0.6", label="slope by differences")
ax.plot(z_axis, relu_grad(z_axis), label="your relu_grad")
ax.set(xlabel="$z$", ylabel="slope", title="The slope of the ReLU")
legend = ax.legend(loc="upper left")
# %% nbgrader={"grade": true, "grade_id": "test_relu_grad", "locked": true, "points": 0.25, "schema_version": 3, "solution": false, "task": false}
# Five entries by hand, zero among them.
seen = relu_grad(np.array([-2.0, -0.1, 0.0, 0.1, 5.0]))
assert_array(seen, "relu_grad of 5 numbers", shape=(5,), dtype=np.floating)
assert_close(seen, np.array([0.0, 0.0, 0.0, 1.0, 1.0]), "relu_grad([-2, -0.1, 0, 0.1, 5])", "What is the slope at 0?")
# %% nbgrader={"grade": true, "grade_id": "hidden_relu_grad", "locked": true, "points": 0.25, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against automatic differentiation, on several shapes, with zeros; z and relu(z) must give the same.
rng = np.random.default_rng(53)
for shape in [(1,), (8,), (4, 3), (2, 2, 5)]:
    z = rng.normal(size=shape)
    z.flat[-1] = 0.0
    with assert_unchanged(z=z):
        seen = relu_grad(z)
    assert_array(seen, f"relu_grad of shape {shape}", shape=shape, dtype=np.floating)
    tensor = torch.tensor(z, requires_grad=True)
    torch.relu(tensor).sum().backward()
    assert_close(seen, tensor.grad.numpy(), f"relu_grad of shape {shape}", "Is the slope 0 at 0?")
    assert_close(relu_grad(np.maximum(z, 0)), tensor.grad.numpy(), f"relu_grad of relu(z), shape {shape}")
tiny = np.array([-1e-300, 1e-300, 1e300, -1e300])
assert_close(relu_grad(tiny), np.array([0.0, 1.0, 1.0, 0.0]), "relu_grad of very small and very large numbers")


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** A unit whose $z$ is negative for every sample has the slope 0 everywhere. No gradient passes it, so its
# weights never change again: it is a **dead** unit. You will see some below.
# %% [markdown]
# ### Exercise 4: `tanh_grad` (0.5 points, ★☆☆)
#
# Write the derivative of the tanh. The argument is the activation's *value* $h = \tanh z$, not $z$.
#
# <details><summary>Hint</summary>
# The formula stands above. Do not take the tanh of $h$ once more.
# </details>
# %% nbgrader={"grade": false, "grade_id": "tanh_grad", "locked": false, "schema_version": 3, "solution": true, "task": false}
def tanh_grad(h: np.ndarray) -> np.ndarray:
    """Derivative of the tanh for each entry, from its value.

    Parameters
    ----------
    h : ndarray of float, any shape
        tanh(z), in [-1, 1].

    Returns
    -------
    ndarray of float, the shape of h
        The derivative of the tanh at z, in [0, 1].
    """
    # The formula with the value of the function alone.
    ### BEGIN SOLUTION
    return 1.0 - h**2
    ### END SOLUTION


# %% tags=["try-it"]
z_axis = np.linspace(-4, 4, 201)
fig, ax = plt.subplots(figsize=(4.5, 2.8))
ax.plot(z_axis, np.tanh(z_axis), label=r"$\tanh z$")
ax.plot(z_axis, tanh_grad(np.tanh(z_axis)), label="your slope")
ax.plot(z_axis, np.gradient(np.tanh(z_axis), z_axis), color="black", linestyle=":", label="slope by differences")
ax.set(xlabel="$z$", title="The tanh and its slope")
legend = ax.legend()
# %% nbgrader={"grade": true, "grade_id": "test_tanh_grad", "locked": true, "points": 0.25, "schema_version": 3, "solution": false, "task": false}
# Where the tanh is 0, 0.6, -0.8 and 1, its slope is 1, 0.64, 0.36 and 0.
seen = tanh_grad(np.array([[0.0, 0.6], [-0.8, 1.0]]))
assert_array(seen, "tanh_grad of a (2, 2) array", shape=(2, 2), dtype=np.floating)
assert_close(
    seen, np.array([[1.0, 0.64], [0.36, 0.0]]), "tanh_grad", "Is h, which is tanh(z) already, used as it comes?"
)
# %% nbgrader={"grade": true, "grade_id": "hidden_tanh_grad", "locked": true, "points": 0.25, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against automatic differentiation, on several shapes, and where the tanh is flat.
rng = np.random.default_rng(54)
for shape in [(1,), (9,), (3, 4), (2, 3, 2)]:
    z = rng.normal(scale=1.5, size=shape)
    h = np.tanh(z)
    with assert_unchanged(h=h):
        seen = tanh_grad(h)
    assert_array(seen, f"tanh_grad of shape {shape}", shape=shape, dtype=np.floating)
    tensor = torch.tensor(z, requires_grad=True)
    torch.tanh(tensor).sum().backward()
    assert_close(seen, tensor.grad.numpy(), f"tanh_grad of shape {shape}")
assert_close(tanh_grad(np.array([-1.0, 0.0, 1.0])), np.array([0.0, 1.0, 0.0]), "tanh_grad([-1, 0, 1])")


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The slope is largest at $z = 0$, where it is 1, and fades on both sides. A unit that starts far out on a
# flat side passes hardly any gradient, so starting weights should be small enough to keep $z$ near 0.
# %% [markdown]
# ### Exercise 5: `logistic_grad` (0.5 points, ★☆☆)
#
# Write the derivative of the logistic function. The argument is its *value* $p = \sigma(t)$.
#
# <details><summary>Hint</summary>
# At $p = \frac{1}{2}$ the slope is $\frac{1}{4}$, the largest that it ever gets.
# </details>
# %% nbgrader={"grade": false, "grade_id": "logistic_grad", "locked": false, "schema_version": 3, "solution": true, "task": false}
def logistic_grad(p: np.ndarray) -> np.ndarray:
    """Derivative of the logistic function for each entry, from its value.

    Parameters
    ----------
    p : ndarray of float, any shape
        logistic(t), in [0, 1].

    Returns
    -------
    ndarray of float, the shape of p
        The derivative of the logistic function at t, in [0, 1/4].
    """
    # The formula with the value of the function alone.
    ### BEGIN SOLUTION
    return p * (1.0 - p)
    ### END SOLUTION


# %% tags=["try-it"]
t_axis = np.linspace(-6, 6, 201)
fig, ax = plt.subplots(figsize=(4.5, 2.8))
ax.plot(t_axis, logistic(t_axis), label=r"$\sigma(t)$")
ax.plot(t_axis, logistic_grad(logistic(t_axis)), label="your slope")
ax.plot(t_axis, np.gradient(logistic(t_axis), t_axis), color="black", linestyle=":", label="slope by differences")
ax.set(xlabel="$t$", title="The logistic function and its slope")
legend = ax.legend()
# %% nbgrader={"grade": true, "grade_id": "test_logistic_grad", "locked": true, "points": 0.25, "schema_version": 3, "solution": false, "task": false}
# Where the probability is 0.5, 0.25, 0.9 and 1, the slope is 0.25, 0.1875, 0.09 and 0.
seen = logistic_grad(np.array([[0.5, 0.25, 0.9, 1.0]]))
assert_array(seen, "logistic_grad of a (1, 4) array", shape=(1, 4), dtype=np.floating)
assert_close(
    seen,
    np.array([[0.25, 0.1875, 0.09, 0.0]]),
    "logistic_grad",
    "Is p, which is a probability already, used as it comes?",
)
# %% nbgrader={"grade": true, "grade_id": "hidden_logistic_grad", "locked": true, "points": 0.25, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against automatic differentiation, on several shapes, and at both ends.
rng = np.random.default_rng(55)
for shape in [(1,), (9,), (3, 4), (2, 3, 2)]:
    t = rng.normal(scale=3.0, size=shape)
    p = logistic(t)
    with assert_unchanged(p=p):
        seen = logistic_grad(p)
    assert_array(seen, f"logistic_grad of shape {shape}", shape=shape, dtype=np.floating)
    tensor = torch.tensor(t, requires_grad=True)
    torch.sigmoid(tensor).sum().backward()
    assert_close(seen, tensor.grad.numpy(), f"logistic_grad of shape {shape}")
assert_close(logistic_grad(np.array([0.0, 0.5, 1.0])), np.array([0.0, 0.25, 0.0]), "logistic_grad([0, 0.5, 1])")


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** A slope of at most one quarter looks harmless. In Part 4 you will see what becomes of a gradient that
# passes ten such layers.
# %% [markdown]
# ## The two-layer network
#
# Now let a layer of $h$ hidden units stand between the $d$ inputs and the output. For all $n$ samples at once:
#
# $$Z = X W_1 + b_1, \qquad H = \tanh Z, \qquad t = H w_2 + b_2, \qquad \hat y = \sigma(t),$$
#
# $$\underbrace{X}_{(n, d)}\, \underbrace{W_1}_{(d, h)} \to \underbrace{Z}_{(n, h)} \to \underbrace{H}_{(n, h)}, \qquad
# \underbrace{H}_{(n, h)}\, \underbrace{w_2}_{(h,)} \to \underbrace{t}_{(n,)} \to \underbrace{\hat y}_{(n,)} .$$
#
# The biases have the shapes $(h,)$ and one number. Row $i$ of $H$ is the new description of sample $i$. The output is
# PS 4's logistic regression on that description.
# %% tags=["try-it"]
ax = diagrams.network(
    [2, 4, 1],
    labels=["$x$", r"$h = \tanh(x W_1 + b_1)$", r"$\hat y = \sigma(h w_2 + b_2)$"],
    weight_labels=["$W_1$, (2, 4)", "$w_2$, (4,)"],
    biases=True,
    activations=["tanh", "logistic"],
    title="A two-layer network for points in the plane",
)


# %% [markdown]
# ### Exercise 6: `forward_two_layer` (1.5 points, ★☆☆)
#
# Write the forward pass. Return the hidden values too: the backward pass will need them. The check of the shapes is
# given.
#
# <details><summary>Hint</summary>
# Each layer is one line. NumPy adds a bias of shape (h,) to every row of an (n, h) array.
# </details>
# %% nbgrader={"grade": false, "grade_id": "forward_two_layer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def forward_two_layer(X: np.ndarray, params: dict[str, np.ndarray | float]) -> tuple[np.ndarray, np.ndarray]:
    """Hidden values and probabilities of a network with tanh units and one logistic output.

    Parameters
    ----------
    X : ndarray of float, shape (n, d)
    params : dict
        ``W1`` (d, h), ``b1`` (h,), ``w2`` (h,), ``b2`` float.

    Returns
    -------
    H : ndarray of float, shape (n, h)
        In [-1, 1].
    y_hat : ndarray of float, shape (n,)
        Probabilities of class 1.

    Raises
    ------
    ValueError
        If the shapes do not fit; the message names the array and its shape.
    """
    d, h = params["W1"].shape
    check_shape("X", X, (len(X), d))
    check_shape("b1", params["b1"], (h,))
    check_shape("w2", params["w2"], (h,))
    # The hidden layer.
    ### BEGIN SOLUTION
    H = np.tanh(X @ params["W1"] + params["b1"])
    ### END SOLUTION
    # The output.
    ### BEGIN SOLUTION
    return H, logistic(H @ params["w2"] + params["b2"])
    ### END SOLUTION


# %% tags=["try-it"]
params = {
    "W1": np.array([[3.0, -2.0, 0.5], [1.0, 2.5, 3.0]]),
    "b1": np.array([-3.0, 1.0, -0.6]),
    "w2": np.array([3.0, 3.0, -3.0]),
    "b2": 0.0,
}
fig, axes = plt.subplots(1, 2, figsize=(10, 3.6))
plotting.scatter_classes(X_moons, y_moons, ax=axes[0], title="Where each hidden unit is 0")
grid = np.meshgrid(np.linspace(-1.5, 2.4, 60), np.linspace(-1.1, 1.5, 60))
H, y_hat = forward_two_layer(np.stack(grid, axis=-1).reshape(-1, 2), params)
for unit, style in enumerate(("-", "--", ":")):
    axes[0].contour(*grid, H[:, unit].reshape(60, 60), levels=[0.0], colors="black", linestyles=[style])
ax = plotting.probability_map(
    lambda X: forward_two_layer(X, params)[1], X_moons, y_moons, ax=axes[1], title="Output of the untrained network"
)
# %% [markdown]
# The weights were chosen by hand, not trained. Each hidden unit cuts the plane by a straight line (drawn solid, dashed
# and dotted). The output adds up the units, and its boundary can bend.
# %% nbgrader={"grade": true, "grade_id": "test_forward_two_layer", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Two samples by hand. artanh(0.5) as a score gives the hidden value 0.5; 2 ln 3 as a score gives the probability 0.9.
half = np.arctanh(0.5)
params_hand = {
    "W1": np.array([[half, 0.0, 0.0], [0.0, -half, 0.0]]),
    "b1": np.array([0.0, 0.0, half]),
    "w2": np.array([2 * np.log(3), 2 * np.log(3), 0.0]),
    "b2": np.log(3),
}
seen_H, seen_y_hat = forward_two_layer(np.array([[1.0, 0.0], [0.0, 1.0]]), params_hand)
assert_array(seen_H, "H for X (2, 2) and 3 hidden units", shape=(2, 3), dtype=np.floating)
assert_array(seen_y_hat, "y_hat for 2 samples", shape=(2,), dtype=np.floating)
assert_close(seen_H, np.array([[0.5, 0.0, 0.5], [0.0, -0.5, 0.5]]), "H", "Is it the tanh of X W1 + b1?")
assert_close(seen_y_hat, np.array([0.9, 0.5]), "y_hat", "Is it the logistic function of H w2 + b2?")
# %% nbgrader={"grade": true, "grade_id": "hidden_forward_two_layer", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against PyTorch's own layers with the same weights; one sample, one input, one unit.
rng = np.random.default_rng(56)
for n, d, h in [(1, 3, 2), (6, 1, 4), (5, 4, 1), (7, 2, 9), (3, 3, 3)]:
    X = rng.normal(size=(n, d))
    params = {
        "W1": rng.normal(size=(d, h)),
        "b1": rng.normal(size=h),
        "w2": rng.normal(size=h),
        "b2": float(rng.normal()),
    }
    with assert_unchanged(X=X, W1=params["W1"], b1=params["b1"], w2=params["w2"]):
        seen_H, seen_y_hat = forward_two_layer(X, params)
    hidden = torch.tanh(
        torch.nn.functional.linear(torch.tensor(X), torch.tensor(params["W1"].T), torch.tensor(params["b1"]))
    )
    output = torch.nn.functional.linear(hidden, torch.tensor(params["w2"][None]), torch.tensor([params["b2"]]).double())
    what = f"X ({n}, {d}), {h} hidden units"
    assert_array(seen_H, f"H for {what}", shape=(n, h), dtype=np.floating)
    assert_array(seen_y_hat, f"y_hat for {what}", shape=(n,), dtype=np.floating)
    assert_close(seen_H, hidden.numpy(), f"H for {what}")
    assert_close(seen_y_hat, torch.sigmoid(output)[:, 0].numpy(), f"y_hat for {what}")
for name, wrong in [("b1", np.zeros(1)), ("w2", np.zeros((3, 1)))]:
    params = {"W1": np.ones((2, 3)), "b1": np.zeros(3), "w2": np.zeros(3), "b2": 0.0, name: wrong}
    assert_raises(
        ValueError,
        lambda params=params: forward_two_layer(np.ones((4, 2)), params),
        f"forward_two_layer with {name} of shape {wrong.shape}",
        mention=str(wrong.shape),
    )


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** Without the check of the shapes a `w2` of shape $(h, 1)$ would give probabilities of shape $(n, 1)$.
# Against labels of shape $(n,)$ they broadcast to $(n, n)$ in the loss, and nothing would complain.
# %% [markdown]
# ## Three rules for walking back
#
# In matrix form the walk needs three rules. Write $G_A$ for $\partial L / \partial A$; it always has the shape of $A$.
#
# **Rule 1: the loss.** $L$ is the mean cross-entropy of $\hat y = \sigma(t)$. From PS 4, with the mean over $n$
# samples,
#
# $$G_t = \frac{1}{n} (\hat y - y), \qquad \text{shape } (n,) .$$
#
# **Rule 2: a layer of sums.** Let $Z = A W + b$ with $A$ of shape $(n, p)$ and $W$ of shape $(p, q)$. In entries,
# $Z_{ij} = \sum_l A_{il} W_{lj} + b_j$. Now ask where each quantity is used, and add up.
#
# - $W_{lj}$ is used in column $j$ of $Z$, by every sample $i$, with the local derivative $A_{il}$:
#   $\;(G_W)_{lj} = \sum_i A_{il}\, (G_Z)_{ij}$, so $\;G_W = A^\top G_Z$, shapes $(p, n)\,(n, q) \to (p, q)$.
# - $b_j$ is used in column $j$ by every sample, with the local derivative 1:
#   $\;(G_b)_j = \sum_i (G_Z)_{ij}$, the sum over rows, shape $(q,)$.
# - $A_{il}$ is used in row $i$ of $Z$, by every unit $j$, with the local derivative $W_{lj}$:
#   $\;(G_A)_{il} = \sum_j (G_Z)_{ij}\, W_{lj}$, so $\;G_A = G_Z W^\top$, shapes $(n, q)\,(q, p) \to (n, p)$.
#
# **Rule 3: an activation.** $H = \varphi(Z)$ works on each entry alone, and so does its derivative:
# $\;(G_Z)_{ij} = (G_H)_{ij}\, \varphi'(Z_{ij})$, an elementwise product.
#
# If you forget which factor is transposed, write down the shapes. Usually only one order fits.
# %% tags=["try-it"]
ax = diagrams.computation_graph(
    {
        "W1": (0, 0, "$W_1$"),
        "X": (0, 1, "$X$"),
        "b1": (0, 2, "$b_1$"),
        "Z": (1, 1, "$Z$"),
        "w2": (2, 0, "$w_2$"),
        "H": (2, 1, r"$H = \tanh Z$"),
        "b2": (2, 2, "$b_2$"),
        "t": (3, 1, "$t$"),
        "L": (4, 1, "loss $L$"),
    },
    [
        ("W1", "Z", "(d, h)", "(d, h)"),
        ("X", "Z", "(n, d)", ""),
        ("b1", "Z", "(h,)", "(h,)"),
        ("Z", "H", "(n, h)", "$G_Z$ (n, h)"),
        ("w2", "t", "(h,)", "(h,)"),
        ("H", "t", "(n, h)", "$G_H$ (n, h)"),
        ("b2", "t", "()", "()"),
        ("t", "L", "(n,)", r"$G_t = \frac{1}{n}(\hat y - y)$"),
    ],
    title="All samples: each gradient has the shape of its value",
)


# %% [markdown]
# The empty shape () is that of a single number.
# %% [markdown]
# ## The two-layer network, backwards
#
# Apply the rules from right to left. The output layer is Rule 2 with $A = H$ and a single column of weights, $W = w_2$:
#
# $$G_{w_2} = H^\top G_t, \qquad G_{b_2} = \sum_i (G_t)_i, \qquad (G_H)_{ij} = (G_t)_i\,(w_2)_j .$$
#
# The last is the outer product of a vector of shape $(n,)$ and one of shape $(h,)$; its shape is $(n, h)$. Then Rule 3,
# where $1 - H^2$ is meant entry by entry, and Rule 2 once more:
#
# $$G_Z = G_H \odot (1 - H^2), \qquad G_{W_1} = X^\top G_Z, \qquad (G_{b_1})_j = \sum_i (G_Z)_{ij} .$$
# %% [markdown]
# ### Exercise 7: `backward_two_layer` (2.5 points, ★★★)
#
# Write the gradients of the mean cross-entropy, as a dict with the keys of `params`. Use `H` and `y_hat` as they are
# given, and don't compute them again: not to repeat the forward pass is the point of the method. The check of the
# shapes is given.
#
# <details><summary>Hint</summary>
# <code>np.outer(a, b)</code> is the outer product of two vectors. The gradient of <code>b2</code> is one number. At the
# end, does each gradient have the shape of its parameter?
# </details>
# %% nbgrader={"grade": false, "grade_id": "backward_two_layer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def backward_two_layer(
    X: np.ndarray, y: np.ndarray, H: np.ndarray, y_hat: np.ndarray, params: dict[str, np.ndarray | float]
) -> dict[str, np.ndarray | float]:
    """Gradients of the mean binary cross-entropy of the two-layer network.

    Parameters
    ----------
    X : ndarray of float, shape (n, d)
    y : ndarray, shape (n,)
        Labels 0 or 1.
    H : ndarray of float, shape (n, h)
        Hidden values from the forward pass.
    y_hat : ndarray of float, shape (n,)
        Probabilities from the forward pass.
    params : dict
        ``W1`` (d, h), ``b1`` (h,), ``w2`` (h,), ``b2`` float.

    Returns
    -------
    dict
        The same keys, each with the gradient of its parameter, of its shape; that of ``b2`` is a float.

    Raises
    ------
    ValueError
        If the shapes do not fit; the message names the array and its shape.
    """
    check_shape("y", y, (len(X),))
    check_shape("H", H, (len(X), params["W1"].shape[1]))
    check_shape("y_hat", y_hat, (len(X),))
    # At the score of the output, for the mean over samples.
    ### BEGIN SOLUTION
    G_t = (y_hat - y) / len(X)
    ### END SOLUTION
    # At the hidden values, then at what went into the tanh.
    ### BEGIN SOLUTION
    G_H = np.outer(G_t, params["w2"])
    G_Z = G_H * tanh_grad(H)
    ### END SOLUTION
    # At the four parameters.
    ### BEGIN SOLUTION
    return {"W1": X.T @ G_Z, "b1": G_Z.sum(axis=0), "w2": H.T @ G_t, "b2": float(G_t.sum())}
    ### END SOLUTION


# %% [markdown]
# Now judge it with your tool from Part 1. The next cell compares every gradient with the numerical one, for many
# $\epsilon$. Beside it stands a gradient with a planted mistake: `W1`'s is one per cent too large.
# %% tags=["try-it"]
rng = np.random.default_rng(2)
X_try, y_try = rng.normal(size=(20, 3)), rng.integers(0, 2, 20)
params = {"W1": rng.normal(size=(3, 4)), "b1": rng.normal(size=4), "w2": rng.normal(size=4), "b2": 0.3}
grads = backward_two_layer(X_try, y_try, *forward_two_layer(X_try, params), params)


def loss_with(name, value):
    """Loss of the small network with one parameter replaced."""
    return binary_cross_entropy(y_try, forward_two_layer(X_try, params | {name: value})[1])


eps_axis = np.logspace(-11, -1, 41)
fig, ax = plt.subplots(figsize=(6.4, 3.8))
for name in ("W1", "b1", "w2", "b2"):
    numeric = [numerical_gradient(lambda v, name=name: loss_with(name, v), params[name], eps) for eps in eps_axis]
    ax.loglog(eps_axis, [relative_error(grads[name], g) for g in numeric], label=f"your gradient of {name}")
    if name == "W1":
        wrong = [relative_error(1.01 * grads[name], g) for g in numeric]
ax.loglog(eps_axis, wrong, color="black", marker="x", markevery=5, linestyle="-", label="W1, one per cent too large")
ax.set(
    xlabel=r"$\epsilon$", ylabel="relative error", title="Gradient check: a right gradient dips, a wrong one stays up"
)
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
print(
    "all four agree to 7 digits at eps = 1e-6:",
    all(
        relative_error(grads[name], numerical_gradient(lambda v, name=name: loss_with(name, v), params[name])) < 1e-7
        for name in params
    ),
)
# %% [markdown]
# A right gradient follows the curve that you know from Part 1. A wrong one stays up, whatever $\epsilon$ is, even if it
# is wrong by one per cent alone. As a rule, at $\epsilon = 10^{-6}$ a relative error below $10^{-7}$ is fine, and one
# above $10^{-3}$ is a mistake.
# %% nbgrader={"grade": true, "grade_id": "test_backward_two_layer", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Two samples, three inputs, two hidden units, by hand. The errors of the prediction are -0.5 and 0.5.
params_hand = {"W1": np.ones((3, 2)), "b1": np.zeros(2), "w2": np.array([2.0, -4.0]), "b2": 0.0}
seen = observe(
    lambda: backward_two_layer(
        np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]]),
        np.array([1, 0]),
        np.array([[0.5, 0.0], [0.0, 0.5]]),
        np.array([0.5, 0.5]),
        params_hand,
    ),
    using={"tanh_grad": lambda h: np.cosh(np.arctanh(h)) ** -2.0, "logistic_grad": lambda p: 1 / (1 / p + 1 / (1 - p))},
)
assert type(seen) is dict and sorted(seen) == ["W1", "b1", "b2", "w2"], (
    "backward_two_layer should return a dict with the keys W1, b1, w2 and b2."
)
for name, expected, hint in [
    ("w2", [-0.125, 0.125], "Is the error y_hat minus y, as given, over the number of samples?"),
    ("b1", [0.125, 0.25], "Does the gradient pass w2 and the slope of the tanh? Is it the sum over the samples?"),
    ("W1", [[-0.375, 1.0], [0.5, -0.75], [-0.25, 1.25]], "Which factor is transposed?"),
]:
    assert_array(seen[name], f"the gradient of {name}", shape=np.shape(expected), dtype=np.floating)
    assert_close(seen[name], np.array(expected), f"the gradient of {name}", hint, rtol=1e-9)
assert_close(seen["b2"], 0.0, "the gradient of b2", "Is it one number?")
# %% nbgrader={"grade": true, "grade_id": "hidden_backward_two_layer", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against automatic differentiation, at random hidden values and probabilities: constants are added to the scores so
# that PyTorch's network has exactly these.
rng = np.random.default_rng(57)
for n, d, h in [(1, 4, 3), (6, 1, 4), (5, 3, 1), (8, 2, 7), (4, 4, 4)]:
    X, y = rng.normal(size=(n, d)), rng.integers(0, 2, n)
    H, y_hat = rng.uniform(-0.95, 0.95, (n, h)), rng.uniform(0.05, 0.95, n)
    params = {
        "W1": rng.normal(size=(d, h)),
        "b1": rng.normal(size=h),
        "w2": rng.normal(size=h),
        "b2": float(rng.normal()),
    }
    what = f"X ({n}, {d}), {h} hidden units"
    with assert_unchanged(X=X, y=y, H=H, y_hat=y_hat, W1=params["W1"], b1=params["b1"], w2=params["w2"]):
        seen = observe(
            lambda X=X, y=y, H=H, y_hat=y_hat, params=params: backward_two_layer(X, y, H, y_hat, params),
            using={"tanh_grad": lambda h: (1 - h) * (1 + h), "logistic_grad": lambda p: p - p**2},
        )
    leaves = {name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in params.items()}
    Z = torch.tensor(X) @ leaves["W1"] + leaves["b1"]
    hidden = torch.tanh(Z + (torch.atanh(torch.tensor(H)) - Z).detach())
    t = hidden @ leaves["w2"] + leaves["b2"]
    t = t + (torch.logit(torch.tensor(y_hat)) - t).detach()
    torch.nn.functional.binary_cross_entropy_with_logits(t, torch.tensor(y, dtype=torch.float64)).backward()
    assert set(seen) == set(params), f"The gradients have the keys {sorted(seen)}; the parameters are b1, b2, W1, w2."
    for name in ("W1", "b1", "w2"):
        assert_array(seen[name], f"the gradient of {name} for {what}", shape=params[name].shape, dtype=np.floating)
        # The inverse tanh costs PyTorch some digits.
        assert_close(seen[name], leaves[name].grad.numpy(), f"the gradient of {name} for {what}", rtol=1e-6, atol=1e-10)
    assert_number(seen["b2"], f"the gradient of b2 for {what}")
    assert_close(seen["b2"], float(leaves["b2"].grad), f"the gradient of b2 for {what}", rtol=1e-6, atol=1e-10)
assert_raises(
    ValueError,
    lambda: backward_two_layer(np.ones((4, 2)), np.ones((4, 1)), np.ones((4, 3)), np.ones(4), {"W1": np.ones((2, 3))}),
    "backward_two_layer with y of shape (4, 1)",
    mention="(4, 1)",
)


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** Count the work. The forward pass needs the products $X W_1$ and $H w_2$. The backward pass needs
# $X^\top G_Z$ and $H^\top G_t$, and an outer product. So all gradients together cost about as much as one more forward
# pass, however many parameters there are. Numerical differences would need two forward passes *for each parameter*.
# %% [markdown]
# ## Training it
#
# The loop is the one of PS 4. New is the start. If all hidden units began with equal weights, they would get equal
# gradients and stay equal for ever: a layer of $h$ copies of one unit. Random weights break this symmetry. How large
# should they be? A score adds up `fan_in` terms, so its variance is `fan_in` times that of a weight (for inputs of
# variance 1). A standard deviation of $1 / \sqrt{\text{fan\_in}}$ keeps the score near 1, where the tanh is neither
# flat nor quite a straight line. Part 4 looks at this again.
# %% [markdown]
# ### Exercise 8: `train_two_layer` (2.5 points, ★★☆)
#
# Fill the gaps of the loop: full batch, one step an epoch, on all four parameters at once. Draw `W1` and `w2` from
# `rng`, normal with mean 0 and the standard deviations $1 / \sqrt{d}$ and $1 / \sqrt{h}$. Both biases start at 0. With
# `n_epochs = 0` return the start and four empty lists. The predicted label is 1 where $\hat y \ge \frac{1}{2}$.
#
# <details><summary>Hint</summary>
# A dict comprehension over the names makes the new parameters from the old ones and the gradients.
# </details>
# %% nbgrader={"grade": false, "grade_id": "train_two_layer", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_two_layer(
    X: np.ndarray,
    y: np.ndarray,
    X_val: np.ndarray,
    y_val: np.ndarray,
    n_hidden: int,
    lr: float,
    n_epochs: int,
    rng: np.random.Generator,
) -> tuple[dict[str, np.ndarray | float], dict[str, list[float]]]:
    """Fit the two-layer network by full-batch gradient descent.

    Parameters
    ----------
    X, X_val : ndarray of float, shapes (n, d) and (m, d)
        Training and validation inputs.
    y, y_val : ndarray, shapes (n,) and (m,)
        Labels 0 or 1.
    n_hidden : int
        Hidden units, h.
    lr : float
        Learning rate.
    n_epochs : int
        Number of steps, 0 or more.
    rng : np.random.Generator
        The starting weights come from it: normal, standard deviation 1 / sqrt(fan_in). The biases start at 0.

    Returns
    -------
    params : dict
        ``W1`` (d, h), ``b1`` (h,), ``w2`` (h,), ``b2`` float.
    history : dict of lists of length n_epochs
        ``train_loss``, ``val_loss``, ``train_accuracy``, ``val_accuracy``, each measured after the epoch's step.
    """
    history = {name: [] for name in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    # Random weights, no biases.
    ### BEGIN SOLUTION
    d = X.shape[1]
    params = {
        "W1": rng.normal(0.0, 1 / np.sqrt(d), (d, n_hidden)),
        "b1": np.zeros(n_hidden),
        "w2": rng.normal(0.0, 1 / np.sqrt(n_hidden), n_hidden),
        "b2": 0.0,
    }
    ### END SOLUTION
    for _ in range(n_epochs):
        # Forwards, backwards, one step.
        ### BEGIN SOLUTION
        H, y_hat = forward_two_layer(X, params)
        grads = backward_two_layer(X, y, H, y_hat, params)
        params = {name: params[name] - lr * grads[name] for name in params}
        ### END SOLUTION
        # Loss and accuracy after the step, on both sets.
        for part, inputs, target in (("train", X, y), ("val", X_val, y_val)):
            ### BEGIN SOLUTION
            _, p = forward_two_layer(inputs, params)
            history[f"{part}_loss"].append(binary_cross_entropy(target, p))
            history[f"{part}_accuracy"].append(float(np.mean((p >= 0.5) == target)))
            ### END SOLUTION
    return params, history


# %% tags=["try-it"]
two_layer_runs = {
    h: train_two_layer(X_moons, y_moons, X_moons_val, y_moons_val, h, 1.0, 2000, np.random.default_rng(0))
    for h in (1, 2, 4, 16)
}
fig, axes = plt.subplots(2, 2, figsize=(9.5, 6.6))
for ax, (h, (params, history)) in zip(axes.flat, two_layer_runs.items(), strict=True):
    plotting.probability_map(
        lambda X, params=params: forward_two_layer(X, params)[1],
        X_moons,
        y_moons,
        ax=ax,
        title=f"{h} hidden unit{'s' if h > 1 else ''}",
    ).get_legend().remove()
print("hidden units   train loss   validation loss   validation accuracy")
for h, (params, history) in two_layer_runs.items():
    train_loss, val_loss, val_accuracy = (history[k][-1] for k in ("train_loss", "val_loss", "val_accuracy"))
    print(f"{h:12}   {train_loss:10.3f}   {val_loss:15.3f}   {val_accuracy:19.3f}")
# %% tags=["try-it"]
ax = plotting.learning_curves(
    {f"{h} hidden": history for h, (params, history) in two_layer_runs.items()}, title="Half-moons: your training loop"
)
ax.set_yscale("log")


# %% nbgrader={"grade": true, "grade_id": "test_train_two_layer", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# A ring of points around a disc, which no line separates. Stand-ins from PyTorch take the places of your earlier
# functions, so that this test depends on your loop alone.
def scores_from_torch(X, params):
    leaves = {k: torch.tensor(v, dtype=torch.float64, requires_grad=True) for k, v in params.items()}
    hidden = torch.tanh(torch.addmm(leaves["b1"], torch.tensor(X), leaves["W1"]))
    return leaves, hidden, torch.addmv(leaves["b2"], hidden, leaves["w2"])


def forward_from_torch(X, params):
    leaves, hidden, t = scores_from_torch(X, params)
    return hidden.detach().numpy(), torch.sigmoid(t).detach().numpy()


def backward_from_torch(X, y, H, y_hat, params):
    leaves, hidden, t = scores_from_torch(X, params)
    torch.nn.functional.binary_cross_entropy_with_logits(t, torch.tensor(y, dtype=torch.float64)).backward()
    return {k: float(v.grad) if k == "b2" else v.grad.numpy() for k, v in leaves.items()}


stand_ins = {
    "tanh_grad": lambda h: np.cosh(np.arctanh(h)) ** -2.0,
    "logistic_grad": lambda p: 1 / (1 / p + 1 / (1 - p)),
    "forward_two_layer": forward_from_torch,
    "backward_two_layer": backward_from_torch,
}
rng = np.random.default_rng(5)
angle, y_ring = rng.uniform(0, 2 * np.pi, 120), rng.integers(0, 2, 120)
X_ring = np.stack([np.cos(angle), np.sin(angle)], axis=1) * (2 * y_ring + rng.uniform(0, 1, 120))[:, None]
params, history = observe(
    lambda: train_two_layer(X_ring[:80], y_ring[:80], X_ring[80:], y_ring[80:], 8, 0.5, 200, np.random.default_rng(0)),
    using=stand_ins,
)
assert type(params) is dict and sorted(params) == ["W1", "b1", "b2", "w2"], (
    "params should be a dict with the keys W1, b1, w2 and b2."
)
for name, shape in [("W1", (2, 8)), ("b1", (8,)), ("w2", (8,))]:
    assert_array(params[name], name, shape=shape, dtype=np.floating)
assert_number(params["b2"], "b2")
for name in ("train_loss", "val_loss", "train_accuracy", "val_accuracy"):
    assert name in history, f"The history has no {name!r}; it has {sorted(history)}."
    assert len(history[name]) == 200, (
        f"history[{name!r}] has {len(history[name])} entries after 200 epochs. One an epoch?"
    )
first, last = history["train_loss"][0], history["train_loss"][-1]
assert first < 1.5, f"The first loss is {first:.3f}, far above ln 2. Are the starting weights of the right size?"
assert last < 0.5 * first, (
    f"The loss went from {first:.3f} to {last:.3f}. Does the step go against all gradients, from random weights?"
)
assert 0.8 <= history["val_accuracy"][-1] <= 1, f"The validation accuracy ends at {history['val_accuracy'][-1]}."
assert np.abs(params["b1"]).max() > 0 and params["b2"] != 0, "After 200 epochs a bias is still 0. Are all four updated?"
# %% nbgrader={"grade": true, "grade_id": "hidden_train_two_layer", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# The start is read off a run of no epochs; from it, every later number follows by independent arithmetic.
from sklearn.metrics import accuracy_score, log_loss


def sigmoid(t):
    return 0.5 * (1 + np.tanh(t / 2))


def forward(X, params):
    H = np.tanh(np.einsum("nd,dh->nh", X, params["W1"]) + params["b1"])
    return H, sigmoid(H @ params["w2"] + params["b2"])


def backward(X, y, H, y_hat, params):
    e = (y_hat - y) / len(y)
    inner = e[:, None] * params["w2"] * (1 - H) * (1 + H)
    return {
        "W1": np.einsum("nd,nh->dh", X, inner),
        "b1": np.einsum("nh->h", inner),
        "w2": np.einsum("n,nh->h", e, H),
        "b2": float(e.sum()),
    }


reference = {
    "tanh_grad": lambda h: (1 - h) * (1 + h),
    "logistic_grad": lambda p: p - p**2,
    "forward_two_layer": forward,
    "backward_two_layer": backward,
}
rng = np.random.default_rng(58)
n, m, d, h = 30, 17, 4, 3
X, X_v = rng.normal(size=(n, d)), rng.normal(size=(m, d))
y, y_v = rng.integers(0, 2, n), rng.integers(0, 2, m)


def run(lr, n_epochs, seed):
    return observe(
        lambda: train_two_layer(X, y, X_v, y_v, h, lr, n_epochs, np.random.default_rng(seed)), using=reference
    )


with assert_unchanged(X=X, y=y, X_val=X_v, y_val=y_v):
    start, history = run(0.7, 0, 3)
for name, shape in [("W1", (d, h)), ("b1", (h,)), ("w2", (h,))]:
    assert_array(start[name], f"{name} after no epochs", shape=shape, dtype=np.floating)
assert_close(start["b1"], np.zeros(h), "b1 after no epochs")
assert float(start["b2"]) == 0.0, f"b2 starts at {start['b2']}, not at 0."
weights = np.concatenate([start["W1"].ravel(), start["w2"]])
assert len(set(weights.tolist())) == d * h + h, "Some starting weights are the same number. Are all drawn from rng?"
assert all(history[key] == [] for key in history) and len(history) == 4, "No epochs should give four empty lists."
again, other = run(0.7, 0, 3)[0], run(0.7, 0, 4)[0]
for name in ("W1", "w2"):
    assert_close(again[name], start[name], f"the start of {name} with the same rng", "Is anything else than rng used?")
    assert np.abs(other[name] - start[name]).min() > 0, f"Two different generators gave the same start of {name}."


def wide_start():
    wide = train_two_layer(np.zeros((2, 25)), y[:2], np.zeros((1, 25)), y[:1], 1600, 0.1, 0, np.random.default_rng(0))[
        0
    ]
    return wide["W1"], wide["w2"]


# 40,000 and 1,600 draws: their standard deviation is almost surely within 1 % and 5 % of the true one.
for name, seen, wanted in zip(("W1", "w2"), observe(wide_start, using=reference), (0.2, 0.025), strict=True):
    assert abs(seen.std() / wanted - 1) < 0.12, (
        f"With 25 inputs and 1600 hidden units {name} has a standard deviation of {seen.std():.4f} instead of {wanted}."
    )
    assert abs(seen.mean()) < 0.12 * wanted, f"The mean of the starting {name} is {seen.mean():.4f}, not about 0."

expected = {key: [] for key in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
params = {name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in start.items()}


def score(inputs):
    return torch.tanh(torch.tensor(inputs) @ params["W1"] + params["b1"]) @ params["w2"] + params["b2"]


for _ in range(6):
    loss = torch.nn.functional.binary_cross_entropy_with_logits(score(X), torch.tensor(y, dtype=torch.float64))
    steps = torch.autograd.grad(loss, list(params.values()))
    params = {
        name: (value - 0.7 * step).detach().requires_grad_()
        for (name, value), step in zip(params.items(), steps, strict=True)
    }
    for part, inputs, target in (("train", X, y), ("val", X_v, y_v)):
        p = torch.sigmoid(score(inputs)).detach().numpy()
        expected[f"{part}_loss"].append(log_loss(target, p, labels=[0, 1]))
        expected[f"{part}_accuracy"].append(accuracy_score(target, p >= 0.5))
seen, history = run(0.7, 6, 3)
assert_number(seen["b2"], "b2 after 6 epochs")
# Six steps of rounding, and a clip in a student's own loss, stay far below 1e-6.
for name in ("W1", "b1", "w2", "b2"):
    assert_close(
        seen[name],
        params[name].detach().numpy(),
        f"{name} after 6 epochs",
        "Is it one step an epoch, with all gradients taken at the same parameters?",
        rtol=1e-6,
        atol=1e-9,
    )
for key, values in expected.items():
    assert type(history[key]) is list, f"history[{key!r}] should be a list; it is a {type(history[key]).__name__}."
    assert_close(
        np.array(history[key], dtype=float),
        values,
        f"history[{key!r}]",
        "Measured after the step?",
        rtol=1e-6,
        atol=1e-9,
    )
# Inputs of 0 and balanced labels leave every probability at exactly one half, which counts as label 1.
undecided = observe(
    lambda: train_two_layer(
        np.zeros((2, 3)), np.array([0, 1]), np.zeros((3, 3)), np.array([1, 0, 1]), 4, 0.5, 1, np.random.default_rng(0)
    )[1]["val_accuracy"],
    using=reference,
)
assert_close(float(undecided[0]), 2 / 3, "the accuracy where every probability is 0.5", "Is the label 1 from 0.5 on?")
### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The loss of this network is not convex. Swap two hidden units, or change the sign of one unit's weights
# on both sides and of its bias, and the output stays the same: every minimum comes in many copies, and between them lie hills. Gradient
# descent finds one of them, and the seed decides which. In this run two units are worse on the validation set than one.
# %% [markdown]
# ### Question 1 (1 point)
#
# Look at the four maps, the table and the learning curves. What shape does the boundary of a single hidden unit have,
# and why can it have no other? Which number of units would you choose, and from which column of the table? Name one
# place where the training loss alone would mislead you.
# %% [markdown] nbgrader={"grade": true, "grade_id": "discuss_hidden_units", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# A single hidden unit gives a straight line. The output depends on $x$ only through $h = \tanh(x \cdot w + b)$, which
# is constant along the lines $x \cdot w = \text{const}$ and rises steadily across them, so the probability is one half
# along one such line. More units add up several such steps, and the boundary can bend around a moon. The choice is made
# by the validation columns: four units have the lowest validation loss. The training loss misleads from four to sixteen
# units, where it falls on while the validation loss rises, and already from one to two units: it falls, but the
# validation loss and accuracy get worse. The larger network becomes too sure about the noise of the training points.
# %% [markdown]
# # Part 3: a regression with ReLUs
#
# ## Petals from sepals
#
# The rules do not depend on the loss. Here a network predicts two numbers for each iris flower, the length and the
# width of its petals, from the length and the width of its sepals. It has ReLU units and no biases, and its loss is the
# **sum** of squared errors, not a mean:
#
# $$Z = X W_1, \qquad H = \operatorname{relu}(Z), \qquad \hat Y = H W_2, \qquad
# L = \sum_{i=1}^{n} \sum_{j=1}^{k} (\hat Y_{ij} - Y_{ij})^2 .$$
# %% tags=["try-it"]
ax = diagrams.shape_flow(
    [
        ("$X$", (120, 2)),
        "$W_1$ (2, 20)",
        ("$Z$", (120, 20)),
        "relu",
        ("$H$", (120, 20)),
        "$W_2$ (20, 2)",
        (r"$\hat Y$", (120, 2)),
    ],
    title="The shapes for 120 flowers and 20 hidden units",
)


# %% [markdown]
# **Rule 1** is new for this loss. Each $\hat Y_{ij}$ stands in one term of the sum, so
#
# $$G_{\hat Y} = 2\,(\hat Y - Y), \qquad \text{shape } (n, k),$$
#
# without a factor $1/n$. **Rule 2** gives $G_{W_2}$ and $G_H$, **Rule 3** gives $G_Z$ with the slope of the ReLU, and
# Rule 2 once more gives $G_{W_1}$. Write the four products down with their shapes before you code them.
# %% [markdown]
# ### Exercise 9: `relu_regression_gradients` (2 points, ★★☆)
#
# Write the loss and both gradients. The check of the shapes is given.
#
# <details><summary>Hint</summary>
# Keep <code>Z</code> or <code>H</code> for the way back. A gradient must have the shape of its weights: $G_{W_2}$ is
# (h, k) and $G_{W_1}$ is (d, h).
# </details>
# %% nbgrader={"grade": false, "grade_id": "relu_regression_gradients", "locked": false, "schema_version": 3, "solution": true, "task": false}
def relu_regression_gradients(
    X: np.ndarray, Y: np.ndarray, W1: np.ndarray, W2: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """Sum of squared errors of a two-layer ReLU network without biases, and its gradients.

    Parameters
    ----------
    X : ndarray of float, shape (n, d)
    Y : ndarray of float, shape (n, k)
        Targets.
    W1 : ndarray of float, shape (d, h)
    W2 : ndarray of float, shape (h, k)

    Returns
    -------
    loss : float
        Sum over samples and outputs.
    grad_W1 : ndarray of float, shape (d, h)
    grad_W2 : ndarray of float, shape (h, k)

    Raises
    ------
    ValueError
        If the shapes do not fit; the message names the array and its shape.
    """
    check_shape("W1", W1, (X.shape[1], len(W2)))
    check_shape("Y", Y, (len(X), W2.shape[1]))
    # Forwards: hidden values, errors, loss.
    ### BEGIN SOLUTION
    Z = X @ W1
    H = relu(Z)
    errors = H @ W2 - Y
    loss = float(np.sum(errors**2))
    ### END SOLUTION
    # Backwards: from the output to W2, and through the ReLU to W1.
    ### BEGIN SOLUTION
    G_out = 2 * errors
    G_Z = (G_out @ W2.T) * relu_grad(Z)
    return loss, X.T @ G_Z, H.T @ G_out
    ### END SOLUTION


# %% [markdown]
# The next cell trains with it, from five random starts. The dashed line is the best that any *linear* map without a
# bias can do.
# %% tags=["try-it"]
linear = np.linalg.lstsq(sepals, petals, rcond=None)[0]
linear_loss = np.sum((sepals @ linear - petals) ** 2) / len(sepals)
fig, axes = plt.subplots(1, 2, figsize=(10, 3.8))
fits = {}
for seed in range(5):
    rng = np.random.default_rng(seed)
    W1, W2, losses = rng.normal(0.0, 0.5, (2, 20)), rng.normal(0.0, 0.5, (20, 2)), []
    for _ in range(2000):
        loss, grad_W1, grad_W2 = relu_regression_gradients(sepals, petals, W1, W2)
        losses.append(loss / len(sepals))
        W1, W2 = W1 - 3e-5 * grad_W1, W2 - 3e-5 * grad_W2
    fits[seed] = (W1, W2, losses)
    axes[0].loglog(np.arange(1, 2001), losses, label=f"seed {seed}")
axes[0].axhline(linear_loss, color="black", linestyle=(0, (6, 4)), linewidth=1, label="best linear map")
axes[0].set(xlabel="step", ylabel="loss for each flower (cm²)", title="Five starts of your network")
axes[0].legend(fontsize=8)
W1, W2, losses = min(fits.values(), key=lambda fit: fit[2][-1])
guess = relu(sepals @ W1) @ W2
for label, name in enumerate(iris.class_names):
    axes[1].plot(
        petals[species == label, 0],
        guess[species == label, 0],
        linestyle="",
        marker=plotting.MARKERS[label],
        markersize=4,
        color=plotting.COLOURS[label],
        label=name,
    )
axes[1].plot([1, 7], [1, 7], color="0.5", linewidth=1)
axes[1].set(xlabel="petal length, measured (cm)", ylabel="petal length, predicted (cm)", title="The best of the five")
axes[1].legend(fontsize=8)
print(
    f"loss for each flower: best linear map {linear_loss:.2f}, your five networks",
    [round(f[2][-1], 2) for f in fits.values()],
)


# %% [markdown]
# Where the network ends depends on its start. In this run some starts find only what a linear map finds. Others bend:
# they have a unit that works mainly for the flowers with short, wide sepals. PS 6 trains the same network again, five
# ways.
# %% nbgrader={"grade": true, "grade_id": "test_relu_regression_gradients", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Two samples by hand. The first hidden unit is on for both, the second for none, the third for the second sample alone.
# Stand-ins from PyTorch take the places of your relu and relu_grad.
def slope_from_torch(z):
    tensor = torch.tensor(z, requires_grad=True)
    return torch.autograd.grad(torch.relu(tensor).sum(), tensor)[0].numpy()


seen_loss, seen_W1, seen_W2 = observe(
    lambda: relu_regression_gradients(
        np.array([[1.0, 2.0], [3.0, -1.0]]),
        np.array([[1.0], [5.0]]),
        np.array([[1.0, -1.0, 1.0], [0.0, 0.0, -1.0]]),
        np.array([[2.0], [7.0], [1.0]]),
    ),
    using={"relu": lambda z: torch.relu(torch.tensor(z)).numpy(), "relu_grad": slope_from_torch},
)
assert_number(seen_loss, "the loss")
assert_close(seen_loss, 26.0, "the loss", "Is it the sum over all samples and outputs, not the mean?")
assert_array(seen_W1, "grad_W1 for 2 inputs and 3 units", shape=(2, 3), dtype=np.floating)
assert_array(seen_W2, "grad_W2 for 3 units and 1 output", shape=(3, 1), dtype=np.floating)
assert_close(
    seen_W2,
    np.array([[32.0], [0.0], [40.0]]),
    "grad_W2",
    "Is there the factor 2 of the square? Which values go into W2?",
)
assert_close(
    seen_W1,
    np.array([[64.0, 0.0, 30.0], [-12.0, 0.0, -10.0]]),
    "grad_W1",
    "Does the gradient pass only the units that are on?",
)
# %% nbgrader={"grade": true, "grade_id": "hidden_relu_regression_gradients", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against automatic differentiation; one sample, one input, one unit, one output; units at exactly 0; a dead layer.
rng = np.random.default_rng(59)
stand_ins = {"relu": lambda z: (np.abs(z) + z) / 2, "relu_grad": lambda z: np.heaviside(z, 0.0)}
cases = [(1, 3, 4, 2), (6, 1, 5, 2), (5, 3, 1, 4), (7, 2, 6, 1), (8, 4, 3, 5), (3, 3, 3, 3)]
problems = [
    (rng.normal(size=(n, d)), rng.normal(size=(n, k)), rng.normal(size=(d, h)), rng.normal(size=(h, k)))
    for n, d, h, k in cases
]
at_zero = rng.normal(size=(2, 5))
at_zero[:, [1, 3]] = 0.0  # the scores of these two units are exactly 0
problems.append((rng.normal(size=(6, 2)), rng.normal(size=(6, 3)), at_zero, rng.normal(size=(5, 3))))
problems.append((rng.uniform(1, 2, (4, 2)), rng.normal(size=(4, 3)), -np.ones((2, 5)), rng.normal(size=(5, 3))))
for X, Y, W1, W2 in problems:
    what = f"X {X.shape}, W1 {W1.shape}, W2 {W2.shape}"
    with assert_unchanged(X=X, Y=Y, W1=W1, W2=W2):
        loss, grad_W1, grad_W2 = observe(
            lambda X=X, Y=Y, W1=W1, W2=W2: relu_regression_gradients(X, Y, W1, W2), using=stand_ins
        )
    leaves = [torch.tensor(W, requires_grad=True) for W in (W1, W2)]
    expected = torch.nn.functional.mse_loss(
        torch.relu(torch.tensor(X) @ leaves[0]) @ leaves[1], torch.tensor(Y), reduction="sum"
    )
    expected.backward()
    assert_number(loss, f"the loss for {what}")
    assert_close(loss, expected.item(), f"the loss for {what}", "Is it the sum?")
    assert_array(grad_W1, f"grad_W1 for {what}", shape=W1.shape, dtype=np.floating)
    assert_array(grad_W2, f"grad_W2 for {what}", shape=W2.shape, dtype=np.floating)
    assert_close(grad_W1, leaves[0].grad.numpy(), f"grad_W1 for {what}", "Is the slope 0 at 0?", atol=1e-10)
    assert_close(grad_W2, leaves[1].grad.numpy(), f"grad_W2 for {what}", atol=1e-10)
assert_raises(
    ValueError,
    lambda: relu_regression_gradients(np.ones((4, 2)), np.ones(4), np.ones((2, 3)), np.ones((3, 1))),
    "relu_regression_gradients with Y of shape (4,)",
    mention="(4,)",
)


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** Without biases each hidden unit is switched on in a half-plane through the origin. All flowers lie far
# from the origin in nearly one direction, so most units are on for all of them or for none. A network whose units are
# all on is linear, and that is where some starts end. If all units are off for all samples, the last problem of the
# hidden test, the prediction is 0, all gradients are 0 and training never begins.
# %% [markdown]
# # Part 4: any number of layers
#
# ## The same three rules in a loop
#
# Write $A_0 = X$ and, for layers $l = 1, \dots, m$ with weights $W_l$ and biases $b_l$,
#
# $$A_l = \operatorname{relu}(A_{l-1} W_l + b_l) \quad \text{for } l < m, \qquad
# A_m = \hat Y = \operatorname{softmax}(A_{m-1} W_m + b_m) .$$
#
# The activations $A_0, \dots, A_m$ are all that the way back needs. It begins with PS 4's gradient at the last scores,
# for the mean cross-entropy over $n$ samples,
#
# $$G_m = \frac{1}{n} (\hat Y - Y), \qquad \text{shape } (n, k),$$
#
# and then, for $l = m, m - 1, \dots, 1$, Rule 2 gives the gradients of the layer's parameters, and Rules 2 and 3 lead
# to the layer below:
#
# $$G_{W_l} = A_{l-1}^\top G_l, \qquad (G_{b_l})_j = \sum_i (G_l)_{ij}, \qquad
# G_{l-1} = \big(G_l W_l^\top\big) \odot \operatorname{relu}'(A_{l-1}) \;\text{ for } l > 1 .$$
#
# The slope of the ReLU may be taken at its value $A_{l-1}$ instead of its argument, because one is positive exactly
# where the other is.
# %% tags=["try-it"]
ax = diagrams.network(
    [784, 64, 32, 10],
    labels=["$A_0 = X$", "$A_1$", "$A_2$", r"$A_3 = \hat Y$"],
    weight_labels=["$W_1, b_1$", "$W_2, b_2$", "$W_3, b_3$"],
    activations=["relu", "relu", "softmax"],
    title="A network with two hidden layers for digits",
)


# %% [markdown]
# ## How large should the starting weights be?
#
# Follow the size of the signal through one layer, $z_j = \sum_i a_i w_{ij}$, a sum of fan_in terms. Let the weights be
# independent of each other and of the inputs, with mean 0 and variance $v$. The terms are then uncorrelated with mean
# 0, so their variances add up:
#
# $$E[z_j^2] = \text{fan\_in} \cdot v \cdot E[a^2] .$$
#
# The ReLU sets the negative half of the $z_j$ to 0. They are symmetric about 0, so half of the mean square is left:
# $E[\operatorname{relu}(z)^2] = \frac{1}{2} E[z^2]$. One layer therefore multiplies the mean square of the signal by
#
# $$\tfrac{1}{2} \, \text{fan\_in} \cdot v .$$
#
# With $v = 2 / \text{fan\_in}$ this factor is 1, at any depth. This is the **He** start. On the way back
# $G_{l-1} = (G_l W_l^\top) \odot \operatorname{relu}'$ sums fan_out terms and drops about half, so the factor is
# $\frac{1}{2} \, \text{fan\_out} \cdot v$: also 1 for layers of equal size.
#
# For the tanh, which is close to the identity near 0, no half is lost. The two ways ask for $v = 1 / \text{fan\_in}$
# and $v = 1 / \text{fan\_out}$, and the **Xavier** (or Glorot) start takes
# $v = 2 / (\text{fan\_in} + \text{fan\_out})$, a compromise.
# %% [markdown]
# ### Exercise 10: `init_layers` (1 point, ★☆☆)
#
# Write the start of a network with the layer sizes `sizes`, inputs first. The weights are normal with mean 0 and the
# standard deviation
#
# | scheme | standard deviation |
# | --- | --- |
# | `he` | $\sqrt{2 / \text{fan\_in}}$ |
# | `xavier` | $\sqrt{2 / (\text{fan\_in} + \text{fan\_out})}$ |
# | `small` | 0.01 |
#
# The biases are 0. Another scheme is a `ValueError` whose message contains the scheme.
#
# <details><summary>Hint</summary>
# <code>zip(sizes[:-1], sizes[1:])</code> gives fan_in and fan_out of each layer.
# </details>
# %% nbgrader={"grade": false, "grade_id": "init_layers", "locked": false, "schema_version": 3, "solution": true, "task": false}
def init_layers(
    sizes: Sequence[int], rng: np.random.Generator, scheme: str = "he"
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Draw the starting weights of a network.

    Parameters
    ----------
    sizes : sequence of int
        Units of each layer, from the inputs to the outputs.
    rng : np.random.Generator
        The only source of randomness.
    scheme : {"he", "xavier", "small"}

    Returns
    -------
    list of (W, b)
        One pair for each layer after the inputs: W (fan_in, fan_out) normal, b (fan_out,) zeros.

    Raises
    ------
    ValueError
        For another scheme; the message contains it.
    """
    # Refuse another scheme.
    ### BEGIN SOLUTION
    if scheme not in ("he", "xavier", "small"):
        raise ValueError(f"scheme must be 'he', 'xavier' or 'small', got {scheme!r}")
    ### END SOLUTION
    layers = []
    for fan_in, fan_out in zip(sizes[:-1], sizes[1:], strict=True):
        # The standard deviation of this layer's weights.
        ### BEGIN SOLUTION
        std = {"he": np.sqrt(2 / fan_in), "xavier": np.sqrt(2 / (fan_in + fan_out)), "small": 0.01}[scheme]
        ### END SOLUTION
        # Its weights and biases.
        ### BEGIN SOLUTION
        layers.append((rng.normal(0.0, std, (fan_in, fan_out)), np.zeros(fan_out)))
        ### END SOLUTION
    return layers


# %% [markdown]
# The next cell sends 200 random samples through 20 layers of 100 ReLU units and measures the size of the activations.
# %% tags=["try-it"]
fig, ax = plt.subplots(figsize=(6, 3.6))
for i, scheme in enumerate(("he", "xavier", "small")):
    A, sizes = np.random.default_rng(0).normal(size=(200, 100)), []
    for W, b in init_layers([100] * 21, np.random.default_rng(1), scheme):
        A = relu(A @ W + b)
        sizes.append(np.sqrt(np.mean(A**2)))
    ax.semilogy(range(1, 21), sizes, marker=plotting.MARKERS[i], markersize=4, label=scheme)
ax.set(xlabel="layer", ylabel="root mean square", title="The size of the activations, layer by layer")
ax.set_xticks(range(0, 21, 5))
legend = ax.legend()


# %% [markdown]
# With the He start the signal keeps its size. With Xavier it loses a factor $\sqrt{2}$ a layer. With 0.01 the tenth
# layer hears practically nothing.
# %% nbgrader={"grade": true, "grade_id": "test_init_layers", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Shapes, zeros, and the spread of many draws.
def starts():
    return {s: init_layers([400, 100, 3], np.random.default_rng(0), s) for s in ("he", "xavier", "small")}


for scheme, wanted in [("he", 0.0707), ("xavier", 0.0632), ("small", 0.01)]:
    seen = observe(starts)[scheme]
    assert len(seen) == 2, f"init_layers([400, 100, 3]) gave {len(seen)} layers. How many lie between three sizes?"
    for i, (fan_in, fan_out) in enumerate([(400, 100), (100, 3)]):
        assert_array(seen[i][0], f"W of layer {i}", shape=(fan_in, fan_out), dtype=np.floating)
        assert_close(seen[i][1], np.zeros(fan_out), f"b of layer {i}", "Do the biases start at 0?")
    spread = seen[0][0].std()
    assert abs(spread / wanted - 1) < 0.03, (
        f"With {scheme!r} the weights (400, 100) have the standard deviation {spread:.4f} instead of {wanted}."
        " Do you use the fan_in of the layer itself, and a square root?"
    )
assert_raises(ValueError, lambda: init_layers([2, 2], np.random.default_rng(0), "zeros"), "scheme 'zeros'", "zeros")
# %% nbgrader={"grade": true, "grade_id": "hidden_init_layers", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# The spread of every layer against the formula; the default; normal, not uniform; one generator, one result.
from scipy.stats import kstest

sizes = [90, 250, 160, 400]
formulas = {
    "he": lambda fan_in, fan_out: (2 / fan_in) ** 0.5,
    "xavier": lambda fan_in, fan_out: (2 / (fan_in + fan_out)) ** 0.5,
    "small": lambda fan_in, fan_out: 0.01,
}
for scheme, formula in formulas.items():
    layers = init_layers(sizes, np.random.default_rng(510), scheme)
    assert len(layers) == 3, f"init_layers({sizes}) gave {len(layers)} layers."
    for i, (fan_in, fan_out) in enumerate(zip(sizes, sizes[1:], strict=False)):
        W, b = layers[i]
        assert_array(W, f"W of layer {i}, {scheme}", shape=(fan_in, fan_out), dtype=np.floating)
        assert_array(b, f"b of layer {i}, {scheme}", shape=(fan_out,), dtype=np.floating)
        assert_close(b, np.zeros(fan_out), f"b of layer {i}, {scheme}")
        # At least 22,500 draws: a standard deviation is within 1.5 % of the true one but for a chance below 1 in 1000.
        wanted = formula(fan_in, fan_out)
        assert abs(W.std() / wanted - 1) < 0.02, (
            f"With {scheme!r} W ({fan_in}, {fan_out}) has the standard deviation {W.std():.4f} instead of {wanted:.4f}."
        )
        assert abs(W.mean()) < 0.03 * wanted, f"With {scheme!r} the mean of W is {W.mean():.4f}, not about 0."
        assert kstest(W.ravel() / W.std(), "norm").statistic < 0.02, f"With {scheme!r} the weights are not normal."
default = init_layers([90, 250], np.random.default_rng(1))
assert_close(default[0][0], init_layers([90, 250], np.random.default_rng(1), "he")[0][0], "the default scheme is 'he'")
same, other = (init_layers([4, 3, 4, 3], np.random.default_rng(seed)) for seed in (1, 2))
assert np.abs(same[0][0] - other[0][0]).min() > 0, "Two different generators gave the same weights."
assert np.abs(same[0][0] - same[2][0]).min() > 0, "Two layers have the same weights. Is rng made anew for each?"
for i, (W, b) in enumerate(init_layers((4, 3, 4, 3), np.random.default_rng(1))):
    assert_close(W, same[i][0], "the same generator a second time", "Is anything else than rng used?")
for wrong in ("He", "glorot"):
    assert_raises(
        ValueError, lambda wrong=wrong: init_layers([3, 2], np.random.default_rng(0), wrong), f"scheme {wrong!r}", wrong
    )


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The derivation assumed that weights and activations are independent. That is true at the start alone,
# and the start is all that the scheme sets. It needs no luck: with 100 units the size of the signal wanders by
# about a tenth a layer.
# %% [markdown]
# ### Exercise 11: `mlp_forward` (1.5 points, ★★☆)
#
# Write the forward pass. Return the list of activations $[A_0, A_1, \dots, A_m]$: it begins with `X` itself and ends
# with the probabilities. The check of the shapes is given.
#
# <details><summary>Hint</summary>
# Begin with a list that holds X. Each layer reads the last entry and appends a new one. Only the last layer differs.
# </details>
# %% nbgrader={"grade": false, "grade_id": "mlp_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mlp_forward(X: np.ndarray, layers: list[tuple[np.ndarray, np.ndarray]]) -> list[np.ndarray]:
    """Forward pass of a network with ReLU units and a softmax at the end.

    Parameters
    ----------
    X : ndarray of float, shape (n, d)
    layers : list of (W, b)
        W (fan_in, fan_out), b (fan_out,); at least one layer.

    Returns
    -------
    list of ndarray
        X, then the activations of each hidden layer (n, units), then the class probabilities (n, k).

    Raises
    ------
    ValueError
        If the shapes do not fit; the message names the array and its shape.
    """
    fan_in = X.shape[1]
    for i, (W, b) in enumerate(layers):
        check_shape(f"W of layer {i}", W, (fan_in, W.shape[-1]))
        check_shape(f"b of layer {i}", b, (W.shape[-1],))
        fan_in = W.shape[-1]
    activations = [X]
    # The hidden layers.
    ### BEGIN SOLUTION
    for W, b in layers[:-1]:
        activations.append(relu(activations[-1] @ W + b))
    ### END SOLUTION
    # The last layer.
    ### BEGIN SOLUTION
    W, b = layers[-1]
    activations.append(softmax(activations[-1] @ W + b))
    ### END SOLUTION
    return activations


# %% tags=["try-it"]
layers = init_layers([784, 64, 32, 10], np.random.default_rng(0))
activations = mlp_forward(X_train, layers)
for i, A in enumerate(activations):
    print(f"A_{i}: shape {A.shape}, mean {A.mean():.3f}, share of zeros {np.mean(A == 0):.2f}")
print(f"loss before training {cross_entropy(np.eye(10)[y_train], activations[-1]):.2f}; ln 10 = {np.log(10):.2f}")
# %% nbgrader={"grade": true, "grade_id": "test_mlp_forward", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Two samples by hand. A stand-in from PyTorch takes the place of your relu.
layers_hand = [
    (np.array([[1.0, -1.0, 0.0], [0.0, 1.0, -1.0]]), np.array([1.0, 0.0, 1.0])),
    (np.array([[np.log(2), 0.0], [0.0, 0.0], [5.0, 7.0]]), np.array([-3.0, -3.0])),
]
X_hand = np.array([[1.0, 2.0], [-1.0, 1.0]])
seen = observe(lambda: mlp_forward(X_hand, layers_hand), using={"relu": lambda z: torch.relu(torch.tensor(z)).numpy()})
assert type(seen) is list, f"mlp_forward should return a list, not just one {type(seen).__name__}."
assert len(seen) == 3, f"Two layers gave {len(seen)} activations. Do you count X and the probabilities?"
for i, expected in enumerate([X_hand, np.array([[2, 1, 0], [0, 2, 0]]), np.array([[0.8, 0.2], [0.5, 0.5]])]):
    assert_array(seen[i], f"activation {i}", shape=expected.shape, dtype=np.floating)
    assert_close(
        seen[i], expected.astype(float), f"activation {i}", "ReLU after each hidden layer, softmax after the last?"
    )
# %% nbgrader={"grade": true, "grade_id": "hidden_mlp_forward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against PyTorch, from one layer to five; one sample; one unit in a layer.
rng = np.random.default_rng(511)
for n, sizes in [(1, [3, 4]), (5, [4, 3, 2]), (6, [1, 5, 1, 3]), (3, [6, 4, 7, 2, 5]), (4, [3, 3, 3, 3, 3, 3])]:
    X = rng.normal(size=(n, sizes[0]))
    layers = [(rng.normal(size=(p, q)), rng.normal(size=q)) for p, q in zip(sizes[:-1], sizes[1:], strict=True)]
    with assert_unchanged(X=X, **{f"W{i}": W for i, (W, b) in enumerate(layers)}):
        seen = observe(lambda X=X, layers=layers: mlp_forward(X, layers), using={"relu": lambda z: z.clip(0.0)})
    assert type(seen) is list and len(seen) == len(sizes), (
        f"{len(sizes) - 1} layers should give {len(sizes)} activations."
    )
    A = torch.tensor(X)
    assert_close(seen[0], X, f"activation 0 for sizes {sizes}", "Is it X itself?")
    for i, (W, b) in enumerate(layers):
        A = torch.addmm(torch.tensor(b), A, torch.tensor(W))
        A = torch.softmax(A, dim=1) if i == len(layers) - 1 else torch.relu(A)
        assert_array(seen[i + 1], f"activation {i + 1} for sizes {sizes}", shape=(n, sizes[i + 1]), dtype=np.floating)
        assert_close(seen[i + 1], A.numpy(), f"activation {i + 1} for sizes {sizes}")
for name, W, b in [("(5, 2)", np.ones((5, 2)), np.ones(2)), ("(1,)", np.ones((4, 2)), np.ones(1))]:
    assert_raises(
        ValueError,
        lambda W=W, b=b: mlp_forward(np.ones((2, 3)), [(np.ones((3, 4)), np.ones(4)), (W, b)]),
        f"mlp_forward with an array of shape {name} that does not fit",
        mention=name,
    )


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** About half of the activations of each hidden layer are exactly 0, as the derivation of the He start
# assumed. The first loss lies a little above $\ln 10$: the scores are not 0 but about 0.4 in size, so the untrained network
# already prefers some classes, wrongly.
# %% [markdown]
# ### Exercise 12: `mlp_backward` (2 points, ★★★)
#
# Write the gradients of the mean cross-entropy with respect to all weights and biases, as a list of pairs in the order
# of `layers`. The check of the shapes is given.
#
# <details><summary>Hint</summary>
# Layer <code>i</code> of the list reads <code>activations[i]</code> and writes <code>activations[i + 1]</code>. Go
# through the layers from the last to the first, and turn the list round at the end. Which $W$ leads from $G_l$ to
# $G_{l-1}$?
# </details>
# %% nbgrader={"grade": false, "grade_id": "mlp_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mlp_backward(
    Y: np.ndarray, activations: list[np.ndarray], layers: list[tuple[np.ndarray, np.ndarray]]
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Gradients of the mean cross-entropy of a network with ReLU units and a softmax at the end.

    Parameters
    ----------
    Y : ndarray, shape (n, k)
        One-hot rows.
    activations : list of ndarray
        What `mlp_forward` returned for these layers.
    layers : list of (W, b)

    Returns
    -------
    list of (grad_W, grad_b)
        In the order of `layers`, with the shapes of W and b.

    Raises
    ------
    ValueError
        If the shapes do not fit; the message names the array and its shape.
    """
    check_shape("Y", Y, activations[-1].shape)
    if len(activations) != len(layers) + 1:
        raise ValueError(f"{len(layers)} layers need {len(layers) + 1} activations, got {len(activations)}")
    # At the scores of the last layer, for the mean over samples.
    ### BEGIN SOLUTION
    G = (activations[-1] - Y) / len(Y)
    ### END SOLUTION
    # From the last layer to the first: its weights and biases, then the layer below.
    ### BEGIN SOLUTION
    grads = []
    for i in reversed(range(len(layers))):
        grads.append((activations[i].T @ G, G.sum(axis=0)))
        if i > 0:
            G = (G @ layers[i][0].T) * relu_grad(activations[i])
    ### END SOLUTION
    # In the order of the layers.
    ### BEGIN SOLUTION
    return grads[::-1]
    ### END SOLUTION


# %% [markdown]
# Two judges look at your gradients now: your own finite differences, and PyTorch's automatic differentiation.
# %% tags=["try-it"]
rng = np.random.default_rng(3)
small_net = [(W, b + rng.normal(0.0, 0.1, b.shape)) for W, b in init_layers([5, 8, 6, 3], rng)]
X_try, Y_try = rng.normal(size=(30, 5)), np.eye(3)[rng.integers(0, 3, 30)]
yours = [g for pair in mlp_backward(Y_try, mlp_forward(X_try, small_net), small_net) for g in pair]
flat = [a for pair in small_net for a in pair]


def loss_with(place, value):
    """Loss of the small network with one of its six arrays replaced."""
    arrays = flat[:place] + [value] + flat[place + 1 :]
    return cross_entropy(Y_try, mlp_forward(X_try, list(zip(arrays[::2], arrays[1::2], strict=True)))[-1])


numeric = [numerical_gradient(lambda v, i=i: loss_with(i, v), flat[i]) for i in range(6)]
leaves = [torch.tensor(a, requires_grad=True) for a in flat]
A = torch.tensor(X_try)
for i in (0, 2, 4):
    A = A @ leaves[i] + leaves[i + 1]
    A = torch.relu(A) if i < 4 else A
torch.nn.functional.cross_entropy(A, torch.tensor(Y_try)).backward()
from_torch = [leaf.grad.numpy() for leaf in leaves]
fig, ax = plt.subplots(figsize=(6.4, 3.2))
for others, label, marker in [(numeric, "finite differences", "o"), (from_torch, "torch autograd", "^")]:
    errors = [max(relative_error(a, b), 1e-17) for a, b in zip(yours, others, strict=True)]
    ax.semilogy(range(6), errors, marker=marker, linestyle="", label=f"yours against {label}")
ax.axhline(1e-7, color="0.5", linestyle="--", linewidth=1)
ax.text(5.4, 1.5e-7, "good enough", ha="right", fontsize=9)
ax.set_xticks(range(6), ["$W_1$", "$b_1$", "$W_2$", "$b_2$", "$W_3$", "$b_3$"])
ax.set(ylim=(1e-18, 1e-5), xlim=(-0.5, 5.5), ylabel="relative error", title="Your gradients before two judges")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
count = sum(a.size for pair in init_layers([784, 64, 32, 10], rng) for a in pair)
print(f"the network 784-64-32-10 has {count:,} parameters: finite differences would need {2 * count:,} forward passes")
# %% [markdown]
# And here is scikit-learn's network. It starts from the same weights and makes the same 20 full-batch steps.
# %% tags=["try-it"]
from sklearn.neural_network import MLPClassifier

sizes, steps, lr = [784, 16, 12, 10], 20, 0.2
X_few, y_few = X_train[:300], y_train[:300]
layers = init_layers(sizes, np.random.default_rng(4))
theirs = MLPClassifier(
    hidden_layer_sizes=sizes[1:-1],
    activation="relu",
    solver="sgd",
    alpha=0,
    momentum=0,
    batch_size=300,
    learning_rate_init=lr,
    random_state=0,
)
theirs.partial_fit(X_few, y_few, classes=range(10))  # sets up its arrays; its step is overwritten by our start
for i, (W, b) in enumerate(layers):
    theirs.coefs_[i][:], theirs.intercepts_[i][:] = W, b
for _ in range(steps):
    theirs.partial_fit(X_few, y_few)
    grads = mlp_backward(np.eye(10)[y_few], mlp_forward(X_few, layers), layers)
    layers = [(W - lr * g_W, b - lr * g_b) for (W, b), (g_W, g_b) in zip(layers, grads, strict=True)]
gap = max(np.abs(W - other).max() for (W, b), other in zip(layers, theirs.coefs_, strict=True))
print(f"after {steps} steps no weight differs by more than 1e-10: {bool(gap < 1e-10)}")
print(
    "both predict the same labels:",
    bool((mlp_forward(X_few, layers)[-1].argmax(axis=1) == theirs.predict(X_few)).all()),
)


# %% nbgrader={"grade": true, "grade_id": "test_mlp_backward", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# The two samples of the forward test, by hand. A stand-in from PyTorch takes the place of your relu_grad.
def slope_from_torch(z):
    tensor = torch.tensor(z, requires_grad=True)
    return torch.autograd.grad(torch.relu(tensor).sum(), tensor)[0].numpy()


Y_hand = np.array([[1.0, 0.0], [0.0, 1.0]])
activations_hand = [
    np.array([[1.0, 2.0], [-1.0, 1.0]]),
    np.array([[2.0, 1.0, 0.0], [0.0, 2.0, 0.0]]),
    np.array([[0.8, 0.2], [0.5, 0.5]]),
]
layers_hand = [
    (np.array([[1.0, -1.0, 0.0], [0.0, 1.0, -1.0]]), np.array([1.0, 0.0, 1.0])),
    (np.array([[np.log(2), 0.0], [0.0, 0.0], [5.0, 7.0]]), np.array([-3.0, -3.0])),
]
seen = observe(lambda: mlp_backward(Y_hand, activations_hand, layers_hand), using={"relu_grad": slope_from_torch})
assert type(seen) is list and len(seen) == 2, (
    f"Two layers should give a list of two pairs (grad_W, grad_b); yours is a {type(seen).__name__} of {len(seen)}."
)
assert_array(seen[0][0], "grad_W of the first layer, which stands first,", shape=(2, 3), dtype=np.floating)
assert_array(seen[1][0], "grad_W of the last layer", shape=(3, 2), dtype=np.floating)
c = np.log(2) / 10
assert_close(
    seen[1][0],
    np.array([[-0.2, 0.2], [0.4, -0.4], [0.0, 0.0]]),
    "grad_W of the last layer",
    "Is it the mean over samples? Which activations go into this layer?",
)
assert_close(seen[1][1], np.array([0.15, -0.15]), "grad_b of the last layer", "Is it the sum over the samples?")
assert_close(
    seen[0][0],
    np.array([[-c, 0, 0], [-2 * c, 0, 0]]),
    "grad_W of the first layer",
    "Does the gradient stop where the unit is off?",
)
assert_close(seen[0][1], np.array([-c, 0, 0]), "grad_b of the first layer")
# %% nbgrader={"grade": true, "grade_id": "hidden_mlp_backward", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against automatic differentiation, from one layer to five; one sample; one unit in a layer; units that are off.
rng = np.random.default_rng(512)
for n, sizes in [(1, [3, 4]), (5, [4, 3, 2]), (6, [2, 5, 1, 3]), (7, [6, 4, 7, 2, 5]), (4, [3, 3, 3, 3, 3, 3])]:
    X, y = rng.normal(size=(n, sizes[0])), rng.integers(0, sizes[-1], n)
    Y = np.eye(sizes[-1])[y]
    layers = [
        (rng.normal(size=(p, q)), rng.normal(scale=0.3, size=q)) for p, q in zip(sizes[:-1], sizes[1:], strict=True)
    ]
    leaves = [(torch.tensor(W, requires_grad=True), torch.tensor(b, requires_grad=True)) for W, b in layers]
    tensors = [torch.tensor(X)]
    for W, b in leaves[:-1]:
        tensors.append(torch.relu(tensors[-1] @ W + b))
    scores = tensors[-1] @ leaves[-1][0] + leaves[-1][1]
    torch.nn.functional.cross_entropy(scores, torch.tensor(y)).backward()
    activations = [A.detach().numpy().copy() for A in [*tensors, torch.softmax(scores, dim=1)]]
    watched = {f"W{i}": W for i, (W, b) in enumerate(layers)} | {f"A{i}": A for i, A in enumerate(activations)}
    with assert_unchanged(Y=Y, **watched):
        seen = observe(
            lambda Y=Y, activations=activations, layers=layers: mlp_backward(Y, activations, layers),
            using={"relu_grad": lambda z: np.where(z > 0, 1.0, 0.0), "relu": lambda z: z.clip(0.0)},
        )
    assert type(seen) is list and len(seen) == len(layers), f"{len(layers)} layers should give as many pairs."
    for i, (W, b) in enumerate(leaves):
        what = f"layer {i} of sizes {sizes}"
        assert len(seen[i]) == 2, f"The gradients of {what} should be a pair (grad_W, grad_b)."
        assert_array(seen[i][0], f"grad_W of {what}", shape=layers[i][0].shape, dtype=np.floating)
        assert_array(seen[i][1], f"grad_b of {what}", shape=layers[i][1].shape, dtype=np.floating)
        assert_close(seen[i][0], W.grad.numpy(), f"grad_W of {what}", rtol=1e-6, atol=1e-10)
        assert_close(seen[i][1], b.grad.numpy(), f"grad_b of {what}", rtol=1e-6, atol=1e-10)
assert_raises(
    ValueError,
    lambda: mlp_backward(np.ones((1, 2)), [np.ones((4, 3)), np.full((4, 2), 0.5)], [(np.ones((3, 2)), np.ones(2))]),
    "mlp_backward with Y (1, 2) for 4 samples",
    mention="(1, 2)",
)


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The loop touches each layer once, in the reverse order. It holds for a network of any depth, and it
# contains PS 4's softmax regression as the case of a single layer. Frameworks do nothing else. They keep a list of the
# steps of the forward pass, with a local derivative for each kind of step, and walk back through it. You will build
# such an engine in PS 6.
# %% [markdown]
# ## Three starts, one network
#
# The next cell trains a network with three hidden layers of 64 units on 1,000 digits, from the three kinds of start.
# Everything else is the same.
# %% tags=["try-it"]
def train_mlp(layers, lr, n_epochs):
    """Train your network on the digits with full batches; return the layers and the history."""
    history = {name: [] for name in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    for _ in range(n_epochs):
        grads = mlp_backward(np.eye(10)[y_train], mlp_forward(X_train, layers), layers)
        layers = [(W - lr * g_W, b - lr * g_b) for (W, b), (g_W, g_b) in zip(layers, grads, strict=True)]
        for part, inputs, labels in (("train", X_train, y_train), ("val", X_val, y_val)):
            P = mlp_forward(inputs, layers)[-1]
            history[f"{part}_loss"].append(cross_entropy(np.eye(10)[labels], P))
            history[f"{part}_accuracy"].append(float(np.mean(P.argmax(axis=1) == labels)))
    return layers, history


sizes = [784, 64, 64, 64, 10]
mlp_runs = {
    scheme: train_mlp(init_layers(sizes, np.random.default_rng(0), scheme), 0.1, 60)
    for scheme in ("he", "xavier", "small")
}
for scheme, (layers, history) in mlp_runs.items():
    print(
        f"{scheme:<7} training loss {history['train_loss'][-1]:.3f}, "
        f"validation accuracy {history['val_accuracy'][-1]:.3f}"
    )
ax = plotting.learning_curves(
    {scheme: history for scheme, (layers, history) in mlp_runs.items()}, title="Three hidden layers, three starts"
)
# %% [markdown]
# With `small` the loss hardly moves from $\ln 10$. The signal dies on its way to the last layer, and the gradient dies
# on its way back: the gradient of every weight is a product of an activation and a backward signal, and here both are
# tiny. The jumps of the other two curves are steps that were too long for the place where the network stood; the loss
# recovers from them.
#
# What did the trained network learn? The columns of its first $W$ have the shape of an image, one for each hidden unit.
# %% tags=["try-it"]
W_first = mlp_runs["he"][0][0][0]
before = init_layers(sizes, np.random.default_rng(0), "he")[0][0]
ax = plotting.image_grid(
    (W_first - before).T[:20], columns=10, symmetric=True, title="What training added to the weights of 20 hidden units"
)


# %% [markdown]
# The random start is subtracted, since it would hide the rest. The units learned patterns of strokes, no longer whole
# digits as in PS 4. Some hardly changed. Where a unit is off, no gradient reaches its weights.
# %% [markdown]
# ## Vanishing gradients
#
# Look at the way back once more, now for any activation $\varphi$:
# $\;G_{l-1} = (G_l W_l^\top) \odot \varphi'(Z_{l-1})$. Each layer multiplies by its weights and by a slope. For weights
# of variance $v$ and layers of equal size the mean square of the gradient changes, in each layer, by about
#
# $$\text{fan\_out} \cdot v \cdot E[\varphi'^2] .$$
#
# For the ReLU the slope is 1 in half of the cases, so $E[\varphi'^2] = \frac{1}{2}$, and the He start makes the factor
# 1. For the logistic function $\varphi' \le \frac{1}{4}$. With $\text{fan\_out} \cdot v = 1$, the Xavier start, the
# factor is at most $\frac{1}{16}$, and the size of the gradient, its square root, shrinks at least fourfold in each
# layer. Ten layers make less than $4^{-10} \approx 10^{-6}$ of it.
#
# So much for the estimate. Now measure it.
# %% [markdown]
# ### Exercise 13: `gradient_ratio` (1 point, ★★★)
#
# Measure how much smaller the gradient of the first layer is than that of the last, in an untrained network with
# `depth` hidden layers. The starter draws the inputs (100 samples, 30 inputs), the labels (30 classes) and the layers
# (all of 30 units; He for `relu`, Xavier for `logistic`), in this order. Keep those lines. Then
#
# - go forwards, biases included: every hidden layer uses the activation, the last layer the softmax;
# - go backwards from the mean cross-entropy;
# - return the Frobenius norm of the gradient of the first $W$ over that of the last $W$ (the output layer's).
#
# <details><summary>Hint</summary>
# <code>mlp_forward</code> and <code>mlp_backward</code> know the ReLU alone, so write both loops again with a function
# for the activation and one for its slope. <code>np.linalg.norm</code> of a matrix is the Frobenius norm: the root of
# the sum of squares.
# </details>
# %% nbgrader={"grade": false, "grade_id": "gradient_ratio", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gradient_ratio(depth: int, activation: str, rng: np.random.Generator) -> float:
    """Norm of the first layer's gradient over the last layer's, before training.

    Parameters
    ----------
    depth : int
        Hidden layers, 1 or more.
    activation : {"relu", "logistic"}
        Of every hidden layer.
    rng : np.random.Generator
        Inputs, labels and layers come from it, in this order.

    Returns
    -------
    float
        Frobenius norm of the gradient of the mean cross-entropy with respect to the first W, over that of the last W.

    Raises
    ------
    ValueError
        For another activation; the message contains it.
    """
    if activation not in ("relu", "logistic"):
        raise ValueError(f"activation must be 'relu' or 'logistic', got {activation!r}")
    X, Y = rng.normal(size=(100, 30)), np.eye(30)[rng.integers(0, 30, 100)]
    layers = init_layers([30] * (depth + 2), rng, "he" if activation == "relu" else "xavier")
    # The activation and its slope, as functions.
    ### BEGIN SOLUTION
    act, slope = (relu, relu_grad) if activation == "relu" else (logistic, logistic_grad)
    ### END SOLUTION
    # Forwards, keeping the activations of every layer.
    ### BEGIN SOLUTION
    activations = [X]
    for W, b in layers[:-1]:
        activations.append(act(activations[-1] @ W + b))
    W, b = layers[-1]
    P = softmax(activations[-1] @ W + b)
    ### END SOLUTION
    # Backwards: the gradient of the last W, then down to that of the first.
    ### BEGIN SOLUTION
    G = (P - Y) / len(X)
    last = activations[-1].T @ G
    for i in range(depth, 0, -1):
        G = (G @ layers[i][0].T) * slope(activations[i])
    first = X.T @ G
    ### END SOLUTION
    # The ratio of their norms.
    ### BEGIN SOLUTION
    return float(np.linalg.norm(first) / np.linalg.norm(last))
    ### END SOLUTION


# %% tags=["try-it"]
depths = [1, 2, 4, 6, 8, 10, 12]
fig, ax = plt.subplots(figsize=(6, 3.8))
for i, activation in enumerate(("relu", "logistic")):
    ratios = np.array([[gradient_ratio(n, activation, np.random.default_rng(s)) for s in range(20)] for n in depths])
    ax.fill_between(depths, ratios.min(axis=1), ratios.max(axis=1), color=plotting.COLOURS[i], alpha=0.25)
    ax.semilogy(
        depths, np.median(ratios, axis=1), marker=plotting.MARKERS[i], color=plotting.COLOURS[i], label=activation
    )
    for n, ratio in zip(depths, np.median(ratios, axis=1), strict=True):
        print(f"{activation:<8} {n:2} hidden layers: median ratio {ratio:.1e}")
ax.semilogy(depths, 0.25 ** np.array(depths), color="black", linestyle=":", label=r"$4^{-\mathrm{depth}}$")
ax.set(
    xlabel="hidden layers", ylabel="first gradient / last gradient", title="How much gradient reaches the first layer"
)
legend = ax.legend(title="median, least and largest of 20", fontsize=9, loc="lower left")


# %% nbgrader={"grade": true, "grade_id": "test_gradient_ratio", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# A ReLU network keeps its gradient; a logistic one loses it, more with every layer. Stand-ins from PyTorch take the
# places of your earlier functions.
def layers_from_torch(sizes, rng, scheme="he"):
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    fill = torch.nn.init.kaiming_normal_ if scheme == "he" else torch.nn.init.xavier_normal_
    transposed = [torch.empty(q, p, dtype=torch.float64) for p, q in zip(sizes[:-1], sizes[1:], strict=True)]
    return [(fill(W, generator=generator).T.numpy(), np.zeros(len(W))) for W in transposed]


def forward_from_torch(X, layers):
    found = [torch.tensor(X)]
    for W, b in layers:
        found.append(torch.relu(torch.addmm(torch.tensor(b), found[-1], torch.tensor(W))))
    W, b = (torch.tensor(a) for a in layers[-1])
    found[-1] = torch.softmax(torch.addmm(b, found[-2], W), dim=1)
    return [A.numpy() for A in found]


def backward_from_torch(Y, activations, layers):
    leaves = [torch.tensor(a, requires_grad=True) for pair in layers for a in pair]
    A = torch.tensor(activations[0])
    for i in range(0, len(leaves), 2):
        A = torch.addmm(leaves[i + 1], torch.relu(A) if i > 0 else A, leaves[i])
    torch.nn.functional.cross_entropy(A, torch.tensor(Y)).backward()
    grads = [leaf.grad.numpy() for leaf in leaves]
    return list(zip(grads[::2], grads[1::2], strict=True))


def slope_from_torch(function):
    def slope(value):
        tensor = torch.tensor(value, requires_grad=True)
        return torch.autograd.grad(function(tensor).sum(), tensor)[0].numpy()

    return slope


stand_ins = {
    "init_layers": layers_from_torch,
    "relu": lambda z: torch.relu(torch.tensor(z)).numpy(),
    "relu_grad": slope_from_torch(torch.relu),
    "logistic_grad": lambda p: 1 / (1 / p + 1 / (1 - p)),
    "mlp_forward": forward_from_torch,
    "mlp_backward": backward_from_torch,
}
ratios = observe(
    lambda: {
        (activation, depth): gradient_ratio(depth, activation, np.random.default_rng(0))
        for activation in ("relu", "logistic")
        for depth in (1, 4, 8)
    },
    using=stand_ins,
)
for (activation, depth), ratio in ratios.items():
    assert_number(ratio, f"gradient_ratio({depth}, {activation!r}, rng)")
    low, high = {"relu": (0.05, 20), "logistic": (0.05 * 0.2**depth, 2 * 0.25**depth)}[activation]
    assert low < ratio < high, (
        f"gradient_ratio({depth}, {activation!r}, rng) is {ratio:.3g}; it should lie between {low:.2g} and {high:.2g}."
        " Is it the first over the last, and does the gradient pass one slope a hidden layer?"
    )
assert_raises(ValueError, lambda: gradient_ratio(2, "tanh", np.random.default_rng(0)), "activation 'tanh'", "tanh")


# %% nbgrader={"grade": true, "grade_id": "hidden_gradient_ratio", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against automatic differentiation of the same network: the draws are repeated here, in the order that the text gives.
def draw_layers(sizes, rng, scheme="he"):
    return [
        (rng.normal(size=(p, q)) * np.sqrt(2 / (p if scheme == "he" else p + q)), 0.1 * rng.normal(size=q))
        for p, q in zip(sizes[:-1], sizes[1:], strict=True)
    ]


def forward(X, layers):
    A = [X]
    for i, (W, b) in enumerate(layers):
        z = A[-1] @ W + b
        A.append(z.clip(0.0) if i < len(layers) - 1 else np.exp(z) / np.exp(z).sum(axis=1, keepdims=True))
    return A


def backward(Y, A, layers):
    G, grads = (A[-1] - Y) / len(Y), []
    for i in reversed(range(len(layers))):
        grads = [(np.einsum("np,nq->pq", A[i], G), np.einsum("nq->q", G)), *grads]
        G = np.einsum("nq,pq->np", G, layers[i][0]) * np.heaviside(A[i], 0.0)
    return grads


reference = {
    "init_layers": draw_layers,
    "relu": lambda z: z.clip(0.0),
    "relu_grad": lambda z: np.heaviside(z, 0.0),
    "logistic_grad": lambda p: p - p**2,
    "tanh_grad": lambda h: 1 - h * h,
    "mlp_forward": forward,
    "mlp_backward": backward,
}
functions = {"relu": torch.relu, "logistic": torch.sigmoid}
for depth, activation, seed in [
    (1, "relu", 1),
    (2, "relu", 2),
    (5, "relu", 3),
    (1, "logistic", 4),
    (2, "logistic", 5),
    (6, "logistic", 6),
]:
    seen = observe(
        lambda depth=depth, activation=activation, seed=seed: gradient_ratio(
            depth, activation, np.random.default_rng(seed)
        ),
        using=reference,
    )
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(100, 30)), rng.integers(0, 30, 100)
    drawn = draw_layers([30] * (depth + 2), rng, "he" if activation == "relu" else "xavier")
    leaves = [(torch.tensor(W, requires_grad=True), torch.tensor(b)) for W, b in drawn]
    A = torch.tensor(X)
    for W, b in leaves[:-1]:
        A = functions[activation](A @ W + b)
    torch.nn.functional.cross_entropy(A @ leaves[-1][0] + leaves[-1][1], torch.tensor(y)).backward()
    expected = float(leaves[0][0].grad.norm() / leaves[-1][0].grad.norm())
    assert_number(seen, f"gradient_ratio({depth}, {activation!r}, rng)")
    assert_close(
        seen, expected, f"gradient_ratio({depth}, {activation!r}, rng)", "Are the given draws kept?", rtol=1e-6
    )
### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The measured factor for the logistic function is a little below one quarter a layer, since most units do
# not sit exactly at the steepest place. The ReLU network stays near 1 at every depth, but its spread over seeds grows:
# the factor is 1 on average, and the product of many random factors wanders.
# %% [markdown]
# ### Question 2 (1 point)
#
# Look at the plot of the ratios and at the printed medians. How do the two curves depend on depth, and which property
# of each activation, in the formula for the way back, explains it? What would gradient descent, with one learning rate
# for all layers, do to the first layer of the deepest logistic network?
# %% [markdown] nbgrader={"grade": true, "grade_id": "discuss_vanishing", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# For the ReLU the median ratio stays near 1 from 1 to 12 hidden layers. For the logistic function it falls by a
# constant factor with every layer, a straight line on the logarithmic axis, a little steeper than $4^{-\text{depth}}$.
# On the way back every hidden layer multiplies the gradient by the weights and by the slope of the activation. The
# slope of the logistic function is at most $\frac{1}{4}$ and the Xavier weights do not make up for it, so each layer
# costs a factor of about four. The slope of the ReLU is 1 where the unit is on, and the He start makes up for the half
# that is off. At twelve layers the first layer's gradient is more than ten million times smaller than the last one's. A
# learning rate that suits the last layer leaves the first one at its random start, and a rate that moves the first
# would make the last diverge.
# %% [markdown]
# ## What you learned
#
# - Back-propagation is the chain rule, walked from the loss to the inputs. A value that is used several times collects
#   the sum.
# - Three rules are enough: the loss, a layer of sums, an activation. A gradient has the shape of its value.
# - All gradients together cost about as much as one more forward pass or two.
# - Check a gradient by central differences. A right one agrees to seven digits or more; a wrong one stays wrong for
#   every $\epsilon$.
# - Random starting weights break the symmetry between units, and their size decides whether signal and gradient survive
#   the depth.
#
# **Back and forth.** The gradient at the scores is the one of PS 4. In PS 6 you build an engine that does this walk for
# any formula of scalars, and train the iris network of Part 3 in five ways. PS 7 trains such networks in minibatches.
# PS 8 looks at what hidden units do. In PS 9 batch normalisation keeps the signal in size *during* training, and in
# PS 13 gradients vanish once more, through time.
#
# **Read more.** Rumelhart, Hinton and Williams, *Learning representations by back-propagating errors* (Nature 323,
# 1986); Glorot and Bengio, *Understanding the difficulty of training deep feedforward neural networks* (AISTATS 2010),
# for the Xavier start; He, Zhang, Ren and Sun, *Delving deep into rectifiers* (ICCV 2015), for the He start; *Deep
# Learning* (Goodfellow, Bengio, Courville), section 6.5; Baydin et al., *Automatic differentiation in machine learning:
# a survey* (JMLR 18, 2018).
