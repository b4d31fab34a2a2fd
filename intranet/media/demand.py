"""What the web asks of the worker: files it touches, ``demand/<code>.<main|sub|still>``."""

from __future__ import annotations

import os
import time
from pathlib import Path

FORGOTTEN_SECONDS = 120.0


class Demand:
    """The demand folder as it was at the last ``refresh``; one scan serves every stream."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._asked_at: dict[str, float] = {}

    def refresh(self) -> None:
        """Look again; files nobody touched for long are removed."""
        now = time.time()
        found: dict[str, float] = {}
        with os.scandir(self._folder) as entries:
            for entry in entries:
                try:
                    at = entry.stat().st_mtime
                except FileNotFoundError:
                    continue
                if now - at > FORGOTTEN_SECONDS:
                    Path(entry.path).unlink(missing_ok=True)
                else:
                    found[entry.name] = at
        self._asked_at = found

    def is_asked(self, code: str, what: str, within_seconds: float) -> bool:
        """Whether somebody asked for it lately."""
        at = self._asked_at.get(f"{code}.{what}")
        return at is not None and time.time() - at < within_seconds
