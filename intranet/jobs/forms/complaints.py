"""What people say is wrong with a post, and what the station answers."""

from __future__ import annotations

from typing import Any

from wtforms import RadioField, validators
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.widgets import HiddenInput

from intranet.forms import Form
from intranet.grids.forms import Whole
from intranet.i18n import _l
from intranet.jobs.forms.fields import text
from intranet.jobs.models import Outcome, Wrong

NEEDED = _l("Choose one of the list")
WRONG_LABELS = {
    Wrong.FEE: _l("Asks for a fee, a deposit or papers to keep"),
    Wrong.NOT_AS_POSTED: _l("The work or the pay is not as posted"),
    Wrong.FILLED: _l("Nobody is looked for any more"),
    Wrong.UNFAIR: _l("Shuts people out unfairly"),
    Wrong.FALSE_COMPANY: _l("The company is not who it says it is"),
    Wrong.OTHER: _l("Something else is wrong"),
}
OUTCOME_LABELS = {
    Outcome.FINE: _l("Looked into, nothing is wrong"),
    Outcome.CORRECTED: _l("Put right with the company"),
    Outcome.TAKEN_DOWN: _l("The post is taken down"),
}


class _Radio(RadioField):
    """A choice of a short list, said in our own words where none was made."""

    def pre_validate(self, form: object) -> None:
        """Refuse what was not offered."""
        del form
        offered: Any = self.choices or ()
        if self.data not in {one.value for one in offered}:
            raise validators.StopValidation(NEEDED)


class ComplaintForm(Form):
    """What is wrong."""

    wrong = _Radio(
        _l("What is wrong with this post?"),
        choices=[SelectChoice(one.value, label) for one, label in WRONG_LABELS.items()],
    )
    words = text(_l("In your own words"), longest=300)


class AnswerForm(Form):
    """What was found, for all complaints of a post up to the newest that is shown."""

    outcome = _Radio(
        _l("Result of the complaint"),
        choices=[SelectChoice(one.value, label) for one, label in OUTCOME_LABELS.items()],
    )
    told = text(_l("For the company: why its post is taken down"), longest=300)
    words = text(
        _l("For us: what was found, and who was asked"),
        validators.DataRequired(_l("Say what was found")),
        longest=300,
    )
    upto = Whole(widget=HiddenInput())

    @property
    def newest(self) -> int:
        """The newest complaint that the page showed; none where it is missing."""
        return self.upto.data if isinstance(self.upto.data, int) else 0
