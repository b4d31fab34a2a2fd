"""Rows of a list put on a drawing of the grids; those close together as one spot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from intranet.grids.queries import Drawing
from intranet.incidents.queries.lists import Light, Row

CELL = 44.0  # drawing units: a finger's width on a drawing 1000 wide
PIN = 20.0  # half of a sign
LETTER, LINE = 30.0, 18.0  # of a grid's name where it is drawn largest; half the height of a line
SHIFTS = (0.0, -36.0, 36.0, -60.0, 60.0, -90.0, 90.0)
JOININGS = 3  # joined, two may lie close to a third
_Placed = tuple[float, float, Row]
WORST = (Light.RED, Light.YELLOW, Light.GREEN, Light.GREY, None)


@dataclass(frozen=True, slots=True)
class Spot:
    """One place on the drawing and what lies there, the worst light first."""

    x: float
    y: float
    rows: tuple[Row, ...]

    @property
    def is_many(self) -> bool:
        """Whether more than one lies here."""
        return len(self.rows) > 1

    @property
    def light(self) -> Light | None:
        """The worst light of them."""
        return self.rows[0].light


def spots(rows: Iterable[Row], drawing: Drawing | None) -> tuple[list[Spot], list[Row]]:
    """Return the spots, the gravest last so that they lie on top, and the rows that have none."""
    cells: dict[tuple[int, int], list[_Placed]] = defaultdict(list)
    elsewhere: list[Row] = []
    for row in rows:
        if drawing is None or row.latitude_wgs84 is None or row.longitude_wgs84 is None:
            elsewhere.append(row)
            continue
        x, y = drawing.projection.at(row.longitude_wgs84, row.latitude_wgs84)
        if drawing.holds(x, y):
            cells[int(x // CELL), int(y // CELL)].append((x, y, row))
        else:
            elsewhere.append(row)
    groups = list(cells.values())
    for _pass in range(JOININGS):
        groups = _apart(groups)
    found = [_spot(inside) for inside in groups]
    return sorted(found, key=lambda spot: -WORST.index(spot.light)), elsewhere


def _apart(groups: Iterable[Sequence[_Placed]]) -> list[list[_Placed]]:
    """Join those that lie on both sides of a cell's edge: one sign would hide the other."""
    found: list[list[_Placed]] = []
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


def _middle(placed: Sequence[_Placed]) -> tuple[float, float]:
    count = len(placed)
    return sum(x for x, _y, _row in placed) / count, sum(y for _x, y, _row in placed) / count


@dataclass(frozen=True, slots=True)
class Name:
    """A grid's name and where its middle goes on the drawing."""

    name: str
    x: float
    y: float


def grid_names(drawing: Drawing, found: Iterable[Spot]) -> list[Name]:
    """Return the grids' names, each moved up or down from its grid's middle until it is free.

    Free is what neither signs nor other names cover; where nothing near is, the name goes where
    the fewest are, and is drawn over them.
    """
    taken = [(spot.x, spot.y, PIN, PIN) for spot in found]
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


def _spot(inside: Sequence[_Placed]) -> Spot:
    x, y = _middle(inside)
    rows = sorted((row for _x, _y, row in inside), key=lambda row: WORST.index(row.light))
    return Spot(round(x, 1), round(y, 1), tuple(rows))
