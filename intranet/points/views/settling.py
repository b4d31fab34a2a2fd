"""The steps of a year's end: published, objections decided, signed, closed, opened again by two."""

from __future__ import annotations

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from intranet import clock
from intranet.access import Permission, Viewer, require
from intranet.db import db
from intranet.errors import DomainError
from intranet.grids import queries as grids
from intranet.i18n import _
from intranet.points import operations
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
    version = request.form.get("version", -1, type=int)
    try:
        broken = read.broken_places(db.session())
        operations.publish(db.session(), found, broken=broken, version=version, **act(viewer))
    except DomainError as error:
        return refused(viewer, year_id, error)
    return done(found, _("The standings hang out now."))


@bp.post("/points/years/<int:year_id>/take-back")
def take_back_year(year_id: int) -> ResponseReturnValue:
    """Take the standings down, to change the plan or to publish them anew."""
    viewer, found = settled(year_id)
    version = request.form.get("version", -1, type=int)
    try:
        operations.take_back(db.session(), found, version=version, **act(viewer))
    except DomainError as error:
        return refused(viewer, year_id, error)
    return done(found, _("The standings are taken down."))


@bp.post("/points/years/<int:year_id>/<any(sign, close, reopen):deed>")
def ask_year(year_id: int, deed: str) -> ResponseReturnValue:
    """Ask for what needs two persons."""
    viewer, found = settled(year_id)
    form = DeedForm(request.form)
    if not form.validate():
        return page(viewer, found, deed=form, status=422)
    try:
        _ask(viewer, found, TwoPersonAct(deed), form.reason.data or "")
    except DomainError as error:
        return refused(viewer, year_id, error, deed=form)
    return done(found, _("Asked for; another person confirms it."))


@bp.post("/points/years/<int:year_id>/<any(sign, close, reopen):deed>/confirm")
def confirm_year(year_id: int, deed: str) -> ResponseReturnValue:
    """Do what another person asked for."""
    viewer, found = settled(year_id)
    try:
        _confirm(viewer, found, TwoPersonAct(deed))
    except DomainError as error:
        return refused(viewer, year_id, error)
    return done(found, _("Done, by two persons."))


@bp.post("/points/years/<int:year_id>/cancel")
def cancel_year(year_id: int) -> ResponseReturnValue:
    """Take back what was asked for and not confirmed yet."""
    viewer, found = settled(year_id)
    try:
        operations.cancel_asked(db.session(), found, **act(viewer))
    except DomainError as error:
        return refused(viewer, year_id, error)
    return done(found, _("It is asked for no longer."))


@bp.post("/points/years/<int:year_id>/objections/<int:objection_id>")
def decide_year_objection(year_id: int, objection_id: int) -> ResponseReturnValue:
    """Decide an objection, with an answer."""
    viewer, found = settled(year_id)
    require(DECIDE, found)
    objection = read.objection_or_404(db.session(), found, objection_id)
    form = AnswerForm(request.form)
    if not form.validate():
        return page(viewer, found, answer=(objection_id, form), status=422)
    upheld, answer = request.form.get("upheld") == "yes", form.answer.data or ""
    try:
        operations.decide_objection(
            db.session(), found, objection, upheld=upheld, answer=answer, **act(viewer)
        )
    except DomainError as error:
        return refused(viewer, year_id, error)
    return done(found, _("Decided."))


@bp.get("/points/years/<int:year_id>/paper")
def year_paper(year_id: int) -> Response:
    """Show the notice of a closed year to print, with the hash nobody can get behind."""
    viewer, found = settled(year_id)
    session = db.session()
    period = read.period_of(session, found.year)
    shown = render_template(
        "points/year_paper.html",
        settlement=found,
        place=grids.labels({found.grid_path})[found.grid_path],
        period=period,
        anchor=read.anchor_of(session, period) if period else None,
        people=read.names_of_accounts(
            session, (period.closed_by, period.confirmed_by) if period else ()
        ),
        viewer_name=viewer.name,
        now=clock.now(),
    )
    return make_response(shown)


def _ask(viewer: Viewer, found: Settlement, deed: TwoPersonAct, reason: str) -> None:
    _may_close(viewer, found, deed)
    operations.ask_for(
        db.session(),
        found,
        deed=deed,
        reason=reason,
        broken=read.broken_places(db.session()),
        version=request.form.get("version", -1, type=int),
        **act(viewer),
    )


def _confirm(viewer: Viewer, found: Settlement, deed: TwoPersonAct) -> None:
    _may_close(viewer, found, deed)
    operations.confirm(
        db.session(),
        found,
        deed=deed,
        broken=read.broken_places(db.session()),
        place=_("Notice of the closing of the year %(year)s", year=found.year),
        **act(viewer),
    )


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
