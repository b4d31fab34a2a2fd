"""Who does something in this room, when and from where: what every act leaves on the trail."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from intranet.acts import Act
from intranet.errors import DomainError
from intranet.jobs.models import Company, Handler, JobPost
from intranet.people.models import Account


class Deed(Act):
    """One act on a company or a post."""

    def note(
        self,
        session: Session,
        action: str,
        thing: Company | JobPost,
        *,
        reason: str = "",
        **details: Any,
    ) -> None:
        """Leave it on the trail."""
        kind = "job_company" if isinstance(thing, Company) else "job_post"
        self.record(session, action, kind, thing.id, thing.grid_path, reason=reason, **details)


def take_company(session: Session, company: Company, version: int | None = None) -> None:
    """Take a company's row for a change; ``version`` is the one the page was made from.

    Raises DomainError for the loser of two.
    """
    session.refresh(company, with_for_update=True)
    if version is not None and company.version != version:
        raise changed_meanwhile()


def take_post(session: Session, post: JobPost, version: int | None = None) -> Company:
    """Take a post for a change, its company first, always in this order; return the company.

    A company that is stopped and a post of it that is published wait for each other here: of the
    two the database would let both pass on PostgreSQL.
    """
    company = session.get_one(Company, post.company_id)
    session.refresh(company, with_for_update=True)
    session.refresh(post, with_for_update=True)
    if version is not None and post.version != version:
        raise changed_meanwhile()
    return company


def changed_meanwhile() -> DomainError:
    """Return what the loser of two is told."""
    return DomainError("Somebody else has just changed this; here it is as it stands")


def handlers_of(session: Session, company_id: int, *, day: date) -> set[int]:
    """Return the accounts that act for a company on a day, closed ones left out."""
    found = session.scalars(
        select(Handler.account_id)
        .join(Account, Account.id == Handler.account_id)
        .where(
            Handler.company_id == company_id,
            or_(Handler.ends_on.is_(None), Handler.ends_on > day),
            Account.disabled_at.is_(None),
        )
    )
    return set(found)
