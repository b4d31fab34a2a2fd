"""The wall clock as a strip of black and white cells in a picture, for machines to read.

64 cells side by side across the whole width: 2 sync cells (white, black), 48 bits of Unix time
in milliseconds (most significant first), 12 bits of checksum, 2 sync cells (black, white). Drawn
in the top ``STRIP`` of the picture it survives H.264 at any sane bit rate. Standard library only:
the GStreamer rig runs it under the system's Python; ``bench/media/barcode.js`` reads it in a page.
"""

from __future__ import annotations

CELLS = 64
TIME_BITS = 48
CHECK_BITS = 12
STRIP = 1 / 12  # of the picture's height
WHITE, BLACK = 235, 16
THRESHOLD = 126


def checksum(milliseconds: int) -> int:
    """Fold the time into 12 bits: wrong for any one misread cell."""
    value = 0xA5A
    while milliseconds:
        value ^= milliseconds & 0xFFF
        milliseconds >>= 12
    return value


def cells(milliseconds: int) -> list[bool]:
    """Return the 64 cells for a Unix time in milliseconds, True for white."""
    number = (milliseconds << CHECK_BITS) | checksum(milliseconds)
    bits = [bool(number >> shift & 1) for shift in range(TIME_BITS + CHECK_BITS - 1, -1, -1)]
    return [True, False, *bits, False, True]


def row(milliseconds: int, width: int) -> bytes:
    """Return one row of luma, ``width`` bytes, carrying the time."""
    shades = [WHITE if cell else BLACK for cell in cells(milliseconds)]
    return bytes(shades[column * CELLS // width] for column in range(width))


def read(luma: bytes, width: int, height: int) -> int | None:
    """Return the Unix time in milliseconds of a grey picture, or None where none can be read."""
    start = int(height * STRIP / 2) * width
    line = luma[start : start + width]
    seen = [line[int((cell + 0.5) * width / CELLS)] > THRESHOLD for cell in range(CELLS)]
    if seen[:2] != [True, False] or seen[-2:] != [False, True]:
        return None
    number = 0
    for bit in seen[2:-2]:
        number = number << 1 | bit
    milliseconds, check = number >> CHECK_BITS, number & (1 << CHECK_BITS) - 1
    return milliseconds if checksum(milliseconds) == check else None
