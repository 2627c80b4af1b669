"""What a notebook does for the first time, done once before the first fork: late imports take seconds."""

from __future__ import annotations

import io
import sys

import numpy as np
import pandas as pd
from IPython.core import ultratb
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


def show() -> None:
    """Show a table, and an error."""
    pd.DataFrame({"a": [1.5], "b": ["text"]}).to_html()
    np.testing.assert_allclose(1.0, 1.0)
    try:
        raise ValueError("the first traceback takes 0.1 s, later ones 0.01 s")
    except ValueError:
        ultratb.AutoFormattedTB(mode="Context", theme_name="neutral").structured_traceback(*sys.exc_info())


def draw() -> None:
    """Draw a figure."""
    figure = Figure()
    axes = figure.subplots()
    axes.plot([1, 2], label="$x$")
    axes.set_title("Title")
    axes.legend()
    FigureCanvasAgg(figure).print_png(io.BytesIO())


def tabulate() -> None:
    """Draw a table in colours."""
    from helpers.plotting import confusion_heatmap

    confusion_heatmap(np.eye(2), ["a", "b"], ax=Figure().subplots())


def classify() -> None:
    """Fit a classifier."""
    from sklearn.linear_model import LogisticRegression

    LogisticRegression().fit([[0.0], [1.0]], [0, 1])


def train() -> None:
    """Train a model for a step."""
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU())
    optimizer = torch.optim.Adam(model.parameters())
    for batch, target in DataLoader(TensorDataset(torch.ones(4, 3), torch.zeros(4, dtype=torch.int64)), batch_size=2):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(batch), target).backward()
        optimizer.step()
    torch.testing.assert_close(torch.ones(1), torch.ones(1))
