"""What an open list asks all day long: whether anything happened that its viewer may see."""

from __future__ import annotations

import functools
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Integer,
    String,
    Table,
    and_,
    bindparam,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session, scoped_session

from intranet.access import POLICY, Permission, Viewer
from intranet.db import Question, beyond
from intranet.incidents.models import Assignment, Incident, IncidentEvent, UnitMember, Verb
from intranet.incidents.queries.cases import visible_to

_NEWEST = Question(select(func.max(cast("Table", IncidentEvent.__table__).c.id)))


def newest_event(session: Session | scoped_session[Any]) -> int:
    """Return the newest event's id: the moment of a page, for its poll. One look at an index."""
    return _NEWEST.ask(session)[0][0] or 0


def changed_between(
    session: Session | scoped_session[Any], viewer: Viewer, seen: int, newest: int
) -> bool:
    """Whether anything the viewer may see has happened after one event and up to another.

    What was taken from them, or out of their grids, is news too: it has to leave their list.
    Costs as many rows as there are events between the two, so a page should ask from the newest
    it knows.
    """
    paths = viewer.paths(POLICY[Permission.INCIDENTS_INCIDENT_VIEW].roles)
    ranges: dict[str, Any] = {f"from{n}": path for n, path in enumerate(paths)}
    ranges |= {f"to{n}": beyond(path) for n, path in enumerate(paths)}
    ranges |= {f"was{n}": f'%"from": "{path}%' for n, path in enumerate(paths)}
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
    me = bindparam("me", type_=Integer)
    return Question(
        select(IncidentEvent.id)
        .join(Incident, Incident.id == IncidentEvent.incident_id)
        .where(
            IncidentEvent.id > bindparam("seen", type_=Integer),
            IncidentEvent.id <= bindparam("newest", type_=Integer),
            or_(visible_to(me, below), _taken_from(me), _moved_out(count)),
        )
        .limit(1)
    )


def _taken_from(me: Any) -> ColumnElement[bool]:
    """Return the condition that a person, or a unit of theirs, had it until the event at least."""
    units = select(UnitMember.unit_id).where(UnitMember.account_id == me)
    had = select(Assignment.id).where(
        Assignment.incident_id == Incident.id,
        or_(Assignment.account_id == me, Assignment.unit_id.in_(units)),
        Assignment.ended_at >= IncidentEvent.at,
    )
    return had.exists()


def _moved_out(count: int) -> ColumnElement[bool]:
    """Return the condition that the event took it out of one of so many places."""
    places = (IncidentEvent.details.like(bindparam(f"was{n}", type_=String)) for n in range(count))
    return and_(IncidentEvent.verb == Verb.RELOCATE, or_(false(), *places))
