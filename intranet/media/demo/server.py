"""The demo cameras' process: answers RTSP at once, draws what is missing in the background."""

from __future__ import annotations

import asyncio
import logging
import shutil
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from imageio_ffmpeg import get_ffmpeg_exe

from intranet.media.demo import encoder
from intranet.media.demo.rtsp import Connection
from intranet.media.demo.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intranet.media.demo.camera import DemoCamera

FOLDER = "demo-cameras"
log = logging.getLogger(__name__)


def main(cameras: Sequence[DemoCamera], port: int, data_dir: Path) -> None:
    """Serve the cameras on 127.0.0.1 until SIGINT or SIGTERM; raises OSError if the port is taken.

    The bundled ``ffmpeg`` draws them, whatever ``INTRANET_FFMPEG`` says: it is known to have
    what the drawings need (librsvg, fontconfig).
    """
    folder = data_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    sweep(cameras, folder)
    asyncio.run(serve(cameras, port, folder))


async def serve(cameras: Sequence[DemoCamera], port: int, folder: Path) -> None:
    """Serve until a signal comes."""
    stage, connections = Stage(cameras, folder), set[Connection]()
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    server = await loop.create_server(
        lambda: Connection(stage, connections), "127.0.0.1", port, backlog=256
    )
    drawing = asyncio.create_task(draw(cameras, folder))
    log.info("%d demo cameras on rtsp://127.0.0.1:%d", len(cameras), port)
    await stopped.wait()
    drawing.cancel()
    with suppress(asyncio.CancelledError):
        await drawing
    server.close()
    for connection in tuple(connections):
        connection.transport.abort()


async def draw(cameras: Sequence[DemoCamera], folder: Path) -> None:
    """Draw the cameras that are not drawn yet, one after the other."""
    ffmpeg = get_ffmpeg_exe()
    await encoder.encode_sound(folder, ffmpeg)
    missing = [camera for camera in cameras if not encoder.is_ready(camera, folder)]
    if missing:
        log.info("drawing the pictures of %d demo cameras, once", len(missing))
    for number, camera in enumerate(missing, 1):
        try:
            await encoder.encode(camera, folder, ffmpeg)
        except (encoder.EncodingError, TimeoutError) as error:
            # One camera that cannot be drawn answers 503; the town goes on.
            log.error("demo camera %s could not be drawn: %s", camera.code, error)  # noqa: TRY400
        if number % 10 == 0 or number == len(missing):
            log.info("demo cameras drawn: %d of %d", number, len(missing))


def sweep(cameras: Sequence[DemoCamera], folder: Path) -> None:
    """Remove loops of cameras that are no more, and what a killed run left half drawn."""
    wanted = {encoder.SOUND_FILE}
    for camera in cameras:
        wanted.update(path.name for path in encoder.loop_paths(camera, folder).values())
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name not in wanted:
            path.unlink(missing_ok=True)
