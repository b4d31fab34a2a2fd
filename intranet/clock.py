"""The only place outside ``media/`` that asks what time it is."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """Return the current time, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Return the day it is in Beijing."""
    return day_of(now())


def day_of(moment: datetime) -> date:
    """Return the day a moment is in, in Beijing."""
    return moment.astimezone(BEIJING).date()


def midnight(day: date) -> datetime:
    """Return the moment a day begins in Beijing."""
    return datetime.combine(day, time_of_day(), BEIJING)


def monotonic() -> float:
    """Return seconds on a clock that never steps, for measuring durations."""
    return time.monotonic()


def sleep(seconds: float) -> None:
    """Wait; only loops at the top of a worker may."""
    time.sleep(seconds)
