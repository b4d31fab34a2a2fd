"""Who has asked for what: one's own, what waits at the desk, and what a code belongs to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intranet.access import Permission, Viewer, scope_condition
from intranet.points.models import (
    AccountKind,
    Goods,
    LedgerAccount,
    Redemption,
    RedemptionState,
)
from intranet.points.operations.expiring import expiries
from intranet.points.operations.redeeming import is_code
from intranet.register.models import Party, PartyKind
from intranet.register.queries import masked_names

WAITING_MAX = 200
SHOWN_MAX = 30
ID_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Mine:
    """A party the viewer acts for, and what it can spend today."""

    id: int
    kind: PartyKind
    grid_path: str
    name: str  # masked
    points: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for, of which goods, by whom."""

    redemption: Redemption
    goods: Goods
    party: Party
    name: str  # masked


def mine(session: Session, viewer: Viewer, *, day: date) -> list[Mine]:
    """Return whom the viewer can redeem for, those with most points first.

    For a team that is its micro-grid member alone. A person whose household has the points is left
    out, unless some are the person's own.
    """
    parties = session.scalars(
        select(Party).where(Party.id.in_(viewer.purse_ids), Party.left_at.is_(None))
    ).all()
    names = masked_names(session, viewer, [one.id for one in parties])
    points = spendable(session, parties, day=day)
    found = [
        Mine(one.id, one.kind, one.grid_path, names[one.id], points[one.id]) for one in parties
    ]
    is_alone = len(found) == 1
    found = [one for one in found if is_alone or one.points or one.kind is not PartyKind.PERSON]
    return sorted(found, key=lambda one: (-one.points, one.id))


def spendable(session: Session, parties: Sequence[Party], *, day: date) -> dict[int, int]:
    """Return what each of some parties can spend on a day."""
    ends = expiries(session, [one.id for one in parties])
    gone = {
        (party_id, year)
        for party_id, years in ends.items()
        for year, until in years.items()
        if until <= day
    }
    found = {one.id: 0 for one in parties}
    accounts = session.scalars(
        select(LedgerAccount)
        .where(LedgerAccount.party_id.in_(found), LedgerAccount.kind == AccountKind.PARTY)
        .execution_options(populate_existing=True)
    )
    for account in accounts:
        assert account.party_id is not None
        if (account.party_id, account.year) not in gone:
            found[account.party_id] += account.available
    return found


def asked_by(session: Session, viewer: Viewer, party_ids: Collection[int]) -> list[Asked]:
    """Return what parties have asked for: what waits first, then the newest; two queries."""
    wanted = (
        _asked()
        .where(Redemption.party_id.in_(party_ids))
        .order_by(Redemption.state != RedemptionState.HELD, Redemption.id.desc())
        .limit(SHOWN_MAX)
    )
    return _named(session, viewer, wanted)


def waiting(session: Session, viewer: Viewer) -> tuple[list[Asked], int]:
    """Return what waits at the viewer's desk, the first to end first, and how many in all."""
    held = (Redemption.state == RedemptionState.HELD, _at_desk(viewer))
    wanted = _asked().where(*held).order_by(Redemption.expires_at, Redemption.id)
    total = session.scalar(
        select(func.count(Redemption.id)).join(Party, Party.id == Redemption.party_id).where(*held)
    )
    return _named(session, viewer, wanted.limit(WAITING_MAX)), total or 0


def at_desk_or_404(session: Session, viewer: Viewer, redemption_id: int) -> Asked:
    """Return a redemption by a party for whom the viewer hands over."""
    wanted = _asked().where(Redemption.id == min(redemption_id, ID_MAX), _at_desk(viewer))
    found = _named(session, viewer, wanted)
    return found[0] if found else abort(404)


def own_or_404(session: Session, viewer: Viewer, redemption_id: int) -> Redemption:
    """Return a redemption of a party the viewer acts for."""
    found = session.scalar(
        select(Redemption).where(
            Redemption.id == min(redemption_id, ID_MAX), Redemption.party_id.in_(viewer.purse_ids)
        )
    )
    return found or abort(404)


def of_code(session: Session, viewer: Viewer, code: str) -> Asked | None:
    """Return what waits at the viewer's desk under a code."""
    held = session.scalars(
        select(Redemption)
        .join(Party, Party.id == Redemption.party_id)
        .where(Redemption.state == RedemptionState.HELD, _at_desk(viewer))
    )
    found = next((one.id for one in held if is_code(one, code)), None)
    return at_desk_or_404(session, viewer, found) if found is not None else None


def at_counter_or_404(session: Session, viewer: Viewer, party_id: int) -> Party:
    """Return a party for whom the viewer may hand over at once."""
    found = session.scalar(
        select(Party).where(
            Party.id == min(party_id, ID_MAX), Party.left_at.is_(None), _at_desk(viewer)
        )
    )
    return found or abort(404)


def _at_desk(viewer: Viewer) -> Any:
    return scope_condition(Party.grid_path, viewer, Permission.POINTS_GOODS_HAND)


def _asked() -> Any:
    return (
        select(Redemption, Goods, Party)
        .join(Goods, Goods.id == Redemption.goods_id)
        .join(Party, Party.id == Redemption.party_id)
        .execution_options(populate_existing=True)
    )


def _named(session: Session, viewer: Viewer, wanted: Any) -> list[Asked]:
    rows: Iterable[Any] = session.execute(wanted).all()
    names = masked_names(session, viewer, {party.id for _one, _goods, party in rows})
    return [Asked(one, goods, party, names[party.id]) for one, goods, party in rows]
