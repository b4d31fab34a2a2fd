"""What is published on channels outside: asked for once, sent by the worker, kept as it went."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jobs.fairs_factory import create_fair
from jobs.outlets_factory import create_outlet
from jobs.posts_scene import act, fresh, published, scene  # noqa: F401
from jobs.robot_on_loopback import KEY, TYPED, WELL, leads_here, robot
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from intranet import clock, sealing
from intranet.audit import AuditEntry
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.jobs import operations, tasks
from intranet.jobs.models import (
    FairState,
    Fault,
    JobPost,
    Outlet,
    OutletKind,
    Sending,
    SendingState,
    Subject,
)
from intranet.jobs.operations import Said, SentTodayError
from intranet.jobs.operations.outlets.composing import BYTES_MAX, compose, size
from intranet.notices import gateway

LINK = "http://127.0.0.1/jobs/%s"


@pytest.fixture
def group(monkeypatch):
    with robot() as double:
        leads_here(monkeypatch, double)
        yield double


def said_of(post, subject=Subject.POST):
    words = f"招聘：{post.title}\n{LINK % post.id}"
    return Said(subject, post.title, posts=[(post.id, words)])


def ask(scene, said, *outlets, is_again=False):
    made = operations.publish(
        db.session(), outlets=outlets, said=said, is_again=is_again, **act(scene.station)
    )
    db.session.commit()
    return made


def sent_of(sending):
    return fresh(Sending, sending.id)


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
    assert group.texts == [f"今日新岗位\n\n园区保洁班长\n{LINK % second.id}\n\n更多：/jobs"]
    assert sent_of(sending).words == group.texts[0]


def test_yesterdays_list_and_a_fair_that_was_called_off_are_dropped(app, scene, group):
    post, outlet = published(scene), create_outlet(scene.town.community)
    fair = create_fair(scene.town.community)
    made = ask(scene, said_of(post, Subject.DIGEST), outlet)
    made += ask(scene, Said(Subject.FAIR, "招聘会", head="招聘会", fair_id=fair.id), outlet)
    db.session.execute(
        update(Sending)
        .where(Sending.subject == Subject.DIGEST)
        .values(day=clock.today() - timedelta(days=1))
    )
    fair.state = FairState.CALLED_OFF
    db.session.commit()

    assert tasks.send_out() == 0
    assert {sent_of(one).fault for one in made} == {Fault.OVER}


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
    told, together = [], threading.Barrier(2)

    def press():
        with app.app_context():
            together.wait(10)
            try:
                outlet = db.session.get(Outlet, outlet_id)
                operations.publish(db.session(), outlets=[outlet], said=said, **act(scene.station))
                db.session.commit()
                told.append("sent")
            except SentTodayError:
                db.session.rollback()
                told.append("asked")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert sorted(told) == ["asked", "sent"]
    db.session.rollback()
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


def test_dingtalk_is_signed_and_feishu_heard(app, scene, group):
    community, post = scene.town.community, published(scene)
    secret = "SEC" + "a1" * 16
    add = {"actor": scene.station, "at": clock.now(), "grid_path": community.path}
    typed = "https://oapi.dingtalk.com/robot/send?access_token=abcdef1234567890"
    hook = "https://open.feishu.cn/open-apis/bot/v2/hook/0e1f2a3b-aaaa-bbbb-cccc-0123456789ab"
    ding = operations.add_outlet(
        db.session(), kind=OutletKind.DINGTALK, name="钉钉群", typed=typed, signing=secret, **add
    )
    feishu = operations.add_outlet(
        db.session(), kind=OutletKind.FEISHU, name="飞书群", typed=hook, **add
    )
    db.session.commit()
    group.answers = [WELL, (200, {"code": 19024, "msg": "Key Words Not Found"})]
    made = ask(scene, said_of(post), ding, feishu)

    assert tasks.send_out() == 1
    (to_ding, _text), (to_feishu, body) = group.arrived
    assert "access_token=abcdef1234567890" in to_ding
    assert "sign=" in to_ding
    assert to_feishu.endswith("0123456789ab")
    assert body["content"]["text"] == group.arrived[0][1]["text"]["content"]
    kept = [sent_of(one) for one in made]
    assert [one.fault for one in kept] == [Fault.NONE, Fault.WORDS]


def test_addresses_are_sealed_masked_and_on_no_trail(app, scene):
    outlet = operations.add_outlet(
        db.session(),
        kind=OutletKind.WECOM,
        name="企业网格群",
        typed=TYPED,
        grid_path=scene.town.community.path,
        **act(scene.station),
    )
    db.session.commit()
    assert outlet.masked == "qyapi.weixin.qq.com ****5aaa"
    assert KEY not in outlet.sealed
    assert sealing.unseal(outlet.sealed) == f"wecombot://{KEY}/"
    assert all(KEY not in one.details for one in db.session.scalars(select(AuditEntry)))
    before = outlet.sealed
    assert operations.renew_outlet_seals(db.session()) == (1, outlet.id)
    assert outlet.sealed != before


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("wecom", "https://qyapi.weixin.qq.com.evil.example/cgi-bin/webhook/send?key=abcdefgh1"),
        ("wecom", "http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=abcdefgh1"),
        ("wecom", "https://u@qyapi.weixin.qq.com/cgi-bin/webhook/send?key=abcdefgh1"),
        ("wecom", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a/../b1234"),
        ("wecom", ""),
        ("feishu", "https://open.feishu.cn/open-apis/bot/v2/hook/a@127.0.0.1/"),
        ("other", "json://127.0.0.1:8000/healthz"),
        ("other", "json://push.example.cn:99999/"),
        ("other", "json://push.example.cn@10.0.0.1/"),
        ("other", "syslog://localhost"),
        ("other", "mailto://u:p@example.cn?smtp=10.0.0.1"),
        ("other", "file:///etc/passwd"),
    ],
)
def test_no_channel_leads_elsewhere_than_it_may(app, scene, kind, typed):
    with pytest.raises(InputError) as caught:
        operations.add_outlet(
            db.session(),
            kind=OutletKind(kind),
            name="群",
            typed=typed,
            hosts=("push.example.cn",),
            grid_path=scene.town.community.path,
            **act(scene.station),
        )
    assert caught.value.field == "address"
    assert "abcdefgh1" not in str(caught.value.params)


def test_other_services_go_to_listed_hosts_only_and_lists_may_shrink(
    app, scene, group, monkeypatch
):
    from dataclasses import replace

    here = f"127.0.0.1:{group.port}"
    community, post = scene.town.community, published(scene)
    facts = {"kind": OutletKind.OTHER, "grid_path": community.path, "hosts": (here,)}
    outlet = operations.add_outlet(
        db.session(), name="自建推送", typed=f"json://{here}/push", **facts, **act(scene.station)
    )
    db.session.commit()
    assert outlet.masked == "json://127.0.0.1/***"
    listed = replace(app.config["SETTINGS"], outlet_hosts=(here,))
    first = ask(scene, said_of(post), outlet)[0]
    assert tasks.send_out() == 0
    assert sent_of(first).fault is Fault.NOT_ALLOWED
    assert group.arrived == []
    monkeypatch.setitem(app.config, "SETTINGS", listed)
    ask(scene, said_of(post), fresh(Outlet, outlet.id), is_again=True)
    assert tasks.send_out() == 1
    assert group.arrived[0][1]["title"] == "招聘：写字楼保洁员"


def test_a_url_asks_neither_for_redirects_nor_for_any_certificate(group):
    seen = []
    url = f"json://127.0.0.1:{group.port}/?redirect=yes&verify=no"
    service = gateway._service(url)
    assert (service.redirects, service.verify_certificate) == (True, False), "apprise obeys a URL"

    def may(spoken):
        seen.append(spoken)
        return True

    made = []
    real = gateway._service
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gateway, "_service", lambda one: made.append(real(one)) or made[-1])
        gateway.tell_group("a", url, "岗位", may)
    assert seen == [f"127.0.0.1:{group.port}"]
    assert (made[0].redirects, made[0].verify_certificate) == (False, True)


LINES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), min_size=1, max_size=60),
    min_size=1,
    max_size=12,
).map("\n".join)


@given(LINES, st.lists(LINES, max_size=20), LINES, st.integers(900, 4096))
def test_a_text_never_outgrows_its_channel_and_no_address_is_cut(head, texts, tail, most):
    posts = [f"{text}\nhttps://jobs.example/{n}" for n, text in enumerate(texts)]
    tail = tail[:60]
    found = compose(head, posts, tail, most)

    assert size(found) <= most
    assert found.endswith(tail)
    lines = found.split("\n")
    for n, post in enumerate(posts):
        if f"https://jobs.example/{n}" in lines and n:
            assert post in found
    whole = "\n\n".join([head, *posts, tail])
    assert (found == whole) == (size(whole) <= most)


def test_a_long_post_is_cut_between_lines_and_keeps_its_address():
    lines = [f"第{n}行：" + "保洁" * 40 for n in range(20)]
    found = compose("", ["\n".join([*lines, LINK % 7])], "", BYTES_MAX[OutletKind.WECOM])

    kept = found.split("\n")
    assert kept[-2:] == [LINK % 7, "…"]
    assert kept[:-2] == lines[: len(kept) - 2]
    assert 1500 < size(found) <= 2048
