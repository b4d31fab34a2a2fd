"""Units, who acts for them and what they have to handle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from intranet.access import Permission, Viewer, scope_condition
from intranet.incidents.models import Assignment, Incident, Unit, UnitMember
from intranet.people.models import Account
from intranet.people.queries import in_scope

UNITS_MAX = 300
OPEN_SHOWN_MAX = 50
FOUND_MAX = 10
ID_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit, how many act for it and how many open incidents it has."""

    unit: Unit
    members: int
    open_count: int


def units(
    session: Session, viewer: Viewer, *, text: str = "", retired: bool = False
) -> list[UnitRow]:
    """Return the units at the viewer's nodes and below, by place and name; three queries."""
    wanted = select(Unit).where(_in_scope(viewer))
    wanted = wanted.where(Unit.retired_at.is_not(None) if retired else Unit.retired_at.is_(None))
    if text:
        like = [column.contains(text, autoescape=True) for column in (Unit.name, Unit.duties)]
        wanted = wanted.where(or_(*like))
    found = session.scalars(wanted.order_by(Unit.grid_path, Unit.name).limit(UNITS_MAX)).all()
    ids = [unit.id for unit in found]
    members = _counts(
        session,
        select(UnitMember.unit_id, func.count())
        .where(UnitMember.unit_id.in_(ids))
        .group_by(UnitMember.unit_id),
    )
    having = _counts(
        session,
        select(Assignment.unit_id, func.count(func.distinct(Incident.id)))
        .join(Incident, Incident.id == Assignment.incident_id)
        .where(Assignment.unit_id.in_(ids), Assignment.ended_at.is_(None), Incident.is_open)
        .group_by(Assignment.unit_id),
    )
    return [UnitRow(unit, members.get(unit.id, 0), having.get(unit.id, 0)) for unit in found]


def unit_or_404(session: Session, viewer: Viewer, number: int) -> Unit:
    """Return a unit at a node of the viewer's; anything else is not found."""
    found = session.scalar(select(Unit).where(Unit.id == min(number, ID_MAX), _in_scope(viewer)))
    return found or abort(404)


def unit_members(session: Session, unit: Unit) -> Sequence[Account]:
    """Return the accounts that act for a unit, by name."""
    return session.scalars(
        select(Account)
        .join(UnitMember, UnitMember.account_id == Account.id)
        .where(UnitMember.unit_id == unit.id)
        .order_by(Account.display_name, Account.id)
    ).all()


def unit_incidents(session: Session, unit: Unit) -> Sequence[Incident]:
    """Return the open incidents a unit has, what is due first; at most OPEN_SHOWN_MAX."""
    having = select(Assignment.incident_id).where(
        Assignment.unit_id == unit.id, Assignment.ended_at.is_(None)
    )
    return session.scalars(
        select(Incident)
        .where(Incident.is_open, Incident.id.in_(having))
        .order_by(Incident.queue_at, Incident.id)
        .limit(OPEN_SHOWN_MAX)
    ).all()


def member_candidates(
    session: Session, viewer: Viewer, unit: Unit, text: str
) -> tuple[Sequence[Account], int]:
    """Return accounts of the viewer's area to choose from, and how many more there are.

    By name or user name; without a text nobody.
    """
    if not text:
        return [], 0
    here = select(UnitMember.account_id).where(UnitMember.unit_id == unit.id)
    wanted = (
        Account.disabled_at.is_(None),
        Account.is_device.is_(False),
        Account.id.not_in(here),
        in_scope(viewer),
        or_(
            Account.username.contains(text.casefold(), autoescape=True),
            Account.display_name.contains(text, autoescape=True),
        ),
    )
    rows = session.scalars(
        select(Account)
        .where(*wanted)
        .order_by(Account.display_name, Account.id)
        .limit(FOUND_MAX + 200)
    ).all()
    return rows[:FOUND_MAX], max(0, len(rows) - FOUND_MAX)


def member_candidate(session: Session, viewer: Viewer, number: int) -> Account | None:
    """Return an account of the viewer's area by its id."""
    return session.scalar(
        select(Account).where(Account.id == min(number, ID_MAX), in_scope(viewer))
    )


def _in_scope(viewer: Viewer) -> Any:
    return scope_condition(Unit.grid_path, viewer, Permission.INCIDENTS_CATALOGUE_MANAGE)


def _counts(session: Session, wanted: Any) -> dict[int, int]:
    rows = session.execute(wanted)
    return {row[0]: row[1] for row in rows}
