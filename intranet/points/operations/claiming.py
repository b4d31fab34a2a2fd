"""Claims filed, taken back and entered for many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from intranet import clock
from intranet.access import Permission, Viewer, allowed
from intranet.acts import Act
from intranet.errors import DomainError, InputError
from intranet.points.models import (
    MOVES,
    Claim,
    ClaimPhoto,
    ClaimSource,
    ClaimState,
    ClaimStep,
    ClaimVerb,
    Evidence,
    Gathering,
    Occasion,
    Period,
    PeriodState,
    Rule,
    Sign,
)
from intranet.points.operations.homes import home_of, homes_of, is_dissolved, is_gone
from intranet.points.operations.rules import rule_on, rules_for
from intranet.points.operations.settled import check_not_settled
from intranet.register.models import Party, PartyKind

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from intranet.pictures import Picture

WORDS_MAX = 300
TITLE_MAX = 60
PHOTOS_MAX = 4
BACK_DAYS = 60  # so long ago may have been what is claimed
PEOPLE_MAX = 400


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo that lies in the store already."""

    file_key: str
    thumbnail_key: str
    picture: Picture


@dataclass(frozen=True, slots=True)
class Content:
    """What is claimed: by which rule, how much, when."""

    code: str
    units: int
    happened_on: date
    words: str = ""
    photos: Sequence[Photo] = field(default=())


def file(
    session: Session,
    *,
    actor: Viewer | None,
    at: datetime,
    party: Party,
    content: Content,
    source: ClaimSource,
    event: str = "",
) -> Claim:
    """File what a party did; it waits for somebody else to approve it.

    Raises InputError beside the field that does not fit the rule (``rule``, ``units``,
    ``happened_on``, ``words``, ``photos``), and for a party that is gone.
    """
    rule = _rule(session, party, content, at)
    _check(rule, party, content, source)
    if rule.sign is Sign.DEDUCT and not _may_take(actor, party, source):
        raise InputError("Points are taken away by the office, one by one", "rule")
    claim = _claim(rule, party, content, source=source, event=event, at=at)
    claim.made_by = actor.account_id if actor else None
    session.add(claim)
    session.flush()
    for one in content.photos:
        session.add(
            ClaimPhoto(
                claim_id=claim.id,
                file_key=one.file_key,
                thumbnail_key=one.thumbnail_key,
                width=one.picture.width,
                height=one.picture.height,
                at=at,
            )
        )
    step(session, claim, None, at=at, actor=actor)
    return claim


def offer(
    session: Session,
    *,
    occasion: Occasion,
    party: Party,
    event: str,
    happened_on: date,
    at: datetime,
    words: str,
) -> list[Claim]:
    """File what another room saw once for each event and home; return the claim, if there is one.

    It is the household's of the party before its own, by the first rule in the order of codes that
    is for them: one deed earns once, also where it is seen again after somebody has moved, or after
    it was refused. Nobody has typed it: where it does not fit nobody is told, and nothing is filed.
    """
    if not was_lately(happened_on, at) or _is_closed(session, happened_on):
        return []
    homes = homes_of(session, {party.id})
    known = select(Claim.id).where(
        Claim.event == event, or_(Claim.home_id.in_(homes), Claim.party_id.in_(homes))
    )
    if session.scalar(known.limit(1)) is not None:
        return []
    household = session.get(Party, party.household_id) if party.household_id else None
    for one in (household, party):
        if one is None or is_gone(one):
            continue
        for rule in rules_for(session, occasion=occasion, day=happened_on, grid_path=one.grid_path):
            if one.kind in rule.kind_set:
                content = Content(rule.code, 1, happened_on, words[:WORDS_MAX])
                claim = _claim(rule, one, content, source=ClaimSource.OFFERED, event=event, at=at)
                session.add(claim)
                session.flush()
                step(session, claim, None, at=at, actor=None)
                return [claim]
    return []


def withdraw(session: Session, *, actor: Viewer, at: datetime, claim: Claim, version: int) -> None:
    """Take a claim back that nobody has decided yet.

    Raises DomainError where it was decided, changed meanwhile, or is somebody else's; what is to be
    taken from a party is not that party's to take back.
    """
    if not may_withdraw(actor, claim, session.get_one(Rule, claim.rule_id)):
        raise DomainError("Only whoever filed it takes it back")
    move(session, claim, ClaimVerb.WITHDRAW, at=at, actor=actor, version=version)


def may_withdraw(viewer: Viewer, claim: Claim, rule: Rule) -> bool:
    """Whether a claim is somebody's to take back: filed by them, or for them, to their good.

    For a team the micro-grid member acts.
    """
    is_for_them = claim.party_id in viewer.purse_ids and rule.sign is Sign.EARN
    return is_for_them or claim.made_by == viewer.account_id


def gather(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    grid_path: str,
    title: str,
    content: Content,
    parties: Sequence[Party],
    address: str = "",
) -> Gathering:
    """Enter what many did together, a claim each, to be approved by somebody else at once.

    Of one home it counts once: the household's before that of who lives there, then whose number
    is the smaller. Raises InputError beside the field; nothing is written then.
    """
    if not title:
        raise InputError("What was it?", "title")
    if not parties:
        raise InputError("Tick those who were there", "parties")
    if len(parties) > PEOPLE_MAX:
        raise InputError("At most %(max)s at once", "parties", max=PEOPLE_MAX)
    rule = _rule(session, parties[0], content, at)
    gathering = Gathering(
        rule_id=rule.id,
        grid_path=grid_path,
        title=title,
        happened_on=content.happened_on,
        made_by=actor.account_id,
        made_at=at,
    )
    session.add(gathering)
    session.flush()
    event = f"gathering:{gathering.id}"
    claims = []
    for party in _one_of_each_home(parties):
        _check(rule, party, content, ClaimSource.GATHERING)
        claim = _claim(rule, party, content, source=ClaimSource.GATHERING, event=event, at=at)
        claim.made_by = actor.account_id
        claims.append(claim)
    session.add_all(claims)
    session.flush()
    session.add_all(_step(one, None, at=at, actor=actor) for one in claims)
    session.flush()
    note_gathering(
        session, gathering, "enter", Act(actor, at, address), rule=rule.code, parties=len(claims)
    )
    return gathering


def _one_of_each_home(parties: Sequence[Party]) -> list[Party]:
    in_order = sorted(parties, key=lambda one: (one.kind is not PartyKind.HOUSEHOLD, one.id))
    first: dict[int, Party] = {}
    for one in in_order:
        first.setdefault(home_of(one), one)
    return [one for one in parties if first[home_of(one)] is one]


def move(
    session: Session,
    claim: Claim,
    verb: ClaimVerb,
    *,
    at: datetime,
    actor: Viewer | None,
    version: int | None = None,
    words: str = "",
) -> None:
    """Take a claim to its next state, and write the step down.

    Raises DomainError where the state does not allow it, or ``version`` is not the newest.
    """
    lock(session, claim)
    if version is not None and version != claim.version:
        raise DomainError("Somebody has decided on it meanwhile")
    allowed = MOVES[verb]
    if claim.state not in allowed.froms:
        raise DomainError("It was decided already")
    claim.state = allowed.to
    session.flush()
    step(session, claim, verb, at=at, actor=actor, words=words)


def lock(session: Session, claim: Claim) -> None:
    """Wait for whoever is at it, and read it as it is then; what it leads to is left alone."""
    session.flush()
    # Not by refreshing under a lock: a rule read along with it cannot be locked by PostgreSQL.
    session.execute(select(Claim.id).where(Claim.id == claim.id).with_for_update())
    session.refresh(claim, [column.key for column in Claim.__table__.columns])


def step(
    session: Session,
    claim: Claim,
    verb: ClaimVerb | None,
    *,
    at: datetime,
    actor: Viewer | None,
    words: str = "",
) -> None:
    """Write down what happened to a claim."""
    session.add(_step(claim, verb, at=at, actor=actor, words=words))
    session.flush()


def _step(
    claim: Claim,
    verb: ClaimVerb | None,
    *,
    at: datetime,
    actor: Viewer | None,
    words: str = "",
) -> ClaimStep:
    return ClaimStep(
        claim_id=claim.id,
        at=at,
        by=actor.account_id if actor else None,
        verb=verb,
        state=claim.state,
        words=words,
    )


def note_gathering(
    session: Session, gathering: Gathering, verb: str, act: Act, **facts: Any
) -> None:
    """Leave on the trail what was done with all of a gathering."""
    kind, place = gathering.__tablename__, gathering.grid_path
    act.record(session, f"points:gathering:{verb}", kind, gathering.id, place, **facts)


def _claim(
    rule: Rule,
    party: Party,
    content: Content,
    *,
    source: ClaimSource,
    event: str,
    at: datetime,
) -> Claim:
    return Claim(
        rule_id=rule.id,
        rule_code=rule.code,
        party_id=party.id,
        home_id=home_of(party),
        grid_path=party.grid_path,
        units=content.units,
        points=content.units * rule.points,
        happened_on=content.happened_on,
        words=content.words,
        source=source,
        event=event,
        state=ClaimState.SUBMITTED,
        made_at=at,
    )


def _rule(session: Session, party: Party, content: Content, at: datetime) -> Rule:
    if not was_lately(content.happened_on, at):
        raise InputError(
            "It happened today or in the last %(days)s days", "happened_on", days=BACK_DAYS
        )
    earning = [(party.id, content.happened_on.year)]
    check_not_settled(session, earning, dated=content.happened_on, at=at)
    if _is_closed(session, content.happened_on):
        year = content.happened_on.year
        raise InputError("The year %(year)s is closed in the ledger", "happened_on", year=year)
    rule = rule_on(session, code=content.code, day=content.happened_on, grid_path=party.grid_path)
    if rule is None:
        raise InputError("This rule did not hold on that day", "rule")
    return rule


def is_seen_by_the_house(rule: Rule) -> bool:
    """Whether the house offers by itself what a rule gives for: nobody files it.

    Else one deed would earn twice, as it was seen and as somebody tells it.
    """
    return rule.occasion is not None and rule.sign is Sign.EARN


def _check(rule: Rule, party: Party, content: Content, source: ClaimSource) -> None:
    if is_gone(party):
        raise InputError("This party has gone or was erased: nothing more is entered for it")
    if is_seen_by_the_house(rule):
        raise InputError("The house sees this by itself and offers it: nobody enters it", "rule")
    if party.kind not in rule.kind_set or not party.grid_path.startswith(rule.grid_path):
        raise InputError("This rule is not for you", "rule")
    if is_dissolved(party, content.happened_on):
        raise InputError("The team was no more on that day", "happened_on")
    if not 0 < content.units <= rule.units_max:
        raise InputError("At most %(max)s at once", "units", max=rule.units_max)
    if len(content.words) > WORDS_MAX:
        raise InputError("At most %(max)s characters", "words", max=WORDS_MAX)
    if source is ClaimSource.GATHERING:
        return  # whoever enters it was there
    if rule.evidence is not Evidence.NONE and not content.words:
        raise InputError("Please say a few words", "words")
    if rule.evidence is Evidence.PHOTO and not content.photos:
        raise InputError("A photo is needed", "photos")


def _may_take(actor: Viewer | None, party: Party, source: ClaimSource) -> bool:
    """Whether points may be taken away so: entered for one party by its grid's staff."""
    is_staff = allowed(actor, Permission.POINTS_CLAIM_APPROVE, party)
    return source is ClaimSource.MEMBER and is_staff


def _is_closed(session: Session, day: date) -> bool:
    """Whether a day lies in a year that takes no entry any more."""
    closed = select(Period.id).where(
        Period.starts_on <= day, Period.ends_on >= day, Period.state == PeriodState.CLOSED
    )
    return session.scalar(closed) is not None


def was_lately(day: date, at: datetime) -> bool:
    """Whether a day is near enough to be claimed."""
    today = clock.day_of(at)
    return today - timedelta(days=BACK_DAYS) <= day <= today
