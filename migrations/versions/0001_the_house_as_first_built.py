"""the house as first built

Both directions. Safe for the previous release: add columns nullable or with a server default,
drop only what the previous release no longer reads.

Revision ID: 0001
Revises:
Created: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

from intranet.db import append_only_statements

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("audit_entry", "grid_event", "post_event")


def upgrade() -> None:
    op.create_table(
        "grid",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "county",
                "town",
                "community",
                "general",
                "micro",
                "dedicated",
                name="gridkind",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "path", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("boundary_wgs84", sa.Text(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("roster_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "closed_on IS NULL OR closed_on >= opened_on", name=op.f("ck_grid_closes_after_open")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["grid.id"], name=op.f("fk_grid_parent_id_grid"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid")),
        sa.UniqueConstraint("code", name=op.f("uq_grid_code")),
        sa.UniqueConstraint("path", name=op.f("uq_grid_path")),
    )
    with op.batch_alter_table("grid", schema=None) as batch_op:
        batch_op.create_index("ix_grid_parent_id_position", ["parent_id", "position"], unique=False)

    op.create_table(
        "login_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_attempt")),
    )
    with op.batch_alter_table("login_attempt", schema=None) as batch_op:
        batch_op.create_index("ix_login_attempt_address_at", ["address", "at"], unique=False)
        batch_op.create_index("ix_login_attempt_username_at", ["username", "at"], unique=False)

    op.create_table(
        "grid_retired_code",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("retired_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["grid_id"],
            ["grid.id"],
            name=op.f("fk_grid_retired_code_grid_id_grid"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_grid_retired_code")),
    )
    with op.batch_alter_table("grid_retired_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_grid_retired_code_grid_id"), ["grid_id"], unique=False)

    op.create_table(
        "grid_succession",
        sa.Column("predecessor_id", sa.Integer(), nullable=False),
        sa.Column("successor_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["predecessor_id"],
            ["grid.id"],
            name=op.f("fk_grid_succession_predecessor_id_grid"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"],
            ["grid.id"],
            name=op.f("fk_grid_succession_successor_id_grid"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("predecessor_id", "successor_id", name=op.f("pk_grid_succession")),
    )
    with op.batch_alter_table("grid_succession", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_grid_succession_successor_id"), ["successor_id"], unique=False
        )

    op.create_table(
        "party",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "person",
                "household",
                "shop",
                "company",
                name="partykind",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "grid_path",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("public_name", sa.Text(), nullable=False),
        sa.Column("credit_code", sa.Text(), nullable=True),
        sa.Column("household_id", sa.Integer(), nullable=True),
        sa.Column("is_party_member", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "credit_code IS NULL OR kind IN ('shop', 'company')",
            name=op.f("ck_party_credit_code_of_business"),
        ),
        sa.ForeignKeyConstraint(
            ["grid_path"],
            ["grid.path"],
            name=op.f("fk_party_grid_path_grid"),
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["party.id"],
            name=op.f("fk_party_household_id_party"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party")),
        sa.UniqueConstraint("credit_code", name=op.f("uq_party_credit_code")),
    )
    with op.batch_alter_table("party", schema=None) as batch_op:
        batch_op.create_index(
            "ix_party_grid_path_kind_id", ["grid_path", "kind", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_party_household_id"), ["household_id"], unique=False)

    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=True),
        sa.Column("is_device", sa.Boolean(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_account_party_id_party"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("username", name=op.f("uq_account_username")),
    )
    op.create_table(
        "camera",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "grid_path",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("latitude_wgs84", sa.Double(), nullable=True),
        sa.Column("longitude_wgs84", sa.Double(), nullable=True),
        sa.Column("host_party_id", sa.Integer(), nullable=True),
        sa.Column("main_url_sealed", sa.Text(), nullable=False),
        sa.Column("sub_url_sealed", sa.Text(), nullable=False),
        sa.Column("main_place", sa.Text(), nullable=False),
        sa.Column("sub_place", sa.Text(), nullable=False),
        sa.Column("wallclock", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("latitude_wgs84 BETWEEN -90 AND 90", name=op.f("ck_camera_latitude")),
        sa.CheckConstraint(
            "longitude_wgs84 BETWEEN -180 AND 180", name=op.f("ck_camera_longitude")
        ),
        sa.ForeignKeyConstraint(
            ["grid_path"],
            ["grid.path"],
            name=op.f("fk_camera_grid_path_grid"),
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["host_party_id"],
            ["party.id"],
            name=op.f("fk_camera_host_party_id_party"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_camera")),
        sa.UniqueConstraint("code", name=op.f("uq_camera_code")),
    )
    with op.batch_alter_table("camera", schema=None) as batch_op:
        batch_op.create_index("ix_camera_grid_path_code", ["grid_path", "code"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_camera_host_party_id"), ["host_party_id"], unique=False
        )

    op.create_table(
        "party_word",
        sa.Column(
            "word", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("party_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["party_id"],
            ["party.id"],
            name=op.f("fk_party_word_party_id_party"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("word", "party_id", name=op.f("pk_party_word")),
    )
    with op.batch_alter_table("party_word", schema=None) as batch_op:
        batch_op.create_index("ix_party_word_party_id", ["party_id"], unique=False)

    op.create_table(
        "personal_datum",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=False),
        sa.Column(
            "field",
            sa.Enum(
                "name",
                "phone",
                "id_number",
                "address",
                "health",
                name="personalfield",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("masked", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["party_id"],
            ["party.id"],
            name=op.f("fk_personal_datum_party_id_party"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal_datum")),
        sa.UniqueConstraint("party_id", "field", name=op.f("uq_personal_datum_party_id_field")),
    )
    op.create_table(
        "post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "grid_path",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "micro_member",
                "party_member",
                "resident",
                "grid_member",
                name="postkind",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("party_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_post_ends_after_start")
        ),
        sa.CheckConstraint(
            "voided_at IS NULL OR ends_on IS NOT NULL", name=op.f("ck_post_voided_is_ended")
        ),
        sa.ForeignKeyConstraint(
            ["grid_path"],
            ["grid.path"],
            name=op.f("fk_post_grid_path_grid"),
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_post_party_id_party"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
    )
    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.create_index("ix_post_grid_path_ends_on", ["grid_path", "ends_on"], unique=False)
        batch_op.create_index("ix_post_party_id_ends_on", ["party_id", "ends_on"], unique=False)
        batch_op.create_index(
            "uq_post_party_open",
            ["grid_path", "party_id"],
            unique=True,
            sqlite_where=sa.text("ends_on IS NULL"),
            postgresql_where=sa.text("ends_on IS NULL"),
        )
        batch_op.create_index(
            "uq_post_single_open",
            ["grid_path", "kind"],
            unique=True,
            sqlite_where=sa.text("ends_on IS NULL AND kind IN ('micro_member', 'party_member')"),
            postgresql_where=sa.text(
                "ends_on IS NULL AND kind IN ('micro_member', 'party_member')"
            ),
        )

    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object_kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column(
            "grid_path",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"],
            ["account.id"],
            name=op.f("fk_audit_entry_actor_id_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_entry_hash")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_action"), ["action"], unique=False)
        batch_op.create_index("ix_audit_entry_actor_at", ["actor_id", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_grid_path"), ["grid_path"], unique=False)
        batch_op.create_index("ix_audit_entry_object", ["object_kind", "object_id"], unique=False)

    op.create_table(
        "camera_test",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("url_sealed", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "trouble",
            sa.Enum(
                "outside_networks",
                "bad_address",
                "refused",
                "timed_out",
                "unreachable",
                "wrong_password",
                "not_found",
                "no_video",
                "unsupported_video",
                "odd_timestamps",
                "stalled",
                "ended",
                "disk",
                "unknown",
                name="trouble",
                native_enum=False,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("codec", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("frames_per_second_milli", sa.Integer(), nullable=False),
        sa.Column("audio_codec", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["asked_by"],
            ["account.id"],
            name=op.f("fk_camera_test_asked_by_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_camera_test")),
    )
    with op.batch_alter_table("camera_test", schema=None) as batch_op:
        batch_op.create_index("ix_camera_test_done_at_id", ["done_at", "id"], unique=False)

    op.create_table(
        "grid_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column(
            "verb",
            sa.Enum(
                "created",
                "renamed",
                "redrawn",
                "moved",
                "split",
                "closed",
                name="treeverb",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"],
            ["account.id"],
            name=op.f("fk_grid_event_actor_id_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"], ["grid.id"], name=op.f("fk_grid_event_grid_id_grid"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_event")),
    )
    with op.batch_alter_table("grid_event", schema=None) as batch_op:
        batch_op.create_index("ix_grid_event_grid_id_id", ["grid_id", "id"], unique=False)

    op.create_table(
        "login_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key_hash", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_login_session_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_session")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_login_session_key_hash")),
    )
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_login_session_account_id"), ["account_id"], unique=False
        )

    op.create_table(
        "party_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=False),
        sa.Column(
            "grid_path",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["by"], ["account.id"], name=op.f("fk_party_move_by_account"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["grid_path"],
            ["grid.path"],
            name=op.f("fk_party_move_grid_path_grid"),
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["party_id"],
            ["party.id"],
            name=op.f("fk_party_move_party_id_party"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_move")),
    )
    with op.batch_alter_table("party_move", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_party_move_grid_path"), ["grid_path"], unique=False)
        batch_op.create_index("ix_party_move_party_id_at", ["party_id", "at"], unique=False)

    op.create_table(
        "post_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("undoes", sa.Text(), nullable=True),
        sa.Column(
            "verb",
            sa.Enum(
                "begun", "ended", "resumed", "voided", name="postverb", native_enum=False, length=20
            ),
            nullable=False,
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"],
            ["account.id"],
            name=op.f("fk_post_event_actor_id_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name=op.f("fk_post_event_post_id_post"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_event")),
    )
    with op.batch_alter_table("post_event", schema=None) as batch_op:
        batch_op.create_index("ix_post_event_act", ["act"], unique=False)
        batch_op.create_index("ix_post_event_post_id_id", ["post_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_post_event_undoes"), ["undoes"], unique=False)

    op.create_table(
        "role_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "admin",
                "secretary",
                "office",
                "grid_member",
                "micro_member",
                "party_member",
                "resident",
                "station",
                "company",
                "kiosk",
                "wall",
                name="role",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "grid_path",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= granted_at",
            name=op.f("ck_role_grant_ends_after_start"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_role_grant_account_id_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["granted_by"],
            ["account.id"],
            name=op.f("fk_role_grant_granted_by_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["grid_path"],
            ["grid.path"],
            name=op.f("fk_role_grant_grid_path_grid"),
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
    )
    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.create_index(
            "ix_role_grant_account_id_ended_at", ["account_id", "ended_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_role_grant_grid_path"), ["grid_path"], unique=False)

    op.create_table(
        "stream_state",
        sa.Column("camera_id", sa.Integer(), nullable=False),
        sa.Column(
            "stream",
            sa.Enum("main", "sub", name="streamname", native_enum=False, length=24),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "starting",
                "live",
                "stalled",
                "backoff",
                "stopped",
                name="state",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "trouble",
            sa.Enum(
                "outside_networks",
                "bad_address",
                "refused",
                "timed_out",
                "unreachable",
                "wrong_password",
                "not_found",
                "no_video",
                "unsupported_video",
                "odd_timestamps",
                "stalled",
                "ended",
                "disk",
                "unknown",
                name="trouble",
                native_enum=False,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_fragment_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reconnects", sa.Integer(), nullable=False),
        sa.Column("codecs", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["camera_id"],
            ["camera.id"],
            name=op.f("fk_stream_state_camera_id_camera"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("camera_id", "stream", name=op.f("pk_stream_state")),
    )
    op.create_table(
        "submitted_once",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_submitted_once_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_submitted_once")),
    )
    with op.batch_alter_table("submitted_once", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_submitted_once_at"), ["at"], unique=False)

    op.create_table(
        "viewing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("camera_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_viewing_account_id_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["camera_id"],
            ["camera.id"],
            name=op.f("fk_viewing_camera_id_camera"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_viewing")),
    )
    with op.batch_alter_table("viewing", schema=None) as batch_op:
        batch_op.create_index(
            "ix_viewing_account_id_camera_id_seen_at",
            ["account_id", "camera_id", "seen_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_viewing_camera_id_began_at", ["camera_id", "began_at"], unique=False
        )

    for table in APPEND_ONLY:
        for statement in append_only_statements(table, op.get_bind().dialect.name):
            op.execute(statement)


def downgrade() -> None:
    with op.batch_alter_table("viewing", schema=None) as batch_op:
        batch_op.drop_index("ix_viewing_camera_id_began_at")
        batch_op.drop_index("ix_viewing_account_id_camera_id_seen_at")

    op.drop_table("viewing")
    with op.batch_alter_table("submitted_once", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_submitted_once_at"))

    op.drop_table("submitted_once")
    op.drop_table("stream_state")
    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_role_grant_grid_path"))
        batch_op.drop_index("ix_role_grant_account_id_ended_at")

    op.drop_table("role_grant")
    with op.batch_alter_table("post_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_post_event_undoes"))
        batch_op.drop_index("ix_post_event_post_id_id")
        batch_op.drop_index("ix_post_event_act")

    op.drop_table("post_event")
    with op.batch_alter_table("party_move", schema=None) as batch_op:
        batch_op.drop_index("ix_party_move_party_id_at")
        batch_op.drop_index(batch_op.f("ix_party_move_grid_path"))

    op.drop_table("party_move")
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_login_session_account_id"))

    op.drop_table("login_session")
    with op.batch_alter_table("grid_event", schema=None) as batch_op:
        batch_op.drop_index("ix_grid_event_grid_id_id")

    op.drop_table("grid_event")
    with op.batch_alter_table("camera_test", schema=None) as batch_op:
        batch_op.drop_index("ix_camera_test_done_at_id")

    op.drop_table("camera_test")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entry_object")
        batch_op.drop_index(batch_op.f("ix_audit_entry_grid_path"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_at"))
        batch_op.drop_index("ix_audit_entry_actor_at")
        batch_op.drop_index(batch_op.f("ix_audit_entry_action"))

    op.drop_table("audit_entry")
    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_post_single_open",
            sqlite_where=sa.text("ends_on IS NULL AND kind IN ('micro_member', 'party_member')"),
            postgresql_where=sa.text(
                "ends_on IS NULL AND kind IN ('micro_member', 'party_member')"
            ),
        )
        batch_op.drop_index(
            "uq_post_party_open",
            sqlite_where=sa.text("ends_on IS NULL"),
            postgresql_where=sa.text("ends_on IS NULL"),
        )
        batch_op.drop_index("ix_post_party_id_ends_on")
        batch_op.drop_index("ix_post_grid_path_ends_on")

    op.drop_table("post")
    op.drop_table("personal_datum")
    with op.batch_alter_table("party_word", schema=None) as batch_op:
        batch_op.drop_index("ix_party_word_party_id")

    op.drop_table("party_word")
    with op.batch_alter_table("camera", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_camera_host_party_id"))
        batch_op.drop_index("ix_camera_grid_path_code")

    op.drop_table("camera")
    op.drop_table("account")
    with op.batch_alter_table("party", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_party_household_id"))
        batch_op.drop_index("ix_party_grid_path_kind_id")

    op.drop_table("party")
    with op.batch_alter_table("grid_succession", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_grid_succession_successor_id"))

    op.drop_table("grid_succession")
    with op.batch_alter_table("grid_retired_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_grid_retired_code_grid_id"))

    op.drop_table("grid_retired_code")
    with op.batch_alter_table("login_attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_login_attempt_username_at")
        batch_op.drop_index("ix_login_attempt_address_at")

    op.drop_table("login_attempt")
    with op.batch_alter_table("grid", schema=None) as batch_op:
        batch_op.drop_index("ix_grid_parent_id_position")

    op.drop_table("grid")
    if op.get_bind().dialect.name == "postgresql":
        for table in APPEND_ONLY:
            op.execute(f"DROP FUNCTION IF EXISTS {table}_append_only()")
