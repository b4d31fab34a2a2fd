"""What people type about the work they wish for, and what came of a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wtforms import (
    BooleanField,
    StringField,
    TextAreaField,
    validators,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.widgets import HiddenInput

from intranet.errors import InputError
from intranet.forms import Form
from intranet.grids.forms import Day, OneOf, PlaceField, Whole, tidy
from intranet.i18n import _, _l
from intranet.jobs.forms.fields import Clock, Ticks, Yuan
from intranet.jobs.forms.kiosk import KINDS
from intranet.jobs.forms.labels import EMPLOYMENT_LABELS, PAY_UNIT_LABELS, REACHED_LABELS
from intranet.jobs.forms.posts import DAYS
from intranet.jobs.models import EVERY_DAY, Employment, PayUnit, Reached
from intranet.jobs.operations.post_facts import DAY_MINUTES
from intranet.jobs.operations.wish_content import OCCUPATIONS_MAX
from intranet.register.operations import numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WALKS = (10, 15, 20, 30, 45, 60, 90)  # minutes
WORDS_MAX = 300
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

    def for_oneself(self) -> None:
        """Address whoever looks for work."""
        self.name.label.text = _("My name")
        self.legal_age.label.text = _("I am sixteen or older")
        self.consents.label.text = _(
            "I agree that the station and the grid's members use this to find work"
        )

    def validate(self, extra_validators: Any = None) -> bool:
        """Say all that is wrong at once, what an operation would refuse too."""
        is_well = super().validate(extra_validators)
        for needed, words in (
            (self.legal_age, "Nobody below sixteen may be offered work"),
            (self.consents, "Without consent nothing is kept"),
        ):
            if not needed.data:
                is_well = not self.shows(InputError(words, needed.short_name))
        if not self.phone.errors:
            try:
                numbers.phone(self.phone.data or "")
            except InputError as error:
                is_well = not self.shows(error)
        return is_well


class ContentForm(Form):
    """What is wished for."""

    grid = PlaceField(_l("Home is in"), must=True)
    trades = Ticks(_l("Work wished for"), choices=[])
    other = StringField(_l("Another kind of work"), filters=[tidy])
    months = OneOf(_l("Done before for"), choices=picks(YEARS), default="")
    weekdays = Ticks(_l("On these days"), coerce=int, choices=DAYS)
    begins = Clock(_l("from"))
    ends = Clock(_l("until"))
    night_ok = BooleanField(_l("Night work is all right"))
    max_walk_minutes = OneOf(_l("At most so far on foot"), choices=[], default="30")
    pay_floor = Yuan(_l("At least"))
    pay_unit = OneOf(_l("counted by"), choices=[], default=PayUnit.MONTH.value)
    employment = OneOf(_l("Employed how"), choices=[], default="")
    skills = Ticks(_l("Skills and certificates"), choices=[])
    starts_on = Day(_l("Can begin on"), [validators.Optional()])
    words = TextAreaField(
        _l("What else matters"),
        [validators.Length(max=WORDS_MAX, message=_l("At most %(max)d characters"))],
        filters=[tidy],
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Say that no kind of work is named along with all else that is wrong."""
        is_well = super().validate(extra_validators)
        if not self.trades.data and not self.other.data and not self.trades.errors:
            none = InputError("Choose 1 to %(max)s kinds of work", "trades", max=OCCUPATIONS_MAX)
            is_well = not self.shows(none)
        return is_well

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
    def common_and_rare(self) -> tuple[list[Any], list[Any]]:
        """The kinds of work that the touch screen offers, too, and the others."""
        first = tuple(tile.value for tile in KINDS)
        choices: Any = self.trades.choices or ()
        common = [one for one in choices if one.value.startswith(first)]
        return common, [one for one in choices if one not in common]

    @property
    def has_rare(self) -> bool:
        """Whether one is ticked that stands behind the common kinds of work."""
        rare = {one.value for one in self.common_and_rare[1]}
        return not rare.isdisjoint(self.trades.data or ())

    @property
    def weekday_bits(self) -> int:
        """The days as bits, Monday the lowest; all where none is ticked."""
        return sum(1 << one for one in self.weekdays.data or ()) or EVERY_DAY

    @property
    def minutes(self) -> tuple[int, int] | None:
        """From when to when, in minutes after midnight, past it of the next day; None: any."""
        begins, ends = self.begins.data, self.ends.data
        if begins is None and ends is None and not self.weekdays.data:
            return None
        first, last = begins or 0, DAY_MINUTES if ends is None else ends
        return first, last if last > first else last + DAY_MINUTES


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
