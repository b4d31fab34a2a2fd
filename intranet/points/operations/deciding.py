"""Claims decided: approved into publicity, objected to, posted when nobody objects."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from intranet import clock
from intranet.access import Viewer
from intranet.acts import Act
from intranet.errors import DomainError, InputError
from intranet.points.models import (
    APPROVERS,
    AccountKind,
    Claim,
    ClaimState,
    ClaimVerb,
    Entry,
    EntryKind,
    Phase,
    Rule,
    Sign,
)
from intranet.points.operations.accounts import (
    issued_account,
    open_period,
    party_account,
    take_turn,
    taken_account,
)
from intranet.points.operations.apart import check_apart
from intranet.points.operations.caps import check_caps
from intranet.points.operations.claiming import lock, move, step
from intranet.points.operations.homes import is_of_home
from intranet.points.operations.posting import Draft, Leg, post, resolve, transfers_of
from intranet.points.operations.telling import tell_of
from intranet.register.models import Party

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

WORDS_MAX = 300


def approve(
    session: Session, *, actor: Viewer, at: datetime, claim: Claim, version: int, address: str = ""
) -> None:
    """Approve a claim: its points are pending while it is public.

    Raises DomainError where the actor filed it, belongs to the party, or may not approve this
    rule; where the party was erased; where a cap would be passed; where it was decided meanwhile.
    """
    take_turn(session)
    rule = session.get_one(Rule, claim.rule_id)
    check_person(session, actor, claim)
    if session.get_one(Party, claim.party_id).erased_at is not None:
        raise DomainError("This party was erased: nothing more is approved for it")
    if not may_approve(actor, rule, claim.grid_path):
        raise DomainError("This rule is approved by somebody else")
    move(session, claim, ClaimVerb.APPROVE, at=at, actor=actor, version=version)
    claim.approved_by = actor.account_id
    check_caps(session, rule, claim)
    make_public(session, rule, claim, actor.account_id, at)
    tell_of(session, claim, ClaimVerb.APPROVE, at=at)
    note(session, claim, "points:claim:approve", actor=actor, at=at, address=address)


def refuse(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    claim: Claim,
    version: int,
    words: str,
    address: str = "",
) -> None:
    """Refuse a claim, and say why.

    Raises InputError (``words``), and what ``approve`` raises for the person.
    """
    said = said_of(words)
    check_person(session, actor, claim)
    if not may_approve(actor, session.get_one(Rule, claim.rule_id), claim.grid_path):
        raise DomainError("This rule is approved by somebody else")
    move(session, claim, ClaimVerb.REFUSE, at=at, actor=actor, version=version, words=said)
    tell_of(session, claim, ClaimVerb.REFUSE, at=at)
    note(session, claim, "points:claim:refuse", actor=actor, at=at, address=address)


def undo(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    claim: Claim,
    version: int,
    words: str,
    address: str = "",
) -> None:
    """Undo what was approved by mistake, while it is public; later two persons correct the entry.

    Raises InputError (``words``); DomainError where the actor belongs to the party, or it is
    posted already.
    """
    take_turn(session)
    said = said_of(words)
    check_home(session, actor, claim)
    let_go_by_mistake(session, actor=actor, at=at, claim=claim, words=said, version=version)
    note(session, claim, "points:claim:undo", actor=actor, at=at, address=address)


def let_go_by_mistake(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    claim: Claim,
    words: str,
    version: int | None = None,
) -> None:
    """Let go what is public, whoever may; the caller has taken the turn and asked who it is."""
    move(session, claim, ClaimVerb.UNDO, at=at, actor=actor, version=version, words=words)
    let_go(session, claim, actor, at)
    tell_of(session, claim, ClaimVerb.UNDO, at=at)


def check_amount(session: Session, *, entry: Entry, amount: int) -> None:
    """Refuse another amount for the entry of a claim than its rule could have given.

    Raises InputError (``amount``) for no whole units or too many of them, DomainError past a cap.
    Nothing is asked of an entry behind which stands no claim.
    """
    claim = session.scalar(select(Claim).where(Claim.posted_id == entry.id))
    if claim is None:
        return
    rule = session.get_one(Rule, claim.rule_id)
    if amount % rule.points or not 0 < amount <= rule.points * rule.units_max:
        raise InputError(
            "By its rule it comes in steps of %(points)s points, at most %(max)s at once",
            "amount",
            points=rule.points,
            max=rule.points * rule.units_max,
        )
    if amount > claim.points:
        check_caps(session, rule, claim, points=amount)


def follow_correction(
    session: Session, *, actor: Viewer, at: datetime, wrong: Entry, anew: Entry | None, words: str
) -> None:
    """Have the claim behind a corrected entry say so; nothing where there is none.

    Entered anew with another amount it stays posted, and counts against its caps with that.
    Raises what ``check_amount`` raises.
    """
    claim = session.scalar(select(Claim).where(Claim.posted_id == wrong.id))
    if claim is None:
        return
    if anew is None:
        move(session, claim, ClaimVerb.REVERSE, at=at, actor=actor, words=words)
    else:
        lock(session, claim)
        points = sum(one.amount for one in transfers_of(session, anew))
        check_amount(session, entry=wrong, amount=points)
        rule = session.get_one(Rule, claim.rule_id)
        claim.posted_id, claim.points, claim.units = anew.id, points, points // rule.points
        session.flush()
        step(session, claim, ClaimVerb.AMEND, at=at, actor=actor, words=words)
    tell_of(session, claim, ClaimVerb.REVERSE if anew is None else ClaimVerb.AMEND, at=at)


def post_claim(session: Session, *, claim: Claim, at: datetime) -> bool:
    """Post a claim whose publicity has ended; False where it is not due, or not any more."""
    take_turn(session)
    lock(session, claim)
    today = clock.day_of(at)
    is_public = claim.state is ClaimState.PUBLICITY
    if not is_public or claim.publicity_ends_on is None or claim.publicity_ends_on >= today:
        return False
    entry = resolve(
        session,
        session.get_one(Entry, claim.pending_id),
        phase=Phase.POST,
        key=f"claim:{claim.id}:post",
        effective_on=day_of(claim, at),
        at=at,
    )
    move(session, claim, ClaimVerb.POST, at=at, actor=None)
    claim.posted_id = entry.id
    session.flush()
    tell_of(session, claim, ClaimVerb.POST, at=at)
    return True


def may_approve(viewer: Viewer, rule: Rule, grid_path: str) -> bool:
    """Whether the viewer holds a role there from which on the rule lets one approve."""
    roles = APPROVERS[rule.level]
    return any(grant.role in roles and grid_path.startswith(grant.path) for grant in viewer.grants)


def make_public(session: Session, rule: Rule, claim: Claim, approver_id: int, at: datetime) -> None:
    """Write the claim's points as pending; they are nobody's to spend yet."""
    year = claim.happened_on.year
    open_period(session, year=year)
    account = party_account(session, party_id=claim.party_id, year=year)
    if rule.sign is Sign.EARN:
        source = issued_account(session, year=year, dimension=rule.dimension)
        leg, kind = Leg(source, account, claim.points, Phase.PENDING), EntryKind.GRANT
    else:
        taken = taken_account(session, kind=AccountKind.DEDUCTED, year=year)
        leg, kind = Leg(account, taken, claim.points, Phase.PENDING), EntryKind.DEDUCT
    entry = post(
        session,
        Draft(
            key=f"claim:{claim.id}",
            kind=kind,
            legs=[leg],
            effective_on=claim.happened_on,
            actor_id=claim.made_by,
            approver_id=approver_id,
            rule=(rule.code, rule.version),
            event=claim.event or f"claim:{claim.id}",
        ),
        at=at,
    )
    claim.pending_id = entry.id
    today = clock.day_of(at)
    claim.publicity_ends_on = today + timedelta(days=rule.publicity_days)
    session.flush()


def let_go(session: Session, claim: Claim, actor: Viewer, at: datetime) -> None:
    """Let go what a claim holds pending."""
    resolve(
        session,
        session.get_one(Entry, claim.pending_id),
        phase=Phase.VOID,
        key=f"claim:{claim.id}:void",
        effective_on=day_of(claim, at),
        at=at,
        actor_id=actor.account_id,
    )


def check_person(session: Session, actor: Viewer, claim: Claim) -> None:
    """Refuse whoever filed it, gets the points, is in the team or lives with whoever does."""
    if actor.account_id == claim.made_by:
        raise DomainError("You entered it yourself; somebody else has to decide on it")
    check_home(session, actor, claim, filed_by=claim.made_by)


def check_home(
    session: Session, actor: Viewer, claim: Claim, *, filed_by: int | None = None
) -> None:
    """Refuse whoever gets the points, lives or lived with whoever does, or is in the team."""
    if is_of_home(session, actor, [claim]):
        raise DomainError("It is your own household's; somebody else has to decide on it")
    check_apart(session, actor, [claim.party_id], days=[claim.happened_on], filed_by=filed_by)


def day_of(claim: Claim, at: datetime) -> date:
    """Return today, or the last day of the claim's year once that has passed."""
    return min(clock.day_of(at), date(claim.happened_on.year, 12, 31))


def said_of(words: str) -> str:
    """Return what was said, tidied; raise InputError where it is nothing, or too much."""
    tidy = " ".join(words.split())
    if not 2 <= len(tidy) <= WORDS_MAX:
        raise InputError("Please say a few words", "words")
    return tidy


def note(
    session: Session, claim: Claim, action: str, *, actor: Viewer, at: datetime, address: str
) -> None:
    """Leave a decision on the audit trail."""
    facts: dict[str, Any] = {"rule": claim.rule_code, "points": claim.points}
    Act(actor, at, address).record(
        session, action, "points_claim", claim.id, claim.grid_path, **facts
    )
