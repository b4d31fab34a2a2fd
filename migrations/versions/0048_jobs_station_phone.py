"""A station has a phone: whoever scans a poster and has no account rings it

Both directions; the previous release leaves it empty.

Revision ID: 0048
Revises: 0047
Created: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    phone = sa.Column("phone", sa.Text(), nullable=False, server_default="")
    op.add_column("jobs_station", phone)


def downgrade() -> None:
    op.drop_column("jobs_station", "phone")
