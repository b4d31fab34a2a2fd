"""Several reports of one thing become one, and come apart again when that was a slip."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.errors import DomainError, InputError
from intranet.incidents.models import (
    ENDED,
    MOVES,
    PAUSED,
    Incident,
    Source,
    State,
    Verb,
    numbered,
)
from intranet.incidents.operations.history import Act, overtaken, said, take
from intranet.incidents.operations.moves import check
from intranet.incidents.operations.releasing import take_out

MERGE_MAX = 50
NOT_TAKING = ENDED | PAUSED | {State.DRAFT}


def merge(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    into: Incident,
    others: Sequence[Incident],
    words: str = "",
    turns: dict[int, int] | None = None,
    address: str = "",
) -> None:
    """Merge the others into one; all or none.

    ``turns``: each incident's as the form saw it, by id. Raises InputError for nobody or itself,
    Overtaken or DomainError for one that may not be merged.
    """
    chosen = list({one.id: one for one in others}.values())
    if not chosen or len(chosen) > MERGE_MAX:
        raise InputError("Choose 1 to %(most)d incidents", "others", most=MERGE_MAX)
    if any(one.id == into.id for one in chosen):
        raise InputError("An incident cannot be merged into itself", "into")
    reason = said(words)
    acts = _take_all(session, [into, *chosen], actor, at=at, turns=turns or {}, address=address)
    if into.state in NOT_TAKING:
        raise DomainError("The incident to merge into is not being worked on")
    for one in chosen:
        act = acts[one.id]
        check(act, MOVES[Verb.MERGE], was_seen=turns is not None and one.id in turns)
        if session.scalar(select(Incident.id).where(Incident.merged_into_id == one.id).limit(1)):
            raise DomainError(
                "Others were merged into %(number)s: merge into it",
                number=numbered(one.short_number),
            )
        one.merged_into_id = into.id
        act.write(Verb.MERGE, State.MERGED, reason, into=into.id)
        acts[into.id].write(Verb.ABSORB, None, "", incident=one.id, number=one.number)


def take_in(session: Session, into: Incident, *, at: datetime) -> Act | None:
    """Lock what a report says the same of; None when it is not being worked on any more.

    Nobody acts on it: its history names no other reporter, who does not come to see it either.
    """
    act = take(session, incident=into, actor=None, at=at)
    return None if into.state in NOT_TAKING else act


def join(child: Act, into: Act) -> None:
    """Merge a report into what its own reporter says it is the same as."""
    child.incident.merged_into_id = into.incident.id
    child.write(Verb.MERGE, State.MERGED, "", into=into.incident.id, joined=True)
    number = child.incident.number
    into.write(Verb.ABSORB, None, "", incident=child.incident.id, number=number, joined=True)


def joined_before(session: Session, into: Incident, actor: Viewer) -> Incident | None:
    """Return a person's own report that was merged into it before, or None; not a caller's."""
    return session.scalar(
        select(Incident)
        .where(
            Incident.merged_into_id == into.id,
            Incident.reporter_id == actor.account_id,
            Incident.source != Source.CALLER,
        )
        .order_by(Incident.id)
        .limit(1)
    )


def unmerge(
    session: Session, *, actor: Viewer, at: datetime, incident: Incident, address: str = ""
) -> None:
    """Take a merging back within its window: the incident goes on where it was."""
    into = session.get_one(Incident, incident.merged_into_id) if incident.merged_into_id else None
    both = [incident] if into is None else [incident, into]
    acts = _take_all(session, both, actor, at=at, turns={}, address=address)
    act = acts[incident.id]
    check(act, MOVES[Verb.UNMERGE])
    if into is None or incident.merged_into_id != into.id:  # merged anew before it was locked
        raise overtaken(session, incident)
    take_out(act, acts[into.id])


def _take_all(
    session: Session,
    incidents: Sequence[Incident],
    actor: Viewer,
    *,
    at: datetime,
    turns: dict[int, int],
    address: str,
) -> dict[int, Act]:
    """Lock all in one order, so that two who merge crosswise do not wait for each other."""
    return {
        one.id: take(
            session,
            incident=one,
            actor=actor,
            at=at,
            turn=turns.get(one.id),
            address=address,
        )
        for one in sorted(incidents, key=lambda one: one.id)
    }
