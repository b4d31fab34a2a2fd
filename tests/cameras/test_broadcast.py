"""One recording through several cameras: chosen, confirmed, sent once, and again where it failed."""

from __future__ import annotations

import io
import re
import threading
from dataclasses import replace
from datetime import time, timedelta
from functools import partial

import pytest
from factories import create_account
from media.talking import clip
from sqlalchemy import select
from talk_town import MIDNIGHT, NOON, browser, door, hang, member, send, town  # noqa: F401

from intranet import clock, files, once
from intranet.audit import AuditEntry
from intranet.cameras import tasks
from intranet.cameras.models import Broadcast, BroadcastCamera, Camera, Talk, TalkState, Unsent
from intranet.cameras.operations import broadcasting
from intranet.config import QuietHours
from intranet.db import db
from intranet.media.door import TalkReport, TalkTrouble

HTMX = {"HX-Request-Type": "partial", "HX-Request": "true"}


@pytest.fixture
def street(app, town):
    """Three cameras in the member's micro-grid: C-1, C-3, C-4."""
    for code, name in (("C-3", "菜市场"), ("C-4", "小学门口")):
        hang(app, code, name, town.micros[0].path)
    db.session.commit()
    return town


def make(client, *codes, sound=None, **fields):
    form = {"camera": list(codes), "once": once.new_key(), **fields}
    if sound != b"":
        form["clip"] = (io.BytesIO(sound or clip(seconds=0.5)), "voice.webm")
    return client.post("/cameras/broadcast", data=form)


def made(client, *codes, **fields):
    """Make one and return the address of its page."""
    answer = make(client, *codes, **fields)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return answer.headers["Location"]


def confirm(client, page, way="confirm", **fields):
    return client.post(f"{page}/{way}", data={"once": once.new_key(), **fields})


def told(door, wanted, trouble=None):
    began = None if trouble else NOON.timestamp()
    door.talk_told(TalkReport(wanted.id, began, NOON.timestamp() + 1, trouble))
    db.session.rollback()


def talks():
    db.session.rollback()
    found = db.session.execute(
        select(Talk.__table__, Camera.code)
        .join(Camera, Camera.id == Talk.camera_id)
        .order_by(Talk.id)
    ).all()
    db.session.rollback()
    return found


def summary(client, page):
    text = client.get(page).get_data(as_text=True)
    found = re.search(r'class="cast-sum"[^>]*>(.*?)</p>', text, re.DOTALL)
    return re.sub(r"\s+", "", found[1])


@pytest.fixture
def at_night(app, monkeypatch):
    night = QuietHours(time(22), time(7))
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], talk_quiet=night))

    def fall():
        monkeypatch.setattr(clock, "now", lambda: MIDNIGHT)

    return fall


def test_it_is_heard_at_three_cameras_after_it_was_confirmed_and_not_before(
    app, street, member, door
):
    client = browser(app, member)
    assert "多路喊话" in client.get("/cameras").get_data(as_text=True)
    form = client.get("/cameras/broadcast?camera=C-3&camera=C-1").get_data(as_text=True)
    assert len(re.findall(r'value="C-\d" checked', form)) == 2
    page = made(client, "C-1", "C-3", "C-4")
    text = client.get(page).get_data(as_text=True)
    assert "将在 3 个摄像头播出" in text
    assert "菜市场" in text
    assert "小学门口" in text
    assert client.get(f"{page}/sound").get_data().startswith(b"\x1a\x45")
    assert talks() == []
    assert door.talks_taken(32) == []

    answer = confirm(client, page)
    assert answer.headers["Location"] == page
    kept = talks()
    assert {one.code for one in kept} == {"C-1", "C-3", "C-4"}
    assert len({one.file_key for one in kept}) == 3, "each is forgotten by itself"
    assert len({files.content(one.file_key) for one in kept}) == 1
    wanted = door.talks_taken(32)
    assert len(wanted) == 3
    assert summary(client, page) == "3个摄像头：0已播出，3正在进行"
    for one in wanted:
        told(door, one)
    assert summary(client, page) == "3个摄像头：3已播出"
    trail = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "cameras:talk:speak")
    ).all()
    assert {entry.object_id for entry in trail} == {"C-1", "C-3", "C-4"}


def test_confirmed_twice_is_sent_once(app, street, member, door):
    client = browser(app, member)
    page = made(client, "C-1", "C-3")
    data = {"once": once.new_key()}
    for _press in range(2):
        assert client.post(f"{page}/confirm", data=data).status_code == 303
    assert confirm(client, page).status_code == 303
    assert len(talks()) == 2
    for wanted in door.talks_taken(32):
        told(door, wanted)
    assert confirm(client, page).status_code == 303
    assert confirm(client, page, "again").status_code == 303
    assert len(talks()) == 2, "what was heard is never repeated"


def test_where_somebody_is_speaking_it_is_not_sent_and_is_said_by_name(app, street, member, door):
    other = create_account("micro_member", street.micros[0].path, display_name="吴哥")
    assert send(browser(app, other), code="C-3").status_code == 200
    client = browser(app, member)
    page = made(client, "C-1", "C-3", "C-4")
    confirm(client, page)
    assert len(talks()) == 3
    text = client.get(page).get_data(as_text=True)
    assert "吴哥正在那里喊话" in text
    assert "再发一次" not in text, "only when the others are over"
    mine = {one.id: one.code for one in talks() if one.account_id == member.id}
    for wanted in door.talks_taken(32):
        dropped = TalkTrouble.DROPPED if mine.get(wanted.id) == "C-4" else None
        told(door, wanted, dropped)
    assert summary(client, page) == "3个摄像头：1已播出，1失败，1正忙"

    assert "再发一次" in client.get(page).get_data(as_text=True)
    assert confirm(client, page, "again").status_code == 303
    anew = [one for one in talks() if one.state == TalkState.WAITING]
    assert sorted(one.code for one in anew) == ["C-3", "C-4"]
    assert len({one.file_key for one in talks()}) == 5
    for wanted in door.talks_taken(32):
        told(door, wanted)
    assert summary(client, page) == "3个摄像头：3已播出"
    assert "再发一次" not in client.get(page).get_data(as_text=True)


def test_the_page_asks_again_only_while_something_is_under_way(app, street, member, door):
    client = browser(app, member)
    page = made(client, "C-1", "C-3")
    confirm(client, page)
    text = client.get(page).get_data(as_text=True)
    poll = re.search(r'hx-get="([^"]+)" hx-trigger="every', text)[1]
    assert client.get(poll, headers=HTMX).status_code == 204
    first, second = door.talks_taken(32)
    changed = client.get(poll, headers=HTMX)
    assert changed.status_code == 200
    part = changed.get_data(as_text=True)
    assert "<html" not in part
    assert "every 1s" in part
    told(door, first)
    told(door, second, TalkTrouble.DROPPED)
    assert "every 1s" not in client.get(poll, headers=HTMX).get_data(as_text=True)


def test_what_no_worker_took_is_told_as_over_and_may_be_sent_again(
    app, street, member, monkeypatch
):
    client = browser(app, member)
    page = made(client, "C-1", "C-3")
    confirm(client, page)
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(seconds=30))
    assert summary(client, page) == "2个摄像头：0已播出，2失败"
    assert confirm(client, page, "again").status_code == 303
    assert [one.state for one in talks()] == [TalkState.FAILED] * 2 + [TalkState.WAITING] * 2


def test_what_was_said_again_by_itself_is_offered_by_the_broadcast_no_more(
    app, street, member, door
):
    client = browser(app, member)
    page = made(client, "C-1", "C-3")
    confirm(client, page)
    for wanted in door.talks_taken(32):
        told(door, wanted, TalkTrouble.DROPPED)
    assert summary(client, page) == "2个摄像头：0已播出，2失败"
    for one in talks():
        client.post(f"/cameras/talks/{one.id}/again", data={"once": once.new_key()})
        [wanted] = door.talks_taken(32)
        told(door, wanted)
    assert summary(client, page) == "2个摄像头：2已播出"
    assert "再发一次" not in client.get(page).get_data(as_text=True)
    confirm(client, page, "again")
    assert len(talks()) == 4

    page = made(client, "C-1")
    confirm(client, page)
    told(door, *door.talks_taken(32), TalkTrouble.DROPPED)
    confirm(client, page, "again")
    told(door, *door.talks_taken(32))
    failed = talks()[-2].id
    assert talks()[-1].again_of == failed
    assert f"/cameras/talks/{failed}/again" not in client.get("/cameras/C-1/talks").get_data(
        as_text=True
    )


def test_nobody_speaks_outside_the_own_grid_or_in_another_s_name(app, street, member):
    client = browser(app, member)
    assert make(client, "C-1", "C-2").status_code == 404, "C-2 stands in another micro-grid"
    assert make(client, "C-1", "C-99").status_code == 404
    assert 'value="C-2"' not in client.get("/cameras/broadcast?camera=C-2").get_data(as_text=True)
    page = made(client, "C-1")
    colleague = browser(app, create_account("micro_member", street.micros[0].path))
    assert colleague.get(page).status_code == 404
    assert colleague.get(f"{page}/sound").status_code == 404
    assert confirm(colleague, page).status_code == 404
    assert colleague.get(page.replace("broadcasts/", "broadcast?earlier=")).status_code == 404
    resident = browser(app, create_account("resident", street.micros[0].path))
    assert resident.get("/cameras/broadcast").status_code == 403
    assert "多路喊话" not in resident.get("/cameras").get_data(as_text=True)
    assert talks() == []


def test_a_camera_taken_down_before_it_is_confirmed_is_left_out_and_named(app, street, member):
    client = browser(app, member)
    page = made(client, "C-1", "C-3")
    db.session.rollback()
    db.session.scalars(select(Camera).where(Camera.code == "C-3")).one().retired_at = NOON
    db.session.commit()
    confirm(client, page)
    assert [one.code for one in talks()] == ["C-1"]
    assert "摄像头已停用或不归您管，未发送" in client.get(page).get_data(as_text=True)


def test_what_cannot_be_taken_is_said_beside_its_field(app, street, member, monkeypatch):
    client = browser(app, member)
    for status, words, answer in (
        (422, "请至少选择一个摄像头", make(client)),
        (422, "clip-error", make(client, "C-1", sound=b"")),
        (415, "clip-error", make(client, "C-1", sound=b"no recording at all")),
        (422, "clip-error", make(client, "C-1", sound=clip(seconds=31.6))),
    ):
        assert answer.status_code == status
        assert words in answer.get_data(as_text=True)
        assert 'value="C-3"' in answer.get_data(as_text=True)
    monkeypatch.setattr(broadcasting, "CAMERAS_MAX", 2)
    many = make(client, "C-1", "C-3", "C-4")
    assert many.status_code == 422
    assert "一次最多 2 个摄像头" in many.get_data(as_text=True)
    assert len(re.findall(r'value="C-\d" checked', many.get_data(as_text=True))) == 3
    assert db.session.scalars(select(Broadcast)).all() == []


def test_at_night_it_needs_its_reason_and_one_that_waited_for_the_night_does_too(
    app, street, member, at_night
):
    client = browser(app, member)
    page = made(client, "C-1", "C-3")
    at_night()
    assert 'id="cast-reason"' in client.get("/cameras/broadcast").get_data(as_text=True)
    refused = make(client, "C-1", reason=" ")
    assert refused.status_code == 422
    assert 'id="reason-error"' in refused.get_data(as_text=True)
    late = confirm(client, page)
    assert late.status_code == 422
    assert 'id="reason-error"' in late.get_data(as_text=True)
    assert talks() == []
    assert confirm(client, page, reason="河水上涨").status_code == 303
    assert [one.reason for one in talks()] == ["河水上涨"] * 2


def test_going_back_keeps_the_recording_and_the_cameras(app, street, member):
    client = browser(app, member)
    page = made(client, "C-1", "C-3")
    text = client.get(page).get_data(as_text=True)
    change = re.search(r'href="([^"]*earlier=[^"]*)"', text)[1].replace("&amp;", "&")
    form = client.get(change).get_data(as_text=True)
    assert len(re.findall(r'value="C-\d" checked', form)) == 2
    earlier = re.search(r'name="earlier" value="(\d+)"', form)[1]
    second = made(client, "C-4", sound=b"", earlier=earlier)
    assert second != page
    sounds = [client.get(f"{one}/sound").get_data() for one in (page, second)]
    assert sounds[0] == sounds[1]
    db.session.rollback()
    assert len(set(db.session.scalars(select(Broadcast.file_key)))) == 2


def test_what_nobody_confirms_goes_after_an_hour_and_the_sound_of_the_rest_after_a_day(
    app, street, member, monkeypatch
):
    client = browser(app, member)
    left, sent = made(client, "C-1"), made(client, "C-1")
    confirm(client, sent)
    keys = dict(db.session.execute(select(Broadcast.id, Broadcast.file_key)).all())
    first, second = (keys[int(page.rsplit("/", 1)[1])] for page in (left, sent))
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(minutes=59))
    db.session.rollback()
    assert tasks.forget_broadcasts() == 0
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(minutes=61))
    assert tasks.forget_broadcasts() == 1
    assert not files.path(first).exists()
    assert files.path(second).exists()
    assert client.get(left).status_code == 404
    assert len(db.session.scalars(select(BroadcastCamera)).all()) == 1
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(hours=25))
    db.session.rollback()
    assert tasks.forget_broadcasts() == 1
    assert not files.path(second).exists()
    [talk] = talks()
    assert files.path(talk.file_key).exists(), "the talk keeps its own"
    assert client.get(sent).status_code == 200
    assert client.get(f"{sent}/sound").status_code == 404
    again = confirm(client, sent, "again")
    assert again.status_code == 409
    assert "录音已不再保存" in again.get_data(as_text=True)


def test_pressed_at_the_same_moment_by_many_each_camera_has_one_speaker_and_nobody_an_error(
    app, street, member
):
    people = [create_account("micro_member", street.micros[0].path) for _one in range(5)]
    clients = [browser(app, one) for one in (member, *people)]
    pages = [made(one, "C-1", "C-3", "C-4") for one in clients[:3]]
    db.session.rollback()
    pressed = [partial(confirm, one, page) for one, page in zip(clients, pages, strict=False)]
    pressed.append(partial(confirm, clients[0], pages[0]))  # from a second tab
    codes = ("C-4", "C-3", "C-1")
    pressed += [partial(send, one, code=code) for one, code in zip(clients[3:], codes, strict=True)]
    gate, answers = threading.Barrier(len(pressed)), {}

    def press(number):
        gate.wait(10)
        answers[number] = pressed[number]().status_code

    threads = [threading.Thread(target=press, args=(one,)) for one in range(len(pressed))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert [answers[one] for one in range(4)] == [303] * 4, "each is led to how it went"
    spoken = talks()
    assert sorted(one.code for one in spoken) == ["C-1", "C-3", "C-4"], "each camera once"
    speakers = {one.code: one.account_id for one in spoken}
    for number, (who, code) in enumerate(zip(people[2:], codes, strict=True), start=4):
        won = speakers[code] == who.id
        assert answers[number] == (200 if won else 409), code
    names = {one.id: one.display_name for one in (member, *people)}
    for who, page in zip((member, *people[:2]), pages, strict=True):
        cast = int(page.rpartition("/")[2])
        lines = db.session.execute(
            select(Camera.code, BroadcastCamera.unsent, BroadcastCamera.busy_with)
            .join(Camera, Camera.id == BroadcastCamera.camera_id)
            .where(BroadcastCamera.broadcast_id == cast)
        ).all()
        db.session.rollback()
        mine = {one.code for one in spoken if one.broadcast_id == cast}
        assert mine == {code for code, speaker in speakers.items() if speaker == who.id}
        assert {code for code, unsent, _name in lines if unsent is None} == mine
        busy = {code: name for code, unsent, name in lines if unsent is Unsent.BUSY}
        assert busy == {code: names[speakers[code]] for code in speakers if code not in mine}
