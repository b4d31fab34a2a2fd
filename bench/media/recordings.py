"""Reads back what the media worker wrote, as a player would: is anything missing?"""

from __future__ import annotations

import itertools
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from intranet.media import index, playlist

if TYPE_CHECKING:
    from pathlib import Path

HOLE_US = 300_000  # between the end of a part and the beginning of the next, by the wall clock


@dataclass
class Found:
    """What one camera's indexes say."""

    parts: int = 0
    seconds: float = 0.0
    gaps: int = 0
    worst_hole_us: int = 0
    longest_part_us: int = 0


def check_camera(folder: Path) -> Found:
    """Follow one stream from its first part to its last, over all its minute files."""
    found, before, minute_before = Found(), None, None
    for minute in index.minutes(folder):
        header, parts, _ = index.read_whole(minute)
        if header is None or not parts:
            found.gaps += 1
            continue
        if minute_before is not None and header.discontinuity:
            found.gaps += 1  # a connection was lost
        if minute.media_path.stat().st_size < parts[-1].offset + parts[-1].size:
            found.gaps += 1
        minute_before = minute
        for part in parts:
            found.parts += 1
            found.seconds += part.duration_us / 1e6
            found.longest_part_us = max(found.longest_part_us, part.duration_us)
            if before is not None:
                found.gaps += part.msn not in {before.msn, before.msn + 1}
                hole = abs(part.wall_us - before.wall_us - before.duration_us)
                found.worst_hole_us = max(found.worst_hole_us, hole)
                found.gaps += hole > HOLE_US
            before = part
        for sooner, later in itertools.pairwise(parts):
            found.gaps += later.offset != sooner.offset + sooner.size
    return found


def check_recordings(folder: Path, cameras: int) -> int:
    """Print what all cameras' indexes say; return the number of gaps."""
    found = [check_camera(folder / f"C{number:03}" / "main") for number in range(cameras)]
    seconds = sorted(one.seconds for one in found)
    print(
        f"        {sum(one.parts for one in found)} parts on disk, {seconds[0]:.1f} to"
        f" {seconds[-1]:.1f} s a camera, longest part"
        f" {max(one.longest_part_us for one in found) / 1e6:.3f} s, worst hole"
        f" {max(one.worst_hole_us for one in found) / 1e3:.0f} ms,"
        f" gaps {sum(one.gaps for one in found)} in"
        f" {sum(one.gaps > 0 for one in found)} of {cameras} cameras",
        flush=True,
    )
    return sum(one.gaps for one in found)


def check_playlists(folder: Path, cameras: int) -> int:
    """Render every camera's live playlist; return how many are missing or have a break.

    In a process of its own: what follows a playlist goes on for ten seconds, and 86 of them would
    take a third of a core from whatever is measured next.
    """
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as apart:
        return apart.submit(_check_playlists, folder, cameras).result()


def _check_playlists(folder: Path, cameras: int) -> int:
    """Render every camera's live playlist; return how many are missing or have a break."""
    bad, shortest = 0, 1e9
    for number in range(cameras):
        tail = playlist.Tail(folder / f"C{number:03}" / "main")
        try:
            window = tail.window()
            text = playlist.render(window, "main", parts=True)
        except playlist.NotLive:
            bad += 1
            continue
        numbers = [segment.msn for segment in window.segments]
        broken = numbers != list(range(numbers[0], numbers[0] + len(numbers)))
        bad += broken or "#EXT-X-DISCONTINUITY\n" in text
        shortest = min(shortest, sum(segment.duration_us for segment in window.segments) / 1e6)
    print(f"        {cameras} live playlists, shortest {shortest:.1f} s, bad {bad}", flush=True)
    return bad
