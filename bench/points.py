"""The points ledger: posting, its page with 1,000 and 1,000,000 entries, and its verification.

    python bench/points.py [--rows 1000000] [--engines sqlite,postgresql] [--posts 3000]
        [--rounds 30]

Posting: the one operation that writes, with the accounts it looks up, a transaction an entry,
beside a bare INSERT of the very same rows into the same tables of another database (with all that
the tables themselves ask: indexes, triggers), a transaction an entry, in turns. Page: both cities
are asked in turns, in one process. Verification: ``queries.verify`` over the large city. Exit
status 1 when a claim fails.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import structlog
from flask import Flask
from incident_queue import Timed, counting, each_engine
from sqlalchemy import create_engine, insert, select, text
from web import ledger

from intranet import create_app
from intranet.config import Settings
from intranet.db import db, reading
from intranet.points import operations, queries
from intranet.points.models import (
    Dimension,
    Entry,
    EntryKind,
    LedgerAccount,
    Transfer,
)
from intranet.points.operations import Draft, Leg
from intranet.schema import upgrade_database

SMALL = 1_000
RATIO_MIN, GROWTH_MAX, RATE_MIN = 0.3, 1.3, 100_000
TURNS = 6
LISTS = {
    "all": "",
    "party": "party={party}",
    "micro-grid": "grid={micro}",
    "rule": "rule=GX03",
    "kind": "kind=hold",
    "dimension": "dimension=supervision",
    "publicity": "state=waiting",
    "let go": "state=let_go",
    "corrected": "state=corrected",
    "year": "year=2026",
    "a month": "since=2026-06-01&until=2026-06-30",
    "far down": "after={middle}",
}
VIEWERS = ("secretary", "grid member", "town")


class Databases:
    """Makes databases, on a folder of files or in a server of its own."""

    def __init__(self, engine: str, folder: Path, server: str) -> None:
        self.engine, self.folder, self.server = engine, folder, server

    def app(self, name: str) -> Flask:
        """Return an app on a new database with its tables."""
        url = f"sqlite:///{self.folder / f'{name}.sqlite'}"
        if self.engine == "postgresql":
            url = self.server.replace("/postgres?", f"/{name}?")
            root = create_engine(self.server.replace("postgresql://", "postgresql+psycopg://"))
            with root.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text(f"CREATE DATABASE {name}"))
            root.dispose()
        folder = self.folder / f"{self.engine}-{name}"
        folder.mkdir()
        os.environ |= {"INTRANET_DATA_DIR": str(folder), "INTRANET_DATABASE_URL": url}
        app = create_app(Settings.from_env())
        with app.app_context():
            upgrade_database()
        return app


def posting(made: Databases, posts: int) -> bool:
    """Post and insert in turns; tell whether the ratio holds."""
    posted, bare = made.app("posted"), made.app("bare")
    cities = []
    for app in (posted, bare):
        with app.app_context():
            cities.append(ledger.build(app, 1, small=True))
            db.session.remove()
    seconds = [0.0, 0.0]
    for turn in range(TURNS):
        each = posts // TURNS
        with posted.app_context():
            parties = _parties()
            started = time.perf_counter()
            for number in range(turn * each, (turn + 1) * each):
                _post(number, parties)
            seconds[0] += time.perf_counter() - started
            entries, transfers = _written(each)
            db.session.remove()
        with bare.app_context():
            started = time.perf_counter()
            for one in entries:
                db.session.execute(insert(Entry.__table__), one)
                db.session.execute(insert(Transfer.__table__), transfers[one["id"]])
                db.session.commit()
            seconds[1] += time.perf_counter() - started
            db.session.remove()
    with bare.app_context():
        assert list(queries.verify(db.session())) == []
    rates = [posts // TURNS * TURNS / one for one in seconds]
    held = rates[0] / rates[1] >= RATIO_MIN
    print(
        f"{made.engine}: {rates[0]:,.0f} entries posted a second, bare inserts of the same rows"
        f" {rates[1]:,.0f}: ratio {rates[0] / rates[1]:.2f} (at least {RATIO_MIN}):"
        f" {_word(held)}"
    )
    return held


def _parties() -> list[int]:
    wanted = LedgerAccount.party_id.is_not(None)
    return list(db.session.scalars(select(LedgerAccount.party_id).where(wanted)))


def _post(number: int, parties: list[int]) -> None:
    session = db.session()
    account = operations.party_account(session, party_id=parties[number % len(parties)], year=2026)
    issued = operations.issued_account(session, year=2026, dimension=list(Dimension)[number % 3])
    draft = Draft(
        key=f"post:{number}",
        kind=EntryKind.GRANT,
        legs=[Leg(issued, account, 5)],
        effective_on=ledger.AT.date(),
        actor_id=1,
        approver_id=3,
        rule=("JS01", 1),
        event=f"incident:{number}",
    )
    operations.post(session, draft, at=ledger.AT)
    session.commit()


def _written(count: int) -> tuple[list[dict], dict[int, list[dict]]]:
    """Return the newest rows as they stand in the tables."""
    table, moved = Entry.__table__, Transfer.__table__
    newest = db.session.scalar(select(table.c.id).order_by(table.c.id.desc()).limit(1)) - count
    rows = db.session.execute(select(table).where(table.c.id > newest).order_by(table.c.id))
    entries = [dict(row) for row in rows.mappings()]
    transfers: dict[int, list[dict]] = {}
    rows = db.session.execute(select(moved).where(moved.c.entry_id > newest).order_by(moved.c.id))
    for row in rows.mappings():
        transfers.setdefault(row["entry_id"], []).append(dict(row))
    return entries, transfers


def page(engine: str, small: ledger.City, large: ledger.City, rounds: int) -> bool:
    """Ask both cities in turns; tell whether the page costs the same in both."""
    cities = [(one, counting(one.app)) for one in (small, large)]
    pooled: tuple[list[float], list[float]] = ([], [])
    good = True
    print(f"{engine}: milliseconds, small and large ledger in turns, {rounds} rounds")
    print(f"  {'viewer':14}{'list':12} {'p50':>15} {'p95':>15}   growth of p95   statements")
    for who in VIEWERS:
        for name, query in LISTS.items():
            both = [Timed([], set()), Timed([], set())]
            for turn in range(rounds + 2):
                for (city, seen), timed in zip(cities, both, strict=True):
                    if turn == 2:  # templates and statements are made once
                        timed.times.clear()
                        timed.statements.clear()
                    _ask(city, seen, who, query, timed)
            good = good and both[0].statements == both[1].statements
            for whole, timed in zip(pooled, both, strict=True):
                whole.extend(timed.times)
            growth = both[1].percentile(0.95) / both[0].percentile(0.95)
            figures = "".join(
                f" {both[0].percentile(s):7.1f}{both[1].percentile(s):8.1f}" for s in (0.5, 0.95)
            )
            asked = f"{sorted(both[0].statements)} {sorted(both[1].statements)}"
            print(f"  {who:14}{name:12}{figures}   x {growth:4.2f}          {asked}", flush=True)
    whole = [Timed(one, set()) for one in pooled]
    grown = whole[1].percentile(0.95) / whole[0].percentile(0.95)
    good = good and grown <= GROWTH_MAX
    print(
        f"  all pages: p95 {whole[0].percentile(0.95):.1f} and {whole[1].percentile(0.95):.1f} ms,"
        f" x {grown:.2f} (at most {GROWTH_MAX}); statements constant: {_word(good)}"
    )
    return good


def _ask(city: ledger.City, seen: list[str], who: str, query: str, timed: Timed) -> None:
    filled = query.format(party=city.party_id, micro=city.micro, middle=city.middle)
    client = city.app.test_client(use_cookies=False)
    seen.clear()
    started = time.perf_counter()
    answer = client.get(f"/points/ledger?{filled}", headers={"Cookie": city.cookies[who]})
    timed.times.append((time.perf_counter() - started) * 1000)
    timed.statements.add(sum(1 for one in seen if one.lstrip().startswith("SELECT")))
    assert answer.status_code == 200, (query, answer.status)


def verification(engine: str, city: ledger.City) -> bool:
    """Verify the large ledger; the best of three rounds, for the machine is not ours alone."""
    with city.app.app_context(), reading():
        best = own = 0.0
        for _ in range(3):
            started, worked = time.perf_counter(), time.process_time()
            assert list(queries.verify(queries.at_one_moment(db.session()))) == []
            best = max(best, city.entries / (time.perf_counter() - started))
            own = max(own, city.entries / (time.process_time() - worked))
            db.session.remove()
    held = best >= RATE_MIN
    print(
        f"{engine}: {best:,.0f} entries verified a second (at least {RATE_MIN:,}): {_word(held)};"
        f" {own:,.0f} a second of this process's own time"
    )
    return held


def _run(check: Callable[[], bool]) -> bool:
    return check()


def _word(held: bool) -> str:
    return "the claim holds" if held else "THE CLAIM DOES NOT HOLD"


def cities_of(made: Databases, rows: int) -> list[ledger.City]:
    """Build both ledgers on one engine."""
    found = []
    for name, count in (("small", SMALL), ("large", rows)):
        app, started = made.app(name), time.perf_counter()
        with app.app_context():
            found.append(ledger.build(app, count, small=name == "small"))
            db.session.remove()
        print(f"  {count:,} entries in {time.perf_counter() - started:.0f} s", flush=True)
    return found


def main() -> int:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--engines", default="sqlite,postgresql")
    parser.add_argument("--posts", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=30)
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    good = True
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        for engine, server in each_engine(arguments.engines, folder, stack):
            made = Databases(engine, folder, server)
            good = posting(made, arguments.posts) and good
            small, large = cities_of(made, arguments.rows)
            checks: list[Callable[[], bool]] = [
                lambda s=small, g=large, e=engine: page(e, s, g, arguments.rounds),
                lambda g=large, e=engine: verification(e, g),
            ]
            good = all(list(map(_run, checks))) and good
            for one in (small, large):
                with one.app.app_context():
                    db.engine.dispose()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
