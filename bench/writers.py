"""Writers that meet on one SQLite database: waits, failures, and what readers notice.

    python bench/writers.py [--writers 4] [--readers 2] [--seconds 5]

Each writer is a process that reads a row, holds the transaction 2 ms and writes it, again and
again; each reader asks for the row. Through the house's engine (a lock file, then BEGIN IMMEDIATE)
nothing may fail, and no increment may be lost. Exit status 1 otherwise.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import text

from intranet import create_app
from intranet.config import Settings
from intranet.db import db, reading

HOLD_SECONDS = 0.002


def work(kind: str, seconds: float, ready: Any, answers: multiprocessing.Queue) -> None:
    """Write or read once all are ready; hand back times and failures."""
    times, failed = [], 0
    with create_app(Settings.from_env()).app_context():
        ready.wait(60)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            started = time.perf_counter()
            try:
                write() if kind == "writer" else read()
            except Exception:
                failed += 1
                db.session.rollback()
            times.append(time.perf_counter() - started)
        db.engine.dispose()
    answers.put((kind, times, failed))


def write() -> None:
    """Read, think, write."""
    found = db.session.execute(text("SELECT number FROM tally")).scalar_one()
    time.sleep(HOLD_SECONDS)
    db.session.execute(text("UPDATE tally SET number = :next"), {"next": found + 1})
    db.session.commit()


def read() -> None:
    """Read, waiting for no writer."""
    with reading():
        db.session.execute(text("SELECT number FROM tally")).scalar_one()
        db.session.rollback()


def main() -> int:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--readers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update({"INTRANET_DATA_DIR": folder})
        os.environ.pop("INTRANET_DATABASE_URL", None)
        app = create_app(Settings.from_env())
        with app.app_context():
            db.session.execute(text("CREATE TABLE tally (number INTEGER NOT NULL)"))
            db.session.execute(text("INSERT INTO tally VALUES (0)"))
            db.session.commit()
            db.engine.dispose()
        start = multiprocessing.get_context("spawn")
        answers: multiprocessing.Queue = start.Queue()
        kinds = ["writer"] * arguments.writers + ["reader"] * arguments.readers
        ready = start.Barrier(len(kinds))
        processes = [
            start.Process(target=work, args=(kind, arguments.seconds, ready, answers))
            for kind in kinds
        ]
        for process in processes:
            process.start()
        found = [answers.get(timeout=arguments.seconds + 60) for _ in processes]
        for process in processes:
            process.join(10)
        with app.app_context():
            total = db.session.execute(text("SELECT number FROM tally")).scalar_one()
    return judge(found, total)


def judge(found: list[tuple[str, list[float], int]], total: int) -> int:
    """Print the figures; 1 when something failed or was lost."""
    failures = 0
    written = 0
    for kind in ("writer", "reader"):
        times = sorted(t for k, ts, _ in found if k == kind for t in ts)
        failed = sum(f for k, _, f in found if k == kind)
        failures += failed
        if kind == "writer":
            written = len(times) - failed
        p50, p99 = (times[int(len(times) * share)] * 1000 for share in (0.5, 0.99))
        print(f"{kind}s: {len(times)} done, {failed} failed, p50 {p50:.1f} ms, p99 {p99:.1f} ms")
    print(f"lost writes: {written - total}")
    return 0 if failures == 0 and written == total else 1


if __name__ == "__main__":
    sys.exit(main())
