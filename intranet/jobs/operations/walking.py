"""How long one walks, by the straight line: the room's one way to say it."""

from __future__ import annotations

import math
from typing import NamedTuple

from intranet.grids.models.boundaries import METRES_PER_DEGREE

# Streets are longer than the straight line, and people walk 4.5 km an hour.
DETOUR = 1.3
METRES_A_MINUTE = 75.0


class Place(NamedTuple):
    """A place on the earth, WGS84, in degrees."""

    latitude: float
    longitude: float


class Box(NamedTuple):
    """What lies between two parallels and two meridians, WGS84, in degrees, its edges included."""

    south: float
    west: float
    north: float
    east: float

    def holds(self, place: Place) -> bool:
        """Whether a place lies in it."""
        return (
            self.south <= place.latitude <= self.north and self.west <= place.longitude <= self.east
        )


def walk_minutes(one: Place, other: Place) -> int:
    """Return the whole minutes of the walk, rounded up: never said to be nearer than it is.

    The same both ways. On a local flat earth, which within 10 km is a few metres off.
    """
    north = one.latitude - other.latitude
    east = (one.longitude - other.longitude) * math.cos(
        math.radians((one.latitude + other.latitude) / 2)
    )
    metres = math.hypot(north, east) * METRES_PER_DEGREE
    return math.ceil(metres * DETOUR / METRES_A_MINUTE)


def reach(home: Place, minutes: int) -> Box:
    """Return a box that holds every place within so many minutes' walk; its corners are farther."""
    north = minutes * METRES_A_MINUTE / DETOUR / METRES_PER_DEGREE * (1 + 1e-9)
    # Meridians are nearest to each other at the latitude that is farthest from the equator.
    widest = math.cos(math.radians(min(abs(home.latitude) + north, 85.0)))
    east = north / widest
    return Box(
        home.latitude - north, home.longitude - east, home.latitude + north, home.longitude + east
    )
