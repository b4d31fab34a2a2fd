"""What a page of figures is asked for, and what each figure means, in words."""

from __future__ import annotations

from enum import StrEnum

from wtforms import SelectField, validators

from intranet.forms import Form
from intranet.grids.forms import Day
from intranet.i18n import _l


class Span(StrEnum):
    """The periods offices ask for; each ends today."""

    TODAY = "today"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


SPAN_LABELS = {
    Span.TODAY: _l("Today only"),
    Span.WEEK: _l("This week"),
    Span.MONTH: _l("This month"),
    Span.YEAR: _l("This year"),
}


class FiguresForm(Form):
    """A period and what it is narrowed to."""

    since = Day(_l("From"), [validators.Optional()])
    until = Day(_l("To"), [validators.Optional()])
    category = SelectField(_l("What it is about"), [validators.Optional()])
    source = SelectField(_l("Source"), [validators.Optional()])
    urgency = SelectField(_l("Urgency"), [validators.Optional()])


# Label and definition of every figure, in the order they are shown.
FIGURE_WORDS = {
    "reported": (
        _l("Reported"),
        _l(
            "Incidents reported within the period, merged and declined ones included. Drafts and"
            " void ones do not count. All figures but the next are about these incidents as they"
            " stand now."
        ),
    ),
    "closed_meanwhile": (
        _l("Closed within the period"),
        _l("Incidents closed within the period, whenever they were reported; each by its latest"
           " closing."),
    ),
    "accepted": (
        _l("Accepted so far"),
        _l("Accepted at least once, whatever became of them. What was merged before it was"
           " accepted is not among them."),
    ),
    "open": (
        _l("Open now"),
        _l("Neither closed nor declined nor merged; suspended and returned ones included."),
    ),
    "overdue": (
        _l("Overdue and open"),
        _l("Open, and past a time limit right now. A suspended clock does not run."),
    ),
    "closed": (_l("Closed so far"), _l("Closed and not reopened since, evaluated or not.")),
    "closed_rate": (
        _l("Closing rate"),
        _l("Closed ÷ (reported − merged − declined). Of incidents merged into one, that one alone"
           " counts: once."),
    ),
    "in_time_rate": (
        _l("Closed in time"),
        _l("Closed before the limit on the whole ÷ closed. Extensions granted and suspensions are"
           " allowed for."),
    ),
    "median_minutes": (
        _l("Median time"),
        _l("From report to closing (of a reopened one: from reopening to closing) in real minutes,"
           " nights and holidays included. Half took no longer, half no less; of an even number,"
           " midway between the middle two."),
    ),
    "p90_minutes": (
        _l("Nine of ten within"),
        _l("The shortest time within which at least nine of ten closed ones were closed."),
    ),
    "reopened": (_l("Reopened so far"), _l("Reopened at least once, whether closed again or not.")),
    "content_rate": (
        _l("Satisfaction rate"),
        _l("(Satisfied + mostly satisfied) ÷ evaluated, by the latest evaluation."),
    ),
    "declined": (_l("Declined so far"), _l("Not a matter of the grid; refused for a reason.")),
    "merged": (
        _l("Merged away"),
        _l("Reported, but merged into another incident: neither open nor closed. Its reporter is"
           " told what becomes of the other."),
    ),
    "void": (
        _l("Made void"),
        _l("Withdrawn, or made void for a reason. They count here and nowhere else."),
    ),
}  # fmt: skip
STEP_WORDS = {
    "accept": (_l("Time to acceptance"), _l("From report to first acceptance.")),
    "dispatch": (
        _l("Time to dispatch"),
        _l("From first acceptance to first dispatch, or to settling it on the spot."),
    ),
    "arrive": (_l("Time to arrival"), _l("From first dispatch to first arrival.")),
    "handle": (_l("Time to handle"), _l("From first arrival to the result last reported.")),
    "verify": (
        _l("Time to verify"),
        _l("From the result last reported, or settling it on the spot, to the check passed."),
    ),
}
# What the tables show, after the name of the row.
COLUMNS = (
    *("reported", "open", "overdue", "closed", "closed_rate", "in_time_rate", "median_minutes"),
    *("p90_minutes", "reopened", "content_rate", "declined", "merged", "void"),
)
