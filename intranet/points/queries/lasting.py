"""Until when a party's points are good, year by year, and what of them has lapsed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from intranet.points.models import AccountKind, Entry, EntryKind, LedgerAccount, Phase, Transfer
from intranet.points.operations.expiring import expiries


@dataclass(frozen=True, slots=True)
class Lot:
    """What a party can spend of one year's points, or what it lost of them."""

    year: int
    points: int
    last_day: date | None  # on which they are good; None where no plan in force ends them
    is_gone: bool


def lots_of(session: Session, party_ids: Collection[int], *, day: date) -> dict[int, Sequence[Lot]]:
    """Return the lots of each party, the oldest year first; five queries."""
    if not party_ids:
        return {}
    ends = expiries(session, party_ids)
    found: dict[int, list[Lot]] = {party_id: [] for party_id in party_ids}
    for party_id, year, lapsed_on, points in _lapsed(session, party_ids):
        until = ends[party_id].get(year, lapsed_on) - timedelta(days=1)
        found[party_id].append(Lot(year, points, until, is_gone=True))
    accounts = session.scalars(
        select(LedgerAccount)
        .where(LedgerAccount.party_id.in_(party_ids), LedgerAccount.kind == AccountKind.PARTY)
        .execution_options(populate_existing=True)
    )
    for one in accounts:
        assert one.party_id is not None
        assert one.year is not None
        if one.available > 0:
            end = ends[one.party_id].get(one.year)
            last_day = end - timedelta(days=1) if end else None
            gone = end is not None and end <= day
            found[one.party_id].append(Lot(one.year, one.available, last_day, is_gone=gone))
    return {party_id: sorted(lots, key=_order) for party_id, lots in found.items()}


def _order(lot: Lot) -> tuple[int, bool]:
    return lot.year, lot.is_gone


def _lapsed(session: Session, party_ids: Collection[int]) -> Any:
    """Return party, year, day and how many points lapsed; what was corrected since did not."""
    own, undone = aliased(LedgerAccount), aliased(Entry)
    rows = session.execute(
        select(own.party_id, own.year, func.max(Entry.effective_on), func.sum(Transfer.amount))
        .join(Transfer, Transfer.debit_id == own.id)
        .join(Entry, Entry.id == Transfer.entry_id)
        .outerjoin(undone, undone.reverses_id == Entry.id)
        .where(
            own.party_id.in_(party_ids),
            own.kind == AccountKind.PARTY,
            Entry.kind == EntryKind.EXPIRE,
            Transfer.phase == Phase.POSTED,
            undone.id.is_(None),
        )
        .group_by(own.party_id, own.year)
    )
    return [(row[0], row[1], row[2], int(row[3])) for row in rows]
