"""What waits for somebody's work in the points room, counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from intranet.access import Permission, Viewer, allowed, scope_condition
from intranet.points.models import ClaimState, Settlement, SettlementState, YearObjection
from intranet.points.queries.claims import counts
from intranet.points.queries.entries import waiting_corrections
from intranet.points.queries.redeeming import waiting

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Waits:
    """Counts of what waits; None where it is not the viewer's to do."""

    claims: int | None = None
    disputed: int | None = None
    corrections: int | None = None
    goods: int | None = None
    years: int | None = None  # years' ends begun and not closed
    said: int | None = None  # objections to standings that nobody has decided

    @property
    def is_staffs(self) -> bool:
        """Whether any of it is the viewer's to do."""
        return self != Waits()


def waits(session: Session, viewer: Viewer) -> Waits:
    """Return what waits for the viewer's work, each where it may be done."""
    found = counts(session, viewer) if allowed(viewer, Permission.POINTS_CLAIM_APPROVE) else None
    decides = allowed(viewer, Permission.POINTS_OBJECTION_DECIDE)
    corrects = allowed(viewer, Permission.POINTS_ENTRY_CORRECT)
    hands = allowed(viewer, Permission.POINTS_GOODS_HAND)
    closes = allowed(viewer, Permission.POINTS_YEAR_CLOSE)
    return Waits(
        claims=None if found is None else found.get(ClaimState.SUBMITTED, 0),
        disputed=found.get(ClaimState.DISPUTED, 0) if found is not None and decides else None,
        corrections=len(waiting_corrections(session, viewer)) if corrects else None,
        goods=waiting(session, viewer)[1] if hands else None,
        years=_years(session, viewer) if closes else None,
        said=_said(session, viewer) if closes else None,
    )


def _years(session: Session, viewer: Viewer) -> int:
    wanted = select(func.count(Settlement.id)).where(
        scope_condition(Settlement.grid_path, viewer, Permission.POINTS_YEAR_CLOSE),
        Settlement.state != SettlementState.CLOSED,
    )
    return session.scalar(wanted) or 0


def _said(session: Session, viewer: Viewer) -> int:
    wanted = (
        select(func.count(YearObjection.id))
        .join(Settlement, Settlement.id == YearObjection.settlement_id)
        .where(
            scope_condition(Settlement.grid_path, viewer, Permission.POINTS_YEAR_CLOSE),
            YearObjection.decided_at.is_(None),
        )
    )
    return session.scalar(wanted) or 0
