"""What a party had, got and gave in a month or a year, entry by entry, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from flask import abort
from sqlalchemy import func, literal, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from intranet.access import Permission, Viewer, scope_condition
from intranet.points.models import (
    AccountKind,
    Correction,
    CorrectionReason,
    Dimension,
    Entry,
    EntryKind,
    LedgerAccount,
    Phase,
    Transfer,
)
from intranet.points.queries.ledger import ID_MAX
from intranet.register.models import Party, PartyKind

DONE = (Phase.POSTED, Phase.POST)
ROWS_MAX = 5000


class Heading(StrEnum):
    """Under which heading of a statement something stands."""

    PARTICIPATION = "participation"
    CONTRIBUTION = "contribution"
    SUPERVISION = "supervision"
    CORRECTED = "corrected"
    REDEEMED = "redeemed"
    DEDUCTED = "deducted"
    EXPIRED = "expired"


OF_DIMENSION = {one: Heading(one.value) for one in Dimension}
OF_KIND = {
    AccountKind.REDEEMED: Heading.REDEEMED,
    AccountKind.EXPIRED: Heading.EXPIRED,
    AccountKind.DEDUCTED: Heading.DEDUCTED,
}


@dataclass(frozen=True, slots=True)
class Whose:
    """The party of a statement, as its permission is asked."""

    party_id: int
    grid_path: str
    kind: PartyKind


@dataclass(frozen=True, slots=True)
class Moved:
    """One line of a statement."""

    entry_id: int
    day: date
    kind: EntryKind
    rule: str
    event: str
    heading: Heading
    amount: int  # what was got is positive
    reverses: int
    reason: CorrectionReason | None


@dataclass(slots=True)
class Statement:
    """A party's month or year."""

    whose: Whose
    since: date
    until: date
    opening: int
    moved: Sequence[Moved]
    pending: Sequence[Moved]  # in publicity or held when the time ended
    sums: dict[Heading, int] = field(default_factory=dict)

    @property
    def closing(self) -> int:
        """What it had at the end."""
        return self.opening + sum(one.amount for one in self.moved)


def whose_or_404(session: Session, viewer: Viewer, party_id: int) -> Whose:
    """Return the party of a statement, in the viewer's scope, home or team."""
    seen = scope_condition(Party.grid_path, viewer, Permission.POINTS_STATEMENT_VIEW)
    row = session.execute(
        select(Party.id, Party.grid_path, Party.kind).where(
            Party.id == min(party_id, ID_MAX), or_(seen, Party.id.in_(viewer.own_ids))
        )
    ).one_or_none()
    return Whose(row[0], row[1], row[2]) if row is not None else abort(404)


def span(year: int, month: int) -> tuple[date, date]:
    """Return the first and last day of a month, or with 0 of a year."""
    first = date(year, month or 1, 1)
    after = date(year + 1, 1, 1) if month in {0, 12} else date(year, month + 1, 1)
    return first, after - timedelta(days=1)


def statement(session: Session, whose: Whose, since: date, until: date) -> Statement:
    """Return what a party had and what it got and gave between two days; three queries."""
    moves = _moves(whose.party_id)
    before = select(func.coalesce(func.sum(moves.c.amount), 0)).where(
        moves.c.phase.in_(DONE), moves.c.effective_on < since
    )
    inside = moves.c.effective_on.between(since, until)
    moved = _lines(session, moves, moves.c.phase.in_(DONE), inside)
    return Statement(
        whose=whose,
        since=since,
        until=until,
        opening=int(session.scalar(before) or 0),
        moved=moved,
        pending=_lines(session, moves, *_waited(moves, until)),
        sums={one: sum(line.amount for line in moved if line.heading is one) for one in Heading},
    )


def _moves(party_id: int) -> Any:
    """Return all transfers from and to a party's accounts, what it got positive."""
    arms = []
    for sign, own_side, other_side in (
        (1, Transfer.credit_id, Transfer.debit_id),
        (-1, Transfer.debit_id, Transfer.credit_id),
    ):
        own, other = aliased(LedgerAccount), aliased(LedgerAccount)
        arms.append(
            select(
                Transfer.id,
                Transfer.entry_id,
                Transfer.phase,
                (literal(sign) * Transfer.amount).label("amount"),
                other.kind.label("other_kind"),
                other.dimension,
                Entry.effective_on,
                Entry.kind,
                Entry.rule_code,
                Entry.event,
                Entry.reverses_id,
            )
            .select_from(own)
            .join(Transfer, own_side == own.id)
            .join(other, other.id == other_side)
            .join(Entry, Entry.id == Transfer.entry_id)
            .where(own.party_id == party_id)
        )
    return union_all(*arms).subquery()


def _waited(moves: Any, until: date) -> Iterable[Any]:
    """Return the conditions of what was pending when a day ended."""
    by, decision = aliased(Transfer), aliased(Entry)
    decided = (
        select(by.id)
        .join(decision, decision.id == by.entry_id)
        .where(by.of_id == moves.c.id, decision.effective_on <= until)
        .exists()
    )
    return moves.c.phase == Phase.PENDING, moves.c.effective_on <= until, ~decided


def _lines(session: Session, moves: Any, *conditions: Any) -> list[Moved]:
    rows = session.execute(
        select(moves, Correction.reason)
        .outerjoin(Correction, Correction.reversal_id == moves.c.entry_id)
        .where(*conditions)
        .order_by(moves.c.effective_on, moves.c.entry_id, moves.c.id)
        .limit(ROWS_MAX)
    ).all()
    if len(rows) == ROWS_MAX:
        message = "a statement holds at most 5000 lines"
        raise ValueError(message)
    return [
        Moved(
            entry_id=row.entry_id,
            day=row.effective_on,
            kind=row.kind,
            rule=row.rule_code,
            event=row.event,
            heading=_heading(row),
            amount=row.amount,
            reverses=row.reverses_id or 0,
            reason=row.reason,
        )
        for row in rows
    ]


def _heading(row: Any) -> Heading:
    if row.reverses_id is not None:
        return Heading.CORRECTED
    if row.dimension is not None:
        return OF_DIMENSION[row.dimension]
    return OF_KIND[row.other_kind]
