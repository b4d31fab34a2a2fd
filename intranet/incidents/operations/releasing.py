"""What was merged into an incident comes out again: taken back, or because that incident ends."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.incidents.models import Incident, IncidentEvent, State, Verb
from intranet.incidents.operations.history import Act, take
from intranet.incidents.operations.rules import JOIN_WINDOW, MERGE_WINDOW

# Ends without any work: nothing is done here for whoever reported the same.
NOTHING_DONE = frozenset({State.DECLINED, State.VOID})


def take_out(child: Act, into: Act, **details: Any) -> None:
    """Let a merged incident go on where it was, and note it in the one it was merged into."""
    child.incident.merged_into_id = None
    child.write(Verb.UNMERGE, child.incident.previous_state, **details)
    into.write(Verb.RELEASE, None, "", incident=child.incident.id, number=child.incident.number)


def release_merged(into: Act, because: Verb) -> None:
    """Let all that was merged into an incident go on, since this one ends with nothing done.

    Whoever ends it need not be able to see those: they do not come to have to do with them. All
    who lock incidents wait for their turn first, so those merged may be locked after the one.
    """
    merged = into.session.scalars(
        select(Incident).where(Incident.merged_into_id == into.incident.id).order_by(Incident.id)
    ).all()
    for one in merged:
        child = take(into.session, incident=one, actor=into.actor, at=into.at, address=into.address)
        child.makes_ties = False
        take_out(child, into, ended=because.value)


def joined_ids(session: Session, incident_ids: Sequence[int]) -> frozenset[int]:
    """Return which of the incidents their own reporters joined when they were merged last."""
    return frozenset(
        one for one, (_at, joined) in _mergings(session, incident_ids).items() if joined
    )


def unmerge_until(session: Session, incident_ids: Sequence[int]) -> dict[int, datetime]:
    """Return until when each of the incidents' last merging may be taken back; one query."""
    return {
        one: at + (JOIN_WINDOW if joined else MERGE_WINDOW)
        for one, (at, joined) in _mergings(session, incident_ids).items()
    }


def _mergings(session: Session, incident_ids: Sequence[int]) -> dict[int, tuple[datetime, bool]]:
    """Return when each was merged last, and whether by its own reporter; one query."""
    if not incident_ids:
        return {}
    rows = session.execute(
        select(IncidentEvent.incident_id, IncidentEvent.at, IncidentEvent.details)
        .where(IncidentEvent.incident_id.in_(incident_ids), IncidentEvent.verb == Verb.MERGE)
        .order_by(IncidentEvent.id)
    )
    return {one: (at, bool(json.loads(details).get("joined"))) for one, at, details in rows}
