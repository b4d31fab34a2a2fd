"""The station's statistics: a period by grid and by company, the lists behind, a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, abort, make_response, render_template, request, url_for

from intranet import audit, clock, sheets
from intranet.access import Permission, Viewer, require
from intranet.db import apart, db
from intranet.grids import queries as grids
from intranet.i18n import _
from intranet.jobs.forms.figures import (
    MEANINGS,
    FiguresForm,
    figure_label,
    period_label,
    period_of,
    periods,
)
from intranet.jobs.models import FOLLOW_UP_DAYS
from intranet.jobs.queries import figures as queries
from intranet.jobs.queries.figures import FIGURES, OF_WISHES, Asked, By, Line, Period, Table
from intranet.jobs.views.acting import number_of, who
from intranet.jobs.views.room import bp

VIEW = Permission.JOBS_DESK_VIEW
LABELS = 5000  # grids are named so many at once: a statement takes only so many values


@bp.get("/jobs/figures")
def figures() -> Response:
    """Show a period's figures, by grid or by company."""
    viewer, (form, code, period) = require(VIEW), _asked()
    by = By.COMPANY if request.args.get("by") == By.COMPANY else By.GRID
    found = queries.table(db.session(), Asked(viewer, period, by, clock.today()))
    after = request.args.get("after", "")
    lines = found.page(after)
    page = render_template(
        "jobs/figures.html",
        form=form,
        code=code,
        label=period_label(code),
        period=period,
        by=by.value,
        table=found,
        lines=lines,
        first_url=url_for("jobs.figures", period=code, by=by.value) if lines.before else "",
        next_url=_table_from(code, by, lines.after) if lines.after else "",
        names=_names(by, lines.rows),
        figure_label=figure_label,
        followed=FOLLOW_UP_DAYS,
        meanings=MEANINGS,
        now=clock.now(),
    )
    return make_response(page, 422 if form.errors else 200)


@bp.get("/jobs/figures/behind")
def figures_behind() -> str:
    """List what a figure counts, by numbers; nobody is named."""
    viewer, (form, code, period) = require(VIEW), _asked()
    by = By.COMPANY if request.args.get("by") == By.COMPANY else By.GRID
    what = request.args.get("what", FIGURES[by][0])  # the first where nothing is said
    key = request.args.get("key", "")
    if what not in FIGURES[by] or form.errors:
        abort(404)
    after, asked = (
        number_of(request.args.get("after", "")),
        Asked(viewer, period, by, clock.today()),
    )
    rows, more = queries.behind(db.session(), asked, what, key=key, after=after)
    return render_template(
        "jobs/figures_behind.html",
        rows=rows,
        title=figure_label(what),
        label=period_label(code),
        of_wishes=what in OF_WISHES,
        back=url_for("jobs.figures", period=code, by=by.value),
        next_url=_behind_to(code, by, what, key, after=more) if more else "",
        first_url=_behind_to(code, by, what, key) if after else "",
    )


@bp.get("/jobs/figures/export.xlsx")
def figures_export() -> Response:
    """Give both tables of a period as a workbook; who took it stands on the trail."""
    viewer, (form, code, period) = require(VIEW), _asked()
    if form.errors:
        abort(404)
    asked = [Asked(viewer, period, by, clock.today()) for by in By]
    found = [queries.table(db.session(), one) for one in asked]
    _note_export(viewer, code)
    name = _("Figures of the employment station, %(period)s", period=period_label(code))
    return sheets.book_response(name, f"station-{code}", "xlsx", _sheets(found))


def _asked() -> tuple[FiguresForm, str, Period]:
    """Read which period is asked for; this month where it is none."""
    this_month = clock.today().strftime("%Y-%m")
    form = FiguresForm(request.args, period=this_month)
    form.validate()
    code = this_month if form.errors else str(form.period.data)
    period = period_of(code)
    assert period is not None
    form.period.choices = periods(clock.today(), code)
    return form, code, period


def _names(by: By, lines: Sequence[Line]) -> dict[str, str]:
    """Return what lines are called, by their keys; grids are asked for by thousands."""
    if by is By.COMPANY:
        return {key: name for key, name, _figures in lines}
    named: dict[str, str] = {}
    for begins in range(0, len(lines), LABELS):
        keys = [key for key, _name, _figures in lines[begins : begins + LABELS]]
        named |= {key: label.full for key, label in grids.labels(keys).items()}
    return named


def _table_from(code: str, by: By, after: str) -> str:
    return url_for("jobs.figures", period=code, by=by.value, after=after)


def _behind_to(code: str, by: By, what: str, key: str, **more: Any) -> str:
    asked: dict[str, Any] = {"period": code, "by": by.value, "what": what, "key": key}
    return url_for("jobs.figures_behind", **asked, **more)


def _note_export(viewer: Viewer, code: str) -> None:
    with apart() as session:
        audit.record(
            session,
            action="jobs:figures:export",
            object_kind="jobs",
            object_id="",
            period=code,
            **who(viewer),
        )


def _sheets(found: list[Table]) -> list[sheets.Sheet]:
    titles = {By.GRID: (_("By grid"), _("Grid")), By.COMPANY: (_("By company"), _("Company"))}
    made: list[sheets.Sheet] = []
    for one in found:
        names, (title, first) = _names(one.by, one.rows), titles[one.by]
        rows = [[names.get(key, key), *figures.values()] for key, _name, figures in one.rows]
        rows.append([_("Sum"), *one.total.values()])
        header = [first, *(figure_label(what) for what in FIGURES[one.by])]
        # What is too long for a sheet goes on in the next: nothing is left out.
        for n, begins in enumerate(range(0, len(rows), sheets.ROWS_MAX), 1):
            some = rows[begins : begins + sheets.ROWS_MAX]
            made.append(sheets.Sheet(title if n == 1 else f"{title} {n}", header, some))
    meant = [[str(name), str(words)] for name, words in MEANINGS]
    return [*made, sheets.Sheet(_("What the figures mean"), [_("Figure"), _("Meaning")], meant)]
