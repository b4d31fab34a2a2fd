"""Whether what is to be sent still stands, and its text as it would go now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select

from intranet.jobs.models import (
    COMING,
    Company,
    CompanyState,
    Fair,
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


def words_now(session: Session, sending: Sending, outlet: Outlet, *, day: date) -> str:
    """Return the text with what can still be had; empty where nothing of it can. One query.

    A list of new posts is of its day alone.
    """
    pieces: Sequence[str] = ()
    if sending.subject is Subject.FAIR:
        fair = session.get_one(Fair, sending.fair_id, populate_existing=True)
        if fair.state not in COMING or fair.held_on < day:
            return ""
    elif sending.subject in {Subject.POST, Subject.DIGEST}:
        is_late = sending.subject is Subject.DIGEST and sending.day != day
        pieces = () if is_late else _live(session, sending.id, day)
        if not pieces:
            return ""
    return compose(sending.head, pieces, sending.tail, BYTES_MAX[outlet.kind])


def _live(session: Session, sending_id: int, day: date) -> Sequence[str]:
    return session.scalars(
        select(SendingPost.words)
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
    ).all()
