"""The ledger as a journal that Beancount and hledger read: two strangers who reckon it anew."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session, aliased

from intranet.points.models import Entry, LedgerAccount, Period, PeriodState, Transfer

BATCH = 1000
DONE = ("posted", "post")  # what has moved; what is pending has not, and what was let go never will


@dataclass(frozen=True, slots=True)
class Move:
    """One transfer of an entry, by the codes of its accounts."""

    number: int
    debit: str
    credit: str
    amount: int
    ledger: str
    phase: str
    of: tuple[int, int]  # entry and number of the pending transfer that is decided, or 0 and 0


@dataclass(frozen=True, slots=True)
class Booked:
    """What a journal tells of an entry: no note, for people write notes, and no name."""

    id: int
    day: date
    kind: str
    key: str
    hash: str
    rule: str  # code and version, or nothing
    event: str
    reverses: int
    moves: Sequence[Move]


class Style(Protocol):
    """How a program wants its journal written."""

    def head(self, since: date, accounts: Sequence[tuple[str, str]]) -> Iterator[str]:
        """Yield what stands before all entries; accounts with their ledgers."""

    def entry(self, one: Booked) -> str:
        """Return an entry."""

    def asserted(self, day: date, why: str, balances: Sequence[tuple[str, str, int]]) -> str:
        """Return what accounts hold before anything happens on a day; with their ledgers."""


def journal(session: Session, style: Style) -> Iterator[tuple[str, int]]:
    """Yield the pieces of a journal in the order of days, each with how many entries it holds.

    Debits are positive, as both programs have it. After each closed year stands its frozen balance,
    at the end what the accounts hold by the totals that the database keeps.
    """
    accounts = session.scalars(select(LedgerAccount).order_by(LedgerAccount.code)).all()
    ledgers = {one.code: one.ledger for one in accounts}
    years = session.scalars(select(Period).order_by(Period.year)).all()
    since = min((one.starts_on for one in years), default=date(1970, 1, 1))
    for text in style.head(since, sorted(ledgers.items())):
        yield text, 0
    closed = [one for one in years if one.state is PeriodState.CLOSED]
    last = since
    for one in booked(session):
        while closed and closed[0].ends_on < one.day:
            yield _frozen(session, style, closed.pop(0), ledgers), 0
        yield style.entry(one), 1
        last = max(last, one.day)
    for year in closed:
        yield _frozen(session, style, year, ledgers), 0
        last = max(last, year.ends_on + timedelta(days=1))
    held = [(a.code, a.ledger, a.debits_posted - a.credits_posted) for a in accounts]
    yield style.asserted(last + timedelta(days=1), "what the accounts hold", held), 0


def booked(session: Session) -> Iterator[Booked]:
    """Yield all entries by day, and within a day in their order, a bounded batch at a time."""
    place = tuple_(Entry.effective_on, Entry.id)
    after: tuple[date, int] | None = None
    while True:
        query = select(*Entry.__table__.columns).order_by(Entry.effective_on, Entry.id).limit(BATCH)
        if after is not None:
            query = query.where(place > tuple_(*after))
        rows = session.execute(query).all()
        if not rows:
            return
        moves = _moves(session, [row.id for row in rows])
        for row in rows:
            yield Booked(
                id=row.id,
                day=row.effective_on,
                kind=row.kind.value,
                key=row.key,
                hash=row.hash,
                rule=f"{row.rule_code} {row.rule_version}" if row.rule_code else "",
                event=row.event,
                reverses=row.reverses_id or 0,
                moves=moves.get(row.id, ()),
            )
        after = (rows[-1].effective_on, rows[-1].id)


def _moves(session: Session, entries: Sequence[int]) -> dict[int, list[Move]]:
    debit, credit, of = aliased(LedgerAccount), aliased(LedgerAccount), aliased(Transfer)
    rows = session.execute(
        select(Transfer, debit.code, credit.code, debit.ledger, of.entry_id, of.number)
        .join(debit, debit.id == Transfer.debit_id)
        .join(credit, credit.id == Transfer.credit_id)
        .outerjoin(of, of.id == Transfer.of_id)
        .where(Transfer.entry_id.in_(entries))
        .order_by(Transfer.entry_id, Transfer.number)
    )
    found: dict[int, list[Move]] = {}
    for one, debited, credited, ledger, of_entry, of_number in rows:
        move = Move(
            number=one.number,
            debit=debited,
            credit=credited,
            amount=one.amount,
            ledger=ledger,
            phase=one.phase.value,
            of=(of_entry or 0, of_number or 0),
        )
        found.setdefault(one.entry_id, []).append(move)
        session.expunge(one)
    return found


def _frozen(session: Session, style: Style, year: Period, ledgers: dict[str, str]) -> str:
    """Return a closed year's frozen balance, as it was at the end of its last day.

    It was frozen after an entry, not after a day: what had been dated in later years by then is
    taken off again.
    """
    held = {row[0]: row[1] - row[2] for row in json.loads(year.balances)}
    for sign, account in ((1, Transfer.debit_id), (-1, Transfer.credit_id)):
        later = session.execute(
            select(LedgerAccount.code, func.sum(Transfer.amount))
            .join(Entry, Entry.id == Transfer.entry_id)
            .join(LedgerAccount, LedgerAccount.id == account)
            .where(Entry.effective_on > year.ends_on, Entry.id <= year.last_entry_id)
            .where(Transfer.phase.in_(DONE))
            .group_by(LedgerAccount.code)
        )
        for code, amount in later:
            held[code] = held.get(code, 0) - sign * int(amount)
    rows = [(code, ledgers.get(code, "points"), held[code]) for code in sorted(held)]
    return style.asserted(year.ends_on + timedelta(days=1), f"{year.year} was closed", rows)


def postings(one: Booked) -> Iterator[tuple[Move, str, int]]:
    """Yield what an entry moves: transfer, account, and the amount, debits positive."""
    for move in one.moves:
        if move.phase in DONE:
            yield move, move.debit, move.amount
            yield move, move.credit, -move.amount


def facts(one: Booked, commodity: Any) -> dict[str, str]:
    """Return what stands beside an entry, what is pending or let go among it, in ASCII."""
    found = {"entry": str(one.id), "key": one.key, "hash": one.hash}
    found |= {"rule": one.rule} if one.rule else {}
    found |= {"event": one.event} if one.event else {}
    found |= {"reverses": str(one.reverses)} if one.reverses else {}
    for move in one.moves:
        words = f"{move.debit} to {move.credit} {move.amount} {commodity(move.ledger)}"
        if move.phase == "pending":
            found[f"pending-{move.number}"] = words
        elif move.phase != "posted":
            word = "posts" if move.phase == "post" else "voids"
            found[f"{word}-{move.number}"] = f"entry {move.of[0]} transfer {move.of[1]}"
    return {name: plain(words) for name, words in found.items()}


def plain(words: str) -> str:
    """Return words on one line in ASCII; what is not ASCII is told by its code points."""
    return " ".join(words.encode("ascii", "backslashreplace").decode().split())
