"""I want this one: a resident asks for a post, the member hears of it, and refers by one press."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories import create_account, create_town
from jobs.jobs_factory import (
    CLEANER,
    create_company,
    create_post,
    create_seeker,
    create_wish,
    occupation,
)
from jobs.test_wish_pages import GRANNY, browser, send
from sqlalchemy import func, select

from intranet import clock
from intranet.audit import AuditEntry
from intranet.db import db
from intranet.jobs.models import AskedPost, PostState, Referral, Wish, WishState
from intranet.jobs.operations import index_post
from intranet.notices.models import Notice
from intranet.register.models import Party, PartyKind

BUTTON = "我想应聘，请联系我"


class Scene:
    """A post, somebody with an account who may want it, and the grid's member."""

    def __init__(self, app):
        self.app = app
        self.town = create_town()
        self.micro = self.town.micros[0]
        occupation(CLEANER)
        self.post = create_post(create_company(self.town.dedicated), at=clock.now())
        index_post(db.session(), self.post)
        self.person = Party(
            kind=PartyKind.PERSON, grid_path=self.micro.path, created_at=clock.now()
        )
        db.session.add(self.person)
        db.session.flush()
        self.account = create_account("resident", self.micro.path, party_id=self.person.id)
        self.member_account = create_account("micro_member", self.micro.path)
        db.session.commit()
        self.url = f"/jobs/{self.post.id}"
        self.own, self.member = browser(app, self.account), browser(app, self.member_account)

    def wish(self, name="张桂芬", phone="13800001234", **fields):
        seeker = create_seeker(self.micro, name, phone, party_id=self.person.id)
        made = create_wish(seeker, **fields)
        db.session.commit()
        return made

    def ask(self, wish, client=None):
        return send(client or self.own, f"{self.url}/ask", wish=wish.id)


@pytest.fixture
def scene(app):
    return Scene(app)


def asked():
    db.session.rollback()
    return db.session.execute(select(AskedPost.wish_id, AskedPost.post_id)).all()


def told(account):
    db.session.rollback()
    words = select(Notice.words).where(Notice.account_id == account.id).order_by(Notice.id)
    return db.session.scalars(words).all()


def test_asked_once_told_once_and_referred_by_one_press(scene):
    wish = scene.wish(contacted_at=clock.now() - timedelta(hours=1))
    assert "张*芬" not in scene.member.get("/jobs/wishes").text  # spoken to an hour ago
    assert BUTTON in scene.own.get(scene.url).text
    assert [scene.ask(wish).status_code for _ in range(2)] == [303, 303]
    assert asked() == [(wish.id, scene.post.id)]
    assert len(told(scene.member_account)) == 1
    page = scene.own.get(scene.url).text
    assert BUTTON not in page
    assert "您已表示想应聘" in page
    ringing = scene.member.get("/jobs/wishes").text
    assert "张*芬" in ringing
    assert "想应聘：保洁员" in ringing
    page = scene.member.get(f"/jobs/wishes/{wish.id}").text
    assert "想应聘的岗位" in page
    answer = send(scene.member, f"/jobs/wishes/{wish.id}/refer", post=scene.post.id)
    assert answer.status_code == 303
    assert db.session.scalar(select(func.count(Referral.id))) == 1
    call = send(scene.member, f"/jobs/wishes/{wish.id}/call", reached="spoken", words="约好了")
    assert call.status_code == 303
    assert "张*芬" not in scene.member.get("/jobs/wishes").text
    trail = select(AuditEntry.action).where(AuditEntry.action == "jobs:wish:ask")
    assert db.session.scalars(trail).all() == ["jobs:wish:ask"]


def test_without_a_wish_one_is_filed_for_this_work_and_asks_with_it(scene):
    page = scene.own.get(scene.url).text
    assert f'href="/jobs/wishes/new?post={scene.post.id}"' in page
    form = scene.own.get(f"/jobs/wishes/new?post={scene.post.id}").text
    assert "您想应聘：保洁员" in form
    assert "我已满" in form
    assert f'name="trades" value="{CLEANER}" checked' in form
    given = GRANNY | {"grid": scene.micro.path, "post": str(scene.post.id)}
    refused = send(scene.own, "/jobs/wishes/new", **(given | {"phone": ""}))
    assert refused.status_code == 422
    assert f'name="post" value="{scene.post.id}"' in refused.text
    answer = send(scene.own, "/jobs/wishes/new", **given)
    assert answer.status_code == 303
    wish = db.session.scalars(select(Wish)).one()
    assert asked() == [(wish.id, scene.post.id)]
    assert len(told(scene.member_account)) == 1  # that somebody filed; the rest stands there


def test_all_that_is_wrong_with_a_wish_is_said_at_once(scene):
    refused = send(scene.own, "/jobs/wishes/new", grid=scene.micro.path, max_walk_minutes="30")
    assert refused.status_code == 422
    for words in ("请填写求职者姓名", "请填写电话", "工种", "未经本人同意", "十六周岁"):
        assert words in refused.text, words


def test_common_kinds_of_work_stand_first_and_a_rare_one_that_is_ticked_is_in_sight(scene):
    occupation("5-01-02-02")
    db.session.commit()
    page = scene.own.get("/jobs/wishes/new").text
    common, rare = page.split("其他 1 个工种")
    assert f'value="{CLEANER}"' in common
    assert 'value="5-01-02-02"' in rare
    assert "<details><summary" in common[-60:]
    data = {"trades": "5-01-02-02", "grid": scene.micro.path, "max_walk_minutes": "30"}
    refused = send(scene.own, "/jobs/wishes/new", **data)
    assert "<details open><summary" in refused.text.split("其他 1 个工种")[0][-60:]


def test_a_search_that_was_paused_goes_on(scene):
    wish = scene.wish(state=WishState.PAUSED)
    assert scene.ask(wish).status_code == 303
    db.session.rollback()
    assert db.session.get(Wish, wish.id).state is WishState.OPEN


def test_a_households_account_says_for_whom(scene):
    first = scene.wish()
    second = scene.wish("李秀英", "13800005678")
    page = scene.own.get(scene.url).text
    assert page.count(BUTTON) == 2
    assert "(张*芬)" in page
    assert scene.ask(first).status_code == 303
    page = scene.own.get(scene.url).text
    assert page.count(BUTTON) == 1
    assert "(李*英)" in page
    assert asked() == [(first.id, scene.post.id)]
    assert second.id != first.id


def test_nobody_asks_with_anothers_wish_nor_with_one_that_may_be_anothers(scene):
    stranger = create_wish(create_seeker(scene.micro, "刘洋", "13800007777"))
    held = scene.wish(own_from=clock.now() + timedelta(days=3))
    ended = scene.wish("李秀英", "13800005678", state=WishState.CLOSED)
    db.session.commit()
    for wish in (stranger, held, ended):
        assert scene.ask(wish).status_code == 404
    assert send(scene.own, f"{scene.url}/ask").status_code == 404
    assert asked() == []


def test_what_is_over_is_asked_for_by_nobody(scene):
    wish = scene.wish()
    scene.post.openings_left, scene.post.state = 0, PostState.FILLED
    db.session.commit()
    assert scene.ask(wish).status_code == 410
    assert scene.own.get(f"/jobs/wishes/new?post={scene.post.id}").status_code == 200
    assert asked() == []


def test_staff_and_passers_by_are_offered_no_such_button(scene, app):
    scene.wish()
    assert BUTTON not in scene.member.get(scene.url).text
    assert BUTTON not in app.test_client().get(scene.url).text


def test_it_stands_in_the_copy_of_ones_own_data(scene):
    wish = scene.wish()
    scene.ask(wish)
    copy = send(scene.own, f"/jobs/wishes/{wish.id}/data/export")
    assert copy.status_code == 200
    assert '"asked_for"' in copy.text
    assert "保洁员" in copy.text.split('"asked_for"')[1][:200]
