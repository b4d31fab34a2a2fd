"""Sealing anew what the register keeps sealed."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet import sealing
from intranet.register.models import PersonalDatum
from intranet.register.operations.personal import SEALED

BATCH = 500


def renew_seals(session: Session, after: int = 0) -> tuple[int, int]:
    """Seal the next BATCH sealed fields behind an id with the newest key.

    Returns how many, and the last one's id. Interrupted, it may be begun again: the older keys
    still open.
    """
    batch = session.scalars(
        select(PersonalDatum)
        .where(PersonalDatum.field.in_(SEALED), PersonalDatum.id > after)
        .order_by(PersonalDatum.id)
        .limit(BATCH)
    ).all()
    for datum in batch:
        datum.value = sealing.renew(datum.value)
    session.flush()
    return len(batch), batch[-1].id if batch else after
