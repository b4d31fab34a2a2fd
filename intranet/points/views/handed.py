"""What was handed over without the code: the leaders' list, and the home's own page."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Viewer, require
from intranet.db import db
from intranet.errors import DomainError
from intranet.grids import queries as grids
from intranet.i18n import _
from intranet.points import operations, queries
from intranet.points.forms.goods import LookForm, ObjectionForm
from intranet.points.models import Handing
from intranet.points.queries import Handed
from intranet.points.views.room import bp
from intranet.register.forms import KIND_LABELS

OWN = Permission.POINTS_OWN_USE
LOOK = Permission.POINTS_OBJECTION_DECIDE


@bp.get("/points/redemptions/<int:redemption_id>")
def own_handing(redemption_id: int) -> Response:
    """Show one's own home what was handed over without the code, and how to object."""
    return _own(require(OWN), redemption_id)


@bp.post("/points/redemptions/<int:redemption_id>/object")
def object_to_handing(redemption_id: int) -> ResponseReturnValue:
    """Say that it was not right, once."""
    viewer = require(OWN)
    found = queries.own_handing_or_404(db.session(), viewer, redemption_id)
    form = ObjectionForm(request.form)
    if not form.validate():
        return _own(viewer, redemption_id, form, 422)
    try:
        once.submit(viewer, lambda: _object(viewer, found, form))
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        problem = None if form.shows(error) else error
        return _own(viewer, redemption_id, form, error.status, problem)
    flash(_("It is noted; a leader who did not hand it over looks into it."))
    return htmx.go(url_for("points.own_handing", redemption_id=redemption_id))


@bp.get("/points/handed")
def handed() -> Response:
    """List what a leader is to look through."""
    return _list(require(LOOK))


@bp.post("/points/handed/<int:handing_id>/look")
def look_through(handing_id: int) -> ResponseReturnValue:
    """Note that it was looked at, with an answer where the home objected; once."""
    viewer = require(LOOK)
    found = queries.handing_or_404(db.session(), viewer, handing_id)
    form = LookForm(request.form)
    if not form.validate():
        return _list(viewer, (handing_id, form), 422)
    try:
        once.submit(viewer, lambda: _look(viewer, found, form))
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        problem = None if form.shows(error) else error
        return _list(viewer, (handing_id, form), error.status, problem)
    flash(_("Looked through."))
    return htmx.go(url_for("points.handed"))


def _object(viewer: Viewer, found: Handed, form: ObjectionForm) -> int:
    words = form.words.data or ""
    operations.object_to_handing(db.session(), found.handing, words=words, **_who(viewer))
    return found.handing.id


def _look(viewer: Viewer, found: Handing, form: LookForm) -> int:
    facts = {"version": request.form.get("version", -1, type=int), **_who(viewer)}
    operations.look_through(db.session(), found, answer=form.answer.data or "", **facts)
    return found.id


def _who(viewer: Viewer) -> dict[str, Any]:
    return {"actor": viewer, "at": clock.now(), "address": audit.client_address()}


def _own(
    viewer: Viewer,
    redemption_id: int,
    form: ObjectionForm | None = None,
    status: int = 200,
    problem: DomainError | None = None,
) -> Response:
    found = queries.own_handing_or_404(db.session(), viewer, redemption_id)
    page = render_template(
        "points/own_handing.html",
        one=found,
        form=form or ObjectionForm(),
        place=grids.labels({found.goods.grid_path})[found.goods.grid_path],
        problem=problem,
    )
    return make_response(page, status)


def _list(
    viewer: Viewer,
    sent: tuple[int, LookForm] | None = None,
    status: int = 200,
    problem: DomainError | None = None,
) -> Response:
    waiting, total, looked = queries.handed(db.session(), viewer)
    page = render_template(
        "points/handed.html",
        waiting=waiting,
        total=total,
        looked=looked,
        answering=sent or (0, LookForm()),
        places=grids.labels({one.party.grid_path for one in [*waiting, *looked]}),
        kind_labels=KIND_LABELS,
        account_id=viewer.account_id,
        problem=problem,
    )
    return make_response(page, status)
