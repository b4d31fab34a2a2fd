"""Empty the test database between tests, append-only tables included."""

from __future__ import annotations

from sqlalchemy import text

from intranet.db import db


def empty(tables):
    """Delete all rows, append-only tables included: only a test may, and only this way."""
    with db.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            _empty_postgresql(connection, tables)
        else:
            _empty_sqlite(connection, tables)


def _holding(connection, tables):
    """Return those that hold rows: mostly a few of many, and each DELETE has its price."""
    held = " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in tables
    )
    return set(connection.scalars(text(held)))


def _empty_sqlite(connection, tables):
    """Take the triggers that forbid it away only where there are rows: SQLite reads its schema anew."""
    holding = _holding(connection, tables)
    guards = [
        (name, sql)
        for name, table, sql in connection.execute(
            text(
                "SELECT name, tbl_name, sql FROM sqlite_master"
                " WHERE type = 'trigger' AND sql LIKE '%ABORT%'"
            )
        )
        if table in holding
    ]
    for name, _ in guards:
        connection.execute(text(f"DROP TRIGGER {name}"))
    connection.execute(text("PRAGMA defer_foreign_keys = ON"))
    for name in reversed(tables):
        if name in holding:
            connection.execute(text(f"DELETE FROM {name}"))
    for _, sql in guards:
        connection.execute(text(sql))


def _empty_postgresql(connection, tables):
    """TRUNCATE makes new files for every table and index there is, a fifth of a second each time."""
    connection.execute(text("SET LOCAL session_replication_role = replica"))
    # Whoever still writes is waited for, or the test fails: nothing is left behind unseen.
    connection.execute(text("SET LOCAL lock_timeout = '10s'"))
    connection.execute(text(f"LOCK TABLE {', '.join(tables)} IN SHARE ROW EXCLUSIVE MODE"))
    for name in _holding(connection, tables):
        connection.execute(text(f"DELETE FROM {name}"))
    sequences = "SELECT setval(seqrelid, seqstart, false) FROM pg_sequence"
    connection.execute(text(sequences))
