"""One's own notices: the bell, the list by day, opening, how they arrive; the office's deliveries."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from counting import counted
from factories import create_account, create_town, log_in, viewer_of
from notices.people_told import create_person, deliveries, notices, tell
from planning import planned
from sqlalchemy import select, update

from intranet import files, sealing
from intranet.audit import AuditEntry
from intranet.cameras.cli import camera
from intranet.db import db
from intranet.notices import queries
from intranet.notices.models import (
    DeliveryState,
    NoticeAddress,
    NoticeChoice,
    NoticeDelivery,
    Topic,
    Trouble,
)

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
BELL = re.compile(r'class="bell"[^>]*aria-label="([^"]*)"')


@pytest.fixture
def town(app):
    return create_town()


@pytest.fixture
def member(client, town):
    account = create_account("micro_member", town.micros[0].path)
    log_in(client, account)
    return account


def bell(client, url="/"):
    found = BELL.search(client.get(url).get_data(as_text=True))
    return found[1] if found else None


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "通知"), (1, "通知，1 条未读"), (99, "通知，99 条未读"), (120, "通知，99+ 条未读")],
)
def test_the_bell_on_every_page_says_how_many_are_unread(client, town, member, count, words):
    for number in range(count):
        tell(town, [member], key=str(number), commit=False)
    db.session.commit()

    assert bell(client) == bell(client, "/grids") == words


def test_a_device_has_no_bell_and_asks_the_database_nothing_for_one(client, town):
    log_in(client, create_account("wall", town.community.path, is_device=True))
    with counted() as statements:
        assert bell(client, "/cameras") is None
    assert not [one for one in statements if "notice" in one]
    assert client.get("/notices").status_code == 403


def test_the_unread_are_found_by_their_own_index_however_many_are_read(app, town, member):
    bell_asks = queries._UNREAD._statement.params(account_id=member.id)
    for query in (bell_asks, queries.notices_query(viewer_of(member), unread=True)):
        assert "ix_notice_unread" in planned(query, by={"notice": "ix_notice_unread"})
    db.session.rollback()


def test_the_list_is_by_day_newest_first_in_a_fixed_number_of_queries(client, town, member):
    for days in range(3):
        tell(town, [member], key=f"day{days}", at=NOON + timedelta(days=days))
    with counted() as few:
        page = client.get("/notices").get_data(as_text=True)
    for number in range(80):
        tell(town, [member], key=str(number), at=NOON + timedelta(days=3), commit=False)
    db.session.commit()
    with counted() as many:
        client.get("/notices")

    assert re.findall(r'<h2 class="day">([^<]*)', page) == [
        "2026-11-26",
        "2026-11-25",
        "2026-11-24",
    ]
    assert len(few) == len(many) <= 4


def test_all_pages_together_show_each_notice_once(client, town, member):
    for number in range(2 * queries.PAGE + 5):
        tell(town, [member], key=str(number), commit=False)
    db.session.commit()
    seen, url = [], "/notices"
    while url:
        page = client.get(url).get_data(as_text=True)
        seen += re.findall(r"/notices/(\d+)/open", page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        url = older and older[1].replace("&amp;", "&")

    assert len(seen) == len(set(seen)) == 2 * queries.PAGE + 5
    assert seen == sorted(seen, key=int, reverse=True)


def test_opening_marks_it_read_and_goes_where_it_leads(client, town, member):
    tell(town, [member], url="/grids?vacant=1")
    only = notices()[0]
    assert client.get("/notices").status_code == 200
    assert notices()[0].read_at is None, "looking at the list marks nothing"

    answer = client.post(f"/notices/{only.id}/open")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/grids?vacant=1")
    first_read = notices()[0].read_at
    assert first_read is not None
    client.post(f"/notices/{only.id}/open")
    assert notices()[0].read_at == first_read
    page = client.get("/notices").get_data(as_text=True)
    assert 'href="/grids?vacant=1"' in page
    assert client.get(f"/notices/{only.id}/open").status_code == 405
    assert bell(client) == "通知"


def test_nobody_finds_or_opens_anothers_notice(app, client, town, member):
    other = create_account("secretary", town.community.path)
    tell(town, [other])
    theirs = notices()[0]

    assert client.post(f"/notices/{theirs.id}/open").status_code == 404
    client.post("/notices/read", data={"up_to": str(theirs.id)})
    assert notices()[0].read_at is None
    assert f"/notices/{theirs.id}/" not in client.get("/notices").get_data(as_text=True)


def test_marking_all_read_leaves_what_came_since_the_page_was_made(client, town, member):
    tell(town, [member], key="seen")
    page = client.get("/notices").get_data(as_text=True)
    up_to = re.search(r'name="up_to" value="(\d+)"', page)[1]
    tell(town, [member], key="later")

    assert client.post("/notices/read", data={"up_to": up_to}).status_code == 303
    assert [one.key for one in notices() if one.read_at is None] == ["later"]
    for nonsense in ("", "x", "-1", "9" * 30):
        assert client.post("/notices/read", data={"up_to": nonsense}).status_code == 303


def test_the_unread_alone_can_be_listed_and_emptiness_has_words(client, town, member):
    assert "还没有通知" in client.get("/notices").get_data(as_text=True)
    assert "全部已读" in client.get("/notices?unread=1").get_data(as_text=True)
    tell(town, [member], key="a", urgent=True)
    page = client.get("/notices?unread=1").get_data(as_text=True)
    assert "紧急" in page
    assert "没有更早的通知" in client.get("/notices?before=1").get_data(as_text=True)


def test_words_are_in_the_language_of_the_page_and_personal_or_odd_ones_are_escaped(
    client, town, member
):
    tell(
        town,
        [member],
        words="%(count)s characters at most: %(what)s",
        params={"count": 3, "what": "<b>"},
    )
    client.post("/locale", data={"locale": "en", "next": "/notices"})
    page = client.get("/notices").get_data(as_text=True)
    assert "&lt;b&gt;" in page
    assert "Incident given to you" in page


SENT = {
    "quiet_from": "22:30",
    "quiet_to": "06:15",
    "mail-address": "zhang.shuying@example.cn",
    "mail-topic-incident_assigned": "y",
    "mail-topic-account": "y",
    "sms-address": "",
}


def recorded():
    db.session.rollback()
    rows = db.session.execute(select(NoticeChoice.channel, NoticeChoice.topic)).all()
    return sorted((channel, topic.value) for channel, topic in rows)


def test_what_a_person_chooses_is_kept_sealed_and_shown_masked(client, town, member):
    page = client.get("/me/notices").get_data(as_text=True)
    assert page.count("checked") == 2 * 9, "a new channel begins with everything ticked"
    assert 'value="22:00"' in page
    assert 'value="07:00"' in page

    answer = client.post("/me/notices", data=SENT)
    assert answer.status_code == 303
    assert recorded() == [("mail", "account"), ("mail", "incident_assigned")]
    row = db.session.scalars(select(NoticeAddress)).one()
    assert "zhang" not in row.sealed
    assert row.masked == "z***@example.cn"
    page = client.get("/me/notices").get_data(as_text=True)
    assert "zhang.shuying" not in page
    assert "z***@example.cn" in page
    assert 'value="22:30"' in page
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry.action == "notices:settings:change"
    assert "example.cn" not in entry.details

    client.post("/me/notices", data={**SENT, "mail-address": ""})
    assert recorded() == [("mail", "account"), ("mail", "incident_assigned")], "empty keeps it"
    client.post("/me/notices", data={**SENT, "mail-address": "", "mail-remove": "y"})
    assert recorded() == []
    db.session.rollback()
    assert db.session.scalars(select(NoticeAddress)).all() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mail-address", "no address"),
        ("mail-address", "a@b.cn&bcc=all@example.cn"),
        ("mail-address", "a@b.cn,c@d.cn"),
        ("sms-address", "12345"),
        ("sms-address", "1381234567八"),
        ("sms-address", "13812345678/../x"),
        ("quiet_from", "25:00"),
        ("quiet_to", ""),
    ],
)
def test_what_cannot_be_taken_is_said_beside_its_field_and_changes_nothing(
    client, town, member, field, value
):
    answer = client.post("/me/notices", data={**SENT, field: value})

    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert f'id="{field}-error"' in page
    db.session.rollback()
    assert recorded() == []
    assert db.session.scalars(select(NoticeAddress)).all() == []


def test_a_robots_webhook_is_pasted_whole_and_another_hosts_is_refused(app, town):
    from intranet.errors import InputError
    from intranet.notices.operations import addresses

    assert addresses.clean("sms", "１３８ 1234-5678") == "13812345678"
    good = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a-7aoc"
    assert addresses.clean("wecom", good) == "693a-7aoc"
    token = "https://oapi.dingtalk.com/robot/send?access_token=abc123"
    assert addresses.clean("dingtalk", token) == "abc123"
    assert addresses.clean("wecom", "ZhangShuYing") == "ZhangShuYing"
    for bad in (
        "https://evil.example/cgi-bin/webhook/send?key=693a",
        "https://qyapi.weixin.qq.com/?key=a/../b",
        "https://[",
        "a b",
        "a/b",
        "x" * 300,
        "",
    ):
        with pytest.raises(InputError):
            addresses.clean("wecom", bad)


def test_a_resident_is_asked_only_about_what_residents_are_told(client, town):
    log_in(client, create_account("resident", town.micros[0].path))
    page = client.get("/me/notices").get_data(as_text=True)

    assert "您上报事件的进展" in page
    assert "派给您的事件" not in page


def test_without_channels_the_page_says_so_and_notices_still_appear(
    app, client, town, member, monkeypatch
):
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], notice_channels=()))
    assert "尚未配置其他渠道" in client.get("/me/notices").get_data(as_text=True)
    assert client.post("/me/notices/test").status_code == 303
    assert bell(client) == "通知，1 条未读"


def test_an_address_left_with_a_channel_that_is_gone_can_be_removed(
    app, client, town, member, monkeypatch
):
    client.post("/me/notices", data=SENT)
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], notice_channels=()))
    page = client.get("/me/notices").get_data(as_text=True)
    assert "此渠道已不再配置" in page
    assert "z***@example.cn" in page

    client.post("/me/notices", data={**SENT, "mail-address": "", "mail-remove": "y"})
    db.session.rollback()
    assert db.session.scalars(select(NoticeAddress)).all() == []


def test_a_test_goes_to_every_address_at_once_and_twice_a_minute_is_once(client, town):
    person = create_person(town, channels=("mail", "sms"), topics=(), minutes=(0, 1439))
    log_in(client, person)
    for _press in range(2):
        assert client.post("/me/notices/test").status_code == 303

    assert len(notices()) <= 2  # the minute may end between the two
    assert {one.channel for one in deliveries()} == {"mail", "sms"}
    assert all(one.due_at == one.told_at for one in deliveries()), "quiet hours do not hold it up"
    assert "待发送" in client.get("/me/notices").get_data(as_text=True)


def give_up(account_ids=None):
    db.session.execute(
        update(NoticeDelivery).values(
            state=DeliveryState.GIVEN_UP, attempts=8, ended_at=NOON, trouble=Trouble.REFUSED
        )
    )
    db.session.commit()


def test_the_administrator_sees_what_was_given_up_and_has_it_sent_again(client, town):
    tell(town, [create_person(town)], topic=Topic.INCIDENT_DUE)
    give_up()
    log_in(client, create_account("admin", town.county.path))
    page = client.get("/notices/deliveries").get_data(as_text=True)
    assert "网关拒绝或无法连接" in page
    assert "13800000001" not in page
    only = deliveries()[0]

    assert client.post(f"/notices/deliveries/{only.id}/again").status_code == 303
    assert [(one.state, one.attempts) for one in deliveries()] == [(DeliveryState.PENDING, 0)]
    assert client.post(f"/notices/deliveries/{only.id}/again").status_code == 409
    assert "待发送" in client.get("/notices/deliveries?list=waiting").get_data(as_text=True)
    for odd in ("?list=x", "?before=x", "?before=-1", "?before=99999999999", "?list=sent"):
        assert client.get(f"/notices/deliveries{odd}").status_code == 200


def test_an_administrator_of_another_place_finds_none_of_them(client, town):
    tell(town, [create_person(town)])
    give_up()
    log_in(client, create_account("admin", town.generals[1].path))
    only = deliveries()[0]

    assert client.post(f"/notices/deliveries/{only.id}/again").status_code == 404
    assert "没有放弃的投递" in client.get("/notices/deliveries").get_data(as_text=True)


def test_deliveries_are_listed_in_a_fixed_number_of_queries(client, town):
    people = [create_person(town, number=n) for n in range(3)]
    log_in(client, create_account("admin", town.county.path))
    tell(town, people, key="a")
    with counted() as few:
        client.get("/notices/deliveries?list=waiting")
    for number in range(12):
        tell(town, people, key=str(number), commit=False)
    db.session.commit()
    with counted() as many:
        page = client.get("/notices/deliveries?list=waiting").get_data(as_text=True)

    assert len(few) == len(many) <= 5
    assert 'rel="next"' in page


def test_addresses_are_sealed_anew_with_the_rest(app, town, base_settings, monkeypatch):
    keys = base_settings.data_dir / "field_keys"
    kept = keys.read_bytes()
    monkeypatch.setattr("intranet.create_app", lambda settings: app)
    monkeypatch.setenv("INTRANET_DATABASE_URL", base_settings.database_url)
    monkeypatch.setenv("INTRANET_DATA_DIR", str(base_settings.data_dir))
    create_person(town, channels=("mail", "sms"))
    db.session.rollback()
    held = files.renew_seals()  # other tests of this house have left some behind
    try:
        answer = CliRunner().invoke(camera, ["renew-seals"], catch_exceptions=False)
        told = f"0 cameras, 2 personal fields and {held} files sealed with a new key\n"
        assert answer.output == told
        keys.write_bytes(keys.read_bytes().splitlines()[0] + b"\n")
        found = {sealing.unseal(one) for one in db.session.scalars(select(NoticeAddress.sealed))}
    finally:
        keys.write_bytes(kept)
        sealing.configure(base_settings)
    assert found == {"person1@example.cn", "13800000001"}
