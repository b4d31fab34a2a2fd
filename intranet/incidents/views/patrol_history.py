"""What was walked and how much of what was due, on the page and as files."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Response, abort, make_response, render_template, request, url_for

from intranet import audit, clock, sheets
from intranet.access import Permission, Viewer, allowed, require
from intranet.clock import BEIJING
from intranet.db import apart, db
from intranet.grids import queries as grids
from intranet.grids.forms import FILTER_KINDS, PlaceFilterForm
from intranet.i18n import _, beijing_time
from intranet.incidents import queries
from intranet.incidents.forms import FOUND_LABELS, WALK_LABELS, WalkFilterForm
from intranet.incidents.models import Found, numbered
from intranet.incidents.queries import CoverageRow, Walked, WalkFilter
from intranet.incidents.views.room import bp

WALK = Permission.INCIDENTS_PATROL_WALK
PLAN = Permission.INCIDENTS_PATROL_PLAN
SHOWN_DAYS = 30
KPI = ((95, 10), (90, 8), (85, 6))  # percent from which coverage earns these points, else none


@bp.get("/incidents/patrols/history")
def patrol_history() -> Response:
    """Show the walks of one's area, or one's own, and the coverage for staff."""
    viewer = require(WALK)
    session = db.session()
    wanted, form, narrowed = _filter(viewer)
    before = request.args.get("before", 0, type=int)
    listed = queries.walks(session, viewer, wanted, before=before)
    is_staff = allowed(viewer, PLAN)
    rows = queries.coverage_rows(session, viewer, wanted, at=clock.now()) if is_staff else []
    facts = _words(wanted, listed, rows, before)
    return make_response(
        render_template(
            "incidents/patrol_history.html",
            wanted=wanted,
            form=form,
            narrowed=narrowed,
            is_staff=is_staff,
            **facts,
        )
    )


@bp.get("/incidents/patrols/<any(walks, coverage):table>.<fmt>")
def patrol_export(table: str, fmt: str) -> Response:
    """Download the walks or the coverage as filtered; that it was taken is written down."""
    if fmt not in sheets.FORMATS:
        abort(404)
    viewer = require(PLAN)
    wanted, _form, _narrowed = _filter(viewer)
    make = _walk_cells if table == "walks" else _coverage_cells
    header, rows = make(viewer, wanted)
    days = f"{wanted.since}_{wanted.until}"
    name = _("Patrols %(days)s", days=days)
    answer = sheets.sheet_response(name, f"patrol-{table}-{days}", fmt, header, rows)
    _write_down(viewer, wanted, table, len(rows))
    return answer


def _write_down(viewer: Viewer, wanted: WalkFilter, table: str, rows: int) -> None:
    with apart() as session:
        audit.record(
            session,
            actor=viewer,
            action="incidents:patrol:export",
            at=clock.now(),
            object_kind="patrol",
            object_id="",
            grid_path=wanted.grid_path,
            address=audit.client_address(),
            table=table,
            rows=rows,
        )


def _filter(viewer: Viewer) -> tuple[WalkFilter, WalkFilterForm, PlaceFilterForm]:
    """Read what the address narrows to; nonsense narrows nothing, a range is never too long."""
    form = WalkFilterForm(request.args)
    form.plan.choices = [("", _("All")), *queries.plan_choices(db.session(), viewer)]
    form.validate()
    narrowed = PlaceFilterForm.read(
        request.args, lambda **sent: grids.places(viewer, WALK, FILTER_KINDS, **sent)
    )
    today = clock.now().astimezone(BEIJING).date()
    until = form.until.data or today
    since = form.since.data or until - timedelta(days=SHOWN_DAYS - 1)
    plan = str(form.plan.data or "")
    wanted = WalkFilter(
        since=_bounded(since, until),
        until=until,
        grid_path=narrowed.path,
        plan_id=int(plan) if plan.isdecimal() and not form.plan.errors else 0,
    )
    form.since.data, form.until.data = wanted.since, wanted.until
    return wanted, form, narrowed


def _bounded(since: date, until: date) -> date:
    earliest = until - timedelta(days=min(queries.RANGE_DAYS_MAX, until.toordinal() - 1))
    return min(max(since, earliest), until)


def _words(
    wanted: WalkFilter, listed: list[Walked], rows: list[CoverageRow], before: int
) -> dict[str, Any]:
    given: dict[str, Any] = {"grid": wanted.grid_path, "plan": wanted.plan_id or ""}
    given |= {"since": str(wanted.since), "until": str(wanted.until)}
    full = len(listed) == queries.WALKS_PAGE
    here = "incidents.patrol_history"
    paths = {one.walk.grid_path for one in listed} | {one.grid_path for one in rows}
    return {
        "listed": listed,
        "rows": rows,
        "total": queries.total(rows),
        "is_cut": sum(one.plans for one in rows) >= queries.PLANS_MAX,
        "points": points(queries.total(rows).percent),
        "places": grids.labels(paths),
        "walk_labels": WALK_LABELS,
        "Found": Found,
        "older": url_for(here, **given, before=listed[-1].walk.id) if full else "",
        "first": url_for(here, **given) if before else "",
        "exports": {
            table: {
                fmt: url_for("incidents.patrol_export", table=table, fmt=fmt, **given)
                for fmt in sheets.FORMATS
            }
            for table in ("walks", "coverage")
        },
    }


def points(percent: float | None) -> int | None:
    """Return the points that coverage earns in the grid's yearly marking, 10 at most."""
    if percent is None:
        return None
    return next((earned for least, earned in KPI if percent >= least), 0)


def _walk_cells(viewer: Viewer, wanted: WalkFilter) -> tuple[list[str], list[list[object]]]:
    found = queries.walks(db.session(), viewer, wanted, limit=queries.WALKS_EXPORT_MAX)
    places = grids.labels({one.walk.grid_path for one in found})
    header = [
        _("Patrol checklist"),
        _("Grid"),
        _("Grid code"),
        _("State"),
        _("Begun by"),
        _("Patrol begun"),
        _("Ended by"),
        _("Patrol ended"),
        _("Check items"),
        *(str(label) for label in FOUND_LABELS.values()),
        _("Incidents"),
    ]
    return header, [
        [
            one.walk.plan_name,
            places[one.walk.grid_path].full,
            places[one.walk.grid_path].code,
            str(WALK_LABELS[one.walk.state]),
            one.started_by,
            beijing_time(one.walk.started_at),
            one.ended_by,
            beijing_time(one.walk.ended_at),
            one.items,
            *(one.counts[result] for result in FOUND_LABELS),
            " ".join(numbered(short) for _number, short in one.incidents),
        ]
        for one in found
    ]


def _coverage_cells(viewer: Viewer, wanted: WalkFilter) -> tuple[list[str], list[list[object]]]:
    found = queries.coverage_rows(db.session(), viewer, wanted, at=clock.now())
    places = grids.labels({one.grid_path for one in found})
    header = [
        _("Grid"),
        _("Grid code"),
        _("Checklists"),
        _("Patrols due"),
        _("Patrols walked"),
        _("Coverage in percent"),
    ]
    return header, [
        [
            places[one.grid_path].full,
            places[one.grid_path].code,
            one.plans,
            one.coverage.due,
            one.coverage.walked,
            "" if one.coverage.percent is None else one.coverage.percent,
        ]
        for one in found
    ]
