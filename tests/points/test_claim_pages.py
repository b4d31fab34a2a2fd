"""The pages of claims and rules, as a browser without scripts sends them."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from counting import counted
from factories import create_account, create_town, log_in, viewer_of
from PIL import Image
from points.claims_factory import adopt, claim_of, meeting_of
from sqlalchemy import func, select

from intranet import clock, once
from intranet.db import db
from intranet.notices.models import Notice
from intranet.points import operations, tasks
from intranet.points.models import Claim, ClaimSource, ClaimState, Entry, Evidence, Rule, Sign
from intranet.points.operations import Content
from intranet.register.models import Party, PartyKind

WORDS = "在三单元看望张婆婆"


@pytest.fixture
def town(app):
    return create_town()


@pytest.fixture
def household(town):
    return add_party(PartyKind.HOUSEHOLD, town.micros[0].path)


@pytest.fixture
def resident(client, town, household):
    account = create_account("resident", town.micros[0].path, party_id=household.id)
    log_in(client, account)
    return account


def picture():
    """Return a JPEG as a phone takes it."""
    packed = io.BytesIO()
    Image.new("RGB", (640, 480), "olive").save(packed, "JPEG")
    return packed.getvalue()


def add_party(kind, path, **more):
    made = Party(kind=kind, grid_path=path, created_at=clock.now(), **more)
    db.session.add(made)
    db.session.commit()
    return made


def as_(client, role, path, **more):
    account = create_account(role, path, **more)
    log_in(client, account)
    return account


def fields(**more):
    return {
        "once": once.new_key(),
        "rule": "JS01",
        "happened_on": clock.today().isoformat(),
        "units": "1",
        "words": WORDS,
        **more,
    }


def file_now(party, **more):
    made = operations.file(
        db.session(),
        actor=None,
        at=clock.now(),
        party=db.session.merge(party),
        content=Content("JS01", more.pop("units", 1), clock.today(), WORDS),
        source=ClaimSource.MEMBER,
        **more,
    )
    db.session.commit()
    return made


def post(client, claim_id, verb, **more):
    claim = claim_of(claim_id)
    data = {"once": once.new_key(), "version": claim.version, "words": "有签到表", **more}
    return client.post(f"/points/claims/{claim_id}/{verb}", data=data)


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
    answer = client.post("/points/claims", data={"one": [*others, own_id]})
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
    assert db.session.scalar(select(func.count(Rule.id))) == 14


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
    assert client.post("/points/claims", data={"one": ids}).status_code == 303
    assert {claim_of(one).state for one in ids} == {ClaimState.PUBLICITY}


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
    assert max(counts[57]) <= 12


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


def test_a_hosted_camera_is_offered_once_a_month(app, town, household):
    from intranet import sealing
    from intranet.cameras.models import Camera
    from intranet.points.models import Occasion
    from intranet.workbench.tasks import offer_hosting

    adopt(town.community, occasion=Occasion.CAMERA, valid_from=clock.today().replace(year=2025))
    for code, host in (("CAM-1", household.id), ("CAM-2", None)):
        db.session.add(
            Camera(
                code=code,
                name=f"{code}路口",
                grid_path=town.micros[0].path,
                main_url_sealed=sealing.seal("rtsp://127.0.0.1:9/1"),
                main_place="127.0.0.1:9/1",
                created_at=clock.now() - timedelta(days=90),
                host_party_id=host,
            )
        )
    db.session.commit()

    assert [offer_hosting(), offer_hosting()] == [1, 0]
    made = db.session.scalars(select(Claim)).one()
    assert (made.party_id, made.words) == (household.id, "CAM-1路口")
    assert made.happened_on == clock.today().replace(day=1) - timedelta(days=1)


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
    assert post_undo(approving, url).status_code == 409, "it is not theirs"
    assert post_undo(client, url).status_code == 303
    assert post_undo(client, url).status_code == 409

    assert [claim_of(one).state for one in claims] == ["publicity", "withdrawn"]


def another(client):
    other = client.application.test_client()
    other.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return other


def post_undo(client, url):
    return client.post(f"{url}/undo", data={"once": once.new_key()})


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
