"""What a party has, earned and spent, told from the ledger."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import aliased

from intranet.points.models import AccountKind, Dimension, LedgerAccount, Phase, Transfer

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(slots=True)
class Holdings:
    """One party's points: ``earned`` is by year and dimension, whatever was spent of it since."""

    party_id: int
    accounts: list[LedgerAccount] = field(default_factory=list)
    earned: dict[int, dict[Dimension, int]] = field(default_factory=dict)
    pending: int = 0  # in publicity: nobody's yet

    @property
    def available(self) -> int:
        """What can be spent now, of all years."""
        return sum(one.available for one in self.accounts)

    @property
    def held(self) -> int:
        """What is kept aside for goods."""
        return sum(one.debits_pending for one in self.accounts)

    def in_year(self, year: int) -> int:
        """Return what was earned in a year, of all dimensions."""
        return sum(self.earned.get(year, {}).values())


def holdings(session: Session, party_ids: Collection[int]) -> Sequence[Holdings]:
    """Return the holdings of each party, in two queries; one that has nothing has zeros."""
    found = {party_id: Holdings(party_id) for party_id in sorted(party_ids)}
    if not found:
        return []
    accounts = session.scalars(
        select(LedgerAccount)
        .where(LedgerAccount.party_id.in_(found), LedgerAccount.kind == AccountKind.PARTY)
        .order_by(LedgerAccount.party_id, LedgerAccount.year)
    )
    for one in accounts:
        assert one.party_id is not None
        found[one.party_id].accounts.append(one)
        found[one.party_id].pending += one.credits_pending
    for party_id, year, dimension, points in _earned(session, found):
        found[party_id].earned.setdefault(year, {})[dimension] = points
    return list(found.values())


def _earned(
    session: Session, party_ids: Collection[int]
) -> Sequence[tuple[int, int, Dimension, int]]:
    """Sum what came from the accounts of what was issued, less what went back there."""
    own, other = aliased(LedgerAccount), aliased(LedgerAccount)

    def moved(own_id: Any, other_id: Any, amount: Any) -> Any:
        return (
            select(own.party_id, other.year, other.dimension, amount.label("points"))
            .select_from(own)
            .join(Transfer, own_id == own.id)
            .join(other, other.id == other_id)
            .where(
                own.party_id.in_(party_ids),
                other.kind == AccountKind.ISSUED,
                Transfer.phase.in_((Phase.POSTED, Phase.POST)),
            )
        )

    both = union_all(
        moved(Transfer.credit_id, Transfer.debit_id, Transfer.amount),
        moved(Transfer.debit_id, Transfer.credit_id, -Transfer.amount),
    ).subquery()
    columns = (both.c.party_id, both.c.year, both.c.dimension)
    rows = session.execute(select(*columns, func.sum(both.c.points)).group_by(*columns))
    return [(party, year, dimension, int(points)) for party, year, dimension, points in rows]
