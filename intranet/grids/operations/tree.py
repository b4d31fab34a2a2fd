"""Changes of the grid tree: every one leaves an event with the value before and after.

A node's path is a foreign key of every scoped row in the house (ON UPDATE CASCADE), so moving a
subtree is one UPDATE of the paths below it. Append-only tables must not have that foreign key.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, literal, select, update
from sqlalchemy.orm import Session

from intranet import audit
from intranet.access import Viewer
from intranet.clock import BEIJING
from intranet.db import within
from intranet.errors import DomainError, InputError
from intranet.grids.models import (
    PARENT_KIND,
    Boundary,
    Grid,
    GridEvent,
    GridKind,
    Post,
    PostEvent,
    PostVerb,
    RetiredCode,
    Succession,
    TreeVerb,
    is_code_under,
)
from intranet.grids.operations.following import community_follows, hand_over, is_anything_in
from intranet.grids.operations.teams import name_teams, team_name
from intranet.people.operations.handing_over import hand_over_roles
from intranet.register.operations import dissolve_team, note_handing_over, open_team

SPLIT_MAX = 9


@dataclass(frozen=True, slots=True)
class GridPlan:
    """What a new grid is to be."""

    code: str
    name: str
    households: int = 0
    boundary: Boundary | None = None


@dataclass(frozen=True, slots=True)
class _Change:
    """Who changes the tree, when, from where and why."""

    session: Session
    actor: Viewer | None
    at: datetime
    address: str
    reason: str = ""

    @property
    def today(self) -> date:
        """The change's day in Beijing."""
        return self.at.astimezone(BEIJING).date()

    def write(self, grid: Grid, verb: TreeVerb, before: str = "", after: str = "") -> None:
        """Append the event and the audit entry; long values (boundaries) stay out of the audit."""
        self.session.flush()
        audit.record(
            self.session,
            actor=self.actor,
            action=f"grids:tree:{verb}",
            at=self.at,
            object_kind="grid",
            object_id=grid.id,
            grid_path=grid.path,
            reason=self.reason,
            address=self.address,
            before=before[:200],
            after=after[:200],
        )
        self.session.add(
            GridEvent(
                grid_id=grid.id,
                verb=verb,
                at=self.at,
                actor_id=self.actor.account_id if self.actor else None,
                before=before,
                after=after,
                reason=self.reason,
            )
        )
        self.session.flush()


def create_grid(
    session: Session,
    *,
    actor: Viewer | None,
    at: datetime,
    parent: Grid | None,
    kind: GridKind,
    plan: GridPlan,
    opened_on: date | None = None,
    address: str = "",
) -> Grid:
    """Add a node below its parent.

    Raises InputError for a code that is malformed, not the parent's continuation, or was ever
    used; DomainError when the parent is closed or takes no such child.
    """
    change = _Change(session, actor, at, address)
    if PARENT_KIND[kind] is not (parent.kind if parent else None):
        raise DomainError("A grid of this kind cannot stand here")
    if parent is not None and parent.closed_on is not None:
        raise DomainError("This grid is closed")
    _check_code(session, kind, plan.code, parent.code if parent else "")
    siblings = Grid.parent_id == parent.id if parent else Grid.parent_id.is_(None)
    last = session.scalar(select(func.max(Grid.position)).where(siblings))
    grid = Grid(
        parent_id=parent.id if parent else None,
        kind=kind,
        code=plan.code,
        name=_name(plan.name),
        path=f"new-{secrets.token_hex(8)}",  # until the database has given the id
        position=(last or 0) + 1,
        households=plan.households,
        boundary_wgs84=plan.boundary.geojson() if plan.boundary else None,
        opened_on=opened_on or change.today,
    )
    session.add(grid)
    session.flush()
    grid.path = f"{parent.path if parent else ''}{grid.id}."
    change.write(grid, TreeVerb.CREATED, after=f"{grid.code} {grid.name}")
    if parent is not None and kind is GridKind.MICRO:
        name = team_name(parent.name, grid.name)
        open_team(session, actor=actor, grid_path=grid.path, name=name, at=at)
    return grid


def rename_grid(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    grid: Grid,
    name: str,
    households: int,
    version: int,
    address: str = "",
) -> None:
    """Change the name and the number of households."""
    _guard(grid, version)
    before = f"{grid.name}, {grid.households}"
    grid.name, grid.households = _name(name), households
    after = f"{grid.name}, {grid.households}"
    _Change(session, actor, at, address).write(grid, TreeVerb.RENAMED, before, after)
    name_teams(session, grid)


def redraw_grid(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    grid: Grid,
    boundary: Boundary | None,
    version: int,
    address: str = "",
) -> None:
    """Change the boundary; the event keeps the one before."""
    _guard(grid, version)
    before = grid.boundary_wgs84 or ""
    grid.boundary_wgs84 = boundary.geojson() if boundary else None
    after = grid.boundary_wgs84 or ""
    _Change(session, actor, at, address).write(grid, TreeVerb.REDRAWN, before, after)


def move_grid(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    grid: Grid,
    parent: Grid,
    code: str,
    version: int,
    reason: str,
    address: str = "",
) -> None:
    """Hang a node and everything below it under another parent, with a new code.

    Codes tell the place, so the whole subtree gets new ones; the old stay retired, never reused.
    """
    _guard(grid, version)
    change = _Change(session, actor, at, address, reason)
    if PARENT_KIND[grid.kind] is not parent.kind or parent.closed_on is not None:
        raise DomainError("A grid of this kind cannot stand here")
    if parent.id == grid.parent_id:
        raise InputError("It stands there already", "parent")
    _check_code(session, grid.kind, code, parent.code)
    old_path, old_code = grid.path, grid.code
    below = session.execute(
        select(Grid.id, Grid.code).where(within(Grid.path, old_path)).order_by(Grid.path)
    ).all()
    for node_id, node_code in below:
        new_code = code + node_code[len(old_code) :]
        if not node_code.startswith(old_code) or _is_used(session, new_code):
            raise InputError("This code was used before", "code")
        session.add(RetiredCode(code=node_code, grid_id=node_id, retired_on=change.today))
        session.execute(update(Grid).where(Grid.id == node_id).values(code=new_code))
    session.execute(
        update(Grid)
        .where(within(Grid.path, old_path))
        .values(
            path=literal(f"{parent.path}{grid.id}.").concat(
                func.substr(Grid.path, len(old_path) + 1)
            ),
            version=Grid.version + 1,
        )
        .execution_options(synchronize_session=False)
    )
    session.flush()
    community_follows(session, f"{parent.path}{grid.id}.")
    # Every path in the session may be stale now, grants and posts included.
    session.expire_all()
    grid.parent_id = parent.id
    change.write(grid, TreeVerb.MOVED, old_code, code)
    name_teams(session, grid)


def close_grid(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    grid: Grid,
    reason: str,
    version: int,
    successor: Grid | None = None,
    address: str = "",
) -> None:
    """Close a node for good; its team ends today, and all that is there goes to the successor.

    Raises DomainError while it has open grids below, or somebody or something in it and no
    successor to take it over.
    """
    _guard(grid, version)
    if successor is not None and (
        successor.kind is not grid.kind or successor.closed_on or successor.id == grid.id
    ):
        raise InputError("The successor must be an open grid of the same kind", "successor")
    _close(_Change(session, actor, at, address, reason), grid, [successor] if successor else [])


def split_grid(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    grid: Grid,
    parts: Sequence[GridPlan],
    reason: str,
    version: int,
    address: str = "",
) -> list[Grid]:
    """Close a node and open two or more in its place; all that is there goes to the first."""
    _guard(grid, version)
    if not 2 <= len(parts) <= SPLIT_MAX:
        raise InputError("A grid is split into 2 to %(most)d", "parts", most=SPLIT_MAX)
    change = _Change(session, actor, at, address, reason)
    where: dict[str, Any] = {
        "parent": session.get_one(Grid, grid.parent_id) if grid.parent_id else None,
        "kind": grid.kind,
    }
    new: list[Grid] = []
    for part in parts:
        if part.code in {one.code for one in new}:
            raise InputError("Two of the new grids have the code %(code)s", "parts", code=part.code)
        try:
            new.append(
                create_grid(session, actor=actor, at=at, plan=part, address=address, **where)
            )
        except InputError as error:  # all parts stand in one field
            raise InputError(error.key, "parts", **error.params) from error
    codes = " ".join(part.code for part in parts)
    change.write(grid, TreeVerb.SPLIT, grid.code, codes)
    _close(change, grid, new)
    return new


def _close(change: _Change, grid: Grid, successors: Sequence[Grid]) -> None:
    session = change.session
    audit.take_turn(session)
    below = select(Grid.id).where(Grid.parent_id == grid.id, Grid.closed_on.is_(None)).limit(1)
    if session.scalar(below) is not None:
        raise DomainError("Close or move the grids below it first")
    _end_posts(change, grid)
    dissolve_team(session, grid_path=grid.path, at=change.at)
    if successors:
        _leave_word(change, grid.path, successors[0].path)
        hand_over(session, grid.path, successors[0].path)
    elif is_anything_in(session, grid.path):
        raise DomainError("Somebody or something is still in this grid; name a successor")
    session.add_all(
        Succession(predecessor_id=grid.id, successor_id=next_.id) for next_ in successors
    )
    grid.closed_on = max(change.today, grid.opened_on)
    after = " ".join(next_.code for next_ in successors)
    change.write(grid, TreeVerb.CLOSED, grid.code, after)
    session.expire_all()


def _leave_word(change: _Change, old: str, new: str) -> None:
    """Have the rooms with a history of places write down that theirs goes to the successor."""
    who: dict[str, Any] = {
        "actor": change.actor,
        "at": change.at,
        "from_path": old,
        "to_path": new,
    }
    hand_over_roles(change.session, **who, reason=change.reason, address=change.address)
    note_handing_over(change.session, **who)


def _end_posts(change: _Change, grid: Grid) -> None:
    act = secrets.token_hex(8)
    open_posts = select(Post).where(Post.grid_path == grid.path, Post.ends_on.is_(None))
    for post in change.session.scalars(open_posts).all():
        post.ends_on = max(change.today, post.starts_on)
        change.session.add(
            PostEvent(
                post_id=post.id,
                act=act,
                verb=PostVerb.ENDED,
                day=post.ends_on,
                at=change.at,
                actor_id=change.actor.account_id if change.actor else None,
                reason=change.reason,
            )
        )


def _check_code(session: Session, kind: GridKind, code: str, parent_code: str) -> None:
    if not is_code_under(kind, code, parent_code):
        raise InputError("The code does not fit: it continues %(start)s", "code", start=parent_code)
    if _is_used(session, code):
        raise InputError("This code was used before", "code")


def _is_used(session: Session, code: str) -> bool:
    now = session.scalar(select(Grid.id).where(Grid.code == code))
    return now is not None or session.get(RetiredCode, code) is not None


def _guard(grid: Grid, version: int) -> None:
    if grid.closed_on is not None:
        raise DomainError("This grid is closed")
    if grid.version != version:
        raise DomainError("Somebody else has just changed this grid; here it is as it stands")


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= 60:
        raise InputError("A name has 1 to 60 characters", "name")
    return name
