"""What is done with something said once it is over: said again, and written down in words."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from intranet.cameras.models import Camera, Talk, TalkKind
from intranet.cameras.operations.talking import Speech, check_failed, own_copy
from intranet.cameras.operations.trail import note
from intranet.errors import DomainError, InputError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from intranet.access import Viewer

TRANSCRIPT_MAX = 500


def again(talk: Talk, *, reason: str = "") -> Speech:
    """Return what failed as something to be said anew, with a copy of its sound of its own.

    The copy is written to the disk; no statement is made. Where it was a part of a broadcast, the
    new one is too. Raises DomainError for what was heard, is not over yet, or is kept no longer.
    """
    check_failed(talk)
    if not talk.file_key:
        raise DomainError("The sound is no longer kept")
    return Speech(
        TalkKind.CLIP,
        file_key=own_copy(talk.file_key),
        media_type=talk.media_type,
        seconds=talk.sound_milliseconds / 1000,
        reason=reason or talk.reason,
        about=talk.about,
        transcript=talk.transcript,
        broadcast_id=talk.broadcast_id,
        again_of=talk.id,
    )


def write_down(
    session: Session,
    *,
    actor: Viewer,
    talk: Talk,
    camera: Camera,
    at: datetime,
    words: str,
    address: str = "",
) -> None:
    """Keep in words what was said; empty takes them away. Raises InputError (``transcript``)."""
    tidy = " ".join(words.split())
    if len(tidy) > TRANSCRIPT_MAX:
        raise InputError("At most %(count)d characters", "transcript", count=TRANSCRIPT_MAX)
    if tidy == talk.transcript:
        return
    talk.transcript = tidy  # the words are not in the trail, from which nothing can be taken back
    session.flush()
    note(
        session,
        actor,
        "cameras:talk:write-down",
        camera,
        at,
        address,
        talk=talk.id,
        characters=len(tidy),
    )
