"""Indexes by which matching finds the wished kinds of work within reach, and a post's decisions

Both directions; the previous release does without them.

Revision ID: 0038
Revises: 0035
Created: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


LIVE = sa.text("state = 'published'")


def upgrade() -> None:
    op.drop_index("ix_jobs_post_live_place", table_name="jobs_post")
    op.create_index(
        "ix_jobs_post_live_place",
        "jobs_post",
        ["state", "latitude", "longitude", "occupation_code", "shift"],
        unique=False,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_index(
        "ix_jobs_post_live_occupation_place",
        "jobs_post",
        ["state", "occupation_code", "latitude", "longitude"],
        unique=False,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_index("ix_jobs_decision_post_id_id", "jobs_decision", ["post_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_jobs_decision_post_id_id", table_name="jobs_decision")
    op.drop_index("ix_jobs_post_live_occupation_place", table_name="jobs_post")
    op.drop_index("ix_jobs_post_live_place", table_name="jobs_post")
    op.create_index(
        "ix_jobs_post_live_place",
        "jobs_post",
        ["latitude", "longitude"],
        unique=False,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
