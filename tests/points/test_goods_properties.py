"""Any sequence of asking, fetching, letting go and waiting is what a plain model says."""

from __future__ import annotations

import os
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
from sqlalchemy import func, select

from intranet import clock
from intranet.db import db
from intranet.points import operations, queries, tasks
from intranet.points.models import AccountKind, Goods, LedgerAccount, Redemption, RedemptionState
from intranet.points.operations import Facts
from intranet.register.models import Party, PartyKind

SEQUENCES = int(os.environ.get("POINTS_SEQUENCES", "500")) // 10  # on each of the two engines
START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PRICES = {"A1": 3, "B2": 5}
GOODS, PARTIES = st.sampled_from(sorted(PRICES)), st.integers(0, 1)


class Shelf(BesideAModel):
    """The shop beside a model: what each has of which year, what lies there, what is held."""

    tables = ("points_account", "points_entry", "points_transfer", "points_redemption")
    house = None

    @initialize()
    def begin(self):
        empty(self.house.extensions["test_tables"])
        db.session.expunge_all()
        self.shop = open_shop()
        path = self.shop.town.micros[0].path
        self.parties = [party(PartyKind.HOUSEHOLD, path).id for _ in range(2)]
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
        facts = {"pieces": pieces, "note": "采购", "key": new_key(), "at": self.now}
        operations.supply(db.session(), goods, actor=self.shop.office, **facts)
        db.session.commit()
        self.stock[sku] += pieces

    @rule(one=PARTIES, sku=GOODS, quantity=st.integers(1, 3))
    def ask(self, one, sku, quantity):
        year, price = self.today.year, PRICES[sku] * quantity
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

        def act():
            return operations.hold(
                db.session(),
                actor=None,
                party=db.session.get_one(Party, self.parties[one]),
                goods=db.session.get_one(Goods, self.goods[sku]),
                quantity=quantity,
                key=new_key(),
                at=self.now,
            )

        made = self.attempt(act, allowed=lawful)
        if made is None:
            return
        oldest = min(points[2026], price)
        parts = {2026: oldest, 2027: price - oldest}
        end = min(self.now + timedelta(days=7), datetime(year + 1, 1, 1, tzinfo=clock.BEIJING))
        self.held[made.id] = (one, sku, quantity, parts, end)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), verb=st.sampled_from(["collect", "release"]))
    def decide(self, data, verb):
        number = data.draw(st.sampled_from(sorted(self.held)))
        one, sku, quantity, parts, end = self.held[number]
        found = db.session.get_one(Redemption, number)

        def act():
            getattr(operations, verb)(db.session(), found, actor=self.shop.office, at=self.now)
            return True

        if self.attempt(act, allowed=verb == "release" or self.now < end) is None:
            return
        del self.held[number]
        if verb == "collect":
            for year, amount in parts.items():
                self.has[one, year] -= amount
            self.stock[sku] -= quantity
            self.handed[sku] += quantity
            spent = (end - timedelta(microseconds=1)).astimezone(clock.BEIJING).year
            key = (one, sku, spent)
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
