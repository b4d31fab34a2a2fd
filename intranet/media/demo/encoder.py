"""Draws and encodes the loops of the demo cameras with ``ffmpeg``, once, in the background.

A loop is two H.264 byte streams, ``<code>-<key>.main.h264`` and ``….sub.h264``; the key is a hash
of everything that goes into them, so a changed name or drawing makes a new file and a second
start finds the old ones. About one second of one core a camera, at nice 15.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from intranet.media import command
from intranet.media.demo.clock_band import BANDS
from intranet.media.demo.scenes import LOOP_SECONDS, scene

if TYPE_CHECKING:
    from intranet.media.demo.camera import DemoCamera
    from intranet.media.demo.scenes import Scene

FRAMES_PER_SECOND = 12
NICE = 15
DEADLINE_SECONDS = 120
DRAWING = "1"  # raise when the drawings or the encoder's options change
SOUND_FILE = "street.alaw"
# Scene alone; the clock's band adds up to 60 kbit/s on main and 30 on sub.
BIT_RATES_KBIT = {"main": 165, "sub": 60}
WIDTHS = {"main": None, "sub": 480}


class EncodingError(RuntimeError):
    """``ffmpeg`` could not make a loop; the message is its last words."""


def loop_paths(camera: DemoCamera, folder: Path) -> dict[str, Path]:
    """Return where the loops of a camera are kept, per stream."""
    key = hashlib.sha256(f"{DRAWING} {camera.code} {camera.name}".encode()).hexdigest()[:12]
    safe = "".join(letter if letter.isalnum() or letter == "-" else "_" for letter in camera.code)
    return {stream: folder / f"{safe}-{key}.{stream}.h264" for stream in BANDS}


def is_ready(camera: DemoCamera, folder: Path) -> bool:
    """Whether both loops of a camera are there."""
    return all(path.exists() for path in loop_paths(camera, folder).values())


def _commanded(ffmpeg: str, drawn: Scene, work: Path) -> list[str]:
    """Write the drawings down and return the command that makes both loops of them."""
    paths = []
    for number, drawing in enumerate([drawn.background, *(mover.svg for mover in drawn.movers)]):
        paths.append(work / f"{number}.svg")
        paths[-1].write_text(drawing, encoding="utf-8")
    movers = [(path, *mover.place) for path, mover in zip(paths[1:], drawn.movers, strict=True)]
    sinks = [
        command.LoopSink(work / stream, WIDTHS[stream], rate, BANDS[stream].first_block)
        for stream, rate in BIT_RATES_KBIT.items()
    ]
    return command.demo_loops(
        ffmpeg, paths[0], movers, sinks, rate=FRAMES_PER_SECOND, seconds=LOOP_SECONDS
    )


async def encode(camera: DemoCamera, folder: Path, ffmpeg: str) -> None:
    """Make both loops of a camera; raises ``EncodingError``."""
    drawn = scene(camera)
    ready = loop_paths(camera, folder)
    with tempfile.TemporaryDirectory(dir=folder, prefix="drawing-") as name:
        work = Path(name)
        await _run(_commanded(ffmpeg, drawn, work))
        for stream, path in ready.items():
            (work / stream).replace(path)


async def encode_sound(folder: Path, ffmpeg: str) -> None:
    """Make the murmur of a street, G.711 A-law at 8 kHz, unless it is there."""
    path = folder / SOUND_FILE
    if path.exists():
        return
    part = path.with_suffix(".part")
    await _run(command.demo_sound(ffmpeg, part, seconds=LOOP_SECONDS))
    part.replace(path)


async def _run(words: list[str]) -> None:
    process = await asyncio.create_subprocess_exec(*words, stderr=asyncio.subprocess.PIPE)
    try:
        os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
        _, complaint = await asyncio.wait_for(process.communicate(), DEADLINE_SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise EncodingError(complaint.decode(errors="replace").strip()[-300:])
