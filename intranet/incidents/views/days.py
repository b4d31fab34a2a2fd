"""The legal holidays and the days worked for them, a year a page."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intranet import audit, clock, htmx
from intranet.access import Permission, Viewer, require
from intranet.db import db
from intranet.errors import DomainError
from intranet.i18n import _, _n
from intranet.incidents import operations
from intranet.incidents.forms import HOLIDAY_LABELS, WORKED, LegalDaysForm
from intranet.incidents.operations import SpecialDay
from intranet.incidents.views.recounts import progress, save_and_recount
from intranet.incidents.views.room import bp

MANAGE = Permission.INCIDENTS_CATALOGUE_MANAGE
YEAR_MIN, YEAR_MAX = 2004, 2099  # the first that came with us
# From this month on somebody should look for the announcement of the coming year.
ANNOUNCED_FROM_MONTH = 10


@dataclass(frozen=True, slots=True)
class DayCell:
    """One day of the year view; ``special`` where an announcement names it."""

    day: date
    special: SpecialDay | None
    name: str
    is_weekend: bool


@bp.get("/incidents/days")
def legal_days() -> Response:
    """Show a year."""
    require(MANAGE)
    return _page(_year())


@bp.post("/incidents/days")
def add_legal_days() -> ResponseReturnValue:
    """Enter days as announced, and count all open clocks anew."""
    viewer = require(MANAGE)
    form = LegalDaysForm(request.form)
    if not form.validate() or form.first.data is None:
        return _page(_year(), form, status=422)
    try:
        changed = _enter(viewer, form)
    except DomainError as error:
        db.session.rollback()
        form.shows(error)
        return _page(_year(), form, status=error.status)
    save_and_recount()
    flash(_n("%(num)d day entered.", "%(num)d days entered.", changed))
    return htmx.go(url_for("incidents.legal_days", year=form.first.data.year))


@bp.post("/incidents/days/drop")
def drop_legal_day() -> ResponseReturnValue:
    """Take an entered day back, and count all open clocks anew."""
    viewer = require(MANAGE)
    day = _day(request.form.get("day", ""))
    try:
        operations.drop_legal_day(
            db.session(), actor=viewer, at=clock.now(), day=day, address=audit.client_address()
        )
    except DomainError as error:
        db.session.rollback()
        return _page(_within(day.year), problem=error, status=error.status)
    save_and_recount()
    flash(_("The entry is taken back."))
    return htmx.go(url_for("incidents.legal_days", year=day.year))


def _enter(viewer: Viewer, form: LegalDaysForm) -> int:
    first = form.first.data
    assert first is not None
    return operations.set_legal_days(
        db.session(),
        actor=viewer,
        at=clock.now(),
        first=first,
        last=form.last.data or first,
        is_worked=form.kind.data == WORKED,
        name=form.name.data or "",
        address=audit.client_address(),
    )


def _page(
    year: int,
    form: LegalDaysForm | None = None,
    problem: DomainError | None = None,
    status: int = 200,
) -> Response:
    session, today = db.session(), clock.today()
    special = operations.special_days(session, year)
    coming = today.year + (today.month >= ANNOUNCED_FROM_MONTH)
    unknown = [
        one for one in sorted({today.year, coming}) if not operations.is_year_known(session, one)
    ]
    page = render_template(
        "incidents/days.html",
        year=year,
        years=[one for one in (year - 1, year, year + 1) if YEAR_MIN <= one <= YEAR_MAX],
        months=[(number, _weeks(year, number, special)) for number in range(1, 13)],
        entered=operations.entered_days(session, year),
        is_known=operations.is_year_known(session, year),
        unknown=unknown,
        form=form or LegalDaysForm(),
        today=today,
        day_name=_named,
        problem=problem,
        **progress(),
    )
    return make_response(page, status)


def _weeks(year: int, month: int, special: dict[date, SpecialDay]) -> list[list[DayCell | None]]:
    weeks = calendar.Calendar().monthdatescalendar(year, month)
    return [
        [_cell(day, special.get(day)) if day.month == month else None for day in week]
        for week in weeks
    ]


def _cell(day: date, special: SpecialDay | None) -> DayCell:
    name = _named(special.name) if special else ""
    return DayCell(day, special, name, day.weekday() >= calendar.SATURDAY)


def _named(name: str) -> Any:
    return HOLIDAY_LABELS.get(name, name)


def _year() -> int:
    sent = request.values.get("year", "")
    return _within(int(sent) if sent.isdecimal() and len(sent) == 4 else clock.today().year)


def _within(year: int) -> int:
    return min(max(year, YEAR_MIN), YEAR_MAX)


def _day(text: str) -> date:
    """Return a day as the button sends it; what is none was never entered."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.min
