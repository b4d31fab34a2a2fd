"""The pages of claims and rules, as a browser without scripts sends them."""

from __future__ import annotations

import io
import re
from datetime import timedelta

from counting import counted
from factories import create_account, log_in, viewer_of
from points.claims_factory import adopt, claim_of, meeting_of
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
from intranet.notices.models import Notice
from intranet.points import operations, tasks
from intranet.points.models import Claim, ClaimSource, ClaimState, Entry, Evidence, Sign
from intranet.register.models import PartyKind


def test_a_resident_reports_with_a_photo_and_pressing_twice_reports_once(client, town, resident):
    adopt(town.community, evidence=Evidence.PHOTO)
    sent = fields()
    answers = [
        client.post("/points/claims/new", data={**sent, "photos": (io.BytesIO(picture()), "p.jpg")})
        for _ in range(2)
    ]

    assert [one.status_code for one in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    claim = db.session.scalars(select(Claim)).one()
    assert (claim.state, claim.words) == (ClaimState.SUBMITTED, WORDS)
    page = client.get(answers[0].location).get_data(as_text=True)
    photo = re.search(rf"/points/claims/{claim.id}/photos/\d+", page)[0]
    with client.get(photo) as sent_back:
        assert sent_back.mimetype == "image/jpeg"
    mine = client.get("/points").get_data(as_text=True)
    assert "待审核" in mine
    assert WORDS in mine


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(client, town, resident):
    adopt(town.community, evidence=Evidence.PHOTO)
    answer = client.post("/points/claims/new", data=fields(units="9"))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert re.search(r'id="units-error">.*?一次最多 3', page, re.DOTALL)
    for typed, said in (("两", "请填写整数"), ("0", "请填写 1 或更大的数"), ("5000", "一次最多 3")):
        told = client.post("/points/claims/new", data=fields(units=typed)).get_data(as_text=True)
        beside = re.search(r'id="units-error">.*?<span>(.*?)</span>', told, re.DOTALL)[1]
        assert beside.startswith(said), beside
        assert "必须介于" not in beside
        assert " " not in beside.strip().removeprefix(said)[:1], beside
    assert WORDS in page
    answer = client.post("/points/claims/new", data=fields())
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert re.search(r'id="photos-error">.*?需要附照片', page, re.DOTALL)
    sent = fields(photos=(io.BytesIO(b"no picture at all"), "p.jpg"))
    assert client.post("/points/claims/new", data=sent).status_code == 422
    assert db.session.scalar(select(func.count(Claim.id))) == 0


def test_an_account_of_nobody_is_told_so_and_files_nothing(client, town):
    adopt(town.community)
    as_(client, "resident", town.micros[0].path)
    for url in ("/points", "/points/claims/new"):
        assert "账号还没有关联家庭或商户" in client.get(url).get_data(as_text=True)
    assert client.post("/points/claims/new", data=fields()).status_code == 422


def test_the_public_list_names_businesses_only_and_tells_nobodys_words(client, town, household):
    adopt(town.community)
    shop = add_party(PartyKind.SHOP, town.micros[0].path, public_name="老街茶铺")
    office = as_(client, "office", town.community.path)
    for party in (household, shop):
        assert post(client, file_now(party).id, "approve").status_code == 303
    as_(client, "resident", town.micros[2].path)
    page = client.get("/points/board").get_data(as_text=True)

    assert "老街茶铺" in page
    assert f"编号 {household.id}" in page
    assert WORDS not in page
    claim = db.session.scalars(select(Claim).where(Claim.party_id == household.id)).one()
    whole = client.get(f"/points/claims/{claim.id}").get_data(as_text=True)
    assert WORDS not in whole
    assert office.display_name not in whole


def test_what_is_not_public_and_what_is_elsewhere_is_not_there(client, town, household):
    adopt(town.community)
    waiting = file_now(household)
    as_(client, "resident", town.micros[0].path)
    assert client.get(f"/points/claims/{waiting.id}").status_code == 404
    as_(client, "grid_member", town.generals[1].path)
    assert client.get(f"/points/claims/{waiting.id}").status_code == 404
    assert post(client, waiting.id, "approve").status_code == 404
    as_(client, "grid_member", town.generals[0].path)
    assert post(client, waiting.id, "amend", units="1").status_code == 403
    assert claim_of(waiting.id).state is ClaimState.SUBMITTED


def test_many_are_approved_at_once_and_what_cannot_be_is_named(client, town, household):
    adopt(town.community)
    office = as_(client, "office", town.community.path)
    own = file_now(household)
    own_id = own.id
    db.session.execute(db.update(Claim).where(Claim.id == own_id).values(made_by=office.id))
    db.session.commit()
    others = [file_now(add_party(PartyKind.SHOP, town.micros[1].path)).id for _ in range(3)]
    sent = {"one": [*others, own_id], "once": once.new_key()}
    for _ in range(2):  # pressed twice, it says the same again
        answer = client.post("/points/claims", data=sent)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 409
        assert "这是您自己登记的" in page
        assert "已通过 3 条申报" in page
    assert [claim_of(one).state for one in others] == [ClaimState.PUBLICITY] * 3
    assert claim_of(own_id).state is ClaimState.SUBMITTED


def test_an_objection_is_decided_on_its_page_and_everybody_concerned_is_told(
    client, town, household
):
    adopt(town.community, units_max=3)
    home = create_account("resident", town.micros[0].path, party_id=household.id)
    claim_id = file_now(household, units=3).id
    as_(client, "office", town.community.path)
    post(client, claim_id, "approve")
    as_(client, "resident", town.micros[1].path)
    assert post(client, claim_id, "object", words="").status_code == 422
    assert post(client, claim_id, "object", words="只来了一次").status_code == 303
    assert post(client, claim_id, "object", words="再说一次").status_code == 409
    leader = as_(client, "secretary", town.community.path)
    page = client.get(f"/points/claims/{claim_id}").get_data(as_text=True)
    assert "只来了一次" in page
    assert post(client, claim_id, "amend", units="3").status_code == 422
    assert post(client, claim_id, "amend", units="1").status_code == 303
    assert post(client, claim_id, "uphold").status_code == 409

    made = db.session.scalars(select(Claim).where(Claim.replaces_id == claim_id)).one()
    assert (made.points, made.approved_by) == (2, leader.id)
    told = db.session.scalars(
        select(Notice.words).where(Notice.account_id == home.id).order_by(Notice.id)
    ).all()
    assert [one.split(":")[0] for one in told] == [
        "Approved and in publicity",
        "Somebody objected",
        "Corrected after an objection",
    ]
    leaders = db.session.scalars(select(Notice.words).where(Notice.account_id == leader.id)).all()
    assert leaders == [], "who came later was told nothing"


def test_the_clock_posts_what_nobody_objected_to_and_only_once(app, client, town, household):
    adopt(town.community, publicity_days=1)
    as_(client, "office", town.community.path)
    due, later = file_now(household).id, file_now(household).id
    for one in (due, later):
        post(client, one, "approve")
    db.session.execute(
        db.update(Claim)
        .where(Claim.id == due)
        .values(publicity_ends_on=clock.today() - timedelta(days=1))
    )
    db.session.commit()

    assert [tasks.post_due(), tasks.post_due()] == [1, 0]
    assert [claim_of(one).state for one in (due, later)] == ["posted", "publicity"]
    assert db.session.scalar(select(func.count(Entry.id))) == 3


def test_lists_ask_as_much_of_fifty_claims_as_of_three(client, town, household, resident):
    adopt(town.community)
    counts = {}
    for number in (3, 57):
        for _ in range(number - len(counts) * 3):
            file_now(household)
        as_(client, "office", town.community.path)
        for claim in db.session.scalars(select(Claim).where(Claim.state == "submitted").limit(2)):
            post(client, claim.id, "approve")
        found = []
        for url in ("/points/claims", "/points/board", "/points/rules"):
            with counted() as asked:
                assert client.get(url).status_code == 200
            found.append(len(asked))
        log_in(client, db.session.merge(resident))
        with counted() as asked:
            assert client.get("/points").status_code == 200
        counts[number] = [*found, len(asked)]

    assert counts[3] == counts[57]
    assert max(counts[57]) <= 13


def test_the_pages_of_a_long_list_show_each_claim_once(client, town, household):
    adopt(town.community)
    ids = {file_now(household).id for _ in range(60)}
    as_(client, "office", town.community.path)
    for state in ("submitted", "publicity"):
        seen, url = [], f"/points/claims?state={state}"
        while url:
            page = client.get(url).get_data(as_text=True)
            seen += [int(one) for one in re.findall(r'href="/points/claims/(\d+)"', page)]
            more = re.search(r'rel="next" href="([^"]+)"', page)
            url = more and more[1].replace("&amp;", "&")
        assert (len(seen), set(seen)) == (60, ids)
        for one in ids if state == "submitted" else ():
            post(client, one, "approve")


def test_whoever_filed_it_takes_it_back_and_nobody_else_may(client, town, household, resident):
    adopt(town.community)
    client.post("/points/claims/new", data=fields())
    claim = db.session.scalars(select(Claim)).one()
    number = claim.id
    as_(client, "office", town.community.path)
    assert post(client, number, "withdraw").status_code == 409
    log_in(client, resident)
    assert post(client, number, "withdraw").status_code == 303
    assert claim_of(number).state is ClaimState.WITHDRAWN


def test_leaders_are_told_that_an_objection_waits(client, town, household):
    adopt(town.community)
    leader = create_account("secretary", town.community.path)
    claim = file_now(household)
    office = viewer_of(
        create_account("office", town.community.path), ("office", town.community.path)
    )
    operations.approve(
        db.session(), actor=office, at=clock.now(), claim=claim, version=claim.version
    )
    resident = viewer_of(
        create_account("resident", town.micros[0].path), ("resident", town.micros[0].path)
    )
    operations.object_to(
        db.session(), actor=resident, at=clock.now(), claim=claim, words="那天下雨"
    )
    db.session.commit()

    told = db.session.scalars(select(Notice).where(Notice.account_id == leader.id)).one()
    assert told.url == f"/points/claims/{claim.id}"
    assert "waits" in told.words
    assert meeting_of(town.community).present == 41


def test_a_member_enters_for_a_neighbour_from_the_register_and_takes_nothing_away(
    client, town, household
):
    adopt(town.community)
    adopt(town.community, "KF01", title="重复领取", sign=Sign.DEDUCT)
    as_(client, "micro_member", town.micros[0].path)
    page = client.get(f"/register/{household.id}").get_data(as_text=True)
    url = re.search(r'href="(/points/claims/new\?party=\d+)"', page)[1]
    form = client.get(url).get_data(as_text=True)
    assert "清洁日" in form
    assert "重复领取" not in form
    sent = fields(party=household.id)
    assert client.post("/points/claims/new", data={**sent, "rule": "KF01"}).status_code == 422
    assert client.post("/points/claims/new", data=sent).status_code == 303
    made = db.session.scalars(select(Claim)).one()
    assert (made.party_id, made.source) == (household.id, ClaimSource.MEMBER)
    elsewhere = add_party(PartyKind.HOUSEHOLD, town.micros[2].path)
    assert client.get(f"/points/claims/new?party={elsewhere.id}").status_code == 404
    as_(client, "grid_member", town.generals[0].path)
    assert "重复领取" in client.get(url).get_data(as_text=True)


def test_whoever_objected_reads_what_came_of_it(client, town, household):
    adopt(town.community)
    claim_id = file_now(household).id
    as_(client, "office", town.community.path)
    post(client, claim_id, "approve")
    objector = as_(client, "resident", town.micros[1].path)
    post(client, claim_id, "object", words="那天没有活动")
    assert "那天没有活动" in client.get(f"/points/claims/{claim_id}").get_data(as_text=True)
    as_(client, "secretary", town.community.path)
    assert post(client, claim_id, "uphold", words="活动确实改期").status_code == 303
    log_in(client, objector)
    page = client.get(f"/points/claims/{claim_id}").get_data(as_text=True)

    assert "活动确实改期" in page
    assert WORDS not in page
    as_(client, "resident", town.micros[1].path)
    assert client.get(f"/points/claims/{claim_id}").status_code == 404
