"""Voice notes people send: judged by content, never decoded, stripped of what is not sound.

The web starts no process, so no ffmpeg looks at them: each container is taken apart by a small
strict reader of its own, which keeps the parts it knows and blanks or leaves out all others. What
comes out of ``read`` goes through it again unchanged. The sound itself is not touched: a recorder
could hide words in it, as in any sound.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from intranet.errors import InputError
from intranet.i18n import N_
from intranet.sounds import amr, mp3, mp4, ogg, wav, webm
from intranet.sounds.refused import VideoError

BYTES_MAX = 3 * 1024 * 1024
SECONDS_MAX = 60.0
SLACK_SECONDS = 1.0  # a recorder told to stop after a minute stops a little later
FIELD = "sound"


class TooMuchError(InputError):
    """It is a recording, and more of one than is taken."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A voice note as it may be kept and played."""

    data: bytes
    media_type: str
    extension: str
    seconds: float


@dataclass(frozen=True, slots=True)
class _Kind:
    begins: Callable[[bytes], bool]
    media_type: str
    extension: str
    cleaned: Callable[[bytes], tuple[bytes, float]]


KINDS = (
    _Kind(lambda data: data.startswith(webm.MAGIC), "audio/webm", "webm", webm.cleaned),
    _Kind(lambda data: data.startswith(ogg.MAGIC), "audio/ogg", "ogg", ogg.cleaned),
    _Kind(lambda data: data[4:8] == mp4.MAGIC, "audio/mp4", "m4a", mp4.cleaned),
    _Kind(lambda data: data.startswith(amr.MAGIC_WIDE), "audio/amr-wb", "awb", amr.cleaned),
    _Kind(lambda data: data.startswith(amr.MAGIC), "audio/amr", "amr", amr.cleaned),
    _Kind(wav.begins, "audio/wav", "wav", wav.cleaned),
    _Kind(mp3.begins, "audio/mpeg", "mp3", mp3.cleaned),
)


def read(source: bytes | IO[bytes]) -> Sound:
    """Return the voice note in a WebM, Ogg, MP4, AMR, MP3 or WAV file, whatever its name says.

    Raises InputError, field ``sound``, for anything else, more than 3 MiB, more than a minute,
    nothing at all, and moving pictures.
    """
    data = source if isinstance(source, bytes) else source.read(BYTES_MAX + 1)
    if len(data) > BYTES_MAX:
        raise TooMuchError("This recording is larger than 3 MB; please make it shorter.", FIELD)
    kind = next((one for one in KINDS if one.begins(data)), None)
    if kind is None:
        raise InputError("Please send a voice recording: WebM, Ogg, M4A, AMR, MP3 or WAV.", FIELD)
    try:
        cleaned, seconds = kind.cleaned(data)
    except VideoError:
        raise InputError("Please send sound alone, without moving pictures.", FIELD) from None
    except (ArithmeticError, LookupError, ValueError, struct.error):
        key = N_(
            "This recording is damaged or of a kind that cannot be played; please record anew."
        )
        raise InputError(key, FIELD) from None
    if seconds > SECONDS_MAX + SLACK_SECONDS:
        raise TooMuchError("This recording is longer than a minute; please make it shorter.", FIELD)
    return Sound(cleaned, kind.media_type, kind.extension, seconds)
