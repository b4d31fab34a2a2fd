"""Dahua's loudspeakers: one POST to ``audio.cgi`` whose body is the sound, as long as it lasts.

The answer comes only at the end, so the password is proved by another request first; the same
nonce then serves for the POST.
"""

from __future__ import annotations

from intranet.media.talk.camera_http import RawLine, listen
from intranet.media.talk.speaker import Codec

WHO = "/cgi-bin/magicBox.cgi?action=getDeviceType"
PATH = "/cgi-bin/audio.cgi?action=postAudio&httptype=singlepart&channel=1"
LENGTH = 9_999_999  # of a body without a known end, as the maker's document has it


class Dahua(RawLine):
    """A loudspeaker behind Dahua's CGI; implements Loudspeaker."""

    def open(self) -> Codec:
        """Say who we are and begin the POST; these cameras take A-law."""
        self._http.ask("GET", WHO)
        self._wire = self._http.stream(PATH, "Audio/G.711A", LENGTH)
        listen(self._wire, 0.05)  # a refusal comes at once
        return Codec.PCMA

    def free(self) -> bool:
        """Nothing outlives the connection: the POST ends with it."""
        return False
