"""What was said through cameras, and which way leads to their loudspeakers

Both directions. The previous release knows no such tables; its cameras have no way back.

Revision ID: 0014
Revises: 0013
Created: 2026-11-29
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

DRIVERS = ("backchannel", "isapi", "dahua")
TROUBLES = (
    *("outside_networks", "bad_address", "unreachable", "refused", "timed_out"),
    *("wrong_password", "forbidden", "not_found", "no_loudspeaker", "no_codec", "busy"),
    *("not_understood", "dropped", "cut_off", "no_sound", "bad_sound", "too_late", "unknown"),
)
OPEN = sa.text("state IN ('waiting', 'calling', 'speaking')")


def words(*values: str) -> sa.Enum:
    return sa.Enum(*values, native_enum=False, length=20)


def upgrade() -> None:
    op.add_column("camera", sa.Column("talk_driver", words(*DRIVERS), nullable=True))
    op.add_column(
        "camera", sa.Column("talk_url_sealed", sa.Text(), nullable=False, server_default="")
    )
    op.create_table(
        "talk",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("camera_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("kind", words("clip", "live", "test"), nullable=False),
        sa.Column(
            "state", words("waiting", "calling", "speaking", "heard", "failed"), nullable=False
        ),
        sa.Column("trouble", words(*TROUBLES), nullable=True),
        sa.Column("driver", words(*DRIVERS), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_key", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("sound_milliseconds", sa.Integer(), nullable=False),
        sa.Column("spoken_milliseconds", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(state = 'failed') = (trouble IS NOT NULL)", name=op.f("ck_talk_failed_for_a_reason")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_talk_account_id_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["camera_id"],
            ["camera.id"],
            name=op.f("fk_talk_camera_id_camera"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_talk")),
    )
    op.create_index("ix_talk_camera_id_said_at", "talk", ["camera_id", "said_at"])
    op.create_index("ix_talk_file_key", "talk", ["file_key"])
    op.create_index("ix_talk_state_id", "talk", ["state", "id"])
    op.create_index(
        "uq_talk_open_camera_id",
        "talk",
        ["camera_id"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_table(
        "talk_misuse",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("talk_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_talk_misuse_account_id_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["talk_id"], ["talk.id"], name=op.f("fk_talk_misuse_talk_id_talk"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_talk_misuse")),
    )
    op.create_index("ix_talk_misuse_talk_id", "talk_misuse", ["talk_id"])


def downgrade() -> None:
    op.drop_table("talk_misuse")
    op.drop_table("talk")
    op.drop_column("camera", "talk_url_sealed")
    op.drop_column("camera", "talk_driver")
