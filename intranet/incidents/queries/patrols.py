"""Checklists and walks as their pages see them, always through the viewer's scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from intranet.access import Permission, Viewer, allowed, scope_condition
from intranet.db import within
from intranet.grids.models import Grid
from intranet.incidents import operations
from intranet.incidents.models import (
    Category,
    Found,
    Incident,
    PatrolCheck,
    PatrolItem,
    PatrolMark,
    PatrolOutcome,
    PatrolPhoto,
    PatrolPlan,
    PatrolWalk,
    Source,
    State,
)
from intranet.incidents.operations import FOUND_KINDS
from intranet.people.models import Account

PLANS_MAX = 500
ALIKE_MAX = 200
ALIKE_WINDOW = timedelta(days=7)
WALK = Permission.INCIDENTS_PATROL_WALK
PLAN = Permission.INCIDENTS_PATROL_PLAN


@dataclass(frozen=True, slots=True)
class Look:
    """One item of a walk, with what was noted there, by whom, and what became of it."""

    check: PatrolCheck
    category: Category
    mark: PatrolMark | None
    marked_by: str
    photos: tuple[PatrolPhoto, ...]
    outcome: PatrolOutcome | None
    incident: Incident | None
    is_hidden: bool = False  # the incident's description is, from whoever looks

    @property
    def result(self) -> Found | None:
        """What was found, or None while nobody has looked."""
        return self.mark.result if self.mark else None

    @property
    def words(self) -> str:
        """What was said of a finding; an item that passes keeps its words for a slip back only.

        Nothing where its incident's description, which repeats it, is hidden.
        """
        if self.mark is None or self.mark.result is Found.FINE or self.is_hidden:
            return ""
        return self.mark.words


@dataclass(frozen=True, slots=True)
class Round:
    """A walk with its items; permissions are asked of its grid."""

    walk: PatrolWalk
    started_by: str
    ended_by: str
    looks: tuple[Look, ...]

    @property
    def grid_path(self) -> str:
        """Where it is walked."""
        return self.walk.grid_path

    @property
    def seen(self) -> int:
        """The newest mark."""
        return max((one.mark.id for one in self.looks if one.mark), default=0)

    def count(self, result: Found | None) -> int:
        """How many items have this result."""
        return sum(one.result is result for one in self.looks)


@dataclass(frozen=True, slots=True)
class Alike:
    """An open incident that a finding may be the same as."""

    id: int
    category_id: int | None
    short_number: str
    state: State
    grid_id: int
    grid_name: str
    place: str


def plan_or_404(
    session: Session, viewer: Viewer, plan_id: int, permission: Permission
) -> PatrolPlan:
    """Return a checklist; outside the viewer's scope for this it is not found."""
    plan = session.scalar(
        select(PatrolPlan).where(
            PatrolPlan.id == plan_id, scope_condition(PatrolPlan.grid_path, viewer, permission)
        )
    )
    if plan is None:
        raise NotFound
    return plan


def items_of(session: Session, plan: PatrolPlan) -> Sequence[PatrolItem]:
    """Return a checklist's items in their order."""
    return session.scalars(
        select(PatrolItem).where(PatrolItem.plan_id == plan.id).order_by(PatrolItem.position)
    ).all()


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A checklist in the list of them."""

    plan: PatrolPlan
    items: int


def plan_rows(
    session: Session, viewer: Viewer, *, grid_path: str = "", retired: bool = False
) -> list[PlanRow]:
    """Return the checklists in the viewer's area by grid and name, at most PLANS_MAX; one query."""
    counted = (
        select(func.count(PatrolItem.id))
        .where(PatrolItem.plan_id == PatrolPlan.id)
        .correlate(PatrolPlan)
        .scalar_subquery()
    )
    wanted = (
        select(PatrolPlan, counted)
        .join(Grid, Grid.path == PatrolPlan.grid_path)
        .where(scope_condition(PatrolPlan.grid_path, viewer, PLAN))
        .order_by(Grid.code, PatrolPlan.name, PatrolPlan.id)
        .limit(PLANS_MAX)
    )
    is_retired = PatrolPlan.retired_at.is_not(None)
    wanted = wanted.where(is_retired if retired else ~is_retired)
    if grid_path:
        wanted = wanted.where(within(PatrolPlan.grid_path, grid_path))
    return [PlanRow(plan, items) for plan, items in session.execute(wanted)]


def walk_or_404(session: Session, viewer: Viewer, walk_id: int) -> PatrolWalk:
    """Return a walk of the viewer's area."""
    walk = session.scalar(
        select(PatrolWalk).where(
            PatrolWalk.id == walk_id, scope_condition(PatrolWalk.grid_path, viewer, WALK)
        )
    )
    if walk is None:
        raise NotFound
    return walk


def round_of(session: Session, viewer: Viewer, walk: PatrolWalk) -> Round:
    """Return a walk with all that belongs to it; a fixed number of queries.

    What was said of a finding is left out where the viewer may not read it in its incident.
    """
    marks = operations.latest_marks(session, walk)
    photos: dict[int, list[PatrolPhoto]] = {}
    for photo in operations.photos_of(session, walk):
        photos.setdefault(photo.check_id, []).append(photo)
    rows = session.execute(
        select(PatrolCheck, PatrolOutcome, Incident)
        .outerjoin(PatrolOutcome, PatrolOutcome.check_id == PatrolCheck.id)
        .outerjoin(Incident, Incident.id == PatrolOutcome.incident_id)
        .where(PatrolCheck.walk_id == walk.id)
        .order_by(PatrolCheck.position)
    ).all()
    wanted = {one.category_id for one in marks.values()} | {row[0].category_id for row in rows}
    matters = {
        one.id: one for one in session.scalars(select(Category).where(Category.id.in_(wanted)))
    }
    names = _names(
        session,
        {one.actor_id for one in marks.values()} | {walk.started_by_id, walk.ended_by_id or 0},
    )
    looks = [
        Look(
            check,
            matters[marks[check.id].category_id if check.id in marks else check.category_id],
            marks.get(check.id),
            names.get(marks[check.id].actor_id, "") if check.id in marks else "",
            tuple(photos.get(check.id, ())),
            outcome,
            incident,
            _is_hidden(viewer, incident),
        )
        for check, outcome, incident in rows
    ]
    started, ended = names.get(walk.started_by_id, ""), names.get(walk.ended_by_id or 0, "")
    return Round(walk, started, ended, tuple(looks))


def _is_hidden(viewer: Viewer, incident: Incident | None) -> bool:
    if incident is None or incident.hidden_at is None:
        return False
    return not allowed(viewer, Permission.INCIDENTS_PHOTO_MODERATE, incident)


def alike(session: Session, viewer: Viewer, round_: Round, *, at: datetime) -> list[Alike]:
    """Return the open incidents of this week that findings of the walk may be the same as.

    Of the grid and the categories of its items, and visible to the viewer; one query.
    """
    matters = {one.category.id for one in round_.looks}
    sees = scope_condition(Incident.grid_path, viewer, Permission.INCIDENTS_INCIDENT_VIEW)
    rows = session.execute(
        select(Incident, Grid.id, Grid.name)
        .join(Grid, Grid.path == Incident.grid_path)
        .where(
            Incident.is_open,
            within(Incident.grid_path, round_.grid_path),
            Incident.category_id.in_(matters),
            Incident.reported_at > at - ALIKE_WINDOW,
            sees | (Incident.reporter_id == viewer.account_id),
        )
        .order_by(Incident.id.desc())
        .limit(ALIKE_MAX)
    )
    return [
        Alike(one.id, one.category_id, one.short_number, one.state, grid_id, name, one.place)
        for one, grid_id, name in rows
    ]


def walk_places(session: Session, grid_path: str) -> list[tuple[int, str]]:
    """Return the grids below a general grid that something may have been found in."""
    rows = session.execute(
        select(Grid.id, Grid.name)
        .where(
            within(Grid.path, grid_path),
            Grid.path != grid_path,
            Grid.kind.in_(FOUND_KINDS),
            Grid.closed_on.is_(None),
        )
        .order_by(Grid.code)
        .limit(PLANS_MAX)
    )
    return [(row.id, row.name) for row in rows]


def progress(session: Session, walk_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return of each walk how many items are marked, and how many there are."""
    rows = session.execute(
        select(
            PatrolCheck.walk_id,
            func.count(func.distinct(PatrolMark.check_id)),
            func.count(func.distinct(PatrolCheck.id)),
        )
        .outerjoin(PatrolMark, PatrolMark.check_id == PatrolCheck.id)
        .where(PatrolCheck.walk_id.in_(walk_ids))
        .group_by(PatrolCheck.walk_id)
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def patrol_of(session: Session, viewer: Viewer, incident: Incident) -> tuple[str, int] | None:
    """Return the checklist's name and the walk an incident was found on.

    The walk is 0 for whoever may not see it; None where the incident is of no walk.
    """
    if incident.source is not Source.PATROL:
        return None
    sees = scope_condition(PatrolWalk.grid_path, viewer, WALK)
    row = session.execute(
        select(PatrolWalk.plan_name, case((sees, PatrolWalk.id), else_=0))
        .join(PatrolCheck, PatrolCheck.walk_id == PatrolWalk.id)
        .join(PatrolOutcome, PatrolOutcome.check_id == PatrolCheck.id)
        .where(PatrolOutcome.incident_id == incident.id)
        .order_by(PatrolOutcome.id)
        .limit(1)
    ).one_or_none()
    return (row[0], row[1]) if row else None


def _names(session: Session, ids: set[int]) -> dict[int, str]:
    rows = session.execute(select(Account.id, Account.display_name).where(Account.id.in_(ids)))
    return {row.id: row.display_name for row in rows}
