"""The town and the phones of the tests of reports."""

from __future__ import annotations

import io
import json

import pytest
from factories import AT, create_town, log_in
from incidents_factory import create_category
from PIL import Image
from sqlalchemy import select

from intranet import clock, once
from intranet.db import db
from intranet.incidents.models import Incident

WEST, EAST, NORTH = 103.620, 103.630, 30.430


def draw(town):
    """Give two micro-grids boundaries side by side."""
    for grid, west in ((town.micros[0], WEST), (town.micros[1], EAST)):
        ring = [[west, 30.42], [west + 0.01, 30.42], [west + 0.01, NORTH], [west, NORTH]]
        shape = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
        grid.boundary_wgs84 = json.dumps(shape)
    db.session.commit()
    return town


@pytest.fixture
def town(app, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT)
    return draw(create_town())


@pytest.fixture
def matter(town):
    return create_category("占道经营", keywords="摆摊 流动摊贩")


def phone_of(app, account):
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return log_in(client, account)


def sent(client, matter, key=None, url="/incidents/new", draft=True, **fields):
    data = {"category": matter.id, "once": key or once.new_key(), "send": "now", **fields}
    headers = {"X-Draft": "1", "HX-Request-Type": "partial"} if draft else {}
    return client.post(url, data=data, headers=headers)


def photo(place=None, size=(80, 60)):
    exif = Image.Exif()
    if place:
        gps = exif.get_ifd(0x8825)
        gps[1], gps[3] = "N", "E"
        gps[2], gps[4] = ((degrees, 0.0, 0.0) for degrees in place)
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, "JPEG", exif=exif)
    return out.getvalue()


def only():
    db.session.expire_all()
    return db.session.scalars(select(Incident)).one()
