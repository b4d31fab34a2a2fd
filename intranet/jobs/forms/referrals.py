"""What people type about interviews, work begun and ended, and follow-ups."""

from __future__ import annotations

from datetime import datetime

from wtforms import BooleanField, StringField, TextAreaField, validators
from wtforms.widgets import HiddenInput

from intranet.clock import BEIJING
from intranet.forms import Form
from intranet.grids.forms import Day, OneOf, Whole, tidy
from intranet.i18n import _l
from intranet.jobs.forms.labels import END_REASON_LABELS, PAY_UNIT_LABELS
from intranet.jobs.forms.wishes import WORDS_MAX, Clock, Yuan, picks
from intranet.jobs.models import EndReason, PayUnit
from intranet.jobs.operations import END_REASONS, LEAVING, Answer, Terms

PLACE_MAX = 100
YES_NO = (("", _l("not asked")), ("yes", _l("Yes")), ("no", _l("No")))
UNKNOWN = {"yes": True, "no": False}


class _Turn(Form):
    """Made from a version of what is shown; an old one where it is missing."""

    version = Whole(widget=HiddenInput())

    @property
    def turn(self) -> int:
        """The version it was made from."""
        return self.version.data if isinstance(self.version.data, int) else -1


class _Worded(_Turn):
    words = TextAreaField(
        _l("In a few words"),
        [validators.Length(max=WORDS_MAX, message=_l("At most %(max)d characters"))],
        filters=[tidy],
    )


class InterviewForm(_Turn):
    """When and where."""

    day = Day(_l("Day"), [validators.InputRequired(_l("Give a day"))])
    hour = Clock(_l("Time"), [validators.InputRequired(_l("Give a time, such as 08:30"))])
    place = StringField(
        _l("Place"),
        [
            validators.InputRequired(_l("Where is the interview?")),
            validators.Length(max=PLACE_MAX, message=_l("At most %(max)d characters")),
        ],
        filters=[tidy],
    )

    @property
    def when(self) -> datetime:
        """The moment, Beijing time."""
        assert self.day.data is not None
        assert self.hour.data is not None
        return datetime.combine(self.day.data, self.hour.data, BEIJING)


class OfferForm(_Worded):
    """Words that go with an offer."""


class EndForm(_Worded):
    """Why nothing came of it."""

    reason = OneOf(
        _l("Why"), choices=picks((one.value, END_REASON_LABELS[one]) for one in END_REASONS)
    )

    @property
    def why(self) -> EndReason:
        """The reason."""
        return EndReason(self.reason.data)


class PlaceForm(_Turn):
    """On what somebody begins to work."""

    starts_on = Day(_l("First day at work"), [validators.InputRequired(_l("Give a day"))])
    pay = Yuan(_l("Pay"), [validators.InputRequired(_l("Say what is paid"))])
    pay_unit = OneOf(
        _l("counted by"), choices=picks((one.value, PAY_UNIT_LABELS[one]) for one in PayUnit)
    )
    contract = OneOf(_l("Is there a written contract?"), choices=picks(YES_NO), default="")

    @property
    def terms(self) -> Terms:
        """What was agreed."""
        assert self.starts_on.data is not None
        return Terms(
            self.starts_on.data,
            self.pay.fen or 0,
            PayUnit(self.pay_unit.data),
            UNKNOWN.get(self.contract.data),
        )


class LeaveForm(_Worded):
    """That somebody works there no longer."""

    ended_on = Day(_l("Last day at work"), [validators.InputRequired(_l("Give a day"))])
    reason = OneOf(_l("Why"), choices=picks((one.value, END_REASON_LABELS[one]) for one in LEAVING))
    seeks_again = BooleanField(_l("Looks for work again"))
    opening_free = BooleanField(_l("The company looks for somebody else"))


class FollowForm(Form):
    """What somebody who was placed says."""

    still_there = OneOf(_l("Still works there?"), choices=picks(YES_NO[1:]))
    fee_asked = OneOf(_l("Was money asked for?"), choices=picks(YES_NO), default="")
    as_posted = OneOf(_l("Is it as the post said?"), choices=picks(YES_NO), default="")
    words = TextAreaField(
        _l("In a few words"),
        [validators.Length(max=WORDS_MAX, message=_l("At most %(max)d characters"))],
        filters=[tidy],
    )

    @property
    def answer(self) -> Answer:
        """What was heard."""
        return Answer(
            still_there=self.still_there.data == "yes",
            fee_asked=UNKNOWN.get(self.fee_asked.data),
            as_posted=UNKNOWN.get(self.as_posted.data),
            words=self.words.data or "",
        )
