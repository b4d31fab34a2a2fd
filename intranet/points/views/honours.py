"""What everybody sees of a year's end: standings, the honour board, certificates, one's consent."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Viewer, allowed, require
from intranet.db import db
from intranet.errors import DomainError
from intranet.grids import queries as grids
from intranet.i18n import _
from intranet.points import operations
from intranet.points.forms.years import (
    MEASURE_LABELS,
    SETTLEMENT_LABELS,
    NameForm,
    WordsForm,
)
from intranet.points.models import Measure, Settlement, SettlementState
from intranet.points.queries import years as read
from intranet.points.queries.years import Given
from intranet.points.views.room import bp
from intranet.register import operations as register
from intranet.register.forms import KIND_LABELS
from intranet.register.models import Party, PersonalField

VIEW = Permission.POINTS_BOARD_VIEW
CLOSE = Permission.POINTS_YEAR_CLOSE
SHOWN_MAX = 100


@bp.get("/points/standings/<int:year_id>")
def standings(year_id: int) -> Response:
    """Show the standings as they hang out, and where one stands oneself."""
    viewer, found = _published(year_id)
    return _standings(viewer, found)


@bp.post("/points/standings/<int:year_id>/object")
def object_to_year(year_id: int) -> ResponseReturnValue:
    """Object to what hangs out, once."""
    viewer, found = _published(year_id)
    form = WordsForm(request.form)
    if not form.validate():
        return _standings(viewer, found, form, 422)

    def say() -> int:
        facts: dict[str, Any] = {
            "actor": viewer,
            "at": clock.now(),
            "address": audit.client_address(),
        }
        return operations.object_to_year(db.session(), found, words=form.said, **facts).id

    try:
        once.submit(viewer, say)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _standings(viewer, found, form, error.status, error)
    flash(_("Your objection is taken down; somebody else than you decides it."))
    return htmx.go(url_for("points.standings", year_id=year_id))


@bp.get("/points/honours")
def honours() -> Response:
    """Show who was honoured, by name where they agreed, and one's own certificates."""
    return _board(require(VIEW))


@bp.post("/points/consent/<int:party_id>")
def own_consent(party_id: int) -> ResponseReturnValue:
    """Agree to be named on the honour board, or take that back."""
    viewer = require(VIEW)
    party = db.session.get(Party, min(party_id, read.ID_MAX))
    if party is None or party.id not in viewer.party_ids:
        abort(404)
    try:
        _consent(viewer, party, on_paper=False)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _board(viewer, error)
    return htmx.go(url_for("points.honours"))


@bp.post("/points/awards/<int:award_id>/consent")
def award_consent(award_id: int) -> ResponseReturnValue:
    """Enter the consent somebody signed on paper, or that it was taken back."""
    viewer, one = _award(award_id)
    require(CLOSE, one.settlement)
    try:
        _consent(viewer, one.party, on_paper=True)
        db.session.commit()
    except DomainError:
        db.session.rollback()  # somebody was quicker: the page shows how it stands
    return htmx.go(url_for("points.year", year_id=one.settlement.id) + "#awards")


@bp.get("/points/awards/<int:award_id>/certificate")
def certificate(award_id: int) -> Response:
    """Show a certificate to print; a person's name on it is masked until it is asked for."""
    viewer, one = _award(award_id)
    return _certificate(viewer, one)


@bp.post("/points/awards/<int:award_id>/certificate")
def name_certificate(award_id: int) -> Response:
    """Show a certificate with the name in clear: for a reason, or one's own; it is written down."""
    viewer, one = _award(award_id)
    is_own, form = one.party.id in viewer.party_ids, NameForm(request.form)
    if not is_own:
        require(CLOSE, one.settlement)
        if not form.validate():
            return _certificate(viewer, one, form=form, status=422)
    try:
        reason = _("one's own certificate") if is_own else form.reason.data or ""
        name = _name_of(viewer, one, reason)
        db.session.commit()
    except DomainError as error:
        return _unnamed(viewer, award_id, form, error)
    return _certificate(viewer, one, name)


def _name_of(viewer: Viewer, one: Given, reason: str) -> str:
    return register.unmask(
        db.session(),
        actor=viewer,
        party=one.party,
        field=PersonalField.NAME,
        reason=reason,
        address=audit.client_address(),
        at=clock.now(),
    )


def _unnamed(viewer: Viewer, award_id: int, form: NameForm, error: DomainError) -> Response:
    """Show the certificate as it is, and why the name is not on it."""
    db.session.rollback()
    one = read.award_or_404(db.session(), viewer, award_id)
    problem = None if form.shows(error) else error
    return _certificate(viewer, one, form=form, problem=problem, status=error.status)


def _published(year_id: int) -> tuple[Viewer, Settlement]:
    viewer = require(VIEW)
    return viewer, read.published_or_404(db.session(), viewer, year_id)


def _award(award_id: int) -> tuple[Viewer, Given]:
    viewer = require(VIEW)
    return viewer, read.award_or_404(db.session(), viewer, award_id)


def _consent(viewer: Viewer, party: Party, *, on_paper: bool) -> None:
    who: dict[str, Any] = {
        "actor": viewer,
        "at": clock.now(),
        "address": audit.client_address(),
    }
    if request.form.get("to") == "give":
        operations.give_consent(db.session(), party, on_paper=on_paper, **who)
    else:
        operations.take_consent_back(db.session(), party, **who)


def _standings(
    viewer: Viewer,
    found: Settlement,
    form: WordsForm | None = None,
    status: int = 200,
    problem: DomainError | None = None,
) -> Response:
    session = db.session()
    parties = read.standings(found)
    kinds = [kind for kind in operations.KINDS if any(one.kind is kind for one in parties)]
    asked = [one for one in kinds if one == request.args.get("kind")]
    kind = next(iter([*asked, *kinds]), None)
    by = request.args.get("by", "")
    of_kind = operations.MEASURES[kind] if kind else ()
    measure = Measure(by) if by in set(of_kind) else Measure.OVERALL
    rows = operations.ranked(parties, kind, measure) if kind else []
    own = [one for one in rows if one.earned.party_id in viewer.own_ids]
    honoured = read.honoured_ranks(found, kind, measure) if kind else set()
    is_staff = allowed(viewer, CLOSE, found)
    # In public stand those who are honoured; everybody else sees their own place, and no other's.
    shown = [one for one in rows if is_staff or one.rank in honoured][:SHOWN_MAX]
    page = render_template(
        "points/standings.html",
        settlement=found,
        place=grids.labels({found.grid_path})[found.grid_path],
        kinds=kinds,
        kind=kind,
        measures=of_kind,
        measure=measure,
        rows=shown,
        total=len(rows),
        changed=read.changed(session, found) if found.reopened_at else 0,
        own=own,
        honoured=honoured,
        is_staff=is_staff,
        names=read.shown_names(
            session, viewer, {one.earned.party_id for one in [*shown, *own]}, masked=is_staff
        ),
        form=form or WordsForm(),
        said=read.own_objections(session, viewer, found),
        may_object=found.state is SettlementState.PUBLICITY
        and found.publicity_until is not None
        and clock.today() <= found.publicity_until,
        is_per_head=measure is Measure.PER_HEAD,
        kind_labels=KIND_LABELS,
        measure_labels=MEASURE_LABELS,
        settlement_labels=SETTLEMENT_LABELS,
        problem=problem,
    )
    return make_response(page, status)


def _board(viewer: Viewer, problem: DomainError | None = None) -> Response:
    session = db.session()
    listed = read.published(session, viewer)
    signed = [one for one in listed if one.state in read.SIGNED]
    wanted = request.args.get("year", type=int)
    chosen = [one for one in signed if one.id == wanted] or list(signed[:1])
    given = read.given(session, [one.id for one in signed])
    own = [one for one in given if one.party.id in viewer.own_ids]
    board = [one for one in given if chosen and one.settlement.id == chosen[0].id]
    lines = {one.honour.id: one.honour for one in board}  # in the order of the certificates
    page = render_template(
        "points/honours.html",
        listed=listed,
        signed=signed,
        chosen=chosen[0] if chosen else None,
        places=grids.labels({one.grid_path for one in listed}),
        board=[
            (line, [one for one in board if one.honour.id == line.id]) for line in lines.values()
        ],
        names=read.shown_names(session, viewer, {one.party.id for one in board}, masked=False),
        agreed=read.consenting(session, [one.party.id for one in given]),
        own=own,
        own_names=read.shown_names(session, viewer, {one.party.id for one in own}, masked=True),
        kind_labels=KIND_LABELS,
        measure_labels=MEASURE_LABELS,
        settlement_labels=SETTLEMENT_LABELS,
        problem=problem,
    )
    return make_response(page, problem.status if problem else 200)


def _certificate(
    viewer: Viewer,
    one: Given,
    name: str = "",
    *,
    form: NameForm | None = None,
    problem: DomainError | None = None,
    status: int = 200,
) -> Response:
    session = db.session()
    shown = read.shown_names(session, viewer, [one.party.id], masked=True)[one.party.id]
    page = render_template(
        "points/certificate.html",
        one=one,
        name=name or shown,
        is_masked=not name and not one.party.public_name,
        is_own=one.party.id in viewer.party_ids,
        may_name=allowed(viewer, CLOSE, one.settlement),
        form=form or NameForm(),
        problem=problem,
        place=grids.labels({one.settlement.grid_path})[one.settlement.grid_path],
        measure_labels=MEASURE_LABELS,
        kind_labels=KIND_LABELS,
        signed_on=one.settlement.signed_at,
    )
    return make_response(page, status)
