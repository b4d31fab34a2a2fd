"""What the clock does with jobs, in the background worker."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from intranet import clock
from intranet.db import db, reading
from intranet.jobs import operations
from intranet.jobs.models import JobPost

log = structlog.get_logger(__name__)
BATCH = 200
ROUNDS_MAX = 100


def expire_posts() -> int:
    """Have posts end whose last day is gone, each in a transaction of its own; return how many."""
    done = _each(operations.over, operations.expire_post)
    if done:
        log.info("jobs_posts_expired", count=done)
    return done


def remind() -> int:
    """Tell companies of posts that end soon, and stations of licences to be seen again.

    Each post once, licences once a week. Returns of how many posts was told.
    """
    done = _each(operations.ending_soon, operations.remind_of_end)
    operations.remind_of_rechecks(db.session(), at=clock.now())
    db.session.commit()
    if done:
        log.info("jobs_posts_end_soon", count=done)
    return done


def close_fairs() -> int:
    """Close fairs whose day is gone; return how many."""
    done = operations.close_past(db.session(), at=clock.now())
    db.session.commit()
    if done:
        log.info("jobs_fairs_closed", count=done)
    return done


def _each(find: Callable[..., list[int]], act: Callable[..., bool]) -> int:
    """Do something to each post that is found; a bug with one is raised when all are done."""
    done, bugs = 0, dict[int, Exception]()
    for _round in range(ROUNDS_MAX):
        with reading():
            ids = find(db.session(), at=clock.now(), limit=BATCH, besides=list(bugs))
            db.session.rollback()
        for post_id in ids:
            try:
                done += act(db.session(), db.session.get_one(JobPost, post_id), at=clock.now())
                db.session.commit()
            except Exception as error:  # noqa: BLE001 — a loop that must live
                db.session.rollback()
                bugs[post_id] = error
        if not ids:
            break
    for bug in bugs.values():
        raise bug
    return done
