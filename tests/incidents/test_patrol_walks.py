"""Walks: kept item by item, gone on with by others, and what becomes of their findings."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from factories import AT
from incidents.patrol_factory import begin_walk, create_plan, finish, note
from incidents_factory import create_category, create_incident, history
from sqlalchemy import select
from walks_house import LATER, browser, count, jpeg, member, town  # noqa: F401

from intranet import once
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.grids.models import Grid
from intranet.incidents import operations
from intranet.incidents.models import (
    Attachment,
    AttachmentKind,
    Found,
    Gravity,
    Incident,
    Outcome,
    PatrolMark,
    PatrolPhoto,
    PatrolWalk,
    Source,
    State,
    Urgency,
    Verb,
    WalkState,
)
from intranet.incidents.operations import MarkedMeanwhile


def test_a_finding_becomes_an_incident_with_its_place_photos_and_the_time_it_was_found(town):
    category = create_category()
    walker = member(town.micros[0])
    walk, checks = begin_walk(create_plan(town.micros[0], category), walker)
    found_at = AT + timedelta(minutes=4)
    note(walk, checks[0], walker, Found.HAZARD, "堆了纸箱", at=found_at, photos=2)
    note(walk, checks[1], walker)
    note(walk, checks[2], walker)

    [outcome] = finish(walk, walker, at=LATER)

    incident = db.session.get(Incident, outcome.incident_id)
    assert outcome.outcome is Outcome.REPORTED
    assert (incident.source, incident.state) == (Source.PATROL, State.REPORTED)
    assert (incident.place, incident.grid_path) == ("1单元", town.micros[0].path)
    assert incident.description == "堆了纸箱\n不合格的检查项：消防通道畅通，无杂物"
    assert incident.happened_at == found_at
    assert incident.reporter_id == walker.account_id
    photos = db.session.scalars(select(Attachment).filter_by(incident_id=incident.id)).all()
    assert [one.kind for one in photos] == [AttachmentKind.SCENE] * 2
    assert count(PatrolPhoto) == 0  # they are the incident's now, moderation included
    assert (walk.state, walk.ended_at) == (WalkState.FINISHED, LATER)


def test_a_grave_hazard_is_urgent_whatever_its_category_says(town):
    walker = member(town.micros[0])
    plan = create_plan(
        town.micros[0], create_category(urgency=Urgency.ORDINARY), words=("管道完好",)
    )
    walk, [check] = begin_walk(plan, walker)
    note(walk, check, walker, Found.HAZARD, gravity=Gravity.GRAVE)

    [outcome] = finish(walk, walker)

    assert db.session.get(Incident, outcome.incident_id).urgency is Urgency.URGENT


def test_what_staff_put_right_is_an_incident_settled_by_them_for_another_to_verify(town):
    walker = member(town.generals[0], "grid_member")
    plan = create_plan(town.micros[0], create_category(), words=("通道畅通",))
    walk, [check] = begin_walk(plan, walker)
    note(walk, check, walker, Found.MENDED, "当场搬走", photos=1)

    [outcome] = finish(walk, walker)

    incident = db.session.get(Incident, outcome.incident_id)
    assert (outcome.outcome, incident.state) == (Outcome.SETTLED, State.HANDLED)
    assert [one.verb for one in history(incident)] == [
        Verb.REPORT,
        Verb.PHOTO,
        Verb.ACCEPT,
        Verb.SETTLE,
    ]
    assert incident.description == "当场搬走\n不合格的检查项：通道畅通"
    assert incident.result == history(incident)[-1].words == "巡查时当场整改"
    with pytest.raises(DomainError):
        operations.perform(
            db.session(), actor=walker, at=LATER, incident=incident, verb=Verb.VERIFY
        )


def test_what_a_volunteer_put_right_is_in_the_record_only(town):
    walker = member(town.micros[0])
    walk, [check] = begin_walk(
        create_plan(town.micros[0], create_category(), words=("通道畅通",)), walker
    )
    note(walk, check, walker, Found.MENDED, "当场搬走", photos=1)

    [outcome] = finish(walk, walker)

    assert (outcome.outcome, outcome.incident_id) == (Outcome.RECORDED, None)
    assert (count(Incident), count(PatrolPhoto)) == (0, 1)


def test_in_a_general_grid_the_micro_grid_has_to_be_said(town):
    walker = member(town.generals[0], "grid_member")
    plan = create_plan(town.generals[0], create_category(), words=("路面完好",))
    walk, [check] = begin_walk(plan, walker)
    note(walk, check, walker, Found.HAZARD)
    with pytest.raises(InputError) as refused:
        finish(walk, walker)
    db.session.rollback()
    assert refused.value.field == f"check-{check.id}"
    with pytest.raises(InputError):
        note(walk, check, walker, Found.HAZARD, grid=town.micros[3])
    db.session.rollback()

    note(walk, check, walker, Found.HAZARD, grid=db.session.get(Grid, town.micros[1].id))
    [outcome] = finish(walk, walker)

    assert db.session.get(Incident, outcome.incident_id).grid_path == town.micros[1].path


def test_a_finding_that_is_open_already_is_added_to_it_unless_that_is_over_by_then(town):
    category = create_category()
    known = create_incident(town.micros[0], category, place="1单元")
    walker = member(town.micros[0])
    plan = create_plan(town.micros[0], category, words=("通道畅通",))
    walk, [check] = begin_walk(plan, walker)
    note(walk, check, walker, Found.HAZARD, "还堆着", photos=1, comment_on_id=known.id)
    operations.perform(
        db.session(),
        actor=member(town.community, "secretary"),
        at=LATER,
        incident=known,
        verb=Verb.VOID,
        brings=operations.Brings(words="重复登记"),
    )
    with pytest.raises(InputError):
        finish(walk, walker, at=LATER)
    db.session.rollback()

    [outcome] = finish(walk, walker, at=LATER)

    assert (outcome.outcome, outcome.incident_id) == (Outcome.COMMENTED, known.id)
    assert history(known)[-1].words == "还堆着\n不合格的检查项：通道畅通"
    assert count(Incident) == 1


def test_every_required_item_has_to_be_marked_and_the_rest_may_pass_at_one_press(app, town):
    walker = member(town.micros[0])
    plan = create_plan(town.micros[0], create_category(), optional=(3,))
    walk, checks = begin_walk(plan, walker)
    note(walk, checks[0], walker)
    client = browser(app, walker)
    url = f"/incidents/patrols/walks/{walk.id}"
    answer = client.post(f"{url}/finish", data={"once": once.new_key(), "seen": 999})
    assert answer.status_code == 422
    assert "还有1项未检查" in answer.text

    assert client.post(f"{url}/rest").status_code == 303

    answer = client.post(f"{url}/finish", data={"once": once.new_key(), "seen": 999})
    assert answer.status_code == 303
    assert "已完成" in client.get(answer.location).text
    assert count(Incident) == 0


def test_another_goes_on_with_the_walk_and_neither_overwrites_the_other_unseen(app, town):
    first = member(town.micros[0], display_name="周姐")
    second = member(town.micros[0], display_name="老吴")
    plan = create_plan(town.micros[0], create_category())
    walk, checks = begin_walk(plan, first)
    assert begin_walk(plan, second)[0].id == walk.id
    note(walk, checks[0], second, Found.HAZARD, "飞线", photos=1)
    client = browser(app, first)
    url = f"/incidents/patrols/walks/{walk.id}/checks/{checks[0].id}"
    data = {"seen": "0", "result": "hazard", "words": "我写的话"}

    answer = client.post(url, data=data | {"photos": (io.BytesIO(jpeg()), "a.jpg")})

    assert answer.status_code == 409
    assert "老吴已于" in answer.text
    assert "我写的话" in answer.text  # nothing typed is lost
    assert count(PatrolPhoto) == 2  # nor is the picture
    latest = operations.latest_marks(db.session(), walk)[checks[0].id]
    assert latest.words == "飞线"
    again = {**data, "seen": str(latest.id)}
    assert client.post(url, data=again).status_code == 303
    db.session.expire_all()
    assert operations.latest_marks(db.session(), walk)[checks[0].id].words == "我写的话"


def test_whoever_finishes_sees_first_what_another_has_marked_since(town):
    first, second = member(town.micros[0]), member(town.micros[0])
    walk, checks = begin_walk(create_plan(town.micros[0], create_category()), first)
    for check in checks:
        note(walk, check, first)
    seen = max(one.id for one in operations.latest_marks(db.session(), walk).values())
    note(walk, checks[1], second, Found.HAZARD, "灭火器过期")

    with pytest.raises(MarkedMeanwhile):
        operations.finish_walk(db.session(), actor=first, at=LATER, walk=walk, seen=seen)
    db.session.rollback()
    assert db.session.get(PatrolWalk, walk.id).state is WalkState.OPEN
    assert count(Incident) == 0


def test_a_walk_that_is_over_takes_nothing_more_and_says_who_ended_it(app, town):
    walker = member(town.micros[0], display_name="周姐")
    walk, [check] = begin_walk(
        create_plan(town.micros[0], create_category(), words=("通道",)), walker
    )
    note(walk, check, walker, Found.HAZARD)
    finish(walk, walker)
    client = browser(app, walker)
    url = f"/incidents/patrols/walks/{walk.id}"
    for tail, data in (
        (f"/checks/{check.id}", {"result": "fine"}),
        ("/rest", {}),
        ("/give-up", {}),
        ("/finish", {"once": once.new_key()}),
    ):
        answer = client.post(f"{url}{tail}", data=data)
        assert (answer.status_code, "周姐已于" in answer.text) == (409, True), tail
    assert (count(Incident), count(PatrolMark)) == (1, 1)


def test_a_walk_given_up_reports_nothing_and_the_next_one_begins_anew(app, town):
    walker = member(town.micros[0])
    plan = create_plan(town.micros[0], create_category())
    walk, checks = begin_walk(plan, walker)
    note(walk, checks[0], walker, Found.HAZARD, photos=1)

    answer = browser(app, walker).post(f"/incidents/patrols/walks/{walk.id}/give-up")

    assert answer.status_code == 303
    db.session.expire_all()
    assert (count(Incident), count(PatrolPhoto)) == (0, 0)
    assert begin_walk(plan, walker)[0].id != walk.id


def test_the_incident_names_its_patrol_and_leads_to_the_walk_whoever_may_see_it(app, town):
    walker = member(town.micros[0])
    walk, [check] = begin_walk(
        create_plan(town.micros[0], create_category(), words=("通道",)), walker
    )
    note(walk, check, walker, Found.HAZARD)
    [outcome] = finish(walk, walker)
    number = db.session.get(Incident, outcome.incident_id).number

    text = browser(app, walker).get(f"/incidents/{number}").text

    assert f'<a href="/incidents/patrols/walks/{walk.id}">楼栋巡查</a>' in text
    record = browser(app, walker).get(f"/incidents/patrols/walks/{walk.id}").text
    assert f'href="/incidents/{number}"' in record
    paper = browser(app, walker).get(f"/incidents/patrols/walks/{walk.id}/paper").text
    assert "巡查记录单" in paper
    assert (
        browser(app, member(town.micros[1])).get(f"/incidents/patrols/walks/{walk.id}").status_code
        == 404
    )
