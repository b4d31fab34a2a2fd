"""The claim's form: what a rule asks and what is left of it, filing twice, photos of a phone."""

from __future__ import annotations

import io
import os
import re
from datetime import timedelta

import pytest
from factories import DAY
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from points.claims_factory import adopt, file_claim
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
from werkzeug.test import EnvironBuilder

from intranet import bodies, clock
from intranet.db import db
from intranet.points import operations, queries
from intranet.points.models import Claim, ClaimSource, ClaimState, Evidence, Level, Window
from intranet.points.operations import caps
from intranet.register.models import Party


def asks(page, code):
    """Return what the form says of one rule, without its marks."""
    found = re.search(rf'data-of="{code}">(.*?)</dl>', page, re.DOTALL)[1]
    return " ".join(re.sub(r"<[^>]+>", " ", found).split())


def test_the_form_tells_of_each_rule_what_it_asks_and_what_is_left(client, town, resident):
    adopt(
        town.community,
        points=5,
        unit="小时",
        units_max=2,
        evidence=Evidence.PHOTO,
        level=Level.OFFICE,
        caps={Window.WEEK: 10, Window.MONTH: 30},
    )
    adopt(town.community, "ZY01", title="不限")
    db.session.expire_all()
    own = db.session.get(Party, resident.party_id)
    page = client.get("/points/claims/new").get_data(as_text=True)
    said = asks(page, "JS01")
    for words in ("+5 / 小时", "一次最多 2", "文字和照片", "社区", "每周上限 10 分，还可得 10 分"):
        assert words in said, words
    assert "不限次数" in asks(page, "ZY01")

    made = file_for(own)
    assert "另有 5 分待审核" in asks(
        client.get("/points/claims/new").get_data(as_text=True), "JS01"
    )
    other = client.application.test_client()
    other.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    as_(other, "office", town.community.path)
    assert post(other, made.id, "approve").status_code == 303
    second = file_for(own)
    assert post(other, second.id, "approve").status_code == 303
    said = asks(client.get("/points/claims/new").get_data(as_text=True), "JS01")
    assert "每周上限 10 分已满" in said
    assert "每月上限 30 分，还可得 20 分" in said
    typed = fields(happened_on=(clock.today() - timedelta(days=40)).isoformat(), units="9")
    earlier = client.post("/points/claims/new", data=typed).get_data(as_text=True)
    assert "每周上限 10 分，还可得 10 分" in asks(earlier, "JS01"), "of the week of the day typed"


def file_for(party):
    """File what brings its photo by another way: entered by whoever was there."""
    made = operations.file(
        db.session(),
        actor=None,
        at=clock.now(),
        party=db.session.merge(party),
        content=operations.Content("JS01", 1, clock.today(), WORDS),
        source=ClaimSource.GATHERING,
    )
    db.session.commit()
    return made


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(days=st.lists(st.integers(0, 59), min_size=1, max_size=6), asked=st.integers(0, 59))
def test_what_is_said_to_be_left_is_what_approving_counts(app, town, household, days, asked):
    """The page's figure and the operation's, for any days: the same windows, the same points."""
    rule = operations.newest_of(db.session(), "JS01")
    rule = rule or adopt(town.community, caps=dict.fromkeys(Window, 100))
    for ago in days:
        file_claim(household, day=DAY - timedelta(days=ago)).state = ClaimState.PUBLICITY
    db.session.commit()
    day = DAY - timedelta(days=asked)
    left = queries.caps_left(db.session(), [(rule, household.id)], day=day)["JS01"]
    probe = Claim(party_id=household.id, rule_code="JS01", happened_on=day, id=0)
    used = {one: caps.used(db.session(), probe, one) for one in Window}

    assert {one.window: one.used for one in left} == used
    db.session.execute(db.update(Claim).values(state=ClaimState.REFUSED))
    db.session.commit()


def test_the_same_filed_again_is_asked_about_and_a_second_time_is_taken(client, town, resident):
    adopt(town.community)
    first = client.post("/points/claims/new", data=fields())
    assert first.status_code == 303
    again = fields(words="换了说法")
    answer = client.post("/points/claims/new", data=again)
    page = answer.get_data(as_text=True)
    number = int(first.location.rpartition("/")[2])
    assert answer.status_code == 409
    assert f"当天已经有一条相同的申报（第 {number} 号）" in page
    assert f'href="/points/claims/{number}"' in page
    assert "换了说法" in page
    for _ in range(2):
        sent = client.post("/points/claims/new", data={**again, "again": "1"})
        assert sent.status_code == 303
    assert db.session.scalar(select(func.count(Claim.id))) == 2
    yesterday = (clock.today() - timedelta(days=1)).isoformat()
    assert client.post("/points/claims/new", data=fields(happened_on=yesterday)).status_code == 303
    claim = db.session.scalars(select(Claim).order_by(Claim.id)).first()
    post(client, claim.id, "withdraw")


def test_what_came_to_nothing_is_filed_again_without_a_question(client, town, resident):
    adopt(town.community)
    first = client.post("/points/claims/new", data=fields())
    number = int(first.location.rpartition("/")[2])
    assert post(client, number, "withdraw").status_code == 303
    assert client.post("/points/claims/new", data=fields()).status_code == 303


def test_four_photos_as_a_phone_takes_them_are_taken_without_a_script(client, town, resident):
    adopt(town.community, evidence=Evidence.PHOTO)
    heavy = picture() + os.urandom(5 * bodies.MEGABYTE)  # what a camera leaves behind its pixels
    answer = send(client, "/points/claims/new", [heavy] * 4)
    assert answer.status_code == 303
    assert client.get(answer.location).get_data(as_text=True).count('class="thumb"') == 4


@pytest.mark.parametrize(("count", "words"), [(1, "16 MB"), (4, "合起来超过 65 MB")])
def test_what_is_too_large_is_said_beside_the_field_and_nothing_typed_is_lost(
    client, town, resident, count, words
):
    adopt(town.community, evidence=Evidence.PHOTO)
    heavy = picture() + bytes(17 * bodies.MEGABYTE)
    answer = send(client, "/points/claims/new", [heavy] * count)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert words in re.search(r'id="photos-error">(.*?)</p>', page, re.DOTALL)[1]
    assert WORDS in page
    assert "请重新选择照片" in page


def test_other_pages_take_as_little_as_before(client, town, resident):
    assert send(client, "/points/gathering", [bytes(17 * bodies.MEGABYTE)]).status_code == 413
    assert send(client, "/points/claims/new", [bytes(161 * bodies.MEGABYTE)]).status_code == 413


def send(client, url, photos):
    """Send the form with photos, as one body: a test client would leave a file of it open."""
    named = {"photos": [(io.BytesIO(one), f"{n}.jpg") for n, one in enumerate(photos)]}
    asked = EnvironBuilder(method="POST", data={**fields(), **named}).get_environ()
    with asked["wsgi.input"] as sent:
        return client.post(url, data=sent.read(), content_type=asked["CONTENT_TYPE"])
