"""All entries read through with little ado, for whoever names faults or hashes them anew.

No objects are made: rows as the driver gives them, and of each the text that is hashed, put
together by hand. It is ``models.words`` said a second time; each verification of a ledger holds
both against each other, for one wrote the hashes and the other checks them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from json.encoder import encode_basestring
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.points.models import LedgerAccount, Period

BATCH = 5000
# Numbers are written into these two, by nobody but this file: each driver has marks of its own.
_ENTRIES = (
    "SELECT id, key, body_sha256, kind, rule_code, rule_version, event, note, effective_on,"
    " recorded_at, actor_id, approver_id, period_id, reverses_id, transfer_count, previous_hash,"
    " hash, rule_sha256 FROM points_entry WHERE id > {after:d} ORDER BY id LIMIT {batch:d}"
)
_TRANSFERS = (
    "SELECT t.entry_id, t.number, t.debit_id, t.credit_id, t.amount, t.phase, o.entry_id, o.number"
    " FROM points_transfer t LEFT JOIN points_transfer o ON o.id = t.of_id"
    " WHERE t.entry_id BETWEEN {first:d} AND {last:d} ORDER BY t.entry_id, t.number"
)
_OF_NOTHING = (0,) * 8


# Number, period, how many transfers it says it has and how many there are, hash of the one before,
# its own, and the text that is hashed.
Read = tuple[int, int, int, int, str, str, str]


def quoted(word: Any) -> str:
    """Return a text as JSON; whatever else SQLite was made to hold there has no hash anyway."""
    return encode_basestring(word) if isinstance(word, str) else repr(word)


class _Codes(dict[Any, str]):
    """Codes of accounts as JSON, by number; an account that is none has no code."""

    def __missing__(self, number: Any) -> str:
        return "null"


class _Quoted(dict[str, str]):
    """Words that come again and again, as JSON."""

    def __missing__(self, word: str) -> str:
        self[word] = made = quoted(word)
        return made


def read(session: Session) -> Iterator[Read]:
    """Yield all entries in their order, a bounded batch at a time."""
    codes = _Codes(
        (number, quoted(code))
        for number, code in session.execute(select(LedgerAccount.id, LedgerAccount.code))
    )
    years = _Codes(
        (number, str(year)) for number, year in session.execute(select(Period.id, Period.year))
    )
    cursor, after = session.connection().connection.cursor(), 0
    try:
        while True:
            cursor.execute(_ENTRIES.format(after=after, batch=BATCH))
            rows = cursor.fetchall()
            if not rows:
                return
            cursor.execute(_TRANSFERS.format(first=rows[0][0], last=rows[-1][0]))
            yield from _joined(rows, cursor.fetchall(), codes, years)
            after = rows[-1][0]
    finally:
        cursor.close()


def _joined(rows: Any, transfers: Any, codes: _Codes, years: _Codes) -> Iterator[Read]:
    """Yield entries with their transfers; both come in the order of entries."""
    following = iter(transfers)
    moved = next(following, _OF_NOTHING)
    word = _Quoted()  # of a batch: what is written by hand is not kept for ever
    for (
        number, key, body, kind, rule, version, event, note, day, at, actor, approver,
        period, reverses, count, previous, own_hash, said,
    ) in rows:  # fmt: skip
        text, found = "", 0
        while moved[0] == number:
            _, n, debit, credit, amount, phase, of, of_n = moved
            one = f'[{n},{codes[debit]},{codes[credit]},{amount},"{phase}",{of or 0},{of_n or 0}]'
            text = f"{text},{one}" if found else one
            found += 1
            moved = next(following, _OF_NOTHING)
        moment = f"{at[:10]}T{at[11:]}+00:00" if type(at) is str else _moment(at)
        words = (
            f"[{number},{quoted(key)},{quoted(body)},{word[kind]},{word[rule]},{version},"
            f'{word[event]},{word[note]},"{day}","{moment}",'
            f"{'null' if actor is None else actor},{'null' if approver is None else approver},"
            f"{years[period]},{'null' if reverses is None else reverses},"
            f"[{text}],{quoted(previous)}{',' + word[said] if said else ''}]"
        )
        yield number, period, count, found, previous, own_hash, words


def _moment(at: datetime) -> str:
    """Return a moment in UTC; SQLite gives it as text without a zone, PostgreSQL as a moment."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
