"""One at a time: whoever moves referrals changes posts, wishes and other referrals, too."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

_KEY = 0x6A6F_6273  # of PostgreSQL's advisory locks; held to the end of the transaction
_LOCK = text("SELECT pg_advisory_xact_lock(:key)")


def take_turn(session: Session) -> None:
    """Wait until no other transaction moves a referral.

    A post filled ends other referrals, which sets other wishes free: no order of row locks is
    right for all of them, and it happens a few times a day.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_LOCK, {"key": _KEY})
