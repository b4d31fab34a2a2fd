"""What people type about parties, checked for shape; numbers are checked in operations."""

from __future__ import annotations

from wtforms import BooleanField, HiddenField, SelectField, StringField, validators
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from intranet.forms import Form
from intranet.grids.forms import PlaceField
from intranet.i18n import _l
from intranet.register.models import REGISTERED, PartyKind, PersonalField

KIND_LABELS = {
    PartyKind.PERSON: _l("Person"),
    PartyKind.HOUSEHOLD: _l("Household"),
    PartyKind.SHOP: _l("Shop"),
    PartyKind.COMPANY: _l("Company"),
    PartyKind.TEAM: _l("Micro-grid team"),
}
# What the register lists and enters; a team is made with its micro-grid.
REGISTERED_LABELS = {kind: KIND_LABELS[kind] for kind in REGISTERED}
KIND_CHOICES = [SelectChoice(kind.value, label) for kind, label in REGISTERED_LABELS.items()]
FIELD_LABELS = {
    PersonalField.NAME: _l("Name"),
    PersonalField.PHONE: _l("Phone"),
    PersonalField.ID_NUMBER: _l("ID number"),
    PersonalField.ADDRESS: _l("Address"),
    PersonalField.HEALTH: _l("Health"),
}
# What the trail calls what was done with a party.
ACTION_WORDS = {
    "register:party:create": _l("entered a party in the register"),
    "register:party:change": _l("corrected a party"),
    "register:party:move": _l("recorded a move"),
    "register:party:leave": _l("recorded that a party has gone"),
    "register:party:return": _l("recorded a return"),
    "register:personal:unmask": _l("looked at a personal field"),
    "register:personal:erase": _l("erased personal data"),
    "register:list:export": _l("exported the register"),
}
FIELD_HINTS = {
    PersonalField.ID_NUMBER: _l("Only where the work needs it; kept encrypted"),
    PersonalField.HEALTH: _l("Only what a helper must know; kept encrypted"),
}
OF_PERSONS = frozenset({PersonalField.ID_NUMBER, PersonalField.HEALTH})
# Reasons people have over and over; whoever has another one types it.
REASONS = (
    _l("Contact about an incident"),
    _l("Home visit or care check"),
    _l("Checking the register"),
    _l("The person asked for it"),
)
_short = [validators.Length(max=120)]


class PartyForm(Form):
    """A party of any kind; the page shows the fields that fit it."""

    version = HiddenField()
    kind = SelectField(_l("Kind"), choices=KIND_CHOICES)
    grid_path = PlaceField(_l("Micro-grid"))
    public_name = StringField(_l("Trading name"), _short)
    credit_code = StringField(
        _l("Unified social credit code"), [validators.Length(max=30)], render_kw={"maxlength": 30}
    )
    name = StringField(_l("Name"), _short, render_kw={"autocomplete": "off"})
    phone = StringField(_l("Phone"), _short, render_kw={"inputmode": "tel", "autocomplete": "off"})
    id_number = StringField(_l("ID number"), _short, render_kw={"autocomplete": "off"})
    address = StringField(
        _l("Address"), [validators.Length(max=200)], render_kw={"autocomplete": "off"}
    )
    health = StringField(
        _l("Health"), [validators.Length(max=500)], render_kw={"autocomplete": "off"}
    )
    household_id = SelectField(_l("Household"), choices=[])
    is_party_member = BooleanField(_l("Party member"))


class MoveForm(Form):
    """Where a party lives or trades from now on."""

    version = HiddenField()
    grid_path = PlaceField(_l("Micro-grid"))
