"""Where an incident was found, drawn: its grid, the grids around, the point, cameras near it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.cameras import queries as cameras
from intranet.cameras.queries import Near
from intranet.cameras.queries.talks import Said, said_about
from intranet.db import within
from intranet.grids import queries as grids
from intranet.grids.models import Grid, GridKind
from intranet.grids.queries import Drawing
from intranet.incidents.models import Incident
from intranet.incidents.operations import FOUND_KINDS

NEAR_METRES = 150
CAMERAS_MAX = 6
GRIDS_MAX = 120


@dataclass(frozen=True, slots=True)
class Mark:
    """Something at a point of the drawing, in its units."""

    label: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The map of one incident; each part of it may be missing."""

    drawing: Drawing | None
    here: Grid | None
    point: Mark | None
    is_off: bool  # the point lies off the drawing, away from the grid it is said to be in
    cameras: Sequence[Near]
    marks: Sequence[Mark]  # of the cameras
    grids: Sequence[Grid]  # those it could be moved to
    said: Sequence[tuple[Said, str, str]]  # through cameras about it: what, camera's code and name


def surroundings(session: Session, viewer: Viewer, incident: Incident) -> Surroundings:
    """Return what the map of an incident shows to this viewer: three queries."""
    around = session.scalars(
        select(Grid)
        .where(
            within(Grid.path, incident.community_path),
            Grid.kind.in_(FOUND_KINDS),
            or_(Grid.closed_on.is_(None), Grid.path == incident.grid_path),
        )
        .order_by(Grid.code)
        .limit(GRIDS_MAX)
    ).all()
    here = next((one for one in around if one.path == incident.grid_path), None)
    micros = [one for one in around if one.kind is GridKind.MICRO or one is here]
    focus = here if here is not None and here.boundary_wgs84 else None
    drawing = grids.draw(micros, focus=focus)
    near = cameras.near(
        session,
        viewer,
        latitude_wgs84=incident.latitude_wgs84,
        longitude_wgs84=incident.longitude_wgs84,
        metres=NEAR_METRES,
        grid_path=incident.grid_path,
        limit=CAMERAS_MAX,
    )
    point = _mark(drawing, incident.latitude_wgs84, incident.longitude_wgs84, incident.place)
    marks = [_mark(drawing, one.latitude_wgs84, one.longitude_wgs84, one.name) for one in near]
    return Surroundings(
        drawing=drawing,
        here=here,
        point=point,
        is_off=drawing is not None and incident.latitude_wgs84 is not None and point is None,
        cameras=near,
        marks=[one for one in marks if one is not None],
        grids=[one for one in around if one.closed_on is None],
        said=said_about(session, viewer, incident.number),
    )


def _mark(
    drawing: Drawing | None, latitude: float | None, longitude: float | None, label: str
) -> Mark | None:
    if drawing is None or latitude is None or longitude is None:
        return None
    x, y = drawing.projection.at(longitude, latitude)
    return Mark(label, x, y) if drawing.holds(x, y) else None
