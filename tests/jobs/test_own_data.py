"""What a seeker agreed to and all that is kept: seen, taken along, withdrawn."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from factories import create_account, create_town
from jobs.jobs_factory import CLEANER, create_company, create_post, occupation
from jobs.test_wish_pages import browser, file_granny, member, send, the
from sqlalchemy import select

from intranet import clock, once
from intranet.audit import AuditEntry
from intranet.db import db
from intranet.jobs.models import (
    Consent,
    Employment,
    Referral,
    Seeker,
    SeekerContact,
    Wish,
    WishState,
    WishStep,
)
from intranet.jobs.operations import index_post
from intranet.people.models import Account
from intranet.register.models import Party, PartyKind

NAME, PHONE = "张桂芬", "13800001234"


@pytest.fixture
def town(app):
    made = create_town()
    occupation(CLEANER)
    db.session.commit()
    return made


@pytest.fixture
def granny(app, town):
    """A resident with an account, whose wish is filed by herself."""
    party = Party(kind=PartyKind.PERSON, grid_path=town.micros[0].path, created_at=clock.now())
    db.session.add(party)
    db.session.commit()
    client = browser(app, create_account("resident", town.micros[0].path, party_id=party.id))
    client.url = file_granny(client, town, words="要接外孙").location
    return client


def acts():
    db.session.rollback()
    found = db.session.execute(select(AuditEntry.action, AuditEntry.reason))
    return [tuple(one) for one in found if one.action.startswith("jobs:seeker")]


def test_each_filing_writes_down_what_was_agreed_to_when_and_in_which_way(app, town):
    station = member(app, town)
    url = file_granny(station, town).location
    file_granny(station, town, same=str(the(Seeker).id), channel="visit")
    agreed = db.session.execute(select(Consent.channel, Consent.words).order_by(Consent.id)).all()
    assert [one.channel.value for one in agreed] == ["desk", "visit"]
    page = station.get(f"{url}/data").text
    assert "驿站窗口" in page
    assert "入户走访" in page
    assert agreed[0].words in page
    assert PHONE not in page


def test_the_person_takes_all_of_it_along_in_clear_and_nobody_elses(granny, app, town):
    page = granny.get(f"{granny.url}/data").text
    assert "138****1234" in page
    file = send(granny, f"{granny.url}/data/export", form="file")
    data = json.loads(file.text)
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert data["contacts"] == {"name": NAME, "phone": PHONE}
    assert data["wishes"][0]["words"] == "要接外孙"
    assert data["consents"][0]["channel"] == "phone"
    assert "桂" in send(granny, f"{granny.url}/data/export", form="paper").text
    assert acts() == [("jobs:seeker:export", "")] * 2
    stranger = browser(app, create_account("resident", town.micros[0].path))
    for tail in ("", "/export", "/withdraw"):
        ask = stranger.post if tail else stranger.get
        assert ask(f"{granny.url}/data{tail}").status_code == 404


def test_the_station_hands_it_over_masked_or_for_a_reason_that_the_person_can_read(
    granny, app, town
):
    station = member(app, town)
    url = f"{granny.url}/data/export"
    assert json.loads(send(station, url, form="file").text)["contacts"]["phone"] == "138****1234"
    short = send(station, url, form="file", reason="x")
    assert short.status_code == 422
    assert 'id="reason-error"' in short.text
    given = json.loads(send(station, url, form="file", reason="本人到窗口来取").text)
    assert given["contacts"] == {"name": NAME, "phone": PHONE}
    assert acts() == [
        ("jobs:seeker:export", ""),
        *[("jobs:seeker:unmask", "本人到窗口来取")] * 2,
        ("jobs:seeker:export", ""),
    ]
    assert "本人到窗口来取" in granny.get(f"{granny.url}/data").text


def test_withdrawn_all_is_gone_and_only_numbers_stay(granny, app, town):
    station = member(app, town)
    url = f"{granny.url}/data/withdraw"
    unsure = send(granny, url)
    assert unsure.status_code == 422
    assert 'id="sure-error"' in unsure.text
    assert send(granny, url, sure="y").status_code == 303
    assert db.session.scalars(select(SeekerContact)).all() == []
    assert (the(Wish).state, the(Wish).words) == (WishState.CLOSED, "")
    assert granny.get(f"{granny.url}/data").status_code == 404, "it is nobody's any more"
    page = station.get(f"{granny.url}/data").text
    assert "撤回同意并清除全部信息" in page
    assert 'id="withdraw"' not in page
    again = send(station, url, sure="y")
    assert again.status_code == 409
    assert send(station, f"{granny.url}/data/export", form="file").status_code == 409
    assert acts() == [("jobs:seeker:erase", "")]


def test_with_a_referral_under_way_it_is_not_withdrawn_and_says_so(granny, app, town):
    post = create_post(create_company(town.dedicated), at=clock.now(), to_minute=16 * 60)
    index_post(db.session(), post)
    db.session.commit()
    station = member(app, town)
    assert send(station, f"{granny.url}/refer", post=str(post.id)).status_code == 303
    refused = send(granny, f"{granny.url}/data/withdraw", sure="y")
    assert refused.status_code == 409
    assert "请先结束" in refused.text
    assert the(Seeker).erased_at is None
    kept = json.loads(send(granny, f"{granny.url}/data/export", form="file").text)
    assert kept["wishes"][0]["referrals"][0]["number"] == the(Referral).id


def test_nobody_is_found_work_who_was_erased(granny, app, town):
    station = member(app, town)
    assert send(granny, f"{granny.url}/data/withdraw", sure="y").status_code == 303
    wish = the(Wish)
    page = station.get(granny.url).text
    assert "/reopen" not in page
    for verb, form in (
        ("reopen", {"version": str(wish.version)}),
        ("call", {"reached": "spoken", "words": "张桂芬的女儿接的"}),
    ):
        assert send(station, f"{granny.url}/{verb}", **form).status_code == 409, verb
    assert the(Wish).state is WishState.CLOSED
    assert the(Wish).made_by is None
    words = select(WishStep.words).where(WishStep.words != "")
    assert db.session.scalars(words).all() == []


def test_while_a_second_referral_is_under_way_nothing_is_erased(granny, app, town):
    at_once = create_company(town.dedicated)
    part = {"at": clock.now(), "to_minute": 16 * 60, "employment": Employment.PART_TIME}
    posts = [create_post(at_once, title=title, **part) for title in ("保洁员", "洗碗工")]
    for post in posts:
        index_post(db.session(), post)
    db.session.commit()
    station = member(app, town)
    for post in posts:
        assert send(station, f"{granny.url}/refer", post=str(post.id)).status_code == 303
    first = db.session.scalars(select(Referral).order_by(Referral.id)).first()
    url, work = f"/jobs/referrals/{first.id}", {"starts_on": clock.today().isoformat()}
    assert send(station, f"{url}/offer", version=str(first.version)).status_code == 303
    version = str(db.session.get_one(Referral, first.id).version)
    work |= {"pay": "20", "pay_unit": "hour", "version": version}
    assert send(station, f"{url}/place", **work).status_code == 303
    assert the(Wish).state is WishState.PLACED
    assert send(granny, f"{granny.url}/data/withdraw", sure="y").status_code == 409
    assert the(Seeker).erased_at is None


def test_whoever_files_for_oneself_is_named_by_no_account(granny, app, town):
    named = "张桂芬的账号"
    for account in db.session.scalars(select(Account)):
        account.display_name = named
    db.session.commit()
    assert the(Consent).by is None
    page = member(app, town).get(f"{granny.url}/data").text
    assert named not in page
    assert "本人" in page


@pytest.mark.parametrize(
    "statement", ["UPDATE jobs_consent SET words = 'x'", "DELETE FROM jobs_consent"]
)
def test_the_database_keeps_what_was_agreed_to(granny, statement):
    with pytest.raises(Exception, match="append-only"):
        db.session.execute(db.text(statement))
    db.session.rollback()


def test_withdrawn_twice_or_from_an_old_page_it_is_answered_as_done(granny, app, town):
    url = f"{granny.url}/data/withdraw"
    form = {"once": "k" * 16, "sure": "y"}
    answers = [
        granny.post(url, data=form),
        granny.post(url, data=form),
        send(granny, url, sure="y"),
    ]
    assert [one.status_code for one in answers] == [303] * 3
    assert {one.location for one in answers} == {"/jobs/wishes/new"}
    assert acts() == [("jobs:seeker:erase", "")], "it was done once"
    assert "已撤回同意" in granny.get("/jobs/wishes/new").text
    assert granny.get(f"{granny.url}/data").status_code == 404, "and nothing of it is shown"
    stranger = browser(app, create_account("resident", town.micros[0].path))
    assert send(stranger, url, sure="y").status_code == 404


def test_withdrawn_at_the_desk_meanwhile_the_persons_old_page_says_so(granny, app, town):
    url = f"{granny.url}/data/withdraw"
    assert send(member(app, town), url, sure="y").status_code == 303
    late = send(granny, url, sure="y")
    assert (late.status_code, late.location) == (303, "/jobs/wishes/new")
    assert acts() == [("jobs:seeker:erase", "")]


def test_of_two_tabs_that_withdraw_at_once_both_are_told_that_it_is_done(granny, app, town):
    url = f"{granny.url}/data/withdraw"
    cookie = granny.get_cookie(app.config["SESSION_COOKIE_NAME"])
    gate, told = threading.Barrier(4), []

    def press():
        client = app.test_client()
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        client.set_cookie(cookie.key, cookie.value)
        gate.wait(60)
        told.append(client.post(url, data={"once": once.new_key(), "sure": "y"}).status_code)

    db.session.rollback()
    with ThreadPoolExecutor(4) as pool:
        for one in [pool.submit(press) for _ in range(4)]:
            one.result()
    assert told == [303] * 4
    assert acts() == [("jobs:seeker:erase", "")]
