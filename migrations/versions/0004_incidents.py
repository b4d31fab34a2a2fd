"""Incidents: their list of matters, life, history, limits, files and who has them

Both directions. Safe for the previous release: add columns nullable or with a server default,
drop only what the previous release no longer reads.

Revision ID: 0004
Revises: 0003
Created: 2026-11-24
"""

import sqlalchemy as sa
from alembic import op

from intranet.db import append_only_statements

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "incident_category",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("keywords", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("promise", sa.Text(), nullable=False),
        sa.Column("checklist", sa.Text(), nullable=False),
        sa.Column(
            "urgency",
            sa.Enum("urgent", "ordinary", name="urgency", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("needs_photo", sa.Boolean(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "closed_on IS NULL OR closed_on >= opened_on",
            name=op.f("ck_incident_category_closes_after_open"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["incident_category.id"],
            name=op.f("fk_incident_category_parent_id_incident_category"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_category")),
        sa.UniqueConstraint("code", name=op.f("uq_incident_category_code")),
    )
    with op.batch_alter_table("incident_category", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_incident_category_parent_id"), ["parent_id"], unique=False
        )

    op.create_table(
        "incident_serial",
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", name=op.f("pk_incident_serial")),
    )
    op.create_table(
        "legal_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_worked", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_legal_day")),
    )
    op.create_table(
        "incident_time_limit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=True),
        sa.Column(
            "urgency",
            sa.Enum("urgent", "ordinary", name="urgency", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column(
            "stage",
            sa.Enum(
                "accept",
                "dispatch",
                "arrive",
                "handle",
                "verify",
                "total",
                name="stage",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("warn_minutes", sa.Integer(), nullable=False),
        sa.Column("in_working_days", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_incident_time_limit_some_time")),
        sa.CheckConstraint(
            "warn_minutes >= 0 AND warn_minutes < minutes",
            name=op.f("ck_incident_time_limit_warns_within"),
        ),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["incident_category.id"],
            name=op.f("fk_incident_time_limit_category_id_incident_category"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_time_limit")),
        sa.UniqueConstraint(
            "category_id",
            "urgency",
            "stage",
            name=op.f("uq_incident_time_limit_category_id_urgency_stage"),
        ),
    )
    with op.batch_alter_table("incident_time_limit", schema=None) as batch_op:
        batch_op.create_index(
            "uq_incident_time_limit_everywhere",
            ["urgency", "stage"],
            unique=True,
            sqlite_where=sa.text("category_id IS NULL"),
            postgresql_where=sa.text("category_id IS NULL"),
        )

    op.create_table(
        "incident_unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "grid_path",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("duties", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["grid_path"],
            ["grid.path"],
            name=op.f("fk_incident_unit_grid_path_grid"),
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_unit")),
    )
    with op.batch_alter_table("incident_unit", schema=None) as batch_op:
        batch_op.create_index("ix_incident_unit_grid_path", ["grid_path"], unique=False)

    op.create_table(
        "incident",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("short_number", sa.Text(), nullable=False),
        sa.Column("report_key", sa.Text(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "reported",
                "returned",
                "accepted",
                "dispatched",
                "transferred",
                "handling",
                "suspended",
                "handled",
                "verified",
                "reopened",
                "closed",
                "evaluated",
                "declined",
                "merged",
                "void",
                name="state",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "previous_state",
            sa.Enum(
                "draft",
                "reported",
                "returned",
                "accepted",
                "dispatched",
                "transferred",
                "handling",
                "suspended",
                "handled",
                "verified",
                "reopened",
                "closed",
                "evaluated",
                "declined",
                "merged",
                "void",
                name="state",
                native_enum=False,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column(
            "grid_path",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "community_path",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "desk_path",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column(
            "urgency",
            sa.Enum("urgent", "ordinary", name="urgency", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column(
            "source",
            sa.Enum(
                "patrol",
                "resident",
                "caller",
                "camera",
                "open311",
                name="source",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("latitude_wgs84", sa.Double(), nullable=True),
        sa.Column("longitude_wgs84", sa.Double(), nullable=True),
        sa.Column("camera_id", sa.Integer(), nullable=True),
        sa.Column("reporter_id", sa.Integer(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("reporter_word", sa.Text(), nullable=False),
        sa.Column(
            "satisfaction",
            sa.Enum(
                "satisfied",
                "mostly",
                "dissatisfied",
                name="satisfaction",
                native_enum=False,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column(
            "card",
            sa.Enum("yellow", "red", name="card", native_enum=False, length=20),
            nullable=True,
        ),
        sa.Column("level_raised", sa.Integer(), nullable=False),
        sa.Column(
            "asked_for",
            sa.Enum("suspension", "extension", name="request", native_enum=False, length=20),
            nullable=True,
        ),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("asked_minutes", sa.Integer(), nullable=False),
        sa.Column("extension_minutes", sa.Integer(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "accept",
                "dispatch",
                "arrive",
                "handle",
                "verify",
                "total",
                name="stage",
                native_enum=False,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("stage_began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stage_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("total_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("queue_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("warn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("was_in_time", sa.Boolean(), nullable=True),
        sa.Column("real_minutes", sa.Integer(), nullable=True),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("alarm_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("latest_event_id", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'merged') = (merged_into_id IS NOT NULL)",
            name=op.f("ck_incident_merged_into"),
        ),
        sa.CheckConstraint(
            "(latitude_wgs84 IS NULL) = (longitude_wgs84 IS NULL)",
            name=op.f("ck_incident_whole_coordinates"),
        ),
        sa.CheckConstraint("extension_minutes >= 0", name=op.f("ck_incident_extension_adds")),
        sa.CheckConstraint("merged_into_id <> id", name=op.f("ck_incident_not_into_itself")),
        sa.ForeignKeyConstraint(
            ["asked_by_id"],
            ["account.id"],
            name=op.f("fk_incident_asked_by_id_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["camera_id"],
            ["camera.id"],
            name=op.f("fk_incident_camera_id_camera"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["incident_category.id"],
            name=op.f("fk_incident_category_id_incident_category"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["community_path"],
            ["grid.path"],
            name=op.f("fk_incident_community_path_grid"),
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["desk_path"],
            ["grid.path"],
            name=op.f("fk_incident_desk_path_grid"),
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["grid_path"],
            ["grid.path"],
            name=op.f("fk_incident_grid_path_grid"),
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["merged_into_id"],
            ["incident.id"],
            name=op.f("fk_incident_merged_into_id_incident"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["reporter_id"],
            ["account.id"],
            name=op.f("fk_incident_reporter_id_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        sa.UniqueConstraint("number", name=op.f("uq_incident_number")),
        sa.UniqueConstraint("report_key", name=op.f("uq_incident_report_key")),
    )
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_incident_camera_id"), ["camera_id"], unique=False)
        batch_op.create_index("ix_incident_category_id", ["category_id", "id"], unique=False)
        batch_op.create_index(
            "ix_incident_community_path_closed_at", ["community_path", "closed_at"], unique=False
        )
        batch_op.create_index(
            "ix_incident_community_path_id", ["community_path", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_incident_desk_path"), ["desk_path"], unique=False)
        batch_op.create_index("ix_incident_merged_into_id", ["merged_into_id"], unique=False)
        batch_op.create_index(
            "ix_incident_open_alarm_at",
            ["alarm_at"],
            unique=False,
            sqlite_where=sa.text("is_open"),
            postgresql_where=sa.text("is_open"),
        )
        batch_op.create_index(
            "ix_incident_open_grid_path",
            ["grid_path"],
            unique=False,
            sqlite_where=sa.text("is_open"),
            postgresql_where=sa.text("is_open"),
        )
        batch_op.create_index(
            "ix_incident_open_queue_at",
            ["queue_at"],
            unique=False,
            sqlite_where=sa.text("is_open"),
            postgresql_where=sa.text("is_open"),
        )
        batch_op.create_index("ix_incident_reported_at", ["reported_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_incident_reporter_id"), ["reporter_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_incident_short_number"), ["short_number"], unique=False
        )

    op.create_table(
        "incident_unit_member",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_incident_unit_member_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["incident_unit.id"],
            name=op.f("fk_incident_unit_member_unit_id_incident_unit"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("unit_id", "account_id", name=op.f("pk_incident_unit_member")),
    )
    with op.batch_alter_table("incident_unit_member", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_incident_unit_member_account_id"), ["account_id"], unique=False
        )

    op.create_table(
        "incident_assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("is_lead", sa.Boolean(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(account_id IS NULL) <> (unit_id IS NULL)",
            name=op.f("ck_incident_assignment_one_assignee"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_incident_assignment_account_id_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
            name=op.f("fk_incident_assignment_incident_id_incident"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["incident_unit.id"],
            name=op.f("fk_incident_assignment_unit_id_incident_unit"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_assignment")),
    )
    with op.batch_alter_table("incident_assignment", schema=None) as batch_op:
        batch_op.create_index(
            "ix_incident_assignment_account_id", ["account_id", "ended_at"], unique=False
        )
        batch_op.create_index("ix_incident_assignment_incident_id", ["incident_id"], unique=False)
        batch_op.create_index(
            "ix_incident_assignment_unit_id", ["unit_id", "ended_at"], unique=False
        )

    op.create_table(
        "incident_attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "scene",
                "result",
                "check",
                "voice",
                name="attachmentkind",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("file_key", sa.Text(), nullable=False),
        sa.Column("thumbnail_key", sa.Text(), nullable=False),
        sa.Column("sealed_key", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("latitude_wgs84", sa.Double(), nullable=True),
        sa.Column("longitude_wgs84", sa.Double(), nullable=True),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("redacted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hidden_reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "hidden_at IS NULL OR hidden_reason <> ''",
            name=op.f("ck_incident_attachment_hidden_for_a_reason"),
        ),
        sa.CheckConstraint(
            "(latitude_wgs84 IS NULL) = (longitude_wgs84 IS NULL)",
            name=op.f("ck_incident_attachment_whole_coordinates"),
        ),
        sa.ForeignKeyConstraint(
            ["added_by_id"],
            ["account.id"],
            name=op.f("fk_incident_attachment_added_by_id_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
            name=op.f("fk_incident_attachment_incident_id_incident"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_attachment")),
    )
    with op.batch_alter_table("incident_attachment", schema=None) as batch_op:
        batch_op.create_index("ix_incident_attachment_incident_id", ["incident_id"], unique=False)

    op.create_table(
        "incident_contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
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
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
            name=op.f("fk_incident_contact_incident_id_incident"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_contact")),
        sa.UniqueConstraint(
            "incident_id", "field", name=op.f("uq_incident_contact_incident_id_field")
        ),
    )
    op.create_table(
        "incident_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column(
            "verb",
            sa.Enum(
                "save_draft",
                "report",
                "withdraw",
                "accept",
                "return",
                "decline",
                "dispatch",
                "settle",
                "arrive",
                "refuse",
                "transfer",
                "suspend",
                "resume",
                "finish",
                "verify",
                "reject",
                "close",
                "evaluate",
                "reopen",
                "merge",
                "unmerge",
                "void",
                "comment",
                "remind",
                "supervise",
                "whistle",
                "ask_suspension",
                "ask_extension",
                "extend",
                "refuse_request",
                "reclassify",
                "absorb",
                "release",
                "photo",
                "redact",
                "hide",
                "show",
                "escalate",
                "warn",
                name="verb",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column(
            "from_state",
            sa.Enum(
                "draft",
                "reported",
                "returned",
                "accepted",
                "dispatched",
                "transferred",
                "handling",
                "suspended",
                "handled",
                "verified",
                "reopened",
                "closed",
                "evaluated",
                "declined",
                "merged",
                "void",
                name="state",
                native_enum=False,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column(
            "to_state",
            sa.Enum(
                "draft",
                "reported",
                "returned",
                "accepted",
                "dispatched",
                "transferred",
                "handling",
                "suspended",
                "handled",
                "verified",
                "reopened",
                "closed",
                "evaluated",
                "declined",
                "merged",
                "void",
                name="state",
                native_enum=False,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"],
            ["account.id"],
            name=op.f("fk_incident_event_actor_id_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
            name=op.f("fk_incident_event_incident_id_incident"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_event")),
    )
    with op.batch_alter_table("incident_event", schema=None) as batch_op:
        batch_op.create_index("ix_incident_event_at", ["at"], unique=False)
        batch_op.create_index(
            "ix_incident_event_incident_id_id", ["incident_id", "id"], unique=False
        )

    op.create_table(
        "incident_hand",
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_incident_hand_account_id_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
            name=op.f("fk_incident_hand_incident_id_incident"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint(
            "incident_id", "round", "account_id", name=op.f("pk_incident_hand")
        ),
    )
    with op.batch_alter_table("incident_hand", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_incident_hand_account_id"), ["account_id"], unique=False
        )

    op.create_table(
        "incident_related",
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
            name=op.f("fk_incident_related_incident_id_incident"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["party_id"],
            ["party.id"],
            name=op.f("fk_incident_related_party_id_party"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("incident_id", "party_id", name=op.f("pk_incident_related")),
    )
    with op.batch_alter_table("incident_related", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_incident_related_party_id"), ["party_id"], unique=False
        )

    op.create_table(
        "incident_tie",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("acted", "follows", name="tiekind", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_incident_tie_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
            name=op.f("fk_incident_tie_incident_id_incident"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "kind", "incident_id", name=op.f("pk_incident_tie")),
    )
    with op.batch_alter_table("incident_tie", schema=None) as batch_op:
        batch_op.create_index("ix_incident_tie_incident_id", ["incident_id"], unique=False)

    for statement in append_only_statements("incident_event", op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    with op.batch_alter_table("incident_tie", schema=None) as batch_op:
        batch_op.drop_index("ix_incident_tie_incident_id")

    op.drop_table("incident_tie")
    with op.batch_alter_table("incident_related", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_related_party_id"))

    op.drop_table("incident_related")
    with op.batch_alter_table("incident_hand", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_hand_account_id"))

    op.drop_table("incident_hand")
    with op.batch_alter_table("incident_event", schema=None) as batch_op:
        batch_op.drop_index("ix_incident_event_incident_id_id")
        batch_op.drop_index("ix_incident_event_at")

    op.drop_table("incident_event")
    op.drop_table("incident_contact")
    with op.batch_alter_table("incident_attachment", schema=None) as batch_op:
        batch_op.drop_index("ix_incident_attachment_incident_id")

    op.drop_table("incident_attachment")
    with op.batch_alter_table("incident_assignment", schema=None) as batch_op:
        batch_op.drop_index("ix_incident_assignment_unit_id")
        batch_op.drop_index("ix_incident_assignment_incident_id")
        batch_op.drop_index("ix_incident_assignment_account_id")

    op.drop_table("incident_assignment")
    with op.batch_alter_table("incident_unit_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_unit_member_account_id"))

    op.drop_table("incident_unit_member")
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_short_number"))
        batch_op.drop_index(batch_op.f("ix_incident_reporter_id"))
        batch_op.drop_index("ix_incident_reported_at")
        batch_op.drop_index(
            "ix_incident_open_queue_at",
            sqlite_where=sa.text("is_open"),
            postgresql_where=sa.text("is_open"),
        )
        batch_op.drop_index(
            "ix_incident_open_grid_path",
            sqlite_where=sa.text("is_open"),
            postgresql_where=sa.text("is_open"),
        )
        batch_op.drop_index(
            "ix_incident_open_alarm_at",
            sqlite_where=sa.text("is_open"),
            postgresql_where=sa.text("is_open"),
        )
        batch_op.drop_index("ix_incident_merged_into_id")
        batch_op.drop_index(batch_op.f("ix_incident_desk_path"))
        batch_op.drop_index("ix_incident_community_path_id")
        batch_op.drop_index("ix_incident_community_path_closed_at")
        batch_op.drop_index("ix_incident_category_id")
        batch_op.drop_index(batch_op.f("ix_incident_camera_id"))

    op.drop_table("incident")
    with op.batch_alter_table("incident_unit", schema=None) as batch_op:
        batch_op.drop_index("ix_incident_unit_grid_path")

    op.drop_table("incident_unit")
    with op.batch_alter_table("incident_time_limit", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_incident_time_limit_everywhere",
            sqlite_where=sa.text("category_id IS NULL"),
            postgresql_where=sa.text("category_id IS NULL"),
        )

    op.drop_table("incident_time_limit")
    op.drop_table("legal_day")
    op.drop_table("incident_serial")
    with op.batch_alter_table("incident_category", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_category_parent_id"))

    op.drop_table("incident_category")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION incident_event_append_only()")
