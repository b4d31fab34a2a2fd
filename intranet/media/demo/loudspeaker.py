"""A demo camera's loudspeaker: what is said through it is left as a WAV file to be listened to."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "demo-heard"
REQUIRE = "www.onvif.org/ver20/backchannel"
TRACK = "talk"
SECONDS_MAX = 60
RTP_HEAD_BYTES = 12
# WAVE with A-law samples needs no decoding (RIFF MCI, format tag 6).
ALAW_TAG, HERTZ = 6, 8000


class Loudspeaker:
    """Takes the packets of one connection; a minute at most."""

    def __init__(self, channel: int) -> None:
        self.channel = channel
        self._sound = bytearray()

    def take(self, packet: bytes) -> None:
        """Take one RTP packet of G.711 A-law."""
        if len(self._sound) < SECONDS_MAX * HERTZ:
            self._sound += packet[RTP_HEAD_BYTES:]

    def leave(self, folder: Path, code: str) -> None:
        """Leave what was heard in ``<folder>/<code>.wav``, over what was heard there before."""
        if not self._sound:
            return
        size = len(self._sound)
        head = struct.pack("<HHIIHHH", ALAW_TAG, 1, HERTZ, HERTZ, 1, 8, 0)
        chunks = b"fmt " + struct.pack("<I", len(head)) + head
        chunks += b"data" + struct.pack("<I", size) + bytes(self._sound) + b"\0" * (size % 2)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{code}.wav").write_bytes(
            b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks
        )
        self._sound.clear()


def described() -> list[str]:
    """Return the lines of the SDP that offer it (ONVIF Streaming §5.3.1)."""
    return [
        "m=audio 0 RTP/AVP 8",
        "a=rtpmap:8 PCMA/8000",
        "a=sendonly",
        f"a=control:{TRACK}",
    ]
