"""Dahua's loudspeakers: one POST to ``audio.cgi`` whose body is the sound, as long as it lasts.

The answer comes only at the end, so the password is proved by another request first; the same
nonce then serves for the POST.
"""

from __future__ import annotations

import socket

from intranet.media.talk.camera_http import CameraHttp, listen, send
from intranet.media.talk.speaker import Codec

WHO = "/cgi-bin/magicBox.cgi?action=getDeviceType"
PATH = "/cgi-bin/audio.cgi?action=postAudio&httptype=singlepart&channel=1"
LENGTH = 9_999_999  # of a body without a known end, as the maker's document has it


class Dahua:
    """A loudspeaker behind Dahua's CGI; implements Loudspeaker."""

    def __init__(self, url: str) -> None:
        self._http = CameraHttp(url)
        self._wire: socket.socket | None = None

    def open(self) -> Codec:
        """Say who we are and begin the POST; these cameras take A-law."""
        self._http.ask("GET", WHO)
        self._wire = self._http.stream(PATH, "Audio/G.711A", LENGTH)
        listen(self._wire, 0.05)  # a refusal comes at once
        return Codec.PCMA

    def play(self, packet: bytes) -> None:
        """Send 20 ms."""
        assert self._wire is not None
        send(self._wire, packet)

    def wait(self, seconds: float) -> None:
        """Wait, noticing when the camera refuses or hangs up."""
        assert self._wire is not None
        listen(self._wire, seconds)

    def close(self) -> None:
        """End the body by hanging up."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None
