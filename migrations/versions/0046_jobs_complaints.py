"""What the company is told of a complaint stands apart from what the station notes for itself

Both directions. Of answers of before, what was told stands with the step of the post. Going back,
what was told to companies since then stands with the steps of their posts alone.

Revision ID: 0046
Revises: 0045
Created: 2026-11-30
"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    told = sa.Column("told", sa.Text(), nullable=False, server_default="")
    op.add_column("jobs_complaint_answer", told)


def downgrade() -> None:
    op.drop_column("jobs_complaint_answer", "told")
