"""What people type about companies, checked for shape; operations know the rules."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, StringField, validators
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.widgets import HiddenInput

from intranet.errors import InputError
from intranet.forms import Form
from intranet.grids.forms import Day, OneOf, PlaceField, Whole, tidy
from intranet.i18n import _l
from intranet.jobs.forms.fields import line, text
from intranet.jobs.forms.labels import COMPANY_STATE_LABELS
from intranet.jobs.forms.placing import PlacedForm
from intranet.jobs.operations import CompanyFacts, Seen
from intranet.register.models import PartyKind
from intranet.register.operations import numbers

NEEDED = _l("Please fill this in")
KINDS = [
    SelectChoice(PartyKind.COMPANY.value, _l("Company")),
    SelectChoice(PartyKind.SHOP.value, _l("Shop")),
]


class FactsForm(PlacedForm):
    """What is said of a company besides its name."""

    address = line(_l("Address"), validators.DataRequired(NEEDED), longest=120)
    words = text(_l("What the company does, and how large it is"), longest=500)

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

    def __init__(self, *given: Any, **named: Any) -> None:
        """Mark what a company that is not in the register needs."""
        super().__init__(*given, **named)
        for field in (self.grid_path, self.kind, self.public_name, self.credit_code):
            field.flags.required = True

    def validate(self, extra_validators: Any = None) -> bool:
        """Say all that is wrong at once, of one that is not in the register of its name too."""
        is_well = super().validate(extra_validators)
        if not self.party.data and not self.party.errors:
            for name in ("grid_path", "public_name", "credit_code"):
                if not self[name].data and not self[name].errors:
                    is_well = not self.shows(InputError("Please fill this in", name))
            is_well = self._has_code() and is_well
        return is_well

    def _has_code(self) -> bool:
        """Whether the credit code is one; what is wrong with it is said beside it."""
        if self.credit_code.errors:
            return False
        try:
            numbers.credit_code(self.credit_code.data or "")
        except InputError as error:
            return not self.shows(error)
        return True


class CompanyForm(FactsForm):
    """A company that is registered, with what stands in the register."""

    public_name = line(_l("Trading name"), validators.DataRequired(NEEDED), longest=80)
    credit_code = line(_l("Unified social credit code"), longest=30)
    version = Whole(widget=HiddenInput())


class VerifyForm(Form):
    """What was seen, and when it is to be seen again."""

    licence_seen_on = Day(_l("Licence seen on"), [validators.InputRequired(NEEDED)])
    handler_name = line(_l("Who acts for the company"), validators.DataRequired(NEEDED), longest=40)
    handler_seen_on = Day(_l("Letter and identity seen on"), [validators.InputRequired(NEEDED)])
    recheck_due_on = Day(_l("To be seen again by"), [validators.Optional()])
    words = line(_l("Remark"), longest=300)
    is_fitting = BooleanField(
        _l("Name and credit code on the licence are those of the register"),
        [validators.InputRequired(_l("Compare both, and tick it"))],
    )
    version = Whole(widget=HiddenInput())

    @property
    def seen(self) -> Seen:
        """What was typed, once it is valid."""
        days: Any = self.licence_seen_on.data, self.handler_seen_on.data
        return Seen(days[0], self.handler_name.data or "", days[1], self.recheck_due_on.data)


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
