"""Any sequence of acts leaves the ledger as a plain model of it says, and whole."""

from __future__ import annotations

import itertools
import os
from collections import defaultdict
from datetime import date

import pytest
from emptying import empty
from factories import AT, create_account, create_town
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from points.beside_a_model import BesideAModel

from intranet.db import db
from intranet.points import operations, queries
from intranet.points.models import AccountKind, Dimension, Entry, EntryKind, Phase
from intranet.points.operations import Draft, Leg
from intranet.register.models import Party, PartyKind

SEQUENCES = int(os.environ.get("POINTS_SEQUENCES", "500"))  # on both engines together
AMOUNTS = st.integers(1, 9)
PARTIES = st.integers(0, 2)


class Books(BesideAModel):
    """The ledger beside a model: dictionaries of what each party has, holds and waits for."""

    tables = ("points_account", "points_period", "points_entry", "points_transfer")
    house = None

    @initialize()
    def begin(self):
        empty(self.house.extensions["test_tables"])
        db.session.expunge_all()
        town = create_town()
        parties = [
            Party(kind=PartyKind.HOUSEHOLD, grid_path=town.micros[0].path, created_at=AT)
            for _ in range(3)
        ]
        db.session.add_all(parties)
        db.session.commit()
        self.parties = [one.id for one in parties]
        self.actor, self.approver = (
            create_account(role, town.community.path).id for role in ("office", "secretary")
        )
        self.keys = itertools.count(1)
        operations.open_period(db.session(), year=2026)
        db.session.commit()
        self.years, self.closed = [2026], 0
        self.has = defaultdict(int)  # party, year: posted
        self.held = defaultdict(int)
        self.entries = {}  # id: what it was, as the model knows it
        self.last = None  # the newest draft, to be sent a second time

    def key(self):
        return f"k{next(self.keys)}"

    def draft(self, kind, legs, year, *, key=None):
        return Draft(
            key=key or self.key(),
            kind=kind,
            legs=legs,
            effective_on=date(year, 6, 1),
            actor_id=self.actor,
            approver_id=self.approver,
            rule=("cleanup", 1),
        )

    def account(self, party, year):
        return operations.party_account(db.session(), party_id=self.parties[party], year=year)

    def is_open(self, year):
        return year in self.years[self.closed :]

    @rule(party=PARTIES, amount=AMOUNTS, back=st.integers(0, 1), pending=st.booleans())
    def grant(self, party, amount, back, pending):
        year = self.years[-1 - min(back, len(self.years) - 1)]
        phase = Phase.PENDING if pending else Phase.POSTED

        def act():
            issued = operations.issued_account(
                db.session(), year=year, dimension=Dimension.CONTRIBUTION
            )
            legs = [Leg(issued, self.account(party, year), amount, phase)]
            self.last = (self.draft(EntryKind.GRANT, legs, year), party, year, amount)
            return operations.post(db.session(), self.last[0], at=AT)

        made = self.attempt(act, allowed=self.is_open(year))
        if made is not None:
            self.entries[made.id] = ["grant", party, year, amount, pending]
            if not pending:
                self.has[party, year] += amount

    @rule(party=PARTIES, amount=AMOUNTS)
    def hold(self, party, amount):
        year = self.years[-1]
        free = self.has[party, year] - self.held[party, year]

        def act():
            redeemed = operations.taken_account(db.session(), kind=AccountKind.REDEEMED, year=year)
            legs = [Leg(self.account(party, year), redeemed, amount, Phase.PENDING)]
            return operations.post(db.session(), self.draft(EntryKind.HOLD, legs, year), at=AT)

        made = self.attempt(act, allowed=self.is_open(year) and free >= amount)
        if made is not None:
            self.entries[made.id] = ["hold", party, year, amount, True]
            self.held[party, year] += amount

    @precondition(lambda self: self.entries)
    @rule(data=st.data(), phase=st.sampled_from([Phase.POST, Phase.VOID]))
    def decide(self, data, phase):
        number = data.draw(st.sampled_from(sorted(self.entries)))
        what, party, year, amount, pending = self.entries[number]
        now = self.years[-1]

        def act():
            found = db.session.get_one(Entry, number)
            more = {"key": self.key(), "effective_on": date(now, 6, 2), "at": AT}
            return operations.resolve(db.session(), found, phase=phase, **more)

        made = self.attempt(act, allowed=pending is True and self.is_open(now))
        if made is None:
            return
        self.entries[number][4] = "decided"
        if what == "hold":
            self.held[party, year] -= amount
        if phase is Phase.POST:
            self.has[party, year] += amount if what == "grant" else -amount

    @precondition(lambda self: self.entries)
    @rule(data=st.data())
    def undo(self, data):
        number = data.draw(st.sampled_from(sorted(self.entries)))
        what, party, year, amount, state = self.entries[number]
        now = self.years[-1]
        free = self.has[party, year] - self.held[party, year]

        def act():
            found = db.session.get_one(Entry, number)
            people = {"actor_id": self.actor, "approver_id": self.approver}
            more = {"key": self.key(), "effective_on": date(now, 6, 3), "at": AT, "note": "slip"}
            return operations.reverse(db.session(), found, **people, **more)

        lawful = what == "grant" and state is False and free >= amount and self.is_open(now)
        made = self.attempt(act, allowed=lawful)
        if made is not None:
            self.entries[number][4] = "undone"
            self.entries[made.id] = ["correction", party, year, amount, "never"]
            self.has[party, year] -= amount

    @precondition(lambda self: self.last is not None)
    @rule(changed=st.booleans())
    def send_again(self, changed):
        draft, party, year, amount = self.last
        entry = db.session.query(Entry).filter_by(key=draft.key).one_or_none()
        known = entry.id if entry is not None else None
        db.session.rollback()
        if known is None:
            return

        def act():
            issued = operations.issued_account(
                db.session(), year=year, dimension=Dimension.CONTRIBUTION
            )
            phase = draft.legs[0].phase
            legs = [Leg(issued, self.account(party, year), amount + changed, phase)]
            again = self.draft(EntryKind.GRANT, legs, year, key=draft.key)
            return operations.post(db.session(), again, at=AT)

        before = self.dumped()
        made = self.attempt(act, allowed=not changed)
        if made is not None:
            assert made.id == known
        assert self.dumped() == before

    @precondition(lambda self: len(self.years) < 3)
    @rule()
    def next_year(self):
        year = self.years[-1] + 1
        self.attempt(lambda: operations.open_period(db.session(), year=year), allowed=True)
        self.years.append(year)

    @precondition(lambda self: self.closed < len(self.years) - 1)
    @rule()
    def close(self):
        year = self.years[self.closed]
        waits = any(
            self.dated[number] == year and entry[4] is True
            for number, entry in self.entries.items()
        )

        def act():
            found = operations.open_period(db.session(), year=year)
            people = {"actor_id": self.actor, "confirmed_by": self.approver}
            return operations.close_period(db.session(), found, at=AT, **people)

        if self.attempt(act, allowed=not waits) is not None:
            self.closed += 1

    @precondition(lambda self: self.closed)
    @rule()
    def reopen(self):
        def act():
            found = operations.open_period(db.session(), year=self.years[self.closed - 1])
            people = {"actor_id": self.actor, "confirmed_by": self.approver}
            return operations.reopen_period(db.session(), found, at=AT, **people)

        self.attempt(act, allowed=True)
        self.closed -= 1

    @property
    def dated(self):
        return {number: entry[2] for number, entry in self.entries.items()}

    @invariant()
    def is_what_the_model_says(self):
        if not hasattr(self, "has"):
            return
        for party, year in set(self.has) | set(self.held):
            account = self.account(party, year)
            assert account.balance == self.has[party, year]
            assert account.available == self.has[party, year] - self.held[party, year]
        assert list(queries.verify(db.session())) == []
        db.session.rollback()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_any_sequence_of_acts_leaves_the_ledger_as_a_model_of_it_says(app):
    Books.house = app
    run_state_machine_as_test(
        Books,
        settings=settings(
            # SQLite is three times as quick; the acts and the model are the same.
            max_examples=SEQUENCES * (7 if db.engine.dialect.name == "sqlite" else 3) // 10,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
