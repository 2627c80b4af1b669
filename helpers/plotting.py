"""The plots that every lesson draws with.

Each function draws on the Axes it is given (or on a new figure), returns what it drew on, never calls
``plt.show`` and leaves matplotlib's settings alone; only `use_style` changes them. A bad argument is a ValueError
that names it and the shape it has.
"""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike, NDArray

from helpers.curves import learning_curves
from helpers.plane import loss_surface, probability_map, scatter_classes
from helpers.style import COLOURS, DIVERGING, INK, MARKERS, axes_or_new, signed, titled, use_style

__all__ = [
    "COLOURS",
    "MARKERS",
    "bars_with_errors",
    "confusion_heatmap",
    "image_grid",
    "learning_curves",
    "loss_surface",
    "probability_map",
    "scatter_classes",
    "use_style",
]


def image_grid(
    images: ArrayLike,
    titles: Sequence[object] | None = None,
    columns: int | None = None,
    cmap: str = "gray_r",
    symmetric: bool = False,
    title: str | None = None,
    row_names: Sequence[object] | None = None,
) -> Axes:
    """Show images side by side on one shared scale.

    Parameters
    ----------
    images : array (n, h, w), (n, h * w) with h = w, or (n, h, w, 3)
        Colour images are uint8 or floats in [0, 1].
    titles : n texts or numbers, optional
        Written above each image.
    columns : int, optional
        Images in a row; at most 10 unless given.
    cmap : str
        Colour map of grey images; "gray_r" shows large numbers dark, as ink on paper.
    symmetric : bool
        Signed numbers, such as weights: a diverging map centred on 0, with a colour bar.
    title : str, optional
        Written above the whole figure.
    row_names : a text or number for each row, optional
        Written at the left of each row.

    Returns
    -------
    Axes
        One for all images, which makes it quick; ``ax.images`` holds them in order.

    Raises
    ------
    ValueError
        For images of another shape, without an entry or not finite, or titles or names of another number.
    """
    pictures = _pictures(images)
    n, height, width = pictures.shape[:3]
    coloured = pictures.ndim == 4
    if titles is not None and len(titles) != n:
        raise ValueError(f"titles must have one entry for each of the {n} images, got {len(titles)}")
    if columns is not None and columns < 1:
        raise ValueError(f"columns must be at least 1, got {columns}")
    if symmetric and coloured:
        raise ValueError(f"symmetric needs images of shape (n, h, w), got {pictures.shape}")
    columns = min(n, columns or 10)
    rows = -(-n // columns)
    if row_names is not None and len(row_names) != rows:
        raise ValueError(f"row_names must have one entry for each of the {rows} rows, got {len(row_names)}")
    if symmetric:
        limit = float(np.abs(pictures).max()) or 1.0
        scale = {"cmap": DIVERGING, "vmin": -limit, "vmax": limit}
    else:
        scale = {} if coloured else {"cmap": cmap, "vmin": pictures.min(), "vmax": pictures.max()}
    # Everything is placed in inches: an image's size, and what lies between two images.
    inch = min((min(1.1, 9.0 / columns) if columns > 4 else 1.5) / width, 2.2 / height)
    w, h = inch * width, inch * height
    gap, lines = 0.06, 0 if titles is None else 1 + max(str(text).count("\n") for text in titles)
    above = gap + 0.16 * lines
    wide, high = columns * (w + gap), rows * (h + above) + gap
    left, right, top = 0.4 * (row_names is not None), 0.8 * symmetric, 0.3 * (title is not None)
    size = np.array([left + wide + right, top + high])
    figure = plt.figure(figsize=size, layout="none")
    ax = figure.add_axes((left / size[0], 0, wide / size[0], high / size[1]))
    ax.axis("off")
    for i, picture in enumerate(pictures):
        x, y = (i % columns) * (w + gap) + gap / 2, (i // columns) * (h + above) + above
        shown = ax.imshow(picture, extent=(x, x + w, y + h, y), aspect="auto", interpolation="nearest", **scale)
        ax.add_patch(Rectangle((x, y), w, h, fill=False, edgecolor="0.8", linewidth=0.6))
        if titles is not None:
            ax.text(x + w / 2, y - 0.03, str(titles[i]), fontsize=8, ha="center", va="bottom")
        if row_names is not None and i % columns == 0:
            text = str(row_names[i // columns])
            ax.text(x - 0.06, y + h / 2, text, fontsize=8, rotation=90, ha="right", va="center", linespacing=1)
    ax.set(xlim=(0, wide), ylim=(high, 0))
    if symmetric:
        place = ((left + wide + 0.1) / size[0], gap / size[1], 0.12 / size[0], (high - gap - above) / size[1])
        bar = figure.colorbar(shown, cax=figure.add_axes(place))
        bar.outline.set_visible(False)
        bar.ax.tick_params(labelsize=8)
    return titled(ax, title)


def confusion_heatmap(
    cm: ArrayLike,
    class_names: Sequence[str] | None = None,
    ax: Axes | None = None,
    title: str | None = None,
    normalise: bool = False,
) -> Axes:
    """Draw a confusion matrix so that the mistakes stand out.

    The cells off the diagonal are coloured by their count; the diagonal, which would drown them, is written on
    plain grey.

    Parameters
    ----------
    cm : array (k, k), not negative
        Row: true class; column: predicted class.
    class_names : k texts, optional
        0..k-1 unless given.
    ax : Axes, optional
    title : str, optional
    normalise : bool
        Show each row as per cent of its true class instead of counts; a row without samples stays 0.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        For a matrix that isn't square, has negative entries or another number of names.
    """
    cm = np.asarray(cm)
    if cm.ndim != 2 or cm.shape[0] != cm.shape[1] or cm.size == 0:
        raise ValueError(f"cm must have shape (k, k), got {cm.shape}")
    if not np.isfinite(cm).all() or (cm < 0).any():
        raise ValueError("cm must hold counts that are finite and not negative")
    k = len(cm)
    if class_names is not None and len(class_names) != k:
        raise ValueError(f"class_names must have {k} entries for cm of shape {cm.shape}, got {len(class_names)}")
    shown = 100 * cm / np.maximum(cm.sum(axis=1, keepdims=True), 1) if normalise else cm
    texts = np.array([[f"{value:.1f}" if normalise else f"{value:g}" for value in row] for row in shown])
    names = [str(name) for name in (range(k) if class_names is None else class_names)]
    diagonal = np.eye(k, dtype=bool)
    side = float(np.clip(0.5 * k, 2.6, 6.0))
    ax = axes_or_new(ax, figsize=(side + 1.2, side))
    common = {
        "annot": texts,
        "fmt": "",
        "ax": ax,
        "square": True,
        "linewidths": 0.8,
        "xticklabels": names,
        "yticklabels": names,
        "annot_kws": {"fontsize": 10 if k <= 5 else 8},
    }
    top = max(float(np.where(diagonal, 0, shown).max()), 1.0 if not normalise else 0.1)
    label = "mistakes (% of the true class)" if normalise else "mistakes (count)"
    import seaborn as sns  # it loads scipy.stats: a second at the start of every notebook, for this plot alone

    sns.heatmap(shown, mask=diagonal, cmap="Oranges", vmin=0, vmax=top, cbar_kws={"label": label}, **common)
    sns.heatmap(shown, mask=~diagonal, cmap=ListedColormap(["0.9"]), cbar=False, **common)
    for text in ax.texts:
        column, row = (int(position) for position in text.get_position())
        dark = row != column and shown[row, column] > 0.6 * top
        text.set_color("white" if dark else "0.65" if shown[row, column] == 0 else "black")
    ax.set(xlabel="predicted class", ylabel="true class")
    ax.tick_params(length=0)
    ax.tick_params(axis="y", rotation=0)
    return titled(ax, title)


def bars_with_errors(
    labels: pd.DataFrame | Sequence[object],
    values: str | ArrayLike,
    errors: str | ArrayLike | None = None,
    ax: Axes | None = None,
    title: str | None = None,
    xlabel: str | None = None,
    fmt: str | None = None,
) -> Axes:
    """Compare values by horizontal bars from 0, with error bars and the numbers written beside them.

    Parameters
    ----------
    labels : DataFrame, or n texts
        Names of the bars, from top to bottom; of a table, its index.
    values : column of the table, or array (n,)
        Finite numbers.
    errors : column of the table, array (n,), or array (2, n), optional
        Length of the error bar to either side, such as a standard error; two rows for below and above. Say in
        `xlabel` or `title` what it is.
    ax : Axes, optional
    title : str, optional
    xlabel : str, optional
        What the values are, with their unit; the column's name unless given.
    fmt : str, optional
        Format of the numbers, such as "{:.1f}"; unless given, two significant digits of the largest error and as
        many decimals of the values, or three significant digits without errors.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        For another number of labels or errors, an unknown column, values that aren't finite, negative errors.
    """
    if isinstance(labels, pd.DataFrame):
        table = labels
        for name, column in (("values", values), ("errors", errors)):
            if column is not None and (not isinstance(column, str) or column not in table):
                raise ValueError(f"{name} must name a column of the table, one of {list(table)}, got {column!r}")
        xlabel = values.replace("_", " ") if xlabel is None else xlabel
        labels, values = list(table.index), table[values]
        errors = None if errors is None else table[errors]
    names = [str(label) for label in labels]
    values = np.asarray(values, dtype=float)
    if values.shape != (len(names),) or len(names) == 0:
        raise ValueError(f"values must have shape ({len(names)},), one for each label, got {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError(f"values must be finite, got {values.tolist()}")
    n = len(values)
    spread = np.zeros((2, n)) if errors is None else np.asarray(errors, dtype=float)
    if spread.shape not in ((n,), (2, n)):
        raise ValueError(f"errors must have shape ({n},) or (2, {n}), got {spread.shape}")
    if not (spread >= 0).all() or not np.isfinite(spread).all():
        raise ValueError("errors must be finite and not negative, as they are lengths")
    spread = np.broadcast_to(spread, (2, n))
    ax = axes_or_new(ax, figsize=(6.0, 0.9 + 0.36 * n))
    rows = np.arange(n)
    ax.barh(rows, values, height=0.55, color=COLOURS[0], alpha=0.55)
    if errors is not None:
        ax.errorbar(values, rows, xerr=spread, fmt="none", ecolor=INK, elinewidth=1.4, capsize=3.5)
    for row, value, below, above in zip(rows, values, *spread, strict=True):
        form = fmt or (_decimals(abs(value), 3) if errors is None else _decimals(spread.max(), 2))
        half = f" ± {form.format(above)}" if errors is not None and below == above else ""
        number = signed(form.format(value)) + half
        ax.text(1.02, row, number, transform=ax.get_yaxis_transform(), va="center", fontsize=9, color=INK)
    low, high = min(0.0, (values - spread[0]).min()), max(0.0, (values + spread[1]).max())
    margin = 0.03 * ((high - low) or 1.0)
    ax.set_xlim(low - margin if low < 0 else 0.0, high + margin)
    if low < 0:
        ax.axvline(0, color=INK, linewidth=0.8)
    ax.set_yticks(rows, names)
    ax.set_ylim(n - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "right", "left"]].set_visible(False)
    if xlabel:
        ax.set_xlabel(xlabel)
    return titled(ax, title)


def _decimals(number: float, digits: int) -> str:
    """Return the format that shows so many significant digits of a number that isn't negative, and the unit's."""
    return f"{{:.{int(np.clip(digits - 1 - np.floor(np.log10(number)), 0, 8)) if number > 0 else 0}f}}"


def _pictures(images: ArrayLike) -> NDArray:
    """Return images as (n, h, w) or (n, h, w, 3), checked."""
    pictures = np.asarray(images)
    shape = pictures.shape
    if pictures.ndim == 2 and shape[1] == round(shape[1] ** 0.5) ** 2:
        side = round(shape[1] ** 0.5)
        pictures = pictures.reshape(-1, side, side)
    if pictures.size == 0 or not (pictures.ndim == 3 or (pictures.ndim == 4 and shape[3] == 3)):
        raise ValueError(f"images must have shape (n, h, w), (n, h * w) with h = w, or (n, h, w, 3), got {shape}")
    if pictures.dtype == bool:
        pictures = pictures.astype(np.uint8)
    if not np.isfinite(pictures).all():
        raise ValueError(f"images must be finite; of shape {shape}, {np.sum(~np.isfinite(pictures))} entries aren't")
    coloured = pictures.ndim == 4
    if coloured and pictures.dtype != np.uint8 and (pictures.min() < 0 or pictures.max() > 1):
        raise ValueError(f"images in colour must be uint8 or lie in [0, 1], got {pictures.dtype} outside it")
    return pictures
