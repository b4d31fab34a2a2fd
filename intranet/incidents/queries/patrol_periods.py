"""When a checklist was to be walked, and how much of that was: days in, whole numbers out.

A period is a day, a week from Monday or a month in Beijing's calendar. It counts when it lies
wholly within a term and is over; one that runs still, or that a term's begin or end cuts short,
counts only once it has been walked. Coverage is the periods walked of those that count. A period
belongs to the range in which its first day (of the term) lies; several walks in it are one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from intranet.incidents.models import Frequency

PERIODS_MAX = 4000


@dataclass(frozen=True, slots=True)
class Term:
    """From a day on, how often; ``frequency`` None: not at all."""

    from_on: date
    frequency: Frequency | None


@dataclass(frozen=True, slots=True)
class DuePeriod:
    """From the first day to the last, as far as the term reaches."""

    first_on: date
    last_on: date
    is_whole: bool

    def holds(self, day: date) -> bool:
        """Whether a day lies in it."""
        return self.first_on <= day <= self.last_on


@dataclass(frozen=True, slots=True)
class Coverage:
    """Periods that count, and those of them that were walked."""

    due: int
    walked: int

    @property
    def percent(self) -> float | None:
        """Walked of due, or None where nothing was due."""
        return round(100 * self.walked / self.due, 1) if self.due else None

    def __add__(self, other: Coverage) -> Coverage:
        return Coverage(self.due + other.due, self.walked + other.walked)


class Duty(StrEnum):
    """How urgent a walk is."""

    OVERDUE = "overdue"  # the last period was missed, and this one is not walked yet
    TODAY = "today"  # the period ends today
    AHEAD = "ahead"  # the period goes on after today
    DONE = "done"  # walked in this period


def frame(frequency: Frequency, day: date) -> tuple[date, date]:
    """Return the first and last day of the period a day lies in."""
    if frequency is Frequency.DAILY:
        return day, day
    if frequency is Frequency.WEEKLY:
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def periods(terms: Sequence[Term], since: date, until: date) -> Iterator[DuePeriod]:
    """Yield the periods whose first day lies from ``since`` to ``until``; terms oldest first."""
    for number, term in enumerate(terms):
        ends = terms[number + 1].from_on if number + 1 < len(terms) else date.max
        if term.frequency is None or ends <= term.from_on:
            continue
        day = max(term.from_on, frame(term.frequency, since)[0])
        for _round in range(PERIODS_MAX):
            if day > until or day >= ends:
                break
            first, last = frame(term.frequency, day)
            begins, closes = max(first, term.from_on), min(last, ends - timedelta(days=1))
            if begins >= since:
                yield DuePeriod(begins, closes, begins == first and closes == last)
            day = last + timedelta(days=1)


def coverage(
    terms: Sequence[Term], walked_on: Collection[date], since: date, until: date, today: date
) -> Coverage:
    """Return the coverage of one checklist in a range of days."""
    due = walked = 0
    for period in periods(terms, since, until):
        was_walked = any(period.holds(day) for day in walked_on)
        if was_walked or (period.is_whole and period.last_on < today):
            due += 1
            walked += was_walked
    return Coverage(due, walked)


def duty(terms: Sequence[Term], walked_on: Collection[date], today: date) -> tuple[Duty, date]:
    """Return how urgent the next walk is, and the last day for it.

    The checklist is in use: its newest term has a frequency.
    """
    frequency = terms[-1].frequency
    assert frequency is not None
    first, last = frame(frequency, today)
    if any(first <= day <= last for day in walked_on):
        return Duty.DONE, last
    before = list(periods(terms, first - timedelta(days=31), first - timedelta(days=1)))
    missed = [one for one in before if one.is_whole and one.last_on < first][-1:]
    if missed and not any(missed[0].holds(day) for day in walked_on):
        return Duty.OVERDUE, last
    return (Duty.TODAY if last == today else Duty.AHEAD), last
