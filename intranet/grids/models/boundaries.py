"""Boundaries: GeoJSON polygons (RFC 7946) in WGS84, read strictly and measured plainly.

Lengths and areas use a local flat earth (cosine of the latitude): right to a part in a thousand
over the few kilometres of a town.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from intranet.errors import InputError

Point = tuple[float, float]  # longitude, latitude, degrees
Ring = tuple[Point, ...]

METRES_PER_DEGREE = 111_195.0
TEXT_MAX = 65_536
POLYGONS_MAX = 20
VERTICES_MAX = 600
WEST, SOUTH, EAST, NORTH = 73.0, 3.0, 136.0, 54.0  # China, generously
SCAN_LINES = 96
READ_MAX = 1_000  # boundaries that are kept as they were read


@dataclass(frozen=True, slots=True)
class Boundary:
    """One or more polygons, each an outer ring and its holes; every ring ends where it begins."""

    polygons: tuple[tuple[Ring, ...], ...]

    @property
    def rings(self) -> Iterator[Ring]:
        """All rings, holes among them."""
        for polygon in self.polygons:
            yield from polygon

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        longitudes, latitudes = zip(*(point for ring in self.rings for point in ring), strict=True)
        return min(longitudes), min(latitudes), max(longitudes), max(latitudes)

    def holds(self, latitude: float, longitude: float) -> bool:
        """Whether a place lies inside, WGS84 in degrees."""
        west, south, east, north = self.box
        if not (west <= longitude <= east and south <= latitude <= north):
            return False
        return any(
            left <= longitude <= right
            for polygon in self.polygons
            for left, right in spans(polygon, latitude)
        )

    @property
    def area_m2(self) -> float:
        """Square metres, holes taken off."""
        return sum(
            abs(signed_area_m2(polygon[0])) - sum(abs(signed_area_m2(hole)) for hole in polygon[1:])
            for polygon in self.polygons
        )

    @property
    def middle(self) -> Point:
        """A point inside the largest polygon, for its label: the middle of its widest reach."""
        largest = max(self.polygons, key=lambda polygon: abs(signed_area_m2(polygon[0])))
        latitudes = [point[1] for point in largest[0]]
        south, north = min(latitudes), max(latitudes)
        best: tuple[float, Point] = (-1.0, largest[0][0])
        for step in (0.5, 0.4, 0.6, 0.3, 0.7):
            latitude = south + (north - south) * step
            for left, right in spans(largest, latitude):
                # The first line through the middle wins ties, so that labels sit centrally.
                if right - left > best[0] * 1.25:
                    best = (right - left, ((left + right) / 2, latitude))
        return best[1]

    def geojson(self) -> str:
        """Return the geometry as compact GeoJSON, seven decimals (a centimetre)."""
        coordinates: list[Any] = [
            [[[round(x, 7), round(y, 7)] for x, y in ring] for ring in polygon]
            for polygon in self.polygons
        ]
        if len(coordinates) == 1:
            shape = {"type": "Polygon", "coordinates": coordinates[0]}
        else:
            shape = {"type": "MultiPolygon", "coordinates": coordinates}
        return json.dumps(shape, separators=(",", ":"))


def read_boundary(text: str) -> Boundary:
    """Read a GeoJSON Polygon, MultiPolygon or a Feature of one.

    Raises InputError (field ``boundary``) for anything that is not a sound boundary in China:
    open, crossing or empty rings, places elsewhere, more than VERTICES_MAX corners.
    """
    if len(text) > TEXT_MAX:
        raise InputError("The boundary is too long", "boundary")
    try:
        shape = json.loads(text)
        if shape["type"] == "Feature":
            shape = shape["geometry"]
        raw = shape["coordinates"]
        polygons = {"Polygon": [raw], "MultiPolygon": raw}[shape["type"]]
        boundary = Boundary(
            tuple(
                tuple(tuple((float(p[0]), float(p[1])) for p in ring) for ring in polygon)
                for polygon in polygons
            )
        )
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise InputError("The boundary is not a GeoJSON polygon", "boundary") from error
    _check(boundary)
    return Boundary(tuple(_wound(polygon) for polygon in boundary.polygons))


@lru_cache(maxsize=READ_MAX)
def stored_boundary(text: str | None) -> Boundary | None:
    """Read what the database holds, once a text; it was checked when it came in."""
    if text is None:
        return None
    shape = json.loads(text)
    polygons = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
    return Boundary(
        tuple(tuple(tuple((p[0], p[1]) for p in ring) for ring in polygon) for polygon in polygons)
    )


def signed_area_m2(ring: Sequence[Point]) -> float:
    """Return the ring's area in square metres, positive when it runs counter-clockwise."""
    width = METRES_PER_DEGREE * math.cos(math.radians(ring[0][1]))
    x0, y0 = ring[0]
    flat = [((x - x0) * width, (y - y0) * METRES_PER_DEGREE) for x, y in ring]
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(flat)) / 2


def metres_between(boundary: Boundary, latitude: float, longitude: float) -> float:
    """Return how far a place outside lies from the nearest edge; about, when that is far."""
    wide = METRES_PER_DEGREE * math.cos(math.radians(latitude))
    return min(
        _metres_to_edge(
            ((a[0] - longitude) * wide, (a[1] - latitude) * METRES_PER_DEGREE),
            ((b[0] - longitude) * wide, (b[1] - latitude) * METRES_PER_DEGREE),
        )
        for ring in boundary.rings
        for a, b in pairwise(ring)
    )


def _metres_to_edge(a: Point, b: Point) -> float:
    """Return how far the edge from a to b is from the origin, all in metres."""
    east, north = b[0] - a[0], b[1] - a[1]
    length = east * east + north * north
    along = -(a[0] * east + a[1] * north) / length if length else 0.0
    share = min(1.0, max(0.0, along))
    return math.hypot(a[0] + share * east, a[1] + share * north)


def spans(rings: Iterable[Ring], latitude: float) -> list[tuple[float, float]]:
    """Return the stretches of a line of latitude that lie inside the rings, west to east."""
    crossings = sorted(
        a[0] + (latitude - a[1]) * (b[0] - a[0]) / (b[1] - a[1])
        for ring in rings
        for a, b in pairwise(ring)
        if (a[1] <= latitude) != (b[1] <= latitude)
    )
    return list(zip(crossings[::2], crossings[1::2], strict=False))


@dataclass(frozen=True, slots=True)
class Fit:
    """How siblings tile their parent: shares (0 to 1) of its area left out, or covered twice."""

    gap: float
    overlap: float


def fit(parent: Boundary, children: Sequence[Boundary]) -> Fit:
    """Measure gaps and overlaps along SCAN_LINES lines of latitude: an estimate, for a warning."""
    _, south, _, north = parent.box
    inside = gap = overlap = 0.0
    for line in range(SCAN_LINES):
        latitude = south + (north - south) * (line + 0.5) / SCAN_LINES
        edges = [
            (x, step)
            for child in children
            for span in spans(child.rings, latitude)
            for x, step in ((span[0], 1), (span[1], -1))
        ]
        for left, right in spans(parent.rings, latitude):
            inside += right - left
            gap += right - left
            depth, here = 0, left
            for x, step in [*sorted(edges), (right, 0)]:
                stop = min(max(x, left), right)
                gap -= (stop - here) if depth > 0 else 0
                overlap += (stop - here) if depth > 1 else 0
                depth, here = depth + step, stop
    return Fit(gap / inside, overlap / inside) if inside else Fit(0.0, 0.0)


def _check(boundary: Boundary) -> None:
    if not boundary.polygons or len(boundary.polygons) > POLYGONS_MAX:
        raise InputError("The boundary is not a GeoJSON polygon", "boundary")
    vertices = 0
    for ring in boundary.rings:
        vertices += len(ring)
        if vertices > VERTICES_MAX:
            raise InputError(
                "The boundary has more than %(most)d corners", "boundary", most=VERTICES_MAX
            )
        if len(ring) < 4 or ring[0] != ring[-1]:
            raise InputError("The boundary does not end where it begins", "boundary")
        if not all(WEST <= x <= EAST and SOUTH <= y <= NORTH for x, y in ring):
            raise InputError(
                "The boundary lies outside China; longitude comes first, in WGS84", "boundary"
            )
        if _crosses_itself(ring):
            raise InputError("The boundary crosses itself", "boundary")
        if abs(signed_area_m2(ring)) < 1:
            raise InputError("The boundary encloses nothing", "boundary")
    if not all(boundary.polygons):
        raise InputError("The boundary is not a GeoJSON polygon", "boundary")


def _crosses_itself(ring: Ring) -> bool:
    """Whether two edges that are not neighbours meet, or a corner is passed twice."""
    if len(set(ring)) != len(ring) - 1:
        return True
    edges = list(pairwise(ring))
    for i, (a, b) in enumerate(edges):
        # The last edge touches the first one in the ring's own beginning.
        for c, d in edges[i + 2 : len(edges) - (i == 0)]:
            if max(a[0], b[0]) < min(c[0], d[0]) or max(c[0], d[0]) < min(a[0], b[0]):
                continue
            if _side(a, b, c) * _side(a, b, d) <= 0 and _side(c, d, a) * _side(c, d, b) <= 0:
                return True
    return False


def _side(a: Point, b: Point, c: Point) -> int:
    cross = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (cross > 0) - (cross < 0)


def _wound(polygon: tuple[Ring, ...]) -> tuple[Ring, ...]:
    """Turn the outer ring counter-clockwise and holes clockwise (RFC 7946 §3.1.6)."""
    return tuple(
        ring if (signed_area_m2(ring) > 0) == (place == 0) else ring[::-1]
        for place, ring in enumerate(polygon)
    )
