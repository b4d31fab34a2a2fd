"""The chime of "test loudspeaker": two soft notes, made here so that no file has to be shipped."""

from __future__ import annotations

import io
import math
import wave
from functools import cache

HERTZ = 16_000
CHIME_SECONDS = 0.8
NOTES_HERTZ = (880.0, 659.3)  # a" and e": a falling fourth, as doors chime


@cache
def chime() -> bytes:
    """Return the chime as a WAV file, 16 bits, one channel."""
    each = int(HERTZ * CHIME_SECONDS / len(NOTES_HERTZ))
    samples = bytearray()
    for pitch in NOTES_HERTZ:
        for n in range(each):
            fade = math.exp(-4.0 * n / each)
            sample = int(14_000 * fade * math.sin(2 * math.pi * pitch * n / HERTZ))
            samples += sample.to_bytes(2, "little", signed=True)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(HERTZ)
        file.writeframes(bytes(samples))
    return out.getvalue()
