"""How far the clocks of open incidents have been counted anew

Both directions. The previous release counts nothing anew by itself and knows no such table.

Revision ID: 0006
Revises: 0005
Created: 2026-11-24
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "incident_recount",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("last_id", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_incident_recount_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_recount")),
    )


def downgrade() -> None:
    op.drop_table("incident_recount")
