"""Codes typed at a desk: so many may be wrong, and the rest has to wait."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from intranet.errors import DomainError
from intranet.i18n import N_
from intranet.points.models import CodeTry
from intranet.points.operations.accounts import take_turn

FREE = 10
WINDOW = timedelta(minutes=15)
MEMORY = timedelta(days=1)
TOO_MANY = N_("Too many wrong codes. Wait %(minutes)s minutes.")


class TooManyCodes(DomainError):  # noqa: N818 — named for what happened
    """Too many codes were wrong at this desk."""

    status = 429

    def __init__(self, minutes: int) -> None:
        super().__init__(TOO_MANY, minutes=minutes)


def claim_try(session: Session, *, account_id: int, at: datetime) -> CodeTry:
    """Write a try down as wrong *before* the code is looked at; the caller commits it.

    So many tries sent at once cannot all slip past the count. Raises TooManyCodes.
    """
    take_turn(session)
    wrong = session.execute(
        select(func.count(), func.min(CodeTry.at)).where(
            CodeTry.account_id == account_id, ~CodeTry.succeeded, CodeTry.at > at - WINDOW
        )
    ).one()
    if wrong[0] >= FREE:
        raise TooManyCodes(max(1, -(-(wrong[1] + WINDOW - at) // timedelta(minutes=1))))
    made = CodeTry(account_id=account_id, at=at, succeeded=False)
    session.add(made)
    session.flush()
    return made


def forget_tries(session: Session, *, at: datetime) -> None:
    """Forget the tries of days gone by."""
    session.execute(delete(CodeTry).where(CodeTry.at < at - MEMORY))
