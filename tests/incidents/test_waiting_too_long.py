"""What nobody's clock runs for is not forgotten, and a report no reporter completes goes on."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from factories import AT, create_account, log_in, viewer_of
from incidents_factory import assert_replays, create_category, create_incident, history
from planning import planned
from wound_clock import Moment, town  # noqa: F401

from intranet import clock, once
from intranet.db import db
from intranet.incidents import operations, queries
from intranet.incidents.models import Incident, State, Verb
from intranet.incidents.operations import Assignee, Brings
from intranet.incidents.queries import Filter, Tab
from intranet.people.models import Account


@pytest.fixture
def people(town):
    places = {
        "secretary": town.community.path,
        "office": town.community.path,
        "grid_member": town.generals[0].path,
        "micro_member": town.micros[0].path,
    }
    return {
        role: viewer_of(create_account(role, path), (role, path)) for role, path in places.items()
    }


def act(viewer, incident, verb, **brings):
    brings = Brings(**{"words": "按要求办理", **brings})
    operations.perform(
        db.session(), actor=viewer, at=clock.now(), incident=incident, verb=verb, brings=brings
    )
    db.session.commit()


def returned(town, people):
    found = create_incident(town.micros[0], create_category())
    act(people["office"], found, Verb.RETURN)
    return found


def suspended(town, people):
    found = create_incident(town.micros[0], create_category())
    handler = people["micro_member"]
    act(people["office"], found, Verb.ACCEPT)
    given = (Assignee("account", handler.account_id),)
    act(people["office"], found, Verb.DISPATCH, assignees=given)
    act(handler, found, Verb.ASK_SUSPENSION)
    act(people["secretary"], found, Verb.SUSPEND)
    return found


def listed(viewer, tab):
    page = queries.page(db.session(), viewer, Filter(tab=tab), at=clock.now())
    counted = queries.counts(db.session(), viewer, Filter(tab=tab), at=clock.now())
    assert counted[tab] == len(page.rows)
    return [row.id for row in page.rows]


@pytest.mark.parametrize(("make", "days"), [(suspended, 5), (returned, 3)])
def test_what_waits_too_long_stands_on_the_desk_and_is_to_be_watched(town, people, make, days):
    found = make(town, people)
    desk = ("secretary", "office", "grid_member")

    Moment.now = AT + timedelta(days=days) - timedelta(seconds=1)
    for role in desk:
        assert found.id not in listed(people[role], Tab.INBOX)
        assert found.id not in listed(people[role], Tab.WATCH)
    act(people["office"], found, Verb.COMMENT)  # words are no change of state
    Moment.now = AT + timedelta(days=days)
    for role in desk:
        assert listed(people[role], Tab.INBOX) == [found.id]
        assert listed(people[role], Tab.WATCH) == [found.id]
    # Who accepts nothing there is not asked to look after it.
    elsewhere = create_account("grid_member", town.generals[1].path)
    others = viewer_of(elsewhere, ("grid_member", town.generals[1].path))
    for viewer in (people["micro_member"], others):
        assert found.id not in listed(viewer, Tab.INBOX)


def test_taken_up_again_it_leaves_the_list_and_waits_anew_when_it_stops_again(town, people):
    found = suspended(town, people)
    Moment.now = AT + timedelta(days=6)
    act(people["micro_member"], found, Verb.RESUME)
    assert found.id not in listed(people["office"], Tab.INBOX)
    act(people["micro_member"], found, Verb.ASK_SUSPENSION)
    act(people["secretary"], found, Verb.SUSPEND)

    Moment.now = AT + timedelta(days=10)
    assert found.id not in listed(people["office"], Tab.INBOX)
    Moment.now = AT + timedelta(days=11)
    assert found.id in listed(people["office"], Tab.INBOX)


def test_since_when_it_waits_is_read_from_the_index_of_its_own_history(town, people):
    suspended(town, people)
    for tab in (Tab.INBOX, Tab.WATCH):
        wanted = queries.condition(people["secretary"], Filter(tab=tab), clock.now())
        history = {"incident_event": "ix_incident_event_incident_id_id"}
        plan = planned(db.select(Incident.id).where(wanted), by=history)
        assert "ix_incident_event_incident_id_id" in plan, plan
        assert re.search("ix_incident_(counted|open|community)", plan), plan
        assert "SCAN incident_event" not in plan, plan
    db.session.rollback()


def test_the_desk_takes_back_a_return_that_nobody_answers(client, town, people):
    found = returned(town, people)
    found.reporter_id = None  # as what comes through the open door
    db.session.commit()
    turn = found.turn
    url = f"/incidents/{found.number}/take_back"
    form = {"turn": turn, "words": "已电话核实，无需补充"}

    def send(role, **more):
        log_in(client, db.session.get(Account, people[role].account_id))
        return client.post(url, data={**form, "once": once.new_key(), **more})

    assert send("micro_member").status_code == 403
    assert send("office", words="").status_code == 422
    page = client.get(f"/incidents/{found.number}").get_data(as_text=True)
    assert "撤回退回" in page
    Moment.now = AT + timedelta(hours=2)
    assert send("office").status_code == 303
    assert send("office").status_code == 409

    db.session.expire_all()
    found = db.session.get(Incident, found.id)
    assert (found.state, found.turn) == (State.REPORTED, turn + 1)
    assert history(found)[-1].verb is Verb.TAKE_BACK
    assert found.stage_began_at == Moment.now, "the desk has its whole time for it"
    assert found.due_at > Moment.now
    assert_replays(found)
    assert found.id in listed(people["office"], Tab.INBOX)
    page = client.get(f"/incidents/{found.number}").get_data(as_text=True)
    assert "撤回了退回" in page
