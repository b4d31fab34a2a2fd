"""The way of a delivery: claimed, sent by somebody, finished; each step a commit of the caller's.

Whoever claims holds a lease. If he dies, the delivery is found again when the lease ends, and
nobody knows whether it arrived: it is sent once more under the same number.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, select, text, update

from intranet import audit, sealing
from intranet.errors import DomainError
from intranet.notices.models import (
    DeliveryState,
    Notice,
    NoticeAddress,
    NoticeChoice,
    NoticeDelivery,
    NoticeQuiet,
    Topic,
    Trouble,
)
from intranet.notices.operations import quiet
from intranet.notices.operations.telling import quiet_minutes
from intranet.people.models import Account

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from intranet.access import Viewer

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 120, 240, 480))
ATTEMPTS_MAX = len(PAUSES) + 1
LEASE = timedelta(seconds=120)
# The very words of the partial index: with bound values no planner could know that it fits.
IS_OPEN = text("notice_delivery.state IN ('pending', 'sending')")


class Fate(StrEnum):
    """What became of the delivery that was next."""

    CLAIMED = "claimed"
    ASIDE = "aside"  # skipped, given up, or put off to the end of the person's quiet hours


@dataclass(frozen=True, slots=True)
class Claim:
    """One delivery; when claimed, everything needed to send it."""

    fate: Fate
    delivery_id: int
    attempt: int = 0
    topic: Topic = Topic.TEST
    words: str = ""
    params: dict[str, str | int] = field(default_factory=dict)
    locale: str = ""
    number: str = ""
    address: str = field(default="", repr=False)


def is_any_due(session: Session, *, channel: str, at: datetime) -> bool:
    """Whether there is something to claim; asks one index and waits for no writer."""
    return bool(session.scalar(select(exists().where(*_due(channel, at)))))


def claim(session: Session, *, channel: str, at: datetime) -> Claim | None:
    """Take the delivery that has been due longest, or put it aside; None when there is none."""
    row = session.execute(_next(channel, at)).one_or_none()
    if row is None:
        return None
    delivery, notice = row.NoticeDelivery, row.Notice
    trouble = _reason_against(delivery, notice, row)
    later = at if notice.urgent else quiet.due(at, row.from_minute, row.to_minute)
    if trouble is not Trouble.NONE:
        _end(delivery, trouble, at)
    elif later > at:
        delivery.state, delivery.due_at = DeliveryState.PENDING, later
    else:
        delivery.state, delivery.due_at = DeliveryState.SENDING, at + LEASE
        delivery.attempts += 1
        session.flush()
        return Claim(
            fate=Fate.CLAIMED,
            delivery_id=delivery.id,
            attempt=delivery.attempts,
            topic=notice.topic,
            words=notice.words,
            params=json.loads(notice.params),
            locale=row.locale,
            number=number(notice, channel),
            address=sealing.unseal(row.sealed),
        )
    session.flush()
    return Claim(fate=Fate.ASIDE, delivery_id=delivery.id)


def finish(
    session: Session, *, delivery_id: int, attempt: int, trouble: Trouble, at: datetime
) -> DeliveryState | None:
    """Write down how an attempt ended; None when the lease had ended and another has taken over.

    After a failure it is due again after 1, 5, 15, 60, 120, 240, 480 minutes; the eighth is the
    last.
    """
    if trouble is Trouble.NONE:
        state, due_at, ended_at = DeliveryState.SENT, at, at
    elif attempt >= ATTEMPTS_MAX:
        state, due_at, ended_at = DeliveryState.GIVEN_UP, at, at
    else:
        state, due_at, ended_at = DeliveryState.PENDING, at + PAUSES[attempt - 1], None
    done: Any = session.execute(
        update(NoticeDelivery)
        .where(
            NoticeDelivery.id == delivery_id,
            NoticeDelivery.state == DeliveryState.SENDING,
            NoticeDelivery.attempts == attempt,
        )
        .values(state=state, due_at=due_at, ended_at=ended_at, trouble=trouble)
        .execution_options(synchronize_session=False)
    )
    return state if done.rowcount else None


def is_any_unknown(session: Session, *, channels: Collection[str]) -> bool:
    """Whether something waits for a channel the house does not have any more."""
    return bool(session.scalar(select(exists().where(*_of_unknown(channels)))))


def give_up_unknown(session: Session, *, channels: Collection[str], at: datetime) -> int:
    """Give up what waits for a channel the house does not have any more; say how many."""
    done: Any = session.execute(
        update(NoticeDelivery)
        .where(*_of_unknown(channels))
        .values(state=DeliveryState.GIVEN_UP, ended_at=at, trouble=Trouble.NOT_CONFIGURED)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)


def retry(
    session: Session, *, actor: Viewer, delivery: NoticeDelivery, at: datetime, address: str
) -> None:
    """Begin a delivery that was given up anew, under the number it had."""
    if delivery.state is not DeliveryState.GIVEN_UP:
        raise DomainError("Only what was given up can be sent again.")
    delivery.state, delivery.attempts, delivery.due_at = DeliveryState.PENDING, 0, at
    delivery.ended_at = None
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="notices:delivery:retry",
        at=at,
        object_kind="delivery",
        object_id=delivery.id,
        address=address,
    )


def number(notice: Notice, channel: str) -> str:
    """Return what a gateway may tell a repetition by: the same at every attempt, unlike others'."""
    told = f"{notice.account_id}\n{notice.key}\n{channel}\n{notice.at.isoformat()}"
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _of_unknown(channels: Collection[str]) -> tuple[Any, ...]:
    return IS_OPEN, NoticeDelivery.channel.not_in(channels)


def _due(channel: str, at: datetime) -> tuple[Any, ...]:
    return (
        NoticeDelivery.channel == channel,
        IS_OPEN,
        NoticeDelivery.due_at <= at,
    )


def _next(channel: str, at: datetime) -> Any:
    """Select the oldest one due, with all that decides its fate; no other process takes it."""
    from_minute, to_minute = quiet_minutes()
    return (
        select(
            NoticeDelivery,
            Notice,
            Account.locale,
            Account.disabled_at,
            NoticeAddress.sealed,
            NoticeChoice.topic.label("chosen"),
            from_minute.label("from_minute"),
            to_minute.label("to_minute"),
        )
        .join(Notice, Notice.id == NoticeDelivery.notice_id)
        .join(Account, Account.id == Notice.account_id)
        .outerjoin(
            NoticeAddress,
            and_(NoticeAddress.account_id == Account.id, NoticeAddress.channel == channel),
        )
        .outerjoin(
            NoticeChoice,
            and_(
                NoticeChoice.account_id == Account.id,
                NoticeChoice.channel == channel,
                NoticeChoice.topic == Notice.topic,
            ),
        )
        .outerjoin(NoticeQuiet, NoticeQuiet.account_id == Account.id)
        .where(*_due(channel, at))
        .order_by(NoticeDelivery.due_at, NoticeDelivery.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=NoticeDelivery)
        .execution_options(populate_existing=True)
    )


def _reason_against(delivery: NoticeDelivery, notice: Notice, row: Any) -> Trouble:
    """Return why it must not be sent now or ever, or NONE."""
    again = delivery.attempts > 0
    reasons = (
        (row.disabled_at is not None, Trouble.CLOSED),
        (row.sealed is None, Trouble.NO_ADDRESS),
        (notice.topic is not Topic.TEST and row.chosen is None, Trouble.NOT_CHOSEN),
        # Nobody can say of an attempt that failed whether it arrived all the same.
        (again and notice.read_at is not None, Trouble.READ),
        (delivery.attempts >= ATTEMPTS_MAX, Trouble.INTERRUPTED),
    )
    for holds, trouble in reasons:
        if holds:
            return trouble
    try:
        sealing.unseal(row.sealed)
    except sealing.SealBrokenError:
        return Trouble.UNSEALABLE
    return Trouble.NONE


def _end(delivery: NoticeDelivery, trouble: Trouble, at: datetime) -> None:
    failed = trouble in {Trouble.INTERRUPTED, Trouble.UNSEALABLE}
    delivery.state = DeliveryState.GIVEN_UP if failed else DeliveryState.SKIPPED
    delivery.trouble, delivery.ended_at = trouble, at
