# %% [markdown]
# # PS 7: Minibatch training
#
# In PS 6 you trained networks with loops of a few lines, a new loop each time. Here you write **one loop for all of them**. It takes any
# model, any data, any loss, any optimiser and any schedule, and it keeps an honest record. You build it from small pieces, and each
# piece does its one thing right: modes, weighting, seeds. Everything after this assignment is trained by such a loop.
#
# **Goals.** After it you can
#
# - write a model as an `nn.Module`, and serve data by `Dataset` and `DataLoader`, so that a second run gives the same numbers;
# - train and evaluate without the classic mistakes: the wrong mode, old gradients, a mean of means;
# - derive momentum and Adam, write them, and show that they are PyTorch's;
# - compare optimisers fairly, by epoch and by second, and find out which class a model gets wrong.
#
# **Time:** about 5 hours. **Assumed:** softmax and cross-entropy (PS 4), multi-layer networks (PS 5), tensors and `backward()` (PS 6).
# **Points:** 20, of which 2 are for answers in words.
# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["setup"]
import copy
import math
import time
import warnings
from collections.abc import Callable, Iterable

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

from helpers import data, diagrams, plotting
from helpers.checks import assert_array, assert_close, assert_number, assert_raises, assert_tensor, observe

plotting.use_style()
# At its first use torch.optim loads a large part of PyTorch. Do it here, before anything is timed.
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    first_use = torch.optim.Adam([torch.zeros(1, requires_grad=True)])
    first_use.step()
# %% [markdown]
# ## The data
#
# Fashion-MNIST has the format of the digits, 28 x 28 grey pixels and ten classes, but shows articles of clothing. It is harder: a shirt
# and a coat differ less than a 3 and an 8. As before, each image is a row of 784 numbers in $[0, 1]$.
#
# | name | shape | what |
# | --- | --- | --- |
# | `X_train`, `y_train` | (3000, 784), (3000,) | what the gradient sees |
# | `X_val`, `y_val` | (1000, 784), (1000,) | what decides between runs |
# | `X_test`, `y_test` | (1000, 784), (1000,) | what is reported at the end |
# | `class_names` | 10 names | in the order of the labels 0 to 9 |
#
# The images are NumPy arrays of dtype float32, the labels of dtype int64.
# %% nbgrader={"grade": false, "grade_id": "data", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["setup"]
fashion = data.load("fashion-mnist")
X_all = fashion.X_train[:4000].reshape(4000, 784).astype(np.float32) / 255
X_train, y_train = X_all[:3000], fashion.y_train[:3000]
X_val, y_val = X_all[3000:], fashion.y_train[3000:4000]
X_test, y_test = fashion.X_test[:1000].reshape(1000, 784).astype(np.float32) / 255, fashion.y_test[:1000]
class_names = list(fashion.class_names)
# %% tags=["try-it"]
firsts = [int(np.flatnonzero(y_train == label)[0]) for label in range(10)]
ax = plotting.image_grid(
    X_train[firsts], titles=[f"{i}: {name}" for i, name in enumerate(class_names)], columns=5, title="One of each class"
)
# %% [markdown]
# # Part 1: models
#
# ## A module is a list of parameters and a function
#
# `nn.Module` is the base class of every model in PyTorch. A subclass does two things. Its constructor creates what can be trained, each
# wrapped in `nn.Parameter` and stored as an attribute. Its method `forward` computes the output. In return the base class keeps the
# books: `model.parameters()` finds all parameters for the optimiser, `model.state_dict()` saves them, `model.to(device)` moves them. And
# `model(X)` calls `forward`.
#
# The books hold what was stored as `nn.Parameter` or is itself a module. **A plain tensor that is stored as an attribute is not in
# them.** No optimiser will ever change it, and no error will tell you.
#
# The first model is PS 4's softmax regression. For a batch $X$ of $n$ images it computes the scores, which PyTorch calls **logits**:
#
# $$\underbrace{T}_{(n, k)} = \underbrace{X}_{(n, d)} \underbrace{W}_{(d, k)} + \underbrace{b}_{(k,)} .$$
#
# It stops there. `F.cross_entropy` expects logits and integer labels and does softmax, logarithm and mean in one stable step.
# %% tags=["try-it"]
ax = diagrams.network(
    [784, 10],
    labels=["pixels $x$", "logits $xW + b$"],
    weight_labels=["$W$, (784, 10)"],
    title="Softmax regression: the softmax itself is part of the loss",
)


# %% [markdown]
# ### Exercise 1: `SoftmaxRegression` (1.5 points, ★☆☆)
#
# Write the module. Its parameters are named `W`, shape `(n_in, n_out)`, and `b`, shape `(n_out,)`, and there are no others. Both begin
# at zero, in float32. (One layer may begin at zero: its units are told apart by their labels. In a deeper network the units of a hidden layer
# would stay equal forever.) `forward` returns logits.
#
# <details><summary>Hint</summary>
# The constructor must first call <code>super().__init__()</code>; without it the base class has no books to keep.
# </details>
# %% nbgrader={"grade": false, "grade_id": "SoftmaxRegression", "locked": false, "schema_version": 3, "solution": true, "task": false}
class SoftmaxRegression(nn.Module):
    """One layer: logits X W + b.

    Parameters
    ----------
    n_in : int
        Inputs d.
    n_out : int
        Classes k.

    Attributes
    ----------
    W : nn.Parameter of float32, shape (n_in, n_out), zeros at first
    b : nn.Parameter of float32, shape (n_out,), zeros at first
    """

    def __init__(self, n_in: int, n_out: int) -> None:
        # The base class, then both parameters.
        ### BEGIN SOLUTION
        super().__init__()
        self.W = nn.Parameter(torch.zeros(n_in, n_out))
        self.b = nn.Parameter(torch.zeros(n_out))
        ### END SOLUTION

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Logits of a batch.

        Parameters
        ----------
        X : Tensor of float, shape (n, n_in)

        Returns
        -------
        Tensor of float, shape (n, n_out)
            Scores, not probabilities.
        """
        # One product and one sum.
        ### BEGIN SOLUTION
        return X @ self.W + self.b
        ### END SOLUTION


# %% [markdown]
# An untrained model that gives all ten classes the same probability has the loss $\ln 10 \approx 2.303$. Thirty steps of gradient descent
# on all images turn the ten columns of your $W$ into ten templates:
# %% tags=["try-it"]
model = SoftmaxRegression(784, 10)
inputs, targets = torch.tensor(X_train), torch.tensor(y_train)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for step in range(30):
    loss = F.cross_entropy(model(inputs), targets)
    if step == 0:
        print(f"untrained: loss {loss.item():.3f}; ln 10 = {math.log(10):.3f}")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
accuracy = (model(inputs).argmax(dim=1) == targets).double().mean().item()
print(f"after 30 steps: loss {loss.item():.1f}, training accuracy {accuracy:.0%}")
ax = plotting.image_grid(
    model.W.detach().T.numpy(), titles=class_names, columns=5, symmetric=True, title="The columns of your W, as images"
)


# %% nbgrader={"grade": true, "grade_id": "test_SoftmaxRegression", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# What does the base class know? Then two samples by hand.
def what_is_known():
    model = SoftmaxRegression(2, 3)
    shapes = {name: list(p.shape) for name, p in model.named_parameters()}
    return isinstance(model, nn.Module), shapes, [p.detach() for p in model.parameters()]


def two_samples():
    model = SoftmaxRegression(2, 3)
    with torch.no_grad():
        model.W.copy_(torch.tensor([[1.0, 2.0, 3.0], [0.0, 1.0, -1.0]]))
        model.b.copy_(torch.tensor([0.5, 0.0, -0.5]))
    return model(torch.tensor([[1.0, 2.0], [0.0, 1.0]]))


is_module, shapes, start = observe(what_is_known)
assert is_module, "SoftmaxRegression should be a subclass of nn.Module."
assert shapes == {"W": [2, 3], "b": [3]}, (
    f"named_parameters() of SoftmaxRegression(2, 3) gives the shapes {shapes}. Is each of the two an nn.Parameter, named "
    "and shaped as asked?"
)
for name, p in zip("Wb", start, strict=True):
    assert_close(p, torch.zeros(p.shape), f"{name} of a new model", "Do both begin at zero?")
seen = observe(two_samples)
assert_tensor(seen, "the output for 2 samples", shape=(2, 3), dtype=torch.float32)
assert_close(
    seen,
    np.array([[1.5, 4.0, 0.5], [0.5, 1.0, -1.5]]),
    "the output",
    "Are these logits? Is the bias added, and does nothing come after it?",
    rtol=1e-6,
)
# %% nbgrader={"grade": true, "grade_id": "hidden_SoftmaxRegression", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against F.linear in both precisions; one sample, input, class; gradients; books: saving, copying, two models apart.
rng = np.random.default_rng(71)


def with_weights(X, W, b, dtype):
    model = SoftmaxRegression(*W.shape).to(dtype)
    model.load_state_dict({"W": torch.tensor(W, dtype=dtype), "b": torch.tensor(b, dtype=dtype)})
    X = torch.tensor(X, dtype=dtype)
    before = X.clone()
    logits = model(X)
    (logits**2).sum().backward()
    return logits.detach(), model.W.grad, model.b.grad, bool(torch.equal(X, before)), len(list(model.buffers()))


for dtype, tolerance in ((torch.float64, 1e-10), (torch.float32, 1e-4)):
    for n, d, k in [(1, 4, 3), (6, 1, 2), (5, 3, 1), (7, 4, 5), (4, 4, 4)]:
        X, W, b = rng.normal(size=(n, d)), rng.normal(size=(d, k)), rng.normal(size=k)
        what = f"SoftmaxRegression({d}, {k}) in {str(dtype).removeprefix('torch.')}"
        logits, grad_W, grad_b, unchanged, n_buffers = observe(
            lambda X=X, W=W, b=b, dtype=dtype: with_weights(X, W, b, dtype)
        )
        expected = F.linear(torch.tensor(X), torch.tensor(W.T), torch.tensor(b)).numpy()
        assert_tensor(logits, f"the output of {what}", shape=(n, k), dtype=dtype)
        assert_close(logits, expected, f"the output of {what}", "Are these logits?", tolerance, tolerance)
        assert grad_W is not None and grad_b is not None, f"After backward() a parameter of {what} has no gradient."
        assert_close(grad_W, X.T @ (2 * expected), f"the gradient of W of {what}", "", tolerance, tolerance)
        assert_close(grad_b, 2 * expected.sum(axis=0), f"the gradient of b of {what}", "", tolerance, tolerance)
        assert unchanged, "X was changed in place."
        assert n_buffers == 0, "The model should hold W and b, and nothing else."


def books():
    first, second = SoftmaxRegression(3, 2), SoftmaxRegression(3, 2)
    parameters = [(type(p).__name__, p.requires_grad, str(p.dtype)) for p in first.parameters()]
    with torch.no_grad():
        for p in first.parameters():
            p.add_(1.0)
    zeros = [float(p.detach().abs().max()) for p in second.parameters()]
    second.load_state_dict(first.state_dict())
    twin = copy.deepcopy(first)
    ones = torch.ones(1, 3)
    return parameters, zeros, [m(ones).detach() for m in (first, second, twin)], sorted(first.state_dict())


parameters, zeros, outputs, names = observe(books)
assert parameters == [("Parameter", True, "torch.float32")] * 2, f"The parameters are {parameters}."
assert zeros == [0.0, 0.0], "Changing one model changed another one, or a model does not begin at zero."
assert names == ["W", "b"], f"state_dict() holds {names}."
for name, output in zip(("the model", "a model loaded from it", "a copy of it"), outputs, strict=True):
    assert_close(output, np.full((1, 2), 4.0), f"the output of {name}, all parameters 1", "", rtol=1e-6)


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** `forward` uses nothing but the parameters, so saving, loading, copying and moving the model all work without further code. Had
# both been plain tensors, the training cell above would have stopped with an empty list of parameters. With $b$ alone as a plain tensor, it would have run, and $b$
# would have stayed at zero. The templates show one layer at work: a trouser is two red legs with a blue gap, and an ankle boot has a shaft where a sneaker must have none.
# %% [markdown]
# ## Modules in a row
#
# `nn.Sequential(a, b, c)` is a module that applies its parts one after the other. With `nn.Linear` and `nn.ReLU` it makes PS 5's
# multi-layer network. For sizes $784, 100, 10$:
#
# $$\underbrace{X}_{(n, 784)} \;\xrightarrow{\text{Linear}}\; \underbrace{Z}_{(n, 100)} \;\xrightarrow{\text{ReLU}}\; \underbrace{H}_{(n, 100)} \;\xrightarrow{\text{Linear}}\; \underbrace{T}_{(n, 10)} .$$
#
# The last layer has **no activation**. A ReLU there would forbid negative logits, and where all logits are 0 no gradient passes.
# %% tags=["try-it"]
ax = diagrams.network(
    [784, 100, 10],
    labels=["pixels $x$", "$h$", "logits"],
    weight_labels=["Linear", "Linear"],
    activations=["relu", None],
    title="What make_mlp([784, 100, 10]) should build",
)


# %% [markdown]
# ### Exercise 2: `make_mlp` (1.5 points, ★☆☆)
#
# Write it for any number of layers: `nn.Linear` and `nn.ReLU` in turn, with biases, in one flat `nn.Sequential`, no activation after the last layer. Two
# sizes make a single `nn.Linear`. Leave the start of the weights to `nn.Linear`. The check of `sizes` is given.
#
# <details><summary>Hint</summary>
# <code>zip(sizes, sizes[1:])</code> gives the pairs (inputs, outputs). Append a Linear and a ReLU for each pair to a list. Then one ReLU is too many. A star
# hands the items of a list over as arguments.
# </details>
# %% nbgrader={"grade": false, "grade_id": "make_mlp", "locked": false, "schema_version": 3, "solution": true, "task": false}
def make_mlp(sizes: list[int]) -> nn.Sequential:
    """Multi-layer perceptron with ReLU.

    Parameters
    ----------
    sizes : list or tuple of int
        Inputs, units of each hidden layer, outputs; at least two numbers.

    Returns
    -------
    nn.Sequential
        Linear and ReLU in turn, Linear first and last.

    Raises
    ------
    ValueError
        If sizes has fewer than two numbers.
    """
    if len(sizes) < 2:
        raise ValueError(f"sizes must hold at least inputs and outputs; it is {sizes}")
    # The layers, in a list.
    ### BEGIN SOLUTION
    layers = []
    for n_in, n_out in zip(sizes[:-1], sizes[1:], strict=True):
        layers += [nn.Linear(n_in, n_out), nn.ReLU()]
    ### END SOLUTION
    # All but a last activation, in a row.
    ### BEGIN SOLUTION
    return nn.Sequential(*layers[:-1])
    ### END SOLUTION


# %% tags=["try-it"]
for sizes in ([784, 10], [784, 100, 10], [784, 200, 100, 10]):
    model = make_mlp(sizes)
    print(f"{sizes}: {sum(p.numel() for p in model.parameters()):,} parameters in {len(model)} modules")
print(model)


# %% nbgrader={"grade": true, "grade_id": "test_make_mlp", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# The kinds and shapes of the modules for two, three and four sizes.
def modules(sizes):
    model = make_mlp(sizes)
    kinds = [type(m).__name__ for m in model]
    return type(model).__name__, kinds, [list(p.shape) for p in model.parameters()]


for sizes_hand, kinds_hand in {
    (4, 3): ["Linear"],
    (4, 5, 3): ["Linear", "ReLU", "Linear"],
    (6, 5, 4, 2): ["Linear", "ReLU", "Linear", "ReLU", "Linear"],
}.items():
    kind, kinds, shapes = observe(lambda sizes=sizes_hand: modules(list(sizes)))
    what = f"make_mlp({list(sizes_hand)})"
    assert kind == "Sequential", f"{what} should be an nn.Sequential; it is a {kind}."
    assert kinds == kinds_hand, f"{what} holds {kinds}. What stands between two layers, and what after the last?"
    pairs = zip(sizes_hand, sizes_hand[1:], strict=False)
    expected = [shape for n_in, n_out in pairs for shape in ([n_out, n_in], [n_out])]
    assert shapes == expected, (
        f"The parameters of {what} have the shapes {shapes}. (A Linear's weight is (outputs, inputs).)"
    )
# %% nbgrader={"grade": true, "grade_id": "hidden_make_mlp", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# The function that it computes, by NumPy from its weights; negative logits; the start; equal sizes; tuples; too few sizes.
rng = np.random.default_rng(72)


def outputs_and_weights(sizes, X):
    before = list(sizes)
    model = make_mlp(sizes)
    parameters = [p.detach() for p in model.parameters()]
    known = [(type(p).__name__, p.requires_grad, str(p.dtype)) for p in model.parameters()]
    kinds = [type(m).__name__ for m in model.modules()]
    return model(torch.tensor(X)).detach(), parameters, known, kinds, list(sizes) == before, model.training


for sizes in ([3, 2], [1, 4, 2], [5, 1, 3], [4, 4, 4, 4], (6, 30, 20, 10, 5), [2, 3, 1]):
    X = rng.normal(size=(9, sizes[0])).astype(np.float32)
    output, parameters, known, kinds, unchanged, training = observe(lambda s=sizes, X=X: outputs_and_weights(s, X))
    what = f"make_mlp({sizes})"
    n_layers = len(sizes) - 1
    assert unchanged, "sizes was changed."
    assert len(parameters) == 2 * n_layers, f"{what} has {len(parameters)} parameters, not {2 * n_layers}."
    assert known == [("Parameter", True, "torch.float32")] * (2 * n_layers), f"The parameters of {what} are {known}."
    assert kinds[0] == "Sequential" and kinds.count("Linear") == n_layers, f"{what} holds {kinds}."
    assert set(kinds[1:]) <= {"Linear", "ReLU"}, f"{what} holds {kinds}."
    assert training, "A new model should be in training mode."
    H = X.astype(float)
    for i in range(n_layers):
        weight, bias = (p.double().numpy() for p in parameters[2 * i : 2 * i + 2])
        assert weight.shape == (sizes[i + 1], sizes[i]), f"Weight {i} of {what} has shape {weight.shape}."
        assert np.abs(weight).max() <= 1.001 / np.sqrt(sizes[i]), f"The start of {what} is not that of nn.Linear."
        assert weight.size == 1 or weight.std() > 0, f"All weights of layer {i} of {what} begin equal."
        H = H @ weight.T + bias
        H = np.maximum(H, 0) if i < n_layers - 1 else H
    assert_close(output, H, f"the output of {what}", "Linear and ReLU in turn, none after the last?", 1e-4, 1e-5)
wide = rng.normal(size=(40, 8)).astype(np.float32)
assert float(observe(lambda: outputs_and_weights([8, 30, 6], wide))[0].min()) < 0, "Logits may be negative."
for bad in ([], [5]):
    assert_raises(ValueError, lambda bad=bad: observe(lambda: len(make_mlp(bad))), f"make_mlp({bad})", mention="sizes")


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** A list of layers and a star: most architectures of the next assignments are built in this way. `nn.Linear` starts its weights uniformly in
# $\pm 1 / \sqrt{\text{inputs}}$, which keeps signals of a sensible size for a few layers (PS 5). The numbers come from PyTorch's global random state. That is the subject of the next exercise.
# %% [markdown]
# ## The start is random
#
# Every call of `make_mlp` gives other weights. They come from PyTorch's **global random state**: one long stream of random numbers that
# everything draws from. `torch.manual_seed(7)` sets the stream to a known place. After it the same program draws the same numbers.
#
# There is a price. Who seeds the global state inside a function changes what *everyone else* draws afterwards. Two runs of a study that are
# meant to differ may become equal, silently. A function with good manners seeds for itself and then puts the state back as it was.
# %% tags=["try-it"]
def draw_three():
    return [round(x, 2) for x in torch.rand(3, generator=own).tolist()]


own = torch.Generator().manual_seed(7)
print("three numbers:", draw_three())
print("the next three:", draw_three())
own.manual_seed(7)
print("seeded again:", draw_three())


# %% [markdown]
# ### Exercise 3: `repeatable_predictions` (1 point, ★★☆)
#
# A reviewer asks: what does *your* untrained model say about these images? Write a function whose answer depends on the seed alone. It
# gives what one would get from `torch.manual_seed(seed)`, then `model_fn()`, then the model's output for `X`
#
# - in evaluation mode (`model.eval()`), so that a part that acts at random in training does nothing;
# - without a graph: the result does not record;
# - and afterwards PyTorch's global random state is exactly as it was before the call.
#
# <details><summary>Hint</summary>
# <code>torch.get_rng_state()</code> and <code>torch.set_rng_state(state)</code>. Or look up <code>torch.random.fork_rng</code>, which does both.
# </details>
# %% nbgrader={"grade": false, "grade_id": "repeatable_predictions", "locked": false, "schema_version": 3, "solution": true, "task": false}
def repeatable_predictions(model_fn: Callable[[], nn.Module], X: torch.Tensor, seed: int) -> torch.Tensor:
    """Output of an untrained model that depends on the seed alone.

    Parameters
    ----------
    model_fn : function without arguments
        Builds an untrained model; draws its start from torch's global random state.
    X : Tensor of float, shape (n, ...)
        The model's input.
    seed : int

    Returns
    -------
    Tensor
        The model's output in evaluation mode; it does not record. The global random state is left as it was.
    """
    # Seed, build and predict, where the state of everyone else is safe.
    ### BEGIN SOLUTION
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(seed)
        return model_fn().eval()(X)
    ### END SOLUTION


# %% tags=["try-it"]
probabilities = [
    repeatable_predictions(lambda: make_mlp([784, 100, 10]), torch.tensor(X_val), seed).softmax(dim=1).numpy()
    for seed in (0, 1, 0)
]
print("same seed, same output:", np.array_equal(probabilities[0], probabilities[2]))
print("other seed, same output:", np.array_equal(probabilities[0], probabilities[1]))
fig, ax = plt.subplots(figsize=(5, 3))
for seed in (0, 1):
    ax.plot(range(10), probabilities[seed].mean(axis=0), plotting.MARKERS[seed], linestyle=":", label=f"seed {seed}")
ax.axhline(0.1, color="0.6", linewidth=0.8)
ax.set(
    xlabel="class",
    ylabel="mean probability",
    title="What two untrained networks believe",
    ylim=(0, 0.2),
    xticks=range(10),
)
legend = ax.legend()


# %% nbgrader={"grade": true, "grade_id": "test_repeatable_predictions", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# The global state is moved between two calls. The answer must not care, and the state must not either.
def two_calls():
    def model_fn():
        return nn.Sequential(nn.Linear(3, 2), nn.Dropout(0.5))

    X, outputs, states_kept = torch.ones(4, 3), [], []
    for elsewhere in (5, 6):
        torch.manual_seed(elsewhere)
        before = torch.get_rng_state()
        outputs.append(repeatable_predictions(model_fn, X, 7))
        states_kept.append(bool(torch.equal(before, torch.get_rng_state())))
    torch.manual_seed(7)
    weight, bias = nn.Linear(3, 2).parameters()
    return outputs, states_kept, (X @ weight.T + bias).detach()


outputs, states_kept, expected = observe(two_calls)
assert_tensor(outputs[0], "the output for 4 samples", shape=(4, 2), dtype=torch.float32)
assert not outputs[0].requires_grad, "The result records (requires_grad is True)."
assert_close(outputs[1], outputs[0], "the second call's output", "Does it depend on the state before the call?")
assert_close(
    outputs[0], expected, "the output", "Is the seed set before the model is built? Which mode is it in?", 1e-5
)
assert all(states_kept), "torch.get_rng_state() is not what it was before the call."


# %% nbgrader={"grade": true, "grade_id": "hidden_repeatable_predictions", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Other seeds, models with dropout and batch norm, the number of draws, and what is drawn afterwards.
def calls(seed):
    def model_fn():
        noise = nn.Parameter(torch.randn(4))
        model = nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Dropout(0.4), nn.Linear(4, 3))
        with torch.no_grad():
            model[0].bias.copy_(noise)
        return model

    X = torch.linspace(-1, 2, 30).reshape(6, 5)
    kept = X.clone()
    torch.manual_seed(99)
    torch.rand(13)
    before = torch.get_rng_state()
    seen = [repeatable_predictions(model_fn, X, seed) for _ in range(2)]
    drawn = torch.rand(4)
    torch.set_rng_state(before)
    drawn_without = torch.rand(4)
    torch.manual_seed(seed)
    expected = model_fn().eval()(X).detach()
    return seen, expected, drawn, drawn_without, bool(torch.equal(X, kept)), [s.requires_grad for s in seen]


answers = {}
for seed in (0, 1, 123456):
    seen, expected, drawn, drawn_without, unchanged, recording = observe(lambda seed=seed: calls(seed))
    for output in seen:
        assert_tensor(output, f"the output for seed {seed}", shape=(6, 3), dtype=torch.float32)
        assert_close(output, expected, f"the output for seed {seed}", "Seed, build, evaluation mode?", 1e-6, 1e-7)
    assert_close(drawn, drawn_without, "what is drawn after the call", "Is the global state as it was?")
    assert unchanged, "X was changed in place."
    assert not any(recording), "The result should not record."
    answers[seed] = seen[0]
assert not torch.equal(answers[0], answers[1]), "Two seeds give the same output."


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** `fork_rng` saves the state on entry and restores it on exit, also if an error is raised in between. The untrained networks are nearly, but not exactly,
# undecided: that is why a first loss is near $\ln 10$. A softmax regression that begins at zero has exactly this loss.
# %% [markdown]
# # Part 2: data
#
# ## Why minibatches
#
# The loss is a mean over $n$ samples, $L(\theta) = \frac{1}{n} \sum_i \ell_i(\theta)$, and so is its gradient, $g = \frac{1}{n} \sum_i g_i$ with $g_i = \nabla \ell_i$. Now draw $B$ samples
# at random, with indices $i_1, \dots, i_B$, and take the mean of theirs alone:
#
# $$\hat g = \frac{1}{B} \sum_{j=1}^{B} g_{i_j} .$$
#
# Each $g_{i_j}$ is equally likely to be any of the $n$ gradients, so its expectation is $g$, and therefore $\mathbb{E}[\hat g] = g$: on average a minibatch points the right way. If
# the samples are drawn independently, the variances of a sum add up. One sample has $\sigma^2 = \frac{1}{n} \sum_i \lVert g_i - g \rVert^2$, and
#
# $$\mathbb{E}\, \lVert \hat g - g \rVert^2 = \frac{1}{B^2} \cdot B \, \sigma^2 = \frac{\sigma^2}{B} .$$
#
# The typical error is $\sigma / \sqrt{B}$. **Four times the work halves the error.** So many cheap, noisy steps usually beat few exact ones. The next cell measures the error on the data, with your
# `SoftmaxRegression` at its start.
# %% tags=["try-it"]
inputs, targets = torch.tensor(X_train), torch.tensor(y_train)
model = SoftmaxRegression(784, 10)


def gradient_of(indices):
    loss = F.cross_entropy(model(inputs[indices]), targets[indices])
    return torch.autograd.grad(loss, model.W)[0]


full = gradient_of(torch.arange(3000))
generator = torch.Generator().manual_seed(0)
batch_sizes = [1, 4, 16, 64, 256, 1024]
errors = []
for size in batch_sizes:
    gaps = [gradient_of(torch.randint(3000, (size,), generator=generator)) - full for _ in range(30)]
    errors.append(math.sqrt(sum(float((gap**2).sum()) for gap in gaps) / len(gaps)))
fig, ax = plt.subplots(figsize=(5, 3.2))
ax.loglog(batch_sizes, errors, "o", label="measured, 30 batches each")
one = math.sqrt(sum(float(((gradient_of([i]) - full) ** 2).sum()) for i in range(300)) / 300)
ax.loglog(batch_sizes, one / np.sqrt(batch_sizes), "--", color="0.4", label=r"$\sigma / \sqrt{B}$")
ax.axhline(float(full.norm()), color="0.6", linewidth=0.8, linestyle=":")
ax.text(1, float(full.norm()) * 0.95, "length of the full gradient", va="top", fontsize=8)
ax.set(xlabel="batch size $B$", ylabel="error of the gradient", title="The error of a minibatch gradient")
legend = ax.legend(fontsize=8)
# %% [markdown]
# ## Two objects between the arrays and the loop
#
# A **`Dataset`** answers two questions: how many samples are there (`len`), and what is sample number $i$ (`dataset[i]`). It is also the
# place for a **transform**, a function that changes each sample on its way out: scaling, mirroring, noise. A **`DataLoader`** asks for samples in some order and
# stacks them into batches.
# %% tags=["try-it"]
ax = diagrams.shape_flow(
    [
        ("arrays X, y", (3000, 784)),
        "dataset[i]",
        ("sample", (784,)),
        "transform",
        ("sample", (784,)),
        "stack 64",
        ("batch", (64, 784)),
        "model",
        ("logits", (64, 10)),
    ],
    title="From the arrays to the logits; labels (64,) travel along",
)


# %% [markdown]
# ### Exercise 4: `ArrayDataset` (1.5 points, ★★☆)
#
# Write the dataset for a pair of NumPy arrays. `dataset[i]` is a pair of tensors: the sample as float32, of shape `X.shape[1:]`, and the label as int64, of
# shape `()`. Arrays of any numeric dtype are allowed; their values are not rescaled.
#
# If there is a `transform`, it gets the sample's float32 tensor, and what it returns takes the sample's place. It is applied anew each time that a sample is asked for, so that a random transform gives another result
# each time. It may work **in place**: the arrays, and what later calls return, must not suffer from that. The check of the lengths is given.
#
# <details><summary>Hint</summary>
# Keep the arrays as they are, and convert one sample when it is asked for. Which of PS 6's two ways from an array to a tensor is safe here?
# </details>
# %% nbgrader={"grade": false, "grade_id": "ArrayDataset", "locked": false, "schema_version": 3, "solution": true, "task": false}
class ArrayDataset(Dataset):
    """Samples and labels from two arrays.

    Parameters
    ----------
    X : ndarray of numbers, shape (n, ...)
        One sample a row, at least two dimensions.
    y : ndarray of int, shape (n,)
        Labels.
    transform : function, optional
        From a sample's float32 tensor to what is to take its place. It may change its argument.

    Raises
    ------
    ValueError
        If X and y differ in length; the message gives both.
    """

    def __init__(self, X: np.ndarray, y: np.ndarray, transform: Callable | None = None) -> None:
        if len(X) != len(y):
            raise ValueError(f"X has {len(X)} samples and y has {len(y)} labels")
        # Keep what is needed later.
        ### BEGIN SOLUTION
        self.X, self.y, self.transform = X, y, transform
        ### END SOLUTION

    def __len__(self) -> int:
        """Return the number of samples."""
        ### BEGIN SOLUTION
        return len(self.X)
        ### END SOLUTION

    def __getitem__(self, i: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Return sample i, transformed, and its label.

        Returns
        -------
        sample : Tensor of float32, shape X.shape[1:], or what the transform returns
        label : Tensor of int64, shape ()
        """
        # The sample as a tensor of its own, transformed.
        ### BEGIN SOLUTION
        sample = torch.tensor(self.X[i], dtype=torch.float32)
        if self.transform is not None:
            sample = self.transform(sample)
        ### END SOLUTION
        # With its label.
        ### BEGIN SOLUTION
        return sample, torch.tensor(self.y[i], dtype=torch.int64)
        ### END SOLUTION


# %% tags=["try-it"]
mirrored = ArrayDataset(X_train, y_train, transform=lambda x: x.reshape(28, 28).flip(1))
shown = [i for i in range(40) if y_train[i] in (5, 7, 9)][:4]
pictures = np.concatenate([X_train[shown].reshape(-1, 28, 28), [mirrored[i][0].numpy() for i in shown]])
ax = plotting.image_grid(
    pictures,
    titles=["as stored"] * len(shown) + ["mirrored"] * len(shown),
    columns=len(shown),
    title="Your dataset with a transform",
)


# %% nbgrader={"grade": true, "grade_id": "test_ArrayDataset", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Three samples by hand, then a transform that works in place, asked for the same sample twice.
def three_samples():
    X, y = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([2, 0, 1], dtype=np.int32)
    kinds = []

    def double_(x):
        kinds.append(type(x).__name__)
        x *= 2
        return x

    plain, doubled = ArrayDataset(X, y), ArrayDataset(X, y, transform=double_)
    return len(plain), isinstance(plain, Dataset), plain[1], [doubled[2] for _ in range(2)], X, kinds


n_samples, is_dataset, (sample, label), twice, X_after, kinds = observe(three_samples)
assert is_dataset, "ArrayDataset should be a subclass of Dataset."
assert_close(n_samples, 3, "len of a dataset of 3 samples")
assert_tensor(sample, "the sample of dataset[1]", shape=(2,), dtype=torch.float32)
assert_tensor(label, "the label of dataset[1]", shape=(), dtype=torch.int64)
assert_close(sample, np.array([3.0, 4.0]), "the sample of dataset[1]", "Row 1 as it is?")
assert_close(label, np.array(0), "the label of dataset[1]")
for time_asked, (changed, _) in zip(("first", "second"), twice, strict=True):
    hint = "Is the transform applied once, and to a copy?"
    assert_close(
        changed, np.array([10.0, 12.0]), f"the sample of dataset[2], doubled, asked the {time_asked} time", hint
    )
assert_close(X_after, np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), "the array X afterwards", "Is X shared?")
assert kinds == ["Tensor", "Tensor"], (
    f"Asked for two samples, the transform was given {kinds}. What should it get, and when?"
)
# %% nbgrader={"grade": true, "grade_id": "hidden_ArrayDataset", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# All dtypes and shapes; what the transform gets and how often; random transforms; through a DataLoader; lengths.
rng = np.random.default_rng(74)


def samples(X, y):
    kept = X.copy(), y.copy()
    dataset = ArrayDataset(X, y)
    for i in range(len(X)):
        dataset[i][0].add_(1)
    got = [dataset[i] for i in range(len(X))]
    same = bool(np.array_equal(X, kept[0]) and np.array_equal(y, kept[1]))
    return len(dataset), got, same


for dtype in (np.float64, np.float32, np.uint8, np.int64, np.int32):
    for shape in [(1, 3), (5, 1), (4, 3, 2), (3, 2, 2, 2)]:
        X, y = rng.integers(0, 200, shape).astype(dtype), rng.integers(0, 10, shape[0])
        y = y.astype([np.int64, np.int32, np.uint8][shape[0] % 3])
        n_samples, got, same = observe(lambda X=X, y=y: samples(X, y))
        what = f"dataset[i] for X {shape} of {np.dtype(dtype).name}"
        assert_close(n_samples, shape[0], f"len of a dataset for X {shape}")
        assert same, f"{what}: a change of the sample changed the array. Is it a copy?"
        for i, (sample, label) in enumerate(got):
            assert_tensor(sample, f"the sample of {what}", shape=shape[1:], dtype=torch.float32)
            assert_tensor(label, f"the label of {what}", shape=(), dtype=torch.int64)
            assert_close(sample, X[i].astype(np.float64), f"the sample of {what}", "Also after it was asked before?")
            assert_close(label, np.array(int(y[i])), f"the label of {what}")


def with_transforms():
    X, y = np.arange(12).reshape(4, 3), np.array([3, 1, 0, 2])
    seen = []

    def count(x):
        seen.append([str(x.dtype), list(x.shape), type(x).__name__])
        return torch.cat([x, torch.full((1,), float(len(seen)))])

    dataset = ArrayDataset(X, y, count)
    before = len(seen)
    got = [dataset[i] for i in (2, 2, 3, -1)]
    falsy = ArrayDataset(X, y, transform=None)[0][0]
    batches = list(DataLoader(ArrayDataset(X, y, transform=lambda x: x.sum()), batch_size=3))
    return before, seen, got, falsy, [list(b) for b in batches]


before, seen, got, falsy, batches = observe(with_transforms)
assert before == 0, "The transform was applied before a sample was asked for."
assert seen == [["torch.float32", [3], "Tensor"]] * 4, (
    f"Asked for 4 samples, the transform got {seen}. It should get the float32 tensor of one sample, once each time."
)
for n_asked, ((sample, label), row) in enumerate(zip(got, (2, 2, 3, 3), strict=True), start=1):
    expected = np.array([*range(3 * row, 3 * row + 3), n_asked], dtype=float)
    assert_close(sample, expected, f"sample {row} through a transform that counts", "Applied anew each time?")
    assert int(label) == [3, 1, 0, 2][row], f"The label of sample {row} is {int(label)}."
assert_close(falsy, np.array([0.0, 1.0, 2.0]), "sample 0 with transform=None")
assert_close(batches[0][0], np.array([3.0, 12.0, 21.0]), "a batch of sums through a DataLoader")
assert_close(batches[1][0], np.array([30.0]), "the last batch through a DataLoader")
assert_close(batches[0][1], np.array([3, 1, 0]), "the labels of a batch")
for n, m in [(3, 4), (2, 1)]:
    assert_raises(
        ValueError,
        lambda n=n, m=m: observe(lambda: len(ArrayDataset(np.zeros((n, 2)), np.zeros(m, dtype=int)))),
        f"ArrayDataset with {n} samples and {m} labels",
        mention=str(m),
    )


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The arrays stay as they were stored. Images of dtype uint8 take one byte a pixel, and only the 64 samples of the present batch exist as float32. `torch.tensor` copies, so an in-place transform
# works on a tensor that nobody else has. With `torch.from_numpy` on float32 data, every epoch would transform the transformed data once more: a mistake that shows up as a slowly worsening loss.
# %% [markdown]
# ## Shuffled, and yet repeatable
#
# Each epoch should visit the training samples in a new random order (PS 1). If the order never changed, or followed the labels, consecutive batches would repeat the same bias. Evaluation needs no order, so
# the validation data stay as they are.
#
# The order is drawn at random, so it needs a seed. `DataLoader(..., generator=g)` draws from a generator of its own. Two facts about `DataLoader` are worth knowing:
#
# - Without a generator it draws from the global random state. So does a loader that does **not** shuffle: it draws one number at the start of every pass, in case it has helper processes to seed. An additional evaluation
#   then changes everything that is random afterwards, such as dropout. A generator of its own prevents that, too.
# - The generator moves on. The second pass has another order than the first, and two loaders that are made with the same seed go through the same sequence of orders.
# %% [markdown]
# ### Exercise 5: `make_loaders` (1.5 points, ★★☆)
#
# Make both loaders from `ArrayDataset`s.
#
# - Both give batches of `batch_size`. The last one may be smaller; no sample is left out.
# - Training is shuffled, with a new order in every pass. The sequence of orders depends on `seed` alone.
# - Validation comes in the order of the array.
# - Neither making the loaders nor passing through them touches the global random state.
#
# <details><summary>Hint</summary>
# <code>torch.Generator().manual_seed(seed)</code> is a seeded generator. How many loaders need one?
# </details>
# %% nbgrader={"grade": false, "grade_id": "make_loaders", "locked": false, "schema_version": 3, "solution": true, "task": false}
def make_loaders(
    X_train: np.ndarray, y_train: np.ndarray, X_val: np.ndarray, y_val: np.ndarray, batch_size: int, seed: int
) -> tuple[DataLoader, DataLoader]:
    """Loaders for training (shuffled) and validation (in order).

    Parameters
    ----------
    X_train, X_val : ndarray of numbers, shape (n, ...) and (m, ...)
    y_train, y_val : ndarray of int, shape (n,) and (m,)
    batch_size : int
        Samples in a batch; the last batch may be smaller.
    seed : int
        Decides the orders of the training samples.

    Returns
    -------
    train, val : DataLoader
        Batches (samples, labels). Neither uses the global random state.
    """
    # Training: shuffled by a generator of its own.
    ### BEGIN SOLUTION
    train = DataLoader(
        ArrayDataset(X_train, y_train),
        batch_size=batch_size,
        shuffle=True,
        generator=torch.Generator().manual_seed(seed),
    )
    ### END SOLUTION
    # Validation: in order.
    ### BEGIN SOLUTION
    val = DataLoader(ArrayDataset(X_val, y_val), batch_size=batch_size, generator=torch.Generator())
    return train, val
    ### END SOLUTION


# %% tags=["try-it"]
train_loader, val_loader = make_loaders(X_train, y_train, X_val, y_val, 64, seed=0)
print(f"training: {len(train_loader)} batches, validation: {len(val_loader)} batches")
numbers = np.arange(40)
loader, _ = make_loaders(numbers[:, None], numbers, numbers[:1, None], numbers[:1], 8, seed=0)
orders = [np.concatenate([labels.numpy() for _, labels in loader]) for epoch in range(3)]
fig, ax = plt.subplots(figsize=(6, 2.6))
for epoch, order in enumerate(orders):
    ax.plot(numbers, order, plotting.MARKERS[epoch], markersize=4, linestyle="", label=f"epoch {epoch + 1}")
for edge in range(8, 40, 8):
    ax.axvline(edge - 0.5, color="0.8", linewidth=0.8)
ax.set(xlabel="place in the epoch (grey lines: batches of 8)", ylabel="sample", title="Three epochs through 40 samples")
legend = ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))


# %% nbgrader={"grade": true, "grade_id": "test_make_loaders", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Seven samples in batches of three, for two passes and with two loaders of the same seed. A stand-in made from PyTorch's
# own TensorDataset takes the place of your ArrayDataset.
def stand_in_dataset(X, y, transform=None):
    return TensorDataset(torch.tensor(X, dtype=torch.float32), torch.tensor(y))


def two_passes():
    X, y = np.arange(14.0).reshape(7, 2), np.arange(7)
    pairs = [make_loaders(X, y, X[:4], y[:4], 3, seed=5) for _ in range(2)]
    torch.manual_seed(0)
    before = torch.get_rng_state()
    orders = [[[labels.tolist() for _, labels in train] for _ in range(2)] for train, _ in pairs]
    after_training = bool(torch.equal(before, torch.get_rng_state()))
    val = [labels.tolist() for _, labels in pairs[0][1]]
    return orders, val, after_training, bool(torch.equal(before, torch.get_rng_state()))


(first, again), val, kept_by_training, kept_by_both = observe(two_passes, using={"ArrayDataset": stand_in_dataset})
for one_pass in first:
    sizes = [len(batch) for batch in one_pass]
    assert sizes == [3, 3, 1], f"7 samples in batches of 3 came in batches of {sizes}."
    assert sorted(sum(one_pass, [])) == list(range(7)), f"One pass gave the samples {sum(one_pass, [])}."
assert first[0] != first[1], "Both passes have the same order. When is it drawn?"
assert first == again, "Two training loaders with the same seed give different orders. Where do they draw from?"
assert val == [[0, 1, 2], [3]], f"The validation batches are {val}. Is training alone shuffled? How large is a batch?"
assert kept_by_training, "A pass through the training loader changed the global random state."
assert kept_by_both, "A pass through the validation loader changed the global random state. What does a loader draw?"


# %% nbgrader={"grade": true, "grade_id": "hidden_make_loaders", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Contents of every batch; other sizes and seeds; batches larger than the data; the global state, before and after.
def stand_in_dataset(X, y, transform=None):
    return TensorDataset(torch.tensor(X, dtype=torch.float32), torch.tensor(y, dtype=torch.int64))


def passes(n, m, batch_size, seed, elsewhere):
    rng = np.random.default_rng(75)
    X, y, X_v, y_v = rng.normal(size=(n, 3)), np.arange(n), rng.normal(size=(m, 3)), rng.integers(0, 5, m)
    kept = [a.copy() for a in (X, y, X_v, y_v)]
    torch.manual_seed(elsewhere)
    before = torch.get_rng_state()
    train, val = make_loaders(X, y, X_v, y_v, batch_size=batch_size, seed=seed)
    epochs = [[list(batch) for batch in train] for _ in range(3)]
    vals = [[list(batch) for batch in val] for _ in range(2)]
    return {
        "state": bool(torch.equal(before, torch.get_rng_state())),
        "unchanged": all(np.array_equal(a, b) for a, b in zip(kept, (X, y, X_v, y_v), strict=True)),
        "kinds": [type(train).__name__, type(val).__name__],
        "lengths": [len(train), len(val)],
        "epochs": epochs,
        "vals": vals,
        "arrays": [X, X_v, y_v],
    }


orders = {}
for n, m, batch_size, seed, elsewhere in [
    (23, 9, 4, 0, 1),
    (23, 9, 4, 0, 2),
    (23, 9, 4, 1, 1),
    (8, 5, 4, 3, 3),
    (6, 3, 10, 2, 1),
]:
    seen = observe(
        lambda n=n, m=m, b=batch_size, s=seed, e=elsewhere: passes(n, m, b, s, e),
        using={"ArrayDataset": stand_in_dataset},
    )
    X, X_v, y_v = seen["arrays"]
    what = f"{n} samples in batches of {batch_size}"
    assert seen["state"], "The global random state was changed by making the loaders or by a pass."
    assert seen["unchanged"], "An array was changed in place."
    assert seen["kinds"] == ["DataLoader", "DataLoader"], f"make_loaders returned {seen['kinds']}."
    assert seen["lengths"] == [-(-n // batch_size), -(-m // batch_size)], f"The lengths are {seen['lengths']}, {what}."
    places = []
    for epoch in seen["epochs"]:
        order = np.concatenate([labels.numpy() for _, labels in epoch])
        sizes = [len(labels) for _, labels in epoch]
        assert sorted(order.tolist()) == list(range(n)), f"A pass does not give every sample once, {what}."
        assert sizes[:-1] == [batch_size] * (len(sizes) - 1) and len(sizes) == seen["lengths"][0], (
            f"Sizes {sizes}, {what}."
        )
        for samples, labels in epoch:
            assert_tensor(samples, "a batch of samples", shape=(len(labels), 3), dtype=torch.float32)
            assert_tensor(labels, "a batch of labels", shape=(len(samples),), dtype=torch.int64)
            assert_close(samples, X[labels.numpy()], "a batch's samples", "Does each keep its label?", 1e-6)
        places.append(order.tolist())
    assert list(range(n)) not in places, "A pass through the training data came in their own order."
    assert places[0] != places[1] and places[1] != places[2], "Two passes have the same order."
    orders[n, seed, elsewhere] = places
    for one_pass in seen["vals"]:
        assert [len(labels) for _, labels in one_pass][:-1] == [batch_size] * (len(one_pass) - 1), (
            "Validation batch sizes."
        )
        assert_close(torch.cat([s for s, _ in one_pass]), X_v, "the validation samples", "In order, all?", 1e-6)
        assert_close(torch.cat([labels for _, labels in one_pass]), y_v, "the validation labels")
assert orders[23, 0, 1] == orders[23, 0, 2], "The orders depend on the global random state."
assert orders[23, 0, 1] != orders[23, 1, 1], "Two seeds give the same orders."


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The validation loader's generator needs no particular seed: it is never used for an order, it only keeps the loader's hands off the global state. `num_workers` is left at 0, so the samples are
# made in this process. Helper processes pay when a sample costs real work, such as decoding a photograph. For rows of an array they cost more than they save.
# %% [markdown]
# # Part 3: the loop
#
# ## One epoch of training
#
# These are PS 6's four moves for each batch, plus a mode and a record:
# %% tags=["try-it"]
ax = diagrams.computation_graph(
    {
        "loader": (0, 0, "loader:\nnext batch"),
        "model": (1, 0, "model:\nlogits"),
        "loss": (2, 0, "loss_fn:\nmean loss"),
        "clear": (3, 0, "zero_grad():\nclear"),
        "back": (4, 0, "backward():\ngradients"),
        "step": (5, 0, "step():\nnew weights"),
        "sum": (3, 1, "record:\nloss x size"),
    },
    [
        ("loader", "model", "", ""),
        ("model", "loss", "", ""),
        ("loss", "clear", "", ""),
        ("clear", "back", "", ""),
        ("back", "step", "", ""),
        ("loss", "sum", "", ""),
    ],
    title="What happens to one batch; then the next one",
)
# %% [markdown]
# **Modes.** Some modules act differently in training and in use. Dropout switches units off at random, in training only; batch norm uses the batch's own statistics, in training only (PS 9).
# `model.train()` and `model.eval()` switch all of them. The loop must not rely on the mode it finds.
#
# **Weights.** `loss_fn` returns the mean over a batch, $L_j$ for $B_j$ samples. The mean over the epoch's $N = \sum_j B_j$ samples is
#
# $$\bar L = \frac{1}{N} \sum_j B_j L_j ,$$
#
# and not the mean of the $L_j$. The two differ where the last batch is smaller: in the next picture one odd batch of 4 samples counts as much as a batch of 16 in the plain mean.
# %% tags=["try-it"]
sizes_drawn, losses_drawn = np.array([16, 16, 16, 4]), np.array([0.5, 0.6, 0.4, 2.0])
fig, axes = plt.subplots(1, 2, figsize=(9, 2.8), sharey=True)
for ax, widths, name in zip(axes, (np.ones(4), sizes_drawn), ("mean of means", "weighted by size"), strict=True):
    left = np.cumsum(widths) - widths
    mean = np.average(losses_drawn, weights=widths)
    ax.bar(left, losses_drawn, widths, align="edge", color=plotting.COLOURS[0], alpha=0.5, edgecolor="0.2")
    ax.axhline(mean, color="black", linestyle="--")
    ax.text(0.1, mean + 0.05, f"{mean:.3f}", fontsize=10)
    ax.set(xticks=left + widths / 2, xticklabels=[f"{size}" for size in sizes_drawn], title=name)
    ax.set_xlabel("samples in the batch")
label = axes[0].set_ylabel("loss of the batch")


# %% [markdown]
# ### Exercise 6: `train_epoch` (2 points, ★★☆)
#
# Write one pass of training.
#
# - Switch the model to training mode, whatever its mode was, and leave it there.
# - For each batch: move inputs and targets to `device` (`t.to(device)`), compute `loss_fn(model(inputs), targets)`, and let the optimiser take one step with the gradient of *this* batch. Gradients that any earlier computation left behind must not count.
# - Return the mean of the batches' losses, each measured before its step, weighted by the batch's size, as a plain float.
#
# `loader` may be any iterable of batches, for example a list, so count the samples as they come. The model is on `device` already.
#
# <details><summary>Hint</summary>
# <code>loss.item()</code> is a float without a graph. <code>len(targets)</code> is the size of the batch.
# </details>
# %% nbgrader={"grade": false, "grade_id": "train_epoch", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_epoch(
    model: nn.Module,
    loader: Iterable,
    loss_fn: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    optimizer: torch.optim.Optimizer,
    device: str | torch.device = "cpu",
) -> float:
    """Train for one pass through the data.

    Parameters
    ----------
    model : nn.Module
        On device; it is changed, and left in training mode.
    loader : iterable of (inputs, targets)
        Batches of tensors, such as a DataLoader.
    loss_fn : function
        From (outputs, targets) to the batch's mean loss, shape ().
    optimizer : torch.optim.Optimizer
        Of the model's parameters.
    device : str or torch.device

    Returns
    -------
    float
        Mean over samples of the losses before each step.
    """
    # Training mode, and nothing counted yet.
    ### BEGIN SOLUTION
    model.train()
    total, n_samples = 0.0, 0
    ### END SOLUTION
    for inputs, targets in loader:
        # The batch, on the device, and its loss.
        ### BEGIN SOLUTION
        inputs, targets = inputs.to(device), targets.to(device)
        loss = loss_fn(model(inputs), targets)
        ### END SOLUTION
        # One step with this batch's gradient.
        ### BEGIN SOLUTION
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        ### END SOLUTION
        # The record.
        ### BEGIN SOLUTION
        total += loss.item() * len(targets)
        n_samples += len(targets)
        ### END SOLUTION
    # The mean over samples.
    ### BEGIN SOLUTION
    return total / n_samples
    ### END SOLUTION


# %% tags=["try-it"]
train_loader, val_loader = make_loaders(X_train, y_train, X_val, y_val, 64, seed=0)
model = SoftmaxRegression(784, 10)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(3):
    print(f"epoch {epoch + 1}: loss during training {train_epoch(model, train_loader, F.cross_entropy, optimizer):.2f}")


# %% nbgrader={"grade": true, "grade_id": "test_train_epoch", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# A model y = w x with w = 0 at first, learning rate 1/4, squared error, x = 1. The first batch has the targets 3 and 3:
# loss 9, slope -6, so w becomes 1.5. The second has the target 7: loss 5.5^2 = 30.25, slope -11, so w becomes 4.25.
# The model comes in evaluation mode and with an old gradient.
def two_batches():
    model = nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        model.weight.zero_()
    model.weight.grad = torch.full((1, 1), 100.0)
    model.eval()
    batches = [(torch.ones(2, 1), torch.full((2, 1), 3.0)), (torch.ones(1, 1), torch.full((1, 1), 7.0))]
    loss = train_epoch(model, batches, nn.MSELoss(), torch.optim.SGD(model.parameters(), lr=0.25))
    return loss, model.weight.item(), model.training


loss, w, training = observe(two_batches)
assert_number(loss, "train_epoch's result")
assert_close(w, 4.25, "w after two batches", "One step a batch, with that batch's gradient alone?", rtol=1e-5)
assert_close(loss, (2 * 9 + 30.25) / 3, "the loss", "Do three samples count equally, in batches of 2 and 1?", rtol=1e-5)
assert training, "model.training is False after train_epoch. Which mode is for training?"


# %% nbgrader={"grade": true, "grade_id": "hidden_train_epoch", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against a loop written out, with dropout and batch norm, several optimisers, old gradients, uneven batches, a loader.
class Watched(torch.Tensor):
    """A tensor that notes where it was moved to."""

    moved_to = None

    def to(self, *args, **kwargs):
        if self.moved_to is not None:
            self.moved_to.append(str(args[0] if args else kwargs.get("device")))
        return super().to(*args, **kwargs).as_subclass(torch.Tensor)


def network():
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(0.3), nn.Linear(6, 3))


def some_batches(sizes):
    generator = torch.Generator().manual_seed(4)
    return [(torch.randn(n, 4, generator=generator), torch.randint(3, (n,), generator=generator)) for n in sizes]


def some_optimizer(kind, model):
    if kind == "Adam":
        return torch.optim.Adam(model.parameters(), lr=0.01)
    return torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=0.01)


def asked(sizes, kind, as_loader):
    model, batches = network(), some_batches(sizes)
    optimizer = some_optimizer(kind, model)
    model.eval()
    for p in model.parameters():
        p.grad = torch.full_like(p, 5.0)
    loader = batches
    if as_loader:
        X, y = (torch.cat(parts) for parts in zip(*batches, strict=True))
        loader = DataLoader(TensorDataset(X, y), batch_size=sizes[0], generator=torch.Generator())
    torch.manual_seed(8)
    losses = [train_epoch(model, loader, F.cross_entropy, optimizer) for _ in range(2)]
    state = {name: value.clone() for name, value in model.state_dict().items()}
    return losses, state, [m.training for m in model.modules()]


def written_out(sizes, kind):
    model, batches = network(), some_batches(sizes)
    optimizer, losses = some_optimizer(kind, model), []
    torch.manual_seed(8)
    for _ in range(2):
        each = []
        for X, y in batches:
            model.zero_grad()
            loss = F.cross_entropy(model(X), y)
            loss.backward()
            optimizer.step()
            each += [loss.item()] * len(y)
        losses.append(float(np.mean(each)))
    return losses, model.state_dict()


for sizes, kind, as_loader in [
    ((5, 5, 2), "SGD", False),
    ((6, 6, 6, 3), "Adam", True),
    ((4,), "SGD", True),
    ((2, 9), "Adam", False),
]:
    losses, state, modes = observe(lambda s=sizes, k=kind, a=as_loader: asked(s, k, a))
    expected, expected_state = written_out(sizes, kind)
    what = f"batches of {sizes} with {kind}"
    for epoch in range(2):
        assert_number(losses[epoch], f"the loss, {what}")
        assert_close(losses[epoch], expected[epoch], f"the loss of epoch {epoch}, {what}", "Weighted?", rtol=1e-5)
    for name, value in expected_state.items():
        hint = "Training mode? One step a batch, from its own gradient?"
        # Adam divides by the root of squared gradients, which magnifies rounding.
        assert_close(state[name].double(), value.double(), f"{name} after 2 epochs, {what}", hint, 1e-4, 1e-5)
    assert all(modes), "After train_epoch a part of the model is not in training mode."


def on_a_device(device):
    model = nn.Linear(2, 2)
    moves, batches = [], []
    for n in (3, 2):
        batch = [torch.ones(n, 2).as_subclass(Watched), torch.zeros(n, dtype=torch.int64).as_subclass(Watched)]
        for t in batch:
            t.moved_to = moves
        batches.append(batch)
    train_epoch(model, batches, F.cross_entropy, torch.optim.SGD(model.parameters(), lr=0.1), device=device)
    return moves


for device in ("cpu", torch.device("cpu")):
    moves = observe(lambda device=device: on_a_device(device))
    assert moves == ["cpu"] * 4, (
        f"Of two batches with device {device}, tensors were moved to {moves}: inputs and targets?"
    )


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** `zero_grad()` stands before `backward()`, so that nothing left behind from before the epoch counts. `loss.item()` matters for memory too: a sum of loss *tensors* would keep the graphs of all batches alive. The loss
# during training is an average over changing weights; its first batches were measured with a worse model. That is the reason for the next exercise.
# %% [markdown]
# ## Evaluation
#
# Evaluation measures the model as it is, and leaves no trace. Three things can go wrong. In training mode dropout would disturb the outputs. With recording on, memory is spent on graphs that nobody uses.
# And a model that is left in evaluation mode trains on without dropout, without a word.
#
# Look at the first one. The same input goes through a dropout layer three times in each mode.
# %% tags=["try-it"]
layer = nn.Dropout(0.5)
torch.manual_seed(0)
outputs = torch.stack(
    [layer.train()(torch.ones(12)) for _ in range(3)] + [layer.eval()(torch.ones(12)) for _ in range(3)]
)
ax = diagrams.annotated_matrix(
    outputs.numpy(),
    row_labels=["train()"] * 3 + ["eval()"] * 3,
    fmt="{:.0f}",
    symmetric=False,
    title="Ones through nn.Dropout(0.5), six times",
)


# %% [markdown]
# ### Exercise 7: `evaluate` (2 points, ★★☆)
#
# Measure loss and accuracy.
#
# - In evaluation mode, without recording. The moves to `device` are those of `train_epoch`.
# - Afterwards **every** module of the model is in the mode in which it was. They need not all agree: at work one often freezes a part of a network in evaluation mode and trains the rest.
# - Both results are means over samples, so batches are weighted by their sizes. A sample is right if its largest output stands at its label.
#
# <details><summary>Hint</summary>
# <code>model.modules()</code> goes through the model and all of its parts; each has its own attribute <code>training</code>, which you may read and set.
# </details>
# %% nbgrader={"grade": false, "grade_id": "evaluate", "locked": false, "schema_version": 3, "solution": true, "task": false}
def evaluate(
    model: nn.Module,
    loader: Iterable,
    loss_fn: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    device: str | torch.device = "cpu",
) -> tuple[float, float]:
    """Loss and accuracy of a classifier, leaving no trace.

    Parameters
    ----------
    model : nn.Module
        On device; outputs (n, k).
    loader : iterable of (inputs, targets)
        Batches of tensors, targets int64 (n,).
    loss_fn : function
        From (outputs, targets) to the batch's mean loss, shape ().
    device : str or torch.device

    Returns
    -------
    loss, accuracy : float
        Means over samples; accuracy in [0, 1]. The modes of all modules are left as they were.
    """
    # Note the modes, then evaluation mode.
    ### BEGIN SOLUTION
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    ### END SOLUTION
    # Add up over the batches, without recording.
    ### BEGIN SOLUTION
    total, n_right, n_samples = 0.0, 0, 0
    with torch.no_grad():
        for inputs, targets in loader:
            inputs, targets = inputs.to(device), targets.to(device)
            outputs = model(inputs)
            total += loss_fn(outputs, targets).item() * len(targets)
            n_right += (outputs.argmax(dim=1) == targets).sum().item()
            n_samples += len(targets)
    ### END SOLUTION
    # Every module back to its mode.
    ### BEGIN SOLUTION
    for module, training in modes:
        module.training = training
    return total / n_samples, n_right / n_samples
    ### END SOLUTION


# %% tags=["try-it"]
torch.manual_seed(1)
sleepy = nn.Sequential(nn.Linear(784, 100), nn.ReLU(), nn.Dropout(0.5), nn.Linear(100, 10))
optimizer = torch.optim.SGD(sleepy.parameters(), lr=0.1)
train_loader, val_loader = make_loaders(X_train, y_train, X_val, y_val, 64, seed=0)
print("untrained: loss {:.1f}, accuracy {:.1f}".format(*evaluate(sleepy, val_loader, F.cross_entropy)))
curves = {"during": [], "after": []}
for epoch in range(5):
    curves["during"].append(train_epoch(sleepy, train_loader, F.cross_entropy, optimizer))
    curves["after"].append(evaluate(sleepy, train_loader, F.cross_entropy)[0])
fig, ax = plt.subplots(figsize=(5, 3))
ax.plot(range(1, 6), curves["during"], "o-", label="during the epoch, with dropout")
ax.plot(range(1, 6), curves["after"], "s--", label="after it, by evaluate")
ax.set(xlabel="epoch", ylabel="training loss", title="Same model, same data, two losses", xticks=range(1, 6))
legend = ax.legend()


# %% nbgrader={"grade": true, "grade_id": "test_evaluate", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# A dropout layer alone: in evaluation mode the inputs are the logits. Three samples by hand, with the probabilities 3/4
# and 1/4; the third one is wrong.
def three_samples():
    model, ln3 = nn.Dropout(0.5), math.log(3)
    batches = [
        (torch.tensor([[ln3, 0.0], [0.0, ln3]]), torch.tensor([0, 1])),
        (torch.tensor([[ln3, 0.0]]), torch.tensor([1])),
    ]
    in_training = evaluate(model, batches, F.cross_entropy), model.training
    recording = torch.is_grad_enabled()
    torch.set_grad_enabled(True)
    model.eval()
    in_evaluation = evaluate(model, batches, F.cross_entropy), model.training
    torch.set_grad_enabled(True)
    return (in_training, in_evaluation), recording


results, recording = observe(three_samples)
for started_in, (result, training) in zip((True, False), results, strict=True):
    what = f"for a model with training = {started_in}"
    assert len(result) == 2, f"evaluate returns {len(result)} items, not (loss, accuracy)."
    loss, accuracy = result
    assert_number(loss, f"the loss {what}")
    assert_number(accuracy, f"the accuracy {what}")
    expected = (2 * math.log(4 / 3) + math.log(4)) / 3
    hint = "Is it in evaluation mode? Do the three samples count equally, in batches of 2 and 1?"
    assert_close(loss, expected, f"the loss {what}", hint, rtol=1e-5)
    assert_close(accuracy, 2 / 3, f"the accuracy {what}", "Do the three samples count equally?", rtol=1e-5)
    assert training == started_in, f"After evaluate, model.training is {training}; it was {started_in}."
assert recording, "After evaluate, PyTorch records nothing any more. Is recording switched off for good?"
# %% nbgrader={"grade": true, "grade_id": "hidden_evaluate", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against scikit-learn; uneven batches; another loss; modes of all parts; no graph, no gradients, no statistics.
from sklearn.metrics import accuracy_score, log_loss

rng = np.random.default_rng(77)


class Watched(torch.Tensor):
    """A tensor that notes where it was moved to."""

    moved_to = None

    def to(self, *args, **kwargs):
        if self.moved_to is not None:
            self.moved_to.append(str(args[0] if args else kwargs.get("device")))
        return super().to(*args, **kwargs).as_subclass(torch.Tensor)


def from_logits(batches, as_loader):
    loader = [(torch.tensor(T), torch.tensor(y)) for T, y in batches]
    if as_loader:
        T, y = (torch.cat(parts) for parts in zip(*loader, strict=True))
        loader = DataLoader(TensorDataset(T, y), batch_size=len(batches[0][1]), generator=torch.Generator())
    result = evaluate(nn.Identity(), loader, F.cross_entropy)
    torch.set_grad_enabled(True)
    return result


for sizes, k, as_loader in [
    ((5, 5, 2), 4, False),
    ((1,), 3, True),
    ((8, 3), 2, True),
    ((1, 7), 6, False),
    ((4, 4), 4, True),
]:
    batches = [(rng.normal(scale=2, size=(n, k)), rng.integers(0, k, n)) for n in sizes]
    loss, accuracy = observe(lambda b=batches, a=as_loader: from_logits(b, a))
    T, y = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    P = np.exp(T) / np.exp(T).sum(axis=1, keepdims=True)
    what = f"batches of {sizes}, {k} classes"
    assert_number(loss, f"the loss, {what}")
    assert_number(accuracy, f"the accuracy, {what}")
    assert_close(loss, log_loss(y, P, labels=range(k)), f"the loss, {what}", "Weighted by size?", rtol=1e-6)
    assert_close(accuracy, accuracy_score(y, T.argmax(axis=1)), f"the accuracy, {what}", "", rtol=1e-6)


def traces(outer, frozen):
    torch.manual_seed(3)
    model = nn.Sequential(nn.Linear(4, 6), nn.Sequential(nn.BatchNorm1d(6), nn.Dropout(0.4)), nn.Linear(6, 3))
    seen = []
    model.register_forward_hook(lambda m, a, out: seen.append([out.requires_grad, *[p.training for p in m.modules()]]))
    model.train(outer)
    model[1].train(frozen)
    for p in model.parameters():
        p.grad = torch.full_like(p, 5.0)
    modes = [m.training for m in model.modules()]
    state = {name: value.clone() for name, value in model.state_dict().items()}
    batches = [(torch.randn(3, 4), torch.tensor([0, 2, 1])), (torch.randn(2, 4), torch.tensor([1, 1]))]
    moves = []
    batches = [[t.as_subclass(Watched) for t in batch] for batch in batches]
    for t in [t for batch in batches for t in batch]:
        t.moved_to = moves
    evaluate(model, batches, lambda out, target: ((out.sum(dim=1) - target) ** 2).mean(), device=torch.device("cpu"))
    recording = torch.is_grad_enabled()
    torch.set_grad_enabled(True)
    return {
        "seen": seen,
        "modes": [m.training for m in model.modules()] == modes,
        "state": all(torch.equal(value, state[name]) for name, value in model.state_dict().items()),
        "grads": all(bool((p.grad == 5).all()) for p in model.parameters()),
        "recording": recording,
        "moves": moves,
    }


for outer in (True, False):
    for frozen in (True, False):
        seen = observe(lambda outer=outer, frozen=frozen: traces(outer, frozen))
        assert seen["seen"] == [[False] * 7] * 2, (
            "While evaluate runs, a part of the model is in training mode, or outputs record, or batches are not seen once each."
        )
        assert seen["modes"], "After evaluate a part of the model is not in the mode in which it was."
        assert seen["state"] and seen["grads"], "Parameters, gradients or running statistics were changed by evaluate."
        assert seen["recording"], "After evaluate, recording is not switched as it was."
        assert seen["moves"] == ["cpu"] * 4, f"Of two batches, tensors were moved to {seen['moves']}."


def another_loss():
    batches = [
        (torch.tensor([[0.0, 3.0], [4.0, 1.0]]), torch.tensor([1, 1])),
        (torch.tensor([[2.0, 0.0]]), torch.tensor([0])),
    ]
    result = evaluate(nn.Identity(), batches, lambda out, target: out.max())
    torch.set_grad_enabled(True)
    return result


assert_close(observe(another_loss)[0], (2 * 4 + 2) / 3, "the loss with another loss_fn", "Is loss_fn used?", rtol=1e-6)


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** `model.train(was_training)` at the end would be right for most models, and would silently wake the frozen parts of the others. In the plot above the loss during the epoch lies higher, for two reasons: dropout handicaps the model
# while it learns, and the first batches of an epoch meet weights that are an epoch older. A validation loss should be compared with the curve from `evaluate`.
# %% [markdown]
# ## Everything together
#
# `fit` repeats the two and keeps the **history**, in the form that all assignments share: a dict of lists with one entry an epoch. Losses and accuracies are measured by `evaluate` *after* the epoch's updates, on both parts of the data, so that they can be compared.
# This costs a second pass over the training data. Where that is too expensive, people record the loss during the epoch and live with the difference.
#
# **Schedules.** The noise of minibatches sets a limit: with a constant rate the weights end up wandering around the minimum, and the larger the rate, the further. A schedule begins with a large rate and ends with a small one. The *cosine* schedule over $T$ epochs
# uses in epoch $e = 0, 1, \dots$ the rate
#
# $$\eta_e = \frac{\eta_0}{2} \Big( 1 + \cos \frac{\pi e}{T} \Big).$$
#
# In PyTorch a scheduler is an object that changes the optimiser's rate: `scheduler.step()` moves it on by one epoch. The present rate is found in `optimizer.param_groups[0]["lr"]`.
# %% [markdown]
# ### Exercise 8: `fit` (2 points, ★★☆)
#
# Write it with your `train_epoch` and `evaluate`. In each epoch:
#
# - record the rate that the epoch uses, in `lr`;
# - train;
# - evaluate on `train_loader`, then on `val_loader`, and record;
# - step the scheduler if there is one.
#
# With `n_epochs=0` the lists stay empty and the model as it was. All entries are plain floats.
#
# <details><summary>Hint</summary>
# If the scheduler steps first, the recorded rate belongs to the next epoch. In which order do the four lines stand?
# </details>
# %% nbgrader={"grade": false, "grade_id": "fit", "locked": false, "schema_version": 3, "solution": true, "task": false}
def fit(
    model: nn.Module,
    train_loader: Iterable,
    val_loader: Iterable,
    loss_fn: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    optimizer: torch.optim.Optimizer,
    n_epochs: int,
    scheduler: torch.optim.lr_scheduler.LRScheduler | None = None,
    device: str | torch.device = "cpu",
) -> dict[str, list[float]]:
    """Train a classifier for some epochs and keep the history.

    Parameters
    ----------
    model : nn.Module
        On device; it is changed.
    train_loader, val_loader : iterable of (inputs, targets)
    loss_fn : function
        From (outputs, targets) to the batch's mean loss, shape ().
    optimizer : torch.optim.Optimizer
        Of the model's parameters.
    n_epochs : int
    scheduler : optional
        Of the optimizer; its step() takes no argument and is called after each epoch.
    device : str or torch.device

    Returns
    -------
    dict of lists of float
        train_loss, train_accuracy, val_loss, val_accuracy: after each epoch's updates, by evaluate.
        lr: the rate that the epoch used, of the optimizer's first group of parameters.
    """
    history = {"train_loss": [], "train_accuracy": [], "val_loss": [], "val_accuracy": [], "lr": []}
    for _ in range(n_epochs):
        # The epoch's rate, and its training.
        ### BEGIN SOLUTION
        history["lr"].append(optimizer.param_groups[0]["lr"])
        train_epoch(model, train_loader, loss_fn, optimizer, device)
        ### END SOLUTION
        # Both parts of the data, measured.
        ### BEGIN SOLUTION
        for part, loader in (("train", train_loader), ("val", val_loader)):
            loss, accuracy = evaluate(model, loader, loss_fn, device)
            history[f"{part}_loss"].append(loss)
            history[f"{part}_accuracy"].append(accuracy)
        ### END SOLUTION
        # The next epoch's rate.
        ### BEGIN SOLUTION
        if scheduler is not None:
            scheduler.step()
        ### END SOLUTION
    return history


# %% tags=["try-it"]
torch.manual_seed(0)
model = make_mlp([784, 100, 10])
optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=5)
train_loader, val_loader = make_loaders(X_train, y_train, X_val, y_val, 64, seed=0)
history = fit(model, train_loader, val_loader, F.cross_entropy, optimizer, 5, scheduler)
fig, axes = plt.subplots(1, 3, figsize=(11, 3))
plotting.learning_curves(history, ax=axes[0], title="Your history: loss")
plotting.learning_curves(history, metrics=("train_accuracy", "val_accuracy"), ax=axes[1], title="accuracy")
plotting.learning_curves(history, metrics=("lr",), ax=axes[2], title="cosine schedule")
print(f"validation accuracy after 5 epochs: {history['val_accuracy'][-1]:.0%}")


# %% nbgrader={"grade": true, "grade_id": "test_fit", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Stand-ins take the places of your train_epoch and evaluate: training lowers the only weight w by the learning rate, and
# evaluation returns w as the loss, plus 10 on the validation data. The rate is halved after every epoch.
def stand_in_train_epoch(model, loader, loss_fn, optimizer, device="cpu"):
    model.weight.grad = torch.ones(1, 1)
    optimizer.step()
    return -1.0


def stand_in_evaluate(model, loader, loss_fn, device="cpu"):
    extra = 0.0 if len(loader) == 2 else 10.0
    return model.weight.item() + extra, 0.5 + extra / 100


def three_epochs():
    model = nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        model.weight.fill_(2.0)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
    batch = (torch.ones(1, 1), torch.ones(1, 1))
    return fit(model, [batch, batch], [batch], nn.MSELoss(), optimizer, 3, scheduler)


seen = observe(three_epochs, using={"train_epoch": stand_in_train_epoch, "evaluate": stand_in_evaluate})
expected = {
    "lr": [1.0, 0.5, 0.25],
    "train_loss": [1.0, 0.5, 0.25],
    "val_loss": [11.0, 10.5, 10.25],
    "train_accuracy": [0.5, 0.5, 0.5],
    "val_accuracy": [0.6, 0.6, 0.6],
}
hints = {
    "lr": "Is it the rate that the epoch used? Does the scheduler step, and when?",
    "train_loss": "Is it evaluate's, after the epoch's updates?",
    "val_loss": "Is it measured on the validation data?",
}
assert type(seen) is dict and sorted(seen) == sorted(expected), f"The history's keys are {sorted(seen)}."
for key, values in expected.items():
    assert type(seen[key]) is list and len(seen[key]) == 3, f"history[{key!r}] is {seen[key]}, not one entry an epoch."
    assert_close(np.array(seen[key]), np.array(values), f"history[{key!r}]", hints.get(key, ""), rtol=1e-5)
# %% nbgrader={"grade": true, "grade_id": "hidden_fit", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against a training written out: dropout and batch norm, uneven batches, schedules, two groups of parameters, 0 epochs.
from sklearn.metrics import accuracy_score, log_loss


def reference_train_epoch(model, loader, loss_fn, optimizer, device="cpu"):
    model.train()
    for X, y in loader:
        optimizer.zero_grad()
        loss_fn(model(X.to(device)), y.to(device)).backward()
        optimizer.step()
    return float("nan")


def reference_evaluate(model, loader, loss_fn, device="cpu"):
    model.eval()
    with torch.no_grad():
        outputs = torch.cat([model(X.to(device)) for X, _ in loader])
    targets = torch.cat([y for _, y in loader])
    loss = loss_fn(outputs, targets).item()
    return loss, (outputs.argmax(dim=1) == targets).double().mean().item()


stand_ins = {"train_epoch": reference_train_epoch, "evaluate": reference_evaluate}


def problem(kind):
    torch.manual_seed(5)
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 3))
    X, y = torch.randn(31, 4), torch.arange(31) % 3
    X[:, 0] += y
    batches = [(X[i : i + 8], y[i : i + 8]) for i in range(0, 20, 8)], [(X[20:27], y[20:27]), (X[27:], y[27:])]
    if kind == "constant":
        return model, *batches, torch.optim.Adam(model.parameters(), lr=0.02), None
    groups = [{"params": model[0].parameters(), "lr": 0.1}, {"params": model[4].parameters(), "lr": 0.3}]
    optimizer = torch.optim.SGD(groups, momentum=0.5)
    if kind == "cosine":
        return model, *batches, optimizer, torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=4)
    return model, *batches, optimizer, torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.1)


def asked(kind, n_epochs):
    model, train, val, optimizer, scheduler = problem(kind)
    state = {name: value.clone() for name, value in model.state_dict().items()}
    torch.manual_seed(6)
    history = fit(model, train, val, F.cross_entropy, optimizer, n_epochs, scheduler)
    kept = all(torch.equal(value, state[name]) for name, value in model.state_dict().items())
    after = None if scheduler is None else scheduler.last_epoch
    return history, [p.detach() for p in model.parameters()], kept, after, optimizer.param_groups[0]["lr"]


def written_out(kind, n_epochs):
    model, train, val, optimizer, scheduler = problem(kind)
    history = {key: [] for key in ("train_loss", "train_accuracy", "val_loss", "val_accuracy")}
    torch.manual_seed(6)
    for _ in range(n_epochs):
        model.train()
        for X, y in train:
            model.zero_grad()
            F.cross_entropy(model(X), y).backward()
            optimizer.step()
        model.eval()
        for part, batches in (("train", train), ("val", val)):
            X, y = (torch.cat(parts) for parts in zip(*batches, strict=True))
            P = model(X).detach().double().softmax(dim=1).numpy()
            history[f"{part}_loss"].append(log_loss(y.numpy(), P, labels=range(3)))
            history[f"{part}_accuracy"].append(accuracy_score(y.numpy(), P.argmax(axis=1)))
        if scheduler is not None:
            scheduler.step()
    return history, [p.detach() for p in model.parameters()], optimizer.param_groups[0]["lr"]


rates = {
    "constant": [0.02] * 5,
    "cosine": [0.05 * (1 + math.cos(math.pi * e / 4)) for e in range(4)],
    "steps": [0.1, 0.1, 0.01, 0.01, 0.001],
}
for kind, expected_rates in rates.items():
    n_epochs = len(expected_rates)
    history, parameters, _, steps, last = observe(lambda k=kind, n=n_epochs: asked(k, n), using=stand_ins)
    expected, expected_parameters, expected_last = written_out(kind, n_epochs)
    what = f"{n_epochs} epochs, {kind} rate"
    assert type(history) is dict, f"fit returned a {type(history).__name__}."
    assert sorted(history) == sorted([*expected, "lr"]), f"The history's keys are {sorted(history)}."
    for key, values in {**expected, "lr": expected_rates}.items():
        assert type(history[key]) is list and len(history[key]) == n_epochs, (
            f"history[{key!r}] is not a list of {n_epochs}."
        )
        for value in history[key]:
            assert_number(value, f"an entry of history[{key!r}]")
        # Float32 training, 15 steps: rounding stays far below this, a wrong order of the four moves does not.
        assert_close(np.array(history[key]), np.array(values), f"history[{key!r}], {what}", "", 1e-3, 1e-5)
    for seen, wanted in zip(parameters, expected_parameters, strict=True):
        assert_close(seen, wanted, f"a parameter after {what}", "Does each epoch use its own rate?", 1e-3, 1e-4)
    assert steps in (None, n_epochs), f"After {what} the scheduler has made {steps} steps."
    assert_close(float(last), float(expected_last), f"the optimizer's rate after {what}", "", 1e-6, 1e-9)
history, _, kept, steps, _ = observe(lambda: asked("steps", 0), using=stand_ins)
assert all(values == [] for values in history.values()) and len(history) == 5, (
    f"With 0 epochs the history is {history}."
)
assert kept and steps == 0, "With 0 epochs the model or the scheduler was changed."


def devices():
    seen = []

    def note_training(model, loader, loss_fn, optimizer, device="absent"):
        seen.append(["train", str(device), loss_fn(1), len(loader)])
        optimizer.step()
        return 0.0

    def note_evaluation(model, loader, loss_fn, device="absent"):
        seen.append(["evaluate", str(device), loss_fn(1), len(loader)])
        return 0.0, 0.0

    return seen, note_training, note_evaluation


notes, note_training, note_evaluation = devices()


def noted():
    notes.clear()
    model = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    fit(model, [0, 0], [0], lambda x: 7 * x, optimizer, 1, device="meta")
    return notes


seen = observe(noted, using={"train_epoch": note_training, "evaluate": note_evaluation})
expected = [["train", "meta", 7, 2], ["evaluate", "meta", 7, 2], ["evaluate", "meta", 7, 1]]
assert seen == expected, f"train_epoch and evaluate were called in this way (which, device, loss, batches): {seen}."


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** A dozen lines, and nothing in them knows about images or clothes. In particular the loop does not know *which* model, loss, optimiser or schedule it runs; each is handed in. The evaluation of the training part also draws
# from the loader's generator, since a pass through it draws an order. The run stays repeatable, as every run makes the same passes.
# %% [markdown]
# # Part 4: better steps
#
# An optimiser turns gradients into steps. So far a step was $\theta \leftarrow \theta - \eta\, g$. It has two weaknesses. In a long, narrow valley the gradient points across the valley, and the path zigzags. And one rate serves all parameters, though
# their gradients may differ by orders of magnitude.
#
# ## Momentum
#
# Keep a **velocity** $v$ for each parameter, of the same shape, zero at first:
#
# $$v \leftarrow \beta v + g, \qquad \theta \leftarrow \theta - \eta\, v .$$
#
# Unroll it: after $t$ steps $v_t = g_t + \beta g_{t-1} + \beta^2 g_{t-2} + \dots$, a sum of past gradients with weights that fade. What alternates in sign cancels. What persists adds up: for a constant gradient, $v$ tends to the sum of the geometric series,
#
# $$v_t = (1 + \beta + \dots + \beta^{t-1})\, g \;\to\; \frac{g}{1 - \beta} .$$
#
# With $\beta = 0.9$ a steady direction is followed ten times as fast. A worked example with $\theta = 1$, $\eta = 0.1$, $\beta = 0.5$ and the gradients 2, then 4: $v = 2$ and $\theta = 0.8$; then $v = 0.5 \cdot 2 + 4 = 5$ and $\theta = 0.3$.
# %% [markdown]
# ### Exercise 9: `momentum_step_` (1.5 points, ★★☆)
#
# Write one step for a list of parameters, equal to `torch.optim.SGD(params, lr=lr, momentum=beta)`. The parameters and the velocities are changed in place; the gradients are not. A parameter may be an `nn.Parameter`, which records: the step itself must not be recorded (PS 6).
# The check of the lengths is given.
#
# <details><summary>Hint</summary>
# <code>torch.no_grad()</code>, and methods with an underscore such as <code>v.mul_(beta)</code>.
# </details>
# %% nbgrader={"grade": false, "grade_id": "momentum_step_", "locked": false, "schema_version": 3, "solution": true, "task": false}
def momentum_step_(
    params: list[torch.Tensor], grads: list[torch.Tensor], velocities: list[torch.Tensor], lr: float, beta: float
) -> None:
    """One step of gradient descent with momentum, in place.

    Parameters
    ----------
    params : list of Tensor
        They are changed.
    grads : list of Tensor
        One of each parameter's shape.
    velocities : list of Tensor
        One of each parameter's shape, zeros before the first step. They are changed.
    lr : float
        Learning rate.
    beta : float
        Share of the velocity that is kept, in [0, 1).

    Raises
    ------
    ValueError
        If the lists differ in length; the message gives the lengths.
    """
    if not len(params) == len(grads) == len(velocities):
        raise ValueError(
            f"{len(params)} params, {len(grads)} grads, {len(velocities)} velocities: one of each is needed"
        )
    # For each parameter: its velocity, then its step.
    ### BEGIN SOLUTION
    with torch.no_grad():
        for p, g, v in zip(params, grads, velocities, strict=True):
            v.mul_(beta).add_(g)
            p.sub_(lr * v)
    ### END SOLUTION


# %% [markdown]
# The next cell goes down a narrow bowl, $f(\theta) = \frac{1}{2} (\theta_1^2 + 25\, \theta_2^2)$, with and without momentum. The gradient is $(\theta_1,\; 25\, \theta_2)$.
# %% tags=["try-it"]
def bowl_gradient(p):
    return torch.tensor([1.0, 25.0]) * p


bowl_axes = np.linspace(-11, 3, 80), np.linspace(-3, 3, 60)
bowl = 0.5 * (bowl_axes[0][None, :] ** 2 + 25 * bowl_axes[1][:, None] ** 2)
bowl_paths = {}
for beta, name in [(0.0, "no momentum"), (0.7, r"$\beta = 0.7$")]:
    p, v = torch.tensor([-10.0, 1.5]), torch.zeros(2)
    path = [p.numpy().copy()]
    for _ in range(30):
        momentum_step_([p], [bowl_gradient(p)], [v], lr=0.076, beta=beta)
        path.append(p.numpy().copy())
    bowl_paths[name] = np.array(path)
    print(f"beta = {beta}: distance from the minimum after 30 steps {np.linalg.norm(path[-1]):.2f}")
ax = plotting.loss_surface(
    bowl, *bowl_axes, bowl_paths, title="Your steps, 30 each", xlabel=r"$\theta_1$", ylabel=r"$\theta_2$"
)


# %% nbgrader={"grade": true, "grade_id": "test_momentum_step_", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# The worked example of the text, on a parameter that records.
def two_steps():
    p, v = nn.Parameter(torch.tensor([1.0])), torch.zeros(1)
    velocities, seen = [v], []
    for g in (2.0, 4.0):
        grads = [torch.tensor([g])]
        momentum_step_([p], grads, velocities, lr=0.1, beta=0.5)
        seen.append((p.item(), velocities[0].item(), grads[0].item()))
    return seen, p.requires_grad and p.is_leaf


seen, still_a_leaf = observe(two_steps)
for number, ((p, v, g), wanted) in enumerate(zip(seen, [(0.8, 2.0, 2.0), (0.3, 5.0, 4.0)], strict=True), start=1):
    hint = "Is the old velocity scaled before the gradient is added?"
    assert_close(v, wanted[1], f"the velocity after step {number}", hint, rtol=1e-5)
    assert_close(p, wanted[0], f"theta after step {number}", "Does it move by lr times the new velocity?", rtol=1e-5)
    assert_close(g, wanted[2], f"the gradient after step {number}", "Was it changed in place?")
assert still_a_leaf, "The parameter should still be a leaf that records."
# %% nbgrader={"grade": true, "grade_id": "hidden_momentum_step_", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against torch.optim.SGD over several steps: shapes, both precisions, beta 0, many parameters, objects kept.
rng = np.random.default_rng(79)


def steps(starts, gradients, lr, beta, dtype, by_torch):
    params = [nn.Parameter(torch.tensor(a, dtype=dtype)) for a in starts]
    objects = list(params)
    velocities = [torch.zeros_like(p).detach() for p in params]
    optimizer = torch.optim.SGD(params, lr=lr, momentum=beta) if by_torch else None
    unchanged, path = True, []
    for row in gradients:
        grads = [torch.tensor(g, dtype=dtype) for g in row]
        if by_torch:
            for p, g in zip(params, grads, strict=True):
                p.grad = g
            optimizer.step()
        else:
            kept = [g.clone() for g in grads]
            momentum_step_(params, grads, velocities, lr=lr, beta=beta)
            unchanged = unchanged and all(torch.equal(a, b) for a, b in zip(grads, kept, strict=True))
        path.append([p.detach().clone() for p in objects])
    fine = all(p.is_leaf and p.requires_grad and p.grad_fn is None for p in objects)
    return path, unchanged, fine, [v.requires_grad for v in velocities], len(velocities)


shapes = [(3, 4), (4,), (), (1, 1), (2, 3, 2)]
starts = [rng.normal(size=shape) for shape in shapes]
gradients = [[rng.normal(size=shape) for shape in shapes] for _ in range(6)]
for dtype, tolerance in ((torch.float64, 1e-10), (torch.float32, 1e-5)):
    for lr, beta in [(0.1, 0.9), (0.03, 0.5), (0.5, 0.0), (1.0, 0.99)]:
        path, unchanged, fine, recording, n = observe(
            lambda lr=lr, beta=beta, dtype=dtype: steps(starts, gradients, lr, beta, dtype, False)
        )
        expected = steps(starts, gradients, lr, beta, dtype, True)[0]
        for i, (seen_row, wanted_row) in enumerate(zip(path, expected, strict=True)):
            for seen, wanted in zip(seen_row, wanted_row, strict=True):
                what = f"a parameter {tuple(wanted.shape)} after step {i + 1}, lr {lr}, beta {beta}"
                assert_tensor(seen, what, shape=tuple(wanted.shape), dtype=dtype)
                assert_close(seen, wanted, what, "As torch.optim.SGD?", tolerance, tolerance)
        assert unchanged, "A gradient was changed in place."
        assert fine, "A parameter is no longer a leaf that records."
        assert not any(recording) and n == len(shapes), "A velocity records, or there are more or fewer than before."
one = [torch.zeros(2)]
for arguments in ((one * 2, one, one), (one, one * 2, one), (one, one, [])):
    lengths = [len(a) for a in arguments]
    assert_raises(
        ValueError,
        lambda arguments=arguments: observe(lambda: momentum_step_(*arguments, lr=0.1, beta=0.9)),
        f"momentum_step_ with lists of lengths {lengths}",
        mention=str(lengths[0]),
    )


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** Across the bowl the gradient changes its sign at every step, so momentum damps it; along the bowl it keeps its sign, so momentum adds it up. The price is inertia: the path overshoots the minimum and has to come back. Some texts write $v \leftarrow \beta v + (1 - \beta) g$ instead.
# That is the same method with another rate, so a rate from a paper is worth little without its formula.
# %% [markdown]
# ## Adam
#
# Adam keeps two running averages for each parameter, both zero at first, and counts the steps $t = 1, 2, \dots$ All operations are element by element:
#
# $$m_t = \beta_1 m_{t-1} + (1 - \beta_1)\, g_t, \qquad s_t = \beta_2 s_{t-1} + (1 - \beta_2)\, g_t^2 .$$
#
# Both begin too small, because they begin at 0. By how much? Unroll the first one for a constant gradient $g$:
#
# $$m_t = (1 - \beta_1) \sum_{i=1}^{t} \beta_1^{\,t - i} g = (1 - \beta_1) \cdot \frac{1 - \beta_1^{\,t}}{1 - \beta_1}\, g = (1 - \beta_1^{\,t})\, g .$$
#
# So divide by $1 - \beta_1^{\,t}$, and $s_t$ by $1 - \beta_2^{\,t}$ for the same reason. This is the **bias correction**. Then step:
#
# $$\hat m = \frac{m_t}{1 - \beta_1^{\,t}}, \qquad \hat s = \frac{s_t}{1 - \beta_2^{\,t}}, \qquad \theta \leftarrow \theta - \eta\, \frac{\hat m}{\sqrt{\hat s} + \epsilon} .$$
#
# For a steady gradient $\hat m / \sqrt{\hat s} = g / |g| = \pm 1$: every parameter moves by about $\eta$ a step, **whatever the size of its gradient**. The small $\epsilon$ stands outside of the root and prevents a division by 0.
#
# A worked example with $\eta = 0.1$, $\beta_1 = \beta_2 = 0.5$, $\epsilon = 0$, $\theta = 1$ and the gradients 2, then 4. First step: $m = 1$, $s = 2$, corrected $\hat m = 2$, $\hat s = 4$, so $\theta = 1 - 0.1 \cdot 2 / 2 = 0.9$. Second step: $m = 2.5$, $s = 9$, both divided by $0.75$: $\hat m = 10/3$, $\hat s = 12$, so
# $\theta = 0.9 - 0.1 \cdot 0.962 = 0.804$.
#
# The next picture shows the averages with the default $\beta$s for a gradient that is always 1. Without the correction, how long would it take until $s$ has the right size?
# %% tags=["try-it"]
ages = np.arange(1, 1001)
fig, ax = plt.subplots(figsize=(5.5, 3))
for beta, style, name in [(0.9, "-", r"$m_t$ with $\beta_1 = 0.9$"), (0.999, "--", r"$s_t$ with $\beta_2 = 0.999$")]:
    ax.semilogx(ages, 1 - beta**ages, style, label=name)
ax.axhline(1, color="0.4", linewidth=1, linestyle=":")
ax.text(1, 0.95, "corrected: 1 from the first step on", va="top", fontsize=8)
ax.set(xlabel="step", ylabel="running average", title="Averages of a gradient that is always 1", ylim=(0, 1.1))
legend = ax.legend(loc="center left", fontsize=8)


# %% [markdown]
# ### Exercise 10: `adam_step_` (2 points, ★★★)
#
# Write one step for a list of parameters, equal to `torch.optim.Adam`. `state` is an empty dict before the first step; keep in it whatever you need from one step to the next. Nothing may be kept elsewhere, so that two trainings with two states do not meet. The parameters and
# the state are changed in place; the gradients are not, and the step is not recorded. A gradient of exactly 0 at every step leaves its parameter where it is. The check of the lengths is given.
#
# <details><summary>Hint</summary>
# If the state is empty, put a step count and two lists of zeros into it. Count once a call, not once a parameter.
# </details>
# %% nbgrader={"grade": false, "grade_id": "adam_step_", "locked": false, "schema_version": 3, "solution": true, "task": false}
def adam_step_(
    params: list[torch.Tensor],
    grads: list[torch.Tensor],
    state: dict,
    lr: float,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
) -> None:
    """One step of Adam, in place.

    Parameters
    ----------
    params : list of Tensor
        They are changed.
    grads : list of Tensor
        One of each parameter's shape.
    state : dict
        Empty before the first step; it is changed.
    lr : float
        Learning rate.
    betas : (float, float)
        Decay of the averages of the gradient and of its square, each in [0, 1).
    eps : float
        Added to the root.

    Raises
    ------
    ValueError
        If params and grads differ in length; the message gives both lengths.

    Notes
    -----
    Kingma and Ba, Adam: a method for stochastic optimization (ICLR 2015), algorithm 1.
    """
    if len(params) != len(grads):
        raise ValueError(f"{len(params)} params and {len(grads)} grads: one of each is needed")
    # At the first step: the count and both averages.
    ### BEGIN SOLUTION
    if not state:
        state["t"] = 0
        state["m"] = [torch.zeros_like(g) for g in grads]
        state["s"] = [torch.zeros_like(g) for g in grads]
    ### END SOLUTION
    # One more step, and what the averages lack by now.
    ### BEGIN SOLUTION
    state["t"] += 1
    lack_m, lack_s = (1 - beta ** state["t"] for beta in betas)
    ### END SOLUTION
    # For each parameter: both averages, then its step.
    ### BEGIN SOLUTION
    with torch.no_grad():
        for p, g, m, s in zip(params, grads, state["m"], state["s"], strict=True):
            m.mul_(betas[0]).add_((1 - betas[0]) * g)
            s.mul_(betas[1]).add_((1 - betas[1]) * g**2)
            p.sub_(lr * (m / lack_m) / ((s / lack_s).sqrt() + eps))
    ### END SOLUTION


# %% tags=["try-it"]
p, state = torch.tensor([-10.0, 1.5]), {}
path = [p.numpy().copy()]
for _ in range(60):
    adam_step_([p], [bowl_gradient(p)], state, lr=0.4)
    path.append(p.numpy().copy())
ax = plotting.loss_surface(
    bowl,
    *bowl_axes,
    bowl_paths | {"Adam, lr 0.4, 60 steps": np.array(path)},
    title="Three optimisers in one bowl",
    xlabel=r"$\theta_1$",
    ylabel=r"$\theta_2$",
)
print("Adam's first step:", [f"{step:.2f}" for step in path[1] - path[0]])


# %% [markdown]
# Adam's first step is 0.4 in *both* directions, though one gradient is nearly four times the other. The path starts diagonally, as if the bowl were round.
# %% nbgrader={"grade": true, "grade_id": "test_adam_step_", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# The worked example of the text, on a parameter that records, beside a second one with other gradients.
def two_steps():
    params, state, seen = [nn.Parameter(torch.tensor([1.0])), nn.Parameter(torch.zeros(2))], {}, []
    for g in (2.0, 4.0):
        grads = [torch.tensor([g]), torch.tensor([0.0, -100.0])]
        adam_step_(params, grads, state, lr=0.1, betas=(0.5, 0.5), eps=1e-12)
        seen.append((params[0].item(), params[1].detach().clone(), grads[0].item()))
    return seen, all(p.requires_grad and p.is_leaf for p in params)


seen, still_leaves = observe(two_steps)
expected = 0.9 - 0.1 * (10 / 3) / math.sqrt(12)
for number, ((p, other, g), wanted) in enumerate(zip(seen, [0.9, expected], strict=True), start=1):
    hint = "Are both averages corrected, each with its own beta and with the number of this step?"
    assert_close(p, wanted, f"theta after step {number}", hint, rtol=1e-5)
    wanted = np.array([0.0, 0.1 * number])
    assert_close(other, wanted, f"a second parameter with the gradients 0 and -100, after step {number}", hint, 1e-5)
    assert_close(g, (2.0, 4.0)[number - 1], f"the gradient after step {number}", "Was it changed in place?")
assert still_leaves, "The parameters should still be leaves that record."
# %% nbgrader={"grade": true, "grade_id": "hidden_adam_step_", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against torch.optim.Adam over several steps: defaults, other betas and eps, shapes, both precisions, zeros, two states.
rng = np.random.default_rng(80)


def steps(starts, gradients, options, dtype, by_torch):
    params = [nn.Parameter(torch.tensor(a, dtype=dtype)) for a in starts]
    objects, state = list(params), {}
    optimizer = torch.optim.Adam(params, **options, foreach=False) if by_torch else None
    unchanged, path = True, []
    for row in gradients:
        grads = [torch.tensor(g, dtype=dtype) for g in row]
        if by_torch:
            for p, g in zip(params, grads, strict=True):
                p.grad = g
            optimizer.step()
        else:
            kept = [g.clone() for g in grads]
            adam_step_(params, grads, state, **options)
            unchanged = unchanged and all(torch.equal(a, b) for a, b in zip(grads, kept, strict=True))
        path.append([p.detach().clone() for p in objects])
    return path, unchanged, all(p.is_leaf and p.requires_grad for p in objects)


shapes = [(3, 4), (4,), (), (2, 1)]
starts = [rng.normal(size=shape) for shape in shapes]
gradients = [[rng.normal(size=shape) * 10.0 ** rng.integers(-4, 3) for shape in shapes] for _ in range(8)]
for row in gradients:
    row[1][:2] = 0.0
cases = [
    {"lr": 0.01},
    {"lr": 0.1, "betas": (0.5, 0.9)},
    {"lr": 0.05, "eps": 0.3},
    {"lr": 0.2, "betas": (0.0, 0.99), "eps": 1e-3},
    {"lr": 0.2, "betas": (0.95, 0.0), "eps": 0.01},
]
for dtype, tolerance in ((torch.float64, 1e-9), (torch.float32, 1e-4)):
    for options in cases:
        path, unchanged, fine = observe(lambda o=options, d=dtype: steps(starts, gradients, o, d, False))
        expected = steps(starts, gradients, options, dtype, True)[0]
        for i, (seen_row, wanted_row) in enumerate(zip(path, expected, strict=True)):
            for seen, wanted in zip(seen_row, wanted_row, strict=True):
                what = f"a parameter {tuple(wanted.shape)} after step {i + 1} with {options}"
                assert_tensor(seen, what, shape=tuple(wanted.shape), dtype=dtype)
                assert_close(seen, wanted, what, "As torch.optim.Adam?", tolerance, tolerance)
        assert unchanged, "A gradient was changed in place."
        assert fine, "A parameter is no longer a leaf that records."


def two_trainings():
    pairs = [([torch.zeros(2)], {}), ([torch.zeros(2)], {})]
    for i in range(4):
        for j, (params, state) in enumerate(pairs):
            if j == 0 or i >= 2:
                adam_step_(params, [torch.tensor([1.0 + i, -3.0]) * (1 - 4 * j)], state, lr=0.1)
    alone, state = [torch.zeros(2)], {}
    for i in range(2, 4):
        adam_step_(alone, [torch.tensor([1.0 + i, -3.0]) * -3], state, lr=0.1)
    return pairs[1][0][0], alone[0], len(pairs[0][1]) > 0


seen, alone, filled = observe(two_trainings)
assert_close(
    seen, alone, "a training with its own state beside another one", "Is anything kept outside of the state?", 1e-5
)
assert filled, "The state is still empty after a step."
one = [torch.zeros(2)]
for n, m in [(2, 1), (1, 3)]:
    assert_raises(
        ValueError,
        lambda n=n, m=m: observe(lambda: adam_step_(one * n, one * m, {}, lr=0.1)),
        f"adam_step_ with {n} params and {m} grads",
        mention=str(m),
    )


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The correction matters most at the beginning. With the default $\beta$s the first uncorrected step would be $0.1\, g / \sqrt{0.001\, g^2} \approx 3.2$ times the rate. The state belongs to the training, not to the function, which is why it is an argument. Adam keeps two more numbers for each
# parameter, beside the parameter and its gradient: twice the memory of plain gradient descent, a real cost for a very large model.
# %% [markdown]
# ## One network, trained in five ways
#
# Now compare, with your loaders and your `fit`. Every run begins with the same weights and makes six passes through the 3000 images. Each run has a rate of its own that did well for it in a few trials; one rate for all would be unfair to most. (The run with the schedule begins with the rate of the run without.)
# %% tags=["try-it"]
torch.manual_seed(0)
start = make_mlp([784, 100, 10])
n_epochs = 6
plans = {
    "full batch": (3000, torch.optim.SGD, 0.3, False),
    "batches of 64": (64, torch.optim.SGD, 0.2, False),
    "batches of 8": (8, torch.optim.SGD, 0.05, False),
    "Adam": (64, torch.optim.Adam, 0.005, False),
    "Adam, cosine": (64, torch.optim.Adam, 0.005, True),
}
runs, trained = {}, {}
for name, (batch_size, optimizer_class, lr, scheduled) in plans.items():
    model = copy.deepcopy(start)
    train_loader, val_loader = make_loaders(X_train, y_train, X_val, y_val, batch_size, seed=0)
    optimizer = optimizer_class(model.parameters(), lr=lr)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=n_epochs) if scheduled else None
    begin = time.perf_counter()
    runs[name] = fit(model, train_loader, val_loader, F.cross_entropy, optimizer, n_epochs, scheduler)
    used = time.perf_counter() - begin
    runs[name]["seconds"] = np.linspace(0, used, n_epochs + 1)[1:].tolist()
    trained[name] = model
    print(
        f"{name:<13} {len(train_loader) * n_epochs:>4} steps, validation accuracy {runs[name]['val_accuracy'][-1]:.0%}"
    )
fig, axes = plt.subplots(1, 2, figsize=(11, 4), sharex=True)
plotting.learning_curves(runs, metrics=("train_loss",), ax=axes[0], title="Training loss by epoch")
plotting.learning_curves(runs, metrics=("val_loss",), ax=axes[1], title="Validation loss by epoch")
for ax in axes:
    ax.set(yscale="log", ylim=(0.25, 2.5))
    ax.set_yticks([0.3, 0.5, 1, 2], ["0.3", "0.5", "1", "2"])
    ax.minorticks_off()
# %% [markdown]
# An epoch is not a second. The next cell draws the same runs against the clock, with the time that `fit` took, evaluation included.
# %% tags=["try-it"]
# NBVAL_IGNORE_OUTPUT
fig, axes = plt.subplots(1, 2, figsize=(11, 4), sharex=True)
plotting.learning_curves(runs, metrics=("train_loss",), ax=axes[0], x="seconds", title="Training loss by second")
plotting.learning_curves(runs, metrics=("val_loss",), ax=axes[1], x="seconds", title="Validation loss by second")
for ax in axes:
    ax.set(yscale="log", ylim=(0.25, 2.5))
    ax.set_yticks([0.3, 0.5, 1, 2], ["0.3", "0.5", "1", "2"])
    ax.minorticks_off()
for name, run in runs.items():
    print(f"{name:<13} {run['seconds'][-1] / n_epochs:.2f} s an epoch")


# %% [markdown]
# ### Question 1 (1 point)
#
# Look at the four plots and at the printed lines. Why does the full batch learn so little in six epochs, though its gradient is exact? (Compare its time an epoch, too.) Compare batches of 8 and of 64, by epoch and by second. What does the schedule change for Adam, on the training and on the validation data?
# %% [markdown] nbgrader={"grade": true, "grade_id": "discuss_optimisers", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# The full batch makes one step an epoch, six in all, where batches of 64 make 282. An exact gradient is worth more than a noisy one, but not 47 times more, as its error falls with the root of the batch size only.
# It is not cheaper either: an epoch fetches each image and sends it through the network forwards and backwards, whatever the size of the batch.
#
# By epoch the batches of 8 are ahead of the batches of 64, because they make eight times as many steps. By second this advantage is lost, at least in part: every step has costs of its own, for the bookkeeping and the optimiser, so their epochs take longer.
#
# Adam with a constant rate falls fast and then jumps about, on the validation data above all: the noise of the minibatches times a rate that stays large. With the cosine schedule the last epochs use small steps, and the curves become smooth. In this run both end at nearly the same training loss, the one with the schedule a little lower. The validation
# loss of the constant rate has risen again, while with the schedule it settles at the lowest value of all runs. A gap between training and validation remains: what is gained on the training images at the end is mostly learned by heart, and no optimiser cures that.
# %% [markdown]
# # Part 5: where is it wrong?
#
# One accuracy hides ten classes. For each class $c$ two questions can be asked:
#
# $$\text{precision}_c = \frac{\text{samples of class } c \text{ that are predicted as } c}{\text{samples predicted as } c}, \qquad \text{recall}_c = \frac{\text{samples of class } c \text{ that are predicted as } c}{\text{samples of class } c} .$$
#
# Precision: can I believe the model when it says "shirt"? Recall: does it find the shirts? The **support** of a class is the number of its samples. A class that is never predicted has no precision, and one that never occurs has no recall: $0/0$. Both count as 0 here.
# %% [markdown]
# ### Exercise 11: `per_class_report` (1.5 points, ★★☆)
#
# Make the table, one row a class. Predict as `evaluate` does: in evaluation mode, without recording, and with every module in its old mode afterwards. No division may warn.
#
# <details><summary>Hint</summary>
# Collect the labels and the predictions of all batches first. For class <code>c</code>, three counts are needed. A numerator is 0 whenever its denominator is, so the denominator may be replaced by 1 there.
# </details>
# %% nbgrader={"grade": false, "grade_id": "per_class_report", "locked": false, "schema_version": 3, "solution": true, "task": false}
def per_class_report(model: nn.Module, loader: Iterable, class_names: list[str]) -> pd.DataFrame:
    """Precision, recall and support of each class.

    Parameters
    ----------
    model : nn.Module
        Outputs (n, k); a sample's prediction is the place of its largest output.
    loader : iterable of (inputs, targets)
        Batches of tensors, targets int64 (n,).
    class_names : list of str
        The names of the k classes, in the labels' order.

    Returns
    -------
    DataFrame
        Columns precision and recall (float, 0 where undefined) and support (int); its index is class_names. The modes
        of all modules are left as they were.
    """
    # Labels and predictions of all batches, in evaluation mode.
    ### BEGIN SOLUTION
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    with torch.no_grad():
        pairs = [(targets, model(inputs).argmax(dim=1)) for inputs, targets in loader]
    for module, training in modes:
        module.training = training
    y_true, y_pred = (torch.cat(parts).numpy() for parts in zip(*pairs, strict=True))
    ### END SOLUTION
    # Count the hits, the predictions and the samples of each class.
    ### BEGIN SOLUTION
    k = len(class_names)
    hits = np.bincount(y_true[y_true == y_pred], minlength=k)
    predicted = np.bincount(y_pred, minlength=k)
    support = np.bincount(y_true, minlength=k)
    ### END SOLUTION
    # The table.
    ### BEGIN SOLUTION
    table = {"precision": hits / np.maximum(predicted, 1), "recall": hits / np.maximum(support, 1), "support": support}
    return pd.DataFrame(table, index=class_names)
    ### END SOLUTION


# %% [markdown]
# On the test images, with the network that Adam and the cosine schedule trained:
# %% tags=["try-it"]
best = trained["Adam, cosine"]
test_loader = DataLoader(ArrayDataset(X_test, y_test), batch_size=200, generator=torch.Generator())
print(f"test accuracy: {evaluate(best, test_loader, F.cross_entropy)[1]:.0%}")
report = per_class_report(best, test_loader, class_names).sort_values("recall")
fig, ax = plt.subplots(figsize=(6, 3.4))
places = np.arange(10)
ax.hlines(places, report["precision"], report["recall"], color="0.7", linewidth=1)
ax.plot(report["precision"], places, "s", color=plotting.COLOURS[1], markersize=7, label="precision")
ax.plot(report["recall"], places, "o", color=plotting.COLOURS[0], markersize=5, label="recall")
ax.set_yticks(places, report.index)
ax.set(xlabel="fraction", title="Your report, by recall", xlim=(0.4, 1.02))
ax.grid(axis="y", color="0.92")
legend = ax.legend(loc="upper left")
print("lowest recall:", report.index[0])
# %% [markdown]
# What is this class taken for? The confusion matrix has all pairs, and the images show what the network saw.
# %% tags=["try-it"]
from sklearn.metrics import confusion_matrix

with torch.no_grad():
    predictions = best.eval()(torch.tensor(X_test)).argmax(dim=1).numpy()
fig, ax = plt.subplots(figsize=(7.5, 6))
ax = plotting.confusion_heatmap(
    confusion_matrix(y_test, predictions), class_names, ax=ax, title="True classes and predictions, test images"
)
ax.tick_params(axis="x", rotation=40)
worst = class_names.index(report.index[0])
mistaken = np.flatnonzero((y_test == worst) & (predictions != worst))[:10]
ax = plotting.image_grid(
    X_test[mistaken],
    titles=[class_names[c] for c in predictions[mistaken]],
    columns=5,
    title=f"Images of the class {class_names[worst]}, and what they were taken for",
)


# %% nbgrader={"grade": true, "grade_id": "test_per_class_report", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Six samples of three classes in batches of 4 and 2, through a dropout layer. Class "b" is never predicted, class "c"
# never occurs.
def six_samples():
    model = nn.Dropout(0.5)
    outputs, targets = torch.eye(3)[[0, 0, 0, 0, 2, 2]], torch.tensor([0, 0, 1, 1, 0, 1])
    batches = [(outputs[:4], targets[:4]), (outputs[4:], targets[4:])]
    return per_class_report(model, batches, ["a", "b", "c"]), model.training


seen, training = observe(six_samples)
assert type(seen) is pd.DataFrame, f"per_class_report should return a DataFrame; it is a {type(seen).__name__}."
assert list(seen.columns) == ["precision", "recall", "support"], f"The columns are {list(seen.columns)}."
assert list(seen.index) == ["a", "b", "c"], f"The index is {list(seen.index)}. It should be class_names."
for column, expected in {"precision": [2 / 4, 0.0, 0.0], "recall": [2 / 3, 0.0, 0.0], "support": [3, 3, 0]}.items():
    values = seen[column].to_numpy()
    kind = np.integer if column == "support" else np.floating
    assert_array(values, f"the column {column}", shape=(3,), dtype=kind)
    hint = "By which count is it divided? Are batches put together before? Is 0/0 counted as 0?"
    assert_close(values, np.array(expected), f"the column {column}", hint, rtol=1e-6)
assert training, "After per_class_report the model should be in the mode in which it was."
# %% nbgrader={"grade": true, "grade_id": "hidden_per_class_report", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against scikit-learn, with absent classes, uneven batches, one class, warnings as errors; modes and graphs.
from sklearn.metrics import precision_recall_fscore_support

rng = np.random.default_rng(81)


def asked(logits, targets, names, batch_size):
    model = nn.Sequential(nn.Identity(), nn.Sequential(nn.Dropout(0.6), nn.BatchNorm1d(len(names))))
    model[1].eval()
    seen = []
    model.register_forward_hook(lambda m, a, out: seen.append([out.requires_grad, *[p.training for p in m.modules()]]))
    modes = [m.training for m in model.modules()]
    T, y = torch.tensor(logits, dtype=torch.float32), torch.tensor(targets)
    batches = [(T[i : i + batch_size], y[i : i + batch_size]) for i in range(0, len(y), batch_size)]
    kept = list(names)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report = per_class_report(model, batches, names)
    clean = seen == [[False] * 6] * len(batches)
    return report, clean, [m.training for m in model.modules()] == modes, list(names) == kept


cases = [(40, 4, 4, 7), (1, 3, 3, 5), (60, 6, 3, 60), (25, 5, 5, 1), (9, 1, 1, 4), (200, 10, 8, 64)]
for n, k, n_occurring, batch_size in cases:
    logits, targets = rng.normal(size=(n, k)), rng.integers(0, n_occurring, n)
    logits[np.arange(n), targets] += 1.0 if n > 1 else 9.0
    logits[:, k - 1] -= 0.0 if k < 5 else 50.0  # of five and more classes the last one is never predicted
    names = [f"class {chr(97 + (7 * i) % 26)}" for i in range(k)]
    report, clean, modes_kept, names_kept = observe(
        lambda a=logits, t=targets, s=names, b=batch_size: asked(a, t, s, b)
    )
    what = f"{n} samples, {k} classes, batches of {batch_size}"
    assert type(report) is pd.DataFrame, f"The report is a {type(report).__name__}."
    assert list(report.index) == names, f"The index is {list(report.index)}, {what}."
    assert list(report.columns) == ["precision", "recall", "support"], f"The columns are {list(report.columns)}."
    precision, recall, _, support = precision_recall_fscore_support(
        targets, logits.argmax(axis=1), labels=range(k), zero_division=0
    )
    for column, expected in {"precision": precision, "recall": recall, "support": support}.items():
        values = report[column].to_numpy()
        assert_array(values, f"{column}, {what}", shape=(k,), dtype=np.integer if column == "support" else np.floating)
        assert_close(values, expected, f"{column}, {what}", "0 where undefined?", rtol=1e-6)
    assert clean, "During per_class_report a part of the model was in training mode, or outputs recorded."
    assert modes_kept, "After per_class_report a part of the model is not in the mode in which it was."
    assert names_kept, "class_names was changed."


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** Three counts for each class are the diagonal, the column sums and the row sums of the confusion matrix of PS 3 and PS 4. They add up over batches; precisions and recalls do not, so they are computed once, at the end.
# %% [markdown]
# ### Question 2 (1 point)
#
# Which class has the lowest recall, and what is it taken for? Describe from the images why. Is its precision low as well, and what does that say about the other classes' mistakes? Name one piece of information that a person would use here and that this network cannot have.
# %% [markdown] nbgrader={"grade": true, "grade_id": "discuss_worst_class", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# In this run the class with the lowest recall is "Shirt". It is taken for "Pullover" and "T-shirt/top" most often, then for "Coat". All of these are upper garments with the same outline: a trunk with two sleeves, in the middle of the image. What tells a shirt apart is small: a collar, a row of buttons, a certain length of the sleeve.
# At 28 x 28 pixels much of it is lost, and some of the images could not be named by a person either. Its precision is low as well, so the mistakes go both ways: T-shirts, pullovers and coats are called shirts, too. The classes with a shape of their own, such as trousers, do much better in both respects.
#
# A person looks for a collar or buttons wherever they are, and knows the fabric, the colour, and the true size. The network gets 784 grey values without their neighbourhood. It compares pixels at fixed places, as in PS 4, and does not even know which pixels lie side by side. PS 10 gives it that.
# %% [markdown]
# ## What you learned
#
# - An `nn.Module` keeps the books for what is stored as `nn.Parameter` or as a module, and for nothing else.
# - A `Dataset` serves samples, a `DataLoader` serves batches; generators of their own make runs repeatable and keep them apart.
# - Training and evaluation differ in mode, recording and purpose. Means over batches are weighted by size.
# - Momentum sums gradients up; Adam also divides by their size; both are a few lines. A schedule calms the end of a run.
# - Count steps, epochs and seconds separately. And look at each class before you believe an accuracy.
#
# **Back and forth.** `minibatches` of PS 1 has become `DataLoader`, and PS 5's `init_layers` has become `nn.Linear`. PS 8 looks into the hidden layer of such networks. PS 9 explains dropout and batch norm, and stops training at the right time. PS 10 puts convolutions into the same loop, PS 11 puts it on other devices
# (this is what `device` is for), and PS 12 and PS 13 train without labels and on sequences.
#
# **Read more.** Kingma and Ba, *Adam: a method for stochastic optimization* (ICLR 2015); Bottou, Curtis and Nocedal, *Optimization methods for large-scale machine learning* (SIAM Review 60, 2018), for the theory of noisy steps; Goh, *Why momentum really works* (Distill, 2017), with pictures that move;
# Xiao, Rasul and Vollgraf, *Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms* (2017); the PyTorch documentation, notes on *Reproducibility*.
