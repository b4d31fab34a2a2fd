"""What the background worker does for the points room."""

from __future__ import annotations

import structlog

from intranet import clock
from intranet.db import db
from intranet.points import operations
from intranet.points.models import Settlement

ROUNDS_MAX = 1000
log = structlog.get_logger(__name__)


def expire_holds() -> int:
    """Let go what was not fetched in time, each in a transaction of its own; return how many."""
    done = 0
    for _round in range(ROUNDS_MAX):
        due = operations.overdue(db.session(), at=clock.now(), limit=1)
        done += sum(operations.expire_hold(db.session(), one, at=clock.now()) for one in due)
        db.session.commit()
        if not due:
            break
    if done:
        log.info("holds_expired", count=done)
    return done


def expire_points() -> int:
    """Take what is left of years whose points have ended, as their plans say; return of how many.

    One year's end after the other, each in a transaction of its own: run again it goes on.
    """
    done = 0
    for number in [one.id for one in operations.due_settlements(db.session(), day=clock.today())]:
        settlement = db.session.get_one(Settlement, number)
        done += operations.expire_points(db.session(), settlement, at=clock.now())
        db.session.commit()
    db.session.commit()
    if done:
        log.info("points_expired", accounts=done)
    return done


def forget_tries() -> None:
    """Forget who typed wrong codes in days gone by."""
    operations.forget_tries(db.session(), at=clock.now())
    db.session.commit()
