"""What the start page tells of points."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from intranet.access import Permission, Viewer, allowed
from intranet.points.models import Anchor, ClaimState, Entry
from intranet.points.queries.claims import counts
from intranet.points.queries.holdings import holdings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

HEAD_EVERY = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Today:
    """``waiting`` is None for whoever approves nothing, ``available`` for whom none belong to.

    ``is_head_due``: the ledger's head was not made public for a month, and there are new entries.
    """

    waiting: int | None
    disputed: int
    available: int | None
    is_head_due: bool


def today(session: Session, viewer: Viewer, *, at: datetime) -> Today:
    """Return what waits for the viewer, and what the viewer's home can spend."""
    approves = allowed(viewer, Permission.POINTS_CLAIM_APPROVE)
    found = counts(session, viewer) if approves else {}
    own = holdings(session, viewer.party_ids)
    return Today(
        found.get(ClaimState.SUBMITTED, 0) if approves else None,
        found.get(ClaimState.DISPUTED, 0),
        sum(one.available for one in own) if own else None,
        allowed(viewer, Permission.POINTS_HEAD_PUBLISH) and is_head_due(session, at=at),
    )


def is_head_due(session: Session, *, at: datetime) -> bool:
    """Tell whether entries wait longer than a month for a head above them to be made public."""
    public = session.scalar(select(func.max(Anchor.entry_id))) or 0
    first = select(Entry.recorded_at).where(Entry.id == public + 1)
    since = session.scalar(first)
    return since is not None and since < at - HEAD_EVERY
