"""A year of the ledger with all that happens in one, entered by the real operations."""

from __future__ import annotations

import random
from collections import deque
from datetime import date, timedelta

from factories import AT
from points.points_factory import new_key

from intranet.db import db
from intranet.points import operations
from intranet.points.models import AccountKind, Dimension, EntryKind, Phase
from intranet.points.operations import Draft, Leg
from intranet.register.models import Party, PartyKind
from intranet.register.operations import team_at

SKUS = ("RICE5", "OIL-2", "TOWEL", "大米")  # the last is no code that either program reads


class Year:
    """Enters things of every kind by chance, the same ones for the same seed."""

    def __init__(self, books, *, parties=40, year=2026, seed=7):
        self.books, self.year, self.random = books, year, random.Random(seed)
        self.session = db.session()
        made = [
            Party(kind=PartyKind.HOUSEHOLD, grid_path=self._path(), created_at=AT)
            for _ in range(parties - 1)
        ]
        self.session.add_all(made)
        made.append(team_at(self.session, self._path()))
        self.session.flush()
        self.accounts = [
            operations.party_account(self.session, party_id=one.id, year=year) for one in made
        ]
        self.issued = [
            operations.issued_account(self.session, year=year, dimension=one) for one in Dimension
        ]
        self.redeemed, self.expired, self.deducted = (
            operations.taken_account(self.session, kind=kind, year=year)
            for kind in (AccountKind.REDEEMED, AccountKind.EXPIRED, AccountKind.DEDUCTED)
        )
        self.goods = {
            sku: [
                operations.goods_account(self.session, kind=kind, sku=sku)
                for kind in (AccountKind.STOCK, AccountKind.SUPPLIED, AccountKind.HANDED)
            ]
            for sku in SKUS
        }
        self.day = date(year, 1, 2)
        self.waiting, self.held, self.granted = deque(), deque(), deque()
        self.count = 0

    def _path(self):
        return db.session.get_one(Party, self.books.household).grid_path

    def fill(self, entries):
        """Enter so many entries, over the days of the year; the last ones let the points expire."""
        last = date(self.year, 12, 20)
        every = max(1, entries // (last - self.day).days)
        for stock, supplied, _ in self.goods.values():
            self.post(EntryKind.SUPPLY, [Leg(stock, supplied, entries)])
        while self.count < entries - len(self.accounts):
            self.step()
            if self.count % every == 0 and self.day < last:
                self.day += timedelta(days=1)
        while self.waiting:
            self.decide(self.waiting.popleft(), EntryKind.RESOLVE)
        while self.held:
            self.decide(self.held.popleft(), EntryKind.RELEASE, Phase.VOID)
        self.day = date(self.year, 12, 31)
        for account in self.accounts:
            if account.available:
                self.post(EntryKind.EXPIRE, [Leg(account, self.expired, account.available)])
        self.session.commit()

    def step(self):
        """Do one thing, most often a grant."""
        chance = self.random.random()
        account = self.random.choice(self.accounts)
        if chance < 0.15 and self.waiting:
            self.decide(self.waiting.popleft(), EntryKind.RESOLVE)
        elif chance < 0.2 and self.held:
            self.decide(self.held.popleft(), EntryKind.COLLECT)
        elif chance < 0.27 and account.available >= 9:
            stock, _, handed = self.goods[self.random.choice(SKUS)]
            legs = [Leg(account, self.redeemed, 3, Phase.PENDING)]
            legs += [Leg(handed, stock, 1, Phase.PENDING)]
            self.held.append(self.post(EntryKind.HOLD, legs))
        elif chance < 0.29 and account.available >= 9:
            self.post(EntryKind.DEDUCT, [Leg(account, self.deducted, 1)], rule=("cleanup", 1))
        elif chance < 0.32 and self.granted:
            self.undo(self.granted.pop())
        else:
            self.grant(account)

    def grant(self, account):
        """Give points: half of them are in publicity first."""
        phase = self.random.choice([Phase.POSTED, Phase.PENDING])
        issued = self.random.choice(self.issued)
        legs = [Leg(issued, account, self.random.randint(1, 9), phase)]
        event = f"incident:{self.count}" if self.random.random() < 0.3 else ""
        made = self.post(EntryKind.GRANT, legs, event=event, rule=("cleanup", 1))
        if phase is Phase.PENDING:
            self.waiting.append(made)
        else:
            self.granted.append((made, account, legs[0].amount))

    def undo(self, granted):
        """Correct a grant, where the points are still there."""
        wrong, account, amount = granted
        if account.available < amount:
            return
        people = {"actor_id": self.books.actor, "approver_id": self.books.approver}
        operations.reverse(
            self.session,
            wrong,
            key=new_key(),
            effective_on=self.day,
            at=AT,
            note="typing",
            **people,
        )
        self.count += 1

    def decide(self, pending, kind, phase=None):
        """Post what is pending, or let it go."""
        chosen = phase or self.random.choice([Phase.POST, Phase.POST, Phase.POST, Phase.VOID])
        if chosen is Phase.VOID and kind is EntryKind.COLLECT:
            kind = EntryKind.RELEASE
        more = {"key": new_key(), "effective_on": self.day, "at": AT, "kind": kind}
        operations.resolve(self.session, pending, phase=chosen, **more)
        self.count += 1

    def post(self, kind, legs, **more):
        """Enter it."""
        people = {"actor_id": self.books.actor, "approver_id": self.books.approver}
        draft = Draft(key=new_key(), kind=kind, legs=legs, effective_on=self.day, **people, **more)
        self.count += 1
        return operations.post(self.session, draft, at=AT)
