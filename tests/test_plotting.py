"""The plots of helpers.plotting: what they draw, what they refuse, and that they leave matplotlib's settings alone."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import seaborn
from figure_parts import BINARY, BOWL, POINTS, XS, YS, predict
from matplotlib.colors import to_hex

from helpers import plotting

pytestmark = pytest.mark.filterwarnings("error")

RNG = np.random.default_rng(0)


def history(n: int = 12, rate: float = 0.3) -> dict[str, list[float]]:
    fall = np.exp(-rate * np.arange(n))
    return {
        "train_loss": list(0.1 + fall),
        "val_loss": list(0.2 + fall),
        "train_accuracy": list(1 - 0.5 * fall),
        "seconds": list(0.1 * np.arange(1, n + 1)),
    }


DRAW = {
    "image_grid": lambda: plotting.image_grid(RNG.random((5, 8, 6)), titles=range(5), title="images"),
    "weights": lambda: plotting.image_grid(RNG.normal(size=(3, 16)), symmetric=True),
    "colour images": lambda: plotting.image_grid(RNG.random((2, 5, 4, 3))),
    "one history": lambda: plotting.learning_curves(history(), title="one"),
    "histories": lambda: plotting.learning_curves({"a": history(), "b": history(8)}),
    "scatter_classes": lambda: plotting.scatter_classes(POINTS, BINARY, class_names=("no", "yes")),
    "probability_map": lambda: plotting.probability_map(predict, POINTS, BINARY, resolution=30),
    "confusion_heatmap": lambda: plotting.confusion_heatmap(RNG.integers(0, 50, (4, 4)), title="mistakes"),
    "loss_surface": lambda: plotting.loss_surface(BOWL, XS, YS, {"path": POINTS[:9], "far": POINTS * 1e300}),
    "bars_with_errors": lambda: plotting.bars_with_errors(["a", "b"], [0.5, -0.2], [0.1, 0.1]),
}


@pytest.fixture(autouse=True)
def _closed_figures():
    yield
    plt.close("all")


@pytest.mark.parametrize("name", DRAW)
@pytest.mark.parametrize("styled", [False, True], ids=["default", "styled"])
def test_drawn_without_warnings_and_settings_untouched(name, styled):
    with plt.rc_context():
        if styled:
            plotting.use_style()
        before = dict(plt.rcParams)
        drawn = DRAW[name]()
        first = np.ravel(drawn)[0]
        assert isinstance(first, plt.Axes)
        first.figure.canvas.draw()
        assert dict(plt.rcParams) == before
        assert plt.fignum_exists(first.figure.number), "the figure must stay open"


def test_use_style_changes_colour_and_line_style_together():
    with plt.rc_context():
        plotting.use_style()
        cycle = plt.rcParams["axes.prop_cycle"].by_key()
        assert [to_hex(colour) for colour in cycle["color"]] == plotting.COLOURS
        assert len({str(style) for style in cycle["linestyle"]}) == len(plotting.COLOURS)
        assert plt.rcParams["figure.constrained_layout.use"]
        assert plt.rcParams["figure.dpi"] <= 100


def test_axes_that_are_given_are_used():
    _, axes = plt.subplots(2, 3)
    a, b, c, d, e, f = axes.ravel()
    assert plotting.learning_curves(history(), ax=a) is a
    assert plotting.scatter_classes(POINTS, BINARY, ax=b) is b
    assert plotting.probability_map(predict, POINTS, BINARY, ax=c, resolution=20) is c
    assert plotting.confusion_heatmap(np.eye(3, dtype=int), ax=d) is d
    assert plotting.loss_surface(BOWL, XS, YS, ax=e) is e
    assert plotting.bars_with_errors(["a"], [1.0], ax=f) is f
    assert len(plt.get_fignums()) == 1


# image_grid


def test_image_grid_shape_titles_and_shared_scale():
    images = RNG.integers(0, 256, (7, 4, 5)).astype(np.uint8)
    ax = plotting.image_grid(images, titles=list("abcdefg"), columns=3, row_names=["r", "s", "t"])
    assert [text.get_text() for text in ax.texts] == ["a", "r", "b", "c", "d", "s", "e", "f", "g", "t"]
    assert len(ax.figure.axes) == 1
    for shown, image in zip(ax.images, images, strict=True):
        np.testing.assert_array_equal(shown.get_array(), image)
        assert shown.get_clim() == (images.min(), images.max())


def test_image_grid_places_images_in_rows_without_overlap():
    ax = plotting.image_grid(RNG.random((7, 4, 5)), titles=["two\nlines"] * 7, columns=3)
    edges = np.array([shown.get_extent() for shown in ax.images])
    left, right, bottom, top = edges.T
    np.testing.assert_allclose((right - left) / (bottom - top), 5 / 4)
    assert list(left[:3]) == list(left[3:6]) and len(set(top)) == 3
    assert (left[1:3] > right[:2]).all() and (top[3::3] > bottom[:-1:3]).all()
    (low, high), (down, up) = ax.get_xlim(), ax.get_ylim()
    assert low < left.min() and right.max() < high and up < top.min() and bottom.max() < down
    np.testing.assert_allclose([high - low, down - up], ax.figure.get_size_inches(), err_msg="the axes are in inches")


def test_image_grid_has_room_in_the_figure_for_all_that_it_writes():
    names = {"titles": ["two\nlines"] * 4, "row_names": ["first\nrow", "second"], "title": "the title"}
    figure = plotting.image_grid(RNG.normal(size=(4, 9)), columns=2, symmetric=True, **names).figure
    drawn = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert drawn.x0 >= 0 and drawn.y0 >= 0 and drawn.x1 <= width and drawn.y1 <= height


def test_image_grid_flat_images_become_square():
    flat = RNG.random((2, 9))
    shown = plotting.image_grid(flat).images[1].get_array()
    np.testing.assert_array_equal(shown, flat[1].reshape(3, 3))


@pytest.mark.parametrize("weights", [RNG.normal(size=(3, 16)) + 2, np.zeros((2, 4))], ids=["shifted", "zeros"])
def test_image_grid_symmetric_scale_is_centred_on_0_with_one_bar(weights):
    ax = plotting.image_grid(weights, symmetric=True)
    limits = {shown.get_clim() for shown in ax.images}
    (low, high) = limits.pop()
    assert not limits, "all images share one scale"
    assert low == -high and high == (np.abs(weights).max() or 1)
    assert ax.images[0].get_cmap().name == "RdBu_r"
    assert len(ax.figure.axes) == 2, "one colour bar"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"images": np.zeros((3, 10))}, r"images .*\(3, 10\)"),
        ({"images": np.zeros(9)}, r"images .*\(9,\)"),
        ({"images": np.zeros((2, 4, 4, 2))}, r"images .*\(2, 4, 4, 2\)"),
        ({"images": np.zeros((0, 4, 4))}, r"images .*\(0, 4, 4\)"),
        ({"images": np.full((1, 2, 2), np.nan)}, "images must be finite"),
        ({"images": np.full((1, 2, 2, 3), 7.0)}, r"images in colour .*\[0, 1\]"),
        ({"images": np.zeros((2, 4, 4)), "titles": ["one"]}, "titles .*2.*got 1"),
        ({"images": np.zeros((2, 4, 4)), "columns": 0}, "columns"),
        ({"images": np.zeros((2, 4, 4)), "columns": 1, "row_names": ["one"]}, "row_names .*2.*got 1"),
        ({"images": np.zeros((2, 4, 4, 3)), "symmetric": True}, r"symmetric .*\(2, 4, 4, 3\)"),
    ],
)
def test_image_grid_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        plotting.image_grid(**arguments)


# learning_curves


def test_one_history_solid_for_training_dashed_for_validation():
    h = history()
    ax = plotting.learning_curves(h, title="loss")
    train, val = ax.get_lines()
    assert (train.get_linestyle(), val.get_linestyle()) == ("-", "--")
    np.testing.assert_array_equal(train.get_ydata(), h["train_loss"])
    np.testing.assert_array_equal(val.get_xdata(), np.arange(1, 13))
    assert train.get_marker() != val.get_marker()
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("epoch", "loss", "loss")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["training", "validation"]


def test_several_histories_one_colour_and_marker_each():
    histories = {"slow": history(rate=0.1), "fast": history(rate=0.6), "short": history(5)}
    lines = plotting.learning_curves(histories).get_lines()
    assert len(lines) == 6
    pairs = [lines[i : i + 2] for i in (0, 2, 4)]
    assert all(a.get_color() == b.get_color() and a.get_marker() == b.get_marker() for a, b in pairs)
    assert all([line.get_linestyle() for line in pair] == ["-", "--"] for pair in pairs)
    assert len({a.get_color() for a, _ in pairs}) == len({a.get_marker() for a, _ in pairs}) == 3
    legend = [text.get_text() for text in lines[0].axes.get_legend().get_texts()]
    assert legend == ["slow", "fast", "short", "training", "validation"]


def test_a_history_without_a_metric_goes_without_its_line():
    plain = {"train_loss": [3.0, 2.0]}
    ax = plotting.learning_curves({"a": history(), "b": plain})
    assert len(ax.get_lines()) == 3


def test_single_metric_is_named_on_the_axis_and_x_may_be_a_key():
    h = history()
    ax = plotting.learning_curves(h, metrics=("train_accuracy",), x="seconds")
    assert ax.get_ylabel() == "training accuracy (fraction)"
    assert ax.get_xlabel() == "time (s)"
    np.testing.assert_array_equal(ax.get_lines()[0].get_xdata(), h["seconds"])
    assert ax.get_legend() is None


def test_steps_count_from_0_and_values_that_are_not_finite_are_gaps():
    ax = plotting.learning_curves({"train_loss": [1.0, np.inf, np.nan]}, metrics=("train_loss",), x="step")
    ax.figure.canvas.draw()
    np.testing.assert_array_equal(ax.get_lines()[0].get_xdata(), [0, 1, 2])


@pytest.mark.parametrize(
    ("histories", "options", "message"),
    [
        ([1, 2], {}, "histories .*list"),
        ({}, {}, "histories"),
        ({"a": history(), "b": [1, 2]}, {}, "histories mixes"),
        ({str(i): history() for i in range(11)}, {}, "histories holds 11"),
        ({"train_loss": [1.0]}, {}, "metrics names 'val_loss'"),
        (history(), {"metrics": ("train_loss", "train_accuracy")}, "metrics .*accuracy.*loss"),
        (history(), {"metrics": "train_loss"}, "metrics"),
        (history(), {"metrics": ()}, "metrics"),
        (history(), {"x": "minutes"}, "x must .*'minutes'"),
        ({"a": {**history(), "seconds": [1.0]}}, {"x": "seconds"}, r"'a'.*\(12,\).*\(1,\)"),
        ({"train_loss": [[1.0]]}, {"metrics": ("train_loss",)}, r"train_loss.*\(1, 1\)"),
    ],
)
def test_learning_curves_refuses(histories, options, message):
    with pytest.raises(ValueError, match=message):
        plotting.learning_curves(histories, **options)


# confusion_heatmap


def cell_texts(ax):
    return {tuple(int(p) for p in text.get_position()[::-1]): text.get_text() for text in ax.texts}


def test_confusion_heatmap_mutes_the_diagonal():
    cm = np.array([[900, 3, 0], [10, 800, 2], [0, 7, 950]])
    ax = plotting.confusion_heatmap(cm, class_names=("a", "b", "c"))
    assert cell_texts(ax) == {(i, j): str(cm[i, j]) for i in range(3) for j in range(3)}
    mistakes, diagonal = ax.collections
    assert mistakes.get_clim() == (0, 10), "the scale is that of the mistakes"
    np.testing.assert_array_equal(np.ma.getmaskarray(mistakes.get_array()).reshape(3, 3), np.eye(3, dtype=bool))
    np.testing.assert_array_equal(np.ma.getmaskarray(diagonal.get_array()).reshape(3, 3), ~np.eye(3, dtype=bool))
    ax.figure.canvas.draw()
    grey = diagonal.get_facecolor().reshape(3, 3, 4)[np.eye(3, dtype=bool)]
    assert np.ptp(grey[:, :3]) < 1e-9, "one grey for the whole diagonal"
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b", "c"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted class", "true class")


def test_confusion_heatmap_normalised_by_row_with_an_empty_row():
    ax = plotting.confusion_heatmap([[3, 1], [0, 0]], normalise=True)
    assert cell_texts(ax) == {(0, 0): "75.0", (0, 1): "25.0", (1, 0): "0.0", (1, 1): "0.0"}
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0", "1"]


@pytest.mark.parametrize(
    ("cm", "names", "message"),
    [
        (np.zeros((2, 3)), None, r"cm .*\(2, 3\)"),
        (np.zeros((0, 0)), None, r"cm .*\(0, 0\)"),
        ([[1, -1], [0, 1]], None, "cm .*not negative"),
        (np.eye(3), ("a", "b"), r"class_names must have 3 .*got 2"),
    ],
)
def test_confusion_heatmap_refuses(cm, names, message):
    with pytest.raises(ValueError, match=message):
        plotting.confusion_heatmap(cm, class_names=names)


# bars_with_errors


def test_bars_with_errors_top_to_bottom_with_numbers():
    ax = plotting.bars_with_errors(["mlp", "cnn"], [0.94, 0.98], [0.01, 0.004], xlabel="accuracy (fraction)")
    assert [bar.get_width() for bar in ax.patches] == [0.94, 0.98]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["mlp", "cnn"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1], "the first label stands on top"
    segments = ax.containers[-1].lines[2][0].get_segments()
    np.testing.assert_allclose([s[:, 0] for s in segments], [[0.93, 0.95], [0.976, 0.984]])
    assert [text.get_text() for text in ax.texts] == ["0.940 ± 0.010", "0.980 ± 0.004"]
    assert ax.get_xlim()[0] == 0, "bars start at 0"
    assert ax.get_xlabel() == "accuracy (fraction)"


def test_bars_with_errors_from_a_table_and_with_two_sided_errors():
    table = pd.DataFrame({"fit_seconds": [1.5, -0.25], "spread": [0.1, 0.2]}, index=["a", "b"])
    ax = plotting.bars_with_errors(table, "fit_seconds", "spread", fmt="{:.1f}")
    assert ax.get_xlabel() == "fit seconds"
    assert [text.get_text() for text in ax.texts] == ["1.5 ± 0.1", "−0.2 ± 0.2"]
    ax = plotting.bars_with_errors(["a"], [1.0], [[0.5], [0.25]])
    np.testing.assert_allclose(ax.containers[-1].lines[2][0].get_segments()[0][:, 0], [0.5, 1.25])


def test_bars_without_errors_show_three_digits_and_no_negative_zero():
    ax = plotting.bars_with_errors(list("abcdef"), [1234.5, 12.345, 0.012345, -0.5, 0.0, -0.0])
    assert [text.get_text() for text in ax.texts] == ["1234", "12.3", "0.0123", "−0.500", "0", "0"]


@pytest.mark.parametrize(
    ("labels", "values", "errors", "message"),
    [
        (["a", "b"], [1.0], None, r"values .*\(2,\).*\(1,\)"),
        ([], [], None, r"values .*\(0,\)"),
        (["a"], [np.nan], None, "values must be finite"),
        (["a", "b"], [1, 2], [0.1], r"errors .*\(2,\) or \(2, 2\), got \(1,\)"),
        (["a"], [1], [-0.1], "errors .*not negative"),
        (pd.DataFrame({"x": [1.0]}), "y", None, r"values must name a column .*'y'"),
        (pd.DataFrame({"x": [1.0]}), "x", "e", r"errors must name a column .*'e'"),
        (pd.DataFrame({"x": [1.0]}), [1.0], None, r"values must name a column"),
    ],
)
def test_bars_with_errors_refuses(labels, values, errors, message):
    with pytest.raises(ValueError, match=message):
        plotting.bars_with_errors(labels, values, errors)


def test_the_colours_are_seaborns_palette():
    assert list(seaborn.color_palette("colorblind").as_hex()) == plotting.COLOURS
