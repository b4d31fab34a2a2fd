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

from intranet.media.demo.clock_band import BANDS
from intranet.media.demo.scenes import LOOP_SECONDS, scene

if TYPE_CHECKING:
    from intranet.media.demo.camera import DemoCamera
    from intranet.media.demo.scenes import Scene

FRAMES_PER_SECOND = 12
KEY_FRAMES = 2 * FRAMES_PER_SECOND  # a key picture every two seconds, an even number a loop
NICE = 15
DEADLINE_SECONDS = 120
DRAWING = "1"  # raise when the drawings or the encoder's options change
SOUND_FILE = "street.alaw"
# Scene alone; the clock's band adds up to 60 kbit/s on main and 30 on sub.
BIT_RATES_KBIT = {"main": 165, "sub": 60}


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


def filters(drawn: Scene) -> str:
    """Return the filter graph that lets the movers through the scene."""
    chain = [f"[0:v]format=yuv420p,loop=-1:1:0,fps={FRAMES_PER_SECOND}[at0]"]
    for number, mover in enumerate(drawn.movers, 1):
        x, y = mover.place
        chain.append(f"[{number}:v]format=yuva420p,loop=-1:1:0[figure{number}]")
        chain.append(f"[at{number - 1}][figure{number}]overlay=x='{x}':y='{y}'[at{number}]")
    chain.append(f"[at{len(drawn.movers)}]split[main][full]")
    chain.append("[full]scale=480:270:flags=area[sub]")
    return ";".join(chain)


def output(stream: str, path: Path) -> list[str]:
    """Return the options of one encoded stream: two slices a picture, CAVLC, no reordering."""
    band, rate = BANDS[stream], BIT_RATES_KBIT[stream]
    options = (
        f"cabac=0:bframes=0:ref=1:weightp=0:8x8dct=0:scenecut=0:keyint={KEY_FRAMES}"
        f":min-keyint={KEY_FRAMES}:slice-max-mbs={band.first_block}"
    )
    return [
        *("-map", f"[{stream}]", "-t", str(LOOP_SECONDS), "-c:v", "libx264", "-threads", "1"),
        *("-preset", "superfast", "-profile:v", "main", "-x264-params", options),
        *("-b:v", f"{rate}k", "-maxrate", f"{rate * 5 // 4}k", "-bufsize", f"{rate * 3}k"),
        *("-f", "h264", str(path)),
    ]


async def encode(camera: DemoCamera, folder: Path, ffmpeg: str) -> None:
    """Make both loops of a camera; raises ``EncodingError``."""
    drawn = scene(camera)
    ready = loop_paths(camera, folder)
    with tempfile.TemporaryDirectory(dir=folder, prefix="drawing-") as name:
        work = Path(name)
        drawings = [drawn.background, *(mover.svg for mover in drawn.movers)]
        command = [ffmpeg, "-nostdin", "-hide_banner", "-loglevel", "error"]
        command += ["-filter_complex_threads", "1"]
        for number, drawing in enumerate(drawings):
            path = work / f"{number}.svg"
            path.write_text(drawing, encoding="utf-8")
            command += ["-threads", "1", "-i", str(path)]
        command += ["-filter_complex", filters(drawn)]
        for stream in BANDS:
            command += output(stream, work / stream)
        await _run(command)
        for stream, path in ready.items():
            (work / stream).replace(path)


async def encode_sound(folder: Path, ffmpeg: str) -> None:
    """Make the murmur of a street, G.711 A-law at 8 kHz, unless it is there."""
    path = folder / SOUND_FILE
    if path.exists():
        return
    part = path.with_suffix(".part")
    noise = f"anoisesrc=color=brown:amplitude=0.06:seed=1:duration={LOOP_SECONDS}:sample_rate=8000"
    await _run(
        [
            *(ffmpeg, "-nostdin", "-hide_banner", "-loglevel", "error", "-y", "-f", "lavfi"),
            *("-i", noise, "-c:a", "pcm_alaw", "-f", "alaw", str(part)),
        ]
    )
    part.replace(path)


async def _run(command: list[str]) -> None:
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    try:
        os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
        _, words = await asyncio.wait_for(process.communicate(), DEADLINE_SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise EncodingError(words.decode(errors="replace").strip()[-300:])
