"""Rows of a list put on a drawing of the grids; those close together as one spot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from intranet.grids.queries import Drawing
from intranet.incidents.queries.lists import Light, Row

CELL = 44.0  # drawing units: a finger's width on a drawing 1000 wide
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
    cells: dict[tuple[int, int], list[tuple[float, float, Row]]] = defaultdict(list)
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
    found = [_spot(inside) for inside in cells.values()]
    return sorted(found, key=lambda spot: -WORST.index(spot.light)), elsewhere


def _spot(inside: Sequence[tuple[float, float, Row]]) -> Spot:
    count = len(inside)
    return Spot(
        round(sum(x for x, _y, _row in inside) / count, 1),
        round(sum(y for _x, y, _row in inside) / count, 1),
        tuple(sorted((row for _x, _y, row in inside), key=lambda row: WORST.index(row.light))),
    )
