"""A media folder belongs to one worker at a time: the lock it holds while it lives."""

from __future__ import annotations

import fcntl
import json
import os
import time
from pathlib import Path

from intranet.media import pulse


class AlreadyRunningError(RuntimeError):
    """Another media worker holds this folder."""


class Claim:
    """The folder's lock, held from the making until ``release``. Raises AlreadyRunningError."""

    def __init__(self, media_dir: Path) -> None:
        media_dir.mkdir(parents=True, exist_ok=True)
        (media_dir / "demand").mkdir(exist_ok=True)
        self._media_dir = media_dir
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        self._descriptor = os.open(media_dir / "worker.lock", flags, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            raise AlreadyRunningError from None
        about = {"pid": os.getpid(), "started_at": time.time()}
        (media_dir / "worker.json").write_text(json.dumps(about))
        pulse.forget(media_dir)

    def release(self) -> None:
        """Let the next worker in."""
        pulse.forget(self._media_dir)
        os.close(self._descriptor)
