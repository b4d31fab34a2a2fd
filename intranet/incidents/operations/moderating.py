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

REASON_LEAST = 2
TEXT = "text"  # in an event's details: what was hidden is the description


@dataclass(frozen=True, slots=True)
class By:
    """Who moderates, when, from where, and why."""

    actor: Viewer
    at: datetime
    reason: str
    address: str = ""


def redact(
    session: Session,
    *,
    by: By,
    attachment: Attachment,
    version: int,
    boxes: Sequence[pictures.Box],
) -> list[str]:
    """Burn boxes into a photo; return the keys of files that no row names any more.

    The caller deletes those once it has committed. The first original is sealed and stays sealed
    when more is covered later. Raises Overtaken when the photo is not what the page showed,
    InputError (``boxes``, ``reason``) for what is missing.
    """
    reason = said(by.reason, "reason", least=REASON_LEAST)
    if not attachment.media_type.startswith("image/"):
        raise DomainError("This is no photo")
    original = _content(attachment.file_key)
    covered = pictures.redact(original, boxes)
    act = _take(session, by, attachment, version)
    superseded = [key for key in (attachment.file_key, attachment.thumbnail_key) if key]
    if not attachment.sealed_key:
        attachment.sealed_key = files.put(original, "jpg", sealed=True)
    attachment.file_key = files.put(covered.data, "jpg")
    attachment.thumbnail_key = files.put(covered.thumbnail, "jpg")
    attachment.width, attachment.height = covered.width, covered.height
    attachment.redacted_at = act.at
    act.write(Verb.REDACT, None, reason, photo=attachment.id, boxes=len(boxes))
    return superseded


def restore(session: Session, *, by: By, attachment: Attachment, version: int) -> list[str]:
    """Put the sealed original back; return the keys of files that no row names any more.

    Written into the audit trail beside the incident's history: it shows again what somebody had
    reason to cover.
    """
    reason = said(by.reason, "reason", least=REASON_LEAST)
    act = _take(session, by, attachment, version)
    if not attachment.sealed_key:
        raise DomainError("Nothing is covered on this photo")
    original = _content(attachment.sealed_key)
    shown = pictures.read(original)
    superseded = [attachment.file_key, attachment.thumbnail_key, attachment.sealed_key]
    attachment.file_key = files.put(original, "jpg")
    attachment.thumbnail_key = files.put(shown.thumbnail, "jpg")
    attachment.width, attachment.height = shown.width, shown.height
    attachment.sealed_key, attachment.redacted_at = "", None
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
    """Hide a photo or voice note from all but those who moderate, or show it again."""
    reason = said(by.reason, "reason", least=REASON_LEAST)
    act = _take(session, by, attachment, version)
    if wanted is (attachment.hidden_at is not None):
        raise Overtaken("Somebody did this a moment ago; this is how it stands now")
    attachment.hidden_at = act.at if wanted else None
    attachment.hidden_reason = reason if wanted else ""
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


def _content(key: str) -> bytes:
    try:
        return files.content(key)
    except FileNotFoundError:
        raise DomainError("The file is gone; please tell the administrator") from None


def unnamed(session: Session, keys: Sequence[str]) -> list[str]:
    """Return those of the keys that no attachment names: what may be deleted."""
    named = set()
    for column in (Attachment.file_key, Attachment.thumbnail_key, Attachment.sealed_key):
        named |= set(session.scalars(select(column).where(column.in_(keys))))
    return [key for key in keys if key not in named]
