"""Packets at their time: by one absolute clock, never in a burst."""

from __future__ import annotations

import time
from collections.abc import Callable

PACKET_SECONDS = 0.02
# G.711 is one byte a sample, 8000 a second (RFC 3551 §4.5.14): 160 bytes are 20 ms.
PACKET_BYTES = 160


class Pacer:
    """Says when packet ``n`` is due. What is late by more than a packet moves all that follows.

    Catching up would be a burst, and cameras hold little: they drop it or stutter.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._due = clock()
        self._is_first = True

    def left(self) -> float:
        """Return the seconds until the next packet; nought or less when it is due now."""
        return self._due - self._clock()

    def sent(self) -> None:
        """Note that a packet has gone: the next is due one step after its time."""
        now = self._clock()
        if self._is_first or now - self._due > PACKET_SECONDS:
            self._due, self._is_first = now, False
        self._due += PACKET_SECONDS
