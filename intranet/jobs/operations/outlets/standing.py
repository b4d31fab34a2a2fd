"""Whether what is to be sent still stands, and its text as it would go now."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from intranet.i18n import N_
from intranet.jobs.models import (
    COMING,
    Company,
    CompanyState,
    Fair,
    FairState,
    Fault,
    JobPost,
    Outlet,
    PostState,
    Sending,
    SendingPost,
    Subject,
)
from intranet.jobs.operations.outlets.composing import BYTES_MAX, compose

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


# What whoever asks for it, or has it in hand to paste, is told where there is no text.
REFUSALS = {
    Fault.OVER: N_("Nothing of this can be had any more"),
    Fault.LATE: N_("The day of this list is over"),
    Fault.CALLED_OFF: N_("This fair was called off"),
    Fault.CHANGED: N_("The fair was changed after this text was made; have it sent anew"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A text as it would go now; where there is none, why."""

    words: str = ""
    fault: Fault = Fault.NONE
    posts: frozenset[int] = frozenset()  # those that stand in it


def text_now(session: Session, sending: Sending, outlet: Outlet, *, day: date) -> Standing:
    """Return the text with what can still be had. One query.

    A list of new posts is of its day alone, and of a fair goes only what is still said of it.
    """
    live: Sequence[tuple[int, str]] = ()
    fault = Fault.NONE
    if sending.subject is Subject.FAIR:
        fair = session.get_one(Fair, sending.fair_id, populate_existing=True)
        fault = _of_fair(fair, sending.fair_stand, day)
    elif sending.subject in {Subject.POST, Subject.DIGEST}:
        if sending.subject is Subject.DIGEST and sending.day != day:
            return Standing(fault=Fault.LATE)
        live = _live(session, sending.id, day)
        fault = Fault.NONE if live else Fault.OVER
    if fault is not Fault.NONE:
        return Standing(fault=fault)
    pieces = [words for _number, words in live]
    made = compose(sending.head, pieces, sending.tail, BYTES_MAX[outlet.kind])
    return Standing(made.words, posts=frozenset(number for number, _ in live[: made.posts]))


def note_said(session: Session, sending: Sending, standing: Standing) -> None:
    """Write down which of its posts stand in the text that goes."""
    session.execute(
        update(SendingPost)
        .where(SendingPost.sending_id == sending.id)
        .values(is_said=SendingPost.post_id.in_(standing.posts))
        .execution_options(synchronize_session=False)
    )


def fair_stand(fair: Fair) -> str:
    """Return a digest of what a text about a fair says of it: 64 hexadecimal digits.

    That its doors open changes nothing of it, nor how many companies come.
    """
    said = [fair.title, fair.held_on.isoformat(), fair.from_minute, fair.to_minute]
    said += [fair.place, fair.address, fair.words]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def _of_fair(fair: Fair, stand: str, day: date) -> Fault:
    """Return why a text about a fair does not go; NONE where it does."""
    if fair.state is FairState.CALLED_OFF:
        return Fault.CALLED_OFF
    if fair.state not in COMING or fair.held_on < day:
        return Fault.OVER
    return Fault.NONE if fair_stand(fair) == stand else Fault.CHANGED


def _live(session: Session, sending_id: int, day: date) -> Sequence[tuple[int, str]]:
    found = session.execute(
        select(SendingPost.post_id, SendingPost.words)
        .join(Sending, Sending.id == SendingPost.sending_id)
        .join(JobPost, JobPost.id == SendingPost.post_id)
        .join(Company, Company.id == JobPost.company_id)
        .where(
            SendingPost.sending_id == sending_id,
            JobPost.state == PostState.PUBLISHED,
            JobPost.published_at <= Sending.asked_at,  # else these are the words of before
            JobPost.valid_through >= day,
            Company.state == CompanyState.VERIFIED,
        )
        .order_by(SendingPost.place)
    )
    return [(row[0], row[1]) for row in found]
