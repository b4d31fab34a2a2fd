"""What people type about the work they wish for, and what came of a call."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, Any

from wtforms import (
    BooleanField,
    DecimalField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
    validators,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.widgets import HiddenInput

from intranet.forms import Form
from intranet.grids.forms import Day, OneOf, PlaceField, Whole, tidy
from intranet.i18n import _, _l
from intranet.jobs.forms.labels import EMPLOYMENT_LABELS, PAY_UNIT_LABELS, REACHED_LABELS
from intranet.jobs.models import Employment, PayUnit, Reached

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WALKS = (10, 15, 20, 30, 45, 60, 90)  # minutes
WORDS_MAX = 300
MINUTES_A_DAY = 24 * 60
WEEKDAYS = (
    ("0", _l("Monday")),
    ("1", _l("Tuesday")),
    ("2", _l("Wednesday")),
    ("3", _l("Thursday")),
    ("4", _l("Friday")),
    ("5", _l("Saturday")),
    ("6", _l("Sunday")),
)
SEVERAL = {
    0b1111111: _l("every day"),
    0b0011111: _l("Monday to Friday"),
    0b0111111: _l("Monday to Saturday"),
    0b1100000: _l("at weekends"),
}
YEARS: tuple[tuple[str, Any], ...] = (
    ("", _l("not said")),
    ("0", _l("never done")),
    ("6", _l("half a year")),
    ("12", _l("one year")),
)
YEARS += (("36", _l("three years")), ("60", _l("five years or more")))


def picks(pairs: Iterable[tuple[str, Any]]) -> list[SelectChoice]:
    """Return values and words as a form's choices."""
    return [SelectChoice(value, words) for value, words in pairs]


class ManyOf(SelectMultipleField):
    """Some of a list, refused in the page's language."""

    def pre_validate(self, form: Any) -> None:
        """Refuse what is not on the list."""
        del form
        listed: Any = self.choices or ()
        known = {one.value for one in listed}
        if set(self.data or ()) - known:
            raise validators.ValidationError(_l("Choose one of the list"))


class Clock(TimeField):
    """A time of day, refused in the page's language."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read ``HH:MM``; raise ValueError with our own words."""
        if not valuelist or not valuelist[0]:
            return
        try:
            self.data = time.fromisoformat(valuelist[0][:5])
        except ValueError as error:
            self.data = None
            raise ValueError(_l("Give a time, such as 08:30")) from error


class Yuan(DecimalField):
    """An amount in yuan, refused in the page's language."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read a number with at most two decimals; raise ValueError with our own words."""
        try:
            super().process_formdata(valuelist if valuelist and valuelist[0].strip() else [])
        except ValueError as error:
            raise ValueError(_l("Give an amount in yuan")) from error
        if self.data is not None and not self.data.is_finite():
            self.data = None
            raise ValueError(_l("Give an amount in yuan"))

    @property
    def fen(self) -> int | None:
        """The amount in fen; None where nothing was typed."""
        return None if self.data is None else int(self.data * 100)


class PersonForm(Form):
    """Who looks for work."""

    name = StringField(
        _l("Name"),
        [validators.InputRequired(_l("Give the name of whoever looks for work"))],
        filters=[tidy],
    )
    phone = StringField(
        _l("Phone"), [validators.InputRequired(_l("Give a phone number"))], filters=[tidy]
    )
    legal_age = BooleanField(_l("The seeker is sixteen or older"))
    consents = BooleanField(
        _l("The seeker agrees that the station and the grid's members use this to find work")
    )


class ContentForm(Form):
    """What is wished for."""

    grid = PlaceField(_l("Home is in"), must=True)
    trades = ManyOf(_l("Work wished for"), choices=[])
    other = StringField(_l("Another kind of work"), filters=[tidy])
    months = OneOf(_l("Done before for"), choices=picks(YEARS), default="")
    weekdays = ManyOf(_l("On these days"), choices=picks(WEEKDAYS))
    begins = Clock(_l("from"), [validators.Optional()])
    ends = Clock(_l("until"), [validators.Optional()])
    night_ok = BooleanField(_l("Night work is all right"))
    max_walk_minutes = OneOf(_l("At most so far on foot"), choices=[], default="30")
    pay_floor = Yuan(_l("At least"), [validators.Optional()])
    pay_unit = OneOf(_l("counted by"), choices=[], default=PayUnit.MONTH.value)
    employment = OneOf(_l("Employed how"), choices=[], default="")
    skills = ManyOf(_l("Skills and certificates"), choices=[])
    starts_on = Day(_l("Can begin on"), [validators.Optional()])
    words = TextAreaField(
        _l("What else matters"),
        [validators.Length(max=WORDS_MAX, message=_l("At most %(max)d characters"))],
        filters=[tidy],
    )

    def offer(self, trades: Sequence[tuple[str, str]], skills: Sequence[tuple[str, str]]) -> None:
        """Take what may be chosen."""
        self.trades.choices = picks(trades)
        self.skills.choices = picks(skills)
        self.max_walk_minutes.choices = picks((str(one), str(one)) for one in WALKS)
        by_time = [one for one in PayUnit if one is not PayUnit.PIECE]
        self.pay_unit.choices = picks((one.value, PAY_UNIT_LABELS[one]) for one in by_time)
        kinds = [(one.value, EMPLOYMENT_LABELS[one]) for one in Employment]
        self.employment.choices = picks([("", _l("Any")), *kinds])

    @property
    def weekday_bits(self) -> int:
        """The days as bits, Monday the lowest; all where none is ticked."""
        chosen = [int(one) for one in self.weekdays.data or ()]
        return sum(1 << one for one in chosen) or 0b1111111

    @property
    def minutes(self) -> tuple[int, int] | None:
        """From when to when, in minutes after midnight, past it of the next day; None: any."""
        begins, ends = self.begins.data, self.ends.data
        if begins is None and ends is None and not self.weekdays.data:
            return None
        first = _minutes(begins) if begins is not None else 0
        last = _minutes(ends) if ends is not None else MINUTES_A_DAY
        return first, last if last > first else last + MINUTES_A_DAY


class WishForm(PersonForm, ContentForm):
    """A new wish: who, and what."""


class CallForm(Form):
    """What came of ringing or visiting somebody."""

    reached = OneOf(
        _l("What came of the call"),
        choices=picks((one.value, REACHED_LABELS[one]) for one in Reached),
    )
    words = TextAreaField(
        _l("In a few words"),
        [validators.Length(max=WORDS_MAX, message=_l("At most %(max)d characters"))],
        filters=[tidy],
    )


class VersionForm(Form):
    """A step with a reason in words, made from a version of what is shown."""

    version = Whole(widget=HiddenInput())
    words = TextAreaField(
        _l("In a few words"),
        [validators.Length(max=WORDS_MAX, message=_l("At most %(max)d characters"))],
        filters=[tidy],
    )

    @property
    def turn(self) -> int:
        """The version it was made from; an old one where it is missing."""
        return self.version.data if isinstance(self.version.data, int) else -1


def as_clock(minutes: int) -> time:
    """Return minutes after midnight as a time of day; past 24:00 it is the next day's."""
    return time(minutes // 60 % 24, minutes % 60)


def _minutes(when: time) -> int:
    return when.hour * 60 + when.minute


def days_said(bits: int) -> str:
    """Return some days of the week as people say them."""
    if bits in SEVERAL:
        return str(SEVERAL[bits])
    names = [str(label) for number, (_key, label) in enumerate(WEEKDAYS) if bits >> number & 1]
    return str(_(", ")).join(names)
