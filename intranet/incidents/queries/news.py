"""What an open list asks all day long: whether anything happened that its viewer may see."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session, scoped_session

from intranet.access import Viewer
from intranet.db import Question
from intranet.incidents.models import Incident, IncidentEvent
from intranet.incidents.queries.cases import visible

_NEWEST = Question(select(func.max(cast("Table", IncidentEvent.__table__).c.id)))


def newest_event(session: Session | scoped_session[Any]) -> int:
    """Return the newest event's id: the moment of a page, for its poll. One look at an index."""
    return _NEWEST.ask(session)[0][0] or 0


def changed_between(session: Session, viewer: Viewer, seen: int, newest: int) -> bool:
    """Whether anything the viewer may see has happened after one event and up to another.

    Costs as many rows as there are events between the two, so a page should ask from the newest
    it knows.
    """
    found = (
        select(IncidentEvent.id)
        .join(Incident, Incident.id == IncidentEvent.incident_id)
        .where(IncidentEvent.id > seen, IncidentEvent.id <= newest, visible(viewer))
        .limit(1)
    )
    return session.scalar(found) is not None
