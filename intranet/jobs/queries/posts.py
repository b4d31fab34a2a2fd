"""Posts as their authors and reviewers see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from flask import abort
from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from intranet.access import Permission, Viewer, scope_condition
from intranet.jobs.models import (
    Company,
    JobPost,
    Occupation,
    PostOverride,
    PostSkill,
    PostState,
    PostStep,
)
from intranet.jobs.operations import REMIND_DAYS
from intranet.jobs.queries.companies import WholeCompany, acts_for_ids, whole
from intranet.jobs.queries.cursors import behind, heard, told
from intranet.people.models import Account
from intranet.register.models import Party

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

PAGE = 50
REVIEW, WRITE = Permission.JOBS_POST_REVIEW, Permission.JOBS_POST_WRITE


@dataclass(frozen=True, slots=True)
class PostRow:
    """One post of a list, with what its line says."""

    post: JobPost
    company: str
    occupation: str


@dataclass(frozen=True, slots=True)
class PostPage:
    """Some posts, and the id after which the next page begins."""

    rows: Sequence[PostRow]
    after: int | None


@dataclass(frozen=True, slots=True)
class EndingPage:
    """Some posts that end soon, how many there are, and what the next page is told."""

    rows: Sequence[PostRow]
    count: int
    after: str  # empty where it is the last one


@dataclass(frozen=True, slots=True)
class WholePost:
    """One post with all that belongs to it; the thing that permissions are asked for."""

    post: JobPost
    owner: WholeCompany
    occupation: Occupation
    skills: Sequence[PostSkill]
    steps: Sequence[tuple[PostStep, str]]  # newest first, with who did it
    overrides: Sequence[tuple[PostOverride, str]]

    @property
    def grid_path(self) -> str:
        """Where it lies, for the policy."""
        return self.post.grid_path

    @property
    def handler_ids(self) -> tuple[int, ...]:
        """Who acts for its company, for the policy."""
        return self.owner.handler_ids

    @property
    def must(self) -> list[str]:
        """The skills that are a must, by name."""
        return [one.skill.name for one in self.skills if one.is_must]

    @property
    def nice(self) -> list[str]:
        """The skills that are nice to have, by name."""
        return [one.skill.name for one in self.skills if not one.is_must]


def waiting(session: Session, viewer: Viewer, *, after: int = 0) -> PostPage:
    """Return the posts that wait for review in the viewer's grids, in the order they came."""
    here = scope_condition(JobPost.grid_path, viewer, REVIEW)
    chosen = _lines().where(JobPost.state == PostState.SUBMITTED, here, JobPost.id > after)
    return _page(session, chosen.order_by(JobPost.id))


def waiting_count(session: Session, viewer: Viewer) -> int:
    """Return how many posts wait for review in the viewer's grids."""
    here = scope_condition(JobPost.grid_path, viewer, REVIEW)
    found = select(func.count()).select_from(JobPost)
    return session.scalar(found.where(JobPost.state == PostState.SUBMITTED, here)) or 0


def ending(
    session: Session, viewer: Viewer, *, day: date, after: str = "", most: int = PAGE
) -> EndingPage:
    """Return some posts that end within REMIND_DAYS where the viewer renews them, and how many.

    Those that end first before, ``most`` at most, behind what the page before said. Two queries.
    """
    wanted = (
        JobPost.state == PostState.PUBLISHED,
        JobPost.valid_through.between(day, day + timedelta(days=REMIND_DAYS)),
        scope_condition(JobPost.grid_path, viewer, WRITE),
    )
    count = session.scalar(select(func.count()).select_from(JobPost).where(*wanted)) or 0
    in_order = _lines().where(*wanted).order_by(JobPost.valid_through, JobPost.id)
    last = heard(after, date, int)
    if last:
        in_order = in_order.where(behind((JobPost.valid_through, JobPost.id), last))
    found = session.execute(in_order.limit(most + 1)).all()
    rows = [PostRow(row[0], row[1], row[2]) for row in found[:most]]
    if not found[most:]:
        return EndingPage(rows, count, "")
    shown = rows[-1].post
    assert shown.valid_through is not None
    return EndingPage(rows, count, told(shown.valid_through, shown.id))


def posts_of(
    session: Session,
    company_ids: Sequence[int],
    *,
    state: PostState | None = None,
    before: int = 0,
) -> PostPage:
    """Return posts of some companies, the newest first; the caller says who may see them."""
    chosen = _lines().where(JobPost.company_id.in_(company_ids))
    if state:
        chosen = chosen.where(JobPost.state == state)
    if before:
        chosen = chosen.where(JobPost.id < before)
    return _page(session, chosen.order_by(JobPost.id.desc()))


def state_counts(session: Session, company_ids: Sequence[int]) -> dict[PostState, int]:
    """Return how many posts of some companies stand in each state."""
    rows = session.execute(
        select(JobPost.state, func.count())
        .where(JobPost.company_id.in_(company_ids))
        .group_by(JobPost.state)
    )
    return {row[0]: row[1] for row in rows}


def post_or_404(session: Session, viewer: Viewer, post_id: int) -> WholePost:
    """Return one post of the viewer's grids, or of a company for which the viewer acts."""
    return _whole(session, post_id, scope_condition(JobPost.grid_path, viewer, WRITE), viewer)


def for_review_or_404(session: Session, viewer: Viewer, post_id: int) -> WholePost:
    """Return one post of the grids in which the viewer reviews posts."""
    return _whole(session, post_id, scope_condition(JobPost.grid_path, viewer, REVIEW), None)


def _whole(session: Session, post_id: int, here: Any, viewer: Viewer | None) -> WholePost:
    own = JobPost.company_id.in_(acts_for_ids(viewer)) if viewer is not None else None
    row = session.execute(
        select(JobPost, Company, Party, Occupation)
        .join(Company, Company.id == JobPost.company_id)
        .join(Party, Party.id == Company.party_id)
        .join(Occupation, Occupation.code == JobPost.occupation_code)
        .where(JobPost.id == post_id, here if own is None else or_(here, own))
    ).one_or_none()
    if row is None:
        abort(404)
    return WholePost(
        row[0],
        whole(session, row[1], row[2]),
        row[3],
        skills_of(session, post_id),
        _steps(session, post_id),
        _overrides(session, post_id),
    )


def texts_of(session: Session, company_id: int) -> set[tuple[str, str]]:
    """Return title and duties of a company's posts that are not gone."""
    gone = (PostState.REMOVED, PostState.EXPIRED, PostState.WITHDRAWN)
    rows = session.execute(
        select(JobPost.title, JobPost.duties).where(
            JobPost.company_id == company_id, JobPost.state.not_in(gone)
        )
    )
    return {(row[0], row[1]) for row in rows}


def skills_of(session: Session, post_id: int) -> Sequence[PostSkill]:
    """Return the skills a post asks for."""
    return session.scalars(
        select(PostSkill)
        .where(PostSkill.post_id == post_id)
        .options(joinedload(PostSkill.skill))
        .order_by(PostSkill.skill_id)
    ).all()


def _steps(session: Session, post_id: int) -> Sequence[tuple[PostStep, str]]:
    rows = session.execute(
        select(PostStep, Account.display_name)
        .outerjoin(Account, Account.id == PostStep.by)
        .where(PostStep.post_id == post_id)
        .order_by(PostStep.id.desc())
        .limit(PAGE)
    )
    return [(row[0], row[1] or "") for row in rows]


def _overrides(session: Session, post_id: int) -> Sequence[tuple[PostOverride, str]]:
    rows = session.execute(
        select(PostOverride, Account.display_name)
        .join(Account, Account.id == PostOverride.by)
        .where(PostOverride.post_id == post_id)
        .order_by(PostOverride.id)
    )
    return [(row[0], row[1]) for row in rows]


def _lines() -> Any:
    return (
        select(JobPost, Party.public_name, Occupation.name)
        .join(Company, Company.id == JobPost.company_id)
        .join(Party, Party.id == Company.party_id)
        .join(Occupation, Occupation.code == JobPost.occupation_code)
    )


def _page(session: Session, chosen: Any) -> PostPage:
    found = session.execute(chosen.limit(PAGE + 1)).all()
    rows = [PostRow(row[0], row[1], row[2]) for row in found[:PAGE]]
    return PostPage(rows, rows[-1].post.id if len(found) > PAGE else None)
