"""The words of the ledger's pages, what its list is narrowed to, and what corrections ask."""

from __future__ import annotations

from typing import Any

from wtforms import SelectField, StringField, TextAreaField, validators

from intranet.forms import Form
from intranet.grids.forms import Day, OneOf, Whole, tidy
from intranet.i18n import _l
from intranet.points.models import POINTS_MAX, CorrectionReason, EntryKind, Phase
from intranet.points.queries import LedgerState

WORDS_MAX = 500
ENTRY_KIND_LABELS = {
    EntryKind.GRANT: _l("Earned"),
    EntryKind.DEDUCT: _l("Deducted"),
    EntryKind.RESOLVE: _l("Publicity decided"),
    EntryKind.REVERSE: _l("Correction"),
    EntryKind.HOLD: _l("Held for goods"),
    EntryKind.COLLECT: _l("Goods collected"),
    EntryKind.RELEASE: _l("Hold let go"),
    EntryKind.SUPPLY: _l("Goods came"),
    EntryKind.EXPIRE: _l("Expired"),
    EntryKind.AWARD: _l("Awarded"),
}
LEDGER_STATE_LABELS = {
    LedgerState.WAITING: _l("In publicity or held"),
    LedgerState.POSTED: _l("Posted"),
    LedgerState.LET_GO: _l("Not counted"),
    LedgerState.CORRECTED: _l("Corrected"),
}
PHASE_LABELS = {
    Phase.POSTED: _l("Posted"),
    Phase.PENDING: _l("Pending"),
    Phase.POST: _l("Posts what was pending"),
    Phase.VOID: _l("Lets go what was pending"),
}
CORRECTION_REASON_LABELS = {
    CorrectionReason.WRONG_AMOUNT: _l("The number of points is wrong"),
    CorrectionReason.WRONG_PARTY: _l("It is somebody else's"),
    CorrectionReason.TWICE: _l("It was entered twice"),
    CorrectionReason.NOT_DONE: _l("It did not happen"),
    CorrectionReason.WRONG_RULE: _l("Another rule applies"),
    CorrectionReason.OTHER: _l("Something else"),
}


def choices_of(labels: dict[Any, Any], blank: Any = None) -> list[tuple[str, str]]:
    """Return the choices of a select, with an empty one first when ``blank`` names it."""
    listed = [(key.value, str(label)) for key, label in labels.items()]
    return [("", str(blank)), *listed] if blank is not None else listed


class LedgerFilterForm(Form):
    """What the ledger is narrowed to."""

    party = StringField(
        _l("Whose entries"),
        filters=[tidy],
        render_kw={"maxlength": 40, "autocomplete": "off"},
    )
    rule = SelectField(_l("Rule"), [validators.Optional()])
    dimension = SelectField(_l("Dimension"), [validators.Optional()])
    kind = SelectField(_l("Kind of entry"), [validators.Optional()])
    state = SelectField(_l("State"), [validators.Optional()])
    year = SelectField(_l("Year"), [validators.Optional()])
    since = Day(_l("From"), [validators.Optional()])
    until = Day(_l("To"), [validators.Optional()])


class CorrectionForm(Form):
    """What is wrong with an entry."""

    reason = OneOf(_l("What is wrong"), coerce=str)
    amount = Whole(
        _l("What would have been right"),
        [
            validators.Optional(),
            validators.NumberRange(
                1, POINTS_MAX, message=_l("Between 1 and %(most)s points", most=POINTS_MAX)
            ),
        ],
    )
    words = TextAreaField(
        _l("In words"),
        [
            validators.InputRequired(_l("Say why")),
            validators.Length(max=WORDS_MAX, message=_l("At most 500 characters")),
        ],
        filters=[tidy],
    )


class DecisionForm(Form):
    """Why a correction is not right."""

    answer = TextAreaField(
        _l("Why it stays as it is"),
        [validators.Length(max=WORDS_MAX, message=_l("At most 500 characters"))],
        filters=[tidy],
    )
