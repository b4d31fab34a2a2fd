"""One wanted stream and what is being done about it; when to try again."""

from __future__ import annotations

import random
import time
from concurrent.futures import Future
from dataclasses import dataclass, field

from intranet.media import boxes
from intranet.media.door import State, StreamReport, StreamWanted, Trouble
from intranet.media.process import Child
from intranet.media.recording import Recorder

BACKOFF_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
# Asking again soon would only lock the account or fill the camera's log.
SLOW_BACKOFF_SECONDS = (10.0, 30.0, 60.0)
SLOW = frozenset(
    {
        Trouble.WRONG_PASSWORD,
        Trouble.NOT_FOUND,
        Trouble.OUTSIDE_NETWORKS,
        Trouble.BAD_ADDRESS,
        Trouble.REDIRECTED,
    }
)
AT_ONCE_SECONDS = 0.3
JITTER = 0.2


@dataclass(slots=True)
class Stream:
    """One wanted stream; times in seconds, monotonic unless named ``wall``."""

    wanted: StreamWanted
    state: State = State.STOPPED
    trouble: Trouble | None = None
    address: Future[str] | None = None  # being resolved
    child: Child | None = None
    host: str = ""  # the address the child may talk to, and no other
    reader: boxes.Reader = field(default_factory=boxes.Reader)
    recorder: Recorder | None = None
    started_at: float = 0.0
    live_since: float | None = None
    last_fragment_at: float | None = None
    last_fragment_wall: float | None = None
    next_try_at: float = 0.0
    failures: int = 0
    reconnects: int = 0
    wallclock: bool = False
    hevc: bool = False
    codecs: str = ""
    width: int = 0
    height: int = 0
    changed: bool = True

    @property
    def kept_trouble(self) -> Trouble | None:
        """What stays said of a live picture: that it lives on this machine's clock."""
        return Trouble.ODD_TIMESTAMPS if self.wallclock else None

    def set(self, state: State, trouble: Trouble | None) -> None:
        """Take a new state; what changed is reported within a second."""
        if (self.state, self.trouble) != (state, trouble):
            self.state, self.trouble, self.changed = state, trouble, True

    def report(self) -> StreamReport:
        """Return what is known of it."""
        return StreamReport(
            self.wanted.code,
            self.wanted.stream,
            self.state,
            self.trouble,
            time.time(),
            self.last_fragment_wall,
            self.reconnects,
            self.codecs,
            self.width,
            self.height,
        )


def wait_seconds(trouble: Trouble, failures: int, *, was_live: bool) -> float:
    """Return how long to wait after this many failures in a row (0 for the first)."""
    steps = SLOW_BACKOFF_SECONDS if trouble in SLOW else BACKOFF_SECONDS
    wait = steps[min(failures, len(steps) - 1)]
    if was_live and failures == 0 and trouble is not Trouble.DISK:
        wait = AT_ONCE_SECONDS  # it was well a moment ago
    return wait * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 — spreads the load
