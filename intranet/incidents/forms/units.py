"""What people type about the units that incidents are given to."""

from __future__ import annotations

from typing import Any

from wtforms import StringField, validators
from wtforms.widgets import HiddenInput

from intranet.forms import Form
from intranet.grids.forms import PlaceField, Whole, tidy
from intranet.i18n import _l


def _line(label: Any, longest: int, *more: Any) -> StringField:
    length = validators.Length(max=longest, message=_l("At most %(max)d characters"))
    return StringField(label, [*more, length], filters=[tidy])


class UnitForm(Form):
    """A unit: what it is called, what it is for, where it is reached."""

    name = _line(_l("What it is called"), 30, validators.InputRequired(_l("Give a name")))
    duties = _line(_l("Duties"), 200)
    phone = _line(_l("Office phone"), 30)
    version = Whole(widget=HiddenInput())


class NewUnitForm(UnitForm):
    """A unit to be entered, and where."""

    grid_path = PlaceField(_l("Where"), blank=_l("Choose"), must=True)
