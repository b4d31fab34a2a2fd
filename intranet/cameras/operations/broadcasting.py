"""One thing said through several cameras: made, confirmed, sent, and sent again where it failed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from intranet import files
from intranet.cameras.models import (
    Broadcast,
    BroadcastCamera,
    Camera,
    Phrase,
    Talk,
    TalkKind,
    Unsent,
)
from intranet.cameras.operations.talking import (
    BATCH,
    Speech,
    begin,
    count_use,
    end_lost,
    let_go,
    note_speaking,
    own_copy,
    reason_for,
)
from intranet.errors import DomainError, InputError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from intranet.access import Viewer
    from intranet.config import QuietHours

CAMERAS_MAX = 30
UNCONFIRMED_MAX = timedelta(hours=1)
# For sending it again; what was heard is kept with the talks.
SOUND_KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Clip:
    """A sound that lies on the disk for one broadcast alone, and its words if they are known."""

    file_key: str
    media_type: str
    seconds: float
    words: str = ""
    phrase_id: int | None = None


def clip_of(
    sound: bytes | str,
    *,
    media_type: str,
    seconds: float,
    suffix: str = "",
    words: str = "",
    phrase_id: int | None = None,
) -> Clip:
    """Keep a sound for a broadcast: its bytes with their ``suffix``, or another file's key to copy.

    Writes to the disk, makes no statement. Raises DomainError where the file is gone.
    """
    key = files.put(sound, suffix, sealed=True) if isinstance(sound, bytes) else own_copy(sound)
    return Clip(key, media_type, seconds, words, phrase_id)


def prepare(
    session: Session,
    *,
    actor: Viewer,
    cameras: Sequence[Camera],
    at: datetime,
    clip: Clip,
    reason: str,
    quiet: QuietHours,
) -> Broadcast:
    """Keep what is to be said until it is confirmed; nothing is said yet. Raises InputError.

    A phrase goes through cameras of its own community alone.
    """
    check_broadcast(len(cameras))
    if clip.phrase_id is not None:
        community = session.get_one(Phrase, clip.phrase_id).grid_path
        if not all(one.grid_path.startswith(community) for one in cameras):
            raise InputError(
                "Some of the cameras are of another community than this phrase; choose cameras of "
                "its own, or record it",
                "phrase",
            )
    made = Broadcast(
        account_id=actor.account_id,
        role=",".join(sorted(actor.roles)),
        made_at=at,
        file_key=clip.file_key,
        media_type=clip.media_type,
        sound_milliseconds=round(clip.seconds * 1000),
        reason=reason_for(reason, at=at, quiet=quiet),
        transcript=clip.words,
        phrase_id=clip.phrase_id,
    )
    session.add(made)
    session.flush()
    session.add_all(BroadcastCamera(broadcast_id=made.id, camera_id=one.id) for one in cameras)
    session.flush()
    return made


def check_broadcast(count: int) -> None:
    """Raise InputError (``camera``) for no camera and for too many."""
    if count == 0:
        raise InputError("Choose at least one camera", "camera")
    if count > CAMERAS_MAX:
        raise InputError("At most %(count)d cameras at once", "camera", count=CAMERAS_MAX)


def copies(broadcast: Broadcast, camera_ids: Sequence[int]) -> dict[int, str]:
    """Write a copy of the sound for each camera, as each is forgotten by itself; return their keys.

    No statement is made. Raises DomainError where the sound is gone.
    """
    if not broadcast.file_key:
        raise DomainError("The sound is no longer kept")
    return {one: own_copy(broadcast.file_key) for one in camera_ids}


def locked_broadcast(session: Session, broadcast_id: int) -> Broadcast:
    """Return a broadcast that nobody else sends meanwhile."""
    return session.get_one(Broadcast, broadcast_id, with_for_update=True, populate_existing=True)


def send(
    session: Session,
    *,
    actor: Viewer,
    broadcast: Broadcast,
    cameras: Sequence[Camera],
    keys: Mapping[int, str],
    at: datetime,
    reason: str,
    quiet: QuietHours,
    address: str = "",
) -> Sequence[Talk]:
    """Say it through the cameras; ``keys`` has a copy of the sound for each of their ids.

    Where somebody is speaking it is not sent, and noted with whose turn it is; the others go.
    First every camera's turn, in one order, then the trail: who speaks through one of them
    alone at this moment waits for nothing that waits for him. Raises InputError (``reason``).
    """
    reason = reason_for(reason or broadcast.reason, at=at, quiet=quiet)
    broadcast.reason = reason
    broadcast.confirmed_at = broadcast.confirmed_at or at
    end_lost(session, [one.id for one in cameras], at)
    last = last_talks(session, broadcast.id)
    begun: list[tuple[Talk, Camera]] = []
    for camera in sorted(cameras, key=lambda one: one.id):
        speech = Speech(
            TalkKind.CLIP,
            file_key=keys[camera.id],
            media_type=broadcast.media_type,
            seconds=broadcast.sound_milliseconds / 1000,
            reason=reason,
            transcript=broadcast.transcript,
            broadcast_id=broadcast.id,
            phrase_id=broadcast.phrase_id,
            again_of=last[camera.id].id if camera.id in last else None,
        )
        line = session.get_one(BroadcastCamera, (broadcast.id, camera.id))
        try:
            talk = begin(session, actor=actor, camera=camera, at=at, speech=speech)
        except DomainError as error:
            line.unsent, line.busy_with = Unsent.BUSY, str(error.params.get("name", ""))
            continue
        line.unsent, line.busy_with = None, ""
        begun.append((talk, camera))
    if begun and broadcast.phrase_id is not None:
        count_use(session, broadcast.phrase_id, at)  # one, through however many cameras
    for talk, camera in begun:
        note_speaking(session, actor, talk, camera, address)
    session.flush()
    return [talk for talk, _camera in begun]


def last_talks(session: Session, broadcast_id: int) -> dict[int, Talk]:
    """Return the last talk of a broadcast at each camera, by the camera's id."""
    said = session.scalars(
        select(Talk).where(Talk.broadcast_id == broadcast_id).order_by(Talk.id)
    ).all()
    return {talk.camera_id: talk for talk in said}


def note_gone(session: Session, broadcast: Broadcast, camera_ids: Collection[int]) -> None:
    """Note the cameras through which whoever made it may speak no more."""
    for camera_id in camera_ids:
        line = session.get_one(BroadcastCamera, (broadcast.id, camera_id))
        line.unsent, line.busy_with = Unsent.GONE, ""
    session.flush()


def forget_broadcasts(session: Session, *, at: datetime) -> list[str]:
    """Delete what nobody confirmed, and let go of the sounds that nobody will send again.

    Returns the keys of the files, to be deleted after. The talks keep copies of their own.
    """
    unconfirmed = session.execute(
        select(Broadcast.id, Broadcast.file_key)
        .where(Broadcast.confirmed_at.is_(None), Broadcast.made_at < at - UNCONFIRMED_MAX)
        .order_by(Broadcast.id)
        .limit(BATCH)
        .with_for_update()
    ).all()
    ids = [row.id for row in unconfirmed]
    session.execute(delete(BroadcastCamera).where(BroadcastCamera.broadcast_id.in_(ids)))
    session.execute(delete(Broadcast).where(Broadcast.id.in_(ids)))
    old = session.scalars(
        select(Broadcast)
        .where(Broadcast.file_key != "", Broadcast.confirmed_at < at - SOUND_KEPT)
        .order_by(Broadcast.id)
        .limit(BATCH)
    ).all()
    return [row.file_key for row in unconfirmed] + let_go(session, old)
