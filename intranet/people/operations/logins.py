"""Logging in and out, with a throttle that counts in the database and so survives restarts."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update

from intranet import audit
from intranet.access import DEVICE_ROLES, Role, Viewer
from intranet.errors import DomainError
from intranet.i18n import N_, _n
from intranet.people.login import hash_key
from intranet.people.models import Account, LoginAttempt, LoginSession, RoleGrant

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

FREE_PER_NAME = 5
FREE_PER_ADDRESS = 30  # a whole office may sit behind one address
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(minutes=15)
MEMORY = timedelta(hours=24)
SHIFT = timedelta(hours=12)
REMEMBERED = timedelta(days=30)
DEVICE_LIFE = timedelta(days=365)
TOO_MANY = N_("Too many failed logins. Wait %(wait)s and try again.")


class TooManyTries(DomainError):  # noqa: N818 — named for what happened
    """The throttle is shut; ``seconds`` says for how long."""

    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__(
            "Too many failed logins. Wait %(wait)s and try again.", wait=words(seconds)
        )
        self.seconds = seconds


def words(seconds: int) -> str:
    """Return a waiting time people can read, in the page's language."""
    if seconds < 60:
        return str(_n("%(num)d second", "%(num)d seconds", seconds))
    minutes = -(-seconds // 60)
    return str(_n("%(num)d minute", "%(num)d minutes", minutes))


def claim_attempt(session: Session, *, username: str, address: str, at: datetime) -> LoginAttempt:
    """Write the attempt down as failed *before* the password is looked at.

    So many tries sent at once cannot all slip past the count. Raises TooManyTries.
    """
    wait = max(
        _wait(session, LoginAttempt.username == username, FREE_PER_NAME, at),
        _wait(session, LoginAttempt.address == address, FREE_PER_ADDRESS, at),
        timedelta(0),
    )
    if wait > timedelta(0):
        raise TooManyTries(max(1, int(wait.total_seconds())))
    attempt = LoginAttempt(username=username, address=address, at=at, succeeded=False)
    session.add(attempt)
    session.flush()
    return attempt


def _wait(session: Session, who: object, free: int, at: datetime) -> timedelta:
    """Return how long this name or address must still wait: 10 s, doubled with every failure."""
    last_success = (
        select(func.max(LoginAttempt.at))
        .where(who, LoginAttempt.succeeded)  # type: ignore[arg-type]
        .scalar_subquery()
    )
    count, newest = session.execute(
        select(func.count(), func.max(LoginAttempt.at)).where(
            who,  # type: ignore[arg-type]
            ~LoginAttempt.succeeded,
            LoginAttempt.at > at - MEMORY,
            (last_success.is_(None)) | (LoginAttempt.at > last_success),
        )
    ).one()
    if count < free or newest is None:
        return timedelta(0)
    shut: timedelta = min(FIRST_WAIT * 2 ** min(count - free, 10), LONGEST_WAIT)
    left: timedelta = newest + shut - at
    return left


def open_session(
    session: Session,
    *,
    account: Account,
    attempt: LoginAttempt,
    remember: bool,
    address: str,
    browser: str,
    at: datetime,
) -> str:
    """Mark the attempt a success and return the key of a new session, kept only as a hash."""
    session.execute(
        update(LoginAttempt).where(LoginAttempt.id == attempt.id).values(succeeded=True)
    )
    key = secrets.token_urlsafe(32)
    life = DEVICE_LIFE if account.is_device else REMEMBERED if remember else SHIFT
    session.add(
        LoginSession(
            key_hash=hash_key(key),
            account_id=account.id,
            created_at=at,
            expires_at=at + life,
            address=address,
            browser=browser[:200],
        )
    )
    audit.record(
        session,
        actor=Viewer(account.id, account.username, account.display_name, account.party_id, ()),
        action="people:login",
        at=at,
        object_kind="account",
        object_id=account.id,
        address=address,
    )
    return key


def revoke(session: Session, *, actor: Viewer, login: LoginSession, at: datetime) -> None:
    """End a session: that browser is logged out at its next request."""
    if login.revoked_at is None:
        login.revoked_at = at
        session.flush()
        audit.record(
            session,
            actor=actor,
            action="people:session:revoke",
            at=at,
            object_kind="account",
            object_id=login.account_id,
            login_id=login.id,
        )


def revoke_all(session: Session, *, account_id: int, at: datetime, but: int | None = None) -> int:
    """End every session of an account, but for one if asked; return how many."""
    ended = session.scalars(
        update(LoginSession)
        .where(
            LoginSession.account_id == account_id,
            LoginSession.revoked_at.is_(None),
            LoginSession.id != (but or 0),
        )
        .values(revoked_at=at)
        .returning(LoginSession.id)
    ).all()
    return len(ended)


def purge(session: Session, *, at: datetime) -> tuple[int, int]:
    """Forget attempts and sessions nobody can use any more; return how many of each."""
    attempts = session.scalars(
        delete(LoginAttempt).where(LoginAttempt.at < at - 2 * MEMORY).returning(LoginAttempt.id)
    ).all()
    sessions = session.scalars(
        delete(LoginSession)
        .where(LoginSession.expires_at < at - timedelta(days=90))
        .returning(LoginSession.id)
    ).all()
    return len(attempts), len(sessions)


def is_device_only(roles: list[Role]) -> bool:
    """Whether an account with these roles is a kiosk or a wall screen."""
    return bool(roles) and all(role in DEVICE_ROLES for role in roles)


def current_roles(session: Session, account_id: int) -> list[Role]:
    """Return the roles an account holds now."""
    return list(
        session.scalars(
            select(RoleGrant.role).where(
                RoleGrant.account_id == account_id, RoleGrant.ended_at.is_(None)
            )
        )
    )
