"""The media worker as a whole: supervisor, stills, retention and tests until SIGTERM."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from pathlib import Path

from intranet.media import prober, retention, stills
from intranet.media.door import Door
from intranet.media.networks import Network
from intranet.media.retention import Limits
from intranet.media.supervisor import Supervisor
from intranet.media.talk.mouth import Mouth


def run(
    door: Door,
    media_dir: Path,
    *,
    ffmpeg: str,
    allowed: tuple[Network, ...],
    limits: Limits,
    log: Callable[..., None],
) -> None:
    """Work until SIGTERM or SIGINT. Raises AlreadyRunningError."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    supervisor = Supervisor(door, media_dir, ffmpeg, allowed, log)
    mouth = Mouth(door, media_dir, ffmpeg, allowed, log)
    jobs = (
        threading.Thread(target=mouth.keep, args=(stop,), name="mouth"),
        threading.Thread(target=stills.keep, args=(supervisor, stop), name="stills"),
        threading.Thread(target=prober.keep, args=(supervisor, door, stop, log), name="tests"),
        threading.Thread(
            target=retention.keep, args=(media_dir, limits, stop, log), name="retention"
        ),
    )
    for job in jobs:
        job.daemon = True
        job.start()
    supervisor.run(stop)
