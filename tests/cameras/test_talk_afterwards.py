"""What was said is over: said again, written down, about an incident; what is wrong stands beside it."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import time

import pytest
from factories import create_account
from incidents_factory import create_category, create_incident
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from talk_town import JSON, MIDNIGHT, NOON, browser, door, member, only, over, send, town  # noqa: F401

from intranet import clock, files, once
from intranet.audit import AuditEntry
from intranet.cameras.models import Misuse, Talk, TalkState
from intranet.config import QuietHours
from intranet.db import db
from intranet.media.door import TalkReport, TalkTrouble
from intranet.notices.models import Notice


def fail(door, trouble=TalkTrouble.DROPPED):
    [wanted] = door.talks_taken(32)
    door.talk_told(TalkReport(wanted.id, None, NOON.timestamp() + 1, trouble))
    db.session.rollback()


def all_of_them():
    db.session.rollback()
    return db.session.scalars(select(Talk).order_by(Talk.id)).all()


def test_what_failed_is_said_again_from_a_sound_of_its_own_and_once(app, member, door):
    client = browser(app, member)
    send(client, about="5101151010012611290001")
    fail(door)
    first = only()
    page = client.get("/cameras/C-1/talks").get_data(as_text=True)
    assert f"/cameras/talks/{first.id}/again" in page

    data = {"once": once.new_key()}
    told = client.post(f"/cameras/talks/{first.id}/again", data=data, headers=JSON).get_json()
    again = client.post(f"/cameras/talks/{first.id}/again", data=data, headers=JSON).get_json()
    assert told["id"] == again["id"] != first.id, "pressed twice, said once"
    old, new = all_of_them()
    assert (old.state, new.state) == (TalkState.FAILED, TalkState.WAITING)
    assert new.file_key != old.file_key, "the one may be forgotten before the other"
    assert files.content(new.file_key) == files.content(old.file_key)
    assert new.about == old.about == "5101151010012611290001"
    [wanted] = door.talks_taken(32)
    assert wanted.clip == files.content(old.file_key)


def test_what_was_said_again_is_offered_no_second_time_and_pressed_again_is_the_first(
    app, member, door
):
    client, other_tab = browser(app, member), browser(app, member)
    send(client)
    fail(door)
    first = only()
    folder = app.config["SETTINGS"].files_dir
    before = {one.name for one in folder.rglob("*.sealed")}
    address = f"/cameras/talks/{first.id}/again"
    second = client.post(address, data={"once": once.new_key()}, headers=JSON).get_json()
    page = client.get("/cameras/C-1/talks").get_data(as_text=True)
    assert address not in page
    assert f'href="#said-{second["id"]}"' in page
    third = other_tab.post(address, data={"once": once.new_key()}, headers=JSON).get_json()
    assert third["id"] == second["id"], "while it is under way"
    over(door)
    third = other_tab.post(address, data={"once": once.new_key()}, headers=JSON).get_json()
    assert (third["id"], third["state"]) == (second["id"], "heard")
    assert address not in client.get("/cameras/C-1/talks").get_data(as_text=True)
    kept = {one.name for one in folder.rglob("*.sealed")} - before
    assert kept == {all_of_them()[1].file_key}, "and no copy is left"


def test_what_fails_a_second_time_is_offered_as_that_one_and_the_page_s_own_is_known_of_what(
    app, town, member, door
):
    client = browser(app, member)
    send(client)
    fail(door)
    first = only().id
    second = send(client, again_of=str(first)).get_json()["id"]
    assert send(client, again_of=str(first)).get_json()["id"] == second
    fail(door)
    page = client.get("/cameras/C-1/talks").get_data(as_text=True)
    assert f"/cameras/talks/{first}/again" not in page
    assert f"/cameras/talks/{second}/again" in page
    assert [one.again_of for one in all_of_them()] == [None, first]
    other = browser(app, create_account("micro_member", town.micros[0].path))
    assert send(other, again_of=str(first)).status_code == 404
    send(client, again_of=str(second))
    over(door)
    heard = all_of_them()[2].id
    assert send(client, again_of=str(heard)).status_code == 409


def test_what_was_heard_or_is_another_s_is_not_said_again(app, town, member, door):
    client = browser(app, member)
    send(client)
    talk_id = only().id
    address = f"/cameras/talks/{talk_id}/again"
    waiting = client.post(address, data={"once": once.new_key()})
    assert waiting.status_code == 409
    assert "这次喊话还没有结束" in waiting.get_data(as_text=True)
    [wanted] = door.talks_taken(32)
    door.talk_told(TalkReport(wanted.id, NOON.timestamp(), NOON.timestamp() + 1))
    heard = client.post(address, data={"once": once.new_key()})
    assert heard.status_code == 409
    assert "不会再播一遍" in heard.get_data(as_text=True)
    other = create_account("micro_member", town.micros[0].path)
    assert browser(app, other).post(address).status_code == 404
    assert len(all_of_them()) == 1


def test_at_night_the_one_said_again_needs_its_reason_beside_it(app, member, door, monkeypatch):
    client = browser(app, member)
    send(client)
    fail(door)
    talk_id = only().id
    monkeypatch.setattr(clock, "now", lambda: MIDNIGHT)
    night = QuietHours(time(22), time(7))
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], talk_quiet=night))
    address = f"/cameras/talks/{talk_id}/again"
    answer = client.post(address, data={"once": once.new_key(), "reason": " "})
    assert answer.status_code == 422
    assert f'id="reason-{talk_id}-error"' in answer.get_data(as_text=True)
    answer = client.post(address, data={"once": once.new_key(), "reason": "楼道起火"})
    assert answer.status_code == 303
    assert all_of_them()[1].reason == "楼道起火"


def test_who_spoke_or_answers_for_it_writes_down_what_was_said(app, town, member):
    client = browser(app, member)
    send(client)
    talk_id = only().id
    address = f"/cameras/talks/{talk_id}/transcript"
    answer = client.post(address, data={"transcript": " 请把电动车 停到位 "})
    assert answer.status_code == 303
    assert only().transcript == "请把电动车 停到位"
    colleague = browser(app, create_account("grid_member", town.micros[0].path))
    assert colleague.post(address, data={"transcript": "别的"}).status_code == 403
    assert "请把电动车 停到位" in colleague.get("/cameras/C-1/talks").get_data(as_text=True)
    resident = browser(app, create_account("resident", town.micros[0].path))
    assert resident.post(address, data={"transcript": "别的"}).status_code == 403
    assert "电动车" not in resident.get("/cameras/C-1/talks").get_data(as_text=True)
    leader = browser(app, create_account("secretary", town.community.path))
    assert leader.post(address, data={"transcript": "请停到位"}).status_code == 303
    trail = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "cameras:talk:write-down")
    ).all()
    assert len(trail) == 2

    long = "长" * 501
    answer = client.post(address, data={"transcript": long})
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert f'id="transcript-{talk_id}-error"' in page
    assert long in page, "nothing typed is lost"
    assert only().transcript == "请停到位"


def test_a_report_of_misuse_without_words_is_asked_for_them_beside_the_field(
    app, town, member, door
):
    send(browser(app, member))
    over(door)
    talk_id = only().id
    resident = browser(app, create_account("resident", town.micros[0].path))
    answer = resident.post(f"/cameras/talks/{talk_id}/misuse", data={"words": "骂"})
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert f'id="words-{talk_id}-error"' in page
    assert 'value="骂"' in page
    assert db.session.scalars(select(Misuse)).all() == []


def test_a_report_sent_several_times_at_once_waits_as_one(app, town, member, door):
    leader = create_account("secretary", town.community.path)
    send(browser(app, member))
    over(door)
    address = f"/cameras/talks/{only().id}/misuse"
    reporter = create_account("resident", town.micros[0].path)
    tabs, gate, answers = [browser(app, reporter) for _ in range(6)], threading.Barrier(6), []
    db.session.rollback()

    def press(tab):
        gate.wait(10)
        answers.append(tab.post(address, data={"words": "半夜骂人"}).status_code)

    threads = [threading.Thread(target=press, args=(one,)) for one in tabs]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert sorted(answers) == [303] + [409] * 5
    found = db.session.scalars(select(Misuse)).one()
    assert db.session.scalars(select(Notice.account_id)).all() == [leader.id]
    seen = f"{address}/{found.id}"
    refused = tabs[0].post(address, data={"words": "再骂人"})
    assert refused.status_code == 409
    assert 'value="再骂人"' in refused.get_data(as_text=True), "nothing typed is lost"
    db.session.rollback()
    same = Misuse(talk_id=found.talk_id, account_id=found.account_id, at=NOON, words="再骂人")
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.add(same)
    db.session.rollback()
    assert browser(app, leader).post(seen, data={"remark": "已提醒"}).status_code == 303
    assert tabs[0].post(address, data={"words": "又骂人"}).status_code == 303, "it is another"


def is_listed(leader):
    page = leader.get("/cameras").get_data(as_text=True)
    return "尚未查看" in page and "/cameras/C-1/talks?reported=1" in page


def test_a_report_of_misuse_reaches_those_who_answer_and_the_reporter_hears_of_it(
    app, town, member, door
):
    secretary = create_account("secretary", town.community.path, display_name="何书记")
    office = create_account("office", town.community.path, display_name="邓干事")
    create_account("secretary", town.county.path)
    reporter = create_account("resident", town.micros[0].path, display_name="赵婆婆")
    send(browser(app, member))
    over(door)
    talk_id = only().id
    resident, address = browser(app, reporter), f"/cameras/talks/{talk_id}/misuse"
    answer = resident.post(address, data={"words": "半夜骂人"}, follow_redirects=True)
    page = answer.get_data(as_text=True)
    assert "谢谢" in page
    assert "还没有人查看" in page
    assert "周姐" not in page
    assert resident.post(address, data={"words": "又骂人"}).status_code == 409
    db.session.rollback()
    told = db.session.scalars(select(Notice).order_by(Notice.account_id)).all()
    assert [one.account_id for one in told] == [secretary.id, office.id]
    assert told[0].url == "/cameras/C-1/talks?reported=1"
    db.session.rollback()

    send(browser(app, member))
    over(door)
    leader = browser(app, office)
    listed = leader.get("/cameras/C-1/talks?reported=1").get_data(as_text=True)
    for words in ("赵婆婆", "半夜骂人", '已反映<span class="badge">1</span>'):
        assert words in listed
    assert listed.count('id="said-') == 1, "only what was reported"
    speaker = browser(app, member).get("/cameras/C-1/talks?reported=1").get_data(as_text=True)
    assert "赵婆婆" not in speaker
    assert "半夜骂人" not in speaker
    db.session.rollback()
    seen = f"{address}/{db.session.scalars(select(Misuse.id)).one()}"
    db.session.rollback()
    assert browser(app, member).post(seen, data={"remark": "没事"}).status_code == 403
    wrong = leader.post(seen, data={"remark": ""})
    assert (wrong.status_code, "-error" in wrong.get_data(as_text=True)) == (422, True)
    data = {"remark": "已谈话提醒", "reported": "1"}
    assert leader.post(seen, data=data).headers["Location"].endswith("?reported=1")
    assert not is_listed(leader)
    again = browser(app, secretary).post(seen, data=data)
    assert again.status_code == 409
    assert "已谈话提醒" in again.get_data(as_text=True)
    db.session.rollback()
    [last] = db.session.scalars(select(Notice).where(Notice.account_id == reporter.id))
    assert "看过" in resident.get("/notices").get_data(as_text=True)
    assert "已谈话提醒" not in last.params
    page = resident.get("/cameras/C-1/talks").get_data(as_text=True)
    assert "已查看" in page
    for hidden in ("已谈话提醒", "周姐", "邓干事"):
        assert hidden not in page
    db.session.rollback()
    actions = db.session.scalars(select(AuditEntry.action)).all()
    assert actions.count("cameras:misuse:see") == 1


def test_nobody_looks_at_a_report_of_what_he_said_himself_or_learns_who_made_it(app, town, door):
    office = create_account("secretary", town.community.path, display_name="邓书记")
    above = create_account("secretary", town.county.path)
    leader = browser(app, office)
    send(leader)
    over(door)
    talk_id = only().id
    reporter = create_account("resident", town.micros[0].path, display_name="赵婆婆")
    address = f"/cameras/talks/{talk_id}/misuse"
    browser(app, reporter).post(address, data={"words": "半夜骂人"})
    db.session.rollback()
    [notice] = db.session.scalars(select(Notice)).all()
    assert notice.account_id == above.id, "where nobody else is there, the place above"
    misuse_id = db.session.scalars(select(Misuse.id)).one()
    db.session.rollback()
    for page in ("/cameras", "/cameras/C-1/talks", "/cameras/C-1/talks?reported=1", "/audit"):
        shown = leader.get(page).get_data(as_text=True)
        assert "半夜骂人" not in shown, page
        assert "赵婆婆" not in shown, page
        assert '已反映<span class="badge">' not in shown, page
        assert "尚未查看" not in shown, page
    assert is_listed(browser(app, above)), "a notice once read is not the only way there"
    assert "赵婆婆" in browser(app, above).get("/cameras/C-1/talks").get_data(as_text=True)
    assert leader.post(f"{address}/{misuse_id}", data={"remark": "没事"}).status_code == 409


@pytest.mark.parametrize("about", ["x", "1", "<script>", "9" * 33])
def test_what_is_no_number_is_about_nothing(app, member, about):
    send(browser(app, member), about=about)
    assert only().about == ""


def test_an_incident_shows_what_was_said_about_it_to_the_team(app, town, member):
    found = create_incident(town.micros[0], create_category("占道经营"), reporter=member)
    number = found.number
    db.session.rollback()
    client = browser(app, member)
    page = client.get(f"/incidents/{number}").get_data(as_text=True)
    assert f"/cameras/C-1?about={number}#talk" in page
    camera = client.get(f"/cameras/C-1?about={number}").get_data(as_text=True)
    assert f'name="about" value="{number}"' in camera
    assert "摄像头喊话" not in page
    send(client, about=number)
    page = client.get(f"/incidents/{number}").get_data(as_text=True)
    assert "摄像头喊话" in page
    assert "已发送" in page
    listed = client.get("/cameras/C-1/talks").get_data(as_text=True)
    assert f"/incidents/{number}" in listed
    resident = browser(app, create_account("resident", town.micros[0].path))
    assert f"/incidents/{number}" not in resident.get("/cameras/C-1/talks").get_data(as_text=True)
