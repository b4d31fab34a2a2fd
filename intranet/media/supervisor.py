"""Keeps one ffmpeg for each wanted stream, and knows by the age of its last fragment how it is.

One thread reads all pipes (epoll); one talks to the door; one makes stills, one prunes, one runs
tests. A stream is never judged by whether its process lives.
"""

from __future__ import annotations

import fcntl
import json
import os
import random
import selectors
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from intranet.media import boxes, command, networks
from intranet.media.door import Door, State, StreamName, StreamReport, StreamWanted, Trouble
from intranet.media.process import Child, meaning, sweep_orphans
from intranet.media.recording import OddTimestampsError, Recorder

START_SECONDS = 12.0  # until the first fragment; a 4 s GOP and slow cameras fit
STALL_SECONDS = 2.2  # an age of the last fragment beyond this is a stall (found within 3 s)
STAGGER_SECONDS = 0.05
TEND_SECONDS = 0.04
FEW_STREAMS = 8
GATHER_SECONDS = 0.01  # with many streams, waking for each fragment costs more than reading them
HEALTHY_SECONDS = 60.0
BACKOFF_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
SLOW_BACKOFF_SECONDS = (10.0, 30.0, 60.0)
SLOW = frozenset({Trouble.WRONG_PASSWORD, Trouble.NOT_FOUND, Trouble.OUTSIDE_NETWORKS})
JITTER = 0.2
DEMAND_SECONDS = 30.0
DOOR_SECONDS = 1.0
REPORT_ALL_SECONDS = 10.0
PART_TARGET_US = {StreamName.MAIN: 120_000, StreamName.SUB: 500_000}


class AlreadyRunningError(RuntimeError):
    """Another media worker holds this folder."""


@dataclass(slots=True)
class Stream:
    """One wanted stream and what is being done about it."""

    wanted: StreamWanted
    state: State = State.STOPPED
    trouble: Trouble | None = None
    child: Child | None = None
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


class Supervisor:
    """The media worker. ``run`` blocks until ``stop`` is set."""

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
        self.owner = str(media_dir.resolve())
        self.streams: dict[tuple[str, StreamName], Stream] = {}
        self._selector = selectors.DefaultSelector()
        self._lock = threading.Lock()
        self._desired: list[StreamWanted] | None = None
        self._last_start = self._tend_at = 0.0
        self._lock_file: int | None = None

    def run(self, stop: threading.Event) -> None:
        """Keep the streams until told to stop. Raises AlreadyRunningError."""
        self._claim()
        swept = sweep_orphans(self.owner)
        if swept:
            self._log("orphans_ended", count=swept)
        door_thread = threading.Thread(target=self._talk, args=(stop,), name="door", daemon=True)
        door_thread.start()
        try:
            while not stop.is_set():
                self._step()
        finally:
            self._end_all()
            door_thread.join(timeout=5)
            self._release()

    def _claim(self) -> None:
        self.media_dir.mkdir(parents=True, exist_ok=True)
        (self.media_dir / "demand").mkdir(exist_ok=True)
        path = self.media_dir / "worker.lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise AlreadyRunningError from None
        self._lock_file = descriptor
        about = {"pid": os.getpid(), "started_at": time.time()}
        (self.media_dir / "worker.json").write_text(json.dumps(about))

    def _release(self) -> None:
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None

    # --- the reading thread -------------------------------------------------------------------

    def _step(self) -> None:
        """Take what is wanted, start and end what must be, read what came: at most 0.1 s."""
        self._adopt_desired()
        now = time.monotonic()
        if now >= self._tend_at:
            self._tend_at = now + TEND_SECONDS
            for stream in self.streams.values():
                self._tend(stream, now)
        if len(self.streams) > FEW_STREAMS:
            time.sleep(GATHER_SECONDS)
        for key, _events in self._selector.select(timeout=0.1):
            stream, is_video = key.data
            if is_video:
                self._read(stream)
            elif stream.child is not None and not stream.child.read_errors():
                self._selector.unregister(key.fileobj)

    def _adopt_desired(self) -> None:
        with self._lock:
            desired, self._desired = self._desired, None
        if desired is None:
            return
        wanted = {item.key: item for item in desired}
        for key in list(self.streams):
            stream = self.streams[key]
            if key not in wanted:
                self._end(stream, State.STOPPED, None)
                del self.streams[key]
            elif wanted[key] != stream.wanted:
                self._end(stream, State.STOPPED, None)
                self.streams[key] = Stream(wanted[key])
        for key, item in wanted.items():
            if key not in self.streams:
                self.streams[key] = Stream(item)

    def _tend(self, stream: Stream, now: float) -> None:
        child = stream.child
        if child is None:
            if self._is_due(stream, now):
                self._start(stream, now)
            return
        if stream.last_fragment_at is None:
            if now - stream.started_at > START_SECONDS:
                self._fail(stream, self._said(child, Trouble.TIMED_OUT), now)
        elif now - stream.last_fragment_at > STALL_SECONDS:
            self._fail(stream, Trouble.STALLED, now)
        elif stream.live_since is not None and now - stream.live_since > HEALTHY_SECONDS:
            stream.failures = 0
        if stream.child is not None and not stream.wanted.always and not self._demanded(stream):
            self._end(stream, State.STOPPED, None)

    def _is_due(self, stream: Stream, now: float) -> bool:
        if now < stream.next_try_at or now - self._last_start < STAGGER_SECONDS:
            return False
        return stream.wanted.always or self._demanded(stream)

    def _demanded(self, stream: Stream) -> bool:
        path = self.media_dir / "demand" / f"{stream.wanted.code}.{stream.wanted.stream.value}"
        try:
            return time.time() - path.stat().st_mtime < DEMAND_SECONDS
        except FileNotFoundError:
            return False

    def _start(self, stream: Stream, now: float) -> None:
        self._last_start = now
        stream.started_at, stream.last_fragment_at, stream.live_since = now, None, None
        wanted = stream.wanted
        try:
            url = networks.pinned(wanted.url, self.allowed)
        except networks.AddressRefusedError as error:
            self._fail(stream, error.trouble, now)
            return
        arguments = command.ingest(
            self.ffmpeg,
            wanted.stream.value,
            wallclock=wanted.wallclock or stream.wallclock,
            hevc=stream.hevc,
            audio=True,
        )
        stream.reader = boxes.Reader()
        stream.child = Child(arguments, command.source_list(url), self.owner)
        self._selector.register(stream.child.stdout, selectors.EVENT_READ, (stream, True))
        self._selector.register(stream.child.stderr, selectors.EVENT_READ, (stream, False))
        self._set(stream, State.STARTING, stream.trouble)

    def _read(self, stream: Stream) -> None:
        child = stream.child
        if child is None:
            return
        data = child.read()
        now = time.monotonic()
        if data is None:
            return
        if not data:
            child.read_errors()
            self._fail(stream, self._said(child, Trouble.ENDED), now)
            return
        self._record(stream, data, now)

    def _record(self, stream: Stream, data: bytes, now: float) -> None:
        arrived_us = time.time_ns() // 1000
        try:
            for piece in stream.reader.feed(data):
                if isinstance(piece, boxes.Init):
                    self._begin(stream, piece)
                elif piece.has_video and stream.recorder is not None:
                    stream.recorder.part(piece, arrived_us)
                    self._alive(stream, now)
        except OddTimestampsError:
            stream.wallclock = True
            self._fail(stream, Trouble.ODD_TIMESTAMPS, now)
        except OddTagError:
            self._close(stream)
            stream.next_try_at = now
        except boxes.BadMediaError:
            self._fail(stream, Trouble.NO_VIDEO, now)
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
        wanted = stream.wanted
        folder = self.media_dir / wanted.code / wanted.stream.value
        stream.recorder = Recorder(folder, init, PART_TARGET_US[wanted.stream])

    def _alive(self, stream: Stream, now: float) -> None:
        stream.last_fragment_at, stream.last_fragment_wall = now, time.time()
        if stream.state is not State.LIVE:
            stream.live_since = now
            # "Odd timestamps" stays said: the picture lives on this machine's clock now.
            kept = Trouble.ODD_TIMESTAMPS if stream.wallclock else None
            self._set(stream, State.LIVE, kept)

    def _fail(self, stream: Stream, trouble: Trouble, now: float) -> None:
        """Close what there is and come back later, later each time."""
        was_live = stream.live_since is not None
        self._close(stream)
        steps = SLOW_BACKOFF_SECONDS if trouble in SLOW else BACKOFF_SECONDS
        wait = steps[min(stream.failures, len(steps) - 1)]
        if was_live and stream.failures == 0 and trouble is not Trouble.DISK:
            wait = 0.3  # it was well a moment ago: look again at once
        stream.failures += 1
        stream.reconnects += 1
        stream.next_try_at = now + wait * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
        state = State.STALLED if trouble is Trouble.STALLED else State.BACKOFF
        self._set(stream, state, trouble)
        self._log(
            "stream_lost",
            camera=stream.wanted.code,
            stream=stream.wanted.stream.value,
            trouble=trouble.value,
            failures=stream.failures,
        )

    def _end(self, stream: Stream, state: State, trouble: Trouble | None) -> None:
        self._close(stream)
        self._set(stream, state, trouble)

    def _close(self, stream: Stream) -> None:
        child, stream.child = stream.child, None
        if child is not None:
            for descriptor in (child.stdout, child.stderr):
                if descriptor in self._selector.get_map():
                    self._selector.unregister(descriptor)
            child.close()
        if stream.recorder is not None:
            try:
                stream.recorder.close()
            except OSError as error:
                self._log("disk_trouble", camera=stream.wanted.code, errno=error.errno)
            stream.recorder = None
        stream.live_since = None

    def _set(self, stream: Stream, state: State, trouble: Trouble | None) -> None:
        if (stream.state, stream.trouble) != (state, trouble):
            stream.state, stream.trouble, stream.changed = state, trouble, True

    def _said(self, child: Child, otherwise: Trouble) -> Trouble:
        found = meaning(child.errors)
        return otherwise if found is Trouble.UNKNOWN else found

    def _end_all(self) -> None:
        for stream in self.streams.values():
            self._end(stream, State.STOPPED, None)
        self._report(everything=True)
        self._selector.close()

    # --- the door's thread --------------------------------------------------------------------

    def _talk(self, stop: threading.Event) -> None:
        everything_at = 0.0
        while not stop.wait(DOOR_SECONDS):
            try:
                desired = list(self._door.desired())
                with self._lock:
                    self._desired = desired
                everything = time.monotonic() > everything_at
                if everything:
                    everything_at = time.monotonic() + REPORT_ALL_SECONDS
                self._report(everything=everything)
            except Exception as error:  # noqa: BLE001 — the cameras go on while the door is shut
                self._log("door_shut", kind=type(error).__name__)

    def _report(self, *, everything: bool) -> None:
        reports = []
        for stream in list(self.streams.values()):
            if everything or stream.changed:
                stream.changed = False
                reports.append(stream.report())
        for report in reports:
            self._write_state(report)
        if reports:
            self._door.report(reports)

    def _write_state(self, report: StreamReport) -> None:
        """Leave the state beside the recordings too, for whoever has no door: tests, benches."""
        folder = self.media_dir / report.code / report.stream.value
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / "state.new"
        fresh.write_text(json.dumps(asdict(report)), encoding="ascii")
        fresh.replace(folder / "state.json")


class OddTagError(boxes.BadMediaError):
    """H.265 came with the tag Safari does not play: connect again, tagging it."""
