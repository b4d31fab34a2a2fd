"""The life of incidents, driven at random by all roles through the pages, while time passes.

``life_town`` is the town they live in, ``life_model`` says which moves are legal, when each clock
ends and when it rings. After each step the whole of the incident's row is compared with it and with
what its history replays to; after a refused one every row of every table an act may touch is what
it was.

LIFE_EXAMPLES and LIFE_STEPS make it longer; LIFE_TALLY=1 prints how often what succeeded.
"""

from __future__ import annotations

import io
import os
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test
from incidents_factory import change_limit
from life_merging import SEEN, WHICH, WHO, LifeMerging
from life_model import MORE_MINUTES, Known
from life_town import PERSONS
from PIL import Image
from sqlalchemy import update

from intranet import clock, once
from intranet.db import db
from intranet.incidents import tasks
from intranet.incidents.models import ACTS, MOVES, Stage, State, Urgency, Verb
from intranet.people.models import Account

TABLE = MOVES | ACTS
ENDERS = {Verb.DECLINE, Verb.WITHDRAW, Verb.VOID}
ONWARD = {
    *(Verb.ACCEPT, Verb.DISPATCH, Verb.ARRIVE, Verb.FINISH, Verb.VERIFY, Verb.CLOSE, Verb.EVALUATE),
    *(Verb.REOPEN, Verb.RESUME, Verb.UNMERGE, Verb.TAKE_BACK),
}
ANSWERS = {Verb.SUSPEND, Verb.EXTEND}
WITH_PHOTOS = {Verb.FINISH, Verb.SETTLE, Verb.VERIFY, Verb.REJECT, Verb.CLOSE}
EXAMPLES = int(os.environ.get("LIFE_EXAMPLES", "20"))
STEPS = int(os.environ.get("LIFE_STEPS", "50"))


def small_picture():
    out = io.BytesIO()
    Image.new("RGB", (16, 12), (90, 120, 60)).save(out, "JPEG")
    return out.getvalue()


PICTURE = small_picture()


class Life(LifeMerging):
    """Random moves by random people at random times."""

    # Time, and what it does

    @rule(minutes=st.sampled_from([1, 1, 2, 7, 30, 90, 60 * 26, 60 * 24 * 16]))
    def time_passes(self, minutes):
        self.now += timedelta(minutes=minutes)

    @precondition(lambda self: self.known)
    @rule()
    def the_worker_comes(self):
        expected = {one.number: self.model.minute(one, self.now) for one in self.known}
        before = {one.number: self.alarms(one) for one in self.known}
        tasks.sound_alarms()
        for one in self.known:
            rang = self.alarms(one)[len(before[one.number]) :]
            assert rang == expected[one.number], (one.state, rang, expected[one.number])
            SEEN.update((verb, "rang") for verb in rang)
            self.compare(one)

    @rule(
        urgency=st.sampled_from(Urgency),
        stage=st.sampled_from([*Stage, Stage.TOTAL]),
        minutes=st.sampled_from([1, 4, 12, 30, 90, 3000]),
        warned=st.sampled_from([0, 1, 10]),
        in_days=st.booleans(),
    )
    def a_limit_changes(self, urgency, stage, minutes, warned, in_days):
        warn = min(warned, minutes - 1)
        change_limit(urgency, stage, minutes, warn, in_days=in_days, at=self.now)
        self.model.book[urgency, stage] = (minutes, warn, in_days)
        for one in self.known:
            self.compare(one)  # nobody's clock has changed yet

    @rule()
    def the_recount_is_done(self):
        tasks.recount()
        for one in self.known:
            one.book = dict(self.model.book)
            self.compare(one)

    @rule()
    def somebody_leaves(self):
        person = self.by_name["grid_member2"]
        db.session.execute(
            update(Account).where(Account.id == person.account.id).values(disabled_at=self.now)
        )
        db.session.commit()
        person.is_closed = True
        self.model.gone.add(person.account.id)

    # Reports and drafts

    @precondition(lambda self: len(self.known) < 4)
    @rule(who=st.integers(0, len(PERSONS) - 2), urgent=st.booleans(), draft=st.booleans())
    def report(self, who, urgent, draft):
        person = self.people[who]
        if person.is_closed:
            return
        data = {**self.content(urgent), "send": "draft" if draft else "now", "once": once.new_key()}
        if draft and not urgent:
            del data["category"]  # not known yet: ordinary until it is
        answer = self.post(person, "/incidents/new", data)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        number = answer.headers["X-Draft-Number"]
        place, book = self.town.micros[0].path, self.model.book
        self.known.append(
            Known(number, person, place, book, urgent=urgent, at=self.now, draft=draft)
        )
        self.compare(self.known[-1])
        before = self.snapshot()
        again = self.post(person, "/incidents/new", data)
        assert again.headers["X-Draft-Number"] == number
        assert self.snapshot() == before, "sent twice, it is one report"

    @precondition(lambda self: self.known)
    @rule(
        which=WHICH,
        who=WHO,
        own=st.booleans(),
        urgent=st.booleans(),
        send=st.sampled_from(["now", "draft"]),
        fresh=st.sampled_from([True, True, False]),
    )
    def amend(self, which, who, own, urgent, send, fresh):
        waiting = [one for one in self.known if one.state in {State.DRAFT, State.RETURNED}]
        known = waiting[which % len(waiting)] if waiting else self.known[which % len(self.known)]
        person = known.reporter if own else self.people[who]
        before = self.snapshot()
        turn = known.turn if fresh else known.turn + 7
        data = {**self.content(urgent), "turn": turn, "send": send}
        answer = self.post(person, f"/incidents/{known.number}/edit", data)
        expected = {303}
        if not self.model.sees(known, person):
            expected = {404}
        elif person is not known.reporter:
            expected = {403}
        elif known.state not in {State.DRAFT, State.RETURNED} or not fresh:
            expected = {409}
        if self.is_shut_out(person, answer):
            expected = {303}
        assert answer.status_code in expected, (known.state, answer.status_code, expected)
        if answer.status_code == 303 and not person.is_closed:
            SEEN["amend", send, known.state] += 1
            self.amended(known, data, urgent)
            if send == "now":
                known.send(self.now)
                known.book = dict(self.model.book)
            else:
                known.turn += 1
                if known.state is State.RETURNED:
                    known.book = dict(self.model.book)
        else:
            assert self.snapshot() == before
        self.compare(known)

    # Moves

    @precondition(lambda self: self.known)
    @rule(
        which=WHICH,
        who=WHO,
        verb=st.sampled_from(sorted(set(TABLE) - {Verb.MERGE})),
        stale=st.sampled_from([0, 0, 0, 0, 1, -1]),
        brings=st.sampled_from([True, True, True, True, False]),
        data=st.data(),
    )
    def move(self, which, who, verb, stale, brings, data):
        known = self.known[which % len(self.known)]
        sent = {"turn": max(0, known.turn + stale)} | (self.burden(verb, data) if brings else {})
        self.make(known, self.people[who], verb, sent)

    @precondition(lambda self: self.known)
    @rule(which=WHICH, data=st.data())
    def legal_move(self, which, data):
        self.go_on(which, data)

    @precondition(lambda self: self.known)
    @rule(which=WHICH, data=st.data())
    def another_legal_move(self, which, data):
        self.go_on(which, data)

    @precondition(lambda self: self.known)
    @rule(which=WHICH, data=st.data())
    def yet_another_legal_move(self, which, data):
        self.go_on(which, data)

    def go_on(self, which, data):
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
        sent = {"turn": known.turn} | self.burden(verb, data)
        may = [
            person
            for person in self.people
            if not person.is_closed and self.expected(known, person, verb, sent) == {303}
        ]
        if may:
            self.make(known, data.draw(st.sampled_from(may)), verb, sent)

    def make(self, known, person, verb, sent):
        before = self.snapshot()
        expected = self.expected(known, person, verb, sent)
        path = f"/incidents/{known.number}/{verb.value}"
        data = {"once": once.new_key(), **{k: v for k, v in sent.items() if k != "needs_photo"}}
        answer = self.post(person, path, data)
        if self.is_shut_out(person, answer):
            assert self.snapshot() == before
            return
        context = (verb, person.role, known.state, answer.status_code, expected)
        SEEN[verb, answer.status_code] += 1
        assert {answer.status_code} == expected, context
        if answer.status_code != 303:
            assert self.snapshot() == before, context
        else:
            self.model.follow(known, person, TABLE[verb], sent, self.now, self.known)
            self.repeat(person, path, data)
            page = person.client.get(f"/incidents/{known.number}")
            assert page.status_code == 200, "who has acted may see what came of it"
        for one in [known] if answer.status_code != 303 else self.known:
            self.compare(one)

    def expected(self, known, person, verb, sent):
        return self.model.statuses(known, person, TABLE[verb], sent, self.now)

    def repeat(self, person, path, data):
        """Send the very same again, and something else under the same key."""
        before = self.snapshot()
        assert self.post(person, path, data).status_code == 303
        assert self.snapshot() == before, "sent twice, it is done once"
        other = {**data, "words": "改了主意", "reporter_word": "改了"}
        # Whoever has handed it on may see it still, and do no more to it.
        assert self.post(person, path, other).status_code in {403, 409}
        assert self.snapshot() == before

    def burden(self, verb, data):
        """Return what a move may bring: all that any move asks for, some of it by chance."""
        sent = {
            "words": "按要求办理",
            "reporter_word": "已办结",
            "satisfaction": "satisfied",
            "minutes": str(MORE_MINUTES),
        }
        if verb in {Verb.DISPATCH, Verb.TRANSFER, Verb.WHISTLE}:
            sent["assignees"] = self.given[data.draw(st.sampled_from(sorted(self.given)))]
            # Only a dispatch may say how urgent it is; a transfer must not.
            sent["urgency"] = data.draw(st.sampled_from(["", "", "urgent", "ordinary"]))
        if verb is Verb.SUPERVISE:
            sent["card"] = data.draw(st.sampled_from(["", "yellow", "red"]))
        if verb is Verb.RECLASSIFY:
            urgency = data.draw(st.sampled_from(Urgency))
            sent["urgency"] = urgency.value
            if data.draw(st.booleans()):
                urgent = urgency is Urgency.URGENT
                sent["category"] = (self.urgent if urgent else self.ordinary).id
                sent["needs_photo"] = not urgent
        if verb is Verb.RELOCATE:
            # Both lie under the general grid whose desk has it, so the desk stays what it was.
            sent["grid"] = self.town.micros[data.draw(st.integers(0, 1))].path
            sent["place"] = data.draw(st.sampled_from(["", "农贸市场西门"]))
        if verb in WITH_PHOTOS and data.draw(st.booleans()):
            sent["photos"] = PICTURE
        return sent

    # Merging

    @precondition(lambda self: any(one.merged_into for one in self.known))
    @rule(verb=st.sampled_from(sorted(ENDERS)), data=st.data())
    def what_others_were_merged_into_ends(self, verb, data):
        masters = [one.merged_into for one in self.known if one.merged_into]
        known = data.draw(st.sampled_from(masters))
        sent = {"turn": known.turn} | self.burden(verb, data)
        may = [
            person
            for person in self.people
            if not person.is_closed and self.expected(known, person, verb, sent) == {303}
        ]
        if may:
            SEEN["let go", verb] += 1
            self.make(known, data.draw(st.sampled_from(may)), verb, sent)


@pytest.mark.slow
@pytest.mark.timeout(max(900, EXAMPLES * 30))
def test_no_illegal_move_succeeds_no_legal_one_is_lost_and_every_clock_is_right(app, monkeypatch):
    machine = type("Run", (Life,), {"app": app})
    current = {}
    original = machine.begin

    def begin(self):
        current["machine"] = self
        original(self)

    monkeypatch.setattr(clock, "now", lambda: current["machine"].now)
    machine.begin = initialize()(begin)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink),
            print_blob=True,
        ),
    )

    if os.environ.get("LIFE_TALLY"):
        for key, count in sorted(SEEN.items(), key=str):
            print(count, *key)
