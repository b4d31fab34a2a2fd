"""Changing a rule by which clocks go: every open incident goes by it, and nothing else changes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from counting import counted
from factories import AT, create_account, create_town, log_in, viewer_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from incidents_factory import create_category, create_incident, create_unit, history
from sqlalchemy import select

from intranet import clock
from intranet.audit import AuditEntry
from intranet.db import db
from intranet.incidents import operations, queries, tasks
from intranet.incidents.models import (
    NEVER,
    Incident,
    IncidentEvent,
    Recount,
    Stage,
    TimeLimit,
    Urgency,
    Verb,
)
from intranet.incidents.operations import Assignee, Brings, TimeAllowed, recounting
from intranet.incidents.queries import Light
from intranet.incidents.views import recounts

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


def many(town, category, count):
    """Report many at once: copies of one, with its history."""
    one = create_incident(town.micros[0], category)
    columns = [c.name for c in Incident.__table__.columns if c.name != "id"]
    event = history(one)[0]
    fields = [c.name for c in IncidentEvent.__table__.columns if c.name != "id"]
    for number in range(count - 1):
        values = {name: getattr(one, name) for name in columns} | {
            "number": f"copy-{number}",
            "report_key": None,
        }
        copy = Incident(**values)
        db.session.add(copy)
        db.session.flush()
        told = {name: getattr(event, name) for name in fields} | {"incident_id": copy.id}
        db.session.add(IncidentEvent(**told))
    db.session.commit()


def due():
    db.session.rollback()
    return set(db.session.scalars(select(Incident.due_at)))


def test_many_are_counted_by_the_worker_which_may_be_killed_and_the_page_shows_how_far(
    town, admin, client, monkeypatch
):
    monkeypatch.setattr(recounting, "BATCH", 5)
    many(town, create_category(), 23)
    client.post(PAGE, data=table(accept=("40", "minutes", "10", "minutes")))

    page = client.get(PAGE).text
    assert "10 / 23" in page
    assert 'hx-trigger="every 2s"' in page
    last = db.session.get(Recount, 1).last_id
    assert client.get(f"/incidents/recount?seen={last}").status_code == 204
    assert client.get("/incidents/recount?seen=0").status_code == 200
    assert due() == {AT + 5 * MINUTE, AT + 40 * MINUTE}

    operations.recount_batch(db.session(), at=AT)
    db.session.rollback()  # what a database does with the work of a process that is gone
    assert db.session.get(Recount, 1, populate_existing=True).done == 10

    assert tasks.recount() == 3
    assert due() == {AT + 40 * MINUTE}
    assert tasks.recount() == 0
    shown = client.get("/incidents/recount?seen=0").text
    assert "23 件未结事件" in shown
    assert "hx-trigger" not in shown


def test_a_rule_changed_while_it_is_counted_begins_it_again(town, admin, client, monkeypatch):
    monkeypatch.setattr(recounting, "BATCH", 5)
    monkeypatch.setattr(recounts, "AT_ONCE", 1)
    many(town, create_category(), 12)
    client.post(PAGE, data=table(accept=("40", "minutes", "10", "minutes")))
    seen = {"accept": "40/10/0"}
    client.post(PAGE, data=table(seen=seen, accept=("20", "minutes", "10", "minutes")))
    tasks.recount()
    assert due() == {AT + 20 * MINUTE}


def test_pages_of_settings_ask_the_database_as_often_however_much_there_is(town, admin, client):
    pages = ("/incidents/catalogue", PAGE, "/incidents/units", "/incidents/days")

    def questions():
        found = []
        for page in pages:
            with counted() as asked:
                assert client.get(page).status_code == 200
            found.append(len(asked))
        return found

    create_incident(town.micros[0], create_category())
    create_unit(town.community, "甲")
    questions()
    few = questions()
    for number in range(8):
        category = create_category(f"事项{number}")
        create_incident(town.micros[0], category)
        create_unit(town.community, f"单位{number}")
        client.post(PAGE, data=table(of=category.id, accept=("7", "minutes", "1", "minutes")))
        client.post(
            "/incidents/days",
            data={"first": f"2027-01-0{number + 1}", "kind": "free", "name": "假"},
        )
    assert questions() == few


MOVES = (
    (Verb.ACCEPT, {}),
    (Verb.DISPATCH, {}),
    (Verb.ARRIVE, {}),
    (Verb.FINISH, {"words": "已清理"}),
)


def go(town, incident, officer, verb, at, **brings):
    if verb is Verb.DISPATCH:
        brings["assignees"] = [Assignee("account", officer.account_id)]
    operations.perform(
        db.session(),
        verb=verb,
        incident=incident,
        actor=officer,
        at=at,
        turn=incident.turn,
        brings=Brings(**brings),
    )
    db.session.commit()


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    far=st.lists(st.integers(0, len(MOVES)), min_size=1, max_size=4),
    minutes=st.lists(st.integers(2, 4000), min_size=6, max_size=6),
    in_days=st.booleans(),
    urgent=st.booleans(),
)
def test_a_recount_says_what_would_be_had_the_limits_always_held(
    town, admin, far, minutes, in_days, urgent
):
    """The history under the new limits, worked out by reporting the same anew, is what stands."""
    urgency = Urgency.URGENT if urgent else Urgency.ORDINARY
    officer = create_account("office", town.community.path)
    viewer = viewer_of(officer, ("office", town.community.path))
    category = create_category(f"性质{len(far)}-{minutes[0]}-{urgent}", urgency=urgency)

    def tell(distance):
        incident = create_incident(town.micros[0], category)
        for step, (verb, brings) in enumerate(MOVES[:distance], 1):
            go(town, incident, viewer, verb, AT + step * 3 * MINUTE, **brings)
        return incident.id

    old = [tell(distance) for distance in far]
    wanted = {
        stage: TimeAllowed(count, count // 3, in_days)
        for stage, count in zip(Stage, minutes, strict=True)
    }
    operations.change_limits(
        db.session(),
        actor=admin,
        at=AT,
        category=category,
        urgency=urgency,
        wanted=wanted,
        seen={},
    )
    db.session.commit()
    tasks.recount()
    new = [tell(distance) for distance in far]

    for before, after in zip(old, new, strict=True):
        one, other = fresh(before), fresh(after)
        for name in ("stage", "stage_due_at", "total_due_at", "due_at", "warn_at", "queue_at"):
            assert getattr(fresh(before), name) == getattr(fresh(after), name), name
        assert one.queue_at == (one.due_at or NEVER)
        assert other.state is one.state
    # Counted once more, nothing moves.
    kept = [str(vars_of(fresh(number))) for number in old]
    operations.ask_recount(db.session(), at=AT)
    db.session.commit()
    tasks.recount()
    assert [str(vars_of(fresh(number))) for number in old] == kept


def vars_of(incident):
    names = ("due_at", "warn_at", "alarm_at", "queue_at", "stage_due_at", "total_due_at")
    return {name: getattr(incident, name) for name in names}
