"""What one part of the room keeps, the others keep too."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories import AT, create_account, create_town, log_in, viewer_of
from incidents.patrol_factory import begin_walk, create_plan, finish, note
from incidents_factory import create_category, create_incident
from sqlalchemy import select

from intranet import clock, once
from intranet.db import db
from intranet.errors import DomainError, InputError
from intranet.incidents import operations
from intranet.incidents.models import (
    Attachment,
    AttachmentKind,
    Found,
    Incident,
    Satisfaction,
    State,
    Urgency,
    Verb,
)
from intranet.incidents.operations import Brings, Stored

SECRET = "王某某家里的事"


@pytest.fixture
def town(app, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(hours=1))
    return create_town()


@pytest.fixture
def members(town):
    """Return viewers by role, each where they work."""
    places = {
        "secretary": town.community,
        "office": town.community,
        "grid_member": town.generals[0],
        "micro_member": town.micros[0],
        "resident": town.micros[0],
    }
    return {
        role: viewer_of(create_account(role, grid.path), (role, grid.path))
        for role, grid in places.items()
    }


def go(incident, verb, actor, *, minutes=1, **brings):
    found = operations.perform(
        db.session(),
        actor=actor,
        at=AT + timedelta(minutes=minutes),
        incident=incident,
        verb=verb,
        brings=Brings(**brings),
    )
    db.session.commit()
    return found


def test_a_draft_thrown_away_is_nobody_else_s_to_read(app, town):
    matter = create_category()
    author = create_account("resident", town.micros[0].path)
    browser = app.test_client()
    browser.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    log_in(browser, author)
    sent = {"category": matter.id, "grid": town.micros[0].path, "description": SECRET}
    kept = browser.post("/incidents/new", data={**sent, "send": "draft", "once": once.new_key()})
    number = kept.headers["X-Draft-Number"]
    given_up = {"turn": 0, "words": "不报了", "once": once.new_key()}
    assert browser.post(f"/incidents/{number}/withdraw", data=given_up).status_code == 303

    assert browser.get(f"/incidents/{number}").status_code == 200, "its author sees it still"
    places = {
        "secretary": town.community.path,
        "grid_member": town.generals[0].path,
        "micro_member": town.micros[0].path,
    }
    for role, path in places.items():
        db.session.rollback()
        other = app.test_client()
        log_in(other, create_account(role, path))
        assert other.get(f"/incidents/{number}").status_code == 404
        for address in ("?tab=archive", "?tab=area", "/map?tab=archive", "/export.csv?tab=archive"):
            assert SECRET not in other.get(f"/incidents{address}").get_data(as_text=True)


def test_what_climbed_to_the_town_stays_on_its_desk_when_it_is_sent_again(town, members):
    reporter = members["micro_member"]
    matter = create_category()
    incident = create_incident(town.micros[0], matter, reporter=_account(reporter))
    incident.desk_path, incident.level_raised = town.town.path, 2
    db.session.commit()
    go(incident, Verb.RETURN, members["office"], words="请补充位置")

    operations.amend(
        db.session(),
        actor=reporter,
        at=AT + timedelta(minutes=5),
        incident=incident,
        content=operations.Report(
            grid=town.micros[0], category=matter, source=incident.source, description="在桥头"
        ),
        turn=incident.turn,
    )
    db.session.commit()

    assert (incident.state, incident.desk_path) == (State.REPORTED, town.town.path)


def _account(viewer):
    from intranet.people.models import Account

    return db.session.get_one(Account, viewer.account_id)


def closed(town, members, **matter):
    incident = create_incident(
        town.micros[0], create_category(**matter), reporter=_account(members["resident"])
    )
    go(incident, Verb.ACCEPT, members["grid_member"])
    go(incident, Verb.SETTLE, members["grid_member"], words="已劝离")
    go(incident, Verb.VERIFY, members["office"])
    go(incident, Verb.CLOSE, members["office"], reporter_word="已办好")
    return incident


def test_only_the_reporter_says_how_satisfied_they_are_or_a_caller_for_them(town, members):
    incident = closed(town, members)
    said = {"satisfaction": Satisfaction.SATISFIED}
    with pytest.raises(DomainError, match="Only the reporter"):
        go(incident, Verb.EVALUATE, members["office"], **said)
    db.session.rollback()
    with pytest.raises(DomainError, match="handled it"):
        go(incident, Verb.EVALUATE, members["grid_member"], channel=operations.PHONE, **said)
    db.session.rollback()
    offered = [move.verb for move in _possible(members["secretary"], incident)]
    assert Verb.EVALUATE not in offered
    assert Verb.EVALUATE in [move.verb for move in _possible(members["resident"], incident)]

    go(incident, Verb.EVALUATE, members["office"], channel=operations.PHONE, **said)

    assert incident.state is State.EVALUATED


def _possible(viewer, incident):
    from intranet.incidents import queries

    return queries.possible(viewer, queries.case_of(db.session(), incident), at=AT)


def test_whoever_has_the_reporter_on_the_phone_may_reopen_later_than_others(town, members):
    incident = closed(town, members)
    late = {"minutes": 60 * 24 * 20, "words": "又摆出来了"}
    with pytest.raises(DomainError, match="more than"):
        go(incident, Verb.REOPEN, members["secretary"], **late)
    db.session.rollback()

    go(incident, Verb.REOPEN, members["secretary"], channel=operations.PHONE, **late)

    assert incident.state is State.REOPENED


def test_what_a_walker_mended_is_reported_where_lines_must_be_ticked(town, members):
    gas = create_category("燃气泄漏", checklist="*阀门已关")
    plan = create_plan(town.micros[0], gas, words=("灶台", "表箱"))
    walker = members["grid_member"]
    walk, checks = begin_walk(plan, walker)
    note(walk, checks[0], walker, Found.MENDED, photos=1)
    note(walk, checks[1], walker, Found.FINE)

    finish(walk, walker)

    made = db.session.scalars(select(Incident)).one()
    assert made.state is State.REPORTED
    kinds = db.session.scalars(select(Attachment.kind)).all()
    assert kinds == [AttachmentKind.SCENE]


def test_thirty_photos_of_the_scene_keep_no_photo_of_the_result_out(town, members):
    incident = create_incident(town.micros[0], create_category())
    one = Stored(file_key="0" * 64 + ".jpg", media_type="image/jpeg")

    def add(kind, count):
        operations.add_files(
            db.session(),
            actor=members["grid_member"],
            at=AT,
            incident=incident,
            kind=kind,
            files=[one] * count,
        )
        db.session.commit()

    add(AttachmentKind.SCENE, 30)
    with pytest.raises(InputError, match="in all"):
        add(AttachmentKind.SCENE, 1)
    db.session.rollback()
    add(AttachmentKind.RESULT, 1)

    assert len(db.session.scalars(select(Attachment.id)).all()) == 31


def test_neighbours_on_the_team_do_not_read_who_complained(app, town, members):
    account = _account(members["resident"])
    account.display_name = "王翠花"
    db.session.commit()
    incident = create_incident(town.micros[0], create_category(), reporter=account)
    number = incident.number

    def page(viewer):
        db.session.rollback()
        browser = app.test_client()
        log_in(browser, _account(viewer))
        return browser.get(f"/incidents/{number}").get_data(as_text=True)

    assert "王翠花" not in page(members["micro_member"])
    assert "王*花" in page(members["micro_member"])
    for role in ("office", "grid_member", "resident"):
        assert "王翠花" in page(members[role])
    team = create_incident(
        town.micros[0], create_category(), reporter=_account(members["grid_member"])
    )
    number = team.number
    assert _account(members["grid_member"]).display_name in page(members["micro_member"])


def test_a_new_matter_brings_its_usual_urgency_unless_said_otherwise(town, members):
    incident = create_incident(
        town.micros[0], create_category("邻里纠纷", urgency=Urgency.ORDINARY)
    )
    gas = create_category("燃气泄漏", urgency=Urgency.URGENT)

    go(incident, Verb.RECLASSIFY, members["office"], category=gas, words="是燃气")
    assert incident.urgency is Urgency.URGENT
    go(
        incident,
        Verb.RECLASSIFY,
        members["office"],
        minutes=2,
        urgency=Urgency.ORDINARY,
        words="已关阀",
    )
    assert (incident.category_id, incident.urgency) == (gas.id, Urgency.ORDINARY)


def test_what_was_returned_leads_its_reporter_to_completing_it(app, town, members):
    incident = create_incident(
        town.micros[0], create_category(), reporter=_account(members["resident"])
    )
    go(incident, Verb.RETURN, members["office"], words="请补充门牌")
    number = incident.number

    def page(role):
        db.session.rollback()
        browser = app.test_client()
        log_in(browser, _account(members[role]))
        return browser.get(f"/incidents/{number}").get_data(as_text=True)

    assert f'href="/incidents/{number}/edit"' in page("resident")
    assert f'href="/incidents/{number}/edit"' not in page("office")
