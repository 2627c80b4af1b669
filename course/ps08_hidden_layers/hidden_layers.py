# %% [markdown]
# # PS 8: What hidden layers do
#
# A network with a hidden layer can solve problems that a network without one cannot. PS 5 and PS 7 used this. Here you look at it.
# Your networks are so small that everything inside them can be drawn: each hidden unit is a line, a layer cuts the plane into regions,
# and the output layer sees the corners of a cube. Then the same eyes look at a wave, and you settle by an experiment why one side of it fits worse.
#
# **Goals.** After it you can
#
# - write a network of any depth as a module, and train it on all data at once;
# - draw the line of each hidden unit, count the regions, and say how many there can be;
# - decide exactly whether two classes can be separated by a line or a plane, and say why a ring around a disc needs three units;
# - find where the units of a network with one input switch, and read a fitted curve as a sum of steps;
# - test an explanation: find a case for which two explanations predict different things, and try it.
#
# **Time:** about 4 hours. **Assumed:** two-layer networks (PS 5), autograd (PS 6), `nn.Module` and `torch.optim` (PS 7).
# **Points:** 20, of which 2 are for answers in words.
# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["setup"]
import itertools
import math
from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from mpl_toolkits.mplot3d.art3d import Poly3DCollection
from scipy.optimize import linprog
from torch import nn

from helpers import diagrams, plotting
from helpers.checks import assert_array, assert_close, assert_number, assert_raises, assert_tensor, observe

plotting.use_style()
# The first optimizer of a session loads a large part of PyTorch. Do it here, before anything is timed.
warmed_up = torch.optim.Adam([torch.zeros(1, requires_grad=True)])


class GivenNetwork(nn.Sequential):
    """A network for the tests: an nn.Sequential that has the attributes which later exercises read."""

    @property
    def layers(self) -> nn.ModuleList:
        return nn.ModuleList(module for module in self if isinstance(module, nn.Linear))

    @property
    def activation(self) -> nn.Module:
        return self[1]

    @property
    def output_activation(self) -> nn.Module | None:
        return None if isinstance(self[-1], nn.Linear) else self[-1]


def given_network(parameters, activation, output_activation=None):
    """Make a GivenNetwork with chosen numbers: one pair of arrays W (outputs, inputs) and b (outputs,) for each layer."""
    modules = []
    for W, b in parameters:
        linear = nn.Linear(np.shape(W)[1], np.shape(W)[0])
        linear.weight = nn.Parameter(torch.tensor(np.asarray(W), dtype=torch.float32))
        linear.bias = nn.Parameter(torch.tensor(np.asarray(b), dtype=torch.float32))
        modules += [linear, activation]
    return GivenNetwork(*modules[:-1], *([] if output_activation is None else [output_activation]))


# %% [markdown]
# The class `GivenNetwork` at the end of the cell serves the tests alone. You don't need to read it.
#
# ## The data
#
# Two small sets, both made by a formula.
#
# | name | shape | what |
# | --- | --- | --- |
# | `points` | (150, 2) | 75 points in a disc of radius 1, then 75 in a ring between the radii 1.6 and 2.4 |
# | `inside` | (150, 1) | 1 for the disc, 0 for the ring |
# | `x_wave` | (150, 1) | evenly spaced from 0 to 10 |
# | `y_wave` | (150, 1) | the damped wave $e^{-0.1 x} \cos 2x$ |
#
# All are tensors of dtype float32. Note the shape of the targets: $(n, 1)$, as the output of a network with one output.
# %% nbgrader={"grade": false, "grade_id": "data", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["setup"]
rng = np.random.default_rng(8)
angle = rng.uniform(0, 2 * np.pi, 150)
radius = np.concatenate([np.sqrt(rng.uniform(0, 1, 75)), rng.uniform(1.6, 2.4, 75)])
points = torch.tensor(np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), dtype=torch.float32)
inside = (torch.arange(150) < 75).to(torch.float32)[:, None]
x_wave = torch.linspace(0, 10, 150)[:, None]
y_wave = torch.exp(-0.1 * x_wave) * torch.cos(2 * x_wave)
# %% tags=["try-it"]
fig, axes = plt.subplots(1, 2, figsize=(10, 3.6))
plotting.scatter_classes(
    points.numpy(), inside[:, 0].long().numpy(), ["ring", "disc"], ax=axes[0], title="A ring around a disc"
)
axes[0].set_aspect("equal")
axes[1].plot(x_wave, y_wave, ".", markersize=4)
limits = axes[1].set(xlabel="$x$", ylabel="$y$", title="A damped wave")
# %% [markdown]
# # Part 1: a network of any depth, and its training
#
# A **feed-forward network** alternates two things. A Linear layer takes weighted sums. An *activation*, a function of one number such as
# $\sigma$, tanh or ReLU, bends each sum. With $L$ hidden layers of $m$ units each:
#
# $$h^{(0)} = x, \qquad h^{(l)} = a\big(h^{(l-1)} W_l^\top + b_l\big) \;\; (l = 1, \dots, L), \qquad \text{output} = o\big(h^{(L)} W_{L+1}^\top + b_{L+1}\big) .$$
#
# Here $a$ is the activation. The function $o$ after the last layer is another one, or nothing at all. PyTorch keeps the weights of a Linear layer as
# $W$ of shape (outputs, inputs), hence the transposes.
#
# | layer | shape of $W$ | shape of $b$ | shape of its output |
# | --- | --- | --- | --- |
# | first hidden | $(m, d)$ | $(m,)$ | $(n, m)$ |
# | each further hidden | $(m, m)$ | $(m,)$ | $(n, m)$ |
# | output | $(k, m)$ | $(k,)$ | $(n, k)$ |
# %% tags=["try-it"]
ax = diagrams.network(
    [2, 3, 1],
    labels=["$x$", r"$h = \sigma(x W_1^\top + b_1)$", r"$z = h W_2^\top + b_2$"],
    activations=["logistic", None],
    biases=True,
    title="The network for the ring: two inputs, three hidden units, one score",
)


# %% [markdown]
# ### Exercise 1: `FeedForward` (2.5 points, ★★☆)
#
# Write the class. Its Linear layers, the output's last, stand in an `nn.ModuleList` named `layers`. A plain list would hide them from
# `parameters()`, and an optimizer would never see them. With `n_hidden_layers` equal to 0 there is the output layer alone.
# The activations are callables, such as `torch.tanh` or `nn.ReLU()`. The starter keeps them as attributes; later exercises read them.
#
# <details><summary>Hint</summary>
# Write down the list of all sizes, from the inputs to the outputs. <code>itertools.pairwise</code> gives each size with the next one.
# In <code>forward</code> treat <code>self.layers[:-1]</code> and <code>self.layers[-1]</code> differently.
# </details>
# %% nbgrader={"grade": false, "grade_id": "FeedForward", "locked": false, "schema_version": 3, "solution": true, "task": false}
class FeedForward(nn.Module):
    """A fully connected network.

    Parameters
    ----------
    n_inputs, n_outputs : int
    n_hidden_layers : int
        May be 0.
    n_hidden : int
        Units of each hidden layer.
    activation : callable
        Tensor to tensor of the same shape; used after each hidden layer.
    output_activation : callable, optional
        Used after the last layer; without it the output is the last layer's as it is.

    Attributes
    ----------
    layers : nn.ModuleList
        The ``n_hidden_layers + 1`` Linear layers, the output's last.
    activation, output_activation
        As given.
    """

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        n_hidden_layers: int,
        n_hidden: int,
        activation: Callable[[torch.Tensor], torch.Tensor],
        output_activation: Callable[[torch.Tensor], torch.Tensor] | None = None,
    ) -> None:
        super().__init__()
        self.activation, self.output_activation = activation, output_activation
        # A Linear layer from each size to the next.
        ### BEGIN SOLUTION
        sizes = [n_inputs] + [n_hidden] * n_hidden_layers + [n_outputs]
        self.layers = nn.ModuleList(nn.Linear(before, after) for before, after in itertools.pairwise(sizes))
        ### END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map inputs (n, n_inputs) to outputs (n, n_outputs)."""
        # The hidden layers, each followed by the activation.
        ### BEGIN SOLUTION
        for layer in self.layers[:-1]:
            x = self.activation(layer(x))
        ### END SOLUTION
        # The output layer, followed by its own activation if there is one.
        ### BEGIN SOLUTION
        x = self.layers[-1](x)
        return x if self.output_activation is None else self.output_activation(x)
        ### END SOLUTION


# %% tags=["try-it"]
torch.manual_seed(0)
deep = FeedForward(2, 1, 2, 3, torch.tanh)
for name, parameter in deep.named_parameters():
    print(f"{name:<16} {tuple(parameter.shape)}")
print("output for 150 points:", tuple(deep(points).shape))


# %% nbgrader={"grade": true, "grade_id": "test_FeedForward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# The layers' shapes, then the output with weights by hand. The objects stay in the probe; plain data comes back.
def layers_and_output():
    model = FeedForward(2, 1, 2, 3, torch.relu)
    shapes = [tuple(layer.weight.shape) for layer in model.layers]
    kind, n_parameters = type(model.layers).__name__, len(list(model.parameters()))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(-1.0 if parameter.ndim == 1 else 2.0)
    return kind, shapes, n_parameters, model(torch.tensor([[0.0, 1.0], [0.0, 0.0]]))


kind, shapes, n_parameters, seen = observe(layers_and_output)
assert kind == "ModuleList", f"layers should be an nn.ModuleList; it is a {kind}."
assert shapes == [(3, 2), (3, 3), (1, 3)], (
    f"FeedForward(2, 1, 2, 3, ...) has layers with weights {shapes}. Which sizes come one after the other?"
)
assert n_parameters == 6, (
    f"Three layers have 6 parameters, three weights and three biases; parameters() gives {n_parameters}."
)
assert_tensor(seen, "the output for 2 samples", shape=(2, 1), dtype=torch.float32)
# Row 1: the hidden units are 1, then 5, the output is 29. Row 2: ReLU makes all hidden units 0, the output is -1.
hint = "Is the activation used after every hidden layer, and not after the last layer?"
assert_close(seen, np.array([[29.0], [-1.0]]), "the output with all weights 2, all biases -1, ReLU", hint, rtol=1e-6)
# %% nbgrader={"grade": true, "grade_id": "hidden_FeedForward", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against NumPy with the model's own weights: several depths, widths and activations; with and without an output activation.
rng = np.random.default_rng(81)
callables = {
    "torch.tanh": (torch.tanh, np.tanh),
    "nn.ReLU()": (nn.ReLU(), lambda z: np.maximum(z, 0)),
    "a shifted sine": (lambda z: torch.sin(z + 1), lambda z: np.sin(z + 1)),
}
cases = [(2, 1, 0, 5), (3, 2, 1, 4), (1, 1, 1, 7), (4, 3, 2, 2), (2, 5, 4, 3), (3, 3, 3, 1)]
for sizes in cases:
    for name, (in_torch, in_numpy) in callables.items():
        for last in (None, "exp"):
            X = rng.normal(size=(6, sizes[0])).astype(np.float32)

            def probe(sizes=sizes, in_torch=in_torch, last=last, X=X):
                torch.manual_seed(3)
                output = {} if last is None else {"output_activation": lambda z: torch.exp(-z)}
                model = FeedForward(*sizes, in_torch, **output)
                out = model(torch.tensor(X))
                weights = [(layer.weight, layer.bias) for layer in model.layers]
                kinds = [type(layer).__name__ for layer in model.layers]
                out.sum().backward()
                with_gradient = [p.grad is not None for p in model.parameters()]
                kept = model.activation is in_torch and (model.output_activation is None) == (last is None)
                facts = type(model.layers).__name__, isinstance(model, nn.Module), kept
                return out, weights, kinds, with_gradient, facts

            what = f"FeedForward{sizes} with {name}" + ("" if last is None else " and an output activation")
            out, weights, kinds, with_gradient, facts = observe(probe)
            assert facts == ("ModuleList", True, True), (
                f"{what}: layers is a {facts[0]}, or the activations were not kept."
            )
            assert kinds == ["Linear"] * (sizes[2] + 1), f"{what}: its layers are {kinds}."
            assert with_gradient == [True] * (2 * sizes[2] + 2), (
                f"{what}: some parameters are missing or get no gradient."
            )
            h = X.astype(float)
            widths = [sizes[0], *[sizes[3]] * sizes[2], sizes[1]]
            for i, (W, b) in enumerate(weights):
                W, b = (np.asarray(p.detach(), dtype=float) for p in (W, b))
                assert W.shape == (widths[i + 1], widths[i]), f"{what}: layer {i} has weights of shape {W.shape}."
                h = h @ W.T + b
                h = in_numpy(h) if i < sizes[2] else h
            h = h if last is None else np.exp(-h)
            assert_tensor(out, f"the output of {what}", shape=(6, sizes[1]), dtype=torch.float32)
            assert_close(out, h, f"the output of {what}", rtol=1e-4, atol=1e-5)


def apart():
    first, second = (FeedForward(2, 1, 3, 2, torch.tanh) for _ in range(2))
    own = {p.data_ptr() for p in first.parameters()}
    shared = len(own & {p.data_ptr() for p in second.parameters()})
    before = first.layers[2].weight.detach().clone()
    second.load_state_dict(first.state_dict())
    X = torch.randn(5, 2)
    with torch.no_grad():
        same = bool((first(X) == second(X)).all())
    return len(own), shared, same, bool((before == first.layers[1].weight).all())


n_own, shared, same, repeated = observe(apart)
assert n_own == 8 and not repeated, "Each hidden layer should have weights of its own. Is one layer used several times?"
assert shared == 0, "Two models share their weights."
assert same, "A model that loads another's state_dict should give the same output."


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The loop over `self.layers[:-1]` is empty when there is no hidden layer, so that case needs no code of its own. A slice of an `nn.ModuleList`
# is again an `nn.ModuleList`, which holds the same layers.
# %% [markdown]
# ### Exercise 2: `count_parameters` (1 point, ★☆☆)
#
# How large is a network? Count its **trainable** numbers: the entries of all parameters whose `requires_grad` is `True`. A parameter that
# two layers share counts once. For the network in the diagram there are $2 \cdot 3 + 3 + 3 \cdot 1 + 1 = 13$.
#
# <details><summary>Hint</summary>
# <code>model.parameters()</code> gives each parameter once. <code>p.numel()</code> is the number of its entries.
# </details>
# %% nbgrader={"grade": false, "grade_id": "count_parameters", "locked": false, "schema_version": 3, "solution": true, "task": false}
def count_parameters(model: nn.Module) -> int:
    """Count the trainable numbers of a model.

    Parameters
    ----------
    model : nn.Module

    Returns
    -------
    int
        Entries of the parameters that require a gradient; a shared parameter counts once.
    """
    # The entries of each parameter that is trained, added up.
    ### BEGIN SOLUTION
    return sum(p.numel() for p in model.parameters() if p.requires_grad)
    ### END SOLUTION


# %% tags=["try-it"]
widths = [2, 4, 8, 16, 32, 64]
fig, ax = plt.subplots(figsize=(5.4, 3))
for i, n_layers in enumerate([1, 2, 4]):
    counts = [count_parameters(FeedForward(2, 1, n_layers, m, torch.tanh)) for m in widths]
    ax.loglog(widths, counts, marker=plotting.MARKERS[i], markersize=5, label=f"{n_layers} hidden")
ax.set(
    xlabel="units in each hidden layer", ylabel="trainable numbers", title="Size of networks with 2 inputs, 1 output"
)
ax.set_xticks(widths, widths)
ax.minorticks_off()
legend = ax.legend()
print("the network of the diagram:", count_parameters(FeedForward(2, 1, 1, 3, torch.sigmoid)))


# %% [markdown]
# With one hidden layer the number grows in proportion to the width; with more layers, with its square.
# %% nbgrader={"grade": true, "grade_id": "test_count_parameters", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# A Linear layer by hand; then its bias is frozen.
def count_twice():
    model = nn.Linear(4, 3)
    first = count_parameters(model)
    model.bias.requires_grad_(False)
    return first, count_parameters(model)


first, frozen = observe(count_twice)
assert_number(first, "count_parameters of a Linear layer", int)
assert first == 15, f"A Linear layer from 4 to 3 has 4 * 3 + 3 = 15 numbers; you count {first}. Entries, or tensors?"
assert frozen == 12, f"With its bias frozen 12 numbers are trained; you count {frozen}. Which parameters are trainable?"


# %% nbgrader={"grade": true, "grade_id": "hidden_count_parameters", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Other layers, buffers, a frozen layer, a shared one, a parameter of shape (), and none at all.
def several():
    tied = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 3))
    tied[2].weight = tied[0].weight
    half = nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 2))
    for p in half[0].parameters():
        p.requires_grad_(False)
    single = nn.Module()
    single.scale = nn.Parameter(torch.tensor(2.0))
    frozen = nn.Linear(2, 2).requires_grad_(False)
    models = {
        "a convolution": nn.Conv2d(2, 4, 3),
        "a layer without bias": nn.Linear(6, 5, bias=False),
        "a batch norm with its buffers": nn.BatchNorm1d(8),
        "two layers that share a weight": tied,
        "a network with its first layer frozen": half,
        "a parameter of shape ()": single,
        "a frozen layer": frozen,
        "an activation": nn.ReLU(),
    }
    return {name: count_parameters(model) for name, model in models.items()}, frozen.weight.requires_grad


by_hand = [76, 30, 16, 15, 16, 1, 0, 0]
counts, after = observe(several)
for (name, seen), expected in zip(counts.items(), by_hand, strict=True):
    assert_number(seen, f"count_parameters of {name}", int)
    assert seen == expected, f"count_parameters of {name} should be {expected}; it is {seen}."
assert not after, "count_parameters changed requires_grad of a frozen layer."


### END HIDDEN TESTS
# %% [markdown]
# ## A loss from scores
#
# The network for the ring gives one number $z$ for each point, its score or **logit**. The probability of the disc is $\sigma(z)$. The cross-entropy of PS 4, for the target $t$, is
#
# $$\ell = -t \ln \sigma(z) - (1 - t) \ln\big(1 - \sigma(z)\big) .$$
#
# Computed like this it fails for large scores: $\sigma(100)$ rounds to 1, and $\ln(1 - 1)$ is $-\infty$. In PS 4 you clipped the probability. Then the loss is finite, but its gradient is 0 where it should be largest.
# Better: never compute the probability. Use $\ln \sigma(z) = z - \ln(1 + e^z)$ and $\ln(1 - \sigma(z)) = -\ln(1 + e^z)$:
#
# $$\ell = -t z + t \ln(1 + e^z) + (1 - t) \ln(1 + e^z) = \ln(1 + e^z) - t z .$$
#
# One flaw is left: $e^z$ overflows for large $z$. Take $e^{z}$ out of the logarithm where $z > 0$: $\ln(1 + e^z) = z + \ln(1 + e^{-z})$. Both cases in one formula:
#
# $$\ell = \max(z, 0) - t z + \ln\big(1 + e^{-|z|}\big) .$$
#
# Beware of the point $z = 0$. The functions $\max(z, 0)$ and $|z|$ have a kink there, and autograd takes *some* slope at a kink. The loss itself has none: its derivative is $\sigma(z) - t$, which is
# $\frac{1}{2} - t$ at 0. A network whose weights are all 0 has all its scores there. PyTorch has functions for $\ln(e^a + e^b)$ and for $\ln(1 + e^z)$, which are stable and right at 0 too.
# %% tags=["try-it"]
z_axis = torch.linspace(-30, 30, 400)
fig, axes = plt.subplots(1, 2, figsize=(10, 3))
for ax, target in zip(axes, (1, 0), strict=True):
    naive = -torch.log(torch.sigmoid(z_axis)) if target else -torch.log(1 - torch.sigmoid(z_axis))
    exact = F.binary_cross_entropy_with_logits(z_axis, torch.full_like(z_axis, target), reduction="none")
    ax.plot(z_axis, exact, label="true loss")
    ax.plot(z_axis, naive, ":", color="black", linewidth=2.4, label="by the probability, float32")
    ax.set(xlabel="score $z$", ylabel="loss (nats)", title=f"target $t = {target}$")
    ax.legend()
lost = int(torch.isinf(-torch.log(1 - torch.sigmoid(z_axis))).sum())
print(f"by the probability {lost} of 400 losses are infinite for t = 0")


# %% [markdown]
# The dotted curve on the right ends near 17: there $\sigma(z)$ becomes exactly 1 in float32.
# %% [markdown]
# ### Exercise 3: `bce_from_logits` (2 points, ★★☆)
#
# Write the mean of $\ell$. It is finite and right up to $|z| = 10^4$, and autograd's gradient of it is $(\sigma(z) - t) / n$ everywhere, also at $z = 0$; here $n$ is the number of entries.
# Targets may lie anywhere in $[0, 1]$. The check of the shapes is given. PyTorch has the whole loss ready, as `F.binary_cross_entropy_with_logits`. Write the formula; keep that function for comparing.
#
# <details><summary>Hint</summary>
# <code>torch.logaddexp(a, b)</code> is ln(e^a + e^b). Which <code>b</code> makes it ln(1 + e^a)?
# </details>
# %% nbgrader={"grade": false, "grade_id": "bce_from_logits", "locked": false, "schema_version": 3, "solution": true, "task": false}
def bce_from_logits(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Mean binary cross-entropy of scores.

    Parameters
    ----------
    logits : Tensor of float, any shape
        Scores z; the probability is the logistic function of z.
    targets : Tensor of float, the same shape
        In [0, 1].

    Returns
    -------
    Tensor of float, shape ()
        In nats; it can be differentiated.

    Raises
    ------
    ValueError
        If the shapes differ; the message gives both.
    """
    if logits.shape != targets.shape:
        raise ValueError(f"logits {tuple(logits.shape)} and targets {tuple(targets.shape)} must have the same shape")
    # ln(1 + e^z), stable, and with the right slope at 0.
    ### BEGIN SOLUTION
    log_terms = torch.logaddexp(logits, torch.zeros_like(logits))
    ### END SOLUTION
    # The loss of each entry, and the mean.
    ### BEGIN SOLUTION
    return (log_terms - targets * logits).mean()
    ### END SOLUTION


# %% tags=["try-it"]
z_axis = torch.linspace(-6, 6, 201)
fig, axes = plt.subplots(1, 2, figsize=(10, 3))
for target, style in [(1.0, "-"), (0.0, "--"), (0.3, ":")]:
    z = z_axis.clone().requires_grad_()
    values = torch.stack([bce_from_logits(each, torch.tensor(target)) for each in z])
    values.sum().backward()
    axes[0].plot(z_axis, values.detach(), style, label=f"$t = {target:g}$")
    axes[1].plot(z_axis, z.grad, style, label=f"$t = {target:g}$")
axes[0].set(xlabel="score $z$", ylabel="loss (nats)", title="Your loss")
axes[1].set(xlabel="score $z$", ylabel="slope", title="Its slope, by autograd")
for ax in axes:
    ax.legend()


# %% nbgrader={"grade": true, "grade_id": "test_bce_from_logits", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# The scores 0, ln 3 and -ln 3 have the probabilities 1/2, 3/4 and 1/4; then two scores far out; then the gradient.
def by_hand():
    z = torch.tensor([[0.0, math.log(3), -math.log(3)]], requires_grad=True)
    t = torch.tensor([[1.0, 1.0, 1.0]])
    loss = bce_from_logits(z, t)
    loss.backward()
    far = bce_from_logits(torch.tensor([800.0, -800.0]), torch.tensor([0.0, 0.0]))
    return loss, z.grad, far


seen, slope, far = observe(by_hand)
assert_tensor(seen, "the loss", shape=(), dtype=torch.float32)
expected = (math.log(2) + math.log(4 / 3) + math.log(4)) / 3
assert_close(seen, expected, "the loss of 3 scores", "Is t z subtracted? Is it the mean?", rtol=1e-5)
assert_close(
    far, 400.0, "the loss of the scores 800 and -800 for the target 0", "Did an exponential overflow?", rtol=1e-5
)
hint = "The first score is 0. What slope has each of your functions there?"
assert_close(slope, np.array([[-1 / 6, -1 / 12, -1 / 4]]), "the gradient", hint, rtol=1e-4)
# %% nbgrader={"grade": true, "grade_id": "hidden_bce_from_logits", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against torch's own loss in float64 and against its gradient, (sigmoid - t) / n; far ends; soft targets; shapes.
rng = np.random.default_rng(83)


def value_and_gradient(z, t, dtype):
    logits, targets = torch.tensor(z, dtype=dtype, requires_grad=True), torch.tensor(t, dtype=dtype)
    loss = bce_from_logits(logits, targets)
    loss.backward()
    unchanged = bool((logits == torch.tensor(z, dtype=dtype)).all() and (targets == torch.tensor(t, dtype=dtype)).all())
    return loss, logits.grad, unchanged


for dtype, tolerance in ((torch.float32, 1e-5), (torch.float64, 1e-7)):
    for shape in [(1,), (7,), (5, 1), (3, 4), (2, 3, 2), ()]:
        for kind in ("hard", "soft"):
            z = np.asarray(rng.normal(scale=3.0, size=shape))
            z = np.where(rng.uniform(size=shape) < 0.2, 0.0, z)
            t = np.asarray(rng.uniform(size=shape))
            t = np.round(t) if kind == "hard" else t
            what = f"bce_from_logits of shape {shape}, {kind} targets"
            loss, slope, unchanged = observe(lambda z=z, t=t, dtype=dtype: value_and_gradient(z, t, dtype))
            assert_tensor(loss, what, shape=(), dtype=dtype)
            expected = F.binary_cross_entropy_with_logits(torch.tensor(z), torch.tensor(t)).item()
            # Float32 keeps 7 digits of each term.
            assert_close(loss, expected, what, rtol=tolerance, atol=tolerance / 10)
            assert_close(
                slope,
                (1 / (1 + np.exp(-z)) - t) / max(z.size, 1),
                f"the gradient of {what}",
                rtol=tolerance,
                atol=tolerance / 10,
            )
            assert unchanged, f"{what} changed its arguments."
ends = np.array([1e4, -1e4, 1e4, -1e4, 120.0, -120.0, 60.0, 0.0])
aims = np.array([0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.25, 0.0])
each = np.array([1e4, 1e4, 0.0, 0.0, 120.0, 120.0, 45.0, np.log(2)])
for dtype in (torch.float32, torch.float64):
    loss, slope, _ = observe(lambda dtype=dtype: value_and_gradient(ends, aims, dtype))
    assert_close(loss, each.mean(), "the loss far from 0", rtol=1e-5)
    assert_close(slope, np.array([1, -1, 0, 0, 1, -1, 0.75, 0.5]) / 8, "the gradient far from 0", rtol=1e-5, atol=1e-7)
for i in range(len(ends)):
    loss, _, _ = observe(lambda i=i: value_and_gradient(ends[i : i + 1], aims[i : i + 1], torch.float32))
    assert_close(loss, each[i], f"the loss of the score {ends[i]:g} for the target {aims[i]:g}", rtol=1e-5, atol=1e-6)
for bad in [(4,), (1, 4), (4, 4), ()]:
    assert_raises(
        ValueError,
        lambda bad=bad: bce_from_logits(torch.zeros(4, 1), torch.zeros(bad)),
        f"bce_from_logits with logits (4, 1) and targets {bad}",
        mention=str(bad),
    )


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** `torch.logaddexp(z, 0)` and `F.softplus(z)` are the same function. With `z.clamp(min=0)` autograd takes the slope 1 at 0, with `torch.relu` the slope 0; then the gradient at $z = 0$ is off by $\frac{1}{2}$.
# `torch.maximum` splits the slope evenly between its arguments, so the formula with it is right as well. It is worth a test at the kink whenever you write a formula in pieces.
# %% [markdown]
# ## One loop for all experiments
#
# The sets are so small that every step can use all samples. So the loop is shorter than in PS 7: no loader, no batches. The optimizer is Adam.
#
# One mistake deserves a guard. If the output has the shape $(n, 1)$ and the target $(n,)$, then `output - target` broadcasts to $(n, n)$. The loss is a plausible number, it even falls, and the network learns the *mean* of all targets.
# %% [markdown]
# ### Exercise 4: `train_full_batch` (2.5 points, ★★☆)
#
# Write the loop. `losses[i]` is the loss before step $i$, as a Python float. The loss function is called as `loss_fn(output, y)`, in this order. Adam keeps its default settings but for the learning rate.
# If the output and `y` have different shapes, raise a `ValueError` whose message contains both shapes, before anything is trained. Gradients that the model carries from earlier must not matter.
#
# <details><summary>Hint</summary>
# In each epoch: output, check, loss, clear the gradients, <code>backward</code>, <code>step</code>. <code>loss.item()</code> is a float without a record.
# </details>
# %% nbgrader={"grade": false, "grade_id": "train_full_batch", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_full_batch(
    model: nn.Module,
    X: torch.Tensor,
    y: torch.Tensor,
    loss_fn: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    lr: float,
    n_epochs: int,
) -> list[float]:
    """Train a model in place with Adam, all samples at every step.

    Parameters
    ----------
    model : nn.Module
        Its parameters are changed.
    X : Tensor of float, shape (n, n_inputs)
    y : Tensor of float, the shape of the model's output
    loss_fn : callable
        Called as ``loss_fn(output, y)``; returns a Tensor of shape ().
    lr : float
        Learning rate.
    n_epochs : int
        Number of steps; with 0 the model stays as it is.

    Returns
    -------
    list of float, length n_epochs
        Entry i is the loss before step i.

    Raises
    ------
    ValueError
        If the output's shape is not y's; the message gives both.
    """
    # Adam for all parameters of the model.
    ### BEGIN SOLUTION
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    ### END SOLUTION
    losses = []
    for _ in range(n_epochs):
        # The output, refused if its shape is not that of y.
        ### BEGIN SOLUTION
        output = model(X)
        if output.shape != y.shape:
            raise ValueError(f"the output {tuple(output.shape)} and y {tuple(y.shape)} must have the same shape")
        ### END SOLUTION
        # The loss, noted as a float.
        ### BEGIN SOLUTION
        loss = loss_fn(output, y)
        losses.append(loss.item())
        ### END SOLUTION
        # Its gradient alone, and one step.
        ### BEGIN SOLUTION
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        ### END SOLUTION
    return losses


# %% [markdown]
# Now the ring around the disc, with one, two and three hidden units.
# %% tags=["try-it"]
ring_models, ring_losses = {}, {}
for n_units in (1, 2, 3):
    torch.manual_seed(1)
    ring_models[n_units] = FeedForward(2, 1, 1, n_units, torch.sigmoid)
    ring_losses[n_units] = train_full_batch(ring_models[n_units], points, inside, bce_from_logits, 0.1, 400)
    with torch.no_grad():
        right = ((ring_models[n_units](points) > 0) == (inside == 1)).float().mean().item()
    print(f"{n_units} hidden units: loss at first {ring_losses[n_units][0]:.1f}, right at the end {100 * right:.0f} %")
fig, ax = plt.subplots(figsize=(5.4, 3.2))
for n_units, losses in ring_losses.items():
    ax.semilogy(losses, label=f"{n_units} hidden")
ax.axhline(math.log(2), color="0.6", linewidth=0.8)
ax.text(400, math.log(2) * 1.08, r"$\ln 2$", ha="right", fontsize=9)
ax.set(xlabel="step", ylabel="cross-entropy (nats)", title="Your loop on the ring")
legend = ax.legend()
# %% tags=["try-it"]
xs = np.linspace(-2.7, 2.7, 150)
plane = torch.tensor(np.stack(np.meshgrid(xs, xs), axis=-1).reshape(-1, 2), dtype=torch.float32)
looks = [(0, "o", plotting.COLOURS[0], "ring"), (1, "^", plotting.COLOURS[1], "disc")]
window = (-2.7, 2.7, -2.7, 2.7)
fig, axes = plt.subplots(1, 3, figsize=(12, 4))
for ax, (n_units, model) in zip(axes, ring_models.items(), strict=True):
    with torch.no_grad():
        z = model(plane).reshape(150, 150)
    shown = ax.imshow(torch.sigmoid(z).numpy(), extent=window, origin="lower", cmap="Greys", vmin=0, vmax=2)
    ax.contour(xs, xs, z, levels=[0], colors="black", linewidths=1.4)
    for label, marker, colour, name in looks:
        ax.plot(*points[inside[:, 0] == label].T, marker, markersize=4, color=colour, label=name)
    ax.set(xlabel="$x_1$", ylabel="$x_2$", title=f"{n_units} hidden")
legend = axes[0].legend(loc="upper left", frameon=True)
bar = fig.colorbar(
    shown, ax=axes, label="probability of the disc", boundaries=np.linspace(0, 1, 101), ticks=[0, 0.5, 1]
)


# %% [markdown]
# One unit finds a straight border. Two find a strip or a wedge, which always leaves a gap in the ring. Three close it. Why three? Part 2 answers that.
# %% nbgrader={"grade": true, "grade_id": "test_train_full_batch", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# One weight, w x for x = 1 and 3, targets 0: the loss is 5 w^2. Adam's first step is lr, against the sign of the gradient.
def one_weight():
    model = nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        model.weight.fill_(2.0)
    X, y = torch.tensor([[1.0], [3.0]]), torch.zeros(2, 1)
    losses = train_full_batch(model, X, y, F.mse_loss, 0.1, 2)
    return losses, [type(loss).__name__ for loss in losses]


seen, kinds = observe(one_weight)
assert type(seen) is list and kinds == ["float"] * 2, f"2 epochs should give a list of 2 floats; you return {seen!r}."
assert abs(seen[0] - 20.0) < 1e-3, (
    f"The loss before the first step is 20; losses[0] is {seen[0]:.4f}. When is it noted?"
)
assert abs(seen[1] - 5 * 1.9**2) < 1e-2, (
    f"After one step of Adam with lr 0.1 the weight is 1.9 and the loss 18.05; losses[1] is {seen[1]:.4f}. Which optimizer takes your steps, with which rate?"
)
assert_raises(
    ValueError,
    lambda: observe(lambda: train_full_batch(nn.Linear(2, 1), torch.zeros(5, 2), torch.zeros(5), F.mse_loss, 0.1, 1)),
    "train_full_batch with output (5, 1) and y (5,)",
    mention="(5, 1)",
)


# %% nbgrader={"grade": true, "grade_id": "hidden_train_full_batch", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Adam written out in NumPy on a linear model with a loss that is not symmetric; earlier gradients; no epochs; shapes; learning.
def adam_by_hand(W, b, X, y, lr, n_epochs):
    parameters = [W.copy(), b.copy()]
    means, squares, losses = [0.0, 0.0], [0.0, 0.0], []
    for step in range(1, n_epochs + 1):
        output = X @ parameters[0].T + parameters[1]
        losses.append(np.sum((output - 2 * y) ** 2 * (1 + y**2)))
        upstream = 2 * (output - 2 * y) * (1 + y**2)
        for i, g in enumerate((upstream.T @ X, upstream.sum(axis=0))):
            means[i] = 0.9 * means[i] + 0.1 * g
            squares[i] = 0.999 * squares[i] + 0.001 * g**2
            corrected = means[i] / (1 - 0.9**step), squares[i] / (1 - 0.999**step)
            parameters[i] = parameters[i] - lr * corrected[0] / (np.sqrt(corrected[1]) + 1e-8)
    return losses, *parameters


def lopsided(output, y):
    return ((output - 2 * y) ** 2 * (1 + y**2)).sum()


rng = np.random.default_rng(84)
for n, d, k, lr, n_epochs in [(5, 3, 2, 0.1, 6), (1, 2, 1, 0.02, 4), (8, 1, 3, 0.5, 5), (4, 4, 4, 0.05, 1)]:
    W, b = rng.normal(size=(k, d)), rng.normal(size=k)
    X, y = rng.normal(size=(n, d)), rng.normal(size=(n, k))

    def probe(W=W, b=b, X=X, y=y, lr=lr, n_epochs=n_epochs):
        model = nn.Linear(W.shape[1], len(b)).double()
        with torch.no_grad():
            model.weight.copy_(torch.tensor(W))
            model.bias.copy_(torch.tensor(b))
        for p in model.parameters():
            p.grad = torch.full_like(p, 50.0)
        X_in, y_in = torch.tensor(X), torch.tensor(y)
        losses = train_full_batch(model, X_in, y_in, lopsided, lr, n_epochs)
        unchanged = bool((X_in == torch.tensor(X)).all() and (y_in == torch.tensor(y)).all())
        return losses, [type(loss).__name__ for loss in losses], model.weight, model.bias, unchanged

    losses, kinds, W_after, b_after, unchanged = observe(probe)
    what = f"X ({n}, {d}), y ({n}, {k}), lr {lr}, {n_epochs} epochs"
    expected = adam_by_hand(W, b, X, y, lr, n_epochs)
    assert type(losses) is list and kinds == ["float"] * n_epochs, f"losses is not a list of {n_epochs} floats, {what}."
    hint = "Is loss_fn(output, y) called in this order? Are earlier gradients cleared before backward?"
    # Adam divides by square roots, in which rounding of tiny gradients shows.
    assert_close(np.array(losses), np.array(expected[0]), f"losses, {what}", hint, rtol=1e-5)
    assert_close(W_after, expected[1], f"the weights after training, {what}", hint, rtol=1e-5, atol=1e-7)
    assert_close(b_after, expected[2], f"the biases after training, {what}", hint, rtol=1e-5, atol=1e-7)
    assert unchanged, "X or y was changed in place."


def nothing_to_do():
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    before = [p.detach().clone() for p in model.parameters()]
    losses = train_full_batch(model, torch.ones(4, 3), torch.ones(4, 2), F.mse_loss, 0.1, 0)
    after = all(bool((p == q).all()) for p, q in zip(model.parameters(), before, strict=True))
    refused, messages = [], []
    for shape in [(4,), (1, 2), (4, 1), (2, 4), (4, 2, 1)]:
        try:
            train_full_batch(model, torch.ones(4, 3), torch.ones(shape), lambda a, b: (a.sum() - b.sum()) ** 2, 0.1, 2)
        except ValueError as error:
            refused.append(shape)
            messages.append(str(error))
    still = all(bool((p == q).all()) for p, q in zip(model.parameters(), before, strict=True))
    return losses, after, refused, messages, still


losses, after, refused, messages, still = observe(nothing_to_do)
assert losses == [] and after, "With 0 epochs the list should be empty and the model as it was."
for shape in [(4,), (1, 2), (4, 1), (2, 4), (4, 2, 1)]:
    assert shape in refused, f"An output (4, 2) and y {shape} should raise ValueError."
    told = messages[refused.index(shape)]
    assert str(shape) in told and "(4, 2)" in told, f"The message {told!r} should contain (4, 2) and {shape}."
assert still, "A refused call changed the model."


def learns():
    torch.manual_seed(5)
    model = nn.Sequential(nn.Linear(2, 4), nn.Sigmoid(), nn.Linear(4, 1))
    model[0].bias.requires_grad_(False)
    before = [p.detach().clone() for p in model.parameters()]
    losses = train_full_batch(model, points, inside, F.binary_cross_entropy_with_logits, 0.1, 250)
    moved = [bool((p != q).any()) for p, q in zip(model.parameters(), before, strict=True)]
    return losses, moved, model[0].bias.requires_grad


losses, moved, recorded = observe(learns)
assert abs(losses[0] - math.log(2)) < 0.2, f"The first loss on the ring should be near ln 2; it is {losses[0]:.3f}."
assert losses[-1] < 0.5, f"After 250 steps on the ring the loss should be below 0.5; it is {losses[-1]:.3f}."
assert moved == [True, False, True, True] and not recorded, "Trained parameters should move, a frozen one should not."


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The check stands inside the loop because the output is at hand there; it costs nothing, and it speaks before the first step. In this run two units stay near one wrong point in ten, and no number of steps would help: their best border is a strip.
# What `optimizer.zero_grad()` clears at the first step are gradients from a time before the loop.
# %% [markdown]
# # Part 2: lines, regions, and a cube
#
# ## A hidden unit is a line
#
# A unit with two inputs computes $\sigma(w_1 x_1 + w_2 x_2 + b)$. Its score is 0, and its output one half, on the **line**
#
# $$w_1 x_1 + w_2 x_2 + b = 0 .$$
#
# On one side the score is positive: the unit is *on*. The vector $w = (w_1, w_2)$ is perpendicular to the line and points to that side. To see this, walk along the line by a vector $u$. The score stays 0, so $w \cdot u = 0$. Now walk from a point
# of the line by $s\, w / \lVert w \rVert$, a distance $s$. The score becomes $s \lVert w \rVert$. Two things follow:
#
# - the line lies at the distance $|b| / \lVert w \rVert$ from the origin;
# - $\lVert w \rVert$ is the steepness. For a large one the output jumps from 0 to 1 close to the line. For a small one it climbs slowly.
# %% tags=["try-it"]
fig, axes = plt.subplots(1, 2, figsize=(10.5, 3.9), subplot_kw={"aspect": "equal"})
grid = np.stack(np.meshgrid(np.linspace(-2.6, 2.6, 200), np.linspace(-2.6, 2.6, 200)), axis=-1)
for ax, scale in zip(axes, (1.0, 5.0), strict=True):
    w, b = scale * np.array([0.8, 0.6]), -scale * 1.0
    shown = ax.imshow(
        0.5 * (1 + np.tanh((grid @ w + b) / 2)),
        extent=(-2.6, 2.6, -2.6, 2.6),
        origin="lower",
        cmap="Blues",
        vmin=0,
        vmax=1,
    )
    foot = -b * w / (w @ w)
    along = np.array([-w[1], w[0]]) / np.linalg.norm(w)
    ax.plot(*np.stack([foot - 5 * along, foot + 5 * along]).T, color="black", linestyle="-")
    ax.annotate("", foot + 0.8 * w / scale, foot, arrowprops={"arrowstyle": "-|>", "color": "black", "linewidth": 2})
    back = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"}
    ax.text(*(foot + [0.85, 0.75]), "$w$", ha="center", va="bottom", bbox=back)
    ax.plot(*np.stack([np.zeros(2), foot]).T, color="black", linestyle=":")
    ax.text(0.15, 0.55, r"$|b|\,/\,\|w\|$", ha="right")
    ax.plot(0, 0, "+", color="black")
    ax.set(xlim=(-2.6, 2.6), ylim=(-2.6, 2.6), xlabel="$x_1$", ylabel="$x_2$")
    ax.set_title(rf"$\|w\| = {scale:g}$: " + ("a gentle slope" if scale == 1 else "nearly a step"))
bar = fig.colorbar(shown, ax=axes, label="output of the unit")


# %% [markdown]
# ### Exercise 5: `hidden_lines` (1.5 points, ★☆☆)
#
# Return the line of each unit of the **first** hidden layer as a row $(w_1, w_2, b)$. The result is a NumPy array of its own: a change of it must not change the model. The check of the number of inputs is given.
#
# <details><summary>Hint</summary>
# The weight of <code>model.layers[0]</code> has shape (n_hidden, 2), its bias (n_hidden,). NumPy refuses a tensor that records; <code>detach()</code> gives
# one that doesn't.
# </details>
# %% nbgrader={"grade": false, "grade_id": "hidden_lines", "locked": false, "schema_version": 3, "solution": true, "task": false}
def hidden_lines(model: nn.Module) -> np.ndarray:
    """The line w1 x1 + w2 x2 + b = 0 of each unit of the first hidden layer.

    Parameters
    ----------
    model : FeedForward
        With two inputs and at least one hidden layer.

    Returns
    -------
    ndarray of float, shape (n_hidden, 3)
        One row (w1, w2, b) a unit, in the units' order. It shares no memory with the model.

    Raises
    ------
    ValueError
        If the model does not have two inputs.
    """
    first = model.layers[0]
    if first.in_features != 2:
        raise ValueError(f"model must have 2 inputs; it has {first.in_features}")
    # Weights and bias side by side, as an array.
    ### BEGIN SOLUTION
    return torch.cat([first.weight, first.bias[:, None]], dim=1).detach().numpy()
    ### END SOLUTION


# %% tags=["try-it"]
def draw_lines(ax, lines, arrows=True):
    """Draw each line, and an arrow with the unit's number towards its positive side."""
    for i, (w1, w2, b) in enumerate(lines):
        w, length = np.array([w1, w2]), np.hypot(w1, w2)
        foot, along = -b * w / length**2, np.array([-w2, w1]) / length
        colour = plotting.COLOURS[i + 2]
        ax.plot(*np.stack([foot - 9 * along, foot + 9 * along]).T, color=colour, linestyle=["-", "--", "-."][i % 3])
        if arrows:
            look = {"arrowstyle": "-|>", "color": colour, "linewidth": 2}
            ax.annotate("", foot + 0.6 * w / length, foot, arrowprops=look)
            ax.text(*(foot + 0.78 * w / length), f"{i + 1}", ha="center", va="center", fontsize=12, fontweight="bold")
    ax.set(xlim=(-2.7, 2.7), ylim=(-2.7, 2.7), aspect="equal", xlabel="$x_1$", ylabel="$x_2$")


fig, axes = plt.subplots(1, 3, figsize=(12, 4.4))
for ax, (n_units, model) in zip(axes, ring_models.items(), strict=True):
    for label, marker, colour, _ in looks:
        ax.plot(*points[inside[:, 0] == label].T, marker, markersize=3.5, color=colour, alpha=0.7)
    with torch.no_grad():
        score = model(plane).reshape(150, 150)
    ax.contour(xs, xs, score, levels=[0], colors="black", linewidths=1.2)
    draw_lines(ax, hidden_lines(model))
    ax.set_title(f"{n_units} hidden: the units' lines; black: the border")


# %% nbgrader={"grade": true, "grade_id": "test_hidden_lines", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Two units by hand, then the array is changed: the model must not follow.
two_units = [([[1.0, 2.0], [3.0, 4.0]], [5.0, 6.0]), ([[1.0, 1.0]], [0.0])]


def change_the_lines():
    model = given_network(two_units, nn.Sigmoid())
    hidden_lines(model)[...] = 9.0
    return model.layers[0].weight.max().item()


seen = observe(lambda: hidden_lines(given_network(two_units, nn.Sigmoid())))
assert_array(seen, "hidden_lines of 2 units", shape=(2, 3), dtype=np.floating)
hint = "Is each row one unit, its weights first and its bias last?"
assert_close(seen, np.array([[1.0, 2.0, 5.0], [3.0, 4.0, 6.0]]), "hidden_lines", hint, rtol=1e-6)
assert observe(change_the_lines) < 9, "Writing into the array changed the model. Do they share memory?"
# %% nbgrader={"grade": true, "grade_id": "hidden_hidden_lines", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# One unit and many, one hidden layer and more; the first layer; both parts copied; other numbers of inputs.
rng = np.random.default_rng(85)
for n_units, n_layers in [(1, 1), (2, 1), (7, 1), (3, 2), (4, 3)]:
    sizes = [2, *[n_units] * n_layers, 1]
    parameters = [(rng.normal(size=(b, a)), rng.normal(size=b)) for a, b in itertools.pairwise(sizes)]

    def probe(parameters=parameters):
        model = given_network(parameters, nn.Tanh())
        again = hidden_lines(model)
        if type(again) is np.ndarray:
            lines, again = again, again.copy()
            lines += 1
        first = model.layers[0]
        left = np.column_stack([first.weight.detach().numpy(), first.bias.detach().numpy()])
        return again, left, [p.requires_grad for p in model.parameters()]

    what = f"hidden_lines of {n_layers} hidden layers of {n_units}"
    seen, left, records = observe(probe)
    expected = np.column_stack([parameters[0][0], parameters[0][1]])
    assert_array(seen, what, shape=(n_units, 3), dtype=np.floating)
    assert_close(seen, expected, what, rtol=1e-6)
    assert_close(left, expected, f"the first layer after the array of {what} was changed", "A copy?", rtol=1e-6)
    assert all(records), f"{what}: a parameter no longer requires a gradient."
for n_inputs in (1, 3):
    assert_raises(
        ValueError,
        lambda n_inputs=n_inputs: observe(
            lambda: hidden_lines(
                given_network([(np.ones((4, n_inputs)), np.ones(4)), (np.ones((1, 4)), [0.0])], nn.Tanh())
            )
        ),
        f"hidden_lines of a model with {n_inputs} inputs",
        mention=str(n_inputs),
    )


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** `torch.cat` makes a new tensor, so nothing is shared. `first.weight.detach().numpy()` alone would be a view of the weights (PS 6). In the picture for three units the lines form a triangle around the disc, and some arrows point in, others out. The
# output layer does not mind: it can give each unit a weight of either sign.
# %% [markdown]
# ## Lines cut the plane into regions
#
# For each point of the plane every hidden unit is on or off. Write the **pattern** of the units as a word of zeros and ones: 101 means that units 1 and 3 are on. All points with the same pattern form a region, with the lines as its borders.
# If the sigmoids are steep, the network is nearly constant in a region. So the regions are the pieces from which it builds its answer.
#
# How many regions can $m$ lines make? One line more, line number $k$, crosses each of the $k - 1$ earlier lines at most once. The crossings cut it into at most $k$ pieces. Each piece splits one region in two, so line $k$ adds at most $k$ regions. We begin with one region, the plane:
#
# $$R(m) = 1 + (1 + 2 + \dots + m) = 1 + \frac{m (m + 1)}{2} : \qquad R(1) = 2, \quad R(2) = 4, \quad R(3) = 7, \quad R(4) = 11 .$$
#
# But $m$ units have $2^m$ patterns. Up to $m = 2$ all of them can occur. Three lines make 7 regions at most, so **at least one of the 8 patterns never occurs**.
# %% [markdown]
# ### Exercise 6: `hidden_activations` (1.5 points, ★☆☆)
#
# Return what the output layer sees: for each row of `X` the outputs of the **last** hidden layer, after the activation. The result does not record, and the model is left as it was.
#
# <details><summary>Hint</summary>
# It is <code>forward</code> without its last step, inside <code>torch.no_grad()</code>.
# </details>
# %% nbgrader={"grade": false, "grade_id": "hidden_activations", "locked": false, "schema_version": 3, "solution": true, "task": false}
def hidden_activations(model: nn.Module, X: torch.Tensor) -> torch.Tensor:
    """Outputs of the last hidden layer.

    Parameters
    ----------
    model : FeedForward
        With at least one hidden layer.
    X : Tensor of float, shape (n, n_inputs)

    Returns
    -------
    Tensor of float, shape (n, n_hidden)
        After the activation; it does not record.
    """
    # Through all layers but the last, without a record.
    ### BEGIN SOLUTION
    with torch.no_grad():
        for layer in model.layers[:-1]:
            X = model.activation(layer(X))
    return X
    ### END SOLUTION


# %% tags=["try-it"]
H = hidden_activations(ring_models[3], points)
steep = float(((H < 0.1) | (H > 0.9)).float().mean())
chosen = [0, 20, 40, 80, 100, 120]
shown = np.round(torch.cat([points[chosen], H[chosen], inside[chosen]], dim=1).numpy(), 2)
fig, ax = plt.subplots(figsize=(6, 2.6))
ax = diagrams.annotated_matrix(
    shown,
    row_labels=[f"point {i}" for i in chosen],
    col_labels=["$x_1$", "$x_2$", "$h_1$", "$h_2$", "$h_3$", "disc"],
    fmt="{:.2f}",
    ax=ax,
    title="Six points, what the output layer sees of them, and their class",
)
print(f"hidden outputs that are below 0.1 or above 0.9: about {10 * round(10 * steep)} %")


# %% nbgrader={"grade": true, "grade_id": "test_hidden_activations", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Two ReLU units by hand: their scores are x1 - x2 and 2 x2 - 1.
def two_units():
    model = given_network([([[1.0, -1.0], [0.0, 2.0]], [0.0, -1.0]), ([[5.0, 5.0]], [7.0])], nn.ReLU())
    H = hidden_activations(model, torch.tensor([[3.0, 1.0], [0.0, 2.0], [1.0, 0.0]]))
    return H, H.requires_grad


seen, records = observe(two_units)
assert_tensor(seen, "hidden_activations of 3 points", shape=(3, 2), dtype=torch.float32)
hint = "Are they the values after the activation, and before the output layer?"
assert_close(seen, np.array([[2.0, 1.0], [0.0, 3.0], [1.0, 0.0]]), "H", hint, rtol=1e-6)
assert not records, "The result still records. What switches the recording off?"
# %% nbgrader={"grade": true, "grade_id": "hidden_hidden_activations", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against NumPy: several depths, activations, one sample, one input; with an output activation that must not be used.
rng = np.random.default_rng(86)


class Sine(nn.Module):
    def forward(self, z):
        return torch.sin(z)


kinds = {
    "sigmoid": (nn.Sigmoid(), lambda z: 1 / (1 + np.exp(-z))),
    "tanh": (nn.Tanh(), np.tanh),
    "sin": (Sine(), np.sin),
}
for sizes in [(2, 3, 1), (1, 6, 1), (3, 1, 2), (2, 4, 4, 1), (2, 3, 3, 3, 2), (4, 4, 4)]:
    for name, (in_torch, in_numpy) in kinds.items():
        parameters = [(rng.normal(size=(b, a)), rng.normal(size=b)) for a, b in itertools.pairwise(sizes)]
        X = rng.normal(size=(1 if name == "tanh" else 5, sizes[0])).astype(np.float32)

        def probe(parameters=parameters, in_torch=in_torch, X=X):
            model = given_network(parameters, in_torch, nn.Softplus())
            inputs = torch.tensor(X)
            H = hidden_activations(model, inputs)
            unchanged = bool((inputs == torch.tensor(X)).all())
            after = torch.ones(1, requires_grad=True) * 2
            records = [p.requires_grad for p in model.parameters()]
            return H, H.requires_grad, unchanged, after.requires_grad and all(records), model.training

        what = f"hidden_activations of sizes {sizes}, {name}"
        H, recording, unchanged, grad_on, training = observe(probe)
        h = X.astype(float)
        for W, b in parameters[:-1]:
            h = in_numpy(h @ W.T + b)
        assert_tensor(H, what, shape=(len(X), sizes[-2]), dtype=torch.float32)
        assert_close(H, h, what, rtol=1e-4, atol=1e-5)
        assert not recording, f"{what}: the result records."
        assert unchanged, f"{what}: X was changed in place."
        assert grad_on and training, f"{what}: recording, requires_grad or the model's mode is not as before the call."


### END HIDDEN TESTS
# %% [markdown]
# ### Exercise 7: `count_regions` (1.5 points, ★★☆)
#
# Count the patterns that occur among the rows of `X`. A unit is **on** where its *score*, before the activation, is greater than 0. A score of exactly 0 is off. If there are several hidden layers, the pattern holds the units of all of them. It must work for 100 units and more.
#
# <details><summary>Hint</summary>
# <code>scores &gt; 0</code> is a tensor of bools. <code>torch.cat(..., dim=1)</code> puts those of several layers side by side, and <code>torch.unique(..., dim=0)</code> leaves each row once.
# </details>
# %% nbgrader={"grade": false, "grade_id": "count_regions", "locked": false, "schema_version": 3, "solution": true, "task": false}
def count_regions(model: nn.Module, X: torch.Tensor) -> int:
    """Count the on/off patterns of the hidden units.

    Parameters
    ----------
    model : FeedForward
        With at least one hidden layer; the units of all hidden layers count.
    X : Tensor of float, shape (n, n_inputs)

    Returns
    -------
    int
        How many different patterns occur among the rows of X; a unit is on where its score is above 0.
    """
    # Layer by layer: which units are on?
    ### BEGIN SOLUTION
    patterns = []
    with torch.no_grad():
        for layer in model.layers[:-1]:
            scores = layer(X)
            patterns.append(scores > 0)
            X = model.activation(scores)
    ### END SOLUTION
    # How many different rows are there?
    ### BEGIN SOLUTION
    return len(torch.unique(torch.cat(patterns, dim=1), dim=0))
    ### END SOLUTION


# %% tags=["try-it"]
fig, axes = plt.subplots(1, 3, figsize=(12, 4.4))
plane_2d = plane.numpy()
for ax, (n_units, model) in zip(axes, ring_models.items(), strict=True):
    lines = hidden_lines(model)
    on = (plane_2d @ lines[:, :2].T + lines[:, 2] > 0).astype(int)
    patterns, region = np.unique(on, axis=0, return_inverse=True)
    region = region.ravel()
    ax.imshow(
        region.reshape(150, 150), extent=window, origin="lower", cmap="Pastel1", vmin=0, vmax=8, interpolation="nearest"
    )
    draw_lines(ax, lines, arrows=False)
    # Each word stands at the point of its region that is farthest from all borders.
    to_lines = np.abs(plane_2d @ lines[:, :2].T + lines[:, 2]) / np.linalg.norm(lines[:, :2], axis=1)
    room = np.minimum(to_lines.min(axis=1), 2.7 - np.abs(plane_2d).max(axis=1))
    for i, pattern in enumerate(patterns):
        place = plane_2d[np.argmax(np.where(region == i, room, -1))]
        ax.text(*place, "".join(map(str, pattern)), ha="center", va="center", fontsize=11)
    with torch.no_grad():
        ax.contour(xs, xs, model(plane).reshape(150, 150), levels=[0], colors="black", linewidths=1.2)
    ax.set_title(f"{n_units} hidden: {count_regions(model, plane)} regions in view")
# %% [markdown]
# A region outside the window is not counted, so the number can be below $R(m)$. The next cell counts for networks with random weights on a larger window.
# %% tags=["try-it"]
wide = 20 * plane / 2.7
fig, ax = plt.subplots(figsize=(5.6, 3.2))
ms = np.arange(1, 9)
for seed in range(3):
    torch.manual_seed(seed)
    counts = [count_regions(FeedForward(2, 1, 1, int(m), torch.sigmoid), wide) for m in ms]
    ax.plot(ms, counts, linestyle="none", marker=plotting.MARKERS[seed], markersize=6, label=f"random, seed {seed}")
ax.plot(ms, 1 + ms * (ms + 1) / 2, color="black", linestyle="-", label=r"$R(m) = 1 + m(m+1)/2$")
ax.plot(ms, 2.0**ms, color="0.5", linestyle=":", label="$2^m$")
ax.set(xlabel="hidden units $m$", ylabel="regions", ylim=(0, 45), title="Regions on a grid never exceed $R(m)$")
legend = ax.legend(fontsize=9)


# %% nbgrader={"grade": true, "grade_id": "test_count_regions", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Two units, on for x1 > 0 and for x2 > 0: four quadrants. Their borders are off.
def quadrants():
    model = given_network([(np.eye(2), np.zeros(2)), (np.ones((1, 2)), [0.0])], nn.Sigmoid())
    corners = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0], [2.0, 3.0]])
    border = torch.tensor([[0.0, 0.0], [-1.0, -1.0]])
    return count_regions(model, corners), count_regions(model, corners[:1]), count_regions(model, border)


seen = observe(quadrants)
assert_number(seen[0], "count_regions", int)
assert seen[0] == 4, (
    f"Five points in four quadrants lie in 4 regions; you count {seen[0]}. Is each pattern counted once?"
)
assert seen[1] == 1, f"One point lies in 1 region; you count {seen[1]}."
assert seen[2] == 1, f"A score of 0 is off, like a negative one; you count {seen[2]} regions."
# %% nbgrader={"grade": true, "grade_id": "hidden_count_regions", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Sets of patterns built one by one; several layers and activations; many units; tiny scores; lines whose regions are known.
rng = np.random.default_rng(87)
kinds = {
    "sigmoid": (nn.Sigmoid(), lambda z: 1 / (1 + np.exp(-z))),
    "relu": (nn.ReLU(), lambda z: np.maximum(z, 0)),
    "tanh": (nn.Tanh(), np.tanh),
}
for sizes in [(2, 1, 1), (2, 3, 1), (1, 5, 1), (3, 4, 2), (2, 3, 3, 1), (2, 4, 4, 4, 1)]:
    for name, (in_torch, in_numpy) in kinds.items():
        # Whole and half numbers, so that float32 and float64 agree on the sign of every score of the first layer.
        parameters = [
            (rng.integers(-6, 7, (b, a)) / 2, rng.integers(-5, 6, b) / 2) for a, b in itertools.pairwise(sizes)
        ]
        X = rng.integers(-8, 9, (60, sizes[0])) / 2
        words, h, near = [[] for _ in X], X, False
        for W, b in parameters[:-1]:
            z = h @ W.T + b
            near |= bool((np.abs(z) < 1e-5).any() and len(words[0]) > 0)
            for word, row in zip(words, z, strict=True):
                word.extend(float(v) > 0 for v in row)
            h = in_numpy(z)
        if near:  # a score of a later layer so close to 0 that rounding decides
            continue

        def probe(parameters=parameters, in_torch=in_torch, X=X):
            inputs = torch.tensor(X, dtype=torch.float32)
            count = count_regions(given_network(parameters, in_torch), inputs)
            return count, bool((inputs == torch.tensor(X, dtype=torch.float32)).all())

        seen, unchanged = observe(probe)
        what = f"count_regions of sizes {sizes}, {name}"
        assert_number(seen, what, int)
        expected = len({tuple(word) for word in words})
        assert seen == expected, f"{what} should be {expected}; it is {seen}. Are units on where the score is above 0?"
        assert unchanged, f"{what}: X was changed in place."


def known():
    # 130 thresholds at 0.5, 1.5, ... make 131 intervals; a number made of 130 bits would not fit.
    steps = given_network([(np.ones((130, 1)), -0.5 - np.arange(130)), (np.ones((1, 130)), [0.0])], nn.Sigmoid())
    line = torch.arange(0.0, 131.0)[:, None]
    tiny = given_network([([[1.0]], [0.0]), ([[1.0]], [0.0])], nn.Sigmoid())
    corners = [[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]]
    triangle = given_network([(corners, [1.0, 1.0, 1.0]), (np.ones((1, 3)), [0.0])], nn.ReLU())
    axis = torch.linspace(-6, 6, 61)
    grid = torch.stack(torch.meshgrid(axis, axis, indexing="ij"), dim=-1).reshape(-1, 2)
    parallel = given_network([([[1.0, 0.0]] * 3, [-1.0, 0.0, 1.0]), (np.ones((1, 3)), [0.0])], nn.Tanh())
    return [
        count_regions(steps, line),
        count_regions(tiny, torch.tensor([[1e-12], [-1e-12], [1e-30], [0.0]])),
        count_regions(triangle, grid),
        count_regions(parallel, grid),
    ]


for seen, expected, what in zip(
    observe(known), [131, 2, 7, 4], ["130 thresholds", "tiny scores", "a triangle", "three parallel lines"], strict=True
):
    assert seen == expected, f"count_regions for {what} should be {expected}; it is {seen}."


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** Packing the bits of a pattern into one number looks clever, and fails beyond 63 units. Asking whether $\sigma(z) > 0.5$ is not the same as $z > 0$ either: in float32 a score of $10^{-12}$ gives exactly 0.5. For three units the missing pattern is the opposite of the one
# inside the triangle: on the wrong side of all three lines at once there is no point.
# %% [markdown]
# ## What the output layer sees
#
# The output layer never sees the plane. It sees the point $h = (h_1, \dots, h_m)$, each coordinate between 0 and 1: a point in a square for two units, in a **cube** for three. Its score is $z = v \cdot h + c$. The border $z = 0$ is a line in the square, or a plane that cuts through the cube.
# So the job of the hidden layer can be said in one sentence: *move the points to where one cut separates the classes.*
#
# The next two cells show where they go. The grey net is the image of a square grid over the plane.
# %% tags=["try-it"]
fig, axes = plt.subplots(1, 2, figsize=(10, 4.2), width_ratios=[1, 1.3])
jitter = np.random.default_rng(0).uniform(-1, 1, len(points))
coarse = np.linspace(-2.7, 2.7, 37)
for n_units, ax in zip((1, 2), axes, strict=True):
    model = ring_models[n_units]
    H = hidden_activations(model, points).numpy()
    v, c = model.layers[1].weight[0].detach().numpy(), model.layers[1].bias.item()
    if n_units == 1:
        ax.axvline(-c / v[0], color="black", label="$z = 0$")
        ax.set(xlabel="$h_1$", yticks=[], ylim=(-1.5, 1.5), title="1 hidden: a line (heights are random)")
        H = np.column_stack([H, jitter])
    else:
        net = np.stack(np.meshgrid(coarse, coarse), axis=-1)
        image = (
            hidden_activations(model, torch.tensor(net.reshape(-1, 2), dtype=torch.float32)).numpy().reshape(37, 37, 2)
        )
        for i in range(37):
            ax.plot(*image[i].T, color="0.8", linewidth=0.6, linestyle="-")
            ax.plot(*image[:, i].T, color="0.8", linewidth=0.6, linestyle="-")
        h1 = np.linspace(-0.2, 1.2, 2)
        ax.plot(h1, -(v[0] * h1 + c) / v[1], color="black", linestyle="-", label="$z = 0$")
        ax.set(xlabel="$h_1$", ylabel="$h_2$", xlim=(-0.05, 1.05), ylim=(-0.05, 1.05), title="2 hidden: a square")
    for label, marker, colour, name in looks:
        ax.plot(*H[inside[:, 0] == label].T, marker, markersize=4.5, color=colour, alpha=0.75, label=name)
legend = axes[1].legend(loc="upper left", bbox_to_anchor=(1, 1))


# %% tags=["try-it"]
def cut_of_cube(v, c):
    """Corners, in order, of the polygon that the plane v . h + c = 0 cuts out of the unit cube."""
    corners = []
    for axis, rest in itertools.product(range(3), itertools.product([0.0, 1.0], repeat=2)):
        h = np.insert(np.array(rest), axis, 0.0)
        h[axis] = -(c + v @ h) / v[axis]
        if 0 <= h[axis] <= 1:
            corners.append(h)
    corners = np.array(corners)
    middle = corners.mean(axis=0)
    flat = (corners - middle) @ np.linalg.svd(corners - middle)[2][:2].T
    return corners[np.argsort(np.arctan2(flat[:, 1], flat[:, 0]))]


model = ring_models[3]
H = hidden_activations(model, points).numpy()
net = torch.tensor(np.stack(np.meshgrid(coarse, coarse), axis=-1).reshape(-1, 2), dtype=torch.float32)
image = hidden_activations(model, net).numpy().reshape(37, 37, 3)
v, c = model.layers[1].weight[0].detach().numpy(), model.layers[1].bias.item()
fig, axes = plt.subplots(1, 2, figsize=(11.5, 5.2), subplot_kw={"projection": "3d"})
for ax, (up, around) in zip(axes, [(18, -50), (22, 20)], strict=True):
    for start, end in itertools.combinations(itertools.product([0, 1], repeat=3), 2):
        if sum(abs(p - q) for p, q in zip(start, end, strict=True)) == 1:
            ax.plot(*zip(start, end, strict=True), color="0.4", linewidth=0.8, linestyle="-")
    for corner in itertools.product([0, 1], repeat=3):
        ax.text(*[1.12 * p - 0.06 for p in corner], "".join(map(str, corner)), fontsize=8, color="0.3")
    ax.plot_wireframe(*np.moveaxis(image, -1, 0), color="0.5", linewidth=0.5, rstride=1, cstride=1)
    ax.add_collection3d(Poly3DCollection([cut_of_cube(v, c)], facecolor="0.3", edgecolor="black", alpha=0.25))
    for label, marker, colour, name in looks:
        ax.plot(*H[inside[:, 0] == label].T, marker, markersize=4, color=colour, alpha=0.85, label=name)
    ax.set(xlim=(0, 1), ylim=(0, 1), zlim=(0, 1), xticks=[], yticks=[], zticks=[])
    ax.set(xlabel="$h_1$", ylabel="$h_2$", zlabel="$h_3$")
    ax.set_box_aspect(None, zoom=0.95)
    ax.view_init(up, around)
    ax.grid(False)
axes[0].legend(loc="upper left")
title = fig.suptitle(
    "3 hidden: the plane as a bent sheet in the cube, and the cut $z = 0$, from two sides", fontsize=11
)


# %% [markdown]
# Compare the corners with the regions' patterns of the last exercise: each region of the plane sits at the corner with its pattern, and the sheet runs from corner to corner along the edges.
#
# ## Can one cut do it?
#
# Two classes are **linearly separable** if some $w$ and $b$ put all points of class 1 strictly on one side and all points of class 0 strictly on the other:
#
# $$w \cdot h_i + b > 0 \;\text{ for } y_i = 1, \qquad w \cdot h_i + b < 0 \;\text{ for } y_i = 0 .$$
#
# How to decide it? A classifier that is trained until it makes no mistake proves *yes*. But if it still makes mistakes, you don't know: is it impossible, or not trained for long enough? There is a way that decides both.
# Let $s_i = 1$ for class 1 and $s_i = -1$ for class 0, so that the conditions read $s_i (w \cdot h_i + b) > 0$. There are finitely many points, so the smallest of these numbers is some $\varepsilon > 0$. Divide $w$ and $b$ by $\varepsilon$:
#
# $$s_i (w \cdot h_i + b) \ge 1 \quad \text{for all } i .$$
#
# These are linear inequalities in the unknowns $(w, b)$. Whether they have a solution is the first question that every solver of **linear programmes** answers. The function to be minimised does not matter; take 0.
# The solver asks for the form $A u \le r$ with $u = (w, b)$, so multiply by $-1$: row $i$ of $A$ is $-s_i (h_i, 1)$, of shape $(d + 1,)$, and $r_i = -1$.
# %% [markdown]
# ### Exercise 8: `linearly_separable` (2.5 points, ★★★)
#
# Write it, exactly: no training. NumPy and `scipy.optimize.linprog`, which the first cell imports, are all you need.
#
# - If the two hulls touch, or one point carries both labels, the answer is `False`: no *strict* separation exists.
# - If only one class occurs, the answer is `True`.
# - $H$ may have any number of columns. The check of the shapes is given.
#
# The tests use gaps down to a thousandth of the size of the point set. The solver's own tolerance is about $10^{-7}$.
#
# <details><summary>Hint</summary>
# <code>linprog(cost, A_ub=A, b_ub=r, bounds=...)</code>. By default all unknowns are kept at 0 or above; <code>bounds=(None, None)</code> frees them. In the result, <code>status</code> is 0 if a
# solution was found and 2 if there is none.
# </details>
# %% nbgrader={"grade": false, "grade_id": "linearly_separable", "locked": false, "schema_version": 3, "solution": true, "task": false}
def linearly_separable(H: np.ndarray, y: np.ndarray) -> bool:
    """Decide whether a hyperplane separates two classes strictly.

    Parameters
    ----------
    H : ndarray of float, shape (n, d)
        Points; at least one.
    y : ndarray, shape (n,)
        Labels 0 and 1.

    Returns
    -------
    bool
        True if some w, b have w . h + b > 0 on class 1 and < 0 on class 0; True if only one class occurs.

    Raises
    ------
    ValueError
        If H is not a matrix or y does not have one label a row; the message gives both shapes.
    """
    if H.ndim != 2 or y.shape != (len(H),):
        raise ValueError(f"H {H.shape} and y {y.shape} must be (n, d) and (n,)")
    # The signs, and the inequalities in the solver's form.
    ### BEGIN SOLUTION
    sign = np.where(y == 1, 1.0, -1.0)
    A = -sign[:, None] * np.column_stack([H, np.ones(len(H))])
    ### END SOLUTION
    # Has the linear programme a solution?
    ### BEGIN SOLUTION
    result = linprog(np.zeros(A.shape[1]), A_ub=A, b_ub=-np.ones(len(A)), bounds=(None, None))
    return result.status == 0
    ### END SOLUTION


# %% tags=["try-it"]
labels = inside[:, 0].long().numpy()
print(f"{'the plane itself':<24} separable: {linearly_separable(points.numpy(), labels)}")
for n_units, model in ring_models.items():
    H = hidden_activations(model, points).numpy()
    print(f"{n_units} hidden, trained{'':<7} separable: {linearly_separable(H, labels)}")
for n_units in (2, 3, 4, 8):
    yes = 0
    for seed in range(20):
        torch.manual_seed(seed)
        H = hidden_activations(FeedForward(2, 1, 1, n_units, torch.sigmoid), points).numpy()
        yes += bool(linearly_separable(H, labels))
    print(f"{n_units} hidden, 20 untrained networks: separable in {yes}")


# %% nbgrader={"grade": true, "grade_id": "test_linearly_separable", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Four corners of a square: one against three, then the diagonals (XOR). Then two classes that share a point.
square = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
for labels_of_corners, expected in [
    ([0, 0, 0, 1], True),
    ([1, 1, 1, 0], True),
    ([0, 1, 1, 0], False),
    ([1, 1, 1, 1], True),
]:
    seen = linearly_separable(square, np.array(labels_of_corners))
    assert type(seen) in (bool, np.bool_), f"linearly_separable should be True or False; it is {seen!r}."
    hint = "Are all unknowns free, and is the bias among them?" if expected else "Is your separation strict?"
    assert bool(seen) == expected, (
        f"The corners of a square with the labels {labels_of_corners}: you say {seen}. {hint}"
    )
seen = linearly_separable(np.array([[0.0], [1.0], [1.0], [2.0]]), np.array([0, 0, 1, 1]))
assert not seen, "The point 1 carries both labels, and you say True. Is your separation strict?"
seen = linearly_separable(np.array([[1.0], [2.0], [3.0], [4.0]]), np.array([1, 1, 0, 0]))
assert seen, "1 and 2 against 3 and 4 on a line: you say False. May w be negative? Is there a bias?"
# %% nbgrader={"grade": true, "grade_id": "hidden_linearly_separable", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Sets separated by construction, with small gaps, far from the origin, of other sizes; sets mixed by construction; touching hulls.
rng = np.random.default_rng(88)


def asks(H, y, expected, what):
    H, y = np.asarray(H), np.asarray(y)
    kept = H.copy(), y.copy()
    seen = linearly_separable(H, y)
    assert type(seen) in (bool, np.bool_), f"linearly_separable should be True or False; it is {seen!r}, {what}."
    assert bool(seen) == expected, f"linearly_separable should be {expected} and is {seen}: {what}."
    assert np.array_equal(H, kept[0]) and np.array_equal(y, kept[1]), f"H or y was changed in place, {what}."


for n, d in [(2, 1), (9, 1), (40, 2), (60, 3), (30, 6), (5, 9)]:
    for gap in (0.5, 1e-3):
        for shift, scale in ((0.0, 1.0), (50.0, 1.0), (0.0, 1e-2), (0.0, 300.0)):
            direction = rng.normal(size=d)
            direction /= np.linalg.norm(direction)
            y = np.arange(n) % 2
            H = rng.uniform(-1, 1, (n, d))
            along = H @ direction
            wanted = np.where(y == 1, 1, -1) * (gap / 2 + np.abs(along))
            H = (H + (wanted - along)[:, None] * direction) * scale + shift
            asks(H, y, True, f"{n} points in {d} dimensions, gap {gap * scale:g}, shifted by {shift:g}")
            asks(H, 1 - y, True, f"{n} points in {d} dimensions, gap {gap * scale:g}, labels exchanged")
for n, d in [(3, 1), (12, 2), (40, 3), (25, 5)]:
    for scale in (1.0, 0.01, 100.0):
        hull = rng.normal(size=(n, d))
        weights = rng.dirichlet(np.ones(n), 3)
        H = np.vstack([hull, weights @ hull]) * scale
        y = np.repeat([0, 1], [n, 3])
        asks(H, y, False, f"3 points within the hull of {n} others in {d} dimensions")
        asks(H, 1 - y, False, f"3 points within the hull of {n} others in {d} dimensions, labels exchanged")
touching = {
    "a corner on an edge": ([[0, 0], [2, 0], [1, 0], [1, 3]], [0, 0, 1, 1]),
    "a common corner": ([[0, 0], [1, 0], [0, 1], [0, 0], [-1, 0], [0, -1]], [0, 0, 0, 1, 1, 1]),
    "edges on one line that overlap": ([[0, 0], [2, 0], [1, 0], [3, 0]], [0, 0, 1, 1]),
    "a point between two on a line": ([[0], [1], [2]], [0, 1, 0]),
    "the same point with both labels": ([[3, 4], [3, 4]], [0, 1]),
    "crossing diagonals in space": ([[0, 0, 0], [1, 1, 1], [1, 0, 0], [0, 1, 1]], [0, 0, 1, 1]),
    "a point on a face of a tetrahedron": ([[0, 0, 0], [4, 0, 0], [0, 4, 0], [0, 0, 4], [1, 1, 0]], [0, 0, 0, 0, 1]),
    "a duplicate among many": (np.vstack([np.arange(20).reshape(10, 2), [[0, 1]]]), [0] * 10 + [1]),
}
for what, (H, y) in touching.items():
    for kind in (np.float64, np.float32, np.int64):
        asks(np.array(H, dtype=kind), np.array(y), False, what)
    asks(np.array(H, dtype=float), 1 - np.array(y), False, f"{what}, labels exchanged")
apart = {
    "edges on one line, apart": ([[0, 0], [1, 0], [2, 0], [3, 0]], [0, 0, 1, 1]),
    "a corner just off an edge": ([[0, 0], [2, 0], [1, 0.002], [1, 3]], [0, 0, 1, 1]),
    "two points": ([[3, 4], [3, 4.01]], [0, 1]),
    "one point": ([[3.0, -2.0]], [1]),
    "one class, equal points": ([[1, 1], [1, 1], [1, 1]], [0, 0, 0]),
    "one class of many points": (rng.normal(size=(50, 3)), [1] * 50),
    "both classes on the positive side of the origin": ([[5, 5], [6, 6], [7, 7], [8, 8]], [1, 1, 0, 0]),
    "one corner of the cube": (list(itertools.product([0, 1], repeat=3)), [0] * 7 + [1]),
}
for what, (H, y) in apart.items():
    for kind in (np.float64, np.float32):
        asks(np.array(H, dtype=kind), np.array(y), True, what)
        asks(np.array(H, dtype=kind), np.array(y, dtype=float), True, f"{what}, labels as floats")
cube = list(itertools.product([0, 1], repeat=3))
asks(cube, [sum(corner) % 2 for corner in cube], False, "the parity of the cube's corners")
asks(points.numpy(), inside[:, 0].numpy(), False, "the ring around the disc")
lifted = np.column_stack([points.numpy(), (points**2).sum(1).numpy()])
asks(lifted, inside[:, 0].numpy(), True, "the ring around the disc, with the squared radius as a third column")
for bad in [(3,), (5,), (4, 1), ()]:
    assert_raises(
        ValueError,
        lambda bad=bad: linearly_separable(np.zeros((4, 2)), np.zeros(bad)),
        f"linearly_separable with H (4, 2) and y {bad}",
        mention=str(bad),
    )
assert_raises(
    ValueError, lambda: linearly_separable(np.zeros(4), np.zeros(4)), "linearly_separable with H (4,)", mention="(4,)"
)


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The table is sharper than an accuracy. For two units the answer is *no* for every seed, trained or not: these points cannot be separated after any two sigmoids. For three units the trained network separates and none of the 20 untrained ones does: there are weights that work, and training finds them. With eight units most untrained networks separate too,
# since their sheet is bent in many directions. Dividing by $\varepsilon$ is what makes a strict inequality fit for a solver, which knows only $\le$.
# %% [markdown]
# ## Why two units can't
#
# The map from the plane to the square is continuous. If the two lines are not parallel, it is also one-to-one: $h_1$ and $h_2$ tell the scores of both units, and two scores that belong to crossing lines tell the point. Such a map stretches and bends the plane like a rubber sheet, but it never tears and never folds it.
# A circle around the disc stays a closed curve around the image of the disc. Every straight line through a point inside a closed curve meets the curve on both sides, so no line separates the two. Parallel lines are worse: then points along them fall together.
#
# In three dimensions there is room. The sheet can bend *out of* the plane, as in the picture of the cube, and a flat cut can take off its middle.
# %% [markdown]
# ### Question 1 (1 point)
#
# Look at your table of separable hidden spaces, at the regions for three units, and at the cube. Where in the cube is the disc, and which corner of the cube is far from every point of the sheet? Explain by the lines why just this corner is empty, and by the table whether more training would help the network with two units.
# %% [markdown] nbgrader={"grade": true, "grade_id": "discuss_separable", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# The disc sits at the corner whose pattern is written inside the triangle of the three lines; the ring is spread over the corners and edges around it, and the plane $z = 0$ cuts that corner off.
# The empty corner is the opposite one, with every unit's state reversed. A point there would have to be on the outer side of all three lines at once. Three lines in general position make 7 regions of the 8 patterns, and the region opposite to the triangle is the one that is missing.
# The table says that the hidden space of two units is not separable, neither after training nor for any of the 20 random networks. More training cannot help: the map of two units keeps the ring around the disc, and no line in the square can separate them. Three trained units are separable.
# %% [markdown]
# # Part 3: thresholds on a wave
#
# ## One input: a unit is a threshold
#
# With one input the line becomes a point. The unit $\sigma(w x + b)$ switches where its score is 0, at
#
# $$x^* = -\frac{b}{w} ,$$
#
# from off to on, to the right, if $w > 0$, and to the left if $w < 0$. Take two units that switch at 2 and at 4, and subtract. The result is a bump, and it becomes a box as the weights grow:
# %% tags=["try-it"]
x_axis = np.linspace(0, 6, 400)
fig, ax = plt.subplots(figsize=(6.4, 3))
for w in (2, 5, 40):
    rise, fall = (0.5 * (1 + np.tanh(w * (x_axis - at) / 2)) for at in (2, 4))
    ax.plot(x_axis, rise - fall, label=f"$w = {w}$")
ax.set(xlabel="$x$", ylabel=r"$\sigma(w(x-2)) - \sigma(w(x-4))$", title="Two units make a bump")
legend = ax.legend()
# %% [markdown]
# Put bumps of any height side by side, and you can follow any curve. This is the idea behind the theorem that one hidden layer suffices to approximate every continuous function on an interval. It does not say that training finds the weights. The next cell tries, with 20 units on the damped wave.
# %% tags=["try-it"]
torch.manual_seed(0)
wave_model = FeedForward(1, 1, 1, 20, torch.sigmoid)
wave_losses = train_full_batch(wave_model, x_wave, y_wave, F.mse_loss, 0.03, 800)
fig, axes = plt.subplots(1, 2, figsize=(10, 3.2))
axes[0].semilogy(wave_losses)
axes[0].set(xlabel="step", ylabel="mean squared error", title="20 sigmoids learn a wave")
with torch.no_grad():
    axes[1].plot(x_wave, wave_model(x_wave), label="network")
axes[1].plot(x_wave, y_wave, ".", markersize=3, color="black", label="data")
axes[1].set(xlabel="$x$", ylabel="$y$", title="The fit")
legend = axes[1].legend()


# %% [markdown]
# One side fits well. The other does not. Look inside before you guess why.
# %% [markdown]
# ### Exercise 9: `switching_points` (1 point, ★☆☆)
#
# Return where the units of the first hidden layer switch, in ascending order, as a NumPy array. A unit whose weight is exactly 0 never switches: leave it out. No division may warn. The check of the number of inputs is given.
#
# <details><summary>Hint</summary>
# Choose the units first, <code>w != 0</code>, then divide. <code>np.sort</code> returns a sorted copy.
# </details>
# %% nbgrader={"grade": false, "grade_id": "switching_points", "locked": false, "schema_version": 3, "solution": true, "task": false}
def switching_points(model: nn.Module) -> np.ndarray:
    """Where the hidden units of a model with one input switch.

    Parameters
    ----------
    model : FeedForward
        With one input and at least one hidden layer.

    Returns
    -------
    ndarray of float, shape (number of units whose weight is not 0,)
        -b / w of each unit of the first hidden layer, ascending.

    Raises
    ------
    ValueError
        If the model does not have one input.
    """
    first = model.layers[0]
    if first.in_features != 1:
        raise ValueError(f"model must have 1 input; it has {first.in_features}")
    # One weight and one bias for each unit.
    ### BEGIN SOLUTION
    w, b = first.weight[:, 0].detach().numpy(), first.bias.detach().numpy()
    ### END SOLUTION
    # The points of those that switch, in order.
    ### BEGIN SOLUTION
    switches = w != 0
    return np.sort(-b[switches] / w[switches])
    ### END SOLUTION


# %% tags=["try-it"]
at = switching_points(wave_model)
fig, axes = plt.subplots(2, 1, figsize=(8, 5), sharex=True, height_ratios=[1.2, 1])
with torch.no_grad():
    axes[0].plot(x_wave, wave_model(x_wave), label="network")
    H = hidden_activations(wave_model, x_wave).numpy()
    axes[1].plot(
        x_wave, H * wave_model.layers[1].weight.numpy(), color=plotting.COLOURS[0], linewidth=0.9, linestyle="-"
    )
axes[0].plot(x_wave, y_wave, ".", markersize=3, color="black", label="data")
axes[0].plot(
    at,
    np.full(len(at), -1.25),
    "|",
    markersize=12,
    markeredgewidth=1.6,
    color=plotting.COLOURS[3],
    label="a unit switches",
)
axes[0].set(ylabel="$y$", xlim=(-0.5, 10.5), ylim=(-1.45, 1.15), title="Where your units switch")
axes[0].legend(loc="upper right", ncols=3)
axes[1].set(
    xlabel="$x$", ylabel="unit times its weight", title="The 20 sigmoids whose sum, with the bias, is the network"
)
n_left, n_right = np.sum((at > 0) & (at <= 5)), np.sum((at > 5) & (at < 10))
print("at least twice as many units switch between 0 and 5 as between 5 and 10:", n_left >= 2 * n_right)


# %% nbgrader={"grade": true, "grade_id": "test_switching_points", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Three units by hand: 2 x - 6, -x + 1 and 0 x + 5. The last one never switches.
def three_units():
    model = given_network([([[2.0], [-1.0], [0.0]], [-6.0, 1.0, 5.0]), ([[1.0, 1.0, 1.0]], [0.0])], nn.Sigmoid())
    return switching_points(model)


seen = observe(three_units)
assert_array(seen, "switching_points of 3 units, one with weight 0", shape=(2,), dtype=np.floating)
assert_close(seen, np.array([1.0, 3.0]), "switching_points", "Is the sign of b right? Are they sorted?", rtol=1e-6)
# %% nbgrader={"grade": true, "grade_id": "hidden_switching_points", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Zeros of each score, found one by one; one unit, many, several layers; all weights 0; warnings are errors.
import warnings

rng = np.random.default_rng(89)
for n_units, n_layers, n_zero in [(1, 1, 0), (6, 1, 0), (40, 1, 3), (5, 2, 1), (3, 1, 3), (4, 3, 0)]:
    sizes = [1, *[n_units] * n_layers, 2]
    parameters = [(rng.normal(size=(b, a)), rng.normal(size=b)) for a, b in itertools.pairwise(sizes)]
    parameters[0][0][:n_zero] = 0.0

    def probe(parameters=parameters):
        model = given_network(parameters, nn.Tanh())
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            seen = switching_points(model)
        first = model.layers[0]
        return seen, first.weight.detach().numpy().copy(), first.bias.detach().numpy().copy()

    what = f"switching_points of {n_layers} hidden layers of {n_units}, {n_zero} with weight 0"
    seen, W, b = observe(probe)
    expected = sorted(
        float(np.roots([p, q])[0]) for p, q in zip(W[:, 0].astype(float), b.astype(float), strict=True) if p != 0
    )
    assert_array(seen, what, shape=(n_units - n_zero,), dtype=np.floating)
    assert_close(seen, np.array(expected), what, rtol=1e-5)
    assert_close(W, parameters[0][0], f"the weights after {what}", "Were they changed?", rtol=1e-6, atol=1e-7)
    assert_close(b, parameters[0][1], f"the biases after {what}", "Were they changed?", rtol=1e-6, atol=1e-7)
tied = given_network(
    [([[1.0], [2.0], [-1.0], [1e-6]], [0.0, -4.0, 2.0, -1e-6]), (np.ones((1, 4)), [0.0])], nn.Sigmoid()
)
seen = observe(lambda: switching_points(tied))
assert_close(
    seen, np.array([0.0, 1.0, 2.0, 2.0]), "switching_points with a tie and a small weight", rtol=1e-5, atol=1e-7
)
for n_inputs in (2, 3):
    assert_raises(
        ValueError,
        lambda n_inputs=n_inputs: observe(
            lambda: switching_points(
                given_network([(np.ones((4, n_inputs)), np.ones(4)), (np.ones((1, 4)), [0.0])], nn.Tanh())
            )
        ),
        f"switching_points of a model with {n_inputs} inputs",
        mention=str(n_inputs),
    )


### END HIDDEN TESTS
# %% [markdown]
# ## The step version
#
# A steep sigmoid is nearly a step. Replace each $\sigma(z)$ by 1 where $z > 0$ and by 0 elsewhere, and keep all weights. The output becomes a staircase: constant between switching points, with a jump at each. It shows the skeleton of the fit, and how much the soft edges of the sigmoids add to it. A step has no slope, so such a network could not be trained; autograd does not even record a comparison.
# %% [markdown]
# ### Exercise 10: `step_prediction` (1 point, ★★☆)
#
# Write it, for a model with one hidden layer; that check is given. If the model has an output activation, use it. The result does not record.
#
# <details><summary>Hint</summary>
# <code>(scores &gt; 0).to(x.dtype)</code> turns bools into the numbers 0 and 1.
# </details>
# %% nbgrader={"grade": false, "grade_id": "step_prediction", "locked": false, "schema_version": 3, "solution": true, "task": false}
def step_prediction(model: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Output of a model with each hidden sigmoid replaced by a step.

    Parameters
    ----------
    model : FeedForward
        With one hidden layer.
    x : Tensor of float, shape (n, n_inputs)

    Returns
    -------
    Tensor of float, shape (n, n_outputs)
        A hidden unit is 1 where its score is above 0, and 0 elsewhere. It does not record.

    Raises
    ------
    ValueError
        If the model does not have one hidden layer.
    """
    if len(model.layers) != 2:
        raise ValueError(f"model must have 1 hidden layer; it has {len(model.layers) - 1}")
    # Steps in place of sigmoids.
    ### BEGIN SOLUTION
    on = (model.layers[0](x) > 0).to(x.dtype)
    ### END SOLUTION
    # The output layer, and its activation if there is one.
    ### BEGIN SOLUTION
    with torch.no_grad():
        output = model.layers[1](on)
        return output if model.output_activation is None else model.output_activation(output)
    ### END SOLUTION


# %% tags=["try-it"]
fine = torch.linspace(0, 10, 1000)[:, None]
fig, ax = plt.subplots(figsize=(8, 3.2))
ax.plot(fine, step_prediction(wave_model, fine), color=plotting.COLOURS[1], linestyle="-", linewidth=1.2, label="steps")
with torch.no_grad():
    ax.plot(fine, wave_model(fine), color=plotting.COLOURS[0], linestyle="--", label="sigmoids")
ax.plot(x_wave, y_wave, ".", markersize=3, color="black", label="data")
ax.set(xlabel="$x$", ylabel="$y$", title="The same weights, with steps in place of sigmoids")
legend = ax.legend(ncols=3)


# %% nbgrader={"grade": true, "grade_id": "test_step_prediction", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Two thresholds, at 1 (on to the right) and at 3 (on to the left), with output weights 10 and 4 and bias 0.5.
def staircase():
    model = given_network([([[2.0], [-1.0]], [-2.0, 3.0]), ([[10.0, 4.0]], [0.5])], nn.Sigmoid())
    seen = step_prediction(model, torch.tensor([[0.0], [1.0], [2.0], [5.0]]))
    return seen, seen.requires_grad


seen, records = observe(staircase)
assert_tensor(seen, "step_prediction of 4 inputs", shape=(4, 1), dtype=torch.float32)
hint = "At x = 0, 1, 2, 5 the units are 01, 01, 11, 10. Are the output weights and the bias used?"
assert_close(seen, np.array([[4.5], [4.5], [14.5], [10.5]]), "step_prediction", hint, rtol=1e-6)
assert not records, "The result still records. What switches the recording off?"
# %% nbgrader={"grade": true, "grade_id": "hidden_step_prediction", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# The output's jumps added up unit by unit; several outputs and inputs; an output activation; scores of 0; other depths refused.
rng = np.random.default_rng(90)
for n, d, m, k, last in [
    (7, 1, 5, 1, None),
    (1, 1, 1, 1, None),
    (9, 2, 4, 3, None),
    (6, 1, 8, 2, "exp"),
    (4, 3, 3, 1, "exp"),
]:
    parameters = [
        (rng.integers(-4, 5, (m, d)) / 2, rng.integers(-6, 7, m) / 2),
        (rng.normal(size=(k, m)), rng.normal(size=k)),
    ]
    X = rng.integers(-8, 9, (n, d)) / 2

    def probe(parameters=parameters, X=X, last=last):
        network = given_network(parameters, nn.Sigmoid(), None if last is None else nn.Softplus())
        inputs = torch.tensor(X, dtype=torch.float32)
        seen = step_prediction(network, inputs)
        unchanged = bool((inputs == torch.tensor(X, dtype=torch.float32)).all())
        return seen, seen.requires_grad, unchanged, all(p.requires_grad for p in network.parameters())

    expected = np.zeros((n, k))
    for i, row in enumerate(X):
        total = parameters[1][1].copy()
        for (w, b), jump in zip(zip(*parameters[0], strict=True), parameters[1][0].T, strict=True):
            if sum(p * q for p, q in zip(w, row, strict=True)) > -b:
                total += jump
        expected[i] = total if last is None else np.log1p(np.exp(total))
    seen, records, unchanged, recording = observe(probe)
    what = f"step_prediction of x ({n}, {d}), {m} units, {k} outputs" + (
        "" if last is None else ", with an output activation"
    )
    assert_tensor(seen, what, shape=(n, k), dtype=torch.float32)
    assert_close(seen, expected, what, rtol=1e-4, atol=1e-5)
    assert not records, f"{what}: the result records."
    assert unchanged and recording, f"{what}: x was changed in place, or a parameter no longer requires a gradient."


def tiny_scores():
    network = given_network([([[1.0]], [0.0]), ([[3.0]], [1.0])], nn.Sigmoid())
    return step_prediction(network, torch.tensor([[0.0], [1e-20], [-1e-20]]))


assert_close(
    observe(tiny_scores), np.array([[1.0], [4.0], [1.0]]), "step_prediction at scores 0, 1e-20, -1e-20", rtol=1e-6
)
for sizes in [(1, 2), (1, 3, 3, 1)]:
    parameters = [(np.ones((b, a)), np.ones(b)) for a, b in itertools.pairwise(sizes)]
    assert_raises(
        ValueError,
        lambda parameters=parameters: observe(
            lambda: step_prediction(given_network(parameters, nn.Sigmoid()), torch.ones(2, 1))
        ),
        f"step_prediction of a model with {len(sizes) - 2} hidden layers",
        mention=str(len(sizes) - 2),
    )


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** On the left the staircase jumps past the data: neighbouring units with large weights of opposite sign work together, and their wide soft edges nearly cancel. So these sigmoids are far from steps; what the network uses is the shape of their slopes. On the right hardly any unit switches, and both curves are nearly flat.
# %% [markdown]
# ## Which side fits worse?
#
# The mean squared error counts an error of 0.1 the same everywhere. But at the right end of the wave 0.1 is a large part of its height, and at the left end a small one. To compare the sides fairly, divide each squared error by the squared height, plus a small $\varepsilon$ that keeps the quotient finite where the wave passes 0:
#
# $$E = \frac{1}{n} \sum_{i=1}^{n} \frac{(\hat y_i - y_i)^2}{y_i^2 + \varepsilon} .$$
#
# A prediction of 0 everywhere has an $E$ somewhat below 1, on a side with small waves as on one with large ones, as long as $\varepsilon$ is small compared with the waves' squares. The table below prints it for $\varepsilon = 0.01$. $E$ can be a loss as well: it can be differentiated.
# %% [markdown]
# ### Exercise 11: `relative_squared_error` (1 point, ★☆☆)
#
# Write $E$. The checks of the shapes and of $\varepsilon$ are given.
#
# <details><summary>Hint</summary>
# Divide entry by entry before you take the mean. The heights are those of <code>y</code>, not of <code>y_hat</code>.
# </details>
# %% nbgrader={"grade": false, "grade_id": "relative_squared_error", "locked": false, "schema_version": 3, "solution": true, "task": false}
def relative_squared_error(y_hat: torch.Tensor, y: torch.Tensor, eps: float) -> torch.Tensor:
    """Mean of squared errors, each relative to the squared target.

    Parameters
    ----------
    y_hat : Tensor of float, any shape
        Predictions.
    y : Tensor of float, the same shape
        Targets.
    eps : float
        Added to y^2; greater than 0.

    Returns
    -------
    Tensor of float, shape ()
        Mean of (y_hat - y)^2 / (y^2 + eps); it can be differentiated.

    Raises
    ------
    ValueError
        If the shapes differ (the message gives both) or eps is not greater than 0.
    """
    if y_hat.shape != y.shape:
        raise ValueError(f"y_hat {tuple(y_hat.shape)} and y {tuple(y.shape)} must have the same shape")
    if eps <= 0:
        raise ValueError(f"eps must be greater than 0; it is {eps}")
    # Each squared error over its squared target, and the mean.
    ### BEGIN SOLUTION
    return ((y_hat - y) ** 2 / (y**2 + eps)).mean()
    ### END SOLUTION


# %% tags=["try-it"]
left, right = x_wave[:, 0] < 5, x_wave[:, 0] > 5
with torch.no_grad():
    fitted = wave_model(x_wave)
print("side   mean squared error   relative squared error   the same of predicting 0")
for name, side in {"left": left, "right": right}.items():
    error = relative_squared_error(fitted[side], y_wave[side], 0.01).item()
    nothing = relative_squared_error(torch.zeros_like(y_wave[side]), y_wave[side], 0.01).item()
    print(f"{name:<6} {F.mse_loss(fitted[side], y_wave[side]).item():^18.2f}   {error:^22.1f}   {nothing:^24.1f}")


# %% nbgrader={"grade": true, "grade_id": "test_relative_squared_error", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Two values by hand: (3 - 1)^2 / (1 + 1) and (0 - 3)^2 / (9 + 1), with eps = 1.
seen = relative_squared_error(torch.tensor([3.0, 0.0]), torch.tensor([1.0, 3.0]), 1.0)
assert_tensor(seen, "relative_squared_error", shape=(), dtype=torch.float32)
hint = "Is each entry divided by its own y^2 + eps before the mean?"
assert_close(seen, 1.45, "relative_squared_error of [3, 0] for [1, 3], eps 1", hint, rtol=1e-5)
# %% nbgrader={"grade": true, "grade_id": "hidden_relative_squared_error", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Entry by entry in plain Python; the gradient by its formula; targets of 0; several shapes and dtypes; bad arguments.
rng = np.random.default_rng(91)


def value_and_gradient(a, b, eps, dtype):
    y_hat, y = torch.tensor(a, dtype=dtype, requires_grad=True), torch.tensor(b, dtype=dtype)
    error = relative_squared_error(y_hat, y, eps)
    error.backward()
    unchanged = bool((y_hat == torch.tensor(a, dtype=dtype)).all() and (y == torch.tensor(b, dtype=dtype)).all())
    return error, y_hat.grad, unchanged


for dtype, tolerance in ((torch.float32, 1e-4), (torch.float64, 1e-9)):
    for shape in [(1,), (6,), (5, 1), (3, 4), (2, 1, 3)]:
        for eps in (0.01, 2.5):
            a, b = rng.normal(size=shape), rng.normal(size=shape)
            b.flat[0] = 0.0
            what = f"relative_squared_error of shape {shape}, eps {eps}"
            seen, slope, unchanged = observe(
                lambda a=a, b=b, eps=eps, dtype=dtype: value_and_gradient(a, b, eps, dtype)
            )
            terms = [(p - q) * (p - q) / (q * q + eps) for p, q in zip(a.ravel(), b.ravel(), strict=True)]
            assert_tensor(seen, what, shape=(), dtype=dtype)
            assert_close(seen, math.fsum(terms) / len(terms), what, rtol=tolerance)
            expected = 2 * (a - b) / (b * b + eps) / a.size
            assert_close(slope, expected, f"the gradient of {what}", rtol=tolerance, atol=tolerance)
            assert unchanged, f"{what} changed its arguments."
for bad in [(4,), (1, 4), (4, 4)]:
    assert_raises(
        ValueError,
        lambda bad=bad: relative_squared_error(torch.zeros(4, 1), torch.zeros(bad), 0.1),
        f"relative_squared_error with y_hat (4, 1) and y {bad}",
        mention=str(bad),
    )
for eps in (0.0, -0.1):
    assert_raises(
        ValueError,
        lambda eps=eps: relative_squared_error(torch.ones(3), torch.ones(3), eps),
        f"relative_squared_error with eps {eps}",
        mention="eps",
    )


### END HIDDEN TESTS
# %% [markdown]
# # Part 4: an experiment that decides
#
# The right side fits worse. Two explanations come to mind.
#
# 1. **The loss.** The waves on the right are small, so an error there costs little. Training attends to the large waves and leaves the small ones.
# 2. **The thresholds.** PyTorch draws the weights and biases of a layer with one input evenly from $(-1, 1)$. So the switching points $-b / w$ start near 0: half of them lie between $-1$ and 1. Few are near the right side, and training has to carry them there.
#
# Both explain what you saw. More looking at the same fit cannot decide between them, since on these data small waves and far thresholds come together. **So change the data.** Flip the wave: give the target at $x$ the value that stood at $10 - x$. Now the small waves are on the left, and the thresholds start where they did.
#
# | if the reason is | the flipped wave fits worse on |
# | --- | --- |
# | the loss | the left, where the small waves are now |
# | the thresholds | the right, which is still far from 0 |
#
# Write down which result you expect. Then run the cell. It repeats each training with three seeds, since one run could be an accident.
# %% tags=["try-it"]
def sides_of_fit(y, seeds=range(3), loss_fn=F.mse_loss, spread=False):
    """Train one network for each seed; return the last one, and each one's relative error left and right."""
    errors = []
    for seed in seeds:
        torch.manual_seed(seed)
        model = FeedForward(1, 1, 1, 20, torch.sigmoid)
        if spread:
            with torch.no_grad():
                model.layers[0].bias.copy_(-model.layers[0].weight[:, 0] * torch.linspace(0, 10, 20))
        train_full_batch(model, x_wave, y, loss_fn, 0.03, 800)
        with torch.no_grad():
            y_hat = model(x_wave)
        errors.append([relative_squared_error(y_hat[side], y[side], 0.01).item() for side in (left, right)])
    return model, np.array(errors)


def show_fit(ax, model, y, title):
    """The fit, the data, and the switching points."""
    with torch.no_grad():
        ax.plot(x_wave, model(x_wave), label="network")
    ax.plot(x_wave, y, ".", markersize=3, color="black", label="data")
    at = switching_points(model)
    ax.plot(
        at,
        np.full(len(at), -1.25),
        "|",
        markersize=12,
        markeredgewidth=1.6,
        color=plotting.COLOURS[3],
        label="a unit switches",
    )
    ax.set(xlabel="$x$", xlim=(-0.5, 10.5), ylim=(-1.45, 1.25), title=title)


y_flipped = y_wave.flip(0)
trials = {"as it was": sides_of_fit(y_wave), "flipped": sides_of_fit(y_flipped)}
fig, axes = plt.subplots(1, 2, figsize=(11, 3.4))
for ax, y, (name, (model, errors)) in zip(axes, (y_wave, y_flipped), trials.items(), strict=True):
    show_fit(ax, model, y, f"The wave {name}, last seed")
    print(
        f"the wave {name:<9}: the right side fits worse in {np.sum(errors[:, 1] > errors[:, 0])} of {len(errors)} runs"
    )
axes[0].set_ylabel("$y$")
legend = axes[1].legend(loc="upper left", ncols=3, fontsize=8)
# %% [markdown]
# One explanation has failed. That does not prove the other. So test that one too: change *its* cause and nothing else. If the thresholds are the reason, then spreading them over the interval at the start should mend the right side: set $b_j = -w_j c_j$ with $c_1, \dots, c_{20}$ evenly spaced from 0 to 10.
# And as a check on the first explanation from its own side: train on your relative error, for which small waves weigh as much as large ones.
# %% tags=["try-it"]
trials["relative loss"] = sides_of_fit(y_wave, loss_fn=lambda y_hat, y: relative_squared_error(y_hat, y, 0.01))
trials["spread"] = sides_of_fit(y_wave, spread=True)
fig, axes = plt.subplots(1, 2, figsize=(11, 3.4))
show_fit(axes[0], trials["relative loss"][0], y_wave, "Trained on the relative error, last seed")
show_fit(axes[1], trials["spread"][0], y_wave, "Thresholds spread at the start, last seed")
axes[0].set_ylabel("$y$")
legend = axes[1].legend(loc="upper right", ncols=3, fontsize=8)
# %% tags=["try-it"]
fig, ax = plt.subplots(figsize=(7.5, 3.6))
for i, (_, errors) in enumerate(trials.values()):
    for k, name in enumerate(["left half", "right half"]):
        at = i + 0.24 * k - 0.12 + np.linspace(-0.06, 0.06, len(errors))
        ax.semilogy(
            at,
            errors[:, k],
            plotting.MARKERS[k],
            color=plotting.COLOURS[k],
            markersize=6,
            label=name if i == 0 else None,
        )
ax.axhline(1, color="0.6", linewidth=0.8, linestyle="-")
ax.set_xticks(
    range(len(trials)), ["as it was", "flipped", "as it was,\nrelative loss", "as it was,\nthresholds spread"]
)
ax.set(ylabel="relative squared error", title="Four trials, three seeds each")
ax.legend(loc="lower left")
for name, (_, errors) in trials.items():
    better = np.median(trials["as it was"][1][:, 1]) / np.median(errors[:, 1])
    print(f"{name:<14} right side worse in {np.sum(errors[:, 1] > errors[:, 0])} of {len(errors)} runs", end="; ")
    print("its median error is", "below a third of what it was" if better > 3 else "above a third of what it was")
# %% [markdown] tags=["analysis"]
# **Analysis.** The flip separates what the data had tied together, and the two interventions confirm it from both sides. The remaining difference between the sides in the last trial does not contradict the result. The loss plays a part too, a smaller one, and it was hidden behind the larger.
# Who first found the poor fit on the side of the small waves, and stopped there, would have "explained" it by the loss and been wrong. The remedy of practice is the same in other words: bring inputs to mean 0 and standard deviation 1, so that the switching points of a fresh layer lie among the data.
# %% [markdown]
# ### Question 2 (1 point)
#
# Look at the last picture and at the fits. Which of the two explanations did the flip rule out as the main reason, and by which observation? What do the other two trials add? Name one thing that you would do to the inputs of a network, before training, in the light of this.
# %% [markdown] nbgrader={"grade": true, "grade_id": "discuss_flip", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# The flip ruled out the loss as the main reason. After the flip the small waves are on the left, yet the right half still fits worse in the runs, although its waves are now the large ones. So the bad side follows the position, not the height of the waves.
# The relative loss gives the small waves their full weight, and the right side stays bad: changing the first cause does not help. Spreading the switching points changes the second cause alone, and the error on the right falls strongly. The marks of the switching points agree: in the bad fits few units switch on the right half.
# In practice I would standardise the inputs (mean 0, standard deviation 1), so that the switching points of a new layer start among the data instead of at one end.
# %% [markdown]
# ## What you learned
#
# - A hidden unit with two inputs is a line, with one input a threshold; the length of its weight vector is its steepness.
# - $m$ lines make at most $1 + m(m+1)/2$ regions of $2^m$ patterns. The output layer sees the regions as corners of a cube.
# - The hidden layer moves the points to where one flat cut separates them. Whether a cut exists can be decided exactly, by a linear programme. Two units cannot open a ring; three can.
# - A loss should be computed from the scores, and tested where its formula has a kink.
# - When two explanations fit, look for a change of the data for which they disagree. Then change each cause on its own, with several seeds.
#
# In PS 9 you ask what such networks do on points that they have not seen. In PS 10 the hidden units look at small windows instead of at all inputs. Where weights should start was the subject of the initialisation in PS 5.
#
# **Read more.** *Deep Learning* (Goodfellow, Bengio, Courville), section 6.1, on learning XOR, and section 6.4.1, on the approximation theorem and depth. Christopher Olah, *Neural Networks, Manifolds, and Topology* (2014), on what layers do to a plane.
# Guido Montúfar and others, *On the Number of Linear Regions of Deep Neural Networks* (2014). *Convex Optimization* (Boyd and Vandenberghe), section 8.6, on separating two sets of points by a linear programme.
