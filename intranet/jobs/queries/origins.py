"""From where one walks: a community, one of its micro-grids, or where a phone says that it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.grids import queries as grids
from intranet.grids.models import Grid, GridKind, stored_boundary
from intranet.grids.models.boundaries import METRES_PER_DEGREE
from intranet.jobs.operations.walking import DETOUR, METRES_A_MINUTE


@dataclass(frozen=True, slots=True)
class Origin:
    """A place, WGS84; ``key`` is a grid's code, or empty for a place of one's own."""

    key: str
    name: str
    latitude: float
    longitude: float

    @property
    def squeeze(self) -> float:
        """How long a degree of longitude is here, beside one of latitude."""
        return math.cos(math.radians(self.latitude))

    def metres_to(self, latitude: float | None, longitude: float | None) -> float | None:
        """Return how far a place is as the crow flies; None where it has none."""
        if latitude is None or longitude is None:
            return None
        north, east = latitude - self.latitude, (longitude - self.longitude) * self.squeeze
        return math.hypot(north, east) * METRES_PER_DEGREE

    def minutes_to(self, latitude: float | None, longitude: float | None) -> int | None:
        """Return how long one walks there, about; None where it has no place."""
        metres = self.metres_to(latitude, longitude)
        return None if metres is None else max(1, math.ceil(metres * DETOUR / METRES_A_MINUTE))


def metres_of(minutes: int) -> float:
    """Return how far, as the crow flies, one gets in so many minutes."""
    return minutes * METRES_A_MINUTE / DETOUR


def home_community(session: Session, viewer: Viewer | None) -> Grid | None:
    """Return the viewer's community, or the one there is; None of several. At most two queries."""
    paths = sorted({grant.path for grant in viewer.grants}) if viewer is not None else []
    for path in paths[:1]:
        found = grids.grid_by_path(session, grids.community_path(path))
        if found is not None and found.kind is GridKind.COMMUNITY:
            return found
    open_ones = (Grid.kind == GridKind.COMMUNITY, Grid.closed_on.is_(None))
    some = session.scalars(select(Grid).where(*open_ones).order_by(Grid.code).limit(2)).all()
    return some[0] if len(some) == 1 else None


def origins_of(community: Grid | None) -> Sequence[Origin]:
    """Return the community and its micro-grids by their middles, those drawn. One query."""
    if community is None:
        return []
    found = []
    for grid in (community, *grids.micro_grids(community)):
        boundary = stored_boundary(grid.boundary_wgs84)
        if boundary is not None:
            longitude, latitude = boundary.middle
            found.append(Origin(grid.code, grid.name, latitude, longitude))
    return found
