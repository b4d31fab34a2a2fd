"""Speech while it is being spoken: its pieces, its end, its state."""

from __future__ import annotations

import json
import os
import re
import shutil
import threading
from pathlib import Path

import pytest
from factories import create_account
from sqlalchemy import update
from talk_town import JSON, MIDNIGHT, NOON, browser, door, hang, member, only, send, town  # noqa: F401

from intranet import clock, files
from intranet.cameras import tasks
from intranet.cameras.models import Talk, TalkState
from intranet.cameras.operations import spooling
from intranet.cameras.operations.spooling import append
from intranet.db import db
from intranet.errors import DomainError
from intranet.media import spool
from intranet.media.door import TalkReport, TalkTrouble
from intranet.people.models import RoleGrant


@pytest.fixture(autouse=True)
def nobody_speaks(app):
    """The folder is the house's, and stays: who speaks in one test does not in the next."""
    shutil.rmtree(app.config["SETTINGS"].media_dir / spool.FOLDER, ignore_errors=True)


def begin(client, code="C-1", **fields):
    answer = client.post(f"/cameras/{code}/talk/live", data=fields, headers=JSON)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def piece(client, told, offset, data):
    return client.post(f"{told['pieces']}?offset={offset}", data=data)


def test_pieces_are_put_in_order_and_one_that_came_already_is_not_taken_twice(app, member, door):
    client = browser(app, member)
    told = begin(client)
    path = spool.speech(app.config["SETTINGS"].media_dir, told["id"])
    assert piece(client, told, 0, b"ab" * 100).get_json() == {"size": 200, "together": 1}
    assert piece(client, told, 0, b"ab" * 100).get_json() == {"size": 200, "together": 1}
    assert piece(client, told, 400, b"cd" * 100).status_code == 409, "a gap"
    assert piece(client, told, 200, b"cd" * 100).get_json() == {"size": 400, "together": 1}
    assert path.read_bytes() == b"ab" * 100 + b"cd" * 100
    assert client.post(told["end"]).status_code == 204
    assert spool.ended(path).exists()
    assert piece(client, told, 400, b"ef").status_code == 409, "the key was let go"

    db.session.rollback()
    [wanted] = door.talks_taken(32)
    assert wanted.clip == b""
    door.talk_told(TalkReport(wanted.id, 1.0, 2.0, None, None, 12))
    assert files.content(only().file_key)[44:] == b"ab" * 100 + b"cd" * 100
    assert not path.exists()


@pytest.mark.parametrize(
    ("offset", "data"),
    [("0", b""), ("0", b"odd"), ("1", b"ab"), ("-2", b"ab"), ("x", b"ab"), ("0", b"ab" * 40_000)],
)
def test_what_is_no_piece_is_refused(app, member, offset, data):
    client = browser(app, member)
    told = begin(client)
    assert piece(client, told, offset, data).status_code in {413, 422}


def test_a_piece_waits_for_nobody_who_writes(app, member, monkeypatch):
    client = browser(app, member)
    told = begin(client)
    db.session.rollback()
    monkeypatch.setattr("intranet.writers.WRITE_WAIT_SECONDS", 0.1)
    with db.engine.connect() as another, another.begin():
        another.exec_driver_sql("UPDATE camera SET name = 'x'")
        assert piece(client, told, 0, b"ab" * 100).get_json() == {"size": 200, "together": 1}
        assert client.post(told["end"]).status_code == 204


def test_half_a_minute_is_the_most(app, member):
    client = browser(app, member)
    told = begin(client)
    path = spool.speech(app.config["SETTINGS"].media_dir, told["id"])
    path.write_bytes(bytes(30 * 32_000))
    last = piece(client, told, 30 * 32_000, b"ab" * 960)
    assert last.status_code == 200, "the page lets go by its own clock"
    path.write_bytes(bytes(31 * 32_000))
    assert piece(client, told, 31 * 32_000, b"ab").status_code == 409


def test_nobody_speaks_into_what_another_is_saying(app, town, member):
    told = begin(browser(app, member))
    other = browser(app, create_account("micro_member", town.micros[0].path))
    assert piece(other, told, 0, b"ab").status_code == 404
    assert other.post(told["end"]).status_code == 404
    assert other.get(told["status"], headers=JSON).status_code == 404


def test_the_state_is_told_as_it_happens(app, member, door):
    client = browser(app, member)
    told = begin(client)

    def words():
        return json.loads(client.get(told["status"], headers=JSON).get_data())["words"]

    assert words() == "已发送"
    [wanted] = door.talks_taken(32)
    assert words() == "正在接通摄像头"
    door.talk_told(TalkReport(wanted.id, 1.0))
    assert words() == "正在播放"
    door.talk_told(TalkReport(wanted.id, 1.0, 2.0, TalkTrouble.DROPPED))
    assert words() == "摄像头中途断开，只播出了一部分。"


def test_of_two_pieces_for_one_place_at_once_one_stands_and_the_other_is_told(app, member):
    told = begin(browser(app, member))
    path = spool.speech(app.config["SETTINGS"].media_dir, told["id"])
    db.session.rollback()
    for turn in range(20):
        gate, answers = threading.Barrier(2), {}
        pieces = [letter * 400 * (1 + n) for n, letter in enumerate((b"ab", b"cd"))]
        before = path.read_bytes()

        def bring(data, gate=gate, answers=answers, before=before):
            gate.wait(10)
            try:
                answers[data] = append(path.parents[1], told["id"], offset=len(before), data=data)
            except DomainError as error:
                answers[data] = error.key

        threads = [threading.Thread(target=bring, args=(one,)) for one in pieces]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        [won] = [one for one in pieces if isinstance(answers[one], tuple)]
        [other] = [one for one in pieces if one != won]
        assert path.read_bytes() == before + won, turn
        assert answers[won].size == len(before + won)
        assert answers[other] == "Another piece of the speech stands there already"


def test_a_mark_whose_speech_is_gone_is_swept_and_no_other(app, member):
    client = browser(app, member)
    told = begin(client)
    folder = app.config["SETTINGS"].media_dir / spool.FOLDER
    client.post(told["end"])
    db.session.rollback()
    old, young = folder / "98.end", folder / "99.end"
    for one in (old, young):
        one.touch()
    os.utime(old, (0, 0))
    os.utime(folder / f"{told['id']}.end", (0, 0))
    tasks.forget_talks()
    assert not old.exists()
    assert young.exists()
    assert (folder / f"{told['id']}.end").exists(), "its speech is there still"
    young.unlink()


@pytest.mark.parametrize("error", [PermissionError, IsADirectoryError, OSError])
def test_a_sound_the_disk_does_not_give_fails_alone(app, town, member, door, monkeypatch, error):
    hang(app, "C-3", "菜市场", town.micros[0].path)
    db.session.commit()
    client = browser(app, member)
    first, second = (send(client, code=code).get_json()["id"] for code in ("C-1", "C-3"))
    db.session.rollback()
    bad = db.session.get_one(Talk, first).file_key
    db.session.rollback()
    real = files.content

    def content(key):
        if key == bad:
            raise error
        return real(key)

    monkeypatch.setattr(files, "content", content)
    taken = {one.id: one.clip for one in door.talks_taken(32)}
    assert set(taken) == {first, second}
    assert taken[first] == b"lost"
    assert taken[second].startswith(b"\x1a\x45")


def test_speech_whose_worker_was_lost_is_sealed_and_lies_about_no_longer(app, member, monkeypatch):
    client = browser(app, member)
    told = begin(client)
    piece(client, told, 0, b"ab" * 100)
    path = spool.speech(app.config["SETTINGS"].media_dir, told["id"])
    db.session.rollback()
    os.utime(path, (0, 0))
    tasks.forget_talks()
    talk = only()
    assert (talk.state, talk.trouble) == (TalkState.FAILED, TalkTrouble.TOO_LATE)
    assert files.is_sealed(talk.file_key)
    assert files.content(talk.file_key)[44:] == b"ab" * 100
    assert not path.exists()


def test_what_an_earlier_one_of_the_same_number_left_does_not_end_it(app, member):
    path = spool.speech(app.config["SETTINGS"].media_dir, 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    spool.ended(path).touch()
    client = browser(app, member)
    told = begin(client)
    assert told["id"] == 1
    assert piece(client, told, 0, b"ab" * 100).get_json() == {"size": 200, "together": 1}


def test_where_many_speak_several_pieces_go_out_together(app, member):
    client, folder = browser(app, member), app.config["SETTINGS"].media_dir
    made = []
    for others in (0, 2, 3, 7, 8, 20):
        for other in range(100, 100 + others):
            speech = spool.speech(folder, other)
            speech.parent.mkdir(parents=True, exist_ok=True)
            speech.write_bytes(b"ab")
        told = begin(client)
        made.append(told["together"])
        mark = spool.many(spool.speech(folder, told["id"]))
        assert mark.exists() == (others >= 3)
        client.post(told["drop"])
        spooling.clear(folder, told["id"])
        assert not mark.exists(), "it goes with the speech"
    assert made == [1, 1, 3, 3, 6, 6]


def test_where_the_mark_cannot_be_written_one_speaks_in_single_pieces(app, member, monkeypatch):
    client, folder = browser(app, member), app.config["SETTINGS"].media_dir
    begin_anew = browser(app, member)
    for other in range(100, 103):
        spool.speech(folder, other).parent.mkdir(parents=True, exist_ok=True)
        spool.speech(folder, other).write_bytes(b"ab")
    monkeypatch.setattr(spool, "many", lambda path: path.parent / "no" / "such.many")
    told = begin(client)
    assert told["together"] == 1
    assert piece(begin_anew, told, 0, b"ab" * 100).status_code == 200


def test_as_much_as_the_page_sends_at_once_is_taken(app, member):
    script = (Path(__file__).parents[2] / "static" / "js" / "talk.js").read_text()
    most = int(re.search(r"PIECES_MAX = (\d+)", script)[1])
    client = browser(app, member)
    sent = bytes(most * spool.PIECE_MILLISECONDS * spool.SPEECH_HERTZ // 1000 * spool.SAMPLE_BYTES)
    assert piece(client, begin(client), 0, sent).get_json()["size"] == len(sent)


def test_of_two_marks_the_greater_holds_and_half_a_line_is_none(tmp_path):
    path = spool.speech(tmp_path, 7)
    path.parent.mkdir()
    found = []
    for mark in ("", "6", "6\n", "6\n3\n", "3\n6", "nonsense\n3\n"):
        spool.many(path).write_text(mark)
        found.append(spool.pieces_together(path))
    assert found == [1, 1, 6, 6, 3, 3]


def test_who_has_not_sent_a_word_yet_is_told_that_others_began_and_who_has_keeps_to_it(
    app, town, member
):
    client, folder = browser(app, member), app.config["SETTINGS"].media_dir
    other = browser(app, create_account("micro_member", town.micros[2].path))
    told = begin(client)
    assert piece(client, told, 0, b"ab" * 100).get_json() == {"size": 200, "together": 1}
    spool.speech(folder, 100).write_bytes(b"ab")
    spool.speech(folder, 200).write_bytes(b"")  # has begun, and said nothing yet
    second = begin(other, "C-2")
    assert second["together"] == 3
    assert spool.pieces_together(spool.speech(folder, 200)) == 3
    assert piece(client, told, 200, b"ab" * 100).get_json() == {"size": 400, "together": 1}
    for more in range(101, 107):
        spool.speech(folder, more).write_bytes(b"ab")
    spooling.begin(folder, Talk(id=300))
    spooling.crowd(folder, 300)
    assert piece(other, second, 0, b"ab" * 100).get_json() == {"size": 200, "together": 6}
    spooling.crowd(folder, 300)
    assert spool.pieces_together(spool.speech(folder, told["id"])) == 1


def test_who_stopped_speaking_long_ago_is_not_counted_among_the_many(app, member):
    client, folder = browser(app, member), app.config["SETTINGS"].media_dir
    spool.speech(folder, 1).parent.mkdir(parents=True, exist_ok=True)
    for other in range(100, 103):
        spool.speech(folder, other).write_bytes(b"ab")
        os.utime(spool.speech(folder, other), (0, 0))
    assert begin(client)["together"] == 1


def test_marks_without_a_speech_are_swept(app, member):
    folder = app.config["SETTINGS"].media_dir
    speech = spool.speech(folder, 7)
    speech.parent.mkdir(parents=True, exist_ok=True)
    for mark in (spool.ended(speech), spool.many(speech)):
        mark.touch()
        os.utime(mark, (0, 0))
    assert spooling.sweep(folder, clock.now()) == 2
    assert not spool.many(speech).exists()


def test_taken_back_while_it_waits_it_is_never_said(app, member, door):
    client = browser(app, member)
    told = begin(client)
    assert client.post(told["drop"]).status_code == 204
    assert (only().state, only().trouble) == (TalkState.FAILED, TalkTrouble.WITHDRAWN)
    db.session.rollback()
    assert door.talks_taken(32) == []

    told = begin(client)
    assert len(door.talks_taken(32)) == 1
    assert client.post(told["drop"]).status_code == 204
    state = client.get(told["status"], headers=JSON).get_json()
    assert state["is_open"], "what is being said already only ends"


def test_what_was_spoken_live_when_the_worker_died_is_kept_at_once(app, member, door):
    client = browser(app, member)
    told = begin(client)
    piece(client, told, 0, b"ab" * 100)
    db.session.rollback()
    assert len(door.talks_taken(32)) == 1
    door.talks_cut_off()
    assert files.content(only().file_key)[44:] == b"ab" * 100
    assert not spool.speech(app.config["SETTINGS"].media_dir, told["id"]).exists()


@pytest.mark.parametrize("number", ["99999999999999999999", "-1", "7"])
def test_what_is_said_again_of_nothing_is_not_found(app, member, number):
    assert send(browser(app, member), again_of=number).status_code == 404


def test_pieces_are_taken_from_whoever_began_and_only_while_he_may_speak_there(app, town, member):
    client = browser(app, member)
    told = begin(client)
    other = browser(app, create_account("micro_member", town.micros[0].path))
    assert piece(other, told, 0, b"ab" * 100).status_code == 404
    assert piece(client, told, 0, b"ab" * 100).status_code == 200
    db.session.execute(update(RoleGrant).values(ended_at=NOON))
    db.session.commit()
    assert piece(client, told, 200, b"ab" * 100).status_code in {403, 404}
