"""Where the boxes, arrows and labels of a computation graph go, so that no text lies on another or on an arrow.

The layout is computed in points, from the sizes of the texts alone. Columns are moved apart until the labels of the
edges fit between them; each edge then tries several bends, and its labels several places along it. If something
still overlaps, the whole graph is stretched and laid out again.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Size = tuple[float, float]
Points = NDArray[np.float64]

LINE_GAP = 3.0  # half the distance between an edge's forward and backward arrow
_LABEL_GAP = 2.5
_TWIN_GAP = 20.0  # least distance between two edges that join the same nodes
_BENDS = (0.0, 0.1, -0.1, 0.2, -0.2, 0.32, -0.32, 0.45, -0.45)
_PLACES = (0.5, 0.4, 0.6, 0.3, 0.7, 0.22, 0.78)
_STEPS = np.linspace(0, 1, 11)[:, None]
_STRETCHES = (1.0, 1.15, 1.3, 1.5, 1.75, 2.0)


@dataclass(frozen=True)
class Box:
    """A rectangle by its centre and size, in points; y grows upwards."""

    x: float
    y: float
    width: float
    height: float

    def bounds(self, margin: float = 0.0) -> Points:
        """Return the lower left and upper right corner (2, 2) of the rectangle, `margin` larger on each side."""
        half = np.array([self.width, self.height]) / 2 + margin
        return np.array([[self.x, self.y] - half, [self.x, self.y] + half])


@dataclass(frozen=True)
class Edge:
    """What the layout has to know of an edge: its ends and the sizes of its two labels, (0, 0) for none."""

    source: str
    target: str
    forward: Size
    backward: Size


@dataclass(frozen=True)
class Route:
    """An edge's way: a quadratic Bézier curve (3, 2), and where its labels are centred (None for no label)."""

    curve: Points
    forward: Box | None = None
    backward: Box | None = None

    def shifted(self, distance: float) -> Points:
        """Return the control points `distance` to the left of the edge's direction, its ends still on the boxes."""
        across = _normal(self.curve[2] - self.curve[0])
        upright = abs(self.curve[0, 0] - self.curve[2, 0]) < 1e-9
        return self.curve + (distance * across if upright else [0.0, distance / across[1]])

    def labels(self) -> list[Box]:
        """Return the boxes of the labels that there are."""
        return [box for box in (self.forward, self.backward) if box is not None]

    def line(self) -> Points:
        """Return the edge as straight segments (m, 2, 2), one where it is straight."""
        bow = self.curve[0] - 2 * self.curve[1] + self.curve[2]
        points = self.curve[::2] if bow @ bow < 1e-9 else _at(self.curve, _STEPS)
        return np.stack([points[:-1], points[1:]], axis=1)


def lay_out(
    sizes: dict[str, Size], places: dict[str, tuple[float, float]], edges: list[Edge]
) -> tuple[dict[str, Box], list[Route]]:
    """Place the nodes and the edges of a graph.

    Parameters
    ----------
    sizes : {name: (width, height)}
        Size of each node's box in points.
    places : {name: (column, row)}
        Columns count to the right, rows downwards; an edge leads to a later column, or within a column to another
        row.
    edges : list of Edge

    Returns
    -------
    ({name: Box}, list of Route)
        One route for each edge, in order. A graph whose arrows must cross many others may keep an overlap, which
        `overlaps` counts.
    """
    for stretch in _STRETCHES:
        boxes = _place_boxes(sizes, places, edges, stretch)
        routes = _route(boxes, edges)
        if not overlaps(boxes, edges, routes):
            break
    return boxes, routes


def overlaps(boxes: dict[str, Box], edges: list[Edge], routes: list[Route]) -> int:
    """Return how many edges have a label on a box, an arrow or another label, or an arrow that crosses a box."""
    return sum(_cost(route, _surroundings(i, boxes, edges, routes)) > 0 for i, route in enumerate(routes))


def _place_boxes(
    sizes: dict[str, Size], places: dict[str, tuple[float, float]], edges: list[Edge], stretch: float
) -> dict[str, Box]:
    label_heights = [edge.forward[1] + edge.backward[1] for edge in edges]
    columns = sorted({column for column, _ in places.values()})
    closest = 1.0
    for column in columns:
        rows = sorted(row for at, row in places.values() if at == column)
        closest = min([closest, *(b - a for a, b in pairwise(rows))])
    stacked = [n for n in places if sum(places[n][0] == column for column, _ in places.values()) > 1] or list(places)
    step = (max(sizes[n][1] for n in stacked) + max(label_heights, default=0) + 20) * stretch / closest
    y = {name: -step * row for name, (_, row) in places.items()}
    widest = {column: max(sizes[name][0] for name in places if places[name][0] == column) for column in columns}
    x: dict[float, float] = {}
    for i, column in enumerate(columns):
        x[column] = x[columns[i - 1]] + (widest[columns[i - 1]] + widest[column]) / 2 + 36 * stretch if i else 0.0
        for edge in edges:
            start, end = places[edge.source][0], places[edge.target][0]
            if end == column and start < column:
                ends = (sizes[edge.source][0] + sizes[edge.target][0]) / 2
                twins = sum((other.source, other.target) == (edge.source, edge.target) for other in edges)
                wanted = (max(edge.forward[0], edge.backward[0], 12.0) + 24 + 80 * (twins - 1)) * stretch
                slanted = 0.8 * abs(y[edge.source] - y[edge.target])
                x[column] = max(x[column], x[start] + ends + max(wanted, slanted))
    return {name: Box(x[places[name][0]], y[name], *sizes[name]) for name in places}


def _route(boxes: dict[str, Box], edges: list[Edge]) -> list[Route]:
    """Give each edge the bend and its labels the place with the least overlap; three times, as edges interact."""
    starts, ends = _ports(boxes, edges, leaving=True), _ports(boxes, edges, leaving=False)
    options = [
        [_candidate(edge, starts[i], ends[i], bend, place) for _, bend, place in _CANDIDATES]
        for i, edge in enumerate(edges)
    ]
    routes = [own[0] for own in options]
    for _ in range(3):
        for i, own in enumerate(options):
            around = _surroundings(i, boxes, edges, routes)
            least = None
            for route in own:
                cost = _cost(route, around)
                if least is None or cost < least:
                    least, routes[i] = cost, route
                if cost == 0:
                    break
    return routes


# A bent arrow is worse than a label off its middle; tried in this order, so that the first clear one is taken.
_CANDIDATES = sorted((3 * abs(bend) + abs(place - 0.5), bend, place) for bend in _BENDS for place in _PLACES)


def _ports(boxes: dict[str, Box], edges: list[Edge], leaving: bool) -> list[Points]:
    """Return where each edge touches its box: spread over the side by slope, a level edge at the middle."""
    result = [np.zeros(2)] * len(edges)
    for name, box in boxes.items():
        level = []
        for i, edge in enumerate(edges):
            own, other = (edge.source, edge.target) if leaving else (edge.target, edge.source)
            if own != name:
                continue
            across, up = boxes[other].x - box.x, boxes[other].y - box.y
            if across == 0:
                result[i] = np.array([box.x, box.y + np.sign(up) * box.height / 2])
            else:
                level.append((-up / abs(across), i))
        level.sort()
        flat = [k for k, (slope, _) in enumerate(level) if slope == 0]
        middle = flat[0] if len(flat) == 1 else (len(level) - 1) / 2
        gap = min(15.0, (box.height - 8) / max(1, 2 * middle, 2 * (len(level) - 1 - middle)))
        for k, (_, i) in enumerate(level):
            side = box.x + (box.width / 2 if leaving else -box.width / 2)
            result[i] = np.array([side, box.y + (middle - k) * gap])
    return result


def _candidate(edge: Edge, start: Points, end: Points, bend: float, place: float) -> Route:
    """Return a route with its labels beside it at `place` (0 to 1): forward to the left of its direction."""
    span = end - start
    curve = np.array([start, (start + end) / 2 + bend * np.array([-span[1], span[0]]), end])
    point = _at(curve, place)
    normal = _normal((1 - place) * (curve[1] - curve[0]) + place * (curve[2] - curve[1]))
    boxes = []
    for side, (width, height) in ((1, edge.forward), (-1, edge.backward)):
        # How far a label reaches towards the arrow is the support function of its rectangle.
        away = LINE_GAP + _LABEL_GAP + abs(normal[0]) * width / 2 + abs(normal[1]) * height / 2
        boxes.append(Box(*(point + side * away * normal), width, height) if width else None)
    return Route(curve, *boxes)


@dataclass(frozen=True)
class _Surroundings:
    """What one edge has to keep clear of: rectangles (m, 2, 2), segments (m, 2, 2), points (m, 2)."""

    not_under_labels: Points
    not_under_arrow: Points
    arrows: Points
    twins: Points


def _surroundings(i: int, boxes: dict[str, Box], edges: list[Edge], routes: list[Route]) -> _Surroundings:
    ends = edges[i].source, edges[i].target
    others = [j for j in range(len(edges)) if j != i]
    labels = [label for j in others for label in routes[j].labels()]
    under_labels = [box.bounds(1.0) for box in boxes.values()] + [label.bounds(3.0) for label in labels]
    under_arrow = [box.bounds(4.0) for name, box in boxes.items() if name not in ends]
    under_arrow += [label.bounds(LINE_GAP + 0.5) for label in labels]
    twins = [_at(routes[j].curve, 0.5) for j in others if (edges[j].source, edges[j].target) == ends]
    return _Surroundings(
        np.array(under_labels),
        np.array(under_arrow).reshape(-1, 2, 2),
        np.concatenate([np.zeros((0, 2, 2)), *(routes[j].line() for j in others)]),
        np.array(twins).reshape(-1, 2),
    )


def _cost(route: Route, around: _Surroundings) -> int:
    """Return how many things an edge would touch on this route."""
    line = route.line()
    arrows = np.concatenate([line, around.arrows])
    cost = int(_segments_hit(line, around.not_under_arrow).any(axis=0).sum())
    for label in route.labels():
        cost += int(_rectangles_hit(around.not_under_labels, label.bounds()).sum())
        cost += int(_segments_hit(arrows, label.bounds(LINE_GAP + 0.5)[None]).any())
    distances = np.hypot(*(around.twins - _at(route.curve, 0.5)).T)
    return cost + int((distances < _TWIN_GAP).sum())


def _at(curve: Points, t: float | Points) -> Points:
    """Return the points of a quadratic Bézier curve at t in [0, 1]."""
    return (1 - t) ** 2 * curve[0] + 2 * t * (1 - t) * curve[1] + t**2 * curve[2]


def _normal(direction: Points) -> Points:
    """Return the unit vector to the left of a direction."""
    return np.array([-direction[1], direction[0]]) / np.hypot(*direction)


def _rectangles_hit(rectangles: Points, bounds: Points) -> NDArray[np.bool_]:
    """Tell which of the rectangles (m, 2, 2) overlap the rectangle `bounds` (2, 2)."""
    return ((rectangles[:, 0] < bounds[1]) & (rectangles[:, 1] > bounds[0])).all(axis=1)


def _segments_hit(segments: Points, rectangles: Points) -> NDArray[np.bool_]:
    """Tell which segments (m, 2, 2) pass through which rectangles (k, 2, 2), as (m, k): separating axis theorem."""
    start, end = segments[:, 0, None], segments[:, 1, None]
    low, high = rectangles[:, 0], rectangles[:, 1]
    near = ((np.minimum(start, end) < high) & (np.maximum(start, end) > low)).all(axis=2)
    way = end - start
    away = (low + high) / 2 - start
    reach = (np.abs(way) * ((high - low) / 2)[:, ::-1]).sum(axis=2)
    return near & (np.abs(way[..., 0] * away[..., 1] - way[..., 1] * away[..., 0]) < reach)
