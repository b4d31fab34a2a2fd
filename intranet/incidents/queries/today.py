"""What the first page of the day says of incidents, each figure the length of a list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from intranet.access import Permission, Viewer, allowed, scope_condition
from intranet.clock import BEIJING, midnight
from intranet.incidents.models import FINISHED, Incident
from intranet.incidents.queries.lists import COUNT_MAX, Filter, Light, condition
from intranet.incidents.queries.tabs import Tab


@dataclass(frozen=True, slots=True)
class Today:
    """Counts up to COUNT_MAX; those of an area are None for whoever has none."""

    day: date
    inbox: int
    overdue: int | None
    reported: int | None
    closed: int | None


def today(session: Session, viewer: Viewer, *, at: datetime) -> Today:
    """Return the day's counts; one query."""
    day = at.astimezone(BEIJING).date()
    area = Filter(tab=Tab.AREA)
    wheres = [condition(viewer, Filter(tab=Tab.INBOX), at)]
    staff = allowed(viewer, Permission.INCIDENTS_FIGURES_VIEW)
    if staff:
        wheres += [
            condition(viewer, replace(area, light=Light.RED), at),
            condition(viewer, replace(area, since=day, until=day), at),
            scope_condition(Incident.grid_path, viewer, Permission.INCIDENTS_FIGURES_VIEW)
            & Incident.state.in_(FINISHED)
            & (Incident.closed_at >= midnight(day)),
        ]
    row = session.execute(select(*(_count(where) for where in wheres))).one()
    return Today(day, *row) if staff else Today(day, row[0], None, None, None)


def _count(where: Any) -> Any:
    few = select(literal(1)).select_from(Incident).where(where).limit(COUNT_MAX).subquery()
    return select(func.count()).select_from(few).scalar_subquery()
