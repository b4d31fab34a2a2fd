"""Acts are offered to whoever may do them; whoever may not reads why, and who may."""

from __future__ import annotations

import re

import pytest
from factories import create_account, log_in
from points.claims_factory import adopt, claim_of
from points.claims_in_pages import (  # noqa: F401
    add_party,
    as_,
    fields,
    file_now,
    household,
    picture,
    post,
    resident,
    town,
)

from intranet import clock, once
from intranet.db import db
from intranet.people.models import RoleGrant
from intranet.points.models import Claim, ClaimPhoto, ClaimState, Level
from intranet.register.models import PartyKind

ROLES = ("admin", "secretary", "office", "grid_member")


def page_of(client, claim_id):
    return client.get(f"/points/claims/{claim_id}").get_data(as_text=True)


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("role", ROLES)
def test_approving_is_offered_where_it_would_be_taken_and_nowhere_else(
    client, town, household, level, role
):
    adopt(town.community, level=level)
    claim_id = file_now(household).id
    as_(client, role, town.community.path)
    page = page_of(client, claim_id)
    is_offered = f"/points/claims/{claim_id}/approve" in page
    in_list = client.get("/points/claims").get_data(as_text=True)
    box = re.search(rf'<input type="checkbox" name="one" value="{claim_id}"[^>]*>', in_list)[0]
    answer = post(client, claim_id, "approve")

    assert is_offered == (answer.status_code == 303)
    assert ("disabled" not in box) == is_offered
    if not is_offered:
        assert "这条规则由" in page
        assert "审核" in page


@pytest.mark.parametrize("part", ["filed", "approved", "objected", "home", "none"])
def test_an_objection_is_decided_where_the_page_offers_it(client, town, household, part):
    adopt(town.community)
    mate = add_party(PartyKind.PERSON, town.micros[0].path, household_id=household.id)
    of = {"party_id": mate.id} if part == "home" else {}
    leader = create_account("secretary", town.community.path, **of)
    claim_id = file_now(household).id
    if part == "filed":
        db.session.execute(db.update(Claim).values(made_by=leader.id))
        db.session.commit()
    log_in(client, leader)
    if part != "approved":
        as_(client, "office", town.community.path)
    assert post(client, claim_id, "approve").status_code == 303
    if part != "objected":
        as_(client, "resident", town.micros[0].path)
    else:
        log_in(client, db.session.merge(leader))
    assert post(client, claim_id, "object").status_code == 303
    log_in(client, db.session.merge(leader))
    page = page_of(client, claim_id)
    is_offered = f"/points/claims/{claim_id}/dismiss" in page
    assert is_offered == (part == "none")
    assert ("这里没有别人可以决定" in page) == (part != "none")
    second = as_(client, "admin", town.community.path)
    name = second.display_name
    log_in(client, db.session.merge(leader))
    assert (f"可以决定的人：{name}" in page_of(client, claim_id)) == (part != "none")
    assert post(client, claim_id, "dismiss").status_code == (303 if is_offered else 409)


def test_whoever_lost_the_role_is_not_named_as_who_may_decide(client, town, household):
    adopt(town.community, level=Level.SECRETARY)
    claim_id = file_now(household).id
    former = create_account("secretary", town.community.path)
    name = former.display_name
    as_(client, "office", town.community.path)
    assert f"可以决定的人：{name}" in page_of(client, claim_id)
    db.session.execute(
        db.update(RoleGrant).where(RoleGrant.account_id == former.id).values(ended_at=clock.now())
    )
    db.session.commit()
    assert name not in page_of(client, claim_id)
    assert "这里没有别人可以决定" in page_of(client, claim_id)


def test_all_of_a_page_is_ticked_but_what_is_not_for_the_viewer(client, town, household):
    adopt(town.community)
    adopt(town.community, "SJ01", level=Level.SECRETARY)
    ids = [file_now(household).id for _ in range(3)]
    high = file_now(household).id
    with_photo = ids[0]
    db.session.execute(db.update(Claim).where(Claim.id == high).values(**of_rule("SJ01")))
    shown = {"file_key": "a" * 64, "thumbnail_key": "b" * 64, "width": 1, "height": 1}
    for _ in range(2):
        db.session.add(ClaimPhoto(claim_id=with_photo, at=clock.now(), **shown))
    db.session.commit()
    as_(client, "grid_member", town.generals[0].path)
    page = client.get("/points/claims?tick=all").get_data(as_text=True)
    ticked = [int(one) for one in re.findall(r'name="one" value="(\d+)"[^>]* checked>', page)]

    assert ticked == ids
    assert page.count("2张照片") == 1
    assert "由书记审核" in page
    assert (
        client.post("/points/claims", data={"one": ticked, "once": once.new_key()}).status_code
        == 303
    )
    assert [claim_of(one).state for one in ids] == [ClaimState.PUBLICITY] * 3
    as_(client, "office", town.community.path)
    assert "当天还有" not in page_of(client, high)
    another = file_now(household).id
    assert "当天还有 3 条相同" in page_of(client, another)


def of_rule(code):
    rule = db.session.execute(db.text("SELECT id FROM points_rule WHERE code = :c"), {"c": code})
    return {"rule_id": rule.scalar_one(), "rule_code": code}
