"""Who is told of what: decided once, by data, and handed to the notices in the same transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.access import POLICY, Permission
from intranet.i18n import N_
from intranet.incidents.models import (
    Category,
    Incident,
    IncidentEvent,
    Satisfaction,
    Tie,
    TieKind,
    Urgency,
    Verb,
)
from intranet.incidents.operations.holding import former_ids, worker_ids
from intranet.notices.models import Topic
from intranet.notices.operations import tell
from intranet.people.models import Account, RoleGrant

TOLD_MAX = 300


class Circle(StrEnum):
    """Those who have to do with an incident."""

    DESK = "desk"  # who accepts and dispatches where it was found
    WORKERS = "workers"
    FORMER = "former"  # who had it until this very act
    LEADERS = "leaders"  # who grants requests
    REPORTERS = "reporters"  # of this and of those merged into it, and whoever follows it
    RAISED_DESK = "raised_desk"  # the desk it has climbed to


@dataclass(frozen=True, slots=True)
class Telling:
    """What one kind of event tells, and to whom."""

    topic: Topic
    words: str
    circles: tuple[Circle, ...]
    can_wait: bool = False  # however urgent the incident was: nobody is woken for it
    only_if: Callable[[Incident], bool] = lambda _incident: True


TELLINGS: dict[Verb, tuple[Telling, ...]] = {
    Verb.REPORT: (
        Telling(Topic.INCIDENT_NEW, N_("Reported: %(matter)s, %(number)s"), (Circle.DESK,)),
    ),
    Verb.ACCEPT: (
        Telling(
            Topic.INCIDENT_PROGRESS, N_("Accepted: %(matter)s, %(number)s"), (Circle.REPORTERS,)
        ),
    ),
    Verb.RETURN: (
        Telling(
            Topic.INCIDENT_PROGRESS,
            N_("Please add to your report: %(matter)s, %(number)s"),
            (Circle.REPORTERS,),
        ),
    ),
    Verb.DECLINE: (
        Telling(
            Topic.INCIDENT_PROGRESS, N_("Declined: %(matter)s, %(number)s"), (Circle.REPORTERS,)
        ),
    ),
    Verb.DISPATCH: (
        Telling(
            Topic.INCIDENT_ASSIGNED, N_("Please handle: %(matter)s, %(number)s"), (Circle.WORKERS,)
        ),
        Telling(
            Topic.INCIDENT_PROGRESS, N_("Dispatched: %(matter)s, %(number)s"), (Circle.REPORTERS,)
        ),
        Telling(
            Topic.INCIDENT_ASSIGNED, N_("No longer yours: %(matter)s, %(number)s"), (Circle.FORMER,)
        ),
    ),
    Verb.TRANSFER: (
        Telling(
            Topic.INCIDENT_ASSIGNED, N_("Please handle: %(matter)s, %(number)s"), (Circle.WORKERS,)
        ),
        Telling(
            Topic.INCIDENT_ASSIGNED, N_("No longer yours: %(matter)s, %(number)s"), (Circle.FORMER,)
        ),
    ),
    Verb.WHISTLE: (
        Telling(
            Topic.INCIDENT_ASSIGNED,
            N_("The whistle calls you: %(matter)s, %(number)s"),
            (Circle.WORKERS,),
        ),
        Telling(
            Topic.INCIDENT_DUE,
            N_("Raised to you: %(matter)s, %(number)s"),
            (Circle.RAISED_DESK,),
        ),
    ),
    Verb.REFUSE: (
        Telling(Topic.INCIDENT_NEW, N_("Handed back: %(matter)s, %(number)s"), (Circle.DESK,)),
        Telling(
            Topic.INCIDENT_ASSIGNED, N_("No longer yours: %(matter)s, %(number)s"), (Circle.FORMER,)
        ),
    ),
    Verb.FINISH: (
        Telling(Topic.INCIDENT_NEW, N_("To be verified: %(matter)s, %(number)s"), (Circle.DESK,)),
    ),
    Verb.SETTLE: (
        Telling(Topic.INCIDENT_NEW, N_("To be verified: %(matter)s, %(number)s"), (Circle.DESK,)),
    ),
    Verb.VERIFY: (
        Telling(Topic.INCIDENT_NEW, N_("To be closed: %(matter)s, %(number)s"), (Circle.DESK,)),
    ),
    Verb.REJECT: (
        Telling(
            Topic.INCIDENT_ASSIGNED,
            N_("The check did not pass: %(matter)s, %(number)s"),
            (Circle.WORKERS,),
        ),
    ),
    Verb.CLOSE: (
        Telling(
            Topic.INCIDENT_PROGRESS,
            N_("Closed, please say how satisfied you are: %(matter)s, %(number)s"),
            (Circle.REPORTERS,),
            can_wait=True,
        ),
    ),
    Verb.EVALUATE: (
        Telling(
            Topic.INCIDENT_NEW,
            N_("The reporter is not satisfied: %(matter)s, %(number)s"),
            (Circle.DESK,),
            can_wait=True,
            only_if=lambda incident: incident.satisfaction is Satisfaction.DISSATISFIED,
        ),
    ),
    Verb.RELOCATE: (
        Telling(Topic.INCIDENT_NEW, N_("Now in your area: %(matter)s, %(number)s"), (Circle.DESK,)),
    ),
    Verb.REOPEN: (
        Telling(Topic.INCIDENT_NEW, N_("Reopened: %(matter)s, %(number)s"), (Circle.DESK,)),
        Telling(
            Topic.INCIDENT_PROGRESS, N_("Reopened: %(matter)s, %(number)s"), (Circle.REPORTERS,)
        ),
    ),
    Verb.SUSPEND: (
        Telling(
            Topic.INCIDENT_ASSIGNED,
            N_("Suspended, its clock stands still: %(matter)s, %(number)s"),
            (Circle.WORKERS,),
        ),
    ),
    Verb.RESUME: (
        Telling(
            Topic.INCIDENT_ASSIGNED,
            N_("Goes on, its clock runs again: %(matter)s, %(number)s"),
            (Circle.WORKERS,),
        ),
    ),
    Verb.VOID: (
        Telling(
            Topic.INCIDENT_ASSIGNED,
            N_("Voided, nothing is left to do: %(matter)s, %(number)s"),
            (Circle.WORKERS,),
        ),
        Telling(Topic.INCIDENT_PROGRESS, N_("Voided: %(matter)s, %(number)s"), (Circle.REPORTERS,)),
    ),
    Verb.UNMERGE: (
        Telling(
            Topic.INCIDENT_PROGRESS,
            N_("Dealt with on its own again: %(matter)s, %(number)s"),
            (Circle.REPORTERS, Circle.WORKERS),
        ),
    ),
    Verb.COMMENT: (
        Telling(
            Topic.INCIDENT_PROGRESS,
            N_("Something was added: %(matter)s, %(number)s"),
            (Circle.WORKERS, Circle.REPORTERS),
        ),
    ),
    Verb.MERGE: (
        Telling(
            Topic.INCIDENT_PROGRESS,
            N_("Merged with another report: %(matter)s, %(number)s"),
            (Circle.REPORTERS, Circle.WORKERS),
        ),
    ),
    Verb.REMIND: (
        Telling(
            Topic.INCIDENT_ORDER,
            N_("Reminder: %(matter)s, %(number)s"),
            (Circle.WORKERS, Circle.DESK),
        ),
    ),
    Verb.SUPERVISE: (
        Telling(
            Topic.INCIDENT_ORDER,
            N_("Supervision order: %(matter)s, %(number)s"),
            (Circle.WORKERS, Circle.DESK),
        ),
    ),
    Verb.ASK_SUSPENSION: (
        Telling(
            Topic.INCIDENT_NEW, N_("Asked to suspend: %(matter)s, %(number)s"), (Circle.LEADERS,)
        ),
    ),
    Verb.ASK_EXTENSION: (
        Telling(
            Topic.INCIDENT_NEW, N_("Asked for more time: %(matter)s, %(number)s"), (Circle.LEADERS,)
        ),
    ),
    Verb.EXTEND: (
        Telling(
            Topic.INCIDENT_ASSIGNED,
            N_("More time granted: %(matter)s, %(number)s"),
            (Circle.WORKERS,),
        ),
    ),
    Verb.REFUSE_REQUEST: (
        Telling(
            Topic.INCIDENT_ASSIGNED,
            N_("Request refused: %(matter)s, %(number)s"),
            (Circle.WORKERS,),
        ),
    ),
    Verb.WARN: (
        Telling(
            Topic.INCIDENT_DUE,
            N_("Nearly due: %(matter)s, %(number)s"),
            (Circle.WORKERS, Circle.DESK),
        ),
    ),
    Verb.ESCALATE: (
        Telling(
            Topic.INCIDENT_DUE,
            N_("Overdue: %(matter)s, %(number)s"),
            (Circle.WORKERS, Circle.DESK, Circle.RAISED_DESK),
        ),
    ),
}


def tell_of(session: Session, incident: Incident, event: IncidentEvent) -> int:
    """Tell everybody an event concerns, but for whoever made it; return how many were told.

    Once a person and event, whichever circles they are in: of what concerns them first in the
    table. The notice's key names the event.
    """
    told = 0
    known = {event.actor_id or 0}
    for number, telling in enumerate(TELLINGS.get(event.verb, ())):
        if not telling.only_if(incident):
            continue
        people: set[int] = set()
        for circle in telling.circles:
            if circle is Circle.FORMER:
                people |= former_ids(session, incident, event.at)
            else:
                people |= _CIRCLES[circle](session, incident)
        matter = session.scalar(select(Category.name).where(Category.id == incident.category_id))
        told += tell(
            session,
            to=people - known,
            key=f"incident:{event.id}:{number}",
            topic=telling.topic,
            words=telling.words,
            params={"matter": matter or "", "number": incident.short_number},
            url=f"/incidents/{incident.number}",
            urgent=incident.urgency is Urgency.URGENT and not telling.can_wait,
            at=event.at,
            grid_path=incident.grid_path,
        )
        known |= people
    return told


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


def _reporters(session: Session, incident: Incident) -> set[int]:
    """Return who reported it or what was merged into it, and who follows either."""
    these = (Incident.id == incident.id) | (Incident.merged_into_id == incident.id)
    reporters = session.scalars(
        select(Incident.reporter_id).where(these, Incident.reporter_id.is_not(None)).limit(TOLD_MAX)
    )
    followers = session.scalars(
        select(Tie.account_id)
        .join(Incident, Incident.id == Tie.incident_id)
        .where(these, Tie.kind == TieKind.FOLLOWS)
        .limit(TOLD_MAX)
    )
    return {one for one in (*reporters, *followers) if one is not None}


_CIRCLES: dict[Circle, Callable[[Session, Incident], set[int]]] = {
    Circle.DESK: _desk,
    Circle.WORKERS: _workers,
    Circle.LEADERS: _leaders,
    Circle.REPORTERS: _reporters,
    Circle.RAISED_DESK: _raised_desk,
}
