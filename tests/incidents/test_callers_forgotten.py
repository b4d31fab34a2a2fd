"""Names and phones of those who reported without an account are erased in time, and only then."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from factories import AT, create_account, create_town, viewer_of
from incidents_factory import create_category, create_incident
from sqlalchemy import select

from intranet import clock
from intranet.audit import AuditEntry
from intranet.db import db
from intranet.incidents import operations, tasks
from intranet.incidents.models import Contact, Verb
from intranet.incidents.operations import Brings, contacts

DAYS = 180


@pytest.fixture
def called_in(app):
    """Two incidents callers told of, and who takes care of them."""
    town = create_town()
    office = create_account("office", town.community.path)
    caller = {"caller_name": "陈秀英", "caller_phone": "13800000000"}
    category = create_category()
    told = [create_incident(town.micros[0], category, reporter=office, **caller) for _ in range(2)]
    return told, viewer_of(office, ("office", town.community.path))


def known(incident):
    return db.session.scalars(select(Contact).where(Contact.incident_id == incident.id)).all()


def decline(incident, actor):
    operations.perform(
        db.session(),
        actor=actor,
        at=AT,
        incident=incident,
        verb=Verb.DECLINE,
        brings=Brings(words="不属于本社区"),
    )
    db.session.commit()


def test_they_stay_while_it_is_open_and_for_the_days_after_its_end(called_in, monkeypatch):
    (incident, other), actor = called_in
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(days=3 * DAYS))
    assert tasks.forget_callers() == 0, "it is still open"
    decline(incident, actor)
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(days=DAYS, seconds=-1))
    assert tasks.forget_callers() == 0
    assert len(known(incident)) == 2

    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(days=DAYS, seconds=1))
    assert tasks.forget_callers() == 1
    assert known(incident) == []
    told = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "incidents:contact:erase")
    ).all()
    assert [one.object_id for one in told] == [str(incident.id)]
    assert "陈" not in told[0].details
    assert tasks.forget_callers() == 0, "once"
    assert len(known(other)) == 2, "it is open still"


def test_many_go_in_batches_and_a_setting_of_nought_keeps_them(app, called_in, monkeypatch):
    told, actor = called_in
    for one in told:
        decline(one, actor)
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(days=DAYS + 1))
    settings = app.config["SETTINGS"]
    monkeypatch.setitem(app.config, "SETTINGS", replace(settings, caller_days=0))
    assert tasks.forget_callers() == 0
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    monkeypatch.setattr(contacts, "BATCH", 1)
    assert tasks.forget_callers() == 2
    assert [known(one) for one in told] == [[], []]


def test_of_what_was_merged_they_stay_as_long_as_it_is_worked_on(called_in, monkeypatch):
    (into, merged), actor = called_in
    operations.merge(db.session(), actor=actor, at=AT, into=into, others=[merged])
    db.session.commit()
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(days=DAYS + 1))
    assert tasks.forget_callers() == 0
    assert len(known(merged)) == 2

    decline(into, actor)  # with that the merged one goes on by itself
    decline(merged, actor)
    assert tasks.forget_callers() == 2
