"""The pages of the points ledger."""

from intranet.points.views import (
    board,
    claims,
    entries,
    figures,
    filing,
    gathering,
    home,
    ledger,
    rules,
    statements,
)
from intranet.points.views.room import bp

__all__ = [
    "board",
    "bp",
    "claims",
    "entries",
    "figures",
    "filing",
    "gathering",
    "home",
    "ledger",
    "rules",
    "statements",
]
