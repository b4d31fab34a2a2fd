"""Where an incident was found, put right: the grid, the words for the place, the point."""

from __future__ import annotations

from dataclasses import dataclass

from intranet.errors import InputError
from intranet.grids import queries as grids
from intranet.grids.models import Grid, GridKind
from intranet.incidents.operations.history import Act

FOUND_KINDS = frozenset({GridKind.MICRO, GridKind.DEDICATED})
PLACE_KINDS = FOUND_KINDS | {GridKind.GENERAL, GridKind.COMMUNITY}
PLACE_MAX = 200


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """A place: its grid, the words for it, and a point in WGS84 or none."""

    grid: Grid
    place: str = ""
    latitude_wgs84: float | None = None
    longitude_wgs84: float | None = None


def desk_of(grid: Grid) -> str:
    """Return the desk that first gets what is found in a grid: its general grid's, or its own."""
    if grid.kind in FOUND_KINDS:
        return ".".join(grid.path.split(".")[:-2]) + "."
    return grid.path


def move_to(act: Act, to: Whereabouts) -> None:
    """Change where the locked incident was found, and whose desk it lies on.

    A desk it has climbed to stays: that is above every grid of the community. Raises InputError by
    field for another community's grid, half a point, or the place it has already.
    """
    incident = act.incident
    is_gone = to.grid.closed_on is not None and to.grid.path != incident.grid_path
    if to.grid.kind not in PLACE_KINDS or is_gone:
        raise InputError("Choose the micro-grid", "grid")
    if grids.community_path(to.grid.path) != incident.community_path:
        raise InputError("It lies in another community: have it reported there", "grid")
    words = " ".join(to.place.split())
    if len(words) > PLACE_MAX:
        raise InputError("At most %(most)d characters", "place", most=PLACE_MAX)
    point = check_point(to.latitude_wgs84, to.longitude_wgs84)
    before = (
        incident.grid_path,
        incident.place,
        (incident.latitude_wgs84, incident.longitude_wgs84),
    )
    if before == (to.grid.path, words, point):
        raise InputError("That is where it is already", "grid")
    incident.grid_path, incident.place = to.grid.path, words
    incident.latitude_wgs84, incident.longitude_wgs84 = point
    if incident.level_raised == 0:
        incident.desk_path = desk_of(to.grid)


def check_point(
    latitude: float | None, longitude: float | None
) -> tuple[float | None, float | None]:
    """Return a point on this earth, or none; raises InputError (``latitude``) for half of one."""
    if latitude is None and longitude is None:
        return None, None
    # NaN is on no side of a bound: each comparison with it is false.
    if (
        latitude is None
        or longitude is None
        or not -90 <= latitude <= 90
        or not -180 <= longitude <= 180
    ):
        raise InputError("Give latitude and longitude together, in degrees", "latitude")
    return round(latitude, 7), round(longitude, 7)
