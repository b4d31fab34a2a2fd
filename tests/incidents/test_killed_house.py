"""Web and worker are killed −9 while people upload, move incidents and are told of it.

Proved: what the house has answered is there, once; what it has not answered is there whole or not
at all; a phone that sends again under its key makes no second incident. Every notice leaves at
least once, under one number however often: between a gateway's receipt and our commit nobody can
know, so that the number (``Idempotency-Key``) is what keeps it from reaching a person twice.
"""

from __future__ import annotations

import io
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import house_under_fire as fire
import pytest
from factories import create_account, create_town
from incidents_factory import (
    assert_replays,
    change_limit,
    create_category,
    create_incident,
    history,
)
from notices.gateway_on_loopback import gateway
from notices.people_told import choose
from PIL import Image
from sqlalchemy import func, select, update

from intranet import background, clock, files
from intranet.db import db, reading
from intranet.incidents import tasks
from intranet.incidents.models import (
    Attachment,
    Incident,
    IncidentEvent,
    Recount,
    Stage,
    State,
    Urgency,
    Verb,
)
from intranet.incidents.operations.telling import TELLINGS, Circle
from intranet.notices.models import DeliveryState, Notice, NoticeDelivery, Topic
from intranet.workbench import tasks as house_tasks

KILLS = int(os.environ.get("HOUSE_KILLS", "22"))
DRIVERS = 3
OPEN = (DeliveryState.PENDING, DeliveryState.SENDING)


def looked_up(statement):
    """Ask without a writer's lock, which the others need."""
    with reading():
        found = db.session.execute(statement).all()
        db.session.rollback()
    return found


def let_leases_end():
    """Two minutes pass for what was on its way when its worker died; return how many that were."""
    db.session.rollback()
    held = (NoticeDelivery.state == DeliveryState.SENDING, NoticeDelivery.due_at > clock.now())
    found = db.session.execute(update(NoticeDelivery).where(*held).values(due_at=clock.now()))
    db.session.commit()
    return found.rowcount


class Siege:
    """The house, its people, and what is done to it."""

    def __init__(self, app, settings, tmp_path, double):
        self.app, self.settings, self.double = app, settings, double
        self.chance = random.Random(20261124)
        self.town = create_town()
        here, micro = self.town.community.path, self.town.micros[0].path
        category = create_category(urgency=Urgency.URGENT, needs_photo=True).id
        self.drivers, self.port = [], fire.free_port()
        for number in range(DRIVERS):
            people = {
                "reporter": create_account("resident", micro),
                "officer": create_account("office", here),
                "worker": create_account("grid_member", self.town.generals[0].path),
            }
            for n, one in enumerate(people.values()):
                choose(one, self.town, {"sms": tuple(Topic)}, 10 * number + n)
            cookies = {name: fire.cookie_of(app, one) for name, one in people.items()}
            worker = people["worker"].id
            self.drivers.append(
                fire.Driver(self.port, cookies, self.town, category, worker, number)
            )
        db.session.remove()
        self.log = (tmp_path / "house.log").open("wb")
        words = ("web", "--workers", "2", "--port", str(self.port))
        self.web = fire.Process(settings, self.log, *words)
        self.worker = self.new_worker()
        self.cut, self.interrupted, self.kills = 0, 0, Counter()

    def new_worker(self):
        channels = f"sms={self.double.template}"
        return fire.Process(self.settings, self.log, "worker", channels=channels)

    def rage(self):
        """Kill, at moments of chance, now this and now that."""
        fire.wait_for_page(self.port)
        for driver in self.drivers:
            driver.start()
        for number in range(KILLS):
            target = ("child", "worker", "child", "web")[number % 4]
            self.wait_for_work(target)
            time.sleep(self.chance.random() * 0.15)
            self.cut += any(driver.in_flight for driver in self.drivers)
            if target == "worker":
                self.worker.kill()
                self.interrupted += let_leases_end()
                self.worker.start()
            elif target == "web" or not self.web.kill_a_child(self.chance):
                self.web.kill()
                self.web.start()
            self.kills[target] += 1

    def wait_for_work(self, target):
        """Wait until something new was done by who is to be killed, lest only starts are killed."""
        before, deadline = self.done(target), time.monotonic() + fire.START_SECONDS
        while self.done(target) < before + 2:
            failures = [one.failure for one in self.drivers if one.failure]
            assert not failures, failures
            assert time.monotonic() < deadline, f"nothing is done any more ({target})"
            time.sleep(0.01)

    def done(self, target):
        if target == "worker":
            return len(self.double.arrived)
        return sum(len(one.verbs) for driver in self.drivers for one in driver.answered)

    def end(self):
        """Let everybody end what they are at, and the worker send what is left."""
        for driver in self.drivers:
            driver.ending.set()
        for driver in self.drivers:
            driver.join(2 * fire.START_SECONDS)
            assert driver.failure is None, driver.failure
        self.worker.kill()
        self.interrupted += let_leases_end()
        self.double.pause_seconds = 0
        self.worker.start()
        deadline = time.monotonic() + 90
        waiting = select(NoticeDelivery.id).where(NoticeDelivery.state.in_(OPEN)).limit(1)
        while looked_up(waiting) and time.monotonic() < deadline:
            time.sleep(0.1)

    def clean_up(self):
        for driver in self.drivers:
            driver.ending.set()
        self.web.kill()
        self.worker.kill()
        self.log.close()
        background.connect(self.settings).flush()


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
def test_killed_at_any_moment_the_house_has_done_what_it_said_once_and_nothing_by_halves(
    app, base_settings, tmp_path
):
    with gateway() as double:
        double.pause_seconds = 0.004
        siege = Siege(app, base_settings, tmp_path, double)
        try:
            siege.rage()
            siege.end()
        finally:
            siege.clean_up()
        answered = [one for driver in siege.drivers for one in driver.answered]
        broken = sum(driver.broken for driver in siege.drivers)
        print(
            f"{dict(siege.kills)} kills, {siege.cut} with a request on its way, {broken} broken"
            f" lines, {len(answered)} incidents, {siege.interrupted} notices cut off"
        )
        db.session.rollback()
        see_that_what_was_answered_is_there_once(answered)
        see_that_every_file_is_whole(answered)
        see_that_everybody_was_told(double, siege.interrupted)
    assert sum(siege.kills.values()) == KILLS
    assert siege.cut > KILLS // 4, "too few kills hit a request: the test proves nothing"
    assert answered
    assert broken


def see_that_what_was_answered_is_there_once(answered):
    by_number = {one.number: one for one in answered}
    assert len(by_number) == len(answered), "two reports under two keys are two incidents"
    incidents = db.session.scalars(select(Incident)).all()
    assert {one.number for one in incidents} == set(by_number), "none lost, none made twice"
    for incident in incidents:
        events = history(incident)
        verbs = [event.verb.value for event in events if event.verb is not Verb.PHOTO]
        assert verbs == by_number[incident.number].verbs
        assert_replays(incident)
    kept = Counter(db.session.scalars(select(Attachment.incident_id)))
    assert kept == {one.id: by_number[one.number].photos for one in incidents}


def see_that_every_file_is_whole(answered):
    rows = db.session.scalars(select(Attachment)).all()
    assert len(rows) == sum(one.photos for one in answered)
    named = set()
    for row in rows:
        for key in (row.file_key, row.thumbnail_key):
            assert files.is_whole(key)
            Image.open(io.BytesIO(files.content(key))).load()
            named.add(key)
    db.session.rollback()
    lying = set(stored_files())
    assert named <= lying
    orphans = len(lying - named)
    later = datetime.now(UTC) + timedelta(days=1, minutes=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: later)
        assert house_tasks.sweep_files() >= orphans
    assert set(stored_files()) == named
    assert not list((files.path(next(iter(named))).parents[2] / files.NEW).iterdir())
    print(f"{len(named)} files whole, {orphans} without a row swept")


def stored_files():
    top = files.path("0" * 64 + ".jpg").parents[2]
    return [one.name for one in top.rglob("*.jpg") if files.KEY.fullmatch(one.name)]


def see_that_everybody_was_told(double, interrupted):
    events = {event.id: event for event in db.session.scalars(select(IncidentEvent))}
    told = db.session.scalars(select(Notice)).all()
    keys = Counter((one.account_id, one.key) for one in told)
    assert max(keys.values()) == 1
    assert {int(one.key.split(":")[1]) for one in told} <= set(events), "none of what never was"
    ways = {
        f"incident:{event.id}:{number}"
        for event in events.values()
        for number, telling in enumerate(TELLINGS.get(event.verb, ()))
        if telling.circles != (Circle.FORMER,)  # nobody here hands anything on
        # Whoever reported it is asked how satisfied they are; nobody follows, nothing is merged.
        if (event.verb, telling.circles) != (Verb.CLOSE, (Circle.REPORTERS,))
    }
    assert {one.key for one in told} == ways, "and all of what was"
    deliveries = db.session.scalars(select(NoticeDelivery)).all()
    assert {one.state for one in deliveries} == {DeliveryState.SENT}
    assert len(deliveries) == len(told), "everybody has a phone here"
    times = Counter((address, number) for address, number, _title, _words in double.arrived)
    assert len(times) == len(deliveries), "each under a number of its own"
    assert len({number for _address, number in times}) == len(deliveries)
    repeated = sum(times.values()) - len(times)
    assert repeated <= interrupted
    print(f"{len(deliveries)} notices arrived, {repeated} of them again under the same number")


TASKS = """
import sys
from intranet import create_app
app = create_app()
from intranet.incidents import tasks
from intranet.incidents.operations import recounting
recounting.BATCH = 2
with app.app_context():
    print("at work", flush=True)
    getattr(tasks, sys.argv[1])()
"""
MANY = 160


def run_and_kill(settings, task, progress, wanted):
    """Run a task in a process of its own; kill it when it has done so much more."""
    goal = looked_up(progress)[0][0] + wanted
    environment = {
        **os.environ,
        "INTRANET_DATA_DIR": str(settings.data_dir),
        "INTRANET_DATABASE_URL": settings.database_url,
        "INTRANET_SECRET_KEY": settings.secret_key,
    }
    command = [sys.executable, "-c", TASKS, task]
    process = subprocess.Popen(
        command, env=environment, cwd=fire.HOUSE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    with process:
        assert process.stdout.readline() == b"at work\n"
        deadline = time.monotonic() + fire.START_SECONDS
        while looked_up(progress)[0][0] < goal:
            assert time.monotonic() < deadline
            assert process.poll() is None, "it ended before it was killed"
        process.send_signal(signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_alarms_and_a_recount_killed_in_the_middle_go_on_and_do_nothing_twice(app, base_settings):
    town, category = create_town(), create_category()
    officer = create_account("office", town.community.path).id
    reporter = create_account("resident", town.micros[0].path)
    begun = datetime.now(UTC) - timedelta(minutes=10)
    for _number in range(MANY):
        create_incident(town.micros[0], category, reporter=reporter, at=begun)
    db.session.remove()

    wanted = select(func.count(IncidentEvent.id)).where(IncidentEvent.verb == Verb.ESCALATE)
    for _kill in range(3):
        run_and_kill(base_settings, "sound_alarms", wanted, 20)
    db.session.rollback()
    rung = count(IncidentEvent.id, IncidentEvent.verb == Verb.ESCALATE)
    tasks.sound_alarms()

    escalated = Counter(
        db.session.scalars(
            select(IncidentEvent.incident_id).where(IncidentEvent.verb == Verb.ESCALATE)
        )
    )
    assert set(escalated.values()) == {1}
    assert len(escalated) == MANY
    told = select(Notice.account_id, Notice.key).where(Notice.topic == Topic.INCIDENT_DUE)
    assert Counter(row.account_id for row in db.session.execute(told))[officer] == MANY
    desks = set(db.session.execute(select(Incident.desk_path, Incident.level_raised)))
    assert desks == {(town.community.path, 1)}

    change_limit(Urgency.URGENT, Stage.ACCEPT, 25, 1, at=clock.now())
    wanted = select(func.count(Incident.id)).where(Incident.due_at == begun + timedelta(minutes=25))
    for _kill in range(3):
        run_and_kill(base_settings, "recount", wanted, 10)
    db.session.rollback()
    left, finished_at = db.session.execute(select(Recount.last_id, Recount.finished_at)).one()
    done = count(Incident.id, Incident.due_at == begun + timedelta(minutes=25))
    tasks.recount()

    assert finished_at is None
    assert done == count(Incident.id, Incident.id <= left)
    assert count(Incident.id, Incident.due_at == begun + timedelta(minutes=25)) == MANY
    assert count(Recount.id, Recount.finished_at.is_(None)) == 0
    for incident in db.session.scalars(select(Incident)):
        assert incident.state is State.REPORTED
        assert_replays(incident)
    print(f"{rung} of {MANY} rung and {done} counted anew when the last of each was killed")


def count(column, *conditions):
    return db.session.scalar(select(func.count(column)).where(*conditions))
