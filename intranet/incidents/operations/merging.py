"""Several reports of one thing become one, and come apart again when that was a slip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.errors import DomainError, InputError
from intranet.incidents.models import (
    AT_DESK,
    ENDED,
    MOVES,
    PAUSED,
    WITH_HANDLER,
    Incident,
    Source,
    State,
    Verb,
)
from intranet.incidents.operations.history import Act, overtaken, said, take
from intranet.incidents.operations.moves import check
from intranet.incidents.operations.releasing import joined_ids, take_out

MERGE_MAX = 50
NOT_TAKING = ENDED | PAUSED | {State.DRAFT}
# What stands at its check is done: met again, it is another.
JOINABLE = AT_DESK | WITH_HANDLER


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
    """Merge the others into one, with all that was merged into them; all or none.

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
        along = _take_along(act)
        _put_in(act, acts[into.id], reason)
        for child, joined in along:
            _put_in(child, acts[into.id], **{"along": True, **joined})


def _put_in(child: Act, into: Act, words: str = "", **details: Any) -> None:
    child.incident.merged_into_id = into.incident.id
    child.write(Verb.MERGE, State.MERGED, words, into=into.incident.id, **details)
    number = child.incident.number
    into.write(Verb.ABSORB, None, "", incident=child.incident.id, number=number, **details)


def _take_along(old: Act) -> list[tuple[Act, dict[str, Any]]]:
    """Take out what was merged into one that is merged itself now: it goes on with where that goes.

    Returns them with whether the reporter joined it: such a one stays joined. Whoever merges need
    not be able to see them, and does not come to have to do with them.
    """
    session = old.session
    merged = session.scalars(
        select(Incident).where(Incident.merged_into_id == old.incident.id).order_by(Incident.id)
    ).all()
    joined = joined_ids(session, [one.id for one in merged])
    along = []
    for one in merged:
        child = take(session, incident=one, actor=old.actor, at=old.at, address=old.address)
        child.makes_ties = False
        take_out(child, old, along=True)
        along.append((child, {"joined": True} if one.id in joined else {}))
    return along


@dataclass(frozen=True, slots=True)
class Wish:
    """That a report be joined to another, as its maker chose; ``into`` is None where it is gone.

    ``may_ask``: the form is open, so it can be shown again with what is offered now.
    """

    into: Incident | None
    may_ask: bool = False


class OfferChangedError(DomainError):
    """What was chosen to be joined is not offered any more."""


def fulfil(child: Act, wish: Wish | None) -> Act | None:
    """Lock what a report is to be joined to, or return None: it is then one of its own.

    It must be at the desk or with a handler, hold nothing that the same person joined already, and
    nothing may have been merged into the report itself. Nobody acts on it: its history names no
    other reporter, who does not come to see it either. Raises OfferChangedError where the form can
    ask again.
    """
    if wish is None:
        return None
    if wish.into is None:
        if wish.may_ask:
            raise OfferChangedError(
                "What was offered has changed meanwhile: choose anew, or report all the same"
            )
        return None
    into = take(child.session, incident=wish.into, actor=None, at=child.at)
    if into.incident.state not in JOINABLE or _has_merged(child.session, child.incident):
        return None
    return None if _joined_before(into, child) else into


def join(child: Act, into: Act) -> None:
    """Merge a report into what its own reporter says it is the same as."""
    _put_in(child, into, joined=True)


def _has_merged(session: Session, incident: Incident) -> bool:
    found = select(Incident.id).where(Incident.merged_into_id == incident.id)
    return session.scalar(found.limit(1)) is not None


def _joined_before(into: Act, child: Act) -> bool:
    """Whether the reporter has a report in it already; callers are each another."""
    mine = child.incident
    if mine.source is Source.CALLER or mine.reporter_id is None:
        return False
    found = select(Incident.id).where(
        Incident.merged_into_id == into.incident.id,
        Incident.reporter_id == mine.reporter_id,
        Incident.source != Source.CALLER,
    )
    return into.session.scalar(found.limit(1)) is not None


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
