"""Legal days as announced, and the units that incidents are given to."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from factories import AT, create_account, create_town, log_in, viewer_of
from incidents_factory import create_category, create_incident, create_unit, history
from sqlalchemy import select

from intranet import clock, once
from intranet.access import Role
from intranet.audit import AuditEntry
from intranet.db import db
from intranet.incidents import operations
from intranet.incidents.models import Incident, LegalDay, Unit, UnitMember, Urgency, Verb, numbered
from intranet.incidents.operations import Assignee, Brings
from intranet.people.models import RoleGrant

DAYS, UNITS = "/incidents/days", "/incidents/units"


@pytest.fixture
def town(app, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT)
    return create_town()


@pytest.fixture
def admin(town, client):
    account = create_account("admin", town.town.path)
    log_in(client, account)
    return viewer_of(account, ("admin", town.town.path))


def days():
    db.session.rollback()
    return {one.day: one.is_worked for one in db.session.scalars(select(LegalDay))}


def due(incident):
    db.session.rollback()
    return db.session.get(Incident, incident.id, populate_existing=True).due_at


def holiday(first, last="", kind="free", name="特别假"):
    return {"first": first, "last": last, "kind": kind, "name": name}


def test_a_day_off_moves_what_is_due_and_taken_back_it_is_as_before(town, admin, client):
    incident = create_incident(town.micros[0], create_category("邻里", urgency=Urgency.ORDINARY))
    before = due(incident)  # half a working day after Monday 10:00
    assert before == datetime(2026, 11, 23, 14, tzinfo=UTC)

    answer = client.post(DAYS, data=holiday("2026-11-23", "2026-11-24"))
    assert answer.status_code == 303
    assert days() == {date(2026, 11, 23): False, date(2026, 11, 24): False}
    assert due(incident) == datetime(2026, 11, 25, 4, tzinfo=UTC)
    page = client.get(f"{DAYS}?year=2026").text
    assert "特别假" in page
    assert "day-mark free entered" in page

    for day in ("2026-11-23", "2026-11-24"):
        assert client.post(f"{DAYS}/drop", data={"day": day}).status_code == 303
    assert due(incident) == before
    assert client.post(f"{DAYS}/drop", data={"day": "2026-11-23"}).status_code == 409
    page = client.get("/audit").text
    assert "— → 放假 特别假" in page
    assert "放假 特别假 → —" in page


def test_a_day_worked_in_exchange_counts_again(town, admin, client):
    incident = create_incident(
        town.micros[0],
        create_category("邻里", urgency=Urgency.ORDINARY),
        at=datetime(2026, 11, 27, 10, tzinfo=UTC),  # Friday 18:00 in Beijing
    )
    assert due(incident) == datetime(2026, 11, 29, 22, tzinfo=UTC)
    client.post(DAYS, data=holiday("2026-11-28", kind="worked"))
    assert due(incident) == datetime(2026, 11, 27, 22, tzinfo=UTC)


def test_the_coming_years_holidays_are_asked_for_until_they_are_entered(town, admin, client):
    assert "2027 年放假安排尚未录入" in client.get(DAYS).text
    assert "仅按周末计算" in client.get(f"{DAYS}?year=2027").text
    client.post(DAYS, data=holiday("2027-01-01", name="元旦"))
    assert "尚未录入，按工作日" not in client.get(DAYS).text


def test_the_list_that_came_with_the_house_is_told_from_what_was_entered(town, admin, client):
    page = client.get(f"{DAYS}?year=2026").text
    assert "国庆节" in page
    assert 'class="day-mark free entered">10' not in page
    assert "没有：该年按系统内置的放假安排执行" in page
    assert client.get(f"{DAYS}?year=99999").status_code == 200
    assert client.get(f"{DAYS}?year=x").status_code == 200


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (holiday(""), "请填"),
        (holiday("not a day"), "2026-11-23"),
        (holiday("1999-01-01"), "只能录入"),
        (holiday("2026-12-03", "2026-12-01"), "不早于"),
        (holiday("2026-10-01", "2026-12-01"), "最多"),
        (holiday("2026-12-01", name=""), "请填"),
        (holiday("2026-12-01", kind="perhaps"), "列表"),
    ],
)
def test_days_nobody_announces_are_refused_beside_the_field(town, admin, client, wrong, said):
    answer = client.post(DAYS, data=wrong)
    assert answer.status_code == 422
    assert said in answer.text
    assert days() == {}


def fresh(unit_id):
    db.session.rollback()
    return db.session.get(Unit, unit_id, populate_existing=True)


def test_a_unit_is_entered_once_changed_and_gets_members(town, admin, client):
    data = {
        "once": once.new_key(),
        "name": "城管办",
        "grid_path": town.town.path,
        "duties": "市容",
        "phone": "028-85550101",
    }
    first = client.post(f"{UNITS}/new", data=data)
    assert client.post(f"{UNITS}/new", data=data).location == first.location
    unit = db.session.scalars(select(Unit)).one()
    person = create_account("resident", town.micros[0].path, display_name="周小城")
    found = client.get(f"{UNITS}/{unit.id}?who=小城", headers={"HX-Request-Type": "partial"})
    assert "周小城" in found.text
    assert "<h1" not in found.text

    client.post(f"{UNITS}/{unit.id}/members", data={"account": person.id})
    client.post(f"{UNITS}/{unit.id}/members", data={"account": person.id})
    assert len(db.session.scalars(select(UnitMember)).all()) == 1
    assert "周小城" in client.get(f"{UNITS}/{unit.id}").text
    client.post(f"{UNITS}/{unit.id}/members/remove", data={"account": person.id})
    assert db.session.scalars(select(UnitMember)).all() == []

    changed = {"name": "综合执法队", "duties": "市容", "phone": "", "version": 1}
    assert client.post(f"{UNITS}/{unit.id}", data=changed).status_code == 303
    late = client.post(f"{UNITS}/{unit.id}", data={**changed, "name": "旧名"})
    assert late.status_code == 409
    assert "综合执法队" in late.text
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [one.action for one in entries] == [
        *("incidents:unit:add", "incidents:unit:join"),
        *("incidents:unit:leave", "incidents:unit:change"),
    ]
    page = client.get("/audit").text
    assert "城管办 → 综合执法队" in page
    assert person.username in page


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "请填"),
        ({"name": "城管办"}, "已有同名"),
        ({"phone": "找小王"}, "电话"),
        ({"grid_path": ""}, "列表"),
    ],
)
def test_what_is_no_unit_is_said_beside_the_field(town, admin, client, wrong, said):
    create_unit(town.town, "城管办")
    data = {"once": once.new_key(), "name": "环卫所", "grid_path": town.town.path, **wrong}
    answer = client.post(f"{UNITS}/new", data=data)
    assert answer.status_code == 422
    assert said in answer.text
    assert len(db.session.scalars(select(Unit)).all()) == 1


def test_a_unit_with_open_incidents_is_not_retired_and_its_page_shows_them(town, admin, client):
    unit = create_unit(town.town, "城管办")
    officer = create_account("office", town.community.path)
    viewer = viewer_of(officer, ("office", town.community.path))
    incident = create_incident(town.micros[0], create_category())
    for verb in (Verb.ACCEPT, Verb.DISPATCH):
        operations.perform(
            db.session(),
            actor=viewer,
            at=AT,
            incident=incident,
            verb=verb,
            brings=Brings(assignees=[Assignee("unit", unit.id)]),
        )
    db.session.commit()
    retire = {"to": "retired", "version": unit.version}
    answer = client.post(f"{UNITS}/{unit.id}/state", data=retire)
    assert answer.status_code == 409
    assert "该单位还有 1 件未结事件" in answer.text
    assert numbered(incident.short_number) in answer.text
    assert fresh(unit.id).retired_at is None
    assert len(history(incident)) == 3

    other = create_unit(town.town, "环卫所")
    operations.perform(
        db.session(),
        actor=viewer,
        at=AT,
        incident=db.session.get(Incident, incident.id),
        verb=Verb.TRANSFER,
        brings=Brings(words="职责在他处", assignees=[Assignee("unit", other.id)]),
    )
    db.session.commit()
    assert client.post(f"{UNITS}/{unit.id}/state", data=retire).status_code == 303
    assert fresh(unit.id).retired_at == AT
    assert "城管办" not in client.get(UNITS).text
    assert "城管办" in client.get(f"{UNITS}?state=retired").text
    again = {"to": "use", "version": fresh(unit.id).version}
    assert client.post(f"{UNITS}/{unit.id}/state", data=again).status_code == 303
    assert fresh(unit.id).retired_at is None


def test_a_unit_above_the_administrators_node_is_not_found(town, admin, client):
    unit = create_unit(town.county, "区级部门")
    assert client.get(f"{UNITS}/{unit.id}").status_code == 404
    assert "区级部门" not in client.get(UNITS).text
    assert client.post(f"{UNITS}/{unit.id}/state", data={"version": 1}).status_code == 404


def test_only_accounts_of_ones_own_area_may_be_made_members(town, admin, client):
    unit = create_unit(town.town)
    far = create_account("office", town.county.path, display_name="远处的人")
    assert "远处的人" not in client.get(f"{UNITS}/{unit.id}?who=远处").text
    for sent in (far.id, "x", "", "9" * 20):
        answer = client.post(f"{UNITS}/{unit.id}/members", data={"account": sent})
        assert answer.status_code == 422
    assert db.session.scalars(select(UnitMember)).all() == []
    assert (
        db.session.scalar(select(RoleGrant.role).where(RoleGrant.account_id == far.id))
        is Role.OFFICE
    )
