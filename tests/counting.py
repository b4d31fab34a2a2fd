"""Counts what the database is asked, whichever way it is asked."""

from __future__ import annotations

from contextlib import contextmanager

from sqlalchemy import event

from intranet.db import db


@contextmanager
def counted():
    """Give the list of statements sent in the meantime, without those that begin or end."""
    asked = []
    engine = db.engine

    def note(statement):
        if statement.split(maxsplit=1)[0] not in {"BEGIN", "COMMIT", "ROLLBACK"}:
            asked.append(statement)

    if engine.dialect.name == "sqlite":  # past the session, too
        listeners = {
            "checkout": lambda raw, *_: raw.set_trace_callback(note),
            "checkin": lambda raw, *_: raw is not None and raw.set_trace_callback(None),
        }
    else:
        listeners = {"before_cursor_execute": lambda *call: note(call[2])}
    db.session.remove()  # its connection goes through the pool once more
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    try:
        yield asked
    finally:
        db.session.remove()
        for name, listener in listeners.items():
            event.remove(engine, name, listener)
