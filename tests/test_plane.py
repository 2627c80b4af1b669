"""The plots of points and surfaces in the plane: what they draw and what they refuse."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from figure_parts import BINARY, BOWL, POINTS, XS, YS, predict
from matplotlib.colors import to_hex

from helpers import plotting

pytestmark = pytest.mark.filterwarnings("error")

RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _closed_figures():
    yield
    plt.close("all")


def test_scatter_classes_one_colour_and_marker_a_class():
    y = RNG.integers(0, 3, 60)
    ax = plotting.scatter_classes(POINTS, y, class_names=("cat", "dog", "bird"), title="pets")
    assert [len(c.get_offsets()) for c in ax.collections] == np.bincount(y).tolist()
    np.testing.assert_array_equal(ax.collections[1].get_offsets(), POINTS[y == 1])
    assert len({tuple(c.get_facecolor()[0]) for c in ax.collections}) == 3
    assert len({c.get_paths()[0].vertices.tobytes() for c in ax.collections}) == 3
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["cat", "dog", "bird"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$x_1$", "$x_2$")


def test_scatter_classes_keeps_axis_labels_and_the_look_of_a_named_class():
    _, ax = plt.subplots()
    ax.set(xlabel="petal length (cm)", ylabel="petal width (cm)")
    plotting.scatter_classes(POINTS, np.full(60, 2), class_names=("a", "b", "c"), ax=ax)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("petal length (cm)", "petal width (cm)")
    assert to_hex(ax.collections[0].get_facecolor()[0]) == plotting.COLOURS[2]


def test_scatter_classes_without_names_uses_the_labels():
    ax = plotting.scatter_classes(POINTS, np.where(BINARY, 9, 7))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["7", "9"]


@pytest.mark.parametrize(
    ("X", "y", "names", "message"),
    [
        (np.zeros((5, 3)), np.zeros(5), None, r"X .*\(5, 3\)"),
        (np.zeros(4), np.zeros(4), None, r"X .*\(4,\)"),
        (POINTS, BINARY[:-1], None, r"y .*\(60,\).*\(59,\)"),
        (POINTS, BINARY + 0.5, None, "y must hold whole numbers"),
        (POINTS, BINARY, ("only",), r"y .*0\.\.0.*class_names"),
        (POINTS, np.arange(60) % 11, None, "y holds 11 classes"),
        (np.full((2, 2), np.inf), [0, 1], None, "X must be finite"),
    ],
)
def test_scatter_classes_refuses(X, y, names, message):
    with pytest.raises(ValueError, match=message):
        plotting.scatter_classes(X, y, class_names=names)


def test_probability_map_shades_0_to_1_with_the_half_contour():
    seen = []

    def spy(points):
        seen.append(points)
        return predict(points)

    ax = plotting.probability_map(spy, POINTS, BINARY, resolution=25, title="map")
    assert len(seen) == 1 and seen[0].shape == (625, 2) and seen[0].dtype == np.float64
    shown = ax.get_images()[0]
    assert shown.get_clim() == (0, 1)
    grid = seen[0].reshape(25, 25, 2)
    np.testing.assert_allclose(shown.get_array(), predict(seen[0]).reshape(25, 25))
    assert grid[0, 0, 1] < grid[-1, 0, 1], "rows run upwards, as origin is lower"
    assert shown.origin == "lower"
    left, right, bottom, top = shown.get_extent()
    assert left < POINTS[:, 0].min() < POINTS[:, 0].max() < right
    assert bottom < POINTS[:, 1].min() < POINTS[:, 1].max() < top
    contours = [c for c in ax.collections if hasattr(c, "levels")]
    assert [list(c.levels) for c in contours] == [[0.5]]
    np.testing.assert_allclose(contours[0].get_paths()[0].vertices[:, 0], 0, atol=0.01)
    assert sum(len(c.get_offsets()) for c in ax.collections if not hasattr(c, "levels")) == 60


def test_probability_map_that_never_reaches_half_has_no_contour():
    ax = plotting.probability_map(lambda p: np.full(len(p), 0.9), POINTS, BINARY, resolution=10)
    assert not [c for c in ax.collections if hasattr(c, "levels")]


@pytest.mark.parametrize(
    ("function", "y", "resolution", "message"),
    [
        (predict, BINARY + 1, 10, r"y must hold 0 and 1 alone, got \[1, 2\]"),
        (predict, BINARY[:3], 10, r"y .*\(3,\)"),
        (predict, BINARY, 1, "resolution .*1"),
        (lambda p: np.zeros((len(p), 2)), BINARY, 10, r"predict .*\(100,\).*\(100, 2\)"),
        (lambda p: p[:, 0] * 9, BINARY, 10, r"predict .*\[0, 1\]"),
        (lambda p: np.full(len(p), np.nan), BINARY, 10, r"predict .*\[0, 1\]"),
    ],
)
def test_probability_map_refuses(function, y, resolution, message):
    with pytest.raises(ValueError, match=message):
        plotting.probability_map(function, POINTS, y, resolution=resolution)


def test_loss_surface_contours_paths_and_view():
    path = np.array([[2.5, 0.9], [1.0, 0.4], [0.5, 0.0]])
    diverging = np.array([[0.0, 0.0], [1e200, -1e300], [np.nan, 0.0]])
    ax = plotting.loss_surface(BOWL, XS, YS, {"gd": path, "too fast": diverging}, xlabel="w_1", ylabel="w_2", levels=8)
    filled, lines = (c for c in ax.collections if hasattr(c, "levels"))
    assert len(lines.levels) == 10
    assert np.isclose(lines.levels[0], BOWL.min()) and np.isclose(lines.levels[-1], BOWL.max())
    np.testing.assert_array_equal(filled.levels, lines.levels)
    assert (ax.get_xlim(), ax.get_ylim()) == ((-2, 3), (-1, 1))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("w_1", "w_2")
    np.testing.assert_array_equal(ax.get_lines()[0].get_xydata(), path)
    assert len(ax.get_lines()) == 6, "a line, the visited points and the start of each path"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["gd", "too fast"]
    ax.figure.canvas.draw()


def test_loss_surface_draws_a_diverging_path_up_to_the_border():
    path = np.array([[0.0, 0.0], [1e308, 0.0], [-np.inf, 0.0]])
    ax = plotting.loss_surface(BOWL, XS, YS, {"far": path})
    start, right, left = ax.get_lines()[0].get_xydata()
    assert start.tolist() == [0, 0]
    assert XS[-1] < right[0] < 1e6 and -1e6 < left[0] < XS[0], "outside the view, but not so far that nothing is drawn"


def test_loss_surface_takes_levels_and_needs_no_paths():
    ax = plotting.loss_surface(BOWL, XS, YS, levels=[0.2, 1.0, 2.0])
    assert [list(c.levels) for c in ax.collections] == [[0.2, 1.0, 2.0]] * 2
    assert ax.get_legend() is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"losses": BOWL.T}, r"losses .*\(20, 30\).*\(30, 20\)"),
        ({"losses": np.ones_like(BOWL)}, "losses .*equal"),
        ({"losses": np.full_like(BOWL, np.inf)}, "losses must be finite"),
        ({"xs": XS[::-1]}, "xs .*increasing"),
        ({"ys": YS[:, None]}, r"ys .*\(20, 1\)"),
        ({"paths": {"p": np.zeros((3, 3))}}, r"paths\['p'\] .*\(3, 3\)"),
        ({"paths": {str(i): [[0, 0]] for i in range(11)}}, "paths holds 11"),
        ({"levels": 0}, "levels"),
    ],
)
def test_loss_surface_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        plotting.loss_surface(**{"losses": BOWL, "xs": XS, "ys": YS, **arguments})
