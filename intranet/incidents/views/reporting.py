"""Reporting: a page for a thumb, for the office's telephone and for a phone without a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, drafts, htmx, once
from intranet.access import Permission, Role, Viewer, allowed, require
from intranet.cameras import queries as cameras
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.i18n import N_, _
from intranet.incidents import operations, queries
from intranet.incidents.forms import STATE_LABELS, URGENCY_LABELS, ReportForm, options
from intranet.incidents.models import Category, Incident, Source, State, Urgency
from intranet.incidents.operations import Report, Stored
from intranet.incidents.queries import Case
from intranet.incidents.views import camera_report, joining
from intranet.incidents.views.drafts import refusal
from intranet.incidents.views.facts import album
from intranet.incidents.views.room import ENTER, bp, case_for
from intranet.incidents.views.uploads import store_apart
from intranet.incidents.views.whereabouts import check_place, whereabouts

OFFICE = Permission.INCIDENTS_INCIDENT_ACCEPT
UNSENT = frozenset({State.DRAFT, State.RETURNED})


@bp.get("/incidents/new")
def new() -> Response:
    """Show the empty report, or one that begins at a camera."""
    viewer = require(ENTER)
    form = _form(viewer)
    camera = camera_report.reported_camera(viewer, form)
    if camera is not None:
        camera_report.prefill(viewer, form, camera)
    return _page(viewer, form)


@bp.get("/incidents/shell")
def shell() -> Response:
    """Show the report as a phone keeps it for when there is no network: no names, no numbers."""
    viewer = require(ENTER)
    answer = _page(viewer, _form(viewer), is_shell=True)
    answer.headers["X-Account"] = str(viewer.account_id)
    return answer


@bp.post("/incidents/new")
def create() -> ResponseReturnValue:
    """Take a report or a draft, once."""
    viewer = require(ENTER)
    form = _form(viewer)
    if _only_finds():
        return _page(viewer, form)
    if not form.validate():
        return _refuse(viewer, form)
    try:
        files = camera_report.stills(viewer, form) + _files()
        answer = once.submit(viewer, lambda: _report(viewer, form, files).id)
        db.session.commit()
    except DomainError as error:
        return _refuse(viewer, form, error)
    return _sent(db.session.get_one(Incident, int(answer.object_id)))


@bp.get("/incidents/<number>/edit")
def edit(number: str) -> ResponseReturnValue:
    """Show a draft, or what was returned, to go on with; anything else as it stands."""
    viewer, case = case_for(Permission.INCIDENTS_OWN_MANAGE, number)
    if case.incident.state not in UNSENT:
        return htmx.go(url_for("incidents.incident", number=number))
    return _page(viewer, _form(viewer, case), case=case)


@bp.post("/incidents/<number>/edit")
def change(number: str) -> ResponseReturnValue:
    """Change it and send it, or keep it as a draft."""
    if (before := _sent_before(require(ENTER))) is not None:
        return before
    viewer, case = case_for(Permission.INCIDENTS_OWN_MANAGE, number)
    form = _form(viewer, case)
    if _only_finds():
        return _page(viewer, form, case=case)
    if not form.validate():
        return _refuse(viewer, form, case=case)
    try:
        files = _files()
        once.submit(viewer, lambda: _amend(viewer, case, form, files).id)
        db.session.commit()
    except DomainError as error:
        return _refuse(viewer, form, error, case=case)
    return _sent(case.incident)


def _refuse(
    viewer: Viewer, form: ReportForm, error: DomainError | None = None, *, case: Case | None = None
) -> Response:
    """Answer what was not taken: to a person with all that was typed, to a phone with a reason."""
    status = error.status if error else 422
    if error is not None:
        db.session.rollback()
    if drafts.is_draft():
        return refusal(viewer, form, error, status)
    found = queries.case_or_404(db.session(), viewer, case.incident.number) if case else None
    if found is not None and found.incident.state not in UNSENT:
        # Withdrawn or sent elsewhere meanwhile: what was typed stays, and can be sent anew.
        state = STATE_LABELS[found.incident.state]
        error = DomainError(N_("It stands at “%(state)s” now: send this as a new one"), state=state)
        found, status = None, error.status
    beside = error is not None and form.shows(error)
    return _page(viewer, form, case=found, problem=None if beside else error, status=status)


def _sent_before(viewer: Viewer) -> ResponseReturnValue | None:
    """Lead to what this very request made before, perhaps under another community's number."""
    if not once.was_answered(viewer):
        return None
    first = once.submit(viewer, lambda: "")
    return _sent(db.session.get_one(Incident, int(first.object_id)))


def _only_finds() -> bool:
    """Whether a browser without scripts only looks for a matter."""
    return request.form.get("send") == "find"


def _form(viewer: Viewer, case: Case | None = None) -> ReportForm:
    given: Any = request.values if request.method == "POST" or request.args else None
    form = ReportForm(given)
    if case is not None and request.method == "GET":
        _prefill(viewer, form, case)
    listed = queries.categories(db.session())
    form.category.choices = [(str(one.id), one.name) for one in listed if one.parent_id]
    if _as_draft():
        form.keep_unfinished()
    form.urgency.choices = options(URGENCY_LABELS, blank=_("As usual for this"))
    form.grid.choices = [
        ("", _("By the photo or my position")),
        *((one.path, one.full) for one in queries.report_places(db.session(), viewer)),
    ]
    form.grid.shown = form.grid.data or ""
    return form


def _prefill(viewer: Viewer, form: ReportForm, case: Case) -> None:
    incident = case.incident
    form.category.data = str(incident.category_id or "")
    chosen = queries.reportable_grid(db.session(), viewer, incident.grid_path)
    form.grid.data = chosen.path if chosen else ""  # a draft may not know its grid yet
    form.place.data, form.description.data = incident.place, incident.description
    form.urgency.data = incident.urgency.value
    form.latitude.data, form.longitude.data = incident.latitude_wgs84, incident.longitude_wgs84
    form.turn.data = incident.turn
    if incident.state is State.DRAFT:
        _leave_open(viewer, form, incident)


def _leave_open(viewer: Viewer, form: ReportForm, incident: Incident) -> None:
    """Take a draft's grid as chosen only where it is not what place or own grid come to anyway."""
    form.place_from.data = "camera" if incident.camera_id else "draft"
    kept, form.grid.data = form.grid.data, ""
    found = whereabouts(viewer, form, []).grid
    if found is None or found.path != kept:
        form.grid.data = kept


def _report(viewer: Viewer, form: ReportForm, files: list[Stored]) -> Incident:
    drafts.check_owner(viewer, form.account.data)
    camera = camera_report.reported_camera(viewer, form)
    if camera is not None and form.still.data:
        camera_report.note_look(viewer, camera)
    content = _content(viewer, form, files, camera_id=camera.id if camera else None)
    return operations.report(
        db.session(),
        actor=viewer,
        at=clock.now(),
        content=content,
        files=files,
        report_key=drafts.key_of(viewer),
        as_draft=_as_draft(),
        joins=joining.wished(viewer, content),
        address=audit.client_address(),
    )


def _amend(viewer: Viewer, case: Case, form: ReportForm, files: list[Stored]) -> Incident:
    drafts.check_owner(viewer, form.account.data)
    content = _content(viewer, form, files, before=case.incident, camera_id=case.incident.camera_id)
    return operations.amend(
        db.session(),
        actor=viewer,
        at=clock.now(),
        incident=case.incident,
        content=content,
        files=files,
        send=not _as_draft(),
        joins=joining.wished(viewer, content, besides=case.incident.id),
        turn=form.turn.data,
        address=audit.client_address(),
    )


def _files() -> list[Stored]:
    return store_apart(request.files.getlist("photos"), request.files.getlist("voice"))


def _as_draft() -> bool:
    return request.form.get("send") == "draft"


def _content(
    viewer: Viewer,
    form: ReportForm,
    files: list[Stored],
    *,
    before: Incident | None = None,
    camera_id: int | None = None,
) -> Report:
    category = queries.category_or_none(db.session(), form.category.data or "")
    where = whereabouts(viewer, form, files)
    grid = where.grid
    if _as_draft() and (before is None or before.reported_at is None):
        grid = grid or queries.home(db.session(), viewer)
    else:
        check_place(form, where)
    if grid is None:
        raise InputError("Choose the micro-grid: the place is not known", "grid")
    latitude, longitude = where.place
    is_staff = allowed(viewer, OFFICE)
    caller = (form.caller_name.data or "", form.caller_phone.data or "") if is_staff else ("", "")
    # A phone whose clock is fast must not keep its owner from reporting.
    taken_at = next(
        (one.taken_at for one in files if one.taken_at and one.taken_at <= clock.now()), None
    )
    made_at = drafts.made_at(form.made_at.data)
    return Report(
        grid=grid,
        category=category,
        source=before.source if before else _source(viewer, caller, camera_id),
        description=form.description.data or "",
        place=form.place.data or "",
        urgency=Urgency(form.urgency.data) if form.urgency.data and is_staff else None,
        latitude_wgs84=latitude,
        longitude_wgs84=longitude,
        happened_at=taken_at or (before.happened_at if before else made_at),
        camera_id=camera_id,
        caller_name=caller[0],
        caller_phone=caller[1],
    )


def _source(viewer: Viewer, caller: tuple[str, str], camera_id: int | None) -> Source:
    if any(caller):
        return Source.CALLER
    if camera_id is not None:
        return Source.CAMERA
    if viewer.roles & {Role.RESIDENT, Role.COMPANY, Role.STATION} == viewer.roles:
        return Source.RESIDENT
    return Source.PATROL


def _sent(made: Incident) -> ResponseReturnValue:
    """Lead to what was sent; a phone that sends by itself gets its number in a header."""
    endpoint = "incidents.edit" if made.state is State.DRAFT else "incidents.incident"
    return drafts.taken(htmx.go(url_for(endpoint, number=made.number)), made.number)


def _page(
    viewer: Viewer,
    form: ReportForm,
    *,
    case: Case | None = None,
    problem: DomainError | None = None,
    status: int = 200,
    is_shell: bool = False,
) -> Response:
    session = db.session()
    listed = queries.categories(session)
    camera = camera_report.reported_camera(viewer, form)
    where = whereabouts(viewer, form, [])
    taken = queries.attachments(session, case.incident, hidden=False) if case else []
    return make_response(
        render_template(
            "incidents/shell.html" if is_shell else "incidents/report.html",
            form=form,
            case=case,
            problem=problem,
            classes=_classes(listed, form.find.data or "" if _only_finds() else ""),
            usual=queries.usual(session, viewer, listed),
            finding_words=queries.finding_words,
            where=where,
            **joining.offer(viewer, form, where, case.incident.id if case else 0),
            box=queries.report_box(session, viewer),
            camera=camera,
            asked=queries.asked_for(session, case.incident) if case else "",
            still_at=cameras.still_taken_at(camera) if camera else None,
            is_staff=allowed(viewer, OFFICE),
            attachments=taken,
            album=album(taken),
            photo_kinds=(),
            may_moderate=False,
        ),
        status,
    )


def _classes(listed: Sequence[Category], typed: str) -> list[tuple[Category, list[Category]]]:
    """Return the classes with what is below them, as far as it fits what was typed."""
    classes = [
        (
            parent,
            [
                one
                for one in listed
                if one.parent_id == parent.id and (not typed or queries.finds(one, typed))
            ],
        )
        for parent in listed
        if parent.parent_id is None
    ]
    return [(parent, below) for parent, below in classes if below]
