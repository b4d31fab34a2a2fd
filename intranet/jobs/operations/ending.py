"""What ends by the clock: posts, and reminders before; companies to look at again."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet import clock
from intranet.access import Permission
from intranet.i18n import N_
from intranet.jobs.models import Company, CompanyState, JobPost, PostState, PostVerb
from intranet.jobs.operations.deeds import Deed, handlers_of, take_post
from intranet.jobs.operations.posts import move
from intranet.notices.models import Topic
from intranet.notices.operations import tell
from intranet.people.operations.answering import COMMUNITY_DEPTH, who_answers

REMIND_DAYS = 5
RECHECK_SOON_DAYS = 14
SEEN = (PostState.PUBLISHED, PostState.FILLED)
ENDS = N_("Holds until %(until)s only: %(title)s. One press renews it.")
AGAIN = N_("Companies whose licence is to be seen again soon: %(count)s")


def over(session: Session, *, at: datetime, limit: int, besides: list[int]) -> list[int]:
    """Return posts whose last day is gone, those that ended first before."""
    return list(
        session.scalars(
            select(JobPost.id)
            .where(
                JobPost.state.in_(SEEN),
                JobPost.valid_through < clock.day_of(at),
                JobPost.id.not_in(besides),
            )
            .order_by(JobPost.valid_through, JobPost.id)
            .limit(limit)
        )
    )


def expire_post(session: Session, post: JobPost, *, at: datetime) -> bool:
    """Have a post end whose time is over; False where it was renewed or taken down meanwhile."""
    take_post(session, post)
    day = clock.day_of(at)
    if post.state not in SEEN or post.valid_through is None or post.valid_through >= day:
        return False
    move(session, post, PostVerb.EXPIRE, Deed(None, at))
    return True


def ending_soon(session: Session, *, at: datetime, limit: int, besides: list[int]) -> list[int]:
    """Return posts that end within some days, of which nobody was reminded yet."""
    return list(
        session.scalars(
            select(JobPost.id)
            .where(_is_ending(at), JobPost.id.not_in(besides))
            .order_by(JobPost.valid_through, JobPost.id)
            .limit(limit)
        )
    )


def remind_of_end(session: Session, post: JobPost, *, at: datetime) -> bool:
    """Tell those who act for its company, once, that a post ends; else whoever wrote it."""
    take_post(session, post)
    day = clock.day_of(at)
    is_due = post.state is PostState.PUBLISHED and post.reminded_on is None
    if not is_due or post.valid_through is None or post.valid_through > day + _soon():
        return False
    to = handlers_of(session, post.company_id, day=day) or {post.made_by or 0}
    post.reminded_on = day
    session.flush()
    tell(
        session,
        to=to - {0},
        key=f"jobs:post:{post.id}:ends:{post.valid_through.isoformat()}",
        topic=Topic.JOBS,
        words=ENDS,
        params={"title": post.title, "until": post.valid_through.isoformat()},
        url=f"/jobs/mine/{post.id}",
        urgent=False,
        at=at,
        grid_path=post.grid_path,
    )
    return True


def remind_of_rechecks(session: Session, *, at: datetime) -> int:
    """Tell each community's station how many licences are to be seen again; return of how many.

    Told again each week by the calendar (ISO 8601) while any is due.
    """
    day = clock.day_of(at)
    paths = session.scalars(
        select(Company.grid_path).where(
            Company.state == CompanyState.VERIFIED,
            Company.recheck_due_on <= day + timedelta(days=RECHECK_SOON_DAYS),
        )
    ).all()
    due = Counter(_community(path) for path in paths)
    year, week, _weekday = day.isocalendar()
    for path, count in sorted(due.items()):
        tell(
            session,
            to=who_answers(session, grid_path=path, permission=Permission.JOBS_COMPANY_VERIFY),
            key=f"jobs:recheck:{path}{year}-{week}",
            topic=Topic.JOBS,
            words=AGAIN,
            params={"count": count},
            url="/jobs/companies?due=1",
            urgent=False,
            at=at,
            grid_path=path,
        )
    return sum(due.values())


def _is_ending(at: datetime) -> Any:
    day = clock.day_of(at)
    return (
        (JobPost.state == PostState.PUBLISHED)
        & (JobPost.valid_through <= day + _soon())
        & (JobPost.valid_through >= day)
        & JobPost.reminded_on.is_(None)
    )


def _soon() -> timedelta:
    return timedelta(days=REMIND_DAYS)


def _community(path: str) -> str:
    return "".join(f"{part}." for part in path.split(".")[:COMMUNITY_DEPTH] if part)
