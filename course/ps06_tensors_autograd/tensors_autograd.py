# %% [markdown]
# # PS 6: Tensors and autograd
#
# In PS 5 you derived every gradient with a pencil. A framework such as PyTorch does that for you, for any formula that you can
# write as a program. This notebook takes the step from NumPy to PyTorch, and then looks inside: you build the machine that
# differentiates, in about sixty lines of Python.
#
# **Goals.** After it you can
#
# - move between arrays and tensors, and say when the two share their memory;
# - let PyTorch differentiate, without the traps of gradients that add up and of steps that are recorded;
# - explain, and write, reverse-mode automatic differentiation;
# - differentiate twice, and predict from the curvature which learning rates diverge.
#
# **Time:** about 5 hours. **Assumed:** softmax regression (PS 4), the two-layer network and its gradients (PS 5), Python classes.
# **Points:** 20, of which 2 are for answers in words.
# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["setup"]
import math
import time
import warnings
from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F

from helpers import data, diagrams, plotting
from helpers.checks import assert_close, assert_number, assert_raises, assert_tensor, observe

plotting.use_style()
# At its first use torch.func or torch.optim loads a large part of PyTorch. Do it here, before anything is timed.
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    torch.func.jvp(torch.func.grad(torch.sin), (torch.tensor(0.0),), (torch.tensor(1.0),))
# %% [markdown]
# ## The data
#
# The irises of PS 5 once more: 120 flowers of three species, with four lengths each.
#
# | name | shape | what |
# | --- | --- | --- |
# | `centimetres` | (120, 4) | sepal length and width, petal length and width, in cm |
# | `flowers` | (120, 4) | the same, each column with mean 0 and standard deviation 1 |
# | `sepals`, `petals` | (120, 2), (120, 2) | the first two and the last two columns of `flowers` |
# | `species` | (120,) | 0, 1 or 2 |
#
# All of them are NumPy arrays; the lengths are of dtype float64.
# %% nbgrader={"grade": false, "grade_id": "data", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["setup"]
iris = data.load("iris")
centimetres, species = iris.X_train, iris.y_train
flowers = (centimetres - centimetres.mean(axis=0)) / centimetres.std(axis=0)
sepals, petals = flowers[:, :2], flowers[:, 2:]
# %% [markdown]
# # Part 1: tensors
#
# A **tensor** is an array with three additions. It knows on which *device* it lives, the processor or a graphics card. It can *record*
# what was computed from it. And its usual dtype is float32, which takes half the memory of NumPy's float64 and is many times faster
# on a graphics card. Nearly everything else you know already:
#
# | NumPy | PyTorch |
# | --- | --- |
# | `np.zeros((3, 2))`, `np.arange(5)` | `torch.zeros(3, 2)`, `torch.arange(5)` |
# | `a.sum(axis=0, keepdims=True)` | `t.sum(dim=0, keepdim=True)` |
# | `a.astype(np.float32)` | `t.to(torch.float32)` |
# | `a.copy()`, `a.T`, `a @ b` | `t.clone()`, `t.T`, `t @ u` |
# | `np.maximum(a, 0)`, `np.concatenate` | `t.clamp(min=0)`, `torch.cat` |
# | `a.std()` divides by $n$ | `t.std()` divides by $n - 1$ |
#
# A float32 has about 7 decimal digits, a float64 about 16. The next cell shows what that means.
# %% tags=["try-it"]
third = 1 / 3
print(f"1/3 in float64: {np.float64(third):.20f}")
print(f"1/3 in float32: {np.float32(third):.20f}")
print("16,777,217 in float32:", f"{np.float32(16_777_217):,.0f}", "- odd numbers above 2^24 do not exist there")
# %% [markdown]
# ## Two ways from an array to a tensor
#
# There are two ways to make a tensor from an array, and they differ in the **memory**. A *copy* owns its numbers: what happens to the
# array later does not matter. A *view* is a second name for the same bytes: a change through one name is seen through the other.
# A view costs nothing, whatever the size of the array.
# %% tags=["try-it"]
ax = diagrams.computation_graph(
    {
        "array": (0, 0, "NumPy array\nfloat64"),
        "first": (2, 0, "the array's bytes"),
        "view": (4, 0, "view\nfloat64"),
        "copy": (4, 1, "copy\nfloat32"),
        "second": (2, 1, "bytes of its own"),
    },
    [
        ("array", "first", "reads and writes", ""),
        ("first", "view", "are read and written by", ""),
        ("first", "second", "copied once, as float32", ""),
        ("second", "copy", "are read and written by", ""),
    ],
    title="A view shares the array's bytes; a copy has bytes of its own",
)


# %% [markdown]
# ### Exercise 1: `to_tensor` (1 point, ★☆☆)
#
# Write the copy. Its dtype is float32 for an array of *any* dtype, also for one that is float32 already. That last case is the trap: a
# conversion that has nothing to convert often skips the copy.
#
# <details><summary>Hint</summary>
# <code>torch.tensor(data, dtype=...)</code> always copies. <code>torch.from_numpy</code>, <code>torch.as_tensor</code> and
# <code>t.to(dtype)</code> copy only where they must.
# </details>
# %% nbgrader={"grade": false, "grade_id": "to_tensor", "locked": false, "schema_version": 3, "solution": true, "task": false}
def to_tensor(array: np.ndarray) -> torch.Tensor:
    """Copy an array into a float32 tensor.

    Parameters
    ----------
    array : ndarray of numbers, any shape and dtype

    Returns
    -------
    Tensor of float32, the shape of array
        It never shares memory with the array.
    """
    # One call that copies in every case.
    ### BEGIN SOLUTION
    return torch.tensor(array, dtype=torch.float32)
    ### END SOLUTION


# %% tags=["try-it"]
for dtype in (np.float64, np.float32, np.int64, np.uint8):
    seen = to_tensor(np.arange(6, dtype=dtype).reshape(2, 3))
    print(f"{np.dtype(dtype).name:<8} -> {str(seen.dtype):<14} {tuple(seen.shape)}")
# %% nbgrader={"grade": true, "grade_id": "test_to_tensor", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Type, shape, dtype and values. Then the array is changed, and the tensor must not follow.
seen = to_tensor(np.array([[1, 2, 3], [4, 5, 6]]))
assert_tensor(seen, "to_tensor of a (2, 3) array of integers", shape=(2, 3), dtype=torch.float32)
assert_close(seen, np.array([[1.0, 2, 3], [4, 5, 6]]), "to_tensor of a (2, 3) array of integers")


def change_the_array():
    array = np.array([1.0, 2.0])
    tensor = to_tensor(array)
    array[0] = 99.0
    return tensor


assert_close(
    observe(change_the_array), np.array([1.0, 2.0]), "the tensor, after the array was changed", "Is it a copy?"
)
# %% nbgrader={"grade": true, "grade_id": "hidden_to_tensor", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# All dtypes, float32 above all; no and many dimensions; columns and transposes, whose bytes are not in a row.
rng = np.random.default_rng(61)


def change_one_then_the_other(array):
    before = array.copy()
    tensor = to_tensor(array)
    first = tensor.clone()
    array[...] = 7
    second = tensor.clone()
    array[...] = before
    tensor.fill_(9)
    return first, second, array


for dtype in (np.float32, np.float64, np.float16, np.int64, np.int32, np.uint8, np.bool_):
    for shape in [(), (1,), (4,), (3, 5), (2, 1, 4)]:
        array = rng.integers(0, 200, shape).astype(dtype) if dtype != np.bool_ else rng.integers(0, 2, shape) > 0
        array = np.asarray(array)
        what = f"to_tensor of {np.dtype(dtype).name} {shape}"
        first, second, after = observe(lambda array=array: change_one_then_the_other(array))
        assert_tensor(first, what, shape=shape, dtype=torch.float32)
        assert_close(first, array.astype(np.float32), what)
        assert_close(second, array.astype(np.float32), f"{what}, after the array was changed", "Is it a copy?")
        assert np.array_equal(after, array), f"{what}: writing into the tensor changed the array. Is it a copy?"
whole = rng.normal(size=(5, 4)).astype(np.float32)
for name, part in {"a transpose": whole.T, "every second column": whole[:, ::2]}.items():
    assert_close(to_tensor(part), part.copy(), f"to_tensor of {name}", rtol=1e-6)
assert not to_tensor(whole).requires_grad, "A tensor of data should not ask for gradients."


### END HIDDEN TESTS
# %% [markdown]
# ### Exercise 2: `tensor_view` (1 point, ★☆☆)
#
# Write the view: a tensor over the bytes of the array, with the array's own dtype. It must share also where the array is itself a
# part of a larger one, such as every second column.
#
# <details><summary>Hint</summary>
# One of the functions that the first hint warned of does exactly this.
# </details>
# %% nbgrader={"grade": false, "grade_id": "tensor_view", "locked": false, "schema_version": 3, "solution": true, "task": false}
def tensor_view(array: np.ndarray) -> torch.Tensor:
    """See an array as a tensor, without a copy.

    Parameters
    ----------
    array : ndarray of numbers, any shape, writeable

    Returns
    -------
    Tensor, the shape and dtype of array
        It shares the array's memory: a change of one is a change of the other.
    """
    # One call that never copies.
    ### BEGIN SOLUTION
    return torch.from_numpy(array)
    ### END SOLUTION


# %% [markdown]
# The next cell makes both tensors from an array of zeros, then writes a 9 into the array and a 5 into the view.
# %% tags=["try-it"]
array = np.zeros((2, 3))
copy, view = to_tensor(array), tensor_view(array)
array[0, 0] = 9.0
view[1, 2] = 5.0
fig, axes = plt.subplots(1, 3, figsize=(8, 1.9))
for ax, name, values in zip(
    axes, ["array", "your view", "your copy"], [array, view.numpy(), copy.numpy()], strict=True
):
    diagrams.annotated_matrix(values, fmt="{:.0f}", symmetric=False, ax=ax, title=name)


# %% nbgrader={"grade": true, "grade_id": "test_tensor_view", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# The array is changed, then the tensor. Each must see the other's change.
def change_both():
    array = np.zeros((2, 3))
    tensor = tensor_view(array)
    array[0, 1] = 4.0
    tensor[1, 2] = 6.0
    return tensor, array


seen, array_after = observe(change_both)
assert_tensor(seen, "tensor_view of a (2, 3) float64 array", shape=(2, 3), dtype=torch.float64)
expected = np.array([[0.0, 4.0, 0.0], [0.0, 0.0, 6.0]])
assert_close(seen, expected, "the tensor, after a change of the array", "Is it a copy?")
assert_close(array_after, expected, "the array, after a change of the tensor", "Is it a copy?")
# %% nbgrader={"grade": true, "grade_id": "hidden_tensor_view", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# All dtypes; parts of arrays, whose bytes are not in a row; the address itself.
rng = np.random.default_rng(62)


def write_through(array):
    before = array.copy()
    tensor = tensor_view(array)
    same_place = tensor.data_ptr() == array.__array_interface__["data"][0]
    first = tensor.clone()
    tensor += 1
    return first, same_place, array - before


for dtype in (np.float32, np.float64, np.int64, np.int32, np.uint8):
    for shape in [(), (1,), (5,), (3, 4), (2, 3, 2)]:
        array = np.asarray(rng.integers(0, 50, shape)).astype(dtype)
        what = f"tensor_view of {np.dtype(dtype).name} {shape}"
        before = array.copy()
        first, same_place, change = observe(lambda array=array: write_through(array))
        assert_tensor(first, what, shape=shape, dtype=torch.from_numpy(before).dtype)
        assert_close(first, before, what)
        assert same_place, f"{what} lies at another place in memory than the array. Is it a copy?"
        assert np.all(np.asarray(change) == 1), f"{what}: adding 1 to the tensor did not add 1 to the array."


def parts():
    whole = np.zeros((4, 6))
    tensor_view(whole[:, ::2]).fill_(1.0)
    tensor_view(whole.T)[5, 0] = 2.0
    return whole


expected = np.zeros((4, 6))
expected[:, ::2] = 1.0
expected[0, 5] = 2.0
assert_close(observe(parts), expected, "an array, after writes through views of its parts", "Was a part copied?")


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** Use the copy by default: a view of an array that somebody else still changes is a mistake that is very hard to find.
# The view pays where an array is large. `torch.tensor` also turns float64 into float32 on request, which a view cannot do: other numbers
# need other bytes.
# %% [markdown]
# ## In place
#
# PyTorch names a method that changes its tensor with an underscore at the end: `t.add_(1)` changes `t`, `t.add(1)` makes a new tensor.
# This course names functions in the same way. As an example take the preparation that most data need. **Standardise** each column:
#
# $$t_{ij} \leftarrow \frac{t_{ij} - \mu_j}{s_j}, \qquad \mu_j = \frac{1}{n} \sum_{i=1}^{n} t_{ij}, \qquad s_j = \sqrt{\frac{1}{n} \sum_{i=1}^{n} (t_{ij} - \mu_j)^2} .$$
#
# Here $t$ has shape $(n, d)$, and $\mu$ and $s$ have shape $(d,)$. Afterwards every column has mean 0 and standard deviation 1.
#
# A **constant column** has $s_j = 0$. It carries no information and becomes 0. Beware: in floating point the mean of equal numbers can
# differ from them in the last digit. Then $s_j$ is tiny instead of 0, and the division blows rounding errors up to the size of real
# data. So do not ask whether $s_j$ is 0. Ask whether all numbers of the column are equal.
# %% [markdown]
# ### Exercise 3: `standardise_` (1.5 points, ★★☆)
#
# Write it, in place, and return the same tensor object. A constant column becomes exactly 0. With a single row all columns are constant.
#
# <details><summary>Hint</summary>
# <code>t -= ...</code> works in place, <code>t = t - ...</code> does not. Which argument of <code>torch.std</code> chooses the divisor
# $n$? And what does <code>(t == t[0]).all(dim=0)</code> tell, if you ask before you change <code>t</code>?
# </details>
# %% nbgrader={"grade": false, "grade_id": "standardise_", "locked": false, "schema_version": 3, "solution": true, "task": false}
def standardise_(t: torch.Tensor) -> torch.Tensor:
    """Give every column mean 0 and standard deviation 1, in place.

    Parameters
    ----------
    t : Tensor of float, shape (n, d)
        It is changed.

    Returns
    -------
    Tensor of float, shape (n, d)
        The same object. The standard deviation has divisor n; a constant column is 0.

    Raises
    ------
    ValueError
        If t does not have two dimensions.
    """
    if t.ndim != 2:
        raise ValueError(f"t must have shape (n, d); it has shape {tuple(t.shape)}")
    # Which columns are constant?
    ### BEGIN SOLUTION
    constant = (t == t[0]).all(dim=0)
    ### END SOLUTION
    # Subtract each column's mean.
    ### BEGIN SOLUTION
    t -= t.mean(dim=0)
    ### END SOLUTION
    # Divide by each column's standard deviation; constant columns become 0.
    ### BEGIN SOLUTION
    t /= t.std(dim=0, correction=0)
    t[:, constant] = 0.0
    ### END SOLUTION
    return t


# %% tags=["try-it"]
measured = torch.tensor(centimetres[:, :2], dtype=torch.float32)
fig, axes = plt.subplots(1, 2, figsize=(9, 3.6))
plotting.scatter_classes(measured.numpy(), species, iris.class_names, ax=axes[0], title="Sepals as measured")
result = standardise_(measured)
plotting.scatter_classes(
    measured.numpy(), species, iris.class_names, ax=axes[1], title="The same tensor, after your call"
)
axes[0].set(xlabel="length (cm)", ylabel="width (cm)")
axes[1].set(xlabel="length (standard deviations)", ylabel="width (standard deviations)")
print("returned the same object:", result is measured)


# %% nbgrader={"grade": true, "grade_id": "test_standardise_", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Two columns by hand: the first has mean 3 and standard deviation 2, the second is constant.
def by_hand():
    t = torch.tensor([[1.0, 4.0], [5.0, 4.0], [1.0, 4.0], [5.0, 4.0]])
    result = standardise_(t)
    return result is t, t


same, seen = observe(by_hand)
assert_tensor(seen, "t after standardise_(t)", shape=(4, 2), dtype=torch.float32)
assert_close(
    seen,
    np.array([[-1.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [1.0, 0.0]]),
    "t",
    "Is t itself changed, each column on its own, with divisor n?",
    rtol=1e-6,
)
assert same, "standardise_ should return the object that it was given. Did you make a new tensor on the way?"
# %% nbgrader={"grade": true, "grade_id": "hidden_standardise_", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against scikit-learn in float64; constant columns whose mean is rounded; one row; a part of a larger tensor.
from sklearn.preprocessing import StandardScaler

rng = np.random.default_rng(63)


def in_place(array, dtype):
    t = torch.tensor(array, dtype=dtype)
    result = standardise_(t)
    return result is t, t


# float32 keeps 7 digits; the columns' means are up to 30 times their standard deviations, which costs one or two.
for dtype, tolerance in ((torch.float32, 1e-4), (torch.float64, 1e-9)):
    for n, d in [(2, 3), (7, 1), (5, 4), (60, 6), (4, 4)]:
        array = rng.normal(size=(n, d)) * rng.uniform(0.1, 20, d) + rng.normal(size=d) * 3
        what = f"standardise_ of a ({n}, {d}) tensor of {str(dtype).removeprefix('torch.')}"
        same, seen = observe(lambda array=array, dtype=dtype: in_place(array, dtype))
        assert same, f"{what} should return the object that it was given."
        assert_tensor(seen, what, shape=(n, d), dtype=dtype)
        given = torch.tensor(array, dtype=dtype).double().numpy()
        expected = StandardScaler().fit_transform(given)
        assert_close(seen, expected, what, "Per column? With divisor n?", rtol=tolerance, atol=tolerance)
for dtype in (torch.float32, torch.float64):
    array = rng.normal(size=(7, 8))
    array[:, :6] = [0.1, -0.7, 1e4 / 3, 1e-7, 0.0, 123456.789]
    same, seen = observe(lambda array=array, dtype=dtype: in_place(array, dtype))
    expected = np.hstack([np.zeros((7, 6)), StandardScaler().fit_transform(array[:, 6:])])
    hint = "Is a column that is constant recognised by its values?"
    assert_close(seen, expected, "standardise_ with six constant columns", hint, rtol=1e-4, atol=1e-4)
    assert float(seen[:, :6].abs().max()) == 0, "A constant column should become exactly 0."
small = np.array([[1e-9], [3e-9]])
seen = observe(lambda: in_place(small, torch.float64))[1]
assert_close(
    seen, np.array([[-1.0], [1.0]]), "a column of tiny numbers that differ", "Is its scale added to?", rtol=1e-6
)
same, seen = observe(lambda: in_place(rng.normal(size=(1, 3)), torch.float32))
assert_close(seen, np.zeros((1, 3)), "standardise_ of one row", "All columns of one row are constant.")


def part_of_a_larger():
    whole = torch.arange(20, dtype=torch.float64).reshape(5, 4) ** 2
    standardise_(whole[:, 1:3])
    return whole


expected = (np.arange(20.0) ** 2).reshape(5, 4)
expected[:, 1:3] = StandardScaler().fit_transform(expected[:, 1:3])
assert_close(observe(part_of_a_larger), expected, "a tensor, after standardise_ of two of its columns", rtol=1e-6)
### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The order matters: which columns are constant is asked first, since the subtraction destroys the answer. A common remedy,
# a small number such as $10^{-8}$ added to $s_j$, leaves a constant column of 0.1 with rounding errors of that same size divided by that
# small number, and it shrinks columns whose true scale is small.
# %% [markdown]
# ## Without loops
#
# Which flower is most like another? Take the squared Euclidean distance of every row of $A$, shape $(n, d)$, to every row of $B$, shape
# $(m, d)$. Two loops in Python would take some microseconds for *each pair*. Multiply the square out instead:
#
# $$D_{ij} = \lVert a_i - b_j \rVert^2 = \lVert a_i \rVert^2 + \lVert b_j \rVert^2 - 2\, a_i \cdot b_j .$$
#
# The last term, for all pairs at once, is a product of matrices, $A B^\top$ of shape $(n, m)$. The first two are a column of shape $(n, 1)$ and a row of
# shape $(m,)$; broadcasting adds them to every column and every row.
#
# There is a price. If $a_i$ and $b_j$ are long and nearly equal, large numbers cancel. The rounding error is about $10^{-7} \lVert a_i \rVert^2$ in float32
# and may leave a result **below 0**, which no distance can be, and of which no root can be taken.
# %% tags=["try-it"]
ax = diagrams.shape_flow(
    [
        ("$A$", (120, 4)),
        r"$@\; B^\top$ (4, 50)",
        (r"$A B^\top$", (120, 50)),
        r"$\|a_i\|^2 + \|b_j\|^2 - 2\,\cdot$",
        ("$D$", (120, 50)),
    ],
    title="All distances from one product of matrices",
)


# %% [markdown]
# ### Exercise 4: `pairwise_squared_distances` (2 points, ★★☆)
#
# Write it, with the dtype of its arguments and no result below 0. No loop over pairs: 600 x 500 pairs may take half a second at most. The
# check of the shapes is given.
#
# <details><summary>Hint</summary>
# <code>(A ** 2).sum(dim=1, keepdim=True)</code> has shape (n, 1). What shape must the squared lengths of B have, so that broadcasting makes
# (n, m)? <code>clamp</code> mends what rounding did.
# </details>
# %% nbgrader={"grade": false, "grade_id": "pairwise_squared_distances", "locked": false, "schema_version": 3, "solution": true, "task": false}
def pairwise_squared_distances(A: torch.Tensor, B: torch.Tensor) -> torch.Tensor:
    """Squared Euclidean distance of every row of A to every row of B.

    Parameters
    ----------
    A : Tensor of float, shape (n, d)
    B : Tensor of float, shape (m, d)
        Of the same dtype as A.

    Returns
    -------
    Tensor of float, shape (n, m)
        Of the same dtype; never negative.

    Raises
    ------
    ValueError
        If A and B are not matrices with the same number of columns; the message gives both shapes.
    """
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[1]:
        raise ValueError(f"A {tuple(A.shape)} and B {tuple(B.shape)} must be (n, d) and (m, d)")
    # The squared lengths: a column for A, a row for B.
    ### BEGIN SOLUTION
    lengths_A = (A**2).sum(dim=1, keepdim=True)
    lengths_B = (B**2).sum(dim=1)
    ### END SOLUTION
    # The square multiplied out, and nothing below 0.
    ### BEGIN SOLUTION
    return (lengths_A + lengths_B - 2 * A @ B.T).clamp(min=0)
    ### END SOLUTION


# %% tags=["try-it"]
order = np.argsort(species, kind="stable")
ordered = torch.tensor(flowers[order])
D = pairwise_squared_distances(ordered, ordered)
fig, ax = plt.subplots(figsize=(5, 4.2))
picture = ax.imshow(D.sqrt().numpy(), cmap="Blues_r")
bar = fig.colorbar(picture, ax=ax, label="distance (standard deviations)")
edges = np.cumsum(np.bincount(species))
for edge in edges[:-1]:
    ax.axhline(edge - 0.5, color="black", linewidth=0.8)
    ax.axvline(edge - 0.5, color="black", linewidth=0.8)
middles = edges - np.bincount(species) / 2
ax.set(xticks=middles, yticks=middles, xticklabels=iris.class_names, yticklabels=iris.class_names)
ax.set_title("Your distances between 120 flowers")
nearest = (D + 1e9 * torch.eye(len(D), dtype=D.dtype)).argmin(dim=1).numpy()
same = np.mean(species[order][nearest] == species[order])
print(f"share of flowers whose nearest other flower is of their own species: {same:.3f}")
# %% [markdown]
# Dark means near. The first species stands apart. The other two are hard to tell from each other, as in PS 5. Loops in Python give the same matrix, and
# take their time:
# %% tags=["try-it"]
# NBVAL_IGNORE_OUTPUT
start = time.perf_counter()
rows = [a.tolist() for a in ordered]
by_loops = [[sum((p - q) ** 2 for p, q in zip(a, b, strict=True)) for b in rows] for a in rows]
middle = time.perf_counter()
D = pairwise_squared_distances(ordered, ordered)
end = time.perf_counter()
print(f"loops {1e3 * (middle - start):.1f} ms, your function {1e3 * (end - middle):.2f} ms")
# %% nbgrader={"grade": true, "grade_id": "test_pairwise_squared_distances", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Two points against three, by hand; then points far from the origin and close to each other, in float32.
A_hand, B_hand = torch.tensor([[0.0, 0.0], [3.0, 4.0]]), torch.tensor([[0.0, 0.0], [3.0, 0.0], [6.0, 8.0]])
seen = pairwise_squared_distances(A_hand, B_hand)
assert_tensor(seen, "the distances of 2 points to 3", shape=(2, 3), dtype=torch.float32)
assert_close(
    seen,
    np.array([[0.0, 9.0, 100.0], [25.0, 16.0, 25.0]]),
    "D",
    "Are they squared? Do rows belong to A? Are all three terms there, with their factors?",
    rtol=1e-5,
    atol=1e-4,
)
far = 100 + 0.001 * torch.arange(40, dtype=torch.float32).reshape(20, 2)
lowest = float(pairwise_squared_distances(far, far).min())
assert lowest >= 0, (
    f"The smallest of the squared distances is {lowest:.3g}. What can rounding do where large numbers cancel?"
)
# %% nbgrader={"grade": true, "grade_id": "hidden_pairwise_squared_distances", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against SciPy; one row, one column; equal points; both dtypes; far from the origin; and by processor time.
from scipy.spatial.distance import cdist

rng = np.random.default_rng(64)
for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 2e-6)):
    for n, m, d in [(1, 5, 3), (4, 1, 2), (6, 3, 1), (7, 9, 4), (5, 5, 5), (40, 30, 20)]:
        A = torch.tensor(rng.normal(size=(n, d)), dtype=dtype)
        B = torch.tensor(rng.normal(size=(m, d)), dtype=dtype)
        B[0] = A[-1]
        what = f"A ({n}, {d}), B ({m}, {d}) in {str(dtype).removeprefix('torch.')}"
        kept = A.clone(), B.clone()
        seen = pairwise_squared_distances(A, B)
        assert torch.equal(A, kept[0]) and torch.equal(B, kept[1]), f"The arguments were changed in place, {what}."
        assert_tensor(seen, f"the distances for {what}", shape=(n, m), dtype=dtype)
        # Rounding is relative to the squared lengths, since they cancel.
        size = float((A**2).sum(1).max() + (B**2).sum(1).max())
        expected = cdist(A.double().numpy(), B.double().numpy(), "sqeuclidean")
        assert_close(seen, expected, f"the distances for {what}", rtol=1e-5, atol=tolerance * size)
for shift in (30.0, 1000.0):
    near = torch.tensor(rng.normal(scale=1e-3, size=(50, 3)) + shift, dtype=torch.float32)
    seen = pairwise_squared_distances(near, near)
    assert float(seen.min()) >= 0, f"A squared distance is {float(seen.min()):.3g}. Is nothing below 0 let through?"
    assert float(seen.max()) < 2e-6 * 3 * shift**2, "Points that nearly agree have a large distance."
rows, columns = torch.tensor(rng.normal(size=(600, 3))), torch.tensor(rng.normal(size=(500, 3)))


def seconds():
    start = time.process_time()
    pairwise_squared_distances(rows, columns)
    return time.process_time() - start


used = min(observe(seconds) for _ in range(2))
assert used < 0.5, f"600 x 500 pairs took {used:.1f} s of processor time. Is there a Python loop over pairs?"
for bad in (torch.zeros(2, 3), torch.zeros(2, 1)):
    assert_raises(
        ValueError,
        lambda bad=bad: pairwise_squared_distances(torch.zeros(4, 2), bad),
        f"A (4, 2), B {tuple(bad.shape)}",
        mention=str(tuple(bad.shape)),
    )
### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** `((A[:, None] - B[None]) ** 2).sum(dim=2)` is right too, and exact for points that nearly agree; but it makes an array of shape
# $(n, m, d)$ on the way. For 60,000 digits against 10,000 with 784 pixels in float32 that would be about 1.9 terabytes, against 2.4 gigabytes for the result. In PS 3
# nearest neighbours were slow; this is the product behind them, and in PS 12 you search with it.
# %% [markdown]
# # Part 2: let PyTorch differentiate
#
# Set `requires_grad=True`, and PyTorch **records** every operation on the tensor. `backward()` walks through the record from the end to the
# beginning, as you did in PS 5, and stores the derivative in the attribute `grad`. Run the next cell and read its three lines.
# %% tags=["try-it"]
x = torch.tensor(3.0, requires_grad=True)
for line in ("first ", "second", "third "):
    y = x**2
    y.backward()
    print(line, "call: x.grad =", x.grad.item())


# %% [markdown]
# The derivative of $x^2$ at 3 is 6. The second answer is 12, and the third is 18: `backward` **adds** to `grad`. That is useful where a gradient is a sum
# over several parts. It is a trap where you forget to clear it.
#
# A function that returns a gradient should not have this trap. It should leave no trace at all.
# %% [markdown]
# ### Exercise 5: `gradient` (2 points, ★★☆)
#
# Write the gradient of a scalar function $f$ at $x$. Requirements:
#
# - the same answer at every call, and a result that does not itself record (`requires_grad` is `False`);
# - `x`, `x.grad` and `x.requires_grad` are left as they were, whatever they were;
# - if `f` uses other tensors that record, such as weights, their `grad` is left as it was too;
# - if `f` returns anything else than a single number, a tensor of shape `()`, raise a `ValueError` whose message contains the shape.
#
# <details><summary>Hint</summary>
# <code>x.detach()</code> is a tensor with the numbers of <code>x</code> and without its history. <code>torch.autograd.grad(y, x)</code> returns a tuple of gradients and writes
# into no <code>grad</code>.
# </details>
# %% nbgrader={"grade": false, "grade_id": "gradient", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gradient(f: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    """Gradient of a scalar function.

    Parameters
    ----------
    f : function
        Takes a tensor of x's shape, returns a tensor of shape () that depends on it.
    x : Tensor of float, any shape
        Where to differentiate. It may have requires_grad or not, and a grad or none.

    Returns
    -------
    Tensor, the shape and dtype of x
        It does not record. Nothing else is changed by the call.

    Raises
    ------
    ValueError
        If f returns a tensor of another shape than (); the message gives the shape.
    """
    # The numbers of x in a tensor that records, without x's history.
    ### BEGIN SOLUTION
    inner = x.detach().requires_grad_()
    ### END SOLUTION
    # The value, which must be a single number.
    ### BEGIN SOLUTION
    value = f(inner)
    if value.ndim != 0:
        raise ValueError(f"f must return a tensor of shape (); it returned one of shape {tuple(value.shape)}")
    ### END SOLUTION
    # Its gradient, written into no grad.
    ### BEGIN SOLUTION
    (slope,) = torch.autograd.grad(value, inner)
    return slope
    ### END SOLUTION


# %% [markdown]
# Your function makes gradient descent possible on anything. Himmelblau's function has four valleys of equal depth. The next cell goes
# downhill from four places.
# %% tags=["try-it"]
def himmelblau(p):
    return (p[0] ** 2 + p[1] - 11) ** 2 + (p[0] + p[1] ** 2 - 7) ** 2


paths = {}
for start in ([0.0, 0.5], [-0.5, 0.5], [-1.0, -1.0], [0.5, -1.0]):
    path = [torch.tensor(start)]
    for _ in range(60):
        path.append(path[-1] - 0.01 * gradient(himmelblau, path[-1]))
    paths[f"from ({start[0]:g}, {start[1]:g})"] = torch.stack(path).numpy()
    print(f"from {start} to ({path[-1][0]:.2f}, {path[-1][1]:.2f}), f = {abs(himmelblau(path[-1])):.3f}")
axis = np.linspace(-5, 5, 120)
ax = plotting.loss_surface(
    himmelblau(np.stack(np.meshgrid(axis, axis))),
    axis,
    axis,
    paths,
    title="Gradient descent with your gradient",
    xlabel="$x_1$",
    ylabel="$x_2$",
    levels=[1, 5, 15, 40, 80, 130, 200, 300, 450, 700],
)


# %% nbgrader={"grade": true, "grade_id": "test_gradient", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# The gradient of the sum of squares is 2x. It is asked for twice.
def twice():
    x = torch.tensor([[1.0, -2.0, 0.5]])
    return [gradient(lambda t: (t**2).sum(), x) for _ in range(2)], x.requires_grad, x.grad is None


(first, second), records, without_grad = observe(twice)
assert_tensor(first, "gradient of a sum of squares at a (1, 3) tensor", shape=(1, 3), dtype=torch.float32)
assert_close(first, np.array([[2.0, -4.0, 1.0]]), "the gradient of a sum of squares", "Do gradients add up?", rtol=1e-6)
assert_close(second, np.array([[2.0, -4.0, 1.0]]), "the second call's answer", "Do gradients add up?", rtol=1e-6)
assert not records, "x.requires_grad was False before the call and is True after it. Could you work on another tensor?"
assert without_grad, "x.grad was None before the call and is not None after it."
# %% nbgrader={"grade": true, "grade_id": "hidden_gradient", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Closed forms, several shapes and dtypes; an x that records and has a grad; weights that record inside f.
rng = np.random.default_rng(65)
M = rng.normal(size=(4, 4))
M_tensor = torch.tensor(M)
cases = {
    "the sum of cubes": (lambda t: (t**3).sum(), rng.normal(size=(2, 3)), lambda a: 3 * a**2),
    "exp(2x), x of shape ()": (lambda t: torch.exp(2 * t), np.array(0.3), lambda a: 2 * np.exp(2 * a)),
    "a quadratic form": (lambda t: t @ M_tensor @ t, rng.normal(size=4), lambda a: (M + M.T) @ a),
    "a mean": (lambda t: t.mean(), rng.normal(size=(5, 1)), lambda a: np.full(a.shape, 1 / a.size)),
    "a function of one entry": (lambda t: 5 * t[1, 0], rng.normal(size=(2, 2)), lambda a: np.array([[0, 0], [5.0, 0]])),
    "a product": (lambda t: t.prod(), rng.uniform(1, 2, (3,)), lambda a: a.prod() / a),
}
for name, (f, point, closed_form) in cases.items():
    for dtype in (torch.float64, torch.float32):
        if name == "a quadratic form" and dtype == torch.float32:
            continue

        def probe(f=f, point=point, dtype=dtype):
            x = torch.tensor(point, dtype=dtype)
            answers = [gradient(f, x) for _ in range(3)]
            return answers, x, x.requires_grad, x.grad is None, [a.requires_grad for a in answers]

        answers, x, records, without_grad, recording = observe(probe)
        for answer in answers:
            assert_tensor(answer, f"the gradient of {name}", shape=point.shape, dtype=dtype)
            assert_close(
                answer, closed_form(point), f"the gradient of {name}", rtol=1e-9 if dtype == torch.float64 else 1e-5
            )
        assert_close(x, torch.tensor(point, dtype=dtype), "x after the call", "Was x changed?")
        assert not records and without_grad, "x.requires_grad or x.grad is not what it was before the call."
        assert not any(recording), "The result of gradient should not record (requires_grad should be False)."


def with_a_past():
    """x records and has a grad; f uses weights that record and have one; x is also the middle of a graph."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.grad = torch.tensor([7.0, 8.0])
    W = torch.tensor([3.0, 5.0], requires_grad=True)
    W.grad = torch.tensor([1.0, -1.0])
    V = torch.tensor([2.0, 2.0], requires_grad=True)
    answers = [gradient(lambda t: (W * V * t**2).sum(), x) for _ in range(2)]
    middle = x * 2
    answers.append(gradient(lambda t: (t**2).sum(), middle))
    return answers, x.grad, x.requires_grad, W.grad, V.grad is None, W.requires_grad, x.is_leaf


answers, grad, records, W_grad, V_without, W_records, leaf = observe(with_a_past)
for answer, expected in zip(answers, ([12.0, 40.0], [12.0, 40.0], [4.0, 8.0]), strict=True):
    assert_close(answer, np.array(expected), "the gradient at an x that records", "Does an old grad add up?", rtol=1e-6)
assert grad is not None, "x.grad was removed by the call."
assert_close(grad, np.array([7.0, 8.0]), "x.grad after the call", "It should be what it was before.")
assert records and leaf, "x.requires_grad was True before the call; it is not what it was."
assert W_grad is not None, "The grad of a tensor that f uses was removed by the call."
assert_close(W_grad, np.array([1.0, -1.0]), "the grad of a tensor that f uses", "Did backward() write into it?")
assert V_without and W_records, "A tensor that f uses was given a grad, or lost its requires_grad."
for shape in [(3,), (2, 3)]:
    assert_raises(
        ValueError,
        lambda shape=shape: observe(lambda: gradient(lambda t: t * 2, torch.ones(shape))),
        f"gradient of a function that returns shape {shape}",
        mention="3",
    )


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** `backward()` on a copy would give the right numbers, and would still write into the `grad` of every weight that `f` uses. That is
# why libraries offer `torch.autograd.grad`, and newer ones `torch.func.grad`, which is this exercise. The four starts lie close
# together near the top of one hill and end in four valleys: a gradient knows only the slope where it stands.
# %% [markdown]
# ## One-hot targets, in tensors
#
# The softmax regression of PS 4 needs one-hot rows, now as float32: torch does not multiply tensors of different dtypes as matrices, so data, weights and targets
# should agree.
# %% [markdown]
# ### Exercise 6: `one_hot_targets` (1 point, ★☆☆)
#
# Write the labels as one-hot rows. A label outside $0, \dots, k - 1$ is a mistake: raise a `ValueError` whose message contains the label.
#
# <details><summary>Hint</summary>
# Look up <code>torch.nn.functional.one_hot</code>, and mind its dtype. It raises another error for a label that is too large, so check first.
# </details>
# %% nbgrader={"grade": false, "grade_id": "one_hot_targets", "locked": false, "schema_version": 3, "solution": true, "task": false}
def one_hot_targets(labels: torch.Tensor, n_classes: int) -> torch.Tensor:
    """Write integer labels as one-hot rows.

    Parameters
    ----------
    labels : Tensor or ndarray of int, shape (n,)
        Each in 0, ..., n_classes - 1; n may be 0.
    n_classes : int
        The number of classes k.

    Returns
    -------
    Tensor of float32, shape (n, n_classes)

    Raises
    ------
    ValueError
        If a label lies outside 0, ..., n_classes - 1; the message names the label.
    """
    labels = torch.as_tensor(labels, dtype=torch.int64)
    # Refuse labels outside the range.
    ### BEGIN SOLUTION
    outside = (labels < 0) | (labels >= n_classes)
    if outside.any():
        raise ValueError(f"labels must lie in 0..{n_classes - 1}; found the label {labels[outside][0]}")
    ### END SOLUTION
    # One row for each label.
    ### BEGIN SOLUTION
    return F.one_hot(labels, n_classes).float()
    ### END SOLUTION


# %% tags=["try-it"]
some = species[2:10]
Y = one_hot_targets(torch.tensor(some), 3)
ax = diagrams.annotated_matrix(
    Y.numpy(), row_labels=some, col_labels=range(3), fmt="{:.0f}", symmetric=False, title="Your targets"
)
print("dtype:", Y.dtype)
# %% nbgrader={"grade": true, "grade_id": "test_one_hot_targets", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Three labels by hand.
seen = one_hot_targets(torch.tensor([2, 0, 1]), 4)
assert_tensor(seen, "one_hot_targets([2, 0, 1], 4)", shape=(3, 4), dtype=torch.float32)
assert_close(
    seen,
    np.array([[0.0, 0, 1, 0], [1, 0, 0, 0], [0, 1, 0, 0]]),
    "one_hot_targets([2, 0, 1], 4)",
    "Does row i have its 1 in column labels[i]?",
)
assert_raises(ValueError, lambda: one_hot_targets(torch.tensor([0, 4]), 4), "one_hot_targets([0, 4], 4)", mention="4")
# %% nbgrader={"grade": true, "grade_id": "hidden_one_hot_targets", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against scikit-learn; absent classes; one class; no labels; labels outside on both sides.
from sklearn.preprocessing import label_binarize

rng = np.random.default_rng(66)
for n, k in [(1, 3), (7, 5), (30, 12)]:
    labels = torch.tensor(rng.integers(0, k - 1, n))  # the last class never occurs
    kept = labels.clone()
    seen = one_hot_targets(labels, k)
    assert torch.equal(labels, kept), "The argument labels was changed in place."
    assert_tensor(seen, f"one_hot_targets of {n} labels, {k} classes", shape=(n, k), dtype=torch.float32)
    assert_close(seen, label_binarize(labels.numpy(), classes=range(k)), f"one_hot_targets of {n} labels")
assert_close(one_hot_targets(torch.tensor([4, 0]), 5), np.eye(5)[[4, 0]], "one_hot_targets of the last and first class")
assert_close(one_hot_targets(torch.tensor([0, 0]), 1), np.ones((2, 1)), "one_hot_targets with a single class")
assert_close(one_hot_targets(np.array([1, 0]), 2), np.eye(2)[[1, 0]], "one_hot_targets of a NumPy array")
nothing = one_hot_targets(torch.tensor([], dtype=torch.int64), 3)
assert_tensor(nothing, "one_hot_targets of no labels", shape=(0, 3), dtype=torch.float32)
for labels, k, label in ([1, -1, 0], 3, "-1"), ([1, 3, 0], 3, "3"), ([17, 0], 3, "17"):
    assert_raises(
        ValueError,
        lambda labels=labels, k=k: one_hot_targets(torch.tensor(labels), k),
        f"one_hot_targets({labels}, {k})",
        mention=label,
    )
### END HIDDEN TESTS
# %% [markdown]
# ## A training step
#
# Every training step in PyTorch has four moves. Here they are for softmax regression with $X$ of shape $(n, d)$, one-hot $Y$ of shape $(n, k)$, weights $W$ of
# shape $(d, k)$ and biases $b$ of shape $(k,)$.
#
# 1. **Forwards**, recorded: the scores $S = X W + b$ and the mean cross-entropy $L = -\frac{1}{n} \sum_{ij} Y_{ij} \ln \operatorname{softmax}(S)_{ij}$.
# 2. **Backwards**: `L.backward()` fills `W.grad` and `b.grad`.
# 3. **Step**: $W \leftarrow W - \eta\, \partial L / \partial W$, and the same for $b$, in place. The step is not a part of the model. So it must not be recorded, and it
#    stands in `with torch.no_grad():`.
# 4. **Clear**: the next `backward()` adds to `grad`, so it must begin with none.
#
# `torch.log_softmax` computes the logarithm of the softmax in one go, without overflow and without $\ln 0$. It subtracts the largest score first, as you did in PS 4.
# %% tags=["try-it"]
ax = diagrams.computation_graph(
    {
        "X": (0, 0, "$X$"),
        "W": (0, 1, "$W$"),
        "b": (0, 2, "$b$"),
        "S": (1, 1, "$S = XW + b$"),
        "P": (2, 1, r"$\ln\,\mathrm{softmax}(S)$"),
        "Y": (2, 2, "$Y$"),
        "L": (3, 1, "loss $L$"),
    },
    [
        ("X", "S", "", ""),
        ("W", "S", "", "W.grad"),
        ("b", "S", "", "b.grad"),
        ("S", "P", "$S$", r"$\partial L / \partial S$"),
        ("P", "L", "", ""),
        ("Y", "L", "", ""),
    ],
    title="The record: X and Y do not require gradients, W and b do",
)


# %% [markdown]
# ### Exercise 7: `softmax_regression_step` (2 points, ★★☆)
#
# Write one full-batch step. `W` and `b` come with `requires_grad=True` and without a gradient. They are changed in place, they still require gradients
# afterwards, and their `grad` is `None` or 0 again. Return the loss *before* the step as a Python float. Scores of $\pm 10^4$ must give a finite loss and finite
# gradients. The check of the shapes is given.
#
# <details><summary>Hint</summary>
# <code>F.cross_entropy(scores, Y)</code> does move 1 after the scores, one-hot rows included. In move 3 write <code>W -= ...</code>: <code>W = W - ...</code> would give
# the name to a new tensor and leave the caller's as it was.
# </details>
# %% nbgrader={"grade": false, "grade_id": "softmax_regression_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softmax_regression_step(X: torch.Tensor, Y: torch.Tensor, W: torch.Tensor, b: torch.Tensor, lr: float) -> float:
    """One step of gradient descent on the mean cross-entropy of softmax regression, in place.

    Parameters
    ----------
    X : Tensor of float, shape (n, d)
    Y : Tensor of float, shape (n, k)
        One-hot rows.
    W : Tensor of float, shape (d, k)
        Requires a gradient, has none yet; is changed.
    b : Tensor of float, shape (k,)
        Likewise.
    lr : float
        Learning rate.

    Returns
    -------
    float
        The loss before the step, in nats.

    Raises
    ------
    ValueError
        If the shapes do not fit; the message gives them.
    """
    fit = X.ndim == 2 and b.ndim == 1 and W.shape == (X.shape[1], len(b)) and Y.shape == (len(X), len(b))
    if not fit:
        shapes = ", ".join(f"{name} {tuple(t.shape)}" for name, t in [("X", X), ("Y", Y), ("W", W), ("b", b)])
        raise ValueError(f"the shapes must be X (n, d), Y (n, k), W (d, k), b (k,); got {shapes}")
    # Forwards, recorded.
    ### BEGIN SOLUTION
    loss = F.cross_entropy(X @ W + b, Y)
    ### END SOLUTION
    # Backwards.
    ### BEGIN SOLUTION
    loss.backward()
    ### END SOLUTION
    # The step, in place and not recorded.
    ### BEGIN SOLUTION
    with torch.no_grad():
        W -= lr * W.grad
        b -= lr * b.grad
    ### END SOLUTION
    # Clear the gradients, return the loss as a number.
    ### BEGIN SOLUTION
    W.grad, b.grad = None, None
    return loss.item()
    ### END SOLUTION


# %% tags=["try-it"]
X_flowers = torch.tensor(flowers, dtype=torch.float32)
Y_flowers = torch.tensor(np.eye(3)[species], dtype=torch.float32)
W = torch.zeros(4, 3, requires_grad=True)
b = torch.zeros(3, requires_grad=True)
losses = [softmax_regression_step(X_flowers, Y_flowers, W, b, 0.5) for _ in range(300)]
fig, axes = plt.subplots(1, 2, figsize=(9.5, 3.2), width_ratios=[1.2, 1])
axes[0].semilogy(losses)
axes[0].axhline(np.log(3), color="0.5", linestyle=":", label=r"$\ln 3$")
axes[0].set(xlabel="step", ylabel="cross-entropy (nats)", title="Three species: your training step")
axes[0].legend()
diagrams.annotated_matrix(
    W.detach().numpy(),
    row_labels=["sepal length", "sepal width", "petal length", "petal width"],
    col_labels=iris.class_names,
    ax=axes[1],
    title="The weights after 300 steps",
)
share = ((X_flowers @ W + b).argmax(dim=1).numpy() == species).mean()
print(f"first loss {losses[0]:.4f} (ln 3 = {np.log(3):.4f}), last loss {losses[-1]:.3f}, accuracy {share:.2f}")


# %% nbgrader={"grade": true, "grade_id": "test_softmax_regression_step", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# One sample, zero weights, lr 0.1: both probabilities are 1/2, so the gradient of the scores is (-1/2, 1/2). Then again.
def two_steps():
    X, Y = torch.tensor([[2.0, 0.0, 4.0]]), torch.tensor([[1.0, 0.0]])
    W, b = torch.zeros(3, 2, requires_grad=True), torch.zeros(2, requires_grad=True)
    first = softmax_regression_step(X, Y, W, b, 0.1)
    after = W.detach().clone(), b.detach().clone()
    left = [t.grad is None or not t.grad.any().item() for t in (W, b)]
    records = [W.requires_grad, b.requires_grad]
    second = softmax_regression_step(X, Y, W, b, 0.1)
    return first, after, left, records, second


first, (W_after, b_after), left, records, second = observe(two_steps)
assert_number(first, "the loss that the step returns")
assert_close(first, np.log(2), "the first loss", "Is it the loss before the step?", rtol=1e-6)
expected = np.array([[0.1, -0.1], [0.0, 0.0], [0.2, -0.2]])
assert_close(
    W_after,
    expected,
    "W",
    "Is W itself changed, against the gradient of the mean cross-entropy of the scores?",
    rtol=1e-5,
)
assert_close(b_after, np.array([0.05, -0.05]), "b", "Is b updated too?", rtol=1e-5)
assert all(left), "A gradient was left behind in W.grad or b.grad. What will the next backward() do with it?"
assert all(records), "W and b should still require gradients after the step."
# The scores are now (1.05, -1.05), so the loss is ln(1 + exp(-2.1)).
assert_close(second, np.log1p(np.exp(-2.1)), "the second loss", rtol=1e-5)
# %% nbgrader={"grade": true, "grade_id": "hidden_softmax_regression_step", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Several steps against NumPy's formulas in float64; other shapes; float32; large scores; no gradient left behind.
from scipy.special import log_softmax, softmax

rng = np.random.default_rng(67)


def steps(X, Y, W, b, lr, n_steps, dtype):
    X, Y, W, b = (torch.tensor(a, dtype=dtype) for a in (X, Y, W, b))
    W.requires_grad_()
    b.requires_grad_()
    kept, losses, cleared, values = (X.clone(), Y.clone()), [], [], []
    for _ in range(n_steps):
        losses.append(softmax_regression_step(X, Y, W, b, lr))
        cleared += [t.grad is None or not t.grad.any().item() for t in (W, b)]
        values.append((W.detach().clone(), b.detach().clone()))
    same = torch.equal(X, kept[0]) and torch.equal(Y, kept[1])
    state = [W.requires_grad, b.requires_grad, W.is_leaf, b.is_leaf]
    return losses, values, all(cleared), same, state


# In float32 five steps of rounding stay below 1e-4 of the numbers, which are near 1.
for dtype, tolerance in ((torch.float64, 1e-9), (torch.float32, 1e-4)):
    for n, d, k, lr in [(1, 3, 2, 0.3), (6, 1, 3, 1.0), (8, 3, 5, 0.7), (4, 4, 4, 0.05), (5, 2, 1, 0.5)]:
        X, W, b = rng.normal(size=(n, d)), rng.normal(size=(d, k)), rng.normal(size=k)
        Y = np.eye(k)[rng.integers(0, k, n)]
        what = f"X ({n}, {d}), {k} classes, lr {lr}"
        losses, values, cleared, same, state = observe(
            lambda X=X, Y=Y, W=W, b=b, lr=lr, dtype=dtype: steps(X, Y, W, b, lr, 5, dtype)
        )
        for i in range(5):
            assert_number(losses[i], f"the loss of step {i + 1} for {what}")
            expected = float(-np.sum(Y * log_softmax(X @ W + b, axis=1)) / n)
            assert_close(
                losses[i], expected, f"the loss of step {i + 1} for {what}", "Before the step?", tolerance, tolerance
            )
            error = (softmax(X @ W + b, axis=1) - Y) / n
            W, b = W - lr * np.einsum("nd,nk->dk", X, error), b - lr * error.sum(axis=0)
            assert_tensor(values[i][0], f"W after step {i + 1}", shape=(d, k), dtype=dtype)
            hint = "Do gradients of earlier steps add up?"
            assert_close(values[i][0], W, f"W after step {i + 1} for {what}", hint, tolerance, tolerance)
            assert_close(values[i][1], b, f"b after step {i + 1} for {what}", hint, tolerance, tolerance)
        assert cleared, "A gradient was left behind in W.grad or b.grad."
        assert same, "X or Y was changed in place."
        assert all(state), "W and b should still be leaves that require gradients after the step."
large = np.array([[1e4, 0.0], [-1e4, 0.0]])
losses, values, cleared, same, state = observe(
    lambda: steps(large, np.eye(2)[[0, 0]], np.eye(2), np.zeros(2), 0.5, 2, torch.float32)
)
assert_number(losses[0], "the loss with scores of 10,000", float)
assert_close(
    losses[0], 5000.0, "the loss with scores of 10,000", "Is the logarithm taken of a probability of 0?", rtol=1e-5
)
# The second row's error is (-1, 1), halved by the mean; its input is (-10,000, 0). The first row has no error.
expected = np.eye(2) + 0.5 * 0.5 * np.array([[-1e4, 1e4], [0.0, 0.0]])
assert_close(values[0][0], expected, "W after a step with scores of 10,000", rtol=1e-4)
ones = torch.ones
for shapes in [((4, 3), (4, 2), (3, 2), (1,)), ((4, 3), (1, 2), (3, 2), (2,)), ((4, 3), (4, 2), (2, 2), (2,))]:
    assert_raises(
        ValueError,
        lambda shapes=shapes: observe(
            lambda: softmax_regression_step(
                ones(shapes[0]),
                ones(shapes[1]),
                ones(shapes[2], requires_grad=True),
                ones(shapes[3], requires_grad=True),
                0.1,
            )
        ),
        f"softmax_regression_step with shapes {shapes}",
        mention=str(shapes[0]),
    )
### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** Each move has its own typical failure. Without `no_grad`, PyTorch refuses to change a leaf that it is recording. Without the clearing,
# step $i$ uses the sum of all gradients so far, which looks like a strange momentum. And if the loss itself is kept, instead of `loss.item()`, every
# entry of the list holds a whole graph alive, and memory grows with each step.
# %% [markdown]
# # Part 3: one network, five ways
#
# Take PS 5's regression again: a network with ReLU units and no biases predicts the petals of a flower from its sepals, and the loss is the
# **sum** of squared errors.
#
# $$Z = X W_1, \qquad H = \operatorname{relu}(Z), \qquad \hat Y = H W_2, \qquad L = \sum_{i=1}^{n} \sum_{j=1}^{k} (\hat Y_{ij} - Y_{ij})^2 .$$
#
# | $X$ | $W_1$ | $Z$, $H$ | $W_2$ | $Y$, $\hat Y$ |
# | --- | --- | --- | --- | --- |
# | $(n, d)$ | $(d, h)$ | $(n, h)$ | $(h, k)$ | $(n, k)$ |
# %% tags=["try-it"]
ax = diagrams.network(
    [2, 20, 2],
    labels=["sepal $X$", r"$H = \mathrm{relu}(XW_1)$", r"petal $\hat Y = H W_2$"],
    title="Petals from sepals",
)


# %% [markdown]
# Go backwards once more. Let $G_V$ be the gradient of the loss with respect to $V$; it has the shape of $V$.
#
# - Each $\hat Y_{ij}$ stands in one square, so $G_{\hat Y} = 2 (\hat Y - Y)$, of shape $(n, k)$.
# - $\hat Y_{ij} = \sum_l H_{il} (W_2)_{lj}$. The weight $(W_2)_{lj}$ reaches entry $(i, j)$ of every sample $i$ with the factor $H_{il}$. The sum over the samples is
#   $G_{W_2} = H^\top G_{\hat Y}$, shapes $(h, n)\,(n, k) \to (h, k)$.
# - $H_{il}$ reaches every output $j$ with the factor $(W_2)_{lj}$. So $G_H = G_{\hat Y} W_2^\top$, shapes $(n, k)\,(k, h) \to (n, h)$.
# - The ReLU has slope 1 where $Z_{il} > 0$ and 0 elsewhere, also at 0. So $G_Z = G_H \odot [Z > 0]$, element by element.
# - $W_1$ feeds $Z$ as $W_2$ feeds $\hat Y$: $G_{W_1} = X^\top G_Z$, shapes $(d, n)\,(n, h) \to (d, h)$.
# %% [markdown]
# ### Exercise 8: `two_layer_gradients` (2 points, ★★☆)
#
# Write the loss and both gradients **by hand**, in tensors: without autograd, so that it works inside `with torch.no_grad():`. The results have the dtype of the arguments. The
# check of the shapes is given.
#
# <details><summary>Hint</summary>
# <code>Z.clamp(min=0)</code> is the ReLU. A comparison such as <code>Z > 0</code> gives booleans, and a float tensor can be multiplied by them.
# </details>
# %% nbgrader={"grade": false, "grade_id": "two_layer_gradients", "locked": false, "schema_version": 3, "solution": true, "task": false}
def two_layer_gradients(
    X: torch.Tensor, Y: torch.Tensor, W1: torch.Tensor, W2: torch.Tensor
) -> tuple[float, torch.Tensor, torch.Tensor]:
    """Sum of squared errors of a two-layer ReLU network without biases, and its gradients, by hand.

    Parameters
    ----------
    X : Tensor of float, shape (n, d)
    Y : Tensor of float, shape (n, k)
        Targets.
    W1 : Tensor of float, shape (d, h)
    W2 : Tensor of float, shape (h, k)

    Returns
    -------
    loss : float
        Sum over samples and outputs.
    grad_W1 : Tensor of float, shape (d, h)
    grad_W2 : Tensor of float, shape (h, k)

    Raises
    ------
    ValueError
        If the shapes do not fit; the message gives them.
    """
    fit = X.ndim == W2.ndim == 2 and W1.shape == (X.shape[1], len(W2)) and Y.shape == (len(X), W2.shape[1])
    if not fit:
        shapes = ", ".join(f"{name} {tuple(t.shape)}" for name, t in [("X", X), ("Y", Y), ("W1", W1), ("W2", W2)])
        raise ValueError(f"the shapes must be X (n, d), Y (n, k), W1 (d, h), W2 (h, k); got {shapes}")
    # Forwards: hidden values, errors, loss.
    ### BEGIN SOLUTION
    Z = X @ W1
    H = Z.clamp(min=0)
    errors = H @ W2 - Y
    loss = (errors**2).sum().item()
    ### END SOLUTION
    # Backwards: from the output to W2, and through the ReLU to W1.
    ### BEGIN SOLUTION
    G_out = 2 * errors
    G_Z = (G_out @ W2.T) * (Z > 0)
    return loss, X.T @ G_Z, H.T @ G_out
    ### END SOLUTION


# %% tags=["try-it"]
generator = torch.Generator().manual_seed(0)
W1_try, W2_try = torch.randn(2, 20, generator=generator), torch.randn(20, 2, generator=generator)
X_try, Y_try = torch.tensor(sepals, dtype=torch.float32), torch.tensor(petals, dtype=torch.float32)
loss, *yours = two_layer_gradients(X_try, Y_try, W1_try, W2_try)
leaves = [W.clone().requires_grad_() for W in (W1_try, W2_try)]
((torch.relu(X_try @ leaves[0]) @ leaves[1] - Y_try) ** 2).sum().backward()
fig, ax = plt.subplots(figsize=(4.2, 3.6))
for leaf, mine, marker, name in zip(leaves, yours, "os", ["$W_1$", "$W_2$"], strict=True):
    ax.plot(leaf.grad.ravel().numpy(), mine.ravel().numpy(), marker, markersize=4, label=name)
ax.axline((0, 0), slope=1, color="0.5", linewidth=0.8)
ax.set(xlabel="autograd's gradient", ylabel="your gradient", title="80 weights, by hand and by machine")
legend = ax.legend()


# %% nbgrader={"grade": true, "grade_id": "test_two_layer_gradients", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Two samples by hand, inside no_grad, where autograd cannot work. The first hidden unit is on for the first sample
# alone, the second for both, the third for none.
def by_hand():
    with torch.no_grad():
        return two_layer_gradients(
            torch.tensor([[1.0, 1.0], [-1.0, 2.0]]),
            torch.tensor([[3.0], [1.0]]),
            torch.tensor([[2.0, 0.0, 0.0], [0.0, 1.0, -1.0]]),
            torch.tensor([[1.0], [2.0], [5.0]]),
        )


seen_loss, seen_W1, seen_W2 = observe(by_hand)
assert_number(seen_loss, "the loss")
assert_close(seen_loss, 10.0, "the loss", "Is it the sum over all samples and outputs, not the mean?", rtol=1e-6)
assert_tensor(seen_W1, "grad_W1 for 2 inputs and 3 units", shape=(2, 3), dtype=torch.float32)
assert_tensor(seen_W2, "grad_W2 for 3 units and 1 output", shape=(3, 1), dtype=torch.float32)
assert_close(
    seen_W2,
    np.array([[4.0], [14.0], [0.0]]),
    "grad_W2",
    "Is the slope of the square complete? Which values go into W2?",
    rtol=1e-6,
)
expected = np.array([[2.0, -8.0, 0.0], [2.0, 28.0, 0.0]])
assert_close(seen_W1, expected, "grad_W1", "Does the gradient pass only the units that are on?", rtol=1e-6)
# %% nbgrader={"grade": true, "grade_id": "hidden_two_layer_gradients", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against autograd of torch's own loss; one sample, input, unit, output; scores of exactly 0; a dead layer; float32.
rng = np.random.default_rng(68)
sizes = [(1, 3, 4, 2), (6, 1, 5, 2), (5, 3, 1, 4), (7, 2, 6, 1), (8, 4, 3, 5), (3, 3, 3, 3)]
problems = [
    (rng.normal(size=(n, d)), rng.normal(size=(n, k)), rng.normal(size=(d, h)), rng.normal(size=(h, k)))
    for n, d, h, k in sizes
]
at_zero = rng.normal(size=(2, 5))
at_zero[:, [1, 3]] = 0.0  # the scores of these two units are exactly 0
problems.append((rng.normal(size=(6, 2)), rng.normal(size=(6, 3)), at_zero, rng.normal(size=(5, 3))))
problems.append((rng.uniform(1, 2, (4, 2)), rng.normal(size=(4, 3)), -np.ones((2, 5)), rng.normal(size=(5, 3))))


def without_autograd(*tensors):
    with torch.no_grad():
        return two_layer_gradients(*tensors)


for dtype, tolerance in ((torch.float64, 1e-9), (torch.float32, 1e-4)):
    for arrays in problems:
        X, Y, W1, W2 = tensors = [torch.tensor(a, dtype=dtype) for a in arrays]
        kept = [t.clone() for t in tensors]
        what = f"X {tuple(X.shape)}, W1 {tuple(W1.shape)}, W2 {tuple(W2.shape)}"
        loss, grad_W1, grad_W2 = observe(lambda tensors=tensors: without_autograd(*tensors))
        assert all(torch.equal(a, b) for a, b in zip(tensors, kept, strict=True)), f"An argument was changed, {what}."
        leaves = [W.double().requires_grad_() for W in (W1, W2)]
        expected = F.mse_loss(torch.relu(X.double() @ leaves[0]) @ leaves[1], Y.double(), reduction="sum")
        expected.backward()
        assert_number(loss, f"the loss for {what}")
        assert_close(loss, expected.item(), f"the loss for {what}", "Is it the sum?", rtol=tolerance)
        assert_tensor(grad_W1, f"grad_W1 for {what}", shape=tuple(W1.shape), dtype=dtype)
        assert_tensor(grad_W2, f"grad_W2 for {what}", shape=tuple(W2.shape), dtype=dtype)
        assert_close(grad_W1, leaves[0].grad, f"grad_W1 for {what}", "Is the slope 0 at 0?", tolerance, tolerance)
        assert_close(grad_W2, leaves[1].grad, f"grad_W2 for {what}", "", tolerance, tolerance)
X, Y, W1, W2 = (torch.tensor(a) for a in problems[4])
for name, arguments in {"Y (8,)": (X, Y[:, 0], W1, W2), "Y (1, 5)": (X, Y[:1], W1, W2)}.items():
    assert_raises(
        ValueError,
        lambda arguments=arguments: two_layer_gradients(*arguments),
        f"two_layer_gradients with {name}",
        mention=name,
    )
### END HIDDEN TESTS
# %% [markdown]
# ## The five ways
#
# The next cell trains this network five times, from the same start, with the same learning rate.
#
# | way | forwards | gradients | step |
# | --- | --- | --- | --- |
# | NumPy (float64) | by hand | by hand | by hand |
# | tensors (float32) | by hand | your `two_layer_gradients` | by hand |
# | autograd | by hand | `backward()` | by hand |
# | `nn` | `nn.Linear`, `nn.ReLU`, `nn.MSELoss` | `backward()` | by hand |
# | `optim` | `nn` | `backward()` | `torch.optim.SGD` |
#
# Read it line by line: it is a small dictionary between the five. One entry may surprise you. `nn.Linear` keeps its weights as (outputs, inputs), the transpose
# of this course's convention, and computes $x W^\top$.
# %% tags=["try-it"]
rng = np.random.default_rng(0)
start_1, start_2 = rng.normal(0.0, 0.4, (2, 20)), rng.normal(0.0, 0.4, (20, 2))
lr = 3e-4
X_five, Y_five = torch.tensor(sepals, dtype=torch.float32), torch.tensor(petals, dtype=torch.float32)


def with_numpy(n_steps):
    W1, W2, losses = start_1, start_2, []
    for _ in range(n_steps):
        Z = sepals @ W1
        H = np.maximum(Z, 0)
        errors = H @ W2 - petals
        losses.append(np.sum(errors**2))
        grad_2 = H.T @ (2 * errors)
        grad_1 = sepals.T @ ((2 * errors @ W2.T) * (Z > 0))
        W1, W2 = W1 - lr * grad_1, W2 - lr * grad_2
    return losses


def with_tensors(n_steps):
    W1, W2 = torch.tensor(start_1, dtype=torch.float32), torch.tensor(start_2, dtype=torch.float32)
    losses = []
    for _ in range(n_steps):
        loss, grad_1, grad_2 = two_layer_gradients(X_five, Y_five, W1, W2)
        losses.append(loss)
        W1, W2 = W1 - lr * grad_1, W2 - lr * grad_2
    return losses


def with_autograd(n_steps):
    W1 = torch.tensor(start_1, dtype=torch.float32, requires_grad=True)
    W2 = torch.tensor(start_2, dtype=torch.float32, requires_grad=True)
    losses = []
    for _ in range(n_steps):
        loss = ((torch.relu(X_five @ W1) @ W2 - Y_five) ** 2).sum()
        loss.backward()
        losses.append(loss.item())
        with torch.no_grad():
            for W in (W1, W2):
                W -= lr * W.grad
                W.grad = None
    return losses


def make_model():
    model = torch.nn.Sequential(torch.nn.Linear(2, 20, bias=False), torch.nn.ReLU(), torch.nn.Linear(20, 2, bias=False))
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor(start_1.T))
        model[2].weight.copy_(torch.tensor(start_2.T))
    return model


def with_nn(n_steps):
    model, loss_function, losses = make_model(), torch.nn.MSELoss(reduction="sum"), []
    for _ in range(n_steps):
        loss = loss_function(model(X_five), Y_five)
        model.zero_grad()
        loss.backward()
        losses.append(loss.item())
        with torch.no_grad():
            for parameter in model.parameters():
                parameter -= lr * parameter.grad
    return losses


def with_optim(n_steps):
    model, loss_function, losses = make_model(), torch.nn.MSELoss(reduction="sum"), []
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    for _ in range(n_steps):
        loss = loss_function(model(X_five), Y_five)
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
    return losses


ways = {
    "NumPy": with_numpy,
    "tensors": with_tensors,
    "autograd": with_autograd,
    "nn": with_nn,
    "optim": with_optim,
}
curves = {name: np.array(way(400)) for name, way in ways.items()}
steps = np.arange(1, 401)
fig, axes = plt.subplots(1, 2, figsize=(10, 3.8))
places = np.unique(np.geomspace(1, 400, 30).astype(int)) - 1
for i, (name, losses) in enumerate(curves.items()):
    look = {"color": plotting.COLOURS[i], "marker": plotting.MARKERS[i], "label": name}
    axes[0].loglog(steps, losses, markevery=places[i::5].tolist(), markersize=6, linewidth=1, **look)
    if i > 0:
        gap = np.maximum(np.abs(losses / curves["NumPy"] - 1), 1e-9)
        axes[1].semilogy(steps[::20], gap[::20], linestyle="", markersize=5, alpha=0.8, **look)
axes[0].set(xlabel="step", ylabel="loss", title="Five programs, one curve", yticks=[40, 60, 100, 200, 400])
axes[0].set_yticklabels([40, 60, 100, 200, 400])
axes[0].minorticks_off()
axes[0].legend()
axes[1].set(xlabel="step", ylabel="relative difference", title="The loss, compared with NumPy's", ylim=(8e-10, 1e-5))
axes[1].legend(fontsize=8, ncols=2)
for name, losses in curves.items():
    print(f"{name:<9} first loss {losses[0]:8.2f}, last loss {losses[-1]:7.3f}")
# %% [markdown]
# And what does the comfort cost? The next cell measures the time of one step.
# %% tags=["try-it"]
# NBVAL_IGNORE_OUTPUT
for name, way in ways.items():
    begin = time.perf_counter()
    way(100)
    print(f"{name:<9} {1e6 * (time.perf_counter() - begin) / 100:6.0f} microseconds a step")
# %% [markdown]
# For a network this small the bookkeeping of a framework is most of the work. For large matrices the products dominate, and the difference disappears.
# %% [markdown]
# ### Question 1 (1 point)
#
# Look at both plots of the five ways. Why are the five curves one? In the plot on the right: why is the difference not 0, why does it have the size that it has at the first step, and why
# can two programs for the *same* formula in the *same* precision differ at all?
# %% [markdown] nbgrader={"grade": true, "grade_id": "discuss_five_ways", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# All five programs compute the same function, from the same start, with the same gradient and the same rate. Autograd, `nn` and `optim` do not
# approximate anything: they apply the chain rule exactly, as the pencil does. So the losses agree, step by step, up to rounding. NumPy works in float64, with about 16 digits. The
# other four work in float32, whose numbers are about $10^{-7}$ apart relative to their size; so already the first loss differs, by some $10^{-8}$ to $10^{-7}$ of itself. Rounding errors
# of one step enter the weights of the next, so the differences wander, but training leads all of them into the same valley and they stay small. Two programs in the same precision may add the same numbers in
# another order, or take a mean where the other one takes a sum first, and floating-point addition depends on the order. Each order rounds differently in the last digit.
# %% [markdown]
# # Part 4: your own autograd
#
# How does PyTorch know the derivative of a program? It does not look at the program. Every value remembers **from which values it was computed, and with which slopes**.
# That is all. You will now write such a value: a class `Scalar`, for single numbers.
#
# ## What a value remembers
#
# Let $z = g(u, v)$ be computed by one operation. The new value $z$ stores its number, its inputs $u$ and $v$, and the slopes $\partial z / \partial u$ and $\partial z / \partial v$ at the present
# numbers. For example
#
# | operation | value | slope with respect to $u$ | with respect to $v$ |
# | --- | --- | --- | --- |
# | $u + v$ | $u + v$ | $1$ | $1$ |
# | $u \cdot v$ | $u v$ | $v$ | $u$ |
#
# The slopes are plain numbers, known at the moment of the operation. The others are for you to derive.
#
# ## What happens on the way back
#
# Let $L$ be the last value, and let the `grad` of any value $u$ be $\partial L / \partial u$. By the chain rule, $u$ collects one term from **each** value $z$ that was computed from it:
#
# $$\frac{\partial L}{\partial u} = \sum_{z \text{ computed from } u} \frac{\partial L}{\partial z} \cdot \frac{\partial z}{\partial u} .$$
#
# So every value $z$ hands to each of its inputs its own `grad` times the stored slope, and the input **adds** what it gets. Start with `grad` 1 at $L$.
#
# ## In which order?
#
# A value may pass its `grad` on only when it is complete: when all values computed from it have had their turn. The next picture shows $L = u v$ with $u = x^2$ and
# $v = u + x$ at $x = 2$.
# %% tags=["try-it"]
ax = diagrams.computation_graph(
    {
        "x": (0, 1, "$x = 2$"),
        "u": (1, 0, "$u = x^2 = 4$"),
        "v": (2, 1, "$v = u + x = 6$"),
        "L": (3, 0, "$L = u v = 24$"),
    },
    [
        ("x", "u", "", r"$10 \cdot 4 = 40$"),
        ("x", "v", "", r"$4 \cdot 1 = 4$"),
        ("u", "v", "", r"$4 \cdot 1 = 4$"),
        ("u", "L", "", r"$1 \cdot 6 = 6$"),
        ("v", "L", "", r"$1 \cdot 4 = 4$"),
    ],
    title="u gets 6 from L and 4 from v before it passes on 10; x gets 40 + 4 = 44",
)


# %% [markdown]
# If $u$ had its turn before $v$, it would pass on 6 instead of 10, and $x$ would end with 28 instead of 44. Check with a pencil: $L = x^4 + x^3$, so $L' = 4x^3 + 3x^2 = 44$ at 2.
#
# An order in which every value comes after its inputs is a **topological order**. Walk through it from its end. A depth-first search finds one:
#
# > *visit*(value): if it was visited before, do nothing; otherwise mark it, visit its inputs, and then append it to the list.
#
# Each value appears once, however often it is used. That matters for the time too. In $x_1 = x + x$, $x_2 = x_1 + x_1$, ..., there are $2^n$ paths from $x_n$ to $x$, but only
# $n + 1$ values.
#
# ## Leaves
#
# Values that you create yourself, such as weights, have no inputs. They are **leaves**. As in PyTorch, their `grad` begins at 0 and `backward()` *adds* to it. Values that were
# computed begin each `backward()` at 0, so that a second call adds the same amounts to the leaves once more.
# %% [markdown]
# ### Exercise 9: `Scalar` (4 points, ★★★)
#
# Complete the class. Given are the constructor and the operations with a number on the left. Fill in
#
# - value and slopes of `+`, `-`, `*`, `/`, of `**` with a number as exponent, and of `tanh`, `relu`, `exp` and `log`; the slope of the ReLU at 0 is 0;
# - `backward()`: every value from which this one was computed gets its gradient.
#
# The same value may be used any number of times, also twice in one operation (`x * x`). `backward()` visits each value once: a value that is doubled 22 times in a row must not take a
# second. A chain of 300 operations must work, and so must `tanh` of $\pm 1000$. `backward()` touches neither `data` nor values that this one does not depend on.
#
# <details><summary>Hint</summary>
# The slope of $u / v$ with respect to $v$ is $-u / v^2$. For <code>tanh</code> and <code>exp</code> the slope is easiest to write with the value itself.
# In <code>backward</code> make the list first, then reset, then walk. A function inside a method may call itself, or you keep a list of what is left to do.
# </details>
# %% nbgrader={"grade": false, "grade_id": "Scalar", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Scalar:
    """A number that remembers how it was computed, for reverse-mode automatic differentiation.

    Parameters
    ----------
    data : float
        The number.
    inputs : tuple of Scalar
        The values from which it was computed; none for a leaf.
    slopes : tuple of float
        Its derivative with respect to each of the inputs.
    op : str
        What to write into a drawing of the graph.

    Attributes
    ----------
    data : float
    grad : float
        After ``L.backward()`` the derivative of L with respect to this value; 0 at first. Leaves add up.
    """

    def __init__(
        self, data: float, inputs: tuple["Scalar", ...] = (), slopes: tuple[float, ...] = (), op: str = ""
    ) -> None:
        self.data = float(data)
        self.grad = 0.0
        self.inputs, self.slopes, self.op = inputs, slopes, op

    def __repr__(self) -> str:
        return f"Scalar(data={self.data:.4g}, grad={self.grad:.4g})"

    @staticmethod
    def wrap(value: "Scalar | float") -> "Scalar":
        """Return `value` itself if it is a Scalar, a new leaf if it is a number."""
        return value if isinstance(value, Scalar) else Scalar(value)

    def __add__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        # self + other, and its slopes with respect to self and to other.
        ### BEGIN SOLUTION
        value = self.data + other.data
        slopes = (1.0, 1.0)
        ### END SOLUTION
        return Scalar(value, (self, other), slopes, "+")

    def __sub__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        # self - other, and its slopes.
        ### BEGIN SOLUTION
        value = self.data - other.data
        slopes = (1.0, -1.0)
        ### END SOLUTION
        return Scalar(value, (self, other), slopes, "-")

    def __mul__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        # self * other, and its slopes.
        ### BEGIN SOLUTION
        value = self.data * other.data
        slopes = (other.data, self.data)
        ### END SOLUTION
        return Scalar(value, (self, other), slopes, r"$\times$")

    def __truediv__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        # self / other, and its slopes.
        ### BEGIN SOLUTION
        value = self.data / other.data
        slopes = (1 / other.data, -self.data / other.data**2)
        ### END SOLUTION
        return Scalar(value, (self, other), slopes, r"$\div$")

    def __pow__(self, exponent: float) -> "Scalar":
        if not isinstance(exponent, (int, float)):
            raise TypeError(f"the exponent must be a number; it is a {type(exponent).__name__}")
        # self ** exponent, and its slope with respect to self.
        ### BEGIN SOLUTION
        value = self.data**exponent
        slope = exponent * self.data ** (exponent - 1)
        ### END SOLUTION
        return Scalar(value, (self,), (slope,), f"power {exponent:g}")

    def tanh(self) -> "Scalar":
        """Hyperbolic tangent."""
        # The value, and its slope.
        ### BEGIN SOLUTION
        value = math.tanh(self.data)
        slope = 1 - value**2
        ### END SOLUTION
        return Scalar(value, (self,), (slope,), "tanh")

    def relu(self) -> "Scalar":
        """max(x, 0), with slope 0 at 0."""
        # The value, and its slope.
        ### BEGIN SOLUTION
        value = max(self.data, 0.0)
        slope = 1.0 if self.data > 0 else 0.0
        ### END SOLUTION
        return Scalar(value, (self,), (slope,), "relu")

    def exp(self) -> "Scalar":
        """Exponential function."""
        # The value, and its slope.
        ### BEGIN SOLUTION
        value = math.exp(self.data)
        slope = value
        ### END SOLUTION
        return Scalar(value, (self,), (slope,), "exp")

    def log(self) -> "Scalar":
        """Natural logarithm."""
        # The value, and its slope.
        ### BEGIN SOLUTION
        value = math.log(self.data)
        slope = 1 / self.data
        ### END SOLUTION
        return Scalar(value, (self,), (slope,), "log")

    def backward(self) -> None:
        """Add the derivative of this value to the grad of every leaf from which it was computed.

        The grad of every computed value on the way is set to the derivative with respect to it.
        """
        # List all values from which this one was computed, each once, after its inputs; this one is the last.
        ### BEGIN SOLUTION
        order, visited, to_do = [], set(), [(self, False)]
        while to_do:
            value, inputs_done = to_do.pop()
            if inputs_done:
                order.append(value)
            elif value not in visited:
                visited.add(value)
                to_do.append((value, True))
                to_do.extend((each, False) for each in value.inputs)
        ### END SOLUTION
        # Computed values begin at 0, leaves keep what they have. This value's derivative with respect to itself is 1.
        ### BEGIN SOLUTION
        for value in order:
            if value.inputs:
                value.grad = 0.0
        self.grad = 1.0
        ### END SOLUTION
        # From the end to the beginning: each value hands its grad times the slope to each input.
        ### BEGIN SOLUTION
        for value in reversed(order):
            for each, slope in zip(value.inputs, value.slopes, strict=True):
                each.grad += slope * value.grad
        ### END SOLUTION

    def __neg__(self) -> "Scalar":
        return self * -1

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: float) -> "Scalar":
        return Scalar(other) - self

    def __rtruediv__(self, other: float) -> "Scalar":
        return Scalar(other) / self


# %% [markdown]
# ## The graph that your `Scalar` built
#
# The next cell computes the squared error of one neuron, $L = (\tanh(w x + b) - y)^2$, with your class, calls `backward()`, and draws what your objects remember. The number in a box is a value, the number
# on a dashed arrow is what flows back along it: `grad` times slope.
# %% tags=["try-it"]
def draw(last, names, title):
    """Draw the graph behind a Scalar; leaves stand just before their first use."""
    order = []

    def visit(value):
        if value not in order:
            for each in value.inputs:
                visit(each)
            order.append(value)

    visit(last)
    column = {}
    for value in order:
        column[value] = 1 + max((column[each] for each in value.inputs), default=-1)
    for value in order:
        if not value.inputs:
            column[value] = min(column[user] for user in order if value in user.inputs) - 1
    nodes, edges, rows = {}, [], {}
    for i, value in enumerate(order):
        row = rows.get(column[value], 0)
        rows[column[value]] = row + 1
        text = f"${names[value]}$" if value in names else value.op
        nodes[str(i)] = (column[value], row, f"{text}\n{value.data:.3g}")
        edges += [
            (str(order.index(each)), str(i), "", f"{value.grad * slope:.3g}")
            for each, slope in zip(value.inputs, value.slopes, strict=True)
        ]
    return diagrams.computation_graph(nodes, edges, title=title)


x, w, b, y = Scalar(2.0), Scalar(0.5), Scalar(-0.3), Scalar(1.0)
L = ((w * x + b).tanh() - y) ** 2
L.backward()
ax = draw(L, {x: "x", w: "w", b: "b", y: "y"}, "One neuron, as your Scalar remembers it")
print("dL/dw =", round(w.grad, 4), " dL/db =", round(b.grad, 4))
# %% [markdown]
# ## A network of scalars
#
# Nothing else is needed to train a network. The next cell fits a wave through 15 points with six tanh units: 19 weights, each of them one of your objects. Note how the gradients are
# cleared before each `backward()`.
# %% tags=["try-it"]
rng = np.random.default_rng(3)
x_wave = np.linspace(-2.5, 2.5, 15)
y_wave = np.sin(1.8 * x_wave) * np.exp(-0.2 * x_wave) + rng.normal(0, 0.05, 15)
hidden = [[Scalar(v) for v in rng.normal(0, 1, 3)] for _ in range(6)]  # input weight, bias, output weight
shift = Scalar(0.0)
weights = [w for unit in hidden for w in unit] + [shift]


def scalar_network(x):
    return sum((out * (w * x + b).tanh() for w, b, out in hidden), shift)


losses = []
for step in range(500):
    loss = sum((scalar_network(x) - y) ** 2 for x, y in zip(x_wave, y_wave, strict=True)) / len(x_wave)
    for w in weights:
        w.grad = 0.0
    loss.backward()
    for w in weights:
        w.data -= 0.1 * w.grad
    losses.append(loss.data)
fig, axes = plt.subplots(1, 2, figsize=(9.5, 3.2))
axes[0].semilogy(losses)
axes[0].set(xlabel="step", ylabel="mean squared error", title="Trained by your own engine")
fine = np.linspace(-2.6, 2.6, 150)
axes[1].plot(fine, [scalar_network(x).data for x in fine], label="your network")
axes[1].plot(x_wave, y_wave, "o", markersize=4, color="black", label="data")
axes[1].set(xlabel="$x$", ylabel="$y$", title="Six tanh units")
axes[1].legend()
print(f"mean squared error: first {losses[0]:.2f}, last {losses[-1]:.3f}")


# %% nbgrader={"grade": true, "grade_id": "test_Scalar", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
# Each operation with slopes by hand; then the picture's example, where the order matters. Scalars stay in the probe.
def operations():
    cases = {
        "a + b": lambda a, b: a + b,
        "a - b": lambda a, b: a - b,
        "a * b": lambda a, b: a * b,
        "a / b": lambda a, b: a / b,
        "a ** 3 + b": lambda a, b: a**3 + b,
        "relu(-a) + relu(b)": lambda a, b: (-a).relu() + b.relu(),
        "log(a) + b": lambda a, b: a.log() + b,
    }
    seen = {}
    for name, f in cases.items():
        a, b = Scalar(2.0), Scalar(4.0)
        result = f(a, b)
        result.backward()
        seen[name] = (result.data, result.grad, a.grad, b.grad)
    t, e = Scalar(0.0), Scalar(0.0)
    (t.tanh() + 3 * e.exp()).backward()
    return seen, (t.grad, e.grad)


seen, curved = observe(operations)
by_hand = {
    "a + b": (6.0, 1.0, 1.0),
    "a - b": (-2.0, 1.0, -1.0),
    "a * b": (8.0, 4.0, 2.0),
    "a / b": (0.5, 0.25, -0.125),
    "a ** 3 + b": (12.0, 12.0, 1.0),
    "relu(-a) + relu(b)": (4.0, 0.0, 1.0),
    "log(a) + b": (np.log(2) + 4.0, 0.5, 1.0),
}
for name, expected in by_hand.items():
    value, own, grad_a, grad_b = seen[name]
    assert own == 1, (
        f"The grad of {name} after its own backward() is {own}. What is its derivative with respect to itself?"
    )
    for what, number, wanted in zip(("data", "a.grad", "b.grad"), (value, grad_a, grad_b), expected, strict=True):
        assert_number(number, f"{what} for {name}")
        hint = f"it is {number:.6g}; a is 2, b is 4. Are value and slopes of the operation right?"
        assert abs(number - wanted) < 1e-9, f"{what} for {name} is off: {hint}"
assert_close(curved[0], 1.0, "the slope of tanh at 0", rtol=1e-9)
assert_close(curved[1], 3.0, "the slope of 3 exp at 0", rtol=1e-9)


def the_picture():
    x = Scalar(2.0)
    u = x * x
    v = u + x
    L = u * v
    L.backward()
    return L.data, v.grad, u.grad, x.grad


value, grad_v, grad_u, grad_x = observe(the_picture)
assert_close(value, 24.0, "L", rtol=1e-9)
assert_close(grad_v, 4.0, "v.grad", "Does L hand its grad times the slope to v?", rtol=1e-9)
assert_close(grad_u, 10.0, "u.grad", "u is used twice. Is its grad the sum of what it gets?", rtol=1e-9)
assert_close(grad_x, 44.0, "x.grad", "Has u got everything from L and from v before it passes its grad on?", rtol=1e-9)
# %% nbgrader={"grade": true, "grade_id": "hidden_Scalar", "locked": true, "points": 2.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# The same expressions with Scalars and with torch's autograd in float64; then reuse, order, repeated calls, time.
expressions = {
    "a + b": lambda a, b: a + b,
    "a - b": lambda a, b: a - b,
    "a * b": lambda a, b: a * b,
    "a / b": lambda a, b: a / b,
    "a + 3, 3 + a": lambda a, b: (a + 3) * (3.5 + a) * b,
    "a - 3, 3 - a": lambda a, b: (a - 3) * (3.5 - a) + b,
    "a * 3, 3 * a": lambda a, b: a * 3 + 2.5 * a * b,
    "a / 3, 3 / a": lambda a, b: a / 3 + 2.5 / a + b,
    "-a": lambda a, b: -a * b,
    "a + a": lambda a, b: a + a + b,
    "a * a": lambda a, b: a * a * b,
    "a - a": lambda a, b: (a - a) * b,
    "a / a": lambda a, b: a / a + b * b / b,
    "a ** 3": lambda a, b: a**3 + b**2,
    "a ** -2": lambda a, b: a**-2 + b**1,
    "(a * a) ** 0.5": lambda a, b: (a * a) ** 0.5 + (b * b) ** -1.5,
    "tanh": lambda a, b: a.tanh() * b.tanh(),
    "exp": lambda a, b: a.exp() + (b * a).exp(),
    "log": lambda a, b: (a * a + 1).log() + (b * b).log(),
    "relu": lambda a, b: a.relu() * 2 + b.relu() * 3 + (a * b).relu(),
    "a diamond": lambda a, b: (a * b + a) * (a * b - b),
    "a value used late and early": lambda a, b: (lambda u: ((u.tanh() + b).exp() + a) * u)(a * b),
    "the other way round": lambda a, b: (lambda u: u * ((u.tanh() + b).exp() + a))(a * b),
    "logistic": lambda a, b: 1 / (1 + (-(a * 2 - b)).exp()),
    "a sum": lambda a, b: sum([a, b, a * b, 1.0]),
    "b is not used": lambda a, b: a * a,
}
points = [(1.3, -0.7), (-0.4, 2.1), (0.6, 0.9), (-1.7, -1.1)]


def with_scalars():
    seen = {}
    for name, f in expressions.items():
        for i, (p, q) in enumerate(points):
            a, b = Scalar(p), Scalar(q)
            before = (a.grad, b.grad)
            L = f(a, b)
            forward = (a.grad, b.grad, L.grad)
            L.backward()
            seen[f"{name} at {points[i]}"] = (L.data, a.grad, b.grad, L.grad, before, forward, (a.data, b.data))
    return seen


seen = observe(with_scalars)
for name, f in expressions.items():
    for p, q in points:
        a = torch.tensor(p, dtype=torch.float64, requires_grad=True)
        b = torch.tensor(q, dtype=torch.float64, requires_grad=True)
        L = f(a, b)
        L.backward()
        what = f"{name} at ({p}, {q})"
        value, grad_a, grad_b, grad_L, before, forward, data_after = seen[what]
        assert_number(value, f"the data of {what}")
        assert_number(grad_a, f"a.grad for {what}")
        assert_close(value, L.item(), f"the data of {what}", rtol=1e-9)
        assert_close(grad_a, a.grad.item(), f"a.grad for {what}", rtol=1e-9)
        assert_close(float(grad_b), 0.0 if b.grad is None else b.grad.item(), f"b.grad for {what}", rtol=1e-9)
        assert_close(float(grad_L), 1.0, f"the grad of the last value of {what}")
        assert not any(before) and not any(forward), f"{what}: some grad was not 0 before backward() was called."
        assert data_after == (p, q), f"{what}: backward() changed the data of a leaf."


def special():
    seen = {}
    for name, number in {"0": 0.0, "a negative number": -2.0, "a positive number": 2.0}.items():
        x = Scalar(number)
        y = x.relu()
        y.backward()
        seen[f"relu at {name}"] = (y.data, x.grad)
    for number in (-1000.0, 1000.0):
        x = Scalar(number)
        y = x.tanh()
        y.backward()
        seen[f"tanh at {number}"] = (y.data, x.grad)
    x = Scalar(5)
    x.backward()
    seen["a leaf's own backward()"] = (x.data, x.grad)
    zero = Scalar(0.0)
    y = zero**2 + 3 * zero**1
    y.backward()
    seen["x ** 2 + 3 x at 0"] = (y.data, zero.grad)
    return seen


expected = {
    "relu at 0": (0.0, 0.0),
    "relu at a negative number": (0.0, 0.0),
    "relu at a positive number": (2.0, 1.0),
    "tanh at -1000.0": (-1.0, 0.0),
    "tanh at 1000.0": (1.0, 0.0),
    "a leaf's own backward()": (5.0, 1.0),
    "x ** 2 + 3 x at 0": (0.0, 3.0),
}
for name, (value, slope) in observe(special).items():
    assert_close(float(value), expected[name][0], f"the data of {name}", atol=1e-9)
    assert_close(float(slope), expected[name][1], f"the gradient of {name}", atol=1e-9)


def repeated():
    a, b = Scalar(2.0), Scalar(-3.0)
    u = a * b
    first = u * u + a
    second = u.tanh() + b * 4
    records = []
    for L in (first, first, second):
        L.backward()
        records.append((a.grad, b.grad, u.grad))
    c, d = Scalar(1.5), Scalar(0.5)
    inner = c * d
    outer = inner * c
    inner.backward()
    return records, (c.grad, d.grad, outer.grad), [a.data, b.data, u.data, first.data]


records, partial, values = observe(repeated)
a, b = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (2.0, -3.0))
u = a * b
first, second = u * u + a, u.tanh() + b * 4
u_grads = [2 * u.item(), 2 * u.item(), 1 - np.tanh(u.item()) ** 2]
for i, L in enumerate((first, first, second)):
    L.backward(retain_graph=True)
    hint = "Leaves add up; do computed values begin each call at 0?"
    assert_close(records[i][0], a.grad.item(), f"a.grad after {i + 1} calls of backward()", hint, rtol=1e-9)
    assert_close(records[i][1], b.grad.item(), f"b.grad after {i + 1} calls of backward()", hint, rtol=1e-9)
    assert_close(
        records[i][2], u_grads[i], f"a computed value's grad after {i + 1} calls of backward()", hint, rtol=1e-7
    )
assert_close(partial[0], 0.5, "c.grad after (c * d).backward()", rtol=1e-9)
assert_close(partial[1], 1.5, "d.grad after (c * d).backward()", rtol=1e-9)
assert_close(float(partial[2]), 0.0, "the grad of a value that was computed from the one that went backward")
assert values == [2.0, -3.0, -6.0, 38.0], "backward() changed the data of a value."


def a_network():
    rng = np.random.default_rng(69)
    X, y = rng.normal(size=(5, 3)).tolist(), rng.normal(size=5).tolist()
    W1 = [[Scalar(v) for v in row] for row in rng.normal(size=(3, 4)).tolist()]
    b1, w2 = [Scalar(v) for v in rng.normal(size=4)], [Scalar(v) for v in rng.normal(size=4)]
    loss = Scalar(0.0)
    for x, target in zip(X, y, strict=True):
        units = [sum((x[i] * W1[i][j] for i in range(3)), b1[j]) for j in range(4)]
        units = [z.tanh() if j % 2 else z.relu() for j, z in enumerate(units)]
        loss = loss + (sum(h * w for h, w in zip(units, w2, strict=True)) - target) ** 2
    loss.backward()
    return loss.data, [[w.grad for w in row] for row in W1], [w.grad for w in b1], [w.grad for w in w2]


rng = np.random.default_rng(69)
X, y = torch.tensor(rng.normal(size=(5, 3))), torch.tensor(rng.normal(size=5))
leaves = [torch.tensor(rng.normal(size=s), requires_grad=True) for s in ((3, 4), 4, 4)]
Z = X @ leaves[0] + leaves[1]
H = torch.where(torch.arange(4) % 2 == 1, torch.tanh(Z), torch.relu(Z))
loss = ((H @ leaves[2] - y) ** 2).sum()
loss.backward()
value, *gradients = observe(a_network)
assert_close(value, loss.item(), "the loss of a small network of Scalars", rtol=1e-9)
for name, seen, leaf in zip(("W1", "b1", "w2"), gradients, leaves, strict=True):
    assert_close(np.array(seen, dtype=float), leaf.grad, f"the gradient of {name} in a network of Scalars", rtol=1e-8)


def long_and_doubled():
    x = Scalar(1.0)
    y = x
    for i in range(300):
        y = y + 1 if i % 2 else y * 1.0
    y.backward()
    z = Scalar(1.0)
    doubled = z
    for _ in range(22):
        doubled = doubled + doubled
    start = time.process_time()
    doubled.backward()
    return y.data, x.grad, z.grad, time.process_time() - start


value, chained, grad, used = observe(long_and_doubled)
assert_close(value, 151.0, "the data after a chain of 300 operations")
assert_close(chained, 1.0, "the gradient through a chain of 300 operations")
assert_close(grad, 2.0**22, "the gradient of a value that was doubled 22 times")
assert used < 1, f"backward() took {used:.1f} s for 23 values. Is each visited once, or once for every path?"


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The list of what is left to do replaces the recursion of the text. It has the advantage that Python's recursion limit does not bound the depth of the graph. Slopes as plain numbers make
# the engine short, and they are also its limit: a slope does not remember how *it* was computed, so this `Scalar` cannot be differentiated twice. PyTorch can, since its backward pass may itself be recorded.
# Part 5 uses that. A second difference is speed: PyTorch stores one record for a whole matrix product, where `Scalar` stores one for each multiplication.
# %% [markdown]
# # Part 5: differentiate twice
#
# ## The Hessian without the Hessian
#
# The gradient of $f$ says how $f$ changes. The **Hessian** $H$, with entries $H_{ij} = \partial^2 f / \partial x_i \partial x_j$, says how the gradient changes. For a network with a million weights it would have $10^{12}$
# entries. But its product with a vector $v$ costs hardly more than a gradient:
#
# $$(H v)_i = \sum_j \frac{\partial}{\partial x_i}\!\left(\frac{\partial f}{\partial x_j}\right) v_j = \frac{\partial}{\partial x_i} \Big( \sum_j \frac{\partial f}{\partial x_j} v_j \Big) = \frac{\partial}{\partial x_i} \big( \nabla f \cdot v \big) .$$
#
# The number $\nabla f \cdot v$ is a scalar function of $x$. So differentiate once, multiply by $v$, sum, and differentiate again. PyTorch must record the first differentiation for this; `create_graph=True` asks for it.
#
# By hand for $f(x) = x_1^2 x_2$: the gradient is $(2 x_1 x_2,\; x_1^2)$. With $v = (1, 2)$ the scalar is $2 x_1 x_2 + 2 x_1^2$, and its gradient is $(2 x_2 + 4 x_1,\; 2 x_1)$.
# %% [markdown]
# ### Exercise 10: `hessian_vector_product` (1.5 points, ★★☆)
#
# Write it, for an $x$ of any shape; $v$ has the same shape. Leave no trace, as in `gradient`. The result does not record. Differentiate exactly: differences of gradients lose half of the digits. The check of the shapes is given.
#
# <details><summary>Hint</summary>
# Two calls of <code>torch.autograd.grad</code>, the first with <code>create_graph=True</code>.
# </details>
# %% nbgrader={"grade": false, "grade_id": "hessian_vector_product", "locked": false, "schema_version": 3, "solution": true, "task": false}
def hessian_vector_product(f: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Product of the Hessian of a scalar function with a vector.

    Parameters
    ----------
    f : function
        Takes a tensor of x's shape, returns a tensor of shape (); not linear in x.
    x : Tensor of float, any shape
        Where to differentiate.
    v : Tensor of float, the shape and dtype of x

    Returns
    -------
    Tensor, the shape and dtype of x
        It does not record. Nothing else is changed by the call.

    Raises
    ------
    ValueError
        If v does not have the shape of x; the message gives both.
    """
    if v.shape != x.shape:
        raise ValueError(f"x {tuple(x.shape)} and v {tuple(v.shape)} must have the same shape")
    # The gradient, recorded, at the numbers of x without their history.
    ### BEGIN SOLUTION
    inner = x.detach().requires_grad_()
    (slope,) = torch.autograd.grad(f(inner), inner, create_graph=True)
    ### END SOLUTION
    # The gradient of its product with v.
    ### BEGIN SOLUTION
    (product,) = torch.autograd.grad((slope * v).sum(), inner)
    return product
    ### END SOLUTION


# %% [markdown]
# ## How fast may one go?
#
# In PS 1 a learning rate was stable on a quadratic loss if it was below $2 / \lambda_{\max}$, with $\lambda_{\max}$ the largest eigenvalue of the Hessian. The loss of a network is not quadratic, but it is nearly so close to any point.
# So its largest curvature, the **sharpness**, should say which rates are too large.
#
# The largest eigenvalue needs only products. Multiply a random vector by $H$ again and again, and scale it to length 1 each time: the direction of the eigenvalue with the largest absolute value grows fastest. This is the **power iteration**.
# The next cell trains a small tanh network on the flowers with three rates, and measures the sharpness with your function on the way.
# %% tags=["try-it"]
X_curved, Y_curved = torch.tensor(sepals), torch.tensor(petals)


def curved_loss(p):
    """Mean over flowers of the squared error of a network with 8 tanh units; p holds its 32 weights."""
    W1, W2 = p[:16].reshape(2, 8), p[16:].reshape(8, 2)
    return ((torch.tanh(X_curved @ W1) @ W2 - Y_curved) ** 2).sum() / len(X_curved)


def power_iteration(p, v, n_iterations=20):
    """The largest curvature at p and its direction; v is where the search begins."""
    for _ in range(n_iterations):
        v = hessian_vector_product(curved_loss, p, v / v.norm())
    return float(v.norm()), v


generator = torch.Generator().manual_seed(0)
p_start = 0.5 * torch.randn(32, generator=generator, dtype=torch.float64)
fig, axes = plt.subplots(1, 2, figsize=(10, 3.8))
for i, lr in enumerate([0.1, 0.44, 0.8]):
    p, direction, losses, sharp = p_start, torch.ones_like(p_start), [], []
    for step in range(601):
        recorded = p.clone().requires_grad_()
        loss = curved_loss(recorded)
        losses.append(loss.item())
        if losses[-1] > 1e3:
            break
        if step % 30 == 0:
            sharpness, direction = power_iteration(p, direction)
            sharp.append((step, sharpness))
        p = p - lr * torch.autograd.grad(loss, recorded)[0]
    look = {"color": plotting.COLOURS[i], "label": f"lr {lr}"}
    axes[0].plot(losses, linewidth=1.2, **look)
    axes[1].plot(*zip(*sharp, strict=True), marker=plotting.MARKERS[i], markersize=4, **look)
    axes[1].axhline(2 / lr, color=plotting.COLOURS[i], linestyle=":", linewidth=1.2)
    end = "below half of its start" if losses[-1] < losses[0] / 2 else "above 1000" if losses[-1] > 1e3 else "between"
    print(f"lr {lr:4}: 2 / lr = {2 / lr:5.2f}, sharpness at the start {sharp[0][1]:.2f}, ", end="")
    print(f"loss after {len(losses) - 1} steps {end}")
axes[0].set(xlabel="step", ylabel="loss", title="Three learning rates, near the bottom", ylim=(0.3, 0.4))
axes[0].legend()
axes[1].set(xlabel="step", ylabel="sharpness", title="Your curvature; dotted: 2 / lr", ylim=(2, 5.5))
legend = axes[1].legend(fontsize=8)


# %% [markdown]
# The line of the smallest rate lies far above the picture. The largest rate leaves the left picture at once.
# %% nbgrader={"grade": true, "grade_id": "test_hessian_vector_product", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# The example in the text, at x = (3, 5): the answer is (2 * 5 + 4 * 3, 2 * 3).
def by_hand():
    x, v = torch.tensor([3.0, 5.0]), torch.tensor([1.0, 2.0])
    return hessian_vector_product(lambda t: t[0] ** 2 * t[1], x, v), x.requires_grad, x.grad is None


seen, records, without_grad = observe(by_hand)
assert_tensor(seen, "the Hessian of x1^2 x2 times (1, 2)", shape=(2,), dtype=torch.float32)
assert_close(
    seen, np.array([22.0, 6.0]), "H v", "Is v multiplied before the second derivative? Is that exact?", rtol=1e-6
)
assert not records and without_grad, "x.requires_grad or x.grad is not what it was before the call."
# %% nbgrader={"grade": true, "grade_id": "hidden_hessian_vector_product", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Closed forms: a quadratic form, log-sum-exp, a sum of powers on a matrix; tensors with a past; other shapes of v.
from scipy.special import softmax

rng = np.random.default_rng(70)
M = rng.normal(size=(5, 5))
M_tensor = torch.tensor(M)


def of_log_sum_exp(a, v):
    p = softmax(a)
    return p * v - p * (p @ v)


cases = {
    "a quadratic form": (lambda t: t @ M_tensor @ t, (5,), lambda a, v: (M + M.T) @ v),
    "log-sum-exp": (lambda t: torch.logsumexp(t, 0), (4,), of_log_sum_exp),
    "a sum of fourth powers": (lambda t: (t**4).sum(), (2, 3), lambda a, v: 12 * a**2 * v),
    "a squared sum": (lambda t: t.sum() ** 2, (3, 1), lambda a, v: np.full(a.shape, 2 * v.sum())),
    "a sine of one number": (lambda t: torch.sin(t), (), lambda a, v: -np.sin(a) * v),
}
for name, (f, shape, closed_form) in cases.items():
    for kind in ("random", "zero"):
        point = np.asarray(rng.normal(size=shape))
        direction = np.asarray(rng.normal(size=shape) if kind == "random" else np.zeros(shape))

        def probe(f=f, point=point, direction=direction):
            x, v = torch.tensor(point), torch.tensor(direction)
            answers = [hessian_vector_product(f, x, v) for _ in range(2)]
            unchanged = bool((x == torch.tensor(point)).all() and (v == torch.tensor(direction)).all())
            return answers, unchanged, x.requires_grad, x.grad is None, [a.requires_grad for a in answers]

        answers, unchanged, records, without_grad, recording = observe(probe)
        for answer in answers:
            assert_tensor(answer, f"H v for {name}", shape=shape, dtype=torch.float64)
            # Exact differentiation leaves rounding alone; differences of gradients are off by 1e-8 or more.
            assert_close(answer, closed_form(point, direction), f"H v for {name}", rtol=1e-9, atol=1e-11)
        assert unchanged, "x or v was changed in place."
        assert not records and without_grad, "x.requires_grad or x.grad is not what it was before the call."
        assert not any(recording), "The result should not record (requires_grad should be False)."


def with_a_past():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.grad = torch.tensor([7.0, 8.0])
    W = torch.tensor([3.0, 5.0], requires_grad=True)
    answer = hessian_vector_product(lambda t: (W * t**3).sum(), x, torch.tensor([1.0, -1.0]))
    return answer, x.grad, x.requires_grad, W.grad is None


answer, grad, records, W_without = observe(with_a_past)
assert_close(answer, np.array([18.0, -60.0]), "H v at an x that records", rtol=1e-6)
assert grad is not None, "x.grad was removed by the call."
assert_close(grad, np.array([7.0, 8.0]), "x.grad after the call", "It should be what it was before.")
assert records and W_without, "x.requires_grad, or the grad of a tensor that f uses, is not what it was before."
for shape in [(1,), (2, 1), ()]:
    assert_raises(
        ValueError,
        lambda shape=shape: observe(
            lambda: hessian_vector_product(lambda t: (t**2).sum(), torch.ones(2), torch.ones(shape))
        ),
        f"hessian_vector_product with x (2,) and v {shape}",
        mention=str(shape),
    )
### END HIDDEN TESTS
# %% [markdown]
# ### Question 2 (1 point)
#
# Look at the plots of loss and sharpness and at the printed lines. Which rate could you have ruled out before training, and how? How does the sharpness change during training at the smallest rate? What
# happens to the run whose sharpness reaches its dotted line, and why does it not diverge as a quadratic loss would?
# %% [markdown] nbgrader={"grade": true, "grade_id": "discuss_sharpness", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# The rate 0.8 could be ruled out: the sharpness at the start is about 4.4, and $2 / 0.8 = 2.5$ is far below it. The loss grows from the first steps on, and after a few steps it is in the thousands.
# For the other two $2 / \eta$ lies above the starting sharpness. At the smallest rate the sharpness rises slowly during training, while the loss falls: gradient descent moves into a valley that becomes narrower.
# The middle rate begins on the same way, but its line lies within reach. Where the sharpness reaches the line, steps along the steepest direction overshoot and grow, which shows as small bumps of the loss. They throw the weights sideways to
# a place where the valley is wider, the sharpness falls below the line, and the play begins again. So the sharpness stays near the line. A quadratic loss has the same curvature everywhere, so nothing could stop its oscillation from growing.
# %% [markdown]
# ## What you learned
#
# - A tensor is an array with a device and a record. `torch.tensor` copies, `torch.from_numpy` shares.
# - `backward()` adds to `grad`. A training step is: forwards, backwards, step without recording, clear.
# - NumPy, tensors, autograd, `nn` and `optim` compute the same numbers; they differ in what they spare you.
# - Reverse-mode differentiation needs three things: inputs and slopes at each value, a topological order, and addition.
# - A product with the Hessian costs about as much as a gradient or two, and the largest curvature bounds the learning rate.
#
# **Back and forth.** `two_layer_gradients` is PS 5's `relu_regression_gradients` in tensors, and the bound $2 / \lambda_{\max}$ comes from PS 1. PS 7 builds on the four moves: modules, loaders, optimisers and one training loop for all that follows.
# PS 11 looks at devices and at what the bookkeeping costs. In PS 12 you search images by the distances of Exercise 4, and in PS 13 `grad` of inputs shows how far back a recurrent network remembers.
#
# **Read more.** Baydin, Pearlmutter, Radul and Siskind, *Automatic differentiation in machine learning: a survey* (JMLR 18, 2018); Pearlmutter, *Fast exact multiplication by the Hessian* (Neural Computation 6, 1994);
# Cohen et al., *Gradient descent on neural networks typically occurs at the edge of stability* (ICLR 2021), for the sharpness; the PyTorch documentation, *Autograd mechanics*; Karpathy, *micrograd*, a small engine in the spirit of Part 4.
