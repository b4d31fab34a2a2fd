"""What other rooms keep beside a place follows it when the place moves in the tree."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from intranet.db import Model, within

COMMUNITY_STEPS = 3  # county, town, community


def community_follows(session: Session, path: str) -> None:
    """Have every table that keeps a place and its community keep the one it lies in now.

    Paths themselves follow by their foreign keys; a community's own path did not change.
    """
    steps = path.split(".")[:-1]
    if len(steps) <= COMMUNITY_STEPS:
        return
    community = ".".join(steps[:COMMUNITY_STEPS]) + "."
    for table in Model.metadata.sorted_tables:
        columns: Any = table.c
        if {"grid_path", "community_path"} <= set(columns.keys()):
            here = within(columns.grid_path, path)
            session.execute(update(table).where(here).values(community_path=community))
