"""Checklists of the demo town, walked for weeks: mostly in time, some missed, one under way."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from intranet.access import Viewer
from intranet.clock import BEIJING
from intranet.incidents import operations
from intranet.incidents.models import Category, Found, Gravity, PatrolPlan
from intranet.incidents.operations import Checklist, Item, Marked
from intranet.workbench.demo.incidents import Deed, Steps, people_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from intranet.grids.models import Grid
    from intranet.workbench.demo.build import Built

# Which standard checklist, under which name, and how many days ago it was walked.
MICRO_PLANS = (
    ("street", "上场口街巷巡查", (*range(29, 10, -1), 9, 8, 7, 6, 5, 3, 2)),
    ("building", "上场口楼栋巡查", (27, 20, 13, 8)),
    ("business", "上场口商企巡查", (25,)),
)
GENERAL_PLANS = (
    ("public", "农贸市场周边公共场所巡查", (28, 22, 15, 8, 1)),
    ("site", "新市街工地巡查", (29, 22)),
)
DAYS = 30
UNDER_WAY = "新市街工地巡查"
# What was found on the newest walk of a checklist: item, result, words, gravity.
FINDINGS = {
    "上场口街巷巡查": (
        (3, Found.HAZARD, "面包车占了消防车通道，车上没有电话。", Gravity.MAJOR),
        (4, Found.MENDED, "垃圾桶满了，已叫保洁当场清运。", Gravity.MINOR),
    ),
    "上场口楼栋巡查": ((3, Found.HAZARD, "2单元架空层有人拉线充电。", Gravity.MAJOR),),
    "农贸市场周边公共场所巡查": ((5, Found.MENDED, "公厕门口积水已冲扫干净。", Gravity.MINOR),),
}


def patrol_deeds(session: Session, built: Built, at: datetime) -> list[Deed]:
    """Enter checklists; return the walks, and when they end."""
    people = people_of(session)
    walked: list[tuple[int, PatrolPlan, Viewer]] = []
    for grid, who, plans in (
        (built.micros[0], "micro", MICRO_PLANS),
        (built.generals[0], "grid", GENERAL_PLANS),
    ):
        for key, name, days in plans:
            plan = _plan(session, people["grid"], grid, key, name, at)
            walked += [(ago, plan, people[who]) for ago in days]
    deeds = []
    for ago, plan, walker in walked:
        newest = min(days for days, other, _who in walked if other is plan)
        steps = _walk(session, walker, plan, is_newest=ago == newest)
        next(steps)
        morning = (at - timedelta(days=ago)).astimezone(BEIJING).replace(hour=9, minute=10)
        deeds += [Deed(morning, steps), Deed(morning + timedelta(minutes=24), steps)]
    under_way = next(plan for _ago, plan, _who in walked if plan.name == UNDER_WAY)
    _begin(session, people["grid"], under_way, at)
    last = built.micros[6]
    _plan(session, people["secretary"], last, "building", "学府路楼栋巡查", at)
    return deeds


def _plan(  # noqa: PLR0917 — one checklist
    session: Session, actor: Viewer, grid: Grid, key: str, name: str, at: datetime
) -> PatrolPlan:
    standard = operations.standard_plan(key)
    assert standard is not None
    matters = {one.name: one for one in session.scalars(select(Category))}
    items = [
        Item(one.words, one.place, matters[one.category], one.is_optional) for one in standard.items
    ]
    return operations.add_plan(
        session,
        actor=actor,
        at=at - timedelta(days=DAYS),
        grid=grid,
        content=Checklist(name, standard.frequency, items),
    )


def _walk(session: Session, walker: Viewer, plan: PatrolPlan, *, is_newest: bool) -> Steps:
    morning = yield
    walk = operations.start_walk(session, actor=walker, at=morning, plan=plan)
    checks = {one.position: one for one in operations.checks_of(session, walk)}
    for position, result, words, gravity in FINDINGS.get(plan.name, ()) if is_newest else ():
        operations.mark(
            session,
            actor=walker,
            at=morning + timedelta(minutes=2 * position),
            walk=walk,
            check=checks[position],
            content=Marked(result, words, gravity, grid=_where(session, plan)),
        )
    ended = yield
    operations.mark_rest(session, actor=walker, at=ended, walk=walk)
    operations.finish_walk(session, actor=walker, at=ended, walk=walk, seen=10**9)
    yield


def _begin(session: Session, walker: Viewer, plan: PatrolPlan, at: datetime) -> None:
    """Leave a walk under way, with two items marked."""
    walk = operations.start_walk(session, actor=walker, at=at - timedelta(minutes=18), plan=plan)
    for check in operations.checks_of(session, walk)[:2]:
        operations.mark(
            session,
            actor=walker,
            at=at - timedelta(minutes=12),
            walk=walk,
            check=check,
            content=Marked(Found.FINE),
        )


def _where(session: Session, plan: PatrolPlan) -> Grid | None:
    """Return the micro-grid of a finding in a general grid."""
    from intranet.grids.models import Grid, GridKind

    return session.scalar(
        select(Grid)
        .where(
            Grid.path.startswith(plan.grid_path, autoescape=True),
            Grid.path != plan.grid_path,
            Grid.kind == GridKind.MICRO,
        )
        .order_by(Grid.code)
        .limit(1)
    )
