"""Counting the clocks of all open incidents anew, after a rule they go by has changed.

In batches, each a transaction that also says how far it got: whoever is killed in the middle has
lost one batch, and the next goes on from there. A change in the meantime begins it all again.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet import audit
from intranet.incidents.models import Incident, Recount
from intranet.incidents.operations.clocks import clocks
from intranet.incidents.operations.limits import keep, read_limits, steps_of
from intranet.incidents.operations.recount_order import locked_recount
from intranet.incidents.operations.ringing import NOTHING, rung_of

BATCH = 200


def recount_batch(session: Session, *, at: datetime) -> Recount | None:
    """Count one batch anew; return how far it got, None when there is nothing to count.

    The caller commits between batches, so that nobody waits for the whole.
    """
    audit.take_turn(session)
    run = locked_recount(session)
    if run is None or run.finished_at is not None:
        return None
    found = session.scalars(
        select(Incident)
        .where(Incident.is_open, Incident.id > run.last_id)
        .order_by(Incident.id)
        .limit(BATCH)
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
    run.done += len(found)
    run.total = max(run.total, run.done)
    if found:
        run.last_id = found[-1].id
    if len(found) < BATCH:  # some may have been closed in the meantime
        run.finished_at, run.total = at, run.done
    session.flush()
    return run
