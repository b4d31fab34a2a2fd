"""Reporting: a page for a thumb, for the office's telephone and for a phone without a network."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Role, Viewer, allowed, require
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.grids.models import Grid
from intranet.i18n import _
from intranet.incidents import operations, queries
from intranet.incidents.forms import URGENCY_LABELS, ReportForm, options
from intranet.incidents.models import Incident, Source, State, Urgency
from intranet.incidents.operations import Report, Stored
from intranet.incidents.queries import Case
from intranet.incidents.views.room import ENTER, bp, case_for
from intranet.incidents.views.uploads import store_apart

OFFICE = Permission.INCIDENTS_INCIDENT_ACCEPT


@bp.get("/incidents/new")
def new() -> Response:
    """Show the empty report."""
    viewer = require(ENTER)
    return _page(viewer, _form(viewer))


@bp.post("/incidents/new")
def create() -> ResponseReturnValue:
    """Take a report or a draft, once."""
    viewer = require(ENTER)
    form = _form(viewer)
    if not form.validate():
        return _page(viewer, form, status=422)
    try:
        files = _files()
        answer = once.submit(viewer, lambda: _report(viewer, form, files).id)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        beside = form.shows(error)
        problem = None if beside else error
        return _page(viewer, form, problem=problem, status=error.status)
    made = db.session.get_one(Incident, int(answer.object_id))
    return _sent(made)


@bp.get("/incidents/<number>/edit")
def edit(number: str) -> Response:
    """Show a draft, or what was returned, to go on with."""
    viewer, case = case_for(Permission.INCIDENTS_OWN_MANAGE, number)
    return _page(viewer, _form(viewer, case), case=case)


@bp.post("/incidents/<number>/edit")
def change(number: str) -> ResponseReturnValue:
    """Change it and send it, or keep it as a draft."""
    viewer, case = case_for(Permission.INCIDENTS_OWN_MANAGE, number)
    form = _form(viewer, case)
    if not form.validate():
        return _page(viewer, form, case=case, status=422)
    try:
        files = _files()
        once.submit(viewer, lambda: _amend(viewer, case, form, files).id)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        found = queries.case_or_404(db.session(), viewer, number)
        beside = form.shows(error)
        problem = None if beside else error
        return _page(viewer, form, case=found, problem=problem, status=error.status)
    return _sent(case.incident)


@bp.get("/incidents/similar")
def similar() -> Response:
    """Show what was reported nearby lately of the same kind, before it is sent again."""
    viewer = require(ENTER)
    form = _form(viewer)
    category = queries.category_or_none(db.session(), request.args.get("category", ""))
    grid = _grid(viewer, form, [])
    found = (
        queries.similar(
            db.session(),
            viewer,
            category=category,
            grid=grid,
            latitude_wgs84=form.latitude.data,
            longitude_wgs84=form.longitude.data,
            at=clock.now(),
        )
        if category and grid
        else []
    )
    return make_response(render_template("incidents/_similar.html", found=found))


def _form(viewer: Viewer, case: Case | None = None) -> ReportForm:
    given: Any = request.values if request.method == "POST" or request.args else None
    form = ReportForm(given)
    if case is not None and request.method == "GET":
        _prefill(form, case)
    listed = queries.categories(db.session())
    form.category.choices = [(str(one.id), one.name) for one in listed if one.parent_id]
    form.urgency.choices = options(URGENCY_LABELS, blank=_("As usual for this"))
    form.grid.choices = [
        ("", _("By the photo or my position")),
        *((one.path, one.full) for one in queries.report_places(db.session(), viewer)),
    ]
    form.grid.shown = form.grid.data or ""
    return form


def _prefill(form: ReportForm, case: Case) -> None:
    incident = case.incident
    form.category.data = str(incident.category_id)
    form.grid.data = incident.grid_path
    form.place.data, form.description.data = incident.place, incident.description
    form.urgency.data = incident.urgency.value
    form.latitude.data, form.longitude.data = incident.latitude_wgs84, incident.longitude_wgs84
    form.turn.data = incident.turn


def _report(viewer: Viewer, form: ReportForm, files: list[Stored]) -> Incident:
    return operations.report(
        db.session(),
        actor=viewer,
        at=clock.now(),
        content=_content(viewer, form, files),
        files=files,
        report_key=f"{viewer.account_id}:{request.form[once.FIELD]}",
        as_draft=_as_draft(),
        address=audit.client_address(),
    )


def _amend(viewer: Viewer, case: Case, form: ReportForm, files: list[Stored]) -> Incident:
    return operations.amend(
        db.session(),
        actor=viewer,
        at=clock.now(),
        incident=case.incident,
        content=_content(viewer, form, files, case.incident.source),
        files=files,
        send=not _as_draft(),
        turn=form.turn.data,
        address=audit.client_address(),
    )


def _files() -> list[Stored]:
    return store_apart(request.files.getlist("photos"), request.files.getlist("voice"))


def _as_draft() -> bool:
    return request.form.get("send") == "draft"


def _content(
    viewer: Viewer, form: ReportForm, files: list[Stored], source: Source | None = None
) -> Report:
    category = queries.category_or_none(db.session(), form.category.data or "")
    if category is None:
        raise InputError("Choose what it is about", "category")
    grid = _grid(viewer, form, files)
    if grid is None:
        raise InputError("Choose the micro-grid: the place is not known", "grid")
    latitude, longitude = _place(form, files)
    is_staff = allowed(viewer, OFFICE)
    caller = (form.caller_name.data or "", form.caller_phone.data or "") if is_staff else ("", "")
    return Report(
        grid=grid,
        category=category,
        source=source or _source(viewer, caller),
        description=form.description.data or "",
        place=form.place.data or "",
        urgency=Urgency(form.urgency.data) if form.urgency.data and is_staff else None,
        latitude_wgs84=latitude,
        longitude_wgs84=longitude,
        # A phone whose clock is fast must not keep its owner from reporting.
        happened_at=next(
            (one.taken_at for one in files if one.taken_at and one.taken_at <= clock.now()), None
        ),
        caller_name=caller[0],
        caller_phone=caller[1],
    )


def _source(viewer: Viewer, caller: tuple[str, str]) -> Source:
    if any(caller):
        return Source.CALLER
    if viewer.roles & {Role.RESIDENT, Role.COMPANY, Role.STATION} == viewer.roles:
        return Source.RESIDENT
    return Source.PATROL


def _place(form: ReportForm, files: list[Stored]) -> tuple[float | None, float | None]:
    """Return where: as the form says, else as the first photo that knows."""
    latitude, longitude = form.latitude.data, form.longitude.data
    if latitude is not None and longitude is not None:
        return latitude, longitude
    for one in files:
        if one.latitude_wgs84 is not None:
            return one.latitude_wgs84, one.longitude_wgs84
    return None, None


def _grid(viewer: Viewer, form: ReportForm, files: list[Stored]) -> Grid | None:
    """Return the grid chosen, else the one the place lies in, else the only one there is."""
    session = db.session()
    if form.grid.data:
        return queries.reportable_grid(session, viewer, form.grid.data)
    latitude, longitude = _place(form, files)
    if latitude is not None and longitude is not None:
        found = queries.grid_at(session, viewer, latitude, longitude)
        if found is not None:
            return found
    own = [grant.path for grant in viewer.grants]
    return queries.reportable_grid(session, viewer, own[0]) if len(own) == 1 else None


def _sent(made: Incident) -> ResponseReturnValue:
    """Lead to what was sent; a phone that sends by itself gets its number in a header."""
    endpoint = "incidents.edit" if made.state is State.DRAFT else "incidents.incident"
    answer = htmx.go(url_for(endpoint, number=made.number))
    answer.headers["X-Incident-Number"] = made.number
    return answer


def _page(
    viewer: Viewer,
    form: ReportForm,
    *,
    case: Case | None = None,
    problem: DomainError | None = None,
    status: int = 200,
) -> Response:
    session = db.session()
    if case is not None and case.incident.state not in {State.DRAFT, State.RETURNED}:
        abort(404)
    listed = queries.categories(session)
    classes = [
        (parent, [one for one in listed if one.parent_id == parent.id])
        for parent in listed
        if parent.parent_id is None
    ]
    return make_response(
        render_template(
            "incidents/report.html",
            form=form,
            case=case,
            problem=problem,
            classes=classes,
            is_staff=allowed(viewer, OFFICE),
            attachments=queries.attachments(session, case.incident, hidden=False) if case else [],
        ),
        status,
    )
