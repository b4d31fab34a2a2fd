"""What other systems send: an empty parameter is an absent one, and all that is wrong is said."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import request

from intranet import clock
from intranet.errors import DomainError, InputError
from intranet.incidents.operations import read_moment
from intranet.incidents.queries import ROWS_MAX

SPAN = timedelta(days=90)
OFFSET_MAX = 100_000
LISTED_MAX = 1000
ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,60})\](\[\])?")


class Refused(Exception):  # noqa: N818 — named for what happened
    """An answer other than success: its HTTP status, and why in one sentence or several."""

    def __init__(
        self, status: int, *problems: DomainError, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status)
        self.status = status
        self.problems: Sequence[DomainError] = problems
        self.headers = dict(headers or {})


def text(name: str) -> str:
    """Return a parameter, from the form of a write and the address of a read."""
    source: Any = request.form if request.method == "POST" else request.args
    return str(source.get(name, "")).strip()


def listed(name: str) -> list[str]:
    """Return the values of a comma-separated parameter."""
    found = [one for one in (part.strip() for part in text(name).split(",")) if one]
    if len(found) > LISTED_MAX:
        raise Refused(400, InputError("%(name)s has too many values", name, name=name))
    return found


def moment(name: str) -> datetime | None:
    """Return a date and time, or None where none is given."""
    given = text(name)
    try:
        return read_moment(given, name) if given else None
    except InputError as error:
        raise Refused(400, error) from None


def span() -> tuple[datetime, datetime]:
    """Return the days asked for: at most 90 of them, the last 90 unless said otherwise."""
    since, until = moment("start_date"), moment("end_date")
    if since is not None and until is None:
        until = since + SPAN
    until = until or clock.now()
    since = since or until - SPAN
    if until < since:
        raise Refused(400, InputError("end_date lies before start_date"))
    if until - since > SPAN:
        raise Refused(400, InputError("start_date and end_date span more than 90 days"))
    return since, until


def page() -> tuple[int, int]:
    """Return how many rows, and how many before them are left out."""
    size = _whole("page_size", ROWS_MAX, ROWS_MAX)
    return size, (_whole("page", 1, OFFSET_MAX // size) - 1) * size


def _whole(name: str, otherwise: int, most: int) -> int:
    given = text(name)
    if not given:
        return otherwise
    number = int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else 0
    if not 1 <= number <= most:
        raise Refused(
            400, InputError("%(name)s is a number from 1 to %(most)d", name, name=name, most=most)
        )
    return number


def flag(name: str) -> bool:
    """Whether a parameter says true."""
    return text(name).lower() in {"true", "1"}


def place() -> tuple[float, float] | None:
    """Return latitude and longitude in WGS84, or None; raises InputError for half or none of it."""
    given = text("lat"), text("long")
    if given == ("", ""):
        return None
    if "" in given:
        raise InputError("lat and long are given together")
    try:
        latitude, longitude = float(given[0]), float(given[1])
    except ValueError:
        latitude = longitude = math.nan
    # A comparison with not-a-number is false.
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise InputError("lat and long are degrees in WGS84")
    return latitude, longitude


def attributes() -> dict[str, list[str]]:
    """Return the answers by code: ``attribute[code]=v`` and ``attribute[code][]=v1&…``."""
    found: dict[str, list[str]] = {}
    for name, values in request.form.lists():
        shape = ATTRIBUTE.fullmatch(name)
        given = [value for value in values if value.strip()]
        if shape is not None and given:
            found.setdefault(shape[1], []).extend(given)
    return found
