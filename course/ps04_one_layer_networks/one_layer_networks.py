# %% [markdown]
# # PS 4: One-layer networks
#
# A network with one layer is the smallest one that can be trained, and it holds every idea that the larger ones need: a
# model that gives probabilities, a loss, a gradient, and a loop that follows it. Here you write all of them yourself, in
# NumPy, and watch them read handwritten digits.
#
# **Goals.** After it you can
#
# - turn scores into probabilities without overflow, for two classes and for many;
# - derive the gradient of the cross-entropy with a pencil, Jacobian of the softmax included;
# - write a training loop, choose its learning rate by looking at curves, and read what the model learned;
# - say why one layer is enough for digits in the middle of an image, and not for a cat somewhere in a photograph.
#
# **Time:** about 4 hours. **Assumed:** gradient descent on a line (PS 1), matrix products and broadcasting in NumPy, the
# chain rule. **Points:** 20, of which 2 are for answers in words.
# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np

from helpers import data, diagrams, plotting
from helpers.checks import assert_array, assert_close, assert_number, assert_raises, assert_unchanged, observe

plotting.use_style()
# %% [markdown]
# ## The data
#
# The digits are images of 28 x 28 pixels with grey values from 0 to 255. One layer knows nothing of rows and columns, so
# each image becomes a row of $28 \cdot 28 = 784$ numbers, divided by 255 to lie in $[0, 1]$. We set aside some training
# images for validation. The test images stay untouched until the end.
#
# | name | shape | what |
# | --- | --- | --- |
# | `X_train`, `y_train` | (2000, 784), (2000,) | what the gradient sees |
# | `X_val`, `y_val` | (1000, 784), (1000,) | what decides between learning rates |
# | `X_test`, `y_test` | (1000, 784), (1000,) | what is reported |
# %% nbgrader={"grade": false, "grade_id": "data", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["setup"]
digits = data.load("mnist")
X_all = digits.X_train.reshape(len(digits.X_train), -1) / 255.0
X_train, y_train = X_all[:2000], digits.y_train[:2000]
X_val, y_val = X_all[2000:3000], digits.y_train[2000:3000]
X_test, y_test = digits.X_test[:1000].reshape(1000, -1) / 255.0, digits.y_test[:1000]
# %% tags=["try-it"]
print(
    f"training {X_train.shape}, validation {X_val.shape}, test {X_test.shape}, pixels in [{X_all.min()}, {X_all.max()}]"
)
ax = plotting.image_grid(
    X_train[:16], titles=y_train[:16], columns=8, title="The first 16 training images and their labels"
)
# %% [markdown]
# # Part 1: two classes
#
# ## From a score to a probability
#
# Let $x$ be one image, a row of $d$ numbers, and let the label $y$ be 0 or 1. The model takes a weighted sum of the pixels,
# its **score**,
#
# $$t = x_1 w_1 + x_2 w_2 + \dots + x_d w_d + b = x \cdot w + b ,$$
#
# and squashes it into $(0, 1)$ with the **logistic function**. The result is the model's probability that $y$ is 1.
#
# $$\hat y = \sigma(t) = \frac{1}{1 + e^{-t}} .$$
#
# The weights $w$ have shape $(d,)$. The bias $b$ is one number.
# %% tags=["try-it"]
ax = diagrams.network(
    [784, 1], labels=["pixels $x$", r"$\hat y = \sigma(x \cdot w + b)$"], title="A network with one unit"
)
t_axis = np.linspace(-8, 8, 200)
fig, ax = plt.subplots(figsize=(5, 2.8))
ax.plot(t_axis, 0.5 * (1 + np.tanh(t_axis / 2)))
ax.axhline(0.5, color="0.6", linewidth=0.8)
limits = ax.set(xlabel="score $t$", ylabel=r"$\sigma(t)$", title="The logistic function")


# %% [markdown]
# Notice three things about the curve. A score of 0 means "no idea": probability one half. Far from 0 the curve is flat: the
# model is sure, and a little more score changes nothing. And the curve is symmetric: $\sigma(-t) = 1 - \sigma(t)$.
#
# On a computer the formula has a flaw. For $t = -1000$ it asks for $e^{1000}$, which is too large for a float: NumPy warns
# and returns infinity. Multiply numerator and denominator by $e^{t}$ to get a form that is harmless for negative scores:
#
# $$\sigma(t) = \frac{1}{1 + e^{-t}} = \frac{e^{t}}{e^{t} + 1} .$$
#
# Each form is safe on one side. In both, the exponent that is needed is $-|t|$, which is never positive.
# %% [markdown]
# ### Exercise 1: `logistic` (1.5 points, ★☆☆)
#
# Write $\sigma$ for an array of any shape. No score with $|t| \le 10^4$ may cause an overflow warning. Small probabilities
# must keep their digits: for $t = -40$ the result is about $e^{-40}$, not 0.
#
# <details><summary>Hint</summary>
# Compute $e^{-|t|}$ first. Which of the two forms can be written with it for $t \ge 0$, and which for $t &lt; 0$?
# <code>np.where</code> chooses between two arrays.
# </details>
# %% nbgrader={"grade": false, "grade_id": "logistic", "locked": false, "schema_version": 3, "solution": true, "task": false}
def logistic(t: np.ndarray) -> np.ndarray:
    """Logistic function, element by element, without overflow.

    Parameters
    ----------
    t : ndarray of float or int, any shape
        Scores.

    Returns
    -------
    ndarray of float, the shape of t
        1 / (1 + exp(-t)), in [0, 1].
    """
    # An exponential that cannot overflow.
    ### BEGIN SOLUTION
    e = np.exp(-np.abs(t))
    ### END SOLUTION
    # The form for t >= 0 where t >= 0, the other one elsewhere.
    ### BEGIN SOLUTION
    return np.where(t >= 0, 1.0, e) / (1.0 + e)
    ### END SOLUTION


# %% tags=["try-it"]
t_axis = np.linspace(-8, 8, 200)
fig, ax = plt.subplots(figsize=(5, 3))
ax.plot(t_axis, logistic(t_axis), label="yours")
ax.plot(
    t_axis, 0.5 * (1 + np.tanh(t_axis / 2)), linestyle=":", color="black", label=r"$\frac{1}{2}(1 + \tanh\frac{t}{2})$"
)
ax.set(xlabel="score $t$", ylabel="probability")
legend = ax.legend()
print("at -10000, 0 and 10000:", logistic(np.array([-1e4, 0.0, 1e4])))
# %% nbgrader={"grade": true, "grade_id": "test_logistic", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Three scores whose probabilities are known: 0, ln 3 and -ln 3. Then one that overflows if nothing is done about it.
seen = logistic(np.array([[0.0, np.log(3), -np.log(3)]]))
assert_array(seen, "logistic of a (1, 3) array", shape=(1, 3), dtype=np.floating)
assert_close(seen, np.array([[0.5, 0.75, 0.25]]), "logistic([[0, ln 3, -ln 3]])", "Is the sign of the exponent right?")
assert_close(logistic(np.array([-800.0, 800.0])), np.array([0.0, 1.0]), "logistic([-800, 800])", "Did exp overflow?")
# %% nbgrader={"grade": true, "grade_id": "hidden_logistic", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against SciPy, on several shapes and dtypes; then the far ends with every warning turned into an error.
import warnings

from scipy.special import expit

rng = np.random.default_rng(41)
for shape in [(1,), (6,), (3, 5), (2, 3, 4)]:
    t = rng.normal(scale=6.0, size=shape)
    with assert_unchanged(t=t):
        seen = logistic(t)
    assert_array(seen, f"logistic of shape {shape}", shape=shape, dtype=np.floating)
    assert_close(seen, expit(t), f"logistic of shape {shape}")
whole = np.array([-3, -1, 0, 1, 2])
assert_close(
    logistic(whole), expit(whole.astype(float)), "logistic of integers", "Was a float written into an int array?"
)
single = rng.normal(size=4).astype(np.float32)
assert_close(logistic(single), expit(single), "logistic of float32", rtol=1e-5)
ends = np.array([-1e4, -750.0, -709.0, 709.0, 750.0, 1e4])


def far_ends():
    t = ends.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return logistic(t), t


seen, t = observe(far_ends)
assert_array(seen, "logistic far from 0", shape=(6,), dtype=np.floating)
# exp(-500) is about 1e-217: scores clipped so far out are as good as any.
assert_close(seen, expit(ends), "logistic far from 0", atol=1e-200)
assert_close(t, ends, "t after the call", "Was the argument changed in place?")
small = np.array([-40.0, -100.0])
assert_close(
    logistic(small), np.exp(small), "logistic([-40, -100])", "Small probabilities should keep their digits.", atol=0.0
)


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** `np.where` computes both of its branches, so choosing between the two textbook forms with it would still
# overflow in the branch that is thrown away. Computing $e^{-|t|}$ once avoids that. The form
# $\frac{1}{2}(1 + \tanh\frac{t}{2})$ cannot overflow either, but loses the digits of small probabilities: it gives exactly 0
# for $t = -40$, where the true value is about $e^{-40}$. Clipping $t$ has the same weakness beyond the clip.
# %% [markdown]
# ## All samples at once
#
# Stack the $n$ images as rows of $X$, shape $(n, d)$. Then one matrix product gives all scores:
#
# $$t = X w + b, \qquad \underbrace{X}_{(n, d)}\;\underbrace{w}_{(d,)} \;\to\; \underbrace{t}_{(n,)}, \qquad \hat y = \sigma(t).$$
#
# The bias is added to every entry by broadcasting.
# %% [markdown]
# ### Exercise 2: `forward_binary` (1 point, ★☆☆)
#
# Write the forward pass. Use your `logistic`.
#
# <details><summary>Hint</summary>
# <code>X @ w</code> is the matrix product. Check its shape on paper first.
# </details>
# %% nbgrader={"grade": false, "grade_id": "forward_binary", "locked": false, "schema_version": 3, "solution": true, "task": false}
def forward_binary(X: np.ndarray, w: np.ndarray, b: float) -> np.ndarray:
    """Probability of class 1 for each sample.

    Parameters
    ----------
    X : ndarray of float, shape (n, d)
    w : ndarray of float, shape (d,)
    b : float

    Returns
    -------
    ndarray of float, shape (n,)
        In [0, 1].
    """
    # Scores, then probabilities.
    ### BEGIN SOLUTION
    return logistic(X @ w + b)
    ### END SOLUTION


# %% tags=["try-it"]
w_random = np.random.default_rng(0).normal(0.0, 0.1, 784)
print("untrained:", forward_binary(X_train[:6], w_random, 0.0).round(2))
# %% nbgrader={"grade": true, "grade_id": "test_forward_binary", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Two samples by hand: their scores are ln 3 + b and b. A stand-in from SciPy takes the place of your logistic.
from scipy.special import expit

X_hand, w_hand = np.array([[1.0, 5.0], [0.0, 7.0]]), np.array([np.log(3), 0.0])
for b_hand, expected in [(0.0, [0.75, 0.5]), (-np.log(3), [0.5, 0.25])]:
    seen = observe(lambda b=b_hand: forward_binary(X_hand, w_hand, b), using={"logistic": expit})
    assert_array(seen, "forward_binary of 2 samples", shape=(2,), dtype=np.floating)
    assert_close(
        seen, np.array(expected), f"forward_binary with b = {b_hand:.2f}", "Did you add b before the logistic?"
    )
# %% nbgrader={"grade": true, "grade_id": "hidden_forward_binary", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against scikit-learn's own forward pass with the same weights.
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

rng = np.random.default_rng(42)
for n, d in [(1, 3), (5, 1), (9, 4), (4, 4)]:
    X, w, b = rng.normal(size=(n, d)), rng.normal(size=d), float(rng.normal())
    model = LogisticRegression()
    model.classes_, model.coef_, model.intercept_ = np.array([0, 1]), w[None], np.array([b])
    with assert_unchanged(X=X, w=w):
        seen = observe(lambda X=X, w=w, b=b: forward_binary(X, w, b), using={"logistic": expit})
    assert_array(seen, f"forward_binary of X ({n}, {d})", shape=(n,), dtype=np.floating)
    assert_close(seen, model.predict_proba(X)[:, 1], f"forward_binary of X ({n}, {d})")


### END HIDDEN TESTS
# %% [markdown]
# ## How wrong is a probability?
#
# The model should give the observed labels a high probability. It gives one sample's label the probability $\hat y$ if
# $y = 1$, and $1 - \hat y$ if $y = 0$. Both cases fit into one expression:
#
# $$P(y) = \hat y^{\,y}\,(1 - \hat y)^{1 - y}.$$
#
# The samples are independent, so the probability of all labels is the product over samples. A product of thousands of
# numbers below 1 underflows, and a sum is easier to differentiate. So take minus the logarithm, and the mean. This is the
# **binary cross-entropy**:
#
# $$L = -\frac{1}{n} \sum_{i=1}^{n} \Big[ y_i \ln \hat y_i + (1 - y_i) \ln (1 - \hat y_i) \Big] \;\ge 0 .$$
#
# A model that always says one half has the loss $\ln 2 \approx 0.693$. Remember this number: an untrained model starts there.
#
# In floating point $\hat y$ can be exactly 0 or 1, and $\ln 0 = -\infty$. A single such sample would make the loss infinite and
# hide all others. So keep $\hat y$ away from 0 and 1 by a tiny amount before you take logarithms.
# %% [markdown]
# ### Exercise 3: `binary_cross_entropy` (1.5 points, ★★☆)
#
# Write the loss. It must be finite, and computed without a warning, where $\hat y$ is exactly 0 or 1. Probabilities further
# than $10^{-7}$ from both must count as they are. If the shapes differ, raise a `ValueError` whose message contains both shapes:
# NumPy would otherwise broadcast $(n,)$ against $(n, 1)$ to $(n, n)$ and return a plausible number.
#
# <details><summary>Hint</summary>
# <code>np.clip(a, low, high)</code> returns a copy with the values moved into [low, high].
# </details>
# %% nbgrader={"grade": false, "grade_id": "binary_cross_entropy", "locked": false, "schema_version": 3, "solution": true, "task": false}
def binary_cross_entropy(y: np.ndarray, y_hat: np.ndarray) -> float:
    """Mean negative log-likelihood of labels in {0, 1}.

    Parameters
    ----------
    y : ndarray, shape (n,)
        Labels 0 or 1, as int or float.
    y_hat : ndarray of float, shape (n,)
        Probabilities of label 1, in [0, 1].

    Returns
    -------
    float
        In nats; finite even where y_hat is exactly 0 or 1.

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
    # Keep the probabilities away from 0 and 1.
    ### BEGIN SOLUTION
    p = np.clip(y_hat, 1e-12, 1 - 1e-12)
    ### END SOLUTION
    # The mean over samples.
    ### BEGIN SOLUTION
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))
    ### END SOLUTION


# %% tags=["try-it"]
p_axis = np.linspace(0.001, 0.999, 300)
fig, ax = plt.subplots(figsize=(5, 3))
for label, style in [(1, "-"), (0, "--")]:
    ax.plot(
        p_axis, [binary_cross_entropy(np.array([label]), np.array([p])) for p in p_axis], style, label=f"$y = {label}$"
    )
ax.set(xlabel=r"predicted probability $\hat y$", ylabel="loss of one sample (nats)", title="Your cross-entropy")
legend = ax.legend()
# %% [markdown]
# To be wrong and unsure is cheap. To be wrong and certain is very expensive: the curves rise without bound.
# %% nbgrader={"grade": true, "grade_id": "test_binary_cross_entropy", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Two samples whose loss is -ln 0.75 each, two certain mistakes, and arrays that do not fit.
seen = binary_cross_entropy(np.array([1.0, 0.0]), np.array([0.75, 0.25]))
assert_number(seen, "binary_cross_entropy([1, 0], [0.75, 0.25])")
assert_close(
    seen, -np.log(0.75), "binary_cross_entropy([1, 0], [0.75, 0.25])", "Is it the mean, with a minus sign?", rtol=1e-6
)
assert_number(binary_cross_entropy(np.array([1.0, 0.0]), np.array([0.0, 1.0])), "the loss of two certain mistakes")
assert_raises(
    ValueError,
    lambda: binary_cross_entropy(np.array([1.0, 0.0]), np.array([[0.5], [0.5]])),
    "binary_cross_entropy with y (2,) and y_hat (2, 1)",
    mention="(2, 1)",
)
# %% nbgrader={"grade": true, "grade_id": "hidden_binary_cross_entropy", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against scikit-learn; then the ends of the interval with warnings as errors.
import warnings

from sklearn.metrics import log_loss

rng = np.random.default_rng(43)
for n in (1, 5, 60):
    y, y_hat = rng.integers(0, 2, n), rng.uniform(0.001, 0.999, n)
    with assert_unchanged(y=y, y_hat=y_hat):
        seen = binary_cross_entropy(y, y_hat)
    assert_number(seen, f"binary_cross_entropy of {n} samples")
    # A clip at 1e-7 moves the loss of p = 0.001 by nothing; 1e-6 leaves room for rounding alone.
    assert_close(seen, log_loss(y, y_hat, labels=[0, 1]), f"binary_cross_entropy of {n} samples", rtol=1e-6)
assert_close(
    binary_cross_entropy(np.array([1.0, 0.0]), np.array([1e-6, 0.5])),
    (np.log(1e6) + np.log(2)) / 2,
    "binary_cross_entropy([1, 0], [1e-6, 0.5])",
    "Are probabilities above 1e-7 left as they are?",
    rtol=1e-6,
)
assert_close(
    binary_cross_entropy(np.array([0, 1]), np.array([1 - 1e-6, 0.5])),
    (np.log(1e6) + np.log(2)) / 2,
    "binary_cross_entropy([0, 1], [1 - 1e-6, 0.5])",
    rtol=1e-5,
)


def at_the_ends():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pairs = [([1.0], [1.0]), ([0.0], [0.0]), ([1.0, 1.0], [0.0, 0.5]), ([0.0, 0.0], [1.0, 0.5])]
        return [binary_cross_entropy(np.array(y), np.array(y_hat)) for y, y_hat in pairs]


right_one, right_zero, wrong_zero, wrong_one = observe(at_the_ends)
for value in (right_one, right_zero):
    assert_number(value, "the loss of a certain and right prediction")
    assert abs(value) < 1e-6, f"A prediction that is certain and right should cost nothing; yours costs {value}."
for value in (wrong_zero, wrong_one):
    assert_number(value, "the loss of a certain mistake")
    assert 5 < value < 400, f"A certain mistake should be very expensive, and finite; yours costs {value}."
y, y_hat = np.array([1.0, 0.0, 1.0]), np.array([0.0, 1.0, 1e-9])
with assert_unchanged(y=y, y_hat=y_hat):
    binary_cross_entropy(y, y_hat)
assert_raises(
    ValueError, lambda: binary_cross_entropy(np.ones(3), np.full(1, 0.5)), "y (3,) and y_hat (1,)", mention="(1,)"
)
assert_raises(
    ValueError, lambda: binary_cross_entropy(np.ones((3, 1)), np.full(3, 0.5)), "y (3, 1), y_hat (3,)", mention="(3, 1)"
)
### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The clip changes the loss only where it would be enormous anyway. Where to clip is a choice: with $10^{-12}$ a
# certain mistake costs $12 \ln 10 \approx 27.6$. Libraries avoid the question by computing the loss from the score $t$ instead of the
# probability; PS 8 does that.
# %% [markdown]
# ## The gradient
#
# We want $\partial L / \partial w$ and $\partial L / \partial b$. Follow one sample through the graph.
# %% tags=["try-it"]
ax = diagrams.computation_graph(
    {
        "x": (0, 0, "$x$"),
        "w": (0, 1, "$w$"),
        "b": (0, 2, "$b$"),
        "t": (1, 1, r"$t = x \cdot w + b$"),
        "p": (2, 1, r"$\hat y = \sigma(t)$"),
        "L": (3, 1, "loss $L$"),
    },
    [
        ("x", "t", "", ""),
        ("w", "t", "", r"$(\hat y - y)\,x$"),
        ("b", "t", "", r"$\hat y - y$"),
        ("t", "p", "$t$", r"$\hat y - y$"),
        ("p", "L", r"$\hat y$", r"$\frac{1-y}{1-\hat y}-\frac{y}{\hat y}$"),
    ],
    title="One sample: values go right, gradients of the loss come back",
)


# %% [markdown]
# **From the loss to the probability.** For one sample $L = -y \ln \hat y - (1-y) \ln (1 - \hat y)$, so
#
# $$\frac{\partial L}{\partial \hat y} = -\frac{y}{\hat y} + \frac{1-y}{1-\hat y} = \frac{\hat y - y}{\hat y (1 - \hat y)} .$$
#
# The last step puts both fractions over one denominator: $-y(1 - \hat y) + (1-y)\hat y = \hat y - y$.
#
# **From the probability to the score.** With $\sigma(t) = (1 + e^{-t})^{-1}$,
#
# $$\sigma'(t) = \frac{e^{-t}}{(1 + e^{-t})^2} = \frac{1}{1 + e^{-t}} \cdot \frac{e^{-t}}{1 + e^{-t}} = \hat y \, (1 - \hat y) .$$
#
# **Together** the denominators cancel:
#
# $$\frac{\partial L}{\partial t} = \frac{\partial L}{\partial \hat y} \, \sigma'(t) = \hat y - y .$$
#
# The gradient with respect to the score is the *error of the prediction*. That is why the logistic function and the
# cross-entropy belong together.
#
# **From the score to the parameters.** $t = \sum_j x_j w_j + b$, so $\partial t / \partial w_j = x_j$ and $\partial t / \partial b = 1$. For the mean over $n$
# samples
#
# $$\frac{\partial L}{\partial w_j} = \frac{1}{n} \sum_{i=1}^n (\hat y_i - y_i)\, X_{ij}, \qquad \frac{\partial L}{\partial b} = \frac{1}{n} \sum_{i=1}^n (\hat y_i - y_i) .$$
#
# The first sum runs over samples, the rows of $X$. As a product of matrices it is $X^\top$, of shape $(d, n)$, times the
# errors, of shape $(n,)$. The result has the shape of $w$.
# %% [markdown]
# ### Exercise 4: `backward_binary` (2 points, ★★☆)
#
# Write the gradient of the *mean* cross-entropy. It needs the probabilities, not the weights. The check of the shapes is given.
#
# <details><summary>Hint</summary>
# What shape has <code>X.T @ (y_hat - y)</code>?
# </details>
# %% nbgrader={"grade": false, "grade_id": "backward_binary", "locked": false, "schema_version": 3, "solution": true, "task": false}
def backward_binary(X: np.ndarray, y: np.ndarray, y_hat: np.ndarray) -> tuple[np.ndarray, float]:
    """Gradient of the mean binary cross-entropy with respect to the weights and the bias.

    Parameters
    ----------
    X : ndarray of float, shape (n, d)
    y : ndarray, shape (n,)
        Labels 0 or 1.
    y_hat : ndarray of float, shape (n,)
        The model's probabilities.

    Returns
    -------
    grad_w : ndarray of float, shape (d,)
    grad_b : float

    Raises
    ------
    ValueError
        If y and y_hat are not of shape (n,).
    """
    if not y.shape == y_hat.shape == (len(X),):
        raise ValueError(f"y {y.shape} and y_hat {y_hat.shape} must both be ({len(X)},)")
    # The gradient with respect to each score, for the mean over samples.
    ### BEGIN SOLUTION
    grad_t = (y_hat - y) / len(X)
    ### END SOLUTION
    # From the scores to the weights and the bias.
    ### BEGIN SOLUTION
    return X.T @ grad_t, float(grad_t.sum())
    ### END SOLUTION


# %% [markdown]
# Trust no gradient before you have checked it. The next cell nudges one weight by $\pm\epsilon$ and compares
# $\frac{L(w + \epsilon) - L(w - \epsilon)}{2 \epsilon}$ with your gradient, for eight weights of a small random problem.
# %% tags=["try-it"]
rng = np.random.default_rng(1)
X_try, y_try, w_try, b_try = rng.normal(size=(20, 8)), rng.integers(0, 2, 20), rng.normal(size=8), 0.3
grad_w, grad_b = backward_binary(X_try, y_try, forward_binary(X_try, w_try, b_try))
numeric = [
    (
        binary_cross_entropy(y_try, forward_binary(X_try, w_try + step, b_try))
        - binary_cross_entropy(y_try, forward_binary(X_try, w_try - step, b_try))
    )
    / 2e-6
    for step in 1e-6 * np.eye(8)
]
fig, ax = plt.subplots(figsize=(5, 3))
ax.bar(np.arange(8) - 0.2, grad_w, width=0.4, label="your gradient")
ax.bar(np.arange(8) + 0.2, numeric, width=0.4, color="0.7", label="finite differences")
ax.axhline(0, color="black", linewidth=0.8)
ax.set(xlabel="weight", ylabel=r"$\partial L / \partial w_j$", title="Each pair of bars must be equal")
legend = ax.legend()
# %% nbgrader={"grade": true, "grade_id": "test_backward_binary", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Two samples by hand: the errors are -0.25 and 0.25.
seen_w, seen_b = backward_binary(np.array([[1.0, 2.0, 0.0], [3.0, 0.0, 4.0]]), np.array([1, 0]), np.array([0.75, 0.25]))
assert_array(seen_w, "grad_w for X (2, 3)", shape=(3,), dtype=np.floating)
assert_close(seen_w, np.array([0.25, -0.25, 0.5]), "grad_w", "Did you take the mean over samples, and y_hat minus y?")
assert_number(seen_b, "grad_b")
assert_close(seen_b, 0.0, "grad_b", "Is it the mean of the errors?")
# %% nbgrader={"grade": true, "grade_id": "hidden_backward_binary", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against automatic differentiation of PyTorch's loss at the same probabilities.
import torch

rng = np.random.default_rng(44)
for n, d in [(1, 4), (6, 1), (8, 3), (5, 5), (3, 9)]:
    X, y, y_hat = rng.normal(size=(n, d)), rng.integers(0, 2, n), rng.uniform(0.02, 0.98, n)
    with assert_unchanged(X=X, y=y, y_hat=y_hat):
        grad_w, grad_b = backward_binary(X, y, y_hat)
    assert_array(grad_w, f"grad_w for X ({n}, {d})", shape=(d,), dtype=np.floating)
    assert_number(grad_b, f"grad_b for X ({n}, {d})")
    # Parameters (0, 0) plus an offset a sample give exactly the scores of y_hat.
    w, b = (
        torch.zeros(d, dtype=torch.float64, requires_grad=True),
        torch.zeros((), dtype=torch.float64, requires_grad=True),
    )
    scores = torch.tensor(X) @ w + b + torch.logit(torch.tensor(y_hat))
    torch.nn.functional.binary_cross_entropy_with_logits(scores, torch.tensor(y, dtype=torch.float64)).backward()
    assert_close(grad_w, w.grad.numpy(), f"grad_w for X ({n}, {d})", rtol=1e-6, atol=1e-10)
    assert_close(grad_b, float(b.grad), f"grad_b for X ({n}, {d})", rtol=1e-6, atol=1e-10)


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The weights do not appear in the gradient: at the last layer only the errors and the inputs count. A pixel
# that is always 0, such as a corner, has the gradient 0 and so keeps its random starting weight for ever.
# %% [markdown]
# ## The training loop
#
# Now put the pieces together. One **epoch** is one pass over the training set, and with full batches it makes one step:
#
# $$w \leftarrow w - \eta \, \frac{\partial L}{\partial w}, \qquad b \leftarrow b - \eta \, \frac{\partial L}{\partial b},$$
#
# where $\eta$ is the learning rate `lr`. To see what happens we keep a **history**: four lists with one entry an epoch,
# measured *after* the epoch's step, on the training and on the validation set.
#
# The weights start at small random numbers. Small, so that every probability begins near one half and no unit is stuck
# where the logistic function is flat.
# %% [markdown]
# ### Exercise 5: `train_binary` (2.5 points, ★★☆)
#
# Fill the gaps of the loop: the start, the step, the measurement. Use your functions from above. Draw the starting weights from `rng` with a standard deviation of
# about 0.01. With `n_epochs = 0` return the start and four empty lists.
#
# The accuracy is the share of samples on the right side of one half: the predicted label is 1 where $\hat y \ge \frac{1}{2}$.
#
# <details><summary>Hint</summary>
# A dict comprehension makes the four empty lists. Write <code>w = w - lr * grad_w</code>; what would <code>w -= ...</code> do to
# an array that somebody else still holds?
# </details>
# %% nbgrader={"grade": false, "grade_id": "train_binary", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_binary(
    X: np.ndarray,
    y: np.ndarray,
    X_val: np.ndarray,
    y_val: np.ndarray,
    lr: float,
    n_epochs: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, float, dict[str, list[float]]]:
    """Fit logistic regression by full-batch gradient descent.

    Parameters
    ----------
    X, X_val : ndarray of float, shapes (n, d) and (m, d)
        Training and validation inputs.
    y, y_val : ndarray, shapes (n,) and (m,)
        Labels 0 or 1.
    lr : float
        Learning rate.
    n_epochs : int
        Number of steps, 0 or more.
    rng : np.random.Generator
        The starting weights come from it: standard deviation about 0.01. The bias starts at 0.

    Returns
    -------
    w : ndarray of float, shape (d,)
    b : float
    history : dict of lists of length n_epochs
        ``train_loss``, ``val_loss``, ``train_accuracy``, ``val_accuracy``, each measured after the epoch's step.
    """
    # Small random weights, no bias, an empty history.
    ### BEGIN SOLUTION
    w, b = rng.normal(0.0, 0.01, X.shape[1]), 0.0
    history = {name: [] for name in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    ### END SOLUTION
    for _ in range(n_epochs):
        # The gradient at the present weights, then one step against it.
        ### BEGIN SOLUTION
        grad_w, grad_b = backward_binary(X, y, forward_binary(X, w, b))
        w, b = w - lr * grad_w, b - lr * grad_b
        ### END SOLUTION
        # Loss and accuracy after the step, on both sets.
        ### BEGIN SOLUTION
        for part, inputs, target in (("train", X, y), ("val", X_val, y_val)):
            p = forward_binary(inputs, w, b)
            history[f"{part}_loss"].append(binary_cross_entropy(target, p))
            history[f"{part}_accuracy"].append(float(np.mean((p >= 0.5) == target)))
        ### END SOLUTION
    return w, b, history


# %% [markdown]
# Sevens against nines is the hard pair from PS 2. The next cell trains on it with four learning rates.
# %% tags=["try-it"]
pair_train, pair_val = np.isin(y_train, (7, 9)), np.isin(y_val, (7, 9))
X_pair, y_pair = X_train[pair_train], (y_train[pair_train] == 9).astype(int)
X_pair_val, y_pair_val = X_val[pair_val], (y_val[pair_val] == 9).astype(int)
runs = {
    lr: train_binary(X_pair, y_pair, X_pair_val, y_pair_val, lr, 150, np.random.default_rng(0))
    for lr in (0.01, 0.05, 0.2, 1.0)
}
for lr, (w, b, history) in runs.items():
    print(
        f"lr {lr:4}: train loss {history['train_loss'][-1]:.3f}, validation accuracy {history['val_accuracy'][-1]:.3f}"
    )
ax = plotting.learning_curves(
    {f"lr {lr}": history for lr, (w, b, history) in runs.items()}, title="7 against 9: your training loop, four rates"
)
ax.set_yscale("log")
# %% [markdown]
# The loss axis is logarithmic. All runs start near $\ln 2 \approx 0.69$. The first point of a curve is one step later, so it lies
# lower the larger the rate. A small rate is slow. The largest one overshoots after its first step, far above its start, and in the
# end overtakes the others.
#
# The weights have the shape of an image, so look at them as one. Where the map is positive, ink speaks for a 9. Where it
# is negative, ink speaks for a 7.
# %% tags=["try-it"]
w, b, history = runs[0.2]
ax = plotting.image_grid(
    np.stack([X_pair[y_pair == 0].mean(axis=0), X_pair[y_pair == 1].mean(axis=0)]),
    titles=["mean 7", "mean 9"],
    title="The two classes",
)
ax = plotting.image_grid(w[None], symmetric=True, title="Your weights")
# %% nbgrader={"grade": true, "grade_id": "test_train_binary", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Two clouds of points that a line separates well. Stand-ins take the places of your earlier functions, so that this
# test depends on your loop alone. Their derivative of a loss L along a parameter is Im L(parameter + ih) / h.
from scipy.special import expit, logit, rel_entr


def loss_from_scipy(y, y_hat):
    return float(np.mean(rel_entr(y, y_hat) + rel_entr(1 - y, 1 - y_hat)))


def gradient_by_complex_steps(X, y, y_hat, h=1e-20):
    scores = logit(np.clip(y_hat, 1e-9, 1 - 1e-9))
    moved = [scores + 1j * h * inputs for inputs in (*X.T, np.ones(len(X)))]
    gradient = [float(np.mean(np.log(1 + np.exp(s)) - y * s).imag / h) for s in moved]
    return np.array(gradient[:-1]), gradient[-1]


stand_ins = {
    "logistic": expit,
    "forward_binary": lambda X, w, b: expit(np.einsum("nd,d->n", X, w) + b),
    "binary_cross_entropy": loss_from_scipy,
    "backward_binary": gradient_by_complex_steps,
}
rng = np.random.default_rng(5)
y_clouds = rng.integers(0, 2, 60)
X_clouds = rng.normal(size=(60, 2)) + 2.0 * y_clouds[:, None]
w, b, history = observe(
    lambda: train_binary(X_clouds[:40], y_clouds[:40], X_clouds[40:], y_clouds[40:], 0.5, 30, np.random.default_rng(0)),
    using=stand_ins,
)
assert_array(w, "w", shape=(2,), dtype=np.floating)
assert_number(b, "b")
for name in ("train_loss", "val_loss", "train_accuracy", "val_accuracy"):
    assert name in history, f"The history has no {name!r}; it has {sorted(history)}."
    assert len(history[name]) == 30, (
        f"history[{name!r}] has {len(history[name])} entries after 30 epochs. One an epoch?"
    )
first, last = history["train_loss"][0], history["train_loss"][-1]
assert abs(first - np.log(2)) < 0.2, (
    f"The first loss is {first:.3f}, far from ln 2. Are the starting weights small, the steps downhill?"
)
assert last < 0.6 * first, f"The loss went from {first:.3f} to {last:.3f}. Does the step go against the gradient?"
assert 0.8 <= history["val_accuracy"][-1] <= 1, f"The validation accuracy ends at {history['val_accuracy'][-1]}."
# %% nbgrader={"grade": true, "grade_id": "hidden_train_binary", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# The start is read off a run of no epochs; from it, every later number follows by independent arithmetic.
from sklearn.metrics import accuracy_score, log_loss


def sigmoid(t):
    return 0.5 * (1 + np.tanh(t / 2))


reference = {
    "logistic": sigmoid,
    "forward_binary": lambda X, w, b: sigmoid(X @ w + b),
    "binary_cross_entropy": lambda y, p: float(-np.mean(np.where(y == 1, np.log(p), np.log1p(-p)))),
    "backward_binary": lambda X, y, p: ((p - y) @ X / len(y), float(np.mean(p - y))),
}
rng = np.random.default_rng(45)
n, m, d = 30, 17, 4
X, X_v = rng.normal(size=(n, d)), rng.normal(size=(m, d))
y, y_v = rng.integers(0, 2, n), rng.integers(0, 2, m)


def run(lr, n_epochs, seed):
    return observe(lambda: train_binary(X, y, X_v, y_v, lr, n_epochs, np.random.default_rng(seed)), using=reference)


with assert_unchanged(X=X, y=y, X_val=X_v, y_val=y_v):
    w, b, history = run(0.7, 0, 3)
assert_array(w, "w after no epochs", shape=(d,), dtype=np.floating)
assert 0 < np.abs(w).max() < 0.2, (
    f"The starting weights reach {np.abs(w).max():.3g}; they should be small, and not all 0."
)
assert len(set(w.tolist())) == d, "The starting weights are all the same number. Are they drawn from rng?"
assert float(b) == 0.0, f"The bias starts at {b}, not at 0."
assert all(history[k] == [] for k in history) and len(history) == 4, "No epochs should give four empty lists."
assert_close(run(0.7, 0, 3)[0], w, "the start with the same rng", "Is anything else than rng used?")
assert np.abs(run(0.7, 0, 4)[0] - w).max() > 0, "Two generators with different seeds gave the same start."
spread = observe(
    lambda: train_binary(np.zeros((2, 4000)), y[:2], np.zeros((1, 4000)), y[:1], 0.1, 0, np.random.default_rng(0))[0],
    using=reference,
).std()
assert 0.004 < spread < 0.025, f"The starting weights have a standard deviation of {spread:.3g} instead of about 0.01."

expected = {k: [] for k in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
w, b = w.copy(), 0.0
for _ in range(6):
    error = 1 / (1 + np.exp(-(X @ w + b))) - y
    w, b = w - 0.7 * np.array([np.mean(error * X[:, j]) for j in range(d)]), b - 0.7 * error.mean()
    for part, inputs, target in (("train", X, y), ("val", X_v, y_v)):
        p = 1 / (1 + np.exp(-(inputs @ w + b)))
        expected[f"{part}_loss"].append(log_loss(target, p, labels=[0, 1]))
        expected[f"{part}_accuracy"].append(accuracy_score(target, p >= 0.5))
seen_w, seen_b, seen = run(0.7, 6, 3)
assert_number(seen_b, "b after 6 epochs")
# Six steps of rounding, and a clip in a student's own loss, stay far below 1e-6.
assert_close(seen_w, w, "w after 6 epochs", "Is it one step an epoch, on the whole training set?", rtol=1e-6, atol=1e-9)
assert_close(seen_b, b, "b after 6 epochs", "Is the bias updated too?", rtol=1e-6, atol=1e-9)
for k, values in expected.items():
    assert type(seen[k]) is list, f"history[{k!r}] should be a list; it is a {type(seen[k]).__name__}."
    assert_close(
        np.array(seen[k], dtype=float), values, f"history[{k!r}]", "Measured after the step?", rtol=1e-6, atol=1e-9
    )
# Inputs of 0 give probabilities of exactly one half, which count as class 1.
blank_images, labels = np.zeros((4, 2)), np.array([1, 1, 1, 0])
seen = observe(
    lambda: train_binary(blank_images, labels, blank_images[1:], labels[1:], 0.0, 1, np.random.default_rng(0))[2],
    using=reference,
)
shares = np.array([seen["train_accuracy"][0], seen["val_accuracy"][0]])
assert_close(shares, [3 / 4, 2 / 3], "the accuracies where y_hat is one half", "Is one half counted as class 1?")
### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** With the largest rate the loss falls at the first step and then jumps far above its start: the bias term and the few pixels that are nearly always
# inked are shared by all samples, so their steps add up. The curves settle anyway, because the cross-entropy is convex: it has
# no other valley to fall into. The weight image is negative where only sevens have ink, and positive at the left and the bottom of the
# loop, where only nines do.
# %% [markdown]
# ### Question 1 (1 point)
#
# Look at your learning curves for the four rates and at the printed lines. Which rate would you choose for 150 epochs, and
# from which curve do you decide? What does a gap between training and validation loss mean, and which run shows the largest?
# %% [markdown] nbgrader={"grade": true, "grade_id": "discuss_rates", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# The choice is made on the validation curves, since the training loss always favours whatever follows the training images most
# closely. The two slow rates are still falling after 150 epochs, so they have not finished. The rate 1.0 begins with jumps of the
# loss far above $\ln 2$, but the cross-entropy is convex and it settles: at the end it has the lowest validation loss and the
# highest validation accuracy, so among these four it is the choice. The jumps warn that a little more may not settle at all. A gap
# between the curves means that the model fits details of the training images that do not carry over to new ones. The gap grows as
# the training loss falls, so the run with the largest rate, which got furthest, shows the largest one.
# %% [markdown]
# # Part 2: many classes
#
# ## One score for each class
#
# For $k$ classes take one set of weights for each. They are the columns of $W$, shape $(d, k)$, and the biases form $b$,
# shape $(k,)$:
#
# $$S = X W + b, \qquad \underbrace{X}_{(n, d)} \; \underbrace{W}_{(d, k)} \to \underbrace{S}_{(n, k)} .$$
#
# The **softmax** turns each row $s$ of scores into $k$ probabilities that are positive and sum to 1:
#
# $$p_j = \frac{e^{s_j}}{\sum_{l=1}^{k} e^{s_l}} .$$
# %% tags=["try-it"]
ax = diagrams.network(
    [784, 10],
    labels=["pixels $x$", "scores $s = xW + b$, then softmax"],
    title="Softmax regression: ten units that share their inputs",
)
ax = diagrams.shape_flow(
    [("$X$", (64, 784)), (r"$X W + b$", (64, 10)), ("softmax", (64, 10)), ("mean loss", (1,))],
    title="The shapes for a batch of 64 images",
)


# %% [markdown]
# Adding the same number $c$ to all scores of a row changes nothing, since $e^{s_j + c} = e^c e^{s_j}$ and $e^c$ cancels. Choose
# $c = -\max_l s_l$. Then the largest exponent is 0, no exponential exceeds 1, and the denominator is at least 1. Neither
# overflow nor division by zero is possible.
#
# Each row needs its *own* maximum. With one maximum for the whole matrix, a row far below it would have all its exponentials
# round to 0, and $0/0$ is not a number.
# %% [markdown]
# ### Exercise 6: `softmax` (1.5 points, ★★☆)
#
# Write the softmax of each row.
#
# <details><summary>Hint</summary>
# <code>scores.max(axis=1)</code> has shape (n,), which does not broadcast against (n, k). With <code>keepdims=True</code> it
# has shape (n, 1), which does.
# </details>
# %% nbgrader={"grade": false, "grade_id": "softmax", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softmax(scores: np.ndarray) -> np.ndarray:
    """Softmax of each row, without overflow.

    Parameters
    ----------
    scores : ndarray of float or int, shape (n, k)

    Returns
    -------
    ndarray of float, shape (n, k)
        Probabilities; each row sums to 1.
    """
    # Shift each row so that its largest score is 0.
    ### BEGIN SOLUTION
    shifted = scores - scores.max(axis=1, keepdims=True)
    ### END SOLUTION
    # Exponentials, divided by their sum in the row.
    ### BEGIN SOLUTION
    e = np.exp(shifted)
    return e / e.sum(axis=1, keepdims=True)
    ### END SOLUTION


# %% tags=["try-it"]
scores = np.array([[1.0, 2.0, 3.0], [1001.0, 1002.0, 1003.0], [0.0, 0.0, 0.0], [-2.0, 5.0, 1.0]])
fig, ax = plt.subplots(figsize=(6, 3))
ax = diagrams.annotated_matrix(
    softmax(scores),
    row_labels=["1, 2, 3", "1001, 1002, 1003", "0, 0, 0", "-2, 5, 1"],
    symmetric=False,
    ax=ax,
    title="Your softmax",
)
# %% [markdown]
# Rows 1 and 2 must agree: they differ by a constant. Equal scores give equal probabilities.
# %% nbgrader={"grade": true, "grade_id": "test_softmax", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# The scores 0, ln 2, ln 5 give 1/8, 2/8, 5/8, with or without 1000 added to all of them.
row = np.array([0.0, np.log(2), np.log(5)])
seen = softmax(np.stack([row, row + 1000.0]))
assert_array(seen, "softmax of a (2, 3) matrix", shape=(2, 3), dtype=np.floating)
assert_close(
    seen, np.array([[1, 2, 5], [1, 2, 5]]) / 8, "softmax", "Does each row use its own maximum and its own sum?"
)
# %% nbgrader={"grade": true, "grade_id": "hidden_softmax", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against SciPy, row by row; rows of very different size; integers; warnings as errors.
import warnings

from scipy.special import softmax as softmax_from_scipy

rng = np.random.default_rng(46)
for n, k in [(1, 4), (5, 1), (6, 3), (4, 4), (3, 11)]:
    scores = rng.normal(scale=4.0, size=(n, k))
    with assert_unchanged(scores=scores):
        seen = softmax(scores)
    assert_array(seen, f"softmax of ({n}, {k})", shape=(n, k), dtype=np.floating)
    assert_close(seen, softmax_from_scipy(scores, axis=1), f"softmax of ({n}, {k})")
whole = np.array([[3, 1, 0], [-2, -2, 7]])
assert_close(softmax(whole), softmax_from_scipy(whole.astype(float), axis=1), "softmax of integers")
extreme = np.array([[1e4, -1e4, 0.0], [-1e4, -1e4 + 1, -1e4], [0.0, 1.0, 2.0], [1e4, 1e4, 1e4]])


def quietly():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return softmax(extreme)


seen = observe(quietly)
assert_array(seen, "softmax of rows of very different size", shape=(4, 3), dtype=np.floating)
assert_close(
    seen, softmax_from_scipy(extreme, axis=1), "softmax of rows of very different size", "Is the maximum the row's own?"
)


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** For two classes the softmax is the logistic function of the difference of the scores:
# $\frac{e^{s_1}}{e^{s_0} + e^{s_1}} = \sigma(s_1 - s_0)$. Two score columns for two classes are therefore one more than needed; the same
# holds for $k$ classes, where one column of weights could be fixed at 0.
# %% [markdown]
# ## The loss for many classes
#
# The probability that the model gives to a sample's label is $p_y$. With one-hot rows $Y$ of shape $(n, k)$ the **cross-entropy** is
#
# $$L = -\frac{1}{n} \sum_{i=1}^{n} \sum_{j=1}^{k} Y_{ij} \ln \hat Y_{ij} .$$
#
# Only the term of the true class survives the inner sum. An untrained model gives each class $1/k$, and so the loss
# $\ln k$: for ten classes $\ln 10 \approx 2.303$.
# %% [markdown]
# ### Exercise 7: `cross_entropy` (1 point, ★☆☆)
#
# Write the loss, with the same care as before: finite and without a warning where a probability is exactly 0, probabilities
# above $10^{-7}$ as they are, a `ValueError` with both shapes if they differ.
#
# <details><summary>Hint</summary>
# Mind the factor: $0 \cdot \ln 0$ is not a number for NumPy, though the term should vanish.
# </details>
# %% nbgrader={"grade": false, "grade_id": "cross_entropy", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cross_entropy(Y: np.ndarray, Y_hat: np.ndarray) -> float:
    """Mean negative log-likelihood of one-hot labels.

    Parameters
    ----------
    Y : ndarray, shape (n, k)
        One-hot rows.
    Y_hat : ndarray of float, shape (n, k)
        Probabilities; each row sums to 1.

    Returns
    -------
    float
        In nats; finite even where a probability is exactly 0.

    Raises
    ------
    ValueError
        If the shapes differ; the message gives both.
    """
    # Refuse arrays of different shapes.
    ### BEGIN SOLUTION
    if Y.shape != Y_hat.shape:
        raise ValueError(f"Y {Y.shape} and Y_hat {Y_hat.shape} must have the same shape")
    ### END SOLUTION
    # Sum over classes, mean over samples.
    ### BEGIN SOLUTION
    return float(-np.mean(np.sum(Y * np.log(np.clip(Y_hat, 1e-12, 1.0)), axis=1)))
    ### END SOLUTION


# %% tags=["try-it"]
uniform = np.full((5, 10), 0.1)
print(
    f"a uniform guess over 10 classes costs {cross_entropy(np.eye(10)[[3, 1, 4, 1, 5]], uniform):.4f}; ln 10 = {np.log(10):.4f}"
)
# %% nbgrader={"grade": true, "grade_id": "test_cross_entropy", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Two samples with the probabilities 0.5 and 0.25 for their classes, then a certain mistake.
Y_hand, P_hand = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]), np.array([[0.3, 0.5, 0.2], [0.25, 0.75, 0.0]])
seen = cross_entropy(Y_hand, P_hand)
assert_number(seen, "cross_entropy of two samples")
assert_close(
    seen,
    1.5 * np.log(2),
    "cross_entropy of two samples",
    "Is it the sum over classes and the mean over samples?",
    rtol=1e-6,
)
assert_number(cross_entropy(np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])), "the loss of a certain mistake")
# %% nbgrader={"grade": true, "grade_id": "hidden_cross_entropy", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against scikit-learn; then probabilities of exactly 0, with warnings as errors.
import warnings

from sklearn.metrics import log_loss

rng = np.random.default_rng(47)
for n, k in [(1, 3), (7, 4), (5, 5), (20, 3)]:
    y = rng.integers(0, k, n)
    Y, Y_hat = np.eye(k)[y], rng.dirichlet(np.ones(k), n) * 0.98 + 0.02 / k
    with assert_unchanged(Y=Y, Y_hat=Y_hat):
        seen = cross_entropy(Y, Y_hat)
    assert_number(seen, f"cross_entropy of ({n}, {k})")
    assert_close(seen, log_loss(y, Y_hat, labels=range(k)), f"cross_entropy of ({n}, {k})", rtol=1e-6)
    assert_close(cross_entropy(Y.astype(int), Y_hat), seen, "cross_entropy with Y of integers", rtol=1e-9)
Y_tiny = np.array([[1e-6, 1 - 1e-6], [0.5, 0.5]])
assert_close(
    cross_entropy(np.eye(2), Y_tiny),
    (np.log(1e6) + np.log(2)) / 2,
    "cross_entropy at 1e-6",
    "Are probabilities above 1e-7 left as they are?",
    rtol=1e-6,
)


def with_zeros():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        right = cross_entropy(np.eye(3), np.eye(3))
        wrong = cross_entropy(np.eye(3)[[0, 1]], np.eye(3)[[1, 1]])
        return right, wrong


right, wrong = observe(with_zeros)
assert_number(right, "the loss of certain and right predictions")
assert abs(right) < 1e-6, f"Predictions that are certain and right should cost nothing; yours cost {right}."
assert_number(wrong, "the loss with one certain mistake in two")
assert 5 < wrong < 400, f"A certain mistake should be very expensive, and finite; yours costs {wrong}."
Y, Y_hat = np.eye(2), np.array([[0.0, 1.0], [1e-9, 1 - 1e-9]])
with assert_unchanged(Y=Y, Y_hat=Y_hat):
    cross_entropy(Y, Y_hat)
assert_raises(
    ValueError, lambda: cross_entropy(np.eye(3), np.full((1, 3), 1 / 3)), "Y (3, 3), Y_hat (1, 3)", mention="(1, 3)"
)
assert_raises(
    ValueError, lambda: cross_entropy(np.eye(3)[0], np.full((2, 3), 1 / 3)), "Y (3,), Y_hat (2, 3)", mention="(2, 3)"
)
### END HIDDEN TESTS
# %% [markdown]
# ## The Jacobian of the softmax
#
# Each probability depends on *all* scores of its row, through the sum in the denominator. So the derivative is a matrix, the
# Jacobian, with the entries $J_{ij} = \partial p_i / \partial s_j$. Write $z = \sum_l e^{s_l}$, so that $p_i = e^{s_i} / z$ and $\partial z / \partial s_j = e^{s_j}$.
#
# **Case $i = j$.** Both numerator and denominator depend on $s_i$. By the quotient rule
#
# $$\frac{\partial p_i}{\partial s_i} = \frac{e^{s_i} z - e^{s_i} e^{s_i}}{z^2} = p_i - p_i^2 = p_i (1 - p_i) .$$
#
# **Case $i \ne j$.** Only the denominator depends on $s_j$:
#
# $$\frac{\partial p_i}{\partial s_j} = \frac{0 \cdot z - e^{s_i} e^{s_j}}{z^2} = - p_i\, p_j .$$
#
# **Both in one**, with $\delta_{ij} = 1$ if $i = j$ and 0 otherwise:
#
# $$J_{ij} = p_i\,(\delta_{ij} - p_j), \qquad J = \operatorname{diag}(p) - p\,p^\top .$$
#
# The next cell computes $J$ by finite differences of your softmax and shows it beside the formula.
# %% tags=["try-it"]
s = np.array([[2.0, 1.0, -0.5, 0.0]])
p = softmax(s)[0]
numeric_jacobian = np.stack([(softmax(s + h) - softmax(s - h))[0] / 2e-6 for h in 1e-6 * np.eye(4)], axis=1)
fig, axes = plt.subplots(1, 2, figsize=(8, 3.4))
names = ["$s_1$", "$s_2$", "$s_3$", "$s_4$"]
diagrams.annotated_matrix(
    numeric_jacobian, ["$p_1$", "$p_2$", "$p_3$", "$p_4$"], names, ax=axes[0], title="finite differences of yours"
)
diagrams.annotated_matrix(
    np.diag(p) - np.outer(p, p), ["$p_1$", "$p_2$", "$p_3$", "$p_4$"], names, ax=axes[1], title="formula"
)
print("sum of each row:", np.abs(numeric_jacobian.sum(axis=1)).round(6), " p =", p.round(3))


# %% [markdown]
# The diagonal is positive: a larger score makes its own class likelier. Everything else is negative: it takes from the others.
# Each row sums to 0, since adding a constant to all scores changes nothing. The matrix is symmetric.
#
# **With the loss.** For one sample $L = -\sum_i y_i \ln p_i$, so $\partial L / \partial p_i = -y_i / p_i$. The chain rule sums over all
# probabilities that $s_j$ reaches:
#
# $$\frac{\partial L}{\partial s_j} = \sum_i \left(-\frac{y_i}{p_i}\right) p_i\,(\delta_{ij} - p_j) = -\sum_i y_i\, \delta_{ij} + p_j \sum_i y_i = p_j - y_j ,$$
#
# because the one-hot row sums to 1. It is the error of the prediction once more.
#
# **With the parameters.** $S_{ij} = \sum_l X_{il} W_{lj} + b_j$. For the mean over $n$ samples
#
# $$\frac{\partial L}{\partial W} = \frac{1}{n} X^\top (\hat Y - Y), \qquad \frac{\partial L}{\partial b_j} = \frac{1}{n} \sum_{i=1}^n (\hat Y_{ij} - Y_{ij}), \qquad \underbrace{X^\top}_{(d, n)} \underbrace{(\hat Y - Y)}_{(n, k)} \to (d, k) .$$
# %% [markdown]
# ### Exercise 8: `backward_softmax` (2 points, ★★☆)
#
# Write the gradient. The check of the shapes is given.
#
# <details><summary>Hint</summary>
# The bias reaches every sample, so its gradient sums over the samples. Which axis is that?
# </details>
# %% nbgrader={"grade": false, "grade_id": "backward_softmax", "locked": false, "schema_version": 3, "solution": true, "task": false}
def backward_softmax(X: np.ndarray, Y: np.ndarray, Y_hat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gradient of the mean cross-entropy of softmax regression.

    Parameters
    ----------
    X : ndarray of float, shape (n, d)
    Y : ndarray, shape (n, k)
        One-hot rows.
    Y_hat : ndarray of float, shape (n, k)
        The model's probabilities.

    Returns
    -------
    grad_W : ndarray of float, shape (d, k)
    grad_b : ndarray of float, shape (k,)

    Raises
    ------
    ValueError
        If Y and Y_hat do not have the same shape, with one row for each row of X.
    """
    if Y.shape != Y_hat.shape or len(Y) != len(X):
        raise ValueError(f"Y {Y.shape} and Y_hat {Y_hat.shape} must have the same shape and {len(X)} rows")
    # The gradient with respect to each score, for the mean over samples.
    ### BEGIN SOLUTION
    grad_S = (Y_hat - Y) / len(X)
    ### END SOLUTION
    # From the scores to the weights and the biases.
    ### BEGIN SOLUTION
    return X.T @ grad_S, grad_S.sum(axis=0)
    ### END SOLUTION


# %% tags=["try-it"]
W_zero = np.zeros((784, 10))
grad_W, grad_b = backward_softmax(X_train, np.eye(10)[y_train], softmax(X_train @ W_zero))
ax = plotting.image_grid(
    -grad_W.T,
    titles=range(10),
    columns=5,
    symmetric=True,
    title="Your first step from zero weights: minus the gradient, by class",
)
# %% [markdown]
# The very first step already draws digits. From zero weights all probabilities are 0.1, so the step for a class is its share of
# the mean image, minus a tenth of the mean of all images.
# %% nbgrader={"grade": true, "grade_id": "test_backward_softmax", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Two samples, three inputs, two classes, by hand.
X_hand = np.array([[1.0, 2.0, 0.0], [3.0, 0.0, 4.0]])
Y_hand, P_hand = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[0.5, 0.5], [0.25, 0.75]])
seen_W, seen_b = backward_softmax(X_hand, Y_hand, P_hand)
assert_array(seen_W, "grad_W for X (2, 3) and 2 classes", shape=(3, 2), dtype=np.floating)
assert_array(seen_b, "grad_b for 2 classes", shape=(2,), dtype=np.floating)
assert_close(
    seen_W, np.array([[0.125, -0.125], [-0.5, 0.5], [0.5, -0.5]]), "grad_W", "Did you divide by the number of samples?"
)
assert_close(seen_b, np.array([-0.125, 0.125]), "grad_b", "Did you sum over the samples and divide by their number?")
# %% nbgrader={"grade": true, "grade_id": "hidden_backward_softmax", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against automatic differentiation of PyTorch's loss at the same probabilities.
import torch

rng = np.random.default_rng(48)
for n, d, k in [(1, 4, 3), (6, 1, 3), (8, 3, 5), (4, 4, 4), (5, 7, 2)]:
    X, y, Y_hat = rng.normal(size=(n, d)), rng.integers(0, k, n), rng.dirichlet(np.ones(k), n)
    Y = np.eye(k)[y]
    with assert_unchanged(X=X, Y=Y, Y_hat=Y_hat):
        grad_W, grad_b = backward_softmax(X, Y, Y_hat)
    assert_array(grad_W, f"grad_W for X ({n}, {d}), {k} classes", shape=(d, k), dtype=np.floating)
    assert_array(grad_b, f"grad_b for {k} classes", shape=(k,), dtype=np.floating)
    W = torch.zeros(d, k, dtype=torch.float64, requires_grad=True)
    b = torch.zeros(k, dtype=torch.float64, requires_grad=True)
    scores = torch.tensor(X) @ W + b + torch.log(torch.tensor(Y_hat))
    torch.nn.functional.cross_entropy(scores, torch.tensor(y)).backward()
    assert_close(grad_W, W.grad.numpy(), f"grad_W for X ({n}, {d}), {k} classes", rtol=1e-6, atol=1e-10)
    assert_close(grad_b, b.grad.numpy(), f"grad_b for X ({n}, {d}), {k} classes", rtol=1e-6, atol=1e-10)


### END HIDDEN TESTS
# %% [markdown]
# ### Exercise 9: `train_softmax` (2.5 points, ★★☆)
#
# The same loop as before, for many classes. The labels come as one-hot rows. A sample counts as right if its largest probability
# stands at the place of its 1.
#
# <details><summary>Hint</summary>
# Copy the structure of <code>train_binary</code>. The probabilities are <code>softmax(X @ W + b)</code>.
# </details>
# %% nbgrader={"grade": false, "grade_id": "train_softmax", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_softmax(
    X: np.ndarray,
    Y: np.ndarray,
    X_val: np.ndarray,
    Y_val: np.ndarray,
    lr: float,
    n_epochs: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, dict[str, list[float]]]:
    """Fit softmax regression by full-batch gradient descent.

    Parameters
    ----------
    X, X_val : ndarray of float, shapes (n, d) and (m, d)
        Training and validation inputs.
    Y, Y_val : ndarray, shapes (n, k) and (m, k)
        One-hot rows.
    lr : float
        Learning rate.
    n_epochs : int
        Number of steps, 0 or more.
    rng : np.random.Generator
        The starting weights come from it: standard deviation about 0.01. The biases start at 0.

    Returns
    -------
    W : ndarray of float, shape (d, k)
    b : ndarray of float, shape (k,)
    history : dict of lists of length n_epochs
        ``train_loss``, ``val_loss``, ``train_accuracy``, ``val_accuracy``, each measured after the epoch's step.
    """
    # Small random weights, no biases, an empty history.
    ### BEGIN SOLUTION
    W, b = rng.normal(0.0, 0.01, (X.shape[1], Y.shape[1])), np.zeros(Y.shape[1])
    history = {name: [] for name in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    ### END SOLUTION
    for _ in range(n_epochs):
        # The gradient at the present weights, then one step against it.
        ### BEGIN SOLUTION
        grad_W, grad_b = backward_softmax(X, Y, softmax(X @ W + b))
        W, b = W - lr * grad_W, b - lr * grad_b
        ### END SOLUTION
        # Loss and accuracy after the step, on both sets.
        ### BEGIN SOLUTION
        for part, inputs, target in (("train", X, Y), ("val", X_val, Y_val)):
            P = softmax(inputs @ W + b)
            history[f"{part}_loss"].append(cross_entropy(target, P))
            history[f"{part}_accuracy"].append(float(np.mean(P.argmax(axis=1) == target.argmax(axis=1))))
        ### END SOLUTION
    return W, b, history


# %% tags=["try-it"]
Y_train, Y_val = np.eye(10)[y_train], np.eye(10)[y_val]
softmax_runs = {
    lr: train_softmax(X_train, Y_train, X_val, Y_val, lr, 60, np.random.default_rng(0)) for lr in (0.02, 0.1, 0.5, 2.0)
}
for lr, (W, b, history) in softmax_runs.items():
    print(
        f"lr {lr:4}: train loss {history['train_loss'][-1]:.3f}, validation accuracy {history['val_accuracy'][-1]:.3f}"
    )
ax = plotting.learning_curves(
    {f"lr {lr}": history for lr, (W, b, history) in softmax_runs.items()},
    title="Ten digits: your training loop, four rates",
)
ax.set_yscale("log")
# %% [markdown]
# All runs start near $\ln 10 \approx 2.3$; the curves show them from the first step on. Each unit has 784 weights, so the layer learned ten images. Where the map is positive,
# ink speaks for the class; where it is negative, against it.
# %% tags=["try-it"]
W, b, history = softmax_runs[0.5]
ax = plotting.image_grid(W.T, titles=range(10), columns=5, symmetric=True, title="Your weights of the ten units")
# %% [markdown]
# Pixels that never carry ink, at the rim, keep their small random start. Find the ring of the 0, with a strong "no" in its
# middle: ink there is the best evidence against a 0.
# %% nbgrader={"grade": true, "grade_id": "test_train_softmax", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Three clouds of points. Stand-ins like those above take the places of your earlier functions.
from scipy.special import rel_entr
from scipy.special import softmax as softmax_from_scipy


def loss_from_scipy(Y, Y_hat):
    return float(np.mean(rel_entr(Y, Y_hat).sum(axis=1)))


def gradient_by_complex_steps(X, Y, Y_hat, h=1e-20):
    def slope(inputs, unit):
        scores = np.log(np.clip(Y_hat, 1e-9, 1)) + 1j * h * np.outer(inputs, np.eye(Y.shape[1])[unit])
        return np.mean(np.log(np.exp(scores).sum(axis=1)) - (Y * scores).sum(axis=1)).imag / h

    units = range(Y.shape[1])
    return (
        np.array([[slope(inputs, unit) for unit in units] for inputs in X.T]),
        np.array([slope(np.ones(len(X)), unit) for unit in units]),
    )


stand_ins = {
    "softmax": lambda scores: softmax_from_scipy(scores, axis=1),
    "cross_entropy": loss_from_scipy,
    "backward_softmax": gradient_by_complex_steps,
}
rng = np.random.default_rng(6)
y_clouds = rng.integers(0, 3, 90)
X_clouds = rng.normal(size=(90, 2)) + 3.0 * np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])[y_clouds]
Y_clouds = np.eye(3)[y_clouds]
W, b, history = observe(
    lambda: train_softmax(
        X_clouds[:60], Y_clouds[:60], X_clouds[60:], Y_clouds[60:], 0.3, 40, np.random.default_rng(0)
    ),
    using=stand_ins,
)
assert_array(W, "W", shape=(2, 3), dtype=np.floating)
assert_array(b, "b", shape=(3,), dtype=np.floating)
for name in ("train_loss", "val_loss", "train_accuracy", "val_accuracy"):
    assert name in history, f"The history has no {name!r}; it has {sorted(history)}."
    assert len(history[name]) == 40, (
        f"history[{name!r}] has {len(history[name])} entries after 40 epochs. One an epoch?"
    )
first, last = history["train_loss"][0], history["train_loss"][-1]
assert abs(first - np.log(3)) < 0.4, (
    f"The first loss is {first:.3f}, far from ln 3. Are the starting weights small, the steps downhill?"
)
assert last < 0.6 * first, f"The loss went from {first:.3f} to {last:.3f}. Does the step go against the gradient?"
assert 0.8 <= history["val_accuracy"][-1] <= 1, f"The validation accuracy ends at {history['val_accuracy'][-1]}."
# %% nbgrader={"grade": true, "grade_id": "hidden_train_softmax", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# The start is read off a run of no epochs; from it, every later number follows by independent arithmetic.
from scipy.special import softmax as softmax_from_scipy
from sklearn.metrics import accuracy_score, log_loss

reference = {
    "softmax": lambda scores: softmax_from_scipy(scores, axis=1),
    "cross_entropy": lambda Y, P: float(-np.log(P[Y == 1]).mean()),
    "backward_softmax": lambda X, Y, P: (np.einsum("nd,nk->dk", X, P - Y) / len(X), (P - Y).mean(axis=0)),
}
rng = np.random.default_rng(49)
n, m, d, k = 25, 14, 5, 3
X, X_v = rng.normal(size=(n, d)), rng.normal(size=(m, d))
y, y_v = rng.integers(0, k, n), rng.integers(0, k, m)
Y, Y_v = np.eye(k)[y], np.eye(k)[y_v]


def run(lr, n_epochs, seed):
    return observe(lambda: train_softmax(X, Y, X_v, Y_v, lr, n_epochs, np.random.default_rng(seed)), using=reference)


with assert_unchanged(X=X, Y=Y, X_val=X_v, Y_val=Y_v):
    W, b, history = run(0.7, 0, 3)
assert_array(W, "W after no epochs", shape=(d, k), dtype=np.floating)
assert_array(b, "b after no epochs", shape=(k,), dtype=np.floating)
assert 0 < np.abs(W).max() < 0.2, (
    f"The starting weights reach {np.abs(W).max():.3g}; they should be small, and not all 0."
)
assert len(set(W.ravel().tolist())) == d * k, "Some starting weights are the same number. Are they all drawn from rng?"
assert_close(b, np.zeros(k), "b after no epochs")
assert all(history[key] == [] for key in history) and len(history) == 4, "No epochs should give four empty lists."
assert_close(run(0.7, 0, 3)[0], W, "the start with the same rng", "Is anything else than rng used?")
assert np.abs(run(0.7, 0, 4)[0] - W).max() > 0, "Two generators with different seeds gave the same start."
spread = observe(
    lambda: train_softmax(np.zeros((3, 900)), Y[:3], np.zeros((1, 900)), Y[:1], 0.1, 0, np.random.default_rng(0))[0],
    using=reference,
).std()
assert 0.004 < spread < 0.025, f"The starting weights have a standard deviation of {spread:.3g} instead of about 0.01."

expected = {key: [] for key in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
W, b = W.copy(), np.zeros(k)
for _ in range(6):
    error = softmax_from_scipy(X @ W + b, axis=1) - Y
    W = W - 0.7 * np.mean([np.outer(X[i], error[i]) for i in range(n)], axis=0)
    b = b - 0.7 * error.mean(axis=0)
    for part, inputs, target in (("train", X, y), ("val", X_v, y_v)):
        P = softmax_from_scipy(inputs @ W + b, axis=1)
        expected[f"{part}_loss"].append(log_loss(target, P, labels=range(k)))
        expected[f"{part}_accuracy"].append(accuracy_score(target, P.argmax(axis=1)))
seen_W, seen_b, seen = run(0.7, 6, 3)
# Six steps of rounding, and a clip in a student's own loss, stay far below 1e-6.
assert_close(seen_W, W, "W after 6 epochs", "Is it one step an epoch, on the whole training set?", rtol=1e-6, atol=1e-9)
assert_close(seen_b, b, "b after 6 epochs", "Are the biases updated too?", rtol=1e-6, atol=1e-9)
for key, values in expected.items():
    assert type(seen[key]) is list, f"history[{key!r}] should be a list; it is a {type(seen[key]).__name__}."
    assert_close(
        np.array(seen[key], dtype=float), values, f"history[{key!r}]", "Measured after the step?", rtol=1e-6, atol=1e-9
    )


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** With a rate of 2 the loss jumps far above $\ln 10$ after one good step, as for two classes: the next steps are so long that they
# carry the weights across the valley. The two middle rates fall smoothly, and their training and validation curves stay close
# together, so 60 epochs of plain gradient descent stop long before this model over-fits.
# %% [markdown]
# # Part 3: ten times "this one or not"
#
# There is another way to many classes, with nothing new to train. Fit one binary model for each class $c$: *is it a $c$, or
# anything else?* For a new image take the class whose model is most convinced. This is **one against the rest**.
#
# "Most convinced" means the largest *score* $x \cdot w_c + b_c$. In exact arithmetic the largest probability would do as well,
# since $\sigma$ is increasing. In floating point $\sigma(t)$ is exactly 1 for every $t$ above about 37, and two convinced models could no
# longer be told apart.
# %% [markdown]
# ### Exercise 10: `one_vs_rest_predict` (1 point, ★☆☆)
#
# Write the prediction. Compare scores. If two classes tie, the lower one wins.
#
# <details><summary>Hint</summary>
# Stack the weight vectors as columns of a matrix of shape (d, k). <code>argmax</code> returns the first of equal values.
# </details>
# %% nbgrader={"grade": false, "grade_id": "one_vs_rest_predict", "locked": false, "schema_version": 3, "solution": true, "task": false}
def one_vs_rest_predict(models: list[tuple[np.ndarray, float]], X: np.ndarray) -> np.ndarray:
    """Predict the class whose binary model has the largest score.

    Parameters
    ----------
    models : list of (w, b)
        One binary model a class, in the classes' order; each w has shape (d,).
    X : ndarray of float, shape (n, d)

    Returns
    -------
    ndarray of int, shape (n,)
        Class indices; of classes that tie, the lowest.
    """
    # One column of scores for each model.
    ### BEGIN SOLUTION
    scores = np.stack([X @ w + b for w, b in models], axis=1)
    ### END SOLUTION
    # The place of the largest score in each row.
    ### BEGIN SOLUTION
    return scores.argmax(axis=1)
    ### END SOLUTION


# %% tags=["try-it"]
models = []
for digit in range(10):
    w, b, history = train_binary(
        X_train,
        (y_train == digit).astype(int),
        X_val[:1],
        (y_val[:1] == digit).astype(int),
        0.5,
        60,
        np.random.default_rng(digit),
    )
    models.append((w, b))
W, b, history = softmax_runs[0.5]
predictions = {"one against the rest": one_vs_rest_predict(models, X_test), "softmax": (X_test @ W + b).argmax(axis=1)}
ax = plotting.bars_with_errors(
    list(predictions),
    [np.mean(p != y_test) for p in predictions.values()],
    [np.sqrt(np.mean(p != y_test) * np.mean(p == y_test) / len(y_test)) for p in predictions.values()],
    xlabel="test error rate",
    title="Two ways to ten classes, 60 epochs each (bars: one standard error)",
)
for name, p in predictions.items():
    print(f"{name:<22} test error {np.mean(p != y_test):.3f}")
# %% nbgrader={"grade": true, "grade_id": "test_one_vs_rest_predict", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Three models on two inputs, by hand; the last row ties.
hand_models = [(np.array([1.0, 0.0]), 0.0), (np.array([0.0, 1.0]), 0.0), (np.array([-1.0, -1.0]), 1.0)]
seen = one_vs_rest_predict(hand_models, np.array([[3.0, 1.0], [1.0, 3.0], [-1.0, -1.0], [2.0, 2.0]]))
assert_array(seen, "one_vs_rest_predict of 4 samples", shape=(4,), dtype=np.integer)
assert_close(
    seen,
    np.array([0, 1, 2, 0]),
    "one_vs_rest_predict",
    "Did you add each model's own bias? Do ties go to the lower class?",
)
# %% nbgrader={"grade": true, "grade_id": "hidden_one_vs_rest_predict", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Scores computed one by one; many models on few inputs and the reverse; scores where the logistic function saturates.
rng = np.random.default_rng(50)
for n, d, k in [(1, 3, 2), (12, 2, 7), (9, 6, 3), (5, 5, 5), (4, 3, 1)]:
    models = [(rng.normal(size=d), float(rng.normal(scale=2.0))) for _ in range(k)]
    X = rng.normal(size=(n, d))
    with assert_unchanged(X=X, w=models[0][0]):
        seen = one_vs_rest_predict(models, X)
    assert_array(seen, f"one_vs_rest_predict of X ({n}, {d}), {k} models", shape=(n,), dtype=np.integer)
    expected = []
    for x in X:
        convinced = [sum(float(a) * float(c) for a, c in zip(x, w, strict=True)) + b for w, b in models]
        expected.append(convinced.index(max(convinced)))
    assert_close(seen, np.array(expected), f"one_vs_rest_predict of X ({n}, {d}), {k} models")
sure = [(np.array([40.0]), 0.0), (np.array([50.0]), 0.0), (np.array([45.0]), 0.0)]
assert_close(
    one_vs_rest_predict(sure, np.array([[1.0], [2.0], [-1.0], [-30.0], [0.0]])),
    np.array([1, 1, 0, 0, 0]),
    "one_vs_rest_predict with large scores",
    "Did you compare probabilities, which round to 0 and 1, instead of scores?",
)


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The ten binary models never see each other. Their scores are calibrated only against "the rest", which mixes nine
# classes, so comparing them is a heuristic. The softmax trains the scores against each other. With equally many epochs it usually
# errs a little less; how much, on 1,000 test images, lies within the error bars or close to them.
# %% [markdown]
# ## Which digits are confused?
#
# One number hides where the mistakes are. The **confusion matrix** $C$ has shape $(k, k)$. $C_{ij}$ counts the samples of true
# class $i$ that were predicted as $j$: rows are true classes, columns are predictions. The diagonal holds what is right.
# %% [markdown]
# ### Exercise 11: `confusion_matrix` (1.5 points, ★★☆)
#
# Write it. Labels outside $0, \dots, k-1$ are a mistake: raise a `ValueError` that names the argument (`y_true` or `y_pred`). So are
# labels of different lengths: then name both.
#
# <details><summary>Hint</summary>
# Beware of <code>C[y_true, y_pred] += 1</code>. NumPy reads all entries, adds 1, and writes them back, so a pair that occurs many times
# counts once. A loop is fine.
# </details>
# %% nbgrader={"grade": false, "grade_id": "confusion_matrix", "locked": false, "schema_version": 3, "solution": true, "task": false}
def confusion_matrix(y_true: np.ndarray, y_pred: np.ndarray, n_classes: int) -> np.ndarray:
    """Count the pairs of true and predicted class.

    Parameters
    ----------
    y_true, y_pred : ndarray of int, shape (n,)
        Classes in 0, ..., n_classes - 1.
    n_classes : int

    Returns
    -------
    ndarray of int, shape (n_classes, n_classes)
        Rows are true classes, columns predicted ones.

    Raises
    ------
    ValueError
        If a label lies outside the range (the message names the argument) or the lengths differ (it names both).
    """
    # Refuse labels that do not fit.
    ### BEGIN SOLUTION
    if y_true.shape != y_pred.shape:
        raise ValueError(f"y_true {y_true.shape} and y_pred {y_pred.shape} must have the same shape")
    for name, labels in (("y_true", y_true), ("y_pred", y_pred)):
        if ((labels < 0) | (labels >= n_classes)).any():
            raise ValueError(f"{name} has a label outside 0..{n_classes - 1}")
    ### END SOLUTION
    # Count each pair.
    ### BEGIN SOLUTION
    counts = np.zeros((n_classes, n_classes), dtype=np.int64)
    np.add.at(counts, (y_true, y_pred), 1)
    return counts
    ### END SOLUTION


# %% tags=["try-it"]
cm = confusion_matrix(y_test, predictions["softmax"], 10)
ax = plotting.confusion_heatmap(cm, title="Your softmax regression on the test images")
# %% nbgrader={"grade": true, "grade_id": "test_confusion_matrix", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Five samples by hand; one pair occurs twice.
seen = confusion_matrix(np.array([0, 1, 1, 2, 1]), np.array([0, 2, 2, 1, 1]), 3)
assert_array(seen, "confusion_matrix of 5 samples", shape=(3, 3), dtype=np.integer)
assert_close(
    seen,
    np.array([[1, 0, 0], [0, 1, 2], [0, 1, 0]]),
    "confusion_matrix",
    "Are rows the true classes? Is a pair that occurs twice counted twice?",
)
assert_raises(
    ValueError,
    lambda: confusion_matrix(np.array([0, 1]), np.array([0, 3]), 3),
    "confusion_matrix with y_pred 3 of 3 classes",
    "y_pred",
)
# %% nbgrader={"grade": true, "grade_id": "hidden_confusion_matrix", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against scikit-learn, with classes that never occur.
from sklearn.metrics import confusion_matrix as confusion_from_sklearn

rng = np.random.default_rng(51)
for n, k in [(1, 2), (30, 4), (3000, 3), (8, 11)]:
    y_true, y_pred = rng.integers(0, max(k - 1, 1), n), rng.integers(0, k, n)
    with assert_unchanged(y_true=y_true, y_pred=y_pred):
        seen = confusion_matrix(y_true, y_pred, k)
    assert_array(seen, f"confusion_matrix of {n} samples, {k} classes", shape=(k, k), dtype=np.integer)
    assert_close(
        seen, confusion_from_sklearn(y_true, y_pred, labels=range(k)), f"confusion_matrix of {n} samples, {k} classes"
    )
nothing = np.array([], dtype=np.int64)
assert_close(confusion_matrix(nothing, nothing, 3), np.zeros((3, 3), dtype=int), "confusion_matrix of no samples")
good = np.array([0, 1, 2])
for bad in (np.array([0, -1, 2]), np.array([0, 3, 2])):
    assert_raises(
        ValueError, lambda bad=bad: confusion_matrix(bad, good, 3), f"confusion_matrix with y_true {bad}", "y_true"
    )
    assert_raises(
        ValueError, lambda bad=bad: confusion_matrix(good, bad, 3), f"confusion_matrix with y_pred {bad}", "y_pred"
    )
assert_raises(ValueError, lambda: confusion_matrix(good, good[:2], 3), "confusion_matrix of 3 and 2 labels", "y_pred")
assert_raises(ValueError, lambda: confusion_matrix(good, good[:1], 3), "confusion_matrix of 3 labels and 1", "y_pred")


### END HIDDEN TESTS
# %% [markdown]
# ### Question 2 (1 point)
#
# Look at your confusion matrix and at the weight images of the ten units. Which two classes are confused most often, counting both
# directions? Explain from the weight images why a weighted sum of pixels has trouble with just these two.
# %% [markdown] nbgrader={"grade": true, "grade_id": "discuss_confusions", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# The largest sums of the two directions in the matrix belong to 5 and 8, then 3 and 5, then 7 and 9: pairs whose strokes cover almost
# the same pixels. Their weight images agree over most of the digit and differ in a few places alone; for 5 and 8 these are the gaps
# that the 8 closes. The score adds up evidence pixel by pixel, so a slightly shifted or slanted stroke puts ink on pixels that speak
# for the other class. The model cannot ask whether a loop is closed, only whether certain pixels are dark.
# %% [markdown]
# # Part 4: the same code on harder pictures
#
# Nothing in your functions knows about digits. Only the numbers $d$ and $k$ change. Here they meet three more problems.
#
# First, one that is made from the digits: the same sevens and nines, pasted at a **random place** of a larger, empty image. For a
# person nothing changes.
# %% tags=["try-it"]
def paste_at_random(images, size, rng):
    """Paste (n, 28, 28) images at random places into empty ones of (size, size)."""
    canvas = np.zeros((len(images), size, size))
    for i, (top, left) in enumerate(rng.integers(0, size - 27, (len(images), 2))):
        canvas[i, top : top + 28, left : left + 28] = images[i]
    return canvas


rng = np.random.default_rng(2)
results = {}
for name, size in {"centred": 28, "anywhere in 40 x 40": 40, "anywhere in 56 x 56": 56}.items():
    moved_train = paste_at_random(X_pair.reshape(-1, 28, 28), size, rng)
    moved_val = paste_at_random(X_pair_val.reshape(-1, 28, 28), size, rng)
    results[name] = train_binary(
        moved_train.reshape(-1, size**2),
        y_pair,
        moved_val.reshape(-1, size**2),
        y_pair_val,
        0.1,
        100,
        np.random.default_rng(0),
    )
    print(
        f"{name:<20} accuracy: train {results[name][2]['train_accuracy'][-1]:.3f}, "
        f"validation {results[name][2]['val_accuracy'][-1]:.3f}"
    )
ax = plotting.image_grid(
    moved_train[:8], titles=y_pair[:8], columns=8, title="Nine (1) or seven (0), anywhere in 56 x 56"
)
ax = plotting.learning_curves(
    {name: run[2] for name, run in results.items()},
    metrics=("train_accuracy", "val_accuracy"),
    title="The place matters",
)


# %% [markdown]
# The images carry the same information, and the model lost most of its skill. A pixel that means "9" for one image means nothing for
# the next, whose digit lies elsewhere. What the model still learns on the training images, it learns by heart.
#
# Next, photographs: hands that show the digits 0 to 9, and dogs against cats. They are not part of the bundled sample.
# `helpers.data` says how to get them.
# %% tags=["try-it"]
def try_photographs(name, lr):
    """Train your functions on a set of 64 x 64 photographs and show what they learned."""
    photos = data.load(name)
    scale = 255.0 if photos.X_train.dtype == np.uint8 else 1.0
    inputs, others = (part.reshape(len(part), -1) / scale - 0.5 for part in (photos.X_train, photos.X_test))
    k = len(photos.class_names)
    Y, Y_others = np.eye(k)[photos.y_train], np.eye(k)[photos.y_test]
    start, b, history = train_softmax(inputs, Y, others, Y_others, lr, 0, np.random.default_rng(0))
    W, b, history = train_softmax(inputs, Y, others, Y_others, lr, 100, np.random.default_rng(0))
    print(
        f"{name}: {inputs.shape[0]} images of {inputs.shape[1]} pixels, accuracy: training "
        f"{history['train_accuracy'][-1]:.2f}, others {history['val_accuracy'][-1]:.2f}, a guess {1 / k:.2f}"
    )
    names = [photos.class_names[i] for i in photos.y_train[:8]]
    plotting.image_grid(photos.X_train[:8], titles=names, columns=8, cmap="gray", title=name)
    plotting.learning_curves(history, metrics=("train_accuracy", "val_accuracy"), title=name)
    plotting.image_grid(
        (W - start).T,
        titles=photos.class_names,
        columns=5,
        symmetric=True,
        title=f"{name}: what training added to the weights",
    )


for name, lr in [("sign-language-digits", 0.1), ("dogs-vs-cats", 0.02)]:
    if data.available(name):
        try_photographs(name, lr)
    else:
        print(f"{name} is not on this computer; data.download({name!r}) fetches it or says where to get it.")
# %% [markdown]
# **If the photographs are there**, compare the two. Hands that show a number stand in the middle, before a plain wall, in one pose for each
# class. What training added to the weights looks like hands, and it carries over to hands that it has not seen.
#
# Dogs and cats sit, lie and jump, near and far, dark on light and light on dark. Hardly any pixel is more often dark for a cat than
# for a dog. What training added is a pattern of blotches with no animal in it. The training accuracy climbs on, while the accuracy on
# other photographs stays close to a guess: each step fits accidents of these 1,600 pictures. It is the failure that the digits at
# random places showed, and for the same reason.
#
# Two ideas help. Hidden layers (PS 5) build new features in place of raw pixels. Convolutions (PS 10) look for the same pattern everywhere.
# %% [markdown]
# ## What you learned
#
# - The logistic function and the softmax turn scores into probabilities; both need care with exponentials.
# - The cross-entropy is the mean negative log-likelihood. Untrained it is about $\ln k$.
# - Together with their loss both have the same gradient at the scores: prediction minus truth.
# - The learning rate is chosen by validation curves, and the weights of one layer can be looked at as images.
# - One layer compares an image with one template for each class, at a fixed place.
#
# You will need `softmax`, `cross_entropy` and their gradient again in PS 5, where they become the last layer of a deeper network, and
# the history, which comes back in later training loops.
#
# **Read more.** *Deep Learning* (Goodfellow, Bengio, Courville), sections 6.2.1 and 6.2.2, on cost functions and output units;
# *Dive into Deep Learning*, chapter 4, on softmax regression; *Pattern Recognition and Machine Learning* (Bishop), section 4.3.
