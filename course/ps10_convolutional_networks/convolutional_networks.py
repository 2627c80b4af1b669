# %% [markdown]
# # PS 10: Convolutional networks
#
# In PS 4 one layer read digits in the middle of an image and failed when the same digits lay somewhere else. Each of its weights belongs to one pixel, so what it
# learns about a stroke in one place says nothing about the same stroke two pixels on. A convolutional network looks for the same small patterns everywhere. Here
# you write a convolution with your own hands, build a network of them, train it on 6,000 digits, and then push its test images around to see what it can take.
#
# **Goals.** After it you can
#
# - compute a convolution and a max-pooling by hand, and write both in NumPy;
# - predict the shape of every array in a network and how much of the image one unit sees;
# - find a wrong layer from the shapes alone, also where PyTorch reports no error;
# - train a convolutional network in a few seconds and compare it fairly with another model;
# - say what shift, rotation and noise do to it, and why it is less tolerant of shifts than its name promises.
#
# **Time:** about 5 hours. **Assumed:** tensors and autograd (PS 6), the training loop (PS 7), augmentation, train and evaluation mode and error bars (PS 9).
# **Points:** 20, of which 2 are for answers in words.
# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["setup"]
import copy
import time

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from matplotlib.patches import Rectangle
from torch import nn

from helpers import data, diagrams, plotting
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
# At its first use torch.optim loads a large part of PyTorch. Do it here, before anything is timed.
torch.optim.Adam([nn.Parameter(torch.zeros(1))]).step()
# %% [markdown]
# ## The data
#
# The digits once more, but this time they stay images. PyTorch wants four axes for a batch of images: sample, channel, row, column. A grey image has one channel, a colour
# image has three. The grey values are divided by 255.
#
# | name | shape | what |
# | --- | --- | --- |
# | `images`, `labels` | (6000, 1, 28, 28), (6000,) | for training; float32 in $[0, 1]$ and int64 |
# | `test_images`, `test_labels` | (1000, 1, 28, 28), (1000,) | what is reported |
#
# All of them are NumPy arrays.
# %% nbgrader={"grade": false, "grade_id": "data", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["setup"]
digits = data.load("mnist")
images, labels = digits.X_train[:6000, None] / np.float32(255), digits.y_train[:6000]
test_images, test_labels = digits.X_test[:1000, None] / np.float32(255), digits.y_test[:1000]
# %% [markdown]
# # Part 1: convolution by hand
#
# ## A window that slides
#
# Take a small array of weights, the **kernel**, and lay it on a corner of the image. Multiply each weight by the pixel under it and add up: one number. Move the kernel by
# one column and do it again. At the end of the row go back to the left, one row lower. The numbers form a new, slightly smaller image, the **feature map**.
#
# The next cell shows one such step. The kernel has $1$ on its left and $-1$ on its right, so it answers where the image is darker on the left than on the right.
# %% tags=["try-it"]
picture = np.array([[0, 0, 5, 5, 0, 0], [0, 0, 5, 5, 0, 0], [0, 0, 5, 5, 0, 0], [0, 5, 5, 0, 0, 0], [0, 5, 5, 0, 0, 0]])
kernel = np.array([[1, 0, -1], [1, 0, -1], [1, 0, -1]])
answer = np.array([[np.sum(kernel * picture[i : i + 3, j : j + 3]) for j in range(4)] for i in range(3)])
fig, axes = plt.subplots(1, 3, figsize=(9, 2.6), width_ratios=[6, 3, 4])
for ax, name, values in zip(
    axes, ["image (5, 6)", "kernel (3, 3)", "feature map (3, 4)"], [picture, kernel, answer], strict=True
):
    diagrams.annotated_matrix(values, fmt="{:.0f}", ax=ax, title=name)
    ax.set_aspect("equal")
axes[0].add_patch(Rectangle((2, 1), 3, 3, fill=False, edgecolor="black", linewidth=2.5))
axes[2].add_patch(Rectangle((2, 1), 1, 1, fill=False, edgecolor="black", linewidth=2.5))
print(
    "the window on rows 1 to 3, columns 2 to 4:",
    " + ".join(str(v) for v in (kernel * picture[1:4, 2:5]).sum(axis=1)),
    "=",
    answer[1, 2],
)
# %% [markdown]
# Two ideas stand behind it.
#
# - **Locality.** A number of the feature map depends on a small window alone, since pixels that are far apart have little to do with each other.
# - **Weight sharing.** The window has the same weights wherever it stands. What is learned about a stroke in one place holds in all places.
#
# A convolution is still a linear layer. Written as a matrix, nearly all of its entries are 0 and the others repeat. For 8 inputs in a row and a kernel of 3 it looks as follows, with a
# dense layer of the same size beside it.
# %% tags=["try-it"]
band = np.zeros((6, 8))
for i in range(6):
    band[i, i : i + 3] = [1.0, 2.0, -1.0]
dense = np.random.default_rng(0).normal(size=(6, 8))
fig, axes = plt.subplots(1, 2, figsize=(9, 2.7))
diagrams.annotated_matrix(dense, fmt="{:.1f}", ax=axes[0], title="dense: 48 weights, all different")
diagrams.annotated_matrix(band, fmt="{:.0f}", ax=axes[1], title="convolution: 3 weights, used 6 times each")


# %% [markdown]
# Everything that you know of linear layers holds for it too, gradients included. Because a weight is used in many places, its gradient is the sum over these places: the rule for reuse from PS 6.
#
# ## How large is the result?
#
# Four numbers decide along each axis: the length $n$ of the input, the length $k$ of the kernel, the **stride** $s$, which is how far the window moves at a time, and the **padding** $p$, which is how many
# zeros are put on each end first. With padding the axis has $n + 2p$ places, numbered from 0. A window that starts at place $a$ ends at place $a + k - 1$. It must end inside:
#
# $$a + k - 1 \le n + 2p - 1 \quad\Longleftrightarrow\quad a \le n + 2p - k .$$
#
# The windows start at $a = 0, s, 2s, \dots$ How many of these starts are at most $n + 2p - k$? The start 0, and one more for each whole $s$ that fits:
#
# $$n_{\text{out}} = \left\lfloor \frac{n + 2p - k}{s} \right\rfloor + 1 .$$
#
# The brackets round down: places at the end that no window reaches are ignored. If $k > n + 2p$, then not even the first window fits. For an odd $k$ and $s = 1$ the padding $p = (k - 1)/2$ keeps the size: $n + (k - 1) - k + 1 = n$.
# %% [markdown]
# ### Exercise 1: `conv_output_size` (1 point, ★☆☆)
#
# Write the formula. For a kernel that does not fit raise a `ValueError` whose message contains the word `kernel`.
#
# <details><summary>Hint</summary>
# <code>//</code> divides and rounds down. Beware: for a kernel that does not fit the formula may still give a number that looks right.
# </details>
# %% nbgrader={"grade": false, "grade_id": "conv_output_size", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0) -> int:
    """Number of windows along one axis.

    Parameters
    ----------
    n : int
        Length of the input, at least 1.
    kernel : int
        Length of the kernel, at least 1.
    stride : int
        Distance between the starts of neighbouring windows, at least 1.
    padding : int
        Zeros added at either end, 0 or more.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If the kernel is longer than the padded input; the message contains "kernel".
    """
    # Refuse a kernel that does not fit.
    ### BEGIN SOLUTION
    if kernel > n + 2 * padding:
        raise ValueError(f"a kernel of {kernel} does not fit into an input of {n} with padding {padding}")
    ### END SOLUTION
    # The first window, and one more for each stride that fits.
    ### BEGIN SOLUTION
    return (n + 2 * padding - kernel) // stride + 1
    ### END SOLUTION


# %% [markdown]
# The next cell draws the windows of four settings. Filled squares are inputs, open ones are padding. The number of lines is what your function must give.
# %% tags=["try-it"]
fig, axes = plt.subplots(1, 4, figsize=(10, 2.6))
for ax, (n, k, s, p) in zip(axes, [(7, 3, 1, 0), (7, 3, 1, 1), (7, 3, 2, 0), (8, 3, 2, 1)], strict=True):
    for place in range(-p, n + p):
        ax.plot(place, 0, "s", color="0.3", fillstyle="full" if 0 <= place < n else "none", markersize=6)
    for row, start in enumerate(range(-p, n + p - k + 1, s)):
        ax.plot(
            [start, start + k - 1],
            [row + 1, row + 1],
            "-",
            color=plotting.COLOURS[0],
            linewidth=5,
            solid_capstyle="butt",
        )
    ax.set(
        xlim=(-1.8, 9.2),
        ylim=(-0.7, 8),
        xticks=[],
        yticks=[],
        title=f"n {n}, k {k}, s {s}, p {p}\nyours: {conv_output_size(n, k, s, p)}",
    )
    ax.spines[:].set_visible(False)
# %% nbgrader={"grade": true, "grade_id": "test_conv_output_size", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Sizes that can be counted on the drawing, the size of a common first layer, and a kernel that does not fit.
for n, k, s, p, expected in [(7, 3, 1, 0, 5), (7, 3, 1, 1, 7), (7, 3, 2, 0, 3), (8, 3, 2, 1, 4), (28, 5, 1, 2, 28)]:
    seen = conv_output_size(n, k, s, p)
    assert_number(seen, f"conv_output_size({n}, {k}, {s}, {p})", int)
    assert seen == expected, (
        f"conv_output_size({n}, {k}, {s}, {p}) should be {expected}; it is {seen}. "
        "Is the padding added at both ends, the division rounded down, the first window counted?"
    )
assert conv_output_size(6, 3) == 4, f"Without stride and padding 6 and 3 should give 4, not {conv_output_size(6, 3)}."
assert_raises(ValueError, lambda: conv_output_size(2, 3), "conv_output_size(2, 3)", mention="kernel")
# %% nbgrader={"grade": true, "grade_id": "hidden_conv_output_size", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against the shapes that PyTorch's own convolution gives, for every small setting.
for n in (1, 2, 3, 5, 8, 9):
    for k in (1, 2, 3, 4, 7):
        for s in (1, 2, 3, 10):
            for p in (0, 1, 2):
                call = f"conv_output_size({n}, {k}, {s}, {p})"
                if k > n + 2 * p:
                    assert_raises(ValueError, lambda n=n, k=k, s=s, p=p: conv_output_size(n, k, s, p), call, "kernel")
                    continue
                expected = F.conv1d(torch.zeros(1, 1, n), torch.zeros(1, 1, k), stride=s, padding=p).shape[-1]
                seen = conv_output_size(n, k, s, p)
                assert_number(seen, call, int)
                assert seen == expected, f"{call} should be {expected}; it is {seen}."
for n, options, expected in [(9, {"stride": 2}, 4), (9, {"padding": 3}, 13), (9, {}, 7)]:
    seen = conv_output_size(n, kernel=3, **options)
    assert seen == expected, f"conv_output_size({n}, kernel=3, {options}) should be {expected}; it is {seen}."


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The check has to come first. For $n = 2$, $k = 3$, $s = 2$ the numerator is $-1$, Python rounds $-1/2$ down to $-1$, and the formula gives a harmless 0; for a longer kernel it becomes negative, and the
# error would show up far from its cause. The case $k = n + 2p$ is allowed: one window fits exactly.
# %% [markdown]
# ## Channels
#
# A layer takes several images at once, its **input channels**, and gives several feature maps, its **output channels**. Each output channel has a kernel of its own for every input channel, adds up the results, and adds one bias.
# For a batch $x$ of shape $(n, c, h, w)$ the weights have the shape $(o, c, k_h, k_w)$ and the biases $(o,)$. With $\tilde x$ for the padded batch,
#
# $$y_{m, q, i, j} = b_q + \sum_{r=0}^{c-1} \; \sum_{u=0}^{k_h-1} \; \sum_{v=0}^{k_w-1} W_{q, r, u, v} \;\tilde x_{m,\, r,\, i s + u,\, j s + v} .$$
#
# Read it from the right: the pixel at row $u$ and column $v$ of the window that starts at row $i s$ and column $j s$, of input channel $r$, of sample $m$. The sums run over the window and over the input channels. They do not run over samples or
# over output channels. The result has the shape
#
# $$\underbrace{x}_{(n,\, c,\, h,\, w)} ,\; \underbrace{W}_{(o,\, c,\, k_h,\, k_w)} \;\to\; \underbrace{y}_{(n,\, o,\, h_{\text{out}},\, w_{\text{out}})} .$$
#
# By hand, with two input channels and a kernel of $1 \times 1$: $W = (2, -1)$ and $b = 10$ turn the pixels $3$ and $4$ into $10 + 2 \cdot 3 - 4 = 12$.
#
# (Mathematicians turn the kernel round before they slide it, and call what we do a cross-correlation. Since the kernel is learned, it does not matter.)
# %% [markdown]
# ### Exercise 2: `conv2d` (3 points, ★★★)
#
# Write it in NumPy alone; PyTorch's convolution serves for the test. Use your `conv_output_size`: it also refuses a kernel that does not fit. Kernels need not be square. Stride and padding are the same for rows and columns. The checks of the shapes are given.
#
# One way: loop over the places $(i, j)$ of the output. Cut out the window for all samples and channels, shape $(n, c, k_h, k_w)$, and let `np.einsum` sum over the last three axes for all samples and output channels. That is a loop of a few
# hundred turns, not of millions.
#
# <details><summary>Hint</summary>
# <code>np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))</code> pads rows and columns alone. In <code>np.einsum("ab,cb->ac", A, B)</code> the letters name the axes, and one that is missing on the right is summed over. Which letters of the formula do the axes of the window have, which those of the weights, and which remain?
# </details>
# %% nbgrader={"grade": false, "grade_id": "conv2d", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv2d(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None = None, stride: int = 1, padding: int = 0
) -> np.ndarray:
    """Convolution of a batch of images, as a convolutional layer computes it.

    Parameters
    ----------
    x : ndarray of float, shape (n, c, h, w)
    weight : ndarray of float, shape (o, c, k_h, k_w)
        A kernel for each pair of output and input channel.
    bias : ndarray of float, shape (o,), optional
        None for no bias.
    stride : int
        Steps of the window, down and to the right.
    padding : int
        Rows and columns of zeros on all four sides.

    Returns
    -------
    ndarray of float, shape (n, o, h_out, w_out)

    Raises
    ------
    ValueError
        If the shapes do not fit each other, or the kernel does not fit into the padded image.
    """
    if x.ndim != 4 or weight.ndim != 4 or x.shape[1] != weight.shape[1]:
        raise ValueError(f"x must be (n, c, h, w) and weight (o, c, k_h, k_w); got {x.shape} and {weight.shape}")
    if bias is not None and bias.shape != (len(weight),):
        raise ValueError(f"bias must have shape ({len(weight)},); it has shape {bias.shape}")
    # The size of the result.
    ### BEGIN SOLUTION
    k_h, k_w = weight.shape[2:]
    rows = conv_output_size(x.shape[2], k_h, stride, padding)
    columns = conv_output_size(x.shape[3], k_w, stride, padding)
    ### END SOLUTION
    # Zeros around the images.
    ### BEGIN SOLUTION
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    ### END SOLUTION
    # One window after the other, for all samples and channels at once.
    ### BEGIN SOLUTION
    y = np.empty((len(x), len(weight), rows, columns))
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            window = padded[:, :, top : top + k_h, left : left + k_w]
            y[:, :, i, j] = np.einsum("mruv,qruv->mq", window, weight)
    ### END SOLUTION
    # The bias of each output channel.
    ### BEGIN SOLUTION
    return y if bias is None else y + bias[:, None, None]
    ### END SOLUTION


# %% [markdown]
# Before there were learned kernels, there were kernels made by hand. Let yours run over a digit.
# %% tags=["try-it"]
by_hand = {
    "left edge": [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
    "upper edge": [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
    "any edge": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "blur": [[1, 1, 1], [1, 1, 1], [1, 1, 1]],
}
weight = np.array(list(by_hand.values()), dtype=float)[:, None]
maps = conv2d(images[:1], weight, padding=1)
print("shapes: images", images[:1].shape, " weight", weight.shape, " feature maps", maps.shape)
scaled = maps[0] / np.abs(maps[0]).max(axis=(1, 2), keepdims=True)
ax = plotting.image_grid(
    np.concatenate([images[0], scaled]),
    titles=["image", *by_hand],
    symmetric=True,
    title="Your feature maps of four kernels made by hand, each scaled to at most 1",
)


# %% nbgrader={"grade": true, "grade_id": "test_conv2d", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# The example of the drawing, then two channels, a bias, a stride and a padding by hand. A stand-in takes the place of your conv_output_size.
def size_from_torch(n, kernel, stride=1, padding=0):
    return F.conv1d(torch.zeros(1, 1, n), torch.zeros(1, 1, kernel), stride=stride, padding=padding).shape[-1]


def convolve(*arguments, **options):
    return observe(lambda: conv2d(*arguments, **options), using={"conv_output_size": size_from_torch})


x = np.array([[0, 0, 5, 5, 0, 0], [0, 0, 5, 5, 0, 0], [0, 0, 5, 5, 0, 0], [0, 5, 5, 0, 0, 0], [0, 5, 5, 0, 0, 0.0]])[
    None, None
]
weight = np.array([[1.0, 0, -1], [1, 0, -1], [1, 0, -1]])[None, None]
seen = convolve(x, weight)
assert_array(seen, "conv2d of x (1, 1, 5, 6) and weight (1, 1, 3, 3)", shape=(1, 1, 3, 4), dtype=np.floating)
expected = np.array([[-15.0, -15, 15, 15], [-15, -5, 15, 10], [-15, 5, 15, 5]])[None, None]
assert_close(seen, expected, "conv2d", "Is the window multiplied as it stands, without turning the kernel round?")
x = np.array([[[[3.0, 1.0]], [[4.0, 5.0]]]])
weight = np.array([2.0, -1.0]).reshape(1, 2, 1, 1)
seen = convolve(x, weight, np.array([10.0]))
assert_close(seen, np.array([[[[12.0, 7.0]]]]), "conv2d of two channels with a bias", "Are the channels added up?")
seen = convolve(np.ones((1, 1, 3, 3)), np.ones((1, 1, 3, 3)), stride=2, padding=1)
assert_close(
    seen,
    np.full((1, 1, 2, 2), 4.0),
    "conv2d of ones, stride 2, padding 1",
    "Are zeros added on all four sides? Does the window move by the stride?",
)


# %% nbgrader={"grade": true, "grade_id": "hidden_conv2d", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against PyTorch: no two axes of a length, kernels that are not square, every option. PyTorch's own is out of reach meanwhile.
def count_windows(n, kernel, stride=1, padding=0):
    if kernel > n + 2 * padding:
        raise ValueError("the kernel does not fit")
    return len(range(0, n + 2 * padding - kernel + 1, stride))


def by_the_student(*arguments, **options):
    def out_of_reach(*arguments, **options):
        raise AssertionError("conv2d should be written in NumPy, without PyTorch's convolution.")

    def probe():
        names = [(F, "conv2d"), (torch, "conv2d"), (F, "unfold"), (nn, "Conv2d"), (nn, "Unfold")]
        kept = [getattr(module, name) for module, name in names]
        for module, name in names:
            setattr(module, name, out_of_reach)
        try:
            return conv2d(*arguments, **options)
        finally:
            for (module, name), function in zip(names, kept, strict=True):
                setattr(module, name, function)

    return observe(probe, using={"conv_output_size": count_windows})


rng = np.random.default_rng(101)
cases = [
    ((2, 3, 7, 9), (4, 3, 3, 2), 1, 0),
    ((1, 1, 5, 5), (1, 1, 5, 5), 1, 0),
    ((3, 2, 6, 4), (5, 2, 1, 1), 1, 0),
    ((2, 4, 8, 7), (3, 4, 3, 4), 2, 1),
    ((1, 2, 4, 11), (2, 2, 2, 5), 3, 2),
    ((4, 1, 1, 6), (2, 1, 1, 3), 1, 1),
    ((2, 2, 9, 5), (1, 2, 2, 3), 4, 0),
    ((1, 3, 2, 2), (2, 3, 4, 4), 1, 1),
]
for x_shape, weight_shape, stride, padding in cases:
    x, weight = rng.normal(size=x_shape), rng.normal(size=weight_shape)
    for bias in (None, rng.normal(size=weight_shape[0])):
        what = f"conv2d of x {x_shape}, weight {weight_shape}, stride {stride}, padding {padding}"
        what += ", with a bias" if bias is not None else ""
        expected = F.conv2d(
            torch.tensor(x), torch.tensor(weight), None if bias is None else torch.tensor(bias), stride, padding
        ).numpy()
        with assert_unchanged(x=x, weight=weight, **({} if bias is None else {"bias": bias})):
            seen = by_the_student(x, weight, bias, stride, padding)
        assert_array(seen, what, shape=expected.shape, dtype=np.floating)
        assert_close(seen, expected, what, rtol=1e-7, atol=1e-10)
x, weight = rng.normal(size=(2, 3, 6, 5)), rng.normal(size=(4, 3, 2, 3))
for options in ({}, {"stride": 2}, {"padding": 2}):
    expected = F.conv2d(torch.tensor(x), torch.tensor(weight), **options).numpy()
    assert_close(by_the_student(x, weight, **options), expected, f"conv2d with {options}", atol=1e-10)
single_x, single_weight = x.astype(np.float32), weight.astype(np.float32)
expected = F.conv2d(torch.tensor(x), torch.tensor(weight)).numpy()
# Sums of 18 products in float32.
assert_close(by_the_student(single_x, single_weight), expected, "conv2d of float32", rtol=1e-4, atol=1e-5)
bad = [
    ((2, 3, 6, 5), (4, 2, 2, 3), None),
    ((2, 3, 6, 5), (4, 1, 2, 3), None),
    ((3, 6, 5), (4, 3, 2, 3), None),
    ((2, 3, 6, 5), (4, 3, 2, 3), (1,)),
    ((2, 3, 6, 5), (4, 3, 7, 3), None),
    ((2, 3, 6, 5), (4, 3, 2, 6), None),
]
for x_shape, weight_shape, bias_shape in bad:
    bias = None if bias_shape is None else np.ones(bias_shape)
    assert_raises(
        ValueError,
        lambda x=x_shape, weight=weight_shape, bias=bias: by_the_student(np.ones(x), np.ones(weight), bias),
        f"conv2d of x {x_shape}, weight {weight_shape}, bias {bias_shape}",
    )


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The loop runs over places of the output, and NumPy does the rest for all samples and channels. Another good way loops over the few places $(u, v)$ of the kernel instead and adds up shifted images, each times one weight: fewer turns,
# larger arrays. Libraries choose between several such plans for each shape. The feature maps show signs: "left edge" is positive where ink begins on the way to the right and negative where it ends, and a ReLU after it would keep the beginnings alone.
# %% [markdown]
# ## What weight sharing buys
#
# Move the image one column to the right: $x'_{i, j} = x_{i, j - 1}$. With stride 1 and away from the borders,
#
# $$y'_{i, j} = \sum_{u, v} W_{u, v}\, x'_{i + u,\, j + v} = \sum_{u, v} W_{u, v}\, x_{i + u,\, (j - 1) + v} = y_{i, j - 1} .$$
#
# The feature map moves along and is otherwise the same. This is **equivariance**. It is not *invariance*: the map does move. With a stride of $s$ it holds for shifts by multiples of $s$ alone, for other shifts meet other windows.
#
# ## Pooling
#
# To know *that* a stroke is there, one need not know to the pixel *where*. **Max-pooling** cuts each feature map into tiles of $k \times k$, side by side, and keeps the largest number of each tile:
#
# $$y_{m, r, i, j} = \max_{0 \le u, v < k} x_{m,\, r,\, i k + u,\, j k + v}, \qquad (n, c, h, w) \to \left(n,\, c,\, \lfloor h / k \rfloor,\, \lfloor w / k \rfloor\right) .$$
#
# Rows and columns at the lower and right edge that do not fill a tile are dropped. Pooling has no weights. Its gradient goes to the largest number of each tile and to no other.
# %% [markdown]
# ### Exercise 3: `max_pool2d` (1.5 points, ★★☆)
#
# Write it in NumPy alone. The check of the arguments is given.
#
# <details><summary>Hint</summary>
# Cut off what is dropped. Then split the row axis in two, tile and row within the tile, by <code>reshape</code>, and the column axis likewise. Over which of the six axes do you take the maximum?
# </details>
# %% nbgrader={"grade": false, "grade_id": "max_pool2d", "locked": false, "schema_version": 3, "solution": true, "task": false}
def max_pool2d(x: np.ndarray, kernel: int) -> np.ndarray:
    """Largest number of each square tile.

    Parameters
    ----------
    x : ndarray of float, shape (n, c, h, w)
    kernel : int
        Side of a tile; tiles stand side by side, and an incomplete one at the lower or right edge is dropped.

    Returns
    -------
    ndarray of float, shape (n, c, h // kernel, w // kernel)

    Raises
    ------
    ValueError
        If x does not have four axes, or not one tile fits.
    """
    if x.ndim != 4 or not 1 <= kernel <= min(x.shape[2:]):
        raise ValueError(f"x must be (n, c, h, w), and kernel from 1 to h and w; got {x.shape} and {kernel}")
    # How many tiles there are; only the part that they cover.
    ### BEGIN SOLUTION
    rows, columns = x.shape[2] // kernel, x.shape[3] // kernel
    covered = x[:, :, : rows * kernel, : columns * kernel]
    ### END SOLUTION
    # The maximum over the rows and columns within the tiles.
    ### BEGIN SOLUTION
    tiles = covered.reshape(*x.shape[:2], rows, kernel, columns, kernel)
    return tiles.max(axis=(3, 5))
    ### END SOLUTION


# %% tags=["try-it"]
digit = images[:1]
half, quarter = max_pool2d(digit, 2), max_pool2d(digit, 4)
fig, axes = plt.subplots(1, 3, figsize=(7.5, 2.7))
for ax, name, values in zip(axes, ["image", "your pooling by 2", "by 4"], [digit, half, quarter], strict=True):
    ax.imshow(values[0, 0], cmap="gray_r", vmin=0, vmax=1)
    ax.set(xticks=[], yticks=[], title=f"{name}\n{values.shape}")
# %% nbgrader={"grade": true, "grade_id": "test_max_pool2d", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Fifteen negative numbers by hand. The last row is dropped, and so is the last column.
x = -np.array([[[[4.0, 3, 9, 8, 1], [2, 7, 6, 5, 1], [1, 1, 1, 1, 1]]]])
seen = max_pool2d(x, 2)
assert_array(seen, "max_pool2d of x (1, 1, 3, 5) by 2", shape=(1, 1, 1, 2), dtype=np.floating)
assert_close(seen, np.array([[[[-2.0, -5.0]]]]), "max_pool2d", "Is it the largest number? Were zeros put at the edge?")
# %% nbgrader={"grade": true, "grade_id": "hidden_max_pool2d", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against PyTorch: tiles that fit and that don't, kernel 1, one tile in all; negative numbers throughout.
rng = np.random.default_rng(102)
for shape, kernel in [
    ((2, 3, 6, 8), 2),
    ((1, 1, 7, 5), 2),
    ((3, 2, 9, 11), 3),
    ((2, 4, 4, 5), 4),
    ((1, 2, 3, 7), 1),
    ((4, 1, 5, 13), 5),
    ((1, 1, 1, 1), 1),
]:
    x = rng.normal(size=shape) - 5.0
    expected = F.max_pool2d(torch.tensor(x), kernel).numpy()
    with assert_unchanged(x=x):
        seen = max_pool2d(x, kernel)
    assert_array(seen, f"max_pool2d of x {shape} by {kernel}", shape=expected.shape, dtype=np.floating)
    assert_close(seen, expected, f"max_pool2d of x {shape} by {kernel}")
single = rng.normal(size=(2, 2, 5, 4)).astype(np.float32)
assert_close(max_pool2d(single, 2), F.max_pool2d(torch.tensor(single), 2).numpy(), "max_pool2d of float32", rtol=1e-6)
# A view whose numbers do not lie in a row.
turned = rng.normal(size=(2, 2, 5, 6)).swapaxes(2, 3)
assert_close(max_pool2d(turned, 3), F.max_pool2d(torch.tensor(turned), 3).numpy(), "max_pool2d of a transposed view")
for shape, kernel in [((1, 1, 3, 5), 4), ((1, 1, 5, 3), 4), ((1, 3, 5), 2), ((1, 1, 4, 4), 0)]:
    assert_raises(
        ValueError,
        lambda shape=shape, kernel=kernel: max_pool2d(np.ones(shape), kernel),
        f"max_pool2d of {shape} by {kernel}",
    )


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The reshape costs nothing: it gives every number a name of six parts, sample, channel, tile row, row in the tile, tile column, column in the tile. Filling the last tile up with zeros instead of dropping it would be wrong for negative numbers, where 0 would win.
# %% [markdown]
# ## What pooling does to a shift
#
# Now check the formula of equivariance on your own functions: move a digit by one and by two columns, and compare what comes out with what came out before, moved along.
# %% tags=["try-it"]
kernel = np.array([[-1.0, 0, 1], [-1, 0, 1], [-1, 0, 1]])[None, None]
before = conv2d(images[:1].astype(float), kernel)
for shift in (1, 2):
    after = conv2d(np.roll(images[:1], shift, axis=3).astype(float), kernel)
    print(
        f"moved by {shift}: largest change of the feature map, moved along: {np.abs(after[..., shift:] - before[..., :-shift]).max():.2f}"
    )
    if shift % 2 == 0:
        change = max_pool2d(after, 2)[..., shift // 2 :] - max_pool2d(before, 2)[..., : -shift // 2]
        print(f"            the same after pooling by 2, moved along by {shift // 2}: {np.abs(change).max():.2f}")
    else:
        changes = [np.abs(max_pool2d(after, 2)[..., s:] - max_pool2d(before, 2)[..., : 13 - s]).max() for s in (0, 1)]
        print(f"            the same after pooling by 2, moved along by 0 or 1: {changes[0]:.2f} or {changes[1]:.2f}")
# %% [markdown]
# A feature map moves exactly with its image. A pooled map does so for even shifts alone; a shift by one changes its numbers. So pooling makes a network somewhat tolerant of small shifts, and never blind to them. Keep that in mind for the end of this notebook.
# %% [markdown]
# ## How far does a unit see?
#
# The **receptive field** of a unit is the part of the image that can change it. One convolution with a kernel of 5 sees $5 \times 5$ pixels, far too little for a digit. But a unit of the second layer looks at units of the first, each of which looks at pixels.
#
# Count along one axis. Let $r_l$ be the length of the receptive field of a unit of layer $l$, and $d_l$ the distance, in pixels, between the fields of two neighbours. For the pixels themselves $r_0 = 1$ and $d_0 = 1$. A unit of layer $l$ with kernel $k_l$ looks at $k_l$ neighbours below. Their fields start $d_{l-1}$
# apart, so the last one starts $(k_l - 1)\, d_{l-1}$ pixels after the first, and it is $r_{l-1}$ long. Neighbours in layer $l$ stand $s_l$ units of the layer below apart. Together
#
# $$r_l = r_{l-1} + (k_l - 1)\, d_{l-1}, \qquad d_l = s_l\, d_{l-1} .$$
#
# The field grows slowly by kernels and fast by strides: every stride multiplies the growth of all layers *above* it. A pooling with tiles of 2 counts as kernel 2, stride 2. The next cell draws the field of one unit above three layers.
# %% tags=["try-it"]
fig, ax = plt.subplots(figsize=(9, 2.9))
layers_drawn = [(1, "kernel 3, stride 1"), (2, "kernel 2, stride 2"), (1, "kernel 3, stride 1")]
rows_drawn = [np.arange(16.0)]
for (stride, name), kernel_size in zip(layers_drawn, (3, 2, 3), strict=True):
    below = rows_drawn[-1]
    count = (len(below) - kernel_size) // stride + 1
    rows_drawn.append(np.array([below[i * stride : i * stride + kernel_size].mean() for i in range(count)]))
reached = {3: {2}}
for level, ((stride, name), kernel_size) in reversed(list(enumerate(zip(layers_drawn, (3, 2, 3), strict=True)))):
    reached[level] = {i * stride + u for i in reached[level + 1] for u in range(kernel_size)}
    for i in reached[level + 1]:
        for u in range(kernel_size):
            ax.plot(
                [rows_drawn[level + 1][i], rows_drawn[level][i * stride + u]],
                [level + 1, level],
                "-",
                color="0.6",
                linewidth=0.9,
                zorder=1,
            )
for level, row in enumerate(rows_drawn):
    for i, place in enumerate(row):
        inside = i in reached[level]
        ax.plot(
            place,
            level,
            "o",
            markersize=10,
            color=plotting.COLOURS[0] if inside else "0.8",
            fillstyle="full" if inside else "none",
            zorder=2,
        )
    ax.text(15.8, level, "pixels" if level == 0 else layers_drawn[level - 1][1], va="center", fontsize=9)
    ax.text(-0.9, level, f"sees {[1, 3, 4, 8][level]}", va="center", ha="right", fontsize=9)
ax.set(xlim=(-2.8, 19.5), ylim=(-0.4, 3.4), xticks=[], yticks=[], title="The unit at the top sees the 8 filled pixels")
ax.spines[:].set_visible(False)


# %% [markdown]
# ### Exercise 4: `receptive_field` (1.5 points, ★★☆)
#
# Write it for a list of layers, first layer first. Without any layer it is 1.
#
# <details><summary>Hint</summary>
# Keep $r$ and $d$ as two numbers. In which order do you update them?
# </details>
# %% nbgrader={"grade": false, "grade_id": "receptive_field", "locked": false, "schema_version": 3, "solution": true, "task": false}
def receptive_field(layers: list[tuple[int, int]]) -> int:
    """Length, in pixels, of what one unit above these layers sees along an axis.

    Parameters
    ----------
    layers : list of (kernel, stride)
        Convolutions and poolings, the one next to the image first.

    Returns
    -------
    int
    """
    # A pixel sees itself; neighbours are one apart.
    ### BEGIN SOLUTION
    field, distance = 1, 1
    ### END SOLUTION
    for kernel, stride in layers:
        # The field grows by the distances between the units below, then the distance grows.
        ### BEGIN SOLUTION
        field += (kernel - 1) * distance
        distance *= stride
        ### END SOLUTION
    return field


# %% [markdown]
# Measure it too. The gradient of one unit with respect to the image is different from 0 where the unit sees. The next cell stacks layers whose weights are all positive, so that nothing cancels, and shows this gradient for a unit in the middle.
# %% tags=["try-it"]
stack = [("conv 5", 5, 1), ("pool 2", 2, 2), ("conv 5", 5, 1), ("pool 2", 2, 2), ("conv 3", 3, 1)]
fig, axes = plt.subplots(1, 5, figsize=(10, 2.5))
for depth, ax in enumerate(axes, start=1):
    x = torch.ones(1, 1, 28, 28, requires_grad=True)
    out = x
    for name, size, stride in stack[:depth]:
        # Means instead of maxima, so that every pixel of a tile counts.
        out = (
            F.avg_pool2d(out, size, stride)
            if name == "pool 2"
            else F.conv2d(out, torch.ones(1, 1, size, size) / size**2, padding=size // 2)
        )
    out[0, 0, out.shape[2] // 2, out.shape[3] // 2].backward()
    seen_pixels = x.grad[0, 0] > 0
    ax.imshow((x.grad[0, 0] / x.grad.max()).numpy(), cmap="gray_r", vmin=0, vmax=1)
    side = int(seen_pixels.any(dim=0).sum())
    ax.set(
        xticks=[],
        yticks=[],
        title=f"... {stack[depth - 1][0]}\nmeasured {side}, yours {receptive_field([layer[1:] for layer in stack[:depth]])}",
    )
# %% [markdown]
# The numbers must agree. Look at the shades as well: the middle of the field counts far more than its rim, because more paths lead through it.
# %% nbgrader={"grade": true, "grade_id": "test_receptive_field", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# The drawing, one layer, and no layer at all.
for layers, expected in [([(5, 1)], 5), ([(3, 1), (2, 2)], 4), ([(3, 1), (2, 2), (3, 1)], 8), ([], 1)]:
    seen = receptive_field(layers)
    assert_number(seen, f"receptive_field({layers})", int)
    assert seen == expected, (
        f"receptive_field({layers}) should be {expected}; it is {seen}. "
        "Does a stride act on the layers above it, and not on its own?"
    )
# %% nbgrader={"grade": true, "grade_id": "hidden_receptive_field", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Measured: the extent of the gradient of one unit, with all weights 1. The list must stay as it was.
rng = np.random.default_rng(103)
cases = [
    [(1, 1)],
    [(1, 3)],
    [(2, 2), (2, 2), (2, 2)],
    [(3, 2), (1, 1), (5, 1)],
    [(7, 3), (4, 2), (3, 1)],
    [(3, 1)] * 5,
    [(1, 4), (3, 1), (2, 5), (2, 1)],
]
cases += [
    [(int(k), int(s)) for k, s in zip(rng.integers(1, 6, 4), rng.integers(1, 4, 4), strict=True)] for _ in range(8)
]
for layers in cases:
    x = torch.ones(1, 1, 2000, dtype=torch.float64, requires_grad=True)
    out = x
    for kernel, stride in layers:
        out = F.conv1d(out, torch.ones(1, 1, kernel, dtype=torch.float64), stride=stride)
    out[0, 0, out.shape[2] // 2].backward()
    # From the first pixel seen to the last; a stride beyond the kernel leaves gaps in between.
    places = torch.nonzero(x.grad.ravel())
    expected = int(places.max() - places.min()) + 1
    given = list(layers)
    seen = receptive_field(given)
    assert_number(seen, f"receptive_field({layers})", int)
    assert seen == expected, f"receptive_field({layers}) should be {expected}; it is {seen}."
    assert given == layers, "The list of layers was changed."


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** Working from the top down gives the same number: a stretch of $r$ units needs $(r - 1) s + k$ units of the layer below. Two convolutions with a kernel of 3 see as much as one with a kernel of 5, with $2 \cdot 9$ weights instead of 25 and a ReLU more;
# that is why deep networks use small kernels.
# %% [markdown]
# # Part 2: networks
#
# ## From pixels to ten scores
#
# A classical convolutional network repeats three things: convolution, pooling, ReLU. The images get smaller and their channels more. At the end the numbers are laid out in a row, and a linear layer makes ten scores of them. Here is one that is small and good enough for this notebook:
# %% tags=["try-it"]
ax = diagrams.shape_flow(
    [
        ("images", ("n", 1, 28, 28)),
        "conv 5, padding 2",
        ("maps", ("n", 8, 28, 28)),
        "pool 2, ReLU",
        ("smaller maps", ("n", 8, 14, 14)),
        "conv 5, padding 2",
        ("maps", ("n", 24, 14, 14)),
        "pool 2, ReLU",
        ("smaller maps", ("n", 24, 7, 7)),
        "flatten",
        ("rows", ("n", 1176)),
        "linear",
        ("scores", ("n", 10)),
    ],
    title="A small convolutional network",
)


# %% [markdown]
# **How many weights are these?** A convolution from $c$ to $o$ channels with a kernel of $k \times k$ has $o \cdot c \cdot k^2$ weights and $o$ biases, whatever the size of the image. A linear layer from $p$ to $q$ numbers has $p q + q$.
#
# | layer | parameters |
# | --- | --- |
# | first convolution | $8 \cdot 1 \cdot 25 + 8 = 208$ |
# | second convolution | $24 \cdot 8 \cdot 25 + 24 = 4824$ |
# | linear | $1176 \cdot 10 + 10 = 11770$ |
# | together | $16802$ |
#
# Most of them sit in the last layer, which is dense. A network with one hidden layer of 100 units on the same images has $784 \cdot 100 + 100 + 100 \cdot 10 + 10 = 79510$.
#
# Pooling stands *before* the ReLU here. Both orders give the same numbers: ReLU never turns the order of two numbers round, so the ReLU of the largest is the largest of the ReLUs. This order has four times fewer numbers to pass through the ReLU.
# %% [markdown]
# ### Exercise 5: `build_cnn` (1.5 points, ★☆☆)
#
# Build a network for images of $28 \times 28$ pixels: this one, or one of your own. It must
#
# - map a batch of shape (n, `in_channels`, 28, 28) to scores of shape (n, `n_classes`): scores, not probabilities, since the loss takes care of the softmax;
# - have at least two convolutions and a nonlinearity, and treat each sample by itself (in evaluation mode);
# - have at most 100,000 parameters for the default arguments, all of them of use.
#
# <details><summary>Hint</summary>
# <code>nn.Sequential</code> with <code>nn.Conv2d(channels in, channels out, kernel, padding=...)</code>, <code>nn.MaxPool2d(2)</code>, <code>nn.ReLU()</code>, <code>nn.Flatten()</code>, <code>nn.Linear</code>.
# </details>
# %% nbgrader={"grade": false, "grade_id": "build_cnn", "locked": false, "schema_version": 3, "solution": true, "task": false}
def build_cnn(n_classes: int = 10, in_channels: int = 1) -> nn.Module:
    """Build an untrained convolutional network for images of 28 x 28 pixels.

    Parameters
    ----------
    n_classes : int
        Number of scores.
    in_channels : int
        Channels of the images.

    Returns
    -------
    nn.Module
        Maps float32 (n, in_channels, 28, 28) to scores (n, n_classes).
    """
    # Convolutions, poolings and nonlinearities; then one row a sample, and the scores.
    ### BEGIN SOLUTION
    return nn.Sequential(
        nn.Conv2d(in_channels, 8, 5, padding=2),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Conv2d(8, 24, 5, padding=2),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(24 * 7 * 7, n_classes),
    )
    ### END SOLUTION


# %% tags=["try-it"]
torch.manual_seed(0)
untrained = build_cnn()
with torch.no_grad():
    scores = untrained(torch.tensor(images[:64]))
    first_loss = F.cross_entropy(scores, torch.tensor(labels[:64])).item()
print("scores", tuple(scores.shape), " parameters", sum(p.numel() for p in untrained.parameters()))
print(f"loss before training {first_loss:.1f}, ln 10 = {np.log(10):.1f}")


# %% nbgrader={"grade": true, "grade_id": "test_build_cnn", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Shapes, the number of convolutions and of parameters.
def probe():
    torch.manual_seed(0)
    model = build_cnn()
    scores = model.eval()(torch.rand(3, 1, 28, 28))
    other = build_cnn(n_classes=4, in_channels=3).eval()(torch.rand(2, 3, 28, 28))
    convolutions = sum(isinstance(layer, nn.Conv2d) for layer in model.modules())
    return scores.detach(), other.detach(), convolutions, sum(p.numel() for p in model.parameters())


scores, other, convolutions, n_parameters = observe(probe)
assert_tensor(scores, "the scores of 3 grey images", shape=(3, 10), dtype=torch.float32)
assert_tensor(other, "the scores of 2 colour images for 4 classes", shape=(2, 4), dtype=torch.float32)
assert convolutions >= 2, f"The network has {convolutions} layers of type nn.Conv2d; at least 2 are asked for."
assert n_parameters <= 100_000, f"The network has {n_parameters} parameters; at most 100,000 are asked for."


# %% nbgrader={"grade": true, "grade_id": "hidden_build_cnn", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Properties that any good network has: scores of both signs, a nonlinearity, samples apart, gradients everywhere.
def look():
    torch.manual_seed(3)
    model = build_cnn(n_classes=7, in_channels=2)
    x = torch.randn(24, 2, 28, 28)
    F.cross_entropy(model(x), torch.arange(24) % 7).backward()
    moved = [p.grad is not None and bool((p.grad != 0).any()) for p in model.parameters() if p.requires_grad]
    model.eval()
    with torch.no_grad():
        whole, one = model(x), torch.cat([model(x[i : i + 1]) for i in (0, 5)])
        zero = model(torch.zeros(1, 2, 28, 28))
        bend = model(x[:4]) + model(-x[:4]) - 2 * zero
        # Every channel and every part of the image must count.
        parts = []
        for channel in (0, 1):
            for rows, columns in [
                (slice(0, 14), slice(0, 14)),
                (slice(14, 28), slice(14, 28)),
                (slice(0, 14), slice(14, 28)),
            ]:
                changed = x[:4].clone()
                changed[:, channel, rows, columns] += 1
                parts.append(float((model(changed) - model(x[:4])).abs().max()))
    first = [layer.in_channels for layer in model.modules() if isinstance(layer, nn.Conv2d)]
    return whole, one, bend, moved, parts, len(first), type(model).__name__, isinstance(model, nn.Module)


whole, one, bend, moved, parts, convolutions, kind, is_module = observe(look)
assert is_module, f"build_cnn should return an nn.Module; it returned a {kind}."
assert_tensor(whole, "the scores of 24 images with 2 channels for 7 classes", shape=(24, 7), dtype=torch.float32)
assert_close(
    one, whole[[0, 5]], "the scores of two images, one at a time", "Does a sample see others?", rtol=1e-4, atol=1e-5
)
total = whole.exp().sum(dim=1)
assert float(whole.min()) < 0, "No score is negative. Is there a softmax or a ReLU after the last layer?"
assert float((total - 1).abs().max()) > 1e-3, (
    "The scores are logarithms of probabilities. Is there a log-softmax at the end?"
)
assert float(bend.abs().max()) > 1e-4, "The network is linear in its input. Is there a nonlinearity?"
assert len(moved) > 0 and all(moved), f"{moved.count(False)} of {len(moved)} parameters get no gradient."
assert min(parts) > 1e-6, "A part of the image, or a channel, does not influence the scores."
assert convolutions >= 2, f"The network has {convolutions} layers of type nn.Conv2d; at least 2 are asked for."
seen = observe(lambda: build_cnn().eval()(torch.rand(1, 1, 28, 28)).detach())
assert_tensor(seen, "the scores of one image", shape=(1, 10), dtype=torch.float32)
n_parameters = observe(lambda: sum(p.numel() for p in build_cnn().parameters()))
assert n_parameters <= 100_000, f"The network has {n_parameters} parameters; at most 100,000 are asked for."


def two_networks():
    torch.manual_seed(5)
    x = torch.rand(2, 1, 28, 28)
    first, second = build_cnn().eval(), build_cnn().eval()
    shared = {id(p) for p in first.parameters()} & {id(p) for p in second.parameters()}
    return len(shared), float((first(x) - second(x)).detach().abs().max())


shared, difference = observe(two_networks)
assert shared == 0 and difference > 0, (
    "Two calls of build_cnn should give two networks with random weights of their own."
)


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The loss before training is near $\ln 10$, as PS 4 predicts for scores near 0. The linear layer has to know that $24 \cdot 7 \cdot 7$ numbers arrive; a layer that takes the mean over all places would need 24 inputs alone, and would not care where in the image a feature stood.
# %% [markdown]
# ## Follow the shapes
#
# Most mistakes in a network are mistakes of shapes. PyTorch can show them: a **forward hook** is a function that a layer calls after its forward pass, with the layer, its inputs and its output. Register one at every *leaf* (a module without children: a layer, not a
# container of layers), send one batch through, and write down what passes.
# %% [markdown]
# ### Exercise 6: `shape_trace` (1.5 points, ★★☆)
#
# Return a list with one entry `(name, shape)` for each call of a leaf, in the order of the calls. The name is the one that `model.named_modules()` gives; the shape is that of the layer's output, as a tuple.
#
# Leave no trace behind: remove the hooks, also if the network fails on `x`; run without gradients and in evaluation mode, so that running statistics stay as they are; put the mode back afterwards.
#
# <details><summary>Hint</summary>
# <code>layer.register_forward_hook(f)</code> calls <code>f(layer, inputs, output)</code> and returns a handle with the method <code>remove()</code>. Make the hook in a function of its own that takes the name: a name from a loop is looked up when the
# hook runs, and by then the loop is over. <code>try ... finally</code> runs its last part in any case.
# </details>
# %% nbgrader={"grade": false, "grade_id": "shape_trace", "locked": false, "schema_version": 3, "solution": true, "task": false}
def shape_trace(model: nn.Module, x: torch.Tensor) -> list[tuple[str, tuple[int, ...]]]:
    """Shapes that pass through a network.

    Parameters
    ----------
    model : nn.Module
        Each of its leaves returns one tensor. It is left as it was, the mode of each module included.
    x : Tensor
        A batch that the network can take.

    Returns
    -------
    list of (str, tuple of int)
        The leaf's name in the model and its output's shape, in the order of the calls.
    """
    trace, handles = [], []

    # A hook that remembers its layer's name.
    ### BEGIN SOLUTION
    def remember(name):
        def hook(layer, inputs, output):
            trace.append((name, tuple(output.shape)))

        return hook

    ### END SOLUTION
    # Register one at every leaf.
    ### BEGIN SOLUTION
    for name, layer in model.named_modules():
        if not list(layer.children()):
            handles.append(layer.register_forward_hook(remember(name)))
    ### END SOLUTION
    # One forward pass; afterwards remove the hooks and restore the modes, come what may.
    ### BEGIN SOLUTION
    modes = [(part, part.training) for part in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            model(x)
    finally:
        for part, mode in modes:
            part.training = mode
        for handle in handles:
            handle.remove()
    ### END SOLUTION
    return trace


# %% tags=["try-it"]
for name, shape in shape_trace(build_cnn(), torch.zeros(5, 1, 28, 28)):
    print(f"{name:<4} {shape}")


# %% nbgrader={"grade": true, "grade_id": "test_shape_trace", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# A small network with a container in it, whose shapes are known.
def probe():
    inner = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU())
    return shape_trace(nn.Sequential(inner, nn.Flatten(), nn.Linear(48, 2)), torch.zeros(5, 1, 6, 6))


seen = observe(probe)
assert type(seen) is list, f"shape_trace should return a list; it returned a {type(seen).__name__}."
names = [entry[0] for entry in seen]
assert names == ["0.0", "0.1", "1", "2"], (
    f"The leaves are 0.0, 0.1, 1, 2; yours are {names}. Is a container no leaf? Has each hook its own name?"
)
shapes = [tuple(entry[1]) for entry in seen]
expected = [(5, 3, 4, 4), (5, 3, 4, 4), (5, 48), (5, 2)]
assert shapes == expected, f"The output shapes are {expected}; yours are {shapes}. Is it the output's shape?"


# %% nbgrader={"grade": true, "grade_id": "hidden_shape_trace", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# The order of calls instead of definition, a layer that is used twice; what must be left as it was; a failing network.
def traces():
    class Crossed(nn.Module):
        def __init__(self):
            super().__init__()
            self.last = nn.Linear(6, 2)
            self.body = nn.ModuleDict({"wide": nn.Linear(4, 6), "again": nn.Linear(6, 6)})
            self.bend = nn.Tanh()

        def forward(self, x):
            h = self.bend(self.body["wide"](x))
            h = self.bend(self.body["again"](h))
            return self.last(h)

    crossed = shape_trace(Crossed(), torch.zeros(3, 4))
    torch.manual_seed(0)
    normed = nn.Sequential(
        nn.Conv2d(2, 3, (2, 3), stride=2), nn.BatchNorm2d(3), nn.Dropout(0.5), nn.AdaptiveAvgPool2d(1)
    )
    before = {name: value.clone() for name, value in normed.state_dict().items()}
    x = torch.rand(1, 2, 9, 8)
    x_before = x.clone()
    outcomes = []
    for mode in (True, False):
        normed.train(mode)
        trace = shape_trace(normed, x)
        outcomes.append((trace, all(layer.training == mode for layer in normed.modules())))
    same = all(bool((before[name] == value).all()) for name, value in normed.state_dict().items())
    hooks = sum(len(layer._forward_hooks) for layer in normed.modules())
    recorded = []
    normed[0].register_forward_hook(
        lambda layer, inputs, output: recorded.append((output.requires_grad, layer.training))
    )
    normed.train()
    shape_trace(normed, x)
    kept = len(normed[0]._forward_hooks)
    return crossed, outcomes, same, hooks, bool((x == x_before).all()), recorded, kept


def failing():
    broken = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(5, 2))
    broken.train()
    try:
        shape_trace(broken, torch.zeros(2, 4))
    except RuntimeError:
        failed = True
    else:
        failed = False
    return failed, sum(len(layer._forward_hooks) for layer in broken.modules()), broken.training


crossed, outcomes, same, hooks, x_same, recorded, kept = observe(traces)
expected = [("body.wide", (3, 6)), ("bend", (3, 6)), ("body.again", (3, 6)), ("bend", (3, 6)), ("last", (3, 2))]
seen = [(entry[0], tuple(entry[1])) for entry in crossed]
assert seen == expected, (
    f"A network whose layers are called in another order than defined: expected {expected}, got {seen}."
)
for trace, mode_kept in outcomes:
    assert type(trace) is list, f"shape_trace should return a list; it returned a {type(trace).__name__}."
    assert all(type(size) is int for entry in trace for size in entry[1]), "A shape should hold plain whole numbers."
    seen = [(entry[0], tuple(entry[1])) for entry in trace]
    expected = [("0", (1, 3, 4, 3)), ("1", (1, 3, 4, 3)), ("2", (1, 3, 4, 3)), ("3", (1, 3, 1, 1))]
    assert seen == expected, f"A network with batch normalisation: expected {expected}, got {seen}."
    assert mode_kept, "The model or a layer of it is not in the mode in which it was before the call."
assert same, "The running statistics or weights of the model were changed. Is it in evaluation mode?"
assert hooks == 0, f"{hooks} hooks are left behind after the call."
assert x_same, "x was changed in place."
assert recorded == [(False, False)], "The forward pass should run once, without gradients and in evaluation mode."
assert kept == 1, "A hook that was registered before the call should still be there."
failed, hooks, training = observe(failing)
assert failed, "Where the network fails on x, its error should come through."
assert hooks == 0, f"{hooks} hooks are left behind after a network that failed on x."
assert training, "After a network that failed on x the mode is not what it was."


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** `print(model)` shows what was defined; the trace shows what happened. The difference matters for a layer that is used twice, or never. Keep this function at hand: a trace with a batch of 5, a number that occurs nowhere else, shows at a glance where the batch axis got lost.
# %% [markdown]
# ## A network to mend
#
# Here is a network that somebody wrote in a hurry. It runs. It even returns something for every batch.
# %% tags=["try-it"]
torch.manual_seed(0)
broken = nn.Sequential(
    nn.Conv2d(1, 8, 5, padding=2),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(8, 16, 3),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(1, 2),
    nn.Linear(6, 10),
)
for name, shape in shape_trace(broken, torch.zeros(5, 1, 28, 28)):
    print(f"{name} {type(broken[int(name)]).__name__:<10} {shape}")


# %% [markdown]
# Find the line where the trace goes wrong before you read on.
#
# `nn.Flatten(1, 2)` joins axes 1 and 2, channels and rows, and keeps the last axis, the columns. `nn.Linear` works on the last axis whatever stands before it, so a layer with as many inputs as there are *columns* runs without an error: it is applied to every row of
# every channel by itself. Instead of ten scores a sample there are ten for each of them. The mistake comes to light at the loss, far from its cause.
# %% [markdown]
# ### Exercise 7: `fix_flatten` (1.5 points, ★★☆)
#
# Write a function that mends any network of this kind. It is given an `nn.Sequential` of `nn.Conv2d`, `nn.ReLU`, `nn.MaxPool2d`, one such `nn.Flatten` and, right behind it, an `nn.Linear`; more `nn.Linear` and `nn.ReLU` may follow. Return a repaired **copy**:
#
# - its flatten layer joins all axes but the first;
# - the linear layer right behind it is a new one with the number of inputs that it now gets, and the same number of outputs;
# - all other layers are copies with the same weights. The given network stays as it is and shares no weights with the copy.
#
# <details><summary>Hint</summary>
# <code>copy.deepcopy(net)</code> copies a network with its weights. An <code>nn.Sequential</code> can be indexed, sliced and assigned to: <code>net[:3]</code>, <code>net[3] = layer</code>. To learn how many numbers arrive, send one blank image through the first part.
# </details>
# %% nbgrader={"grade": false, "grade_id": "fix_flatten", "locked": false, "schema_version": 3, "solution": true, "task": false}
def fix_flatten(net: nn.Sequential) -> nn.Sequential:
    """Repair a network whose flatten layer keeps the last axis.

    Parameters
    ----------
    net : nn.Sequential
        Takes (n, 1, 28, 28); its nn.Flatten is followed by an nn.Linear. It is left as it was.

    Returns
    -------
    nn.Sequential
        A copy that maps (n, 1, 28, 28) to (n, 10), where 10 stands for the outputs of the last layer.
    """
    # A copy, and the place of its flatten layer.
    ### BEGIN SOLUTION
    mended = copy.deepcopy(net)
    place = next(i for i, layer in enumerate(mended) if isinstance(layer, nn.Flatten))
    ### END SOLUTION
    # Flatten all axes but the first; how many numbers arrive behind it?
    ### BEGIN SOLUTION
    mended[place] = nn.Flatten()
    with torch.no_grad():
        n_inputs = mended[: place + 1](torch.zeros(1, 1, 28, 28)).shape[1]
    ### END SOLUTION
    # A linear layer that fits.
    ### BEGIN SOLUTION
    mended[place + 1] = nn.Linear(n_inputs, mended[place + 1].out_features)
    return mended
    ### END SOLUTION


# %% tags=["try-it"]
for name, shape in shape_trace(fix_flatten(broken), torch.zeros(5, 1, 28, 28))[-3:]:
    print(name, shape)


# %% nbgrader={"grade": true, "grade_id": "test_fix_flatten", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# A small broken network: one convolution to 2 channels of 26 x 26, so 1352 numbers a sample.
def probe():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(1, 2), nn.Linear(26, 10))
    mended = fix_flatten(net)
    x = torch.rand(3, 1, 28, 28)
    same = bool((net[0].weight == mended[0].weight).all())
    n_inputs = mended[-1].in_features
    scores = mended(x).detach() if n_inputs == 1352 else None
    return type(mended).__name__, scores, same, tuple(net(x).shape), n_inputs


kind, scores, same, shape_before, n_inputs = observe(probe)
assert kind == "Sequential", f"fix_flatten should return an nn.Sequential; it returned a {kind}."
assert n_inputs == 1352, (
    f"The linear layer should have 1352 inputs; it has {n_inputs}. Does the flatten layer keep the first axis alone?"
)
assert_tensor(scores, "the scores of the mended network for 3 images", shape=(3, 10))
assert same, "The convolution of the mended network has other weights than the given one."
assert shape_before == (3, 52, 10), "The network that was given has changed. Did you repair it instead of a copy?"


# %% nbgrader={"grade": true, "grade_id": "hidden_fix_flatten", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Networks of several depths and shapes, one with two linear layers; every weight against the given network's.
def repair(layers, end):
    torch.manual_seed(1)
    before = nn.Sequential(*layers[0])
    x = torch.rand(4, 1, 28, 28)
    width = before(x[:1]).shape[3]
    head = [nn.Linear(width, layers[1][0])]
    for a, b in zip(layers[1], layers[1][1:], strict=False):
        head += [nn.ReLU(), nn.Linear(a, b)]
    net = nn.Sequential(*before, nn.Flatten(1, end), *head)
    state = {name: value.clone() for name, value in net.state_dict().items()}
    shape = tuple(net(x).shape)
    mended = fix_flatten(net)
    place = len(before)
    with torch.no_grad():
        features = before(x).reshape(4, -1)
        scores = F.linear(features, mended[place + 1].weight, mended[place + 1].bias)
        for layer in head[1:]:
            scores = layer(scores)
        out = mended(x)
    kept = tuple(net(x).shape) == shape and [type(layer) for layer in net] == [
        type(layer) for layer in (*before, nn.Flatten(), *head)
    ]
    kept = kept and list(state) == list(net.state_dict())
    kept = kept and all(bool(torch.equal(state[name], value)) for name, value in net.state_dict().items())
    shared = len({p.data_ptr() for p in net.parameters()} & {p.data_ptr() for p in mended.parameters()})
    kinds = [type(layer).__name__ for layer in mended]
    return {
        "kind": type(mended).__name__,
        "out": out,
        "scores": scores,
        "one": tuple(mended(x[:1]).shape),
        "kept": kept,
        "shared": shared,
        "kinds": kinds == [type(layer).__name__ for layer in net],
        "n_inputs": mended[place + 1].in_features,
        "n_features": features.shape[1],
        "hidden": [layer.out_features for layer in mended if isinstance(layer, nn.Linear)],
        "trainable": all(p.requires_grad for p in mended.parameters()),
    }


for convolutions, sizes, end in [
    (lambda: [nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2)], [10], 2),
    (lambda: [nn.Conv2d(1, 3, (5, 2)), nn.ReLU()], [10], -2),
    (
        lambda: [nn.Conv2d(1, 2, 3, stride=2), nn.ReLU(), nn.Conv2d(2, 5, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3)],
        [10],
        -2,
    ),
    (lambda: [nn.Conv2d(1, 6, 9), nn.MaxPool2d(4)], [12, 10], 2),
    (lambda: [nn.Conv2d(1, 6, 9), nn.MaxPool2d(4), nn.ReLU()], [7, 9, 10], -2),
]:
    seen = observe(lambda convolutions=convolutions, sizes=sizes, end=end: repair((convolutions(), sizes), end))
    what = f"a network with {seen['n_features']} features and linear layers of {sizes}"
    assert seen["kind"] == "Sequential", f"fix_flatten should return an nn.Sequential; it returned a {seen['kind']}."
    assert_tensor(seen["out"], f"the scores of {what}", shape=(4, 10))
    assert seen["one"] == (1, 10), f"One image gives the shape {seen['one']} instead of (1, 10)."
    assert seen["n_inputs"] == seen["n_features"], f"{what}: the first linear layer has {seen['n_inputs']} inputs."
    assert seen["hidden"] == sizes, f"{what}: the mended network has linear layers of {seen['hidden']}."
    assert seen["kinds"], f"{what}: the mended network has other kinds of layers, or in another order."
    assert_close(
        seen["out"], seen["scores"], f"the scores of {what}", "Are the other layers copies?", rtol=1e-4, atol=1e-5
    )
    assert seen["kept"], f"{what}: the network that was given has changed."
    assert seen["shared"] == 0, f"{what}: {seen['shared']} weight tensors are shared with the network that was given."
    assert seen["trainable"], f"{what}: some weights of the mended network do not require gradients."


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The weights of the old linear layer are of no use: they belong to columns, and the new layer has inputs of another meaning. `nn.LazyLinear` would find out its number of inputs at the first batch; it spares the arithmetic and hides the shape that one should know.
# %% [markdown]
# # Part 3: training
#
# ## Centre the pixels
#
# All pixels lie between 0 and 1, so all inputs of the first layer have one sign, and the gradients of a kernel's weights tend to rise and fall together. It helps to subtract from each pixel its mean over the training images:
#
# $$\tilde x_{i, \dots} = x_{i, \dots} - \mu_{\dots}, \qquad \mu_{\dots} = \frac{1}{n} \sum_{i=1}^{n} x_{i, \dots} .$$
#
# The mean $\mu$ is an image. It comes from the **training** images alone, and the same $\mu$ is subtracted from the test images: what a model does to its inputs is a part of the model, and no part of a model may know the test set.
# %% [markdown]
# ### Exercise 8: `zero_center` (1 point, ★☆☆)
#
# Write it for images of any shape, the samples along the first axis. The pixels may also be integers. The check of the shapes is given.
#
# <details><summary>Hint</summary>
# What shape has the mean over axis 0? Does it broadcast against the images?
# </details>
# %% nbgrader={"grade": false, "grade_id": "zero_center", "locked": false, "schema_version": 3, "solution": true, "task": false}
def zero_center(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Subtract from each pixel its mean over the training images.

    Parameters
    ----------
    train, test : ndarray of float or int, shapes (n, ...) and (m, ...)
        Images; the axes after the first agree.

    Returns
    -------
    train, test : ndarray of float, shapes as given
        New arrays.

    Raises
    ------
    ValueError
        If the images of the two sets differ in shape.
    """
    if train.shape[1:] != test.shape[1:]:
        raise ValueError(f"train {train.shape} and test {test.shape} must agree in all axes but the first")
    # The mean image.
    ### BEGIN SOLUTION
    mean = train.mean(axis=0)
    ### END SOLUTION
    # Both sets less this image.
    ### BEGIN SOLUTION
    return train - mean, test - mean
    ### END SOLUTION


# %% tags=["try-it"]
X_train, X_test = (torch.tensor(part, dtype=torch.float32) for part in zero_center(images, test_images))
y_train, y_test = torch.tensor(labels), torch.tensor(test_labels)
print("training", tuple(X_train.shape), " test", tuple(X_test.shape))
ax = plotting.image_grid(
    np.concatenate([images.mean(axis=0), X_train[:7, 0].numpy()]),
    titles=["mean image", *labels[:7]],
    symmetric=True,
    title="The mean image, and your centred digits",
)
# %% nbgrader={"grade": true, "grade_id": "test_zero_center", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Two training images of 1 x 2 pixels and one test image, by hand.
seen = zero_center(np.array([[[1.0, 8.0]], [[3.0, 2.0]]]), np.array([[[10.0, 10.0]]]))
assert len(seen) == 2, "zero_center should return two arrays."
assert_array(seen[0], "the training images", shape=(2, 1, 2), dtype=np.floating)
assert_array(seen[1], "the test images", shape=(1, 1, 2), dtype=np.floating)
assert_close(seen[0], np.array([[[-1.0, 3.0]], [[1.0, -3.0]]]), "the training images", "Has each pixel its own mean?")
assert_close(seen[1], np.array([[[8.0, 5.0]]]), "the test images", "Is it the mean of the training images?")
# %% nbgrader={"grade": true, "grade_id": "hidden_zero_center", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against the mean of Python's statistics module, pixel by pixel; integers; one image; shapes that would broadcast.
from statistics import fmean

rng = np.random.default_rng(108)
for n, m, shape in [(5, 3, (4,)), (1, 2, (3, 2)), (7, 1, (1, 4, 5)), (3, 8, (2, 3, 3)), (4, 4, (4, 4))]:
    train, test = rng.normal(size=(n, *shape)) + 3.0, rng.normal(size=(m, *shape))
    mean = np.apply_along_axis(fmean, 0, train)
    with assert_unchanged(train=train, test=test):
        seen_train, seen_test = zero_center(train, test)
    for name, seen, given in (("training", seen_train, train), ("test", seen_test, test)):
        what = f"the {name} images for train {train.shape}, test {test.shape}"
        assert_array(seen, what, shape=given.shape, dtype=np.floating)
        assert_close(seen, given - mean, what, atol=1e-10)
whole, others = np.array([[0, 255], [255, 255], [0, 254]], dtype=np.uint8), np.array([[1, 2]], dtype=np.uint8)
seen_train, seen_test = zero_center(whole, others)
expected = np.array([[-85.0, 1 / 3], [170, 1 / 3], [-85, -2 / 3]])
assert_close(
    seen_train,
    expected,
    "training images of uint8",
    "Was a mean rounded, or did a number wrap round?",
    rtol=1e-5,
    atol=1e-4,
)
assert_close(seen_test, np.array([[-84.0, 2 - 764 / 3]]), "test images of uint8", "Did a number wrap round?", rtol=1e-5)
single = rng.normal(size=(6, 1, 3, 2)).astype(np.float32)
seen_train, seen_test = zero_center(single, single[:2])
assert_close(seen_train, single - single.astype(float).mean(axis=0), "training images of float32", rtol=1e-4, atol=1e-6)
assert_raises(
    ValueError,
    lambda: zero_center(np.ones((3, 1, 4, 4)), np.ones((3, 4, 4))),
    "train (3, 1, 4, 4), test (3, 4, 4)",
    "(3, 4, 4)",
)


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** NumPy takes the mean of integers in float64, and the difference of an integer image and a float mean is a float. With the mean turned back into `uint8`, a pixel below the mean would wrap round to a number near 255. In the picture the rim stays white: it is empty in every digit, so its mean is 0 and so is the difference.
# %% [markdown]
# ## Train
#
# The loop is the one from PS 7. Three things make it quick and good:
#
# - **Everything stays in tensors.** For data that fit into memory, shuffled index batches, `torch.randperm(n).split(batch_size)`, do what a `DataLoader` does, without its cost for each sample.
# - **A rate that rises and falls.** `torch.optim.lr_scheduler.OneCycleLR` raises the learning rate from a small value to `max_lr` and lowers it nearly to 0 at the end. The high rate in the middle moves fast, the low one at the end settles. It is told `total_steps`, and its `step()` follows *every* step of the optimiser, not every epoch.
# - **Augmentation**, as in PS 9. The cheapest kind moves a whole batch by one pixel at random: `torch.roll(batch, (down, right), dims=(2, 3))`. What leaves the image on one side enters on the other, which does no harm where the rim is empty.
# %% tags=["try-it"]
steps, max_lr = 480, 0.008
dummy = torch.optim.Adam([nn.Parameter(torch.zeros(1))])
cycle = torch.optim.lr_scheduler.OneCycleLR(dummy, max_lr=max_lr, total_steps=steps)
rates = []
for step in range(steps):
    rates.append(dummy.param_groups[0]["lr"])
    dummy.step()
    if step < steps - 1:
        cycle.step()
fig, ax = plt.subplots(figsize=(5.5, 2.6))
ax.plot(rates)
ax.set(xlabel="step", ylabel="learning rate", title=f"One cycle of {steps} steps up to {max_lr}", ylim=(0, None))
print("highest rate", max(rates), "at step", rates.index(max(rates)))


# %% [markdown]
# ### Exercise 9: `train_cnn` (2.5 points, ★★★)
#
# Train the network that your `build_cnn()` returns on centred images. All settings are yours: optimiser, rate, batches, epochs, augmentation.
#
# The hidden test trains once on the 6,000 images of this notebook, **sorted by their labels**, with at most 20 seconds of processor time on one thread, and counts the accuracy on the 1,000 test images:
#
# | test accuracy | at least 0.93 | at least 0.95 | at least 0.97 |
# | --- | --- | --- | --- |
# | points | 0.5 | 1 | 1.5 |
#
# Both tests put a network of their own in the place of your `build_cnn`, so that a slip in Exercise 5 costs nothing here; the hidden one takes the network drawn in Part 2. The visible test also trains twice with one seed, on a few images: the results must agree. The starter fixes the seed of PyTorch's global random state, and puts the
# state back afterwards.
#
# <details><summary>Hint</summary>
# Begin with Adam, batches of 50 and 4 epochs, and reach 0.95. Then add the cycle with a <code>max_lr</code> near 0.01, then the moves by one pixel. Print the loss now and then while you work. Without a fresh shuffle in every epoch, sorted images spoil everything.
# </details>
# %% nbgrader={"grade": false, "grade_id": "train_cnn", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_cnn(X_train: torch.Tensor, y_train: torch.Tensor, seed: int) -> nn.Module:
    """Train a convolutional network with the cross-entropy.

    Parameters
    ----------
    X_train : Tensor of float32, shape (n, 1, 28, 28)
        Centred images, in any order.
    y_train : Tensor of int64, shape (n,)
        Classes 0 to 9.
    seed : int
        Decides the starting weights and every random choice.

    Returns
    -------
    nn.Module
        Maps images to scores (n, 10).
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        # The network, the optimiser, the schedule.
        ### BEGIN SOLUTION
        # Channels last in memory: the same numbers, but the pooling runs much faster on a CPU.
        model = build_cnn().to(memory_format=torch.channels_last)
        n_epochs, batch_size = 4, 50
        n_steps = n_epochs * -(-len(X_train) // batch_size)
        optimizer = torch.optim.Adam(model.parameters())
        scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.008, total_steps=n_steps)
        ### END SOLUTION
        # Epochs of shuffled batches: move the images, forwards, backwards, step.
        ### BEGIN SOLUTION
        for _ in range(n_epochs):
            for batch in torch.randperm(len(X_train)).split(batch_size):
                down, right = torch.randint(-1, 2, (2,)).tolist()
                moved = torch.roll(X_train[batch], (down, right), dims=(2, 3))
                loss = F.cross_entropy(model(moved), y_train[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                scheduler.step()
        ### END SOLUTION
    return model


# %% [markdown]
# Train once with all images. What the first layer learned has the shape of kernels, so look at it: each kernel, and what it makes of one test image.
# %% tags=["try-it"]
cnn = train_cnn(X_train, y_train, seed=0)


def accuracy_of(model, X, y):
    """Share of right answers, in evaluation mode."""
    model.eval()
    with torch.no_grad():
        return float((model(X).argmax(dim=1) == y).float().mean())


print(f"your network: test accuracy {100 * accuracy_of(cnn, X_test, y_test):.0f} per cent")
first = next(layer for layer in cnn.modules() if isinstance(layer, nn.Conv2d))
with torch.no_grad():
    kernels, maps = first.weight.detach()[:, 0], first(X_test[:1])[0]
names = range(len(kernels))
ax = plotting.image_grid(kernels.numpy(), titles=names, symmetric=True, title="Your kernels of the first layer")
ax = plotting.image_grid(maps.numpy(), titles=names, symmetric=True, title="Their feature maps of the first test image")


# %% [markdown]
# Many kernels have a red side and a blue side, as the ones made by hand for edges, though less tidy: nobody told them to be straight. In the feature maps you see which strokes of the digit each of them answers to.
# %% nbgrader={"grade": true, "grade_id": "test_train_cnn", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# A tiny network on 600 sorted images: it must learn, and one seed must give one result. Your build_cnn is not used.
def tiny_network(n_classes=10, in_channels=1):
    return nn.Sequential(nn.Conv2d(1, 4, 5, stride=3), nn.ReLU(), nn.Flatten(), nn.Linear(256, 10))


def probe():
    order = np.argsort(labels[:600], kind="stable")
    X = torch.tensor(images[:600][order] - images[:600].mean(axis=0))
    y = torch.tensor(labels[:600][order])
    X_before, y_before = X.clone(), y.clone()
    random_before = torch.get_rng_state()
    scores = []
    for seed in (4, 4, 5):
        model = train_cnn(X, y, seed)
        model.eval()
        with torch.no_grad():
            scores.append(model(X))
    same_random = bool((torch.get_rng_state() == random_before).all())
    return scores, y, bool((X_before == X).all() and (y == y_before).all()), same_random


(one, again, other), y_few, same_data, same_random = observe(probe, using={"build_cnn": tiny_network})
assert_tensor(one, "the scores of 600 images after training", shape=(600, 10), dtype=torch.float32)
assert same_data, "X_train or y_train was changed in place."
assert_close(
    again,
    one,
    "the scores after a second training with the same seed",
    "Does something depend on more than the seed?",
    rtol=1e-3,
    atol=1e-3,
)
assert float((other - one).abs().max()) > 1e-3, "Two seeds gave the same network. Is the seed used?"
assert same_random, "PyTorch's global random state is not what it was before the call."
learned = float((one.argmax(dim=1) == y_few).float().mean())
assert learned > 0.5, (
    f"A tiny network knows {100 * learned:.0f} per cent of its own 600 training images. Are the batches shuffled, the gradients cleared, the steps many enough?"
)


# %% nbgrader={"grade": true, "grade_id": "hidden_train_cnn", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# One training on all 6,000 images in the order of their labels, with the network of Part 2; 0.5 points for each level reached.
def network_of_part_2(n_classes=10, in_channels=1):
    return nn.Sequential(
        nn.Conv2d(1, 8, 5, padding=2),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Conv2d(8, 24, 5, padding=2),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(24 * 7 * 7, 10),
    )


def train_once():
    order = np.argsort(labels, kind="stable")
    mean = images.mean(axis=0)
    X, y = torch.tensor((images - mean)[order]), torch.tensor(labels[order])
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        start = time.process_time()
        model = train_cnn(X, y, 7)
        seconds = time.process_time() - start
    finally:
        torch.set_num_threads(threads)
    model.eval()
    with torch.no_grad():
        return model(torch.tensor(test_images - mean)), seconds


scores, seconds = observe(train_once, using={"build_cnn": network_of_part_2})
assert_tensor(scores, "the scores of the test images", shape=(1000, 10), dtype=torch.float32)
assert seconds <= 20, f"The training took {seconds:.0f} s of processor time; 20 s are allowed."
accuracy = float(np.mean(scores.argmax(dim=1).numpy() == test_labels))
assert accuracy >= 0.93, f"The test accuracy is {accuracy:.3f}; points begin at 0.93."
levels = [level for level in (0.93, 0.95, 0.97) if accuracy >= level]
print(f"test accuracy at least {levels[-1]}")
0.5 * len(levels)


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The moves by one pixel cost next to nothing, and each digit comes in nine places. The cycle allows for a short while a rate that would be too large for a whole training, and ends with steps so small that the weights settle. Most settings may be changed a little without harm. Without the shuffle all is lost: the last batches would hold nothing but nines, and the network would forget the rest.
# %% [markdown]
# ## Is it better than a network without convolutions?
#
# Compare fairly: the same images, the same moves by one pixel, the same test set, and error bars. The rival is a network of PS 7's kind, with one hidden layer of 100 units. It has nearly five times the parameters of the network in Part 2.
#
# Two kinds of error bars occur. For small training sets we train three times, each time on other images and with another seed, and show the standard deviation of the three results: how much does *training* vary? (A set of 100 is given four times over and counts as 400, so that both sizes make equally many steps.) For the whole set we train once and show the binomial standard error $\sqrt{p (1 - p) / 1000}$ from PS 9: how
# much does an accuracy of $p$ vary with the *test images*?
# %% tags=["try-it"]
def train_mlp(X, y, seed, n_epochs=15):
    """A network with one hidden layer of 100 units, trained with Adam on images moved by one pixel."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = nn.Sequential(nn.Flatten(), nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, 10))
        optimizer = torch.optim.Adam(network.parameters())
        for _ in range(n_epochs):
            for batch in torch.randperm(len(X)).split(100):
                moves = torch.randint(-1, 2, (2,)).tolist()
                loss = F.cross_entropy(network(torch.roll(X[batch], moves, dims=(2, 3))), y[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
    return network


mlp = train_mlp(X_train, y_train, seed=0)
sizes, trainers = (100, 400), {"MLP": train_mlp, "your CNN": train_cnn}
few = {name: np.zeros((len(sizes), 3)) for name in trainers}
for i, size in enumerate(sizes):
    for seed in range(3):
        chosen = torch.randperm(len(X_train), generator=torch.Generator().manual_seed(seed))[:size]
        chosen = chosen.repeat(400 // size)
        for name, trainer in trainers.items():
            few[name][i, seed] = accuracy_of(trainer(X_train[chosen], y_train[chosen], seed), X_test, y_test)
full = {"MLP": accuracy_of(mlp, X_test, y_test), "your CNN": accuracy_of(cnn, X_test, y_test)}
fig, ax = plt.subplots(figsize=(6.5, 3.6))
for i, (name, accuracies) in enumerate(few.items()):
    look = {"color": plotting.COLOURS[i], "marker": plotting.MARKERS[i], "capsize": 4}
    ax.errorbar(
        sizes, accuracies.mean(axis=1), accuracies.std(axis=1, ddof=1), linestyle=["--", "-"][i], label=name, **look
    )
    ax.errorbar(
        [len(X_train)], [full[name]], [np.sqrt(full[name] * (1 - full[name]) / len(X_test))], linestyle="none", **look
    )
ax.set(
    xscale="log",
    xlabel="training images",
    ylabel="test accuracy (fraction)",
    title="Bars: deviation of 3 runs; on the right: binomial, 1 run",
)
ax.set_xticks([*sizes, len(X_train)], [*sizes, len(X_train)])
ax.minorticks_off()
ax.grid(axis="y", color="0.9")
legend = ax.legend()
# %% [markdown]
# The two networks saw the *same* test images, so a paired comparison says more than two error bars side by side. Count the images on which exactly one of them is right. If both were equally good, each such image would be a fair coin; PS 9 made McNemar's test of it.
# %% tags=["try-it"]
# NBVAL_IGNORE_OUTPUT
from scipy.stats import binomtest

with torch.no_grad():
    right = {name: (model(X_test).argmax(dim=1) == y_test).numpy() for name, model in (("MLP", mlp), ("CNN", cnn))}
only_cnn, only_mlp = int((right["CNN"] & ~right["MLP"]).sum()), int((right["MLP"] & ~right["CNN"]).sum())
for name in right:
    p = right[name].mean()
    print(f"{name}: accuracy {p:.3f}, standard error {np.sqrt(p * (1 - p) / len(X_test)):.3f}")
print(
    f"right by the CNN alone: {only_cnn}, by the MLP alone: {only_mlp}, p-value {binomtest(only_cnn, only_cnn + only_mlp).pvalue:.1e}"
)


# %% [markdown]
# ### Question 1 (1 point)
#
# Look at the plot and at the printed comparison. Is your CNN better than the MLP at 6,000 training images, and what in the output allows you to say so? Is it better at 100 or 400? What does each of the two kinds of error bar not tell? The network of Part 2 has about a fifth of the MLP's parameters: what do locality and weight
# sharing have to do with that?
# %% [markdown] nbgrader={"grade": true, "grade_id": "discuss_comparison", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# At 6,000 images the CNN has the higher accuracy, and the two error bars are far from touching. The paired count is sharper: most of the images on which exactly one network is right are right by the CNN, and by the p-value a fair coin would hardly ever do that. So the difference is not an accident of these test images. At 100 and at 400 images the two lie within the deviation of the three runs, so this output shows no difference there.
# With so few images the CNN makes only a few dozen steps.
#
# The binomial bar does not tell how much another seed or another training set would change; for that, the trainings on all images would have to be repeated. The deviation of three runs does not tell what other test images would change, and from three runs it is itself uncertain.
#
# A weight of a kernel is used at every place, so every place of every image is an example for it. A weight of the MLP's first layer learns from its one pixel alone, and each unit needs 784 of them because it looks at the whole image. Locality and sharing save parameters without giving up what digits need: strokes that look alike wherever they are.
# %% [markdown]
# # Part 4: what it cannot do
#
# ## A gallery of mistakes
#
# An accuracy near 98 per cent says nothing about the other two. Look at the mistakes, the most confident ones first: the **confidence** of a prediction is the largest probability that the softmax gives, the one of the predicted class.
# %% [markdown]
# ### Exercise 10: `misclassified` (1.5 points, ★★☆)
#
# Return the indices of the `k` most confident mistakes, most confident first, as a NumPy array of integers. If there are fewer than `k` mistakes, return all of them. Where two are equally confident, the lower index comes first. Run the model in evaluation mode and without gradients, and put its mode back.
#
# <details><summary>Hint</summary>
# <code>max(dim=1)</code> of the probabilities gives confidence and class at once. Sort the mistakes alone. Which argument of <code>torch.argsort</code> keeps equal ones in order?
# </details>
# %% nbgrader={"grade": false, "grade_id": "misclassified", "locked": false, "schema_version": 3, "solution": true, "task": false}
def misclassified(model: nn.Module, X: torch.Tensor, y: torch.Tensor, k: int) -> np.ndarray:
    """Find the most confident mistakes.

    Parameters
    ----------
    model : nn.Module
        Maps X to scores (n, n_classes). Afterwards every module is in the mode in which it was.
    X : Tensor of float, shape (n, ...)
    y : Tensor of int64, shape (n,)
        The true classes.
    k : int
        How many to return, 0 or more.

    Returns
    -------
    ndarray of int, shape (min(k, number of mistakes),)
        Indices into X, the most confident mistake first; of equals, the lower index first.
    """
    # Probabilities, in evaluation mode and without gradients.
    ### BEGIN SOLUTION
    modes = [(part, part.training) for part in model.modules()]
    model.eval()
    with torch.no_grad():
        probabilities = torch.softmax(model(X), dim=1)
    for part, mode in modes:
        part.training = mode
    ### END SOLUTION
    # The mistakes and the confidence of each.
    ### BEGIN SOLUTION
    confidence, predicted = probabilities.max(dim=1)
    mistakes = torch.nonzero(predicted != y).ravel()
    ### END SOLUTION
    # The first k in the order of confidence.
    ### BEGIN SOLUTION
    order = torch.argsort(confidence[mistakes], descending=True, stable=True)
    return mistakes[order][:k].numpy()
    ### END SOLUTION


# %% tags=["try-it"]
worst = misclassified(cnn, X_test, y_test, 16)
with torch.no_grad():
    probabilities = torch.softmax(cnn(X_test[worst]), dim=1)
titles = [
    f"{truth} as {int(p.argmax())}\n{float(p.max()):.2f}"
    for truth, p in zip(test_labels[worst], probabilities, strict=True)
]
ax = plotting.image_grid(
    test_images[worst, 0], titles=titles, columns=8, title="Your network's mistakes: truth, prediction, confidence"
)


# %% [markdown]
# Which of them would you have read otherwise yourself? A few are written so oddly that the label itself is in doubt. And look at the confidence: the network is at times nearly certain, and wrong.
# %% nbgrader={"grade": true, "grade_id": "test_misclassified", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# A network that returns its input: the images are the scores of three classes. Images 0 and 3 are right.
def probe():
    scores = torch.tensor([[9.0, 0, 0], [0, 1, 0], [5, 0, 0], [0, 0, 2], [0, 3, 0]])
    return [misclassified(nn.Identity(), scores, torch.tensor([0, 0, 1, 2, 2]), k) for k in (2, 9)]


two, everything = observe(probe)
assert_array(two, "misclassified with k = 2", shape=(2,), dtype=np.integer)
assert_close(two, np.array([2, 4]), "misclassified with k = 2", "Are only mistakes listed, the most confident first?")
assert_array(everything, "misclassified with k = 9 where 3 are wrong", shape=(3,), dtype=np.integer)
assert_close(everything, np.array([2, 4, 1]), "misclassified with k = 9", "Are there indices of the right ones in it?")
# %% nbgrader={"grade": true, "grade_id": "hidden_misclassified", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Random scores against SciPy's softmax and a sort of tuples; ties; dropout; a large score that is not confident; no mistakes.
from scipy.special import softmax as softmax_from_scipy

rng = np.random.default_rng(110)


def ask(scores, y, k, training=False, layer=None):
    def probe():
        model = nn.Sequential(nn.Dropout(0.5), nn.Flatten())
        model.train(training)
        X = torch.tensor(scores)
        X_before = X.clone()
        seen = misclassified(model, X, torch.tensor(y), k)
        kept = model.training == training and model[0].training == training
        return seen, kept, bool((X_before == X).all())

    return observe(probe)


for n, k_classes, k in [(1, 2, 1), (40, 3, 7), (60, 10, 100), (25, 4, 0), (30, 2, 5)]:
    for training in (True, False):
        scores, y = rng.normal(scale=2.0, size=(n, k_classes)), rng.integers(0, k_classes, n)
        scores += rng.normal(scale=5.0, size=(n, 1))  # a number added to a row changes no probability
        confidence = softmax_from_scipy(scores, axis=1).max(axis=1)
        wrong = [i for i in range(n) if scores[i].argmax() != y[i]]
        expected = np.array(sorted(wrong, key=lambda i: (-confidence[i], i))[:k], dtype=np.int64)
        seen, kept, same = ask(scores, y, k, training)
        what = f"misclassified of {n} samples, {k_classes} classes, k = {k}"
        assert_array(seen, what, shape=expected.shape, dtype=np.integer)
        assert_close(seen, expected, what, "Is the confidence a probability, the mode evaluation?")
        assert kept, "The model is not in the mode in which it was before the call."
        assert same, "X was changed in place."
rows = np.array([[3.0, 0.0], [0.0, 1.0], [3.0, 0.0], [1.0, 0.0], [3.0, 0.0], [0.0, 3.0]] * 30)
y = np.array([1, 0, 1, 1, 1, 1] * 30)
seen, kept, same = ask(rows, y, 150)
expected = [i for i in range(180) if i % 6 in (0, 2, 4)] + [i for i in range(180) if i % 6 in (1, 3)]
assert_close(seen, np.array(expected), "misclassified with equal confidences", "Does the lower index come first?")
seen, kept, same = ask(rows, rows.argmax(axis=1), 4)
assert_array(seen, "misclassified without a mistake", shape=(0,), dtype=np.integer)


def recording():
    flags = []
    model = nn.Linear(3, 2)
    model.register_forward_hook(lambda layer, inputs, output: flags.append(output.requires_grad))
    seen = misclassified(model, torch.rand(6, 3), torch.tensor([0, 1, 0, 1, 0, 1]), 6)
    return flags, type(seen).__name__


flags, kind = observe(recording)
assert kind == "ndarray", f"misclassified should return a NumPy array; it returned a {kind}."
assert flags and not any(flags), "The forward pass was recorded for gradients."


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The softmax matters although it never changes which class wins: the largest *score* of an image says little, since adding a constant to all scores of a row changes no probability. The confidences near 1 among the mistakes are a warning. A network is trained to be certain on its training images, and says nothing reliable about how often it is right.
# %% [markdown]
# ## Push it around
#
# Convolutions treat all places alike, so does a shifted digit not matter at all? The last layer is dense: it has a weight for each *place* of the last feature maps. It has learned where in the image which stroke belongs, for digits that stand in the middle. Measure it.
#
# To shift an image by $s$ columns to the right, move every pixel from column $j$ to column $j + s$. Pixels that leave the image are lost, and zeros come in on the left. A negative $s$ moves to the left.
# %% [markdown]
# ### Exercise 11: `accuracy_under_shift` (1.5 points, ★★☆)
#
# Return the accuracy for each shift, as a NumPy array. A shift by the width of the image or more leaves nothing but zeros. Run the model in evaluation mode and without gradients, put its mode back, and leave `X` as it is.
#
# <details><summary>Hint</summary>
# Begin with <code>torch.zeros_like(X)</code> and copy the columns that stay. Which slices of the target and of the source belong together for $s > 0$, and which for $s &lt; 0$? Beware of a slice that ends at <code>-0</code>.
# </details>
# %% nbgrader={"grade": false, "grade_id": "accuracy_under_shift", "locked": false, "schema_version": 3, "solution": true, "task": false}
def accuracy_under_shift(model: nn.Module, X: torch.Tensor, y: torch.Tensor, shifts: list[int]) -> np.ndarray:
    """Accuracy on images that are moved sideways.

    Parameters
    ----------
    model : nn.Module
        Maps images to scores (n, n_classes). Afterwards every module is in the mode in which it was.
    X : Tensor of float, shape (n, c, h, w)
    y : Tensor of int64, shape (n,)
    shifts : sequence of int
        Columns to the right; negative: to the left. Zeros come in.

    Returns
    -------
    ndarray of float, shape (len(shifts),)
        Fractions in [0, 1].
    """
    modes = [(part, part.training) for part in model.modules()]
    model.eval()
    accuracies = []
    for shift in shifts:
        # The images, moved.
        ### BEGIN SOLUTION
        moved = torch.zeros_like(X)
        if shift >= 0:
            moved[..., shift:] = X[..., : max(X.shape[3] - shift, 0)]
        else:
            moved[..., :shift] = X[..., -shift:]
        ### END SOLUTION
        # The share of right answers.
        ### BEGIN SOLUTION
        with torch.no_grad():
            right = model(moved).argmax(dim=1) == y
        accuracies.append(right.double().mean().item())
        ### END SOLUTION
    for part, mode in modes:
        part.training = mode
    return np.array(accuracies)


# %% [markdown]
# A detail that is easily missed: the network was trained on *centred* pixels. To shift a centred image would shift the mean image along. So the next cell puts the centring into the model, and moves raw pixels, as a camera would. It then turns the digits and adds noise, for the CNN and for the MLP.
# %% tags=["try-it"]
class OnRawPixels(nn.Module):
    """Subtract the mean training image, then ask the model."""

    def __init__(self, model):
        super().__init__()
        self.model, self.mean = model, torch.tensor(images.mean(axis=0))

    def forward(self, X):
        return self.model(X - self.mean)


def turn(X, degrees):
    """Rotate images about their middle, all at once; zeros come in."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrix = torch.tensor([[c, -s, 0.0], [s, c, 0.0]], dtype=X.dtype).expand(len(X), 2, 3)
    return F.grid_sample(X, F.affine_grid(matrix, X.shape, align_corners=False), align_corners=False)


X_raw, rivals = torch.tensor(test_images), {"MLP": OnRawPixels(mlp), "your CNN": OnRawPixels(cnn)}
shifts, angles, noises = [-8, -6, -4, -2, 0, 2, 4, 6, 8], [-60, -40, -20, 0, 20, 40, 60], [0, 0.2, 0.4, 0.6]
turned = [turn(X_raw, angle) for angle in angles]
noise = torch.randn(X_raw.shape, generator=torch.Generator().manual_seed(0))
noisy = [(X_raw + std * noise).clamp(0, 1) for std in noises]
fig, axes = plt.subplots(1, 3, figsize=(10.5, 3.4), sharey=True)
for i, (name, model) in enumerate(rivals.items()):
    curves = [
        (shifts, accuracy_under_shift(model, X_raw, y_test, shifts)),
        (angles, np.array([accuracy_of(model, X, y_test) for X in turned])),
        (noises, np.array([accuracy_of(model, X, y_test) for X in noisy])),
    ]
    for ax, (amounts, p) in zip(axes, curves, strict=True):
        look = {"color": plotting.COLOURS[i], "marker": plotting.MARKERS[i], "linestyle": ["--", "-"][i], "capsize": 3}
        ax.errorbar(amounts, p, np.sqrt(p * (1 - p) / len(y_test)), label=name, **look)
for ax, label in zip(
    axes, ["shift (columns to the right)", "rotation (degrees)", "noise (standard deviation)"], strict=True
):
    ax.axhline(0.1, color="0.6", linewidth=0.8, linestyle="-")
    ax.set(xlabel=label, ylim=(0, 1.02))
    ax.grid(axis="y", color="0.9")
axes[0].set_ylabel("test accuracy (fraction)")
axes[2].legend(loc="lower left")
suptitle = fig.suptitle(
    "What the test images can go through (bars: one standard error; grey line: a guess)", fontsize=11
)
row = torch.cat([X_raw[:1], F.pad(X_raw[:1, ..., :-6], (6, 0)), turned[5][:1], noisy[2][:1]])
ax = plotting.image_grid(
    row[:, 0].numpy(), titles=["as it is", "shift 6", "turned by 40", "noise 0.4"], title="The first test image"
)


# %% nbgrader={"grade": true, "grade_id": "test_accuracy_under_shift", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Images of one row and four columns with one bright pixel; the network returns the columns as its scores.
def probe():
    X = torch.eye(4).reshape(4, 1, 1, 4)
    return accuracy_under_shift(nn.Flatten(), X, torch.tensor([3, 2, 3, 1]), [0, 1, 2, -1, -2])


seen = observe(probe)
assert_array(seen, "accuracy_under_shift for 5 shifts", shape=(5,), dtype=np.floating)
assert_close(
    seen,
    np.array([0.0, 0.5, 0.0, 0.0, 0.25]),
    "accuracy_under_shift",
    "Does a positive shift move to the right? Do zeros come in, instead of what left on the other side?",
)
# %% nbgrader={"grade": true, "grade_id": "hidden_accuracy_under_shift", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# A random network on random images, moved by SciPy; every shift, beyond the width too; mode, gradients, X as they were.
from scipy.ndimage import shift as shift_from_scipy

rng = np.random.default_rng(111)
for n, c, h, w in [(60, 1, 5, 7), (41, 3, 6, 4), (9, 2, 1, 1)]:
    images_random = rng.normal(size=(n, c, h, w)) + 0.5
    weight, bias = rng.normal(size=(c * h * w, 3)), rng.normal(size=3)
    shifts_tried = [0, 1, -1, 2, -3, w - 1, 1 - w, w, -w, w + 3, -w - 5, 0]
    expected_labels = (images_random.reshape(n, -1) @ weight + bias).argmax(axis=1)
    y_random = np.where(rng.random(n) < 0.7, expected_labels, rng.integers(0, 3, n))

    def probe(images_random=images_random, weight=weight, bias=bias, y_random=y_random, shifts_tried=shifts_tried):
        linear = nn.Linear(*weight.shape).double()
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(weight.T))
            linear.bias.copy_(torch.tensor(bias))
        flags = []
        linear.register_forward_hook(lambda layer, inputs, output: flags.append(output.requires_grad))
        X = torch.tensor(images_random)
        X_before, results = X.clone(), []
        for training in (True, False):
            model = nn.Sequential(nn.Dropout(0.5), nn.Flatten(), linear).train(training)
            results.append(accuracy_under_shift(model, X, torch.tensor(y_random), shifts_tried))
            results.append(model.training == training and model[0].training == training)
        return results, bool((X_before == X).all()), any(flags)

    (first_run, mode_kept, second_run, mode_kept_too), same, recorded = observe(probe)
    expected = []
    for s in shifts_tried:
        moved = shift_from_scipy(images_random, (0, 0, 0, s), order=0, mode="constant", cval=0.0)
        expected.append(np.mean((moved.reshape(n, -1) @ weight + bias).argmax(axis=1) == y_random))
    for seen in (first_run, second_run):
        assert_array(seen, f"accuracy_under_shift for images {(n, c, h, w)}", shape=(12,), dtype=np.floating)
        assert_close(
            seen,
            np.array(expected),
            f"accuracy_under_shift for images {(n, c, h, w)}, shifts {shifts_tried}",
            rtol=1e-6,
        )
    assert mode_kept and mode_kept_too, "The model is not in the mode in which it was before the call."
    assert same, "X was changed in place."
    assert not recorded, "The forward pass was recorded for gradients."


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** Both networks were trained with the same moves by one pixel, so the wider top of the CNN's curve is the work of convolution and pooling. A large shift leads both down to about a guess.
# %% [markdown]
# ### Question 2 (1 point)
#
# Look at the three curves. What does the CNN take better than the MLP, and what do both take badly? A convolution treats all places alike: why then does the CNN fail for large shifts? Name one way to make it better at this, and say what would stay difficult.
# %% [markdown] nbgrader={"grade": true, "grade_id": "discuss_robustness", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# The CNN stays close to its full accuracy for shifts of two columns, where the MLP has already lost about a tenth. At four columns the CNN still reads most digits and the MLP fewer than half; at six the CNN has lost more than half as well. Rotation hurts both in nearly the same way, the CNN a little less at small angles, and at 60 degrees both are lost. Noise costs the CNN less than the MLP, but the strongest noise leaves it fewer than half.
#
# The feature maps of a shifted digit are shifted as well, but the last layer is dense. It has a weight of its own for each place of the last maps, and it learned them for digits in the middle. Two poolings by 2 and the random moves by one pixel forgive a few columns, not six. Training with larger random shifts would help, or a last layer that takes the mean of each map over all places and so forgets where a feature was. Rotation would stay difficult: a turned stroke needs another kernel, so the network has to learn it from turned examples,
# and a 6 that is turned far enough is a 9.
# %% [markdown]
# ## What you learned
#
# - A convolution is a linear layer with local, shared weights. Its size follows from kernel, stride and padding; its reach grows with every layer and multiplies with every stride.
# - Features move with the image. Pooling forgives a pixel or two, and a dense layer at the end ties the network to places again.
# - A trace of the shapes finds mistakes that raise no error.
# - Shuffled batches, a rate that rises and falls, and small shifts of the images train a good network in seconds.
# - An accuracy is compared with error bars and on the same images, and it holds for images like those of the training set.
#
# **Back and forth.** The digits at random places of PS 4 are the problem that began this story. Augmentation, batch normalisation and error bars are from PS 9. PS 11 measures where the time of such a training goes, and what a graphics card changes. PS 12 uses what a network has learned to search for images.
#
# **Read more.** LeCun, Bottou, Bengio and Haffner, *Gradient-based learning applied to document recognition* (Proceedings of the IEEE, 1998), for the network that began it; Dumoulin and Visin, *A guide to convolution arithmetic for deep learning* (2016), with drawings of every case; *Deep Learning* (Goodfellow, Bengio, Courville), chapter 9;
# Zeiler and Fergus, *Visualizing and understanding convolutional networks* (ECCV 2014); Zhang, *Making convolutional networks shift-invariant again* (ICML 2019), on what striding does to a shift; Smith and Topin, *Super-convergence* (2019), on the cycle of the rate.
