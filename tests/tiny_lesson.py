"""A lesson of two exercises and its answer book, small enough to try the engine, the mutants and the messages on."""

from __future__ import annotations

import json
from pathlib import Path

from grading.pipeline import Lesson


def header(name: str, points: float | None = None) -> str:
    """Header line of a solution cell, or of a graded cell where it has points."""
    graded = points is not None
    meta = {"grade": graded, "grade_id": name, "locked": graded, "solution": not graded, "task": False}
    meta |= {"schema_version": 3} | ({"points": points} if graded else {})
    return f"# %% nbgrader={json.dumps(meta)}"


LESSON = f'''# %% [markdown]
# # Tiny
# %% tags=["setup"]
import numpy as np

POINTS = np.array([1.0, 2.0, 6.0])
# %%
print("an untagged cell")
# %% [markdown]
# ### Exercise 1: `centre`
{header("centre")}
def centre(x):
    """Take the mean off."""
    ### BEGIN SOLUTION
    if len(x) == 0:
        raise ValueError("x is empty")
    return x - x.mean()
    ### END SOLUTION
# %% tags=["try-it"]
print(centre(POINTS))
{header("test_centre", 1)}
seen = centre(POINTS)
assert isinstance(seen, np.ndarray), f"centre returned a {{type(seen).__name__}}."
assert abs(seen.sum()) < 1e-9, f"The centred values add up to {{seen.sum():g}}, not to 0. Which mean was taken off?"
{header("hidden_centre", 2)}
### BEGIN HIDDEN TESTS
x = np.array([[0.0, 4.0], [2.0, 2.0]])
assert np.allclose(centre(x), [[-2.0, 2.0], [0.0, 0.0]])
assert np.array_equal(x, [[0.0, 4.0], [2.0, 2.0]])
try:
    centre(np.array([]))
except ValueError:
    pass
else:
    raise AssertionError("centre of nothing should raise ValueError")
### END HIDDEN TESTS
# %% tags=["setup"]
WEIGHTS = np.array([0.5, 0.25, 0.25])
# %% [markdown]
# ### Exercise 2: `spread`
{header("spread")}
def spread(x, weights):
    ### BEGIN SOLUTION
    deviations = centre(x)
    total = 0.0
    i = 0
    while i < len(x):
        total += weights[i] * deviations[i] ** 2
        i += 1
    return total
    ### END SOLUTION
{header("test_spread", 1)}
from helpers.checks import observe

def stand_in(x):
    return x - x.sum() / x.size

seen = observe(lambda: float(spread(POINTS, WEIGHTS)), using={{"centre": stand_in}})
assert abs(seen - 4.5) < 1e-9, f"spread gives {{seen:g}} instead of 4.5. Is each square multiplied by its weight?"
{header("hidden_spread", 4)}
### BEGIN HIDDEN TESTS
right = 0
for size in (1, 5):
    a = np.arange(size) ** 2.0
    seen = observe(lambda: float(spread(a, np.ones(size))), using={{"centre": stand_in}})
    right += bool(abs(seen - a.var() * size) < 1e-9)
2 * right
### END HIDDEN TESTS
'''

BOOK = """# Answers to the tiny lesson.

# %% wrong centre.median: the median instead of the mean
def centre(x):
    if len(x) == 0:
        raise ValueError("x is empty")
    return x - np.median(x)

# %% wrong centre.columns: each column by itself
def centre(x):
    if len(x) == 0:
        raise ValueError("x is empty")
    return x - x.mean(axis=0)

# %% wrong centre.in_place: writes into its argument
def centre(x):
    if len(x) == 0:
        raise ValueError("x is empty")
    x -= x.mean()
    return x

# %% right centre.sum: through the sum
def centre(x):
    if x.size == 0:
        raise ValueError("there is nothing in x")
    return x - x.sum() / x.size

# %% wrong spread.endless: the counter never moves
def spread(x, weights):
    i = 0
    while i < len(x):
        total = weights[i]
    return total

# %% wrong spread.dying: ends the process
def spread(x, weights):
    import os
    os._exit(3)

# %% wrong spread.one: right for a single value only
def spread(x, weights):
    return weights[0] * centre(x)[0] ** 2

# %% right spread.product: a scalar product
def spread(x, weights):
    return weights @ centre(x) ** 2
"""


def write(root: Path, lesson: str = LESSON, book: str = BOOK) -> Lesson:
    """Write a course with this one lesson and its book into `root`."""
    made = Lesson("ps98_tiny", root)
    made.text.parent.mkdir(parents=True, exist_ok=True)
    made.text.write_text(lesson)
    answers = root / "tests" / "answers" / "ps98.py"
    answers.parent.mkdir(parents=True, exist_ok=True)
    answers.write_text(book)
    return made
