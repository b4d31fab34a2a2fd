"""Where a list goes on: what its last line is ordered by, as an address carries it.

Who is rung or answered meanwhile leaves a list; a number of lines to skip would then skip others.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DIGITS_MAX = 16  # microseconds until 2286
ROW_MAX = 2**31 - 1  # no row's number is greater


def told(*parts: datetime | date | int) -> str:
    """Return what a line is ordered by as one word: moments in microseconds, days as numbers."""
    return "-".join(str(_number(part)) for part in parts)


def heard(text: str, *kinds: type) -> list[Any] | None:
    """Return the parts of a cursor, each of its kind; None for what ``told`` never says."""
    parts = text.split("-")
    if len(parts) != len(kinds) or not all(map(_is_number, parts)):
        return None
    try:
        return [_part(int(part), kind) for part, kind in zip(parts, kinds, strict=True)]
    except (ValueError, OverflowError):
        return None


def behind(columns: Sequence[Any], last: Sequence[Any]) -> Any:
    """Return the condition that a row comes after ``last``, all columns rising."""
    return or_(
        *(
            and_(*(a == b for a, b in zip(columns[:n], last[:n], strict=True)), columns[n] > one)
            for n, one in enumerate(last)
        )
    )


def _number(part: datetime | date | int) -> int:
    if isinstance(part, datetime):
        return (part - EPOCH) // timedelta(microseconds=1)
    return part.toordinal() if isinstance(part, date) else part


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= DIGITS_MAX


def _part(number: int, kind: type) -> Any:
    if kind is datetime:
        return EPOCH + timedelta(microseconds=number)
    return date.fromordinal(number) if kind is date else min(number, ROW_MAX)
