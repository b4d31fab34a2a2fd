"""Writes one stream's minute files: recording and live at once, each byte written once.

Time (after Moonfire NVR's design notes): the media's own clock gives durations, this machine's
clock gives the beginning: the least delayed fragment tells best when a picture was seen. The
offset may fall at once and rises slowly (RISE), so a camera clock that drifts is followed and a
burst of late packets is not.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from intranet.media import index
from intranet.media.boxes import Fragment, Init

SEGMENT_US = 1_500_000  # a key picture after this begins a new segment
SEGMENT_MAX_US = 12_000_000  # without any key picture a segment ends all the same
MINUTE_US = 60_000_000
RISE = 0.0005  # 500 ppm
JUMP_US = 1_500_000
INITS_KEPT = 8


class OddTimestampsError(ValueError):
    """The camera's clock jumped; the connection has to begin anew."""


class Recorder:
    """One connection's writer. ``part`` takes fragments in order; ``close`` ends the file."""

    def __init__(self, folder: Path, init: Init, part_target_us: int) -> None:
        self._folder = folder
        self._init = init
        self._part_target_us = part_target_us
        self._msn, self._discontinuity_sequence = index.last_numbers(folder)
        self._init_name = self._keep_init()
        self._first_file = True
        self._media = self._sidecar = -1
        self._size = 0
        self._file_wall_us = 0
        self._segment_us = 0
        self._offset_us: float | None = None
        self._next_start_us: int | None = None
        self._last_wall_us = 0
        self._key: tuple[index.Minute, index.Part] | None = None
        self._minute: index.Minute | None = None

    @property
    def last_key(self) -> tuple[index.Minute, index.Part] | None:
        """Where the newest key picture stands, for a still."""
        return self._key

    @property
    def init_name(self) -> str:
        """The init segment's file name."""
        return self._init_name

    def part(self, fragment: Fragment, arrived_us: int) -> None:
        """Append a fragment that arrived at a moment (Unix microseconds).

        Raises OddTimestampsError when the media's clock jumps, OSError when the disk is full.
        """
        self._check_clock(fragment)
        wall_us = self._wall(fragment, arrived_us)
        new_segment = self._begins_segment(fragment)
        if new_segment:
            self._begin_segment(wall_us)
        if self._media < 0:
            return  # before the first key picture there is nothing anybody could play
        part = index.Part(
            self._msn,
            self._size,
            len(fragment.data),
            fragment.duration_us,
            wall_us,
            fragment.independent,
            new_segment,
        )
        _write_all(self._media, fragment.data)
        _write_all(self._sidecar, index.part_bytes(part))
        self._size += part.size
        self._segment_us += part.duration_us
        if part.independent and self._minute is not None:
            self._key = (self._minute, part)

    def close(self) -> None:
        """End the file under way; safe to call twice."""
        if self._media < 0:
            return
        _write_all(self._sidecar, index.end_bytes(self._msn, self._size))
        os.close(self._media)
        os.close(self._sidecar)
        self._media = self._sidecar = -1

    def _check_clock(self, fragment: Fragment) -> None:
        expected = self._next_start_us
        self._next_start_us = fragment.start_us + fragment.duration_us
        if expected is not None and abs(fragment.start_us - expected) > JUMP_US:
            message = "the media clock jumped"
            raise OddTimestampsError(message)
        if fragment.duration_us > SEGMENT_MAX_US:
            message = "a fragment of an impossible length"
            raise OddTimestampsError(message)

    def _wall(self, fragment: Fragment, arrived_us: int) -> int:
        seen = arrived_us - (fragment.start_us + fragment.duration_us)
        if self._offset_us is None or seen < self._offset_us:
            self._offset_us = float(seen)
        else:
            # A step of this machine's clock must not leave the picture's time behind for hours.
            far = seen - self._offset_us > 60_000_000
            self._offset_us = (
                float(seen) if far else min(seen, self._offset_us + fragment.duration_us * RISE)
            )
        wall_us = max(int(self._offset_us) + fragment.start_us, self._last_wall_us)
        self._last_wall_us = wall_us
        return wall_us

    def _begins_segment(self, fragment: Fragment) -> bool:
        if self._media < 0:
            return fragment.independent
        ripe = self._segment_us >= SEGMENT_US
        return (fragment.independent and ripe) or self._segment_us >= SEGMENT_MAX_US

    def _begin_segment(self, wall_us: int) -> None:
        """Count the segment, and open a new file with the first one of a new minute."""
        if self._media >= 0:
            self._msn += 1
        if self._media < 0 or wall_us // MINUTE_US != self._file_wall_us // MINUTE_US:
            self._open_next(wall_us)
        self._segment_us = 0

    def _open_next(self, wall_us: int) -> None:
        self.close()
        minute = index.minute_at(self._folder, wall_us)
        while minute.index_path.exists():
            wall_us += 1_000_000  # a name is never used twice, not even when a clock steps back
            minute = index.minute_at(self._folder, wall_us)
        minute.index_path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        self._media = os.open(minute.media_path, flags, 0o600)
        _write_all(self._media, self._init.data)
        self._sidecar = os.open(minute.index_path, flags, 0o600)
        _write_all(self._sidecar, index.header_bytes(self._header()))
        self._minute = minute
        self._size = len(self._init.data)
        self._file_wall_us = wall_us
        self._first_file = False

    def _header(self) -> index.Header:
        video = self._init.video
        return index.Header(
            msn=self._msn,
            discontinuity_sequence=self._discontinuity_sequence,
            discontinuity=self._first_file,
            init=self._init_name,
            init_size=len(self._init.data),
            codecs=self._init.codecs,
            width=video.width,
            height=video.height,
            part_target_us=self._part_target_us,
        )

    def _keep_init(self) -> str:
        """Write the init segment once under the hash of its bytes; keep the newest few."""
        self._folder.mkdir(parents=True, exist_ok=True)
        name = f"init-{hashlib.sha256(self._init.data).hexdigest()[:16]}.mp4"
        path = self._folder / name
        if not path.exists():
            fresh = path.with_suffix(".new")
            fresh.write_bytes(self._init.data)
            fresh.replace(path)
        os.utime(path)
        kept = sorted(self._folder.glob("init-*.mp4"), key=lambda p: p.stat().st_mtime)
        for old in kept[:-INITS_KEPT]:
            old.unlink(missing_ok=True)
        return name


def _write_all(descriptor: int, data: bytes) -> None:
    """Write everything; a short write (a full disk) is an OSError at the next try."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
