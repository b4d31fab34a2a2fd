"""Where an entry belongs, what waits, what was let go: what lists are driven by.

The database itself keeps it. All three tables are told from others and nothing of them is attested:
whoever lost them makes them anew with ``PLACED``, ``WAITS`` and ``LETS_GO``.
"""

from __future__ import annotations

from typing import cast

from sqlalchemy import ForeignKey, Index, Table
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model, PathType, made_with
from intranet.guards import function
from intranet.points.models.guards import LEDGER_LOCK

_GRID = ("grid.path", "CASCADE", "RESTRICT")


class EntryPlace(Model):
    """A party of an entry, and where that party belongs now: it moves with its party.

    An entry of goods alone has no row.
    """

    __tablename__ = "points_entry_place"
    __table_args__ = (
        Index("ix_points_entry_place_party_id_entry_id", "party_id", "entry_id"),
        Index("ix_points_entry_place_community_path_entry_id", "community_path", "entry_id"),
        Index("ix_points_entry_place_grid_path_entry_id", "grid_path", "entry_id"),
    )

    entry_id: Mapped[int] = mapped_column(
        ForeignKey("points_entry.id", ondelete="RESTRICT"), primary_key=True
    )
    party_id: Mapped[int] = mapped_column(
        ForeignKey("party.id", ondelete="RESTRICT"), primary_key=True
    )
    # Both are told from the party: when its grid closes, they go where it goes.
    grid_path: Mapped[str] = mapped_column(
        PathType,
        ForeignKey(_GRID[0], onupdate=_GRID[1], ondelete=_GRID[2]),
        info={"beside": True},
    )
    community_path: Mapped[str] = mapped_column(
        PathType,
        ForeignKey(_GRID[0], onupdate=_GRID[1], ondelete=_GRID[2]),
        info={"beside": True},
    )


class Waiting(Model):
    """A pending transfer that nobody has decided yet."""

    __tablename__ = "points_waiting"

    transfer_id: Mapped[int] = mapped_column(
        ForeignKey("points_transfer.id", ondelete="RESTRICT"),
        primary_key=True,
        autoincrement=False,
    )
    entry_id: Mapped[int] = mapped_column(
        ForeignKey("points_entry.id", ondelete="RESTRICT"), index=True
    )


class LetGo(Model):
    """An entry of which something was let go, or that let it go."""

    __tablename__ = "points_let_go"

    entry_id: Mapped[int] = mapped_column(
        ForeignKey("points_entry.id", ondelete="RESTRICT"), primary_key=True, autoincrement=False
    )


# The community of a party's grid: the grid itself, or what is one or two levels above it.
_COMMUNITY = (
    "CASE WHEN g.kind <> 'community' AND u.kind = 'community' THEN u.path"
    " WHEN g.kind <> 'community' AND c.kind = 'community' THEN c.path ELSE g.path END"
)
_GRIDS = (
    "JOIN grid g ON g.path = p.grid_path LEFT JOIN grid u ON u.id = g.parent_id"
    " LEFT JOIN grid c ON c.id = u.parent_id"
)
_INTO = "INSERT INTO points_entry_place (entry_id, party_id, grid_path, community_path)"
_PLACES = (
    f"{_INTO} SELECT NEW.entry_id, p.id, p.grid_path, {_COMMUNITY}"  # noqa: S608 — ours
    f" FROM points_account a JOIN party p ON p.id = a.party_id {_GRIDS}"
    " WHERE a.id IN (NEW.debit_id, NEW.credit_id) ON CONFLICT DO NOTHING;"
)
_WAITS = (
    "INSERT INTO points_waiting (transfer_id, entry_id)"
    " SELECT NEW.id, NEW.entry_id WHERE NEW.phase = 'pending';"
    " DELETE FROM points_waiting WHERE transfer_id = NEW.of_id;"
    " INSERT INTO points_let_go (entry_id) SELECT v.entry_id FROM points_transfer v"
    " WHERE NEW.phase = 'void' AND v.id IN (NEW.id, NEW.of_id) ON CONFLICT DO NOTHING;"
)
_MOVES = (
    "UPDATE points_entry_place SET grid_path = NEW.grid_path, community_path ="  # noqa: S608
    f" (SELECT {_COMMUNITY} FROM party p {_GRIDS} WHERE p.id = NEW.id) WHERE party_id = NEW.id;"
)
# All of it anew, as a migration of a ledger that has entries needs it.
PLACED = (
    f"{_INTO} SELECT DISTINCT t.entry_id, p.id, p.grid_path, {_COMMUNITY}"  # noqa: S608 — ours
    " FROM points_transfer t JOIN points_account a ON a.id IN (t.debit_id, t.credit_id)"
    f" JOIN party p ON p.id = a.party_id {_GRIDS}"
)
WAITS = (
    "INSERT INTO points_waiting (transfer_id, entry_id) SELECT id, entry_id FROM points_transfer t"
    " WHERE phase = 'pending' AND NOT EXISTS (SELECT 1 FROM points_transfer d WHERE d.of_id = t.id)"
)
LETS_GO = (
    "INSERT INTO points_let_go (entry_id) SELECT entry_id FROM points_transfer t"
    " WHERE phase = 'void' UNION SELECT o.entry_id FROM points_transfer t"
    " JOIN points_transfer o ON o.id = t.of_id WHERE t.phase = 'void'"
)


def keeping(dialect: str) -> list[str]:
    """Return the statements that keep the three tables true."""
    placed = "CREATE TRIGGER points_transfer_placed AFTER INSERT ON points_transfer"
    moved = (
        "CREATE TRIGGER points_party_moves AFTER UPDATE OF grid_path ON party FOR EACH ROW"
        " WHEN (NEW.grid_path <> OLD.grid_path)"
    )
    if dialect == "sqlite":
        return [f"{placed} BEGIN {_PLACES} {_WAITS} END", f"{moved} BEGIN {_MOVES} END"]
    # Whoever moves takes the ledger's turn: an entry being written now would keep the old place.
    turn = f"PERFORM pg_advisory_xact_lock({LEDGER_LOCK});"
    return [
        function("points_transfer_placed", f"{_PLACES} {_WAITS} RETURN NULL;"),
        f"{placed} FOR EACH ROW EXECUTE FUNCTION points_transfer_placed()",
        function("points_party_moves", f"{turn} {_MOVES} RETURN NULL;"),
        f"{moved} EXECUTE FUNCTION points_party_moves()",
    ]


# The last of the three tables: what they point to is alike, then the alphabet decides.
made_with(cast("Table", Waiting.__table__), keeping)
