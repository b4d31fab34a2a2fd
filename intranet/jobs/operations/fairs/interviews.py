"""Interviews at a fair, and referrals of those who came."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.acts import Act
from intranet.errors import DomainError, InputError
from intranet.jobs.models import (
    COMING,
    HELD,
    Booth,
    BoothPost,
    Channel,
    Fair,
    FairPass,
    FairReferral,
    InterviewSlot,
    JobPost,
    Referral,
    Seeker,
    SlotBooking,
)
from intranet.jobs.operations.fairs.booths import take_booth
from intranet.jobs.operations.fairs.planning import must_be, note, take_fair
from intranet.jobs.operations.referring import refer
from intranet.jobs.operations.turns import take_turn
from intranet.jobs.operations.wishing import waiting_wish

MINUTES, PLACES, ROUNDS = (5, 240), (1, 50), (1, 48)


def add_slots(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    fair: Fair,
    booth: Booth,
    from_minute: int,
    minutes: int,
    places: int,
    rounds: int = 1,
    address: str = "",
) -> list[InterviewSlot]:
    """Plan interviews at a booth, several one after the other.

    Raises InputError beside the field where a number cannot be, the fair is over by then, or the
    booth has another interview at that time.
    """
    act = Act(actor, at, address)
    for name, value, (least, most) in (
        ("minutes", minutes, MINUTES),
        ("places", places, PLACES),
        ("rounds", rounds, ROUNDS),
    ):
        if not least <= value <= most:
            raise InputError("Between %(least)s and %(most)s", name, least=least, most=most)
    take_booth(session, fair, booth)
    must_be(fair, *COMING)
    end = from_minute + minutes * rounds
    if from_minute < fair.from_minute or end > fair.to_minute:
        raise InputError("Within the hours of the fair", "from_minute")
    others = session.scalars(select(InterviewSlot).where(InterviewSlot.booth_id == booth.id)).all()
    if any(one.from_minute < end and from_minute < one.to_minute for one in others):
        raise InputError("The booth has another interview at that time", "from_minute")
    made = [
        InterviewSlot(
            booth_id=booth.id, from_minute=from_minute + n * minutes, minutes=minutes, places=places
        )
        for n in range(rounds)
    ]
    session.add_all(made)
    session.flush()
    note(session, act, "jobs:fair:add_slots", fair, booth, slots=rounds)
    return made


def remove_slot(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    fair: Fair,
    booth: Booth,
    slot: InterviewSlot,
    address: str = "",
) -> None:
    """Take an interview away that nobody is booked for. Raises DomainError."""
    act = Act(actor, at, address)
    take_booth(session, fair, booth)
    must_be(fair, *COMING)
    if taken(session, slot):
        raise DomainError("Somebody is booked for this interview")
    session.execute(delete(SlotBooking).where(SlotBooking.slot_id == slot.id))
    session.delete(slot)
    session.flush()
    note(session, act, "jobs:fair:remove_slot", fair, booth)


def book(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    fair: Fair,
    given: FairPass,
    slot: InterviewSlot | None,
    address: str = "",
) -> SlotBooking:
    """Book an interview for a seeker with a pass.

    Raises InputError (``slot``) where it is full, or the seeker is elsewhere at that time. Whoever
    books at a fair takes turns at its row: of two for the last place one has it.
    """
    act = Act(actor, at, address)
    take_fair(session, fair)
    must_be(fair, *COMING)
    if slot is None:
        raise InputError("Choose one of the list", "slot")
    own = session.scalars(
        select(InterviewSlot)
        .join(SlotBooking, SlotBooking.slot_id == InterviewSlot.id)
        .where(SlotBooking.pass_id == given.id, SlotBooking.cancelled_at.is_(None))
    ).all()
    if any(one.from_minute < slot.to_minute and slot.from_minute < one.to_minute for one in own):
        raise InputError("This person has another interview at that time", "slot")
    if taken(session, slot) >= slot.places:
        raise InputError("This interview is full; take another time", "slot")
    made = SlotBooking(slot_id=slot.id, pass_id=given.id, made_at=at, made_by=act.account_id)
    session.add(made)
    session.flush()
    note(session, act, "jobs:fair:book", fair, slot=slot.id, number=given.id)
    return made


def unbook(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    fair: Fair,
    booking: SlotBooking,
    address: str = "",
) -> None:
    """Give an interview's place back. Raises DomainError where it was done already."""
    act = Act(actor, at, address)
    take_fair(session, fair)
    must_be(fair, *COMING)
    session.refresh(booking, with_for_update=True)
    if booking.cancelled_at is not None:
        raise DomainError("This was taken back already")
    booking.cancelled_at = at
    session.flush()
    note(session, act, "jobs:fair:unbook", fair, slot=booking.slot_id, number=booking.pass_id)


def refer_at_fair(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    fair: Fair,
    given: FairPass,
    post: JobPost | None,
    words: str = "",
    address: str = "",
) -> Referral:
    """Refer somebody who came to a post that was brought to the fair.

    Raises InputError (``post``), DomainError where the person did not come or looks for no work.
    """
    act = Act(actor, at, address)
    take_turn(session)  # before any row, as all who move referrals do
    take_fair(session, fair)
    must_be(fair, *HELD)
    session.refresh(given)
    if given.used_at is None:
        raise DomainError("This person has not come to the fair")
    booth = None if post is None else _booth_with(session, fair, post)
    if post is None or booth is None:
        raise InputError("Choose one of the list", "post")
    wish = waiting_wish(session, session.get_one(Seeker, given.seeker_id).id)
    if wish is None:
        raise DomainError("This person does not look for work now")
    made = refer(
        session,
        actor=actor,
        at=at,
        wish=wish,
        post=post,
        seen=None,
        channel=Channel.DESK,
        words=words,
        address=address,
    )
    session.add(FairReferral(referral_id=made.id, booth_id=booth.id, pass_id=given.id))
    session.flush()
    note(session, act, "jobs:fair:refer", fair, booth, referral=made.id)
    return made


def taken(session: Session, slot: InterviewSlot) -> int:
    """Return how many places of an interview are taken."""
    asked = select(func.count()).select_from(SlotBooking)
    here = (SlotBooking.slot_id == slot.id, SlotBooking.cancelled_at.is_(None))
    return session.scalar(asked.where(*here)) or 0


def _booth_with(session: Session, fair: Fair, post: JobPost) -> Booth | None:
    return session.scalar(
        select(Booth)
        .join(BoothPost, BoothPost.booth_id == Booth.id)
        .where(Booth.fair_id == fair.id, BoothPost.post_id == post.id)
    )
