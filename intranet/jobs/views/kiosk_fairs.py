"""The fairs that come, on the touch screen."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from intranet import clock
from intranet.access import require
from intranet.db import db
from intranet.jobs.forms.saying import day_said
from intranet.jobs.models import Fair, FairState
from intranet.jobs.queries import fairs as queries
from intranet.jobs.views.codes import code_of
from intranet.jobs.views.kiosk import USE, page
from intranet.jobs.views.room import bp

SHOWN = 6  # that fit the screen


@bp.get("/kiosk/fairs")
def kiosk_fairs() -> Response:
    """Show when and where the next fairs are, and how much they bring."""
    require(USE)
    today = clock.today()
    coming, _past, _more = queries.fairs(db.session(), day=today)
    rows = [(one, day_said(one.fair.held_on, today), _code(one.fair)) for one in coming[:SHOWN]]
    return page("fairs", rows=rows, back=url_for("jobs.kiosk"))


def _code(fair: Fair) -> dict[str, Any]:
    """Return the code that leads a phone to a fair's page; none of one that was called off."""
    if fair.state is FairState.CALLED_OFF:
        return {}
    return code_of(url_for("jobs.fair", fair_id=fair.id, _external=True))
