# %% [markdown]
# # PS 9: Generalization
#
# A network with enough weights can learn any training set by heart. That is no use: we want it to be right on images
# that it has not seen. Here you make a network over-fit on purpose, treat it with six cures, one at a time, and then
# measure honestly which of them helped. "Honestly" means: with error bars, and with a test that says whether a
# difference can be luck.
#
# **Goals.** After it you can
#
# - check a new network in a minute, by making it learn one batch by heart;
# - write early stopping, dropout, weight decay, random shifts and batch normalisation, and say what each does in
#   training and after it;
# - say what the error bar of an accuracy is, where it comes from, and how large it is for 1,000 test images;
# - compare two classifiers on the same images, and tell a real difference from a lucky one.
#
# **Time:** about 5 hours. **Assumed:** the training loop with modules and optimisers (PS 7), autograd (PS 6), mean
# and variance. **Points:** 20, of which 2 are for answers in words.
# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["setup"]
import copy
import math
import warnings
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from torch import nn

from helpers import data, diagrams, plotting
from helpers.checks import assert_close, assert_number, assert_raises, assert_tensor, observe

plotting.use_style()
# At its first use torch.optim loads a large part of PyTorch. Do it here, before anything is timed.
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    torch.optim.Adam([torch.zeros(1, requires_grad=True)])
# %% [markdown]
# ## The data
#
# Three hundred digits to learn from: about 30 of each class. That is little, and little data is what makes networks
# over-fit.
#
# | name | shape | what |
# | --- | --- | --- |
# | `X_small`, `y_small` | (300, 28, 28), (300,) | the small set that every model here is trained on |
# | `X_large`, `y_large` | (1200, 28, 28), (1200,) | the same 300 and 900 more: one of the cures |
# | `X_val`, `y_val` | (500, 28, 28), (500,) | watched during training; early stopping decides by them |
# | `X_test`, `y_test` | (1000, 28, 28), (1000,) | looked at once, at the end |
#
# All are tensors: images float32 in $[0, 1]$, labels int64.
# %% nbgrader={"grade": false, "grade_id": "data", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["setup"]
digits = data.load("mnist")
X_all = torch.tensor(digits.X_train[:3000] / 255.0, dtype=torch.float32)
y_all = torch.tensor(digits.y_train[:3000])
X_small, y_small = X_all[:300], y_all[:300]
X_large, y_large = X_all[:1200], y_all[:1200]
X_val, y_val = X_all[2000:2500], y_all[2000:2500]
X_test = torch.tensor(digits.X_test[:1000] / 255.0, dtype=torch.float32)
y_test = torch.tensor(digits.y_test[:1000])
# %% tags=["try-it"]
print("images of each class in the small set:", torch.bincount(y_small).tolist())
ax = plotting.image_grid(X_small[:16], titles=y_small[:16].tolist(), columns=8, title="The first 16 of the 300 images")
# %% [markdown]
# ## The model and its training
#
# All experiments use one network: 784 pixels, two hidden layers of 64 ReLU units, ten scores.
# %% tags=["try-it"]
ax = diagrams.network(
    [784, 64, 64, 10],
    labels=["pixels", "hidden", "hidden", "scores"],
    weight_labels=["(784, 64)", "(64, 64)", "(64, 10)"],
    activations=["relu", "relu", ""],
    title="The network of this notebook",
)
# %% [markdown]
# The next cell holds the network and its training loop, in the manner of PS 7: plain gradient descent on batches of
# 30 images, 400 steps with the learning rate 0.2. You need not write any of it, but read it: each cure enters through
# **one argument**, and everything else stays the same.
#
# | argument | a function that | cure |
# | --- | --- | --- |
# | `drop` | acts on the hidden values, after the ReLU | dropout |
# | `norm` | acts on the hidden values, before the ReLU | batch normalisation |
# | `change` | acts on each training batch of images | random shifts |
# | `update` | takes the step | weight decay |
# | `stopping` | an object that is told the validation loss | early stopping |
#
# With a `seed`, the start of the weights and the order of the batches are fixed. So two runs with one seed and
# different cures start at the same point and see the same images in the same order. (The last cure brings other images.)
# %% nbgrader={"grade": false, "grade_id": "training", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["setup"]
SEEDS = range(4)


class SmallNet(nn.Module):
    """784 pixels, two hidden layers of 64 ReLU units, 10 scores; `drop` and `norm` are functions or None."""

    def __init__(self, seed, drop=None, norm=None):
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.drop, self.norm = drop, norm
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise((784, 64, 64, 10)))
        for layer in self.layers:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=generator)
            nn.init.zeros_(layer.bias)
        if norm is not None:
            self.gamma, self.beta = nn.Parameter(torch.ones(2, 64)), nn.Parameter(torch.zeros(2, 64))
            self.register_buffer("mean", torch.zeros(2, 64))
            self.register_buffer("var", torch.ones(2, 64))

    def forward(self, images):
        h = images.flatten(1)
        for i in range(2):
            h = self.layers[i](h)
            if self.norm is not None:
                h = self.norm(h, self.gamma[i], self.beta[i], self.mean[i], self.var[i], self.training)
            h = torch.relu(h)
            if self.drop is not None:
                h = self.drop(h, self.training)
        return self.layers[2](h)


def sgd_step_(params, grads, lr):
    """One step of plain gradient descent, in place."""
    with torch.no_grad():
        for p, g in zip(params, grads, strict=True):
            p -= lr * g


def evaluate_small(model, X, y):
    """Mean cross-entropy and accuracy in evaluation mode, which is left on."""
    model.eval()
    with torch.no_grad():
        scores = model(X)
        return F.cross_entropy(scores, y).item(), (scores.argmax(dim=1) == y).float().mean().item()


def train_small(seed, X, y, drop=None, norm=None, change=None, update=sgd_step_, stopping=None, n_steps=400):
    """Train a SmallNet; the history has an entry every 20 steps, which is twice through 300 images."""
    model = SmallNet(seed, drop, norm)
    params = list(model.parameters())
    generator = torch.Generator().manual_seed(100 + seed)
    history = {"step": [], "train_loss": [], "train_accuracy": [], "val_loss": [], "val_accuracy": []}
    batches = []
    model.train()
    for step in range(1, n_steps + 1):
        if not batches:
            batches = list(torch.randperm(len(X), generator=generator).split(30))
        chosen = batches.pop()
        images = X[chosen] if change is None else change(X[chosen])
        grads = torch.autograd.grad(F.cross_entropy(model(images), y[chosen]), params)
        update(params, grads, 0.2)
        if step % 20 == 0:
            history["step"].append(step)
            for part, (images, labels) in {"train": (X_small, y_small), "val": (X_val, y_val)}.items():
                loss, accuracy = evaluate_small(model, images, labels)
                history[f"{part}_loss"].append(loss)
                history[f"{part}_accuracy"].append(accuracy)
            if stopping is not None and stopping.step(history["val_loss"][-1], model):
                stopping.restore(model)
                break
            model.train()
    return model, history


def draw_runs(ax, named_runs, metrics, ylabel, title):
    """Draw the mean over the seeds, and a band of one standard deviation to both sides."""
    for i, (name, several) in enumerate(named_runs.items()):
        for metric in metrics:
            values = np.array([history[metric] for _, history in several])
            steps, mean, spread = several[0][1]["step"], values.mean(axis=0), values.std(axis=0, ddof=1)
            dashed = metric.startswith("val") and len(metrics) > 1
            part = {"train": "training", "val": "validation"}[metric.partition("_")[0]]
            ax.plot(
                steps,
                mean,
                color=plotting.COLOURS[i],
                linestyle="--" if dashed else "-",
                marker=plotting.MARKERS[i],
                markersize=4,
                markevery=(i, 4),
                label=f"{name}, {part}" if len(metrics) > 1 else name,
            )
            ax.fill_between(steps, mean - spread, mean + spread, color=plotting.COLOURS[i], alpha=0.2, linewidth=0)
    ax.set(xlabel="step", ylabel=ylabel, title=title)
    ax.legend(fontsize=9)


# %% [markdown]
# # Part 1: the disease
#
# ## First: can it learn at all?
#
# Before you fight over-fitting, make sure that the network can fit. The quickest check of a new network, a new loss
# or a new loop: take **one** batch and train on it alone, again and again. A sound network with more weights than the
# batch has labels learns the batch by heart, and the loss falls to nearly 0. It does so even where the labels are
# wrong. If the loss does not fall, something is broken, and you have found out in a second rather than after a night
# of training.
#
# Two numbers help. At the **start**, a network that knows nothing gives each of $k$ classes a probability of about
# $1/k$. So the cross-entropy is near $\ln k$: 2.30 for ten classes. At the **end** it should be near 0.
# %% [markdown]
# ### Exercise 1: `overfit_one_batch` (2 points, ★★☆)
#
# Train `model` on one batch for `n_steps` steps of `torch.optim.Adam` with the learning rate `lr` and no other
# setting. The loss is the mean cross-entropy of the scores that the model returns. Every forward pass happens in
# training mode, even if the model came in evaluation mode. Gradients that were left in the model before the call must
# not enter. Return the losses as a list of floats; `losses[i]` is measured before step $i$, so with `n_steps = 0` the
# list is empty.
#
# <details><summary>Hint</summary>
# One step: <code>zero_grad</code>, forward and loss, <code>backward</code>, note <code>loss.item()</code>,
# <code>step</code>. <code>F.cross_entropy</code> takes scores and integer labels.
# </details>
# %% nbgrader={"grade": false, "grade_id": "overfit_one_batch", "locked": false, "schema_version": 3, "solution": true, "task": false}
def overfit_one_batch(model: nn.Module, xb: torch.Tensor, yb: torch.Tensor, lr: float, n_steps: int) -> list[float]:
    """Train a classifier on a single batch, to see whether it can learn it by heart.

    Parameters
    ----------
    model : Module
        Maps xb to scores of shape (n, k). It is trained in place, in training mode.
    xb : Tensor of float, shape (n, ...)
    yb : Tensor of int64, shape (n,)
        Labels in 0, ..., k - 1.
    lr : float
        Learning rate of Adam.
    n_steps : int

    Returns
    -------
    list of n_steps float
        The cross-entropy before each step, a mean over the batch, in nats.
    """
    # The mode, and the optimiser.
    ### BEGIN SOLUTION
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    ### END SOLUTION
    losses = []
    for _ in range(n_steps):
        # The loss, and fresh gradients.
        ### BEGIN SOLUTION
        loss = F.cross_entropy(model(xb), yb)
        optimizer.zero_grad()
        loss.backward()
        ### END SOLUTION
        # Note the loss and take the step.
        ### BEGIN SOLUTION
        losses.append(loss.item())
        optimizer.step()
        ### END SOLUTION
    return losses


# %% [markdown]
# The next cell tries it on 32 digits: with their labels, with random labels, and with a network that has a common
# bug. It applies the softmax itself, although `F.cross_entropy` applies one too. The scores that the loss sees then
# lie in $[0, 1]$. At best one of them is 1 and the other nine are 0, and the loss is
#
# $$-\ln \frac{e^1}{e^1 + 9 e^0} = \ln \left(1 + \frac{9}{e}\right) \approx 1.46 .$$
# %% tags=["try-it"]
xb, yb = X_small[:32], y_small[:32]
random_labels = torch.randint(0, 10, (32,), generator=torch.Generator().manual_seed(9))
curves = {
    "right labels": overfit_one_batch(SmallNet(0), xb, yb, 0.003, 80),
    "random labels": overfit_one_batch(SmallNet(0), xb, random_labels, 0.003, 80),
    "two softmaxes": overfit_one_batch(nn.Sequential(SmallNet(0), nn.Softmax(dim=1)), xb, yb, 0.003, 80),
}
fig, ax = plt.subplots(figsize=(6, 3.2))
for i, (name, losses) in enumerate(curves.items()):
    ax.plot(losses, label=name, marker=plotting.MARKERS[i], markersize=4, markevery=(2 * i, 10))
for height, text in ((math.log(10), r"$\ln 10$"), (math.log(1 + 9 / math.e), r"$\ln(1 + 9/e)$")):
    ax.axhline(height, color="0.4", linewidth=0.8, linestyle=":")
    ax.annotate(text, (79, height), (0, 3), textcoords="offset points", ha="right")
ax.set(xlabel="step", ylabel="loss before the step (nats)", title="One batch of 32 digits, learned by heart")
ax.legend(loc="upper right", bbox_to_anchor=(1, 0.52))
for name, losses in curves.items():
    print(
        f"{name:<14} last loss {'below 0.05' if losses[-1] < 0.05 else 'above 1.4' if losses[-1] > 1.4 else 'between'}"
    )


# %% nbgrader={"grade": true, "grade_id": "test_overfit_one_batch", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# A network that starts with all weights 0 gives three classes 1/3 each: the first loss is ln 3. Then it must learn.
def from_zero():
    modes = []

    class Watched(nn.Linear):
        def forward(self, x):
            modes.append(self.training)
            return super().forward(x)

    model = Watched(4, 3)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    model.eval()
    model.weight.grad = torch.full((3, 4), 9.0)  # left over from earlier work
    labels = torch.tensor([0, 2, 1, 2])
    first = overfit_one_batch(model, torch.eye(4), labels, 0.1, 1)
    weight = model.weight.detach().clone()
    return first + overfit_one_batch(model, torch.eye(4), labels, 0.1, 24), modes, weight


losses, modes, weight = observe(from_zero)
assert type(losses) is list and len(losses) == 25, (
    f"1 and 24 steps should give lists of 1 and 24 losses: {losses!r:.80}"
)
for loss in (losses[0], losses[-1]):
    assert_number(loss, "an entry of losses")
assert_close(losses[0], math.log(3), "losses[0]", "Is it measured before the first step, and a mean?", rtol=1e-5)
# Adam's first step moves every weight by lr, against the sign of its gradient: up where the label says so, else down.
expected = 0.2 * np.eye(3)[[0, 2, 1, 2]].T - 0.1
hint = "Is it Adam, and are gradients from before the call cleared?"
assert_close(weight, expected, "the weights after the first step", hint, rtol=1e-4)
assert losses[-1] < 0.5, f"After 25 steps the loss is {losses[-1]:.3f}. Does every step follow its own gradients?"
assert all(modes), "The model was run in evaluation mode. Which call switches training mode on?"
# %% nbgrader={"grade": true, "grade_id": "hidden_overfit_one_batch", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# A linear model in float64 against Adam written in NumPy, with the closed-form gradient of softmax regression.
from scipy.special import log_softmax

rng = np.random.default_rng(91)


def adam_in_numpy(X, y, W, b, lr, n_steps):
    values, first, second, losses = [W.copy(), b.copy()], [0.0, 0.0], [0.0, 0.0], []
    for t in range(1, n_steps + 1):
        log_p = log_softmax(X @ values[0] + values[1], axis=1)
        losses.append(-log_p[np.arange(len(y)), y].mean())
        delta = (np.exp(log_p) - np.eye(W.shape[1])[y]) / len(y)
        for i, grad in enumerate((X.T @ delta, delta.sum(axis=0))):
            first[i] = 0.9 * first[i] + 0.1 * grad
            second[i] = 0.999 * second[i] + 0.001 * grad**2
            values[i] -= lr * (first[i] / (1 - 0.9**t)) / (np.sqrt(second[i] / (1 - 0.999**t)) + 1e-8)
    return losses, *values


def linear_model(X, y, W, b, lr, n_steps, left):
    model = nn.Linear(*W.shape).double()
    with torch.no_grad():
        model.weight.copy_(torch.tensor(W.T))
        model.bias.copy_(torch.tensor(b))
    if left:
        model.weight.grad, model.bias.grad = torch.full_like(model.weight, 50.0), torch.full_like(model.bias, -50.0)
    xb, yb = torch.tensor(X), torch.tensor(y)
    losses = overfit_one_batch(model, xb, yb, lr, n_steps)
    return losses, model.weight, model.bias, xb, yb


for n, d, k, lr, n_steps, left in [(5, 3, 4, 0.05, 8, False), (1, 2, 2, 0.3, 5, True), (9, 4, 3, 0.01, 1, True)]:
    X, y, W, b = rng.normal(size=(n, d)), rng.integers(0, k, n), rng.normal(size=(d, k)), rng.normal(size=k)
    what = f"{n_steps} steps with lr {lr} on a batch of {n}"
    seen, weight, bias, xb, yb = observe(
        lambda X=X, y=y, W=W, b=b, lr=lr, n_steps=n_steps, left=left: linear_model(X, y, W, b, lr, n_steps, left)
    )
    losses, W_after, b_after = adam_in_numpy(X, y, W, b, lr, n_steps)
    assert type(seen) is list and len(seen) == n_steps, f"{what} should give a list of {n_steps} losses."
    for loss in seen:
        assert_number(loss, f"a loss of {what}")
    assert_close(np.array(seen, dtype=float), np.array(losses), f"the losses of {what}", rtol=1e-6)
    hint = "Are gradients from before the call cleared? Is it Adam, with its usual settings?"
    assert_close(weight, W_after.T, f"the weights after {what}", hint, rtol=1e-6, atol=1e-9)
    assert_close(bias, b_after, f"the biases after {what}", hint, rtol=1e-6, atol=1e-9)
    assert torch.equal(xb, torch.tensor(X)) and torch.equal(yb, torch.tensor(y)), "The batch was changed."


def modes_and_no_steps():
    modes = []

    class Watch(nn.Module):
        def forward(self, x):
            modes.append(self.training)
            return x

    model = nn.Sequential(Watch(), nn.Linear(3, 4), Watch())
    before = model[1].weight.detach().clone()
    model.eval()
    nothing = overfit_one_batch(model, torch.ones(2, 3), torch.tensor([0, 3]), 0.1, 0)
    same = torch.equal(before, model[1].weight)
    model.eval()
    overfit_one_batch(model, torch.ones(2, 3), torch.tensor([0, 3]), 0.1, 3)
    return nothing, same, modes


nothing, same, modes = observe(modes_and_no_steps)
assert nothing == [] and same, "With n_steps = 0 the list is empty and the model is as it was."
assert len(modes) >= 6 and all(modes), f"Every forward pass should be in training mode; the modes were {modes}."


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The random labels are learned as well as the right ones, only later. So a small training loss says
# that the network is large enough and the code sound; it says nothing about what was understood. The network with two
# softmaxes falls too, which makes the bug hard to notice in everyday training. Only the question "does it reach 0?"
# finds it.
# %% [markdown]
# ## Now on 300 images
#
# The next cell trains the network on the small set with four seeds. It keeps the runs under the name `plain`: every
# cure will be compared with them. The lines are means over the seeds. The bands are one standard deviation to both
# sides.
# %% tags=["try-it"]
runs = {"plain": [train_small(seed, X_small, y_small) for seed in SEEDS]}
fig, axes = plt.subplots(1, 2, figsize=(10, 3.6))
draw_runs(
    axes[0], {"plain": runs["plain"]}, ("train_loss", "val_loss"), "loss (nats)", "Over-fitting, seen by the loss"
)
draw_runs(
    axes[1], {"plain": runs["plain"]}, ("train_accuracy", "val_accuracy"), "accuracy (fraction)", "... by the accuracy"
)
print("weights and biases:", sum(p.numel() for p in SmallNet(0).parameters()), " training images:", len(X_small))


# %% [markdown]
# The network has far more weights than images. After some 120 steps it knows all 300 by heart. On other digits it is
# wrong on more than one in ten. The difference between the two curves is the **generalization gap**.
#
# More training does not close it. Worse: the validation loss has a minimum and then *rises*, slowly and steadily. Yet
# the validation accuracy does not fall with it.
# %% [markdown]
# ### Question 1 (1 point)
#
# Look at the two plots above. After about 120 steps the validation loss rises while the validation accuracy stays
# about where it is. How can both be true? Say what must happen to the scores of the images that are classified
# wrongly, and why the training loss drives the network there.
# %% [markdown] nbgrader={"grade": true, "grade_id": "discuss_loss_and_accuracy", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# The accuracy asks only which score is the largest. The loss asks with what probability. When all training images are
# classified correctly, the training loss can still fall: by making the scores larger, so that probabilities of the
# right labels go from 0.95 to 0.99 and on towards 1. Gradient descent does just that, since nothing holds the weights
# back. On validation images the scores grow too. Most images are right and gain a little, since a loss that is near 0
# cannot fall far. Those that are wrong stay wrong, but with more and more certainty, and a certain mistake costs
# $-\ln$ of a tiny probability, without bound. So the mean loss rises because of a few images that become surer of the
# wrong class, while hardly any image changes sides and the accuracy stays.
# %% [markdown]
# # Part 2: the cures
#
# ## Cure 1: stop in time
#
# If the validation loss has a minimum, then keep the weights from there. **Early stopping** watches the validation
# loss after each epoch (here: after each 20 steps), keeps a copy of the best weights, and gives up when there was no
# improvement for a while. How long a while is the **patience**: a noisy curve goes up and down, and one bad epoch is
# no reason to stop.
#
# The rule exactly. Let $\ell_0, \ell_1, \dots$ be the losses and let *best* be the loss at the last improvement.
#
# - $\ell_i$ is an **improvement** if $\ell_i < \text{best} - \delta$, where $\delta$ is `min_delta`. A first loss
#   that is a finite number always is one.
# - At an improvement *best* becomes $\ell_i$, `best_epoch` becomes $i$, and the weights are copied. Otherwise none of
#   the three changes.
# - The answer is "stop" if this call and the ones before it are `patience` calls in a row without an improvement, or
#   more.
#
# An example with patience 2 and $\delta = 0$:
#
# | call | 0 | 1 | 2 | 3 | 4 | 5 |
# | --- | --- | --- | --- | --- | --- | --- |
# | loss | 0.9 | 0.7 | 0.8 | 0.6 | 0.6 | 0.7 |
# | improvement? | yes | yes | no | yes | no | no |
# | `step` returns | False | False | False | False | False | True |
#
# After it `best_epoch` is 3 and `best_loss` is 0.6. A loss that is `nan` is never an improvement.
# %% [markdown]
# ### Exercise 2: `EarlyStopping` (3.5 points, ★★★)
#
# Write `step` and `restore`. The copy holds everything in the model's `state_dict()`: parameters and buffers. It must
# really be a copy: training goes on after `step`, and it changes the model's tensors in place. The same holds after
# `restore`: whatever happens to the model then, a second `restore` brings the best weights back again. `restore` may
# be given another model of the same shape.
#
# <details><summary>Hint</summary>
# What does <code>state_dict()</code> return: copies of the tensors, or the tensors themselves?
# <code>copy.deepcopy</code> copies a whole dict. For <code>nan</code>: every comparison with it is False, so ask for
# improvement, not for the lack of it.
# </details>
# %% nbgrader={"grade": false, "grade_id": "EarlyStopping", "locked": false, "schema_version": 3, "solution": true, "task": false}
class EarlyStopping:
    """Watch the validation loss, keep the best weights, and say when to stop.

    Parameters
    ----------
    patience : int
        After so many calls in a row without an improvement `step` returns True; at least 1.
    min_delta : float
        Only a loss that is lower than the best by more than this is an improvement; not negative.

    Attributes
    ----------
    best_loss : float
        The loss at the last improvement; infinity before the first call.
    best_epoch : int or None
        The number of that call, counted from 0; None before the first call.
    """

    def __init__(self, patience: int, min_delta: float = 0.0) -> None:
        if patience < 1:
            raise ValueError(f"patience must be at least 1; it is {patience}")
        if min_delta < 0:
            raise ValueError(f"min_delta must not be negative; it is {min_delta}")
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_epoch = math.inf, None
        # What else must be remembered from call to call?
        ### BEGIN SOLUTION
        self.n_calls, self.n_without = 0, 0
        self.best_weights = None
        ### END SOLUTION

    def step(self, val_loss: float, model: nn.Module) -> bool:
        """Take note of one epoch.

        Parameters
        ----------
        val_loss : float
            The validation loss after this epoch.
        model : Module
            With the weights that gave it. It is not changed.

        Returns
        -------
        bool
            True from the patience-th call in a row without an improvement on, False otherwise.
        """
        # An improvement: note loss, epoch and a copy of the weights. None: count it.
        ### BEGIN SOLUTION
        if val_loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_epoch, self.n_without = val_loss, self.n_calls, 0
            self.best_weights = copy.deepcopy(model.state_dict())
        else:
            self.n_without += 1
        ### END SOLUTION
        # Count the call, and answer.
        ### BEGIN SOLUTION
        self.n_calls += 1
        return self.n_without >= self.patience
        ### END SOLUTION

    def restore(self, model: nn.Module) -> None:
        """Load a copy of the best weights into a model, in place.

        Parameters
        ----------
        model : Module
            The one that was watched, or one of the same shape.
        """
        # Parameters and buffers of the best epoch.
        ### BEGIN SOLUTION
        model.load_state_dict(self.best_weights)
        ### END SOLUTION


# %% [markdown]
# The next cell repeats the four runs with your class and a patience of 3. Nothing else is changed, so each run walks
# along the plain one until it stops. The star marks the weights that are kept.
# %% tags=["try-it"]
runs["early stopping"], watchers = [], []
for seed in SEEDS:
    watchers.append(EarlyStopping(patience=3))
    runs["early stopping"].append(train_small(seed, X_small, y_small, stopping=watchers[-1]))
fig, ax = plt.subplots(figsize=(6.5, 3.6))
for seed, watcher in zip(SEEDS, watchers, strict=True):
    plain, stopped = runs["plain"][seed][1], runs["early stopping"][seed][1]
    ax.plot(
        plain["step"], plain["val_loss"], color="0.7", linestyle="-", linewidth=1, label="plain" if seed == 0 else None
    )
    ax.plot(
        stopped["step"],
        stopped["val_loss"],
        color=plotting.COLOURS[0],
        linestyle="-",
        linewidth=1.2,
        label="until it stopped" if seed == 0 else None,
    )
    ax.plot(
        stopped["step"][watcher.best_epoch],
        watcher.best_loss,
        "*",
        color="black",
        markersize=9,
        label="weights kept" if seed == 0 else None,
    )
ax.set(xlabel="step", ylabel="validation loss (nats)", title="Your early stopping, four seeds", ylim=(0.5, 1.0))
legend = ax.legend(ncols=3, fontsize=9)


# %% nbgrader={"grade": true, "grade_id": "test_EarlyStopping", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
# The example of the text. The model's only weight is set to the number of the call, so one can see which was kept.
def the_example():
    model, stopping = nn.Linear(1, 1, bias=False), EarlyStopping(patience=2)
    answers = []
    for i, loss in enumerate([0.9, 0.7, 0.8, 0.6, 0.6, 0.7]):
        nn.init.constant_(model.weight, float(i))
        answers.append(stopping.step(loss, model))
    stopping.restore(model)
    return answers, stopping.best_epoch, stopping.best_loss, model.weight.item()


answers, best_epoch, best_loss, kept = observe(the_example)
assert len(answers) == 6 and all(type(each) in (bool, np.bool_) for each in answers), (
    f"step should return True or False each time; the answers were {answers}."
)
assert answers == [False, False, False, False, False, True], (
    f"In the example step answered {answers}. Is the count of calls without improvement reset at an improvement?"
)
assert best_epoch == 3, f"best_epoch is {best_epoch} in the example. Is the first call number 0? Does a tie count?"
assert_close(best_loss, 0.6, "best_loss")
assert kept == 3, f"restore brought back the weights of call {kept:g} instead of call 3. Were they really copied?"
# %% nbgrader={"grade": true, "grade_id": "hidden_EarlyStopping", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Random losses against positions of running minima; min_delta by hand; nan; buffers; training on after each call.
rng = np.random.default_rng(92)


def watch(losses, patience, min_delta):
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    stopping = EarlyStopping(patience, min_delta) if min_delta else EarlyStopping(patience)
    answers = []
    for i, loss in enumerate(losses):
        with torch.no_grad():
            for value in model.state_dict().values():
                value.fill_(i)
        answers.append(stopping.step(loss, model))
        untouched = all(bool((value == i).all()) for value in model.state_dict().values())
        if not untouched:
            answers.append("step changed the model")
    with torch.no_grad():
        for value in model.state_dict().values():
            value.fill_(-1)
    restored = []
    other = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    for each in (model, other, model):
        stopping.restore(each)
        restored.append([sorted(set(value.flatten().tolist())) for value in each.state_dict().values()])
        with torch.no_grad():
            for value in each.state_dict().values():
                value.fill_(-2)
    return answers, stopping.best_epoch, stopping.best_loss, restored


def check(losses, patience, min_delta, answers, best):
    what = f"losses {[round(float(each), 3) for each in losses]}, patience {patience}, min_delta {min_delta}"
    seen, epoch, loss, restored = observe(lambda: watch([float(each) for each in losses], patience, min_delta))
    assert all(type(each) in (bool, np.bool_) for each in seen), (
        f"{what}: step should return a bool and leave the model."
    )
    assert seen == answers, f"{what}: step answered {seen}."
    assert type(epoch) is int and epoch == best, f"{what}: best_epoch is {epoch!r}."
    assert_close(loss, float(losses[best]), f"{what}: best_loss")
    for each in restored:
        hint = "Is everything in the state_dict copied, and is the copy safe from later training?"
        assert all(values == [best] for values in each), f"{what}: restore brought back {each}. {hint}"


for patience in (1, 2, 3, 5):
    losses = rng.permutation(np.linspace(0.1, 2.0, 14))
    lowest = [int(np.argmin(losses[: i + 1])) for i in range(len(losses))]
    check(losses, patience, 0.0, [i - lowest[i] >= patience for i in range(len(losses))], lowest[-1])
# Differences that are exact in floating point: 0.25 is not more than 0.25; 0.3125 in two small falls is.
check([2.0, 1.75, 1.6875], 1, 0.25, [False, True, False], 2)
check([2.0, 1.75, 1.75, 1.5], 2, 0.25, [False, False, True, False], 3)
check([2.0, 1.9, 1.8, 1.76, 1.7], 3, 0.25, [False, False, False, True, False], 4)
check([1.0, 1.0, 1.0, 1.0], 3, 0.0, [False, False, False, True], 0)
check([1.0], 1, 0.0, [False], 0)
check([5e8, 4e8], 1, 0.5, [False, False], 1)
check([1.0, np.nan, 0.5, np.nan, np.nan, 0.75], 2, 0.0, [False, False, False, False, True, True], 2)
check([-1.0, -3.0, -2.0, 0.0], 2, 0.5, [False, False, False, True], 1)
check([np.nan, np.nan, 1.0, 0.5], 2, 0.0, [False, True, False, False], 3)


def fresh():
    stopping = EarlyStopping(3, 0.5)
    return stopping.best_epoch, stopping.best_loss, stopping.patience, stopping.min_delta


assert observe(fresh) == (None, math.inf, 3, 0.5), "Before the first call best_epoch is None and best_loss infinite."
for arguments in ((0,), (2, -0.1)):
    name = "patience" if len(arguments) == 1 else "min_delta"

    def build(arguments=arguments):
        EarlyStopping(*arguments)

    assert_raises(ValueError, lambda build=build: observe(build), f"EarlyStopping{arguments}", mention=name)


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** Early stopping is the cheapest cure: it even saves time. It keeps the loss at its minimum. Look at the
# accuracy curve above before you expect more: where the accuracy does not fall later, stopping early cannot raise it.
# It does need validation images, which then cannot be used for anything that must be unbiased.
# %% [markdown]
# ## Cure 2: dropout
#
# A unit in a network can rely on one other unit, and both together on an accident of the training set. **Dropout**
# makes such partnerships worthless: at every training step, each hidden value is set to 0 with probability $p$, at
# random and independently of all others. A unit must then be useful whichever of its neighbours are there.
# %% tags=["try-it"]
def draw_thinned(ax, sizes, kept, title):
    """Draw a network; units that are not kept are crossed out, and their lines left away."""
    places = [[(layer, (size - 1) / 2 - i) for i in range(size)] for layer, size in enumerate(sizes)]
    for layer in range(len(sizes) - 1):
        for start, here in zip(places[layer], kept[layer], strict=True):
            for end, there in zip(places[layer + 1], kept[layer + 1], strict=True):
                if here and there:
                    ax.plot(*zip(start, end, strict=True), color="0.6", linewidth=0.8, linestyle="-", zorder=1)
    for layer, units in enumerate(places):
        for (x, y), here in zip(units, kept[layer], strict=True):
            fill = plotting.COLOURS[0] if here else "white"
            ax.plot(x, y, "o", markersize=13, color=fill, markeredgecolor="0.3", zorder=2)
            if not here:
                ax.plot(x, y, "x", markersize=8, color="black", zorder=3)
    ax.set(title=title, xlim=(-0.3, len(sizes) - 0.7))
    ax.axis("off")


sizes = [4, 5, 5, 3]
rng = np.random.default_rng(2)
fig, axes = plt.subplots(1, 3, figsize=(9.5, 2.6))
draw_thinned(axes[0], sizes, [[True] * size for size in sizes], "after training: all units")
for ax, name in zip(axes[1:], ("one training step", "the next training step"), strict=True):
    kept = [[True] * 4, rng.random(5) > 0.5, rng.random(5) > 0.5, [True] * 3]
    draw_thinned(ax, sizes, kept, f"{name}, $p = 0.5$")


# %% [markdown]
# After training all units are there. Then the next layer would get sums that are larger than any it was trained on.
# So the values that are kept are scaled up *in training*. Let $m$ be 0 with probability $p$ and 1 otherwise. The
# output for the value $x$ is
#
# $$\tilde x = \frac{m\,x}{1 - p}, \qquad \mathbb{E}[\tilde x] = \frac{(1 - p) \cdot x + p \cdot 0}{1 - p} = x .$$
#
# On average nothing changes, and after training nothing at all needs to be done. This form is called **inverted**
# dropout.
# %% [markdown]
# ### Exercise 3: `dropout` (2 points, ★★☆)
#
# Write it for a tensor of any shape. Each entry is dropped on its own. Draw from `generator`; where it is `None`,
# from torch's global state. If `generator` is given, the global state stays as it was. Not in training, or with $p =
# 0$, the values come back as they are. The dtype is kept, and gradients flow through the entries that are kept.
#
# <details><summary>Hint</summary>
# <code>torch.rand(shape, generator=...)</code> is uniform in [0, 1). With what probability is it at least $p$?
# </details>
# %% nbgrader={"grade": false, "grade_id": "dropout", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dropout(x: torch.Tensor, p: float, training: bool, generator: torch.Generator | None = None) -> torch.Tensor:
    """Inverted dropout.

    Parameters
    ----------
    x : Tensor of float, any shape
    p : float
        Probability that an entry is dropped, in [0, 1).
    training : bool
        If False, x comes back as it is.
    generator : torch.Generator, optional
        The source of randomness; torch's global one if None.

    Returns
    -------
    Tensor, the shape and dtype of x
        In training, each entry is 0 with probability p and x / (1 - p) otherwise.

    Raises
    ------
    ValueError
        If p lies outside [0, 1).
    """
    if not 0 <= p < 1:
        raise ValueError(f"p must lie in [0, 1); it is {p}")
    # Nothing to do?
    ### BEGIN SOLUTION
    if not training:
        return x
    ### END SOLUTION
    # Which entries are kept?
    ### BEGIN SOLUTION
    kept = torch.rand(x.shape, generator=generator) >= p
    ### END SOLUTION
    # Scale them.
    ### BEGIN SOLUTION
    return x * kept / (1 - p)
    ### END SOLUTION


# %% tags=["try-it"]
ones = torch.ones(8, 20)
fig, axes = plt.subplots(1, 3, figsize=(9.5, 1.9))
for ax, p in zip(axes, (0.2, 0.5, 0.8), strict=True):
    thinned = dropout(ones, p, True, torch.Generator().manual_seed(0))
    ax.imshow(thinned.numpy(), cmap="gray_r", vmin=0, vmax=5)
    ax.set(xticks=[], yticks=[], title=f"$p = {p}$: kept ones are {thinned.max():.2f}")
many = dropout(torch.ones(100_000), 0.8, True, torch.Generator().manual_seed(1))
print(f"mean of 100,000 ones after dropout with p = 0.8: {many.mean():.2f}")
# %% nbgrader={"grade": true, "grade_id": "test_dropout", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# A tensor without zeros: every entry must be 0 or x / (1 - p), both must occur, and without training nothing happens.
x = torch.arange(1.0, 2001.0).reshape(40, 50)


def twice():
    generator, mine = torch.Generator().manual_seed(3), x.clone()
    return [dropout(mine, 0.25, True, generator) for _ in range(2)], mine, dropout(x.clone(), 0.25, False, generator)


(first, second), x_after, outside = observe(twice)
assert torch.equal(x_after, x), "The argument x was changed in place. Work on a new tensor."
assert_tensor(first, "dropout of a (40, 50) tensor", shape=(40, 50), dtype=torch.float32)
ratio = first / x
share = float((ratio == 0).double().mean())
assert 0.2 < share < 0.3, f"With p = 0.25 the share of zeros is {share:.2f}. Is p the probability to drop or to keep?"
kept = ratio[ratio != 0]
assert torch.allclose(kept, torch.tensor(4 / 3)), (
    f"Entries that are kept are {float(kept.mean()):.3f} times x on average. By what are they divided?"
)
assert not torch.equal(first, second), "Two calls dropped the same entries. Is the generator used, and not seeded anew?"
assert torch.equal(outside, x), "Outside training the values should come back as they are."
# %% nbgrader={"grade": true, "grade_id": "hidden_dropout", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Shares by row, column and pair; reproducibility; the global state; shapes and dtypes; gradients; the range of p.
rng = np.random.default_rng(93)


def one_call(array, p, training, seed):
    x = torch.tensor(array)
    state = torch.random.get_rng_state()
    y = dropout(x, p, training, torch.Generator().manual_seed(seed))
    same_state = torch.equal(state, torch.random.get_rng_state())
    return y, x, same_state


for shape, p, dtype in [((200, 150), 0.3, np.float32), ((30000,), 0.9, np.float64), ((20, 30, 50), 0.5, np.float64)]:
    array = rng.uniform(0.5, 2.0, shape).astype(dtype)
    what = f"dropout of {np.dtype(dtype).name} {shape} with p = {p}"
    y, x_after, same_state = observe(lambda array=array, p=p: one_call(array, p, True, 7))
    assert_tensor(y, what, shape=shape, dtype=torch.tensor(array).dtype)
    assert np.array_equal(x_after.numpy(), array), f"{what} changed x in place."
    assert same_state, f"{what}: torch's global state changed although a generator was given."
    dropped = y.numpy() == 0
    # Five standard deviations of a share of independent draws, overall and in each row and column.
    assert abs(dropped.mean() - p) < 5 * np.sqrt(p * (1 - p) / dropped.size), f"{what}: {dropped.mean():.4f} are zero."
    expected = np.where(dropped, 0.0, array / (1 - p))
    assert_close(y, expected, what, "Are kept entries divided by 1 - p?", rtol=1e-5)
    for axis in range(len(shape) if len(shape) > 1 else 0):
        room = 5.5 * np.sqrt(p * (1 - p) / shape[axis])
        assert np.abs(dropped.mean(axis=axis) - p).max() < room, f"{what}: entries are not dropped one by one."
    again, _, _ = observe(lambda array=array, p=p: one_call(array, p, True, 7))
    other, _, _ = observe(lambda array=array, p=p: one_call(array, p, True, 8))
    assert torch.equal(y, again), f"{what}: the same generator gave another result."
    assert not torch.equal(y, other), f"{what}: another generator gave the same result."
special = np.array([[0.0, -1.5, 3.0], [1e30, -1e-30, 2.0]])
for p, training in [(0.0, True), (0.0, False), (0.7, False)]:
    y, _, _ = observe(lambda p=p, training=training: one_call(special, p, training, 1))
    assert_close(y, special, f"dropout with p = {p}, training = {training}", rtol=1e-12, atol=0)
signs, _, _ = observe(lambda: one_call(-np.ones(1000), 0.5, True, 2))
assert set(signs.tolist()) <= {0.0, -2.0}, "Negative entries should be 0 or x / (1 - p) too."
assert_tensor(observe(lambda: one_call(np.array(2.0), 0.5, True, 2))[0], "dropout of one number", shape=())


def with_global_state():
    torch.manual_seed(11)
    results = [dropout(torch.ones(60), 0.5, True) for _ in range(2)]
    torch.manual_seed(11)
    return *results, dropout(torch.ones(60), 0.5, True)


first, second, third = observe(with_global_state)
assert torch.equal(first, third), "Without a generator, torch.manual_seed should decide what is dropped."
assert not torch.equal(first, second), "Two calls without a generator dropped the same entries."


def gradients():
    x = torch.ones(50, dtype=torch.float64, requires_grad=True)
    upstream = torch.arange(1.0, 51.0, dtype=torch.float64)
    y = dropout(x, 0.6, True, torch.Generator().manual_seed(4))
    (y * upstream).sum().backward()
    return y.detach(), x.grad, upstream


y, grad, upstream = observe(gradients)
assert_close(grad, y * upstream, "the gradient through dropout", "Is the mask the same forwards and backwards?")
for p in (-0.1, 1.0, 1.5):
    for training in (True, False):
        assert_raises(
            ValueError, lambda p=p, t=training: dropout(torch.ones(3), p, t), f"dropout with p = {p}", mention="p"
        )


### END HIDDEN TESTS
# %% [markdown]
# Does it help? Both hidden layers get $p = 0.3$. (For layers with thousands of units 0.5 is usual; ours are small.)
# %% tags=["try-it"]
def drop_some(seed):
    generator = torch.Generator().manual_seed(200 + seed)
    return lambda h, training: dropout(h, 0.3, training, generator)


runs["dropout"] = [train_small(seed, X_small, y_small, drop=drop_some(seed)) for seed in SEEDS]
shown = {name: runs[name] for name in ("plain", "dropout")}
fig, axes = plt.subplots(1, 2, figsize=(10, 3.6))
draw_runs(axes[0], shown, ("train_loss", "val_loss"), "loss (nats)", "With and without dropout: loss")
draw_runs(axes[1], shown, ("val_accuracy",), "validation accuracy", "... and validation accuracy")
axes[1].set_ylim(0.6, 0.92)
limits = axes[0].set_ylim(0, 1.2)


# %% [markdown] tags=["analysis"]
# **Analysis.** Dropout makes the training harder, so the training loss falls more slowly. In the end this network
# learns its 300 images by heart all the same, and in this run the validation loss rises as before. Do not judge by
# the curves alone; wait for the measurement in Part 3. Dropout was made for networks that are much larger than this
# one, with many units that can take over each other's work.
# %% [markdown]
# ## Cure 3: weight decay
#
# Large scores come from large weights. So let large weights cost something: add their squares to the loss, with a
# factor $\lambda/2$.
#
# $$L_\lambda = L + \frac{\lambda}{2} \sum_j w_j^2,
# \qquad \frac{\partial L_\lambda}{\partial w_j} = \frac{\partial L}{\partial w_j} + \lambda w_j .$$
#
# The step with the learning rate $\eta$ becomes
#
# $$w_j \leftarrow w_j - \eta \left( \frac{\partial L}{\partial w_j} + \lambda w_j \right) =
# (1 - \eta\lambda)\, w_j - \eta\, \frac{\partial L}{\partial w_j} .$$
#
# Each step first shrinks the weight by a constant factor: hence **weight decay**. With gradient 0 the weight after
# $s$ steps is $(1 - \eta\lambda)^s$ of what it was. Where a weight is useful, the gradient builds it up again.
# %% [markdown]
# ### Exercise 4: `weight_decay_step_` (1.5 points, ★☆☆)
#
# Write the step, in place, for a list of parameters and a list of their gradients. Parameters may have
# `requires_grad=True`; the step itself is not recorded. The gradients stay as they were. The function returns
# nothing. Checks of the arguments are given.
#
# <details><summary>Hint</summary>
# <code>with torch.no_grad():</code>, and an operator that changes its tensor, such as <code>-=</code>. In what order
# do shrinking and adding the gradient give the formula?
# </details>
# %% nbgrader={"grade": false, "grade_id": "weight_decay_step_", "locked": false, "schema_version": 3, "solution": true, "task": false}
def weight_decay_step_(params: list[torch.Tensor], grads: list[torch.Tensor], lr: float, weight_decay: float) -> None:
    """One step of gradient descent with weight decay, in place.

    Parameters
    ----------
    params : list of Tensor of float
        They are changed.
    grads : list of Tensor
        The gradient of the loss without the penalty, one for each parameter, of its shape.
    lr : float
    weight_decay : float
        The factor lambda of the penalty, lambda / 2 times the sum of squares.

    Raises
    ------
    ValueError
        If the lists differ in length, or a gradient's shape is not that of its parameter.
    """
    if len(params) != len(grads):
        raise ValueError(f"params has {len(params)} tensors, grads has {len(grads)}")
    for p, g in zip(params, grads, strict=True):
        if p.shape != g.shape:
            raise ValueError(f"grads has a tensor of shape {tuple(g.shape)} for a parameter of shape {tuple(p.shape)}")
    # For each parameter: the gradient of loss and penalty together, and the step.
    ### BEGIN SOLUTION
    with torch.no_grad():
        for p, g in zip(params, grads, strict=True):
            p -= lr * (g + weight_decay * p)
    ### END SOLUTION


# %% tags=["try-it"]
runs["weight decay"] = [
    train_small(seed, X_small, y_small, update=lambda params, grads, lr: weight_decay_step_(params, grads, lr, 0.01))
    for seed in SEEDS
]
shown = {name: runs[name] for name in ("plain", "weight decay")}
fig, axes = plt.subplots(1, 2, figsize=(10, 3.6))
draw_runs(axes[0], shown, ("train_loss", "val_loss"), "loss (nats)", "With and without weight decay: loss")
draw_runs(axes[1], shown, ("val_accuracy",), "validation accuracy", "... and validation accuracy")
axes[1].set_ylim(0.6, 0.92)
limits = axes[0].set_ylim(0, 1.2)
for name, several in shown.items():
    size = np.mean([sum((layer.weight**2).sum().item() for layer in model.layers) for model, _ in several])
    print(f"{name:<13} sum of squared weights at the end: about {round(size, -1):.0f}")


# %% nbgrader={"grade": true, "grade_id": "test_weight_decay_step_", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# By hand: 2 - 0.5 * (1 + 0.1 * 2) = 1.4 and -4 - 0.5 * (0 + 0.1 * -4) = -3.8.
def by_hand():
    params, grads = [torch.tensor([2.0, -4.0], requires_grad=True)], [torch.tensor([1.0, 0.0])]
    weight_decay_step_(params, grads, lr=0.5, weight_decay=0.1)
    return params[0].detach(), grads[0], params[0].requires_grad and params[0].is_leaf


seen, grad_after, leaf = observe(by_hand)
hint = "Is the decay in the gradient of the penalty, multiplied by the learning rate too?"
assert_close(seen, np.array([1.4, -3.8]), "the parameter after one step", hint, rtol=1e-6)
assert_close(grad_after, np.array([1.0, 0.0]), "the gradient after the step", "Was it changed in place?")
assert leaf, "The step was recorded by autograd. Which context switches recording off?"
# %% nbgrader={"grade": true, "grade_id": "hidden_weight_decay_step_", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against torch.optim.SGD, several steps with new gradients; parameters that record and that do not; no decay; no rate.
rng = np.random.default_rng(94)
shapes = [(3, 4), (4,), (1, 5), (), (2, 1, 3)]


def take_steps(starts, all_grads, lr, weight_decay, records):
    params = [torch.tensor(start, requires_grad=records) for start in starts]
    places = [p.data_ptr() for p in params]
    kept = True
    returned = None
    for grads in all_grads:
        grads = [torch.tensor(g) for g in grads]
        before = [g.clone() for g in grads]
        returned = weight_decay_step_(params, grads, lr, weight_decay)
        kept = kept and all(torch.equal(a, b) for a, b in zip(grads, before, strict=True))
    leaves = all(
        p.is_leaf and p.requires_grad == records and p.data_ptr() == at for p, at in zip(params, places, strict=True)
    )
    return [p.detach() for p in params], kept, leaves, returned


for lr, weight_decay, records in [
    (0.1, 0.3, True),
    (0.7, 0.05, False),
    (0.2, 0.0, True),
    (0.0, 0.4, False),
    (1.0, 1.0, True),
]:
    starts = [np.asarray(rng.normal(size=shape)) for shape in shapes]
    all_grads = [[np.asarray(rng.normal(size=shape)) for shape in shapes] for _ in range(3)]
    what = f"3 steps with lr {lr} and weight_decay {weight_decay}"
    seen, kept, leaves, returned = observe(
        lambda s=starts, g=all_grads, lr=lr, wd=weight_decay, r=records: take_steps(s, g, lr, wd, r)
    )
    params = [torch.tensor(start, requires_grad=True) for start in starts]
    optimizer = torch.optim.SGD(params, lr=lr, weight_decay=weight_decay)
    for grads in all_grads:
        for p, g in zip(params, grads, strict=True):
            p.grad = torch.tensor(g)
        optimizer.step()
    for got, expected in zip(seen, params, strict=True):
        assert_close(got, expected.detach(), f"a parameter after {what}", rtol=1e-9)
    assert kept, f"{what}: a gradient was changed in place."
    assert leaves, f"{what}: a parameter is not the tensor that it was, or records differently."
    assert returned is None, f"weight_decay_step_ should return nothing; it returned {type(returned).__name__}."
for params, grads, mention in [
    ([torch.ones(2)], [], "grads"),
    ([torch.ones(2), torch.ones(3)], [torch.ones(2)], "grads"),
    ([torch.ones(3)], [torch.ones(1)], "(1,)"),
    ([torch.ones(3)], [torch.ones(3, 1)], "(3, 1)"),
]:
    assert_raises(
        ValueError,
        lambda p=params, g=grads: weight_decay_step_(p, g, 0.1, 0.1),
        f"{len(params)} params and {len(grads)} grads",
        mention=mention,
    )
assert observe(lambda: weight_decay_step_([], [], 0.1, 0.1)) is None, "Empty lists are no mistake."


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The training loss no longer goes to 0: at some point the penalty pushes back as hard as the data pull.
# The validation loss keeps falling, or stays where it is, because the scores cannot grow without bound. It is early
# stopping's effect by another road. Many training recipes decay the weights and leave biases alone; here all parameters
# decay, as `torch.optim.SGD` does it unless told otherwise. With Adam the two forms of the last formula are *not* the
# same, and `torch.optim.AdamW` uses the right-hand one.
# %% [markdown]
# ## Cure 4: random shifts
#
# A shifted 7 is a 7. The network does not know that, and 300 images do not show it. **Data augmentation** tells it:
# each time an image is used, it is changed a little, in a way that does not change its label. The network never sees
# exactly the same image twice, so there is nothing to learn by heart.
#
# A shift by $(r, c)$ moves the image $r$ rows down and $c$ columns to the right (negative: up, left). Pixels that
# leave the frame are lost, and **zeros come in** on the other side: the background of the digits is 0. In code it is
# easiest to put the image into a larger frame of zeros, with a margin as wide as the largest shift, and to cut a
# window out at a random place.
# %% tags=["try-it"]
margin, (r, c) = 6, (4, -5)
frame = F.pad(X_small[0], (margin, margin, margin, margin))
top, left = margin - r, margin - c
fig, axes = plt.subplots(1, 2, figsize=(6.5, 3.2))
axes[0].imshow(frame.numpy(), cmap="gray_r")
for (y0, x0), style, name in [((margin, margin), "--", "original"), ((top, left), "-", "window")]:
    corners = np.array([[0, 0], [0, 28], [28, 28], [28, 0], [0, 0]]) + [y0 - 0.5, x0 - 0.5]
    axes[0].plot(corners[:, 1], corners[:, 0], color=plotting.COLOURS[3], linestyle=style, label=name)
axes[0].legend(loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=2)
axes[0].set(title="image with a margin of zeros", xticks=[], yticks=[])
axes[1].imshow(frame[top : top + 28, left : left + 28].numpy(), cmap="gray_r")
labels = axes[1].set(title=f"the window: {r} down, {-c} left", xticks=[], yticks=[])


# %% [markdown]
# ### Exercise 5: `random_shift` (2.5 points, ★★★)
#
# Write it for a stack of images. For every image draw two whole numbers from $-s, \dots, s$ with $s$ = `max_shift`,
# all equally likely and independent: one for rows, one for columns. Draw from `generator` alone; torch's global state
# stays as it was. Values and dtype are kept. `max_shift` may be larger than the image. A loop over the images is
# fine.
#
# <details><summary>Hint</summary>
# <code>F.pad(images, (s, s, s, s))</code> pads the last two axes. <code>torch.randint(low, high, size,
# generator=...)</code> never returns <code>high</code>. If the window's corner lies at a number from 0 to $2s$, how
# far was the image shifted?
# </details>
# %% nbgrader={"grade": false, "grade_id": "random_shift", "locked": false, "schema_version": 3, "solution": true, "task": false}
def random_shift(images: torch.Tensor, max_shift: int, generator: torch.Generator) -> torch.Tensor:
    """Shift every image by its own random number of rows and columns; zeros come in.

    Parameters
    ----------
    images : Tensor, shape (n, h, w)
    max_shift : int
        Largest shift up, down, left and right, in pixels; not negative.
    generator : torch.Generator

    Returns
    -------
    Tensor, shape (n, h, w), the dtype of images
        A new tensor.

    Raises
    ------
    ValueError
        If images does not have three dimensions, or max_shift is negative.
    """
    if images.ndim != 3:
        raise ValueError(f"images must have shape (n, h, w); it has shape {tuple(images.shape)}")
    if max_shift < 0:
        raise ValueError(f"max_shift must not be negative; it is {max_shift}")
    n, h, w = images.shape
    # A margin of zeros around every image.
    ### BEGIN SOLUTION
    padded = F.pad(images, (max_shift, max_shift, max_shift, max_shift))
    ### END SOLUTION
    # For every image the corner of its window.
    ### BEGIN SOLUTION
    corners = torch.randint(0, 2 * max_shift + 1, (n, 2), generator=generator)
    ### END SOLUTION
    # Cut the windows out.
    ### BEGIN SOLUTION
    rows = corners[:, 0, None] + torch.arange(h)
    columns = corners[:, 1, None] + torch.arange(w)
    return padded[torch.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]]
    ### END SOLUTION


# %% tags=["try-it"]
generator = torch.Generator().manual_seed(5)
versions = torch.cat([X_small[i : i + 1].repeat(8, 1, 1) for i in (0, 1, 2)])
moved = random_shift(versions, 2, generator)
ax = plotting.image_grid(
    moved, columns=8, title="Three images, eight times each, after your random shifts of up to 2 pixels"
)


def shift_by_two(seed):
    generator = torch.Generator().manual_seed(300 + seed)
    return lambda images: random_shift(images, 2, generator)


runs["random shifts"] = [train_small(seed, X_small, y_small, change=shift_by_two(seed)) for seed in SEEDS]
shown = {name: runs[name] for name in ("plain", "random shifts")}
fig, axes = plt.subplots(1, 2, figsize=(10, 3.6))
draw_runs(axes[0], shown, ("train_loss", "val_loss"), "loss (nats)", "With and without random shifts: loss")
draw_runs(axes[1], shown, ("val_accuracy",), "validation accuracy", "... and validation accuracy")
axes[1].set_ylim(0.6, 0.92)
limits = axes[0].set_ylim(0, 1.2)
# %% nbgrader={"grade": true, "grade_id": "test_random_shift", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Every image must be one of the nine shifts by at most one pixel, and all nine must occur.
first = torch.arange(1.0, 13.0).reshape(1, 3, 4)
stack = first + 20 * torch.arange(200.0)[:, None, None]


def shift_a_copy():
    mine = stack.clone()
    return random_shift(mine, 1, torch.Generator().manual_seed(6)), mine


seen, stack_after = observe(shift_a_copy)
assert torch.equal(stack_after, stack), "The argument images was changed in place. Work on a new tensor."
assert_tensor(seen, "random_shift of (200, 3, 4)", shape=(200, 3, 4), dtype=torch.float32)
found = torch.zeros(200, dtype=torch.int64)
counts = {}
for r in (-1, 0, 1):
    for c in (-1, 0, 1):
        moved = torch.zeros_like(stack)
        moved[:, max(r, 0) : 3 + min(r, 0), max(c, 0) : 4 + min(c, 0)] = stack[
            :, max(-r, 0) : 3 - max(r, 0), max(-c, 0) : 4 - max(c, 0)
        ]
        same = (seen == moved).all(dim=2).all(dim=1)
        counts[r, c] = int(same.sum())
        found += same
assert bool((found == 1).all()), (
    f"{int((found == 0).sum())} of 200 results are no shift of their image by at most 1. Do zeros come in at the edge?"
)
missing = [shift for shift, count in counts.items() if count == 0]
assert not missing, (
    f"Among 200 images the shifts (rows, columns) {missing} never occur. "
    "Are rows and columns drawn for each image, both ends included?"
)
# %% nbgrader={"grade": true, "grade_id": "hidden_random_shift", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against scipy.ndimage.shift: which shift each image got, how often each occurs; extremes; dtypes; the global state.
from scipy import ndimage

rng = np.random.default_rng(95)


def one_call(array, max_shift, seed, calls=1):
    images, generator = torch.tensor(array), torch.Generator().manual_seed(seed)
    state = torch.random.get_rng_state()
    results = [random_shift(images, max_shift, generator) for _ in range(calls)]
    same_state = torch.equal(state, torch.random.get_rng_state())
    results[0].view(-1)[:1] += 0  # the result has memory that can be written
    return results, images, same_state


def matches(seen, array, max_shift):
    """For every possible shift (rows, columns), which images got it."""
    steps = range(-max_shift, max_shift + 1)
    shifted = {(r, c): ndimage.shift(array, (0, r, c), order=0, cval=0) for r in steps for c in steps}
    return {shift: (seen == moved).all(axis=(1, 2)) for shift, moved in shifted.items()}


for n, h, w, max_shift, dtype in [
    (2500, 4, 5, 2, np.float32),
    (900, 6, 3, 1, np.float64),
    (40, 1, 7, 0, np.float32),
    (60, 2, 3, 4, np.uint8),
    (1, 5, 5, 2, np.int64),
]:
    array = rng.integers(1, 250, (n, h, w)).astype(dtype)
    array[:, 0, 0] = np.arange(n) % 250 + 1
    what = f"random_shift of {np.dtype(dtype).name} ({n}, {h}, {w}) by at most {max_shift}"
    (seen,), images, same_state = observe(lambda a=array, m=max_shift: one_call(a, m, 9))
    assert_tensor(seen, what, shape=(n, h, w), dtype=images.dtype)
    assert np.array_equal(images.numpy(), array), f"{what} changed its argument."
    assert same_state, f"{what} changed torch's global state although a generator was given."
    which = matches(seen.numpy(), array, max_shift)
    fit = np.sum(list(which.values()), axis=0)
    assert (fit >= 1).all(), f"{what}: {int((fit == 0).sum())} images are no such shift of what they were."
    if n >= 900:
        # Each of the k shifts is expected n / k times; five standard deviations of the count to both sides.
        expected = n / len(which)
        room = 5 * np.sqrt(expected * (1 - 1 / len(which)))
        for shift, hit in which.items():
            assert abs(hit.sum() - expected) < room, (
                f"{what}: the shift (rows, columns) = {shift} occurs {hit.sum()} times, expected is {expected:.0f}."
            )
array = rng.uniform(0.5, 1.0, (50, 4, 4))
(first, second), _, _ = observe(lambda: one_call(array, 2, 1, calls=2))
(again, _), _, _ = observe(lambda: one_call(array, 2, 1, calls=2))
assert torch.equal(first, again), "The same generator gave other shifts."
assert not torch.equal(first, second), "Two calls in a row gave the same shifts. Is the generator seeded anew inside?"
(same,), _, _ = observe(lambda: one_call(array, 0, 1))
assert_close(same, array, "random_shift with max_shift = 0")
assert_raises(
    ValueError,
    lambda: observe(lambda: random_shift(torch.ones(3, 4), 1, torch.Generator())),
    "random_shift of one image (3, 4)",
    mention="(3, 4)",
)
assert_raises(
    ValueError,
    lambda: observe(lambda: random_shift(torch.ones(2, 3, 4), -1, torch.Generator())),
    "random_shift with max_shift = -1",
    mention="max_shift",
)


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** It begins slowly: with 25 versions of each image there is more to learn. At the end it is the first
# cure whose accuracy lies above the plain runs', and its curve has not come to rest yet. It is also the first one
# that brings *knowledge*: that the place of a digit does not matter. How far to shift is a choice; a flip would be a
# bad one, since a mirrored 7 is no 7. The training loss is measured on the unshifted images.
# %% [markdown]
# ## Cure 5: batch normalisation
#
# The values that a hidden layer hands on change their mean and their scale in the course of training, and the next
# layer has to follow. **Batch normalisation** standardises them, for each unit on its own, over the images of the
# batch. Let $x$ have shape $(n, d)$: $n$ images, $d$ units. For unit $j$
#
# $$\mu_j = \frac{1}{n} \sum_i x_{ij}, \qquad v_j = \frac{1}{n} \sum_i (x_{ij} - \mu_j)^2,
# \qquad \hat x_{ij} = \frac{x_{ij} - \mu_j}{\sqrt{v_j + \varepsilon}}, \qquad y_{ij} = \gamma_j\, \hat x_{ij} +
# \beta_j .$$
#
# The small $\varepsilon$ guards against a division by 0. The weights $\gamma$ and $\beta$, shape $(d,)$, are learned:
# the layer may choose its own scale and mean after all.
# %% tags=["try-it"]
ax = diagrams.computation_graph(
    {
        "x": (0, 1, "$x$\n$(n, d)$"),
        "m": (1, 0, r"$\mu$, $(d,)$"),
        "v": (2, 0, r"$v$, $(d,)$"),
        "h": (3, 1, r"$\hat x$, $(n, d)$"),
        "g": (3, 2, r"$\gamma, \beta$, $(d,)$"),
        "y": (4, 1, "$y$\n$(n, d)$"),
        "r": (3, 0, "running mean and\nvariance, $(d,)$"),
    },
    [
        ("x", "m", "mean", ""),
        ("x", "v", "", ""),
        ("m", "v", "", ""),
        ("x", "h", "", ""),
        ("m", "h", "", ""),
        ("v", "h", "", ""),
        ("h", "y", "", ""),
        ("g", "y", "", ""),
        ("v", "r", "a tenth of the way", ""),
    ],
    title="Batch normalisation in training: every image depends on its whole batch",
)


# %% [markdown]
# In training the output for an image depends on the other images in its batch. That adds some noise, which acts a
# little like dropout. But after training an answer must not depend on the company. So **running statistics** are
# kept: after each training batch they move a part of the way, the `momentum` $a$, towards the batch's statistics,
#
# $$r_\mu \leftarrow (1 - a)\, r_\mu + a\, \mu, \qquad r_v \leftarrow (1 - a)\, r_v + a\, \frac{n}{n - 1}\, v .$$
#
# The factor $n / (n - 1)$ makes the variance **unbiased**: the mean was estimated from the same $n$ values, and
# deviations from one's own mean are a little too small. Not in training, $r_\mu$ and $r_v$ take the places of $\mu$
# and $v$, and nothing is updated.
#
# With one image $n - 1 = 0$: in training, a batch needs at least two.
# %% [markdown]
# ### Exercise 6: `batch_norm` (3 points, ★★★)
#
# Write it for $x$ of shape $(n, d)$, equal to `F.batch_norm` for such input. (Images of four dimensions, $(n, c, h,
# w)$, are not asked for.) In training update `running_mean` and `running_var` in place; the update is not recorded.
# Gradients must flow through $\mu$ and $v$ as well. Write the formulas yourself; `F.batch_norm` and `nn.BatchNorm1d`
# are what the tests compare with.
#
# <details><summary>Hint</summary>
# <code>x.var(dim=0, correction=0)</code> has divisor $n$, <code>correction=1</code> has $n - 1$. Under
# <code>torch.no_grad()</code> nothing is recorded, and <code>+=</code> or <code>copy_</code> change a tensor in
# place.
# </details>
# %% nbgrader={"grade": false, "grade_id": "batch_norm", "locked": false, "schema_version": 3, "solution": true, "task": false}
def batch_norm(
    x: torch.Tensor,
    gamma: torch.Tensor,
    beta: torch.Tensor,
    running_mean: torch.Tensor,
    running_var: torch.Tensor,
    training: bool,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> torch.Tensor:
    """Batch normalisation of the columns of x.

    Parameters
    ----------
    x : Tensor of float, shape (n, d)
    gamma, beta : Tensor, shape (d,)
        Scale and shift after the normalisation.
    running_mean, running_var : Tensor, shape (d,)
        In training they are changed in place; otherwise they are used.
    training : bool
    momentum : float
        The share of the batch in the running statistics.
    eps : float
        Added to the variance.

    Returns
    -------
    Tensor of float, shape (n, d)

    Raises
    ------
    ValueError
        If x does not have two dimensions, or has fewer than two rows in training.
    """
    if x.ndim != 2:
        raise ValueError(f"x must have shape (n, d); it has shape {tuple(x.shape)}")
    if training and len(x) < 2:
        raise ValueError(f"x must have at least two rows in training; it has shape {tuple(x.shape)}")
    if training:
        # Mean and variance of each column, the variance with divisor n.
        ### BEGIN SOLUTION
        mean, var = x.mean(dim=0), x.var(dim=0, correction=0)
        ### END SOLUTION
        # Move the running statistics, in place and not recorded; their variance has divisor n - 1.
        ### BEGIN SOLUTION
        with torch.no_grad():
            running_mean += momentum * (mean - running_mean)
            running_var += momentum * (var * len(x) / (len(x) - 1) - running_var)
        ### END SOLUTION
    else:
        # Which mean and variance now?
        ### BEGIN SOLUTION
        mean, var = running_mean, running_var
        ### END SOLUTION
    # Standardise, scale, shift.
    ### BEGIN SOLUTION
    return gamma * (x - mean) / torch.sqrt(var + eps) + beta
    ### END SOLUTION


# %% [markdown]
# The next cell standardises a batch of two units, and lets the running statistics follow 40 batches.
# %% tags=["try-it"]
generator = torch.Generator().manual_seed(7)
gamma, beta, mean, var = torch.ones(2), torch.zeros(2), torch.zeros(2), torch.ones(2)
path = []
for _ in range(40):
    batch = torch.randn(30, 2, generator=generator) @ torch.tensor([[1.0, 0.4], [0.0, 0.6]]) + torch.tensor([3.0, 1.5])
    normalised = batch_norm(batch, gamma, beta, mean, var, True)
    path.append([mean[0].item(), var[0].item()])
fig, axes = plt.subplots(1, 2, figsize=(9, 3.3))
axes[0].plot(*batch.T.numpy(), plotting.MARKERS[0], markersize=4, color=plotting.COLOURS[0], label="before")
axes[0].plot(*normalised.T.numpy(), plotting.MARKERS[1], markersize=4, color=plotting.COLOURS[1], label="after")
axes[0].set(xlabel="unit 1", ylabel="unit 2", title="One batch of 30 through your batch norm", aspect="equal")
axes[0].legend()
for i, (name, truth) in enumerate((("running mean", 3.0), ("running variance", 1.0))):
    axes[1].plot(range(1, 41), [each[i] for each in path], label=name)
    axes[1].axhline(truth, color="0.4", linewidth=0.8, linestyle=":")
axes[1].set(xlabel="batch", ylabel="running statistic", title="Unit 1; dotted: the true mean and variance")
legend = axes[1].legend()


# %% nbgrader={"grade": true, "grade_id": "test_batch_norm", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Two columns by hand: means 2 and 10, variances 1 and 0 with divisor n, 2 and 0 with divisor n - 1.
def by_hand():
    x = torch.tensor([[1.0, 10.0], [3.0, 10.0]])
    gamma, beta = torch.tensor([3.0, 1.0]), torch.tensor([0.5, -1.0])
    mean, var = torch.tensor([0.0, 10.0]), torch.tensor([1.0, 1.0])
    trained = batch_norm(x, gamma, beta, mean, var, True, momentum=0.5, eps=0.0001)
    after = mean.clone(), var.clone()
    used = batch_norm(x, gamma, beta, torch.tensor([1.0, 9.0]), torch.tensor([4.0, 1.0]), False, eps=1e-6)
    return trained, *after, used


trained, mean_after, var_after, used = observe(by_hand)
assert_tensor(trained, "batch_norm of a (2, 2) batch", shape=(2, 2), dtype=torch.float32)
assert_close(
    trained,
    np.array([[-2.5, -1.0], [3.5, -1.0]]),
    "batch_norm in training",
    "Is each column standardised with divisor n, and then scaled by gamma and shifted by beta?",
    rtol=1e-3,
)
assert_close(mean_after, np.array([1.0, 10.0]), "running_mean", "Did it move by momentum, in place?", rtol=1e-5)
assert_close(var_after, np.array([1.5, 0.5]), "running_var", "Which divisor has the variance here?", rtol=1e-5)
assert_close(
    used,
    np.array([[0.5, 0.0], [3.5, 0.0]]),
    "batch_norm not in training",
    "Are the running statistics used?",
    rtol=1e-4,
    atol=1e-5,
)
# %% nbgrader={"grade": true, "grade_id": "hidden_batch_norm", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against F.batch_norm: outputs, running statistics, gradients with random upstream values, two batches and then use.
rng = np.random.default_rng(96)


def normalise(norm, batches, last, upstream, start, settings):
    """Two training calls and one in evaluation mode by `norm`; everything that can be compared."""
    gamma, beta = (torch.tensor(start[name], requires_grad=True) for name in ("gamma", "beta"))
    mean, var = torch.tensor(start["mean"]), torch.tensor(start["var"])
    outputs, records = [], []
    for i, batch in enumerate([*batches, last]):
        x = torch.tensor(batch, requires_grad=True)
        y = norm(x, gamma, beta, mean, var, i < len(batches), settings)
        (y * torch.tensor(upstream[: len(batch)])).sum().backward()
        outputs += [y.detach(), x.grad, mean.clone(), var.clone(), x.detach()]
        records.append(mean.requires_grad or var.requires_grad)
    return outputs + [gamma.grad, beta.grad, gamma.detach(), beta.detach()], any(records)


def yours(x, gamma, beta, mean, var, training, settings):
    return batch_norm(x, gamma, beta, mean, var, training, **settings)


def of_torch(x, gamma, beta, mean, var, training, settings):
    return F.batch_norm(x, mean, var, gamma, beta, training=training, **settings)


names = ("the output", "the gradient of x", "running_mean", "running_var", "x itself")
for n, d, dtype, settings in [
    (5, 3, np.float64, {}),
    (2, 4, np.float64, {"momentum": 0.3}),
    (30, 1, np.float64, {"eps": 0.5}),
    (4, 4, np.float64, {"momentum": 1.0, "eps": 0.01}),
    (16, 6, np.float32, {"momentum": 0.0}),
    (64, 5, np.float32, {}),
]:
    batches = [(rng.normal(size=(n, d)) * rng.uniform(0.5, 4, d) + rng.normal(size=d)).astype(dtype) for _ in range(2)]
    last = rng.normal(size=(1, d)).astype(dtype)
    upstream = rng.normal(size=(n, d)).astype(dtype)
    start = {name: rng.uniform(0.3, 2.0, d).astype(dtype) for name in ("gamma", "beta", "mean", "var")}
    what = f"batch_norm of {np.dtype(dtype).name} ({n}, {d}) with {settings or 'its usual settings'}"
    arguments = (batches, last, upstream, start, settings)
    seen, records = observe(lambda a=arguments: normalise(yours, *a))
    expected, _ = normalise(of_torch, *arguments)
    # float64 leaves rounding alone. In float32, sums over at most 64 rows are good to five digits of the largest term.
    rtol, atol = (1e-7, 1e-9) if dtype == np.float64 else (1e-4, 2e-5)
    labels = [f"{name} of call {i}" for i in range(3) for name in names]
    labels += ["the gradient of gamma", "the gradient of beta", "gamma itself", "beta itself"]
    for label, got, wanted in zip(labels, seen, expected, strict=True):
        assert_tensor(got, f"{what}: {label}", shape=tuple(wanted.shape), dtype=wanted.dtype)
        assert_close(got, wanted, f"{what}: {label}", rtol=rtol, atol=atol)
    assert not records, f"{what}: the running statistics record their history. Was the update recorded?"
# A constant column, and columns far from 0 with a small spread.
far = np.stack([np.full(6, 7.0), 1e4 + rng.normal(size=6), rng.normal(size=6) * 1e-3], axis=1)
start = {"gamma": np.ones(3), "beta": np.zeros(3), "mean": np.zeros(3), "var": np.ones(3)}
arguments = ([far], far[:1], rng.normal(size=(6, 3)), start, {})
seen, _ = observe(lambda: normalise(yours, *arguments))
expected, _ = normalise(of_torch, *arguments)
for i in (0, 2, 3):
    assert_close(seen[i], expected[i], f"batch_norm of columns with odd scales: {names[i]}", rtol=1e-5, atol=1e-6)
for shape, training, mention in [((1, 3), True, "(1, 3)"), ((3,), False, "(3,)"), ((2, 3, 4, 4), True, "(2, 3, 4, 4)")]:
    assert_raises(
        ValueError,
        lambda s=shape, t=training: batch_norm(
            torch.ones(s), torch.ones(3), torch.zeros(3), torch.zeros(3), torch.ones(3), t
        ),
        f"batch_norm of shape {shape}, training = {training}",
        mention=mention,
    )


### END HIDDEN TESTS
# %% tags=["try-it"]
runs["batch norm"] = [train_small(seed, X_small, y_small, norm=batch_norm) for seed in SEEDS]
shown = {name: runs[name] for name in ("plain", "batch norm")}
fig, axes = plt.subplots(1, 2, figsize=(10, 3.6))
draw_runs(axes[0], shown, ("train_loss", "val_loss"), "loss (nats)", "With and without batch norm: loss")
draw_runs(axes[1], shown, ("val_accuracy",), "validation accuracy", "... and validation accuracy")
axes[1].set_ylim(0.6, 0.92)
limits = axes[0].set_ylim(0, 1.2)
# %% [markdown] tags=["analysis"]
# **Analysis.** Batch normalisation made the training faster: the training loss falls earlier. That is what it is for.
# It lets deep networks train that would not train without it. The validation loss lies lower in this run, but the
# accuracy does not follow.
# %% [markdown]
# ## Cure 6: more data
#
# The last cure needs no code, only work: label more images. The next cell trains on 1,200 images, four times as many,
# with the same number of steps. (The training loss is measured on the small set as before, which is a part of the
# large one.)
# %% tags=["try-it"]
runs["more data"] = [train_small(seed, X_large, y_large) for seed in SEEDS]
shown = {name: runs[name] for name in ("plain", "random shifts", "more data")}
fig, axes = plt.subplots(1, 2, figsize=(10, 3.6))
draw_runs(axes[0], shown, ("val_loss",), "validation loss (nats)", "Four times as many images: loss")
draw_runs(axes[1], shown, ("val_accuracy",), "validation accuracy", "... and validation accuracy")
axes[1].set_ylim(0.6, 0.95)
limits = axes[0].set_ylim(0, 1.2)


# %% [markdown]
# # Part 3: did it help?
#
# So far we looked at curves. Now measure, on test images that nothing was decided by.
#
# ## Predict in the right mode
#
# Dropout and batch normalisation behave differently in training and after it. A model that is asked for predictions
# in training mode drops units at random, and *changes its running statistics by being asked*. So a function that
# predicts switches to evaluation mode first, and leaves the model afterwards as it found it.
#
# There is a trap. `model.train()` switches *all* modules inside the model. But sometimes one part is in evaluation
# mode on purpose: a batch norm that was taken from another network and must not change, say. So note the mode of
# every module in `model.modules()`, not of the model alone.
# %% [markdown]
# ### Exercise 7: `predict_labels` (1 point, ★★☆)
#
# Return the class with the largest score for each row of $X$, and of several equal ones the lowest. The forward pass
# runs in evaluation mode and records nothing. Afterwards every module is in the mode in which it was before.
#
# <details><summary>Hint</summary>
# <code>[m.training for m in model.modules()]</code> is a list of modes; a module's attribute <code>training</code>
# can also be set.
# </details>
# %% nbgrader={"grade": false, "grade_id": "predict_labels", "locked": false, "schema_version": 3, "solution": true, "task": false}
def predict_labels(model: nn.Module, X: torch.Tensor) -> torch.Tensor:
    """Predicted classes, in evaluation mode.

    Parameters
    ----------
    model : Module
        Maps X to scores of shape (n, k). Afterwards every part of it is in the mode in which it was.
    X : Tensor, shape (n, ...)

    Returns
    -------
    Tensor of int64, shape (n,)
        The class with the largest score; of classes that tie, the lowest.
    """
    # Note the modes, and switch.
    ### BEGIN SOLUTION
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    ### END SOLUTION
    # The labels, without recording.
    ### BEGIN SOLUTION
    with torch.no_grad():
        labels = model(X).argmax(dim=1)
    ### END SOLUTION
    # Back to the modes of before.
    ### BEGIN SOLUTION
    for module, mode in modes:
        module.training = mode
    return labels
    ### END SOLUTION


# %% tags=["try-it"]
predicted = {
    name: torch.stack([predict_labels(model, X_test) for model, _ in several]) for name, several in runs.items()
}
right = {name: (labels == y_test).numpy() for name, labels in predicted.items()}
wrong = np.flatnonzero(~right["plain"][0])[:8]
ax = plotting.image_grid(
    X_test[wrong],
    titles=[f"{int(t)} as {int(p)}" for t, p in zip(y_test[wrong], predicted["plain"][0][wrong], strict=True)],
    columns=8,
    title="Test images that the first plain model gets wrong",
)


# %% nbgrader={"grade": true, "grade_id": "test_predict_labels", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# A model with dropout, in training mode, whose scores are its inputs: its answers are certain in evaluation mode alone.
def with_dropout():
    model = nn.Sequential(nn.Dropout(0.9), nn.Identity())
    model.train()
    labels = predict_labels(model, torch.tensor([[1.0, 3.0, 2.0], [5.0, 1.0, 1.0], [0.0, 0.5, 2.0], [2.0, 1.0, 2.0]]))
    return labels, model.training


labels, mode = observe(with_dropout)
assert_tensor(labels, "predict_labels of 4 rows", shape=(4,), dtype=torch.int64)
assert labels.tolist() == [1, 0, 2, 0], f"The labels are {labels.tolist()}. Was dropout active, or did a tie go up?"
assert mode, "The model came in training mode and was left in evaluation mode. Was its mode noted before the switch?"
# %% nbgrader={"grade": true, "grade_id": "hidden_predict_labels", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Modes of all parts, running statistics, recording, ties, one row and one column; batch norm computed in NumPy.
rng = np.random.default_rng(97)


def ask(W, mean, X, modes):
    seen = []

    class Watch(nn.Module):
        def forward(self, x):
            seen.append((self.training, torch.is_grad_enabled()))
            return x

    model = nn.Sequential(nn.BatchNorm1d(len(W)), Watch(), nn.Sequential(nn.Dropout(0.5), nn.Linear(*W.shape)))
    with torch.no_grad():
        model[0].running_mean.copy_(torch.tensor(mean))
        model[2][1].weight.copy_(torch.tensor(W.T))
        model[2][1].bias.zero_()
    model.double()
    for module, mode in zip(model.modules(), modes, strict=True):
        module.training = mode
    given = torch.tensor(X)
    labels = predict_labels(model, given)
    after = [module.training for module in model.modules()]
    enabled = torch.is_grad_enabled()
    return labels, after, seen, model[0].running_mean, int(model[0].num_batches_tracked), given, enabled


all_modes = [
    [True] * 6,
    [False] * 6,
    [True, False, True, True, True, True],
    [False, True, False, True, True, False],
    [True, True, True, False, False, True],
]
for (n, d, k), modes in zip([(1, 4, 3), (7, 2, 5), (6, 3, 3), (9, 1, 2), (5, 6, 1)], all_modes, strict=True):
    W, mean, X = rng.normal(size=(d, k)), rng.normal(size=d), rng.normal(size=(n, d))
    labels, after, seen, running, batches, given, enabled = observe(
        lambda W=W, mean=mean, X=X, modes=modes: ask(W, mean, X, modes)
    )
    expected = [max(range(k), key=list(row).__getitem__) for row in (X - mean) @ W]
    assert_tensor(labels, f"predict_labels of ({n}, {d})", shape=(n,), dtype=torch.int64)
    assert labels.tolist() == expected, f"predict_labels of ({n}, {d}) gives {labels.tolist()}, expected {expected}."
    assert after == modes, f"The modules' modes were {modes} before and {after} after the call."
    assert all(not training for training, _ in seen), "The forward pass ran in training mode."
    assert all(not recorded for _, recorded in seen), "The forward pass was recorded. Is a graph needed?"
    assert np.allclose(running.numpy(), mean, atol=1e-6) and batches == 0, "Asking changed the running statistics."
    assert enabled, "Recording was left switched off after the call."
    assert np.array_equal(given.numpy(), X), "X was changed in place."
ties = torch.tensor([[2.0, 2.0, 1.0], [0.0, 3.0, 3.0], [1.0, 1.0, 1.0], [-1.0, -2.0, -1.0]])
labels = observe(lambda: predict_labels(nn.Identity(), ties))
assert labels.tolist() == [0, 1, 0, 0], f"Ties should go to the lowest class; the labels are {labels.tolist()}."


### END HIDDEN TESTS
# %% [markdown]
# ## The error bar of an accuracy
#
# A model is right on 830 of 1,000 test images. Is its accuracy 0.83? On another 1,000 images it would be right on
# 815, or on 842. What we want is the probability $\pi$ that it is right on a *new* image; what we have is an estimate
# of it.
#
# Let $z_i$ be 1 if the model is right on test image $i$ and 0 if not. The images are drawn independently, so the
# $z_i$ are independent, with mean $\pi$ and variance
#
# $$\mathbb{E}[z_i^2] - \pi^2 = \pi - \pi^2 = \pi (1 - \pi) .$$
#
# The measured accuracy is $p = \frac{1}{n} \sum_i z_i$. Variances of independent terms add up, and the factor
# $\frac{1}{n}$ enters squared:
#
# $$\operatorname{Var}(p) = \frac{1}{n^2} \cdot n\, \pi (1 - \pi) = \frac{\pi (1 - \pi)}{n} .$$
#
# The square root is the **standard error**. We do not know $\pi$, so we put in $p$:
#
# $$\mathrm{SE} = \sqrt{\frac{p\,(1 - p)}{n}} .$$
#
# In about two of three samples the truth lies within one standard error, in about 19 of 20 within two.
# %% [markdown]
# ### Exercise 8: `accuracy_standard_error` (1 point, ★☆☆)
#
# Write it. The checks of the arguments are given.
#
# <details><summary>Hint</summary>
# For $p = 0.5$ and $n = 100$ it is 0.05.
# </details>
# %% nbgrader={"grade": false, "grade_id": "accuracy_standard_error", "locked": false, "schema_version": 3, "solution": true, "task": false}
def accuracy_standard_error(p: float, n: int) -> float:
    """Standard error of an accuracy that was measured on n independent samples.

    Parameters
    ----------
    p : float
        The accuracy, a fraction in [0, 1].
    n : int
        The number of samples, at least 1.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If p or n lies outside its range; the message names it.
    """
    if not 0 <= p <= 1:
        raise ValueError(f"p must lie in [0, 1]; it is {p}")
    if n < 1:
        raise ValueError(f"n must be at least 1; it is {n}")
    # The formula.
    ### BEGIN SOLUTION
    return math.sqrt(p * (1 - p) / n)
    ### END SOLUTION


# %% [markdown]
# The next cell puts the formula to the test: it draws 2,000 test sets of 1,000 images for a model whose $\pi$ is 0.83.
# %% tags=["try-it"]
draws = np.random.default_rng(10).binomial(1000, 0.83, 2000) / 1000
error = accuracy_standard_error(0.83, 1000)
fig, axes = plt.subplots(1, 2, figsize=(9.5, 3.2))
axes[0].hist(draws, bins=np.arange(0.7845, 0.876, 0.003), color=plotting.COLOURS[0], alpha=0.6)
for k, style in ((1, "--"), (2, ":")):
    for sign in (-1, 1):
        axes[0].axvline(
            0.83 + sign * k * error,
            color="black",
            linestyle=style,
            label=f"{k} standard error{'s' * (k > 1)}" if sign > 0 else None,
        )
axes[0].set(xlabel="measured accuracy", ylabel="test sets", title="2,000 test sets, one model")
axes[0].set_xlim(0.78, 0.9)
axes[0].legend(fontsize=8, loc="upper right")
sizes = np.array([100, 300, 1000, 3000, 10000])
for i, p in enumerate((0.5, 0.83, 0.97)):
    axes[1].loglog(
        sizes,
        [100 * accuracy_standard_error(p, int(n)) for n in sizes],
        marker=plotting.MARKERS[i],
        markersize=5,
        label=f"$p = {p}$",
    )
axes[1].set(
    xlabel="test images", ylabel="standard error (percentage points)", title="Half the error, four times the images"
)
axes[1].set_yticks([0.2, 0.5, 1, 2, 5], ["0.2", "0.5", "1", "2", "5"])
axes[1].minorticks_off()
axes[1].legend()
print(f"1,000 images, accuracy 0.83: one standard error is {100 * error:.1f} percentage points")
print(f"share of the 2,000 within one standard error: {np.mean(np.abs(draws - 0.83) <= error):.2f}, ", end="")
print(f"within two: {np.mean(np.abs(draws - 0.83) <= 2 * error):.2f}")
# %% nbgrader={"grade": true, "grade_id": "test_accuracy_standard_error", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# sqrt(0.25 / 100) = 0.05, sqrt(0.09 / 900) = 0.01; a model that is always right has no spread.
for p, n, expected in [(0.5, 100, 0.05), (0.9, 900, 0.01), (0.2, 4, 0.2), (1.0, 50, 0.0)]:
    seen = accuracy_standard_error(p, n)
    assert_number(seen, f"accuracy_standard_error({p}, {n})")
    assert_close(
        seen, expected, f"accuracy_standard_error({p}, {n})", "Is it p (1 - p) / n, with a square root?", rtol=1e-9
    )
# %% nbgrader={"grade": true, "grade_id": "hidden_accuracy_standard_error", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against SciPy's binomial distribution; the ends; arguments outside their ranges.
from scipy import stats

rng = np.random.default_rng(98)
for _ in range(20):
    p, n = float(rng.uniform()), int(rng.integers(1, 20000))
    seen = accuracy_standard_error(p, n)
    assert_number(seen, f"accuracy_standard_error({p:.3f}, {n})")
    assert_close(seen, stats.binom.std(n, p) / n, f"accuracy_standard_error({p:.3f}, {n})", rtol=1e-9)
for p, n in [(0.0, 10), (1.0, 1), (0.0, 1)]:
    assert_close(accuracy_standard_error(p, n), 0.0, f"accuracy_standard_error({p}, {n})")
assert_close(accuracy_standard_error(0.5, 1), 0.5, "accuracy_standard_error(0.5, 1)")
for p, n, name in [(-0.01, 5, "p"), (1.01, 5, "p"), (83.0, 5, "p"), (0.5, 0, "n"), (0.5, -3, "n")]:
    assert_raises(
        ValueError, lambda p=p, n=n: accuracy_standard_error(p, n), f"accuracy_standard_error({p}, {n})", f"{name} must"
    )


### END HIDDEN TESTS
# %% [markdown]
# ## Two models on the same images
#
# Each accuracy has an error of about 1.2 percentage points. For the difference of two *independent* measurements the
# variances add up, so its error would be $\sqrt{2}$ times as large: about 1.7 points. A difference of 2 points could
# well be luck.
#
# But our measurements are not independent: both models were asked about the **same** images. Most images are easy,
# and both are right. Some are hopeless, and both are wrong. Such images say nothing about which model is better. Only
# those count where exactly one is right:
#
# | | B right | B wrong |
# | --- | --- | --- |
# | **A right** | no information | $b$ images |
# | **A wrong** | $c$ images | no information |
#
# The difference of the accuracies is $(b - c) / n$. Suppose that A and B are equally good (the **null hypothesis**).
# Then each of the $m = b + c$ images on which they disagree is a fair coin: A's or B's, each with probability
# $\frac{1}{2}$. The number of images for A is then binomial, and
#
# $$P(\text{A gets exactly } k) = \binom{m}{k}\, 2^{-m} .$$
#
# How surprising is what we saw? The **p-value** is the probability of a result that is at least as lopsided, to
# either side. With $s = \min(b, c)$ it is the sum of both tails, and the two are equal because the coin is fair:
#
# $$p = \min\!\left(1,\; 2 \sum_{k=0}^{s} \binom{m}{k}\, 2^{-m} \right) .$$
#
# The minimum matters where $b = c$: then the two tails overlap in the middle and their sum is above 1, while nothing
# could be less surprising. So $p = 1$. Likewise if the models never disagree, $b = c = 0$. This is the exact form of
# **McNemar's test**.
#
# By hand for $b = 1$, $c = 5$: $m = 6$, and $p = 2 \cdot (1 + 6) / 64 = 14 / 64 \approx 0.22$. Five to one may well
# be luck.
# %% tags=["try-it"]
from scipy import stats

fig, axes = plt.subplots(1, 2, figsize=(9.5, 3), sharey=True)
for ax, (b, c) in zip(axes, ((13, 17), (7, 23)), strict=True):
    m, k = b + c, np.arange(b + c + 1)
    extreme = (k <= min(b, c)) | (k >= max(b, c))
    chance = stats.binom.pmf(k, m, 0.5)
    ax.bar(k[~extreme], chance[~extreme], color="0.8", edgecolor="0.5", linewidth=0.5, label="less lopsided")
    ax.bar(
        k[extreme],
        chance[extreme],
        color=plotting.COLOURS[3],
        hatch="///",
        edgecolor="0.2",
        linewidth=0.5,
        label="at least as lopsided",
    )
    ax.set(
        xlabel="images for A, of 30 on which they disagree",
        title=f"{b} to {c}: the hatched bars sum to {chance[extreme].sum():.3f}",
    )
axes[0].set_ylabel("probability if A and B are equal")
legend = axes[0].legend(fontsize=8, loc="upper left")


# %% [markdown]
# ### Exercise 9: `mcnemar_p_value` (1.5 points, ★★☆)
#
# Write the exact p-value. It must be right for counts of several thousand too, where $2^{-m}$ is too small for a
# float: it becomes 0. A p-value that is itself too small for a float may come out as 0.
#
# <details><summary>Hint</summary>
# <code>math.comb</code> gives whole numbers, and Python's whole numbers have no limit. Sum them first, and divide by
# <code>2**m</code> at the end: Python divides two huge integers correctly.
# </details>
# %% nbgrader={"grade": false, "grade_id": "mcnemar_p_value", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mcnemar_p_value(b: int, c: int) -> float:
    """Exact two-sided p-value of McNemar's test.

    Parameters
    ----------
    b : int
        Samples on which the first classifier alone is right.
    c : int
        Samples on which the second classifier alone is right.

    Returns
    -------
    float
        In [0, 1]: how probable so uneven a pair of counts is, or a more uneven one, if both classifiers are equally
        good; 1 if b equals c.

    Raises
    ------
    ValueError
        If b or c is negative.
    """
    if b < 0 or c < 0:
        raise ValueError(f"b and c must not be negative; they are {b} and {c}")
    # One tail.
    ### BEGIN SOLUTION
    m = b + c
    tail = sum(math.comb(m, k) for k in range(min(b, c) + 1))
    ### END SOLUTION
    # Both tails, at most 1.
    ### BEGIN SOLUTION
    return min(1.0, 2 * tail / 2**m)
    ### END SOLUTION


# %% [markdown]
# Now compare the first plain model with the first model that was trained on shifted images: both error rates, one
# less the accuracy, with their error bars, which are the same as those of the accuracies. And their difference with
# two error bars. The wrong one takes the two measurements for independent. The right one uses that they are paired.
# It is the standard error of the mean of the numbers $z^A_i - z^B_i$, each of which is $1$ ($b$ times), $-1$ ($c$
# times) or $0$: their variance is $\frac{b + c}{n} - \left(\frac{b - c}{n}\right)^2$.
# %% tags=["try-it"]
a_right, b_right = right["random shifts"][0], right["plain"][0]
n = len(y_test)
b, c = int((a_right & ~b_right).sum()), int((~a_right & b_right).sum())
error_rates = 1 - np.array([a_right.mean(), b_right.mean()])
errors = np.array([accuracy_standard_error(float(1 - rate), n) for rate in error_rates])
paired = math.sqrt(((b + c) / n - ((b - c) / n) ** 2) / n)
fig, axes = plt.subplots(2, 1, figsize=(7.5, 3.4))
plotting.bars_with_errors(
    ["random shifts", "plain"],
    100 * error_rates,
    100 * errors,
    ax=axes[0],
    xlabel="test error (%); bars: one standard error",
    title="Two models on the same 1,000 images (seed 0)",
)
plotting.bars_with_errors(
    ["as if independent", "paired"],
    [100 * (error_rates[1] - error_rates[0])] * 2,
    100 * np.array([math.hypot(*errors), paired]),
    ax=axes[1],
    xlabel="plain less shifts (percentage points); bars: one standard error",
)
table = np.array([[(a_right & b_right).sum(), b], [c, (~a_right & ~b_right).sum()]])
ax = diagrams.annotated_matrix(
    table,
    row_labels=["shifts right", "shifts wrong"],
    col_labels=["plain right", "plain wrong"],
    fmt="{:.0f}",
    symmetric=False,
    ax=plt.subplots(figsize=(4, 1.8))[1],
    title="The same images, counted",
)
p = mcnemar_p_value(b, c)
print("McNemar's p-value:", "below 0.05" if p < 0.05 else "above 0.05")
# %% nbgrader={"grade": true, "grade_id": "test_mcnemar_p_value", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# By hand: 1 to 5 gives 14/64; 0 to 3 gives 2/8; equal counts give 1, and so do no counts at all.
for b, c, expected in [(1, 5, 14 / 64), (5, 1, 14 / 64), (0, 3, 0.25), (4, 4, 1.0), (0, 0, 1.0)]:
    seen = mcnemar_p_value(b, c)
    assert_number(seen, f"mcnemar_p_value({b}, {c})")
    hint = "Are both tails in it, and is it at most 1?"
    assert_close(seen, expected, f"mcnemar_p_value({b}, {c})", hint, rtol=1e-9)
# %% nbgrader={"grade": true, "grade_id": "hidden_mcnemar_p_value", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against SciPy's exact binomial test: all small pairs, then thousands; the middle, where both tails overlap.
from scipy import stats

for b in range(11):
    for c in range(11):
        if b + c == 0:
            continue
        seen = mcnemar_p_value(b, c)
        assert_number(seen, f"mcnemar_p_value({b}, {c})")
        assert_close(seen, stats.binomtest(b, b + c).pvalue, f"mcnemar_p_value({b}, {c})", rtol=1e-9)
# SciPy's own tail is good to about ten digits at such sizes.
for b, c in [(40, 71), (500, 500), (501, 500), (1010, 1120), (2100, 1900), (0, 300)]:
    seen = mcnemar_p_value(b, c)
    assert_number(seen, f"mcnemar_p_value({b}, {c})")
    assert_close(
        seen, stats.binomtest(b, b + c).pvalue, f"mcnemar_p_value({b}, {c})", "Did 2^-m underflow?", rtol=1e-6, atol=0
    )
tiny = mcnemar_p_value(3000, 20)
assert_number(tiny, "mcnemar_p_value(3000, 20)")
assert 0 <= tiny < 1e-100, f"mcnemar_p_value(3000, 20) is {tiny}; it should be tiny."
for b, c in [(-1, 3), (3, -1)]:
    assert_raises(ValueError, lambda b=b, c=c: mcnemar_p_value(b, c), f"mcnemar_p_value({b}, {c})", mention="negative")


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The paired error bar is shorter than the other one, and it costs nothing: the same images, counted
# better. McNemar's test needs even fewer assumptions, since it does not pretend that anything is normally
# distributed. What it compares are two *trained models*, not two methods: with another seed both models would be
# others.
# %% [markdown]
# ## The verdict
#
# Now all cures. There are two sources of chance, and each has its own error bar.
#
# - **Which images were in the test set?** That is what the standard error and McNemar's test are about. They compare
#   two trained models.
# - **Which seed?** Start and batch order differ from run to run. For each cure take the four differences to the plain
#   run *with the same seed*. Their mean has the standard error $s / \sqrt{4}$, with $s$ their standard deviation
#   (divisor 3).
#
# The upper plot shows the mean differences in accuracy over the seeds, the lower one those in test loss. The table
# counts the images for seed 0: $b$ where the cure alone is right, $c$ where the plain model alone is right.
#
# One more caution. With six cures there are six tests. If none of them did anything, the chance that at least one
# p-value falls below 0.05 would be $1 - 0.95^6 \approx 0.26$ for six independent tests. A simple remedy is
# **Bonferroni's**: ask each of the six for a p-value below $0.05 / 6 \approx 0.008$.
# %% tags=["try-it"]
# NBVAL_IGNORE_OUTPUT
cures = [name for name in runs if name != "plain"]
test_loss = {
    name: np.array([evaluate_small(model, X_test, y_test)[0] for model, _ in several]) for name, several in runs.items()
}
rows = {}
for name in cures:
    differences = 100 * (right[name].mean(axis=1) - right["plain"].mean(axis=1))
    losses = test_loss[name] - test_loss["plain"]
    b = int((right[name][0] & ~right["plain"][0]).sum())
    c = int((~right[name][0] & right["plain"][0]).sum())
    rows[name] = {
        "accuracy": differences.mean(),
        "accuracy_se": differences.std(ddof=1) / math.sqrt(len(differences)),
        "loss": losses.mean(),
        "loss_se": losses.std(ddof=1) / math.sqrt(len(losses)),
        "b": b,
        "c": c,
        "p_value": mcnemar_p_value(b, c),
    }
verdict = pd.DataFrame.from_dict(rows, orient="index")
print(f"plain: test accuracy {100 * right['plain'].mean():.1f} %, test loss {test_loss['plain'].mean():.2f}")
fig, axes = plt.subplots(2, 1, figsize=(7.5, 6))
plotting.bars_with_errors(
    verdict,
    "accuracy",
    "accuracy_se",
    ax=axes[0],
    fmt="{:.1f}",
    xlabel="difference in percentage points",
    title="Test accuracy less that of the plain runs (4 seeds; bars: one standard error)",
)
plotting.bars_with_errors(
    verdict,
    "loss",
    "loss_se",
    ax=axes[1],
    fmt="{:.2f}",
    xlabel="difference in nats (negative is better)",
    title="Test loss less that of the plain runs (4 seeds; bars: one standard error)",
)
table = verdict[["b", "c"]].copy()
table["p_value"] = [f"{p:.4f}" if p >= 0.0001 else "below 0.0001" for p in verdict["p_value"]]
print(table.to_string())
# %% [markdown]
# ### Question 2 (1 point)
#
# Look at the two plots and at the table. Which cures raised the accuracy, which may have lowered it, and for which
# can you not tell? Use both kinds of error, and Bonferroni's bound. Which cures lowered the loss without raising the
# accuracy, and why does that make sense? Name one source of chance that *none* of these error bars covers.
# %% [markdown] nbgrader={"grade": true, "grade_id": "discuss_verdict", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# In this run random shifts and more data raised the accuracy, by several percentage points: their mean differences
# are many standard errors (over seeds) from 0, and their McNemar p-values lie below 0.008. Dropout and early stopping
# differ from the plain runs by less than two standard errors: I cannot tell them from luck, which does not prove that
# they do nothing. Batch norm lies below the plain runs by several standard errors over the seeds. So on *these* test
# images it was worse on average, but McNemar's test for seed 0 does not pass the bound: another 1,000 images might
# say otherwise. Weight decay is the case for Bonferroni: its mean lies more than two standard errors below 0, but for
# seed 0 its p-value is below 0.05 and above 0.008, and among six tests one such value is no surprise. Early stopping, weight decay and batch norm lowered the loss clearly
# without raising the accuracy. The loss counts how sure the mistakes are. Early stopping and weight decay keep
# weights, and so scores, small: the answers stay much the same, but certain mistakes become less certain. Only shifts
# and more data add information about digits, and only they improved both. None of the bars covers the choice of the
# 300 training images: all runs share them, and another 300 might favour other cures. (Nor do they cover the settings,
# such as $p$ and $\lambda$, which were not tuned, nor digits from other writers.)
# %% [markdown]
# ## What you learned
#
# - A network that can't learn one batch by heart is broken. One that can has shown nothing but its size.
# - Over-fitting shows in the loss first: mistakes become certain before they become many.
# - Early stopping and weight decay hold the scores back; dropout and batch normalisation add noise and need two
#   modes; shifts and more data add knowledge.
# - An accuracy from $n$ images has the standard error $\sqrt{p(1-p)/n}$. Two models on the same images are compared
#   by those on which they disagree.
# - Error bars over seeds and error bars over test images answer different questions. State which you show.
#
# **Back and forth.** The loop and its modes come from PS 7, the loss that rises with certainty from PS 4. PS 10
# builds the knowledge about places into the network itself, with convolutions, and compares it with error bars as you
# did here. The noise of PS 12's denoiser is one more augmentation, and PS 13 clips gradients where PS 9 shrank
# weights.
#
# **Read more.** Srivastava et al., *Dropout: a simple way to prevent neural networks from overfitting* (JMLR 15,
# 2014); Ioffe and Szegedy, *Batch normalization* (ICML 2015); Zhang et al., *Understanding deep learning requires
# rethinking generalization* (ICLR 2017), for the random labels; Loshchilov and Hutter, *Decoupled weight decay
# regularization* (ICLR 2019); Dietterich, *Approximate statistical tests for comparing supervised classification
# learning algorithms* (Neural Computation 10, 1998); *Deep Learning* (Goodfellow, Bengio, Courville), chapter 7.
