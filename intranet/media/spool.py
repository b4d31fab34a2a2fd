"""Speech on its way from the web to the worker: where it grows, when it is whole, what wakes.

The web appends samples to ``<media>/talk/<id>.pcm`` (16 bits, SPEECH_HERTZ, one channel), makes
``<id>.end`` when the key is let go, and touches ``wake`` when something waits to be said.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = "talk"
WAKE, PULSE = "wake", "pulse"
SPEECH_HERTZ = 16_000
SAMPLE_BYTES = 2


def speech(media_dir: Path, talk_id: int) -> Path:
    """Return the file in which speech grows."""
    return media_dir / FOLDER / f"{talk_id}.pcm"


def ended(path: Path) -> Path:
    """Return the mark that all of it is there."""
    return path.with_suffix(".end")


def wake(media_dir: Path) -> Path:
    """Return what is touched when something waits."""
    return media_dir / FOLDER / WAKE


def pulse(media_dir: Path) -> Path:
    """Return what whoever speaks touches while it goes on, at least every few seconds."""
    return media_dir / FOLDER / PULSE
