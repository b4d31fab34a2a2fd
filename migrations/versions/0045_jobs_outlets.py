"""A text about a fair knows what of the fair it was made from

Both directions; the previous release writes no digest. A text about a fair that waits without one
is not sent: nobody can say any more whether the fair was changed.

Revision ID: 0045
Revises: 0044
Created: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "jobs_sending", sa.Column("fair_stand", sa.Text(), nullable=False, server_default="")
    )


def downgrade() -> None:
    op.drop_column("jobs_sending", "fair_stand")
