"""What the clock does with points, in the background worker."""

from __future__ import annotations

from collections.abc import Iterator

import structlog

from intranet import clock
from intranet.db import db, reading
from intranet.points import operations, queries
from intranet.points.models import Claim, Settlement, Verification

log = structlog.get_logger(__name__)
BATCH = 200
ROUNDS_MAX = 100
HOLDS_MAX = 1000
TILES = 64  # in one transaction: some thousand entries, a tenth of a second


def post_due() -> int:
    """Enter in the ledger what nobody objected to while it was public; return how many.

    Each in a transaction of its own: killed in the middle, the next hour goes on with the rest.
    One that cannot be posted is a bug, and is raised at the end: the others are not to suffer.
    """
    done, bugs = 0, dict[int, Exception]()
    for _round in range(ROUNDS_MAX):
        with reading():
            ids = queries.due_claims(
                db.session(), today=clock.today(), limit=BATCH, besides=list(bugs)
            )
            db.session.rollback()
        for claim_id in ids:
            try:
                claim = db.session.get_one(Claim, claim_id)
                done += operations.post_claim(db.session(), claim=claim, at=clock.now())
                db.session.commit()
            except Exception as error:  # noqa: BLE001 — a loop that must live
                db.session.rollback()
                bugs[claim_id] = error
        if not ids:
            break
    if done:
        log.info("points_posted", count=done)
    for bug in bugs.values():
        raise bug
    return done


def expire_holds() -> int:
    """Let go what was not fetched in time, each in a transaction of its own; return how many."""
    done = 0
    for _round in range(HOLDS_MAX):
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


def remind_of_ends() -> int:
    """Tell homes that points of a year are good for some days more only; return of how many years.

    A hundred homes a transaction: nobody waits for the rest, and run again it tells nobody twice.
    """
    done = 0
    for number in [one.id for one in operations.ending_soon(db.session(), day=clock.today())]:
        after = 0
        for _round in range(ROUNDS_MAX):
            settlement = db.session.get_one(Settlement, number)
            after = operations.remind(db.session(), settlement, after=after, at=clock.now())
            db.session.commit()
            if not after:
                break
        done += 1
    db.session.commit()
    return done


def forget_tries() -> None:
    """Forget who typed wrong codes in days gone by."""
    operations.forget_tries(db.session(), at=clock.now())
    db.session.commit()


def forget_erased() -> int:
    """Empty what was said of or by those who were erased, and drop their photos; say how many rows.

    What was written beside supplies and counts goes with time: whom it names, nobody knows.

    The ledger itself holds no words of anybody: numbers, codes and hashes stay as they are.
    """
    done = 0
    for _round in range(ROUNDS_MAX):
        session = db.session()
        found = (
            operations.forget_words(session, limit=BATCH),
            operations.forget_handings(session, limit=BATCH),
            operations.forget_stock_words(session, at=clock.now(), limit=BATCH),
        )
        session.commit()
        done += sum(found)
        if max(found) < BATCH:
            break
    if done:
        log.info("points_words_forgotten", count=done)
    return done


def keep_tiles() -> int:
    """Keep the hashes of entries that receipts are made of; return how many tiles were new.

    Hashed before the transaction begins, and a bounded number each time: after an upgrade the
    next minutes go on with the rest.
    """
    done = sum(more for more, _last in tiles_kept())
    if done:
        log.info("points_tiles_kept", count=done)
    return done


def tiles_kept(rounds: int = ROUNDS_MAX, tiles: int = TILES) -> Iterator[tuple[int, int]]:
    """Yield, transaction by transaction, how many tiles were new, and the last entry in them."""
    for _round in range(rounds):
        with reading():
            due = queries.leaves_to_keep(db.session(), limit=tiles)
            db.session.rollback()
        if due is None:
            return
        more = operations.keep_tiles(
            db.session(), period_id=due.period_id, number=due.number, runs=due.runs
        )
        db.session.commit()
        yield more, due.runs[-1][1]


def verify_ledger() -> bool:
    """Go through the ledger where somebody asked for it; return whether anybody had.

    It is read at one moment, by a transaction that writes nothing and holds nobody up.
    """
    taken = operations.take_verification(db.session(), at=clock.now())
    db.session.commit()
    if taken is None:
        return False
    number = taken.id
    with reading():
        found = queries.look(db.session())
        db.session.rollback()  # what follows writes, and needs a transaction of its own kind
    one = db.session.get_one(Verification, number)
    operations.note_verification(db.session(), one, found, at=clock.now())
    db.session.commit()
    if found.faults:
        log.error("points_ledger_broken", count=found.faults, first=found.first_faults[0])
    else:
        log.info("points_ledger_holds", entries=found.head_id)
    return True


def verify_daily() -> None:
    """Go through the ledger once a day, whether somebody asks for it or not."""
    operations.ask_verification(db.session(), actor=None, at=clock.now())
    db.session.commit()
    verify_ledger()
