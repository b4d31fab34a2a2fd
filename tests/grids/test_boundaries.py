"""Boundaries are read strictly and measured rightly."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intranet.errors import InputError
from intranet.grids.models import fit, read_boundary
from intranet.grids.models.boundaries import METRES_PER_DEGREE


def geojson(*rings):
    return json.dumps({"type": "Polygon", "coordinates": rings})


def box(west, south, east, north):
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def test_a_square_kilometre_measures_a_square_kilometre():
    side = 1000 / METRES_PER_DEGREE
    wide = side / math.cos(math.radians(30))
    boundary = read_boundary(geojson(box(103, 30, 103 + wide, 30 + side)))
    assert boundary.area_m2 == pytest.approx(1_000_000, rel=1e-3)


def test_a_hole_is_taken_off_and_rings_are_wound_as_rfc_7946_asks():
    outer, hole = box(103, 30, 103.2, 30.2), box(103.05, 30.05, 103.1, 30.1)
    boundary = read_boundary(geojson(outer[::-1], hole))
    whole = read_boundary(geojson(outer))
    assert boundary.area_m2 < whole.area_m2
    first = json.loads(boundary.geojson())["coordinates"]
    assert first[0] == json.loads(whole.geojson())["coordinates"][0]
    assert first[1] == hole[::-1]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        '{"type":"Point","coordinates":[103,30]}',
        geojson(),
        geojson([]),
        geojson(box(103, 30, 103.1, 30.1)[:-1]),
        geojson([[103, 30], [103.1, 30.1], [103, 30]]),
        geojson([[103, 30], [103.1, 30.1], [103.1, 30], [103, 30.1], [103, 30]]),
        geojson([[103, 30], [103.1, 30], [103.2, 30], [103, 30]]),
        geojson(box(30, 103, 30.1, 103.1)),
        geojson([["a", "b"]] * 4),
        '{"type":"Polygon","coordinates":[[[NaN,30],[103,30],[103,31],[NaN,30]]]}',
        '{"type":"MultiPolygon","coordinates":[]}',
        geojson([[103 + 0.1 * math.cos(n), 30 + 0.1 * math.sin(n)] for n in range(700)]),
        "[" * 5000,
        "x" * 70_000,
    ],
)
def test_what_is_no_boundary_is_refused_in_words(text):
    with pytest.raises(InputError):
        read_boundary(text)


def test_a_feature_and_a_multipolygon_are_read():
    polygon = {"type": "Polygon", "coordinates": [box(103, 30, 103.1, 30.1)]}
    feature = json.dumps({"type": "Feature", "geometry": polygon})
    assert len(read_boundary(feature).polygons) == 1
    several = {
        "type": "MultiPolygon",
        "coordinates": [[box(103, 30, 103.1, 30.1)], [box(103.2, 30, 103.3, 30.1)]],
    }
    boundary = read_boundary(json.dumps(several))
    assert len(boundary.polygons) == 2
    assert json.loads(boundary.geojson())["type"] == "MultiPolygon"


@given(st.integers(1, 9), st.integers(0, 9))
def test_gaps_and_overlaps_are_measured_in_shares(left, start):
    whole = read_boundary(geojson(box(103, 30, 104, 31)))
    one = read_boundary(geojson(box(103, 30, 103 + left / 10, 31)))
    other = read_boundary(geojson(box(103 + start / 10, 30, 104, 31)))
    measured = fit(whole, [one, other])
    assert measured.gap == pytest.approx(max(0, start - left) / 10, abs=1e-6)
    assert measured.overlap == pytest.approx(max(0, left - start) / 10, abs=1e-6)


def test_the_label_lies_inside():
    horseshoe = [
        [103, 30], [103.4, 30], [103.4, 30.4], [103.3, 30.4], [103.3, 30.1],
        [103.1, 30.1], [103.1, 30.4], [103, 30.4], [103, 30],
    ]  # fmt: skip
    boundary = read_boundary(geojson(horseshoe))
    x, y = boundary.middle
    assert x < 103.1 or x > 103.3 or y < 30.1
