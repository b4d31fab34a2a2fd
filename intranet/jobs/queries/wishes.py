"""Wishes as pages show them: whom to ring today, one wish, and what may be chosen in a form."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import abort
from sqlalchemy import and_, case, func, or_, select

from intranet import clock
from intranet.access import Permission, Viewer, scope_condition
from intranet.db import within
from intranet.grids.models import Grid
from intranet.grids.models.boundaries import read_boundary
from intranet.jobs.models import (
    AskedPost,
    JobPost,
    Occupation,
    Referral,
    ReferralState,
    Seeker,
    SeekerContact,
    Skill,
    SkillKind,
    Wish,
    WishHours,
    WishOccupation,
    WishSkill,
    WishState,
    WishStep,
)
from intranet.jobs.queries.cursors import behind, heard, told
from intranet.people.models import Account
from intranet.register.models import PersonalField

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

PAGE = 50
REACH_WITHIN = timedelta(days=3)  # nobody waits longer for a word
SOON = timedelta(days=2)
VIEW = Permission.JOBS_WISH_VIEW
ASKING = (WishState.OPEN, WishState.REFERRED)  # in which a post that was asked for waits
TRADES_MAX = 12  # of what was typed, so many are offered


@dataclass(frozen=True, slots=True)
class WishRow:
    """One wish of a list, with what its line says."""

    wish: Wish
    name: str  # masked
    trades: Sequence[str]
    hours: Sequence[tuple[int, int, int]]  # weekdays, from and to in minutes
    grid: str
    referrals: int  # under way
    asked: Sequence[str]  # posts asked for since somebody spoke to the seeker

    def light(self, now: datetime) -> str:
        """How long nobody has spoken to the seeker: green, yellow, red, or none at all."""
        return light(self.wish, now)


@dataclass(frozen=True, slots=True)
class WishFilter:
    """What the list is narrowed to."""

    state: WishState | None = WishState.OPEN
    grid_path: str = ""
    to_ring: bool = False  # only whom nobody has spoken to yet, or not for REACH_WITHIN
    filed_on: date | None = None  # of this day only, in Beijing, whatever became of them


@dataclass(frozen=True, slots=True)
class WishPage:
    """Some wishes, and where the next page begins."""

    rows: Sequence[WishRow]
    after: str  # empty where it is the last one


@dataclass(frozen=True, slots=True)
class Whole:
    """One wish with all that belongs to it."""

    wish: Wish
    seeker: Seeker
    contacts: dict[PersonalField, str]  # masked
    trades: Sequence[tuple[Occupation, int | None]]
    hours: Sequence[WishHours]
    skills: Sequence[Skill]
    steps: Sequence[tuple[WishStep, str]]  # with the name of whoever did it
    referrals: Sequence[tuple[Referral, JobPost]]
    grid: str
    member: str

    @property
    def grid_path(self) -> str:
        """Where it lies, for the policy."""
        return self.wish.grid_path

    @property
    def party_id(self) -> int | None:
        """Whose it is, for the policy; nobody's as long as it may be another's."""
        return None if self.wish.is_held(clock.now()) else self.seeker.party_id


def light(wish: Wish, now: datetime) -> str:
    """Return the light of a wish: red where a seeker has waited for a word for three days."""
    if wish.state is not WishState.OPEN and (wish.asked_at is None or wish.state not in ASKING):
        return ""
    waited = now - since(wish, now)
    return "red" if waited > REACH_WITHIN else "yellow" if waited > SOON else "green"


def wishes(
    session: Session,
    viewer: Viewer,
    wanted: WishFilter,
    *,
    now: datetime,
    after: str = "",
    most: int = PAGE,
) -> WishPage:
    """Return some wishes of the viewer's grids, ``most`` at most; seven queries.

    Whom to ring: who has waited longest for a word first. Else the newest first. ``after`` is what
    the page before said.
    """
    asked = select(Wish).where(scope_condition(Wish.grid_path, viewer, VIEW))
    if wanted.grid_path:
        asked = asked.where(within(Wish.grid_path, wanted.grid_path))
    if wanted.to_ring:
        last = heard(after, datetime, int)
        asked = asked.where(_waits(now), *([behind((_since(now), Wish.id), last)] if last else ()))
        asked = asked.order_by(_since(now), Wish.id)
    else:
        if wanted.filed_on is not None:
            asked = asked.where(_filed_on(wanted.filed_on))
        elif wanted.state is not None:
            asked = asked.where(Wish.state == wanted.state)
        last = heard(after, int)
        if last:
            asked = asked.where(Wish.id < last[0])
        asked = asked.order_by(Wish.id.desc())
    found = session.scalars(asked.limit(most + 1)).all()
    shown = found[:most]
    return WishPage(rows_of(session, shown), _next(shown[-1], wanted, now) if found[most:] else "")


def _next(last: Wish, wanted: WishFilter, now: datetime) -> str:
    return told(since(last, now), last.id) if wanted.to_ring else told(last.id)


def counts(session: Session, viewer: Viewer, *, now: datetime) -> dict[str, int]:
    """Return how many wishes of the viewer's grids are in each state; one query.

    Also ``ring``, how many wait for a word, ``late``, how many of them for more than REACH_WITHIN,
    and ``today``, how many were filed today.
    """
    today = _filed_on(clock.day_of(now))
    waits = func.count().filter(_waits(now))
    late = func.count().filter(_waits(now), _since(now) < now - REACH_WITHIN)
    rows = session.execute(
        select(Wish.state, func.count(), waits, func.count().filter(today), late)
        .where(scope_condition(Wish.grid_path, viewer, VIEW))
        .group_by(Wish.state)
    ).all()
    found = {row[0].value: row[1] for row in rows}
    return found | {
        "ring": sum(row[2] for row in rows),
        "today": sum(row[3] for row in rows),
        "late": sum(row[4] for row in rows),
    }


def wish_or_404(session: Session, viewer: Viewer, wish_id: int) -> Whole:
    """Return one wish of the viewer's grids, or one's own; nine queries."""
    seen = or_(scope_condition(Wish.grid_path, viewer, VIEW), is_own(viewer))
    return whole_or_404(session, wish_id, seen)


def whole_or_404(session: Session, wish_id: int, *besides: Any) -> Whole:
    """Return one wish with all that belongs to it, where it is as ``besides`` says."""
    row = session.execute(
        select(Wish, Seeker, Grid.name, Account.display_name)
        .join(Seeker, Seeker.id == Wish.seeker_id)
        .join(Grid, Grid.path == Wish.grid_path)
        .outerjoin(Account, Account.id == Wish.member_id)
        .where(Wish.id == wish_id, *besides)
    ).one_or_none()
    if row is None:
        abort(404)
    wish, seeker, grid, member = row
    return Whole(
        wish=wish,
        seeker=seeker,
        contacts=contacts_of(session, [seeker.id]).get(seeker.id, {}),
        trades=_trades(session, wish_id),
        hours=_all(session, select(WishHours).where(WishHours.wish_id == wish_id)),
        skills=_all(
            session,
            select(Skill)
            .join(WishSkill, WishSkill.skill_id == Skill.id)
            .where(WishSkill.wish_id == wish_id)
            .order_by(Skill.id),
        ),
        steps=_steps(session, wish_id),
        referrals=_referrals(session, wish_id),
        grid=grid,
        member=member or "",
    )


def own_wish(session: Session, viewer: Viewer) -> int | None:
    """Return the number of the viewer's own newest wish."""
    if viewer.party_id is None:
        return None
    return session.scalar(
        select(Wish.id)
        .join(Seeker, Seeker.id == Wish.seeker_id)
        .where(is_own(viewer))
        .order_by(Wish.id.desc())
        .limit(1)
    )


def occupations(session: Session, codes: Collection[str]) -> list[Occupation]:
    """Return kinds of work by their codes, in order."""
    if not codes:
        return []
    found = select(Occupation).where(Occupation.code.in_(codes)).order_by(Occupation.code)
    return list(session.scalars(found))


def usual_trades(session: Session) -> list[Occupation]:
    """Return the kinds of work that people name: those with words of their own, by code."""
    return list(
        session.scalars(select(Occupation).where(Occupation.also != "").order_by(Occupation.code))
    )


def trades_named(session: Session, words: str) -> list[Occupation]:
    """Return kinds of work by a part of their name, or of what people say for them."""
    if not words:
        return []
    like = f"%{words.replace('%', '').replace('_', '')}%"
    found = select(Occupation).where(or_(Occupation.name.like(like), Occupation.also.like(like)))
    deep = found.where(func.length(Occupation.code) > len("4-10"))
    return list(session.scalars(deep.order_by(Occupation.code).limit(TRADES_MAX)))


def skill_choices(session: Session) -> list[tuple[str, str, SkillKind]]:
    """Return number, name and kind of each skill, certificates first."""
    rows = session.scalars(select(Skill).order_by(Skill.kind, Skill.id))
    return [(str(one.id), one.name, one.kind) for one in rows]


def middle_of(session: Session, grid_path: str) -> tuple[float, float] | None:
    """Return the middle of a grid, latitude first, from where one walks; None where not drawn."""
    drawn = session.scalar(select(Grid.boundary_wgs84).where(Grid.path == grid_path))
    if not drawn:
        return None
    longitude, latitude = read_boundary(drawn).middle
    return latitude, longitude


def is_own(viewer: Viewer) -> Any:
    """Whether a wish is of the viewer's own account, and surely so."""
    certain = or_(Wish.own_from.is_(None), Wish.own_from <= clock.now())
    return and_(Seeker.party_id.is_not(None), Seeker.party_id == viewer.party_id, certain)


def _waits(now: datetime) -> Any:
    """Whether somebody is to be rung: never spoken to, not for long, or not since they asked."""
    long_ago = Wish.contacted_at < now - REACH_WITHIN
    silent = and_(Wish.state == WishState.OPEN, or_(Wish.contacted_at.is_(None), long_ago))
    return or_(silent, and_(Wish.asked_at.is_not(None), Wish.state.in_(ASKING)))


def _filed_on(day: date) -> Any:
    begins = clock.midnight(day)
    return and_(Wish.made_at >= begins, Wish.made_at < begins + timedelta(days=1))


def _since(now: datetime) -> Any:
    """Since when somebody waits for a word, as ``since`` says it."""
    by_asking = and_(
        Wish.asked_at.is_not(None),
        Wish.contacted_at.is_not(None),
        or_(Wish.state != WishState.OPEN, Wish.contacted_at >= now - REACH_WITHIN),
    )
    return case((by_asking, Wish.asked_at), else_=func.coalesce(Wish.contacted_at, Wish.made_at))


def since(wish: Wish, now: datetime) -> datetime:
    """Return since when a seeker waits for a word: the last one, or a post they asked for since."""
    if wish.asked_at is None or wish.contacted_at is None:
        return wish.contacted_at or wish.made_at
    is_silent = wish.state is WishState.OPEN and wish.contacted_at < now - REACH_WITHIN
    return wish.contacted_at if is_silent else wish.asked_at


def rows_of(session: Session, found: Sequence[Wish]) -> list[WishRow]:
    """Return wishes as lines say them; six queries."""
    ids, seekers = [one.id for one in found], [one.seeker_id for one in found]
    names = contacts_of(session, seekers)
    trades: dict[int, list[str]] = {}
    for wish_id, name in session.execute(
        select(WishOccupation.wish_id, Occupation.name)
        .join(Occupation, Occupation.code == WishOccupation.code)
        .where(WishOccupation.wish_id.in_(ids))
        .order_by(WishOccupation.wish_id, Occupation.code)
    ):
        trades.setdefault(wish_id, []).append(name)
    hours: dict[int, list[tuple[int, int, int]]] = {}
    for one in session.scalars(select(WishHours).where(WishHours.wish_id.in_(ids))):
        hours.setdefault(one.wish_id, []).append((one.weekdays, one.from_minute, one.to_minute))
    grids = dict(
        session.execute(
            select(Grid.path, Grid.name).where(Grid.path.in_({one.grid_path for one in found}))
        ).all()
    )
    asked: dict[int, list[str]] = {}
    for wish_id, title in session.execute(
        select(AskedPost.wish_id, JobPost.title)
        .join(JobPost, JobPost.id == AskedPost.post_id)
        .join(Wish, Wish.id == AskedPost.wish_id)
        .where(AskedPost.wish_id.in_(ids), AskedPost.at >= Wish.asked_at)
        .order_by(AskedPost.id)
    ):
        asked.setdefault(wish_id, []).append(title)
    active = (ReferralState.REFERRED, ReferralState.INTERVIEW, ReferralState.OFFERED)
    referrals = dict(
        session.execute(
            select(Referral.wish_id, func.count())
            .where(Referral.wish_id.in_(ids), Referral.state.in_(active))
            .group_by(Referral.wish_id)
        ).all()
    )
    return [
        WishRow(
            wish=one,
            name=names.get(one.seeker_id, {}).get(PersonalField.NAME, ""),
            trades=trades.get(one.id, ()),
            hours=hours.get(one.id, ()),
            grid=grids.get(one.grid_path, ""),
            referrals=referrals.get(one.id, 0),
            asked=asked.get(one.id, ()),
        )
        for one in found
    ]


def contacts_of(session: Session, seekers: Sequence[int]) -> dict[int, dict[PersonalField, str]]:
    """Return name and phone of seekers, masked, by their numbers."""
    found: dict[int, dict[PersonalField, str]] = {}
    columns = (SeekerContact.seeker_id, SeekerContact.field, SeekerContact.masked)
    for seeker, field, masked in session.execute(
        select(*columns).where(SeekerContact.seeker_id.in_(seekers))
    ):
        found.setdefault(seeker, {})[field] = masked
    return found


def _trades(session: Session, wish_id: int) -> list[tuple[Occupation, int | None]]:
    rows = session.execute(
        select(Occupation, WishOccupation.experience_months)
        .join(WishOccupation, WishOccupation.code == Occupation.code)
        .where(WishOccupation.wish_id == wish_id)
        .order_by(Occupation.code)
    )
    return [(row[0], row[1]) for row in rows]


def _steps(session: Session, wish_id: int) -> list[tuple[WishStep, str]]:
    rows = session.execute(
        select(WishStep, Account.display_name)
        .outerjoin(Account, Account.id == WishStep.by)
        .where(WishStep.wish_id == wish_id)
        .order_by(WishStep.id)
    )
    return [(row[0], row[1] or "") for row in rows]


def _referrals(session: Session, wish_id: int) -> list[tuple[Referral, JobPost]]:
    rows = session.execute(
        select(Referral, JobPost)
        .join(JobPost, JobPost.id == Referral.post_id)
        .where(Referral.wish_id == wish_id)
        .order_by(Referral.id.desc())
    )
    return [(row[0], row[1]) for row in rows]


def _all(session: Session, asked: Any) -> list[Any]:
    return list(session.scalars(asked))
