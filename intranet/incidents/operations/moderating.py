"""What may not be shown to everybody: parts of a photo covered for good, files and words hidden.

The original of a covered photo is sealed, and opened by nothing but ``restore``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet import audit, files, pictures
from intranet.access import Viewer
from intranet.errors import DomainError, InputError
from intranet.incidents.models import Attachment, Incident, State, Verb
from intranet.incidents.operations.history import Act, Overtaken, overtaken, said, take
from intranet.incidents.operations.outside import covered_more, photo_held_back

REASON_LEAST = 2
TEXT = "text"  # in an event's details: what was hidden is the description


@dataclass(frozen=True, slots=True)
class By:
    """Who moderates, when, from where, and why."""

    actor: Viewer
    at: datetime
    reason: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """Files made of a photo before the transaction that is to name them; "" for none sealed."""

    source: str  # the key of what they were made of
    file_key: str
    thumbnail_key: str
    width: int
    height: int
    sealed_key: str = ""

    @property
    def keys(self) -> list[str]:
        """All that were made."""
        return [key for key in (self.file_key, self.thumbnail_key, self.sealed_key) if key]


def cover(key: str, boxes: Sequence[pictures.Box], *, sealed: bool) -> Made | None:
    """Burn boxes into the photo of this key, and seal it where that was not done before.

    Names nothing and asks no database: pictures take seconds. None when the file is gone; raises
    InputError (``boxes``).
    """
    try:
        original = files.content(key)
    except FileNotFoundError:
        return None
    made = pictures.redact(original, boxes)
    kept = "" if sealed else files.put(original, "jpg", sealed=True)
    return _made(key, made, made.data, kept)


def uncover(sealed_key: str) -> Made | None:
    """Open a sealed original, as ``cover`` makes files. None where there is none or it is gone."""
    try:
        original = files.content(sealed_key) if sealed_key else None
    except FileNotFoundError:
        original = None
    return _made(sealed_key, pictures.read(original), original) if original else None


def _made(source: str, picture: pictures.Picture, data: bytes, sealed_key: str = "") -> Made:
    return Made(
        source=source,
        file_key=files.put(data, "jpg"),
        thumbnail_key=files.put(picture.thumbnail, "jpg"),
        width=picture.width,
        height=picture.height,
        sealed_key=sealed_key,
    )


def redact(
    session: Session,
    *,
    by: By,
    attachment: Attachment,
    version: int,
    boxes: int,
    made: Made | None,
) -> list[str]:
    """Put a photo's covered self in its place; return the keys of files that no row names any more.

    The caller deletes those once it has committed. The first original is sealed and stays sealed
    when more is covered later. Raises Overtaken when the photo is not what the page showed,
    InputError (``reason``) for what is missing. Let out to the public, it stays so.
    """
    reason = said(by.reason, "reason", least=REASON_LEAST)
    if not attachment.media_type.startswith("image/"):
        raise DomainError("This is no photo")
    act = _take(session, by, attachment, version)
    before = attachment.file_key
    superseded = [key for key in (before, attachment.thumbnail_key) if key]
    _put(attachment, _of(made, before))
    attachment.redacted_at = act.at
    covered_more(session, attachment, before)
    act.write(Verb.REDACT, None, reason, photo=attachment.id, boxes=boxes)
    return superseded


def restore(
    session: Session, *, by: By, attachment: Attachment, version: int, made: Made | None
) -> list[str]:
    """Put the sealed original back; return the keys of files that no row names any more.

    Written into the audit trail beside the incident's history: it shows again what somebody had
    reason to cover. Let out to the public, the photo is so no more.
    """
    reason = said(by.reason, "reason", least=REASON_LEAST)
    act = _take(session, by, attachment, version)
    if not attachment.sealed_key:
        raise DomainError("Nothing is covered on this photo")
    superseded = [attachment.file_key, attachment.thumbnail_key, attachment.sealed_key]
    _put(attachment, _of(made, attachment.sealed_key))
    attachment.sealed_key, attachment.redacted_at = "", None
    photo_held_back(session, attachment)
    act.write(Verb.RESTORE, None, reason, photo=attachment.id)
    audit.record(
        session,
        actor=by.actor,
        action="incidents:photo:restore",
        at=by.at,
        object_kind="incident",
        object_id=act.incident.id,
        grid_path=act.incident.grid_path,
        reason=reason,
        address=by.address,
        photo=attachment.id,
        number=act.incident.number,
    )
    return [key for key in superseded if key]


def hide(
    session: Session, *, by: By, attachment: Attachment, version: int, wanted: bool = True
) -> None:
    """Hide a photo or voice note from all but those who moderate, or show it again.

    Either way it is not public any more.
    """
    reason = said(by.reason, "reason", least=REASON_LEAST)
    act = _take(session, by, attachment, version)
    if wanted is (attachment.hidden_at is not None):
        raise Overtaken("Somebody did this a moment ago; this is how it stands now")
    attachment.hidden_at = act.at if wanted else None
    attachment.hidden_reason = reason if wanted else ""
    photo_held_back(session, attachment)
    act.write(Verb.HIDE if wanted else Verb.SHOW, None, reason, photo=attachment.id)


def hide_text(session: Session, *, by: By, incident: Incident, wanted: bool = True) -> None:
    """Hide the description from all but those who moderate, or show it again."""
    reason = said(by.reason, "reason", least=REASON_LEAST)
    act = _locked(session, by, incident)
    if wanted is (incident.hidden_at is not None):
        raise Overtaken("Somebody did this a moment ago; this is how it stands now")
    if wanted and not incident.description:
        raise InputError("There is no description", "reason")
    incident.hidden_at = act.at if wanted else None
    act.write(Verb.HIDE if wanted else Verb.SHOW, None, reason, what=TEXT)


def _take(session: Session, by: By, attachment: Attachment, version: int) -> Act:
    """Lock the incident, look at the photo anew, and compare it with what the page showed."""
    act = _locked(session, by, session.get_one(Incident, attachment.incident_id))
    session.refresh(attachment)
    if attachment.version != version:
        raise Overtaken("Somebody changed this meanwhile; this is how it stands now")
    return act


def _locked(session: Session, by: By, incident: Incident) -> Act:
    act = take(session, incident=incident, actor=by.actor, at=by.at, address=by.address)
    if incident.state is State.DRAFT:
        raise overtaken(session, incident)
    return act


def _of(made: Made | None, source: str) -> Made:
    """Return what was made; refuse where that was of another file than the one there is now."""
    if made is None:
        raise DomainError("The file is gone; please tell the administrator")
    if made.source != source:
        raise Overtaken("Somebody changed this meanwhile; this is how it stands now")
    return made


def _put(attachment: Attachment, made: Made) -> None:
    attachment.file_key, attachment.thumbnail_key = made.file_key, made.thumbnail_key
    attachment.width, attachment.height = made.width, made.height
    attachment.sealed_key = made.sealed_key or attachment.sealed_key


def unnamed(session: Session, keys: Sequence[str]) -> list[str]:
    """Return those of the keys that no attachment names: what may be deleted."""
    named = set()
    for column in (Attachment.file_key, Attachment.thumbnail_key, Attachment.sealed_key):
        named |= set(session.scalars(select(column).where(column.in_(keys))))
    return [key for key in keys if key not in named]
