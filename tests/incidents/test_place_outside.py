"""A place far from the community is not kept in silence: it is left out, or said to be right."""

from __future__ import annotations

import io
import math

import pytest
from factories import AT, create_account, create_town, log_in
from incidents.phones import EAST, WEST, draw, photo
from incidents_factory import create_category
from sqlalchemy import select

from intranet import clock, once
from intranet.db import db
from intranet.grids.models import Boundary
from intranet.grids.models.boundaries import METRES_PER_DEGREE, metres_between
from intranet.incidents.models import Incident, State

INSIDE = {"latitude": 30.425, "longitude": EAST + 0.005, "place_from": "here"}
# A place 12 km north of the grids; and one a few steps beside them.
FAR = {"latitude": 30.43 + 12_000 / METRES_PER_DEGREE, "longitude": WEST, "place_from": "here"}
BESIDE = {"latitude": 30.432, "longitude": WEST, "place_from": "here"}


@pytest.fixture
def town(app, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT)
    return draw(create_town())


@pytest.fixture
def matter(town):
    return create_category("占道经营")


def browser_of(app, account):
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return log_in(client, account)


@pytest.fixture
def resident(app, town):
    return browser_of(app, create_account("resident", town.micros[0].path))


@pytest.fixture
def office(app, town):
    return browser_of(app, create_account("office", town.community.path))


def send(browser, matter, *, send="now", url="/incidents/new", headers=None, **fields):
    data = {"category": matter.id, "once": once.new_key(), "send": send, **fields}
    return browser.post(url, data=data, headers=headers)


def made():
    """Where what was made lies, read with no transaction left open."""
    db.session.rollback()
    found = db.session.execute(
        select(Incident.grid_path, Incident.latitude_wgs84, Incident.state)
    ).all()
    db.session.rollback()
    return [tuple(one) for one in found]


def test_the_form_says_how_far_a_place_is_beside_it_and_what_may_be_done(app, town, resident):
    home = town.micros[0].name
    told = resident.get("/incidents/where", query_string=FAR).text
    inside = resident.get("/incidents/where", query_string=INSIDE).text

    assert "这个位置不在本社区范围内，离最近的微网格约 12 公里" in told
    assert f"不用这个位置，按“{home}”上报" in told
    assert "仍按此位置上报" not in told
    assert " checked" not in told
    assert "hidden disabled" in inside


@pytest.mark.parametrize("phone", [False, True])
def test_a_far_place_is_refused_with_the_choice_and_all_that_was_typed(
    app, town, matter, resident, phone
):
    headers = {"X-Draft": "1"} if phone else {}
    refused = send(resident, matter, headers=headers, description="摆了三天", **FAR)

    assert refused.status_code == 422
    assert made() == []
    said = refused.json["reason"] if phone else refused.text
    assert "不在本社区范围内，离最近的微网格约 12 公里" in said
    if not phone:
        assert "摆了三天" in refused.text
        assert 'name="outside" value="without"' in refused.text
        assert f'name="latitude" value="{FAR["latitude"]}"' in refused.text


@pytest.mark.parametrize(
    ("fields", "grid"),
    [
        ({**FAR, "outside": "without"}, 0),
        ({**FAR, "grid": 1}, 1),
        ({**FAR, "grid": 1, "outside": "without"}, 1),
    ],
)
def test_left_out_the_report_lies_in_ones_grid_or_the_one_chosen_without_a_place(
    app, town, matter, resident, fields, grid
):
    paths = [one.path for one in town.micros]
    if "grid" in fields:
        fields = {**fields, "grid": paths[fields["grid"]]}
    assert send(resident, matter, **fields).status_code == 303
    assert made() == [(paths[grid], None, State.REPORTED)]


def test_only_the_office_may_say_that_a_far_place_is_right(app, town, matter, resident, office):
    path = town.micros[1].path
    offered = office.get("/incidents/where", query_string=FAR).text
    refused = send(resident, matter, outside="keep", **FAR)
    taken = send(office, matter, outside="keep", grid=path, caller_phone="13800000000", **FAR)

    assert "仍按此位置上报" in offered
    assert refused.status_code == 422
    assert taken.status_code == 303
    assert made() == [(path, pytest.approx(FAR["latitude"]), State.REPORTED)]


def test_what_only_the_photo_knew_is_asked_without_scripts_too(app, town, matter, resident):
    far = (FAR["latitude"], FAR["longitude"])
    refused = send(resident, matter, photos=(io.BytesIO(photo(far)), "a.jpg"))
    again = send(
        resident, matter, outside="without", photos=(io.BytesIO(photo(far)), "a.jpg"), **FAR
    )

    assert refused.status_code == 422
    assert 'name="outside" value="without"' in refused.text
    assert 'name="place_from" value="photo"' in refused.text
    assert again.status_code == 303
    assert [place for _grid, place, _state in made()] == [None]


@pytest.mark.parametrize("place", [INSIDE, BESIDE])
def test_a_place_here_or_just_beside_is_kept_without_a_question(app, town, matter, resident, place):
    assert send(resident, matter, **place).status_code == 303
    assert [latitude for _grid, latitude, _state in made()] == [place["latitude"]]


def test_where_no_grid_is_drawn_nobody_is_asked(app, town, matter, resident):
    for grid in town.micros:
        grid.boundary_wgs84 = None
    db.session.commit()

    assert send(resident, matter, **FAR).status_code == 303


def test_a_draft_keeps_a_far_place_and_asks_when_it_is_opened(app, town, matter, resident):
    kept = send(resident, matter, send="draft", **FAR)
    opened = resident.get(kept.location).text

    assert [(latitude, state) for _grid, latitude, state in made()] == [
        (pytest.approx(FAR["latitude"]), State.DRAFT)
    ]
    assert "离最近的微网格约 12 公里" in opened


def test_the_kept_page_knows_the_box_around_the_grids(app, town, resident):
    assert f'data-box="{WEST} 30.42 {EAST + 0.01} 30.43"' in resident.get("/incidents/shell").text


@pytest.mark.parametrize(
    ("east", "north", "metres"),
    [(2000, 500, 1000), (500, -300, 300), (1300, 1400, 500), (-40, -30, 50)],
)
def test_the_distance_is_to_the_nearest_edge(east, north, metres):
    wide = METRES_PER_DEGREE * math.cos(math.radians(30.4))
    corners = [(0, 0), (1000, 0), (1000, 1000), (0, 1000), (0, 0)]
    ring = tuple((103.6 + x / wide, 30.4 + y / METRES_PER_DEGREE) for x, y in corners)
    found = metres_between(
        Boundary(((ring,),)), 30.4 + north / METRES_PER_DEGREE, 103.6 + east / wide
    )

    assert found == pytest.approx(metres, rel=0.01)
