"""MP3 (ISO/IEC 11172-3, 13818-3, layer III): frames and nothing else; tags are left out."""

from __future__ import annotations

from dataclasses import dataclass

from intranet.sounds.refused import DamagedError

KILOBITS = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
KILOBITS_LOW = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
FRAMES_MIN = 3
LAST_CUT_MAX = 2_048
TAGS = (b"TAG", b"APETAGEX", b"ID3", b"LYRICSBEGIN")


@dataclass(frozen=True, slots=True)
class _Frame:
    length: int
    samples: int
    rate: int


def begins(data: bytes) -> bool:
    """Say whether this begins with a tag or a frame of layer III."""
    return data.startswith(b"ID3") or _frame(data, 0) is not None


def cleaned(data: bytes) -> tuple[bytes, float]:
    """Return the frames without a tag before or after them, and their seconds."""
    at = start = _after_tags(data)
    first, frames, seconds = _frame(data, at), 0, 0.0
    while first is not None:
        frame = _frame(data, at)
        if frame is None or frame.rate != first.rate or at + frame.length > len(data):
            break
        at, frames = at + frame.length, frames + 1
        seconds += frame.samples / frame.rate
    rest = data[at:]
    if frames < FRAMES_MIN or not (
        len(rest) < LAST_CUT_MAX or rest.startswith(TAGS) or not rest.strip(b"\0")
    ):
        raise DamagedError
    return data[start:at], seconds


def _after_tags(data: bytes) -> int:
    """Return where the frames begin, behind ID3v2 tags and the zeros some writers put there."""
    at = 0
    while data[at : at + 3] == b"ID3":
        size = data[at + 6 : at + 10]
        if len(size) < 4 or any(byte & 0x80 for byte in size):
            raise DamagedError
        length = size[0] << 21 | size[1] << 14 | size[2] << 7 | size[3]
        at += 10 + length + (10 if data[at + 5] & 0x10 else 0)
    while at < len(data) and data[at] == 0:
        at += 1
    return at


def _frame(data: bytes, at: int) -> _Frame | None:
    head = int.from_bytes(data[at : at + 4], "big")
    version, layer = head >> 19 & 3, head >> 17 & 3
    bitrate, rate_number = head >> 12 & 15, head >> 10 & 3
    if head >> 21 != 0x7FF or version == 1 or layer != 1:
        return None
    if bitrate in {0, 15} or rate_number == 3:
        return None
    full = version == 3
    rate = RATES[version][rate_number]
    bits = (KILOBITS if full else KILOBITS_LOW)[bitrate] * 1000
    length = (144 if full else 72) * bits // rate + (head >> 9 & 1)
    return _Frame(length, 1152 if full else 576, rate)
