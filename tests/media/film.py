"""Films for the tests: made-up fragments in Python, and real ones from ffmpeg's own pictures."""

from __future__ import annotations

import functools
import subprocess
from dataclasses import replace

from intranet.media import boxes, command

MOVFLAGS = "+empty_moov+default_base_moof+frag_keyframe"


@functools.cache
def real(codec: str = "libx264", sound: bool = False, seconds: float = 4.0) -> bytes:
    """Return fragmented MP4 of a moving test picture, 25 fps, a key picture every second."""
    arguments = [command.find_ffmpeg(""), "-loglevel", "error"]
    arguments += ["-f", "lavfi", "-i", "testsrc2=s=320x240:r=25"]
    if sound:
        arguments += ["-f", "lavfi", "-i", "sine=450:r=8000"]
    arguments += ["-t", str(seconds), "-c:v", codec, "-preset", "ultrafast", "-g", "25"]
    if codec == "libx265":
        arguments += ["-tag:v", "hvc1", "-x265-params", "log-level=error"]
    arguments += ["-c:a", "aac", "-f", "mp4", "-movflags", MOVFLAGS]
    arguments += ["-frag_duration", "108000", "pipe:1"]
    return subprocess.run(arguments, check=True, capture_output=True).stdout


def cut(data: bytes) -> tuple[boxes.Init, list[boxes.Fragment]]:
    pieces = list(boxes.Reader().feed(data))
    assert isinstance(pieces[0], boxes.Init)
    return pieces[0], pieces[1:]


@functools.cache
def init() -> boxes.Init:
    return cut(real())[0]


def other_init() -> boxes.Init:
    """Another camera configuration: the same tracks, other bytes."""
    return replace(init(), data=init().data + b"\0\0\0\x08free")


def fragments(
    seconds: float, *, fps: float = 25, gop: int = 50, start_us: int = 0, size: int = 100
) -> list[boxes.Fragment]:
    """Return made-up fragments cut as ffmpeg cuts them: at key pictures and after 108 ms."""
    found: list[boxes.Fragment] = []
    frame_us = 1_000_000 / fps
    first = 0
    for number in range(1, int(seconds * fps) + 1):
        begun = round(first * frame_us)
        if number % gop == 0 or number * frame_us - begun >= 108_000:
            duration = round(number * frame_us) - begun
            key = first % gop == 0
            data = bytes([number % 256]) * size
            found.append(
                boxes.Fragment(data, start_us + begun, duration, key, True, number - first)
            )
            first = number
    return found
