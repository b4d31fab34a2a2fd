"""Who may act for a company: identity and letter of authorisation were seen by the station."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.access import Role, Viewer
from intranet.db import within
from intranet.errors import DomainError, InputError
from intranet.i18n import N_
from intranet.jobs.models import Company, CompanyState, Handler
from intranet.jobs.operations.companies import SEEN_DAYS_MAX
from intranet.jobs.operations.deeds import Deed, take_company
from intranet.jobs.operations.stopping import company_name
from intranet.notices.models import Topic
from intranet.notices.operations import tell
from intranet.people.models import Account, RoleGrant

COMMUNITY_DEPTH = 3
MAY_ACT = N_("You may write posts for %(company)s now.")


def authorise_handler(
    session: Session,
    company: Company,
    *,
    actor: Viewer,
    at: datetime,
    username: str,
    letter_seen_on: date,
    address: str = "",
) -> Handler:
    """Let an account act for a company; one that did before may again.

    Raises InputError beside a field: it is no open account of a company in this community, or the
    letter was seen on no such day.
    """
    take_company(session, company)
    deed = Deed(actor, at, address)
    if company.state is CompanyState.SUSPENDED:
        raise DomainError("This company is stopped; let it back first")
    if not deed.day - timedelta(days=SEEN_DAYS_MAX) <= letter_seen_on <= deed.day:
        raise InputError("It was seen in the last 90 days, at the latest today", "letter_seen_on")
    account = _account(session, company, username)
    known = session.scalar(
        select(Handler).where(Handler.company_id == company.id, Handler.account_id == account.id)
    )
    if known is not None and (known.ends_on is None or known.ends_on > deed.day):
        raise InputError("This account acts for the company already", "username")
    handler = known or Handler(company_id=company.id, account_id=account.id)
    handler.letter_seen_on, handler.seen_by = letter_seen_on, actor.account_id
    handler.ends_on = None
    session.add(handler)
    session.flush()
    deed.note(session, "jobs:company:authorise", company, account=account.id)
    tell(
        session,
        to=[account.id],
        key=f"jobs:handler:{handler.id}:{at.isoformat()}",
        topic=Topic.JOBS,
        words=MAY_ACT,
        params={"company": company_name(session, company)},
        url="/jobs/mine",
        urgent=False,
        at=at,
        grid_path=company.grid_path,
    )
    return handler


def end_handler(
    session: Session,
    company: Company,
    handler: Handler,
    *,
    actor: Viewer,
    at: datetime,
    address: str = "",
) -> None:
    """Have an account act for a company no longer, from this day on."""
    take_company(session, company)
    session.refresh(handler, with_for_update=True)
    deed = Deed(actor, at, address)
    if handler.ends_on is not None and handler.ends_on <= deed.day:
        raise DomainError("This account does not act for the company any more")
    handler.ends_on = deed.day
    session.flush()
    deed.note(session, "jobs:company:end_handler", company, account=handler.account_id)


def _account(session: Session, company: Company, username: str) -> Account:
    """Return the open account of a company in the community; others are as good as none."""
    parts = company.grid_path.split(".")[:COMMUNITY_DEPTH]
    community = "".join(f"{part}." for part in parts if part)
    found = session.scalar(
        select(Account)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .where(
            Account.username == username.strip().casefold(),
            Account.disabled_at.is_(None),
            Account.is_device.is_(False),
            RoleGrant.role == Role.COMPANY,
            RoleGrant.ended_at.is_(None),
            within(RoleGrant.grid_path, community),
        )
        .limit(1)
    )
    if found is None:
        raise InputError("No company's account in this community has this user name", "username")
    return found
