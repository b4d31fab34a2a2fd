"""Today at the station: one look at all that waits, each figure with the list behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import abort
from sqlalchemy import func, select

from intranet import clock
from intranet.access import Permission, Viewer, allowed, scope_condition
from intranet.jobs.models import DeskVisit, Fair, InterviewSlot, Purpose
from intranet.jobs.queries import complaints, fair_people, fairs, posts, referrals, screens, wishes
from intranet.jobs.queries.companies import counts as company_counts
from intranet.jobs.queries.fair_people import PassRow
from intranet.jobs.queries.posts import EndingPage
from intranet.jobs.queries.referrals import ReferralRow
from intranet.jobs.queries.wishes import WishFilter, WishRow
from intranet.people.models import Account

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

FIRST = 5  # of a list, so many stand on the desk
END = "end"  # in place of a cursor: this list is through, the other goes on
INTERVIEWS = 50  # of either kind on a page
VISITS = 200  # of those who came in, on a page
P = Permission
MANAGE = P.JOBS_STATION_MANAGE


@dataclass(frozen=True, slots=True)
class Visits:
    """Who came in on a day, by what for."""

    of_what: dict[Purpose, int]
    last: DeskVisit | None

    @property
    def all(self) -> int:
        """All who came in."""
        return sum(self.of_what.values())


@dataclass(frozen=True, slots=True)
class Interviews:
    """Some interviews of a day, of referrals and at fairs; how many there are, where to go on."""

    referrals: Sequence[ReferralRow]
    at_fairs: Sequence[tuple[PassRow, InterviewSlot, int, str]]
    count: int
    after: tuple[str, str] | None  # of either; None where these are the last


@dataclass(frozen=True, slots=True)
class Desk:
    """What waits today; None is what the viewer has no business with."""

    visits: Visits | None
    filed: int
    ring: int
    late: int  # of them for more than three days
    to_ring: Sequence[WishRow]
    review: int | None
    complaints: int | None
    ending: EndingPage | None
    licences: int
    interviews: Interviews
    fair: Fair | None
    silent: int | None


def desk(session: Session, viewer: Viewer, *, paths: Sequence[str], now: datetime) -> Desk:
    """Return what waits for the viewer today in some communities; some two dozen queries."""
    day = clock.day_of(now)
    wished = wishes.counts(session, viewer, now=now)
    rung = WishFilter(to_ring=True)
    reviews, writes = allowed(viewer, P.JOBS_POST_REVIEW), allowed(viewer, P.JOBS_POST_WRITE)
    sees = allowed(viewer, P.JOBS_SCREEN_VIEW)
    return Desk(
        visits=visits(session, viewer, day=day) if allowed(viewer, MANAGE) else None,
        filed=wished["today"],
        ring=wished["ring"],
        late=wished["late"],
        to_ring=wishes.wishes(session, viewer, rung, now=now, most=FIRST).rows,
        review=posts.waiting_count(session, viewer) if reviews else None,
        complaints=complaints.waiting_posts(session, viewer) if reviews else None,
        ending=posts.ending(session, viewer, day=day, most=FIRST) if writes else None,
        licences=company_counts(session, viewer)["due"],
        interviews=interviews(session, viewer, day=day, most=FIRST),
        fair=fairs.next_fair(session, paths, day),
        silent=screens.silent_count(session, viewer, now=now) if sees else None,
    )


def interviews(
    session: Session,
    viewer: Viewer,
    *,
    day: date,
    after: tuple[str, str] = ("", ""),
    most: int = INTERVIEWS,
) -> Interviews:
    """Return some interviews of a day, ``most`` of either kind; at most four queries."""
    asked: dict[str, Any] = {"day": day, "most": most}
    sent: Sequence[ReferralRow] = ()
    booked: Sequence[tuple[PassRow, InterviewSlot, int, str]] = ()
    sent_on = booked_on = ""
    if after[0] != END:
        sent, sent_on = referrals.interviews_on(session, viewer, after=after[0], **asked)
    if after[1] != END:
        booked, booked_on = fair_people.interviews_on(session, viewer, after=after[1], **asked)
    count = referrals.interview_count(session, viewer, day=day)
    count += fair_people.interview_count(session, viewer, day=day)
    more = (sent_on or END, booked_on or END) if sent_on or booked_on else None
    return Interviews(sent, booked, count, more)


def visits(session: Session, viewer: Viewer, *, day: date) -> Visits:
    """Return who came in on a day, and whom the viewer counted last; two queries."""
    wanted = _visits(viewer, day)
    rows = session.execute(
        select(DeskVisit.purpose, func.count()).where(*wanted).group_by(DeskVisit.purpose)
    ).all()
    own = select(DeskVisit).where(*wanted, DeskVisit.by == viewer.account_id)
    last = session.scalar(own.order_by(DeskVisit.id.desc()).limit(1))
    found = {row[0]: row[1] for row in rows}
    return Visits({one: found.get(one, 0) for one in Purpose}, last)


def visit_list(
    session: Session, viewer: Viewer, *, day: date, before: int = 0
) -> tuple[list[tuple[DeskVisit, str]], int]:
    """Return some who came in on a day, the last first, with who counted them; and where to go on.

    Zero where there are no more.
    """
    found = (
        select(DeskVisit, Account.display_name)
        .outerjoin(Account, Account.id == DeskVisit.by)
        .where(*_visits(viewer, day))
        .order_by(DeskVisit.id.desc())
    )
    if before:
        found = found.where(DeskVisit.id < before)
    rows = session.execute(found.limit(VISITS + 1)).all()
    listed = [(row[0], row[1] or "") for row in rows[:VISITS]]
    return listed, listed[-1][0].id if rows[VISITS:] else 0


def visit_or_404(session: Session, viewer: Viewer, visit_id: int) -> DeskVisit:
    """Return somebody who was counted where the viewer runs the station."""
    found = session.scalar(
        select(DeskVisit).where(
            DeskVisit.id == visit_id, scope_condition(DeskVisit.grid_path, viewer, MANAGE)
        )
    )
    return found or abort(404)


def _visits(viewer: Viewer, day: date) -> tuple[Any, ...]:
    begins = clock.midnight(day)
    return (
        scope_condition(DeskVisit.grid_path, viewer, MANAGE),
        DeskVisit.at >= begins,
        DeskVisit.at < begins + timedelta(days=1),
        DeskVisit.undone_at.is_(None),
    )
