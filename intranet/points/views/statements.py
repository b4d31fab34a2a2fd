"""A party's statement of a month or a year, and its receipt: what it can prove by itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import segno
from flask import Response, abort, jsonify, make_response, render_template, request, url_for
from markupsafe import Markup

from intranet import clock
from intranet.access import Permission, Viewer, require
from intranet.db import db
from intranet.grids import queries as grids
from intranet.i18n import _
from intranet.points import queries
from intranet.points.forms.ledger import CORRECTION_REASON_LABELS, ENTRY_KIND_LABELS
from intranet.points.forms.statements import HEADING_LABELS, StatementForm
from intranet.points.queries import Lot, Receipt, Whose
from intranet.points.views.room import bp
from intranet.register.queries import masked_names

VIEW = Permission.POINTS_STATEMENT_VIEW
VERIFIER = Path(__file__).resolve().parents[1] / "verifier.py"


@bp.get("/points/parties/<int:party_id>/statement")
def statement(party_id: int) -> Response:
    """Show and print a statement."""
    viewer, whose = _whose(party_id)
    year, month, form = _asked()
    found = queries.statement(db.session(), whose, *queries.span(year, month))
    here = url_for("points.statement", party_id=party_id, year=year, month=month or None)
    return make_response(
        render_template(
            "points/statement.html",
            found=found,
            form=form,
            year=year,
            month=month,
            head=queries.head_of_chain(db.session()),
            rules=queries.rule_titles(db.session()),
            heading_labels=HEADING_LABELS,
            correction_reason_labels=CORRECTION_REASON_LABELS,
            entry_kind_labels=ENTRY_KIND_LABELS,
            at=clock.now(),
            lasting=_lasting(whose),
            qr=qr_of(request.host_url.rstrip("/") + here),
            address=request.host_url.rstrip("/") + here,
            **_named(viewer, whose),
        )
    )


@bp.get("/points/parties/<int:party_id>/receipt")
def receipt(party_id: int) -> Response:
    """Show a receipt: the root that was printed, and what is proved to stand below it."""
    viewer, whose = _whose(party_id)
    year, _month, form = _asked()
    found = queries.receipt(db.session(), party_id, year)
    return make_response(
        render_template(
            "points/receipt.html",
            found=found,
            form=form,
            year=year,
            entry_kind_labels=ENTRY_KIND_LABELS,
            **_named(viewer, whose),
        )
    )


@bp.get("/points/parties/<int:party_id>/receipt.json")
def receipt_file(party_id: int) -> Response:
    """Download a receipt for the stand-alone verifier."""
    _whose(party_id)
    year, _month, _form = _asked()
    found = queries.receipt(db.session(), party_id, year) or abort(404)
    answer = jsonify(as_json(found))
    name = f"receipt-{party_id}-{year}.json"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.get("/points/verifier.py")
def verifier() -> Response:
    """Hand out the script that checks receipts and exports apart from the house."""
    require(Permission.POINTS_BOARD_VIEW)
    answer = Response(VERIFIER.read_bytes(), mimetype="text/x-python")
    answer.headers.set("Content-Disposition", "attachment", filename=VERIFIER.name)
    return answer


def as_json(found: Receipt) -> dict[str, Any]:
    """Return a receipt as ``verifier.py`` reads it (docs/points.md)."""
    return {
        "type": "receipt",
        "version": 1,
        "year": found.top.year,
        "upto": found.top.entry,
        "hash": found.top.hash,
        "size": found.top.size,
        "root": found.top.root,
        "place": found.place,
        "later": found.later,
        "entries": found.entries,
    }


def qr_of(address: str) -> Markup:
    """Return a code that phones read, as a picture in the page itself."""
    made = segno.make(address, error="m", micro=False)
    drawn = made.svg_inline(scale=4, border=2, svgclass="qr", lineclass=None, omitsize=True)
    return Markup(drawn)  # noqa: S704 — made of squares alone


def _whose(party_id: int) -> tuple[Viewer, Whose]:
    viewer = require(Permission.POINTS_BOARD_VIEW)
    whose = queries.whose_or_404(db.session(), viewer, party_id)
    return require(VIEW, whose), whose


def _lasting(whose: Whose) -> Sequence[Lot]:
    return queries.lots_of(db.session(), [whose.party_id], day=clock.today())[whose.party_id]


def _named(viewer: Viewer, whose: Whose) -> dict[str, Any]:
    names = masked_names(db.session(), viewer, [whose.party_id])
    return {
        "whose": whose,
        "name": names.get(whose.party_id, "—"),
        "place": grids.labels([whose.grid_path])[whose.grid_path],
    }


def _asked() -> tuple[int, int, StatementForm]:
    """Read year and month from the address: the newest year, and all of it, where none is named.

    A paper of a year or month that there is not would say something else than was asked for: 404.
    """
    form, years = StatementForm(request.args), queries.ledger_years(db.session())
    known = years or [clock.today().year]
    form.year.choices = [(str(year), str(year)) for year in known]
    form.month.choices = [("", _("The whole year")), *((str(m), str(m)) for m in range(1, 13))]
    form.validate()
    sent, month = str(form.year.data or known[0]), str(form.month.data or "")
    if sent not in {str(one) for one in known} or month not in {"", *map(str, range(1, 13))}:
        abort(404)
    year, chosen = int(sent), int(month or 0)
    form.year.data, form.month.data = str(year), str(chosen or "")
    return year, chosen, form
