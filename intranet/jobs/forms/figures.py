"""Which period is asked for, and what the station's figures are called and mean."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from wtforms import SelectField, validators

from intranet.forms import Form
from intranet.i18n import _, _l
from intranet.jobs.models import FOLLOW_UP_DAYS
from intranet.jobs.queries.figures import SPOKEN_DAYS, Period

MONTHS, QUARTERS, YEARS = 12, 8, 3
CODE = re.compile(r"(20\d\d)(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?", re.ASCII)
FIGURE_LABELS = {
    "filed": _l("Wishes filed"),
    **{f"spoken_{days}": _l("Spoken to within %(days)s days") for days in SPOKEN_DAYS},
    "referred": _l("Referred"),
    "interviewed": _l("Asked to an interview"),
    "placed": _l("Began to work"),
    **{f"still_{days}": _l("Still there after %(days)s days") for days in FOLLOW_UP_DAYS},
    **{f"due_{days}": _l("Due to be asked after %(days)s days") for days in FOLLOW_UP_DAYS},
    "filled": _l("Openings filled here"),
}
MEANINGS = (
    (_l("Wishes filed"), _l("wishes that came in within the period")),
    (
        _l("Spoken to"),
        _l("of these, whoever was reached within so many times 24 hours; at the desk, at once"),
    ),
    (_l("Referred"), _l("referrals made within the period")),
    (
        _l("Asked to an interview"),
        _l("referrals for which a company named a time within the period"),
    ),
    (
        _l("Began to work"),
        _l("work whose first day lies in the period; taken back by mistake is left out"),
    ),
    (
        _l("Still there"),
        _l(
            "of those who came due to be asked by today, whoever was asked and was still there; "
            "who left before, or was not asked, is due and not there"
        ),
    ),
    (
        _l("Openings filled here"),
        _l("the same by where the work is; the others are by where people live"),
    ),
)


def figure_label(what: str) -> str:
    """Return what a figure is called."""
    days = what.rpartition("_")[2]
    return str(FIGURE_LABELS[what]) % ({"days": days} if days.isdigit() else {})


def period_of(code: str) -> Period | None:
    """Return the days of ``2026``, ``2026-Q4`` or ``2026-11``; None for anything else."""
    found = CODE.fullmatch(code)
    if found is None:
        return None
    year, quarter, month = int(found[1]), found[2], found[3]
    first = int(month) if month else int(quarter) * 3 - 2 if quarter else 1
    months = 1 if month else 3 if quarter else 12
    return Period(date(year, first, 1), _first_after(year, first, months) - timedelta(days=1))


def period_label(code: str) -> str:
    """Return what a period is called."""
    year, _sign, rest = code.partition("-")
    if rest.startswith("Q"):
        return str(_("Quarter %(number)s of %(year)s", number=rest[1:], year=year))
    if rest:
        return str(_("Month %(month)s of %(year)s", month=int(rest), year=year))
    return str(_("The year %(year)s", year=year))


def periods(today: date, chosen: str) -> dict[str, list[tuple[str, str]]]:
    """Return what can be chosen: some months, quarters and years, the newest first.

    Whatever else was asked for stands before them.
    """
    month, quarter = today.year * 12 + today.month - 1, today.year * 4 + (today.month - 1) // 3
    codes = {
        _("By month"): [f"{n // 12}-{n % 12 + 1:02d}" for n in range(month, month - MONTHS, -1)],
        _("By quarter"): [f"{n // 4}-Q{n % 4 + 1}" for n in range(quarter, quarter - QUARTERS, -1)],
        _("By year"): [str(n) for n in range(today.year, today.year - YEARS, -1)],
    }
    if not any(chosen in listed for listed in codes.values()):
        codes = {period_label(chosen): [chosen], **codes}
    return {name: [(one, period_label(one)) for one in listed] for name, listed in codes.items()}


class FiguresForm(Form):
    """Which period."""

    period = SelectField(_l("Period"), choices=[], validate_choice=False)

    def validate_period(self, field: Any) -> None:
        """Take what is offered, and any other period that is written so."""
        if period_of(field.data or "") is None:
            raise validators.ValidationError(_("There is no such period"))


def _first_after(year: int, month: int, months: int) -> date:
    count = year * 12 + month - 1 + months
    return date(count // 12, count % 12 + 1, 1)
