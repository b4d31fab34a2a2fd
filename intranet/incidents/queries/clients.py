"""Which systems outside have keys, and where what they report lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from intranet.access import Permission, Viewer, scope_condition
from intranet.db import within
from intranet.grids.models import Grid, GridKind
from intranet.incidents.models import Client, OutsideReport, OutsideUpdate
from intranet.incidents.operations import FOUND_KINDS
from intranet.incidents.queries.places import boundary_of, drawn, grid_in

PLACES_MAX = 1000
CLIENTS_MAX = 200
JURISDICTIONS = (GridKind.COUNTY, GridKind.TOWN, GridKind.COMMUNITY)


def jurisdiction(session: Session, code: str) -> Grid | None:
    """Return the county, town or community of a code."""
    return session.scalar(select(Grid).where(Grid.code == code, Grid.kind.in_(JURISDICTIONS)))


def grid_of_code(session: Session, path: str, code: str) -> Grid | None:
    """Return the open grid of a code below a path in which something may be found."""
    kinds = (*FOUND_KINDS, GridKind.GENERAL, GridKind.COMMUNITY)
    return session.scalar(
        select(Grid).where(
            Grid.code == code,
            Grid.kind.in_(kinds),
            Grid.closed_on.is_(None),
            within(Grid.path, path),
        )
    )


def grid_of_place(
    session: Session, path: str, latitude_wgs84: float, longitude_wgs84: float
) -> Grid | None:
    """Return the micro-grid a place lies in, else the community around it, else None.

    A community that was not drawn reaches as far as the box around its micro-grids; where there
    are none of those either, nobody can tell, and the only community of the scope takes it.
    """
    found = grid_in(session, (path,), latitude_wgs84, longitude_wgs84)
    if found is not None:
        return found
    communities = _communities(session, path)
    for one in communities:
        boundary = boundary_of(one)
        if boundary is not None:
            if boundary.holds(latitude_wgs84, longitude_wgs84):
                return one
            continue
        below = [box.box for box in map(boundary_of, drawn(session, (one.path,))) if box]
        if not below and len(communities) == 1:
            return one
        if below and _in_box(below, latitude_wgs84, longitude_wgs84):
            return one
    return None


def only_community(session: Session, path: str) -> Grid | None:
    """Return the community of a scope that has only one."""
    found = _communities(session, path)
    return found[0] if len(found) == 1 else None


def _communities(session: Session, path: str) -> Sequence[Grid]:
    return session.scalars(
        select(Grid)
        .where(within(Grid.path, path), Grid.kind == GridKind.COMMUNITY, Grid.closed_on.is_(None))
        .order_by(Grid.code)
        .limit(PLACES_MAX)
    ).all()


def _in_box(
    boxes: Sequence[tuple[float, float, float, float]], latitude: float, longitude: float
) -> bool:
    west, south = min(box[0] for box in boxes), min(box[1] for box in boxes)
    east, north = max(box[2] for box in boxes), max(box[3] for box in boxes)
    return west <= longitude <= east and south <= latitude <= north


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A client as the page of keys lists it."""

    client: Client
    reports: int
    updates: int


def clients(session: Session, viewer: Viewer) -> list[ClientRow]:
    """Return the clients within the viewer's part of the tree, those in use first."""
    reports = _count(OutsideReport.client_id)
    updates = _count(OutsideUpdate.client_id)
    rows = session.execute(
        select(Client, reports, updates)
        .where(_manageable(viewer))
        .order_by(Client.revoked_at.is_not(None), Client.id.desc())
        .limit(CLIENTS_MAX)
    )
    return [ClientRow(*row) for row in rows]


def client_or_none(session: Session, viewer: Viewer, client_id: int) -> Client | None:
    """Return a client within the viewer's part of the tree."""
    return session.scalar(select(Client).where(Client.id == client_id, _manageable(viewer)))


def client_places(session: Session, viewer: Viewer) -> Sequence[Grid]:
    """Return the communities and towns a key may be given for, the smaller ones first."""
    return session.scalars(
        select(Grid)
        .where(
            Grid.kind.in_((GridKind.TOWN, GridKind.COMMUNITY)),
            Grid.closed_on.is_(None),
            scope_condition(Grid.path, viewer, Permission.INCIDENTS_KEY_MANAGE),
        )
        .order_by(Grid.kind, Grid.code)
        .limit(PLACES_MAX)
    ).all()


def _manageable(viewer: Viewer) -> ColumnElement[bool]:
    found: ColumnElement[bool] = scope_condition(
        Client.grid_path, viewer, Permission.INCIDENTS_KEY_MANAGE
    )
    return found


def _count(column: InstrumentedAttribute[int]) -> ColumnElement[int]:
    return select(func.count()).where(column == Client.id).scalar_subquery()
