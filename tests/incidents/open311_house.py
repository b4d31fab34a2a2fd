"""A small community with public matters, questions and a system outside that has a key."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from factories import AT, create_account, create_town, viewer_of
from incidents_factory import create_category, create_incident
from PIL import Image
from sqlalchemy import func, select

from intranet import clock
from intranet.db import db
from intranet.incidents import operations
from intranet.incidents.models import Attachment, Category, Datatype, Incident, Urgency, Verb
from intranet.incidents.operations import Asked, Brings, LetOut

INSIDE = (30.70, 103.80)  # in the first micro-grid
BESIDE = (30.705, 103.815)  # in no micro-grid, and in the community
FAR = (39.9, 116.4)
BASE = "/open311/v2"
TYPES = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}


@dataclass
class House:
    """What the tests of the door have at hand."""

    app: Any
    town: Any
    public: Category
    secret: Category
    staff: Any
    key: str
    client_id: int

    def asks(self, **environ):
        """Return a system outside: neither cookies nor a browser's headers.

        What the test itself has open would hold the one writer's lock of SQLite.
        """
        db.session.rollback()
        client = self.app.test_client(use_cookies=False)
        client.environ_base.update(environ)
        return client

    def get(self, path, **query):
        return self.asks().get(f"{BASE}/{path}", query_string=query)

    def post(self, path="requests.json", headers=None, **data):
        data.setdefault("api_key", self.key)
        return self.asks().post(f"{BASE}/{path}", data=data, headers=headers)

    def report(self, **data):
        """Report something and return its number."""
        data = {"service_code": self.public.code, "lat": INSIDE[0], "long": INSIDE[1], **data}
        answer = self.post(**data)
        assert answer.status_code == 200, answer.text
        return answer.json[0]["service_request_id"]

    def one(self, number, **query):
        """Return one request as JSON has it."""
        return self.get(f"requests/{number}.json", **query).json[0]

    def does(self, incident, verb, at=AT, **brings):
        """Have the office make a move."""
        operations.perform(
            db.session(),
            actor=self.staff,
            at=at,
            incident=incident,
            verb=Verb(verb),
            brings=Brings(**brings),
        )
        db.session.commit()


def square(west, south, east, north):
    """Return a boundary as the database holds it."""
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


def build_house(app):
    """Put it into the database."""
    town = create_town()
    town.community.boundary_wgs84 = square(103.79, 30.69, 103.83, 30.73)
    for number, micro in enumerate(town.micros):
        west = 103.79 + 0.005 * number
        micro.boundary_wgs84 = square(west, 30.69, west + 0.005, 30.73)
    town.micros[0].boundary_wgs84 = square(103.79, 30.69, 103.805, 30.73)
    for micro in town.micros[1:]:
        micro.boundary_wgs84 = None
    db.session.commit()
    public = create_category(
        "占道经营",
        urgency=Urgency.ORDINARY,
        is_public=True,
        keywords="摆摊 占道",
        owner="城管办",
        promise="5个工作日内办结",
    )
    secret = create_category("家庭纠纷", urgency=Urgency.ORDINARY)
    account = create_account("office", town.community.path)
    admin = viewer_of(create_account("admin", town.county.path), ("admin", town.county.path))
    client, key = operations.make_client(
        db.session(),
        actor=admin,
        at=AT,
        name="市民热线平台",
        contact="市政务办",
        grid=town.community,
        per_minute=60,
    )
    db.session.commit()
    staff = viewer_of(account, ("office", town.community.path))
    return House(app, town, public, secret, staff, key, client.id)


def ask(house, category=None, **fields):
    """Ask a question of a matter."""
    fields = {"description": "现场有几人？", "datatype": Datatype.NUMBER, **fields}
    code = fields.pop("code", "")
    question = operations.add_question(
        db.session(),
        actor=house.staff,
        at=AT,
        category=category or house.public,
        asked=Asked(**fields),
        code=code,
    )
    db.session.commit()
    return question


def incident_in(house, category=None, **content):
    """Have a micro-grid member report something the usual way."""
    return create_incident(house.town.micros[0], category or house.public, **content)


def release(house, incident, words="路口有人占道摆摊", *, has_photos=False):
    """Let words of an incident out, and the photos it has now."""
    photos = db.session.scalars(
        select(Attachment).where(
            Attachment.incident_id == incident.id, Attachment.hidden_at.is_(None)
        )
    )
    operations.release(
        db.session(),
        actor=house.staff,
        at=clock.now(),
        incident=incident,
        out=LetOut(words, [(one.id, one.version) for one in photos] if has_photos else []),
    )
    db.session.commit()


def xml(answer):
    """Return the root of an XML answer."""
    return ET.fromstring(answer.data)


def picture(place=None):
    """Return a JPEG as a phone makes it, with its place if one is given."""
    image = Image.new("RGB", (64, 48), (180, 40, 40))
    data = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "PhoneMaker"
    if place is not None:
        gps = exif.get_ifd(0x8825)
        gps[1], gps[2] = "N", _degrees(place[0])
        gps[3], gps[4] = "E", _degrees(place[1])
    image.save(data, "JPEG", exif=exif)
    data.seek(0)
    return data


def _degrees(value):
    whole = int(value)
    minutes = (value - whole) * 60
    return (float(whole), float(int(minutes)), round((minutes - int(minutes)) * 60, 4))


@pytest.fixture
def house(app):
    return build_house(app)


def found(number):
    db.session.rollback()
    return db.session.scalar(select(Incident).where(Incident.number == number))


def count(model):
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model))


def reasons(answer):
    return " ".join(one["description"] for one in answer.json)
