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
    """
    done = 0
    for _round in range(ROUNDS_MAX):
        with reading():
            ids = operations.waiting(db.session(), at=clock.now())
            db.session.rollback()
        for incident_id in ids:
            operations.sound(db.session(), incident_id=incident_id, at=clock.now())
            db.session.commit()
            done += 1
        if not ids:
            break
    if done:
        log.info("incident_alarms", count=done)
    return done


def forget_asked() -> None:
    """Forget who asked through the open interface in minutes gone by."""
    operations.forget_asked(db.session(), at=clock.now())
    db.session.commit()
