"""Objections to published standings, and who decides them: neither side of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.acts import Act
from intranet.errors import DomainError, InputError
from intranet.points.models import Settlement, SettlementState, Window, YearObjection
from intranet.points.operations.accounts import take_turn
from intranet.points.operations.apart import serves
from intranet.points.operations.caps import span
from intranet.points.operations.homes import homes_of
from intranet.points.operations.outlook import outlook
from intranet.points.operations.planning import record, take
from intranet.points.operations.settling import WORDS_MAX, to_draft


def object_to_year(
    session: Session,
    settlement: Settlement,
    *,
    words: str,
    actor: Viewer,
    at: datetime,
    address: str = "",
) -> YearObjection:
    """Object to published standings, once; to others that are published later, once more.

    Raises InputError without words, DomainError for whoever objected to these already and was
    not found right.
    """
    take(session, settlement, None, SettlementState.PUBLICITY)
    tidy = words.strip()
    if not 0 < len(tidy) <= WORDS_MAX:
        raise InputError("Say what is wrong", "words")
    act = Act(actor, at, address)
    if settlement.publicity_until is None or act.day > settlement.publicity_until:
        raise DomainError("The days for objections are over")
    _check_first(session, settlement, actor)
    made = YearObjection(
        settlement_id=settlement.id,
        made_by=actor.account_id,
        made_at=at,
        words=tidy,
        of_sha256=settlement.snapshot_sha256,
    )
    session.add(made)
    session.flush()
    record(session, act, "object", settlement, objection=made.id)
    return made


def decide_objection(
    session: Session,
    settlement: Settlement,
    objection: YearObjection,
    *,
    upheld: bool,
    answer: str,
    actor: Viewer,
    at: datetime,
    address: str = "",
) -> None:
    """Decide an objection: one that is right takes the standings down, to be published anew.

    Raises DomainError where it was decided, or whoever made it, or somebody of a home that the
    standings would honour, would decide it.
    """
    take_turn(session)
    session.refresh(settlement, with_for_update=True)
    session.refresh(objection)
    if objection.decided_at is not None:
        raise DomainError("This was decided already")
    if objection.made_by == actor.account_id:
        raise DomainError("Somebody else has to decide it")
    _check_not_honoured(session, settlement, actor)
    tidy = answer.strip()
    if not 0 < len(tidy) <= WORDS_MAX:
        raise InputError("Say why", "answer")
    objection.upheld, objection.answer = upheld, tidy
    objection.decided_by, objection.decided_at = actor.account_id, at
    if upheld and settlement.state is SettlementState.PUBLICITY:
        to_draft(session, settlement)
    session.flush()
    facts: dict[str, Any] = {"objection": objection.id, "upheld": upheld}
    record(session, Act(actor, at, address), "decide", settlement, **facts)


def _check_first(session: Session, settlement: Settlement, actor: Viewer) -> None:
    """Refuse whoever said something against these very standings that waits or was not right."""
    said = select(YearObjection.id).where(
        YearObjection.settlement_id == settlement.id,
        YearObjection.made_by == actor.account_id,
        YearObjection.of_sha256 == settlement.snapshot_sha256,
        YearObjection.upheld.is_not(True),
    )
    if session.scalar(said.limit(1)) is not None:
        raise DomainError("You have objected to these standings already; read the answer below")


def _check_not_honoured(session: Session, settlement: Settlement, actor: Viewer) -> None:
    """Refuse whoever would be honoured by these standings, or lives with somebody who would.

    Whoever moved out since that year began lives there still, and of a team it is who holds a post
    in it now or held one when the year ended.
    """
    honoured = {one.standing.earned.party_id for one in outlook(session, settlement).awards}
    first, last = span(date(settlement.year, 1, 1), Window.YEAR)
    theirs = homes_of(session, honoured, since=first)
    mine = set(actor.party_ids)
    if actor.party_id is not None:
        mine |= homes_of(session, {actor.party_id}, since=first)
    if not theirs.isdisjoint(mine):
        raise DomainError(
            "These standings would honour your own household; somebody else has to decide it"
        )
    if serves(session, honoured, actor.party_id, days=[last]):
        raise DomainError(
            "These standings would honour your own team; somebody else has to decide it"
        )
