"""Points of a year end on a day, where the year's plan says so."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.acts import Act
from intranet.points.models import (
    AccountKind,
    Entry,
    EntryKind,
    LedgerAccount,
    Settlement,
    SettlementState,
)
from intranet.points.operations.accounts import open_period, take_turn, taken_account
from intranet.points.operations.belonging import above, belonged_to, whereabouts
from intranet.points.operations.posting import Draft, Leg, post
from intranet.points.operations.reminding import tell_lapsed
from intranet.register.models import Party

IN_FORCE = (SettlementState.FINAL, SettlementState.CLOSED)


def expiries(session: Session, party_ids: Collection[int]) -> dict[int, dict[int, date]]:
    """Return of which years each party's points are none any more from which day on.

    By the plan of the community the year belongs to (``belonging.py``): moving away brings nothing
    back, and moving in takes nothing away.
    """
    where = whereabouts(session, party_ids)
    rows = session.execute(
        select(Settlement.grid_path, Settlement.year, Settlement.expires_on).where(
            Settlement.grid_path.in_(above(set().union(*(one.all for one in where.values())))),
            Settlement.state.in_(IN_FORCE),
            Settlement.expires_on.is_not(None),
        )
    ).all()
    return {
        party_id: {
            year: day for path, year, day in rows if day and one.at_end_of(year).startswith(path)
        }
        for party_id, one in where.items()
    }


def ending(session: Session, settlement: Settlement) -> list[LedgerAccount]:
    """Return the accounts of a settlement's year in which something is left, by party."""
    rows = session.scalars(
        select(LedgerAccount)
        .join(Party, Party.id == LedgerAccount.party_id)
        .where(
            LedgerAccount.kind == AccountKind.PARTY,
            LedgerAccount.year == settlement.year,
            belonged_to(settlement.grid_path, settlement.year),
        )
        .order_by(LedgerAccount.party_id)
        .execution_options(populate_existing=True)
    )
    return [one for one in rows if one.balance > 0]


def due_settlements(session: Session, *, day: date) -> list[Settlement]:
    """Return the year's ends in force whose points are none any more on a day."""
    return list(
        session.scalars(
            select(Settlement)
            .where(Settlement.state.in_(IN_FORCE), Settlement.expires_on <= day)
            .order_by(Settlement.year, Settlement.id)
        )
    )


def expire_points(session: Session, settlement: Settlement, *, at: datetime) -> int:
    """Take what is left of a year whose points have ended; return from how many accounts.

    An account something is held of waits for that to be decided. Run again it does nothing again:
    each entry is named by its account and day. Raises DomainError where today's year is closed.
    """
    take_turn(session)
    act = Act(None, at)
    assert settlement.expires_on is not None
    assert settlement.expires_on <= act.day
    open_period(session, year=act.day.year)
    gone = taken_account(session, kind=AccountKind.EXPIRED, year=act.day.year)
    done = points = 0
    for account in ending(session, settlement):
        key = f"expire:{account.code}:{act.day.isoformat()}"
        if account.debits_pending or session.scalar(select(Entry.id).where(Entry.key == key)):
            continue
        draft = Draft(
            key=key,
            kind=EntryKind.EXPIRE,
            legs=[Leg(account, gone, account.balance)],
            effective_on=act.day,
            event=f"settlement:{settlement.id}",
            note=f"Y{settlement.year}",
        )
        done, points = done + 1, points + account.balance
        post(session, draft, at=at)
        tell_lapsed(session, settlement, account, draft.legs[0].amount, at=at)
    if done:
        facts: dict[str, Any] = {"year": settlement.year, "accounts": done, "points": points}
        path = settlement.grid_path
        act.record(session, "points:year:expire", "settlement", settlement.id, path, **facts)
    return done
