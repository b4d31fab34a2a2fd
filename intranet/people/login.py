"""From a browser's cookie to a Viewer, through sessions kept in the database.

flask-login keeps a random key in the signed cookie; the database keeps its SHA-256. Revoking a
row logs that browser out at its next request.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Flask, url_for
from flask_login import LoginManager, UserMixin
from sqlalchemy import and_, bindparam, select

from intranet import clock, htmx
from intranet.access import Grant, Role, Viewer
from intranet.db import db
from intranet.people.models import Account, LoginSession, RoleGrant

if TYPE_CHECKING:
    from flask import Response

_manager = LoginManager()


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
    _manager.session_protection = None  # the key is random and revocable; addresses change
    _manager.user_loader(load)
    _manager.unauthorized_handler(unauthorized)


def hash_key(key: str) -> str:
    """Return what the database keeps of a session key."""
    return hashlib.sha256(key.encode()).hexdigest()


# Every request asks this, a live picture several times a second: built once, not each time.
_WHO = (
    select(
        LoginSession.id,
        Account.id,
        Account.username,
        Account.display_name,
        Account.party_id,
        Account.is_device,
        Account.must_change_password,
        RoleGrant.role,
        RoleGrant.grid_path,
    )
    .join(Account, Account.id == LoginSession.account_id)
    .outerjoin(RoleGrant, and_(RoleGrant.account_id == Account.id, RoleGrant.ended_at.is_(None)))
    .where(
        LoginSession.key_hash == bindparam("key_hash"),
        LoginSession.revoked_at.is_(None),
        LoginSession.expires_at > bindparam("now"),
        Account.disabled_at.is_(None),
    )
)


def load(key: str) -> LoggedIn | None:
    """Return who holds the session key, or None when it is unknown, expired or revoked."""
    rows = db.session.execute(_WHO, {"key_hash": hash_key(key), "now": clock.now()}).all()
    if not rows:
        return None
    first = rows[0]
    grants = tuple(Grant(Role(row[7]), row[8]) for row in rows if row[7] is not None)
    viewer = Viewer(first[1], first[2], first[3], first[4], grants)
    return LoggedIn(key, first[0], viewer, first[5], first[6])


def unauthorized() -> Response:
    """Send to the login page and remember where from."""
    return htmx.login_needed(url_for("people.login", next=htmx.current_path()))
