"""Posts that seekers with an account ask for

Both directions; the previous release knows nothing of them.

Revision ID: 0050
Revises: 0049
Created: 2026-12-01
"""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs_wish", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_jobs_wish_asked_at",
        "jobs_wish",
        ["asked_at"],
        sqlite_where=sa.text("asked_at IS NOT NULL"),
        postgresql_where=sa.text("asked_at IS NOT NULL"),
    )
    op.create_table(
        "jobs_asked_post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wish_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["jobs_post.id"],
            name=op.f("fk_jobs_asked_post_post_id_jobs_post"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["wish_id"],
            ["jobs_wish.id"],
            name=op.f("fk_jobs_asked_post_wish_id_jobs_wish"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs_asked_post")),
        sa.UniqueConstraint("wish_id", "post_id", name=op.f("uq_jobs_asked_post_wish_id_post_id")),
    )
    op.create_index("ix_jobs_asked_post_wish_id_at", "jobs_asked_post", ["wish_id", "at"])


def downgrade() -> None:
    op.drop_table("jobs_asked_post")
    op.drop_index("ix_jobs_wish_asked_at", table_name="jobs_wish")
    op.drop_column("jobs_wish", "asked_at")
