"""Kept hashes of a year's tree, of which receipts are made

Both directions. The worker fills the table, also of entries from before: a million within minutes.

Revision ID: 0026
Revises: 0025
Created: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op

from intranet.db import append_only_statements

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

BEFORE = "FROM points_tile WHERE period_id = NEW.period_id AND level = NEW.level"
BELOW = (
    "FROM points_tile WHERE period_id = NEW.period_id AND level = NEW.level - 1"
    " AND number BETWEEN NEW.number * 64 AND NEW.number * 64 + 63"
)
BETWEEN = "FROM points_entry WHERE period_id = NEW.period_id AND id BETWEEN"
OF_YEAR = "SELECT 1 FROM points_entry WHERE period_id = NEW.period_id AND id ="
REFUSED = {
    "points_tile follows the one before it": (
        f"NEW.number <> (SELECT coalesce(max(number) + 1, 0) {BEFORE})"
    ),
    "points_tile holds the entries of a year without a gap": (
        f"NEW.level = 0 AND ((SELECT count(*) {BETWEEN} NEW.first_entry_id AND NEW.last_entry_id)"
        f" <> 64 OR (SELECT count(*) {BETWEEN} 1 +"
        f" (SELECT coalesce(max(last_entry_id), 0) {BEFORE}) AND NEW.last_entry_id) <> 64"
        f" OR NOT EXISTS ({OF_YEAR} NEW.first_entry_id)"
        f" OR NOT EXISTS ({OF_YEAR} NEW.last_entry_id))"
    ),
    "points_tile stands above complete ones": (
        f"NEW.level > 0 AND ((SELECT count(*) {BELOW}) <> 64"
        f" OR (SELECT min(first_entry_id) {BELOW}) <> NEW.first_entry_id"
        f" OR (SELECT max(last_entry_id) {BELOW}) <> NEW.last_entry_id)"
    ),
}


def guards(dialect: str) -> list[str]:
    begin = "CREATE TRIGGER points_tile_guard BEFORE INSERT ON points_tile"
    if dialect == "sqlite":
        acts = [f"SELECT RAISE(ABORT, '{words}') WHERE {when};" for words, when in REFUSED.items()]
        return [f"{begin} BEGIN {' '.join(acts)} END"]
    acts = [f"IF {when} THEN RAISE EXCEPTION '{words}'; END IF;" for words, when in REFUSED.items()]
    made = "CREATE OR REPLACE FUNCTION points_tile_guard() RETURNS trigger"
    return [
        f"{made} AS $$ BEGIN {' '.join(acts)} RETURN NEW; END $$ LANGUAGE plpgsql",
        f"{begin} FOR EACH ROW EXECUTE FUNCTION points_tile_guard()",
    ]


def key(column: str, to: str) -> sa.Constraint:
    name = f"fk_points_tile_{column}_{to.partition('.')[0]}"
    return sa.ForeignKeyConstraint([column], [to], name=name, ondelete="RESTRICT")


def upgrade() -> None:
    op.create_table(
        "points_tile",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("first_entry_id", sa.Integer(), nullable=False),
        sa.Column("last_entry_id", sa.Integer(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("level >= 0 AND number >= 0", name="ck_points_tile_counts_from_nothing"),
        sa.CheckConstraint("length(hashes) = 2048", name="ck_points_tile_is_complete"),
        sa.CheckConstraint("length(root) = 32", name="ck_points_tile_has_a_root"),
        key("period_id", "points_period.id"),
        key("first_entry_id", "points_entry.id"),
        key("last_entry_id", "points_entry.id"),
        sa.PrimaryKeyConstraint("id", name="pk_points_tile"),
        sa.UniqueConstraint(
            "period_id", "level", "number", name="uq_points_tile_period_id_level_number"
        ),
        sa.UniqueConstraint(
            "period_id",
            "level",
            "first_entry_id",
            name="uq_points_tile_period_id_level_first_entry_id",
        ),
    )
    dialect = op.get_bind().dialect.name
    for statement in (*append_only_statements("points_tile", dialect), *guards(dialect)):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("points_tile")
    if op.get_bind().dialect.name == "postgresql":
        for name in ("guard", "append_only"):
            op.execute(f"DROP FUNCTION points_tile_{name}()")
