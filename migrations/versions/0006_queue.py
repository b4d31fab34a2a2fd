"""Queues that stay quick however long the history is, and filters a person keeps

SQLite uses a partial index only where the query spells its condition alike: "is_open = 1". Those
of before were never used there. Both directions; the previous release works with these, too.

Revision ID: 0006
Revises: 0005
Created: 2026-11-24
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OPEN = (
    ("ix_incident_open_grid_path", ["grid_path"]),
    ("ix_incident_open_queue_at", ["queue_at"]),
    ("ix_incident_open_alarm_at", ["alarm_at"]),
)
OPEN_NEW = (
    ("ix_incident_open_community_path", ["community_path", "queue_at"]),
    ("ix_incident_open_desk_path", ["desk_path"]),
)
NEW = (
    ("ix_incident_counted", ["community_path", "is_open", "state", "grid_path"]),
    ("ix_incident_reporter_id_id", ["reporter_id", "id"]),
    ("ix_incident_reporter_id_state", ["reporter_id", "state"]),
)


def _open(name, columns, sqlite):
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


def downgrade() -> None:
    op.create_index("ix_incident_reporter_id", "incident", ["reporter_id"])
    for name, _columns in (*NEW, *OPEN_NEW):
        op.drop_index(name, "incident")
    for name, columns in OPEN:
        op.drop_index(name, "incident")
        _open(name, columns, "is_open")
