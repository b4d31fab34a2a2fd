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
