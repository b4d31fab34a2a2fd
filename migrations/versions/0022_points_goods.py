"""Goods for points, who asked for them, and the codes typed at a desk

Both directions; the previous release offers no goods.

Revision ID: 0022
Revises: 0021
Created: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

PATH = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def words(*values: str) -> sa.Enum:
    return sa.Enum(*values, native_enum=False, length=20)


def upgrade() -> None:
    op.create_table(
        "points_goods",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grid_path", PATH, nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("cost_fen", sa.Integer(), nullable=False),
        sa.Column("year_limit", sa.Integer(), nullable=False),
        sa.Column("sponsor", sa.Text(), nullable=False),
        sa.Column("file_key", sa.Text(), nullable=False),
        sa.Column("thumbnail_key", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("cost_fen >= 0", name="ck_points_goods_costs_nothing_or_more"),
        sa.CheckConstraint("points > 0", name="ck_points_goods_for_some_points"),
        sa.CheckConstraint("year_limit >= 0", name="ck_points_goods_limit_of_nothing_or_more"),
        sa.ForeignKeyConstraint(
            ["grid_path"],
            ["grid.path"],
            name="fk_points_goods_grid_path_grid",
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_points_goods"),
        sa.UniqueConstraint("sku", name="uq_points_goods_sku"),
    )
    op.create_index("ix_points_goods_file_key", "points_goods", ["file_key"], unique=False)
    op.create_index("ix_points_goods_grid_path", "points_goods", ["grid_path"], unique=False)
    op.create_index(
        "ix_points_goods_thumbnail_key", "points_goods", ["thumbnail_key"], unique=False
    )
    op.create_table(
        "points_code_try",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name="fk_points_code_try_account_id_account",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_points_code_try"),
    )
    op.create_index(
        "ix_points_code_try_account_id_at", "points_code_try", ["account_id", "at"], unique=False
    )
    op.create_table(
        "points_redemption",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=False),
        sa.Column("goods_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("state", words("held", "collected", "released", "expired"), nullable=False),
        sa.Column("hold_id", sa.Integer(), nullable=False),
        sa.Column("done_id", sa.Integer(), nullable=True),
        sa.Column("code_salt", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("code_sealed", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_by", sa.Integer(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'held') = (done_id IS NULL)", name="ck_points_redemption_decided_by_an_entry"
        ),
        sa.CheckConstraint("quantity > 0", name="ck_points_redemption_of_some_pieces"),
        sa.ForeignKeyConstraint(
            ["done_by"],
            ["account.id"],
            name="fk_points_redemption_done_by_account",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["done_id"],
            ["points_entry.id"],
            name="fk_points_redemption_done_id_points_entry",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["goods_id"],
            ["points_goods.id"],
            name="fk_points_redemption_goods_id_points_goods",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["hold_id"],
            ["points_entry.id"],
            name="fk_points_redemption_hold_id_points_entry",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["made_by"],
            ["account.id"],
            name="fk_points_redemption_made_by_account",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["party_id"],
            ["party.id"],
            name="fk_points_redemption_party_id_party",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_points_redemption"),
        sa.UniqueConstraint("done_id", name="uq_points_redemption_done_id"),
        sa.UniqueConstraint("hold_id", name="uq_points_redemption_hold_id"),
    )
    op.create_index(
        "ix_points_redemption_goods_id_party_id",
        "points_redemption",
        ["goods_id", "party_id"],
        unique=False,
    )
    op.create_index(
        "ix_points_redemption_held",
        "points_redemption",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_index(
        "ix_points_redemption_party_id_id", "points_redemption", ["party_id", "id"], unique=False
    )


def downgrade() -> None:
    op.drop_table("points_redemption")
    op.drop_table("points_code_try")
    op.drop_table("points_goods")
