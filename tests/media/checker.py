"""Holds a media playlist to RFC 8216bis: every rule that can be read off the text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class Part:
    seconds: float
    uri: str
    size: int
    offset: int
    independent: bool


@dataclass
class Segment:
    msn: int
    discontinuity_sequence: int
    init: str
    time: datetime
    parts: list[Part] = field(default_factory=list)
    seconds: float | None = None  # None while it is under way
    uri: str = ""
    size: int = 0
    offset: int = 0


@dataclass
class Playlist:
    target: int
    part_target: float | None
    segments: list[Segment]


def attributes(text: str) -> dict[str, str]:
    found = re.findall(r'([A-Z-]+)=("[^"]*"|[^,]*)', text)
    return {name: value.strip('"') for name, value in found}


def byte_range(text: str) -> tuple[int, int]:
    size, _, offset = text.partition("@")
    return int(size), int(offset)


def parse(text: str) -> Playlist:
    """Read a playlist and assert what its form must be."""
    lines = text.splitlines()
    assert lines[0] == "#EXTM3U"
    assert text.endswith("\n")
    tags = dict(
        line[1:].split(":", 1) for line in lines if line.startswith("#EXT-X-") and ":" in line
    )
    assert int(tags["EXT-X-VERSION"]) >= 6, "EXT-X-MAP without I-frames-only needs version 6"
    low_latency = "EXT-X-PART-INF" in tags
    part_target = None
    if low_latency:
        part_target = float(attributes(tags["EXT-X-PART-INF"])["PART-TARGET"])
        control = attributes(tags["EXT-X-SERVER-CONTROL"])
        assert control["CAN-BLOCK-RELOAD"] == "YES"
        assert float(control["PART-HOLD-BACK"]) >= 2 * part_target - 0.0005
    playlist = Playlist(int(tags["EXT-X-TARGETDURATION"]), part_target, [])
    _segments(lines, playlist, tags)
    _check_hint(lines, playlist, low_latency)
    return playlist


def _part(found: dict[str, str]) -> Part:
    size, offset = byte_range(found["BYTERANGE"])
    independent = found.get("INDEPENDENT") == "YES"
    return Part(float(found["DURATION"]), found["URI"], size, offset, independent)


def _segments(lines: list[str], playlist: Playlist, tags: dict[str, str]) -> None:  # noqa: C901
    msn = int(tags["EXT-X-MEDIA-SEQUENCE"])
    breaks = int(tags["EXT-X-DISCONTINUITY-SEQUENCE"])
    init, time, here, duration, stretch = "", None, None, None, None
    for line in lines:
        name, _, value = line.partition(":")
        if name in {"#EXT-X-DISCONTINUITY", "#EXT-X-MAP", "#EXT-X-PROGRAM-DATE-TIME"}:
            assert here is None, f"{name} after the first part of its segment"
        if name == "#EXT-X-DISCONTINUITY":
            breaks += 1
        elif name == "#EXT-X-MAP":
            init = attributes(value)["URI"]
        elif name == "#EXT-X-PROGRAM-DATE-TIME":
            assert re.search(r"\.\d{3}[+-]\d\d:\d\d$", value), "milliseconds and a zone"
            time = datetime.fromisoformat(value)
        elif name == "#EXT-X-PART":
            here = here or Segment(msn, breaks, init, time)
            found = attributes(value)
            size, offset = byte_range(found["BYTERANGE"])
            independent = found.get("INDEPENDENT") == "YES"
            here.parts.append(
                Part(float(found["DURATION"]), found["URI"], size, offset, independent)
            )
        elif name == "#EXTINF":
            duration = float(value.rstrip(","))
        elif name == "#EXT-X-BYTERANGE":
            stretch = byte_range(value)
        elif not line.startswith("#"):
            here = here or Segment(msn, breaks, init, time)
            here.seconds, here.uri, (here.size, here.offset) = duration, line, stretch
            playlist.segments.append(here)
            here, msn = None, msn + 1
    if here is not None:
        playlist.segments.append(here)


def _check_hint(lines: list[str], playlist: Playlist, low_latency: bool) -> None:
    hints = [line for line in lines if line.startswith("#EXT-X-PRELOAD-HINT:")]
    assert "#EXT-X-ENDLIST" not in lines, "a live list has no end"
    assert len(hints) == (1 if low_latency else 0)
    if hints:
        hint = attributes(hints[0].partition(":")[2])
        last = playlist.segments[-1].parts[-1]
        assert lines[-1] == hints[0]
        assert hint["TYPE"] == "PART"
        assert hint["URI"] == last.uri
        assert int(hint["BYTERANGE-START"]) == last.offset + last.size


def check(text: str, *, even: bool = True) -> Playlist:
    """Assert every rule on one playlist; ``even`` False lets sound cut a part short (ADR 12)."""
    playlist = parse(text)
    assert playlist.segments
    for segment in playlist.segments:
        assert segment.init, "EXT-X-MAP stands before the first segment"
        assert segment.time is not None
        if segment.seconds is not None:
            assert playlist.target >= int(segment.seconds + 0.5), "longer than the target"
        if segment.parts:
            _check_parts(segment, playlist.part_target, even)
    whole = [segment for segment in playlist.segments if segment.seconds is not None]
    assert playlist.segments[: len(whole)] == whole, "only the last may be under way"
    assert len(playlist.segments) - len(whole) <= 1
    return playlist


def _check_parts(segment: Segment, part_target: float | None, even: bool) -> None:
    assert part_target is not None
    for number, part in enumerate(segment.parts):
        assert part.seconds <= part_target + 1e-9, "a part longer than the part target"
        last = number == len(segment.parts) - 1
        if even and not (part.independent or last):
            assert part.seconds >= 0.85 * part_target - 1e-6, "a part shorter than 85 %"
        if number:
            before = segment.parts[number - 1]
            assert part.uri == before.uri
            assert part.offset == before.offset + before.size, "parts follow one another"
    if segment.seconds is not None:
        assert abs(sum(part.seconds for part in segment.parts) - segment.seconds) < 0.001
        assert segment.uri == segment.parts[0].uri
        assert segment.offset == segment.parts[0].offset
        assert segment.size == sum(part.size for part in segment.parts)


def check_follows(before: Playlist, after: Playlist) -> None:
    """Assert that a later playlist only grew at its end and shrank at its beginning."""
    assert after.segments[0].msn >= before.segments[0].msn
    assert after.segments[-1].msn >= before.segments[-1].msn
    later = {segment.msn: segment for segment in after.segments}
    for segment in before.segments:
        same = later.get(segment.msn)
        if same is None:
            assert segment.msn < after.segments[0].msn
            continue
        numbers = (segment.discontinuity_sequence, segment.init, segment.time)
        assert numbers == (same.discontinuity_sequence, same.init, same.time)
        if segment.seconds is not None:
            assert (segment.seconds, segment.uri, segment.size, segment.offset) == (
                same.seconds,
                same.uri,
                same.size,
                same.offset,
            )
        if same.parts and segment.parts:
            assert same.parts[: len(segment.parts)] == segment.parts
