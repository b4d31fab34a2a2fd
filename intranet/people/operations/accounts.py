"""Making, changing and closing accounts, and giving and ending roles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from intranet import audit
from intranet.access import DEVICE_ROLES, LEADERS, OFFICES, ROLE_KINDS, Role, Viewer
from intranet.errors import DomainError, InputError
from intranet.grids.models import Grid
from intranet.i18n import N_
from intranet.people.models import Account, RoleGrant
from intranet.people.operations import logins, passwords
from intranet.register.models import PartyKind

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from intranet.register.models import Party


# What is said of a role given where it makes no sense, by the kinds where it does.
MISPLACED = {
    frozenset({"micro"}): N_("This role is given at a micro-grid."),
    frozenset({"dedicated"}): N_("This role is given at a dedicated grid."),
    frozenset({"general", "dedicated"}): N_("This role is given at a general or dedicated grid."),
    OFFICES: N_("This role is given at a community or above."),
    OFFICES | {"general"}: N_("This role is given at a general grid, a community or above."),
}


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account and the password to hand over, which is shown once and kept nowhere."""

    account: Account
    password: str


def create_account(
    session: Session,
    *,
    actor: Viewer | None,
    username: str,
    display_name: str,
    role: Role,
    grid_path: str,
    password_hash: str,
    must_change: bool,
    at: datetime,
    party_id: int | None = None,
    address: str = "",
) -> Account:
    """Insert an account with its first role.

    The caller hashes the password before the transaction. Raises InputError for a taken name,
    DomainError for a role above the actor's own.
    """
    username = username.strip().casefold()
    taken = select(Account.id).where(Account.username == username)
    if session.scalar(taken) is not None:
        raise _taken()
    account = Account(
        username=username,
        display_name=display_name.strip(),
        password_hash=password_hash,
        is_device=role in DEVICE_ROLES,
        must_change_password=must_change,
        party_id=party_id,
        created_at=at,
    )
    try:
        with session.begin_nested():
            session.add(account)
    except IntegrityError:  # somebody was quicker between the look and the insert
        raise _taken() from None
    _note(session, actor, "people:account:create", account, grid_path, at, address)
    grant_role(
        session,
        actor=actor,
        account=account,
        role=role,
        grid_path=grid_path,
        at=at,
        new=True,
        address=address,
    )
    return account


def _taken() -> InputError:
    return InputError("This user name is taken.", field="username")


def grant_role(
    session: Session,
    *,
    actor: Viewer | None,
    account: Account,
    role: Role,
    grid_path: str,
    at: datetime,
    new: bool = False,
    address: str = "",
) -> RoleGrant:
    """Give a role at one node; nobody gives what lies above his own place, nor to himself.

    Raises InputError for a node of a kind where the role makes no sense (ROLE_KINDS).
    """
    if actor is not None:
        if actor.account_id == account.id:
            raise DomainError("Nobody changes his own roles; ask another leader.")
        _require_above(actor, role, grid_path)
    _require_kind(session, role, grid_path)
    if not new:
        device = role in DEVICE_ROLES
        if device != account.is_device:
            raise DomainError("A device account and a person's account do not mix.")
        held = select(RoleGrant.id).where(
            RoleGrant.account_id == account.id,
            RoleGrant.role == role,
            RoleGrant.grid_path == grid_path,
            RoleGrant.ended_at.is_(None),
        )
        if session.scalar(held) is not None:
            raise DomainError("The account holds this role there already.")
    grant = RoleGrant(
        account_id=account.id,
        role=role,
        grid_path=grid_path,
        granted_at=at,
        granted_by=actor.account_id if actor else None,
    )
    session.add(grant)
    session.flush()
    _note(session, actor, "people:role:grant", account, grid_path, at, address, role=role.value)
    return grant


def end_role(
    session: Session,
    *,
    actor: Viewer,
    account: Account,
    grant: RoleGrant,
    at: datetime,
    address: str = "",
) -> None:
    """End a role; the row stays as history. The last administrator cannot be removed."""
    if actor.account_id == account.id:
        raise DomainError("Nobody changes his own roles; ask another leader.")
    if grant.ended_at is not None:
        raise DomainError("This role has ended already.")
    _require_above(actor, grant.role, grant.grid_path)
    if grant.role is Role.ADMIN:
        _keep_one_admin(session, account.id)
    grant.ended_at = at
    session.flush()
    role = grant.role.value
    _note(session, actor, "people:role:end", account, grant.grid_path, at, address, role=role)


def rename(
    session: Session,
    *,
    actor: Viewer,
    account: Account,
    display_name: str,
    at: datetime,
    address: str = "",
) -> None:
    """Correct the name shown for an account."""
    _require_over(session, actor, account)
    if not display_name.strip():
        raise InputError("A name is needed.", field="display_name")
    account.display_name = display_name.strip()
    session.flush()
    _note(session, actor, "people:account:rename", account, "", at, address)


def link_party(
    session: Session,
    *,
    actor: Viewer | None,
    account: Account,
    party: Party | None,
    at: datetime,
    address: str = "",
) -> None:
    """Say which party of the register the account belongs to, or that it is nobody's any more.

    It gives rights (a host sees the camera), so nobody says it of himself. The caller has found
    the party in the actor's scope. Raises InputError for one that has gone.
    """
    if actor is not None:
        if actor.account_id == account.id:
            raise DomainError("Nobody says of himself who he is; ask another leader.")
        _require_over(session, actor, account)
    if account.is_device:
        raise DomainError("A device is nobody in the register.")
    is_gone = party is not None and (party.left_at is not None or party.erased_at is not None)
    if is_gone or (party is not None and party.kind is PartyKind.TEAM):
        raise InputError("Choose somebody who lives or trades here.", field="party")
    before, after = account.party_id, party.id if party else None
    if before == after:
        raise DomainError("The account is linked so already.")
    account.party_id = after
    session.flush()
    action = "people:account:link" if after else "people:account:unlink"
    _note(session, actor, action, account, "", at, address, before=before, after=after)


def disable(
    session: Session, *, actor: Viewer, account: Account, at: datetime, address: str = ""
) -> None:
    """Close an account: it cannot log in, and its sessions end now."""
    if actor.account_id == account.id:
        raise DomainError("Nobody closes his own account.")
    if account.disabled_at is not None:
        raise DomainError("The account is closed already.")
    _require_over(session, actor, account)
    _keep_one_admin(session, account.id)
    account.disabled_at = at
    session.flush()
    logins.revoke_all(session, account_id=account.id, at=at)
    _note(session, actor, "people:account:disable", account, "", at, address)


def enable(
    session: Session, *, actor: Viewer, account: Account, at: datetime, address: str = ""
) -> None:
    """Open a closed account again."""
    if account.disabled_at is None:
        raise DomainError("The account is open already.")
    _require_over(session, actor, account)
    account.disabled_at = None
    session.flush()
    _note(session, actor, "people:account:enable", account, "", at, address)


def set_password(
    session: Session,
    *,
    actor: Viewer,
    account: Account,
    password_hash: str,
    must_change: bool,
    at: datetime,
    keep_session: int | None = None,
    address: str = "",
) -> None:
    """Store a new hash and end the account's other sessions.

    For somebody else's account ``must_change`` makes it a one-time password; a device's is void
    after its first login.
    """
    if actor.account_id != account.id:
        _require_over(session, actor, account)
    account.password_hash = password_hash
    account.must_change_password = must_change
    session.flush()
    logins.revoke_all(session, account_id=account.id, at=at, but=keep_session)
    own = actor.account_id == account.id
    action = "people:password:change" if own else "people:password:reset"
    _note(session, actor, action, account, "", at, address)


def make_password() -> tuple[str, str]:
    """Return a one-time password and its hash; call before the transaction begins."""
    password = passwords.one_time()
    return password, passwords.hash_password(password)


def _require_kind(session: Session, role: Role, grid_path: str) -> None:
    kind = session.scalar(select(Grid.kind).where(Grid.path == grid_path))
    if kind not in ROLE_KINDS[role]:
        raise InputError(MISPLACED[ROLE_KINDS[role]], field="grid_path")


def _require_above(actor: Viewer, role: Role, grid_path: str) -> None:
    held = {g.role for g in actor.grants if g.role in LEADERS and grid_path.startswith(g.path)}
    if not held:
        raise DomainError("That place lies outside your own.")
    if role is Role.ADMIN and Role.ADMIN not in held:
        raise DomainError("Only an administrator makes or ends an administrator.")


def end_sessions(
    session: Session, *, actor: Viewer, account: Account, at: datetime, address: str = ""
) -> int:
    """Log an account out everywhere; return how many sessions ended."""
    if actor.account_id != account.id:
        _require_over(session, actor, account)
    count = logins.revoke_all(session, account_id=account.id, at=at)
    _note(session, actor, "people:session:revoke", account, "", at, address, count=str(count))
    return count


def _require_over(session: Session, actor: Viewer, account: Account) -> None:
    """Whoever resets a password could log in with it: all the account may do must be below him."""
    held = session.execute(
        select(RoleGrant.role, RoleGrant.grid_path).where(
            RoleGrant.account_id == account.id, RoleGrant.ended_at.is_(None)
        )
    )
    for role, path in held:
        leads = {g.role for g in actor.grants if g.role in LEADERS and path.startswith(g.path)}
        if not leads or (role is Role.ADMIN and Role.ADMIN not in leads):
            raise DomainError("This account has a role above yours; ask its own leader.")


def _keep_one_admin(session: Session, account_id: int) -> None:
    # Two administrators who remove each other at once: the second waits here, then counts.
    admins = select(RoleGrant.id).where(RoleGrant.role == Role.ADMIN, RoleGrant.ended_at.is_(None))
    session.scalars(admins.with_for_update()).all()
    others = session.scalar(
        select(func.count())
        .select_from(RoleGrant)
        .join(Account, Account.id == RoleGrant.account_id)
        .where(
            RoleGrant.role == Role.ADMIN,
            RoleGrant.ended_at.is_(None),
            Account.disabled_at.is_(None),
            Account.id != account_id,
        )
    )
    is_admin = Role.ADMIN in logins.current_roles(session, account_id)
    if is_admin and not others:
        raise DomainError("This is the last administrator; make another one first.")


def _note(  # noqa: PLR0917 — private, called a dozen times just above
    session: Session,
    actor: Viewer | None,
    action: str,
    account: Account,
    grid_path: str,
    at: datetime,
    address: str,
    /,
    **details: Any,
) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        at=at,
        object_kind="account",
        object_id=account.id,
        grid_path=grid_path,
        address=address,
        username=account.username,
        **details,
    )
