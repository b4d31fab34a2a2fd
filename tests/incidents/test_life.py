"""The life of incidents, driven at random by all roles through the pages.

A model of its own says which moves are legal and when each clock ends: it counts minutes one by
one and knows nothing of the code under test but the table of moves.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import timedelta

import pytest
from factories import AT, create_account, create_town, log_in, viewer_of
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from incidents_factory import add_photo, create_category, create_unit, history
from sqlalchemy import select, text, update

from intranet import clock, once
from intranet.access import Role, allowed
from intranet.clock import BEIJING
from intranet.db import db
from intranet.incidents import operations
from intranet.incidents.models import (
    ACTS,
    MOVES,
    OPEN,
    PAUSED,
    STAGE_OF,
    Incident,
    Need,
    Stage,
    State,
    Urgency,
    Verb,
)
from intranet.incidents.operations import ORDINARY_DEFAULTS, URGENT_DEFAULTS, read_calendar
from intranet.people.models import LoginSession

TABLE = MOVES | ACTS
SEEN = Counter()
ENDERS = {Verb.DECLINE, Verb.WITHDRAW, Verb.VOID}
ONWARD = {
    *(Verb.ACCEPT, Verb.DISPATCH, Verb.ARRIVE, Verb.FINISH, Verb.VERIFY, Verb.CLOSE, Verb.EVALUATE),
    *(Verb.REOPEN, Verb.RESUME),
}
ANSWERS = {Verb.SUSPEND, Verb.EXTEND}
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
EXAMPLES = int(os.environ.get("LIFE_EXAMPLES", "15"))
STEPS = int(os.environ.get("LIFE_STEPS", "40"))


class Person:
    def __init__(self, app, name, role, path):
        self.account = create_account(role, path, username=f"{name}-{os.urandom(3).hex()}")
        self.role, self.path = Role(role), path
        self.client = app.test_client()
        self.client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        log_in(self.client, self.account)
        # The test's time runs on for months; logging in again is another test's matter.
        db.session.execute(update(LoginSession).values(expires_at=AT + timedelta(days=9999)))
        db.session.commit()
        self.viewer = viewer_of(self.account, (role, path))


class Known:
    """What the model knows of an incident: told by answers, never read from the row."""

    def __init__(self, incident_id, number, reporter, urgency, at):
        self.id, self.number, self.reporter, self.urgency = incident_id, number, reporter, urgency
        self.state, self.before = State.REPORTED, State.DRAFT
        self.turn = 1
        self.hands, self.holders = set(), []
        self.asked = None
        self.extension = 0
        self.closed_at = self.merged_at = None
        self.has_result = self.has_photo = False
        self.category_is_urgent = urgency is Urgency.URGENT
        # Every minute's state since the round began, as (from, to, state) stretches.
        self.total = [(at, None, True)]
        self.stage = (Stage.ACCEPT, [(at, None, True)])


class Life(RuleBasedStateMachine):
    """Random moves by random people at random times."""

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
        self.handler = self.people[-1]
        self.unit = create_unit(self.town.town, members=[self.handler.account])
        self.urgent = create_category(urgency=Urgency.URGENT)
        self.ordinary = create_category("邻里纠纷", urgency=Urgency.ORDINARY, needs_photo=True)
        self.known = []
        self.calendar = read_calendar(db.session())
        db.session.rollback()

    def teardown(self):
        db.session.rollback()
        from emptying import empty

        db.session.remove()
        empty(self.app.extensions["test_tables"])

    @rule(minutes=st.sampled_from([1, 2, 7, 30, 90, 60 * 26, 60 * 24 * 16]))
    def time_passes(self, minutes):
        self.now += timedelta(minutes=minutes)

    @precondition(lambda self: len(self.known) < 4)
    @rule(who=st.integers(0, len(PERSONS) - 2), urgent=st.booleans())
    def report(self, who, urgent):
        person = self.people[who]
        matter = self.urgent if urgent else self.ordinary
        answer = self.post(
            person,
            "/incidents/new",
            {"category": matter.id, "grid": self.town.micros[0].path, "description": "有人放鞭炮"},
        )
        assert answer.status_code == 303, answer.get_data(as_text=True)
        number = answer.headers["X-Incident-Number"]
        found = db.session.scalar(select(Incident).where(Incident.number == number))
        urgency = Urgency.URGENT if urgent else Urgency.ORDINARY
        self.known.append(Known(found.id, number, person, urgency, self.now))
        self.known[-1].grid = self.town.micros[0].path
        self.compare(self.known[-1])

    @precondition(lambda self: self.known)
    @rule(
        which=st.integers(0, 3),
        who=st.integers(0, len(PERSONS) - 1),
        verb=st.sampled_from(sorted(set(TABLE) - {Verb.MERGE})),
        is_fresh=st.sampled_from([True, True, True, True, False]),
        brings=st.sampled_from([True, True, True, True, False]),
        to_unit=st.booleans(),
    )
    def move(self, which, who, verb, is_fresh, brings, to_unit):
        self.make(
            self.known[which % len(self.known)], self.people[who], verb, is_fresh, brings, to_unit
        )

    @precondition(lambda self: self.known)
    @rule(which=st.integers(0, 3), to_unit=st.booleans(), data=st.data())
    def legal_move(self, which, to_unit, data):
        self.go_on(which, to_unit, data)

    @precondition(lambda self: self.known)
    @rule(which=st.integers(0, 3), to_unit=st.booleans(), data=st.data())
    def another_legal_move(self, which, to_unit, data):
        self.go_on(which, to_unit, data)

    def go_on(self, which, to_unit, data):
        """Chance alone seldom gets far: choose a person and a move that the rules allow."""
        known = self.known[which % len(self.known)]
        verbs = [
            verb
            for verb, move in TABLE.items()
            if known.state in move.sources and verb not in ENDERS | {Verb.MERGE}
        ]
        if not verbs:
            return
        answers = [verb for verb in verbs if known.asked and verb in ANSWERS]
        likely = answers * 8 + [verb for verb in verbs if verb in ONWARD] * 4
        verb = data.draw(st.sampled_from(likely + verbs))
        may = [
            person
            for person in self.people
            if self.expected(known, person, TABLE[verb], True, True, to_unit) == {303}
        ]
        if may:
            self.make(known, data.draw(st.sampled_from(may)), verb, True, True, to_unit)

    @precondition(lambda self: len(self.known) > 1)
    @rule(one=st.integers(0, 3), two=st.integers(0, 3), who=st.integers(0, len(PERSONS) - 1))
    def merge(self, one, two, who):
        into, other = self.known[one % len(self.known)], self.known[two % len(self.known)]
        person = self.people[who]
        before = self.snapshot()
        answer = self.post(
            person,
            "/incidents/bulk",
            {
                "verb": "merge",
                "sure": "y",
                "into": into.id,
                "one": [f"{into.id}:{into.turn}", f"{other.id}:{other.turn}"],
            },
        )
        may = allowed(person.viewer, MOVES[Verb.MERGE].permission, self.thing(other))
        has_others = any(k.state is State.MERGED and k.merged_into is other for k in self.known)
        legal = (
            may
            and into is not other
            and other.state in MOVES[Verb.MERGE].sources
            and into.state in OPEN - PAUSED
            and not has_others
        )
        assert (answer.status_code == 303) == legal, (answer.status_code, legal)
        if legal:
            other.merged_into, other.merged_at = into, self.now
            self.enter(other, Verb.MERGE, State.MERGED)
        else:
            assert self.snapshot() == before
        self.compare(other)
        self.compare(into)

    def make(self, known, person, verb, is_fresh, brings, to_unit):
        move = TABLE[verb]
        before = self.snapshot()
        data = {"turn": known.turn if is_fresh else known.turn + 7}
        if brings:
            data |= self.burden(known, verb, to_unit)
        path = f"/incidents/{known.number}/{verb.value}"
        answer = self.post(person, path, data)
        expected = self.expected(known, person, move, is_fresh, brings, to_unit)
        context = (verb, person.role, known.state, answer.status_code, expected)
        SEEN[verb, answer.status_code] += 1
        assert answer.status_code in expected, context
        if answer.status_code == 303:
            self.follow(known, person, move, to_unit)
        else:
            assert self.snapshot() == before, context
        self.compare(known)

    def burden(self, known, verb, to_unit):
        data = {
            "words": "按要求办理",
            "reporter_word": "已办结",
            "satisfaction": "satisfied",
            "minutes": "45",
            "assignees": f"unit:{self.unit.id}"
            if to_unit
            else f"account:{self.handler.account.id}",
        }
        if verb is Verb.RELOCATE:
            data |= {"grid": self.elsewhere(known), "place": "农贸市场西门"}
        if verb is Verb.RECLASSIFY:
            other = self.ordinary if known.urgency is Urgency.URGENT else self.urgent
            urgency = Urgency.ORDINARY if known.urgency is Urgency.URGENT else Urgency.URGENT
            data |= {"category": other.id, "urgency": urgency.value}
        return data

    def elsewhere(self, known):
        """Return a grid under the other general grid than the one it is in."""
        first, last = self.town.micros[0].path, self.town.micros[3].path
        return last if known.grid == first else first

    def thing(self, known):
        holders, reporter = known.holders, known.reporter

        acted = getattr(known, "acted", {reporter})

        class Thing:
            grid_path = known.grid
            acted_ids = frozenset(person.account.id for person in acted)
            reporter_id = reporter.account.id
            worker_ids = frozenset(holders)

        return Thing()

    def sees(self, known, person):
        from intranet.access import Permission

        acted = known.id in {
            k.id for k in self.known if person in getattr(k, "acted", {k.reporter})
        }
        return acted or allowed(
            person.viewer, Permission.INCIDENTS_INCIDENT_VIEW, self.thing(known)
        )

    def expected(self, known, person, move, is_fresh, brings, to_unit):  # noqa: PLR0911
        """Return the statuses the rules allow for an answer; 303 alone means it must succeed."""
        if not self.sees(known, person):
            return {404}
        if not allowed(person.viewer, move.permission, self.thing(known)):
            return {403}
        if not is_fresh and move.verb is not Verb.UNMERGE:
            return {409}
        if known.state not in move.sources or self.barred(known, person, move):
            return {409}
        if move.verb in {Verb.ASK_SUSPENSION, Verb.ASK_EXTENSION} and known.asked:
            return {409} if brings else {409, 422}
        wanting = (
            bool(move.needs - {Need.RESULT_PHOTO, Need.TARGET}) or move.verb is Verb.RECLASSIFY
        )
        if move.verb is Verb.CLOSE and not (known.has_result and self.photo_there(known)):
            return {409} if brings else {409, 422}
        if wanting and not brings:
            return {422}
        if move.verb is Verb.WHISTLE and self.already_called(known, to_unit):
            return {422}
        return {303}

    def already_called(self, known, to_unit):
        return ("unit" if to_unit else "account") in getattr(known, "kinds", set())

    def photo_there(self, known):
        return known.has_photo or known.category_is_urgent

    def barred(self, known, person, move):
        verb, me = move.verb, person.account.id
        if verb in {Verb.VERIFY, Verb.REJECT}:
            return me in known.hands
        if verb in {Verb.SUSPEND, Verb.EXTEND, Verb.REFUSE_REQUEST}:
            kinds = {Verb.SUSPEND: "suspension", Verb.EXTEND: "extension"}
            fits = known.asked and kinds.get(verb, known.asked[0]) == known.asked[0]
            if not fits or known.asked[1] == me:
                return True
        if verb in {Verb.EXTEND, Verb.ASK_EXTENSION}:
            return known.extension > 0
        if verb is Verb.REOPEN:
            return self.now - known.closed_at > timedelta(days=15)
        if verb is Verb.UNMERGE:
            return self.now - known.merged_at > timedelta(hours=1)
        return False

    def follow(self, known, person, move, to_unit):  # noqa: C901, PLR0912 — a line a verb
        """Do in the model what the page has done."""
        verb, me = move.verb, person.account.id
        known.acted = getattr(known, "acted", {known.reporter}) | {person}
        if move.by_hand:
            known.hands.add(me)
        if verb in {Verb.DISPATCH, Verb.TRANSFER}:
            known.holders, known.kinds = (
                [self.handler.account.id],
                {"unit" if to_unit else "account"},
            )
        if verb is Verb.WHISTLE:
            known.holders = [self.handler.account.id]
            known.kinds = getattr(known, "kinds", set()) | {"unit" if to_unit else "account"}
            known.turn += 1
        if verb in {Verb.REFUSE, Verb.REOPEN}:
            known.holders, known.kinds = [], set()
        if verb in {Verb.FINISH, Verb.SETTLE}:
            known.has_result = True
        if verb in {Verb.ASK_SUSPENSION, Verb.ASK_EXTENSION}:
            known.asked = ("suspension" if verb is Verb.ASK_SUSPENSION else "extension", me)
            known.turn += 1
        if verb is Verb.EXTEND:
            known.extension += 45
        if verb in {Verb.EXTEND, Verb.REFUSE_REQUEST}:
            known.asked = None
            known.turn += 1
        if verb is Verb.RECLASSIFY:
            swap = {Urgency.URGENT: Urgency.ORDINARY, Urgency.ORDINARY: Urgency.URGENT}
            known.urgency = swap[known.urgency]
            known.category_is_urgent = known.urgency is Urgency.URGENT
            known.turn += 1
        if verb is Verb.RELOCATE:
            known.grid = self.elsewhere(known)
            known.turn += 1
        if verb is Verb.REOPEN:
            known.hands, known.has_result, known.has_photo = set(), False, False
            known.extension, known.closed_at = 0, None
        if verb is Verb.CLOSE:
            known.closed_at = self.now
        if verb in MOVES:
            self.enter(known, verb, move.target or known.before)

    def enter(self, known, verb, state):  # noqa: C901 — the clocks' rules, told another way
        """Change the state, and open or close the stretches in which time counts."""
        at = self.now

        def shut(stretches):
            if stretches and stretches[-1][1] is None:
                stretches[-1] = (stretches[-1][0], at, True)

        def open_(stretches):
            if not stretches or stretches[-1][1] is not None:
                stretches.append((at, None, True))

        if verb is Verb.REOPEN:
            known.total = []
        if state in PAUSED:
            shut(known.total)
            shut(known.stage[1])
            if state is State.RETURNED:
                known.stage = (None, [])
        else:
            open_(known.total)
            same = verb in {Verb.RESUME, Verb.UNMERGE, Verb.VERIFY}
            if same:
                open_(known.stage[1])
            elif state in STAGE_OF:
                known.stage = (STAGE_OF[state], [(at, None, True)])
        known.before, known.state = known.state, state
        known.asked = None
        known.turn += 1
        if state is State.HANDLED and self.now.minute % 2:
            self.picture(known)

    def picture(self, known):
        """Sometimes a photo of the result comes with it."""
        incident = db.session.get(Incident, known.id, populate_existing=True)
        add_photo(incident, self.handler.viewer, at=self.now)
        known.has_photo = True
        known.acted = getattr(known, "acted", {known.reporter}) | {self.handler}

    def ends(self, stretches, minutes):
        """Count the limit minute by minute; None when the clock stands before it is used up."""
        urgent_days = minutes[1]
        left = minutes[0]
        for start, end, _counts in stretches:
            at = start
            while end is None or at < end:
                if left <= 0:
                    return at
                jump = self.leap(at, end, left, urgent_days)
                if urgent_days or self.calendar.counts(at.astimezone(BEIJING).date()):
                    left -= jump
                at += timedelta(minutes=jump)
            if left <= 0:
                return at
        return None

    def leap(self, at, end, left, urgent):
        """Return how many minutes may be taken at one step: never past midnight, end or limit."""
        local = at.astimezone(BEIJING)
        midnight = 24 * 60 - (local.hour * 60 + local.minute)
        steps = [midnight]
        if end is not None:
            steps.append(int((end - at).total_seconds() // 60))
        if urgent or self.calendar.counts(local.date()):
            steps.append(left)
        return max(1, min(steps))

    def limit(self, known, stage):
        minutes, _warn = (
            URGENT_DEFAULTS if known.urgency is Urgency.URGENT else ORDINARY_DEFAULTS
        )[stage]
        more = known.extension if stage in {Stage.HANDLE, Stage.TOTAL} else 0
        return minutes + more, known.urgency is Urgency.URGENT

    def compare(self, known):
        """The row is what the model says, its clocks what counting says, its history replays."""
        db.session.rollback()
        row = db.session.get(Incident, known.id, populate_existing=True)
        assert (row.state, row.turn, row.is_open) == (known.state, known.turn, known.state in OPEN)
        events = history(row)
        standing = operations.replay(events)
        assert (standing.state, standing.round, standing.extension_minutes) == (
            row.state,
            row.round,
            row.extension_minutes,
        )
        assert (
            standing.merged_into,
            standing.category_id,
            standing.urgency,
            standing.desk_path,
            standing.grid_path,
        ) == (
            row.merged_into_id,
            row.category_id,
            row.urgency.value,
            row.desk_path,
            row.grid_path,
        )
        assert row.grid_path == known.grid
        now_held = {(a.kind, a.id) for a in operations.assignees(db.session(), row)}
        assert now_held == standing.assignees
        assert operations.hands(db.session(), row) == known.hands
        if known.state in OPEN:
            total = self.ends(known.total, self.limit(known, Stage.TOTAL))
            stage, stretches = known.stage
            step = self.ends(stretches, self.limit(known, stage)) if stage else None
            assert (row.stage, row.stage_due_at, row.total_due_at) == (stage, step, total)
            due = min((d for d in (step, total) if d), default=None)
            assert row.due_at == due
        else:
            assert (row.stage, row.stage_due_at, row.total_due_at, row.due_at) == (None,) * 4
        db.session.rollback()

    def post(self, person, path, data):
        db.session.rollback()
        answer = person.client.post(path, data={"once": once.new_key(), **data})
        db.session.rollback()
        return answer

    def snapshot(self):
        """Every row of every table an act may touch."""
        tables = [
            "incident",
            "incident_event",
            "incident_assignment",
            "incident_hand",
            "incident_tie",
        ]
        rows = [
            db.session.execute(text(f"SELECT * FROM {t} ORDER BY 1, 2, 3")).all() for t in tables
        ]
        db.session.rollback()
        return json.dumps([[list(map(str, row)) for row in table] for table in rows])


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_illegal_move_succeeds_no_legal_one_is_lost_and_every_clock_is_right(app, monkeypatch):
    machine = type("Run", (Life,), {"app": app})
    current = {}
    original = machine.begin

    def begin(self):
        current["machine"] = self
        original(self)

    monkeypatch.setattr(clock, "now", lambda: current["machine"].now)
    machine.begin = initialize()(begin)
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink),
        ),
    )

    done = {verb.value: count for (verb, status), count in sorted(SEEN.items()) if status == 303}
    print("moves that succeeded:", done)
