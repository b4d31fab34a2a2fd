"""From a window of a live stream to HLS playlists, and following a stream that is written.

RFC 8216bis (LL-HLS): parts and segments are byte ranges of the minute files. PART-HOLD-BACK is
2.4 parts where the draft says SHOULD 3 (MUST 2): at 0.12 s a part the difference is what keeps
glass to screen under 0.7 s (ADR 11 has the measurements).
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from intranet.media import index
from intranet.media.window import Gathering, Segment, Window

HOLD_BACK_PARTS = 2.4
POLL_SECONDS = 0.008
IDLE_SECONDS = 10.0
QUIET_SECONDS = 0.5
LOOK_SECONDS = 0.25
GONE_SECONDS = 10.0
# A player that is there already is worth waiting for; one that comes must not be shown the past.
FRESH_SECONDS = 3.0
RECENT_SECONDS = 90.0
FILES_BEHIND = 4
TAILS_MAX = 256
BEIJING = timezone(timedelta(hours=8))


class BadReload(ValueError):  # noqa: N818 — it is what the draft calls a bad request
    """The directives of a blocking reload make no sense: 400."""


class NotLive(Exception):  # noqa: N818
    """There is nothing to play now."""


def render(window: Window, stream: str, *, parts: bool) -> str:
    """Return the media playlist; ``parts`` False gives plain HLS that never blocks."""
    shown = [segment for segment in window.segments if segment.complete or parts]
    lines = ["#EXTM3U", "#EXT-X-VERSION:10", f"#EXT-X-TARGETDURATION:{window.target_seconds}"]
    if parts:
        part_target = window.part_target_us / 1e6
        hold_back = part_target * HOLD_BACK_PARTS
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
        if segment.init != init or (segment.discontinuity and number):
            init = segment.init
            lines.append(f'#EXT-X-MAP:URI="{stream}/{init}"')
        lines += _segment(segment, stream, parts and number >= len(shown) - window.with_parts)
    if parts:
        uri = f"{stream}/{shown[-1].minute}.mp4"
        lines.append(
            f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{uri}",BYTERANGE-START={window.next_offset}'
        )
    return "\n".join(lines) + "\n"


def _segment(segment: Segment, stream: str, with_parts: bool) -> list[str]:
    uri = f"{stream}/{segment.minute}.mp4"
    lines = [f"#EXT-X-PROGRAM-DATE-TIME:{_date(segment.parts[0].wall_us)}"]
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
        self._gathered = Gathering()
        self._reader: index.IndexReader | None = None
        self._window: Window | None = None
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
            if self._window is None or time.monotonic() - self._grew_at > FRESH_SECONDS:
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
                if window.too_far(msn, part):
                    raise BadReload
                if window.has(msn, part):
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
                for segment in self._gathered.segments:
                    if segment.minute == minute:
                        for part in segment.parts:
                            if part.offset == offset:
                                return part
                newest = self._gathered.segments[-1].minute if self._gathered.segments else ""
                left = deadline - time.monotonic()
                if left <= 0 or newest > minute:
                    return None
                self._wanted_at = time.monotonic()
                self._changed.wait(min(left, 0.25))

    # --- all below is called with the condition held -------------------------------------------

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
        self._looked_at = 0.0
        self._gathered.clear()

    def _look(self) -> bool:
        """Read what was added; return whether anything changed."""
        now = time.monotonic()
        if self._reader is None:
            if now - self._looked_at < LOOK_SECONDS:
                return False
            self._looked_at = now
            return self._begin()
        grew = self._take_in()
        quiet = now - max(self._grew_at, self._looked_at) > QUIET_SECONDS
        if self._reader.ended or (not grew and quiet):
            self._looked_at = now
            grew = self._go_on() or grew
        if grew:
            self._grew_at = now
            self._window = self._gathered.window()
            return True
        if now - self._grew_at > GONE_SECONDS:
            self._reset()
            return True
        return False

    def _begin(self) -> bool:
        """Load the newest files, enough for a whole window; old files are no live stream."""
        last = index.minutes(self._folder, newest=FILES_BEHIND)
        if not last or _age_seconds(last[-1]) > GONE_SECONDS:
            return False
        for minute in last:
            if _age_seconds(minute) < RECENT_SECONDS:
                self._open(minute)
                self._take_in()
        self._grew_at = time.monotonic() - max(0.0, _age_seconds(last[-1]))
        self._window = self._gathered.window()
        return self._window is not None

    def _go_on(self) -> bool:
        """Move to the next file when there is one."""
        assert self._reader is not None
        current = self._reader.minute.name
        if index.newest(self._folder) <= current:
            return False
        # The last records may have come between the last read and the new file.
        self._take_in()
        for minute in index.minutes(self._folder, newest=FILES_BEHIND):
            if minute.name > current:
                self._open(minute)
                self._take_in()
        return True

    def _open(self, minute: index.Minute) -> None:
        """Turn to a file; it may be gone already when it is not the newest."""
        try:
            fresh = index.IndexReader(minute)
        except FileNotFoundError:
            return
        if self._reader is not None:
            self._reader.close()
        self._reader = fresh

    def _take_in(self) -> bool:
        reader = self._reader
        if reader is None or reader.ended:
            return False
        parts = index.read_on(reader)
        if reader.header is not None:
            self._gathered.add(reader.minute.name, reader.header, parts)
        if reader.ended:
            self._gathered.end()
        return bool(parts) or reader.ended


def _age_seconds(minute: index.Minute) -> float:
    """Return how long ago a file last grew; for one that is gone, for ever."""
    try:
        return time.time() - minute.index_path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


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
