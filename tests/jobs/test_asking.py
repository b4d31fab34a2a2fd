"""I want this one: a resident asks for a post, the member hears of it, and refers by one press."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories import create_account, create_town, viewer_of
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
from intranet.jobs import operations
from intranet.jobs.models import (
    AskedPost,
    Channel,
    JobPost,
    PostState,
    Referral,
    Seeker,
    Wish,
    WishState,
)
from intranet.jobs.operations import index_post
from intranet.jobs.operations.asking import ASKED_MAX
from intranet.jobs.queries import wishes
from intranet.notices.models import Notice
from intranet.register.models import Party, PartyKind

BUTTON = "想应聘，请联系我"


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
    assert "张*芬 已表示想应聘" in page
    assert "家里另一位想应聘" in page
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
    assert BUTTON in scene.own.get(scene.url).text  # spoken to, one may ask again
    assert scene.ask(wish).status_code == 303
    assert len(told(scene.member_account)) == 2
    assert "想应聘：保洁员" in scene.member.get("/jobs/wishes").text
    trail = select(AuditEntry.action).where(AuditEntry.action == "jobs:wish:ask")
    assert db.session.scalars(trail).all() == ["jobs:wish:ask"] * 2


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
    assert "张*芬 想应聘" in page
    assert scene.ask(first).status_code == 303
    page = scene.own.get(scene.url).text
    assert page.count(BUTTON) == 1
    assert "李*英 想应聘" in page
    assert asked() == [(first.id, scene.post.id)]
    db.session.rollback()
    assert db.session.get(Wish, second.id).asked_at is None


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
    given = {"grid": scene.micro.path, "post": str(scene.post.id), "name": "李秀英"}
    filed = send(scene.own, "/jobs/wishes/new", **(GRANNY | given))
    assert "刚刚已经招满或下架" in scene.own.get(filed.location).text
    assert asked() == []


def test_staff_companies_and_passers_by_are_offered_no_such_button(scene, app):
    scene.wish()
    company = browser(app, create_account("company", scene.town.dedicated.path))
    assert BUTTON not in scene.member.get(scene.url).text
    assert BUTTON not in company.get(scene.url).text
    assert BUTTON not in app.test_client().get(scene.url).text


def test_of_one_wish_ten_wait_at_most_and_two_at_once_are_one(scene):
    wish = scene.wish()
    company = scene.post.company_id
    others = [JobPost(**post_facts(scene.post)) for _ in range(ASKED_MAX)]
    db.session.add_all(others)
    db.session.commit()
    assert company == others[0].company_id
    for post in others:
        url = f"/jobs/{post.id}/ask"
        assert send(scene.own, url, wish=wish.id).status_code == 303
    refused = scene.ask(wish)
    assert refused.status_code == 409
    assert "已经较多" in refused.text
    ringing = scene.member.get("/jobs/wishes").text
    assert ringing.count("想应聘：保洁员") == 3
    assert f"另有 {ASKED_MAX - 3} 个" in ringing


def post_facts(post):
    columns = (one.key for one in JobPost.__mapper__.column_attrs)
    return {name: getattr(post, name) for name in columns if name not in {"id", "version"}}


def test_who_is_referred_elsewhere_and_asks_waits_from_then_on_and_is_not_late(scene):
    now = clock.now()
    wish = scene.wish(state=WishState.REFERRED, contacted_at=now - timedelta(days=10))
    viewer = viewer_of(scene.member_account, ("micro_member", scene.micro.path))

    def counted(at):
        db.session.rollback()
        return wishes.counts(db.session(), viewer, now=at)

    assert (counted(now)["ring"], counted(now)["late"]) == (0, 0)
    scene.ask(wish)
    soon, later = clock.now(), clock.now() + timedelta(days=4)
    assert (counted(soon)["ring"], counted(soon)["late"]) == (1, 0)
    assert (counted(later)["ring"], counted(later)["late"]) == (1, 1)
    kept = db.session.get(Wish, wish.id)
    assert [wishes.light(kept, at) for at in (soon, later)] == ["green", "red"]


def test_a_visit_of_days_ago_that_comes_now_answers_nothing_asked_since(scene):
    wish = scene.wish(contacted_at=clock.now() - timedelta(days=9))
    scene.ask(wish)
    db.session.rollback()
    kept = db.session.get(Wish, wish.id)
    for ago, is_waiting in ((2, True), (0, False)):
        spoken = clock.now() - timedelta(days=ago)
        operations.file_wish(
            db.session(),
            actor=viewer_of(scene.member_account, ("micro_member", scene.micro.path)),
            at=clock.now(),
            grid_path=scene.micro.path,
            person=operations.Person("张桂芬", "13800001234", legal_age=True, consents=True),
            content=operations.Content(trades=[operations.Trade(CLEANER)], max_walk_minutes=30),
            channel=Channel.VISIT,
            seeker=db.session.get(Seeker, kept.seeker_id),
            agreed_at=spoken,
        )
        db.session.commit()
        assert (kept.asked_at is not None) is is_waiting


def test_joined_to_another_it_is_asked_for_with_the_wish_that_stays(scene):
    own = scene.wish(contacted_at=clock.now())
    other = create_wish(create_seeker(scene.micro, "张桂芬", "13800009999"))
    db.session.commit()
    scene.ask(own)
    stays, gone = db.session.get(Wish, other.id), db.session.get(Wish, own.id)
    operations.merge_seekers(
        db.session(),
        actor=viewer_of(scene.member_account, ("micro_member", scene.micro.path)),
        at=clock.now(),
        kept=db.session.get(Seeker, gone.seeker_id),
        other=db.session.get(Seeker, stays.seeker_id),
        keep_wish_id=stays.id,
    )
    db.session.commit()
    assert "想应聘的岗位" in scene.member.get(f"/jobs/wishes/{other.id}").text
    db.session.rollback()
    assert db.session.get(Wish, other.id).asked_at is not None


def test_it_stands_in_the_copy_of_ones_own_data(scene):
    wish = scene.wish()
    scene.ask(wish)
    copy = send(scene.own, f"/jobs/wishes/{wish.id}/data/export")
    assert copy.status_code == 200
    assert '"asked_for"' in copy.text
    assert "保洁员" in copy.text.split('"asked_for"')[1][:200]
