"""What the clock does by itself, in the background worker."""

from __future__ import annotations

import structlog
from flask import current_app

from intranet import clock
from intranet.db import db, reading
from intranet.incidents import operations

log = structlog.get_logger(__name__)
ROUNDS_MAX = 50
RECOUNT_BATCHES_MAX = 500


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
    """Count the clocks of open incidents anew where that was asked for; return how many batches.

    Killed in the middle, the next minute goes on with the batch it was at.
    """
    with reading():
        run = operations.latest_recount(db.session())
        waits = run is not None and run.finished_at is None
        db.session.rollback()
    done = 0
    while waits and done < RECOUNT_BATCHES_MAX:
        run = operations.recount_batch(db.session(), at=clock.now())
        waits = run is not None and run.finished_at is None
        db.session.commit()
        done += 1
    if done:
        log.info("incident_clocks_recounted", batches=done)
    return done


def forget_callers() -> int:
    """Erase names and phones of callers whose incidents ended long ago; return of how many."""
    days = current_app.config["SETTINGS"].caller_days
    done = 0
    for _round in range(ROUNDS_MAX if days else 0):
        gone = operations.erase_contacts(db.session(), at=clock.now(), days=days)
        db.session.commit()
        done += gone
        if not gone:
            break
    if done:
        log.info("callers_forgotten", count=done)
    return done


def forget_asked() -> None:
    """Forget who asked through the open interface in minutes gone by."""
    operations.forget_asked(db.session(), at=clock.now())
    db.session.commit()
