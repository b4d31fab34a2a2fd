"""Where and when a photo was taken, as its camera wrote it down (Exif 3.0, CIPA DC-008-2023).

Whatever a camera wrote amiss is passed over, never mended by a guess: a photo without a place is
sent every day, a photo at a wrong place sends people to the wrong door.

Exif means WGS84 unless ``GPSMapDatum`` names something else, and then no place is read. Mainland
map services draw in GCJ-02, some 300 to 600 m away; whether any phone writes *that* into its photos
without saying so could not be settled, nothing in a file tells, and so nothing is shifted here:
the place of a photo is a proposal on the map, which the person who reports confirms or moves.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from intranet.clock import BEIJING

if TYPE_CHECKING:
    from PIL.Image import Exif

PHOTO_PART, PLACE_PART = 0x8769, 0x8825
DATE_TIME_ORIGINAL, OFFSET_TIME_ORIGINAL = 0x9003, 0x9011
LATITUDE_REF, LATITUDE, LONGITUDE_REF, LONGITUDE, STATUS, MAP_DATUM = 1, 2, 3, 4, 9, 18
# The country with its islands: what lies outside is a camera's mistake, 0°, 0° above all.
SOUTH, NORTH, WEST, EAST = 3.0, 54.0, 73.0, 136.0
FIRST_YEAR = 2000
CLOCKS_DIFFER = timedelta(minutes=5)
# What Pillow raises, besides its own, where a directory of tags leads astray.
ASTRAY = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)


def place(exif: Exif) -> tuple[float, float] | None:
    """Return latitude and longitude in WGS84 degrees, or None where there is nothing to rely on."""
    tags = _part(exif, PLACE_PART)
    datum = re.sub(r"[^A-Z0-9]", "", _text(tags.get(MAP_DATUM)).upper())
    if datum not in {"", "WGS84"} or _text(tags.get(STATUS)).upper() == "V":
        return None
    latitude = _degrees(tags.get(LATITUDE), _text(tags.get(LATITUDE_REF)), "N", "S")
    longitude = _degrees(tags.get(LONGITUDE), _text(tags.get(LONGITUDE_REF)), "E", "W")
    if latitude is None or longitude is None:
        return None
    if not (SOUTH <= latitude <= NORTH and WEST <= longitude <= EAST):
        return None
    return latitude, longitude


def taken_at(exif: Exif, now: datetime) -> datetime | None:
    """Return when the photo was taken, in UTC; without an offset the camera's clock is Beijing's.

    None before the year 2000 (a clock never set) and in the future; five minutes ahead is now.
    """
    tags = _part(exif, PHOTO_PART)
    written = re.fullmatch(
        r"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)", _text(tags.get(DATE_TIME_ORIGINAL))
    )
    if written is None or int(written[1]) < FIRST_YEAR:
        return None
    zone = _offset(_text(tags.get(OFFSET_TIME_ORIGINAL))) or BEIJING
    try:
        found = datetime(*map(int, written.groups()), tzinfo=zone).astimezone(UTC)  # type: ignore[misc,arg-type]
    except (ValueError, OverflowError):
        return None
    return min(found, now) if found <= now + CLOCKS_DIFFER else None


def _part(exif: Exif, tag: int) -> dict[int, Any]:
    try:
        return dict(exif.get_ifd(tag))
    except ASTRAY:
        return {}


def _text(value: object) -> str:
    """Return ASCII as it should have been written: phones pad it with NUL and blanks."""
    if isinstance(value, bytes):
        value = value.decode("ascii", errors="replace")
    return value.strip(" \0") if isinstance(value, str) else ""


def _degrees(value: object, ref: str, positive: str, negative: str) -> float | None:
    """Read degrees, minutes and seconds; some cameras leave out the last or the last two."""
    if ref.upper() not in {positive, negative}:
        return None
    parts = value if isinstance(value, tuple) else (value,)
    try:
        numbers = [float(part) for part in parts]
    except ASTRAY:
        return None
    if not 1 <= len(numbers) <= 3 or not all(math.isfinite(one) for one in numbers):
        return None
    if any(one < 0 for one in numbers) or any(one > 60 for one in numbers[1:]):
        return None
    degrees = sum(one / (1.0, 60.0, 3600.0)[place] for place, one in enumerate(numbers))
    return round(-degrees if ref.upper() == negative else degrees, 7)


def _offset(text: str) -> timezone | None:
    found = re.fullmatch(r"([+-])(\d\d):([0-5]\d)", text)
    if found is None:
        return UTC if text == "Z" else None
    minutes = int(found[2]) * 60 + int(found[3])
    if minutes > 14 * 60:
        return None
    return timezone(timedelta(minutes=minutes if found[1] == "+" else -minutes))
