"""A walk along a checklist: begun, marked item by item, and given up or gone on with by others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.clock import BEIJING
from intranet.errors import DomainError, InputError
from intranet.grids.models import Grid
from intranet.incidents.models import (
    Category,
    Found,
    Gravity,
    PatrolCheck,
    PatrolItem,
    PatrolMark,
    PatrolPhoto,
    PatrolPlan,
    PatrolWalk,
    WalkState,
)
from intranet.incidents.operations.history import said
from intranet.incidents.operations.photos import Stored
from intranet.people.models import Account

CHECK_PHOTOS_MAX = 9


class MarkedMeanwhile(DomainError):  # noqa: N818 — it is named for what happened
    """Somebody else has marked an item since the page was made; the words name whom, and when."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A picture that lies in the store, and the digest of the file as it was sent."""

    stored: Stored
    digest: str


@dataclass(frozen=True, slots=True)
class Marked:
    """What is noted at an item."""

    result: Found
    words: str = ""
    gravity: Gravity = Gravity.MINOR
    category: Category | None = None  # None: the item's own
    grid: Grid | None = None  # where in a general grid
    comment_on_id: int | None = None


def start_walk(session: Session, *, actor: Viewer, at: datetime, plan: PatrolPlan) -> PatrolWalk:
    """Begin a walk, or return the one that is under way: there is one of a checklist at a time."""
    session.refresh(plan, with_for_update=True)
    under_way = session.scalar(
        select(PatrolWalk).where(PatrolWalk.plan_id == plan.id, PatrolWalk.state == WalkState.OPEN)
    )
    if under_way is not None:
        return under_way
    if plan.retired_at is not None:
        raise DomainError("This checklist is not in use any more")
    walk = PatrolWalk(
        plan_id=plan.id,
        plan_name=plan.name,
        grid_path=plan.grid_path,
        state=WalkState.OPEN,
        started_at=at,
        started_by_id=actor.account_id,
    )
    session.add(walk)
    session.flush()
    items = session.scalars(
        select(PatrolItem).where(PatrolItem.plan_id == plan.id).order_by(PatrolItem.position)
    )
    session.add_all(
        PatrolCheck(
            walk_id=walk.id,
            position=one.position,
            words=one.words,
            place=one.place,
            category_id=one.category_id,
            is_optional=one.is_optional,
        )
        for one in items
    )
    session.flush()
    return walk


def mark(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    walk: PatrolWalk,
    check: PatrolCheck,
    content: Marked,
    seen: int = 0,
    files: Sequence[Taken] = (),
    drop: int = 0,
) -> None:
    """Note what was found at one item, and add pictures or take one away.

    ``seen`` is the newest mark the page knew of. Sent twice it is kept once: the same content adds
    no mark, the same file no picture. Raises MarkedMeanwhile when another has marked it since,
    DomainError when the walk is over, InputError by field.
    """
    lock_walk(session, walk)
    latest = latest_marks(session, walk).get(check.id)
    if latest is not None and latest.id != seen and latest.actor_id != actor.account_id:
        raise marked_meanwhile(session, latest)
    fresh = PatrolMark(
        check_id=check.id,
        at=at,
        actor_id=actor.account_id,
        result=content.result,
        gravity=content.gravity,
        words=said(content.words),
        category_id=content.category.id if content.category else check.category_id,
        grid_id=_grid_id(walk, content.grid),
        comment_on_id=content.comment_on_id,
    )
    if latest is None or _content(latest) != _content(fresh):
        session.add(fresh)
    if drop:
        _drop(session, check, drop)
    add_pictures(session, actor=actor, at=at, check=check, files=files)
    session.flush()


def add_pictures(
    session: Session, *, actor: Viewer, at: datetime, check: PatrolCheck, files: Sequence[Taken]
) -> None:
    """Keep pictures with an item; one sent again is there already.

    The caller holds the walk's lock. Raises InputError (``photos``) for too many.
    """
    if not files:
        return
    have = set(session.scalars(select(PatrolPhoto.digest).where(PatrolPhoto.check_id == check.id)))
    fresh = {one.digest: one.stored for one in files if one.digest not in have}
    if len(have) + len(fresh) > CHECK_PHOTOS_MAX:
        raise InputError("At most %(most)d photos in all", "photos", most=CHECK_PHOTOS_MAX)
    session.add_all(
        PatrolPhoto(
            check_id=check.id,
            digest=digest,
            file_key=one.file_key,
            thumbnail_key=one.thumbnail_key,
            media_type=one.media_type,
            width=one.width,
            height=one.height,
            taken_at=one.taken_at,
            latitude_wgs84=one.latitude_wgs84,
            longitude_wgs84=one.longitude_wgs84,
            added_by_id=actor.account_id,
            added_at=at,
        )
        for digest, one in fresh.items()
    )
    session.flush()


def mark_rest(session: Session, *, actor: Viewer, at: datetime, walk: PatrolWalk) -> int:
    """Mark everything not marked yet as fine; return how many that were."""
    lock_walk(session, walk)
    done = latest_marks(session, walk)
    left = [one for one in checks_of(session, walk) if one.id not in done]
    session.add_all(
        PatrolMark(
            check_id=one.id,
            at=at,
            actor_id=actor.account_id,
            result=Found.FINE,
            category_id=one.category_id,
        )
        for one in left
    )
    session.flush()
    return len(left)


def give_up(session: Session, *, actor: Viewer, at: datetime, walk: PatrolWalk) -> None:
    """End a walk without a result: it counts for nothing, nothing is reported."""
    lock_walk(session, walk)
    end_walk(walk, WalkState.GIVEN_UP, actor, at)
    for photo in photos_of(session, walk):
        session.delete(photo)
    session.flush()


def lock_walk(session: Session, walk: PatrolWalk) -> None:
    """Lock a walk that is under way; raises DomainError when it is over, naming who ended it."""
    session.refresh(walk, with_for_update=True)
    if walk.state is WalkState.OPEN:
        return
    name = session.scalar(select(Account.display_name).where(Account.id == walk.ended_by_id))
    time = walk.ended_at.astimezone(BEIJING).strftime("%m-%d %H:%M") if walk.ended_at else ""
    if walk.state is WalkState.FINISHED:
        raise DomainError("%(name)s finished this walk at %(time)s", name=name or "", time=time)
    raise DomainError("%(name)s gave this walk up at %(time)s", name=name or "", time=time)


def end_walk(walk: PatrolWalk, state: WalkState, actor: Viewer, at: datetime) -> None:
    """Put a walk into its last state."""
    walk.state, walk.ended_at, walk.ended_by_id = state, at, actor.account_id


def checks_of(session: Session, walk: PatrolWalk) -> Sequence[PatrolCheck]:
    """Return the items in the order they are walked."""
    return session.scalars(
        select(PatrolCheck).where(PatrolCheck.walk_id == walk.id).order_by(PatrolCheck.position)
    ).all()


def latest_marks(session: Session, walk: PatrolWalk) -> dict[int, PatrolMark]:
    """Return the newest mark of each item that has one, by the check's id."""
    newest = (
        select(func.max(PatrolMark.id))
        .join(PatrolCheck, PatrolCheck.id == PatrolMark.check_id)
        .where(PatrolCheck.walk_id == walk.id)
        .group_by(PatrolMark.check_id)
    )
    found = session.scalars(select(PatrolMark).where(PatrolMark.id.in_(newest)))
    return {one.check_id: one for one in found}


def photos_of(session: Session, walk: PatrolWalk) -> Sequence[PatrolPhoto]:
    """Return the pictures a walk still holds, in the order they came."""
    return session.scalars(
        select(PatrolPhoto)
        .join(PatrolCheck, PatrolCheck.id == PatrolPhoto.check_id)
        .where(PatrolCheck.walk_id == walk.id)
        .order_by(PatrolPhoto.id)
    ).all()


def marked_meanwhile(session: Session, latest: PatrolMark) -> MarkedMeanwhile:
    """Return the refusal that tells who has marked it, and when."""
    name = session.scalar(select(Account.display_name).where(Account.id == latest.actor_id))
    return MarkedMeanwhile(
        "%(name)s has marked this at %(time)s; look at it and save again if yours is right",
        name=name or "",
        time=latest.at.astimezone(BEIJING).strftime("%H:%M"),
    )


def _grid_id(walk: PatrolWalk, grid: Grid | None) -> int | None:
    if grid is None:
        return None
    if not grid.path.startswith(walk.grid_path) or grid.closed_on is not None:
        raise InputError("Choose a micro-grid of this checklist's grid", "grid")
    return grid.id


def _content(one: PatrolMark) -> tuple[object, ...]:
    return (
        one.result,
        one.gravity,
        one.words,
        one.category_id,
        one.grid_id,
        one.comment_on_id,
    )


def _drop(session: Session, check: PatrolCheck, photo_id: int) -> None:
    photo = session.get(PatrolPhoto, photo_id)
    if photo is not None and photo.check_id == check.id:
        session.delete(photo)
