"""Accounts and years, made when they are first needed."""

from __future__ import annotations

from datetime import date

from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session

from intranet.errors import DomainError
from intranet.points.models import AccountKind, Dimension, LedgerAccount, Period, PeriodState, Side
from intranet.points.models.account import GOODS, code_of
from intranet.points.models.guards import LEDGER_LOCK

POINTS = "points"
TURN = "points_turn"  # the transaction that holds the lock, in the session's notes
_LOCK = text("SELECT pg_advisory_xact_lock(:key)")
_BY_CODE = (
    select(LedgerAccount)
    .where(LedgerAccount.code == bindparam("code"))
    .execution_options(populate_existing=True)
)


def take_turn(session: Session) -> None:
    """Wait until no other transaction writes in the ledger: its chain has one order.

    Asked once a transaction. What is taken after a savepoint is given back when that is rolled
    back, and therefore asked anew.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    if session.info.get(TURN) is not None and session.info[TURN] is session.get_transaction():
        return
    session.execute(_LOCK, {"key": LEDGER_LOCK})
    session.info[TURN] = None if session.in_nested_transaction() else session.get_transaction()


def open_period(session: Session, *, year: int) -> Period:
    """Return a calendar year, made when it is the first or the one after the newest.

    Raises DomainError for any other that is not there yet.
    """
    take_turn(session)
    found = session.scalar(select(Period).where(Period.year == year))
    if found is not None:
        return found
    newest = session.scalar(select(Period.year).order_by(Period.year.desc()).limit(1))
    if newest is not None and year != newest + 1:
        raise DomainError(
            "The years of the ledger follow each other; the newest is %(year)s", year=newest
        )
    period = Period(
        year=year,
        starts_on=date(year, 1, 1),
        ends_on=date(year, 12, 31),
        state=PeriodState.OPEN,
        last_entry_id=0,
    )
    session.add(period)
    session.flush()
    return period


def party_account(session: Session, *, party_id: int, year: int) -> LedgerAccount:
    """Return the account of the points that a party earned in a year."""
    return _account(
        session,
        code=code_of(AccountKind.PARTY, party_id=party_id, year=year),
        ledger=POINTS,
        kind=AccountKind.PARTY,
        side=Side.CREDIT,
        party_id=party_id,
        year=year,
        floor=0,
    )


def issued_account(session: Session, *, year: int, dimension: Dimension) -> LedgerAccount:
    """Return the account from which a year's points of a dimension come; it falls below zero."""
    return _account(
        session,
        code=code_of(AccountKind.ISSUED, year=year, dimension=dimension),
        ledger=POINTS,
        kind=AccountKind.ISSUED,
        side=Side.CREDIT,
        year=year,
        dimension=dimension,
    )


def taken_account(session: Session, *, kind: AccountKind, year: int) -> LedgerAccount:
    """Return the account to which a year's redeemed, expired or deducted points go."""
    return _account(
        session,
        code=code_of(kind, year=year),
        ledger=POINTS,
        kind=kind,
        side=Side.CREDIT,
        year=year,
        floor=0,
    )


def goods_account(session: Session, *, kind: AccountKind, sku: str) -> LedgerAccount:
    """Return an account of one kind of goods, each a ledger of its own."""
    _root, side, floor = GOODS[kind]
    return _account(
        session,
        code=code_of(kind, sku=sku),
        ledger=f"goods:{sku}",
        kind=kind,
        side=side,
        floor=floor,
    )


def _account(session: Session, *, code: str, **facts: object) -> LedgerAccount:
    take_turn(session)
    found = session.scalar(_BY_CODE, {"code": code})
    if found is None:
        found = LedgerAccount(
            code=code,
            **facts,
            debits_posted=0,
            credits_posted=0,
            debits_pending=0,
            credits_pending=0,
        )
        session.add(found)
        session.flush()
    return found
