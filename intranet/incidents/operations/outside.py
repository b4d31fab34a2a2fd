"""What comes in through Open311, and what staff let out of an incident."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from intranet import audit
from intranet.access import Viewer
from intranet.errors import DomainError, InputError
from intranet.incidents.models import (
    ACTS,
    MOVES,
    Client,
    Incident,
    IncidentEvent,
    OutsideReport,
    OutsideUpdate,
    Question,
    Release,
    State,
    Verb,
)
from intranet.incidents.operations.history import Act, said, take
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
    words: str,
    has_photos: bool,
    address: str = "",
) -> Release:
    """Let words, the exact place and perhaps today's photos of an incident out, or change them.

    Photos get addresses nobody guesses; those of an earlier release lead nowhere any more.
    """
    text = said(words, least=2)
    if len(text) > RELEASE_MAX:
        raise InputError("At most %(most)d characters", "words", most=RELEASE_MAX)
    row = session.get(Release, incident.id) or Release(incident_id=incident.id)
    row.words, row.has_photos, row.token = text, has_photos, secrets.token_urlsafe(24)
    row.released_at, row.released_by_id = at, actor.account_id
    session.add(row)
    session.flush()
    _record(session, actor, at, "incidents:outside:release", incident=incident, address=address)
    return row


def hold_back(
    session: Session, *, actor: Viewer, at: datetime, incident: Incident, address: str = ""
) -> None:
    """Take a release back: from now on only kind, micro-grid and state are told."""
    row = session.get(Release, incident.id)
    if row is not None:
        session.delete(row)
        session.flush()
        _record(session, actor, at, "incidents:outside:hold", incident=incident, address=address)


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
