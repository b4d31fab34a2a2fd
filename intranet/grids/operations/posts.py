"""Acts on a team: begin, end and move posts, and take a slip back.

Every act locks the micro-grid's row, compares the version the form was made from, writes its events
and raises the version: of two people who edit one team at once, the second gets 409.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from intranet import audit
from intranet.access import Viewer
from intranet.clock import BEIJING
from intranet.errors import DomainError, InputError
from intranet.grids.models import (
    OPPOSITE,
    PLACES,
    SINGLE,
    Grid,
    Post,
    PostEvent,
    PostKind,
    PostVerb,
)
from intranet.register.models import Party, PartyKind

UNDO_WINDOW = timedelta(minutes=10)
TEAM_MAX = 60


@dataclass(frozen=True, slots=True)
class _Act:
    """Who acts, when, from where and why; one key ties the act's events together."""

    session: Session
    key: str
    actor: Viewer | None
    at: datetime
    reason: str
    address: str
    undoes: str | None = None

    @property
    def today(self) -> date:
        """The act's day in Beijing."""
        return self.at.astimezone(BEIJING).date()

    def write(self, verb: PostVerb, post: Post, day: date) -> None:
        """Append the event, after the audit: its lock keeps event ids in order of commit."""
        self.session.flush()
        audit.record(
            self.session,
            actor=self.actor,
            action=f"grids:post:{verb}",
            at=self.at,
            object_kind="post",
            object_id=post.id,
            grid_path=post.grid_path,
            reason=self.reason,
            address=self.address,
            kind=post.kind,
            party=post.party_id,
            day=day.isoformat(),
        )
        self.session.add(
            PostEvent(
                post_id=post.id,
                act=self.key,
                undoes=self.undoes,
                verb=verb,
                day=day,
                at=self.at,
                actor_id=self.actor.account_id if self.actor else None,
                reason=self.reason,
            )
        )
        self.session.flush()


def begin_post(
    session: Session,
    *,
    actor: Viewer | None,
    at: datetime,
    grid: Grid,
    kind: PostKind,
    party: Party,
    starts_on: date,
    version: int | None = None,
    reason: str = "",
    address: str = "",
) -> Post:
    """Put a person into a team from a day on, today or earlier; return the new post.

    ``version`` is the grid's as the form saw it (None: whatever it is now). Raises InputError for
    somebody who cannot hold the post or a day to come, DomainError when the place is taken, the
    person is in the team already, or the version is old.
    """
    act = _Act(session, secrets.token_hex(8), actor, at, reason, address)
    _take(session, at, [grid], version)
    return _begin(act, grid, kind, party, starts_on)


def end_post(
    session: Session,
    *,
    actor: Viewer | None,
    at: datetime,
    grid: Grid,
    post: Post,
    ends_on: date,
    reason: str,
    version: int | None = None,
    address: str = "",
) -> str:
    """Record that the holder left the post on a day; return the act's key, for ``undo``."""
    act = _Act(session, secrets.token_hex(8), actor, at, reason, address)
    _take(session, at, [grid], version)
    _end(act, post, ends_on)
    return act.key


def move_post(
    session: Session,
    *,
    actor: Viewer | None,
    at: datetime,
    grid: Grid,
    post: Post,
    party: Party,
    to: Grid,
    kind: PostKind,
    day: date,
    reason: str,
    version: int | None = None,
    address: str = "",
) -> Post:
    """Leave one post and begin another on the same day, in this team or another; return the new.

    A move that may not be leaves everything as it was, once the caller rolls back.
    """
    act = _Act(session, secrets.token_hex(8), actor, at, reason, address)
    _take(session, at, [grid, to], version)
    if (post.grid_path, post.kind) == (to.path, kind):
        raise InputError("That is the post held now", "kind")
    _end(act, post, day)
    return _begin(act, to, kind, party, day)


def undo(
    session: Session, *, actor: Viewer, at: datetime, act: str, address: str = ""
) -> Sequence[Grid]:
    """Take back one's own act within UNDO_WINDOW; return the grids whose teams changed.

    Nothing is deleted: a beginning becomes void, an end is lifted, both as events of their own.
    """
    taken_back = select(PostEvent.id).where(PostEvent.undoes == act).limit(1)
    rows = session.execute(
        select(PostEvent, Post, Grid)
        .join(Post, Post.id == PostEvent.post_id)
        .join(Grid, Grid.path == Post.grid_path)
        .where(PostEvent.act == act)
        .order_by(PostEvent.id.desc())
    ).all()
    if not rows or rows[0][0].undoes is not None or session.scalar(taken_back) is not None:
        raise DomainError("There is nothing to take back")
    if rows[0][0].actor_id != actor.account_id:
        raise DomainError("Only the person who did this can take it back")
    if at - rows[0][0].at > UNDO_WINDOW:
        raise DomainError("It is too late to take this back; enter the correction instead")
    grids = list({grid.id: grid for _, _, grid in rows}.values())
    _take(session, at, grids, None)
    if _changed_since(session, act, [post.id for _, post, _ in rows]):
        raise DomainError("The team has changed since; enter the correction instead")
    this = _Act(session, secrets.token_hex(8), actor, at, "", address, undoes=act)
    for event, post, grid in rows:
        _take_back(this, event, post, grid)
    return grids


def _take_back(act: _Act, event: PostEvent, post: Post, grid: Grid) -> None:
    verb = OPPOSITE[event.verb]
    if verb is PostVerb.VOIDED:
        post.ends_on, post.voided_at = post.starts_on, act.at
    else:
        _check_free(act.session, grid, post.kind, post.party_id, event.day)
        post.ends_on = None
    act.write(verb, post, event.day)


def _begin(act: _Act, grid: Grid, kind: PostKind, party: Party, starts_on: date) -> Post:
    if kind not in PLACES.get(grid.kind, ()):
        raise InputError("This grid has no such post", "kind")
    if party.kind is not PartyKind.PERSON or party.left_at or party.erased_at:
        raise InputError("Choose a person who lives here", "party")
    if kind is PostKind.PARTY_MEMBER and not party.is_party_member:
        raise InputError("This post is for a member of the Party", "party")
    _check_day(starts_on, act.today, grid.opened_on, "starts_on")
    _check_free(act.session, grid, kind, party.id, starts_on)
    post = Post(grid_path=grid.path, kind=kind, party_id=party.id, starts_on=starts_on)
    act.session.add(post)
    act.write(PostVerb.BEGUN, post, starts_on)
    return post


def _end(act: _Act, post: Post, day: date) -> None:
    if post.ends_on is not None:
        raise DomainError("This post has ended already")
    _check_day(day, act.today, post.starts_on, "ends_on")
    post.ends_on = day
    act.write(PostVerb.ENDED, post, day)


def _check_day(day: date, today: date, earliest: date, field: str) -> None:
    if day > today:
        raise InputError("The day must not be in the future", field)
    if day < earliest:
        raise InputError("The day must not be before %(earliest)s", field, earliest=earliest)


def _check_free(session: Session, grid: Grid, kind: PostKind, party_id: int, day: date) -> None:
    """Refuse a post from ``day`` on that would overlap another, now or in the past."""
    overlapping = session.execute(
        select(Post.kind, Post.party_id).where(
            Post.grid_path == grid.path,
            Post.voided_at.is_(None),
            or_(Post.ends_on.is_(None), Post.ends_on > day),
        )
    ).all()
    if any(row.party_id == party_id for row in overlapping):
        raise DomainError("This person is in the team already, or was on that day")
    if kind in SINGLE and any(row.kind is kind for row in overlapping):
        raise DomainError("Somebody else holds this post, or held it on that day")
    if len(overlapping) >= TEAM_MAX:
        raise DomainError("A team has at most %(most)d people", most=TEAM_MAX)


def _take(session: Session, at: datetime, grids: Sequence[Grid], version: int | None) -> None:
    """Lock the grids' rows, always in one order, compare the first one's version and raise it."""
    for grid in sorted(set(grids), key=lambda grid: grid.id):
        locked = session.execute(
            select(Grid.version).where(Grid.id == grid.id).with_for_update()
        ).scalar_one()
        if locked != grid.version or (grid is grids[0] and version not in {None, locked}):
            session.refresh(grid)
            raise DomainError("Somebody else has just changed this team; here it is as it stands")
        if grid.closed_on is not None:
            raise DomainError("This grid is closed")
    for grid in set(grids):
        grid.roster_changed_at = at
        # Two acts in one instant are two changes all the same.
        flag_modified(grid, "roster_changed_at")
    session.flush()


def _changed_since(session: Session, act: str, posts: Sequence[int]) -> bool:
    newest = (
        select(func.max(PostEvent.id))
        .where(PostEvent.post_id.in_(posts))
        .group_by(PostEvent.post_id)
    )
    others = select(PostEvent.id).where(PostEvent.id.in_(newest), PostEvent.act != act).limit(1)
    return session.scalar(others) is not None
