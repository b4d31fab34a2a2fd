"""Open311: clients and their keys, questions of matters and answers, what is let out

Both directions. The previous release knows none of these tables.

Revision ID: 0010
Revises: 0009
Created: 2026-11-24
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "open311_asked",
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("who", name=op.f("pk_open311_asked")),
    )
    with op.batch_alter_table("open311_asked", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_open311_asked_minute"), ["minute"], unique=False)

    op.create_table(
        "incident_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "datatype",
            sa.Enum(
                "string",
                "number",
                "datetime",
                "text",
                "singlevaluelist",
                "multivaluelist",
                name="datatype",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("is_variable", sa.Boolean(), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("choices", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["incident_category.id"],
            name=op.f("fk_incident_question_category_id_incident_category"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_question")),
        sa.UniqueConstraint(
            "category_id", "code", name=op.f("uq_incident_question_category_id_code")
        ),
    )
    op.create_table(
        "open311_client",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column(
            "grid_path",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("key_hash", sa.Text(), nullable=False),
        sa.Column("key_start", sa.Text(), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("per_minute > 0", name=op.f("ck_open311_client_some_requests")),
        sa.ForeignKeyConstraint(
            ["grid_path"],
            ["grid.path"],
            name=op.f("fk_open311_client_grid_path_grid"),
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"],
            ["account.id"],
            name=op.f("fk_open311_client_made_by_id_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open311_client")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_open311_client_key_hash")),
    )
    with op.batch_alter_table("open311_client", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_open311_client_grid_path"), ["grid_path"], unique=False
        )

    op.create_table(
        "incident_answer",
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
            name=op.f("fk_incident_answer_incident_id_incident"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["incident_question.id"],
            name=op.f("fk_incident_answer_question_id_incident_question"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("incident_id", "question_id", name=op.f("pk_incident_answer")),
    )
    with op.batch_alter_table("incident_answer", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_incident_answer_question_id"), ["question_id"], unique=False
        )

    op.create_table(
        "incident_release",
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
            name=op.f("fk_incident_release_incident_id_incident"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["released_by_id"],
            ["account.id"],
            name=op.f("fk_incident_release_released_by_id_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("incident_id", name=op.f("pk_incident_release")),
        sa.UniqueConstraint("token", name=op.f("uq_incident_release_token")),
    )
    op.create_table(
        "open311_report",
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("media_urls", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["open311_client.id"],
            name=op.f("fk_open311_report_client_id_open311_client"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
            name=op.f("fk_open311_report_incident_id_incident"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("incident_id", name=op.f("pk_open311_report")),
    )
    with op.batch_alter_table("open311_report", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_open311_report_client_id"), ["client_id"], unique=False
        )

    op.create_table(
        "open311_update",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("update_id", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["open311_client.id"],
            name=op.f("fk_open311_update_client_id_open311_client"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["incident_event.id"],
            name=op.f("fk_open311_update_event_id_incident_event"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
            name=op.f("fk_open311_update_incident_id_incident"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("client_id", "update_id", name=op.f("pk_open311_update")),
        sa.UniqueConstraint("event_id", name=op.f("uq_open311_update_event_id")),
    )


def downgrade() -> None:
    op.drop_table("open311_update")
    with op.batch_alter_table("open311_report", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_open311_report_client_id"))

    op.drop_table("open311_report")
    op.drop_table("incident_release")
    with op.batch_alter_table("incident_answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_answer_question_id"))

    op.drop_table("incident_answer")
    with op.batch_alter_table("open311_client", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_open311_client_grid_path"))

    op.drop_table("open311_client")
    op.drop_table("incident_question")
    with op.batch_alter_table("open311_asked", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_open311_asked_minute"))

    op.drop_table("open311_asked")
