"""Two officers press "accept" at the same instant: one has it, the other is told who."""

from __future__ import annotations

import http.client
import re
import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import house_under_fire as fire
import pytest
from factories import create_account, create_town
from incidents_factory import assert_replays, create_category, create_incident, history

from intranet import clock
from intranet.clock import BEIJING
from intranet.db import db
from intranet.incidents.models import Incident, State, Verb

RACES = 200
PEOPLE = ("王芳", "李强")


@pytest.fixture
def web(base_settings, tmp_path):
    """Serve the test's database from two processes, as in production."""
    port = fire.free_port()
    with (tmp_path / "web.log").open("wb") as log:
        house = fire.Process(base_settings, log, "web", "--workers", "2", "--port", str(port))
        try:
            fire.wait_for_page(port)
            time.sleep(1)  # so that the second worker is up, too
            yield port
        finally:
            house.kill()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_of_two_who_accept_at_once_exactly_one_does_and_the_other_sees_who(app, web):
    town = create_town()
    category = create_category()
    reporter = create_account("micro_member", town.micros[0].path)
    officers = [create_account("office", town.community.path, display_name=one) for one in PEOPLE]
    cookies = [fire.cookie_of(app, one) for one in officers]
    now = clock.now()
    incidents = [
        create_incident(town.micros[0], category, reporter=reporter, at=now) for _ in range(RACES)
    ]
    races = [(one.id, one.number, one.turn) for one in incidents]
    db.session.remove()
    won, overlapped = dict.fromkeys(PEOPLE, 0), 0

    with ThreadPoolExecutor(2) as pool:
        for incident_id, number, turn in races:
            gate = threading.Barrier(2)
            found = list(pool.map(lambda who: press(web, who, number, turn, gate), cookies))  # noqa: B023
            codes = [code for code, *_rest in found]
            assert sorted(codes) == [303, 409], (number, codes)
            winner = PEOPLE[codes.index(303)]
            won[winner] += 1
            at, states = acceptance(incident_id)
            told = f"{winner} 已于 {at.astimezone(BEIJING):%H:%M} 先行办理"
            assert told in found[codes.index(409)][1]
            assert states == [State.ACCEPTED]
            (_, _, began, ended), (_, _, other_began, other_ended) = found
            overlapped += began < other_ended and other_began < ended
    print(f"{RACES} races over two processes, {overlapped} at the same time: {won}")
    assert overlapped > RACES * 0.9, "they did not race"


def press(port, cookie, number, turn, gate):
    """Press "accept" when both are ready; return the status, the words above and when."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    line.connect()
    body = urlencode({"turn": turn, "once": secrets.token_urlsafe(16)})
    headers = {
        "Cookie": cookie,
        "Content-Type": "application/x-www-form-urlencoded",
        "Sec-Fetch-Site": "same-origin",
    }
    gate.wait(30)
    began = time.monotonic()
    line.request("POST", f"/incidents/{number}/accept", body, headers)
    answer = line.getresponse()
    page = answer.read().decode()
    ended = time.monotonic()
    line.close()
    return answer.status, re.sub(r"\s+", " ", page), began, ended


def acceptance(incident_id):
    """Return when it was accepted and what states that led to; leaves no transaction open."""
    db.session.rollback()
    incident = db.session.get(Incident, incident_id, populate_existing=True)
    assert_replays(incident)
    found = [(event.at, event.to_state) for event in history(incident) if event.verb is Verb.ACCEPT]
    db.session.rollback()
    return found[0][0], [state for _at, state in found]
