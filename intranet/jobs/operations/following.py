"""Looking after whoever was placed: at 7, 30, 90 and 180 days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from intranet import clock
from intranet.access import Viewer
from intranet.acts import Act
from intranet.errors import DomainError, InputError
from intranet.jobs.models import FollowUp, Placement, Referral, Wish
from intranet.jobs.operations.wish_content import tidy

EARLY_DAYS = 3  # so long before it is due it may be done


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody who was placed says."""

    still_there: bool
    fee_asked: bool | None = None  # None where it was not asked, or not said
    as_posted: bool | None = None
    words: str = ""


def follow_up(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    due: FollowUp,
    answer: Answer,
    address: str = "",
) -> None:
    """Write down what was heard; who left is then said to have left (``leave``) by itself.

    Raises InputError (``words``) where something is wrong and nothing is said of it; DomainError
    where it was done already, is not due yet, or the work has ended before.
    """
    said = tidy(answer.words)
    if (answer.fee_asked or answer.as_posted is False) and not said:
        raise InputError("Say what is wrong, so that it can be looked into", "words")
    session.refresh(due, with_for_update=True)
    if due.done_at is not None:
        raise DomainError("This was done already; here is what was heard")
    if due.dropped_at is not None:
        raise DomainError("The work had ended before; no follow-up is needed")
    if (due.due_on - clock.day_of(at)).days > EARLY_DAYS:
        raise DomainError("It is not due yet")
    due.done_at, due.done_by = at, actor.account_id
    due.still_there, due.fee_asked = answer.still_there, answer.fee_asked
    due.as_posted, due.words = answer.as_posted, said
    session.flush()
    wish = _wish_of(session, due)
    wish.contacted_at, wish.asked_at = at, None
    session.flush()
    Act(actor, at, address).record(
        session,
        "jobs:placement:follow",
        "placement",
        due.placement_id,
        wish.grid_path,
        days=due.days,
        still_there=answer.still_there,
        fee_asked=answer.fee_asked,
        as_posted=answer.as_posted,
    )


def _wish_of(session: Session, due: FollowUp) -> Wish:
    placement = session.get_one(Placement, due.placement_id)
    wish = session.get_one(Wish, session.get_one(Referral, placement.referral_id).wish_id)
    session.refresh(wish, with_for_update=True)
    return wish
