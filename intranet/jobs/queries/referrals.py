"""Referrals as both sides see them, and whom to follow up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import abort
from sqlalchemy import and_, func, or_, select

from intranet import clock
from intranet.access import Permission, Viewer, scope_condition
from intranet.jobs.models import (
    Company,
    FollowUp,
    Handler,
    JobPost,
    Placement,
    Referral,
    ReferralState,
    ReferralStep,
    Seeker,
    SeekerContact,
    Wish,
)
from intranet.jobs.operations import handlers_of
from intranet.jobs.queries.cursors import behind, heard, told
from intranet.people.models import Account
from intranet.register.models import Party, PersonalField

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

PAGE = 50
SEES = Permission.JOBS_WISH_VIEW
ANSWERS = Permission.JOBS_REFERRAL_ANSWER
AHEAD = timedelta(days=3)  # a follow-up is listed so long before it is due


@dataclass(frozen=True, slots=True)
class Place:
    """Where a thing lies and whose it is, for the policy."""

    grid_path: str
    party_id: int | None = None
    handler_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class WholeReferral:
    """One referral with all that belongs to it."""

    referral: Referral
    post: JobPost
    company: str
    wish: Wish
    seeker: Seeker
    contacts: dict[PersonalField, str]  # masked
    steps: Sequence[tuple[ReferralStep, str]]
    placement: Placement | None
    follow_ups: Sequence[FollowUp]
    handler_ids: frozenset[int]

    @property
    def of_post(self) -> Place:
        """Whose the post is: the company and the station answer."""
        return Place(self.post.grid_path, handler_ids=self.handler_ids)

    @property
    def of_wish(self) -> Place:
        """Whose the wish is: the grid's members and the station look after it."""
        held = self.wish.is_held(clock.now())  # it may be another's, who was joined to this one
        return Place(self.wish.grid_path, party_id=None if held else self.seeker.party_id)


@dataclass(frozen=True, slots=True)
class ReferralRow:
    """One referral of a list."""

    referral: Referral
    title: str
    company: str
    name: str  # masked


@dataclass(frozen=True, slots=True)
class DueRow:
    """A follow-up that is due, or will be in a few days."""

    due: FollowUp
    referral_id: int
    title: str
    name: str  # masked


def referral_or_404(
    session: Session, viewer: Viewer, referral_id: int, *, day: date
) -> WholeReferral:
    """Return one referral that the viewer's side sees; eight queries."""
    row = session.execute(
        _joined(select(Referral, JobPost, Party.public_name, Wish, Seeker)).where(
            Referral.id == referral_id
        )
    ).one_or_none()
    if row is None:
        abort(404)
    referral, post, company, wish, seeker = row
    handlers = frozenset(handlers_of(session, post.company_id, day=day))
    seen = session.scalar(
        _joined(select(Referral.id)).where(Referral.id == referral_id, _visible(viewer))
    )
    is_own = seeker.party_id is not None and seeker.party_id == viewer.party_id
    is_own = is_own and not wish.is_held(clock.now())
    if seen is None and not is_own and viewer.account_id not in handlers:
        abort(404)
    placement = session.scalar(
        select(Placement).where(Placement.referral_id == referral_id, Placement.undone_at.is_(None))
    )
    return WholeReferral(
        referral=referral,
        post=post,
        company=company,
        wish=wish,
        seeker=seeker,
        contacts=_contacts(session, seeker.id),
        steps=_steps(session, referral_id),
        placement=placement,
        follow_ups=_follow_ups(session, placement),
        handler_ids=handlers,
    )


def referrals(
    session: Session,
    viewer: Viewer,
    state: ReferralState,
    *,
    day: date,
    after: int | None = None,
) -> tuple[list[ReferralRow], int | None]:
    """Return some referrals that the viewer's side sees, the newest first, and where to go on."""
    asked = (
        _joined(select(Referral, JobPost.title, Party.public_name, SeekerContact.masked))
        .outerjoin(
            SeekerContact,
            and_(SeekerContact.seeker_id == Seeker.id, SeekerContact.field == PersonalField.NAME),
        )
        .where(Referral.state == state, or_(_visible(viewer), _handled(viewer, day)))
        .order_by(Referral.id.desc())
        .limit(PAGE + 1)
    )
    if after is not None:
        asked = asked.where(Referral.id < after)
    rows = session.execute(asked).all()
    found = [ReferralRow(row[0], row[1], row[2], row[3] or "") for row in rows[:PAGE]]
    return found, found[-1].referral.id if len(rows) > PAGE else None


def referral_counts(session: Session, viewer: Viewer, *, day: date) -> dict[str, int]:
    """Return how many referrals of the viewer's side are in each state; one query."""
    rows = session.execute(
        _joined(select(Referral.state, func.count()))
        .where(or_(_visible(viewer), _handled(viewer, day)))
        .group_by(Referral.state)
    )
    return {state.value: count for state, count in rows}


def readable(session: Session, viewer: Viewer, ids: Sequence[int]) -> set[int]:
    """Return those of some referrals whose pages the viewer's side may read; one query."""
    asked = _joined(select(Referral.id)).where(Referral.id.in_(ids), _visible(viewer))
    return set(session.scalars(asked))


def interviews_on(
    session: Session, viewer: Viewer, *, day: date, after: str = "", most: int = PAGE
) -> tuple[list[ReferralRow], str]:
    """Return some interviews of a day that the station's side sees, and where to go on."""
    found = (
        _joined(select(Referral, JobPost.title, Party.public_name, SeekerContact.masked))
        .outerjoin(
            SeekerContact,
            and_(SeekerContact.seeker_id == Seeker.id, SeekerContact.field == PersonalField.NAME),
        )
        .where(*_interviewed_on(viewer, day))
        .order_by(Referral.interview_at, Referral.id)
    )
    last = heard(after, datetime, int)
    if last:
        found = found.where(behind((Referral.interview_at, Referral.id), last))
    rows = session.execute(found.limit(most + 1)).all()
    listed = [ReferralRow(row[0], row[1], row[2], row[3] or "") for row in rows[:most]]
    if not rows[most:]:
        return listed, ""
    shown = listed[-1].referral
    assert shown.interview_at is not None
    return listed, told(shown.interview_at, shown.id)


def interview_count(session: Session, viewer: Viewer, *, day: date) -> int:
    """Return how many interviews of a day the station's side sees; one query."""
    found = _joined(select(func.count(Referral.id))).where(*_interviewed_on(viewer, day))
    return session.scalar(found) or 0


def _interviewed_on(viewer: Viewer, day: date) -> tuple[Any, ...]:
    begins = clock.midnight(day)
    return (
        Referral.state == ReferralState.INTERVIEW,
        Referral.interview_at >= begins,
        Referral.interview_at < begins + timedelta(days=1),
        _visible(viewer),
    )


def due_follow_ups(session: Session, viewer: Viewer, *, day: date) -> list[DueRow]:
    """Return the follow-ups of the viewer's grids that are due, the oldest first: a page."""
    rows = session.execute(
        select(FollowUp, Referral.id, JobPost.title, SeekerContact.masked)
        .join(Placement, Placement.id == FollowUp.placement_id)
        .join(Referral, Referral.id == Placement.referral_id)
        .join(JobPost, JobPost.id == Referral.post_id)
        .join(Wish, Wish.id == Referral.wish_id)
        .outerjoin(
            SeekerContact,
            and_(
                SeekerContact.seeker_id == Wish.seeker_id,
                SeekerContact.field == PersonalField.NAME,
            ),
        )
        .where(
            FollowUp.done_at.is_(None),
            FollowUp.dropped_at.is_(None),
            FollowUp.due_on <= day + AHEAD,
            scope_condition(Wish.grid_path, viewer, Permission.JOBS_WISH_MATCH),
        )
        .order_by(FollowUp.due_on, FollowUp.id)
        .limit(PAGE)
    ).all()
    return [DueRow(row[0], row[1], row[2], row[3] or "") for row in rows]


def _joined(asked: Any) -> Any:
    return (
        asked.select_from(Referral)
        .join(JobPost, JobPost.id == Referral.post_id)
        .join(Company, Company.id == JobPost.company_id)
        .join(Party, Party.id == Company.party_id)
        .join(Wish, Wish.id == Referral.wish_id)
        .join(Seeker, Seeker.id == Wish.seeker_id)
    )


def _visible(viewer: Viewer) -> Any:
    of_wish = scope_condition(Wish.grid_path, viewer, SEES)
    return or_(of_wish, scope_condition(JobPost.grid_path, viewer, ANSWERS))


def _handled(viewer: Viewer, day: date) -> Any:
    """Whether the viewer acts for the company of the post."""
    stands = or_(Handler.ends_on.is_(None), Handler.ends_on > day)
    own = select(Handler.company_id).where(Handler.account_id == viewer.account_id, stands)
    return JobPost.company_id.in_(own)


def _contacts(session: Session, seeker_id: int) -> dict[PersonalField, str]:
    columns = (SeekerContact.field, SeekerContact.masked)
    rows = session.execute(select(*columns).where(SeekerContact.seeker_id == seeker_id))
    return dict(rows.all())


def _steps(session: Session, referral_id: int) -> list[tuple[ReferralStep, str]]:
    rows = session.execute(
        select(ReferralStep, Account.display_name)
        .outerjoin(Account, Account.id == ReferralStep.by)
        .where(ReferralStep.referral_id == referral_id)
        .order_by(ReferralStep.id)
    )
    return [(row[0], row[1] or "") for row in rows]


def _follow_ups(session: Session, placement: Placement | None) -> Sequence[FollowUp]:
    if placement is None:
        return ()
    asked = select(FollowUp).where(FollowUp.placement_id == placement.id).order_by(FollowUp.days)
    return session.scalars(asked).all()
