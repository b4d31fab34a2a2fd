"""The list by which goods of honours are handed over, on the page and on paper."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx
from intranet.access import Permission, Viewer, require
from intranet.db import db
from intranet.errors import DomainError
from intranet.grids import queries as grids
from intranet.i18n import _
from intranet.points import operations, queries
from intranet.points.forms.years import RECEIVER_LABELS, ReceiverForm
from intranet.points.models import Receiver, Settlement
from intranet.points.views.room import bp
from intranet.register.queries import masked_names

HAND = Permission.POINTS_GOODS_HAND


@bp.get("/points/handing/<int:year_id>")
def handing(year_id: int) -> Response:
    """Show who has collected the goods of an honour, and who has not."""
    return _page(require(HAND), year_id)


@bp.post("/points/handing/<int:year_id>/<int:award_id>")
def hand_award(year_id: int, award_id: int) -> ResponseReturnValue:
    """Note that goods were collected, and by whom."""
    viewer = require(HAND)
    found, form = (
        queries.one_to_hand_or_404(db.session(), viewer, award_id),
        ReceiverForm(request.form),
    )
    if not form.validate():
        return _page(viewer, year_id, wrong=(award_id, form), status=422)
    try:
        receiver = Receiver(form.receiver.data)
        operations.hand_award(db.session(), found.award, receiver=receiver, **_act(viewer))
        db.session.commit()
    except DomainError as error:
        return _refused(viewer, year_id, error)
    flash(_("%(goods)s: noted as collected.", goods=found.goods.title))
    return _back(year_id)


@bp.post("/points/handing/<int:year_id>/<int:award_id>/back")
def unhand_award(year_id: int, award_id: int) -> ResponseReturnValue:
    """Note that goods were not collected after all."""
    viewer = require(HAND)
    found = queries.one_to_hand_or_404(db.session(), viewer, award_id)
    try:
        operations.take_handover_back(db.session(), found.award, **_act(viewer))
        db.session.commit()
    except DomainError as error:
        return _refused(viewer, year_id, error)
    flash(_("They wait to be collected again."))
    return _back(year_id)


def _act(viewer: Viewer) -> dict[str, Any]:
    return {"actor": viewer, "at": clock.now(), "address": audit.client_address()}


def _back(year_id: int) -> Response:
    return htmx.go(url_for("points.handing", year_id=year_id))


def _refused(viewer: Viewer, year_id: int, error: DomainError) -> Response:
    """Show the list as it is now, and why it was not done."""
    db.session.rollback()
    return _page(viewer, year_id, problem=error, status=error.status)


def _page(
    viewer: Viewer,
    year_id: int,
    *,
    wrong: tuple[int, ReceiverForm] | None = None,
    problem: DomainError | None = None,
    status: int = 200,
) -> Response:
    session = db.session()
    rows = queries.to_hand_or_404(session, viewer, year_id)
    settlement = session.get_one(Settlement, rows[0].award.settlement_id)
    page = render_template(
        "points/handing.html",
        rows=rows,
        settlement=settlement,
        waiting=sum(one.handover is None for one in rows),
        names=masked_names(session, viewer, {one.party.id for one in rows}),
        place=grids.labels({settlement.grid_path})[settlement.grid_path],
        receivers=RECEIVER_LABELS,
        wrong=wrong or (0, None),
        now=clock.now(),
        problem=problem,
    )
    return make_response(page, status)
