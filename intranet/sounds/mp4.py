"""MP4 with AAC or Opus (ISO/IEC 14496-12), whole or in fragments, as Safari and phones record.

Boxes that are not needed to play — ``udta`` and ``meta`` with place and device, ``uuid`` and all
unknown ones — become ``free`` boxes of zeros of the same length, so that no offset changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from intranet.sounds.refused import DamagedError, VideoError

MAGIC = b"ftyp"
HOLDERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"dinf", b"edts", b"mvex", b"moof", b"traf"}
# Where each box may stand; what stands elsewhere, or is none of these, is blanked.
PLACES = {
    b"": {b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"sidx"},
    b"moov": {b"mvhd", b"trak", b"mvex"},
    b"trak": {b"tkhd", b"mdia", b"edts"},
    b"edts": {b"elst"},
    b"mdia": {b"mdhd", b"hdlr", b"minf"},
    b"minf": {b"smhd", b"dinf", b"stbl"},
    b"dinf": {b"dref"},
    b"stbl": {b"stsd", b"stts", b"stsc", b"stsz", b"stz2", b"stco", b"co64", b"sgpd", b"sbgp"},
    b"mvex": {b"mehd", b"trex"},
    b"moof": {b"mfhd", b"traf"},
    b"traf": {b"tfhd", b"tfdt", b"trun", b"sgpd", b"sbgp"},
}
CODECS = {b"mp4a", b"Opus"}
BOXES_MAX = 10_000  # a minute in fragments of 100 ms is 7,000
STSD_BYTES_MAX = 1_024
BYTES_MAX = {b"dref": 64, b"ftyp": 256, b"styp": 256, b"smhd": 16}


@dataclass(frozen=True, slots=True)
class _Box:
    name: bytes
    start: int
    body: int
    end: int


@dataclass(slots=True)
class _Movie:
    data: bytearray
    tracks: int = 0
    media: int = 0
    boxes: int = 0
    timescale: int = 0
    ticks: int = 0
    default_ticks: int = 0
    fragment_ticks: int = 0
    codecs: set[bytes] = field(default_factory=set)

    def number(self, at: int, length: int = 4) -> int:
        found = self.data[at : at + length]
        if len(found) < length:
            raise DamagedError
        return int.from_bytes(found, "big")


def cleaned(data: bytes) -> tuple[bytes, float]:
    """Return the file with everything blank but one track of sound, and its seconds."""
    movie = _Movie(bytearray(data))
    _walk(movie, b"", 0, len(data))
    if (
        not movie.ticks
        or movie.tracks != 1
        or not movie.media
        or not movie.codecs <= CODECS
        or not movie.codecs
    ):
        raise DamagedError
    return bytes(movie.data), movie.ticks / movie.timescale


def _walk(movie: _Movie, inside: bytes, start: int, end: int) -> None:
    for box in _boxes(movie, start, end):
        movie.boxes += 1
        if movie.boxes > BOXES_MAX:
            raise DamagedError
        if box.name not in PLACES[inside]:
            movie.data[box.start + 4 : box.start + 8] = b"free"
            movie.data[box.body : box.end] = bytes(box.end - box.body)
        elif box.name in HOLDERS:
            movie.tracks += box.name == b"trak"
            _walk(movie, box.name, box.body, box.end)
        else:
            _take(movie, box)


def _boxes(movie: _Movie, start: int, end: int) -> Iterator[_Box]:
    at = start
    while at < end:
        size, name, body = movie.number(at), bytes(movie.data[at + 4 : at + 8]), at + 8
        if size == 1:
            size, body = movie.number(at + 8, 8), at + 16
        elif size == 0 and start == 0:
            size = end - at  # the last box of a file may say: up to the end
        if size < body - at or at + size > end:
            raise DamagedError
        yield _Box(name, at, body, at + size)
        at += size


def _take(movie: _Movie, box: _Box) -> None:
    take = TAKERS.get(box.name)
    if take is not None:
        take(movie, box)
    elif box.name == b"mdat":
        movie.media += box.end - box.body
    elif box.end - box.body > BYTES_MAX.get(box.name, box.end):
        raise DamagedError


def _take_handler(movie: _Movie, box: _Box) -> None:
    if bytes(movie.data[box.body + 8 : box.body + 12]) != b"soun":
        raise VideoError
    name = slice(min(box.body + 24, box.end), box.end)  # a maker's or a program's
    movie.data[name] = bytes(name.stop - name.start)


def _take_codec(movie: _Movie, box: _Box) -> None:
    if movie.number(box.body + 4) != 1 or box.end - box.body > STSD_BYTES_MAX:
        raise DamagedError
    movie.codecs.add(bytes(movie.data[box.body + 12 : box.body + 16]))


def _take_times(movie: _Movie, box: _Box) -> None:
    for entry in range(movie.number(box.body + 4)):
        at = box.body + 8 + entry * 8
        _check_within(at + 8, box)
        movie.ticks += movie.number(at) * movie.number(at + 4)


def _take_defaults(movie: _Movie, box: _Box) -> None:
    _check_within(box.body + 16, box)
    movie.default_ticks = movie.number(box.body + 12)


def _take_head(movie: _Movie, box: _Box) -> None:
    """Blank when it was made and changed; keep the clock of the sound."""
    wide = movie.number(box.body, 1) == 1
    dates = 16 if wide else 8
    _check_within(box.body + 4 + dates + 8, box)
    movie.data[box.body + 4 : box.body + 4 + dates] = bytes(dates)
    if box.name == b"mdhd":
        movie.timescale = movie.number(box.body + 4 + dates)


def _take_fragment_head(movie: _Movie, box: _Box) -> None:
    flags, at = movie.number(box.body + 1, 3), box.body + 8
    at += (8 if flags & 0x1 else 0) + (4 if flags & 0x2 else 0)
    movie.fragment_ticks = movie.default_ticks
    if flags & 0x8:
        _check_within(at + 4, box)
        movie.fragment_ticks = movie.number(at)


def _take_run(movie: _Movie, box: _Box) -> None:
    flags, count, at = movie.number(box.body + 1, 3), movie.number(box.body + 4), box.body + 8
    at += (4 if flags & 0x1 else 0) + (4 if flags & 0x4 else 0)
    step = 4 * sum(bool(flags & one) for one in (0x100, 0x200, 0x400, 0x800))
    _check_within(at + step * count, box)
    if not flags & 0x100:
        movie.ticks += count * movie.fragment_ticks
        return
    movie.ticks += sum(movie.number(at + step * sample) for sample in range(count))


def _check_within(end: int, box: _Box) -> None:
    if end > box.end:
        raise DamagedError


TAKERS: dict[bytes, Callable[[_Movie, _Box], None]] = {
    b"mvhd": _take_head,
    b"tkhd": _take_head,
    b"mdhd": _take_head,
    b"hdlr": _take_handler,
    b"stsd": _take_codec,
    b"stts": _take_times,
    b"trex": _take_defaults,
    b"tfhd": _take_fragment_head,
    b"trun": _take_run,
}
