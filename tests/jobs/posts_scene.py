"""A station, a company and those who act for it, for tests of companies and posts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from factories import create_account, create_town, log_in, viewer_of
from jobs.jobs_factory import CLEANER, create_company, create_handler, occupation

from intranet import clock, once
from intranet.db import db
from intranet.jobs import operations
from intranet.jobs.models import Company, Employment, PayUnit, Shift
from intranet.jobs.operations import PostFacts
from intranet.register.models import Party
from intranet.register.operations.numbers import credit_check_sign
from intranet.register.operations.personal import index


def code(first17="91510115MA6CABCD0"):
    return first17 + credit_check_sign(first17)


@dataclass
class Scene:
    town: object
    company: Company
    handler_account: object
    staff: list
    viewers: list = field(default_factory=list)

    @property
    def handler(self):
        path = self.town.dedicated.path
        return viewer_of(self.handler_account, ("company", path))

    @property
    def station(self):
        return self.viewers[0]

    @property
    def second(self):
        return self.viewers[1]


@pytest.fixture
def scene(app):
    """One verified company of a dedicated grid, its handler, and three of the station."""
    town = create_town()
    company = verified(town.dedicated)
    account = create_account("company", town.dedicated.path, username="yufu", display_name="李经办")
    create_handler(company, account)
    names = ("王敏", "赵强", "何静")
    staff = [create_account("station", town.community.path, display_name=name) for name in names]
    occupation(CLEANER)
    db.session.commit()
    viewers = [viewer_of(one, ("station", town.community.path)) for one in staff]
    return Scene(town, company, account, staff, viewers)


def verified(grid, name="温江鱼凫家政服务有限公司", first17="91510115MA6CABCD0", **fields):
    """Return a company with a credit code, looked at today, to be looked at again in a year."""
    today = clock.today()
    seen = {"licence_seen_on": today, "recheck_due_on": today + timedelta(days=365)}
    company = create_company(grid, name, **(seen | fields))
    party = db.session.get(Party, company.party_id)
    party.credit_code = code(first17)
    index(db.session(), party)
    db.session.commit()
    return company


def facts(**changed):
    said = {
        "title": "写字楼保洁员",
        "occupation_code": CLEANER,
        "employment": Employment.FULL_TIME,
        "openings": 2,
        "duties": "负责写字楼大厅、楼梯和卫生间的清扫",
        "conditions": "做事细心，不要求经验",
        "shift": Shift.DAY,
        "pay_min_fen": 300_000,
        "pay_max_fen": 350_000,
        "pay_unit": PayUnit.MONTH,
        "address": "光华大道三段 12 号",
        "weekdays": 0b0011111,
        "from_minute": 510,
        "to_minute": 960,
    }
    return PostFacts(**(said | changed))


def act(viewer, at=None):
    return {"actor": viewer, "at": at or clock.now()}


def write(scene, viewer=None, company=None, **changed):
    made = operations.write_post(
        db.session(),
        company=company or scene.company,
        facts=facts(**changed),
        **act(viewer or scene.handler),
    )
    db.session.commit()
    return made


def submit(scene, post, viewer=None, at=None):
    operations.submit_post(
        db.session(), post, version=post.version, **act(viewer or scene.handler, at)
    )
    db.session.commit()
    return post


def publish(scene, post, at=None):
    """Have as many as are needed publish it."""
    for viewer in scene.viewers:
        if operations.publish_post(db.session(), post, version=post.version, **act(viewer, at)):
            break
    db.session.commit()
    return post


def published(scene, at=None, **changed):
    return publish(scene, submit(scene, write(scene, **changed), at=at), at)


def browser(app, account):
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return log_in(client, account)


def sent(**fields):
    return {"once": once.new_key(), **fields}


def fresh(model, row_id):
    db.session.rollback()
    db.session.expire_all()
    return db.session.get(model, row_id)


def form_of(**changed):
    """Return what the form of a post sends."""
    said = {
        "title": "写字楼保洁员",
        "occupation_code": CLEANER,
        "employment": "full_time",
        "openings": "2",
        "duties": "负责写字楼大厅的清扫",
        "conditions": "做事细心",
        "pay_min_fen": "3000",
        "pay_max_fen": "3500",
        "pay_unit": "month",
        "shift": "day",
        "weekdays": ["0", "1", "2", "3", "4"],
        "from_minute": "08:30",
        "to_minute": "16:00",
        "address": "光华大道三段 12 号",
        "valid_days": "30",
        "experience_months": "0",
    }
    return sent(**(said | changed))
