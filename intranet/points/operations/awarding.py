"""Honours given when a year's end is signed, goods with them; and consent to be named."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.acts import Act
from intranet.errors import DomainError
from intranet.points.models import (
    AccountKind,
    Award,
    Consent,
    EntryKind,
    Goods,
    Honour,
    Settlement,
)
from intranet.points.operations.accounts import goods_account, open_period, take_turn
from intranet.points.operations.outlook import ToAward, outlook
from intranet.points.operations.posting import Draft, Leg, post
from intranet.points.operations.reminding import tell_honoured
from intranet.register.models import Party


def give_awards(session: Session, settlement: Settlement, act: Act, *, approver_id: int) -> int:
    """Give what the plan says, numbered, goods from the stock and for no points; return how many.

    Raises DomainError where there are fewer pieces than that takes.
    """
    open_period(session, year=act.day.year)
    given = outlook(session, settlement).awards
    for number, one in enumerate(given, start=1):
        award = Award(
            settlement_id=settlement.id,
            honour_id=one.honour.id,
            party_id=one.standing.earned.party_id,
            number=number,
            rank=one.standing.rank,
            entry_id=_goods(session, settlement, one, act, approver_id),
        )
        session.add(award)
        session.flush()
        tell_honoured(session, settlement, award, one.honour, at=act.at)
    return len(given)


def _goods(
    session: Session, settlement: Settlement, one: ToAward, act: Act, approver_id: int
) -> int | None:
    """Post the goods that go with an honour; the entry is named by honour and party."""
    honour, party_id = one.honour, one.standing.earned.party_id
    if honour.goods_id is None:
        return None
    goods = session.get_one(Goods, honour.goods_id)
    stock = goods_account(session, kind=AccountKind.STOCK, sku=goods.sku)
    handed = goods_account(session, kind=AccountKind.HANDED, sku=goods.sku)
    draft = Draft(
        key=f"award:{settlement.id}:{honour.id}:{party_id}",
        kind=EntryKind.AWARD,
        legs=[Leg(handed, stock, honour.quantity)],
        effective_on=act.day,
        actor_id=act.account_id,
        approver_id=approver_id,
        event=f"settlement:{settlement.id}",
        note=f"P{party_id:07}",
    )
    return post(session, draft, at=act.at).id


def give_consent(
    session: Session,
    party: Party,
    *,
    actor: Viewer,
    at: datetime,
    on_paper: bool = False,
    address: str = "",
) -> Consent:
    """Note that a party may be named on the honour board; what was given already stands."""
    take_turn(session)
    found = standing_consent(session, party.id)
    if found is not None:
        return found
    made = Consent(party_id=party.id, given_by=actor.account_id, given_at=at, on_paper=on_paper)
    session.add(made)
    session.flush()
    act = Act(actor, at, address)
    act.record(
        session, "points:consent:give", "party", party.id, party.grid_path, on_paper=on_paper
    )
    return made


def take_consent_back(
    session: Session, party: Party, *, actor: Viewer, at: datetime, address: str = ""
) -> None:
    """Note that a party may be named no longer. Raises DomainError where none was given."""
    take_turn(session)
    found = standing_consent(session, party.id)
    if found is None:
        raise DomainError("There is no consent to take back")
    found.taken_back_by, found.taken_back_at = actor.account_id, at
    session.flush()
    act = Act(actor, at, address)
    act.record(session, "points:consent:take_back", "party", party.id, party.grid_path)


def standing_consent(session: Session, party_id: int) -> Consent | None:
    """Return a party's consent that was not taken back."""
    return session.scalar(
        select(Consent).where(Consent.party_id == party_id, Consent.taken_back_at.is_(None))
    )


def honour_of(session: Session, award: Award) -> Honour:
    """Return the line of the plan that an award goes by."""
    return session.get_one(Honour, award.honour_id)
