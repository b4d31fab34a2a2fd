"""A square piece of the map to press on: so many metres across, north up, in units of its side."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import starmap

from intranet.grids.models import Boundary, Grid, stored_boundary
from intranet.grids.models.boundaries import METRES_PER_DEGREE
from intranet.grids.queries.drawing import Shape, scale

SIDE = 320  # CSS pixels: what is pressed is told in them, so it is shown so large everywhere
CLOSEST, WIDEST = 150.0, 60_000.0  # metres
NORTHMOST = 85.0  # degrees; nearer to a pole nothing is drawn
CLOSER = 3.0
EDGE = 0.15  # of the side: pressed there, the next piece has the place in its middle
MARGIN = 1.08
SAID = re.compile(r"-?\d{1,2}\.\d{6},-?\d{1,3}\.\d{6},\d{2,5}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Window:
    """What is seen: its middle, WGS84, and how many metres its side is."""

    latitude: float
    longitude: float
    metres: float

    @classmethod
    def read(cls, text: str) -> Window | None:
        """Return what ``text`` said; None for nonsense."""
        if not SAID.match(text):
            return None
        latitude, longitude, metres = (float(part) for part in text.split(","))
        fits = abs(latitude) <= NORTHMOST and abs(longitude) <= 180 and CLOSEST <= metres <= WIDEST
        return cls(latitude, longitude, metres) if fits else None

    @classmethod
    def around(cls, points: Iterable[tuple[float, float]]) -> Window | None:
        """Return what holds all points, each latitude and longitude; None without any."""
        listed = list(points)
        if not listed:
            return None
        south, north = min(one[0] for one in listed), max(one[0] for one in listed)
        west, east = min(one[1] for one in listed), max(one[1] for one in listed)
        latitude, longitude = (south + north) / 2, (west + east) / 2
        wide = (east - west) * METRES_PER_DEGREE * math.cos(math.radians(latitude))
        metres = max(wide, (north - south) * METRES_PER_DEGREE) * MARGIN
        return cls(latitude, longitude, min(max(metres, 2 * CLOSEST), WIDEST))

    @property
    def text(self) -> str:
        """What ``read`` takes."""
        return f"{self.latitude:.6f},{self.longitude:.6f},{round(self.metres)}"

    @property
    def is_closest(self) -> bool:
        """Whether it cannot be looked at more closely."""
        return self.metres <= CLOSEST * 1.01

    def at(self, latitude: float, longitude: float) -> tuple[float, float]:
        """Return where a place lies, in units of which the side has ``SIDE``."""
        unit = SIDE / self.metres * METRES_PER_DEGREE
        x = SIDE / 2 + (longitude - self.longitude) * self._squeeze * unit
        return round(x, 1), round(SIDE / 2 + (self.latitude - latitude) * unit, 1)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return latitude and longitude of what was pressed, six decimals."""
        degrees = self.metres / SIDE / METRES_PER_DEGREE
        latitude = self.latitude - (y - SIDE / 2) * degrees
        return round(latitude, 6), round(
            self.longitude + (x - SIDE / 2) * degrees / self._squeeze, 6
        )

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies in it."""
        return 0 <= x <= SIDE and 0 <= y <= SIDE

    def closer(self, latitude: float, longitude: float) -> Window:
        """Return a closer look at a place; where there is none, the same, or with it in sight."""
        metres = max(self.metres / CLOSER, CLOSEST)
        near = EDGE * SIDE, (1 - EDGE) * SIDE
        if self.is_closest and all(
            near[0] <= one <= near[1] for one in self.at(latitude, longitude)
        ):
            return self
        return Window(latitude, longitude, metres)

    @property
    def _squeeze(self) -> float:
        return math.cos(math.radians(self.latitude))


@dataclass(frozen=True, slots=True)
class Pane:
    """The grids as far as a window shows them."""

    window: Window
    shapes: tuple[Shape, ...]
    scale_units: float
    scale_metres: int


def pane(window: Window, grids: Iterable[Grid]) -> Pane:
    """Draw the grids of which something lies in a window, in its units."""
    shapes = []
    for grid in grids:
        boundary = stored_boundary(grid.boundary_wgs84)
        if boundary is None or not _meets(window, boundary):
            continue
        longitude, latitude = boundary.middle
        x, y = window.at(latitude, longitude)
        shapes.append(Shape(grid.id, grid.code, grid.name, _outline(window, boundary), x, y))
    metres, units = scale(SIDE / window.metres, SIDE)
    return Pane(window, tuple(shapes), units, metres)


def all_around(grids: Iterable[Grid]) -> list[tuple[float, float]]:
    """Return the corners, latitude and longitude, of what the grids' boundaries fill."""
    boundaries = [stored_boundary(grid.boundary_wgs84) for grid in grids]
    corners = []
    for one in boundaries:
        if one is not None:
            west, south, east, north = one.box
            corners += [(south, west), (north, east)]
    return corners


def _meets(window: Window, boundary: Boundary) -> bool:
    west, south, east, north = boundary.box
    left, top = window.at(north, west)
    right, bottom = window.at(south, east)
    return right >= 0 and bottom >= 0 and left <= SIDE and top <= SIDE


def _outline(window: Window, boundary: Boundary) -> str:
    return "".join(
        "M"
        + "L".join(
            f"{x:g} {y:g}" for x, y in starmap(window.at, [(at[1], at[0]) for at in ring[:-1]])
        )
        + "Z"
        for ring in boundary.rings
    )
