"""What people type about legal holidays and the days worked for them."""

from __future__ import annotations

from typing import Any

from wtforms import StringField, validators

from intranet.forms import Form
from intranet.grids.forms import Day, OneOf, tidy
from intranet.i18n import _l

FREE, WORKED = "free", "worked"
KIND_CHOICES = {FREE: _l("Free (holiday)"), WORKED: _l("Worked (in exchange)")}
# What chinesecalendar calls the holidays, in the words of the announcements.
HOLIDAY_LABELS = {
    "New Year's Day": _l("New Year's Day"),
    "Spring Festival": _l("Spring Festival"),
    "Tomb-sweeping Day": _l("Tomb-sweeping Day"),
    "Labour Day": _l("Labour Day"),
    "Dragon Boat Festival": _l("Dragon Boat Festival"),
    "Mid-autumn Festival": _l("Mid-autumn Festival"),
    "National Day": _l("National Day"),
    "Anti-Fascist 70th Day": _l("Victory Day"),
}


class LegalDaysForm(Form):
    """One or several days in a row, as announced."""

    first = Day(_l("First day"), [validators.InputRequired(_l("Give a day"))])
    last = Day(_l("Last day"), [validators.Optional()])
    kind = OneOf(_l("Kind of day"), coerce=str)
    name = StringField(
        _l("Holiday"),
        [
            validators.InputRequired(_l("Give a name")),
            validators.Length(max=40, message=_l("At most %(max)d characters")),
        ],
        filters=[tidy],
    )

    def __init__(self, formdata: Any = None) -> None:
        super().__init__(formdata)
        self.kind.choices = [(key, str(label)) for key, label in KIND_CHOICES.items()]
