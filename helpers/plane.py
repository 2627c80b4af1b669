"""Plots of the plane: classes of points, a classifier's probabilities, a loss over two parameters."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from numpy.typing import ArrayLike, NDArray

from helpers.style import COLOURS, LINE_STYLES, MARKERS, at_most_ten, axes_or_new, colour_bar, legend, titled

# Lightness rises with the probability, so that the map reads the same way in greyscale.
_PROBABILITY = LinearSegmentedColormap.from_list("probability", ["#86b5d9", "#d3d9dc", "#fff3d9"])
_SURFACE = LinearSegmentedColormap.from_list("surface", ["#fbfcfd", "#93a3b1"])


def scatter_classes(
    X: ArrayLike,
    y: ArrayLike,
    class_names: Sequence[str] | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw points in the plane, a colour and a marker for each class.

    Parameters
    ----------
    X : array (n, 2)
    y : array (n,) of integers
        Class of each point; at most ten classes.
    class_names : sequence of str, optional
        Class c is called ``class_names[c]``; without it, by its number.
    ax : Axes, optional
    title : str, optional

    Returns
    -------
    Axes
        Its axes are labelled x_1 and x_2 unless they carried a label before.

    Raises
    ------
    ValueError
        For other shapes, labels outside `class_names`, or more than ten classes.
    """
    X, y = _labelled_points(X, y)
    classes = np.unique(y)
    if class_names is not None:
        if classes[0] < 0 or classes[-1] >= len(class_names):
            raise ValueError(f"y must lie in 0..{len(class_names) - 1}, as class_names has {len(class_names)} entries")
        looks = [int(label) for label in classes]
    else:
        looks = list(range(len(classes)))
    at_most_ten("y", max(looks) + 1, "classes")
    ax = axes_or_new(ax, figsize=(5.0, 4.0))
    handles = []
    for label, look in zip(classes, looks, strict=True):
        name = str(label) if class_names is None else str(class_names[look])
        handles.append(_scatter(ax, X[y == label], look, len(X), name))
    ax.set_xlabel(ax.get_xlabel() or "$x_1$")
    ax.set_ylabel(ax.get_ylabel() or "$x_2$")
    legend(ax, handles, title="class", inside=False)
    return titled(ax, title)


def probability_map(
    predict: Callable[[NDArray[np.float64]], ArrayLike],
    X: ArrayLike,
    y: ArrayLike,
    ax: Axes | None = None,
    title: str | None = None,
    resolution: int = 200,
) -> Axes:
    """Shade the plane by a classifier's probability of class 1, with the 0.5 contour and the points over it.

    Parameters
    ----------
    predict : callable
        Maps points (m, 2), float64, to their probabilities of class 1, (m,) in [0, 1].
    X : array (n, 2)
    y : array (n,) of 0 and 1
    ax : Axes, optional
    title : str, optional
    resolution : int
        Points of the grid along each axis; `predict` is called once with resolution ** 2 points.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        For other shapes or labels, a `resolution` below 2, or probabilities of another shape or outside [0, 1].
    """
    X, y = _labelled_points(X, y)
    if not np.isin(y, (0, 1)).all():
        raise ValueError(f"y must hold 0 and 1 alone, got {np.unique(y)[:10].tolist()}")
    if resolution < 2:
        raise ValueError(f"resolution must be at least 2, got {resolution}")
    margin = 0.06 * np.where(np.ptp(X, axis=0) > 0, np.ptp(X, axis=0), 1.0)
    low, high = X.min(axis=0) - margin, X.max(axis=0) + margin
    xs, ys = (np.linspace(low[i], high[i], resolution) for i in (0, 1))
    points = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    p = np.asarray(predict(points), dtype=float)
    if p.shape != (len(points),):
        raise ValueError(f"predict must return shape ({len(points)},) for points {points.shape}, got {p.shape}")
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"predict must return probabilities in [0, 1], got {p.min():.3g} to {p.max():.3g}")
    p = p.reshape(resolution, resolution)
    ax = axes_or_new(ax, figsize=(5.4, 4.0))
    shown = ax.imshow(
        p, extent=(low[0], high[0], low[1], high[1]), origin="lower", aspect="auto", cmap=_PROBABILITY, vmin=0, vmax=1
    )
    ax.grid(False)
    handles = []
    if p.min() < 0.5 < p.max():
        ax.contour(xs, ys, p, levels=[0.5], colors="black", linewidths=1.6)
        handles = [Line2D([], [], color="black", linewidth=1.6, label="probability 0.5")]
    for label in np.unique(y):
        handles.append(_scatter(ax, X[y == label], int(label), len(X), f"class {label}"))
    ax.set_xlabel(ax.get_xlabel() or "$x_1$")
    ax.set_ylabel(ax.get_ylabel() or "$x_2$")
    colour_bar(ax, shown, "probability of class 1")
    ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, fontsize=9)
    return titled(ax, title, pad=24)


def loss_surface(
    losses: ArrayLike,
    xs: ArrayLike,
    ys: ArrayLike,
    paths: Mapping[str, ArrayLike] | None = None,
    ax: Axes | None = None,
    title: str | None = None,
    xlabel: str = "w",
    ylabel: str = "b",
    levels: int | Sequence[float] = 14,
) -> Axes:
    """Draw the contours of a loss over two parameters, with the paths that descents took over it.

    Parameters
    ----------
    losses : array (len(ys), len(xs))
        ``losses[i, j]`` is the loss at ``(xs[j], ys[i])``, as from ``np.meshgrid(xs, ys)``.
    xs, ys : array (n_x,) and (n_y,), increasing, at least two entries each
    paths : {label: array (k, 2)}, optional
        Parameters (x, y) in the order in which they were visited; a ring marks the first, the label's own marker
        the others. The view stays on the grid, so that a diverging path leaves it.
    ax : Axes, optional
    title : str, optional
    xlabel, ylabel : str
        Names of the two parameters.
    levels : int or increasing sequence of float
        How many contours, spaced so that those of a quadratic bowl lie evenly, or the losses to draw them at.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        For other shapes, axes that don't increase, losses that aren't finite or all equal, more than ten paths.
    """
    losses, xs, ys = (np.asarray(values, dtype=float) for values in (losses, xs, ys))
    for name, values in (("xs", xs), ("ys", ys)):
        if values.ndim != 1 or len(values) < 2 or not (np.diff(values) > 0).all():
            raise ValueError(f"{name} must be an increasing array of at least two numbers, got shape {values.shape}")
    if losses.shape != (len(ys), len(xs)):
        raise ValueError(f"losses must have shape (len(ys), len(xs)) = {(len(ys), len(xs))}, got {losses.shape}")
    low, high = losses.min(), losses.max()
    if not np.isfinite([low, high]).all() or low == high:
        raise ValueError(f"losses must be finite and not all equal, got {low} to {high}")
    if isinstance(levels, int):
        if levels < 1:
            raise ValueError(f"levels must be at least 1, got {levels}")
        levels = low + (high - low) * np.linspace(0, 1, levels + 2) ** 2
    routes = {label: np.asarray(path, dtype=float) for label, path in (paths or {}).items()}
    at_most_ten("paths", len(routes), "paths")
    for label, path in routes.items():
        if path.ndim != 2 or path.shape[1] != 2 or len(path) == 0:
            raise ValueError(f"paths[{label!r}] must have shape (k, 2), got {path.shape}")
    ax = axes_or_new(ax, figsize=(5.6, 4.0))
    shown = ax.contourf(xs, ys, losses, levels=levels, cmap=_SURFACE, norm=BoundaryNorm(levels, _SURFACE.N))
    ax.contour(xs, ys, losses, levels=levels, colors="0.5", linewidths=0.6)
    outline = [withStroke(linewidth=3.2, foreground="white")]
    for i, path in enumerate(routes.values()):
        # Far outside the view the exact place can't be seen, but would overflow on the canvas.
        span = np.array([np.ptp(xs), np.ptp(ys)])
        path = np.clip(path, [xs[0], ys[0]] - 1e3 * span, [xs[-1], ys[-1]] + 1e3 * span)
        every = max(1, len(path) // 20)
        ax.plot(*path.T, color=COLOURS[i], linestyle=LINE_STYLES[i], linewidth=1.5, path_effects=outline)
        marks = {"color": COLOURS[i], "marker": MARKERS[i], "markersize": 4.5, "markeredgecolor": "white"}
        ax.plot(*path[1:].T, linestyle="none", markevery=every, markeredgewidth=0.5, zorder=3, **marks)
        ax.plot(*path[0], marker="o", markersize=8, color=COLOURS[i], markerfacecolor="white", zorder=4)
    ax.set(xlim=(xs[0], xs[-1]), ylim=(ys[0], ys[-1]), xlabel=xlabel, ylabel=ylabel)
    bar = colour_bar(ax, shown, "loss")
    bar.minorticks_off()
    bar.set_ticks(np.asarray(levels)[:: max(1, len(levels) // 6)])
    bar.ax.yaxis.set_major_formatter("{x:.2g}")
    handles = [
        Line2D([], [], color=COLOURS[i], linestyle=LINE_STYLES[i], marker=MARKERS[i], markersize=5, label=label)
        for i, label in enumerate(routes)
    ]
    if handles:
        ax.legend(handles=handles, framealpha=0.85, edgecolor="none", frameon=True)
    return titled(ax, title)


def _labelled_points(X: ArrayLike, y: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return checked points (n, 2) and integer labels (n,)."""
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if X.ndim != 2 or X.shape[1] != 2 or len(X) == 0:
        raise ValueError(f"X must have shape (n, 2), got {X.shape}")
    if not np.isfinite(X).all():
        raise ValueError(f"X must be finite, got {np.count_nonzero(~np.isfinite(X))} entries that aren't")
    if y.shape != (len(X),):
        raise ValueError(f"y must have shape ({len(X)},) for X of shape {X.shape}, got {y.shape}")
    if not np.array_equal(y, y.astype(np.int64)):
        raise ValueError("y must hold whole numbers, one class label for each point")
    return X, y.astype(np.int64)


def _scatter(ax: Axes, points: NDArray[np.float64], look: int, n_all: int, label: str) -> Line2D:
    """Draw the points of one class, smaller where there are many in all; return the class's legend entry."""
    mark = {"color": COLOURS[look], "marker": MARKERS[look]}
    ax.scatter(
        *points.T, s=float(np.clip(8000 / n_all, 14, 34)), edgecolors="0.15", linewidths=0.35, label=label, **mark
    )
    return Line2D(
        [], [], linestyle="none", markersize=6, markeredgecolor="0.15", markeredgewidth=0.35, label=label, **mark
    )
