"""The ledger: every entry in the viewer's grids, narrowed, exported and printed."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx, sheets
from intranet.access import Permission, Viewer, allowed, require
from intranet.clock import BEIJING
from intranet.db import apart, db
from intranet.grids import queries as grids
from intranet.i18n import _
from intranet.points import queries
from intranet.points.forms import DIMENSION_LABELS
from intranet.points.forms.goods import STOCK_REASON_LABELS
from intranet.points.forms.ledger import (
    CORRECTION_REASON_LABELS,
    ENTRY_KIND_LABELS,
    LEDGER_STATE_LABELS,
)
from intranet.points.models import EntryKind
from intranet.points.queries import Item, LedgerPage, LedgerState, Line, Wanted
from intranet.points.views.narrowing import EXPORT, VIEW, address_of, chips, read_filter
from intranet.points.views.room import bp
from intranet.register import queries as register

PAGE_ROWS, EXPORT_MAX = 40, 10_000
COLOURS = {
    LedgerState.WAITING: "yellow",
    LedgerState.POSTED: "green",
    LedgerState.LET_GO: "",
    LedgerState.CORRECTED: "red",
}


@bp.get("/points/ledger")
def ledger() -> ResponseReturnValue:
    """Show a page of the ledger."""
    viewer = require(VIEW)
    found, after = read_filter(viewer), request.args.get("after", "")[:40]
    page = queries.ledger(db.session(), viewer, found.wanted, after=after, rows_max=PAGE_ROWS)
    told = words_of(viewer, page)
    may_correct = allowed(viewer, Permission.POINTS_ENTRY_CORRECT)
    return htmx.page_or_partial(
        "points/ledger.html",
        "points/_ledger.html",
        **told,
        **_addresses(found.wanted, page, after),
        found=found,
        chips=chips(found, told["names"].get(found.wanted.party_id, "")),
        waiting=queries.waiting_corrections(db.session(), viewer) if may_correct else [],
        rules=found.rules,
    )


@bp.get("/points/ledger/export.<fmt>")
def ledger_export(fmt: str) -> Response:
    """Download the list as filtered; that it was taken is written down."""
    if fmt not in sheets.FORMATS:
        abort(404)
    viewer, at = require(VIEW), clock.now()
    found = read_filter(viewer)
    page = queries.ledger(db.session(), viewer, found.wanted, rows_max=EXPORT_MAX)
    day = at.astimezone(BEIJING).strftime("%Y-%m-%d")
    rows = _cells(page, words_of(viewer, page), found.rules)
    answer = sheets.sheet_response(
        _("Points ledger %(day)s", day=day), f"ledger-{day}", fmt, _header(), rows
    )
    _note_export(viewer, rows=len(rows), filter=request.query_string.decode()[:300])
    return answer


def words_of(viewer: Viewer, page: LedgerPage) -> dict[str, Any]:
    """Return what is said of lines: names, grids, labels. Two queries."""
    wanted = {one for line in page.lines for one in line.parties}
    return {
        "items": page.items,
        "names": register.masked_names(db.session(), viewer, wanted),
        "places": grids.labels({path for line in page.lines for path in line.grids}),
        "entry_kind_labels": ENTRY_KIND_LABELS,
        "ledger_state_labels": LEDGER_STATE_LABELS,
        "ledger_state_colours": COLOURS,
        "correction_reason_labels": CORRECTION_REASON_LABELS,
        "stock_reason_labels": STOCK_REASON_LABELS,
        "state_words": state_words,
    }


def state_words(line: Line) -> str:
    """Return a state in words: what waits may be in publicity, or goods kept aside."""
    if line.state is LedgerState.WAITING:
        return str(_("Kept aside") if line.kind is EntryKind.HOLD else _("In publicity"))
    if line.state is LedgerState.POSTED and line.waiting and line.decided_by and not line.posted:
        return str(_("counted once, in the later entry"))
    return str(LEDGER_STATE_LABELS[line.state])


def _addresses(wanted: Wanted, page: LedgerPage, after: str) -> dict[str, Any]:
    return {
        "next_url": address_of(wanted, after=page.after) if page.after else "",
        "first_url": address_of(wanted) if after else "",
        "exports": {fmt: address_of(wanted, EXPORT, fmt=fmt) for fmt in sheets.FORMATS},
        "clear_url": url_for("points.ledger"),
    }


def _header() -> list[str]:
    return [
        _("Entry no."),
        _("Day"),
        _("Kind of entry"),
        _("Rule"),
        _("Whose"),
        _("Number in the register"),
        _("Grid"),
        _("Dimension"),
        _("Points"),
        _("Pending"),
        _("Goods"),
        _("State"),
        _("Corrects number"),
        _("Balance"),
        _("Hash"),
    ]


def _cells(page: LedgerPage, told: dict[str, Any], rules: dict[str, str]) -> list[list[object]]:
    """Return the rows of a sheet: one an entry, those of a correction below each other."""
    return [
        _row(item, line, told, rules)
        for item in page.items
        for line in (reversed(item.rows) if item.rows else [item.line])
    ]


def _row(item: Item, line: Line, told: dict[str, Any], rules: dict[str, str]) -> list[object]:
    places = [told["places"][path].full for path in line.grids]
    names = [told["names"].get(one, "") for one in line.parties]
    return [
        line.id,
        line.day.isoformat(),
        str(ENTRY_KIND_LABELS[line.kind]),
        rules.get(line.rule, line.rule),
        _(", ").join(names),
        line.parties[0] if len(line.parties) == 1 else " ".join(map(str, line.parties)),
        _(", ").join(dict.fromkeys(places)),
        _(", ").join(str(DIMENSION_LABELS[one]) for one in sorted(line.dimensions)),
        line.posted or "",
        line.waiting or "",
        " ".join(f"{amount}×{code}" for code, amount in line.goods.items()),
        state_words(line),
        line.reverses or "",
        "" if item.line is not line or line.balance is None else line.balance,
        line.hash,
    ]


def _note_export(viewer: Viewer, **details: Any) -> None:
    with apart() as session:
        audit.record(
            session,
            actor=viewer,
            action="points:ledger:export",
            at=clock.now(),
            object_kind="points_entry",
            object_id="",
            address=audit.client_address(),
            **details,
        )
