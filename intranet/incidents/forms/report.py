"""What a report says, checked for shape."""

from __future__ import annotations

from collections.abc import Callable

from wtforms import BooleanField, FloatField, HiddenField, SelectField, StringField, validators

from intranet.forms import Form
from intranet.grids.forms import PlaceField, Whole, tidy
from intranet.i18n import _l
from intranet.incidents.forms.moves import words_field


def at_most(degrees: float) -> Callable[[float | None], float | None]:
    """Return a filter that drops what is no place: a device sent it, and nobody can correct it."""

    def on_earth(value: float | None) -> float | None:
        return value if value is not None and abs(value) <= degrees else None

    return on_earth


class ReportForm(Form):
    """A report: what, where, and a word about it."""

    category = SelectField(
        _l("What it is about"), [validators.InputRequired(_l("Choose what it is about"))]
    )
    grid = PlaceField(_l("Micro-grid"))
    place = StringField(
        _l("Place in words"),
        [validators.Length(max=200, message=_l("At most 200 characters"))],
        filters=[tidy],
    )
    description = words_field(_l("What is the matter?"), longest=4000)
    urgency = SelectField(_l("Urgency"), [validators.Optional()])
    latitude = FloatField(_l("Latitude"), [validators.Optional()], filters=[at_most(90)])
    longitude = FloatField(_l("Longitude"), [validators.Optional()], filters=[at_most(180)])
    # What the coordinates are: "photo" and "here" are the phone's own finding, not a choice.
    place_from = HiddenField()
    # Of a place far from here: "without" it, or "keep" it, which the office may.
    outside = HiddenField()
    caller_name = StringField(
        _l("Caller's name"),
        [validators.Length(max=60, message=_l("At most 60 characters"))],
        filters=[tidy],
    )
    caller_phone = StringField(
        _l("Caller's phone"),
        [validators.Length(max=30, message=_l("At most 30 characters"))],
        filters=[tidy],
    )
    camera = HiddenField()  # its code
    still = BooleanField(_l("Attach this picture"))
    # Whose draft it is and when it was made, said by a phone that sends later.
    account = HiddenField()
    made_at = HiddenField()
    find = StringField(_l("Find a matter"))
    photos = HiddenField()
    sound = HiddenField()
    turn = Whole(_l("Turn"), [validators.Optional()])

    def keep_unfinished(self) -> None:
        """Ask for no matter: a draft is kept as far as it has come."""
        self.category.validators = [validators.Optional()]
        self.category.validate_choice = False  # off the list by now: chosen anew before it is sent
