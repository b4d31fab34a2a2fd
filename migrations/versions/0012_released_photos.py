"""Which photos were let out to the public, and which picture each was then

Both directions. The previous release knows no such table. Nothing is carried over: what was let out
by time alone may be another picture by now, so photos go out anew when somebody looks at them anew.

Revision ID: 0012
Revises: 0011
Created: 2026-11-24
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "incident_release_photo",
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("let_out_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"],
            ["incident_attachment.id"],
            name=op.f("fk_incident_release_photo_attachment_id_incident_attachment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident_release.incident_id"],
            name=op.f("fk_incident_release_photo_incident_id_incident_release"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "incident_id", "attachment_id", name=op.f("pk_incident_release_photo")
        ),
    )
    with op.batch_alter_table("incident_release_photo", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_incident_release_photo_attachment_id"), ["attachment_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("incident_release_photo", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_release_photo_attachment_id"))

    op.drop_table("incident_release_photo")
