"""The few companies of a town are counted by an index, not by reading all its parties

Both directions.

Revision ID: 0003
Revises: 0002
Created: 2026-11-23
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_party_kind_grid_path", "party", ["kind", "grid_path"])


def downgrade() -> None:
    op.drop_index("ix_party_kind_grid_path", "party")
