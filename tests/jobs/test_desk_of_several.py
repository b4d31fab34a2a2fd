"""Whoever is of two stations has the desk of both, and of either; the address says which."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from factories import AT, create_account, create_grid
from jobs.fairs_factory import create_fair
from jobs.jobs_factory import create_seeker, create_wish
from jobs.posts_scene import browser, scene, sent  # noqa: F401
from jobs.station_factory import create_complaint
from jobs.test_desk_pages import create_post
from jobs.test_station_desk import figures
from sqlalchemy import select

from intranet import clock
from intranet.access import Role
from intranet.db import db
from intranet.grids.models import GridKind
from intranet.jobs.models import DeskVisit, PostState
from intranet.people.models import RoleGrant


@pytest.fixture
def both(app, scene):
    """Somebody of two communities; one wish waits in the first, two in the second."""
    town, now = scene.town, clock.now()
    second = create_grid(GridKind.COMMUNITY, "鱼凫社区", "510115101002", town.town)
    general = create_grid(GridKind.GENERAL, "第1网格", "51011510100201", second, position=1)
    micro = create_grid(GridKind.MICRO, "微网格1-1", "51011510100201001", general, position=1)
    for n, place in enumerate((town.micros[0], micro, micro)):
        seeker = create_seeker(place, f"王小{n}", f"1380000{n:04d}")
        create_wish(seeker, made_at=now - timedelta(days=5))
    create_complaint(create_post(scene.company, state=PostState.PUBLISHED))
    create_fair(second, title="鱼凫招聘会", day=clock.today() + timedelta(days=3))
    account = create_account("station", town.community.path)
    other = RoleGrant(
        account_id=account.id, role=Role.STATION, grid_path=second.path, granted_at=AT
    )
    db.session.add(other)
    db.session.commit()
    return browser(app, account), town.community, second


def tabs(page):
    box = page.partition('id="desk-tabs"')[2].partition("</div>")[0]
    found = re.findall(r'href="([^"]+)"[^>]*>([^<]+)', box)
    return {words: href.replace("&amp;", "&") for href, words in found}


def test_the_desk_is_of_both_and_of_either_that_is_chosen(both):
    client, first, second = both
    page = client.get("/jobs/desk").text
    found = tabs(page)
    assert list(found) == ["全部社区", first.name, second.name]
    for words, ring, complained, fair in (
        ("全部社区", "3", "1", True), (first.name, "1", "1", False), (second.name, "2", "0", True),
    ):  # fmt: skip
        page = client.get(found[words]).text
        seen = figures(page)
        assert (seen["今日该联系"][0], seen["被举报岗位"][0]) == (ring, complained), words
        assert ("鱼凫招聘会" in page) is fair, words
        listed = client.get(seen["今日该联系"][1]).text
        assert len(re.findall(r"<tr>\s*<th scope=\"row\"", listed)) == int(ring), seen
        complaints = client.get(seen["被举报岗位"][1]).text
        assert complaints.count("/jobs/complaints/") == int(complained), words
    assert f"community={second.code}" in figures(client.get(found[second.name]).text)["今日面试"][1]


def test_who_comes_in_is_counted_at_the_chosen_one(both):
    client, first, second = both
    assert 'value="work"' not in client.get("/jobs/desk").text
    refused = client.post("/jobs/desk/visits", data=sent(purpose="work"))
    assert refused.status_code == 409
    assert "请先选择社区" in refused.text
    url = f"/jobs/desk/visits?community={second.code}"
    counted = client.post(url, data=sent(purpose="work"))
    assert counted.status_code == 303
    assert counted.location.endswith(f"/jobs/desk?community={second.code}")
    assert db.session.scalars(select(DeskVisit.grid_path)).all() == [second.path]
    assert "<b>0</b> 今日来访" in client.get(f"/jobs/desk?community={first.code}").text
    assert "<b>1</b> 今日来访" in client.get("/jobs/desk").text


def test_nobody_chooses_a_community_of_others_and_who_has_one_chooses_nothing(app, scene, both):
    _client, first, second = both
    station = browser(app, scene.staff[0])
    page = station.get(f"/jobs/desk?community={second.code}").text
    assert tabs(page) == {}
    assert figures(page)["今日该联系"][0] == "1"
    assert first.name in page
    assert second.name not in page
