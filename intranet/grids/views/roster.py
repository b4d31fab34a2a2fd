"""The roster: the table, its poll, its print and its exports."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import abort, make_response, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from intranet import audit, clock, htmx, kept, sheets
from intranet.access import Permission, Viewer, allowed, require
from intranet.db import apart, db
from intranet.grids import queries
from intranet.grids.forms import POST_LABELS, RosterFilterForm
from intranet.grids.models import Grid, PostKind, dotted
from intranet.grids.queries import Roster, RosterFilter, RosterRow
from intranet.grids.views.room import bp, grid_for, row_words
from intranet.i18n import _, current_locale

VIEW = Permission.GRIDS_ROSTER_VIEW
EXPORT_PAGES_MAX = 200
POLL_SECONDS = 20
SHOWN = ("grids", "register", "workbench")  # the rooms whose writes can change a roster


@bp.get("/grids")
def index() -> ResponseReturnValue:
    """Show the roster of everything in the viewer's scope, or answer its poll."""
    viewer = require(VIEW)
    if htmx.is_partial() and "seen" in request.args:
        return _poll(viewer, None)
    return _page(viewer, None)


@bp.get("/grids/<code>/roster")
def roster(code: str) -> ResponseReturnValue:
    """Show the roster below one grid, or answer its poll."""
    if htmx.is_partial() and "seen" in request.args:
        return _poll(require(VIEW), code)
    viewer, grid = grid_for(VIEW, code, see=VIEW)
    return _page(viewer, grid)


@bp.get("/grids/roster.<fmt>", defaults={"code": None})
@bp.get("/grids/<code>/roster.<fmt>")
def export(code: str | None, fmt: str) -> ResponseReturnValue:
    """Download the filtered roster, names masked; the audit keeps who took it."""
    if fmt not in sheets.FORMATS:
        abort(404)
    viewer, grid = grid_for(VIEW, code, see=VIEW) if code else (require(VIEW), None)
    narrowed = _narrowed()
    rows = [_cells(row) for row in _all_rows(viewer, grid, narrowed)]
    day = (narrowed.on or clock.today()).isoformat()
    name = _("Roster %(place)s %(day)s", place=grid.name if grid else "", day=day)
    answer = sheets.sheet_response(name, f"roster-{day}", fmt, _header(), rows)
    # Only now: the trail does not tell of a file that could not be made.
    with apart() as session:
        audit.record(
            session,
            actor=viewer,
            action="grids:roster:export",
            at=clock.now(),
            object_kind="roster",
            object_id=grid.code if grid else "all",
            grid_path=grid.path if grid else "",
            address=audit.client_address(),
            rows=len(rows),
            format=fmt,
        )
    return answer


@bp.get("/grids/<code>/board")
def board(code: str) -> ResponseReturnValue:
    """Show the roster as the A4 notice that hangs at the door."""
    viewer, grid = grid_for(VIEW, code, see=VIEW)
    narrowed = _narrowed()
    rows = _all_rows(viewer, grid, narrowed)
    return render_template(
        "grids/board.html", grid=grid, rows=rows, day=narrowed.on or clock.today()
    )


def _page(viewer: Viewer, grid: Grid | None) -> ResponseReturnValue:
    """Show a page of the roster.

    It is kept twice: the teams for all with the same roles, and the whole page for the one who
    comes back to it. What people search for differs too much to be kept.
    """
    narrowed, today = _narrowed(), clock.today()

    def teams() -> Teams:
        if narrowed.text:
            return _teams(viewer, grid, narrowed)
        # Names are masked for everybody alike, so those with the same roles see the same.
        key = ("roster", viewer.grants, current_locale(), grid and grid.code, narrowed)
        return kept.piece(db.session(), SHOWN, key, lambda: _teams(viewer, grid, narrowed))

    def whole() -> str:
        # Browsers opened together must not ask together for ever.
        poll_seconds = POLL_SECONDS + viewer.account_id % 7
        place = {"grid": grid, "narrowed": narrowed, "here": _here(grid), "today": today}
        return render_template(
            "grids/roster.html", teams=teams(), poll_seconds=poll_seconds, **place
        )

    if htmx.is_partial():
        return make_response(teams().rows)
    if narrowed.text or "_flashes" in session:  # a message is shown once
        return make_response(whole())
    key = ("roster page", viewer, current_locale(), request.full_path, today)
    return make_response(kept.piece(db.session(), SHOWN, key, whole))


class Teams(NamedTuple):
    """The rendered rows of a roster, and the newest event in them."""

    rows: Markup
    seen: int


def _teams(viewer: Viewer, grid: Grid | None, narrowed: RosterFilter) -> Teams:
    shown = queries.roster(db.session(), viewer, grid, narrowed)
    context = _context(grid, narrowed, shown, _here(grid))
    may_edit = narrowed.on is None and allowed(viewer, Permission.GRIDS_ROSTER_EDIT)
    rows = render_template("grids/_roster.html", **context, may_edit=may_edit)
    return Teams(Markup(rows), shown.seen)  # noqa: S704 — our own template, escaped there


def _here(grid: Grid | None) -> str:
    return url_for("grids.roster", code=grid.code) if grid else url_for("grids.index")


def _context(grid: Grid | None, narrowed: RosterFilter, shown: Roster, here: str) -> dict[str, Any]:
    """Return what the teams' rows need; addresses and words are made once, not per row."""
    arguments: dict[str, Any] = {
        "q": narrowed.text or None,
        "vacant": "y" if narrowed.only_vacant else None,
        "on": narrowed.on,
    }
    place: dict[str, Any] = {"code": grid.code} if grid else {}
    return {
        "grid": grid,
        "roster": shown,
        "narrowed": narrowed,
        "here": here,
        "itself": _address(here, {**arguments, "after": narrowed.after or None}),
        "next_url": _address(here, {**arguments, "after": shown.next_after})
        if shown.next_after
        else "",
        "exports": {
            fmt: url_for("grids.export", fmt=fmt, **place, **arguments) for fmt in sheets.FORMATS
        },
        "words": row_words(),
    }


def _address(here: str, arguments: dict[str, Any]) -> str:
    given = {name: value for name, value in arguments.items() if value is not None}
    return f"{here}?{urlencode(given)}" if given else here


def _poll(viewer: Viewer, code: str | None) -> ResponseReturnValue:
    if code is not None and not code.isalnum():
        abort(404)
    text = request.args["seen"]
    seen = int(text) if text.isdecimal() and len(text) < 18 else 0
    changed = queries.newer_than(db.session, viewer, code, seen)
    if changed is None:
        abort(404)
    if not changed:
        return htmx.nothing_new()
    here = url_for("grids.roster", code=code) if code else url_for("grids.index")
    return render_template("grids/_news.html", here=here, changed=changed, seen=None)


def _narrowed() -> RosterFilter:
    if not request.args:
        return RosterFilter()
    form = RosterFilterForm(request.args)
    form.validate()
    refused = bool(form.on.errors) or (form.on.data is not None and form.on.data > clock.today())
    return RosterFilter(
        text="" if form.q.errors else form.q.data or "",
        only_vacant=bool(form.vacant.data),
        on=None if refused else form.on.data,
        after="" if form.after.errors else form.after.data or "",
        day_refused=refused,
    )


def _all_rows(viewer: Viewer, grid: Grid | None, narrowed: RosterFilter) -> list[RosterRow]:
    """Read page after page, up to EXPORT_PAGES_MAX."""
    rows: list[RosterRow] = []
    after: str | None = ""
    for _page_number in range(EXPORT_PAGES_MAX):
        step = RosterFilter(narrowed.text, narrowed.only_vacant, narrowed.on, after or "")
        page = queries.roster(db.session(), viewer, grid, step)
        rows += page.rows
        after = page.next_after
        if after is None:
            break
    return rows


def _header() -> list[str]:
    return [
        _("General grid"),
        _("Micro-grid"),
        _("Code"),
        *(
            str(POST_LABELS[kind])
            for kind in (PostKind.MICRO_MEMBER, PostKind.PARTY_MEMBER, PostKind.RESIDENT)
        ),
        _("Households"),
        _("Vacancies"),
    ]


def _cells(row: RosterRow) -> list[object]:
    comma = str(_(", "))

    def names(kind: PostKind) -> str:
        return comma.join(held.name for held in row.team.get(kind, ()) if not held.gone)

    return [
        row.parent_name,
        row.name,
        dotted(row.code),
        names(PostKind.MICRO_MEMBER),
        names(PostKind.PARTY_MEMBER),
        names(PostKind.RESIDENT),
        row.households,
        comma.join(str(POST_LABELS[kind]) for kind in row.vacancies),
    ]
