"""Speech on its way: the file it grows in, and the touch that wakes the media worker.

The web appends, the worker follows (``intranet/media/spool.py``).
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import wave
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from intranet import files
from intranet.cameras.models import Talk
from intranet.errors import DomainError, InputError
from intranet.media import spool
from intranet.media.spool import SAMPLE_BYTES, SPEECH_HERTZ

PIECE_BYTES_MAX = 64 * 1024
SECONDS_MAX = 30
LYING_MAX = timedelta(minutes=10)
# The page lets go after half a minute by its own clock; the last piece may end a little later.
SLACK_SECONDS = 1
BYTES_MAX = (SECONDS_MAX + SLACK_SECONDS) * SPEECH_HERTZ * SAMPLE_BYTES
# A file that has not grown for so long is nobody's who speaks.
GROWS_SECONDS = 5


def wake(media_dir: Path) -> None:
    """Tell the worker that something waits; it looks by itself twice a second anyway."""
    path = spool.wake(media_dir)
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path)


def begin(media_dir: Path, talk: Talk) -> None:
    """Make the file in which a talk's speech grows."""
    path = spool.speech(media_dir, talk.id)
    path.parent.mkdir(parents=True, exist_ok=True)
    for mark in (spool.ended(path), spool.many(path)):
        mark.unlink(missing_ok=True)  # a restored database gives numbers a second time
    path.write_bytes(b"")


def crowd(media_dir: Path, talk_id: int) -> None:
    """Where many speak, have all who have not sent a word yet send several pieces at a time.

    Whoever is heard already keeps to what there was: longer pieces would leave a gap in a word.
    """
    path = spool.speech(media_dir, talk_id)
    try:
        since = path.stat().st_mtime - GROWS_SECONDS
    except FileNotFoundError:  # sent a second time, it is over already
        return
    speaking, silent = 0, []
    for one in path.parent.glob("*.pcm"):
        with contextlib.suppress(FileNotFoundError):  # it has ended meanwhile
            found = one.stat()
            if found.st_mtime > since:
                speaking += 1
                silent += [] if found.st_size else [one]
    together = spool.together_among(speaking - 1)
    for one in silent if together > 1 else ():
        with contextlib.suppress(OSError):  # without the mark each piece goes by itself
            _mark(one, together)


def _mark(path: Path, together: int) -> None:
    """Mark a speech while nothing of it has come: nobody has been told otherwise then."""
    with path.open("r+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not os.fstat(file.fileno()).st_size and spool.pieces_together(path) < together:
            with spool.many(path).open("a") as mark:  # one write, of one whole line
                mark.write(f"{together}\n")


def pieces_together(media_dir: Path, talk_id: int) -> int:
    """Return how many pieces of 60 ms the page is to send in one request."""
    return spool.pieces_together(spool.speech(media_dir, talk_id))


class Taken(NamedTuple):
    """How many bytes of a speech are there, and how many pieces go together from now on."""

    size: int
    together: int


def append(media_dir: Path, talk_id: int, *, offset: int, data: bytes) -> Taken:
    """Append a piece of 16-bit samples; return what there is now.

    A piece that came already is not taken twice. Of two at one place the first is kept. Raises
    InputError for what is no piece, DomainError for one behind a gap, too late, too much, or where
    another stands already.
    """
    is_whole = len(data) % SAMPLE_BYTES == offset % SAMPLE_BYTES == 0
    if not 0 < len(data) <= PIECE_BYTES_MAX or not is_whole or offset < 0:
        raise InputError("This is no piece of speech", "piece")
    path = spool.speech(media_dir, talk_id)
    try:
        file = path.open("r+b", buffering=0)
    except FileNotFoundError:
        raise DomainError("The speech has ended already") from None
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)  # in whatever process the other is taken; closing ends it
        size, together = os.fstat(file.fileno()).st_size, spool.pieces_together(path)
        if spool.ended(path).exists():
            raise DomainError("The speech has ended already")
        if offset > size:
            raise DomainError("A piece of the speech before this one is missing")
        if offset < size:
            if os.pread(file.fileno(), len(data), offset) != data:
                raise DomainError("Another piece of the speech stands there already")
            return Taken(size, together)
        if size + len(data) > BYTES_MAX:
            raise DomainError("Half a minute at most")
        file.seek(offset)
        file.write(data)
    return Taken(size + len(data), together)


def let_go(media_dir: Path, talk_id: int) -> None:
    """Note that all of the speech is there."""
    path = spool.speech(media_dir, talk_id)
    if path.exists():
        spool.ended(path).touch()


def keep(media_dir: Path, talk: Talk) -> None:
    """Put what was spoken live among the kept sounds; ``clear`` it once that is committed."""
    path = spool.speech(media_dir, talk.id)
    try:
        speech = path.read_bytes()
    except FileNotFoundError:
        return
    if speech:
        out = io.BytesIO()
        with wave.open(out, "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(SAMPLE_BYTES)
            sound.setframerate(SPEECH_HERTZ)
            sound.writeframes(speech[: len(speech) // SAMPLE_BYTES * SAMPLE_BYTES])
        talk.file_key = files.put(out.getvalue(), "wav", sealed=True)
        talk.media_type = "audio/wav"
        talk.sound_milliseconds = len(speech) * 1000 // (SPEECH_HERTZ * SAMPLE_BYTES)


def left_lying(media_dir: Path, at: datetime) -> list[int]:
    """Return the talks whose speech has lain there longer than any takes."""
    before = (at - LYING_MAX).timestamp()
    old = [
        one
        for one in (media_dir / spool.FOLDER).glob("*.pcm")
        if one.stem.isdecimal() and one.stat().st_mtime < before
    ]
    return sorted(int(one.stem) for one in old)


def sweep(media_dir: Path, at: datetime) -> int:
    """Take away marks whose speech is gone; return how many.

    Whoever let the key go at the moment the speech was cleared made them.
    """
    before = (at - LYING_MAX).timestamp()
    swept = 0
    folder = media_dir / spool.FOLDER
    for mark in (*folder.glob("*.end"), *folder.glob("*.many")):
        with contextlib.suppress(FileNotFoundError):
            if not mark.with_suffix(".pcm").exists() and mark.stat().st_mtime < before:
                mark.unlink()
                swept += 1
    return swept


def clear(media_dir: Path, talk_id: int) -> None:
    """Take the file of a speech away, and its marks."""
    path = spool.speech(media_dir, talk_id)
    for one in (path, spool.ended(path), spool.many(path)):
        one.unlink(missing_ok=True)
