"""INSERT OR REPLACE is refused on append-only tables of SQLite

Both directions. Databases made before the trigger was among the statements get it; in others it is
there already.

Revision ID: 0002
Revises: 0001
Created: 2026-11-23
"""

from alembic import op

from intranet.db import append_only_statements

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("audit_entry", "grid_event", "post_event")


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            for statement in append_only_statements(table, "sqlite"):
                op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            op.execute(f"DROP TRIGGER IF EXISTS {table}_no_replace")
