"""WebM with Opus (RFC 8794, RFC 9559), as Chromium records: its length is often unknown.

Elements that are not needed to play — tags, titles, dates, attachments, and all unknown ones —
become ``Void`` elements of zeros of the same length; names of programs become blanks.
"""

from __future__ import annotations

from dataclasses import dataclass

from intranet.sounds import opus
from intranet.sounds.refused import DamagedError, VideoError

MAGIC = b"\x1a\x45\xdf\xa3"
EBML, SEGMENT, INFO, TRACKS, TRACK, CLUSTER, GROUP = (
    0x1A45DFA3,
    0x18538067,
    0x1549A966,
    0x1654AE6B,
    0xAE,
    0x1F43B675,
    0xA0,
)
DOC_TYPE, SCALE, PROGRAMS = 0x4282, 0x2AD7B1, {0x4D80, 0x5741}
TRACK_TYPE, CODEC, CODEC_HEAD, AUDIO = 0x83, 0x86, 0x63A2, 0xE1
CLUSTER_TIME, SIMPLE_BLOCK, BLOCK = 0xE7, 0xA3, 0xA1
VOID = 0xEC
SOUND = 2
ELEMENTS_MAX = 50_000  # a minute of the shortest packets is 24,000
# Where each element may stand; what stands elsewhere, or is none of these, is blanked.
PLACES = {
    0: {EBML, SEGMENT},
    EBML: {0x4286, 0x42F7, 0x42F2, 0x42F3, DOC_TYPE, 0x4287, 0x4285},
    SEGMENT: {INFO, TRACKS, CLUSTER},
    INFO: {SCALE, 0x4489, *PROGRAMS},
    TRACKS: {TRACK},
    TRACK: {
        *(0xD7, 0x73C5, TRACK_TYPE, 0xB9, 0x88, 0x55AA, 0x9C, CODEC, CODEC_HEAD),
        *(0x56AA, 0x56BB, 0x23E383, AUDIO),
    },
    AUDIO: {0xB5, 0x78B5, 0x9F, 0x6264},
    CLUSTER: {CLUSTER_TIME, SIMPLE_BLOCK, GROUP},
    GROUP: {BLOCK, 0x9B, 0x75A2},
}
NUMBER_BYTES_MAX = 16
LACING = 0x06


@dataclass(slots=True)
class _Film:
    data: bytearray
    document: bytes = b""
    scale: int = 1_000_000
    elements: int = 0
    tracks: int = 0
    codec: bytes = b""
    head: bytes = b""
    cluster_time: int = 0
    end_nanoseconds: int = 0
    seconds: float = 0.0


def cleaned(data: bytes) -> tuple[bytes, float]:
    """Return the file with everything blank but one track of sound, and its seconds."""
    film = _Film(bytearray(data))
    _walk(film, 0, 0, len(data))
    if film.document != b"webm" or film.tracks != 1 or film.codec != b"A_OPUS" or not film.seconds:
        raise DamagedError
    opus.check_head(film.head)
    return bytes(film.data), max(film.seconds, film.end_nanoseconds / 1e9)


def _walk(film: _Film, inside: int, start: int, end: int) -> int:
    """Take all that lies between; return where it ended: for unknown lengths, before a parent's."""
    at, unknown = start, end < 0
    stop = len(film.data) if unknown else end
    while at < stop:
        film.elements += 1
        if film.elements > ELEMENTS_MAX:
            raise DamagedError
        name, after_name = _number(film.data, at, keep_marker=True)
        size, body = _number(film.data, after_name, keep_marker=False)
        if unknown and inside == CLUSTER and name in PLACES[SEGMENT]:
            return at
        if size < 0:
            if name not in {SEGMENT, CLUSTER} or name not in PLACES[inside]:
                raise DamagedError
            at = _walk(film, name, body, -1)
            continue
        if body + size > stop:
            raise DamagedError
        if name not in PLACES[inside]:
            _blank(film.data, at, body + size)
        elif name in PLACES:
            film.tracks += name == TRACK
            _walk(film, name, body, body + size)
        else:
            _take(film, name, body, body + size)
        at = body + size
    return at


def _take(film: _Film, name: int, body: int, end: int) -> None:
    content = bytes(film.data[body:end])
    if name in {SIMPLE_BLOCK, BLOCK}:
        _take_block(film, content)
    elif name in PROGRAMS:
        film.data[body:end] = b" " * len(content)
    elif name == DOC_TYPE:
        film.document = content.rstrip(b"\0")
    elif name == CODEC:
        film.codec = content.rstrip(b"\0")
        if film.codec.startswith(b"V_"):
            raise VideoError
    elif name == CODEC_HEAD:
        film.head = content
    elif len(content) > NUMBER_BYTES_MAX:
        raise DamagedError
    else:
        _take_number(film, name, int.from_bytes(content, "big"))


def _take_number(film: _Film, name: int, number: int) -> None:
    if name == SCALE:
        film.scale = number
    elif name == CLUSTER_TIME:
        film.cluster_time = number
    elif name == TRACK_TYPE and number != SOUND:
        raise VideoError


def _take_block(film: _Film, content: bytes) -> None:
    _track, at = _number(content, 0, keep_marker=False)
    relative = int.from_bytes(content[at : at + 2], "big", signed=True)
    if content[at + 2] & LACING:
        raise DamagedError
    seconds = opus.packet_seconds(content[at + 3 : at + 5])
    film.seconds += seconds
    ends = (film.cluster_time + relative) * film.scale + int(seconds * 1e9)
    film.end_nanoseconds = max(film.end_nanoseconds, ends)


def _number(data: bytes | bytearray, at: int, *, keep_marker: bool) -> tuple[int, int]:
    """Read a number of variable length (RFC 8794 §4); -1 is "unknown". Return where it ends."""
    first = data[at]
    length = 9 - first.bit_length()
    if length > (4 if keep_marker else 8) or at + length > len(data):
        raise DamagedError
    value = int.from_bytes(data[at : at + length], "big")
    if keep_marker:
        return value, at + length
    ones = (1 << 7 * length) - 1
    value &= ones
    return (-1 if value == ones else value), at + length


def _blank(data: bytearray, start: int, end: int) -> None:
    """Put one Void element in the place of another element, as long as it was."""
    length = end - start
    if length < 2 + 127:
        head = bytes([VOID, 0x80 | (length - 2)])
    else:
        head = bytes([VOID]) + ((1 << 56) | (length - 9)).to_bytes(8, "big")
    data[start:end] = head + bytes(length - len(head))
