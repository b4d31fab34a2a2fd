"""A meeting with its rules, and a day on which many took part, through the pages."""

from __future__ import annotations

import re

import pytest
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
from intranet.register import operations
from intranet.register.models import PartyKind, PersonalField
from intranet.register.operations.numbers import building_of


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
        "party": [household.id, others[0].id],
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


def sent_for(town, *parties, **more):
    named = {
        "grid": town.micros[0].path,
        "title": "三栋清洁日",
        "party": [one.id for one in parties],
    }
    return {**fields(), **named, **more}


def test_nobody_ticked_is_left_out_in_silence(client, town, household):
    adopt(town.community, "GS01", title="提供岗位", kinds=frozenset({PartyKind.SHOP}))
    shop = add_party(PartyKind.SHOP, town.micros[0].path, public_name="老街茶铺")
    far = add_party(PartyKind.SHOP, town.micros[2].path, public_name="别处面馆")
    as_(client, "micro_member", town.micros[0].path)
    sent = sent_for(town, household, shop, far, rule="GS01")
    answer = client.post("/points/gathering", data=sent)
    page = answer.get_data(as_text=True)

    assert answer.status_code == 422
    assert db.session.scalar(select(func.count(Claim.id))) == 0
    assert f"勾选的有 2 个不在这个网格或不适用这条规则：— {household.id}、{far.id}" in page
    assert "别处面馆" not in page, "what is elsewhere stays unnamed"
    assert ticked_in(page) == {household.id, shop.id, far.id}
    assert client.post("/points/gathering", data={**sent, "party": [shop.id]}).status_code == 303


def test_another_list_is_shown_with_the_ticks_and_all_that_was_typed(client, town, household):
    adopt(town.community, "GS01", title="提供岗位", kinds=frozenset({PartyKind.SHOP}))
    adopt(town.community, kinds=frozenset({PartyKind.HOUSEHOLD}))
    shop = add_party(PartyKind.SHOP, town.micros[0].path, public_name="老街茶铺")
    as_(client, "micro_member", town.micros[0].path)
    for rule in ("JS01", "GS01"):
        sent = sent_for(town, household, shop, rule=rule, show="1")
        answer = client.post("/points/gathering", data=sent)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 200
        assert "三栋清洁日" in page
        assert ticked_in(page) == {household.id, shop.id}
        assert "不属于这个网格或规则（1）" in page
    assert db.session.scalar(select(func.count(Claim.id))) == 0


@pytest.mark.parametrize(
    ("address", "building"),
    [
        ("寿安镇梧桐苑3栋2单元501", "寿安镇梧桐苑3栋2单元"),
        ("吴家场正街12号2楼", "吴家场正街12号"),
        ("吴家场正街12-3号", "吴家场正街12-3号"),
        ("东苑5号楼1201号", "东苑5号楼"),
        ("三组501", "三组"),
        ("场口", "场口"),
        ("", ""),
    ],
)
def test_an_address_is_told_as_far_as_its_building(address, building):
    assert building_of(address) == building


def test_the_list_tells_neighbours_apart_and_shows_no_door(client, town, household):
    adopt(town.community)
    operations.set_personal(
        db.session(),
        party=db.session.merge(household),
        values={PersonalField.ADDRESS: "寿安镇梧桐苑3栋2单元501"},
        at=clock.now(),
    )
    db.session.commit()
    as_(client, "micro_member", town.micros[0].path)
    page = client.get("/points/gathering").get_data(as_text=True)
    assert "寿安镇梧桐苑3栋2单元<" in page
    assert "501" not in page


def test_a_gathering_sent_again_from_a_page_of_before_is_asked_about(client, town, household):
    adopt(town.community)
    other = add_party(PartyKind.HOUSEHOLD, town.micros[0].path)
    as_(client, "micro_member", town.micros[0].path)
    assert client.post("/points/gathering", data=sent_for(town, household)).status_code == 303
    answer = client.post("/points/gathering", data=sent_for(town, household, other))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert f"勾选的有 1 个当天已经登记过这一项：{household.id}" in page
    assert ticked_in(page) == {household.id, other.id}
    again = sent_for(town, household, other, again="1")
    for _ in range(2):
        assert client.post("/points/gathering", data=again).status_code == 303
    assert db.session.scalar(select(func.count(Claim.id))) == 3


def ticked_in(page):
    boxes = re.findall(r'<input type="checkbox" name="party" value="(\d+)" checked>', page)
    return {int(one) for one in boxes}


def another(client):
    other = client.application.test_client()
    other.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return other


def post_undo(client, url, **more):
    return client.post(f"{url}/undo", data={"once": once.new_key(), **more})
