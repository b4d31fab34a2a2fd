"""Keeps one ffmpeg for each wanted stream, and knows by the age of its last picture how it is.

One thread reads all pipes (epoll); one talks to the door; one makes stills, one prunes, one runs
tests. A stream is never judged by whether its process lives.
"""

from __future__ import annotations

import contextlib
import functools
import json
import selectors
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

from intranet.media import boxes, command, index, networks, peers, pulse
from intranet.media.claim import Claim
from intranet.media.demand import Demand
from intranet.media.door import Door, State, StreamName, StreamReport, StreamWanted, Trouble
from intranet.media.index import EndReason
from intranet.media.process import PIPE_BYTES, Child, meaning, sweep_orphans
from intranet.media.recording import OddTimestampsError, Recorder
from intranet.media.stream import Stream, wait_seconds

START_SECONDS = 12.0  # until the first fragment; a 4 s GOP and slow cameras fit
STALL_SECONDS = 2.2  # an age of the last picture beyond this is a stall (found within 3 s)
STAGGER_SECONDS = 0.05  # between two starts, and between two looks at every stream
DEMAND_LOOK_SECONDS = 0.25
# ffmpeg writes a fragment in pieces; with many streams, those that come within this go together.
FEW_STREAMS = 16
GATHER_SECONDS = 0.01
HEALTHY_SECONDS = 60.0
FORGIVEN_SECONDS = 600.0  # of good running after which odd timestamps are no longer held against it
AWAY_SECONDS = 4.0  # this thread was frozen or starved: what comes now is late by our own fault
DEMAND_SECONDS = 30.0
DOOR_SECONDS = 1.0
REPORT_ALL_SECONDS = 10.0
END_SECONDS = 3.0


class OddTagError(boxes.BadMediaError):
    """H.265 came with the tag Safari does not play: connect again, tagging it."""


class Supervisor:
    """Reads all cameras. ``claim`` comes first; ``run`` blocks until ``stop`` is set."""

    def __init__(
        self,
        door: Door,
        media_dir: Path,
        ffmpeg: str,
        allowed: tuple[networks.Network, ...],
        log: Callable[..., None],
    ) -> None:
        self._door = door
        self.media_dir = media_dir
        self.ffmpeg = ffmpeg
        self.allowed = allowed
        self._log = log
        self._claim: Claim | None = None
        self.owner = str(media_dir.resolve())
        self.streams: dict[tuple[str, StreamName], Stream] = {}
        self.demand = Demand(media_dir / "demand")
        self._leaving: dict[tuple[str, StreamName], Child] = {}
        self._selector = selectors.DefaultSelector()
        self._resolver = ThreadPoolExecutor(4, thread_name_prefix="names")
        self._lock = threading.Lock()
        self._desired: list[StreamWanted] | None = None
        self._last_start = self._tended_at = self._demand_at = self._beat_at = 0.0
        self._awake_at = 0.0
        # One for all: a fresh 256 KiB for each read would be mapped and unmapped each time.
        self._room = memoryview(bytearray(PIPE_BYTES))

    def claim(self) -> None:
        """Take the folder, and end what an earlier worker left. Raises AlreadyRunningError."""
        self._claim = Claim(self.media_dir)
        swept = sweep_orphans(self.owner)
        if swept:
            self._log("orphans_ended", count=swept)
        closed = sum(index.reconcile(folder) for folder in index.stream_folders(self.media_dir))
        if closed:
            self._log("recordings_reconciled", files=closed)

    def run(self, stop: threading.Event) -> None:
        """Keep the streams until told to stop."""
        assert self._claim is not None, "the folder may be another worker's"
        door_thread = threading.Thread(target=self._talk, args=(stop,), name="door", daemon=True)
        door_thread.start()
        self._awake_at = time.monotonic()
        try:
            while not stop.is_set():
                self._step()
        finally:
            self._end_all()
            door_thread.join(timeout=5)
            self._claim.release()

    # --- the reading thread -------------------------------------------------------------------

    def _step(self) -> None:
        """Read what came; look at every stream twenty times a second."""
        now = self._look_up()
        if now - self._tended_at >= STAGGER_SECONDS:
            self._tended_at = now
            self._adopt_desired()
            self._look_at_demand(now)
            self._see_off()
            for stream in self.streams.values():
                self._tend(stream, now)
            if now - self._beat_at >= pulse.EVERY_SECONDS:
                self._beat_at = now
                pulse.beat(self.media_dir)
        if len(self.streams) > FEW_STREAMS:
            time.sleep(GATHER_SECONDS)
        left = self._tended_at + STAGGER_SECONDS - time.monotonic()
        for key, _events in self._selector.select(timeout=max(0.0, left)):
            stream, is_video = key.data
            if is_video:
                self._read(stream)
            elif stream.child is not None and not stream.child.read_errors():
                self._selector.unregister(key.fileobj)

    def _look_up(self) -> float:
        """Return the time; after an absence of our own begin anew and find fault with no camera."""
        now = time.monotonic()
        away, self._awake_at = now - self._awake_at, now
        if away > AWAY_SECONDS:
            self._log("was_away", seconds=round(away, 1))
            for stream in self.streams.values():
                if stream.child is not None:
                    self._close(stream, EndReason.LOST)
                    stream.next_try_at, stream.reconnects = now, stream.reconnects + 1
                    stream.set(State.STARTING, stream.kept_trouble)
        return now

    def _adopt_desired(self) -> None:
        with self._lock:
            desired, self._desired = self._desired, None
        if desired is None:
            return
        wanted = {item.key: item for item in desired}
        for key in list(self.streams):
            stream = self.streams[key]
            if key not in wanted:
                self._end(stream)
                del self.streams[key]
                self._write_state(stream.report())
            elif wanted[key] != stream.wanted:
                self._end(stream)
                self.streams[key] = Stream(wanted[key])
        for key, item in wanted.items():
            if key not in self.streams:
                self.streams[key] = Stream(item)

    def _look_at_demand(self, now: float) -> None:
        if now - self._demand_at >= DEMAND_LOOK_SECONDS:
            self._demand_at = now
            self.demand.refresh()

    def _see_off(self) -> None:
        """Wait for the children that were told to go: a stream never has two."""
        for key in [key for key, child in self._leaving.items() if child.gone()]:
            del self._leaving[key]

    def _tend(self, stream: Stream, now: float) -> None:
        child = stream.child
        if child is None:
            if stream.address is not None:
                self._connect(stream, now)
            elif self._is_due(stream, now):
                self._last_start = now
                stream.address = self._resolver.submit(
                    networks.pinned, stream.wanted.url, self.allowed
                )
            return
        if stream.last_fragment_at is None:
            if now - stream.started_at > START_SECONDS:
                self._fail(stream, self._said(child, Trouble.TIMED_OUT), now)
        elif now - stream.last_fragment_at > STALL_SECONDS:
            self._fail(stream, Trouble.STALLED, now)
        elif stream.live_since is not None and now - stream.live_since > HEALTHY_SECONDS:
            stream.failures = 0
            if stream.wallclock and now - stream.live_since > FORGIVEN_SECONDS:
                stream.wallclock = False  # the next connection tries the camera's clock again
                stream.set(State.LIVE, None)
        if stream.child is not None and not self._is_wanted(stream):
            self._end(stream)

    def _is_due(self, stream: Stream, now: float) -> bool:
        if now < stream.next_try_at or now - self._last_start < STAGGER_SECONDS:
            return False
        return self._is_wanted(stream) and stream.wanted.key not in self._leaving

    def _is_wanted(self, stream: Stream) -> bool:
        wanted = stream.wanted
        return wanted.always or self.demand.is_asked(wanted.code, wanted.stream, DEMAND_SECONDS)

    def _connect(self, stream: Stream, now: float) -> None:
        """Start ffmpeg once the name is resolved; a slow name server holds up nobody else."""
        if stream.address is None or not stream.address.done():
            return
        answer, stream.address = stream.address, None
        stream.started_at, stream.last_fragment_at, stream.live_since = now, None, None
        try:
            url = answer.result()
        except networks.AddressRefusedError as error:
            self._fail(stream, error.trouble, now)
            return
        wanted = stream.wanted
        arguments = command.ingest(
            self.ffmpeg,
            wanted.stream.value,
            wallclock=wanted.wallclock or stream.wallclock,
            hevc=stream.hevc,
        )
        stream.reader, stream.host = boxes.Reader(), urlsplit(url).hostname or ""
        try:
            stream.child = Child(arguments, command.source_list(url), self.owner)
        except OSError as error:  # no process or descriptor to be had: the others go on
            self._log("no_child", camera=wanted.code, errno=error.errno)
            self._fail(stream, Trouble.UNKNOWN, now)
            return
        self._selector.register(stream.child.stdout, selectors.EVENT_READ, (stream, True))
        self._selector.register(stream.child.stderr, selectors.EVENT_READ, (stream, False))
        stream.set(State.STARTING, stream.trouble)

    def _read(self, stream: Stream) -> None:
        child = stream.child
        if child is None:
            return
        size = child.read(self._room)
        if size is None:
            return
        now = self._look_up()
        if stream.child is not child:
            return
        if not size:
            child.read_last_errors()
            self._fail(stream, self._said(child, Trouble.ENDED), now)
            return
        self._record(stream, self._room[:size], now)

    def _record(self, stream: Stream, data: memoryview, now: float) -> None:
        arrived_us, clock_us = int(now * 1_000_000), time.time_ns() // 1000
        try:
            for piece in stream.reader.feed(data):
                if isinstance(piece, boxes.Init):
                    # Before the first picture is taken: ffmpeg goes wherever a camera sends it.
                    if stream.child is not None and peers.strays(stream.child.pid, stream.host):
                        self._fail(stream, Trouble.REDIRECTED, now)
                        return
                    self._begin(stream, piece)
                elif piece.has_video and stream.recorder is not None:
                    stream.recorder.part(piece, arrived_us, clock_us)
                    self._alive(stream, now, clock_us)
        except OddTimestampsError:
            stream.wallclock = True
            self._fail(stream, Trouble.ODD_TIMESTAMPS, now)
        except OddTagError:
            self._close(stream, EndReason.LOST)
            stream.next_try_at = now
        except boxes.NoVideoError:
            self._fail(stream, Trouble.NO_VIDEO, now)
        except boxes.BadMediaError:
            self._fail(stream, Trouble.UNKNOWN, now)
        except OSError as error:
            self._log("disk_trouble", camera=stream.wanted.code, errno=error.errno)
            self._fail(stream, Trouble.DISK, now)

    def _begin(self, stream: Stream, init: boxes.Init) -> None:
        video = init.video
        if video.codec.startswith("hev1"):
            # Safari needs the other tag; the next connection writes it.
            stream.hevc = True
            raise OddTagError
        stream.codecs, stream.width, stream.height = init.codecs, video.width, video.height
        stream.changed = True
        wanted = stream.wanted
        stream.recorder = Recorder(self.media_dir / wanted.code / wanted.stream.value, init)

    def _alive(self, stream: Stream, now: float, clock_us: int) -> None:
        stream.last_fragment_at, stream.last_fragment_wall = now, clock_us / 1e6
        if stream.state is not State.LIVE:
            stream.live_since = now
            stream.set(State.LIVE, stream.kept_trouble)

    def _fail(self, stream: Stream, trouble: Trouble, now: float) -> None:
        """Close what there is and come back later, later each time."""
        was_live = stream.live_since is not None
        self._close(stream, EndReason.LOST)
        stream.next_try_at = now + wait_seconds(trouble, stream.failures, was_live=was_live)
        stream.failures += 1
        stream.reconnects += 1
        stream.set(State.STALLED if trouble is Trouble.STALLED else State.BACKOFF, trouble)
        self._log(
            "stream_lost",
            camera=stream.wanted.code,
            stream=stream.wanted.stream.value,
            trouble=trouble.value,
            failures=stream.failures,
        )

    def _end(self, stream: Stream) -> None:
        self._close(stream, EndReason.STOPPED)
        stream.set(State.STOPPED, None)

    def _close(self, stream: Stream, reason: EndReason) -> None:
        """Let go of the child, which goes in its own time, and end the file under way."""
        child, stream.child, stream.address = stream.child, None, None
        if child is not None:
            for descriptor in (child.stdout, child.stderr):
                if descriptor in self._selector.get_map():
                    self._selector.unregister(descriptor)
            if reason is EndReason.STOPPED:
                child.stop()
            else:
                child.kill()
            self._leaving[stream.wanted.key] = child
        if stream.recorder is not None:
            try:
                stream.recorder.close(reason)
            except OSError as error:
                self._log("disk_trouble", camera=stream.wanted.code, errno=error.errno)
            stream.recorder = None
        stream.live_since = None

    def _said(self, child: Child, otherwise: Trouble) -> Trouble:
        found = meaning(child.errors)
        return otherwise if found is Trouble.UNKNOWN else found

    def _end_all(self) -> None:
        for stream in self.streams.values():
            self._end(stream)
        self._resolver.shutdown(wait=False, cancel_futures=True)
        deadline = time.monotonic() + END_SECONDS
        while self._leaving and time.monotonic() < deadline:
            self._see_off()
            time.sleep(0.02)
        for child in self._leaving.values():
            child.kill()
        self._selector.close()
        try:
            self._report(everything=True)
        except Exception as error:  # noqa: BLE001 — the house may be gone before its worker
            self._log("door_shut", kind=type(error).__name__)

    # --- the door's thread --------------------------------------------------------------------

    def _talk(self, stop: threading.Event) -> None:
        everything_at = 0.0
        while True:
            everything = time.monotonic() > everything_at
            if everything:
                everything_at = time.monotonic() + REPORT_ALL_SECONDS
            # Each for itself: what cannot be read must not keep back what is to be said.
            for talk in (self._ask, functools.partial(self._report, everything=everything)):
                try:
                    talk()
                except Exception as error:  # noqa: BLE001 — the cameras go on behind a shut door
                    self._log("door_shut", kind=type(error).__name__)
            if stop.wait(DOOR_SECONDS):
                return

    def _ask(self) -> None:
        desired = list(self._door.desired())
        with self._lock:
            self._desired = desired

    def _report(self, *, everything: bool) -> None:
        due = [stream for stream in list(self.streams.values()) if everything or stream.changed]
        for stream in due:
            stream.changed = False
        reports = [stream.report() for stream in due]
        if not reports:
            return
        try:
            self._door.report(reports)
        except Exception:
            for stream in due:
                stream.changed = True  # say it again when the door opens
            raise
        for report in reports:
            self._write_state(report)

    def _write_state(self, report: StreamReport) -> None:
        """Leave the state beside the recordings too, for whoever has no door: tests, benches."""
        folder = self.media_dir / report.code / report.stream.value
        with contextlib.suppress(OSError):  # a full disk is said through the door
            folder.mkdir(parents=True, exist_ok=True)
            fresh = folder / "state.new"
            fresh.write_text(json.dumps(asdict(report)), encoding="ascii")
            fresh.replace(folder / "state.json")
