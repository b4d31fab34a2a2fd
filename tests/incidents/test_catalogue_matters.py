"""The list of matters: admitted, changed, taken off and put back, filtered, exported."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from factories import AT, DAY, create_account, create_town, log_in
from incidents_factory import create_category, create_incident
from sqlalchemy import select, update

from intranet import clock, once
from intranet.audit import AuditEntry
from intranet.db import db
from intranet.incidents import queries
from intranet.incidents.models import Category, Incident, Urgency
from intranet.incidents.operations import STANDARD
from intranet.people.models import LoginSession

PAGE = "/incidents/catalogue"


@pytest.fixture
def town(app, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT)
    return create_town()


@pytest.fixture
def listed(town, client):
    """The standard list, entered by the page's button; returns matters by name."""
    log_in(client, create_account("admin", town.county.path))
    assert client.post(f"{PAGE}/standard").status_code == 303
    return {one.name: one.id for one in db.session.scalars(select(Category))}


def get(number):
    db.session.rollback()
    return db.session.get(Category, number, populate_existing=True)


def typed(category, **changed):
    data = {
        "name": category.name,
        "keywords": category.keywords,
        "owner": category.owner,
        "promise": category.promise,
        "checklist": category.checklist,
        "urgency": category.urgency.value,
        "needs_photo": "y" if category.needs_photo else "",
        "is_public": "y" if category.is_public else "",
        "position": category.position,
        "opened_on": category.opened_on,
        "version": category.version,
        **changed,
    }
    return {name: value for name, value in data.items() if value != ""}


def offered():
    db.session.rollback()
    return {one.name for one in queries.categories(db.session())}


def test_the_standard_list_says_of_every_matter_who_is_responsible_and_what_to_expect():
    matters = [one for _name, below in STANDARD for one in below]
    assert [name for name, _below in STANDARD] == [
        *("安全隐患", "环境秩序", "矛盾纠纷", "民生服务", "特殊关爱"),
        *("社会治安", "突发事件", "政策宣传与其他"),
    ]
    assert [one.name for one in matters if not (one.owner and one.promise and one.checklist)] == []
    assert len({one.name for one in matters}) == len(matters)


def test_an_empty_house_is_offered_the_standard_list(town, client):
    log_in(client, create_account("admin", town.county.path))
    assert "还没有" in client.get(PAGE).text
    client.post(f"{PAGE}/standard")
    assert "烟花爆竹" in client.get(PAGE).text
    assert client.post(f"{PAGE}/standard").status_code == 409


def test_a_matter_is_admitted_once_under_the_code_suggested(listed, client):
    parent = listed["环境秩序"]
    page = client.get(f"{PAGE}/new?parent={parent}").text
    assert 'value="0206"' in page
    data = {
        "once": once.new_key(),
        "parent": parent,
        "code": "0206",
        "name": "犬只扰民",
        "urgency": "ordinary",
        "checklist": "已当面告知\n\n  已登记养犬  ",
        "closed_on": "2026-12-31",
    }
    first, again = client.post(f"{PAGE}/new", data=data), client.post(f"{PAGE}/new", data=data)
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.location == again.location
    made = db.session.scalars(select(Category).where(Category.name == "犬只扰民")).one()
    assert (made.code, made.position, made.opened_on) == ("0206", 6, DAY)
    assert made.checklist == "已当面告知\n已登记养犬"
    assert "犬只扰民" in offered()
    assert not made.is_listed(made.closed_on)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": ""}, "请填"),
        ({"name": "占道经营"}, "已有同名"),
        ({"code": "0201"}, "编码不能重复"),
        ({"code": "0301"}, "大类编码加两位"),
        ({"urgency": "soon"}, "列表"),
        ({"checklist": "行\n" * 21}, "20"),
        ({"position": "1000"}, "999"),
        ({"closed_on": "2020-01-01"}, "停用日期不能早于"),
    ],
)
def test_what_cannot_be_admitted_is_said_beside_the_field_and_nothing_typed_is_lost(
    listed, client, changed, said
):
    data = {
        "once": once.new_key(),
        "parent": listed["环境秩序"],
        "code": "0206",
        "name": "犬只扰民",
        "owner": "派出所",
        "urgency": "ordinary",
        **changed,
    }
    answer = client.post(f"{PAGE}/new", data=data)
    assert answer.status_code == 422
    assert said in answer.text
    assert "派出所" in answer.text
    assert db.session.scalar(select(Category).where(Category.name == "犬只扰民")) is None


def test_a_change_is_kept_told_by_the_trail_and_orders_the_list(listed, client):
    category = get(listed["噪声扰民"])
    data = typed(category, urgency="urgent", owner="派出所", position="0", checklist="甲\n乙")
    assert client.post(f"{PAGE}/{category.id}", data=data).status_code == 303
    after = get(category.id)
    assert (after.urgency, after.owner, after.checklist) == (Urgency.URGENT, "派出所", "甲\n乙")
    below = [one.name for one in queries.categories(db.session()) if one.parent_id]
    assert below.index("噪声扰民") < below.index("占道经营")
    page = client.get("/audit").text
    assert "一般 → 紧急" in page
    assert "城管办、派出所 → 派出所" in page


def test_whoever_saves_an_older_form_sees_what_another_has_written(listed, client):
    category = get(listed["噪声扰民"])
    old = typed(category, owner="甲单位")
    client.post(f"{PAGE}/{category.id}", data=typed(category, owner="乙单位"))
    answer = client.post(f"{PAGE}/{category.id}", data=old)
    assert answer.status_code == 409
    assert "乙单位" in answer.text
    assert get(category.id).owner == "乙单位"


def test_what_is_open_of_a_closed_matter_is_counted_and_goes_on(listed, town, client):
    category = get(listed["垃圾堆放"])
    incident = create_incident(town.micros[0], category)
    assert "现有 1 件未结事件" in client.get(f"{PAGE}/{category.id}").text
    data = {"version": get(category.id).version, "closed_on": DAY.isoformat()}
    answer = client.post(f"{PAGE}/{category.id}/close", data=data, follow_redirects=True)
    assert "1 件未结事件照常办理" in answer.text
    assert "垃圾堆放" not in offered()
    db.session.rollback()
    assert db.session.get(Incident, incident.id).is_open
    assert "垃圾堆放" not in client.get(PAGE).text
    assert "垃圾堆放" in client.get(f"{PAGE}?listed=off").text
    assert client.post(f"{PAGE}/{category.id}/close", data=data).status_code == 409

    again = {"version": get(category.id).version}
    assert client.post(f"{PAGE}/{category.id}/reopen", data=again).status_code == 303
    assert "垃圾堆放" in offered()


def test_a_matter_closed_from_a_later_day_can_be_reported_until_then(
    listed, town, client, monkeypatch
):
    category = get(listed["垃圾堆放"])
    day = DAY + timedelta(days=3)
    data = {"version": category.version, "closed_on": day.isoformat()}
    client.post(f"{PAGE}/{category.id}/close", data=data)
    assert "垃圾堆放" in offered()
    report = {"category": category.id, "grid": town.micros[0].path, "description": "一堆"}
    told = client.post("/incidents/new", data={"once": once.new_key(), **report})
    assert told.status_code == 303
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(days=3))
    db.session.execute(update(LoginSession).values(expires_at=AT + timedelta(days=9)))
    db.session.commit()
    assert "垃圾堆放" not in offered()
    refused = client.post("/incidents/new", data={"once": once.new_key(), **report})
    assert refused.status_code == 422


def test_a_class_takes_its_matters_along_and_brings_those_of_that_day_back(listed, client):
    alone = get(listed["盗窃"])
    early = {"version": alone.version, "closed_on": DAY.isoformat()}
    client.post(f"{PAGE}/{alone.id}/close", data=early)
    head = get(listed["社会治安"])
    late = (DAY + timedelta(days=1)).isoformat()
    client.post(f"{PAGE}/{head.id}/close", data={"version": head.version, "closed_on": late})
    assert get(listed["电信诈骗"]).closed_on == DAY + timedelta(days=1)
    refused = client.post(f"{PAGE}/{alone.id}/reopen", data={"version": get(alone.id).version})
    assert refused.status_code == 409
    client.post(f"{PAGE}/{head.id}/reopen", data={"version": get(head.id).version})
    assert get(listed["电信诈骗"]).closed_on is None
    assert get(alone.id).closed_on == DAY


def test_list_and_files_hold_the_same_under_one_filter(listed, client):
    for query, inside, outside in (
        ("q=爆竹", "烟花爆竹", "占道经营"),
        ("urgency=ordinary", "占道经营", "烟花爆竹"),
        ("q=0201", "占道经营", "垃圾堆放"),
    ):
        page = client.get(f"{PAGE}?{query}").text
        file = client.get(f"{PAGE}/export.csv?{query}").data.decode("utf-8-sig")
        for text in (page, file):
            assert inside in text
            assert outside not in text
    book = zipfile.ZipFile(io.BytesIO(client.get(f"{PAGE}/export.xlsx").data))
    assert "烟花爆竹" in book.read("xl/sharedStrings.xml").decode()
    assert "没有符合" in client.get(f"{PAGE}?q=没有这样的").text
    for odd in ("q=%25", "urgency=x", "listed=x"):
        assert client.get(f"{PAGE}?{odd}").status_code == 200


def test_odd_addresses_are_not_found(listed, client):
    matter = listed["烟花爆竹"]
    for tail in ("/99999999999", "/999", "/export.pdf", "/new?parent=x", f"/new?parent={matter}"):
        assert client.get(f"{PAGE}{tail}").status_code == 404, tail


def test_every_act_leaves_an_entry(listed, client):
    category = get(listed["盗窃"])
    client.post(f"{PAGE}/{category.id}", data=typed(category, owner="甲"))
    close = {"version": get(category.id).version, "closed_on": DAY.isoformat()}
    client.post(f"{PAGE}/{category.id}/close", data=close)
    client.post(f"{PAGE}/{category.id}/reopen", data={"version": get(category.id).version})
    actions = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions == [
        "incidents:catalogue:install",
        "incidents:category:change",
        "incidents:category:close",
        "incidents:category:open",
    ]


def test_a_matter_of_a_test_needs_no_code_of_digits(town, client):
    """Codes of other shapes, from an older list, break neither suggestion nor page."""
    log_in(client, create_account("admin", town.county.path))
    category = create_category()
    assert client.get(f"{PAGE}/new?parent={category.parent_id}").status_code == 200
    assert client.get(f"{PAGE}/{category.id}").status_code == 200
