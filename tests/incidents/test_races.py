"""Two things happen to one incident at the same moment: both engines let one be first, never none.

Every answer is one the rules know, nothing ends in a deadlock, and each history replays.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from factories import AT, create_account, create_town, log_in
from incidents_factory import assert_replays, create_category, create_incident, history
from sqlalchemy import select

from intranet import clock, once
from intranet.db import db
from intranet.incidents import operations, tasks
from intranet.incidents.models import Incident, State, Verb

ROUNDS = 10
pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]


class Ring:
    """Three officers at their desks, and as many incidents as there are rounds."""

    def __init__(self, app, monkeypatch, per_round):
        self.app, self.now = app, AT
        monkeypatch.setattr(clock, "now", lambda: self.now)
        town = create_town()
        category = create_category()
        reporter = create_account("resident", town.micros[0].path)
        self.clients = []
        for _number in range(3):
            client = app.test_client()
            client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
            self.clients.append(log_in(client, create_account("office", town.community.path)))
        made = [
            create_incident(town.micros[0], category, reporter=reporter)
            for _ in range(ROUNDS * per_round)
        ]
        facts = [(one.id, one.number) for one in made]
        db.session.remove()
        self.rounds = [facts[n : n + per_round] for n in range(0, len(facts), per_round)]

    def at_once(self, *acts):
        """Do all at the same moment, each in a thread; return what they return."""
        gate = threading.Barrier(len(acts))

        def one(act):
            gate.wait(20)
            return act()

        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(one, acts))

    def merge(self, client, into, other):
        data = {
            "verb": "merge",
            "sure": "y",
            "into": into[0],
            "one": [f"{into[0]}:1", f"{other[0]}:1"],
            "once": once.new_key(),
        }
        return lambda: client.post("/incidents/bulk", data=data).status_code

    def accept(self, client, incident):
        data = {"turn": 1, "once": once.new_key()}
        return lambda: client.post(f"/incidents/{incident[1]}/accept", data=data).status_code

    def minute(self):
        with self.app.app_context():
            try:
                tasks.sound_alarms()
            finally:
                db.session.remove()
        return "rang"

    def rows(self, incidents):
        """Return the state of each, having seen that its history replays to it."""
        db.session.rollback()
        found = {}
        for incident_id, _number in incidents:
            row = db.session.get(Incident, incident_id, populate_existing=True)
            assert_replays(row)
            found[incident_id] = row.state
        db.session.rollback()
        return list(found.values())


def test_of_two_who_merge_crosswise_one_does(app, monkeypatch):
    ring = Ring(app, monkeypatch, 2)
    for first, second in ring.rounds:
        codes = ring.at_once(
            ring.merge(ring.clients[0], first, second), ring.merge(ring.clients[1], second, first)
        )

        assert sorted(codes) == [303, 409]
        assert sorted(ring.rows([first, second])) == [State.MERGED, State.REPORTED]


def test_three_merged_in_a_ring_make_no_ring(app, monkeypatch):
    ring = Ring(app, monkeypatch, 3)
    for one, two, three in ring.rounds:
        codes = ring.at_once(
            ring.merge(ring.clients[0], one, two),
            ring.merge(ring.clients[1], two, three),
            ring.merge(ring.clients[2], three, one),
        )

        assert set(codes) <= {303, 409}
        assert 303 in codes
        states = ring.rows([one, two, three])
        assert State.REPORTED in states
        merged_into_merged = db.session.scalars(
            select(Incident.id).where(
                Incident.state == State.MERGED,
                Incident.merged_into_id.in_(
                    select(Incident.id).where(Incident.state == State.MERGED)
                ),
            )
        ).all()
        db.session.rollback()
        assert merged_into_merged == []


def test_an_acceptance_and_a_merging_at_once_are_one_after_the_other_or_refused(app, monkeypatch):
    ring = Ring(app, monkeypatch, 2)
    for into, other in ring.rounds:
        codes = ring.at_once(
            ring.accept(ring.clients[0], other), ring.merge(ring.clients[1], into, other)
        )

        assert sorted(codes) == [303, 409], "both saw it as it was before"
        accepted = codes[0] == 303
        assert ring.rows([into, other]) == [
            State.REPORTED,
            State.ACCEPTED if accepted else State.MERGED,
        ]


def test_an_alarm_and_a_move_at_once_both_happen_and_ring_once(app, monkeypatch):
    ring = Ring(app, monkeypatch, 1)
    ring.now = AT + timedelta(minutes=6)
    for [incident] in ring.rounds:
        found = ring.at_once(ring.accept(ring.clients[0], incident), ring.minute, ring.minute)

        assert found == [303, "rang", "rang"]
        assert ring.rows([incident]) == [State.ACCEPTED]
    db.session.rollback()
    for incident_id, _number in (one for [one] in ring.rounds):
        verbs = [one.verb for one in history(db.session.get(Incident, incident_id))]
        assert verbs.count(Verb.ESCALATE) <= 1
        assert verbs.count(Verb.WARN) <= 1
    db.session.rollback()


def test_a_recount_and_moves_at_once_end_with_the_new_limits(app, monkeypatch):
    ring = Ring(app, monkeypatch, 1)
    everybody = [one for [one] in ring.rounds]

    def recount():
        with app.app_context():
            try:
                operations.ask_recount(db.session(), at=AT)
                db.session.commit()
                tasks.recount()
            finally:
                db.session.remove()

    def accept_all():
        return [ring.accept(ring.clients[0], one)() for one in everybody]

    _none, codes = ring.at_once(recount, accept_all)

    assert codes == [303] * ROUNDS
    assert ring.rows(everybody) == [State.ACCEPTED] * ROUNDS
