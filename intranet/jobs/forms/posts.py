"""What people type about a post, checked for shape; operations know the rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, StringField, validators
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.widgets import HiddenInput

from intranet.grids.forms import OneOf, Whole, tidy
from intranet.i18n import _l
from intranet.jobs.forms.fields import Clock, Count, Ticks, Yuan, line, text
from intranet.jobs.forms.labels import EMPLOYMENT_LABELS, PAY_UNIT_LABELS, SHIFT_LABELS, WEEKDAYS
from intranet.jobs.forms.placing import PlacedForm
from intranet.jobs.models import Employment, PayUnit, Shift, Skill
from intranet.jobs.models.post import VALID_DAYS
from intranet.jobs.operations import PostFacts
from intranet.jobs.operations.post_facts import DAY_MINUTES, LINE_MAX, TEXT_MAX, TITLE_MAX

DAYS = [SelectChoice(day, words) for day, words in enumerate(WEEKDAYS)]
SAID = (
    *("title", "occupation_code", "duties", "conditions", "address", "benefits"),
    *("how_to_apply", "hours_words", "pay_words", "source_name"),
)
FLAGS = ("has_insurance", "has_housing", "has_meals", "is_forwarded")
GIVEN = validators.InputRequired(_l("Please fill this in"))


def _choices(labels: Any) -> list[SelectChoice]:
    return [SelectChoice(one.value, words) for one, words in labels.items()]


class PostForm(PlacedForm):
    """A post: what the law wants said of work, and what seekers ask first."""

    title = line(
        _l("Title of the post"),
        validators.DataRequired(_l("Give the post a title")),
        longest=TITLE_MAX,
    )
    occupation_code = StringField(
        _l("Occupation"),
        [validators.DataRequired(_l("Choose an occupation of the list"))],
        filters=[lambda value: tidy(value, 12)],
    )
    occupation_words = StringField(_l("Search an occupation"), filters=[lambda v: tidy(v, 40)])
    employment = OneOf(
        _l("Kind of employment"), choices=_choices(EMPLOYMENT_LABELS), default="full_time"
    )
    openings = Count(_l("Openings"), [GIVEN], default=1)
    duties = text(
        _l("What is to be done"),
        validators.DataRequired(_l("Say what is to be done")),
        longest=TEXT_MAX,
        rows=5,
    )
    conditions = text(
        _l("What is asked for"),
        validators.DataRequired(_l("Say what is asked for; if nothing is, say so")),
        longest=TEXT_MAX,
    )
    pay_min_fen = Yuan(_l("Pay from (yuan)"), [GIVEN])
    pay_max_fen = Yuan(_l("Pay up to (yuan)"), [GIVEN])
    pay_unit = OneOf(_l("Counted by"), choices=_choices(PAY_UNIT_LABELS), default="month")
    pay_words = line(_l("About the pay"), longest=LINE_MAX)
    has_insurance = BooleanField(_l("Social insurance is paid"))
    has_housing = BooleanField(_l("Housing"))
    has_meals = BooleanField(_l("Meals"))
    shift = OneOf(_l("Shift"), choices=_choices(SHIFT_LABELS), default="day")
    weekdays = Ticks(_l("Days of work"), coerce=int, choices=DAYS)
    from_minute = Clock(_l("Begins at"))
    to_minute = Clock(_l("Ends at"))
    hours_words = line(_l("About the hours"), longest=LINE_MAX)
    must = Ticks(_l("Skills that are a must"), coerce=int, choices=[])
    nice = Ticks(_l("Skills that are nice to have"), coerce=int, choices=[])
    experience_months = Count(_l("Experience, in months"), default=0)
    address = line(
        _l("Where the work is"),
        validators.DataRequired(_l("Say where the work is")),
        longest=LINE_MAX,
    )
    benefits = text(_l("Benefits"), longest=TEXT_MAX, rows=2)
    how_to_apply = text(_l("How to apply"), longest=300, rows=2)
    is_forwarded = BooleanField(_l("Taken from elsewhere"))
    source_name = line(_l("Forwarded from"), longest=60)
    valid_days = Count(_l("Holds for so many days"), [GIVEN], default=VALID_DAYS)
    version = Whole(widget=HiddenInput())

    def offer(self, skills: Sequence[Skill]) -> None:
        """Give the form the skills there are."""
        for field in (self.must, self.nice):
            field.choices = [SelectChoice(one.id, one.name) for one in skills]

    @property
    def facts(self) -> PostFacts:
        """What was typed, once it is valid; an end before the beginning is of the next day."""
        begin, end = self.from_minute.data, self.to_minute.data
        if begin is not None and end is not None and end <= begin:
            end += DAY_MINUTES
        said: dict[str, Any] = {name: self[name].data or "" for name in SAID}
        said |= {name: bool(self[name].data) for name in FLAGS}
        return PostFacts(
            **said,
            employment=Employment(self.employment.data),
            shift=Shift(self.shift.data),
            pay_unit=PayUnit(self.pay_unit.data),
            openings=self.openings.data or 0,
            pay_min_fen=self.pay_min_fen.data or 0,
            pay_max_fen=self.pay_max_fen.data or 0,
            valid_days=self.valid_days.data or 0,
            experience_months=self.experience_months.data or 0,
            weekdays=sum(1 << day for day in set(self.weekdays.data or ())),
            from_minute=begin,
            to_minute=end,
            latitude=self.latitude.data,
            longitude=self.longitude.data,
            must=tuple(self.must.data or ()),
            nice=tuple(self.nice.data or ()),
        )

    @property
    def turn(self) -> int:
        """The version it was made from; an old one where it is missing."""
        return self.version.data if isinstance(self.version.data, int) else -1


def filled(facts: PostFacts, version: int | None = None) -> dict[str, Any]:
    """Return what a form of a post is filled with."""
    named = {name: getattr(facts, name) for name in facts.__dataclass_fields__}
    return named | {
        "employment": facts.employment.value,
        "shift": facts.shift.value,
        "pay_unit": facts.pay_unit.value,
        "weekdays": days_of(facts.weekdays),
        "must": list(facts.must),
        "nice": list(facts.nice),
        "version": version,
    }


def days_of(weekdays: int) -> list[int]:
    """Return the days of a week that its bits name, Monday is 0."""
    return [day for day in range(7) if weekdays >> day & 1]
