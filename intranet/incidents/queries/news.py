"""What an open list asks all day long: whether anything happened that its viewer may see."""

from __future__ import annotations

import functools
from typing import Any, cast

from sqlalchemy import Integer, Table, bindparam, func, select
from sqlalchemy.orm import Session, scoped_session

from intranet.access import Viewer
from intranet.db import Question
from intranet.incidents.models import Incident, IncidentEvent
from intranet.incidents.queries.cases import visible

VIEWERS_KEPT = 512
_NEWEST = Question(select(func.max(cast("Table", IncidentEvent.__table__).c.id)))


def newest_event(session: Session | scoped_session[Any]) -> int:
    """Return the newest event's id: the moment of a page, for its poll. One look at an index."""
    return _NEWEST.ask(session)[0][0] or 0


def changed_between(
    session: Session | scoped_session[Any], viewer: Viewer, seen: int, newest: int
) -> bool:
    """Whether anything the viewer may see has happened after one event and up to another.

    Costs as many rows as there are events between the two, so a page should ask from the newest
    it knows.
    """
    return bool(_changed(viewer).ask(session, seen=seen, newest=newest))


@functools.lru_cache(maxsize=VIEWERS_KEPT)
def _changed(viewer: Viewer) -> Question:
    """Return the question of one viewer: in a city something happens between any two polls."""
    return Question(
        select(IncidentEvent.id)
        .join(Incident, Incident.id == IncidentEvent.incident_id)
        .where(
            IncidentEvent.id > bindparam("seen", type_=Integer),
            IncidentEvent.id <= bindparam("newest", type_=Integer),
            visible(viewer),
        )
        .limit(1)
    )
