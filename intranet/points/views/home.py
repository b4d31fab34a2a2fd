"""What one has oneself: the room's first page."""

from __future__ import annotations

from flask import Response, make_response, render_template, request, url_for

from intranet import clock
from intranet.access import Permission, require
from intranet.db import db
from intranet.points import queries
from intranet.points.views.room import bp
from intranet.points.views.seen import after_of


@bp.get("/points")
def index() -> Response:
    """Show the points of the viewer's household, shop or company, and what became of each claim."""
    viewer = require(Permission.POINTS_BOARD_VIEW)
    session, year = db.session(), clock.today().year
    page = queries.own_claims(session, viewer, after=after_of(request.args))
    return make_response(
        render_template(
            "points/index.html",
            year=year,
            holdings=queries.holdings(session, viewer.party_ids),
            homes=queries.homes(session, viewer),
            rows=page.rows,
            first_url=url_for("points.index") if "after" in request.args else None,
            next_url=url_for("points.index", after=page.after) if page.after else None,
        )
    )
