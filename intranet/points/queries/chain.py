"""The chain of hashes gone through as fast as it can be, by ranges, two at once.

The database puts the text of an entry together (``models.words`` said once more, as JSON without
spaces) and gives some hundred to a row: rows and columns of their own cost Python several times
the hash. A range that does not come out whole is not judged here; whoever asks reads it again with
care (``reading.py``) and names what is wrong. So a false text here costs time and hides nothing:
no other text has the hash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Connection, TextClause, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from intranet.db import reading
from intranet.points.models import GENESIS, Entry

RANGE = 20_000  # entries a question
_TOGETHER = 250  # entries a row
_AT_ONCE = 2
_HASH = 64  # hexadecimal digits
# A line is an entry's hash, the one before, and its text. What breaks a rule that its own row and
# transfers tell gives none, nor does what lacks a transfer or has one too many: its range is short
# of it. Words that hold nothing to be escaped, as codes and hashes, are quoted without looking.
_MOVED = """
  SELECT t.entry_id AS entry_id, {gathered} AS moved, count(*) FILTER (WHERE t.amount > 0
    AND t.debit_id <> t.credit_id AND (t.phase IN ('post', 'void')) = (t.of_id IS NOT NULL)
  ) AS found
  FROM points_transfer t LEFT JOIN points_account d ON d.id = t.debit_id
  LEFT JOIN points_account c ON c.id = t.credit_id {more}
  WHERE t.entry_id BETWEEN {between} GROUP BY t.entry_id
"""
_HOLDS = """e.transfer_count = m.found AND e.effective_on BETWEEN p.starts_on AND p.ends_on
  AND (p.state <> 'closed' OR e.id <= p.last_entry_id)
  AND (e.actor_id IS NULL OR e.approver_id IS NULL OR e.actor_id <> e.approver_id)
  AND (e.kind NOT IN ('grant', 'deduct')
    OR (e.rule_code <> '' AND e.rule_version > 0 AND e.approver_id IS NOT NULL))
  AND (e.kind = 'reverse') = (e.reverses_id IS NOT NULL)
  AND (e.rule_sha256 = '' OR EXISTS (SELECT 1 FROM points_rule r WHERE r.code = e.rule_code
    AND r.version = e.rule_version AND r.sha256 = e.rule_sha256))"""
# Group by group, so that nothing is sorted: a range lies in the order of its entries already.
_GATHERED_SQLITE = """json_group_array(json_array(t.number, d.code, c.code, t.amount, t.phase,
    ifnull(o.entry_id, 0), ifnull(o.number, 0)))"""
_MOVED_SQLITE = _MOVED.format(
    gathered=_GATHERED_SQLITE,
    more="LEFT JOIN points_transfer o ON o.id = t.of_id",
    between=f"starts.at AND min(starts.at + {_TOGETHER - 1}, :last)",
)
_SQLITE = text(
    f"""
WITH RECURSIVE starts(at) AS (
  SELECT :first UNION ALL SELECT at + {_TOGETHER} FROM starts WHERE at + {_TOGETHER} <= :last
)
SELECT (SELECT group_concat(line, char(10)) FROM (
  SELECT e.hash || e.previous_hash
    || rtrim(json_array(e.id, e.key, e.body_sha256, e.kind, e.rule_code, e.rule_version,
    e.event, e.note, e.effective_on, replace(e.recorded_at, ' ', 'T') || '+00:00',
    e.actor_id, e.approver_id, p.year, e.reverses_id), ']')
    || ',' || m.moved || ',' || json_quote(e.previous_hash)
    || CASE e.rule_sha256 WHEN '' THEN '' ELSE ',' || json_quote(e.rule_sha256) END || ']' AS line
  FROM ({_MOVED_SQLITE}) m CROSS JOIN points_entry e ON e.id = m.entry_id
  JOIN points_period p ON p.id = e.period_id WHERE {_HOLDS}
)) FROM starts"""  # noqa: S608 — ours
)


def _plain(*names: str) -> str:
    return " || ',' || ".join(f"coalesce(CAST({one} AS text), 'null')" for one in names)


def _quoted(*names: str) -> str:
    return """'"' || """ + """ || '","' || """.join(names) + """ || '"'"""


def _json(*names: str) -> str:
    """Words of people, escaped; most are empty."""
    empty = """'""'"""
    return " || ',' || ".join(
        f"CASE {one} WHEN '' THEN {empty} ELSE CAST(to_json({one}) AS text) END" for one in names
    )


# Few transfers decide another: each of those is looked up, a join would go through all there are.
_DECIDED = """CASE WHEN t.of_id IS NULL THEN '0,0' ELSE coalesce((SELECT
    o.entry_id || ',' || o.number FROM points_transfer o WHERE o.id = t.of_id), '0,0') END"""
_GATHERED_POSTGRESQL = f"""string_agg('[' || t.number || ',' || {_quoted("d.code", "c.code")}
    || ',' || t.amount || ',' || {_quoted("t.phase")} || ',' || {_DECIDED} || ']', ','
    ORDER BY t.number)"""
_MOVED_POSTGRESQL = _MOVED.format(
    gathered=_GATHERED_POSTGRESQL, more="", between=":first AND :last"
)
_POSTGRESQL = text(
    f"""
SELECT string_agg(line, E'\\n' ORDER BY id) FROM (
  SELECT e.id AS id, e.hash || e.previous_hash || '[' || e.id || ','
    || {_quoted("e.key", "e.body_sha256", "e.kind", "e.rule_code")}
    || ',' || e.rule_version || ',' || {_json("e.event", "e.note")}
    || ',"' || to_char(e.effective_on, 'YYYY-MM-DD') || '","'
    || to_char(e.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00",'
    || {_plain("e.actor_id", "e.approver_id", "p.year", "e.reverses_id")}
    || ',[' || m.moved || '],' || {_quoted("e.previous_hash")}
    || CASE e.rule_sha256 WHEN '' THEN '' ELSE ',' || {_quoted("e.rule_sha256")} END || ']' AS line
  FROM ({_MOVED_POSTGRESQL}) m JOIN points_entry e
  ON e.id = m.entry_id AND e.id BETWEEN :first AND :last
  JOIN points_period p ON p.id = e.period_id WHERE {_HOLDS}
) lines GROUP BY id / {_TOGETHER} ORDER BY id / {_TOGETHER}"""  # noqa: S608 — ours
)


# Two are at work already; the helpers of a third and fourth would all do the same part anew.
_ALONE = text(
    "SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL jit = off;"
    " SET LOCAL work_mem = '32MB'"
)
Question = Callable[[Connection], Any]
Ask = Callable[[Question], Callable[[], Any]]


class _Ends(NamedTuple):
    """What a whole range hangs on, and what hangs on it."""

    previous: str
    hash: str


@contextmanager
def asking(session: Session, last: int) -> Iterator[Ask]:
    """Give a way to ask something of a connection; what it gives brings the answer when called.

    Where there are more entries than one range, connections of their own ask two questions at once,
    beside what the session itself is asked meanwhile: each sees one moment, but not that of the
    others, and nothing that the session has not committed.
    """
    if last <= RANGE:
        yield lambda question: lambda: question(session.connection())
        return
    engine = session.connection().engine

    def apart(question: Question) -> Any:
        with reading(), engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(_ALONE)
            return question(connection)

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        try:
            yield lambda question: threads.submit(apart, question).result
        finally:
            threads.shutdown(cancel_futures=True)


def whole(session: Session, last: int, ask: Ask) -> Callable[[], bool]:
    """Ask whether entries 1 to ``last`` are all there, each as written and in its place.

    What is returned tells it when called.
    """
    if session.scalar(select(func.count()).select_from(Entry)) != last:
        return lambda: False
    ranges = [(first, min(first + RANGE - 1, last)) for first in range(1, last + 1, RANGE)]
    answers = [ask(partial(_ends, first=first, last=end)) for first, end in ranges]

    def is_whole() -> bool:
        head = GENESIS
        try:
            for answer in answers:
                one = answer()
                if one is None or one.previous != head:
                    return False
                head = one.hash
        except OperationalError:  # bytes where there was text: no JSON can be made of them
            return False
        return True

    return is_whole


def _ends(connection: Connection, first: int, last: int) -> _Ends | None:
    """Return the ends of a range, nothing where it is not whole."""
    statement = _STATEMENTS[connection.dialect.name]
    previous, head, found = "", "", 0
    for (lines,) in connection.execute(statement, {"first": first, "last": last}):
        for line in lines.split("\n") if lines else ():
            found += 1
            own, before, words = line[:_HASH], line[_HASH : 2 * _HASH], line[2 * _HASH :]
            if sha256(words.encode()).hexdigest() != own or (head and before != head):
                return None
            previous, head = previous or before, own
    return _Ends(previous, head) if found == last - first + 1 else None


_STATEMENTS: dict[str, TextClause] = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}
