"""Writing an incident's history, and reading it back: the row is what its events make of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from intranet import audit
from intranet.access import Viewer
from intranet.clock import BEIJING
from intranet.errors import DomainError, InputError
from intranet.incidents.models import (
    OPEN,
    Category,
    Hand,
    Incident,
    IncidentEvent,
    State,
    Tie,
    TieKind,
    Verb,
)
from intranet.incidents.operations.clocks import clocks
from intranet.incidents.operations.limits import keep, read_limits, steps_of
from intranet.incidents.operations.pace import keep_paces
from intranet.incidents.operations.ringing import NOTHING, rung_of
from intranet.incidents.operations.telling import tell_of
from intranet.people.models import Account

WORDS_MAX = 2000


class Overtaken(DomainError):  # noqa: N818 — it is named for what happened
    """Somebody else was faster; the words name whom, and when."""


@dataclass(slots=True)
class Act:
    """One person's (or, without an actor, the house's) act on one locked incident."""

    session: Session
    incident: Incident
    actor: Viewer | None
    at: datetime
    address: str = ""
    makes_ties: bool = True  # the actor comes to have to do with the incident, and may see it

    @property
    def matter(self) -> Category:
        """What the incident is about; whatever was sent says it."""
        assert self.incident.category_id is not None
        return self.session.get_one(Category, self.incident.category_id)

    def write(
        self, verb: Verb, to: State | None = None, words: str = "", **details: Any
    ) -> IncidentEvent:
        """Append an event, move the incident's state if it changes it, and keep its clocks."""
        incident = self.incident
        event = IncidentEvent(
            incident_id=incident.id,
            verb=verb,
            at=self.at,
            actor_id=self.actor.account_id if self.actor else None,
            from_state=incident.state,
            to_state=to,
            round=incident.round,
            words=words,
            details=json.dumps(details, ensure_ascii=False, sort_keys=True),
        )
        self.session.add(event)
        if to is not None:
            incident.previous_state, incident.state = incident.state, to
            incident.is_open = to in OPEN
            incident.asked_for, incident.asked_by_id, incident.asked_minutes = None, None, 0
            incident.turn += 1
        self.session.flush()
        incident.latest_event_id = event.id
        incident.changed_at = self.at
        if to is not None:
            self.count_clocks()
        if self.actor is not None and self.makes_ties:
            tie(self.session, self.actor.account_id, TieKind.ACTED, incident.id)
        self.session.flush()
        tell_of(self.session, incident, event)
        return event

    def count_clocks(self) -> None:
        """Work the clocks out from the history, as it now stands."""
        incident = self.incident
        limits = read_limits(self.session).of(incident.category_id, incident.urgency)
        steps = steps_of(self.session, [incident.id])[incident.id]
        rung = rung_of(self.session, [incident.id]).get(incident.id, NOTHING)
        keep(incident, clocks(steps, limits, incident.extension_minutes), rung)
        keep_paces(incident, steps)

    def lay_hand_on(self) -> None:
        """Note that the actor has handled the incident in this round."""
        if self.actor is not None:
            lay_hand(self.session, self.incident, self.actor.account_id)


def take(
    session: Session,
    *,
    incident: Incident,
    actor: Viewer | None,
    at: datetime,
    turn: int | None = None,
    address: str = "",
) -> Act:
    """Lock an incident for one act.

    ``turn`` is the incident's as the form saw it (None: whatever it is now). Raises Overtaken
    when something happened since that changes what may be done.
    """
    audit.take_turn(session)  # so that event ids are in the order of commits
    session.refresh(incident, with_for_update=True)
    if turn is not None and turn != incident.turn:
        raise overtaken(session, incident)
    return Act(session, incident, actor, max(at, _latest_at(session, incident)), address)


def _latest_at(session: Session, incident: Incident) -> datetime:
    """Two clocks of two machines may differ by a little; a history does not run backwards."""
    found = session.scalar(
        select(IncidentEvent.at).where(IncidentEvent.id == incident.latest_event_id)
    )
    return found or incident.changed_at


def overtaken(session: Session, incident: Incident) -> Overtaken:
    """Return the refusal that tells who has moved the incident last, and when."""
    latest = session.execute(
        select(Account.display_name, IncidentEvent.at)
        .outerjoin(Account, Account.id == IncidentEvent.actor_id)
        .where(IncidentEvent.incident_id == incident.id, IncidentEvent.to_state.is_not(None))
        .order_by(IncidentEvent.id.desc())
        .limit(1)
    ).one_or_none()
    if latest is None or latest.display_name is None:
        return Overtaken("Something has happened here since; this is how it stands now")
    return Overtaken(
        "%(name)s was faster, at %(time)s; this is how it stands now",
        name=latest.display_name,
        time=latest.at.astimezone(BEIJING).strftime("%H:%M"),
    )


def lay_hand(session: Session, incident: Incident, account_id: int) -> None:
    """Note that an account has handled the incident in this round."""
    row = {"incident_id": incident.id, "round": incident.round, "account_id": account_id}
    insert_once(session, Hand, row)


def tie(session: Session, account_id: int, kind: TieKind, incident_id: int) -> None:
    """Put an incident on one of an account's own lists, once."""
    row = {"account_id": account_id, "kind": kind, "incident_id": incident_id}
    insert_once(session, Tie, row)


def follow(session: Session, *, viewer: Viewer, incident: Incident, wanted: bool) -> None:
    """Put an incident on the list of what the viewer follows, or take it off; either is final."""
    if wanted:
        tie(session, viewer.account_id, TieKind.FOLLOWS, incident.id)
    else:
        session.execute(
            delete(Tie).where(
                Tie.account_id == viewer.account_id,
                Tie.kind == TieKind.FOLLOWS,
                Tie.incident_id == incident.id,
            )
        )


def insert_once(session: Session, model: type[Any], row: dict[str, Any]) -> bool:
    """Insert a row unless it is there; return whether it was not."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(model).values(row).on_conflict_do_nothing()
    key = next(iter(model.__table__.primary_key))
    return session.execute(statement.returning(key)).first() is not None


def said(words: str, field_name: str = "words", *, least: int = 0) -> str:
    """Return words tidied; raise InputError when there are too few or too many."""
    tidy = words.strip()
    if len(tidy) < least:
        raise InputError("Please say a few words", field_name)
    if len(tidy) > WORDS_MAX:
        raise InputError("At most %(most)d characters", field_name, most=WORDS_MAX)
    return tidy


@dataclass(frozen=True, slots=True)
class Standing:
    """What a history makes of an incident."""

    state: State
    previous_state: State | None
    round: int
    extension_minutes: int
    merged_into: int | None
    category_id: int | None
    urgency: str | None
    desk_id: int | None
    grid_id: int | None  # None in histories that began before it was written down
    assignees: frozenset[tuple[str, int]]


def _grid_id(path: str | None) -> int | None:
    return int(path.split(".")[-2]) if path else None


def replay(events: Iterable[IncidentEvent]) -> Standing:
    """Return where a history, oldest first, leaves the incident; raises ValueError on a gap."""
    state, previous, merged, extension, this_round = State.DRAFT, None, None, 0, 1
    facts: dict[str, Any] = dict.fromkeys(("category", "urgency", "desk", "grid"))
    assignees: frozenset[tuple[str, int]] = frozenset()
    for number, event in enumerate(events):
        if number and event.from_state is not state:
            message = f"event {event.id} begins at {event.from_state}, the one before left {state}"
            raise ValueError(message)
        details = json.loads(event.details)
        facts |= {name: details[name] for name in facts if name in details}
        if "assignees" in details:
            assignees = frozenset((kind, key) for kind, key in details["assignees"])
        this_round = event.round
        if event.verb is Verb.REOPEN:
            extension = 0
        if event.verb is Verb.EXTEND:
            extension += details["minutes"]
        if event.to_state is not None:
            previous, state = event.from_state, event.to_state
            merged = details.get("into") if state is State.MERGED else None
    return Standing(
        state=state,
        previous_state=previous,
        round=this_round,
        extension_minutes=extension,
        merged_into=merged,
        category_id=facts["category"],
        urgency=facts["urgency"],
        # The grids themselves: a path changes when a grid moves to another place in the tree.
        desk_id=_grid_id(facts["desk"]),
        grid_id=_grid_id(facts["grid"]),
        assignees=assignees,
    )
