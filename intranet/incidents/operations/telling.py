"""Who is told of what: decided once, by data, and handed to the notices in the same transaction."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.i18n import N_
from intranet.incidents.models import (
    Category,
    Incident,
    IncidentEvent,
    Satisfaction,
    Urgency,
    Verb,
    numbered,
)
from intranet.incidents.operations.circles import Circle, whom
from intranet.notices.models import Topic
from intranet.notices.operations import tell


@dataclass(frozen=True, slots=True)
class Telling:
    """What one kind of event tells, and to whom."""

    topic: Topic
    words: str
    circles: tuple[Circle, ...]
    can_wait: bool = False  # however urgent the incident was: nobody is woken for it
    only_if: Callable[[Incident, IncidentEvent], bool] = lambda _incident, _event: True


def _becomes(urgency: Urgency) -> Callable[[Incident, IncidentEvent], bool]:
    """Whether an event is what made the incident so urgent."""

    def is_so(incident: Incident, event: IncidentEvent) -> bool:
        return incident.urgency is urgency and json.loads(event.details).get("was") != urgency

    return is_so


TELLINGS: dict[Verb, tuple[Telling, ...]] = {
    Verb.REPORT: (
        Telling(
            Topic.INCIDENT_NEW,
            N_("Reported: %(matter)s, %(number)s"),
            (Circle.DESK,),
            only_if=lambda _incident, event: "joins" not in json.loads(event.details),
        ),
    ),
    Verb.ABSORB: (
        Telling(
            Topic.INCIDENT_NEW,
            N_("Somebody else reports the same: %(matter)s, %(number)s"),
            (Circle.WORKERS, Circle.DESK),
            can_wait=True,
            only_if=lambda _incident, event: (
                "joined" in (details := json.loads(event.details)) and "along" not in details
            ),
        ),
    ),
    Verb.WITHDRAW: (
        Telling(
            Topic.INCIDENT_NEW,
            N_("Withdrawn by the reporter: %(matter)s, %(number)s"),
            (Circle.DESK,),
            can_wait=True,
            only_if=lambda incident, _event: incident.reported_at is not None,
        ),
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
        Telling(
            Topic.INCIDENT_PROGRESS,
            N_("Departments were called to it: %(matter)s, %(number)s"),
            (Circle.REPORTERS,),
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
            (Circle.REPORTER,),
            can_wait=True,
        ),
        Telling(
            Topic.INCIDENT_PROGRESS,
            N_("Case closed: %(matter)s, %(number)s"),
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
            only_if=lambda incident, _event: incident.satisfaction is Satisfaction.DISSATISFIED,
        ),
    ),
    Verb.RECLASSIFY: (
        Telling(
            Topic.INCIDENT_ASSIGNED,
            N_("Now urgent: %(matter)s, %(number)s"),
            (Circle.WORKERS,),
            only_if=_becomes(Urgency.URGENT),
        ),
        Telling(
            Topic.INCIDENT_ASSIGNED,
            N_("Classified anew: %(matter)s, %(number)s"),
            (Circle.WORKERS,),
            only_if=_becomes(Urgency.ORDINARY),
        ),
    ),
    Verb.TAKE_BACK: (
        Telling(
            Topic.INCIDENT_PROGRESS,
            N_("Goes on as it was reported: %(matter)s, %(number)s"),
            (Circle.REPORTERS,),
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
        Telling(
            Topic.INCIDENT_ASSIGNED, N_("No longer yours: %(matter)s, %(number)s"), (Circle.FORMER,)
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
            only_if=lambda _incident, event: "along" not in json.loads(event.details),
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
    table. The notice's key names the event, its words and address the incident that is theirs.
    """
    told = 0
    known = {event.actor_id or 0}
    for number, telling in enumerate(TELLINGS.get(event.verb, ())):
        if not telling.only_if(incident, event):
            continue
        for theirs, people in whom(session, incident, telling.circles, event.at):
            matter = session.scalar(select(Category.name).where(Category.id == theirs.category_id))
            told += tell(
                session,
                to=people - known,
                key=f"incident:{event.id}:{number}",
                topic=telling.topic,
                words=telling.words,
                params={"matter": matter or "", "number": numbered(theirs.short_number)},
                url=f"/incidents/{theirs.number}",
                urgent=incident.urgency is Urgency.URGENT and not telling.can_wait,
                at=event.at,
                grid_path=theirs.grid_path,
            )
            known |= people
    return told
