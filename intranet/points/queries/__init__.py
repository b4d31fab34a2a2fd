"""What is read from the ledger, and around it."""

from __future__ import annotations

from intranet.points.queries.attested import Attested, attested, records
from intranet.points.queries.goods import (
    OnShelf,
    StockMove,
    goods_or_404,
    managed,
    of_communities,
    on_shelf,
    seen,
    shelf,
    stock_moves,
)
from intranet.points.queries.redeeming import (
    Asked,
    Mine,
    asked_by,
    at_counter_or_404,
    at_desk_or_404,
    mine,
    of_code,
    own_or_404,
    spendable,
    waiting,
)
from intranet.points.queries.verifying import Broken, verify

__all__ = [
    "Asked",
    "Attested",
    "Broken",
    "Mine",
    "OnShelf",
    "StockMove",
    "asked_by",
    "at_counter_or_404",
    "at_desk_or_404",
    "attested",
    "goods_or_404",
    "managed",
    "mine",
    "of_code",
    "of_communities",
    "on_shelf",
    "own_or_404",
    "records",
    "seen",
    "shelf",
    "spendable",
    "stock_moves",
    "verify",
    "waiting",
]
