"""What the tests of figures look for: texts, their extents on the page, arrows."""

from matplotlib.patches import FancyArrowPatch


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
