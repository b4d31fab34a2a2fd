"""What people type about interviews, work begun and ended, and follow-ups."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from wtforms import BooleanField, StringField, TextAreaField, validators
from wtforms.widgets import HiddenInput

from intranet.clock import BEIJING
from intranet.forms import Form
from intranet.grids.forms import Day, OneOf, Whole, tidy
from intranet.i18n import _l
from intranet.jobs.forms.fields import Clock, Yuan
from intranet.jobs.forms.labels import END_REASON_LABELS, PAY_UNIT_LABELS
from intranet.jobs.forms.wishes import WORDS_MAX, picks
from intranet.jobs.models import EndReason, PayUnit
from intranet.jobs.operations import END_REASONS, LEAVING, Answer, Terms

PLACE_MAX = 100
YES_NO = (("", _l("not asked")), ("yes", _l("Yes")), ("no", _l("No")))
UNKNOWN = {"yes": True, "no": False}


class ActForm(Form):
    """An act on a referral, made from a version of what is shown."""

    version = Whole(widget=HiddenInput())

    @property
    def facts(self) -> dict[str, Any]:
        """What the act takes, once the form is valid; an old version where none was sent."""
        return {"version": self.version.data if isinstance(self.version.data, int) else -1}


class UndoForm(ActForm):
    """That work was entered by mistake."""


class _Worded(ActForm):
    words = TextAreaField(
        _l("In a few words"),
        [validators.Length(max=WORDS_MAX, message=_l("At most %(max)d characters"))],
        filters=[tidy],
    )

    @property
    def facts(self) -> dict[str, Any]:
        """With the words."""
        return super().facts | {"words": self.words.data or ""}


class InterviewForm(ActForm):
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
    def facts(self) -> dict[str, Any]:
        """With the moment, Beijing time, and the place."""
        assert self.day.data is not None
        midnight = datetime.combine(self.day.data, time(), BEIJING)
        when = midnight + timedelta(minutes=self.hour.data)
        return super().facts | {"when": when, "place": self.place.data or ""}


class OfferForm(_Worded):
    """Words that go with an offer."""


class EndForm(_Worded):
    """Why nothing came of it."""

    reason = OneOf(
        _l("Why"), choices=picks((one.value, END_REASON_LABELS[one]) for one in END_REASONS)
    )

    @property
    def facts(self) -> dict[str, Any]:
        """With the reason."""
        return super().facts | {"reason": EndReason(self.reason.data)}


class PlaceForm(ActForm):
    """On what somebody begins to work."""

    starts_on = Day(_l("First day at work"), [validators.InputRequired(_l("Give a day"))])
    pay = Yuan(_l("Pay"), [validators.InputRequired(_l("Say what is paid"))])
    pay_unit = OneOf(
        _l("counted by"), choices=picks((one.value, PAY_UNIT_LABELS[one]) for one in PayUnit)
    )
    contract = OneOf(_l("Is there a written contract?"), choices=picks(YES_NO), default="")

    @property
    def facts(self) -> dict[str, Any]:
        """With what was agreed."""
        assert self.starts_on.data is not None
        terms = Terms(
            self.starts_on.data,
            self.pay.data or 0,
            PayUnit(self.pay_unit.data),
            UNKNOWN.get(self.contract.data),
        )
        return super().facts | {"terms": terms}


class LeaveForm(_Worded):
    """That somebody works there no longer."""

    ended_on = Day(_l("Last day at work"), [validators.InputRequired(_l("Give a day"))])
    reason = OneOf(_l("Why"), choices=picks((one.value, END_REASON_LABELS[one]) for one in LEAVING))
    seeks_again = BooleanField(_l("Looks for work again"))
    opening_free = BooleanField(_l("The company looks for somebody else"))

    @property
    def facts(self) -> dict[str, Any]:
        """With the last day, the reason, and what comes of it."""
        return super().facts | {
            "ended_on": self.ended_on.data,
            "reason": EndReason(self.reason.data),
            "seeks_again": bool(self.seeks_again.data),
            "opening_free": bool(self.opening_free.data),
        }


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
