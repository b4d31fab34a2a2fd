"""What is on its way out of the house, and what was given up: for the administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, flash, make_response, render_template, request, url_for

from intranet import audit, clock, htmx
from intranet.access import Permission, require
from intranet.db import db
from intranet.i18n import _
from intranet.notices import operations, queries
from intranet.notices.models import DeliveryState
from intranet.notices.views import bp

if TYPE_CHECKING:
    from flask import Response

LISTS = {
    "given_up": (DeliveryState.GIVEN_UP,),
    "waiting": (DeliveryState.PENDING, DeliveryState.SENDING),
    "sent": (DeliveryState.SENT, DeliveryState.SKIPPED),
}


@bp.get("/notices/deliveries")
def deliveries() -> Response:
    """List what was given up, waits, or is done; addresses are never shown."""
    viewer = require(Permission.NOTICES_DELIVERY_MANAGE)
    shown = request.args.get("list", "")
    shown = shown if shown in LISTS else "given_up"
    before = max(request.args.get("before", 0, type=int), 0)
    rows = queries.deliveries(db.session(), viewer, states=LISTS[shown], before=before)
    page = render_template(
        "notices/deliveries.html",
        rows=rows[: queries.PAGE],
        before=rows[queries.PAGE - 1][0].id if len(rows) > queries.PAGE else 0,
        shown=shown,
        counts=queries.delivery_counts(db.session(), viewer),
        words=queries,
        channels=[one.name for one in current_app.config["SETTINGS"].notice_channels],
        attempts_max=operations.ATTEMPTS_MAX,
    )
    return make_response(page)


@bp.post("/notices/deliveries/<int:delivery_id>/again")
def again(delivery_id: int) -> Response:
    """Begin one that was given up anew."""
    viewer = require(Permission.NOTICES_DELIVERY_MANAGE)
    operations.retry(
        db.session(),
        actor=viewer,
        delivery=queries.delivery_or_404(db.session(), viewer, delivery_id),
        at=clock.now(),
        address=audit.client_address(),
    )
    db.session.commit()
    flash(_("It is tried again."))
    return htmx.go(url_for("notices.deliveries"))
