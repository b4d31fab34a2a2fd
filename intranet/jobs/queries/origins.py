"""From where one walks: a station, a community, a micro-grid, or where a phone says that it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.access import POLICY, Permission, Viewer
from intranet.grids import queries as grids
from intranet.grids.models import Grid, GridKind, stored_boundary
from intranet.grids.models.boundaries import METRES_PER_DEGREE
from intranet.jobs.models import Station
from intranet.jobs.operations.walking import DETOUR, METRES_A_MINUTE
from intranet.jobs.queries.stations import stations_of


@dataclass(frozen=True, slots=True)
class Origin:
    """A place, WGS84; ``key`` is a grid's code, a station's number, or ``own``."""

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


def communities_of(session: Session, viewer: Viewer, permission: Permission) -> Sequence[Grid]:
    """Return the communities in or right at which the viewer holds a permission; one query."""
    paths = {grids.community_path(path) for path in viewer.paths(POLICY[permission].roles)}
    asked = select(Grid).where(Grid.path.in_(paths), Grid.kind == GridKind.COMMUNITY)
    return session.scalars(asked.order_by(Grid.code)).all()


def origins_of(session: Session, community: Grid | None, viewer: Viewer | None) -> Sequence[Origin]:
    """Return from where one may walk, the usual one first. Two queries.

    Stations of the community, the nearest to where the viewer belongs or else the oldest first;
    then the community and its micro-grids by their middles, those drawn.
    """
    if community is None:
        return []
    grants = {grant.path for grant in viewer.grants} if viewer is not None else set()
    drawn = [(one, middle(one)) for one in (community, *grids.micro_grids(community))]
    middles = [(grid.path, place) for grid, place in drawn if place is not None]
    own = next((place for path, place in middles if path in grants), None)
    found = [at_station(one) for one in stations_of(session, community.path)]
    return [*nearest_first(found, own), *(place for _path, place in middles)]


def middle(grid: Grid | None) -> Origin | None:
    """Return the middle of a grid; None where it is not drawn."""
    boundary = stored_boundary(grid.boundary_wgs84) if grid is not None else None
    if grid is None or boundary is None:
        return None
    longitude, latitude = boundary.middle
    return Origin(grid.code, grid.name, latitude, longitude)


def at_station(station: Station) -> Origin:
    """Return where a station is; no grid's code begins as its key does."""
    return Origin(f"s{station.id}", station.name, station.latitude, station.longitude)


def nearest_first(places: Sequence[Origin], own: Origin | None) -> list[Origin]:
    """Return places with the nearest first; in the order given where one is nowhere."""
    if own is None:
        return list(places)
    return sorted(places, key=lambda one: own.metres_to(one.latitude, one.longitude) or 0.0)
