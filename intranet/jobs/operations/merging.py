"""Two seekers who are one person: joined by hand, taken back within a day.

Whoever joins may err: two of one name are two. As long as it can be taken back, the account of the
one sees nothing of the other, and hands over, withdraws and changes only what is its own.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, aliased

from intranet.access import Viewer
from intranet.acts import Act
from intranet.errors import DomainError, InputError
from intranet.jobs.models import (
    Channel,
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
from intranet.jobs.operations.people import erase_seeker, must_stand
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
    a referral under way is the one that stays. Who is known in the register is the one that is
    kept. Raises InputError (``keep_wish``, ``kept``) until it is said, DomainError where they
    cannot be one: two persons of the register, two full-time posts, a referral under way of each.
    """
    act = Act(actor, at, address)
    if kept.id == other.id:
        raise DomainError("Choose another person to join")
    take_turn(session)
    for one in sorted((kept, other), key=lambda seeker: seeker.id):
        must_stand(session, one)
    if kept.party_id and other.party_id and kept.party_id != other.party_id:
        raise DomainError("These are two persons of the register; they are not joined")
    if other.party_id and not kept.party_id:
        raise InputError("The one with an account is the one that is kept", "kept")
    if uncertain_merges(session, other.id, at):
        raise DomainError("Somebody was joined to this one within a day; take them apart first")
    _check_work(session, kept, other)
    closed = _to_close(session, kept, other, keep_wish_id)
    made = SeekerMerge(from_id=other.id, into_id=kept.id, at=at, by=actor.account_id)
    if closed is not None:
        made.closed_wish_id, made.closed_from = closed.id, closed.state
        wishing.step(session, closed, WishVerb.CLOSE, act)
        stays = session.get_one(Wish, keep_wish_id)
        stays.asked_at = stays.asked_at or closed.asked_at  # whoever rings one rings the other
    session.add(made)
    session.flush()
    is_certain = kept.party_id == other.party_id
    _bring(session, made, own_from=None if is_certain else at + UNDO_WITHIN)
    other.merged_into_id = kept.id
    session.flush()
    _record(session, act, "jobs:seeker:merge", kept, other)
    return made


def undo_merge(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    merge: SeekerMerge,
    of_kept: Collection[int] = (),
    of_other: Collection[int] = (),
    address: str = "",
) -> None:
    """Take two apart again, each with what was theirs; what was closed waits again where it can.

    Of each wish that was filed since then a person says whose it is (``of_kept``, ``of_other``):
    InputError (``since``) until all are named. Raises DomainError after a day, where it was done
    already, or where either is gone.
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
    since = {one.id for one in filed_since(session, merge)}
    if since - {*of_kept, *of_other} or set(of_kept) & set(of_other):
        raise InputError("Say whose each wish is that was filed since then", "since")
    session.refresh(other, with_for_update=True)
    other.merged_into_id = None
    if merge.gave_party:  # as it was done before the one with an account was the one that is kept
        kept.party_id = None
    session.flush()
    ids = select(MergedWish.wish_id).where(MergedWish.merge_id == merge.id)
    _move(session, [*session.scalars(ids), *since.intersection(of_other)], other.id)
    if other.party_id is None:  # nobody's account has to wait for what is nobody's
        _hold(session, other.id, None)
    passes = select(MergedPass.pass_id).where(MergedPass.merge_id == merge.id)
    _move_passes(session, list(session.scalars(passes)), other.id)
    _reopen(session, act, merge)
    merge.undone_at, merge.undone_by = at, actor.account_id
    session.flush()
    _record(session, act, "jobs:seeker:unmerge", kept, other)


def withdraw_seeker(
    session: Session, *, actor: Viewer, at: datetime, seeker: Seeker, address: str = ""
) -> None:
    """Erase what is kept of the person who asks for it, and of nobody else.

    Whoever was joined to them and may be another is taken apart first. Raises what erasing does.
    """
    take_turn(session)
    must_stand(session, seeker)
    for merge in uncertain_merges(session, seeker.id, at):
        since = [one.id for one in filed_since(session, merge)]
        undo_merge(session, actor=actor, at=at, merge=merge, of_kept=since, address=address)
    erase_seeker(session, actor=actor, at=at, seeker=seeker, address=address)


def uncertain_merges(session: Session, seeker_id: int, at: datetime) -> list[SeekerMerge]:
    """Return by what somebody came to an account's seeker who may be another, the newest first."""
    kept, came = aliased(Seeker), aliased(Seeker)
    asked = (
        select(SeekerMerge)
        .join(kept, kept.id == SeekerMerge.into_id)
        .join(came, came.id == SeekerMerge.from_id)
        .where(
            SeekerMerge.into_id == seeker_id,
            SeekerMerge.undone_at.is_(None),
            SeekerMerge.at >= at - UNDO_WITHIN,
            kept.party_id.is_not(None),
            came.party_id.is_(None),
        )
    )
    return list(session.scalars(asked.order_by(SeekerMerge.id.desc())))


def filed_since(session: Session, merge: SeekerMerge) -> list[Wish]:
    """Return wishes that staff filed since two were joined: a person says whose they are.

    What an account files for itself stays with the account.
    """
    came = select(MergedWish.wish_id).join(SeekerMerge, SeekerMerge.id == MergedWish.merge_id)
    asked = select(Wish).where(
        Wish.seeker_id == merge.into_id,
        Wish.made_at > merge.at,
        Wish.channel != Channel.PHONE,
        Wish.id.not_in(came.where(SeekerMerge.into_id == merge.into_id)),
    )
    return list(session.scalars(asked.order_by(Wish.id)))


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


def _bring(session: Session, merge: SeekerMerge, *, own_from: datetime | None) -> None:
    """Move what is the other's to the kept one, and remember what came."""
    if own_from is not None:
        _hold(session, merge.from_id, own_from)
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


def _hold(session: Session, seeker_id: int, own_from: datetime | None) -> None:
    """Have the account that a seeker's wishes come to see them from then on only."""
    for wish in session.scalars(select(Wish).where(Wish.seeker_id == seeker_id)):
        wish.own_from = own_from
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
