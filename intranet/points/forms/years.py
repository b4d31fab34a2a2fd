"""What people type at the year's end, checked for shape; operations know the rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from wtforms import StringField, TextAreaField, validators
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.widgets import HiddenInput

from intranet.forms import Form
from intranet.grids.forms import Day, OneOf, PlaceField, Whole, tidy
from intranet.i18n import _, _l
from intranet.points.forms.goods import Fen
from intranet.points.forms.labels import DIMENSION_LABELS
from intranet.points.models import Goods, Measure, Receiver, SettlementState, TwoPersonAct
from intranet.points.operations import KINDS, Checked, HonourLine, Plan
from intranet.register.forms import KIND_LABELS
from intranet.register.models import PartyKind

YEAR_MAX = 2999
MEASURE_LABELS = {
    Measure.OVERALL: _l("Overall"),
    **{Measure(one.value): label for one, label in DIMENSION_LABELS.items()},
    Measure.PER_HEAD: _l("By the head"),
}
SETTLEMENT_LABELS = {
    SettlementState.DRAFT: _l("Being planned"),
    SettlementState.PUBLICITY: _l("In publicity"),
    SettlementState.FINAL: _l("Signed"),
    SettlementState.CLOSED: _l("Year closed"),
}
DEED_LABELS = {
    TwoPersonAct.SIGN: _l("Sign the standings"),
    TwoPersonAct.CLOSE: _l("Close the year"),
    TwoPersonAct.REOPEN: _l("Open the year again"),
}
RECEIVER_LABELS = {
    Receiver.SELF: _l("in person"),
    Receiver.FAMILY: _l("somebody of the family"),
    Receiver.PROXY: _l("somebody they sent"),
}
# What is looked at: what it is called, what its number counts, and where to see to it.
CHECK_LABELS = {
    Checked.UNDECIDED: _l("All claims of the year are decided"),
    Checked.HELD: _l("Goods asked for are fetched or let go"),
    Checked.BROKEN: _l("The ledger holds"),
    Checked.UNVERIFIED: _l("The ledger was verified within a day, with all of this year"),
    Checked.MISCOUNTED: _l("Goods handed out are counted alike everywhere"),
    Checked.NOTHING: _l("The plan has an honour"),
    Checked.SHORT: _l("The goods for the honours are on the shelf"),
    Checked.OVER_BUDGET: _l("The goods stay within the budget"),
    Checked.DAYS_LEFT: _l("The days of publicity are over"),
    Checked.OBJECTIONS: _l("Objections are decided"),
    Checked.CHANGED: _l("The points are those that were published"),
    Checked.NOT_OVER: _l("The year is over"),
    Checked.OLDER: _l("Older years are closed"),
    Checked.UNSIGNED: _l("Every community that has begun has signed"),
}
CHECK_PAGES = {
    Checked.UNDECIDED: "points.claims",
    Checked.HELD: "points.desk",
    Checked.UNVERIFIED: "points.heads",
    Checked.BROKEN: "points.heads",
    Checked.MISCOUNTED: "points.goods",
    Checked.SHORT: "points.goods",
    Checked.OLDER: "points.years",
    Checked.UNSIGNED: "points.years",
}


class BeginForm(Form):
    """A community's year's end."""

    grid_path = PlaceField(_l("Community"), must=True)
    year = Whole(_l("Year"), [validators.InputRequired(_l("Give a year"))])


class PlanForm(Form):
    """How the year ends."""

    publicity_days = Whole(
        _l("Days of publicity"), [validators.InputRequired(_l("Give a whole number"))]
    )
    budget_fen = Fen(_l("Budget for goods, in yuan"))
    last_day = Day(
        _l("Last day on which the year's points are good"),
        [validators.Optional()],
        render_kw={"type": "date"},
    )
    version = Whole(widget=HiddenInput())

    @property
    def plan(self) -> Plan:
        """What was typed, once it is valid."""
        last_day = self.last_day.data
        return Plan(
            self.publicity_days.data or 0,
            self.budget_fen.data or 0,
            last_day + timedelta(days=1) if last_day else None,
        )

    def validate_last_day(self, field: Day) -> None:
        """Refuse a day no calendar goes on after."""
        if field.data is not None and field.data.year > YEAR_MAX:
            raise validators.ValidationError(_("Give a day, such as 2026-11-23"))


class HonourForm(Form):
    """One honour of the plan."""

    kind = OneOf(_l("Of whom"), coerce=str)
    measure = OneOf(_l("Ranked by"), coerce=str)
    rank_first = Whole(_l("From rank"), [validators.InputRequired(_l("Give a whole number"))])
    rank_last = Whole(_l("To rank"), [validators.InputRequired(_l("Give a whole number"))])
    title = StringField(
        _l("What they are called"),
        [
            validators.DataRequired(_l("Give a name")),
            validators.Length(max=30, message=_l("At most %(max)d characters")),
        ],
        filters=[tidy],
        render_kw={"maxlength": 30},
    )
    goods = OneOf(_l("Goods with it"), coerce=str)
    quantity = Whole(_l("Pieces for each"), [validators.Optional()])

    def __init__(self, formdata: Any = None, *, goods: Sequence[Goods] = (), **given: Any) -> None:
        super().__init__(formdata, **given)
        self.kind.choices = [(kind.value, KIND_LABELS[kind]) for kind in KINDS]
        self.measure.choices = [(one.value, label) for one, label in MEASURE_LABELS.items()]
        self._goods = {str(one.id): one for one in goods}
        self.goods.choices = [
            ("", _l("None: the honour alone")),
            *((str(one.id), one.title) for one in goods),
        ]

    @property
    def line(self) -> HonourLine:
        """What was typed, once it is valid."""
        goods = self._goods.get(self.goods.data or "")
        quantity = self.quantity.data if self.quantity.data is not None else 1
        return HonourLine(
            kind=PartyKind(self.kind.data),
            measure=Measure(self.measure.data),
            rank_first=self.rank_first.data or 0,
            rank_last=self.rank_last.data or 0,
            title=self.title.data or "",
            goods=goods,
            quantity=quantity if goods else 0,
        )


class WordsForm(Form):
    """An objection."""

    words = TextAreaField(
        _l("What is wrong"),
        [
            validators.DataRequired(_l("Say what is wrong")),
            validators.Length(max=500, message=_l("At most %(max)d characters")),
        ],
        filters=[lambda text: (text or "").replace("\0", "").strip()],
        render_kw={"rows": 3, "maxlength": 500},
    )

    @property
    def said(self) -> str:
        """The words, or none."""
        return self.words.data or ""


class AnswerForm(Form):
    """What is answered to an objection."""

    answer = TextAreaField(
        _l("Answer"),
        [
            validators.DataRequired(_l("Say why")),
            validators.Length(max=500, message=_l("At most %(max)d characters")),
        ],
        filters=[lambda text: (text or "").replace("\0", "").strip()],
        render_kw={"rows": 2, "maxlength": 500},
    )


class NameForm(Form):
    """Why a whole name is put on a certificate."""

    reason = StringField(
        _l("Why the whole name is shown"),
        [
            validators.DataRequired(_l("Say why")),
            validators.Length(max=100, message=_l("At most %(max)d characters")),
        ],
        filters=[tidy],
        render_kw={"maxlength": 100},
    )


class ReceiverForm(Form):
    """Who collected the goods of an honour."""

    receiver = OneOf(
        _l("Who collects it"),
        coerce=str,
        choices=[SelectChoice(one.value, label) for one, label in RECEIVER_LABELS.items()],
    )


class DeedForm(Form):
    """Why the year is opened again."""

    reason = StringField(
        _l("Why"),
        [validators.Length(max=200, message=_l("At most %(max)d characters"))],
        filters=[tidy],
        render_kw={"maxlength": 200},
    )
