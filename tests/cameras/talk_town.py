"""A town with two cameras, and those who speak through them."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from factories import AT, create_account, create_town, log_in
from media.talking import clip
from sqlalchemy import select

from intranet import clock
from intranet.cameras.models import Talk
from intranet.cameras.operations import CameraFacts, add_camera
from intranet.cameras.tasks import DatabaseDoor
from intranet.db import db
from intranet.media.door import TalkReport

JSON = {"Accept": "application/json"}
NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)


def hang(app, code, name, path):
    """Register a camera."""
    add_camera(
        db.session(),
        actor=None,
        code=code,
        facts=CameraFacts(
            name, path, None, None, None, "rtsp://127.0.0.1/live", "", wallclock=False
        ),
        allowed=app.config["SETTINGS"].camera_networks,
        at=AT,
    )


@pytest.fixture
def town(app, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)
    town = create_town()
    for code, micro in (("C-1", town.micros[0]), ("C-2", town.micros[2])):
        hang(app, code, "老南街口", micro.path)
    db.session.commit()
    return town


@pytest.fixture
def member(town):
    return create_account("micro_member", town.micros[0].path, display_name="周姐")


@pytest.fixture
def door(app):
    """The worker's door; the test's own session lets go of the writers' lock before each knock."""

    class Polite(DatabaseDoor):
        def __getattribute__(self, name):
            db.session.rollback()
            return super().__getattribute__(name)

    return Polite(app)


def browser(app, account):
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return log_in(client, account)


def send(client, data=None, code="C-1", headers=JSON, **fields):
    data = clip(seconds=0.5) if data is None else data
    form = {"clip": (io.BytesIO(data), "voice.webm"), **fields}
    return client.post(f"/cameras/{code}/talk", data=form, headers=headers)


def over(door, trouble=None, *, heard=True):
    """Have the worker take the one that waits, and tell how it ended; nothing heard: no packet."""
    [wanted] = door.talks_taken(32)
    began = NOON.timestamp() if heard else None
    door.talk_told(TalkReport(wanted.id, began, NOON.timestamp() + 1, trouble))
    db.session.rollback()


def only():
    """Return what the one talk says now, and hold no transaction over it."""
    db.session.rollback()
    row = db.session.execute(select(Talk.__table__)).one()
    db.session.rollback()
    return row
