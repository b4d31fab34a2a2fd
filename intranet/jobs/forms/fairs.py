"""What people type about fairs; operations know the rules."""

from __future__ import annotations

from wtforms import validators
from wtforms.widgets import HiddenInput

from intranet.forms import Form
from intranet.grids.forms import Day, OneOf, PlaceField, Whole
from intranet.i18n import _l
from intranet.jobs.forms.fields import Clock, Count, Ticks, line, text
from intranet.jobs.models import FairState, FairVerb
from intranet.jobs.operations import FairFacts, FairResult

NEEDED = _l("Please fill this in")
A_TIME = _l("Give a time, such as 08:30")
FAIR_STATE_LABELS = {
    FairState.PLANNED: _l("Announced"),
    FairState.OPEN: _l("Going on now"),
    FairState.OVER: _l("Fair over"),
    FairState.CALLED_OFF: _l("Called off"),
}
FAIR_VERB_LABELS = {
    FairVerb.OPEN: _l("Open the doors"),
    FairVerb.CLOSE: _l("Close the fair"),
    FairVerb.REOPEN: _l("Open the doors again"),
    FairVerb.CALL_OFF: _l("Call the fair off"),
}


class Turn(Form):
    """Made from a version of what is shown; an old one where it is missing."""

    version = Whole(widget=HiddenInput())

    @property
    def turn(self) -> int:
        """The version it was made from."""
        return self.version.data if isinstance(self.version.data, int) else -1


class FairForm(Turn):
    """When and where a fair is, and what is said of it."""

    grid_path = PlaceField(_l("Community"), blank=_l("Choose a community"), must=True)
    title = line(_l("What the fair is called"), validators.DataRequired(NEEDED), longest=60)
    held_on = Day(_l("Day"), [validators.InputRequired(_l("Give a day"))])
    from_minute = Clock(_l("The fair begins at"), [validators.InputRequired(A_TIME)])
    to_minute = Clock(_l("The fair ends at"), [validators.InputRequired(A_TIME)])
    place = line(_l("Place of the fair"), validators.DataRequired(NEEDED), longest=80)
    address = line(_l("Address"), validators.DataRequired(NEEDED), longest=120)
    words = text(_l("What people should know"), longest=1000, rows=5)
    capacity = Count(_l("How many passes at most"), [validators.Optional()])

    @property
    def facts(self) -> FairFacts:
        """What was typed, once it is valid."""
        assert self.held_on.data is not None
        return FairFacts(
            title=self.title.data or "",
            held_on=self.held_on.data,
            from_minute=self.from_minute.data,
            to_minute=self.to_minute.data,
            place=self.place.data or "",
            address=self.address.data or "",
            words=self.words.data or "",
            capacity=self.capacity.data,
        )


class BoothForm(Form):
    """Which company has a booth, and its number."""

    company = OneOf(_l("Company"), choices=[])
    number = Count(_l("Number of the booth"), [validators.Optional()])


class BoothPostsForm(Turn):
    """Which posts a company brings."""

    posts = Ticks(_l("Posts brought to the fair"), choices=[])

    @property
    def ids(self) -> list[int]:
        """The numbers of the posts that are ticked."""
        return [int(one) for one in self.posts.data or ()]


class SlotsForm(Form):
    """Interviews at a booth, one after the other."""

    from_minute = Clock(_l("First interview at"), [validators.InputRequired(A_TIME)])
    minutes = Count(_l("Minutes each"), [validators.InputRequired(NEEDED)])
    places = Count(_l("Places in each"), [validators.InputRequired(NEEDED)])
    rounds = Count(_l("How many in a row"), [validators.InputRequired(NEEDED)])


class ResultForm(Turn):
    """What a company counted."""

    visitors = Count(_l("People spoken to"), [validators.InputRequired(NEEDED)])
    intentions = Count(_l("Came to an understanding"), [validators.InputRequired(NEEDED)])
    offers = Count(_l("Offered work on the spot"), [validators.InputRequired(NEEDED)])

    @property
    def result(self) -> FairResult:
        """What was typed, once it is valid."""
        return FairResult(self.visitors.data, self.intentions.data, self.offers.data)


class DoorForm(Form):
    """What stands on a pass."""

    token = line(_l("Letters and digits on the pass"), validators.DataRequired(NEEDED), longest=40)


class PassForm(Form):
    """Whose pass it is to be."""

    wish = line(
        _l("Number of the wish, or the phone it was filed with"),
        validators.DataRequired(NEEDED),
        longest=20,
        inputmode="numeric",
    )


class BookForm(Form):
    """Which interview."""

    slot = OneOf(_l("Interview"), choices=[])


class ReferForm(Form):
    """To which post."""

    post = OneOf(_l("Post of the fair"), choices=[])
    words = line(_l("In a few words"), longest=200)
