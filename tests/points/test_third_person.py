"""Who decides: nobody who had a part in it, and nobody who lives or lived where the points go."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from factories import AT, DAY, create_account, log_in, viewer_of
from points.claims_factory import adopt, claim_of, file_claim
from points.claims_in_pages import post
from points.claims_scene import (  # noqa: F401
    approve,
    household,
    office,
    party_of,
    staff,
    town,
)
from sqlalchemy import select

from intranet.db import db
from intranet.errors import DomainError
from intranet.notices.models import Notice
from intranet.points import operations
from intranet.points.models import ClaimSource, ClaimState
from intranet.register.models import PartyKind
from intranet.register.operations import change_party


def object_to(claim, actor, words="那天没有清洁日", at=AT):
    operations.object_to(db.session(), actor=actor, at=at, claim=claim, words=words)
    db.session.commit()


def decide(how, claim, actor, **more):
    made = getattr(operations, how)(
        db.session(),
        actor=actor,
        at=AT,
        claim=claim,
        version=claim.version,
        words="查过签到表",
        **more,
    )
    db.session.commit()
    return made


def move_to(town, person, home, *, at):
    change_party(
        db.session(),
        actor=staff(town, "office"),
        party=person,
        at=at,
        household_id=home.id if home else None,
    )
    db.session.commit()


@pytest.mark.parametrize("how", ["dismiss", "uphold", "amend"])
def test_nobody_who_had_a_part_in_the_chain_decides_on_what_stands_in_its_place(
    town, household, office, how
):
    adopt(town.community)
    filer, first, second, objector, third = (staff(town, "secretary") for _ in range(5))
    claim = file_claim(household, filer, units=3, source=ClaimSource.MEMBER)
    approve(claim, first)
    object_to(claim, objector)
    made = decide("amend", claim, second, units=2)
    again = staff(town, "resident")
    object_to(made, again)
    more = {"units": 1} if how == "amend" else {}
    for actor in (filer, first, second, objector, again):
        with pytest.raises(DomainError, match=r"third person|entered it yourself"):
            decide(how, made, actor, **more)
        db.session.rollback()
        made = claim_of(made.id)
        assert made.state is ClaimState.DISPUTED
    told = db.session.scalars(
        select(Notice.account_id).where(
            Notice.words.contains("waits"), Notice.url == f"/points/claims/{made.id}"
        )
    ).all()
    assert set(told) == {third.account_id}, "only who may decide is asked to"
    decide(how, made, third, **more)
    assert claim_of(made.id).state is not ClaimState.DISPUTED


def test_who_objected_does_not_object_again_once_it_was_decided_and_others_may(
    town, household, client
):
    adopt(town.community)
    claim = file_claim(household)
    approve(claim, staff(town, "office"))
    account = create_account("resident", town.micros[1].path)
    leader = staff(town, "secretary")
    object_to(claim, viewer_of(account, ("resident", town.micros[1].path)))
    decide("dismiss", claim, leader)
    log_in(client, account)
    page = client.get(f"/points/claims/{claim.id}").get_data(as_text=True)
    assert "同一人不能对同一条再次提出" in page
    assert f"/points/claims/{claim.id}/object" not in page
    answer = post(client, claim.id, "object", words="还是不对")
    assert answer.status_code == 409
    assert "同一人不能对同一条再次提出" in answer.get_data(as_text=True)
    assert claim_of(claim.id).state is ClaimState.PUBLICITY
    object_to(claim_of(claim.id), staff(town, "resident"))
    assert claim_of(claim.id).state is ClaimState.DISPUTED


def test_whoever_objected_is_named_to_the_decider_alone(town, household, client):
    adopt(town.community)
    claim = file_claim(household)
    approve(claim, staff(town, "office"))
    path = town.micros[1].path
    neighbour = create_account("resident", path, display_name="邻居王五")
    object_to(claim, viewer_of(neighbour, ("resident", path)), words="他没来")
    home = create_account("resident", town.micros[0].path, party_id=household.id)
    member = create_account("grid_member", town.generals[0].path)
    at_home = create_account("secretary", town.community.path, party_id=household.id)
    leader = create_account("secretary", town.community.path)
    db.session.commit()
    seen = {}
    for name, account in (
        *(("home", home), ("member", member), ("leader at home", at_home)),
        *(("leader", leader), ("neighbour", neighbour)),
    ):
        log_in(client, account)
        page = client.get(f"/points/claims/{claim.id}").get_data(as_text=True)
        assert "他没来" in page
        seen[name] = "邻居王五" in page.split("timeline")[1]
    assert seen == {
        "home": False,
        "member": False,
        "leader at home": False,
        "leader": True,
        # a stranger to the claim reads no names at all
        "neighbour": False,
    }


def test_who_lived_there_when_it_was_filed_does_not_decide(town, household, office):
    """The register is changed behind the operations' back: what was filed knows its home."""
    adopt(town.community)
    person = party_of(town, PartyKind.PERSON, household_id=household.id)
    claim = file_claim(person)
    person.household_id = None
    db.session.commit()
    with pytest.raises(DomainError, match="own household"):
        approve(claim, replace(office, household_id=household.id))


def test_who_lived_there_on_the_day_or_lives_there_now_does_not_decide(town, household):
    adopt(town.community)
    moved, staying, coming = (
        party_of(town, PartyKind.PERSON, household_id=one)
        for one in (household.id, household.id, None)
    )
    accounts = [
        create_account("office", town.community.path, party_id=one.id)
        for one in (moved, staying, coming)
    ]
    was, _is, comes = (viewer_of(one, ("office", town.community.path)) for one in accounts)
    move_to(town, moved, None, at=AT - timedelta(days=3))
    before = file_claim(household, day=DAY - timedelta(days=4))
    after = file_claim(household, day=DAY - timedelta(days=2))
    with pytest.raises(DomainError, match="own household"):
        approve(before, was)
    db.session.rollback()
    approve(claim_of(after.id), was)
    assert claim_of(after.id).state is ClaimState.PUBLICITY
    move_to(town, coming, household, at=AT)
    with pytest.raises(DomainError, match="own household"):
        approve(claim_of(before.id), replace(comes, household_id=household.id))
    db.session.rollback()
    # Whose points they are moves out: who lived with them on the day still does not decide.
    own = file_claim(staying, day=DAY - timedelta(days=4))
    move_to(town, staying, None, at=AT)
    with pytest.raises(DomainError, match="own household"):
        approve(claim_of(own.id), was)
    db.session.rollback()
    assert claim_of(own.id).state is ClaimState.SUBMITTED
