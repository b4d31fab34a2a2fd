"""Fairs as everybody sees them, and how the station plans one."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import clock, htmx, once
from intranet.access import Permission, Viewer, allowed, current_viewer, require
from intranet.db import db
from intranet.errors import DomainError
from intranet.grids import queries as grids
from intranet.grids.models import GridKind
from intranet.i18n import _
from intranet.jobs import operations
from intranet.jobs.forms.fairs import FairForm
from intranet.jobs.models import FAIR_MOVES, Fair, FairState, FairVerb
from intranet.jobs.queries import fairs as queries
from intranet.jobs.views.acting import number_of, who
from intranet.jobs.views.codes import code_of
from intranet.jobs.views.room import bp

MANAGE = Permission.JOBS_FAIR_MANAGE


@bp.get("/jobs/fairs")
def fairs() -> str:
    """List the fairs that come and those that were."""
    before = number_of(request.args.get("before", "")) or None
    coming, past, more = queries.fairs(db.session(), day=clock.today(), before=before)
    return render_template(
        "jobs/fairs.html",
        coming=coming if before is None else [],
        past=past,
        is_first=before is None,
        next_url=url_for("jobs.fairs", before=more) if more else "",
        may_plan=allowed(current_viewer(), MANAGE),
    )


@bp.get("/jobs/fairs/<int:fair_id>")
def fair(fair_id: int) -> str:
    """Show a fair: when and where, and which companies bring which posts."""
    session = db.session()
    found = queries.fair_or_404(session, fair_id)
    rows = queries.booths(session, found, day=clock.today())
    return render_template(
        "jobs/fair.html",
        fair=found,
        rows=[one for one in rows if one.state.value == "verified"],
        may_manage=queries.manages(current_viewer(), found),
        may_hand=allowed(current_viewer(), Permission.JOBS_WISH_MATCH),
    )


@bp.get("/jobs/fairs/<int:fair_id>/poster")
def fair_poster(fair_id: int) -> str:
    """Show the poster to print; there is none of a fair that was called off."""
    session = db.session()
    found = queries.fair_or_404(session, fair_id)
    if found.state is FairState.CALLED_OFF:
        abort(410)
    address = url_for("jobs.fair", fair_id=fair_id, _external=True)
    rows = queries.booths(session, found, day=clock.today())
    shown = [one for one in rows if one.state.value == "verified"]
    return render_template("jobs/fair_poster.html", fair=found, rows=shown, **code_of(address))


@bp.get("/jobs/fairs/new")
def new_fair() -> Response:
    """Show the form for a fair."""
    viewer = require(MANAGE)
    return _form_page(viewer, FairForm(data={"from_minute": 9 * 60, "to_minute": 12 * 60}))


@bp.post("/jobs/fairs/new")
def plan_fair() -> ResponseReturnValue:
    """Announce a fair, once."""
    viewer = require(MANAGE)
    form = FairForm(request.form)
    _offer(viewer, form)
    if not form.validate():
        return _form_page(viewer, form, status=422)
    try:
        answer = once.submit(viewer, lambda: _plan(viewer, form))
        db.session.commit()
    except DomainError as error:
        return _refused(viewer, form, error)
    flash(_("The fair is announced. Now the companies get their booths."))
    return htmx.go(url_for("jobs.fair_desk", fair_id=int(answer.object_id)))


@bp.get("/jobs/fairs/<int:fair_id>/edit")
def edit_fair(fair_id: int) -> Response:
    """Show the form with what is said of a fair."""
    viewer, found = managed(fair_id)
    return _form_page(viewer, FairForm(formdata=None, obj=found), fair=found)


@bp.post("/jobs/fairs/<int:fair_id>/edit")
def change_fair(fair_id: int) -> ResponseReturnValue:
    """Change what is said of a fair."""
    viewer, found = managed(fair_id)
    form = FairForm(request.form)
    _offer(viewer, form, found)
    if not form.validate():
        return _form_page(viewer, form, fair=found, status=422)
    try:
        once.submit(viewer, lambda: _change(viewer, found, form))
        db.session.commit()
    except DomainError as error:
        return _refused(viewer, form, error, fair_id)
    flash(_("Saved."))
    return htmx.go(url_for("jobs.fair_desk", fair_id=fair_id))


def managed(fair_id: int) -> tuple[Viewer, Fair]:
    """Return the viewer and a fair that the viewer runs."""
    viewer = require(MANAGE)
    found = queries.managed_fair_or_404(db.session(), viewer, fair_id)
    return require(MANAGE, found), found


def moves_of(fair: Fair) -> list[FairVerb]:
    """Return what may happen to a fair today."""
    today = clock.today()
    return [
        verb
        for verb, move in FAIR_MOVES.items()
        if fair.state in move.froms and (not move.on_its_day or fair.held_on == today)
    ]


def _plan(viewer: Viewer, form: FairForm) -> int:
    path = form.grid_path.data or ""
    made = operations.plan_fair(db.session(), grid_path=path, facts=form.facts, **who(viewer))
    return made.id


def _change(viewer: Viewer, found: Fair, form: FairForm) -> int:
    facts: dict[str, Any] = {"version": form.turn, "facts": form.facts}
    operations.change_fair(db.session(), fair=found, **facts, **who(viewer))
    return found.id


def _offer(viewer: Viewer, form: FairForm, fair: Fair | None = None) -> None:
    """Offer the communities in which the viewer plans fairs; a fair's own does not change."""
    if fair is not None:
        del form.grid_path
        return
    field = form.grid_path
    found = grids.places(viewer, MANAGE, (GridKind.COMMUNITY,), **field.sent)
    field.offer(found)
    if len(found.choices) == 1 and not field.typed:
        field.data = field.data or found.choices[0][0]


def _refused(
    viewer: Viewer, form: FairForm, error: DomainError, fair_id: int | None = None
) -> Response:
    db.session.rollback()
    problem = None if form.shows(error) else error
    found = queries.managed_fair_or_404(db.session(), viewer, fair_id) if fair_id else None
    return _form_page(viewer, form, fair=found, problem=problem, status=error.status)


def _form_page(
    viewer: Viewer,
    form: FairForm,
    *,
    fair: Fair | None = None,
    problem: DomainError | None = None,
    status: int = 200,
) -> Response:
    if "grid_path" in form:
        _offer(viewer, form, fair)
    if fair is not None:
        form.version.data, form.version.raw_data = fair.version, None
    page = render_template("jobs/fair_form.html", form=form, fair=fair, problem=problem)
    return make_response(page, status)
