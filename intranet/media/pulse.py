"""The media worker's sign of life: a file whose mtime is when its reading thread last went round.

A lock or a process number tells only that the process exists; one that is frozen keeps both. What
the worker said of its cameras is worth as much as this is young.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

NAME = "worker.pulse"
EVERY_SECONDS = 0.5
SILENT_SECONDS = 3.0


def forget(media_dir: Path) -> None:
    """Forget the sign of life of an earlier worker."""
    (media_dir / NAME).unlink(missing_ok=True)


def beat(media_dir: Path) -> None:
    """Say that the worker goes on; no byte is written."""
    path = media_dir / NAME
    with contextlib.suppress(OSError):  # who cannot even do this is rightly taken for silent
        try:
            os.utime(path)
        except FileNotFoundError:
            path.touch()


def age_seconds(media_dir: Path, now: float) -> float:
    """Return the seconds since the last beat at ``now`` (Unix seconds); infinite without any."""
    try:
        # A clock set back must not make a frozen worker look young: either way it is off.
        return abs(now - (media_dir / NAME).stat().st_mtime)
    except OSError:
        return float("inf")


def is_heard(media_dir: Path, now: float) -> bool:
    """Whether the worker went on a moment ago."""
    return age_seconds(media_dir, now) <= SILENT_SECONDS
