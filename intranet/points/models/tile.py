"""Kept hashes of a year's tree: what a receipt is put together from without reading the year.

The worker writes them, of complete runs of entries only; what they say is never changed. Nothing
of them is attested: ``points verify`` holds them against the entries, and whoever lost them has
them made anew.
"""

from __future__ import annotations

from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from intranet.db import Model, append_only, append_only_statements, made_with
from intranet.guards import refusing

WIDTH = 64  # hashes of a tile: a power of two, or its root were no node of the tree
HASH_SIZE = 32  # bytes


class Tile(Model):
    """``WIDTH`` hashes that stand side by side in a year's tree, and the one above them all.

    On level 0 they are leaves, on each other the roots of the level below. ``number`` counts the
    tiles of a level from the left: the index of its first leaf is ``number`` times what it spans.
    ``first_entry_id`` and ``last_entry_id`` are entries of the year, for years interleave.
    """

    __tablename__ = "points_tile"
    __table_args__ = (
        UniqueConstraint("period_id", "level", "number"),
        UniqueConstraint("period_id", "level", "first_entry_id"),
        CheckConstraint("level >= 0 AND number >= 0", name="counts_from_nothing"),
        CheckConstraint(f"length(hashes) = {WIDTH * HASH_SIZE}", name="is_complete"),
        CheckConstraint(f"length(root) = {HASH_SIZE}", name="has_a_root"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    period_id: Mapped[int] = mapped_column(ForeignKey("points_period.id", ondelete="RESTRICT"))
    level: Mapped[int]
    number: Mapped[int]
    first_entry_id: Mapped[int] = mapped_column(ForeignKey("points_entry.id", ondelete="RESTRICT"))
    last_entry_id: Mapped[int] = mapped_column(ForeignKey("points_entry.id", ondelete="RESTRICT"))
    root: Mapped[bytes] = mapped_column(LargeBinary)
    hashes: Mapped[bytes] = mapped_column(LargeBinary)  # the last column: roots are read without it


_BEFORE = "FROM points_tile WHERE period_id = NEW.period_id AND level = NEW.level"
_BELOW = (
    "FROM points_tile WHERE period_id = NEW.period_id AND level = NEW.level - 1"
    f" AND number BETWEEN NEW.number * {WIDTH} AND NEW.number * {WIDTH} + {WIDTH - 1}"
)
_BETWEEN = "FROM points_entry WHERE period_id = NEW.period_id AND id BETWEEN"
_OF_YEAR = "SELECT 1 FROM points_entry WHERE period_id = NEW.period_id AND id ="
TILE_REFUSED = {
    "points_tile follows the one before it": (
        f"NEW.number <> (SELECT coalesce(max(number) + 1, 0) {_BEFORE})"
    ),
    "points_tile holds the entries of a year without a gap": (
        f"NEW.level = 0 AND ((SELECT count(*) {_BETWEEN} NEW.first_entry_id AND"
        f" NEW.last_entry_id) <> {WIDTH}"
        f" OR (SELECT count(*) {_BETWEEN} 1 + (SELECT coalesce(max(last_entry_id), 0) {_BEFORE})"
        f" AND NEW.last_entry_id) <> {WIDTH} OR NOT EXISTS ({_OF_YEAR} NEW.first_entry_id)"
        f" OR NOT EXISTS ({_OF_YEAR} NEW.last_entry_id))"
    ),
    "points_tile stands above complete ones": (
        f"NEW.level > 0 AND ((SELECT count(*) {_BELOW}) <> {WIDTH}"
        f" OR (SELECT min(first_entry_id) {_BELOW}) <> NEW.first_entry_id"
        f" OR (SELECT max(last_entry_id) {_BELOW}) <> NEW.last_entry_id)"
    ),
}


def tile_guards(dialect: str) -> list[str]:
    """Return the statements that guard the tiles."""
    return refusing("points_tile", TILE_REFUSED, dialect)


def clearing(dialect: str) -> list[str]:
    """Return the statements that empty the table in spite of its guard, and guard it again."""
    empty = "DELETE FROM points_tile"
    if dialect == "sqlite":
        guarded = append_only_statements("points_tile", dialect)
        return ["DROP TRIGGER points_tile_no_delete", empty, *guarded]
    table, guard = "ALTER TABLE points_tile", "TRIGGER points_tile_append_only"
    return [f"{table} DISABLE {guard}", empty, f"{table} ENABLE {guard}"]


append_only(cast("Table", Tile.__table__))
made_with(cast("Table", Tile.__table__), tile_guards)
