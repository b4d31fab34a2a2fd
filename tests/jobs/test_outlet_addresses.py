"""Where channels lead, and where they never may; what robots answer."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from jobs.outlets_factory import create_outlet
from jobs.outlets_scene import ask, group, said_of, sent_of  # noqa: F401
from jobs.posts_scene import act, fresh, published, scene  # noqa: F401
from jobs.rivalry import rivals
from jobs.robot_on_loopback import KEY, TYPED, WELL
from sqlalchemy import func, select

from intranet import clock, sealing
from intranet.audit import AuditEntry
from intranet.db import db
from intranet.errors import InputError
from intranet.jobs import operations, tasks
from intranet.jobs.models import Fault, Outlet, OutletKind, SendingState
from intranet.notices import gateway
from intranet.notices.models import Trouble


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


def change(scene, outlet, **facts):
    db.session.commit()
    outlet = fresh(Outlet, outlet.id)
    facts = {"version": outlet.version, "name": outlet.name} | facts
    operations.change_outlet(db.session(), outlet=outlet, **facts, **act(scene.station))
    db.session.commit()


def test_a_robot_that_was_replaced_gets_what_waits_for_the_channel(app, scene, group):
    outlet = create_outlet(scene.town.community)
    [sending] = ask(scene, said_of(published(scene)), outlet)
    new = "0b1c2d3e-new-robot-of-the-group"
    change(scene, outlet, typed=TYPED.replace(KEY, new), name="鱼凫小区新群")
    outlet = fresh(Outlet, outlet.id)
    assert (outlet.name, outlet.masked) == ("鱼凫小区新群", "qyapi.weixin.qq.com ****roup")
    assert new not in outlet.sealed

    assert tasks.send_out() == 1
    assert [path for path, _body in group.arrived] == [f"/cgi-bin/webhook/send?key={new}"]
    assert sent_of(sending).outlet_id == outlet.id
    [entry] = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "jobs:outlet:lead")
    ).all()
    assert new not in entry.details
    assert "鱼凫小区网格群" in entry.details


def test_without_an_address_the_kept_one_stays(app, scene):
    outlet = create_outlet(scene.town.community)
    kept = (outlet.sealed, outlet.masked)
    change(scene, outlet, name="鱼凫小区新群", typed=" ")
    outlet = fresh(Outlet, outlet.id)
    assert (outlet.name, outlet.sealed, outlet.masked) == ("鱼凫小区新群", *kept)
    change(scene, outlet)
    actions = db.session.scalars(select(AuditEntry.action)).all()
    assert actions.count("jobs:outlet:rename") == 1


@pytest.mark.parametrize(
    ("kind", "facts", "field"),
    [
        (OutletKind.WECOM, {"typed": "https://evil.example/send?key=abcdefgh1"}, "address"),
        (OutletKind.DINGTALK, {"signing": "SEC" + "a1" * 16}, "address"),
        (OutletKind.WECOM, {"typed": TYPED, "signing": "SEC" + "a1" * 16}, "signing"),
        (OutletKind.OTHER, {"typed": "json://10.0.0.8/hook"}, "address"),
        (OutletKind.BY_HAND, {"typed": TYPED}, "address"),
        (OutletKind.WECOM, {"name": ""}, "name"),
        (OutletKind.WECOM, {"name": "乙群"}, "name"),
    ],
)
def test_another_address_is_looked_at_as_the_first_was(app, scene, kind, facts, field):
    outlet = create_outlet(scene.town.community, kind, "甲群")
    create_outlet(scene.town.community, name="乙群")
    kept = outlet.sealed
    with pytest.raises(InputError) as caught:
        change(scene, outlet, **facts)
    assert caught.value.field == field
    db.session.rollback()
    assert fresh(Outlet, outlet.id).sealed == kept


def test_of_two_who_change_one_channel_one_is_told(app, scene):
    outlet, station = create_outlet(scene.town.community), scene.station
    outlet_id, version = outlet.id, outlet.version
    db.session.commit()

    def rename(name):
        outlet = db.session.get(Outlet, outlet_id)
        facts = {"outlet": outlet, "version": version, "name": name}
        operations.change_outlet(db.session(), actor=station, at=clock.now(), **facts)

    told = sorted(rivals(app, [partial(rename, name) for name in ("甲群", "乙群")]))
    assert told[0] == ""
    assert told[1].startswith("Somebody else has just changed this")


def test_of_two_channels_that_get_one_name_at_once_one_is_told_beside_it(app, scene):
    station = scene.station
    made = [create_outlet(scene.town.community, name=name) for name in ("甲群", "乙群")]
    ids = [(one.id, one.version) for one in made]
    db.session.commit()

    def rename(outlet_id, version):
        outlet = db.session.get(Outlet, outlet_id)
        facts = {"outlet": outlet, "version": version, "name": "丙群"}
        operations.change_outlet(db.session(), actor=station, at=clock.now(), **facts)

    told = sorted(rivals(app, [partial(rename, *one) for one in ids]))
    assert told == ["", "There is a channel of this name already"]


def test_of_two_who_enter_one_name_at_once_one_is_told_beside_it(app, scene):
    path, station = scene.town.community.path, scene.station
    db.session.commit()

    def enter():
        facts = {"kind": OutletKind.BY_HAND, "name": "社区公众号", "grid_path": path}
        operations.add_outlet(db.session(), actor=station, at=clock.now(), **facts)

    told = sorted(rivals(app, [enter] * 3))
    assert told == ["", *["There is a channel of this name already"] * 2]
    assert db.session.scalar(select(func.count(Outlet.id))) == 1


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


def test_a_url_that_asks_for_redirects_is_not_followed_anywhere(group):
    group.answers = [(307, "/inner")]
    url = f"json://127.0.0.1:{group.port}/push?redirect=yes&verify=no"

    heard = gateway.tell_group("a", url, "岗位", lambda _spoken: True)

    assert [path for path, _body in group.arrived] == ["/push"]
    assert heard.trouble is Trouble.REFUSED


@pytest.mark.parametrize(
    "url",
    [
        "json://127.0.0.1:%s/push",
        "json://127.0.0.1:%s/push?method=put",
        "xml://127.0.0.1:%s/push",
        "form://127.0.0.1:%s/push",
        "gotify://127.0.0.1:%s/Aabcdefghijklmn",
        "mmost://127.0.0.1:%s/abcdefghijklmnopqrstuvwxyz",
        "rocket://user:password@127.0.0.1:%s/#jobs",
    ],
)
@pytest.mark.parametrize("status", [500, 404, 429])
def test_each_other_service_is_heard_when_it_says_no(group, url, status):
    group.answers = [(status, {})]
    heard = gateway.tell_group("a", url % group.port, "岗位", lambda _spoken: True)
    assert (heard.trouble, heard.status) == (Trouble.REFUSED, status)
    assert len(group.arrived) == 1


def test_of_several_answers_the_no_decides(group):
    """Rocket.Chat is logged in to, written to and logged out of."""
    login = {"status": "success", "data": {"authToken": "a" * 16, "userId": "b" * 16}}
    group.answers = [(200, login), (503, {}), (200, {"status": "success"})]
    url = f"rocket://user:password@127.0.0.1:{group.port}/#jobs"
    heard = gateway.tell_group("a", url, "岗位", lambda _spoken: True)
    assert [path for path, _body in group.arrived][-1].endswith("logout")
    assert heard.status == 503


@pytest.mark.parametrize(
    ("status", "state", "fault"),
    [
        (500, SendingState.PENDING, Fault.SERVER),
        (404, SendingState.FAILED, Fault.REFUSED),
    ],
)
def test_a_service_of_ones_own_that_is_out_of_order_is_said_so(
    app, scene, group, monkeypatch, status, state, fault
):
    here = f"127.0.0.1:{group.port}"
    listed = replace(app.config["SETTINGS"], outlet_hosts=(here,))
    monkeypatch.setitem(app.config, "SETTINGS", listed)
    outlet = create_outlet(scene.town.community, OutletKind.OTHER, url=f"json://{here}/push")
    group.answers = [(status, {})]
    [sending] = ask(scene, said_of(published(scene)), outlet)
    assert tasks.send_out() == 0
    kept = sent_of(sending)
    assert (kept.state, kept.fault, kept.answer) == (state, fault, str(status))
