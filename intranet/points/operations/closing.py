"""A year is closed in order and its trial balance frozen; heads of the chain are made public."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.errors import DomainError, InputError
from intranet.points.models import (
    Anchor,
    AnchorRoot,
    Entry,
    LedgerAccount,
    Period,
    PeriodState,
    PeriodStep,
    PeriodVerb,
    Transfer,
)
from intranet.points.models.words import canonical, sha256_of
from intranet.points.operations.accounts import take_turn
from intranet.points.operations.posting import head as newest_head

PLACE_MAX = 100


def close_period(
    session: Session, period: Period, *, actor_id: int, confirmed_by: int, at: datetime
) -> Period:
    """Close a year and freeze its trial balance; whoever confirms is another person.

    Raises DomainError where an older year is open, something is still pending, it is closed
    already, or one person alone would close it.
    """
    take_turn(session)
    session.refresh(period)
    if actor_id == confirmed_by:
        raise DomainError("Somebody else has to confirm it")
    if period.state is not PeriodState.OPEN:
        raise DomainError("The year is closed already")
    older = select(Period.id).where(Period.year < period.year, Period.state == PeriodState.OPEN)
    if session.scalar(older.limit(1)) is not None:
        raise DomainError("An older year is still open; the years are closed in order")
    if _pending_of(session, period):
        raise DomainError("Something of this year is still pending")
    rows = trial_balance(session)
    number, frozen = newest_head(session)[0], sha256_of(rows)
    people = {"actor_id": actor_id, "confirmed_by": confirmed_by}
    session.add(_step(period, PeriodVerb.CLOSE, last=number, frozen=frozen, at=at, people=people))
    session.flush()
    period.state = PeriodState.CLOSED
    period.closed_at, period.closed_by, period.confirmed_by = at, actor_id, confirmed_by
    period.balances, period.balances_sha256 = canonical(rows).decode(), frozen
    period.last_entry_id = number
    session.flush()
    return period


def reopen_period(
    session: Session, period: Period, *, actor_id: int, confirmed_by: int, at: datetime
) -> Period:
    """Open the newest closed year again; two persons do it, and the caller writes down why.

    Raises DomainError for any other year, or one person alone.
    """
    take_turn(session)
    session.refresh(period)
    if actor_id == confirmed_by:
        raise DomainError("Somebody else has to confirm it")
    newest = select(Period.id).where(Period.state == PeriodState.CLOSED)
    if session.scalar(newest.order_by(Period.year.desc()).limit(1)) != period.id:
        raise DomainError("Only the year closed last can be opened again")
    people = {"actor_id": actor_id, "confirmed_by": confirmed_by}
    last, frozen = period.last_entry_id, period.balances_sha256
    session.add(_step(period, PeriodVerb.REOPEN, last=last, frozen=frozen, at=at, people=people))
    session.flush()
    period.state = PeriodState.OPEN
    period.closed_at = period.closed_by = period.confirmed_by = None
    period.balances = period.balances_sha256 = ""
    period.last_entry_id = 0
    session.flush()
    return period


def _step(
    period: Period,
    verb: PeriodVerb,
    *,
    last: int,
    frozen: str,
    at: datetime,
    people: dict[str, int],
) -> PeriodStep:
    return PeriodStep(
        period_id=period.id, verb=verb, at=at, last_entry_id=last, balances_sha256=frozen, **people
    )


class Root(NamedTuple):
    """The root over a year's entries, and how many those are."""

    year: int
    size: int
    root: str


def anchor(
    session: Session,
    *,
    place: str,
    actor_id: int | None,
    at: datetime,
    head: tuple[int, str] | None = None,
    roots: Iterable[Root] = (),
) -> Anchor:
    """Note where a head of the chain was made public, the newest one where none is named.

    ``roots`` are printed beside it. Raises InputError without a place, DomainError while there is
    no entry.
    """
    take_turn(session)
    tidy = " ".join(place.split())
    if not 0 < len(tidy) <= PLACE_MAX:
        raise InputError("Where is it made public?", "place")
    number, digest = head or newest_head(session)
    if not number:
        raise DomainError("There is no entry yet")
    made = Anchor(entry_id=number, hash=digest, place=tidy, at=at, by=actor_id)
    session.add(made)
    session.flush()
    session.add_all(AnchorRoot(anchor_id=made.id, **one._asdict()) for one in roots)
    session.flush()
    return made


def trial_balance(session: Session) -> list[list[object]]:
    """Return code and the four totals of every account that ever moved, by code."""
    rows = session.execute(
        select(
            LedgerAccount.code,
            LedgerAccount.debits_posted,
            LedgerAccount.credits_posted,
            LedgerAccount.debits_pending,
            LedgerAccount.credits_pending,
        )
    ).all()
    return sorted([list(row) for row in rows if any(row[1:])], key=lambda row: str(row[0]))


def _pending_of(session: Session, period: Period) -> bool:
    """Whether a pending transfer of a year has not been decided."""
    resolved = select(Transfer.of_id).where(Transfer.of_id.is_not(None))
    waits = (
        select(Transfer.id)
        .join(Entry, Entry.id == Transfer.entry_id)
        .where(
            Entry.period_id == period.id,
            Transfer.phase == "pending",
            Transfer.id.not_in(resolved),
        )
    )
    return session.scalar(waits.limit(1)) is not None
