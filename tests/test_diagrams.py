"""The figures of helpers.diagrams: what they draw, that no text lies on another, and what they refuse."""

from itertools import combinations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from figure_parts import area_shared, arrows, extents, texts_of
from matplotlib.patches import Circle, FancyBboxPatch, Rectangle
from test_computation_graph import GRAPHS, TEN

from helpers import diagrams, plotting
from helpers.canvas import text_size

pytestmark = pytest.mark.filterwarnings("error")

FLOW = [("X", ("n", 784)), "@ W (784, 10)", ("scores", ("n", 10)), "softmax", ("probabilities", ("n", 10))]
CONVOLUTIONS = [
    ("images", (64, 1, 28, 28)),
    "Conv2d(1, 16, 3)",
    ("maps", (64, 16, 26, 26)),
    "ReLU, MaxPool2d(2)",
    ("maps", (64, 16, 13, 13)),
    "Conv2d(16, 32, 3)",
    ("maps", (64, 32, 11, 11)),
    ("maps", (64, 32, 5, 5)),
    "Flatten",
    ("features", (64, 800)),
    "Linear\n(800, 10)",
    ("logits", (64, 10)),
    ("labels", (64,)),
    "mean",
    ("accuracy", ()),
]
DRAW = {
    **{name: (lambda graph=graph: diagrams.computation_graph(*graph, title="graph")) for name, graph in GRAPHS.items()},
    "network": lambda: diagrams.network(
        [784, 30, 10],
        labels=["$x$", "$h = xW_1 + b_1$", "$p$"],
        weight_labels=["$W_1$\n(784, 30)", None],
        biases=True,
        activations=["relu", "softmax"],
        title="network",
    ),
    "wide labels": lambda: diagrams.network(
        [3, 2, 1], labels=["the inputs of the whole network", "the one hidden layer of it", "$p$"]
    ),
    "long title": lambda: diagrams.network([3, 1], title="A title that is much wider than the small network below it"),
    "annotated_matrix": lambda: diagrams.annotated_matrix([[0.1, -0.2], [1e3, 0]], ["a", 1], range(2), title="M"),
    "shape_flow": lambda: diagrams.shape_flow(FLOW, title="flow"),
    "long shape_flow": lambda: diagrams.shape_flow(CONVOLUTIONS),
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
        ax = DRAW[name]()
        assert isinstance(ax, plt.Axes)
        ax.figure.canvas.draw()
        assert dict(plt.rcParams) == before
        assert plt.fignum_exists(ax.figure.number), "the figure must stay open"


@pytest.mark.parametrize("name", DRAW)
@pytest.mark.parametrize("styled", [False, True], ids=["default", "styled"])
def test_no_text_lies_on_another_or_leaves_the_figure(name, styled):
    with plt.rc_context():
        if styled:
            plotting.use_style()
        ax = DRAW[name]()
        texts = texts_of(ax)
        boxes = extents(ax, texts)
        for (i, a), (j, b) in combinations(enumerate(boxes), 2):
            assert area_shared(a, b) < 1, f"{texts[i].get_text()!r} lies on {texts[j].get_text()!r}"
        page = ax.figure.bbox
        for text, box in zip(texts, boxes, strict=True):
            inside = box.x0 > -1 and box.y0 > -1 and box.x1 < page.x1 + 1 and box.y1 < page.y1 + 1
            assert inside, f"{text.get_text()!r} is cut off"


@pytest.mark.parametrize("width", [4, 12])
@pytest.mark.parametrize("name", ["network", "graph", "flow"])
def test_given_axes_are_used_and_the_drawing_fits(name, width):
    _, (ax, other) = plt.subplots(1, 2, figsize=(width, 3))
    drawn = {
        "network": lambda: diagrams.network([784, 10], biases=True, labels=["x", "z"], ax=ax),
        "graph": lambda: diagrams.computation_graph(*TEN, ax=ax),
        "flow": lambda: diagrams.shape_flow(FLOW, ax=ax),
    }[name]()
    assert drawn is ax and len(plt.get_fignums()) == 1 and not other.texts
    texts = texts_of(ax)
    boxes = extents(ax, texts)
    assert all(area_shared(a, b) < 1 for a, b in combinations(boxes, 2))
    frame = ax.get_window_extent()
    assert all(box.x0 > frame.x0 - 3 and box.x1 < frame.x1 + 3 for box in boxes)


@pytest.mark.parametrize("dpi", [80, 200])
@pytest.mark.parametrize(
    "text", ["p", "words", "two\nlines, the second longer", r"$\frac{\partial L}{\partial z} = p - y$"]
)
def test_text_size_has_room_for_what_is_drawn(text, dpi):
    figure = plt.figure(dpi=dpi)
    box = figure.text(0.5, 0.5, text, fontsize=10).get_window_extent()
    width, height = text_size(text, 10)
    assert -0.6 < width - box.width * 72 / dpi < 4
    assert 0 < height - box.height * 72 / dpi < 5


def test_empty_text_has_no_size():
    assert text_size("") == (0, 0)


# network


def circles(ax):
    return [patch for patch in ax.patches if isinstance(patch, Circle)]


def weights(ax, style="-"):
    return [
        line
        for line in ax.get_lines()
        if len(line.get_xdata()) == 2 and line.get_xdata()[0] < line.get_xdata()[1] and line.get_linestyle() == style
    ]


def test_network_has_a_circle_a_unit_and_a_line_a_weight():
    ax = diagrams.network([2, 3, 1], title="small")
    assert len(circles(ax)) == 6
    assert len(weights(ax)) == 2 * 3 + 3 * 1
    assert not weights(ax, "--")
    centres = {patch.center for patch in circles(ax)}
    ends = {end for line in weights(ax) for end in map(tuple, line.get_xydata())}
    assert all(any(np.allclose(end, centre) for centre in centres) for end in ends)
    shown = [text.get_text() for text in ax.texts if text.get_text()]
    assert sorted(shown) == sorted(["2", "3", "1", "(n, 2)", "(n, 3)", "(n, 1)"])
    assert ax.get_title() == "small"


@pytest.mark.parametrize("max_units", [2, 5, 6])
def test_network_elides_large_layers_by_three_dots(max_units):
    ax = diagrams.network([784, max_units], max_units=max_units)
    assert len(circles(ax)) == 2 * max_units
    dots = [line for line in ax.get_lines() if line.get_marker() == "o"]
    assert len(dots) == 1 and len(dots[0].get_xdata()) == 3
    heights = sorted({patch.center[1] for patch in circles(ax) if patch.center[0] == dots[0].get_xdata()[0]})
    low, high = dots[0].get_ydata().min(), dots[0].get_ydata().max()
    assert not [y for y in heights if low - 11 < y < high + 11], "the dots stand clear of the units"
    assert [y for y in heights if y < low] and [y for y in heights if y > high]
    assert "784" in [text.get_text() for text in ax.texts]


def test_network_biases_labels_and_activations():
    ax = diagrams.network(
        [2, 3, 4],
        labels=["$x$", None, "scores"],
        weight_labels=[None, "$W$"],
        biases=True,
        activations=["tanh", "softmax"],
    )
    shown = [text.get_text() for text in ax.texts]
    assert {"$x$", "scores", "$W$", "tanh", "softmax"} <= set(shown)
    assert shown.count("1") == 2, "a bias unit under each layer but the last"
    assert len(weights(ax, "--")) == 3 + 4
    assert len(circles(ax)) == 2 + 3 + 4 + 2
    assert len([line for line in ax.get_lines() if len(line.get_xdata()) > 3]) == 3, "tanh sketched in three units"
    frames = [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]
    assert len(frames) == 1, "one frame, around the softmax layer"


@pytest.mark.parametrize(
    ("sizes", "options", "message"),
    [
        ([3], {}, r"layer_sizes .*\[3\]"),
        ([3, 0], {}, r"layer_sizes .*\[3, 0\]"),
        ([3, 2], {"max_units": 1}, "max_units .*1"),
        ([3, 2], {"labels": ["x"]}, "labels must hold 2"),
        ([3, 2], {"labels": "xy"}, "labels must hold 2"),
        ([3, 2], {"weight_labels": ["a", "b"]}, "weight_labels must hold 1"),
        ([3, 2], {"activations": ["relu", "relu"]}, "activations must hold 1"),
    ],
)
def test_network_refuses(sizes, options, message):
    with pytest.raises(ValueError, match=message):
        diagrams.network(sizes, **options)


# annotated_matrix


def test_matrix_numbers_labels_and_a_scale_symmetric_about_0():
    M = np.array([[0.09, -0.02, -0.07], [-0.02, 0.16, -0.14]])
    ax = diagrams.annotated_matrix(M, row_labels=["$z_1$", 2], col_labels=range(3), title="Jacobian")
    cells = ax.collections[0]
    low, high = cells.get_clim()
    assert low == -high and high >= 0.16
    assert cells.get_cmap().name == "RdBu_r"
    assert [text.get_text() for text in ax.texts] == ["0.09", "−0.02", "−0.07", "−0.02", "0.16", "−0.14"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["$z_1$", "2"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0", "1", "2"]
    assert ax.get_title() == "Jacobian"


def test_matrix_sequential_scale_format_and_no_labels():
    _, given = plt.subplots()
    ax = diagrams.annotated_matrix([[1, 2], [3, 4]], ax=given, fmt="{:.0f}", symmetric=False)
    assert ax is given
    assert ax.collections[0].get_clim() == (1, 4)
    assert [text.get_text() for text in ax.texts] == ["1", "2", "3", "4"]
    assert not ax.get_xticklabels() and not ax.get_yticklabels()


def test_matrix_of_zeros_is_white():
    ax = diagrams.annotated_matrix(np.zeros((2, 2)))
    low, high = ax.collections[0].get_clim()
    assert low == -high < 0


@pytest.mark.parametrize(
    ("M", "options", "message"),
    [
        (np.zeros(3), {}, r"M .*\(3,\)"),
        (np.zeros((0, 2)), {}, r"M .*\(0, 2\)"),
        ([[np.nan, 1.0]], {}, r"M must be finite.*\(1, 2\)"),
        (np.eye(2), {"row_labels": ["a"]}, "row_labels must have 2 .*got 1"),
        (np.eye(2), {"col_labels": range(3)}, "col_labels must have 2 .*got 3"),
    ],
)
def test_matrix_refuses(M, options, message):
    with pytest.raises(ValueError, match=message):
        diagrams.annotated_matrix(M, **options)


# shape_flow


def sheets(ax):
    return [patch for patch in ax.patches if isinstance(patch, Rectangle)]


def test_flow_boxes_arrows_and_texts_from_left_to_right():
    ax = diagrams.shape_flow(FLOW, title="flow")
    x, scores, probabilities = sheets(ax)
    assert x.get_width() > scores.get_width() == probabilities.get_width(), "784 is wider than 10"
    assert x.get_height() == scores.get_height(), "n rows in both"
    assert x.get_x() < scores.get_x() < probabilities.get_x()
    assert len(arrows(ax)) == 2
    place = {text.get_text(): text.get_position()[0] for text in ax.texts}
    assert place["X"] < place["@ W (784, 10)"] < place["scores"] < place["softmax"] < place["probabilities"]
    assert [text.get_text() for text in ax.texts].count("(n, 10)") == 2
    operation = next(text for text in ax.texts if text.get_text() == "softmax")
    (box,) = extents(ax, [operation])
    arrow = ax.transData.transform(arrows(ax)[1]._path_original.vertices)
    assert arrow[0, 0] < box.x0 < box.x1 < arrow[1, 0], "the arrow is longer than its text"
    assert 0 < box.y0 - arrow[0, 1] < 10, "the text stands just above its arrow"


def test_flow_draws_a_third_axis_as_sheets_and_a_scalar_as_a_square():
    ax = diagrams.shape_flow([("maps", (16, 8, 8)), ("one", (1, 4, 4)), ("vector", (5,)), ("loss", ())])
    boxes = sheets(ax)
    assert len(boxes) == 4 + 1 + 1 + 1
    vector, scalar = boxes[-2:]
    assert vector.get_height() > vector.get_width()
    assert scalar.get_height() == scalar.get_width()
    assert {"(16, 8, 8)", "(5,)", "()"} <= {text.get_text() for text in ax.texts}
    assert len(arrows(ax)) == 3, "an arrow without an operation"


def test_long_flow_goes_on_in_a_further_row():
    ax = diagrams.shape_flow(CONVOLUTIONS)
    heights = [text.get_position()[1] for text in ax.texts if text.get_text() in ("images", "accuracy")]
    assert heights[0] - heights[1] > 40
    assert ax.figure.get_size_inches()[0] < 10


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([("X", (3,))], "steps .*got 1"),
        ([], "steps .*got 0"),
        (["op", ("X", (3,)), ("Y", (3,))], "before the operation 'op'"),
        ([("X", (3,)), "a", "b", ("Y", (3,))], "before the operation 'b'"),
        ([("X", (3,)), ("Y", (3,)), "op"], "begin and end with an array"),
        ([("X", (3, 0)), ("Y", (3,))], r"'X' the shape \(3, 0\)"),
        ([("X", (3, 1.5)), ("Y", (3,))], r"'X' the shape \(3, 1.5\)"),
        ([("X", [3, 4]), ("Y", (3,))], r"shape tuple.*\[3, 4\]"),
        ([("X", (3,), "op"), ("Y", (3,))], "shape tuple"),
    ],
)
def test_flow_refuses(steps, message):
    with pytest.raises(ValueError, match=message):
        diagrams.shape_flow(steps)
