"""``intranet user …``: accounts from the console, for the first one and for emergencies."""

from __future__ import annotations

import sys

import click
from sqlalchemy import select

from intranet import audit, clock
from intranet.access import Role
from intranet.config import Settings
from intranet.db import db, reading
from intranet.errors import DomainError
from intranet.people.models import Account, RoleGrant
from intranet.people.operations import accounts, logins, passwords
from intranet.people.queries import ID_MAX

CONSOLE = "console"  # where an act came from that came from no browser


@click.group()
def user() -> None:
    """Look after accounts."""


@user.command("add")
@click.argument("username")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--grid", "code", required=True, help="code of the grid node, such as 510115101001")
@click.option("--name", default="", help="name shown")
@click.option(
    "--password",
    "ask",
    is_flag=True,
    help="ask for the password, or read it from standard input; else a one-time one is printed",
)
def add(username: str, role: str, code: str, name: str, *, ask: bool) -> None:
    """Make an account; no command line ever holds its password."""
    from intranet import create_app
    from intranet.grids.models import Grid

    made = _asked(username) if ask else passwords.one_time()
    hashed = passwords.hash_password(made)
    with create_app(Settings.from_env()).app_context():
        path = db.session.scalar(select(Grid.path).where(Grid.code == code))
        if path is None:
            message = f"there is no grid with code {code}"
            raise click.ClickException(message)
        try:
            accounts.create_account(
                db.session(),
                actor=None,
                username=username,
                display_name=name or username,
                role=Role(role),
                grid_path=path,
                password_hash=hashed,
                must_change=not ask,
                at=clock.now(),
                address=CONSOLE,
            )
        except DomainError as error:
            raise click.ClickException(error.key % error.params) from error
        db.session.commit()
    click.echo(f"{username} may log in" + ("" if ask else f"; one-time password: {made}"))


@user.command("password")
@click.argument("username")
def reset(username: str) -> None:
    """Give an account a new one-time password and end its sessions."""
    from intranet import create_app

    made, hashed = accounts.make_password()
    with create_app(Settings.from_env()).app_context():
        account = _account(username)
        account.password_hash = hashed
        account.must_change_password = True
        logins.revoke_all(db.session(), account_id=account.id, at=clock.now())
        _note("people:password:reset", account)
        db.session.commit()
    click.echo(f"one-time password of {username}: {made}")


@user.command("disable")
@click.argument("username")
def disable(username: str) -> None:
    """Close an account and end its sessions."""
    from intranet import create_app

    with create_app(Settings.from_env()).app_context():
        account = _account(username)
        account.disabled_at = clock.now()
        logins.revoke_all(db.session(), account_id=account.id, at=clock.now())
        _note("people:account:disable", account)
        db.session.commit()
    click.echo(f"{username} is closed")


@user.command("link")
@click.argument("username")
@click.option("--party", "party_id", type=int, help="its number in the register's address")
@click.option("--nobody", is_flag=True, help="take the link away")
def link(username: str, party_id: int | None, *, nobody: bool) -> None:
    """Say which party of the register an account belongs to: a host sees the camera."""
    from intranet import create_app
    from intranet.register.models import Party

    if nobody == (party_id is not None):
        message = "give either --party or --nobody"
        raise click.UsageError(message)
    with create_app(Settings.from_env()).app_context():
        account = _account(username)
        party = None if party_id is None else db.session.get(Party, min(party_id, ID_MAX))
        if party is None and not nobody:
            message = f"there is no party {party_id}"
            raise click.ClickException(message)
        try:
            accounts.link_party(
                db.session(),
                actor=None,
                account=account,
                party=party,
                at=clock.now(),
                address=CONSOLE,
            )
        except DomainError as error:
            raise click.ClickException(error.key % error.params) from error
        db.session.commit()
    click.echo(f"{username} is nobody's" if nobody else f"{username} belongs to party {party_id}")


@user.command("list")
def show() -> None:
    """Print the accounts and their roles."""
    from intranet import create_app

    with create_app(Settings.from_env()).app_context(), reading():
        rows = db.session.execute(
            select(Account.username, Account.disabled_at, RoleGrant.role, RoleGrant.grid_path)
            .outerjoin(
                RoleGrant,
                (RoleGrant.account_id == Account.id) & RoleGrant.ended_at.is_(None),
            )
            .order_by(Account.username)
        ).all()
    for username, disabled_at, role, path in rows:
        closed = " (closed)" if disabled_at else ""
        click.echo(f"{username}{closed}\t{role.value if role else '-'}\t{path or ''}")


def _asked(username: str) -> str:
    """Return the password typed unseen, or piped in: arguments are seen by all who are logged in.

    getpass would look for a terminal even where one is piped, so the choice is ours.
    """
    if sys.stdin.isatty():
        typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        typed = sys.stdin.readline().rstrip("\r\n")
    try:
        passwords.check_new(typed, username)
    except DomainError as error:
        raise click.ClickException(error.key % error.params) from error
    return typed


def _account(username: str) -> Account:
    account = db.session.scalar(select(Account).where(Account.username == username))
    if account is None:
        message = f"there is no account {username}"
        raise click.ClickException(message)
    return account


def _note(action: str, account: Account) -> None:
    audit.record(
        db.session(),
        actor=None,
        action=action,
        at=clock.now(),
        object_kind="account",
        object_id=account.id,
        address=CONSOLE,
    )
