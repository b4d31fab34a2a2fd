"""The order to count the clocks of open incidents anew, given by whoever changes a rule."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intranet import background
from intranet.incidents.models import Incident, Recount
from intranet.incidents.models.recount import THE_ONE

JOB = "incidents.recount_now"


def ask_recount(session: Session, *, at: datetime) -> Recount:
    """Have all open incidents counted anew, from the first; the worker is told at the commit.

    Within the turn of whoever changes the rule (``audit.take_turn``): no incident moves meanwhile.
    """
    total = session.scalar(select(func.count(Incident.id)).where(Incident.is_open)) or 0
    run = locked_recount(session)
    if run is None:
        run = Recount(id=THE_ONE)
        session.add(run)
    run.total, run.asked_at, run.done, run.last_id = total, at, 0, 0
    run.finished_at = None if run.total else at
    session.flush()
    if run.total:
        background.ask_after_commit(session, JOB)
    return run


def latest_recount(session: Session) -> Recount | None:
    """Return the recount that runs or was the last, for a page to show."""
    return session.get(Recount, THE_ONE)


def locked_recount(session: Session) -> Recount | None:
    """Return the recount's row, nobody else's until the end of the transaction."""
    return session.get(Recount, THE_ONE, with_for_update=True, populate_existing=True)
