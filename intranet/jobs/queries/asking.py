"""Which posts a seeker asked for, and for whom of an account's own a post may be asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.jobs.models import AskedPost, JobPost, Seeker, Wish
from intranet.jobs.operations.people import WAITING
from intranet.jobs.queries.matching.rows import live
from intranet.jobs.queries.wishes import contacts_of, is_own
from intranet.register.models import PersonalField

SHOWN_MAX = 50


class OwnWish(NamedTuple):
    """A wish of the account's own that waits, with the seeker's masked name."""

    wish: Wish
    name: str
    has_asked: bool  # and nobody has spoken to them since


def own_waiting(session: Session, viewer: Viewer | None, post_id: int) -> list[OwnWish]:
    """Return the account's own wishes that wait, the newest first; two queries.

    Of a household's account there may be several: each looks for work by another name.
    """
    if viewer is None or viewer.party_id is None:
        return []
    asked = exists().where(
        AskedPost.wish_id == Wish.id, AskedPost.post_id == post_id, AskedPost.at >= Wish.asked_at
    )
    rows = session.execute(
        select(Wish, asked)
        .join(Seeker, Seeker.id == Wish.seeker_id)
        .where(is_own(viewer), Wish.state.in_(WAITING), Seeker.erased_at.is_(None))
        .order_by(Wish.id.desc())
    ).all()
    names = contacts_of(session, [wish.seeker_id for wish, _asked in rows]) if rows else {}
    return [
        OwnWish(wish, names.get(wish.seeker_id, {}).get(PersonalField.NAME, ""), has_asked)
        for wish, has_asked in rows
    ]


def live_post(session: Session, post_id: int, *, today: date) -> JobPost | None:
    """Return a post that can be had on a day; one query."""
    return session.scalar(select(JobPost).where(JobPost.id == post_id, *live(today)))


def asked_of(
    session: Session, wish_ids: Sequence[int]
) -> dict[int, list[tuple[AskedPost, JobPost]]]:
    """Return what was asked for with some wishes, by their numbers, the newest first; one query."""
    found: dict[int, list[tuple[AskedPost, JobPost]]] = {}
    for asked, post in session.execute(
        select(AskedPost, JobPost)
        .join(JobPost, JobPost.id == AskedPost.post_id)
        .where(AskedPost.wish_id.in_(wish_ids))
        .order_by(AskedPost.id.desc())
    ):
        found.setdefault(asked.wish_id, []).append((asked, post))
    return found


def asked_by(
    session: Session, seeker_id: int, *, now: datetime, held_too: bool
) -> Sequence[tuple[AskedPost, JobPost]]:
    """Return what a seeker asked for with any wish, the newest first; one query.

    What came with somebody joined to them is shown to the account only once it is certain.
    """
    certain = or_(Wish.own_from.is_(None), Wish.own_from <= now)
    rows = session.execute(
        select(AskedPost, JobPost)
        .join(Wish, Wish.id == AskedPost.wish_id)
        .join(JobPost, JobPost.id == AskedPost.post_id)
        .where(Wish.seeker_id == seeker_id, *(() if held_too else (certain,)))
        .order_by(AskedPost.at.desc(), AskedPost.id.desc())
        .limit(SHOWN_MAX)
    )
    return [(asked, post) for asked, post in rows]
