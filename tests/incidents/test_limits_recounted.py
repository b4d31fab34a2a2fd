"""After a rule was changed the worker counts all open clocks anew; it may be killed, and goes on."""

from __future__ import annotations

from counting import counted
from factories import AT, create_account, viewer_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from incidents_factory import create_category, create_incident, create_unit, history
from limits_house import MINUTE, PAGE, admin, fresh, now, table, town  # noqa: F401
from sqlalchemy import select

from intranet.db import db
from intranet.incidents import operations, tasks
from intranet.incidents.models import (
    NEVER,
    Incident,
    IncidentEvent,
    Recount,
    Stage,
    Urgency,
    Verb,
)
from intranet.incidents.operations import Assignee, Brings, TimeAllowed, recounting
from intranet.incidents.views import recounts


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
