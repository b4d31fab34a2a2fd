"""Channels on pages: entered, tried, published on, pasted by hand, and what went where."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from counting import counted
from factories import create_account
from jobs.fairs_factory import create_fair
from jobs.outlets_factory import create_outlet
from jobs.posts_scene import act, browser, fresh, published, scene, sent  # noqa: F401
from jobs.robot_on_loopback import KEY, TYPED
from sqlalchemy import func, select

from intranet import clock, sealing
from intranet.audit import AuditEntry
from intranet.db import db
from intranet.jobs import operations
from intranet.jobs.models import (
    JobPost,
    Outlet,
    OutletKind,
    Sending,
    SendingPost,
    SendingState,
    Subject,
)


@pytest.fixture
def office(app, scene):
    return browser(app, create_account("office", scene.town.community.path))


@pytest.fixture
def station(app, scene):
    return browser(app, scene.staff[0])


def form_of(scene, **changed):
    said = {
        "grid_path": scene.town.community.path,
        "kind": "wecom",
        "name": "鱼凫小区网格群",
        "address": TYPED,
        "signing": "",
    }
    return sent(**(said | changed))


def sendings():
    db.session.rollback()
    return db.session.scalars(select(Sending).order_by(Sending.id)).all()


def test_the_office_enters_a_channel_once_and_nobody_sees_its_address_again(scene, office, station):
    form = form_of(scene)
    answers = [office.post("/jobs/channels", data=form) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303], answers[0].text
    outlet = db.session.scalar(select(Outlet))
    assert db.session.scalar(select(func.count(Outlet.id))) == 1
    assert sealing.unseal(outlet.sealed) == f"wecombot://{KEY}/"
    for client in (office, station):
        page = client.get("/jobs/channels").text
        assert "qyapi.weixin.qq.com ****5aaa" in page
        assert KEY not in page
    assert "试发一条" in office.get("/jobs/channels").text
    assert "试发一条" not in station.get("/jobs/channels").text
    assert station.post("/jobs/channels", data=form_of(scene)).status_code == 403
    assert db.session.scalar(select(AuditEntry.id).where(AuditEntry.action == "jobs:outlet:add"))


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"address": "https://evil.example/send?key=abcdefgh"}, "address", "完整粘贴"),
        ({"kind": "other", "address": "json://10.0.0.8/hook"}, "address", "不允许连接"),
        ({"signing": "SEC1234567890abcdefgh"}, "signing", "只有钉钉"),
        ({"name": ""}, "name", "请填写"),
        ({"kind": "by_hand"}, "address", "不用填地址"),
        ({"kind": "pager"}, "kind", ""),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_the_rest_is_kept(
    scene, office, changed, field, said
):
    answer = office.post("/jobs/channels", data=form_of(scene, **changed))
    assert answer.status_code == 422
    beside = answer.text.split(f'id="{field}-error"')[1].split("</p>")[0]
    assert said in beside
    assert changed.get("name", "鱼凫小区网格群") in answer.text
    assert db.session.scalar(select(func.count(Outlet.id))) == 0


def test_a_channel_is_led_to_another_robot_on_its_page(scene, office, station):
    outlet = create_outlet(scene.town.community)
    other = create_outlet(scene.town.community, OutletKind.BY_HAND, "社区公众号")
    db.session.commit()
    url = f"/jobs/channels/{outlet.id}"
    assert f'href="{url}"' in office.get("/jobs/channels").text
    assert f'href="{url}"' not in station.get("/jobs/channels").text
    assert station.get(url).status_code == 403
    page = office.get(url).text
    assert "qyapi.weixin.qq.com ****5aaa" in page
    assert KEY not in page
    assert 'name="address"' not in office.get(f"/jobs/channels/{other.id}").text
    new = TYPED.replace(KEY, "0b1c2d3e-new-robot-of-the-group")
    form = sent(version=outlet.version, name="鱼凫小区网格群", address=new, signing="")
    assert [office.post(url, data=form).status_code for _ in range(2)] == [303, 303]
    kept = sealing.unseal(fresh(Outlet, outlet.id).sealed)
    assert kept == "wecombot://0b1c2d3e-new-robot-of-the-group/"
    version = fresh(Outlet, outlet.id).version
    for changed, status, said in (
        ({"address": "https://evil.example/"}, 422, "完整粘贴"),
        ({"name": "社区公众号", "address": TYPED}, 422, "已有同名的渠道"),
        ({"name": ""}, 422, "请填写"),
        ({"version": version - 1, "address": TYPED}, 409, "为安全起见不回显"),
    ):
        said_now = {"version": version, "name": "新群", "address": "", "signing": ""} | changed
        answer = office.post(url, data=sent(**said_now))
        assert answer.status_code == status, changed
        assert said in answer.text
        assert KEY not in answer.text
    assert sealing.unseal(fresh(Outlet, outlet.id).sealed) == kept


def test_a_secret_is_neither_shown_as_it_is_typed_nor_sent_back(scene, office):
    secret = "SEC" + "a1" * 16
    page = office.get("/jobs/channels").text
    answer = office.post("/jobs/channels", data=form_of(scene, name="", signing=secret))
    for text in (page, answer.text):
        for field in ("address", "signing"):
            [tag] = re.findall(f'<input[^>]*name="{field}"[^>]*>', text)
            assert 'type="password"' in tag
            assert 'autocomplete="off"' in tag
    assert answer.status_code == 422
    assert KEY not in answer.text
    assert secret not in answer.text
    for field in ("address", "signing"):
        beside = answer.text.split(f'id="{field}-error"')[1].split("</p>")[0]
        assert "为安全起见不回显" in beside


def test_two_channels_of_one_community_have_two_names(scene, office):
    create_outlet(scene.town.community)
    db.session.commit()
    answer = office.post("/jobs/channels", data=form_of(scene))
    assert answer.status_code == 422
    assert "已有同名的渠道" in answer.text


def test_a_trial_is_put_down_and_a_channel_goes_off_and_on(scene, office):
    outlet = create_outlet(scene.town.community)
    db.session.commit()
    url = f"/jobs/channels/{outlet.id}"
    assert office.post(f"{url}/try", data=sent()).status_code == 303
    [trial] = sendings()
    assert (trial.subject, trial.state) == (Subject.TRIAL, SendingState.PENDING)
    assert trial.head.startswith("【")
    off = office.post(f"{url}/off", data=sent(version=outlet.version))
    assert off.status_code == 303
    assert not fresh(Outlet, outlet.id).is_on
    stale = office.post(f"{url}/off", data=sent(version=1))
    assert stale.status_code == 409
    refused = office.post(f"{url}/try", data=sent())
    assert refused.status_code == 409
    assert "渠道已停用" in refused.text
    version = fresh(Outlet, outlet.id).version
    assert office.post(f"{url}/on", data=sent(version=version)).status_code == 303
    assert fresh(Outlet, outlet.id).is_on


def test_a_post_is_published_from_its_page_and_twice_a_day_is_asked_about(scene, station):
    post = published(scene)
    group = create_outlet(scene.town.community)
    account = create_outlet(scene.town.community, OutletKind.BY_HAND, "社区公众号")
    db.session.commit()
    url = f"/jobs/{post.id}/channels"
    for page in (f"/jobs/{post.id}", f"/jobs/{post.id}/share"):
        assert url in station.get(page).text
    assert "写字楼保洁员" in station.get(url).text
    none = station.post(url, data=sent())
    assert none.status_code == 422
    assert "请至少选一个渠道" in none.text
    assert station.post(url, data=sent(outlets=["99999"])).status_code == 422
    form = sent(outlets=[str(group.id), str(account.id)])
    assert [station.post(url, data=form).status_code for _ in range(2)] == [303, 303]
    made = sendings()
    states = {one.outlet_id: one.state for one in made}
    assert states == {group.id: SendingState.PENDING, account.id: SendingState.BY_HAND}
    words = db.session.scalar(select(SendingPost.words).where(SendingPost.sending_id == made[0].id))
    assert words.endswith(f"/jobs/{post.id}")
    assert "3000" in words
    again = station.post(url, data=sent(outlets=[str(group.id)]))
    assert again.status_code == 409
    for said in ("今天已经发到过：鱼凫小区网格群", "确认再发一次", "checked"):
        assert said in again.text
    once_more = sent(outlets=[str(group.id)], again="1")
    assert station.post(url, data=once_more).status_code == 303
    assert len(sendings()) == 3
    page = station.get(url).text
    assert page.count("鱼凫小区网格群") >= 3


def test_a_post_that_is_over_or_of_others_is_not_published(app, scene, station):
    post = published(scene)
    elsewhere = browser(app, create_account("station", scene.town.generals[0].path))
    assert elsewhere.get(f"/jobs/{post.id}/channels").status_code == 404
    resident = browser(app, create_account("resident", scene.town.micros[0].path))
    assert resident.get(f"/jobs/{post.id}/channels").status_code == 403
    assert "/channels" not in resident.get(f"/jobs/{post.id}").text
    post = fresh(JobPost, post.id)
    operations.withdraw_post(db.session(), post, version=post.version, **act(scene.handler))
    db.session.commit()
    assert station.get(f"/jobs/{post.id}/channels").status_code == 410
    assert station.post(f"/jobs/{post.id}/channels", data=sent()).status_code == 410


def test_a_community_without_channels_is_told_where_they_are_entered(scene, station):
    page = station.get(f"/jobs/{published(scene).id}/channels").text
    assert "没有在用的发布渠道" in page
    assert "还没有发布渠道" in station.get("/jobs/channels").text
    assert "今天还没有新岗位" not in station.get("/jobs/channels/today").text


def test_the_new_posts_of_the_day_go_as_one_text(scene, station):
    outlet = create_outlet(scene.town.community)
    yesterday = clock.now() - timedelta(days=1)
    published(scene, at=yesterday, title="昨天的岗位")
    empty = station.get("/jobs/channels/today").text
    assert "今天还没有新岗位" in empty
    first, second = published(scene), published(scene, title="园区绿化养护员")
    page = station.get("/jobs/channels/today").text
    assert "园区绿化养护员" in page
    assert "昨天的岗位" not in page
    url = f"/jobs/channels/today?grid={scene.town.community.path}"
    assert station.post(url, data=sent(outlets=[str(outlet.id)])).status_code == 303
    [sending] = sendings()
    listed = set(db.session.scalars(select(SendingPost.post_id)))
    assert listed == {first.id, second.id}
    assert sending.tail.endswith("/jobs")
    twice = station.post(url, data=sent(outlets=[str(outlet.id)]))
    assert twice.status_code == 409
    town = scene.town.town.path
    assert station.get(f"/jobs/channels/today?grid={town}").status_code == 404


def test_a_fair_is_published_from_its_desk(scene, station):
    fair = create_fair(scene.town.community, day=clock.today() + timedelta(days=2))
    outlet = create_outlet(scene.town.community, OutletKind.BY_HAND, "社区公众号")
    db.session.commit()
    url = f"/jobs/fairs/{fair.id}/channels"
    assert url in station.get(f"/jobs/fairs/{fair.id}/desk").text
    assert station.post(url, data=sent(outlets=[str(outlet.id)])).status_code == 303
    [sending] = sendings()
    assert sending.fair_id == fair.id
    assert "金秋家门口招聘会" in sending.head
    assert sending.tail.endswith(f"/jobs/fairs/{fair.id}")


def test_what_is_pasted_by_hand_is_ready_with_codes_and_said_once(scene, station):
    post = published(scene)
    outlet = create_outlet(scene.town.community, OutletKind.BY_HAND, "社区公众号")
    db.session.commit()
    station.post(f"/jobs/{post.id}/channels", data=sent(outlets=[str(outlet.id)]))
    [sending] = sendings()
    url = f"/jobs/channels/sent/{sending.id}"
    page = station.get(url).text
    for there in (f"/jobs/{post.id}", f'id="code-{post.id}"', "我已发布", 'data-do="copy"'):
        assert there in page
    form = sent()
    assert [station.post(f"{url}/done", data=form).status_code for _ in range(2)] == [303, 303]
    assert station.post(f"{url}/done", data=sent()).status_code == 409
    kept = sendings()[0]
    assert kept.state is SendingState.SENT
    assert f"/jobs/{post.id}" in kept.words
    assert "我已发布" not in station.get(url).text


def test_what_can_be_had_no_more_is_not_pasted(scene, station):
    post = published(scene)
    outlet = create_outlet(scene.town.community, OutletKind.BY_HAND, "社区公众号")
    db.session.commit()
    station.post(f"/jobs/{post.id}/channels", data=sent(outlets=[str(outlet.id)]))
    [sending] = sendings()
    post = fresh(JobPost, post.id)
    operations.withdraw_post(db.session(), post, version=post.version, **act(scene.handler))
    db.session.commit()
    page = station.get(f"/jobs/channels/sent/{sending.id}").text
    assert "不用再发了" in page
    assert "我已发布" not in page
    done = station.post(f"/jobs/channels/sent/{sending.id}/done", data=sent())
    assert done.status_code == 409


def test_what_went_where_is_narrowed_page_by_page_in_a_fixed_number_of_queries(app, scene, station):
    post = published(scene)
    group = create_outlet(scene.town.community)
    account = create_outlet(scene.town.community, OutletKind.BY_HAND, "社区公众号")
    db.session.commit()
    put(group, 3)
    few = cost(station)
    put(group, 60)
    put(account, 1, state=SendingState.BY_HAND)
    db.session.add(SendingPost(sending_id=sendings()[-1].id, post_id=post.id, place=0, words="x"))
    db.session.commit()
    assert cost(station) == few
    page = station.get("/jobs/channels/sent").text
    last = sendings()[-50].id
    assert f"before={last}" in page
    behind = station.get(f"/jobs/channels/sent?before={last}").text
    assert behind.count("/jobs/channels/sent/") == 14
    for asked in (f"to={account.id}", "state=by_hand", f"post={post.id}"):
        found = station.get(f"/jobs/channels/sent?{asked}").text
        assert found.count("/jobs/channels/sent/") == 1, asked
    assert "没有这样的记录" in station.get("/jobs/channels/sent?what=fair").text
    odd = station.get("/jobs/channels/sent?to=x&what=y&state=z&before=q&post=-1")
    assert odd.status_code == 200
    neighbour = browser(app, create_account("station", scene.town.generals[0].path))
    assert "/jobs/channels/sent/" not in neighbour.get("/jobs/channels/sent").text
    assert neighbour.get(f"/jobs/channels/sent/{last}").status_code == 404


def put(outlet, count, state=SendingState.PENDING):
    """Insert trial messages that were asked for."""
    now = clock.now()
    for _ in range(count):
        db.session.add(
            Sending(
                outlet_id=outlet.id,
                subject=Subject.TRIAL,
                day=clock.today(),
                title="试发",
                head="试发一条",
                tail="",
                state=state,
                due_at=now,
                asked_at=now,
            )
        )
    db.session.commit()


def cost(client):
    with counted() as asked:
        assert client.get("/jobs/channels/sent").status_code == 200
    return len(asked)
