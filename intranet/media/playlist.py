"""From index records to HLS playlists, and following a stream that is being written.

RFC 8216bis (LL-HLS): parts and segments are byte ranges of the minute files. PART-HOLD-BACK is
2.5 parts where the draft says SHOULD 3: at 0.12 s a part the difference is what keeps glass to
screen under 0.7 s (ADR 11 has the measurements).
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from intranet.media import index

SEGMENTS_SHOWN = 7
SEGMENTS_WITH_PARTS = 2
HOLD_BACK_PARTS = 2.5
POLL_SECONDS = 0.008
IDLE_SECONDS = 10.0
STALE_SECONDS = 0.5
GONE_SECONDS = 10.0
TAILS_MAX = 256
BEIJING = timezone(timedelta(hours=8))


class BadReload(ValueError):  # noqa: N818 — it is what the draft calls a bad request
    """The directives of a blocking reload make no sense: 400."""


class NotLive(Exception):  # noqa: N818
    """There is nothing to play now."""


@dataclass(slots=True)
class Segment:
    """One segment: a stretch of one minute file, and its parts."""

    msn: int
    minute: str
    init: str
    discontinuity: bool
    parts: list[index.Part] = field(default_factory=list)
    complete: bool = False

    @property
    def duration_us(self) -> int:
        """How long it plays, so far."""
        return sum(part.duration_us for part in self.parts)


@dataclass(frozen=True, slots=True)
class Window:
    """What a playlist shows: the newest segments, the last of which is under way."""

    segments: tuple[Segment, ...]
    discontinuity_sequence: int
    part_target_us: int
    codecs: str
    next_offset: int  # where the next part will begin, in the last segment's file

    @property
    def last_msn(self) -> int:
        """The newest segment's number."""
        return self.segments[-1].msn

    def has(self, msn: int, part: int | None) -> bool:
        """Whether the playlist holds that segment (complete) or that part of it."""
        for segment in self.segments:
            if segment.msn == msn:
                if segment.complete:
                    return True
                return part is not None and part < len(segment.parts)
        return msn < self.segments[0].msn


def render(window: Window, stream: str, *, parts: bool) -> str:
    """Return the media playlist; ``parts`` False gives plain HLS that never blocks."""
    target = max(2, *(math.floor(s.duration_us / 1e6 + 0.5) for s in window.segments))
    shown = [s for s in window.segments if s.complete or parts]
    if not shown:
        raise NotLive
    part_target = window.part_target_us / 1e6
    hold_back = part_target * HOLD_BACK_PARTS
    lines = ["#EXTM3U", "#EXT-X-VERSION:10", f"#EXT-X-TARGETDURATION:{target}"]
    if parts:
        lines += [
            f"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK={hold_back:.3f}",
            f"#EXT-X-PART-INF:PART-TARGET={part_target:.5f}",
        ]
    lines += [
        f"#EXT-X-MEDIA-SEQUENCE:{shown[0].msn}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{window.discontinuity_sequence}",
    ]
    init = ""
    for number, segment in enumerate(shown):
        if segment.discontinuity and number:
            lines.append("#EXT-X-DISCONTINUITY")
        if segment.init != init:
            init = segment.init
            lines.append(f'#EXT-X-MAP:URI="{stream}/{init}"')
        lines += _segment(segment, stream, parts and number >= len(shown) - SEGMENTS_WITH_PARTS - 1)
    if parts:
        uri = f"{stream}/{shown[-1].minute}.mp4"
        lines.append(
            f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{uri}",BYTERANGE-START={window.next_offset}'
        )
    return "\n".join(lines) + "\n"


def _segment(segment: Segment, stream: str, with_parts: bool) -> list[str]:
    uri = f"{stream}/{segment.minute}.mp4"
    lines = [f"#EXT-X-PROGRAM-DATE-TIME:{_date(segment.parts[0].wall_us)}"] if segment.parts else []
    if with_parts:
        for part in segment.parts:
            independent = ",INDEPENDENT=YES" if part.independent else ""
            lines.append(
                f'#EXT-X-PART:DURATION={part.duration_us / 1e6:.5f},URI="{uri}",'
                f'BYTERANGE="{part.size}@{part.offset}"{independent}'
            )
    if segment.complete:
        first, last = segment.parts[0], segment.parts[-1]
        lines += [
            f"#EXTINF:{segment.duration_us / 1e6:.5f},",
            f"#EXT-X-BYTERANGE:{last.offset + last.size - first.offset}@{first.offset}",
            uri,
        ]
    return lines


def _date(wall_us: int) -> str:
    """Return ISO 8601 with milliseconds in Beijing's zone."""
    moment = datetime.fromtimestamp(wall_us / 1e6, UTC).astimezone(BEIJING)
    return moment.isoformat(timespec="milliseconds")


class Tail:
    """Follows the newest minute file of one stream while anybody waits for it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._changed = threading.Condition()
        self._segments: deque[Segment] = deque(maxlen=SEGMENTS_SHOWN + 1)
        self._dropped_discontinuities = 0
        self._reader: index.IndexReader | None = None
        self._window: Window | None = None
        self._part_target_us = 0
        self._grew_at = 0.0
        self._looked_at = 0.0
        self._wanted_at = time.monotonic()
        self._thread: threading.Thread | None = None

    def window(self) -> Window:
        """Return what there is now; raise NotLive when there is nothing or it is old."""
        with self._changed:
            self._keep_following()
            if self._window is None:
                self._look()
            if self._window is None:
                raise NotLive
            return self._window

    def wait_for(self, msn: int, part: int | None, seconds: float) -> Window:
        """Block until the segment or part exists, at most ``seconds``; return what there is.

        Raises BadReload for a number too far ahead (draft-pantos, 6.2.5.2), NotLive when the
        stream has stopped.
        """
        deadline = time.monotonic() + seconds
        with self._changed:
            self._keep_following()
            if self._window is None:
                self._look()
            while True:
                window = self._window
                if window is None:
                    raise NotLive
                if msn > window.last_msn + 2:
                    raise BadReload
                if window.has(msn, part) or _rolled_over(window, msn, part):
                    return window
                left = deadline - time.monotonic()
                if left <= 0:
                    return window
                self._wanted_at = time.monotonic()
                self._changed.wait(min(left, 0.25))

    def wait_for_bytes(self, minute: str, offset: int, seconds: float) -> index.Part | None:
        """Block until a part begins at an offset of a minute file; None when none came."""
        deadline = time.monotonic() + seconds
        with self._changed:
            self._keep_following()
            while True:
                for segment in self._segments:
                    if segment.minute == minute:
                        for part in segment.parts:
                            if part.offset == offset:
                                return part
                newest = self._segments[-1].minute if self._segments else ""
                left = deadline - time.monotonic()
                if left <= 0 or newest > minute:
                    return None
                self._wanted_at = time.monotonic()
                self._changed.wait(min(left, 0.25))

    def _keep_following(self) -> None:
        self._wanted_at = time.monotonic()
        if self._thread is None or not self._thread.is_alive():
            self._reset()
            self._look()
            self._thread = threading.Thread(target=self._follow, name="tail", daemon=True)
            self._thread.start()

    def _follow(self) -> None:
        while True:
            time.sleep(POLL_SECONDS)
            with self._changed:
                if time.monotonic() - self._wanted_at > IDLE_SECONDS:
                    self._reset()
                    self._thread = None
                    return
                if self._look():
                    self._changed.notify_all()

    def _reset(self) -> None:
        if self._reader is not None:
            self._reader.close()
        self._reader = None
        self._window = None
        self._segments.clear()
        self._dropped_discontinuities = 0

    def _look(self) -> bool:
        """Read what was added; return whether anything changed."""
        if self._reader is None:
            return self._begin()
        parts = self._reader.read_new()
        now = time.monotonic()
        if parts:
            self._grew_at = now
            self._add(parts)
        quiet = now - max(self._grew_at, self._looked_at) > STALE_SECONDS
        moved = False
        if self._reader.ended or (not parts and quiet):
            self._looked_at = now
            moved = self._go_on()
        if parts or moved:
            self._publish()
            return True
        if self._window is not None and now - self._grew_at > GONE_SECONDS:
            self._window = None
            return True
        return False

    def _begin(self) -> bool:
        """Load the newest files, enough for a whole window; old files are no live stream."""
        newest = index.minutes(self._folder, newest=4)
        if not newest or not _fresh(newest[-1]):
            return False
        for minute in newest:
            self._open(minute)
            if self._reader is not None:
                self._add(self._reader.read_new())
        self._grew_at = time.monotonic()
        self._publish()
        return self._window is not None

    def _go_on(self) -> bool:
        """Move to the next file when there is one."""
        assert self._reader is not None
        current = self._reader.minute.name
        later = [m for m in index.minutes(self._folder, newest=3) if m.name > current]
        if not later:
            return False
        self._add(self._reader.read_new())
        for minute in later:
            self._open(minute)
            self._add(self._reader.read_new())
        self._grew_at = time.monotonic()
        return True

    def _open(self, minute: index.Minute) -> None:
        if self._reader is not None:
            self._reader.close()
        self._reader = index.IndexReader(minute)
        if self._segments:
            self._segments[-1].complete = True

    def _add(self, parts: list[index.Part]) -> None:
        assert self._reader is not None
        header = self._reader.header
        if header is None:
            return
        minute = self._reader.minute.name
        for part in parts:
            last = self._segments[-1] if self._segments else None
            if last is None or last.minute != minute or part.new_segment:
                if last is not None:
                    last.complete = True
                first_here = last is None or last.minute != minute
                broken = first_here and header.discontinuity
                self._push(Segment(part.msn, minute, header.init, broken))
            self._segments[-1].parts.append(part)
            self._part_target_us = max(self._part_target_us, part.duration_us)

    def _push(self, segment: Segment) -> None:
        if len(self._segments) == self._segments.maxlen:
            gone = self._segments.popleft()
            self._dropped_discontinuities += gone.discontinuity
        self._segments.append(segment)

    def _publish(self) -> None:
        header = self._reader.header if self._reader else None
        usable = [segment for segment in self._segments if segment.parts]
        if header is None or not usable:
            return
        last = usable[-1].parts[-1]
        # The newest file's number counts every break before it; those shown are still to come.
        shown_breaks = sum(segment.discontinuity for segment in usable[1:])
        copies = tuple(
            Segment(s.msn, s.minute, s.init, s.discontinuity, list(s.parts), s.complete)
            if s is usable[-1]
            else s
            for s in usable
        )
        self._window = Window(
            copies,
            header.discontinuity_sequence - shown_breaks,
            max(self._part_target_us, header.part_target_us),
            header.codecs,
            last.offset + last.size,
        )


def _rolled_over(window: Window, msn: int, part: int | None) -> bool:
    """Take a part past the end of a complete segment for part 0 of the next one."""
    if part is None:
        return False
    for segment in window.segments:
        if segment.msn == msn and segment.complete and part >= len(segment.parts):
            return window.has(msn + 1, 0)
    return False


def _fresh(minute: index.Minute) -> bool:
    try:
        age = time.time() - minute.index_path.stat().st_mtime
    except FileNotFoundError:
        return False
    return age < GONE_SECONDS


class Tails:
    """All followers of one web process, at most TAILS_MAX."""

    def __init__(self, media_dir: Path) -> None:
        self._media_dir = media_dir
        self._lock = threading.Lock()
        self._tails: dict[tuple[str, str], Tail] = {}

    def get(self, code: str, stream: str) -> Tail:
        """Return the follower of a stream; the code was checked by the caller."""
        with self._lock:
            key = (code, stream)
            if key not in self._tails:
                if len(self._tails) >= TAILS_MAX:
                    self._tails.pop(next(iter(self._tails)))
                self._tails[key] = Tail(self._media_dir / code / stream)
            return self._tails[key]
