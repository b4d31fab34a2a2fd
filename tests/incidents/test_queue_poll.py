"""The open list asks cheaply, and is told what its viewer may know: no less and no more."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from factories import AT, create_account, log_in, viewer_of
from incidents_factory import create_category, create_incident, create_unit
from sqlalchemy import event, select, text
from wound_clock import Moment, town  # noqa: F401

from intranet.db import db
from intranet.incidents import operations, queries
from intranet.incidents.models import Incident, Verb
from intranet.incidents.operations import Assignee, Brings, Whereabouts

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def matter(town):
    return create_category()


class Window:
    """A browser with the list open, polling as its page says."""

    def __init__(self, app, role, path, query=""):
        self.account = create_account(role, path)
        self.viewer = viewer_of(self.account, (role, path))
        self.client = app.test_client()
        self.client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        log_in(self.client, self.account)
        self.read(self.client.get(f"/incidents?tab=inbox{query}").get_data(as_text=True))

    def read(self, page):
        self.page = page
        self.url = re.search(r'hx-get="([^"]+)"', page)[1].replace("&amp;", "&")

    def poll(self):
        answer = self.client.get(self.url, headers=PARTIAL)
        if answer.status_code == 200:
            self.read(answer.get_data(as_text=True))
        else:  # what static/js/incidents.js does
            seen = answer.headers["Weiwang-Seen"]
            self.url = re.sub(r"([?&]seen=)\d+", rf"\g<1>{seen}", self.url)
        return answer.status_code


def test_a_poll_says_nothing_until_something_happens_and_marks_what_did(app, town, matter):
    create_incident(town.micros[0], matter)
    window = Window(app, "secretary", town.community.path)
    assert window.poll() == 204
    assert 'class="is-new"' not in window.page

    new = create_incident(town.micros[1], matter)
    assert window.poll() == 200
    assert re.findall(r'<tr id="i(\d+)" class="is-new"', window.page) == [str(new.id)]
    assert window.poll() == 204

    # What came since the page was opened stays marked when more comes.
    newer = create_incident(town.micros[2], matter)
    assert window.poll() == 200
    marked = set(re.findall(r'<tr id="i(\d+)" class="is-new"', window.page))
    assert marked == {str(new.id), str(newer.id)}


def test_what_happens_elsewhere_is_no_news_and_is_not_looked_at_twice(app, town, matter):
    window = Window(app, "grid_member", town.generals[0].path)
    for _n in range(3):
        create_incident(town.micros[3], matter)

    assert window.poll() == 204
    newest = queries.newest_event(db.session)
    assert f"seen={newest}&" in f"{window.url}&"


def test_a_handler_outside_the_grid_is_told_and_a_resident_of_ones_own_alone(app, town, matter):
    found = create_incident(town.micros[0], matter)
    window = Window(app, "micro_member", town.micros[3].path)
    resident = Window(app, "resident", town.micros[0].path)
    staff = viewer_of(
        create_account("office", town.community.path), ("office", town.community.path)
    )
    given = {
        Verb.ACCEPT: Brings(),
        Verb.DISPATCH: Brings(assignees=(Assignee("account", window.account.id),)),
    }
    for verb, brings in given.items():
        operations.perform(
            db.session(), actor=staff, at=AT, incident=found, verb=verb, brings=brings
        )
    db.session.commit()

    assert window.poll() == 200
    assert f'id="i{found.id}"' in window.page
    assert resident.poll() == 204


def moves(staff, found, given):
    for verb, brings in given.items():
        operations.perform(
            db.session(), actor=staff, at=Moment.now, incident=found, verb=verb, brings=brings
        )
    db.session.commit()


@pytest.mark.parametrize("through_unit", [False, True])
def test_what_is_taken_from_a_handler_leaves_the_open_list(app, town, matter, through_unit):
    office = create_account("office", town.community.path)
    staff = viewer_of(office, ("office", town.community.path))
    found = create_incident(town.micros[0], matter)
    window = Window(app, "micro_member", town.micros[3].path)
    unit = create_unit(town.town, members=[window.account])
    mine = Assignee("unit", unit.id) if through_unit else Assignee("account", window.account.id)
    moves(staff, found, {Verb.ACCEPT: Brings(), Verb.DISPATCH: Brings(assignees=(mine,))})
    assert window.poll() == 200
    assert f'id="i{found.id}"' in window.page

    Moment.now += timedelta(seconds=9)
    other = (Assignee("account", office.id),)
    moves(staff, found, {Verb.TRANSFER: Brings(words="另派他人", assignees=other)})
    assert window.poll() == 200
    assert f'id="i{found.id}"' not in window.page

    # What happens to it from then on is others' business.
    Moment.now += timedelta(seconds=9)
    moves(staff, found, {Verb.COMMENT: Brings(words="已联系物业")})
    assert window.poll() == 204


def test_what_is_moved_out_of_ones_grids_leaves_the_open_list(app, town, matter):
    staff = viewer_of(
        create_account("office", town.community.path), ("office", town.community.path)
    )
    found = create_incident(town.micros[0], matter)
    windows = [Window(app, "grid_member", general.path) for general in town.generals]
    micro = Window(app, "micro_member", town.micros[1].path)
    assert f'id="i{found.id}"' in windows[0].page

    to = Whereabouts(grid=town.micros[2])
    moves(staff, found, {Verb.RELOCATE: Brings(whereabouts=to)})
    assert [window.poll() for window in windows] == [200, 200]
    assert [f'id="i{found.id}"' in window.page for window in windows] == [False, True]
    assert micro.poll() == 204

    moves(staff, found, {Verb.COMMENT: Brings(words="已联系物业")})
    assert [window.poll() for window in windows] == [204, 200]


def test_a_light_that_turns_by_time_alone_is_news(app, town, matter):
    found = create_incident(town.micros[0], matter)
    window = Window(app, "secretary", town.community.path)
    moments = [found.warn_at, found.due_at]
    assert "light green" in window.page
    for moment, colour in zip(moments, ("yellow", "red"), strict=True):
        Moment.now = moment
        assert window.poll() == 204
        Moment.now = moment + timedelta(seconds=1)
        assert window.poll() == 200
        assert f'class="light {colour}"' in window.page
        assert 'class="is-new"' not in window.page
        assert window.poll() == 204


@pytest.mark.parametrize("seen", ["-1", str(-(10**30)), str(10**30), "x", ""])
def test_a_poll_from_nowhere_is_answered(app, town, matter, seen):
    create_incident(town.micros[0], matter)
    window = Window(app, "secretary", town.community.path)
    answer = window.client.get(
        f"/incidents?tab=inbox&seen={seen}&base={seen}&turns={seen}&after={seen}", headers=PARTIAL
    )
    assert answer.status_code in {200, 204}


def statements(client, url, **headers):
    """Return what a request asks the database, at the driver."""
    seen = []

    def trace(raw, *_of_pool):
        raw.set_trace_callback(seen.append)

    def count(connection, cursor, statement, *rest):
        seen.append(statement)

    db.session.remove()
    sqlite = db.engine.dialect.name == "sqlite"
    hook = (db.engine, "checkout", trace) if sqlite else (db.engine, "before_cursor_execute", count)
    event.listen(*hook)
    answer = client.get(url, headers=headers)
    event.remove(*hook)
    assert answer.status_code in {200, 204}
    return [one for one in seen if one.lstrip().startswith("SELECT")]


def test_the_poll_asks_who_and_what_is_newest_and_that_is_all(app, town, matter):
    for _n in range(3):
        create_incident(town.micros[0], matter)
    window = Window(app, "secretary", town.community.path)

    assert len(statements(window.client, window.url, **PARTIAL)) == 2


@pytest.mark.parametrize("tab", ["inbox", "area", "watch", "acted"])
def test_a_page_asks_as_often_for_sixty_rows_as_for_ten(app, town, matter, tab):
    counted = []
    for many in (10, 50):
        for number in range(many):
            create_incident(town.micros[number % 4], matter)
        window = Window(app, "secretary", town.community.path, f"&tab={tab}")
        counted.append(
            [
                len(statements(window.client, url))
                for url in (f"/incidents?tab={tab}", f"/incidents/map?tab={tab}")
            ]
        )

    assert counted[0] == counted[1]


def test_lists_of_open_incidents_are_read_by_their_indexes(app, town, matter):
    """SQLite leaves a partial index aside unless the query spells its condition alike."""
    is_sqlite = db.engine.dialect.name == "sqlite"
    if not is_sqlite:  # so few rows are quicker read than looked up
        for way in ("seqscan", "bitmapscan", "sort"):
            db.session.execute(text(f"SET LOCAL enable_{way} = off"))
    for column in (Incident.queue_at, Incident.alarm_at):
        statement = select(Incident.id).where(Incident.is_open).order_by(column)
        explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
        plan = db.session.execute(text(f"{explain} {statement.compile(db.engine)}")).all()
        assert f"ix_incident_open_{column.key}" in str(plan), plan
