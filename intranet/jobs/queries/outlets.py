"""Channels as who keeps them and who publishes see them, and what went where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from flask import abort
from sqlalchemy import and_, exists, func, select

from intranet.access import Permission, Viewer, scope_condition
from intranet.clock import BEIJING
from intranet.db import within
from intranet.jobs.models import (
    Company,
    CompanyState,
    Fair,
    JobPost,
    Outlet,
    PostState,
    Sending,
    SendingPost,
    SendingState,
    Subject,
)
from intranet.jobs.operations.outlets import went_with_posts
from intranet.jobs.queries.fairs import paths_above
from intranet.jobs.queries.showing import Shown, shown
from intranet.people.models import Account

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

PAGE = 50
OUTLETS_MAX = 200
DAY_MAX = 1000  # more posts than a whole community has on its board
MANAGE, SEND = Permission.JOBS_OUTLET_MANAGE, Permission.JOBS_OUTLET_SEND


@dataclass(frozen=True, slots=True)
class OutletRow:
    """One channel, and what was sent there last."""

    outlet: Outlet
    last: Sending | None


@dataclass(frozen=True, slots=True)
class SendingRow:
    """One sending of a list: where, and by whom it was asked for."""

    sending: Sending
    outlet: Outlet
    by: str


@dataclass(frozen=True, slots=True)
class Went:
    """To which channel a post went and when; or, on its way, when that was asked for."""

    outlet_id: int
    name: str
    at: datetime
    has_ended: bool


@dataclass(frozen=True, slots=True)
class SendingFilter:
    """What the list is narrowed to."""

    state: SendingState | None = None
    outlet_id: int | None = None
    subject: Subject | None = None
    post_id: int | None = None
    fair_id: int | None = None


def outlets(session: Session, viewer: Viewer) -> list[OutletRow]:
    """Return the channels one keeps or publishes on, those that are on first; two queries."""
    found = session.scalars(
        select(Outlet)
        .where(scope_condition(Outlet.grid_path, viewer, SEND))
        .order_by(Outlet.is_on.desc(), Outlet.grid_path, Outlet.name)
        .limit(OUTLETS_MAX)
    ).all()
    newest = (
        select(func.max(Sending.id))
        .where(Sending.outlet_id.in_([one.id for one in found]))
        .group_by(Sending.outlet_id)
    )
    last = {
        one.outlet_id: one
        for one in session.scalars(select(Sending).where(Sending.id.in_(newest.scalar_subquery())))
    }
    return [OutletRow(one, last.get(one.id)) for one in found]


def outlet_or_404(session: Session, viewer: Viewer, outlet_id: int) -> Outlet:
    """Return a channel of a community in which the viewer keeps them."""
    found = session.scalar(
        select(Outlet).where(
            Outlet.id == outlet_id, scope_condition(Outlet.grid_path, viewer, MANAGE)
        )
    )
    return found or abort(404)


def outlets_for(session: Session, viewer: Viewer, grid_path: str) -> Sequence[Outlet]:
    """Return the channels that are on, of the community a thing lies in; one query."""
    return session.scalars(
        select(Outlet)
        .where(
            scope_condition(Outlet.grid_path, viewer, SEND),
            Outlet.grid_path.in_(paths_above(grid_path)),
            Outlet.is_on,
        )
        .order_by(Outlet.name, Outlet.id)
        .limit(OUTLETS_MAX)
    ).all()


def to_publish_or_404(session: Session, viewer: Viewer, post_id: int) -> JobPost:
    """Return a post of the grids for which the viewer publishes."""
    found = session.scalar(
        select(JobPost).where(
            JobPost.id == post_id, scope_condition(JobPost.grid_path, viewer, SEND)
        )
    )
    return found or abort(404)


def fair_to_publish_or_404(session: Session, viewer: Viewer, fair_id: int) -> Fair:
    """Return a fair of the grids for which the viewer publishes."""
    found = session.scalar(
        select(Fair).where(Fair.id == fair_id, scope_condition(Fair.grid_path, viewer, SEND))
    )
    return found or abort(404)


def new_of_day(session: Session, grid_path: str, *, day: date, limit: int) -> list[Shown]:
    """Return a community's posts that were published on a day, the newest first; two queries."""
    begins = datetime.combine(day, time(), BEIJING)
    ids = session.scalars(
        select(JobPost.id)
        .join(Company, Company.id == JobPost.company_id)
        .where(
            within(JobPost.grid_path, grid_path),
            JobPost.state == PostState.PUBLISHED,
            JobPost.published_at >= begins,
            JobPost.published_at < begins + timedelta(days=1),
            Company.state == CompanyState.VERIFIED,
        )
        .order_by(JobPost.published_at.desc(), JobPost.id.desc())
        .limit(limit)
    ).all()
    return shown(session, ids, today=day)


def went_today(
    session: Session, outlets: Sequence[Outlet], post_ids: Sequence[int], *, day: date
) -> dict[int, list[Went]]:
    """Return where posts went on a day, or are on their way, by post; one query."""
    rows = session.execute(
        select(SendingPost.post_id, Outlet.id, Outlet.name, Sending.asked_at, Sending.ended_at)
        .join(Sending, Sending.id == SendingPost.sending_id)
        .join(Outlet, Outlet.id == Sending.outlet_id)
        .where(
            Outlet.id.in_([one.id for one in outlets]),
            SendingPost.post_id.in_(post_ids),
            *went_with_posts(day),
        )
        .order_by(Sending.id)
    )
    found = dict[int, list[Went]]()
    for post_id, outlet_id, name, asked_at, ended_at in rows:
        one = Went(outlet_id, name, ended_at or asked_at, ended_at is not None)
        found.setdefault(post_id, []).append(one)
    return found


def sendings(
    session: Session, viewer: Viewer, wanted: SendingFilter, *, before: int | None = None
) -> tuple[list[SendingRow], int | None]:
    """Return what went where, the newest first, and the number the next page lies before."""
    asked = _seen(viewer)
    pairs = (
        (wanted.state, Sending.state),
        (wanted.outlet_id, Sending.outlet_id),
        (wanted.subject, Sending.subject),
        (wanted.fair_id, Sending.fair_id),
    )
    asked = asked.where(*(column == value for value, column in pairs if value is not None))
    if wanted.post_id is not None:
        with_it = and_(SendingPost.sending_id == Sending.id, SendingPost.post_id == wanted.post_id)
        asked = asked.where(exists().where(with_it))
    if before is not None:
        asked = asked.where(Sending.id < before)
    rows = session.execute(asked.order_by(Sending.id.desc()).limit(PAGE + 1)).all()
    shown_rows = [SendingRow(row[0], row[1], row[2] or "") for row in rows[:PAGE]]
    return shown_rows, shown_rows[-1].sending.id if len(rows) > PAGE else None


def sending_or_404(session: Session, viewer: Viewer, sending_id: int) -> SendingRow:
    """Return one sending of the viewer's grids."""
    row = session.execute(_seen(viewer).where(Sending.id == sending_id)).one_or_none()
    return abort(404) if row is None else SendingRow(row[0], row[1], row[2] or "")


def posts_of_sending(session: Session, sending_id: int) -> list[tuple[int, str, bool]]:
    """Return the posts of a sending in their order: number, title, whether they went. One query."""
    rows = session.execute(
        select(JobPost.id, JobPost.title, SendingPost.is_said)
        .join(SendingPost, SendingPost.post_id == JobPost.id)
        .where(SendingPost.sending_id == sending_id)
        .order_by(SendingPost.place)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _seen(viewer: Viewer) -> Any:
    return (
        select(Sending, Outlet, Account.display_name)
        .join(Outlet, Outlet.id == Sending.outlet_id)
        .outerjoin(Account, Account.id == Sending.asked_by)
        .where(scope_condition(Outlet.grid_path, viewer, SEND))
    )
