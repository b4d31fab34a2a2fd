"""Who has collected the goods of an honour, and who handed them over

Both directions; the previous release keeps no such list.

Revision ID: 0033
Revises: 0031
Created: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "points_handover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("award_id", sa.Integer(), nullable=False),
        sa.Column(
            "receiver",
            sa.Enum("self", "family", "proxy", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("handed_by", sa.Integer(), nullable=True),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_back_by", sa.Integer(), nullable=True),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["award_id"],
            ["points_award.id"],
            name="fk_points_handover_award_id_points_award",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["handed_by"],
            ["account.id"],
            name="fk_points_handover_handed_by_account",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["taken_back_by"],
            ["account.id"],
            name="fk_points_handover_taken_back_by_account",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_points_handover"),
    )
    op.create_index(
        "uq_points_handover_standing",
        "points_handover",
        ["award_id"],
        unique=True,
        sqlite_where=sa.text("taken_back_at IS NULL"),
        postgresql_where=sa.text("taken_back_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("points_handover")
