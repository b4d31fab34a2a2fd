"""A pre-encoded loop, cut into pictures that only need a clock and packet headers to be sent."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

from intranet.media.demo import bits
from intranet.media.demo.clock_band import BANDS, Band, band_slice
from intranet.media.demo.encoder import FRAMES_PER_SECOND
from intranet.media.demo.rtp import NOTHING, Packets, h264_packets

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Picture:
    """One picture: the scene's slice ready in packets, and what its clock's slice must say."""

    header: bits.SliceHeader
    scene: Packets


@dataclass(frozen=True, eq=False)
class Loop:
    """The pictures of one stream, beginning with a key picture, and its parameter sets."""

    band: Band | None
    pictures: tuple[Picture, ...]
    parameter_sets: tuple[bytes, bytes]
    frames_per_second: int = FRAMES_PER_SECOND

    @property
    def format_line(self) -> str:
        """What an SDP's ``fmtp`` says of it (RFC 6184 8.1)."""
        profile = self.parameter_sets[0][1:4].hex().upper()
        sets = ",".join(base64.b64encode(one).decode() for one in self.parameter_sets)
        return f"packetization-mode=1;profile-level-id={profile};sprop-parameter-sets={sets}"

    def key_before(self, number: int) -> int:
        """Return the number of the nearest key picture at or before one, round the loop."""
        number %= len(self.pictures)
        while not self.pictures[number].header.is_key:
            number -= 1
        return number

    def clock(self, number: int, text: str, shown: str) -> Packets:
        """Return the packets of a picture's clock, the picture's last ones; none without a band."""
        if self.band is None:
            return NOTHING
        nal = band_slice(self.band, self.pictures[number].header, text, shown)
        return h264_packets((nal,), ends_picture=True)


def load(path: Path, stream: str) -> Loop:
    """Read a loop that ``encoder.py`` made; raises ``UnknownStreamError`` on any other."""
    band, sps, pps, width = BANDS[stream], b"", b"", 0
    pictures = []
    for nal in bits.split(path.read_bytes()):
        kind = bits.kind(nal)
        if kind == bits.NAL_SPS:
            sps, width = nal, bits.frame_number_bits(nal)
        elif kind == bits.NAL_PPS:
            bits.check_pps(nal)
            pps = nal
        elif kind in {bits.NAL_SLICE, bits.NAL_IDR}:
            first, header = bits.slice_start(nal, width)
            if first == 0:
                nals = (sps, pps, nal) if header.is_key else (nal,)
                pictures.append(Picture(header, h264_packets(nals, ends_picture=False)))
            elif first != band.first_block:
                raise bits.UnknownStreamError(f"a slice begins at macroblock {first}")
    if not pictures or not pictures[0].header.is_key:
        raise bits.UnknownStreamError("no key picture at the start")
    return Loop(band, tuple(pictures), (sps, pps))
