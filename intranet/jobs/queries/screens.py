"""Touch screens: from where one walks, where people live, and which screens are alive."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from intranet.access import Permission, Role, Viewer, scope_condition
from intranet.grids import queries as grids
from intranet.grids.models import Grid, GridKind, stored_boundary
from intranet.grids.models.boundaries import metres_between
from intranet.jobs.models import Occupation, Screen, StationScreen
from intranet.jobs.queries.branches import LENGTHS
from intranet.jobs.queries.cursors import EPOCH, behind, heard, told
from intranet.jobs.queries.origins import (
    Origin,
    at_station,
    home_community,
    middle,
    nearest_first,
)
from intranet.jobs.queries.stations import station_of_screen, stations_of
from intranet.people.models import Account, RoleGrant

LATE, SILENT = timedelta(minutes=2), timedelta(minutes=10)
PAGE, HOMES_MAX = 100, 60
NEAR_METRES = 500  # farther from every grid as drawn a screen stands in none


@dataclass(frozen=True, slots=True)
class Seen:
    """One screen, when it was heard last (None: never), and the station it was put into."""

    account_id: int
    name: str
    grid_path: str
    seen_at: datetime | None
    station_id: int | None

    def light(self, now: datetime) -> str:
        """Return green, yellow once it is late, red once it has been silent for ten minutes."""
        if self.seen_at is None or now - self.seen_at > SILENT:
            return "red"
        return "yellow" if now - self.seen_at > LATE else "green"


def screens(session: Session, viewer: Viewer, *, after: str = "") -> tuple[list[Seen], str]:
    """Return some screens of the viewer's grids, those silent longest first, and where to go on.

    One query. A screen that speaks meanwhile goes behind the others: it is seen once more.
    """
    heard_at = func.coalesce(Screen.seen_at, EPOCH, type_=Screen.seen_at.type)
    order = (heard_at, Account.id, RoleGrant.id)
    found = (
        _kiosks(select(Account.id, Account.display_name, RoleGrant.grid_path), viewer)
        .add_columns(Screen.seen_at, StationScreen.station_id, RoleGrant.id)
        .outerjoin(StationScreen, StationScreen.account_id == Account.id)
        .order_by(*order)
    )
    last = heard(after, datetime, int, int)
    if last:
        found = found.where(behind(order, last))
    rows = session.execute(found.limit(PAGE + 1)).all()
    shown = [Seen(*row[:5]) for row in rows[:PAGE]]
    if not rows[PAGE:]:
        return shown, ""
    return shown, told(shown[-1].seen_at or EPOCH, shown[-1].account_id, rows[PAGE - 1][5])


def silent_count(session: Session, viewer: Viewer, *, now: datetime) -> int:
    """Return how many screens of the viewer's grids are silent, as their light says; one query."""
    is_silent = or_(Screen.seen_at.is_(None), Screen.seen_at < now - SILENT)
    asked = select(func.count(Account.id)).select_from(Account)
    return session.scalar(_kiosks(asked, viewer).where(is_silent)) or 0


def _kiosks(asked: Any, viewer: Viewer) -> Any:
    return (
        asked.join(RoleGrant, RoleGrant.account_id == Account.id)
        .outerjoin(Screen, Screen.account_id == Account.id)
        .where(
            RoleGrant.role == Role.KIOSK,
            RoleGrant.ended_at.is_(None),
            Account.disabled_at.is_(None),
            scope_condition(RoleGrant.grid_path, viewer, Permission.JOBS_SCREEN_VIEW),
        )
    )


def station_place(session: Session, viewer: Viewer) -> Origin | None:
    """Return where the screen stands, or None.

    That is the station it was put into; else the nearest of its community; else the middle of its
    grid, or of its community.
    """
    own_station = station_of_screen(session, viewer.account_id)
    if own_station is not None:
        return at_station(own_station)
    paths = sorted(grant.path for grant in viewer.grants)
    own = grids.grid_by_path(session, paths[0]) if paths else None
    community = home_community(session, viewer)
    middles = [one for one in map(middle, (own, community)) if one is not None]
    found = [at_station(one) for one in stations_of(session, community.path)] if community else []
    return next(iter([*nearest_first(found, middles[0] if middles else None), *middles]), None)


def station_grid(session: Session, viewer: Viewer) -> Grid | None:
    """Return the grid in which a wish is filed where no home was said.

    That is the general grid the screen stands in, for its members ring; the community, whose
    station rings, where nobody knows which that is.
    """
    paths = sorted(grant.path for grant in viewer.grants)
    own = grids.grid_by_path(session, paths[0]) if paths else None
    if own is not None and own.kind is GridKind.GENERAL:
        return own
    community, place = home_community(session, viewer), station_place(session, viewer)
    if community is None or place is None:
        return community
    micros = grids.micro_grids(community)
    away = [_metres_away(one, place) for one in micros]
    if not micros or min(away) > NEAR_METRES:
        return community
    return grids.ancestors(micros[away.index(min(away))])[-1]


def is_the_stations(session: Session, grid_path: str) -> bool:
    """Whether a wish in a grid is the station's to ring about: it is in no general grid."""
    grid = grids.grid_by_path(session, grid_path)
    return grid is None or grid.kind is GridKind.COMMUNITY


def _metres_away(grid: Grid, place: Origin) -> float:
    """Return how far outside a grid a place lies, 0 within it; endless where it is not drawn."""
    boundary = stored_boundary(grid.boundary_wgs84)
    if boundary is None:
        return math.inf
    point = place.latitude, place.longitude
    return 0.0 if boundary.holds(*point) else metres_between(boundary, *point)


def homes(session: Session, viewer: Viewer) -> Sequence[Grid]:
    """Return the micro-grids in which somebody at the screen may live, in the community's order."""
    community = home_community(session, viewer)
    return [] if community is None else list(grids.micro_grids(community))[:HOMES_MAX]


def kinds_below(session: Session, code: str) -> Sequence[Occupation]:
    """Return the kinds of work right below one, or the widest; one query."""
    size = next((one for one in LENGTHS if one > len(code)), None)
    if size is None:
        return []
    inside = Occupation.code.startswith(f"{code}-" if code else "", autoescape=True)
    found = select(Occupation).where(inside, func.length(Occupation.code) == size)
    return session.scalars(found.order_by(Occupation.code)).all()


def kind(session: Session, code: str) -> Occupation | None:
    """Return a kind of work at any depth."""
    return session.get(Occupation, code)
