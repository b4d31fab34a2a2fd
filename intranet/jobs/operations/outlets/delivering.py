"""The way of a sending: claimed, sent by the worker, finished; each step a commit of the caller's.

As with notices: whoever claims holds a lease, and what he leaves behind is sent once more.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, func, or_, select, text, update

from intranet import clock, sealing
from intranet.jobs.models import Fault, Outlet, OutletKind, Sending, SendingState, Subject
from intranet.jobs.operations.outlets.standing import Standing, note_said, text_now
from intranet.notices.operations import ATTEMPTS_MAX, LEASE, PAUSES

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# What the robots of WeCom and DingTalk take; Feishu's takes more.
A_MINUTE_MAX = 20
MINUTE = timedelta(minutes=1)
BY_HAND_DAYS = timedelta(days=7)
# What may be otherwise in a while; the rest is not tried again by itself.
PASSING = frozenset({Fault.UNREACHABLE, Fault.NO_ANSWER, Fault.SERVER, Fault.TOO_FAST})
# For these nothing was wrong with the channel: it is not sent, and that is all.
DROPPING = frozenset({Fault.OVER, Fault.LATE, Fault.CHANGED, Fault.CALLED_OFF, Fault.OFF})
IS_OPEN = text("jobs_sending.state IN ('pending', 'sending')")


@dataclass(frozen=True, slots=True)
class Errand:
    """One sending and all that is needed for it; without an address it was put aside."""

    sending_id: int
    outlet_id: int
    attempt: int = 0
    kind: OutletKind = OutletKind.OTHER
    words: str = field(default="", repr=False)
    url: str = field(default="", repr=False)


def is_any_to_send(session: Session, *, at: datetime) -> bool:
    """Whether there is something to claim; asks one index and waits for no writer."""
    return bool(session.scalar(select(exists().where(IS_OPEN, Sending.due_at <= at))))


def claim_sending(
    session: Session, *, at: datetime, besides: Collection[int] = ()
) -> Errand | None:
    """Take the sending that has been due longest, or put it aside; None when there is none.

    ``besides`` are channels that have failed in this run. Its words and their time are written
    down here: whoever dies with it has tried.
    """
    row = session.execute(
        select(Sending, Outlet)
        .join(Outlet, Outlet.id == Sending.outlet_id)
        .where(IS_OPEN, Sending.due_at <= at, Outlet.id.not_in(besides))
        .order_by(Sending.due_at, Sending.id)
        .limit(1)
        .with_for_update(skip_locked=True)  # the channel's row, too: so the count below holds
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        return None
    sending, outlet = row
    aside = Errand(sending.id, outlet.id)
    free_at = _free_at(session, outlet.id, at)
    if free_at > at:
        sending.state, sending.due_at = SendingState.PENDING, free_at
        session.flush()
        return aside
    standing = text_now(session, sending, outlet, day=clock.day_of(at))
    url, fault = _opened(outlet, sending, standing)
    if fault is not Fault.NONE:
        if standing.words:  # what was to go
            note_said(session, sending, standing)
            sending.words = standing.words
        is_dropped = fault in DROPPING
        sending.state = SendingState.DROPPED if is_dropped else SendingState.FAILED
        sending.fault, sending.ended_at = fault, at
        session.flush()
        return aside
    note_said(session, sending, standing)
    sending.state, sending.due_at = SendingState.SENDING, at + LEASE
    sending.attempts, sending.tried_at, sending.words = sending.attempts + 1, at, standing.words
    session.flush()
    return Errand(sending.id, outlet.id, sending.attempts, outlet.kind, standing.words, url)


def finish_sending(
    session: Session, *, errand: Errand, fault: Fault, answer: str, at: datetime
) -> SendingState | None:
    """Write down how an attempt ended; None when the lease had ended and another took over.

    What may pass is due again after 1, 5, 15, 60, 120, 240, 480 minutes; the eighth is the last.
    """
    ends: datetime | None = at
    if fault is Fault.NONE:
        state, due_at = SendingState.SENT, at
    elif fault in PASSING and errand.attempt < ATTEMPTS_MAX:
        state, due_at, ends = SendingState.PENDING, at + PAUSES[errand.attempt - 1], None
    else:
        state, due_at = SendingState.FAILED, at
    done: Any = session.execute(
        update(Sending)
        .where(
            Sending.id == errand.sending_id,
            Sending.state == SendingState.SENDING,
            Sending.attempts == errand.attempt,
        )
        .values(state=state, due_at=due_at, ended_at=ends, fault=fault, answer=answer)
        .execution_options(synchronize_session=False)
    )
    return state if done.rowcount else None


def drop_by_hand(session: Session, *, at: datetime) -> int:
    """Drop what nobody has pasted in time; return how many.

    A list of new posts is of its day, anything else waits BY_HAND_DAYS.
    """
    today = clock.day_of(at)
    is_late = or_(
        and_(Sending.subject == Subject.DIGEST, Sending.day < today),
        Sending.day < today - BY_HAND_DAYS,
    )
    done: Any = session.execute(
        update(Sending)
        .where(Sending.state == SendingState.BY_HAND, is_late)
        .values(state=SendingState.DROPPED, fault=Fault.LATE, ended_at=at)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)


def _free_at(session: Session, outlet_id: int, at: datetime) -> datetime:
    """Return when a channel takes another message: so many a minute and no more."""
    count, first = session.execute(
        select(func.count(), func.min(Sending.tried_at)).where(
            Sending.outlet_id == outlet_id, Sending.tried_at > at - MINUTE
        )
    ).one()
    return first + MINUTE if first is not None and count >= A_MINUTE_MAX else at


def _opened(outlet: Outlet, sending: Sending, standing: Standing) -> tuple[str, Fault]:
    """Return the channel's address, or why nothing is sent."""
    if not outlet.is_on:
        return "", Fault.OFF
    if not standing.words:
        return "", standing.fault
    if sending.attempts >= ATTEMPTS_MAX:
        return "", Fault.INTERRUPTED
    try:
        return sealing.unseal(outlet.sealed or ""), Fault.NONE
    except sealing.SealBrokenError:
        return "", Fault.UNSEALABLE
