"""Who has to do with an incident, circle by circle: those its events are told to."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.access import POLICY, Permission
from intranet.incidents.models import Incident, Tie, TieKind
from intranet.incidents.operations.holding import former_ids, worker_ids
from intranet.people.models import Account, RoleGrant

TOLD_MAX = 300


class Circle(StrEnum):
    """Those who have to do with an incident."""

    DESK = "desk"  # who accepts and dispatches where it was found
    WORKERS = "workers"
    FORMER = "former"  # who had it until this very act
    LEADERS = "leaders"  # who grants requests
    REPORTER = "reporter"  # of this very one: who is asked how satisfied they are
    REPORTERS = "reporters"  # of this and of those merged into it, and whoever follows it
    RAISED_DESK = "raised_desk"  # the desk it has climbed to


def whom(
    session: Session, incident: Incident, circles: Collection[Circle], at: datetime
) -> list[tuple[Incident, set[int]]]:
    """Return the people in these circles by the incident each is to be told of.

    Of an incident whose reports were merged, whoever reported one of those is told of that one:
    the other may be none of their business. ``at`` is the moment of what is told.
    """
    people: set[int] = set()
    for circle in circles:
        if circle is Circle.FORMER:
            people |= former_ids(session, incident, at)
        else:
            people |= _CIRCLES[circle](session, incident)
    found = [(incident, people)]
    if Circle.REPORTERS in circles:
        merged = session.scalars(
            select(Incident)
            .where(Incident.merged_into_id == incident.id)
            .order_by(Incident.id)
            .limit(TOLD_MAX)
        )
        found += [(one, _reporters(session, one)) for one in merged]
    return found


def _holding(session: Session, paths: list[str], permission: Permission) -> set[int]:
    """Return the open accounts that hold a permission by a role at one of these nodes."""
    found = session.scalars(
        select(RoleGrant.account_id)
        .join(Account, Account.id == RoleGrant.account_id)
        .where(
            RoleGrant.grid_path.in_(paths),
            RoleGrant.role.in_(POLICY[permission].roles),
            RoleGrant.ended_at.is_(None),
            Account.disabled_at.is_(None),
        )
        .limit(TOLD_MAX)
    )
    return set(found)


def _nodes(path: str, *, least: int) -> list[str]:
    """Return the nodes from a path up to the level of ``least`` steps from the root."""
    steps = path.split(".")[:-1]
    return [".".join(steps[:n]) + "." for n in range(least, len(steps) + 1)]


def _desk(session: Session, incident: Incident) -> set[int]:
    here = _nodes(incident.grid_path, least=3)
    return _holding(session, here, Permission.INCIDENTS_INCIDENT_ACCEPT)


def _leaders(session: Session, incident: Incident) -> set[int]:
    here = _nodes(incident.grid_path, least=3)
    return _holding(session, here, Permission.INCIDENTS_REQUEST_GRANT)


def _raised_desk(session: Session, incident: Incident) -> set[int]:
    return _holding(session, [incident.desk_path], Permission.INCIDENTS_INCIDENT_ACCEPT)


def _workers(session: Session, incident: Incident) -> set[int]:
    return set(worker_ids(session, incident))


def _reporter(_session: Session, incident: Incident) -> set[int]:
    return set() if incident.reporter_id is None else {incident.reporter_id}


def _reporters(session: Session, incident: Incident) -> set[int]:
    """Return who reported it, and who follows it."""
    followers = session.scalars(
        select(Tie.account_id)
        .where(Tie.incident_id == incident.id, Tie.kind == TieKind.FOLLOWS)
        .limit(TOLD_MAX)
    )
    return _reporter(session, incident) | set(followers)


_CIRCLES: dict[Circle, Callable[[Session, Incident], set[int]]] = {
    Circle.DESK: _desk,
    Circle.WORKERS: _workers,
    Circle.LEADERS: _leaders,
    Circle.REPORTER: _reporter,
    Circle.REPORTERS: _reporters,
    Circle.RAISED_DESK: _raised_desk,
}
