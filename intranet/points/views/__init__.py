"""The pages of the points ledger."""

from intranet.points.views import (
    board,
    claims,
    desk,
    filing,
    gathering,
    goods,
    home,
    honours,
    rules,
    settling,
    shop,
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
    "filing",
    "gathering",
    "goods",
    "home",
    "honours",
    "rules",
    "settling",
    "shop",
    "years",
]
