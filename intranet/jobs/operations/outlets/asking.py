"""What is to go where: asked for by a person, put down for the worker or for a pair of hands."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from intranet import background
from intranet.acts import Act
from intranet.errors import DomainError, InputError
from intranet.i18n import N_
from intranet.jobs.models import (
    Fault,
    Outlet,
    OutletKind,
    Sending,
    SendingPost,
    SendingState,
    Subject,
)
from intranet.jobs.operations.outlets.composing import BYTES_MAX, counted, share_out
from intranet.jobs.operations.outlets.standing import REFUSALS, note_said, text_now

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from intranet.access import Viewer

SEND_JOB = "jobs.send_out_now"
OUTLETS_MAX = 50
POSTS_MAX = 30
CAME_TO_NOTHING = (SendingState.FAILED, SendingState.DROPPED)


@dataclass(frozen=True, slots=True)
class Said:
    """What is to be published: a heading, lines for each post with its address last, an end."""

    subject: Subject
    title: str  # what lists call it
    head: str = ""
    posts: Sequence[tuple[int, str]] = ()
    tail: str = ""
    fair_id: int | None = None
    fair_stand: str = ""  # the digest of the fair it was made from


class SentTodayError(DomainError):
    """It went to some of the channels today already; whoever means it says so."""


def publish(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    outlets: Sequence[Outlet],
    said: Said,
    is_again: bool = False,
    anew: Collection[int] = (),
    address: str = "",
) -> list[Sending]:
    """Have it sent to channels. ``is_again`` says that it may go there twice on one day.

    Of a day's list goes what has not gone to a channel that day, and the posts in ``anew``.
    Raises InputError (``outlets``) where none is chosen, SentTodayError naming the channels it
    went to today, DomainError where nothing of it can be had any more or a channel is off.
    """
    act = Act(actor, at, address)
    if not outlets or len(outlets) > OUTLETS_MAX:
        raise InputError("Choose at least one channel", "outlets")
    for outlet in sorted(outlets, key=lambda one: one.id):  # in one order: none waits in a ring
        session.refresh(outlet, with_for_update=True)
    if said.subject is Subject.DIGEST and not said.posts:
        raise DomainError(REFUSALS[Fault.OVER])
    shared = shares(session, outlets, said, day=act.day, anew=anew)
    went = went_today(session, outlets, said, act)
    went |= {one.id for one, share in shared if share.subject is Subject.DIGEST and not share.posts}
    if went and not is_again:
        names = "、".join(one.name for one in outlets if one.id in went)
        raise SentTodayError(N_("It went there today already: %(names)s"), names=names)
    made = list[Sending]()
    for outlet, share in shared:
        is_whole = share.posts or said.subject is not Subject.DIGEST
        goes = share if is_whole else replace(said, posts=said.posts[:POSTS_MAX])
        put_down = [put(session, act, outlet, one) for one in messages(goes, outlet.kind)]
        act.record(
            session,
            "jobs:outlet:send",
            "job_outlet",
            outlet.id,
            outlet.grid_path,
            what=said.subject.value,
            sending=put_down[0].id,
            messages=len(put_down),
        )
        made += put_down
    return made


def shares(
    session: Session,
    outlets: Sequence[Outlet],
    said: Said,
    *,
    day: date,
    anew: Collection[int] = (),
) -> list[tuple[Outlet, Said]]:
    """Return what of a text goes to each channel. One query, for a day's list.

    Of a list that is what has not gone to the channel on that day, or is in ``anew``: POSTS_MAX at
    most. What is beyond that has not gone, and is of the next list.
    """
    if said.subject is not Subject.DIGEST:
        return [(one, said) for one in outlets]
    rows = session.execute(
        select(Sending.outlet_id, SendingPost.post_id)
        .join(SendingPost, SendingPost.sending_id == Sending.id)
        .where(Sending.outlet_id.in_([one.id for one in outlets]), *went_with_posts(day))
    )
    went = {(row[0], row[1]) for row in rows}
    made = []
    for outlet in outlets:
        posts = [one for one in said.posts if one[0] in anew or (outlet.id, one[0]) not in went]
        made.append((outlet, replace(said, posts=posts[:POSTS_MAX])))
    return made


def went_with_posts(day: date) -> list[Any]:
    """Return what says that a post of a sending went on a day, or is on its way."""
    return [
        Sending.day == day,
        Sending.state.not_in(CAME_TO_NOTHING),
        or_(Sending.ended_at.is_(None), SendingPost.is_said),
    ]


def messages(said: Said, kind: OutletKind) -> list[Said]:
    """Return a text as the messages a kind of channel takes it in, each post in one of them."""
    posts = [*said.posts]
    if said.subject is Subject.DIGEST:
        posts = [(one, f"{n}. {words}") for n, (one, words) in enumerate(posts, 1)]
    pieces = [words for _number, words in posts]
    counts = share_out(said.head, pieces, said.tail, BYTES_MAX[kind])
    made, begin = list[Said](), 0
    for number, count in enumerate(counts, 1):
        of = {"number": number, "of": len(counts)}
        made.append(
            replace(
                said,
                title=counted(said.title, **of),
                head=counted(said.head, **of),
                posts=posts[begin : begin + count],
            )
        )
        begin += count
    return made


def put(session: Session, act: Act, outlet: Outlet, said: Said) -> Sending:
    """Put one message down for one channel. Raises DomainError where it is off, or all is over."""
    if not outlet.is_on:
        raise DomainError("This channel is switched off: %(name)s", name=outlet.name)
    by_hand = outlet.kind is OutletKind.BY_HAND
    sending = Sending(
        outlet_id=outlet.id,
        subject=said.subject,
        fair_id=said.fair_id,
        fair_stand=said.fair_stand,
        day=act.day,
        title=said.title,
        head=said.head,
        tail=said.tail,
        state=SendingState.BY_HAND if by_hand else SendingState.PENDING,
        due_at=act.at,
        asked_at=act.at,
        asked_by=act.account_id,
    )
    session.add(sending)
    session.flush()
    session.add_all(
        SendingPost(sending_id=sending.id, post_id=post_id, place=place, words=words)
        for place, (post_id, words) in enumerate(said.posts)
    )
    session.flush()
    standing = text_now(session, sending, outlet, day=act.day)
    if not standing.words:
        raise DomainError(REFUSALS[standing.fault])
    if not by_hand:
        background.ask_after_commit(session, SEND_JOB)
    return sending


def published_by_hand(
    session: Session, *, actor: Viewer, at: datetime, sending: Sending, address: str = ""
) -> None:
    """Write down that somebody has published it, with the text as it stood then.

    Raises DomainError where it was written down already or nothing of it can be had any more.
    """
    act = Act(actor, at, address)
    session.refresh(sending, with_for_update=True)
    if sending.state is not SendingState.BY_HAND:
        raise DomainError("This was written down already")
    outlet = session.get_one(Outlet, sending.outlet_id)
    standing = text_now(session, sending, outlet, day=act.day)
    if not standing.words:
        raise DomainError(REFUSALS[standing.fault])
    note_said(session, sending, standing)
    sending.words, sending.state = standing.words, SendingState.SENT
    sending.ended_at, sending.ended_by, sending.tried_at = at, act.account_id, at
    session.flush()
    path = outlet.grid_path
    act.record(session, "jobs:outlet:by_hand", "job_outlet", outlet.id, path, sending=sending.id)


def went_today(session: Session, outlets: Sequence[Outlet], said: Said, act: Act) -> set[int]:
    """Return the channels to which a post or fair went, or is on its way, on this day. One query.

    Of a day's list each post is asked about by itself: ``shares``.
    """
    asked = select(Sending.outlet_id).where(Sending.outlet_id.in_([one.id for one in outlets]))
    if said.subject is Subject.POST:
        asked = asked.join(SendingPost, SendingPost.sending_id == Sending.id)
        # In the day's list it went there as well.
        asked = asked.where(SendingPost.post_id == said.posts[0][0], *went_with_posts(act.day))
    elif said.subject is Subject.FAIR:
        asked = asked.where(
            Sending.fair_id == said.fair_id,
            # What was said before it was changed is something else.
            Sending.fair_stand == said.fair_stand,
            Sending.day == act.day,
            Sending.state.not_in(CAME_TO_NOTHING),
        )
    else:
        return set()
    return set(session.scalars(asked))
