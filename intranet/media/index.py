"""The sidecar of a minute file: what stands where in it, and when it was.

``HHMMSS.idx`` = a header (magic, length, JSON, padded to a multiple of RECORD.size) and then one
32-byte record a part. Records are appended after the bytes they speak of, each carries a CRC of
itself; a reader stops before a torn or missing one and looks again later. The last record says
why the file ended. ``newest`` beside the day folders names the file under way.
"""

from __future__ import annotations

import binascii
import json
import os
import struct
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path

MAGIC = b"WWIX"
# kind, flags, CRC-16, MSN, offset, size, duration in µs, wall time in µs
RECORD = struct.Struct("<cBHIQIIq")
PART, END = b"P", b"E"
INDEPENDENT, NEW_SEGMENT = 1, 2
HEADER_MAX = 4096
PARTS_MAX = 4096
FILES_LOOKED_THROUGH = 64
STREAMS = frozenset({"main", "sub"})


class EndReason(IntEnum):
    """Why nothing more comes in a file; the numbers stand on disks, so they never change."""

    MINUTE = 1  # the next file goes on where this one ended
    LOST = 2  # the camera: closed, stalled, or its clock jumped
    STOPPED = 3  # nobody wanted it any more, or the worker was told to stop
    CLOCK = 4  # this machine's clock was set
    TORN = 5  # the worker or the machine died; found at the next start


@dataclass(frozen=True, slots=True)
class Header:
    """What holds for the whole file."""

    msn: int
    discontinuity_sequence: int
    discontinuity: bool  # this file begins a new connection
    init: str  # name of the init segment beside the day folders, init-<hash>.mp4
    init_size: int
    codecs: str
    width: int
    height: int
    part_target_us: int
    target_seconds: int = 2  # the longest segment this stream is known to have


@dataclass(frozen=True, slots=True)
class Part:
    """One fragment: where it stands, how long it plays, when its first sample was seen."""

    msn: int
    offset: int
    size: int
    duration_us: int
    wall_us: int
    independent: bool
    new_segment: bool


@dataclass(frozen=True, slots=True)
class Minute:
    """One minute file by its folder and UTC name, such as 20261123 and 100200."""

    folder: Path  # <media>/<code>/<stream>
    day: str
    time: str

    @property
    def name(self) -> str:
        """The name in addresses: 20261123-100200."""
        return f"{self.day}-{self.time}"

    @property
    def media_path(self) -> Path:
        """The bytes."""
        return self.folder / self.day / f"{self.time}.mp4"

    @property
    def index_path(self) -> Path:
        """The sidecar."""
        return self.folder / self.day / f"{self.time}.idx"


def minute_at(folder: Path, wall_us: int) -> Minute:
    """Return the file that begins at a moment, by its UTC second."""
    moment = datetime.fromtimestamp(wall_us // 1_000_000, UTC)
    return Minute(folder, moment.strftime("%Y%m%d"), moment.strftime("%H%M%S"))


def begins_at_us(minute: Minute) -> int:
    """Return the second a file is named after, in Unix microseconds."""
    named = datetime.strptime(minute.day + minute.time, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return int(named.timestamp()) * 1_000_000


def announce(minute: Minute) -> None:
    """Name the file under way, so that who follows need not list a day's 1,440 files."""
    fresh = minute.folder / "newest.new"
    fresh.write_text(minute.name, encoding="ascii")
    fresh.replace(minute.folder / "newest")


def newest(folder: Path) -> str:
    """Return the name of the file under way or last written; "" when there is none."""
    try:
        return (folder / "newest").read_text(encoding="ascii")
    except (FileNotFoundError, UnicodeDecodeError):
        return ""


def minutes(folder: Path, *, newest: int | None = None) -> list[Minute]:
    """Return the minute files of a stream, oldest first; only the newest few when asked."""
    found: list[Minute] = []
    for day in reversed(day_names(folder)):
        found += reversed(minutes_of(folder, day))
        if newest is not None and len(found) >= newest:
            break
    return found[: newest or len(found)][::-1]


def day_names(folder: Path) -> list[str]:
    """Return the days, YYYYMMDD in UTC, of which a stream has a folder; oldest first."""
    try:
        return sorted(entry.name for entry in os.scandir(folder) if _is_day(entry.name))
    except FileNotFoundError:
        return []


def minutes_of(folder: Path, day: str) -> list[Minute]:
    """Return the minute files of one day of a stream, oldest first."""
    try:
        names = [entry.name for entry in os.scandir(folder / day)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [Minute(folder, day, name[:-4]) for name in sorted(names) if name.endswith(".idx")]


def _is_day(name: str) -> bool:
    return len(name) == 8 and name.isdecimal()


def header_bytes(header: Header) -> bytes:
    """Return the beginning of an index file."""
    body = json.dumps(asdict(header)).encode()
    size = -(-(8 + len(body)) // RECORD.size) * RECORD.size
    return (MAGIC + struct.pack("<I", size) + body).ljust(size)


def part_bytes(part: Part) -> bytes:
    """Return the record of a part."""
    flags = (INDEPENDENT if part.independent else 0) | (NEW_SEGMENT if part.new_segment else 0)
    fields = (part.msn, part.offset, part.size, part.duration_us, part.wall_us)
    return _sealed(PART, flags, *fields)


def end_bytes(msn: int, size: int, reason: EndReason) -> bytes:
    """Return the record that says: nothing more comes in this file."""
    return _sealed(END, reason, msn, size, 0, 0, 0)


def _sealed(kind: bytes, flags: int, *fields: int) -> bytes:
    bare = RECORD.pack(kind, flags, 0, *fields)
    return RECORD.pack(kind, flags, binascii.crc_hqx(bare, 0x5757), *fields)


class IndexReader:
    """Follows one index file from its beginning; ``read_new`` returns what was added."""

    def __init__(self, minute: Minute) -> None:
        self.minute = minute
        self.header: Header | None = None
        self.ended = False
        self.end_reason: EndReason | None = None
        self.at = 0  # behind the last whole record
        self._descriptor = os.open(minute.index_path, os.O_RDONLY | os.O_CLOEXEC)

    def close(self) -> None:
        """Let go of the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def read_new(self) -> list[Part]:
        """Return the whole records added since the last call."""
        if self.ended:
            return []
        if self.header is None and not self._read_header():
            return []
        data = os.pread(self._descriptor, RECORD.size * PARTS_MAX, self.at)
        parts = list(self._parse(data)) if len(data) >= RECORD.size else []
        self.at += RECORD.size * (len(parts) + self.ended) if parts or self.ended else 0
        return parts

    def _read_header(self) -> bool:
        data = os.pread(self._descriptor, HEADER_MAX, 0)
        if len(data) < 8 or data[:4] != MAGIC:
            return False
        (size,) = struct.unpack_from("<I", data, 4)
        if size > HEADER_MAX or len(data) < size:
            return False
        try:
            self.header = Header(**json.loads(data[8:size]))
        except (ValueError, TypeError):
            return False
        self.at = size
        return True

    def _parse(self, data: bytes) -> Iterator[Part]:
        for at in range(0, len(data) - RECORD.size + 1, RECORD.size):
            kind, flags, crc, msn, offset, size, duration, wall = RECORD.unpack_from(data, at)
            fields = (msn, offset, size, duration, wall)
            if crc != binascii.crc_hqx(RECORD.pack(kind, flags, 0, *fields), 0x5757):
                return
            if kind == END:
                self.ended = True
                known = flags in EndReason._value2member_map_
                self.end_reason = EndReason(flags) if known else None
                return
            yield Part(*fields, bool(flags & INDEPENDENT), bool(flags & NEW_SEGMENT))


def read_whole(minute: Minute) -> tuple[Header | None, list[Part], bool]:
    """Return header, parts and whether the file was ended properly."""
    reader = IndexReader(minute)
    try:
        parts = read_on(reader)
        return reader.header, parts, reader.ended
    finally:
        reader.close()


def read_on(reader: IndexReader) -> list[Part]:
    """Return everything a reader has not returned yet, up to 64 reads of it."""
    parts: list[Part] = []
    for _round in range(64):
        more = reader.read_new()
        parts += more
        if not more:
            break
    return parts


def stream_folders(media_dir: Path) -> list[Path]:
    """Return the folder of every stream there is a recording of."""
    return [path for path in media_dir.glob("*/*") if path.name in STREAMS and path.is_dir()]


def last_written(folder: Path) -> tuple[Header, list[Part]] | None:
    """Return the newest file that holds parts; None for a new stream."""
    for minute in reversed(minutes(folder, newest=FILES_LOOKED_THROUGH)):
        header, parts, _ended = read_whole(minute)
        if header is not None and parts:
            return header, parts
    return None


def reconcile(folder: Path) -> int:
    """Close what a killed worker left open in a stream; return how many files.

    The bytes behind the last whole record are cut off, records whose bytes never reached the disk
    are dropped, and the end is marked TORN. Only for the one who holds the worker's lock.
    """
    closed = 0
    for minute in reversed(minutes(folder, newest=FILES_LOOKED_THROUGH)):
        reader = IndexReader(minute)
        try:
            parts = read_on(reader)
            if reader.ended:
                break  # everything older was closed before this one was begun
        finally:
            reader.close()
        _close_torn(minute, reader, parts)
        closed += 1
    return closed


def _close_torn(minute: Minute, reader: IndexReader, parts: list[Part]) -> None:
    try:
        held = minute.media_path.stat().st_size
    except FileNotFoundError:
        held = 0
    whole = [part for part in parts if part.offset + part.size <= held]
    if reader.header is None or not whole:
        minute.index_path.unlink(missing_ok=True)
        minute.media_path.unlink(missing_ok=True)
        return
    end = whole[-1].offset + whole[-1].size
    os.truncate(minute.media_path, end)
    os.truncate(minute.index_path, reader.at - RECORD.size * (len(parts) - len(whole)))
    with minute.index_path.open("ab") as sidecar:
        sidecar.write(end_bytes(whole[-1].msn, end, EndReason.TORN))
