"""Wishes and posts as matching knows them, few columns each; nothing of who the seekers are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import String, case, cast, func, select, type_coerce
from sqlalchemy.orm import Session

from intranet.jobs.models import (
    Employment,
    JobPost,
    PayUnit,
    PostSkill,
    PostState,
    Shift,
    Skill,
    SkillKind,
    Wish,
    WishHours,
    WishOccupation,
    WishSkill,
    WishState,
)
from intranet.jobs.operations.matching import (
    Floor,
    Hours,
    Kept,
    Kind,
    Offered,
    Papers,
    Pay,
    Standing,
    Stretch,
    Wanted,
    Work,
)
from intranet.jobs.operations.walking import Place

# The skills of a post in one text: twice the number of each, and one more where it is a must.
ASKED = (
    select(
        func.aggregate_strings(
            cast(PostSkill.skill_id * 2 + case((PostSkill.is_must, 1), else_=0), String), ","
        )
    )
    .where(PostSkill.post_id == JobPost.id)
    .correlate(JobPost)
    .scalar_subquery()
)
# Words as they are stored: a thousand rows are read in a moment, not in ten.
OFFER = (
    JobPost.id,
    type_coerce(JobPost.state, String),
    JobPost.valid_through,
    JobPost.openings_left,
    type_coerce(JobPost.employment, String),
    JobPost.latitude,
    JobPost.longitude,
    JobPost.occupation_code,
    type_coerce(JobPost.shift, String),
    JobPost.weekdays,
    JobPost.from_minute,
    JobPost.to_minute,
    JobPost.pay_min_fen,
    JobPost.pay_max_fen,
    type_coerce(JobPost.pay_unit, String),
    JobPost.experience_months,
    ASKED,
)
STATES = {str(one): one for one in PostState}
EMPLOYMENTS = {str(one): one for one in Employment}
SHIFTS = {str(one): one for one in Shift}
PAY_UNITS = {str(one): one for one in PayUnit}
Names = frozenset[str]
Asked = tuple[Names, Names, Names, Names]
NOTHING_ASKED: Asked = (frozenset(), frozenset(), frozenset(), frozenset())


class Offers:
    """Makes ``Offered`` of rows of ``OFFER``; knows the names of all skills (one query)."""

    def __init__(self, session: Session) -> None:
        rows = session.execute(select(Skill.id, Skill.name, type_coerce(Skill.kind, String)))
        self._skills = {row[0]: (row[1], row[2] == SkillKind.CERTIFICATE) for row in rows}
        self._asked: Kept[str | None, Asked] = Kept(self._sets)
        self._words: Kept[str, tuple[int, str]] = Kept(self._word)
        # Hundreds of posts share some dozens of hours, places and standings: each is made once.
        self._standings: Kept[tuple[str, date | None, int], Standing] = Kept(
            lambda one: Standing(STATES[one[0]], one[1], one[2])
        )
        self._hours: Kept[tuple[str, int, int | None, int | None], Hours] = Kept(
            lambda one: Hours(SHIFTS[one[0]], *one[1:])
        )
        self._pays: Kept[tuple[int, int, str], Pay] = Kept(
            lambda one: Pay(one[0], one[1], PAY_UNITS[one[2]])
        )
        self._places: Kept[tuple[float, float], Place] = Kept(lambda one: Place(*one))

    def of(self, row: Sequence[Any]) -> Offered:
        """Return the post of a row."""
        number, state, through, left, employment, latitude, longitude, code = row[:8]
        shift, weekdays, begin, end, low, high, unit, months, asked = row[8:]
        must, nice, must_papers, nice_papers = self._asked[asked]
        return Offered(
            number,
            self._standings[state, through, left],
            EMPLOYMENTS[employment],
            None if latitude is None else self._places[latitude, longitude],
            Work(code, must, nice),
            self._hours[shift, weekdays, begin, end],
            self._pays[low, high, unit],
            Papers(code, must_papers, nice_papers, months),
        )

    def numbers(self, names: Names) -> list[int]:
        """Return the numbers of skills and certificates by their names."""
        return sorted(number for number, (name, _) in self._skills.items() if name in names)

    def where(self, session: Session, *conditions: Any) -> list[Offered]:
        """Return the posts that fulfil conditions. One query."""
        return [self.of(row) for row in session.execute(select(*OFFER).where(*conditions))]

    def _sets(self, asked: str | None) -> Asked:
        """Return the names of skills that are a must and nice to have, then of certificates."""
        if not asked:
            return NOTHING_ASKED
        found: tuple[list[str], ...] = ([], [], [], [])
        for word in asked.split(","):
            which, name = self._words[word]
            found[which].append(name)
        must, nice, must_papers, nice_papers = found
        return frozenset(must), frozenset(nice), frozenset(must_papers), frozenset(nice_papers)

    def _word(self, word: str) -> tuple[int, str]:
        number, is_must = divmod(int(word), 2)
        name, is_certificate = self._skills[number]
        return 2 * is_certificate + (not is_must), name


def offered_where(session: Session, *conditions: Any) -> list[Offered]:
    """Return the posts that fulfil conditions, as matching knows them. Two queries."""
    return Offers(session).where(session, *conditions)


def wanted_where(session: Session, *conditions: Any, limit: int | None = None) -> list[Wanted]:
    """Return the wishes that fulfil conditions, who waits longest first. Four queries."""
    columns = (
        Wish.id,
        Wish.state,
        Wish.made_at,
        Wish.latitude,
        Wish.longitude,
        Wish.max_walk_minutes,
        Wish.pay_floor_fen,
        Wish.pay_unit,
        Wish.employment,
        Wish.night_ok,
    )
    chosen = select(*columns).where(*conditions).order_by(Wish.made_at, Wish.id).limit(limit)
    rows = session.execute(chosen).all()
    ids = chosen.with_only_columns(Wish.id).subquery()
    of_them = select(ids.c.id)
    kinds: dict[int, list[Kind]] = defaultdict(list)
    for wish_id, code, months in session.execute(
        select(WishOccupation.wish_id, WishOccupation.code, WishOccupation.experience_months)
        .where(WishOccupation.wish_id.in_(of_them))
        .order_by(WishOccupation.code)
    ):
        kinds[wish_id].append(Kind(code, months))
    skills: dict[int, list[str]] = defaultdict(list)
    for wish_id, name in session.execute(
        select(WishSkill.wish_id, Skill.name)
        .join(Skill, Skill.id == WishSkill.skill_id)
        .where(WishSkill.wish_id.in_(of_them))
    ):
        skills[wish_id].append(name)
    hours: dict[int, list[Stretch]] = defaultdict(list)
    for wish_id, *stretch in session.execute(
        select(WishHours.wish_id, WishHours.weekdays, WishHours.from_minute, WishHours.to_minute)
        .where(WishHours.wish_id.in_(of_them))
        .order_by(WishHours.id)
    ):
        hours[wish_id].append(Stretch(*stretch))
    return [_wanted(row, kinds[row[0]], skills[row[0]], hours[row[0]]) for row in rows]


def _wanted(
    row: Sequence[Any], kinds: Sequence[Kind], skills: Iterable[str], hours: Sequence[Stretch]
) -> Wanted:
    number, state, since, latitude, longitude, longest, floor_fen, unit, employment, night = row
    return Wanted(
        id=number,
        state=WishState(state),
        since=since,
        home=None if latitude is None else Place(latitude, longitude),
        max_walk_minutes=longest,
        floor=None if floor_fen is None else Floor(floor_fen, unit),
        employment=employment,
        night_ok=night,
        kinds=tuple(kinds),
        skills=frozenset(skills),
        hours=tuple(hours),
    )


def live(today: date) -> tuple[Any, ...]:
    """Return the conditions that a post can be had on a day."""
    return (JobPost.state == PostState.PUBLISHED, *still(today))


def still(today: date) -> tuple[Any, ...]:
    """Return the conditions that a published post can be had on a day."""
    return (JobPost.valid_through >= today, JobPost.openings_left > 0)
