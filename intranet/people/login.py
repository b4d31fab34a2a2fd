"""From a browser's cookie to a Viewer, through sessions kept in the database.

flask-login keeps a random key in the signed cookie; the database keeps its SHA-256. Revoking a
row logs that browser out at its next request.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import Flask, url_for
from flask_login import LoginManager, UserMixin
from sqlalchemy import Table, and_, bindparam, select

from intranet import clock, htmx
from intranet.access import Grant, Role, Viewer
from intranet.db import Question, db
from intranet.grids.models import Post, PostKind
from intranet.people.models import Account, LoginSession, RoleGrant
from intranet.register.models import Party, PartyKind

if TYPE_CHECKING:
    from flask import Response


class _Manager(LoginManager):  # type: ignore[misc]
    """flask-login's, less its session protection: keys are random, revocable; addresses change.

    Switched off by its setting it would still hash address and browser of each request.
    """

    def _session_protection_failed(self) -> bool:
        return False


_manager = _Manager()


@dataclass(frozen=True, slots=True)
class LoggedIn(UserMixin):  # type: ignore[misc]
    """What flask-login hands out as ``current_user``."""

    key: str
    session_id: int
    viewer: Viewer
    is_device: bool
    must_change_password: bool

    def get_id(self) -> str:
        """Return the key of the session, not the account: sessions are what is revoked."""
        return self.key


def init_app(app: Flask) -> None:
    """Load the viewer lazily: a route that asks for nobody costs no query."""
    # Its template variable would load the user even on the page that says the database is gone.
    _manager.init_app(app, add_context_processor=False)
    _manager.user_loader(load)
    _manager.unauthorized_handler(unauthorized)


def hash_key(key: str) -> str:
    """Return what the database keeps of a session key."""
    return hashlib.sha256(key.encode()).hexdigest()


# Every request asks this, a live picture several times a second: built once, without the mapper.
_sessions, _accounts, _grants, _parties, _posts = (
    cast("Table", model.__table__) for model in (LoginSession, Account, RoleGrant, Party, Post)
)
_teams = _parties.alias()
_WHO = Question(
    select(
        _sessions.c.id,
        _accounts.c.id,
        _accounts.c.username,
        _accounts.c.display_name,
        _accounts.c.party_id,
        _accounts.c.is_device,
        _accounts.c.must_change_password,
        _grants.c.role,
        _grants.c.grid_path,
        _parties.c.household_id,
        _teams.c.id,
        _posts.c.kind,
    )
    .join(_accounts, _accounts.c.id == _sessions.c.account_id)
    .outerjoin(_grants, and_(_grants.c.account_id == _accounts.c.id, _grants.c.ended_at.is_(None)))
    # Who has left the community is of no household there any more.
    .outerjoin(_parties, and_(_parties.c.id == _accounts.c.party_id, _parties.c.left_at.is_(None)))
    # Whoever has left fills no place in a team either, also while nobody has ended the post.
    .outerjoin(_posts, and_(_posts.c.party_id == _parties.c.id, _posts.c.ends_on.is_(None)))
    .outerjoin(
        _teams,
        and_(_teams.c.grid_path == _posts.c.grid_path, _teams.c.kind == PartyKind.TEAM),
    )
    .where(
        _sessions.c.key_hash == bindparam("key_hash"),
        _sessions.c.revoked_at.is_(None),
        _sessions.c.expires_at > bindparam("now"),
        _accounts.c.disabled_at.is_(None),
    )
)


def load(key: str) -> LoggedIn | None:
    """Return who holds the session key, or None when it is unknown, expired or revoked."""
    rows = _WHO.ask(db.session, key_hash=hash_key(key), now=clock.now())
    if not rows:
        return None
    first = rows[0]
    # A row for each grant and post: who has two of both comes four times.
    grants = {(row[7], row[8]): None for row in rows if row[7] is not None}
    posts = {row[10]: row[11] for row in rows if row[10] is not None}
    viewer = Viewer(
        first[1],
        first[2],
        first[3],
        first[4],
        tuple(Grant(Role(role), path) for role, path in grants),
        first[9],
        tuple(sorted(posts)),
        tuple(sorted(team for team, kind in posts.items() if kind == PostKind.MICRO_MEMBER)),
    )
    return LoggedIn(key, first[0], viewer, bool(first[5]), bool(first[6]))


def unauthorized() -> Response:
    """Send to the login page and remember where from."""
    return htmx.login_needed(url_for("people.login", next=htmx.current_path()))
