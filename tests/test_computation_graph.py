"""Computation graphs: boxes, arrows and labels, and a layout in which nothing lies on anything else."""

from itertools import combinations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from figure_parts import area_shared, arrows, extents
from matplotlib.patches import FancyBboxPatch

from helpers import diagrams
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


@pytest.fixture(autouse=True)
def _closed_figures():
    yield
    plt.close("all")


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
