"""The lists staff know: one filter, and from it rows, counts, map and export alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_, select
from sqlalchemy.orm import Session

from intranet.access import POLICY, Permission, Role, Viewer, scope_condition
from intranet.clock import BEIJING
from intranet.db import within
from intranet.grids.queries import community_path
from intranet.incidents.models import (
    AT_DESK,
    OPEN,
    WITH_HANDLER,
    Category,
    Hand,
    Incident,
    IncidentEvent,
    Source,
    State,
    Tie,
    TieKind,
    Urgency,
)
from intranet.incidents.queries.cases import visible, with_viewer

PAGE_ROWS = 40
COUNT_MAX = 1000
EXPORT_MAX = 20_000
MAP_MAX = 2000
P = Permission


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


class Light(StrEnum):
    """What a row's light shows."""

    GREEN = "green"  # 正常
    YELLOW = "yellow"  # 将到期
    RED = "red"  # 已超期
    GREY = "grey"  # 时钟停走


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to; empty fields do not narrow."""

    tab: Tab = Tab.INBOX
    grid_path: str = ""
    category_id: int = 0
    state: State | None = None
    light: Light | None = None
    source: Source | None = None
    urgency: Urgency | None = None
    since: date | None = None
    until: date | None = None
    number: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the tab is chosen."""
        return self != Filter(tab=self.tab)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list."""

    id: int
    number: str
    short_number: str
    state: State
    urgency: Urgency
    source: Source
    category: str
    description: str
    place: str
    grid_path: str
    reported_at: datetime | None
    due_at: datetime | None
    light: Light | None
    card: str | None
    level_raised: int
    turn: int
    latest_event_id: int
    latitude_wgs84: float | None
    longitude_wgs84: float | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, and where the next begins."""

    rows: Sequence[Row]
    after: str


def light_of(
    state: State, warn_at: datetime | None, due_at: datetime | None, at: datetime
) -> Light | None:
    """Return the light: red past the limit, yellow past the warning; none when it is over."""
    if state not in OPEN:
        return None
    if due_at is not None and at > due_at:
        return Light.RED
    if warn_at is not None and at > warn_at:
        return Light.YELLOW
    return Light.GREEN if due_at is not None else Light.GREY


def _light_condition(light: Light, at: datetime) -> ColumnElement[bool]:
    late = Incident.due_at < at
    warned = Incident.warn_at < at
    return (
        Incident.is_open
        & {
            Light.RED: late,
            Light.YELLOW: and_(
                or_(Incident.due_at.is_(None), Incident.due_at >= at), Incident.warn_at.is_not(None)
            )
            & warned,
            Light.GREEN: and_(
                Incident.due_at.is_not(None),
                Incident.due_at >= at,
                or_(Incident.warn_at.is_(None), Incident.warn_at >= at),
            ),
            Light.GREY: and_(
                Incident.due_at.is_(None), or_(Incident.warn_at.is_(None), Incident.warn_at >= at)
            ),
        }[light]
    )


def condition(viewer: Viewer, wanted: Filter, at: datetime) -> ColumnElement[bool]:
    """Return the one condition behind rows, counts, map and export."""
    parts = [_tab(viewer, wanted.tab, at)]
    if wanted.grid_path:
        parts.append(within(Incident.grid_path, wanted.grid_path))
        if wanted.grid_path.count(".") >= 3:
            parts.append(Incident.community_path == community_path(wanted.grid_path))
    if wanted.category_id:
        below = select(Category.id).where(
            or_(Category.id == wanted.category_id, Category.parent_id == wanted.category_id)
        )
        parts.append(Incident.category_id.in_(below))
    for column, value in (
        (Incident.state, wanted.state),
        (Incident.source, wanted.source),
        (Incident.urgency, wanted.urgency),
    ):
        if value is not None:
            parts.append(column == value)
    if wanted.light:
        parts.append(_light_condition(wanted.light, at))
    if wanted.since:
        parts.append(Incident.reported_at >= midnight(wanted.since))
    if wanted.until:
        parts.append(Incident.reported_at < midnight(wanted.until + timedelta(days=1)))
    if wanted.number:
        parts.append(or_(Incident.number == wanted.number, Incident.short_number == wanted.number))
    return and_(*parts)


def page(
    session: Session, viewer: Viewer, wanted: Filter, *, at: datetime, after: str = ""
) -> Page:
    """Return one page; ``after`` is what the page before it said. One query."""
    found = _select().where(condition(viewer, wanted, at))
    if wanted.tab in BY_DUE:
        moment, last = _cursor(after)
        if moment is not None:
            found = found.where(
                or_(
                    Incident.queue_at > moment,
                    and_(Incident.queue_at == moment, Incident.id > last),
                )
            )
        found = found.order_by(Incident.queue_at, Incident.id)
    else:
        if after.isdecimal():
            found = found.where(Incident.id < min(int(after), 2**31 - 1))
        found = found.order_by(Incident.id.desc())
    rows = session.execute(found.limit(PAGE_ROWS + 1)).all()
    shown = [_row(row, at) for row in rows[:PAGE_ROWS]]
    more = ""
    if len(rows) > PAGE_ROWS:
        last_row = rows[PAGE_ROWS - 1]
        more = (
            f"{last_row.queue_at.timestamp():.6f}_{last_row.id}"
            if wanted.tab in BY_DUE
            else str(last_row.id)
        )
    return Page(shown, more)


def everything(
    session: Session, viewer: Viewer, wanted: Filter, *, at: datetime, rows_max: int = EXPORT_MAX
) -> list[Row]:
    """Return all rows of a list for an export, in the list's order; at most ``rows_max``."""
    order = (Incident.queue_at, Incident.id) if wanted.tab in BY_DUE else (Incident.id.desc(),)
    found = _select().where(condition(viewer, wanted, at)).order_by(*order).limit(rows_max)
    return [_row(row, at) for row in session.execute(found)]


def counts(session: Session, viewer: Viewer, wanted: Filter, *, at: datetime) -> dict[Tab, int]:
    """Return how many each tab holds under the same filter, COUNT_MAX meaning "or more".

    One query, whatever the size.
    """
    asked = [
        select(func.count())
        .select_from(
            select(literal(1))
            .select_from(Incident)
            .where(condition(viewer, replace(wanted, tab=tab), at))
            .limit(COUNT_MAX)
            .subquery()
        )
        .scalar_subquery()
        .label(tab.value)
        for tab in Tab
    ]
    row = session.execute(select(*asked)).one()
    return {tab: row[number] for number, tab in enumerate(Tab)}


def newest_event(session: Session) -> int:
    """Return the newest event's id: the moment of a page, for its poll."""
    return session.scalar(select(func.max(IncidentEvent.id))) or 0


def changed_since(session: Session, viewer: Viewer, event_id: int) -> bool:
    """Whether anything the viewer may see has happened after an event."""
    found = (
        select(IncidentEvent.id)
        .join(Incident, Incident.id == IncidentEvent.incident_id)
        .where(IncidentEvent.id > event_id, visible(viewer))
        .limit(1)
    )
    return session.scalar(found) is not None


def _tab(viewer: Viewer, tab: Tab, at: datetime) -> ColumnElement[bool]:
    me = viewer.account_id
    sent = Incident.state != State.DRAFT
    if tab in {Tab.ACTED, Tab.FOLLOWED}:
        kind = TieKind.ACTED if tab is Tab.ACTED else TieKind.FOLLOWS
        tied = select(Tie.incident_id).where(Tie.account_id == me, Tie.kind == kind)
        return Incident.id.in_(tied) & sent & visible(viewer)
    if tab in {Tab.DRAFTS, Tab.MINE}:
        return (Incident.reporter_id == me) & (~sent if tab is Tab.DRAFTS else sent)
    if tab is Tab.INBOX:
        return Incident.is_open & _inbox(viewer)
    narrower = {
        Tab.WATCH: Incident.is_open
        & or_(Incident.due_at < at, Incident.card.is_not(None), Incident.level_raised > 0),
        Tab.ARCHIVE: ~Incident.is_open & sent,
        Tab.AREA: sent,
    }
    return _here(viewer) & narrower[tab]


def _here(viewer: Viewer) -> ColumnElement[bool]:
    """Return the viewer's area; inside one community the index of communities narrows it."""
    inside: ColumnElement[bool] = scope_condition(
        Incident.grid_path, viewer, P.INCIDENTS_INCIDENT_VIEW
    )
    paths = viewer.paths(_holders(P.INCIDENTS_INCIDENT_VIEW))
    communities = {community_path(path) for path in paths}
    if len(communities) == 1 and next(iter(communities)).count(".") == 3:
        inside = inside & (Incident.community_path == communities.pop())
    return inside


def _inbox(viewer: Viewer) -> ColumnElement[bool]:
    """Return what waits for the viewer: on their desk, in their hands, for their check."""
    handled = select(Hand.incident_id).where(
        Hand.account_id == viewer.account_id,
        Hand.incident_id == Incident.id,
        Hand.round == Incident.round,
    )
    parts = [
        and_(Incident.state.in_(WITH_HANDLER), with_viewer(viewer)),
        and_(Incident.state == State.RETURNED, Incident.reporter_id == viewer.account_id),
    ]
    desks = _desks(viewer, P.INCIDENTS_INCIDENT_ACCEPT)
    if desks is not None:
        unchecked = and_(Incident.state == State.HANDLED, ~handled.exists())
        waiting = or_(Incident.state.in_(AT_DESK | {State.VERIFIED}), unchecked)
        parts.append(and_(waiting, desks))
    granting = _desks(viewer, P.INCIDENTS_REQUEST_GRANT)
    if granting is not None:
        asked = and_(Incident.asked_for.is_not(None), Incident.asked_by_id != viewer.account_id)
        parts.append(and_(asked, granting))
    return or_(*parts)


def _desks(viewer: Viewer, permission: Permission) -> ColumnElement[bool] | None:
    """Return what lies on the viewer's desks; None when they have none.

    A community's desk has all below it. A town or county has only what climbed to it: the rest is
    its communities' work, which it sees in the area's list.
    """
    paths = viewer.paths(_holders(permission))
    desks = [
        within(Incident.grid_path, path) if path.count(".") >= 3 else Incident.desk_path == path
        for path in paths
    ]
    return or_(*desks) if desks else None


def _holders(permission: Permission) -> frozenset[Role]:
    return POLICY[permission].roles


def _select() -> Any:
    return select(
        Incident.id,
        Incident.number,
        Incident.short_number,
        Incident.state,
        Incident.urgency,
        Incident.source,
        Category.name.label("category"),
        Incident.description,
        Incident.place,
        Incident.grid_path,
        Incident.reported_at,
        Incident.due_at,
        Incident.warn_at,
        Incident.queue_at,
        Incident.card,
        Incident.level_raised,
        Incident.turn,
        Incident.latest_event_id,
        Incident.latitude_wgs84,
        Incident.longitude_wgs84,
        Incident.closed_at,
    ).join(Category, Category.id == Incident.category_id)


def _row(row: Any, at: datetime) -> Row:
    fields = {name: getattr(row, name) for name in Row.__dataclass_fields__ if name != "light"}
    return Row(**fields, light=light_of(row.state, row.warn_at, row.due_at, at))


def _cursor(after: str) -> tuple[datetime | None, int]:
    moment, _, last = after.partition("_")
    try:
        return datetime.fromtimestamp(float(moment), tz=BEIJING), int(last)
    except (ValueError, OverflowError, OSError):
        return None, 0


def midnight(day: date) -> datetime:
    """Return the moment a day begins in Beijing."""
    return datetime.combine(day, time(), BEIJING)
