"""What was reported nearby lately: offered before the same thing is reported twice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, false, not_, or_, select
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.grids.models import Grid
from intranet.grids.models.boundaries import METRES_PER_DEGREE
from intranet.grids.queries import community_path
from intranet.incidents.models import Category, Incident, Source, State
from intranet.incidents.operations import JOINABLE
from intranet.incidents.queries.cases import visible
from intranet.incidents.queries.places import boundary_of, drawn, report_paths

RADIUS_METRES = 250
WINDOW = timedelta(days=7)
SIMILAR_MAX = 5
SCANNED_MAX = 500


@dataclass(frozen=True, slots=True)
class Similar:
    """An open incident of the same kind.

    Whoever may not see it learns of matter and day only: its distance would tell where it is.
    """

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
    """Return open incidents of the category of the last WINDOW nearby, the nearest first.

    Those the viewer may see: within RADIUS_METRES, or in the same grid where either has no
    coordinates. Others: in the grid or one around it. Three queries.
    """
    sees = visible(viewer)
    near = _box(latitude_wgs84, longitude_wgs84)
    here = Incident.grid_path == grid.path
    beside = or_(near, and_(Incident.latitude_wgs84.is_(None), here)) if near is not None else here
    hidden = _hidden(session, viewer, category, grid)
    rows = session.execute(
        select(Incident, sees.label("is_visible"))
        .where(
            Incident.is_open,
            Incident.category_id == category.id,
            Incident.community_path == community_path(grid.path),
            Incident.reported_at > at - WINDOW,
            Incident.id != besides,
            or_(and_(sees, beside), and_(not_(sees), hidden)),
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
            metres=_metres(one, latitude_wgs84, longitude_wgs84) if is_visible else None,
            description=one.description if is_visible and one.hidden_at is None else "",
            is_visible=is_visible,
            turn=one.turn,
            grid_path=one.grid_path,
            id=one.id,
            is_own=_is_own(one, viewer),
            own_number=own.get(one.id, ""),
            may_join=one.state in JOINABLE and not _is_own(one, viewer) and one.id not in own,
        )
        for one, is_visible in rows
    ]
    within = [one for one in found if one.metres is None or one.metres <= RADIUS_METRES]
    return sorted(within, key=lambda one: (one.metres is None, one.metres or 0))[:most]


def _hidden(
    session: Session, viewer: Viewer, category: Category, grid: Grid
) -> ColumnElement[bool]:
    """Return which incidents out of the viewer's sight are offered all the same.

    Only what the house publishes anyway, of the viewer's own community, while it is still to be
    done. Near is by grids: whoever asks with one place after the other finds out no more than that.
    """
    if not category.is_public or not any(grid.path.startswith(p) for p in report_paths(viewer)):
        return false()
    return and_(Incident.state.in_(JOINABLE), Incident.grid_path.in_(_around(session, grid)))


def _around(session: Session, grid: Grid) -> list[str]:
    """Return the grid and those whose middle is within RADIUS_METRES of its own."""
    middle = _middle(grid)
    if middle is None:
        return [grid.path]
    others = [(one.path, _middle(one)) for one in drawn(session, [community_path(grid.path)])]
    near = {path for path, there in others if there and apart(middle, there) <= RADIUS_METRES}
    return sorted(near | {grid.path})


def _middle(grid: Grid) -> tuple[float, float] | None:
    """Return latitude and longitude of the middle of a grid as it is drawn, or None."""
    boundary = boundary_of(grid)
    if boundary is None:
        return None
    west, south, east, north = boundary.box
    return (south + north) / 2, (west + east) / 2


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
    """Return how far an incident is from a place, or None where either is not known."""
    if (
        latitude is None
        or longitude is None
        or incident.latitude_wgs84 is None
        or incident.longitude_wgs84 is None
    ):
        return None
    there = incident.latitude_wgs84, incident.longitude_wgs84
    return round(apart((latitude, longitude), there))


def apart(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Return the metres between two places, latitude first, on a local flat earth."""
    north = (there[0] - here[0]) * METRES_PER_DEGREE
    east = (there[1] - here[1]) * METRES_PER_DEGREE
    return math.hypot(north, east * math.cos(math.radians(here[0])))
