"""A wish that came along with a joined seeker is the account's once it cannot be taken back

Both directions; the previous release lets the account see it at once.

Revision ID: 0047
Revises: 0046
Created: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs_wish", sa.Column("own_from", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("jobs_wish", "own_from")
