"""What people type about parties, checked for shape; numbers are checked in operations."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from markupsafe import Markup
from werkzeug.exceptions import NotFound
from wtforms import BooleanField, HiddenField, SelectField, StringField, validators, widgets
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from intranet.access import Permission, Viewer
from intranet.db import db
from intranet.forms import Form
from intranet.grids import queries as grids
from intranet.grids.models import Grid, GridKind
from intranet.grids.queries.tree import CHOICES_MAX
from intranet.i18n import _, _l
from intranet.register.models import PartyKind, PersonalField

KIND_LABELS = {
    PartyKind.PERSON: _l("Person"),
    PartyKind.HOUSEHOLD: _l("Household"),
    PartyKind.SHOP: _l("Shop"),
    PartyKind.COMPANY: _l("Company"),
}
KIND_CHOICES = [SelectChoice(kind.value, label) for kind, label in KIND_LABELS.items()]
FIELD_LABELS = {
    PersonalField.NAME: _l("Name"),
    PersonalField.PHONE: _l("Phone"),
    PersonalField.ID_NUMBER: _l("ID number"),
    PersonalField.ADDRESS: _l("Address"),
    PersonalField.HEALTH: _l("Health"),
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

PATH = re.compile(r"(\d{1,9}\.){1,12}\Z")
TYPED_MAX = 40


class _ListOrCode(widgets.Select):
    """A select, and where it cannot hold all there is, a field for the grid's code."""

    def __call__(self, field: Any, **named: Any) -> Markup:
        """Render it; both send the field's one name."""
        listed: Markup = super().__call__(field, **named)
        if not field.is_cut:
            return listed
        both = Markup(
            '<div class="stack">{}<input class="input" name="{}" value="{}" maxlength="{}"'
            ' autocomplete="off" aria-label="{}" placeholder="{}"></div>'
        )
        words = _("or the grid's code")
        return both.format(listed, field.name, field.typed, TYPED_MAX, words, words)


class PlaceField(SelectField):
    """A grid from a list of at most CHOICES_MAX, or by its code; ``data`` is its path.

    The view calls ``offer`` before it validates and before it renders.
    """

    widget = _ListOrCode()

    def __init__(self, label: Any = None, **named: Any) -> None:
        super().__init__(label, choices=[], **named)
        self.type = "SelectField"  # for the page it is one
        self.typed = ""
        self.shown = ""  # the path that stands in the list as chosen
        self.is_cut = False

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take a path from the list, or else what was typed."""
        typed = [text.strip() for text in valuelist if not PATH.match(text)]
        self.typed = next((text for text in typed if text), "")[:TYPED_MAX]
        self.data = next((text for text in valuelist if PATH.match(text)), None)

    def offer(
        self,
        viewer: Viewer,
        permission: Permission,
        kinds: Iterable[GridKind],
        current: str = "",
    ) -> None:
        """List the open grids where the viewer may, and ``current`` whatever it is.

        What was sent holds if the viewer may there, be it on the list or not.
        """
        offered = grids.choices(viewer, permission, kinds=kinds)
        self.is_cut = len(offered) >= CHOICES_MAX
        sent = _grid_at(viewer, permission, kinds, path=self.data or "", code=self.typed)
        if self.typed:
            self.data = sent.path if sent else None
        missing = {current, sent.path if sent else ""} - {path for path, _label in offered} - {""}
        labels = grids.labels(missing)
        self.choices = offered + [(path, labels[path].full) for path in sorted(labels)]
        self.shown = self.data or next((path for path, _label in offered), "")

    def pre_validate(self, form: Any) -> None:
        """Refuse what was not offered."""
        del form
        if self.data is None and self.typed:
            raise validators.ValidationError(_l("No grid of yours has this code."))
        if self.data not in {choice[0] for choice in self.choices or ()}:
            raise validators.ValidationError(_l("Choose one of the list"))


def _grid_at(
    viewer: Viewer, permission: Permission, kinds: Iterable[GridKind], *, path: str, code: str
) -> Grid | None:
    """Return the open grid of that code or else path, if the viewer may there."""
    if not code:
        known = grids.grid_by_path(db.session(), path) if path else None
        code = known.code if known else ""
    try:
        grid = grids.grid_by_code_or_404(viewer, re.sub(r"[\s.-]", "", code).upper(), permission)
    except NotFound:
        return None
    return grid if grid.closed_on is None and grid.kind in set(kinds) else None


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
