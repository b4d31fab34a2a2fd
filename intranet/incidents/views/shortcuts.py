"""The keys of the queue, as a dialog and as a page."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from intranet.access import require
from intranet.i18n import _l
from intranet.incidents.views.room import ENTER, bp

KEYS = (
    ("j / k", _l("Next row, row before")),
    (_l("Enter key"), _l("Open the incident")),
    ("x", _l("Choose the row, or leave it")),
    ("a", _l("Accept what is chosen")),
    ("d", _l("Dispatch what is chosen")),
    ("m", _l("Merge what is chosen")),
    ("f", _l("Filter")),
    ("/", _l("Search by number or words")),
    ("1–8", _l("The list of that place in the row")),
    ("n", _l("Report something")),
    ("?", _l("These keys")),
)


@bp.get("/incidents/shortcuts")
def shortcuts() -> ResponseReturnValue:
    """Show the keys of the queue."""
    require(ENTER)
    return render_template("incidents/shortcuts.html", keys=KEYS)
