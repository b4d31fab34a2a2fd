"""Over what time a cap counts."""

from __future__ import annotations

from datetime import date, timedelta

from intranet.points.models import Window
from intranet.points.operations.caps import span


def test_windows_hold_their_day_and_follow_each_other_without_a_gap():
    day = date(2026, 1, 1)
    while day < date(2027, 3, 1):
        for window in Window:
            first, last = span(day, window)
            assert first <= day <= last
            assert span(last, window) == (first, last)
            assert span(last + timedelta(days=1), window)[0] == last + timedelta(days=1)
        day += timedelta(days=1)
    assert span(date(2026, 11, 30), Window.WEEK) == (date(2026, 11, 30), date(2026, 12, 6))
