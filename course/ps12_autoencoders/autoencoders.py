# %% [markdown]
# # PS 12: Autoencoders
#
# Every network so far learned from labels. Most pictures in the world have none. An autoencoder needs none: it learns to copy its
# input through a narrow middle, and what passes through the middle must hold what matters. Fifty numbers then stand for 784 pixels.
# You will search pictures with them, and you will clean pictures that are covered with noise.
#
# **Goals.** After it you can
#
# - build and train an autoencoder, and say what its codes are;
# - derive what the best linear copy is, and judge a network against it;
# - search by what an image looks like, and measure how good the search is;
# - train a network to remove noise, and say which picture the mean squared error makes it draw.
#
# **Time:** about 4 hours. **Assumed:** the training loop of PS 7, ReLU and gradients from PS 5, the logistic function from PS 4.
# **Points:** 20, of which 2 are for answers in words.
# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["setup"]
import math
import warnings

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from helpers import data, diagrams, plotting
from helpers.checks import assert_close, assert_number, assert_raises, assert_tensor, observe

plotting.use_style()
# The first optimizer loads a large part of PyTorch. Do it here, before anything else.
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    torch.optim.Adam([torch.zeros(1, requires_grad=True)])
# %% [markdown]
# ## The data
#
# The handwritten digits once more, each as a row of 784 grey values in $[0, 1]$. The labels are here only to *judge* a search. No training
# in this notebook sees them.
#
# | name | shape | what |
# | --- | --- | --- |
# | `X_train` | (6000, 784) | images to learn from |
# | `X_test` | (1000, 784) | images that no training sees |
# | `y_test` | (1000,) | which digit each test image shows |
#
# The first two are tensors of dtype float32, the labels of dtype int64.
# %% nbgrader={"grade": false, "grade_id": "data", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["setup"]
digits = data.load("mnist")
X_train = torch.tensor(digits.X_train[:6000].reshape(-1, 784) / 255.0, dtype=torch.float32)
X_test = torch.tensor(digits.X_test[:1000].reshape(-1, 784) / 255.0, dtype=torch.float32)
y_test = torch.tensor(digits.y_test[:1000])
# %% [markdown]
# # Part 1: a copy through a narrow middle
#
# ## The network
#
# An **autoencoder** has two halves. The **encoder** turns an image $x$ of $d$ numbers into a **code** $c$ of $h$ numbers. The **decoder** turns
# the code into an image $\hat x$ of $d$ numbers again. With one layer each, and images as rows:
#
# $$\underbrace{c}_{(n, h)} = \max(0,\; \underbrace{x}_{(n, d)} W_1 + b_1), \qquad \underbrace{\hat x}_{(n, d)} = \sigma(\underbrace{c}_{(n, h)} W_2 + b_2) .$$
#
# Here $W_1$ has shape $(d, h)$ and $W_2$ shape $(h, d)$. (PyTorch's `nn.Linear` stores each of them transposed.) The ReLU makes a code a list of
# *amounts*: a feature is there more or less, or it is not there. The logistic function $\sigma$ keeps every pixel in $[0, 1]$, where the
# pixels of the images lie.
#
# The target is the input itself. If $h$ were as large as $d$, the network could pass every pixel on. With $h = 50$ it cannot. It
# has to find 50 numbers from which a digit can be drawn again, and that is only possible because digits are not random pixels.
# %% tags=["try-it"]
ax = diagrams.network(
    [784, 50, 784],
    labels=["image $x$", "code $c$", r"copy $\hat x$"],
    weight_labels=["$W_1$, (784, 50)", "$W_2$, (50, 784)"],
    activations=["relu", "logistic"],
    title="An autoencoder: the middle is narrow",
)
ax = diagrams.shape_flow(
    [
        ("images", ("n", 1, 28, 28)),
        "rows",
        ("$x$", ("n", 784)),
        "encode",
        ("$c$", ("n", 50)),
        "decode",
        (r"$\hat x$", ("n", 784)),
        "reshape",
        ("copies", ("n", 1, 28, 28)),
    ],
    title="Shapes on the way through the network",
)


# %% [markdown]
# An example for a pencil, with $d = 2$, $h = 1$ and all four parameters filled with $\frac12$. For the image $(1, 3)$ the code is $\max(0, \frac12 + \frac32 + \frac12) = 2.5$,
# and both pixels of the copy are $\sigma(\frac12 \cdot 2.5 + \frac12) = \sigma(1.75) \approx 0.852$.
# %% [markdown]
# ### Exercise 1: `AutoEncoder` (2.5 points, ★★☆)
#
# Write the network as a module. It has exactly two `nn.Linear` layers with biases, which start as PyTorch starts them.
#
# - `encode(X)` takes images as rows, or images of any other shape such as $(n, 1, 28, 28)$, and returns codes of shape $(n, h)$.
# - `decode(codes)` returns rows, shape $(n, d)$.
# - `forward(X)` is the copy, in the *shape of the input*.
#
# The checks of the shapes are given.
#
# <details><summary>Hint</summary>
# <code>X.flatten(1)</code> keeps the first axis and joins all others. <code>forward</code> needs nothing but your other two methods and the
# shape of <code>X</code>.
# </details>
# %% nbgrader={"grade": false, "grade_id": "AutoEncoder", "locked": false, "schema_version": 3, "solution": true, "task": false}
class AutoEncoder(nn.Module):
    """Autoencoder with one hidden layer: ReLU codes, logistic outputs.

    Parameters
    ----------
    n_inputs : int
        Numbers in one image.
    n_hidden : int
        Numbers in its code.
    """

    def __init__(self, n_inputs: int = 784, n_hidden: int = 50) -> None:
        super().__init__()
        self.n_inputs, self.n_hidden = n_inputs, n_hidden
        # One linear layer for each half.
        ### BEGIN SOLUTION
        self.encoder = nn.Linear(n_inputs, n_hidden)
        self.decoder = nn.Linear(n_hidden, n_inputs)
        ### END SOLUTION

    def encode(self, X: torch.Tensor) -> torch.Tensor:
        """Turn images into codes.

        Parameters
        ----------
        X : Tensor of float, shape (n, ...)
            Images with n_inputs numbers each.

        Returns
        -------
        Tensor of float, shape (n, n_hidden)
            Not negative.

        Raises
        ------
        ValueError
            If an image does not have n_inputs numbers; the message gives the shape.
        """
        if X.ndim < 2 or math.prod(X.shape[1:]) != self.n_inputs:
            raise ValueError(f"X {tuple(X.shape)} must hold {self.n_inputs} numbers in each of its rows")
        # Images as rows, through the first layer and the ReLU.
        ### BEGIN SOLUTION
        return torch.relu(self.encoder(X.flatten(1)))
        ### END SOLUTION

    def decode(self, codes: torch.Tensor) -> torch.Tensor:
        """Turn codes into images.

        Parameters
        ----------
        codes : Tensor of float, shape (n, n_hidden)

        Returns
        -------
        Tensor of float, shape (n, n_inputs)
            In [0, 1].

        Raises
        ------
        ValueError
            If codes does not have n_hidden columns; the message gives the shape.
        """
        if codes.ndim != 2 or codes.shape[1] != self.n_hidden:
            raise ValueError(f"codes {tuple(codes.shape)} must have shape (n, {self.n_hidden})")
        # Through the second layer and the logistic function.
        ### BEGIN SOLUTION
        return torch.sigmoid(self.decoder(codes))
        ### END SOLUTION

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Copy images through their codes.

        Parameters
        ----------
        X : Tensor of float, shape (n, ...)

        Returns
        -------
        Tensor of float, the shape of X
            In [0, 1].
        """
        # Encode, decode, and give the result the input's shape.
        ### BEGIN SOLUTION
        return self.decode(self.encode(X)).reshape(X.shape)
        ### END SOLUTION


# %% tags=["try-it"]
torch.manual_seed(0)
untrained = AutoEncoder()
with torch.no_grad():
    codes, copies = untrained.encode(X_test[:8]), untrained(X_test[:8])
print("codes", tuple(codes.shape), "copies", tuple(copies.shape))
print("parameters:", sum(p.numel() for p in untrained.parameters()))
ax = plotting.image_grid(
    torch.cat([X_test[:8], copies]), columns=8, title="Test images, and what your untrained network makes of them"
)


# %% nbgrader={"grade": true, "grade_id": "test_AutoEncoder", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Shapes first. Then the example in the text, and one whose parameters are all -1/2: its code is 0, its pixels are sigma(-1/2).
def shapes_and_examples():
    model, tiny = AutoEncoder(12, 5), AutoEncoder(2, 1)
    images = torch.rand(4, 1, 3, 4, generator=torch.Generator().manual_seed(0))
    seen = {"module": isinstance(model, nn.Module), "sizes": sorted(tuple(p.shape) for p in model.parameters())}
    with torch.no_grad():
        seen["codes"] = model.encode(images)
        seen["decoded"] = model.decode(torch.rand(4, 5, generator=torch.Generator().manual_seed(1)))
        seen["copies"] = model(images)
        for value in (0.5, -0.5):
            for parameter in tiny.parameters():
                parameter.fill_(value)
            seen[value] = tiny.encode(torch.tensor([[1.0, 3.0]])), tiny(torch.tensor([[1.0, 3.0]]))
    return seen


seen = observe(shapes_and_examples)
assert seen["module"], "AutoEncoder should be an nn.Module."
assert [tuple(size) for size in seen["sizes"]] == [(5,), (5, 12), (12,), (12, 5)], (
    f"The parameters of AutoEncoder(12, 5) have the shapes {seen['sizes']}. Are there two linear layers, with biases?"
)
assert_tensor(seen["codes"], "encode of images (4, 1, 3, 4)", shape=(4, 5), dtype=torch.float32)
assert_tensor(seen["decoded"], "decode of codes (4, 5)", shape=(4, 12), dtype=torch.float32)
assert_tensor(seen["copies"], "the copies of images (4, 1, 3, 4)", shape=(4, 1, 3, 4), dtype=torch.float32)
for value, code, pixel in [(0.5, 2.5, 1 / (1 + math.exp(-1.75))), (-0.5, 0.0, 1 / (1 + math.exp(0.5)))]:
    seen_code, seen_copy = seen[value]
    what = f"where all parameters are {value}"
    assert_close(seen_code, np.array([[code]]), f"the code of (1, 3) {what}", "Is it a ReLU, and only that?", rtol=1e-5)
    assert_close(
        seen_copy, np.array([[pixel, pixel]]), f"the copy of (1, 3) {what}", "What follows the last layer?", rtol=1e-5
    )
# %% nbgrader={"grade": true, "grade_id": "hidden_AutoEncoder", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Random parameters, told apart by their shapes, against NumPy; all shapes of images; gradients; the default sizes.
rng = np.random.default_rng(121)


def copy_images(n_inputs, n_hidden, shape, dtype, scale):
    generator = torch.Generator().manual_seed(n_inputs)
    model = AutoEncoder(n_inputs, n_hidden).to(dtype)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(scale * torch.randn(parameter.shape, generator=generator))
        X = torch.rand(shape, generator=generator).to(dtype)
        kept = X.clone()
        codes = model.encode(X)
        seen = {"X": X, "codes": codes, "decoded": model.decode(codes), "copies": model(X)}
        seen["unchanged"] = torch.equal(X, kept)
    seen["parameters"] = [p.detach().clone() for p in model.parameters()]
    return seen


for n_inputs, n_hidden, shape, scale in [
    (6, 4, (3, 6), 1.0),
    (20, 3, (7, 1, 4, 5), 1.0),
    (12, 30, (5, 3, 4), 1.0),
    (9, 1, (1, 9), 0.3),
    (1, 2, (4, 1), 1.0),
    (8, 5, (1, 2, 2, 2), 3.0),
]:
    for dtype, rtol in ((torch.float32, 1e-4), (torch.float64, 1e-9)):
        seen = observe(lambda a=n_inputs, b=n_hidden, c=shape, e=dtype, s=scale: copy_images(a, b, c, e, s))
        what = f"AutoEncoder({n_inputs}, {n_hidden}), images {shape}"
        found = {tuple(p.shape): p.double().numpy() for p in seen["parameters"]}
        wanted = {(n_hidden, n_inputs), (n_hidden,), (n_inputs, n_hidden), (n_inputs,)}
        assert set(found) == wanted and len(seen["parameters"]) == 4, (
            f"{what}: the parameters' shapes are {set(found)}."
        )
        x = seen["X"].double().numpy().reshape(shape[0], n_inputs)
        codes = (x @ found[n_hidden, n_inputs].T + found[(n_hidden,)]).clip(0.0)
        copies = 0.5 * (1 + np.tanh((codes @ found[n_inputs, n_hidden].T + found[(n_inputs,)]) / 2))
        assert_tensor(seen["codes"], f"{what}: the codes", shape=(shape[0], n_hidden), dtype=dtype)
        assert_tensor(seen["decoded"], f"{what}: decode", shape=(shape[0], n_inputs), dtype=dtype)
        assert_tensor(seen["copies"], f"{what}: the copies", shape=shape, dtype=dtype)
        assert_close(seen["codes"], codes, f"{what}: the codes", rtol=rtol, atol=rtol / 100)
        assert_close(seen["decoded"], copies, f"{what}: decode", rtol=rtol, atol=rtol / 100)
        assert_close(seen["copies"], copies.reshape(shape), f"{what}: the copies", rtol=rtol, atol=rtol / 100)
        assert seen["unchanged"], f"{what}: the images were changed in place."


def gradients_and_defaults():
    torch.manual_seed(3)
    model = AutoEncoder(30, 20)
    start = [p.detach().clone() for p in model.parameters()]
    ((model(torch.rand(16, 30)) - torch.rand(16, 30)) ** 2).mean().backward()
    slopes = [0.0 if p.grad is None else float(p.grad.abs().max()) for p in model.parameters()]
    spread = [len(set(p.flatten().tolist())) / p.numel() for p in start]
    return slopes, spread, sorted(tuple(p.shape) for p in AutoEncoder().parameters())


slopes, spread, sizes = observe(gradients_and_defaults)
assert min(slopes) > 0, f"The largest gradients of the four parameters are {slopes}. Is the graph cut somewhere?"
assert min(spread) > 0.9, "Many starting values of a parameter are equal. Are they PyTorch's own?"
assert [tuple(s) for s in sizes] == [(50,), (50, 784), (784,), (784, 50)], f"AutoEncoder() has parameters {sizes}."
for shape in [(2, 7), (1, 24), (2, 3, 5), (12,)]:
    assert_raises(
        ValueError,
        lambda shape=shape: observe(lambda: AutoEncoder(12, 5).encode(torch.zeros(shape))),
        f"AutoEncoder(12, 5).encode of {shape}",
        mention=str(shape),
    )
for shape in [(2, 4), (2, 10), (2, 5, 1)]:
    assert_raises(
        ValueError,
        lambda shape=shape: observe(lambda: AutoEncoder(12, 5).decode(torch.zeros(shape))),
        f"AutoEncoder(12, 5).decode of {shape}",
        mention=str(shape),
    )


### END HIDDEN TESTS
# %% [markdown]
# ## The loss and its gradient
#
# How good is a copy? Take the **mean squared error** over all $n$ images and all $d$ pixels:
#
# $$L = \frac{1}{n d} \sum_{i=1}^{n} \sum_{j=1}^{d} (\hat x_{ij} - x_{ij})^2 .$$
#
# The untrained network draws grey everywhere, since its scores are near 0 and $\sigma(0) = \frac12$. Its loss is therefore near the mean of
# $(\frac12 - x_{ij})^2$, which would be $\frac14$ if all pixels were 0 or 1. A first loss far from it means that something is wrong.
#
# PyTorch differentiates for you. It is worth seeing once what it computes. Call the scores $z = x W_1 + b_1$ and $s = c W_2 + b_2$. Then,
# with $\sigma' = \sigma (1 - \sigma)$ from PS 4,
#
# $$\underbrace{\frac{\partial L}{\partial s_{ij}}}_{(n, d)} = \frac{2}{n d} (\hat x_{ij} - x_{ij})\, \hat x_{ij} (1 - \hat x_{ij}), \qquad \frac{\partial L}{\partial W_2} = \underbrace{c^\top}_{(h, n)} \underbrace{\frac{\partial L}{\partial s}}_{(n, d)},$$
#
# $$\underbrace{\frac{\partial L}{\partial z_{il}}}_{(n, h)} = [z_{il} > 0] \sum_{j=1}^{d} \frac{\partial L}{\partial s_{ij}} (W_2)_{lj}, \qquad \frac{\partial L}{\partial W_1} = \underbrace{x^\top}_{(d, n)} \underbrace{\frac{\partial L}{\partial z}}_{(n, h)} .$$
#
# The bracket is 1 where its condition holds and 0 elsewhere. It has a consequence. If $z_{il} \le 0$ for **all** images, then column $l$ of
# $\partial L / \partial W_1$ is 0, and the weights of this unit change no more, but for what Adam still remembers of earlier gradients. Such a code is 0 for every image. It is called **dead**, and the network has one
# number less to work with. A large learning rate kills codes: one long step can push a unit below 0 for all images. Small steps are safer.
# %% [markdown]
# ### Exercise 2: `train_autoencoder` (2.5 points, ★★★)
#
# Write the training. The model is any module that maps a batch to its shape. For each epoch:
#
# - take the samples in a **new random order**, in batches of `batch_size`; the last batch may be smaller;
# - for each batch take one step of Adam, with its default settings apart from `lr`, on the mean squared error between `model(batch)` and `batch`;
# - append to `losses` the epoch's mean squared error per sample: each batch's loss, as it was before its step, weighted by the size of the batch.
#
# The model is in training mode meanwhile. The order comes from `seed` alone: the same seed gives the same training, and PyTorch's global
# random state stays as it was.
#
# <details><summary>Hint</summary>
# <code>torch.randperm(n, generator=...)</code> draws an order, and <code>.split(batch_size)</code> cuts it into pieces. Where must the generator be
# made, so that each epoch has another order? A <code>DataLoader</code> with a generator of its own is fine too.
# </details>
# %% nbgrader={"grade": false, "grade_id": "train_autoencoder", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_autoencoder(
    model: nn.Module, X: torch.Tensor, n_epochs: int, lr: float, batch_size: int, seed: int
) -> list[float]:
    """Train a model to copy its input.

    Parameters
    ----------
    model : nn.Module
        Maps a tensor (b, ...) to one of the same shape. It is changed.
    X : Tensor of float, shape (n, ...)
        Inputs, and targets as well.
    n_epochs : int
        0 or more.
    lr : float
        Learning rate of Adam.
    batch_size : int
    seed : int
        Of the order of the samples.

    Returns
    -------
    list of float
        One an epoch: the mean of the squared errors over its samples, each measured before the step of its batch.
    """
    # Adam, a generator for the order, training mode.
    ### BEGIN SOLUTION
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    generator = torch.Generator().manual_seed(seed)
    model.train()
    ### END SOLUTION
    losses = []
    for _ in range(n_epochs):
        # A step for each batch of a new order; then the epoch's mean.
        ### BEGIN SOLUTION
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(batch_size):
            batch = X[rows]
            loss = F.mse_loss(model(batch), batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        losses.append(total / len(X))
        ### END SOLUTION
    return losses


# %% [markdown]
# Now train on 6,000 digits. It takes some seconds. The dashed line is where a network starts that draws grey everywhere.
# %% tags=["try-it"]
torch.manual_seed(0)
autoencoder = AutoEncoder(784, 50)
with torch.no_grad():
    alive_before = autoencoder.encode(X_train).max(dim=0).values > 0
losses = train_autoencoder(autoencoder, X_train, 12, 1e-3, 32, seed=0)
with torch.no_grad():
    alive = autoencoder.encode(X_train).max(dim=0).values > 0
print(f"loss of the first epoch {losses[0]:.2f}, of the last one {losses[-1]:.3f}")
print(f"dead codes: {int((~alive_before).sum())} of 50 before training, {int((~alive).sum())} after it")
ax = plotting.learning_curves({"train_loss": losses}, ["train_loss"], title="Learning to copy")
ax.set(yscale="log", ylabel="mean squared error")
grey = ax.axhline(float(((X_train - 0.5) ** 2).mean()), color="0.4", linestyle="--", linewidth=1)
note = ax.text(12, float(((X_train - 0.5) ** 2).mean()) * 0.82, "grey everywhere", ha="right", va="top", fontsize=9)
# %% [markdown]
# What does one number of the code stand for? Take the mean code of all images, raise one number by 10, decode, and subtract what the mean code draws. Red is ink that
# this number adds, blue is ink that it takes away.
# %% tags=["try-it"]
chosen = alive.nonzero().flatten()[:20]
with torch.no_grad():
    mean_code = autoencoder.encode(X_train).mean(dim=0)
    drawn = autoencoder.decode(mean_code + 10 * torch.eye(50)[chosen]) - autoencoder.decode(mean_code[None])
ax = plotting.image_grid(
    drawn,
    titles=[f"code {i}" for i in chosen.tolist()],
    columns=10,
    symmetric=True,
    title="What one number of your code adds and takes away",
)


# %% nbgrader={"grade": true, "grade_id": "test_train_autoencoder", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# A small model on 20 rows that depend on two numbers each. It notes which batches it is given while it is trained.
def train_a_small_one(n_epochs):
    class Noting(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Sequential(nn.Linear(6, 3), nn.Tanh(), nn.Linear(3, 6), nn.Sigmoid())
            self.sizes, self.modes = [], []

        def forward(self, x):
            if torch.is_grad_enabled():
                self.sizes.append(len(x))
                self.modes.append(self.training)
            return self.inner(x)

    torch.manual_seed(0)
    X = torch.sigmoid(2 * torch.randn(20, 2) @ torch.randn(2, 6))
    model = Noting().eval()
    losses = train_autoencoder(model, X, n_epochs, 0.02, 8, seed=1)
    return {"losses": losses, "sizes": model.sizes, "modes": model.modes, "grey": float(((X - 0.5) ** 2).mean())}


seen = observe(lambda: train_a_small_one(60))
losses_seen = seen["losses"]
assert type(losses_seen) is list and len(losses_seen) == 60, "losses should be a list with one entry for each epoch."
assert_number(losses_seen[0], "the first of the losses")
assert seen["sizes"][:3] == [8, 8, 4], (
    f"20 rows in batches of 8 came as {seen['sizes'][:3]}. Is every row used, the smaller last batch too?"
)
assert len(seen["sizes"]) == 180, f"60 epochs of 3 batches made {len(seen['sizes'])} calls of the model."
assert all(seen["modes"]), "The model was not in training mode. What does model.train() do?"
ratio = losses_seen[0] / seen["grey"]
assert 0.5 < ratio < 1.5, f"The first loss is {ratio:.2g} times that of a grey copy. Is it the mean per sample?"
assert losses_seen[-1] < 0.4 * losses_seen[0], (
    f"The loss went from {losses_seen[0]:.3f} to {losses_seen[-1]:.3f}. Is there a step for each batch, with fresh gradients?"
)
assert observe(lambda: train_a_small_one(0))["losses"] == [], "No epochs should give an empty list."
# %% nbgrader={"grade": true, "grade_id": "hidden_train_autoencoder", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# The batches are noted. From them and from the same start, PyTorch's own Adam must give the same losses and weights.
import copy


def noted_run(shape, n_epochs, lr, batch_size, seed, global_seed):
    class Noting(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.inner = nn.Sequential(nn.Linear(width, 4), nn.Tanh(), nn.Linear(4, width), nn.Sigmoid())
            self.batches, self.modes = [], []

        def forward(self, x):
            if torch.is_grad_enabled():
                self.batches.append(x.detach().clone())
                self.modes.append(self.training)
            return self.inner(x.flatten(1)).reshape(x.shape)

    torch.manual_seed(12)
    X = torch.rand(shape)
    model = Noting(math.prod(shape[1:])).eval()
    start = copy.deepcopy(model.inner)
    torch.manual_seed(global_seed)
    state, kept = torch.get_rng_state(), X.clone()
    losses = train_autoencoder(model, X, n_epochs, lr, batch_size, seed)
    return {
        "losses": losses,
        "X": kept,
        "batches": model.batches,
        "modes": model.modes,
        "start": [p.detach() for p in start.parameters()],
        "end": [p.detach() for p in model.inner.parameters()],
        "unchanged": torch.equal(X, kept),
        "state_kept": torch.equal(torch.get_rng_state(), state),
    }


for shape, n_epochs, lr, batch_size, sizes in [
    ((10, 5), 4, 0.01, 4, [4, 4, 2]),
    ((9, 1, 3, 2), 3, 0.003, 4, [4, 4, 1]),
    ((8, 6), 3, 0.02, 100, [8]),
    ((6, 4), 3, 0.01, 3, [3, 3]),
    ((1, 7), 2, 0.01, 1, [1]),
]:
    what = f"{shape[0]} samples of shape {shape[1:]} in batches of {batch_size}"
    seen = observe(lambda a=shape, b=n_epochs, c=lr, d=batch_size: noted_run(a, b, c, d, 5, 0))
    assert [len(b) for b in seen["batches"]] == sizes * n_epochs, f"{what}: sizes {[len(b) for b in seen['batches']]}."
    assert seen["unchanged"], f"{what}: X was changed in place."
    assert seen["state_kept"], f"{what}: PyTorch's global random state was changed."
    assert all(seen["modes"]), f"{what}: the model was not in training mode."
    width = math.prod(shape[1:])
    model = nn.Sequential(nn.Linear(width, 4), nn.Tanh(), nn.Linear(4, width), nn.Sigmoid())
    with torch.no_grad():
        for parameter, value in zip(model.parameters(), seen["start"], strict=True):
            parameter.copy_(value)
    adam = torch.optim.Adam(model.parameters(), lr=lr)
    expected, orders = [], []
    names = [tuple(row) for row in seen["X"].flatten(1).tolist()]
    for epoch in range(n_epochs):
        squares, order = 0.0, []
        for batch in seen["batches"][epoch * len(sizes) : (epoch + 1) * len(sizes)]:
            assert tuple(batch.shape[1:]) == shape[1:], f"{what}: the model was given a batch {tuple(batch.shape)}."
            order += [tuple(row) for row in batch.flatten(1).tolist()]
            adam.zero_grad()
            error = (model(batch.flatten(1)) - batch.flatten(1)).square()
            error.mean().backward()
            adam.step()
            squares += float(error.detach().sum())
        expected.append(squares / (shape[0] * width))
        assert sorted(order) == sorted(names), f"{what}: an epoch did not use each sample once."
        orders.append([names.index(row) for row in order])
    if shape[0] > 5:
        assert len({tuple(order) for order in orders}) == n_epochs, f"{what}: two epochs had the same order."
        assert list(range(shape[0])) not in orders, f"{what}: the samples came in the given order."
    assert type(seen["losses"]) is list, f"{what}: losses is a {type(seen['losses']).__name__}, not a list."
    for value in seen["losses"]:
        assert_number(value, f"{what}: a loss")
    # A few steps in float32, in another order of summation, stay within a few units of the sixth digit.
    assert_close(
        np.array(seen["losses"]), expected, f"{what}: losses", "Weighted by batch size? Before the step?", rtol=1e-4
    )
    for value, parameter in zip(seen["end"], model.parameters(), strict=True):
        assert_close(value, parameter.detach(), f"{what}: the trained weights", "Adam?", rtol=1e-3, atol=2e-5)


def order_of(seed, global_seed):
    batches = observe(lambda: noted_run((12, 3), 1, 0.01, 5, seed, global_seed))["batches"]
    return torch.cat(list(batches))


assert torch.equal(order_of(1, 0), order_of(1, 99)), (
    "The same seed gave two orders. Is the order drawn from seed alone?"
)
assert not torch.equal(order_of(1, 0), order_of(2, 0)), "Two seeds gave the same order."


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The generator is made once, before the loop: made in the loop, it would give each epoch the same order. The last batch is smaller, so its loss counts less; a plain mean over batches would
# be slightly off. How many codes die depends on the starting weights and on the learning rate: try 0.005
# and count. The pictures of the single numbers show strokes and gaps at fixed places. No single one is a digit.
# %% [markdown]
# ## Which images are copied badly?
#
# The mean hides the single image. The error of image $i$ is
#
# $$e_i = \frac{1}{d} \sum_{j=1}^{d} (\hat x_{ij} - x_{ij})^2, \qquad i = 1, \dots, n .$$
#
# An image with a large error is unlike those that the network has learned to copy. This is used to find unusual things: a defect in a
# factory, a strange heartbeat.
# %% [markdown]
# ### Exercise 3: `reconstruction_errors` (1.5 points, ★★☆)
#
# Write it, for images of any shape. Measure in **evaluation mode**, as in PS 7, without recording a graph, and leave every module of the model in the mode in which you found it.
# If the model's output has another shape than `X`, raise a `ValueError` whose message contains both shapes.
#
# <details><summary>Hint</summary>
# <code>model.modules()</code> goes through the model and all of its parts; each has its own <code>training</code>. All axes but the first belong to the image.
# </details>
# %% nbgrader={"grade": false, "grade_id": "reconstruction_errors", "locked": false, "schema_version": 3, "solution": true, "task": false}
def reconstruction_errors(model: nn.Module, X: torch.Tensor) -> torch.Tensor:
    """Mean squared error of the copy of each image.

    Parameters
    ----------
    model : nn.Module
        Maps a tensor (n, ...) to one of the same shape.
    X : Tensor of float, shape (n, ...)

    Returns
    -------
    Tensor of float, shape (n,)
        It does not record.

    Raises
    ------
    ValueError
        If the model's output has another shape than X; the message gives both.
    """
    # Copy in evaluation mode, without a graph; then the modes as they were.
    ### BEGIN SOLUTION
    modes = [(part, part.training) for part in model.modules()]
    model.eval()
    with torch.no_grad():
        copies = model(X)
    for part, mode in modes:
        part.training = mode
    ### END SOLUTION
    # Refuse copies of another shape.
    ### BEGIN SOLUTION
    if copies.shape != X.shape:
        raise ValueError(f"the model's output {tuple(copies.shape)} must have the shape of X {tuple(X.shape)}")
    ### END SOLUTION
    # The mean over everything but the images.
    ### BEGIN SOLUTION
    return ((copies - X) ** 2).flatten(1).mean(dim=1)
    ### END SOLUTION


# %% tags=["try-it"]
errors = reconstruction_errors(autoencoder, X_test)
order = errors.argsort()
with torch.no_grad():
    pairs = torch.cat(
        [X_test[order[:8]], autoencoder(X_test[order[:8]]), X_test[order[-8:]], autoencoder(X_test[order[-8:]])]
    )
ax = plotting.image_grid(
    pairs,
    columns=8,
    title="Smallest errors (above) and largest errors (below), each with its copy",
    row_names=["original", "copy", "original", "copy"],
)
fig, axes = plt.subplots(1, 2, figsize=(9, 3.2))
bars = axes[0].hist(errors.numpy(), bins=40)
axes[0].set(xlabel="mean squared error of the image", ylabel="test images", title="Your reconstruction errors")
of_digit = [float(errors[y_test == digit].mean()) for digit in range(10)]
bars = axes[1].bar(range(10), of_digit, color="0.6")
axes[1].set(xticks=range(10), xlabel="digit", ylabel="mean error", title="The same, by digit")
print("copied best: digit", int(np.argmin(of_digit)))


# %% nbgrader={"grade": true, "grade_id": "test_reconstruction_errors", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# A model that halves its input, on two images of 2 x 2 pixels: the errors are the means of (x / 2)^2.
def halves():
    class Half(nn.Module):
        def __init__(self):
            super().__init__()
            self.factor = nn.Parameter(torch.tensor(0.5))

        def forward(self, x):
            return self.factor * x if not self.training else 0 * x

    model = Half()
    X = torch.tensor([[[2.0, 0.0], [0.0, 0.0]], [[2.0, 4.0], [6.0, 0.0]]])
    errors = reconstruction_errors(model, X)
    return errors.detach(), errors.requires_grad, model.training


seen, records, training = observe(halves)
assert_tensor(seen, "the errors of 2 images", shape=(2,), dtype=torch.float32)
assert_close(seen, np.array([0.25, 3.5]), "the errors", "One mean for each image? In evaluation mode?", rtol=1e-6)
assert not records, "The errors record a graph. Which context switches that off?"
assert training, "The model was in training mode before the call, and it is not any more."
# %% nbgrader={"grade": true, "grade_id": "hidden_reconstruction_errors", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against SciPy's distances, for many shapes, in both modes; dropout must be off; other shapes are refused.
from sklearn.metrics import mean_squared_error

rng = np.random.default_rng(123)


def errors_of(images, mode, dtype):
    class Dropping(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.drop, self.layer = nn.Dropout(0.5), nn.Linear(width, width)

        def forward(self, x):
            return self.layer(self.drop(x.flatten(1))).reshape(x.shape)

    torch.manual_seed(2)
    X = torch.tensor(images, dtype=dtype)
    model = Dropping(X[0].numel()).to(dtype).train(mode)
    kept, state = X.clone(), torch.get_rng_state()
    errors = reconstruction_errors(model, X)
    after = model.training, model.drop.training
    copies = X.flatten(1) @ model.layer.weight.detach().T + model.layer.bias.detach()
    return {
        "errors": errors.detach(),
        "copies": copies,
        "records": errors.requires_grad,
        "mode": after,
        "unchanged": torch.equal(X, kept) and torch.equal(torch.get_rng_state(), state),
        "grads": all(p.grad is None and p.requires_grad for p in model.parameters()),
    }


for shape in [(5, 7), (1, 4), (6, 1), (3, 1, 4, 2), (4, 3, 3)]:
    for mode in (True, False):
        for dtype, rtol in ((torch.float32, 1e-4), (torch.float64, 1e-9)):
            images = rng.random(shape)
            what = f"the errors of images {shape}, {'training' if mode else 'evaluation'} mode"
            seen = observe(lambda a=images, b=mode, c=dtype: errors_of(a, b, c))
            assert_tensor(seen["errors"], what, shape=(shape[0],), dtype=dtype)
            copies = seen["copies"].double().numpy()
            expected = mean_squared_error(images.reshape(shape[0], -1).T, copies.T, multioutput="raw_values")
            assert_close(seen["errors"], expected, what, "Is dropout off? Is it the mean?", rtol=rtol)
            assert not seen["records"], f"{what} record a graph."
            assert tuple(seen["mode"]) == (mode, mode), f"{what}: the model was left in another mode."
            assert seen["unchanged"] and seen["grads"], f"{what}: X, or something of the model, was changed."
for output in [(4, 1), (1, 6), (4, 6, 1), (4, 2, 3)]:

    def misfit(output=output):
        class Other(nn.Module):
            def forward(self, x):
                return torch.zeros(output)

        return reconstruction_errors(Other(), torch.zeros(4, 6))

    for shape in (output, (4, 6)):
        assert_raises(
            ValueError, lambda: observe(misfit), f"X (4, 6) and a model's output {output}", mention=str(shape)
        )


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** A 1 has little ink and one stroke, and it is copied best. Broad, heavy digits with many strokes are copied worst, also because a mean over all pixels counts every pixel of ink: an image with twice the ink has about twice the error even if
# it is copied equally well. To compare images of different kinds, divide by what a trivial copy would cost.
# %% [markdown]
# ## How much smaller?
#
# The **compression ratio** is the count of numbers in one image over the count of numbers in its code. For $h = 50$ it is $784 / 50 = 15.68$. (It counts
# numbers, not bytes: a pixel of the file has one byte, and a code in float32 has four for each number.)
# %% [markdown]
# ### Exercise 4: `compression_ratio` (1 point, ★☆☆)
#
# Write it for **any** model with a method `encode`, also for codes of shape $(n, 4, 7, 7)$, as a convolutional encoder makes them. So do not ask the model for
# an attribute. Encode one image and count.
#
# <details><summary>Hint</summary>
# <code>torch.zeros(1, *input_shape)</code> is a batch of one image. <code>t.numel()</code> counts the numbers of a tensor.
# </details>
# %% nbgrader={"grade": false, "grade_id": "compression_ratio", "locked": false, "schema_version": 3, "solution": true, "task": false}
def compression_ratio(model: nn.Module, input_shape: tuple[int, ...]) -> float:
    """How many numbers of the input stand behind one number of the code.

    Parameters
    ----------
    model : nn.Module
        Its ``encode`` maps (n, *input_shape) to codes (n, ...).
    input_shape : tuple of int
        Shape of one image, without the batch axis, such as (784,) or (1, 28, 28).

    Returns
    -------
    float
        784 inputs and 50 numbers in the code give 15.68.
    """
    # The code of one image.
    ### BEGIN SOLUTION
    with torch.no_grad():
        code = model.encode(torch.zeros(1, *input_shape))
    ### END SOLUTION
    # Numbers in, over numbers in the code.
    ### BEGIN SOLUTION
    return math.prod(input_shape) / code.numel()
    ### END SOLUTION


# %% tags=["try-it"]
for n_hidden in (10, 20, 50, 784):
    print(f"{n_hidden:3} numbers in the code: ratio {compression_ratio(AutoEncoder(784, n_hidden), (1, 28, 28)):.2f}")


# %% nbgrader={"grade": true, "grade_id": "test_compression_ratio", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# A stand-in that keeps every fourth number of an image, and one that cuts it into a code with three axes.
def two_ratios():
    class EveryFourth(nn.Module):
        def encode(self, x):
            return x.flatten(1)[:, ::4]

    class Pooled(nn.Module):
        def encode(self, x):
            return F.avg_pool2d(x, 2).repeat(1, 3, 1, 1)

    return compression_ratio(EveryFourth(), (20,)), compression_ratio(Pooled(), (1, 8, 6))


flat, deep = observe(two_ratios)
assert_number(flat, "the ratio for 20 numbers in, 5 in the code")
assert_close(flat, 4.0, "the ratio for 20 numbers in, 5 in the code", "Which of the two is on top?")
assert_close(deep, 48 / 36, "the ratio for images (1, 8, 6), codes (3, 4, 3)", "Are all axes of a code counted?")


# %% nbgrader={"grade": true, "grade_id": "hidden_compression_ratio", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Codes of many shapes, more numbers than pixels too; no division of integers; no trace left.
def ratio_of(input_shape, code_shape):
    class Sized(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(math.prod(input_shape), math.prod(code_shape))
            self.n_hidden, self.n_inputs = 3, 3

        def encode(self, x):
            assert x.shape[1:] == input_shape, f"encode was given {tuple(x.shape)}"
            return self.layer(x.flatten(1)).reshape(len(x), *code_shape)

    model = Sized()
    return compression_ratio(model, input_shape), all(p.grad is None for p in model.parameters())


for input_shape, code_shape in [
    ((784,), (50,)),
    ((1, 28, 28), (50,)),
    ((7,), (2,)),
    ((3, 5, 4), (4, 2, 2)),
    ((5,), (11,)),
    ((6, 2), (1,)),
    ((1,), (1,)),
]:
    seen, untouched = observe(lambda a=input_shape, b=code_shape: ratio_of(a, b))
    what = f"the ratio for images {input_shape}, codes {code_shape}"
    assert_number(seen, what)
    assert_close(seen, np.prod(input_shape) / np.prod(code_shape), what)
    assert untouched, "The model has gradients after the call."
### END HIDDEN TESTS
# %% [markdown]
# # Part 2: the best linear copy
#
# ## Principal components
#
# Is the network any good? A number alone does not tell. It needs a rival with equally many numbers in its code. The natural one is **PCA**, which you used in PS 2
# and PS 3. It is the best copy that a *linear* method can make. Here is why.
#
# Let $\mu$ be the mean image of the training set, shape $(d,)$, and let $A = X_{\text{train}} - \mu$, shape $(n, d)$. Choose $k$ directions of length 1, at right angles to each other, as the rows of $V$, shape $(k, d)$.
# The code of an image is its part along each direction, and the copy is the mean plus these parts:
#
# $$c = V (x - \mu), \qquad \hat x = \mu + V^\top c .$$
#
# What is lost is at right angles to what is kept. So by Pythagoras, for one row $a$ of $A$, $\lVert a - V^\top V a \rVert^2 = \lVert a \rVert^2 - \lVert V a \rVert^2$.
# The first term does not depend on $V$. **The smallest error is where the copies keep the most length.**
# %% tags=["try-it"]
rng = np.random.default_rng(3)
cloud = rng.normal(size=(25, 2)) @ np.array([[2.0, 0.9], [0.0, 0.55]])
cloud -= cloud.mean(axis=0)
fig, axes = plt.subplots(1, 2, figsize=(9, 3.4), sharex=True, sharey=True)
for ax, degrees in zip(axes, (24, -35), strict=True):
    u = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
    kept = np.outer(cloud @ u, u)
    for point, shadow in zip(cloud, kept, strict=True):
        ax.plot(*zip(point, shadow, strict=True), color="0.6", linewidth=0.9, linestyle="-")
    ax.plot(*(6 * np.array([-u, u]).T), color="black", linewidth=0.8, linestyle="-")
    ax.plot(*cloud.T, "o", markersize=5, label="point")
    ax.plot(*kept.T, "s", markersize=4, markerfacecolor="white", label="its copy")
    lost = np.sum((cloud - kept) ** 2) / len(cloud)
    ax.set(
        aspect="equal", xlim=(-6.2, 6.2), ylim=(-3.8, 3.8), title=f"kept {np.mean(kept**2) * 2:.2f}, lost {lost:.2f}"
    )
axes[0].legend(loc="upper left", fontsize=8)
total = fig.suptitle(
    f"Two directions for one number: kept plus lost is always {np.mean(cloud**2) * 2:.2f}", fontsize=11
)


# %% [markdown]
# Which $V$ keeps the most? Write the singular value decomposition $A = U S W^\top$, with singular values $s_1 \ge s_2 \ge \dots \ge 0$, orthonormal columns of $U$, and orthonormal columns $w_1, w_2, \dots$ of $W$. The length
# that all rows keep together is
#
# $$\lVert A V^\top \rVert^2 = \lVert S W^\top V^\top \rVert^2 = \sum_j s_j^2\, q_j, \qquad q_j = \lVert V w_j \rVert^2 .$$
#
# Each $q_j$ lies between 0 and 1, because $V w_j$ is a part of a vector of length 1. Their sum is at most $k$, because $\sum_j \lVert V w_j \rVert^2$ is at most the sum of the squares of all entries of $V$, and its $k$ rows have length 1.
# So the sum is a weighted one with $k$ units of weight to give away, at most one to each $s_j^2$. It is largest if the $k$ largest get one each, and the rows of $V$ are $w_1, \dots, w_k$: the **principal components**. The loss that remains is
#
# $$L_k = \frac{1}{n d} \sum_{j > k} s_j^2 .$$
#
# An autoencoder *without* ReLU and $\sigma$ computes $\hat x = x W_1 W_2 + b$, with a product of rank at most $k = h$. Its copies all lie in one flat of at most $k$ dimensions. The nearest point of a flat is a projection at right angles, and of parallel flats the one through $\mu$ has the smallest mean squared error: so it is at best a copy as above, and on the training images it can never beat $L_k$. With ReLU and $\sigma$ it may. It may also be worse, as it
# has to be found by gradient descent.
# %% [markdown]
# ### Exercise 5: `pca_reconstruction` (2 points, ★★☆)
#
# Write the copy by PCA. Mean and components come from `X_train` **alone**; the copies are of the images `X`. The check of the arguments is given. After the mean is subtracted, $n$ rows have at most $n - 1$ directions, so
# `n_components` is at most the smaller of $n - 1$ and $d$.
#
# <details><summary>Hint</summary>
# <code>torch.linalg.svd(A, full_matrices=False)</code> returns $U$, the singular values in falling order, and $W^\top$, whose <em>rows</em> are the components.
# </details>
# %% nbgrader={"grade": false, "grade_id": "pca_reconstruction", "locked": false, "schema_version": 3, "solution": true, "task": false}
def pca_reconstruction(X_train: torch.Tensor, X: torch.Tensor, n_components: int) -> torch.Tensor:
    """Copy images through their first principal components.

    Parameters
    ----------
    X_train : Tensor of float, shape (n, d)
        Where mean and components come from.
    X : Tensor of float, shape (m, d)
        Images to copy, of the same dtype.
    n_components : int
        Numbers in the code, from 1 to min(n - 1, d).

    Returns
    -------
    Tensor of float, shape (m, d)
        Of the same dtype. Values may leave [0, 1].

    Raises
    ------
    ValueError
        If the arguments do not fit; the message gives the shapes, or n_components.
    """
    if X_train.ndim != 2 or X.ndim != 2 or X_train.shape[1] != X.shape[1]:
        raise ValueError(f"X_train {tuple(X_train.shape)} and X {tuple(X.shape)} must be (n, d) and (m, d)")
    most = min(X_train.shape[0] - 1, X_train.shape[1])
    if not 1 <= n_components <= most:
        raise ValueError(f"n_components must lie in 1..{most}; it is {n_components}")
    # The mean image and the first components of the training images.
    ### BEGIN SOLUTION
    mean = X_train.mean(dim=0)
    components = torch.linalg.svd(X_train - mean, full_matrices=False).Vh[:n_components]
    ### END SOLUTION
    # Codes, and copies from them.
    ### BEGIN SOLUTION
    codes = (X - mean) @ components.T
    return mean + codes @ components
    ### END SOLUTION


# %% tags=["try-it"]
pca_copies = pca_reconstruction(X_train, X_test, 50)
with torch.no_grad():
    copies = autoencoder(X_test)
shown = [int((y_test == digit).nonzero()[3]) for digit in range(10)]
ax = plotting.image_grid(
    torch.cat([X_test[shown], copies[shown], pca_copies[shown].clip(0, 1)]),
    columns=10,
    title="Fifty numbers each: your autoencoder and your PCA",
    row_names=["original", "autoencoder", "PCA"],
)
print(f"test error: autoencoder {((copies - X_test) ** 2).mean():.3f}, PCA {((pca_copies - X_test) ** 2).mean():.3f}")
blank = X_test == 0
print(
    f"mean ink where the original has none: autoencoder {copies[blank].mean():.3f}, PCA {pca_copies[blank].abs().mean():.3f}"
)
# %% [markdown]
# The picture shows PCA's values below 0 as 0 and above 1 as 1. The second printed line counts both sides.
#
# Now with ten numbers in place of fifty. The network is trained in the same way as the first one.
# %% tags=["try-it"]
torch.manual_seed(0)
narrow = AutoEncoder(784, 10)
losses = train_autoencoder(narrow, X_train, 12, 1e-3, 32, seed=0)
pca_narrow = pca_reconstruction(X_train, X_test, 10)
with torch.no_grad():
    copies_narrow = narrow(X_test)
    dead = int((narrow.encode(X_train).max(dim=0).values == 0).sum())
ax = plotting.image_grid(
    torch.cat([X_test[shown], copies_narrow[shown], pca_narrow[shown].clip(0, 1)]),
    columns=10,
    title=f"Ten numbers each: a compression ratio of {compression_ratio(narrow, (784,)):.1f}",
    row_names=["original", "autoencoder", "PCA"],
)
print(f"test error: autoencoder {reconstruction_errors(narrow, X_test).mean():.3f}, ", end="")
print(f"PCA {((pca_narrow - X_test) ** 2).mean():.3f}; dead codes: {dead} of 10")
# %% nbgrader={"grade": true, "grade_id": "test_pca_reconstruction", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Four points on a line through (1, 2): one component copies them exactly. The points beside the line are copied onto it.
line = torch.tensor([[1.0, 2.0], [4.0, 6.0], [-2.0, -2.0], [7.0, 10.0]])
seen = pca_reconstruction(line, line, 1)
assert_tensor(seen, "the copies of 4 points", shape=(4, 2), dtype=torch.float32)
assert_close(
    seen,
    line,
    "the copies of points on a line, by one component",
    "Is the mean added again? Are the values left as they are?",
    rtol=1e-4,
    atol=1e-4,
)
# (5, -1) is (1, 2) plus 5 times (0.8, -0.6), which is at right angles to the line.
beside = torch.tensor([[5.0, -1.0], [1.0, 2.0], [0.2, 2.6]])
seen = pca_reconstruction(line, beside, 1)
assert_close(
    seen,
    np.array([[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]]),
    "the copies of points beside the line",
    "Do mean and components come from X_train? Are the first components taken?",
    rtol=1e-4,
    atol=1e-4,
)
# %% nbgrader={"grade": true, "grade_id": "hidden_pca_reconstruction", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against scikit-learn, more rows than columns and the reverse, one row to copy, all components, a far mean.
from sklearn.decomposition import PCA

rng = np.random.default_rng(125)
for n, d, m, k in [
    (12, 5, 4, 2),
    (12, 5, 1, 1),
    (5, 9, 7, 3),
    (5, 9, 3, 4),
    (20, 6, 20, 6),
    (2, 3, 4, 1),
    (6, 1, 3, 1),
]:
    # Well separated singular values, so that rounding cannot exchange components.
    basis = np.linalg.qr(rng.normal(size=(d, d)))[0]
    train = rng.normal(size=(n, d)) * 2.0 ** -np.arange(d) @ basis + rng.normal(scale=3.0, size=d)
    new = rng.normal(size=(m, d)) + 2.0
    for dtype, tolerance in ((torch.float64, 1e-8), (torch.float32, 2e-3)):
        what = f"X_train ({n}, {d}), X ({m}, {d}), {k} components, {str(dtype).removeprefix('torch.')}"
        A, B = torch.tensor(train, dtype=dtype), torch.tensor(new, dtype=dtype)
        kept = A.clone(), B.clone()
        seen = pca_reconstruction(A, B, k)
        assert_tensor(seen, what, shape=(m, d), dtype=dtype)
        assert torch.equal(A, kept[0]) and torch.equal(B, kept[1]), f"{what}: an argument was changed in place."
        pca = PCA(k, svd_solver="full").fit(A.double().numpy())
        expected = pca.inverse_transform(pca.transform(B.double().numpy()))
        # In float32 small components of small training sets are known to a few digits.
        assert_close(seen, expected, what, "Mean and components of X_train?", rtol=tolerance, atol=tolerance)
A = torch.tensor(rng.normal(size=(6, 4)))
for k in (0, -1, 5):
    assert_raises(ValueError, lambda k=k: pca_reconstruction(A, A, k), f"n_components {k} of 4", mention=str(k))
assert_raises(ValueError, lambda: pca_reconstruction(A[:3], A, 3), "n_components 3 of 3 rows", mention="3")
assert_raises(ValueError, lambda: pca_reconstruction(A, A[:, :3], 2), "X_train (6, 4), X (6, 3)", mention="(6, 3)")
### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** PCA cannot know that there is no ink below 0. It has to cancel positive parts by negative ones, which leaves a grey veil and shadows around the strokes. The logistic function has no such trouble: a large negative score is a clean 0, and
# how large does not matter. With ten numbers PCA wins in this run. It uses each number with both signs, where a ReLU code has one, and
# part of the few codes is dead: the network works with fewer numbers than it was given. PCA has other advantages too: it needs a second, no learning rate, and gives the same answer each time.
# %% [markdown]
# ### Question 1 (1 point)
#
# Look at the row of copies by your autoencoder, the row by PCA, and the lines printed beneath. Where do the two kinds of copies differ? PCA is proven to be the best linear copy. Explain from the formulas of the network how it can do better with
# equally many numbers.
# %% [markdown] nbgrader={"grade": true, "grade_id": "discuss_reconstruction", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# Both rows show the same digits, but PCA's strokes lie in a grey veil: there is ink around and between them where the original has none, and its values leave $[0, 1]$. The autoencoder's background is nearly clean, as the second line says in numbers, and its error is
# lower. PCA is the best among copies of the form $\mu + V^\top V (x - \mu)$. The network is not of this form. Its ReLU lets a feature be absent: a unit that is below 0 adds nothing, so different digits use different sets of units, where PCA
# always adds all components, with either sign. Its logistic function maps every strongly negative score to nearly 0 and every strongly positive one to nearly 1, so flat white and black areas cost it no exact cancelling. The proof speaks about linear copies alone and does not forbid
# that a nonlinear one is better.
# %% [markdown]
# # Part 3: search by what an image looks like
#
# ## Angles instead of distances
#
# Somebody hands you an image and asks for similar ones. Nobody has written labels. Compare codes: images with similar codes can be drawn from similar numbers.
#
# What is similar? A digit written with a thick pen has larger numbers in its code than the same digit in a thin one. The *mixture* of features is alike, though. So compare directions, not lengths. For two rows $a$ and $b$ the **cosine similarity** is
#
# $$\cos(a, b) = \frac{a \cdot b}{\lVert a \rVert \lVert b \rVert} = \frac{a}{\lVert a \rVert} \cdot \frac{b}{\lVert b \rVert} .$$
#
# It is 1 for the same direction, 0 for a right angle, and $-1$ for opposite directions. The right side says how to compute it for many rows: bring each row to **unit length**, then take products. For unit vectors the cosine also orders as the distance does, since
#
# $$\lVert a - b \rVert^2 = \lVert a \rVert^2 - 2\, a \cdot b + \lVert b \rVert^2 = 2 - 2 \cos(a, b) .$$
# %% tags=["try-it"]
arrows = {"query": (2.0, 1.0), "bold": (5.0, 2.7), "other": (1.2, 2.6)}
fig, ax = plt.subplots(figsize=(5.6, 3.4))
for i, (name, (u, v)) in enumerate(arrows.items()):
    ax.annotate("", (u, v), (0, 0), arrowprops={"arrowstyle": "-|>", "color": plotting.COLOURS[i], "linewidth": 1.8})
    length = math.hypot(u, v)
    ax.plot(u / length, v / length, plotting.MARKERS[i], color=plotting.COLOURS[i], markersize=7)
    far = math.hypot(u - 2.0, v - 1.0)
    cosine = (2.0 * u + 1.0 * v) / (length * math.hypot(2.0, 1.0))
    text = "query" if name == "query" else f"{name}: distance {far:.2f}, cosine {cosine:.3f}"
    ax.annotate(
        text,
        (u, v),
        textcoords="offset points",
        xytext=(6, -12) if name == "bold" else (-4, 8) if name == "other" else (6, -10),
        fontsize=9,
    )
angles = np.linspace(0, np.pi / 2, 60)
ax.plot(np.cos(angles), np.sin(angles), color="0.6", linewidth=0.9, linestyle="--")
limits = ax.set(
    aspect="equal",
    xlim=(0, 8.2),
    ylim=(0, 3.5),
    xlabel="first number of the code",
    ylabel="second number",
    title="By distance the other is nearer, by angle the bold one",
)


# %% [markdown]
# The markers on the dashed arc are the same codes at unit length.
# %% [markdown]
# ### Exercise 6: `l2_normalize` (1 point, ★☆☆)
#
# Write it: each row divided by its length $\lVert a \rVert = \sqrt{\sum_j a_j^2}$. A row of zeros has no direction; it stays a row of zeros. Every other row gets length 1, also a short one: lengths from $10^{-6}$ to $10^{6}$ occur.
#
# <details><summary>Hint</summary>
# Adding a small number to each length would be wrong for short rows. <code>torch.where</code> replaces just the lengths that are 0.
# </details>
# %% nbgrader={"grade": false, "grade_id": "l2_normalize", "locked": false, "schema_version": 3, "solution": true, "task": false}
def l2_normalize(A: torch.Tensor) -> torch.Tensor:
    """Bring every row to unit length.

    Parameters
    ----------
    A : Tensor of float, shape (n, d)

    Returns
    -------
    Tensor of float, shape (n, d)
        Of the same dtype; a row of zeros stays a row of zeros.

    Raises
    ------
    ValueError
        If A does not have two dimensions; the message gives the shape.
    """
    if A.ndim != 2:
        raise ValueError(f"A must have shape (n, d); it has shape {tuple(A.shape)}")
    # The length of each row, as a column; 1 in place of 0.
    ### BEGIN SOLUTION
    lengths = A.norm(dim=1, keepdim=True)
    lengths = torch.where(lengths > 0, lengths, torch.ones_like(lengths))
    ### END SOLUTION
    # Each row over its length.
    ### BEGIN SOLUTION
    return A / lengths
    ### END SOLUTION


# %% tags=["try-it"]
with torch.no_grad():
    codes = autoencoder.encode(X_test)
lengths = codes.norm(dim=1)
print(f"lengths of the codes from {lengths.min():.0f} to {lengths.max():.0f}, ", end="")
print(
    f"of your unit codes from {l2_normalize(codes).norm(dim=1).min():.3f} to {l2_normalize(codes).norm(dim=1).max():.3f}"
)
order = lengths.argsort()
ax = plotting.image_grid(
    torch.cat([X_test[order[:8]], X_test[order[-8:]]]),
    columns=8,
    title="Test images with the shortest codes (above) and the longest ones",
)
# %% nbgrader={"grade": true, "grade_id": "test_l2_normalize", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Rows with lengths that are easy to see: 5, 0 and 13.
A_hand = torch.tensor([[3.0, 4.0], [0.0, 0.0], [-12.0, 5.0]])
seen = l2_normalize(A_hand)
assert_tensor(seen, "l2_normalize of a (3, 2) tensor", shape=(3, 2), dtype=torch.float32)
assert_close(
    seen,
    np.array([[0.6, 0.8], [0.0, 0.0], [-12 / 13, 5 / 13]]),
    "l2_normalize",
    "Is each row divided by its own length? Is a row of zeros left as it is?",
    rtol=1e-5,
)
assert_close(A_hand, np.array([[3.0, 4.0], [0.0, 0.0], [-12.0, 5.0]]), "A after the call", "Was it changed in place?")
# %% nbgrader={"grade": true, "grade_id": "hidden_l2_normalize", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against scikit-learn; one row, one column, all zeros, short and long rows, both dtypes.
from sklearn.preprocessing import normalize

rng = np.random.default_rng(126)
for n, d in [(1, 4), (5, 1), (6, 3), (4, 4), (3, 20)]:
    for dtype, rtol in ((torch.float64, 1e-9), (torch.float32, 1e-5)):
        array = rng.normal(size=(n, d)) * 10.0 ** rng.integers(-6, 6, (n, 1))
        array[n // 2] = 0.0
        if n > 4:
            array[0] = 1e-6 / np.sqrt(d)
        A = torch.tensor(array, dtype=dtype)
        kept = A.clone()
        seen = l2_normalize(A)
        what = f"l2_normalize of ({n}, {d}) in {str(dtype).removeprefix('torch.')}"
        assert_tensor(seen, what, shape=(n, d), dtype=dtype)
        assert_close(seen, normalize(array), what, "Is anything added to the lengths?", rtol=rtol, atol=rtol / 100)
        assert torch.equal(A, kept), f"{what}: A was changed in place."
assert_close(l2_normalize(torch.zeros(2, 3)), np.zeros((2, 3)), "l2_normalize of zeros")
for shape in [(4,), (2, 3, 1)]:
    assert_raises(
        ValueError, lambda shape=shape: l2_normalize(torch.ones(shape)), f"l2_normalize of {shape}", mention=str(shape)
    )


### END HIDDEN TESTS
# %% [markdown]
# ## All pairs, piece by piece
#
# With unit rows $\tilde A$, shape $(n, d)$, and $\tilde B$, shape $(m, d)$, all cosines are one product: $\tilde A \tilde B^\top$, shape $(n, m)$.
#
# Real collections are large. A million images have $10^{12}$ pairs. Nobody keeps all of them; one takes some rows, looks at their cosines, and goes on. So learn to work in **chunks**: at most `chunk` rows of $A$ at a time. Here the pieces
# are put together again, so that the result does not depend on `chunk`.
# %% [markdown]
# ### Exercise 7: `cosine_similarity` (1.5 points, ★★☆)
#
# Write it. A row of zeros has the cosine 0 with everything. With `chunk=None` take all rows at once. With a number take products of at most `chunk` rows of `A` with `B`; the last piece may be smaller. The checks of the arguments are given.
#
# <details><summary>Hint</summary>
# Your <code>l2_normalize</code> does most of the work. <code>A.split(chunk)</code> cuts rows into pieces, and <code>torch.cat</code> joins pieces.
# </details>
# %% nbgrader={"grade": false, "grade_id": "cosine_similarity", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cosine_similarity(A: torch.Tensor, B: torch.Tensor, chunk: int | None = None) -> torch.Tensor:
    """Cosine of the angle between every row of A and every row of B.

    Parameters
    ----------
    A : Tensor of float, shape (n, d)
    B : Tensor of float, shape (m, d)
        Of the same dtype.
    chunk : int, optional
        The most rows of A in one product; all unless given.

    Returns
    -------
    Tensor of float, shape (n, m)
        Of the same dtype; 0 where a row is all zeros.

    Raises
    ------
    ValueError
        If A and B are not matrices with the same number of columns (the message gives both shapes), or chunk is below 1.
    """
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[1]:
        raise ValueError(f"A {tuple(A.shape)} and B {tuple(B.shape)} must be (n, d) and (m, d)")
    if chunk is not None and chunk < 1:
        raise ValueError(f"chunk must be at least 1; it is {chunk}")
    # Unit rows.
    ### BEGIN SOLUTION
    A, B = l2_normalize(A), l2_normalize(B)
    ### END SOLUTION
    # The products, piece by piece, joined.
    ### BEGIN SOLUTION
    pieces = [A] if chunk is None else A.split(chunk)
    return torch.cat([piece @ B.T for piece in pieces])
    ### END SOLUTION


# %% tags=["try-it"]
by_digit = y_test[:300].argsort(stable=True)
fig, axes = plt.subplots(1, 2, figsize=(9.4, 4.2))
for ax, name, features in zip(axes, ["pixels", "codes"], [X_test[:300], codes[:300]], strict=True):
    similarity = cosine_similarity(features[by_digit], features[by_digit], chunk=100)
    picture = ax.imshow(similarity.numpy(), cmap="Blues", vmin=float(similarity.quantile(0.05)), vmax=1)
    bar = fig.colorbar(picture, ax=ax, shrink=0.85)
    counts = torch.bincount(y_test[:300], minlength=10)
    edges = counts.cumsum(0)
    middles = (edges - counts / 2).numpy()
    ax.set(xticks=middles, yticks=middles, xticklabels=range(10), yticklabels=range(10), title=f"{name}: your cosines")
# %% [markdown]
# Both maps show 300 test images, ordered by digit. The blocks along the diagonal are images of the same digit. Codes are never negative, and neither are pixels, so no cosine is below 0. Each map has its own scale: cosines of codes are larger, as most codes share some large numbers. A search needs their order alone.
# %% nbgrader={"grade": true, "grade_id": "test_cosine_similarity", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Directions by hand: east, north-east and nothing against north, west and south-west of any length.
from sklearn.preprocessing import normalize

A_hand = torch.tensor([[2.0, 0.0], [3.0, 3.0], [0.0, 0.0]])
B_hand = torch.tensor([[0.0, 5.0], [-1.0, 0.0], [-4.0, -4.0], [0.5, 0.5]])
half = np.sqrt(0.5)
expected = np.array([[0.0, -1.0, -half, half], [half, -half, -1.0, 1.0], [0.0, 0.0, 0.0, 0.0]])
for chunk in (None, 2, 5):
    seen = observe(
        lambda chunk=chunk: cosine_similarity(A_hand, B_hand, chunk=chunk),
        using={"l2_normalize": lambda A: torch.tensor(normalize(A.numpy()))},
    )
    assert_tensor(seen, f"cosine_similarity with chunk {chunk}", shape=(3, 4), dtype=torch.float32)
    assert_close(
        seen,
        expected,
        f"cosine_similarity with chunk {chunk}",
        "Do rows belong to A? Are rows of both brought to unit length?",
        rtol=1e-5,
        atol=1e-6,
    )
# %% nbgrader={"grade": true, "grade_id": "hidden_cosine_similarity", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against SciPy and scikit-learn; every chunk; zero rows; and what the largest product of matrices was.
from sklearn.metrics.pairwise import cosine_similarity as cosine_from_sklearn


def unit_rows(A):
    lengths = (A * A).sum(dim=1, keepdim=True).sqrt()
    return A / lengths.masked_fill(lengths == 0, 1.0)


def watched(A, B, chunk):
    from torch.overrides import TorchFunctionMode

    products = {"matmul", "__matmul__", "__rmatmul__", "mm", "bmm", "addmm", "einsum", "linear", "inner", "tensordot"}
    products |= {"cosine_similarity", "dot", "mv", "baddbmm"}

    class Watch(TorchFunctionMode):
        largest = 0

        def __torch_function__(self, func, types, args=(), kwargs=None):
            result = func(*args, **(kwargs or {}))
            if getattr(func, "__name__", "") in products and isinstance(result, torch.Tensor):
                self.largest = max(self.largest, result.numel())
            return result

    kept = A.clone(), B.clone()
    with Watch() as watch:
        similarity = cosine_similarity(A, B) if chunk is None else cosine_similarity(A, B, chunk)
    return similarity, watch.largest, torch.equal(A, kept[0]) and torch.equal(B, kept[1])


rng = np.random.default_rng(127)
for n, m, d in [(1, 5, 3), (7, 1, 2), (6, 4, 1), (10, 7, 4), (5, 5, 5)]:
    for dtype, tolerance in ((torch.float64, 1e-9), (torch.float32, 1e-5)):
        a, b = rng.normal(size=(n, d)) * 10, rng.normal(size=(m, d)) / 10
        a[n - 1] = 0.0 if n > 1 else 1.0
        A, B = torch.tensor(a, dtype=dtype), torch.tensor(b, dtype=dtype)
        for chunk in (None, 1, 3, n, n + 4):
            what = f"cosine_similarity of ({n}, {d}) and ({m}, {d}), chunk {chunk}"
            seen, largest, unchanged = observe(
                lambda A=A, B=B, chunk=chunk: watched(A, B, chunk), using={"l2_normalize": unit_rows}
            )
            assert_tensor(seen, what, shape=(n, m), dtype=dtype)
            assert_close(seen, cosine_from_sklearn(a, b), what, rtol=tolerance, atol=tolerance)
            assert unchanged, f"{what}: an argument was changed in place."
            if chunk is not None:
                assert largest <= chunk * m, f"{what}: one product has {largest} numbers, more than {chunk} rows."
none = observe(lambda: cosine_similarity(torch.ones(2, 3), torch.zeros(4, 3), 1), using={"l2_normalize": unit_rows})
assert_close(none, np.zeros((2, 4)), "the cosines with rows of zeros")
for B, chunk, mention in [
    (torch.ones(4, 2), None, "(4, 2)"),
    (torch.ones(4, 1), None, "(4, 1)"),
    (torch.ones(3), None, "(3,)"),
    (torch.ones(4, 3), 0, "chunk"),
    (torch.ones(4, 3), -2, "chunk"),
]:
    assert_raises(
        ValueError,
        lambda B=B, chunk=chunk: observe(
            lambda: cosine_similarity(torch.ones(5, 3), B, chunk), using={"l2_normalize": unit_rows}
        ),
        f"cosine_similarity of A (5, 3), B {tuple(B.shape)}, chunk {chunk}",
        mention=mention,
    )


### END HIDDEN TESTS
# %% [markdown]
# ### Exercise 8: `nearest_images` (1.5 points, ★★☆)
#
# Write the search: the $k$ rows of `codes` with the largest cosine to row `query`, the largest first. The query itself is left out, **by its index**. Its cosine with itself is 1, but another row may have the cosine 1 as well. Rows that tie may come in any
# order. The check of the arguments is given.
#
# <details><summary>Hint</summary>
# <code>codes[query : query + 1]</code> is a matrix with one row. What may you write into the row of cosines, so that the query cannot win? <code>topk</code> finds the largest
# values and their places.
# </details>
# %% nbgrader={"grade": false, "grade_id": "nearest_images", "locked": false, "schema_version": 3, "solution": true, "task": false}
def nearest_images(codes: torch.Tensor, query: int, k: int) -> torch.Tensor:
    """Find the rows that are nearest to one row by the cosine.

    Parameters
    ----------
    codes : Tensor of float, shape (n, d)
        One row an image. Of any sign.
    query : int
        Which row to search with, in 0, ..., n - 1.
    k : int
        How many to find, in 1, ..., n - 1.

    Returns
    -------
    Tensor of int64, shape (k,)
        Indices of rows, the nearest first, without the query.

    Raises
    ------
    ValueError
        If query or k lies outside its range; the message names it.
    """
    n = len(codes)
    if not 0 <= query < n:
        raise ValueError(f"query must lie in 0..{n - 1}; it is {query}")
    if not 1 <= k < n:
        raise ValueError(f"k must lie in 1..{n - 1}; it is {k}")
    # The query's cosine with each row; its own is made too small to win.
    ### BEGIN SOLUTION
    similarity = cosine_similarity(codes[query : query + 1], codes)[0]
    similarity[query] = -torch.inf
    ### END SOLUTION
    # The places of the k largest, in order.
    ### BEGIN SOLUTION
    return similarity.topk(k).indices
    ### END SOLUTION


# %% [markdown]
# Search among the 1,000 test images, once by pixels and once by the codes of your network.
# %% tags=["try-it"]
def show_search(features, queries, title):
    """Each row: a query and the six images that are nearest to it."""
    rows, titles = [], []
    for query in queries:
        found = nearest_images(features, query, 6).tolist()
        rows += [query, *found]
        titles += [f"query: {y_test[query]}"]
        titles += [f"{y_test[i]}" if y_test[i] == y_test[query] else f"{y_test[i]} (wrong)" for i in found]
    return plotting.image_grid(X_test[rows], titles=titles, columns=7, title=title)


queries = [int((y_test == digit).nonzero()[5]) for digit in (2, 4, 5, 8)]
ax = show_search(X_test, queries, "Nearest by pixels")
ax = show_search(codes, queries, "Nearest by codes")


# %% nbgrader={"grade": true, "grade_id": "test_nearest_images", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Five directions in the plane. Row 3 points exactly where the query, row 4, points; row 0 points the opposite way.
from sklearn.metrics.pairwise import cosine_similarity as cosine_from_sklearn
from sklearn.preprocessing import normalize

stand_ins = {
    "l2_normalize": lambda A: torch.tensor(normalize(A.numpy())),
    "cosine_similarity": lambda A, B, chunk=None: torch.tensor(cosine_from_sklearn(A.numpy(), B.numpy())),
}
codes_hand = torch.tensor([[-1.0, 0.0], [1.0, 3.0], [3.0, 1.0], [9.0, 0.0], [2.0, 0.0]])
for k, expected in [(1, [3]), (2, [3, 2]), (4, [3, 2, 1, 0])]:
    seen = observe(lambda k=k: nearest_images(codes_hand, 4, k), using=stand_ins)
    assert_tensor(seen, f"nearest_images with k = {k}", shape=(k,), dtype=torch.int64)
    assert_close(
        seen,
        np.array(expected),
        f"nearest_images with k = {k}",
        "Is the query left out by its index? Is the largest cosine first?",
    )
# %% nbgrader={"grade": true, "grade_id": "hidden_nearest_images", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against SciPy's distances, every query, every k; copies of the query; rows of zeros; opposite rows.
from scipy.spatial.distance import cdist


def cosines(A, B, chunk=None):
    lengths = A.norm(dim=1)[:, None] * B.norm(dim=1)[None]
    return torch.einsum("nd,md->nm", A, B) / lengths.masked_fill(lengths == 0, 1.0)


reference = {"l2_normalize": lambda A: A / A.norm(dim=1, keepdim=True).clamp(min=1e-30), "cosine_similarity": cosines}
rng = np.random.default_rng(128)
for n, d in [(2, 3), (6, 2), (9, 5), (30, 4)]:
    for dtype in (torch.float64, torch.float32):
        codes_t = torch.tensor(rng.normal(size=(n, d)) * rng.uniform(0.1, 10, (n, 1)), dtype=dtype)
        kept = codes_t.clone()
        distances = cdist(codes_t.double().numpy(), codes_t.double().numpy(), "cosine")
        for query in {0, n // 2, n - 1}:
            for k in {1, n // 2, n - 1}:
                what = f"nearest_images of {n} rows, query {query}, k = {k}"
                seen = observe(lambda c=codes_t, q=query, k=k: nearest_images(c, q, k), using=reference)
                assert_tensor(seen, what, shape=(k,), dtype=torch.int64)
                expected = [i for i in np.argsort(distances[query]) if i != query][:k]
                assert_close(seen, np.array(expected), what)
        assert torch.equal(codes_t, kept), "codes was changed in place."
doubled = torch.tensor([[1.0, 2.0], [1.0, 2.0], [-3.0, 1.0], [1.0, 2.0], [-2.0, -4.0], [2.0, 4.0], [0.0, 0.0]])
for query in (0, 1, 3, 5):
    seen = observe(lambda q=query: nearest_images(doubled, q, 6), using=reference).tolist()
    assert sorted(seen[:3]) == sorted({0, 1, 3, 5} - {query}), (
        f"Among equal rows, query {query} found {seen[:3]} first."
    )
    assert seen[-1] == 4 and sorted([*seen, query]) == list(range(7)), f"k = 6 of 7 rows gave {seen} for query {query}."
for query in (4, 6, 2):
    seen = observe(lambda q=query: nearest_images(doubled, q, 6), using=reference).tolist()
    assert sorted([*seen, query]) == list(range(7)), f"k = 6 of 7 rows gave {seen} for query {query}."
for query, k, name in [(7, 1, "query"), (-1, 1, "query"), (0, 7, "k must"), (0, 0, "k must"), (0, -1, "k must")]:
    assert_raises(
        ValueError,
        lambda query=query, k=k: observe(lambda: nearest_images(doubled, query, k), using=reference),
        f"nearest_images of 7 rows, query {query}, k = {k}",
        mention=name[:5] if name == "query" else "k",
    )


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** Sorting all cosines and dropping the first one is the usual shortcut. It fails on collections that hold an image twice, where the first one may be the twin and the query stays in the answer. Setting the query's cosine to $-1$ instead of $-\infty$ fails more rarely: when
# an opposite row ties with it.
# %% [markdown]
# ## How good is a search?
#
# A few queries prove nothing. Here the labels help at last. The **precision at $k$** of one query is the share of its $k$ nearest images that carry the query's label. Average it over all queries:
#
# $$P_k = \frac{1}{n} \sum_{i=1}^{n} \frac{\#\{j \text{ among the } k \text{ nearest of } i : y_j = y_i\}}{k} .$$
#
# What would luck give? A random other image has the label of image $i$ with probability $(n_{y_i} - 1)/(n - 1)$, where $n_c$ counts the images of class $c$. The mean over all queries is
#
# $$P_{\text{luck}} = \sum_c \frac{n_c}{n} \cdot \frac{n_c - 1}{n - 1} ,$$
#
# about one tenth for ten classes of equal size.
# %% [markdown]
# ### Exercise 9: `precision_at_k` (1.5 points, ★★☆)
#
# Write it. Every row is a query once, and is left out of its own answer. The check of the arguments is given.
#
# <details><summary>Hint</summary>
# Two ways are fine: a loop over <code>nearest_images</code>, or one matrix of all cosines. In the second one, what must happen to the diagonal? What shape has
# <code>labels[nearest]</code> if <code>nearest</code> has shape (n, k)?
# </details>
# %% nbgrader={"grade": false, "grade_id": "precision_at_k", "locked": false, "schema_version": 3, "solution": true, "task": false}
def precision_at_k(codes: torch.Tensor, labels: torch.Tensor, k: int) -> float:
    """Mean share of a row's k nearest rows that carry its label.

    Parameters
    ----------
    codes : Tensor of float, shape (n, d)
    labels : Tensor of int64, shape (n,)
    k : int
        In 1, ..., n - 1.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    ValueError
        If labels does not have shape (n,) (the message gives its shape), or k lies outside its range.
    """
    n = len(codes)
    if labels.shape != (n,):
        raise ValueError(f"labels {tuple(labels.shape)} must have shape ({n},)")
    if not 1 <= k < n:
        raise ValueError(f"k must lie in 1..{n - 1}; it is {k}")
    # The k nearest rows of every row, without itself.
    ### BEGIN SOLUTION
    similarity = cosine_similarity(codes, codes).fill_diagonal_(-torch.inf)
    nearest = similarity.topk(k).indices
    ### END SOLUTION
    # The share of those with the same label.
    ### BEGIN SOLUTION
    return (labels[nearest] == labels[:, None]).float().mean().item()
    ### END SOLUTION


# %% [markdown]
# Three searches with the same cosine: by 784 pixels, by 50 numbers of PCA, by the 50 numbers of your code. For PCA the copies less the mean will do: the components are orthonormal, so $V^\top c$ and $V^\top c'$ have the same angle as $c$ and $c'$.
#
# A share between 0 and 1 with mean $P$ has at most the variance $P (1 - P)$. If the $n$ searches were independent, $\sqrt{P (1 - P) / n}$ would be an upper bound of the standard error. They share one collection, so take it as a rough guide. It is drawn as the bars' error.
# %% tags=["try-it"]
features = {
    "784 pixels": X_test,
    "50 numbers of PCA": pca_copies - X_train.mean(dim=0),
    "50 numbers of the code": codes,
}
found = {name: precision_at_k(rows, y_test, 10) for name, rows in features.items()}
ax = plotting.bars_with_errors(
    list(found),
    list(found.values()),
    [math.sqrt(p * (1 - p) / len(y_test)) for p in found.values()],
    xlabel="precision at 10",
    title="Your search among 1,000 test images",
)
counts = torch.bincount(y_test).double()
n = len(y_test)
print(f"by luck {float((counts * (counts - 1)).sum()) / (n * (n - 1)):.2f}")
for name, p in found.items():
    print(f"{name:<24}{p:.2f}")


# %% nbgrader={"grade": true, "grade_id": "test_precision_at_k", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Four directions in the plane. For k = 1 two of four queries find their label, for k = 2 the shares are 1/2, 1/2, 0, 0.
from sklearn.metrics.pairwise import cosine_similarity as cosine_from_sklearn
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import normalize


def nearest_from_sklearn(codes, query, k):
    search = NearestNeighbors(n_neighbors=k, metric="cosine").fit(codes.numpy())
    return torch.tensor(search.kneighbors(return_distance=False)[query])


stand_ins = {
    "l2_normalize": lambda A: torch.tensor(normalize(A.numpy())),
    "cosine_similarity": lambda A, B, chunk=None: torch.tensor(cosine_from_sklearn(A.numpy(), B.numpy())),
    "nearest_images": nearest_from_sklearn,
}
codes_hand = torch.tensor([[1.0, 0.0], [5.0, 1.0], [2.0, 2.0], [0.0, 3.0]])
labels_hand = torch.tensor([7, 7, 3, 9])
for k, expected in [(1, 0.5), (2, 0.25), (3, 1 / 6)]:
    seen = observe(lambda k=k: precision_at_k(codes_hand, labels_hand, k), using=stand_ins)
    assert_number(seen, f"precision_at_k with k = {k}")
    assert_close(
        seen, expected, f"precision_at_k with k = {k}", "Is the query left out? Is it a share of k?", rtol=1e-6
    )
# %% nbgrader={"grade": true, "grade_id": "hidden_precision_at_k", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against a count with SciPy's distances; equal rows with different labels; one class; lengths that must not matter.
from scipy.spatial.distance import cdist


def cosines(A, B, chunk=None):
    lengths = A.norm(dim=1)[:, None] * B.norm(dim=1)[None]
    return torch.einsum("nd,md->nm", A, B) / lengths.masked_fill(lengths == 0, 1.0)


def nearest_by_sorting(codes, query, k):
    order = cosines(codes, codes)[query].argsort(descending=True)
    return order[order != query][:k]


reference = {
    "l2_normalize": lambda A: A / A.norm(dim=1, keepdim=True).clamp(min=1e-30),
    "cosine_similarity": cosines,
    "nearest_images": nearest_by_sorting,
}


def seen_for(codes, labels, k):
    return observe(lambda: precision_at_k(codes, labels, k), using=reference)


rng = np.random.default_rng(129)
for n, d, classes in [(2, 3, 1), (7, 2, 3), (20, 4, 2), (40, 3, 5)]:
    array = rng.normal(size=(n, d)) * rng.uniform(0.01, 100, (n, 1))
    labels = rng.integers(0, classes, n)
    distances = cdist(array, array, "cosine")
    codes_t, labels_t = torch.tensor(array), torch.tensor(labels)
    for k in {1, n // 2, n - 1}:
        shares = []
        for i in range(n):
            others = sorted((j for j in range(n) if j != i), key=lambda j: distances[i, j])[:k]
            shares.append(sum(labels[j] == labels[i] for j in others) / k)
        what = f"precision_at_k of {n} rows, k = {k}"
        seen = seen_for(codes_t, labels_t, k)
        assert_number(seen, what)
        # A mean of shares in float32 keeps six digits.
        assert_close(seen, float(np.mean(shares)), what, rtol=1e-5)
        assert_close(seen_for(codes_t.float(), labels_t, k), float(np.mean(shares)), f"{what}, float32", rtol=1e-5)
    assert np.array_equal(codes_t.numpy(), array) and np.array_equal(labels_t.numpy(), labels), (
        "An argument was changed."
    )
# Three equal rows with three labels, twice, in opposite directions: the query itself must not count.
equal = torch.tensor([[1.0, 2.0]] * 3 + [[-1.0, -2.0]] * 3)
assert_close(seen_for(equal, torch.tensor([0, 1, 2, 0, 1, 2]), 2), 0.0, "equal rows with different labels, k = 2")
assert_close(seen_for(equal, torch.tensor([0, 1, 2, 0, 1, 2]), 5), 0.2, "the same rows, k = 5", rtol=1e-5)
assert_close(seen_for(equal, torch.full((6,), 4), 2), 1.0, "rows of one class", rtol=1e-6)
for labels_bad, k, mention in [
    (torch.zeros(5, dtype=torch.int64), 1, "(5,)"),
    (torch.zeros((6, 1), dtype=torch.int64), 1, "(6, 1)"),
    (torch.zeros(6, dtype=torch.int64), 0, "k"),
    (torch.zeros(6, dtype=torch.int64), 6, "k"),
]:
    assert_raises(
        ValueError,
        lambda labels=labels_bad, k=k: seen_for(equal, labels, k),
        f"precision_at_k of 6 rows, labels {tuple(labels_bad.shape)}, k = {k}",
        mention=mention,
    )
### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The three searches are within about one standard error of each other in this run, and far above luck. So the fifty numbers of the code have lost nothing that this search needs, though no label was used, and there are sixteen times fewer numbers to store and to multiply. The standard error also says what may *not* be claimed:
# that the code is better than the pixels. The next part makes the task harder.
# %% [markdown]
# # Part 4: noise removed
#
# ## What a denoiser learns
#
# Cover the image with noise, give the noisy image to the network, and ask for the **clean** one. With $\epsilon_{ij}$ independent and normal, mean 0 and standard deviation 1, and clipped to $[0, 1]$ as every image is,
#
# $$\tilde x_{ij} = \min\big(1, \max(0,\; x_{ij} + \tau\, \epsilon_{ij})\big), \qquad L = \frac{1}{n d} \sum_{i,j} \big(\hat x(\tilde x)_{ij} - x_{ij}\big)^2 ,$$
#
# where $\tau$ is the argument `std`. A copy is no longer a good answer. The network must know what digits look like.
#
# What is the best answer, if many clean images could lie behind the noisy one? Fix $\tilde x$ and one pixel. Let $g$ be the answer and $m = \mathbb{E}[x \mid \tilde x]$ the mean of the clean pixel over all images that could lie behind. Then
#
# $$\mathbb{E}\big[(g - x)^2 \mid \tilde x\big] = \mathbb{E}\big[(g - m + m - x)^2 \mid \tilde x\big] = (g - m)^2 + \mathbb{E}\big[(m - x)^2 \mid \tilde x\big] ,$$
#
# because the mixed term is $2 (g - m)\, \mathbb{E}[m - x \mid \tilde x] = 0$. The second part does not depend on $g$. So the best answer is $g = m$, the **mean of what is possible**. Where the network cannot know, it draws grey.
#
# One pixel shows it. Let $x$ be 0 or 1, each with probability one half, with noise and without the clip. By Bayes' rule
#
# $$m = P(x = 1 \mid \tilde x) = \frac{e^{-(\tilde x - 1)^2 / 2 \tau^2}}{e^{-(\tilde x - 1)^2 / 2 \tau^2} + e^{-\tilde x^2 / 2 \tau^2}} = \frac{1}{1 + e^{-(2 \tilde x - 1) / 2 \tau^2}} = \sigma\Big(\frac{\tilde x - \frac12}{\tau^2}\Big) .$$
#
# The last step divides by the numerator and uses $(\tilde x - 1)^2 - \tilde x^2 = 1 - 2 \tilde x$. It is the logistic function of PS 4, steep where the noise is weak and flat where it is strong.
# %% tags=["try-it"]
rng = np.random.default_rng(0)
axis = np.linspace(-1, 2, 200)
fig, axes = plt.subplots(1, 2, figsize=(9.4, 3.3), sharey=True)
for ax, std in zip(axes, (0.3, 0.6), strict=True):
    pixel = rng.integers(0, 2, 20000)
    noisy_pixel = pixel + std * rng.normal(size=20000)
    bins = np.linspace(-0.9, 1.9, 29)
    place = np.digitize(noisy_pixel, bins)
    centres = [(bins[i - 1] + bins[i]) / 2 for i in range(1, 29) if np.sum(place == i) > 20]
    means = [pixel[place == i].mean() for i in range(1, 29) if np.sum(place == i) > 20]
    ax.plot(axis, 1 / (1 + np.exp(-(axis - 0.5) / std**2)), label=r"$\sigma((\tilde x - 1/2) / \tau^2)$")
    ax.plot(centres, means, "s", markersize=4, label="mean clean pixel, simulated")
    ax.set(xlabel=r"noisy pixel $\tilde x$", title=rf"noise $\tau$ = {std}")
axes[0].set_ylabel("best answer $m$")
legend = axes[0].legend(fontsize=8, loc="upper left")


# %% [markdown]
# ### Exercise 10: `add_noise` (1 point, ★☆☆)
#
# Write $\tilde x$ for images of any shape: normal noise, drawn from `generator` for each number anew, and the *sum* clipped to $[0, 1]$. PyTorch's global random state stays as it was. The check of `std` is given.
#
# <details><summary>Hint</summary>
# <code>torch.randn(X.shape, generator=generator, dtype=X.dtype)</code>. Then <code>clamp</code>.
# </details>
# %% nbgrader={"grade": false, "grade_id": "add_noise", "locked": false, "schema_version": 3, "solution": true, "task": false}
def add_noise(X: torch.Tensor, std: float, generator: torch.Generator) -> torch.Tensor:
    """Cover images with normal noise.

    Parameters
    ----------
    X : Tensor of float, any shape
        Values in [0, 1].
    std : float
        Standard deviation of the noise before the clip, not negative.
    generator : torch.Generator
        Where the noise comes from.

    Returns
    -------
    Tensor of float, the shape and dtype of X
        In [0, 1].

    Raises
    ------
    ValueError
        If std is negative; the message gives it.
    """
    if std < 0:
        raise ValueError(f"std must not be negative; it is {std}")
    # Noise for each number, added.
    ### BEGIN SOLUTION
    noisy = X + std * torch.randn(X.shape, generator=generator, dtype=X.dtype)
    ### END SOLUTION
    # Back into the range of pixels.
    ### BEGIN SOLUTION
    return noisy.clamp(0, 1)
    ### END SOLUTION


# %% tags=["try-it"]
levels = (0.0, 0.2, 0.5, 0.8)
generator = torch.Generator().manual_seed(0)
ax = plotting.image_grid(
    torch.cat([add_noise(X_test[:8], std, generator) for std in levels]),
    columns=8,
    title="Your noise",
    row_names=[f"std {std}" for std in levels],
)


# %% nbgrader={"grade": true, "grade_id": "test_add_noise", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Grey images with little noise: nothing is clipped, so the noise can be measured. Black images: half of the noise is clipped.
def noisy_images(value, std, seed):
    return add_noise(torch.full((40, 1, 10, 10), value), std, torch.Generator().manual_seed(seed))


seen = observe(lambda: noisy_images(0.5, 0.05, 0))
assert_tensor(seen, "grey images with noise", shape=(40, 1, 10, 10), dtype=torch.float32)
measured = float((seen - 0.5).std())
# The standard deviation of 4,000 draws is known to about one per cent.
assert 0.047 < measured < 0.053, f"With std 0.05 the noise has the standard deviation {measured:.3g}."
same = observe(lambda: torch.equal(noisy_images(0.5, 0.05, 0), noisy_images(0.5, 0.05, 0)))
assert same, "Two generators with the same seed gave different noise. Is the noise drawn from generator?"
seen = observe(lambda: noisy_images(0.0, 0.5, 1))
low, high = float(seen.min()), float(seen.max())
assert low >= 0 and high <= 1, f"Noisy pixels lie between {low:.2f} and {high:.2f}. Where do pixels have to lie?"
clipped = float((seen == 0).float().mean())
assert 0.45 < clipped < 0.55, f"{clipped:.2f} of the pixels of noisy black images are 0. Should it be a half?"
# %% nbgrader={"grade": true, "grade_id": "hidden_add_noise", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# The distribution of 60,000 draws; independence; the generator alone; both ends of the range; shapes and dtypes.
from scipy.stats import kurtosis

for dtype in (torch.float32, torch.float64):
    for shape, level, std in [((200, 300), 0.5, 0.05), ((100, 3, 10, 20), 0.4, 0.08)]:

        def draw(shape=shape, level=level, std=std, dtype=dtype):
            X = torch.full(shape, level, dtype=dtype)
            generator, state = torch.Generator().manual_seed(7), torch.get_rng_state()
            first, second = add_noise(X, std, generator), add_noise(X, std, generator)
            untouched = torch.equal(X, torch.full_like(X, level)) and torch.equal(torch.get_rng_state(), state)
            torch.manual_seed(1234)
            again = add_noise(X, std, torch.Generator().manual_seed(7))
            other = add_noise(X, std, torch.Generator().manual_seed(8))
            return first, second, again, other, untouched

        first, second, again, other, untouched = observe(draw)
        what = f"noise of std {std} on {shape}"
        assert_tensor(first, what, shape=shape, dtype=dtype)
        assert untouched, f"{what}: X or PyTorch's global random state was changed."
        assert torch.equal(first, again), f"{what}: the same seed gave other noise. Is it drawn from generator alone?"
        assert not torch.equal(first, second) and not torch.equal(first, other), f"{what}: two draws are equal."
        noise = (first - level).double().numpy().reshape(shape[0], -1) / std
        # Five standard errors of 60,000 independent normal draws: 0.02 for the mean, 0.015 for the spread, 0.1 for the kurtosis.
        assert abs(noise.mean()) < 0.02, f"{what}: its mean is {noise.mean() * std:.3g} instead of 0."
        assert abs(noise.std() - 1) < 0.015, f"{what}: its standard deviation is {noise.std() * std:.3g}."
        assert abs(kurtosis(noise.ravel())) < 0.1, f"{what}: it is not normally distributed."
        assert len(np.unique(noise)) > 0.9 * noise.size * (1 if dtype == torch.float64 else 0.9), (
            f"{what}: draws repeat."
        )
for level, std, at, share in [
    (1.0, 0.4, 1.0, 0.5),
    (0.9, 0.3, 1.0, 0.3694),
    (0.9, 0.3, 0.0, 0.00135),
    (0.0, 2.0, 1.0, 0.3085),
]:
    seen = observe(lambda a=level, s=std: add_noise(torch.full((100, 300), a), s, torch.Generator().manual_seed(3)))
    assert float(seen.min()) >= 0 and float(seen.max()) <= 1, f"Pixels of {level} with std {std} leave [0, 1]."
    found = float((seen == at).float().mean())
    # Normal tail probabilities; five standard errors of 30,000 draws are at most 0.0145.
    assert abs(found - share) < 0.0145, f"Of pixels {level} with std {std}, {found:.4f} are {at}, not {share:.4f}."
images = torch.rand(5, 4, generator=torch.Generator().manual_seed(0))
seen = observe(lambda: add_noise(images, 0.0, torch.Generator().manual_seed(0)))
assert_close(seen, images, "images with noise of std 0", rtol=1e-6)
assert_raises(
    ValueError,
    lambda: observe(lambda: add_noise(images, -0.25, torch.Generator().manual_seed(0))),
    "std -0.25",
    mention="-0.25",
)


### END HIDDEN TESTS
# %% [markdown]
# ### Exercise 11: `train_denoiser` (2 points, ★★★)
#
# Write the training. It is `train_autoencoder` with one difference: the input of a batch is noisy, the target is clean. Every epoch has **fresh noise**. The network then never sees the same noisy image twice and cannot learn the noise by heart. All that is random,
# order and noise, comes from `seed` alone, and PyTorch's global random state stays as it was. The losses are counted as before.
#
# <details><summary>Hint</summary>
# One generator, made once, can give both the order and the noise. Which of the two tensors goes into the model, and which into the loss?
# </details>
# %% nbgrader={"grade": false, "grade_id": "train_denoiser", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_denoiser(
    model: nn.Module, X: torch.Tensor, std: float, n_epochs: int, lr: float, batch_size: int, seed: int
) -> list[float]:
    """Train a model to remove noise.

    Parameters
    ----------
    model : nn.Module
        Maps a tensor (b, ...) to one of the same shape. It is changed.
    X : Tensor of float, shape (n, ...)
        Clean images in [0, 1]: the targets.
    std : float
        Standard deviation of the noise, as in add_noise.
    n_epochs : int
        0 or more.
    lr : float
        Learning rate of Adam.
    batch_size : int
    seed : int
        Of the order of the samples and of the noise.

    Returns
    -------
    list of float
        One an epoch: the mean of the squared errors against the clean images, each measured before the step of its batch.
    """
    # Adam, a generator for order and noise, training mode.
    ### BEGIN SOLUTION
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    generator = torch.Generator().manual_seed(seed)
    model.train()
    ### END SOLUTION
    losses = []
    for _ in range(n_epochs):
        # A step for each batch of a new order, with fresh noise; then the epoch's mean.
        ### BEGIN SOLUTION
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(batch_size):
            clean = X[rows]
            loss = F.mse_loss(model(add_noise(clean, std, generator)), clean)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        losses.append(total / len(X))
        ### END SOLUTION
    return losses


# %% [markdown]
# Train a second network on strong noise, `std` = 0.5, and compare three ways to clean test images: the new network; the plain autoencoder of Part 1, which has never seen noise; and PCA, which keeps 50 directions of clean images and drops the noise in the other 734.
# %% tags=["try-it"]
torch.manual_seed(0)
denoiser = AutoEncoder(784, 50)
losses = train_denoiser(denoiser, X_train, 0.5, 8, 2e-3, 32, seed=0)
noisy = add_noise(X_test, 0.5, torch.Generator().manual_seed(5))
with torch.no_grad():
    cleaned = {
        "noisy": noisy,
        "plain autoencoder": autoencoder(noisy),
        "PCA": pca_reconstruction(X_train, noisy, 50),
        "denoiser": denoiser(noisy),
    }
ax = plotting.image_grid(
    torch.cat([X_test[shown], *(images[shown].clip(0, 1) for images in cleaned.values())]),
    columns=10,
    title="Noisy test images, and three ways to clean them",
    row_names=["clean", *(name.replace(" ", "\n") for name in cleaned)],
)
for name, images in cleaned.items():
    print(f"{name:<18} mean squared error against the clean images {((images - X_test) ** 2).mean():.3f}")
# %% [markdown]
# And now search with noisy images. All 1,000 test images are covered with noise. Each way of search uses what it has: noisy pixels, the PCA of noisy pixels, the codes of the plain autoencoder, or those of the denoiser.
# %% tags=["try-it"]
with torch.no_grad():
    noisy_features = {
        "784 pixels": noisy,
        "50 numbers of PCA": cleaned["PCA"] - X_train.mean(dim=0),
        "50 numbers of the plain code": autoencoder.encode(noisy),
        "50 numbers of the denoiser's code": denoiser.encode(noisy),
    }
found_noisy = {name: precision_at_k(rows, y_test, 10) for name, rows in noisy_features.items()}
ax = plotting.bars_with_errors(
    list(found_noisy),
    list(found_noisy.values()),
    [math.sqrt(p * (1 - p) / len(y_test)) for p in found_noisy.values()],
    xlabel="precision at 10",
    title="Your search among 1,000 noisy images",
)
for name, p in found_noisy.items():
    print(f"{name:<35}{p:.2f}")


# %% nbgrader={"grade": true, "grade_id": "test_train_denoiser", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# A small model notes what it is given. The same samples are trained for several epochs; add_noise has a stand-in.
def noise_from_torch(X, std, generator):
    return torch.normal(X, std, generator=generator).clip(0.0, 1.0)


def train_a_small_denoiser(n_epochs, std):
    class Noting(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Sequential(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 6), nn.Sigmoid())
            self.batches = []

        def forward(self, x):
            if torch.is_grad_enabled():
                self.batches.append(x.detach().clone())
            return self.inner(x)

    torch.manual_seed(0)
    X = 0.3 + 0.4 * torch.rand(20, 1) * torch.ones(1, 6)
    model = Noting()
    losses = train_denoiser(model, X, std, n_epochs, 0.02, 20, seed=1)
    rows = [batch[batch.mean(dim=1).argsort()] for batch in model.batches]
    return losses, rows, X[X.mean(dim=1).argsort()]


losses_seen, rows, X_sorted = observe(lambda: train_a_small_denoiser(40, 0.01), using={"add_noise": noise_from_torch})
assert type(losses_seen) is list and len(losses_seen) == 40, "losses should be a list with one entry for each epoch."
assert_number(losses_seen[0], "the first of the losses")
spread = float((rows[0] - X_sorted).std())
assert 0.002 < spread < 0.05, f"With std 0.01 the model's first input is {spread:.3g} away from X. Is it the noisy one?"
assert not torch.equal(rows[0], rows[1]), "Two epochs have the same noise. Where is the generator made?"
first = observe(lambda: train_a_small_denoiser(1, 0.3), using={"add_noise": noise_from_torch})[0][0]
assert first < 0.05, f"With std 0.3 the first loss is {first:.3f}. Is it measured against the clean images?"
assert losses_seen[-1] < 0.3 * losses_seen[0], (
    f"The loss went from {losses_seen[0]:.4f} to {losses_seen[-1]:.4f}. Is there a step for each batch, with fresh gradients?"
)
# %% nbgrader={"grade": true, "grade_id": "hidden_train_denoiser", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Inputs are noted and matched with the clean rows; from them PyTorch's own Adam must give the same losses and weights.
import copy


def noise_by_hand(X, std, generator):
    return (X + std * torch.randn(X.shape, generator=generator, dtype=X.dtype)).clip(0.0, 1.0)


def noted_run(shape, std, n_epochs, lr, batch_size, seed, global_seed, ends=False):
    class Noting(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.inner = nn.Sequential(nn.Linear(width, 4), nn.Tanh(), nn.Linear(4, width), nn.Sigmoid())
            self.batches, self.modes = [], []

        def forward(self, x):
            if torch.is_grad_enabled():
                self.batches.append(x.detach().clone())
                self.modes.append(self.training)
            return self.inner(x.flatten(1)).reshape(x.shape)

    torch.manual_seed(21)
    X = torch.rand(shape).round() if ends else 0.3 + 0.4 * torch.rand(shape)
    model = Noting(math.prod(shape[1:])).eval()
    start = copy.deepcopy(model.inner)
    torch.manual_seed(global_seed)
    state, kept = torch.get_rng_state(), X.clone()
    losses = train_denoiser(model, X, std, n_epochs, lr, batch_size, seed)
    return {
        "losses": losses,
        "X": kept,
        "batches": model.batches,
        "modes": model.modes,
        "start": [p.detach() for p in start.parameters()],
        "end": [p.detach() for p in model.inner.parameters()],
        "unchanged": torch.equal(X, kept),
        "state_kept": torch.equal(torch.get_rng_state(), state),
    }


def seen_run(*arguments, **more):
    return observe(lambda: noted_run(*arguments, **more), using={"add_noise": noise_by_hand})


# Rows of 40 numbers or more lie far apart compared with noise of 0.04, so that each noisy row tells its clean one.
for shape, std, n_epochs, lr, batch_size, sizes in [
    ((10, 40), 0.04, 4, 0.01, 4, [4, 4, 2]),
    ((9, 1, 8, 6), 0.02, 3, 0.003, 5, [5, 4]),
    ((6, 50), 0.03, 3, 0.02, 100, [6]),
]:
    what = f"{shape[0]} samples of shape {shape[1:]} in batches of {batch_size}, std {std}"
    seen = seen_run(shape, std, n_epochs, lr, batch_size, 5, 0)
    assert [len(b) for b in seen["batches"]] == sizes * n_epochs, f"{what}: sizes {[len(b) for b in seen['batches']]}."
    assert seen["unchanged"], f"{what}: X was changed in place."
    assert seen["state_kept"], f"{what}: PyTorch's global random state was changed."
    assert all(seen["modes"]), f"{what}: the model was not in training mode."
    width = math.prod(shape[1:])
    clean = seen["X"].flatten(1)
    model = nn.Sequential(nn.Linear(width, 4), nn.Tanh(), nn.Linear(4, width), nn.Sigmoid())
    with torch.no_grad():
        for parameter, value in zip(model.parameters(), seen["start"], strict=True):
            parameter.copy_(value)
    adam = torch.optim.Adam(model.parameters(), lr=lr)
    expected, orders, noises = [], [], []
    for epoch in range(n_epochs):
        squares, order, noise = 0.0, [], torch.zeros_like(clean)
        for batch in seen["batches"][epoch * len(sizes) : (epoch + 1) * len(sizes)]:
            assert tuple(batch.shape[1:]) == shape[1:], f"{what}: the model was given a batch {tuple(batch.shape)}."
            inputs = batch.flatten(1)
            rows = torch.cdist(inputs, clean).argmin(dim=1)
            order += rows.tolist()
            noise[rows] = inputs - clean[rows]
            adam.zero_grad()
            error = (model(inputs) - clean[rows]).square()
            error.mean().backward()
            adam.step()
            squares += float(error.detach().sum())
        expected.append(squares / (shape[0] * width))
        assert sorted(order) == list(range(shape[0])), f"{what}: an epoch did not use each sample once."
        orders.append(tuple(order))
        noises.append(noise.double().numpy())
    assert len(set(orders)) == n_epochs and tuple(range(shape[0])) not in orders, f"{what}: is the order drawn anew?"
    # At least 900 draws: the standard deviation is known to 2.4 per cent, correlations to 0.06.
    measured = np.std(noises)
    assert abs(measured / std - 1) < 0.12, f"{what}: the noise has the standard deviation {measured:.3g}."
    between = np.corrcoef(noises[0].ravel(), noises[1].ravel())[0, 1]
    assert abs(between) < 0.3, f"{what}: the noise of two epochs has the correlation {between:.2f}. Is it fresh?"
    shared = np.corrcoef(noises[0][:-1].ravel(), noises[0][1:].ravel())[0, 1]
    assert abs(shared) < 0.35, f"{what}: the noise of two samples has the correlation {shared:.2f}."
    assert type(seen["losses"]) is list, f"{what}: losses is a {type(seen['losses']).__name__}, not a list."
    for value in seen["losses"]:
        assert_number(value, f"{what}: a loss")
    # A few steps in float32, in another order of summation, stay within a few units of the sixth digit.
    assert_close(
        np.array(seen["losses"]), expected, f"{what}: losses", "Against the clean images? Weighted?", rtol=1e-4
    )
    for value, parameter in zip(seen["end"], model.parameters(), strict=True):
        assert_close(value, parameter.detach(), f"{what}: the trained weights", "Adam?", rtol=1e-3, atol=2e-5)
pixels = torch.cat(list(seen_run((12, 30), 0.5, 2, 0.01, 5, 1, 0, ends=True)["batches"]))
assert float(pixels.min()) >= 0 and float(pixels.max()) <= 1, "The noisy images leave [0, 1]."
runs = [torch.cat(list(seen_run((12, 3), 0.1, 2, 0.01, 5, s, g)["batches"])) for s, g in ((1, 0), (1, 99), (2, 0))]
assert torch.equal(runs[0], runs[1]), "The same seed gave two trainings. Do order and noise come from seed alone?"
assert not torch.equal(runs[0], runs[2]), "Two seeds gave the same training."
assert seen_run((4, 3), 0.1, 0, 0.01, 2, 1, 0)["losses"] == [], "No epochs should give an empty list."
### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** In this run the plain autoencoder draws faint and broken digits. Its encoder sums over all 784 pixels, and clipped noise on an empty background is positive on average, so its codes are shifted in a way that it never met in training. The denoiser has learned both, what digits look like and what the noise does. PCA is a strong rival. Its components
# are averages over many pixels, in which independent noise cancels, and it needs no training on noise; its copies keep a veil. In the search by noisy images both leave the pixels far behind, and between these two the error bars decide nothing. Even the plain code does, although its pictures are poor: a shift that all codes share changes little in their order.
# %% [markdown]
# ### Question 2 (1 point)
#
# Compare your two charts of precision, for clean and for noisy images, and the pictures of cleaned images. Why does noise hurt the search by pixels so much more than the search by 50 numbers? The denoiser's digits look softer than real ones: explain this from the derivation above.
# %% [markdown] nbgrader={"grade": true, "grade_id": "discuss_noise", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# On clean images all three searches are equal within about a standard error. On noisy ones the search by pixels falls from 0.80 to 0.55, and PCA only from 0.80 to 0.74; the denoiser's codes, with 0.72, lie close to PCA. Most of the 784 pixels are background. After noise and clipping each holds a random amount that has nothing to do with the digit, yet the cosine counts it
# like ink, so the digit's share of the product is small. Each of the 50 numbers is a weighted sum over many pixels: the noise of different pixels is independent and largely cancels in the sum, while the digit's pixels act together. What noise is left outside the 50 directions is thrown away.
# The denoiser minimises the mean squared error, so its best answer is the mean of all clean images that could lie behind a noisy one. They differ in where exactly a stroke ends and how thick it is. Their mean has grey, soft edges there. A sharp edge that is one pixel off would cost more on average.
# %% [markdown]
# ## What you learned
#
# - An autoencoder learns without labels: a narrow middle and the task to copy make codes that hold what matters.
# - A code that is 0 for all images is dead, and no gradient wakes it; small steps keep more of them alive.
# - PCA is the best linear copy, and so the measure for any other. It takes ReLU and the logistic function to beat it.
# - The cosine compares directions. Precision at $k$, with an error bar and the value of luck beside it, says how good a search is.
# - Under the mean squared error the best restoration is the mean of what is possible. It is soft where it cannot know.
#
# **Back and forth.** PCA served PS 2 and PS 3 as preparation, and the distances of PS 6 are the other way to search; for unit rows both give the same order. PS 9 says more on error bars and on the difference of two classifiers. The convolutions of PS 10 can take the place of both
# layers; try it, and compare at equal size of the code. PS 13 teaches networks that carry a code along through time.
#
# **Read more.** Hinton and Salakhutdinov, *Reducing the dimensionality of data with neural networks* (Science 313, 2006); Baldi and Hornik, *Neural networks and principal component analysis: learning from examples without local minima* (Neural Networks 2, 1989); Vincent et al., *Stacked denoising autoencoders* (JMLR 11, 2010);
# *Deep Learning* (Goodfellow, Bengio, Courville), chapter 14; *Introduction to Information Retrieval* (Manning, Raghavan, Schütze), chapter 8, on precision.
