"""Who may be given an incident: people of its community, and units from there to the county."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased

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
    """Return who may handle all of these: units first, then people, near ones first.

    Of one community that is whoever is of it, and the units from there up; of several, who is of
    each or stands above all. Two queries.
    """
    if not incidents:
        return []
    communities = sorted({one.community_path for one in incidents})
    above = [
        path for path in _above(communities[0]) if all(c.startswith(path) for c in communities)
    ]
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
            *_of_all(communities),
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
            near = row.grid_path not in above and all(
                one.grid_path.startswith(row.grid_path) for one in incidents
            )
            persons.append(Handler(f"account:{row.id}", row.display_name, row.role, is_near=near))
    return found + sorted(persons, key=lambda one: not one.is_near)


def _above(community: str) -> list[str]:
    """Return a community's path and those of all above it."""
    steps = community.split(".")[:-1]
    return [".".join(steps[: n + 1]) + "." for n in range(len(steps))]


def _of_all(communities: Sequence[str]) -> list[ColumnElement[bool]]:
    """Return the conditions that a grant's holder is of these communities, each of them."""
    if len(communities) == 1:
        return [within(RoleGrant.grid_path, communities[0])]
    one = aliased(RoleGrant)
    return [
        Account.id.in_(
            select(one.account_id).where(
                or_(one.grid_path.in_(_above(community)), within(one.grid_path, community)),
                one.role.in_(HANDLER_ROLES),
                one.ended_at.is_(None),
            )
        )
        for community in communities
    ]
