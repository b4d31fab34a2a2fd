"""The town of ``test_life``: who lives in it, how they send, and what is looked at after each step."""

from __future__ import annotations

import io
import json
import os
from datetime import timedelta

from factories import AT, create_account, create_town, log_in, viewer_of
from hypothesis.stateful import RuleBasedStateMachine, initialize
from incidents_factory import assert_replays, create_category, create_unit, history
from life_model import Model
from sqlalchemy import select, text, update

from intranet import once
from intranet.access import Role
from intranet.db import db
from intranet.incidents import operations
from intranet.incidents.models import OPEN, Incident, Stage, State, Urgency
from intranet.incidents.operations import ORDINARY_DEFAULTS, URGENT_DEFAULTS, read_calendar
from intranet.people.models import LoginSession

PERSONS = (
    ("admin", "county"),
    ("secretary", "community"),
    ("secretary2", "community"),
    ("office", "community"),
    ("grid_member", "general"),
    ("grid_member2", "other_general"),
    ("micro_member", "micro"),
    ("party_member", "micro"),
    ("resident", "micro"),
    ("station", "community"),
    ("handler", "nowhere"),
)
ACTION_TABLES = ("notice", "notice_delivery", "submitted_once", "audit_entry")


class Person:
    def __init__(self, app, name, role, path):
        self.account = create_account(role, path, username=f"{name}-{os.urandom(3).hex()}")
        self.name, self.role, self.path = name, Role(role), path
        self.is_closed = False
        self.client = app.test_client()
        self.client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        log_in(self.client, self.account)
        # The test's time runs on for months; logging in again is another test's matter.
        db.session.execute(update(LoginSession).values(expires_at=AT + timedelta(days=9999)))
        db.session.commit()
        self.viewer = viewer_of(self.account, (role, path))


class LifeInTown(RuleBasedStateMachine):
    """The people and their town; the rules of what they do are ``test_life``'s."""

    app = None

    @initialize()
    def begin(self):
        self.now = AT
        self.town = create_town()
        places = {
            "county": self.town.county.path,
            "community": self.town.community.path,
            "general": self.town.generals[0].path,
            "other_general": self.town.generals[1].path,
            "micro": self.town.micros[0].path,
            "nowhere": self.town.micros[3].path,
        }
        roles = {"secretary2": "secretary", "grid_member2": "grid_member", "handler": "resident"}
        self.people = [
            Person(self.app, name, roles.get(name, name), places[place]) for name, place in PERSONS
        ]
        self.by_name = {one.name: one for one in self.people}
        handler, member = self.by_name["handler"].account, self.by_name["grid_member"].account
        self.unit = create_unit(self.town.town, members=[handler, member]).id
        gone = create_account("office", self.town.community.path, disabled_at=AT)
        self.given = {
            "person": [f"account:{handler.id}"],
            "member": [f"account:{member.id}"],
            "leaving": [f"account:{self.by_name['grid_member2'].account.id}"],
            "unit": [f"unit:{self.unit}"],
            "both": [f"unit:{self.unit}", f"account:{handler.id}"],
            "gone": [f"account:{gone.id}"],
            "nobody": [],
        }
        self.urgent = create_category(urgency=Urgency.URGENT, is_public=True)
        self.ordinary = create_category(
            "邻里纠纷", urgency=Urgency.ORDINARY, needs_photo=True, is_public=True
        )
        self.known = []
        book = {
            (urgency, stage): (*limits[stage], urgency is Urgency.ORDINARY)
            for urgency, limits in (
                (Urgency.URGENT, URGENT_DEFAULTS),
                (Urgency.ORDINARY, ORDINARY_DEFAULTS),
            )
            for stage in Stage
        }
        units = {self.unit: {handler.id, member.id}}
        self.model = Model(read_calendar(db.session()), book, units, {gone.id})
        names = self.app.extensions["test_tables"]
        self.tables = [one for one in names if one.startswith("incident") or one in ACTION_TABLES]
        db.session.rollback()
        for urgent in (True, False):
            self.report(self.people.index(self.by_name["resident"]), urgent, draft=False)

    def teardown(self):
        db.session.rollback()
        from emptying import empty

        db.session.remove()
        empty(self.app.extensions["test_tables"])

    # Looking

    def compare(self, known):
        """The row is what the model says, its clocks what counting says, its history replays."""
        row = self.row(known)
        assert_replays(row)
        assert (row.state, row.previous_state) == (known.state, known.before), known.state
        assert (row.turn, row.is_open) == (known.turn, known.state in OPEN)
        assert (row.round, row.extension_minutes) == (known.round, known.extension)
        assert row.merged_into_id == (known.merged_into and self.row(known.merged_into).id)
        master = row.merged_into_id and db.session.get(Incident, row.merged_into_id)
        assert not master or master.state not in {State.DECLINED, State.VOID}, "nobody does it"
        assert (row.grid_path, row.place) == (known.grid_path, known.place)
        assert (row.urgency, row.card and row.card.value) == (known.urgency, known.card)
        asked = row.asked_for and (row.asked_for.value, row.asked_by_id)
        assert (asked or None) == known.asked
        assert (row.desk_path.count("."), row.level_raised) == (known.desk, known.raised)
        assert operations.hands(db.session(), row) == known.hands
        held = {(one.kind, one.id) for one in operations.assignees(db.session(), row)}
        assert held == set(known.held)
        assert operations.worker_ids(db.session(), row) == self.model.workers(known)
        assert (row.closed_at, row.was_in_time) == (known.closed_at, known.in_time)
        assert row.real_minutes == known.minutes
        assert (row.satisfaction and row.satisfaction.value) == known.satisfaction
        assert bool(row.result) == known.has_result
        assert operations.has_result_photo(db.session(), row) == known.has_photo
        ends = self.model.moments(known)
        stage = known.stage if known.state in OPEN else None
        assert (row.stage, row.stage_due_at, row.total_due_at) == (
            stage,
            ends["stage"],
            ends["total"],
        )
        assert (row.due_at, row.warn_at) == (ends["due"], ends["warn"])
        alarm = self.model.alarm(known)
        assert row.alarm_at == (alarm and alarm[0])
        db.session.rollback()

    def row(self, known):
        db.session.rollback()
        found = db.session.scalar(
            select(Incident)
            .where(Incident.number == known.number)
            .execution_options(populate_existing=True)
        )
        assert found is not None
        return found

    def alarms(self, known):
        found = [event.verb for event in history(self.row(known)) if event.actor_id is None]
        db.session.rollback()
        return found

    def post(self, person, path, data):
        db.session.rollback()
        sent = {"once": once.new_key(), **data}
        if "photos" in sent:
            sent["photos"] = [(io.BytesIO(sent["photos"]), "now.jpg", "image/jpeg")]
        answer = person.client.post(path, data=sent)
        db.session.rollback()
        return answer

    def is_shut_out(self, person, answer):
        """Whoever has left does nothing any more: sent to the login, whatever they try."""
        if person.is_closed:
            assert answer.status_code == 303
            assert "/login" in answer.headers["Location"]
        return person.is_closed

    def snapshot(self):
        """Every row of every table an act may touch, whole."""
        rows = {
            name: sorted(
                str(tuple(row)) for row in db.session.execute(text(f"SELECT * FROM {name}"))
            )
            for name in self.tables
        }
        db.session.rollback()
        return json.dumps(rows)
