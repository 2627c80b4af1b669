"""What the tests of figures draw, and what they look for: texts, their extents on the page, arrows."""

import numpy as np
from matplotlib.patches import FancyArrowPatch

POINTS = np.random.default_rng(0).normal(size=(60, 2))
BINARY = (POINTS[:, 0] + 0.3 * POINTS[:, 1] > 0).astype(int)
XS, YS = np.linspace(-2, 3, 30), np.linspace(-1, 1, 20)
BOWL = (XS - 0.5) ** 2 + 3 * YS[:, None] ** 2 + 0.1


def predict(points):
    return 1 / (1 + np.exp(-points[:, 0]))


def extents(ax, artists):
    ax.figure.canvas.draw()
    return [artist.get_window_extent() for artist in artists]


def texts_of(ax):
    shown = [text for text in [*ax.texts, ax.title] if text.get_text()]
    return shown + (list(ax.get_legend().get_texts()) if ax.get_legend() else [])


def area_shared(a, b):
    width = min(a.x1, b.x1) - max(a.x0, b.x0)
    height = min(a.y1, b.y1) - max(a.y0, b.y0)
    return max(width, 0) * max(height, 0)


def arrows(ax):
    return [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
