"""Work begun and ended: an opening is taken or free again, and who was placed is looked after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from intranet import clock
from intranet.access import Viewer
from intranet.acts import Act
from intranet.errors import DomainError, InputError
from intranet.jobs.models import (
    ACTIVE,
    FOLLOW_UP_DAYS,
    POST_MOVES,
    Employment,
    EndReason,
    FollowUp,
    JobPost,
    PayUnit,
    Placement,
    PostState,
    PostStep,
    PostVerb,
    Referral,
    ReferralState,
    ReferralVerb,
    Wish,
    WishState,
    WishVerb,
)
from intranet.jobs.operations import referring, telling, wishing
from intranet.jobs.operations.searching import index_post
from intranet.jobs.operations.turns import take_turn
from intranet.jobs.operations.wish_content import tidy

PAY_MAX_FEN = 100_000_000
AHEAD_DAYS, BACK_DAYS = 90, 60  # when work may be said to begin, from today
# After the post's own time is over whoever was referred before may still be taken.
TAKES = (PostState.PUBLISHED, PostState.EXPIRED)
LEAVING = (EndReason.LEFT, EndReason.DISMISSED, EndReason.TERM_OVER)


@dataclass(frozen=True, slots=True)
class Terms:
    """On what somebody begins to work."""

    starts_on: date
    pay_fen: int
    pay_unit: PayUnit
    has_contract: bool | None = None  # None is not known yet


def place(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    referral: Referral,
    version: int,
    terms: Terms,
    address: str = "",
) -> Placement:
    """Say that somebody begins to work: one opening fewer, and follow-ups are due.

    With the last opening the post is filled, and whoever else was referred to it is told. Raises
    InputError beside the field; DomainError where no opening is left, or the person has full-time
    work already.
    """
    _check(terms, clock.day_of(at))
    take_turn(session)
    session.refresh(referral, with_for_update=True)
    post = session.get_one(JobPost, referral.post_id)
    session.refresh(post, with_for_update=True)
    if referral.state is not ReferralState.PLACED:
        _check_opening(post)  # first: who lost the last opening is told just that
    if referral.version != version:
        raise DomainError("Somebody else has just changed this; here it is as it stands")
    act = Act(actor, at, address)
    wish = session.get_one(Wish, referral.wish_id)
    session.refresh(wish, with_for_update=True)
    if post.openings_left == 1:
        _lock_others(session, post)
    is_full_time = post.employment is Employment.FULL_TIME
    if is_full_time and _works(session, wish.seeker_id):
        raise DomainError("This person has full-time work already; end that first")
    referring.move(session, referral, ReferralVerb.PLACE, act)
    made = Placement(
        referral_id=referral.id,
        seeker_id=wish.seeker_id,
        post_id=post.id,
        is_full_time=is_full_time,
        starts_on=terms.starts_on,
        has_contract=terms.has_contract,
        pay_fen=terms.pay_fen,
        pay_unit=terms.pay_unit,
        made_by=act.account_id,
        made_at=at,
    )
    session.add(made)
    session.flush()
    _take_opening(session, post, act)
    wishing.step(session, wish, WishVerb.PLACE, act)
    if is_full_time:
        for other in referring.active_of(session, wish.id):
            referring.end(session, other, EndReason.PLACED_ELSEWHERE, act)
    _plan_follow_ups(session, made)
    telling.tell_member(session, referral, telling.PLACED, at=at)
    return made


def _lock_others(session: Session, post: JobPost) -> None:
    """Take the wishes of all who lose the last opening, before anything is recorded."""
    referred = select(Referral.wish_id).where(
        Referral.post_id == post.id, Referral.state.in_(ACTIVE)
    )
    session.execute(
        select(Wish.id).where(Wish.id.in_(referred)).order_by(Wish.id).with_for_update()
    )


def undo_place(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    placement: Placement,
    version: int,
    address: str = "",
) -> None:
    """Take back what was entered by mistake: the opening is free again, the offer stands.

    Who was told that the openings were taken is not called back: a person does that. Raises
    DomainError where it was ended or undone, or a follow-up was made since.
    """
    referral, act = _begin_end(session, placement, version, Act(actor, at, address))
    done = select(FollowUp.id).where(
        FollowUp.placement_id == placement.id, FollowUp.done_at.is_not(None)
    )
    if session.scalar(done.limit(1)) is not None:
        raise DomainError("A follow-up was made already; end the work instead")
    placement.undone_at = at
    session.flush()
    _drop_follow_ups(session, placement, at)
    referring.move(session, referral, ReferralVerb.UNDO, act)
    _free_opening(session, placement, act)
    wish = session.get_one(Wish, referral.wish_id)
    session.refresh(wish, with_for_update=True)
    if wish.state is WishState.PLACED and not wishing.is_erased(session, wish):
        wishing.step(session, wish, WishVerb.BACK, act)
        wishing.step(session, wish, WishVerb.REFER, act)


def leave(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    placement: Placement,
    version: int,
    ended_on: date,
    reason: EndReason,
    seeks_again: bool,
    opening_free: bool,
    words: str = "",
    address: str = "",
) -> None:
    """Say that somebody works there no longer.

    ``opening_free`` where the company looks for somebody else, ``seeks_again`` where the person
    looks for work again. Raises InputError (``ended_on``, ``reason``), DomainError.
    """
    said = tidy(words)
    if reason not in LEAVING:
        raise InputError("Say why", "reason")
    if not placement.starts_on <= ended_on <= clock.day_of(at):
        raise InputError("Between the first day and today", "ended_on")
    referral, act = _begin_end(session, placement, version, Act(actor, at, address))
    placement.ended_on, placement.end_reason = ended_on, reason
    session.flush()
    _drop_follow_ups(session, placement, at)
    referring.move(session, referral, ReferralVerb.LEAVE, act, words=said, reason=reason)
    if opening_free:
        _free_opening(session, placement, act)
    wish = session.get_one(Wish, referral.wish_id)
    session.refresh(wish, with_for_update=True)
    if seeks_again and wish.state is WishState.PLACED and not wishing.is_erased(session, wish):
        if wishing.waiting_wish(session, wish.seeker_id) is not None:
            raise DomainError("Another search for work of the same person is under way")
        wishing.step(session, wish, WishVerb.BACK, act)


def _begin_end(
    session: Session,
    placement: Placement,
    version: int,
    act: Act,
) -> tuple[Referral, Act]:
    take_turn(session)
    session.refresh(placement, with_for_update=True)
    if placement.version != version:
        raise DomainError("Somebody else has just changed this; here it is as it stands")
    if placement.ended_on is not None or placement.undone_at is not None:
        raise DomainError("This work has ended already")
    referral = session.get_one(Referral, placement.referral_id)
    session.refresh(referral, with_for_update=True)
    return referral, act


def _check(terms: Terms, today: date) -> None:
    first, last = today - timedelta(days=BACK_DAYS), today + timedelta(days=AHEAD_DAYS)
    if not first <= terms.starts_on <= last:
        raise InputError("Between %(first)s and %(last)s", "starts_on", first=first, last=last)
    if not 0 < terms.pay_fen <= PAY_MAX_FEN:
        raise InputError("Say what is paid", "pay")


def _check_opening(post: JobPost) -> None:
    if not post.openings_left:
        raise DomainError("The last opening of this post has been taken; nobody was entered")
    if post.state not in TAKES:
        raise DomainError("This post takes nobody now")


def _works(session: Session, seeker_id: int) -> bool:
    """Whether a seeker has full-time work."""
    found = select(Placement.id).where(
        Placement.seeker_id == seeker_id,
        Placement.is_full_time,
        Placement.ended_on.is_(None),
        Placement.undone_at.is_(None),
    )
    return session.scalar(found.limit(1)) is not None


def _take_opening(session: Session, post: JobPost, act: Act) -> None:
    """Count one opening down; whoever else was referred learns it when it was the last."""
    post.openings_left -= 1
    session.flush()
    if post.openings_left or post.state is not PostState.PUBLISHED:
        return
    move_post(session, post, PostVerb.FILL, act)
    others = session.scalars(
        select(Referral)
        .where(Referral.post_id == post.id, Referral.state.in_(ACTIVE))
        .order_by(Referral.id)
        .execution_options(populate_existing=True)
    ).all()
    for one in others:
        referring.end(session, one, EndReason.FULL, act)


def _free_opening(session: Session, placement: Placement, act: Act) -> None:
    post = session.get_one(JobPost, placement.post_id)
    session.refresh(post, with_for_update=True)
    # Both at once: a filled post has no opening left, and an opening free is not filled.
    if post.state is PostState.FILLED:
        move_post(session, post, PostVerb.REOPEN, act, openings_left=post.openings_left + 1)
    else:
        post.openings_left += 1
    session.flush()


def move_post(
    session: Session,
    post: JobPost,
    verb: PostVerb,
    act: Act,
    *,
    openings_left: int | None = None,
) -> None:
    """Take a post to the state that its openings lead to, and write the step down."""
    allowed = POST_MOVES[verb]
    assert post.state in allowed.froms
    if openings_left is not None:
        post.openings_left = openings_left
    post.state = allowed.to
    session.flush()
    session.add(
        PostStep(
            post_id=post.id, at=act.at, by=act.account_id, verb=verb, state=post.state, words=""
        )
    )
    index_post(session, post)


def _plan_follow_ups(session: Session, placement: Placement) -> None:
    session.add_all(
        FollowUp(
            placement_id=placement.id,
            days=days,
            due_on=placement.starts_on + timedelta(days=days),
        )
        for days in FOLLOW_UP_DAYS
    )
    session.flush()


def _drop_follow_ups(session: Session, placement: Placement, at: datetime) -> None:
    session.execute(
        update(FollowUp)
        .where(
            FollowUp.placement_id == placement.id,
            FollowUp.done_at.is_(None),
            FollowUp.dropped_at.is_(None),
        )
        .values(dropped_at=at)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()
