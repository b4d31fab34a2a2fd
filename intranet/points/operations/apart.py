"""Who stands apart from whom points are for: of another home, and of another team."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.errors import DomainError
from intranet.grids.models import Post
from intranet.i18n import N_
from intranet.people.models import Account
from intranet.register.models import Party, PartyKind


def check_apart(
    session: Session,
    actor: Viewer,
    party_ids: Collection[int],
    *,
    days: Collection[date],
    filed_by: int | None = None,
) -> None:
    """Refuse whoever decides on their own: DomainError, as ``why_not_apart`` says."""
    why = why_not_apart(session, actor, party_ids, days=days, filed_by=filed_by)
    if why:
        raise DomainError(why)


def why_not_apart(
    session: Session,
    actor: Viewer,
    party_ids: Collection[int],
    *,
    days: Collection[date],
    filed_by: int | None = None,
) -> str:
    """Return why somebody may not decide about these parties' points; nothing where they may.

    Of a household, shop or company that is who belongs to it or lives with it. Of a team it is who
    holds a post in it now or held one on one of ``days``, and who lives with the account
    ``filed_by``: a team's home is that of whoever speaks for it.
    """
    rows = session.execute(
        select(Party.id, Party.kind, Party.household_id).where(Party.id.in_(party_ids))
    ).all()
    if any(one in actor.party_ids for row in rows for one in (row.id, row.household_id) if one):
        return N_("It is your own household's; somebody else has to decide on it")
    teams = [row.id for row in rows if row.kind is PartyKind.TEAM]
    if not teams:
        return ""
    if serves(session, teams, actor.party_id, days=days):
        return N_("It is your own team's; somebody outside it has to decide on it")
    if filed_by is not None and _lives_with(session, actor, filed_by):
        return N_("Whoever filed it lives with you; somebody else has to decide on it")
    return ""


def serves(
    session: Session, team_ids: Collection[int], person_id: int | None, *, days: Collection[date]
) -> bool:
    """Whether a person holds a post in one of the teams now, or held one on one of some days."""
    if person_id is None:
        return False
    found = _members(days=days).where(Party.id.in_(team_ids), Post.party_id == person_id)
    return session.execute(found.limit(1)).first() is not None


def members_of(session: Session, team_id: int, *, days: Collection[date] = ()) -> set[int]:
    """Return the persons who hold a post in a team now, or held one on one of some days."""
    return set(session.scalars(_members(days=days).where(Party.id == team_id)))


def heads_of(session: Session, team_ids: Collection[int], year: int) -> dict[int, int]:
    """Return how many persons held a post in each team on a day of a year at least."""
    during = and_(
        Post.voided_at.is_(None),
        Post.starts_on <= date(year, 12, 31),
        # The day of leaving is none in the post any more; who came and left in one day was in none.
        or_(
            Post.ends_on.is_(None),
            and_(Post.ends_on > date(year, 1, 1), Post.ends_on > Post.starts_on),
        ),
    )
    rows = session.execute(
        select(Party.id, func.count(Post.party_id.distinct()))
        .join(Post, Post.grid_path == Party.grid_path)
        .where(Party.id.in_(team_ids), Party.kind == PartyKind.TEAM, during)
        .group_by(Party.id)
    )
    return {row[0]: row[1] for row in rows}


def _members(*, days: Collection[date]) -> Any:
    """Return a SELECT of who is in a team, by its party's row."""
    held: list[Any] = [Post.ends_on.is_(None)]
    held += [and_(Post.starts_on <= day, Post.ends_on > day) for day in days]
    return (
        select(Post.party_id)
        .join(Party, and_(Party.grid_path == Post.grid_path, Party.kind == PartyKind.TEAM))
        .where(Post.voided_at.is_(None), or_(*held))
    )


def _lives_with(session: Session, actor: Viewer, account_id: int) -> bool:
    """Whether an account's person is the actor's, or of one home with the actor."""
    row = session.execute(
        select(Party.id, Party.household_id)
        .join(Account, Account.party_id == Party.id)
        .where(Account.id == account_id)
    ).one_or_none()
    return row is not None and any(one in actor.party_ids for one in row if one is not None)
