"""In which grid a report lies, said while it is made: by choice, photo, position or own grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, make_response, render_template, request

from intranet.access import Permission, Viewer, allowed, require
from intranet.db import db
from intranet.errors import InputError
from intranet.grids.models import Grid
from intranet.i18n import N_, _n
from intranet.incidents import queries
from intranet.incidents.forms import ReportForm
from intranet.incidents.operations import Stored
from intranet.incidents.views.room import ENTER, bp

FOUND_BY_PHONE = {"photo", "here"}
KEEP, WITHOUT = "keep", "without"
OFFICE = Permission.INCIDENTS_INCIDENT_ACCEPT
KILOMETRE = 1000


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The grid, and by what it was found: "chosen", "photo", "here", "camera", "own" or "".

    ``found`` is the place and by what that is known. It is ``away`` metres from any grid of the
    viewer's, 0 when it is not; then ``choice`` says what becomes of it, "" while nobody has.
    """

    grid: Grid | None
    by: str
    found: tuple[float | None, float | None, str]
    away: int = 0
    choice: str = ""
    may_keep: bool = False

    @property
    def place(self) -> tuple[float | None, float | None]:
        """Latitude and longitude, as far as the report is to have them."""
        return (None, None) if self.away and self.choice == WITHOUT else self.found[:2]

    @property
    def is_open(self) -> bool:
        """Whether somebody has yet to say what becomes of a place far from here."""
        return self.away > 0 and not self.choice

    @property
    def far(self) -> str:
        """How far away, in words."""
        if self.away < KILOMETRE:
            return str(_n("%(num)d metre", "%(num)d metres", self.away))
        kilometres = round(self.away / KILOMETRE)
        return str(_n("%(num)d kilometre", "%(num)d kilometres", kilometres))


@bp.get("/incidents/where")
def where() -> Response:
    """Say in which grid the place of the report lies, as far as it is known."""
    viewer = require(ENTER)
    form = ReportForm(request.args)
    found = whereabouts(viewer, form, [])
    return make_response(render_template("incidents/_where.html", where=found, form=form))


def coordinates(
    form: ReportForm, files: Sequence[Stored]
) -> tuple[float | None, float | None, str]:
    """Return where and by what it is known.

    What somebody or a camera said comes first, then the first photo that knows where it was taken
    (it may be of yesterday, and of elsewhere), then where the phone is now.
    """
    latitude, longitude = form.latitude.data, form.longitude.data
    said = latitude is not None and longitude is not None
    by = form.place_from.data or ""
    if not said or by in FOUND_BY_PHONE:
        for one in files:
            if one.latitude_wgs84 is not None:
                return one.latitude_wgs84, one.longitude_wgs84, "photo"
    return (latitude, longitude, by) if said else (None, None, "")


def whereabouts(viewer: Viewer, form: ReportForm, files: Sequence[Stored]) -> Whereabouts:
    """Return the grid chosen, else the one the place lies in, else the only one there is."""
    session = db.session()
    found = latitude, longitude, by = coordinates(form, files)
    chosen = form.grid.data or ""
    inside = None
    if latitude is not None and longitude is not None:
        inside = queries.grid_at(session, viewer, latitude, longitude)
    away = 0
    if inside is None and latitude is not None and longitude is not None and by != "camera":
        away = queries.metres_away(session, viewer, latitude, longitude)
    may_keep = allowed(viewer, OFFICE)
    choice = _choice(form, may_keep=may_keep) if away else ""
    if chosen:
        grid = queries.reportable_grid(session, viewer, chosen)
        return Whereabouts(grid, "chosen", found, away, choice, may_keep)
    if inside is not None:
        return Whereabouts(inside, by if by in {"photo", "camera"} else "here", found)
    own = [grant.path for grant in viewer.grants]
    only = queries.reportable_grid(session, viewer, own[0]) if len(own) == 1 else None
    return Whereabouts(only, "own" if only else "", found, away, choice, may_keep)


def _choice(form: ReportForm, *, may_keep: bool) -> str:
    """Return what was said of a place far from here; who chose a grid goes by that."""
    said = form.outside.data or ""
    if said == WITHOUT or (said == KEEP and may_keep):
        return said
    return WITHOUT if form.grid.data else ""


def check_place(form: ReportForm, where: Whereabouts) -> None:
    """Raise InputError (``outside``) for a place far from here of which nobody has said what for.

    The form then shows the place, be it only the photo that knew it.
    """
    if not where.is_open:
        return
    form.latitude.data, form.longitude.data, form.place_from.data = where.found
    key = N_(
        "This place is not in the community, about %(far)s from the nearest micro-grid: "
        "choose below what to do with it"
    )
    raise InputError(key, "outside", far=where.far)
