"""Employment stations: those of a community, those the viewer runs, and the screens in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flask import abort
from sqlalchemy import select

from intranet.access import Permission, Role, Viewer, scope_condition
from intranet.jobs.models import Station, StationScreen
from intranet.people.models import Account, RoleGrant

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

STATIONS_MAX = 100
MANAGE = Permission.JOBS_STATION_MANAGE


def stations_of(session: Session, community_path: str) -> Sequence[Station]:
    """Return the stations of a community that were not given up, the first one first. One query."""
    return session.scalars(
        select(Station)
        .where(Station.grid_path == community_path, Station.closed_on.is_(None))
        .order_by(Station.id)
        .limit(STATIONS_MAX)
    ).all()


def phone_of(session: Session, community_path: str) -> str:
    """Return the phone of a community's first station that has one; empty where none has."""
    return next((one.phone for one in stations_of(session, community_path) if one.phone), "")


def station_of_screen(session: Session, account_id: int) -> Station | None:
    """Return the station in which a touch screen stands, unless it was given up."""
    return session.scalar(
        select(Station)
        .join(StationScreen, StationScreen.station_id == Station.id)
        .where(StationScreen.account_id == account_id, Station.closed_on.is_(None))
    )


def stations(session: Session, viewer: Viewer) -> Sequence[Station]:
    """Return the stations that the viewer runs, those given up last. One query."""
    return session.scalars(
        select(Station)
        .where(scope_condition(Station.grid_path, viewer, MANAGE))
        .order_by(Station.closed_on.is_not(None), Station.grid_path, Station.id)
        .limit(STATIONS_MAX)
    ).all()


def station_or_404(session: Session, viewer: Viewer, station_id: int) -> Station:
    """Return a station that the viewer runs."""
    found = session.scalar(
        select(Station).where(
            Station.id == station_id, scope_condition(Station.grid_path, viewer, MANAGE)
        )
    )
    return found or abort(404)


def screen_or_404(session: Session, viewer: Viewer, account_id: int) -> RoleGrant:
    """Return what makes an account a touch screen of a place where the viewer runs stations."""
    found = session.scalar(
        select(RoleGrant)
        .join(Account, Account.id == RoleGrant.account_id)
        .where(
            RoleGrant.account_id == account_id,
            RoleGrant.role == Role.KIOSK,
            RoleGrant.ended_at.is_(None),
            Account.disabled_at.is_(None),
            scope_condition(RoleGrant.grid_path, viewer, MANAGE),
        )
        .order_by(RoleGrant.id)
        .limit(1)
    )
    return found or abort(404)
