"""What the clock does by itself, minute by minute, against lists made by hand.

Whoever reads a list sees what is due: each limit's end is warned of once and told as passed once,
at the first full minute after the light changed.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from factories import AT, create_account, create_town, viewer_of
from incidents_factory import change_limit, create_category, create_incident, history
from notices.people_told import choose, deliveries, notices
from sqlalchemy import select, update

from intranet import clock
from intranet.db import db
from intranet.incidents import operations, tasks
from intranet.incidents.models import Incident, IncidentEvent, Stage, Urgency, Verb
from intranet.incidents.operations import Assignee, Brings, recounting
from intranet.notices.models import Topic
from intranet.notices.operations import quiet

W, E = Verb.WARN, Verb.ESCALATE
V = Verb
NIGHT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # 23:00 in Beijing


@pytest.fixture
def scene(app, monkeypatch):
    return Scene(monkeypatch)


class Scene:
    """A town, an incident in it, and a worker that comes every full minute."""

    def __init__(self, monkeypatch):
        self.town = create_town()
        self.start = self.now = AT
        monkeypatch.setattr(clock, "now", lambda: self.now)
        place = self.town.community.path
        self.officer = create_account("office", place)
        self.leader = create_account("secretary", place)
        self.member = create_account("grid_member", self.town.generals[0].path)
        self.towner = create_account("office", self.town.town.path)
        self.worker = create_account("resident", self.town.micros[3].path)

    def begin(self, *, urgency=Urgency.URGENT, at=AT):
        self.start = self.now = at
        self.category = create_category(urgency=urgency)
        self.reporter = create_account("resident", self.town.micros[0].path)
        self.incident = create_incident(
            self.town.micros[0], self.category, reporter=self.reporter, at=at
        )

    def do(self, minute, verb, who=None, **brings):
        self.now = self.start + timedelta(minutes=minute)
        operations.perform(
            db.session(),
            actor=viewer_of(who or self.officer, ("office", self.town.community.path)),
            at=self.now,
            incident=self.incident,
            verb=verb,
            brings=Brings(words="按要求办理", reporter_word="已办结", **brings),
        )
        db.session.commit()

    def change_limit(self, stage, minutes, warn, *, urgency=Urgency.URGENT):
        change_limit(urgency, stage, minutes, warn, at=self.now)

    def run(self, first, last, moves=()):
        """Have the worker come at each full minute, and people act between."""
        for minute in range(first, last + 1):
            self.now = self.start + timedelta(minutes=minute)
            db.session.rollback()
            tasks.sound_alarms()
            for at, *move in moves:
                if minute < at < minute + 1:
                    self.do(at, *move[:1], **(move[1] if move[1:] else {}))

    def rang(self):
        """Return (minute, verb, desk's level) of what the clock did."""
        db.session.rollback()
        return [
            (
                int((event.at - self.start).total_seconds() // 60),
                event.verb,
                json.loads(event.details).get("desk", "").count("."),
            )
            for event in history(self.incident)
            if event.actor_id is None
        ]


def test_what_nobody_touches_is_warned_of_and_climbs_once_for_each_limit(scene):
    scene.begin()
    scene.run(0, 130)

    # 5 minutes to accept, yellow with 2 left; 60 in all. A general grid's desk is of level 4.
    assert scene.rang() == [(4, W, 0), (6, E, 3), (61, E, 2)]


def test_a_whole_urgent_incident_rings_exactly_when_its_lights_change(scene):
    scene.begin()
    to = {"assignees": [Assignee("account", scene.worker.id)]}
    scene.run(
        0,
        100,
        [
            (4.5, V.ACCEPT),  # yellow at 3, so warned at 4; now 5 minutes to dispatch
            (6.5, V.DISPATCH, to),  # before 7.5: in time; 15 to arrive, yellow with 5 left
            (20.5, V.ARRIVE),  # yellow at 16.5; now 25 to handle, yellow with 10 left
            (50.5, V.FINISH),  # late since 45.5, yellow since 35.5
            (70.5, V.VERIFY, {"who": scene.leader}),  # the whole at 60, yellow at once
            (80.5, V.CLOSE),
        ],
    )

    assert scene.rang() == [(4, W, 0), (17, W, 0), (36, W, 0), (46, E, 3), (51, W, 0), (61, E, 2)]


def test_a_suspended_one_rings_for_nobody_and_goes_on_where_it_was(scene):
    scene.begin()
    to = {"assignees": [Assignee("account", scene.worker.id)]}
    scene.run(
        0,
        200,
        [
            (1.5, V.ACCEPT),
            (2.5, V.DISPATCH, to),  # to arrive by 17.5, yellow at 12.5
            (10.5, V.ASK_SUSPENSION, {"who": scene.worker}),
            (11.5, V.SUSPEND, {"who": scene.leader}),  # 9 of 15 minutes used; 11.5 of 60
            (100.5, V.RESUME),  # to arrive by 106.5, yellow at 101.5; the whole 149, 134
        ],
    )

    assert scene.rang() == [(102, W, 0), (107, E, 3), (150, E, 2)]


def test_who_is_told_of_each_and_quiet_hours_hold_back_only_what_is_not_urgent(scene):
    hours = (quiet.FROM_MINUTE, quiet.TO_MINUTE)
    for number, one in enumerate((scene.officer, scene.towner, scene.worker, scene.member)):
        choose(one, scene.town, {"sms": [Topic.INCIDENT_DUE]}, number, hours)
    scene.begin(at=NIGHT)
    to = {"assignees": [Assignee("account", scene.worker.id)]}
    scene.run(0, 61, [(1.5, V.ACCEPT), (2.5, V.DISPATCH, to)])

    told = {}
    for one in notices():
        if one.topic is Topic.INCIDENT_DUE:
            minute = int((one.at - NIGHT).total_seconds() // 60)
            told.setdefault(minute, set()).add(one.account_id)
    here = {one.id for one in (scene.officer, scene.leader, scene.member, scene.worker)}
    # To arrive by 17.5, yellow at 12.5; the community's desk at 18, the town's at 61.
    assert told == {13: here, 18: here, 61: here | {scene.towner.id}}
    assert all(one.due_at == one.told_at for one in deliveries()), "urgent: at once"
    urgent = len(deliveries())
    assert urgent == 3 + 3 + 4

    scene.begin(urgency=Urgency.ORDINARY, at=NIGHT + timedelta(days=1))
    scene.change_limit(Stage.ACCEPT, 5, 2, urgency=Urgency.ORDINARY)
    tasks.recount()
    scene.run(0, 7)
    morning = NIGHT + timedelta(days=1, hours=8)
    # One that was told of (4, W) and again of (6, E); each on each phone of the desk.
    assert {one.due_at for one in deliveries()[urgent:]} == {morning}
    assert len(deliveries()) == urgent + 2 * 2


def test_a_longer_limit_makes_it_green_again_and_is_warned_of_anew(scene):
    scene.begin()
    scene.run(0, 10)
    assert scene.rang() == [(4, W, 0), (6, E, 3)]

    scene.change_limit(Stage.ACCEPT, 30, 2)
    tasks.recount()

    row = db.session.get(Incident, scene.incident.id, populate_existing=True)
    assert row.due_at == AT + timedelta(minutes=30)
    assert row.desk_path.count(".") == 3, "who was told of it keeps it on the desk"
    scene.run(11, 70)
    assert scene.rang()[2:] == [(29, W, 0), (31, E, 2), (61, E, 1)]


def test_a_shorter_limit_that_has_passed_rings_at_the_next_minute_and_once(scene):
    scene.begin()
    scene.run(0, 5)
    scene.change_limit(Stage.TOTAL, 3, 1)
    tasks.recount()
    scene.run(6, 130)

    # Accepting ended at 5, the whole at 3: both have passed when the worker comes, told as one.
    assert scene.rang() == [(4, W, 0), (6, E, 3)]


def test_a_warning_moved_forward_or_back_is_heeded_even_if_the_end_stays(scene):
    scene.begin()
    scene.change_limit(Stage.ACCEPT, 5, 4)
    tasks.recount()
    scene.run(0, 3)
    assert scene.rang() == [(2, W, 0)]

    scene.change_limit(Stage.ACCEPT, 5, 1)
    tasks.recount()
    scene.run(4, 5)
    assert scene.rang() == [(2, W, 0), (5, W, 0)], "it was green again in between"


def test_what_is_yellow_still_under_another_limit_is_not_warned_of_twice(scene):
    scene.begin()
    scene.run(0, 4)
    scene.change_limit(Stage.ACCEPT, 8, 6)
    tasks.recount()
    scene.run(5, 10)

    assert scene.rang() == [(4, W, 0), (9, E, 3)]


def test_what_is_late_still_under_another_limit_goes_no_higher(scene):
    scene.begin()
    scene.run(0, 10)
    scene.change_limit(Stage.ACCEPT, 3, 1)
    tasks.recount()
    scene.run(11, 59)

    assert scene.rang() == [(4, W, 0), (6, E, 3)]


def test_a_limit_without_a_warning_rings_only_when_it_has_passed(scene):
    scene.change_limit(Stage.ACCEPT, 5, 0)
    scene.begin()
    scene.run(0, 10)

    assert scene.rang() == [(6, E, 3)]


def test_a_worker_that_was_away_rings_once_for_all_that_passed(scene):
    scene.begin()
    scene.run(600, 602)

    assert scene.rang() == [(600, E, 3)]


def test_nothing_rings_in_the_very_moment_in_which_a_limit_ends(scene):
    """The light is red after the limit, not at it; a worker that comes then must not ring twice."""
    scene.begin()
    for minute in (3, 3, 5, 5, 5):
        scene.now = AT + timedelta(minutes=minute)
        tasks.sound_alarms()

    assert scene.rang() == [(5, W, 0)]


def test_one_incident_that_cannot_be_sounded_does_not_silence_the_others(scene, monkeypatch):
    scene.begin()
    broken = scene.incident
    scene.begin(at=AT + timedelta(seconds=1))
    real = operations.sound

    def fails_for_one(session, *, incident_id, at):
        if incident_id == broken.id:
            raise LookupError
        return real(session, incident_id=incident_id, at=at)

    scene.now = AT + timedelta(minutes=10)
    monkeypatch.setattr(operations, "sound", fails_for_one)
    with pytest.raises(LookupError):
        tasks.sound_alarms()

    assert [verb for _minute, verb, _desk in scene.rang()] == [E]


def test_a_desk_whose_grid_has_moved_away_climbs_where_the_incident_lies(scene):
    scene.begin()
    other = scene.town.generals[1].path
    db.session.execute(update(Incident).values(desk_path=other))
    db.session.commit()
    scene.run(6, 6)

    row = db.session.get(Incident, scene.incident.id, populate_existing=True)
    assert row.desk_path == scene.town.community.path


def test_a_recount_that_is_cut_off_goes_on_where_it_was(scene, monkeypatch):
    monkeypatch.setattr(recounting, "BATCH", 2)
    for _number in range(5):
        scene.begin()
    scene.change_limit(Stage.ACCEPT, 30, 2)

    operations.recount_batch(db.session(), at=scene.now)
    db.session.commit()
    operations.recount_batch(db.session(), at=scene.now)
    db.session.rollback()  # killed before this batch was committed
    dues = db.session.scalars(select(Incident.due_at).order_by(Incident.id)).all()
    assert dues == [AT + timedelta(minutes=n) for n in (30, 30, 5, 5, 5)]
    db.session.rollback()

    assert tasks.recount() == 2, "the first batch is not counted again"
    assert set(db.session.scalars(select(Incident.due_at))) == {AT + timedelta(minutes=30)}
    db.session.rollback()
    assert tasks.recount() == 0


def test_a_limit_changed_during_a_recount_begins_it_anew(scene, monkeypatch):
    monkeypatch.setattr(recounting, "BATCH", 2)
    for _number in range(4):
        scene.begin()
    scene.change_limit(Stage.ACCEPT, 30, 2)
    operations.recount_batch(db.session(), at=scene.now)
    db.session.commit()
    scene.change_limit(Stage.ACCEPT, 40, 2)

    tasks.recount()
    assert set(db.session.scalars(select(Incident.due_at))) == {AT + timedelta(minutes=40)}


def test_every_escalation_names_the_ends_that_had_passed(scene):
    scene.begin()
    scene.run(0, 70)

    found = db.session.scalars(
        select(IncidentEvent.details).where(IncidentEvent.verb == E).order_by(IncidentEvent.id)
    ).all()
    ends = [json.loads(one)["ends"] for one in found]
    assert ends == [[(AT + timedelta(minutes=n)).isoformat()] for n in (5, 60)]
