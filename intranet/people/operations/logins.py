"""Logging in and out, with a throttle that counts in the database and so survives restarts."""

from __future__ import annotations

import math
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, text, update

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
NAME_LOCK, ADDRESS_LOCK = 7_246_102, 7_246_103  # classes of PostgreSQL's advisory locks
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(minutes=15)
MEMORY = timedelta(hours=24)
ADDRESS_MEMORY = timedelta(hours=1)
SHIFT = timedelta(hours=12)
REMEMBERED = timedelta(days=30)
DEVICE_LIFE = timedelta(days=365)
UNUSABLE = "!"  # matches no password
TOO_MANY = N_("Too many failed logins. Wait %(wait)s and try again.")


class TooManyTries(DomainError):  # noqa: N818 — named for what happened
    """The throttle is shut; ``seconds`` says for how long."""

    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__(TOO_MANY, wait=words(seconds))
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
    _queue_up(session, username, address)
    wait = max(_wait_of_name(session, username, at), _wait_of_address(session, address, at))
    if wait > timedelta(0):
        raise TooManyTries(math.ceil(wait.total_seconds()))
    attempt = LoginAttempt(username=username, address=address, at=at, succeeded=False)
    session.add(attempt)
    session.flush()
    return attempt


def _queue_up(session: Session, username: str, address: str) -> None:
    """Let tries of one name, and of one address, count one after the other.

    SQLite has one writer anyway. Names before addresses: nobody waits in a circle.
    """
    if session.get_bind().dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(:kind, hashtext(:key))")
        session.execute(lock, {"kind": NAME_LOCK, "key": username})
        session.execute(lock, {"kind": ADDRESS_LOCK, "key": address})


def _wait_of_name(session: Session, username: str, at: datetime) -> timedelta:
    """Failures of a name count until its next success, or for a day."""
    success = func.max(LoginAttempt.at).filter(LoginAttempt.succeeded)
    last = session.scalar(select(success).where(LoginAttempt.username == username))
    since = max(last, at - MEMORY) if last else at - MEMORY
    failed = select(func.count(), func.max(LoginAttempt.at)).where(
        LoginAttempt.username == username, ~LoginAttempt.succeeded, LoginAttempt.at > since
    )
    count, newest = session.execute(failed).one()
    return _shut(count - FREE_PER_NAME, newest, at)


def _wait_of_address(session: Session, address: str, at: datetime) -> timedelta:
    """Failures from an address count for an hour.

    A success forgives nothing: else one who owns an account could guess at others for ever.
    """
    failed = select(func.count(), func.max(LoginAttempt.at)).where(
        LoginAttempt.address == address,
        ~LoginAttempt.succeeded,
        LoginAttempt.at > at - ADDRESS_MEMORY,
    )
    count, newest = session.execute(failed).one()
    return _shut(count - FREE_PER_ADDRESS, newest, at)


def _shut(too_many: int, newest: datetime | None, at: datetime) -> timedelta:
    """Return the wait left: 10 s after the last free failure, doubled with each one more."""
    if too_many < 0 or newest is None:
        return timedelta(0)
    shut: timedelta = min(FIRST_WAIT * 2 ** min(too_many, 10), LONGEST_WAIT)
    return newest + shut - at


def open_session(
    session: Session,
    *,
    account: Account,
    attempt: LoginAttempt,
    remember: bool,
    address: str,
    browser: str,
    at: datetime,
    stronger_hash: str | None = None,
) -> str:
    """Mark the attempt a success and return the key of a new session, kept only as a hash.

    A device's one-time code is void from here on; ``stronger_hash`` replaces one made with older
    parameters.
    """
    if account.is_device and account.must_change_password:
        account.password_hash, account.must_change_password = UNUSABLE, False
    elif stronger_hash:
        account.password_hash = stronger_hash
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
        username=account.username,
    )
    return key


def revoke(
    session: Session, *, actor: Viewer, login: LoginSession, at: datetime, address: str = ""
) -> None:
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
            address=address,
            login_id=login.id,
        )


def renew_key(session: Session, *, login: LoginSession, is_device: bool, at: datetime) -> str:
    """Give a login a new key and return it; whoever brings the old one is nobody from here on.

    The same row goes on: a screen is cleared a hundred times a day. A device's year begins anew.
    """
    key = secrets.token_urlsafe(32)
    login.key_hash = hash_key(key)
    if is_device:
        login.expires_at = at + DEVICE_LIFE
    session.flush()
    return key


def revoke_others(
    session: Session, *, actor: Viewer, keep_session: int, at: datetime, address: str = ""
) -> int:
    """End all of one's own sessions but this one; return how many."""
    count = revoke_all(session, account_id=actor.account_id, at=at, but=keep_session)
    if count:
        audit.record(
            session,
            actor=actor,
            action="people:session:revoke",
            at=at,
            object_kind="account",
            object_id=actor.account_id,
            address=address,
            count=count,
        )
    return count


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
