"""Referrals: made by a person who saw the match, answered by the company, ended for a reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.acts import Act
from intranet.errors import DomainError, InputError
from intranet.jobs.models import (
    ACTIVE,
    REFERRAL_MOVES,
    Channel,
    Decision,
    EndReason,
    JobPost,
    PostState,
    Referral,
    ReferralState,
    ReferralStep,
    ReferralVerb,
    SkipReason,
    Wish,
    WishState,
    WishVerb,
)
from intranet.jobs.operations import telling, wishing
from intranet.jobs.operations.matching import Match, record
from intranet.jobs.operations.turns import take_turn
from intranet.jobs.operations.wish_content import tidy

PLACE_MAX = 100
SEEKS = (WishState.OPEN, WishState.REFERRED)
ENDS_BY_SEEKER = frozenset({EndReason.SEEKER_DECLINED, EndReason.NO_SHOW})
# What a person may give as the reason; the others are the house's own.
END_REASONS = (EndReason.SEEKER_DECLINED, EndReason.NO_SHOW, EndReason.COMPANY_DECLINED)


def skip(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    wish: Wish,
    post: JobPost,
    seen: Match,
    reason: SkipReason,
    address: str = "",
) -> Decision:
    """Write down that a match is not for this person, and why."""
    act = Act(actor, at, address)
    made = _decide(session, act, wish, post, seen, skipped=reason)
    act.record(
        session,
        "jobs:match:skip",
        "wish",
        wish.id,
        wish.grid_path,
        post=post.id,
        why=reason.value,
    )
    return made


def refer(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    wish: Wish,
    post: JobPost,
    seen: Match | None,
    channel: Channel,
    words: str = "",
    address: str = "",
) -> Referral:
    """Send a seeker to a post; the company's handlers are told.

    Raises DomainError where the wish or the post is none any more, no opening is left, or it was
    done already.
    """
    take_turn(session)
    act = Act(actor, at, address)
    session.refresh(wish, with_for_update=True)
    session.refresh(post, with_for_update=True)
    if wish.state not in SEEKS:
        raise DomainError("This person does not look for work now")
    if post.state is not PostState.PUBLISHED or not post.openings_left:
        raise DomainError("This post takes nobody now")
    if _standing(session, wish.id, post.id) is not None:
        raise DomainError("This person was referred to this post already")
    decision = _decide(session, act, wish, post, seen) if seen else None
    made = Referral(
        wish_id=wish.id,
        post_id=post.id,
        decision_id=decision.id if decision else None,
        channel=channel,
        made_by=act.account_id,
        made_at=at,
    )
    session.add(made)
    session.flush()
    note(session, made, None, act, words=tidy(words))
    wishing.step(session, wish, WishVerb.REFER, act)
    telling.tell_company(session, made, post, at=at)
    act.record(session, "jobs:referral:make", "referral", made.id, wish.grid_path, post=post.id)
    return made


def invite(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    referral: Referral,
    version: int,
    when: datetime,
    place: str,
    address: str = "",
) -> None:
    """Ask a seeker to an interview; asked again it is another time or place.

    Raises InputError (``when``, ``place``), DomainError where its state forbids it.
    """
    spot = " ".join(place.split())
    if not 0 < len(spot) <= PLACE_MAX:
        raise InputError("Where is the interview?", "place")
    if when <= at:
        raise InputError("A time that is still to come", "when")
    act = _begin(session, referral, version, Act(actor, at, address))
    move(session, referral, ReferralVerb.INVITE, act)
    referral.interview_at, referral.interview_place = when, spot
    session.flush()
    telling.tell_member(session, referral, telling.INVITED, at=at, urgent=True)


def offer(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    referral: Referral,
    version: int,
    words: str = "",
    address: str = "",
) -> None:
    """Offer the work. More may be offered it than there are openings: the first to begin has it."""
    said = tidy(words)
    act = _begin(session, referral, version, Act(actor, at, address))
    post = session.get_one(JobPost, referral.post_id)
    session.refresh(post)
    if not post.openings_left:
        raise DomainError("The openings of this post are taken")
    move(session, referral, ReferralVerb.OFFER, act, words=said)
    telling.tell_member(session, referral, telling.OFFERED, at=at, urgent=True)


def end_referral(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    referral: Referral,
    version: int,
    reason: EndReason,
    words: str = "",
    address: str = "",
) -> None:
    """End a referral that came to nothing. Raises InputError (``reason``), DomainError."""
    if reason not in END_REASONS:
        raise InputError("Say why", "reason")
    said = tidy(words)
    act = _begin(session, referral, version, Act(actor, at, address))
    end(session, referral, reason, act, words=said)


def end(
    session: Session, referral: Referral, reason: EndReason, act: Act, *, words: str = ""
) -> None:
    """End a referral, and set the wish free where no other is under way."""
    wish = session.get_one(Wish, referral.wish_id)
    # Before anything is recorded: whoever writes to a wish has its row first and the trail after.
    session.refresh(wish, with_for_update=True)
    move(session, referral, ReferralVerb.END, act, words=words, reason=reason)
    if wish.state is WishState.REFERRED and not active_of(session, wish.id):
        wishing.step(session, wish, WishVerb.BACK, act)
    telling.tell_member(session, referral, telling.ENDED, at=act.at)


def move(
    session: Session,
    referral: Referral,
    verb: ReferralVerb,
    act: Act,
    *,
    words: str = "",
    reason: EndReason | None = None,
) -> None:
    """Take a referral to its next state, and write the step down."""
    allowed = REFERRAL_MOVES[verb]
    if referral.state not in allowed.froms:
        raise DomainError("This referral has changed meanwhile; here it is as it stands")
    referral.state, referral.end_reason = allowed.to, reason
    session.flush()
    note(session, referral, verb, act, words=words)
    wish = session.get_one(Wish, referral.wish_id)
    name = f"jobs:referral:{verb.value}"
    act.record(session, name, "referral", referral.id, wish.grid_path, post=referral.post_id)


def note(
    session: Session, referral: Referral, verb: ReferralVerb | None, act: Act, *, words: str = ""
) -> None:
    """Write down what happened to a referral."""
    session.add(
        ReferralStep(
            referral_id=referral.id,
            at=act.at,
            by=act.account_id,
            verb=verb,
            state=referral.state,
            words=words,
        )
    )
    session.flush()


def active_of(session: Session, wish_id: int) -> Sequence[Referral]:
    """Return the referrals of a wish that are under way, as they are now."""
    return session.scalars(
        select(Referral)
        .where(Referral.wish_id == wish_id, Referral.state.in_(ACTIVE))
        .order_by(Referral.id)
        .execution_options(populate_existing=True)
    ).all()


def _begin(
    session: Session,
    referral: Referral,
    version: int,
    act: Act,
) -> Act:
    take_turn(session)
    session.refresh(referral, with_for_update=True)
    if referral.version != version:
        raise DomainError("Somebody else has just changed this; here it is as it stands")
    return act


def _standing(session: Session, wish_id: int, post_id: int) -> int | None:
    states = (*ACTIVE, ReferralState.PLACED)
    return session.scalar(
        select(Referral.id).where(
            Referral.wish_id == wish_id, Referral.post_id == post_id, Referral.state.in_(states)
        )
    )


def _decide(
    session: Session,
    act: Act,
    wish: Wish,
    post: JobPost,
    seen: Match,
    *,
    skipped: SkipReason | None = None,
) -> Decision:
    assert act.account_id is not None
    made = Decision(
        wish_id=wish.id,
        post_id=post.id,
        skipped=skipped,
        score=None if seen.closed else seen.score,
        parts=record(seen),
        engine=seen.engine,
        by=act.account_id,
        at=act.at,
    )
    session.add(made)
    session.flush()
    return made
