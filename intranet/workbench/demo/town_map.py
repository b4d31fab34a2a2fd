"""The demo town's ground: 1.3 km², cut along crooked streets into cells that tile it exactly.

Invented: no such town lies there. Neighbouring cells share the very same corner points, so the
boundaries leave no gap and overlap nowhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from intranet.grids.models import Boundary
from intranet.grids.models.boundaries import METRES_PER_DEGREE, Point, spans

Corner = tuple[int, int]
WIGGLE = 0.16  # of a cell's side
BENDS = 3  # points between two corners of a street


@dataclass(frozen=True, slots=True)
class Ground:
    """A rectangle of crooked cells; (0, 0) is the north-western one."""

    south_west: Point
    width_m: float
    height_m: float
    columns: int
    rows: int
    streets: dict[tuple[Corner, Corner], tuple[Point, ...]]

    def cell(self, row: int, column: int) -> Boundary:
        """Return one cell."""
        return self.union([(row, column)])

    def union(self, cells: Iterable[tuple[int, int]]) -> Boundary:
        """Return the outline of cells that hang together: streets between two of them vanish."""
        edges: set[tuple[Corner, Corner]] = set()
        for row, column in cells:
            # Counter-clockwise from the south-western corner.
            ring = [
                (row + 1, column),
                (row + 1, column + 1),
                (row, column + 1),
                (row, column),
                (row + 1, column),
            ]
            for a, b in pairwise(ring):
                if (b, a) in edges:
                    edges.remove((b, a))
                else:
                    edges.add((a, b))
        follows = dict(sorted(edges))
        outline: list[Point] = []
        here = next(iter(follows))
        for _ in range(len(follows)):
            following = follows[here]
            outline += self._street(here, following)[:-1]
            here = following
        return Boundary((((*outline, outline[0]),),))

    def _street(self, a: Corner, b: Corner) -> tuple[Point, ...]:
        return self.streets[a, b] if (a, b) in self.streets else self.streets[b, a][::-1]


def lay_out(
    dice: Random, south_west: Point, *, width_m: float, height_m: float, rows: int, columns: int
) -> Ground:
    """Throw the corners and bends of every street; the outermost ones keep the size."""
    per_metre = 1 / METRES_PER_DEGREE
    squeeze = math.cos(math.radians(south_west[1]))
    side_x, side_y = width_m / columns, height_m / rows

    def place(x: float, y: float) -> Point:
        return (
            round(south_west[0] + x * per_metre / squeeze, 7),
            round(south_west[1] + y * per_metre, 7),
        )

    metres: dict[Corner, tuple[float, float]] = {}
    for row in range(rows + 1):
        for column in range(columns + 1):
            x, y = column * side_x, (rows - row) * side_y
            if 0 < column < columns:
                x += dice.uniform(-WIGGLE, WIGGLE) * side_x
            if 0 < row < rows:
                y += dice.uniform(-WIGGLE, WIGGLE) * side_y
            metres[row, column] = (x, y)
    streets = {}
    for (row, column), (x, y) in metres.items():
        for neighbour in ((row + 1, column), (row, column + 1)):
            if neighbour not in metres:
                continue
            to_x, to_y = metres[neighbour]
            bends = [place(x, y)]
            for step in range(1, BENDS + 1):
                share = step / (BENDS + 1)
                off = dice.uniform(-0.035, 0.035)
                bends.append(
                    place(
                        x + (to_x - x) * share - (to_y - y) * off,
                        y + (to_y - y) * share + (to_x - x) * off,
                    )
                )
            streets[(row, column), neighbour] = (*bends, place(to_x, to_y))
    return Ground(south_west, width_m, height_m, columns, rows, streets)


def scatter(dice: Random, boundary: Boundary, count: int) -> list[Point]:
    """Return places inside the boundary, spread over it from south to north."""
    _, south, _, north = boundary.box
    places: list[Point] = []
    for number in range(count):
        latitude = south + (north - south) * (number + dice.uniform(0.3, 0.7)) / count
        west, east = dice.choice(spans(boundary.rings, latitude))
        longitude = west + (east - west) * dice.uniform(0.08, 0.92)
        places.append((round(longitude, 6), round(latitude, 6)))
    return places
