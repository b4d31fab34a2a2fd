"""The words of statements, and which month or year is asked for."""

from __future__ import annotations

from wtforms import SelectField, validators

from intranet.forms import Form
from intranet.i18n import _l
from intranet.points.queries import Heading

HEADING_LABELS = {
    Heading.PARTICIPATION: _l("Earned: participation"),
    Heading.CONTRIBUTION: _l("Earned: contribution"),
    Heading.SUPERVISION: _l("Earned: supervision by residents"),
    Heading.CORRECTED: _l("Corrections"),
    Heading.REDEEMED: _l("Redeemed for goods"),
    Heading.DEDUCTED: _l("Deducted"),
    Heading.EXPIRED: _l("Expired"),
}


class StatementForm(Form):
    """A year, and perhaps a month of it."""

    year = SelectField(_l("Year"), [validators.Optional()])
    month = SelectField(_l("Month"), [validators.Optional()])


class FiguresForm(Form):
    """A year."""

    year = SelectField(_l("Year"), [validators.Optional()])
