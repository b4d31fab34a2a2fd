"""Accounts, entries of transfers, the years they belong to, and the anchors of their chain."""

from __future__ import annotations

from intranet.points.models.account import (
    BY_RULE,
    POINTS_MAX,
    AccountKind,
    Dimension,
    LedgerAccount,
    Side,
)
from intranet.points.models.claim import (
    COUNTED,
    MOVES,
    Claim,
    ClaimPhoto,
    ClaimSource,
    ClaimState,
    ClaimStep,
    ClaimVerb,
    Gathering,
)
from intranet.points.models.correction import (
    Correction,
    CorrectionReason,
    CorrectionState,
)
from intranet.points.models.entry import (
    Anchor,
    Entry,
    EntryKind,
    Phase,
    Transfer,
)
from intranet.points.models.goods import (
    REDEMPTION_MOVES,
    CodeTry,
    Goods,
    Redemption,
    RedemptionState,
)
from intranet.points.models.guards import (
    GENESIS,
)
from intranet.points.models.handing import (
    Handing,
)
from intranet.points.models.period import (
    Period,
    PeriodState,
    PeriodStep,
    PeriodVerb,
)
from intranet.points.models.placing import (
    EntryPlace,
    LetGo,
    Waiting,
)
from intranet.points.models.rule import (
    APPROVERS,
    Evidence,
    Level,
    Meeting,
    Occasion,
    Rule,
    Sign,
    Window,
)
from intranet.points.models.settling import (
    SETTLEMENT_MOVES,
    Award,
    Consent,
    Handover,
    Honour,
    Measure,
    Receiver,
    Settlement,
    SettlementState,
    TwoPersonAct,
    YearObjection,
)
from intranet.points.models.soundness import (
    AnchorRoot,
    Verification,
)
from intranet.points.models.stock import (
    CAME,
    COUNTED_ANEW,
    StockReason,
    StockWords,
)
from intranet.points.models.tile import (
    HASH_SIZE,
    WIDTH,
    Tile,
)

__all__ = [
    "APPROVERS",
    "BY_RULE",
    "CAME",
    "COUNTED",
    "COUNTED_ANEW",
    "GENESIS",
    "HASH_SIZE",
    "MOVES",
    "POINTS_MAX",
    "REDEMPTION_MOVES",
    "SETTLEMENT_MOVES",
    "WIDTH",
    "AccountKind",
    "Anchor",
    "AnchorRoot",
    "Award",
    "Claim",
    "ClaimPhoto",
    "ClaimSource",
    "ClaimState",
    "ClaimStep",
    "ClaimVerb",
    "CodeTry",
    "Consent",
    "Correction",
    "CorrectionReason",
    "CorrectionState",
    "Dimension",
    "Entry",
    "EntryKind",
    "EntryPlace",
    "Evidence",
    "Gathering",
    "Goods",
    "Handing",
    "Handover",
    "Honour",
    "LedgerAccount",
    "LetGo",
    "Level",
    "Measure",
    "Meeting",
    "Occasion",
    "Period",
    "PeriodState",
    "PeriodStep",
    "PeriodVerb",
    "Phase",
    "Receiver",
    "Redemption",
    "RedemptionState",
    "Rule",
    "Settlement",
    "SettlementState",
    "Side",
    "Sign",
    "StockReason",
    "StockWords",
    "Tile",
    "Transfer",
    "TwoPersonAct",
    "Verification",
    "Waiting",
    "Window",
    "YearObjection",
]
