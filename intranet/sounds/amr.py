"""AMR narrow and wide band (RFC 4867 §5), as WeChat's own recorder gives. It holds sound only."""

from __future__ import annotations

from intranet.sounds.refused import DamagedError

MAGIC, MAGIC_WIDE = b"#!AMR\n", b"#!AMR-WB\n"
FRAME_SECONDS = 0.02
FRAMES_ENOUGH = 6_000  # two minutes: too long already, not worth counting on
# Bytes after a frame's first, by its type; types left out are reserved.
SIZES = {0: 12, 1: 13, 2: 15, 3: 17, 4: 19, 5: 20, 6: 26, 7: 31, 8: 5, 15: 0}
SIZES_WIDE = {
    0: 17,
    1: 23,
    2: 32,
    3: 36,
    4: 40,
    5: 46,
    6: 50,
    7: 58,
    8: 60,
    9: 5,
    14: 0,
    15: 0,
}


def cleaned(data: bytes) -> tuple[bytes, float]:
    """Return the file up to its last whole frame, and its seconds."""
    wide = data.startswith(MAGIC_WIDE)
    sizes = SIZES_WIDE if wide else SIZES
    at, frames = len(MAGIC_WIDE if wide else MAGIC), 0
    while at < len(data) and frames < FRAMES_ENOUGH:
        if data[at] & 0x83:  # the bits beside type and quality are zero
            raise DamagedError
        end = at + 1 + sizes[data[at] >> 3 & 15]
        if end > len(data):
            break
        at, frames = end, frames + 1
    if not frames:
        raise DamagedError
    return data[:at], frames * FRAME_SECONDS
