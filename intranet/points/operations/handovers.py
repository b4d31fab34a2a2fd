"""Goods of honours handed over: who has collected theirs, when, and from whom.

The stock gave them away when the year was signed; where they are since then stands here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.acts import Act
from intranet.errors import DomainError
from intranet.points.models import Award, Entry, Handover, Receiver, Settlement
from intranet.points.operations.accounts import take_turn


def hand_award(
    session: Session,
    award: Award,
    *,
    receiver: Receiver,
    actor: Viewer,
    at: datetime,
    address: str = "",
) -> Handover:
    """Note that the goods of an honour were collected, once.

    Raises DomainError where no goods go with it any more, or they were collected already.
    """
    take_turn(session)
    undone = select(Entry.id).where(Entry.reverses_id == award.entry_id)
    if award.entry_id is None or session.scalar(undone) is not None:
        raise DomainError("No goods go with this honour")
    if standing_handover(session, award.id) is not None:
        raise DomainError("These goods were collected already; here is the list as it stands")
    made = Handover(award_id=award.id, receiver=receiver, handed_by=actor.account_id, handed_at=at)
    session.add(made)
    session.flush()
    _record(session, Act(actor, at, address), "hand", award, receiver=receiver.value)
    return made


def take_handover_back(
    session: Session, award: Award, *, actor: Viewer, at: datetime, address: str = ""
) -> None:
    """Note that the goods were not collected after all; that it was said stays written down.

    Raises DomainError where nothing of the kind was noted.
    """
    take_turn(session)
    found = standing_handover(session, award.id)
    if found is None:
        raise DomainError("These goods are not noted as collected")
    found.taken_back_by, found.taken_back_at = actor.account_id, at
    session.flush()
    _record(session, Act(actor, at, address), "unhand", award)


def standing_handover(session: Session, award_id: int) -> Handover | None:
    """Return the note that an award's goods were collected, which was not taken back."""
    return session.scalar(
        select(Handover).where(Handover.award_id == award_id, Handover.taken_back_at.is_(None))
    )


def _record(session: Session, act: Act, verb: str, award: Award, **details: Any) -> None:
    settlement = session.get_one(Settlement, award.settlement_id)
    details |= {"year": settlement.year, "certificate": award.number, "party": award.party_id}
    path = settlement.grid_path
    act.record(session, f"points:award:{verb}", "settlement", settlement.id, path, **details)
