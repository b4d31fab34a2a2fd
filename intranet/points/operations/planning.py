"""The plan of a community's year's end: its days, its budget, its honours; while it is a draft."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.acts import Act
from intranet.errors import DomainError, InputError
from intranet.grids.models import Grid, GridKind
from intranet.points.models import (
    Goods,
    Honour,
    Measure,
    Period,
    Settlement,
    SettlementState,
)
from intranet.points.operations.accounts import take_turn
from intranet.points.operations.outlook import honours_of
from intranet.points.operations.standings import MEASURES
from intranet.register.models import PartyKind

DAYS_MAX, BUDGET_FEN_MAX = 60, 10**10
TITLE_MAX, RANK_MAX, PIECES_MAX, HONOURS_MAX = 30, 1000, 99, 60


@dataclass(frozen=True, slots=True)
class Plan:
    """How a year ends; ``expires_on`` is the day after the last good one, None carries them on."""

    publicity_days: int
    budget_fen: int
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class HonourLine:
    """One honour to be: of whom, by what, for which ranks, and what goes with it."""

    kind: PartyKind
    measure: Measure
    rank_first: int
    rank_last: int
    title: str
    goods: Goods | None = None
    quantity: int = 0


def begin_settlement(
    session: Session, *, grid: Grid, year: int, actor: Viewer, at: datetime, address: str = ""
) -> Settlement:
    """Begin a community's year's end, with an empty plan; once a year.

    Raises InputError for what is no community and a year the ledger does not know.
    """
    take_turn(session)
    if grid.kind is not GridKind.COMMUNITY or grid.closed_on is not None:
        raise InputError("A year's end is that of a community", "grid_path")
    if session.scalar(select(Period.id).where(Period.year == year)) is None:
        raise InputError("The ledger has no such year", "year")
    of_year = select(Settlement).where(Settlement.grid_path == grid.path, Settlement.year == year)
    found = session.scalar(of_year)
    if found is not None:
        return found
    act = Act(actor, at, address)
    made = Settlement(grid_path=grid.path, year=year, made_by=actor.account_id, made_at=at)
    session.add(made)
    session.flush()
    record(session, act, "begin", made)
    return made


def change_plan(
    session: Session,
    settlement: Settlement,
    *,
    plan: Plan,
    actor: Viewer,
    at: datetime,
    version: int,
    address: str = "",
) -> None:
    """Change how a year ends, while it is a draft. Raises InputError beside a field."""
    take(session, settlement, version, SettlementState.DRAFT)
    if not 1 <= plan.publicity_days <= DAYS_MAX:
        raise InputError("Between 1 and %(most)s days", "publicity_days", most=DAYS_MAX)
    if not 0 <= plan.budget_fen <= BUDGET_FEN_MAX:
        raise InputError("Between 0 and 100 million yuan", "budget_fen")
    if plan.expires_on is not None and plan.expires_on <= date(settlement.year, 12, 31):
        raise InputError("The last day is 31 December of the year at the soonest", "last_day")
    for name in ("publicity_days", "budget_fen", "expires_on"):
        setattr(settlement, name, getattr(plan, name))
    session.flush()
    facts: dict[str, Any] = {
        "days": plan.publicity_days,
        "budget_fen": plan.budget_fen,
        "expires_on": plan.expires_on.isoformat() if plan.expires_on else "",
    }
    record(session, Act(actor, at, address), "plan", settlement, **facts)


def add_honour(
    session: Session,
    settlement: Settlement,
    *,
    line: HonourLine,
    actor: Viewer,
    at: datetime,
    address: str = "",
) -> Honour:
    """Put an honour on the plan, while it is a draft. Raises InputError beside a field."""
    take(session, settlement, None, SettlementState.DRAFT)
    _check_line(settlement, line)
    if len(honours_of(session, settlement)) >= HONOURS_MAX:
        raise DomainError("The plan is full: %(most)s honours", most=HONOURS_MAX)
    made = Honour(
        settlement_id=settlement.id,
        kind=line.kind,
        measure=line.measure,
        rank_first=line.rank_first,
        rank_last=line.rank_last,
        title=line.title,
        goods_id=line.goods.id if line.goods else None,
        quantity=line.quantity if line.goods else 0,
    )
    session.add(made)
    session.flush()
    facts: dict[str, Any] = {"title": line.title, "ranks": [line.rank_first, line.rank_last]}
    record(session, Act(actor, at, address), "honour_add", settlement, **facts)
    return made


def remove_honour(
    session: Session,
    settlement: Settlement,
    *,
    honour: Honour,
    actor: Viewer,
    at: datetime,
    address: str = "",
) -> None:
    """Take an honour off the plan, while it is a draft."""
    take(session, settlement, None, SettlementState.DRAFT)
    session.delete(honour)
    session.flush()
    facts: dict[str, Any] = {"title": honour.title}
    record(session, Act(actor, at, address), "honour_remove", settlement, **facts)


def _check_line(settlement: Settlement, line: HonourLine) -> None:
    if not 0 < len(line.title) <= TITLE_MAX:
        raise InputError("Give a name", "title")
    if not 1 <= line.rank_first <= line.rank_last <= RANK_MAX:
        raise InputError("From a rank to the same or a later one", "rank_last")
    if line.measure not in MEASURES[line.kind]:
        raise InputError("Only households and teams are ranked by the head", "measure")
    if line.goods is not None and line.goods.grid_path != settlement.grid_path:
        raise InputError("Goods of this community", "goods")
    if line.goods is not None and not 1 <= line.quantity <= PIECES_MAX:
        raise InputError("Between 1 and %(most)s pieces", "quantity", most=PIECES_MAX)


def take(
    session: Session, settlement: Settlement, version: int | None, state: SettlementState
) -> None:
    """Take the row for a change of what is in a state; the loser of two is told.

    Raises DomainError where it is in another state, or of another version than was seen.
    """
    take_turn(session)
    session.refresh(settlement, with_for_update=True)
    if settlement.state is not state or version not in {None, settlement.version}:
        raise DomainError("Somebody else has just changed this; here it is as it stands")


def record(
    session: Session,
    act: Act,
    verb: str,
    settlement: Settlement,
    *,
    reason: str = "",
    **details: Any,
) -> None:
    """Leave an act on the trail."""
    act.record(
        session,
        f"points:year:{verb}",
        "settlement",
        settlement.id,
        settlement.grid_path,
        reason=reason,
        year=settlement.year,
        **details,
    )
