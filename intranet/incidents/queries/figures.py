"""What a period's incidents come to: counted, timed and broken down in the database itself.

The incidents *of* a period are those reported in it. Void ones count in their own column alone; a
merged one was reported, but is not due and never closed: its master is. ``docs/incidents.md`` has
every definition, and the page shows them beside the figures.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from intranet.access import POLICY, TEAM, Permission, Viewer, scope_condition
from intranet.clock import midnight
from intranet.grids.models import Grid, GridKind
from intranet.incidents.models import (
    FINISHED,
    Assignment,
    Category,
    Hand,
    Incident,
    State,
)
from intranet.incidents.queries.lists import Filter, condition
from intranet.incidents.queries.tallies import Dimension, Figures, Pace, Period, Tally
from intranet.people.models import RoleGrant

ROWS_MAX = 500  # of one table; the busiest first


# The steps of the first round; operations/pace.py says where each begins and ends.
STEPS = ("accept", "dispatch", "arrive", "handle", "verify")
_COUNTED = (
    "reported", "open", "overdue", "closed", "in_time", "reopened", "merged", "declined", "void",
    "evaluated", "content",
)  # fmt: skip


def figures(
    session: Session,
    viewer: Viewer,
    period: Period,
    *,
    at: datetime,
    by: Collection[Dimension] = tuple(Dimension),
) -> Figures:
    """Return the figures of a period within the viewer's area; two queries, whatever the size.

    ``by``: which tables, beside the whole and its trend.
    """
    cohort = _cohort(session, viewer, period, at)
    tables: dict[str, list[Tally]] = {dimension.value: [] for dimension in Dimension}
    steps = dict.fromkeys(STEPS, Tally())
    for row in session.execute(_broken_down(cohort, {Dimension.ALL, Dimension.TIME, *by})):
        if row.dimension in steps:
            steps[row.dimension] = _tally(row)
        else:
            tables[row.dimension].append(_tally(row))
    whole = next(iter(tables.pop(Dimension.ALL)), Tally())
    return Figures(
        whole,
        steps["accept"].reported,
        session.scalar(_closed_meanwhile(viewer, period, at)) or 0,
        [
            Pace(step, one.reported, one.median_minutes, one.p90_minutes)
            for step, one in steps.items()
        ],
        {Dimension(name): rows for name, rows in tables.items()},
    )


def area(viewer: Viewer, period: Period) -> tuple[str, ...]:
    """Return the tops of the trees the figures are about."""
    held = viewer.paths(POLICY[Permission.INCIDENTS_FIGURES_VIEW].roles)
    return (period.grid_path,) if period.grid_path else held


def level_of(viewer: Viewer, period: Period) -> int:
    """Return how deep in the tree the area's top is: 1 county, 2 town, 3 community, 4 general."""
    tops = area(viewer, period)
    depth = min((path.count(".") for path in tops), default=3)
    return min(depth, 3) if len(tops) > 1 else depth


def listed_as(viewer: Viewer, period: Period) -> Filter | None:
    """Return the list that shows the same incidents to this viewer, or None when none does."""
    tops = area(viewer, period)
    if len(tops) == 1:
        return period.as_list(grid_path=tops[0])
    seen = viewer.paths(POLICY[Permission.INCIDENTS_INCIDENT_VIEW].roles)
    return period.as_list() if seen == tops else None


def _inside(viewer: Viewer, period: Period, at: datetime) -> ColumnElement[bool]:
    scope = scope_condition(Incident.grid_path, viewer, Permission.INCIDENTS_FIGURES_VIEW)
    return and_(condition(viewer, period.as_list(), at), scope)


def _cohort(session: Session, viewer: Viewer, period: Period, at: datetime) -> CTE:
    """Return the period's incidents, narrow and read once: every figure is made of its columns."""
    here, above = aliased(Grid), aliased(Grid)
    level = level_of(viewer, period)
    keys: dict[int, Any] = {
        1: above.path,
        2: Incident.community_path,
        3: case((here.kind == GridKind.MICRO, above.path), else_=here.path),
    }
    found = select(
        Incident.id,
        keys.get(level, Incident.grid_path).label("grid"),
        (case((here.kind == GridKind.MICRO, here.path)) if level == 3 else literal(None)).label(
            "micro"
        ),
        Incident.category_id,
        Incident.reporter_id,
        _bucket(session, period).label("time"),
        case((Incident.state.in_(FINISHED), Incident.real_minutes)).label("minutes"),
        *(
            case((Incident.state != State.VOID, getattr(Incident, f"{step}_minutes"))).label(step)
            for step in STEPS
        ),
        *(_flag(name, at) for name in _COUNTED),
    )
    if level in {1, 3}:
        place = Incident.community_path if level == 1 else Incident.grid_path
        found = found.outerjoin(here, here.path == place).outerjoin(
            above, above.id == here.parent_id
        )
    return found.where(_inside(viewer, period, at)).cte("cohort").prefix_with("MATERIALIZED")


def _flag(name: str, at: datetime) -> ColumnElement[int]:
    sound = Incident.state != State.VOID
    return case(
        (
            {
                "reported": sound,
                "open": Incident.is_open,
                "overdue": and_(Incident.is_open, Incident.due_at < at),
                "closed": Incident.state.in_(FINISHED),
                "in_time": and_(Incident.state.in_(FINISHED), Incident.was_in_time.is_(True)),
                "reopened": and_(sound, Incident.round > 1),
                "merged": Incident.state == State.MERGED,
                "declined": Incident.state == State.DECLINED,
                "void": Incident.state == State.VOID,
                "evaluated": and_(
                    Incident.state == State.EVALUATED, Incident.satisfaction.is_not(None)
                ),
                "content": and_(
                    Incident.state == State.EVALUATED,
                    Incident.satisfaction.in_(["satisfied", "mostly"]),
                ),
            }[name],
            1,
        ),
        else_=0,
    ).label(name)


def _bucket(session: Session, period: Period) -> ColumnElement[str]:
    """Return the day or month in Beijing, as text, of a report."""
    length = 7 if period.by_months else 10
    if session.get_bind().dialect.name == "postgresql":
        local = func.timezone("Asia/Shanghai", Incident.reported_at)
        return func.substr(func.to_char(local, "YYYY-MM-DD"), 1, length)
    return func.substr(func.datetime(Incident.reported_at, "+8 hours"), 1, length)


def _broken_down(cohort: CTE, by: Collection[Dimension]) -> Any:
    c = cohort.c
    parent = aliased(Category)
    earlier, before = aliased(Hand), aliased(Assignment)
    # Whoever handled it in two rounds, or had it twice, is counted once.
    hand = and_(
        Hand.incident_id == c.id,
        ~select(literal(1))
        .where(
            earlier.incident_id == Hand.incident_id,
            earlier.account_id == Hand.account_id,
            earlier.round < Hand.round,
        )
        .exists(),
    )
    given = and_(
        Assignment.incident_id == c.id,
        Assignment.unit_id.is_not(None),
        ~select(literal(1))
        .where(
            before.incident_id == Assignment.incident_id,
            before.unit_id == Assignment.unit_id,
            before.id < Assignment.id,
        )
        .exists(),
    )
    team = select(RoleGrant.account_id).where(RoleGrant.role.in_(TEAM))
    reporter = case((c.reporter_id.in_(team), c.reporter_id), else_=0)
    parts: list[tuple[Dimension, Any, Any]] = [
        (Dimension.ALL, literal("", Text), cohort),
        (Dimension.GRID, c.grid, cohort),
        (Dimension.MICRO, c.micro, cohort),
        (
            Dimension.MATTER_CLASS,
            parent.parent_id,
            cohort.join(parent, parent.id == c.category_id),
        ),
        (Dimension.MATTER, c.category_id, cohort),
        (Dimension.HANDLER, Hand.account_id, cohort.join(Hand, hand)),
        (Dimension.REPORTER, reporter, cohort),
        (Dimension.UNIT, Assignment.unit_id, cohort.join(Assignment, given)),
        (Dimension.TIME, c.time, cohort),
    ]
    return union_all(
        *(_dimension(c.minutes, _COUNTED, *part) for part in parts if part[0] in by),
        *(
            _dimension(c[step], (), step, literal("", Text), cohort, timed_only=True)
            for step in STEPS
        ),
    )


def _dimension(
    minutes: Any,
    counted: Sequence[str],
    name: str,
    key: Any,
    source: Any,
    *,
    timed_only: bool = False,
) -> Select[Any]:
    """Return one table: a row a key, counts and percentiles from one histogram of minutes."""
    c = minutes.table.c
    cells = select(
        key.label("key"),
        minutes.label("minutes"),
        func.count(minutes).label("timed"),
        *(func.sum(c[one]).label(one) for one in counted),
    ).select_from(source)
    if timed_only:
        cells = cells.where(minutes.is_not(None))
    ranked = _ranked(cells.group_by(key, minutes).subquery())
    column = ranked.c
    table = (
        select(
            literal(name, Text).label("dimension"),
            cast(column.key, Text).label("key"),
            *(
                cast(func.sum(column[one] if one in counted else column.timed), BigInteger).label(
                    one
                )
                for one in _COUNTED
            ),
            *_percentiles(ranked),
        )
        .where(column.key.is_not(None))
        .group_by(column.key)
        .order_by(func.sum(column.reported if counted else column.timed).desc(), column.key)
        .limit(ROWS_MAX)
        .subquery()
    )
    return select(table)


def _ranked(cells: Any) -> Any:
    """Return a histogram's cells with how many values lie up to each, and how many there are."""
    upto = func.sum(cells.c.timed).over(partition_by=cells.c.key, order_by=cells.c.minutes)
    whole = func.sum(cells.c.timed).over(partition_by=cells.c.key)
    return select(
        *cells.c,
        cast(upto, BigInteger).label("upto"),
        cast(whole, BigInteger).label("whole"),
    ).subquery()


def _percentiles(ranked: Any) -> list[Any]:
    """Return the two middle values and the 90th percentile by nearest rank."""
    c = ranked.c

    def first(reached: Any) -> Any:
        return func.min(case((and_(c.timed > 0, reached), c.minutes)))

    return [
        first(2 * c.upto >= c.whole).label("lower"),
        first(2 * c.upto > c.whole).label("upper"),
        first(10 * c.upto >= 9 * c.whole).label("p90"),
    ]


def _closed_meanwhile(viewer: Viewer, period: Period, at: datetime) -> Any:
    """Return how many were closed in the period, whenever they were reported."""
    inside = condition(viewer, period.as_list(since=None, until=None), at)
    return select(func.count()).where(
        inside,
        scope_condition(Incident.grid_path, viewer, Permission.INCIDENTS_FIGURES_VIEW),
        Incident.state.in_(FINISHED),
        Incident.closed_at >= midnight(period.since),
        Incident.closed_at < midnight(period.until + timedelta(days=1)),
    )


def _tally(row: Any) -> Tally:
    return Tally(
        key=row.key,
        **{name: int(getattr(row, name) or 0) for name in _COUNTED},
        median_minutes=_middle(row),
        p90_minutes=row.p90,
    )


def _middle(row: Any) -> float | None:
    return None if row.lower is None else (int(row.lower) + int(row.upper)) / 2
