"""Looking up accounts and sessions, always within what the viewer may manage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import abort
from sqlalchemy import exists, or_, select
from sqlalchemy.orm import aliased, selectinload

from intranet.access import Permission, Role, Viewer, scope_condition
from intranet.i18n import _
from intranet.people.models import Account, LoginSession, RoleGrant

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

PAGE = 50
ID_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class AccountPage:
    """Accounts in order of user name, and the name after which the next page begins."""

    accounts: Sequence[Account]
    after: str | None


def in_scope(viewer: Viewer) -> Any:
    """Return the condition: the account holds a role inside the viewer's scope.

    One that holds none any more is found where it held its roles; one that went to another
    community is that community's.
    """
    now = aliased(RoleGrant)
    holds_any = exists().where(now.account_id == Account.id, now.ended_at.is_(None))
    return exists().where(
        RoleGrant.account_id == Account.id,
        scope_condition(RoleGrant.grid_path, viewer, Permission.PEOPLE_ACCOUNT_MANAGE),
        or_(RoleGrant.ended_at.is_(None), ~holds_any.correlate(Account)),
    )


def accounts_page(
    session: Session,
    viewer: Viewer,
    *,
    text: str = "",
    role: Role | None = None,
    closed: bool = False,
    after: str = "",
) -> AccountPage:
    """Return one page of the accounts the viewer manages; two queries."""
    wanted = select(Account).where(in_scope(viewer), Account.username > after)
    if text:
        wanted = wanted.where(
            or_(
                Account.username.contains(text.casefold(), autoescape=True),
                Account.display_name.contains(text, autoescape=True),
            )
        )
    if role is not None:
        holds = exists().where(
            RoleGrant.account_id == Account.id,
            RoleGrant.role == role,
            RoleGrant.ended_at.is_(None),
        )
        wanted = wanted.where(holds)
    wanted = wanted.where(
        Account.disabled_at.is_not(None) if closed else Account.disabled_at.is_(None)
    )
    rows = session.scalars(
        wanted.options(selectinload(Account.grants)).order_by(Account.username).limit(PAGE + 1)
    ).all()
    more = len(rows) > PAGE
    return AccountPage(rows[:PAGE], rows[PAGE - 1].username if more else None)


def account_or_404(session: Session, viewer: Viewer, account_id: int) -> Account:
    """Return an account the viewer manages, with its roles; anything else is not found."""
    account = session.scalar(
        select(Account)
        .where(Account.id == min(account_id, ID_MAX), in_scope(viewer))
        .options(selectinload(Account.grants))
    )
    return account or abort(404)


def own_account(session: Session, viewer: Viewer) -> Account:
    """Return the viewer's own account with its roles."""
    return session.scalars(
        select(Account).where(Account.id == viewer.account_id).options(selectinload(Account.grants))
    ).one()


def account_for_login(session: Session, username: str) -> Account | None:
    """Return the open account of that name."""
    return session.scalar(
        select(Account).where(Account.username == username, Account.disabled_at.is_(None))
    )


def open_sessions(session: Session, account_id: int, at: datetime) -> Sequence[LoginSession]:
    """Return the sessions of an account that still work, newest first; at most 50."""
    return session.scalars(
        select(LoginSession)
        .where(
            LoginSession.account_id == account_id,
            LoginSession.revoked_at.is_(None),
            LoginSession.expires_at > at,
        )
        .order_by(LoginSession.created_at.desc())
        .limit(50)
    ).all()


def browser_words(agent: str) -> str:
    """Return the browser and system behind a User-Agent, in two words people know."""
    marks = [("MicroMessenger", _("WeChat")), ("Edg", "Edge"), ("Firefox", "Firefox")]
    marks += [("Chrome", "Chrome"), ("Safari", "Safari")]
    systems = [("HarmonyOS", _("HarmonyOS")), ("Android", "Android"), ("iPhone", "iPhone")]
    systems += [("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux")]
    browser = next((word for mark, word in marks if mark in agent), _("Another browser"))
    system = next((word for mark, word in systems if mark in agent), "")
    return f"{browser} · {system}" if system else browser


def session_or_404(session: Session, account_id: int, session_id: int) -> LoginSession:
    """Return a session of that account."""
    found = session.scalar(
        select(LoginSession).where(
            LoginSession.id == min(session_id, ID_MAX), LoginSession.account_id == account_id
        )
    )
    return found or abort(404)
