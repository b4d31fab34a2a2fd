"""Boundaries as an SVG drawing, made here so that no tile server learns where anybody looks."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import starmap

from intranet.grids.models import Boundary, Fit, Grid, fit, stored_boundary
from intranet.grids.models.boundaries import METRES_PER_DEGREE

WIDTH = 1000.0  # units of the drawing
MARGIN = 24.0
ROUND_METRES = (20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000)
WARN_SHARE = 0.005


@dataclass(frozen=True, slots=True)
class Shape:
    """One grid on the drawing: its outline and where its label goes, in drawing units."""

    grid_id: int
    code: str
    name: str
    outline: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Projection:
    """From WGS84 to drawing units: from the north-west corner, so many units a degree."""

    west: float
    north: float
    squeeze: float
    per_degree: float

    def at(self, longitude: float, latitude: float) -> tuple[float, float]:
        """Return where a point lies on the drawing."""
        x = MARGIN + (longitude - self.west) * self.squeeze * self.per_degree
        return round(x, 1), round(MARGIN + (self.north - latitude) * self.per_degree, 1)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A map north up; ``scale_units`` is the length of the bar that stands for ``scale_metres``."""

    width: float
    height: float
    shapes: tuple[Shape, ...]
    frame: str
    scale_units: float
    scale_metres: int
    projection: Projection

    def holds(self, x: float, y: float) -> bool:
        """Whether a point is on the drawing."""
        return 0 <= x <= self.width and 0 <= y <= self.height


def draw(
    grids: Iterable[Grid], frame: Grid | None = None, focus: Grid | None = None
) -> Drawing | None:
    """Draw the grids that have a boundary, and the frame's outline round them; None if none has.

    With a focus, the drawing is of that one's size, and its neighbours run off the edges.
    """
    bounded = [(grid, stored_boundary(grid.boundary_wgs84)) for grid in grids]
    drawn = [(grid, boundary) for grid, boundary in bounded if boundary is not None]
    around = stored_boundary(frame.boundary_wgs84) if frame else None
    middle = stored_boundary(focus.boundary_wgs84) if focus else None
    boxes = [boundary.box for _, boundary in drawn] + ([around.box] if around else [])
    boxes = [middle.box] if middle else boxes
    if not boxes:
        return None
    west, south = min(box[0] for box in boxes), min(box[1] for box in boxes)
    east, north = max(box[2] for box in boxes), max(box[3] for box in boxes)
    # A degree of longitude is shorter than one of latitude by the cosine of where we are.
    squeeze = math.cos(math.radians((south + north) / 2))
    per_degree = (WIDTH - 2 * MARGIN) / max((east - west) * squeeze, (north - south) * 0.7, 1e-9)

    projection = Projection(west, north, squeeze, per_degree)

    def outline(boundary: Boundary) -> str:
        return "".join(
            "M" + "L".join(f"{x:g} {y:g}" for x, y in starmap(projection.at, ring[:-1])) + "Z"
            for ring in boundary.rings
        )

    shapes = []
    for grid, boundary in drawn:
        x, y = projection.at(*boundary.middle)
        shapes.append(Shape(grid.id, grid.code, grid.name, outline(boundary), x, y))
    metres, units = scale(per_degree / METRES_PER_DEGREE, WIDTH)
    return Drawing(
        width=round((east - west) * squeeze * per_degree + 2 * MARGIN, 1),
        height=round((north - south) * per_degree + 2 * MARGIN, 1),
        shapes=tuple(shapes),
        frame=outline(around) if around else "",
        scale_units=units,
        scale_metres=metres,
        projection=projection,
    )


def gaps_and_overlaps(parent: Grid, children: Iterable[Grid]) -> Fit | None:
    """Return how badly the children tile the parent, or None when well or nothing is drawn."""
    around = stored_boundary(parent.boundary_wgs84)
    inner = [b for child in children if (b := stored_boundary(child.boundary_wgs84)) is not None]
    if around is None or not inner:
        return None
    measured = fit(around, inner)
    return measured if max(measured.gap, measured.overlap) > WARN_SHARE else None


def scale(units_per_metre: float, width: float) -> tuple[int, float]:
    """Choose the longest round bar up to a quarter of a width: its metres, and its units."""
    fitting = [m for m in ROUND_METRES if m * units_per_metre <= width / 4] or [ROUND_METRES[0]]
    return fitting[-1], round(fitting[-1] * units_per_metre, 1)
