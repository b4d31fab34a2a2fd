"""What an open list asks all day long: whether anything happened that its viewer may see."""

from __future__ import annotations

import functools
from typing import Any, cast

from sqlalchemy import Integer, String, Table, and_, bindparam, false, func, or_, select
from sqlalchemy.orm import Session, scoped_session

from intranet.access import POLICY, Permission, Viewer
from intranet.db import Question, beyond
from intranet.incidents.models import Incident, IncidentEvent
from intranet.incidents.queries.cases import visible_to

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
    paths = viewer.paths(POLICY[Permission.INCIDENTS_INCIDENT_VIEW].roles)
    ranges: dict[str, Any] = {f"from{n}": path for n, path in enumerate(paths)}
    ranges |= {f"to{n}": beyond(path) for n, path in enumerate(paths)}
    question = _changed(len(paths))
    return bool(question.ask(session, me=viewer.account_id, seen=seen, newest=newest, **ranges))


@functools.cache
def _changed(count: int) -> Question:
    """Return the question for a viewer of so many paths: in a city each poll asks it."""
    below = or_(
        false(),
        *(
            and_(
                Incident.grid_path >= bindparam(f"from{n}", type_=String),
                Incident.grid_path < bindparam(f"to{n}", type_=String),
            )
            for n in range(count)
        ),
    )
    return Question(
        select(IncidentEvent.id)
        .join(Incident, Incident.id == IncidentEvent.incident_id)
        .where(
            IncidentEvent.id > bindparam("seen", type_=Integer),
            IncidentEvent.id <= bindparam("newest", type_=Integer),
            visible_to(bindparam("me", type_=Integer), below),
        )
        .limit(1)
    )
