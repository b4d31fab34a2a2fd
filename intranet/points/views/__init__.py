"""The pages of the points ledger."""

from intranet.points.views import (
    board,
    claims,
    entries,
    filing,
    gathering,
    home,
    ledger,
    rules,
)
from intranet.points.views.room import bp

__all__ = ["board", "bp", "claims", "entries", "filing", "gathering", "home", "ledger", "rules"]
