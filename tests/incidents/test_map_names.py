"""The map of the queue: signs hide neither each other's numbers nor the names of the grids."""

from __future__ import annotations

import random
import re
from types import SimpleNamespace

import pytest
from factories import AT, log_in
from queue_world import World

from intranet import clock
from intranet.grids.queries import Drawing
from intranet.grids.queries.drawing import Projection, Shape
from intranet.incidents import queries
from intranet.incidents.queries import Spot

SIDE = 300.0
NAMES = ("上场口微网格", "老街微网格", "农贸市场微网格", "学府路微网格")


def square_grids():
    """Four square grids beside each other, each with its name's place in the middle."""
    shapes = tuple(
        Shape(n, str(n), name, "", (n % 2 + 0.5) * SIDE, (n // 2 + 0.5) * SIDE)
        for n, name in enumerate(NAMES)
    )
    plane = Projection(0.0, 0.0, 1.0, 1.0)
    return Drawing(2 * SIDE, 2 * SIDE, shapes, "", 100.0, 100, plane)


def covers(name, spot, letter=30.0):
    half = len(name.name) * letter / 2
    return abs(name.x - spot.x) < half + 18 and abs(name.y - spot.y) < 15 + 18


@pytest.mark.parametrize("seed", range(20))
def test_a_name_stands_where_no_sign_is(seed):
    dice, drawing = random.Random(seed), square_grids()
    # Two in each grid, near its middle, where the name would stand.
    spots = [
        Spot(shape.x + dice.uniform(-60, 60), shape.y + dice.uniform(-30, 30), ())
        for shape in drawing.shapes
        for _one in range(2)
    ]
    names = queries.grid_names(drawing, spots)
    assert [one.name for one in names] == list(NAMES)
    assert not [(one, spot) for one in names for spot in spots if covers(one, spot)]
    for one, shape in zip(names, drawing.shapes, strict=True):
        assert abs(one.y - shape.y) <= 100, "it stays in its grid"


def test_without_signs_names_stand_in_the_middle_and_among_too_many_they_still_stand():
    drawing = square_grids()
    assert [one.y for one in queries.grid_names(drawing, [])] == [s.y for s in drawing.shapes]
    everywhere = [Spot(x * 40.0, y * 40.0, ()) for x in range(16) for y in range(16)]
    assert len(queries.grid_names(drawing, everywhere)) == len(NAMES)


@pytest.mark.parametrize("seed", range(20))
def test_no_sign_covers_the_middle_of_another(seed):
    dice, drawing = random.Random(seed), square_grids()
    rows = [
        SimpleNamespace(
            longitude_wgs84=dice.uniform(0, 500), latitude_wgs84=-dice.uniform(0, 500), light=None
        )
        for _one in range(60)
    ]
    found, elsewhere = queries.spots(rows, drawing)
    assert elsewhere == []
    assert sum(len(spot.rows) for spot in found) == len(rows)
    for number, one in enumerate(found):
        for other in found[number + 1 :]:
            assert abs(one.x - other.x) > 12 or abs(one.y - other.y) > 12


def test_names_are_drawn_over_the_signs_and_let_the_pointer_through(app, client, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT)
    world = World(40)
    log_in(client, world.people["secretary"])
    page = client.get("/incidents/map?tab=area").get_data(as_text=True)
    names = [match.start() for match in re.finditer(r'<text class="name"', page)]
    assert len(names) == 1
    assert names[0] > page.rindex('class="pin ')
