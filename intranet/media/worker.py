"""The media worker as a whole: supervisor, stills, retention, tests and speaking until SIGTERM."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from intranet.media import prober, retention, stills
from intranet.media.door import Door
from intranet.media.networks import Network
from intranet.media.retention import Limits
from intranet.media.supervisor import Supervisor
from intranet.media.talk import apart


def run(
    door: Door,
    media_dir: Path,
    *,
    ffmpeg: str,
    allowed: tuple[Network, ...],
    limits: Limits,
    log: Callable[..., None],
    speaking: Sequence[str] = (),
) -> None:
    """Work until SIGTERM or SIGINT. Raises AlreadyRunningError.

    ``speaking`` is the command that runs ``talk.apart.speak`` on the same folder; without one
    nothing is spoken.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    supervisor = Supervisor(door, media_dir, ffmpeg, allowed, log)
    supervisor.claim()  # before anything of another worker's is touched
    jobs = [
        threading.Thread(target=stills.keep, args=(supervisor, stop), name="stills"),
        threading.Thread(target=prober.keep, args=(supervisor, door, stop, log), name="tests"),
        threading.Thread(
            target=retention.keep, args=(media_dir, limits, stop, log), name="retention"
        ),
    ]
    mouth = threading.Thread(
        target=apart.keep, args=(speaking, supervisor.owner, stop, log), name="speaking"
    )
    if speaking:
        jobs.append(mouth)
    for job in jobs:
        job.daemon = True
        job.start()
    supervisor.run(stop)
    if speaking:
        mouth.join(apart.END_SECONDS + 1)  # it hangs up at every camera
