"""How far the clocks of open incidents have been counted anew, on the pages that ask for it."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from intranet import clock, htmx
from intranet.access import Permission, require
from intranet.db import db
from intranet.incidents import operations
from intranet.incidents.views.room import bp

MANAGE = Permission.INCIDENTS_CATALOGUE_MANAGE
# So many batches are counted before the page answers; what is more is the worker's.
AT_ONCE = 2


@bp.get("/incidents/recount")
def recount() -> ResponseReturnValue:
    """Answer the poll of a page that shows a recount; 204 while nothing has moved."""
    require(MANAGE)
    run = operations.latest_recount(db.session())
    runs = run is not None and run.finished_at is None
    if run is not None and runs and request.args.get("seen", "") == str(run.last_id):
        return htmx.nothing_new()
    return render_template("incidents/_recount.html", **progress())


def progress() -> dict[str, Any]:
    """Return what a page needs to show the recount that runs, or was the last."""
    return {"recount": operations.latest_recount(db.session())}


def save_and_recount() -> None:
    """Commit a changed rule, and count anew at once as far as that is quick.

    Each batch is committed by itself: should this process end here, the worker goes on.
    """
    db.session.commit()
    for _batch in range(AT_ONCE):
        run = operations.recount_batch(db.session(), at=clock.now())
        db.session.commit()
        if run is None or run.finished_at is not None:
            break
