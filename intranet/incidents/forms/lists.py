"""What a list is narrowed to, checked for shape."""

from __future__ import annotations

from wtforms import SelectField, validators

from intranet.forms import Form
from intranet.grids.forms import Day
from intranet.i18n import _l


class ListFilterForm(Form):
    """What a list is narrowed to."""

    category = SelectField(_l("What it is about"), [validators.Optional()])
    state = SelectField(_l("State"), [validators.Optional()])
    light = SelectField(_l("Light"), [validators.Optional()])
    source = SelectField(_l("Source"), [validators.Optional()])
    urgency = SelectField(_l("Urgency"), [validators.Optional()])
    since = Day(_l("From"), [validators.Optional()])
    until = Day(_l("To"), [validators.Optional()])
