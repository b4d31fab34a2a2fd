"""Booths: a verified company with a number, the posts it brings, and what it counted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.acts import Act
from intranet.errors import DomainError, InputError
from intranet.jobs.models import (
    COMING,
    HELD,
    Booth,
    BoothPost,
    Company,
    CompanyState,
    Fair,
    FairReferral,
    InterviewSlot,
    JobPost,
    PostState,
    SlotBooking,
)
from intranet.jobs.operations.deeds import changed_meanwhile, take_company
from intranet.jobs.operations.fairs.planning import must_be, note, take_fair

BOOTHS_MAX, POSTS_MAX, COUNT_MAX = 300, 50, 100_000


@dataclass(frozen=True, slots=True)
class Result:
    """What a company counted at its booth on the day."""

    visitors: int
    intentions: int
    offers: int


def add_booth(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    fair: Fair,
    company: Company | None,
    number: int | None,
    address: str = "",
) -> Booth:
    """Give a company a booth, the next free one where no number is said.

    Its live posts come along, up to POSTS_MAX; which of them is chosen afterwards. Raises
    InputError (``company``, ``number``), DomainError.
    """
    act = Act(actor, at, address)
    take_fair(session, fair)
    must_be(fair, *COMING)
    if company is None:
        raise InputError("Choose one of the list", "company")
    take_company(session, company)
    if company.state is not CompanyState.VERIFIED or not _is_here(company, fair):
        raise InputError("Only a verified company of this community has a booth", "company")
    asked = select(Booth.number, Booth.company_id).where(Booth.fair_id == fair.id)
    taken = {one.number: one.company_id for one in session.execute(asked)}
    if company.id in taken.values():
        raise InputError("This company has a booth already", "company")
    if len(taken) >= BOOTHS_MAX:
        raise DomainError("A fair has at most %(most)s booths", most=BOOTHS_MAX)
    chosen = number or next(n for n in range(1, BOOTHS_MAX + 1) if n not in taken)
    if chosen in taken:
        raise InputError("This number is another company's", "number")
    if not 0 < chosen <= BOOTHS_MAX:
        raise InputError("A number from 1 to %(most)s", "number", most=BOOTHS_MAX)
    booth = Booth(fair_id=fair.id, number=chosen, company_id=company.id)
    session.add(booth)
    session.flush()
    for post_id in _live_posts(session, company.id)[:POSTS_MAX]:
        session.add(BoothPost(booth_id=booth.id, post_id=post_id))
    session.flush()
    note(session, act, "jobs:fair:add_booth", fair, booth, company=company.id)
    return booth


def choose_posts(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    fair: Fair,
    booth: Booth,
    version: int,
    post_ids: Collection[int],
    address: str = "",
) -> None:
    """Choose which live posts of the company are brought; the others stay at home.

    Posts that were brought and are over meanwhile stay noted. Raises InputError (``posts``).
    """
    act = Act(actor, at, address)
    take_booth(session, fair, booth, version)
    must_be(fair, *COMING)
    take_company(session, session.get_one(Company, booth.company_id))
    live, wanted = set(_live_posts(session, booth.company_id)), set(post_ids)
    if wanted - live:
        raise InputError("Choose from the list", "posts")
    if len(wanted) > POSTS_MAX:
        raise InputError("At most %(most)s posts at one booth", "posts", most=POSTS_MAX)
    brought = set(session.scalars(select(BoothPost.post_id).where(BoothPost.booth_id == booth.id)))
    left = (brought & live) - wanted
    session.execute(
        delete(BoothPost).where(BoothPost.booth_id == booth.id, BoothPost.post_id.in_(left))
    )
    for post_id in sorted(wanted - brought):
        session.add(BoothPost(booth_id=booth.id, post_id=post_id))
    booth.version += 1
    session.flush()
    note(session, act, "jobs:fair:choose_posts", fair, booth, posts=len(wanted))


def remove_booth(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    fair: Fair,
    booth: Booth,
    version: int,
    address: str = "",
) -> None:
    """Take a booth away before anything happened at it. Raises DomainError."""
    act = Act(actor, at, address)
    take_booth(session, fair, booth, version)
    must_be(fair, *COMING)
    booked = select(func.count()).select_from(SlotBooking).join(InterviewSlot)
    sent = select(func.count()).select_from(FairReferral)
    if session.scalar(booked.where(InterviewSlot.booth_id == booth.id)) or session.scalar(
        sent.where(FairReferral.booth_id == booth.id)
    ):
        raise DomainError("Interviews or referrals were made at this booth; it stays")
    note(session, act, "jobs:fair:remove_booth", fair, booth, company=booth.company_id)
    for model in (InterviewSlot, BoothPost):
        session.execute(delete(model).where(model.booth_id == booth.id))
    session.delete(booth)
    session.flush()


def enter_result(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    fair: Fair,
    booth: Booth,
    version: int,
    result: Result,
    address: str = "",
) -> None:
    """Write down what a company counted. Raises InputError beside the number, DomainError."""
    act = Act(actor, at, address)
    take_booth(session, fair, booth, version)
    must_be(fair, *HELD)
    for name in ("visitors", "intentions", "offers"):
        if not 0 <= getattr(result, name) <= COUNT_MAX:
            raise InputError("Between 0 and %(most)s", name, most=COUNT_MAX)
    if result.intentions > result.visitors:
        raise InputError("Not more than came to the booth", "intentions")
    if result.offers > result.intentions:
        raise InputError("Not more than came to an understanding", "offers")
    booth.visitors, booth.intentions, booth.offers = (
        result.visitors,
        result.intentions,
        result.offers,
    )
    session.flush()
    note(session, act, "jobs:fair:enter_result", fair, booth, offers=result.offers)


def take_booth(session: Session, fair: Fair, booth: Booth, version: int | None = None) -> None:
    """Take a booth for a change, its fair first, always in this order."""
    take_fair(session, fair)
    session.refresh(booth, with_for_update=True)
    if version is not None and booth.version != version:
        raise changed_meanwhile()


def _is_here(company: Company, fair: Fair) -> bool:
    return company.grid_path.startswith(fair.grid_path)


def _live_posts(session: Session, company_id: int) -> list[int]:
    state = JobPost.state == PostState.PUBLISHED
    asked = select(JobPost.id).where(JobPost.company_id == company_id, state)
    return list(session.scalars(asked.order_by(JobPost.id.desc())))
