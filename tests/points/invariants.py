"""The ledger's invariants, each reckoned anew from all rows, in plain Python: for every machine.

What is I1 to I22 is said in ``docs/points.md``. Here they are read off the tables without the
house's own queries, so that a mistake in those is no mistake here.
I5, I8, I20 and I21 are about acts, not about states: they are tried where the acts are.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from datetime import UTC, date, timedelta
from itertools import pairwise

from sqlalchemy import select

from intranet.db import db
from intranet.points import queries
from intranet.points.models import (
    Anchor,
    Claim,
    ClaimState,
    Entry,
    EntryKind,
    LedgerAccount,
    Period,
    PeriodState,
    Phase,
    Rule,
    Transfer,
    Window,
)

COUNTED = {ClaimState.PUBLICITY, ClaimState.DISPUTED, ClaimState.POSTED}
TOTALS = ("debits_posted", "credits_posted", "debits_pending", "credits_pending")
GIVES = {EntryKind.GRANT, EntryKind.DEDUCT}


def broken():
    """Return each invariant that does not hold now, with where; the session is rolled back."""
    db.session.rollback()
    db.session.expire_all()
    try:
        books = Books()
        checks = (_sums, _chain, _once, _years, _claims)
        return [one for check in checks for one in check(books)]
    finally:
        db.session.rollback()


def unsound():
    """Return what the house itself finds: hashes, sums, years, rules and lists."""
    db.session.rollback()
    found = [*queries.verify(db.session()), *queries.irregular(db.session())]
    db.session.rollback()
    return [one for one in found if "at once" not in one.what]  # the bare ledger's machine does


def rows(model, *order):
    """Return all rows of a table, without making objects of them."""
    return db.session.execute(select(model.__table__).order_by(*order)).all()


class Books:
    """All rows."""

    def __init__(self):
        self.accounts = {one.id: one for one in rows(LedgerAccount)}
        self.entries = {one.id: one for one in rows(Entry, Entry.id)}
        self.transfers = rows(Transfer, Transfer.entry_id, Transfer.number)
        self.by_id = {one.id: one for one in self.transfers}
        self.periods = {one.id: one for one in rows(Period)}
        self.of = defaultdict(list)
        for one in self.transfers:
            self.of[one.entry_id].append(one)


def _sums(books):
    """I1 to I3, I15, I16: totals are those of transfers, and nobody is below the floor."""
    totals = _totals(books)
    ledgers = Counter()
    for number, account in books.accounts.items():
        gave, got, gives, gets = totals[number]
        ledgers[account.ledger] += got - gave
        kept = [getattr(account, name) for name in TOTALS]
        if kept != totals[number]:
            yield f"I2: {account.code} {kept} {totals[number]}"
        if min(gives, gets) < 0:
            yield f"I3: {account.code} holds less than nothing"
        left = got - gave - gives if account.side == "credit" else gave - got - gets
        if account.floor is not None and left < account.floor:
            yield f"I3: {account.code} has {left}"
    for ledger, sum_of in ledgers.items():
        if sum_of:
            yield f"I1: {ledger} is {sum_of} out of balance"


def _totals(books):
    totals = defaultdict(lambda: [0, 0, 0, 0])
    for one in books.transfers:
        for side, account in enumerate((one.debit_id, one.credit_id)):
            if one.phase in {Phase.POSTED, Phase.POST}:
                totals[account][side] += one.amount
            if one.phase is not Phase.POSTED:
                totals[account][2 + side] += one.amount * (1 if one.phase is Phase.PENDING else -1)
    return totals


def _chain(books):
    """I9, I10, I22: numbers without a gap, each hash taken anew, heads as they were printed."""
    head = "0" * 64
    for place, (number, one) in enumerate(books.entries.items(), start=1):
        moves = books.of[number]
        moved = [
            [r.number, *_codes(books, r), r.amount, r.phase.value, *_of(books, r)] for r in moves
        ]
        words = [
            number, one.key, one.body_sha256, one.kind.value, one.rule_code, one.rule_version,
            one.event, one.note, one.effective_on.isoformat(),
            one.recorded_at.astimezone(UTC).isoformat(timespec="microseconds"), one.actor_id,
            one.approver_id, books.periods[one.period_id].year, one.reverses_id, moved, head,
            *([one.rule_sha256] if one.rule_sha256 else []),
        ]  # fmt: skip
        text = json.dumps(words, ensure_ascii=False, separators=(",", ":"))
        if number != place or hashlib.sha256(text.encode()).hexdigest() != one.hash:
            yield f"I9: entry {number}"
        if not moves or len(moves) != one.transfer_count:
            yield f"I22: entry {number} has {len(moves)} of {one.transfer_count} transfers"
        head = one.hash
    for anchor in rows(Anchor):
        if books.entries[anchor.entry_id].hash != anchor.hash:
            yield f"I10: anchor {anchor.id}"


def _codes(books, row):
    return books.accounts[row.debit_id].code, books.accounts[row.credit_id].code


def _of(books, row):
    if row.of_id is None:
        return 0, 0
    pending = books.by_id[row.of_id]
    return pending.entry_id, pending.number


def _once(books):
    """I6, I7, I19: reversed once, as a mirror, and never a reversal; decided once, as it was."""
    undone = Counter(one.reverses_id for one in books.entries.values() if one.reverses_id)
    for number, times in undone.items():
        if times > 1 or books.entries[number].reverses_id:
            yield f"I6: entry {number} is undone {times} times"
    for one in books.entries.values():
        if one.reverses_id:
            wrong = [(w.credit_id, w.debit_id, w.amount) for w in books.of[one.reverses_id]]
            if wrong != [(t.debit_id, t.credit_id, t.amount) for t in books.of[one.id]]:
                yield f"I6: entry {one.id} is no mirror of {one.reverses_id}"
        if one.actor_id is not None and one.actor_id == one.approver_id:
            yield f"I13: entry {one.id}"
        if one.kind in GIVES and not (one.rule_code and one.approver_id):
            yield f"I19: entry {one.id}"
    pending = {one.id: one for one in books.transfers if one.phase is Phase.PENDING}
    decided = Counter(one.of_id for one in books.transfers if one.of_id)
    for number, times in decided.items():
        if times > 1 or number not in pending:
            yield f"I7: transfer {number} is decided {times} times"


def _years(books):
    """I11: closed in order, nothing dated in a closed year since, nothing of it pending."""
    ordered = sorted(books.periods.values(), key=lambda one: one.year)
    for one, two in pairwise(ordered):
        if one.state is PeriodState.OPEN and two.state is PeriodState.CLOSED:
            yield f"I11: {two.year} is closed before {one.year}"
    for entry in books.entries.values():
        period = books.periods[entry.period_id]
        if not period.starts_on <= entry.effective_on <= period.ends_on:
            yield f"I11: entry {entry.id} is of {entry.effective_on}"
        if period.state is PeriodState.CLOSED and entry.id > period.last_entry_id:
            yield f"I11: entry {entry.id} came after {period.year} was closed"


def _claims(books):
    """I12 to I14: caps, who approved, and that what is public can be spent by nobody yet."""
    rules = {one.id: one for one in rows(Rule)}
    claims = rows(Claim)
    used = Counter()
    for one in claims:
        if one.state in COUNTED:
            for window in Window:
                key = (one.party_id, one.rule_code, window, _span(one.happened_on, window))
                used[key] += one.points
        yield from _public(books, one)
    caps = {}
    for rule in rules.values():  # of several versions the widest: each held when it was approved
        for window in Window:
            cap = getattr(rule, f"cap_{window.value}")
            known = caps.get((rule.code, window), 0)
            caps[rule.code, window] = None if cap is None or known is None else max(cap, known)
    for (party, code, window, when), points in used.items():
        cap = caps.get((code, window))
        if cap is not None and points > cap:
            yield f"I12: {points} of {cap} by {code} in {window} of {when}, party {party}"


def _public(books, claim):
    if claim.approved_by is not None and claim.approved_by == claim.made_by:
        yield f"I13: claim {claim.id}"
    if claim.pending_id is None:
        return
    decided = {one.of_id for one in books.transfers if one.of_id}
    waits = [one.id not in decided for one in books.of[claim.pending_id]]
    is_public = claim.state in {ClaimState.PUBLICITY, ClaimState.DISPUTED}
    if any(waits) != is_public:
        yield f"I14: claim {claim.id} is {claim.state}, and {waits} of its points wait"


def _span(day: date, window: Window):
    if window is Window.DAY:
        return day
    if window is Window.WEEK:
        return day - timedelta(days=day.weekday())
    return (day.year, day.month) if window is Window.MONTH else day.year
