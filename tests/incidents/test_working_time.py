"""Time that counts: it adds up, ends where it should, and equals a count of single minutes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intranet.clock import BEIJING
from intranet.incidents.operations.working_time import REAL_TIME, Limit, WorkCalendar, due, elapsed

FIRST = date(2026, 9, 21)
# 中秋 and 国庆 of 2026 as they might be announced: a run of free days, weekends worked for them.
AUTUMN = WorkCalendar(
    holidays=frozenset(date(2026, 10, day) for day in range(1, 9)) | {date(2026, 9, 25)},
    worked=frozenset({date(2026, 9, 27), date(2026, 10, 10)}),
)
days = st.integers(0, 40).map(lambda n: FIRST + timedelta(days=n))
calendars = st.one_of(
    st.just(AUTUMN),
    st.just(REAL_TIME),
    st.builds(WorkCalendar, st.frozensets(days, max_size=15), st.frozensets(days, max_size=5)),
)
moments = st.integers(0, 40 * 24 * 60).map(
    lambda minutes: datetime(2026, 9, 21, tzinfo=BEIJING) + timedelta(minutes=minutes)
)


def at(month, day, hour=0, minute=0):
    return datetime(2026, month, day, hour, minute, tzinfo=BEIJING)


@given(calendars, st.tuples(moments, moments, moments).map(sorted))
def test_working_time_adds_up(calendar, three):
    first, second, third = three
    whole = elapsed(first, third, calendar)
    assert elapsed(first, second, calendar) + elapsed(second, third, calendar) == whole
    assert timedelta(0) <= whole <= third - first
    assert elapsed(third, first, calendar) == timedelta(0)


@given(calendars, moments, st.integers(0, 3 * 24 * 60))
def test_it_equals_a_count_of_the_hours_one_by_one(calendar, start, minutes):
    end = start + timedelta(minutes=minutes)
    counted, now = timedelta(0), start
    while now < end:
        step = min(timedelta(minutes=60 - now.minute), end - now)
        if calendar.counts(now.astimezone(BEIJING).date()):
            counted += step
        now += step
    assert elapsed(start, end, calendar) == counted


@given(calendars, moments, st.integers(0, 10 * 24 * 60))
def test_a_limit_ends_at_the_first_moment_by_which_its_time_has_passed(calendar, start, minutes):
    length = timedelta(minutes=minutes)
    end = due(start, length, calendar)
    assert end.tzinfo is UTC
    assert elapsed(start, end, calendar) == length
    assert elapsed(start, end - timedelta(minutes=1), calendar) < length or not minutes


@given(calendars, moments, st.lists(st.integers(1, 2000), min_size=1, max_size=4))
def test_what_is_suspended_and_goes_on_ends_as_if_counted_in_one(calendar, start, parts):
    """A pause takes no time of the limit: what is left is counted from where it goes on."""
    limit, used, now = timedelta(minutes=8000), timedelta(0), start
    for number, minutes in enumerate(parts):
        end = now + timedelta(minutes=minutes)
        if number % 2 == 0:
            used += elapsed(now, end, calendar)
        now = end
    finish = due(now, limit - used, calendar)
    assert used + elapsed(now, finish, calendar) == limit


def test_three_working_days_over_a_weekend_and_over_the_national_holiday():
    ordinary = WorkCalendar()
    three = Limit.of_days(3, ordinary)
    assert due(at(11, 20, 15), three.length, ordinary) == at(11, 25, 15)  # Friday to Wednesday
    assert due(at(11, 21, 9), three.length, ordinary) == at(11, 26)  # found on a Saturday
    assert due(at(9, 29, 15), Limit.of_days(3, AUTUMN).length, AUTUMN) == at(10, 10, 15)
    assert due(at(9, 29, 15), Limit(60).length, Limit(60).calendar) == at(9, 29, 16)


def test_a_calendar_without_working_days_is_found_out():
    never = WorkCalendar(holidays=frozenset(FIRST + timedelta(days=n) for n in range(5000)))
    with pytest.raises(OverflowError, match="4000 days"):
        due(at(10, 1), timedelta(minutes=1), never)
