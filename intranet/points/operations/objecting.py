"""Objections to what is public, and how a third person decides on them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from intranet import clock
from intranet.access import Viewer
from intranet.errors import DomainError, InputError
from intranet.points.models import Claim, ClaimState, ClaimStep, ClaimVerb, Rule
from intranet.points.operations.accounts import take_turn
from intranet.points.operations.apart import why_not_apart
from intranet.points.operations.caps import check_caps
from intranet.points.operations.claiming import lock, move, step
from intranet.points.operations.deciding import (
    check_person,
    let_go,
    make_public,
    note,
    said_of,
)
from intranet.points.operations.homes import is_of_home
from intranet.points.operations.telling import concerned, tell_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def object_to(session: Session, *, actor: Viewer, at: datetime, claim: Claim, words: str) -> None:
    """Object to a claim in publicity; it stays pending until a third person has decided.

    Raises InputError (``words``); DomainError where it is not in publicity, and for whoever
    objected to it before: that was decided, and somebody else may still object.
    """
    take_turn(session)
    lock(session, claim)
    if claim.state is ClaimState.PUBLICITY and has_objected(session, actor, claim):
        raise DomainError(
            "You objected to this already, and a third person decided on it; nobody objects to "
            "the same twice"
        )
    move(session, claim, ClaimVerb.OBJECT, at=at, actor=actor, words=said_of(words))
    tell_of(session, claim, ClaimVerb.OBJECT, at=at)


def dismiss(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    claim: Claim,
    version: int,
    words: str,
    address: str = "",
) -> None:
    """Find an objection without ground: publicity goes on, a day at least.

    Raises what ``uphold`` raises.
    """
    said = _decide(session, actor, claim, words)
    tomorrow = clock.day_of(at) + timedelta(days=1)
    move(session, claim, ClaimVerb.DISMISS, at=at, actor=actor, version=version, words=said)
    claim.publicity_ends_on = max(claim.publicity_ends_on or tomorrow, tomorrow)
    tell_of(session, claim, ClaimVerb.DISMISS, at=at)
    note(session, claim, "points:objection:dismiss", actor=actor, at=at, address=address)


def uphold(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    claim: Claim,
    version: int,
    words: str,
    address: str = "",
) -> None:
    """Find an objection right: what was pending is let go.

    Raises InputError (``words``); DomainError where the actor filed or approved it, objected to
    it, or one it stands in place of, or belongs to the party.
    """
    said = _decide(session, actor, claim, words)
    move(session, claim, ClaimVerb.UPHOLD, at=at, actor=actor, version=version, words=said)
    let_go(session, claim, actor, at)
    tell_of(session, claim, ClaimVerb.UPHOLD, at=at)
    note(session, claim, "points:objection:uphold", actor=actor, at=at, address=address)


def amend(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    claim: Claim,
    version: int,
    units: int,
    words: str,
    address: str = "",
) -> Claim:
    """Find an objection partly right: another claim, of other units, is made public instead.

    Raises what ``uphold`` raises; InputError (``units``); DomainError past a cap.
    """
    said = _decide(session, actor, claim, words)
    rule = session.get_one(Rule, claim.rule_id)
    if not 0 < units <= rule.units_max or units == claim.units:
        raise InputError("Another number, at most %(max)s", "units", max=rule.units_max)
    move(session, claim, ClaimVerb.AMEND, at=at, actor=actor, version=version, words=said)
    let_go(session, claim, actor, at)
    made = _in_place_of(session, claim, rule, units=units, actor=actor, at=at)
    check_caps(session, rule, made)
    make_public(session, rule, made, actor.account_id, at)
    tell_of(session, made, ClaimVerb.AMEND, at=at)
    note(session, claim, "points:objection:amend", actor=actor, at=at, address=address)
    return made


def _in_place_of(
    session: Session, claim: Claim, rule: Rule, *, units: int, actor: Viewer, at: datetime
) -> Claim:
    """Return a claim of other units, made by whoever made the first and approved by the actor."""
    made = Claim(
        rule_id=rule.id,
        rule_code=rule.code,
        party_id=claim.party_id,
        home_id=claim.home_id,
        grid_path=claim.grid_path,
        units=units,
        points=units * rule.points,
        happened_on=claim.happened_on,
        words=claim.words,
        source=claim.source,
        event=claim.event,
        state=ClaimState.PUBLICITY,
        made_by=claim.made_by,
        made_at=claim.made_at,
        approved_by=actor.account_id,
        replaces_id=claim.id,
    )
    session.add(made)
    session.flush()
    step(session, made, ClaimVerb.AMEND, at=at, actor=actor)
    return made


def has_objected(session: Session, viewer: Viewer, claim: Claim) -> bool:
    """Whether somebody has objected to this very claim."""
    found = select(ClaimStep.id).where(
        ClaimStep.claim_id == claim.id,
        ClaimStep.verb == ClaimVerb.OBJECT,
        ClaimStep.by == viewer.account_id,
    )
    return session.scalar(found.limit(1)) is not None


def may_decide(session: Session, viewer: Viewer, claim: Claim) -> bool:
    """Whether somebody is a third person: of another home, and had no part in it so far."""
    if viewer.account_id in concerned(session, claim) or is_of_home(session, viewer, [claim]):
        return False
    days = [claim.happened_on]
    return not why_not_apart(session, viewer, [claim.party_id], days=days, filed_by=claim.made_by)


def _decide(session: Session, actor: Viewer, claim: Claim, words: str) -> str:
    take_turn(session)
    lock(session, claim)
    said = said_of(words)
    check_person(session, actor, claim)
    if actor.account_id in concerned(session, claim):
        raise DomainError("A third person decides on an objection")
    return said
