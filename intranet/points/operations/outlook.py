"""What a year's end comes to before anything is written: standings, honours, goods, what ends."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from intranet import clock
from intranet.db import within
from intranet.points.models import (
    AccountKind,
    Award,
    Claim,
    ClaimState,
    Entry,
    Goods,
    Honour,
    LedgerAccount,
    Period,
    PeriodState,
    Phase,
    Redemption,
    RedemptionState,
    Settlement,
    SettlementState,
    Transfer,
    YearObjection,
)
from intranet.points.models.words import canonical, sha256_of
from intranet.points.operations.belonging import belonged_to
from intranet.points.operations.soundness import soundness
from intranet.points.operations.standings import (
    Earned,
    Standing,
    as_rows,
    earned,
    from_rows,
    ranked,
)
from intranet.register.models import Party


class Checked(StrEnum):
    """What is looked at before a step; each counts what stands in its way."""

    UNDECIDED = "undecided"  # claims in publicity, or objected to
    HELD = "held"  # goods not fetched
    BROKEN = "broken"  # places where the ledger does not hold
    MISCOUNTED = "miscounted"  # goods whose pieces handed out are not those of the rows
    SHORT = "short"  # pieces lacking for the honours
    OVER_BUDGET = "over_budget"  # fen
    NOTHING = "nothing"  # no honour in the plan
    DAYS_LEFT = "days_left"  # of the publicity
    OBJECTIONS = "objections"  # not decided
    CHANGED = "changed"  # parties whose points are not what was published
    NOT_OVER = "not_over"  # days left of the year
    OLDER = "older"  # older years still open
    UNVERIFIED = "unverified"  # 1 where the whole ledger was not gone through lately
    UNSIGNED = "unsigned"  # communities whose year's end is begun and not signed


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the check list; 0 is fine."""

    what: Checked
    count: int


@dataclass(frozen=True, slots=True)
class ToAward:
    """An honour that would go to a party."""

    honour: Honour
    standing: Standing


@dataclass(frozen=True, slots=True)
class GoodsNeed:
    """Pieces the honours would take of one kind of goods, what there is, what they cost in fen."""

    goods: Goods
    pieces: int
    left: int

    @property
    def cost_fen(self) -> int:
        """What they cost."""
        return self.pieces * self.goods.cost_fen


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would happen."""

    parties: Sequence[Earned]
    awards: Sequence[ToAward]
    needs: Sequence[GoodsNeed]

    @property
    def cost_fen(self) -> int:
        """What all goods cost."""
        return sum(one.cost_fen for one in self.needs)


def outlook(session: Session, settlement: Settlement) -> Outlook:
    """Return what the year's end comes to as the ledger and the plan are now; nothing is written.

    What hangs out is what is signed: ranks are those that were published, and whoever has left
    since is passed over without anybody moving up.
    """
    parties = earned(session, settlement.grid_path, settlement.year)
    awards = awards_of(parties, honours_of(session, settlement))
    if settlement.snapshot:
        there = {one.party_id for one in parties}
        hung_out = from_rows(json.loads(settlement.snapshot)[3])
        awards = [
            one
            for one in awards_of(hung_out, honours_of(session, settlement))
            if one.standing.earned.party_id in there
        ]
    pieces: dict[int, int] = defaultdict(int)
    for one in awards:
        if one.honour.goods_id is not None:
            pieces[one.honour.goods_id] += one.honour.quantity
    return Outlook(parties, awards, _needs(session, pieces))


def awards_of(parties: Sequence[Earned], honours: Sequence[Honour]) -> list[ToAward]:
    """Return who would be given which honour: by honour, rank and party."""
    return [
        ToAward(honour, standing)
        for honour in honours
        for standing in ranked(parties, honour.kind, honour.measure)
        if honour.rank_first <= standing.rank <= honour.rank_last
    ]


def overlapping(honours: Sequence[Honour]) -> set[int]:
    """Return which lines of a plan meet: of the same kind and measure, and with a rank in common.

    Whoever has that rank is given all of them, with the goods of each. A plan may mean that.
    """
    return {
        one.id
        for one in honours
        for other in honours
        if one is not other
        and (one.kind, one.measure) == (other.kind, other.measure)
        and one.rank_first <= other.rank_last
        and other.rank_first <= one.rank_last
    }


def honours_of(session: Session, settlement: Settlement) -> Sequence[Honour]:
    """Return the lines of a plan, in their order."""
    return session.scalars(
        select(Honour)
        .where(Honour.settlement_id == settlement.id)
        .order_by(Honour.kind, Honour.measure, Honour.rank_first, Honour.id)
    ).all()


def snapshot(settlement: Settlement, parties: Sequence[Earned], honours: Sequence[Honour]) -> Any:
    """Return what is published, JSON-able: the year, who earned what, and the plan."""
    plan = [
        [
            one.kind.value,
            one.measure.value,
            one.rank_first,
            one.rank_last,
            one.title,
            one.goods_id or 0,
            one.quantity,
        ]
        for one in honours
    ]
    ends = settlement.expires_on.isoformat() if settlement.expires_on else ""
    return [settlement.year, ends, settlement.budget_fen, as_rows(parties), plan]


def sealed(content: Any) -> tuple[str, str]:
    """Return a snapshot as text, and its SHA-256."""
    return canonical(content).decode(), sha256_of(content)


def publishing_checks(
    session: Session, settlement: Settlement, seen: Outlook, *, at: datetime
) -> list[Check]:
    """Return what is looked at before standings are published."""
    short = sum(max(0, one.pieces - one.left) for one in seen.needs)
    return [
        Check(Checked.NOT_OVER, _days_left(settlement.year, at)),
        Check(Checked.UNDECIDED, undecided(session, settlement.year, settlement.grid_path)),
        *_is_sound(session, settlement.year, at),
        Check(Checked.MISCOUNTED, len(miscounted(session))),
        Check(Checked.NOTHING, 0 if honours_of(session, settlement) else 1),
        Check(Checked.SHORT, short),
        Check(Checked.OVER_BUDGET, max(0, seen.cost_fen - settlement.budget_fen)),
    ]


def signing_checks(
    session: Session, settlement: Settlement, seen: Outlook, *, at: datetime
) -> list[Check]:
    """Return what is looked at before the standings are signed."""
    until = settlement.publicity_until
    left = max(0, (until - clock.day_of(at)).days + 1) if until else 0
    return [
        *publishing_checks(session, settlement, seen, at=at),
        Check(Checked.DAYS_LEFT, left),
        Check(Checked.OBJECTIONS, open_objections(session, settlement)),
        Check(Checked.CHANGED, changed_since(settlement, seen.parties)),
    ]


def closing_checks(session: Session, year: int, *, at: datetime) -> list[Check]:
    """Return what is looked at before the year is closed, in the whole ledger."""
    older = select(func.count(Period.id)).where(
        Period.year < year, Period.state == PeriodState.OPEN
    )
    unsigned = select(func.count(Settlement.id)).where(
        Settlement.year == year,
        Settlement.state.in_([SettlementState.DRAFT, SettlementState.PUBLICITY]),
    )
    return [
        Check(Checked.NOT_OVER, _days_left(year, at)),
        Check(Checked.UNDECIDED, undecided(session, year)),
        Check(Checked.HELD, held(session, year)),
        *_is_sound(session, year, at),
        Check(Checked.MISCOUNTED, len(miscounted(session))),
        Check(Checked.OLDER, session.scalar(older) or 0),
        Check(Checked.UNSIGNED, session.scalar(unsigned) or 0),
    ]


def _days_left(year: int, at: datetime) -> int:
    return max(0, (date(year, 12, 31) - clock.day_of(at)).days + 1)


def _is_sound(session: Session, year: int, at: datetime) -> list[Check]:
    known = soundness(session, year, at=at)
    return [
        Check(Checked.UNVERIFIED, int(known.is_unverified)),
        Check(Checked.BROKEN, known.broken),
    ]


def undecided(session: Session, year: int, community: str = "") -> int:
    """Return how many claims of a year wait for approval, and pending transfers are not decided.

    What is held for goods is counted apart.
    """
    decided = select(Transfer.of_id).where(Transfer.of_id.is_not(None))
    held_ = select(Redemption.hold_id)
    waits = (
        select(func.count(func.distinct(Transfer.id)))
        .join(Entry, Entry.id == Transfer.entry_id)
        .join(Period, Period.id == Entry.period_id)
        .where(
            Period.year == year,
            Transfer.phase == Phase.PENDING,
            Transfer.id.not_in(decided),
            Transfer.entry_id.not_in(held_),
        )
    )
    filed = (
        select(func.count(Claim.id))
        .join(Party, Party.id == Claim.party_id)
        .where(
            Claim.state == ClaimState.SUBMITTED,
            Claim.happened_on.between(date(year, 1, 1), date(year, 12, 31)),
        )
    )
    if community:
        theirs = (
            select(LedgerAccount.id)
            .join(Party, Party.id == LedgerAccount.party_id)
            .where(belonged_to(community, year))
        )
        waits = waits.where(Transfer.debit_id.in_(theirs) | Transfer.credit_id.in_(theirs))
        filed = filed.where(belonged_to(community, year))
    return (session.scalar(waits) or 0) + (session.scalar(filed) or 0)


def held(session: Session, year: int, community: str = "") -> int:
    """Return how much of a year is asked for and neither fetched nor let go."""
    waits = (
        select(func.count(Redemption.id))
        .join(Party, Party.id == Redemption.party_id)
        .where(Redemption.state == RedemptionState.HELD, Redemption.year == year)
    )
    if community:
        waits = waits.where(within(Party.grid_path, community))
    return session.scalar(waits) or 0


def miscounted(session: Session) -> list[str]:
    """Return the codes of goods of which other pieces were handed out than the rows say."""
    undone = select(Entry.reverses_id).where(Entry.reverses_id.is_not(None))
    fetched = (
        select(Goods.sku, func.sum(Redemption.quantity))
        .join(Redemption, Redemption.goods_id == Goods.id)
        .where(Redemption.state == RedemptionState.COLLECTED, Redemption.done_id.not_in(undone))
        .group_by(Goods.sku)
    )
    awarded = (
        select(Goods.sku, func.sum(Honour.quantity))
        .join(Honour, Honour.goods_id == Goods.id)
        .join(Award, Award.honour_id == Honour.id)
        .where(Award.entry_id.is_not(None), Award.entry_id.not_in(undone))
        .group_by(Goods.sku)
    )
    told: dict[str, int] = defaultdict(int)
    for rows in (session.execute(fetched), session.execute(awarded)):
        for sku, pieces in rows:
            told[sku] += int(pieces)
    accounts = session.execute(
        select(Goods.sku, LedgerAccount)
        .join(LedgerAccount, LedgerAccount.code == literal("Expenses:Handed:") + Goods.sku)
        .where(LedgerAccount.kind == AccountKind.HANDED)
        .execution_options(populate_existing=True)
    )
    return sorted(sku for sku, account in accounts if account.balance != told[sku])


def open_objections(session: Session, settlement: Settlement) -> int:
    """Return how many objections are not decided."""
    waits = select(func.count(YearObjection.id)).where(
        YearObjection.settlement_id == settlement.id, YearObjection.decided_at.is_(None)
    )
    return session.scalar(waits) or 0


def changed_since(settlement: Settlement, parties: Sequence[Earned]) -> int:
    """Return of how many parties other points stand in the ledger than were published.

    Who has left since is no change, nor is a household that has grown or become smaller.
    """
    if not settlement.snapshot:
        return 0
    was = {one.party_id: points_of(one) for one in from_rows(json.loads(settlement.snapshot)[3])}
    return sum(was.get(one.party_id) != points_of(one) for one in parties)


def points_of(one: Earned) -> tuple[int, ...]:
    """Return what a party earned, by which its standing is the same or another."""
    return (one.participation, one.contribution, one.supervision, one.deducted)


def _needs(session: Session, pieces: Mapping[int, int]) -> list[GoodsNeed]:
    rows = session.execute(
        select(Goods, LedgerAccount)
        .outerjoin(LedgerAccount, LedgerAccount.code == literal("Assets:Stock:") + Goods.sku)
        .where(Goods.id.in_(pieces))
        .order_by(Goods.sku)
        .execution_options(populate_existing=True)
    )
    return [
        GoodsNeed(goods, pieces[goods.id], stock.available if stock else 0) for goods, stock in rows
    ]
