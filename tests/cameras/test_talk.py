"""Who may speak through a camera, when, and what is kept and told of it."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import time, timedelta

import pytest
from factories import create_account
from media.talking import clip
from sqlalchemy import select
from talk_town import JSON, MIDNIGHT, NOON, browser, door, member, only, over, send, town  # noqa: F401

from intranet import clock, files, once
from intranet.audit import AuditEntry
from intranet.cameras import tasks
from intranet.cameras.models import Camera, Misuse, Talk, TalkState
from intranet.config import QuietHours
from intranet.db import db
from intranet.media.door import TalkDriver, TalkReport, TalkTrouble


def test_a_clip_waits_for_the_worker_sealed_and_on_record(app, member, door):
    answer = send(browser(app, member))

    assert answer.status_code == 200
    told = answer.get_json()
    assert (told["state"], told["words"], told["is_open"]) == ("waiting", "已发送", True)
    talk = only()
    assert files.is_sealed(talk.file_key)
    assert talk.sound_milliseconds == pytest.approx(500, abs=60)
    audited = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "cameras:talk:speak")
    ).one()
    assert audited.object_id == "C-1"
    [wanted] = door.talks_taken(32)
    assert wanted.clip == files.content(talk.file_key)
    assert wanted.media_type == "audio/webm"
    assert door.talks_taken(32) == [], "what is taken is given to nobody again"


def test_the_contract_alone_is_enough_and_the_page_answers_people(app, member):
    answer = send(browser(app, member), headers={})

    assert answer.status_code == 303
    assert answer.location.endswith("/cameras/C-1#talk")
    page = browser(app, member).get("/cameras/C-1").get_data(as_text=True)
    assert "已发送" in page
    assert "周姐" in page


@pytest.mark.parametrize(
    ("data", "status", "field"),
    [
        (b"no sound at all", 415, "sound"),
        (clip(seconds=0.5)[:200], 415, "sound"),
        (clip(seconds=33), 422, "clip"),
        (b"", 415, "sound"),
    ],
    ids=["nonsense", "cut off", "too long", "empty"],
)
def test_what_is_no_clip_is_refused_beside_the_field(app, member, data, status, field):
    client = browser(app, member)
    answer = send(client, data)
    assert (answer.status_code, answer.get_json()["field"]) == (status, field)
    page = send(client, data, headers={})
    assert page.status_code == status
    assert 'id="talk-clip-error"' in page.get_data(as_text=True)
    assert db.session.scalars(select(Talk)).all() == []


def kept(app):
    """Return the names of all files there are."""
    return {one.name for one in app.config["SETTINGS"].files_dir.rglob("*") if one.is_file()}


def test_sent_twice_it_is_said_and_kept_once(app, member):
    client, key, before = browser(app, member), once.new_key(), kept(app)
    first = send(client, once=key).get_json()
    assert send(client, once=key).get_json()["id"] == first["id"]
    assert only().id == first["id"]
    assert kept(app) - before == {only().file_key}


def test_of_what_is_refused_no_file_is_left(app, member):
    client, before = browser(app, member), kept(app)
    assert send(client).status_code == 200
    assert send(client).status_code == 409, "somebody is speaking"
    assert send(client, b"no sound at all").status_code == 415
    assert kept(app) - before == {only().file_key}


def test_the_second_is_told_who_speaks_and_goes_on_when_that_is_over(app, town, member, door):
    other = create_account("micro_member", town.micros[0].path, display_name="老吴")
    assert send(browser(app, member)).status_code == 200
    answer = send(browser(app, other))
    assert answer.status_code == 409
    assert answer.get_json()["error"] == "周姐正在用这个摄像头喊话，请稍等"

    page = send(browser(app, other), headers={})
    assert page.status_code == 409
    assert "周姐正在用这个摄像头喊话" in page.get_data(as_text=True)

    [wanted] = door.talks_taken(32)
    door.talk_told(TalkReport(wanted.id, NOON.timestamp()))
    assert only().state is TalkState.SPEAKING
    assert send(browser(app, other)).status_code == 409
    door.talk_told(
        TalkReport(wanted.id, NOON.timestamp(), NOON.timestamp() + 1, None, TalkDriver.ISAPI, 500)
    )
    talk = only()
    assert (talk.state, talk.spoken_milliseconds) == (TalkState.HEARD, 500)
    camera = db.session.scalars(select(Camera).where(Camera.code == "C-1")).one()
    assert camera.talk_driver is TalkDriver.ISAPI, "remembered for the next time"
    assert send(browser(app, other)).status_code == 200


def test_of_many_who_press_at_once_one_speaks(app, town):
    people = [create_account("micro_member", town.micros[0].path) for _ in range(6)]
    clients, gate = [browser(app, one) for one in people], threading.Barrier(6)
    clip()
    db.session.rollback()
    answers = []

    def press(client):
        gate.wait(10)
        answers.append(send(client).status_code)

    threads = [threading.Thread(target=press, args=(one,)) for one in clients]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(answers) == [200, 409, 409, 409, 409, 409]
    only()


def test_what_nobody_took_in_time_is_not_said_later(app, member, door, monkeypatch):
    send(browser(app, member))
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(seconds=21))
    assert door.talks_taken(32) == []
    talk = only()
    assert (talk.state, talk.trouble) == (TalkState.FAILED, TalkTrouble.TOO_LATE)


@pytest.mark.parametrize("taken", [False, True])
def test_a_worker_that_is_gone_does_not_shut_the_camera_for_good(
    app, member, door, monkeypatch, taken
):
    send(browser(app, member))
    if taken:
        door.talks_taken(32)
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(minutes=2))
    assert send(browser(app, member)).status_code == 200
    db.session.rollback()
    found = db.session.scalars(select(Talk).order_by(Talk.id)).all()
    lost = TalkTrouble.CUT_OFF if taken else TalkTrouble.TOO_LATE
    assert [(one.state, one.trouble) for one in found] == [
        (TalkState.FAILED, lost),
        (TalkState.WAITING, None),
    ]


def test_a_worker_that_was_killed_says_nothing_twice(app, member, door):
    send(browser(app, member))
    [wanted] = door.talks_taken(32)
    assert [one.id for one in door.talks_cut_off()] == [wanted.id], "by the next worker"
    assert door.talks_taken(32) == []
    talk = only()
    assert (talk.state, talk.trouble) == (TalkState.FAILED, TalkTrouble.CUT_OFF)
    assert talk.file_key, "the clip is not lost"
    door.talk_told(TalkReport(wanted.id, 1.0, 2.0, None))
    assert only().state is TalkState.FAILED, "what is over stays as it ended"


def test_at_night_one_says_why(app, member, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: MIDNIGHT)
    night = QuietHours(time(22), time(7))
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], talk_quiet=night))
    client = browser(app, member)
    answer = send(client)
    assert (answer.status_code, answer.get_json()["field"]) == (422, "reason")
    page = send(client, headers={}).get_data(as_text=True)
    assert 'id="talk-reason-error"' in page
    assert send(client, reason="楼道起火，请马上下楼").status_code == 200
    assert only().reason == "楼道起火，请马上下楼"


@pytest.mark.parametrize(
    ("begins", "ends", "quiet"),
    [("22:00", "07:00", [23, 3]), ("12:00", "14:00", [12, 13]), ("00:00", "00:00", [])],
)
def test_quiet_hours_may_go_over_midnight_or_not_be_at_all(begins, ends, quiet):
    hours = QuietHours(time.fromisoformat(begins), time.fromisoformat(ends))
    assert [one for one in (3, 7, 12, 13, 14, 21, 23) if hours.holds(time(one))] == sorted(quiet)


def test_only_the_team_of_the_place_speaks(app, town, member):
    assert send(browser(app, member), code="C-2").status_code == 404
    resident = create_account("resident", town.micros[0].path)
    assert send(browser(app, resident)).status_code == 403
    page = browser(app, resident).get("/cameras/C-1").get_data(as_text=True)
    assert "talk-form" not in page
    assert "喊话记录" in page


def test_residents_see_that_their_street_was_spoken_to_and_not_by_whom(app, town, member, door):
    send(browser(app, member))
    over(door)
    resident = browser(app, create_account("resident", town.micros[0].path))
    page = resident.get("/cameras/C-1/talks").get_data(as_text=True)
    assert "微网格员" in page
    assert "周姐" not in page
    assert "周姐" not in resident.get("/cameras/C-1").get_data(as_text=True)
    assert "周姐" in browser(app, member).get("/cameras/C-1/talks").get_data(as_text=True)


@pytest.mark.parametrize("trouble", [TalkTrouble.WRONG_PASSWORD, TalkTrouble.NO_CODEC])
def test_residents_are_shown_no_fault_of_a_camera(app, town, member, door, trouble):
    send(browser(app, member))
    resident = browser(app, create_account("resident", town.micros[0].path))
    for _time in ("while it waits", "after it failed before anything was heard"):
        page = resident.get("/cameras/C-1/talks").get_data(as_text=True)
        assert "这个摄像头还没有喊过话" in page
        assert "已发送" not in resident.get("/cameras/C-1").get_data(as_text=True)
        if only().state is TalkState.WAITING:
            over(door, trouble, heard=False)
    assert resident.post(f"/cameras/talks/{only().id}/misuse").status_code == 404
    send(browser(app, member))
    over(door, TalkTrouble.DROPPED)
    for address in ("/cameras/C-1/talks", "/cameras/C-1"):
        page = resident.get(address).get_data(as_text=True)
        assert "已播出" in page
        assert "断开" not in page
        assert "摄像头中途断开" in browser(app, member).get(address).get_data(as_text=True)


def test_a_worker_that_is_down_is_named_and_what_it_did_not_take_is_never_spoken(
    app, member, door, monkeypatch
):
    client = browser(app, member)
    told = send(client).get_json()
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(seconds=19))
    assert client.get(told["status"], headers=JSON).get_json()["is_open"]
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(seconds=21))
    now = client.get(told["status"], headers=JSON).get_json()
    assert (now["state"], now["is_open"]) == ("failed", False)
    assert "可能没有运行" in now["words"]
    for address in ("/cameras/C-1", "/cameras/C-1/talks"):
        assert "可能没有运行" in client.get(address).get_data(as_text=True)
    again = f"/cameras/talks/{told['id']}/again"
    assert again in client.get("/cameras/C-1/talks").get_data(as_text=True)
    assert only().state is TalkState.WAITING, "a look writes nothing"
    assert client.post(again, data={"once": once.new_key()}).status_code == 303
    db.session.rollback()
    first, second = db.session.scalars(select(Talk).order_by(Talk.id)).all()
    assert (first.trouble, second.state) == (TalkTrouble.TOO_LATE, TalkState.WAITING)
    assert second.again_of == first.id
    assert [one.id for one in door.talks_taken(32)] == [second.id]


def test_misuse_is_reported_with_words_and_on_record(app, town, member, door):
    send(browser(app, member))
    over(door)
    resident = browser(app, create_account("resident", town.micros[0].path))
    talk_id = only().id
    assert resident.post(f"/cameras/talks/{talk_id}/misuse", data={"words": ""}).status_code == 422
    answer = resident.post(f"/cameras/talks/{talk_id}/misuse", data={"words": "骂人了"})
    assert answer.status_code == 303
    db.session.rollback()
    assert db.session.scalars(select(Misuse)).one().words == "骂人了"
    assert db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "cameras:talk:misuse")
    ).one()


def test_listening_to_what_was_said_is_for_those_who_answer_for_it_and_is_written_down(
    app, town, member
):
    send(browser(app, member))
    talk_id = only().id
    assert browser(app, member).get(f"/cameras/talks/{talk_id}/sound").status_code == 403
    leader = create_account("secretary", town.community.path)
    answer = browser(app, leader).get(f"/cameras/talks/{talk_id}/sound")
    assert (answer.status_code, answer.mimetype) == (200, "audio/webm")
    assert answer.headers["Cache-Control"] == "no-store"
    assert db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "cameras:talk:listen")
    ).one()


def test_sounds_go_in_time_and_the_record_stays(app, member, monkeypatch):
    send(browser(app, member))
    key = only().file_key
    days = app.config["SETTINGS"].talk_days
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(days=days, seconds=-1))
    assert tasks.forget_talks() == 0
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(days=days, seconds=1))
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], talk_days=0))
    assert tasks.forget_talks() == 0, "nought keeps them"
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], talk_days=days))
    assert tasks.forget_talks() == 1
    assert not files.path(key).exists()
    assert only().file_key == ""


def test_a_leader_tests_the_loudspeaker_and_the_way_is_looked_for_anew(app, town, member, door):
    camera = db.session.scalars(select(Camera).where(Camera.code == "C-1")).one()
    camera.talk_driver = TalkDriver.DAHUA
    db.session.commit()
    assert browser(app, member).post("/cameras/C-1/talk/test").status_code == 403
    leader = browser(app, create_account("secretary", town.community.path))
    assert "测试喇叭" in leader.get("/cameras/C-1/edit").get_data(as_text=True)
    assert leader.post("/cameras/C-1/talk/test").status_code == 303

    [wanted] = door.talks_taken(32)
    assert wanted.driver is None
    assert wanted.clip.startswith(b"RIFF")


def test_the_chime_passes_in_quiet_hours_with_a_reason_only_and_the_reason_is_shown_by_day(
    app, town, member, door, monkeypatch
):
    monkeypatch.setattr(clock, "now", lambda: MIDNIGHT)
    night = QuietHours(time(22), time(7))
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], talk_quiet=night))
    leader = browser(app, create_account("secretary", town.community.path))
    assert 'id="reason-chime"' in leader.get("/cameras/C-1/edit").get_data(as_text=True)
    before = kept(app)
    refused = leader.post("/cameras/C-1/talk/test", data={"reason": " "})
    assert refused.status_code == 422
    assert 'id="reason-chime-error"' in refused.get_data(as_text=True)
    assert db.session.scalars(select(Talk)).all() == []
    assert kept(app) == before
    answer = leader.post("/cameras/C-1/talk/test", data={"reason": "刚修好，要确认"})
    assert answer.status_code == 303
    over(door)
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(days=1))
    resident = browser(app, create_account("resident", town.micros[0].path))
    for address in ("/cameras/C-1", "/cameras/C-1/talks"):
        assert "刚修好，要确认" in browser(app, member).get(address).get_data(as_text=True)
        assert "刚修好" not in resident.get(address).get_data(as_text=True)
    assert 'id="reason-chime"' not in leader.get("/cameras/C-1/edit").get_data(as_text=True)


def test_the_chime_is_on_the_disk_before_the_writers_lock_is_taken(app, town, member, monkeypatch):
    leader = browser(app, create_account("secretary", town.community.path))
    real, held = files.put, []

    def put(*args, **more):
        held.append(db.session().in_transaction())
        return real(*args, **more)

    monkeypatch.setattr(files, "put", put)
    assert leader.post("/cameras/C-1/talk/test").status_code == 303
    assert held == [False]


def test_a_loudspeaker_elsewhere_is_reached_at_its_own_address(app, town, member, door):
    leader = browser(app, create_account("secretary", town.community.path))
    page = leader.get("/cameras/C-1/edit").get_data(as_text=True)
    camera = db.session.scalars(select(Camera).where(Camera.code == "C-1")).one()
    form = {
        "version": str(camera.version),
        "name": "老南街口",
        "grid_path": camera.grid_path,
        "talk_url": "http://admin:geheim@127.0.0.1:8080",
    }
    db.session.rollback()
    assert leader.post("/cameras/C-1/edit", data=form).status_code == 303
    page = leader.get("/cameras/C-1/edit").get_data(as_text=True)
    assert "geheim" not in page
    send(browser(app, member))
    [wanted] = door.talks_taken(32)
    assert wanted.url == "http://admin:geheim@127.0.0.1:8080"
    assert "geheim" not in repr(wanted)
    bad = leader.post("/cameras/C-1/edit", data=form | {"talk_url": "ftp://x", "version": "3"})
    assert bad.status_code in {409, 422}
