"""One recording may be said through several cameras at once

Both directions. The previous release makes talks of no broadcast and reads none.

Revision ID: 0017
Revises: 0016
Created: 2026-11-29
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "talk_broadcast",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_key", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("sound_milliseconds", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("transcript", sa.Text(), nullable=False),
        sa.Column("phrase_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["phrase_id"],
            ["talk_phrase.id"],
            name=op.f("fk_talk_broadcast_phrase_id_talk_phrase"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_talk_broadcast_account_id_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_talk_broadcast")),
    )
    op.create_index("ix_talk_broadcast_file_key", "talk_broadcast", ["file_key"])
    op.create_index("ix_talk_broadcast_made_at", "talk_broadcast", ["made_at"])
    unsent = sa.Enum("busy", "gone", native_enum=False, length=20)
    op.create_table(
        "talk_broadcast_camera",
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("camera_id", sa.Integer(), nullable=False),
        sa.Column("unsent", unsent, nullable=True),
        sa.Column("busy_with", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["broadcast_id"],
            ["talk_broadcast.id"],
            name=op.f("fk_talk_broadcast_camera_broadcast_id_talk_broadcast"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["camera_id"],
            ["camera.id"],
            name=op.f("fk_talk_broadcast_camera_camera_id_camera"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("broadcast_id", "camera_id", name=op.f("pk_talk_broadcast_camera")),
    )
    named = op.f("fk_talk_broadcast_id_talk_broadcast")
    made_of = sa.ForeignKey("talk_broadcast.id", name=named)
    op.add_column(
        "talk",
        sa.Column("broadcast_id", sa.Integer(), made_of, nullable=True),
        inline_references=True,
    )
    op.create_index("ix_talk_broadcast_id", "talk", ["broadcast_id"])


def downgrade() -> None:
    op.drop_index("ix_talk_broadcast_id", "talk")
    op.drop_column("talk", "broadcast_id")
    op.drop_table("talk_broadcast_camera")
    op.drop_table("talk_broadcast")
