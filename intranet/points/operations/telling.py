"""Who is told what became of points: the home they are for, whoever filed it, who decides."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from intranet.access import Permission, Viewer
from intranet.i18n import N_
from intranet.notices.models import Topic
from intranet.notices.operations import tell
from intranet.people.models import Account
from intranet.people.operations.answering import who_answers
from intranet.points.models import Claim, ClaimStep, ClaimVerb, Gathering, Rule, Sign
from intranet.points.operations.apart import members_of
from intranet.register.models import Party

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

WORDS: dict[ClaimVerb, str] = {
    ClaimVerb.APPROVE: N_("Approved and in publicity: %(rule)s, %(points)s points"),
    ClaimVerb.REFUSE: N_("Not approved: %(rule)s. The reason stands there."),
    ClaimVerb.OBJECT: N_("Somebody objected: %(rule)s. A third person decides."),
    ClaimVerb.DISMISS: N_("The objection was without ground: %(rule)s, %(points)s points"),
    ClaimVerb.UPHOLD: N_("After an objection it does not count: %(rule)s"),
    ClaimVerb.AMEND: N_("Corrected after an objection: %(rule)s"),
    ClaimVerb.POST: N_("The points are there: %(rule)s, %(points)s points"),
    ClaimVerb.UNDO: N_("The approval was undone: %(rule)s"),
    ClaimVerb.REVERSE: N_("Undone in the ledger: %(rule)s"),
}
WELL = frozenset({ClaimVerb.APPROVE, ClaimVerb.POST, ClaimVerb.DISMISS})
ENDS_OBJECTION = frozenset({ClaimVerb.DISMISS, ClaimVerb.UPHOLD, ClaimVerb.AMEND})
TAKEN = N_("Points are to be taken away: %(rule)s, %(points)s points. You may object there.")
UNDOING_WAITS = N_("What was entered for many on %(day)s is to be undone; you may confirm it.")
WAITS = N_("An objection to points waits for a third person: %(rule)s")


def tell_of(session: Session, claim: Claim, verb: ClaimVerb, *, at: datetime) -> None:
    """Tell the home of a claim, or the team, what became of it, each once.

    Whoever filed it for others is told what went wrong with it, and whoever objected what came
    of that: a member who enters fifty neighbours is not told a hundred times that all is well.
    """
    rule = session.get_one(Rule, claim.rule_id)
    is_taking = verb is ClaimVerb.APPROVE and rule.sign is Sign.DEDUCT
    words = TAKEN if is_taking else WORDS.get(verb)
    if words is None:
        return
    to = at_home(session, claim.party_id, days=[claim.happened_on])
    if verb not in WELL and claim.made_by is not None:
        to.add(claim.made_by)
    if verb in ENDS_OBJECTION:
        to |= _objectors(session, claim)
    _tell(session, claim, rule, to=to, key=f"points:{claim.id}:{claim.version}", words=words, at=at)
    if verb is ClaimVerb.OBJECT:
        _tell(
            session,
            claim,
            rule,
            to=who_answers(
                session,
                grid_path=claim.grid_path,
                permission=Permission.POINTS_OBJECTION_DECIDE,
                but={*to, *concerned(session, claim)},
            ),
            key=f"points:{claim.id}:{claim.version}:waits",
            words=WAITS,
            at=at,
        )


def _tell(
    session: Session,
    claim: Claim,
    rule: Rule,
    *,
    to: set[int],
    key: str,
    words: str,
    at: datetime,
) -> None:
    tell(
        session,
        to=to,
        key=key,
        topic=Topic.POINTS,
        words=words,
        params={"rule": rule.title, "points": claim.points},
        url=f"/points/claims/{claim.id}",
        urgent=False,
        at=at,
        grid_path=claim.grid_path,
    )


def at_home(session: Session, party_id: int, *, days: Collection[date] = ()) -> set[int]:
    """Return the accounts of a party and of those who live in it.

    Of a team: of its members, those of now and of some days.
    """
    lives = or_(Party.id == party_id, Party.household_id == party_id)
    found = select(Account.id).join(Party, Party.id == Account.party_id).where(lives)
    persons = members_of(session, party_id, days=days)
    members = select(Account.id).where(Account.party_id.in_(persons))
    return {*session.scalars(found), *(session.scalars(members) if persons else ())}


def tell_that_undoing_waits(
    session: Session, gathering: Gathering, *, actor: Viewer, at: datetime
) -> None:
    """Tell whoever may confirm it that a gathering is to be undone in the ledger."""
    tell(
        session,
        to=who_answers(
            session,
            grid_path=gathering.grid_path,
            permission=Permission.POINTS_ENTRY_CORRECT,
            but={actor.account_id},
        ),
        key=f"points:gathering:{gathering.id}:{at.isoformat()}",
        topic=Topic.POINTS,
        words=UNDOING_WAITS,
        params={"day": gathering.happened_on.isoformat()},
        url=f"/points/gathering/{gathering.id}",
        urgent=False,
        at=at,
        grid_path=gathering.grid_path,
    )


def concerned(session: Session, claim: Claim) -> set[int]:
    """Return who filed, approved or objected to a claim or to any that it stands in place of."""
    columns = (Claim.id, Claim.replaces_id, Claim.made_by, Claim.approved_by)
    chain = select(*columns).where(Claim.id == claim.id).cte("chain", recursive=True)
    chain = chain.union_all(select(*columns).join(chain, Claim.id == chain.c.replaces_id))
    objected = select(ClaimStep.by).where(
        ClaimStep.verb == ClaimVerb.OBJECT, ClaimStep.claim_id.in_(select(chain.c.id))
    )
    found = session.scalars(
        select(chain.c.made_by).union_all(select(chain.c.approved_by), objected)
    )
    return {one for one in found if one is not None}


def _objectors(session: Session, claim: Claim) -> set[int]:
    """Return who objected to a claim, or to the one it stands in place of."""
    found = session.scalars(
        select(ClaimStep.by).where(
            ClaimStep.claim_id.in_((claim.id, claim.replaces_id or claim.id)),
            ClaimStep.verb == ClaimVerb.OBJECT,
            ClaimStep.by.is_not(None),
        )
    )
    return {one for one in found if one is not None}
