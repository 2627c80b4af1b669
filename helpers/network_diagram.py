"""Diagrams of fully connected networks."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyBboxPatch

from helpers.canvas import open_canvas, text_size
from helpers.style import INK, INNER_FILL, INPUT_FILL, OUTPUT_FILL

_RADIUS, _PITCH = 11.0, 30.0
_CURVES = {
    "relu": lambda t: np.maximum(t, 0) - 0.5,
    "tanh": lambda t: 0.8 * np.tanh(3 * t),
    "logistic": lambda t: 1.6 / (1 + np.exp(-6 * t)) - 0.8,
}


def network(
    layer_sizes: Sequence[int],
    labels: Sequence[str | None] | None = None,
    weight_labels: Sequence[str | None] | None = None,
    biases: bool = False,
    activations: Sequence[str | None] | None = None,
    max_units: int = 6,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw a fully connected network: layers of units from left to right, a line for each weight.

    Parameters
    ----------
    layer_sizes : sequence of int
        Units of each layer, the inputs first; written beneath the layer with the shape of its array, (n, size).
    labels : a text or None for each layer, optional
        Written above it, such as "$x$" or "$z = xW + b$".
    weight_labels : a text or None for each gap between layers, optional
        Written on the lines, such as "$W$, (784, 10)".
    biases : bool
        Draw a unit marked 1 under each layer but the last, with dashed lines for the biases.
    activations : a text or None for each layer after the inputs, optional
        Written beneath it; "relu", "tanh" and "logistic" are also sketched in the units, and "softmax", which
        needs all of a layer's scores, puts a frame around the layer.
    max_units : int
        A larger layer is drawn with this many units and three dots between them.
    ax : Axes, optional
    title : str, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        For fewer than two layers, a layer without units, `max_units` below 2, or texts of the wrong number.
    """
    sizes = [int(size) for size in layer_sizes]
    count = len(sizes)
    if count < 2 or min(sizes) < 1:
        raise ValueError(f"layer_sizes must hold at least two positive sizes, got {sizes}")
    if max_units < 2:
        raise ValueError(f"max_units must be at least 2, got {max_units}")
    above = _texts("labels", labels, count, "layer")
    on_lines = _texts("weight_labels", weight_labels, count - 1, "gap between layers")
    beneath = ["", *_texts("activations", activations, count - 1, "layer after the inputs")]

    shapes = [f"(n, {size})" for size in sizes]
    half = [max(text_size(t, 10)[0] for t in texts) / 2 for texts in zip(above, shapes, beneath, strict=True)]
    half = [max(width, _RADIUS) for width in half]
    x = [half[0]]
    for i in range(1, count):
        lines = max(96.0, text_size(on_lines[i - 1])[0] + 30) + 2 * _RADIUS
        x.append(x[-1] + max(lines, half[i - 1] + half[i] + 12))
    slots = [min(size, max_units) + (size > max_units) for size in sizes]
    foot = 42.0 if any(beneath) else 30.0
    bottom = foot + (_PITCH if biases else 0.0)
    tall = _PITCH * (max(slots) - 1) + 2 * _RADIUS
    head = max(text_size(text)[1] for text in above)
    ax, scale = open_canvas(ax, x[-1] + half[-1], bottom + tall + head + (10 if head else 0), title)

    layers = [_unit_heights(size, max_units, bottom + tall / 2) for size in sizes]
    bias_height = bottom - _PITCH + _RADIUS - 4
    for i in range(count - 1):
        for y, style in [(y, "-") for y in layers[i]] + ([(bias_height, "--")] if biases else []):
            for target in layers[i + 1]:
                ax.plot(
                    [x[i], x[i + 1]], [y, target], style, color="0.6", linewidth=0.7 * scale, zorder=1, marker="none"
                )
        if on_lines[i]:
            place = (x[i] + x[i + 1]) / 2, bottom + tall / 2
            box = {"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": "none", "alpha": 0.92}
            ax.text(*place, on_lines[i], ha="center", va="center", fontsize=10 * scale, bbox=box, zorder=4)
    for i, heights in enumerate(layers):
        fill = INPUT_FILL if i == 0 else OUTPUT_FILL if i == count - 1 else INNER_FILL
        for y in heights:
            _unit(ax, x[i], y, fill, scale, beneath[i])
        if biases and i < count - 1:
            _unit(ax, x[i], bias_height, "white", scale, radius=8.0, edge="0.45")
            ax.text(x[i], bias_height, "1", ha="center", va="center", fontsize=8 * scale, color=INK, zorder=4)
        if sizes[i] > max_units:
            middle = (heights[(max_units + 1) // 2 - 1] + heights[(max_units + 1) // 2]) / 2
            ax.plot([x[i]] * 3, middle + np.array([-7, 0, 7]), "o", color=INK, markersize=2.6 * scale, zorder=3)
        if beneath[i] == "softmax":
            low, room = min(heights) - _RADIUS - 4, max(heights) - min(heights) + 2 * _RADIUS + 8
            frame = {"boxstyle": "round,pad=0,rounding_size=8", "facecolor": "none", "edgecolor": INK}
            ax.add_patch(
                FancyBboxPatch((x[i] - _RADIUS - 4, low), 2 * _RADIUS + 8, room, linestyle="--", zorder=3, **frame)
            )
        for text, y, colour in ((str(sizes[i]), foot - 6, "black"), (shapes[i], foot - 18, INK), (beneath[i], 12, INK)):
            ax.text(x[i], y, text, ha="center", va="top", fontsize=(10 if y == foot - 6 else 9) * scale, color=colour)
        ax.text(x[i], bottom + tall + 8, above[i], ha="center", va="bottom", fontsize=10 * scale)
    return ax


def _texts(name: str, texts: Sequence[str | None] | None, count: int, what: str) -> list[str]:
    """Return `count` texts, "" for None, after checking their number."""
    if texts is None:
        return [""] * count
    if isinstance(texts, str) or len(texts) != count:
        raise ValueError(f"{name} must hold {count} texts or None, one for each {what}, got {texts!r}")
    return [text or "" for text in texts]


def _unit_heights(size: int, max_units: int, middle: float) -> list[float]:
    """Return the heights at which a layer's units are drawn, top to bottom, with a slot left for the dots."""
    drawn = min(size, max_units)
    slots = np.arange(drawn + (size > max_units), dtype=float)
    heights = middle + ((len(slots) - 1) / 2 - slots) * _PITCH
    return np.delete(heights, (max_units + 1) // 2).tolist() if size > max_units else heights.tolist()


def _unit(
    ax: Axes,
    x: float,
    y: float,
    fill: str,
    scale: float,
    activation: str = "",
    radius: float = _RADIUS,
    edge: str = INK,
) -> None:
    """Draw one unit, with a sketch of its activation where there is one."""
    ax.add_patch(Circle((x, y), radius, facecolor=fill, edgecolor=edge, linewidth=scale, zorder=2))
    if activation in _CURVES:
        t = np.linspace(-1, 1, 41)
        size = 0.6 * radius
        ax.plot(x + size * t, y + size * _CURVES[activation](t), "-", color=INK, linewidth=1.1 * scale, zorder=3)
