"""What people type about stations, and what somebody came in for."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, validators

from intranet.errors import InputError
from intranet.forms import Form
from intranet.grids.forms import OneOf, PlaceField
from intranet.i18n import _l
from intranet.jobs.forms.fairs import NEEDED, Turn
from intranet.jobs.forms.fields import Degrees, line, text
from intranet.jobs.forms.placing import PlacedForm
from intranet.jobs.models import Purpose
from intranet.jobs.operations import StationFacts
from intranet.register.operations import numbers

PURPOSE_LABELS = {
    Purpose.WORK: _l("Came for work"),
    Purpose.COMPANY: _l("Comes for a company"),
    Purpose.OTHER: _l("Came for something else"),
}


class StationForm(PlacedForm, Turn):
    """Where a station is and when it is open."""

    grid_path = PlaceField(_l("Community"), blank=_l("Choose a community"), must=True)
    name = line(_l("What the station is called"), validators.DataRequired(NEEDED), longest=60)
    address = line(_l("Address"), validators.DataRequired(NEEDED), longest=120)
    latitude = Degrees(_l("Latitude (WGS84)"), [validators.InputRequired(NEEDED)], most=90)
    longitude = Degrees(_l("Longitude (WGS84)"), [validators.InputRequired(NEEDED)], most=180)
    phone = line(_l("The station's phone"), longest=20, inputmode="tel")
    words = text(_l("When it is open"), longest=300)
    is_closed = BooleanField(_l("Given up: no walk begins here any more"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Say that a phone is none along with all else that is wrong."""
        is_well = super().validate(extra_validators)
        try:
            if self.phone.data and not self.phone.errors:
                numbers.phone(self.phone.data)
        except InputError as error:
            return not self.shows(error)
        return is_well

    @property
    def facts(self) -> StationFacts:
        """What was typed, once it is valid."""
        return StationFacts(
            name=self.name.data or "",
            address=self.address.data or "",
            latitude=self.latitude.data,
            longitude=self.longitude.data,
            phone=self.phone.data or "",
            words=self.words.data or "",
            is_closed=bool(self.is_closed.data),
        )


class ScreenForm(Form):
    """In which station a touch screen stands."""

    station = OneOf(_l("Station of the screen"), choices=[])
