"""A meeting with its rules, and a day on which many took part, through the pages."""

from __future__ import annotations

import re

from points.claims_factory import adopt, claim_of
from points.claims_in_pages import (  # noqa: F401
    WORDS,
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
from sqlalchemy import func, select

from intranet import clock, once
from intranet.db import db
from intranet.points.models import Claim, ClaimState, Rule
from intranet.register.models import PartyKind


def test_a_meeting_and_its_rules_are_written_down_by_a_leader(client, town):
    as_(client, "secretary", town.community.path)
    meeting = {
        "once": once.new_key(),
        "grid": town.community.path,
        "held_on": clock.today().isoformat(),
        "body": "居民代表会议",
        "present": "40",
        "in_favour": "38",
        "against": "1",
        "abstained": "1",
    }
    refused = client.post("/points/meetings/new", data={**meeting, "in_favour": "41"})
    assert refused.status_code == 422
    assert re.search(r'id="present-error">.*?票数多于', refused.get_data(as_text=True), re.DOTALL)
    answer = client.post("/points/meetings/new", data=meeting)
    assert answer.status_code == 303
    page = client.get(answer.location).get_data(as_text=True)
    number = re.search(r'<option (?:selected )?value="(\d+)"', page)[1]
    rule = {
        "once": once.new_key(),
        "meeting": number,
        "code": "wj01",
        "title": "文明养犬",
        "sign": "earn",
        "dimension": "participation",
        "points": "2",
        "unit": "次",
        "units_max": "1",
        "evidence": "words",
        "level": "grid_member",
        "kinds": ["household"],
        "publicity_days": "5",
        "cap_month": "1",
        "valid_from": clock.today().isoformat(),
        "version": "0",
        "occasion": "",
    }
    refused = client.post("/points/rules/new", data=rule)
    assert refused.status_code == 422
    assert re.search(r'id="cap_month-error">.*?上限', refused.get_data(as_text=True), re.DOTALL)
    rule["cap_month"] = "6"
    assert client.post("/points/rules/new", data=rule).location.endswith("/points/rules/WJ01")
    again = client.post("/points/rules/new", data={**rule, "once": once.new_key(), "code": "WJ01"})
    assert again.status_code == 409
    assert "文明养犬" in client.get("/points/rules").get_data(as_text=True)
    sheet = client.get("/points/rules/export.csv").get_data(as_text=True)
    assert "WJ01" in sheet
    assert "居民代表会议" in sheet
    usual = client.post("/points/rules/standard", data={"once": once.new_key(), "meeting": number})
    assert usual.status_code == 303
    assert db.session.scalar(select(func.count(Rule.id))) == 17


def test_a_gathering_is_entered_with_ticks_and_approved_as_one(client, town, household):
    adopt(town.community, kinds=frozenset({PartyKind.HOUSEHOLD}))
    others = [add_party(PartyKind.HOUSEHOLD, town.micros[0].path) for _ in range(4)]
    elsewhere = add_party(PartyKind.HOUSEHOLD, town.micros[2].path)
    as_(client, "micro_member", town.micros[0].path)
    page = client.get("/points/gathering").get_data(as_text=True)
    assert page.count('name="party"') == 5
    sent = {
        "once": once.new_key(),
        "grid": town.micros[0].path,
        "rule": "JS01",
        "title": "三栋清洁日",
        "happened_on": clock.today().isoformat(),
        "units": "1",
        "party": [household.id, others[0].id, elsewhere.id],
    }
    nobody = client.post("/points/gathering", data={**sent, "party": []})
    assert nobody.status_code == 422
    assert "请勾选到场的人" in nobody.get_data(as_text=True)
    assert "三栋清洁日" in nobody.get_data(as_text=True)
    for _ in range(2):
        answer = client.post("/points/gathering", data=sent)
        assert answer.status_code == 303
    assert "2 条等待别人审核" in client.get(answer.location).get_data(as_text=True)

    made = db.session.scalars(select(Claim).order_by(Claim.party_id)).all()
    assert [one.party_id for one in made] == [household.id, others[0].id]
    as_(client, "office", town.community.path)
    ids = [one.id for one in made]
    sent = {"one": ids, "once": once.new_key()}
    assert [client.post("/points/claims", data=sent).status_code for _ in range(2)] == [303, 303]
    assert {claim_of(one).state for one in ids} == {ClaimState.PUBLICITY}


def test_what_was_entered_for_many_is_taken_back_while_nobody_has_approved_it(
    client, town, household
):
    adopt(town.community)
    as_(client, "micro_member", town.micros[0].path)
    other = add_party(PartyKind.SHOP, town.micros[0].path)
    sent = {**fields(), "grid": town.micros[0].path, "title": "清洁日"}
    url = client.post(
        "/points/gathering", data={**sent, "party": [household.id, other.id]}
    ).location
    claims = db.session.scalars(select(Claim.id).order_by(Claim.id)).all()
    approving = another(client)
    as_(approving, "office", town.community.path)
    assert post(approving, claims[0], "approve").status_code == 303
    member = another(client)
    as_(member, "grid_member", town.generals[0].path)
    assert post_undo(member, url, words="登记错了").status_code == 409, "it is not theirs"
    wordless = post_undo(client, url)
    assert wordless.status_code == 422
    assert 'id="words-error"' in wordless.get_data(as_text=True)
    key = once.new_key()
    for _ in range(2):
        answer = post_undo(client, url, words="日子填错了", once=key)
        assert answer.status_code == 303
    assert "已撤回 2 条" in client.get(answer.location).get_data(as_text=True)
    assert post_undo(client, url, words="日子填错了").status_code == 409

    assert [claim_of(one).state for one in claims] == ["withdrawn", "withdrawn"]


def another(client):
    other = client.application.test_client()
    other.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return other


def post_undo(client, url, **more):
    return client.post(f"{url}/undo", data={"once": once.new_key(), **more})
