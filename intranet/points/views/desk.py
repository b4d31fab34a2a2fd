"""The desk at the station: a code is typed, goods are handed over; or at once, without a phone."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Viewer, allowed, require
from intranet.db import db
from intranet.errors import DomainError
from intranet.grids import queries as grids
from intranet.i18n import _
from intranet.points import operations, queries
from intranet.points.forms.goods import STATE_LABELS, CodeForm, CounterForm, ReasonForm
from intranet.points.models import Goods, RedemptionState
from intranet.points.operations.redeeming import is_code
from intranet.points.queries import Asked
from intranet.points.views.room import bp
from intranet.register import queries as register
from intranet.register.forms import KIND_LABELS
from intranet.register.models import Party
from intranet.register.queries import Listed

HAND = Permission.POINTS_GOODS_HAND
FOUND_MAX = 12
NUMBER = re.compile(r"P?(\d{1,9})\Z", re.ASCII)


@bp.get("/points/desk")
def desk() -> Response:
    """Show where the code is typed, and what waits to be fetched."""
    return _page(require(HAND), CodeForm())


@bp.post("/points/desk")
def find_code() -> ResponseReturnValue:
    """Show what waits under a code; wrong ones are counted."""
    viewer = require(HAND)
    form = CodeForm(request.form)
    if not form.validate():
        return _page(viewer, form, 422)
    try:
        found = _tried(viewer, form.code.data or "")
    except DomainError as error:
        db.session.rollback()
        return _page(viewer, form, error.status, error)
    if found is None:
        form.code.errors = [_("Nothing waits under this code here")]
        return _page(viewer, form, 422)
    return _one(found, code=form.code.data or "")


@bp.get("/points/desk/<int:redemption_id>")
def redemption(redemption_id: int) -> Response:
    """Show what waits, to be handed over without the code or let go."""
    viewer = require(HAND)
    return _one(queries.at_desk_or_404(db.session(), viewer, redemption_id))


@bp.post("/points/desk/<int:redemption_id>/hand")
def hand_over(redemption_id: int) -> ResponseReturnValue:
    """Note that the goods were handed over, once: for the code, or for a reason."""
    viewer = require(HAND)
    found = queries.at_desk_or_404(db.session(), viewer, redemption_id)
    form = ReasonForm(request.form)
    try:
        # Sent a second time it was proven the first time, and is answered as it was then.
        is_proven = once.was_answered(viewer) or _is_proven(viewer, found)
        if not is_proven and not form.validate():
            return _one(found, form, status=422)
        once.submit(viewer, lambda: _collect(viewer, found, form, code=is_proven))
        db.session.commit()
    except DomainError as error:
        return _again(viewer, redemption_id, error)
    flash(_("%(goods)s handed over to %(name)s.", goods=found.goods.title, name=found.name))
    return htmx.go(url_for("points.desk"))


@bp.post("/points/desk/<int:redemption_id>/release")
def desk_release(redemption_id: int) -> ResponseReturnValue:
    """Let go what waits, for a reason, once."""
    viewer = require(HAND)
    found = queries.at_desk_or_404(db.session(), viewer, redemption_id)
    form = ReasonForm(request.form)
    if not form.validate():
        return _one(found, release=form, status=422)
    try:
        once.submit(viewer, lambda: _release(viewer, found, form))
        db.session.commit()
    except DomainError as error:
        return _again(viewer, redemption_id, error)
    flash(_("It is let go; points and goods are free again."))
    return htmx.go(url_for("points.desk"))


@bp.get("/points/desk/party/<int:party_id>")
def counter(party_id: int) -> Response:
    """Show what a party can have at once."""
    viewer = require(HAND)
    return _counter(viewer, party_id, CounterForm(data={"quantity": 1}))


@bp.post("/points/desk/party/<int:party_id>")
def counter_hand(party_id: int) -> ResponseReturnValue:
    """Hold goods for a party and hand them over in one act."""
    viewer = require(HAND)
    party = queries.at_counter_or_404(db.session(), viewer, party_id)
    form = CounterForm(request.form)
    if not form.validate():
        return _counter(viewer, party_id, form, 422)
    theirs = queries.of_communities([party.grid_path])
    goods = queries.goods_or_404(db.session(), theirs, form.goods_id)
    try:
        once.submit(viewer, lambda: _hand_at_once(viewer, party, goods, form))
        db.session.commit()
    except DomainError as error:
        return _counter(viewer, party_id, form, error.status, None if form.shows(error) else error)
    flash(_("%(goods)s handed over.", goods=goods.title))
    return htmx.go(url_for("points.counter", party_id=party_id))


def _tried(viewer: Viewer, code: str) -> Asked | None:
    """Return what waits under a code; a wrong one stays written down as a try."""
    session = db.session()
    attempt = operations.claim_try(session, account_id=viewer.account_id, at=clock.now())
    found = queries.of_code(session, viewer, code)
    attempt.succeeded = found is not None
    session.commit()
    return found


def _is_proven(viewer: Viewer, found: Asked) -> bool:
    """Whether the code of what waits came along; a wrong one is counted like any other."""
    code = request.form.get("code", "")
    if not code:
        return False
    session = db.session()
    attempt = operations.claim_try(session, account_id=viewer.account_id, at=clock.now())
    attempt.succeeded = is_code(found.redemption, code)
    session.commit()
    return attempt.succeeded


def _hand_at_once(viewer: Viewer, party: Party, goods: Goods, form: CounterForm) -> int:
    made = operations.hand_at_counter(
        db.session(),
        party=party,
        goods=goods,
        quantity=form.quantity.data or 0,
        seen=form.seen,
        key=f"counter:{request.form[once.FIELD]}",
        **_act(viewer, form),
    )
    return made.id


def _collect(viewer: Viewer, found: Asked, form: ReasonForm, *, code: bool) -> int:
    operations.collect(db.session(), found.redemption, **_act(viewer, form, code=code))
    return found.redemption.id


def _release(viewer: Viewer, found: Asked, form: ReasonForm) -> int:
    operations.release(db.session(), found.redemption, **_act(viewer, form))
    return found.redemption.id


def _act(viewer: Viewer, form: ReasonForm | CounterForm, *, code: bool = False) -> dict[str, Any]:
    reason = "" if code else form.reason.data or ""
    return {
        "actor": viewer,
        "at": clock.now(),
        "reason": reason,
        "address": audit.client_address(),
    }


def _again(viewer: Viewer, redemption_id: int, error: DomainError) -> Response:
    """Show a redemption as it is now, and why it was not done."""
    db.session.rollback()
    found = queries.at_desk_or_404(db.session(), viewer, redemption_id)
    return _one(found, problem=error, status=error.status)


def _one(
    found: Asked,
    form: ReasonForm | None = None,
    *,
    code: str = "",
    release: ReasonForm | None = None,
    problem: DomainError | None = None,
    status: int = 200,
) -> Response:
    page = render_template(
        "points/desk_one.html",
        one=found,
        form=form or ReasonForm(),
        letting=release or ReasonForm(),
        code=code,
        is_held=found.redemption.state is RedemptionState.HELD,
        is_late=found.redemption.expires_at <= clock.now(),
        state_labels=STATE_LABELS,
        kind_labels=KIND_LABELS,
        place=grids.labels({found.party.grid_path})[found.party.grid_path],
        problem=problem,
    )
    return make_response(page, status)


def _counter(
    viewer: Viewer,
    party_id: int,
    form: CounterForm,
    status: int = 200,
    problem: DomainError | None = None,
) -> Response:
    session = db.session()
    session.rollback()
    party = queries.at_counter_or_404(session, viewer, party_id)
    page = render_template(
        "points/counter.html",
        party=party,
        name=register.masked_names(session, viewer, [party.id])[party.id],
        points=queries.spendable(session, [party], day=clock.today())[party.id],
        rows=queries.shelf(session, queries.of_communities([party.grid_path])),
        form=form,
        kind_labels=KIND_LABELS,
        place=grids.labels({party.grid_path})[party.grid_path],
        problem=problem,
    )
    return make_response(page, status)


def _people(viewer: Viewer, sought: str) -> tuple[list[Listed], int]:
    """Return whom a search offers: by the register's words, or a party's number in the ledger."""
    session = db.session()
    found, more = register.offered(session, viewer, sought, limit=FOUND_MAX, teams=True)
    number = NUMBER.match(sought.upper())
    by_number = register.lines(session, viewer, [int(number[1])], teams=True) if number else []
    first = [one for one in by_number if not one.gone]
    return [*first, *(one for one in found if one not in first)], more


def _page(
    viewer: Viewer, form: CodeForm, status: int = 200, problem: DomainError | None = None
) -> Response:
    session = db.session()
    sought = request.args.get("q", "").replace("\0", "").strip()[:40]
    people, more = _people(viewer, sought)
    facts = {"sought": sought, "people": people, "more": more, "kind_labels": KIND_LABELS}
    if htmx.is_partial() and request.method == "GET":
        facts["places"] = grids.labels({one.grid_path for one in people})
        return make_response(render_template("points/_desk_people.html", **facts))
    waits, total = queries.waiting(session, viewer)
    lists = queries.handing_lists(session, viewer)
    paths = {one.party.grid_path for one in waits} | {one.grid_path for one in people}
    paths |= {one.settlement.grid_path for one in lists}
    page = render_template(
        "points/desk.html",
        **facts,
        form=form,
        waits=waits,
        lists=lists,
        total=total,
        places=grids.labels(paths),
        now=clock.now(),
        handed=queries.count_handed(session, viewer),
        may_look=allowed(viewer, Permission.POINTS_OBJECTION_DECIDE),
        problem=problem,
    )
    return make_response(page, status)
