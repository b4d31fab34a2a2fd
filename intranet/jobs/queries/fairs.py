"""Fairs as everybody, the station and the door see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import abort
from sqlalchemy import and_, func, or_, select

from intranet import clock
from intranet.access import Permission, Viewer, allowed, scope_condition
from intranet.db import within
from intranet.jobs.models import (
    COMING,
    Booth,
    BoothPost,
    Company,
    CompanyState,
    Fair,
    FairPass,
    FairState,
    InterviewSlot,
    JobPost,
    PostState,
    SlotBooking,
    WalkIn,
)
from intranet.jobs.queries.showing import Shown, shown
from intranet.register.models import Party

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from intranet.grids.models import Grid

PAGE = 50
MANAGE = Permission.JOBS_FAIR_MANAGE
COMING_MAX = 3
BOARD_DAYS = 14  # a fair is announced on the board so many days before


@dataclass(frozen=True, slots=True)
class FairRow:
    """One fair of a list, with how much there is at it."""

    fair: Fair
    companies: int
    posts: int


@dataclass(frozen=True, slots=True)
class BoothRow:
    """One booth: whose it is and what is brought."""

    booth: Booth
    name: str
    state: CompanyState
    posts: Sequence[Shown]  # those that can still be had


@dataclass(frozen=True, slots=True)
class SlotRow:
    """One interview at a booth, and how many places are taken."""

    slot: InterviewSlot
    booth: Booth
    company: str
    taken: int

    @property
    def left(self) -> int:
        """How many more can be booked."""
        return self.slot.places - self.taken


def fairs(
    session: Session, *, day: date, before: int | None = None
) -> tuple[list[FairRow], list[FairRow], int | None]:
    """Return the fairs that come, the nearest first; some that were; and where to go on.

    At most four queries. What was called off is shown until its day is gone.
    """
    coming = session.scalars(
        select(Fair)
        .where(Fair.held_on >= day, Fair.state != FairState.OVER)
        .order_by(Fair.held_on, Fair.from_minute, Fair.id)
        .limit(PAGE)
    ).all()
    was = or_(Fair.held_on < day, Fair.state == FairState.OVER)
    asked = select(Fair).where(was, Fair.state != FairState.CALLED_OFF)
    if before is not None:
        asked = asked.where(Fair.id < before)
    past = session.scalars(asked.order_by(Fair.id.desc()).limit(PAGE + 1)).all()
    more = past[PAGE - 1].id if len(past) > PAGE else None
    ids = [one.id for one in (*coming, *past[:PAGE])]
    counts = _counts(session, ids)
    rows = {one.id: FairRow(one, *counts.get(one.id, (0, 0))) for one in (*coming, *past[:PAGE])}
    return [rows[one.id] for one in coming], [rows[one.id] for one in past[:PAGE]], more


def next_fair(session: Session, paths: Sequence[str], day: date) -> Fair | None:
    """Return the fair of some communities that comes next or goes on today; one query."""
    return session.scalar(
        select(Fair)
        .where(Fair.grid_path.in_(paths), Fair.state.in_(COMING), Fair.held_on >= day)
        .order_by(Fair.held_on, Fair.from_minute, Fair.id)
        .limit(1)
    )


def announced(session: Session, community: Grid | None, at: datetime) -> FairRow | None:
    """Return the fair that banners speak of, with how much it brings; two queries at most.

    It is a community's next within two weeks that is not over by the clock.
    """
    if community is None:
        return None
    local = at.astimezone(clock.BEIJING)
    day, minute = local.date(), local.hour * 60 + local.minute
    found = session.scalar(
        select(Fair)
        .where(
            Fair.state.in_(COMING),
            Fair.held_on.between(day, day + timedelta(days=BOARD_DAYS)),
            or_(Fair.held_on > day, Fair.to_minute > minute),
            within(Fair.grid_path, community.path),
        )
        .order_by(Fair.held_on, Fair.from_minute, Fair.id)
        .limit(1)
    )
    if found is None:
        return None
    return FairRow(found, *_counts(session, [found.id]).get(found.id, (0, 0)))


def coming_for(session: Session, grid_path: str, day: date) -> Sequence[Fair]:
    """Return the next fairs of the communities a grid lies in; one query along an index."""
    return session.scalars(
        select(Fair)
        .where(
            Fair.grid_path.in_(paths_above(grid_path)),
            Fair.state.in_(COMING),
            Fair.held_on >= day,
        )
        .order_by(Fair.held_on, Fair.from_minute, Fair.id)
        .limit(COMING_MAX)
    ).all()


def paths_above(grid_path: str) -> list[str]:
    """Return the paths of a grid and of all it lies in, the widest first."""
    return [grid_path[: at + 1] for at, sign in enumerate(grid_path) if sign == "."]


def fair_or_404(session: Session, fair_id: int) -> Fair:
    """Return a fair: everybody may know of it."""
    return session.get(Fair, fair_id) or abort(404)


def managed_fair_or_404(session: Session, viewer: Viewer, fair_id: int) -> Fair:
    """Return a fair of a community in which the viewer runs the station."""
    found = session.scalar(
        select(Fair).where(Fair.id == fair_id, scope_condition(Fair.grid_path, viewer, MANAGE))
    )
    return found or abort(404)


def booths(session: Session, fair: Fair, *, day: date) -> list[BoothRow]:
    """Return the booths of a fair by their numbers, with posts that can be had; three queries."""
    rows = session.execute(
        select(Booth, Party.public_name, Company.state)
        .join(Company, Company.id == Booth.company_id)
        .join(Party, Party.id == Company.party_id)
        .where(Booth.fair_id == fair.id)
        .order_by(Booth.number)
    ).all()
    brought = session.execute(
        select(BoothPost.booth_id, BoothPost.post_id)
        .join(Booth, Booth.id == BoothPost.booth_id)
        .where(Booth.fair_id == fair.id)
        .order_by(BoothPost.post_id)
    ).all()
    known = {one.id: one for one in shown(session, [row.post_id for row in brought], today=day)}
    of_booth: dict[int, list[Shown]] = {}
    for booth_id, post_id in brought:
        if post_id in known:
            of_booth.setdefault(booth_id, []).append(known[post_id])
    return [BoothRow(row[0], row[1], row[2], of_booth.get(row[0].id, ())) for row in rows]


def booth_or_404(session: Session, fair: Fair, booth_id: int) -> tuple[Booth, str]:
    """Return a booth of a fair, with the name of its company."""
    row = session.execute(
        select(Booth, Party.public_name)
        .join(Company, Company.id == Booth.company_id)
        .join(Party, Party.id == Company.party_id)
        .where(Booth.id == booth_id, Booth.fair_id == fair.id)
    ).one_or_none()
    return (row[0], row[1]) if row is not None else abort(404)


def live_posts_of(session: Session, booth: Booth) -> tuple[Sequence[JobPost], set[int]]:
    """Return the live posts of a booth's company, and which of all posts are brought."""
    live = session.scalars(
        select(JobPost)
        .where(JobPost.company_id == booth.company_id, JobPost.state == PostState.PUBLISHED)
        .order_by(JobPost.id.desc())
        .limit(PAGE * 4)
    ).all()
    brought = session.scalars(select(BoothPost.post_id).where(BoothPost.booth_id == booth.id))
    return live, set(brought)


def companies_without_booth(session: Session, fair: Fair) -> list[tuple[int, str]]:
    """Return verified companies of the community that have no booth yet, by their names."""
    here = select(Booth.company_id).where(Booth.fair_id == fair.id)
    rows = session.execute(
        select(Company.id, Party.public_name)
        .join(Party, Party.id == Company.party_id)
        .where(
            Company.state == CompanyState.VERIFIED,
            within(Company.grid_path, fair.grid_path),
            Company.id.not_in(here),
        )
        .order_by(Party.public_name, Company.id)
        .limit(1000)
    )
    return [(row[0], row[1]) for row in rows]


def slots(session: Session, fair: Fair, booth: Booth | None = None) -> list[SlotRow]:
    """Return the interviews of a fair, or of one of its booths, in order of time; one query."""
    booked = and_(SlotBooking.slot_id == InterviewSlot.id, SlotBooking.cancelled_at.is_(None))
    asked = (
        select(InterviewSlot, Booth, Party.public_name, func.count(SlotBooking.id))
        .join(Booth, Booth.id == InterviewSlot.booth_id)
        .join(Company, Company.id == Booth.company_id)
        .join(Party, Party.id == Company.party_id)
        .outerjoin(SlotBooking, booked)
        .where(Booth.fair_id == fair.id)
        .group_by(InterviewSlot.id, Booth.id, Party.id)
        .order_by(InterviewSlot.from_minute, Booth.number)
    )
    if booth is not None:
        asked = asked.where(Booth.id == booth.id)
    return [SlotRow(*row) for row in session.execute(asked)]


def slot_or_404(session: Session, booth: Booth, slot_id: int) -> InterviewSlot:
    """Return an interview of a booth."""
    found = session.scalar(
        select(InterviewSlot).where(InterviewSlot.id == slot_id, InterviewSlot.booth_id == booth.id)
    )
    return found or abort(404)


def pass_by_token(session: Session, fair: Fair, token: str) -> FairPass | None:
    """Return the pass of a fair that a token belongs to."""
    return session.scalar(
        select(FairPass).where(FairPass.fair_id == fair.id, FairPass.token == token)
    )


def walk_ins(session: Session, fair: Fair) -> tuple[int, WalkIn | None]:
    """Return how many came without a pass, and the one that was counted last."""
    here = (WalkIn.fair_id == fair.id, WalkIn.undone_at.is_(None))
    last = session.scalar(select(WalkIn).where(*here).order_by(WalkIn.id.desc()).limit(1))
    return session.scalar(select(func.count()).select_from(WalkIn).where(*here)) or 0, last


def walk_in_or_404(session: Session, fair: Fair, walk_in_id: int) -> WalkIn:
    """Return somebody who was counted at a fair."""
    found = session.scalar(select(WalkIn).where(WalkIn.id == walk_in_id, WalkIn.fair_id == fair.id))
    return found or abort(404)


def manages(viewer: Viewer | None, fair: Fair) -> bool:
    """Whether the viewer runs a fair."""
    return allowed(viewer, MANAGE, fair)


def _counts(session: Session, fair_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    if not fair_ids:
        return {}
    rows: Any = session.execute(
        select(Booth.fair_id, func.count(Booth.id.distinct()), func.count(BoothPost.post_id))
        .outerjoin(BoothPost, BoothPost.booth_id == Booth.id)
        .where(Booth.fair_id.in_(fair_ids))
        .group_by(Booth.fair_id)
    )
    return {row[0]: (row[1], row[2]) for row in rows}
