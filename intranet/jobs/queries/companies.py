"""Companies as the station and those who act for them see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from flask import abort
from sqlalchemy import func, or_, select

from intranet import clock
from intranet.access import Permission, Viewer, scope_condition
from intranet.db import within
from intranet.jobs.models import (
    Company,
    CompanyState,
    CompanyStep,
    Handler,
    JobPost,
    PostState,
)
from intranet.jobs.operations import EMPLOYERS, RECHECK_SOON_DAYS
from intranet.people.models import Account
from intranet.register.models import Party
from intranet.register.queries import party_ids_matching

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

PAGE = 50
FOUND_MAX = 20
VIEW = Permission.JOBS_COMPANY_VIEW


@dataclass(frozen=True, slots=True)
class CompanyFilter:
    """What the list is narrowed to; nothing where empty."""

    text: str = ""
    state: CompanyState | None = None
    due: bool = False  # its licence is to be seen again soon, or should have been
    grid_path: str = ""


@dataclass(frozen=True, slots=True)
class CompanyRow:
    """One company of a list."""

    company: Company
    name: str
    credit_code: str
    seen: int  # posts that are seen now
    waiting: int  # posts that wait for review


@dataclass(frozen=True, slots=True)
class CompanyPage:
    """Some companies, and the id after which the next page begins."""

    rows: Sequence[CompanyRow]
    after: int | None


@dataclass(frozen=True, slots=True)
class WholeCompany:
    """One company with who acts for it; the thing that permissions are asked for."""

    company: Company
    party: Party
    handlers: Sequence[tuple[Handler, str, str]]  # with username and name
    handler_ids: tuple[int, ...]  # the accounts that act for it today

    @property
    def grid_path(self) -> str:
        """Where it lies, for the policy."""
        return self.company.grid_path

    @property
    def id(self) -> int:
        """The company's number."""
        return self.company.id

    @property
    def name(self) -> str:
        """What it is called in the register."""
        return self.party.public_name


@dataclass(frozen=True, slots=True)
class Mine:
    """What one acts for; the thing that permission for one's own pages is asked for."""

    company_ids: tuple[int, ...]
    handler_ids: tuple[int, ...]  # the viewer, if there is any


def acting(day: date) -> Any:
    """Return the condition that somebody acts for a company on a day."""
    return or_(Handler.ends_on.is_(None), Handler.ends_on > day)


def acts_for_ids(viewer: Viewer) -> Any:
    """Return a SELECT of the companies for which the viewer acts today."""
    return select(Handler.company_id).where(
        Handler.account_id == viewer.account_id, acting(clock.today())
    )


def mine(session: Session, viewer: Viewer) -> Mine:
    """Return the companies the viewer acts for today."""
    ids = tuple(session.scalars(acts_for_ids(viewer).order_by(Handler.company_id)))
    return Mine(ids, (viewer.account_id,) if ids else ())


def in_scope(viewer: Viewer) -> Any:
    """Return the condition: a company lies in the viewer's grids, or the viewer acts for it."""
    here = scope_condition(Company.grid_path, viewer, VIEW)
    return or_(here, Company.id.in_(acts_for_ids(viewer)))


def companies(
    session: Session, viewer: Viewer, wanted: CompanyFilter, *, after: int = 0
) -> CompanyPage:
    """Return a page of companies in order of their registration; two queries."""
    chosen = (
        select(Company, Party.public_name, Party.credit_code)
        .join(Party, Party.id == Company.party_id)
        .where(scope_condition(Company.grid_path, viewer, VIEW), Company.id > after)
    )
    if wanted.text:
        chosen = chosen.where(Company.party_id.in_(party_ids_matching(wanted.text)))
    if wanted.state:
        chosen = chosen.where(Company.state == wanted.state)
    if wanted.due:
        chosen = chosen.where(*_due())
    if wanted.grid_path:
        chosen = chosen.where(within(Company.grid_path, wanted.grid_path))
    found = session.execute(chosen.order_by(Company.id).limit(PAGE + 1)).all()
    counts = _post_counts(session, [row[0].id for row in found[:PAGE]])
    rows = [
        CompanyRow(
            row[0],
            row[1],
            row[2] or "",
            counts.get((row[0].id, PostState.PUBLISHED), 0)
            + counts.get((row[0].id, PostState.FILLED), 0),
            counts.get((row[0].id, PostState.SUBMITTED), 0),
        )
        for row in found[:PAGE]
    ]
    return CompanyPage(rows, rows[-1].company.id if len(found) > PAGE else None)


def counts(session: Session, viewer: Viewer) -> dict[str, int]:
    """Return how many companies stand in each state, by its value, and how many are ``due``."""
    here = scope_condition(Company.grid_path, viewer, VIEW)
    rows = session.execute(
        select(Company.state, func.count()).where(here).group_by(Company.state)
    ).all()
    due = session.scalar(select(func.count()).select_from(Company).where(here, *_due()))
    return {**{row[0].value: row[1] for row in rows}, "due": due or 0}


def company_or_404(session: Session, viewer: Viewer, company_id: int) -> WholeCompany:
    """Return one company in the viewer's grids, or for which the viewer acts."""
    row = session.execute(
        select(Company, Party)
        .join(Party, Party.id == Company.party_id)
        .where(Company.id == company_id, in_scope(viewer))
    ).one_or_none()
    if row is None:
        abort(404)
    return whole(session, row[0], row[1])


def whole(session: Session, company: Company, party: Party) -> WholeCompany:
    """Return a company with who acts for it."""
    rows = session.execute(
        select(Handler, Account.username, Account.display_name)
        .join(Account, Account.id == Handler.account_id)
        .where(Handler.company_id == company.id)
        .order_by(Handler.id)
    ).all()
    today = clock.today()
    ids = (h.account_id for h, *_ in rows if h.ends_on is None or h.ends_on > today)
    return WholeCompany(company, party, [(row[0], row[1], row[2]) for row in rows], tuple(ids))


def named(session: Session, company_ids: Sequence[int]) -> list[tuple[Company, str]]:
    """Return companies with their names, in order of registration."""
    rows = session.execute(
        select(Company, Party.public_name)
        .join(Party, Party.id == Company.party_id)
        .where(Company.id.in_(company_ids))
        .order_by(Company.id)
    )
    return [(row[0], row[1]) for row in rows]


def handler_or_404(session: Session, company: Company, handler_id: int) -> Handler:
    """Return somebody who acts or acted for a company."""
    found = session.scalar(
        select(Handler).where(Handler.id == handler_id, Handler.company_id == company.id)
    )
    return found or abort(404)


def steps(session: Session, company: Company) -> Sequence[tuple[CompanyStep, str]]:
    """Return what happened to a company's standing, newest first, with who did it."""
    rows = session.execute(
        select(CompanyStep, Account.display_name)
        .outerjoin(Account, Account.id == CompanyStep.by)
        .where(CompanyStep.company_id == company.id)
        .order_by(CompanyStep.id.desc())
        .limit(PAGE)
    )
    return [(row[0], row[1] or "") for row in rows]


def employers(session: Session, viewer: Viewer, text: str) -> Sequence[tuple[Party, int | None]]:
    """Return shops and companies of the register by a search, with their number here if any."""
    if not text:
        return []
    rows = session.execute(
        select(Party, Company.id)
        .outerjoin(Company, Company.party_id == Party.id)
        .where(
            Party.kind.in_(EMPLOYERS),
            Party.left_at.is_(None),
            Party.id.in_(party_ids_matching(text)),
            scope_condition(Party.grid_path, viewer, Permission.JOBS_COMPANY_VERIFY),
        )
        .order_by(Party.id)
        .limit(FOUND_MAX)
    )
    return [(row[0], row[1]) for row in rows]


def employer(session: Session, viewer: Viewer, party_id: int) -> Party | None:
    """Return a shop or company of the register where the viewer verifies companies."""
    return session.scalar(
        select(Party).where(
            Party.id == party_id,
            Party.kind.in_(EMPLOYERS),
            scope_condition(Party.grid_path, viewer, Permission.JOBS_COMPANY_VERIFY),
        )
    )


def _due() -> tuple[Any, ...]:
    soon = clock.today() + timedelta(days=RECHECK_SOON_DAYS)
    return (Company.state == CompanyState.VERIFIED, Company.recheck_due_on <= soon)


def _post_counts(session: Session, company_ids: Sequence[int]) -> dict[tuple[int, PostState], int]:
    if not company_ids:
        return {}
    rows = session.execute(
        select(JobPost.company_id, JobPost.state, func.count())
        .where(JobPost.company_id.in_(company_ids))
        .group_by(JobPost.company_id, JobPost.state)
    )
    return {(row[0], row[1]): row[2] for row in rows}
