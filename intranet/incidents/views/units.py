"""The units that incidents are given to, and who acts for them."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Response, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Viewer, require
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.grids import queries as grids
from intranet.grids.models import GridKind
from intranet.i18n import _
from intranet.incidents import operations, queries
from intranet.incidents.forms import NewUnitForm, UnitForm
from intranet.incidents.models import Unit
from intranet.incidents.views.room import bp

MANAGE = Permission.INCIDENTS_CATALOGUE_MANAGE
KINDS = (GridKind.COUNTY, GridKind.TOWN, GridKind.COMMUNITY)


@bp.get("/incidents/units")
def units() -> str:
    """List the units at the viewer's nodes and below."""
    viewer = require(MANAGE)
    text = request.args.get("q", "").replace("\0", "").strip()[:40]
    retired = request.args.get("state") == "retired"
    found = queries.units(db.session(), viewer, text=text, retired=retired)
    places = grids.labels({row.unit.grid_path for row in found})
    return render_template(
        "incidents/units.html", rows=found, places=places, text=text, retired=retired
    )


@bp.get("/incidents/units/new")
def new_unit() -> Response:
    """Show the form for a unit."""
    return _new_page(require(MANAGE), NewUnitForm())


@bp.post("/incidents/units/new")
def add_unit() -> ResponseReturnValue:
    """Enter a unit at a node."""
    viewer = require(MANAGE)
    form = NewUnitForm(request.form)
    _offer(viewer, form)
    if not form.validate():
        return _new_page(viewer, form, 422)
    try:
        answer = once.submit(viewer, lambda: _add(viewer, form))
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _new_page(viewer, form, error.status, None if form.shows(error) else error)
    flash(_("The unit is entered; now say who acts for it."))
    return htmx.go(url_for("incidents.unit", unit_id=int(answer.object_id)))


@bp.get("/incidents/units/<int:unit_id>")
def unit(unit_id: int) -> Response:
    """Show one unit: what it is, who acts for it, and what it has to handle."""
    return _page(require(MANAGE), unit_id)


@bp.post("/incidents/units/<int:unit_id>")
def change_unit(unit_id: int) -> ResponseReturnValue:
    """Change what a unit is called, what it is for and where it is reached."""
    viewer, found = _manage(unit_id)
    form = UnitForm(request.form)
    if not form.validate():
        return _page(viewer, unit_id, form, status=422)
    facts: dict[str, Any] = {name: form[name].data or "" for name in ("name", "duties", "phone")}
    try:
        operations.change_unit(db.session(), unit=found, **facts, **_act(viewer, form))
    except DomainError as error:
        kept = form if form.shows(error) else None
        return _page(viewer, unit_id, kept, None if kept else error, error.status)
    return _done(unit_id, _("Saved."))


@bp.post("/incidents/units/<int:unit_id>/state")
def set_unit_state(unit_id: int) -> ResponseReturnValue:
    """Take a unit out of use, or into use again."""
    viewer, found = _manage(unit_id)
    into_use = request.form.get("to") == "use"
    change = operations.restore_unit if into_use else operations.retire_unit
    try:
        change(db.session(), unit=found, **_act(viewer, UnitForm(request.form)))
    except DomainError as error:
        return _page(viewer, unit_id, problem=error, status=error.status)
    return _done(
        unit_id, _("The unit is in use again.") if into_use else _("The unit is out of use.")
    )


@bp.post("/incidents/units/<int:unit_id>/members")
def add_unit_member(unit_id: int) -> ResponseReturnValue:
    """Let an account act for a unit."""
    viewer, found = _manage(unit_id)
    try:
        account = queries.member_candidate(db.session(), viewer, _account_id())
        if account is None:
            raise InputError("Choose somebody first.", "account")
        operations.add_member(db.session(), unit=found, account=account, **_who(viewer))
    except DomainError as error:
        return _page(viewer, unit_id, problem=error, status=error.status)
    return _done(unit_id, _("%(name)s acts for the unit now.", name=account.display_name))


@bp.post("/incidents/units/<int:unit_id>/members/remove")
def remove_unit_member(unit_id: int) -> ResponseReturnValue:
    """Let an account act for a unit no longer."""
    viewer, found = _manage(unit_id)
    operations.remove_member(db.session(), unit=found, account_id=_account_id(), **_who(viewer))
    return _done(unit_id, _("Saved."))


def _manage(unit_id: int) -> tuple[Viewer, Unit]:
    viewer = require(MANAGE)
    return viewer, queries.unit_or_404(db.session(), viewer, unit_id)


def _add(viewer: Viewer, form: NewUnitForm) -> int:
    grid = grids.grid_by_path(db.session(), form.grid_path.data or "")
    assert grid is not None
    made = operations.add_unit(
        db.session(),
        grid=grid,
        name=form.name.data or "",
        duties=form.duties.data or "",
        phone=form.phone.data or "",
        **_who(viewer),
    )
    return made.id


def _who(viewer: Viewer) -> dict[str, Any]:
    return {"actor": viewer, "at": clock.now(), "address": audit.client_address()}


def _act(viewer: Viewer, form: UnitForm) -> dict[str, Any]:
    version = form.version.data
    return {**_who(viewer), "version": version if isinstance(version, int) else -1}


def _account_id() -> int:
    sent = request.form.get("account", "")
    return int(sent) if sent.isdecimal() and len(sent) <= 9 else 0


def _done(unit_id: int, words: str) -> Response:
    db.session.commit()
    flash(words)
    return htmx.go(url_for("incidents.unit", unit_id=unit_id))


def _offer(viewer: Viewer, form: NewUnitForm) -> None:
    places = partial(grids.places, viewer, MANAGE, KINDS)
    form.grid_path.offer(places(**form.grid_path.sent))


def _new_page(
    viewer: Viewer, form: NewUnitForm, status: int = 200, problem: DomainError | None = None
) -> Response:
    _offer(viewer, form)
    page = render_template("incidents/unit_new.html", form=form, problem=problem)
    return make_response(page, status)


def _page(
    viewer: Viewer,
    unit_id: int,
    form: UnitForm | None = None,
    problem: DomainError | None = None,
    status: int = 200,
) -> Response:
    db.session.rollback()
    found = queries.unit_or_404(db.session(), viewer, unit_id)
    sought = request.values.get("who", "").replace("\0", "").strip()[:40]
    candidates, more = queries.member_candidates(db.session(), viewer, found, sought)
    incidents = queries.unit_incidents(db.session(), found)
    facts = {
        "unit": found,
        "sought": sought,
        "candidates": candidates,
        "more": more,
    }
    if htmx.is_partial() and request.method == "GET":
        return make_response(render_template("incidents/_unit_candidates.html", **facts))
    page = render_template(
        "incidents/unit.html",
        **facts,
        form=form or UnitForm(obj=found),
        members=queries.unit_members(db.session(), found),
        incidents=incidents,
        open_count=operations.open_with(db.session(), found),
        matters={one.id: one.name for one in queries.categories(db.session(), closed=True)},
        places=grids.labels({found.grid_path, *(one.grid_path for one in incidents)}),
        problem=problem,
    )
    return make_response(page, status)
