"""What administrators and staff type about the door to the outside, checked for shape."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, SelectField, StringField, TextAreaField, validators

from intranet.forms import Form
from intranet.grids.forms import Whole, tidy
from intranet.i18n import _l
from intranet.incidents.forms.labels import options
from intranet.incidents.forms.moves import words_field
from intranet.incidents.models import Datatype

PER_MINUTE_USUAL = 60
SHOWN_MAX = 500
DATATYPE_LABELS = {
    Datatype.SINGLE: _l("One of a list"),
    Datatype.MULTIPLE: _l("Several of a list"),
    Datatype.STRING: _l("A line of text"),
    Datatype.TEXT: _l("A longer text"),
    Datatype.NUMBER: _l("A number"),
    Datatype.DATETIME: _l("Date and time"),
}


class ClientForm(Form):
    """A system that gets a key."""

    name = StringField(
        _l("Name of the system"),
        [
            validators.InputRequired(_l("Say which system it is")),
            validators.Length(max=60, message=_l("At most 60 characters")),
        ],
        filters=[tidy],
    )
    contact = StringField(
        _l("Office that runs it"),
        [validators.Length(max=120, message=_l("At most %(max)d characters"))],
        filters=[tidy],
    )
    grid = SelectField(_l("May report in"), [validators.InputRequired(_l("Choose a place"))])
    per_minute = Whole(
        _l("At most so many writes a minute"),
        [validators.InputRequired(_l("Give a number"))],
        default=PER_MINUTE_USUAL,
    )


class QuestionForm(Form):
    """What else is asked of a matter."""

    description = StringField(
        _l("Question"), [validators.InputRequired(_l("Say what is asked"))], filters=[tidy]
    )
    datatype = SelectField(_l("Kind of answer"), [validators.InputRequired()])
    choices = TextAreaField(
        _l("Choices"), [validators.Length(max=4000, message=_l("At most %(max)d characters"))]
    )
    hint = StringField(_l("Hint for the answer"), filters=[tidy])
    code = StringField(_l("Code"), filters=[tidy])
    position = Whole(
        _l("Order"),
        [
            validators.Optional(),
            validators.NumberRange(1, 999, message=_l("From %(min)s to %(max)s")),
        ],
    )
    is_required = BooleanField(_l("An answer is needed"))
    is_notice = BooleanField(_l("Only tells something, asks nothing"))

    def __init__(self, formdata: Any = None, **given: Any) -> None:
        super().__init__(formdata, **given)
        self.datatype.choices = options(DATATYPE_LABELS)


class ReleaseForm(Form):
    """What staff let out of an incident."""

    words = words_field(_l("What the public may read"), longest=1000)
    has_photos = BooleanField(_l("With the photos shown here now"))
    turn = Whole(_l("Version"), [validators.Optional()])


def read_shown(fields: Any) -> list[tuple[int, int]]:
    """Read which photos a page showed, and each one's version: ``photo`` fields of "id:version".

    What is no such pair becomes one that no photo has.
    """
    pairs = (field.partition(":") for field in fields.getlist("photo")[:SHOWN_MAX])
    return [(_whole(number), _whole(version)) for number, _colon, version in pairs]


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= 9 else 0
