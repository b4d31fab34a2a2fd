"""Two seekers who are one person: joined by hand, taken back within a day."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.acts import Act
from intranet.errors import DomainError, InputError
from intranet.jobs.models import (
    FairPass,
    MergedPass,
    MergedWish,
    Placement,
    Referral,
    Seeker,
    SeekerContact,
    SeekerMerge,
    Wish,
    WishState,
    WishVerb,
)
from intranet.jobs.operations import wishing
from intranet.jobs.operations.people import must_stand
from intranet.jobs.operations.turns import take_turn

UNDO_WITHIN = timedelta(days=1)


def merge_seekers(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    kept: Seeker,
    other: Seeker,
    keep_wish_id: int | None = None,
    address: str = "",
) -> SeekerMerge:
    """Join ``other`` to ``kept``: wishes, referrals, work and passes go along, contacts do not.

    Where both have a wish that waits, ``keep_wish_id`` stays and the other one is closed; one with
    a referral under way is the one that stays. Raises InputError (``keep_wish``) until it is said,
    DomainError where they cannot be one: two persons of the register, two full-time posts, a
    referral under way of each.
    """
    act = Act(actor, at, address)
    if kept.id == other.id:
        raise DomainError("Choose another person to join")
    take_turn(session)
    for one in sorted((kept, other), key=lambda seeker: seeker.id):
        must_stand(session, one)
    if kept.party_id and other.party_id and kept.party_id != other.party_id:
        raise DomainError("These are two persons of the register; they are not joined")
    _check_work(session, kept, other)
    closed = _to_close(session, kept, other, keep_wish_id)
    made = SeekerMerge(from_id=other.id, into_id=kept.id, at=at, by=actor.account_id)
    if closed is not None:
        made.closed_wish_id, made.closed_from = closed.id, closed.state
        wishing.step(session, closed, WishVerb.CLOSE, act)
    made.gave_party = kept.party_id is None and other.party_id is not None
    if made.gave_party:
        kept.party_id = other.party_id
    session.add(made)
    session.flush()
    _bring(session, made)
    other.merged_into_id = kept.id
    session.flush()
    _record(session, act, "jobs:seeker:merge", kept, other)
    return made


def undo_merge(
    session: Session, *, actor: Viewer, at: datetime, merge: SeekerMerge, address: str = ""
) -> None:
    """Take two apart again, each with what was theirs; what was closed waits again where it can.

    Raises DomainError after a day, where it was done already, or where either is gone.
    """
    act = Act(actor, at, address)
    take_turn(session)
    session.refresh(merge, with_for_update=True)
    if merge.undone_at is not None:
        raise DomainError("These two were taken apart already")
    if at - merge.at > UNDO_WITHIN:
        raise DomainError("Two who were joined are taken apart within a day only")
    kept, other = session.get_one(Seeker, merge.into_id), session.get_one(Seeker, merge.from_id)
    must_stand(session, kept)
    session.refresh(other, with_for_update=True)
    other.merged_into_id = None
    if merge.gave_party:
        kept.party_id = None
    session.flush()
    ids = select(MergedWish.wish_id).where(MergedWish.merge_id == merge.id)
    _move(session, list(session.scalars(ids)), other.id)
    passes = select(MergedPass.pass_id).where(MergedPass.merge_id == merge.id)
    _move_passes(session, list(session.scalars(passes)), other.id)
    _reopen(session, act, merge)
    merge.undone_at, merge.undone_by = at, actor.account_id
    session.flush()
    _record(session, act, "jobs:seeker:unmerge", kept, other)


def forget_merged(session: Session, *, at: datetime, limit: int = 500) -> int:
    """Delete the contacts of whoever was joined and cannot be taken apart any more; how many."""
    gone = (
        select(SeekerContact.id)
        .join(SeekerMerge, SeekerMerge.from_id == SeekerContact.seeker_id)
        .where(SeekerMerge.undone_at.is_(None), SeekerMerge.at < at - UNDO_WITHIN)
        .order_by(SeekerContact.id)
        .limit(limit)
    )
    ids = list(session.scalars(gone))
    session.execute(delete(SeekerContact).where(SeekerContact.id.in_(ids)))
    return len(ids)


def _check_work(session: Session, kept: Seeker, other: Seeker) -> None:
    """Refuse where both have full-time work: nobody has it twice, so they are two."""
    works = select(Placement.seeker_id).where(
        Placement.seeker_id.in_((kept.id, other.id)),
        Placement.is_full_time,
        Placement.ended_on.is_(None),
        Placement.undone_at.is_(None),
    )
    if len(set(session.scalars(works))) > 1:
        raise DomainError("Both have full-time work; end one first")


def _to_close(
    session: Session, kept: Seeker, other: Seeker, keep_wish_id: int | None
) -> Wish | None:
    """Return the wish that does not stay; None where at most one waits."""
    both = [wishing.waiting_wish(session, one.id) for one in (kept, other)]
    waiting = [one for one in both if one is not None]
    for one in waiting:
        session.refresh(one, with_for_update=True)
    if len(waiting) < len(both):
        return None
    at_companies = [one for one in waiting if one.state is WishState.REFERRED]
    if len(at_companies) > 1:
        raise DomainError("Both are referred to companies; end the referrals of one first")
    if keep_wish_id not in {one.id for one in waiting}:
        raise InputError("Which wish stays?", "keep_wish")
    if at_companies and at_companies[0].id != keep_wish_id:
        raise InputError("The wish with a referral under way is the one that stays", "keep_wish")
    return next(one for one in waiting if one.id != keep_wish_id)


def _bring(session: Session, merge: SeekerMerge) -> None:
    """Move what is the other's to the kept one, and remember what came."""
    ids = list(session.scalars(select(Wish.id).where(Wish.seeker_id == merge.from_id)))
    session.add_all(MergedWish(merge_id=merge.id, wish_id=one) for one in ids)
    _move(session, ids, merge.into_id)
    # Both may hold a pass of one fair: each then stays where it is.
    has = select(FairPass.fair_id).where(FairPass.seeker_id == merge.into_id)
    free = select(FairPass.id).where(
        FairPass.seeker_id == merge.from_id, FairPass.fair_id.not_in(has)
    )
    passes = list(session.scalars(free))
    session.add_all(MergedPass(merge_id=merge.id, pass_id=one) for one in passes)
    _move_passes(session, passes, merge.into_id)


def _move(session: Session, wish_ids: list[int], seeker_id: int) -> None:
    referrals = select(Referral.id).where(Referral.wish_id.in_(wish_ids))
    for wish in session.scalars(select(Wish).where(Wish.id.in_(wish_ids))):
        wish.seeker_id = seeker_id
    placements = select(Placement).where(Placement.referral_id.in_(referrals))
    for placement in session.scalars(placements):
        placement.seeker_id = seeker_id
    session.flush()


def _move_passes(session: Session, pass_ids: list[int], seeker_id: int) -> None:
    moved = update(FairPass).where(FairPass.id.in_(pass_ids)).values(seeker_id=seeker_id)
    session.execute(moved.execution_options(synchronize_session="fetch"))


def _reopen(session: Session, act: Act, merge: SeekerMerge) -> None:
    """Have the wish that was closed wait again, unless it moved on or another took its place."""
    if merge.closed_wish_id is None:
        return
    wish = session.get_one(Wish, merge.closed_wish_id)
    session.refresh(wish, with_for_update=True)
    if wish.state is not WishState.CLOSED or wishing.waiting_wish(session, wish.seeker_id):
        return
    wishing.step(session, wish, WishVerb.REOPEN, act)
    if merge.closed_from is WishState.PAUSED:
        wishing.step(session, wish, WishVerb.PAUSE, act)


def _record(session: Session, act: Act, name: str, kept: Seeker, other: Seeker) -> None:
    act.record(session, name, "seeker", kept.id, kept.grid_path, other=other.id)
