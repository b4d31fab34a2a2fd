"""A recount that was cut off goes on, and files without a row are found by index

Both directions. The previous release counts anew in one go and sweeps no files.

Revision ID: 0006_hardening
Revises: 0005
Created: 2026-11-24
"""

import sqlalchemy as sa
from alembic import op

revision = "0006_hardening"
down_revision = "0005"
branch_labels = None
depends_on = None

KEYS = ("file_key", "thumbnail_key", "sealed_key")


def upgrade() -> None:
    op.create_table(
        "incident_recount",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("after_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_incident_recount_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_recount")),
    )
    for key in KEYS:
        op.create_index(f"ix_incident_attachment_{key}", "incident_attachment", [key])


def downgrade() -> None:
    for key in KEYS:
        op.drop_index(f"ix_incident_attachment_{key}", table_name="incident_attachment")
    op.drop_table("incident_recount")
