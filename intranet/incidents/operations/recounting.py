"""After a limit or the calendar was changed, all open clocks are counted anew, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from intranet.incidents.models import Incident, Recount
from intranet.incidents.operations.clocks import clocks
from intranet.incidents.operations.limits import ask_recount, keep, read_limits, steps_of
from intranet.incidents.operations.ringing import NOTHING, rung_of

RECOUNT_BATCH = 200


def is_recount_wanted(session: Session) -> bool:
    """Whether some clocks have yet to be counted anew."""
    return bool(session.scalar(select(exists().where(Recount.id == 1))))


def recount_all(session: Session, *, at: datetime | None = None) -> Iterator[int]:
    """Yield after each batch, for the caller to commit, how many incidents were counted anew.

    How far it has come is kept in the transaction of the batch: cut off in the middle, by an error
    or a SIGKILL, the next who comes to it goes on from there. ``at`` begins one that nobody has
    asked for; a change of limits has. Two at once take turns.
    """
    if at is not None:
        ask_recount(session, at=at)
    done = 0
    while (counted := _batch(session)) is not None:
        done += counted
        yield done


def _batch(session: Session) -> int | None:
    """Count one batch anew; return how many, None when there was nothing to do any more."""
    asked = session.scalar(
        select(Recount).with_for_update().execution_options(populate_existing=True)
    )
    if asked is None:
        return None
    found = session.scalars(
        select(Incident)
        .where(Incident.is_open, Incident.id > asked.after_id)
        .order_by(Incident.id)
        .limit(RECOUNT_BATCH)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    book = read_limits(session)
    ids = [incident.id for incident in found]
    steps, rung = steps_of(session, ids), rung_of(session, ids)
    for incident in found:
        limits = book.of(incident.category_id, incident.urgency)
        counted = clocks(steps[incident.id], limits, incident.extension_minutes)
        keep(incident, counted, rung.get(incident.id, NOTHING))
    if found:
        asked.after_id = found[-1].id
    else:
        session.delete(asked)
    session.flush()
    return len(found)
