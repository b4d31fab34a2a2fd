"""A place is pressed on a picture of the map: nothing typed is lost, and no script is needed."""

from __future__ import annotations

import base64
import html
import re

import pytest
from factories import create_account, create_grid
from hypothesis import given
from hypothesis import strategies as st
from jobs.board_world import METRE, company_of, drawn_town, square
from jobs.jobs_factory import CLEANER, STATION_PLACE, create_handler, occupation
from jobs.posts_scene import browser, code, form_of, fresh, sent, verified
from jobs.station_factory import create_station
from sqlalchemy import func, select

from intranet.db import db
from intranet.grids.models import Grid, GridKind
from intranet.grids.queries import SIDE, Window
from intranet.jobs.models import Company, JobPost, Station

PLACES = st.tuples(st.floats(18, 53), st.floats(74, 135))
PIXELS = st.integers(0, SIDE)


@pytest.fixture
def town(app):
    occupation(CLEANER)
    return drawn_town()


@pytest.fixture
def office(app, town):
    account = create_account("station", town.community.path)
    db.session.commit()
    return browser(app, account)


def value(page, name):
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    said = re.search(r'value="([^"]*)"', found[0])
    return html.unescape(said[1]) if said else ""


def picture(page):
    found = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', page)
    return base64.b64decode(found[1]).decode() if found else ""


def company_form(town, **changed):
    return sent(
        kind="company",
        public_name="寿安面粉厂",
        credit_code=code("91510115MA6CXYTR1"),
        grid_path=town.micros[0].path,
        address="正街 12 号",
        words="面粉加工，60 人",
        **changed,
    )


def press(client, url, form, page, x, y):
    """Press the picture as a browser does: which pixel, and nothing of the other buttons."""
    form = form | {name: value(page, name) for name in ("window", "latitude", "longitude")}
    answer = client.post(url, data=form | {"place.x": str(x), "place.y": str(y)})
    assert answer.status_code == 200, answer.text
    return answer.text


@given(PLACES, st.floats(150, 60_000), PIXELS, PIXELS)
def test_what_is_pressed_is_where_it_is_drawn(middle, metres, x, y):
    window = Window(*middle, metres)
    at = window.at(*window.place(x, y))
    off = 0.06 + SIDE / metres * 0.12  # a tenth of a unit, and six decimals of a degree
    assert abs(at[0] - x) <= off
    assert abs(at[1] - y) <= off


@given(PLACES, st.floats(150, 60_000), st.lists(st.tuples(PIXELS, PIXELS), max_size=8))
def test_pressing_comes_closer_until_it_cannot_and_keeps_in_sight(middle, metres, pressed):
    window = Window.read(Window(*middle, metres).text)
    for x, y in pressed:
        place = window.place(x, y)
        closer = window.closer(*place)
        assert Window.read(closer.text) is not None
        assert closer.metres < window.metres or closer.is_closest
        assert closer.holds(*closer.at(*place))
        window = closer


@pytest.mark.parametrize(
    "text", ["", "out", "1,2,3", "30.700000,103.800000", "91.000000,103.800000,500", "a" * 9000]
)
def test_nonsense_is_no_window(text):
    assert Window.read(text) is None


def test_a_company_is_placed_by_two_presses_and_all_that_was_typed_stays(office, town):
    url = "/jobs/companies/new"
    station = create_station(town.community, name="鱼凫就业驿站")
    db.session.commit()
    page = office.get(url).text
    first = picture(page)
    assert station.name in first
    assert town.micros[0].name in first
    typed = company_form(town)
    page = press(office, url, typed, page, 200, 120)
    near = [float(value(page, name)) for name in ("latitude", "longitude")]
    assert value(page, "public_name") == "寿安面粉厂"
    assert value(page, "credit_code") == code("91510115MA6CXYTR1")
    assert "error" not in page.split("<main")[1]
    assert db.session.scalar(select(func.count(Company.id))) == 0
    assert "#c0261d" in picture(page)
    page = press(office, url, typed, page, 170, 160)
    latitude, longitude = (float(value(page, name)) for name in ("latitude", "longitude"))
    assert 0 < abs(longitude - near[1]) < 0.004
    assert latitude == pytest.approx(near[0], abs=0.004)
    assert re.search(r"在“[^”]+”内", page)
    seen = {name: value(page, name) for name in ("window", "latitude", "longitude")}
    assert office.post(url, data=typed | seen).status_code == 303
    made = db.session.scalar(select(Company))
    assert (made.latitude, made.longitude) == (latitude, longitude)


def test_taken_away_seen_whole_and_looked_up(office, town):
    url = "/jobs/companies/new"
    typed = company_form(town, latitude="30.701", longitude="103.83")
    page = office.post(url, data=typed | {"place": "look"}).text
    assert value(page, "window").startswith("30.701000,103.830000,")
    whole = office.post(url, data=typed | {"place": "out"}).text
    assert float(value(whole, "window").split(",")[2]) > 1_500
    assert value(whole, "latitude") == "30.701"
    gone = office.post(url, data=typed | {"place": "none"}).text
    assert (value(gone, "latitude"), value(gone, "longitude")) == ("", "")
    wrong = office.post(url, data=typed | {"place": "look", "latitude": "东边"}).text
    assert 'id="latitude-error"' in wrong
    assert value(wrong, "latitude") == "东边"


@pytest.mark.parametrize(("x", "y"), [("0", "0"), ("999", "10"), ("x", "1"), ("", "5")])
def test_a_press_that_is_nowhere_is_told_and_changes_nothing(office, town, x, y):
    url = "/jobs/companies/new"
    typed = company_form(town, latitude="30.701", longitude="103.83")
    typed["window"] = value(office.get(url).text, "window")
    page = office.post(url, data=typed | {"place.x": x, "place.y": y}).text
    assert "请点按地图上的一处" in page.split('id="latitude-error"')[1][:400]
    assert value(page, "latitude") == "30.701"


def test_a_station_and_a_company_that_are_there_are_moved(office, town):
    station, company = create_station(town.community, name="鱼凫就业驿站"), verified(town.dedicated)
    db.session.commit()
    for thing, url, said in (
        (station, f"/jobs/stations/{station.id}", {"name": "鱼凫驿站", "address": "正街 1 号"}),
        (
            company,
            f"/jobs/companies/{company.id}",
            {
                "public_name": "鱼凫家政",
                "credit_code": code("91510115MA6CABCD0"),
                "address": "南街 3 号",
            },
        ),
    ):
        page = office.get(url).text
        form = sent(version=thing.version, **said)
        page = press(office, url, form, page, 40, 60)
        assert list(form.values())[-1] in page
        seen = {name: value(page, name) for name in ("latitude", "longitude")}
        kind, thing_id = type(thing), thing.id
        answer = office.post(url, data=form | seen)
        assert answer.status_code == 303, answer.text
        moved = fresh(kind, thing_id)
        assert [moved.latitude, moved.longitude] == [float(one) for one in seen.values()]


def test_a_post_is_placed_with_all_its_ticks_kept(office, town):
    company = company_of(town, latitude=STATION_PLACE[0], longitude=STATION_PLACE[1])
    db.session.commit()
    url = f"/jobs/companies/{company.id}/posts/new"
    page = office.get(url).text
    assert "#c0261d" in picture(page)  # where the company is
    typed = form_of()
    page = press(office, url, typed, page, 300, 160)
    assert value(page, "title") == "写字楼保洁员"
    assert len(re.findall(r'name="weekdays"[^>]*checked|checked[^>]*name="weekdays"', page)) == 5
    seen = {name: value(page, name) for name in ("window", "latitude", "longitude")}
    assert office.post(url, data=typed | seen | {"keep": "1"}).status_code == 303
    made = db.session.scalar(select(JobPost))
    east = (made.longitude - STATION_PLACE[1]) / METRE * 0.86
    assert 240 < east < 290  # 140 of 320 pixels of 600 metres
    assert made.latitude == pytest.approx(STATION_PLACE[0])


def test_one_of_both_is_said_beside_the_other(office, town):
    company = company_of(town)
    db.session.commit()
    url = f"/jobs/companies/{company.id}/posts/new"
    refused = office.post(url, data=form_of(latitude="30.7", longitude=""))
    assert refused.status_code == 422
    assert 'id="longitude-error"' in refused.text


def test_who_presses_the_map_of_an_old_page_is_told_when_saving(office, town):
    company = verified(town.dedicated)
    station = create_station(town.community, name="鱼凫就业驿站")
    db.session.commit()
    said = {"public_name": "鱼凫家政", "credit_code": code("91510115MA6CABCD0")}
    for thing, url, form in (
        (company, f"/jobs/companies/{company.id}", said | {"address": "南街 3 号"}),
        (station, f"/jobs/stations/{station.id}", {"name": "鱼凫驿站", "address": "正街 1 号"}),
    ):
        page, seen = office.get(url).text, thing.version
        thing.words = "另一人刚改过"
        db.session.commit()
        page = press(office, url, sent(version=seen, **form), page, 40, 60)
        assert f'name="version" type="hidden" value="{seen}"' in page
        where = {name: value(page, name) for name in ("latitude", "longitude")}
        answer = office.post(url, data=sent(version=seen, **form) | where)
        assert answer.status_code == 409, url


def test_only_grids_of_ones_own_are_drawn_whatever_is_sent(office, town):
    elsewhere = create_town_elsewhere()
    form = company_form(town, place="out") | {"grid_path": elsewhere.path}
    page = office.post("/jobs/companies/new", data=form).text
    assert elsewhere.name not in picture(page)
    assert town.micros[0].name in picture(page)


def create_town_elsewhere():
    root = db.session.scalar(select(Grid).where(Grid.parent_id.is_(None)))
    community = create_grid(GridKind.COMMUNITY, "别处社区", "510115001009", root)
    general = create_grid(GridKind.GENERAL, "别处网格", "51011500100901", community)
    micro = create_grid(GridKind.MICRO, "别处微网格", "51011500100901001", general)
    micro.boundary_wgs84 = square(*STATION_PLACE, 0.01)
    db.session.commit()
    return micro


def test_one_of_both_degrees_shows_no_map_and_says_so(office, town):
    form = company_form(town, latitude="30.701", place="look")
    page = office.post("/jobs/companies/new", data=form).text
    assert 'id="longitude-error"' in page
    far = company_form(town, latitude="88", longitude="103.8", place="look")
    assert picture(office.post("/jobs/companies/new", data=far).text)


def test_where_nothing_is_drawn_degrees_are_asked(office, town):
    for one in (town.community, *town.micros):
        one.boundary_wgs84 = None
    db.session.commit()
    page = office.get("/jobs/stations/new").text
    assert picture(page) == ""
    assert "本社区还没有画地图" in page
    form = {"name": "驿站", "address": "正街", "latitude": "30.7", "longitude": "103.8"}
    form = sent(grid_path=town.community.path, **form)
    assert office.post("/jobs/stations/new", data=form).status_code == 303
    assert db.session.scalar(select(Station)).latitude == pytest.approx(30.7)


def test_who_writes_posts_and_verifies_nothing_is_sent_no_map_of_the_company(app, town):
    company = company_of(town)
    account = create_account("company", town.dedicated.path)
    create_handler(company, account)
    db.session.commit()
    page = browser(app, account).get(f"/jobs/companies/{company.id}")
    assert page.status_code == 200
    assert picture(page.text) == ""
