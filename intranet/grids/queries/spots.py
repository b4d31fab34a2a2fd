"""Things put on a drawing of the grids; those close together as one spot, names beside them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from intranet.grids.queries.drawing import Drawing

Thing = TypeVar("Thing")
CELL = 44.0  # drawing units: a finger's width on a drawing 1000 wide
PIN = 20.0  # half of a sign
LETTER, LINE = 30.0, 18.0  # of a grid's name where it is drawn largest; half the height of a line
SHIFTS = (0.0, -36.0, 36.0, -60.0, 60.0, -90.0, 90.0)
COLUMNS = 8  # of squares on a drawing for fingers: 44 px each where a phone shows it 360 px wide
JOININGS = 3  # joined, two may lie close to a third


@dataclass(frozen=True, slots=True)
class Together(Generic[Thing]):
    """One place on the drawing, in its units, and what lies there."""

    x: float
    y: float
    things: tuple[Thing, ...]

    @property
    def is_many(self) -> bool:
        """Whether more than one lies here."""
        return len(self.things) > 1


def together(
    things: Iterable[Thing],
    drawing: Drawing | None,
    place: Callable[[Thing], tuple[float | None, float | None]],
) -> tuple[list[Together[Thing]], list[Thing]]:
    """Return the spots, and what has none; ``place`` gives latitude and longitude, WGS84."""
    cells: dict[tuple[int, int], list[tuple[float, float, Thing]]] = defaultdict(list)
    elsewhere: list[Thing] = []
    for thing in things:
        latitude, longitude = place(thing)
        if drawing is None or latitude is None or longitude is None:
            elsewhere.append(thing)
            continue
        x, y = drawing.projection.at(longitude, latitude)
        if drawing.holds(x, y):
            cells[int(x // CELL), int(y // CELL)].append((x, y, thing))
        else:
            elsewhere.append(thing)
    groups = list(cells.values())
    for _pass in range(JOININGS):
        groups = _apart(groups)
    return [_one(inside) for inside in groups], elsewhere


@dataclass(frozen=True, slots=True)
class Squares(Generic[Thing]):
    """What lies in each square of a drawing; ``side`` is a square's, in the drawing's units."""

    side: float
    spots: list[Together[Thing]]  # each in the middle of its square
    elsewhere: list[Thing]


def by_squares(
    things: Iterable[Thing],
    drawing: Drawing | None,
    place: Callable[[Thing], tuple[float | None, float | None]],
) -> Squares[Thing]:
    """Gather things by squares that fill the drawing: signs neither overlap nor are cut off.

    There are never more spots than squares, from the top left on, however many things there are.
    ``place`` gives latitude and longitude, WGS84.
    """
    side = drawing.width / COLUMNS if drawing else 0.0
    lines = max(1, int(drawing.height // side)) if drawing else 1
    squares: dict[tuple[int, int], list[Thing]] = defaultdict(list)
    elsewhere: list[Thing] = []
    for thing in things:
        latitude, longitude = place(thing)
        spot = None
        if drawing is not None and latitude is not None and longitude is not None:
            spot = drawing.projection.at(longitude, latitude)
        if drawing is None or spot is None or not drawing.holds(*spot):
            elsewhere.append(thing)
            continue
        line = min(int(spot[1] / drawing.height * lines), lines - 1)
        squares[line, min(int(spot[0] / side), COLUMNS - 1)].append(thing)
    high = drawing.height / lines if drawing else 0.0
    spots = [
        Together(round((column + 0.5) * side, 1), round((line + 0.5) * high, 1), tuple(inside))
        for (line, column), inside in sorted(squares.items(), key=lambda one: one[0])
    ]
    return Squares(round(side, 1), spots, elsewhere)


def _apart(
    groups: Iterable[Sequence[tuple[float, float, Thing]]],
) -> list[list[tuple[float, float, Thing]]]:
    """Join those that lie on both sides of a cell's edge: one sign would hide the other."""
    found: list[list[tuple[float, float, Thing]]] = []
    for group in groups:
        x, y = _middle(group)
        for other in found:
            other_x, other_y = _middle(other)
            if abs(x - other_x) < 2 * PIN and abs(y - other_y) < 2 * PIN:
                other.extend(group)
                break
        else:
            found.append(list(group))
    return found


def _middle(placed: Sequence[tuple[float, float, Thing]]) -> tuple[float, float]:
    count = len(placed)
    return sum(x for x, _y, _thing in placed) / count, sum(y for _x, y, _ in placed) / count


def _one(inside: Sequence[tuple[float, float, Thing]]) -> Together[Thing]:
    x, y = _middle(inside)
    return Together(round(x, 1), round(y, 1), tuple(thing for _x, _y, thing in inside))


@dataclass(frozen=True, slots=True)
class Name:
    """A grid's name and where its middle goes on the drawing."""

    name: str
    x: float
    y: float


def grid_names(drawing: Drawing, found: Iterable[tuple[float, float]]) -> list[Name]:
    """Return the grids' names, each moved up or down from its grid's middle until it is free.

    ``found`` is where signs are. Free is what neither signs nor other names cover; where nothing
    near is, the name goes where the fewest are, and is drawn over them.
    """
    taken = [(x, y, PIN, PIN) for x, y in found]
    names = []
    for shape in drawing.shapes:
        half = len(shape.name) * LETTER / 2

        def covered(y: float, x: float = shape.x, half: float = half) -> int:
            return sum(
                abs(x - at_x) < half + wide and abs(y - at_y) < LINE + high
                for at_x, at_y, wide, high in taken
            )

        places = [shape.y + shift for shift in SHIFTS]
        inside = [y for y in places if LINE < y < drawing.height - LINE]
        y = min(inside, key=covered, default=shape.y)
        taken.append((shape.x, y, half, LINE))
        names.append(Name(shape.name, shape.x, round(y, 1)))
    return names
