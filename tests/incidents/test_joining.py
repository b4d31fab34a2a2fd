"""我也遇到: a report joins what was reported already, and neither reporter learns of the other."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from factories import AT, create_account, create_town, log_in, viewer_of
from incidents.phones import photo
from incidents_factory import assert_replays, create_category, create_incident
from sqlalchemy import delete, select

from intranet import clock, once
from intranet.db import db
from intranet.errors import DomainError
from intranet.incidents import operations
from intranet.incidents.models import Attachment, Incident, State, Verb, numbered
from intranet.incidents.operations import Brings
from intranet.notices.models import Notice

SAID = "我家门口也是，三天了"


class Street:
    """One resident has reported it; another meets the same."""

    def __init__(self, app):
        self.app, self.town, self.matter = (
            app,
            create_town(),
            create_category("占道经营", is_public=True),
        )
        self.micro, community = self.town.micros[0], self.town.community.path
        self.first = create_account("resident", self.micro.path, display_name="甲先生")
        self.second = create_account("resident", self.micro.path, display_name="乙女士")
        self.office = create_account("office", community)
        self.staff = viewer_of(self.office, ("office", community))
        self.master = create_incident(
            self.micro, self.matter, reporter=self.first, description="东街12号门口摆摊"
        )
        self.number, self.path = self.master.number, self.micro.path
        self.matter_id, self.master_id = self.matter.id, self.master.id
        db.session.rollback()

    def browser(self, account):
        client = self.app.test_client()
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        log_in(client, account)
        db.session.rollback()
        return client

    def offer(self, browser):
        asked = {"category": self.matter_id, "grid": self.path}
        return browser.get("/incidents/similar", query_string=asked).text

    def send(self, browser, send, url="/incidents/new", *, by_phone=False, **fields):
        data = {"category": self.matter_id, "grid": self.path, "once": once.new_key(), **fields}
        db.session.rollback()
        sent = {"X-Draft": "1"} if by_phone else {}
        return browser.post(url, data={**data, "send": send}, headers=sent)

    def perform(self, verb, **brings):
        operations.perform(
            db.session(),
            actor=self.staff,
            at=clock.now(),
            incident=db.session.get_one(Incident, self.master_id),
            verb=verb,
            brings=Brings(**brings),
        )
        db.session.commit()


@pytest.fixture
def street(app, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT)
    return Street(app)


def token(offered):
    found = re.search(r'value="(join:[0-9a-f]+)"', offered)
    return found[1] if found else None


def others(street):
    """What was reported besides the first, oldest first."""
    db.session.expire_all()
    found = select(Incident).where(Incident.id != street.master_id).order_by(Incident.id)
    return db.session.scalars(found).all()


def told(account):
    return db.session.scalars(
        select(Notice).where(Notice.account_id == account.id).order_by(Notice.id)
    ).all()


def test_joined_it_is_a_report_of_ones_own_with_all_that_was_sent_merged_in_one_step(street):
    browser = street.browser(street.second)
    offered = street.offer(browser)
    answer = street.send(
        browser, token(offered), description=SAID, photos=(io.BytesIO(photo()), "a.jpg")
    )
    [made] = others(street)
    page = browser.get(answer.location).text
    listed = browser.get("/incidents?tab=mine").text

    assert "我也遇到" in offered
    assert answer.status_code == 303
    assert answer.location.endswith(made.number)
    assert (made.state, made.merged_into_id) == (State.MERGED, street.master_id)
    assert (made.reporter_id, made.description) == (street.second.id, SAID)
    assert [one.incident_id for one in db.session.scalars(select(Attachment))] == [made.id]
    assert SAID in page
    assert made.number in listed
    assert_replays(made)
    assert_replays(db.session.get_one(Incident, street.master_id))


def test_neither_reporter_learns_of_the_other(street):
    browser = street.browser(street.second)
    offered = street.offer(browser)
    answer = street.send(browser, token(offered), description=SAID)
    mine = browser.get(answer.location).text
    theirs = street.browser(street.first).get(f"/incidents/{street.number}").text

    for text in (offered, mine):
        assert "甲先生" not in text
        assert "东街12号" not in text
        assert numbered(street.number[-10:]) not in text
        assert street.number not in text
    assert numbered(street.number[-10:]) in theirs, "so it would be seen"
    assert browser.get(f"/incidents/{street.number}").status_code == 404
    assert "又有人反映同一件事" in theirs
    assert "乙女士" not in theirs
    assert SAID not in theirs


def test_whoever_joined_is_told_how_it_goes_on_and_the_desk_that_it_is_met_again(street):
    street.send(browser := street.browser(street.second), token(street.offer(browser)))
    [made] = others(street)
    desk = [one.words for one in told(street.office)]
    street.perform(Verb.ACCEPT)

    assert [one.url for one in told(street.second)] == [f"/incidents/{made.number}"]
    assert desk[1:] == ["Somebody else reports the same: %(matter)s, %(number)s"]
    assert [one.url for one in told(street.office)][1:] == [f"/incidents/{street.number}"]


def test_sent_twice_it_is_one_however_late_the_second_comes(street):
    browser = street.browser(street.second)
    wanted, key = token(street.offer(browser)), once.new_key()
    for _ in range(2):
        answer = street.send(browser, wanted, once=key, description=SAID)
        db.session.execute(delete(once.SubmittedOnce))
        db.session.commit()
    [made] = others(street)

    assert answer.location.endswith(made.number)
    assert_replays(made)


def test_joined_again_the_form_comes_back_with_all_and_a_phone_makes_it_a_report_of_its_own(street):
    browser = street.browser(street.second)
    wanted = token(street.offer(browser))
    street.send(browser, wanted, description=SAID)
    again = street.send(browser, wanted, description="今天又来了", place="后门口")
    kept = others(street)
    key = once.new_key()
    for _ in range(2):
        street.send(
            *(browser, wanted), once=key, description="今天又来了", place="后门口", by_phone=True
        )
    _first, second = others(street)

    assert (again.status_code, len(kept)) == (409, 1)
    for text in ("已有变化", "今天又来了", "后门口", "您已反映过"):
        assert text in again.text
    assert token(again.text) is None
    assert (second.state, second.description, second.place) == (
        *(State.REPORTED, "今天又来了", "后门口"),
    )
    assert "未能并入所选的同类情况" in browser.get(f"/incidents/{second.number}").text


@pytest.mark.parametrize("by_phone", [False, True])
@pytest.mark.parametrize("how", ["anothers", "made up", "of another matter", "over", "checked"])
def test_what_is_not_offered_is_not_joined(street, how, by_phone):
    browser = street.browser(street.second)
    wanted = token(street.offer(browser))
    fields = {}
    if how == "anothers":
        wanted = token(street.offer(street.browser(create_account("resident", street.path))))
    elif how == "made up":
        wanted = "join:" + "0" * 32
    elif how == "of another matter":
        fields = {"category": create_category("噪声扰民").id}
    elif how == "over":
        street.perform(Verb.DECLINE, words="不属实")
    else:
        street.perform(Verb.ACCEPT)
        street.perform(Verb.SETTLE, words="已清")
    answer = street.send(browser, wanted, description=SAID, by_phone=by_phone, **fields)

    if by_phone:
        [made] = others(street)
        assert answer.status_code == 303
        assert (made.state, made.merged_into_id) == (State.REPORTED, None)
        assert [one.words for one in told(street.office)][-1].startswith("Reported")
    else:
        assert (answer.status_code, others(street)) == (409, [])
        assert SAID in answer.text
        assert "已有变化" in answer.text


def test_ones_own_is_not_joined_nor_what_waits_for_its_reporter(street):
    own = street.offer(street.browser(street.first))
    street.perform(Verb.RETURN, words="请补充门牌号")

    assert "您上报的" in own
    assert token(own) is None
    assert "上报" not in street.offer(street.browser(street.second))


def test_a_draft_that_was_opened_again_joins_too(street):
    browser = street.browser(street.second)
    kept = street.send(browser, "draft", description=SAID)
    [draft] = others(street)
    answer = street.send(
        browser, token(street.offer(browser)), url=kept.location, description=SAID, turn=draft.turn
    )
    [made] = others(street)

    assert answer.status_code == 303
    assert (made.state, made.merged_into_id) == (State.MERGED, street.master_id)
    assert_replays(made)


def test_the_office_joins_one_for_each_caller(street):
    browser = street.browser(street.office)
    for phone in ("13800000001", "13800000002"):
        street.send(browser, token(street.offer(browser)), caller_phone=phone)

    assert [one.merged_into_id for one in others(street)] == [street.master_id] * 2


@pytest.mark.parametrize(("days", "may"), [(2, True), (4, False)])
def test_the_desk_may_take_a_joining_back_for_three_days(street, monkeypatch, days, may):
    browser = street.browser(street.second)
    street.send(browser, token(street.offer(browser)))
    [made] = others(street)
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(days=days))
    try:
        operations.unmerge(db.session(), actor=street.staff, at=clock.now(), incident=made)
        took = True
    except DomainError:
        took = False

    assert took is may
    assert made.state is (State.REPORTED if may else State.MERGED)
    db.session.rollback()


def test_a_form_shown_again_offers_it_without_scripts_too(street):
    browser = street.browser(street.second)
    found = street.send(browser, "find", find="占道")
    kept = street.send(browser, "draft", description=SAID)
    opened = browser.get(kept.location)

    assert "我也遇到" in found.text
    assert token(found.text) == token(opened.text) == token(street.offer(browser))
    assert "我也遇到" not in browser.get("/incidents/new").text
