"""Time limits as people say them: minutes, hours, working days."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Any

from wtforms import HiddenField, SelectField, StringField, validators

from intranet.forms import Form
from intranet.i18n import _, _l, _n
from intranet.incidents.forms.labels import options
from intranet.incidents.models import Stage
from intranet.incidents.operations import A_DAY_MINUTES, MINUTES_MAX, Origin, TimeAllowed

AN_HOUR = 60
TYPED_MAX = 1e9
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]{1,2})?\Z")


class Measure(StrEnum):
    """What a limit is counted in."""

    MINUTES = "minutes"
    HOURS = "hours"
    WORKING_DAYS = "working_days"


MEASURE_LABELS = {
    Measure.MINUTES: _l("minutes"),
    Measure.HOURS: _l("hours"),
    Measure.WORKING_DAYS: _l("working days"),
}
MINUTES_OF = {Measure.MINUTES: 1, Measure.HOURS: AN_HOUR, Measure.WORKING_DAYS: A_DAY_MINUTES}
ORIGIN_LABELS = {
    Origin.OWN: _l("set for this matter"),
    Origin.ABOVE: _l("set for its class"),
    Origin.HOUSE: _l("set for all matters"),
    Origin.BUILT_IN: _l("as the system came"),
}


def said(minutes: int, measure: Measure) -> str:
    """Return a number of minutes in a measure, without zeros that say nothing."""
    return f"{minutes / MINUTES_OF[measure]:.2f}".rstrip("0").rstrip(".")


def measure_of(minutes: int, *, in_working_days: bool, is_limit: bool) -> Measure:
    """Return what people would count so many minutes in."""
    if in_working_days and (is_limit or minutes % (A_DAY_MINUTES // 4) == 0):
        return Measure.WORKING_DAYS
    return Measure.HOURS if minutes % AN_HOUR == 0 and minutes else Measure.MINUTES


def length_words(minutes: int, *, in_working_days: bool, is_limit: bool = True) -> str:
    """Return a length of time in words: 25 分钟, 2 小时, 3 个工作日."""
    measure = measure_of(minutes, in_working_days=in_working_days, is_limit=is_limit)
    number = said(minutes, measure)
    if measure is Measure.WORKING_DAYS:
        one = number == "1"
        return _("1 working day") if one else str(_("%(number)s working days", number=number))
    if measure is Measure.HOURS:
        return str(_n("%(num)d hour", "%(num)d hours", minutes // AN_HOUR))
    return str(_n("%(num)d minute", "%(num)d minutes", minutes))


def limit_words(one: TimeAllowed) -> tuple[str, str]:
    """Return a limit in words, and when its light turns yellow."""
    days = one.in_working_days
    warn = length_words(one.warn_minutes, in_working_days=days, is_limit=False)
    return length_words(one.minutes, in_working_days=days), str(_("%(time)s left", time=warn))


class LimitsForm(Form):
    """The limits of one urgency, a row a stage; an empty row has no limit of its own."""

    def __init__(self, formdata: Any = None) -> None:
        super().__init__(formdata)
        for field in self:
            if isinstance(field, SelectField):
                field.choices = options(MEASURE_LABELS)

    def fill(self, own: dict[Stage, TimeAllowed], shown: dict[Stage, TimeAllowed]) -> None:
        """Show what is set; ``shown`` gives the measures of rows that are empty."""
        for stage in Stage:
            one, like = own.get(stage), shown[stage]
            days = like.in_working_days
            unit = measure_of(like.minutes, in_working_days=days, is_limit=True)
            warn = measure_of(like.warn_minutes, in_working_days=days, is_limit=False)
            self[f"{stage}_unit"].data, self[f"{stage}_warn_unit"].data = unit.value, warn.value
            self[f"{stage}_seen"].data = one.stamp if one else ""
            self[f"{stage}_amount"].data = said(one.minutes, unit) if one else ""
            self[f"{stage}_warn"].data = said(one.warn_minutes, warn) if one else ""

    def seen(self) -> dict[Stage, str]:
        """Return the stamps of the rows this form was made from."""
        return {stage: self[f"{stage}_seen"].data or "" for stage in Stage}

    def validate(self, extra_validators: Any = None) -> bool:
        """Tell whether all of it is limits; what is none stands beside its field."""
        return super().validate(extra_validators) and self.read() is not None

    def read(self) -> dict[Stage, TimeAllowed | None] | None:
        """Return what was typed; None when some of it is no limit, which then stands beside it."""
        found = {stage: self._row(stage) for stage in Stage}
        return None if any(self[name].errors for name in self._fields) else found

    def _row(self, stage: Stage) -> TimeAllowed | None:
        amount, warn = self[f"{stage}_amount"], self[f"{stage}_warn"]
        if not (amount.data or "").strip() and not (warn.data or "").strip():
            return None
        unit, warn_unit = (self._measure(f"{stage}_{name}") for name in ("unit", "warn_unit"))
        in_days = unit is Measure.WORKING_DAYS
        minutes, warning = _minutes(amount, unit, 1), _minutes(warn, warn_unit, 0)
        if minutes is not None and not _is_empty(warn):
            _check_warning(warn, warning, warn_unit, minutes, unit)
        # Beside one that is wrong an empty one is left alone: its turn comes.
        for one, other in ((amount, warn), (warn, amount)):
            if _is_empty(one) and not other.errors:
                one.errors = [_("Fill in both: the limit, and when it turns yellow")]
        return TimeAllowed(minutes or 0, warning or 0, in_days)

    def _measure(self, name: str) -> Measure:
        value = self[name].data
        return Measure(value) if value in set(Measure) else Measure.MINUTES


def _is_empty(field: Any) -> bool:
    return not (field.data or "").strip()


def _minutes(field: Any, measure: Measure, least: int) -> int | None:
    """Return the minutes typed; None where there are none, and what is wrong beside the field."""
    if _is_empty(field):
        return None
    typed = unicodedata.normalize("NFKC", field.data).replace("−", "-").strip()
    if not NUMBER.match(typed):
        field.errors = [_("Give a number, such as 30 or 0.5")]
        return None
    # Four hundred digits are a number too: no end of time, but too long all the same.
    typed_amount = min(max(float(typed), -TYPED_MAX), TYPED_MAX)
    minutes = round(typed_amount * MINUTES_OF[measure])
    if minutes < least:
        field.errors = [
            _("Too little: at least %(least)s", least=_in_words(least, Measure.MINUTES))
        ]
    elif minutes > MINUTES_MAX:
        field.errors = [_("Too much: at most %(most)s", most=_in_words(MINUTES_MAX, measure))]
    else:
        return minutes
    return None


def _check_warning(
    field: Any, warning: int | None, measure: Measure, minutes: int, unit: Measure
) -> None:
    """Say beside the warning what is wrong with it beside a limit of so many minutes."""
    if measure is Measure.WORKING_DAYS and unit is not Measure.WORKING_DAYS:
        field.errors = [_("Count the warning like the limit: in minutes or hours")]
    elif warning is not None and warning >= minutes:
        limit = _in_words(minutes, unit)
        field.errors = [_("Too much: less than the limit, which is %(limit)s", limit=limit)]


def _in_words(minutes: int, measure: Measure) -> str:
    number = said(minutes, measure)
    if measure is Measure.WORKING_DAYS:
        return str(_("%(number)s working days", number=number))
    return f"{number} {MEASURE_LABELS[measure]}"


for _stage in Stage:  # a row each; WTForms collects them when a form is made
    setattr(LimitsForm, f"{_stage}_amount", StringField(_l("Limit"), [validators.Optional()]))
    setattr(LimitsForm, f"{_stage}_warn", StringField(_l("Yellow"), [validators.Optional()]))
    for _name in ("unit", "warn_unit"):
        setattr(
            LimitsForm,
            f"{_stage}_{_name}",
            SelectField(_l("Counted in"), choices=[], validate_choice=False),
        )
    setattr(LimitsForm, f"{_stage}_seen", HiddenField())
