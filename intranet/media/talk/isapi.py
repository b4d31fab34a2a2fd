"""Hikvision's loudspeakers: ISAPI two-way audio.

The channel is closed before it is opened, because one that was left open shuts out ISAPI and
ONVIF alike; the sound is written raw behind the head of ``audioData`` on the same connection.
"""

from __future__ import annotations

import contextlib
import re

from intranet.media.door import TalkTrouble
from intranet.media.talk.camera_http import RawLine
from intranet.media.talk.speaker import Codec
from intranet.media.talk.trouble import TalkError

CHANNELS = "/ISAPI/System/TwoWayAudio/channels"
CODECS = {"G.711alaw": Codec.PCMA, "G.711ulaw": Codec.PCMU}
_CHANNEL = re.compile(r"<TwoWayAudioChannel[\s>].*?</TwoWayAudioChannel>", re.DOTALL)
_ID = re.compile(r"<id>\s*(\w{1,8})\s*</id>")
_KIND = re.compile(r"<audioCompressionType>\s*([\w.]{1,20})\s*</audioCompressionType>")


class Isapi(RawLine):
    """A loudspeaker behind ISAPI; implements Loudspeaker."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._channel = ""

    def open(self) -> Codec:
        """Find a G.711 channel, free it, open it; return what it takes."""
        channel, codec = _chosen(self._http.ask("GET", CHANNELS).decode("utf-8", "replace"))
        self._channel = f"{CHANNELS}/{channel}"
        with contextlib.suppress(TalkError):
            self._http.ask("PUT", f"{self._channel}/close")
        self._http.ask("PUT", f"{self._channel}/open")
        self._wire = self._http.begin("PUT", f"{self._channel}/audioData")
        return codec

    def free(self) -> bool:
        """Close the channel as it was left: the camera itself does that late, or never."""
        channel, _codec = _chosen(self._http.ask("GET", CHANNELS).decode("utf-8", "replace"))
        self._http.ask("PUT", f"{CHANNELS}/{channel}/close")
        return True

    def close(self) -> None:
        """Close the channel: left open, it shuts everybody out."""
        super().close()
        if self._channel:
            with contextlib.suppress(TalkError):
                self._http.ask("PUT", f"{self._channel}/close")
            self._channel = ""


def _chosen(listed: str) -> tuple[str, Codec]:
    """Return the first channel that takes G.711, and which of the two."""
    kinds = []
    for one in _CHANNEL.findall(listed):
        number, kind = _ID.search(one), _KIND.search(one)
        if number is None or kind is None:
            continue
        kinds.append(kind.group(1))
        if kind.group(1) in CODECS:
            return number.group(1), CODECS[kind.group(1)]
    raise TalkError(TalkTrouble.NO_CODEC if kinds else TalkTrouble.NO_LOUDSPEAKER)
