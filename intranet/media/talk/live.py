"""Speech as it is being spoken: the page's pieces, through ffmpeg, to packets a little later.

It grows as ``intranet/media/spool.py`` says. What stops growing has ended: the phone is gone.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from intranet.media import command, spool
from intranet.media.process import MARK
from intranet.media.talk.clip import LAWS, NICE
from intranet.media.talk.pacing import PACKET_BYTES
from intranet.media.talk.speaker import Codec

LOOK_SECONDS = 0.02
GROWS_SECONDS = 2.0  # nothing more for so long: nobody speaks any more
SECONDS_MAX = 31.0
AHEAD_PACKETS = 5  # held back at first, against uneven arrival: 100 ms
FILTER_PACKETS = 3  # what the filters keep back, at most
AHEAD_SECONDS = 0.12  # so long the first group of several pieces waits: the filters' part, and more
PACKETS_OF_PIECE = spool.PIECE_MILLISECONDS // 20
KEPT_PACKETS = 8  # and left when a pause is shortened: more would only be late
QUIET_STEPS = 32  # below a sixtieth of the loudest there is
PIECE_BYTES = 65_536
# As many programs start at once as there are cores: where twenty speak at the same moment the
# cameras' programs, and those who look, do not wait behind all of them. Its first sound says that
# one has started; a speaker whose network is slow keeps nobody waiting for longer than this, and
# nobody waits for longer than a moment in all.
_STARTS = threading.BoundedSemaphore(os.cpu_count() or 1)
START_SECONDS, STARTS_SECONDS = 0.25, 1.0


@contextlib.contextmanager
def _start() -> Iterator[None]:
    """Wait for one's turn to start a program, not for long."""
    has_turn = _STARTS.acquire(timeout=STARTS_SECONDS)
    try:
        yield
    finally:
        if has_turn:
            _STARTS.release()


class Growing:
    """A source of packets of 20 ms; ``packet`` returns None at the end and silence in a gap."""

    def __init__(self, path: Path, ffmpeg: str, owner: str) -> None:
        self._path, self._ffmpeg, self._owner = path, ffmpeg, owner
        self._kept, self._look_seconds, self._pieces = KEPT_PACKETS, LOOK_SECONDS, 1
        self._ready: deque[bytes] = deque()
        self._rest = b""
        self._lock = threading.Lock()
        self._is_over = False  # nothing more will come out
        self._came = threading.Event()
        self._begun = threading.Event()
        self._silence = b""
        self._process: subprocess.Popen[bytes] | None = None
        self._threads: list[threading.Thread] = []
        self._is_stopped = False
        self.is_cut = False  # it only stopped growing: nobody let the key go
        self.filled = 0  # packets of silence put into gaps and not taken out of pauses since

    def prepare(self) -> None:
        """Nothing is known before it is spoken."""

    def start(self, codec: Codec) -> None:
        """Begin to read and turn it; returns once there is something to send, or nothing is."""
        self._silence = bytes([codec.silence]) * PACKET_BYTES
        with _start():
            self._process = subprocess.Popen(  # noqa: S603 — a list built by command.py, no shell
                command.live_speech(self._ffmpeg, law=LAWS[codec]),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", MARK: self._owner},
            )
            with contextlib.suppress(OSError):  # it may have ended at once
                os.setpriority(os.PRIO_PROCESS, self._process.pid, NICE)
            self._threads = [
                threading.Thread(target=work, daemon=True) for work in (self._feed, self._drain)
            ]
            for one in self._threads:
                one.start()
            self._came.wait(START_SECONDS)
        self._begun.wait(GROWS_SECONDS * 2)
        if self._pieces > 1 and not self._is_over:
            time.sleep(AHEAD_SECONDS)  # the next come as long after these as they last

    def _enough(self, pieces: int) -> int:
        """Return how many packets there must be before the first goes; of many, all of a group."""
        if pieces > 1:
            self._pieces, self._look_seconds = pieces, LOOK_SECONDS * pieces / 2
            self._kept = KEPT_PACKETS + (pieces - 1) * PACKETS_OF_PIECE
            return pieces * PACKETS_OF_PIECE - FILTER_PACKETS
        return AHEAD_PACKETS

    def packet(self) -> bytes | None:
        """Return what is next to be sent."""
        with self._lock:
            self._catch_up()
            if self._ready:
                return self._ready.popleft()
            if not self._is_over:
                self.filled += 1
                return self._silence
            if self._rest:
                last, self._rest = self._rest, b""
                return last.ljust(PACKET_BYTES, self._silence[:1])
        return None

    def _catch_up(self) -> None:
        """Leave out as much of a pause as silence was put in before: it is as long as was said."""
        while self.filled and self._ready and self._is_quiet(self._ready[0]):
            if len(self._ready) <= self._kept and not self._is_over:
                break  # it is held back against the next gap
            self._ready.popleft()
            self.filled -= 1

    def _is_quiet(self, packet: bytes) -> bool:
        """Whether nobody hears it: G.711 counts from its silence upwards, in 127 steps."""
        return all((one ^ self._silence[0]) & 0x7F < QUIET_STEPS for one in packet)

    def stop(self) -> None:
        """End the program, and wait for what reads it."""
        self._is_stopped = True
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for one in self._threads:
                one.join()
            assert self._process.stdout is not None
            self._process.stdout.close()

    def _feed(self) -> None:
        """Follow the file into the program until it has ended."""
        assert self._process is not None
        assert self._process.stdin is not None
        began = grown = time.monotonic()
        with contextlib.suppress(OSError), self._path.open("rb") as file:
            while True:
                was_whole = spool.ended(
                    self._path
                ).exists()  # asked before the read that finds no more
                piece = file.read(PIECE_BYTES)
                now = time.monotonic()
                if piece:
                    grown = now
                    self._process.stdin.write(piece)
                    self._process.stdin.flush()
                elif (
                    self._is_stopped
                    or was_whole
                    or now - grown > GROWS_SECONDS
                    or now - began > SECONDS_MAX
                ):
                    if not (self._is_stopped or was_whole):
                        self.is_cut = True
                        spool.ended(self._path).touch()  # what comes now is too late
                    break
                else:
                    time.sleep(self._look_seconds if self._begun.is_set() else LOOK_SECONDS)
        with contextlib.suppress(OSError):
            self._process.stdin.close()

    def _drain(self) -> None:
        """Cut what comes out into packets."""
        assert self._process is not None
        assert self._process.stdout is not None
        descriptor, came = self._process.stdout.fileno(), 0
        while piece := os.read(descriptor, PIECE_BYTES):
            came += len(piece)
            self._came.set()
            with self._lock:
                self._rest += piece
                while len(self._rest) >= PACKET_BYTES:
                    self._ready.append(self._rest[:PACKET_BYTES])
                    self._rest = self._rest[PACKET_BYTES:]
            # What comes less often, and more at a time, has to last for longer. Until then others
            # may still begin, and be so many that this one's pieces go together.
            if (
                not self._begun.is_set()
                and came >= self._enough(spool.pieces_together(self._path)) * PACKET_BYTES
            ):
                self._begun.set()
        with self._lock:
            self._is_over = True
        self._came.set()
        self._begun.set()
