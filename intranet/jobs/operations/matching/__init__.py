"""A person and a post: gates that must be open, and a score as the sum of parts that are shown.

Pure functions of ``Wanted`` and ``Offered``; whoever looks through the database for them is
``queries/matching``. Why it is scored so: docs/adr/0026-how-a-match-is-scored.md.
"""

from intranet.jobs.operations.matching.facts import (
    ENGINE,
    Fact,
    Facts,
    Floor,
    Gate,
    GateKey,
    GateState,
    Hint,
    HintKey,
    Hours,
    Kept,
    Kind,
    Match,
    Offered,
    Papers,
    Part,
    PartKey,
    Pay,
    Standing,
    Stretch,
    Wanted,
    Work,
)
from intranet.jobs.operations.matching.record import read, record
from intranet.jobs.operations.matching.scorer import SCORE_MAX, WAITING, Scorer, is_live, order
from intranet.jobs.operations.matching.work import OTHER, UNSAID, classes

__all__ = [
    "ENGINE",
    "OTHER",
    "SCORE_MAX",
    "UNSAID",
    "WAITING",
    "Fact",
    "Facts",
    "Floor",
    "Gate",
    "GateKey",
    "GateState",
    "Hint",
    "HintKey",
    "Hours",
    "Kept",
    "Kind",
    "Match",
    "Offered",
    "Papers",
    "Part",
    "PartKey",
    "Pay",
    "Scorer",
    "Standing",
    "Stretch",
    "Wanted",
    "Work",
    "classes",
    "is_live",
    "order",
    "read",
    "record",
]
