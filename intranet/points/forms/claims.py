"""What people type about what they did, and what is decided on it."""

from __future__ import annotations

from datetime import date

from wtforms import MultipleFileField, StringField, TextAreaField, validators
from wtforms.widgets import HiddenInput

from intranet.forms import Form
from intranet.grids.forms import Day, OneOf, Whole, tidy
from intranet.i18n import _l

# How many at once a rule allows is the rule's to say, and said beside the field.
ONE_OR_MORE = validators.NumberRange(min=1, message=_l("One or more"))
WORDS_MAX = 300
TITLE_MAX = 60


class ClaimForm(Form):
    """What was done: by which rule, when and how much."""

    rule = OneOf(_l("What was done"), coerce=str)
    happened_on = Day(_l("On the day"), [validators.InputRequired(_l("Give a day"))])
    units = Whole(
        _l("Quantity"),
        [validators.InputRequired(_l("Give a whole number")), ONE_OR_MORE],
        default=1,
    )
    words = TextAreaField(
        _l("In a few words"),
        [validators.Length(max=WORDS_MAX, message=_l("At most %(max)d characters"))],
        filters=[tidy],
    )
    photos = MultipleFileField(_l("Photos"))


class WordsForm(Form):
    """Words that go with a decision or an objection."""

    words = TextAreaField(
        _l("In a few words"),
        [
            validators.InputRequired(_l("Please say a few words")),
            validators.Length(max=WORDS_MAX, message=_l("At most %(max)d characters")),
        ],
        filters=[tidy],
    )
    units = Whole(_l("How many are right"), [validators.Optional()])
    version = Whole(widget=HiddenInput())

    @property
    def turn(self) -> int:
        """The version it was made from; an old one where it is missing."""
        return self.version.data if isinstance(self.version.data, int) else -1


class UndoingForm(Form):
    """Why what was entered for many and is posted is to be reversed."""

    reason = OneOf(_l("What is wrong"), coerce=str)
    words = TextAreaField(
        _l("In words"),
        [
            validators.InputRequired(_l("Say why")),
            validators.Length(max=WORDS_MAX, message=_l("At most %(max)d characters")),
        ],
        filters=[tidy],
    )


class AnswerForm(Form):
    """Why it is not to be reversed; needed only where it is not."""

    answer = TextAreaField(
        _l("Why it stays as it is"),
        [validators.Length(max=WORDS_MAX, message=_l("At most %(max)d characters"))],
        filters=[tidy],
    )


class GatheringForm(Form):
    """A meeting or clean-up day: what it was, and by which rule it counts."""

    title = StringField(
        _l("What it was"),
        [
            validators.InputRequired(_l("What was it?")),
            validators.Length(max=TITLE_MAX, message=_l("At most %(max)d characters")),
        ],
        filters=[tidy],
    )
    rule = OneOf(_l("By the rule"), coerce=str)
    happened_on = Day(_l("On the day"), [validators.InputRequired(_l("Give a day"))])
    units = Whole(
        _l("Quantity"),
        [validators.InputRequired(_l("Give a whole number")), ONE_OR_MORE],
        default=1,
    )


def day_or(form: ClaimForm | GatheringForm, otherwise: date) -> date:
    """Return the day typed, or another where it is none yet."""
    return form.happened_on.data or otherwise
