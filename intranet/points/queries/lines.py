"""The entries of a page as they are shown: what moved for whom, what became of it, folded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from intranet.access import Viewer
from intranet.points.models import (
    AccountKind,
    Correction,
    CorrectionReason,
    Dimension,
    Entry,
    EntryKind,
    EntryPlace,
    LedgerAccount,
    Phase,
    Transfer,
)
from intranet.points.queries.ledger import LedgerState, Place, Wanted, paths_of, placed

SHOWN_PARTIES = 3
DONE = frozenset({Phase.POSTED, Phase.POST})


@dataclass(slots=True)
class Line:
    """One entry. Points are counted for the parties that are shown: what they got is positive."""

    id: int
    day: date
    kind: EntryKind
    rule: str
    event: str
    note: str
    hash: str
    state: LedgerState = LedgerState.POSTED
    posted: int = 0
    waiting: int = 0  # pending, or what was
    dimensions: set[Dimension] = field(default_factory=set)
    goods: dict[str, int] = field(default_factory=dict)  # by code
    parties: list[int] = field(default_factory=list)
    grids: list[str] = field(default_factory=list)
    elsewhere: int = 0  # parties outside the viewer's grids
    decides: int = 0  # the entry whose pending transfers this one decides
    decided_by: int = 0
    reverses: int = 0
    balance: int | None = None  # of the party that is asked for, after this


@dataclass(slots=True)
class Item:
    """One item of the list: an entry, or a correction with all that belongs to it."""

    line: Line
    wrong: Line | None = None
    anew: Line | None = None
    reason: CorrectionReason | None = None

    @property
    def rows(self) -> list[Line]:
        """The three rows of a correction in the order in which they were entered."""
        folded = [one for one in (self.wrong, self.anew, self.line) if one is not None]
        return sorted(folded, key=lambda one: one.id) if self.wrong else []

    @property
    def posted(self) -> int:
        """What is left of it: of a correction, what its rows come to together."""
        return sum(one.posted for one in self.rows or [self.line])


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """One page of the ledger."""

    items: Sequence[Item]
    after: str

    @property
    def lines(self) -> list[Line]:
        """All lines, those folded too."""
        return [one for item in self.items for one in (item.rows or [item.line])]


def ledger(
    session: Session, viewer: Viewer, wanted: Wanted, *, after: str = "", rows_max: int
) -> LedgerPage:
    """Return one page of the ledger; a fixed number of queries."""
    found = placed(session, viewer, wanted, after=after, rows_max=rows_max)
    items = items_of(session, viewer, found.ids, party_id=wanted.party_id)
    if wanted.is_of_one_party:
        _balance(session, wanted, items, found)
    return LedgerPage(items, found.after)


def items_of(
    session: Session, viewer: Viewer, ids: Sequence[int], *, party_id: int = 0
) -> list[Item]:
    """Return entries as items, in the order asked for; three queries."""
    folded = _folded(session, ids)
    lines = lines_of(session, viewer, _together(ids, folded.values()), party_id=party_id)
    items = []
    for number in ids:
        item = Item(lines[number])
        if item.line.reverses:
            reason, anew = folded.get(number, (None, None))[1:]
            item.wrong, item.reason = lines[item.line.reverses], reason
            item.wrong.state = LedgerState.CORRECTED
            item.anew = lines[anew] if anew else None
            item.line.state = LedgerState.CORRECTED
        items.append(item)
    return items


def _folded(session: Session, ids: Sequence[int]) -> dict[int, tuple[Any, ...]]:
    """Return what each correction corrects, why, and what was entered in its place."""
    rows = session.execute(
        select(Entry.id, Entry.reverses_id, Correction.reason, Correction.replacement_id)
        .outerjoin(Correction, Correction.reversal_id == Entry.id)
        .where(Entry.id.in_(ids), Entry.reverses_id.is_not(None))
    )
    return {row[0]: tuple(row[1:]) for row in rows}


def _together(ids: Sequence[int], folded: Iterable[tuple[Any, ...]]) -> set[int]:
    return {*ids, *(one for wrong, _, anew in folded for one in (wrong, anew) if one)}


def lines_of(
    session: Session, viewer: Viewer, ids: Iterable[int], *, party_id: int = 0
) -> dict[int, Line]:
    """Return entries as lines, by number; two queries."""
    wanted, lines = set(ids), dict[int, Line]()
    undone = aliased(Entry)
    columns = ("id", "effective_on", "kind", "rule_code", "event", "note", "hash", "reverses_id")
    for row in session.execute(
        select(*(getattr(Entry, name) for name in columns), undone.id.label("undone_by"))
        .outerjoin(undone, undone.reverses_id == Entry.id)
        .where(Entry.id.in_(wanted))
    ):
        line = Line(
            id=row.id,
            day=row.effective_on,
            kind=row.kind,
            rule=row.rule_code,
            event=row.event,
            note=row.note,
            hash=row.hash,
            reverses=row.reverses_id or 0,
        )
        if row.undone_by or row.reverses_id:
            line.state = LedgerState.CORRECTED
        lines[row.id] = line
    paths = paths_of(viewer)
    for row in _transfers(session, wanted):
        _add(lines[row.entry_id], row, paths, party_id)
    return lines


def _transfers(session: Session, ids: set[int]) -> Any:
    """Yield the transfers of entries with both accounts, places, and what decided them."""
    debit, credit = aliased(LedgerAccount), aliased(LedgerAccount)
    of, by, place = aliased(Transfer), aliased(Transfer), EntryPlace
    return session.execute(
        select(
            Transfer.entry_id,
            Transfer.amount,
            Transfer.phase,
            debit.ledger,
            debit.kind.label("debit_kind"),
            func.coalesce(debit.dimension, credit.dimension).label("dimension"),
            debit.party_id.label("debit_party"),
            credit.party_id.label("credit_party"),
            of.entry_id.label("decides"),
            by.entry_id.label("decided_by"),
            by.phase.label("decision"),
            place.grid_path,
        )
        .join(debit, debit.id == Transfer.debit_id)
        .join(credit, credit.id == Transfer.credit_id)
        .outerjoin(of, of.id == Transfer.of_id)
        .outerjoin(by, by.of_id == Transfer.id)
        .outerjoin(
            place,
            (place.entry_id == Transfer.entry_id)
            & (place.party_id == func.coalesce(credit.party_id, debit.party_id)),
        )
        .where(Transfer.entry_id.in_(ids))
        .order_by(Transfer.entry_id, Transfer.number)
    )


def _add(line: Line, row: Any, paths: Sequence[str], party_id: int) -> None:
    """Add a transfer to its entry's line; of points only what the asked party's are."""
    line.decides = line.decides or row.decides or 0
    line.decided_by = line.decided_by or row.decided_by or 0
    if row.phase is Phase.PENDING and line.state is not LedgerState.CORRECTED:
        line.state = {
            None: LedgerState.WAITING,
            Phase.VOID: LedgerState.LET_GO,
            Phase.POST: LedgerState.POSTED,
        }[row.decision]
    if row.phase is Phase.VOID:
        line.state = LedgerState.LET_GO
    party = row.credit_party or row.debit_party
    if party is None:
        _add_goods(line, row)
        return
    if party_id and party_id not in {row.credit_party, row.debit_party}:
        return
    if not any((row.grid_path or "").startswith(path) for path in paths):
        line.elsewhere += 1
        return
    if party not in line.parties:
        line.parties.append(party)
        line.grids.append(row.grid_path)
    amount = row.amount if row.credit_party else -row.amount
    if row.phase in DONE:
        line.posted += amount
    else:
        line.waiting += amount
    if row.dimension is not None:
        line.dimensions.add(Dimension(row.dimension))


def _add_goods(line: Line, row: Any) -> None:
    """Note goods: what came to the shelf is positive, what left it negative."""
    code = row.ledger.partition(":")[2]
    if code and row.phase is not Phase.VOID:
        came = row.amount if row.debit_kind is AccountKind.STOCK else -row.amount
        line.goods[code] = line.goods.get(code, 0) + came


def _balance(session: Session, wanted: Wanted, items: list[Item], found: Place) -> None:
    """Tell what the party had after each item, a correction taken as one: from the newest down.

    Begins with all that is posted up to the newest item; of what was corrected later nothing.
    """
    if not found.ids:
        return
    own, undone = aliased(LedgerAccount), aliased(Entry)
    total = 0
    for sign, side in ((1, Transfer.credit_id), (-1, Transfer.debit_id)):
        summed = (
            select(func.coalesce(func.sum(Transfer.amount), 0))
            .select_from(own)
            .join(Transfer, side == own.id)
            .outerjoin(undone, undone.reverses_id == Transfer.entry_id)
            .where(own.party_id == wanted.party_id, Transfer.phase.in_(DONE))
            .where(Transfer.entry_id <= found.ids[0])
            .where(or_(undone.id.is_(None), undone.id <= found.ids[0]))
        )
        total += sign * int(session.scalar(summed) or 0)
    for item in items:
        item.line.balance = total
        total -= item.posted
