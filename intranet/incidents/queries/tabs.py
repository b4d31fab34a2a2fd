"""What each of the lists holds, so said that an index leads to it however long the history is.

Open incidents are few and have indexes of their own; ended ones are many and are read by their
community from the newest on. A list of what is tied to a person is driven by the ties.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select, union_all
from sqlalchemy.orm import aliased

from intranet.access import POLICY, Permission, Viewer
from intranet.db import within
from intranet.grids.queries import community_path
from intranet.incidents.models import (
    AT_DESK,
    WITH_HANDLER,
    Assignment,
    Hand,
    Incident,
    IncidentEvent,
    State,
    Tie,
    TieKind,
    UnitMember,
    was_sent,
)
from intranet.incidents.queries.cases import visible

P = Permission
COMMUNITY_DEPTH = 3  # county, town, community
# No clock runs while one waits for something outside: after so long the desk is to look at it.
FORGOTTEN_AFTER = {State.SUSPENDED: timedelta(days=5), State.RETURNED: timedelta(days=3)}


class Tab(StrEnum):
    """The lists, in the order their tabs stand in."""

    INBOX = "inbox"  # 待办
    WATCH = "watch"  # 需督办
    ACTED = "acted"  # 经办
    MINE = "mine"  # 我发起
    FOLLOWED = "followed"  # 我的关注
    AREA = "area"  # 辖区
    ARCHIVE = "archive"  # 归档
    DRAFTS = "drafts"  # 草稿


# Lists of what is being worked on go by what is due first; the others by the newest number.
BY_DUE = frozenset({Tab.INBOX, Tab.WATCH})
# Lists that grow with the years.
LONG = frozenset({Tab.ACTED, Tab.MINE, Tab.AREA, Tab.ARCHIVE})


def tab_condition(viewer: Viewer, tab: Tab, at: datetime) -> ColumnElement[bool]:
    """Return which incidents are on the viewer's list."""
    me = viewer.account_id
    sent = was_sent()
    if tab in {Tab.ACTED, Tab.FOLLOWED}:
        kind = TieKind.ACTED if tab is Tab.ACTED else TieKind.FOLLOWS
        tied = select(Tie.incident_id).where(Tie.account_id == me, Tie.kind == kind)
        mine = Incident.id.in_(tied) & sent
        # Who has acted in it may see it for good; who follows it perhaps no more.
        return mine if tab is Tab.ACTED else mine & visible(viewer)
    if tab is Tab.MINE:
        return (Incident.reporter_id == me) & sent
    if tab is Tab.DRAFTS:
        return (Incident.reporter_id == me) & (Incident.state == State.DRAFT)
    if tab is Tab.INBOX:
        return Incident.id.in_(_inbox(viewer, at))
    narrower = {
        Tab.WATCH: Incident.is_open
        & or_(
            Incident.due_at < at,
            Incident.card.is_not(None),
            Incident.level_raised > 0,
            _forgotten(Incident, at),
        ),
        Tab.ARCHIVE: ~Incident.is_open & sent,
        Tab.AREA: sent,
    }
    return _here(viewer) & narrower[tab]


def _here(viewer: Viewer) -> ColumnElement[bool]:
    """Return the viewer's area."""
    paths = _paths(viewer, P.INCIDENTS_INCIDENT_VIEW)
    return inside(Incident, paths) if paths else false()


def inside(incident: Any, paths: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition "found at or below one of the paths"; a community's index narrows it.

    Of a whole community its own column says all there is to say: a second condition would only
    mislead PostgreSQL, which takes the two for independent of each other.
    """
    column: Any = incident.community_path
    communities = sorted({community_path(path) for path in paths})
    below: ColumnElement[bool] = or_(*(within(incident.grid_path, path) for path in paths))
    if any(path.count(".") != COMMUNITY_DEPTH for path in communities):
        return below
    home: ColumnElement[bool] = (
        column == communities[0] if len(communities) == 1 else column.in_(communities)
    )
    return home if communities == sorted(paths) else home & below


def _inbox(viewer: Viewer, at: datetime) -> Any:
    """Return the ids of what waits for the viewer: in their hands, on their desk, to be checked.

    One select for each reason, each on an index of its own: a list of reasons joined by OR is
    read by none.
    """
    one = aliased(Incident)
    me = viewer.account_id
    units = select(UnitMember.unit_id).where(UnitMember.account_id == me)
    reasons = [
        select(one.id)
        .join(Assignment, Assignment.incident_id == one.id)
        .where(with_whom, Assignment.ended_at.is_(None), one.is_open, one.state.in_(WITH_HANDLER))
        for with_whom in (Assignment.account_id == me, Assignment.unit_id.in_(units))
    ]
    reasons.append(
        select(one.id).where(one.reporter_id == me, one.state == State.RETURNED, one.is_open)
    )
    handled = select(Hand.incident_id).where(
        Hand.account_id == me, Hand.incident_id == one.id, Hand.round == one.round
    )
    unchecked = and_(one.state == State.HANDLED, ~handled.exists())
    waiting = or_(one.state.in_(AT_DESK | {State.VERIFIED}), unchecked, _forgotten(one, at))
    reasons += _on_desks(one, _paths(viewer, P.INCIDENTS_INCIDENT_ACCEPT), waiting)
    asked = and_(one.asked_for.is_not(None), one.asked_by_id != me)
    reasons += _on_desks(one, _paths(viewer, P.INCIDENTS_REQUEST_GRANT), asked)
    return union_all(*reasons)


def _forgotten(one: Any, at: datetime) -> ColumnElement[bool]:
    """Return the condition that it has stood suspended, or waited for its reporter, for too long.

    Since when tells its newest change of state: a comment is none. It is looked up for the few
    that stand so, one step back in the index of each one's history.
    """
    since = (
        select(IncidentEvent.at)
        .where(IncidentEvent.incident_id == one.id, IncidentEvent.to_state.is_not(None))
        .order_by(IncidentEvent.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return or_(
        *(and_(one.state == state, since <= at - days) for state, days in FORGOTTEN_AFTER.items())
    )


def _on_desks(one: Any, paths: Sequence[str], waiting: ColumnElement[bool]) -> list[Any]:
    """Return what waits on the desks at these paths.

    A community's desk has all below it. A town or county has only what climbed to it: the rest is
    its communities' work, which it sees in the area's list.
    """
    return [
        select(one.id).where(
            one.is_open,
            inside(one, [path]) if path.count(".") >= COMMUNITY_DEPTH else one.desk_path == path,
            waiting,
        )
        for path in paths
    ]


def _paths(viewer: Viewer, permission: Permission) -> tuple[str, ...]:
    return viewer.paths(POLICY[permission].roles)
