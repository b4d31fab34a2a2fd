"""Where something may be reported, and in which grid a place lies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, aliased

from intranet import clock
from intranet.access import POLICY, Permission, Viewer
from intranet.db import within
from intranet.grids.models import Boundary, Grid, GridKind, stored_boundary
from intranet.grids.models.boundaries import METRES_PER_DEGREE, metres_between
from intranet.grids.queries import community_path
from intranet.incidents.models import Category
from intranet.incidents.operations import FOUND_KINDS

PLACES_MAX = 500
# Nearer than this it may be a poor fix, or a gap between grids as they are drawn.
AWAY_METRES = 500


@dataclass(frozen=True, slots=True)
class ReportPlace:
    """A grid in which something may be found."""

    path: str
    name: str
    above: str

    @property
    def full(self) -> str:
        """Both names, the larger first."""
        return f"{self.above} › {self.name}" if self.above else self.name


def report_paths(viewer: Viewer) -> tuple[str, ...]:
    """Return where the viewer may report: the whole of every community they belong to.

    What happens across the street is told, too, be that street another's grid.
    """
    paths = viewer.paths(POLICY[Permission.INCIDENTS_INCIDENT_REPORT].roles)
    return tuple(sorted({community_path(path) for path in paths}))


def report_places(session: Session, viewer: Viewer) -> list[ReportPlace]:
    """Return the grids to choose from, in order of their codes; at most PLACES_MAX."""
    paths = report_paths(viewer)
    if not paths:
        return []
    above = aliased(Grid)
    rows = session.execute(
        select(Grid.path, Grid.name, above.name)
        .outerjoin(above, above.id == Grid.parent_id)
        .where(
            Grid.kind.in_(FOUND_KINDS),
            Grid.closed_on.is_(None),
            or_(*(within(Grid.path, path) for path in paths)),
        )
        .order_by(Grid.code)
        .limit(PLACES_MAX)
    )
    return [ReportPlace(path, name, parent or "") for path, name, parent in rows]


def reportable_grid(session: Session, viewer: Viewer, path: str) -> Grid | None:
    """Return the open grid at a path, if the viewer may report there."""
    if not any(path.startswith(mine) for mine in report_paths(viewer)):
        return None
    return session.scalar(
        select(Grid).where(Grid.path == path, Grid.closed_on.is_(None), Grid.kind.in_(FOUND_KINDS))
    )


def home(session: Session, viewer: Viewer) -> Grid | None:
    """Return the community where a draft lies whose grid is not known yet, or None.

    The viewer's own; for a town's or county's account the first below, for it has to lie somewhere:
    sent into another one, it gets a number of that one.
    """
    paths = report_paths(viewer)
    if not paths:
        return None
    found = (
        select(Grid)
        .where(
            within(Grid.path, paths[0]),
            Grid.kind == GridKind.COMMUNITY,
            Grid.closed_on.is_(None),
        )
        .order_by(Grid.code)
        .limit(1)
    )
    return session.scalar(found)


def grid_at(
    session: Session, viewer: Viewer, latitude_wgs84: float, longitude_wgs84: float
) -> Grid | None:
    """Return the grid a place lies in, among those the viewer may report in, or None."""
    return grid_in(session, report_paths(viewer), latitude_wgs84, longitude_wgs84)


def grid_in(
    session: Session, paths: Sequence[str], latitude_wgs84: float, longitude_wgs84: float
) -> Grid | None:
    """Return the micro-grid or dedicated grid below one of the paths a place lies in, or None."""
    if not paths:
        return None
    for grid in drawn(session, paths):
        boundary = boundary_of(grid)
        if boundary is not None and boundary.holds(latitude_wgs84, longitude_wgs84):
            return grid
    return None


def metres_away(
    session: Session, viewer: Viewer, latitude_wgs84: float, longitude_wgs84: float
) -> int:
    """Return how far outside every grid the viewer may report in a place lies, or 0.

    0 as well where no grid is drawn, where their community as drawn holds it, and within
    AWAY_METRES.
    """
    place = latitude_wgs84, longitude_wgs84
    paths = report_paths(viewer)
    whole = session.scalars(select(Grid).where(Grid.path.in_(paths))).all()
    around = [boundary_of(one) for one in (*whole, *drawn(session, paths))] if paths else []
    found = sorted((_box_metres(one, *place), n) for n, one in enumerate(around) if one)
    nearest = math.inf
    for least, n in found:
        boundary = around[n]
        if boundary is None or least > nearest:
            break
        if boundary.holds(*place):
            return 0
        nearest = min(nearest, metres_between(boundary, *place))
    return round(nearest) if AWAY_METRES < nearest < math.inf else 0


def _box_metres(boundary: Boundary, latitude: float, longitude: float) -> float:
    """Return how far a place is from a boundary at the least: from the box around it."""
    west, south, east, north = boundary.box
    wide = METRES_PER_DEGREE * math.cos(math.radians(latitude))
    aside = max(west - longitude, longitude - east, 0.0) * wide
    beyond = max(south - latitude, latitude - north, 0.0) * METRES_PER_DEGREE
    return math.hypot(aside, beyond)


def report_box(session: Session, viewer: Viewer) -> tuple[float, float, float, float] | None:
    """Return west, south, east, north around what is drawn of where the viewer may report."""
    paths = report_paths(viewer)
    around = [boundary_of(one) for one in drawn(session, paths)] if paths else []
    boxes = [one.box for one in around if one is not None]
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def drawn(session: Session, paths: Sequence[str]) -> Sequence[Grid]:
    """Return the open grids below the paths whose boundary is known, at most PLACES_MAX."""
    return session.scalars(
        select(Grid)
        .where(
            Grid.kind.in_(FOUND_KINDS),
            Grid.closed_on.is_(None),
            Grid.boundary_wgs84.is_not(None),
            or_(*(within(Grid.path, path) for path in paths)),
        )
        .order_by(Grid.code)
        .limit(PLACES_MAX)
    ).all()


def boundary_of(grid: Grid) -> Boundary | None:
    """Return a grid's boundary, None where it is not drawn."""
    return stored_boundary(grid.boundary_wgs84)


def categories(session: Session, *, closed: bool = False) -> Sequence[Category]:
    """Return the list of matters, each class before what is below it, as they are placed.

    Those on the list today; with ``closed`` also those that were or will be.
    """
    found = select(Category)
    if not closed:
        found = found.where(on_list(clock.today()))
    listed = session.scalars(found).all()
    classes = {one.id: (one.position, one.code) for one in listed if one.parent_id is None}

    def place(one: Category) -> tuple[Any, ...]:
        above = classes.get(one.parent_id or one.id, (0, ""))
        return (*above, one.parent_id is not None, one.position, one.code)

    return sorted(listed, key=place)


def category_or_none(session: Session, number: str) -> Category | None:
    """Return an open matter of the second level by its id as a form sends it."""
    if not number.isdecimal() or len(number) > 9:
        return None
    return session.scalar(
        select(Category).where(
            Category.id == int(number),
            Category.parent_id.is_not(None),
            on_list(clock.today()),
        )
    )


def on_list(day: date) -> ColumnElement[bool]:
    """Return the condition that a category may be reported on a day."""
    return and_(
        Category.opened_on <= day, or_(Category.closed_on.is_(None), Category.closed_on > day)
    )
