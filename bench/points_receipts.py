"""A household's receipt with 1,000 and 1,000,000 entries in the year.

    python bench/points_receipts.py [--rows 1000000] [--engines sqlite,postgresql] [--rounds 30]

Both ledgers give each party some 50 entries in the year. Pages and files of ten parties each are
asked in turns, in one process: the worker 2,000 entries behind, then with everything kept up to the
newest entry, then up to a public head in the middle of a tile. Beside it: how many entries a second
the worker keeps, the plain reading of the whole chain, and what ``points verify`` costs more by
looking at the tiles. Exit status 1 when a claim fails.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import structlog
from incident_queue import Timed, each_engine
from points import SMALL, Databases
from sqlalchemy import func, select
from web import ledger

from intranet.db import db, reading
from intranet.points import operations, queries, tasks
from intranet.points.models import WIDTH, Anchor, Entry, EntryPlace, Tile
from intranet.points.models.merkle import leaf_hash, tree
from intranet.points.queries.reading import read
from intranet.points.queries.tiles import LAG_MAX

ENTRIES_EACH, PARTIES = 50, 10
GROWTH_MAX, P95_MAX, CHECK_MAX = 2.0, 300.0, 0.05
PAGES = {"page": "receipt", "file": "receipt.json"}


def build(made: Databases, name: str, rows: int) -> ledger.City:
    """Build a ledger in which each party has some fifty entries."""
    app, started = made.app(name), time.perf_counter()
    parties = rows // ENTRIES_EACH
    places = (1, parties) if parties < 1000 else (parties // 1000, 1000)
    with app.app_context():
        city = ledger.build(app, rows, small=name == "small", places=places)
        db.session.remove()
    print(f"  {rows:,} entries in {time.perf_counter() - started:.0f} s", flush=True)
    return city


def parties_of(city: ledger.City) -> dict[int, int]:
    """Return the parties of the first community with about fifty entries, and how many."""
    with city.app.app_context(), reading():
        community = (
            select(EntryPlace.community_path)
            .where(EntryPlace.party_id == city.party_id)
            .limit(1)
            .scalar_subquery()
        )
        count = func.count()
        rows = db.session.execute(
            select(EntryPlace.party_id, count)
            .where(EntryPlace.community_path == community)
            .group_by(EntryPlace.party_id)
            .order_by(func.abs(count - ENTRIES_EACH), EntryPlace.party_id)
            .limit(PARTIES)
        ).all()
        db.session.remove()
    return {row[0]: row[1] for row in rows}


def keep_most(city: ledger.City) -> None:
    """Keep tiles as the worker does, but for the newest entries; then, how quick it was."""
    with city.app.app_context():
        most = max(0, city.entries - LAG_MAX) // WIDTH
        kept, started = 0, time.perf_counter()
        while kept < most:
            due = queries.leaves_to_keep(db.session(), limit=min(tasks.TILES, most - kept))
            db.session.rollback()
            kept += operations.keep_tiles(
                db.session(), period_id=due.period_id, number=due.number, runs=due.runs
            )
            db.session.commit()
        seconds = time.perf_counter() - started
        if kept:
            print(f"  the worker keeps {kept * WIDTH / seconds:,.0f} entries a second", flush=True)
        db.session.remove()


def keep_rest(city: ledger.City) -> None:
    """Have the worker's own task do what is left."""
    with city.app.app_context():
        tasks.keep_tiles()
        count = db.session.scalar(select(func.count()).where(Tile.level == 0))
        assert count == city.entries // WIDTH
        db.session.remove()


def publish(city: ledger.City) -> None:
    """Make a head public in the middle of a tile, nine tenths on."""
    number = city.entries * 9 // 10 // WIDTH * WIDTH + 17
    with city.app.app_context():
        found = db.session.get_one(Entry, number)
        facts = {"entry_id": number, "hash": found.hash, "place": "公示栏", "at": ledger.AT}
        db.session.add(Anchor(**facts))
        db.session.commit()
        db.session.remove()


def compare(what: str, cities: list[ledger.City], rounds: int) -> bool:
    """Ask both in turns; print milliseconds, and tell whether the claims hold."""
    parties, good = [parties_of(one) for one in cities], True
    for name, page in PAGES.items():
        both = [Timed([], set()), Timed([], set())]
        for turn in range(rounds + 2):
            for city, some, timed in zip(cities, parties, both, strict=True):
                party = list(some)[turn % len(some)]
                took = _ask(city, f"/points/parties/{party}/{page}?year=2026")
                if turn >= 2:  # templates and statements are made once
                    timed.times.append(took)
        small, large = both
        growth = [large.percentile(s) / small.percentile(s) for s in (0.5, 0.95)]
        p95 = large.percentile(0.95)
        held = growth[1] <= GROWTH_MAX and p95 <= P95_MAX
        good = good and held
        print(
            f"  {what:22}{name:6} p50 {small.percentile(0.5):6.1f} {large.percentile(0.5):6.1f}"
            f" (x {growth[0]:.2f})  p95 {small.percentile(0.95):6.1f} {p95:6.1f}"
            f" (x {growth[1]:.2f}, at most {GROWTH_MAX}; {P95_MAX:.0f} ms): {_word(held)}",
            flush=True,
        )
    return good


def _ask(city: ledger.City, url: str) -> float:
    client = city.app.test_client(use_cookies=False)
    started = time.perf_counter()
    answer = client.get(url, headers={"Cookie": city.cookies["secretary"]})
    took = (time.perf_counter() - started) * 1000
    assert answer.status_code == 200, (url, answer.status)
    return took


def plain(city: ledger.City) -> None:
    """Hold one receipt against the plain reading of all entries, and say what that takes."""
    party = next(iter(parties_of(city)))
    with city.app.app_context(), reading():
        started = time.perf_counter()
        leaves, kept = [], {}
        for number, *_facts, words in read(db.session()):
            kept[number] = len(leaves)
            leaves.append(leaf_hash(words.encode()))
        seconds = time.perf_counter() - started
        found = queries.receipt(db.session(), party, 2026)
        root, ways = tree(leaves[: found.top.size], [one["index"] for one in found.entries])
        assert found.top.root == root.hex()
        for one in found.entries:
            assert one["path"] == [step.hex() for step in ways[one["index"]]]
            assert kept[json.loads(json.dumps(one["words"]))[0]] == one["index"]
        db.session.remove()
    print(f"  the plain reading says the same, in {seconds:.1f} s", flush=True)


def checked(city: ledger.City) -> bool:
    """Say what looking at the tiles adds to a verification; the best of three rounds."""

    def best(check: Callable[..., object]) -> float:
        found = []
        for _ in range(3):
            started = time.perf_counter()
            assert list(check(queries.at_one_moment(db.session()))) == []
            found.append(time.perf_counter() - started)
            db.session.remove()
        return min(found)

    with city.app.app_context(), reading():
        whole = best(lambda session: queries.verify(session, queries.no_tiles))
        some, every = best(queries.some_tiles), best(queries.every_tile)
    held = some / whole <= CHECK_MAX
    print(
        f"  verification {whole:.2f} s; its look at some tiles {some:.2f} s, {some / whole:.1%}"
        f" more (at most {CHECK_MAX:.0%}); at every tile {every:.2f} s: {_word(held)}"
    )
    return held


def _word(held: bool) -> str:
    return "the claim holds" if held else "THE CLAIM DOES NOT HOLD"


def main() -> int:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--engines", default="sqlite,postgresql")
    parser.add_argument("--rounds", type=int, default=30)
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    good = True
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        for engine, server in each_engine(arguments.engines, folder, stack):
            made = Databases(engine, folder, server)
            print(f"{engine}: milliseconds, small and large year in turns")
            cities = [build(made, "small", SMALL), build(made, "large", arguments.rows)]
            for one in cities:
                keep_most(one)
            compare(f"{LAG_MAX:,} behind", cities, arguments.rounds)
            for one in cities:
                keep_rest(one)
            good = compare("up to the newest", cities, arguments.rounds) and good
            for one in cities:
                publish(one)
            good = compare("up to a public head", cities, arguments.rounds) and good
            plain(cities[1])
            good = checked(cities[1]) and good
            for one in cities:
                with one.app.app_context():
                    db.engine.dispose()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
