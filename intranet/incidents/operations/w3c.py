"""Moments as other systems write them: W3C date and time (a profile of ISO 8601), with a zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from intranet.errors import InputError

SHAPE = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2})(:[0-9]{2}(?:\.[0-9]{1,9})?)?"
    r"(Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])",
    re.ASCII,
)


def read_moment(text: str, field: str) -> datetime:
    """Return the moment in UTC.

    Raises InputError (``field``) for anything but date, time and zone, such as
    2026-11-23T10:00:00+08:00: a time without a zone may be any of twenty-six.
    """
    found = SHAPE.fullmatch(text)
    if found is not None:
        day, seconds, zone = found.groups()
        whole = (seconds or ":00")[:10]  # Python reads six decimals of a second
        try:
            moment = datetime.fromisoformat(f"{day}{whole}{zone}").astimezone(UTC)
        except (ValueError, OverflowError):
            moment = None
        if moment is not None and 1900 < moment.year < 9000:
            return moment
    raise InputError(
        "%(name)s is no date and time with a zone, such as 2026-11-23T10:00:00+08:00",
        field,
        name=field,
    )


def write_moment(moment: datetime) -> str:
    """Return the moment as others read it: in UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
