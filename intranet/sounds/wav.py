"""WAV with plain samples, as recorders in JavaScript make; only format and samples are kept."""

from __future__ import annotations

import struct

from intranet.sounds.refused import DamagedError

PCM, FLOAT, A_LAW, MU_LAW = 1, 3, 6, 7
FORMAT = struct.Struct("<HHIIHH")
RATES = range(8_000, 96_001)


def begins(data: bytes) -> bool:
    """Say whether this is a RIFF file of sound."""
    return data[:4] == b"RIFF" and data[8:12] == b"WAVE"


def cleaned(data: bytes) -> tuple[bytes, float]:
    """Return the file with two chunks, and its seconds."""
    form, samples, at = b"", b"", 12
    while at + 8 <= len(data) and not samples:
        name, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name == b"fmt ":
            form = data[at + 8 : at + 8 + min(length, FORMAT.size)]
        elif name == b"data":
            # Recorders that stream write a length of nothing or of everything.
            samples = (
                data[at + 8 :] if length in {0, 0xFFFFFFFF} else data[at + 8 : at + 8 + length]
            )
        at += 8 + length + length % 2
    codec, channels, rate, _bytes_a_second, frame, bits = FORMAT.unpack(form)
    if codec not in {PCM, FLOAT, A_LAW, MU_LAW} or channels not in {1, 2} or rate not in RATES:
        raise DamagedError
    if bits not in {8, 16, 24, 32} or frame != channels * bits // 8:
        raise DamagedError
    samples = samples[: len(samples) // frame * frame]
    if not samples:
        raise DamagedError
    form = FORMAT.pack(codec, channels, rate, rate * frame, frame, bits)
    body = b"WAVEfmt " + len(form).to_bytes(4, "little") + form
    body += b"data" + len(samples).to_bytes(4, "little") + samples + bytes(len(samples) % 2)
    return b"RIFF" + len(body).to_bytes(4, "little") + body, len(samples) / frame / rate
