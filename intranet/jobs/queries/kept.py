"""All that is kept of one seeker, as the person may see it and take it along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import String, and_, cast, exists, not_, or_, select

from intranet import clock
from intranet.access import Permission, Viewer, scope_condition
from intranet.audit import AuditEntry
from intranet.jobs import operations
from intranet.jobs.models import (
    AskedPost,
    Booth,
    Channel,
    Company,
    Consent,
    Decision,
    Fair,
    FairPass,
    FairReferral,
    FollowUp,
    InterviewSlot,
    JobPost,
    MergedPass,
    Placement,
    ReferralStep,
    Seeker,
    SeekerMerge,
    SlotBooking,
    Wish,
)
from intranet.jobs.queries.asking import asked_of
from intranet.jobs.queries.wishes import Whole, whole_or_404
from intranet.people.models import Account
from intranet.register.models import Party

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one referral: its steps, the work, and the looks after it."""

    steps: Sequence[tuple[ReferralStep, str]]  # with the name of whoever did it
    placements: Sequence[Placement]
    follow_ups: Sequence[tuple[FollowUp, str]]
    fair: str  # at which it was made; empty where at none


@dataclass(frozen=True, slots=True)
class AtFair:
    """One pass for a fair, with the interviews booked there, given back ones too."""

    given: FairPass
    fair: Fair
    bookings: Sequence[tuple[SlotBooking, InterviewSlot, str]]  # with the company's name


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a seeker; whoever was joined to them counts as the same."""

    seeker: Seeker
    numbers: Sequence[int]  # the seeker's own first, then of whoever was joined
    consents: Sequence[tuple[Consent, str]]  # with the name of whoever took it, the newest first
    wishes: Sequence[Whole]  # the newest first
    sent: dict[int, Sent]  # by the number of the referral
    # What was decided of posts, by the number of the wish, with the post's title and by whom.
    decided: dict[int, list[tuple[Decision, str, str]]]
    asked: dict[int, list[tuple[AskedPost, JobPost]]]  # by the number of the wish
    fairs: Sequence[AtFair]
    joined: Sequence[tuple[SeekerMerge, str]]  # with the name of whoever joined two
    # Who saw name or phone in clear or took this along, by name, the newest first.
    looks: Sequence[tuple[AuditEntry, str]]


def consents_of(session: Session, numbers: Sequence[int]) -> list[tuple[Consent, str]]:
    """Return what seekers agreed to, the newest first, with the name of whoever took it."""
    rows = session.execute(
        select(Consent, Account.display_name)
        .outerjoin(Account, Account.id == Consent.by)
        .where(Consent.seeker_id.in_(numbers))
        .order_by(Consent.id.desc())
    )
    return [(row[0], row[1] or "") for row in rows]


def withdrew(session: Session, viewer: Viewer, wish_id: int) -> bool:
    """Whether a wish was the viewer's own and all that said so has been erased.

    Nothing of the wish leads to the person any more. The trail does: it knows who filed it on the
    own phone, and who withdrew. Whoever looks after the wish is shown it as it stands instead.
    """
    did_it = AuditEntry.actor_id == viewer.account_id
    erased = and_(
        AuditEntry.object_kind == "seeker",
        AuditEntry.object_id == cast(Seeker.id, String),
        AuditEntry.action == "jobs:seeker:erase",
    )
    filed = and_(
        AuditEntry.object_kind == "wish",
        AuditEntry.object_id == str(wish_id),
        AuditEntry.action == "jobs:wish:file",
        Wish.channel == Channel.PHONE,
    )
    asked = (
        select(Wish.id)
        .join(Seeker, Seeker.id == Wish.seeker_id)
        .where(
            Wish.id == wish_id,
            Seeker.erased_at.is_not(None),
            not_(scope_condition(Wish.grid_path, viewer, Permission.JOBS_WISH_VIEW)),
            exists().where(did_it, or_(erased, filed)),
        )
    )
    return session.scalar(asked) is not None


def kept_of(session: Session, seeker: Seeker, *, is_own: bool = False) -> Kept:
    """Return all that is kept of a seeker: some queries for each wish, of which there are few.

    To the account that owns it (``is_own``) nothing of whoever was joined and may be another.
    """
    now = clock.now()
    uncertain = operations.uncertain_merges(session, seeker.id, now) if is_own else []
    others = {merge.from_id for merge in uncertain}
    joined = operations.joined_to(session, seeker, besides=others)
    numbers = [seeker.id, *(one.id for one in joined)]
    newest = select(Wish.id).where(Wish.seeker_id.in_(numbers)).order_by(Wish.id.desc())
    if is_own:
        newest = newest.where(or_(Wish.own_from.is_(None), Wish.own_from <= now))
    wishes = [whole_or_404(session, one) for one in session.scalars(newest)]
    looked = ("jobs:seeker:unmask", "jobs:seeker:export")
    looks = session.execute(
        select(AuditEntry, Account.display_name)
        .outerjoin(Account, Account.id == AuditEntry.actor_id)
        .where(
            AuditEntry.object_kind == "seeker",
            AuditEntry.object_id.in_([str(one) for one in numbers]),
            AuditEntry.action.in_(looked),
        )
        .order_by(AuditEntry.id.desc())
    )
    return Kept(
        seeker=seeker,
        numbers=numbers,
        consents=consents_of(session, numbers),
        wishes=wishes,
        sent=_sent(session, [one.id for whole in wishes for one, _post in whole.referrals]),
        decided=_decided(session, [whole.wish.id for whole in wishes]),
        asked=asked_of(session, [whole.wish.id for whole in wishes]),
        fairs=_fairs(session, numbers, uncertain),
        joined=_joined(session, numbers, uncertain),
        looks=[(row[0], row[1] or "") for row in looks],
    )


def _decided(
    session: Session, wish_ids: Sequence[int]
) -> dict[int, list[tuple[Decision, str, str]]]:
    found: dict[int, list[tuple[Decision, str, str]]] = {}
    for one, title, by in session.execute(
        select(Decision, JobPost.title, Account.display_name)
        .join(JobPost, JobPost.id == Decision.post_id)
        .join(Account, Account.id == Decision.by)
        .where(Decision.wish_id.in_(wish_ids))
        .order_by(Decision.id)
    ):
        found.setdefault(one.wish_id, []).append((one, title, by))
    return found


def _fairs(
    session: Session, numbers: Sequence[int], uncertain: Sequence[SeekerMerge]
) -> list[AtFair]:
    came_along = select(MergedPass.pass_id).where(
        MergedPass.merge_id.in_([merge.id for merge in uncertain])
    )
    passes = session.execute(
        select(FairPass, Fair)
        .join(Fair, Fair.id == FairPass.fair_id)
        .where(FairPass.seeker_id.in_(numbers), FairPass.id.not_in(came_along))
        .order_by(FairPass.id.desc())
    ).all()
    bookings: dict[int, list[tuple[SlotBooking, InterviewSlot, str]]] = {}
    for booking, slot, company in session.execute(
        select(SlotBooking, InterviewSlot, Party.public_name)
        .join(InterviewSlot, InterviewSlot.id == SlotBooking.slot_id)
        .join(Booth, Booth.id == InterviewSlot.booth_id)
        .join(Company, Company.id == Booth.company_id)
        .join(Party, Party.id == Company.party_id)
        .where(SlotBooking.pass_id.in_([row[0].id for row in passes]))
        .order_by(SlotBooking.id)
    ):
        bookings.setdefault(booking.pass_id, []).append((booking, slot, company))
    return [AtFair(given, fair, bookings.get(given.id, ())) for given, fair in passes]


def _joined(
    session: Session, numbers: Sequence[int], uncertain: Sequence[SeekerMerge]
) -> list[tuple[SeekerMerge, str]]:
    rows = session.execute(
        select(SeekerMerge, Account.display_name)
        .join(Account, Account.id == SeekerMerge.by)
        .where(
            or_(SeekerMerge.from_id.in_(numbers), SeekerMerge.into_id.in_(numbers)),
            SeekerMerge.id.not_in([merge.id for merge in uncertain]),
        )
        .order_by(SeekerMerge.id)
    )
    return [(row[0], row[1]) for row in rows]


def _sent(session: Session, referral_ids: Sequence[int]) -> dict[int, Sent]:
    steps = session.execute(
        select(ReferralStep, Account.display_name)
        .outerjoin(Account, Account.id == ReferralStep.by)
        .where(ReferralStep.referral_id.in_(referral_ids))
        .order_by(ReferralStep.id)
    ).all()
    placements = session.scalars(
        select(Placement).where(Placement.referral_id.in_(referral_ids)).order_by(Placement.id)
    ).all()
    by_placement = {one.id: one.referral_id for one in placements}
    follow_ups = session.execute(
        select(FollowUp, Account.display_name)
        .outerjoin(Account, Account.id == FollowUp.done_by)
        .where(FollowUp.placement_id.in_(by_placement))
        .order_by(FollowUp.id)
    ).all()
    fairs = dict(
        session.execute(
            select(FairReferral.referral_id, Fair.title)
            .join(Booth, Booth.id == FairReferral.booth_id)
            .join(Fair, Fair.id == Booth.fair_id)
            .where(FairReferral.referral_id.in_(referral_ids))
        ).all()
    )
    return {
        number: Sent(
            [(one, by or "") for one, by in steps if one.referral_id == number],
            [one for one in placements if one.referral_id == number],
            [(one, by or "") for one, by in follow_ups if by_placement[one.placement_id] == number],
            fairs.get(number, ""),
        )
        for number in referral_ids
    }
