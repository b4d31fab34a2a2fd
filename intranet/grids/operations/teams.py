"""The team of a micro-grid as a party: its name is public and tells where it belongs.

Many general grids have a micro-grid of the same name, so the name has both.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.grids.models import Grid, GridKind
from intranet.register.operations import name_team


def team_name(above: str, name: str) -> str:
    """Return what the team of a micro-grid below a general grid is called."""
    return f"{above} {name}"


def name_teams(session: Session, grid: Grid) -> None:
    """Have the teams whose name a grid's is part of be called as it is now."""
    if grid.kind is GridKind.MICRO:
        above, named = session.get_one(Grid, grid.parent_id), [grid]
    elif grid.kind is GridKind.GENERAL:
        below = select(Grid).where(Grid.parent_id == grid.id, Grid.kind == GridKind.MICRO)
        above, named = grid, list(session.scalars(below))
    else:
        return
    for one in named:
        name_team(session, grid_path=one.path, name=team_name(above.name, one.name))
