"""A year's end in browsers, at a time of the test's own."""

from __future__ import annotations

import pytest
from factories import create_account, log_in
from points.year_factory import AT, verified
from sqlalchemy import text

from intranet import clock, once
from intranet.clock import BEIJING
from intranet.db import db
from intranet.points.models import Settlement
from intranet.register.models import PartyKind

HOUSEHOLD = PartyKind.HOUSEHOLD
NAME = "欧阳秀兰"


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


def version(end):
    db.session.expire_all()
    return db.session.get_one(Settlement, end.settlement.id).version


def url(end, *more):
    return "/".join(["/points/years", str(end.settlement.id), *more])


def post(client, end, *more, **fields):
    if more[0] in {"publish", "sign", "close"}:  # as the worker does once a day
        verified(clock.now())
    form = {"version": version(end), "once": once.new_key(), **fields}
    return client.post(url(end, *more), data=form)


def state(end):
    db.session.expire_all()
    return db.session.get_one(Settlement, end.settlement.id).state


def honour(**fields):
    return {
        "once": once.new_key(),
        "title": "治理之星",
        "kind": "household",
        "measure": "overall",
        "rank_first": "1",
        "rank_last": "1",
        "goods": "",
        "quantity": "1",
        **fields,
    }
