"""The pages of the points ledger."""

from __future__ import annotations

from intranet.points.views import (
    board,
    claims,
    desk,
    entries,
    figures,
    filing,
    gathered,
    gathering,
    goods,
    handed,
    handing,
    heads,
    home,
    honours,
    ledger,
    rules,
    settling,
    shop,
    statements,
    years,
)
from intranet.points.views.room import (
    bp,
)

__all__ = [
    "board",
    "bp",
    "claims",
    "desk",
    "entries",
    "figures",
    "filing",
    "gathered",
    "gathering",
    "goods",
    "handed",
    "handing",
    "heads",
    "home",
    "honours",
    "ledger",
    "rules",
    "settling",
    "shop",
    "statements",
    "years",
]
