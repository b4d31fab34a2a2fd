"""What the start page tells of points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from intranet.access import Permission, Viewer, allowed
from intranet.points.models import ClaimState
from intranet.points.queries.claims import counts
from intranet.points.queries.holdings import holdings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Today:
    """``waiting`` is None for whoever approves nothing, ``available`` for whom none belong to."""

    waiting: int | None
    disputed: int
    available: int | None


def today(session: Session, viewer: Viewer) -> Today:
    """Return what waits for the viewer, and what the viewer's home can spend."""
    approves = allowed(viewer, Permission.POINTS_CLAIM_APPROVE)
    found = counts(session, viewer) if approves else {}
    own = holdings(session, viewer.party_ids)
    return Today(
        found.get(ClaimState.SUBMITTED, 0) if approves else None,
        found.get(ClaimState.DISPUTED, 0),
        sum(one.available for one in own) if own else None,
    )
