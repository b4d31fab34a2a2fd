"""Stills from what is recorded already: the newest key picture, made into a JPEG by ffmpeg."""

from __future__ import annotations

import os
import threading
import time

from intranet.media import command, index
from intranet.media.door import State, StreamName
from intranet.media.process import run
from intranet.media.supervisor import Supervisor

# Each costs a tenth of a second of a core; once a minute 86 of them were a tenth of the worker's.
EVERY_SECONDS = 300.0
ASKED_EVERY_SECONDS = 5.0
ASKED_FOR_SECONDS = 20.0
STILL_SECONDS_MAX = 6.0
BYTES_MAX = 1_000_000


def keep(supervisor: Supervisor, stop: threading.Event) -> None:
    """Make one still after another until told to stop; never two at once."""
    made_at: dict[str, float] = {}
    while not stop.wait(0.2):
        for (code, name), stream in list(supervisor.streams.items()):
            if stop.is_set():
                return
            if name is not StreamName.MAIN or stream.state is not State.LIVE:
                continue
            asked = supervisor.demand.is_asked(code, "still", ASKED_FOR_SECONDS)
            every = ASKED_EVERY_SECONDS if asked else EVERY_SECONDS
            now = time.monotonic()
            if now - made_at.get(code, -1e9) < every:
                continue
            recorder = stream.recorder
            key = recorder.last_key if recorder is not None else None
            if recorder is None or key is None:
                continue  # live, but its first key picture is still to come
            made_at[code] = now
            if not make(supervisor, code, recorder.init_bytes, *key):
                made_at[code] = now - EVERY_SECONDS + ASKED_EVERY_SECONDS  # again soon


def make(
    supervisor: Supervisor, code: str, init: bytes, minute: index.Minute, part: index.Part
) -> bool:
    """Write ``still.jpg`` from one key part; return whether a picture came of it."""
    target = supervisor.media_dir / code / "still.jpg"
    fresh = target.with_suffix(".new")
    try:
        picture = _picture(supervisor.ffmpeg, supervisor.owner, init, minute, part)
        if not picture:
            return False
        fresh.write_bytes(picture)
        os.utime(fresh, (part.wall_us / 1e6, part.wall_us / 1e6))
        fresh.replace(target)
    except (OSError, TimeoutError):  # the disk is full, or no process to be had: again soon
        return False
    return True


def _picture(ffmpeg: str, owner: str, init: bytes, minute: index.Minute, part: index.Part) -> bytes:
    """Return a JPEG of the key picture a part begins with; b"" when it cannot be decoded."""
    with minute.media_path.open("rb") as media:
        media.seek(part.offset)
        data = media.read(part.size)
    output, _errors = run(command.still(ffmpeg), init + data, owner, STILL_SECONDS_MAX)
    return output if output.startswith(b"\xff\xd8") and len(output) <= BYTES_MAX else b""
