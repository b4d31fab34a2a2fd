"""What is published on channels outside: asked for once, sent by the worker, kept as it went."""

from __future__ import annotations

from datetime import timedelta

import pytest
from jobs.outlets_factory import create_outlet
from jobs.outlets_scene import LINK, ask, group, said_of, sent_of  # noqa: F401
from jobs.posts_scene import act, fresh, published, scene  # noqa: F401
from jobs.rivalry import rivals
from jobs.robot_on_loopback import KEY, WELL
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from intranet import clock
from intranet.audit import AuditEntry
from intranet.db import db
from intranet.errors import DomainError
from intranet.jobs import operations, tasks
from intranet.jobs.models import (
    Fault,
    JobPost,
    Outlet,
    OutletKind,
    Sending,
    SendingState,
    Subject,
)
from intranet.jobs.operations import Said, SentTodayError
from intranet.notices import gateway


def test_a_robot_gets_the_text_and_what_went_is_kept(app, scene, group):
    post, outlet = published(scene), create_outlet(scene.town.community)
    [sending] = ask(scene, said_of(post), outlet)
    assert sent_of(sending).state is SendingState.PENDING

    assert tasks.send_out() == 1

    path, body = group.arrived[0]
    assert path == f"/cgi-bin/webhook/send?key={KEY}"
    assert body == {"msgtype": "text", "text": {"content": f"招聘：写字楼保洁员\n{LINK % post.id}"}}
    kept = sent_of(sending)
    assert (kept.state, kept.fault, kept.words) == (SendingState.SENT, Fault.NONE, group.texts[0])
    assert kept.asked_by == scene.staff[0].id
    assert tasks.send_out() == 0
    actions = set(db.session.scalars(select(AuditEntry.action)))
    assert "jobs:outlet:send" in actions


@pytest.mark.parametrize(
    ("answer", "fault", "code"),
    [
        ((200, {"errcode": 93000, "errmsg": "invalid webhook url"}), Fault.BAD_ADDRESS, "93000"),
        ((200, {"errcode": 310000, "errmsg": "keywords not in content"}), Fault.WORDS, "310000"),
        ((200, {"errcode": 40008, "errmsg": "invalid message type"}), Fault.REFUSED, "40008"),
        ((404, {}), Fault.REFUSED, "404"),
    ],
)
def test_a_no_said_with_200_did_not_arrive_and_is_not_repeated(
    app, scene, group, answer, fault, code
):
    group.answers = [answer]
    outlet = create_outlet(scene.town.community)
    [sending] = ask(scene, said_of(published(scene)), outlet)

    assert tasks.send_out() == 0

    kept = sent_of(sending)
    assert (kept.state, kept.fault, kept.answer) == (SendingState.FAILED, fault, code)
    assert kept.ended_at is not None
    assert tasks.send_out() == 0
    assert len(group.arrived) == 1


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ((503, {}), Fault.SERVER),
        ((200, {"errcode": 45009, "errmsg": "api freq out of limit"}), Fault.TOO_FAST),
        ("hang", Fault.UNREACHABLE),
    ],
)
def test_what_may_pass_is_tried_again_after_a_minute_and_eight_times_at_most(
    app, scene, group, monkeypatch, answer, fault
):
    monkeypatch.setattr(gateway, "READ_SECONDS", 0.3)
    group.answers = [answer]
    outlet = create_outlet(scene.town.community)
    [sending] = ask(scene, said_of(published(scene)), outlet)
    before = clock.now()

    assert tasks.send_out() == 0

    kept = sent_of(sending)
    assert (kept.state, kept.fault, kept.attempts) == (SendingState.PENDING, fault, 1)
    assert timedelta(seconds=50) < kept.due_at - before < timedelta(seconds=90)
    db.session.execute(update(Sending).values(due_at=before, attempts=7))
    db.session.commit()
    group.answers = [answer]
    assert tasks.send_out() == 0
    kept = sent_of(sending)
    assert (kept.state, kept.attempts) == (SendingState.FAILED, 8)


def test_after_a_failure_it_arrives_at_the_next_attempt(app, scene, group):
    group.answers = [(502, {}), WELL]
    [sending] = ask(scene, said_of(published(scene)), create_outlet(scene.town.community))
    tasks.send_out()
    db.session.execute(update(Sending).values(due_at=clock.now()))
    db.session.commit()

    assert tasks.send_out() == 1
    assert sent_of(sending).state is SendingState.SENT


def test_one_channel_that_fails_holds_up_no_other(app, scene, group):
    group.answers = [(500, {})]
    outlets = [create_outlet(scene.town.community, name=name) for name in ("甲群", "乙群")]
    made = ask(scene, said_of(published(scene)), *outlets)

    assert tasks.send_out() == 1
    assert [sent_of(one).state for one in made] == [SendingState.PENDING, SendingState.SENT]


def test_a_post_that_is_over_before_its_turn_is_not_sent(app, scene, group):
    post, outlet = published(scene), create_outlet(scene.town.community)
    [sending] = ask(scene, said_of(post), outlet)
    post = fresh(JobPost, post.id)
    operations.withdraw_post(db.session(), post, version=post.version, **act(scene.handler))
    db.session.commit()

    assert tasks.send_out() == 0
    kept = sent_of(sending)
    assert (kept.state, kept.fault) == (SendingState.DROPPED, Fault.OVER)
    assert group.arrived == []
    with pytest.raises(DomainError, match="Nothing of this"):
        ask(scene, said_of(post), outlet, is_again=True)


def test_a_post_that_was_published_anew_goes_with_no_words_of_before(app, scene, group):
    post, outlet = published(scene), create_outlet(scene.town.community)
    [sending] = ask(scene, said_of(post), outlet)
    later = update(JobPost).values(published_at=clock.now() + timedelta(minutes=1))
    db.session.execute(later.where(JobPost.id == post.id))
    db.session.commit()

    assert tasks.send_out() == 0
    kept = sent_of(sending)
    assert (kept.state, kept.fault) == (SendingState.DROPPED, Fault.OVER)


def test_a_list_of_the_day_goes_with_what_is_left_of_it(app, scene, group):
    first, second = published(scene), published(scene, title="园区保洁班长")
    posts = [(one.id, f"{one.title}\n{LINK % one.id}") for one in (first, second)]
    said = Said(Subject.DIGEST, "今日新岗位", head="今日新岗位", posts=posts, tail="更多：/jobs")
    [sending] = ask(scene, said, create_outlet(scene.town.community))
    first = fresh(JobPost, first.id)
    operations.withdraw_post(db.session(), first, version=first.version, **act(scene.handler))
    db.session.commit()

    assert tasks.send_out() == 1
    assert group.texts == [f"今日新岗位\n\n2. 园区保洁班长\n{LINK % second.id}\n\n更多：/jobs"]
    assert sent_of(sending).words == group.texts[0]


def test_yesterdays_list_is_dropped(app, scene, group):
    [sending] = ask(
        scene, said_of(published(scene), Subject.DIGEST), create_outlet(scene.town.community)
    )
    db.session.execute(
        update(Sending)
        .where(Sending.subject == Subject.DIGEST)
        .values(day=clock.today() - timedelta(days=1))
    )
    db.session.commit()

    assert tasks.send_out() == 0
    assert sent_of(sending).fault is Fault.LATE


def test_the_same_twice_on_a_day_is_asked_about_first(app, scene, group):
    post, outlet = published(scene), create_outlet(scene.town.community)
    ask(scene, said_of(post, Subject.DIGEST), outlet)
    with pytest.raises(SentTodayError) as caught:
        ask(scene, said_of(post), outlet)
    db.session.rollback()
    assert caught.value.params["names"] == "鱼凫小区网格群"
    ask(scene, said_of(post), outlet, is_again=True)
    db.session.execute(update(Sending).values(state=SendingState.FAILED, ended_at=clock.now()))
    db.session.commit()
    assert ask(scene, said_of(post), outlet), "what did not arrive may be sent again"


def test_of_two_who_press_at_once_one_is_asked(app, scene, group):
    post, outlet = published(scene), create_outlet(scene.town.community)
    db.session.commit()
    outlet_id, said = outlet.id, said_of(post)

    def press():
        outlet = db.session.get(Outlet, outlet_id)
        operations.publish(db.session(), outlets=[outlet], said=said, **act(scene.station))

    sent, asked = sorted(rivals(app, [press, press]))
    assert sent == ""
    assert asked.startswith("It went there today"), asked
    assert db.session.scalar(select(func.count(Sending.id))) == 1


def test_a_robot_gets_twenty_messages_a_minute_and_the_rest_later(app, scene, group):
    outlet = create_outlet(scene.town.community)
    trial = Said(Subject.TRIAL, "试发", head="试发一条")
    for _ in range(23):
        operations.try_outlet(db.session(), outlet=outlet, said=trial, **act(scene.station))
    db.session.commit()

    assert tasks.send_out() == 20
    waiting = db.session.scalars(select(Sending).where(Sending.state == SendingState.PENDING)).all()
    assert len(waiting) == 3
    assert all(one.due_at > clock.now() for one in waiting)
    before = clock.now() - timedelta(minutes=2)
    db.session.rollback()
    with pytest.raises(DBAPIError, match="has ended and stays"):
        db.session.execute(update(Sending).values(tried_at=before))
    db.session.rollback()


def test_what_went_is_neither_changed_nor_deleted(app, scene, group):
    [sending] = ask(scene, said_of(published(scene)), create_outlet(scene.town.community))
    tasks.send_out()
    for statement in (
        update(Sending).values(words="别的话"),
        Sending.__table__.delete().where(Sending.id == sending.id),
    ):
        with pytest.raises(DBAPIError, match="jobs_sending"):
            db.session.execute(statement)
        db.session.rollback()
    assert sent_of(sending).state is SendingState.SENT


def test_whoever_dies_while_sending_leaves_a_lease_and_it_is_sent_again(app, scene, group):
    [sending] = ask(scene, said_of(published(scene)), create_outlet(scene.town.community))
    errand = operations.claim_sending(db.session(), at=clock.now())
    db.session.commit()
    assert errand.url == f"wecombot://{KEY}/"
    assert KEY not in repr(errand)
    assert tasks.send_out() == 0, "the lease holds"
    db.session.execute(update(Sending).values(due_at=clock.now()))
    db.session.commit()

    assert tasks.send_out() == 1
    assert sent_of(sending).attempts == 2
    late = operations.finish_sending(
        db.session(), errand=errand, fault=Fault.REFUSED, answer="", at=clock.now()
    )
    assert late is None
    db.session.rollback()


def test_a_channel_that_is_off_takes_nothing(app, scene, group):
    post, outlet = published(scene), create_outlet(scene.town.community)
    [sending] = ask(scene, said_of(post), outlet)
    facts = {"outlet": outlet, "version": outlet.version, "is_on": False}
    operations.switch_outlet(db.session(), **facts, **act(scene.station))
    db.session.commit()

    assert tasks.send_out() == 0
    assert sent_of(sending).fault is Fault.OFF
    with pytest.raises(DomainError, match="switched off"):
        ask(scene, said_of(post), fresh(Outlet, outlet.id), is_again=True)
    db.session.rollback()


def test_by_hand_is_written_down_once_with_the_text_as_it_stood(app, scene, group):
    post = published(scene)
    outlet = create_outlet(scene.town.community, OutletKind.BY_HAND, "社区公众号")
    [sending] = ask(scene, said_of(post), outlet)
    assert tasks.send_out() == 0
    operations.published_by_hand(db.session(), sending=sending, **act(scene.second))
    db.session.commit()
    kept = sent_of(sending)
    assert (kept.state, kept.ended_by) == (SendingState.SENT, scene.staff[1].id)
    assert LINK % post.id in kept.words
    with pytest.raises(DomainError, match="already"):
        operations.published_by_hand(db.session(), sending=kept, **act(scene.second))
    db.session.rollback()


def test_what_nobody_has_pasted_in_a_week_is_dropped(app, scene):
    outlet = create_outlet(scene.town.community, OutletKind.BY_HAND, "社区公众号")
    made = [ask(scene, said_of(published(scene)), outlet)[0]]
    made += ask(scene, said_of(published(scene, title="园区绿化工")), outlet)
    db.session.execute(
        update(Sending)
        .where(Sending.id == made[0].id)
        .values(day=clock.today() - timedelta(days=8))
    )
    db.session.commit()
    assert tasks.drop_by_hand() == 1
    states = [sent_of(one).state for one in made]
    assert states == [SendingState.DROPPED, SendingState.BY_HAND]
