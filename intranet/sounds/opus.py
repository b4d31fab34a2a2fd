"""How long an Opus packet sounds (RFC 6716 §3.1)."""

from __future__ import annotations

from intranet.sounds.refused import DamagedError

# Milliseconds of a frame, by the upper five bits of a packet's first byte.
FRAME_MS = (
    *((10.0, 20.0, 40.0, 60.0) * 3),
    *((10.0, 20.0) * 2),
    *((2.5, 5.0, 10.0, 20.0) * 4),
)
HEAD = b"OpusHead"
HEAD_BYTES_MAX = 19 + 2 + 255


def packet_seconds(first: bytes) -> float:
    """Return the seconds of a packet, of which two bytes are enough."""
    frames = {0: 1, 1: 2, 2: 2}.get(first[0] & 3)
    if frames is None:
        frames = first[1] & 63
    seconds = FRAME_MS[first[0] >> 3] * frames / 1000
    if seconds > 0.12:
        message = "an Opus packet longer than 120 ms"
        raise DamagedError(message)
    return seconds


def check_head(head: bytes) -> None:
    """Raise DamagedError unless this is an Opus head of a voice: RFC 7845 §5.1, one or two ears."""
    if not (head.startswith(HEAD) and 19 <= len(head) <= HEAD_BYTES_MAX and head[9] in {1, 2}):
        message = "no Opus head"
        raise DamagedError(message)
