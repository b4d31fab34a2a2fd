"""One incident: its page, and the moves made from it."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Viewer, require
from intranet.db import db, reading
from intranet.errors import DomainError, InputError
from intranet.grids import queries as grids
from intranet.incidents import operations, queries
from intranet.incidents.forms import MoveForm, read_assignees
from intranet.incidents.models import (
    AttachmentKind,
    Card,
    Incident,
    Move,
    Satisfaction,
    Urgency,
    Verb,
)
from intranet.incidents.operations import Brings, Whereabouts
from intranet.incidents.queries import Case
from intranet.incidents.views.facts import facts, photo_kinds
from intranet.incidents.views.room import VIEW, bp, case_for, category_choices
from intranet.incidents.views.uploads import store_apart
from intranet.register.models import PersonalField

# What a photo sent with a move shows.
SHOWN_BY = {
    Verb.FINISH: AttachmentKind.RESULT,
    Verb.SETTLE: AttachmentKind.RESULT,
    Verb.VERIFY: AttachmentKind.CHECK,
    Verb.REJECT: AttachmentKind.CHECK,
    Verb.CLOSE: AttachmentKind.CHECK,
}
# Merging has pages of its own.
MADE_HERE = tuple(verb for verb in operations.TABLE if verb not in {Verb.MERGE, Verb.UNMERGE})


@bp.get("/incidents/<number>")
def incident(number: str) -> ResponseReturnValue:
    """Show all there is about one incident."""
    viewer, case = case_for(VIEW, number)
    return _page(viewer, case)


@bp.post(f"/incidents/<number>/<any({','.join(MADE_HERE)}):verb>")
def move(number: str, verb: str) -> ResponseReturnValue:
    """Make one move; a broken rule answers with the incident as it stands."""
    row = operations.TABLE[Verb(verb)]
    viewer, case = case_for(VIEW, number)
    if not once.was_answered(viewer):  # handed on, and sent again for want of an answer
        require(row.permission, case)
    form = MoveForm(request.form, categories=category_choices())
    if not form.validate():
        return _page(viewer, case, form=form, opened=row.verb, status=422)
    return _do(viewer, case, form, row)


@bp.post("/incidents/<number>/unmerge")
def unmerge(number: str) -> ResponseReturnValue:
    """Take a merging back."""
    viewer, case = case_for(Permission.INCIDENTS_INCIDENT_ACCEPT, number)

    def act() -> object:
        operations.unmerge(
            db.session(),
            actor=viewer,
            at=clock.now(),
            incident=case.incident,
            address=audit.client_address(),
        )
        return case.incident.id

    return _try(viewer, case, act, Verb.UNMERGE)


@bp.post("/incidents/<number>/merge")
def merge_into(number: str) -> ResponseReturnValue:
    """Merge this incident into another one, as its page offered at acceptance."""
    viewer, case = case_for(Permission.INCIDENTS_INCIDENT_ACCEPT, number)
    wanted, _colon, into_turn = request.form.get("into", "").partition(":")
    turns = {case.incident.id: request.form.get("turn", -1, type=int)}

    def act() -> object:
        if not wanted:
            raise InputError("Choose the one that stays", "into")
        into = queries.case_or_404(db.session(), viewer, wanted)
        require(Permission.INCIDENTS_INCIDENT_ACCEPT, into)
        turns[into.incident.id] = int(into_turn) if into_turn.isdecimal() else -1
        operations.merge(
            db.session(),
            actor=viewer,
            at=clock.now(),
            into=into.incident,
            others=[case.incident],
            turns=turns,
            address=audit.client_address(),
        )
        return case.incident.id

    return _try(viewer, case, act, Verb.MERGE)


@bp.post("/incidents/<number>/photos")
def add_photos(number: str) -> ResponseReturnValue:
    """Add photos or a voice note to an incident that is not over."""
    viewer, case = case_for(Permission.INCIDENTS_PHOTO_ADD, number)
    form = MoveForm(request.form, categories=category_choices())
    try:
        files = store_apart(request.files.getlist("photos"), request.files.getlist("voice"))
    except DomainError as error:
        return _refused(viewer, case, error, Verb.PHOTO, form)

    def act() -> object:
        kind = next((k for k in photo_kinds(viewer, case) if k == request.form.get("kind")), None)
        if not files:
            raise InputError("Choose a photo or a voice note", "photos")
        if kind is None:
            raise InputError("Say what the photos show", "photos")
        operations.add_files(
            db.session(),
            actor=viewer,
            at=clock.now(),
            incident=case.incident,
            kind=kind,
            files=files,
            address=audit.client_address(),
        )
        return case.incident.id

    return _try(viewer, case, act, Verb.PHOTO, form)


@bp.post("/incidents/<number>/follow")
def follow(number: str) -> ResponseReturnValue:
    """Put the incident on the viewer's list, or take it off."""
    viewer, case = case_for(VIEW, number)
    wanted = request.form.get("follow") == "y"
    operations.follow(db.session(), viewer=viewer, incident=case.incident, wanted=wanted)
    db.session.commit()
    return _answer(viewer, case.incident)


def _do(viewer: Viewer, case: Case, form: MoveForm, row: Move) -> ResponseReturnValue:
    kind = SHOWN_BY.get(row.verb)
    try:
        stored = store_apart(request.files.getlist("photos")) if kind is not None else []
    except DomainError as error:
        return _refused(viewer, case, error, row.verb, form)

    def act() -> object:
        at = clock.now()
        session = db.session()
        if kind is not None:
            # Before the move: closing asks for a photo, and one may come along with it.
            operations.add_files(
                session,
                actor=viewer,
                at=at,
                incident=case.incident,
                kind=kind,
                files=stored,
                turn=form.turn.data,
                address=audit.client_address(),
            )
        return operations.perform(
            session,
            actor=viewer,
            at=at,
            incident=case.incident,
            verb=row.verb,
            brings=_brings(form),
            turn=form.turn.data,
            address=audit.client_address(),
        ).id

    return _try(viewer, case, act, row.verb, form)


def _try(
    viewer: Viewer, case: Case, act: Any, verb: Verb, form: MoveForm | None = None
) -> ResponseReturnValue:
    try:
        once.submit(viewer, act)
        db.session.commit()
    except DomainError as error:
        return _refused(viewer, case, error, verb, form)
    return _answer(viewer, case.incident)


def _refused(
    viewer: Viewer, case: Case, error: DomainError, verb: Verb, form: MoveForm | None
) -> ResponseReturnValue:
    """Show the incident as it stands, and what was wrong beside the field or above."""
    db.session.rollback()
    found = queries.case_or_404(db.session(), viewer, case.incident.number)
    beside = form is not None and form.shows(error)
    problem = None if beside else error
    return _page(viewer, found, form=form, opened=verb, problem=problem, status=error.status)


def _answer(viewer: Viewer, changed: Incident) -> ResponseReturnValue:
    """Answer a write that succeeded; whoever may not see the incident any more goes home."""
    if not htmx.is_partial():
        return htmx.go(url_for("incidents.incident", number=changed.number))
    with reading():
        case = queries.case_or_404(db.session(), viewer, changed.number)
        return htmx.announce(_page(viewer, case, done=True), "incident-changed")


def _brings(form: MoveForm) -> Brings:
    return Brings(
        words=form.words.data or "",
        assignees=read_assignees(form.assignees.data or []),
        reporter_word=form.reporter_word.data or "",
        satisfaction=Satisfaction(form.satisfaction.data) if form.satisfaction.data else None,
        minutes=form.minutes.data or 0,
        card=Card(form.card.data) if form.card.data else None,
        category=queries.category_or_none(db.session(), form.category.data or ""),
        checked=request.form.getlist("checked"),
        whereabouts=_whereabouts(form),
        urgency=Urgency(form.urgency.data) if form.urgency.data else None,
    )


def _whereabouts(form: MoveForm) -> Whereabouts | None:
    grid = grids.grid_by_path(db.session(), form.grid.data or "") if form.grid.data else None
    if grid is None:
        return None
    return Whereabouts(grid, form.place.data or "", form.latitude.data, form.longitude.data)


def _page(
    viewer: Viewer,
    case: Case,
    *,
    form: MoveForm | None = None,
    opened: Verb | None = None,
    problem: DomainError | None = None,
    done: bool = False,
    status: int = 200,
) -> Response:
    """Render the incident: all of it, or for htmx the part that moves change."""
    return htmx.page_or_partial(
        "incidents/incident.html",
        "incidents/_case.html",
        status,
        form=form or MoveForm(categories=category_choices()),
        opened=opened,
        problem=problem,
        done=done,
        **facts(viewer, case),
    )


@bp.post("/incidents/<number>/contact/<any(name, phone):field>")
def unmask(number: str, field: str) -> ResponseReturnValue:
    """Show a caller's name or phone in clear for a reason, which is written down."""
    viewer, case = case_for(VIEW, number)
    require(Permission.REGISTER_PERSONAL_UNMASK, case)
    wanted = PersonalField(field)
    shown: dict[PersonalField, str] = {}
    problem: DomainError | None = None
    try:
        value = operations.unmask_contact(
            db.session(),
            actor=viewer,
            at=clock.now(),
            incident=case.incident,
            field=wanted,
            reason=request.form.get("reason", ""),
            address=audit.client_address(),
        )
        db.session.commit()
        shown = {wanted: value}
    except DomainError as error:
        db.session.rollback()
        problem = error
    with reading():
        return _contact_page(viewer, number, shown, problem)


def _contact_page(
    viewer: Viewer, number: str, shown: dict[PersonalField, str], problem: DomainError | None
) -> Response:
    case = queries.case_or_404(db.session(), viewer, number)
    page = {**facts(viewer, case), "shown": shown, "problem": problem}
    return htmx.page_or_partial(
        "incidents/incident.html",
        "incidents/_facts.html",
        problem.status if problem else 200,
        form=MoveForm(categories=category_choices()),
        opened=None,
        done=False,
        **page,
    )
