"""A draft may be kept before it is known what it is about

SQLite has no statement for that. A table built anew would delete what hangs on its rows, for
foreign keys cannot be switched off inside a transaction; the manual's way for a constraint that
changes no row is to write the table's definition itself (sqlite.org/lang_altertable.html, "Making
other kinds of table schema changes"). Indexes, triggers and rows stay untouched.

Both directions. The previous release works with this until somebody keeps such a draft. Backwards,
those get the first matter of the list: that release can hold none without.

Revision ID: 0013
Revises: 0012
Created: 2026-11-29
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

CHECK = "ck_incident_matter_once_sent"
RULE = "category_id IS NOT NULL OR state = 'draft' OR (state = 'void' AND reported_at IS NULL)"
COLUMN = "category_id INTEGER"
NEEDED = f"{COLUMN} NOT NULL"
CONSTRAINT = f"CONSTRAINT {CHECK} CHECK ({RULE})"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("incident", "category_id", nullable=True)
        op.create_check_constraint(op.f(CHECK), "incident", RULE)
        return
    body = _definition().rstrip().removesuffix(")").rstrip()
    _define(_replaced(body, NEEDED, COLUMN) + f", {CONSTRAINT}\n)")


def downgrade() -> None:
    op.execute(
        "UPDATE incident SET category_id = (SELECT min(id) FROM incident_category "
        "WHERE parent_id IS NOT NULL) WHERE category_id IS NULL"
    )
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f(CHECK), "incident")
        op.alter_column("incident", "category_id", nullable=False)
        return
    _define(_replaced(_replaced(_definition(), f", {CONSTRAINT}", ""), COLUMN, NEEDED))


def _definition() -> str:
    found = op.get_bind().scalar(
        sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'incident'")
    )
    return str(found)


def _replaced(text: str, old: str, new: str) -> str:
    if text.count(old) != 1:
        message = f"the table incident is not as the migrations made it: {old!r}"
        raise RuntimeError(message)
    return text.replace(old, new)


def _define(definition: str) -> None:
    connection = op.get_bind()
    version = connection.scalar(sa.text("PRAGMA schema_version"))
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.execute(
        sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = 'incident'"),
        {"sql": definition},
    )
    # Every connection reads the definition anew.
    connection.exec_driver_sql(f"PRAGMA schema_version = {int(version or 0) + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")
