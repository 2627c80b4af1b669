"""The figures of helpers.diagrams: what they draw, that no text lies on another, and what they refuse."""

from itertools import combinations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Rectangle

from helpers import diagrams, plotting
from helpers.canvas import text_size
from helpers.graph_layout import Box, Edge, Route, lay_out, overlaps

pytestmark = pytest.mark.filterwarnings("error")

CHAIN = (
    {"x": (0, 0, "$x$"), "z": (1, 0, "$z = xW + b$"), "L": (2, 0, r"$L = -\log p_y$")},
    [("x", "z", "2.0", r"$\partial L/\partial x$"), ("z", "L", "1.3", r"$\frac{\partial L}{\partial z} = p - y$")],
)
TEN = (
    {
        "x": (0, 0, "$x$"),
        "W1": (0, 1, "$W_1$"),
        "m1": (1, 0.5, "matmul"),
        "b1": (1, 1.5, "$b_1$"),
        "a1": (2, 0.5, "$+$"),
        "h": (3, 0.5, "tanh"),
        "w2": (3, 1.5, "$w_2$"),
        "m2": (4, 0.5, "dot"),
        "y": (4, 1.5, "$y$"),
        "L": (5, 0.5, "loss"),
    },
    [
        ("x", "m1", "(n, 2)", None),
        ("W1", "m1", "(2, 3)", r"$x^\top \delta_1$"),
        ("m1", "a1", "$xW_1$", r"$\delta_1$"),
        ("b1", "a1", "(3,)", r"$\sum\delta_1$"),
        ("a1", "h", "$z_1$", r"$\delta_1=\delta_2 w_2^\top(1-h^2)$"),
        ("h", "m2", "$h$", r"$\delta_2 w_2^\top$"),
        ("w2", "m2", "(3,)", r"$h^\top\delta_2$"),
        ("m2", "L", r"$\hat y$", r"$\delta_2 = (\hat y-y)/n$"),
        ("y", "L", "0 or 1", None),
    ],
)
SKIPS = (
    {"a": (0, 0, "a = 2"), "b": (0, 1, "b = 3"), "p": (1, 0, "a · b = 6"), "q": (2, 0, "+ = 8"), "r": (3, 0, "r = 48")},
    [
        ("a", "p", "2", "24"),
        ("b", "p", "3", "16"),
        ("p", "q", "6", "6"),
        ("a", "q", "2", "6"),
        ("q", "r", "8", "6"),
        ("q", "r", "8", "6"),
        ("a", "b", "copy", "grad"),
    ],
)
WORDS = (
    {
        "you": (0, 0, "your notebook"),
        "visible": (1, 0, "visible tests"),
        "hidden": (2, 0, "hidden tests"),
        "person": (2, 1, "a person reads"),
        "feedback": (3, 0, "feedback"),
    },
    [
        ("you", "visible", "run all", ""),
        ("visible", "hidden", "submit", ""),
        ("visible", "person", "answers\nin words", ""),
        ("hidden", "feedback", "points", ""),
        ("person", "feedback", "points", ""),
    ],
)
NARROW = ({"x": (0, 0, "$x$"), "y": (0, 1, "$y$")}, [("x", "y", "1", "2")])
GRAPHS = {"narrow": NARROW, "chain": CHAIN, "ten nodes": TEN, "skips and twins": SKIPS, "words": WORDS}
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


# computation_graph


def arrows(ax):
    return [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]


def node_boxes(ax):
    return [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]


@pytest.mark.parametrize("name", GRAPHS)
def test_graph_has_a_box_a_node_and_arrows_both_ways(name):
    nodes, edges = GRAPHS[name]
    ax = diagrams.computation_graph(nodes, edges)
    assert len(node_boxes(ax)) == len(nodes)
    solid = [arrow for arrow in arrows(ax) if arrow.get_linestyle() == "-"]
    dashed = [arrow for arrow in arrows(ax) if arrow.get_linestyle() == "--"]
    assert len(solid) == len(edges)
    assert len(dashed) == sum(bool(edge[3]) for edge in edges)
    assert all(arrow._path_original.vertices[-1, 0] >= arrow._path_original.vertices[0, 0] for arrow in solid)
    assert all(arrow._path_original.vertices[-1, 0] <= arrow._path_original.vertices[0, 0] for arrow in dashed)
    wanted = [node[2] for node in nodes.values()] + [label for edge in edges for label in edge[2:] if label]
    assert sorted(text.get_text() for text in ax.texts) == sorted(wanted)
    assert (ax.get_legend() is not None) == bool(dashed)


@pytest.mark.parametrize("name", GRAPHS)
def test_no_label_lies_on_a_node_or_an_arrow(name):
    nodes, edges = GRAPHS[name]
    ax = diagrams.computation_graph(nodes, edges)
    labels = [text for text in ax.texts if text.get_text() not in {node[2] for node in nodes.values()}]
    ax.figure.canvas.draw()
    lines = []
    for arrow in arrows(ax):
        start, *bend, end = ax.transData.transform(arrow._path_original.vertices)
        middle = bend[0] if bend else (start + end) / 2
        t = np.linspace(0, 1, 60)[:, None]
        lines.append((1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * end)
    for text, box in zip(labels, extents(ax, labels), strict=True):
        for node in node_boxes(ax):
            assert area_shared(box, node.get_window_extent()) < 1, f"{text.get_text()!r} lies on a node"
        for line in lines:
            inside = (line > [box.x0, box.y0 + 1]) & (line < [box.x1, box.y1 - 1])
            assert not inside.all(axis=1).any(), f"{text.get_text()!r} lies on an arrow"


@pytest.mark.parametrize("name", GRAPHS)
def test_arrows_run_from_border_to_border(name):
    ax = diagrams.computation_graph(*GRAPHS[name])
    frames = [patch.get_bbox() for patch in node_boxes(ax)]
    for arrow in arrows(ax):
        for x, y in arrow._path_original.vertices[[0, -1]]:
            inner = [f for f in frames if f.x0 - 0.1 < x < f.x1 + 0.1 and f.y0 - 6 < y < f.y1 + 6]
            assert len(inner) == 1, "an end lies on one node"
            on_side = min(abs(x - inner[0].x0), abs(x - inner[0].x1)) < 0.1
            on_top = min(abs(y - inner[0].y0), abs(y - inner[0].y1)) < 0.1
            assert on_side or on_top


@pytest.mark.parametrize("seed", range(3))
def test_layout_of_random_graphs_is_free_of_overlaps(seed):
    rng = np.random.default_rng(seed)
    places = {f"{c}{r}": (c, r) for c in range(4) for r in range(rng.integers(1, 4))}
    sizes = {name: (rng.uniform(30, 80), 26.0) for name in places}
    edges = []
    for name, (column, _) in places.items():
        following = [other for other in places if places[other][0] == column + 1]
        for target in rng.permutation(following)[: rng.integers(1, 3)]:
            edges.append(Edge(name, str(target), (rng.uniform(15, 45), 11.0), (rng.uniform(15, 45), 11.0)))
    boxes, routes = lay_out(sizes, places, edges)
    assert len(boxes) == len(places) and len(routes) == len(edges)
    for a, b in combinations([label for route in routes for label in route.labels()] + list(boxes.values()), 2):
        apart = abs(a.x - b.x) >= (a.width + b.width) / 2 or abs(a.y - b.y) >= (a.height + b.height) / 2
        assert apart
    assert overlaps(boxes, edges, routes) == 0


def test_overlaps_are_counted():
    boxes = {"a": Box(0, 0, 20, 20), "b": Box(100, 0, 20, 20), "c": Box(50, 0, 20, 20)}
    edge = Edge("a", "b", (0, 0), (0, 0))
    straight = Route(np.array([[10.0, 0], [50, 0], [90, 0]]))
    around = Route(np.array([[10.0, 0], [50, 80], [90, 0]]))
    assert overlaps(boxes, [edge], [straight]) == 1
    assert overlaps(boxes, [edge], [around]) == 0
    assert overlaps(boxes, [edge], [Route(around.curve, forward=Box(0, 0, 9, 9))]) == 1


def test_gradients_stand_below_the_arrow_and_values_above_in_other_colours():
    ax = diagrams.computation_graph(*CHAIN)
    above, below = (next(t for t in ax.texts if t.get_text() == label) for label in CHAIN[1][0][2:])
    assert above.get_position()[1] > below.get_position()[1]
    assert above.get_color() != below.get_color()


def test_an_edge_that_would_cross_a_box_is_bent():
    nodes = {"a": (0, 0, "a"), "wide": (1, 0, "in the way"), "c": (2, 0, "c")}
    ax = diagrams.computation_graph(nodes, [("a", "c", "", "")])
    vertices = arrows(ax)[0]._path_original.vertices
    assert abs(vertices[1, 1] - vertices[0, 1]) > 15


@pytest.mark.parametrize("below", [False, True], ids=["beside", "below"])
def test_two_edges_between_the_same_nodes_are_kept_apart(below):
    sizes = {"a": (30.0, 32.0), "b": (30.0, 32.0)}
    edges = [Edge("a", "b", (8.0, 11.0), (8.0, 11.0))] * 2
    boxes, routes = lay_out(sizes, {"a": (0, 0), "b": (0, 1) if below else (1, 0)}, edges)
    first, second = (route.curve.T @ [0.25, 0.5, 0.25] for route in routes)
    assert np.hypot(*(first - second)) > 19
    assert overlaps(boxes, edges, routes) == 0


def test_columns_run_right_and_rows_down():
    nodes = {"a": (0, 0, "a"), "b": (2, 0, "b"), "c": (2, 1, "c"), "d": (2, 1.5, "d")}
    ax = diagrams.computation_graph(nodes, [])
    place = {text.get_text(): text.get_position() for text in ax.texts}
    assert place["a"][0] < place["b"][0] == place["c"][0] == place["d"][0]
    assert place["a"][1] == place["b"][1] > place["c"][1] > place["d"][1]


@pytest.mark.parametrize(
    ("nodes", "edges", "message"),
    [
        ({}, [], "nodes"),
        ({"a": (0, 0)}, [], r"nodes\['a'\] .*\(0, 0\)"),
        ({"a": (0, 0, "a"), "b": (0, 0, "b")}, [], "'a' and 'b' share"),
        ({"a": (0, 0, "a")}, [("a", "b", "", "")], "edges name 'b'"),
        ({"a": (0, 0, "a"), "b": (1, 0, "b")}, [("a", "b", "")], "edges must hold"),
        ({"a": (0, 0, "a"), "b": (1, 0, "b")}, [("b", "a", "", "")], "edges must lead .*'b' -> 'a'"),
        ({"a": (0, 0, "a")}, [("a", "a", "", "")], "edges must lead .*'a' -> 'a'"),
    ],
)
def test_graph_refuses(nodes, edges, message):
    with pytest.raises(ValueError, match=message):
        diagrams.computation_graph(nodes, edges)


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
