"""Sends a loop to one client: its pictures by the clock, and the sound beside them."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from intranet.media.demo.rtp import Track
from intranet.media.demo.stage import SOUND_PACKET_BYTES, clock_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from intranet.media.demo.loop import Loop
    from intranet.media.demo.rtp import Packets

VIDEO_TYPE, SOUND_TYPE = 96, 8  # RTP payload types; 8 is PCMA (RFC 3551)
REPORT_SECONDS = 5
FULL_BYTES = 512 * 1024  # waiting in the connection: beyond, pictures are dropped to the next key
LATE_SECONDS = 2  # behind by more, the machine slept: go on from now


class Beat:
    """Calls a function every period by the clock, not a period after the last call."""

    def __init__(self, period_seconds: float, call: Callable[[int], None]) -> None:
        """``call`` is told how many periods were skipped because the machine was late."""
        self.period, self.call = period_seconds, call
        self.loop = asyncio.get_running_loop()
        self.due = self.loop.time()
        self.handle = self.loop.call_soon(self._beat)

    def _beat(self) -> None:
        self.due += self.period
        behind, skipped = self.loop.time() - self.due, 0
        if behind > LATE_SECONDS:
            skipped = int(behind / self.period)
            self.due += skipped * self.period
        self.handle = self.loop.call_at(self.due, self._beat)
        self.call(skipped)

    def stop(self) -> None:
        """Call no more."""
        self.handle.cancel()


class Player:
    """One client's tracks of one stream, from PLAY to the end of the connection."""

    def __init__(
        self, transport: asyncio.Transport, loop: Loop, sound: tuple[Packets, ...]
    ) -> None:
        self.transport, self.loop, self.sound = transport, loop, sound
        self.video: Track | None = None
        self.audio: Track | None = None
        self.beats: list[Beat] = []
        self.number, self.shown = 0, ""
        self.waits_for_key = True
        self.sound_number = 0

    def add_track(self, name: str, channel: int) -> Track:
        """Set up ``video`` or ``audio`` on an interleaved channel."""
        if name == "video":
            self.video = Track(channel=channel, payload_type=VIDEO_TYPE, clock_rate=90_000)
            return self.video
        self.audio = Track(channel=channel, payload_type=SOUND_TYPE, clock_rate=8_000)
        return self.audio

    def start(self) -> None:
        """Begin at the key picture nearest to where the loop stands by the wall clock."""
        if self.beats:
            return
        self.number = self.loop.key_before(int(time.time() * self.loop.frames_per_second))
        if self.video:
            self.beats.append(Beat(1 / self.loop.frames_per_second, self._picture))
        if self.audio:
            self.beats.append(Beat(SOUND_PACKET_BYTES / 8000, self._murmur))
        self.beats.append(Beat(REPORT_SECONDS, self._report))

    def stop(self) -> None:
        """Send nothing more."""
        for beat in self.beats:
            beat.stop()
        self.beats.clear()

    def _is_full(self) -> bool:
        return self.transport.get_write_buffer_size() > FULL_BYTES

    def _picture(self, skipped: int) -> None:
        track, number = self.video, self.number
        if track is None:
            return
        step = track.clock_rate // self.loop.frames_per_second
        if skipped:
            track.ticks += skipped * step
            number = self.loop.key_before(number + skipped)
        picture = self.loop.pictures[number]
        self.number = (number + 1) % len(self.loop.pictures)
        self.waits_for_key = self._is_full() or (self.waits_for_key and not picture.header.is_key)
        if not self.waits_for_key:
            text = clock_text(int(time.time()))
            clock = self.loop.clock(number, text, self.shown)
            self.shown = text
            self.transport.write(track.interleaved(picture.scene) + track.interleaved(clock))
        track.ticks += step

    def _murmur(self, skipped: int) -> None:
        track = self.audio
        if track is None:
            return
        track.ticks += skipped * SOUND_PACKET_BYTES
        if not self._is_full():
            self.transport.write(track.interleaved(self.sound[self.sound_number]))
        self.sound_number = (self.sound_number + 1) % len(self.sound)
        track.ticks += SOUND_PACKET_BYTES

    def _report(self, _skipped: int) -> None:
        for track in (self.video, self.audio):
            if track and track.sent_packets:
                self.transport.write(track.report())
