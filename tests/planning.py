"""Whether an index answers a question, on PostgreSQL too, whose planner goes by what is there."""

from __future__ import annotations

from sqlalchemy import text

from intranet.db import db

KEYS = text(
    "SELECT conrelid::regclass, conname FROM pg_constraint"
    " WHERE conrelid = CAST(:name AS regclass) AND contype IN ('p', 'u') AND conname <> :kept"
)
INDEXES = text(
    "SELECT indexrelid::regclass FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
    " WHERE indrelid = CAST(:name AS regclass) AND relname <> :kept"
)


def planned(statement, *, by):
    """Return the plan of a query; ``by`` maps a table to the one index that may answer there.

    On PostgreSQL the table has no other in this transaction: how large it and its indexes are after
    a thousand tests, and with it the planner's choice, is nobody's to know. The caller rolls back.
    """
    literal = statement.compile(db.engine, compile_kwargs={"literal_binds": True})
    explain = "EXPLAIN QUERY PLAN"
    if db.engine.dialect.name == "postgresql":
        explain = "EXPLAIN"
        for way in ("seqscan", "bitmapscan"):
            db.session.execute(text(f"SET LOCAL enable_{way} = off"))
        for name, kept in by.items():
            asked = {"name": name, "kept": kept}
            for table, key in db.session.execute(KEYS, asked).all():
                db.session.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {key} CASCADE"))
            for (index,) in db.session.execute(INDEXES, asked).all():
                db.session.execute(text(f"DROP INDEX {index}"))
    rows = db.session.execute(text(f"{explain} {literal}".replace(":", "\\:"))).all()
    return " ".join(str(row) for row in rows)
