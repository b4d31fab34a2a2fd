"""The shop, the desk and the store room in browsers, and what their forms send."""

from __future__ import annotations

import re

import pytest
from factories import create_account, log_in
from points.goods_factory import ask, earn, on_shelf, party, put_out, shop  # noqa: F401
from sqlalchemy import select

from intranet import clock, once
from intranet.db import db
from intranet.points import operations, queries
from intranet.points.models import Redemption


@pytest.fixture
def year(shop):
    """The year it is: what the pages do is dated today."""
    operations.open_period(db.session(), year=2026)
    now = clock.today().year
    for one in range(2027, now + 1):
        operations.open_period(db.session(), year=one)
    db.session.commit()
    return now


def browser(app, account):
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return log_in(client, account)


def office(app, shop, role="office"):
    return browser(app, create_account(role, shop.town.community.path))


def sent(**fields):
    return {"once": once.new_key(), **fields}


def confirmed(goods, **fields):
    """Return what the form of goods sends: what the page said of them goes along."""
    return sent(version=goods.version, points=goods.points, **fields)


def chosen(goods, **fields):
    """Return what the counter's form sends."""
    offered = f"{goods.id}.{goods.version}.{goods.points}"
    return sent(goods=offered, **({"reason": "当面认识"} | fields))


def newest():
    db.session.expire_all()
    return db.session.scalar(select(Redemption).order_by(Redemption.id.desc()).limit(1))


def is_whole():
    return list(queries.verify(db.session())) == []


def shown_code(page):
    """Return the six digits as they stand on the page, together."""
    return "".join(re.search(r"<b>(\d{3}) (\d{3})</b>", page.text).groups())
