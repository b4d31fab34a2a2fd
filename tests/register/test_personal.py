"""Personal data is found by words, shown for a reason, counted, and gone when erased."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories import AT, DAY, create_account, create_town, log_in, viewer_of

from intranet import audit
from intranet.db import db
from intranet.errors import InputError
from intranet.grids.models import Post, PostKind
from intranet.register import operations, queries
from intranet.register.models import Party, PartyKind, PartyWord, PersonalDatum, PersonalField
from intranet.register.operations import personal

NAME, PHONE, ID = "张淑英", "13812348000", "510115194910010025"


@pytest.fixture
def scene(app):
    town = create_town()
    account = create_account("secretary", town.community.path)
    viewer = viewer_of(account, ("secretary", town.community.path))
    number = ID[:17] + operations.personal.numbers.id_check_sign(ID[:17])
    party = operations.create_party(
        db.session(),
        actor=viewer,
        kind=PartyKind.PERSON,
        grid_path=town.micros[0].path,
        at=AT,
        values={
            PersonalField.NAME: NAME,
            PersonalField.PHONE: PHONE,
            PersonalField.ID_NUMBER: number,
            PersonalField.HEALTH: "高血压，独居",
        },
    )
    db.session.commit()
    return town, account, viewer, party, number


@pytest.mark.parametrize("text", ["张", "淑英", "张淑英", "zsy", "zs", "8000", " ＺＳＹ "])
def test_a_person_is_found_by_one_sign_by_initials_and_by_the_phone_s_tail(scene, text):
    party = scene[3]

    assert party.id in db.session.scalars(queries.party_ids_matching(text)).all()


@pytest.mark.parametrize("text", ["李", "英张", "7000", "xyz", "，。", "1381234"])
def test_nobody_is_found_by_what_does_not_fit(scene, text):
    assert db.session.scalars(queries.party_ids_matching(text)).all() == []


def test_id_number_and_health_lie_sealed_in_the_database(scene):
    number = scene[4]
    raw = "".join(str(row) for row in db.session.execute(db.text("SELECT * FROM personal_datum")))

    assert number not in raw
    assert "高血压" not in raw


def test_a_field_is_shown_for_a_reason_which_is_written_down_without_the_value(scene, client):
    _town, account, _viewer, party, number = scene
    log_in(client, account)
    url = f"/register/{party.id}/unmask/id_number"

    refused = client.post(url, data={"reason": "看"})
    shown = client.post(url, data={"reason": "核对登记信息"})

    assert refused.status_code == 422
    assert number in shown.get_data(as_text=True)
    db.session.rollback()
    entries = db.session.scalars(
        db.select(audit.AuditEntry).filter_by(action="register:personal:unmask")
    ).all()
    assert [entry.reason for entry in entries] == ["核对登记信息"]
    assert number not in "".join(entry.details + entry.reason for entry in entries)


def test_looking_too_often_is_stopped_in_words(scene):
    _town, _account, viewer, party, _number = scene

    def look(minute):
        return operations.unmask(
            db.session(),
            actor=viewer,
            party=party,
            field=PersonalField.PHONE,
            reason="核对登记信息",
            address="test",
            at=AT + timedelta(seconds=minute),
        )

    for second in range(personal.UNMASKED_PER_HOUR):
        assert look(second) == PHONE
    with pytest.raises(personal.AskedTooOften):
        look(personal.UNMASKED_PER_HOUR)
    assert look(2 * 3600) == PHONE


def test_erasing_leaves_the_party_and_all_that_points_at_it_and_nothing_personal(scene):
    town, _account, viewer, party, _number = scene
    post = Post(
        grid_path=town.micros[0].path, kind=PostKind.RESIDENT, party_id=party.id, starts_on=DAY
    )
    db.session.add(post)
    db.session.flush()

    with pytest.raises(InputError):
        operations.erase(db.session(), actor=viewer, party=party, reason="", address="", at=AT)
    operations.erase(
        db.session(), actor=viewer, party=party, reason="本人申请删除", address="", at=AT
    )
    db.session.commit()

    assert db.session.get(Post, post.id).party_id == party.id
    assert db.session.get(Party, party.id).erased_at is not None
    for table in (PersonalDatum, PartyWord):
        assert db.session.scalars(db.select(table).filter_by(party_id=party.id)).all() == []
    names = queries.masked_names(db.session(), viewer, [party.id])
    assert NAME[0] not in names[party.id]


def test_a_party_is_entered_by_hand_once_and_what_is_wrong_is_said(scene, client):
    town, account, _viewer, _party, _number = scene
    log_in(client, account)
    page = client.get("/register/new?kind=shop").get_data(as_text=True)
    key = page.split('name="once" value="')[1].split('"')[0]
    data = {
        "once": key,
        "kind": "shop",
        "grid_path": town.micros[0].path,
        "public_name": "老灶火锅",
        "credit_code": "91350100M000100Y44",
        "household_id": "",
    }

    wrong = client.post("/register/new", data=data)
    right = client.post("/register/new", data={**data, "credit_code": "91350100M000100Y43"})
    again = client.post("/register/new", data={**data, "credit_code": "91350100M000100Y43"})

    assert wrong.status_code == 422
    assert "老灶火锅" in wrong.get_data(as_text=True)
    assert right.status_code == 303
    assert again.headers["Location"] == right.headers["Location"]
    db.session.rollback()
    shop = db.session.scalars(db.select(Party).filter_by(kind=PartyKind.SHOP)).one()
    assert shop.public_name == "老灶火锅"


def test_every_act_on_a_party_says_where_it_came_from(scene, client):
    town, account, _viewer, party, _number = scene
    log_in(client, account)

    def post(tail, **data):
        db.session.expire_all()
        data["version"] = str(db.session.get(Party, party.id).version)
        db.session.rollback()
        assert client.post(f"/register/{party.id}{tail}", data=data).status_code == 303

    post("/edit", phone="13900001111", household_id="")
    post("/move", grid_path=town.micros[1].path)
    post("/presence", to="gone")
    post("/presence", to="here")
    entries = db.session.scalars(
        db.select(audit.AuditEntry)
        .where(audit.AuditEntry.object_kind == "party", audit.AuditEntry.actor_id == account.id)
        .order_by(audit.AuditEntry.id)
    ).all()

    assert [entry.action.rpartition(":")[2] for entry in entries] == [
        "create",
        "change",
        "move",
        "leave",
        "return",
    ]
    assert {entry.address for entry in entries[1:]} == {"127.0.0.1"}


@pytest.mark.parametrize(("locale", "name"), [("en", "(erased)"), ("zh_CN", "（已删除）")])
def test_an_erased_party_is_named_in_the_language_of_the_page(scene, client, locale, name):
    _town, account, viewer, party, _number = scene
    operations.erase(
        db.session(), actor=viewer, party=party, reason="本人申请删除", address="", at=AT
    )
    db.session.commit()
    log_in(client, account)
    client.post("/locale", data={"locale": locale})

    for url in (f"/register/{party.id}", "/register?state=gone"):
        page = client.get(url).text
        assert name in page
        assert "注销" not in page


@pytest.mark.parametrize("after", ["99999999999999999999", "-99999999999999999999", "１", "x", ""])
def test_a_page_after_a_number_no_row_can_have_is_just_empty(scene, client, after):
    log_in(client, scene[1])

    assert client.get(f"/register?after={after}").status_code == 200
