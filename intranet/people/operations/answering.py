"""Who answers for a place: whoever holds a permission there, or else in the place above."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from sqlalchemy import select

from intranet.access import POLICY, Permission
from intranet.people.models import Account, RoleGrant

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

COMMUNITY_DEPTH = 3  # county, town, community


def who_answers(
    session: Session, *, grid_path: str, permission: Permission, but: Collection[int] = ()
) -> set[int]:
    """Return the accounts that hold a permission in the community of a path, or else above it.

    ``but`` are those concerned themselves; nobody where there is nobody else.
    """
    return _holding(session, grid_path, permission, but, deepest=COMMUNITY_DEPTH)


def who_is_nearest(session: Session, *, grid_path: str, permission: Permission) -> set[int]:
    """Return the accounts that hold a permission in the very grid of a path, or else above it."""
    return _holding(session, grid_path, permission, (), deepest=grid_path.count("."))


def _holding(
    session: Session,
    grid_path: str,
    permission: Permission,
    but: Collection[int],
    *,
    deepest: int,
) -> set[int]:
    parts = grid_path.rstrip(".").split(".")
    for depth in range(min(len(parts), deepest), 0, -1):
        found = session.scalars(
            select(RoleGrant.account_id)
            .join(Account, Account.id == RoleGrant.account_id)
            .where(
                RoleGrant.ended_at.is_(None),
                Account.disabled_at.is_(None),
                RoleGrant.grid_path == ".".join(parts[:depth]) + ".",
                RoleGrant.role.in_(POLICY[permission].roles),
                RoleGrant.account_id.not_in(but),
            )
        ).all()
        if found:
            return set(found)
    return set()
