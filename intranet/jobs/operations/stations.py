"""Stations entered and changed, screens put into them, and who comes in counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from intranet import clock
from intranet.access import Viewer
from intranet.acts import Act
from intranet.errors import DomainError, InputError
from intranet.jobs.models import DeskVisit, Purpose, Station, StationScreen
from intranet.jobs.operations.deeds import changed_meanwhile
from intranet.register.operations import numbers


@dataclass(frozen=True, slots=True)
class StationFacts:
    """What is said of a station; its place is WGS84, in degrees."""

    name: str
    address: str
    latitude: float
    longitude: float
    phone: str = ""  # of the desk; everybody reads it
    words: str = ""
    is_closed: bool = False  # given up: no walk begins there


def open_station(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    grid_path: str,
    facts: StationFacts,
    address: str = "",
) -> Station:
    """Enter a station of a community. Raises InputError beside the field."""
    act = Act(actor, at, address)
    _check(facts)
    made = Station(grid_path=grid_path, made_by=act.account_id, made_at=at)
    _set(made, facts, act)
    session.add(made)
    session.flush()
    _note(session, act, "jobs:station:open", made)
    return made


def change_station(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    station: Station,
    version: int,
    facts: StationFacts,
    address: str = "",
) -> None:
    """Change what is said of a station, give it up, or take it up again.

    Raises InputError beside the field, DomainError where somebody was quicker.
    """
    act = Act(actor, at, address)
    session.refresh(station, with_for_update=True)
    if station.version != version:
        raise changed_meanwhile()
    _check(facts)
    _set(station, facts, act)
    session.flush()
    _note(session, act, "jobs:station:change", station)


def place_screen(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    account_id: int,
    grid_path: str,
    station: Station | None,
    address: str = "",
) -> None:
    """Say in which station a touch screen stands; None: in none of them.

    The last word holds: where a screen stands is seen by whoever stands before it. Raises
    DomainError for a station that was given up.
    """
    if station is not None and station.closed_on is not None:
        raise DomainError("This station was given up; choose another")
    if station is None:
        session.execute(delete(StationScreen).where(StationScreen.account_id == account_id))
    else:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        given = {"station_id": station.id}
        statement = dialect.insert(StationScreen).values(account_id=account_id, **given)
        session.execute(statement.on_conflict_do_update(index_elements=["account_id"], set_=given))
    session.flush()
    where = station.id if station else None
    act = Act(actor, at, address)
    act.record(session, "jobs:screen:place", "account", account_id, grid_path, station=where)


def count_visit(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    grid_path: str,
    purpose: Purpose,
    address: str = "",
) -> DeskVisit:
    """Count somebody who came in, and what for; nothing is kept of who it was."""
    act = Act(actor, at, address)
    made = DeskVisit(grid_path=grid_path, purpose=purpose, at=at, by=act.account_id)
    session.add(made)
    session.flush()
    act.record(session, "jobs:visit:count", "visit", made.id, grid_path, purpose=purpose.value)
    return made


def undo_visit(
    session: Session, *, actor: Viewer, at: datetime, visit: DeskVisit, address: str = ""
) -> None:
    """Take back that somebody was counted today. Raises DomainError where it was done already."""
    session.refresh(visit, with_for_update=True)
    if visit.undone_at is not None:
        raise DomainError("This was taken back already")
    if clock.day_of(visit.at) != clock.day_of(at):
        raise DomainError("Only what was counted today can be taken back")
    visit.undone_at = at
    session.flush()
    Act(actor, at, address).record(session, "jobs:visit:undo", "visit", visit.id, visit.grid_path)


def _check(facts: StationFacts) -> None:
    for name in ("name", "address"):
        if not getattr(facts, name):
            raise InputError("Please fill this in", name)
    for name, most in (("latitude", 90), ("longitude", 180)):
        if not -most <= getattr(facts, name) <= most:
            raise InputError("Degrees with a point, such as 30.70123", name)


def _set(station: Station, facts: StationFacts, act: Act) -> None:
    for name in ("name", "address", "latitude", "longitude", "words"):
        setattr(station, name, getattr(facts, name))
    station.phone = numbers.phone(facts.phone) if facts.phone else ""
    if facts.is_closed != (station.closed_on is not None):
        station.closed_on = act.day if facts.is_closed else None


def _note(session: Session, act: Act, action: str, station: Station) -> None:
    act.record(session, action, "station", station.id, station.grid_path, name=station.name)
