"""Reading notices, and forgetting those long read."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from intranet.notices.models import Notice, NoticeAddress, NoticeDelivery
from intranet.people.models import Account

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

READ_KEPT = timedelta(days=90)
DELIVERIES_KEPT = timedelta(days=30)
ADDRESSES_KEPT = timedelta(days=30)
BATCH = 2000
_APART = {"synchronize_session": False}


def mark_read(session: Session, *, notice: Notice, at: datetime) -> None:
    """Note when a notice was opened first."""
    if notice.read_at is None:
        notice.read_at = at
        session.flush()


def mark_all_read(session: Session, *, account_id: int, up_to: int, at: datetime) -> int:
    """Mark all the account had when its page was made, and none that came since; say how many."""
    marked = session.execute(
        update(Notice)
        .where(Notice.account_id == account_id, Notice.read_at.is_(None), Notice.id <= up_to)
        .values(read_at=at)
        .execution_options(synchronize_session=False)
    )
    return int(marked.rowcount)  # type: ignore[attr-defined]


def purge(session: Session, *, at: datetime) -> int:
    """Delete a batch of notices read 90 days ago and of deliveries told 30 days ago.

    With them go addresses of accounts closed 30 days ago. Returns the number of rows; the caller
    commits, and asks again while there were any.
    """
    old_notices = select(Notice.id).where(Notice.read_at < at - READ_KEPT).limit(BATCH)
    old_deliveries = (
        select(NoticeDelivery.id)
        .where(NoticeDelivery.told_at < at - DELIVERIES_KEPT)
        .order_by(NoticeDelivery.told_at)
        .limit(BATCH)
    )
    closed = (
        select(NoticeAddress.id)
        .join(Account, Account.id == NoticeAddress.account_id)
        .where(Account.disabled_at < at - ADDRESSES_KEPT)
        .limit(BATCH)
    )
    gone: list[Any] = [
        session.execute(delete(model).where(model.id.in_(old)).execution_options(**_APART))
        for model, old in (
            (NoticeDelivery, old_deliveries),
            (Notice, old_notices),
            (NoticeAddress, closed),
        )
    ]
    return sum(int(one.rowcount) for one in gone)
