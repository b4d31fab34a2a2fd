"""What waits for one's work, and what one has oneself: the room's first page."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, make_response, render_template, request, url_for

from intranet import clock
from intranet.access import Permission, Viewer, require
from intranet.db import db
from intranet.points import queries
from intranet.points.queries import Holdings
from intranet.points.views.room import bp
from intranet.points.views.seen import after_of


@bp.get("/points")
def index() -> Response:
    """Show what waits for staff, the points of the viewer's home and teams, and of each claim."""
    viewer = require(Permission.POINTS_BOARD_VIEW)
    session, year = db.session(), clock.today().year
    page = queries.own_claims(session, viewer, after=after_of(request.args))
    homes = queries.homes(session, viewer)
    return make_response(
        render_template(
            "points/index.html",
            year=year,
            waits=queries.waits(session, viewer),
            holdings=_home_first(viewer, queries.holdings(session, viewer.own_ids)),
            homes=homes,
            lots=queries.lots_of(session, homes, day=clock.today()),
            rows=page.rows,
            first_url=url_for("points.index") if "after" in request.args else None,
            next_url=url_for("points.index", after=page.after) if page.after else None,
        )
    )


def _home_first(viewer: Viewer, found: Sequence[Holdings]) -> list[Holdings]:
    """Put what is the viewer's own before what is the teams'."""
    return sorted(found, key=lambda one: one.party_id in viewer.team_ids)
