"""Posts are found by the square they lie in: a box is a band of all its latitudes to an index

Both directions; the previous release goes along the index of before.

Revision ID: 0044
Revises: 0043
Created: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

LIVE = sa.text("state = 'published'")
WHOLE = {"sqlite": "CAST({} AS INTEGER)", "postgresql": "CAST(floor({}) AS BIGINT)"}


def upgrade() -> None:
    whole = WHOLE[op.get_bind().dialect.name].format
    north, east = whole("(latitude + 90.0) * 200"), whole("(longitude + 180.0) * 200")
    op.drop_index("ix_jobs_post_live_place", table_name="jobs_post")
    op.create_index(
        "ix_jobs_post_live_cell",
        "jobs_post",
        [
            "state",
            sa.text(f"({north} * 100000 + {east})"),
            "occupation_code",
            "latitude",
            "longitude",
            "shift",
        ],
        unique=False,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )


def downgrade() -> None:
    op.drop_index("ix_jobs_post_live_cell", table_name="jobs_post")
    op.create_index(
        "ix_jobs_post_live_place",
        "jobs_post",
        ["state", "latitude", "longitude", "occupation_code", "shift"],
        unique=False,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
