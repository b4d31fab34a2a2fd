"""A fair is planned, changed, opened on its day, closed, or called off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.acts import Act
from intranet.errors import DomainError, InputError
from intranet.jobs.models import (
    COMING,
    FAIR_MOVES,
    Booth,
    Fair,
    FairPass,
    FairState,
    FairVerb,
    InterviewSlot,
)
from intranet.jobs.operations.deeds import changed_meanwhile

CAPACITY_MAX = 100_000
CLOSED_AT_ONCE_MAX = 200


@dataclass(frozen=True, slots=True)
class FairFacts:
    """What is said of a fair; minutes are after midnight in Beijing."""

    title: str
    held_on: date
    from_minute: int
    to_minute: int
    place: str
    address: str
    words: str = ""
    capacity: int | None = None


def plan_fair(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    grid_path: str,
    facts: FairFacts,
    address: str = "",
) -> Fair:
    """Announce a fair of a community. Raises InputError beside the field."""
    act = Act(actor, at, address)
    _check(facts, act.day)
    fair = Fair(grid_path=grid_path, made_by=act.account_id, made_at=at, changed_at=at)
    _set(fair, facts)
    session.add(fair)
    session.flush()
    note(session, act, "jobs:fair:plan", fair)
    return fair


def change_fair(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    fair: Fair,
    version: int,
    facts: FairFacts,
    address: str = "",
) -> None:
    """Change what is said of a fair that is still to come, or goes on.

    Raises InputError beside the field, DomainError where it is over or somebody was quicker.
    """
    act = Act(actor, at, address)
    take_fair(session, fair, version)
    must_be(fair, *COMING)
    if fair.state is FairState.OPEN and facts.held_on != fair.held_on:
        raise InputError("The fair goes on; its day stays", "held_on")
    _check(facts, act.day)
    if facts.capacity is not None and facts.capacity < passes_of(session, fair):
        raise InputError("More passes than that are handed out already", "capacity")
    if _has_slot_outside(session, fair, facts):
        raise InputError("Interviews are planned outside these hours", "to_minute")
    _set(fair, facts)
    fair.changed_at = at
    session.flush()
    note(session, act, "jobs:fair:change", fair)


def move_fair(
    session: Session,
    *,
    actor: Viewer | None,
    at: datetime,
    fair: Fair,
    version: int,
    verb: FairVerb,
    address: str = "",
) -> None:
    """Open the doors, close them, or call it off. Raises DomainError where that cannot be."""
    act, move = Act(actor, at, address), FAIR_MOVES[verb]
    take_fair(session, fair, version)
    must_be(fair, *move.froms)
    if move.on_its_day and fair.held_on != act.day:
        raise DomainError("The doors open on the day of the fair")
    fair.state, fair.changed_at = move.to, at
    session.flush()
    note(session, act, f"jobs:fair:{verb.value}", fair)


def close_past(session: Session, *, at: datetime) -> int:
    """Close what was left open or planned though its day is gone; return how many."""
    act = Act(None, at)
    fairs = session.scalars(
        select(Fair)
        .where(Fair.state.in_(COMING), Fair.held_on < act.day)
        .order_by(Fair.held_on, Fair.id)
        .limit(CLOSED_AT_ONCE_MAX)
        .with_for_update()
    ).all()
    for fair in fairs:
        fair.state, fair.changed_at = FairState.OVER, at
        session.flush()
        note(session, act, "jobs:fair:close", fair)
    return len(fairs)


def take_fair(session: Session, fair: Fair, version: int | None = None) -> None:
    """Take a fair's row: who comes in, is booked or handed a pass takes turns here."""
    session.refresh(fair, with_for_update=True)
    if version is not None and fair.version != version:
        raise changed_meanwhile()


def must_be(fair: Fair, *states: FairState) -> None:
    """Refuse what a fair's state forbids, with why. Raises DomainError."""
    if fair.state in states:
        return
    if fair.state is FairState.CALLED_OFF:
        raise DomainError("This fair was called off")
    if fair.state is FairState.OVER:
        raise DomainError("This fair is over")
    if fair.state is FairState.PLANNED:
        raise DomainError("The doors of this fair are not open yet")
    raise DomainError("The doors of this fair are open already")


def passes_of(session: Session, fair: Fair) -> int:
    """Return how many passes of a fair are handed out."""
    asked = select(func.count()).select_from(FairPass).where(FairPass.fair_id == fair.id)
    return session.scalar(asked) or 0


def note(
    session: Session, act: Act, action: str, fair: Fair, booth: Booth | None = None, **more: Any
) -> None:
    """Leave it on the trail, with the booth it was about."""
    if booth is None:
        act.record(session, action, "fair", fair.id, fair.grid_path, **more)
    else:
        act.record(session, action, "booth", booth.id, fair.grid_path, fair=fair.id, **more)


def _check(facts: FairFacts, today: date) -> None:
    if facts.held_on < today:
        raise InputError("A day that is still to come", "held_on")
    if not 0 <= facts.from_minute < facts.to_minute <= 24 * 60:
        raise InputError("It ends after it begins", "to_minute")
    if facts.capacity is not None and not 0 < facts.capacity <= CAPACITY_MAX:
        raise InputError("Between 1 and %(most)s people", "capacity", most=CAPACITY_MAX)
    for name in ("title", "place", "address"):
        if not getattr(facts, name):
            raise InputError("Please fill this in", name)


def _set(fair: Fair, facts: FairFacts) -> None:
    for name in FairFacts.__slots__:
        setattr(fair, name, getattr(facts, name))


def _has_slot_outside(session: Session, fair: Fair, facts: FairFacts) -> bool:
    ends = InterviewSlot.from_minute + InterviewSlot.minutes
    found = session.scalar(
        select(InterviewSlot.id)
        .join(Booth, Booth.id == InterviewSlot.booth_id)
        .where(
            Booth.fair_id == fair.id,
            (InterviewSlot.from_minute < facts.from_minute) | (ends > facts.to_minute),
        )
        .limit(1)
    )
    return found is not None
