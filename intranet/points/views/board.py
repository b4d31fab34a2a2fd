"""What is in publicity, for everybody of the community to look at and object to."""

from __future__ import annotations

from flask import Response, make_response, render_template, request, url_for

from intranet import clock
from intranet.access import Permission, require
from intranet.db import db
from intranet.points import queries
from intranet.points.views.room import bp
from intranet.points.views.seen import after_of


@bp.get("/points/board")
def board() -> Response:
    """List what was approved and is not in the ledger yet; nobody is named but businesses."""
    viewer = require(Permission.POINTS_BOARD_VIEW)
    page = queries.board(db.session(), viewer, after=after_of(request.args))
    return make_response(
        render_template(
            "points/board.html",
            rows=page.rows,
            heads=queries.heads(db.session(), limit=1),
            printed_at=clock.now(),
            first_url=url_for("points.board") if "after" in request.args else None,
            next_url=url_for("points.board", after=page.after) if page.after else None,
        )
    )
