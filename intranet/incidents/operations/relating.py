"""Parties of the register an incident is about; the history names them by id alone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.errors import DomainError, InputError
from intranet.incidents.models import FINISHED, OPEN, Incident, PartyRole, Related, Verb
from intranet.incidents.operations.history import Act, overtaken, take
from intranet.register.models import Party

RELATED_MAX = 20


def relate(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    incident: Incident,
    party: Party,
    role: PartyRole,
    address: str = "",
) -> None:
    """Note what a party has to do with the incident, or what else than was noted.

    The caller has found the party within the actor's scope. Raises DomainError for one too many
    or one that was erased.
    """
    act = _take(session, actor, at, incident, address)
    if party.erased_at is not None:
        raise InputError("Choose a person", "party")
    known = session.get(Related, (incident.id, party.id))
    if known is not None:
        if known.role == role:
            raise DomainError("This is noted already")
        known.role = role.value
    else:
        have = session.scalar(
            select(func.count()).select_from(Related).where(Related.incident_id == incident.id)
        )
        if (have or 0) >= RELATED_MAX:
            raise DomainError("At most %(most)d people can be noted", most=RELATED_MAX)
        session.add(Related(incident_id=incident.id, party_id=party.id, role=role.value))
    act.write(Verb.RELATE, None, "", party=party.id, role=role.value)


def unrelate(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    incident: Incident,
    party_id: int,
    address: str = "",
) -> None:
    """Take a party off again; raises DomainError when it is not there (any more)."""
    act = _take(session, actor, at, incident, address)
    known = session.get(Related, (incident.id, party_id))
    if known is None:
        raise DomainError("This was taken off a moment ago")
    session.delete(known)
    act.write(Verb.UNRELATE, None, "", party=party_id)


def _take(session: Session, actor: Viewer, at: datetime, incident: Incident, address: str) -> Act:
    act = take(session, incident=incident, actor=actor, at=at, address=address)
    if incident.state not in OPEN | FINISHED:
        raise overtaken(session, incident)
    return act
