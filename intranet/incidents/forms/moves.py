"""What a move brings, checked for shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import (
    FloatField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    validators,
)

from intranet.forms import Form
from intranet.grids.forms import Whole, tidy
from intranet.i18n import _l
from intranet.incidents.forms.labels import (
    CARD_LABELS,
    SATISFACTION_LABELS,
    URGENCY_LABELS,
    options,
)
from intranet.incidents.operations import Assignee

FIELD_WORDS_MAX = 2000


def read_assignees(values: list[str]) -> list[Assignee]:
    """Read "account:3" and "unit:2"; whatever else was sent is nobody."""
    found = []
    for value in values:
        kind, _, number = value.partition(":")
        if kind in {"account", "unit"} and number.isdecimal() and len(number) <= 9:
            found.append(Assignee(kind, int(number)))
    return found


def lead_first(values: list[str], lead: str) -> list[str]:
    """Return the chosen with the lead in front; a lead who is not among them is chosen with it."""
    return [lead, *(one for one in values if one != lead)] if lead else values


def words_field(label: Any, *, longest: int = FIELD_WORDS_MAX) -> TextAreaField:
    """Return a field for words of one's own, at most ``longest`` characters."""
    return TextAreaField(
        label,
        [validators.Length(max=longest, message=_l("At most %(max)d characters"))],
    )


class _Chosen(SelectMultipleField):
    """Several of a list; which of them exist is the operation's to say."""

    validate_choice = False


class MoveForm(Form):
    """Whatever a move may bring; the table says which of it a move needs."""

    turn = Whole(_l("Turn"), [validators.Optional()])
    words = words_field(_l("Words"))
    reporter_word = words_field(_l("What the reporter is told"))
    satisfaction = RadioField(_l("How satisfied are you?"), [validators.Optional()])
    minutes = Whole(_l("Minutes more"), [validators.Optional()])
    card = SelectField(_l("Card"), [validators.Optional()])
    category = SelectField(_l("What it is about"), [validators.Optional()])
    urgency = SelectField(_l("Urgency"), [validators.Optional()])
    assignees = _Chosen(_l("Who handles it (the first leads)"), choices=[], validate_choice=False)
    lead = StringField(_l("Leads"))
    checked = _Chosen(_l("Checklist"), choices=[], validate_choice=False)
    grid = SelectField(_l("Micro-grid"), validate_choice=False)
    place = StringField(
        _l("Place in words"),
        [validators.Length(max=200, message=_l("At most 200 characters"))],
        filters=[tidy],
    )
    latitude = FloatField(_l("Latitude"), [validators.Optional()])
    longitude = FloatField(_l("Longitude"), [validators.Optional()])
    photos = HiddenField()  # where an error of the files is shown

    def __init__(self, formdata: Any = None, *, categories: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(formdata)
        self.satisfaction.choices = options(SATISFACTION_LABELS)
        self.card.choices = options(CARD_LABELS, blank=_l("No card"))
        self.urgency.choices = options(
            URGENCY_LABELS, blank=_l("As it is, or as usual for a new matter")
        )
        self.category.choices = [("", str(_l("As it is"))), *categories]
        if formdata:
            chosen = formdata.getlist("assignees")
            self.assignees.data = lead_first(chosen, formdata.get("lead", ""))
