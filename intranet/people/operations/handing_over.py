"""Roles held at a grid that closes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet import audit
from intranet.access import Viewer
from intranet.people.models import Account, RoleGrant


def hand_over_roles(
    session: Session,
    *,
    actor: Viewer | None,
    from_path: str,
    to_path: str,
    at: datetime,
    reason: str = "",
    address: str = "",
) -> int:
    """End the roles held at one node and give them at another; those ended before stay history.

    Who holds the role at the other node already does not hold it twice. Returns how many ended.
    """
    held = session.execute(
        select(RoleGrant, Account.username)
        .join(Account, Account.id == RoleGrant.account_id)
        .where(RoleGrant.grid_path == from_path, RoleGrant.ended_at.is_(None))
        .order_by(RoleGrant.id)
    ).all()
    open_there = select(RoleGrant.account_id, RoleGrant.role).where(
        RoleGrant.grid_path == to_path, RoleGrant.ended_at.is_(None)
    )
    there = {(row[0], row[1]) for row in session.execute(open_there)}
    for grant, username in held:
        grant.ended_at = max(at, grant.granted_at)
        steps = [("people:role:end", from_path)]
        if (grant.account_id, grant.role) not in there:
            there.add((grant.account_id, grant.role))
            steps.append(("people:role:grant", to_path))
            session.add(
                RoleGrant(
                    account_id=grant.account_id,
                    role=grant.role,
                    grid_path=to_path,
                    granted_at=at,
                    granted_by=actor.account_id if actor else None,
                )
            )
        for action, path in steps:
            audit.record(
                session,
                actor=actor,
                action=action,
                at=at,
                object_kind="account",
                object_id=grant.account_id,
                grid_path=path,
                reason=reason,
                address=address,
                username=username,
                role=grant.role.value,
            )
    session.flush()
    return len(held)
