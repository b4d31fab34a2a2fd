"""A place that is pressed on a picture of the map: no script, and nobody types degrees."""

from __future__ import annotations

from typing import Any

from wtforms import StringField
from wtforms.widgets import HiddenInput

from intranet.errors import InputError
from intranet.forms import Form
from intranet.grids import queries as grids
from intranet.grids.queries import Window
from intranet.i18n import _l
from intranet.jobs.forms.fields import Degrees

PRESSED = "place"  # of the picture, which sends where, and of the buttons beside it


class PlacedForm(Form):
    """Latitude and longitude, both or neither, and what was seen of the map."""

    latitude = Degrees(_l("Latitude (WGS84)"), most=90)
    longitude = Degrees(_l("Longitude (WGS84)"), most=180)
    window = StringField(widget=HiddenInput())

    def validate(self, extra_validators: Any = None) -> bool:
        """Say that one of both is missing along with all else that is wrong."""
        return super().validate(extra_validators) & self._is_whole()

    def _is_whole(self) -> bool:
        is_well = True
        for field, other in ((self.latitude, self.longitude), (self.longitude, self.latitude)):
            if field.data is None and other.data is not None and not field.errors:
                missing = InputError("A place has both latitude and longitude", field.short_name)
                is_well = not self.shows(missing)
        return is_well

    @property
    def seen(self) -> Window | None:
        """The piece of the map that was on the page."""
        return Window.read(self.window.data or "")

    @property
    def spot(self) -> tuple[float, float] | None:
        """Latitude and longitude, as far as both are there."""
        if self.latitude.data is None or self.longitude.data is None:
            return None
        return self.latitude.data, self.longitude.data

    def press(self, given: Any) -> bool:
        """Take what was pressed of the picture or beside it; False: nothing was.

        Afterwards ``seen`` is what is to be shown: a closer look at what was pressed.
        """
        acts = {"out": self._look, "look": self._look, "none": self._take_away}
        if (act := acts.get(given.get(PRESSED, ""))) is not None:
            act(given[PRESSED])
            return True
        at = [given.get(f"{PRESSED}.{axis}", "") for axis in "xy"]
        if not any(at):
            return False
        window = self.seen
        x, y = (int(one) if one.isdecimal() and len(one) <= 4 else grids.SIDE + 1 for one in at)
        # A keyboard presses the picture in its corner, or nowhere.
        if window is None or (x, y) == (0, 0) or not window.holds(x, y):
            self.shows(InputError("Press a spot of the map, or give degrees below", "latitude"))
            return True
        latitude, longitude = window.place(x, y)
        self._set(latitude, longitude)
        self.window.data = window.closer(latitude, longitude).text
        return True

    def _look(self, act: str) -> None:
        """Show all of the community, or where what was typed is; what cannot be read is said."""
        self.window.data = "" if act == "look" else act
        for field in (self.latitude, self.longitude):
            if field.process_errors:
                field.validate(self)
        self._is_whole()

    def _take_away(self, _act: str) -> None:
        self._set(None, None)
        self.window.data = ""

    def _set(self, latitude: float | None, longitude: float | None) -> None:
        for field, value in ((self.latitude, latitude), (self.longitude, longitude)):
            field.data, field.typed, field.process_errors = value, "", []
