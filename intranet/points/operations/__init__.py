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
from intranet.points.operations.goods import (
    Facts,
    StoredPicture,
    add_goods,
    change_goods,
    close_goods,
    count_stock,
    reopen_goods,
    stock_of,
    supply,
)
from intranet.points.operations.posting import (
    Draft,
    Leg,
    post,
    resolve,
    reverse,
    transfers_of,
)
from intranet.points.operations.redeeming import (
    HOLD_DAYS,
    code_of,
    collect,
    expire_hold,
    hold,
    lots,
    overdue,
    release,
    renew_seals,
)
from intranet.points.operations.trying import TooManyCodes, claim_try, forget_tries

__all__ = [
    "HOLD_DAYS",
    "Draft",
    "Facts",
    "Leg",
    "StoredPicture",
    "TooManyCodes",
    "add_goods",
    "anchor",
    "change_goods",
    "claim_try",
    "close_goods",
    "close_period",
    "code_of",
    "collect",
    "count_stock",
    "expire_hold",
    "forget_tries",
    "goods_account",
    "hold",
    "issued_account",
    "lots",
    "open_period",
    "overdue",
    "party_account",
    "post",
    "release",
    "renew_seals",
    "reopen_goods",
    "reopen_period",
    "resolve",
    "reverse",
    "stock_of",
    "supply",
    "take_turn",
    "taken_account",
    "transfers_of",
]
