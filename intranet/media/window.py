"""The stretch of a live stream that a playlist shows: which segments, which parts, which numbers.

Pure: index records in, an unchanging Window out. The rules are RFC 8216bis's (LL-HLS); the checker
in ``tests/media/checker.py`` holds playlists made from any records to them.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from intranet.media import index

SEGMENTS_MIN, SEGMENTS_MAX = 7, 64
SHOWN_US_MIN = 12_000_000
SEGMENTS_WITH_PARTS = 3  # the one under way and two before it
PART_TARGET_STEP_US = 10_000
GAP_US = 60_000_000  # what lies longer ago than this before a break is no part of "live"


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

    @property
    def seconds(self) -> int:
        """The duration as EXT-X-TARGETDURATION counts it: rounded to the nearest second."""
        return (self.duration_us + 500_000) // 1_000_000


@dataclass(frozen=True, slots=True)
class Window:
    """What a playlist shows: the newest segments, the last of which may be under way."""

    segments: tuple[Segment, ...]
    discontinuity_sequence: int
    part_target_us: int
    target_seconds: int
    codecs: str
    with_parts: int  # how many segments, counted from the newest, are listed with their parts
    next_offset: int  # where the next part will begin, in the last segment's file

    @property
    def last_msn(self) -> int:
        """The newest segment's number."""
        return self.segments[-1].msn

    def has(self, msn: int, part: int | None) -> bool:
        """Whether the playlist holds that segment (complete) or that part of it.

        A part behind the last one of a complete segment is part 0 of the next (6.2.5.2).
        """
        for segment in self.segments:
            if segment.msn == msn:
                if part is None or part < len(segment.parts):
                    return segment.complete or part is not None
                return segment.complete and self.has(msn + 1, 0)
        return msn < self.segments[0].msn

    def too_far(self, msn: int, part: int | None) -> bool:
        """Whether a reload asks for what can not come soon, so that it is answered 400."""
        if msn > self.last_msn + 2:
            return True
        last = self.segments[-1]
        if part is None or msn != last.msn or last.complete:
            return False
        # The draft's Advance Part Limit: three seconds' worth of parts.
        return part > len(last.parts) - 1 + math.ceil(3_000_000 / self.part_target_us)


class Gathering:
    """Takes index records in order and keeps what a window shows."""

    def __init__(self) -> None:
        self._segments: deque[Segment] = deque()
        self._header: index.Header | None = None
        self._target_seconds = 2

    @property
    def segments(self) -> Sequence[Segment]:
        """The segments kept, oldest first."""
        return self._segments

    def clear(self) -> None:
        """Forget everything."""
        self._segments.clear()
        self._header = None
        self._target_seconds = 2

    def add(self, minute: str, header: index.Header, parts: Sequence[index.Part]) -> None:
        """Take records of a minute file, in order."""
        for part in parts:
            last = self._segments[-1] if self._segments else None
            first_here = last is None or last.minute != minute
            if first_here or part.new_segment:
                self.end()
                self._forget_before_gap(part)
                broken = first_here and header.discontinuity
                self._segments.append(Segment(part.msn, minute, header.init, broken))
                self._shorten()
            self._segments[-1].parts.append(part)
            self._header = header
        self._target_seconds = max(self._target_seconds, header.target_seconds)

    def end(self) -> None:
        """Take it that nothing more comes in the segment under way."""
        if self._segments and not self._segments[-1].complete:
            last = self._segments[-1]
            last.complete = True
            self._target_seconds = max(self._target_seconds, last.seconds)

    def _forget_before_gap(self, part: index.Part) -> None:
        if self._segments:
            last = self._segments[-1].parts[-1]
            if abs(part.wall_us - last.wall_us) > GAP_US:
                self._segments.clear()

    def _shorten(self) -> None:
        """Drop the oldest while what stays is long enough: three target durations at least."""
        enough_us = max(SHOWN_US_MIN, 3_000_000 * self._target_seconds)
        shown_us = sum(segment.duration_us for segment in self._segments)
        while len(self._segments) > SEGMENTS_MIN:
            first_us = self._segments[0].duration_us
            if shown_us - first_us < enough_us and len(self._segments) <= SEGMENTS_MAX:
                return
            shown_us -= first_us
            self._segments.popleft()

    def window(self) -> Window | None:
        """Return what there is to show; None before the first whole segment."""
        header, segments = self._header, self._segments
        if header is None or not segments or not segments[0].complete:
            return None
        under_way = segments[-1]
        last = under_way.parts[-1]
        # The newest file's number counts every break before it; those shown are still to come.
        shown_breaks = sum(segment.discontinuity for segment in list(segments)[1:])
        frozen = Segment(
            under_way.msn,
            under_way.minute,
            under_way.init,
            under_way.discontinuity,
            list(under_way.parts),
            under_way.complete,
        )
        shown = (*list(segments)[:-1], frozen)
        with_parts = _with_parts(shown)
        listed = [part for segment in shown[-with_parts:] for part in segment.parts]
        longest = max(part.duration_us for part in listed)
        stepped = -(-longest // PART_TARGET_STEP_US) * PART_TARGET_STEP_US
        return Window(
            shown,
            header.discontinuity_sequence - shown_breaks,
            max(header.part_target_us, stepped),
            self._target_seconds,
            header.codecs,
            with_parts,
            last.offset + last.size,
        )


def _with_parts(shown: Sequence[Segment]) -> int:
    """Count the newest segments whose parts are listed.

    None from before a break: its parts may have had another length, and nobody waits for them.
    """
    for count, segment in enumerate(reversed(shown[-SEGMENTS_WITH_PARTS:]), 1):
        if segment.discontinuity:
            return count
    return min(SEGMENTS_WITH_PARTS, len(shown))
