"""What the station brought about in a period, by grid and by company; each figure is a list.

A figure is counted from the very statement that gives the list behind it, so both agree. Nobody is
named in either: rows are numbers of wishes and referrals. ``docs/jobs.md`` says what each means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import Interval, String, and_, cast, func, literal, or_, select, union_all

from intranet import clock
from intranet.access import Permission, Viewer, scope_condition
from intranet.jobs.models import (
    FOLLOW_UP_DAYS,
    Channel,
    Company,
    FollowUp,
    JobPost,
    Placement,
    Reached,
    Referral,
    ReferralStep,
    ReferralVerb,
    Wish,
    WishStep,
)
from intranet.jobs.queries.referrals import readable
from intranet.register.models import Party

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

PAGE = 100
LINES = 200  # grids or companies on a page of a table; a workbook has them all
VIEW = Permission.JOBS_DESK_VIEW
SPOKEN_DAYS = (1, 3, 7)
FACE_TO_FACE = (Channel.DESK, Channel.VISIT)  # who sits opposite has been spoken to


class By(StrEnum):
    """What a table has a row for."""

    GRID = "grid"
    COMPANY = "company"


@dataclass(frozen=True, slots=True)
class Period:
    """Some days, both ends included, in Beijing."""

    since: date
    until: date

    def holds(self, moment: Any) -> Any:
        """Return the condition that a moment lies in it."""
        ends = clock.midnight(self.until + timedelta(days=1))
        return and_(moment >= clock.midnight(self.since), moment < ends)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for which figures, and the day it is."""

    viewer: Viewer
    period: Period
    by: By
    today: date


Line = tuple[str, str, dict[str, int]]  # key, name, figures; a grid has no name here


@dataclass(frozen=True, slots=True)
class Lines:
    """A page of a table: its lines, how many stand before them, and the key to go on behind."""

    rows: Sequence[Line]
    before: int
    after: str  # empty where these are the last


@dataclass(frozen=True, slots=True)
class Table:
    """One table: a row for each grid or company with its figures, those of none left out."""

    by: By
    rows: Sequence[Line]
    total: dict[str, int]

    def page(self, after: str = "") -> Lines:
        """Return the lines behind the one of a key, a page at most; from the first without one."""
        place = next((n for n, row in enumerate(self.rows, 1) if row[0] == after), 0)
        shown = self.rows[place : place + LINES]
        more = shown[-1][0] if self.rows[place + LINES :] else ""
        return Lines(shown, place, more)


@dataclass(frozen=True, slots=True)
class Behind:
    """One row behind a figure: the number of a wish or a referral, and its day."""

    id: int
    day: date
    is_open: bool  # the viewer may read its page: work done here may be of a wish from elsewhere


OF_WISHES = ("filed", *(f"spoken_{days}" for days in SPOKEN_DAYS))
OF_WORK = (
    "referred",
    "interviewed",
    "placed",
    *(f"{what}_{days}" for days in FOLLOW_UP_DAYS for what in ("due", "still")),
)
FIGURES: dict[By, tuple[str, ...]] = {
    By.GRID: (*OF_WISHES, *OF_WORK, "filled"),
    By.COMPANY: OF_WORK,
}


def table(session: Session, asked: Asked) -> Table:
    """Return a period's figures; one query, and one more for the names of companies."""
    by, counted = asked.by, []
    for what in FIGURES[by]:
        one = _behind(session, asked, what).subquery()
        name = cast(one.c.key, String)
        counted.append(select(literal(what), name, func.count()).group_by(one.c.key))
    of_key: dict[str, dict[str, int]] = {}
    for what, key, count in session.execute(union_all(*counted)):
        of_key.setdefault(key, dict.fromkeys(FIGURES[by], 0))[what] = count
    names = _names(session, asked.viewer) if by is By.COMPANY else {}
    keys = sorted(of_key, key=lambda one: (names.get(one, ""), one))
    total = {what: sum(of_key[key][what] for key in keys) for what in FIGURES[by]}
    return Table(by, [(key, names.get(key, ""), of_key[key]) for key in keys], total)


def behind(
    session: Session, asked: Asked, what: str, *, key: str, after: int = 0
) -> tuple[list[Behind], int | None]:
    """Return some of what a figure counts, and where to go on; an empty key is the sum line's.

    Two queries.
    """
    counted = _behind(session, asked, what).subquery()
    found = select(counted.c.id, counted.c.at).where(counted.c.id > after)
    if key:
        found = found.where(cast(counted.c.key, String) == key)
    rows = session.execute(found.order_by(counted.c.id).limit(PAGE + 1)).all()
    mine = _readable(session, asked.viewer, what, [row[0] for row in rows[:PAGE]])
    listed = [Behind(row[0], _day(row[1]), row[0] in mine) for row in rows[:PAGE]]
    return listed, listed[-1].id if len(rows) > PAGE else None


def _readable(session: Session, viewer: Viewer, what: str, ids: Sequence[int]) -> set[int]:
    if what in OF_WISHES:
        own = scope_condition(Wish.grid_path, viewer, Permission.JOBS_WISH_VIEW)
        return set(session.scalars(select(Wish.id).where(Wish.id.in_(ids), own)))
    return readable(session, viewer, ids)


def _day(found: datetime | date) -> date:
    return clock.day_of(found) if isinstance(found, datetime) else found


def _behind(session: Session, asked: Asked, what: str) -> Any:
    """Return the statement of a figure: key, number and moment of each thing that it counts."""
    if what in OF_WISHES:
        return _of_wishes(session, asked, what)
    name, _sign, days = what.partition("_")
    place = JobPost.grid_path if asked.by is By.COMPANY or what == "filled" else Wish.grid_path
    key = JobPost.company_id if asked.by is By.COMPANY else place
    here, period = scope_condition(place, asked.viewer, VIEW), asked.period
    if name in {"due", "still"}:
        due = _followed(key, period, int(days), asked.today).where(here)
        return due.where(FollowUp.still_there.is_(True)) if name == "still" else due
    if name in {"placed", "filled"}:
        until = min(period.until, asked.today)  # who is to begin has not begun
        begun = Placement.starts_on.between(period.since, until)
        placed = _referrals(key, Placement.starts_on).join(
            Placement, Placement.referral_id == Referral.id
        )
        return placed.where(here, Placement.undone_at.is_(None), begun)
    if name == "interviewed":
        invited = _invited(period)
        return _referrals(key, invited).where(here, invited.is_not(None))
    return _referrals(key, Referral.made_at).where(here, period.holds(Referral.made_at))


def _invited(period: Period) -> Any:
    """Return when a referral's seeker was first asked to an interview within a period."""
    return (
        select(func.min(ReferralStep.at))
        .where(
            ReferralStep.referral_id == Referral.id,
            ReferralStep.verb == ReferralVerb.INVITE,
            period.holds(ReferralStep.at),
        )
        .scalar_subquery()
    )


def _of_wishes(session: Session, asked: Asked, what: str) -> Any:
    columns = (Wish.grid_path.label("key"), Wish.id.label("id"), Wish.made_at.label("at"))
    here = scope_condition(Wish.grid_path, asked.viewer, VIEW)
    filed = select(*columns).where(here, asked.period.holds(Wish.made_at))
    if what == "filed":
        return filed
    days = int(what.rpartition("_")[2])
    is_spoken = WishStep.reached == Reached.SPOKEN
    step = select(WishStep.id).where(WishStep.wish_id == Wish.id, is_spoken)
    spoken = step.where(_within(session, days)).exists()
    return filed.where(or_(Wish.channel.in_(FACE_TO_FACE), spoken))


def _within(session: Session, days: int) -> Any:
    """Return the condition that a step came at most so many times 24 hours after its wish."""
    if session.get_bind().dialect.name == "postgresql":
        return WishStep.at <= Wish.made_at + literal(timedelta(days=days), Interval)
    passed = func.julianday(WishStep.at) - func.julianday(Wish.made_at)
    return passed <= days + 1e-6  # days in floating point are exact to a few microseconds


def _followed(key: Any, period: Period, days: int, today: date) -> Any:
    """Return follow-ups that came due by today; whoever had left before is due, and not there."""
    return (
        _referrals(key, FollowUp.due_on)
        .join(Placement, Placement.referral_id == Referral.id)
        .join(FollowUp, FollowUp.placement_id == Placement.id)
        .where(
            Placement.undone_at.is_(None),
            FollowUp.days == days,
            FollowUp.due_on.between(period.since, min(period.until, today)),
        )
    )


def _referrals(key: Any, at: Any) -> Any:
    return (
        select(key.label("key"), Referral.id.label("id"), at.label("at"))
        .select_from(Referral)
        .join(Wish, Wish.id == Referral.wish_id)
        .join(JobPost, JobPost.id == Referral.post_id)
    )


def _names(session: Session, viewer: Viewer) -> dict[str, str]:
    """Return the names of all companies with posts in the viewer's grids, by their keys."""
    offering = select(JobPost.company_id).where(scope_condition(JobPost.grid_path, viewer, VIEW))
    rows = session.execute(
        select(Company.id, Party.public_name)
        .join(Party, Party.id == Company.party_id)
        .where(Company.id.in_(offering))
    )
    return {str(row[0]): row[1] for row in rows}
