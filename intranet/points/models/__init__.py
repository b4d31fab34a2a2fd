"""Accounts, entries of transfers, the years they belong to, and the anchors of their chain."""

from __future__ import annotations

from intranet.points.models.account import AccountKind, Dimension, LedgerAccount, Side
from intranet.points.models.entry import Anchor, Entry, EntryKind, Phase, Transfer
from intranet.points.models.guards import GENESIS
from intranet.points.models.period import Period, PeriodState

__all__ = [
    "GENESIS",
    "AccountKind",
    "Anchor",
    "Dimension",
    "Entry",
    "EntryKind",
    "LedgerAccount",
    "Period",
    "PeriodState",
    "Phase",
    "Side",
    "Transfer",
]
