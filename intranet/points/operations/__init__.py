"""What is done in the ledger; other rooms call these."""

from __future__ import annotations

from intranet.points.operations.accounts import (
    goods_account,
    issued_account,
    open_period,
    party_account,
    take_turn,
    taken_account,
)
from intranet.points.operations.closing import anchor, close_period, reopen_period
from intranet.points.operations.posting import (
    Draft,
    Leg,
    post,
    resolve,
    reverse,
    transfers_of,
)

__all__ = [
    "Draft",
    "Leg",
    "anchor",
    "close_period",
    "goods_account",
    "issued_account",
    "open_period",
    "party_account",
    "post",
    "reopen_period",
    "resolve",
    "reverse",
    "take_turn",
    "taken_account",
    "transfers_of",
]
