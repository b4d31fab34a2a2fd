"""Wishes of a home visit as the server takes them: from a page, from a phone, once for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories import create_account, create_town
from jobs.jobs_factory import CLEANER, create_seeker, occupation
from jobs.test_wish_pages import GRANNY, browser, the
from sqlalchemy import delete, func, select

from intranet import clock, once
from intranet.db import db
from intranet.jobs.models import Channel, Consent, Seeker, Wish
from intranet.once import SubmittedOnce

VISIT = "/jobs/wishes/visit"


@pytest.fixture
def town(app):
    made = create_town()
    occupation(CLEANER)
    db.session.commit()
    return made


@pytest.fixture
def member(app, town):
    account = create_account("micro_member", town.micros[0].path, display_name="欧阳隐名")
    client = browser(app, account)
    client.account_id = account.id
    return client


def send(client, town, key=None, *, phone=True, **more):
    data = GRANNY | {"grid": town.micros[0].path, "once": key or once.new_key()} | more
    headers = {"X-Draft": "1", "HX-Request-Type": "partial"} if phone else {}
    answer = client.post(VISIT, data=data, headers=headers)
    db.session.rollback()
    return answer


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def test_sent_twice_by_the_phone_it_is_one_wish_also_when_its_claim_is_long_forgotten(member, town):
    key = once.new_key()
    first = send(member, town, key)
    again = send(member, town, key)
    db.session.execute(delete(SubmittedOnce))
    db.session.commit()
    late = send(member, town, key)
    other = send(member, town, key, consents="")
    assert other.status_code == 422  # and yet the phone is told the number: that is what counts
    wish = the(Wish)
    for answer in (first, again, late, other):
        assert answer.headers["X-Draft-Number"] == str(wish.id)
        assert answer.headers["HX-Redirect"] == f"/jobs/wishes/{wish.id}"
    assert wish.channel is Channel.VISIT
    assert the(Consent).filing_key == f"{member.account_id}:{key}"


def test_consent_is_of_the_moment_it_was_given_in_as_far_as_that_can_be_true(member, town):
    before = clock.now() - timedelta(hours=5)
    send(member, town, made_at=before.isoformat())
    assert the(Consent).at == before
    ahead = clock.now() + timedelta(days=2)
    send(member, town, phone_no="", shared="another", made_at=ahead.isoformat())
    latest = db.session.scalar(select(Consent.at).order_by(Consent.id.desc()).limit(1))
    assert latest <= clock.now()


def test_a_phone_is_told_in_words_what_is_missing_and_whose_phone_it_is(member, town):
    known = create_seeker(town.micros[0]).id
    db.session.commit()
    lacking = send(member, town, consents="")
    assert (lacking.status_code, lacking.json["other"]) == (422, False)
    assert "未经本人同意" in lacking.json["reason"]
    asked = send(member, town)
    assert (asked.status_code, asked.json["alike"]) == (409, [known])
    assert "X-Draft-Number" not in asked.headers
    assert send(member, town, same=str(known)).status_code == 200
    assert the(Seeker).id == known


def test_a_draft_of_another_account_is_refused_and_nothing_is_filed(member, town):
    answer = send(member, town, account=str(member.account_id + 1))
    assert (answer.status_code, answer.json["other"]) == (409, True)
    assert count(Wish) == 0


def test_two_of_a_household_with_one_phone_are_two_and_only_where_it_is_said(member, town):
    assert send(member, town, phone=False).status_code == 303
    asked = send(member, town, phone=False, name="张大海")
    assert asked.status_code == 409
    assert "张大海" in asked.text
    answer = send(member, town, phone=False, name="张大海", shared="another")
    assert answer.location == f"{VISIT}?grid={town.micros[0].path}"
    assert (count(Seeker), count(Wish), count(Consent)) == (2, 2, 2)


def test_the_kept_page_names_nobody_and_says_whose_it_is(member, town):
    create_seeker(town.micros[0], "李招娣")
    db.session.commit()
    shell = member.get(f"{VISIT}/shell")
    assert shell.headers["X-Account"] == str(member.account_id)
    assert "no-store" in shell.headers["Cache-Control"]
    assert town.micros[0].name in shell.text
    assert "保洁员" in shell.text
    for name in ("欧阳隐名", "李招娣", "李*娣"):
        assert name not in shell.text


def test_a_resident_files_for_nobody_else(app, town):
    resident = browser(app, create_account("resident", town.micros[0].path))
    assert resident.get(VISIT).status_code == 403
    assert send(resident, town).status_code == 403
