"""What a meeting decided, as it is typed in."""

from __future__ import annotations

from typing import Any

from wtforms import SelectMultipleField, StringField, TextAreaField, validators, widgets
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.widgets import HiddenInput

from intranet.forms import Form
from intranet.grids.forms import Day, OneOf, PlaceField, Whole, tidy
from intranet.i18n import _l
from intranet.points.forms.labels import (
    DIMENSION_LABELS,
    EVIDENCE_LABELS,
    LEVEL_LABELS,
    OCCASION_LABELS,
    SIGN_LABELS,
    WINDOW_LABELS,
)
from intranet.points.models import Dimension, Evidence, Level, Occasion, Rule, Sign, Window
from intranet.points.operations import Terms, Vote
from intranet.register.forms import KIND_LABELS
from intranet.register.models import PartyKind

NUMBER_MAX = 100_000


def _line(label: Any, longest: int, *, needed: bool = True) -> StringField:
    checks: list[Any] = [validators.Length(max=longest, message=_l("At most %(max)d characters"))]
    if needed:
        checks.insert(0, validators.InputRequired(_l("Please fill this in")))
    return StringField(label, checks, filters=[tidy])


def _whole(label: Any, least: int, most: int, *, needed: bool = True, **more: Any) -> Whole:
    words = _l("A whole number from %(min)d to %(max)d")
    first = validators.InputRequired(_l("Give a whole number")) if needed else validators.Optional()
    return Whole(label, [first, validators.NumberRange(least, most, words)], **more)


def _one_of(label: Any, labels: dict[Any, Any]) -> OneOf:
    choices = [SelectChoice(one.value, words) for one, words in labels.items()]
    return OneOf(label, coerce=str, choices=choices)


class Several(SelectMultipleField):
    """Some of a list, refused in the page's language."""

    def pre_validate(self, form: Any) -> None:
        """Refuse what is not on the list."""
        del form
        listed: Any = self.choices or ()
        known = {one.value for one in listed}
        if not set(self.data or ()) <= known:
            raise validators.ValidationError(_l("Choose one of the list"))


class MeetingForm(Form):
    """A meeting that adopted rules."""

    grid = PlaceField(_l("Of which place"), must=True)
    held_on = Day(_l("Held on"), [validators.InputRequired(_l("Give a day"))])
    body = _line(_l("Which meeting"), 60)
    present = _whole(_l("Present"), 1, NUMBER_MAX)
    in_favour = _whole(_l("In favour"), 1, NUMBER_MAX)
    against = _whole(_l("Against"), 0, NUMBER_MAX, default=0)
    abstained = _whole(_l("Abstained"), 0, NUMBER_MAX, default=0)
    minutes = TextAreaField(
        _l("Minutes: where they lie, or their words"),
        [validators.Length(max=2000, message=_l("At most %(max)d characters"))],
        filters=[lambda value: (value or "").strip()],
    )

    @property
    def vote(self) -> Vote:
        """How it voted."""
        return Vote(
            self.present.data or 0,
            self.in_favour.data or 0,
            self.against.data or 0,
            self.abstained.data or 0,
        )


class RuleForm(Form):
    """One version of a rule."""

    meeting = OneOf(_l("Adopted by the meeting"), coerce=str)
    code = _line(_l("Code"), 12)
    title = _line(_l("What it is called"), 30)
    words = TextAreaField(
        _l("In plain words"),
        [validators.Length(max=400, message=_l("At most %(max)d characters"))],
        filters=[tidy],
    )
    sign = _one_of(_l("This rule"), SIGN_LABELS)
    dimension = _one_of(_l("Counts as"), DIMENSION_LABELS)
    points = _whole(_l("Points of one"), 1, NUMBER_MAX)
    unit = _line(_l("One what"), 10)
    units_max = _whole(_l("At most so many at once"), 1, 1000, default=1)
    evidence = _one_of(_l("What has to be shown"), EVIDENCE_LABELS)
    level = _one_of(_l("Approved by"), LEVEL_LABELS)
    occasion = OneOf(
        _l("Offered by the system"),
        coerce=str,
        choices=[
            SelectChoice(value, words)
            for value, words in (
                ("", _l("no: somebody reports it")),
                *((one.value, words) for one, words in OCCASION_LABELS.items()),
            )
        ],
        default="",
    )
    kinds = Several(
        _l("Who may earn it"),
        choices=[SelectChoice(one.value, words) for one, words in KIND_LABELS.items()],
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
    )
    publicity_days = _whole(_l("Days of publicity"), 1, 30, default=5)
    cap_day = _whole(_l("Points at most a day"), 1, NUMBER_MAX, needed=False)
    cap_week = _whole(_l("Points at most a week"), 1, NUMBER_MAX, needed=False)
    cap_month = _whole(_l("Points at most a month"), 1, NUMBER_MAX, needed=False)
    cap_year = _whole(_l("Points at most a year"), 1, NUMBER_MAX, needed=False)
    valid_from = Day(_l("Holds from"), [validators.InputRequired(_l("Give a day"))])
    version = Whole(widget=HiddenInput(), default=0)

    def fill(self, rule: Rule) -> None:
        """Begin with what the version before it says."""
        for name in ("code", "title", "words", "points", "unit", "units_max", "publicity_days"):
            self[name].data = getattr(rule, name)
        for name in ("sign", "dimension", "evidence", "level"):
            self[name].data = getattr(rule, name).value
        self.occasion.data = rule.occasion.value if rule.occasion else ""
        self.kinds.data = sorted(rule.kind_set)
        for window in WINDOW_LABELS:
            self[f"cap_{window.value}"].data = rule.caps.get(window)
        self.version.data = rule.version

    @property
    def turn(self) -> int:
        """The version it follows."""
        return self.version.data if isinstance(self.version.data, int) else -1

    @property
    def terms(self) -> Terms:
        """What the version is to say; the form is valid."""
        caps = {one: self[f"cap_{one.value}"].data for one in Window}
        day = self.valid_from.data
        assert day is not None
        return Terms(
            title=self.title.data or "",
            words=self.words.data or "",
            sign=Sign(self.sign.data),
            dimension=Dimension(self.dimension.data),
            points=self.points.data or 0,
            unit=self.unit.data or "",
            units_max=self.units_max.data or 0,
            evidence=Evidence(self.evidence.data),
            level=Level(self.level.data),
            kinds=frozenset(PartyKind(one) for one in self.kinds.data or ()),
            publicity_days=self.publicity_days.data or 0,
            caps={one: cap for one, cap in caps.items() if cap},
            valid_from=day,
            occasion=Occasion(self.occasion.data) if self.occasion.data else None,
        )
