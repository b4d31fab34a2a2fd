"""A party's page of correction: what is wrong can go, and what is not touched stays."""

from __future__ import annotations

import json

import pytest
from factories import AT, create_account, create_town, log_in
from sqlalchemy import func, select

from intranet import once
from intranet.audit import AuditEntry
from intranet.db import db
from intranet.register import operations, queries
from intranet.register.models import Party, PartyKind, PersonalDatum, PersonalField

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
NAME, PHONE, HEALTH = "张淑英", "13812348000", "高血压，独居"


@pytest.fixture
def town(app):
    return create_town()


@pytest.fixture
def leader(client, town):
    return log_in(client, create_account("secretary", town.community.path))


def enter(town, kind=PartyKind.PERSON, name=NAME, **fields):
    named = {"public_name": name} if kind is PartyKind.SHOP else {}
    values = {PersonalField.NAME: name, **fields.pop("values", {})}
    party = operations.create_party(
        db.session(),
        actor=None,
        kind=kind,
        grid_path=town.micros[0].path,
        at=AT,
        values=values,
        **named,
        **fields,
    )
    db.session.commit()
    return party


def correct(leader, party, **data):
    db.session.rollback()
    data = {"version": str(party.version), "household_id": "", **data}
    db.session.rollback()
    return leader.post(f"/register/{party.id}/edit", data=data)


def recorded(party):
    db.session.rollback()
    return set(
        db.session.scalars(
            select(PersonalDatum.field).where(PersonalDatum.party_id == party.id)
        ).all()
    )


def test_one_wrong_field_is_removed_and_the_others_stay(leader, town):
    values = {PersonalField.PHONE: PHONE, PersonalField.HEALTH: HEALTH}
    party = enter(town, values=values)
    page = leader.get(f"/register/{party.id}/edit").text
    assert page.count('name="remove"') == 2  # none for the name, which a person must have
    assert "138****8000" in page
    assert HEALTH not in page

    answer = correct(leader, party, remove=["health", "phone"])

    assert answer.status_code == 303
    assert recorded(party) == {PersonalField.NAME}
    assert db.session.scalars(queries.party_ids_matching("8000")).all() == []
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert entry.action == "register:party:change"
    assert json.loads(entry.details) == {
        "fields": ["phone", "health"],
        "removed": ["phone", "health"],
    }


def test_nobody_is_left_without_a_name_and_a_tick_beside_a_new_value_is_asked_about(leader, town):
    person = enter(town, values={PersonalField.PHONE: PHONE})
    shop = enter(town, PartyKind.SHOP, "老灶火锅")

    nameless = correct(leader, person, remove="name")
    both = correct(leader, person, remove="phone", phone="13900001111")
    contact = correct(leader, shop, remove="name", public_name="老灶火锅")

    assert (nameless.status_code, both.status_code, contact.status_code) == (422, 422, 303)
    assert 'id="name-error"' in nameless.text
    assert 'id="phone-error"' in both.text
    assert 'value="phone" checked' in both.text
    assert recorded(person) == {PersonalField.NAME, PersonalField.PHONE}
    assert recorded(shop) == set()


def test_who_moved_keeps_the_household_when_the_phone_is_corrected(leader, town):
    household = enter(town, PartyKind.HOUSEHOLD, "张家")
    person = enter(town, household_id=household.id)
    version = str(person.version)
    there = {"version": version, "grid_path": town.micros[1].path}
    assert leader.post(f"/register/{person.id}/move", data=there).status_code == 303
    page = leader.get(f"/register/{person.id}/edit").text
    assert f'<option selected value="{household.id}">' in page

    db.session.expire_all()
    answer = correct(leader, person, phone=PHONE, household_id=str(household.id))

    assert answer.status_code == 303
    db.session.rollback()
    assert db.session.get(Party, person.id).household_id == household.id


@pytest.mark.parametrize("phone", ["13812348000", "138-1234-8000", "+86 138 1234 8000"])
def test_a_look_alike_is_found_however_the_phone_is_written(leader, town, phone):
    twin = enter(town, values={PersonalField.PHONE: PHONE})
    data = {
        "once": once.new_key(),
        "kind": "person",
        "grid_path": town.micros[1].path,
        "name": "何英",
        "phone": phone,
        "household_id": "",
    }

    answer = leader.post("/register/new", data=data)

    assert answer.status_code == 409
    assert f'href="/register/{twin.id}"' in answer.text
    wrong = leader.post("/register/new", data={**data, "phone": "12345"})
    assert wrong.status_code == 422
    assert 'id="phone-error"' in wrong.text


def test_households_of_one_name_and_street_are_told_apart(leader, town):
    street = {PersonalField.ADDRESS: "上场口十二号附一号"}
    twins = [enter(town, PartyKind.HOUSEHOLD, "徐大林户", values=street) for _n in range(2)]
    page = leader.get("/register/new?kind=person").text

    for one in twins:
        assert f'value="{one.id}">徐**户 上场口*** · 登记号 {one.id}</option>' in page
    assert "十二号" not in page


def test_the_households_offered_are_those_of_the_grid_chosen(leader, town):
    here = enter(town, PartyKind.HOUSEHOLD, "张家")
    there = enter(town, PartyKind.HOUSEHOLD, "李家")
    there.grid_path = town.micros[3].path
    db.session.commit()
    where = {"grid_path": town.micros[3].path}
    typed = {**where, "kind": "person", "name": "何淑英", "household_id": ""}

    part = leader.get("/register/households", query_string=where, headers=HTMX).text
    page = leader.post("/register/households", data=typed).text

    for html in (part, page):
        assert f'value="{there.id}"' in html
        assert f'value="{here.id}"' not in html
    assert 'value="何淑英"' in page
    assert "必填" not in page
    people = select(func.count()).select_from(Party).where(Party.kind != PartyKind.TEAM)
    assert db.session.scalar(people) == 2


def test_leaving_is_confirmed_before_it_is_recorded(leader, town):
    person = enter(town)
    page = leader.get(f"/register/{person.id}").text
    behind = next(one for one in page.split("<details") if "登记迁走" in one).split("</details>")[0]

    assert "登记迁走" in behind.split("</summary>")[0]
    assert 'value="gone"' in behind.split("</summary>")[1]
    assert page.count('value="gone"') == 1
