"""The door of a fair, on a phone or tablet: passes taken once, walk-ins counted with one press."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import htmx, once
from intranet.access import Viewer
from intranet.db import db
from intranet.errors import DomainError
from intranet.i18n import _
from intranet.jobs import operations
from intranet.jobs.forms.fairs import DoorForm
from intranet.jobs.models import Fair
from intranet.jobs.queries import fair_people as people
from intranet.jobs.queries import fairs as queries
from intranet.jobs.views.acting import who
from intranet.jobs.views.fairs import managed
from intranet.jobs.views.room import bp


@bp.get("/jobs/fairs/<int:fair_id>/door")
def fair_door(fair_id: int) -> Response:
    """Show the door; a pass's code leads here with what stands on it."""
    _viewer, found = managed(fair_id)
    token = request.args.get("token", "")[:60]
    return _page(found, DoorForm(formdata=None, data={"token": token}))


@bp.post("/jobs/fairs/<int:fair_id>/door")
def check_in(fair_id: int) -> ResponseReturnValue:
    """Let in whoever brings a pass."""
    viewer, found = managed(fair_id)
    form = DoorForm(request.form)
    if not form.validate():
        return _page(found, form, status=422)
    token = form.token.data or ""
    to = url_for("jobs.fair_door", fair_id=fair_id, token=operations.clean_token(token))
    return _do(viewer, found, form, to, lambda: _check_in(viewer, found, token))


@bp.post("/jobs/fairs/<int:fair_id>/walk-ins")
def count_walk_in(fair_id: int) -> ResponseReturnValue:
    """Count somebody who came without a pass."""
    viewer, found = managed(fair_id)
    to = url_for("jobs.fair_door", fair_id=fair_id)
    return _do(viewer, found, DoorForm(formdata=None), to, lambda: _count(viewer, found))


@bp.post("/jobs/fairs/<int:fair_id>/walk-ins/<int:walk_in_id>/undo")
def undo_walk_in(fair_id: int, walk_in_id: int) -> ResponseReturnValue:
    """Take back that somebody was counted."""
    viewer, found = managed(fair_id)
    walk_in = queries.walk_in_or_404(db.session(), found, walk_in_id)
    to = url_for("jobs.fair_door", fair_id=fair_id)

    def act() -> str:
        operations.undo_walk_in(db.session(), fair=found, walk_in=walk_in, **who(viewer))
        return str(_("Taken back."))

    return _do(viewer, found, DoorForm(formdata=None), to, act)


def _check_in(viewer: Viewer, fair: Fair, token: str) -> str:
    operations.check_in(db.session(), fair=fair, token=token, **who(viewer))
    return str(_("Come in: the pass is good and is used now."))


def _count(viewer: Viewer, fair: Fair) -> str:
    operations.count_walk_in(db.session(), fair=fair, **who(viewer))
    return str(_("Counted."))


def _do(
    viewer: Viewer, fair: Fair, form: DoorForm, to: str, act: Callable[[], str]
) -> ResponseReturnValue:
    """Do it once, say so, and lead back to the door; what is refused is said there."""
    fair_id, said = fair.id, []

    def done() -> int:
        said.append(act())
        return fair_id

    try:
        once.submit(viewer, done)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        again = queries.managed_fair_or_404(db.session(), viewer, fair_id)
        problem = None if form.shows(error) else error
        return _page(again, form, problem=problem, status=error.status)
    for words in said:
        flash(words)
    return htmx.go(to)


def _page(
    fair: Fair, form: DoorForm, *, problem: DomainError | None = None, status: int = 200
) -> Response:
    session = db.session()
    token = operations.clean_token(form.token.data or "")
    given = queries.pass_by_token(session, fair, token) if token else None
    if token and given is None and not form.token.errors:
        form.token.errors = [_("This is no pass of this fair")]
    count, last = queries.walk_ins(session, fair)
    facts: dict[str, Any] = {
        "given": given,
        "token": operations.shown_token(token) if given else "",
        "name": people.name_of(session, given.seeker_id) if given else "",
        "count": count,
        "last": last,
        "checked_in": people.checked_in(session, fair),
    }
    page = render_template("jobs/fair_door.html", fair=fair, form=form, problem=problem, **facts)
    return make_response(page, status)
