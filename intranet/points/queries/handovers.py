"""Goods of honours: who has collected theirs and who has not, where the viewer hands over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort
from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session

from intranet.access import Permission, Viewer, scope_condition
from intranet.people.models import Account
from intranet.points.models import Award, Entry, Goods, Handover, Honour, Settlement
from intranet.register.models import Party

ID_MAX = 2**31 - 1
ROWS_MAX = 2000
YEARS_MAX = 20


@dataclass(frozen=True, slots=True)
class ToHand:
    """Goods of one honour, and whether they were collected."""

    award: Award
    honour: Honour
    goods: Goods
    party: Party
    handover: Handover | None
    handed_by: str


@dataclass(frozen=True, slots=True)
class HandingList:
    """One year's end with goods to be collected, and of how many honours they still wait."""

    settlement: Settlement
    waiting: int


def awaiting() -> Any:
    """Return how many pieces of ``Goods`` were awarded and not collected, for a query of goods."""
    return (
        select(func.coalesce(func.sum(Honour.quantity), 0))
        .join(Award, Award.honour_id == Honour.id)
        .where(Honour.goods_id == Goods.id, *_given(), ~_is_handed())
        .correlate(Goods)
        .scalar_subquery()
    )


def handing_lists(session: Session, viewer: Viewer) -> Sequence[HandingList]:
    """Return the year's ends of which goods still wait where the viewer hands over; one query."""
    rows = session.execute(
        select(Settlement, func.count(Award.id))
        .join(Award, Award.settlement_id == Settlement.id)
        .join(Party, Party.id == Award.party_id)
        .where(*_given(), ~_is_handed(), _at_desk(viewer))
        .group_by(Settlement.id)
        .order_by(Settlement.year.desc(), Settlement.id)
        .limit(YEARS_MAX)
    )
    return [HandingList(row[0], row[1]) for row in rows]


def to_hand_or_404(session: Session, viewer: Viewer, settlement_id: int) -> list[ToHand]:
    """Return the goods of a year's honours, by certificate; 404 where the viewer has none of it."""
    found = _to_hand(session, viewer, Award.settlement_id == min(settlement_id, ID_MAX))
    return found or abort(404)


def one_to_hand_or_404(session: Session, viewer: Viewer, award_id: int) -> ToHand:
    """Return the goods of one honour of a party for whom the viewer hands over."""
    found = _to_hand(session, viewer, Award.id == min(award_id, ID_MAX))
    return found[0] if found else abort(404)


def _to_hand(session: Session, viewer: Viewer, condition: Any) -> list[ToHand]:
    standing = and_(Handover.award_id == Award.id, Handover.taken_back_at.is_(None))
    rows = session.execute(
        select(Award, Honour, Goods, Party, Handover, Account.display_name)
        .join(Honour, Honour.id == Award.honour_id)
        .join(Goods, Goods.id == Honour.goods_id)
        .join(Party, Party.id == Award.party_id)
        .outerjoin(Handover, standing)
        .outerjoin(Account, Account.id == Handover.handed_by)
        .where(condition, *_given(), _at_desk(viewer))
        .order_by(Award.number)
        .limit(ROWS_MAX)
        .execution_options(populate_existing=True)
    )
    return [ToHand(*row[:5], row[5] or "") for row in rows]


def _given() -> list[Any]:
    """Return the conditions that goods went with an award, and that was not corrected since."""
    undone = select(Entry.reverses_id).where(Entry.reverses_id.is_not(None))
    return [Award.entry_id.is_not(None), Award.entry_id.not_in(undone)]


def _is_handed() -> Any:
    return exists().where(Handover.award_id == Award.id, Handover.taken_back_at.is_(None))


def _at_desk(viewer: Viewer) -> Any:
    return scope_condition(Party.grid_path, viewer, Permission.POINTS_GOODS_HAND)
