# %% [markdown]
# # PS 13: Recurrent networks
#
# Until now every sample stood alone: a row of numbers, an image. In this last assignment the samples have an order. What comes next
# depends on what came before, and the network needs a memory. You build one, step by step, and let it forecast. Then you look at
# how far back its gradients reach.
#
# **Goals.** After it you can
#
# - measure a forecast against a baseline that costs nothing, and split a series without looking into the future;
# - write a recurrent cell, unroll it over time, and show that it equals PyTorch's own;
# - say when a series is stationary, and make it so by differences;
# - explain the difference between teacher forcing and free running;
# - measure how gradients fade or explode through time, for three kinds of cell, and what helps.
#
# **Time:** about 5 hours. **Assumed:** back-propagation (PS 5), tensors and autograd (PS 6), `nn.Module`, Adam and the training loop
# (PS 7). **Points:** 20, of which 2 are for answers in words.
# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["setup"]
import time
from collections.abc import Callable, Iterable

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from helpers import diagrams, plotting
from helpers.checks import (
    assert_array,
    assert_close,
    assert_number,
    assert_raises,
    assert_tensor,
    assert_unchanged,
    observe,
)

plotting.use_style()
# %% [markdown]
# ## The data
#
# Three series of 200 values, made by a formula with noise, so that we know what there is to find.
#
# | name | value at time $t$ | standard deviation of the noise |
# | --- | --- | --- |
# | `linear` | $0.05\, t$ + noise | 0.1 |
# | `quadratic` | $0.001\, t^2$ + noise | 0.02 |
# | `season` | $\sin(2 \pi t / 20)$ + noise | 0.2 |
#
# Each is an array of shape (200, 1): time first, then features. Here there is one feature. A recurrent network of PyTorch reads
# tensors of shape **(time, batch, features)**, so that `xs[t]` is the input at time $t$ for the whole batch. `as_batch` makes such
# a tensor, with a batch of one.
# %% nbgrader={"grade": false, "grade_id": "data", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["setup"]
data_rng = np.random.default_rng(13)
ticks = np.arange(200.0)
linear = (0.05 * ticks + data_rng.normal(0.0, 0.1, 200))[:, None]
quadratic = (0.001 * ticks**2 + data_rng.normal(0.0, 0.02, 200))[:, None]
season = (np.sin(2 * np.pi * ticks / 20) + data_rng.normal(0.0, 0.2, 200))[:, None]
all_series = {"linear": linear, "quadratic": quadratic, "season": season}
N_KNOWN = 140  # the first 140 values are known, the last 60 are to be forecast


def as_batch(series):
    """A series (n, d) as a float32 tensor (n, 1, d): time, a batch of one, features."""
    return torch.tensor(np.asarray(series), dtype=torch.float32)[:, None, :]


# %% tags=["try-it"]
fig, axes = plt.subplots(1, 3, figsize=(10.5, 2.8))
for ax, (name, series) in zip(axes, all_series.items(), strict=True):
    ax.plot(ticks[:N_KNOWN], series[:N_KNOWN, 0], linewidth=1.2, linestyle="-", label="known")
    ax.plot(ticks[N_KNOWN:], series[N_KNOWN:, 0], linewidth=1.2, linestyle=":", label="to be forecast")
    ax.axvline(N_KNOWN - 0.5, color="0.6", linewidth=0.8)
    limits = ax.set(xlabel="time", title=name)
legend = axes[0].legend()
print("shape of each series:", linear.shape, " as a batch:", tuple(as_batch(linear).shape))


# %% [markdown]
# # Part 1: what is a good forecast?
#
# ## Pairs
#
# Let $x_1, \dots, x_n$ be a series. A forecast $\ell$ steps ahead is a map from $x_t$, and everything before it, to $x_{t + \ell}$. So
# the series makes its own samples: the feature is $x_t$, the target is $x_{t+\ell}$. The number $\ell$ is the **lag**. The last
# $\ell$ values have no target, so there are $n - \ell$ pairs:
#
# | feature | $x_1$ | $x_2$ | ... | $x_{n-\ell}$ |
# | --- | --- | --- | --- | --- |
# | target | $x_{1+\ell}$ | $x_{2+\ell}$ | ... | $x_n$ |
# %% [markdown]
# ### Exercise 1: `make_lagged` (1 point, ★☆☆)
#
# Write it, for a series of shape $(n,)$ or $(n, d)$. A lag below 1, or one that leaves no pair, is a mistake: raise a `ValueError` whose
# message contains the word `lag`.
#
# <details><summary>Hint</summary>
# Two slices of the same array. Beware of <code>series[:-lag]</code> with a lag of 0: it is empty, because −0 is 0.
# </details>
# %% nbgrader={"grade": false, "grade_id": "make_lagged", "locked": false, "schema_version": 3, "solution": true, "task": false}
def make_lagged(series: np.ndarray, lag: int) -> tuple[np.ndarray, np.ndarray]:
    """Pair each value with the one `lag` steps later.

    Parameters
    ----------
    series : ndarray, shape (n,) or (n, d)
        Time is the first axis.
    lag : int
        In 1, ..., n - 1.

    Returns
    -------
    features, targets : ndarray, shape (n - lag,) or (n - lag, d)
        ``targets[i]`` comes `lag` steps after ``features[i]``.

    Raises
    ------
    ValueError
        If lag is out of range; the message names it.
    """
    # Refuse a lag that makes no pairs.
    ### BEGIN SOLUTION
    if not 1 <= lag < len(series):
        raise ValueError(f"lag must lie in 1..{len(series) - 1} for a series of {len(series)} values; it is {lag}")
    ### END SOLUTION
    # All values but the last ones, and all but the first ones.
    ### BEGIN SOLUTION
    return series[:-lag], series[lag:]
    ### END SOLUTION


# %% [markdown]
# The next cell plots the pairs of the season for three lags. Points close to a line mean that a value says much about the other one.
# %% tags=["try-it"]
fig, axes = plt.subplots(1, 3, figsize=(9, 3.1), sharey=True)
for ax, lag in zip(axes, (1, 5, 20), strict=True):
    features, targets = make_lagged(season, lag)
    ax.plot(features[:, 0], targets[:, 0], "o", markersize=3, alpha=0.7)
    limits = ax.set(xlabel="$x_t$", title=f"lag {lag}: {len(features)} pairs", aspect="equal")
label = axes[0].set_ylabel(r"$x_{t+\ell}$")
# %% nbgrader={"grade": true, "grade_id": "test_make_lagged", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Five values, lag 2, by hand; then two features, and a lag that makes no sense.
features, targets = make_lagged(np.array([10.0, 11.0, 12.0, 13.0, 14.0]), 2)
assert_close(features, np.array([10.0, 11.0, 12.0]), "features at lag 2", "Which values have a target?")
assert_close(targets, np.array([12.0, 13.0, 14.0]), "targets at lag 2", "Does each come 2 steps after its feature?")
features, targets = make_lagged(np.array([[1.0, 5.0], [2.0, 6.0], [3.0, 7.0]]), 1)
assert_close(features, np.array([[1.0, 5.0], [2.0, 6.0]]), "features of a (3, 2) series", "Is time the first axis?")
assert_close(targets, np.array([[2.0, 6.0], [3.0, 7.0]]), "targets of a (3, 2) series", "Is time the first axis?")
assert_raises(ValueError, lambda: make_lagged(np.arange(4.0), 0), "make_lagged with lag 0", "lag")
# %% nbgrader={"grade": true, "grade_id": "hidden_make_lagged", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against the shift of pandas, for all lags; integers; bad lags at both ends.
import pandas as pd

rng = np.random.default_rng(131)
for shape in [(2,), (7,), (7, 1), (5, 3), (3, 6)]:
    series = rng.normal(size=shape)
    for lag in range(1, shape[0]):
        what = f"make_lagged of shape {shape}, lag {lag}"
        with assert_unchanged(series=series):
            features, targets = make_lagged(series, lag)
        frame = pd.DataFrame(series)
        later = frame.shift(-lag).dropna().to_numpy().reshape(-1, *shape[1:])
        earlier = frame.loc[frame.shift(-lag)[0].notna()].to_numpy().reshape(-1, *shape[1:])
        assert_array(features, f"features of {what}", shape=(shape[0] - lag, *shape[1:]))
        assert_close(features, earlier, f"features of {what}")
        assert_close(targets, later, f"targets of {what}")
features, targets = make_lagged(np.array([3, 1, 2]), 1)
assert_array(features, "features of integers", shape=(2,), dtype=np.integer)
assert_close(targets, np.array([1, 2]), "targets of integers")
for series in (np.arange(5.0), np.arange(10.0).reshape(5, 2)):
    for lag in (-2, -1, 0, 5, 6, 12):
        assert_raises(
            ValueError,
            lambda series=series, lag=lag: make_lagged(series, lag),
            f"make_lagged of {series.shape}, lag {lag}",
            "lag",
        )


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The cloud at lag 20, one full season, lies along the diagonal: the value one season ago is a good forecast. At lag 5, a quarter
# of a season, a single value says little: knowing $\sin$ alone does not tell $\cos$ with its sign. Two values in a row do, so a
# network with a memory has something to win.
# %% [markdown]
# ## A baseline that costs nothing
#
# The simplest forecast says that nothing changes: $\hat x_{t+\ell} = x_t$. It is called **persistence**. Its mean squared error is
#
# $$E_\ell = \frac{1}{(n - \ell)\, d} \sum_{t=1}^{n-\ell} \sum_{j=1}^{d} (x_{t + \ell, j} - x_{t, j})^2 .$$
#
# What is it for our series? Let $x_t = s_t + e_t$ with a regular part $s_t$ and independent noise $e_t$ of variance $\sigma^2$. Then
#
# $$x_{t+\ell} - x_t = (s_{t+\ell} - s_t) + (e_{t+\ell} - e_t), \qquad E_\ell \approx \overline{(s_{t+\ell} - s_t)^2} + 2 \sigma^2 ,$$
#
# where the bar is the mean over time. The noise counts twice, since old noise is carried along. A forecast that knew $s_t$ exactly would
# have the error $\sigma^2$. So:
#
# - for the season with lag 20 the first term is 0: persistence over one whole season has the error $2 \sigma^2 = 0.08$;
# - no method can do better than about $\sigma^2 = 0.04$ there.
#
# A network has to earn its place between these two numbers. One that is worse than persistence has learned nothing of use, however small
# its loss may look.
# %% [markdown]
# ### Exercise 2: `persistence_error` (1 point, ★☆☆)
#
# Write $E_\ell$, for a series of shape $(n,)$ or $(n, d)$. The check of the lag is given.
#
# <details><summary>Hint</summary>
# The pairs of Exercise 1 are what you need, and the mean of all entries of an array is <code>a.mean()</code>.
# </details>
# %% nbgrader={"grade": false, "grade_id": "persistence_error", "locked": false, "schema_version": 3, "solution": true, "task": false}
def persistence_error(series: np.ndarray, lag: int) -> float:
    """Mean squared error of forecasting each value by the one `lag` steps before.

    Parameters
    ----------
    series : ndarray of float, shape (n,) or (n, d)
    lag : int
        In 1, ..., n - 1.

    Returns
    -------
    float
        The mean over time and features.

    Raises
    ------
    ValueError
        If lag is out of range; the message names it.
    """
    if not 1 <= lag < len(series):
        raise ValueError(f"lag must lie in 1..{len(series) - 1}; it is {lag}")
    # The mean of the squared differences.
    ### BEGIN SOLUTION
    features, targets = make_lagged(series, lag)
    return float(((targets - features) ** 2).mean())
    ### END SOLUTION


# %% tags=["try-it"]
lags = np.arange(1, 61)
fig, ax = plt.subplots(figsize=(6.4, 3))
ax.plot(lags, [persistence_error(season, int(lag)) for lag in lags], marker="o", markersize=3, label="your persistence")
ax.axhline(2 * 0.2**2, color="0.3", linestyle="--", label=r"$2\sigma^2$, the noise alone")
ax.set(xlabel=r"lag $\ell$", ylabel="mean squared error", title="The season, forecast by its own past", ylim=(0, 2.9))
legend = ax.legend(loc="upper center", ncols=2)
for name, series in all_series.items():
    print(f"{name:<10} persistence error at lag 1: {persistence_error(series, 1):.3f}")
# %% nbgrader={"grade": true, "grade_id": "test_persistence_error", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# By hand: steps of 1, 2 and -3 at lag 1; steps of 3 and -1 at lag 2. A stand-in takes the place of your make_lagged.
from numpy.lib.stride_tricks import sliding_window_view


def pairs_from_windows(series, lag):
    windows = sliding_window_view(series, lag + 1, axis=0)
    return windows[..., 0], windows[..., -1]


for lag, expected in [(1, 14 / 3), (2, 5.0)]:
    seen = observe(
        lambda lag=lag: persistence_error(np.array([5.0, 6.0, 8.0, 5.0]), lag),
        using={"make_lagged": pairs_from_windows},
    )
    assert_number(seen, f"persistence_error at lag {lag}")
    assert_close(seen, expected, f"persistence_error at lag {lag}", "Is it the mean of squares? Over how many pairs?")
# %% nbgrader={"grade": true, "grade_id": "hidden_persistence_error", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Through the shift of pandas; one and several features, all lags; a constant series; bad lags.
import pandas as pd

pairs = {"make_lagged": lambda series, lag: (series[: len(series) - lag], series[lag:])}
rng = np.random.default_rng(132)
for shape in [(2,), (9,), (6, 1), (7, 4), (3, 5)]:
    series = rng.normal(3.0, 2.0, size=shape)
    for lag in range(1, shape[0]):
        frame = pd.DataFrame(series)
        expected = ((frame - frame.shift(lag)) ** 2).stack().mean()
        with assert_unchanged(series=series):
            seen = observe(lambda series=series, lag=lag: persistence_error(series, lag), using=pairs)
        assert_number(seen, f"persistence_error of shape {shape}, lag {lag}")
        assert_close(seen, float(expected), f"persistence_error of shape {shape}, lag {lag}")
seen = observe(lambda: persistence_error(np.full((5, 2), 7.0), 3), using=pairs)
assert_close(seen, 0.0, "persistence_error of a constant series")
for lag in (-1, 0, 4, 9):
    assert_raises(
        ValueError,
        lambda lag=lag: observe(lambda: persistence_error(np.arange(4.0), lag), using=pairs),
        f"persistence_error of 4 values, lag {lag}",
        "lag",
    )


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The curve comes down to the noise at every whole season and rises to its top at every half one, where persistence says
# exactly the opposite of the truth. It is a cheap way to find the length of a season. At lag 1 the baseline of the linear trend is
# $0.05^2 + 2 \cdot 0.1^2$: nearly all of it is noise.
# %% [markdown]
# ## Do not look into the future
#
# In PS 2 a random part of the samples was set aside for testing. With a series that is a mistake. A random test value would have
# neighbours on both sides among the training values, and filling a gap is far easier than forecasting. So cut once: train on the past,
# test on what comes after.
# %% [markdown]
# ### Exercise 3: `time_split` (1 point, ★☆☆)
#
# Write the split. With $n$ pairs the training part is the first `round(fraction * n)`. If one of the two parts would be empty, raise a
# `ValueError` whose message contains the word `fraction`. The check of the lengths is given.
#
# <details><summary>Hint</summary>
# <code>int</code> cuts off where <code>round</code> rounds: <code>0.29 * 100</code> is a little less than 29 in floating point.
# </details>
# %% nbgrader={"grade": false, "grade_id": "time_split", "locked": false, "schema_version": 3, "solution": true, "task": false}
def time_split(
    features: np.ndarray, targets: np.ndarray, fraction: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Split pairs chronologically.

    Parameters
    ----------
    features, targets : ndarray, shape (n, ...)
        In order of time.
    fraction : float
        The share of the training part, which has round(fraction * n) pairs.

    Returns
    -------
    train_features, train_targets, test_features, test_targets : ndarray
        In order of time, the training part first.

    Raises
    ------
    ValueError
        If the lengths differ (the message gives both), or a part would be empty (the message names fraction).
    """
    if len(features) != len(targets):
        raise ValueError(f"features ({len(features)}) and targets ({len(targets)}) must have the same length")
    # How many pairs train? Refuse an empty part.
    ### BEGIN SOLUTION
    n_train = round(fraction * len(features))
    if not 1 <= n_train < len(features):
        raise ValueError(f"fraction {fraction} leaves {n_train} of {len(features)} pairs for training")
    ### END SOLUTION
    # Cut both arrays at the same place.
    ### BEGIN SOLUTION
    return features[:n_train], targets[:n_train], features[n_train:], targets[n_train:]
    ### END SOLUTION


# %% tags=["try-it"]
for fraction in (0.25, 0.5, 0.7):
    parts = time_split(np.arange(10), np.arange(1, 11), fraction)
    print(f"fraction {fraction}: features to train {parts[0]}, features to test {parts[2]}")
# %% nbgrader={"grade": true, "grade_id": "test_time_split", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Five pairs: 0.6 of 5 is 3. The order of time and of the four results counts.
seen = time_split(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([20.0, 30.0, 40.0, 50.0, 60.0]), 0.6)
assert len(seen) == 4, f"time_split should return four arrays; it returned {len(seen)} items."
names = ["train features", "train targets", "test features", "test targets"]
expected = [[1.0, 2.0, 3.0], [20.0, 30.0, 40.0], [4.0, 5.0], [50.0, 60.0]]
for name, part, wanted in zip(names, seen, expected, strict=True):
    assert_close(part, np.array(wanted), name, "Is the order of time kept? Are the four parts in the right order?")
assert_raises(
    ValueError, lambda: time_split(np.arange(3.0), np.arange(3.0), 1.0), "time_split with fraction 1.0", "fraction"
)
# %% nbgrader={"grade": true, "grade_id": "hidden_time_split", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Numbers of pairs worked by hand, where cutting off and rounding differ; several features; empty parts.
rng = np.random.default_rng(133)
cases = [(10, 0.7, 7), (100, 0.29, 29), (5, 0.75, 4), (5, 0.66, 3), (2, 0.5, 1), (7, 0.1, 1), (6, 0.9, 5), (9, 0.18, 2)]
for n, fraction, n_train in cases:
    features, targets = rng.normal(size=(n, 3)), rng.normal(size=(n,))
    with assert_unchanged(features=features, targets=targets):
        seen = time_split(features, targets, fraction)
    what = f"of {n} pairs, fraction {fraction}"
    expected = [*np.split(features, [n_train]), *np.split(targets, [n_train])]
    for i, name in enumerate(["train features", "test features", "train targets", "test targets"]):
        assert_close(seen[(0, 2, 1, 3)[i]], expected[i], f"{name} {what}")
for n, fraction in [(10, 0.0), (10, 1.0), (10, 0.04), (10, 0.96), (10, -0.3), (10, 1.2), (1, 0.7), (1, 0.3)]:
    assert_raises(
        ValueError,
        lambda n=n, fraction=fraction: time_split(np.arange(n), np.arange(n), fraction),
        f"time_split of {n} pairs, fraction {fraction}",
        "fraction",
    )
assert_raises(ValueError, lambda: time_split(np.arange(4), np.arange(3), 0.5), "time_split of 4 and 3", "3")


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** One cut gives one test period, and errors inside it depend on each other: a period can be lucky. In serious work one moves
# the cut forward several times, trains each time on all that is past, and averages. That is cross-validation for series.
# %% [markdown]
# # Part 2: a network with a memory
#
# ## One step
#
# A **recurrent cell** keeps a state $h$, a row of numbers. At each time it mixes the new input with the old state:
#
# $$h_t = \varphi\big( x_t W_{hx} + h_{t-1} W_{hh} + b_h \big) .$$
#
# | | $x_t$ | $W_{hx}$ | $h_{t-1}$, $h_t$ | $W_{hh}$ | $b_h$ |
# | --- | --- | --- | --- | --- | --- |
# | shape | (batch, input) | (input, hidden) | (batch, hidden) | (hidden, hidden) | (hidden,) |
#
# The function $\varphi$ works element by element; it is usually tanh. Without $W_{hh}$ this is a hidden layer as in PS 5. With it, the state
# is a summary of everything that was read so far. In the names of the weights the first letter is where the numbers go, the second
# where they come from.
# %% [markdown]
# ### Exercise 4: `rnn_cell` (1.5 points, ★☆☆)
#
# Write one step. `activation` is a function from a tensor to a tensor of the same shape. Gradients must flow to all arguments. The check
# of the shapes is given.
#
# <details><summary>Hint</summary>
# One line. The shapes in the table leave only one way to multiply.
# </details>
# %% nbgrader={"grade": false, "grade_id": "rnn_cell", "locked": false, "schema_version": 3, "solution": true, "task": false}
def rnn_cell(
    x: torch.Tensor,
    h: torch.Tensor,
    w_hx: torch.Tensor,
    w_hh: torch.Tensor,
    b_h: torch.Tensor,
    activation: Callable[[torch.Tensor], torch.Tensor],
) -> torch.Tensor:
    """One step of a recurrent cell.

    Parameters
    ----------
    x : Tensor of float, shape (batch, input)
    h : Tensor of float, shape (batch, hidden)
        The state before the step.
    w_hx : Tensor of float, shape (input, hidden)
    w_hh : Tensor of float, shape (hidden, hidden)
    b_h : Tensor of float, shape (hidden,)
    activation : function
        Element by element, such as torch.tanh.

    Returns
    -------
    Tensor of float, shape (batch, hidden)
        The state after the step.

    Raises
    ------
    ValueError
        If the shapes do not fit; the message gives them.
    """
    n_hidden = w_hh.shape[-1]
    fit = x.ndim == 2 and h.shape == (len(x), n_hidden) and w_hx.shape == (x.shape[1], n_hidden)
    if not fit or w_hh.shape != (n_hidden, n_hidden) or b_h.shape != (n_hidden,):
        named = {"x": x, "h": h, "w_hx": w_hx, "w_hh": w_hh, "b_h": b_h}
        raise ValueError("shapes do not fit: " + ", ".join(f"{name} {tuple(t.shape)}" for name, t in named.items()))
    # Input, state and bias, through the activation.
    ### BEGIN SOLUTION
    return activation(x @ w_hx + h @ w_hh + b_h)
    ### END SOLUTION


# %% [markdown]
# The next cell feeds a single pulse, then nothing, to a cell with one unit. The state remembers the pulse for a while. How long depends
# on the recurrent weight.
# %% tags=["try-it"]
fig, ax = plt.subplots(figsize=(6, 3))
for i, weight in enumerate([0.0, 0.5, 0.9, 1.0]):
    h, states = torch.zeros(1, 1), []
    for step in range(16):
        pulse = torch.ones(1, 1) if step == 1 else torch.zeros(1, 1)
        h = rnn_cell(pulse, h, torch.ones(1, 1), torch.full((1, 1), weight), torch.zeros(1), torch.tanh)
        states.append(h.item())
    ax.plot(states, marker=plotting.MARKERS[i], markersize=5, label=f"$w_{{hh}}$ = {weight}")
ax.set(xlabel="time", ylabel="state $h_t$", title="A pulse at time 1, seen by your cell")
legend = ax.legend()


# %% nbgrader={"grade": true, "grade_id": "test_rnn_cell", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Two samples, two inputs, three units, by hand. The scores of the first sample are 3, -2, 2; of the second 0, -5, 1.
def by_hand(activation):
    return rnn_cell(
        torch.tensor([[1.0, 2.0], [0.0, 0.0]]),
        torch.tensor([[1.0, 0.0, 2.0], [0.0, 0.0, 0.0]]),
        torch.tensor([[1.0, 0.0, -1.0], [0.0, 1.0, 1.0]]),
        torch.tensor([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]),
        torch.tensor([0.0, -5.0, 1.0]),
        activation,
    )


seen = observe(lambda: by_hand(lambda t: t))
assert_tensor(seen, "rnn_cell for 2 samples and 3 units", shape=(2, 3), dtype=torch.float32)
assert_close(
    seen,
    np.array([[3.0, -2.0, 2.0], [0.0, -5.0, 1.0]]),
    "rnn_cell without an activation",
    "Are all three terms there? Is a weight matrix transposed?",
    rtol=1e-6,
)
seen = observe(lambda: by_hand(torch.relu))
expected = np.array([[3.0, 0.0, 2.0], [0.0, 0.0, 1.0]])
assert_close(seen, expected, "rnn_cell with the ReLU", "Is the activation applied, and to the whole sum?", rtol=1e-6)
# %% nbgrader={"grade": true, "grade_id": "hidden_rnn_cell", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against PyTorch's own cells, on many shapes in both precisions; another activation; gradients; shapes that do not fit.
rng = np.random.default_rng(134)
torch_cells = {"tanh": (torch.tanh, torch.rnn_tanh_cell), "relu": (torch.relu, torch.rnn_relu_cell)}
for batch, n_input, n_hidden in [(1, 3, 4), (5, 1, 2), (4, 6, 1), (3, 2, 5), (3, 3, 3)]:
    for dtype, tolerance in ((torch.float64, 1e-9), (torch.float32, 1e-5)):
        shapes = [(batch, n_input), (batch, n_hidden), (n_input, n_hidden), (n_hidden, n_hidden), (n_hidden,)]
        x, h, w_hx, w_hh, b_h = (torch.tensor(rng.normal(size=shape), dtype=dtype) for shape in shapes)
        for name, (activation, cell) in torch_cells.items():
            what = f"rnn_cell with {name}, x {tuple(x.shape)}, h {tuple(h.shape)}"
            with assert_unchanged(x=x, h=h, w_hx=w_hx, w_hh=w_hh, b_h=b_h):
                seen = rnn_cell(x, h, w_hx, w_hh, b_h, activation)
            assert_tensor(seen, what, shape=(batch, n_hidden), dtype=dtype)
            expected = cell(x, h, w_hx.T, w_hh.T, b_h, torch.zeros_like(b_h))
            assert_close(seen, expected, what, rtol=tolerance, atol=tolerance)

weights = [rng.normal(size=shape) for shape in [(2, 3), (2, 4), (3, 4), (4, 4), (4,)]]
x, h, w_hx, w_hh, b_h = weights
seen = rnn_cell(*(torch.tensor(a) for a in weights), torch.sin)
assert_close(seen, np.sin(x @ w_hx + h @ w_hh + b_h), "rnn_cell with the sine as activation", rtol=1e-9)


def gradients():
    tensors = [torch.tensor(a, requires_grad=True) for a in weights]
    rnn_cell(*tensors, torch.tanh).sum().backward()
    return [None if t.grad is None else t.grad for t in tensors]


slope = 1 - np.tanh(x @ w_hx + h @ w_hh + b_h) ** 2
expected = [slope @ w_hx.T, slope @ w_hh.T, x.T @ slope, h.T @ slope, slope.sum(axis=0)]
for name, seen, wanted in zip(("x", "h", "w_hx", "w_hh", "b_h"), observe(gradients), expected, strict=True):
    assert seen is not None, f"No gradient reaches {name}. Was the graph cut (detach, item, numpy)?"
    assert_close(seen, wanted, f"the gradient with respect to {name}", rtol=1e-9)
for name, shape in {"h": (3, 4), "b_h": (1, 4), "w_hx": (4, 3)}.items():
    tensors = dict(zip(("x", "h", "w_hx", "w_hh", "b_h"), (torch.tensor(a) for a in weights), strict=True))
    tensors[name] = torch.zeros(shape, dtype=torch.float64)
    assert_raises(
        ValueError,
        lambda tensors=tensors: rnn_cell(*tensors.values(), torch.tanh),
        f"rnn_cell with {name} {shape}",
        str(shape),
    )


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** With the weight 0 the cell forgets at once; the closer to 1, the longer it remembers. Even with the weight 1 the memory
# fades, since $\tanh h < h$ for positive $h$. Part 5 asks the same question for gradients.
# %% [markdown]
# ## Unrolled
#
# A sequence is read by applying the same cell again and again. At each time the state also gives an output by a linear layer:
#
# $$y_t = h_t W_{yh} + b_y, \qquad W_{yh}: (\text{hidden}, \text{output}), \quad b_y: (\text{output},) .$$
#
# Drawn in time, the loop becomes a network with as many layers as there are steps. The next picture shows it. All layers use **the same
# weights**, as a convolution uses the same filter everywhere (PS 10). So the number of weights does not depend on the length of the
# sequence, and a gradient arrives at each weight from every step. To the autograd of PS 6 this is nothing new: a value that is used
# several times adds up what comes back.
# %% tags=["try-it"]
unrolled_nodes = {"h0": (0, 1, "$h_0$")}
unrolled_edges = []
for step in (1, 2, 3):
    unrolled_nodes |= {
        f"x{step}": (step, 2, f"$x_{step}$"),
        f"h{step}": (step, 1, f"$h_{step}$"),
        f"y{step}": (step, 0, f"$y_{step}$"),
    }
    unrolled_edges += [
        (f"h{step - 1}", f"h{step}", "$W_{hh}$", ""),
        (f"x{step}", f"h{step}", "$W_{hx}$", ""),
        (f"h{step}", f"y{step}", "$W_{yh}$", ""),
    ]
ax = diagrams.computation_graph(unrolled_nodes, unrolled_edges, title="Three steps, unrolled: the weights are shared")
ax = diagrams.shape_flow(
    [
        ("inputs", ("time", "batch", "input")),
        "cell, step by step",
        ("states", ("time", "batch", "hidden")),
        "@ $W_{yh}$ + $b_y$",
        ("outputs", ("time", "batch", "output")),
    ],
    title="Shapes",
)


# %% [markdown]
# ### Exercise 5: `rnn_unroll` (1.5 points, ★★☆)
#
# Write the loop over time, with your `rnn_cell`. `params` is a dict of the five tensors. Return the outputs at all times, stacked, and the
# last state. Whoever wants to go on reading later hands that state in as `h0`.
#
# <details><summary>Hint</summary>
# A loop <code>for x in xs</code> walks along the first axis, which is time. Collect in a list, then <code>torch.stack</code>.
# </details>
# %% nbgrader={"grade": false, "grade_id": "rnn_unroll", "locked": false, "schema_version": 3, "solution": true, "task": false}
def rnn_unroll(
    xs: torch.Tensor,
    h0: torch.Tensor,
    params: dict[str, torch.Tensor],
    activation: Callable[[torch.Tensor], torch.Tensor],
) -> tuple[torch.Tensor, torch.Tensor]:
    """Read a batch of sequences with a recurrent cell.

    Parameters
    ----------
    xs : Tensor of float, shape (time, batch, input)
        At least one step.
    h0 : Tensor of float, shape (batch, hidden)
        The state before the first step.
    params : dict
        ``w_hx`` (input, hidden), ``w_hh`` (hidden, hidden), ``b_h`` (hidden,), ``w_yh`` (hidden, output),
        ``b_y`` (output,).
    activation : function
        Element by element, such as torch.tanh.

    Returns
    -------
    outputs : Tensor of float, shape (time, batch, output)
    last_hidden : Tensor of float, shape (batch, hidden)
        The state after the last step.

    Raises
    ------
    ValueError
        If xs does not have three axes, or has no step; the message gives its shape.
    """
    if xs.ndim != 3 or len(xs) == 0:
        raise ValueError(f"xs must have shape (time, batch, input) with at least one step; it has {tuple(xs.shape)}")
    # The states, one after the other; each step begins with the state that the step before left.
    ### BEGIN SOLUTION
    h, states = h0, []
    for x in xs:
        h = rnn_cell(x, h, params["w_hx"], params["w_hh"], params["b_h"], activation)
        states.append(h)
    ### END SOLUTION
    # The outputs of all states, and the last state.
    ### BEGIN SOLUTION
    return torch.stack(states) @ params["w_yh"] + params["b_y"], h
    ### END SOLUTION


# %% tags=["try-it"]
# A cell that adds up: with these weights and no activation the state is the sum of all that was read.
adding = {"w_hx": torch.ones(1, 1), "w_hh": torch.ones(1, 1), "b_h": torch.zeros(1)}
adding |= {"w_yh": torch.ones(1, 1), "b_y": torch.zeros(1)}
outputs, last = rnn_unroll(torch.tensor([[[1.0]], [[2.0]], [[3.0]], [[4.0]]]), torch.zeros(1, 1), adding, lambda t: t)
print("read 1, 2, 3, 4; outputs:", outputs.flatten().tolist(), " last state:", last.item())


# %% nbgrader={"grade": true, "grade_id": "test_rnn_unroll", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# One unit that keeps half of its state: from 8, reading 2, 0, 4, it goes to 6, 3, 5.5. Two outputs: h and 10 - h.
# All states are positive, so the ReLU changes nothing; PyTorch's own ReLU cell takes the place of your rnn_cell.
def halving():
    params = {"w_hx": torch.tensor([[1.0]]), "w_hh": torch.tensor([[0.5]]), "b_h": torch.tensor([0.0])}
    params |= {"w_yh": torch.tensor([[1.0, -1.0]]), "b_y": torch.tensor([0.0, 10.0])}
    return rnn_unroll(torch.tensor([[[2.0]], [[0.0]], [[4.0]]]), torch.tensor([[8.0]]), params, torch.relu)


def cell_of_torch(x, h, w_hx, w_hh, b_h, activation):
    return torch.rnn_relu_cell(x, h, w_hx.T, w_hh.T, b_h, torch.zeros_like(b_h))


outputs, last = observe(halving, using={"rnn_cell": cell_of_torch})
assert_tensor(outputs, "the outputs of 3 steps, batch 1, 2 outputs", shape=(3, 1, 2), dtype=torch.float32)
assert_close(last, np.array([[5.5]]), "the last state", "Does the first step begin with h0, each other with the last?")
assert_close(
    outputs,
    np.array([[[6.0, 4.0]], [[3.0, 7.0]], [[5.5, 4.5]]]),
    "the outputs",
    "Is there one for each step, after the step? Is b_y added?",
    rtol=1e-6,
)


# %% nbgrader={"grade": true, "grade_id": "hidden_rnn_unroll", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against nn.RNN and nn.Linear with the same weights; a state that is not 0; reading in two parts; gradients.
def cell_of_test(x, h, w_hx, w_hh, b_h, activation):
    return activation(torch.einsum("bi,ij->bj", x, w_hx) + torch.einsum("bi,ij->bj", h, w_hh) + b_h)


SHAPES = {"w_hx": "ih", "w_hh": "hh", "b_h": "h", "w_yh": "ho", "b_y": "o"}


def draw(rng, n_input, n_hidden, n_output, dtype):
    size = {"i": n_input, "h": n_hidden, "o": n_output}
    return {
        name: torch.tensor(rng.normal(size=[size[axis] for axis in axes]), dtype=dtype) for name, axes in SHAPES.items()
    }


def by_torch(xs, h0, params, nonlinearity):
    recurrent = nn.RNN(xs.shape[2], h0.shape[1], nonlinearity=nonlinearity, dtype=xs.dtype)
    weights = {
        "weight_ih_l0": params["w_hx"].T,
        "weight_hh_l0": params["w_hh"].T,
        "bias_ih_l0": params["b_h"],
        "bias_hh_l0": torch.zeros_like(params["b_h"]),
    }
    states, last = torch.func.functional_call(recurrent, weights, (xs, h0[None]))
    return nn.functional.linear(states, params["w_yh"].T, params["b_y"]), last[0]


rng = np.random.default_rng(135)
stand_in = {"rnn_cell": cell_of_test}
for steps, batch, n_input, n_hidden, n_output in [
    (1, 3, 2, 4, 5),
    (6, 1, 3, 2, 1),
    (5, 4, 1, 3, 2),
    (4, 2, 3, 1, 3),
    (3, 3, 3, 3, 3),
]:
    for dtype, tolerance in ((torch.float64, 1e-9), (torch.float32, 1e-4)):
        params = draw(rng, n_input, n_hidden, n_output, dtype)
        params["w_hh"] *= 0.5
        xs = torch.tensor(rng.normal(size=(steps, batch, n_input)), dtype=dtype)
        h0 = torch.tensor(rng.normal(size=(batch, n_hidden)), dtype=dtype)
        for name, activation in (("tanh", torch.tanh), ("relu", torch.relu)):
            what = f"for xs {tuple(xs.shape)}, {n_hidden} units, {name}"
            with assert_unchanged(xs=xs, h0=h0, **params):
                outputs, last = observe(
                    lambda xs=xs, h0=h0, params=params, activation=activation: rnn_unroll(xs, h0, params, activation),
                    using=stand_in,
                )
            wanted, wanted_last = by_torch(xs, h0, params, name)
            assert_tensor(outputs, f"outputs {what}", shape=(steps, batch, n_output), dtype=dtype)
            assert_tensor(last, f"last state {what}", shape=(batch, n_hidden), dtype=dtype)
            assert_close(outputs, wanted, f"outputs {what}", rtol=tolerance, atol=tolerance)
            assert_close(last, wanted_last, f"last state {what}", rtol=tolerance, atol=tolerance)

params = draw(rng, 2, 3, 2, torch.float64)
xs, h0 = torch.tensor(rng.normal(size=(5, 4, 2))), torch.tensor(rng.normal(size=(4, 3)))


def in_two_parts():
    first, h = rnn_unroll(xs[:2], h0, params, torch.tanh)
    second, h = rnn_unroll(xs[2:], h, params, torch.tanh)
    return torch.cat([first, second]), h


def gradients():
    leaves = {name: p.clone().requires_grad_() for name, p in params.items()}
    start = h0.clone().requires_grad_()
    outputs, last = rnn_unroll(xs, start, leaves, torch.tanh)
    ((outputs**2).sum() + last.sum()).backward()
    return {name: t.grad for name, t in {**leaves, "h0": start}.items()}


outputs, last = observe(in_two_parts, using=stand_in)
wanted, wanted_last = by_torch(xs, h0, params, "tanh")
assert_close(outputs, wanted, "outputs of a sequence read in two parts", rtol=1e-9)
assert_close(last, wanted_last, "the last state of a sequence read in two parts", rtol=1e-9)
seen = observe(gradients, using=stand_in)
leaves = {name: p.clone().requires_grad_() for name, p in {**params, "h0": h0}.items()}
wanted, wanted_last = by_torch(xs, leaves["h0"], leaves, "tanh")
((wanted**2).sum() + wanted_last.sum()).backward()
for name, leaf in leaves.items():
    assert seen[name] is not None, f"No gradient reaches {name}. Was the graph cut (detach, item, numpy)?"
    assert_close(seen[name], leaf.grad, f"the gradient with respect to {name}", rtol=1e-8)
for shape in [(3, 2), (0, 4, 2)]:
    assert_raises(
        ValueError,
        lambda shape=shape: observe(
            lambda: rnn_unroll(torch.zeros(shape, dtype=torch.float64), h0, params, torch.tanh), using=stand_in
        ),
        f"rnn_unroll with xs {shape}",
        str(shape),
    )


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The output layer needs no loop: it is one product for all steps. Only the states must wait for each other. This is why
# recurrent networks use a graphics card badly, and one reason why models without recurrence have replaced them in many places.
# %% [markdown]
# ## As a module
#
# A module owns its parameters, so that `model.parameters()` finds them and an optimizer can change them (PS 7).
# %% [markdown]
# ### Exercise 6: `RNN` (2 points, ★★☆)
#
# Complete the class, with your `rnn_unroll`.
#
# - The five weights are `nn.Parameter`s with the names of `params`. Each starts with random numbers, uniform in
#   $\left[-1 / \sqrt{\text{hidden}},\; 1 / \sqrt{\text{hidden}}\right]$. Both `nn.RNN` and the linear layer after it start like that.
# - `forward(xs)` begins with a state of zeros, of the dtype of `xs`. `forward(xs, hidden)` begins with the state `hidden`. Both return the
#   outputs and the last state.
#
# <details><summary>Hint</summary>
# <code>torch.empty(shape).uniform_(low, high)</code> draws. <code>xs.new_zeros(shape)</code> has the dtype of <code>xs</code>.
# <code>dict(self.named_parameters())</code> is a dict from names to parameters.
# </details>
# %% nbgrader={"grade": false, "grade_id": "RNN", "locked": false, "schema_version": 3, "solution": true, "task": false}
class RNN(nn.Module):
    """A recurrent layer and a linear output layer.

    Parameters
    ----------
    n_input, n_hidden, n_output : int
    activation : function
        Element by element, such as torch.tanh.

    Attributes
    ----------
    w_hx, w_hh, b_h, w_yh, b_y : nn.Parameter
        Of shapes (n_input, n_hidden), (n_hidden, n_hidden), (n_hidden,), (n_hidden, n_output), (n_output,).
    """

    def __init__(
        self, n_input: int, n_hidden: int, n_output: int, activation: Callable[[torch.Tensor], torch.Tensor]
    ) -> None:
        super().__init__()
        self.activation = activation
        # Five parameters, uniform in [-1 / sqrt(n_hidden), 1 / sqrt(n_hidden)].
        ### BEGIN SOLUTION
        bound = 1 / n_hidden**0.5
        self.w_hx = nn.Parameter(torch.empty(n_input, n_hidden).uniform_(-bound, bound))
        self.w_hh = nn.Parameter(torch.empty(n_hidden, n_hidden).uniform_(-bound, bound))
        self.b_h = nn.Parameter(torch.empty(n_hidden).uniform_(-bound, bound))
        self.w_yh = nn.Parameter(torch.empty(n_hidden, n_output).uniform_(-bound, bound))
        self.b_y = nn.Parameter(torch.empty(n_output).uniform_(-bound, bound))
        ### END SOLUTION

    def forward(self, xs: torch.Tensor, hidden: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """Read xs (time, batch, n_input) from the state hidden (batch, n_hidden), or from zeros.

        Returns the outputs (time, batch, n_output) and the last state (batch, n_hidden).
        """
        # A state of zeros unless one is given.
        ### BEGIN SOLUTION
        if hidden is None:
            hidden = xs.new_zeros(xs.shape[1], self.w_hh.shape[0])
        ### END SOLUTION
        # Read the sequence.
        ### BEGIN SOLUTION
        return rnn_unroll(xs, hidden, dict(self.named_parameters()), self.activation)
        ### END SOLUTION


# %% [markdown]
# **Is it the same as PyTorch's?** The next cell copies your weights into `nn.RNN` and `nn.Linear`, which keep them transposed, and compares.
# `nn.RNN` has a second bias, which we set to 0. Then the cell takes the time.
# %% tags=["try-it"]
torch.manual_seed(0)
mine = RNN(3, 8, 2, torch.tanh)
recurrent, readout = nn.RNN(3, 8), nn.Linear(8, 2)
with torch.no_grad():
    recurrent.weight_ih_l0.copy_(mine.w_hx.T)
    recurrent.weight_hh_l0.copy_(mine.w_hh.T)
    recurrent.bias_ih_l0.copy_(mine.b_h)
    recurrent.bias_hh_l0.zero_()
    readout.weight.copy_(mine.w_yh.T)
    readout.bias.copy_(mine.b_y)
    xs = torch.randn(100, 5, 3)
    outputs, last = mine(xs)
    states, last_of_torch = recurrent(xs)
    print("outputs", tuple(outputs.shape), " state", tuple(last.shape))
    print("largest difference of the outputs below 1e-5:", bool((outputs - readout(states)).abs().max() < 1e-5))
    print("largest difference of the last states below 1e-5:", bool((last - last_of_torch[0]).abs().max() < 1e-5))
print("weights:", sum(p.numel() for p in mine.parameters()), "for a sequence of any length")
# %% tags=["try-it"]
# NBVAL_IGNORE_OUTPUT
for name, run in {"yours": lambda: mine(xs), "nn.RNN": lambda: readout(recurrent(xs)[0])}.items():
    run()
    begin = time.perf_counter()
    for _ in range(10):
        run()
    print(f"{name:<7} {100 * (time.perf_counter() - begin):5.2f} ms for 100 steps")


# %% nbgrader={"grade": true, "grade_id": "test_RNN", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Names and shapes of the parameters; then the outputs, computed by PyTorch from the weights that your module has.
def unroll_of_torch(xs, h0, params, activation):
    weights = [params["w_hx"].T, params["w_hh"].T, params["b_h"], torch.zeros_like(params["b_h"])]
    states, last = torch.rnn_tanh(xs, h0[None], weights, True, 1, 0.0, False, False, False)
    return nn.functional.linear(states, params["w_yh"].T, params["b_y"]), last[0]


def cell_of_torch(x, h, w_hx, w_hh, b_h, activation):
    return torch.rnn_tanh_cell(x, h, w_hx.T, w_hh.T, b_h, torch.zeros_like(b_h))


def build_and_read():
    torch.manual_seed(0)
    model = RNN(2, 4, 3, torch.tanh)
    xs = torch.randn(6, 5, 2)
    outputs, last = model(xs)
    return {name: p.detach() for name, p in model.named_parameters()}, xs, outputs.detach(), last.detach()


params, xs, outputs, last = observe(build_and_read, using={"rnn_unroll": unroll_of_torch, "rnn_cell": cell_of_torch})
wanted = {"w_hx": (2, 4), "w_hh": (4, 4), "b_h": (4,), "w_yh": (4, 3), "b_y": (3,)}
assert set(params) == set(wanted), f"The parameters are named {sorted(params)}. Is each of the five an nn.Parameter?"
for name, shape in wanted.items():
    assert_tensor(params[name], f"the parameter {name} of RNN(2, 4, 3)", shape=shape)
expected, expected_last = unroll_of_torch(xs, torch.zeros(5, 4), params, torch.tanh)
assert_close(outputs, expected, "outputs", "Does it begin with a state of zeros?", rtol=1e-5, atol=1e-6)
assert_close(last, expected_last, "the last state", "Is it the second result?", rtol=1e-5, atol=1e-6)


# %% nbgrader={"grade": true, "grade_id": "hidden_RNN", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against nn.RNN and nn.Linear: sizes, activations, both precisions, a given state; gradients; the random start.
def cell_of_test(x, h, w_hx, w_hh, b_h, activation):
    return activation(torch.einsum("bi,ij->bj", x, w_hx) + torch.einsum("bi,ij->bj", h, w_hh) + b_h)


def unroll_of_test(xs, h0, params, activation):
    h, outputs = h0, []
    for step in range(xs.shape[0]):
        h = cell_of_test(xs[step], h, params["w_hx"], params["w_hh"], params["b_h"], activation)
        outputs.append(torch.einsum("bi,ij->bj", h, params["w_yh"]) + params["b_y"])
    return torch.stack(outputs), h


stand_ins = {"rnn_cell": cell_of_test, "rnn_unroll": unroll_of_test}


def by_torch(xs, h0, params, nonlinearity):
    recurrent = nn.RNN(xs.shape[2], params["b_h"].shape[0], nonlinearity=nonlinearity, dtype=xs.dtype)
    weights = {
        "weight_ih_l0": params["w_hx"].T,
        "weight_hh_l0": params["w_hh"].T,
        "bias_ih_l0": params["b_h"],
        "bias_hh_l0": torch.zeros_like(params["b_h"]),
    }
    states, last = torch.func.functional_call(recurrent, weights, (xs, h0[None]))
    return nn.functional.linear(states, params["w_yh"].T, params["b_y"]), last[0]


rng = np.random.default_rng(136)
for n_input, n_hidden, n_output, name in [
    (1, 4, 1, "tanh"),
    (3, 2, 5, "relu"),
    (2, 1, 3, "tanh"),
    (4, 6, 2, "relu"),
    (3, 3, 3, "tanh"),
]:
    for dtype, tolerance in ((torch.float32, 1e-4), (torch.float64, 1e-9)):
        xs = torch.tensor(rng.normal(size=(5, 3, n_input)), dtype=dtype)
        h0 = torch.tensor(rng.normal(size=(3, n_hidden)), dtype=dtype)
        activation = getattr(torch, name)

        def probe(
            n_input=n_input, n_hidden=n_hidden, n_output=n_output, activation=activation, xs=xs, h0=h0, dtype=dtype
        ):
            model = RNN(n_input, n_hidden, n_output, activation).to(dtype)
            kept = [xs.clone(), h0.clone()]
            fresh, started = model(xs), model(xs, h0)
            ((started[0] ** 2).sum() + started[1].sum()).backward()
            seen = {
                "params": {key: p.detach() for key, p in model.named_parameters()},
                "grads": {key: p.grad for key, p in model.named_parameters()},
                "from zeros": tuple(t.detach() for t in fresh),
                "from a given state": tuple(t.detach() for t in started),
                "unchanged": torch.equal(kept[0], xs) and torch.equal(kept[1], h0),
                "module": isinstance(model, nn.Module),
            }
            return seen

        seen = observe(probe, using=stand_ins)
        params = seen["params"]
        what = f"RNN({n_input}, {n_hidden}, {n_output}), {name}"
        shapes = {
            "w_hx": (n_input, n_hidden),
            "w_hh": (n_hidden, n_hidden),
            "b_h": (n_hidden,),
            "w_yh": (n_hidden, n_output),
            "b_y": (n_output,),
        }
        assert {key: tuple(p.shape) for key, p in params.items()} == shapes, f"The parameters of {what} are off."
        assert seen["module"] and seen["unchanged"], f"{what} is no module, or forward changed its arguments."
        for start, state in (("from zeros", torch.zeros_like(h0)), ("from a given state", h0)):
            wanted = by_torch(xs, state, params, name)
            for part, result, expected in zip(("outputs", "last state"), seen[start], wanted, strict=True):
                assert_tensor(result, f"{part} of {what}, {start}", shape=tuple(expected.shape), dtype=dtype)
                assert_close(result, expected, f"{part} of {what}, {start}", rtol=tolerance, atol=tolerance)
        leaves = {key: p.clone().requires_grad_() for key, p in params.items()}
        outputs, last = by_torch(xs, h0, leaves, name)
        ((outputs**2).sum() + last.sum()).backward()
        for key, leaf in leaves.items():
            assert seen["grads"][key] is not None, f"No gradient reaches {key} of {what}."
            assert_close(seen["grads"][key], leaf.grad, f"gradient of {key}, {what}", rtol=tolerance, atol=tolerance)


def two_starts():
    torch.manual_seed(3)
    return [{key: p.detach() for key, p in RNN(6, 49, 5, torch.tanh).named_parameters()} for _ in range(2)]


first, second = observe(two_starts, using=stand_ins)
bound = 1 / 7
for key, p in first.items():
    assert not torch.equal(p, second[key]), f"Two new modules have the same {key}. Is it random?"
    # 1 % more than the bound, for rounding; the spread of the uniform distribution is bound / sqrt(3), and its estimate
    # from the 49 numbers of b_h has a standard error of 6 %, from 5 numbers more.
    assert p.abs().max() <= 1.01 * bound, f"{key} has entries outside [-1 / sqrt(hidden), 1 / sqrt(hidden)]."
    assert p.dtype == torch.float32, f"{key} is {p.dtype}; it should be float32."
    if p.numel() >= 49:
        spread = float(p.std()) / (bound / 3**0.5)
        assert 0.75 < spread < 1.25, f"The spread of {key} is {spread:.2f} times that of the uniform distribution."
        assert abs(float(p.mean())) < 0.5 * bound, f"The mean of {key} should be near 0."


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The numbers agree to rounding; the time does not. `nn.RNN` runs the same loop in C++, without a Python call and a record of
# its own for each operation. Your module is what you can change: any activation, any connection.
# %% [markdown]
# # Part 3: stationarity
#
# A network learns what happens often. It can use that later only if the future works like the past. A series is **stationary** if its
# statistics do not change with time: the mean of $x_t$, its spread, and how $x_t$ and $x_{t+k}$ depend on each other are the same for all
# $t$. A trend is not stationary, since its mean moves.
#
# For a network with tanh units the consequence is hard. All states lie in $[-1, 1]$, so every output obeys
#
# $$|y| \le \sum_{i} |(W_{yh})_i| + |b_y| .$$
#
# There are values that such a network cannot say, whatever it reads. A trend that goes on will reach them.
#
# ## Differences
#
# Look at the steps instead: $\Delta x_t = x_{t+1} - x_t$, one value fewer. Work it out for a line and for a parabola:
#
# $$x_t = a\,t: \quad \Delta x_t = a, \qquad\qquad x_t = c\,t^2: \quad \Delta x_t = c\,(2t + 1), \quad \Delta (\Delta x)_t = 2c .$$
#
# One difference turns a line into a constant. A parabola needs two. And the noise? For independent noise $e_t$ of variance $\sigma^2$,
#
# $$\operatorname{Var}(e_{t+1} - e_t) = 2 \sigma^2, \qquad \operatorname{Var}(e_{t+2} - 2 e_{t+1} + e_t) = (1 + 4 + 1)\, \sigma^2 = 6 \sigma^2 .$$
#
# So each difference costs something. Take as many as are needed, and no more.
# %% [markdown]
# ### Exercise 7: `difference` (1 point, ★☆☆)
#
# Write $\Delta x$ along time, for a series of shape $(n,)$ or $(n, d)$.
#
# <details><summary>Hint</summary>
# <code>np.diff</code> exists, but look up along which axis it works unless told otherwise.
# </details>
# %% nbgrader={"grade": false, "grade_id": "difference", "locked": false, "schema_version": 3, "solution": true, "task": false}
def difference(series: np.ndarray) -> np.ndarray:
    """Step from each value to the next.

    Parameters
    ----------
    series : ndarray of float, shape (n,) or (n, d)
        Time is the first axis; at least one value.

    Returns
    -------
    ndarray of float, shape (n - 1,) or (n - 1, d)
        ``series[t + 1] - series[t]``.
    """
    # Later values minus earlier ones.
    ### BEGIN SOLUTION
    return series[1:] - series[:-1]
    ### END SOLUTION


# %% tags=["try-it"]
fig, axes = plt.subplots(2, 3, figsize=(10.5, 4.2), sharex=True)
for column, series in zip(axes.T, (linear, quadratic, season), strict=True):
    once = difference(series)
    twice = difference(once)
    column[0].plot(ticks[1:], once, linewidth=1)
    column[1].plot(ticks[2:], twice, linewidth=1)
for ax, name in zip(axes[0], all_series, strict=True):
    title = ax.set_title(name)
for ax, name in zip(axes[:, 0], ("once", "twice"), strict=True):
    label = ax.set_ylabel(f"differenced {name}")
for ax in axes[1]:
    label = ax.set_xlabel("time")
for name, series in all_series.items():
    spreads = [
        series[:N_KNOWN].std(),
        difference(series)[: N_KNOWN - 1].std(),
        difference(difference(series))[: N_KNOWN - 2].std(),
    ]
    print(f"{name:<10} standard deviation: values {spreads[0]:.2f}, once {spreads[1]:.2f}, twice {spreads[2]:.2f}")
# %% nbgrader={"grade": true, "grade_id": "test_difference", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Four values by hand; then two features, whose steps are taken along time.
seen = difference(np.array([3.0, 5.0, 4.0, 10.0]))
assert_close(
    seen, np.array([2.0, -1.0, 6.0]), "difference of [3, 5, 4, 10]", "Is it the later minus the earlier value?"
)
seen = difference(np.array([[1.0, 10.0], [2.0, 30.0], [4.0, 60.0]]))
assert_close(seen, np.array([[1.0, 20.0], [2.0, 30.0]]), "difference of a (3, 2) series", "Along which axis is time?")
# %% nbgrader={"grade": true, "grade_id": "hidden_difference", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against np.diff along time; one value, two values; polynomials.
rng = np.random.default_rng(137)
for shape in [(1,), (2,), (9,), (1, 3), (2, 1), (6, 4), (4, 6), (3, 3)]:
    series = rng.normal(size=shape)
    with assert_unchanged(series=series):
        seen = difference(series)
    assert_array(seen, f"difference of shape {shape}", shape=(shape[0] - 1, *shape[1:]), dtype=np.floating)
    assert_close(seen, np.diff(series, axis=0), f"difference of shape {shape}")
t = np.arange(12.0)
assert_close(difference(4 * t - 7), np.full(11, 4.0), "difference of a line")
assert_close(difference(t**2), 2 * t[:-1] + 1, "difference of a parabola")


### END HIDDEN TESTS
# %% [markdown]
# ## And back
#
# A forecast of steps is of no use until it is turned into values. With the first value $x_1$ and the steps,
#
# $$x_2 = x_1 + \Delta x_1, \qquad x_3 = x_1 + \Delta x_1 + \Delta x_2, \qquad x_t = x_1 + \sum_{s < t} \Delta x_s .$$
#
# Note what this sum does to errors. A step that is forecast too large by $\varepsilon$ shifts **all** later values by $\varepsilon$.
# %% [markdown]
# ### Exercise 8: `undifference` (1 point, ★☆☆)
#
# Write it: from the first value and $n - 1$ steps to all $n$ values, in float. It undoes `difference`. The check of the shapes is given.
#
# <details><summary>Hint</summary>
# A cumulative sum along time of an array that begins with the first value.
# </details>
# %% nbgrader={"grade": false, "grade_id": "undifference", "locked": false, "schema_version": 3, "solution": true, "task": false}
def undifference(first: float | np.ndarray, diffs: np.ndarray) -> np.ndarray:
    """Rebuild a series from its first value and its steps.

    Parameters
    ----------
    first : float, or ndarray of shape (d,)
        The first value of the series.
    diffs : ndarray of float or int, shape (n - 1,) or (n - 1, d)
        Its steps; there may be none.

    Returns
    -------
    ndarray of float, shape (n,) or (n, d)
        The series, first value included.

    Raises
    ------
    ValueError
        If first does not have the shape of one step; the message gives both shapes.
    """
    if np.shape(first) != diffs.shape[1:]:
        raise ValueError(f"first {np.shape(first)} must have the shape of one step, {diffs.shape[1:]}")
    # Put the first value before the steps.
    ### BEGIN SOLUTION
    parts = np.concatenate([np.asarray(first, dtype=float)[None], diffs])
    ### END SOLUTION
    # Add up along time.
    ### BEGIN SOLUTION
    return np.cumsum(parts, axis=0)
    ### END SOLUTION


# %% tags=["try-it"]
# The same steps, with one error: the step at time 50 is too large by 2.
steps = np.diff(linear[:, 0])
wrong_steps = steps.copy()
wrong_steps[50] += 2.0
fig, ax = plt.subplots(figsize=(6, 3))
ax.plot(undifference(linear[0, 0], steps), linewidth=1.2, label="from the true steps")
ax.plot(undifference(linear[0, 0], wrong_steps), linewidth=1.2, label="one step too large by 2")
ax.set(xlabel="time", ylabel="value", title="Your undifference: an error stays for ever")
legend = ax.legend()
# %% nbgrader={"grade": true, "grade_id": "test_undifference", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# By hand; then two features; then a series without a step.
seen = undifference(3.0, np.array([2.0, -1.0, 6.0]))
assert_close(seen, np.array([3.0, 5.0, 4.0, 10.0]), "undifference(3, [2, -1, 6])", "Is the first value there, once?")
seen = undifference(np.array([1.0, 10.0]), np.array([[1.0, 20.0], [2.0, 30.0]]))
assert_close(
    seen, np.array([[1.0, 10.0], [2.0, 30.0], [4.0, 60.0]]), "undifference of (2, 2) steps", "Along which axis is time?"
)
assert_close(undifference(7.0, np.zeros(0)), np.array([7.0]), "undifference(7, no steps)")
# %% nbgrader={"grade": true, "grade_id": "hidden_undifference", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# From itertools.accumulate, column by column; steps of np.diff; integers; shapes that do not fit.
from itertools import accumulate

rng = np.random.default_rng(138)
for shape in [(1,), (2,), (8,), (1, 3), (5, 1), (4, 6), (6, 2), (3, 3)]:
    series = rng.normal(size=shape)
    diffs = np.diff(series, axis=0)
    first = float(series[0]) if len(shape) == 1 else series[0].copy()
    with assert_unchanged(diffs=diffs, first=np.asarray(first)):
        seen = undifference(first, diffs)
    assert_array(seen, f"undifference to shape {shape}", shape=shape, dtype=np.floating)
    starts = np.atleast_1d(series[0]).tolist()
    columns = diffs.reshape(shape[0] - 1, len(starts)).T.tolist()
    rebuilt = [list(accumulate(column, initial=start)) for start, column in zip(starts, columns, strict=True)]
    # The sum of a few numbers of size 1 loses some 1e-16 on the way.
    assert_close(seen, np.array(rebuilt).T.reshape(shape), f"undifference to shape {shape}", rtol=1e-7, atol=1e-9)
seen = undifference(0.5, np.array([1, 2, 3]))
assert_close(
    seen, np.array([0.5, 1.5, 3.5, 6.5]), "undifference(0.5, integers)", "Was the first value cut to an integer?"
)
seen = undifference(2, np.array([1, -4]))
assert_array(seen, "undifference of integers", shape=(3,), dtype=np.floating)
assert_close(seen, np.array([2.0, 3.0, -1.0]), "undifference(2, [1, -4])")
for first, diffs in [(1.0, np.zeros((3, 2))), (np.zeros(3), np.zeros((3, 2))), (np.zeros(1), np.zeros(3))]:
    assert_raises(
        ValueError,
        lambda first=first, diffs=diffs: undifference(first, diffs),
        f"undifference of first {np.shape(first)}, diffs {diffs.shape}",
        str(np.shape(first)),
    )


### END HIDDEN TESTS
# %% [markdown]
# ## One scale
#
# The tanh is curved near 0 and flat far away, and a learning rate fits one scale. So give each column mean 0 and standard deviation 1, with
# **the training part's** statistics, for the training part and for the test part:
#
# $$\mu_j = \frac{1}{n} \sum_{i=1}^{n} x_{ij}, \qquad s_j = \sqrt{\frac{1}{n} \sum_{i=1}^{n} (x_{ij} - \mu_j)^2}, \qquad x_{ij} \leftarrow \frac{x_{ij} - \mu_j}{s_j} .$$
#
# Statistics of the whole series would be a look into the future. A trend would be hidden: the test part's mean would be known. The function
# returns $\mu$ and $s$ too. You need them to turn forecasts back into the units of the series: $\hat x = s\,\hat z + \mu$.
#
# If a column of the training part is **constant**, all its values equal, then it becomes 0, and $s_j$ is taken as 1, so that the test part is
# only shifted. Ask whether the values are equal, not whether $s_j$ is 0: as in PS 6, rounding may leave a tiny $s_j$.
# %% [markdown]
# ### Exercise 9: `standardise` (1 point, ★★☆)
#
# Write it.
#
# <details><summary>Hint</summary>
# <code>np.std</code> divides by $n$. <code>(train == train[0]).all(axis=0)</code> finds the constant columns.
# </details>
# %% nbgrader={"grade": false, "grade_id": "standardise", "locked": false, "schema_version": 3, "solution": true, "task": false}
def standardise(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Scale both parts by the mean and standard deviation of the training part, column by column.

    Parameters
    ----------
    train : ndarray of float, shape (n, d)
    test : ndarray of float, shape (m, d)

    Returns
    -------
    train, test : ndarray of float
        New arrays of the same shapes. A column that is constant in train is 0 there.
    mean, std : ndarray of float, shape (d,)
        Of the training part, with divisor n; std is 1 for a constant column.

    Raises
    ------
    ValueError
        If train and test are not matrices with the same number of columns; the message gives both shapes.
    """
    if train.ndim != 2 or test.ndim != 2 or train.shape[1] != test.shape[1]:
        raise ValueError(f"train {train.shape} and test {test.shape} must be matrices with the same columns")
    # Mean and standard deviation of each column of the training part; 1 for a constant column.
    ### BEGIN SOLUTION
    constant = (train == train[0]).all(axis=0)
    mean = np.where(constant, train[0], train.mean(axis=0))
    std = np.where(constant, 1.0, train.std(axis=0))
    ### END SOLUTION
    # Both parts by the same numbers.
    ### BEGIN SOLUTION
    return (train - mean) / std, (test - mean) / std, mean, std
    ### END SOLUTION


# %% tags=["try-it"]
for name, series in all_series.items():
    train, test, mean, std = standardise(series[:N_KNOWN], series[N_KNOWN:])
    print(
        f"{name:<10} mean {mean[0]:6.2f}, std {std[0]:5.2f}; "
        f"training part in [{train.min():5.2f}, {train.max():5.2f}], test part in [{test.min():5.2f}, {test.max():5.2f}]"
    )
# %% [markdown]
# Compare the two ranges. For the trends the test part lies wholly outside of what the network has ever read.
# %% nbgrader={"grade": true, "grade_id": "test_standardise", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# The first column has mean 4 and standard deviation 2; the second is constant.
train, test, mean, std = standardise(np.array([[2.0, 5.0], [6.0, 5.0]]), np.array([[8.0, 5.0], [4.0, 7.0], [0.0, 5.0]]))
assert_close(mean, np.array([4.0, 5.0]), "mean", "Is it the mean of the training part alone, per column?")
assert_close(std, np.array([2.0, 1.0]), "std", "Is the divisor n? Is it 1 for a constant column?")
assert_close(train, np.array([[-1.0, 0.0], [1.0, 0.0]]), "train", "Is the mean subtracted before the division?")
assert_close(test, np.array([[2.0, 0.0], [0.0, 2.0], [-2.0, 0.0]]), "test", "Does it use the training part's numbers?")
# %% nbgrader={"grade": true, "grade_id": "hidden_standardise", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against scikit-learn; one row, one column; constant columns whose mean is not exact; far from 0; bad shapes.
import warnings

from sklearn.preprocessing import StandardScaler

rng = np.random.default_rng(139)
for n, m, d in [(5, 3, 1), (4, 7, 3), (2, 1, 6), (30, 10, 2)]:
    train, test = rng.normal(50.0, 3.0, (n, d)), rng.normal(40.0, 9.0, (m, d))
    with assert_unchanged(train=train, test=test):
        seen = standardise(train, test)
    scaler = StandardScaler().fit(train)
    wanted = (scaler.transform(train), scaler.transform(test), scaler.mean_, scaler.scale_)
    for name, result, expected in zip(("train", "test", "mean", "std"), seen, wanted, strict=True):
        assert_array(result, f"{name} for {n} and {m} rows, {d} columns", shape=expected.shape, dtype=np.floating)
        # 50 units from 0 with a spread of 3: a few of 16 digits are lost.
        assert_close(result, expected, f"{name} for {n} and {m} rows, {d} columns", atol=1e-10)


def constant_columns():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        train = np.column_stack([np.full(10, 0.1), np.arange(10.0), np.full(10, 1e6 + 0.1)])
        return standardise(train, train[:4] + 2.0), standardise(np.array([[3.0, -1.0]]), np.array([[5.0, -1.0]]))


(train, test, mean, std), alone = observe(constant_columns)
# The mean of equal numbers may be off in the last digit: by some 1e-10 for numbers of size 1e6.
assert_close(
    std, np.array([1.0, np.arange(10.0).std(), 1.0]), "std with constant columns", "Is it 1 where all are equal?"
)
assert_close(train[:, [0, 2]], np.zeros((10, 2)), "constant columns of train", atol=1e-9)
assert_close(test[:, [0, 2]], np.full((4, 2), 2.0), "test where train is constant", "Is it only shifted?", atol=1e-8)
assert_close(mean[[0, 2]], np.array([0.1, 1e6 + 0.1]), "mean of constant columns")
for name, seen, wanted in zip(
    ("train", "test", "mean", "std"), alone, ([[0.0, 0.0]], [[2.0, 0.0]], [3.0, -1.0], [1.0, 1.0]), strict=True
):
    assert_close(seen, np.array(wanted), f"{name} for a single row")
for a, b in [((4, 2), (4, 1)), ((4,), (3,)), ((4, 1), (3,))]:
    assert_raises(
        ValueError,
        lambda a=a, b=b: standardise(np.ones(a), np.ones(b)),
        f"standardise of {a} and {b}",
        str(b),
    )


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The printed ranges foretell what happens in Part 4. The season's test part lies in the range of the training part. The trends
# leave it, the parabola more than the line. No scaling mends that; only differences do.
# %% [markdown]
# # Part 4: training and forecasting
#
# ## The cliff
#
# Before we train, one danger must be fenced off. Take the smallest recurrent network: one unit, no activation, no input, $h_t = w\,h_{t-1}$ with
# $h_0 = 1$. After 20 steps $h_{20} = w^{20}$. Ask for the target 0.5:
#
# $$L(w) = (w^{20} - 0.5)^2, \qquad L'(w) = 2\,(w^{20} - 0.5) \cdot 20\, w^{19} .$$
#
# Below $w = 1$ the power $w^{19}$ is small, and the loss is almost flat. Above 1 it shoots up: a **cliff**. One gradient step from there is so long that it
# throws the weight far away, and everything that was learned is lost.
#
# The cure is to limit the length of the step and keep its direction. Let $g$ be all gradients of the network as one long vector. **Clipping** to the norm
# $c$ replaces
#
# $$g \;\leftarrow\; g \cdot \min\Big(1, \frac{c}{\lVert g \rVert}\Big), \qquad \lVert g \rVert = \sqrt{\sum_{p} \sum_{i} \Big(\frac{\partial L}{\partial p_i}\Big)^2} ,$$
#
# where $p$ runs over all parameters and $i$ over the entries of each.
# %% [markdown]
# ### Exercise 10: `clip_gradients_` (1 point, ★★☆)
#
# Write it: change the `grad` of the parameters so that their common norm is at most `max_norm`, and return the norm from **before**, as a float. A parameter
# whose `grad` is None is left out. If the norm is `max_norm` or less, nothing changes. Gradients that are all 0 stay 0.
# `torch.nn.utils.clip_grad_norm_` does the same; here you write it yourself. The check of `max_norm` is given.
#
# <details><summary>Hint</summary>
# <code>model.parameters()</code> is a generator: one can walk through it only once, and you need the gradients twice. Make a list first.
# </details>
# %% nbgrader={"grade": false, "grade_id": "clip_gradients_", "locked": false, "schema_version": 3, "solution": true, "task": false}
def clip_gradients_(params: Iterable[nn.Parameter], max_norm: float) -> float:
    """Scale all gradients together so that their norm is at most `max_norm`.

    Parameters
    ----------
    params : iterable of nn.Parameter
        Such as model.parameters(). Their grad is changed; a grad of None is left out.
    max_norm : float
        Positive.

    Returns
    -------
    float
        The norm of all gradients together, before the change.

    Raises
    ------
    ValueError
        If max_norm is not positive; the message names it.
    """
    if not max_norm > 0:
        raise ValueError(f"max_norm must be positive; it is {max_norm}")
    # The gradients that exist, and their common norm.
    ### BEGIN SOLUTION
    grads = [p.grad for p in params if p.grad is not None]
    norm = sum((g**2).sum().item() for g in grads) ** 0.5
    ### END SOLUTION
    # Scale them if the norm is too large.
    ### BEGIN SOLUTION
    if norm > max_norm:
        for g in grads:
            g *= max_norm / norm
    return norm
    ### END SOLUTION


# %% tags=["try-it"]
def descend(clip, n_steps=25):
    """Gradient descent on the cliff, with the rate 0.01; returns all weights on the way."""
    w, path = nn.Parameter(torch.tensor(1.08)), []
    for _ in range(n_steps):
        path.append(w.item())
        w.grad = None
        ((w**20 - 0.5) ** 2).backward()
        if clip is not None:
            clip_gradients_([w], clip)
        with torch.no_grad():
            w -= 0.01 * w.grad
    return np.array(path)


fig, ax = plt.subplots(figsize=(6.4, 3.3))
w_axis = np.linspace(0.7, 1.09, 300)
ax.plot(w_axis, (w_axis**20 - 0.5) ** 2, color="0.4", linestyle="-", label="loss $L(w)$")
path = descend(clip=1.0, n_steps=26)
ax.plot(
    path, (path**20 - 0.5) ** 2, "o", markersize=4, linestyle="", color=plotting.COLOURS[0], label="clipped to norm 1"
)
ax.plot(1.08, (1.08**20 - 0.5) ** 2, marker="X", markersize=9, linestyle="", color=plotting.COLOURS[1], label="start")
ax.set(xlabel="recurrent weight $w$", ylabel="loss", title="A cliff, and a descent with short steps")
legend = ax.legend()
print("clipped: the weight after 25 steps is", round(float(path[-1]), 2))
print("not clipped: the weight after one step is", round(float(descend(None, 2)[1]), 2))


# %% nbgrader={"grade": true, "grade_id": "test_clip_gradients_", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Gradients (3, 0) and (4): together the norm 5. Clipped to 1 they become (0.6, 0) and (0.8). Clipped to 10 they stay.
def clipped(max_norm):
    params = [nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(3))]
    params[0].grad, params[1].grad = torch.tensor([3.0, 0.0]), torch.tensor([4.0])
    norm = clip_gradients_((p for p in params), max_norm)
    return norm, [p.grad for p in params]


for max_norm, factor in [(1.0, 0.2), (10.0, 1.0)]:
    norm, grads = observe(lambda max_norm=max_norm: clipped(max_norm))
    assert_number(norm, "the norm that clip_gradients_ returns")
    assert_close(norm, 5.0, "the norm", "Is it the norm of all gradients together, from before?", rtol=1e-6)
    for grad, before in zip(grads, ([3.0, 0.0], [4.0]), strict=False):
        hint = "Is a small gradient left alone? Could the generator be used up?"
        assert_close(grad, factor * np.array(before), f"a gradient clipped to {max_norm}", hint, rtol=1e-5)
    assert grads[2] is None, "A parameter without a gradient has got one."
# %% nbgrader={"grade": true, "grade_id": "hidden_clip_gradients_", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against torch.nn.utils.clip_grad_norm_, on many shapes; gradients of 0; none at all; lists and generators.
rng = np.random.default_rng(140)


def clip_them(arrays, max_norm, as_list):
    params = [nn.Parameter(torch.ones(a.shape, dtype=torch.float64)) for a in arrays]
    for p, a in zip(params, arrays, strict=True):
        p.grad = torch.tensor(a)
    params.insert(1, nn.Parameter(torch.zeros(2)))
    norm = clip_gradients_(params if as_list else iter(params), max_norm)
    return norm, [p.grad for p in params if p.grad is not None], all(bool((p == 1).all()) for p in params[:1])


for shapes in [[(3, 4), (4,), (2, 2, 2)], [(1,)], [(5, 1), (1, 6)]]:
    arrays = [rng.normal(size=shape) for shape in shapes]
    whole = np.sqrt(sum((a**2).sum() for a in arrays))
    for factor in (0.01, 0.5, 0.999, 1.5, 100.0):
        for as_list in (True, False):
            norm, grads, kept = observe(
                lambda arrays=arrays, bound=factor * whole, as_list=as_list: clip_them(arrays, bound, as_list)
            )
            what = f"gradients of shapes {shapes}, max_norm {factor} times their norm"
            expected = [nn.Parameter(torch.ones(a.shape, dtype=torch.float64)) for a in arrays]
            for p, a in zip(expected, arrays, strict=True):
                p.grad = torch.tensor(a)
            nn.utils.clip_grad_norm_(expected, factor * whole)
            assert_number(norm, "the norm")
            assert_close(norm, float(whole), f"the norm of {what}", rtol=1e-6)
            assert kept, "clip_gradients_ changed a parameter; it should change gradients alone."
            for grad, p in zip(grads, expected, strict=True):
                # PyTorch adds 1e-6 to the norm before it divides.
                assert_close(grad, p.grad, what, rtol=1e-4)


def nothing_to_clip():
    zero, without = nn.Parameter(torch.ones(3)), nn.Parameter(torch.ones(3))
    zero.grad = torch.zeros(3)
    return clip_gradients_([zero], 2.0), zero.grad, clip_gradients_([without], 2.0), clip_gradients_([], 2.0)


norm, grad, without, empty = observe(nothing_to_clip)
assert_close(grad, np.zeros(3), "gradients of 0 after clipping")
for name, value in {"gradients of 0": norm, "no gradients": without, "no parameters": empty}.items():
    assert not isinstance(value, torch.Tensor), f"The norm of {name} should be a float, not a tensor."
    assert abs(value) < 1e-12, f"The norm of {name} is {value}."
for bad in (0.0, -1.0, float("nan")):
    assert_raises(
        ValueError, lambda bad=bad: clip_gradients_([], bad), f"clip_gradients_ with max_norm {bad}", "max_norm"
    )


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** All gradients are scaled by one factor, so the direction stays. Clipping each entry to $[-c, c]$ would be simpler but bends the direction.
# One step without clipping left the cliff by more than the whole width of the picture; from there the loss is astronomical.
# %% [markdown]
# ## Teacher forcing
#
# To train, let the network read the true series and forecast the next value at each time. Whatever it says at time $t$, at time $t + 1$ it reads the truth. This
# is **teacher forcing**. All forecasts of the whole series come out of one pass, and with outputs $\hat y_t$ and targets $y_t$, over all $T$ times, batch entries
# and outputs, the loss is
#
# $$L = \frac{1}{T \cdot \text{batch} \cdot \text{output}} \sum_{t, b, j} (\hat y_{tbj} - y_{tbj})^2 .$$
#
# Later the network will be asked for many steps ahead. Then nobody corrects it, and it reads its own forecasts: **free running**. The picture shows the
# difference. Only the arrows that enter from below are different.
# %% tags=["try-it"]
teacher_nodes, teacher_edges, free_nodes, free_edges = {}, [], {}, []
for step in (1, 2, 3):
    teacher_nodes |= {
        f"x{step}": (step, 2, f"true $x_{step}$"),
        f"h{step}": (step, 1, f"$h_{step}$"),
        f"y{step}": (step, 0, rf"$\hat x_{step + 1}$"),
    }
    teacher_edges += [(f"x{step}", f"h{step}", "", ""), (f"h{step}", f"y{step}", "", "")]
    free_nodes |= {
        f"h{step}": (2 * step, 1, f"$h_{step}$"),
        f"y{step}": (2 * step, 0, rf"$\hat x_{step + 1}$"),
    }
    free_edges += [(f"h{step}", f"y{step}", "", "")]
    if step > 1:
        teacher_edges += [(f"h{step - 1}", f"h{step}", "", "")]
        free_edges += [(f"h{step - 1}", f"h{step}", "", ""), (f"y{step - 1}", f"h{step}", "", "")]
free_nodes["x1"] = (2, 2, "true $x_1$")
free_edges += [("x1", "h1", "", "")]
ax = diagrams.computation_graph(teacher_nodes, teacher_edges, title="Teacher forcing: the truth comes in at each step")
ax = diagrams.computation_graph(free_nodes, free_edges, title="Free running: the last forecast comes in")


# %% [markdown]
# ### Exercise 11: `train_rnn` (2 points, ★★☆)
#
# Complete the training loop. `model(features)` returns the outputs and a state, like your `RNN`. In each epoch take one step of `torch.optim.Adam` with
# the rate `lr` (everything else as it is by default) on the mean squared error over the whole series. If `clip` is not None, clip the gradients to that norm, with your
# `clip_gradients_`, before the step. `losses[i]` is the loss before step $i$, a float. Gradients that an earlier use left in the model must not count.
# The check of the shapes is given.
#
# <details><summary>Hint</summary>
# The order of PS 7: forwards, clear, backwards, then clip, then step.
# </details>
# %% nbgrader={"grade": false, "grade_id": "train_rnn", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_rnn(
    model: nn.Module,
    features: torch.Tensor,
    targets: torch.Tensor,
    lr: float,
    n_epochs: int,
    clip: float | None = None,
) -> list[float]:
    """Train a recurrent network with teacher forcing, on the whole series at once.

    Parameters
    ----------
    model : nn.Module
        Maps (time, batch, input) to outputs (time, batch, output) and a state. It is changed.
    features : Tensor of float, shape (time, batch, input)
    targets : Tensor of float, shape (time, batch, output)
    lr : float
        Learning rate of Adam.
    n_epochs : int
        Number of steps.
    clip : float, optional
        The largest norm of the gradients together; None for no limit.

    Returns
    -------
    list of float, length n_epochs
        ``losses[i]`` is the mean squared error before step i.

    Raises
    ------
    ValueError
        If outputs and targets have different shapes; the message gives both.
    """
    losses = []
    # Adam for all parameters.
    ### BEGIN SOLUTION
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    ### END SOLUTION
    for _ in range(n_epochs):
        # Forwards.
        ### BEGIN SOLUTION
        outputs, _ = model(features)
        ### END SOLUTION
        if outputs.shape != targets.shape:
            raise ValueError(f"outputs {tuple(outputs.shape)} and targets {tuple(targets.shape)} differ in shape")
        # The loss, and its gradients.
        ### BEGIN SOLUTION
        loss = nn.functional.mse_loss(outputs, targets)
        optimizer.zero_grad()
        loss.backward()
        ### END SOLUTION
        # Clip if asked to, take the step, note the loss.
        ### BEGIN SOLUTION
        if clip is not None:
            clip_gradients_(model.parameters(), clip)
        optimizer.step()
        losses.append(loss.item())
        ### END SOLUTION
    return losses


# %% [markdown]
# The next cell trains your `RNN` with 8 units on the season. The loss is in standardised units, so a network that always says the mean has a loss of about 1.
# %% tags=["try-it"]
features, targets = make_lagged(season, 1)
train_features, train_targets, test_features, test_targets = time_split(features, targets, 0.7)
scaled_train, scaled_test, mean, std = standardise(train_features, test_features)
torch.manual_seed(0)
season_model = RNN(1, 8, 1, torch.tanh)
season_losses = train_rnn(
    season_model, as_batch(scaled_train), as_batch((train_targets - mean) / std), 0.03, 60, clip=1.0
)
with torch.no_grad():
    outputs, _ = season_model(as_batch(np.concatenate([scaled_train, scaled_test])))
one_step = outputs[len(scaled_train) :, 0].numpy() * std + mean
season_error = float(((one_step - test_targets) ** 2).mean())
fig, axes = plt.subplots(1, 2, figsize=(10, 3), width_ratios=[1, 1.6])
axes[0].semilogy(season_losses)
axes[0].set(xlabel="step", ylabel="mean squared error", title="Training, standardised")
axes[1].plot(ticks[N_KNOWN:], test_targets, "o", markersize=3, linestyle="", color="0.4", label="truth")
axes[1].plot(ticks[N_KNOWN:], one_step, linewidth=1.4, label="your network, one step ahead")
axes[1].set(xlabel="time", title="The test part", ylim=(-1.8, 2.3))
legend = axes[1].legend(ncols=2, loc="upper center")
errors = {
    "persistence, lag 1": persistence_error(season[N_KNOWN - 1 :], 1),
    "persistence, lag 20": persistence_error(season[N_KNOWN - 20 :], 20),
    "your network": season_error,
    "the noise alone": float(np.mean((season[N_KNOWN:, 0] - np.sin(2 * np.pi * ticks[N_KNOWN:] / 20)) ** 2)),
}
ax = plotting.bars_with_errors(
    list(errors),
    list(errors.values()),
    xlabel="mean squared error, test part",
    title="The season, one step ahead",
    fmt="{:.2f}",
)
print(f"first loss {season_losses[0]:.1f}, better than both baselines:", season_error < min(list(errors.values())[:2]))


# %% nbgrader={"grade": true, "grade_id": "test_train_rnn", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# One weight w, from 0: outputs w * 1, targets 2. The first loss is 4. Adam's first step is lr = 0.1 long, whatever the
# gradient, so the second loss is 1.9 squared.
class OneWeight(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.zeros(1))

    def forward(self, xs, state=None):
        return self.w * xs, state


def train_one_weight(clip):
    model = OneWeight()
    model.w.grad = torch.tensor([50.0])
    losses = train_rnn(model, torch.ones(3, 2, 1), torch.full((3, 2, 1), 2.0), 0.1, 2, clip)
    return losses, model.w.item()


for clip in (None, 0.5):
    losses, w = observe(lambda clip=clip: train_one_weight(clip), using={"clip_gradients_": nn.utils.clip_grad_norm_})
    assert len(losses) == 2, f"There should be one loss for each of 2 epochs; there are {len(losses)}."
    assert_number(losses[0], "losses[0]")
    hint = "Is the loss a mean, and noted before the step? Do gradients from before the call count?"
    assert_close(np.array(losses), np.array([4.0, 3.61]), f"the losses with clip {clip}", hint, rtol=1e-4)
    assert_close(w, 0.2, "the weight after two steps", "Are old gradients cleared? Are there two steps?", rtol=1e-2)


# %% nbgrader={"grade": true, "grade_id": "hidden_train_rnn", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# The same training written with torch's own parts, in float64; clipping that matters; no epochs; shapes that differ.
class WithTorch(nn.Module):
    def __init__(self, n_input, n_hidden, n_output, seed):
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.recurrent, self.readout = nn.RNN(n_input, n_hidden), nn.Linear(n_hidden, n_output)
        self.double()
        with torch.no_grad():
            for p in self.parameters():
                p.copy_(0.5 * torch.randn(p.shape, generator=generator, dtype=torch.float64))

    def forward(self, xs, state=None):
        states, state = self.recurrent(xs, state)
        return self.readout(states), state


def clip_of_test(params, max_norm):
    params = [p for p in params if p.grad is not None]
    norm = torch.linalg.vector_norm(torch.cat([p.grad.flatten() for p in params])).item()
    for p in params:
        p.grad.mul_(min(1.0, max_norm / max(norm, 1e-300)))
    return norm


def expected_run(sizes, features, targets, lr, n_epochs, clip):
    model = WithTorch(*sizes, seed=5)
    optimizer, losses, norms = torch.optim.Adam(model.parameters(), lr), [], []
    for _ in range(n_epochs):
        loss = ((model(features)[0] - targets) ** 2).mean()
        grads = torch.autograd.grad(loss, list(model.parameters()))
        norms.append(sum(float((g**2).sum()) for g in grads) ** 0.5)
        for p, g in zip(model.parameters(), grads, strict=True):
            p.grad = g * min(1.0, clip / norms[-1]) if clip else g
        optimizer.step()
        losses.append(loss.item())
    return losses, [p.detach() for p in model.parameters()], norms


rng = np.random.default_rng(141)
stand_in = {"clip_gradients_": clip_of_test}
cases = [
    ((1, 3, 1), (6, 1), 0.05, 5, None),
    ((2, 3, 3), (5, 2), 0.01, 4, None),
    ((2, 3, 3), (5, 2), 0.3, 8, 0.5),
    ((3, 2, 2), (4, 3), 0.3, 6, 0.05),
    ((1, 2, 2), (1, 4), 0.1, 1, 100.0),
]
for sizes, (steps, batch), lr, n_epochs, clip in cases:
    features = torch.tensor(rng.normal(size=(steps, batch, sizes[0])))
    targets = torch.tensor(rng.normal(size=(steps, batch, sizes[2])))

    def probe(sizes=sizes, features=features, targets=targets, lr=lr, n_epochs=n_epochs, clip=clip):
        model = WithTorch(*sizes, seed=5)
        for p in model.parameters():
            p.grad = torch.full_like(p, 30.0)
        kept = features.clone(), targets.clone()
        arguments = (model, features, targets, lr, n_epochs) + (() if clip is None else (clip,))
        losses = train_rnn(*arguments)
        unchanged = torch.equal(kept[0], features) and torch.equal(kept[1], targets)
        return losses, [p.detach() for p in model.parameters()], unchanged

    losses, weights, unchanged = observe(probe, using=stand_in)
    wanted_losses, wanted_weights, norms = expected_run(sizes, features, targets, lr, n_epochs, clip)
    what = f"sizes {sizes}, {n_epochs} epochs, clip {clip}"
    assert type(losses) is list and len(losses) == n_epochs, f"losses should be a list of {n_epochs} floats, {what}."
    for loss in losses:
        assert_number(loss, f"a loss for {what}")
    assert_close(np.array(losses), np.array(wanted_losses), f"the losses for {what}", rtol=1e-5)
    for seen, expected in zip(weights, wanted_weights, strict=True):
        # PyTorch's own clipping adds 1e-6 to the norm before it divides; Adam makes a little more of it.
        assert_close(seen, expected, f"weights after training, {what}", rtol=1e-4, atol=1e-5)
    assert unchanged, f"features or targets were changed, {what}."
    if clip == 0.5:
        assert max(norms) > clip > 0, "this case is there to clip"


def no_epochs():
    model = WithTorch(1, 2, 1, seed=5)
    before = [p.detach().clone() for p in model.parameters()]
    losses = train_rnn(model, torch.ones(3, 1, 1).double(), torch.ones(3, 1, 1).double(), 0.1, 0)
    return losses, all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))


losses, kept = observe(no_epochs, using=stand_in)
assert losses == [] and kept, f"With 0 epochs the losses should be [] and the weights as before; losses are {losses}."


def learns():
    wave = torch.sin(torch.arange(41.0, dtype=torch.float64) / 3)[:, None, None]
    model = WithTorch(1, 6, 1, seed=2)
    before = [p.detach().clone() for p in model.parameters()]
    losses = train_rnn(model, wave[:-1], wave[1:], 0.03, 60, clip=1.0)
    moved = [not torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True)]
    return losses, all(moved)


losses, moved = observe(learns, using=stand_in)
assert moved, "Some parameter did not move during training."
assert losses[-1] < 0.2 * losses[0], f"The loss on a wave fell from {losses[0]:.3f} to {losses[-1]:.3f} only."
for shape in [(3, 2), (3, 1, 1), (4, 2, 1)]:
    assert_raises(
        ValueError,
        lambda shape=shape: observe(
            lambda: train_rnn(
                WithTorch(1, 2, 1, seed=5), torch.ones(3, 2, 1).double(), torch.ones(shape).double(), 0.1, 2
            ),
            using=stand_in,
        ),
        f"train_rnn with outputs (3, 2, 1) and targets {shape}",
        str(shape),
    )


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The network lies far below both baselines and close to the noise, which no method can forecast. On the training part it may even go below: there it begins
# to learn the noise by heart, as in PS 9. With 200 values and 8 units the effect is small.
# %% [markdown]
# ## Free running
#
# To forecast many steps ahead, read the known values first. The last output is the first forecast. Then hand it back in as the next input, with the state from before, and so on. The
# network is now a machine that makes a series of its own.
# %% [markdown]
# ### Exercise 12: `forecast` (1.5 points, ★★☆)
#
# Write it, for any model that is called as `model(xs)` or `model(xs, state)` and returns outputs, with as many features as `xs`, and a state. Do not look inside the state:
# for some models it is a tuple. Nothing may be recorded, so the result does not require gradients.
# The check of `n_steps` is given.
#
# <details><summary>Hint</summary>
# <code>outputs[-1:]</code> keeps the time axis, <code>outputs[-1]</code> loses it.
# </details>
# %% nbgrader={"grade": false, "grade_id": "forecast", "locked": false, "schema_version": 3, "solution": true, "task": false}
def forecast(model: nn.Module, history: torch.Tensor, n_steps: int) -> torch.Tensor:
    """Forecast a series by feeding a network's own predictions back.

    Parameters
    ----------
    model : nn.Module
        ``model(xs)`` and ``model(xs, state)`` return outputs of the shape of xs, the forecasts of the next values, and a
        state.
    history : Tensor of float, shape (time, batch, features)
        The known values.
    n_steps : int
        How many values to forecast, at least 1.

    Returns
    -------
    Tensor of float, shape (n_steps, batch, features)
        It does not record.

    Raises
    ------
    ValueError
        If n_steps is below 1; the message names it.
    """
    if n_steps < 1:
        raise ValueError(f"n_steps must be at least 1; it is {n_steps}")
    with torch.no_grad():
        # Read the history; its last output is the first forecast.
        ### BEGIN SOLUTION
        outputs, state = model(history)
        predictions = [outputs[-1:]]
        ### END SOLUTION
        # Feed each forecast back for the next one.
        ### BEGIN SOLUTION
        for _ in range(n_steps - 1):
            outputs, state = model(predictions[-1], state)
            predictions.append(outputs)
        return torch.cat(predictions)
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_forecast", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Two machines without weights. The first doubles its input. The second says the sum of all that it has read.
class Doubles(nn.Module):
    def forward(self, xs, state=None):
        return 2 * xs, None


class Sums(nn.Module):
    def forward(self, xs, state=None):
        sums = torch.cumsum(xs, dim=0) + (0 if state is None else state)
        return sums, sums[-1]


history = torch.tensor([[[1.0]], [[2.0]], [[3.0]]])
seen = observe(lambda: forecast(Doubles(), history, 4))
assert_tensor(seen, "forecast of 4 steps", shape=(4, 1, 1), dtype=torch.float32)
assert_close(seen.flatten(), np.array([6.0, 12.0, 24.0, 48.0]), "forecast by doubling, after 3", "What comes first?")
seen = observe(lambda: forecast(Sums(), history, 3))
hint = "After 1, 2, 3 it says 6, reads 6, and says 12. Is the state handed on?"
assert_close(seen.flatten(), np.array([6.0, 12.0, 24.0]), "forecast by sums, after 1, 2, 3", hint)


# %% nbgrader={"grade": true, "grade_id": "hidden_forecast", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Recurrent networks of PyTorch with different states; the expected values come from reading everything again each time.
class WithTorch(nn.Module):
    def __init__(self, kind, n_features, n_hidden):
        super().__init__()
        self.recurrent, self.readout = kind(n_features, n_hidden), nn.Linear(n_hidden, n_features)
        generator = torch.Generator().manual_seed(8)
        self.double()
        with torch.no_grad():
            for p in self.parameters():
                p.copy_(0.7 * torch.randn(p.shape, generator=generator, dtype=torch.float64))

    def forward(self, xs, state=None):
        states, state = self.recurrent(xs, state)
        return self.readout(states), state


rng = np.random.default_rng(142)
for kind in (nn.RNN, nn.LSTM, nn.GRU):
    for steps, batch, n_features, n_steps in [(1, 1, 1, 4), (5, 3, 2, 3), (4, 2, 3, 1), (3, 1, 4, 6)]:
        history = torch.tensor(rng.normal(size=(steps, batch, n_features)))

        def probe(kind=kind, n_features=n_features, history=history, n_steps=n_steps):
            model = WithTorch(kind, n_features, 5)
            kept = history.clone()
            seen = forecast(model, history, n_steps)
            clean = all(p.grad is None and p.requires_grad for p in model.parameters())
            return seen.detach(), seen.requires_grad, torch.equal(kept, history), clean, torch.is_grad_enabled()

        seen, records, unchanged, clean, enabled = observe(probe)
        what = f"forecast with {kind.__name__} after {steps} steps, batch {batch}, {n_features} features"
        model, read = WithTorch(kind, n_features, 5), history
        with torch.no_grad():
            for _ in range(n_steps):
                read = torch.cat([read, model(read)[0][-1:]])
        assert_tensor(seen, what, shape=(n_steps, batch, n_features), dtype=torch.float64)
        assert_close(seen, read[steps:], what, "", rtol=1e-8, atol=1e-10)
        assert unchanged, f"The history was changed, {what}."
        assert not records, f"The result of {what} requires gradients."
        assert clean and enabled, f"{what} left gradients, or recording switched off."
for n_steps in (0, -2):
    assert_raises(
        ValueError,
        lambda n_steps=n_steps: observe(
            lambda: forecast(WithTorch(nn.RNN, 1, 2), torch.zeros(2, 1, 1).double(), n_steps)
        ),
        f"forecast of {n_steps} steps",
        "n_steps",
    )


### END HIDDEN TESTS
# %% [markdown]
# ## Three series, differenced or not
#
# Now put everything together. `experiment` takes the differences of a series any number of times, splits and standardises it, trains your `RNN` with 8 units, and forecasts the last 60 values in two ways: one
# step ahead, always reading the truth, and 60 steps ahead, running freely. The steps are turned back into values by your `undifference`.
#
# The one-step error needs no way back. If the last value is known, the error of the forecast step *is* the error of the forecast value.
#
# Each network gets only 40 steps of Adam. Where the rhythm is hidden by noise that is short: some losses are still falling when training stops, so not all of an error need come from the differences.
# %% tags=["try-it"]
def experiment(series, times):
    """Train on the known part of a series, differenced so many times; forecast the rest in both ways."""
    levels = [series]
    for _ in range(times):
        levels.append(difference(levels[-1]))
    features, targets = make_lagged(levels[-1], 1)
    n_train = N_KNOWN - times - 1
    parts = time_split(features, targets, n_train / len(features))
    train, test, mean, std = standardise(parts[0], parts[2])
    torch.manual_seed(0)
    model = RNN(1, 8, 1, torch.tanh)
    losses = train_rnn(model, as_batch(train), as_batch((parts[1] - mean) / std), 0.05, 40, clip=1.0)
    with torch.no_grad():
        outputs, _ = model(as_batch(np.concatenate([train, test])))
    one_step = outputs[n_train:, 0].numpy() * std + mean
    # Known when the forecast begins: the training features and the value after them.
    free = forecast(model, as_batch(np.concatenate([train, test[:1]])), len(test))[:, 0].numpy() * std + mean
    for level in reversed(levels[:-1]):
        free = undifference(level[len(level) - len(test) - 1], free)[1:]
    return {
        "losses": losses,
        "free": free,
        "one-step error": float(((one_step - parts[3]) ** 2).mean()),
        "free-running error": float(((free - series[-len(test) :]) ** 2).mean()),
    }


runs = {}
for name, most in {"linear": 2, "quadratic": 2, "season": 1}.items():
    for times in range(most + 1):
        runs[name, times] = experiment(all_series[name], times)
fig, ax = plt.subplots(figsize=(8, 3.8))
rows = np.arange(len(runs))
for i, error in enumerate(("one-step error", "free-running error")):
    values = [run[error] for run in runs.values()]
    ax.semilogx(values, rows, linestyle="", marker=plotting.MARKERS[i], markersize=8, label=error)
baselines = [persistence_error(all_series[name][N_KNOWN - 1 :], 1) for name, _ in runs]
ax.semilogx(baselines, rows, linestyle="", marker="|", markersize=16, color="0.2", label="persistence, one step")
for row in rows:
    ax.axhline(row, color="0.9", linewidth=0.8, linestyle="-", zorder=0)
ax.set_yticks(rows, [f"{name}, {('not', 'once', 'twice')[times]} differenced" for name, times in runs])
ax.set(xlabel="mean squared error, test part (logarithmic)", ylim=(len(runs) - 0.5, -0.5), title="Eight networks")
legend = ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
for name in all_series:
    mine = {times: run for (of, times), run in runs.items() if of == name}
    best = [min(mine, key=lambda times: mine[times][error]) for error in ("one-step error", "free-running error")]
    print(f"{name:<10} differences with the smallest error: one step ahead {best[0]}, running freely {best[1]}")
# %% tags=["try-it"]
fig, axes = plt.subplots(1, 3, figsize=(11, 3.6))
for ax, (name, series) in zip(axes, all_series.items(), strict=True):
    ax.plot(ticks[80:], series[80:], color="0.65", linestyle="-", linewidth=3, label="truth")
    ax.axvline(N_KNOWN - 0.5, color="0.6", linewidth=0.8, linestyle="-")
    for times in range(3):
        if (name, times) in runs:
            ax.plot(
                ticks[N_KNOWN:],
                runs[name, times]["free"],
                color=plotting.COLOURS[times],
                linestyle=("-", "--", "-.")[times],
                label=("not differenced", "once", "twice")[times],
            )
    limits = ax.set(xlabel="time", title=f"{name}, free running")
legend = axes[0].legend(fontsize=9)
# %% [markdown]
# ### Question 1 (1 point)
#
# Look at the picture of the errors and at the three forecasts. Why does the network without differences fail on both trends, although its training loss is small? How many differences does each of the three series need, and how do you see it in
# the errors? What does one difference too many cost, and why?
# %% [markdown] nbgrader={"grade": true, "grade_id": "discuss_stationarity", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# The trends are not stationary. In the test part the inputs and targets lie outside of the range of the training part. The tanh units saturate there, and the output is bounded, so the free-running forecast
# bends into a plateau near the largest value that was seen in training. Even one step ahead, reading the truth, the network is worse than persistence. Training cannot show this, since it only measures errors inside the old range. The line needs one
# difference, the parabola two, the season none: there both errors are smallest, and the one-step error is below persistence. With a single difference the parabola's steps are still a trend: its forecast goes on as a straight line at best.
# One difference too many makes the noise larger, $2\sigma^2$ and then $6\sigma^2$, and hides what is left of the signal. And the forecast is added up once more, so each small error of a step shifts all later values, and twice added up it grows with the square of the time.
# This shows most in the free-running errors of the season differenced once and of the line differenced twice.
# How large the cost is depends on the seed and on the length of training: with more noise the rhythm of the season is also harder to find in 40 steps, so a part of that gap is slow learning.
# %% [markdown]
# ## How far can one see?
#
# A free-running network reads its own errors. Whether they grow depends on the series. For the season they do not: the rhythm pulls the network back. Other systems push apart what begins close together. The **logistic map**
#
# $$x_{t+1} = 3.9\, x_t\, (1 - x_t)$$
#
# is the classical example. It has no noise at all, and each value follows from the last by a formula that a network learns easily. The next cell trains 16 units on 150 values of it, and then compares the two ways to forecast.
# %% tags=["try-it"]
chaos = np.empty((220, 1))
chaos[0] = 0.3
for step in range(219):
    chaos[step + 1] = 3.9 * chaos[step] * (1 - chaos[step])
train, test, mean, std = standardise(chaos[:150], chaos[150:])
torch.manual_seed(1)
model = RNN(1, 16, 1, torch.tanh)
chaos_losses = train_rnn(model, as_batch(train[:-1]), as_batch(train[1:]), 0.02, 150, clip=1.0)
with torch.no_grad():
    outputs, _ = model(as_batch(np.concatenate([train, test])))
taught = outputs[149:-1, 0].numpy() * std + mean
free = forecast(model, as_batch(train), 70)[:, 0].numpy() * std + mean
fig, axes = plt.subplots(1, 2, figsize=(10.5, 3.2), sharey=True)
for ax, values, title in zip(axes, (taught, free), ("Teacher forcing: one step ahead", "Free running"), strict=True):
    ax.plot(range(1, 31), chaos[150:180], "o-", color="0.65", markersize=4, linewidth=2, label="truth")
    ax.plot(
        range(1, 31),
        values[:30],
        linestyle="--",
        color=plotting.COLOURS[0],
        marker="x",
        markersize=5,
        label="your network",
    )
    limits = ax.set(xlabel="steps into the test part", title=title, ylim=(0, 1.25))
legend = axes[1].legend(ncols=2, loc="upper center")
variance = float(chaos[150:].var())
shares = {
    "one step ahead": ((taught - chaos[150:]) ** 2).mean() / variance,
    "free, steps 1 to 5": ((free[:5] - chaos[150:155]) ** 2).mean() / variance,
    "free, steps 21 to 70": ((free[20:] - chaos[170:]) ** 2).mean() / variance,
}
print("Is the error below a tenth of the variance, which is the error of always saying the mean?")
for name, share in shares.items():
    print(f"  {name:<21} {'yes' if share < 0.1 else 'no'}")


# %% [markdown]
# One step ahead, the network looks almost perfect. Running freely, the same network follows for a few steps and then goes its own way. The one-step error alone does not tell which of the two cases you have. So **test a model in the way in which it will be used**.
#
# Teacher forcing has the same flaw in a milder form for every series: in training the network never reads its own errors, so it never learns to recover from them. Still it is the usual way to train. It is stable, and with its true inputs each time step gives a clear signal.
# %% [markdown]
# # Part 5: gradients through time
#
# ## Why they fade or explode
#
# How much does the output at time $T$ depend on an input at time $t$, many steps before? The chain rule leads back through all states in between. Write $a_s = x_s W_{hx} + h_{s-1} W_{hh} + b_h$ for the scores, so that $h_s = \varphi(a_s)$. If $g_s$ is the gradient of
# the last output with respect to $h_s$, a row of shape (hidden,) for one sample, then, as in PS 5,
#
# $$g_{s-1} = \big( g_s \odot \varphi'(a_s) \big)\, W_{hh}^\top .$$
#
# Each step back multiplies by the **same** matrix. Without an activation, $k$ steps back give $g_{T-k} = g_T\,(W_{hh}^\top)^k$. Powers of a matrix are ruled by its **spectral radius** $\rho$, the largest absolute value of its eigenvalues: for large $k$ the norm behaves like $\rho^k$.
#
# - $\rho < 1$: the gradient **vanishes** exponentially. The network cannot learn from what is far back.
# - $\rho > 1$: it **explodes** exponentially. Training meets cliffs.
#
# With tanh the factor $\varphi'(a) = 1 - h^2 \le 1$ makes each step smaller still. It can hold back an explosion, not a fading. In PS 5 the same happened through the layers of a deep network. There, every layer had weights of its own. Here, it is one matrix, so the
# effect is pure.
# %% [markdown]
# ### Exercise 13: `gradient_through_time` (1.5 points, ★★★)
#
# Measure it. Let $S$ be the sum of all entries of the last output, `outputs[-1]`. Return, for each time $t$, the norm of its gradient with respect to the input of that time,
#
# $$r_t = \Big\lVert \frac{\partial S}{\partial x_t} \Big\rVert = \sqrt{ \sum_{b, i} \Big( \frac{\partial S}{\partial x_{tbi}} \Big)^2 } ,$$
#
# over the batch and the features. The result has shape (time,) and does not record. Leave no trace: `xs` and the gradients of the model's parameters stay as they were.
#
# <details><summary>Hint</summary>
# As in <code>gradient</code> of PS 6: a detached copy of <code>xs</code> that requires gradients, and <code>torch.autograd.grad</code>. The norm of a slice of several axes is
# that of the slice as one long vector.
# </details>
# %% nbgrader={"grade": false, "grade_id": "gradient_through_time", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gradient_through_time(model: nn.Module, xs: torch.Tensor) -> torch.Tensor:
    """How strongly the last output depends on each input.

    Parameters
    ----------
    model : nn.Module
        Maps (time, batch, input) to outputs (time, batch, output) and a state.
    xs : Tensor of float, shape (time, batch, input)

    Returns
    -------
    Tensor of float, shape (time,)
        Norm, over batch and features, of the gradient of ``outputs[-1].sum()`` with respect to ``xs[t]``. It does not
        record.
    """
    # The last output, from inputs that record.
    ### BEGIN SOLUTION
    inputs = xs.detach().clone().requires_grad_()
    outputs, _ = model(inputs)
    ### END SOLUTION
    # Its gradient with respect to all inputs, and the norm at each time.
    ### BEGIN SOLUTION
    (grad,) = torch.autograd.grad(outputs[-1].sum(), inputs)
    return grad.flatten(1).norm(dim=1)
    ### END SOLUTION


# %% [markdown]
# The next cell gives your `RNN` with 16 units recurrent weights of several spectral radii. On the left there is no activation, and the dotted lines are $\rho^k$. On the right the same weights work with tanh.
# %% tags=["try-it"]
def with_radius(rho, activation):
    """An RNN with 16 units whose recurrent weights have the spectral radius rho, and no biases."""
    torch.manual_seed(1)
    model = RNN(1, 16, 1, activation)
    with torch.no_grad():
        model.w_hh *= rho / torch.linalg.eigvals(model.w_hh).abs().max()
        model.b_h.zero_()
    return model


torch.manual_seed(0)
noise = torch.randn(61, 8, 1)
back = np.arange(61)
fig, axes = plt.subplots(1, 2, figsize=(10.5, 3.8), sharey=True)
for i, rho in enumerate([0.5, 0.9, 1.0, 1.1, 1.5]):
    for ax, activation in zip(axes, (lambda t: t, torch.tanh), strict=True):
        seen = gradient_through_time(with_radius(rho, activation), noise).flip(0).numpy()
        look = {"color": plotting.COLOURS[i], "marker": plotting.MARKERS[i], "markersize": 5}
        ax.semilogy(back, seen, linestyle="-", markevery=10, linewidth=1.3, label=rf"$\rho$ = {rho}", **look)
        if ax is axes[0]:
            ax.semilogy(back, seen[0] * float(rho) ** back, color=plotting.COLOURS[i], linestyle=":", linewidth=1.2)
axes[0].set(xlabel="steps back", ylabel="norm of the gradient", title="No activation", ylim=(1e-10, 1e10))
axes[1].set(xlabel="steps back", title="tanh")
legend = axes[1].legend(fontsize=9, loc="upper left", ncols=2)


# %% nbgrader={"grade": true, "grade_id": "test_gradient_through_time", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# A unit that keeps half of its state, and an output of 4 h: back from the end the slopes are 4, 2, 1, 0.5. Two samples
# with the same slopes have together sqrt(2) times the norm.
class Halving(nn.Module):
    def __init__(self):
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(4.0))

    def forward(self, xs, state=None):
        h, outputs = torch.zeros(xs.shape[1:]), []
        for x in xs:
            h = 0.5 * h + x
            outputs.append(self.factor * h)
        return torch.stack(outputs), h


def slopes(batch):
    model, xs = Halving(), torch.ones(4, batch, 1)
    seen = gradient_through_time(model, xs)
    return seen.detach(), seen.requires_grad, xs.requires_grad or xs.grad is not None, model.factor.grad is not None


for batch in (1, 2):
    seen, records, traces_xs, traces_model = observe(lambda batch=batch: slopes(batch))
    assert_tensor(seen, f"gradient_through_time of 4 steps, batch {batch}", shape=(4,), dtype=torch.float32)
    expected = np.sqrt(batch) * np.array([0.5, 1.0, 2.0, 4.0])
    hint = "Is it the gradient of the last output alone? Is there one norm for each time, over the batch?"
    assert_close(seen, expected, f"gradient_through_time, batch {batch}", hint, rtol=1e-5)
    assert not records, "The result should not record."
    assert not traces_xs, "The call has left a trace: xs requires gradients, or has got one."
    assert not traces_model, "The call has left a trace: a parameter of the model has got a gradient."


# %% nbgrader={"grade": true, "grade_id": "hidden_gradient_through_time", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# A linear network in closed form; PyTorch's cells against the Jacobian by central differences; no traces.
class WithTorch(nn.Module):
    def __init__(self, kind, n_input, n_hidden, n_output):
        super().__init__()
        self.recurrent, self.readout = kind(n_input, n_hidden), nn.Linear(n_hidden, n_output)
        generator = torch.Generator().manual_seed(9)
        self.double()
        with torch.no_grad():
            for p in self.parameters():
                p.copy_(0.6 * torch.randn(p.shape, generator=generator, dtype=torch.float64))

    def forward(self, xs, state=None):
        states, state = self.recurrent(xs, state)
        return self.readout(states), state


class WithoutActivation(nn.Module):
    def __init__(self, w_hx, w_hh, w_yh):
        super().__init__()
        self.w_hx, self.w_hh, self.w_yh = (nn.Parameter(torch.tensor(w)) for w in (w_hx, w_hh, w_yh))

    def forward(self, xs, state=None):
        h, outputs = torch.zeros(xs.shape[1], len(self.w_hh), dtype=xs.dtype), []
        for x in xs:
            h = x @ self.w_hx + h @ self.w_hh
            outputs.append(h @ self.w_yh)
        return torch.stack(outputs), h


rng = np.random.default_rng(143)
for steps, batch, n_input, n_hidden, n_output in [(1, 1, 1, 2, 1), (6, 3, 2, 4, 3), (5, 1, 3, 1, 2), (7, 4, 1, 3, 1)]:
    weights = [rng.normal(size=s) for s in ((n_input, n_hidden), (n_hidden, n_hidden), (n_hidden, n_output))]
    xs = torch.tensor(rng.normal(size=(steps, batch, n_input)))
    with assert_unchanged(xs=xs):
        seen = observe(lambda weights=weights, xs=xs: gradient_through_time(WithoutActivation(*weights), xs).detach())
    powers = [np.linalg.matrix_power(weights[1], steps - 1 - t) for t in range(steps)]
    expected = [np.linalg.norm((weights[0] @ W @ weights[2]).sum(axis=1)) * np.sqrt(batch) for W in powers]
    what = f"gradient_through_time, xs {(steps, batch, n_input)}, {n_output} outputs"
    assert_tensor(seen, what, shape=(steps,), dtype=torch.float64)
    assert_close(seen, np.array(expected), what, rtol=1e-8)
xs = torch.tensor(rng.normal(size=(5, 2, 3)))


def with_cells(kind):
    model, given = WithTorch(kind, 3, 4, 2), xs.clone().requires_grad_()
    given.grad = torch.full_like(given, 7.0)
    for p in model.parameters():
        p.grad = torch.full_like(p, 5.0)
    seen = [gradient_through_time(model, given) for _ in range(2)]
    kept = all(bool((p.grad == 5).all()) and p.requires_grad for p in model.parameters())
    kept_xs = given.requires_grad and given.grad is not None and bool((given.grad == 7).all())
    return [s.detach() for s in seen], any(s.requires_grad for s in seen), kept, kept_xs


for kind in (nn.RNN, nn.LSTM, nn.GRU):
    model = WithTorch(kind, 3, 4, 2)
    jacobian = np.zeros((5, 2, 3))
    for place in np.ndindex(5, 2, 3):
        # Central differences: off by some 1e-9, so compare at 1e-6.
        ends = []
        for shift in (1e-5, -1e-5):
            moved = xs.clone()
            moved[place] += shift
            with torch.no_grad():
                ends.append(model(moved)[0][-1].sum().item())
        jacobian[place] = (ends[0] - ends[1]) / 2e-5
    expected = np.sqrt((jacobian**2).sum(axis=(1, 2)))
    seen, records, kept, kept_xs = observe(lambda kind=kind: with_cells(kind))
    for answer in seen:
        assert_close(answer, expected, f"gradient_through_time of {kind.__name__}", "", rtol=1e-6, atol=1e-8)
    assert not records, "The result should not record."
    assert kept, "The gradients of the parameters are not what they were before the call."
    assert kept_xs, "xs.grad or xs.requires_grad is not what it was before the call."


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** Without an activation the slopes of the lines are $\rho$'s. Near $\rho = 1$ it takes many steps until the largest eigenvalue rules. With tanh the curves of large radius are held down by saturation, those of small radius are not lifted. So for a plain
# cell there is only a narrow path between forgetting and chaos.
# %% [markdown]
# ## Gates
#
# The way out is a state that is **kept by default**. The LSTM (*long short-term memory*) has a second state $c$, the cell state, and three gates: rows of numbers in $(0, 1)$, computed from $x_t$ and $h_{t-1}$ by logistic units.
#
# $$c_t = f_t \odot c_{t-1} + i_t \odot g_t, \qquad h_t = o_t \odot \tanh(c_t) .$$
#
# | gate | says |
# | --- | --- |
# | forget gate $f_t$ | how much of the old cell state is kept |
# | input gate $i_t$ | how much of the proposal $g_t$ is added |
# | output gate $o_t$ | how much of the cell state is shown |
#
# Along the cell state the gradient is multiplied by $f_t$, element by element: no matrix, no slope of a tanh. With $f_t$ near 1 it travels back almost unchanged. The GRU (*gated recurrent unit*) does it with one state, and a gate $z_t$ for keeping and
# replacing: $h_t = z_t \odot h_{t-1} + (1 - z_t) \odot n_t$, with a proposal $n_t$. A second gate, the reset gate $r_t$, says how much of $h_{t-1}$ enters the proposal.
#
# Each gate, and the proposal, has weights for $x_t$ and $h_{t-1}$ of its own. So an LSTM (three gates and a proposal) has four times, and a GRU (two gates and a proposal) three times, the recurrent weights of a plain cell.
# %% [markdown]
# ### Exercise 14: `make_recurrent` (1 point, ★★☆)
#
# PyTorch has the three cells as `nn.RNN` (with tanh), `nn.LSTM` and `nn.GRU`, with one layer unless told otherwise. Complete the module `Recurrent`, which reads a sequence with one of them and puts a linear layer on its states; then `make_recurrent`, which builds it
# by name: `"rnn"`, `"lstm"` or `"gru"`. Another name: a `ValueError` whose message contains that name. A model's `forward(xs, state=None)` returns outputs and state as your `RNN` does. So it works with `train_rnn`, `forecast` and `gradient_through_time`.
#
# <details><summary>Hint</summary>
# All three are called as <code>cell(xs, state)</code>, where a state of None means zeros, and return all states and the last one. For the LSTM the latter is a tuple; hand it on as it is.
# </details>
# %% nbgrader={"grade": false, "grade_id": "make_recurrent", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Recurrent(nn.Module):
    """One of PyTorch's recurrent layers, and a linear layer that maps its states (hidden) to outputs."""

    def __init__(self, recurrent: nn.Module, readout: nn.Linear) -> None:
        super().__init__()
        self.recurrent, self.readout = recurrent, readout

    def forward(self, xs: torch.Tensor, state: object = None) -> tuple[torch.Tensor, object]:
        """Read xs (time, batch, input) from a state, or from zeros; return outputs (time, batch, output) and state."""
        # Read the sequence, then map all states to outputs.
        ### BEGIN SOLUTION
        states, state = self.recurrent(xs, state)
        return self.readout(states), state
        ### END SOLUTION


def make_recurrent(kind: str, n_input: int, n_hidden: int, n_output: int) -> nn.Module:
    """Build a recurrent network by the name of its cell.

    Parameters
    ----------
    kind : {"rnn", "lstm", "gru"}
    n_input, n_hidden, n_output : int

    Returns
    -------
    nn.Module
        Maps (time, batch, n_input), and a state if there is one, to outputs (time, batch, n_output) and a state.

    Raises
    ------
    ValueError
        If kind is none of the three; the message gives it.
    """
    # Refuse another kind; build the layer and the linear layer.
    ### BEGIN SOLUTION
    layers = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
    if kind not in layers:
        raise ValueError(f"kind must be one of {list(layers)}; it is {kind!r}")
    return Recurrent(layers[kind](n_input, n_hidden), nn.Linear(n_hidden, n_output))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_make_recurrent", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# For 3 inputs and 5 units a plain cell has 15 + 25 + 10 weights, counting both biases; the linear layer to 2 outputs 12.
def build(kind):
    model = make_recurrent(kind, 3, 5, 2)
    outputs, state = model(torch.ones(7, 4, 3))
    count = sum(p.numel() for p in model.parameters())
    return outputs.detach(), count, isinstance(model, nn.Module), isinstance(state, tuple)


for kind, count in {"rnn": 50 + 12, "gru": 150 + 12, "lstm": 200 + 12}.items():
    outputs, seen_count, is_module, is_tuple = observe(lambda kind=kind: build(kind))
    assert is_module, f"make_recurrent({kind!r}, ...) should return an nn.Module."
    assert_tensor(outputs, f"outputs of {kind!r} for xs (7, 4, 3)", shape=(7, 4, 2))
    assert seen_count == count, f"{kind!r} has {seen_count} weights, not {count}. Is it the right cell, one layer?"
    assert is_tuple == (kind == "lstm"), f"The state of {kind!r} is not the one that PyTorch's layer returns."
assert_raises(ValueError, lambda: observe(lambda: build("RNN")), "make_recurrent('RNN', ...)", "RNN")
# %% nbgrader={"grade": true, "grade_id": "hidden_make_recurrent", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Outputs and states against torch's functional interface, from the model's own weights; reading in two parts; names.
rng = np.random.default_rng(144)
xs = torch.tensor(rng.normal(size=(6, 3, 2)), dtype=torch.float32)
kernels = {"rnn": torch.rnn_tanh, "lstm": torch.lstm, "gru": torch.gru}
types = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


def probe(kind, sizes):
    torch.manual_seed(4)
    model = make_recurrent(kind, *sizes)
    layers = [m for m in model.modules() if type(m) is types[kind]]
    readouts = [m for m in model.modules() if type(m) is nn.Linear]
    if len(layers) != 1 or len(readouts) != 1:
        return None
    layer, readout = layers[0], readouts[0]
    outputs, state = model(xs)
    first, middle = model(xs[:2])
    second, end = model(xs[2:], middle)
    outputs.sum().backward()
    return {
        "weights": [getattr(layer, f"{name}_l0").detach() for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")],
        "readout": (readout.weight.detach(), readout.bias.detach()),
        "outputs": outputs.detach(),
        "state": [s.detach() for s in (state if isinstance(state, tuple) else (state,))],
        "in two parts": torch.cat([first, second]).detach(),
        "end": [s.detach() for s in (end if isinstance(end, tuple) else (end,))],
        "moves": all(p.grad is not None for p in model.parameters()),
    }


for kind, kernel in kernels.items():
    for n_hidden, n_output in [(4, 3), (1, 2), (5, 1)]:
        what = f"make_recurrent({kind!r}, 2, {n_hidden}, {n_output})"
        seen = observe(lambda kind=kind, sizes=(2, n_hidden, n_output): probe(kind, sizes))
        assert seen is not None, f"{what} should hold one {types[kind].__name__} and one Linear layer."
        assert [tuple(w.shape) for w in seen["weights"]][1][1] == n_hidden, f"{what} has another number of units."
        zeros = torch.zeros(1, 3, n_hidden)
        start = (zeros, zeros) if kind == "lstm" else zeros
        states, *last = kernel(xs, start, seen["weights"], True, 1, 0.0, False, False, False)
        expected = nn.functional.linear(states, *seen["readout"])
        for part in ("outputs", "in two parts"):
            assert_tensor(seen[part], f"{part}, {what}", shape=(6, 3, n_output))
            assert_close(seen[part], expected, f"{part}, {what}", rtol=1e-5, atol=1e-6)
        for part in ("state", "end"):
            assert len(seen[part]) == len(last), f"{what} should return the state of its layer."
            for a, b in zip(seen[part], last, strict=True):
                assert_close(a, b, f"{part}, {what}", rtol=1e-5, atol=1e-6)
        assert seen["moves"], f"Some parameter of {what} gets no gradient."
for kind in ("LSTM", "transformer", ""):
    assert_raises(
        ValueError,
        lambda kind=kind: observe(lambda: make_recurrent(kind, 2, 3, 1) is None),
        f"make_recurrent({kind!r}, ...)",
        kind,
    )


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The three modules differ in one name. What they return as a state differs too, but nobody who only hands the state on needs to know. That is why `forecast` must not look inside.
# %% [markdown]
# ## Three cells, as they start and with open gates
#
# Are gates alone enough? The next cell measures the gradient for the three cells as PyTorch makes them, and once more with **open gates**. All biases start near 0, so a gate starts near $\sigma(0) = \frac{1}{2}$: half of the state is forgotten at each step. Setting one of its two biases to 4, for the forget gate of
# the LSTM or the gate $z$ of the GRU, moves the gate to about $\sigma(4)$. In PyTorch these biases are the second quarter of the LSTM's bias and the second third of the GRU's: entries `n_hidden` to `2 * n_hidden`.
# %% tags=["try-it"]
def with_open_gates(model, bias=4.0):
    """Set the bias of the forget gate of an LSTM, or of the keeping gate of a GRU; returns the model."""
    n_hidden = model.recurrent.hidden_size
    with torch.no_grad():
        model.recurrent.bias_hh_l0[n_hidden : 2 * n_hidden] = bias
    return model


def build_cell(name, seed=0):
    """A network with one input, 16 units, one output, by a name such as "lstm" or "lstm, open"."""
    kind, _, gates = name.partition(", ")
    torch.manual_seed(seed)
    model = make_recurrent(kind, 1, 16, 1)
    return with_open_gates(model) if gates else model


cell_names = ["rnn", "lstm", "gru", "lstm, open", "gru, open"]
torch.manual_seed(0)
noise = torch.randn(61, 8, 1)
fig, ax = plt.subplots(figsize=(7, 4))
for i, name in enumerate(cell_names):
    seen = gradient_through_time(build_cell(name), noise).flip(0).numpy()
    ax.semilogy(
        np.arange(61),
        seen / seen[0],
        linestyle="--" if "open" in name else "-",
        marker=plotting.MARKERS[i],
        markersize=5,
        markevery=(2 * i, 10),
        color=plotting.COLOURS[i],
        label=name,
    )
    print(f"{name:<11} 40 steps back, powers of ten below the last step: {int(np.log10(seen[0] / seen[40]))}")
ax.set(xlabel="steps back", ylabel="gradient, relative to the last step", title="Three cells before any training")
ax.axhline(1, color="0.6", linewidth=0.8, linestyle="-")
legend = ax.legend(loc="lower left")


# %% [markdown]
# ## Does it matter for learning?
#
# A task that needs memory and nothing else: the first input is $+1$ or $-1$, then come 59 values of noise, and at the end the network shall say what the first one was. A network that remembers nothing does best by saying 0, with a mean squared error of 1. Four networks get 120 steps of Adam each, with your
# `clip_gradients_`, on 32 fresh sequences a step.
# %% tags=["try-it"]
def remember(name, n_steps=120):
    """Train a network to repeat its first input after 59 values of noise; returns the losses."""
    model = build_cell(name)
    generator = torch.Generator().manual_seed(0)
    optimizer, losses = torch.optim.Adam(model.parameters(), lr=0.01), []
    for _ in range(n_steps):
        xs = 0.3 * torch.randn(60, 32, 1, generator=generator)
        xs[0] = 2.0 * torch.randint(0, 2, (32, 1), generator=generator) - 1.0
        loss = ((model(xs)[0][-1] - xs[0]) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        clip_gradients_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    return losses


memory_losses = {name: remember(name) for name in ("rnn", "lstm", "lstm, open", "gru, open")}
fig, ax = plt.subplots(figsize=(7, 3.6))
for name, losses in memory_losses.items():
    i = cell_names.index(name)
    smooth = np.convolve(losses, np.ones(5) / 5, mode="valid")
    style = "--" if "open" in name else "-"
    ax.plot(smooth, linestyle=style, marker=plotting.MARKERS[i], markevery=20, color=plotting.COLOURS[i], label=name)
ax.set(xlabel="step", ylabel="mean squared error (mean of 5)", title="Remember the first of 60 values", ylim=(0, 1.6))
legend = ax.legend(loc="upper right", ncols=2)
for name, losses in memory_losses.items():
    print(f"{name:<11} remembers after 120 steps: {'yes' if np.mean(losses[-20:]) < 0.5 else 'no'}")
# %% [markdown]
# One run each, and another seed may change the picture. The pattern is well known, though: cells whose state is kept from the start learn such tasks, and others may need very long or never do.
# %% [markdown]
# ### Question 2 (1 point)
#
# Look at the pictures of the three cells and of the memory task. Why does the gradient of the LSTM fade at the start almost as fast as that of the plain cell, and why does it not fade with open gates? How do the two pictures belong together? And why does clipping not help against
# a vanishing gradient?
# %% [markdown] nbgrader={"grade": true, "grade_id": "discuss_gradients", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# The gradient along the cell state is multiplied by the forget gate at each step. At the start all biases are near 0, so the gate is near one half, and after $k$ steps about $2^{-k}$ is left; the plain cell, whose recurrent weights are small, loses a similar factor at each step. With a bias of 4 the gate is
# close to 1 and the product of sixty of them is still of the order of 1, so the gradient arrives. (It is the same for the gate $z$ of the GRU.) The memory task rewards only what is remembered of the first of 60 values. Where the gradient of the last output with respect to that input has shrunk by many
# powers of ten, the noise of the other inputs outweighs it, no step of training points towards remembering, and the loss stays at 1, that of saying 0. Where the gradient arrives, the network learns. Clipping scales the whole gradient, and only if it is too long. What came from far back is already too small *relative* to what came from close by; a
# common factor does not change that.
# %% [markdown]
# ## What you learned
#
# - A forecast is judged against persistence, on a part of the series that lies after the training part.
# - A recurrent network applies one cell, with one set of weights, again and again; unrolled, it is a deep network with shared weights, and yours equals `nn.RNN`.
# - Networks interpolate. Make a series stationary, by as few differences as possible, and scale it with the statistics of the past.
# - Teacher forcing trains one step ahead; free running feeds errors back. Test the way you will use.
# - Gradients through time are multiplied by the same matrix at each step. They fade or explode. Clipping helps against the second, open gates against the first.
#
# **Back and forth.** `clip_gradients_` and `train_rnn` fit into the loop of PS 7. `gradient_through_time` is the `gradient_ratio` of PS 5 for time instead of depth, measured with the `gradient` of PS 6. Sharing weights along an axis is the idea of PS 10. And before you believe that one of your cells beats another one,
# recall the error bars of PS 9.
#
# ## Looking back
#
# The course began with a line and three numbers: two parameters and a learning rate. Since then everything has been the same few moves. *Choose a function with parameters*: a line, a layer, many layers, filters, a code, a state. *Say by a loss how wrong it is*, and *follow the gradient*, first with a pencil, then with a graph
# that you built yourself, then with a framework whose inside you know. *Compare with something simple*: nearest neighbours, principal components, persistence. *Look at what was learned*, in weights, regions, feature maps, codes and gradients. *Measure on data that nobody has looked at*, with an error bar. Larger models differ in size and in
# how they are wired. The moves stay, and so does the habit of checking each step against something independent.
#
# **Read more.** On recurrent networks: *Deep Learning* (Goodfellow, Bengio, Courville), chapter 10; *Dive into Deep Learning*, the chapters on recurrent and modern recurrent networks; Hochreiter and Schmidhuber, *Long short-term memory* (Neural Computation 9, 1997); Gers, Schmidhuber and Cummins, *Learning to forget* (Neural Computation 12, 2000), for
# the forget gate; Cho et al., *Learning phrase representations using RNN encoder-decoder* (EMNLP 2014), for the GRU; Pascanu, Mikolov and Bengio, *On the difficulty of training recurrent neural networks* (ICML 2013), for vanishing, exploding and clipping; Jozefowicz, Zaremba and Sutskever, *An empirical exploration of recurrent network architectures*
# (ICML 2015), for the bias of the forget gate; Bengio, Vinyals, Jaitly and Shazeer, *Scheduled sampling for sequence prediction with recurrent neural networks* (NIPS 2015), between teacher forcing and free running. On forecasting: Hyndman and Athanasopoulos, *Forecasting: Principles and Practice* (3rd edition, free online), on
# baselines, stationarity and differencing.
#
# Where to go from here: Vaswani et al., *Attention is all you need* (NIPS 2017), for sequences without recurrence; *Understanding Deep Learning* (Prince, 2023) and *Deep Learning: Foundations and Concepts* (Bishop and Bishop, 2024) for the field as a whole.
