"""The fairs that come, on the touch screen."""

from __future__ import annotations

from flask import Response, url_for

from intranet import clock
from intranet.access import require
from intranet.db import db
from intranet.jobs.queries import fairs as queries
from intranet.jobs.views.kiosk import USE, page
from intranet.jobs.views.room import bp

SHOWN = 6  # that fit the screen


@bp.get("/kiosk/fairs")
def kiosk_fairs() -> Response:
    """Show when and where the next fairs are, and how much they bring."""
    require(USE)
    coming, _past, _more = queries.fairs(db.session(), day=clock.today())
    return page("fairs", rows=coming[:SHOWN], back=url_for("jobs.kiosk"))
