"""The ledger checked against itself: its chain, its totals, its rules, its closed years."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.points.models import GENESIS, Anchor, LedgerAccount, Period, PeriodState
from intranet.points.models.words import canonical, digest, sha256_of
from intranet.points.queries.attested import Attested, attested

DEBITS, CREDITS = 0, 1
POSTED, PENDING = 0, 2


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
    totals: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0] * 4))
    pending: dict[tuple[int, int], list[Any]] = field(default_factory=dict)
    reversed: set[int] = field(default_factory=set)
    reversals: set[int] = field(default_factory=set)


def verify(session: Session) -> Iterator[Broken]:
    """Yield every place where the ledger does not hold; nothing for a whole one."""
    seen, anchors = Seen(), session.scalars(select(Anchor)).all()
    public = {one.entry_id for one in anchors}
    periods = session.scalars(select(Period).order_by(Period.year)).all()
    closing = defaultdict(list)  # years closed after an entry, perhaps several after the same
    for period in periods:
        if period.state is PeriodState.CLOSED:
            closing[period.last_entry_id].append(period)
    for period in closing[0]:
        yield from _closed(period, seen)
    for one in attested(session):
        yield from _entry(one, seen)
        if one.words.id in public:
            seen.hashes[one.words.id] = one.hash
        for period in closing.get(one.words.id, ()):
            yield from _closed(period, seen)
    for found in anchors:
        if seen.hashes.get(found.entry_id) != found.hash:
            yield Broken(found.entry_id, f"is not what was made public ({found.place})")
    yield from _periods(periods, seen)
    yield from _accounts(session, seen)


def _entry(one: Attested, seen: Seen) -> Iterator[Broken]:
    words = one.words
    if words.id != seen.number + 1:
        yield Broken(words.id, f"follows {seen.number}: an entry is missing")
    if words.previous_hash != seen.head:
        yield Broken(words.id, "does not follow the entry before it")
    if digest(words) != one.hash:
        yield Broken(words.id, "is not what was written: its hash differs")
    if len(words.transfers) != one.transfer_count or not words.transfers:
        yield Broken(words.id, "lacks a transfer, or has one too many")
    if words.actor_id is not None and words.actor_id == words.approver_id:
        yield Broken(words.id, "was approved by whoever entered it")
    if words.reverses_id is not None:
        yield from _reversal(one, seen)
    for transfer in words.transfers:
        yield from _transfer(words.id, transfer, seen)
    seen.number, seen.head = words.id, one.hash


def _reversal(one: Attested, seen: Seen) -> Iterator[Broken]:
    undone = one.words.reverses_id
    assert undone is not None
    if undone in seen.reversed or undone in seen.reversals or undone >= one.words.id:
        yield Broken(one.words.id, f"corrects {undone}, which may not be corrected")
    seen.reversed.add(undone)
    seen.reversals.add(one.words.id)


def _transfer(entry_id: int, transfer: Sequence[Any], seen: Seen) -> Iterator[Broken]:
    number, debit, credit, amount, phase, of_entry, of_number = transfer
    if not isinstance(amount, int) or amount <= 0 or debit == credit:
        yield Broken(entry_id, f"transfer {number} moves nothing")
    facts = [debit, credit, amount]
    if phase == "pending":
        seen.pending[entry_id, number] = facts
    elif phase in {"post", "void"} and seen.pending.pop((of_entry, of_number), None) != facts:
        yield Broken(entry_id, f"transfer {number} decides what is not pending")
    for code, side in ((debit, DEBITS), (credit, CREDITS)):
        totals = seen.totals[code]
        totals[POSTED + side] += amount if phase in {"posted", "post"} else 0
        totals[PENDING + side] += {"pending": amount, "posted": 0}.get(phase, -amount)


def _closed(period: Period, seen: Seen) -> Iterator[Broken]:
    """Hold a closed year's frozen balance against what the entries had come to by then."""
    rows = sorted([code, *totals] for code, totals in seen.totals.items() if any(totals))
    is_same = canonical(rows).decode() == period.balances
    if not is_same or sha256_of(rows) != period.balances_sha256:
        yield Broken(period.last_entry_id, f"the frozen balance of {period.year} is another")


def _periods(periods: Any, seen: Seen) -> Iterator[Broken]:
    was_open = False
    for one in periods:
        is_closed = one.state is PeriodState.CLOSED
        if is_closed and was_open:
            yield Broken(0, f"{one.year} is closed, an older year is not")
        if is_closed and one.last_entry_id > seen.number:
            yield Broken(one.last_entry_id, f"the last entry of {one.year} is missing")
        was_open = was_open or not is_closed


def _accounts(session: Session, seen: Seen) -> Iterator[Broken]:
    known = set()
    for one in session.scalars(select(LedgerAccount).order_by(LedgerAccount.code)):
        known.add(one.code)
        if one.totals != seen.totals.get(one.code, [0] * 4):
            yield Broken(0, f"the totals of {one.code} are not those of its transfers")
        if one.floor is not None and one.available < one.floor:
            yield Broken(0, f"{one.code} is below its floor")
    for code in sorted(set(seen.totals) - known, key=str):
        yield Broken(0, f"{code} is no account")
