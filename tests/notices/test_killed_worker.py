"""The real worker, killed −9 at any moment of its sending, loses nothing and repeats honestly.

What is guaranteed: every delivery arrives at least once. One whose worker died between the
gateway's receipt and our commit arrives again, under the same Idempotency-Key, for that is the
one thing nobody can know; a gateway that drops numbers it has seen shows each person each notice
once. Nothing else repeats: per kill at most the one message that was on its way.
"""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from factories import create_town
from notices.gateway_on_loopback import gateway
from notices.people_told import address_of, create_person, deliveries, notices, tell
from sqlalchemy import select, update

from intranet import background, clock
from intranet.db import db, reading
from intranet.notices.models import DeliveryState, NoticeDelivery

HOUSE = Path(__file__).resolve().parents[2]
KILLS = 22
PEOPLE, KEYS = 40, 5
OPEN = (DeliveryState.PENDING, DeliveryState.SENDING)


def start(settings, template, log):
    """Start ``intranet worker`` on the test's database, with its own queue's clock."""
    environment = {
        **os.environ,
        "INTRANET_DATA_DIR": str(settings.data_dir),
        "INTRANET_DATABASE_URL": settings.database_url,
        "INTRANET_SECRET_KEY": settings.secret_key,
        "INTRANET_NOTICE_CHANNELS": f"sms={template}",
    }
    command = [sys.executable, "-m", "intranet", "worker"]
    return subprocess.Popen(command, env=environment, cwd=HOUSE, stdout=log, stderr=log)


def kill_while_sending(worker, double, wanted, pause_seconds):
    """Wait until it has sent so many more, and a moment of chance; then kill it."""
    deadline = time.monotonic() + 30
    goal = len(double.arrived) + wanted
    for turn in itertools.count():
        if len(double.arrived) >= goal or time.monotonic() >= deadline:
            break
        assert worker.poll() is None, "the worker ended by itself"
        # Asked seldom: to ask takes a processor from the worker, which is still starting.
        if turn % 25 == 0 and not count_open():
            break
        time.sleep(0.002)
    time.sleep(pause_seconds)
    worker.send_signal(signal.SIGKILL)
    worker.wait(20)


def count_open():
    """Look without a writer's lock, which the worker needs."""
    with reading():
        wanted = select(NoticeDelivery.id).where(NoticeDelivery.state.in_(OPEN))
        found = len(db.session.scalars(wanted).all())
        db.session.rollback()
    return found


def let_leases_end():
    """Two minutes pass for what was being sent, without anybody waiting for them."""
    db.session.rollback()
    now = clock.now()
    held = (NoticeDelivery.state == DeliveryState.SENDING, NoticeDelivery.due_at > now)
    interrupted = db.session.execute(
        update(NoticeDelivery).where(*held).values(due_at=now)
    ).rowcount
    db.session.commit()
    return interrupted


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_killed_at_any_moment_the_worker_loses_nothing_and_repeats_only_what_was_on_its_way(
    app, base_settings, tmp_path
):
    chance = random.Random(20261124)
    town = create_town()
    people = [create_person(town, number=n) for n in range(PEOPLE)]
    interrupted = 0
    with gateway() as double, (tmp_path / "worker.log").open("wb") as log:
        double.pause_seconds = 0.004
        for number in range(KEYS - 1):
            tell(town, people, key=f"k{number}", at=clock.now())
        for _kill in range(KILLS):
            worker = start(base_settings, double.template, log)
            try:
                kill_while_sending(worker, double, chance.randint(0, 8), chance.random() * 0.02)
            finally:
                worker.kill()
                worker.wait(20)
            found = let_leases_end()
            assert found <= 1, "one at a time is on its way"
            interrupted += found
        double.pause_seconds = 0
        # Something is left for the last worker: once it is sent, the worker knows what SIGTERM is.
        tell(town, people, key=f"k{KEYS - 1}", at=clock.now())
        last = start(base_settings, double.template, log)
        try:
            deadline = time.monotonic() + 60
            while count_open() and time.monotonic() < deadline:
                time.sleep(0.05)
            last.send_signal(signal.SIGTERM)
            assert last.wait(20) == 0
        finally:
            last.kill()
            last.wait(20)
    background.connect(base_settings).flush()
    written = (tmp_path / "worker.log").read_text()

    assert {one.state for one in deliveries()} == {DeliveryState.SENT}
    assert len(deliveries()) == len(notices()) == PEOPLE * KEYS
    times = Counter((address, number) for address, number, _title, _words in double.arrived)
    by_person = Counter(address for address, _number in times)
    assert by_person == {address_of("sms", n): KEYS for n in range(PEOPLE)}, "all, under a number"
    repeated = sum(count - 1 for count in times.values())
    assert repeated <= interrupted <= KILLS
    for secret in ("gateway-secret-7q", "138000000", double.template):
        assert secret not in written
    assert interrupted > 0, "no kill hit a message on its way: the test proves nothing"
