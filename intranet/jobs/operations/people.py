"""Who a seeker is: name and phone, sealed apart, shown for a reason, erased when asked for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from intranet import sealing
from intranet.access import Viewer
from intranet.acts import Act
from intranet.errors import DomainError, InputError
from intranet.jobs.models import (
    ACTIVE,
    Channel,
    Consent,
    FollowUp,
    Placement,
    Referral,
    ReferralStep,
    Seeker,
    SeekerContact,
    Wish,
    WishState,
    WishStep,
)
from intranet.jobs.operations.turns import take_turn
from intranet.register.models import Party, PartyKind, PersonalField
from intranet.register.operations import numbers

NAME_MAX, REASON_MAX, BATCH = 40, 200, 500
WAITING = (WishState.OPEN, WishState.REFERRED, WishState.PAUSED)
CONSENT = "2026-11"  # the version of what is agreed to; its words are a page of their own


@dataclass(frozen=True, slots=True)
class Person:
    """What somebody says of who they are."""

    name: str
    phone: str
    legal_age: bool  # sixteen or older
    consents: bool
    party: Party | None = None  # in the register, where that is known


def clean_person(person: Person) -> Person:
    """Return it as it is kept. Raises InputError beside the field."""
    name = " ".join(person.name.split())
    if not 0 < len(name) <= NAME_MAX:
        raise InputError("Give a name of at most %(max)s characters", "name", max=NAME_MAX)
    phone = numbers.phone(person.phone)
    if not person.legal_age:
        raise InputError("Nobody below sixteen may be offered work", "legal_age")
    if not person.consents:
        raise InputError("Without consent nothing is kept", "consents")
    return Person(name, phone, person.legal_age, person.consents, person.party)


def keep_person(session: Session, act: Act, person: Person, *, grid_path: str) -> Seeker:
    """Keep a new seeker, name and phone sealed."""
    seeker = Seeker(
        grid_path=grid_path,
        party_id=person.party.id if person.party else None,
        legal_age=person.legal_age,
        consent_words=CONSENT,
        consented_at=act.at,
        made_at=act.at,
        made_by=act.account_id,
    )
    session.add(seeker)
    session.flush()
    keep_contacts(session, seeker, person)
    return seeker


def keep_contacts(session: Session, seeker: Seeker, person: Person) -> None:
    """Keep name and phone, sealed, in place of others that were kept before."""
    kept = {one.field: one for one in _contacts_of(session, [seeker.id])}
    for field, value in ((PersonalField.NAME, person.name), (PersonalField.PHONE, person.phone)):
        one = kept.get(field)
        if one is not None and sealing.unseal(one.value) == value:
            continue
        if one is None:
            one = SeekerContact(seeker_id=seeker.id, field=field)
            session.add(one)
        one.value, one.masked = sealing.seal(value), numbers.masked(field, value)
    session.flush()


def own_seeker(session: Session, person: Person, at: datetime) -> Seeker | None:
    """Return as whom somebody of the register looks for work, by the name that was given.

    An account may be a household's: whoever gives another name there is another person. Of a
    person it is the newest, whatever the name. While the wish that waits may be another's, who
    was joined to this one, whoever files is somebody new: nobody writes over another's wish.
    """
    assert person.party is not None
    seekers = session.scalars(
        select(Seeker)
        .where(
            Seeker.party_id == person.party.id,
            Seeker.erased_at.is_(None),
            Seeker.merged_into_id.is_(None),
            ~exists().where(
                Wish.seeker_id == Seeker.id, Wish.state.in_(WAITING), Wish.own_from > at
            ),
        )
        .order_by(Seeker.id.desc())
    ).all()
    names = {
        one.seeker_id: sealing.unseal(one.value)
        for one in _contacts_of(session, [one.id for one in seekers])
        if one.field is PersonalField.NAME
    }
    same = [one for one in seekers if names.get(one.id) == person.name]
    if not same and person.party.kind is PartyKind.PERSON:
        same = list(seekers)
    return same[0] if same else None


def _contacts_of(session: Session, whose: Sequence[int]) -> Sequence[SeekerContact]:
    return session.scalars(select(SeekerContact).where(SeekerContact.seeker_id.in_(whose))).all()


def must_stand(session: Session, seeker: Seeker) -> None:
    """Take a seeker's row; raise DomainError for one who was joined to another, or erased."""
    session.refresh(seeker, with_for_update=True)
    if seeker.merged_into_id is not None:
        raise DomainError("This seeker was joined to another; look at that one")
    if seeker.erased_at is not None:
        raise DomainError("This seeker's data was erased already")


def agree(
    session: Session,
    *,
    seeker: Seeker,
    wish_id: int | None,
    channel: Channel,
    at: datetime,
    by: int | None,
    filing_key: str | None = None,
) -> None:
    """Write down that a seeker agreed to what is kept, when and in which way."""
    session.add(
        Consent(
            seeker_id=seeker.id,
            wish_id=wish_id,
            words=CONSENT,
            channel=channel,
            at=at,
            by=by,
            filing_key=filing_key,
        )
    )
    session.flush()


def alike(session: Session, person: Person) -> list[Seeker]:
    """Return seekers of the same phone, the newest first: one and the same, or a home's one phone.

    By the masked phone, then the phone itself; a few rows are opened at most.
    """
    masked = numbers.masked(PersonalField.PHONE, person.phone)
    rows = session.execute(
        select(Seeker, SeekerContact.value)
        .join(SeekerContact, SeekerContact.seeker_id == Seeker.id)
        .where(
            SeekerContact.field == PersonalField.PHONE,
            SeekerContact.masked == masked,
            Seeker.erased_at.is_(None),
            Seeker.merged_into_id.is_(None),
        )
        .order_by(Seeker.id.desc())
        .limit(BATCH)
    )
    return [seeker for seeker, value in rows if sealing.unseal(value) == person.phone]


def unmask_seeker(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    seeker: Seeker,
    field: PersonalField,
    reason: str,
    address: str = "",
) -> str:
    """Return a seeker's name or phone in clear; who looked and why is written down.

    Raises InputError without a reason, DomainError when it is not known (any more).
    """
    why = " ".join(reason.split())
    if not 2 <= len(why) <= REASON_MAX:
        raise InputError("Give a reason", "reason")
    value = session.scalar(
        select(SeekerContact.value).where(
            SeekerContact.seeker_id == seeker.id, SeekerContact.field == field
        )
    )
    if value is None:
        raise DomainError("This is not known")
    act = Act(actor, at, address)
    act.record(
        session,
        "jobs:seeker:unmask",
        "seeker",
        seeker.id,
        seeker.grid_path,
        reason=why,
        field=field.value,
    )
    return sealing.unseal(value)


def export_seeker(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    seeker: Seeker,
    reason: str,
    address: str = "",
) -> dict[PersonalField, str]:
    """Return name and phone for what is handed over: in clear to the person alone.

    To anybody else masked, or in clear for a ``reason`` that is written down as when looking.
    That it was handed over is written down in any case. Raises InputError (``reason``),
    DomainError where it was erased, or joined to another.
    """
    must_stand(session, seeker)
    is_own = seeker.party_id is not None and seeker.party_id == actor.party_id
    kept = session.execute(
        select(SeekerContact.field, SeekerContact.value, SeekerContact.masked)
        .where(SeekerContact.seeker_id == seeker.id)
        .order_by(SeekerContact.id)
    ).all()
    if is_own:
        given = {field: sealing.unseal(value) for field, value, _masked in kept}
    elif reason.strip():
        given = {
            one.field: unmask_seeker(
                session,
                actor=actor,
                at=at,
                seeker=seeker,
                field=one.field,
                reason=reason,
                address=address,
            )
            for one in kept
        }
    else:
        given = {field: masked for field, _value, masked in kept}
    in_clear = is_own or bool(reason.strip())
    Act(actor, at, address).record(
        session, "jobs:seeker:export", "seeker", seeker.id, seeker.grid_path, in_clear=in_clear
    )
    return given


def erase_seeker(
    session: Session, *, actor: Viewer | None, at: datetime, seeker: Seeker, address: str = ""
) -> None:
    """Empty all that says who a seeker is, and what was written of them; counts stay.

    Whoever was joined to them goes, too. Referrals and placements are kept three years
    (网络招聘服务管理规定), without a name. Raises DomainError where it was done already, a referral
    of theirs is still under way, or they were joined to another.
    """
    take_turn(session)
    must_stand(session, seeker)
    own = select(Wish).where(Wish.seeker_id == seeker.id)
    wishes = list(session.scalars(own.execution_options(populate_existing=True)))
    ids = [one.id for one in wishes]
    under_way = select(Referral.id).where(Referral.wish_id.in_(ids), Referral.state.in_(ACTIVE))
    if session.scalar(under_way.limit(1)) is not None:
        raise DomainError("A referral is still under way; end it first")
    everybody = [seeker, *joined_to(session, seeker)]
    whose = [one.id for one in everybody]
    session.execute(delete(SeekerContact).where(SeekerContact.seeker_id.in_(whose)))
    for one in wishes:
        one.words, one.latitude, one.longitude = "", None, None
        if one.state in {WishState.OPEN, WishState.PAUSED}:
            one.state = WishState.CLOSED
        one.made_by = None
    _empty_words(session, ids)
    _drop_follow_ups(session, ids, at)
    for other in everybody:
        other.party_id, other.made_by, other.erased_at = None, None, at
    session.flush()
    Act(actor, at, address).record(
        session, "jobs:seeker:erase", "seeker", seeker.id, seeker.grid_path
    )


def joined_to(session: Session, seeker: Seeker, *, besides: Collection[int] = ()) -> list[Seeker]:
    """Return whoever was joined to a seeker, and whoever had been joined to those.

    Without those whose numbers are in ``besides``, and whoever had been joined to them.
    """
    found: list[Seeker] = []
    level = [seeker.id]
    while level:
        asked = select(Seeker).where(Seeker.merged_into_id.in_(level), Seeker.id.not_in(besides))
        below = session.scalars(asked).all()
        found += below
        level = [one.id for one in below]
    return found


def _drop_follow_ups(session: Session, wish_ids: Sequence[int], at: datetime) -> None:
    """Ask nobody any more how the work is: nobody is there to be rung."""
    referrals = select(Referral.id).where(Referral.wish_id.in_(wish_ids))
    placements = select(Placement.id).where(Placement.referral_id.in_(referrals))
    session.execute(
        update(FollowUp)
        .where(
            FollowUp.placement_id.in_(placements),
            FollowUp.done_at.is_(None),
            FollowUp.dropped_at.is_(None),
        )
        .values(dropped_at=at)
        .execution_options(synchronize_session=False)
    )


def _empty_words(session: Session, wish_ids: Sequence[int]) -> None:
    referrals = select(Referral.id).where(Referral.wish_id.in_(wish_ids))
    placements = select(Placement.id).where(Placement.referral_id.in_(referrals))
    for statement in (
        update(WishStep).where(WishStep.wish_id.in_(wish_ids), WishStep.words != ""),
        update(ReferralStep).where(
            ReferralStep.referral_id.in_(referrals), ReferralStep.words != ""
        ),
        update(FollowUp).where(FollowUp.placement_id.in_(placements), FollowUp.words != ""),
    ):
        session.execute(statement.values(words="").execution_options(synchronize_session=False))
    session.expire_all()


def renew_seals(session: Session, after: int = 0) -> tuple[int, int]:
    """Seal the next BATCH contacts behind an id anew; return how many, and the last one's id."""
    batch = session.scalars(
        select(SeekerContact)
        .where(SeekerContact.id > after)
        .order_by(SeekerContact.id)
        .limit(BATCH)
    ).all()
    for one in batch:
        one.value = sealing.renew(one.value)
    session.flush()
    return len(batch), batch[-1].id if batch else after
