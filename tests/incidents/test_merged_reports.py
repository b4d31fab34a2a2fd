"""A report merged into another is never lost, and whoever made it hears of it as of their own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories import AT, create_account, create_town, log_in, viewer_of
from incidents_factory import assert_replays, create_category, create_incident, history
from open311_house import build_house, incident_in
from sqlalchemy import select

from intranet import clock, once
from intranet.db import db
from intranet.incidents import operations
from intranet.incidents.models import Incident, State, Tie, Urgency, Verb, numbered
from intranet.incidents.operations import Assignee, Brings
from intranet.notices.models import Notice, Topic

LATER = timedelta(hours=5)


class Scene:
    """One report merged into another, each by a resident of their own."""

    def __init__(self, app):
        self.app, self.town = app, create_town()
        self.category = create_category()
        micro, community = self.town.micros[0].path, self.town.community.path
        self.first = create_account("resident", micro, display_name="甲居民")
        self.second = create_account("resident", micro, display_name="乙居民")
        self.worker = create_account("micro_member", self.town.micros[1].path)
        self.office = create_account("office", community)
        self.secretary = create_account("secretary", community)
        self.staff = viewer_of(self.office, ("office", community))
        self.leader = viewer_of(self.secretary, ("secretary", community))
        self.master = create_incident(self.town.micros[0], self.category, reporter=self.first)
        self.child = create_incident(
            self.town.micros[0], self.category, reporter=self.second, description="楼道堆物"
        )

    def merge(self):
        operations.merge(
            db.session(), actor=self.staff, at=AT, into=self.master, others=[self.child]
        )
        db.session.commit()

    def make(self, verb, actor=None, after=LATER, incident=None, **brings):
        operations.perform(
            db.session(),
            actor=actor or self.staff,
            at=AT + after,
            incident=incident or self.master,
            verb=verb,
            brings=Brings(**brings),
        )
        db.session.commit()

    def finish(self):
        to = Assignee("account", self.worker.id)
        handler = viewer_of(self.worker, ("micro_member", self.town.micros[1].path))
        self.make(Verb.ACCEPT)
        self.make(Verb.DISPATCH, assignees=[to])
        self.make(Verb.ARRIVE, handler)
        self.make(Verb.FINISH, handler, words="清理了")
        self.make(Verb.VERIFY)

    def told(self, account):
        """Return what an account was told last."""
        return db.session.scalars(
            select(Notice).where(Notice.account_id == account.id).order_by(Notice.id.desc())
        ).first()

    def browser(self, account):
        db.session.rollback()
        client = self.app.test_client()
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        return log_in(client, account)


@pytest.fixture
def scene(app, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT + LATER)
    return Scene(app)


@pytest.mark.parametrize(
    ("verb", "who", "accepted"),
    [
        (Verb.WITHDRAW, "first", False),
        (Verb.DECLINE, "staff", False),
        (Verb.VOID, "leader", True),
    ],
)
def test_what_was_merged_comes_back_when_the_other_ends_with_nothing_done(
    scene, verb, who, accepted
):
    if accepted:
        scene.make(Verb.ACCEPT, after=timedelta(0), incident=scene.child)
    scene.merge()
    actor = viewer_of(scene.first) if who == "first" else getattr(scene, who)

    scene.make(verb, actor, words="不属实")

    assert scene.child.state is (State.ACCEPTED if accepted else State.REPORTED)
    assert (scene.child.is_open, scene.child.merged_into_id) == (True, None)
    assert scene.child.due_at is not None
    last = history(scene.child)[-1]
    assert (last.verb, last.actor_id, last.at) == (Verb.UNMERGE, actor.account_id, AT + LATER)
    for one in (scene.master, scene.child):
        assert_replays(one)
    notice = scene.told(scene.second)
    assert notice.url == f"/incidents/{scene.child.number}"
    assert notice.words.startswith("Dealt with on its own again")


def test_whoever_ends_theirs_learns_nothing_of_the_others_nor_they_who_it_was(scene):
    scene.merge()
    scene.make(Verb.WITHDRAW, viewer_of(scene.first))

    assert scene.browser(scene.first).get(f"/incidents/{scene.child.number}").status_code == 404
    page = scene.browser(scene.second).get(f"/incidents/{scene.child.number}").text
    assert "恢复单独办理" in page
    assert "甲居民" not in page
    ties = db.session.scalars(select(Tie.account_id).where(Tie.incident_id == scene.child.id))
    assert scene.first.id not in set(ties)


def test_whoever_reported_a_merged_one_is_told_of_their_own_and_reads_there_how_it_ends(scene):
    scene.merge()
    scene.make(Verb.ACCEPT)
    notice = scene.told(scene.second)
    assert notice.url == f"/incidents/{scene.child.number}"
    assert numbered(scene.child.short_number) in notice.params
    assert scene.told(scene.first).url == f"/incidents/{scene.master.number}"
    assert scene.browser(scene.second).get(notice.url).status_code == 200


def test_whoever_reported_a_merged_one_is_told_that_it_is_closed_and_not_asked(scene):
    scene.merge()
    scene.finish()
    scene.make(Verb.CLOSE, reporter_word="堵塞的通道已清空")

    assert scene.told(scene.first).words.startswith("Closed, please say how satisfied")
    notice = scene.told(scene.second)
    assert notice.words.startswith("Case closed")
    assert notice.url == f"/incidents/{scene.child.number}"
    page = scene.browser(scene.second).get(notice.url).text
    assert "堵塞的通道已清空" in page
    assert "所并入的事件：已结案" in page
    assert f"/incidents/{scene.master.number}" not in page
    staff = scene.browser(scene.office).get(notice.url).text
    assert f"/incidents/{scene.master.number}" in staff


def test_moderating_a_merged_one_does_not_open_the_window_again(scene):
    scene.merge()
    by = operations.By(scene.leader, AT + LATER, "含个人隐私")
    operations.hide_text(db.session(), by=by, incident=scene.child)
    db.session.commit()
    client = scene.browser(scene.office)

    assert "内撤销合并" not in client.get(f"/incidents/{scene.child.number}").text
    late = client.post(f"/incidents/{scene.child.number}/unmerge", data={"once": once.new_key()})
    assert late.status_code == 409
    page = client.get(f"/incidents?tab=inbox&merged={scene.master.number}")
    assert "撤销合并" not in page.text


def test_a_number_out_of_sight_is_left_out_and_the_list_is_shown(scene):
    for number in ("51011500000000", scene.master.number + "9"):
        answer = scene.browser(scene.office).get(f"/incidents?tab=inbox&merged={number}")
        assert answer.status_code == 200


def test_handlers_hear_that_it_is_urgent_now_and_that_it_was_taken_from_them(scene):
    scene.make(Verb.ACCEPT)
    scene.make(Verb.DISPATCH, assignees=[Assignee("account", scene.worker.id)])
    for urgency, words in ((Urgency.ORDINARY, "Classified anew"), (Urgency.URGENT, "Now urgent")):
        scene.make(Verb.RECLASSIFY, urgency=urgency, words="核实了")
        notice = scene.told(scene.worker)
        assert (notice.topic, notice.words.split(":")[0]) == (Topic.INCIDENT_ASSIGNED, words)


def test_handlers_hear_that_a_reopened_one_is_no_longer_theirs(scene):
    scene.finish()
    scene.make(Verb.CLOSE, reporter_word="已清空")
    scene.make(Verb.REOPEN, viewer_of(scene.first), words="又堵上了")
    assert scene.told(scene.worker).words.startswith("No longer yours")


def test_the_desk_hears_that_a_report_was_withdrawn_and_nothing_of_a_draft(scene):
    draft = create_incident(
        scene.town.micros[0], scene.category, reporter=scene.first, as_draft=True
    )
    before = scene.told(scene.office).id
    scene.make(Verb.WITHDRAW, viewer_of(scene.first), incident=draft)
    assert scene.told(scene.office).id == before
    scene.make(Verb.WITHDRAW, viewer_of(scene.first))
    assert scene.told(scene.office).words.startswith("Withdrawn by the reporter")


def test_a_report_from_outside_that_is_cancelled_gives_back_what_was_merged_into_it(app):
    house = build_house(app)
    theirs = db.session.scalar(select(Incident).where(Incident.number == house.report()))
    other = incident_in(house)
    operations.merge(db.session(), actor=house.staff, at=AT, into=theirs, others=[other])
    db.session.commit()
    sent = {"update_id": "u1", "status": "CANCELLED", "description": "不用来了"}
    when = "2026-11-23T10:00:00+08:00"
    house.post(
        "servicerequestupdates.json",
        service_request_id=theirs.number,
        updated_datetime=when,
        **sent,
    )
    db.session.expire_all()
    assert (theirs.state, other.state) == (State.VOID, State.REPORTED)
    last = history(other)[-1]
    assert (last.verb, last.actor_id) == (Verb.UNMERGE, None)
