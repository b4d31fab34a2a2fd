"""A city's incidents by bulk SQL: communities with much history and a constant number of open ones.

Each community has two general grids of five micro-grids, the same sixty open incidents, and as
many closed ones as make up the number asked for. One statement a table makes them, the same on
both engines but for how a moment is written.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "tests"))

from factories import create_account, log_in
from flask import Flask
from sqlalchemy import Connection, insert, text

from intranet.db import db
from intranet.grids.models import Grid, GridKind
from intranet.incidents.models import Category, Urgency

OPEN_EACH = 60
MICROS = 10
A_COMMUNITY = 5_000  # incidents, at most
AT = datetime.now(UTC).replace(microsecond=0)
MATTERS = (
    ("安全隐患", "楼道堆放杂物占用消防通道"),
    ("安全隐患", "电动自行车飞线充电"),
    ("环境卫生", "垃圾清运不及时"),
    ("市政设施", "路灯不亮井盖松动"),
    ("邻里纠纷", "噪声扰民"),
    ("秩序管理", "占道经营"),
)
WORDS = "三单元二楼楼道口堆着旧沙发和纸箱，消防通道被挡住一半，"
WORDS += "住户说已经放了一个多星期，晚上经过看不清。"
PLACE = "梧桐街八十六号院三单元二楼楼道口"


@dataclass(frozen=True)
class City:
    """What the bench asks for: cookies of viewers by name, and of many pollers."""

    app: Flask
    cookies: dict[str, str]
    pollers: list[str]
    digits: str  # the last four of a number that every viewer may see


def build(app: Flask, count: int, pollers: int = 0) -> City:
    """Insert a city of ``count`` incidents; pollers are secretaries spread over it."""
    communities = max(1, count // A_COMMUNITY)
    paths, micros = _grids(communities)
    _matters()
    first = paths[0]
    account = {
        "secretary": create_account("secretary", first),
        "grid member": create_account(
            "grid_member", ".".join(first.split(".")[:3]) + f".{_general(first)}."
        ),
        "micro-grid member": create_account("micro_member", micros[0][0]),
        "county": create_account("secretary", first.split(".")[0] + "."),
    }
    everybody = [account["secretary"].id, account["micro-grid member"].id]
    _incidents(count, micros, communities, everybody)
    extra = [create_account("secretary", paths[n % communities]) for n in range(pollers)]
    _analyze()
    return City(
        app,
        {name: cookie_of(app, one) for name, one in account.items()},
        [cookie_of(app, one) for one in extra],
        _digits(micros[0][0]),
    )


def cookie_of(app: Flask, account: object) -> str:
    """Log an account in and return its cookie."""
    client = app.test_client()
    log_in(client, account)
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie is not None
    return f"{cookie.key}={cookie.value}"


def _digits(grid_path: str) -> str:
    newest = "SELECT number FROM incident WHERE grid_path = :path ORDER BY id DESC LIMIT 1"
    return db.session.scalar(text(newest), {"path": grid_path})[-4:]


def _general(community: str) -> int:
    return db.session.scalar(
        text("SELECT min(id) FROM grid WHERE kind = 'general' AND path LIKE :path"),
        {"path": f"{community}%"},
    )


def _grids(communities: int) -> tuple[list[str], list[tuple[str, str]]]:
    """Insert the tree; return the communities' paths and (micro-grid, community) paths."""
    rows: list[dict] = []

    def put(kind: GridKind, code: str, name: str, above: dict | None) -> dict:
        number = len(rows) + 1
        rows.append(
            {
                "id": number,
                "kind": kind,
                "name": name,
                "code": code,
                "parent_id": above["id"] if above else None,
                "path": f"{above['path'] if above else ''}{number}.",
                "opened_on": date(2022, 9, 1),
            }
        )
        return rows[-1]

    county = put(GridKind.COUNTY, "510115", "温江区", None)
    town = None
    found, micros = [], []
    for n in range(communities):
        if n % 20 == 0:
            town = put(GridKind.TOWN, f"510115{101 + n // 20:03d}", f"第{n // 20 + 1}街道", county)
        community = put(
            GridKind.COMMUNITY, f"{town['code']}{n % 20 + 1:03d}", f"第{n + 1}社区", town
        )
        found.append(community["path"])
        for g in range(2):
            general = put(
                GridKind.GENERAL, f"{community['code']}{g + 1:02d}", f"第{g + 1}网格", community
            )
            micros += [
                (
                    put(
                        GridKind.MICRO, f"{general['code']}{m + 1:03d}", f"第{m + 1}微网格", general
                    )["path"],
                    community["path"],
                )
                for m in range(MICROS // 2)
            ]
    db.session.execute(insert(Grid), rows)
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SELECT setval('grid_id_seq', (SELECT max(id) FROM grid))"))
    db.session.commit()
    return found, micros


def _matters() -> None:
    for number, (above, name) in enumerate(MATTERS):
        parent = Category(code=f"{number:02d}", name=above, opened_on=date(2022, 9, 1))
        db.session.add(parent)
        db.session.flush()
        db.session.add(
            Category(
                code=f"{number:02d}01",
                name=name,
                parent_id=parent.id,
                opened_on=date(2022, 9, 1),
                urgency=Urgency.ORDINARY,
            )
        )
    db.session.commit()


# One numbered row makes one incident: i counts all, c is its community, k its number within it.
# The newest OPEN_EACH of a community are open; every sixth of them is late.
_INCIDENTS = """
INSERT INTO incident (id, number, short_number, state, is_open, round, grid_path, community_path,
  desk_path, category_id, urgency, source, description, place, latitude_wgs84, longitude_wgs84,
  reporter_id, reported_at, changed_at, closed_at, result, reporter_word, level_raised,
  asked_minutes, extension_minutes, stage, due_at, queue_at, warn_at, was_in_time, latest_event_id,
  turn, version)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count),
f AS (SELECT i, (i - 1) % :communities AS c, (i - 1) / :communities AS k,
  (i - 1) / :communities >= :each - :open AS is_open FROM n)
SELECT i, '5101151010012' || (1000000000 + i), '' || (2600000000 + i),
  CASE WHEN NOT f.is_open THEN 'closed' WHEN k % 3 = 0 THEN 'reported'
    WHEN k % 3 = 1 THEN 'accepted' ELSE 'handling' END,
  f.is_open, 1, m.path, m.community_path, m.community_path, 2 * (1 + k % 6), 'ordinary', 'patrol',
  :words, :place, 30.7 + (i % 97) * 0.0001, 103.8 + (i % 89) * 0.0001,
  CASE WHEN f.c = 0 THEN :micro_member END, {reported}, {reported},
  CASE WHEN f.is_open THEN NULL ELSE {closed} END, '', '', 0, 0, 0,
  CASE WHEN f.is_open THEN 'handle' END, CASE WHEN f.is_open THEN {due} END,
  CASE WHEN f.is_open THEN {due} ELSE {never} END, CASE WHEN f.is_open THEN {warn} END,
  CASE WHEN f.is_open THEN NULL ELSE TRUE END, i, 1, 1
FROM f JOIN bench_micro m ON m.c = f.c AND m.n = k % 10
"""
_EVENTS = """
INSERT INTO incident_event (id, incident_id, verb, at, from_state, to_state, round, words, details)
SELECT i.id, i.id, 'report', i.reported_at, 'draft', 'reported', 1, '', '{}' FROM incident i
"""
_TIES = """
INSERT INTO incident_tie (account_id, kind, incident_id)
SELECT :account, 'acted', i.id FROM incident i WHERE i.community_path = :community
"""
_HELD = """
INSERT INTO incident_assignment (incident_id, account_id, is_lead, begun_at, ended_at)
SELECT i.id, :account, TRUE, i.reported_at, i.closed_at FROM incident i WHERE i.state <> 'reported'
 AND i.state <> 'accepted' AND i.community_path = :community
"""


def _incidents(
    count: int, micros: list[tuple[str, str]], communities: int, people: list[int]
) -> None:
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        # A check of every reference of every row takes minutes; ours are right by their making.
        connection.execute(text("SET LOCAL session_replication_role = replica"))
    connection.execute(
        text(
            "CREATE TABLE bench_micro (c INTEGER, n INTEGER, path TEXT, community_path TEXT, "
            "PRIMARY KEY (c, n))"
        )
    )
    rows = [
        {"c": number // MICROS, "n": number % MICROS, "path": micro, "community": community}
        for number, (micro, community) in enumerate(micros)
    ]
    connection.execute(text("INSERT INTO bench_micro VALUES (:c, :n, :path, :community)"), rows)
    each = count // communities
    given = {
        "count": count,
        "communities": communities,
        "each": each,
        "open": OPEN_EACH,
        "words": WORDS,
        "place": PLACE,
        "micro_member": people[1],
    }
    connection.execute(text(_INCIDENTS.format(**_moments(connection))), given)
    connection.execute(text(_EVENTS))
    for account in people:
        connection.execute(text(_TIES), {"account": account, "community": micros[0][1]})
    connection.execute(text(_HELD), {"account": people[1], "community": micros[0][1]})
    connection.execute(text("DROP TABLE bench_micro"))
    if connection.dialect.name == "postgresql":
        for table in ("incident", "incident_event"):
            connection.execute(text(f"SELECT setval('{table}_id_seq', :count)"), {"count": count})
    db.session.commit()


def _moments(connection: Connection) -> dict[str, str]:
    """Return SQL of the moments of row i: reported half an hour apart, due in the coming days."""
    now = int(AT.timestamp())
    seconds = {
        "reported": f"{now} - (:each - k) * 1800",
        "closed": f"{now} - (:each - k) * 1800 + 1200",
        "due": f"{now} + ((k % 60) - 10) * 3600",
        "warn": f"{now} + ((k % 60) - 14) * 3600",
        "never": "253370764800",
    }
    if connection.dialect.name == "postgresql":
        return {name: f"to_timestamp({value})" for name, value in seconds.items()}
    return {
        name: f"strftime('%Y-%m-%d %H:%M:%S.000000', {value}, 'unixepoch')"
        for name, value in seconds.items()
    }


def _analyze() -> None:
    """Have the statistics made that autovacuum makes in a living database."""
    db.session.commit()
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
