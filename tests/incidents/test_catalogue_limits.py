"""Changing a rule by which clocks go: every open incident goes by it, and nothing else changes."""

from __future__ import annotations

import pytest
from factories import AT, create_account, viewer_of
from incidents_factory import create_category, create_incident
from limits_house import MINUTE, PAGE, admin, alarms, now, row, table, town, verbs  # noqa: F401
from sqlalchemy import select

from intranet.audit import AuditEntry
from intranet.db import db
from intranet.incidents import queries
from intranet.incidents.models import (
    Recount,
    TimeLimit,
    Urgency,
    Verb,
)
from intranet.incidents.queries import Light


def test_a_changed_limit_moves_due_light_queue_and_alarm_and_dropped_it_is_as_before(
    town, admin, client, now
):
    incident = create_incident(town.micros[0], create_category())
    other = create_incident(town.micros[0], create_category("邻里", urgency=Urgency.ORDINARY))
    before, untouched = row(incident).due_at, row(other).due_at
    assert before == AT + 5 * MINUTE

    answer = client.post(PAGE, data=table(accept=("40", "minutes", "10", "minutes")))

    assert answer.status_code == 303
    found = row(incident)
    assert (found.due_at, found.queue_at) == (AT + 40 * MINUTE,) * 2
    assert (found.warn_at, found.alarm_at) == (AT + 30 * MINUTE,) * 2
    assert row(other).due_at == untouched
    now[0] = AT + 35 * MINUTE
    assert (
        queries.page(
            db.session(), admin, queries.Filter(light=Light.YELLOW, tab=queries.Tab.AREA), at=now[0]
        )
        .rows[0]
        .number
        == row(incident).number
    )

    answer = client.post(PAGE, data=table(seen={"accept": "40/10/0"}))

    assert answer.status_code == 303
    found = row(incident)
    assert (found.due_at, found.warn_at) == (before, AT + 3 * MINUTE)
    assert db.session.scalars(select(TimeLimit)).all() == []


def test_the_order_of_the_queue_follows_a_matters_own_limit(town, admin, client):
    slow, fast = create_category("甲"), create_category("乙")
    first = create_incident(town.micros[0], slow)
    second = create_incident(town.micros[0], fast, at=AT + MINUTE)
    inbox = queries.Filter()
    office = create_account("office", town.community.path)
    desk = viewer_of(office, ("office", town.community.path))

    def order():
        return [one.id for one in queries.page(db.session(), desk, inbox, at=AT).rows]

    assert order() == [first.id, second.id]
    client.post(PAGE, data=table(of=fast.id, accept=("2", "minutes", "1", "minutes")))
    assert order() == [second.id, first.id]
    assert row(second).due_at == AT + 3 * MINUTE
    assert "单独时限" in client.get(f"{PAGE}").text


def test_a_class_limit_holds_below_it_and_a_matters_own_goes_before_it(town, admin, client):
    category = create_category()
    incident = create_incident(town.micros[0], category)
    client.post(PAGE, data=table(of=category.parent_id, accept=("9", "minutes", "1", "minutes")))
    assert row(incident).due_at == AT + 9 * MINUTE
    assert "按大类设定" in client.get(f"{PAGE}?of={category.id}").text
    client.post(PAGE, data=table(of=category.id, accept=("7", "minutes", "1", "minutes")))
    assert row(incident).due_at == AT + 7 * MINUTE
    assert "本事项单独设定" in client.get(f"{PAGE}?of={category.id}").text


def test_yellow_that_is_green_again_is_warned_of_again_and_still_yellow_is_not(
    town, admin, client, now
):
    incident = create_incident(town.micros[0], create_category())
    now[0] = AT + 4 * MINUTE
    alarms()
    assert verbs(incident).count(Verb.WARN) == 1

    client.post(PAGE, data=table(accept=("6", "minutes", "3", "minutes")))  # yellow still
    assert row(incident).alarm_at == AT + 6 * MINUTE
    alarms()
    assert verbs(incident).count(Verb.WARN) == 1

    seen = {"accept": "6/3/0"}
    client.post(PAGE, data=table(seen=seen, accept=("50", "minutes", "10", "minutes")))
    assert row(incident).alarm_at == AT + 40 * MINUTE
    now[0] = AT + 41 * MINUTE
    alarms()
    assert verbs(incident).count(Verb.WARN) == 2


def test_only_the_yellow_threshold_changed_moves_the_alarm_too(town, admin, client):
    incident = create_incident(town.micros[0], create_category())
    client.post(PAGE, data=table(accept=("5", "minutes", "4", "minutes")))
    assert (row(incident).due_at, row(incident).alarm_at) == (AT + 5 * MINUTE, AT + MINUTE)


def test_what_went_higher_stays_there_and_goes_no_higher_for_being_late_still(
    town, admin, client, now
):
    incident = create_incident(town.micros[0], create_category())
    now[0] = AT + 6 * MINUTE
    alarms()
    alarms()
    raised = row(incident)
    desk, level = raised.desk_path, raised.level_raised
    assert Verb.ESCALATE in verbs(incident)

    client.post(PAGE, data=table(accept=("4", "minutes", "1", "minutes")))
    alarms()
    assert (row(incident).desk_path, row(incident).level_raised) == (desk, level)

    seen = {"accept": "4/1/0"}
    client.post(PAGE, data=table(seen=seen, accept=("30", "minutes", "5", "minutes")))
    assert (row(incident).desk_path, row(incident).level_raised) == (desk, level)
    assert row(incident).alarm_at == AT + 25 * MINUTE
    now[0] = AT + 31 * MINUTE
    alarms()
    alarms()
    assert verbs(incident).count(Verb.ESCALATE) == 2


def test_nobodys_history_tells_of_a_changed_rule(town, admin, client):
    incident = create_incident(town.micros[0], create_category())
    before = verbs(incident), row(incident).turn
    client.post(PAGE, data=table(accept=("40", "minutes", "10", "minutes")))
    assert (verbs(incident), row(incident).turn) == before


def test_working_days_and_wide_digits_are_read_as_people_mean_them(town, admin, client):
    client.post(PAGE, data=table("ordinary", handle=("２.５", "working_days", "6", "hours")))
    found = db.session.scalars(select(TimeLimit)).one()
    assert (found.minutes, found.warn_minutes, found.in_working_days) == (3600, 360, True)
    page = client.get(PAGE).text
    assert "2.5 个工作日" in page
    assert "全部事项统一设定" in page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("x", "minutes", "1", "minutes"), "请填数字"),
        (("1e3", "minutes", "1", "minutes"), "请填数字"),
        (("", "minutes", "1", "minutes"), "时限和预警都要填"),
        (("5", "minutes", " ", "minutes"), "时限和预警都要填"),
        (("5", "minutes", "5", "minutes"), "太长：须短于时限 5 分钟"),
        (("2", "hours", "120", "minutes"), "太长：须短于时限 2 小时"),
        (("0", "minutes", "0", "minutes"), "太短：至少 1 分钟"),
        (("－5", "minutes", "", "minutes"), "太短：至少 1 分钟"),
        (("0.00", "hours", "0", "minutes"), "太短：至少 1 分钟"),
        (("5", "minutes", "-1", "minutes"), "太短：至少 0 分钟"),
        (("30", "minutes", "0.5", "working_days"), "预警也要按分钟或小时计"),
        (("999999", "working_days", "1", "hours"), "太长：至多 366 个工作日"),
        (("9999999", "minutes", "1", "hours"), "太长：至多 527040 分钟"),
        (("9" * 400, "minutes", "1", "hours"), "太长：至多 527040 分钟"),
        (("8785", "hours", "", "hours"), "太长：至多 8784 小时"),
    ],
)
def test_what_is_no_limit_is_said_beside_the_field_and_kept(town, admin, client, typed, said):
    answer = client.post(PAGE, data=table(accept=typed, verify=("8", "minutes", "3", "minutes")))
    assert answer.status_code == 422
    assert said in answer.text
    assert answer.text.count('aria-invalid="true"') == 1, "only what is wrong is marked"
    assert 'value="8"' in answer.text
    assert db.session.scalars(select(TimeLimit)).all() == []


def test_a_form_made_before_somebody_elses_change_is_refused_and_shows_theirs(town, admin, client):
    client.post(PAGE, data=table(accept=("7", "minutes", "1", "minutes")))
    answer = client.post(PAGE, data=table(accept=("9", "minutes", "1", "minutes")))
    assert answer.status_code == 409
    assert "7 分钟" in answer.text
    assert db.session.scalars(select(TimeLimit)).one().minutes == 7


def test_the_trail_says_what_a_limit_was_and_is(town, admin, client):
    category = create_category()
    client.post(PAGE, data=table(of=category.id, accept=("7", "minutes", "1", "minutes")))
    seen = {"accept": "7/1/0"}
    client.post(PAGE, data=table(of=category.id, seen=seen))
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [one.action for one in entries] == ["incidents:limit:set", "incidents:limit:drop"]
    page = client.get("/audit").text
    assert "— → 7 分钟、还剩 1 分钟" in page
    assert "7 分钟、还剩 1 分钟 → —" in page
    assert category.name in page


def test_saving_what_is_there_already_changes_and_recounts_nothing(town, admin, client):
    answer = client.post(PAGE, data=table(), follow_redirects=True)
    assert "没有改动" in answer.text
    assert db.session.get(Recount, 1) is None
