"""Ogg with Opus (RFC 3533, RFC 7845), as Firefox records; its comments are left out."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from intranet.sounds import opus
from intranet.sounds.refused import DamagedError, VideoError

MAGIC = b"OggS"
HEAD = struct.Struct("<4sBBqIIIB")
BEGINS = 2
CONTINUED = 1
RATE = 48_000
SECONDS_ENOUGH = 120
NO_COMMENTS = b"OpusTags" + bytes(4) + bytes(4)


@dataclass(frozen=True, slots=True)
class _Page:
    flags: int
    granule: int
    serial: int
    number: int
    lacing: bytes
    body: bytes
    whole: bytes


def cleaned(data: bytes) -> tuple[bytes, float]:
    """Return the file with empty comments, and its seconds."""
    pages = list(_pages(data))
    if len(pages) < 3:
        raise DamagedError
    head, tags = pages[0], pages[1]
    if head.body.startswith((b"\x80theora", b"\x01video", b"BBCD", b"fishead")):
        raise VideoError
    opus.check_head(head.body)
    if not tags.body.startswith(b"OpusTags") or tags.lacing[-1] == 255:
        raise DamagedError  # a page of comments is plenty; more is a picture or worse
    seconds, end = 0.0, 0
    for number, page in enumerate(pages):
        if page.number != number or page.serial != head.serial:
            raise VideoError  # another stream between the pages of this one
        if (page.flags & BEGINS != 0) != (number == 0):
            raise DamagedError
        if number >= 2:
            seconds += sum(opus.packet_seconds(start) for start in _packet_starts(page))
            end = max(end, page.granule)
        if seconds > SECONDS_ENOUGH:
            break  # too long already: not worth counting on
    skipped = int.from_bytes(head.body[10:12], "little")
    fresh = _page_bytes(head.serial, 1, NO_COMMENTS)
    whole = b"".join([head.whole, fresh, *(page.whole for page in pages[2:])])
    return whole, max(seconds, (end - skipped) / RATE)


def _pages(data: bytes) -> Iterator[_Page]:
    """Yield the pages one after another; a last one cut short is left out."""
    at = 0
    while at + HEAD.size <= len(data):
        magic, version, flags, granule, serial, number, _crc, segments = HEAD.unpack_from(data, at)
        if magic != MAGIC or version != 0:
            raise DamagedError
        body_at = at + HEAD.size + segments
        lacing = data[at + HEAD.size : body_at]
        end = body_at + sum(lacing)
        if len(lacing) < segments or end > len(data):
            return
        if not segments:
            raise DamagedError
        yield _Page(flags, granule, serial, number, lacing, data[body_at:end], data[at:end])
        at = end


def _packet_starts(page: _Page) -> Iterator[bytes]:
    """Yield the first two bytes of every packet that begins on a page."""
    at, begins = 0, not page.flags & CONTINUED
    for length in page.lacing:
        if begins and length:
            yield page.body[at : at + 2]
        at += length
        begins = length < 255


def _page_bytes(serial: int, number: int, body: bytes) -> bytes:
    lacing = bytes([len(body)])
    page = HEAD.pack(MAGIC, 0, 0, 0, serial, number, 0, 1) + lacing + body
    return page[:22] + _crc(page).to_bytes(4, "little") + page[26:]


def _crc(page: bytes) -> int:
    """Return the CRC of RFC 3533 §6: polynomial 0x04c11db7, not reflected, from zero."""
    value = 0
    for byte in page:
        value ^= byte << 24
        for _bit in range(8):
            value = (value << 1) ^ (0x04C11DB7 if value & 0x80000000 else 0)
            value &= 0xFFFFFFFF
    return value
