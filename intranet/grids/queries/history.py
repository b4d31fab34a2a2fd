"""What happened to a grid, to its team, and which posts a person has held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from intranet.access import Permission, Viewer, scope_condition
from intranet.db import within
from intranet.grids.models import Grid, GridEvent, Post, PostEvent, PostKind, PostVerb
from intranet.people.models import Account
from intranet.register import queries as register

EVENTS_MAX = 200


@dataclass(frozen=True, slots=True)
class TeamEvent:
    """One entry of a team's history."""

    verb: PostVerb
    kind: PostKind
    party_id: int
    name: str  # masked
    day: date
    at: datetime
    actor: str
    reason: str
    grid_name: str


@dataclass(frozen=True, slots=True)
class OwnAct:
    """An act of the viewer's own that can still be taken back."""

    act: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PastPost:
    """One post a person holds or held."""

    kind: PostKind
    grid_code: str
    grid_name: str
    starts_on: date
    ends_on: date | None


def team_events(session: Session, viewer: Viewer, grid: Grid) -> list[TeamEvent]:
    """Return the newest EVENTS_MAX events of the teams at or below a grid, newest first."""
    rows = session.execute(
        select(PostEvent, Post.kind, Post.party_id, Account.display_name, Grid.name)
        .join(Post, Post.id == PostEvent.post_id)
        .join(Grid, Grid.path == Post.grid_path)
        .outerjoin(Account, Account.id == PostEvent.actor_id)
        .where(within(Post.grid_path, grid.path))
        .order_by(PostEvent.id.desc())
        .limit(EVENTS_MAX)
    ).all()
    names = register.masked_names(session, viewer, {row.party_id for row in rows})
    return [
        TeamEvent(
            verb=event.verb,
            kind=kind,
            party_id=party_id,
            name=names.get(party_id, ""),
            day=event.day,
            at=event.at,
            actor=actor or "",
            reason=event.reason,
            grid_name=grid_name,
        )
        for event, kind, party_id, actor, grid_name in rows
    ]


def grid_events(session: Session, grid: Grid) -> Sequence[Any]:
    """Return the newest EVENTS_MAX changes of a node as rows (event, actor), newest first."""
    return session.execute(
        select(GridEvent, Account.display_name)
        .outerjoin(Account, Account.id == GridEvent.actor_id)
        .where(GridEvent.grid_id == grid.id)
        .order_by(GridEvent.id.desc())
        .limit(EVENTS_MAX)
    ).all()


def party_posts(session: Session, viewer: Viewer, party_id: int) -> list[PastPost]:
    """Return a person's posts in the viewer's scope, newest first."""
    rows = session.execute(
        select(Post.kind, Grid.code, Grid.name, Post.starts_on, Post.ends_on)
        .join(Grid, Grid.path == Post.grid_path)
        .where(
            Post.party_id == party_id,
            Post.voided_at.is_(None),
            scope_condition(Post.grid_path, viewer, Permission.GRIDS_ROSTER_VIEW),
        )
        .order_by(Post.starts_on.desc(), Post.id.desc())
        .limit(EVENTS_MAX)
    )
    return [PastPost(*row) for row in rows]


def last_act(
    session: Session, viewer: Viewer, grid: Grid, *, at: datetime, window: timedelta
) -> OwnAct | None:
    """Return the viewer's own newest act on the grid's team while it can be taken back."""
    newest = session.execute(
        select(PostEvent.act, PostEvent.actor_id, PostEvent.at, PostEvent.undoes)
        .join(Post, Post.id == PostEvent.post_id)
        .where(Post.grid_path == grid.path)
        .order_by(PostEvent.id.desc())
        .limit(1)
    ).first()
    if newest is None or newest.undoes or newest.actor_id != viewer.account_id:
        return None
    undone = aliased(PostEvent)
    if session.scalar(select(undone.id).where(undone.undoes == newest.act).limit(1)) is not None:
        return None
    return OwnAct(newest.act, newest.at) if at - newest.at <= window else None


def act_in_scope(session: Session, viewer: Viewer, act: str) -> bool:
    """Whether every team an act touched is the viewer's to edit; of no act at all it is true."""
    inside = scope_condition(Post.grid_path, viewer, Permission.GRIDS_ROSTER_EDIT)
    outside = (
        select(PostEvent.id)
        .join(Post, Post.id == PostEvent.post_id)
        .where(PostEvent.act == act, ~inside)
        .limit(1)
    )
    return session.scalar(outside) is None
