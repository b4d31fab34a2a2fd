"""Child processes with an owner, a deadline and a reason for their end.

No child outlives the worker: its stdout is a pipe of ours, so writing fails once we are gone;
and each carries MARK in its environment, by which the next worker finds and ends whatever a
``kill -9`` left behind.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import signal
import subprocess
import time
from collections import deque
from pathlib import Path

from intranet.media.door import Trouble

MARK = "WEIWANG_MEDIA_OWNER"
F_SETPIPE_SZ = 1031
# 1 MiB each would use up what the kernel allows one user at 64 pipes (pipe-user-pages-soft).
PIPE_BYTES = 1 << 18
# A read of a whole pipe allocates a megabyte each time: half the worker's system time, measured.
READ_BYTES = 1 << 17
ERROR_LINES_MAX = 200
ERROR_LINE_MAX = 400
ERROR_REST_MAX = 65_536
TERMINATE_SECONDS = 1.0
_USERINFO = re.compile(r"([a-z][a-z0-9+.-]*:(?://)?)\S*@", re.IGNORECASE)

# What ffmpeg says → what it means. The first that fits; texts checked on ffmpeg 5.1 and 9.0.
MEANINGS: tuple[tuple[str, Trouble], ...] = (
    ("Redirecting to", Trouble.REDIRECTED),
    ("401 Unauthorized", Trouble.WRONG_PASSWORD),
    ("403 Forbidden", Trouble.WRONG_PASSWORD),
    ("authorization failed", Trouble.WRONG_PASSWORD),
    ("404 Not Found", Trouble.NOT_FOUND),
    ("404 Stream Not Found", Trouble.NOT_FOUND),
    ("Server returned 5XX", Trouble.NOT_READY),
    ("453 Not Enough Bandwidth", Trouble.NOT_READY),
    ("Connection refused", Trouble.REFUSED),
    ("timed out", Trouble.TIMED_OUT),
    ("timeout", Trouble.TIMED_OUT),
    ("No route to host", Trouble.UNREACHABLE),
    ("Network is unreachable", Trouble.UNREACHABLE),
    ("Failed to resolve", Trouble.UNREACHABLE),
    ("matches no streams", Trouble.NO_VIDEO),
    ("does not contain any stream", Trouble.NO_VIDEO),
    ("not currently supported in container", Trouble.UNSUPPORTED_VIDEO),
    ("No space left", Trouble.DISK),
    ("Invalid data found", Trouble.UNKNOWN),
)


def redact(text: str) -> str:
    """Return the text without user and password of any address in it."""
    return _USERINFO.sub(r"\1***@", text)


def meaning(lines: deque[str] | list[str]) -> Trouble:
    """Return what the child's last words come down to."""
    text = "\n".join(lines)
    for words, trouble in MEANINGS:
        if words in text:
            return trouble
    return Trouble.UNKNOWN


class Child:
    """One running program with its pipes; ``stdin`` is written and closed at the start."""

    def __init__(self, arguments: list[str], feed: bytes, owner: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603 — a list built by command.py, no shell
            arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", MARK: owner},
            close_fds=True,
        )
        self.errors: deque[str] = deque(maxlen=ERROR_LINES_MAX)
        self._rest = b""  # a line that is still being written
        self._terminated_at: float | None = None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self.stdout = self._process.stdout.fileno()
        self.stderr = self._process.stderr.fileno()
        os.set_blocking(self.stdout, False)
        os.set_blocking(self.stderr, False)
        with contextlib.suppress(OSError):
            # The user's pipe allowance may be used up; a smaller pipe only costs wake-ups.
            fcntl.fcntl(self.stdout, F_SETPIPE_SZ, PIPE_BYTES)
        with contextlib.suppress(BrokenPipeError):
            # It may have ended at once; its exit says why.
            self._process.stdin.write(feed)
            self._process.stdin.close()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def read(self, room: memoryview) -> int | None:
        """Read what stdout has into ``room``; return how much: 0 at its end, None for not now."""
        try:
            return os.readv(self.stdout, [room])
        except BlockingIOError:
            return None

    def read_errors(self) -> bool:
        """Keep stderr's last lines, redacted; return False at its end."""
        try:
            data = os.read(self.stderr, 65536)
        except BlockingIOError:
            return True
        # Whole lines only: half an address would slip through the redaction.
        *lines, self._rest = (self._rest + data).split(b"\n")
        if not data or len(self._rest) > ERROR_REST_MAX:
            lines, self._rest = [*lines, self._rest], b""
        for line in filter(None, lines):
            self.errors.append(redact(line.decode(errors="replace"))[:ERROR_LINE_MAX])
        return bool(data)

    def read_last_errors(self) -> None:
        """Take what stderr has now as the last words, half a line too."""
        for _read in range(16):
            before = len(self.errors), self._rest
            if not self.read_errors() or (len(self.errors), self._rest) == before:
                break
        if self._rest:
            self.errors.append(redact(self._rest.decode(errors="replace"))[:ERROR_LINE_MAX])
            self._rest = b""

    def ended(self) -> bool:
        """Whether the program has ended; reaps it."""
        return self._process.poll() is not None

    def stop(self) -> None:
        """Ask it to end, so that it says goodbye to the camera; ``gone`` follows up."""
        if self._terminated_at is None and not self.ended():
            self._terminated_at = time.monotonic()
            self._process.terminate()

    def kill(self) -> None:
        """End it at once: it hangs in a read and would not hear; ``gone`` follows up."""
        if not self.ended():
            self._process.kill()

    def gone(self) -> bool:
        """Whether it has ended; kills it when it was asked TERMINATE_SECONDS ago."""
        if self.ended():
            self._let_go()
            return True
        asked = self._terminated_at
        if asked is not None and time.monotonic() - asked > TERMINATE_SECONDS:
            self._process.kill()
        return False

    def _let_go(self) -> None:
        for pipe in (self._process.stdout, self._process.stderr, self._process.stdin):
            if pipe is not None and not pipe.closed:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


def run(
    arguments: list[str], feed: bytes, owner: str, seconds: float, *, nice: int = 0
) -> tuple[bytes, list[str]]:
    """Run a short program to its end; return its output and last words.

    ``nice`` (setpriority(2)) lets the cameras' programs go first. Raises TimeoutError when it
    takes longer; it is killed then.
    """
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", MARK: owner}
    with subprocess.Popen(  # noqa: S603
        arguments,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        if nice:
            with contextlib.suppress(OSError):  # it may have ended at once
                os.setpriority(os.PRIO_PROCESS, process.pid, nice)
        try:
            output, errors = process.communicate(feed, timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            _output, errors = process.communicate(timeout=10)
            raise TimeoutError(redact(errors.decode(errors="replace")[-ERROR_LINE_MAX:])) from None
    lines = [redact(line)[:ERROR_LINE_MAX] for line in errors.decode(errors="replace").splitlines()]
    return output, lines[-ERROR_LINES_MAX:]


def sweep_orphans(owner: str) -> int:
    """Kill the children that an earlier worker of this owner left behind; return how many."""
    wanted = f"{MARK}={owner}".encode()
    found = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        try:
            if wanted in (entry / "environ").read_bytes().split(b"\0"):
                os.kill(int(entry.name), signal.SIGKILL)
                found += 1
        except (OSError, ValueError):
            continue  # gone meanwhile, or another user's
    return found
