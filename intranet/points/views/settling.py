"""The steps of a year's end: published, objections decided, signed, closed, opened again by two."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from intranet import clock, once
from intranet.access import Permission, Viewer, require
from intranet.db import db
from intranet.errors import DomainError
from intranet.grids import queries as grids
from intranet.i18n import _
from intranet.points import operations, queries
from intranet.points.forms.years import AnswerForm, DeedForm
from intranet.points.models import Settlement, TwoPersonAct
from intranet.points.queries import years as read
from intranet.points.views.room import bp
from intranet.points.views.years import act, done, page, refused, settled

DECIDE = Permission.POINTS_OBJECTION_DECIDE


@bp.post("/points/years/<int:year_id>/publish")
def publish_year(year_id: int) -> ResponseReturnValue:
    """Hang the standings out."""
    viewer, found = settled(year_id)
    deed = partial(operations.publish, version=_version(), **act(viewer))
    return _step(viewer, found, deed, _("The standings hang out now."))


@bp.post("/points/years/<int:year_id>/take-back")
def take_back_year(year_id: int) -> ResponseReturnValue:
    """Take the standings down, to change the plan or to publish them anew."""
    viewer, found = settled(year_id)
    deed = partial(operations.take_back, version=_version(), **act(viewer))
    return _step(viewer, found, deed, _("The standings are taken down."))


@bp.post("/points/years/<int:year_id>/<any(sign, close, reopen):deed>")
def ask_year(year_id: int, deed: str) -> ResponseReturnValue:
    """Ask for what needs two persons."""
    viewer, found = settled(year_id)
    form = DeedForm(request.form)
    if not form.validate():
        return page(viewer, found, deed=form, status=422)
    what: dict[str, Any] = {
        "deed": TwoPersonAct(deed),
        "reason": form.reason.data or "",
    }
    ask = partial(_two_persons, operations.ask_for, viewer, version=_version(), **what)
    return _step(viewer, found, ask, _("Asked for; another person confirms it."), deed=form)


@bp.post("/points/years/<int:year_id>/<any(sign, close, reopen):deed>/confirm")
def confirm_year(year_id: int, deed: str) -> ResponseReturnValue:
    """Do what another person asked for."""
    viewer, found = settled(year_id)
    place = _("Notice of the closing of the year %(year)s", year=found.year)
    what: dict[str, Any] = {"deed": TwoPersonAct(deed), "place": place}
    confirm = partial(_two_persons, operations.confirm, viewer, **what)
    return _step(viewer, found, confirm, _("Done, by two persons."))


@bp.post("/points/years/<int:year_id>/cancel")
def cancel_year(year_id: int) -> ResponseReturnValue:
    """Take back what was asked for and not confirmed yet."""
    viewer, found = settled(year_id)
    deed = partial(operations.cancel_asked, **act(viewer))
    return _step(viewer, found, deed, _("It is asked for no longer."))


@bp.post("/points/years/<int:year_id>/objections/<int:objection_id>")
def decide_year_objection(year_id: int, objection_id: int) -> ResponseReturnValue:
    """Decide an objection, with an answer."""
    viewer, found = settled(year_id)
    require(DECIDE, found)
    objection = read.objection_or_404(db.session(), found, objection_id)
    form = AnswerForm(request.form)
    if not form.validate():
        return page(viewer, found, answer=(objection_id, form), status=422)
    what: dict[str, Any] = {
        "upheld": request.form.get("upheld") == "yes",
        "answer": form.answer.data or "",
    }
    deed = partial(operations.decide_objection, objection=objection, **what, **act(viewer))
    return _step(viewer, found, deed, _("Decided."))


@bp.get("/points/years/<int:year_id>/paper")
def year_paper(year_id: int) -> Response:
    """Show the notice of a closed year to print, with the hash nobody can get behind."""
    viewer, found = settled(year_id)
    session = db.session()
    period = read.period_of(session, found.year)
    anchor = read.anchor_of(session, period) if period else None
    shown = render_template(
        "points/year_paper.html",
        settlement=found,
        place=grids.labels({found.grid_path})[found.grid_path],
        period=period,
        anchor=anchor,
        root=queries.root_of_anchor(session, anchor, found.year) if anchor else None,
        people=read.names_of_accounts(
            session, (period.closed_by, period.confirmed_by) if period else ()
        ),
        viewer_name=viewer.name,
        now=clock.now(),
    )
    return make_response(shown)


def _step(
    viewer: Viewer,
    found: Settlement,
    step: Callable[[Session, Settlement], None],
    words: str,
    **typed: Any,
) -> ResponseReturnValue:
    """Take a step once, however often its button is pressed, and show how the year's end stands."""

    def take() -> int:
        step(db.session(), found)
        return found.id

    try:
        once.submit(viewer, take)
    except DomainError as error:
        return refused(viewer, found.id, error, **typed)
    return done(found, words)


def _two_persons(
    operation: Callable[..., None],
    viewer: Viewer,
    session: Session,
    found: Settlement,
    *,
    deed: TwoPersonAct,
    **what: Any,
) -> None:
    _may_close(viewer, found, deed)
    operation(session, found, deed=deed, **what, **act(viewer))


def _version() -> int:
    return request.form.get("version", -1, type=int)


def _may_close(viewer: Viewer, found: Settlement, deed: TwoPersonAct) -> None:
    """Refuse to close or open the one ledger's year to whom part of its parties is out of scope."""
    if deed is TwoPersonAct.SIGN:
        return
    count = read.parties_elsewhere(db.session(), viewer, found.year)
    if count:
        raise DomainError(
            "%(num)s parties of this year lie in other communities; whoever is above all of them"
            " closes and opens it",
            num=count,
        )
