"""Whom to call back: closed incidents whose reporter has not said how satisfied they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from intranet.access import Permission, Viewer, scope_condition
from intranet.clock import midnight
from intranet.db import within
from intranet.incidents.models import (
    FINISHED,
    CallBack,
    Category,
    Contact,
    Incident,
    IncidentEvent,
    Satisfaction,
    State,
    Urgency,
    Verb,
)
from intranet.incidents.queries.lists import COUNT_MAX, EXPORT_MAX, PAGE_ROWS
from intranet.people.models import Account

SAMPLE_MAX = 200
PAGE_MAX = 500
PRIME = 1_000_003  # numbers multiplied modulo a prime come in an order nobody chose


class Pile(StrEnum):
    """The lists of calls."""

    TO_CALL = "to_call"  # 待回访
    ASIDE = "aside"  # 暂不回访
    DONE = "done"  # 已回访


@dataclass(frozen=True, slots=True)
class CallFilter:
    """What the list is narrowed to; ``sample`` of 0 is all, else so many drawn by ``seed``."""

    since: date
    until: date
    pile: Pile = Pile.TO_CALL
    grid_path: str = ""
    sample: int = 0
    seed: int = 1


@dataclass(frozen=True, slots=True)
class CallRow:
    """One line of the list; ``masked`` is what is known of a caller, never in clear."""

    number: str
    short_number: str
    state: State
    urgency: Urgency
    satisfaction: Satisfaction | None
    category: str
    description: str
    grid_path: str
    closed_at: datetime
    reporter: str
    masked: str
    comment: str
    tries: int
    last_at: datetime | None
    last_by: str
    reached_at: datetime | None


def calls(
    session: Session, viewer: Viewer, wanted: CallFilter, *, page: int | None = 1
) -> list[CallRow]:
    """Return a page of the list and one row more if there is another; all of it for page None.

    Three queries. Dissatisfied reporters come first, then urgent incidents, then those closed
    longest ago; of those called, the latest call.
    """
    caller = Account.__table__.alias("caller")
    reporter = Account.__table__.alias("reporter")
    found = _join(
        select(
            Incident.id,
            Incident.number,
            Incident.short_number,
            Incident.state,
            Incident.urgency,
            Incident.satisfaction,
            Category.name.label("category"),
            case((Incident.hidden_at.is_(None), Incident.description), else_="").label(
                "description"
            ),
            Incident.grid_path,
            Incident.closed_at,
            reporter.c.display_name.label("reporter"),
            CallBack.tries,
            CallBack.last_at,
            CallBack.reached_at,
            caller.c.display_name.label("last_by"),
        ).join(Category, Category.id == Incident.category_id)
    )
    found = found.outerjoin(reporter, reporter.c.id == Incident.reporter_id)
    found = found.outerjoin(caller, caller.c.id == CallBack.last_by_id)
    where = _condition(viewer, wanted)
    if wanted.sample:
        drawn = _join(select(Incident.id)).where(where)
        shuffled = ((Incident.id % PRIME) * (wanted.seed % PRIME)) % PRIME
        where = Incident.id.in_(
            drawn.order_by(shuffled, Incident.id).limit(min(wanted.sample, SAMPLE_MAX))
        )
    found = found.where(where).order_by(*_order(wanted.pile))
    if page is None:
        found = found.limit(EXPORT_MAX)
    else:
        found = found.limit(PAGE_ROWS + 1).offset((min(page, PAGE_MAX) - 1) * PAGE_ROWS)
    rows = session.execute(found).all()
    ids = [row.id for row in rows]
    contacts, comments = _contacts(session, ids), _comments(session, ids)
    return [_row(row, contacts, comments) for row in rows]


def call_counts(session: Session, viewer: Viewer, wanted: CallFilter) -> dict[Pile, int]:
    """Return how many each list holds under the same filter, COUNT_MAX meaning "or more"."""
    asked = [
        select(func.count())
        .select_from(
            _join(select(literal(1)).select_from(Incident))
            .where(_condition(viewer, wanted, pile))
            .limit(COUNT_MAX)
            .subquery()
        )
        .scalar_subquery()
        .label(pile.value)
        for pile in Pile
    ]
    row = session.execute(select(*asked)).one()
    return {pile: row[number] for number, pile in enumerate(Pile)}


def comment_of(session: Session, incident: Incident) -> str:
    """Return what the reporter wrote with the latest evaluation."""
    return _comments(session, [incident.id]).get(incident.id, "")


def _join(found: Any) -> Any:
    this_round = and_(
        CallBack.incident_id == Incident.id,
        CallBack.round == Incident.round,
    )
    return found.outerjoin(CallBack, this_round)


def _condition(viewer: Viewer, wanted: CallFilter, pile: Pile | None = None) -> ColumnElement[bool]:
    # Whoever wrote that they are not satisfied is called as well, once.
    unheard = or_(
        Incident.state == State.CLOSED,
        and_(
            Incident.state == State.EVALUATED,
            Incident.satisfaction == Satisfaction.DISSATISFIED,
        ),
    )
    somebody = or_(
        Incident.reporter_id.is_not(None),
        select(literal(1)).where(Contact.incident_id == Incident.id).exists(),
    )
    waiting = and_(unheard, CallBack.reached_at.is_(None), somebody)
    parts = [
        scope_condition(Incident.grid_path, viewer, Permission.INCIDENTS_CALLBACK_MAKE),
        Incident.state.in_(FINISHED),
        Incident.closed_at >= midnight(wanted.since),
        Incident.closed_at < midnight(wanted.until + timedelta(days=1)),
        {
            Pile.TO_CALL: and_(waiting, CallBack.set_aside_at.is_(None)),
            Pile.ASIDE: and_(waiting, CallBack.set_aside_at.is_not(None)),
            Pile.DONE: CallBack.reached_at.is_not(None),
        }[pile or wanted.pile],
    ]
    if wanted.grid_path:
        parts.append(within(Incident.grid_path, wanted.grid_path))
    return and_(*parts)


def _order(pile: Pile) -> tuple[Any, ...]:
    if pile is Pile.DONE:
        return CallBack.last_at.desc(), Incident.id.desc()
    rank = case(
        (Incident.satisfaction == Satisfaction.DISSATISFIED, 0),
        (Incident.urgency == Urgency.URGENT, 1),
        else_=2,
    )
    return rank, Incident.closed_at, Incident.id


def _contacts(session: Session, ids: Sequence[int]) -> dict[int, str]:
    if not ids:
        return {}
    rows = session.execute(
        select(Contact.incident_id, Contact.masked)
        .where(Contact.incident_id.in_(ids))
        .order_by(Contact.incident_id, Contact.field)
    )
    found: dict[int, str] = {}
    for incident_id, masked in rows:
        found[incident_id] = f"{found.get(incident_id, '')} {masked}".strip()
    return found


def _comments(session: Session, ids: Sequence[int]) -> dict[int, str]:
    if not ids:
        return {}
    rows = session.execute(
        select(IncidentEvent.incident_id, IncidentEvent.words)
        .where(IncidentEvent.incident_id.in_(ids), IncidentEvent.verb == Verb.EVALUATE)
        .order_by(IncidentEvent.id)
    )
    return {row.incident_id: row.words for row in rows}


def _row(row: Any, contacts: dict[int, str], comments: dict[int, str]) -> CallRow:
    given: dict[str, Any] = {"masked": contacts.get(row.id, ""), "tries": row.tries or 0}
    given |= {"reporter": row.reporter or "", "last_by": row.last_by or ""}
    given |= {"comment": comments.get(row.id, "") if row.satisfaction else ""}
    same = {name: getattr(row, name) for name in CallRow.__dataclass_fields__ if name not in given}
    return CallRow(**same, **given)
