"""Posts as anybody may see them: the lines of the board, and one post with all it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import abort
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from intranet.grids import queries as grids
from intranet.grids.models import Grid
from intranet.jobs.models import (
    Company,
    CompanyState,
    JobPost,
    Occupation,
    PostSkill,
    PostState,
)
from intranet.register.models import Party

# What was never seen is nobody's business; the rest was once, and is told to be over.
UNSEEN = frozenset({PostState.DRAFT, PostState.SUBMITTED})


@dataclass(frozen=True, slots=True)
class Shown:
    """A post with its company and its occupation."""

    post: JobPost
    company: Company
    company_name: str
    credit_code: str | None
    occupation: Occupation

    @property
    def id(self) -> int:
        """The post's number."""
        return self.post.id

    def is_live(self, today: date) -> bool:
        """Whether somebody can still apply: the house says so on the day it ends, too."""
        return (
            self.post.state is PostState.PUBLISHED
            and self.company.state is CompanyState.VERIFIED
            and self.post.valid_through is not None
            and self.post.valid_through >= today
        )


def shown(session: Session, post_ids: Sequence[int], *, today: date) -> list[Shown]:
    """Return the posts in the order asked for, without those that are over by now. One query."""
    if not post_ids:
        return []
    found = {one.id: one for one in _rows(session, post_ids)}
    known = (found[one] for one in post_ids if one in found)
    return [one for one in known if one.is_live(today)]


def seen_or_404(session: Session, post_id: int) -> Shown:
    """Return a post that is to be seen, or was once."""
    found = next(iter(_rows(session, [post_id])), None)
    if found is None or (found.post.state in UNSEEN and found.post.published_at is None):
        abort(404)
    return found


def skills_of(session: Session, post_id: int) -> Sequence[PostSkill]:
    """Return what a post asks for, the musts first. One query."""
    return session.scalars(
        select(PostSkill)
        .where(PostSkill.post_id == post_id)
        .options(joinedload(PostSkill.skill))
        .order_by(PostSkill.is_must.desc(), PostSkill.skill_id)
    ).all()


def grids_above(session: Session, path: str) -> Sequence[Grid]:
    """Return the grids a post lies in, from the county down to its own. Two queries."""
    own = grids.grid_by_path(session, path)
    return [] if own is None else [*grids.ancestors(own), own]


def _rows(session: Session, post_ids: Sequence[int]) -> list[Shown]:
    rows = session.execute(
        select(JobPost, Company, Party.public_name, Party.credit_code, Occupation)
        .join(Company, Company.id == JobPost.company_id)
        .join(Party, Party.id == Company.party_id)
        .join(Occupation, Occupation.code == JobPost.occupation_code)
        .where(JobPost.id.in_(post_ids))
    )
    return [Shown(*row) for row in rows]
