"""Figures that explain: networks, computation graphs, small matrices and the shapes of arrays in a pipeline.

All are drawn from scratch with matplotlib, at their natural size unless they are given Axes, with texts measured
first so that nothing overlaps. Every text may hold mathtext. A bad argument is a ValueError that names it.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle
from matplotlib.path import Path
from numpy.typing import ArrayLike

from helpers.canvas import open_canvas, text_size
from helpers.graph_layout import LINE_GAP, Edge, Route, lay_out
from helpers.network_diagram import network
from helpers.style import COLOURS, DIVERGING, INK, INNER_FILL, INPUT_FILL, axes_or_new, signed, titled

__all__ = ["annotated_matrix", "computation_graph", "network", "shape_flow"]

_FORWARD, _BACKWARD = COLOURS[0], COLOURS[3]
Shape = tuple[int | str, ...]


def computation_graph(
    nodes: Mapping[str, tuple[float, float, str]],
    edges: Sequence[tuple[str, str, str | None, str | None]],
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw a computation graph: boxes and arrows from left to right, gradients on dashed arrows back.

    Parameters
    ----------
    nodes : {name: (column, row, text)}
        Columns count to the right, rows downwards; fractions are allowed. A node that no edge enters is tinted
        as an input.
    edges : list of (from, to, forward_label, backward_label)
        From a column to a later one, or within a column to another row. The forward label (a value or formula)
        stands above the arrow; a backward label (a gradient), where there is one, below it, beside a dashed arrow
        that runs back. An empty text or None is no label. ``\\dfrac`` keeps fractions large.
    ax : Axes, optional
    title : str, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        For a node that isn't such a triple, two nodes in one place, or an edge that isn't such a tuple, names
        no node or runs to an earlier column.
    """
    checked = _checked_edges(nodes, edges)
    texts = {name: str(node[2]) for name, node in nodes.items()}
    sizes = {}
    for name, text in texts.items():
        width, height = text_size(text)
        busy = max(sum(edge[0] == name for edge in checked), sum(edge[1] == name for edge in checked))
        sizes[name] = max(width + 14, 30.0), max(height + 12, 14.0 * busy + 4)
    plan = [Edge(source, target, text_size(up, 9), text_size(down, 9)) for source, target, up, down in checked]
    boxes, routes = lay_out(sizes, {name: (node[0], node[1]) for name, node in nodes.items()}, plan)

    both = any(down for *_, down in checked)
    solid = [box.bounds() for box in [*boxes.values(), *(label for route in routes for label in route.labels())]]
    drawn = np.concatenate(solid + [route.line().reshape(-1, 2) for route in routes])
    low, high = drawn.min(axis=0), drawn.max(axis=0)
    foot = 24.0 if both else 0.0
    width = max(high[0] - low[0], 230.0 if both else 0.0)
    ax, scale = open_canvas(ax, width, high[1] - low[1] + foot, title)
    origin = low - [(width - (high[0] - low[0])) / 2, foot]
    entered = {target for _, target, _, _ in checked}
    for name, box in boxes.items():
        centre = np.array([box.x, box.y]) - origin
        corner = centre - [box.width / 2, box.height / 2]
        look = {"facecolor": INNER_FILL if name in entered else INPUT_FILL, "edgecolor": INK, "linewidth": scale}
        style = "round,pad=0,rounding_size=5"
        ax.add_patch(FancyBboxPatch(corner, box.width, box.height, boxstyle=style, zorder=2, **look))
        ax.text(*centre, texts[name], ha="center", va="center", fontsize=10 * scale, zorder=3)
    for route, (_, _, up, down) in zip(routes, checked, strict=True):
        _edge(ax, route, up, down, origin, scale)
    if both:
        handles = [
            Line2D([], [], color=_FORWARD, linestyle="-", label="forward: values"),
            Line2D([], [], color=_BACKWARD, linestyle="--", label="backward: gradients"),
        ]
        ax.legend(handles=handles, loc="lower center", ncols=2, frameon=False, fontsize=8.5 * scale, borderaxespad=0)
    return ax


def annotated_matrix(
    M: ArrayLike,
    row_labels: Sequence[object] | None = None,
    col_labels: Sequence[object] | None = None,
    ax: Axes | None = None,
    title: str | None = None,
    fmt: str = "{:.2f}",
    symmetric: bool = True,
) -> Axes:
    """Draw a small matrix as coloured cells with their numbers.

    Parameters
    ----------
    M : array (r, c), finite
    row_labels, col_labels : r and c texts or numbers, optional
        Written to the left and above.
    ax : Axes, optional
    title : str, optional
    fmt : str
        Format of the numbers, such as "{:.0f}".
    symmetric : bool
        A diverging map centred on 0, for signed numbers; otherwise light to dark from the least to the largest.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        For another number of dimensions, entries that aren't finite, or labels of the wrong number.
    """
    M = np.asarray(M, dtype=float)
    if M.ndim != 2 or M.size == 0:
        raise ValueError(f"M must have shape (r, c), got {M.shape}")
    if not np.isfinite(M).all():
        raise ValueError(f"M must be finite; of shape {M.shape}, {np.sum(~np.isfinite(M))} entries aren't")
    for name, texts, size in (("row_labels", row_labels, M.shape[0]), ("col_labels", col_labels, M.shape[1])):
        if texts is not None and len(texts) != size:
            raise ValueError(f"{name} must have {size} entries for M of shape {M.shape}, got {len(texts)}")
    numbers = np.array([[signed(fmt.format(value)) for value in row] for row in M])
    cell = max(0.42, max(text_size(text, 9)[0] for text in numbers.ravel()) / 72 + 0.14)
    ax = axes_or_new(ax, figsize=(cell * M.shape[1] + 0.9, 0.42 * M.shape[0] + 0.75))
    limit = 1.25 * float(np.abs(M).max()) or 1.0  # short of the map's darkest ends, where numbers are hard to read
    scale = {"cmap": DIVERGING, "vmin": -limit, "vmax": limit} if symmetric else {"cmap": "Blues"}
    import seaborn as sns  # it loads scipy.stats: a second at the start of every notebook, for this plot alone

    sns.heatmap(
        M,
        annot=numbers,
        fmt="",
        annot_kws={"fontsize": 9},
        cbar=False,
        linewidths=0.7,
        linecolor="0.75",
        xticklabels=[str(label) for label in col_labels] if col_labels is not None else False,
        yticklabels=[str(label) for label in row_labels] if row_labels is not None else False,
        ax=ax,
        **scale,
    )
    ax.tick_params(length=0, labeltop=col_labels is not None, labelbottom=False)
    ax.tick_params(axis="both", rotation=0)
    return titled(ax, title)


def shape_flow(
    steps: Sequence[tuple[str, Shape] | str],
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw a pipeline of arrays as boxes sized by their shapes, with the operations on the arrows between.

    Parameters
    ----------
    steps : list of (name, shape) and of texts
        An array is (name, shape), its shape a tuple of int and of names such as "n"; a text between two arrays is
        the operation that leads from one to the other, for example
        ``[("X", ("n", 784)), "@ W (784, 10)", ("scores", ("n", 10)), "softmax", ("probabilities", ("n", 10))]``.
        Of three or more axes the last two are drawn as height and width, the one before as a stack of sheets.
    ax : Axes, optional
    title : str, optional

    Returns
    -------
    Axes
        A long pipeline goes on in further rows.

    Raises
    ------
    ValueError
        For fewer than two arrays, an operation that doesn't stand between two arrays, or a shape with entries
        other than positive int and str.
    """
    arrays, operations = _checked_steps(steps)
    widths = [max(_drawn(shape)[0], *(text_size(t)[0] for t in (name, _shape_text(shape)))) for name, shape in arrays]
    arrows = [max(34.0, text_size(text, 9)[0] + 14) for text in operations]
    rows: list[list[int]] = [[0]]
    used = widths[0]
    for i in range(1, len(arrays)):
        used += arrows[i - 1] + widths[i] + 12
        if used > 640:
            rows.append([])
            used = arrows[i - 1] + widths[i] + 12
        rows[-1].append(i)
    tall = [
        max([_drawn(arrays[i][1])[1] for i in row] + [2 * text_size(operations[i - 1], 9)[1] for i in row if i])
        for row in rows
    ]
    lengths = [sum(widths[i] + (arrows[i - 1] + 12 if i else 0) for i in row) for row in rows]
    ax, scale = open_canvas(ax, max(lengths), sum(tall) + 44 * len(rows) - 8, title)
    top = sum(tall) + 44.0 * len(rows) - 8
    for row, height in zip(rows, tall, strict=True):
        x, middle = 0.0, top - 18 - height / 2
        for i in row:
            if i:
                tip = x + arrows[i - 1] + 6
                ax.add_patch(_arrow([(x + 6, middle), (tip, middle)], INK, "-", scale))
                where = (x + 6 + tip) / 2, middle + 3
                ax.text(*where, operations[i - 1], ha="center", va="bottom", fontsize=9 * scale, color=_FORWARD)
                x = tip + 6
            _array(ax, *arrays[i], x + widths[i] / 2, middle, scale)
            x += widths[i]
        top -= height + 44
    return ax


def _checked_edges(
    nodes: Mapping[str, tuple[float, float, str]], edges: Sequence[tuple[str, str, str | None, str | None]]
) -> list[tuple[str, str, str, str]]:
    """Return the edges of a graph with "" for absent labels, after checking nodes and edges."""
    if not nodes:
        raise ValueError("nodes must hold at least one node, got none")
    taken: dict[tuple[float, float], str] = {}
    for name, node in nodes.items():
        if len(node) != 3:
            raise ValueError(f"nodes[{name!r}] must be (column, row, text), got {node!r}")
        other = taken.setdefault((node[0], node[1]), name)
        if other != name:
            raise ValueError(f"nodes {other!r} and {name!r} share column {node[0]}, row {node[1]}")
    checked = []
    for edge in edges:
        if len(edge) != 4:
            raise ValueError(f"edges must hold (from, to, forward_label, backward_label), got {edge!r}")
        source, target, up, down = edge
        for name in (source, target):
            if name not in nodes:
                raise ValueError(f"edges name {name!r}, which is none of the nodes {list(nodes)}")
        if source == target or nodes[source][0] > nodes[target][0]:
            raise ValueError(f"edges must lead to a later column or another row, but {source!r} -> {target!r} doesn't")
        checked.append((source, target, str(up or ""), str(down or "")))
    return checked


def _edge(ax: Axes, route: Route, up: str, down: str, origin: ArrayLike, scale: float) -> None:
    """Draw one edge: the arrow forwards, the dashed one back where there is a gradient, and the labels."""
    ahead = route.shifted(LINE_GAP if down else 0.0) - origin
    ax.add_patch(_arrow(ahead, _FORWARD, "-", scale))
    if down:
        ax.add_patch(_arrow((route.shifted(-LINE_GAP) - origin)[::-1], _BACKWARD, "--", scale))
    for box, text, colour in ((route.forward, up, _FORWARD), (route.backward, down, _BACKWARD)):
        if box is not None:
            place = np.array([box.x, box.y]) - origin
            ax.text(*place, text, ha="center", va="center", fontsize=9 * scale, color=colour, zorder=4)


def _arrow(points: ArrayLike, colour: str, style: str, scale: float) -> FancyArrowPatch:
    """Return an arrow along a segment (2, 2) or a quadratic Bézier curve (3, 2)."""
    points = np.asarray(points)
    path = Path(points, [Path.MOVETO] + [Path.LINETO if len(points) == 2 else Path.CURVE3] * (len(points) - 1))
    return FancyArrowPatch(
        path=path, arrowstyle="-|>", mutation_scale=9 * scale, color=colour, linestyle=style, linewidth=1.1 * scale
    )


def _checked_steps(steps: Sequence[tuple[str, Shape] | str]) -> tuple[list[tuple[str, Shape]], list[str]]:
    """Return the arrays of a pipeline and the operation, or "", before each array but the first."""
    arrays: list[tuple[str, Shape]] = []
    operations: list[str] = []
    waiting: str | None = None
    for step in steps:
        if isinstance(step, str):
            if waiting is not None or not arrays:
                raise ValueError(f"steps must have an array before the operation {step!r}")
            waiting = step
            continue
        if len(step) != 2 or not isinstance(step[0], str) or not isinstance(step[1], tuple):
            raise ValueError(f"steps must hold texts and (name, shape tuple), got {step!r}")
        if not all(isinstance(d, str) or (isinstance(d, int | np.integer) and d > 0) for d in step[1]):
            raise ValueError(f"steps gives {step[0]!r} the shape {step[1]}; entries are positive int or names")
        if arrays:
            operations.append(waiting or "")
        arrays.append(step)
        waiting = None
    if len(arrays) < 2 or waiting is not None:
        raise ValueError(f"steps must begin and end with an array and hold at least two, got {len(arrays)}")
    return arrays, operations


def _length(entry: int | str) -> float:
    """Return the drawn length of an axis: it grows with the logarithm; a named axis has a middling one."""
    return 54.0 if isinstance(entry, str) else float(min(8 + 8.5 * np.log2(1 + entry), 96.0))


def _sheets(shape: Shape) -> int:
    """Return how many sheets stand for the third axis from the end."""
    return 1 if len(shape) < 3 else 3 if isinstance(shape[-3], str) else int(min(shape[-3], 4))


def _drawn(shape: Shape) -> tuple[float, float]:
    """Return width and height of the box or stack that stands for an array."""
    height, width = (_length(entry) for entry in ((1, 1) + (*shape, 1) if len(shape) < 2 else shape)[-2:])
    lift = 4.0 * (_sheets(shape) - 1)
    return width + lift, height + lift


def _shape_text(shape: Shape) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _array(ax: Axes, name: str, shape: Shape, x: float, y: float, scale: float) -> None:
    """Draw an array centred at (x, y), its name above and its shape below."""
    width, height = _drawn(shape)
    sheets = _sheets(shape)
    lift = 4.0 * (sheets - 1)
    for k in reversed(range(sheets)):
        corner = (x - width / 2 + 4.0 * k, y - height / 2 + 4.0 * k)
        look = {"facecolor": INPUT_FILL, "edgecolor": INK, "linewidth": scale}
        ax.add_patch(Rectangle(corner, width - lift, height - lift, zorder=2, **look))
    ax.text(x, y + height / 2 + 4, name, ha="center", va="bottom", fontsize=10 * scale)
    ax.text(x, y - height / 2 - 4, _shape_text(shape), ha="center", va="top", fontsize=9 * scale, color=INK)
