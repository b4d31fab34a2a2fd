"""Points offered for what was seen here: a hazard that was real, a patrol that was walked."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from intranet import clock
from intranet.incidents.models import Category, Incident, PatrolWalk
from intranet.people.models import Account
from intranet.points import operations as points
from intranet.points.models import Occasion
from intranet.register.models import Party

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# The class of matters that are about things and not about neighbours: 安全隐患.
HAZARDS = "01"


def offer_for_hazard(session: Session, incident: Incident, *, at: datetime) -> None:
    """Offer points to the home of whoever reported a hazard, once it was put right and closed.

    Disputes, noise and what a neighbour does earn nothing: nobody is to be watched for points.
    """
    code = session.scalar(select(Category.code).where(Category.id == incident.category_id))
    if incident.reporter_id is None or not (code or "").startswith(HAZARDS):
        return
    _offer(
        session,
        incident.reporter_id,
        occasion=Occasion.INCIDENT,
        event=f"incidents:{incident.number}",
        at=at,
        words=incident.number,
    )


def offer_for_patrol(session: Session, walk: PatrolWalk, account_id: int, *, at: datetime) -> None:
    """Offer points to the home of whoever walked a patrol to its end."""
    _offer(
        session,
        account_id,
        occasion=Occasion.PATROL,
        event=f"patrols:{walk.id}",
        at=at,
        words=f"{walk.id}",
    )


def _offer(
    session: Session, account_id: int, *, occasion: Occasion, event: str, at: datetime, words: str
) -> None:
    own = session.scalar(
        select(Party).join(Account, Account.party_id == Party.id).where(Account.id == account_id)
    )
    if own is None:
        return
    points.offer(
        session,
        occasion=occasion,
        party=own,
        event=event,
        happened_on=clock.day_of(at),
        at=at,
        words=words,
    )
