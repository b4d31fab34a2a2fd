"""Recordings of real encoders, and what becomes of files on their way through a bad world."""

from __future__ import annotations

import functools

from media.talking import FORMATS, clip

# Numbers that lengths, counts and clocks do not take well.
EVIL = [b"\xff" * 4, b"\x7f\xff\xff\xff", b"\x80\0\0\0", bytes(4), b"\0\0\0\x01", b"\xff" * 8]
KINDS = sorted(FORMATS)
SECONDS = 0.5
PIECE_MAX = 400
HEAD_BYTES = 300
ACCIDENTS_MAX = 5


@functools.cache
def whole(media_type):
    """Return a short recording as the encoder wrote it."""
    return clip(media_type, seconds=SECONDS)


def flipped(dice, data, at):
    """Turn one bit over."""
    return data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1 :]


def changed(dice, data, at):
    """Put other bytes in their place."""
    noise = dice.randbytes(dice.choice([1, 1, 2, 4, PIECE_MAX]))
    return data[:at] + noise + data[at + len(noise) :]


def evil(dice, data, at):
    """Write an extreme number over what is there."""
    worse = dice.choice(EVIL)
    return data[:at] + worse + data[at + len(worse) :]


def cut(dice, data, at):
    """Take a piece out of the middle."""
    return data[:at] + data[at + dice.randint(1, PIECE_MAX) :]


def ended(_dice, data, at):
    """End in the middle."""
    return data[:at]


def doubled(dice, data, at):
    """Have a piece twice."""
    return data[:at] + data[at : at + dice.randint(1, PIECE_MAX)] + data[at:]


def crossed(dice, data, at):
    """Go on as a file of another kind."""
    other = whole(dice.choice(KINDS))
    return data[:at] + other[dice.randrange(len(other)) :]


ACCIDENTS = [flipped, flipped, changed, changed, evil, evil, cut, ended, doubled, crossed]


def broken(dice):
    """Return a file that was once a recording. ``dice`` is a random.Random: its seed is the name."""
    data = whole(dice.choice(KINDS))
    for _accident in range(dice.randint(1, ACCIDENTS_MAX)):
        if data:
            # Half of what happens, happens where the container is described.
            end = min(len(data), HEAD_BYTES) if dice.random() < 0.5 else len(data)
            data = dice.choice(ACCIDENTS)(dice, data, dice.randrange(end))
    return data
