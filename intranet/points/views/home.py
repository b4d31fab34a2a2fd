"""What one has oneself: the room's first page."""

from __future__ import annotations

from flask import Response, make_response, render_template

from intranet.access import Permission, require
from intranet.points.views.room import bp


@bp.get("/points")
def index() -> Response:
    """Show the points of the viewer's household, shop or company."""
    require(Permission.POINTS_BOARD_VIEW)
    return make_response(render_template("points/index.html"))
