"""The processes of ``intranet run``: kept going, their words sorted, all ended together."""

from __future__ import annotations

import logging
import multiprocessing
import sys
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING, Any

from honcho.manager import Manager
from honcho.printer import Printer

from intranet import clock

if TYPE_CHECKING:
    from pathlib import Path

LOG_BYTES = 20_000_000
INFO = '"level": "info"'
PAUSE_SECONDS = 1.0  # before the first new start; twice as long before each one after it
# What ends so often at once will not be better the next time: a setting is wrong, the disk is full.
ENDS_MAX, WITHIN_SECONDS = 5, 60.0


class Screen(Printer):  # type: ignore[misc]
    """Writes every line to a file, and on the screen what needs an eye."""

    def __init__(self, path: Path) -> None:
        super().__init__(sys.stdout)
        self._whole = logging.getLogger("intranet.run")
        self._whole.setLevel(logging.INFO)
        self._whole.propagate = False
        self._whole.addHandler(RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=1))

    def write(self, message: Any) -> None:
        """Take a line of a process, or a word of the manager's own."""
        data = message.data
        text = data.decode(errors="replace") if isinstance(data, bytes) else data
        head = f"{message.time:%F %H:%M:%S} {(message.name or '').ljust(self.width)} | "
        for line in text.splitlines():
            self._whole.info("%s", head + line)
        if INFO not in text:
            super().write(message)


class Household(Manager):  # type: ignore[misc]
    """Starts what ended by itself anew: one that is killed must not take the others with it.

    Five ends of one process within a minute end them all, with its exit status and a word why; of
    one that is not needed, only itself.
    """

    def __init__(self, log: Path) -> None:
        super().__init__(Screen(log))
        self._ends: dict[str, list[float]] = {}
        self._dispensable: set[str] = set()

    def add_process(self, name: str, *arguments: Any, needed: bool = True, **more: Any) -> Any:
        """Add one; what is not needed is given up alone when it is hopeless."""
        if not needed:
            self._dispensable.add(name)
        return super().add_process(name, *arguments, **more)

    def _any_stopped(self) -> bool:
        """Say whether all must end now; the manager asks several times a second."""
        if self._terminating:
            return bool(super()._any_stopped())
        stopped = [name for name, one in self._processes.items() if "returncode" in one]
        return any(self._is_hopeless(name) for name in stopped)

    def _is_hopeless(self, name: str) -> bool:
        """Start it anew when its pause is over, unless that has failed too often."""
        one, now = self._processes[name], clock.monotonic()
        ends = self._ends.setdefault(name, [])
        if not one.get("noted"):
            one["noted"] = True
            ends[:] = [end for end in ends if end > now - WITHIN_SECONDS] + [now]
        if len(ends) >= ENDS_MAX:
            needed = name not in self._dispensable
            if needed or not one.get("given_up"):
                one["given_up"] = True
                if not needed:
                    self.returncode = None  # how it ended is not how the house will
                self._system_print(_last_word(name, one["returncode"], needed=needed))
            return needed
        if now - ends[-1] >= PAUSE_SECONDS * 2 ** (len(ends) - 1):
            # Its old number stays until the new one is told: ending it then is no harm.
            del one["returncode"], one["noted"]
            self.returncode = None
            one["process"] = multiprocessing.Process(
                name=name, target=one["obj"].run, args=(self.events, True)
            )
            one["process"].start()
        return False


def _last_word(name: str, status: int, *, needed: bool) -> str:
    how = f"killed by signal {-status}" if status < 0 else f"exit status {status}"
    return (
        f"{name} ended {ENDS_MAX} times within {WITHIN_SECONDS:.0f} s ({how}). Its own last lines "
        "say why; it is not tried again, and everything else "
        f"{'is stopped too' if needed else 'goes on without it'}.\n"
    )
