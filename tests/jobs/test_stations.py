"""Stations: entered and changed by who runs them; walks begin there."""

from __future__ import annotations

import re

import pytest
from factories import create_account, create_grid, viewer_of
from jobs.board_world import METRE, company_of, drawn_town, publish
from jobs.jobs_factory import CLEANER, STATION_PLACE, occupation
from jobs.posts_scene import browser, fresh, sent
from jobs.station_factory import create_station
from sqlalchemy import func, select

from intranet import clock
from intranet.db import db
from intranet.errors import DomainError
from intranet.grids.models import GridKind
from intranet.jobs import operations, queries
from intranet.jobs.models import Station, StationScreen
from intranet.jobs.operations import StationFacts
from intranet.jobs.queries import screens


@pytest.fixture
def town(app):
    occupation(CLEANER)
    return drawn_town()


@pytest.fixture
def account(town):
    return create_account("station", town.community.path)


def form_of(town, **changed):
    said = {
        "grid_path": town.community.path,
        "name": "鱼凫就业驿站",
        "address": "场镇正街 1 号",
        "latitude": "30.70500",
        "longitude": "103.83450",
        "words": "周一至周五 9:00–17:00",
    }
    return sent(**(said | changed))


def north_of(metres):
    return (STATION_PLACE[0] + metres * METRE, STATION_PLACE[1])


def test_a_station_is_entered_once_changed_and_given_up(app, town, account):
    client, form = browser(app, account), form_of(town)
    assert "还没有登记驿站" in client.get("/jobs/stations").text
    answers = [client.post("/jobs/stations/new", data=form) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303], answers[0].text
    found = db.session.scalars(select(Station)).all()
    assert [(one.name, one.latitude) for one in found] == [("鱼凫就业驿站", 30.705)]
    url, version = f"/jobs/stations/{found[0].id}", found[0].version
    db.session.rollback()
    assert "场镇正街 1 号" in client.get(url).text
    good = form_of(town, name="场镇驿站", version=version)
    assert client.post(url, data=good).status_code == 303
    stale = client.post(url, data=form_of(town, name="又一个名字", version=version))
    assert stale.status_code == 409
    assert "又一个名字" in stale.text  # what was typed is kept
    now = fresh(Station, found[0].id)
    assert now.name == "场镇驿站"
    version = now.version
    db.session.rollback()
    gone = form_of(town, name="场镇驿站", version=version, is_closed="y")
    assert client.post(url, data=gone).status_code == 303
    assert fresh(Station, found[0].id).closed_on == clock.today()
    assert "撤销" in client.get("/jobs/stations").text


def test_what_was_typed_wrong_is_kept_beside_its_field(app, town, account):
    client = browser(app, account)
    form = form_of(town, latitude="三十", longitude="", name="")
    answer = client.post("/jobs/stations/new", data=form)
    assert answer.status_code == 422
    for name in ("latitude", "longitude", "name"):
        assert f'id="{name}-error"' in answer.text
    assert "三十" in answer.text
    assert db.session.scalar(select(func.count(Station.id))) == 0


def test_nobody_else_enters_or_sees_a_station_s_form(app, town, account):
    station = create_station(town.community)
    elsewhere = create_grid(GridKind.COMMUNITY, "邻社区", "510115101002", town.town)
    db.session.commit()
    stranger = browser(app, create_account("station", elsewhere.path))
    assert stranger.get(f"/jobs/stations/{station.id}").status_code == 404
    assert stranger.post("/jobs/stations/new", data=form_of(town)).status_code == 422
    member = browser(app, create_account("grid_member", town.generals[0].path))
    assert member.get("/jobs/stations").status_code == 403


def test_walks_on_the_board_begin_at_the_station_and_it_is_told_on_each_post(app, town):
    company = company_of(town)
    near_middle = publish(company, title="社区中心旁")
    latitude, longitude = north_of(1200)
    near_station = publish(company, title="驿站旁", latitude=latitude, longitude=longitude)
    db.session.commit()
    client = app.test_client()

    def order():
        html = client.get("/jobs?sort=nearest").text
        return [int(one) for one in re.findall(r'href="/jobs/(\d+)', html)]

    assert order()[0] == near_middle.id
    station = create_station(town.community, place=north_of(1200))
    db.session.commit()
    assert order()[0] == near_station.id
    page = client.get("/jobs?sort=nearest&within=10").text
    assert "鱼凫就业驿站" in page
    assert "社区中心旁" not in page  # 1,200 m and a detour are more than ten minutes
    post = client.get(f"/jobs/{near_station.id}").text
    assert "鱼凫就业驿站" in post
    assert "周一至周五 9:00–17:00" in post
    # Addresses of before hold: the community's middle can still be chosen.
    kept = client.get(f"/jobs?sort=nearest&within=10&near={town.community.code}").text
    assert "社区中心旁" in kept
    fresh(Station, station.id).closed_on = clock.today()
    db.session.commit()
    assert order()[0] == near_middle.id


def test_the_station_s_phone_stands_on_posts_posters_and_words_for_groups(app, town, account):
    """Whoever scans a poster and has no account rings."""
    client = browser(app, account)
    post = publish(company_of(town)).id
    db.session.commit()
    wrong = client.post("/jobs/stations/new", data=form_of(town, phone="12", name=""))
    assert wrong.status_code == 422
    assert 'id="phone-error"' in wrong.text
    assert 'id="name-error"' in wrong.text, "all that is wrong at once"
    right = form_of(town, phone="028-8555 0101")
    assert client.post("/jobs/stations/new", data=right).status_code == 303
    visitor = app.test_client()
    assert 'href="tel:028-85550101"' in visitor.get(f"/jobs/{post}").text
    assert "驿站电话 028-85550101" in visitor.get(f"/jobs/{post}/share").text
    words = visitor.get(f"/jobs/{post}/share.txt").text.splitlines()
    assert "打电话给驿站：028-85550101" in words
    assert words[-1].endswith(f"/jobs/{post}")


def test_of_several_stations_the_nearest_to_where_one_belongs_comes_first(app, town):
    far = create_station(town.community, "东头驿站", north_of(-900))
    near = create_station(town.community, "西头驿站", north_of(700))
    db.session.commit()
    micro = town.micros[2]  # drawn north of the middle
    viewer = viewer_of(create_account("micro_member", micro.path), ("micro_member", micro.path))
    of_member = queries.origins_of(db.session(), town.community, viewer)
    assert [one.key for one in of_member][:2] == [f"s{near.id}", f"s{far.id}"]
    of_anybody = queries.origins_of(db.session(), town.community, None)
    assert [one.key for one in of_anybody][:2] == [f"s{far.id}", f"s{near.id}"]
    assert len(of_anybody) == 2 + 1 + len(town.micros)


def test_a_screen_counts_from_the_station_it_stands_in(app, town, account):
    device = create_account("kiosk", town.community.path, is_device=True, display_name="西头屏")
    viewer = viewer_of(device, ("kiosk", town.community.path))
    assert screens.station_place(db.session(), viewer).name == town.community.name
    east = create_station(town.community, "东头驿站", STATION_PLACE)
    west = create_station(town.community, "西头驿站", north_of(800))
    db.session.commit()
    assert screens.station_place(db.session(), viewer).name == "东头驿站"
    client = browser(app, account)
    assert "西头驿站" in client.get("/jobs/screens").text
    url = f"/jobs/screens/{device.id}/station"
    form = sent(station=str(west.id))
    assert [client.post(url, data=form).status_code for _ in range(2)] == [303, 303]
    db.session.rollback()
    assert screens.station_place(db.session(), viewer).name == "西头驿站"
    assert client.post(url, data=sent(station=str(east.id))).status_code == 303
    wrong = client.post(url, data=sent(station="999"))
    assert wrong.status_code == 422
    assert "请从列表中选择" in wrong.text
    assert client.post(url, data=sent(station="")).status_code == 303
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(StationScreen)) == 0


def test_no_screen_is_put_into_a_station_that_was_given_up(app, town, account):
    device = create_account("kiosk", town.community.path, is_device=True)
    station = create_station(town.community, closed_on=clock.today())
    db.session.commit()
    by = viewer_of(account, ("station", town.community.path))
    with pytest.raises(DomainError):
        operations.place_screen(
            db.session(),
            actor=by,
            at=clock.now(),
            account_id=device.id,
            grid_path=town.community.path,
            station=station,
        )


def test_of_two_who_change_a_station_one_is_told(app, town, account):
    by = viewer_of(account, ("station", town.community.path))
    station = create_station(town.community)
    facts = StationFacts("甲", "正街 1 号", *STATION_PLACE)
    said = {"actor": by, "at": clock.now(), "station": station, "facts": facts}
    operations.change_station(db.session(), version=station.version, **said)
    with pytest.raises(DomainError):
        operations.change_station(db.session(), version=1, **said)
