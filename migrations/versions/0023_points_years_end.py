"""The year's end: settlements, honours, awards, consent to be named, objections

Both directions; the previous release ends no year.

Revision ID: 0023
Revises: 0022
Created: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

PATH = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def words(*values: str) -> sa.Enum:
    return sa.Enum(*values, native_enum=False, length=20)


def upgrade() -> None:
    op.create_table(
        "points_consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=False),
        sa.Column("on_paper", sa.Boolean(), nullable=False),
        sa.Column("given_by", sa.Integer(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_back_by", sa.Integer(), nullable=True),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["given_by"],
            ["account.id"],
            name="fk_points_consent_given_by_account",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name="fk_points_consent_party_id_party", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["taken_back_by"],
            ["account.id"],
            name="fk_points_consent_taken_back_by_account",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_points_consent"),
    )
    op.create_index(
        "uq_points_consent_standing",
        "points_consent",
        ["party_id"],
        unique=True,
        sqlite_where=sa.text("taken_back_at IS NULL"),
        postgresql_where=sa.text("taken_back_at IS NULL"),
    )
    op.create_table(
        "points_settlement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grid_path", PATH, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("state", words("draft", "publicity", "final", "closed"), nullable=False),
        sa.Column("publicity_days", sa.Integer(), nullable=False),
        sa.Column("budget_fen", sa.Integer(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.Column("snapshot_sha256", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("publicity_until", sa.Date(), nullable=True),
        sa.Column("asked_act", words("sign", "close", "reopen"), nullable=True),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_reason", sa.Text(), nullable=False),
        sa.Column("signed_by", sa.Integer(), nullable=True),
        sa.Column("cosigned_by", sa.Integer(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(asked_act IS NULL) = (asked_by IS NULL)", name="ck_points_settlement_asked_by_one"
        ),
        sa.CheckConstraint(
            "budget_fen >= 0", name="ck_points_settlement_budget_of_nothing_or_more"
        ),
        sa.CheckConstraint("publicity_days >= 1", name="ck_points_settlement_published_for_a_day"),
        sa.CheckConstraint("signed_by <> cosigned_by", name="ck_points_settlement_signed_by_two"),
        sa.ForeignKeyConstraint(
            ["asked_by"],
            ["account.id"],
            name="fk_points_settlement_asked_by_account",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["cosigned_by"],
            ["account.id"],
            name="fk_points_settlement_cosigned_by_account",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["grid_path"],
            ["grid.path"],
            name="fk_points_settlement_grid_path_grid",
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["made_by"],
            ["account.id"],
            name="fk_points_settlement_made_by_account",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["signed_by"],
            ["account.id"],
            name="fk_points_settlement_signed_by_account",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_points_settlement"),
        sa.UniqueConstraint("grid_path", "year", name="uq_points_settlement_grid_path_year"),
    )
    op.create_table(
        "points_honour",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("settlement_id", sa.Integer(), nullable=False),
        sa.Column("kind", words("person", "household", "shop", "company"), nullable=False),
        sa.Column(
            "measure",
            words("overall", "participation", "contribution", "supervision", "per_head"),
            nullable=False,
        ),
        sa.Column("rank_first", sa.Integer(), nullable=False),
        sa.Column("rank_last", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("goods_id", sa.Integer(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(goods_id IS NULL) = (quantity = 0)", name="ck_points_honour_gives_some_or_none"
        ),
        sa.CheckConstraint(
            "rank_first >= 1 AND rank_first <= rank_last", name="ck_points_honour_of_some_ranks"
        ),
        sa.ForeignKeyConstraint(
            ["goods_id"],
            ["points_goods.id"],
            name="fk_points_honour_goods_id_points_goods",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["settlement_id"],
            ["points_settlement.id"],
            name="fk_points_honour_settlement_id_points_settlement",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_points_honour"),
    )
    op.create_index(
        "ix_points_honour_settlement_id", "points_honour", ["settlement_id"], unique=False
    )
    op.create_table(
        "points_year_objection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("settlement_id", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("upheld", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (upheld IS NULL)",
            name="ck_points_year_objection_decided_one_way",
        ),
        sa.CheckConstraint(
            "made_by <> decided_by", name="ck_points_year_objection_decided_by_another"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["account.id"],
            name="fk_points_year_objection_decided_by_account",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["made_by"],
            ["account.id"],
            name="fk_points_year_objection_made_by_account",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["settlement_id"],
            ["points_settlement.id"],
            name="fk_points_year_objection_settlement_id_points_settlement",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_points_year_objection"),
    )
    op.create_index(
        "ix_points_year_objection_settlement_id",
        "points_year_objection",
        ["settlement_id"],
        unique=False,
    )
    op.create_table(
        "points_award",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("settlement_id", sa.Integer(), nullable=False),
        sa.Column("honour_id", sa.Integer(), nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["points_entry.id"],
            name="fk_points_award_entry_id_points_entry",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["honour_id"],
            ["points_honour.id"],
            name="fk_points_award_honour_id_points_honour",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name="fk_points_award_party_id_party", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["settlement_id"],
            ["points_settlement.id"],
            name="fk_points_award_settlement_id_points_settlement",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_points_award"),
        sa.UniqueConstraint("entry_id", name="uq_points_award_entry_id"),
        sa.UniqueConstraint("honour_id", "party_id", name="uq_points_award_honour_id_party_id"),
        sa.UniqueConstraint("settlement_id", "number", name="uq_points_award_settlement_id_number"),
    )
    op.create_index("ix_points_award_party_id", "points_award", ["party_id"], unique=False)


def downgrade() -> None:
    op.drop_table("points_award")
    op.drop_table("points_year_objection")
    op.drop_table("points_honour")
    op.drop_table("points_settlement")
    op.drop_table("points_consent")
