"""What other rooms keep beside a place follows it when the place moves, or closes, in the tree."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from intranet.db import Model, within
from intranet.grids.models import Grid
from intranet.register.models import Party, PartyKind

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


def hand_over(session: Session, old: str, new: str) -> None:
    """Have all that is in a grid be in its successor; what had ended, and the team, stay."""
    for table, column in _tables_in_grids():
        values: dict[Any, Any] = {column: new}
        if "version" in table.c:
            values[table.c.version] = table.c.version + 1
        here = column == old
        if "ended_at" in table.c:  # what had ended is history, and stays where it was
            here &= table.c.ended_at.is_(None)
        if table is Party.__table__:  # a team is its grid's; the successor has one of its own
            here &= table.c.kind != PartyKind.TEAM
        session.execute(update(table).where(here).values(values))


def is_anything_in(session: Session, path: str) -> bool:
    """Whether anything is in a grid that has not left, ended or been retired."""
    return any(
        session.execute(_still_there(table, column, path)).first()
        for table, column in _tables_in_grids()
    )


def _still_there(table: Any, column: Any, path: str) -> Any:
    ends = [table.c[name] for name in ("left_at", "ended_at", "retired_at") if name in table.c]
    here = select(column).where(column == path, *(end.is_(None) for end in ends))
    return here.limit(1)


def _tables_in_grids() -> list[tuple[Any, Any]]:
    """Return every table and column that says where something is now.

    A column marked ``info={"past": True}`` says where something was: it stays what it is. One
    marked ``info={"beside": True}`` is moved by the database itself, with what it tells of.
    """
    return [
        (table, key.parent)
        for table in Model.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column is Grid.__table__.c.path and not key.parent.info.keys() & {"past", "beside"}
    ]
