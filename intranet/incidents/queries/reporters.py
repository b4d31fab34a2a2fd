"""Whose name a neighbour on the team is not told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.access import Permission, Role, Viewer, allowed
from intranet.incidents.queries.cases import Case, Entry
from intranet.people.models import RoleGrant
from intranet.register.operations.numbers import masked_name

# Who reports as a matter of course, under their name.
TEAM = frozenset(Role) - {Role.RESIDENT, Role.COMPANY, Role.KIOSK}


def is_shy(session: Session, viewer: Viewer, case: Case) -> bool:
    """Whether the reporter's name is masked: a resident's or company's, but for desk and self.

    Whoever complains of a neighbour lives beside the neighbours who are the team.
    """
    incident = case.incident
    if incident.reporter_id in {None, viewer.account_id}:
        return False
    if allowed(viewer, Permission.INCIDENTS_INCIDENT_ACCEPT, case):
        return False
    of_team = select(RoleGrant.id).where(
        RoleGrant.account_id == incident.reporter_id,
        RoleGrant.role.in_(TEAM),
        RoleGrant.ended_at.is_(None),
    )
    return session.scalar(of_team.limit(1)) is None


def without_name(entries: Sequence[Entry], reporter_id: int | None) -> list[Entry]:
    """Return the history with the reporter's name masked."""
    return [
        replace(one, actor=masked_name(one.actor)) if one.event.actor_id == reporter_id else one
        for one in entries
    ]
