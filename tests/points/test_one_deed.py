"""One deed earns once: of one home, whoever tells it and however often it is seen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories import AT, DAY
from points.claims_factory import adopt, file_claim
from points.claims_in_pages import as_, fields, post
from points.claims_scene import (  # noqa: F401
    approve,
    household,
    office,
    party_of,
    staff,
    town,
)
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from intranet.db import db
from intranet.errors import InputError
from intranet.points import operations
from intranet.points.models import Claim, ClaimSource, ClaimState, Occasion, Sign, Window
from intranet.points.operations import Content
from intranet.register.models import FormerHome, PartyKind
from intranet.register.operations import change_party

SEEN = {"occasion": Occasion.INCIDENT, "caps": {Window.MONTH: 6}}


def offer(party, event="incidents:7", at=AT):
    made = operations.offer(
        db.session(),
        occasion=Occasion.INCIDENT,
        party=party,
        event=event,
        happened_on=DAY,
        at=at,
        words="7",
    )
    db.session.commit()
    return made


def gathered(town, actor, parties):
    return operations.gather(
        db.session(),
        actor=actor,
        at=AT,
        grid_path=town.micros[0].path,
        title="清洁日",
        content=Content("JS01", 1, DAY, "清洁日"),
        parties=parties,
    )


def claims():
    return db.session.scalars(select(Claim).order_by(Claim.id)).all()


def test_a_hazard_closed_again_earns_no_second_time_neither_the_home_nor_its_member(
    town, household, office
):
    adopt(town.community, "JD01", **SEEN)
    adopt(town.community, "JD02", **SEEN)
    person = party_of(town, PartyKind.PERSON, household_id=household.id)
    (made,) = offer(person)
    assert (made.party_id, made.home_id, made.rule_code) == (household.id, household.id, "JD01")
    assert offer(person) == []
    operations.refuse(
        db.session(), actor=office, at=AT, claim=made, version=made.version, words="不属实"
    )
    db.session.commit()
    assert offer(person) == [], "what was refused is not offered again"
    assert len(offer(person, "incidents:8")) == 1


def test_whoever_moves_out_between_two_closings_earns_once(town, household):
    adopt(town.community, "JD01", **SEEN)
    other = party_of(town, PartyKind.HOUSEHOLD)
    person = party_of(town, PartyKind.PERSON, household_id=household.id)
    offer(person)
    change_party(
        db.session(),
        actor=staff(town, "office"),
        party=person,
        at=AT + timedelta(hours=1),
        household_id=other.id,
    )
    db.session.commit()

    assert offer(person, at=AT + timedelta(hours=2)) == []
    former = db.session.scalars(select(FormerHome)).one()
    assert (former.party_id, former.household_id) == (person.id, household.id)
    assert former.until == AT + timedelta(hours=1)


def test_what_the_house_sees_is_entered_by_nobody(town, household, office):
    adopt(town.community, "JS01", **SEEN)
    for source in (ClaimSource.OWN, ClaimSource.MEMBER):
        with pytest.raises(InputError, match="sees this by itself") as refused:
            file_claim(household, office, source=source, words="隐患 7 号")
        assert refused.value.field == "rule"
    with pytest.raises(InputError, match="sees this by itself"):
        gathered(town, office, [household])
    db.session.rollback()
    assert claims() == []
    (made,) = offer(household)
    approve(made, office)
    assert made.state is ClaimState.PUBLICITY


def test_the_form_names_what_the_house_sees_and_does_not_let_it_be_chosen(town, household, client):
    adopt(town.community, "JD01", title="发现安全隐患", **SEEN)
    adopt(town.community, "JS01")
    as_(client, "resident", town.micros[0].path, party_id=household.id)
    page = client.get("/points/claims/new").get_data(as_text=True)
    assert 'value="JS01"' in page
    assert 'value="JD01"' not in page
    assert "发现安全隐患" in page
    assert client.post("/points/claims/new", data=fields(rule="JD01")).status_code == 422
    assert claims() == []


def test_a_gathering_counts_a_home_once_and_the_household_before_who_lives_there(
    town, household, office
):
    adopt(town.community)
    person = party_of(town, PartyKind.PERSON, household_id=household.id)
    lone = party_of(town, PartyKind.PERSON)
    away = party_of(town, PartyKind.HOUSEHOLD)
    couple = [party_of(town, PartyKind.PERSON, household_id=away.id) for _ in range(2)]
    gathered(town, office, [person, *couple, household, lone])
    db.session.commit()

    found = {one.party_id: one.home_id for one in claims()}
    assert found == {household.id: household.id, lone.id: lone.id, couple[0].id: away.id}


def test_the_database_itself_holds_one_standing_claim_for_an_event_and_a_home(
    town, household, office
):
    adopt(town.community)
    adopt(town.community, "JS02")
    person = party_of(town, PartyKind.PERSON, household_id=household.id)
    first = file_claim(household, event="test:1")
    with pytest.raises(IntegrityError):
        file_claim(person, code="JS02", event="test:1")
    db.session.rollback()
    operations.refuse(
        db.session(), actor=office, at=AT, claim=first, version=first.version, words="不属实"
    )
    db.session.commit()
    assert file_claim(person, event="test:1").home_id == household.id


def test_nothing_more_is_entered_for_whoever_has_left_or_was_erased(town, household, office):
    adopt(town.community)
    adopt(town.community, "JD01", **SEEN)
    waiting = file_claim(household)
    household.left_at = AT
    db.session.commit()
    with pytest.raises(InputError, match="has gone"):
        file_claim(household, office, source=ClaimSource.MEMBER)
    with pytest.raises(InputError, match="has gone"):
        gathered(town, office, [household])
    db.session.rollback()
    assert offer(household) == []
    assert claims() == [waiting]
    person = party_of(town, PartyKind.PERSON, household_id=household.id)
    (made,) = offer(person)
    assert made.party_id == person.id, "the household is gone, who lived there is not"


def test_what_waits_for_somebody_erased_since_is_not_approved(town, household, office, client):
    adopt(town.community)
    waiting = file_claim(household)
    household.left_at = household.erased_at = AT
    db.session.commit()
    as_(client, "office", town.community.path)
    answer = post(client, waiting.id, "approve")
    assert answer.status_code == 409
    assert "资料已删除" in answer.get_data(as_text=True)
    assert client.get(f"/points/claims/new?party={household.id}").status_code == 404


def test_a_household_takes_back_what_was_filed_for_it_and_not_what_was_filed_against_it(
    town, household, client
):
    adopt(town.community)
    adopt(town.community, "KF01", sign=Sign.DEDUCT)
    member = staff(town, "grid_member")
    against = file_claim(household, member, code="KF01", source=ClaimSource.MEMBER)
    in_favour = file_claim(household, member, source=ClaimSource.MEMBER)
    as_(client, "resident", town.micros[0].path, party_id=household.id)
    assert "/withdraw" not in client.get(f"/points/claims/{against.id}").get_data(as_text=True)
    assert "/withdraw" in client.get(f"/points/claims/{in_favour.id}").get_data(as_text=True)
    assert post(client, against.id, "withdraw").status_code == 409
    assert post(client, in_favour.id, "withdraw").status_code == 303
    db.session.expire_all()

    assert [one.state for one in claims()] == ["submitted", "withdrawn"]
    operations.withdraw(db.session(), actor=member, at=AT, claim=against, version=against.version)
    assert against.state is ClaimState.WITHDRAWN
