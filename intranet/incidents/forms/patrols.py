"""What a checklist and a mark on a walk say, checked for shape; and the words for both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    validators,
)
from wtforms.widgets import HiddenInput

from intranet.errors import DomainError
from intranet.forms import Form
from intranet.grids.forms import Day, PlaceField, Whole, tidy
from intranet.i18n import _, _l
from intranet.incidents.forms.labels import options
from intranet.incidents.forms.moves import words_field
from intranet.incidents.models import Found, Frequency, Gravity, Outcome, WalkState
from intranet.incidents.queries import Duty

ROWS_MAX = 80
FREQUENCY_LABELS = {
    Frequency.DAILY: _l("Every day"),
    Frequency.WEEKLY: _l("Every week"),
    Frequency.MONTHLY: _l("Every month"),
}
PERIOD_LABELS = {
    Frequency.DAILY: _l("Today"),
    Frequency.WEEKLY: _l("This week"),
    Frequency.MONTHLY: _l("This month"),
}
FOUND_LABELS = {
    Found.FINE: _l("Passes"),
    Found.HAZARD: _l("Hazard found"),
    Found.MENDED: _l("Put right on the spot"),
}
FOUND_ICONS = {Found.FINE: "circle-check", Found.HAZARD: "alert-triangle", Found.MENDED: "checks"}
GRAVITY_LABELS = {
    Gravity.MINOR: _l("Minor hazard"),
    Gravity.MAJOR: _l("Major hazard"),
    Gravity.GRAVE: _l("Grave hazard"),
}
WALK_LABELS = {
    WalkState.OPEN: _l("On patrol"),
    WalkState.FINISHED: _l("Patrol finished"),
    WalkState.GIVEN_UP: _l("Patrol given up"),
}
OUTCOME_LABELS = {
    Outcome.REPORTED: _l("Reported"),
    Outcome.SETTLED: _l("Settled on the spot, to be verified"),
    Outcome.COMMENTED: _l("Added to an open incident"),
    Outcome.RECORDED: _l("Recorded here only"),
}
DUTY_LABELS = {
    Duty.OVERDUE: _l("Patrol overdue"),
    Duty.TODAY: _l("Due today"),
    Duty.AHEAD: _l("Due by %(day)s"),
    Duty.DONE: _l("Walked in this period"),
}
DUTY_LIGHTS = {Duty.OVERDUE: "red", Duty.TODAY: "yellow", Duty.AHEAD: "", Duty.DONE: "green"}


class ItemForm(Form):
    """One row of a checklist; a row without words is none."""

    position = Whole(_l("Order of items"), [validators.Optional()])
    words = StringField(_l("What to look at"), filters=[tidy])
    place = StringField(_l("Where to look"), filters=[tidy])
    category = SelectField(_l("A finding is reported as"), validate_choice=False)
    is_optional = BooleanField(_l("May be left out"))
    drop = BooleanField(_l("Remove row"))


class PlanForm(Form):
    """A checklist: name, grid, how often, and its items in order."""

    name = StringField(_l("Name of the checklist"), filters=[tidy])
    grid = PlaceField(_l("For the grid"), must=True)
    frequency = SelectField(_l("How often to walk"), choices=[])
    items = FieldList(FormField(ItemForm), max_entries=ROWS_MAX)
    version = Whole(widget=HiddenInput())

    def __init__(
        self, formdata: Any = None, *, matters: Sequence[tuple[str, str]] = (), **given: Any
    ) -> None:
        super().__init__(formdata, **given)
        self.frequency.choices = options(FREQUENCY_LABELS)
        self.matters = [("", str(_l("Please choose"))), *matters]
        self.offer_matters()

    def offer_matters(self) -> None:
        """Give every row the list of matters."""
        for entry in self.items:
            entry.form.category.choices = self.matters

    def kept(self) -> list[int]:
        """Return the numbers of the rows that count, in the order they are to be walked."""
        rows = [
            (entry.form.position.data or ROWS_MAX + 1, number)
            for number, entry in enumerate(self.items)
            if entry.form.words.data and not entry.form.drop.data
        ]
        return [number for _place, number in sorted(rows)]

    def shows(self, error: DomainError, otherwise: str | None = None) -> bool:
        """Put a refusal beside its field, be it one of a row."""
        name = getattr(error, "field", None) or ""
        if not name.startswith("items-"):
            return name != "items" and super().shows(error, otherwise)
        _items, number, field = name.split("-")
        row = self.items[self.kept()[int(number)]].form
        row[field].errors = [_(error.key, **error.params)]
        return True


class CopyForm(Form):
    """Where a checklist is copied to."""

    grid = PlaceField(_l("Copy to the grid"), must=True)


class MarkForm(Form):
    """What is noted at one item of a walk; the buttons bring the result."""

    result = HiddenField()
    was = HiddenField()  # what it is already, for a form that is sent by something else
    gravity = RadioField(_l("How grave"), validate_choice=False)
    words = words_field(_l("What was found"))
    category = SelectField(_l("A finding is reported as"), validate_choice=False)
    grid = SelectField(_l("Micro-grid"), validate_choice=False)
    alike = SelectField(_l("Reported already?"), validate_choice=False)
    photos = HiddenField()  # where an error of the files is shown
    seen = Whole(widget=HiddenInput())
    drop = Whole(widget=HiddenInput())


class WalkFilterForm(Form):
    """What the history is narrowed to."""

    plan = SelectField(_l("Patrol checklist"), [validators.Optional()])
    since = Day(_l("From"), [validators.Optional()])
    until = Day(_l("To"), [validators.Optional()])
