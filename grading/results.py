"""``python -m grading results``: train on the full data and print the published figures beside ours.

Every figure comes from the course's own reference solutions, read from the notebooks in ``source/``. A row is one
function; a row that misses its target is printed as missed.
"""

from __future__ import annotations

import os
import sys
import time
import types
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from unittest import mock

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

from grading.errors import CourseError
from grading.pipeline import lessons
from grading.plan import plan
from helpers import data

SEEDS = (0, 1, 2)
PIXELS = 784


@dataclass(frozen=True)
class Figure:
    """One published figure and ours.

    Attributes
    ----------
    task, quantity : str
        What was learned, and what was measured.
    published : float
    ours : tuple of float
        One value a seed.
    best, worst : float
        The mean of ours, rounded as the published figure is, must lie between these two.
    form : str
        How the numbers are written.
    digits : int
        The decimals of the published figure.
    """

    task: str
    quantity: str
    published: float
    ours: tuple[float, ...]
    best: float
    worst: float
    form: str = "{:.2%}"
    digits: int = 4

    @property
    def mean(self) -> float:
        return float(np.mean(self.ours))

    @property
    def met(self) -> bool:
        return min(self.best, self.worst) <= round(self.mean, self.digits) <= max(self.best, self.worst)

    def cells(self) -> list[str]:
        """Return the row of the table."""
        spread = self.form.format(np.std(self.ours, ddof=1)) if len(self.ours) > 1 else "-"
        wanted = " to ".join(self.form.format(edge) for edge in sorted((self.best, self.worst)))
        return [
            self.task,
            self.quantity,
            self.form.format(self.published),
            self.form.format(self.mean),
            spread,
            str(len(self.ours)),
            wanted,
            "yes" if self.met else "MISSED",
        ]


@cache
def reference(name: str) -> types.ModuleType:
    """Return a module with the names that a lesson's setup cells and reference solutions define."""
    lesson = next((found for found in lessons() if found.name.startswith(name)), None)
    if lesson is None:
        raise CourseError(f"the course has no lesson {name}", "see course/ for the lessons there are")
    module = types.ModuleType(lesson.name)
    # Classes and data loaders look their module up by its name.
    sys.modules[lesson.name] = module
    for cell in plan(lesson).cells:
        if cell.kind in ("setup", "solution"):
            exec(compile(cell.source, f"{lesson.name}:{cell.name}", "exec"), module.__dict__)
    return module


@cache
def digits() -> data.Dataset:
    """Return the sample of 6,000 + 1,000 digits, uint8 (n, 28, 28)."""
    with mock.patch.dict(os.environ, COURSE_DATA="sample"):
        return data.load("mnist")


@cache
def seven_or_nine() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return (X_train (n, 784), y_train, X_test, y_test): sevens and nines of a random split, seed 0."""
    ps02 = reference("ps02")
    full = data.load("mnist")
    X = np.concatenate([full.X_train, full.X_test]).reshape(-1, PIXELS)
    y = np.concatenate([full.y_train, full.y_test])
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=10_000, random_state=0)
    X_train, y_train = ps02.binary_problem(X_train, y_train)
    X_test, y_test = ps02.binary_problem(X_test, y_test)
    return (*_swap(*ps02.scale_pixels(X_train, X_test), y_train, y_test),)


def _swap(X_train, X_test, y_train, y_test):
    return X_train, y_train, X_test, y_test


def on_two_components(
    task: str, search: Callable[..., object], error: float, nll: float, edges: tuple[float, float, float, float]
) -> list[Figure]:
    """Fit on the first two principal components; return the test part's error and negative log-likelihood.

    Parameters
    ----------
    task : str
    search : callable
        Takes X (n, 2) and y (n,), returns a fitted classifier.
    error, nll : float
        The published figures.
    edges : tuple of float
        Best and worst error, best and worst likelihood that count as met.
    """
    ps02 = reference("ps02")
    X_train, y_train, X_test, y_test = seven_or_nine()
    P_train, P_test = ps02.project_2d(X_train, X_test)
    found = search(P_train, y_train)
    best_error, worst_error, best_nll, worst_nll = edges
    told = f"7 vs 9, two components, {task}"
    ours = ps02.error_rate(found, P_test, y_test), ps02.negative_log_likelihood(found, P_test, y_test)
    return [
        Figure(told, "error", error, ours[:1], best_error, worst_error),
        Figure(told, "NLL", nll, ours[1:], best_nll, worst_nll, "{:.1f}", 1),
    ]


def logistic_regression() -> list[Figure]:
    """Two components, logistic regression: within 0.3 points and 1 %."""

    def search(X: np.ndarray, y: np.ndarray) -> object:
        return reference("ps02").search_logistic(X, y, [0.01, 0.1, 1.0, 10.0])

    edges = 0.2631, 0.2691, 0.99 * 1054.1, 1.01 * 1054.1
    return on_two_components("logistic regression", search, 0.2661, 1054.1, edges)


def polynomial_logistic_regression() -> list[Figure]:
    """Two components, polynomials of degree 2, 4 and 6."""

    def search(X: np.ndarray, y: np.ndarray) -> object:
        return reference("ps02").search_polynomial_logistic(X, y, [2, 4, 6], [1.0])

    return on_two_components("polynomial logistic regression", search, 0.2563, 983.3, (0.0, 0.2563, 0.0, 983.3))


def small_mlp() -> list[Figure]:
    """Two components, one hidden layer of 20."""

    def search(X: np.ndarray, y: np.ndarray) -> object:
        return reference("ps02").search_mlp(X, y, [1e-4, 1e-2])

    return on_two_components("MLP of 20", search, 0.2636, 1009.4, (0.0, 0.2636, 0.0, 1009.4))


def all_pixels() -> list[Figure]:
    """All 784 pixels: logistic regression, its C found by cross-validation, and five nearest neighbours."""
    ps02 = reference("ps02")
    X_train, y_train, X_test, y_test = seven_or_nine()
    fitted = {
        "logistic regression": (ps02.search_logistic(X_train, y_train, [0.01, 0.03, 0.1]), 0.0482),
        "nearest neighbours": (KNeighborsClassifier(5).fit(X_train, y_train), 0.0103),
    }
    return [
        Figure(f"7 vs 9, all pixels, {name}", "error", error, (ps02.error_rate(clf, X_test, y_test),), 0.0, error)
        for name, (clf, error) in fitted.items()
    ]


def mlp_of_100() -> list[Figure]:
    """6,000 + 1,000 digits, one hidden layer of 100: momentum, weight decay and a cosine schedule."""
    ps07, sample = reference("ps07"), digits()
    X_train, X_test = (X.reshape(-1, PIXELS).astype(np.float32) / 255 for X in (sample.X_train, sample.X_test))
    loss_fn, n_epochs = torch.nn.functional.cross_entropy, 20
    accuracies = []
    for seed in SEEDS:
        torch.manual_seed(seed)
        model = ps07.make_mlp([PIXELS, 100, 10])
        train, test = ps07.make_loaders(X_train, sample.y_train, X_test, sample.y_test, 32, seed)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-3)
        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, n_epochs)
        ps07.fit(model, train, test, loss_fn, optimizer, n_epochs, scheduler)
        accuracies.append(ps07.evaluate(model, test, loss_fn)[1])
    return [Figure("6,000 + 1,000 digits, MLP of 100", "test accuracy", 0.944, tuple(accuracies), 1.0, 0.944)]


def convolutional_network() -> list[Figure]:
    """6,000 + 1,000 digits, the reference of ps10's `train_cnn`."""
    ps10, sample = reference("ps10"), digits()
    images = ps10.zero_center(*(X[:, None].astype(np.float32) / 255 for X in (sample.X_train, sample.X_test)))
    X_train, X_test = (torch.tensor(X, dtype=torch.float32) for X in images)
    y_train, y_test = torch.from_numpy(sample.y_train), torch.from_numpy(sample.y_test)
    accuracies = []
    for seed in SEEDS:
        model = ps10.train_cnn(X_train, y_train, seed).eval()
        with torch.no_grad():
            accuracies.append(float((model(X_test).argmax(dim=1) == y_test).float().mean()))
    return [Figure("6,000 + 1,000 digits, convolutional", "test accuracy", 0.924, tuple(accuracies), 1.0, 0.975)]


def autoencoder() -> list[Figure]:
    """An autoencoder with 50 codes that learns from 6,000 digits: its error on 1,000 others."""
    ps12, sample = reference("ps12"), digits()
    X_train, X_test = (
        torch.from_numpy(X.reshape(-1, PIXELS).astype(np.float32) / 255) for X in (sample.X_train, sample.X_test)
    )
    errors = []
    for seed in SEEDS:
        torch.manual_seed(seed)
        model = ps12.AutoEncoder(PIXELS, 50)
        ps12.train_autoencoder(model, X_train, n_epochs=40, lr=1e-3, batch_size=32, seed=seed)
        errors.append(float(ps12.reconstruction_errors(model, X_test).mean()))
    task = "6,000 digits, autoencoder with 50 codes"
    return [Figure(task, "squared error", 0.0166, tuple(errors), 0.0, 0.010, "{:.4f}")]


ROWS: tuple[Callable[[], list[Figure]], ...] = (
    logistic_regression,
    polynomial_logistic_regression,
    small_mlp,
    all_pixels,
    mlp_of_100,
    convolutional_network,
    autoencoder,
)


def require_full_data() -> None:
    """Raise CourseError unless the full 70,000 digits are at hand."""
    if data.load("mnist").origin == "sample":
        raise CourseError(
            "results trains on all 70,000 digits, and only the sample is here",
            "set COURSE_DATA to a folder that holds MNIST/raw, or call helpers.data.download('mnist')",
        )


def main(argv: list[str]) -> int:
    """Print the table; the exit status is 1 if a row misses its target."""
    if argv:
        raise CourseError(f"results takes no arguments; it got {' '.join(argv)}", "call it without")
    require_full_data()
    console = Console(highlight=False, width=150)
    figures = []
    for row in ROWS:
        start = time.monotonic()
        figures += row()
        console.print(f"  {row.__name__}: {time.monotonic() - start:.0f} s")
    console.print(table_of(figures))
    missed = sum(not figure.met for figure in figures)
    console.print(f"{len(figures) - missed} of {len(figures)} targets met.")
    return 1 if missed else 0


def table_of(figures: list[Figure]) -> Table:
    """Return the table of published figures and ours."""
    table = Table(title="Published figures and ours")
    for heading in ("task", "measured", "published", "ours", "spread", "seeds", "wanted", "met"):
        table.add_column(heading)
    for figure in figures:
        table.add_row(*figure.cells())
    return table
