"""Test a camera the way it will be used: connect, listen a while, show a picture or say why not."""

from __future__ import annotations

import re
import selectors
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from intranet.media import boxes, command, networks, peers
from intranet.media.door import Diagnosis, Door, Trouble
from intranet.media.process import PIPE_BYTES, Child, meaning, run
from intranet.media.supervisor import Supervisor

# Cameras that save bits send a key picture every 12 s at times, and a busy box takes its own.
SECONDS_MAX = 20.0
LISTEN_SECONDS = 3.0  # after the first picture, for its clock and its rate
LAST_WORDS_SECONDS = 1.0
GONE_SECONDS_MAX = 2.0
STILL_SECONDS_MAX = 6.0
PICTURE_BYTES_MAX = 1_000_000
KEPT_BYTES_MAX = 8_000_000
PACE_SECONDS = 1.0  # how far the camera's clock may leave ours while we listen
NAMES = {"avc1": "h264", "avc3": "h264", "hvc1": "hevc", "hev1": "hevc"}
_VIDEO = re.compile(r"Stream #0:\d+.*?: Video: (\w+)")
_AUDIO = re.compile(r"Stream #0:\d+.*?: Audio: (\w+)")


@dataclass
class _Heard:
    """What came while listening."""

    init: boxes.Init | None = None
    key: boxes.Fragment | None = None
    began_us: int | None = None
    pictures: int = 0
    media_us: int = 0
    delays_us: list[int] = field(default_factory=list)
    trouble: Trouble | None = None
    ended: bool = False  # the camera's doing, not ours
    codec: str = ""
    audio: str = ""


def keep(
    supervisor: Supervisor, door: Door, stop: threading.Event, log: Callable[..., None]
) -> None:
    """Run the tests people ask for, one after the other, until told to stop."""
    while not stop.wait(0.5):
        try:
            for wanted in door.tests_wanted():
                door.test_done(wanted.id, _probed(wanted.url, supervisor, log))
        except Exception as error:  # noqa: BLE001 — a shut door must not end the tests for good
            log("test_failed", kind=type(error).__name__)


def _probed(url: str, supervisor: Supervisor, log: Callable[..., None]) -> Diagnosis:
    """Return a diagnosis whatever happens: a test without an answer would be run for ever."""
    try:
        return probe(url, supervisor.ffmpeg, supervisor.allowed, supervisor.owner)
    except Exception as error:  # noqa: BLE001 — the tests behind it are waiting
        log("test_failed", kind=type(error).__name__)
        return Diagnosis(Trouble.UNKNOWN)


def probe(url: str, ffmpeg: str, allowed: tuple[networks.Network, ...], owner: str) -> Diagnosis:
    """Return what one connection to the camera showed; takes SECONDS_MAX and a still at most."""
    try:
        address = networks.pinned(url, allowed)
    except networks.AddressRefusedError as error:
        return Diagnosis(error.trouble)
    arguments = command.ingest(ffmpeg, "main", talkative=True)
    child = Child(arguments, command.source_list(address), owner)
    try:
        heard = _listen(child, urlsplit(address).hostname or "")
    finally:
        _see_off(child)
    if heard.init is None or heard.key is None or heard.trouble is not None:
        return Diagnosis(_why(heard, child), audio_codec=heard.audio)
    return _diagnosis(heard, ffmpeg, owner)


def _listen(child: Child, host: str) -> _Heard:
    """Read pictures until there are enough, the camera is done or the time is up."""
    heard, reader, room = _Heard(), boxes.Reader(), memoryview(bytearray(PIPE_BYTES))
    end = time.monotonic() + SECONDS_MAX
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ, data=True)
        selector.register(child.stderr, selectors.EVENT_READ, data=False)
        while selector.get_map() and (now := time.monotonic()) < end:
            for ready, _events in selector.select(timeout=end - now):
                if not ready.data:
                    more = child.read_errors()
                    _overhear(heard, child)
                    if not more:
                        selector.unregister(child.stderr)
                    continue
                size = child.read(room)
                if size == 0:
                    heard.ended = True  # its last words are still to come
                    selector.unregister(child.stdout)
                    end = min(end, now + LAST_WORDS_SECONDS)
                if size and heard.init is None and peers.strays(child.pid, host):
                    heard.trouble = Trouble.REDIRECTED
                    return heard
                if size and not _take(heard, reader, room[:size]):
                    end = min(end, now + LAST_WORDS_SECONDS)
                if heard.began_us is not None and heard.key is not None:
                    end = min(end, heard.began_us / 1e6 + LISTEN_SECONDS)
    return heard


def _overhear(heard: _Heard, child: Child) -> None:
    """Note what ffmpeg says it found, before later words push it out."""
    for pattern, name in ((_VIDEO, "codec"), (_AUDIO, "audio")):
        if not getattr(heard, name):
            found = pattern.search("\n".join(child.errors))
            setattr(heard, name, found.group(1) if found else "")


def _take(heard: _Heard, reader: boxes.Reader, data: memoryview) -> bool:
    """Note what the bytes hold; return whether to listen on."""
    now_us = int(time.monotonic() * 1_000_000)
    try:
        for piece in reader.feed(data):
            if isinstance(piece, boxes.Init):
                heard.init = piece
                _ = piece.video
            elif piece.has_video:
                if heard.began_us is None:
                    heard.began_us = now_us
                else:  # the first one comes late: ffmpeg was still asking
                    heard.delays_us.append(now_us - piece.start_us - piece.duration_us)
                    heard.pictures += piece.pictures
                    heard.media_us += piece.duration_us
                if piece.independent and heard.key is None and len(piece.data) < KEPT_BYTES_MAX:
                    heard.key = piece
    except boxes.NoVideoError:
        heard.trouble = Trouble.NO_VIDEO
    except boxes.BadMediaError:
        heard.trouble = Trouble.UNKNOWN
    return heard.trouble is None


def _why(heard: _Heard, child: Child) -> Trouble:
    said = meaning(child.errors)
    if heard.trouble is not None or said is not Trouble.UNKNOWN:
        return heard.trouble or said
    if heard.init is not None or heard.audio:
        return Trouble.NO_VIDEO  # it answered, and no picture came
    return Trouble.UNKNOWN if heard.ended else Trouble.TIMED_OUT


def _diagnosis(heard: _Heard, ffmpeg: str, owner: str) -> Diagnosis:
    assert heard.init is not None
    assert heard.key is not None
    video = heard.init.video
    notes = []
    if not video.codec.startswith("avc"):
        is_hevc = video.codec.startswith(("hvc", "hev"))
        notes.append(Trouble.H265 if is_hevc else Trouble.UNSUPPORTED_VIDEO)
    delays = heard.delays_us
    if delays and max(delays) - min(delays) > PACE_SECONDS * 1_000_000:
        notes.append(Trouble.ODD_TIMESTAMPS)
    try:
        feed = heard.init.data + heard.key.data
        picture, _errors = run(command.still(ffmpeg), feed, owner, STILL_SECONDS_MAX)
    except TimeoutError:
        picture = b""
    good = picture.startswith(b"\xff\xd8") and len(picture) <= PICTURE_BYTES_MAX
    return Diagnosis(
        None if good else Trouble.NO_VIDEO,
        codec=heard.codec or NAMES.get(video.codec[:4], video.codec[:4]),
        width=video.width,
        height=video.height,
        frames_per_second=round(heard.pictures * 1e6 / heard.media_us, 1) if heard.media_us else 0,
        audio_codec=heard.audio,
        notes=tuple(notes),
        picture=picture if good else b"",
    )


def _see_off(child: Child) -> None:
    child.stop()
    deadline = time.monotonic() + GONE_SECONDS_MAX
    while not child.gone() and time.monotonic() < deadline:
        time.sleep(0.02)
