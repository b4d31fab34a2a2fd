"""What the clock itself does: it warns of what is nearly due, and takes what is late higher."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.incidents.models import Incident, IncidentEvent, Verb
from intranet.incidents.operations.history import Act, take
from intranet.incidents.operations.moves import raise_desk
from intranet.incidents.operations.ringing import (
    NOTHING,
    ends_left,
    next_alarm,
    rung_of,
    warning_left,
)

BATCH = 100


def waiting(session: Session, *, at: datetime, besides: Collection[int] = ()) -> Sequence[int]:
    """Return the ids of incidents whose alarm has passed, the oldest alarm first; one batch."""
    return session.scalars(
        select(Incident.id)
        .where(Incident.is_open, Incident.alarm_at < at, Incident.id.not_in(besides))
        .order_by(Incident.alarm_at, Incident.id)
        .limit(BATCH)
    ).all()


def sound(session: Session, *, incident_id: int, at: datetime) -> IncidentEvent | None:
    """Warn of one incident, or take it to the next desk when a limit has passed.

    Both exactly when the light has changed: yellow after ``warn_at``, red after ``due_at``. Each
    limit's end rings once; where several passed while nobody looked, once for all of them. Returns
    the event; None when there was nothing to do any more.
    """
    incident = session.get_one(Incident, incident_id)
    act = take(session, incident=incident, actor=None, at=at)
    if not incident.is_open:
        return None
    rung = rung_of(session, [incident.id]).get(incident.id, NOTHING)
    passed = [end for end in ends_left(incident, rung) if end < act.at]
    warning = warning_left(incident, rung)
    event = None
    if passed:
        event = _escalate(act, passed)
    elif warning is not None and warning < act.at and incident.due_at is not None:
        event = act.write(Verb.WARN, due=incident.due_at.isoformat())
    rung = rung_of(session, [incident.id]).get(incident.id, NOTHING)
    incident.alarm_at = next_alarm(incident, rung)
    session.flush()
    return event


def _escalate(act: Act, passed: Sequence[datetime]) -> IncidentEvent:
    raise_desk(act)
    return act.write(
        Verb.ESCALATE,
        due=passed[0].isoformat(),
        ends=[end.isoformat() for end in passed],
        desk=act.incident.desk_path,
        level=act.incident.level_raised,
    )
