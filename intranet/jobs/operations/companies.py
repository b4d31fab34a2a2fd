"""Companies: registered, looked at, stopped, let back; nothing of one unverified is ever seen."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from intranet.access import Viewer
from intranet.errors import DomainError, InputError
from intranet.jobs.models import COMPANY_MOVES, Company, CompanyState, CompanyStep
from intranet.jobs.operations.deeds import Deed, take_company
from intranet.jobs.operations.stopping import take_down_all
from intranet.register.models import Party, PartyKind
from intranet.register.operations import change_party, create_party

EMPLOYERS = frozenset({PartyKind.COMPANY, PartyKind.SHOP})
WORDS_MAX, ADDRESS_MAX, REASON_MAX, NAME_MAX = 500, 120, 300, 40
RECHECK_DAYS, RECHECK_DAYS_MAX, SEEN_DAYS_MAX = 365, 730, 90


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """What is said of a company besides name and credit code, which stand in the register."""

    address: str
    words: str = ""
    latitude: float | None = None  # WGS84
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of a company: its licence, and whom it authorised to act for it."""

    licence_on: date
    handler_name: str
    handler_on: date  # letter of authorisation and identity card
    again_on: date | None = None  # a year after the licence unless named


@dataclass(frozen=True, slots=True)
class NewParty:
    """A shop or company that is not in the register yet."""

    kind: PartyKind
    grid_path: str
    public_name: str
    credit_code: str


def register_company(
    session: Session,
    *,
    actor: Viewer,
    at: datetime,
    party: Party | NewParty,
    facts: CompanyFacts,
    address: str = "",
) -> Company:
    """Register a company that offers work: of the register, or entered there by the way.

    Raises InputError beside a field; DomainError where it is registered already or has left.
    """
    _check(facts)
    if isinstance(party, NewParty):
        party = _entered(session, actor, at, party, address)
    if party.kind not in EMPLOYERS:
        raise InputError("Work is offered by a shop or a company", "party")
    if party.left_at is not None or party.erased_at is not None:
        raise DomainError("The party has gone; record its return first.")
    deed = Deed(actor, at, address)
    made = Company(
        party_id=party.id,
        grid_path=party.grid_path,
        made_at=at,
        made_by=actor.account_id,
        **asdict(facts),
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        raise DomainError("This company is registered already") from None
    _step(session, made, deed)
    deed.note(session, "jobs:company:register", made, party=party.id)
    return made


def change_company(
    session: Session,
    company: Company,
    *,
    actor: Viewer,
    at: datetime,
    version: int,
    facts: CompanyFacts,
    public_name: str,
    credit_code: str,
    address: str = "",
) -> None:
    """Change what is said of a company; its name and code are changed in the register.

    Another credit code is another licence: of a verified company it stays as it was seen. Raises
    InputError beside a field, DomainError for the loser.
    """
    take_company(session, company, version)
    _check(facts)
    party = session.get_one(Party, company.party_id)
    verified = company.state is CompanyState.VERIFIED
    if verified and credit_code.strip().upper() != party.credit_code:
        raise InputError("This code was seen on the licence; stop the company first", "credit_code")
    changes = {
        name: [getattr(company, name), value]
        for name, value in asdict(facts).items()
        if getattr(company, name) != value
    }
    if (public_name, credit_code) != (party.public_name, party.credit_code or ""):
        change_party(
            session,
            actor=actor,
            party=party,
            at=at,
            public_name=public_name,
            credit_code=credit_code,
            address=address,
        )
    for name, value in asdict(facts).items():
        setattr(company, name, value)
    session.flush()
    if changes:
        deed = Deed(actor, at, address)
        deed.note(session, "jobs:company:change", company, fields=sorted(changes))


def verify_company(
    session: Session,
    company: Company,
    *,
    actor: Viewer,
    at: datetime,
    version: int,
    seen: Seen,
    words: str = "",
    address: str = "",
) -> None:
    """Say that licence and letter were seen and fit the register; both are seen again in a year.

    Raises InputError beside a field; DomainError without a credit code, or for one stopped.
    """
    take_company(session, company, version)
    _require(company, CompanyState.VERIFIED)
    deed = Deed(actor, at, address)
    _check_seen(deed.day, seen)
    party = session.get_one(Party, company.party_id)
    if not party.credit_code:
        raise DomainError("Its credit code is not in the register yet; enter it first")
    if party.left_at is not None:
        raise DomainError("The party has gone; record its return first.")
    company.state = CompanyState.VERIFIED
    company.licence_seen_on = seen.licence_on
    company.handler_name, company.handler_seen_on = seen.handler_name, seen.handler_on
    company.recheck_due_on = seen.again_on or seen.licence_on + timedelta(days=RECHECK_DAYS)
    company.verified_by, company.verified_at = actor.account_id, at
    session.flush()
    _step(session, company, deed, words)
    days = {
        "seen": seen.licence_on.isoformat(),
        "handler": seen.handler_on.isoformat(),
        "again": company.recheck_due_on.isoformat(),
    }
    deed.note(session, "jobs:company:verify", company, **days)


def suspend_company(
    session: Session,
    company: Company,
    *,
    actor: Viewer,
    at: datetime,
    version: int,
    reason: str,
    address: str = "",
) -> int:
    """Stop a company: all it offers is taken down at once, and those referred there are told.

    Returns how many posts were taken down. Raises InputError without a reason.
    """
    take_company(session, company, version)
    _require(company, CompanyState.SUSPENDED)
    if not 0 < len(reason.strip()) <= REASON_MAX:
        raise InputError("Say why", "reason")
    deed = Deed(actor, at, address)
    gone = take_down_all(session, company, deed, reason=reason.strip())  # the database sees to it
    company.state = CompanyState.SUSPENDED
    session.flush()
    _step(session, company, deed, reason)
    deed.note(session, "jobs:company:suspend", company, reason=reason.strip(), posts=gone)
    return gone


def restore_company(
    session: Session,
    company: Company,
    *,
    actor: Viewer,
    at: datetime,
    version: int,
    words: str = "",
    address: str = "",
) -> None:
    """Let a company back that was stopped; its licence has to be seen before it offers anything."""
    take_company(session, company, version)
    if company.state is not CompanyState.SUSPENDED:
        raise DomainError("This company is not stopped")
    deed = Deed(actor, at, address)
    company.state = CompanyState.UNVERIFIED
    session.flush()
    _step(session, company, deed, words)
    deed.note(session, "jobs:company:restore", company)


def _entered(session: Session, actor: Viewer, at: datetime, new: NewParty, address: str) -> Party:
    if new.kind not in EMPLOYERS:
        raise InputError("Work is offered by a shop or a company", "kind")
    if not new.credit_code.strip():
        raise InputError("Give the credit code on the licence", "credit_code")
    return create_party(
        session,
        actor=actor,
        kind=new.kind,
        grid_path=new.grid_path,
        at=at,
        public_name=new.public_name,
        credit_code=new.credit_code,
        address=address,
    )


def _require(company: Company, to: CompanyState) -> None:
    if to not in COMPANY_MOVES[company.state]:
        raise DomainError("This company is stopped; let it back first")


def _check(facts: CompanyFacts) -> None:
    if not 0 < len(facts.address) <= ADDRESS_MAX:
        raise InputError("Give an address", "address")
    if len(facts.words) > WORDS_MAX:
        raise InputError("At most %(max)d characters", "words", max=WORDS_MAX)
    if (facts.latitude is None) != (facts.longitude is None):
        missing = "latitude" if facts.latitude is None else "longitude"
        raise InputError("A place has both latitude and longitude", missing)


def _check_seen(today: date, seen: Seen) -> None:
    days = {"licence_seen_on": seen.licence_on, "handler_seen_on": seen.handler_on}
    for name, day in days.items():
        if not today - timedelta(days=SEEN_DAYS_MAX) <= day <= today:
            raise InputError("It was seen in the last 90 days, at the latest today", name)
    if not 0 < len(seen.handler_name) <= NAME_MAX:
        raise InputError("Give the name on the identity card", "handler_name")
    again = seen.again_on
    if again is not None and again <= today:
        raise InputError("This day is over or today; name a later one", "recheck_due_on")
    if again is not None and again > today + timedelta(days=RECHECK_DAYS_MAX):
        raise InputError("It is looked at again within two years", "recheck_due_on")


def _step(session: Session, company: Company, deed: Deed, words: str = "") -> None:
    session.add(
        CompanyStep(
            company_id=company.id,
            at=deed.at,
            by=deed.account_id,
            state=company.state,
            words=words.strip(),
        )
    )
    session.flush()
