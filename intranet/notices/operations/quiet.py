"""Quiet hours: the minutes of Beijing's day in which only urgent notices leave the house."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, and_, case, cast, func, literal, or_, type_coerce

from intranet.clock import BEIJING
from intranet.db import UtcDateTime

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

DAY_MINUTES = 24 * 60
FROM_MINUTE = 22 * 60
TO_MINUTE = 7 * 60


def due(at: datetime, from_minute: int, to_minute: int) -> datetime:
    """Return ``at``, or the end of the quiet hours it lies in.

    They include their first minute and not their last; from after to: across midnight.
    """
    minute, midnight = _place(at)
    if minute < to_minute and (from_minute > to_minute or from_minute <= minute):
        return midnight + timedelta(minutes=to_minute)
    if from_minute > to_minute and minute >= from_minute:
        return midnight + timedelta(minutes=to_minute + DAY_MINUTES)
    return at


def due_in_database(session: Session, at: datetime, from_minute: Any, to_minute: Any) -> Any:
    """Return ``due`` as an expression over columns, so that one statement does for everybody."""
    minute, midnight = _place(at)
    ends_today = and_(
        to_minute > minute, or_(from_minute > to_minute, from_minute <= literal(minute))
    )
    ends_tomorrow = and_(from_minute > to_minute, from_minute <= literal(minute))

    def after_midnight(minutes: Any) -> Any:
        return _later(session, midnight, minutes)

    return case(
        (ends_today, after_midnight(to_minute)),
        (ends_tomorrow, after_midnight(to_minute + DAY_MINUTES)),
        else_=literal(at, UtcDateTime()),
    )


def _place(at: datetime) -> tuple[int, datetime]:
    """Return the minute of Beijing's day and its midnight; there is no summer time."""
    there = at.astimezone(BEIJING)
    midnight = there.replace(hour=0, minute=0, second=0, microsecond=0)
    return there.hour * 60 + there.minute, midnight.astimezone(UTC)


def _later(session: Session, start: datetime, minutes: Any) -> Any:
    begun = literal(start, UtcDateTime())
    if session.get_bind().dialect.name == "postgresql":
        later: Any = begun + func.make_interval(0, 0, 0, 0, 0, minutes)
    else:
        # The very text SQLAlchemy stores, or it would not compare.
        later = func.strftime(
            "%Y-%m-%d %H:%M:00.000000", begun, cast(minutes, Text) + literal(" minutes")
        )
    return type_coerce(later, UtcDateTime())
