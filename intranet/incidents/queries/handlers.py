"""Who may be given an incident: people of its community, and units from there to the county."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.access import Role
from intranet.db import within
from intranet.incidents.models import Incident, Unit
from intranet.people.models import Account, RoleGrant

HANDLERS_MAX = 400
HANDLER_ROLES = (Role.GRID_MEMBER, Role.MICRO_MEMBER, Role.OFFICE, Role.SECRETARY)


@dataclass(frozen=True, slots=True)
class Handler:
    """One to choose: a unit or a person, with the role by which they are known."""

    key: str  # "unit:2" or "account:3"
    name: str
    role: Role | None
    is_near: bool  # of the very grid


def handlers(session: Session, incidents: Sequence[Incident]) -> list[Handler]:
    """Return who may handle these, of one community: units first, then people, near ones first.

    Two queries.
    """
    if not incidents:
        return []
    community, place = incidents[0].community_path, incidents[0].grid_path
    steps = community.split(".")[:-1]
    above = [".".join(steps[: n + 1]) + "." for n in range(len(steps))]
    units = session.execute(
        select(Unit.id, Unit.name)
        .where(Unit.grid_path.in_(above), Unit.retired_at.is_(None))
        .order_by(Unit.name)
        .limit(HANDLERS_MAX)
    )
    people = session.execute(
        select(Account.id, Account.display_name, RoleGrant.role, RoleGrant.grid_path)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .where(
            within(RoleGrant.grid_path, community),
            RoleGrant.role.in_(HANDLER_ROLES),
            RoleGrant.ended_at.is_(None),
            Account.disabled_at.is_(None),
        )
        .order_by(RoleGrant.role, Account.display_name, Account.id)
        .limit(HANDLERS_MAX)
    )
    found = [Handler(f"unit:{row.id}", row.name, None, is_near=False) for row in units]
    seen: set[int] = set()
    persons = []
    for row in people:
        if row.id not in seen:
            seen.add(row.id)
            near = place.startswith(row.grid_path) and row.grid_path != community
            persons.append(Handler(f"account:{row.id}", row.display_name, row.role, is_near=near))
    return found + sorted(persons, key=lambda one: not one.is_near)
