"""What a notebook does for the first time, done once before the first fork: late imports take seconds."""

from __future__ import annotations

import io
import sys

import numpy as np
import pandas as pd
import torch
from IPython.core import ultratb
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from torch.utils.data import DataLoader, TensorDataset


def warm_up_training() -> None:
    """Do as `warm_up`, and train a model for a step."""
    _train()
    warm_up()


def warm_up() -> None:
    """Draw a figure, fit a classifier, show a table and an error."""
    _draw()
    pd.DataFrame({"a": [1.5], "b": ["text"]}).to_html()
    X, y = load_digits(return_X_y=True)
    LogisticRegression(max_iter=1).set_params(tol=1e9).fit(X[:50], y[:50])
    np.testing.assert_allclose(1.0, 1.0)
    try:
        raise ValueError("the first traceback takes 0.1 s, later ones 0.01 s")
    except ValueError:
        ultratb.AutoFormattedTB(mode="Context", theme_name="neutral").structured_traceback(*sys.exc_info())


def _draw() -> None:
    figure = Figure()
    axes = figure.subplots()
    axes.plot([1, 2], label="$x$")
    axes.set_title("Title")
    axes.legend()
    FigureCanvasAgg(figure).print_png(io.BytesIO())


def _train() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU())
    optimizer = torch.optim.Adam(model.parameters())
    for batch, target in DataLoader(TensorDataset(torch.ones(4, 3), torch.zeros(4, dtype=torch.int64)), batch_size=2):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(batch), target).backward()
        optimizer.step()
    torch.testing.assert_close(torch.ones(1), torch.ones(1))
