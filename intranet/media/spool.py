"""Speech on its way from the web to the worker: where it grows, when it is whole, what wakes.

The web appends samples to ``<media>/talk/<id>.pcm`` (16 bits, SPEECH_HERTZ, one channel), makes
``<id>.end`` when the key is let go, and touches ``wake`` when something waits to be said. Where
many speak at once, ``<id>.many`` holds how many pieces come at a time, in lines of which the
greatest holds.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = "talk"
WAKE, PULSE = "wake", "pulse"
SPEECH_HERTZ = 16_000
SAMPLE_BYTES = 2
PIECE_MILLISECONDS = 60  # the page's microphone cuts what it hears (static/js/microphone.js)
# Twenty who each send every piece by itself take a core, and the live pictures wait: where so many
# others speak, so many pieces go together, and the voice is that much later.
CROWDS = ((8, 6), (3, 3))


def speech(media_dir: Path, talk_id: int) -> Path:
    """Return the file in which speech grows."""
    return media_dir / FOLDER / f"{talk_id}.pcm"


def ended(path: Path) -> Path:
    """Return the mark that all of it is there."""
    return path.with_suffix(".end")


def many(path: Path) -> Path:
    """Return what says that others speak as well, so that the pieces come fewer and longer."""
    return path.with_suffix(".many")


def pieces_together(path: Path) -> int:
    """Return how many pieces come in one request."""
    try:
        whole = many(path).read_text().splitlines(keepends=True)
    except (OSError, ValueError):
        return 1
    return max((int(one) for one in whole if one[:-1].isdecimal() and one[-1] == "\n"), default=1)


def together_among(others: int) -> int:
    """Return how many pieces go together where so many others speak."""
    return next((pieces for least, pieces in CROWDS if others >= least), 1)


def wake(media_dir: Path) -> Path:
    """Return what is touched when something waits."""
    return media_dir / FOLDER / WAKE


def pulse(media_dir: Path) -> Path:
    """Return what whoever speaks touches while it goes on, at least every few seconds."""
    return media_dir / FOLDER / PULSE
