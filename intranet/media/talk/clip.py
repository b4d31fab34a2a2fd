"""A recorded clip made ready for a loudspeaker: G.711, a voice's band, as loud as the others."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from intranet.media import command
from intranet.media.door import TalkTrouble
from intranet.media.process import run
from intranet.media.talk.speaker import Codec
from intranet.media.talk.trouble import TalkError

LAWS = {Codec.PCMA: "alaw", Codec.PCMU: "mulaw"}
SECONDS = 10.0
NICE = 10
MADE_MAX = 16  # at most 240 kB each
PREFIX = "decoding-"
# As many decode at once as there are cores: of twenty that were sent together the first is spoken
# sooner, and the cameras' pictures do not wait for all of them.
_PLACES = threading.BoundedSemaphore(os.cpu_count() or 1)
GAIN_MAX = 30.0  # decibels; more would only lift the hiss of a room in which nobody speaks
SILENCE_LUFS = -65.0
_LOUDNESS = re.compile(r"I:\s+(-?\d+\.\d|-?inf|nan) LUFS")


class Decoder:
    """Makes clips ready; what several cameras are to say at once is made ready once.

    ``folder`` holds a clip while it is being decoded; ``sweep`` clears what a kill left there.
    """

    def __init__(self, ffmpeg: str, owner: str, folder: Path) -> None:
        self._ffmpeg, self._owner, self._folder = ffmpeg, owner, folder
        self._made: OrderedDict[tuple[bytes, Codec | None], Future[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def gain(self, data: bytes, media_type: str) -> float:
        """Return by how many decibels a clip is lifted. Raises TalkError as ``gain_of`` does."""
        gain: float = self._once(
            (hashlib.sha256(data).digest(), None),
            lambda: self._with_file(
                data, lambda path: gain_of(self._ffmpeg, path, media_type, self._owner)
            ),
        )
        return gain

    def speech(self, data: bytes, media_type: str, codec: Codec) -> bytes:
        """Return a clip as G.711. Raises TalkError when it cannot be decoded or is silent."""
        gain = self.gain(data, media_type)
        speech: bytes = self._once(
            (hashlib.sha256(data).digest(), codec),
            lambda: self._with_file(
                data,
                lambda path: speech_of(
                    self._ffmpeg, path, media_type, self._owner, codec=codec, gain=gain
                ),
            ),
        )
        return speech

    def _once(self, key: tuple[bytes, Codec | None], make: Callable[[], Any]) -> Any:
        """Return what ``make`` makes; whoever asks for the same meanwhile waits for that."""
        with self._lock:
            made = self._made.get(key)
            ours: Future[Any] = Future()
            if made is None:
                self._made[key] = ours
                while len(self._made) > MADE_MAX:
                    self._made.popitem(last=False)
        if made is not None:
            return made.result()
        try:
            ours.set_result(make())
        except BaseException as error:
            with self._lock:
                self._made.pop(key, None)
            ours.set_exception(error)
            raise
        return ours.result()

    def _with_file(self, data: bytes, make: Callable[[Path], Any]) -> Any:
        with tempfile.NamedTemporaryFile(dir=self._folder, prefix=PREFIX) as file:
            file.write(data)
            file.flush()
            return make(Path(file.name))


def sweep(folder: Path) -> None:
    """Delete the clips that were being decoded when a worker was killed: they lie there open."""
    for left in folder.glob(f"{PREFIX}*"):
        left.unlink(missing_ok=True)


def gain_of(ffmpeg: str, path: Path, media_type: str, owner: str) -> float:
    """Return by how many decibels the clip has to be lifted, or lowered.

    Raises TalkError when it cannot be decoded or nothing can be heard in it.
    """
    _nothing, said = _run(command.clip_loudness(ffmpeg, path, media_type), owner)
    found = _LOUDNESS.findall("\n".join(said))
    if not found:
        raise TalkError(TalkTrouble.BAD_SOUND)
    loudness = float(found[-1])
    if not loudness > SILENCE_LUFS:
        raise TalkError(TalkTrouble.NO_SOUND)
    return min(GAIN_MAX, command.LOUDNESS_LUFS - loudness)


def speech_of(
    ffmpeg: str, path: Path, media_type: str, owner: str, *, codec: Codec, gain: float
) -> bytes:
    """Return the clip as G.711, one byte a sample, 8000 a second. Raises TalkError."""
    arguments = command.clip_speech(ffmpeg, path, media_type, law=LAWS[codec], gain_decibels=gain)
    speech, _said = _run(arguments, owner)
    if not speech:
        raise TalkError(TalkTrouble.BAD_SOUND)
    return speech


def _run(arguments: list[str], owner: str) -> tuple[bytes, list[str]]:
    try:
        with _PLACES:
            return run(arguments, b"", owner, SECONDS, nice=NICE)
    except TimeoutError:
        raise TalkError(TalkTrouble.BAD_SOUND) from None
