"""Filters kept under a name: one's own, few, one of them shown first, a removal taken back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from factories import create_account, create_town, log_in
from incidents_factory import create_category, create_incident
from sqlalchemy import select

from intranet import clock
from intranet.db import db
from intranet.incidents.models import SavedFilter
from intranet.incidents.operations import SAVED_MAX


@pytest.fixture
def town(app):
    return create_town()


@pytest.fixture
def secretary(town, client):
    account = create_account("secretary", town.community.path)
    log_in(client, account)
    return account


def save(client, name, query="tab=area&light=red", **more):
    return client.post("/incidents/filters", data={"name": name, "query": query, **more})


def kept():
    db.session.rollback()
    return db.session.scalars(select(SavedFilter).order_by(SavedFilter.id)).all()


def change(client, saved, verb, **form):
    return client.post(f"/incidents/filters/{saved.id}/{verb}", data=form)


def test_a_filter_is_kept_and_stands_above_the_list_with_its_count(client, secretary, town):
    answer = save(client, "本网格 超期", f"tab=watch&light=red&grid={town.generals[0].path}")

    assert answer.status_code == 303
    assert "light=red" in answer.location
    [saved] = kept()
    assert (saved.name, saved.query) == ("本网格 超期", "tab=watch&light=red")
    assert saved.grid_path == town.generals[0].path
    page = client.get("/incidents").get_data(as_text=True)
    assert 'class="kept"' in page
    assert "本网格 超期" in page


def test_a_filter_follows_a_grid_that_is_moved_and_goes_with_one_that_is_none(client, secretary):
    save(client, "别人的网格", "tab=area&grid=9.9.9.")
    save(client, "乱写", "tab=nonsense&light=blue&since=never&category=x")

    assert [(one.query, one.grid_path) for one in kept()] == [
        ("tab=area", None),
        ("tab=inbox", None),
    ]


def test_the_same_name_keeps_the_newer_filter(client, secretary):
    save(client, "超期")
    save(client, " 超期 ", "tab=watch")

    assert [one.query for one in kept()] == ["tab=watch"]


@pytest.mark.parametrize("name", ["", "   ", "一" * 21])
def test_a_name_that_is_none_is_refused_and_nothing_typed_is_lost(client, secretary, name):
    answer = save(client, name)

    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert 'value="tab=area&amp;light=red"' in page
    assert kept() == []


def test_twenty_are_enough(client, secretary):
    for number in range(SAVED_MAX):
        save(client, f"筛选{number}")

    assert save(client, "再来一个").status_code == 409
    assert len(kept()) == SAVED_MAX
    # One that exists may still be changed.
    assert save(client, "筛选3", "tab=mine").status_code == 303


def test_the_lists_open_with_the_one_shown_first(client, secretary):
    save(client, "超期", default="y")
    save(client, "归档", "tab=archive", default="y")

    assert client.get("/incidents").location == "/incidents?tab=archive"
    assert client.get("/incidents?tab=inbox").status_code == 200
    assert [one.is_default for one in kept()] == [False, True]
    change(client, kept()[1], "default", default="")
    assert client.get("/incidents").status_code == 200


def test_a_filter_is_renamed_and_two_never_have_one_name(client, secretary):
    save(client, "超期")
    save(client, "归档", "tab=archive")
    first, second = kept()

    assert change(client, first, "rename", name="红灯").status_code == 303
    answer = change(client, second, "rename", name="红灯")
    assert answer.status_code == 422
    assert "已有同名" in answer.get_data(as_text=True)
    assert [one.name for one in kept()] == ["红灯", "归档"]


def test_a_removal_is_taken_back(client, secretary):
    save(client, "超期", default="y")
    [saved] = kept()
    change(client, saved, "remove")

    assert 'class="kept"' not in client.get("/incidents").get_data(as_text=True)
    assert "恢复" in client.get("/incidents/filters").get_data(as_text=True)
    change(client, saved, "restore")
    assert 'class="kept"' in client.get("/incidents").get_data(as_text=True)


def test_only_the_last_removal_can_be_taken_back_and_its_name_is_free(client, secretary):
    for name in ("一", "二", "三"):
        save(client, name)
    for saved in kept()[:2]:
        change(client, saved, "remove")
    assert [one.name for one in kept()] == ["二", "三"]

    assert change(client, kept()[1], "rename", name="二").status_code == 303
    assert [one.name for one in kept()] == ["二"]


def test_nobody_reaches_anothers_filters(app, client, secretary, town):
    save(client, "超期")
    [saved] = kept()
    other = app.test_client()
    other.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    log_in(other, create_account("secretary", town.community.path))

    for verb in ("rename", "default", "remove", "restore"):
        assert change(other, saved, verb, name="我的", default="y").status_code == 404
    assert "超期" not in other.get("/incidents/filters").get_data(as_text=True)


def test_a_matter_off_the_list_is_named_kept_and_stands_at_the_end(client, secretary, town):
    listed = create_category("噪声扰民")
    off = create_category("暑期防溺水")
    found = create_incident(town.micros[0], off)
    create_incident(town.micros[0], listed)
    today = clock.today()
    off.closed_on = today
    create_category("冬季防火").opened_on = today + timedelta(days=90)
    db.session.commit()

    page = client.get(f"/incidents?tab=area&category={off.id}").get_data(as_text=True)
    options = re.findall(r'<option( selected)? value="(\d+)">([^<]*)<', page)
    chosen = [one for one in options if one[0]]
    assert chosen == [(" selected", str(off.id), "暑期防溺水（已停用）")]
    names = [name for _selected, _value, name in options]
    assert names.index("　噪声扰民") < names.index("暑期防溺水（已停用）") == len(names) - 1
    assert not any("冬季防火" in name for name in names)
    [chip] = re.findall(r'class="chosen".*?</a>', page, re.DOTALL)
    assert "暑期防溺水（已停用）" in chip
    assert f'id="i{found.id}"' in page
