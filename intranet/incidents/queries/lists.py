"""The lists staff know: one filter, and from it rows, counts, map and export alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.clock import BEIJING, midnight
from intranet.incidents.models import OPEN, Category, Incident, Source, State, Urgency
from intranet.incidents.queries import searching
from intranet.incidents.queries.tabs import BY_DUE, LONG, Tab, inside, tab_condition

PAGE_ROWS = 40
COUNT_MAX = 1000
EXPORT_MAX = 20_000
MAP_MAX = 2000


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
    sought: str = ""  # tidied by searching.tidy

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
    warn_at: datetime | None
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
    parts = [tab_condition(viewer, wanted.tab, at)]
    if wanted.grid_path:
        parts.append(inside(Incident, [wanted.grid_path]))
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
    return searching.sought(wanted.sought).among(parts, bounded=wanted.tab in LONG)


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
    """Return how many each tab holds under the same filter, COUNT_MAX meaning "or more"."""
    each = count_each(session, viewer, [replace(wanted, tab=tab) for tab in Tab], at=at)
    return dict(zip(Tab, each, strict=True))


def count_each(
    session: Session, viewer: Viewer, filters: Sequence[Filter], *, at: datetime
) -> list[int]:
    """Return how many each filter leaves, COUNT_MAX meaning "or more". One query."""
    asked = [
        select(func.count())
        .select_from(
            select(literal(1))
            .select_from(Incident)
            .where(condition(viewer, wanted, at))
            .limit(COUNT_MAX)
            .subquery()
        )
        .scalar_subquery()
        .label(f"of{number}")
        for number, wanted in enumerate(filters)
    ]
    return list(session.execute(select(*asked)).one()) if asked else []


def next_turn(rows: Sequence[Row], at: datetime) -> datetime | None:
    """Return when the first of the rows' lights turns by time alone; None when none will."""
    moments = (moment for row in rows if row.light for moment in (row.warn_at, row.due_at))
    return min((moment for moment in moments if moment is not None and moment >= at), default=None)


def _select() -> Any:
    return select(
        Incident.id,
        Incident.number,
        Incident.short_number,
        Incident.state,
        Incident.urgency,
        Incident.source,
        func.coalesce(Category.name, "").label("category"),  # a draft may not say yet
        case((Incident.hidden_at.is_(None), Incident.description), else_="").label("description"),
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
    ).outerjoin(Category, Category.id == Incident.category_id)


def _row(row: Any, at: datetime) -> Row:
    fields = {name: getattr(row, name) for name in Row.__dataclass_fields__ if name != "light"}
    return Row(**fields, light=light_of(row.state, row.warn_at, row.due_at, at))


def _cursor(after: str) -> tuple[datetime | None, int]:
    moment, _, last = after.partition("_")
    try:
        return datetime.fromtimestamp(float(moment), tz=BEIJING), int(last)
    except (ValueError, OverflowError, OSError):
        return None, 0
