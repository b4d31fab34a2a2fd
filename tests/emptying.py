"""Empty the test database between tests, append-only tables included."""

from __future__ import annotations

from sqlalchemy import text

from intranet.db import db


def empty(tables):
    """Delete all rows, append-only tables included: only a test may, and only this way."""
    with db.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = replica"))
            connection.execute(text(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE"))
            connection.execute(text("SET session_replication_role = DEFAULT"))
            return
        triggers = connection.execute(
            text(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%ABORT%'"
            )
        ).all()
        for name, _ in triggers:
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        for name in reversed(tables):
            connection.execute(text(f"DELETE FROM {name}"))
        for _, sql in triggers:
            connection.execute(text(sql))
