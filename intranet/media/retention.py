"""Keeps recordings within their age, their space and the disk's; never touches a file in use."""

from __future__ import annotations

import heapq
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from intranet.media import index

EVERY_SECONDS = 30.0
GRACE_SECONDS = 180.0  # the newest minutes are live
REST_SECONDS = 0.02
DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Days to keep (0: no limit), bytes in all (0: no limit), bytes the disk keeps free."""

    days: int
    total_bytes: int
    free_bytes: int


def keep(media_dir: Path, limits: Limits, stop: threading.Event, log: Callable[..., None]) -> None:
    """Prune every half minute until told to stop."""
    keeper = Keeper(media_dir, rest=lambda: stop.wait(REST_SECONDS))
    while not stop.wait(EVERY_SECONDS):
        try:
            removed = keeper.prune(limits, time.time())
        except OSError as error:
            log("prune_failed", errno=error.errno)
        else:
            if removed:
                log("recordings_pruned", minutes=removed)


@dataclass(slots=True)
class _Day:
    """What one day of one stream holds: its minutes up to ``last``, and the one under way."""

    last: str = ""
    size: int = 0
    open_size: int = 0


class Keeper:
    """Prunes, and remembers what each day holds: a month of 86 cameras is 3.7 million files.

    A day is counted once and then only what came to it; all are counted anew each day, in case
    somebody else removed something. ``rest`` is called between two days of counting: the thread
    shares its processor with the one that reads the cameras.
    """

    def __init__(self, media_dir: Path, rest: Callable[[], object] = lambda: None) -> None:
        self._media_dir = media_dir
        self._rest = rest
        self._days: dict[Path, _Day] = {}
        self._counted_on = ""

    def prune(self, limits: Limits, now: float) -> int:
        """Remove the oldest minutes that a limit forbids; return how many."""
        folders = index.stream_folders(self._media_dir)
        total = self._total(folders, now) if limits.total_bytes else 0
        free = shutil.disk_usage(self._media_dir).free
        removed = 0
        # Oldest first, looked up as far as needed: the first minute that may stay ends it.
        for at, size, minute in heapq.merge(*map(_aged, folders), key=lambda found: found[0]):
            too_old = limits.days and now - at > limits.days * DAY_SECONDS
            too_much = limits.total_bytes and total > limits.total_bytes
            if not (too_old or too_much or free < limits.free_bytes) or now - at < GRACE_SECONDS:
                break
            # The bytes first: an index without bytes is swept below, bytes without index are not.
            minute.media_path.unlink(missing_ok=True)
            minute.index_path.unlink(missing_ok=True)
            total, free, removed = total - size, free + size, removed + 1
            self._forget(minute, size, now)
        if limits.days:
            self._drop_old_stills(now - limits.days * DAY_SECONDS)
        return removed

    def _total(self, folders: Sequence[Path], now: float) -> int:
        today, yesterday = _day_name(now), _day_name(now - DAY_SECONDS)
        if today != self._counted_on:
            self._counted_on = today
            self._days.clear()
        for folder in folders:
            for name in index.day_names(folder):
                known = self._days.get(folder / name)
                if known is None:
                    known = self._days[folder / name] = _Day()
                    self._rest()
                elif name < yesterday:
                    continue  # nothing comes to a day that is over
                _count(folder, name, known)
        return sum(day.size + day.open_size for day in self._days.values())

    def _forget(self, minute: index.Minute, size: int, now: float) -> None:
        folder = minute.media_path.parent
        day = self._days.get(folder)
        if day is not None and minute.time > day.last:
            day.open_size -= size
        elif day is not None:
            day.size -= size
        if minute.day < _day_name(now):
            try:
                folder.rmdir()
            except OSError:
                return  # there is more in it
            self._days.pop(folder, None)

    def _drop_old_stills(self, before: float) -> None:
        """Remove the last pictures of cameras that are long gone."""
        for still in self._media_dir.glob("*/still.jpg"):
            try:
                if still.stat().st_mtime < before:
                    still.unlink()
            except FileNotFoundError:
                continue


def prune(media_dir: Path, limits: Limits, now: float) -> int:
    """Remove, once, the oldest minutes that a limit forbids; return how many."""
    return Keeper(media_dir).prune(limits, now)


def _day_name(at: float) -> str:
    return time.strftime("%Y%m%d", time.gmtime(at))


def _count(folder: Path, name: str, day: _Day) -> None:
    """Add what came to the day since it was counted last; the newest minute may still grow."""
    fresh = [one for one in index.minutes_of(folder, name) if one.time > day.last]
    day.open_size = 0
    for number, minute in enumerate(fresh, start=1):
        try:
            size = minute.media_path.stat().st_blocks * 512
        except FileNotFoundError:
            continue
        if number == len(fresh):
            day.open_size = size
        else:
            day.size, day.last = day.size + size, minute.time


def _aged(folder: Path) -> Iterator[tuple[float, int, index.Minute]]:
    """Give a stream's minutes, oldest first, with the second they ended and the bytes they take."""
    for name in index.day_names(folder):
        for minute in index.minutes_of(folder, name):
            try:
                stat = minute.media_path.stat()
            except FileNotFoundError:
                minute.index_path.unlink(missing_ok=True)
                continue
            yield stat.st_mtime, stat.st_blocks * 512, minute
