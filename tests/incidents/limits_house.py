"""The time, the town and the form of the tests of limits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories import AT, create_account, create_town, log_in, viewer_of
from incidents_factory import history

from intranet import clock
from intranet.db import db
from intranet.incidents import tasks
from intranet.incidents.models import (
    Incident,
    Stage,
)

PAGE = "/incidents/limits"


MINUTE = timedelta(minutes=1)


@pytest.fixture
def now(monkeypatch):
    """The time of day, for the test to move: ``now[0]``."""
    moment = [AT]
    monkeypatch.setattr(clock, "now", lambda: moment[0])
    return moment


@pytest.fixture
def town(app, now):
    return create_town()


@pytest.fixture
def admin(town, client):
    account = create_account("admin", town.county.path)
    log_in(client, account)
    return viewer_of(account, ("admin", town.county.path))


def row(incident):
    return fresh(incident.id)


def fresh(incident_id):
    db.session.rollback()
    return db.session.get(Incident, incident_id, populate_existing=True)


def table(urgency="urgent", of="", seen=(), **amounts):
    """Return what the form sends: a stage's ``("30", "minutes", "5", "minutes")``, or nothing."""
    data = {"of": of, "urgency": urgency}
    for stage in Stage:
        amount, unit, warn, warn_unit = amounts.get(stage.value, ("", "minutes", "", "minutes"))
        data |= {
            f"{stage}_amount": amount,
            f"{stage}_unit": unit,
            f"{stage}_warn": warn,
            f"{stage}_warn_unit": warn_unit,
            f"{stage}_seen": dict(seen).get(stage.value, ""),
        }
    return data


def alarms():
    tasks.sound_alarms()
    db.session.rollback()


def verbs(incident):
    return [event.verb for event in history(row(incident))]
