"""Who has an incident, and who has had it in this round."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from intranet.incidents.models import Assignment, Hand, Incident, UnitMember


@dataclass(frozen=True, slots=True, order=True)
class Assignee:
    """An account or a unit; ``kind`` is "account" or "unit"."""

    kind: str
    id: int


def assignees(session: Session, incident: Incident) -> list[Assignee]:
    """Return who has it now, the lead first."""
    rows = session.execute(
        select(Assignment.account_id, Assignment.unit_id)
        .where(Assignment.incident_id == incident.id, Assignment.ended_at.is_(None))
        .order_by(Assignment.is_lead.desc(), Assignment.id)
    ).all()
    return [
        Assignee("account", row.account_id) if row.account_id else Assignee("unit", row.unit_id)
        for row in rows
    ]


def worker_ids(session: Session, incident: Incident) -> frozenset[int]:
    """Return the accounts that have it now, themselves or as members of a unit."""
    return _accounts_of(session, incident, Assignment.ended_at.is_(None))


def former_ids(session: Session, incident: Incident, at: datetime) -> frozenset[int]:
    """Return the accounts it was taken from at this moment, and that have it no more."""
    taken = _accounts_of(session, incident, Assignment.ended_at == at)
    return taken - worker_ids(session, incident)


def _accounts_of(
    session: Session, incident: Incident, which: ColumnElement[bool]
) -> frozenset[int]:
    own = select(Assignment.account_id).where(
        Assignment.incident_id == incident.id, which, Assignment.account_id.is_not(None)
    )
    of_units = (
        select(UnitMember.account_id)
        .join(Assignment, Assignment.unit_id == UnitMember.unit_id)
        .where(Assignment.incident_id == incident.id, which)
    )
    return frozenset(session.scalars(own.union(of_units)))


def hands(session: Session, incident: Incident) -> frozenset[int]:
    """Return the accounts that have handled it in this round."""
    return frozenset(
        session.scalars(
            select(Hand.account_id).where(
                Hand.incident_id == incident.id, Hand.round == incident.round
            )
        )
    )
