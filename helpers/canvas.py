"""A drawing surface measured in points, on which text has a known size before it is drawn.

Diagrams place boxes around texts and arrows between boxes, so they need the size of a text first. One unit of the
surface is one typographical point (1/72 inch) of a figure drawn at its natural size.
"""

import math

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.textpath import TextPath

from helpers.style import titled

_MARGIN = 5.0
_TITLE_HEIGHT = 22.0
_LINE_HEIGHT = 1.3  # of the font size; matplotlib's own, with room for descenders
_HINTING = 1.03  # glyphs are fitted to the pixels when they are drawn, which may widen a text a little


def text_size(text: str, fontsize: float = 10.0) -> tuple[float, float]:
    """Return width and height of a text in points.

    Parameters
    ----------
    text : str
        May hold mathtext and several lines.
    fontsize : float
        In points.

    Returns
    -------
    (float, float)
        (0, 0) for an empty text.
    """
    if not text:
        return 0.0, 0.0
    sizes = [TextPath((0, 0), line or " ", size=fontsize).get_extents() for line in text.split("\n")]
    height = sum(max(_LINE_HEIGHT * fontsize, box.height + 0.3 * fontsize) for box in sizes)
    return 1.0 + _HINTING * max(float(box.width) for box in sizes), float(height)


def open_canvas(ax: Axes | None, width: float, height: float, title: str | None) -> tuple[Axes, float]:
    """Prepare axes of `width` times `height` points, without frame, the origin at the lower left.

    Parameters
    ----------
    ax : Axes or None
        None makes a figure in which the drawing has its natural size; axes that are given show the drawing as
        large as fits, never enlarged.
    width, height : float
        Size of the drawing in points, without margins.
    title : str or None

    Returns
    -------
    (Axes, float)
        The axes, and the factor, at most 1, for font sizes and line widths.
    """
    width, height = width + 2 * _MARGIN, height + 2 * _MARGIN
    if ax is None:
        title_width = text_size(title, 11)[0] + 2 * _MARGIN if title else 0.0
        # Whole tenths of an inch: a figure's size is text that nbval compares, and fonts differ a little by version.
        natural = max(width, title_width), height + (_TITLE_HEIGHT if title else 0.0)
        inches = tuple(math.ceil(length / 7.2) / 10 for length in natural)
        figure, ax = plt.subplots(figsize=inches, layout="constrained")
        figure.get_layout_engine().set(w_pad=0, h_pad=0.02)
        scale = 1.0
    else:
        room = ax.get_window_extent().transformed(ax.figure.dpi_scale_trans.inverted())
        scale = min(1.0, 72 * room.width / width, 72 * room.height / height)
    ax.set(xlim=(-_MARGIN, width - _MARGIN), ylim=(-_MARGIN, height - _MARGIN), aspect="equal")
    ax.set_axis_off()
    return titled(ax, title), scale
