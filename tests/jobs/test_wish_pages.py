"""Wishes on pages: filed, rung, matched, referred, and what each side sees of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from counting import counted
from factories import create_account, create_town, log_in
from jobs.jobs_factory import (
    CLEANER,
    create_company,
    create_handler,
    create_post,
    create_seeker,
    create_wish,
    occupation,
)
from sqlalchemy import func, select

from intranet import clock, once
from intranet.db import db
from intranet.jobs.models import (
    Company,
    Decision,
    FollowUp,
    Placement,
    Referral,
    ReferralState,
    Seeker,
    Wish,
    WishHours,
    WishState,
)
from intranet.jobs.operations import index_post
from intranet.register.models import Party, PartyKind

GRANNY = {
    "name": "张桂芬",
    "phone": "13800001234",
    "trades": CLEANER,
    "weekdays": ["0", "1", "2", "3", "4"],
    "begins": "08:30",
    "ends": "16:20",
    "max_walk_minutes": "30",
    "pay_floor": "2500",
    "pay_unit": "month",
    "months": "36",
    "legal_age": "y",
    "consents": "y",
}


@pytest.fixture
def town(app):
    made = create_town()
    occupation(CLEANER)
    db.session.commit()
    return made


@pytest.fixture
def post(town):
    made = create_post(create_company(town.dedicated), at=clock.now(), to_minute=16 * 60)
    index_post(db.session(), made)
    db.session.commit()
    return made


def browser(app, account):
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return log_in(client, account)


def member(app, town, role="station"):
    path = {"micro_member": town.micros[0].path, "resident": town.micros[0].path}
    return browser(app, create_account(role, path.get(role, town.community.path)))


def send(client, url, **data):
    answer = client.post(url, data={"once": once.new_key()} | data)
    db.session.rollback()
    return answer


def file_granny(client, town, **more):
    return send(client, "/jobs/wishes/new", **(GRANNY | {"grid": town.micros[0].path} | more))


def the(model):
    db.session.rollback()
    return db.session.scalars(select(model)).one()


def test_a_member_files_a_grandmothers_wish_on_a_visit_and_sees_what_fits_and_why(app, town, post):
    client = member(app, town, "micro_member")
    answer = file_granny(client, town, channel="visit")
    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert "张*芬" in page
    assert "桂" not in page
    assert "保洁员" in page
    assert "100 分" in page or "分" in page
    hours = the(WishHours)
    assert (hours.weekdays, hours.from_minute, hours.to_minute) == (0b0011111, 510, 980)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": ""}, "请填写求职者姓名"),
        ({"phone": "12"}, "手机号"),
        ({"trades": ""}, "工种"),
        ({"consents": ""}, "未经本人同意"),
        ({"legal_age": ""}, "十六"),
        ({"pay_floor": "很多"}, "金额"),
        ({"begins": "25:99"}, "时间"),
        ({"other": "没有这种活"}, "没有这个工种"),
    ],
)
def test_what_cannot_be_filed_is_said_beside_its_field_and_all_that_was_typed_stays(
    app, town, change, said
):
    client = member(app, town)
    answer = file_granny(client, town, words="要接外孙", **change)
    assert answer.status_code == 422
    assert said in answer.text
    assert "要接外孙" in answer.text
    assert db.session.scalar(select(func.count(Wish.id))) == 0


def test_at_the_desk_the_same_phone_is_asked_about_and_the_answer_holds(app, town):
    client = member(app, town)
    assert file_granny(client, town).status_code == 303
    seeker = the(Seeker).id
    asked = file_granny(client, town)
    assert asked.status_code == 409
    assert f'value="{seeker}"' in asked.text
    assert file_granny(client, town, same=str(seeker)).status_code == 303
    assert db.session.scalar(select(func.count(Wish.id))) == 1
    assert file_granny(client, town, same="another").status_code == 303
    assert db.session.scalar(select(func.count(Seeker.id))) == 2


def test_a_resident_files_for_oneself_and_nobody_elses_wish_is_found(app, town):
    person = Party(kind=PartyKind.PERSON, grid_path=town.micros[0].path, created_at=clock.now())
    db.session.add(person)
    db.session.commit()
    account = create_account("resident", town.micros[0].path, party_id=person.id)
    client = browser(app, account)
    answer = file_granny(client, town)
    assert answer.status_code == 303
    assert client.get(answer.location).status_code == 200
    assert the(Seeker).party_id == person.id
    assert client.get("/jobs/wishes").status_code == 403
    other = create_wish(create_seeker(town.micros[0]))
    db.session.commit()
    assert client.get(f"/jobs/wishes/{other.id}").status_code == 404


@pytest.mark.parametrize(("kind", "seekers"), [("household", 2), ("person", 1)])
def test_of_a_households_account_each_name_is_a_person_and_a_new_phone_is_kept(
    app, town, kind, seekers
):
    party = Party(kind=PartyKind(kind), grid_path=town.micros[0].path, created_at=clock.now())
    db.session.add(party)
    db.session.commit()
    client = browser(app, create_account("resident", town.micros[0].path, party_id=party.id))
    first = file_granny(client, town).location
    again = file_granny(client, town, phone="13900005678").location
    assert again == first
    assert "139****5678" in client.get(f"{first}/data").text
    other = file_granny(client, town, name="王大海", phone="13900005678").location
    assert db.session.scalar(select(func.count(Seeker.id))) == seekers
    assert (other != first) == (seekers == 2)
    assert client.get(other).status_code == 200


def test_a_member_of_another_grid_finds_no_wish_of_ours(app, town):
    wish = create_wish(create_seeker(town.micros[0]))
    db.session.commit()
    other = browser(app, create_account("micro_member", town.micros[3].path))
    assert other.get(f"/jobs/wishes/{wish.id}").status_code == 404
    assert "张*芬" not in other.get("/jobs/wishes").text


def test_whoever_was_not_spoken_to_yet_or_not_for_three_days_is_to_be_rung_today(app, town):
    now = clock.now()
    long_ago, lately = now - timedelta(days=4), now - timedelta(days=1)
    late = create_wish(create_seeker(town.micros[0], "李大嫂"), made_at=long_ago)
    create_wish(create_seeker(town.micros[0], "赵小弟", "13900000001"), made_at=now)
    create_wish(
        create_seeker(town.micros[0], "钱大爷", "13900000002"),
        made_at=long_ago,
        contacted_at=lately,
    )
    create_wish(
        create_seeker(town.micros[0], "孙师傅", "13900000003"),
        made_at=long_ago,
        contacted_at=long_ago,
    )
    db.session.commit()
    client = member(app, town)
    page = client.get("/jobs/wishes").text
    assert page.index("李*嫂") < page.index("孙*傅") < page.index("赵*弟")
    assert "钱*爷" not in page
    assert send(client, f"/jobs/wishes/{late.id}/call", reached="spoken").status_code == 303
    assert "李*嫂" not in client.get("/jobs/wishes").text


def test_name_and_phone_are_shown_for_a_reason_only(app, town):
    wish = create_wish(create_seeker(town.micros[0]))
    db.session.commit()
    client = member(app, town)
    assert "13800001234" not in client.get(f"/jobs/wishes/{wish.id}").text
    url = f"/jobs/wishes/{wish.id}/contact/phone"
    assert send(client, url, reason="").status_code == 422
    assert "13800001234" in send(client, url, reason="联系工作").text


def test_of_two_who_change_a_wish_the_second_sees_it_as_it_stands(app, town):
    client = member(app, town)
    file_granny(client, town)
    wish = the(Wish)
    url, typed = f"/jobs/wishes/{wish.id}/change", {**GRANNY, "grid": town.micros[0].path}
    seen = str(wish.version)
    first = send(client, url, **typed, version=seen)
    assert first.status_code == 303
    again = send(client, url, **(typed | {"pay_floor": "9999"}), version=seen)
    assert again.status_code == 409
    assert "9999" in again.text
    assert the(Wish).pay_floor_fen == 250_000


def test_from_the_match_to_the_follow_up_on_both_sides_pages(app, town, post):
    station = member(app, town)
    handler = create_account("company", town.dedicated.path)
    create_handler(db.session.get_one(Company, post.company_id), handler)
    db.session.commit()
    company = browser(app, handler)
    wish_url = file_granny(station, town).location
    assert send(station, f"{wish_url}/refer", post=str(post.id)).status_code == 303
    assert send(station, f"{wish_url}/refer", post=str(post.id)).status_code == 409
    referral, seen = the(Referral), the(Referral).version
    decision = the(Decision)
    assert decision.score is not None
    assert "walk" in decision.parts
    url = f"/jobs/referrals/{referral.id}"
    assert "张*芬" in company.get(url).text
    assert "张*芬" in company.get("/jobs/referrals?state=referred").text
    stranger = browser(app, create_account("company", town.dedicated.path))
    assert stranger.get(url).status_code == 404
    tomorrow = clock.today() + timedelta(days=1)
    when = {"day": tomorrow.isoformat(), "hour": "10:00", "place": "驿站二楼"}
    assert send(company, f"{url}/invite", version=seen, **when).status_code == 303
    late = send(company, f"{url}/offer", version=seen)
    assert late.status_code == 409
    version = the(Referral).version
    work = {"starts_on": clock.today().isoformat(), "pay": "3200", "pay_unit": "month"}
    wrong = send(company, f"{url}/place", version=version, **(work | {"pay": "0"}))
    assert wrong.status_code == 422
    assert send(company, f"{url}/place", version=version, **work).status_code == 303
    assert (the(Referral).state, the(Wish).state) == (ReferralState.PLACED, WishState.PLACED)
    assert the(Placement).pay_fen == 320_000
    assert db.session.scalar(select(func.count(FollowUp.id))) == 4
    assert send(company, f"{url}/follow/7", still_there="yes").status_code == 403
    early = send(station, f"{url}/follow/7", still_there="yes")
    assert early.status_code == 409


def test_a_post_is_passed_over_for_a_reason_of_the_list(app, town, post):
    client = member(app, town)
    url = file_granny(client, town).location
    assert send(client, f"{url}/skip", post=str(post.id), reason="x").status_code == 422
    assert send(client, f"{url}/skip", post=str(post.id), reason="not_fitting").status_code == 303
    assert the(Decision).skipped == "not_fitting"
    assert send(client, f"{url}/refer", post="987654").status_code == 404


def test_lists_ask_the_same_however_many_there_are(app, town):
    client = member(app, town)
    counts = []
    for number in range(2):
        for n in range(2 + number * 12):
            phone = f"137{number:02d}{n:06d}"
            made = clock.now() - timedelta(days=5)
            create_wish(create_seeker(town.micros[0], f"王{n}某", phone), made_at=made)
        db.session.commit()
        with counted() as statements:
            assert client.get("/jobs/wishes").status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]
