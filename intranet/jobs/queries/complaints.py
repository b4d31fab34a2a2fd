"""Complaints about posts as the station has them: a line a post, and one post with all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import abort
from sqlalchemy import func, select

from intranet.access import Permission, Viewer, scope_condition
from intranet.jobs.models import Company, Complaint, ComplaintAnswer, JobPost, Wrong
from intranet.jobs.queries.cursors import behind, heard, told
from intranet.jobs.queries.posts import WholePost, for_review_or_404
from intranet.people.models import Account
from intranet.register.models import Party

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

PAGE = 50
SHOWN_MAX = 200  # complaints of one post
REVIEW = Permission.JOBS_POST_REVIEW


@dataclass(frozen=True, slots=True)
class ComplaintRow:
    """One post that is complained of, with how often and of what."""

    post: JobPost
    company: str
    count: int
    first_at: datetime
    wrongs: Mapping[Wrong, int]


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One answer, with what it was to."""

    answer: ComplaintAnswer
    title: str
    company: str
    by: str
    count: int


@dataclass(frozen=True, slots=True)
class WholeComplaints:
    """One post with the complaints that wait and the answers there were."""

    whole: WholePost
    waiting: Sequence[Complaint]  # the newest first
    answers: Sequence[AnswerRow]  # the newest first
    said: Mapping[int, Sequence[Complaint]]  # answered ones that still have words, by the answer

    @property
    def grid_path(self) -> str:
        """Where it lies, for the policy."""
        return self.whole.grid_path

    @property
    def upto(self) -> int:
        """The newest complaint that is shown."""
        return self.waiting[0].id if self.waiting else 0


def complaints(
    session: Session, viewer: Viewer, *, after: str = ""
) -> tuple[list[ComplaintRow], str]:
    """Return some posts with complaints that wait, who waits longest first, and where to go on.

    Two queries.
    """
    first = func.min(Complaint.at)
    asked = (
        select(JobPost, Party.public_name, func.count(Complaint.id), first)
        .join(Complaint, Complaint.post_id == JobPost.id)
        .join(Company, Company.id == JobPost.company_id)
        .join(Party, Party.id == Company.party_id)
        .where(Complaint.answer_id.is_(None), scope_condition(JobPost.grid_path, viewer, REVIEW))
        .group_by(JobPost.id, Party.public_name)
        .order_by(first, JobPost.id)
    )
    last = heard(after, datetime, int)
    if last:
        asked = asked.having(behind((first, JobPost.id), last))
    found = session.execute(asked.limit(PAGE + 1)).all()
    rows = found[:PAGE]
    ids = [row[0].id for row in rows]
    of_what: dict[int, Counter[Wrong]] = {}
    for post_id, wrong, count in session.execute(
        select(Complaint.post_id, Complaint.wrong, func.count())
        .where(Complaint.post_id.in_(ids), Complaint.answer_id.is_(None))
        .group_by(Complaint.post_id, Complaint.wrong)
    ):
        of_what.setdefault(post_id, Counter())[wrong] = count
    listed = [
        ComplaintRow(
            row[0], row[1], row[2], row[3], dict(of_what.get(row[0].id, Counter()).most_common())
        )
        for row in rows
    ]
    return listed, told(rows[-1][3], rows[-1][0].id) if found[PAGE:] else ""


def answered(
    session: Session, viewer: Viewer, *, before: int = 0
) -> tuple[list[AnswerRow], int | None]:
    """Return some answers of the viewer's grids, the newest first, and where to go on."""
    asked = _answers().where(scope_condition(JobPost.grid_path, viewer, REVIEW))
    if before:
        asked = asked.where(ComplaintAnswer.id < before)
    rows = session.execute(asked.limit(PAGE + 1)).all()
    found = [AnswerRow(*row) for row in rows[:PAGE]]
    return found, found[-1].answer.id if len(rows) > PAGE else None


def waiting_posts(session: Session, viewer: Viewer) -> int:
    """Return how many posts of the viewer's grids have complaints that wait; one query."""
    here = scope_condition(JobPost.grid_path, viewer, REVIEW)
    found = (
        select(func.count(Complaint.post_id.distinct()))
        .join(JobPost, JobPost.id == Complaint.post_id)
        .where(Complaint.answer_id.is_(None), here)
    )
    return session.scalar(found) or 0


def complaints_or_404(session: Session, viewer: Viewer, post_id: int) -> WholeComplaints:
    """Return one post of the viewer's grids that was complained of."""
    whole = for_review_or_404(session, viewer, post_id)
    of_post = Complaint.post_id == post_id
    waiting = session.scalars(
        select(Complaint)
        .where(of_post, Complaint.answer_id.is_(None))
        .order_by(Complaint.id.desc())
        .limit(SHOWN_MAX)
    ).all()
    rows = session.execute(_answers().where(ComplaintAnswer.post_id == post_id).limit(PAGE)).all()
    if not waiting and not rows:
        abort(404)
    answers = [AnswerRow(*row) for row in rows]
    said = _said(session, [one.answer.id for one in answers])
    return WholeComplaints(whole, waiting, answers, said)


def complaint_or_404(session: Session, post_id: int, complaint_id: int) -> Complaint:
    """Return one complaint of a post; whoever asks has found the post within scope."""
    found = session.get(Complaint, complaint_id)
    return found if found is not None and found.post_id == post_id else abort(404)


def _said(session: Session, answer_ids: Sequence[int]) -> dict[int, list[Complaint]]:
    of_answer: dict[int, list[Complaint]] = {}
    for one in session.scalars(
        select(Complaint)
        .where(Complaint.answer_id.in_(answer_ids), Complaint.words != "")
        .order_by(Complaint.id.desc())
        .limit(SHOWN_MAX)
    ):
        assert one.answer_id is not None
        of_answer.setdefault(one.answer_id, []).append(one)
    return of_answer


def _answers() -> Any:
    of_it = (
        select(func.count(Complaint.id))
        .where(Complaint.answer_id == ComplaintAnswer.id)
        .scalar_subquery()
    )
    return (
        select(ComplaintAnswer, JobPost.title, Party.public_name, Account.display_name, of_it)
        .join(JobPost, JobPost.id == ComplaintAnswer.post_id)
        .join(Company, Company.id == JobPost.company_id)
        .join(Party, Party.id == Company.party_id)
        .join(Account, Account.id == ComplaintAnswer.by)
        .order_by(ComplaintAnswer.id.desc())
    )
