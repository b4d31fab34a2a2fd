"""What was handed over without its code: for leaders to look through, and for the home."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from flask import abort
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from intranet.access import Permission, Viewer, scope_condition
from intranet.people.models import Account
from intranet.points.models import Goods, Handing, Redemption
from intranet.register.models import Party
from intranet.register.queries import masked_names

WAITING_MAX = 100
LOOKED_MAX = 30
ID_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Handed:
    """One handing, of what, to whom, and who did what about it."""

    handing: Handing
    redemption: Redemption
    goods: Goods
    party: Party
    name: str  # masked
    by: str  # who handed it over
    looked: str  # who looked at it; empty where nobody has yet


def handed(session: Session, viewer: Viewer) -> tuple[list[Handed], int, list[Handed]]:
    """Return what waits for a leader, objections and then the oldest first; how many; the rest.

    The rest is what was looked at last. At most WAITING_MAX and LOOKED_MAX.
    """
    mine, waits = _of_leader(viewer), Handing.looked_at.is_(None)
    first = (Handing.objected_at.is_(None), Handing.id)
    waiting = _handed().where(mine, waits).order_by(*first).limit(WAITING_MAX)
    looked = _handed().where(mine, Handing.looked_at.is_not(None))
    newest = looked.order_by(Handing.looked_at.desc(), Handing.id.desc()).limit(LOOKED_MAX)
    return (
        _named(session, viewer, waiting),
        count_handed(session, viewer),
        _named(session, viewer, newest),
    )


def count_handed(session: Session, viewer: Viewer) -> int:
    """Return how many wait for a leader to look at them."""
    wanted = (
        select(func.count(Handing.id))
        .join(Redemption, Redemption.id == Handing.redemption_id)
        .join(Goods, Goods.id == Redemption.goods_id)
        .where(Handing.looked_at.is_(None), _of_leader(viewer))
    )
    return session.scalar(wanted) or 0


def handing_or_404(session: Session, viewer: Viewer, handing_id: int) -> Handing:
    """Return a handing of goods of a community that the viewer leads."""
    found = session.scalar(
        select(Handing)
        .join(Redemption, Redemption.id == Handing.redemption_id)
        .join(Goods, Goods.id == Redemption.goods_id)
        .where(Handing.id == min(handing_id, ID_MAX), _of_leader(viewer))
    )
    return found or abort(404)


def own_handing_or_404(session: Session, viewer: Viewer, redemption_id: int) -> Handed:
    """Return what was handed over without the code to a party the viewer acts for."""
    is_own = Redemption.party_id.in_(viewer.party_ids)
    wanted = _handed().where(Redemption.id == min(redemption_id, ID_MAX), is_own)
    found = _named(session, viewer, wanted)
    return found[0] if found else abort(404)


def without_code(session: Session, redemption_ids: Collection[int]) -> set[int]:
    """Return which of some redemptions were handed over without their code."""
    of = select(Handing.redemption_id).where(Handing.redemption_id.in_(redemption_ids))
    return set(session.scalars(of))


def _of_leader(viewer: Viewer) -> Any:
    return scope_condition(Goods.grid_path, viewer, Permission.POINTS_OBJECTION_DECIDE)


def _handed() -> Any:
    hand, look = aliased(Account), aliased(Account)
    return (
        select(Handing, Redemption, Goods, Party, hand.display_name, look.display_name)
        .join(Redemption, Redemption.id == Handing.redemption_id)
        .join(Goods, Goods.id == Redemption.goods_id)
        .join(Party, Party.id == Redemption.party_id)
        .outerjoin(hand, hand.id == Redemption.done_by)
        .outerjoin(look, look.id == Handing.looked_by)
        .execution_options(populate_existing=True)
    )


def _named(session: Session, viewer: Viewer, wanted: Any) -> list[Handed]:
    rows = session.execute(wanted).all()
    names = masked_names(session, viewer, {row.Party.id for row in rows})
    return [
        Handed(one, redemption, goods, party, names[party.id], by or "", looked or "")
        for one, redemption, goods, party, by, looked in rows
    ]
