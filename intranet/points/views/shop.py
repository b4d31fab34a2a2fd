"""The shop on the phone: what there is, what one can afford, what one has asked for."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, once
from intranet.access import Permission, Viewer, allowed, require
from intranet.answers import file_answer
from intranet.db import db
from intranet.errors import DomainError
from intranet.i18n import _
from intranet.points import operations, queries
from intranet.points.forms.goods import STATE_LABELS, RedeemForm
from intranet.points.models import Goods, Redemption, RedemptionState
from intranet.points.operations import code_of
from intranet.points.queries import Mine
from intranet.points.views.room import bp
from intranet.register.forms import KIND_LABELS
from intranet.register.models import Party

OWN = Permission.POINTS_OWN_USE


@bp.get("/points/shop")
def shop() -> Response:
    """Show the goods, and what the viewer has asked for."""
    return _page(require(OWN))


@bp.get("/points/shop/<int:goods_id>")
def redeem(goods_id: int) -> Response:
    """Show goods, for how many points, and what would be left: to be confirmed."""
    viewer = require(OWN)
    return _confirm(viewer, goods_id)


@bp.post("/points/shop/<int:goods_id>")
def ask(goods_id: int) -> ResponseReturnValue:
    """Keep goods aside, once."""
    viewer = require(OWN)
    goods, mine = _goods(viewer, goods_id), queries.mine(db.session(), viewer, day=clock.today())
    form = RedeemForm(request.form)
    chosen = next((one for one in _may(mine, goods) if one.id == form.party.data), None)
    if not form.validate() or chosen is None:
        return _confirm(viewer, goods_id, form, 422)
    try:
        once.submit(viewer, lambda: _hold(viewer, chosen, goods, form))
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _confirm(viewer, goods_id, form, error.status, None if form.shows(error) else error)
    flash(_("It is kept for you; show the code when you fetch it."))
    return htmx.go(url_for("points.shop") + "#mine")


@bp.post("/points/redemptions/<int:redemption_id>/release")
def let_go(redemption_id: int) -> ResponseReturnValue:
    """Let go what one has asked for, once."""
    viewer = require(OWN)
    found = queries.own_or_404(db.session(), viewer, redemption_id)
    try:
        once.submit(viewer, lambda: _release(viewer, found))
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _page(viewer, error)
    flash(_("It is let go; the points are yours again."))
    return htmx.go(url_for("points.shop") + "#mine")


@bp.get("/points/goods/<int:goods_id>/picture")
def goods_picture(goods_id: int) -> Response:
    """Send the picture of goods to those who may see them."""
    viewer = require(Permission.POINTS_BOARD_VIEW)
    goods = _goods(viewer, goods_id)
    if not goods.file_key:
        abort(404)
    is_small = request.args.get("size") == "small"
    return file_answer(goods.thumbnail_key if is_small else goods.file_key, "image/jpeg")


def _goods(viewer: Viewer, goods_id: int) -> Goods:
    """Return goods of the viewer's own community; 404 for any other's."""
    session = db.session()
    paths = [one.grid_path for one in session.scalars(_own_parties(viewer))]
    return queries.goods_or_404(session, queries.seen(viewer, paths), goods_id)


def _own_parties(viewer: Viewer) -> Any:
    return db.select(Party).where(Party.id.in_(viewer.purse_ids))


def _may(mine: list[Mine], goods: Goods) -> list[Mine]:
    """Return those of one's parties for whom goods of this community are."""
    return [one for one in mine if one.grid_path.startswith(goods.grid_path)]


def _hold(viewer: Viewer, chosen: Mine, goods: Goods, form: RedeemForm) -> int:
    quantity = form.quantity.data
    made = operations.hold(
        db.session(),
        actor=viewer,
        party=db.session.get_one(Party, chosen.id),
        goods=goods,
        quantity=quantity if isinstance(quantity, int) else 0,
        key=f"hold:{request.form[once.FIELD]}",
        at=clock.now(),
        seen=form.seen,
        address=audit.client_address(),
    )
    return made.id


def _release(viewer: Viewer, found: Redemption) -> int:
    address = audit.client_address()
    operations.release(db.session(), found, actor=viewer, at=clock.now(), address=address)
    return found.id


def _confirm(
    viewer: Viewer,
    goods_id: int,
    form: RedeemForm | None = None,
    status: int = 200,
    problem: DomainError | None = None,
) -> Response:
    session = db.session()
    session.rollback()
    goods, mine = _goods(viewer, goods_id), queries.mine(session, viewer, day=clock.today())
    form = form or RedeemForm(data={"quantity": 1})
    form.show(goods)
    row, those = queries.on_shelf(session, goods), _may(mine, goods)
    page = render_template(
        "points/redeem.html",
        row=row,
        mine=those,
        may_ask=row.left > 0 and any(one.points >= goods.points for one in those),
        form=form,
        kind_labels=KIND_LABELS,
        hold_days=operations.HOLD_DAYS,
        problem=problem,
    )
    return make_response(page, status)


def _page(viewer: Viewer, problem: DomainError | None = None) -> Response:
    session = db.session()
    mine = queries.mine(session, viewer, day=clock.today())
    rows = queries.shelf(session, queries.seen(viewer, [one.grid_path for one in mine]))
    asked = queries.asked_by(session, viewer, viewer.purse_ids)
    page = render_template(
        "points/shop.html",
        rows=rows,
        mine=mine,
        lots=queries.lots_of(session, [one.id for one in mine], day=clock.today()),
        best=max((one.points for one in mine), default=0),
        asked=asked,
        uncoded=queries.without_code(session, [one.redemption.id for one in asked]),
        codes={one.redemption.id: code_of(one.redemption) for one in asked},
        held=RedemptionState.HELD,
        state_labels=STATE_LABELS,
        kind_labels=KIND_LABELS,
        may_manage=allowed(viewer, Permission.POINTS_GOODS_MANAGE),
        problem=problem,
    )
    return make_response(page, problem.status if problem else 200)
