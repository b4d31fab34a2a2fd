"""Keeps recordings within their age, their space and the disk's; never touches a file in use."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from intranet.media import index

EVERY_SECONDS = 30.0
GRACE_SECONDS = 180.0  # the newest minutes are live


@dataclass(frozen=True, slots=True)
class Limits:
    """Days to keep (0: no limit), bytes in all (0: no limit), bytes the disk keeps free."""

    days: int
    total_bytes: int
    free_bytes: int


def keep(media_dir: Path, limits: Limits, stop: threading.Event, log: Callable[..., None]) -> None:
    """Prune every half minute until told to stop."""
    while not stop.wait(EVERY_SECONDS):
        try:
            removed = prune(media_dir, limits, time.time())
        except OSError as error:
            log("prune_failed", errno=error.errno)
        else:
            if removed:
                log("recordings_pruned", minutes=removed)


def prune(media_dir: Path, limits: Limits, now: float) -> int:
    """Remove the oldest minutes that a limit forbids; return how many."""
    found: list[tuple[float, int, index.Minute]] = []
    for folder in index.stream_folders(media_dir):
        for minute in index.minutes(folder):
            try:
                stat = minute.media_path.stat()
            except FileNotFoundError:
                minute.index_path.unlink(missing_ok=True)
                continue
            found.append((stat.st_mtime, stat.st_blocks * 512, minute))
    found.sort(key=lambda item: item[0])
    total = sum(size for _at, size, _minute in found)
    free = shutil.disk_usage(media_dir).free
    removed = 0
    for at, size, minute in found:
        too_old = limits.days and now - at > limits.days * 86_400
        too_much = limits.total_bytes and total > limits.total_bytes
        too_full = free < limits.free_bytes
        if not (too_old or too_much or too_full) or now - at < GRACE_SECONDS:
            if now - at < GRACE_SECONDS:
                break
            continue
        # The bytes first: an index without its bytes is swept above, bytes without index are not.
        minute.media_path.unlink(missing_ok=True)
        minute.index_path.unlink(missing_ok=True)
        total, free, removed = total - size, free + size, removed + 1
    _drop_empty_days(media_dir)
    return removed


def _drop_empty_days(media_dir: Path) -> None:
    today = time.strftime("%Y%m%d", time.gmtime())
    for day in media_dir.glob("*/*/[0-9]*"):
        if day.is_dir() and day.name < today:
            try:
                day.rmdir()
            except OSError:
                continue  # not empty
