"""Checklists: made, changed, taken out of use and taken to another grid; each is on the trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from intranet import audit
from intranet.access import Viewer
from intranet.clock import BEIJING
from intranet.errors import DomainError, InputError
from intranet.grids.models import Grid, GridKind
from intranet.incidents.models import Category, Frequency, PatrolItem, PatrolPlan, PatrolTerm

PLAN_KINDS = (GridKind.MICRO, GridKind.GENERAL, GridKind.DEDICATED)
PLAN_NAME_MAX = 40
ITEMS_MAX = 60
ITEM_WORDS_MAX = 100
ITEM_PLACE_MAX = 60


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to look at, as entered."""

    words: str
    place: str
    category: Category | None
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Checklist:
    """A checklist as entered; the order of the items is that of the walk."""

    name: str
    frequency: Frequency
    items: Sequence[Item]


def add_plan(
    session: Session,
    *,
    actor: Viewer | None,
    at: datetime,
    grid: Grid,
    content: Checklist,
    address: str = "",
) -> PatrolPlan:
    """Make a checklist for a grid; raises InputError by field (``items-2-words``)."""
    if grid.kind not in PLAN_KINDS or grid.closed_on is not None:
        raise InputError("Choose the grid the checklist is for", "grid")
    name = _check(session, content, grid.path)
    plan = PatrolPlan(name=name, grid_path=grid.path, frequency=content.frequency, made_at=at)
    session.add(plan)
    session.flush()
    _put_items(session, plan, content.items)
    _begin_term(session, plan, content.frequency, actor, at)
    _record(session, actor, "incidents:patrol:add", plan, at=at, address=address)
    return plan


def change_plan(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    plan: PatrolPlan,
    version: int,
    content: Checklist,
    address: str = "",
) -> PatrolPlan:
    """Change a checklist; walks under way keep the items they began with.

    Raises DomainError when somebody changed it since ``version``, InputError by field.
    """
    _lock(session, plan, version)
    plan.name = _check(session, content, plan.grid_path, besides=plan.id)
    if content.frequency is not plan.frequency and plan.retired_at is None:
        _begin_term(session, plan, content.frequency, actor, at)
    plan.frequency = content.frequency
    plan.version += 1  # items alone are no change of the row
    session.flush()
    _put_items(session, plan, content.items)
    _record(session, actor, "incidents:patrol:change", plan, at=at, address=address)
    return plan


def retire_plan(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    plan: PatrolPlan,
    version: int,
    back: bool = False,
    address: str = "",
) -> PatrolPlan:
    """Take a checklist out of use, or ``back``; what was walked stays."""
    _lock(session, plan, version)
    if (plan.retired_at is None) is back:
        raise DomainError("That is how it stands already")
    plan.retired_at = None if back else at
    session.flush()
    _begin_term(session, plan, plan.frequency if back else None, actor, at)
    verb = "restore" if back else "retire"
    _record(session, actor, f"incidents:patrol:{verb}", plan, at=at, address=address)
    return plan


def copy_plan(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    plan: PatrolPlan,
    grid: Grid,
    address: str = "",
) -> PatrolPlan:
    """Make the same checklist for another grid; raises InputError where it has one of the name."""
    rows = session.execute(
        select(PatrolItem, Category)
        .join(Category, Category.id == PatrolItem.category_id)
        .where(PatrolItem.plan_id == plan.id)
        .order_by(PatrolItem.position)
    ).all()
    items = [Item(one.words, one.place, matter, one.is_optional) for one, matter in rows]
    content = Checklist(plan.name, plan.frequency, items)
    try:
        return add_plan(session, actor=actor, at=at, grid=grid, content=content, address=address)
    except InputError as error:
        # Whatever it is, on the page of the copy it is said beside the grid.
        raise InputError(error.key, "grid", **error.params) from None


def _lock(session: Session, plan: PatrolPlan, version: int) -> None:
    session.refresh(plan, with_for_update=True)
    if plan.version != version:
        raise DomainError("Somebody has changed this checklist since; this is how it stands now")


def _check(session: Session, content: Checklist, path: str, besides: int = 0) -> str:
    """Return the name tidied; raise InputError for what cannot be taken."""
    name = " ".join(content.name.split())
    if not 2 <= len(name) <= PLAN_NAME_MAX:
        raise InputError("Give it a name of 2 to %(most)d characters", "name", most=PLAN_NAME_MAX)
    same = session.scalar(
        select(PatrolPlan.id).where(
            PatrolPlan.grid_path == path,
            func.lower(PatrolPlan.name) == name.lower(),
            PatrolPlan.retired_at.is_(None),
            PatrolPlan.id != besides,
        )
    )
    if same is not None:
        raise InputError("This grid has a checklist of this name already", "name")
    if not 1 <= len(content.items) <= ITEMS_MAX:
        raise InputError("A checklist has 1 to %(most)d items", "items", most=ITEMS_MAX)
    for number, item in enumerate(content.items):
        _check_item(number, item)
    return name


def _check_item(number: int, item: Item) -> None:
    if not 2 <= len(item.words.strip()) <= ITEM_WORDS_MAX:
        raise InputError(
            "Say in 2 to %(most)d characters what to look at",
            f"items-{number}-words",
            most=ITEM_WORDS_MAX,
        )
    if len(item.place.strip()) > ITEM_PLACE_MAX:
        raise InputError(
            "At most %(most)d characters", f"items-{number}-place", most=ITEM_PLACE_MAX
        )
    matter = item.category
    if matter is None or matter.parent_id is None or matter.closed_on is not None:
        raise InputError("Choose what it is about", f"items-{number}-category")


def _put_items(session: Session, plan: PatrolPlan, items: Sequence[Item]) -> None:
    session.execute(delete(PatrolItem).where(PatrolItem.plan_id == plan.id))
    for number, item in enumerate(items, 1):
        assert item.category is not None
        session.add(
            PatrolItem(
                plan_id=plan.id,
                position=number,
                words=" ".join(item.words.split()),
                place=" ".join(item.place.split()),
                category_id=item.category.id,
                is_optional=item.is_optional,
            )
        )
    session.flush()


def _begin_term(
    session: Session,
    plan: PatrolPlan,
    frequency: Frequency | None,
    actor: Viewer | None,
    at: datetime,
) -> None:
    session.add(
        PatrolTerm(
            plan_id=plan.id,
            frequency=frequency,
            from_on=at.astimezone(BEIJING).date(),
            at=at,
            actor_id=actor.account_id if actor else None,
        )
    )
    session.flush()


def _record(
    session: Session,
    actor: Viewer | None,
    action: str,
    plan: PatrolPlan,
    *,
    at: datetime,
    address: str,
) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        at=at,
        object_kind="patrol",
        object_id=plan.id,
        grid_path=plan.grid_path,
        address=address,
        name=plan.name,
        frequency=plan.frequency.value,
    )
