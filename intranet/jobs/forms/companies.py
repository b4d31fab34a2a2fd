"""What people type about companies, checked for shape; operations know the rules."""

from __future__ import annotations

from wtforms import BooleanField, StringField, validators
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.widgets import HiddenInput

from intranet.forms import Form
from intranet.grids.forms import Day, OneOf, PlaceField, Whole, tidy
from intranet.i18n import _l
from intranet.jobs.forms.fields import Degrees, line, text
from intranet.jobs.forms.labels import COMPANY_STATE_LABELS
from intranet.jobs.operations import CompanyFacts
from intranet.register.models import PartyKind

NEEDED = _l("Please fill this in")
KINDS = [
    SelectChoice(PartyKind.COMPANY.value, _l("Company")),
    SelectChoice(PartyKind.SHOP.value, _l("Shop")),
]


class FactsForm(Form):
    """What is said of a company besides its name."""

    address = line(_l("Address"), validators.DataRequired(NEEDED), longest=120)
    words = text(_l("What the company does, and how large it is"), longest=500)
    latitude = Degrees(_l("Latitude (WGS84)"), most=90)
    longitude = Degrees(_l("Longitude (WGS84)"), most=180)

    @property
    def facts(self) -> CompanyFacts:
        """What was typed, once it is valid."""
        return CompanyFacts(
            self.address.data or "",
            self.words.data or "",
            self.latitude.data,
            self.longitude.data,
        )


class NewCompanyForm(FactsForm):
    """A company of the register, or one entered there by the way."""

    party = Whole(_l("Company of the register"), [validators.Optional()])
    kind = OneOf(_l("Kind"), choices=KINDS, default=PartyKind.COMPANY.value)
    public_name = line(_l("Trading name"), longest=80)
    credit_code = line(_l("Unified social credit code"), longest=30)
    grid_path = PlaceField(_l("Micro-grid"), blank=_l("Choose a micro-grid"))


class CompanyForm(FactsForm):
    """A company that is registered, with what stands in the register."""

    public_name = line(_l("Trading name"), validators.DataRequired(NEEDED), longest=80)
    credit_code = line(_l("Unified social credit code"), longest=30)
    version = Whole(widget=HiddenInput())


class VerifyForm(Form):
    """What was seen, and when it is to be seen again."""

    licence_seen_on = Day(_l("Licence seen on"), [validators.InputRequired(NEEDED)])
    recheck_due_on = Day(_l("To be seen again by"), [validators.Optional()])
    words = line(_l("Remark"), longest=300)
    is_fitting = BooleanField(
        _l("Name and credit code on the licence are those of the register"),
        [validators.InputRequired(_l("Compare both, and tick it"))],
    )
    version = Whole(widget=HiddenInput())


class HandlerForm(Form):
    """Who acts for a company: an account, and the day its letter was seen."""

    username = line(_l("User name"), validators.DataRequired(NEEDED), longest=60)
    letter_seen_on = Day(_l("Letter and identity seen on"), [validators.InputRequired(NEEDED)])


class ReasonForm(Form):
    """Why something is stopped, sent back, taken down or right after all."""

    reason = line(_l("Why"), validators.DataRequired(_l("Say why")), longest=300)
    version = Whole(widget=HiddenInput())

    @property
    def turn(self) -> int:
        """The version it was made from; an old one where it is missing."""
        return self.version.data if isinstance(self.version.data, int) else -1


class CompanyFilterForm(Form):
    """The bar above the list; nonsense in the address narrows nothing."""

    q = StringField(_l("Name, pinyin initials or credit code"), filters=[lambda v: tidy(v, 60)])
    state = OneOf(
        _l("State"),
        choices=[
            SelectChoice("", _l("All")),
            *(SelectChoice(one.value, words) for one, words in COMPANY_STATE_LABELS.items()),
        ],
    )
    due = BooleanField(_l("To be seen again soon"))
    grid = PlaceField(_l("Grid"), blank=_l("All"))
