"""RTP over an RTSP connection: H.264 packets (RFC 6184), interleaving (RFC 2326 10.12), SR."""

from __future__ import annotations

import secrets
import struct
import time
from dataclasses import dataclass

PAYLOAD_BYTES = 1400  # as over Ethernet, which is what clients have seen from cameras
FU_A = 28
NTP_EPOCH_SECONDS = 2_208_988_800  # from 1900 to 1970
# "$", channel, length, then the RTP header: version, marker and type, sequence, time, source.
_HEADER = struct.Struct("!BBHBBHII")
_REPORT = struct.Struct("!BBHBBHIIIIII")


@dataclass(frozen=True, eq=False)
class Packets:
    """Payloads side by side with room for their headers: offset, length and marker of each."""

    template: bytes
    table: tuple[tuple[int, int, int], ...]


NOTHING = Packets(b"", ())


def _laid_out(payloads: list[bytes], *, marker_on_last: bool) -> Packets:
    room, table, offset = bytes(_HEADER.size), [], 0
    for number, payload in enumerate(payloads, 1):
        marker = 0x80 if marker_on_last and number == len(payloads) else 0
        table.append((offset, len(payload), marker))
        offset += _HEADER.size + len(payload)
    return Packets(b"".join(room + payload for payload in payloads), tuple(table))


def h264_packets(nals: tuple[bytes, ...], *, ends_picture: bool) -> Packets:
    """Return NAL units as single or fragmented packets; the marker ends a picture."""
    payloads = []
    for nal in nals:
        if len(nal) <= PAYLOAD_BYTES:
            payloads.append(nal)
            continue
        body, indicator, kind = nal[1:], nal[0] & 0xE0 | FU_A, nal[0] & 0x1F
        for start in range(0, len(body), PAYLOAD_BYTES - 2):
            piece = body[start : start + PAYLOAD_BYTES - 2]
            edge = 0x80 if start == 0 else 0x40 if start + len(piece) == len(body) else 0
            payloads.append(bytes((indicator, edge | kind)) + piece)
    return _laid_out(payloads, marker_on_last=ends_picture)


def sound_packets(samples: bytes) -> Packets:
    """Return one packet of G.711."""
    return _laid_out([samples], marker_on_last=False)


class Track:
    """One RTP stream to one client: its channel, sequence numbers, timestamps and counts."""

    def __init__(self, *, channel: int, payload_type: int, clock_rate: int) -> None:
        self.channel, self.payload_type, self.clock_rate = channel, payload_type, clock_rate
        self.source = secrets.randbits(32)
        self.sequence = secrets.randbits(16)
        self.base = secrets.randbits(32)
        self.ticks = 0  # of the media clock since the start
        self.sent_packets = self.sent_bytes = 0

    @property
    def timestamp(self) -> int:
        """The RTP timestamp of what is sent next."""
        return (self.base + self.ticks) & 0xFFFFFFFF

    def interleaved(self, packets: Packets) -> bytearray:
        """Return packets with their headers, ready for the connection."""
        data = bytearray(packets.template)
        channel, kind, stamp, source = self.channel, self.payload_type, self.timestamp, self.source
        sequence = self.sequence
        for offset, length, marker in packets.table:
            head = (0x24, channel, length + 12, 0x80, kind | marker, sequence, stamp, source)
            _HEADER.pack_into(data, offset, *head)
            sequence = (sequence + 1) & 0xFFFF
            self.sent_bytes += length
        self.sequence = sequence
        self.sent_packets += len(packets.table)
        return data

    def report(self) -> bytes:
        """Return an RTCP sender report of now (RFC 3550 6.4.1)."""
        now = time.time()
        seconds, fraction = divmod(now, 1)
        return _REPORT.pack(
            *(0x24, self.channel + 1, 28, 0x80, 200, 6, self.source),
            *(int(seconds) + NTP_EPOCH_SECONDS & 0xFFFFFFFF, int(fraction * 2**32)),
            *(self.timestamp, self.sent_packets & 0xFFFFFFFF, self.sent_bytes & 0xFFFFFFFF),
        )
