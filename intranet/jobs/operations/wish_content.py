"""What is wished for: how it is said, what of it can be, and how it is kept."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from intranet.errors import InputError
from intranet.jobs.models import (
    EVERY_DAY,
    Employment,
    Occupation,
    PayUnit,
    Skill,
    Wish,
    WishHours,
    WishOccupation,
    WishSkill,
)

WORDS_MAX, OCCUPATIONS_MAX, HOURS_MAX, SKILLS_MAX = 300, 5, 7, 20
WALK_MIN, WALK_MAX = 5, 180  # minutes
FLOOR_MAX_FEN = 10_000_000
MONTHS_MAX = 600


class Hours(NamedTuple):
    """A stretch of some days: one bit a day, Monday the lowest; minutes after midnight."""

    weekdays: int
    from_minute: int
    to_minute: int  # past 1440 it is of the next day


class Trade(NamedTuple):
    """A kind of work that is wished for, and how long it was done; None is not said."""

    code: str
    experience_months: int | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What is wished for."""

    trades: Sequence[Trade] = ()
    hours: Sequence[Hours] = ()
    skill_ids: Collection[int] = field(default=())
    place: tuple[float, float] | None = None  # WGS84, latitude first
    max_walk_minutes: int = 30
    pay_floor_fen: int | None = None
    pay_unit: PayUnit | None = None
    employment: Employment | None = None
    night_ok: bool = False
    starts_on: date | None = None
    words: str = ""


def tidy(words: str) -> str:
    """Return words as they are kept. Raises InputError (``words``)."""
    short = " ".join(words.split())
    if len(short) > WORDS_MAX:
        raise InputError("At most %(max)s characters", "words", max=WORDS_MAX)
    return short


def checked(session: Session, content: Content) -> Content:
    """Return what may be wished for. Raises InputError beside the field."""
    if not 0 < len(content.trades) <= OCCUPATIONS_MAX:
        raise InputError("Choose 1 to %(max)s kinds of work", "trades", max=OCCUPATIONS_MAX)
    codes = {one.code for one in content.trades}
    known = set(session.scalars(select(Occupation.code).where(Occupation.code.in_(codes))))
    if codes - known or len(codes) < len(content.trades):
        raise InputError("Choose kinds of work from the list, each once", "trades")
    for one in content.trades:
        if one.experience_months is not None and not 0 <= one.experience_months <= MONTHS_MAX:
            raise InputError("That many years cannot be", "trades")
    if not WALK_MIN <= content.max_walk_minutes <= WALK_MAX:
        raise InputError(
            "Between %(least)s and %(most)s minutes",
            "max_walk_minutes",
            least=WALK_MIN,
            most=WALK_MAX,
        )
    _check_pay(content)
    _check_hours(content.hours)
    wanted = set(content.skill_ids)
    if len(wanted) > SKILLS_MAX or wanted - set(
        session.scalars(select(Skill.id).where(Skill.id.in_(wanted)))
    ):
        raise InputError("Choose skills from the list, at most %(max)s", "skills", max=SKILLS_MAX)
    tidy(content.words)
    return content


def _check_pay(content: Content) -> None:
    if content.pay_floor_fen is None:
        return
    if not 0 < content.pay_floor_fen <= FLOOR_MAX_FEN:
        raise InputError("Between 1 and 100,000 yuan", "pay_floor")
    if content.pay_unit in {None, PayUnit.PIECE}:
        raise InputError("A month, a day or an hour?", "pay_unit")


def _check_hours(hours: Sequence[Hours]) -> None:
    if len(hours) > HOURS_MAX:
        raise InputError("At most %(max)s stretches of time", "hours", max=HOURS_MAX)
    for one in hours:
        is_day = 0 < one.weekdays <= EVERY_DAY and 0 <= one.from_minute < 24 * 60
        if not is_day or not one.from_minute < one.to_minute <= 36 * 60:
            raise InputError("From when to when, and on which days?", "hours")


def plain(content: Content) -> dict[str, object]:
    """Return what stands in the wish's own row. The place is kept to some hundred metres."""
    latitude, longitude = content.place or (None, None)
    has_floor = content.pay_floor_fen is not None
    return {
        "latitude": None if latitude is None else round(latitude, 3),
        "longitude": None if longitude is None else round(longitude, 3),
        "max_walk_minutes": content.max_walk_minutes,
        "pay_floor_fen": content.pay_floor_fen,
        "pay_unit": content.pay_unit if has_floor else None,
        "employment": content.employment,
        "night_ok": content.night_ok,
        "starts_on": content.starts_on,
        "words": tidy(content.words),
    }


def with_what_stands(session: Session, wish: Wish, content: Content) -> Content:
    """Return what is wished for, with what stands in a wish where nothing is said anew.

    Whoever files again seldom says all of it again: it is not unsaid by that.
    """
    rows = session.scalars(select(WishHours).where(WishHours.wish_id == wish.id))
    hours = [Hours(one.weekdays, one.from_minute, one.to_minute) for one in rows]
    skills = session.scalars(select(WishSkill.skill_id).where(WishSkill.wish_id == wish.id))
    latitude, longitude = wish.latitude, wish.longitude
    place = None if latitude is None or longitude is None else (latitude, longitude)
    has_floor = content.pay_floor_fen is not None
    return replace(
        content,
        hours=content.hours or hours,
        skill_ids=content.skill_ids or list(skills),
        place=content.place or place,
        pay_floor_fen=content.pay_floor_fen if has_floor else wish.pay_floor_fen,
        pay_unit=content.pay_unit if has_floor else wish.pay_unit,
        employment=content.employment or wish.employment,
        starts_on=content.starts_on or wish.starts_on,
        words=content.words or wish.words,
    )


def fill(session: Session, wish: Wish, content: Content) -> None:
    """Write kinds of work, hours and skills in place of those before."""
    for table in (WishOccupation, WishHours, WishSkill):
        session.execute(delete(table).where(table.wish_id == wish.id))
    session.add_all(WishOccupation(wish_id=wish.id, **one._asdict()) for one in content.trades)
    session.add_all(WishHours(wish_id=wish.id, **one._asdict()) for one in content.hours)
    ids = sorted(set(content.skill_ids))
    session.add_all(WishSkill(wish_id=wish.id, skill_id=one) for one in ids)
    session.flush()
