"""When the clock rings for an incident next: worked out from its limits and what has rung already.

The end of a limit rings once: it is over when somebody was told of lateness since it passed. A
warning is given once a stage: it is over when one was given since the light turned yellow. So a
limit changed rings anew when its end, or its yellow, is yet to come, and not when what was told
still holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intranet.incidents.models import Incident, IncidentEvent, Verb


@dataclass(frozen=True, slots=True)
class Rung:
    """When somebody was last warned, and when last told that it is late."""

    warned_at: datetime | None = None
    escalated_at: datetime | None = None


NOTHING = Rung()


def rung_of(session: Session, ids: Sequence[int]) -> dict[int, Rung]:
    """Return what has rung for each of these incidents for which anything has; one query."""
    rows = session.execute(
        select(IncidentEvent.incident_id, IncidentEvent.verb, func.max(IncidentEvent.at))
        .where(
            IncidentEvent.incident_id.in_(ids),
            IncidentEvent.verb.in_([Verb.WARN, Verb.ESCALATE]),
        )
        .group_by(IncidentEvent.incident_id, IncidentEvent.verb)
    ).all()
    latest = {(incident_id, verb): at for incident_id, verb, at in rows}
    return {
        one: Rung(latest.get((one, Verb.WARN)), latest.get((one, Verb.ESCALATE)))
        for one in {incident_id for incident_id, _verb in latest}
    }


def ends_left(incident: Incident, rung: Rung) -> list[datetime]:
    """Return the ends of limits that have yet to be told as passed, in order."""
    ends = {one for one in (incident.stage_due_at, incident.total_due_at) if one is not None}
    told_at = rung.escalated_at
    return sorted(one for one in ends if told_at is None or told_at <= one)


def warning_left(incident: Incident, rung: Rung) -> datetime | None:
    """Return when to warn of the end that comes first; None when that was done, or it is over."""
    due_at, warn_at = incident.due_at, incident.warn_at
    if due_at is None or warn_at is None or warn_at >= due_at:
        return None
    if rung.escalated_at is not None and rung.escalated_at > due_at:
        return None
    since = max(warn_at, incident.stage_began_at or warn_at)
    return warn_at if rung.warned_at is None or rung.warned_at < since else None


def next_alarm(incident: Incident, rung: Rung) -> datetime | None:
    """Return when the clock rings next; None while it has nothing to ring for."""
    warning = warning_left(incident, rung)
    moments = [*ends_left(incident, rung), *([warning] if warning else [])]
    return min(moments, default=None)
