"""GeoReport v2: what a system with a key adds to a report, and how much it may write."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from factories import create_account, viewer_of
from incidents_factory import add_photo, history
from open311_house import INSIDE, count, found, house, incident_in, xml  # noqa: F401

from intranet import clock
from intranet.db import db
from intranet.incidents import operations
from intranet.incidents.models import (
    AskedCount,
    Client,
    Incident,
    State,
    Verb,
)


def send_update(house, number, status, update_id, **more):
    return house.post(
        "servicerequestupdates.json",
        service_request_id=number,
        update_id=update_id,
        status=status,
        updated_datetime="2026-11-23T10:00:00+08:00",
        **more,
    )


def test_an_update_is_a_note_once_and_only_the_reporters_own_moves(house):
    mine, theirs = house.report(), incident_in(house).number

    first = send_update(house, mine, "FIXED", "u1", description="好像好了")
    again = send_update(house, mine, "FIXED", "u1", description="好像好了")
    assert first.status_code == again.status_code == 200
    assert first.json == again.json == [{"update_id": first.json[0]["update_id"]}]
    note = history(found(mine))[-1]
    assert str(note.id) == first.json[0]["update_id"]
    assert note.verb is Verb.COMMENT
    assert note.words == "好像好了"
    assert found(mine).state is State.REPORTED
    assert send_update(house, theirs, "OPEN", "u1").status_code == 409

    send_update(house, theirs, "CANCELLED", "u2", description="不用来了")
    assert found(theirs).state is State.REPORTED
    send_update(house, mine, "CANCELLED", "u3", description="不用来了")
    assert found(mine).state is State.VOID
    over = send_update(house, mine, "OPEN", "u4")
    assert over.status_code == 409  # void before it was accepted: only who sent it knows it
    assert send_update(house, mine, "CANCELLED", "u3", description="不用来了").status_code == 200
    wrong = send_update(house, theirs, "BROKEN", "")
    assert wrong.status_code == 400
    assert len(wrong.json) == 2
    assert send_update(house, theirs, "OPEN", "u5", description="长" * 2001).status_code == 400
    late = house.post(
        "servicerequestupdates.xml",
        service_request_id=theirs,
        update_id="u6",
        status="OPEN",
        updated_datetime="yesterday",
    )
    assert late.status_code == 400
    assert xml(late).findtext("error/code") == "400"
    good = house.post(
        "servicerequestupdates.xml", service_request_id=theirs, update_id="u7", status="OPEN"
    )
    assert xml(good).tag == "service_request_updates"
    assert xml(good).findtext("request_update/update_id").isdecimal()


def test_what_came_back_for_more_goes_on_and_what_was_closed_is_reopened(house, monkeypatch):
    number = house.report()
    now = clock.now()
    house.does(found(number), "return", at=now, words="请补充地点")
    send_update(house, number, "OPEN", "a", description="在北口第三家")
    assert found(number).state is State.REPORTED
    assert history(found(number))[-1].words == "在北口第三家"
    house.does(found(number), "accept", at=now)
    house.does(found(number), "settle", at=now, words="已劝离")
    add_photo(found(number), house.staff, at=now)
    checker = create_account("grid_member", house.town.generals[0].path)
    handler, house.staff = (
        house.staff,
        viewer_of(checker, ("grid_member", house.town.generals[0].path)),
    )
    house.does(found(number), "verify", at=now)
    house.does(found(number), "close", at=now, reporter_word="已处理")
    assert house.one(number)["status"] == "closed"

    send_update(house, number, "OPEN", "b", description="还有")
    assert found(number).state is State.CLOSED
    send_update(house, number, "REOPEN", "c", description="又来摆了")
    assert found(number).state is State.REOPENED
    assert house.one(number)["status"] == "open"
    assert operations.replay(history(found(number))).state is State.REOPENED
    assert handler


def test_writes_have_a_bound_that_many_at_once_cannot_slip_past(house):
    client = db.session.get(Client, house.client_id)
    client.per_minute = 5
    db.session.commit()
    data = {
        "service_code": house.public.code,
        "lat": INSIDE[0],
        "long": INSIDE[1],
        "api_key": house.key,
    }
    clients = [house.asks(REMOTE_ADDR=f"203.0.113.{n}") for n in range(12)]
    gate = threading.Barrier(12)

    def send(one):
        gate.wait(10)
        return one.post("/open311/v2/requests.json", data=data)

    if int(clock.now().timestamp()) % 60 > 50:
        clock.sleep(11)  # all within one minute
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(send, clients))

    codes = sorted(one.status_code for one in answers)
    assert codes == [200] * 5 + [429] * 7
    refused = next(one for one in answers if one.status_code == 429)
    assert refused.json[0]["code"] == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert count(Incident) == 5
    assert operations.forget_asked(db.session(), at=clock.now() + timedelta(minutes=5)) >= 1
    db.session.commit()
    assert count(AskedCount) == 0
