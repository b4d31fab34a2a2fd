"""What the clock does by itself, in the background worker."""

from __future__ import annotations

import structlog

from intranet import clock
from intranet.db import db, reading
from intranet.incidents import operations

log = structlog.get_logger(__name__)
ROUNDS_MAX = 50


def sound_alarms() -> int:
    """Warn of what is nearly due and raise what is late; return how many.

    Each in a transaction of its own: killed in the middle, the next minute goes on with the rest.
    One that cannot be sounded is a bug, and is raised at the end: the others are not to suffer.
    """
    done, bugs = 0, dict[int, Exception]()
    for _round in range(ROUNDS_MAX):
        with reading():
            ids = operations.waiting(db.session(), at=clock.now(), besides=list(bugs))
            db.session.rollback()
        for incident_id in ids:
            try:
                event = operations.sound(db.session(), incident_id=incident_id, at=clock.now())
                db.session.commit()
            except Exception as error:  # noqa: BLE001 — a loop that must live
                db.session.rollback()
                bugs[incident_id] = error
            else:
                done += event is not None
        if not ids:
            break
    if done:
        log.info("incident_alarms", count=done)
    for bug in bugs.values():
        raise bug
    return done


def recount() -> int:
    """Count open clocks anew where a change of limits asks for it; return how many."""
    with reading():
        wanted = operations.is_recount_wanted(db.session())
        db.session.rollback()
    done = 0
    if wanted:
        for counted in operations.recount_all(db.session()):
            db.session.commit()
            done = counted
        db.session.rollback()
        log.info("incident_clocks_counted_anew", count=done)
    return done
