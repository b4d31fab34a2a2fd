"""What comes of a call to a reporter, and what the list of calls is narrowed to."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from wtforms import BooleanField, RadioField, SelectField, validators

from intranet.forms import Form
from intranet.grids.forms import Day, OneOf, Whole
from intranet.i18n import _l
from intranet.incidents.forms.labels import SATISFACTION_LABELS, options
from intranet.incidents.forms.moves import words_field
from intranet.incidents.queries import Pile


class Outcome(StrEnum):
    """What may come of a call."""

    EVALUATED = "evaluated"  # reached, and said how satisfied
    HEARD = "heard"  # reached; explained, or would not evaluate
    UNREACHED = "unreached"
    UNSOLVED = "unsolved"  # reached: it is to be handled again


PILE_LABELS = {
    Pile.TO_CALL: _l("To be called back"),
    Pile.ASIDE: _l("Calls set aside"),
    Pile.DONE: _l("Called back"),
}
CALL_PHRASES = {
    Outcome.UNREACHED: (_l("No answer"), _l("Switched off"), _l("The number is wrong")),
    Outcome.HEARD: (_l("Explained; the reporter understands"), _l("Would not evaluate")),
    Outcome.UNSOLVED: (_l("The reporter says that it is not settled"),),
}


class CallForm(Form):
    """What came of one call."""

    turn = Whole(_l("Turn"), [validators.Optional()])
    outcome = OneOf(_l("What came of it"))
    satisfaction = RadioField(_l("How satisfied is the reporter?"), [validators.Optional()])
    words = words_field(_l("What was said"))
    set_aside = BooleanField(_l("Set aside: call no more"))

    def __init__(self, formdata: Any = None) -> None:
        super().__init__(formdata)
        self.outcome.choices = [(one.value, one.value) for one in Outcome]
        self.satisfaction.choices = options(SATISFACTION_LABELS)


class CallFilterForm(Form):
    """What the list of calls is narrowed to."""

    since = Day(_l("Closed from"), [validators.Optional()])
    until = Day(_l("Closed to"), [validators.Optional()])
    sample = SelectField(_l("Random sample"), [validators.Optional()])
