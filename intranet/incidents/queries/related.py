"""Who an incident is about, masked, for staff who may see the register there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.access import POLICY, Permission, Viewer, allowed
from intranet.errors import InputError
from intranet.incidents.models import Incident, PartyRole, Related
from intranet.incidents.queries.cases import Case
from intranet.register import queries as register
from intranet.register.models import Party

OFFERED_MAX = 12


@dataclass(frozen=True, slots=True)
class RelatedParty:
    """A party beside an incident; what is outside the viewer's register is only counted."""

    party_id: int
    name: str  # masked
    marks: str
    role: PartyRole


def may_see_related(viewer: Viewer, case: Case) -> bool:
    """Whether the viewer's roles let them see both the incident and the register where it lies.

    Having reported or handled it is not enough: that tells nobody who else was there.
    """
    held = POLICY[Permission.INCIDENTS_INCIDENT_VIEW].roles
    is_staff = any(case.grid_path.startswith(path) for path in viewer.paths(held))
    return is_staff and allowed(viewer, Permission.REGISTER_PARTY_VIEW, case)


def may_relate(viewer: Viewer, case: Case) -> bool:
    """Whether the viewer may note who it is about."""
    return may_see_related(viewer, case) and allowed(
        viewer, Permission.INCIDENTS_INCIDENT_HANDLE, case
    )


def related(
    session: Session, viewer: Viewer, incident: Incident
) -> tuple[Sequence[RelatedParty], int]:
    """Return the parties within the viewer's register, and how many more there are: two queries."""
    rows = session.execute(
        select(Related.party_id, Related.role).where(Related.incident_id == incident.id)
    ).all()
    roles = {row.party_id: row.role for row in rows}
    found = [
        RelatedParty(one.id, one.name, one.marks, _role(roles[one.id]))
        for one in register.lines(session, viewer, set(roles))
    ]
    return found, len(roles) - len(found)


def relatable(session: Session, viewer: Viewer, number: str) -> Party:
    """Return a party the viewer may see, by its id as a form sends it.

    Raises InputError for any other: whether it exists is not the viewer's to learn.
    """
    wanted = int(number) if number.isdecimal() and len(number) <= 9 else 0
    party = session.scalar(select(Party).where(Party.id == wanted, register.in_scope(viewer)))
    if party is None:
        raise InputError("Choose a person", "party")
    return party


def _role(value: str) -> PartyRole:
    return PartyRole(value) if value in set(PartyRole) else PartyRole.OTHER
