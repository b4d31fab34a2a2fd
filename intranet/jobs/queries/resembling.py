"""What the reviewer is told beside a post: others nearly the same, pay that is too good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from intranet.jobs.models import Company, JobPost, PostState
from intranet.jobs.operations import ALIKE, bait_median, likeness, shingles
from intranet.register.models import Party

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

LOOKED_BACK_DAYS = 90
COMPARED_MAX = 500
SHOWN_MAX = 5
LIVE_MAX = 1000


@dataclass(frozen=True, slots=True)
class Resembling:
    """Another post that says nearly the same, by how much in percent."""

    post: JobPost
    company: str
    percent: int


def resembling(session: Session, post: JobPost, *, at: datetime) -> Sequence[Resembling]:
    """Return posts of the same occupation and the last 90 days that say nearly the same.

    One query, of the newest 500: its own company's and others', the most alike first.
    """
    rows = session.execute(
        select(JobPost, Party.public_name)
        .join(Company, Company.id == JobPost.company_id)
        .join(Party, Party.id == Company.party_id)
        .where(
            JobPost.occupation_code == post.occupation_code,
            JobPost.made_at >= at - timedelta(days=LOOKED_BACK_DAYS),
            JobPost.id != post.id,
            JobPost.state != PostState.DRAFT,
        )
        .order_by(JobPost.id.desc())
        .limit(COMPARED_MAX)
    ).all()
    own = shingles(post.title, post.duties)
    found = [
        Resembling(row[0], row[1], likeness(own, shingles(row[0].title, row[0].duties)))
        for row in rows
    ]
    alike = [one for one in found if one.percent >= ALIKE]
    return sorted(alike, key=lambda one: (-one.percent, -one.post.id))[:SHOWN_MAX]


def usual_pay(session: Session, post: JobPost) -> int | None:
    """Return the median of what is paid at most, in fen, where this post pays above twice of it.

    Of live posts of the same occupation that count pay by the same unit; None where all is well.
    """
    paid = session.scalars(
        select(JobPost.pay_max_fen)
        .where(
            JobPost.occupation_code == post.occupation_code,
            JobPost.pay_unit == post.pay_unit,
            JobPost.state == PostState.PUBLISHED,
            JobPost.id != post.id,
        )
        .order_by(JobPost.id.desc())
        .limit(LIVE_MAX)
    ).all()
    return bait_median(post.pay_max_fen, paid)
