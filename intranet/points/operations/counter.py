"""Goods held and handed over in one act, to somebody without a phone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.errors import InputError
from intranet.points.models import Goods, Redemption
from intranet.points.operations.handing import check_not_own
from intranet.points.operations.redeeming import Seen, collect, hold
from intranet.register.models import Party


def hand_at_counter(
    session: Session,
    *,
    actor: Viewer,
    party: Party,
    goods: Goods,
    quantity: int,
    reason: str,
    key: str,
    at: datetime,
    seen: Seen | None = None,
    address: str = "",
) -> Redemption:
    """Hold goods and hand them over in one act, to somebody without a phone.

    ``reason`` is how it is known who it is. Raises InputError without one, and what ``hold`` and
    ``collect`` raise: for the actor's own home, above all.
    """
    if not reason:
        raise InputError("Say why", "reason")
    check_not_own(session, actor, party.id)
    made = hold(
        session,
        actor=actor,
        party=party,
        goods=goods,
        quantity=quantity,
        key=key,
        at=at,
        seen=seen,
        address=address,
    )
    collect(session, made, actor=actor, at=at, reason=reason, address=address)
    return made
