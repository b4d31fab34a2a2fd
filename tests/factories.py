"""Plain functions that put a small, true-to-life community into the database."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from intranet.access import Grant, Role, Viewer
from intranet.db import db
from intranet.grids.models import Grid, GridKind
from intranet.grids.operations.teams import team_name
from intranet.people.login import hash_key
from intranet.people.models import Account, LoginSession, RoleGrant
from intranet.register.operations import open_team

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
DAY = date(2026, 11, 23)
PASSWORD = "long enough for a test"


def create_grid(kind, name, code, parent=None, **fields):
    """Insert a node with its path, and a micro-grid with its team."""
    grid = Grid(
        kind=kind,
        name=name,
        code=code,
        parent_id=parent.id if parent else None,
        path=f"new-{secrets.token_hex(8)}",
        opened_on=date(2022, 9, 1),
        **fields,
    )
    db.session.add(grid)
    db.session.flush()
    grid.path = f"{parent.path if parent else ''}{grid.id}."
    db.session.flush()
    if kind is GridKind.MICRO:
        where = {"grid_path": grid.path, "name": team_name(parent.name, name)}
        open_team(db.session(), actor=None, at=AT, **where)
    return grid


@dataclass
class Town:
    """A small tree: one community, two general grids with two micro-grids each, one dedicated."""

    county: Grid
    town: Grid
    community: Grid
    generals: list[Grid]
    micros: list[Grid]
    dedicated: Grid


def create_town():
    """Insert the tree that most tests stand on."""
    county = create_grid(GridKind.COUNTY, "温江区", "510115")
    town = create_grid(GridKind.TOWN, "梧桐镇", "510115101", county)
    community = create_grid(GridKind.COMMUNITY, "场镇社区", "510115101001", town)
    generals, micros = [], []
    for g in (1, 2):
        general = create_grid(
            GridKind.GENERAL, f"第{g}网格", f"51011510100{1}{g:02d}", community, position=g
        )
        generals.append(general)
        micros += [
            create_grid(
                GridKind.MICRO,
                f"微网格{g}-{m}",
                f"{general.code}{m:03d}",
                general,
                position=m,
                households=60,
            )
            for m in (1, 2)
        ]
    dedicated = create_grid(GridKind.DEDICATED, "第一小学", "510115101001Z001", community)
    db.session.commit()
    return Town(county, town, community, generals, micros, dedicated)


def create_account(role, path, username=None, **fields):
    """Insert an account with one grant; its password hash matches nothing unless given."""
    account = Account(
        username=username or f"{role}-{secrets.randbelow(10**9)}",
        display_name=fields.pop("display_name", f"测试{role}"),
        password_hash=fields.pop("password_hash", "!"),
        created_at=AT,
        **fields,
    )
    db.session.add(account)
    db.session.flush()
    db.session.add(RoleGrant(account_id=account.id, role=Role(role), grid_path=path, granted_at=AT))
    db.session.commit()
    return account


def viewer_of(account, *grants):
    """Return the Viewer an account becomes, for calling operations and queries directly."""
    return Viewer(
        account.id,
        account.username,
        account.display_name,
        account.party_id,
        tuple(Grant(Role(role), path) for role, path in grants),
    )


def log_in(client, account):
    """Give a test client a session of the account, without the login page."""
    key = secrets.token_urlsafe(16)
    now = datetime.now(UTC)
    db.session.add(
        LoginSession(
            key_hash=hash_key(key),
            account_id=account.id,
            created_at=now,
            expires_at=now + timedelta(hours=8),
            address="127.0.0.1",
            browser="test",
        )
    )
    db.session.commit()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = key
        cookie["_fresh"] = True
    return client
