"""What was merged into an incident, as far as its reader may know of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from intranet.access import Permission, Viewer, allowed
from intranet.incidents import operations
from intranet.incidents.models import Attachment, Incident, Source
from intranet.incidents.queries.cases import Case, visible
from intranet.incidents.queries.reporters import TEAM
from intranet.people.models import Account, RoleGrant
from intranet.register.operations.numbers import masked_name

ABSORBED_MAX = 50


@dataclass(frozen=True, slots=True)
class Absorbed:
    """A report merged into another; words, files and name only for whoever may read it.

    That is whoever may see the report, and whoever handles what it was merged into.
    """

    incident: Incident
    may_see: bool  # its own page
    may_read: bool
    is_joined: bool  # by its own reporter
    description: str = ""
    reporter: str = ""
    files: Sequence[Attachment] = ()


def absorbed(session: Session, viewer: Viewer, case: Case) -> list[Absorbed]:
    """Return what was merged into an incident, oldest first; four queries."""
    rows = session.execute(
        select(Incident, visible(viewer), Account.display_name)
        .outerjoin(Account, Account.id == Incident.reporter_id)
        .where(Incident.merged_into_id == case.incident.id)
        .order_by(Incident.id)
        .limit(ABSORBED_MAX)
    ).all()
    if not rows:
        return []
    handles = viewer.account_id in case.worker_ids
    joined = operations.joined_ids(session, [row[0].id for row in rows])
    team = _team(session, {row[0].reporter_id or 0 for row in rows})
    files = _files(session, [row[0].id for row in rows if row[1] or handles])
    found = []
    for one, may_see, name in rows:
        if not (may_see or handles):
            found.append(Absorbed(one, may_see=False, may_read=False, is_joined=one.id in joined))
            continue
        is_named = one.reporter_id in team | {viewer.account_id} or allowed(
            viewer,
            Permission.INCIDENTS_INCIDENT_ACCEPT,
            Case(one, None, frozenset(), frozenset()),
        )
        found.append(
            Absorbed(
                one,
                may_see=may_see,
                may_read=True,
                is_joined=one.id in joined,
                description="" if one.hidden_at else one.description,
                reporter=name or "" if is_named else masked_name(name or ""),
                files=[file for file in files if file.incident_id == one.id],
            )
        )
    return found


def absorbed_file(
    session: Session, viewer: Viewer, case: Case, attachment_id: int
) -> Attachment | None:
    """Return a file of a report merged into this incident that the viewer may read, or None."""
    child = select(Incident.id).where(Incident.merged_into_id == case.incident.id)
    if viewer.account_id not in case.worker_ids:
        child = child.where(visible(viewer))
    return session.scalar(
        select(Attachment).where(
            Attachment.id == attachment_id,
            Attachment.hidden_at.is_(None),
            Attachment.incident_id.in_(child),
        )
    )


def readers(case: Case, merged: Sequence[Absorbed]) -> int:
    """Return how many besides its reporter read what the reporter is told at the closing.

    Whoever joined it does not: they chose a matter, and were shown no person's report.
    """
    return len(
        {
            one.incident.reporter_id
            for one in merged
            if not one.is_joined and one.incident.source is not Source.CALLER
        }
        - {None, case.incident.reporter_id}
    )


def _team(session: Session, account_ids: set[int]) -> frozenset[int]:
    """Return who of these reports as a matter of course, under their name."""
    found = select(RoleGrant.account_id).where(
        RoleGrant.account_id.in_(account_ids),
        RoleGrant.role.in_(TEAM),
        RoleGrant.ended_at.is_(None),
    )
    return frozenset(session.scalars(found))


def _files(session: Session, incident_ids: Sequence[int]) -> Sequence[Attachment]:
    return session.scalars(
        select(Attachment)
        .where(Attachment.incident_id.in_(incident_ids), Attachment.hidden_at.is_(None))
        .order_by(Attachment.id)
    ).all()
