"""Two officers press "accept" at the same instant: one has it, the other is told who."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from factories import AT, create_account, create_town, log_in
from incidents_factory import create_category, create_incident, history

from intranet import clock, once
from intranet.db import db
from intranet.incidents.models import Incident, State, Verb

RACES = 200


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_of_two_who_accept_at_once_exactly_one_does_and_the_other_sees_who(app, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT)
    town = create_town()
    category = create_category()
    reporter = create_account("micro_member", town.micros[0].path)
    names = ("王芳", "李强")
    officers = [create_account("office", town.community.path, display_name=one) for one in names]
    clients = []
    for officer in officers:
        client = app.test_client()
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        clients.append(log_in(client, officer))
    incidents = [create_incident(town.micros[0], category, reporter=reporter) for _ in range(RACES)]
    numbers = [(one.id, one.number, one.turn) for one in incidents]
    db.session.rollback()
    won = dict.fromkeys(names, 0)

    with ThreadPoolExecutor(2) as pool:
        for incident_id, number, turn in numbers:
            gate = threading.Barrier(2)

            def press(client, number=number, turn=turn, gate=gate):
                gate.wait(10)
                data = {"turn": turn, "once": once.new_key()}
                return client.post(f"/incidents/{number}/accept", data=data)

            answers = list(pool.map(press, clients))
            codes = [answer.status_code for answer in answers]
            assert sorted(codes) == [303, 409], (number, codes)
            winner = names[codes.index(303)]
            won[winner] += 1
            assert f"{winner} 已于 10:00 先行办理" in answers[codes.index(409)].text
            assert states_by(Verb.ACCEPT, incident_id) == [State.ACCEPTED]
    print(f"{RACES} races: {won}")


def states_by(verb, incident_id):
    """Return what states the history says a verb led to; leaves no transaction open."""
    db.session.rollback()
    found = history(db.session.get(Incident, incident_id, populate_existing=True))
    states = [event.to_state for event in found if event.verb is verb]
    db.session.rollback()
    return states
