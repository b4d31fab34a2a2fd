"""ONVIF's way to a loudspeaker: the audio back channel of RTSP (Streaming Specification §5.3).

DESCRIBE, SETUP, PLAY and TEARDOWN all carry ``Require``; a camera without it answers 551. Only
the track that goes to the camera is set up, interleaved on the one TCP connection.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import time
from dataclasses import dataclass

from intranet.media.door import TalkTrouble
from intranet.media.talk.pacing import PACKET_BYTES
from intranet.media.talk.speaker import Codec
from intranet.media.talk.trouble import TalkError
from intranet.media.talk.wire import Answer, Wire

REQUIRE = "www.onvif.org/ver20/backchannel"
SESSION_SECONDS = 60  # RFC 2326 §12.37, when the camera names none
STATIC = {0: Codec.PCMU, 8: Codec.PCMA}
LINES_MAX = 2000
_RTPMAP = re.compile(r"rtpmap:(\d{1,3})\s+(PCM[AU])/8000(?:/1)?\s*", re.IGNORECASE)
_TIMEOUT = re.compile(r"timeout\s*=\s*(\d{1,6})")
_INTERLEAVED = re.compile(r"interleaved\s*=\s*(\d{1,3})")
_SSRC = re.compile(r"ssrc\s*=\s*([0-9A-Fa-f]{1,8})\b")


@dataclass(frozen=True, slots=True)
class Track:
    """The track of the SDP that goes to the camera."""

    control: str
    payload_type: int
    codec: Codec


def find_track(sdp: str) -> Track:
    """Return the G.711 track a camera listens to (``a=sendonly``, seen from us).

    Raises TalkError: no such track, or none of G.711.
    """
    is_there = False
    for section in _sections(sdp):
        kind, _port, _profile, *formats = section[0].split()[:40] + [""] * 3
        if kind != "audio" or "sendonly" not in section:
            continue
        is_there = True
        mapped = dict(STATIC)
        for line in section:
            found = _RTPMAP.fullmatch(line)
            if found:
                mapped[int(found.group(1))] = Codec(found.group(2).upper())
        offered = [(mapped[int(one)], int(one)) for one in formats if _is_type(one, mapped)]
        control = next((one[8:] for one in section if one.startswith("control:")), "")
        if offered:
            codec, number = min(offered)  # A-law first: the one of the Chinese networks
            return Track(control, number, codec)
    raise TalkError(TalkTrouble.NO_CODEC if is_there else TalkTrouble.NO_LOUDSPEAKER)


def _is_type(text: str, mapped: dict[int, Codec]) -> bool:
    is_number = text.isascii() and text.isdecimal() and len(text) < 4
    return is_number and int(text) < 128 and int(text) in mapped


def _sections(sdp: str) -> list[list[str]]:
    """Return the media sections: what stands behind ``m=``, then each attribute's text."""
    sections: list[list[str]] = []
    for line in sdp.splitlines()[:LINES_MAX]:
        if line.startswith("m="):
            sections.append([line[2:].strip()])
        elif line.startswith("a=") and sections:
            sections[-1].append(line[2:].strip())
    return sections


def resolved(base: str, control: str) -> str:
    """Return a track's address; cameras expect it appended, not resolved as a link would be."""
    if control in {"", "*"}:
        return base
    if re.match(r"rtsps?://", control, re.IGNORECASE):
        return control
    return f"{base}{control}" if base.endswith("/") else f"{base}/{control}"


class Backchannel:
    """A loudspeaker behind RTSP; implements Loudspeaker."""

    def __init__(self, url: str) -> None:
        self._wire = Wire(url)
        self._base = self._wire.bare_url
        self._is_set_up = False
        self._payload_type = 0
        self._channel = 0
        self._ssrc = secrets.randbits(32)
        self._sequence = secrets.randbits(16)
        self._timestamp = secrets.randbits(32)
        self._alive_every = SESSION_SECONDS / 2
        self._alive_at = 0.0

    def open(self) -> Codec:
        """Go through the sequence up to PLAY's 200; return what the camera takes."""
        wire = self._wire
        wire.connect()
        told = wire.ask("DESCRIBE", wire.bare_url, Accept="application/sdp", Require=REQUIRE)
        track = find_track(told.body.decode("utf-8", errors="replace"))
        self._base = (told.header("content-base") or told.header("content-location")).strip()
        if not self._base.lower().startswith(("rtsp://", "rtsps://")):
            self._base = wire.bare_url
        self._payload_type = track.payload_type
        answer = wire.ask(
            "SETUP",
            resolved(self._base, track.control),
            Transport="RTP/AVP/TCP;unicast;interleaved=0-1",
            Require=REQUIRE,
        )
        self._take_transport(answer)
        wire.ask("PLAY", self._base, Range="npt=0.000-", Require=REQUIRE)
        self._alive_at = time.monotonic() + self._alive_every
        return track.codec

    def _take_transport(self, answer: Answer) -> None:
        """Use the session, channel and source the camera chose, not those that were asked."""
        session, _semicolon, rest = answer.header("session").partition(";")
        if not session.strip():
            raise TalkError(TalkTrouble.NOT_UNDERSTOOD)
        self._wire.session, self._is_set_up = session.strip(), True
        timeout = _TIMEOUT.search(rest)
        seconds = int(timeout.group(1)) if timeout else SESSION_SECONDS
        self._alive_every = max(1.0, min(seconds / 2, seconds - 5.0))
        transport = answer.header("transport")
        channel = _INTERLEAVED.search(transport)
        if channel is None or int(channel.group(1)) > 255:
            raise TalkError(TalkTrouble.NOT_UNDERSTOOD)
        self._channel = int(channel.group(1))
        ssrc = _SSRC.search(transport)
        if ssrc:
            self._ssrc = int(ssrc.group(1), 16)

    def play(self, packet: bytes) -> None:
        """Send 20 ms as one RTP packet (RFC 3550 §5.1, interleaved as RFC 2326 §10.12)."""
        head = bytes((0x80, 0x80 | self._payload_type))
        head += self._sequence.to_bytes(2, "big") + self._timestamp.to_bytes(4, "big")
        body = head + self._ssrc.to_bytes(4, "big") + packet
        self._wire.write(b"$" + bytes((self._channel,)) + len(body).to_bytes(2, "big") + body)
        self._sequence = (self._sequence + 1) % 2**16
        self._timestamp = (self._timestamp + PACKET_BYTES) % 2**32

    def wait(self, seconds: float) -> None:
        """Wait, listening, and keep the session alive when it is time."""
        if time.monotonic() >= self._alive_at:
            self._alive_at = time.monotonic() + self._alive_every
            self._wire.send("OPTIONS", self._base)
        self._wire.listen(seconds)

    def free(self) -> bool:
        """Nothing outlives the connection: a session interleaved in it ends with it."""
        return False

    def close(self) -> None:
        """End the session and the connection."""
        if self._is_set_up:
            self._is_set_up = False
            with contextlib.suppress(TalkError):
                self._wire.goodbye("TEARDOWN", self._base, Require=REQUIRE)
        self._wire.close()
