"""Test a camera: fetch its first picture, or say exactly what is wrong."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

from intranet.media import command, networks
from intranet.media.door import Diagnosis, Door, Trouble
from intranet.media.process import meaning, run
from intranet.media.supervisor import Supervisor

SECONDS_MAX = 12.0
BYTES_MAX = 1_000_000
_VIDEO = re.compile(r"Stream #0:\d+.*?: Video: (\w+).*?, (\d+)x(\d+).*?(?:, ([\d.]+) fps)?")
_RATE = re.compile(r"Stream #0:\d+.*?: Video: .*?([\d.]+) fps")
_AUDIO = re.compile(r"Stream #0:\d+.*?: Audio: (\w+)")
_ODD = ("Non-monotonic DTS", "Non-monotonous DTS", "DTS discontinuity", "timestamps are unset")


def keep(
    supervisor: Supervisor, door: Door, stop: threading.Event, log: Callable[..., None]
) -> None:
    """Run the tests people ask for, one after the other, until told to stop."""
    while not stop.wait(0.5):
        try:
            for wanted in door.tests_wanted():
                found = probe(wanted.url, supervisor.ffmpeg, supervisor.allowed, supervisor.owner)
                door.test_done(wanted.id, found)
        except Exception as error:  # noqa: BLE001 — a shut door must not end the tests for good
            log("test_failed", kind=type(error).__name__)


def probe(url: str, ffmpeg: str, allowed: tuple[networks.Network, ...], owner: str) -> Diagnosis:
    """Return what one connection to the camera showed; takes SECONDS_MAX at most."""
    try:
        address = networks.pinned(url, allowed)
    except networks.AddressRefusedError as error:
        return Diagnosis(error.trouble)
    try:
        arguments = command.look(ffmpeg)
        picture, lines = run(arguments, command.source_list(address), owner, SECONDS_MAX)
    except TimeoutError:
        return Diagnosis(Trouble.TIMED_OUT)
    text = "\n".join(lines)
    video, audio, rate = _VIDEO.search(text), _AUDIO.search(text), _RATE.search(text)
    sound = audio.group(1) if audio else ""
    if video is None:
        trouble = meaning(lines)
        heard_only = trouble is Trouble.UNKNOWN and audio is not None
        return Diagnosis(Trouble.NO_VIDEO if heard_only else trouble, audio_codec=sound)
    notes: list[Trouble] = []
    if video.group(1) == "hevc":
        notes.append(Trouble.UNSUPPORTED_VIDEO)
    if any(words in text for words in _ODD):
        notes.append(Trouble.ODD_TIMESTAMPS)
    good = picture.startswith(b"\xff\xd8") and len(picture) <= BYTES_MAX
    return Diagnosis(
        None if good else Trouble.NO_VIDEO,
        codec=video.group(1),
        width=int(video.group(2)),
        height=int(video.group(3)),
        frames_per_second=float(rate.group(1)) if rate else 0.0,
        audio_codec=sound,
        notes=tuple(notes),
        picture=picture if good else b"",
    )
