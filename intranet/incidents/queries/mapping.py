"""Rows of a list put on a drawing of the grids; those close together as one spot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from intranet.grids import queries as grids
from intranet.grids.queries import Drawing, Name
from intranet.incidents.queries.lists import Light, Row

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
    places, elsewhere = grids.together(
        rows, drawing, lambda row: (row.latitude_wgs84, row.longitude_wgs84)
    )
    found = [
        Spot(one.x, one.y, tuple(sorted(one.things, key=lambda row: WORST.index(row.light))))
        for one in places
    ]
    return sorted(found, key=lambda spot: -WORST.index(spot.light)), elsewhere


def grid_names(drawing: Drawing, found: Iterable[Spot]) -> list[Name]:
    """Return the grids' names, each where no sign covers it."""
    return grids.grid_names(drawing, [(spot.x, spot.y) for spot in found])
