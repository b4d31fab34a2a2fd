"""Who holds which place in a team, now or on a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import and_, false, func, or_, select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from intranet.access import Permission, Viewer, allowed
from intranet.grids.models import Grid, GridKind, Post, PostKind
from intranet.register import queries as register
from intranet.register.models import Party
from intranet.register.operations import team_at


class Held(NamedTuple):
    """A place held by a person: one entry of a team. A tuple, for a page makes hundreds."""

    post_id: int
    kind: PostKind
    grid_path: str
    party_id: int
    starts_on: date
    is_party_member: bool
    gone: bool  # the register says this person has left
    name: str  # masked
    grids: int  # in how many grids this person serves now


def open_team(session: Session, viewer: Viewer, path: str) -> dict[PostKind, list[Held]]:
    """Return who serves in one grid now."""
    return holders(session, viewer, Post.grid_path == path, None).get(path, {})


def team_of(session: Session, path: str, kind: PostKind) -> Sequence[int]:
    """Return the party ids of those who hold a post in a grid now, longest-serving first."""
    return session.scalars(
        select(Post.party_id)
        .where(Post.grid_path == path, Post.kind == kind, Post.ends_on.is_(None))
        .order_by(Post.starts_on, Post.id)
    ).all()


@dataclass(frozen=True, slots=True)
class TeamParty:
    """The team of a micro-grid as one that has points, as permissions are asked for it."""

    party_id: int
    grid_path: str
    may_report: bool  # the viewer may say what it did


def team_party(session: Session, viewer: Viewer, grid: Grid) -> TeamParty | None:
    """Return the team of a micro-grid; of a closed one too, for its points stay to be read."""
    if grid.kind is not GridKind.MICRO:
        return None
    found = team_at(session, grid.path)
    if found is None:
        return None
    may = found.id in viewer.team_ids or allowed(viewer, Permission.POINTS_CLAIM_ENTER, grid)
    return TeamParty(found.id, grid.path, may and grid.closed_on is None)


def held_post_or_404(session: Session, grid: Grid, post_id: int) -> Post:
    """Return an unended or ended, never a voided, post of the grid."""
    post = session.scalars(
        select(Post).where(
            Post.id == post_id, Post.grid_path == grid.path, Post.voided_at.is_(None)
        )
    ).one_or_none()
    if post is None:
        raise NotFound
    return post


def holders(
    session: Session, viewer: Viewer, where: Any, day: date | None
) -> dict[str, dict[PostKind, list[Held]]]:
    """Return who holds what in the grids of ``where``: three queries, however many grids."""
    posts = session.execute(
        select(
            Post.id,
            Post.kind,
            Post.grid_path,
            Post.party_id,
            Post.starts_on,
            Party.is_party_member,
            has_gone(day),
        )
        .join(Party, Party.id == Post.party_id)
        .where(where, held_on(day))
        .order_by(Post.starts_on, Post.id)
    ).all()
    names = register.masked_names(session, viewer, {post[3] for post in posts})
    several = _in_several(session, select(Post.party_id).where(where, held_on(day)))
    held: dict[str, dict[PostKind, list[Held]]] = defaultdict(dict)
    for post in posts:
        party_id = post[3]
        one = Held._make((*post, names.get(party_id, ""), several.get(party_id, 1)))
        held[one.grid_path].setdefault(one.kind, []).append(one)
    return held


def held_on(day: date | None) -> Any:
    """Return the condition that a post is held now (None), or was on a day."""
    if day is None:
        return Post.ends_on.is_(None)
    return and_(
        Post.voided_at.is_(None),
        Post.starts_on <= day,
        or_(Post.ends_on.is_(None), Post.ends_on > day),
    )


def has_gone(day: date | None) -> Any:
    """Return the condition that a holder has left the area; it matters now, not in the past.

    Such a person fills no place any more, though nobody has ended the post yet.
    """
    return Party.left_at.is_not(None) if day is None else false()


def _in_several(session: Session, people: Any) -> dict[int, int]:
    """Return in how many grids each of the people serves now, where it is more than one."""
    grids = func.count(Post.grid_path.distinct())
    rows = session.execute(
        select(Post.party_id, grids)
        .where(Post.party_id.in_(people), Post.ends_on.is_(None))
        .group_by(Post.party_id)
        .having(grids > 1)
    )
    return {row[0]: row[1] for row in rows}
