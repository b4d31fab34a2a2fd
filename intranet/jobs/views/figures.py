"""The station's statistics: a period by grid and by company, the lists behind, a workbook."""

from __future__ import annotations

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
from intranet.jobs.queries.figures import FIGURES, OF_WISHES, Asked, By, Period, Table
from intranet.jobs.views.acting import number_of, who
from intranet.jobs.views.room import bp

VIEW = Permission.JOBS_DESK_VIEW


@bp.get("/jobs/figures")
def figures() -> Response:
    """Show a period's figures, by grid or by company."""
    viewer, (form, code, period) = require(VIEW), _asked()
    by = By.COMPANY if request.args.get("by") == By.COMPANY else By.GRID
    found = queries.table(db.session(), Asked(viewer, period, by, clock.today()))
    page = render_template(
        "jobs/figures.html",
        form=form,
        code=code,
        label=period_label(code),
        period=period,
        by=by.value,
        table=found,
        names=_names(found),
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


def _names(found: Table) -> dict[str, str]:
    """Return what the rows are called, by their keys."""
    if found.by is By.COMPANY:
        return {key: name for key, name, _figures in found.rows}
    labels = grids.labels({key for key, _name, _figures in found.rows})
    return {key: label.full for key, label in labels.items()}


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
    made = []
    for one in found:
        names, (title, first) = _names(one), titles[one.by]
        rows = [[names.get(key, key), *figures.values()] for key, _name, figures in one.rows]
        header = [first, *(figure_label(what) for what in FIGURES[one.by])]
        made.append(sheets.Sheet(title, header, [*rows, [_("Sum"), *one.total.values()]]))
    meant = [[str(name), str(words)] for name, words in MEANINGS]
    return [*made, sheets.Sheet(_("What the figures mean"), [_("Figure"), _("Meaning")], meant)]
