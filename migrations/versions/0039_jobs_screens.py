"""When each touch screen of the employment station was heard last

The previous release does without it.

Revision ID: 0039
Revises: 0038
Created: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "jobs_screen",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("login_id", sa.Integer(), nullable=True),
        sa.Column("before_hash", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_jobs_screen_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["login_id"],
            ["login_session.id"],
            name=op.f("fk_jobs_screen_login_id_login_session"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_jobs_screen")),
    )
    op.create_index(
        op.f("ix_jobs_screen_before_hash"), "jobs_screen", ["before_hash"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_jobs_screen_before_hash"), table_name="jobs_screen")
    op.drop_table("jobs_screen")
