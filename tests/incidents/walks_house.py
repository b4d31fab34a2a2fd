"""The town and the people of the tests of walks."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from factories import AT, create_account, create_town, log_in, viewer_of
from PIL import Image
from sqlalchemy import func, select

from intranet import clock
from intranet.db import db

LATER = AT + timedelta(minutes=20)


@pytest.fixture
def town(app, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: LATER)
    return create_town()


def member(grid, role="micro_member", **fields):
    account = create_account(role, grid.path, **fields)
    return viewer_of(account, (role, grid.path))


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def browser(app, viewer):
    from intranet.people.models import Account

    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return log_in(client, db.session.get(Account, viewer.account_id))


def jpeg():
    packed = io.BytesIO()
    Image.new("RGB", (40, 30), (120, 90, 60)).save(packed, "JPEG")
    return packed.getvalue()
