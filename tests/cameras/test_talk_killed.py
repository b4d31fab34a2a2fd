"""The media worker is killed in the middle of a word: it is told, and nothing is said twice."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from factories import AT, create_account, create_town, log_in
from media.rig.loudspeakers import HikvisionCamera, OnvifCamera
from media.talking import clip
from sqlalchemy import select

from intranet import files
from intranet.cameras.models import Talk, TalkState
from intranet.cameras.operations import CameraFacts, add_camera
from intranet.db import db
from intranet.media.door import TalkTrouble

HOUSE = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture
def worker(app, tmp_path):
    """Start `intranet media` on the test's database as often as asked; all are killed at the end."""
    settings, started = app.config["SETTINGS"], []
    environment = {
        **os.environ,
        "INTRANET_DATA_DIR": str(settings.data_dir),
        "INTRANET_DATABASE_URL": settings.database_url.replace("postgresql+psycopg", "postgresql"),
        "INTRANET_SECRET_KEY": settings.secret_key,
        "INTRANET_CAMERA_NETWORKS": "127.0.0.0/8",
    }
    log = (tmp_path / "media.log").open("wb")

    def start():
        process = subprocess.Popen(
            [sys.executable, "-m", "intranet", "media"],
            env=environment,
            cwd=HOUSE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)
    log.close()


def speaking_part(worker):
    """Return the process id of the worker's part that speaks."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
                parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
            except OSError:
                continue
            if b"--speaking" in words and int(parent) == worker.pid:
                return int(entry.name)
    raise AssertionError("nothing speaks")


def until(true, seconds=60):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def talks():
    db.session.rollback()
    rows = db.session.execute(select(Talk.__table__).order_by(Talk.id)).all()
    db.session.rollback()
    return rows


def send(app, account, data):
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    log_in(client, account)
    db.session.rollback()
    answer = client.post("/cameras/C-1/talk", data={"clip": (io.BytesIO(data), "voice.webm")})
    assert answer.status_code == 303
    db.session.rollback()


def register(app, camera):
    """Register the camera with its loudspeaker's own address; return who may speak there."""
    town = create_town()
    account = create_account("micro_member", town.micros[0].path)
    facts = CameraFacts(
        *("路口", town.micros[0].path, None, None, None, "rtsp://127.0.0.1:9/none", ""),
        wallclock=False,
        talk_url=camera.url(),
    )
    add_camera(
        db.session(),
        actor=None,
        code="C-1",
        facts=facts,
        allowed=app.config["SETTINGS"].camera_networks,
        at=AT,
    )
    db.session.commit()
    return account


def half_said(app, account, camera):
    """Have eight seconds said, and return in the middle of them."""
    send(app, account, clip(seconds=8.0))
    until(lambda: camera.heard and len(camera.heard[0].pieces) > 20)


def is_cut_off():
    [talk] = talks()
    assert files.content(talk.file_key), "the clip is not lost"
    return (talk.state, talk.trouble) == (TalkState.FAILED, TalkTrouble.CUT_OFF)


@pytest.mark.parametrize("kind", [OnvifCamera, HikvisionCamera])
def test_killed_in_the_middle_it_is_told_and_not_said_again(app, worker, kind):
    with kind() as camera:
        account = register(app, camera)
        first = worker()
        half_said(app, account, camera)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait(20)
        said = len(camera.heard)

        worker()
        until(lambda: talks()[0].state == TalkState.FAILED)
        assert is_cut_off()
        if kind is HikvisionCamera:  # the camera itself would leave its channel open for good
            until(lambda: not camera.is_open)
            assert len(camera.heard) == said
        send(app, account, clip(seconds=1.0))
        until(lambda: talks()[1].state == TalkState.HEARD)
        assert len(camera.heard) == said + 1, "the first was not said again"
        assert len(camera.heard[0].sound) < 8 * 8000
        assert camera.sees_it_closed(camera.closed)


def test_its_speaking_part_killed_is_started_anew_and_closes_the_channel(app, worker):
    with HikvisionCamera() as camera:
        account = register(app, camera)
        at_work = worker()
        half_said(app, account, camera)
        killed = speaking_part(at_work)
        os.kill(killed, signal.SIGKILL)
        until(is_cut_off)
        until(lambda: not camera.is_open)
        assert speaking_part(at_work) != killed
        send(app, account, clip(seconds=1.0))
        until(lambda: talks()[1].state == TalkState.HEARD)
        assert len(camera.heard) == 2
        assert at_work.poll() is None, "the pictures went on"


def test_its_speaking_part_left_alone_hangs_up_and_ends(app, worker):
    with HikvisionCamera() as camera:
        account = register(app, camera)
        at_work = worker()
        half_said(app, account, camera)
        left = Path("/proc") / str(speaking_part(at_work))
        at_work.kill()  # the worker alone
        at_work.wait(20)
        until(is_cut_off)
        assert not camera.is_open
        until(lambda: not left.exists())


def test_a_second_worker_cuts_off_nobody(app, worker):
    with OnvifCamera() as camera:
        account = register(app, camera)
        worker()
        half_said(app, account, camera)
        assert worker().wait(60) == 1, "the folder is another's"
        until(lambda: talks()[0].state == TalkState.HEARD)
        assert len(camera.heard[0].sound) >= 8 * 8000


def test_told_to_stop_it_ends_the_word_and_closes_the_channel(app, worker):
    with OnvifCamera() as camera:
        account = register(app, camera)
        process = worker()
        half_said(app, account, camera)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert camera.sees_it_closed()
        assert is_cut_off()
