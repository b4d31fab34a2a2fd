"""Who is told of a move: everybody it concerns, nobody twice, and never whoever made it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories import AT, create_account, create_town, viewer_of
from incidents_factory import create_category, create_incident, create_unit
from sqlalchemy import select

from intranet.db import db
from intranet.incidents import operations
from intranet.incidents.models import Satisfaction, Verb
from intranet.incidents.operations import Assignee, Brings
from intranet.notices.models import Notice, Topic


@pytest.fixture
def told(app):
    """Return a function that makes a move and gives back who was told what of it."""
    seen = {"last": 0, "minute": 0}

    def make(incident, verb, actor, **brings):
        seen["minute"] += 1
        operations.perform(
            db.session(),
            actor=actor,
            at=AT + timedelta(minutes=seen["minute"]),
            incident=incident,
            verb=verb,
            brings=Brings(**brings),
        )
        db.session.commit()
        return since()

    def since():
        rows = db.session.execute(
            select(Notice.id, Notice.account_id, Notice.topic)
            .where(Notice.id > seen["last"])
            .order_by(Notice.id)
        ).all()
        seen["last"] = max([seen["last"], *(row.id for row in rows)])
        return [(row.account_id, row.topic) for row in rows]

    make.since = since
    return make


@pytest.fixture
def people(app):
    town = create_town()
    places = {
        "secretary": town.community,
        "office": town.community,
        "grid_member": town.generals[0],
        "micro_member": town.micros[0],
    }
    made = {role: create_account(role, grid.path) for role, grid in places.items()}
    viewers = {role: viewer_of(one, (role, places[role].path)) for role, one in made.items()}
    return town, made, viewers


def test_whoever_reports_and_handles_is_told_once_to_handle_it(told, people):
    town, accounts, viewers = people
    reporter = accounts["micro_member"]
    unit = create_unit(town.town, members=[reporter])
    incident = create_incident(town.micros[0], create_category(), reporter=reporter)
    told(incident, Verb.ACCEPT, viewers["grid_member"])

    found = told(
        incident,
        Verb.DISPATCH,
        viewers["office"],
        assignees=[Assignee("account", reporter.id), Assignee("unit", unit.id)],
    )

    assert found == [(reporter.id, Topic.INCIDENT_ASSIGNED)]


def test_handlers_hear_of_a_suspension_granted_and_ended_and_of_words_added(told, people):
    town, accounts, viewers = people
    worker = create_account("micro_member", town.micros[1].path)
    handler = viewer_of(worker, ("micro_member", town.micros[1].path))
    reporter = accounts["micro_member"].id
    incident = create_incident(town.micros[0], create_category(), reporter=accounts["micro_member"])
    told(incident, Verb.ACCEPT, viewers["grid_member"])
    told(incident, Verb.DISPATCH, viewers["office"], assignees=[Assignee("account", worker.id)])
    told(incident, Verb.ARRIVE, handler)
    told(incident, Verb.ASK_SUSPENSION, handler, words="等产权单位回复")

    assert told(incident, Verb.SUSPEND, viewers["secretary"], words="同意") == [
        (worker.id, Topic.INCIDENT_ASSIGNED)
    ]
    assert told(incident, Verb.RESUME, viewers["grid_member"]) == [
        (worker.id, Topic.INCIDENT_ASSIGNED)
    ]
    added = told(incident, Verb.COMMENT, viewers["office"], words="已联系产权单位")
    assert sorted(added) == sorted(
        [(worker.id, Topic.INCIDENT_PROGRESS), (reporter, Topic.INCIDENT_PROGRESS)]
    )
    assert told(incident, Verb.COMMENT, handler, words="收到") == [
        (reporter, Topic.INCIDENT_PROGRESS)
    ]
    void = told(incident, Verb.VOID, viewers["secretary"], words="重复登记")
    assert sorted(void) == sorted(
        [(worker.id, Topic.INCIDENT_ASSIGNED), (reporter, Topic.INCIDENT_PROGRESS)]
    )


def test_whoever_had_it_hears_that_it_went_to_others(told, people):
    town, accounts, viewers = people
    first, second = (create_account("micro_member", town.micros[1].path) for _one in range(2))
    incident = create_incident(town.micros[0], create_category(), reporter=accounts["micro_member"])
    told(incident, Verb.ACCEPT, viewers["grid_member"])
    told(incident, Verb.DISPATCH, viewers["office"], assignees=[Assignee("account", first.id)])
    handler = viewer_of(first, ("micro_member", town.micros[1].path))
    helper = viewer_of(second, ("micro_member", town.micros[1].path))

    handed_on = told(
        incident,
        Verb.TRANSFER,
        viewers["office"],
        assignees=[Assignee("account", second.id)],
        words="离得近",
    )
    assert handed_on == [
        (second.id, Topic.INCIDENT_ASSIGNED),
        (first.id, Topic.INCIDENT_ASSIGNED),
    ]
    refused = told(incident, Verb.REFUSE, helper, words="不在辖区")
    assert {account for account, _topic in refused}.isdisjoint({first.id, second.id})
    assert handler.account_id == first.id


def test_the_desk_hears_of_what_waits_to_be_closed_and_of_whoever_is_not_satisfied(told, people):
    town, accounts, viewers = people
    reporter = viewer_of(accounts["micro_member"], ("micro_member", town.micros[0].path))
    worker = create_account("micro_member", town.micros[1].path)
    handler = viewer_of(worker, ("micro_member", town.micros[1].path))
    incident = create_incident(town.micros[0], create_category(), reporter=accounts["micro_member"])
    told(incident, Verb.ACCEPT, viewers["grid_member"])
    told(incident, Verb.DISPATCH, viewers["office"], assignees=[Assignee("account", worker.id)])
    told(incident, Verb.ARRIVE, handler)
    told(incident, Verb.FINISH, handler, words="已清理")
    desk = {accounts[role].id for role in ("secretary", "office", "grid_member")}

    verified = told(incident, Verb.VERIFY, viewers["grid_member"])
    assert set(verified) == {
        (one, Topic.INCIDENT_NEW) for one in desk - {viewers["grid_member"].account_id}
    }
    told(incident, Verb.CLOSE, viewers["office"], reporter_word="已清理完毕")
    asked = db.session.scalars(select(Notice).order_by(Notice.id.desc())).first()
    assert (asked.account_id, asked.urgent) == (reporter.account_id, False), "nobody is woken"
    heard = told(incident, Verb.EVALUATE, reporter, satisfaction=Satisfaction.DISSATISFIED)
    assert set(heard) == {(one, Topic.INCIDENT_NEW) for one in desk}


def test_reporters_hear_that_a_merging_was_taken_back(told, people):
    town, accounts, viewers = people
    category = create_category()
    staying = create_incident(town.micros[0], category)
    gone = create_incident(town.micros[0], category, reporter=accounts["micro_member"])
    for one in (staying, gone):
        told(one, Verb.ACCEPT, viewers["grid_member"])
    for step in (operations.merge, operations.unmerge):
        told.since()
        given = {"into": staying, "others": [gone]} if step is operations.merge else {}
        if not given:
            given = {"incident": gone}
        step(db.session(), actor=viewers["office"], at=AT + timedelta(minutes=2), **given)
        db.session.commit()
        assert (accounts["micro_member"].id, Topic.INCIDENT_PROGRESS) in told.since()
