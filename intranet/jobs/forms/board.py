"""What the board is narrowed to, as its form and its address say it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import BooleanField, HiddenField, IntegerField, SelectField, StringField, validators

from intranet.forms import Form
from intranet.grids.forms import tidy
from intranet.i18n import _, _l
from intranet.jobs.forms.labels import EMPLOYMENT_LABELS, SHIFT_LABELS
from intranet.jobs.models import CODE, Employment, Shift
from intranet.jobs.models.listed import PAY_STEPS_YUAN
from intranet.jobs.queries import Origin, Sort

SOUGHT_MAX = 60
MINUTES = (10, 15, 20, 30, 45, 60)
# To three places, some hundred metres: nobody's door stands in an address of ours.
PLACE = re.compile(r"(-?\d{1,2}\.\d{1,3}),(-?\d{1,3}\.\d{1,3})", re.ASCII)
SORT_LABELS = {Sort.NEWEST: _l("Newest first"), Sort.NEAREST: _l("Nearest first")}


class _Choice(SelectField):
    """A select with nothing chosen at first."""

    def pre_validate(self, form: object) -> None:
        """Say what is wrong in words of ours: the address may hold anything."""
        del form
        if self.data and self.data not in {one[0] for one in self.choices or ()}:
            raise validators.ValidationError(_("This is none of the choices"))


class BoardForm(Form):
    """The fields of the board."""

    q = StringField(
        _l("What work, which company, where"),
        [validators.Length(max=SOUGHT_MAX)],
        filters=[tidy],
        render_kw={"maxlength": SOUGHT_MAX, "autocomplete": "off"},
    )
    kind = HiddenField(_l("Kind of work"), filters=[tidy])
    pay = _Choice(_l("Pay at least"))
    employment = _Choice(_l("Form of employment"))
    shift = _Choice(_l("Shift"))
    within = _Choice(_l("On foot at most"))
    near = _Choice(_l("From where"))
    at = HiddenField(_l("Own place"), filters=[tidy])
    today = BooleanField(_l("New today"), false_values=(False, "", "0", "n"))
    sort = _Choice(_l("Order"))
    before = IntegerField(validators=[validators.Optional()])
    page = IntegerField(validators=[validators.Optional()])

    def offer(self, origins: Sequence[Origin]) -> None:
        """Fill in what can be chosen."""
        steps = [(str(one), _("%(num)s yuan a month", num=one)) for one in PAY_STEPS_YUAN]
        self.pay.choices = [("", _("Any pay")), *steps]
        self.employment.choices = [("", _("Any form")), *_options(EMPLOYMENT_LABELS)]
        self.shift.choices = [("", _("Any shift")), *_options(SHIFT_LABELS)]
        far = [(str(one), _("%(num)s minutes", num=one)) for one in MINUTES]
        self.within.choices = [("", _("Any distance")), *far]
        places = [(one.key, one.name) for one in origins]
        own = [("own", _("where I am"))] if self.at.data else []
        self.near.choices = [*own, *places] or [("", _("No place is known"))]
        self.sort.choices = _options(SORT_LABELS)

    def validate_kind(self, field: HiddenField) -> None:
        """Take a code of an occupation, at any depth."""
        if field.data and not CODE.fullmatch(field.data):
            raise validators.ValidationError(_("There is no such kind of work"))

    def validate_at(self, field: HiddenField) -> None:
        """Take a latitude and a longitude."""
        if field.data and own_place(field.data) is None:
            raise validators.ValidationError(_("This is no place on the map"))

    @property
    def chosen_employment(self) -> Employment | None:
        """What was chosen."""
        return Employment(self.employment.data) if self.employment.data else None

    @property
    def chosen_shift(self) -> Shift | None:
        """What was chosen."""
        return Shift(self.shift.data) if self.shift.data else None


def own_place(text: str) -> Origin | None:
    """Return the place a phone has told, rounded as it came; None where it is none."""
    found = PLACE.fullmatch(text)
    if found is None:
        return None
    latitude, longitude = float(found[1]), float(found[2])
    if not (-85 <= latitude <= 85 and -180 <= longitude <= 180):
        return None
    return Origin("own", _("where I am"), latitude, longitude)


def _options(labels: Mapping[Any, Any]) -> list[tuple[str, str]]:
    return [(str(key), str(label)) for key, label in labels.items()]
