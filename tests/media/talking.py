"""What the tests of speaking share: clips of a tone, a door that remembers, ears."""

from __future__ import annotations

import functools
import subprocess
import tempfile
import threading
from pathlib import Path

from intranet.media import command
from intranet.media.door import TalkWanted
from intranet.media.talk.clip import Decoder
from intranet.media.talk.mouth import Recorded, Spoken

FFMPEG = command.find_ffmpeg("")
FORMATS = {
    "audio/webm": ("webm", ["-c:a", "libopus"]),
    "audio/mp4": ("m4a", ["-c:a", "aac"]),
    "audio/wav": ("wav", []),
    "audio/ogg": ("ogg", ["-c:a", "libopus", "-f", "ogg"]),
    "audio/amr": ("amr", ["-c:a", "libopencore_amrnb", "-ar", "8000"]),
    "audio/mpeg": ("mp3", ["-c:a", "libmp3lame"]),
}


@functools.cache
def clip(media_type="audio/webm", seconds=1.0, hertz=700, decibels=0):
    """Return a recorded tone as a phone would send it."""
    ending, options = FORMATS[media_type]
    tone = f"sine=frequency={hertz}:sample_rate=48000:duration={seconds}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"clip.{ending}"
        made = ["-filter:a", f"volume={decibels}dB", "-ac", "1", *options, str(path)]
        subprocess.run(
            [FFMPEG, "-v", "error", "-nostdin", "-f", "lavfi", "-i", tone, *made],
            check=True,
            timeout=60,
        )
        return path.read_bytes()


def wanted(data=None, media_type="audio/webm", **more):
    data = clip(media_type) if data is None else data
    return TalkWanted(
        **{"id": 1, "code": "C-1", "url": "", **more}, clip=data, media_type=media_type
    )


class Ledger:
    """A door that only remembers what it is told."""

    def __init__(self):
        self.told = []
        self.changed = threading.Condition()

    def talk_told(self, report):
        with self.changed:
            self.told.append(report)
            self.changed.notify_all()


def say(speaker, what=None, stop=None, ledger=None):
    """Say a clip through a loudspeaker; return what is told of it."""
    what = what or wanted()
    spoken = Spoken(what, None, ledger or Ledger(), lambda *_args, **_more: None)
    spoken.say(
        speaker,
        Recorded(what, Decoder(FFMPEG, "talk-tests", Path(tempfile.gettempdir()))),
        stop or threading.Event(),
    )
    return spoken.report()


def decoded(sound, law="alaw"):
    """Return the samples of G.711, -1 to 1 (ITU-T G.711, by another hand: ffmpeg)."""
    arguments = [FFMPEG, "-v", "error", "-f", law, "-ar", "8000", "-i", "pipe:0"]
    raw = subprocess.run(
        [*arguments, "-f", "s16le", "pipe:1"],
        input=sound,
        capture_output=True,
        check=True,
        timeout=30,
    ).stdout
    return [
        int.from_bytes(raw[n : n + 2], "little", signed=True) / 32768 for n in range(0, len(raw), 2)
    ]
