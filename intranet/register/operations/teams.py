"""Teams as parties: made, named and dissolved with their micro-grid, by the operations on it.

A team needs no trail of its own: the history of its grid says who opened, named and closed it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.register.models import Party, PartyKind, PartyMove
from intranet.register.operations.personal import index


def open_team(
    session: Session, *, actor: Viewer | None, grid_path: str, name: str, at: datetime
) -> Party:
    """Make the team of a micro-grid; the database refuses a second one."""
    team = Party(kind=PartyKind.TEAM, grid_path=grid_path, public_name=name, created_at=at)
    session.add(team)
    session.flush()
    by = actor.account_id if actor else None
    session.add(PartyMove(party_id=team.id, grid_path=grid_path, at=at, by=by))
    index(session, team)
    return team


def name_team(session: Session, *, grid_path: str, name: str) -> None:
    """Have a team be called as its grid is; nothing where the grid has no team."""
    team = team_at(session, grid_path)
    if team is not None and team.public_name != name:
        team.public_name = name
        session.flush()
        index(session, team)


def dissolve_team(session: Session, *, grid_path: str, at: datetime) -> None:
    """Note that a team is no more. It stays where it was, with all that it earned."""
    team = team_at(session, grid_path)
    if team is not None and team.left_at is None:
        team.left_at = at
        session.flush()


def team_at(session: Session, grid_path: str) -> Party | None:
    """Return the team of a micro-grid, also a dissolved one."""
    return session.scalar(
        select(Party).where(Party.kind == PartyKind.TEAM, Party.grid_path == grid_path)
    )
