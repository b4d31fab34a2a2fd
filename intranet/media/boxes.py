"""Fragmented MP4 as ffmpeg writes it to a pipe, cut into init segment and fragments.

ISO/IEC 14496-12 (boxes, movie fragments), 14496-15 (avcC, hvcC), RFC 6381 (codecs). Whatever the
bytes are, reading is bounded and ends in values or in BadMediaError.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

BOX_MAX = 32 * 1024 * 1024
INIT_MAX = 64 * 1024
SAMPLES_MAX = 4096
NON_SYNC = 0x00010000
CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"mvex"})


class BadMediaError(ValueError):
    """The bytes are not the fragmented MP4 they should be."""


class NoVideoError(BadMediaError):
    """There is an init segment and no picture in it."""


@dataclass(frozen=True, slots=True)
class Track:
    """One track of an init segment."""

    id: int
    timescale: int
    is_video: bool
    codec: str  # RFC 6381
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Init:
    """``ftyp`` + ``moov``."""

    data: bytes
    tracks: tuple[Track, ...]

    @property
    def codecs(self) -> str:
        """The codecs parameter of RFC 6381."""
        return ",".join(track.codec for track in self.tracks)

    @property
    def video(self) -> Track:
        """The video track; raises NoVideoError when there is none."""
        for track in self.tracks:
            if track.is_video:
                return track
        message = "no video track"
        raise NoVideoError(message)


@dataclass(frozen=True, slots=True)
class Fragment:
    """``moof`` + ``mdat``: times in microseconds on the media's own clock."""

    data: bytes
    start_us: int
    duration_us: int
    independent: bool
    has_video: bool
    pictures: int


class Reader:
    """Feed it what the pipe gives; it yields an Init and then Fragments."""

    def __init__(self) -> None:
        self._buffer: bytearray | memoryview = bytearray()
        self._at = 0  # of the next box in the buffer
        self._moof: tuple[int, int] | None = None  # start and size of one without its mdat yet
        self._head = b""
        self._init: Init | None = None

    def feed(self, data: bytes | memoryview) -> Iterator[Init | Fragment]:
        """Take bytes; yield every piece they complete. Raises BadMediaError.

        ``data`` may be used again by its owner once everything was taken from the iterator.
        """
        # Most reads hold whole fragments: those are parsed where they lie.
        if self._buffer:
            assert isinstance(self._buffer, bytearray)
            self._buffer += data
        else:
            self._buffer = memoryview(data)
        while len(self._buffer) - self._at >= 8:
            size, kind = self._next_box()
            if size == 0 or len(self._buffer) - self._at < size:
                break
            start, self._at = self._at, self._at + size
            piece = self._take(kind, start, size)
            if piece is not None:
                yield piece
        self._let_go()

    def _let_go(self) -> None:
        """Keep only what is not read yet, at once and not box by box: no bytes move twice."""
        read = self._at if self._moof is None else self._moof[0]
        if self._at - read > BOX_MAX:
            message = "a fragment whose media never comes"
            raise BadMediaError(message)
        if isinstance(self._buffer, memoryview):
            self._buffer = bytearray(self._buffer[read:])
        elif read:
            del self._buffer[:read]
        self._at -= read
        if self._moof is not None:
            self._moof = (0, self._moof[1])

    def _next_box(self) -> tuple[int, bytes]:
        """Return size and kind of the box that begins here; size 0 while it cannot be told."""
        size, kind = struct.unpack_from(">I4s", self._buffer, self._at)
        header = 8
        if size == 1:
            if len(self._buffer) - self._at < 16:
                return 0, kind
            (size,) = struct.unpack_from(">Q", self._buffer, self._at + 8)
            header = 16
        if size < header or size > BOX_MAX:
            message = "a box of an impossible size"
            raise BadMediaError(message)
        return size, kind

    def _cut(self, start: int, end: int) -> bytes:
        with memoryview(self._buffer) as view:
            return bytes(view[start:end])

    def _take(self, kind: bytes, start: int, size: int) -> Init | Fragment | None:
        if kind == b"moof":
            self._moof = (start, size)
        elif kind == b"mdat" and self._moof is not None:
            (begin, length), self._moof = self._moof, None
            if self._init is None:
                message = "a fragment before the init segment"
                raise BadMediaError(message)
            return _fragment(self._cut(begin, start + size), length, self._init)
        elif kind in {b"ftyp", b"styp"}:
            if self._init is None:
                self._head = self._cut(start, start + size)
        elif kind == b"moov":
            box = self._cut(start, start + size)
            if len(self._head) + size > INIT_MAX:
                message = "an init segment of an impossible size"
                raise BadMediaError(message)
            self._init = Init(self._head + box, tuple(_tracks(box)))
            return self._init
        return None


def _children(box: bytes | memoryview, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, start and end of the content of each box in a stretch."""
    while end - start >= 8:
        size, kind = struct.unpack_from(">I4s", box, start)
        if size < 8 or start + size > end:
            message = "a box reaches past its parent"
            raise BadMediaError(message)
        yield kind, start + 8, start + size
        start += size


def _tracks(moov: bytes) -> Iterator[Track]:
    try:
        for kind, start, end in _children(moov, 8, len(moov)):
            if kind == b"trak":
                track = _track(moov, start, end)
                if track is not None:
                    yield track
    except (struct.error, IndexError):
        message = "a cut-off init segment"
        raise BadMediaError(message) from None


def _track(moov: bytes, start: int, end: int) -> Track | None:
    found = dict(_leaves(moov, start, end, 0))
    if not {b"tkhd", b"mdhd", b"stsd"} <= found.keys():
        return None
    tkhd, mdhd = found[b"tkhd"][0], found[b"mdhd"][0]
    (track_id,) = struct.unpack_from(">I", moov, tkhd + (20 if moov[tkhd] == 1 else 12))
    (timescale,) = struct.unpack_from(">I", moov, mdhd + (20 if moov[mdhd] == 1 else 12))
    if timescale == 0:
        message = "a track without a timescale"
        raise BadMediaError(message)
    entry = found[b"stsd"][0] + 8
    size, kind = struct.unpack_from(">I4s", moov, entry)
    end_of_entry = min(entry + size, len(moov))
    if kind in {b"avc1", b"avc3", b"hvc1", b"hev1"}:
        width, height = struct.unpack_from(">HH", moov, entry + 32)
        codec = _video_codec(moov, kind, entry + 86, end_of_entry)
        return Track(track_id, timescale, True, codec, width, height)
    if kind == b"mp4a":
        return Track(track_id, timescale, False, "mp4a.40.2", 0, 0)
    return None


def _leaves(
    moov: bytes, start: int, end: int, depth: int
) -> Iterator[tuple[bytes, tuple[int, int]]]:
    for kind, inner, inner_end in _children(moov, start, end):
        if kind in CONTAINERS and depth < 8:
            yield from _leaves(moov, inner, inner_end, depth + 1)
        else:
            yield kind, (inner, inner_end)


def _video_codec(moov: bytes, kind: bytes, start: int, end: int) -> str:
    for name, inner, _end in _children(moov, start, end):
        if name == b"avcC":
            return (
                f"{kind.decode()}.{moov[inner + 1]:02x}{moov[inner + 2]:02x}{moov[inner + 3]:02x}"
            )
        if name == b"hvcC":
            return f"{kind.decode()}.{_hevc_profile(moov, inner)}"
    return kind.decode()


def _hevc_profile(moov: bytes, start: int) -> str:
    """Return the hvc1 parameters of ISO/IEC 14496-15, annex E.3."""
    first = moov[start + 1]
    space = ("", "A", "B", "C")[first >> 6]
    (compatibility,) = struct.unpack_from(">I", moov, start + 2)
    reverse = int(f"{compatibility:032b}"[::-1], 2)
    tier = "H" if first & 0x20 else "L"
    constraints = moov[start + 6 : start + 12].rstrip(b"\0")
    parts = [f"{space}{first & 31}", f"{reverse:x}", f"{tier}{moov[start + 12]}"]
    return ".".join(parts + [f"{byte:x}" for byte in constraints])


def _fragment(data: bytes, moof_size: int, init: Init) -> Fragment:
    """Return what ``moof`` says of the ``mdat`` behind it; ``data`` is both."""
    chosen: Run | None = None
    try:
        for kind, start, end in _children(data, 8, moof_size):
            if kind != b"traf":
                continue
            run = _run(data, start, end, init)
            if run is not None and (chosen is None or run.track.is_video):
                chosen = run
    except (struct.error, IndexError):
        message = "a cut-off fragment"
        raise BadMediaError(message) from None
    if chosen is None:
        message = "a fragment of no known track"
        raise BadMediaError(message)
    track = chosen.track
    start_us = chosen.base * 1_000_000 // track.timescale
    end_us = (chosen.base + chosen.duration) * 1_000_000 // track.timescale
    has_video = track.is_video and chosen.samples > 0
    pictures = chosen.samples if has_video else 0
    return Fragment(data, start_us, end_us - start_us, chosen.sync, has_video, pictures)


class Run(NamedTuple):
    """The samples of one track in a fragment; times in the track's timescale."""

    track: Track
    base: int
    duration: int
    sync: bool  # begins with a sync sample
    samples: int


def _run(moof: bytes, start: int, end: int, init: Init) -> Run | None:
    """Return what one ``traf`` says; None for a track the init segment does not know."""
    track: Track | None = None
    default_duration = default_flags = base = total = samples = 0
    sync = False
    for kind, inner, _end in _children(moof, start, end):
        if kind == b"tfhd":
            flags, track_id = struct.unpack_from(">II", moof, inner)
            track = next((t for t in init.tracks if t.id == track_id), None)
            default_duration, default_flags = _defaults(moof, inner + 8, flags & 0xFFFFFF)
        elif kind == b"tfdt":
            layout = ">Q" if moof[inner] == 1 else ">I"
            (base,) = struct.unpack_from(layout, moof, inner + 4)
        elif kind == b"trun":
            count, duration, first = _samples(moof, inner, default_duration, default_flags)
            if not samples:
                sync = not first & NON_SYNC
            total += duration
            samples += count
    return None if track is None else Run(track, base, total, sync, samples)


def _defaults(moof: bytes, at: int, flags: int) -> tuple[int, int]:
    duration = sample_flags = 0
    for bit, width in ((0x1, 8), (0x2, 4), (0x8, 4), (0x10, 4), (0x20, 4)):
        if flags & bit:
            if bit == 0x8:
                (duration,) = struct.unpack_from(">I", moof, at)
            elif bit == 0x20:
                (sample_flags,) = struct.unpack_from(">I", moof, at)
            at += width
    return duration, sample_flags


def _samples(moof: bytes, at: int, duration: int, default_flags: int) -> tuple[int, int, int]:
    """Return how many samples a run has, how long they last and the flags of the first."""
    flags, count = struct.unpack_from(">II", moof, at)
    flags &= 0xFFFFFF
    if count > SAMPLES_MAX:
        message = "a run of an impossible number of samples"
        raise BadMediaError(message)
    at += 8 + (4 if flags & 0x1 else 0)
    first = default_flags
    if flags & 0x4:
        (first,) = struct.unpack_from(">I", moof, at)
        at += 4
    width = 4 * sum(bool(flags & bit) for bit in (0x100, 0x200, 0x400, 0x800))
    if flags & 0x400 and not flags & 0x4 and count:
        skip = 4 * sum(bool(flags & bit) for bit in (0x100, 0x200))
        (first,) = struct.unpack_from(">I", moof, at + skip)
    if not flags & 0x100:
        return count, duration * count, first
    total = 0
    for index in range(count):
        total += struct.unpack_from(">I", moof, at + index * width)[0]
    return count, total, first
