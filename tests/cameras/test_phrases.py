"""Phrases of a community: kept, said with one press, counted, taken away and brought back."""

from __future__ import annotations

import io
import threading
from datetime import timedelta

import pytest
from factories import create_account
from media.talking import clip
from sqlalchemy import select
from talk_town import JSON, NOON, browser, door, member, only, send, town  # noqa: F401

from intranet import clock, files, once
from intranet.audit import AuditEntry
from intranet.cameras import tasks
from intranet.cameras.models import Phrase, Talk
from intranet.db import db
from intranet.media.door import TalkReport


@pytest.fixture
def leader(app, town):
    return browser(app, create_account("secretary", town.community.path))


def keep(client, words="请把电动车停到位", tongue="sichuan", data=None, **more):
    form = {
        "words": words,
        "tongue": tongue,
        "once": once.new_key(),
        "sound": (io.BytesIO(clip(seconds=0.5) if data is None else data), "voice.webm"),
    }
    return client.post("/cameras/phrases", data=form | more)


def kept():
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(Phrase).order_by(Phrase.id)).all()


def say(client, phrase_id, code="C-1", **more):
    form = {"phrase": str(phrase_id), "once": once.new_key()} | more
    return client.post(f"/cameras/{code}/talk", data=form, headers=JSON)


def test_a_phrase_is_kept_sealed_and_said_with_one_press(app, leader, member, door):
    assert keep(leader).status_code == 303
    [phrase] = kept()
    assert files.is_sealed(phrase.file_key)
    assert phrase.sound_milliseconds == pytest.approx(500, abs=60)
    client = browser(app, member)
    page = client.get("/cameras/C-1").get_data(as_text=True)
    assert f'name="phrase" value="{phrase.id}"' in page
    assert "四川话" in page

    told = say(client, phrase.id, about="5101151010012611290001").get_json()
    assert told["words"] == "已发送"
    talk = only()
    assert talk.transcript == "请把电动车停到位"
    assert talk.about == "5101151010012611290001"
    assert talk.file_key != phrase.file_key, "what was said is forgotten in time, the phrase stays"
    [wanted] = door.talks_taken(32)
    assert wanted.clip == files.content(phrase.file_key)
    [phrase] = kept()
    assert (phrase.uses, phrase.used_at) == (1, NOON)
    assert "请把电动车停到位" in client.get("/cameras/C-1/talks").get_data(as_text=True)


def test_without_scripts_the_button_says_it_too(app, leader, member):
    keep(leader)
    [phrase] = kept()
    form = {"phrase": str(phrase.id), "once": once.new_key(), "reason": "", "about": ""}
    form["clip"] = (io.BytesIO(b""), "")
    answer = browser(app, member).post("/cameras/C-1/talk", data=form)
    assert (answer.status_code, answer.location) == (303, "/cameras/C-1#talk")
    assert only().phrase_id == phrase.id


def test_the_most_used_stand_first(app, leader, member, door):
    for words in ("一号喊话", "二号喊话", "三号喊话"):
        keep(leader, words)
    one, two, three = (found.id for found in kept())
    client = browser(app, member)
    for said in (two, two, one):
        say(client, said)
        [wanted] = door.talks_taken(32)
        door.talk_told(TalkReport(wanted.id, NOON.timestamp(), NOON.timestamp() + 1))
    page = client.get("/cameras/C-1").get_data(as_text=True)
    places = [page.index(f'name="phrase" value="{one}"') for one in (two, one, three)]
    assert places == sorted(places)
    assert [found.uses for found in kept()] == [1, 2, 0]


def test_uses_at_once_are_all_counted_and_a_refused_one_is_not(app, town, leader):
    keep(leader)
    [phrase] = kept()
    people = [create_account("micro_member", town.micros[0].path) for _ in range(4)]
    clients, phrase_id, gate = (
        [browser(app, one) for one in people],
        phrase.id,
        threading.Barrier(4),
    )
    db.session.rollback()
    answers = []

    def press(client):
        gate.wait(10)
        answers.append(say(client, phrase_id).status_code)

    threads = [threading.Thread(target=press, args=(one,)) for one in clients]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(answers) == [200, 409, 409, 409]
    assert kept()[0].uses == 1


@pytest.mark.parametrize(
    ("data", "words", "status", "field"),
    [
        (b"no sound", "好的好的", 415, "sound"),
        (b"", "好的好的", 415, "sound"),
        (None, "好", 422, "words"),
        (None, "长" * 61, 422, "words"),
    ],
    ids=["nonsense", "empty", "no words", "too many words"],
)
def test_what_is_no_phrase_is_refused_beside_the_field(leader, data, words, status, field):
    answer = keep(leader, words, data=data)
    page = answer.get_data(as_text=True)
    assert answer.status_code == status
    assert f'id="{field}-error"' in page
    assert words in page, "nothing typed is lost"
    assert kept() == []


def test_too_long_or_none_at_all_is_said_beside_the_recording(leader):
    for data in ({"data": clip(seconds=33)}, {"sound": ""}):
        answer = keep(leader, **data)
        assert answer.status_code in {415, 422}
        assert 'id="sound-error"' in answer.get_data(as_text=True)
    assert kept() == []


def test_twins_are_refused_but_not_the_other_tongue(leader):
    keep(leader)
    answer = keep(leader)
    assert answer.status_code == 422
    assert "已有相同的喊话词" in answer.get_data(as_text=True)
    assert keep(leader, tongue="mandarin").status_code == 303
    [first, second] = kept()
    data = {"words": first.words, "tongue": "sichuan"}
    assert leader.post(f"/cameras/phrases/{second.id}", data=data).status_code == 422
    data = {"words": "请停到位，谢谢", "tongue": "sichuan"}
    assert leader.post(f"/cameras/phrases/{second.id}", data=data).status_code == 303
    assert kept()[1].words == "请停到位，谢谢"


def test_taken_away_it_is_not_said_comes_back_and_is_forgotten_in_time(
    app, leader, member, monkeypatch
):
    keep(leader)
    [phrase] = kept()
    phrase_id, key = phrase.id, phrase.file_key
    standing = f"/cameras/phrases/{phrase_id}/standing"
    assert leader.post(standing, data={"to": "gone"}).status_code == 303
    client = browser(app, member)
    assert 'name="phrase"' not in client.get("/cameras/C-1").get_data(as_text=True)
    refused = say(client, phrase_id)
    assert (refused.status_code, refused.get_json()["error"]) == (409, "这条喊话词刚刚被移除")
    assert leader.post(standing, data={"to": "back"}).status_code == 303
    assert say(client, phrase_id).status_code == 200
    leader.post(standing, data={"to": "gone"})
    copy = only().file_key
    days = app.config["SETTINGS"].talk_days
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(days=days - 1))
    db.session.rollback()
    tasks.forget_talks()
    assert not files.path(key).exists()
    assert files.path(copy).exists(), "what was said with it is kept as long as all that is said"
    monkeypatch.setattr(clock, "now", lambda: NOON)
    assert leader.post(standing, data={"to": "back"}).status_code == 409
    actions = db.session.scalars(
        select(AuditEntry.action).where(AuditEntry.action.startswith("cameras:phrase:"))
    ).all()
    assert sorted(set(actions)) == [
        "cameras:phrase:add",
        "cameras:phrase:remove",
        "cameras:phrase:restore",
    ]


def test_phrases_are_of_one_community_and_kept_by_its_office(app, town, leader, member):
    keep(leader)
    [phrase] = kept()
    phrase_id = phrase.id
    worker = browser(app, member)
    resident = browser(app, create_account("resident", town.micros[0].path))
    assert worker.get("/cameras/phrases").status_code == 403
    assert worker.post(f"/cameras/phrases/{phrase_id}/standing").status_code == 403
    assert worker.get(f"/cameras/phrases/{phrase_id}/sound").status_code == 200
    assert resident.get(f"/cameras/phrases/{phrase_id}/sound").status_code == 403
    assert say(worker, 999).status_code == 404
    phrase = db.session.get(Phrase, phrase_id)
    phrase.grid_path = "9.9.9."
    db.session.commit()
    assert say(worker, phrase_id).status_code == 404
    assert worker.get(f"/cameras/phrases/{phrase_id}/sound").status_code == 404
    assert leader.post(f"/cameras/phrases/{phrase_id}/standing").status_code == 404
    assert db.session.scalars(select(Talk)).all() == []


@pytest.mark.parametrize("number", ["99999999999999999999", "-1", "x", ""])
def test_a_number_no_phrase_can_have_is_not_found(app, member, number):
    assert say(browser(app, member), number).status_code == 404
    assert only_none()


def only_none():
    db.session.rollback()
    return db.session.scalars(select(Talk)).all() == []


def test_phrases_are_narrowed_to_one_tongue_where_there_are_both(app, leader, member):
    keep(leader, "楼道不堆杂物")
    client = browser(app, member)
    addresses = ((client, "/cameras/C-1"), (leader, "/cameras/phrases"))
    for who, address in addresses:
        assert "tongue=sichuan" not in who.get(address).get_data(as_text=True), "only one kind"
    keep(leader, "请不要高空抛物", tongue="mandarin")
    for who, address in addresses:
        page = who.get(address).get_data(as_text=True)
        assert f"{address}?tongue=sichuan" in page
        assert "楼道不堆杂物" in page
        page = who.get(f"{address}?tongue=mandarin").get_data(as_text=True)
        assert "请不要高空抛物" in page
        assert "楼道不堆杂物" not in page
        page = who.get(f"{address}?tongue=klingon").get_data(as_text=True)
        assert "楼道不堆杂物" in page


def test_the_pages_tell_who_keeps_the_phrases(app, town, leader):
    keep(leader)
    grid = browser(app, create_account("grid_member", town.generals[0].path))
    page = grid.get("/cameras/C-1").get_data(as_text=True)
    assert "常用喊话由社区工作人员录制和整理" in page
    assert "/cameras/phrases" not in page
    assert grid.get("/cameras/phrases").status_code == 403
    page = leader.get("/cameras/phrases").get_data(as_text=True)
    assert "常用喊话归社区所有" in page
