"""What was said about those who are erased from the register is emptied here, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, or_, select, update

from intranet.points.models import Claim, ClaimPhoto, ClaimStep
from intranet.register.models import Party

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def forget_words(session: Session, *, limit: int) -> int:
    """Empty the words of some claims of erased parties, and drop their photos; return how many.

    The files themselves go with the sweep of what no row names.
    """
    said = select(ClaimStep.id).where(ClaimStep.claim_id == Claim.id, ClaimStep.words != "")
    shown = select(ClaimPhoto.id).where(ClaimPhoto.claim_id == Claim.id)
    found = session.scalars(
        select(Claim.id)
        .join(Party, Party.id == Claim.party_id)
        .where(Party.erased_at.is_not(None))
        .where(or_(Claim.words != "", said.exists(), shown.exists()))
        .order_by(Claim.id)
        .limit(limit)
    ).all()
    if found:
        session.execute(
            update(Claim)
            .where(Claim.id.in_(found))
            .values(words="", version=Claim.version + 1)
            .execution_options(synchronize_session=False)
        )
        session.execute(update(ClaimStep).where(ClaimStep.claim_id.in_(found)).values(words=""))
        session.execute(delete(ClaimPhoto).where(ClaimPhoto.claim_id.in_(found)))
        session.expire_all()
    return len(found)
