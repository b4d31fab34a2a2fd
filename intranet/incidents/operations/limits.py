"""Which time limits hold for what, by which calendar; changing one counts all open clocks anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import groupby

import chinese_calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet import audit
from intranet.access import Viewer
from intranet.errors import DomainError, InputError
from intranet.incidents.models import (
    NEVER,
    Category,
    Incident,
    IncidentEvent,
    LegalDay,
    Stage,
    TimeLimit,
    Urgency,
)
from intranet.incidents.operations.clocks import Clocks, StageLimit, Step
from intranet.incidents.operations.recount_order import ask_recount
from intranet.incidents.operations.ringing import Rung, next_alarm
from intranet.incidents.operations.working_time import REAL_TIME, WorkCalendar

A_DAY_MINUTES = 24 * 60
MINUTES_MAX = 366 * A_DAY_MINUTES

# (minutes, yellow when less than this is left). Urgent: real minutes, 60 in all, as the 蓉城 case
# of a shop selling fireworks was settled; ordinary: working days. notes: §4.4, §7.2.
URGENT_DEFAULTS: dict[Stage, tuple[int, int]] = {
    Stage.ACCEPT: (5, 2),
    Stage.DISPATCH: (5, 2),
    Stage.ARRIVE: (15, 5),
    Stage.HANDLE: (25, 10),
    Stage.VERIFY: (10, 4),
    Stage.TOTAL: (60, 15),
}
ORDINARY_DEFAULTS: dict[Stage, tuple[int, int]] = {
    Stage.ACCEPT: (A_DAY_MINUTES // 2, 120),
    Stage.DISPATCH: (A_DAY_MINUTES // 2, 120),
    Stage.ARRIVE: (A_DAY_MINUTES, 240),
    Stage.HANDLE: (3 * A_DAY_MINUTES, A_DAY_MINUTES),
    Stage.VERIFY: (A_DAY_MINUTES, 240),
    Stage.TOTAL: (5 * A_DAY_MINUTES, A_DAY_MINUTES),
}


@dataclass(frozen=True, slots=True)
class LimitBook:
    """All limits as they stand, read once for however many incidents."""

    own: Mapping[tuple[int | None, Urgency, Stage], TimeLimit]
    parents: Mapping[int, int | None]
    calendar: WorkCalendar

    def of(self, category_id: int, urgency: Urgency) -> dict[Stage, StageLimit]:
        """Return the limits of a category: its own, else those above it, else the house's."""
        return {stage: self._one(category_id, urgency, stage) for stage in Stage}

    def _one(self, category_id: int, urgency: Urgency, stage: Stage) -> StageLimit:
        for holder in (category_id, self.parents.get(category_id), None):
            row = self.own.get((holder, urgency, stage))
            if row is not None:
                days = self.calendar if row.in_working_days else REAL_TIME
                return StageLimit(row.minutes, row.warn_minutes, days)
        if urgency is Urgency.URGENT:
            return StageLimit(*URGENT_DEFAULTS[stage], REAL_TIME)
        return StageLimit(*ORDINARY_DEFAULTS[stage], self.calendar)


def read_limits(session: Session) -> LimitBook:
    """Return all limits; three queries of small tables."""
    rows = session.scalars(select(TimeLimit)).all()
    parents = session.execute(select(Category.id, Category.parent_id)).all()
    return LimitBook(
        {(row.category_id, row.urgency, row.stage): row for row in rows},
        {row.id: row.parent_id for row in parents},
        read_calendar(session),
    )


def read_calendar(session: Session) -> WorkCalendar:
    """Return the working days: those that came with us, and what was announced since."""
    announced = session.execute(select(LegalDay.day, LegalDay.is_worked)).all()
    holidays, worked = _built_in_days()
    free = {row.day for row in announced if not row.is_worked}
    busy = {row.day for row in announced if row.is_worked}
    return WorkCalendar((holidays - busy) | free, (worked - free) | busy)


@cache
def _built_in_days() -> tuple[frozenset[date], frozenset[date]]:
    known = chinese_calendar.constants
    return frozenset(known.holidays), frozenset(known.workdays)


def last_known_year() -> int:
    """Return the last year whose holidays came with us; later ones are entered by hand."""
    return max(day.year for day in _built_in_days()[0])


def set_limit(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    category_id: int | None,
    urgency: Urgency,
    stage: Stage,
    minutes: int,
    warn_minutes: int,
    in_working_days: bool,
    address: str = "",
) -> TimeLimit:
    """Set one limit, and ask for a recount of all clocks. Raises InputError by field."""
    if not 1 <= minutes <= MINUTES_MAX:
        raise InputError("A limit has 1 minute to a year", "minutes")
    if not 0 <= warn_minutes < minutes:
        raise InputError("The warning comes before the limit ends", "warn_minutes")
    where = (
        TimeLimit.category_id.is_(None)
        if category_id is None
        else TimeLimit.category_id == category_id
    )
    row = session.scalar(
        select(TimeLimit).where(where, TimeLimit.urgency == urgency, TimeLimit.stage == stage)
    )
    if row is None:
        row = TimeLimit(category_id=category_id, urgency=urgency, stage=stage)
        session.add(row)
    row.minutes, row.warn_minutes, row.in_working_days = minutes, warn_minutes, in_working_days
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="incidents:limit:set",
        at=at,
        object_kind="time_limit",
        object_id=row.id,
        address=address,
        category=category_id,
        urgency=urgency,
        stage=stage,
        minutes=minutes,
        warn_minutes=warn_minutes,
        in_working_days=in_working_days,
    )
    ask_recount(session, at=at)
    return row


def drop_limit(
    session: Session, *, actor: Viewer, at: datetime, limit: TimeLimit, address: str = ""
) -> None:
    """Take a category's own limit away, so that the general one holds again."""
    audit.record(
        session,
        actor=actor,
        action="incidents:limit:drop",
        at=at,
        object_kind="time_limit",
        object_id=limit.id,
        address=address,
        category=limit.category_id,
        urgency=limit.urgency,
        stage=limit.stage,
    )
    session.delete(limit)
    ask_recount(session, at=at)


def set_legal_day(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    day: date,
    is_worked: bool,
    name: str,
    address: str = "",
) -> None:
    """Enter a day as the State Council announced it: free, or worked for a free one."""
    row = session.get(LegalDay, day)
    if row is None:
        row = LegalDay(day=day)
        session.add(row)
    row.is_worked, row.name = is_worked, name.strip()[:40]
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="incidents:day:set",
        at=at,
        object_kind="legal_day",
        object_id=day.isoformat(),
        address=address,
        worked=is_worked,
    )
    ask_recount(session, at=at)


def drop_legal_day(
    session: Session, *, actor: Viewer, at: datetime, day: date, address: str = ""
) -> None:
    """Take an entered day back; raises DomainError when there is none."""
    row = session.get(LegalDay, day)
    if row is None:
        raise DomainError("This day was not entered here")
    session.delete(row)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="incidents:day:drop",
        at=at,
        object_kind="legal_day",
        object_id=day.isoformat(),
        address=address,
    )
    ask_recount(session, at=at)


def steps_of(session: Session, ids: Sequence[int]) -> dict[int, list[Step]]:
    """Return the changes of state of incidents, oldest first; one query."""
    rows = session.execute(
        select(
            IncidentEvent.incident_id, IncidentEvent.at, IncidentEvent.verb, IncidentEvent.to_state
        )
        .where(IncidentEvent.incident_id.in_(ids), IncidentEvent.to_state.is_not(None))
        .order_by(IncidentEvent.incident_id, IncidentEvent.id)
    ).all()
    return {
        incident_id: [Step(row.at, row.verb, row.to_state) for row in steps]
        for incident_id, steps in groupby(rows, key=lambda row: row.incident_id)
    }


def keep(incident: Incident, found: Clocks, rung: Rung) -> None:
    """Write what the clocks say into the row; a new moment of being due is warned of anew."""
    incident.stage, incident.stage_began_at = found.stage, found.stage_began_at
    incident.stage_due_at, incident.total_due_at = found.stage_due_at, found.total_due_at
    incident.due_at, incident.warn_at = found.due_at, found.warn_at
    incident.queue_at = found.due_at or NEVER
    incident.alarm_at = next_alarm(incident, rung) if incident.is_open else None
