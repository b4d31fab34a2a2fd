"""Bits of an H.264 stream: Exp-Golomb codes, NAL units, slice headers (ITU-T H.264 7.3, 9.1).

Only what ``libx264`` writes with the options of ``encoder.py`` is understood; anything else
raises ``UnknownStreamError`` instead of being guessed at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

NAL_SLICE, NAL_IDR, NAL_SPS, NAL_PPS = 1, 5, 7, 8
SLICE_P, SLICE_I = 5, 7  # "all slices of this picture are of this type", table 7-6


class UnknownStreamError(ValueError):
    """The stream uses a tool of H.264 that the demo cameras do not."""


class BitWriter:
    """Bits written most significant first."""

    def __init__(self) -> None:
        self.done = bytearray()
        self.value = self.count = 0

    def put(self, value: int, bits: int) -> None:
        """Write ``value`` in ``bits`` bits."""
        self.value = self.value << bits | value
        self.count += bits
        while self.count >= 8:
            self.count -= 8
            self.done.append(self.value >> self.count & 0xFF)
        self.value &= (1 << self.count) - 1

    def ue(self, value: int) -> None:
        """Write an unsigned Exp-Golomb code (9.1)."""
        length = (value + 1).bit_length()
        self.put(value + 1, 2 * length - 1)

    def align(self, bit: int = 0) -> None:
        """Fill up to a whole byte with zeroes after one ``bit``, if there is room to fill."""
        if self.count or bit:
            self.put(bit << (7 - self.count), 8 - self.count)

    def raw(self, data: bytes) -> None:
        """Append whole bytes; only on a byte boundary."""
        if self.count:
            raise ValueError("not on a byte boundary")
        self.done += data

    def finish(self) -> bytes:
        """Return the bytes with the RBSP's trailing bits (7.3.2.11)."""
        self.align(1)
        return bytes(self.done)


class BitReader:
    """Bits read most significant first; reading past the end gives zeroes."""

    def __init__(self, data: bytes) -> None:
        self.number = int.from_bytes(data, "big")
        self.left = 8 * len(data)

    def take(self, bits: int) -> int:
        """Read ``bits`` bits."""
        self.left -= bits
        return self.number >> max(self.left, 0) & (1 << bits) - 1

    def ue(self) -> int:
        """Read an unsigned Exp-Golomb code (9.1)."""
        zeroes = 0
        while self.left > 0 and not self.take(1):
            zeroes += 1
        return (1 << zeroes) - 1 + self.take(zeroes)


def split(stream: bytes) -> list[bytes]:
    """Split an Annex B byte stream into NAL units without start codes (B.1)."""
    return [nal.rstrip(b"\0") for nal in re.split(rb"\x00\x00\x00?\x01", stream) if nal]


def escape(payload: bytes) -> bytes:
    """Put emulation prevention bytes into a NAL unit's payload (7.4.1)."""
    if b"\0\0" not in payload:
        return payload
    return re.sub(rb"\x00\x00(?=[\x00-\x03])", b"\x00\x00\x03", payload)


def unescape(payload: bytes) -> bytes:
    """Take emulation prevention bytes out again."""
    return payload.replace(b"\0\0\3", b"\0\0")


def kind(nal: bytes) -> int:
    """Return a NAL unit's type."""
    return nal[0] & 0x1F


def frame_number_bits(sps: bytes) -> int:
    """Return the width of ``frame_num`` in slice headers, from a sequence parameter set."""
    reader = BitReader(unescape(sps[1:64]))
    profile = reader.take(8)
    reader.take(16)
    if profile not in {66, 77}:
        raise UnknownStreamError(f"profile {profile}")
    reader.ue()  # seq_parameter_set_id
    width = reader.ue() + 4
    if reader.ue() != 2:  # pic_order_cnt_type 2: no order count in slice headers
        raise UnknownStreamError("pictures out of order")
    return width


def check_pps(pps: bytes) -> None:
    """Raise unless slices are plain CAVLC with one set and control of the deblocking filter."""
    reader = BitReader(unescape(pps[1:64]))
    numbers = (reader.ue(), reader.ue())
    cabac, order = reader.take(1), reader.take(1)
    groups, references = reader.ue(), reader.ue()
    reader.ue()
    weighted = reader.take(1), reader.take(2)
    for _ in range(3):
        reader.ue()
    control, _, redundant = reader.take(1), reader.take(1), reader.take(1)
    told = (numbers, cabac, order, groups, references, weighted, control, redundant)
    if told != ((0, 0), 0, 0, 0, 0, (0, 0), 1, 0):
        raise UnknownStreamError(f"picture parameters {told}")


@dataclass(frozen=True)
class SliceHeader:
    """What every slice of one picture says alike (7.3.3)."""

    nal_header: int
    frame_number: int
    frame_number_bits: int
    idr_picture: int = 0

    @property
    def is_key(self) -> bool:
        """Whether the picture can be decoded by itself."""
        return self.nal_header & 0x1F == NAL_IDR

    def write(self, writer: BitWriter, first_block: int) -> None:
        """Write a header for another slice of the same picture, unfiltered at its edges."""
        writer.ue(first_block)
        writer.ue(SLICE_I if self.is_key else SLICE_P)
        writer.ue(0)  # pic_parameter_set_id
        writer.put(self.frame_number, self.frame_number_bits)
        if self.is_key:
            writer.ue(self.idr_picture)
            writer.put(0b00, 2)  # dec_ref_pic_marking: nothing kept, nothing long-term
        else:
            writer.put(0b00, 2)  # the references as they are
            writer.put(0b0, 1)  # dec_ref_pic_marking: sliding window
        writer.put(0b1, 1)  # slice_qp_delta 0
        writer.ue(1)  # disable_deblocking_filter_idc


def slice_start(nal: bytes, number_bits: int) -> tuple[int, SliceHeader]:
    """Return the first macroblock of a slice and what its header shares with its picture."""
    reader = BitReader(unescape(nal[1:40]))
    first, slice_type = reader.ue(), reader.ue()
    is_key = kind(nal) == NAL_IDR
    if slice_type % 5 != (SLICE_I if is_key else SLICE_P) % 5 or reader.ue() != 0:
        raise UnknownStreamError(f"slice type {slice_type}")
    number = reader.take(number_bits)
    return first, SliceHeader(nal[0], number, number_bits, reader.ue() if is_key else 0)
