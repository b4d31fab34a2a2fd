"""What Open311 may tell: of public matters the kind, the micro-grid and the state, no more.

What residents wrote and pictured stays in the house until staff let it out of one incident; names,
phones, the words of staff, who handles it and what is hidden never leave. docs/incidents.md says
why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from intranet.db import within
from intranet.grids.models import Grid
from intranet.incidents.models import (
    LISTS,
    Answer,
    Attachment,
    AttachmentKind,
    Category,
    Client,
    Incident,
    IncidentEvent,
    OutsideReport,
    Question,
    Release,
    ReleasePhoto,
    State,
    Verb,
)
from intranet.incidents.queries.places import on_list

ROWS_MAX = 1000  # GeoReport v2: 90 days or the first 1000
# What is no step for the outside: how satisfied somebody was is theirs and ours.
UNTOLD = frozenset({State.DRAFT, State.EVALUATED})


@dataclass(frozen=True, slots=True)
class Told:
    """One incident as the outside may know it, and its release if there is one."""

    incident: Incident
    category: Category
    grid: Grid
    above: str
    moved_at: datetime | None
    release: Release | None
    photo_id: int | None
    master: str


@dataclass(frozen=True, slots=True)
class Service:
    """A matter that may be reported from outside."""

    category: Category
    group: str
    asks: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for; empty fields do not narrow. ``path`` is a jurisdiction's."""

    path: str = ""
    numbers: Sequence[str] = ()
    codes: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    is_open: bool | None = None
    limit: int = ROWS_MAX
    offset: int = 0


def told() -> ColumnElement[bool]:
    """Return the condition that an incident may be known outside; its category is joined.

    Void before anybody took it up, it is nobody's business that it was reported at all.
    """
    acceptance = aliased(IncidentEvent)
    taken_up = (
        select(acceptance.id)
        .where(acceptance.incident_id == Incident.id, acceptance.verb == Verb.ACCEPT)
        .exists()
    )
    return and_(
        Category.is_public,
        Incident.hidden_at.is_(None),
        Incident.reported_at.is_not(None),
        Incident.state != State.DRAFT,
        or_(Incident.state != State.VOID, taken_up),
    )


def requests(session: Session, wanted: Wanted) -> list[Told]:
    """Return the incidents asked for, the newest first; one query."""
    above, master = aliased(Grid), aliased(Incident)
    moved_at = (
        select(func.max(IncidentEvent.at))
        .where(
            IncidentEvent.incident_id == Incident.id,
            IncidentEvent.to_state.is_not(None),
            IncidentEvent.to_state.not_in(UNTOLD),
        )
        .scalar_subquery()
    )
    photo = (
        select(func.min(Attachment.id))
        .join(ReleasePhoto, ReleasePhoto.attachment_id == Attachment.id)
        .where(ReleasePhoto.incident_id == Incident.id, _let_out())
        .scalar_subquery()
    )
    rows = session.execute(
        select(Incident, Category, Grid, above.name, moved_at, Release, photo, master.number)
        .join(Category, Category.id == Incident.category_id)
        .join(Grid, Grid.path == Incident.grid_path)
        .outerjoin(above, above.id == Grid.parent_id)
        .outerjoin(Release, Release.incident_id == Incident.id)
        .outerjoin(master, and_(master.id == Incident.merged_into_id, _known(master)))
        .where(*_narrowed(wanted))
        .order_by(Incident.reported_at.desc(), Incident.id.desc())
        .limit(wanted.limit)
        .offset(wanted.offset)
    )
    return [
        Told(row[0], row[1], row[2], row[3] or "", row[4], row[5], row[6], row[7] or "")
        for row in rows
    ]


def steps(
    session: Session, wanted: Wanted, *, incident_ids: Sequence[int] = ()
) -> Sequence[tuple[IncidentEvent, str]]:
    """Return the public steps in the order they were made, each with its incident's number."""
    found = (
        select(IncidentEvent, Incident.number)
        .join(Incident, Incident.id == IncidentEvent.incident_id)
        .join(Category, Category.id == Incident.category_id)
        .where(told(), IncidentEvent.to_state.is_not(None), IncidentEvent.to_state.not_in(UNTOLD))
    )
    if incident_ids:
        found = found.where(IncidentEvent.incident_id.in_(incident_ids))
    if wanted.path:
        found = found.where(within(Incident.grid_path, wanted.path))
    if wanted.since is not None:
        found = found.where(IncidentEvent.at >= wanted.since)
    if wanted.until is not None:
        found = found.where(IncidentEvent.at <= wanted.until)
    if wanted.numbers:
        found = found.where(Incident.number.in_(wanted.numbers))
    page = (
        found.order_by(IncidentEvent.at, IncidentEvent.id).limit(wanted.limit).offset(wanted.offset)
    )
    return [(event, number) for event, number in session.execute(page)]


def _narrowed(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[Any] = [told()]
    if wanted.path:
        found.append(within(Incident.grid_path, wanted.path))
    if wanted.numbers:  # they override all others
        return [*found, Incident.number.in_(wanted.numbers)]
    if wanted.since is not None:
        found.append(Incident.reported_at >= wanted.since)
    if wanted.until is not None:
        found.append(Incident.reported_at <= wanted.until)
    if wanted.codes:
        found.append(Category.code.in_(wanted.codes))
    if wanted.is_open is not None:
        found.append(Incident.is_open if wanted.is_open else ~Incident.is_open)
    return found


def _known(master: Any) -> ColumnElement[bool]:
    """Return the condition that what an incident was merged into is public, too."""
    public = select(Category.id).where(Category.is_public).correlate(None)
    return and_(master.hidden_at.is_(None), master.category_id.in_(public))


def _let_out() -> ColumnElement[bool]:
    """Return the condition that a photo is what staff looked at when they let it out.

    One that came later or is another picture by now was looked at by nobody; a voice note never
    goes out.
    """
    return and_(
        Attachment.incident_id == ReleasePhoto.incident_id,
        Attachment.file_key == ReleasePhoto.let_out_key,
        Attachment.hidden_at.is_(None),
        Attachment.kind != AttachmentKind.VOICE,
    )


def public_photo(session: Session, token: str, attachment_id: int) -> Attachment | None:
    """Return the photo at an address that was given out, while it still may be seen."""
    return session.scalar(
        select(Attachment)
        .join(ReleasePhoto, ReleasePhoto.attachment_id == Attachment.id)
        .join(Release, Release.incident_id == ReleasePhoto.incident_id)
        .join(Incident, Incident.id == Attachment.incident_id)
        .join(Category, Category.id == Incident.category_id)
        .where(Release.token == token, Attachment.id == attachment_id, _let_out(), told())
    )


def services(session: Session, code: str = "", *, day: date) -> list[Service]:
    """Return the public matters on the list that day, or the one of that code."""
    above = aliased(Category)
    asks = (
        select(Question.id)
        .where(Question.category_id == Category.id, Question.closed_at.is_(None))
        .exists()
    )
    found = (
        select(Category, above.name, asks)
        .join(above, above.id == Category.parent_id)
        .where(Category.is_public, on_list(day))
        .order_by(Category.code)
    )
    if code:
        found = found.where(Category.code == code)
    return [Service(row[0], row[1], row[2]) for row in session.execute(found)]


def known_codes(session: Session, codes: Sequence[str]) -> set[str]:
    """Return which of the codes are public matters, closed ones among them."""
    return set(
        session.scalars(select(Category.code).where(Category.code.in_(codes), Category.is_public))
    )


def questions(session: Session, category_id: int, *, closed: bool = False) -> Sequence[Question]:
    """Return what is asked of a matter, in its order."""
    found = select(Question).where(Question.category_id == category_id)
    if not closed:
        found = found.where(Question.closed_at.is_(None))
    return session.scalars(
        found.order_by(Question.closed_at.is_not(None), Question.position, Question.id)
    ).all()


def answers(
    session: Session, incident_ids: Sequence[int], *, lists_only: bool = False
) -> Sequence[tuple[Answer, Question]]:
    """Return what was answered; of outside interest are only choices of a list."""
    found = (
        select(Answer, Question)
        .join(Question, Question.id == Answer.question_id)
        .where(Answer.incident_id.in_(incident_ids))
    )
    if lists_only:
        found = found.where(Question.datatype.in_(LISTS))
    rows = session.execute(found.order_by(Answer.incident_id, Question.position, Question.id))
    return [(answer, question) for answer, question in rows]


@dataclass(frozen=True, slots=True)
class Outside:
    """What an incident's page shows of the outside."""

    answers: Sequence[tuple[Question, Sequence[str]]]
    client: str
    media_urls: Sequence[str]
    release: Release | None
    photos: int  # how many of its photos the public may see


def outside_of(session: Session, incident: Incident) -> Outside:
    """Return what was answered, who sent it from outside and what was let out; four queries."""
    sent = session.execute(
        select(OutsideReport.media_urls, Client.name)
        .join(Client, Client.id == OutsideReport.client_id)
        .where(OutsideReport.incident_id == incident.id)
    ).one_or_none()
    return Outside(
        answers=[
            (question, words(question, answer.value))
            for answer, question in answers(session, [incident.id])
        ],
        client=sent.name if sent else "",
        media_urls=sent.media_urls.splitlines() if sent else (),
        release=session.get(Release, incident.id),
        photos=session.execute(
            select(func.count())
            .select_from(ReleasePhoto)
            .join(Attachment, Attachment.id == ReleasePhoto.attachment_id)
            .where(ReleasePhoto.incident_id == incident.id, _let_out())
        ).scalar_one(),
    )


def request_of(session: Session, client: Client, path: str, number: str) -> Incident | None:
    """Return what a client may send updates to, within a jurisdiction.

    Its own reports, whatever has become of them and whoever may read them; of others' what is
    public and lies in the client's part of the tree.
    """
    own = select(Incident).join(OutsideReport, OutsideReport.incident_id == Incident.id)
    own = own.where(OutsideReport.client_id == client.id)
    other = select(Incident).join(Category, Category.id == Incident.category_id)
    other = other.where(within(Incident.grid_path, client.grid_path), told())
    asked = Incident.number == number
    if path:
        asked = and_(asked, within(Incident.grid_path, path))
    return session.scalar(own.where(asked)) or session.scalar(other.where(asked))


def words(question: Question, value: str) -> list[str]:
    """Return an answer as people read it: the names of what was chosen, or what was written."""
    if question.datatype not in LISTS:
        return [value]
    return [question.values.get(key, key) for key in value.splitlines()]
