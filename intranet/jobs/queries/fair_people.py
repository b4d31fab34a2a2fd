"""Who has a pass for a fair, who came, what came of it; names masked, within the viewer's grids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from flask import abort
from sqlalchemy import and_, func, select

from intranet import sealing
from intranet.access import Permission, Viewer, scope_condition
from intranet.db import within
from intranet.jobs.models import (
    Booth,
    BoothPost,
    Company,
    Fair,
    FairPass,
    FairReferral,
    FairState,
    InterviewSlot,
    JobPost,
    Placement,
    Referral,
    Seeker,
    SeekerContact,
    SlotBooking,
    WalkIn,
    Wish,
    WishState,
)
from intranet.jobs.queries.cursors import behind, heard, told
from intranet.register.models import Party, PersonalField
from intranet.register.operations import numbers

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

PAGE = 100
MATCH = Permission.JOBS_WISH_MATCH
WAITING = (WishState.OPEN, WishState.REFERRED, WishState.PAUSED)


@dataclass(frozen=True, slots=True)
class PassRow:
    """One pass of a list, with whose it is."""

    given: FairPass
    name: str  # masked; empty where it was erased
    phone: str  # masked


@dataclass(frozen=True, slots=True)
class WholePass:
    """One pass with what was booked and what came of it."""

    given: FairPass
    seeker: Seeker
    name: str
    phone: str
    wish_id: int | None  # the one that waits
    bookings: Sequence[tuple[SlotBooking, InterviewSlot, int, str]]  # with booth and company
    referrals: Sequence[tuple[Referral, str, str]]  # with title and company

    @property
    def grid_path(self) -> str:
        """Where it lies, for the policy."""
        return self.seeker.grid_path


@dataclass(frozen=True, slots=True)
class BoothFigures:
    """What one booth brought and brought about."""

    number: int
    company: str
    posts: int
    interviews: int
    visitors: int | None
    intentions: int | None
    offers: int | None
    referrals: int
    placements: int


@dataclass(frozen=True, slots=True)
class Figures:
    """A fair in numbers."""

    booths: Sequence[BoothFigures]
    passes: int
    checked_in: int
    walk_ins: int

    @property
    def came(self) -> int:
        """All who came."""
        return self.checked_in + self.walk_ins

    def total(self, name: str) -> int:
        """Return the sum of a figure over all booths; those that told nothing count for none."""
        return sum(getattr(one, name) or 0 for one in self.booths)


def passes(
    session: Session, viewer: Viewer, fair: Fair, *, after: int = 0
) -> tuple[list[PassRow], int | None]:
    """Return some passes of seekers of the viewer's grids, and where to go on."""
    asked = _named(select(FairPass)).where(
        FairPass.fair_id == fair.id,
        FairPass.id > after,
        scope_condition(Seeker.grid_path, viewer, MATCH),
    )
    rows = session.execute(asked.order_by(FairPass.id).limit(PAGE + 1)).all()
    found = [PassRow(row[0], row[1] or "", row[2] or "") for row in rows[:PAGE]]
    return found, found[-1].given.id if len(rows) > PAGE else None


def pass_or_404(session: Session, viewer: Viewer, fair: Fair, pass_id: int) -> WholePass:
    """Return one pass of a seeker of the viewer's grids; four queries."""
    row = session.execute(
        _named(select(FairPass, Seeker)).where(
            FairPass.id == pass_id,
            FairPass.fair_id == fair.id,
            scope_condition(Seeker.grid_path, viewer, MATCH),
        )
    ).one_or_none()
    if row is None:
        abort(404)
    given, seeker = row[0], row[1]
    wish_id = session.scalar(
        select(Wish.id).where(Wish.seeker_id == seeker.id, Wish.state.in_(WAITING))
    )
    bookings = session.execute(
        select(SlotBooking, InterviewSlot, Booth.number, Party.public_name)
        .join(InterviewSlot, InterviewSlot.id == SlotBooking.slot_id)
        .join(Booth, Booth.id == InterviewSlot.booth_id)
        .join(Company, Company.id == Booth.company_id)
        .join(Party, Party.id == Company.party_id)
        .where(SlotBooking.pass_id == given.id, SlotBooking.cancelled_at.is_(None))
        .order_by(InterviewSlot.from_minute)
    )
    referrals = session.execute(
        select(Referral, JobPost.title, Party.public_name)
        .join(FairReferral, FairReferral.referral_id == Referral.id)
        .join(JobPost, JobPost.id == Referral.post_id)
        .join(Company, Company.id == JobPost.company_id)
        .join(Party, Party.id == Company.party_id)
        .where(FairReferral.pass_id == given.id)
        .order_by(Referral.id)
    )
    return WholePass(
        given,
        seeker,
        row[2] or "",
        row[3] or "",
        wish_id,
        [(one[0], one[1], one[2], one[3]) for one in bookings],
        [(one[0], one[1], one[2]) for one in referrals],
    )


def seeker_by(
    session: Session, viewer: Viewer, fair: Fair, *, wish_id: int | None = None, phone: str = ""
) -> Seeker | None:
    """Return who filed a wish, or has a phone, of the viewer's grids in the fair's community.

    Of several with one phone the one whose wish came last. A few sealed phones are opened.
    """
    asked = (
        select(Seeker)
        .join(Wish, Wish.seeker_id == Seeker.id)
        .where(
            scope_condition(Seeker.grid_path, viewer, MATCH),
            within(Seeker.grid_path, fair.grid_path),
            Seeker.erased_at.is_(None),
        )
    )
    if wish_id is not None:
        return session.scalar(asked.where(Wish.id == wish_id))
    here = and_(
        SeekerContact.seeker_id == Seeker.id,
        SeekerContact.field == PersonalField.PHONE,
        SeekerContact.masked == numbers.masked(PersonalField.PHONE, phone),
    )
    found = session.execute(
        asked.join(SeekerContact, here)
        .add_columns(SeekerContact.value)
        .order_by(Wish.id.desc())
        .limit(PAGE)
    )
    return next((one for one, value in found if sealing.unseal(value) == phone), None)


def left_without(session: Session, viewer: Viewer, fair: Fair) -> list[tuple[PassRow, int | None]]:
    """Return who came, and has not been referred anywhere since, with the wish that waits.

    Since the day began: doors open earlier than is printed.
    """
    since = (
        select(Referral.id)
        .join(Wish, Wish.id == Referral.wish_id)
        .where(Wish.seeker_id == FairPass.seeker_id, Referral.made_at >= fair.moment(0))
    )
    waits = (
        select(func.max(Wish.id))
        .where(Wish.seeker_id == FairPass.seeker_id, Wish.state.in_(WAITING))
        .scalar_subquery()
    )
    rows = session.execute(
        _named(select(FairPass))
        .add_columns(waits)
        .where(
            FairPass.fair_id == fair.id,
            FairPass.used_at.is_not(None),
            Seeker.erased_at.is_(None),
            scope_condition(Seeker.grid_path, viewer, MATCH),
            ~since.exists(),
        )
        .order_by(FairPass.used_at, FairPass.id)
        .limit(PAGE)
    )
    return [(PassRow(row[0], row[1] or "", row[2] or ""), row[3]) for row in rows]


def interviews_on(
    session: Session, viewer: Viewer, *, day: date, after: str = "", most: int = PAGE
) -> tuple[list[tuple[PassRow, InterviewSlot, int, str]], str]:
    """Return some of a day's booked interviews at fairs, with booth and company, in their order.

    Also where to go on: empty where these are the last.
    """
    order = (InterviewSlot.from_minute, Booth.number, SlotBooking.id)
    found = (
        _booked(_named(select(FairPass)), viewer, day)
        .add_columns(InterviewSlot, Booth.number, Party.public_name, SlotBooking.id)
        .join(Company, Company.id == Booth.company_id)
        .join(Party, Party.id == Company.party_id)
        .order_by(*order)
    )
    last = heard(after, int, int, int)
    if last:
        found = found.where(behind(order, last))
    rows = session.execute(found.limit(most + 1)).all()
    listed = [
        (PassRow(row[0], row[1] or "", row[2] or ""), row[3], row[4], row[5]) for row in rows[:most]
    ]
    shown = rows[most - 1] if rows[most:] else None
    return listed, told(shown[3].from_minute, shown[4], shown[6]) if shown else ""


def interview_count(session: Session, viewer: Viewer, *, day: date) -> int:
    """Return how many interviews are booked at fairs of a day; one query."""
    asked = select(func.count(SlotBooking.id)).select_from(FairPass)
    of_whom = asked.join(Seeker, Seeker.id == FairPass.seeker_id)
    return session.scalar(_booked(of_whom, viewer, day)) or 0


def _booked(asked: Any, viewer: Viewer, day: date) -> Any:
    return (
        asked.join(SlotBooking, SlotBooking.pass_id == FairPass.id)
        .join(InterviewSlot, InterviewSlot.id == SlotBooking.slot_id)
        .join(Booth, Booth.id == InterviewSlot.booth_id)
        .join(Fair, Fair.id == Booth.fair_id)
        .where(
            Fair.held_on == day,
            Fair.state != FairState.CALLED_OFF,
            SlotBooking.cancelled_at.is_(None),
            scope_condition(Seeker.grid_path, viewer, MATCH),
        )
    )


def name_of(session: Session, seeker_id: int) -> str:
    """Return a seeker's name, masked; empty where it was erased."""
    field = SeekerContact.field == PersonalField.NAME
    asked = select(SeekerContact.masked).where(SeekerContact.seeker_id == seeker_id, field)
    return session.scalar(asked) or ""


def checked_in(session: Session, fair: Fair) -> int:
    """Return how many came in with a pass."""
    return (
        session.scalar(select(func.count(FairPass.used_at)).where(FairPass.fair_id == fair.id)) or 0
    )


def figures(session: Session, fair: Fair) -> Figures:
    """Count a fair; seven queries, however large it is."""
    rows = session.execute(
        select(Booth, Party.public_name)
        .join(Company, Company.id == Booth.company_id)
        .join(Party, Party.id == Company.party_id)
        .where(Booth.fair_id == fair.id)
        .order_by(Booth.number)
    ).all()
    posts = _per_booth(session, fair, select(BoothPost.booth_id).select_from(BoothPost))
    booked = select(InterviewSlot.booth_id).select_from(SlotBooking).join(InterviewSlot)
    interviews = _per_booth(session, fair, booked.where(SlotBooking.cancelled_at.is_(None)))
    sent = select(FairReferral.booth_id).select_from(FairReferral)
    referrals = _per_booth(session, fair, sent)
    placed = sent.join(Placement, Placement.referral_id == FairReferral.referral_id)
    placements = _per_booth(session, fair, placed.where(Placement.undone_at.is_(None)))
    of_booths = [
        BoothFigures(
            booth.number,
            name,
            posts.get(booth.id, 0),
            interviews.get(booth.id, 0),
            booth.visitors,
            booth.intentions,
            booth.offers,
            referrals.get(booth.id, 0),
            placements.get(booth.id, 0),
        )
        for booth, name in rows
    ]
    given, used = session.execute(
        select(func.count(), func.count(FairPass.used_at)).where(FairPass.fair_id == fair.id)
    ).one()
    came = session.scalar(
        select(func.count())
        .select_from(WalkIn)
        .where(WalkIn.fair_id == fair.id, WalkIn.undone_at.is_(None))
    )
    return Figures(of_booths, given, used, came or 0)


def _per_booth(session: Session, fair: Fair, asked: Any) -> dict[int, int]:
    """Count rows by the booth they are of; the statement's one column is the booth."""
    found = asked.subquery()
    column = found.c.booth_id
    own = select(Booth.id).where(Booth.fair_id == fair.id)
    rows = session.execute(select(column, func.count()).where(column.in_(own)).group_by(column))
    return {one[0]: one[1] for one in rows}


def _named(asked: Any) -> Any:
    """Join the seeker of a pass, with name and phone, masked."""
    statement = asked.join(Seeker, Seeker.id == FairPass.seeker_id)
    for field in (PersonalField.NAME, PersonalField.PHONE):
        contact = SeekerContact.__table__.alias(f"own_{field.value}")
        is_own = and_(contact.c.seeker_id == Seeker.id, contact.c.field == field)
        statement = statement.outerjoin(contact, is_own).add_columns(contact.c.masked)
    return statement
