"""A year's end in browsers, at a time of the test's own."""

from __future__ import annotations

import pytest
from factories import create_account, log_in
from points.year_factory import AT
from sqlalchemy import text

from intranet.clock import BEIJING
from intranet.db import db


def browser(app, account):
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return log_in(client, account)


@pytest.fixture
def now(monkeypatch):
    """Let the pages live at a time of the test's."""
    lived = {"now": AT}
    monkeypatch.setattr("intranet.clock.now", lambda: lived["now"])
    monkeypatch.setattr("intranet.clock.today", lambda: lived["now"].astimezone(BEIJING).date())
    return lived


@pytest.fixture
def pair(app, years_end, now):
    """Two who settle the year, each with a browser."""
    path = years_end.shop.town.community.path
    found = []
    for role in ("secretary", "secretary"):
        client = browser(app, create_account(role, path))
        found.append(client)
    stay_logged_in()
    return found


def stay_logged_in():
    db.session.execute(text("UPDATE login_session SET expires_at = '2099-01-01 00:00:00'"))
    db.session.commit()
