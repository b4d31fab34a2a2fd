"""Gatherings that are to be undone in the ledger, and wait for a second person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from intranet.people.models import Account
from intranet.points.models import Correction, CorrectionReason, CorrectionState, Gathering

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class AskedUndoing:
    """What one person asked for at one time, and how many entries of it still wait."""

    reason: CorrectionReason
    words: str
    asked_by: int
    name: str
    asked_at: datetime
    entries: int


def asked_undoings(session: Session, gathering: Gathering) -> Sequence[AskedUndoing]:
    """Return what waits for a second person of a gathering, the oldest first."""
    what = (
        *(Correction.reason, Correction.words, Correction.asked_by),
        *(Account.display_name, Correction.asked_at),
    )
    rows = session.execute(
        select(*what, func.count())
        .join(Account, Account.id == Correction.asked_by)
        .where(Correction.gathering_id == gathering.id, Correction.state == CorrectionState.ASKED)
        .group_by(*what)
        .order_by(Correction.asked_at)
    )
    return [AskedUndoing(*row) for row in rows]
