"""The pictures of the class report, as SVG in data addresses: nothing outside the page is needed to see them."""

from __future__ import annotations

import base64
import io
from collections import Counter

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from grading.exercises import Exercise
from grading.gradebook import StudentMarks
from helpers.style import COLOURS

SHARES = {"full": "full marks", "partial": "partial", "none": "no marks", "waiting": "to grade by hand"}
# Lightness, hatching and outline tell the shares apart without colour.
LOOKS = {
    "full": {"color": COLOURS[0]},
    "partial": {"facecolor": "#b5d6ea", "hatch": "////", "edgecolor": COLOURS[0]},
    "none": {"color": COLOURS[1]},
    "waiting": {"facecolor": "white", "edgecolor": "0.4", "linestyle": "--", "linewidth": 0.8},
}
STYLE = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "0.5",
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
    "svg.hashsalt": "report",  # the same page for the same marks
}


def count_shares(students: list[StudentMarks], exercise: str) -> Counter[str]:
    """Count the submissions with full, partial, no and pending marks for an exercise."""
    return Counter(student.marks[exercise].share for student in students)


def distribution(students: list[StudentMarks], autograded_maximum: float, maximum: float) -> str:
    """Draw how many submissions got how many points: those of the tests, and all of them.

    Parameters
    ----------
    students : list of StudentMarks
    autograded_maximum, maximum : float
        The points of the exercises that tests grade, and of all.

    Returns
    -------
    str
        The address of an SVG image.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9.0, 2.7), layout="constrained")
        left, right = figure.subplots(1, 2, sharey=True)
        _histogram(left, [[s.autograded for s in students]], autograded_maximum, [LOOKS["full"]])
        left.set(xlabel="points from the tests", ylabel="submissions", title="Autograded points")
        final = [s.total for s in students if not s.waiting]
        open_ = [s.total for s in students if s.waiting]
        _histogram(right, [final, open_], maximum, [LOOKS["full"], LOOKS["waiting"]])
        right.set(xlabel="all points so far", title="Total points")
        if open_:
            handles = [
                mpl.patches.Patch(**LOOKS[share], label=text)
                for share, text in [
                    ("full", "final"),
                    ("waiting", "at least this: an answer waits to be graded by hand"),
                ]
            ]
            figure.legend(handles=handles, loc="outside lower right", ncols=2)
        return svg_address(figure)


def _histogram(ax: Axes, groups: list[list[float]], maximum: float, looks: list[dict]) -> None:
    top = int(np.ceil(maximum))
    bottom = np.zeros(top + 1)
    for values, look in zip(groups, looks, strict=True):
        # Rounded down, so that only full marks stand in the last bar.
        counts = np.bincount(np.clip(np.floor(values), 0, top).astype(int), minlength=top + 1)
        ax.bar(np.arange(top + 1)[counts > 0], counts[counts > 0], bottom=bottom[counts > 0], width=0.86, **look)
        bottom += counts
    ax.set_xlim(-0.7, top + 0.7)
    ax.xaxis.set_major_locator(mpl.ticker.MultipleLocator(2 if top <= 24 else 5))
    ax.yaxis.set_major_locator(mpl.ticker.MaxNLocator(5, integer=True))


def shares(students: list[StudentMarks], exercises: list[Exercise]) -> str:
    """Draw for each exercise the share of submissions with full, partial, no and pending marks.

    Parameters
    ----------
    students : list of StudentMarks
    exercises : list of Exercise
        The first stands at the top.

    Returns
    -------
    str
        The address of an SVG image.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9.0, 0.8 + 0.3 * len(exercises)), layout="constrained")
        ax = figure.subplots()
        used = set()
        for row, exercise in enumerate(exercises):
            counts = count_shares(students, exercise.name)
            start = 0.0
            for share, look in LOOKS.items():
                width = 100 * counts[share] / len(students)
                if not width:
                    continue
                used.add(share)
                ax.barh(row, width, left=start, height=0.7, **look)
                if width >= 4:
                    ink = {"full": "white"}.get(share, "black")
                    box = None if share in ("full", "none") else {"facecolor": look["facecolor"], "lw": 0, "pad": 0.8}
                    ax.text(start + width / 2, row, counts[share], color=ink, ha="center", va="center", bbox=box)
                start += width
        ax.set_yticks(range(len(exercises)), [exercise.name for exercise in exercises])
        ax.set(xlim=(0, 100), xlabel="% of submissions (numbers: submissions)")
        ax.set_ylim(len(exercises) - 0.5, -0.5)
        ax.tick_params(axis="y", length=0)
        handles = [mpl.patches.Patch(**LOOKS[share], label=SHARES[share]) for share in LOOKS if share in used]
        figure.legend(handles=handles, loc="outside upper right", ncols=len(handles))
        return svg_address(figure)


def svg_address(figure: Figure) -> str:
    """Return a figure as the data address of an SVG image."""
    with io.BytesIO() as file:
        figure.savefig(file, format="svg", metadata={"Date": None})
        return "data:image/svg+xml;base64," + base64.b64encode(file.getvalue()).decode()
