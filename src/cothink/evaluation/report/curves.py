"""Charts as SVG, made here: spend against quality, and facts kept over turns. Colours and fonts are the page's own."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 820.0, 440.0
LEFT, RIGHT, TOP, BOTTOM = 64.0, 140.0, 16.0, 48.0
LABEL_PX = 15.0
LOG_FROM = 30.0  # where the dearest costs so many times the cheapest, the axis is logarithmic
Place = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Point:
    """A way of answering on a chart.

    Args:
        low: The lower end of the interval of y, and `high` the upper.
        kind: ``single``, ``team`` or ``oracle``: its mark and colour.
    """

    name: str
    x: float
    y: float
    low: float
    high: float
    kind: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of points, dashed, with a name."""

    name: str
    points: Sequence[tuple[float, float]]
    kind: str


def cost_quality(points: Sequence[Point], lines: Sequence[Line], unit: str) -> str:
    """Draw ways of answering by what they take and how often they are right.

    Args:
        points: The ways, y as a share.
        lines: Random mixing, and one model several times.
        unit: What x is counted in.
    """
    xs = [point.x for point in points] + [x for line in lines for x, _ in line.points]
    ys = [value for point in points for value in (point.low, point.high, point.y)]
    ys += [y for line in lines for _, y in line.points]
    across, x_ticks = _across(xs)
    up, y_ticks = _up(ys)
    parts = [_axes(across, up, x_ticks, y_ticks, f"spend a prompt ({unit})", "right %")]
    parts += [_polyline(line, across, up) for line in lines if len(line.points) > 1]
    for point, label_at in zip(points, _label_places(points, across, up), strict=True):
        parts.append(_mark(point, across(point.x), up, label_at))
    return _svg("".join(parts), "Spend and quality of each way")


def over_turns(lines: Sequence[Line], x_name: str, y_name: str) -> str:
    """Draw shares over whole numbers, one line each with its name at its end."""
    xs = [x for line in lines for x, _ in line.points]
    across, x_ticks = _across(xs, log=False)
    up, y_ticks = _up([0.0, 1.0])
    parts = [_axes(across, up, x_ticks, y_ticks, x_name, y_name)]
    for number, line in enumerate(lines):
        parts.append(_polyline(line, across, up))
        x, y = line.points[-1]
        place = f'x="{across(x) + 8:.1f}" y="{up(y) + 4 + LABEL_PX * (number % 2):.1f}"'
        parts.append(f'<text class="label" {place}>{escape(line.name)}</text>')
        parts += [f'<circle class="{line.kind}" cx="{across(a):.1f}" cy="{up(b):.1f}" r="3"/>' for a, b in line.points]
    return _svg("".join(parts), y_name)


def mixing_line(cheap: Point, strong: Point, steps: int = 40) -> Line:
    """The straight line of sending a random share to the strong model; in steps, for a logarithmic axis."""
    shares = [step / steps for step in range(steps + 1)]
    points = [(cheap.x + share * (strong.x - cheap.x), cheap.y + share * (strong.y - cheap.y)) for share in shares]
    return Line("random mixing", points, "mixing")


def _across(xs: Sequence[float], *, log: bool | None = None) -> tuple[Place, list[float]]:
    low, high = min(xs), max(xs)
    span = WIDTH - LEFT - RIGHT
    if log is None:
        log = low > 0 and high / low > LOG_FROM
    if log:
        begin, end = math.log10(low) - 0.05, math.log10(high) + 0.05
        ticks = [10.0**power for power in range(math.floor(begin), math.ceil(end) + 1) if begin <= power <= end]
        return lambda x: LEFT + span * (math.log10(x) - begin) / (end - begin), ticks or [low, high]
    top = high * 1.05 or 1.0
    return lambda x: LEFT + span * x / top, _ticks(0.0, top)


def _up(ys: Sequence[float]) -> tuple[Place, list[float]]:
    low, high = min(ys), max(ys)
    pad = max(0.02, 0.08 * (high - low))
    low, high = max(0.0, low - pad), min(1.0, high + pad)
    span = HEIGHT - TOP - BOTTOM
    return lambda y: TOP + span * (high - y) / (high - low), _ticks(low, high)


def _ticks(low: float, high: float) -> list[float]:
    """Five or so round figures."""
    raw = (high - low) / 5
    unit = 10.0 ** math.floor(math.log10(raw))
    step = next(unit * times for times in (1, 2, 5, 10) if unit * times >= raw)
    first = math.ceil(low / step - 1e-9)
    return [step * number for number in range(first, math.floor(high / step + 1e-9) + 1)]


def _axes(
    across: Place, up: Place, x_ticks: Sequence[float], y_ticks: Sequence[float], x_name: str, y_name: str
) -> str:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    parts = [f'<path class="axis" d="M{LEFT} {TOP}V{bottom}H{right}"/>']
    for y in y_ticks:
        at = up(y)
        parts.append(f'<path class="grid" d="M{LEFT} {at:.1f}H{right}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{100 * y:g}</text>')
    for x in x_ticks:
        at = across(x)
        parts.append(f'<path class="grid" d="M{at:.1f} {TOP}V{bottom}"/>')
        parts.append(f'<text class="tick" x="{at:.1f}" y="{bottom + 18}" text-anchor="middle">{x:.4g}</text>')
    middle = (LEFT + right) / 2
    parts.append(f'<text class="name" x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">{escape(x_name)}</text>')
    turn = f'transform="rotate(-90 16 {(TOP + bottom) / 2})"'
    parts.append(
        f'<text class="name" x="16" y="{(TOP + bottom) / 2}" text-anchor="middle" {turn}>{escape(y_name)}</text>'
    )
    return "".join(parts)


def _polyline(line: Line, across: Place, up: Place) -> str:
    path = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in line.points)
    return f'<polyline class="line {line.kind}" points="{path}"><title>{escape(line.name)}</title></polyline>'


def _label_places(points: Sequence[Point], across: Place, up: Place) -> list[float]:
    """The heights of the labels: beside their points, moved down where two would lie on each other."""
    order = sorted(range(len(points)), key=lambda place: up(points[place].y))
    places = [0.0] * len(points)
    taken: list[tuple[float, float]] = []
    for place in order:
        x, y = across(points[place].x), up(points[place].y)
        near = [other for at, other in taken if abs(at - x) < RIGHT]
        while any(abs(other - y) < LABEL_PX for other in near):
            y = max(other for other in near if abs(other - y) < LABEL_PX) + LABEL_PX
        taken.append((x, y))
        places[place] = y
    return places


def _mark(point: Point, x: float, up: Place, label_at: float) -> str:
    y = up(point.y)
    told = f"{point.name}: {100 * point.y:.1f}% [{100 * point.low:.1f}, {100 * point.high:.1f}], spend {point.x:.6g}"
    bar = f'<path class="bar {point.kind}" d="M{x:.1f} {up(point.high):.1f}V{up(point.low):.1f}"/>'
    if point.kind == "oracle":
        mark = f'<path class="{point.kind}" d="M{x:.1f} {y - 7:.1f}l7 7l-7 7l-7 -7z"/>'
    elif point.kind == "team":
        mark = f'<rect class="{point.kind}" x="{x - 5:.1f}" y="{y - 5:.1f}" width="10" height="10"/>'
    else:
        mark = f'<circle class="{point.kind}" cx="{x:.1f}" cy="{y:.1f}" r="5.5"/>'
    label = f'<text class="label" x="{x + 10:.1f}" y="{label_at + 4:.1f}">{escape(point.name)}</text>'
    return f"<g><title>{escape(told)}</title>{bar}{mark}</g>{label}"


def _svg(inside: str, title: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{escape(title)}</title>{inside}</svg>"
    )
