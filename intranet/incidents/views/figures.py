"""Statistics: a period's figures with their definitions, as a page, on paper and as a workbook."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import Response, abort, make_response, render_template, request, url_for

from intranet import audit, clock, sheets
from intranet.access import Permission, Viewer, require
from intranet.db import apart, db
from intranet.grids import queries as grids
from intranet.grids.forms import FILTER_KINDS, PlaceFilterForm
from intranet.i18n import _, _l
from intranet.incidents import queries
from intranet.incidents.forms import (
    COLUMNS,
    FIGURE_WORDS,
    SOURCE_LABELS,
    SPAN_LABELS,
    STEP_WORDS,
    URGENCY_LABELS,
    FiguresForm,
    Span,
    options,
)
from intranet.incidents.models import Source, Urgency
from intranet.incidents.queries import Dimension, Period
from intranet.incidents.views import tables
from intranet.incidents.views.room import bp

VIEW = Permission.INCIDENTS_FIGURES_VIEW
DAYS_MAX = 3 * 366
# The tables a page shows below the whole, by the word in its address.
BY = {
    "grid": (_l("By grid"), (Dimension.GRID, Dimension.MICRO)),
    "matter": (_l("By matter"), (Dimension.MATTER_CLASS, Dimension.MATTER)),
    "people": (_l("By person"), (Dimension.HANDLER, Dimension.REPORTER)),
    "unit": (_l("By unit"), (Dimension.UNIT,)),
    "time": (_l("By day"), (Dimension.TIME,)),
    "all": (_l("All tables"), tuple(one for one in Dimension if one is not Dimension.ALL)),
}


@bp.get("/incidents/figures")
def figures() -> Response:
    """Show the figures of a period within the viewer's area."""
    viewer = require(VIEW)
    asked = _read(viewer)
    page = tables.report(viewer, asked["period"], BY[asked["by"]][1], at=clock.now())
    tabs = [
        (label, _address(asked, span=span.value, since="", until=""), span is asked["span"], None)
        for span, label in SPAN_LABELS.items()
    ]
    shown = [
        (label, _address(asked, by=key), key == asked["by"], None)
        for key, (label, _d) in BY.items()
    ]
    exports = {
        fmt: _address(asked, endpoint="incidents.figures_export", fmt=fmt) for fmt in sheets.FORMATS
    }
    return make_response(
        render_template(
            "incidents/figures.html",
            **asked,
            report=page,
            place=_place(asked["period"]),
            figure_words=FIGURE_WORDS,
            step_words=STEP_WORDS,
            columns=COLUMNS,
            spans=tabs,
            shown=shown,
            exports=exports,
            whither=partial(_address, asked),
            lapse=tables.lapse,
        )
    )


@bp.get("/incidents/figures/export.<fmt>")
def figures_export(fmt: str) -> Response:
    """Download what the page shows, its definitions with it; that it was taken is written down."""
    if fmt not in sheets.FORMATS:
        abort(404)
    viewer = require(VIEW)
    asked = _read(viewer)
    now = clock.now()
    period: Period = asked["period"]
    report = tables.report(viewer, period, BY[asked["by"]][1], at=now)
    name = _("Incident statistics %(since)s to %(until)s", since=period.since, until=period.until)
    plain = f"incident-figures-{period.since}-{period.until}"
    answer = sheets.book_response(name, plain, fmt, tables.workbook(report, _said(asked), now))
    with apart() as session:
        audit.record(
            session,
            actor=viewer,
            action="incidents:figures:export",
            at=now,
            object_kind="incident",
            object_id="",
            address=audit.client_address(),
            grid_path=period.grid_path,
            since=period.since.isoformat(),
            until=period.until.isoformat(),
        )
    return answer


def _read(viewer: Viewer) -> dict[str, Any]:
    """Read what the address asks for; nonsense narrows nothing and is said beside its field."""
    form = FiguresForm(request.args)
    listed = queries.categories(db.session(), closed=True)
    form.category.choices = [("", _("All"))] + [
        (str(one.id), one.name if one.parent_id is None else f"　{one.name}") for one in listed
    ]
    form.source.choices = options(SOURCE_LABELS, blank=_("All"))
    form.urgency.choices = options(URGENCY_LABELS, blank=_("All"))
    form.validate()
    narrowed = PlaceFilterForm.read(request.args, partial(grids.places, viewer, VIEW, FILTER_KINDS))
    span, since, until = _days(form)
    category = str(form.category.data or "")
    period = Period(
        since,
        until,
        grid_path=narrowed.path,
        category_id=int(category) if category in {str(one.id) for one in listed} else 0,
        source=_one_of(Source, form.source.data),
        urgency=_one_of(Urgency, form.urgency.data),
    )
    by = request.args.get("by", "")
    return {
        "form": form,
        "narrowed": narrowed,
        "span": span,
        "period": period,
        "by": by if by in BY else "grid",
        "matters": {one.id: one.name for one in listed},
    }


def _days(form: FiguresForm) -> tuple[Span | None, date, date]:
    """Return the period: one of the usual, or the two days given when they make one."""
    today = clock.today()
    since, until = form.since.data, form.until.data
    if since or until:
        until = until or today
        since = since or until
        if until < since:
            form.until.errors = [_("The last day is before the first")]
        elif (until - since).days >= DAYS_MAX:
            form.until.errors = [_("At most three years at once")]
        else:
            return None, since, until
    span = _one_of(Span, request.args.get("span")) or Span.MONTH
    begin = {
        Span.TODAY: today,
        Span.WEEK: today - timedelta(days=today.weekday()),
        Span.MONTH: today.replace(day=1),
        Span.YEAR: today.replace(month=1, day=1),
    }[span]
    return span, begin, today


def _address(
    asked: dict[str, Any], endpoint: str = "incidents.figures", fmt: str = "", **more: Any
) -> str:
    """Return the address of the page with something of it changed."""
    period: Period = asked["period"]
    custom = asked["span"] is None
    given = {
        "span": asked["span"] or "",
        "since": period.since if custom else "",
        "until": period.until if custom else "",
        "grid": period.grid_path,
        "category": period.category_id or "",
        "source": period.source or "",
        "urgency": period.urgency or "",
        "by": asked["by"],
        **more,
    }
    query = urlencode({key: value for key, value in given.items() if value != ""})
    path = url_for(endpoint, fmt=fmt) if fmt else url_for(endpoint)
    return f"{path}?{query}"


def _said(asked: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what was asked for as pairs of words, for the workbook's first sheet."""
    period: Period = asked["period"]
    place = _place(period)
    source = str(SOURCE_LABELS[period.source]) if period.source else ""
    urgency = str(URGENCY_LABELS[period.urgency]) if period.urgency else ""
    return [
        (_("From"), period.since.isoformat()),
        (_("To"), period.until.isoformat()),
        (_("Grid"), place or _("All")),
        (_("What it is about"), asked["matters"].get(period.category_id) or _("All")),
        (_("Source"), source or _("All")),
        (_("Urgency"), urgency or _("All")),
    ]


def _place(period: Period) -> str:
    return grids.labels([period.grid_path])[period.grid_path].full if period.grid_path else ""


def _one_of(kind: Any, value: str | None) -> Any:
    return kind(value) if value in set(kind) else None
