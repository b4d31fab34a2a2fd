"""A true clock in a pre-encoded picture: the lowest rows are slices written by hand, live.

``encoder.py`` makes ``libx264`` cut every picture in two slices: the scene, and a band of
macroblock rows at the bottom. The band's slice is thrown away and replaced when a picture is
sent: characters as uncompressed macroblocks (I_PCM), black ground as flat predicted ones, and in
the pictures between, skipped macroblocks but for the characters that changed. So one loop of
24 seconds shows every date and second truly, at 60 kbit/s and no encoder (H.264 7.3.4, 7.3.5).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from intranet.media.demo.bits import BitWriter, SliceHeader, escape

BLOCK = 16  # pixels of a macroblock
INK, GROUND, GREY = 225, 16, 128
I_DC_FLAT, I_PCM, P_INTRA = 3, 25, 5  # mb_type: tables 7-11 and 7-13

# The 5 x 7 dots of a camera's on-screen display, one row in five bits.
DOTS = {
    "0": (14, 17, 17, 17, 17, 17, 14),
    "1": (4, 12, 4, 4, 4, 4, 14),
    "2": (14, 17, 1, 2, 4, 8, 31),
    "3": (31, 2, 4, 2, 1, 17, 14),
    "4": (2, 6, 10, 18, 31, 2, 2),
    "5": (31, 16, 30, 1, 1, 17, 14),
    "6": (6, 8, 16, 30, 17, 17, 14),
    "7": (31, 1, 2, 4, 8, 8, 8),
    "8": (14, 17, 17, 14, 17, 17, 14),
    "9": (14, 17, 17, 15, 1, 2, 12),
    "-": (0, 0, 0, 31, 0, 0, 0),
    ":": (0, 4, 4, 0, 4, 4, 0),
    " ": (0, 0, 0, 0, 0, 0, 0),
}


@dataclass(frozen=True)
class Band:
    """Where the clock stands in a picture, in macroblocks, and how large its characters are."""

    columns: int
    scene_rows: int
    rows: int
    start_column: int
    dot_width: int
    character_height: int
    top: int

    @property
    def first_block(self) -> int:
        """Number of the band's first macroblock."""
        return self.columns * self.scene_rows

    @property
    def blocks(self) -> int:
        """How many macroblocks the band has."""
        return self.columns * self.rows


# 960 x 540 is coded as 60 x 34 macroblocks, its lowest 4 pixel rows cropped; 480 x 270 as
# 30 x 17, 2 rows cropped: what is drawn stays above those.
MAIN = Band(60, 32, 2, start_column=40, dot_width=3, character_height=21, top=3)
SUB = Band(30, 16, 1, start_column=11, dot_width=2, character_height=12, top=1)
BANDS = {"main": MAIN, "sub": SUB}


@lru_cache(maxsize=64)
def character_blocks(band: Band, character: str) -> tuple[bytes, ...]:
    """Return a character as I_PCM samples, one macroblock per row of the band."""
    height = band.character_height
    rows = [bytes([GROUND]) * BLOCK] * band.top
    for line in range(height):
        dots = DOTS[character][line * 7 // height]
        shades = [INK if dots >> (4 - dot) & 1 else GROUND for dot in range(5)]
        pixels = bytes(shade for shade in shades for _ in range(band.dot_width))
        rows.append(pixels.ljust(BLOCK, bytes([GROUND])))
    rows += [bytes([GROUND]) * BLOCK] * (band.rows * BLOCK - len(rows))
    chroma = bytes([GREY]) * (BLOCK * BLOCK // 2)
    return tuple(b"".join(rows[top : top + BLOCK]) + chroma for top in range(0, len(rows), BLOCK))


def placed(band: Band, text: str, shown: str) -> dict[int, bytes]:
    """Return the samples of the macroblocks where ``text`` differs from what is ``shown``."""
    found = {}
    for place, character in enumerate(text):
        if shown[place : place + 1] != character:
            for row, samples in enumerate(character_blocks(band, character)):
                found[row * band.columns + band.start_column + place] = samples
    return found


def _pcm(writer: BitWriter, samples: bytes, offset: int = 0) -> None:
    writer.ue(I_PCM + offset)
    writer.align()
    writer.raw(samples)


def _key_blocks(writer: BitWriter, band: Band, changed: dict[int, bytes]) -> None:
    """Write every macroblock of a key picture's band: the text, and black that predicts itself."""
    ground = bytes([GROUND]) * BLOCK**2 + bytes([GREY]) * (BLOCK**2 // 2)
    # Prediction needs something black to start from: nothing is known outside the slice.
    changed = {0: ground} | changed
    for block in range(band.blocks):
        if block in changed:
            _pcm(writer, changed[block])
            continue
        writer.ue(I_DC_FLAT)
        writer.put(0b11, 2)  # chroma predicted by DC too; no change of quantiser
        left = block - 1 if block % band.columns else None
        above = block - band.columns if block >= band.columns else None
        # An I_PCM neighbour counts as 16 coefficients, which picks another code (9.2.1).
        near_pcm = left in changed or above in changed
        writer.put(0b000011 if near_pcm else 0b1, 6 if near_pcm else 1)  # no coefficient


def _later_blocks(writer: BitWriter, band: Band, changed: dict[int, bytes]) -> None:
    """Write a predicted picture's band: skip all but the changed macroblocks."""
    behind = -1
    for block in sorted(changed):
        writer.ue(block - behind - 1)
        _pcm(writer, changed[block], P_INTRA)
        behind = block
    if rest := band.blocks - behind - 1:
        writer.ue(rest)


@lru_cache(maxsize=2048)
def band_slice(band: Band, header: SliceHeader, text: str, shown: str) -> bytes:
    """Return the NAL unit of the clock's slice for one picture.

    ``text`` is what it shall show; ``shown`` what the picture before it showed (for a key picture
    it does not matter). Both are made of the characters of ``DOTS`` and equally long.
    """
    writer = BitWriter()
    header.write(writer, band.first_block)
    if header.is_key:
        _key_blocks(writer, band, placed(band, text, ""))
    else:
        _later_blocks(writer, band, placed(band, text, shown))
    return bytes([header.nal_header]) + escape(writer.finish())
