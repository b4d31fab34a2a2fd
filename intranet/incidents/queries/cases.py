"""One incident as its page and its moves see it, always through the viewer's scope."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from intranet.access import Permission, Viewer, allowed, scope_condition
from intranet.incidents import operations
from intranet.incidents.models import (
    Assignment,
    Attachment,
    Category,
    Client,
    Contact,
    Incident,
    IncidentEvent,
    Move,
    OutsideReport,
    OutsideUpdate,
    State,
    Tie,
    TieKind,
    Unit,
    UnitMember,
    Verb,
    was_sent,
)
from intranet.people.models import Account

TIMELINE_MAX = 500
# The straight way from report to closing: its moves come first on the page.
ONWARD = frozenset(
    {Verb.ACCEPT, Verb.DISPATCH, Verb.ARRIVE, Verb.FINISH, Verb.VERIFY, Verb.CLOSE, Verb.EVALUATE}
    | {Verb.RESUME, Verb.SUSPEND, Verb.EXTEND, Verb.UNMERGE}
)
# Moves that are made from a page of their own.
PAGES_OWN = frozenset({Verb.MERGE, Verb.REPORT, Verb.CALL_BACK})


@dataclass(frozen=True, slots=True)
class Case:
    """An incident and who has to do with it: what a permission is asked for."""

    incident: Incident
    category: Category | None  # None: a draft, or one thrown away, that does not say yet
    worker_ids: frozenset[int]
    hands: frozenset[int]
    acted_ids: frozenset[int] = frozenset()
    unmerge_until: datetime | None = None  # while it is merged

    @property
    def grid_path(self) -> str:
        """Where it was found."""
        return self.incident.grid_path

    @property
    def reporter_id(self) -> int | None:
        """Whose report it is."""
        return self.incident.reporter_id


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline: who did what when, and how long the step before it took."""

    event: IncidentEvent
    actor: str
    details: dict[str, Any]
    minutes_since: int


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has the incident to handle."""

    name: str
    phone: str
    is_lead: bool
    is_unit: bool


@dataclass(frozen=True, slots=True)
class Master:
    """What an incident was merged into; the reply there is not for whoever joined it unasked."""

    incident: Incident
    may_see: bool
    is_joined: bool


@dataclass(frozen=True, slots=True)
class Names:
    """The names behind the ids in a history."""

    accounts: dict[int, str]
    units: dict[int, str]
    categories: dict[int, str]

    def of(self, kind: str, key: int) -> str:
        """Return an assignee's name."""
        return (self.accounts if kind == "account" else self.units).get(key, "")

    def category(self, key: int | None) -> str:
        """Return a category's name."""
        return self.categories.get(key or 0, "")


def visible(viewer: Viewer | None) -> ColumnElement[bool]:
    """Return the condition that the viewer may see the incident; a draft is its author's alone."""
    if viewer is None:
        return false()
    below = scope_condition(Incident.grid_path, viewer, Permission.INCIDENTS_INCIDENT_VIEW)
    return visible_to(viewer.account_id, below)


def visible_to(me: Any, below: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return what an account may see of which a scope is known; both may be parameters.

    Hands and ties are asked of one incident at a time: the list of all one has ever held is long.
    """
    units = select(UnitMember.unit_id).where(UnitMember.account_id == me)
    held = select(Assignment.id).where(
        Assignment.incident_id == Incident.id,
        or_(Assignment.account_id == me, Assignment.unit_id.in_(units)),
        Assignment.ended_at.is_(None),
    )
    acted = select(Tie.incident_id).where(
        Tie.account_id == me, Tie.kind == TieKind.ACTED, Tie.incident_id == Incident.id
    )
    return or_(Incident.reporter_id == me, was_sent() & or_(below, held.exists(), acted.exists()))


def case_or_404(session: Session, viewer: Viewer, number: str) -> Case:
    """Return the incident of that number; anything outside the viewer's scope is not found."""
    row = session.execute(
        select(Incident, Category)
        .outerjoin(Category, Category.id == Incident.category_id)
        .where(Incident.number == number, visible(viewer))
    ).one_or_none()
    if row is None:
        raise NotFound
    return case_of(session, row[0], row[1])


def find_visible(session: Session, viewer: Viewer, number: str) -> Incident | None:
    """Return the incident of that number, or None where the viewer may not see it."""
    return session.scalar(select(Incident).where(Incident.number == number, visible(viewer)))


def some(
    session: Session, viewer: Viewer, permission: Permission, ids: Sequence[int]
) -> Sequence[Incident]:
    """Return those of the incidents on which the viewer's roles hold the permission."""
    return session.scalars(
        select(Incident)
        .where(
            Incident.id.in_(ids),
            was_sent(),
            scope_condition(Incident.grid_path, viewer, permission),
        )
        .order_by(Incident.id)
    ).all()


def case_of(session: Session, incident: Incident, category: Category | None = None) -> Case:
    """Return the case of an incident already found."""
    is_merged = incident.state is State.MERGED
    if category is None and incident.category_id is not None:
        category = session.get_one(Category, incident.category_id)
    return Case(
        incident,
        category,
        operations.worker_ids(session, incident),
        operations.hands(session, incident),
        _acted(session, incident),
        operations.unmerge_until(session, [incident.id]).get(incident.id) if is_merged else None,
    )


def _acted(session: Session, incident: Incident) -> frozenset[int]:
    """Return the accounts that have done something to it."""
    found = select(Tie.account_id).where(Tie.incident_id == incident.id, Tie.kind == TieKind.ACTED)
    return frozenset(session.scalars(found))


def possible(viewer: Viewer, case: Case, *, at: datetime) -> list[Move]:
    """Return the moves and acts this person may make now, what leads on before what does not."""
    return [
        move
        for move in sorted(operations.TABLE.values(), key=lambda move: move.verb not in ONWARD)
        if case.incident.state in move.sources
        and allowed(viewer, move.permission, case)
        and move.verb not in PAGES_OWN
        and operations.barred(
            operations.Try(
                move,
                case.incident,
                viewer.account_id,
                case.hands,
                at,
                unmerge_until=case.unmerge_until,
            )
        )
        is None
    ]


def timeline(session: Session, incident: Incident) -> list[Entry]:
    """Return the history, oldest first, its newest TIMELINE_MAX; one query."""
    rows = session.execute(
        select(IncidentEvent, func.coalesce(Account.display_name, Client.name))
        .outerjoin(Account, Account.id == IncidentEvent.actor_id)
        # What no account did, a system outside may have sent.
        .outerjoin(OutsideUpdate, OutsideUpdate.event_id == IncidentEvent.id)
        .outerjoin(
            OutsideReport,
            (OutsideReport.incident_id == IncidentEvent.incident_id)
            & (IncidentEvent.verb == Verb.REPORT),
        )
        .outerjoin(
            Client, Client.id == func.coalesce(OutsideUpdate.client_id, OutsideReport.client_id)
        )
        .where(IncidentEvent.incident_id == incident.id)
        .order_by(IncidentEvent.id.desc())
        .limit(TIMELINE_MAX)
    ).all()
    entries: list[Entry] = []
    step_at: datetime | None = None
    for event, name in reversed(rows):
        since = int((event.at - step_at).total_seconds() // 60) if step_at else 0
        entries.append(Entry(event, name or "", json.loads(event.details), since))
        if event.to_state is not None:
            step_at = event.at
    return entries


def asked_for(session: Session, incident: Incident) -> str:
    """Return what was asked for when the report was last returned to be completed, or nothing."""
    if incident.state is not State.RETURNED:
        return ""
    words = session.scalar(
        select(IncidentEvent.words)
        .where(IncidentEvent.incident_id == incident.id, IncidentEvent.verb == Verb.RETURN)
        .order_by(IncidentEvent.id.desc())
        .limit(1)
    )
    return words or ""


def names(session: Session, incident: Incident, entries: Sequence[Entry]) -> Names:
    """Return the names a history needs; three queries at most."""
    chosen = [pair for entry in entries for pair in entry.details.get("assignees", [])]
    accounts = {key for kind, key in chosen if kind == "account"} | {incident.asked_by_id or 0}
    units = {key for kind, key in chosen if kind == "unit"}
    matters = {entry.details.get("category") or 0 for entry in entries}

    def found(model: Any, name: Any, keys: set[int]) -> dict[int, str]:
        if not keys - {0}:
            return {}
        rows = session.execute(select(model.id, name).where(model.id.in_(keys)))
        return {row[0]: row[1] for row in rows}

    return Names(
        found(Account, Account.display_name, accounts),
        found(Unit, Unit.name, units),
        found(Category, Category.name, matters),
    )


def holders(session: Session, incident: Incident) -> list[Holder]:
    """Return who has it now, the lead first."""
    rows = session.execute(
        select(Account.display_name, Unit.name, Unit.phone, Assignment.is_lead)
        .select_from(Assignment)
        .outerjoin(Account, Account.id == Assignment.account_id)
        .outerjoin(Unit, Unit.id == Assignment.unit_id)
        .where(Assignment.incident_id == incident.id, Assignment.ended_at.is_(None))
        .order_by(Assignment.is_lead.desc(), Assignment.id)
    ).all()
    return [
        Holder(row[0] or row[1], row[2] or "", row[3], is_unit=row[1] is not None) for row in rows
    ]


def attachments(session: Session, incident: Incident, *, hidden: bool) -> Sequence[Attachment]:
    """Return the files in the order they came; those hidden only for whoever may see them."""
    found = select(Attachment).where(Attachment.incident_id == incident.id)
    if not hidden:
        found = found.where(Attachment.hidden_at.is_(None))
    return session.scalars(found.order_by(Attachment.id)).all()


def contacts(session: Session, incident: Incident) -> Sequence[Contact]:
    """Return what is known of a caller, masked."""
    return session.scalars(
        select(Contact).where(Contact.incident_id == incident.id).order_by(Contact.field)
    ).all()


def has_merged(session: Session, incident_id: int) -> bool:
    """Whether others are merged into an incident."""
    found = select(Incident.id).where(Incident.merged_into_id == incident_id)
    return session.scalar(found.limit(1)) is not None


def merged_here(session: Session, incident: Incident) -> Sequence[Incident]:
    """Return the incidents merged into this one."""
    return session.scalars(
        select(Incident).where(Incident.merged_into_id == incident.id).order_by(Incident.id)
    ).all()


def master_of(session: Session, viewer: Viewer, incident: Incident) -> Master | None:
    """Return what an incident is merged into, or None.

    Whoever may see a merged incident is told how it goes on with the other, and nothing more of it.
    """
    if incident.merged_into_id is None:
        return None
    row = session.execute(
        select(Incident, visible(viewer)).where(Incident.id == incident.merged_into_id)
    ).one()
    joined = incident.id in operations.joined_ids(session, [incident.id])
    return Master(row[0], may_see=bool(row[1]), is_joined=joined)


def follows(session: Session, viewer: Viewer, incident: Incident) -> bool:
    """Whether the viewer follows it."""
    return session.get(Tie, (viewer.account_id, TieKind.FOLLOWS, incident.id)) is not None


def reporter_party(session: Session, incident: Incident) -> int | None:
    """Return whose account reported it, by the register's number, or None."""
    return session.scalar(select(Account.party_id).where(Account.id == incident.reporter_id))


def reporter_name(session: Session, incident: Incident) -> str:
    """Return the name of the account that reported it, or nothing."""
    if incident.reporter_id is None:
        return ""
    name = session.scalar(select(Account.display_name).where(Account.id == incident.reporter_id))
    return name or ""
