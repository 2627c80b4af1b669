"""Learning curves: one quantity of one or several training histories against time."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from helpers.style import COLOURS, INK, MARKERS, at_most_ten, axes_or_new, legend, titled

_PARTS = {"train": ("training", "-"), "val": ("validation", "--"), "test": ("test", ":")}
_QUANTITIES = {
    "accuracy": "accuracy (fraction)",
    "error_rate": "error rate (fraction)",
    "lr": "learning rate",
}
_COUNTED_FROM = {"epoch": 1, "step": 0, "update": 0}


def learning_curves(
    histories: Mapping[str, Sequence[float]] | Mapping[str, Mapping[str, Sequence[float]]],
    metrics: Sequence[str] = ("train_loss", "val_loss"),
    ax: Axes | None = None,
    title: str | None = None,
    x: str = "epoch",
) -> Axes:
    """Draw one quantity, such as the loss, against training time.

    Parameters
    ----------
    histories : history, or {label: history}
        A history is a dict of equal-length lists, one entry an epoch. Several get a colour and a marker each.
    metrics : keys of the histories
        One quantity, such as "train_loss" and "val_loss": solid for training, dashed for validation. A history
        without one of them goes without that line.
    ax : Axes, optional
    title : str, optional
    x : str
        "epoch" counts the entries from 1 (measured after the epoch's updates), "step" and "update" from 0
        (measured before the update); another name is a key of the histories, such as "seconds".

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        For a metric that no history has, two quantities in one plot, lists of different lengths, an unknown `x`.
    """
    named = _named_histories(histories)
    quantity = _quantity(metrics)
    for metric in metrics:
        if not any(metric in history for history in named.values()):
            known = sorted({key for history in named.values() for key in history})
            raise ValueError(f"metrics names {metric!r}, which no history has; they have {known}")
    several = len(named) > 1
    ax = axes_or_new(ax)
    for i, (label, history) in enumerate(named.items()):
        for j, metric in enumerate(metric for metric in metrics if metric in history):
            values = np.asarray(history[metric], dtype=float)
            positions = _positions(history, x, values, label, metric)
            part, style = _part(metric)
            look = i if several else j
            every = max(1, len(values) // 8)
            ax.plot(
                positions,
                values,
                color=COLOURS[look],
                linestyle=style,
                marker=MARKERS[look],
                markersize=4.5,
                markevery=(look * every // max(len(named), len(metrics)), every),
                label=f"{label}, {part}".strip(", ") if several else part or metric,
            )
    part = _part(metrics[0])[0] if len(metrics) == 1 else ""
    ax.set_ylabel(f"{part} {quantity}".strip())
    ax.set_xlabel("time (s)" if x == "seconds" else x)
    if x in _COUNTED_FROM:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    ax.grid(axis="y", color="0.9")
    ax.set_axisbelow(True)
    legend(ax, _history_handles(named, metrics) if several else ax.get_lines() if len(metrics) > 1 else [])
    return titled(ax, title)


def _named_histories(histories: Mapping) -> dict[str, Mapping[str, Sequence[float]]]:
    """Return {label: history} for one history or for several."""
    if not isinstance(histories, Mapping) or not histories:
        raise ValueError(f"histories must be a history or a dict of histories, got {type(histories).__name__}")
    nested = [isinstance(value, Mapping) for value in histories.values()]
    if any(nested) and not all(nested):
        raise ValueError("histories mixes histories with lists: give one history or {label: history}")
    at_most_ten("histories", len(nested) if all(nested) else 1, "histories")
    return {str(label): history for label, history in histories.items()} if all(nested) else {"": histories}


def _part(metric: str) -> tuple[str, str]:
    """Return which part of the data a metric was measured on, in words, and its line style."""
    return _PARTS.get(metric.partition("_")[0], ("", "-"))


def _quantity(metrics: Sequence[str]) -> str:
    """Return the axis label for the one quantity that all metrics measure."""
    if isinstance(metrics, str) or len(metrics) == 0:
        raise ValueError(f"metrics must be a sequence of keys such as ('train_loss',), got {metrics!r}")
    found = {metric.partition("_")[2] if metric.partition("_")[0] in _PARTS else metric for metric in metrics}
    if len(found) > 1:
        raise ValueError(f"metrics must measure one quantity, got {sorted(found)}: draw each on axes of its own")
    quantity = found.pop()
    return _QUANTITIES.get(quantity, quantity.replace("_", " "))


def _positions(history: Mapping, x: str, values: NDArray, label: str, metric: str) -> NDArray:
    """Return where the entries of one line stand along the horizontal axis."""
    where = f"histories[{label!r}]" if label else "histories"
    if values.ndim != 1 or len(values) == 0:
        raise ValueError(f"{where}[{metric!r}] must be a list of numbers, got shape {values.shape}")
    if x in history:
        positions = np.asarray(history[x], dtype=float)
    elif x in _COUNTED_FROM:
        positions = _COUNTED_FROM[x] + np.arange(len(values))
    else:
        raise ValueError(f"x must be one of {list(_COUNTED_FROM)} or a key of {where}, got {x!r}")
    if positions.shape != values.shape:
        raise ValueError(f"{where}[{metric!r}] has shape {values.shape}, but its {x!r} has shape {positions.shape}")
    return positions


def _history_handles(named: Mapping, metrics: Sequence[str]) -> list[Line2D]:
    """Return legend entries for several histories: one a label, and one a line style where there are several."""
    shared = _part(metrics[0])[1] if len(metrics) == 1 else "-"
    handles = [
        Line2D([], [], color=COLOURS[i], marker=MARKERS[i], markersize=4.5, linestyle=shared, label=label)
        for i, label in enumerate(named)
    ]
    if len(metrics) > 1:
        for metric in metrics:
            name, style = _part(metric)
            handles.append(Line2D([], [], color=INK, linestyle=style, label=name or metric))
    return handles
