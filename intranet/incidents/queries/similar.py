"""What was reported nearby lately: offered before the same thing is reported twice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.grids.models import Grid
from intranet.grids.models.boundaries import METRES_PER_DEGREE
from intranet.grids.queries import community_path
from intranet.incidents.models import PAUSED, Category, Incident, Source, State
from intranet.incidents.queries.cases import visible

RADIUS_METRES = 250
WINDOW = timedelta(days=7)
SIMILAR_MAX = 5
SCANNED_MAX = 500


@dataclass(frozen=True, slots=True)
class Similar:
    """An open incident of the same kind; its words only for whoever may see it."""

    number: str
    short_number: str
    category: str
    state: State
    reported_at: datetime
    metres: int | None
    description: str
    is_visible: bool
    turn: int
    grid_path: str
    id: int
    is_own: bool = False  # the viewer's own report, not for a caller
    own_number: str = ""  # of the viewer's report that was merged into it
    may_join: bool = False


def similar(
    session: Session,
    viewer: Viewer,
    *,
    category: Category,
    grid: Grid,
    latitude_wgs84: float | None,
    longitude_wgs84: float | None,
    at: datetime,
    besides: int = 0,
    most: int = SIMILAR_MAX,
) -> Sequence[Similar]:
    """Return open incidents of the category within RADIUS_METRES and WINDOW, the nearest first.

    Where either has no coordinates, those of the same grid. Two queries.
    """
    near = _box(latitude_wgs84, longitude_wgs84)
    placed = Incident.latitude_wgs84.is_not(None)
    here = Incident.grid_path == grid.path
    rows = session.execute(
        select(Incident, visible(viewer).label("is_visible"))
        .where(
            Incident.is_open,
            Incident.category_id == category.id,
            Incident.community_path == community_path(grid.path),
            Incident.reported_at > at - WINDOW,
            Incident.id != besides,
            or_(near, and_(~placed, here)) if near is not None else here,
        )
        .order_by(Incident.id.desc())
        .limit(SCANNED_MAX)
    ).all()
    own = _joined(session, viewer, [one.id for one, _is_visible in rows])
    found = [
        Similar(
            number=one.number,
            short_number=one.short_number,
            category=category.name,
            state=one.state,
            reported_at=one.reported_at or one.changed_at,
            metres=_metres(one, latitude_wgs84, longitude_wgs84),
            description=one.description if is_visible and one.hidden_at is None else "",
            is_visible=is_visible,
            turn=one.turn,
            grid_path=one.grid_path,
            id=one.id,
            is_own=_is_own(one, viewer),
            own_number=own.get(one.id, ""),
            may_join=one.state not in PAUSED and not _is_own(one, viewer) and one.id not in own,
        )
        for one, is_visible in rows
    ]
    within = [one for one in found if one.metres is None or one.metres <= RADIUS_METRES]
    return sorted(within, key=lambda one: (one.metres is None, one.metres or 0))[:most]


def _is_own(incident: Incident, viewer: Viewer) -> bool:
    return incident.reporter_id == viewer.account_id and incident.source is not Source.CALLER


def _joined(session: Session, viewer: Viewer, ids: Sequence[int]) -> dict[int, str]:
    """Return the numbers of the viewer's own reports that were merged into these."""
    if not ids:
        return {}
    rows = session.execute(
        select(Incident.merged_into_id, Incident.number).where(
            Incident.reporter_id == viewer.account_id,
            Incident.state == State.MERGED,
            Incident.source != Source.CALLER,
            Incident.merged_into_id.in_(ids),
        )
    )
    return {into: number for into, number in rows if into is not None}


def _box(latitude: float | None, longitude: float | None) -> ColumnElement[bool] | None:
    """Return the condition "inside the square around the circle", or None without a place."""
    if latitude is None or longitude is None:
        return None
    reach = RADIUS_METRES / METRES_PER_DEGREE
    wide = reach / math.cos(math.radians(latitude))
    return and_(
        Incident.latitude_wgs84.between(latitude - reach, latitude + reach),
        Incident.longitude_wgs84.between(longitude - wide, longitude + wide),
    )


def _metres(incident: Incident, latitude: float | None, longitude: float | None) -> int | None:
    """Return the distance on a local flat earth."""
    if (
        latitude is None
        or longitude is None
        or incident.latitude_wgs84 is None
        or incident.longitude_wgs84 is None
    ):
        return None
    north = (incident.latitude_wgs84 - latitude) * METRES_PER_DEGREE
    east = (incident.longitude_wgs84 - longitude) * METRES_PER_DEGREE
    return round(math.hypot(north, east * math.cos(math.radians(latitude))))
