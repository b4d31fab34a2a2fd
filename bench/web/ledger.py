"""A city's points ledger by bulk SQL: a whole chain of a million entries that verifies.

Twenty communities of a thousand parties with all that happens to points; the small city has one
of fifty. What the database would keep itself (totals, places, what waits) is set at the end by one
statement a table, for its triggers are put aside meanwhile.
"""

from __future__ import annotations

import random
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "tests"))

from factories import create_account, create_grid
from flask import Flask
from sqlalchemy import insert, text

from intranet.db import db
from intranet.grids.models import GridKind
from intranet.points import operations
from intranet.points.models import GENESIS, AccountKind, Dimension, Entry, Transfer
from intranet.points.models.placing import LETS_GO, PLACED, WAITS
from intranet.points.models.words import Words, digest
from intranet.register.models import Party, PartyKind
from web.city import cookie_of

SMALL_PARTIES, LARGE_PARTIES, LARGE_COMMUNITIES = 50, 1000, 20
MICROS, CHUNK = 8, 20_000
AT = datetime(2026, 11, 23, 2, tzinfo=UTC)
RULES = ("JS01", "CY02", "GX03", "ZZ04", "HJ05")
SUM = """{column} = coalesce((SELECT sum(CASE {cases} END)
FROM points_transfer t WHERE t.{side} = points_account.id), 0)"""
POSTED = "WHEN t.phase IN ('posted', 'post') THEN t.amount ELSE 0"
PENDING = "WHEN t.phase = 'pending' THEN t.amount WHEN t.phase = 'posted' THEN 0 ELSE -t.amount"


@dataclass(frozen=True)
class City:
    """What the bench asks for: cookies of viewers, and what they may narrow the list to."""

    app: Flask
    cookies: dict[str, str]
    party_id: int
    micro: str
    middle: int  # an entry in the middle of the ledger: where somebody has paged to
    entries: int


def build(app: Flask, count: int, *, small: bool, places: tuple[int, int] | None = None) -> City:
    """Fill an empty database with ``count`` entries.

    ``places`` is how many communities there are, and how many parties each has.
    """
    usual = (1, SMALL_PARTIES) if small else (LARGE_COMMUNITIES, LARGE_PARTIES)
    communities_made, parties_each = places or usual
    town = create_grid(
        GridKind.TOWN, "梧桐镇", "510115101", create_grid(GridKind.COUNTY, "温江区", "510115")
    )
    communities = [
        _community(town, number, parties_each) for number in range(1, communities_made + 1)
    ]
    db.session.commit()
    path, general, micro, first = communities[0]
    accounts = {
        "secretary": create_account("secretary", path),
        "grid member": create_account("grid_member", general),
        "town": create_account("secretary", town.path),
    }
    people = (accounts["secretary"].id, accounts["town"].id)
    parties = [party for one in communities for party in one[3]]
    with unguarded():
        Writer(parties, people).write(count)
        sums = [
            SUM.format(column=f"{side}s_{kind}", cases=cases, side=f"{side}_id")
            for side in ("debit", "credit")
            for kind, cases in (("posted", POSTED), ("pending", PENDING))
        ]  # all at once: no account is below its floor in between
        db.session.execute(text(f"UPDATE points_account SET {', '.join(sums)}"))
        for statement in (PLACED, WAITS, LETS_GO):
            db.session.execute(text(statement))
        if db.session.connection().dialect.name == "postgresql":
            newest = "(SELECT max(id) FROM points_transfer)"
            db.session.execute(text(f"SELECT setval('points_transfer_id_seq', {newest})"))
        db.session.commit()
    _analyze()
    cookies = {name: cookie_of(app, one) for name, one in accounts.items()}
    return City(app, cookies, first[0], micro, count // 2, count)


def _community(town, number: int, parties: int) -> tuple[str, str, str, list[int]]:
    """Insert a community; return its path, a general grid's, a micro-grid's, and its parties."""
    community = create_grid(
        GridKind.COMMUNITY, f"社区{number}", f"510115101{number:03d}", town, position=number
    )
    generals, micros = [], []
    for g in range(1, 3):
        generals.append(
            create_grid(GridKind.GENERAL, f"网格{g}", f"{community.code}{g:02d}", community)
        )
        micros += [
            create_grid(
                GridKind.MICRO, f"微网格{g}-{m}", f"{generals[-1].code}{m:03d}", generals[-1]
            )
            for m in range(1, MICROS // 2 + 1)
        ]
    made = [
        Party(
            kind=PartyKind.SHOP,
            public_name=f"店{number}-{n}",
            grid_path=micros[n % MICROS].path,
            created_at=AT,
        )
        for n in range(parties)
    ]
    db.session.add_all(made)
    db.session.flush()
    return community.path, generals[0].path, micros[0].path, [one.id for one in made]


@contextmanager
def unguarded() -> Iterator[None]:
    """Put the triggers of the ledger aside."""
    tables = ("points_entry", "points_transfer")
    session = db.session
    if session.connection().dialect.name == "postgresql":
        for table in tables:
            session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        session.commit()
        yield
        for table in tables:
            session.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER ALL"))
        session.commit()
        return
    found = session.execute(
        text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN (:a, :b)"),
        dict(zip("ab", tables, strict=True)),
    ).all()
    for name, _sql in found:
        session.execute(text(f"DROP TRIGGER {name}"))
    session.commit()
    yield
    for _name, sql in found:
        session.connection().exec_driver_sql(sql)
    session.commit()


class Writer:
    """Makes the chain: rows as ``operations.post`` would write them."""

    def __init__(self, parties: list[int], people: tuple[int, int]) -> None:
        session = db.session()
        self.random, self.people = random.Random(11), people
        self.period = operations.open_period(session, year=2026)
        make: Callable = operations.party_account
        self.accounts = [make(session, party_id=one, year=2026) for one in parties]
        self.issued = [
            operations.issued_account(session, year=2026, dimension=one) for one in Dimension
        ]
        self.redeemed = operations.taken_account(session, kind=AccountKind.REDEEMED, year=2026)
        goods = (AccountKind.STOCK, AccountKind.SUPPLIED, AccountKind.HANDED)
        self.stock, self.supplied, self.handed = (
            operations.goods_account(session, kind=kind, sku="RICE5") for kind in goods
        )
        session.commit()
        self.codes = {
            one.id: one.code
            for one in (*self.accounts, *self.issued, self.redeemed, self.stock, self.supplied,
                        self.handed)
        }  # fmt: skip
        self.has = dict.fromkeys((one.id for one in self.accounts), 0)
        self.ids = [one.id for one in self.accounts]
        self.number, self.hash, self.transfer = 0, GENESIS, 0
        self.waiting: deque = deque()
        self.held: deque = deque()
        self.granted: deque = deque(maxlen=200)
        self.entries: list[dict] = []
        self.transfers: list[dict] = []

    def write(self, count: int) -> None:
        """Write so many entries, and insert them a bounded number at a time."""
        self.enter("supply", [(self.stock.id, self.supplied.id, count, "posted", None)])
        while self.number < count:
            self.step(date(2026, 1, 2) + timedelta(days=self.number * 340 // count))
            if len(self.entries) >= CHUNK:
                self.flush()
        self.flush()

    def flush(self) -> None:
        """Insert what has gathered."""
        if not self.entries:
            return
        connection = db.session.connection()
        connection.execute(insert(Entry.__table__), self.entries)
        connection.execute(insert(Transfer.__table__), self.transfers)
        db.session.commit()
        self.entries, self.transfers = [], []

    def step(self, day: date) -> None:
        """Write one entry of a kind by chance."""
        chance = self.random.random()
        account = self.random.choice(self.ids)
        amount = self.random.randint(1, 9)
        if chance < 0.16 and len(self.waiting) > 30:
            self.decide(*self.waiting.popleft(), "resolve", day)
        elif chance < 0.22 and len(self.held) > 10:
            self.decide(*self.held.popleft(), "collect", day)
        elif chance < 0.29 and self.has[account] >= amount:
            self.has[account] -= amount
            legs = [
                (account, self.redeemed.id, amount, "pending", None),
                (self.handed.id, self.stock.id, 1, "pending", None),
            ]
            self.held.append(("hold", self.enter("hold", legs, day=day)))
        elif chance < 0.30 and self.granted:
            number, legs = self.granted.popleft()
            (debit, credit, given, *_rest) = legs[0]
            if self.has[credit] >= given:
                self.has[credit] -= given
                back = [(credit, debit, given, "posted", None)]
                self.enter("reverse", back, day=day, reverses=number, note="twice")
        else:
            self.grant(account, amount, day)

    def grant(self, account: int, amount: int, day: date) -> None:
        """Give points, one time in five by way of publicity."""
        issued = self.random.choice(self.issued).id
        is_pending = self.random.random() < 0.2
        legs = [(issued, account, amount, "pending" if is_pending else "posted", None)]
        rule = self.random.choice(RULES)
        made = self.enter("grant", legs, day=day, rule=rule, event=f"test:{self.number}")
        if is_pending:
            self.waiting.append(("grant", made))
            return
        self.has[account] += amount
        self.granted.append((self.number, legs))

    def decide(self, what: str, pending: list, kind: str, day: date) -> None:
        """Post what is pending, one in ten let go."""
        phase = "void" if self.random.random() < 0.1 else "post"
        legs = [(row["debit_id"], row["credit_id"], row["amount"], phase, row) for row in pending]
        if what == "grant" and phase == "post":
            self.has[pending[0]["credit_id"]] += pending[0]["amount"]
        if what == "hold" and phase == "void":
            self.has[pending[0]["debit_id"]] += pending[0]["amount"]
            kind = "release"
        self.enter(kind, legs, day=day)

    def enter(self, kind: str, legs: list, *, day: date = date(2026, 1, 1), **more) -> list[dict]:
        """Append an entry; return the rows of its transfers."""
        self.number += 1
        rows = []
        for n, (debit, credit, amount, phase, of) in enumerate(legs, start=1):
            self.transfer += 1
            row = {"id": self.transfer, "entry_id": self.number, "number": n, "debit_id": debit}
            row |= {"credit_id": credit, "amount": amount, "phase": phase}
            rows.append(row | {"of_id": of["id"] if of else None})
        facts = {
            "id": self.number,
            "key": f"bench:{self.number}",
            "body_sha256": "0" * 64,
            "kind": kind,
            "rule_code": more.get("rule", ""),
            "rule_version": 1 if "rule" in more else 0,
            "event": more.get("event", ""),
            "note": more.get("note", ""),
            "effective_on": day,
            "recorded_at": AT,
            "actor_id": self.people[0],
            "approver_id": self.people[1],
            "reverses_id": more.get("reverses"),
            "previous_hash": self.hash,
        }
        moved = [
            [row["number"], self.codes[row["debit_id"]], self.codes[row["credit_id"]],
             row["amount"], row["phase"], *self._of(leg[4])]
            for row, leg in zip(rows, legs, strict=True)
        ]  # fmt: skip
        self.hash = digest(Words(**facts, year=2026, transfers=moved))
        count = {"period_id": self.period.id, "transfer_count": len(rows), "hash": self.hash}
        self.entries.append(facts | count)
        self.transfers += rows
        return rows

    def _of(self, of: dict | None) -> tuple[int, int]:
        return (of["entry_id"], of["number"]) if of else (0, 0)


def _analyze() -> None:
    if db.engine.dialect.name == "sqlite":
        db.session.execute(text("ANALYZE"))
        db.session.commit()
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
