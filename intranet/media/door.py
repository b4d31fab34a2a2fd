"""The narrow door between the media worker and whoever owns the list of cameras."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class StreamName(StrEnum):
    """Main is recorded always; sub runs while somebody asks for it."""

    MAIN = "main"
    SUB = "sub"


class State(StrEnum):
    """What a stream is doing."""

    STARTING = "starting"
    LIVE = "live"
    STALLED = "stalled"
    BACKOFF = "backoff"
    STOPPED = "stopped"


class Trouble(StrEnum):
    """Why a stream is not live, as a key the pages translate; never a text of the camera's."""

    OUTSIDE_NETWORKS = "outside_networks"
    BAD_ADDRESS = "bad_address"
    REDIRECTED = "redirected"  # the device sends us on to somebody else
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    UNREACHABLE = "unreachable"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 — a kind of trouble, not a password
    NOT_FOUND = "not_found"
    NO_VIDEO = "no_video"
    H265 = "h265"  # recorded as it is; many browsers cannot play it
    UNSUPPORTED_VIDEO = "unsupported_video"  # neither recorded nor played
    NOT_READY = "not_ready"  # the device answers, and says that it cannot just now
    ODD_TIMESTAMPS = "odd_timestamps"
    STALLED = "stalled"
    ENDED = "ended"
    DISK = "disk"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class StreamWanted:
    """One stream to keep. The address holds the credentials, so its repr hides it."""

    code: str
    stream: StreamName
    url: str = field(repr=False)
    wallclock: bool = False  # stamp by this machine's clock: the camera's timestamps are bad
    always: bool = True  # else only while asked for

    @property
    def key(self) -> tuple[str, StreamName]:
        """What identifies the stream."""
        return (self.code, self.stream)


@dataclass(frozen=True, slots=True)
class StreamReport:
    """What the worker knows of one stream; ``at`` and ``last_fragment_at`` in Unix seconds."""

    code: str
    stream: StreamName
    state: State
    trouble: Trouble | None
    at: float
    last_fragment_at: float | None
    reconnects: int
    codecs: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class TestWanted:
    """Somebody pressed "test camera"."""

    __test__ = False  # not a test of ours, whatever pytest thinks of the name

    id: int
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a test found; ``trouble`` None means a picture came."""

    trouble: Trouble | None
    codec: str = ""  # as ffmpeg names it: h264, hevc …
    width: int = 0
    height: int = 0
    frames_per_second: float = 0.0
    audio_codec: str = ""
    notes: tuple[Trouble, ...] = ()  # worth saying although a picture came
    picture: bytes = field(default=b"", repr=False)  # JPEG


class TalkDriver(StrEnum):
    """How a camera's loudspeaker is reached; the order is that in which they are tried."""

    BACKCHANNEL = "backchannel"  # ONVIF's, within RTSP
    ISAPI = "isapi"  # Hikvision's, over HTTP
    DAHUA = "dahua"  # Dahua's CGI, over HTTP


class TalkTrouble(StrEnum):
    """Why something was not spoken, as a key the pages translate; never a text of the camera's."""

    OUTSIDE_NETWORKS = "outside_networks"
    BAD_ADDRESS = "bad_address"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 — a kind of trouble, not a password
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    NO_LOUDSPEAKER = "no_loudspeaker"  # the camera has no way back for sound
    NO_CODEC = "no_codec"  # it has one, and takes none of what we can send
    NOT_READY = "not_ready"  # it starts, or has too much to do
    BUSY = "busy"  # somebody else speaks through it, by another way than ours
    NOT_UNDERSTOOD = "not_understood"  # what it answered is not what it should be
    HUNG_UP = "hung_up"  # it did before anything was said
    DROPPED = "dropped"  # it did in the middle
    STOPPED = "stopped"  # the worker was told to stop before anything was said
    CUT_OFF = "cut_off"  # it ended in the middle, or before it could tell how far it had come
    GONE = "gone"  # whoever spoke: the phone's network went in the middle
    NO_SOUND = "no_sound"  # nothing can be heard in the clip
    BAD_SOUND = "bad_sound"  # it cannot be decoded
    WITHDRAWN = "withdrawn"  # whoever spoke took it back while it waited
    TOO_LATE = "too_late"  # nobody took it in time: what was meant for now is not said later
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TalkWanted:
    """Something to be said through a camera, taken from the queue: nobody else will say it.

    ``clip`` is a recording; without one the speech is still being spoken, and grows in
    ``<media>/talk/<id>.pcm`` (``intranet/media/talk/live.py``).
    """

    id: int
    code: str
    url: str = field(repr=False)
    driver: TalkDriver | None = None  # None: find out which works
    clip: bytes = field(default=b"", repr=False)
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class TalkReport:
    """What became of it; times in Unix seconds.

    ``ended_at`` None: it is being spoken now. ``trouble`` None at the end: all of it was sent.
    """

    id: int
    began_at: float | None  # when the first packet went; None: it never began
    ended_at: float | None = None
    trouble: TalkTrouble | None = None
    driver: TalkDriver | None = None  # the one that worked
    spoken_milliseconds: int = 0


class Door(Protocol):
    """What the worker needs of the house; called from the worker's own threads."""

    def desired(self) -> Sequence[StreamWanted]:
        """Return every stream that should be kept."""

    def report(self, reports: Sequence[StreamReport]) -> None:
        """Take the state of streams that changed, and of all of them every ten seconds."""

    def tests_wanted(self) -> Sequence[TestWanted]:
        """Return the tests nobody has run yet."""

    def test_done(self, test_id: int, found: Diagnosis) -> None:
        """Take the result of a test."""

    def talks_taken(self, most: int) -> Sequence[TalkWanted]:
        """Take what waits to be said, oldest first; what is taken is given to nobody again."""

    def talk_told(self, report: TalkReport) -> None:
        """Take what became of something said."""

    def talks_cut_off(self) -> Sequence[TalkWanted]:
        """Note that what an earlier worker had taken was cut off; return it, without its sound.

        ``driver`` is the way it was being said by, or None where that was not known yet.
        """
