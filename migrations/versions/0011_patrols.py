"""Patrols: checklists, the terms they are walked by, walks and what they found

Both directions. The previous release knows none of these tables.

Revision ID: 0011
Revises: 0010
Created: 2026-11-24
"""

import sqlalchemy as sa
from alembic import op

from intranet.db import append_only_statements

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "incident_patrol_term",
    "incident_patrol_check",
    "incident_patrol_mark",
    "incident_patrol_outcome",
)


def upgrade() -> None:
    op.create_table(
        "incident_patrol_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "grid_path",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "frequency",
            sa.Enum("daily", "weekly", "monthly", name="frequency", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["grid_path"],
            ["grid.path"],
            name=op.f("fk_incident_patrol_plan_grid_path_grid"),
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_patrol_plan")),
    )
    with op.batch_alter_table("incident_patrol_plan", schema=None) as batch_op:
        batch_op.create_index("ix_incident_patrol_plan_grid_path", ["grid_path"], unique=False)

    op.create_table(
        "incident_patrol_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("is_optional", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["incident_category.id"],
            name=op.f("fk_incident_patrol_item_category_id_incident_category"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"],
            ["incident_patrol_plan.id"],
            name=op.f("fk_incident_patrol_item_plan_id_incident_patrol_plan"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_patrol_item")),
    )
    with op.batch_alter_table("incident_patrol_item", schema=None) as batch_op:
        batch_op.create_index(
            "ix_incident_patrol_item_plan_id_position", ["plan_id", "position"], unique=False
        )

    op.create_table(
        "incident_patrol_term",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column(
            "frequency",
            sa.Enum("daily", "weekly", "monthly", name="frequency", native_enum=False, length=20),
            nullable=True,
        ),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["actor_id"],
            ["account.id"],
            name=op.f("fk_incident_patrol_term_actor_id_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"],
            ["incident_patrol_plan.id"],
            name=op.f("fk_incident_patrol_term_plan_id_incident_patrol_plan"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_patrol_term")),
    )
    with op.batch_alter_table("incident_patrol_term", schema=None) as batch_op:
        batch_op.create_index("ix_incident_patrol_term_plan_id_id", ["plan_id", "id"], unique=False)

    op.create_table(
        "incident_patrol_walk",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("plan_name", sa.Text(), nullable=False),
        sa.Column(
            "grid_path",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum("open", "finished", "given_up", name="walkstate", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by_id", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (ended_at IS NULL)", name=op.f("ck_incident_patrol_walk_ended")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by_id"],
            ["account.id"],
            name=op.f("fk_incident_patrol_walk_ended_by_id_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["grid_path"],
            ["grid.path"],
            name=op.f("fk_incident_patrol_walk_grid_path_grid"),
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"],
            ["incident_patrol_plan.id"],
            name=op.f("fk_incident_patrol_walk_plan_id_incident_patrol_plan"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["started_by_id"],
            ["account.id"],
            name=op.f("fk_incident_patrol_walk_started_by_id_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_patrol_walk")),
    )
    with op.batch_alter_table("incident_patrol_walk", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_incident_patrol_walk_ended_by_id"), ["ended_by_id"], unique=False
        )
        batch_op.create_index(
            "ix_incident_patrol_walk_grid_path", ["grid_path", "id"], unique=False
        )
        batch_op.create_index(
            "ix_incident_patrol_walk_plan_id_ended_at", ["plan_id", "ended_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_incident_patrol_walk_started_by_id"), ["started_by_id"], unique=False
        )
        batch_op.create_index(
            "uq_incident_patrol_walk_open_plan_id",
            ["plan_id"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "incident_patrol_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("walk_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("is_optional", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["incident_category.id"],
            name=op.f("fk_incident_patrol_check_category_id_incident_category"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["walk_id"],
            ["incident_patrol_walk.id"],
            name=op.f("fk_incident_patrol_check_walk_id_incident_patrol_walk"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_patrol_check")),
    )
    with op.batch_alter_table("incident_patrol_check", schema=None) as batch_op:
        batch_op.create_index(
            "ix_incident_patrol_check_walk_id_position", ["walk_id", "position"], unique=False
        )

    op.create_table(
        "incident_patrol_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("check_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column(
            "result",
            sa.Enum("fine", "hazard", "mended", name="found", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column(
            "gravity",
            sa.Enum("minor", "major", "grave", name="gravity", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=True),
        sa.Column("comment_on_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["actor_id"],
            ["account.id"],
            name=op.f("fk_incident_patrol_mark_actor_id_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["incident_category.id"],
            name=op.f("fk_incident_patrol_mark_category_id_incident_category"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["check_id"],
            ["incident_patrol_check.id"],
            name=op.f("fk_incident_patrol_mark_check_id_incident_patrol_check"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["comment_on_id"],
            ["incident.id"],
            name=op.f("fk_incident_patrol_mark_comment_on_id_incident"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"],
            ["grid.id"],
            name=op.f("fk_incident_patrol_mark_grid_id_grid"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_patrol_mark")),
    )
    with op.batch_alter_table("incident_patrol_mark", schema=None) as batch_op:
        batch_op.create_index(
            "ix_incident_patrol_mark_check_id_id", ["check_id", "id"], unique=False
        )

    op.create_table(
        "incident_patrol_outcome",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("check_id", sa.Integer(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "reported",
                "settled",
                "commented",
                "recorded",
                name="outcome",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("incident_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(outcome = 'recorded') = (incident_id IS NULL)",
            name=op.f("ck_incident_patrol_outcome_incident"),
        ),
        sa.ForeignKeyConstraint(
            ["check_id"],
            ["incident_patrol_check.id"],
            name=op.f("fk_incident_patrol_outcome_check_id_incident_patrol_check"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
            name=op.f("fk_incident_patrol_outcome_incident_id_incident"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_patrol_outcome")),
        sa.UniqueConstraint("check_id", name=op.f("uq_incident_patrol_outcome_check_id")),
    )
    with op.batch_alter_table("incident_patrol_outcome", schema=None) as batch_op:
        batch_op.create_index(
            "ix_incident_patrol_outcome_incident_id", ["incident_id"], unique=False
        )

    op.create_table(
        "incident_patrol_photo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("check_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("file_key", sa.Text(), nullable=False),
        sa.Column("thumbnail_key", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("latitude_wgs84", sa.Double(), nullable=True),
        sa.Column("longitude_wgs84", sa.Double(), nullable=True),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(latitude_wgs84 IS NULL) = (longitude_wgs84 IS NULL)",
            name=op.f("ck_incident_patrol_photo_whole_coordinates"),
        ),
        sa.ForeignKeyConstraint(
            ["added_by_id"],
            ["account.id"],
            name=op.f("fk_incident_patrol_photo_added_by_id_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["check_id"],
            ["incident_patrol_check.id"],
            name=op.f("fk_incident_patrol_photo_check_id_incident_patrol_check"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_patrol_photo")),
        sa.UniqueConstraint(
            "check_id", "digest", name=op.f("uq_incident_patrol_photo_check_id_digest")
        ),
    )

    for name in APPEND_ONLY:
        for statement in append_only_statements(name, op.get_bind().dialect.name):
            op.execute(statement)


def downgrade() -> None:
    op.drop_table("incident_patrol_photo")
    with op.batch_alter_table("incident_patrol_outcome", schema=None) as batch_op:
        batch_op.drop_index("ix_incident_patrol_outcome_incident_id")

    op.drop_table("incident_patrol_outcome")
    with op.batch_alter_table("incident_patrol_mark", schema=None) as batch_op:
        batch_op.drop_index("ix_incident_patrol_mark_check_id_id")

    op.drop_table("incident_patrol_mark")
    with op.batch_alter_table("incident_patrol_check", schema=None) as batch_op:
        batch_op.drop_index("ix_incident_patrol_check_walk_id_position")

    op.drop_table("incident_patrol_check")
    with op.batch_alter_table("incident_patrol_walk", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_incident_patrol_walk_open_plan_id",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.drop_index(batch_op.f("ix_incident_patrol_walk_started_by_id"))
        batch_op.drop_index("ix_incident_patrol_walk_plan_id_ended_at")
        batch_op.drop_index("ix_incident_patrol_walk_grid_path")
        batch_op.drop_index(batch_op.f("ix_incident_patrol_walk_ended_by_id"))

    op.drop_table("incident_patrol_walk")
    with op.batch_alter_table("incident_patrol_term", schema=None) as batch_op:
        batch_op.drop_index("ix_incident_patrol_term_plan_id_id")

    op.drop_table("incident_patrol_term")
    with op.batch_alter_table("incident_patrol_item", schema=None) as batch_op:
        batch_op.drop_index("ix_incident_patrol_item_plan_id_position")

    op.drop_table("incident_patrol_item")
    with op.batch_alter_table("incident_patrol_plan", schema=None) as batch_op:
        batch_op.drop_index("ix_incident_patrol_plan_grid_path")

    op.drop_table("incident_patrol_plan")

    if op.get_bind().dialect.name == "postgresql":
        for name in APPEND_ONLY:
            op.execute(f"DROP FUNCTION {name}_append_only()")
