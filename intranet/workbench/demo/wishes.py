"""Wishes for work in the demo town: 232 of them, some referred, some placed and followed up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from intranet.access import Viewer
from intranet.clock import BEIJING
from intranet.errors import DomainError
from intranet.grids.models.boundaries import read_boundary
from intranet.jobs import operations
from intranet.jobs.models import (
    Channel,
    EndReason,
    FollowUp,
    JobPost,
    PayUnit,
    PostState,
    Reached,
    Referral,
    Skill,
    Wish,
    WishOccupation,
    WishState,
)
from intranet.jobs.operations import Answer, Content, Hours, Person, Terms, Trade
from intranet.workbench.demo.names import Names
from intranet.workbench.demo.points import people_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from intranet.grids.models import Grid
    from intranet.workbench.demo.build import Built

WISHES, REFERRALS = 232, 40
WEEKDAYS, EVERY_DAY = 0b0011111, 0b1111111


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort of wish, as a market town has them."""

    codes: tuple[str, ...]
    hours: tuple[Hours, ...] = ()
    floor: tuple[int, PayUnit] | None = None  # yuan
    walk: int = 30
    skills: tuple[str, ...] = ()
    months: int | None = None
    night_ok: bool = False
    words: str = ""


BEFORE_FETCHING = Hours(WEEKDAYS, 8 * 60, 16 * 60 + 20)
MORNINGS = Hours(EVERY_DAY, 7 * 60, 12 * 60 + 30)
SORTS = (
    Sort(
        ("4-09-08-01", "4-10-01-06"),
        (BEFORE_FETCHING,),
        (2500, PayUnit.MONTH),
        20,
        ("打扫保洁", "做家常菜", "健康证"),
        36,
        words="下午四点半要接外孙",
    ),
    Sort(("4-03-02-05",), (BEFORE_FETCHING,), (2800, PayUnit.MONTH), 30, ("健康证", "端菜点单")),
    Sort(("4-10-01-05", "4-14-01-02"), (), (3800, PayUnit.MONTH), 45, ("健康证", "照护老人"), 24),
    Sort(("4-07-05-01",), (), (3000, PayUnit.MONTH), 30, ("保安员证",), 60, night_ok=True),
    Sort(("4-01-02-03", "4-01-02-04"), (), (2800, PayUnit.MONTH), 20, ("收银", "导购")),
    Sort(("6-05-01-03",), (MORNINGS,), (16, PayUnit.HOUR), 20, ("踩缝纫机",), 60),
    Sort(("4-02-07-08", "4-10-08-01"), (), (4500, PayUnit.MONTH), 60, ("骑电动车送货",)),
    Sort(("6-18-02-01", "6-31-05-00"), (), (4500, PayUnit.MONTH), 45, (), 12, night_ok=True),
    Sort(("5-01-02-02", "4-02-05-01"), (), (100, PayUnit.DAY), 45, ("种菜", "装卸搬运")),
    Sort(("3-01-01-01", "4-07-02-03"), (), (3000, PayUnit.MONTH), 45, ("办公软件", "打字")),
    Sort(("4-10-01-06",), (MORNINGS,), (20, PayUnit.HOUR), 20, ("健康证", "收纳整理"), 12),
    Sort(("6-31-01-03", "6-18-02-04"), (), (4500, PayUnit.MONTH), 60, ("低压电工作业证",), 36),
)
# Filed at the desk, then once more at the touch screen, which knows no given names.
AGAIN = {224: 220, 229: 225}
CHANNELS = (Channel.DESK, Channel.VISIT, Channel.VISIT, Channel.PHONE, Channel.KIOSK)


def make_wishes(session: Session, built: Built, at: datetime) -> int:
    """File the wishes, in the order of time, and lead some to work; return how many."""
    dice = Random(232)  # noqa: S311 — the same town each time
    skills = dict(session.execute(select(Skill.name, Skill.id)).all())
    people, names, made = people_of(session), Names(dice), []
    known: dict[int, Person] = {}
    for n in range(WISHES):
        ago = timedelta(days=(WISHES - n) / 6, minutes=dice.randrange(300))
        town = _Town(names, skills, people, at - ago, known)
        made.append(_file(session, built.micros[n % 9], n, town))
    for wish in made[: WISHES - 24]:
        spoken = wish.made_at + timedelta(hours=dice.randrange(3, 60))
        _ring(session, wish, people["micro"], min(spoken, at), dice)
    _lead(session, made, people["station"], at)
    # Nearly everybody was spoken to within three days; a few were not, and stand in red.
    waiting = [one for one in made[: WISHES - 24] if one.state is WishState.OPEN]
    for n, wish in enumerate(waiting):
        if n % 9:
            operations.contact(
                session,
                actor=people["micro"],
                at=at - timedelta(hours=dice.randrange(2, 70)),
                wish=wish,
                reached=Reached.SPOKEN,
            )
    return len(made)


class _Town(NamedTuple):
    names: Names
    skills: dict[str, int]
    people: dict[str, Viewer]
    at: datetime
    known: dict[int, Person]  # by the number of the wish


def _file(session: Session, micro: Grid, number: int, town: _Town) -> Wish:
    names, skills, people, at, known = town
    sort, channel = SORTS[number % len(SORTS)], CHANNELS[number % len(CHANNELS)]
    floor = sort.floor
    place = None
    if micro.boundary_wgs84:
        longitude, latitude = read_boundary(micro.boundary_wgs84).middle
        place = (latitude, longitude)
    content = Content(
        trades=[Trade(code, sort.months) for code in sort.codes],
        hours=sort.hours,
        skill_ids=[skills[one] for one in sort.skills],
        place=place,
        max_walk_minutes=sort.walk,
        pay_floor_fen=floor[0] * 100 if floor else None,
        pay_unit=floor[1] if floor else None,
        night_ok=sort.night_ok,
        words=sort.words,
    )
    who = Person(names.person(), names.phone(), legal_age=True, consents=True)
    if number in AGAIN:
        first = known[AGAIN[number]]
        who = replace(first, name=f"{first.name[0]}某")
    known[number] = who
    is_seen = channel in {Channel.DESK, Channel.VISIT}
    return operations.file_wish(
        session,
        actor=people["station" if channel is Channel.DESK else "micro"] if is_seen else None,
        at=at,
        grid_path=micro.path,
        person=who,
        content=content,
        channel=channel,
        is_another=True,
    )


def _ring(session: Session, wish: Wish, by: Viewer, at: datetime, dice: Random) -> None:
    reached = Reached.SPOKEN if dice.random() < 0.85 else Reached.NO_ANSWER
    operations.contact(session, actor=by, at=at, wish=wish, reached=reached)


def _lead(session: Session, made: list[Wish], by: Viewer, at: datetime) -> None:
    """Refer some, and let every second of them come to work in time to be followed up."""
    for n, wish in enumerate(made[:REFERRALS]):
        post = _post_for(session, wish)
        if post is None:
            continue
        begun = at - timedelta(days=30 - n // 2)
        try:
            referral = operations.refer(
                session,
                actor=by,
                at=begun,
                wish=wish,
                post=post,
                seen=None,
                channel=Channel.DESK,
            )
        except DomainError:
            continue
        if n % 2 == 0:
            day = (begun + timedelta(days=3)).astimezone(BEIJING).date()
            terms = Terms(day, post.pay_min_fen, post.pay_unit, has_contract=n % 4 == 0)
            placed = operations.place(
                session,
                actor=by,
                at=begun + timedelta(days=2),
                referral=referral,
                version=referral.version,
                terms=terms,
            )
            _follow(session, placed.id, by, at)
        else:
            _go_on(session, referral, n // 2 % 4, by, at)


def _go_on(session: Session, referral: Referral, how_far: int, by: Viewer, at: datetime) -> None:
    """Leave a referral as it is, or have it be asked to an interview, offered or ended."""
    if how_far == 0:
        return
    act: dict[str, Any] = {"actor": by, "at": at - timedelta(hours=17), "referral": referral}
    soon = at.astimezone(BEIJING).replace(hour=15, minute=0, second=0, microsecond=0)
    when = max(soon, at + timedelta(hours=1)) + timedelta(days=referral.id % 3)
    place = "单位门口，找人事"
    operations.invite(session, version=referral.version, when=when, place=place, **act)
    if how_far == 2:
        operations.offer(session, version=referral.version, words="周一可以来上班", **act)
    elif how_far == 3:
        why = EndReason.COMPANY_DECLINED if referral.id % 2 else EndReason.SEEKER_DECLINED
        operations.end_referral(session, version=referral.version, reason=why, **act)


def _post_for(session: Session, wish: Wish) -> JobPost | None:
    codes = select(WishOccupation.code).where(WishOccupation.wish_id == wish.id)
    return session.scalar(
        select(JobPost)
        .where(
            JobPost.occupation_code.in_(codes),
            JobPost.state == PostState.PUBLISHED,
            JobPost.openings_left > 1,
        )
        .order_by(JobPost.id)
        .limit(1)
    )


def _follow(session: Session, placement_id: int, by: Viewer, at: datetime) -> None:
    """Have whoever was due a week ago or longer be followed up; the newer ones wait."""
    today = at.astimezone(BEIJING).date()
    due = session.scalars(
        select(FollowUp).where(
            FollowUp.placement_id == placement_id, FollowUp.due_on < today - timedelta(days=7)
        )
    ).all()
    for one in due:
        answer = Answer(still_there=True, fee_asked=False, as_posted=True, words="")
        operations.follow_up(session, actor=by, at=at, due=one, answer=answer)
