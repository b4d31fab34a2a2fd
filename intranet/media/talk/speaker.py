"""What every kind of loudspeaker has in common: open, packets in their time, close."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

SECONDS_AFTER = 0.5  # the camera still has the last packets in its buffer when it is closed


class Codec(StrEnum):
    """G.711 as RTP names it, 8000 samples a second, one byte each (RFC 3551 §4.5.14)."""

    PCMA = "PCMA"
    PCMU = "PCMU"

    @property
    def silence(self) -> int:
        """The byte that is no sound."""
        return 0xD5 if self is Codec.PCMA else 0xFF


class Loudspeaker(Protocol):
    """One camera's loudspeaker, for one clip. All raise TalkError."""

    def open(self) -> Codec:
        """Open the channel; return what it takes. Nothing may be played before."""

    def play(self, packet: bytes) -> None:
        """Send one packet of 20 ms now."""

    def wait(self, seconds: float) -> None:
        """Wait, taking in what the camera says meanwhile."""

    def close(self) -> None:
        """Close the channel, whatever happened before. Raises nothing."""

    def free(self) -> bool:
        """Close what a worker that was killed left open; False where there is no such thing.

        Called instead of ``open``, never beside it.
        """
