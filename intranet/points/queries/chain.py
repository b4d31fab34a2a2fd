"""The chain of hashes gone through as fast as it can be, by ranges, two at once.

The database puts the text of an entry together (``models.words`` said once more, as JSON without
spaces) and gives some hundred to a row: rows and columns of their own cost Python several times
the hash. A range that does not come out whole is not judged here; whoever asks reads it again with
care (``reading.py``) and names what is wrong. So a false text here costs time and hides nothing:
no other text has the hash.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import Connection, Engine, TextClause, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from intranet.db import reading
from intranet.points.models import GENESIS, Entry

RANGE = 20_000  # entries a question
_TOGETHER = 250  # entries a row
_AT_ONCE = 2
_HASH = 64  # hexadecimal digits
# A line is an entry's hash, the one before, and its text. Entries that lack a transfer, or have one
# too many, give none, so that their range is short of it.
_MOVED = """
  SELECT t.entry_id AS entry_id, count(*) AS found, {gathered} AS moved
  FROM points_transfer t LEFT JOIN points_account d ON d.id = t.debit_id
  LEFT JOIN points_account c ON c.id = t.credit_id
  LEFT JOIN points_transfer o ON o.id = t.of_id
  WHERE t.entry_id BETWEEN :first AND :last GROUP BY t.entry_id
"""
_SQLITE = text(
    f"""
SELECT count(line), group_concat(line, char(10)) FROM (
  SELECT e.id AS id, e.hash || e.previous_hash
    || rtrim(json_array(e.id, e.key, e.body_sha256, e.kind, e.rule_code, e.rule_version,
    e.event, e.note, e.effective_on, replace(e.recorded_at, ' ', 'T') || '+00:00',
    e.actor_id, e.approver_id, p.year, e.reverses_id), ']')
    || ',' || m.moved || ',' || json_quote(e.previous_hash)
    || CASE e.rule_sha256 WHEN '' THEN '' ELSE ',' || json_quote(e.rule_sha256) END || ']' AS line
  FROM ({
        _MOVED.format(
            gathered="json_group_array(json_array(t.number, d.code, c.code, t.amount, t.phase,"
            " ifnull(o.entry_id, 0), ifnull(o.number, 0)))"
        )
    }) m CROSS JOIN points_entry e ON e.id = m.entry_id
  LEFT JOIN points_period p ON p.id = e.period_id WHERE e.transfer_count = m.found
) GROUP BY id / {_TOGETHER} ORDER BY id / {_TOGETHER}"""  # noqa: S608 — ours
)


def _plain(*names: str) -> str:
    return " || ',' || ".join(f"coalesce({one}\\:\\:text, 'null')" for one in names)


def _json(*names: str) -> str:
    return " || ',' || ".join(f"to_json({one}\\:\\:text)\\:\\:text" for one in names)


_POSTGRESQL = text(
    f"""
SELECT count(line), string_agg(line, E'\\n' ORDER BY id) FROM (
  SELECT e.id AS id, e.hash || e.previous_hash || '[' || e.id || ',' || {
        _json("e.key", "e.body_sha256", "e.kind", "e.rule_code")
    } || ',' || e.rule_version || ',' || {_json("e.event", "e.note")}
    || ',"' || to_char(e.effective_on, 'YYYY-MM-DD') || '","'
    || to_char(e.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00",'
    || {_plain("e.actor_id", "e.approver_id", "p.year", "e.reverses_id")}
    || ',[' || m.moved || '],' || {_json("e.previous_hash")}
    || CASE e.rule_sha256 WHEN '' THEN '' ELSE ',' || {_json("e.rule_sha256")} END || ']' AS line
  FROM ({
        _MOVED.format(
            gathered=f"string_agg('[' || t.number || ',' || {_json('d.code', 'c.code')} || ','"
            f" || t.amount || ',' || {_json('t.phase')} || ',' || coalesce(o.entry_id, 0) || ','"
            " || coalesce(o.number, 0) || ']', ',' ORDER BY t.number)"
        )
    }) m JOIN points_entry e ON e.id = m.entry_id
  LEFT JOIN points_period p ON p.id = e.period_id WHERE e.transfer_count = m.found
) lines GROUP BY id / {_TOGETHER} ORDER BY id / {_TOGETHER}"""  # noqa: S608 — ours
)


class _Ends(NamedTuple):
    """What a whole range hangs on, and what hangs on it."""

    previous: str
    hash: str


def is_whole(session: Session, last: int) -> bool:
    """Tell whether entries 1 to ``last`` are all there, each as it was written and in its place.

    Where there are more than one range they are read by connections of their own, so what the
    session has not committed does not count.
    """
    if session.scalar(select(func.count()).select_from(Entry)) != last:
        return False
    ranges = [(first, min(first + RANGE - 1, last)) for first in range(1, last + 1, RANGE)]
    try:
        if len(ranges) < 2:
            found = [_ends(session.connection(), *one) for one in ranges]
        else:
            engine = session.connection().engine
            with ThreadPoolExecutor(_AT_ONCE) as threads:
                found = list(threads.map(lambda one: _ends_apart(engine, *one), ranges))
    except OperationalError:  # bytes where there was text: no JSON can be made of them
        return False
    head = GENESIS
    for one in found:
        if one is None or one.previous != head:
            return False
        head = one.hash
    return True


def _ends_apart(engine: Engine, first: int, last: int) -> _Ends | None:
    with reading(), engine.connect() as connection:
        return _ends(connection, first, last)


def _ends(connection: Connection, first: int, last: int) -> _Ends | None:
    """Return the ends of a range, nothing where it is not whole."""
    statement = _STATEMENTS[connection.dialect.name]
    previous, head, found = "", "", 0
    for count, lines in connection.execute(statement, {"first": first, "last": last}):
        for line in lines.split("\n"):
            own, before, words = line[:_HASH], line[_HASH : 2 * _HASH], line[2 * _HASH :]
            if sha256(words.encode()).hexdigest() != own or (head and before != head):
                return None
            previous, head = previous or before, own
        found += count
    return _Ends(previous, head) if found == last - first + 1 else None


_STATEMENTS: dict[str, TextClause] = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}
