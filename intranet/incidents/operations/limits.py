"""Which time limits hold for what; changing one has the clocks of all open incidents recounted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from intranet import audit
from intranet.access import Viewer
from intranet.errors import DomainError, InputError
from intranet.incidents.models import (
    NEVER,
    Category,
    Incident,
    IncidentEvent,
    Stage,
    TimeLimit,
    Urgency,
)
from intranet.incidents.operations.clocks import Clocks, StageLimit, Step
from intranet.incidents.operations.legal_days import read_calendar
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


class Origin(StrEnum):
    """Where a limit that holds comes from."""

    OWN = "own"  # the matter's
    ABOVE = "above"  # its class's
    HOUSE = "house"  # set for all
    BUILT_IN = "built_in"  # as the house came


@dataclass(frozen=True, slots=True)
class TimeAllowed:
    """One limit as people set it: ``minutes`` of working days, or of all time."""

    minutes: int
    warn_minutes: int
    in_working_days: bool

    @property
    def stamp(self) -> str:
        """The limit in one word, for a form to say what it has seen."""
        return f"{self.minutes}/{self.warn_minutes}/{int(self.in_working_days)}"


BUILT_IN: dict[Urgency, dict[Stage, TimeAllowed]] = {
    Urgency.URGENT: {
        stage: TimeAllowed(*pair, in_working_days=False) for stage, pair in URGENT_DEFAULTS.items()
    },
    Urgency.ORDINARY: {
        stage: TimeAllowed(*pair, in_working_days=True) for stage, pair in ORDINARY_DEFAULTS.items()
    },
}


@dataclass(frozen=True, slots=True)
class LimitBook:
    """All limits as they stand, read once for however many incidents."""

    own: Mapping[tuple[int | None, Urgency, Stage], TimeLimit]
    parents: Mapping[int, int | None]
    calendar: WorkCalendar

    def of(self, category_id: int | None, urgency: Urgency) -> dict[Stage, StageLimit]:
        """Return the limits of a category: its own, else those above it, else the house's."""
        return {stage: self._one(category_id, urgency, stage) for stage in Stage}

    def holding(
        self, category_id: int | None, urgency: Urgency, stage: Stage
    ) -> tuple[TimeAllowed, Origin]:
        """Return what holds for a category, or for all when it is None, and where it is from."""
        above = self.parents.get(category_id) if category_id is not None else None
        holders = ((category_id, Origin.OWN), (above, Origin.ABOVE), (None, Origin.HOUSE))
        for holder, origin in holders:
            if holder is None and origin is not Origin.HOUSE:
                continue
            row = self.own.get((holder, urgency, stage))
            if row is not None:
                return allowed_by(row), origin
        return BUILT_IN[urgency][stage], Origin.BUILT_IN

    def _one(self, category_id: int | None, urgency: Urgency, stage: Stage) -> StageLimit:
        found, _origin = self.holding(category_id, urgency, stage)
        days = self.calendar if found.in_working_days else REAL_TIME
        return StageLimit(found.minutes, found.warn_minutes, days)


def read_limits(session: Session) -> LimitBook:
    """Return all limits; three queries of small tables."""
    rows = session.scalars(select(TimeLimit)).all()
    parents = session.execute(select(Category.id, Category.parent_id)).all()
    return LimitBook(
        {(row.category_id, row.urgency, row.stage): row for row in rows},
        {row.id: row.parent_id for row in parents},
        read_calendar(session),
    )


def allowed_by(row: TimeLimit) -> TimeAllowed:
    """Return what one row of the table allows."""
    return TimeAllowed(row.minutes, row.warn_minutes, row.in_working_days)


def change_limits(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    category: Category | None,
    urgency: Urgency,
    wanted: Mapping[Stage, TimeAllowed | None],
    seen: Mapping[Stage, str],
    address: str = "",
) -> int:
    """Set the limits of a category, or of the house without one; None takes one's own away.

    ``seen`` holds the stamps of the rows the form was made from. Returns how many changed; when
    any did, a recount is asked for. Raises InputError with the field ``<stage>_amount`` or
    ``<stage>_warn``, DomainError when somebody else was faster.
    """
    audit.take_turn(session)  # no incident moves until this is committed
    key = category.id if category else None
    rows = {row.stage: row for row in session.scalars(_rows(key, urgency))}
    before = {stage: allowed_by(row) for stage, row in rows.items()}
    if any(seen.get(s, "") != (before[s].stamp if s in before else "") for s in wanted):
        raise DomainError("Somebody else has just changed this; here it is as it stands")
    for stage, one in wanted.items():
        if one is not None:
            _check(stage, one)
    changed = [stage for stage, one in wanted.items() if one != before.get(stage)]
    for stage in changed:
        one = wanted[stage]
        if one is None:
            session.delete(rows[stage])
        else:
            row = rows.get(stage) or TimeLimit(category_id=key, urgency=urgency, stage=stage)
            row.minutes, row.warn_minutes = one.minutes, one.warn_minutes
            row.in_working_days = one.in_working_days
            session.add(row)
        audit.record(
            session,
            actor=actor,
            action="incidents:limit:set" if one else "incidents:limit:drop",
            at=at,
            object_kind="time_limit",
            object_id=key or "",
            address=address,
            code=category.code if category else "",
            name=category.name if category else "",
            urgency=urgency,
            stage=stage,
            changes={"limit": [_told(before.get(stage)), _told(one)]},
        )
    session.flush()
    if changed:
        ask_recount(session, at=at)
    return len(changed)


def _told(one: TimeAllowed | None) -> list[int | bool] | str:
    return [one.minutes, one.warn_minutes, one.in_working_days] if one else ""


def _rows(category_id: int | None, urgency: Urgency) -> Select[Any]:
    same = (
        TimeLimit.category_id.is_(None)
        if category_id is None
        else TimeLimit.category_id == category_id
    )
    found = select(TimeLimit).where(same, TimeLimit.urgency == urgency)
    return found.with_for_update().execution_options(populate_existing=True)


def _check(stage: Stage, one: TimeAllowed) -> None:
    if not 1 <= one.minutes <= MINUTES_MAX:
        raise InputError("A limit has 1 minute to a year", f"{stage}_amount")
    if not 0 <= one.warn_minutes < one.minutes:
        raise InputError("The warning comes before the limit ends", f"{stage}_warn")


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
    """Write what the clocks say into the row; the alarm is for what was not told of yet."""
    incident.stage, incident.stage_began_at = found.stage, found.stage_began_at
    incident.stage_due_at, incident.total_due_at = found.stage_due_at, found.total_due_at
    incident.due_at, incident.warn_at = found.due_at, found.warn_at
    incident.queue_at = found.due_at or NEVER
    incident.alarm_at = next_alarm(incident, rung) if incident.is_open else None
