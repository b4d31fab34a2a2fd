"""What comes in through Open311, and what staff let out of an incident."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from intranet import audit
from intranet.access import Viewer
from intranet.errors import DomainError, InputError
from intranet.incidents.models import (
    ACTS,
    MOVES,
    Attachment,
    AttachmentKind,
    Client,
    Incident,
    IncidentEvent,
    OutsideReport,
    OutsideUpdate,
    Question,
    Release,
    ReleasePhoto,
    State,
    Verb,
)
from intranet.incidents.operations.history import Act, Overtaken, said, take
from intranet.incidents.operations.moves import NOTHING, effect
from intranet.incidents.operations.photos import Stored
from intranet.incidents.operations.questions import keep_answers
from intranet.incidents.operations.reporting import Report, report
from intranet.incidents.operations.rules import Try, barred

UPDATE_WORDS_MAX = 2000
RELEASE_MAX = 1000
NOBODY = 0  # no account's id: a client handles nothing and asks for nothing


class Status(StrEnum):
    """What an update may say (mySociety's extension of GeoReport v2)."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"
    FIXED = "FIXED"
    IN_PROGRESS = "IN_PROGRESS"
    ACTION_SCHEDULED = "ACTION_SCHEDULED"
    INVESTIGATING = "INVESTIGATING"
    DUPLICATE = "DUPLICATE"
    NOT_COUNCILS_RESPONSIBILITY = "NOT_COUNCILS_RESPONSIBILITY"
    NO_FURTHER_ACTION = "NO_FURTHER_ACTION"
    INTERNAL_REFERRAL = "INTERNAL_REFERRAL"
    FOR_TRIAGE = "FOR_TRIAGE"
    CANCELLED = "CANCELLED"
    REOPEN = "REOPEN"


@dataclass(frozen=True, slots=True)
class Update:
    """An update as a client sent it, under its own number."""

    update_id: str
    status: Status
    words: str = ""


@dataclass(frozen=True, slots=True)
class LetOut:
    """What is to be public: words, and photos by id and version as the page showed them.

    ``seen`` is the token of the release the page knew, "" for none; None: whichever there is.
    """

    words: str
    photos: Sequence[tuple[int, int]] = ()
    seen: str | None = None


def take_report(
    session: Session,
    *,
    client: Client,
    at: datetime,
    content: Report,
    answers: Sequence[tuple[Question, str]] = (),
    media_urls: Sequence[str] = (),
    files: Sequence[Stored] = (),
    address: str = "",
) -> Incident:
    """Take a client's report: no account stands behind it, the client does."""
    made = report(session, actor=None, at=at, content=content, files=files, address=address)
    session.add(
        OutsideReport(incident_id=made.id, client_id=client.id, media_urls="\n".join(media_urls))
    )
    keep_answers(session, incident_id=made.id, answers=answers)
    client.used_at = at
    session.flush()
    return made


def take_update(
    session: Session,
    *,
    client: Client,
    at: datetime,
    incident: Incident,
    update: Update,
    address: str = "",
) -> int:
    """Take a client's update and return its event's id; sent again, it is the same one.

    It moves the incident only where the table lets whoever reported it, and only for what this
    client itself reported; else it is a note. Raises DomainError when the incident is over, or the
    update's number was another incident's.
    """
    act = take(session, incident=incident, actor=None, at=at, address=address)
    known = session.get(OutsideUpdate, (client.id, update.update_id))
    if known is not None:
        if known.incident_id != incident.id:
            raise DomainError("This update_id was used for another request")
        return known.event_id
    words = said(update.words)
    event = _move(act, client, update, words) or _note(act, client, update, words)
    session.add(
        OutsideUpdate(
            client_id=client.id,
            update_id=update.update_id,
            incident_id=incident.id,
            event_id=event.id,
        )
    )
    client.used_at = at
    session.flush()
    return event.id


def _move(act: Act, client: Client, update: Update, words: str) -> IncidentEvent | None:
    verb = _wanted(act, client, update.status)
    if verb is None or (verb is Verb.REOPEN and len(words) < 2):
        return None
    move = MOVES[verb]
    if barred(Try(move, act.incident, NOBODY, (), act.at)) is not None:
        return None
    return effect(act, move, NOTHING, words)


def _wanted(act: Act, client: Client, status: Status) -> Verb | None:
    """Return the move this update asks for, if whoever reported it may make it now."""
    state = act.incident.state
    sent = act.session.get(OutsideReport, act.incident.id)
    if sent is None or sent.client_id != client.id or state is State.DRAFT:
        return None
    if status is Status.CANCELLED:
        verb = Verb.WITHDRAW
    elif status is Status.REOPEN:
        verb = Verb.REOPEN
    else:
        verb = Verb.REPORT  # what was returned comes back with more
    return verb if state in MOVES[verb].sources else None


def _note(act: Act, client: Client, update: Update, words: str) -> IncidentEvent:
    if act.incident.state not in ACTS[Verb.COMMENT].sources:
        raise DomainError("This request is over; report it anew")
    return act.write(
        Verb.COMMENT,
        None,
        words or update.status.value,
        client=client.id,
        update=update.update_id,
        status=update.status.value,
    )


def release(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    incident: Incident,
    out: LetOut,
    turn: int | None = None,
    address: str = "",
) -> Release:
    """Let words, the exact place and perhaps photos of an incident out, or change them.

    Photos get addresses nobody guesses; those of an earlier release lead nowhere any more. What is
    out already stays as it is. Raises Overtaken when the incident, its release or a photo is not
    what the page showed, InputError (``words``).
    """
    text = said(out.words, least=2)
    if len(text) > RELEASE_MAX:
        raise InputError("At most %(most)d characters", "words", most=RELEASE_MAX)
    act = take(session, incident=incident, actor=actor, at=at, turn=turn, address=address)
    row = session.get(Release, incident.id, populate_existing=True)
    keys = _shown(session, incident, out.photos)
    if row is not None and (row.words, _let_out(session, incident)) == (text, keys):
        return row
    _compare(row, out.seen)
    row = row or Release(incident_id=incident.id)
    row.words, row.token = text, secrets.token_urlsafe(24)
    row.released_at, row.released_by_id = act.at, actor.account_id
    session.add(row)
    session.flush()
    session.execute(delete(ReleasePhoto).where(ReleasePhoto.incident_id == incident.id))
    session.add_all(
        ReleasePhoto(incident_id=incident.id, attachment_id=number, let_out_key=key)
        for number, key in keys.items()
    )
    session.flush()
    _record(session, actor, at, "incidents:outside:release", incident=incident, address=address)
    return row


def hold_back(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    incident: Incident,
    seen: str | None = None,
    turn: int | None = None,
    address: str = "",
) -> None:
    """Take a release back: from now on only kind, micro-grid and state are told.

    Raises Overtaken when the release is not the one the page showed.
    """
    take(session, incident=incident, actor=actor, at=at, turn=turn, address=address)
    row = session.get(Release, incident.id, populate_existing=True)
    if row is not None:
        _compare(row, seen)
        session.delete(row)
        session.flush()
        _record(session, actor, at, "incidents:outside:hold", incident=incident, address=address)


def covered_more(session: Session, attachment: Attachment, before: str) -> None:
    """Keep a photo out whose every part is still covered or as it was let out."""
    session.execute(
        update(ReleasePhoto)
        .where(ReleasePhoto.attachment_id == attachment.id, ReleasePhoto.let_out_key == before)
        .values(let_out_key=attachment.file_key)
    )


def photo_held_back(session: Session, attachment: Attachment) -> None:
    """Take a photo out of what is public: it goes out again only when somebody lets it."""
    session.execute(delete(ReleasePhoto).where(ReleasePhoto.attachment_id == attachment.id))


def _shown(
    session: Session, incident: Incident, photos: Sequence[tuple[int, int]]
) -> dict[int, str]:
    """Return the files of the photos a page showed; refuse one that is another by now."""
    rows = session.scalars(
        select(Attachment)
        .where(
            Attachment.incident_id == incident.id,
            Attachment.hidden_at.is_(None),
            Attachment.kind != AttachmentKind.VOICE,
        )
        .execution_options(populate_existing=True)
    )
    there = {(one.id, one.version): one.file_key for one in rows}
    if not set(photos) <= set(there):
        raise Overtaken("A photo was changed meanwhile; look at it as it is now")
    return {key[0]: there[key] for key in photos}


def _let_out(session: Session, incident: Incident) -> dict[int, str]:
    rows = session.execute(
        select(ReleasePhoto.attachment_id, ReleasePhoto.let_out_key).where(
            ReleasePhoto.incident_id == incident.id
        )
    )
    return {row.attachment_id: row.let_out_key for row in rows}


def _compare(row: Release | None, seen: str | None) -> None:
    if seen is not None and seen != (row.token if row is not None else ""):
        raise Overtaken("Somebody changed this meanwhile; this is how it stands now")


def _record(
    session: Session, actor: Viewer, at: datetime, action: str, *, incident: Incident, address: str
) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        at=at,
        object_kind="incident",
        object_id=incident.id,
        grid_path=incident.grid_path,
        address=address,
        number=incident.number,
    )
