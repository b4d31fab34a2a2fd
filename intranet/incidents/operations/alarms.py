"""What the clock itself does: it warns of what is nearly due, and takes what is late higher."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.incidents.models import Incident, IncidentEvent, Verb
from intranet.incidents.operations.history import take
from intranet.incidents.operations.moves import raise_desk

BATCH = 100


def waiting(session: Session, *, at: datetime) -> Sequence[int]:
    """Return the ids of incidents whose alarm has come, the oldest alarm first; one batch."""
    return session.scalars(
        select(Incident.id)
        .where(Incident.is_open, Incident.alarm_at <= at)
        .order_by(Incident.alarm_at, Incident.id)
        .limit(BATCH)
    ).all()


def sound(session: Session, *, incident_id: int, at: datetime) -> IncidentEvent | None:
    """Warn of one incident, or take it to the next desk when it is late; once for each limit.

    Returns the event; None when there was nothing to do any more.
    """
    incident = session.get_one(Incident, incident_id)
    act = take(session, incident=incident, actor=None, at=at)
    if not incident.is_open or incident.alarm_at is None or incident.alarm_at > at:
        return None
    due_at = incident.due_at
    if due_at is None:
        incident.alarm_at = None
        session.flush()
        return None
    if at <= due_at:
        incident.alarm_at = due_at
        return act.write(Verb.WARN, due=due_at.isoformat())
    incident.alarm_at = None
    raise_desk(act)
    return act.write(
        Verb.ESCALATE,
        due=due_at.isoformat(),
        desk=incident.desk_path,
        level=incident.level_raised,
    )
