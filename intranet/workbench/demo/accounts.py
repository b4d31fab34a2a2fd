"""The demo's accounts: one for each kind of person who uses the house, and the kiosk."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from intranet.access import Role
from intranet.grids.models import PostKind
from intranet.grids.queries import team_of
from intranet.people.operations import accounts, passwords

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from intranet.config import Settings
    from intranet.workbench.demo.build import Built

FILE = "demo-accounts.txt"


@dataclass(frozen=True, slots=True)
class Demo:
    """One account: who, as what, where."""

    username: str
    name: str
    role: Role
    path: str
    party_id: int | None = None


def wanted(session: Session, built: Built) -> list[Demo]:
    """Return the accounts of the demo community; micro, party and resident share a micro-grid.

    The volunteers among them are the persons who hold those posts.
    """
    community, micro = built.community.path, built.micros[0].path

    def serving(path: str, kind: PostKind) -> int | None:
        return next(iter(team_of(session, path, kind)), None)

    member, other = (serving(path, PostKind.MICRO_MEMBER) for path in (micro, built.micros[5].path))
    return [
        Demo("admin", "系统管理员", Role.ADMIN, built.town.path),
        Demo("secretary", "罗书记", Role.SECRETARY, community),
        Demo("office", "社区办公室", Role.OFFICE, community),
        Demo("grid", "网格员小陈", Role.GRID_MEMBER, built.generals[0].path),
        Demo("micro", "微网格员周姐", Role.MICRO_MEMBER, micro, member),
        Demo("micro2", "微网格员老吴", Role.MICRO_MEMBER, built.micros[5].path, other),
        Demo(
            "party",
            "党员老郑",
            Role.PARTY_MEMBER,
            micro,
            serving(micro, PostKind.PARTY_MEMBER),
        ),
        Demo("resident", "居民何阿姨", Role.RESIDENT, micro, _first(built.households)),
        Demo("station", "就业驿站", Role.STATION, community),
        Demo(
            "company",
            "专属网格企业",
            Role.COMPANY,
            built.dedicated[0].path,
            next(iter(built.companies), None),
        ),
        Demo("kiosk", "就业驿站触摸屏", Role.KIOSK, community),
        Demo("wall", "值班室大屏", Role.WALL, community),
    ]


def _first(parties: dict[tuple[int, int], int]) -> int | None:
    return next(iter(parties.values()), None)


def make_accounts(session: Session, built: Built, settings: Settings, at: datetime) -> str:
    """Insert the accounts, all with one password; return it and leave it in FILE (0600)."""
    password = settings.demo_password or secrets.token_urlsafe(9)
    hashed = passwords.hash_password(password)
    people = wanted(session, built)
    for one in people:
        accounts.create_account(
            session,
            actor=None,
            username=one.username,
            display_name=one.name,
            role=one.role,
            grid_path=one.path,
            password_hash=hashed,
            must_change=False,
            party_id=one.party_id,
            at=at,
        )
    path = settings.data_dir / FILE
    lines = [f"{one.username:<10} {one.name} ({one.role.value})" for one in people]
    text = "\n".join([f"password of every demo account: {password}", "", *lines, ""])
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return password
