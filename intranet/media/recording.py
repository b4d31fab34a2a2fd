"""Writes one stream's minute files: recording and live at once, each byte written once.

Time (after Moonfire NVR's design notes): the media's own clock gives durations, this machine's
clock gives the beginning: the least delayed fragment tells best when a picture was seen. The
offset may fall at once and rises slowly (RISE), so a camera clock that drifts is followed and a
burst of late packets is not. Arrivals are counted on the monotonic clock, so that setting the
wall clock moves no picture against another; it begins a new file instead.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from intranet.media import index
from intranet.media.boxes import Fragment, Init
from intranet.media.index import EndReason

SEGMENT_US = 1_500_000  # a key picture after this begins a new segment
SEGMENT_MAX_US = 12_000_000  # without any key picture a segment ends all the same
MINUTE_US = 60_000_000
RISE = 0.0005  # 500 ppm
JUMP_US = 1_500_000
LAG_US = 5_000_000
FRAGMENT_US_MAX = 10_000_000
PICTURE_US_MAX = 100_000
CLOCK_STEP_US = 200_000
# The first fragments come late: ffmpeg was still asking. They are kept back until one was timely.
SETTLE_US = 350_000
SETTLE_US_MAX = 1_500_000
SETTLE_FRAGMENTS = (3, 64)
PART_TARGET_US = (100_000, 600_000)
KEPT = 0.88  # of the part target a camera had before
SHORT = 0.85  # of the part target (draft-pantos-hls-rfc8216bis, EXT-X-PART)
INITS_KEPT = 8


class OddTimestampsError(ValueError):
    """The camera's clock jumped; the connection has to begin anew."""


class Recorder:
    """One connection's writer. ``part`` takes fragments in order; ``close`` ends the file."""

    def __init__(self, folder: Path, init: Init) -> None:
        self._folder = folder
        self._init = init
        self._init_name = self._keep_init()
        self._msn = self._discontinuity_sequence = 1
        self._target_seconds, self._part_target_us, self._named_us = 2, 0, 0
        self._take_up(index.last_written(folder))
        self._pending: list[tuple[Fragment, int, int]] = []
        self._settled = False
        self._broken = True  # the next file does not go on where the last one ended
        self._media = self._sidecar = -1
        self._size = 0
        self._file_wall_us = self._last_wall_us = 0
        self._segment_us = 0
        self._offset_us: float = 0.0
        self._clock_ahead_us = 0  # of the monotonic clock
        self._clock_stepped = self._short = False
        self._next_start_us: int | None = None
        self._key: tuple[index.Minute, index.Part] | None = None
        self._minute: index.Minute | None = None

    @property
    def last_key(self) -> tuple[index.Minute, index.Part] | None:
        """Where the newest key picture stands, for a still."""
        return self._key

    @property
    def init_bytes(self) -> bytes:
        """The init segment, without which no part can be decoded."""
        return self._init.data

    def part(self, fragment: Fragment, arrived_us: int, clock_us: int) -> None:
        """Append a fragment that arrived at a moment, on the monotonic and on the wall clock.

        Raises OddTimestampsError when the media's clock jumps, OSError when the disk is full.
        """
        if self._settled:
            self._write(fragment, arrived_us, clock_us)
            return
        self._pending.append((fragment, arrived_us, clock_us))
        since, count = arrived_us - self._pending[0][1], len(self._pending)
        enough = since >= SETTLE_US and count >= SETTLE_FRAGMENTS[0]
        if enough or since >= SETTLE_US_MAX or count >= SETTLE_FRAGMENTS[1]:
            self._settle()

    def close(self, reason: EndReason) -> None:
        """End the file under way; safe to call twice. Raises OSError when the disk is full."""
        if self._media < 0:
            return
        try:
            _write_all(self._sidecar, index.end_bytes(self._msn, self._size, reason))
        finally:
            os.close(self._media)
            os.close(self._sidecar)
            self._media = self._sidecar = -1

    # --- time -----------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Learn from the first fragments when pictures are seen and how long a part is."""
        pending, self._pending = self._pending, []
        delays = [_delay_us(fragment, arrived) for fragment, arrived, _clock in pending]
        self._offset_us = float(min(delays))
        self._clock_ahead_us = pending[-1][2] - pending[-1][1]
        # The first one may begin with pictures that have no time of their own yet.
        timely = pending[1:] or pending
        longest = max(fragment.duration_us for fragment, _arrived, _clock in timely)
        learned = min(max(-(-longest // 10_000) * 10_000, PART_TARGET_US[0]), PART_TARGET_US[1])
        known = self._part_target_us
        # A camera that comes back keeps its part target: players take it for a constant.
        kept = known * KEPT <= longest <= known
        self._part_target_us = known if kept else learned
        for fragment, arrived_us, clock_us in pending:
            self._write(fragment, arrived_us, clock_us)
        self._settled = True

    def _check_clock(self, fragment: Fragment, arrived_us: int) -> None:
        """Raise when the media's clock leaves the pace of ours, whichever way."""
        expected = self._next_start_us
        self._next_start_us = _end_us(fragment)
        jumped = expected is not None and abs(fragment.start_us - expected) > JUMP_US
        jumped = jumped or fragment.duration_us > FRAGMENT_US_MAX
        delay = _delay_us(fragment, arrived_us)
        # A server may hand over its last seconds in one go at first: late is not odd then.
        late = self._settled and delay - self._offset_us > LAG_US
        if jumped or late or delay - self._offset_us < -JUMP_US:
            message = "the media clock jumped"
            raise OddTimestampsError(message)
        self._offset_us = min(delay, self._offset_us + fragment.duration_us * RISE)

    def _wall(self, fragment: Fragment, arrived_us: int, clock_us: int) -> int:
        ahead = clock_us - arrived_us
        self._clock_stepped = abs(ahead - self._clock_ahead_us) > CLOCK_STEP_US
        if not self._clock_stepped:
            self._clock_ahead_us = ahead
        elif fragment.independent:
            self._clock_ahead_us = ahead
            self._last_wall_us = 0  # the truth may lie earlier now
        wall_us = int(self._offset_us) + fragment.start_us + self._clock_ahead_us
        self._last_wall_us = max(wall_us, self._last_wall_us)
        return self._last_wall_us

    # --- files ----------------------------------------------------------------------------------

    def _write(self, fragment: Fragment, arrived_us: int, clock_us: int) -> None:
        self._check_clock(fragment, arrived_us)
        wall_us = self._wall(fragment, arrived_us, clock_us)
        new_segment = self._begins_segment(fragment)
        if new_segment:
            self._begin_segment(fragment, wall_us)
        if self._media < 0:
            return  # before the first key picture there is nothing anybody could play
        size, duration_us = len(fragment.data), fragment.duration_us
        part = index.Part(
            self._msn, self._size, size, duration_us, wall_us, fragment.independent, new_segment
        )
        _write_all(self._media, fragment.data)
        _write_all(self._sidecar, index.part_bytes(part))
        self._size += size
        self._segment_us += duration_us
        self._short = not part.independent and duration_us < SHORT * self._part_target_us
        if part.independent and self._minute is not None:
            self._key = (self._minute, part)

    def _begins_segment(self, fragment: Fragment) -> bool:
        if self._media < 0:
            return fragment.independent
        if not fragment.independent:
            return self._segment_us >= SEGMENT_MAX_US
        # A part cut short by a key picture is allowed as the last one of its segment only.
        return self._segment_us >= SEGMENT_US or self._short or self._clock_stepped

    def _begin_segment(self, fragment: Fragment, wall_us: int) -> None:
        """Count the segment, and open a new file with the first one of a new minute."""
        if self._media >= 0:
            self._msn += 1
            seconds = (self._segment_us + 500_000) // 1_000_000
            self._target_seconds = max(self._target_seconds, seconds)
        self._segment_us = 0
        stepped = self._clock_stepped and fragment.independent
        new_minute = wall_us // MINUTE_US != self._file_wall_us // MINUTE_US
        if self._media < 0 or stepped or (new_minute and fragment.independent):
            if self._media >= 0 and stepped:
                self._broken = True
                self._discontinuity_sequence += 1
            self.close(EndReason.CLOCK if stepped else EndReason.MINUTE)
            self._open_next(wall_us)
            self._clock_stepped = False

    def _open_next(self, wall_us: int) -> None:
        # A name is never used twice and always sorts last, not even when a clock is set back.
        minute = index.minute_at(self._folder, max(wall_us, self._named_us + 1_000_000))
        self._named_us = index.begins_at_us(minute)
        minute.index_path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        try:
            self._media = os.open(minute.media_path, flags, 0o600)
            _write_all(self._media, self._init.data)
            self._sidecar = os.open(minute.index_path, flags, 0o600)
            _write_all(self._sidecar, index.header_bytes(self._header()))
            index.announce(minute)
        except OSError:
            self._abandon(minute)
            raise
        self._minute = minute
        self._size = len(self._init.data)
        self._file_wall_us = wall_us
        self._broken = False

    def _abandon(self, minute: index.Minute) -> None:
        """Leave nothing of a file that could not be begun."""
        for descriptor in (self._media, self._sidecar):
            if descriptor >= 0:
                os.close(descriptor)
        self._media = self._sidecar = -1
        minute.index_path.unlink(missing_ok=True)
        minute.media_path.unlink(missing_ok=True)

    def _header(self) -> index.Header:
        video = self._init.video
        return index.Header(
            msn=self._msn,
            discontinuity_sequence=self._discontinuity_sequence,
            discontinuity=self._broken,
            init=self._init_name,
            init_size=len(self._init.data),
            codecs=self._init.codecs,
            width=video.width,
            height=video.height,
            part_target_us=self._part_target_us,
            target_seconds=self._target_seconds,
        )

    def _take_up(self, last: tuple[index.Header, list[index.Part]] | None) -> None:
        """Go on with the numbers on disk, and with what is known of the same pictures."""
        newest = index.minutes(self._folder, newest=1)
        if newest:
            self._named_us = index.begins_at_us(newest[-1])
        if last is None:
            return
        header, parts = last
        self._msn = parts[-1].msn + 1
        self._discontinuity_sequence = header.discontinuity_sequence + 1
        if header.init == self._init_name:
            self._target_seconds = max(header.target_seconds, _longest_seconds(parts))
            self._part_target_us = header.part_target_us

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


def _longest_seconds(parts: list[index.Part]) -> int:
    """Return the longest whole segment, rounded as EXT-X-TARGETDURATION counts."""
    lengths: dict[int, int] = {}
    for part in parts:
        lengths[part.msn] = lengths.get(part.msn, 0) + part.duration_us
    return (max(lengths.values()) + 500_000) // 1_000_000


def _end_us(fragment: Fragment) -> int:
    return fragment.start_us + fragment.duration_us


def _delay_us(fragment: Fragment, arrived_us: int) -> int:
    """Return how far the media's clock is behind ours, by this fragment.

    ffmpeg lets a picture go when the one after it has come, so what it wrote is a picture older
    than what it has seen.
    """
    picture_us = fragment.duration_us // max(1, fragment.pictures)
    return arrived_us - _end_us(fragment) - min(picture_us, PICTURE_US_MAX)


def _write_all(descriptor: int, data: bytes) -> None:
    """Write everything; a short write (a full disk) is an OSError at the next try."""
    written = os.write(descriptor, data)
    while written < len(data):
        written += os.write(descriptor, memoryview(data)[written:])
