"""Who fits a post, from its page; and from a wish to the fairs that come."""

from __future__ import annotations

from datetime import timedelta

import pytest
from counting import counted
from factories import create_account, create_town
from jobs.fairs_factory import create_fair
from jobs.jobs_factory import (
    ALL_DAY,
    CLEANER,
    create_company,
    create_post,
    create_seeker,
    create_wish,
    occupation,
)
from jobs.posts_scene import browser, sent
from sqlalchemy import select

from intranet import clock
from intranet.db import db
from intranet.jobs.models import Decision, FairPass, PostState, Referral, SkipReason
from intranet.register.models import Party, PartyKind


@pytest.fixture
def town(app):
    made = create_town()
    occupation(CLEANER)
    db.session.commit()
    return made


@pytest.fixture
def post(town):
    made = create_post(create_company(town.dedicated), at=clock.now())
    db.session.commit()
    return made


def seeker(town, n=0, micro=0, **fields):
    person = create_seeker(town.micros[micro], f"王小{n:02d}", f"138{n:08d}")
    wish = create_wish(person, hours=(ALL_DAY,), **fields)
    db.session.commit()
    return wish


def station(app, town):
    return browser(app, create_account("station", town.community.path))


def test_who_fits_a_post_stands_there_with_reasons_and_is_referred_from_there(app, town, post):
    wish, dear = seeker(town, 1), seeker(town, 2, pay_floor_fen=900_000, pay_unit="month")
    client, url = station(app, town), f"/jobs/{post.id}/seekers"
    assert url in client.get(f"/jobs/{post.id}").text
    page = client.get(url).text
    best, _, missed = page.partition("差一点就合适的人")
    assert f"/jobs/wishes/{wish.id}" in best
    assert f"/jobs/wishes/{dear.id}" not in best
    assert f"/jobs/wishes/{dear.id}" in missed
    assert "保洁" in best
    assert "原因" in best
    assert "王小01" not in page
    form = sent(post=str(post.id), back="seekers")
    answer = client.post(f"/jobs/wishes/{wish.id}/refer", data=form)
    assert answer.status_code == 303, answer.text
    assert answer.headers["Location"].endswith(url)
    assert db.session.scalar(select(Referral.post_id)) == post.id
    decided = client.get(url).text.partition("已处理")[2]
    assert f"/jobs/wishes/{wish.id}" in decided
    assert f"/jobs/wishes/{wish.id}/refer" not in decided


def test_who_is_passed_over_from_there_is_so_with_a_reason(app, town, post):
    wish, client = seeker(town), station(app, town)
    skip = f"/jobs/wishes/{wish.id}/skip"
    none = client.post(skip, data=sent(post=str(post.id), back="seekers", reason=""))
    assert none.status_code == 422
    reason = next(iter(SkipReason)).value
    done = client.post(skip, data=sent(post=str(post.id), back="seekers", reason=reason))
    assert done.headers["Location"].endswith(f"/jobs/{post.id}/seekers")
    assert db.session.scalar(select(Decision.skipped)) is next(iter(SkipReason))


def test_a_member_sees_the_seekers_of_the_own_grid_alone(app, town, post):
    own, other = seeker(town, 1), seeker(town, 2, micro=3)
    client = browser(app, create_account("micro_member", town.micros[0].path))
    page = client.get(f"/jobs/{post.id}/seekers").text
    assert f"/jobs/wishes/{own.id}" in page
    assert f"/jobs/wishes/{other.id}" not in page
    resident = browser(app, create_account("resident", town.micros[0].path))
    assert resident.get(f"/jobs/{post.id}/seekers").status_code == 403
    assert "/seekers" not in resident.get(f"/jobs/{post.id}").text
    assert "/seekers" not in app.test_client().get(f"/jobs/{post.id}").text


def test_a_post_that_is_over_has_no_seekers_and_nobody_may_fit_one(app, town, post):
    client = station(app, town)
    assert "暂时没有适合这个岗位的人" in client.get(f"/jobs/{post.id}/seekers").text
    over = create_post(create_company(town.dedicated, "停招的单位"), state=PostState.EXPIRED)
    db.session.commit()
    assert client.get(f"/jobs/{over.id}/seekers").status_code == 410
    assert client.get("/jobs/999999/seekers").status_code == 404


def test_many_seekers_cost_no_more_queries(app, town, post):
    client, url = station(app, town), f"/jobs/{post.id}/seekers"
    seeker(town)
    client.get(url)
    with counted() as few:
        client.get(url)
    for n in range(1, 30):
        seeker(town, n)
    with counted() as many:
        assert client.get(url).status_code == 200
    assert len(many) == len(few)


def test_a_wish_leads_to_a_pass_for_each_fair_that_comes(app, town):
    wish = seeker(town)
    fair = create_fair(town.community, day=clock.today() + timedelta(days=5))
    past = create_fair(town.community, day=clock.today() - timedelta(days=5), title="上月的招聘会")
    db.session.commit()
    client = station(app, town)
    page = client.get(f"/jobs/wishes/{wish.id}").text
    link = f"/jobs/fairs/{fair.id}/passes?wish={wish.id}"
    assert link in page
    assert past.title not in page
    form_page = client.get(link).text
    assert f'value="{wish.id}"' in form_page
    given = client.post(f"/jobs/fairs/{fair.id}/passes", data=sent(wish=str(wish.id)))
    assert given.status_code == 303, given.text
    assert db.session.scalar(select(FairPass.seeker_id)) == wish.seeker_id
    odd = client.get(f"/jobs/fairs/{fair.id}/passes?wish=%3Cscript%3E")
    assert odd.status_code == 200
    assert "script&gt;" not in odd.text


def test_the_seeker_sees_the_fairs_to_come_and_no_form_of_the_house(app, town):
    account = create_account("resident", town.micros[0].path)
    path = town.micros[0].path
    party = Party(kind=PartyKind.PERSON, grid_path=path, created_at=clock.now())
    db.session.add(party)
    db.session.flush()
    account.party_id = party.id
    person = create_seeker(town.micros[0], party_id=party.id)
    wish = create_wish(person)
    fair = create_fair(town.community, day=clock.today() + timedelta(days=5))
    db.session.commit()
    page = browser(app, account).get(f"/jobs/wishes/{wish.id}").text
    assert f"/jobs/fairs/{fair.id}" in page
    assert "/passes" not in page


def test_the_room_leads_to_its_screens_and_channels_for_who_may(app, town):
    doors = ('href="/jobs/screens"', 'href="/jobs/channels"')
    assert all(one in station(app, town).get("/jobs/wishes").text for one in doors)
    member = browser(app, create_account("micro_member", town.micros[0].path))
    assert not any(one in member.get("/jobs/wishes").text for one in doors)
