"""Two job fairs in the demo town: one that was, with what came of it, and one next Saturday."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from intranet import clock
from intranet.access import Viewer
from intranet.errors import DomainError
from intranet.jobs import operations
from intranet.jobs.models import (
    Booth,
    BoothPost,
    Company,
    CompanyState,
    Fair,
    FairPass,
    FairVerb,
    InterviewSlot,
    JobPost,
    PostState,
    Seeker,
    Wish,
    WishState,
)
from intranet.jobs.operations import FairFacts, FairResult
from intranet.workbench.demo.points import people_of

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from intranet.workbench.demo.build import Built

NINE, NOON = 9 * 60, 12 * 60
SATURDAY = 5
PAST_BOOTHS, NEXT_BOOTHS, PASSES, WALK_INS = 24, 18, 40, 63
WORDS = "免费入场。带身份证复印件，有健康证、上岗证的请一并带来。公交 W12 路到场镇口站，下车就到。"


def make_fairs(session: Session, built: Built, at: datetime) -> int:
    """Hold one fair some weeks ago and announce the next; return how many."""
    by = people_of(session)["station"]
    today = clock.day_of(at)
    ahead = (SATURDAY - today.weekday()) % 7 or 7
    _hold(session, built, by, today + timedelta(days=ahead - 21))
    coming = _plan(
        session, built, by, at, day=today + timedelta(days=ahead), title="“家门口”冬季招聘会"
    )
    _furnish(session, coming, by, at, NEXT_BOOTHS)
    for seeker in _seekers(session, built, 12):
        operations.give_pass(session, actor=by, at=at, fair=coming, seeker=seeker)
    return 2


def _plan(
    session: Session, built: Built, by: Viewer, at: datetime, *, day: date, title: str
) -> Fair:
    facts = FairFacts(
        title=title,
        held_on=day,
        from_minute=NINE,
        to_minute=NOON,
        place="社区党群服务中心坝子",
        address="场镇正街 1 号",
        words=WORDS,
        capacity=300,
    )
    path = built.community.path
    return operations.plan_fair(session, actor=by, at=at, grid_path=path, facts=facts)


def _furnish(session: Session, fair: Fair, by: Viewer, at: datetime, count: int) -> list[Booth]:
    """Give the companies with most posts that can be had a booth, some with interviews."""
    live = JobPost.state == PostState.PUBLISHED
    companies = session.scalars(
        select(Company)
        .join(JobPost, JobPost.company_id == Company.id)
        .where(Company.state == CompanyState.VERIFIED, live)
        .where(Company.grid_path.startswith(fair.grid_path))
        .group_by(Company.id)
        .order_by(func.count(JobPost.id).desc(), Company.id)
        .limit(count)
    ).all()
    made: list[Booth] = []
    act: dict[str, Any] = {"actor": by, "at": at, "fair": fair}
    for n, company in enumerate(companies):
        booth = operations.add_booth(session, company=company, number=None, **act)
        if n % 3 == 0:
            facts: dict[str, Any] = {"minutes": 15, "places": 2, "rounds": 6}
            operations.add_slots(session, booth=booth, from_minute=NINE + 30, **facts, **act)
        _choose(session, booth, n, act)
        made.append(booth)
    return made


def _choose(session: Session, booth: Booth, n: int, act: dict[str, Any]) -> None:
    """Have a company bring four to eight of its posts."""
    brought = select(BoothPost.post_id).where(BoothPost.booth_id == booth.id)
    ids = session.scalars(brought.order_by(BoothPost.post_id).limit(4 + n % 5)).all()
    operations.choose_posts(session, booth=booth, version=booth.version, post_ids=ids, **act)


def _seekers(session: Session, built: Built, count: int) -> list[Seeker]:
    """Return some who look for work, those who wait longest first."""
    found = session.scalars(
        select(Seeker)
        .join(Wish, Wish.seeker_id == Seeker.id)
        .where(Wish.state == WishState.OPEN, Seeker.grid_path.startswith(built.community.path))
        .order_by(Wish.id)
        .limit(count)
    )
    return list(found)


def _hold(session: Session, built: Built, by: Viewer, day: date) -> None:
    """Hold a fair from its announcement to what was counted on the day."""
    dice = Random(2)  # noqa: S311 — the same fair each time
    fair = _plan(session, built, by, _moment(day, NINE, -10), day=day, title="“金秋送岗”现场招聘会")
    booths = _furnish(session, fair, by, _moment(day, NINE, -8), PAST_BOOTHS)
    handed = [
        operations.give_pass(session, actor=by, at=_moment(day, NINE, -2), fair=fair, seeker=seeker)
        for seeker in _seekers(session, built, PASSES)
    ]
    _book(session, fair, by, handed)
    _move(session, fair, by, FairVerb.OPEN, NINE)
    for n, given in enumerate(handed):
        if n % 5 != 4:
            when = fair.moment(NINE + 3 + n * 2)
            operations.check_in(session, actor=by, at=when, fair=fair, token=given.token)
    for n in range(WALK_INS):
        operations.count_walk_in(session, actor=by, at=fair.moment(NINE + 5 + n * 2), fair=fair)
    _refer(session, fair, by, handed)
    _move(session, fair, by, FairVerb.CLOSE, NOON)
    for booth in booths:
        visitors = dice.randrange(4, 26)
        intentions = visitors // 3
        told = FairResult(visitors, intentions, intentions // 3)
        operations.enter_result(
            session,
            actor=by,
            at=fair.moment(NOON + 20),
            fair=fair,
            booth=booth,
            version=booth.version,
            result=told,
        )


def _book(session: Session, fair: Fair, by: Viewer, handed: list[FairPass]) -> None:
    slots = session.scalars(
        select(InterviewSlot)
        .join(Booth, Booth.id == InterviewSlot.booth_id)
        .where(Booth.fair_id == fair.id)
        .order_by(InterviewSlot.id)
    ).all()
    at = _moment(fair.held_on, NINE, -1)
    for given, slot in zip(handed[::2], slots, strict=False):
        operations.book(session, actor=by, at=at, fair=fair, given=given, slot=slot)


def _refer(session: Session, fair: Fair, by: Viewer, handed: list[FairPass]) -> None:
    """Refer every third of those who came to a post of the fair; the others are followed up."""
    posts = session.scalars(
        select(JobPost)
        .join(BoothPost, BoothPost.post_id == JobPost.id)
        .join(Booth, Booth.id == BoothPost.booth_id)
        .where(Booth.fair_id == fair.id, JobPost.openings_left > 1)
        .order_by(JobPost.id)
    ).all()
    at = fair.moment(NOON - 20)
    for given, post in zip((one for one in handed[::3] if one.used_at), posts, strict=False):
        try:
            operations.refer_at_fair(session, actor=by, at=at, fair=fair, given=given, post=post)
        except DomainError:
            continue  # whoever found work meanwhile, or was referred there before


def _move(session: Session, fair: Fair, by: Viewer, verb: FairVerb, minute: int) -> None:
    at = fair.moment(minute)
    operations.move_fair(session, actor=by, at=at, fair=fair, version=fair.version, verb=verb)


def _moment(day: date, minute: int, days: int) -> datetime:
    return datetime.combine(day + timedelta(days=days), datetime.min.time(), clock.BEIJING) + (
        timedelta(minutes=minute)
    )
