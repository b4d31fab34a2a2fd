"""Departments, firms and services that incidents can be given to, and who acts for them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intranet import audit
from intranet.access import Viewer
from intranet.errors import DomainError, InputError
from intranet.grids.models import Grid
from intranet.incidents.models import Assignment, Incident, Unit, UnitMember
from intranet.people.models import Account

NAME_MAX = 30
DUTIES_MAX = 200
MEMBERS_MAX = 100
PHONE = re.compile(r"[0-9+()\- ]{3,30}\Z")
FIELDS = ("name", "duties", "phone")


def add_unit(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    grid: Grid,
    name: str,
    duties: str,
    phone: str,
    address: str = "",
) -> Unit:
    """Enter a unit at a node; communities there and below may give it incidents."""
    audit.take_turn(session)
    unit = Unit(grid_path=grid.path, name="", duties="", phone="")
    _fill(session, unit, name, duties, phone)
    session.add(unit)
    session.flush()
    _record(session, actor, at, "add", unit=unit, address=address, after=_facts(unit))
    return unit


def change_unit(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    unit: Unit,
    name: str,
    duties: str,
    phone: str,
    version: int,
    address: str = "",
) -> None:
    """Change what a unit is called, what it is for and where it is reached."""
    _take(session, unit, version)
    before = _facts(unit)
    _fill(session, unit, name, duties, phone)
    session.flush()
    after = _facts(unit)
    changes = {one: [before[one], after[one]] for one in after if before[one] != after[one]}
    if changes:
        _record(session, actor, at, "change", unit=unit, address=address, changes=changes)


def retire_unit(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    unit: Unit,
    version: int,
    address: str = "",
) -> None:
    """Take a unit out of use; raises DomainError while it has open incidents.

    Handing them over is a move of each incident, by those who answer for it, so that its history
    tells of it: nothing changes hands behind a setting.
    """
    _take(session, unit, version)
    if unit.retired_at is not None:
        raise DomainError("This unit is out of use already")
    count = open_with(session, unit)
    if count:
        raise DomainError(
            "%(count)d open incidents are with this unit; finish or transfer them first",
            count=count,
        )
    unit.retired_at = at
    session.flush()
    _record(session, actor, at, "retire", unit=unit, address=address)


def restore_unit(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    unit: Unit,
    version: int,
    address: str = "",
) -> None:
    """Take a unit into use again."""
    _take(session, unit, version)
    if unit.retired_at is None:
        raise DomainError("This unit is in use already")
    _check_name(session, unit, unit.name)
    unit.retired_at = None
    session.flush()
    _record(session, actor, at, "restore", unit=unit, address=address)


def add_member(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    unit: Unit,
    account: Account,
    address: str = "",
) -> bool:
    """Let an account act for a unit; False when it does already."""
    audit.take_turn(session)
    session.refresh(unit, with_for_update=True)
    if unit.retired_at is not None:
        raise DomainError("This unit is out of use already")
    if account.disabled_at is not None or account.is_device:
        raise InputError("Somebody chosen is no longer there; choose again", "account")
    if session.get(UnitMember, (unit.id, account.id)) is not None:
        return False
    members = select(func.count()).where(UnitMember.unit_id == unit.id)
    if (session.scalar(members) or 0) >= MEMBERS_MAX:
        raise InputError("At most %(most)d at once", "account", most=MEMBERS_MAX)
    session.add(UnitMember(unit_id=unit.id, account_id=account.id))
    session.flush()
    _record(session, actor, at, "join", unit=unit, address=address, member=account.username)
    return True


def remove_member(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    unit: Unit,
    account_id: int,
    address: str = "",
) -> bool:
    """Let an account act for a unit no longer; False when it did not. What it has done stays."""
    audit.take_turn(session)
    row = session.get(UnitMember, (unit.id, account_id), populate_existing=True)
    if row is None:
        return False
    username = session.scalar(select(Account.username).where(Account.id == account_id))
    session.delete(row)
    session.flush()
    _record(session, actor, at, "leave", unit=unit, address=address, member=username)
    return True


def open_with(session: Session, unit: Unit) -> int:
    """Return how many open incidents a unit has."""
    found = (
        select(func.count(func.distinct(Incident.id)))
        .join(Assignment, Assignment.incident_id == Incident.id)
        .where(Incident.is_open, Assignment.unit_id == unit.id, Assignment.ended_at.is_(None))
    )
    return session.scalar(found) or 0


def _take(session: Session, unit: Unit, version: int) -> None:
    audit.take_turn(session)
    session.refresh(unit, with_for_update=True)
    if unit.version != version:
        raise DomainError("Somebody else has just changed this; here it is as it stands")


def _fill(session: Session, unit: Unit, name: str, duties: str, phone: str) -> None:
    name, duties, phone = (" ".join(text.split()) for text in (name, duties, phone))
    if not 1 <= len(name) <= NAME_MAX:
        raise InputError("A name has 1 to %(most)d characters", "name", most=NAME_MAX)
    if len(duties) > DUTIES_MAX:
        raise InputError("At most %(most)d characters", "duties", most=DUTIES_MAX)
    if phone and not PHONE.match(phone):
        raise InputError("Digits of a telephone, such as 028-85550101", "phone")
    _check_name(session, unit, name)
    unit.name, unit.duties, unit.phone = name, duties, phone


def _check_name(session: Session, unit: Unit, name: str) -> None:
    """Refuse two units in use of one name at one node: nobody could choose between them."""
    with session.no_autoflush:
        twin = session.scalar(
            select(Unit.id)
            .where(
                Unit.grid_path == unit.grid_path,
                Unit.name == name,
                Unit.retired_at.is_(None),
                Unit.id != (unit.id or 0),
            )
            .limit(1)
        )
    if twin:
        raise InputError("There is one of this name here already", "name")


def _facts(unit: Unit) -> dict[str, str]:
    return {name: getattr(unit, name) for name in FIELDS}


def _record(
    session: Session,
    actor: Viewer,
    at: datetime,
    verb: str,
    *,
    unit: Unit,
    address: str,
    **details: Any,
) -> None:
    audit.record(
        session,
        actor=actor,
        action=f"incidents:unit:{verb}",
        at=at,
        object_kind="unit",
        object_id=unit.id,
        grid_path=unit.grid_path,
        address=address,
        code=unit.name,
        **details,
    )
