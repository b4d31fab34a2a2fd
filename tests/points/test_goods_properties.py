"""Any sequence at the shop, the desk and the counter is what a plain model says.

Asking, fetching, letting go and waiting, prices that change between the page and the press, goods
handed over with and without a code, by strangers and by who lives there, and shelves counted.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from emptying import empty
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
from points.goods_factory import open_shop, party
from points.points_factory import grant, new_key
from points.teams_factory import team_of
from sqlalchemy import func, select

from intranet import clock
from intranet.db import db
from intranet.points import operations, queries, tasks
from intranet.points.models import (
    AccountKind,
    Entry,
    EntryKind,
    Goods,
    Handing,
    LedgerAccount,
    Redemption,
    RedemptionState,
    StockReason,
    StockWords,
)
from intranet.points.operations import Facts, Seen
from intranet.register.models import Party, PartyKind

SEQUENCES = int(os.environ.get("POINTS_SEQUENCES", "500")) // 10  # on each of the two engines
START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PRICES = {"A1": 3, "B2": 5}
SAID = "王大爷捐，电话13912345678"
GOODS, PARTIES = st.sampled_from(sorted(PRICES)), st.integers(0, 1)


class Shelf(BesideAModel):
    """The shop beside a model: what each has of which year, what lies there, what is held."""

    tables = (
        *("points_account", "points_entry", "points_transfer", "points_redemption"),
        *("points_goods", "points_handing", "points_stock_words"),
    )
    house = None

    @initialize()
    def begin(self):
        empty(self.house.extensions["test_tables"])
        db.session.expunge_all()
        self.shop = open_shop()
        path = self.shop.town.micros[0].path
        team = team_of(self.shop.town.micros[0])
        self.parties = [party(PartyKind.HOUSEHOLD, path).id, team.id]
        self.limit = {"A1": 0, "B2": 4}
        self.goods = {
            sku: operations.add_goods(
                db.session(),
                actor=self.shop.office,
                at=START,
                grid=self.shop.town.community,
                sku=sku,
                facts=Facts("货", points, year_limit=self.limit[sku]),
            ).id
            for sku, points in PRICES.items()
        }
        operations.open_period(db.session(), year=2027)
        db.session.commit()
        self.now = START
        self.has = {(one, year): 0 for one in range(2) for year in (2026, 2027)}
        self.stock = dict.fromkeys(PRICES, 0)
        self.handed = dict.fromkeys(PRICES, 0)
        self.price = {sku: [points] for sku, points in PRICES.items()}  # of each version
        self.uncoded = set()  # redemptions fetched without their code
        self.said = 0  # supplies and counts with words beside them
        self.held = {}  # redemption: party, sku, quantity, what of which year, when it ends
        self.ended = {}  # party, sku, year: pieces fetched

    def free(self, one, year):
        held = sum(
            parts.get(year, 0) for who, _sku, _n, parts, _end in self.held.values() if who == one
        )
        return self.has[one, year] - held

    def left(self, sku):
        return self.stock[sku] - sum(n for _w, of, n, _p, _e in self.held.values() if of == sku)

    @rule(one=PARTIES, amount=st.integers(1, 12))
    def earn(self, one, amount):
        year = self.today.year
        grant(self.shop.books, amount, party=self.parties[one], year=year, day=self.today)
        db.session.commit()
        self.has[one, year] += amount

    @property
    def today(self):
        return self.now.astimezone(clock.BEIJING).date()

    @rule(sku=GOODS, pieces=st.integers(1, 4))
    def supply(self, sku, pieces):
        goods = db.session.get_one(Goods, self.goods[sku])
        facts = {"pieces": pieces, "note": SAID, "key": new_key(), "at": self.now}
        operations.supply(db.session(), goods, actor=self.shop.office, **facts)
        db.session.commit()
        self.stock[sku] += pieces
        self.said += 1

    @rule(
        sku=GOODS,
        more=st.integers(-3, 3),
        late=st.sampled_from([0, 0, 0, 1]),
        why=st.sampled_from([StockReason.BROKEN, StockReason.OTHER, StockReason.BOUGHT, None]),
        note=st.sampled_from(["", SAID]),
    )
    def count(self, sku, more, late, why, note):
        goods = db.session.get_one(Goods, self.goods[sku])
        is_told = why is StockReason.BROKEN or (why is StockReason.OTHER and note)
        lawful = (
            self.stock[sku] + more >= 0
            and not late
            and (not more or (is_told and self.left(sku) + more >= 0))
        )

        def act():
            return operations.count_stock(
                db.session(),
                goods,
                seen=self.stock[sku] + late,
                counted=self.stock[sku] + more,
                reason=why,
                note=note,
                key=new_key(),
                actor=self.shop.office,
                at=self.now,
            )

        if self.attempt(act, allowed=lawful) is not None:
            self.stock[sku] += more
            self.said += bool(more and note)

    @rule(sku=GOODS, points=st.integers(1, 6), late=st.sampled_from([0, 0, 1]))
    def reprice(self, sku, points, late):
        goods = db.session.get_one(Goods, self.goods[sku])
        version = len(self.price[sku])

        def act():
            facts = Facts("货", points, year_limit=self.limit[sku])
            who = {"actor": self.shop.office, "at": self.now, "version": version - late}
            operations.change_goods(db.session(), goods, facts=facts, **who)

        if self.attempt(act, allowed=not late) and points != self.price[sku][-1]:
            self.price[sku].append(points)

    def seen(self, sku, late):
        """Return what a page said, now or ``late`` versions ago; None where it has not changed."""
        version = len(self.price[sku]) - late
        return Seen(version, self.price[sku][version - 1]) if version else None

    def can_have(self, one, sku, quantity):
        """Whether the model gives a party so many; and what of which year they would take."""
        year, price = self.today.year, self.price[sku][-1] * quantity
        had = self.ended.get((one, sku, year), 0) + sum(
            n
            for who, of, n, _p, end in self.held.values()
            if (who, of) == (one, sku)
            and (end - timedelta(microseconds=1)).astimezone(clock.BEIJING).year == year
        )
        points = {at: self.free(one, at) for at in (2026, 2027)}
        lawful = (
            self.left(sku) >= quantity
            and sum(points.values()) >= price
            and (not self.limit[sku] or had + quantity <= self.limit[sku])
        )
        oldest = min(points[2026], price)
        return lawful, {2026: oldest, 2027: price - oldest}

    @rule(one=PARTIES, sku=GOODS, quantity=st.integers(1, 3), late=st.sampled_from([0, 0, 1]))
    def ask(self, one, sku, quantity, late):
        lawful, parts = self.can_have(one, sku, quantity)
        seen = self.seen(sku, late)

        def act():
            return operations.hold(
                db.session(),
                actor=None,
                party=db.session.get_one(Party, self.parties[one]),
                goods=db.session.get_one(Goods, self.goods[sku]),
                quantity=quantity,
                key=new_key(),
                at=self.now,
                seen=seen,
            )

        made = self.attempt(act, allowed=lawful and (not late or seen is None))
        if made is None:
            return
        new_year = datetime(self.today.year + 1, 1, 1, tzinfo=clock.BEIJING)
        end = min(self.now + timedelta(days=7), new_year)
        self.held[made.id] = (one, sku, quantity, parts, end)

    def who(self, one, lives_there):
        """Return who is at the desk: the office, or somebody of it who lives with the party."""
        home = self.parties[one] if lives_there else None
        return replace(self.shop.office, household_id=home)

    @rule(
        one=PARTIES,
        sku=GOODS,
        quantity=st.integers(1, 2),
        late=st.sampled_from([0, 0, 0, 1]),
        lives_there=st.sampled_from([False, False, False, True]),
        reason=st.sampled_from(["认识", "认识", ""]),
    )
    def at_counter(self, one, sku, quantity, late, lives_there, reason):
        lawful, parts = self.can_have(one, sku, quantity)
        seen = self.seen(sku, late)

        def act():
            return operations.hand_at_counter(
                db.session(),
                actor=self.who(one, lives_there),
                party=db.session.get_one(Party, self.parties[one]),
                goods=db.session.get_one(Goods, self.goods[sku]),
                quantity=quantity,
                reason=reason,
                key=new_key(),
                at=self.now,
                seen=seen,
            )

        is_fresh = not late or seen is None
        allowed = bool(lawful and is_fresh and reason and not lives_there)
        made = self.attempt(act, allowed=allowed)
        if made is not None:
            self.uncoded.add(made.id)
            self.spend(one, sku, quantity, parts, self.today.year)

    @precondition(lambda self: self.held)
    @rule(
        data=st.data(),
        verb=st.sampled_from(["collect", "release"]),
        lives_there=st.sampled_from([False, False, False, True]),
        reason=st.sampled_from(["", "认识"]),
    )
    def decide(self, data, verb, lives_there, reason):
        number = data.draw(st.sampled_from(sorted(self.held)))
        one, sku, quantity, parts, end = self.held[number]
        found = db.session.get_one(Redemption, number)

        def act():
            who = {"actor": self.who(one, lives_there), "at": self.now, "reason": reason}
            getattr(operations, verb)(db.session(), found, **who)
            return True

        lawful = verb == "release" or (self.now < end and not lives_there)
        if self.attempt(act, allowed=lawful) is None:
            return
        del self.held[number]
        if verb == "collect":
            if reason:
                self.uncoded.add(number)
            spent = (end - timedelta(microseconds=1)).astimezone(clock.BEIJING).year
            self.spend(one, sku, quantity, parts, spent)

    def spend(self, one, sku, quantity, parts, year):
        """Have the model know that goods were handed over."""
        for of, amount in parts.items():
            self.has[one, of] -= amount
        self.stock[sku] -= quantity
        self.handed[sku] += quantity
        key = (one, sku, year)
        self.ended[key] = self.ended.get(key, 0) + quantity

    @rule(hours=st.sampled_from([1, 30, 24 * 6, 24 * 13]))
    def wait(self, hours):
        if self.now.year < 2028 and (self.now + timedelta(hours=hours)).year < 2028:
            self.now += timedelta(hours=hours)

    @rule()
    def the_house_looks(self):
        real, clock.now = clock.now, lambda: self.now
        try:
            due = [number for number, one in self.held.items() if one[4] <= self.now]
            assert tasks.expire_holds() == len(due)
        finally:
            clock.now = real
        for number in due:
            del self.held[number]
        late = select(func.count(Redemption.id)).where(
            Redemption.state == RedemptionState.HELD, Redemption.expires_at <= self.now
        )
        assert db.session.scalar(late) == 0
        db.session.rollback()

    @invariant()
    def is_what_the_model_says(self):
        if not hasattr(self, "held"):
            return
        accounts = {
            (one.party_id, one.year): one
            for one in db.session.scalars(
                select(LedgerAccount).where(LedgerAccount.kind == AccountKind.PARTY)
            )
        }
        for (one, year), points in self.has.items():
            account = accounts.get((self.parties[one], year))
            has = (account.balance, account.available) if account else (0, 0)
            assert has == (points, self.free(one, year))
        for row in queries.shelf(db.session(), Goods.id > 0):
            sku = row.goods.sku
            found = (row.stock, row.left, row.handed)
            assert found == (self.stock[sku], self.left(sku), self.handed[sku])
            assert row.left >= 0
        collected = db.session.execute(
            select(Goods.sku, func.sum(Redemption.quantity))
            .join(Goods, Goods.id == Redemption.goods_id)
            .where(Redemption.state == RedemptionState.COLLECTED)
            .group_by(Goods.sku)
        ).all()
        assert dict(map(tuple, collected)) == {s: n for s, n in self.handed.items() if n}
        assert set(db.session.scalars(select(Handing.redemption_id))) == self.uncoded
        assert db.session.scalars(select(StockWords.words)).all() == [SAID] * self.said
        notes = select(Entry.note).where(Entry.kind == EntryKind.SUPPLY)
        assert set(db.session.scalars(notes)) <= set(StockReason)
        rows = db.session.execute(select(Goods.sku, Goods.points, Goods.version))
        found = {sku: (points, version) for sku, points, version in rows}
        assert found == {sku: (own[-1], len(own)) for sku, own in self.price.items()}
        assert list(queries.verify(db.session())) == []
        db.session.rollback()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_any_sequence_at_the_shop_leaves_it_as_a_model_of_it_says(app):
    Shelf.house = app
    run_state_machine_as_test(
        Shelf,
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
