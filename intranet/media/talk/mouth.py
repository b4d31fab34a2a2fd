"""Takes what is to be said from the door and says it, one clip a camera at a time."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Protocol

from intranet.media import spool
from intranet.media.door import Door, TalkDriver, TalkReport, TalkTrouble, TalkWanted
from intranet.media.networks import Network
from intranet.media.talk import clip, finder, live
from intranet.media.talk.pacing import PACKET_BYTES, PACKET_SECONDS, Pacer
from intranet.media.talk.speaker import SECONDS_AFTER, Codec, Loudspeaker
from intranet.media.talk.trouble import TalkError

LOOK_SECONDS = 0.02
ASK_SECONDS = 0.5  # whether or not anybody has touched it
MOUTHS_MAX = 32
TELL_TRIES = 20
PACKETS_MAX = round(31 / PACKET_SECONDS)
FREE_SECONDS = 10.0  # of what is said to a camera first: its channel is being freed
# What was meant for now is not said later, whatever kept it: a camera that hesitates, this process
# frozen. The house gives up what it hears nothing of after 75 s, so nothing may begin after that.
BEGIN_SECONDS = 20.0
FROZEN_SECONDS = 6.0  # behind its time in the middle: longer than a camera may make it wait
# A camera locks its users out after a few wrong passwords, and its picture would go with them.
PASSWORD_SECONDS = 60.0
REFUSED_MAX = 1000  # addresses remembered for it
# Before the first packet a failure means that nothing was heard, and is told so.
BEFORE = {TalkTrouble.DROPPED: TalkTrouble.HUNG_UP, TalkTrouble.CUT_OFF: TalkTrouble.STOPPED}


class Source(Protocol):
    """Where the packets come from; ``filled`` counts those of silence put into gaps.

    ``is_cut`` says that they ended before whoever speaks did.
    """

    filled: int
    is_cut: bool

    def prepare(self) -> None:
        """Look whether there is anything to say, before a camera is called. Raises TalkError."""

    def start(self, codec: Codec) -> None:
        """Make ready for what the camera takes. Raises TalkError."""

    def packet(self) -> bytes | None:
        """Return the next packet of 20 ms, or None at the end."""

    def stop(self) -> None:
        """Let go of whatever it holds."""


class Recorded:
    """A source of packets from a clip."""

    def __init__(self, wanted: TalkWanted, decoder: clip.Decoder) -> None:
        self._wanted, self._decoder = wanted, decoder
        self._speech, self._silence = memoryview(b""), b""
        self._at = self.filled = 0
        self.is_cut = False

    def prepare(self) -> None:
        """Measure the clip. Raises TalkError when it cannot be decoded or is silent."""
        self._decoder.gain(self._wanted.clip, self._wanted.media_type)

    def start(self, codec: Codec) -> None:
        """Turn the clip into G.711. Raises TalkError when it cannot be decoded or is silent."""
        self._silence = bytes([codec.silence])
        speech = self._decoder.speech(self._wanted.clip, self._wanted.media_type, codec)
        self._speech = memoryview(speech)

    def packet(self) -> bytes | None:
        """Return the next packet; the last is filled up with silence."""
        piece = bytes(self._speech[self._at : self._at + PACKET_BYTES])
        self._at += PACKET_BYTES
        return piece.ljust(PACKET_BYTES, self._silence) if piece else None

    def stop(self) -> None:
        """Nothing is held."""


class Mouth:
    """The speaking part of the media worker. ``keep`` blocks until ``stop`` is set."""

    def __init__(
        self,
        door: Door,
        media_dir: Path,
        ffmpeg: str,
        allowed: tuple[Network, ...],
        log: Callable[..., None],
    ) -> None:
        self._door, self._ffmpeg, self._allowed, self._log = door, ffmpeg, allowed, log
        self._media_dir = media_dir
        self._owner = str(media_dir.resolve())
        self._decoder = clip.Decoder(ffmpeg, self._owner, spool.wake(media_dir).parent)
        self._mouths = ThreadPoolExecutor(MOUTHS_MAX, thread_name_prefix="mouth")
        self._stop = threading.Event()
        self._freeing: dict[str, Future[None]] = {}
        self._busy: set[Future[None]] = set()
        self._refused: OrderedDict[str, float] = OrderedDict()

    def keep(self, stop: threading.Event) -> None:
        """Say what waits, as soon as it waits."""
        self._stop = stop
        spool.wake(self._media_dir).parent.mkdir(parents=True, exist_ok=True)
        clip.sweep(spool.wake(self._media_dir).parent)
        has_swept, asked_at, woken = False, 0.0, -1
        while not stop.wait(LOOK_SECONDS):
            now, wake = time.monotonic(), touched(spool.wake(self._media_dir))
            if wake == woken and now - asked_at < ASK_SECONDS:
                continue
            asked_at = now
            with contextlib.suppress(OSError):  # a full disk: it is taken for dead, and is no use
                spool.pulse(self._media_dir).touch()
            try:
                if not has_swept:
                    for lost in self._door.talks_cut_off():
                        self._freeing[lost.code] = self._mouths.submit(self._free, lost)
                    has_swept = True
                if self._take():
                    woken = wake
            except Exception as error:  # noqa: BLE001 — a shut door must not end it for good
                self._log("door_shut", kind=type(error).__name__)
                stop.wait(ASK_SECONDS)  # it is not knocked at fifty times a second
        self._mouths.shutdown(wait=True)

    def _take(self) -> bool:
        """Take as much as there are mouths; return whether that may have been all."""
        self._busy = {one for one in self._busy if not one.done()}
        free = MOUTHS_MAX - len(self._busy)
        taken = self._door.talks_taken(free) if free else ()
        for wanted in taken:
            self._busy.add(self._mouths.submit(self._say, wanted, time.monotonic()))
        return len(taken) < free

    def _free(self, lost: TalkWanted) -> None:
        """Close the channel that a worker killed in the middle of a word left open, if it can."""
        freed = False
        try:
            for _driver, speaker in finder.ways(lost.url, lost.driver, self._allowed):
                with contextlib.suppress(TalkError):
                    freed = speaker.free() or freed
        except Exception as error:  # noqa: BLE001 — the camera will close it itself in time
            self._log("talk_not_freed", camera=lost.code, kind=type(error).__name__)
        if freed:
            self._log("talk_freed", camera=lost.code)

    def _say(self, wanted: TalkWanted, taken_at: float) -> None:
        """Say one thing, and tell what became of it whatever happens."""
        freeing = self._freeing.pop(wanted.code, None)
        if freeing is not None:  # else the channel would be closed under what is said now
            wait([freeing], FREE_SECONDS)
        try:
            report = self._said(wanted, taken_at)
        except Exception as error:  # noqa: BLE001 — the page is waiting for an answer
            self._log("talk_failed", camera=wanted.code, kind=type(error).__name__)
            report = TalkReport(wanted.id, None, time.time(), TalkTrouble.UNKNOWN)
        for _try in range(TELL_TRIES):
            try:
                self._door.talk_told(report)
            except Exception as error:  # noqa: BLE001 — the house may be busy; it is told later
                self._log("door_shut", kind=type(error).__name__)
                if self._stop.wait(ASK_SECONDS):
                    return
            else:
                return

    def _said(self, wanted: TalkWanted, taken_at: float) -> TalkReport:
        first: TalkTrouble | None = None
        try:
            self._source(wanted).prepare()
            for driver, speaker in finder.ways(wanted.url, wanted.driver, self._allowed):
                self._spare_password(wanted.url)
                source = self._source(wanted)
                spoken = Spoken(wanted, driver, self._door, self._log, taken_at + BEGIN_SECONDS)
                spoken.say(speaker, source, self._stop)
                if source.filled:  # the page's network was slower than its voice
                    milliseconds = round(source.filled * PACKET_SECONDS * 1000)
                    self._log("talk_gaps_filled", camera=wanted.code, milliseconds=milliseconds)
                if spoken.trouble is TalkTrouble.WRONG_PASSWORD:
                    self._refused[wanted.url] = time.monotonic()
                if spoken.trouble is None or spoken.began_at or spoken.trouble in finder.FINAL:
                    return spoken.report()
                first = first or spoken.trouble
        except TalkError as error:
            first = first or error.trouble
        return TalkReport(wanted.id, None, time.time(), first)

    def _spare_password(self, url: str) -> None:
        """Raise TalkError when the camera refused this address, password and all, just now."""
        while len(self._refused) > REFUSED_MAX:
            self._refused.popitem(last=False)
        at = self._refused.get(url)
        if at is not None and time.monotonic() - at < PASSWORD_SECONDS:
            raise TalkError(TalkTrouble.WRONG_PASSWORD)

    def _source(self, wanted: TalkWanted) -> Source:
        if wanted.clip:
            return Recorded(wanted, self._decoder)
        return live.Growing(spool.speech(self._media_dir, wanted.id), self._ffmpeg, self._owner)


class Spoken:
    """One try at saying something by one way; ``begin_by``, in monotonic seconds, or not at all."""

    def __init__(
        self,
        wanted: TalkWanted,
        driver: TalkDriver,
        door: Door,
        log: Callable[..., None],
        begin_by: float = math.inf,
    ) -> None:
        self._wanted, self._driver, self._door, self._log = wanted, driver, door, log
        self._begin_by = begin_by
        self.began_at: float | None = None
        self.packets = 0
        self.trouble: TalkTrouble | None = None

    def say(self, speaker: Loudspeaker, source: Source, stop: threading.Event) -> None:
        """Open, speak in time, close; the channel is closed whatever happens."""
        try:
            self._may_begin(stop)
            source.start(speaker.open())
            self._speak(speaker, source, stop)
            if source.is_cut:
                self.trouble = TalkTrouble.GONE
        except TalkError as error:
            trouble = error.trouble
            self.trouble = trouble if self.began_at else BEFORE.get(trouble, trouble)
        finally:
            source.stop()
            speaker.close()

    def report(self) -> TalkReport:
        """Return what became of it, now that it is over."""
        return TalkReport(
            self._wanted.id,
            self.began_at,
            time.time(),
            self.trouble,
            self._driver if self.began_at else None,
            round(self.packets * PACKET_SECONDS * 1000),
        )

    def _may_begin(self, stop: threading.Event) -> None:
        if stop.is_set():
            raise TalkError(TalkTrouble.CUT_OFF)
        if time.monotonic() > self._begin_by:
            raise TalkError(TalkTrouble.TOO_LATE)

    def _speak(self, speaker: Loudspeaker, source: Source, stop: threading.Event) -> None:
        packet = source.packet()
        if packet is None:
            raise TalkError(TalkTrouble.GONE if source.is_cut else TalkTrouble.NO_SOUND)
        self._may_begin(stop)
        pacer = Pacer()
        while packet is not None and self.packets < PACKETS_MAX:
            left = pacer.left()
            if left > 0:
                speaker.wait(left)
            if stop.is_set() or left < -FROZEN_SECONDS:
                raise TalkError(TalkTrouble.CUT_OFF)
            speaker.play(packet)
            pacer.sent()
            self.packets += 1
            if self.began_at is None:
                self.began_at = time.time()
                threading.Thread(target=self._tell_begun, daemon=True).start()
            packet = source.packet()
        # The camera still has the last packets before it; what it says now changes nothing.
        with contextlib.suppress(TalkError):
            speaker.wait(SECONDS_AFTER)

    def _tell_begun(self) -> None:
        """Tell that it is being spoken; beside the speaking, which waits for no database."""
        try:
            self._door.talk_told(TalkReport(self._wanted.id, self.began_at, driver=self._driver))
        except Exception as error:  # noqa: BLE001 — its end is told all the same
            self._log("door_shut", kind=type(error).__name__)


def touched(path: Path) -> int:
    """Return when a file was touched last, in nanoseconds; 0 where there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
