"""When the clock rings for an incident next: worked out from its limits and what has rung already.

Each limit's end rings once, and the moment before which somebody is to be warned, once. A moment
is known by itself: a limit that was changed, or a stage that began anew, ends at another moment,
which rings anew; one that ends where it ended before does not.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.incidents.models import Incident, IncidentEvent, Verb


@dataclass(frozen=True, slots=True)
class Rung:
    """What has rung: ends somebody was warned of, and ends that were told as passed."""

    warned: frozenset[datetime] = frozenset()
    passed: frozenset[datetime] = frozenset()


NOTHING = Rung()


def rung_of(session: Session, ids: Sequence[int]) -> dict[int, Rung]:
    """Return what has rung for each of these incidents for which anything has; one query."""
    rows = session.execute(
        select(IncidentEvent.incident_id, IncidentEvent.verb, IncidentEvent.details)
        .where(
            IncidentEvent.incident_id.in_(ids),
            IncidentEvent.verb.in_([Verb.WARN, Verb.ESCALATE]),
        )
        .order_by(IncidentEvent.id)
    ).all()
    found: dict[int, Rung] = {}
    for incident_id, verb, details in rows:
        facts = json.loads(details)
        ends = frozenset(map(datetime.fromisoformat, facts.get("ends", [facts["due"]])))
        before = found.get(incident_id, NOTHING)
        found[incident_id] = (
            Rung(before.warned | ends, before.passed)
            if verb is Verb.WARN
            else Rung(before.warned, before.passed | ends)
        )
    return found


def ends_left(incident: Incident, rung: Rung) -> list[datetime]:
    """Return the ends of limits that have yet to be told as passed, in order."""
    ends = {incident.stage_due_at, incident.total_due_at} - {None}
    return sorted(one for one in ends if one is not None and one not in rung.passed)


def warning_left(incident: Incident, rung: Rung) -> datetime | None:
    """Return when to warn of the end that comes first; None when that was done, or it is over."""
    due_at, warn_at = incident.due_at, incident.warn_at
    if due_at is None or warn_at is None or warn_at >= due_at:
        return None
    return None if due_at in rung.warned | rung.passed else warn_at


def next_alarm(incident: Incident, rung: Rung) -> datetime | None:
    """Return when the clock rings next; None while it has nothing to ring for."""
    warning = warning_left(incident, rung)
    moments = [*ends_left(incident, rung), *([warning] if warning else [])]
    return min(moments, default=None)
