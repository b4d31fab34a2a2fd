"""What the media worker said counts as long as it shows that it is awake."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from factories import AT, create_account, create_town, log_in
from media.rig.rig import camera_rig  # noqa: F401

from intranet import clock
from intranet.cameras.models import Camera, StreamState
from intranet.cameras.operations import CameraFacts, add_camera
from intranet.db import db
from intranet.media import pulse
from intranet.media.door import State, StreamName

HOUSE = Path(__file__).resolve().parents[2]
CODE = "AWAKE-1"
FOUND_SECONDS = 5.0  # an age of three seconds, and the machine's own slowness
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def leader(app, client):
    town = create_town()
    log_in(client, create_account("secretary", town.community.path))
    client.path = town.micros[0].path
    return client


@pytest.fixture
def folder(app):
    folder = app.config["SETTINGS"].media_dir
    folder.mkdir(parents=True, exist_ok=True)
    yield folder
    pulse.forget(folder)


def register(app, path, url):
    facts = CameraFacts("老南街口", path, None, None, None, url, "", wallclock=False)
    networks = app.config["SETTINGS"].camera_networks
    add_camera(db.session(), actor=None, code=CODE, facts=facts, allowed=networks, at=AT)
    db.session.commit()


def pages(leader):
    """What the camera's page, the list of those down and the start page say."""
    db.session.remove()  # the requests share one session here: what was read before must not stay
    status = leader.get(f"/cameras/{CODE}/status?said=", headers=PARTIAL).text
    down = CODE in leader.get("/cameras?state=down").text
    home = leader.get("/").text
    return status, down, home


def all_say_live(leader):
    status, down, home = pages(leader)
    return "在线" in status and not down and "1 / 1" in home


def all_say_not_running(leader):
    status, down, home = pages(leader)
    return "未运行" in status and "媒体进程没有回应" in status and down and "0 / 1" in home


def set_pulse(folder, seconds_ago):
    pulse.beat(folder)
    at = clock.now().timestamp() - seconds_ago
    os.utime(folder / pulse.NAME, (at, at))


def test_a_fresh_report_counts_only_while_its_worker_is_awake(app, leader, folder):
    register(app, leader.path, "rtsp://127.0.0.1:9/x")
    camera = db.session.scalar(db.select(Camera))
    row = StreamState(camera_id=camera.id, stream=StreamName.MAIN, state=State.LIVE, at=clock.now())
    db.session.add(row)
    db.session.commit()

    assert all_say_not_running(leader), "no sign of life at all"
    set_pulse(folder, 0.5)
    assert all_say_live(leader)
    for seconds_ago in (pulse.SILENT_SECONDS + 1, -3600):  # the clock was set back by an hour
        set_pulse(folder, seconds_ago)
        assert all_say_not_running(leader), seconds_ago


def test_words_that_no_longer_reach_the_database_do_not_count(app, leader, folder):
    register(app, leader.path, "rtsp://127.0.0.1:9/x")
    camera = db.session.scalar(db.select(Camera))
    row = StreamState(camera_id=camera.id, stream=StreamName.MAIN, state=State.LIVE, at=AT)
    db.session.add(row)
    db.session.commit()
    set_pulse(folder, 0.5)

    status, down, home = pages(leader)

    assert "未运行" in status
    assert down
    assert "0 / 1" in home


@pytest.fixture
def worker(app, tmp_path):
    """``intranet media`` on the app's database and folder, in a process of its own."""
    settings = app.config["SETTINGS"]
    environment = {
        **os.environ,
        "INTRANET_DATA_DIR": str(settings.data_dir),
        "INTRANET_DATABASE_URL": settings.database_url,
        "INTRANET_SECRET_KEY": "a key for tests only",
        "INTRANET_CAMERA_NETWORKS": "127.0.0.0/8",
    }
    arguments = [sys.executable, "-m", "intranet", "media"]
    with (tmp_path / "worker.log").open("ab") as out:
        process = subprocess.Popen(arguments, cwd=HOUSE, env=environment, stdout=out, stderr=out)
    yield process
    process.send_signal(signal.SIGCONT)
    process.terminate()
    process.wait(timeout=20)


def until(condition, seconds, what):
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, what
        time.sleep(0.1)
    return time.monotonic() - began


def media_of(leader):
    return leader.get("/readyz").get_json()["media"]


@pytest.mark.gstreamer
def test_a_frozen_worker_is_found_within_seconds_on_every_page(
    app,
    leader,
    folder,
    camera_rig,
    worker,
):
    register(app, leader.path, camera_rig.url("/main"))
    until(lambda: all_say_live(leader), 40, "the camera is not live")
    assert media_of(leader) == "the media worker runs"

    worker.send_signal(signal.SIGSTOP)
    until(lambda: all_say_not_running(leader), FOUND_SECONDS, "the pages go on saying live")
    assert "has stood still for" in media_of(leader)
    worker.send_signal(signal.SIGCONT)

    until(lambda: all_say_live(leader), 40, "it does not come back")
    assert media_of(leader) == "the media worker runs"
