"""Speaking in a process of its own: beside 86 cameras' pipes no packet would be in time.

One interpreter runs one thread at a time, and may keep it for 5 ms: the pictures would wait for
the packets, and the packets for the pictures. The media worker starts it, starts it anew when it
ends, and ends it; it ends by itself when the worker has gone, and closes its channels first.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from intranet.media import spool
from intranet.media.process import MARK
from intranet.media.talk.mouth import Mouth, touched

LOOK_SECONDS = 0.5
PAUSE_SECONDS, PAUSE_SECONDS_MAX = 1.0, 30.0  # before it is started anew, twice as long each time
WELL_SECONDS = 60.0
# It may wait 15 s for the database; one that hangs for longer speaks to nobody, and says nothing.
SILENT_LOOKS = 60
END_SECONDS = 4.0  # to hang up everywhere; what started the worker waits five for all of it


def keep(
    command: Sequence[str], owner: str, stop: threading.Event, log: Callable[..., None]
) -> None:
    """Keep the process going until ``stop``; ``command`` runs ``speak``."""
    pause = PAUSE_SECONDS
    while not stop.is_set():
        lived = 0.0
        try:
            child = _started(command, owner)
        except OSError as error:  # no memory for another process just now
            log("speaking_not_started", kind=type(error).__name__)
        else:
            lived = _watched(child, spool.pulse(Path(owner)), stop)
            if stop.is_set():
                _end(child)
                return
            child.kill()  # it hangs, if it has not ended
            _end(child)
            log("speaking_ended", status=child.returncode)
        pause = PAUSE_SECONDS if lived > WELL_SECONDS else min(pause * 2, PAUSE_SECONDS_MAX)
        stop.wait(pause)


def _watched(child: subprocess.Popen[bytes], pulse: Path, stop: threading.Event) -> float:
    """Return, when it has ended or hangs or is to stop, the seconds for which it went well."""
    looks = silent = 0
    beat = -1
    while child.poll() is None and silent < SILENT_LOOKS and not stop.wait(LOOK_SECONDS):
        looks += 1
        # By our own looks, not by the clock: after a pause of the whole machine nobody hangs.
        seen = touched(pulse)
        silent = silent + 1 if seen == beat else 0
        beat = seen
    return looks * LOOK_SECONDS


def _started(command: Sequence[str], owner: str) -> subprocess.Popen[bytes]:
    # Its input is the thread of its life: it is cut when this process goes, however it goes.
    # The mark lets the next worker find it should it hang all the same.
    return subprocess.Popen(  # noqa: S603 — the command of this program, no shell
        list(command), stdin=subprocess.PIPE, env={**os.environ, MARK: owner}
    )


def _end(child: subprocess.Popen[bytes]) -> None:
    assert child.stdin is not None
    with contextlib.suppress(OSError):
        child.stdin.close()
    try:
        child.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def speak(mouth: Mouth) -> None:
    """Say what waits until SIGTERM, SIGINT or the end of standard input."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    def follow() -> None:
        while os.read(sys.stdin.fileno(), 1024):
            pass
        stop.set()

    threading.Thread(target=follow, name="worker", daemon=True).start()
    mouth.keep(stop)
