"""Several who do something at the same moment, each with a session of their own."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from intranet.db import db
from intranet.errors import DomainError


def rivals(app, acts):
    """Have all act at once and save; return of each why it was refused, or "" if it was not."""
    acts = list(acts)
    gate = threading.Barrier(len(acts))
    # What was begun here would keep the writers waiting on SQLite.
    db.session.commit()

    def one(act):
        with app.app_context():
            gate.wait(60)
            try:
                act()
                db.session.commit()
            except DomainError as refused:
                db.session.rollback()
                return refused.key
            finally:
                db.session.remove()
        return ""

    with ThreadPoolExecutor(len(acts)) as pool:
        told = list(pool.map(one, acts))
    db.session.rollback()
    return told
