"""Accounts, entries of transfers, years, anchors of the chain; goods and who asked for them."""

from __future__ import annotations

from intranet.points.models.account import AccountKind, Dimension, LedgerAccount, Side
from intranet.points.models.entry import Anchor, Entry, EntryKind, Phase, Transfer
from intranet.points.models.goods import (
    REDEMPTION_MOVES,
    CodeTry,
    Goods,
    Redemption,
    RedemptionState,
)
from intranet.points.models.guards import GENESIS
from intranet.points.models.period import Period, PeriodState
from intranet.points.models.settling import (
    SETTLEMENT_MOVES,
    Award,
    Consent,
    Honour,
    Measure,
    Settlement,
    SettlementState,
    TwoPersonAct,
    YearObjection,
)

__all__ = [
    "GENESIS",
    "REDEMPTION_MOVES",
    "SETTLEMENT_MOVES",
    "AccountKind",
    "Anchor",
    "Award",
    "CodeTry",
    "Consent",
    "Dimension",
    "Entry",
    "EntryKind",
    "Goods",
    "Honour",
    "LedgerAccount",
    "Measure",
    "Period",
    "PeriodState",
    "Phase",
    "Redemption",
    "RedemptionState",
    "Settlement",
    "SettlementState",
    "Side",
    "Transfer",
    "TwoPersonAct",
    "YearObjection",
]
