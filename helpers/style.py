"""The one quiet style of the course's figures: colours, markers, defaults, and the parts that all plots share.

Colours come from seaborn's "colorblind" palette, and whatever a colour tells, a marker, a line style or a number
tells too, so that a figure can be read in greyscale print and by colour-blind readers.

Sources: Okabe and Ito, "Color Universal Design" (2008), for such palettes; Cleveland, "The Elements of Graphing
Data" (1994), for marks that survive a photocopier.
"""

from collections.abc import Sequence

import matplotlib.pyplot as plt
from cycler import cycler
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar

COLOURS: list[str] = [
    "#0173b2", "#de8f05", "#029e73", "#d55e00", "#cc78bc", "#ca9161", "#fbafe4", "#949494", "#ece133", "#56b4e9",
]  # fmt: skip
"""Ten colours; number i always goes with marker number i of `MARKERS`."""

MARKERS: tuple[str, ...] = ("o", "^", "s", "D", "v", "P", "X", "<", ">", "*")
"""Ten markers that differ in outline, for readers without colour."""

LINE_STYLES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)), (0, (3, 1, 1, 1)), (0, (8, 3)), (0, (2, 2)), (0, (9, 1)))
"""Ten line styles, in the order of `COLOURS`."""

DIVERGING = "RdBu_r"
"""Name of the colour map for signed numbers: blue below 0, white at 0, red above."""

INK = "0.2"
"""Grey level of text and of lines that carry meaning."""

INPUT_FILL, INNER_FILL, OUTPUT_FILL = "#dcebf6", "#f3f3f3", "#fdebcd"
"""Light tints of shapes in diagrams: what goes in, what lies between, what comes out."""


def use_style() -> None:
    """Set matplotlib's defaults for a notebook; called once, in its setup cell.

    The resolution is modest, so that notebooks stay light, and every new figure is laid out by matplotlib's
    constrained layout. The line cycle changes colour and line style together.
    """
    plt.rcParams.update(
        {
            "figure.dpi": 80,
            "figure.figsize": (6.0, 3.6),
            "figure.constrained_layout.use": True,
            "savefig.dpi": "figure",
            "font.size": 10,
            "axes.titlesize": 11,
            "axes.labelcolor": INK,
            "axes.edgecolor": "0.5",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.prop_cycle": cycler(color=COLOURS) + cycler(linestyle=LINE_STYLES),
            "grid.color": "0.9",
            "legend.frameon": False,
            "lines.linewidth": 1.6,
            "xtick.color": INK,
            "ytick.color": INK,
        }
    )


def axes_or_new(ax: Axes | None, figsize: tuple[float, float] = (6.0, 3.6)) -> Axes:
    """Return `ax`, or the Axes of a new figure of `figsize` inches where `ax` is None."""
    return plt.subplots(figsize=figsize, layout="constrained")[1] if ax is None else ax


def at_most_ten(name: str, count: int, what: str) -> None:
    """Raise a ValueError naming the argument `name` if `count` is more than colours and markers can tell apart."""
    if count > len(COLOURS):
        raise ValueError(f"{name} holds {count} {what}; at most {len(COLOURS)} can be told apart in one plot")


def signed(number: str) -> str:
    """Return a formatted number with a typographical minus, and none before a zero."""
    return number.replace("-", "−" if any(digit in number for digit in "123456789") else "")


def titled(ax: Axes, title: str | None, pad: float | None = None) -> Axes:
    """Write `title` above `ax`, if there is one, `pad` points away, and return `ax`."""
    if title is not None:
        ax.set_title(title, pad=pad, fontsize=11)
    return ax


def legend(ax: Axes, handles: Sequence[Artist], title: str | None = None, inside: bool = True) -> None:
    """Draw a legend of `handles`, if any: `inside` the axes while it is short, else to their right."""
    if handles:
        place = {} if inside and len(handles) <= 4 else {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0)}
        ax.legend(handles=handles, title=title, frameon=bool(not place), framealpha=0.8, edgecolor="none", **place)


def colour_bar(ax: Axes, shown: ScalarMappable, label: str) -> Colorbar:
    """Draw the scale of `shown` beside `ax`, named `label`."""
    bar = ax.figure.colorbar(shown, ax=ax, label=label)
    bar.outline.set_visible(False)
    return bar
