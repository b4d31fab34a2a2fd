"""Files without a row are found by index

Both directions. The previous release sweeps no files.

Revision ID: 0007
Revises: 0006
Created: 2026-11-24
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEYS = ("file_key", "thumbnail_key", "sealed_key")


def upgrade() -> None:
    for key in KEYS:
        op.create_index(f"ix_incident_attachment_{key}", "incident_attachment", [key])


def downgrade() -> None:
    for key in KEYS:
        op.drop_index(f"ix_incident_attachment_{key}", table_name="incident_attachment")
