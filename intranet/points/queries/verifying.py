"""The ledger checked against itself: its chain, its totals, its rules, its closed years.

Hashes are taken anew entry by entry, in a hurry first (``chain.py``), and with care where that does
not come out. What transfers come to is summed up by the database, which is asked for every row that
does not hold.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, TextClause, func, select, text
from sqlalchemy.orm import Session

from intranet.points.models import (
    GENESIS,
    Anchor,
    Entry,
    LedgerAccount,
    Meeting,
    Period,
    PeriodState,
    PeriodStep,
    PeriodVerb,
    Rule,
    Side,
)
from intranet.points.models.account import code_of
from intranet.points.models.rule import said
from intranet.points.models.words import canonical, sha256_of
from intranet.points.queries.chain import asking, whole
from intranet.points.queries.reading import Read, read
from intranet.points.queries.tile_checks import TileCheck, some_tiles

TOTALS = ("debits_posted", "credits_posted", "debits_pending", "credits_pending")
_CORRECTS = "corrects {0}, which may not be corrected"
_MIRRORS = "reverses {0}, of which it is no mirror"
_DECIDES = "transfer {0} decides what is not pending"
# Each question gives the entries and transfers of which something does not hold.
_ENTRIES = {
    "stands before the first entry": text("SELECT id FROM points_entry WHERE id < 1 ORDER BY id"),
    "was approved by whoever entered it": text(
        "SELECT id FROM points_entry WHERE actor_id = approver_id ORDER BY id"
    ),
    _CORRECTS: text(
        "SELECT r.id, r.reverses_id FROM points_entry r"
        " LEFT JOIN points_entry w ON w.id = r.reverses_id"
        " WHERE r.reverses_id IS NOT NULL AND (w.id IS NULL OR w.id >= r.id"
        " OR w.reverses_id IS NOT NULL OR EXISTS (SELECT 1 FROM points_entry o"
        " WHERE o.reverses_id = r.reverses_id AND o.id < r.id)) ORDER BY r.id"
    ),
    _MIRRORS: text(
        "SELECT r.id, coalesce(r.reverses_id, 0) FROM points_entry r"
        " LEFT JOIN points_entry w ON w.id = r.reverses_id"
        " WHERE (r.kind = 'reverse' OR r.reverses_id IS NOT NULL) AND (r.kind <> 'reverse'"
        " OR w.id IS NULL OR w.transfer_count <> r.transfer_count"
        " OR EXISTS (SELECT 1 FROM points_transfer t"
        " LEFT JOIN points_transfer m ON m.entry_id = r.reverses_id AND m.number = t.number"
        " AND m.debit_id = t.credit_id AND m.credit_id = t.debit_id AND m.amount = t.amount"
        " AND m.phase IN ('posted', 'post')"
        " WHERE t.entry_id = r.id AND (m.id IS NULL OR t.phase <> 'posted'))) ORDER BY r.id"
    ),
    "gives or takes without a rule or an approver": text(
        "SELECT id FROM points_entry WHERE kind IN ('grant', 'deduct')"
        " AND (rule_code = '' OR rule_version < 1 OR approver_id IS NULL) ORDER BY id"
    ),
    "goes by {0}.{1}, which says something else now": text(
        "SELECT e.id, e.rule_code, e.rule_version FROM points_entry e LEFT JOIN points_rule r"
        " ON r.code = e.rule_code AND r.version = e.rule_version"
        " WHERE e.rule_sha256 <> '' AND (r.id IS NULL OR r.sha256 <> e.rule_sha256) ORDER BY e.id"
    ),
    "is dated {0}, which is not in its year": text(
        "SELECT e.id, e.effective_on FROM points_entry e JOIN points_period p ON p.id = e.period_id"
        " WHERE e.effective_on NOT BETWEEN p.starts_on AND p.ends_on ORDER BY e.id"
    ),
    "was entered in {0} after that year was closed": text(
        "SELECT e.id, p.year FROM points_period p JOIN points_entry e ON e.period_id = p.id"
        " AND e.id > p.last_entry_id WHERE p.state = 'closed' ORDER BY e.id"
    ),
    "transfer {0} moves nothing": text(
        "SELECT entry_id, number FROM points_transfer WHERE amount <= 0 OR debit_id = credit_id"
        " ORDER BY entry_id, number"
    ),
    _DECIDES: text(
        "SELECT d.entry_id, d.number FROM points_transfer d"
        " LEFT JOIN points_transfer p ON p.id = d.of_id"
        " WHERE (d.phase IN ('post', 'void') OR d.of_id IS NOT NULL) AND (p.id IS NULL"
        " OR d.phase NOT IN ('post', 'void') OR p.phase <> 'pending' OR p.debit_id <> d.debit_id"
        " OR p.credit_id <> d.credit_id OR p.amount <> d.amount OR p.entry_id > d.entry_id"
        " OR (p.entry_id = d.entry_id AND p.number >= d.number)"
        " OR EXISTS (SELECT 1 FROM points_transfer o WHERE o.of_id = d.of_id AND o.id <> d.id"
        " AND (o.entry_id < d.entry_id OR (o.entry_id = d.entry_id AND o.number < d.number))))"
        " ORDER BY d.entry_id, d.number"
    ),
    "transfer {0} is of no entry": text(
        "SELECT t.entry_id, t.number FROM points_transfer t"
        " LEFT JOIN points_entry e ON e.id = t.entry_id WHERE e.id IS NULL"
        " ORDER BY t.entry_id, t.number"
    ),
}
# What is left of these where the chain came out whole: of the few that reverse or decide another,
# found by an index, and whether there are transfers of nothing.
_REST = (
    *(
        text(question.text.replace(all_, few))
        for question, all_, few in (
            (_ENTRIES[_CORRECTS], "r.reverses_id IS NOT NULL AND", "r.reverses_id > 0 AND"),
            (
                _ENTRIES[_MIRRORS],
                "(r.kind = 'reverse' OR r.reverses_id IS NOT NULL)",
                "r.reverses_id > 0",
            ),
            (
                _ENTRIES[_DECIDES],
                "(d.phase IN ('post', 'void') OR d.of_id IS NOT NULL)",
                "d.of_id > 0",
            ),
        )
    ),
    text(
        "SELECT 1 FROM points_period WHERE (SELECT count(*) FROM points_transfer)"
        " <> (SELECT sum(transfer_count) FROM points_entry)"
    ),
)
# What an account's transfers come to, on one side, up to an entry.
_SUMS = {
    side: text(
        f"SELECT {side}_id, sum(CASE WHEN phase IN ('posted', 'post') THEN amount ELSE 0 END),"  # noqa: S608 — ours
        " sum(CASE phase WHEN 'pending' THEN amount WHEN 'posted' THEN 0 ELSE -amount END)"
        f" FROM points_transfer WHERE entry_id <= :last GROUP BY {side}_id"
    )
    for side in ("debit", "credit")
}


@dataclass(frozen=True, slots=True)
class Broken:
    """Where the ledger does not hold, and how; ``entry_id`` 0 for what is no entry's."""

    entry_id: int
    what: str


@dataclass(slots=True)
class Seen:
    """What the entries read so far come to."""

    head: str = GENESIS
    number: int = 0
    hashes: dict[int, str] = field(default_factory=dict)  # of entries that were made public


def verify(session: Session, tiles: TileCheck = some_tiles) -> Iterator[Broken]:
    """Yield every place where the ledger does not hold; nothing for a whole one.

    ``tiles`` says which of the kept hashes are held against their entries.
    """
    seen, anchors = Seen(), session.scalars(select(Anchor)).all()
    last = session.scalar(select(func.max(Entry.id))) or 0
    with asking(session, last) as ask:
        is_whole = whole(session, last, ask)
        rest = [ask(partial(_rows, question)) for question in _REST]
        # Of the session's own moment: what transfers come to, and what accounts say of it.
        others = [*_rules(session), *_years(session, last), *_accounts(session, last)]
        holds = is_whole() and not any(answer() for answer in rest)
        if holds:
            public = select(Entry.id, Entry.hash).where(Entry.id.in_(select(Anchor.entry_id)))
            seen.hashes = {row.id: row.hash for row in session.execute(public)}
    if not holds:
        yield from _chain(session, seen, {one.entry_id for one in anchors})
        for what, question in _ENTRIES.items():
            for row in session.execute(question):
                yield Broken(row[0], what.format(*row[1:]))
    for anchor in anchors:
        if seen.hashes.get(anchor.entry_id) != anchor.hash:
            yield Broken(anchor.entry_id, f"is not what was made public ({anchor.place})")
    yield from others
    yield from (Broken(*one) for one in tiles(session))


def _rows(question: TextClause, connection: Connection) -> Sequence[Any]:
    return connection.execute(question).all()


def _chain(session: Session, seen: Seen, public: set[int]) -> Iterator[Broken]:
    """Read all entries with care, and yield what does not hold of which."""
    for one in read(session):
        number, _period, count, found, previous, own_hash, words = one
        if (
            number != seen.number + 1
            or previous != seen.head
            or found != count
            or not found
            or sha256(words.encode()).hexdigest() != own_hash
        ):
            yield from _entry(one, seen)
        seen.number, seen.head = number, own_hash
        if number in public:
            seen.hashes[number] = own_hash


def _entry(one: Read, seen: Seen) -> Iterator[Broken]:
    number, _period, count, found, previous, own_hash, words = one
    if number != seen.number + 1:
        yield Broken(number, f"follows {seen.number}: an entry is missing")
    if previous != seen.head:
        yield Broken(number, "does not follow the entry before it")
    if sha256(words.encode()).hexdigest() != own_hash:
        yield Broken(number, "is not what was written: its hash differs")
    if found != count or not found:
        yield Broken(number, "lacks a transfer, or has one too many")


def _totals(session: Session, last: int) -> dict[int, list[int]]:
    """Return what the transfers up to an entry come to, by account."""
    totals: dict[int, list[int]] = defaultdict(lambda: [0] * 4)
    for place, question in enumerate(_SUMS.values()):
        for account_id, posted, pending in session.execute(question, {"last": last}):
            totals[account_id][place] = int(posted)
            totals[account_id][2 + place] = int(pending)
    return totals


def _rules(session: Session) -> Iterator[Broken]:
    found = select(Rule, Meeting).join(Meeting, Meeting.id == Rule.meeting_id)
    for rule, meeting in session.execute(found.where(Rule.sha256 != "").order_by(Rule.id)):
        if sha256_of(said(rule, meeting)) != rule.sha256:
            yield Broken(0, f"rule {rule.code}.{rule.version} is not what was adopted")


def _years(session: Session, last: int) -> Iterator[Broken]:
    periods = session.scalars(select(Period).order_by(Period.year)).all()
    steps = {
        one.period_id: one for one in session.scalars(select(PeriodStep).order_by(PeriodStep.id))
    }
    was_open = False
    for one in periods:
        if not _is_by_its_step(one, steps.get(one.id)):
            yield Broken(0, f"{one.year} was closed or opened behind everybody's back")
        is_closed = one.state is PeriodState.CLOSED
        if is_closed and was_open:
            yield Broken(0, f"{one.year} is closed, an older year is not")
        if is_closed and one.last_entry_id > last:
            yield Broken(one.last_entry_id, f"the last entry of {one.year} is missing")
        was_open = was_open or not is_closed
    yield from _frozen(session, [one for one in periods if one.state is PeriodState.CLOSED])


def _is_by_its_step(period: Period, step: PeriodStep | None) -> bool:
    """Whether a year is as its last step left it."""
    if period.state is PeriodState.OPEN:
        return step is None or step.verb is PeriodVerb.REOPEN
    kept = (period.last_entry_id, period.balances_sha256)
    is_closed = step is not None and step.verb is PeriodVerb.CLOSE
    return is_closed and step is not None and kept == (step.last_entry_id, step.balances_sha256)


def _frozen(session: Session, closed: Iterable[Period]) -> Iterator[Broken]:
    """Hold a closed year's frozen balance against what the entries had come to by then."""
    rows: Any = session.execute(select(LedgerAccount.id, LedgerAccount.code))
    codes = {row[0]: row[1] for row in rows}
    for period in closed:
        totals = _totals(session, period.last_entry_id)
        rows = sorted([codes.get(one, ""), *kept] for one, kept in totals.items() if any(kept))
        is_same = canonical(rows).decode() == period.balances
        if not is_same or sha256_of(rows) != period.balances_sha256:
            yield Broken(period.last_entry_id, f"the frozen balance of {period.year} is another")


def _accounts(session: Session, last: int) -> Iterator[Broken]:
    totals = _totals(session, last)
    names = ("id", "code", "side", "floor", "kind", "party_id", "year", "dimension", *TOTALS)
    columns = [getattr(LedgerAccount, name) for name in names]
    for row in session.execute(select(*columns).order_by(LedgerAccount.code)):
        number, code, side, floor, kind, party_id, year, dimension, *kept = row
        facts = {"party_id": party_id, "year": year, "dimension": dimension}
        if code != code_of(kind, sku=code.rpartition(":")[2], **facts):
            yield Broken(0, f"{code} is said to be somebody else's, or of another year or kind")
        if kept != totals.pop(number, [0] * 4):
            yield Broken(0, f"the totals of {code} are not those of its transfers")
        given, got, gives, gets = kept
        left = got - given - gives if side is Side.CREDIT else given - got - gets
        if floor is not None and left < floor:
            yield Broken(0, f"{code} is below its floor")
    for number in sorted(totals, key=str):
        yield Broken(0, f"{number} is no account")
