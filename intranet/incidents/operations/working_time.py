"""Time that counts towards a limit: all of it where it is urgent, else that of working days.

A working day counts from midnight to midnight in Beijing, so a limit of three working days ends
at the time of day it began. Whoever is late by the hour works by real minutes, not by days.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from intranet.clock import BEIJING

A_DAY = timedelta(days=1)
SATURDAY = 5
# No limit ends later: years without a single working day are a broken calendar.
DAYS_MAX = 4000


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The working days: Monday to Friday, but for legal holidays and the days worked for them.

    国务院办公厅 announces both for each year in the autumn before it.
    """

    holidays: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()  # 调休: Saturdays and Sundays that are worked
    always: bool = False  # every day counts: the calendar of urgent things

    def counts(self, day: date) -> bool:
        """Whether the day is a working one."""
        if self.always or day in self.worked:
            return True
        return day.weekday() < SATURDAY and day not in self.holidays


REAL_TIME = WorkCalendar(always=True)


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a step may take."""

    minutes: int
    calendar: WorkCalendar = field(default=REAL_TIME)

    @classmethod
    def of_days(cls, days: int, calendar: WorkCalendar) -> Limit:
        """Return a limit of so many working days."""
        return cls(days * 24 * 60, calendar)

    @property
    def length(self) -> timedelta:
        """The limit as working time."""
        return timedelta(minutes=self.minutes)


def elapsed(start: datetime, end: datetime, calendar: WorkCalendar) -> timedelta:
    """Return the working time from one moment to a later one; nothing when it is earlier.

    Both are aware. Adds up: elapsed(a, b) + elapsed(b, c) is elapsed(a, c).
    """
    if end <= start:
        return timedelta(0)
    if calendar.always:
        return end - start
    total, at = timedelta(0), start.astimezone(BEIJING)
    last = end.astimezone(BEIJING)
    for _ in range((last.date() - at.date()).days + 1):
        until = min(_next_midnight(at), last)
        if calendar.counts(at.date()):
            total += until - at
        at = until
    return total


def due(start: datetime, length: timedelta, calendar: WorkCalendar) -> datetime:
    """Return the first moment, in UTC, by which so much working time has passed.

    Raises OverflowError when DAYS_MAX days do not hold it.
    """
    if calendar.always:
        return (start + length).astimezone(UTC)
    left, at = length, start.astimezone(BEIJING)
    for _ in range(DAYS_MAX):
        until = _next_midnight(at)
        if calendar.counts(at.date()):
            if left <= until - at:
                return (at + left).astimezone(UTC)
            left -= until - at
        elif left <= timedelta(0):
            return at.astimezone(UTC)
        at = until
    message = f"no end within {DAYS_MAX} days"
    raise OverflowError(message)


def _next_midnight(at: datetime) -> datetime:
    return datetime.combine(at.date() + A_DAY, time(), tzinfo=BEIJING)
