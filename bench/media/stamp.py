"""When a picture was sent, in the picture: an SEI message that decoders pass over.

H.264 Annex D.1.7, ``user_data_unregistered``: sixteen bytes that name it, then microseconds since
1970 in sixteen digits; digits need no escaping.
"""

from __future__ import annotations

import time

NAME = b"weiwang-live-age"
DIGITS = 16
NAL_SEI, UNREGISTERED, END = 6, 5, 0x80
BLANK = bytes((NAL_SEI, UNREGISTERED, len(NAME) + DIGITS)) + NAME + b"0" * DIGITS + bytes((END,))


def filled(template: bytes) -> bytearray:
    """Return a copy with the time of now in its stamp."""
    data = bytearray(template)
    at = data.index(NAME) + len(NAME)
    data[at : at + DIGITS] = b"%0*d" % (DIGITS, time.time_ns() // 1000)
    return data


def ages(data: bytes, now: float) -> list[float]:
    """Return how long ago each picture in there was sent; ``now`` in Unix seconds, milliseconds."""
    found, at = [], data.find(NAME)
    while at >= 0:
        at += len(NAME)
        found.append(now * 1000 - int(data[at : at + DIGITS]) / 1000)
        at = data.find(NAME, at)
    return found
