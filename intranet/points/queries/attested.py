"""Entries as they are attested: all of them, handed to whoever checks them, or chosen ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from intranet.points.models import (
    Anchor,
    Entry,
    LedgerAccount,
    Meeting,
    Period,
    PeriodStep,
    Rule,
    Transfer,
)
from intranet.points.models.rule import said
from intranet.points.models.words import Words, as_list

BATCH = 2000
CHOSEN = 500  # at once, each named by its number


@dataclass(frozen=True, slots=True)
class Attested:
    """An entry as it is written: its words, and the hash that stands beside them."""

    words: Words
    hash: str
    transfer_count: int


def at_one_moment(session: Session) -> Session:
    """Begin to read the ledger as it stands now, whatever is entered meanwhile; return the session.

    Many batches are read one after another. SQLite's transactions see one state by themselves.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    return session


def attested(session: Session) -> Iterator[Attested]:
    """Yield all entries in their order, reading a bounded batch at a time."""
    after = 0
    while True:
        entries = session.execute(
            select(*Entry.__table__.columns, Period.year)
            .outerjoin(Period, Period.id == Entry.period_id)
            .where(Entry.id > after)
            .order_by(Entry.id)
            .limit(BATCH)
        ).all()
        if not entries:
            return
        moved = Transfer.entry_id.between(entries[0].id, entries[-1].id)
        transfers = _transfers(session, moved)
        for row in entries:
            yield Attested(_words(row, transfers.get(row.id, [])), row.hash, row.transfer_count)
        after = entries[-1].id


def chosen(session: Session, ids: Sequence[int]) -> Iterator[Attested]:
    """Yield some entries, named by their numbers in order, reading a bounded batch at a time."""
    for start in range(0, len(ids), CHOSEN):
        some = ids[start : start + CHOSEN]
        rows = session.execute(
            select(*Entry.__table__.columns, Period.year)
            .outerjoin(Period, Period.id == Entry.period_id)
            .where(Entry.id.in_(some))
            .order_by(Entry.id)
        ).all()
        transfers = _transfers(session, Transfer.entry_id.in_(some))
        for row in rows:
            yield Attested(_words(row, transfers.get(row.id, [])), row.hash, row.transfer_count)


def _transfers(session: Session, moved: ColumnElement[bool]) -> dict[int, list[list[Any]]]:
    debit, credit, of = aliased(LedgerAccount), aliased(LedgerAccount), aliased(Transfer)
    rows = session.execute(
        select(
            Transfer.entry_id,
            Transfer.number,
            debit.code,
            credit.code,
            Transfer.amount,
            Transfer.phase,
            of.entry_id,
            of.number,
        )
        .outerjoin(debit, debit.id == Transfer.debit_id)
        .outerjoin(credit, credit.id == Transfer.credit_id)
        .outerjoin(of, of.id == Transfer.of_id)
        .where(moved)
        .order_by(Transfer.entry_id, Transfer.number)
    )
    found: dict[int, list[list[Any]]] = {}
    for entry_id, number, debited, credited, amount, phase, of_entry, of_number in rows:
        words = [number, debited, credited, amount, phase.value, of_entry or 0, of_number or 0]
        found.setdefault(entry_id, []).append(words)
    return found


def _words(row: Any, transfers: list[list[Any]]) -> Words:
    return Words(
        id=row.id,
        key=row.key,
        body_sha256=row.body_sha256,
        kind=row.kind.value,
        rule_code=row.rule_code,
        rule_version=row.rule_version,
        event=row.event,
        note=row.note,
        effective_on=row.effective_on,
        recorded_at=row.recorded_at,
        actor_id=row.actor_id,
        approver_id=row.approver_id,
        year=row.year,
        reverses_id=row.reverses_id,
        transfers=transfers,
        previous_hash=row.previous_hash,
        rule_sha256=row.rule_sha256,
    )


def records(session: Session) -> Iterator[dict[str, Any]]:
    """Yield the ledger as the lines of its JSONL export (``docs/points.md``)."""
    yield {"type": "ledger", "version": 2}
    yield from _accounts(session)
    yield from _periods(session)
    yield from _rules(session)
    entries, head = 0, ""
    for one in attested(session):
        entries, head = entries + 1, one.hash
        yield {
            "type": "entry",
            "words": as_list(one.words),
            "hash": one.hash,
            "transfers": one.transfer_count,
        }
    for found in session.scalars(select(Anchor).order_by(Anchor.id)):
        yield {
            "type": "anchor",
            "entry": found.entry_id,
            "hash": found.hash,
            "place": found.place,
            "at": found.at.isoformat(timespec="microseconds"),
        }
    yield {"type": "end", "entries": entries, "head": head}


def _accounts(session: Session) -> Iterator[dict[str, Any]]:
    for one in session.scalars(select(LedgerAccount).order_by(LedgerAccount.code)):
        yield {
            "type": "account",
            "code": one.code,
            "ledger": one.ledger,
            "side": one.side.value,
            "floor": one.floor,
            "totals": one.totals,
        }


def _rules(session: Session) -> Iterator[dict[str, Any]]:
    """Yield what the versions of rules say; those from before they were hashed are not attested."""
    found = select(Rule, Meeting).join(Meeting, Meeting.id == Rule.meeting_id)
    for rule, meeting in session.execute(found.where(Rule.sha256 != "").order_by(Rule.id)):
        yield {"type": "rule", "words": said(rule, meeting), "sha256": rule.sha256}


def _periods(session: Session) -> Iterator[dict[str, Any]]:
    steps: dict[int, list[list[Any]]] = {}
    for step in session.scalars(select(PeriodStep).order_by(PeriodStep.id)):
        told = [step.verb.value, step.last_entry_id, step.balances_sha256]
        steps.setdefault(step.period_id, []).append(told)
    for one in session.scalars(select(Period).order_by(Period.year)):
        yield {
            "type": "period",
            "year": one.year,
            "starts_on": one.starts_on.isoformat(),
            "ends_on": one.ends_on.isoformat(),
            "state": one.state.value,
            "last_entry": one.last_entry_id,
            "balances": one.balances,
            "balances_sha256": one.balances_sha256,
            "steps": steps.get(one.id, []),
        }
