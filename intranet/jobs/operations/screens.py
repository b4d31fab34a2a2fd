"""The station's touch screens: that they are alive, and that the next one finds them clean."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from intranet.jobs.models import Screen
from intranet.people.login import hash_key
from intranet.people.models import Account, LoginSession
from intranet.people.operations import logins


def beat(session: Session, *, account_id: int, login_id: int, at: datetime) -> None:
    """Write down that a screen was heard; the key of before its last clearing is worth nothing."""
    _keep(session, account_id, seen_at=at, login_id=login_id, before_hash=None)


def clear_screen(session: Session, *, login_id: int, is_kiosk: bool, at: datetime) -> str:
    """Take a login's key away and return the one it has from now on.

    A kiosk's old key is remembered until its first beat with the new one.
    """
    login = session.get_one(LoginSession, login_id, with_for_update=True)
    if is_kiosk:
        _keep(session, login.account_id, login_id=login.id, before_hash=login.key_hash)
    return _renewed(session, login, at)


def clear_again(session: Session, *, key: str, at: datetime) -> str | None:
    """Return a new key for a screen that never got the last one; None for anybody else.

    The network may fail between the clearing and its answer: nobody stands there to log in anew.
    """
    found = session.scalar(
        select(LoginSession)
        .join(Screen, Screen.login_id == LoginSession.id)
        .join(Account, Account.id == LoginSession.account_id)
        .where(
            Screen.before_hash == hash_key(key),
            LoginSession.revoked_at.is_(None),
            LoginSession.expires_at > at,
            Account.disabled_at.is_(None),
        )
        .with_for_update(of=LoginSession)
    )
    return None if found is None else _renewed(session, found, at)


def _renewed(session: Session, login: LoginSession, at: datetime) -> str:
    account = session.get_one(Account, login.account_id)
    return logins.renew_key(session, login=login, is_device=account.is_device, at=at)


def _keep(session: Session, account_id: int, **values: object) -> None:
    """Insert or change a screen's row in one statement: two of its requests may come at once."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(Screen).values(account_id=account_id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["account_id"], set_=values))
