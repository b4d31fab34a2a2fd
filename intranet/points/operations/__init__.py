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
from intranet.points.operations.claiming import (
    Content,
    Photo,
    file,
    gather,
    offer,
    undo_gathering,
    withdraw,
)
from intranet.points.operations.closing import anchor, close_period, reopen_period
from intranet.points.operations.correcting import (
    ask_correction,
    check_correctable,
    confirm_correction,
    is_of_one_amount,
    refuse_correction,
)
from intranet.points.operations.deciding import (
    approve,
    follow_reversal,
    may_approve,
    post_claim,
    refuse,
    undo,
)
from intranet.points.operations.forgetting import forget_words
from intranet.points.operations.objecting import amend, dismiss, object_to, uphold
from intranet.points.operations.posting import (
    Draft,
    Leg,
    post,
    resolve,
    reverse,
    transfers_of,
)
from intranet.points.operations.rules import (
    Terms,
    Vote,
    adopt,
    newest_of,
    record_meeting,
    rule_on,
    terms_of,
)
from intranet.points.operations.standard import adopt_standard

__all__ = [
    "Content",
    "Draft",
    "Leg",
    "Photo",
    "Terms",
    "Vote",
    "adopt",
    "adopt_standard",
    "amend",
    "anchor",
    "approve",
    "ask_correction",
    "check_correctable",
    "close_period",
    "confirm_correction",
    "dismiss",
    "file",
    "follow_reversal",
    "forget_words",
    "gather",
    "goods_account",
    "is_of_one_amount",
    "issued_account",
    "may_approve",
    "newest_of",
    "object_to",
    "offer",
    "open_period",
    "party_account",
    "post",
    "post_claim",
    "record_meeting",
    "refuse",
    "refuse_correction",
    "reopen_period",
    "resolve",
    "reverse",
    "rule_on",
    "take_turn",
    "taken_account",
    "terms_of",
    "transfers_of",
    "undo",
    "undo_gathering",
    "uphold",
    "withdraw",
]
