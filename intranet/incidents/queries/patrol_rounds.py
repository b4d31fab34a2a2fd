"""What is due for walking, what was walked, and how much of what was due."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from intranet.access import Permission, Viewer, scope_condition
from intranet.clock import BEIJING
from intranet.db import within
from intranet.grids.models import Grid
from intranet.incidents.models import (
    Found,
    Frequency,
    Incident,
    PatrolCheck,
    PatrolMark,
    PatrolOutcome,
    PatrolPlan,
    PatrolTerm,
    PatrolWalk,
    WalkState,
)
from intranet.incidents.queries.patrol_periods import Coverage, Duty, Term, coverage, duty, frame
from intranet.incidents.queries.patrols import PLANS_MAX, progress
from intranet.people.models import Account

DUTIES_MAX = 200
WALKS_PAGE = 50
WALKS_EXPORT_MAX = 5000
RANGE_DAYS_MAX = 400
WALK = Permission.INCIDENTS_PATROL_WALK
PLAN = Permission.INCIDENTS_PATROL_PLAN


@dataclass(frozen=True, slots=True)
class Errand:
    """A checklist to walk: how urgent, until when, who went last and who is under way."""

    plan: PatrolPlan
    duty: Duty
    until_on: date
    last_at: datetime | None
    last_by: str
    open_id: int | None
    open_by: str
    open_at: datetime | None
    marked: int
    items: int


@dataclass(frozen=True, slots=True)
class Walked:
    """A walk in the history: who, when, what it found, and the incidents it made."""

    walk: PatrolWalk
    started_by: str
    ended_by: str
    counts: dict[Found, int]
    items: int
    incidents: tuple[tuple[str, str], ...]  # number, short number


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """The coverage of one grid's checklists."""

    grid_path: str
    plans: int
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class WalkFilter:
    """What the history is narrowed to; days are Beijing's, both included."""

    since: date
    until: date
    grid_path: str = ""
    plan_id: int = 0


def errands(session: Session, viewer: Viewer, *, at: datetime) -> list[Errand]:
    """Return what the viewer may walk, the most urgent first, at most DUTIES_MAX; six queries."""
    today = at.astimezone(BEIJING).date()
    plans = session.scalars(
        select(PatrolPlan)
        .join(Grid, Grid.path == PatrolPlan.grid_path)
        .where(scope_condition(PatrolPlan.grid_path, viewer, WALK), PatrolPlan.retired_at.is_(None))
        .order_by(Grid.code, PatrolPlan.name, PatrolPlan.id)
        .limit(DUTIES_MAX)
    ).all()
    ids = [one.id for one in plans]
    terms = _terms(session, ids)
    days = _days(session, ids, frame(Frequency.MONTHLY, today)[0] - timedelta(days=31), today)
    last = _last(session, ids)
    under_way = _under_way(session, ids)
    counted = progress(session, [walk.id for walk, _name in under_way.values()])
    found = []
    for plan in plans:
        how, until = duty(terms[plan.id], days.get(plan.id, ()), today)
        walk, by = under_way.get(plan.id, (None, ""))
        done, items = counted.get(walk.id, (0, 0)) if walk else (0, 0)
        last_at, last_by = last.get(plan.id, (None, ""))
        found.append(
            Errand(
                plan,
                how,
                until,
                last_at,
                last_by,
                walk.id if walk else None,
                by,
                walk.started_at if walk else None,
                done,
                items,
            )
        )
    order = list(Duty)
    return sorted(found, key=lambda one: order.index(one.duty))


def this_period(found: Sequence[Errand]) -> dict[Frequency, Coverage]:
    """Return how many checklists of each frequency are walked in the period that runs."""
    counted: dict[Frequency, Coverage] = {}
    for one in found:
        before = counted.get(one.plan.frequency, Coverage(0, 0))
        counted[one.plan.frequency] = before + Coverage(1, int(one.duty is Duty.DONE))
    return {one: counted[one] for one in Frequency if one in counted}


def coverage_rows(
    session: Session, viewer: Viewer, wanted: WalkFilter, *, at: datetime
) -> list[CoverageRow]:
    """Return the coverage of every grid in the viewer's area that has a checklist; three queries.

    Checklists taken out of use count for the time they were in use.
    """
    found = (
        select(PatrolPlan)
        .join(Grid, Grid.path == PatrolPlan.grid_path)
        .where(scope_condition(PatrolPlan.grid_path, viewer, PLAN))
        .order_by(Grid.code, PatrolPlan.id)
        .limit(PLANS_MAX)
    )
    if wanted.grid_path:
        found = found.where(within(PatrolPlan.grid_path, wanted.grid_path))
    if wanted.plan_id:
        found = found.where(PatrolPlan.id == wanted.plan_id)
    plans = session.scalars(found).all()
    ids = [one.id for one in plans]
    terms = _terms(session, ids)
    # A period may end a month after the range in which it begins.
    days = _days(session, ids, wanted.since, wanted.until + timedelta(days=31))
    today = at.astimezone(BEIJING).date()
    rows: dict[str, CoverageRow] = {}
    for plan in plans:
        of_plan = coverage(terms[plan.id], days.get(plan.id, ()), wanted.since, wanted.until, today)
        before = rows.get(plan.grid_path)
        rows[plan.grid_path] = CoverageRow(
            plan.grid_path,
            (before.plans if before else 0) + 1,
            of_plan + before.coverage if before else of_plan,
        )
    return list(rows.values())


def total(rows: Iterable[CoverageRow]) -> Coverage:
    """Return the coverage of all rows together."""
    return sum((one.coverage for one in rows), Coverage(0, 0))


def walks(
    session: Session,
    viewer: Viewer,
    wanted: WalkFilter,
    *,
    before: int = 0,
    limit: int = WALKS_PAGE,
) -> list[Walked]:
    """Return walks that ended or began in the range, the newest first; three queries.

    Staff see their area's, others those they began, ended or marked something on.
    """
    started, ended = aliased(Account), aliased(Account)
    question = (
        select(PatrolWalk, started.display_name, ended.display_name)
        .join(started, started.id == PatrolWalk.started_by_id)
        .outerjoin(ended, ended.id == PatrolWalk.ended_by_id)
        .where(_listed(viewer, wanted))
        .order_by(PatrolWalk.id.desc())
        .limit(limit)
    )
    if before:
        question = question.where(PatrolWalk.id < before)
    rows = session.execute(question).all()
    ids = [walk.id for walk, *_names in rows]
    counts = _counts(session, ids)
    made = _incidents(session, ids)
    return [
        Walked(
            walk,
            began,
            done or "",
            {one: counts.get((walk.id, one), 0) for one in Found},
            counts.get((walk.id, None), 0),
            tuple(made.get(walk.id, ())),
        )
        for walk, began, done in rows
    ]


def plan_choices(session: Session, viewer: Viewer) -> list[tuple[str, str]]:
    """Return the checklists of the viewer's area as choices."""
    rows = session.execute(
        select(PatrolPlan.id, PatrolPlan.name, Grid.name)
        .join(Grid, Grid.path == PatrolPlan.grid_path)
        .where(scope_condition(PatrolPlan.grid_path, viewer, WALK))
        .order_by(Grid.code, PatrolPlan.name, PatrolPlan.id)
        .limit(PLANS_MAX)
    )
    return [(str(row[0]), f"{row[2]} · {row[1]}") for row in rows]


def _listed(viewer: Viewer, wanted: WalkFilter) -> ColumnElement[bool]:
    marked = (
        select(PatrolCheck.walk_id)
        .join(PatrolMark, PatrolMark.check_id == PatrolCheck.id)
        .where(PatrolMark.actor_id == viewer.account_id)
    )
    mine = or_(
        PatrolWalk.started_by_id == viewer.account_id,
        PatrolWalk.ended_by_id == viewer.account_id,
        PatrolWalk.id.in_(marked),
    ) & scope_condition(PatrolWalk.grid_path, viewer, WALK)
    moment = func.coalesce(PatrolWalk.ended_at, PatrolWalk.started_at)
    begins, ends = _moments(wanted.since, wanted.until)
    listed: ColumnElement[bool] = (
        or_(scope_condition(PatrolWalk.grid_path, viewer, PLAN), mine)
        & (moment >= begins)
        & (moment < ends)
    )
    if wanted.grid_path:
        listed &= within(PatrolWalk.grid_path, wanted.grid_path)
    if wanted.plan_id:
        listed &= PatrolWalk.plan_id == wanted.plan_id
    return listed


def _terms(session: Session, plan_ids: Sequence[int]) -> dict[int, list[Term]]:
    rows = session.execute(
        select(PatrolTerm.plan_id, PatrolTerm.from_on, PatrolTerm.frequency)
        .where(PatrolTerm.plan_id.in_(plan_ids))
        .order_by(PatrolTerm.id)
    )
    terms: dict[int, list[Term]] = {}
    for plan_id, from_on, frequency in rows:
        terms.setdefault(plan_id, []).append(Term(from_on, frequency))
    return terms


def _days(
    session: Session, plan_ids: Sequence[int], since: date, until: date
) -> dict[int, set[date]]:
    """Return on which days each checklist was walked to the end."""
    begins, ends = _moments(since, until)
    rows = session.execute(
        select(PatrolWalk.plan_id, PatrolWalk.ended_at).where(
            PatrolWalk.plan_id.in_(plan_ids),
            PatrolWalk.state == WalkState.FINISHED,
            PatrolWalk.ended_at >= begins,
            PatrolWalk.ended_at < ends,
        )
    )
    days: dict[int, set[date]] = {}
    for plan_id, ended_at in rows:
        if ended_at is not None:
            days.setdefault(plan_id, set()).add(ended_at.astimezone(BEIJING).date())
    return days


def _moments(since: date, until: date) -> tuple[datetime, datetime]:
    """Return when the first day begins, and when the last is over."""
    return (
        datetime.combine(since, time(), BEIJING),
        datetime.combine(until + timedelta(days=1), time(), BEIJING),
    )


def _last(session: Session, plan_ids: Sequence[int]) -> dict[int, tuple[datetime | None, str]]:
    newest = (
        select(func.max(PatrolWalk.id))
        .where(PatrolWalk.plan_id.in_(plan_ids), PatrolWalk.state == WalkState.FINISHED)
        .group_by(PatrolWalk.plan_id)
    )
    rows = session.execute(
        select(PatrolWalk.plan_id, PatrolWalk.ended_at, Account.display_name)
        .join(Account, Account.id == PatrolWalk.ended_by_id)
        .where(PatrolWalk.id.in_(newest))
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _under_way(session: Session, plan_ids: Sequence[int]) -> dict[int, tuple[PatrolWalk, str]]:
    rows = session.execute(
        select(PatrolWalk, Account.display_name)
        .join(Account, Account.id == PatrolWalk.started_by_id)
        .where(PatrolWalk.plan_id.in_(plan_ids), PatrolWalk.state == WalkState.OPEN)
    )
    return {walk.plan_id: (walk, name) for walk, name in rows}


def _counts(session: Session, walk_ids: Sequence[int]) -> dict[tuple[int, Found | None], int]:
    """Return how many items of each walk have which result; under None, how many there are."""
    newest: Select[Any] = (
        select(func.max(PatrolMark.id))
        .join(PatrolCheck, PatrolCheck.id == PatrolMark.check_id)
        .where(PatrolCheck.walk_id.in_(walk_ids))
        .group_by(PatrolMark.check_id)
    )
    rows = session.execute(
        select(PatrolCheck.walk_id, PatrolMark.result, func.count(PatrolCheck.id))
        .outerjoin(PatrolMark, (PatrolMark.check_id == PatrolCheck.id) & PatrolMark.id.in_(newest))
        .where(PatrolCheck.walk_id.in_(walk_ids))
        .group_by(PatrolCheck.walk_id, PatrolMark.result)
    )
    counts: dict[tuple[int, Found | None], int] = {}
    for walk_id, result, number in rows:
        if result is not None:
            counts[walk_id, result] = number
        counts[walk_id, None] = counts.get((walk_id, None), 0) + number
    return counts


def _incidents(session: Session, walk_ids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    rows = session.execute(
        select(PatrolCheck.walk_id, Incident.number, Incident.short_number)
        .join(PatrolOutcome, PatrolOutcome.check_id == PatrolCheck.id)
        .join(Incident, Incident.id == PatrolOutcome.incident_id)
        .where(PatrolCheck.walk_id.in_(walk_ids))
        .order_by(PatrolOutcome.id)
    )
    made: dict[int, list[tuple[str, str]]] = {}
    for walk_id, number, short in rows:
        made.setdefault(walk_id, []).append((number, short))
    return made
