"""Photos and voice notes: added to an incident, and looked for when it is to be closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.errors import InputError
from intranet.incidents.models import ENDED, Attachment, AttachmentKind, Incident, Verb
from intranet.incidents.operations.history import Act, overtaken, take

PHOTOS_MAX = 30  # of one kind in one round: photos of the scene never keep the result's out


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that lies in the store already, and what is known of it."""

    file_key: str
    media_type: str
    thumbnail_key: str = ""
    width: int = 0
    height: int = 0
    taken_at: datetime | None = None
    latitude_wgs84: float | None = None
    longitude_wgs84: float | None = None


def attach(
    act: Act, kind: AttachmentKind, files: Sequence[Stored], *, as_event: bool = True
) -> list[Attachment]:
    """Add stored files to the locked incident; raises InputError (``photos``) for too many."""
    if not files:
        return []
    incident = act.incident
    have = act.session.scalar(
        select(func.count(Attachment.id)).where(
            Attachment.incident_id == incident.id,
            Attachment.round == incident.round,
            Attachment.kind == kind,
        )
    )
    if (have or 0) + len(files) > PHOTOS_MAX:
        raise InputError("At most %(most)d photos in all", "photos", most=PHOTOS_MAX)
    made = [
        Attachment(
            incident_id=incident.id,
            kind=AttachmentKind.VOICE if one.media_type.startswith("audio/") else kind,
            round=incident.round,
            added_by_id=act.actor.account_id if act.actor else None,
            added_at=act.at,
            file_key=one.file_key,
            thumbnail_key=one.thumbnail_key,
            media_type=one.media_type,
            width=one.width,
            height=one.height,
            taken_at=one.taken_at,
            latitude_wgs84=one.latitude_wgs84,
            longitude_wgs84=one.longitude_wgs84,
        )
        for one in files
    ]
    act.session.add_all(made)
    act.session.flush()
    if as_event:
        act.write(Verb.PHOTO, kind=kind.value, photos=[one.id for one in made])
    return made


def has_result_photo(session: Session, incident: Incident) -> bool:
    """Whether a picture of this round shows how it looks now."""
    found = session.scalar(
        select(Attachment.id)
        .where(
            Attachment.incident_id == incident.id,
            Attachment.round == incident.round,
            Attachment.kind.in_([AttachmentKind.RESULT, AttachmentKind.CHECK]),
            Attachment.hidden_at.is_(None),
        )
        .limit(1)
    )
    return found is not None


def add_files(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    incident: Incident,
    kind: AttachmentKind,
    files: Sequence[Stored],
    turn: int | None = None,
    address: str = "",
) -> list[Attachment]:
    """Add files to an incident that is not over; raises Overtaken when it is, or has gone on."""
    if not files:
        return []
    act = take(session, incident=incident, actor=actor, at=at, turn=turn, address=address)
    if incident.state in ENDED:
        raise overtaken(session, incident)
    return attach(act, kind, files)
