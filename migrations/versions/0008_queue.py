"""Queues that stay quick however long the history is, and filters a person keeps

SQLite uses a partial index only where the query spells its condition alike: "is_open = 1". Those
of before were never used there. Both directions; the previous release works with these, too.

Revision ID: 0008
Revises: 0007
Created: 2026-11-24
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

OPEN = (
    ("ix_incident_open_grid_path", ["grid_path"]),
    ("ix_incident_open_queue_at", ["queue_at"]),
    ("ix_incident_open_alarm_at", ["alarm_at"]),
)
OPEN_NEW = (("ix_incident_open_desk_path", ["desk_path"]),)
NEW = (
    ("ix_incident_counted", ["community_path", "is_open", "state", "grid_path"]),
    ("ix_incident_reporter_id_id", ["reporter_id", "id"]),
    ("ix_incident_reporter_id_state", ["reporter_id", "state"]),
)


def _open(name: str, columns: list[str], sqlite: str) -> None:
    op.create_index(
        name,
        "incident",
        columns,
        sqlite_where=sa.text(sqlite),
        postgresql_where=sa.text("is_open"),
    )


def upgrade() -> None:
    for name, columns in OPEN:
        op.drop_index(name, "incident")
        _open(name, columns, "is_open = 1")
    for name, columns in OPEN_NEW:
        _open(name, columns, "is_open = 1")
    for name, columns in NEW:
        op.create_index(name, "incident", columns)
    op.drop_index("ix_incident_reporter_id", "incident")
    op.create_table(
        "incident_saved_filter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column(
            "grid_path",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_incident_saved_filter_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["grid_path"],
            ["grid.path"],
            name=op.f("fk_incident_saved_filter_grid_path_grid"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_saved_filter")),
        sa.UniqueConstraint(
            "account_id", "name", name=op.f("uq_incident_saved_filter_account_id_name")
        ),
    )
    op.create_index(
        op.f("ix_incident_saved_filter_grid_path"), "incident_saved_filter", ["grid_path"]
    )
    op.create_index(
        "ix_incident_saved_filter_default",
        "incident_saved_filter",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("is_default = 1"),
        postgresql_where=sa.text("is_default"),
    )


def downgrade() -> None:
    op.drop_table("incident_saved_filter")
    op.create_index("ix_incident_reporter_id", "incident", ["reporter_id"])
    for name, _columns in (*NEW, *OPEN_NEW):
        op.drop_index(name, "incident")
    for name, columns in OPEN:
        op.drop_index(name, "incident")
        _open(name, columns, "is_open")
