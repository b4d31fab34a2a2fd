"""One entry with everything that is attested, and what was done about it since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import abort
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from intranet.access import Permission, Viewer
from intranet.people.models import Account
from intranet.points.models import (
    BY_RULE,
    AccountKind,
    Correction,
    CorrectionState,
    Entry,
    EntryPlace,
    Goods,
    LedgerAccount,
    Period,
    Phase,
    Transfer,
)
from intranet.points.queries.ledger import ID_MAX, OF_GOODS, Wanted, seen
from intranet.points.queries.lines import Item, items_of

CORRECT = Permission.POINTS_ENTRY_CORRECT
WAITING_MAX = 50


@dataclass(frozen=True, slots=True)
class Spot:
    """One place that an entry is of: of a party as it belongs now, or of the goods."""

    grid_path: str


@dataclass(frozen=True, slots=True)
class Moved:
    """One transfer as the entry's page shows it."""

    number: int
    debit: str
    credit: str
    amount: int
    phase: Phase
    of: tuple[int, int] | None  # the pending one that it decides
    decided_by: int  # the entry that decided this one, 0 for none
    ledger: str
    kinds: frozenset[AccountKind]  # of its two accounts


@dataclass(frozen=True, slots=True)
class AskedCorrection:
    """A correction that was asked for, with the names of those two."""

    correction: Correction
    asked_by: str
    decided_by: str


@dataclass(frozen=True, slots=True)
class Whole:
    """An entry as its page shows it."""

    entry: Entry
    year: int
    item: Item
    moved: Sequence[Moved]
    actor: str
    approver: str
    undone_by: int
    corrections: Sequence[AskedCorrection]

    @property
    def asked(self) -> AskedCorrection | None:
        """The correction that waits for somebody to decide on it."""
        waits = (a for a in self.corrections if a.correction.state is CorrectionState.ASKED)
        return next(waits, None)


def entry_or_404(session: Session, viewer: Viewer, number: int) -> Entry:
    """Return an entry in the viewer's scope."""
    query = select(Entry).where(Entry.id == min(number, ID_MAX), seen(viewer, Wanted()))
    return session.scalar(query) or abort(404)


def correction_or_404(session: Session, viewer: Viewer, number: int) -> Correction:
    """Return a correction of an entry in the viewer's scope."""
    query = (
        select(Correction)
        .join(Entry, Entry.id == Correction.entry_id)
        .where(Correction.id == min(number, ID_MAX), seen(viewer, Wanted()))
    )
    return session.scalar(query) or abort(404)


def places_of(session: Session, entry: Entry) -> Sequence[Spot]:
    """Return all places that an entry is of: who corrects it holds the permission at each."""
    parties = select(EntryPlace.grid_path).where(EntryPlace.entry_id == entry.id)
    goods = (
        select(Goods.grid_path)
        .join(LedgerAccount, Goods.sku == func.substr(LedgerAccount.ledger, len(OF_GOODS) + 1))
        .join(Transfer, Transfer.debit_id == LedgerAccount.id)
        .where(Transfer.entry_id == entry.id)
    )
    return [Spot(path) for path in session.scalars(parties.union(goods))]


def waiting_corrections(session: Session, viewer: Viewer) -> Sequence[Correction]:
    """Return the corrections that wait for a second person where the viewer may be it."""
    return session.scalars(
        select(Correction)
        .join(Entry, Entry.id == Correction.entry_id)
        .where(Correction.state == CorrectionState.ASKED, seen(viewer, Wanted(), CORRECT))
        .order_by(Correction.id)
        .limit(WAITING_MAX)
    ).all()


def whole(session: Session, viewer: Viewer, entry: Entry) -> Whole:
    """Return all that is known of an entry."""
    actor, approver = aliased(Account), aliased(Account)
    undone = aliased(Entry)
    facts = session.execute(
        select(Period.year, actor.display_name, approver.display_name, undone.id)
        .select_from(Entry)
        .join(Period, Period.id == Entry.period_id)
        .outerjoin(actor, actor.id == Entry.actor_id)
        .outerjoin(approver, approver.id == Entry.approver_id)
        .outerjoin(undone, undone.reverses_id == Entry.id)
        .where(Entry.id == entry.id)
    ).one()
    return Whole(
        entry=entry,
        year=facts[0],
        item=items_of(session, viewer, [entry.id])[0],
        moved=_moved(session, entry),
        actor=facts[1] or "",
        approver=facts[2] or "",
        undone_by=facts[3] or 0,
        corrections=_corrections(session, entry),
    )


def _moved(session: Session, entry: Entry) -> list[Moved]:
    debit, credit = aliased(LedgerAccount), aliased(LedgerAccount)
    of, by = aliased(Transfer), aliased(Transfer)
    rows = session.execute(
        select(Transfer, debit, credit, of.entry_id, of.number, by.entry_id)
        .join(debit, debit.id == Transfer.debit_id)
        .join(credit, credit.id == Transfer.credit_id)
        .outerjoin(of, of.id == Transfer.of_id)
        .outerjoin(by, by.of_id == Transfer.id)
        .where(Transfer.entry_id == entry.id)
        .order_by(Transfer.number)
    )
    return [
        Moved(
            number=one.number,
            debit=debited.code,
            credit=credited.code,
            amount=one.amount,
            phase=one.phase,
            of=(of_entry, of_number) if of_entry else None,
            decided_by=decided_by or 0,
            ledger=debited.ledger,
            kinds=frozenset({debited.kind, credited.kind}),
        )
        for one, debited, credited, of_entry, of_number, decided_by in rows
    ]


def _corrections(session: Session, entry: Entry) -> list[AskedCorrection]:
    """Return what was asked about the entry itself, or led to it."""
    asker, decider = aliased(Account), aliased(Account)
    rows = session.execute(
        select(Correction, asker.display_name, decider.display_name)
        .join(asker, asker.id == Correction.asked_by)
        .outerjoin(decider, decider.id == Correction.decided_by)
        .where(
            (Correction.entry_id == entry.id)
            | (Correction.reversal_id == entry.id)
            | (Correction.replacement_id == entry.id)
        )
        .order_by(Correction.id)
    )
    return [AskedCorrection(one, asked, decided or "") for one, asked, decided in rows]


def may_be_corrected(found: Whole) -> bool:
    """Whether a correction can be asked for: it is posted, and neither is nor has one."""
    return (
        all(one.phase in {Phase.POSTED, Phase.POST} for one in found.moved)
        and found.entry.reverses_id is None
        and not found.undone_by
        and found.asked is None
    )


def is_of_one_amount(found: Whole) -> bool:
    """Whether it is one amount that a rule gave or took, which another one can put right."""
    return len(found.moved) == 1 and bool(found.moved[0].kinds & BY_RULE)
