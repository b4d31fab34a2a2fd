"""A community's year's end: planned, published, objected to, signed by two, and closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.acts import Act
from intranet.errors import DomainError, InputError
from intranet.i18n import N_
from intranet.points.models import (
    SETTLEMENT_MOVES,
    Entry,
    Period,
    PeriodState,
    Settlement,
    SettlementState,
    TwoPersonAct,
)
from intranet.points.operations.accounts import take_turn
from intranet.points.operations.awarding import give_awards
from intranet.points.operations.closing import anchor, close_period, reopen_period
from intranet.points.operations.outlook import (
    Check,
    closing_checks,
    honours_of,
    outlook,
    publishing_checks,
    sealed,
    signing_checks,
    snapshot,
)
from intranet.points.operations.planning import record, take
from intranet.points.operations.soundness import root_of

WORDS_MAX = 500
NOT_READY = N_("This cannot be done yet; see the check list")
STATE_OF_ACT = {
    TwoPersonAct.SIGN: SettlementState.PUBLICITY,
    TwoPersonAct.CLOSE: SettlementState.FINAL,
    TwoPersonAct.REOPEN: SettlementState.CLOSED,
}


class NotReadyError(DomainError):
    """Something stands in the way; the check list names it."""

    def __init__(self, checks: Sequence[Check]) -> None:
        super().__init__(NOT_READY)
        self.checks = checks


def publish(
    session: Session,
    settlement: Settlement,
    *,
    actor: Viewer,
    at: datetime,
    version: int,
    address: str = "",
) -> None:
    """Hang the standings out as they are now, with their hash.

    Raises NotReadyError with the check list, where the year is not over, or the ledger was not
    found whole lately, among others.
    """
    take(session, settlement, version, SettlementState.DRAFT)
    act, seen = Act(actor, at, address), outlook(session, settlement)
    _ready(publishing_checks(session, settlement, seen, at=at))
    content = snapshot(settlement, seen.parties, honours_of(session, settlement))
    settlement.snapshot, settlement.snapshot_sha256 = sealed(content)
    settlement.published_at = at
    settlement.publicity_until = act.day + timedelta(days=settlement.publicity_days - 1)
    settlement.state = SettlementState.PUBLICITY
    session.flush()
    facts: dict[str, Any] = {"sha256": settlement.snapshot_sha256, "parties": len(seen.parties)}
    record(session, act, "publish", settlement, **facts)


def take_back(
    session: Session,
    settlement: Settlement,
    *,
    actor: Viewer,
    at: datetime,
    version: int,
    address: str = "",
) -> None:
    """Take published standings down, to change the plan or to publish them anew."""
    take(session, settlement, version, SettlementState.PUBLICITY)
    to_draft(session, settlement)
    record(session, Act(actor, at, address), "take_back", settlement)


def ask_for(
    session: Session,
    settlement: Settlement,
    *,
    deed: TwoPersonAct,
    reason: str,
    actor: Viewer,
    at: datetime,
    version: int,
    address: str = "",
) -> None:
    """Ask for what needs two persons; whoever confirms it does it.

    Raises NotReadyError where the check list says no, InputError without a reason to reopen.
    """
    take(session, settlement, version, STATE_OF_ACT[deed])
    if settlement.asked_act is not None:
        raise DomainError("Somebody has asked for this already; another person confirms it")
    tidy = " ".join(reason.split())
    if deed is TwoPersonAct.REOPEN:
        if not 0 < len(tidy) <= WORDS_MAX:
            raise InputError("Say why the year is opened again", "reason")
        _check_newest(session, settlement)
    act = Act(actor, at, address)
    _ready(deed_checks(session, settlement, deed, at=at))
    settlement.asked_act, settlement.asked_by = deed, actor.account_id
    settlement.asked_at, settlement.asked_reason = at, tidy
    session.flush()
    record(session, act, "ask", settlement, deed=deed.value, reason=tidy)


def _check_newest(session: Session, settlement: Settlement) -> None:
    closed = select(func.max(Period.year)).where(Period.state == PeriodState.CLOSED)
    if session.scalar(closed) != settlement.year:
        raise DomainError("Only the year closed last can be opened again")


def cancel_asked(
    session: Session, settlement: Settlement, *, actor: Viewer, at: datetime, address: str = ""
) -> None:
    """Take back what was asked for and not confirmed yet."""
    take_turn(session)
    session.refresh(settlement, with_for_update=True)
    if settlement.asked_act is None:
        raise DomainError("Nothing is asked for any more")
    deed = settlement.asked_act
    _forget_asked(settlement)
    session.flush()
    record(session, Act(actor, at, address), "cancel", settlement, deed=deed.value)


def confirm(
    session: Session,
    settlement: Settlement,
    *,
    deed: TwoPersonAct,
    place: str,
    actor: Viewer,
    at: datetime,
    address: str = "",
) -> None:
    """Do what another person asked for: sign, close the year, or open it again.

    ``place`` is where the head of the chain is made public when the year is closed. Raises
    DomainError where one person alone would do it or nobody asked, NotReadyError where the
    check list says no by now.
    """
    take_turn(session)
    session.refresh(settlement, with_for_update=True)
    if settlement.asked_act is not deed or settlement.asked_by is None:
        raise DomainError("Nothing is asked for any more")
    if settlement.asked_by == actor.account_id:
        raise DomainError("Somebody else has to confirm it")
    act = Act(actor, at, address)
    _ready(deed_checks(session, settlement, deed, at=at))
    asked_by, reason = settlement.asked_by, settlement.asked_reason
    _forget_asked(settlement)
    if deed is TwoPersonAct.SIGN:
        _sign(session, settlement, act, asked_by)
    elif deed is TwoPersonAct.CLOSE:
        _close(session, settlement, act, asked_by, place)
    else:
        _reopen(session, settlement, act, asked_by, reason)


def deed_checks(
    session: Session, settlement: Settlement, deed: TwoPersonAct, *, at: datetime
) -> list[Check]:
    """Return the check list of what two persons do."""
    if deed is TwoPersonAct.SIGN:
        seen = outlook(session, settlement)
        return signing_checks(session, settlement, seen, at=at)
    if deed is TwoPersonAct.CLOSE:
        return closing_checks(session, settlement.year, at=at)
    return []


def _sign(session: Session, settlement: Settlement, act: Act, asked_by: int) -> None:
    if settlement.expires_on is not None and settlement.expires_on <= act.day:
        raise DomainError("The day on which the points end is past; publish with a later one")
    _move(settlement, SettlementState.FINAL)
    settlement.signed_by, settlement.cosigned_by = asked_by, act.account_id
    settlement.signed_at = act.at
    given = give_awards(session, settlement, act, approver_id=asked_by)
    session.flush()
    facts: dict[str, Any] = {
        "asked_by": asked_by,
        "awards": given,
        "sha256": settlement.snapshot_sha256,
    }
    record(session, act, "sign", settlement, **facts)


def _close(session: Session, settlement: Settlement, act: Act, asked_by: int, place: str) -> None:
    period = session.scalars(select(Period).where(Period.year == settlement.year)).one()
    assert act.account_id is not None
    people: dict[str, int] = {"actor_id": asked_by, "confirmed_by": act.account_id}
    close_period(session, period, at=act.at, **people)
    for one in _of_year(session, settlement.year, SettlementState.FINAL):
        _move(one, SettlementState.CLOSED)
    if period.last_entry_id:
        _print_root(session, period, act, place)
    session.flush()
    facts: dict[str, Any] = {
        "asked_by": asked_by,
        "sha256": period.balances_sha256,
        "head": period.last_entry_id,
    }
    record(session, act, "close", settlement, **facts)


def _print_root(session: Session, period: Period, act: Act, place: str) -> None:
    """Make the head public with the root over the year, as the whole year was found last."""
    found = root_of(session, period.year)
    entries = session.scalar(select(func.count(Entry.id)).where(Entry.period_id == period.id))
    if found is not None and found.size != entries:
        raise DomainError("Entries of the year have come since it was verified; verify it anew")
    roots = [found] if found is not None else []
    anchor(session, place=place, actor_id=act.account_id, at=act.at, roots=roots)


def _reopen(session: Session, settlement: Settlement, act: Act, asked_by: int, reason: str) -> None:
    period = session.scalars(select(Period).where(Period.year == settlement.year)).one()
    assert act.account_id is not None
    reopen_period(session, period, actor_id=asked_by, confirmed_by=act.account_id, at=act.at)
    for one in _of_year(session, settlement.year, SettlementState.CLOSED):
        _move(one, SettlementState.FINAL)
        one.reopened_at = act.at
    session.flush()
    record(session, act, "reopen", settlement, asked_by=asked_by, reason=reason)


def _of_year(session: Session, year: int, state: SettlementState) -> Sequence[Settlement]:
    return session.scalars(
        select(Settlement).where(Settlement.year == year, Settlement.state == state)
    ).all()


def to_draft(session: Session, settlement: Settlement) -> None:
    """Take standings down: what was published and asked for is forgotten."""
    _move(settlement, SettlementState.DRAFT)
    _forget_asked(settlement)
    settlement.snapshot = settlement.snapshot_sha256 = ""
    settlement.published_at = settlement.publicity_until = None
    session.flush()


def _forget_asked(settlement: Settlement) -> None:
    settlement.asked_act = settlement.asked_by = settlement.asked_at = None
    settlement.asked_reason = ""


def _move(settlement: Settlement, to: SettlementState) -> None:
    assert to in SETTLEMENT_MOVES[settlement.state]
    settlement.state = to


def _ready(checks: Sequence[Check]) -> None:
    if any(one.count for one in checks):
        raise NotReadyError(checks)
