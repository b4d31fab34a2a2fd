"""The pages of the points ledger."""

from intranet.points.views import (
    board,
    claims,
    desk,
    entries,
    figures,
    filing,
    gathering,
    goods,
    handed,
    home,
    honours,
    ledger,
    rules,
    settling,
    shop,
    statements,
    years,
)
from intranet.points.views.room import bp

__all__ = [
    "board",
    "bp",
    "claims",
    "desk",
    "entries",
    "figures",
    "filing",
    "gathering",
    "goods",
    "handed",
    "home",
    "honours",
    "ledger",
    "rules",
    "settling",
    "shop",
    "statements",
    "years",
]
