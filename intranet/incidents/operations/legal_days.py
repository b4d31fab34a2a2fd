"""Which days are worked: the calendar that came with us, and what was announced since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

import chinese_calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet import audit
from intranet.access import Viewer
from intranet.clock import BEIJING
from intranet.errors import DomainError, InputError
from intranet.incidents.models import LegalDay
from intranet.incidents.operations.recount_order import ask_recount
from intranet.incidents.operations.working_time import WorkCalendar

NAME_MAX = 40
DAYS_AT_ONCE_MAX = 31
YEARS_BACK, YEARS_AHEAD = 1, 2


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that is free or worked by announcement; ``entered``: here, not by the built-in list."""

    is_worked: bool
    name: str
    entered: bool


def read_calendar(session: Session) -> WorkCalendar:
    """Return the working days: those that came with us, and what was announced since."""
    announced = session.execute(select(LegalDay.day, LegalDay.is_worked)).all()
    holidays, worked = _built_in_days()
    free = {row.day for row in announced if not row.is_worked}
    busy = {row.day for row in announced if row.is_worked}
    return WorkCalendar((holidays - busy) | free, (worked - free) | busy)


def special_days(session: Session, year: int) -> dict[date, SpecialDay]:
    """Return the days of a year that an announcement names, the entered ones before the others."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    holidays, worked = _built_in_names()
    found = {
        day: SpecialDay(is_worked, name, entered=False)
        for is_worked, names in ((False, holidays), (True, worked))
        for day, name in names.items()
        if day.year == year
    }
    rows = session.scalars(select(LegalDay).where(LegalDay.day.between(first, last)))
    return found | {row.day: SpecialDay(row.is_worked, row.name, entered=True) for row in rows}


def entered_days(session: Session, year: int) -> Sequence[LegalDay]:
    """Return what was entered here for a year, in order."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    return session.scalars(
        select(LegalDay).where(LegalDay.day.between(first, last)).order_by(LegalDay.day)
    ).all()


def last_known_year() -> int:
    """Return the last year whose holidays came with us; later ones are entered by hand."""
    return max(day.year for day in _built_in_days()[0])


def is_year_known(session: Session, year: int) -> bool:
    """Whether the holidays of a year came with us or were entered here."""
    return year <= last_known_year() or bool(entered_days(session, year))


@cache
def _built_in_days() -> tuple[frozenset[date], frozenset[date]]:
    holidays, worked = _built_in_names()
    return frozenset(holidays), frozenset(worked)


def _built_in_names() -> tuple[Mapping[date, str], Mapping[date, str]]:
    known = chinese_calendar.constants
    return known.holidays, known.workdays


def set_legal_days(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    first: date,
    last: date,
    is_worked: bool,
    name: str,
    address: str = "",
) -> int:
    """Enter days as the State Council announced them: free, or worked for a free one.

    From the first to the last, both included; returns how many changed. When any did, a recount
    is asked for. Raises InputError by field.
    """
    audit.take_turn(session)
    name = " ".join(name.split())
    _check(first, last, name, at.astimezone(BEIJING).year)
    count = (last - first).days + 1
    changed = 0
    for day in (first + timedelta(days=number) for number in range(count)):
        row = session.get(LegalDay, day)
        before = [row.is_worked, row.name] if row else ""
        if before == [is_worked, name]:
            continue
        row = row or LegalDay(day=day)
        row.is_worked, row.name = is_worked, name
        session.add(row)
        _record(
            session, actor, at, "set", day=day, address=address, change=[before, [is_worked, name]]
        )
        changed += 1
    session.flush()
    if changed:
        ask_recount(session, at=at)
    return changed


def drop_legal_day(
    session: Session, *, actor: Viewer, at: datetime, day: date, address: str = ""
) -> None:
    """Take an entered day back; raises DomainError when there is none."""
    audit.take_turn(session)
    row = session.get(LegalDay, day, populate_existing=True)
    if row is None:
        raise DomainError("This day was not entered here")
    before = [row.is_worked, row.name]
    session.delete(row)
    session.flush()
    _record(session, actor, at, "drop", day=day, address=address, change=[before, ""])
    ask_recount(session, at=at)


def _check(first: date, last: date, name: str, year: int) -> None:
    for field, day in (("first", first), ("last", last)):
        if not year - YEARS_BACK <= day.year <= year + YEARS_AHEAD:
            raise InputError(
                "Between the years %(first)d and %(last)d",
                field,
                first=year - YEARS_BACK,
                last=year + YEARS_AHEAD,
            )
    if not 0 <= (last - first).days < DAYS_AT_ONCE_MAX:
        raise InputError(
            "The last day comes after the first, at most %(most)d days in all",
            "last",
            most=DAYS_AT_ONCE_MAX,
        )
    if not 1 <= len(name) <= NAME_MAX:
        raise InputError("A name has 1 to %(most)d characters", "name", most=NAME_MAX)


def _record(
    session: Session,
    actor: Viewer,
    at: datetime,
    verb: str,
    *,
    day: date,
    address: str,
    change: list[object],
) -> None:
    audit.record(
        session,
        actor=actor,
        action=f"incidents:day:{verb}",
        at=at,
        object_kind="legal_day",
        object_id=day.isoformat(),
        address=address,
        changes={"day": change},
    )
